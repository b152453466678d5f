"""Keys that ssh-keygen made."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rootescrow.errors import EscrowError, KeyFormatError, WrongPassphraseError
from rootescrow.keys import PrivateKey
from rootescrow.keys.openssh import MAX_ROUNDS, Header, open_openssh, read_header
from rootescrow.passphrase import Passphrase

from .support import WORD, der_of, pem_of

LABEL = "OPENSSH PRIVATE KEY"


@pytest.fixture(scope="module")
def made(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`made("-t", "ed25519", …)` is the file with such a key; its public half lies beside it."""
    folder = tmp_path_factory.mktemp("ssh")
    files: dict[tuple[str, ...], Path] = {}

    def make(*arguments: str) -> Path:
        if arguments not in files:
            path = folder / str(len(files))
            word = () if "-N" in arguments else ("-N", "")
            subprocess.run([program("ssh-keygen"), "-q", *arguments, *word, "-f", path], check=True, timeout=60)
            files[arguments] = path
        return files[arguments]

    return make


@pytest.mark.parametrize("word", ["", WORD])
@pytest.mark.parametrize(
    ("arguments", "algorithm"),
    [
        (("-t", "rsa", "-b", "2048"), "RSA-2048"),
        (("-t", "ecdsa", "-b", "256"), "P-256"),
        (("-t", "ecdsa", "-b", "384"), "P-384"),
        (("-t", "ecdsa", "-b", "521"), "P-521"),
        (("-t", "ed25519"), "Ed25519"),
    ],
)
def test_keys_of_ssh_keygen(
    program: Callable[[str], str], made: Callable[..., Path], arguments: tuple[str, ...], algorithm: str, word: str
) -> None:
    path = made(*arguments, "-N", word)
    key = PrivateKey.load(path.read_bytes(), word or None)
    assert key.algorithm == algorithm
    # ssh-keygen writes the public key as PKCS#8 in its words, which is an SPKI; of Ed25519 it cannot.
    if algorithm != "Ed25519":
        spki = subprocess.run(
            [program("ssh-keygen"), "-e", "-m", "PKCS8", "-f", path.with_suffix(".pub")],
            check=True,
            capture_output=True,
            timeout=60,
        )
        assert key.spki == der_of(spki.stdout)
    else:
        assert key.spki is not None
        assert key.spki[12:] == base64.b64decode(path.with_suffix(".pub").read_text().split()[1])[-32:]


def test_a_wrong_passphrase(made: Callable[..., Path]) -> None:
    with pytest.raises(WrongPassphraseError):
        PrivateKey.load(made("-t", "ed25519", "-N", WORD).read_bytes(), "another")


def test_a_cipher_that_is_not_known(made: Callable[..., Path]) -> None:
    pem = made("-t", "ed25519", "-N", WORD, "-Z", "aes256-gcm@openssh.com").read_bytes()
    with pytest.raises(KeyFormatError, match="cipher") as caught:
        PrivateKey.load(pem, WORD)
    assert "ssh-keygen -p -Z aes256-ctr" in caught.value.hint


def test_a_kind_that_is_not_read(made: Callable[..., Path]) -> None:
    pem = made("-t", "ed25519").read_bytes()
    header = Header(b"none", b"none", b"sk-ssh-ed25519@openssh.com")
    with pytest.raises(KeyFormatError, match="kind"):
        open_openssh(pem.decode(), header, None)


def test_rounds_beyond_the_ceiling_are_refused_before_any_work(made: Callable[..., Path]) -> None:
    blob = der_of(made("-t", "ed25519", "-N", WORD, "-a", "16").read_bytes())
    # The first 16 is the length of the salt, the second the rounds.
    place = blob.index((16).to_bytes(4), blob.index((16).to_bytes(4)) + 4)
    dear = blob[:place] + (2**32 - 1).to_bytes(4) + blob[place + 4 :]
    with pytest.raises(KeyFormatError, match=str(MAX_ROUNDS)):
        PrivateKey.load(pem_of(dear, LABEL), WORD)


def test_damage_anywhere_is_an_error_or_harmless(made: Callable[..., Path]) -> None:
    pem = made("-t", "ed25519").read_bytes()
    blob, right = der_of(pem), PrivateKey.load(pem).spki
    for place in range(len(blob)):
        changed = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
        try:
            found = PrivateKey.load(pem_of(changed, LABEL)).spki
        except EscrowError:
            continue
        assert found == right
    for end in range(len(blob)):
        with pytest.raises(KeyFormatError):
            PrivateKey.load(pem_of(blob[:end], LABEL))


def test_several_keys_in_one_are_refused(made: Callable[..., Path]) -> None:
    blob = der_of(made("-t", "ed25519").read_bytes())
    with pytest.raises(KeyFormatError, match="several keys"):
        PrivateKey.load(pem_of(blob.replace(b"\0\0\0\1\0\0\0\x33", b"\0\0\0\2\0\0\0\x33", 1), LABEL))


def test_the_header() -> None:
    def string(data: bytes) -> bytes:
        return len(data).to_bytes(4) + data

    blob = b"openssh-key-v1\0" + string(b"none") * 2 + string(b"") + b"\0\0\0\1" + string(string(b"ssh-rsa"))
    assert read_header(blob) == Header(b"none", b"none", b"ssh-rsa")
    assert not read_header(blob).encrypted
    with pytest.raises(KeyFormatError):
        read_header(b"openssh-key-v2\0" + blob[15:])


def test_the_passphrase_is_not_needed_for_a_plain_key(made: Callable[..., Path]) -> None:
    def ask() -> Passphrase:
        raise AssertionError("asked for nothing")

    assert PrivateKey.load(made("-t", "ed25519").read_bytes(), ask).algorithm == "Ed25519"

"""Every openssl at hand, with every SLIP-39 tool: from golden sheets to the key, and what it lets pass.

That on the PATH is one; OPENSSLS names more, as paths with colons between them. Each is tried under its version.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rootescrow.envelope import Envelope
from rootescrow.keys import EncryptedKey
from rootescrow.shamir import Share, combine
from tests.cli.support import codes
from tests.long.tables import ENVELOPES, Break, Draw, anew, attributes, other_forms, sound
from tests.paper.test_stock import printed_commands
from tests.paper.test_stock import run as shell
from tests.shamir.test_oracles import command
from tests.test_golden_v1 import FINGERPRINT, GOLDEN, PASSPHRASE, QUORUM, SECRET

OPENSSLS = ("openssl", *filter(None, os.environ.get("OPENSSLS", "").split(":")))
SLIP39 = ("shamir-mnemonic", "bip39-slip39", "npm-slip39")
PARTS = (
    *("ContentInfo", "contentType", "content", "AuthEnvelopedData", "version", "recipientInfos", "kekri"),
    *("version of kekri", "kekid", "keyIdentifier", "keyEncryptionAlgorithm", "id-aes256-wrap", "encryptedKey"),
    *("authEncryptedContentInfo", "id-data", "contentEncryptionAlgorithm", "id-aes256-GCM", "parameters", "aes-nonce"),
    *("aes-ICVlen", "encryptedContent", "mac"),
)
"""The elements of an envelope in the order in which they begin."""
SMALL = 12
"""Bytes of a value of which every bit is tried; of a larger one, one bit of each byte."""
Open = Callable[[bytes, str], bytes | None]


def version(openssl: str) -> str:
    """What it says of itself; where it is missing, the tests say so."""
    path = shutil.which(openssl)
    if path is None:
        return f"no {openssl}"
    done = subprocess.run([path, "version"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split()[:2])


@pytest.fixture(scope="module", params=OPENSSLS, ids=[version(openssl) for openssl in OPENSSLS])
def openssl(request: pytest.FixtureRequest, program: Callable[[str], str]) -> str:
    return program(str(request.param))


@pytest.fixture
def opened(openssl: str, tmp_path: Path) -> Open:
    """What it makes of an envelope under a secret: the file if it ends with 0."""
    envelope, key = tmp_path / "envelope.cms", tmp_path / "key.p8"
    arguments = [openssl, "cms", "-decrypt", "-binary", "-inform", "DER", "-in", str(envelope), "-out", str(key)]

    def run(der: bytes, secret: str) -> bytes | None:
        envelope.write_bytes(der)
        done = subprocess.run([*arguments, "-secretkey", secret], capture_output=True, check=False)
        return key.read_bytes() if done.returncode == 0 else None

    return run


@pytest.mark.parametrize("slip39", SLIP39)
def test_golden_sheets(
    slip39: str, openssl: str, tmp_path: Path, oracle: Callable[[str], Path], program: Callable[[str], str]
) -> None:
    """By the commands that are printed, this openssl being the one that a shell finds."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "openssl").symlink_to(openssl)
    path = f'PATH="{tmp_path}/bin:$PATH"\n'
    sheets = [GOLDEN / "sheets" / f"{name}.pdf" for name in QUORUM]
    question = json.dumps({"combine": [codes(sheet, [1])[0] for sheet in sheets], "passphrase": ""}) + "\n"
    done = subprocess.run(command(slip39, oracle, program), input=question, capture_output=True, check=True, text=True)
    assert json.loads(done.stdout) == {"secret": SECRET}
    commands = printed_commands(sheets[0].read_bytes(), 2)
    (tmp_path / "codes.txt").write_text("\n".join(codes(sheets[0], [2])) + "\n")
    ran = shell(path + "\n".join(commands[name] for name in ("codes", "secret", "open")), tmp_path, f"{SECRET}\n")
    key = tmp_path / "key.p8"
    if not version(openssl).startswith("OpenSSL 3"):
        assert ran.stderr
        assert not key.exists(), "an openssl that cannot open it leaves no file"
        return
    assert (ran.returncode, ran.stderr) == (0, "")
    assert EncryptedKey.parse(key.read_bytes()) == EncryptedKey.load((GOLDEN / "key.pem").read_bytes(), PASSPHRASE)
    assert FINGERPRINT in shell(path + commands["check"], tmp_path, PASSPHRASE + "\n").stdout


def elements(der: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Each element: where it, its value, and what follows it begin."""
    while start < end:
        size, value = der[start + 1], start + 2
        if size >= 128:
            value += size - 128
            size = int.from_bytes(der[start + 2 : value], "big")
        yield start, value, value + size
        if der[start] & 0x20:
            yield from elements(der, value, value + size)
        start = value + size


def flips(der: bytes) -> Iterator[tuple[str, bytes]]:
    """The part in which one bit is another, and the envelope."""
    for name, (start, value, end) in zip(PARTS, elements(der, 0, len(der)), strict=True):
        inside = range(value, end) if not der[start] & 0x20 else ()
        places = [(at, bit) for at in range(start, value) for bit in range(8)]
        places += [(at, bit) for at in inside for bit in (range(8) if len(inside) < SMALL else [at % 8])]
        for at, bit in places:
            yield name, der[:at] + bytes([der[at] ^ 1 << bit]) + der[at + 1 :]


def variants(envelope: Envelope) -> dict[str, list[bytes]]:
    """Envelopes of another form than v1, all the rest right."""
    der, nonce, tag = envelope.der, envelope.nonce, envelope.tag
    return {
        "bytes after the end": [der + b"\0", der + b"more", der + der],
        "lengths in another form": other_forms(envelope),
        "a second recipient": [anew(envelope, twice=b"")],
        "unauthenticated attributes": [anew(envelope, after=attributes(0xA2))],
        "authenticated attributes": [anew(envelope, before=attributes(0xA1))],
        "an id of another length": [anew(envelope, id=envelope.id.value[:size]) for size in (0, 1, 4)],
        "a nonce of fewer bytes": [anew(envelope, nonce=nonce[:size]) for size in (0, 1, 7, 8, 11)],
        "a nonce of 13 to 16 bytes": [anew(envelope, nonce=(nonce * 2)[:size]) for size in (13, 14, 15, 16)],
        "a nonce of more bytes": [anew(envelope, nonce=(nonce * 3)[:size]) for size in (17, 32)],
        "no tag": [anew(envelope, tag=b"")],
        "a tag of 1 to 15 bytes": [anew(envelope, tag=tag[:size]) for size in range(1, 16)],
        "a tag of more bytes": [anew(envelope, tag=(tag * 2)[:size]) for size in (17, 32)],
        "a wrapped key of another length": [
            anew(envelope, wrapped=(envelope.wrapped * 2)[:size]) for size in (0, 16, 24, 32, 39, 41, 48)
        ],
        "another length of the whole": [der[:3] + bytes([der[3] ^ 1]) + der[4:], der[:-1]],
    }


def documented(repo_root: Path) -> dict[str, str]:
    """The table in docs/format.md of what openssl accepts besides: what, and which versions do."""
    section = (repo_root / "docs" / "format.md").read_text().partition("What openssl accepts besides")[2]
    rows = [line.strip("|").split("|") for line in section.partition("\n|---")[2].partition("\n\n")[0].split("\n")[1:]]
    return {what.strip("` "): by.strip() for what, _, by in rows}


def test_what_it_accepts_besides(openssl: str, opened: Open, repo_root: Path) -> None:
    """Whatever it lets pass, the same key comes out; and the documentation has all of it."""
    if not version(openssl).startswith("OpenSSL 3"):
        pytest.skip("it opens no envelope")
    envelope = Envelope.parse((GOLDEN / "escrow" / "envelope.cms").read_bytes())
    key = opened(envelope.der, SECRET)
    assert key is not None
    assert key == EncryptedKey.load((GOLDEN / "key.pem").read_bytes(), PASSPHRASE).der
    tried = [*flips(envelope.der), *((name, der) for name, ders in variants(envelope).items() for der in ders)]
    accepted = set()
    for name, der in tried:
        came = opened(der, SECRET)
        assert came in (None, key), name
        if came is not None:
            accepted.add(name)
    told = documented(repo_root)
    assert accepted <= set(told)
    if version(openssl).startswith("OpenSSL 3.0."):
        number = version(openssl).split()[1]
        assert {what for what, by in told.items() if by == "all" or number in by} <= accepted


@pytest.mark.parametrize("change", ENVELOPES)
def test_what_is_broken_gives_the_same_key_or_none(change: Break, opened: Open) -> None:
    """The envelopes of the matrix."""
    for seed in range(8):
        table = sound(seed)
        broken = change(table, Draw(seed))
        assert broken.envelope is not None
        with combine([Share.parse(words) for words in table.quorum]) as secret:
            came = opened(broken.envelope, bytes(secret.reveal()).hex())
        assert came in (None, table.escrow.encrypted.der)

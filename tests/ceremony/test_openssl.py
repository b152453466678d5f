"""The pipe to openssl: the key goes in at one end and nowhere else, and whatever happens there, we go on."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rootescrow.ceremony.openssl import MAX_OUTPUT_BYTES, derive_public_key
from rootescrow.secret import Secret

CANARY = b"\xfe\xdc\xba\x98canary of a key"
Find = Callable[[str], str]


@pytest.fixture
def stand_in(tmp_path: Path) -> Callable[[str], str]:
    """`stand_in(script)` is the path of a shell script in the place of openssl. `$here` is its folder."""

    def make(script: str) -> str:
        path = tmp_path / "openssl"
        path.write_text(f'#!/bin/sh\nhere="{tmp_path}"\n{script}\n')
        path.chmod(0o700)
        return str(path)

    return make


@pytest.mark.parametrize("curve", ["secp256k1", "brainpoolP384r1"])
def test_the_public_key_is_that_of_openssl_itself(program: Find, curve: str) -> None:
    openssl = program("openssl")

    def run(*arguments: str, stdin: bytes = b"") -> bytes:
        return subprocess.run([openssl, *arguments], input=stdin, capture_output=True, check=True, timeout=60).stdout

    pem = run("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")
    der = run("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", stdin=pem)
    spki = run("pkey", "-pubout", "-outform", "DER", stdin=pem)
    assert derive_public_key(Secret(der)) == spki
    assert derive_public_key(Secret(der), program=openssl) == spki


def test_what_openssl_cannot_read_is_none(program: Find) -> None:
    assert derive_public_key(Secret(b"junk"), program=program("openssl")) is None
    assert derive_public_key(Secret(b""), program=program("openssl")) is None


def test_a_missing_openssl_is_none(tmp_path: Path) -> None:
    assert derive_public_key(Secret(CANARY), program="no-such-program-here") is None
    no_program = tmp_path / "openssl"
    no_program.write_bytes(b"\x7fELF junk")
    no_program.chmod(0o700)
    assert derive_public_key(Secret(CANARY), program=str(no_program)) is None


def test_the_key_goes_to_standard_input_and_nowhere_else(
    stand_in: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "of the environment")
    script = stand_in('cat > "$here/stdin"; env > "$here/env"; echo "$@" > "$here/argv"; echo public')
    assert derive_public_key(Secret(CANARY), program=script) == b"public\n"
    assert (tmp_path / "stdin").read_bytes() == CANARY
    assert (tmp_path / "argv").read_text() == "pkey -inform DER -pubout -outform DER\n"
    environment = (tmp_path / "env").read_text()
    assert "canary" not in environment.casefold()
    assert "OPENSSL_CONF=/dev/null" in environment


@pytest.mark.parametrize(
    "script",
    [
        "cat >/dev/null; echo public; exit 1",
        "exit 0 <&-",
        "cat >/dev/null; yes",
        f"cat >/dev/null; head -c {MAX_OUTPUT_BYTES + 1} /dev/zero",
        "exec sleep 600",
        "cat >/dev/null; exec 1>&-; exec sleep 600",
        "kill -9 $$",
    ],
    ids=["status 1", "reads nothing", "endless", "a byte too many", "hangs", "closes and hangs", "killed"],
)
def test_whatever_goes_wrong_there_is_none(stand_in: Callable[[str], str], script: str) -> None:
    assert derive_public_key(Secret(bytes(50_000)), program=stand_in(script), timeout=1.0) is None


def test_the_largest_output_is_taken(stand_in: Callable[[str], str]) -> None:
    script = stand_in(f"cat >/dev/null; head -c {MAX_OUTPUT_BYTES} /dev/zero")
    assert derive_public_key(Secret(CANARY), program=script) == bytes(MAX_OUTPUT_BYTES)

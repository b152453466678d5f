"""recover.py in a Python that is no program of the system: Pyodide, which browsers run, without OpenSSL beneath it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rootescrow.escrow import split
from rootescrow.keys import EncryptedKey, PrivateKey
from tests.cli.support import PASSPHRASE
from tests.standalone.test_recover_py import GOLDEN, GOLDEN_PASSPHRASE, SCRIPT, pem, words
from tests.support import ROOT, noise

DRIVER = Path(__file__).parent.parent / "oracles" / "pyodide_driver.mjs"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def pyodide(tmp_path: Path, program: Callable[[str], str], oracle: Callable[[str], Path]) -> Run:
    """Runs recover.py with these arguments in a folder in which it lies."""
    shutil.copy(SCRIPT, tmp_path)
    command = [program("node"), str(DRIVER), str(oracle("npm-pyodide")), str(tmp_path), SCRIPT.name]

    def run(*arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([*command, *arguments], input=typed, capture_output=True, text=True, check=False)
        assert done.stdout.startswith("cpython wasm32 3."), done.stdout + done.stderr
        return done

    return run


def test_golden_sheets(tmp_path: Path, pyodide: Run) -> None:
    """Its hashlib has no scrypt, and says so; the key comes all the same."""
    shutil.copy(GOLDEN / "escrow" / "envelope.cms", tmp_path)
    typed = (GOLDEN / "typed.txt").read_text().partition("Escrow id")[0].rstrip() + "\n"
    done = pyodide("envelope.cms", typed=f"{typed}{GOLDEN_PASSPHRASE}\n\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "or only openssl, not this Python, can" in done.stdout
    assert "The passphrase is not proven" in done.stdout
    assert (tmp_path / "key.pem").read_bytes() == (GOLDEN / "key.pem").read_bytes()


def test_a_key_under_pbkdf2_is_proven(tmp_path: Path, pyodide: Run, program: Callable[[str], str]) -> None:
    openssl = program("openssl")
    plain = subprocess.run(
        [openssl, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], capture_output=True, check=True
    ).stdout
    encrypt = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512", "-iter", "210000"]
    encrypted = EncryptedKey.load(
        subprocess.run(
            [openssl, *encrypt, "-passout", f"pass:{PASSPHRASE}"], input=plain, capture_output=True, check=True
        ).stdout,
        PASSPHRASE,
    )
    escrow = split(encrypted, ROOT, rng=noise(7))
    (tmp_path / "envelope.cms").write_bytes(escrow.envelope.der)
    sheets = words(*escrow.shares[0][2:], *escrow.shares[1][1:])
    done = pyodide("envelope.cms", "--out", "out.pem", typed=f"{sheets}wrong\n{PASSPHRASE}\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("It does not open the key") == 1
    spki = PrivateKey.load(plain).fingerprint
    assert spki is not None
    assert spki.hex() in done.stdout
    assert (tmp_path / "out.pem").read_bytes() == pem(encrypted)


def test_what_is_broken_is_refused(tmp_path: Path, pyodide: Run) -> None:
    envelope = bytearray((GOLDEN / "escrow" / "envelope.cms").read_bytes())
    envelope[-20] ^= 1
    (tmp_path / "envelope.cms").write_bytes(envelope)
    typed = (GOLDEN / "typed.txt").read_text().partition("Escrow id")[0].rstrip() + "\n"
    done = pyodide("envelope.cms", typed=typed)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "nothing was written" in done.stdout
    assert not (tmp_path / "key.pem").exists()

"""Without this program: sheets that `rootescrow split` made, and from them to the key with stock tools alone.

Of the sheets only their rendered pages are used, and the commands printed on them, letter by letter. The words go into
PyPI's shamir-mnemonic, in an environment of its own; the rest is done by a shell, base32 and openssl.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import make_root
from tests.cli.support import PASSPHRASE, codes, inside
from tests.paper.support import texts
from tests.paper.test_stock import printed_commands
from tests.paper.test_stock import run as shell

KINDS = {
    "RSA-4096": ("RSA", "rsa_keygen_bits:4096"),
    "P-384": ("EC", "ec_paramgen_curve:P-384"),
    "Ed25519": ("Ed25519",),
}
TAKEN = ("Arbitration-2", "Board-3", "Board-1", "Arbitration-1")
Find = Callable[[str], str]


@dataclass(frozen=True)
class Split:
    """What lies on the table: some sheets; and what must come back."""

    sheets: tuple[Path, ...]
    key: Path
    certificate: Path


def split_root(folder: Path, openssl: str, kind: str) -> Split:
    """A root key, 2 of 3 and 2 of 2."""
    key, certificate = make_root(folder, openssl, *KINDS[kind])
    done = inside(
        *("split", key, "--certificate", certificate, "--out", folder / "out", "--group", "Board=2/3"),
        *("--group", "Arbitration=2/2", "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    sheets = tuple(file for name in TAKEN for file in (folder / "out" / "secret").glob(f"*-{name}.pdf"))
    assert len(sheets) == len(TAKEN)
    return Split(sheets, key, certificate)


def commands_on(sheet: Path) -> dict[str, str]:
    """The commands on the first page that has them, by step."""
    pdf = sheet.read_bytes()
    page = next(number for number, text in enumerate(texts(pdf)) if "shamir recover" in text)
    return printed_commands(pdf, page)


def envelope_codes(sheet: Path) -> list[str]:
    """The codes of the envelope on a sheet."""
    return [text for text in codes(sheet) if text.startswith("ROOTESCROW1 ")]


def escrow_secret(split: Split, shamir: Path) -> str:
    """What the SLIP-39 tool says, given the words of the sheets: 64 hexadecimal digits."""
    words = "".join(f"{codes(sheet, [1])[0]}\n" for sheet in split.sheets)
    done = subprocess.run([shamir, "recover"], input=words, capture_output=True, check=True, text=True)
    digits = done.stdout.split("Your master secret is:")[1].strip()
    assert len(digits) == 64
    return digits


@pytest.mark.parametrize("kind", KINDS)
def test_from_the_sheets_to_the_key(
    kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, program: Find, oracle: Callable[[str], Path]
) -> None:
    openssl, shamir = program("openssl"), oracle("shamir-mnemonic") / "shamir"
    split = split_root(tmp_path_factory.mktemp("root"), openssl, kind)

    def made(*arguments: str | Path, given: bytes = b"") -> bytes:
        return subprocess.run([openssl, *arguments], input=given, capture_output=True, check=True).stdout

    commands = commands_on(split.sheets[0])
    assert commands["shares"] == "shamir recover"
    digits = escrow_secret(split, shamir)
    (tmp_path / "codes.txt").write_text("\n".join(envelope_codes(split.sheets[0])) + "\n")
    done = shell("\n".join(commands[step] for step in ("codes", "secret", "open")), tmp_path, digits + "\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    # What was put in, byte for byte, and the key of the certificate.
    pem = split.key.read_bytes()
    assert (tmp_path / "key.p8").read_bytes() == made("asn1parse", "-noout", "-out", "/dev/stdout", given=pem)
    certified = made(
        "pkey", "-pubin", "-outform", "DER", given=made("x509", "-in", split.certificate, "-noout", "-pubkey")
    )
    fingerprint = hashlib.sha256(certified).hexdigest()
    assert fingerprint in shell(commands["check"], tmp_path, PASSPHRASE + "\n").stdout
    assert shell(commands["pem"], tmp_path).returncode == 0
    assert (tmp_path / "key.pem").read_bytes() == pem
    opened = made("pkey", "-in", tmp_path / "key.pem", "-passin", f"pass:{PASSPHRASE}", "-pubout", "-outform", "DER")
    assert opened == certified

    # Another sheet serves as well, whatever the order of its codes; and what is printed as to be seen is seen.
    (tmp_path / "codes.txt").write_text("\n".join(reversed(envelope_codes(split.sheets[-1]))) + "\n")
    commands = commands_on(split.sheets[-1])
    assert shell(commands["codes"], tmp_path).returncode == 0
    (digest, _) = shell(commands["compare"], tmp_path).stdout.split()
    assert digest in " ".join(texts(split.sheets[-1].read_bytes())).split()
    # One sheet short of a quorum gives nothing.
    words = "".join(f"{codes(sheet, [1])[0]}\n" for sheet in split.sheets[1:])
    short = subprocess.run([shamir, "recover"], input=words, capture_output=True, check=False, text=True)
    assert "master secret is" not in short.stdout

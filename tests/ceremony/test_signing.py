"""What signs a CRL, told by a look at files; and what is never carried."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from Crypto.PublicKey import ECC, RSA

from rootescrow.ceremony.signing import MAX_INCLUDED_BYTES, MAX_WORDS, Signing, include, refuse_secret
from rootescrow.errors import FileError, RuleError, UsageError
from rootescrow.keys import certificate_spki
from rootescrow.passphrase import generate
from rootescrow.register.events import share_words
from rootescrow.shamir.words import WORDS
from tests.ceremony.support import PASSPHRASE, encrypted, made_of
from tests.cli.conftest import make_root
from tests.paper.support import QUORUM
from tests.support import noise

CONFIG = b"[ca]\ndefault_ca = x\n[x]\ndir = .\ndatabase = $dir/index.txt\ncrlnumber = ${dir}/crlnumber # next\n"
ENTRY = b"V\t301123120000Z\t\t01\tunknown\t/CN=Example\n"
FILES = {"ca.cnf": CONFIG, "index.txt": b"", "crlnumber": b"1A\n", "notes.txt": b"Call the operator.\n"}
KEY = ECC.generate(curve="P-256")


def test_files_that_sign_a_crl() -> None:
    found = Signing.of(FILES, None)
    assert (found.config, found.database, found.number) == ("ca.cnf", "index.txt", "crlnumber")
    assert (found.lacking, found.elsewhere) == (("certificate",), ())


@pytest.mark.parametrize(
    ("files", "lacking"),
    [
        ({}, {"config", "database", "number"}),
        ({"ca.cnf": CONFIG}, {"database", "number"}),
        ({"index.txt": b"", "crlnumber": b"01\n"}, {"config"}),
        ({**FILES, "crlnumber": b"one\n"}, {"number"}),
        ({**FILES, "crlnumber": b""}, {"number"}),
        ({"ca.cnf": CONFIG.replace(b"index.txt", b"certs.db"), "crlnumber": b"01"}, {"database"}),
        ({"ca.cnf": b"# default_ca = x\n", "index.txt": b"", "crlnumber": b"01"}, {"config"}),
        ({"ca.cnf": b"\xff\xfe" + CONFIG.decode().encode("utf-16-le")}, {"config", "database", "number"}),
    ],
)
def test_what_is_lacking(files: dict[str, bytes], lacking: set[str]) -> None:
    assert set(Signing.of(files, None).lacking) == {"certificate", *lacking}


def test_a_database_and_a_number_of_other_names() -> None:
    config = b"[ca]\ndefault_ca=x\n[x]\ndatabase = 'db.txt'\ncrlnumber = \"number\"\n"
    found = Signing.of({"a.cnf": config, "db.txt": b"", "number": b"01\n", "index.txt": b""}, None)
    assert (found.config, found.database, found.number) == ("a.cnf", "db.txt", "number")
    assert Signing.of({"list": ENTRY * 3}, None).database == "list"
    assert Signing.of({"list": ENTRY + b"V\tonly\n"}, None).database == ""


@pytest.mark.parametrize(
    ("line", "elsewhere"),
    [
        (b"database = /srv/ca/index.txt", ("database = /srv/ca/index.txt",)),
        (b"database = ./db/index.txt", ("database = db/index.txt",)),
        (b"database = $ENV::CA/index.txt", ("database = $ENV::CA/index.txt",)),
        (b"database = ././index.txt", ()),
        (b"database = index.txt", ()),
    ],
)
def test_a_configuration_that_looks_elsewhere(line: bytes, elsewhere: tuple[str, ...]) -> None:
    found = Signing.of({"ca.cnf": b"default_ca = x\n" + line, "index.txt": b""}, None)
    assert found.elsewhere == elsewhere
    assert found.database == "index.txt"


def test_a_certificate_is_that_of_the_key(tmp_path: Path, program: Callable[[str], str]) -> None:
    _, path = make_root(tmp_path, program("openssl"), "EC", "ec_paramgen_curve:P-256")
    spki = hashlib.sha256(certificate_spki(path.read_bytes())).hexdigest()
    files = {"chain.pem": b"", "root.crt": path.read_bytes()}
    assert Signing.of(files, spki).certificate == "root.crt"
    assert Signing.of(files, "0" * 64).certificate == ""
    assert include(path)[0] == "root.crt"


# What is never carried


def keys() -> dict[str, bytes]:
    """Private keys in many forms."""
    how = "PBKDF2WithHMAC-SHA512AndAES256-CBC"
    rsa = RSA.generate(2048)
    return {
        "plain.pem": KEY.export_key(format="PEM").encode(),
        "sec1.pem": KEY.export_key(format="PEM", use_pkcs8=False).encode(),
        "pkcs8.der": KEY.export_key(format="DER"),
        "sec1.der": KEY.export_key(format="DER", use_pkcs8=False),
        "encrypted.pem": KEY.export_key(format="PEM", passphrase=PASSPHRASE, protection=how).encode(),
        "encrypted.der": KEY.export_key(format="DER", passphrase=PASSPHRASE, protection=how),
        "ours.pem": encrypted().pem().encode(),
        "pkcs1.der": rsa.export_key("DER"),
        "old.pem": rsa.export_key("PEM", passphrase=PASSPHRASE),
        "beside.txt": CONFIG + KEY.export_key(format="PEM").encode(),
        "openssh": b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        "pgp": b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
        "putty.ppk": b"PuTTY-User-Key-File-3: ssh-ed25519\n",
        "store.jks": bytes.fromhex("feedfeed00000002"),
        "store.p12": bytes.fromhex("308209af02010330820975") + bytes(100),
    }


@pytest.mark.parametrize(("name", "data"), keys().items(), ids=list(keys()))
def test_no_private_key_is_carried(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(RuleError, match="holds a private key") as raised:
        include(tmp_path / name)
    assert "SP-c, SP-d" in raised.value.hint


def test_no_words_are_carried() -> None:
    share = WORDS[100:133]
    for text in (
        " ".join(share),
        " ".join(share).upper(),
        "\n".join(f"{number:02} {word}" for number, word in enumerate(share, 1)),
        ", ".join(word[:4] for word in share),
        f"# notes\n{' '.join(share[:8])} and so on",
    ):
        with pytest.raises(RuleError, match="the words of one"):
            refuse_secret("notes.txt", text.encode("utf-16"))
        with pytest.raises(RuleError, match="the words of one") as raised:
            refuse_secret("notes.txt", text.encode())
        assert not any(word in raised.value.message.split() for word in share)


def test_a_few_words_of_the_list_are_no_share() -> None:
    refuse_secret("ca.cnf", b"[ca]\ndefault_ca = example\n[example]\ndatabase = index.txt\n")
    assert share_words("default_ca = example\n[example]\ndatabase = index.txt") == 4
    refuse_secret("notes.txt", " ".join(WORDS[:MAX_WORDS]).encode())


def test_no_generated_passphrase_is_carried() -> None:
    with generate(rng=noise(1)) as passphrase:
        plain = bytes(passphrase.reveal())
    groups = b" ".join(plain[start : start + 5] for start in range(0, 30, 5))
    for data in (plain, plain + b"\n", groups, b"the passphrase:\n" + groups + b"\n"):
        with pytest.raises(RuleError, match="a generated passphrase") as raised:
            refuse_secret("x", data)
        assert plain.decode() not in raised.value.message


@pytest.fixture(scope="module")
def sheet() -> tuple[str, bytes]:
    """A sheet as split writes it: the name of its file, and the PDF."""
    made = made_of(encrypted(), *QUORUM.groups)
    return next((path, data) for path, data in made.files.items() if path.startswith("secret/"))


def test_no_sheet_is_carried(tmp_path: Path, sheet: tuple[str, bytes]) -> None:
    path, pdf = sheet
    for name in (path, "secret-passphrase/x.txt", "secret/deeper/x.txt"):
        file = tmp_path / "out" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pdf)
        with pytest.raises(RuleError, match="lies in a folder of sheets"):
            include(file)
    with pytest.raises(RuleError, match="is a sheet"):
        refuse_secret(Path(path).name, b"")
    with pytest.raises(RuleError, match="is a sheet"):
        refuse_secret("renamed.pdf", pdf)


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing", b"GIF89a...", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_a_scan_that_cannot_be_looked_through(data: bytes) -> None:
    with pytest.raises(RuleError, match="cannot be looked through"):
        refuse_secret("scan", data)


def test_no_archive_is_carried() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("root.key"))
    for data in (packed.getvalue(), b"PK\x03\x04...", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0"):
        with pytest.raises(RuleError, match="is an archive"):
            refuse_secret("files", data)


@pytest.mark.parametrize("name", list(FILES))
def test_what_is_carried(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    assert include(tmp_path / name) == (name, FILES[name])


def test_the_usual_configuration_is_carried(program: Callable[[str], str]) -> None:
    program("openssl")
    for path in map(Path, ("/etc/ssl/openssl.cnf", "/usr/lib/ssl/openssl.cnf")):
        if path.exists():
            refuse_secret(path.name, path.read_bytes())


def test_files_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot read"):
        include(tmp_path / "missing")
    with pytest.raises(FileError, match="Is a directory"):
        include(tmp_path)
    (tmp_path / "a b").touch()
    with pytest.raises(UsageError, match="is no name"):
        include(tmp_path / "a b")
    with (tmp_path / "large").open("wb") as file:
        os.truncate(file.fileno(), MAX_INCLUDED_BYTES + 1)
    with pytest.raises(FileError, match="has over"):
        include(tmp_path / "large")

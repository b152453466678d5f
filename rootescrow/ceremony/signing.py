"""What signing a CRL needs beside the key (z.7), and what must never lie on a medium: both told by a look at the files.

The look is modest. That the files suffice is known when they have signed: docs/kit.md says how to try it.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rootescrow.errors import EscrowError, KeyFormatError, RuleError
from rootescrow.keys import certificate_spki, read_key_file
from rootescrow.paper.reading import read_source
from rootescrow.passphrase import ALPHABET, GENERATED_CHARS
from rootescrow.register import folder, medium
from rootescrow.register.events import share_words

MAX_INCLUDED_BYTES = 16 << 20
"""Of one file. A database of 100,000 certificates is about that large."""
MAX_WORDS = 7
"""Words of SLIP-39's list that may follow one another in a file: a configuration has "example", "database", "index"."""

_APART = "A medium carries nothing that opens the key: that is what the sheets are for (SP-c, SP-d). Leave it out."
_SHEET_FILE = re.compile(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[0-9]+-.+-[0-9]+\.pdf", re.IGNORECASE)
_LETTERS_ALONE = re.compile(rf"[{ALPHABET.decode()}]{{{GENERATED_CHARS}}}")
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
_KEYSTORES = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce", b"PuTTY-User-Key-File")
_PKCS12 = re.compile(rb"\x30[\x80-\x84].{0,4}\x02\x01\x03\x30", re.DOTALL)
_SCANS = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"II*\0", b"MM\0*", b"GIF8", b"BM")
_SETTING = r"^[ \t]*{}[ \t]*=[ \t]*([^#\r\n]*)"
_DATABASE_LINE = re.compile(r"[VRE]\t[^\t]*\t[^\t]*\t[0-9A-Fa-f]+\t[^\t]*\t[^\t]+")
_NUMBER = re.compile(r"[0-9A-Fa-f]{2,40}\s*")


def include(path: Path) -> tuple[str, bytes]:
    """A file that is to lie on the medium: its name there, and its bytes.

    Raises FileError, UsageError for a name that not every file system takes, RuleError for what is secret, or may hold
    what is and cannot be looked through.
    """
    if {folder.SECRET, folder.SECRET_PASSPHRASE} & {part.name for part in path.absolute().parents}:
        raise RuleError(f"{path} lies in a folder of sheets", _APART)
    medium.check_name(path.name)
    data = folder.read_file(path, MAX_INCLUDED_BYTES)
    refuse_secret(path.name, data)
    return path.name, data


def refuse_secret(name: str, data: bytes) -> None:
    """That a file holds no private key, encrypted or not, and no share or passphrase of ours. Raises RuleError.

    Recognised are private keys as PEM, DER, PKCS#12, PuTTY's and Java's keystores; sheets by the names of their files
    and by the codes on their pages; the words of a share as text; a generated passphrase. An archive is refused, as
    nobody sees what is in it.
    """
    # UTF-16 of what is typed is the same letters with zeros between.
    letters = data.replace(b"\0", b"")
    text = letters.decode("utf-8", "replace")
    if _is_key(data) or b"PRIVATE KEY" in letters:
        raise RuleError(f"{name} holds a private key, or may: it is refused though it be encrypted", _APART)
    if _SHEET_FILE.fullmatch(name) or share_words(text) > MAX_WORDS:
        raise RuleError(f"{name} is a sheet, or holds the words of one", _APART)
    if any(_LETTERS_ALONE.fullmatch(re.sub(r"\s", "", line)) for line in text.splitlines()):
        raise RuleError(f"{name} holds a generated passphrase", _APART)
    if data.startswith(_ARCHIVES) or data[257:262] == b"ustar":
        raise RuleError(f"{name} is an archive: what is in it cannot be looked at", "Include the files one by one.")
    if data[:1024].lstrip().startswith(_SCANS) or b"%PDF-" in data[:1024]:
        _refuse_scan(name, data)


def _is_key(data: bytes) -> bool:
    if b"PRIVATE KEY" in data or b"BEGIN PKCS12" in data or data.startswith(_KEYSTORES) or _PKCS12.match(data):
        return True
    try:
        read_key_file(data)
    except KeyFormatError:
        return False
    return True


def _refuse_scan(name: str, data: bytes) -> None:
    """Look at the codes on every page. What cannot be read is refused too."""
    try:
        texts = [text for page in read_source(io.BytesIO(data), name) for text in page.texts]
    except EscrowError as error:
        raise RuleError(
            f"{name} cannot be looked through: {error.message}", "Include plain text, or leave it out."
        ) from None
    if any(share_words(text) > MAX_WORDS for text in texts):
        raise RuleError(f"{name} is a sheet, or holds the words of one", _APART)


@dataclass(frozen=True)
class Signing:
    """The names of the files that sign a CRL, each empty if there is none; `certificate` is that of the key.

    `elsewhere` are settings of the configuration that look for a file in another folder than its own.
    """

    certificate: str
    config: str
    database: str
    number: str
    elsewhere: tuple[str, ...] = ()

    @property
    def lacking(self) -> tuple[str, ...]:
        """Which of the fields are empty."""
        return tuple(name for name in ("certificate", "config", "database", "number") if not getattr(self, name))

    @classmethod
    def of(cls, files: Mapping[str, bytes], spki_sha256: str | None) -> Signing:
        """Find them among files by name, and by what is in them.

        A certificate is one whose public key has this SHA-256. A configuration of `openssl ca` is a text that sets
        `default_ca` or `database`. The database is the file of the name that it gives, or index.txt, or one in whose
        lines the six fields stand; the number the file of the name that it gives, or crlnumber.
        """
        texts = {name: data.decode("utf-8", "replace") for name, data in sorted(files.items())}
        config = _first(name for name, text in texts.items() if _value(text, "default_ca") or _value(text, "database"))
        text = texts.get(config, "")
        wanted = {setting: _path(text, setting) for setting in ("database", "crlnumber")}
        names = {setting: path.rpartition("/")[2] for setting, path in wanted.items()}
        database = _first(
            [name for name in (names["database"], "index.txt") if name in texts]
            + [name for name, found in texts.items() if _is_database(found)]
        )
        number = _first(
            name for name in (names["crlnumber"], "crlnumber") if name in texts and _NUMBER.fullmatch(texts[name])
        )
        elsewhere = tuple(f"{setting} = {path}" for setting, path in wanted.items() if "/" in path or "$" in path)
        certificate = _first(name for name, data in sorted(files.items()) if _is_certificate(data, spki_sha256))
        return cls(certificate, config, database, number, elsewhere)


def _first(names: Iterable[str]) -> str:
    return next(iter(names), "")


def _value(text: str, setting: str) -> str:
    """What a configuration sets last, without quotation marks."""
    found = re.findall(_SETTING.format(setting), text, re.MULTILINE)
    return found[-1].strip().strip("\"'") if found else ""


def _path(text: str, setting: str) -> str:
    """A path that a configuration sets, seen from its own folder as far as its `dir` tells."""
    path = re.sub(r"\$(dir\b|\{dir\}|\(dir\))", lambda _: _value(text, "dir") or ".", _value(text, setting))
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    return path


def _is_database(text: str) -> bool:
    return bool(text.strip()) and all(_DATABASE_LINE.fullmatch(line) for line in text.splitlines())


def _is_certificate(data: bytes, spki_sha256: str | None) -> bool:
    try:
        return hashlib.sha256(certificate_spki(data)).hexdigest() == spki_sha256
    except KeyFormatError:
        return False

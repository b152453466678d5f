"""The texts on paper, both ways: escrow id, check code, envelope codes, envelope text.

All of them are base32 (RFC 4648, section 6) without padding, in capitals: letters and digits that a QR code holds in
its alphanumeric mode and that a person can type. Nothing here is secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from rootescrow.errors import CodeError
from rootescrow.secret import Secret

MAGIC = "ROOTESCROW1"
"""The first word of every envelope code: the name and the version of the format."""
MAX_PART_CHARS = 1075
"""Base32 characters in one envelope code: RSA-4096 makes 4 codes and RSA-8192 8, in modules of 0.6 mm."""
MAX_PARTS = 99
"""The number of a part is written with at most two digits."""
LINE_CHARS = 40
"""Base32 characters in one text line: 25 bytes, 8 groups of 5."""
MAX_LINES = 999
"""The number of a line is written with three digits."""

_ID_MESSAGE = b"rootescrow v1 id"
_TYPING_ERRORS = str.maketrans("018", "OIB")
_NUMBER_ERRORS = str.maketrans("OIB", "018")
_SPACE = re.compile(r"\s+")
_BASE32 = re.compile(r"[A-Z2-7]*")
_LINE_TEXT = re.compile(rf"[A-Z2-7]{{1,{LINE_CHARS}}}")
_PART = re.compile(r"ROOTESCROW([0-9]+) ([A-Z2-7]{8}) ([0-9]{1,2})OF([0-9]{1,2}) ([A-Z2-7 ]+)")
_LINE = re.compile(r"([0-9OIB]{3})([A-Z0-8]{6,44})")


def base32(data: bytes) -> str:
    """Base32 without padding."""
    return base64.b32encode(data).decode().rstrip("=")


def unbase32(text: str) -> bytes:
    """The bytes of base32 without padding: the mirror of `base32`, and of nothing else.

    Raises CodeError for other characters, for a length no number of bytes has, and where the unused last bits are not
    zero, so that one text stands for one value.
    """
    if not _BASE32.fullmatch(text):
        raise CodeError("there are characters other than A to Z and 2 to 7", "Type it again, or scan it again.")
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        raise CodeError("a character is missing or one too many", "Type it again, or scan it again.") from None
    if base32(data) != text:
        raise CodeError("the last character cannot be right", "Type it again, or scan it again.")
    return data


@dataclass(frozen=True, order=True)
class EscrowId:
    """Which escrow something belongs to: 40 bits, written `K7QD-M2XA`."""

    value: bytes

    def __post_init__(self) -> None:
        if len(self.value) != 5:
            raise CodeError(f"an escrow id of {len(self.value)} bytes", "An escrow id has 5 bytes.")

    @classmethod
    def of(cls, secret: Secret) -> Self:
        """The id of an escrow secret: the first 40 bits of its HMAC-SHA-256 over a constant text."""
        return cls(hmac.digest(secret.reveal(), _ID_MESSAGE, "sha256")[:5])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `K7QD-M2XA` in any case, with or without hyphen and spaces. Raises CodeError."""
        plain = re.sub(r"[\s\-‐‑–—]", "", text).upper().translate(_TYPING_ERRORS)
        if len(plain) != 8 or not _BASE32.fullmatch(plain):
            raise CodeError("this is no escrow id", "An escrow id looks like K7QD-M2XA; it stands on every sheet.")
        return cls(unbase32(plain))

    @property
    def compact(self) -> str:
        """Without the hyphen, as in the envelope codes."""
        return base32(self.value)

    @property
    def slip39_identifier(self) -> int:
        """Its first 15 bits: what SLIP-39 calls the identifier, so that a share's first words tell its escrow."""
        return int.from_bytes(self.value) >> 25

    def __str__(self) -> str:
        return f"{self.compact[:4]}-{self.compact[4:]}"


def check_code(data: bytes) -> str:
    """`ABCD-EFGH-IJKL-MNOP`: the first 80 bits of the SHA-256 of a canonical text or of a file's bytes."""
    return check_code_of_digest(hashlib.sha256(data).digest())


def check_code_of_digest(sha256: bytes) -> str:
    """The check code where the SHA-256 (32 bytes) is already known. Raises CodeError for another length."""
    if len(sha256) != 32:
        raise CodeError(f"a hash of {len(sha256)} bytes", "A SHA-256 has 32 bytes.")
    text = base32(sha256[:10])
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))


@dataclass(frozen=True)
class EnvelopePart:
    """One envelope code as read: part `number` of `count`, with its piece of the envelope's base32."""

    id: EscrowId
    number: int
    count: int
    text: str

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count <= MAX_PARTS:
            raise CodeError(f"an envelope code says it is part {self.number} of {self.count}", "Scan it again.")
        if not self.text or not _BASE32.fullmatch(self.text):
            raise CodeError(
                "an envelope code is empty or holds other characters than A to Z and 2 to 7", "Scan it again."
            )

    def __str__(self) -> str:
        return f"{MAGIC} {self.id.compact} {self.number}OF{self.count} {self.text}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an envelope code; any case, any white space. Raises CodeError."""
        match = _PART.fullmatch(_SPACE.sub(" ", text.strip()).upper())
        if not match:
            raise CodeError("an envelope code is incomplete or garbled", "Scan it again, or type the envelope's lines.")
        version, id_text, number, count, body = match.groups()
        if version != "1":
            raise CodeError(
                f"an envelope code of format {int(version) if len(version) < 9 else '?'}; this program reads format 1",
                "Use the version of rootescrow that the record names.",
            )
        return cls(EscrowId.parse(id_text), int(number), int(count), body.replace(" ", ""))


def encode_envelope_codes(id: EscrowId, envelope: bytes) -> tuple[str, ...]:
    """The envelope codes of an envelope: parts whose lengths differ by one character at most.

    Raises CodeError if the envelope is empty, or if there would be more than 99.
    """
    text = _base32_of(envelope)
    count = -(-len(text) // MAX_PART_CHARS)
    return tuple(
        str(EnvelopePart(id, number + 1, count, text[start:end]))
        for number, (start, end) in enumerate(part_ranges(len(text), count))
    )


def _base32_of(envelope: bytes) -> str:
    if not envelope:
        raise CodeError("an empty envelope has neither codes nor lines", "Seal a key in it first.")
    return base32(envelope)


def part_ranges(chars: int, count: int) -> tuple[tuple[int, int], ...]:
    """Where each of `count` parts of a base32 text of `chars` characters begins and ends: the longer ones first."""
    size, longer = divmod(chars, count)
    starts = [i * size + min(i, longer) for i in range(count + 1)]
    return tuple(itertools.pairwise(starts))


def join_envelope_codes(parts: Sequence[EnvelopePart]) -> bytes:
    """The envelope of a complete set of parts in any order: the mirror of `encode_envelope_codes`. Raises CodeError."""
    ordered = sorted(parts, key=lambda part: part.number)
    if not ordered or [part.number for part in ordered] != list(range(1, ordered[0].count + 1)):
        raise CodeError("envelope codes are missing", "Scan every envelope code of one sheet.")
    if len({(part.id, part.count) for part in ordered}) != 1:
        raise CodeError("these envelope codes are of different envelopes", "Scan the codes of one sheet only.")
    return unbase32("".join(part.text for part in ordered))


@dataclass(frozen=True)
class UncheckedLine:
    """A line of envelope text as typed: a number, base32 characters and a check that nobody has compared yet."""

    number: int
    text: str
    check: str

    @classmethod
    def parse(cls, typed: str) -> Self:
        """Read `007  ABCDE FGHIJ …  WXYZ`: any case, any spaces, 0, 1 and 8 for O, I and B. Raises CodeError."""
        match = _LINE.fullmatch(_SPACE.sub("", typed).upper())
        body = match[2].translate(_TYPING_ERRORS) if match else ""
        if not match or not _BASE32.fullmatch(body):
            raise CodeError(
                "this is no line of envelope text",
                "A line is three digits, groups of five letters or digits, and four more.",
            )
        return cls(int(match[1].translate(_NUMBER_ERRORS)), body[:-4], body[-4:])

    def checked(self, id: EscrowId) -> TextLine:
        """The line, if its check is right for this escrow. Raises CodeError naming the line."""
        if self.check != line_check(id, self.number, self.text):
            raise CodeError(
                f"line {self.number:03} is wrong, out of place or of another escrow",
                f"Compare each character of line {self.number:03} with the paper, its number too.",
            )
        return TextLine(self.number, self.text)


@dataclass(frozen=True)
class TextLine:
    """A line of envelope text whose check was right: `number` counts from 1; 40 characters, fewer in the last line."""

    number: int
    text: str

    def __post_init__(self) -> None:
        if not 1 <= self.number <= MAX_LINES or not _LINE_TEXT.fullmatch(self.text):
            raise CodeError("this is no line of envelope text", "A line has a number from 001 and 40 characters.")


def line_check(id: EscrowId, number: int, text: str) -> str:
    """The four characters after a line: 20 bits of the SHA-256 of the id, the number and the line's characters."""
    return base32(hashlib.sha256(f"{id.compact} {number:03} {text}".encode()).digest()[:5])[:4]


def encode_text_lines(id: EscrowId, envelope: bytes) -> tuple[str, ...]:
    """The envelope as lines `007  ABCDE FGHIJ …  WXYZ`, to be typed when every code is gone.

    Raises CodeError if the envelope is empty, or if there would be more than 999.
    """
    text = _base32_of(envelope)
    lines = []
    for number, start in enumerate(range(0, len(text), LINE_CHARS), 1):
        line = TextLine(number, text[start : start + LINE_CHARS])
        groups = " ".join(line.text[i : i + 5] for i in range(0, len(line.text), 5))
        lines.append(f"{number:03}  {groups}  {line_check(id, number, line.text)}")
    return tuple(lines)


def join_text_lines(lines: Sequence[TextLine]) -> bytes:
    """The envelope of all its lines in any order: the mirror of `encode_text_lines`. Raises CodeError."""
    ordered = sorted(lines, key=lambda line: line.number)
    if not ordered or [line.number for line in ordered] != list(range(1, len(ordered) + 1)):
        raise CodeError("lines of the envelope's text are missing", "Type every line from 001 to the last.")
    if any(len(line.text) != LINE_CHARS for line in ordered[:-1]):
        raise CodeError("a line before the last is too short", "Type the short line again.")
    return unbase32("".join(line.text for line in ordered))

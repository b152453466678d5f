"""recover.py on paper: as lines to be typed, each with a check, and as QR codes; and the word list of SLIP-39.

Both ways back are done by a few lines that are printed beside them, with what every Linux has, or with Python alone.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache, partial

from rootescrow.codes import MAX_PART_CHARS, base32, part_ranges
from rootescrow.errors import PaperError
from rootescrow.paper.envelope_pages import CODE
from rootescrow.paper.fonts import POINTS_PER_MM, Face
from rootescrow.paper.layout import BLOCK, Document
from rootescrow.paper.qr import Code, envelope_codes
from rootescrow.paper.report import Figure
from rootescrow.paper.text import Catalogue
from rootescrow.shamir.words import WORDS

MAGIC = "ROOTESCROWPY"
"""The first word of every code of recover.py. It is none of an envelope's, and readers of those pass it over."""
COLUMNS = 100
"""Characters in a line of recover.py: more are not printed at a size that can be read."""
_LINES = 999

CHECK_PROGRAM = """import base64, hashlib
for number, line in enumerate(open("recover.py").read().splitlines(), 1):
    spaces = len(line) - len(line.lstrip(" "))
    digest = hashlib.sha256(("%03d %s" % (number, line)).encode()).digest()
    print("%03d %2d %s" % (number, spaces, base64.b32encode(digest)[:4].decode()))
"""
"""What shows the checks of what was typed."""
JOIN_PROGRAM = """import base64, zlib
rows = sorted(set(tuple(row.split()[1:3]) for row in open("codes.txt") if row.strip()))
text = "".join(part for number, part in rows)
data = zlib.decompress(base64.b32decode(text + "=" * (-len(text) % 8)), 31)
open("recover.py", "wb").write(data)
"""
"""What makes recover.py of the codes, where there is no shell."""

_SMALL, _SIZE = 6.5, 8.0
_GROUP = 5
_PITCH, _GAP = 3.55, 0.9
_HEAD = 4.6
_SPACES_X, _TEXT_X = 8.2, 9.6
_BASE = 2.7
_LISTING, _LISTING_PITCH = 9.0, 4.0
_WORD_COLUMNS, _WORD_ROWS = 8, 64
_WORD_PITCH, _WORD_GROUP, _WORD_GAP = 3.4, 8, 0.5
_WORD_X = 7.6


def line_check(number: int, line: str) -> str:
    """The four characters after a line: 20 bits of the SHA-256 of its number and itself, as base32."""
    return base64.b32encode(hashlib.sha256(f"{number:03} {line}".encode()).digest())[:4].decode()


def source_lines(program: bytes) -> tuple[str, ...]:
    """The lines of recover.py. Raises PaperError for a file that would not come back from paper byte for byte."""
    text = program.decode("ascii", "replace")
    lines = text.removesuffix("\n").split("\n")
    fits = all(line.isascii() and len(line) <= COLUMNS and line == line.rstrip() for line in lines)
    printable = all(" " <= character <= "~" for line in lines for character in line)
    if not (fits and printable and text.endswith("\n") and len(lines) <= _LINES):
        raise PaperError(
            "the recover.py of this installation cannot be printed: it is not the one that was published",
            "Install rootescrow anew.",
        )
    return tuple(lines)


def source_codes(program: bytes) -> tuple[str, ...]:
    """The texts of the codes: `ROOTESCROWPY 03OF20 <base32>` of the file, compressed by gzip."""
    text = base32(gzip.compress(program, 9, mtime=0))
    total = -(-len(text) // MAX_PART_CHARS)
    ranges = part_ranges(len(text), total)
    return tuple(f"{MAGIC} {number:02}OF{total:02} {text[a:b]}" for number, (a, b) in enumerate(ranges, 1))


def join_command(codes: Sequence[str]) -> str:
    """What makes recover.py of the codes in a shell."""
    length = sum(len(code.split()[2]) for code in codes)
    padding = "=" * (-length % 8)
    pad = f"; printf '{padding}'" if padding else ""
    return f"(sort -u codes.txt | awk '{{print $3}}' | tr -cd A-Z2-7{pad}) | \\\n base32 -d | gunzip > recover.py"


def listing(text: str) -> Figure:
    """A small program to be typed: its lines as they stand, spaces too."""
    lines = text.removesuffix("\n").split("\n")

    def draw(doc: Document, y: float) -> None:
        for place, line in enumerate(lines):
            indent = len(line) - len(line.lstrip())
            step = 0.6 * _LISTING / POINTS_PER_MM
            base = y + (place + 0.75) * _LISTING_PITCH
            doc.text(indent * step, base, line.lstrip(), Face.MONO_BOLD, _LISTING)

    return Figure(len(lines) * _LISTING_PITCH, draw, gap=2.0)


def line_figures(program: bytes, say: Catalogue) -> Iterator[Figure]:
    """The lines of recover.py in groups of five, so that the eye keeps its place."""
    lines = source_lines(program)
    head = Figure(_HEAD, partial(_draw_head, say))
    yield Figure(_HEAD, head.draw, gap=3.0)
    for start in range(0, len(lines), _GROUP):
        group = tuple(enumerate(lines[start : start + _GROUP], start + 1))
        yield Figure(len(group) * _PITCH + _GAP, partial(_draw_lines, group), head=head)


def _draw_head(say: Catalogue, doc: Document, y: float) -> None:
    for x, key, align in ((0.0, "columns", 0.0), (BLOCK, "sum", 1.0)):
        doc.text(x, y + 2.8, say(f"code.{key}"), Face.SANS_BOLD, _SIZE, align=align)
    doc.rule(0, y + 3.9, BLOCK, 0.3)


def _draw_lines(group: Sequence[tuple[int, str]], doc: Document, y: float) -> None:
    for place, (number, line) in enumerate(group):
        base = y + place * _PITCH + _BASE
        text = line.lstrip(" ")
        spaces = len(line) - len(text)
        doc.text(0, base, f"{number:03}", Face.MONO_BOLD, _SMALL)
        doc.text(_SPACES_X, base, str(spaces), Face.MONO, _SMALL, align=1)
        if text:
            doc.text(_TEXT_X + spaces * 0.6 * _SIZE / POINTS_PER_MM, base, text, Face.MONO, _SIZE)
        doc.text(BLOCK, base, line_check(number, line), Face.MONO_BOLD, _SMALL, align=1)
    doc.upright(_TEXT_X - 0.7, y, len(group) * _PITCH + _GAP, 0.15)


@cache
def _modules(codes: tuple[str, ...]) -> tuple[Code, ...]:
    """The codes as modules. They are the same in every booklet of a release, and half of the work."""
    return tuple(envelope_codes(codes))


def code_figures(codes: tuple[str, ...], say: Catalogue) -> Iterator[Figure]:
    """The codes two by two, far apart; which is which in the white between them."""
    drawn = list(enumerate(_modules(codes), 1))
    for start in range(0, len(drawn), 2):
        yield Figure(CODE, partial(_draw_codes, drawn[start : start + 2], len(codes), say))


def _draw_codes(pair: Sequence[tuple[int, Code]], total: int, say: Catalogue, doc: Document, y: float) -> None:
    for right, (number, code) in enumerate(pair):
        doc.code(right * (BLOCK - CODE), y, CODE, code)
        x = BLOCK - CODE - 1 if right else CODE + 1
        label = say("code.code_of", number=number, count=total)
        doc.text(x, y + (CODE - 4 if right else 6), label, Face.SANS_BOLD, 11, align=right)


def word_figures() -> Iterator[Figure]:
    """The word list, down each column; the letters that suffice in bold."""
    page = _WORD_COLUMNS * _WORD_ROWS
    for start in range(0, len(WORDS), page):
        words = tuple(enumerate(WORDS[start : start + page], start))
        yield Figure(_word_y(_WORD_ROWS - 1) + _WORD_PITCH, partial(_draw_words, words), gap=2.0)


def _word_y(row: int) -> float:
    return row * _WORD_PITCH + row // _WORD_GROUP * _WORD_GAP


def _draw_words(words: Sequence[tuple[int, str]], doc: Document, y: float) -> None:
    letter = 0.6 * _SIZE / POINTS_PER_MM
    for place, (number, word) in enumerate(words):
        column, row = divmod(place, _WORD_ROWS)
        x, base = column * BLOCK / _WORD_COLUMNS, y + _word_y(row) + _BASE
        doc.text(x + _WORD_X - 1.0, base, str(number), Face.MONO, _SMALL, align=1)
        doc.text(x + _WORD_X, base, word[:4], Face.MONO_BOLD, _SIZE)
        if word[4:]:
            doc.text(x + _WORD_X + 4 * letter, base, word[4:], Face.MONO, _SIZE)

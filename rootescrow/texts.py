"""From a text, as scanned, typed or pasted, to the things in it. Nothing found here is believed yet.

A text may hold several shares, envelope codes and lines in any order: the contents of a QR code, what a hand-held
scanner typed, a whole text file. Rows that begin with `#`, labels such as `Board/2:` and check codes are passed
over. A `?` in the place of a word is a word that cannot be read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rootescrow import keyboards
from rootescrow.codes import MAGIC, EnvelopePart, EscrowId, UncheckedLine
from rootescrow.errors import CodeError, EscrowError, MalformedError, ShareError, WordError
from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS, index_of, parse_words
from rootescrow.torn import SHARE_WORDS, UNREADABLE, Torn

MAX_CHARS = 1 << 20
"""A full set of typed shares, codes and lines of the largest envelope is a quarter of this."""
MAX_WORDS = 20_000
"""600 shares in one text, and at most two seconds of looking for them."""
MAX_CODE_CHARS = 4296
"""What the largest QR code holds in its alphanumeric mode (ISO/IEC 18004, version 40-L)."""

_ALL = frozenset(WORDS)
_HYPHEN = "[-‐‒–—]"
_ID = re.compile(rf"(?:escrow(?: id)?:? *)?([A-Z0-8]{{4}}{_HYPHEN}[A-Z0-8]{{4}})", re.IGNORECASE)
_CHECK_CODE = re.compile(rf"(?:check code:? *)?[A-Z0-8]{{4}}(?:{_HYPHEN}[A-Z0-8]{{4}}){{3}}", re.IGNORECASE)
_CODE = re.compile(r"ROOTESCROW *[0-9]", re.IGNORECASE)
_LABEL = re.compile(r"[^\s/][^/]*/[0-9]{1,2} *(?::|$)")
_NUMBERED = re.compile(r"[0-9]{3}\s")
_WORD = re.compile(r"(?:[(\[]?([0-9]{1,4})[.:)\]]*[\s,;]*)?([^\s,;]*)[\s,;]*")
"""A word, after its number if it has one: "academic", "12. academic", "(12) academic,", "12academic"."""
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
"""Quotation marks, brackets, bullets and stops around a word."""
_UNREADABLE = re.compile(r"[\"'(\[]*\?+[\"')\].:]*")
"""A word that cannot be read: "?", "??", "(?)", "?."."""
_MAX_WORD_CHARS = 20
"""The longest word has 8 letters; a single group of characters longer than this is envelope text without spaces."""
_OTHER_KEYBOARD = str.maketrans("YZyz", "ZYzy")
"""What is typed where scanner, person and computer disagree on QWERTY and QWERTZ."""


class Kind(StrEnum):
    """What an item of a pile is."""

    SHARE = "share"
    CODE = "envelope code"
    LINE = "line of envelope text"
    ENVELOPE = "envelope"
    ID = "escrow id"
    OTHER = "text"


@dataclass(frozen=True)
class Unreadable:
    """An item from which nothing could be taken. `foreign`: it does not look like ours at all."""

    kind: Kind
    name: str
    error: EscrowError
    foreign: bool = False


@dataclass(frozen=True)
class OtherKeyboard:
    """Something in the text was read as typed on another keyboard layout, of this name."""

    layout: str

    def __str__(self) -> str:
        return f"read as typed on another keyboard layout ({self.layout}), which a scanner or the computer is set to"


YZ_SWAPPED = OtherKeyboard("QWERTZ")
"""By far the commonest."""
Item = Share | Torn | EnvelopePart | UncheckedLine | EscrowId | OtherKeyboard | Unreadable


@dataclass(frozen=True)
class Word:
    """A word as typed, with its number if it has one, and its index in the list if it is in the list.

    `unreadable`: it is said to be a word that cannot be read. `swapped`: y and z had to be swapped in it.
    """

    typed: str = field(repr=False)
    index: int | None = field(repr=False)
    unreadable: bool = False
    swapped: bool = False

    @property
    def plausible(self) -> bool:
        """Whether it may be a word of a share."""
        return self.index is not None or self.unreadable


def recognise(text: str) -> Iterator[Item]:
    """What is in a text, in its order. Never raises for what the text says."""
    if len(text) > MAX_CHARS:
        yield _too_long(f"{MAX_CHARS} characters")
        return
    words: list[Word] = []
    layouts: set[OtherKeyboard] = set()
    seen = 0
    for arrived in _rows(text):
        row, layout = _as_meant(arrived)
        if layout is not None and layout not in layouts:
            layouts.add(layout)
            yield layout
        typed = _words(row)
        if _is_words(row, typed):
            words += typed
            seen += len(typed)
            if seen > MAX_WORDS:
                yield _too_long(f"{MAX_WORDS} words")
                return
        else:
            yield from _shares(words)
            words = []
            yield from _other(row)
    yield from _shares(words)


def one_sheet(text: str) -> Torn:
    """The words of one sheet alone, `?` for those that cannot be read. Nothing shows here whether they are right.

    Raises WordError for a word that is not in the list, ShareError if there are not the words of one sheet,
    MalformedError if the text is too long.
    """
    if len(text) > MAX_CODE_CHARS:
        raise _too_long(f"{MAX_CODE_CHARS} characters").error
    text, _ = as_meant(text)
    words = [word for row in _rows(text) if _is_words(row, typed := _words(row)) for word in typed]
    return _torn(words, _indices(words))


def as_meant(text: str) -> tuple[str, OtherKeyboard | None]:
    """A text, and the other keyboard layout if something in it must have been typed on one: then put right.

    Tried are rows that else say nothing. A share is put right if its checksum proves it, an envelope code if its first
    word comes out; whether that code is right is for the envelope's tag to say.
    """
    rows = [_as_meant(row) for row in _rows(text)] if len(text) <= MAX_CHARS else []
    layout = next((layout for _, layout in rows if layout), None)
    return ("\n".join(row for row, _ in rows), layout) if layout else (text, None)


def typed_words(row: str) -> list[Word] | None:
    """The words in one row, for a prompt; None if the row is something else than words."""
    words = [word for part in _rows(row) for word in _words(part)]
    return words if all(_is_words(part, _words(part)) for part in _rows(row)) else None


def _rows(text: str) -> Iterator[str]:
    """The rows of a text without comments and empty ones, and a label on a row of its own.

    What people paste from a PDF or a word processor is first put as they would have typed it: letters that were joined
    to one, wide letters and spaces of every kind as plain ones; soft hyphens and marks that have no width, left out.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    for row in map(str.strip, text.splitlines()):
        label = _LABEL.match(row)
        for part in (label[0], row[label.end() :].strip()) if label else (row,):
            if part and not part.startswith("#"):
                yield part


def _as_meant(row: str) -> tuple[str, OtherKeyboard | None]:
    if len(row) > MAX_CODE_CHARS or _CODE.match(row):
        return row, None
    words = _words(row)
    if all(word.plausible and not word.swapped for word in words):
        return row, None
    for layout, meant in keyboards.as_meant(row):
        if meant.upper().startswith(MAGIC) or _is_scanned(meant):
            return meant, OtherKeyboard(layout)
    # Typed by a person, some words a row: their checksum is looked at when all of them are there.
    swapped = any(word.swapped for word in words) and all(word.plausible for word in words)
    return row, YZ_SWAPPED if swapped else None


def _is_scanned(row: str) -> bool:
    """Whether a row is what a share code holds, in small or in capital letters."""
    words = row.lower().split()
    try:
        return len(words) == SHARE_WORDS and set(words) <= _ALL and bool(Share.parse(" ".join(words)))
    except ShareError:
        return False


def _words(row: str) -> list[Word]:
    words = []
    for number, typed in _WORD.findall(row):
        if _UNREADABLE.fullmatch(typed):
            words.append(Word(f"{number} {UNREADABLE}", None, unreadable=True))
        elif word := _AROUND.sub("", typed):
            index = index_of(word)
            swapped = index is None
            if index is None:
                # No word of the list becomes another one by this, so it cannot make a right share wrong.
                index = index_of(word.translate(_OTHER_KEYBOARD))
            typed_as = f"{number} {word if index is None else WORDS[index]}"
            words.append(Word(typed_as, index, swapped=swapped and index is not None))
    return words


def _is_words(row: str, words: Sequence[Word]) -> bool:
    """Whether a row belongs to a share rather than being an id, a label, a code or a line of envelope text."""
    if _CODE.match(row) or _ID.fullmatch(row) or _CHECK_CODE.fullmatch(row) or _LABEL.fullmatch(row):
        return False
    if not _NUMBERED.match(row):
        return True
    # Three digits begin a line of envelope text, and may also number words that someone typed as "012 academic". A
    # group of a line is a word of the list by chance now and then; that most are does not happen.
    known = sum(word.plausible for word in words)
    return 2 * known > len(words) or (len(words) == 1 and len(words[0].typed) <= _MAX_WORD_CHARS)


def _other(row: str) -> Iterator[Item]:
    """The item of a row that holds no words; none if it is a label or a check code."""
    if _CODE.match(row):
        try:
            if len(row) > MAX_CODE_CHARS:
                raise CodeError(f"an envelope code of over {MAX_CODE_CHARS} characters", "Scan it again.")
            yield EnvelopePart.parse(row)
        except CodeError as error:
            yield Unreadable(Kind.CODE, "envelope code", error)
    elif match := _ID.fullmatch(row):
        try:
            yield EscrowId.parse(match[1])
        except CodeError as error:
            yield Unreadable(Kind.ID, "escrow id", error)
    elif _NUMBERED.match(row):
        try:
            yield UncheckedLine.parse(row)
        except CodeError as error:
            yield Unreadable(Kind.LINE, f"line {row[:3]}", error)


def _shares(words: Sequence[Word]) -> Iterator[Item]:
    """The shares in a run of words, found by their checksums; what lies between them is damaged or a stranger's."""
    start = done = 0
    while start <= len(words) - SHARE_WORDS:
        share = _decode(words[start : start + SHARE_WORDS])
        if share is None:
            start += 1
            continue
        yield from _damaged(words[done:start])
        yield share
        start = done = start + SHARE_WORDS
    yield from _damaged(words[done:])


def _decode(words: Sequence[Word]) -> Share | None:
    indices = [word.index for word in words if word.index is not None]
    if len(indices) < len(words):
        return None
    try:
        return Share.decode(indices)
    except ShareError:
        return None


def _damaged(words: Sequence[Word]) -> Iterator[Item]:
    """Words among which no share of ours is: several damaged ones, one, or nothing that looks like one."""
    if not words:
        return
    if 2 * sum(word.plausible for word in words) < len(words):
        error = MalformedError("a text that is not of an escrow", "Give the words or the codes of a sheet.")
        yield Unreadable(Kind.OTHER, "text", error, foreign=True)
        return
    size = SHARE_WORDS if len(words) % SHARE_WORDS == 0 else len(words)
    for start in range(0, len(words), size):
        yield _diagnosed(words[start : start + size])


def _diagnosed(words: Sequence[Word]) -> Share | Torn | Unreadable:
    """Why words are no share: one is not in the list, a number out of turn, too many or too few, or the checksum.

    A wallet's share, which has another length, is one nevertheless: the pile says that it is a stranger's. Words of
    which some cannot be read are those of a torn sheet.
    """
    try:
        indices = _indices(words)
        if any(word.unreadable for word in words):
            return _torn(words, indices)
    except (WordError, ShareError) as wrong:
        return Unreadable(Kind.SHARE, "share", wrong)
    try:
        return Share.decode(indices)
    except ShareError as wrong:
        error = wrong
    if len(indices) != SHARE_WORDS:
        error = ShareError(
            f"{len(indices)} words where a share has {SHARE_WORDS}",
            "Compare with the sheet: 33 numbered words, each column from top to bottom.",
        )
    return Unreadable(Kind.SHARE, "share", error)


def _indices(words: Sequence[Word]) -> tuple[int, ...]:
    """The indexes of the words, any one for a word that cannot be read. Raises WordError, ShareError."""
    return parse_words(
        " ".join(word.typed.replace(UNREADABLE, WORDS[0]) if word.unreadable else word.typed for word in words)
    )


def _torn(words: Sequence[Word], indices: Sequence[int]) -> Torn:
    return Torn(tuple(None if word.unreadable else index for word, index in zip(words, indices, strict=True)))


def _too_long(limit: str) -> Unreadable:
    error = MalformedError(f"a text of over {limit}", "Give only the words, codes and lines of the sheets.")
    return Unreadable(Kind.OTHER, "text", error, foreign=True)

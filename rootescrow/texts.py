"""From a text, as scanned or typed, to the things in it. Nothing found here is believed yet.

A text may hold several shares, envelope codes and lines in any order: the contents of a QR code, what a hand-held
scanner typed, a whole text file. Lines that begin with `#`, labels such as `Board/2:` and check codes are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rootescrow.codes import EnvelopePart, EscrowId, UncheckedLine
from rootescrow.errors import CodeError, EscrowError, MalformedError, ShareError, WordError
from rootescrow.shamir import Share
from rootescrow.shamir.words import index_of

SHARE_WORDS = 33
"""A share of 32 bytes: 20 bits of set and 20 of member data, 260 of value, 30 of checksum, 10 bits a word (SLIP-39)."""
MAX_CHARS = 1 << 20
"""A full set of typed shares, codes and lines of the largest envelope is a quarter of this."""
MAX_WORDS = 20_000
"""600 shares in one text, and at most two seconds of looking for them."""

_ID = re.compile(r"(?:escrow )?([A-Z0-8]{4}-[A-Z0-8]{4})", re.IGNORECASE)
_CHECK_CODE = re.compile(r"[A-Z0-8]{4}(?:[- ][A-Z0-8]{4}){3}", re.IGNORECASE)
_LABEL = re.compile(r"\S.*/[0-9]{1,2}\s*:?")
_NUMBERED = re.compile(r"[0-9]{3}\s")
_WORD = re.compile(r"((?:[0-9]{1,4}[.):]?[\s,;]*)?)([^\s,;]*)[\s,;]*")
"""A word, with the number before it."""


@dataclass(frozen=True)
class Unreadable:
    """A text, or a part of one, from which nothing could be taken. `foreign`: it does not look like ours at all."""

    error: EscrowError
    foreign: bool


Item = Share | EnvelopePart | UncheckedLine | EscrowId | Unreadable


def recognise(text: str) -> Iterator[Item]:
    """What is in a text, in its order. Never raises for what the text says."""
    if len(text) > MAX_CHARS:
        yield Unreadable(
            MalformedError(
                f"a text of over {MAX_CHARS} characters", "Give only the words, codes and lines of the sheets."
            ),
            foreign=True,
        )
        return
    block: list[_Word] = []
    for line in map(str.strip, text.splitlines()):
        if not line:
            continue
        if not _is_words(line):
            yield from _shares(block)
            block = []
            yield from _other(line)
        else:
            block.extend(_words(line))
    yield from _shares(block)


def _is_words(line: str) -> bool:
    """Whether a line belongs to a share rather than being an id, a label, a code or a line of envelope text."""
    if line.startswith("#") or line.upper().startswith("ROOTESCROW"):
        return False
    if _ID.fullmatch(line) or _CHECK_CODE.fullmatch(line) or _LABEL.fullmatch(line):
        return _all_known(line)
    # Three digits begin a line of envelope text, and may also number a word that someone typed as "012 academic".
    return not _NUMBERED.match(line) or _all_known(line)


def _all_known(line: str) -> bool:
    words = _words(line)
    return bool(words) and all(word.index is not None for word in words)


@dataclass(frozen=True)
class _Word:
    """A word as typed, with its number if it has one, and its index in the list if it is in the list."""

    typed: str
    index: int | None


def _words(line: str) -> list[_Word]:
    return [_Word(match[0], index_of(match[2].rstrip(".:"))) for match in _WORD.finditer(line) if match[2].strip(".:)")]


def _other(line: str) -> Iterator[Item]:
    """The item of a line that holds no words."""
    try:
        if line.upper().startswith("ROOTESCROW"):
            yield EnvelopePart.parse(line)
        elif match := _ID.fullmatch(line):
            yield EscrowId.parse(match[1])
        elif _NUMBERED.match(line):
            yield UncheckedLine.parse(line)
    except CodeError as error:
        yield Unreadable(error, foreign=False)


def _shares(words: list[_Word]) -> Iterator[Item]:
    """The shares in a run of words, found by their checksums; what lies between them is damaged."""
    if not words:
        return
    if len(words) > MAX_WORDS:
        error = MalformedError(
            f"a text of over {MAX_WORDS} words", "Give only the words, codes and lines of the sheets."
        )
        yield Unreadable(error, foreign=True)
        return
    if 2 * sum(word.index is not None for word in words) < len(words):
        error = MalformedError("a text that is not of an escrow", "Give the words or the codes of a sheet.")
        yield Unreadable(error, foreign=True)
        return
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


def _decode(words: list[_Word]) -> Share | None:
    indices = [word.index for word in words if word.index is not None]
    if len(indices) != len(words):
        return None
    try:
        return Share.decode(indices)
    except ShareError:
        return None


def _damaged(words: list[_Word]) -> Iterator[Item]:
    """Why words are no share: a word that is not in the list, too many or too few, or the checksum."""
    size = SHARE_WORDS if len(words) % SHARE_WORDS == 0 else len(words)
    for start in range(0, len(words), size or 1):
        piece = words[start : start + size]
        error: EscrowError
        try:
            Share.parse(" ".join(word.typed for word in piece))
        except WordError as wrong:
            error = wrong
        except ShareError as wrong:
            error = wrong
            if len(piece) != SHARE_WORDS:
                error = ShareError(
                    f"{len(piece)} words where a share has {SHARE_WORDS}",
                    "Compare with the sheet: 33 numbered words, each column from top to bottom.",
                )
        else:
            error = ShareError(
                f"a SLIP-39 share of {len(piece)} words; the shares of an escrow have {SHARE_WORDS}",
                "It belongs to something else. Give the sheets of this escrow.",
            )
        yield Unreadable(error, foreign=False)

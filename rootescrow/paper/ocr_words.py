"""The words of a share among what OCR saw on a page. Nothing is guessed: a token is a word of the list, or unread.

Our sheets print 33 numbered words in three columns of eleven. Where the numbers and words that were read fit such a
lattice, every word has its place, and one that was not read is `?` there. Words that stand otherwise are taken only if
33 one after the other, or by their numbers, have a right checksum.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rootescrow.errors import ShareError
from rootescrow.paper.tesseract import Token
from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS, index_of
from rootescrow.torn import MAX_SEARCHED, SHARE_WORDS, UNREADABLE

PITCH_X, PITCH_Y, ROWS = 62.0, 6.6, 11
"""The lattice of `share_page`, mm and words down a column; to import that would load all that draws."""
LEAST_WORDS = 8
"""Words in their places that make a page a share page: prose, some of whose words are in the list, has not three."""
MAX_ANCHORS = 60
"""Numbers with words beside them that are looked at: a share page has 33."""
MAX_LISTED = 200
"""Words of the list on one page that are looked at. A share page has 33 and some in its prose."""

_LETTERS = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"([0-9]{1,2})\W*")
_NUMBERED = re.compile(r"\W*([0-9]{1,2})[\W_]*([^\W\d_]{4,})\W*")
_LEAST_LETTERS = 4
_GAP = 2.5
"""Between a number and its word, in heights of the word: on our sheets less than one."""
_ACROSS, _DOWN = 5.0, 2.4
"""How far from its place a word may be, mm: of 62 and 6.6 that are between places."""
_SLOPE = 0.18
"""At most so askew (a tangent): ten degrees."""


@dataclass(frozen=True)
class SheetWords:
    """The words of a share as read: their indexes, None for one that was not. `unlisted`: what stood there instead.

    `unlisted` are the numbers, from 1, of those where something was read that is no word of the list ("rn" for "m").
    """

    words: tuple[int | None, ...] = field(repr=False)
    unlisted: tuple[int, ...] = ()

    @property
    def read(self) -> int:
        """How many were read."""
        return sum(word is not None for word in self.words)

    @property
    def unread(self) -> tuple[int, ...]:
        """The numbers of those that were not, from 1."""
        return tuple(number for number, word in enumerate(self.words, 1) if word is None)

    @property
    def enough(self) -> bool:
        """Whether so many were read that the rest can be found again."""
        return len(self.unread) <= MAX_SEARCHED

    @property
    def right(self) -> bool:
        """Whether all were read and their checksum is right."""
        return _share([word for word in self.words if word is not None]) is not None

    def merged(self, other: SheetWords) -> SheetWords:
        """What two looks at one page give together: what one of them did not read the other may have."""
        if self.right or other.right:
            return self if self.right else other
        both = zip(self.words, other.words, strict=True)
        words = tuple(b if a is None else a if b in (None, a) else None for a, b in both)
        unlisted = {n for n in (*self.unlisted, *other.unlisted) if words[n - 1] is None}
        return SheetWords(words, tuple(sorted(unlisted)))

    @property
    def text(self) -> str:
        """The words as one would type them. They are secret."""
        return " ".join(UNREADABLE if word is None else WORDS[word] for word in self.words)


def sheet_words(tokens: Sequence[Token]) -> SheetWords | None:
    """The words of the share that is printed on a page; None if it does not look like one."""
    listed = [(token, index) for token in tokens if (index := _listed(token.text)) is not None][:MAX_LISTED]
    if len(listed) < LEAST_WORDS:
        return None
    numbered = _numbered(tokens)[:MAX_ANCHORS]
    on_lattice = _on_lattice(tokens, listed, numbered)
    if on_lattice is not None and on_lattice.right:
        return on_lattice
    for words in _in_order([index for _, index in listed], [(number, index) for number, _, index in numbered]):
        return SheetWords(words)
    return on_lattice


def _listed(text: str) -> int | None:
    """The index of the word that a token is: all its letters, or the first four and no wrong one after them."""
    letters = _LETTERS.findall(text)
    if len(letters) != 1 or len(letters[0]) < _LEAST_LETTERS:
        return None
    return index_of(letters[0])


def _numbered(tokens: Sequence[Token]) -> list[tuple[int, Token, int]]:
    """Words of the list with a number from 1 to 33 directly before them."""
    found = []
    before: Token | None = None
    for token in tokens:
        index = _listed(token.text)
        if index is not None:
            number = None
            if whole := _NUMBERED.fullmatch(token.text):
                number = int(whole[1])
            elif (
                before is not None
                and before.row == token.row
                and 0 <= token.left - before.right < _GAP * token.height
                and (match := re.search(_NUMBER.pattern + "$", before.text))
            ):
                number = int(match[1])
            if number is not None and 1 <= number <= SHARE_WORDS:
                found.append((number, token, index))
        before = token
    return found


def _in_order(indices: Sequence[int], numbered: Sequence[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    """33 words by their numbers, or 33 one after the other, whose checksum is right."""
    by_number = dict(numbered)
    if len(by_number) == len(numbered) == SHARE_WORDS:
        words = tuple(by_number[number] for number in range(1, SHARE_WORDS + 1))
        if _share(words):
            yield words
    for start in range(len(indices) - SHARE_WORDS + 1):
        if _share(words := tuple(indices[start : start + SHARE_WORDS])):
            yield words


def _share(words: Sequence[int]) -> Share | None:
    if len(words) != SHARE_WORDS:
        return None
    try:
        return Share.decode(words)
    except ShareError:
        return None


# The lattice. A place on the page is a complex number; a lattice is two: where word 1 is, and how long and askew a
# millimetre is.

_PLACES = tuple(complex(number // ROWS * PITCH_X, number % ROWS * PITCH_Y) for number in range(SHARE_WORDS))


def _on_lattice(
    tokens: Sequence[Token], listed: Sequence[tuple[Token, int]], numbered: Sequence[tuple[int, Token, int]]
) -> SheetWords | None:
    """The words of the lattice on which most words are, as any two numbered ones make one."""
    at = [_at(token) for token, _ in listed]
    best: list[tuple[int, complex]] = []
    for (one, first, _), (other, second, _) in itertools.combinations(numbered, 2):
        if one == other:
            continue
        millimetre = (_at(second) - _at(first)) / (_PLACES[other - 1] - _PLACES[one - 1])
        if millimetre.real <= 0 or abs(millimetre.imag) > _SLOPE * millimetre.real:
            continue
        origin = _at(first) - millimetre * _PLACES[one - 1]
        inside = _inside(at, origin, millimetre)
        if len(inside) > len(best):
            best = inside
    if len(best) < LEAST_WORDS:
        return None
    origin, millimetre = _fitted(best)
    if not millimetre:
        return None
    words: list[int | None] = [None] * SHARE_WORDS
    seen: list[set[int | None]] = [set() for _ in words]
    for token in tokens:
        place = _place((_at(token) - origin) / millimetre)
        letters = "".join(_LETTERS.findall(token.text))
        if place is not None and len(letters) >= _LEAST_LETTERS - 1:
            seen[place].add(_listed(token.text))
    for place, indices in enumerate(seen):
        if len(indices) == 1:
            (words[place],) = indices
    if sum(word is not None for word in words) < LEAST_WORDS:
        return None
    return SheetWords(tuple(words), tuple(n for n, indices in enumerate(seen, 1) if indices and words[n - 1] is None))


def _at(token: Token) -> complex:
    """Where a word begins: its left edge, half way down."""
    return complex(token.left, token.middle)


def _inside(at: Sequence[complex], origin: complex, millimetre: complex) -> list[tuple[int, complex]]:
    """Which of these are on a lattice, each with its place, one at a place."""
    found: dict[int, complex] = {}
    for point in at:
        place = _place((point - origin) / millimetre)
        if place is not None:
            found.setdefault(place, point)
    return list(found.items())


def _place(where: complex) -> int | None:
    """The place on the lattice nearest to a point in millimetres, from 0, if it is near enough."""
    column, row = round(where.real / PITCH_X), round(where.imag / PITCH_Y)
    if not (0 <= row < ROWS and column >= 0 and column * ROWS + row < SHARE_WORDS):
        return None
    off = where - complex(column * PITCH_X, row * PITCH_Y)
    return column * ROWS + row if abs(off.real) <= _ACROSS and abs(off.imag) <= _DOWN else None


def _fitted(inside: Sequence[tuple[int, complex]]) -> tuple[complex, complex]:
    """The lattice that fits all of these best, by least squares."""
    count = len(inside)
    middle = sum(point for _, point in inside) / count
    centre = sum(_PLACES[place] for place, _ in inside) / count
    spread = sum(abs(_PLACES[place] - centre) ** 2 for place, _ in inside)
    if not spread:
        return 0j, 0j
    millimetre = sum((point - middle) * (_PLACES[place] - centre).conjugate() for place, point in inside) / spread
    return middle - millimetre * centre, millimetre

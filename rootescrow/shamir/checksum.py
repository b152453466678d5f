"""RS1024, the checksum of SLIP-39: three words that find every error in up to three words of a share.

They also tell what up to three words are that cannot be read, if their places are known and all others are right. Then
nothing is left to show whether the others are: `solutions` proposes, and something else must confirm.

A Reed-Solomon code over GF(1024) (SLIP-39, "Checksum"). The text is a polynomial whose coefficients are a leading 1,
the letters of a customization string, the words and the checksum; its remainder after division by
(x - a)(x - a^2)(x - a^3) is to be 1.

The remainder is linear over GF(2): each of its 30 bits is the parity of a fixed selection of the text's bits. So it is
computed as 30 parities, with masks that depend on positions alone: no branch and no look-up depends on the words, as
both would in the usual loop. `field` says how far that goes in Python.

All texts here are packed: ten bits a word, the first word highest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product

WORD_BITS = 10
CHECKSUM_WORDS = 3

_CHECKSUM_BITS = CHECKSUM_WORDS * WORD_BITS
_BLOCK_WORDS = 64
"""How many symbols are divided at once: enough for a share of a 32-byte secret with its customization string."""


def _prefix(customization: str) -> tuple[int, int]:
    """The packed 1 and customization string that precede the words, and how many symbols they are."""
    packed = 1
    for letter in customization:
        packed = packed << WORD_BITS | ord(letter)
    return packed, 1 + len(customization)


_PREFIXES = {False: _prefix("shamir"), True: _prefix("shamir_extendable")}


def create(data: int, length: int, *, extendable: bool) -> int:
    """The three packed words of checksum that belong after `length` packed words of data."""
    return _remainder(data << _CHECKSUM_BITS, length + CHECKSUM_WORDS, extendable) ^ 1


def check(text: int, length: int, *, extendable: bool) -> bool:
    """Whether the last three of `length` packed words are the checksum of those before them."""
    return _remainder(text, length, extendable) == 1


def solutions(text: int, length: int, places: Sequence[int], *, extendable: bool) -> Iterator[tuple[int, ...]]:
    """Every choice of words for these places, from 0 and each different, with which the checksum is right.

    What the text holds at the places does not matter. The code has distance four, so three places have one choice;
    fewer have one or, if other words are wrong, most likely none. Each place more has 1,024 times as many: the words at
    the first places are searched, and those at the last three follow. The remainder is linear, so that each choice
    costs two exclusive ors, and no division.
    """
    first_solved = max(0, len(places) - CHECKSUM_WORDS)
    searched, solved = places[:first_solved], places[first_solved:]
    zero = _remainder(0, length, extendable)

    def columns(place: int) -> list[int]:
        """What each bit of the word at a place adds to the remainder, the lowest bit first."""
        shift = (length - 1 - place) * WORD_BITS
        return [_remainder(1 << shift + bit, length, extendable) ^ zero for bit in range(WORD_BITS)]

    for place in places:
        text &= ~(1023 << (length - 1 - place) * WORD_BITS)
    solver = _Solver([column for place in reversed(solved) for column in columns(place)])
    start = solver.solve(_remainder(text, length, extendable) ^ 1)
    if start is None:
        return
    if not searched:
        yield tuple([start >> shift & 1023 for shift in range((len(solved) - 1) * WORD_BITS, -1, -WORD_BITS)])
        return
    *before, last = [
        tuple(enumerate(_sums([solver.solve(column) or 0 for column in columns(place)]))) for place in searched
    ]
    for chosen in product(*before):
        words = tuple([word for word, _ in chosen])
        packed = start
        for _, sum_ in chosen:
            packed ^= sum_
        for word, sum_ in last:
            three = packed ^ sum_
            yield (*words, word, three >> 2 * WORD_BITS, three >> WORD_BITS & 1023, three & 1023)


def _sums(terms: Sequence[int]) -> list[int]:
    """For each number, the sum of the terms whose bits it has."""
    sums = [0]
    for term in terms:
        sums += [sum_ ^ term for sum_ in sums]
    return sums


class _Solver:
    """A system of linear equations over GF(2): which of the columns, that must be independent, make a given sum.

    Gauss's elimination. The columns follow from places alone; the sum is secret, and no branch depends on its bits but
    the last, which tells whether there is a solution.
    """

    def __init__(self, columns: Sequence[int]) -> None:
        self._rows: list[tuple[int, int, int]] = []
        """For each column: the highest bit that it has and none after it, itself reduced, and what it was made of."""
        for number, column in enumerate(columns):
            reduced, made_of = self._reduced(column, 1 << number)
            self._rows.append((reduced.bit_length() - 1, reduced, made_of))

    def solve(self, sum_: int) -> int | None:
        """The columns, as the bits of a number, the first one lowest; None if no choice of columns makes the sum."""
        rest, made_of = self._reduced(sum_, 0)
        return None if rest else made_of

    def _reduced(self, sum_: int, made_of: int) -> tuple[int, int]:
        for pivot, column, parts in self._rows:
            has = -(sum_ >> pivot & 1)
            sum_ ^= column & has
            made_of ^= parts & has
        return sum_, made_of


def _remainder(words: int, length: int, extendable: bool) -> int:
    prefix, symbols = _PREFIXES[extendable]
    text = prefix << length * WORD_BITS | words
    symbols += length
    while symbols > _BLOCK_WORDS:  # replace the first block by its remainder
        rest = (symbols - _BLOCK_WORDS) * WORD_BITS
        text = _parities(text >> rest) << rest | text & (1 << rest) - 1
        symbols -= _BLOCK_WORDS - CHECKSUM_WORDS
    return _parities(text)


def _parities(block: int) -> int:
    remainder = 0
    for mask in _masks():
        remainder = remainder << 1 | (block & mask).bit_count() & 1
    return remainder


@cache
def _masks() -> tuple[int, ...]:
    """For each bit of the remainder, highest first, the bits of a block that it is the parity of."""
    columns = []  # for each bit of the block, lowest first, its remainder
    symbol = 1  # x^0, x^1, x^2 … reduced: three coefficients in GF(1024), packed
    for _ in range(_BLOCK_WORDS):
        element = symbol
        for _ in range(WORD_BITS):
            columns.append(f"{element:0{_CHECKSUM_BITS}b}")
            element = _times_a(element)
        symbol = _times_x(symbol)
    return tuple(int("".join(reversed(bits)), 2) for bits in zip(*columns, strict=True))


_COEFFICIENTS = 1 << 2 * WORD_BITS | 1 << WORD_BITS | 1
"""The number 1 in each of three packed coefficients."""


def _times_a(packed: int) -> int:
    """Three packed elements of GF(1024) times the generator a, a root of x^10 + x^3 + 1."""
    high = packed >> WORD_BITS - 1 & _COEFFICIENTS
    return (packed ^ high << WORD_BITS - 1) << 1 ^ high * 0b1001


def _times_x(packed: int) -> int:
    """A remainder times x, divided again by x^3 + (a+a^2+a^3) x^2 + (a^3+a^4+a^5) x + a^6."""
    high = packed >> 2 * WORD_BITS
    result = (packed ^ high << 2 * WORD_BITS) << WORD_BITS
    powers = [high]
    for _ in range(6):
        powers.append(_times_a(powers[-1]))
    result ^= (powers[1] ^ powers[2] ^ powers[3]) << 2 * WORD_BITS
    result ^= (powers[3] ^ powers[4] ^ powers[5]) << WORD_BITS
    return result ^ powers[6]

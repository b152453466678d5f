"""RS1024, the checksum of SLIP-39: three words that find every error in up to three words of a share.

A Reed-Solomon code over GF(1024) (SLIP-39, "Checksum"). The text is a polynomial whose coefficients are a leading 1,
the letters of a customization string, the words and the checksum; its remainder after division by
(x - a)(x - a^2)(x - a^3) is to be 1.

The remainder is linear over GF(2): each of its 30 bits is the parity of a fixed selection of the text's bits. So it is
computed as 30 parities, with masks that depend on positions alone: no branch and no look-up depends on the words, as
both would in the usual loop. `field` says how far that goes in Python.

All texts here are packed: ten bits a word, the first word highest.
"""

from __future__ import annotations

from functools import cache

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

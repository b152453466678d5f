"""Polynomials over GF(256), a whole secret at a time.

The field is that of AES and SLIP-39: polynomials over GF(2) modulo x^8 + x^4 + x^3 + x + 1. Each byte of a secret is
shared by itself but all in the same way, so a secret is handled as one large integer, a byte of it a byte of the
secret, and every operation works on all bytes at once.

Secrets are only ever added, or multiplied by a *public* number: one that follows from the members' indexes. So nothing
here needs a table or a branch that depends on a secret: addition is exclusive or, doubling is shifts, masks and a
product by a constant. The tables of logarithms serve the public numbers alone.

How far that goes in Python: the same operations run whatever the secret is, and that closes the widest leak, the cache
lines of a table. But Python promises no constant time. CPython stores an integer in digits of 30 bits and drops leading
zeros, so a value that begins with zeros may be handled a little faster (of 32 bytes, one in 65,536 is a digit shorter).
What the interpreter and its allocator copy is outside our hands, and integers and bytes are never wiped. Nor does any
of this help against someone who can measure or read the machine that splits or combines: use one that is offline and
yours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache


def _logarithms() -> tuple[tuple[int, ...], tuple[int, ...]]:
    powers = [1]
    for _ in range(254):
        power = powers[-1]
        power ^= power << 1  # times the generator x + 1
        powers.append(power ^ (0x11B if power > 0xFF else 0))
    logs = [0] * 256
    for exponent, power in enumerate(powers):
        logs[power] = exponent
    return tuple(powers), tuple(logs)


_POWERS, _LOGS = _logarithms()


def lagrange(places: Sequence[int], x: int) -> tuple[int, ...]:
    """The public numbers c for which f(x) is the sum of c[i] times f(places[i]), whatever f is.

    `places` are different numbers from 0 to 255, and x is none of them; f has a lower degree than there are places.
    """
    whole = sum(_LOGS[x ^ place] for place in places)
    return tuple(
        _POWERS[(whole - _LOGS[x ^ place] - sum(_LOGS[place ^ other] for other in places if other != place)) % 255]
        for place in places
    )


def interpolate(places: tuple[int, ...], values: Sequence[int], x: int, length: int) -> int:
    """f(x), where values[i] is f(places[i]); each value is `length` packed bytes. The rest is as for `lagrange`."""
    ones, low = _masks(length)
    total = 0
    for selected in _plan(places, x):
        total = (total & low) << 1 ^ (total >> 7 & ones) * 0x1B  # doubled, all bytes at once
        for i in selected:
            total ^= values[i]
    return total


@lru_cache(maxsize=1024)
def _plan(places: tuple[int, ...], x: int) -> tuple[tuple[int, ...], ...]:
    """For each bit of the numbers of `lagrange`, highest first, which of them have it."""
    scalars = lagrange(places, x)
    return tuple(tuple(i for i, scalar in enumerate(scalars) if scalar >> bit & 1) for bit in range(7, -1, -1))


@lru_cache(maxsize=64)
def _masks(length: int) -> tuple[int, int]:
    """The lowest bit of each of `length` packed bytes, and the lowest seven."""
    ones = ((1 << 8 * length) - 1) // 255
    return ones, ones * 0x7F

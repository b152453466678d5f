"""Packed arithmetic against arithmetic on paper."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from rootescrow.shamir.field import interpolate, lagrange

from .support import inverse, times

PLACES = st.lists(st.integers(0, 255), min_size=1, max_size=16, unique=True)


def value(coefficients: bytes, x: int) -> int:
    """A polynomial at x, the constant coefficient first."""
    total = 0
    for coefficient in reversed(coefficients):
        total = times(total, x) ^ coefficient
    return total


def test_the_numbers_of_every_two_places() -> None:
    """f(x) = ((x - b) f(a) - (x - a) f(b)) / (a - b), for all places of members, and of secret and digest."""
    for a, b in combinations([*range(16), 254, 255], 2):
        for x in {*range(16), 254, 255} - {a, b}:
            over = inverse(a ^ b)
            assert lagrange((a, b), x) == (times(x ^ b, over), times(x ^ a, over))


@given(PLACES, st.data())
def test_that_a_polynomial_is_found_again(places: list[int], data: st.DataObject) -> None:
    """Each byte has a polynomial of its own, of as many coefficients as there are places."""
    *known, x = places
    if not known:
        known = [x ^ 1]
    length = data.draw(st.integers(1, 70))
    size = st.binary(min_size=len(known), max_size=len(known))
    polynomials = data.draw(st.lists(size, min_size=length, max_size=length))

    def packed(at: int) -> int:
        return int.from_bytes(bytes(value(polynomial, at) for polynomial in polynomials))

    assert interpolate(tuple(known), [packed(place) for place in known], x, length) == packed(x)


def test_every_product() -> None:
    """All 256 bytes at once, times every number: places 0 and 1 give f(x) = (x + 1) f(0) + x f(1)."""
    every = bytes(range(256))
    for x in range(2, 256):
        product = interpolate((0, 1), (0, int.from_bytes(every)), x, 256).to_bytes(256)
        assert product == bytes(times(byte, x) for byte in every)

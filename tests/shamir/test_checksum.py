"""RS1024 against the loop that SLIP-39 prints, and against errors."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.shamir import checksum

GENERATOR = (
    0xE0E040,
    0x1C1C080,
    0x3838100,
    0x7070200,
    0xE0E0009,
    0x1C0C2412,
    0x38086C24,
    0x3090FC48,
    0x21B1F890,
    0x3F3F120,
)
"""The table of SLIP-39, "Checksum"; the code has the polynomial that it follows from."""

WORDS = st.lists(st.integers(0, 1023), min_size=1, max_size=200)


def by_the_standard(words: list[int], extendable: bool) -> list[int]:
    """The three words of checksum, computed word by word."""
    state = 1
    for value in [*(b"shamir_extendable" if extendable else b"shamir"), *words, 0, 0, 0]:
        high = state >> 20
        state = (state & 0xFFFFF) << 10 ^ value
        for i, term in enumerate(GENERATOR):
            if high >> i & 1:
                state ^= term
    state ^= 1
    return [state >> 20, state >> 10 & 1023, state & 1023]


def pack(words: list[int]) -> int:
    packed = 0
    for word in words:
        packed = packed << 10 | word
    return packed


@given(WORDS, st.booleans())
def test_that_it_is_the_standard_one(words: list[int], extendable: bool) -> None:
    expected = by_the_standard(words, extendable)
    assert checksum.create(pack(words), len(words), extendable=extendable) == pack(expected)
    assert checksum.check(pack(words + expected), len(words) + 3, extendable=extendable)
    assert not checksum.check(pack(words + expected), len(words) + 3, extendable=not extendable)


@pytest.mark.parametrize("length", [1, 42, 43, 44, 45, 46, 47, 52, 53, 54, 55, 107, 108, 1020])
def test_lengths_about_those_where_it_is_computed_in_several_blocks(length: int) -> None:
    words = [(389 * place + length) % 1024 for place in range(length)]
    for extendable in (False, True):
        assert checksum.create(pack(words), length, extendable=extendable) == pack(by_the_standard(words, extendable))


@given(WORDS, st.booleans(), st.data())
def test_that_errors_in_up_to_three_words_are_found(words: list[int], extendable: bool, data: st.DataObject) -> None:
    """What SLIP-39 promises of it, whatever the words are."""
    text = words + by_the_standard(words, extendable)
    places = data.draw(st.sets(st.integers(0, len(text) - 1), min_size=1, max_size=3))
    for place in places:
        text[place] ^= data.draw(st.integers(1, 1023))
    assert not checksum.check(pack(text), len(text), extendable=extendable)


def test_that_two_words_swapped_are_found() -> None:
    words = list(range(100, 130))
    text = words + by_the_standard(words, True)
    for i, j in combinations(range(len(text)), 2):
        swapped = text.copy()
        swapped[i], swapped[j] = text[j], text[i]
        assert checksum.check(pack(swapped), len(text), extendable=True) == (text[i] == text[j])

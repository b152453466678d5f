"""RS1024 against the loop that SLIP-39 prints, and against errors."""

from __future__ import annotations

from itertools import combinations, islice

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


# Words that cannot be read


def solved(words: list[int], places: list[int], extendable: bool = True) -> list[tuple[int, ...]]:
    return list(checksum.solutions(pack(words), len(words), places, extendable=extendable))


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_every_choice_of_up_to_three_places_gives_the_words_back(count: int) -> None:
    """All 5,984 choices of places in 33 words, with something else in them."""
    data = [(389 * place + 5) % 1024 for place in range(30)]
    text = data + by_the_standard(data, True)
    for places in combinations(range(33), count):
        torn = [1023 - word if place in places else word for place, word in enumerate(text)]
        assert solved(torn, list(places)) == [tuple(text[place] for place in places)]


@given(WORDS, st.booleans(), st.data())
def test_words_of_any_text_at_any_places(words: list[int], extendable: bool, data: st.DataObject) -> None:
    text = words + by_the_standard(words, extendable)
    places = data.draw(st.lists(st.integers(0, len(text) - 1), max_size=3, unique=True))
    assert solved(text, places, extendable) == [tuple(text[place] for place in places)]


@given(WORDS, st.data())
def test_what_is_solved_fits_whatever_the_other_words_are(words: list[int], data: st.DataObject) -> None:
    """With three words missing there is no redundancy left: any other words have a solution, and one only."""
    text = [*words, 0, 0, 0]
    places = data.draw(st.lists(st.integers(0, len(text) - 1), min_size=3, max_size=3, unique=True))
    (found,) = solved(text, places)
    for place, word in zip(places, found, strict=True):
        text[place] = word
    assert checksum.check(pack(text), len(text), extendable=True)


@given(WORDS, st.data())
def test_with_fewer_missing_a_wrong_word_among_the_others_is_found(words: list[int], data: st.DataObject) -> None:
    """One missing: up to two wrong ones are found; two missing: one wrong."""
    text = words + by_the_standard(words, True)
    missing = data.draw(st.integers(0, 2))
    chosen = st.lists(st.integers(0, len(text) - 1), min_size=missing + 1, max_size=3, unique=True)
    unreadable, wrong = (places := data.draw(chosen))[:missing], places[missing:]
    for place in wrong:
        text[place] ^= data.draw(st.integers(1, 1023))
    assert solved(text, unreadable) == []


@given(WORDS, st.data())
def test_four_places_have_a_choice_for_each_word_at_the_first(words: list[int], data: st.DataObject) -> None:
    text = words + by_the_standard(words, True)
    if len(text) < 4:
        return
    places = data.draw(st.lists(st.integers(0, len(text) - 1), min_size=4, max_size=4, unique=True))
    found = solved(text, places)
    assert [first for first, *_ in found] == list(range(1024))
    assert tuple(text[place] for place in places) in found
    for choice in found[:: data.draw(st.integers(100, 400))]:
        for place, word in zip(places, choice, strict=True):
            text[place] = word
        assert checksum.check(pack(text), len(text), extendable=True)


def test_five_places_are_searched_in_the_order_of_the_first_two() -> None:
    data = [(389 * place + 5) % 1024 for place in range(30)]
    data[2], data[17] = 1, 700
    text = data + by_the_standard(data, True)
    places = [2, 17, 4, 31, 9]
    (found,) = islice(checksum.solutions(pack(text), 33, places, extendable=True), 1024 + 700, 1024 + 701)
    assert found == tuple(text[place] for place in places)

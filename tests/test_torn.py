"""Words that cannot be read: solved by the checksum, found by a hash, and never believed without."""

from __future__ import annotations

import hashlib
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.errors import ChecksumError, ShareError
from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS
from rootescrow.torn import (
    MAX_SEARCHED,
    MAX_SOLVED,
    SHARE_WORDS,
    Proposed,
    Restored,
    Torn,
    in_words,
    numbers_of,
    propose,
    restore,
)
from tests.support import make

SHARE = make().share(0, 1)
INDEXES = tuple(WORDS.index(word) for word in SHARE.words)
HASHES = {hashlib.sha256(SHARE.text.encode()).digest()}
NUMBERS = st.integers(1, SHARE_WORDS)


def torn(*numbers: int, **changed: int) -> Torn:
    """The sheet without these words, and others in some places: w12=1 adds 1 to the index of word 12."""
    words: list[int | None] = [None if number in numbers else word for number, word in enumerate(INDEXES, 1)]
    for name, by in changed.items():
        words[int(name[1:]) - 1] = (INDEXES[int(name[1:]) - 1] + by) % 1024
    return Torn(tuple(words))


@given(st.sets(NUMBERS, min_size=1, max_size=MAX_SOLVED))
def test_up_to_three_words_are_solved_wherever_they_stood(numbers: set[int]) -> None:
    assert propose(torn(*numbers)) == Proposed(SHARE, frozenset(numbers))


def test_what_three_words_are_says_nothing_of_the_others() -> None:
    """Another share comes out, all of whose checks are right: so it is a proposal."""
    proposed = propose(torn(9, 20, 31, w15=1))
    assert proposed.share != SHARE
    assert Share.parse(proposed.share.text) == proposed.share
    assert restore(torn(9, 20, 31, w15=1), HASHES) is None


@given(st.lists(NUMBERS, min_size=3, max_size=3, unique=True), st.integers(1, 1023))
def test_with_two_missing_another_wrong_word_is_no_proposal(numbers: list[int], by: int) -> None:
    one, two, wrong = numbers
    with pytest.raises(ChecksumError) as caught:
        propose(torn(one, two, **{f"w{wrong}": by}))
    assert "contradict" in caught.value.message


@pytest.mark.parametrize("count", [4, 5])
def test_more_than_three_need_a_hash(count: int) -> None:
    with pytest.raises(ShareError) as caught:
        propose(torn(*range(1, count + 1)))
    assert in_words(count) in caught.value.message
    assert "--escrow" in caught.value.hint


@settings(max_examples=20)
@given(st.sets(NUMBERS, max_size=4))
def test_a_hash_finds_four_and_confirms_fewer(numbers: set[int]) -> None:
    found = restore(torn(*numbers), HASHES)
    assert found == Restored(SHARE, frozenset(numbers))
    assert found is not None
    assert found.found == {number: SHARE.words[number - 1] for number in numbers}


def test_a_hash_finds_five() -> None:
    """Those whose search is soonest over: the first two are early in the list of words."""
    places = sorted(range(SHARE_WORDS), key=lambda place: INDEXES[place])[:2]
    later = range(SHARE_WORDS - 1, max(places), -1)[:3]
    numbers = [place + 1 for place in (*places, *later)]
    assert len(set(numbers)) == MAX_SEARCHED
    assert restore(torn(*numbers), HASHES) == Restored(SHARE, frozenset(numbers))


@given(NUMBERS, st.integers(1, 1023))
def test_a_hash_finds_one_wrong_word_if_it_is_asked_to(number: int, by: int) -> None:
    wrong = torn(**{f"w{number}": by})
    assert restore(wrong, HASHES) is None
    found = restore(wrong, HASHES, also_wrong=True)
    assert found == Restored(SHARE, frozenset(), frozenset({number}))
    assert found is not None
    assert found.found == {number: SHARE.words[number - 1]}


@settings(max_examples=5)
@given(st.lists(NUMBERS, min_size=2, max_size=4, unique=True), st.integers(1, 1023))
def test_a_wrong_word_beside_up_to_three_that_cannot_be_read(numbers: list[int], by: int) -> None:
    wrong, *unreadable = numbers
    found = restore(torn(*unreadable, **{f"w{wrong}": by}), HASHES, also_wrong=True)
    assert found == Restored(SHARE, frozenset(unreadable), frozenset({wrong}))


def test_no_hash_and_two_wrong_words_give_nothing() -> None:
    assert restore(torn(1, 2, 3), set()) is None
    assert restore(torn(w3=1, w30=2), HASHES, also_wrong=True) is None
    assert restore(torn(1, 2, 3, 4, w30=2), HASHES, also_wrong=True) is None


@pytest.mark.parametrize("numbers", [(1, 2, 3), (1, 2, 33), (2, 16, 17), (31, 32, 33)])
def test_the_words_that_say_which_set_it_is(numbers: tuple[int, ...]) -> None:
    assert propose(torn(*numbers)).share == SHARE


@pytest.mark.parametrize("count", [6, 20, 33])
def test_more_than_five_are_refused(count: int) -> None:
    with pytest.raises(ShareError) as caught:
        torn(*range(1, count + 1))
    assert f"{count} of the 33 words cannot be read" in caught.value.message
    assert "another sheet" in caught.value.hint


@pytest.mark.parametrize("count", [0, 20, 32, 34])
def test_other_numbers_of_words_are_refused(count: int) -> None:
    with pytest.raises(ShareError):
        Torn((None, *range(count - 1)) if count else ())


def test_no_word_is_in_the_repr() -> None:
    found = restore(torn(4, 5, 6), HASHES)
    for text in (repr(torn(4)), repr(propose(torn(4))), repr(found)):
        assert not set(SHARE.words) & set(text.replace("'", " ").replace(",", " ").split())
        assert str(INDEXES[7]) not in text.replace("=", " ").split()


def test_in_words() -> None:
    assert [in_words(count) for count in (1, 2, 5)] == ["one word", "two words", "five words"]
    assert [numbers_of(numbers) for numbers in ((3,), (9, 3), {1, 2, 3})] == [
        "word 3",
        "words 3 and 9",
        "words 1, 2 and 3",
    ]


def test_no_choice_of_places_is_mixed_up() -> None:
    for numbers in combinations((1, 5, 17, 32, 33), 3):
        assert propose(torn(*numbers)).share == SHARE

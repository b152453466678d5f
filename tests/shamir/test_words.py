"""The word list, and words as people type them."""

from __future__ import annotations

import hashlib
import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.errors import ShareError, WordError
from rootescrow.shamir.words import MAX_TEXT_CHARS, MAX_WORDS, WORDS, completions, index_of, nearest, parse_words

INDICES = st.lists(st.integers(0, 1023), min_size=1, max_size=60)


def test_the_list_is_that_of_the_standard() -> None:
    file = "".join(word + "\n" for word in WORDS).encode()
    assert hashlib.sha256(file).hexdigest() == "bcc4555340332d169718aed8bf31dd9d5248cb7da6e5d355140ef4f1e601eec3"
    assert len(WORDS) == 1024


@pytest.mark.parametrize("letters", range(4, 9))
def test_that_four_letters_or_more_name_a_word(letters: int) -> None:
    for index, word in enumerate(WORDS):
        assert index_of(word[:letters]) == index
        assert index_of(word[:letters].upper()) == index


@pytest.mark.parametrize("typed", ["", "a", "aca", "acadx", "academicx", "academix", "12", "çade", "academic "])
def test_that_anything_else_names_none(typed: str) -> None:
    assert index_of(typed) is None


def test_completions() -> None:
    assert completions("ACAD") == ("academic",)
    assert completions("ac") == ("academic", "acid", "acne", "acquire", "acrobat", "activity", "actress")
    assert completions("") == WORDS
    assert completions("xyz") == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("academik", "academic"),  # a wrong letter
        ("acadmic", "academic"),  # one missing
        ("accademic", "academic"),  # one too many
        ("acaedmic", "academic"),  # two swapped
        ("Zerro", "zero"),
        ("nali", "nail"),  # swapped; "national" has but one letter that is wrong
        ("acda", "academic"),  # the first four letters, swapped
    ],
)
def test_the_nearest_word(typed: str, meant: str) -> None:
    assert nearest(typed, 1) == (meant,)


@settings(max_examples=20)
@given(st.text(max_size=40), st.integers(1, 5))
def test_that_there_is_always_a_nearest_word(typed: str, n: int) -> None:
    found = nearest(typed, n)
    assert len(set(found)) == n
    assert set(found) <= set(WORDS)


def test_that_a_word_of_the_list_is_nearest_to_itself() -> None:
    for word in WORDS[::53]:
        assert nearest(word, 1) == (word,)


@given(INDICES)
def test_round_trip(indices: list[int]) -> None:
    assert parse_words(" ".join(WORDS[i] for i in indices)) == tuple(indices)


@given(INDICES, st.randoms(use_true_random=False))
def test_round_trip_as_typed(indices: list[int], chance: random.Random) -> None:
    """With whatever people add to the words and leave out of them."""
    text = chance.choice(["", " ", "\n\t"])
    for position, index in enumerate(indices, 1):
        text += chance.choice(["", "{}. ", "{}) ", "{}: ", "{} ", "{}.", "{}\n"]).format(position)
        word = WORDS[index][: chance.randint(4, 8)]
        text += chance.choice([word, word.upper(), word.title()])
        text += chance.choice([" ", "  ", "\n", "\r\n", "\t", ", ", ",", ". ", "; ", "\u00a0"])
    assert parse_words(text) == tuple(indices)


def test_that_a_wrong_word_is_named_by_its_position_and_not_repeated() -> None:
    with pytest.raises(WordError) as caught:
        parse_words("academic acid 3. academix Zaphod")
    assert caught.value.position == 3
    assert str(caught.value) == "word 3 is not in the word list"
    assert "academic" in caught.value.hint
    assert "academix" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "typed", [".", "...", "(academic)", "academic1", "acad-emic", "\x00", "9" * 2000, "12345.acid"]
)
def test_that_what_is_no_word_is_named_by_its_position(typed: str) -> None:
    with pytest.raises(WordError) as caught:
        parse_words(f"acid {typed} acid")
    assert caught.value.position == 2


@pytest.mark.parametrize(
    "text",
    [
        "1. academic 3. acid",  # one left out
        "1. academic 12. acid",  # read across the columns
        "academic acid 2. acne",
        "0. academic",
        "1. 2. academic",
        "1. 1. academic",
        "academic 1. 2. acid",
        "academic 2.",  # no word after the number
    ],
)
def test_that_numbers_must_count_the_words(text: str) -> None:
    with pytest.raises(ShareError, match="number"):
        parse_words(text)


@pytest.mark.parametrize("text", ["", " \n\t ", ",;"])
def test_that_no_words_are_an_error(text: str) -> None:
    with pytest.raises(ShareError, match="no words"):
        parse_words(text)


def test_that_a_long_text_is_refused_before_it_is_read() -> None:
    assert len(parse_words("acid " * MAX_WORDS)) == MAX_WORDS
    assert len(parse_words("ACID, " * MAX_WORDS)) == MAX_WORDS
    for text in ("acid " * (MAX_WORDS + 1), "ACID, " * (MAX_WORDS + 1), "acid" + " " * MAX_TEXT_CHARS):
        with pytest.raises(ShareError, match=r"more than|too long"):
            parse_words(text)


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_that_any_text_gives_words_or_an_error_of_ours(text: str) -> None:
    with suppress(ShareError, WordError):
        assert all(0 <= index < 1024 for index in parse_words(text))

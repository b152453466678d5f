"""What is read aloud: no word of it could be a word of a share."""

from __future__ import annotations

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import WordError
from rootescrow.paper.fonts import check_printable
from rootescrow.paper.spelling import WORDS, spell
from rootescrow.shamir import words
from rootescrow.shamir.share import Share


def test_every_letter_and_figure_has_a_word_of_its_own() -> None:
    assert "".join(WORDS) == string.ascii_uppercase + string.digits
    assert len({word[:3].lower() for word in WORDS.values()}) == len(WORDS)
    assert all(WORDS[letter].startswith(letter) for letter in string.ascii_uppercase)
    assert all(word.isascii() and word.isalpha() and word == word.capitalize() for word in WORDS.values())
    assert all(check_printable(word, "a word") for word in WORDS.values())


@pytest.mark.parametrize("word", WORDS.values())
def test_no_word_can_be_taken_for_one_of_a_share(word: str) -> None:
    assert words.index_of(word) is None
    assert words.index_of(word[:4]) is None
    assert words.completions(word) == ()
    assert all(not word.lower().startswith(listed) for listed in words.WORDS)
    assert word.lower()[:4] not in {listed[:4] for listed in words.WORDS}


@given(st.text(max_size=80))
def test_spelling_says_every_letter_and_figure_and_nothing_else(text: str) -> None:
    ascii_text = text.encode("ascii", "ignore").decode()
    letters = {word: letter for letter, word in WORDS.items()}
    assert [letters[word] for word in spell(ascii_text)] == [c.upper() for c in ascii_text if c.isalnum()]


@pytest.mark.parametrize("first", string.hexdigits[:16])
def test_a_digest_read_aloud_is_no_share(first: str) -> None:
    """Its first word ends the reading, and there are sixteen: each is tried, before digits of its own."""
    spoken = spell(first + hashlib.sha256(first.encode()).hexdigest()[1:])
    assert len(spoken) == 64
    for length in (20, 33, 64):
        with pytest.raises(WordError, match="word 1 is not in the word list"):
            Share.parse(" ".join(spoken[:length]))


def test_the_figures_of_a_check_code() -> None:
    assert spell("K7QD-M2XA") == ("Kilo", "Seven", "Quebec", "Delta", "Mike", "Two", "Xray", "Alfa")

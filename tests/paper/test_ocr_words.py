"""The words of a share among tokens: by their places, by their numbers, one after the other, and not from prose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rootescrow.paper import share_page
from rootescrow.paper.ocr_words import LEAST_WORDS, PITCH_X, PITCH_Y, ROWS, SheetWords, sheet_words
from rootescrow.shamir.words import WORDS

from .ocr import share_tokens, tokens
from .support import QUORUM, share_of

SHARE = share_of(QUORUM, 0, 2)
OTHER = share_of(QUORUM, 0, 3)
PROSE = """
What to do with this page. Whoever has read it or has a picture of it holds this share. If you see it and no recovery
was ordered put it back tell nobody what it says and call the contact on the cover today. In a recovery, on a computer
without network: scan one of the two codes, which say the same, or type the words 1 to 33 in order. The first four
letters of each are enough; tick the box as you go. Destroy decision document failure force
paper 5 paper 6 program 7 research 8 secret 9 verify
""".strip().splitlines()


def read(words: list[str], numbers: list[str] | None = None) -> SheetWords | None:
    return sheet_words(share_tokens(words, numbers=numbers))


def with_(numbers: dict[int, str]) -> list[str]:
    words = list(SHARE.words)
    for number, word in numbers.items():
        words[number - 1] = word
    return words


def test_the_lattice_is_that_of_the_sheet() -> None:
    assert (PITCH_X, PITCH_Y, ROWS) == (share_page.PITCH_X, share_page.PITCH_Y, share_page.ROWS)


def test_a_page_as_it_was_printed() -> None:
    found = sheet_words([*share_tokens(SHARE.words), *tokens(PROSE)])
    assert found is not None
    assert found.text == SHARE.text
    assert found.right
    assert found.unread == found.unlisted == ()


def test_most_numbers_may_be_misread() -> None:
    numbers = [str(number + 1) if number % 4 == 0 else "2" for number in range(33)]
    found = read(list(SHARE.words), numbers=numbers)
    assert found is not None
    assert found.right


def test_numbers_that_stand_with_their_words() -> None:
    found = sheet_words(share_tokens([f"{n}{word}" for n, word in enumerate(SHARE.words, 1)], numbers=[""] * 33))
    assert found is not None
    assert found.right


@pytest.mark.parametrize("slope", [-0.1, -0.03, 0.03, 0.1])
def test_a_page_askew(slope: float) -> None:
    askew = [
        replace(t, left=round(t.left - slope * t.top), top=round(t.top + slope * t.left))
        for t in share_tokens(SHARE.words, left=400)
    ]
    found = sheet_words(askew)
    assert found is not None
    assert found.right


def test_a_word_that_was_not_seen_is_unread_and_four_letters_are_enough() -> None:
    found = read(with_({7: "", 12: SHARE.words[11][:4], 30: ""}))
    assert found is not None
    assert found.unread == (7, 30)
    assert found.unlisted == ()
    assert found.text.split()[11] == SHARE.words[11]
    assert found.text.split()[6] == found.text.split()[29] == "?"
    assert not found.right


@pytest.mark.parametrize(("printed", "seen"), [("mental", "rnental"), ("timber", "tirnber"), ("both", "b0th")])
def test_what_is_not_in_the_list_is_never_made_a_word(printed: str, seen: str) -> None:
    number = SHARE.words.index(printed) + 1
    found = read(with_({number: seen}))
    assert found is not None
    assert found.unread == found.unlisted == (number,)


def test_a_word_read_as_another_is_not_right() -> None:
    found = read(with_({5: "yoga" if SHARE.words[4] != "yoga" else "zero"}))
    assert found is not None
    assert found.unread == ()
    assert not found.right


def test_two_words_at_one_place_are_none() -> None:
    tokens_ = share_tokens(SHARE.words, numbers=[str(n) if n != 9 else "" for n in range(1, 34)])
    word = next(token for token in tokens_ if token.text == SHARE.words[8])
    found = sheet_words([*tokens_, replace(word, text="yoga", top=word.top + 3)])
    assert found is not None
    assert found.unread == (9,)


def test_one_word_a_row_by_its_number_or_in_order() -> None:
    numbered = [f"{n}. {word}" for n, word in enumerate(SHARE.words, 1)]
    for rows in (numbered, numbered[::-1], list(SHARE.words), [" ".join(SHARE.words[:20]), " ".join(SHARE.words[20:])]):
        found = sheet_words(tokens([*PROSE[:1], *rows]))
        assert found is not None
        assert found.text == SHARE.text
    assert sheet_words(tokens(list(with_({5: "yoga"})))) is None


def test_a_right_share_among_words_counts_before_a_lattice_that_is_not() -> None:
    found = sheet_words([*share_tokens(with_({3: "", 9: ""})), *tokens([" ".join(OTHER.words)])])
    assert found is not None
    assert found.text == OTHER.text


def test_prose_and_noise_are_no_share() -> None:
    assert sheet_words([]) is None
    assert sheet_words(tokens(PROSE)) is None
    assert sheet_words(tokens([" ".join(WORDS[:300])])) is None
    few = [word if number < LEAST_WORDS - 1 else "" for number, word in enumerate(SHARE.words)]
    assert read(few) is None


def test_a_flood_of_words_is_soon_done_with() -> None:
    flood = [f"{n % 33 + 1} {WORDS[n % 1024]}" for n in range(5000)]
    found = sheet_words(tokens(flood))
    assert found is None or not found.enough


def test_no_word_is_in_a_repr() -> None:
    found = read(list(SHARE.words))
    assert not set(SHARE.words) & set(repr(found).replace("(", " ").replace(",", " ").split())
    assert SHARE.words[0] not in repr(share_tokens(SHARE.words)[2])

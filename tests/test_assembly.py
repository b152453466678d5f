from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.assembly import ALL_MISSING, MAX_CANDIDATES, candidates, missing, on_other_keyboard, parts_of
from rootescrow.codes import (
    LINE_CHARS,
    EnvelopePart,
    EscrowId,
    TextLine,
    UncheckedLine,
    encode_envelope_codes,
    encode_text_lines,
    part_ranges,
)
from rootescrow.envelope import Envelope, seal
from rootescrow.secret import Secret
from tests.support import noise

SECRET = Secret(noise(0)(32))
ID = EscrowId.of(SECRET)
SWAP = str.maketrans("YZ", "ZY")


def sealed(size: int, seed: int = 0) -> Envelope:
    return seal(noise(seed)(size), SECRET, rng=noise(seed + 1))


def parts(envelope: Envelope) -> list[EnvelopePart]:
    return [EnvelopePart.parse(code) for code in encode_envelope_codes(ID, envelope.der)]


def lines(envelope: Envelope) -> list[TextLine]:
    return [UncheckedLine.parse(line).checked(ID) for line in encode_text_lines(ID, envelope.der)]


ENVELOPE = sealed(2300)
PARTS = parts(ENVELOPE)
LINES = lines(ENVELOPE)
OTHER = sealed(2300, seed=5)


def changed(part: EnvelopePart, text: str) -> EnvelopePart:
    return EnvelopePart(part.id, part.number, part.count, text)


def garbled(part: EnvelopePart) -> EnvelopePart:
    return changed(part, part.text.translate(SWAP))


def first(parts: Sequence[EnvelopePart], lines: Sequence[TextLine]) -> Envelope | None:
    return next(candidates(parts, lines), None)


# Complete


@pytest.mark.parametrize("size", [16, 17, 18, 19, 20, 600, 2300, 12_000])
def test_all_codes_or_all_lines(size: int) -> None:
    envelope = sealed(size)
    assert first(parts(envelope), []) == envelope
    assert first([], lines(envelope)) == envelope
    assert first(parts(envelope), lines(envelope)) == envelope
    assert missing(parts(envelope), []) == missing([], lines(envelope)) == ""


def test_whole_codes_are_one_candidate_and_its_garblings() -> None:
    """Two to the power of four ways to swap Y and Z: no way twice."""
    found = list(candidates(PARTS, LINES))
    assert found[0] == ENVELOPE
    assert len(set(found)) == len(found) <= 16 + 1


@settings(max_examples=60)
@given(st.sets(st.integers(0, 3)), st.sets(st.integers(0, 98), max_size=9), st.randoms(use_true_random=False))
def test_any_mixture_that_covers_everything_and_no_other(
    lost: set[int], untyped: set[int], chance: random.Random
) -> None:
    codes = [part for number, part in enumerate(PARTS) if number not in lost]
    typed = [line for number, line in enumerate(LINES) if number not in untyped]
    covered = {place for line in typed for place in range((line.number - 1) * 40, line.number * 40)}
    start = 0
    for number, part in enumerate(PARTS):
        covered |= set(range(start, start + len(part.text))) if number not in lost else set()
        start += len(part.text)
    whole = covered.issuperset(range(start))
    chance.shuffle(codes)
    chance.shuffle(typed)
    assert first(codes, typed) == (ENVELOPE if whole else None)
    assert (missing(codes, typed) == "") == whole


# Missing


def test_what_is_missing() -> None:
    assert missing([], []) == ALL_MISSING
    assert missing(PARTS[1:], []) == "code 1 of 4, or instead line 001 and those after it"
    assert missing(PARTS[:1], []) == "codes 2 to 4 of 4, or instead lines 025 to 099"
    assert missing([PARTS[0], *PARTS[2:]], []) == "code 2 of 4, or instead lines 025 to 050"
    assert missing([PARTS[0], PARTS[2]], LINES[24:49]) == "codes 2 and 4 of 4, or instead lines 050 and 075 to 099"
    assert missing([], LINES[1:]) == "line 001"
    assert missing([], LINES[:-1]) == "line 099"
    assert missing([], [*LINES[:2], *LINES[3:6], LINES[7]]) == "lines 003, 007 and 009 to 099"
    assert len(LINES) == 99


def test_the_lines_named_are_enough_and_each_is_needed() -> None:
    for number in range(1, 4):
        codes = [part for part in PARTS if part.number != number + 1]
        low, high = (int(word) for word in missing(codes, []).split() if len(word) == 3 and word.isdigit())
        typed = LINES[low - 1 : high]
        assert first(codes, typed) == ENVELOPE
        assert first(codes, typed[1:]) is None
        assert first(codes, typed[:-1]) is None


def test_codes_of_which_one_is_no_beginning() -> None:
    """All codes are there, so none is missing; they only make no envelope."""
    for text in ("A", "AAAAAAAA", "77777777", "GCAAAAAA"):
        strange = EnvelopePart(ID, 1, 1, text)
        assert missing([strange], []) == ""
        assert list(candidates([strange], [])) == []


@given(
    st.lists(
        st.builds(
            lambda count, number, text: EnvelopePart(ID, min(number, count), count, text),
            st.integers(1, 99),
            st.integers(1, 99),
            st.text("ABCDYZ234567G", min_size=1, max_size=30),
        ),
        max_size=6,
    ),
    st.lists(st.builds(TextLine, st.integers(1, 999), st.text("ABGYZ27", min_size=1, max_size=40)), max_size=6),
)
def test_nothing_raises(codes: list[EnvelopePart], typed: list[TextLine]) -> None:
    assert isinstance(missing(codes, typed), str)
    assert all(isinstance(envelope, Envelope) for envelope in candidates(codes, typed))


# Contradictions


def wrong(part: EnvelopePart, letter: int = 500) -> EnvelopePart:
    old = part.text[letter]
    return changed(part, part.text[:letter] + ("A" if old != "A" else "B") + part.text[letter + 1 :])


def test_contradicting_copies_of_every_code() -> None:
    bad = [wrong(part) for part in PARTS]
    for order in ([*bad, *PARTS], [*PARTS, *bad], [bad[0], *PARTS, *bad[1:]], [*PARTS[:2], *bad, *PARTS[2:]]):
        assert ENVELOPE in candidates(order, [])


def test_one_good_sheet_among_many_altered_ones() -> None:
    """The copies of one sheet are tried together first; all 9 to the power of 4 mixtures would be too many."""
    sheets = [[wrong(part, letter) for part in PARTS] for letter in range(100, 108)]
    for place in range(9):
        order = [*sheets[:place], PARTS, *sheets[place:]]
        assert ENVELOPE in candidates([part for sheet in order for part in sheet], [])


def test_codes_of_another_division() -> None:
    three = [EnvelopePart(ID, number, 3, "GCAAAAAA" * 20) for number in (1, 2, 3)]
    assert ENVELOPE in candidates([*three, *PARTS], [])
    assert ENVELOPE in candidates([*PARTS, *three[:1]], [])
    assert missing([*three[:2], *PARTS], []) == ""


def test_a_code_and_lines_that_contradict_each_other() -> None:
    typed = LINES[24:50]
    for number, part in enumerate(PARTS):
        codes = [*PARTS[:number], wrong(part), *PARTS[number + 1 :]]
        assert (ENVELOPE in candidates(codes, typed)) == (number == 1)
        assert ENVELOPE in candidates(codes, LINES)
    bad = TextLine(1, parts(OTHER)[0].text[:LINE_CHARS])
    assert ENVELOPE in candidates(PARTS, [bad])


def test_contradicting_copies_of_a_line() -> None:
    """A forger can make a line's check right, for the id is no secret."""
    for number in (0, 49, 98):
        bad = TextLine(number + 1, "A" * len(LINES[number].text))
        assert ENVELOPE in candidates([], [bad, *LINES])
        assert ENVELOPE in candidates([], [*LINES, bad])


def test_a_cut_code_is_not_used() -> None:
    cut = changed(PARTS[1], PARTS[1].text[:-1])
    assert first([PARTS[0], cut, *PARTS[2:]], []) is None
    assert first([PARTS[0], cut, *PARTS[2:]], LINES[24:50]) == ENVELOPE


def test_lines_beyond_the_end_are_not_used() -> None:
    assert first([], [*LINES, TextLine(500, "A" * 40)]) == ENVELOPE


# Keyboards


@pytest.mark.parametrize("size", range(5))
def test_codes_garbled_by_a_scanner(size: int) -> None:
    for which in itertools.combinations(range(4), size):
        codes = [garbled(part) if number in which else part for number, part in enumerate(PARTS)]
        assert ENVELOPE in candidates(codes, [])


def test_one_garbled_code_among_many() -> None:
    envelope = sealed(12_000)
    codes = parts(envelope)
    assert len(codes) == 19
    for number in (0, 9, 18):
        assert envelope in candidates([*codes[:number], garbled(codes[number]), *codes[number + 1 :]], [])
    assert envelope in candidates([garbled(part) for part in codes], [])


def test_codes_read_twice_and_once_garbled() -> None:
    for order in ([*PARTS, *map(garbled, PARTS)], [*map(garbled, PARTS), *PARTS]):
        assert ENVELOPE in candidates(order, [])


def test_an_id_with_y_or_z_is_garbled_too() -> None:
    id_ = EscrowId.parse("KYQD-MZXA")
    other = on_other_keyboard(id_)
    assert str(other) == "KZQD-MYXA"
    assert on_other_keyboard(other) == id_
    assert on_other_keyboard(ID) == ID or "Y" in str(ID) or "Z" in str(ID)
    good = EnvelopePart(id_, 1, 2, "AYZB")
    assert parts_of(id_, [good, EnvelopePart(other, 2, 2, "CYZD"), EnvelopePart(ID, 1, 1, "AAAA")]) == [
        good,
        EnvelopePart(id_, 2, 2, "CZYD"),
    ]


# Bounds


def test_contradictions_are_bounded() -> None:
    hostile = [wrong(part, letter) for letter in range(300, 980, 10) for part in PARTS]
    assert MAX_CANDIDATES < 68**4
    assert 68 <= sum(1 for _ in candidates([*hostile, *PARTS], [])) <= MAX_CANDIDATES
    # The same for all divisions together, of which each gets its turn.
    text = "".join(part.text for part in PARTS)
    five = [
        EnvelopePart(ID, number, 5, text[start:end]) for number, (start, end) in enumerate(part_ranges(len(text), 5), 1)
    ]
    hostile += [wrong(part, letter) for letter in range(300, 780, 10) for part in five]
    assert 68 <= sum(1 for _ in candidates([*hostile, *PARTS, *five], [])) <= MAX_CANDIDATES


def test_every_division_gets_its_turn() -> None:
    """Codes that claim to be one of 2, of 3, … of 99 do not keep the right ones from being tried."""
    hostile = [EnvelopePart(ID, number, count, "GCAA") for count in range(5, 60) for number in range(1, count + 1)]
    assert ENVELOPE in candidates([*hostile, *PARTS], [])

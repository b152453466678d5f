"""One share: its words, both ways, and what is refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import ChecksumError, ShareError, WordError
from rootescrow.shamir import Beginning, SetHeader, Share, checksum
from rootescrow.shamir.share import MAX_VALUE_BYTES
from rootescrow.shamir.words import MAX_WORDS, WORDS, index_of, parse_words

SHARE = Share(
    identifier=0x5A3C,
    extendable=True,
    iteration_exponent=0,
    group_index=1,
    group_threshold=2,
    group_count=2,
    member_index=2,
    member_threshold=3,
    value=bytes(range(7, 231, 7)),
)


@st.composite
def shares(draw: st.DrawFn) -> Share:
    count = draw(st.integers(1, 16))
    length = 2 * draw(st.integers(8, 40))
    return Share(
        identifier=draw(st.integers(0, 0x7FFF)),
        extendable=draw(st.booleans()),
        iteration_exponent=draw(st.integers(0, 15)),
        group_index=draw(st.integers(0, count - 1)),
        group_threshold=draw(st.integers(1, count)),
        group_count=count,
        member_index=draw(st.integers(0, 15)),
        member_threshold=draw(st.integers(1, 16)),
        value=draw(st.binary(min_size=length, max_size=length)),
    )


def indices(share: Share) -> list[int]:
    return list(parse_words(share.text))


def with_new_checksum(words: list[int]) -> list[int]:
    """The same words with the checksum that an adversary would give them."""
    packed = 0
    for word in words[:-3]:
        packed = packed << 10 | word
    made = checksum.create(packed, len(words) - 3, extendable=bool(words[1] & 16))
    return [*words[:-3], made >> 20, made >> 10 & 1023, made & 1023]


@given(shares())
def test_round_trip(share: Share) -> None:
    assert Share.parse(share.text) == share
    assert Share.decode([WORDS.index(word) for word in share.words]) == share


def test_how_many_words_a_share_has() -> None:
    for length, words in ((16, 20), (32, 33), (64, 59), (MAX_VALUE_BYTES, MAX_WORDS)):
        assert len(replace(SHARE, value=bytes(length)).words) == words


@pytest.mark.parametrize("length", [*range(16, 200, 2), 1264, 1266, 1268, 1270])
def test_round_trip_of_every_length(length: int) -> None:
    for byte in (0x00, 0xFF):
        share = replace(SHARE, value=bytes([byte]) * length)
        assert Share.parse(share.text) == share


def test_that_the_share_code_is_lower_case_with_single_spaces() -> None:
    assert SHARE.text == " ".join(SHARE.words)
    assert SHARE.text.split() == list(SHARE.words)
    assert SHARE.text == SHARE.text.lower()


def test_that_the_first_words_are_those_of_the_set() -> None:
    other = replace(SHARE, group_index=0, member_index=4, value=bytes(32))
    assert other.words[:2] == SHARE.words[:2]
    assert other.header == SHARE.header == SetHeader(0x5A3C, True, 0, 2, 2, 32)
    assert len({other.header, SHARE.header}) == 1


def test_that_the_value_stays_out_of_the_repr() -> None:
    shown = repr(SHARE)
    assert "value" not in shown
    assert "member_index=2" in shown
    assert SHARE.value.hex()[:4] not in shown


def test_that_it_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        SHARE.member_index = 3  # type: ignore[misc]  # that is what is tested


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("identifier", (-1, 0x8000)),
        ("iteration_exponent", (-1, 16)),
        ("group_index", (-1, 2, 16)),
        ("group_threshold", (-1, 0, 3)),
        ("group_count", (0, 1, 17)),
        ("member_index", (-1, 16, 254, 255)),
        ("member_threshold", (-1, 0, 17)),
        ("value", (b"", bytes(14), bytes(15), bytes(17), bytes(33), bytes(MAX_VALUE_BYTES + 2))),
    ],
)
def test_that_what_is_out_of_range_is_refused(field: str, values: tuple[object, ...]) -> None:
    for value in values:
        with pytest.raises(ShareError):
            replace(SHARE, **{field: value})  # type: ignore[arg-type]  # any of the fields


def test_that_every_other_word_in_any_place_is_found() -> None:
    right = indices(SHARE)
    for place, word in enumerate(right):
        changed = right.copy()
        for other in range(1024):
            changed[place] = other
            if other != word:
                with pytest.raises(ChecksumError):
                    Share.decode(changed)


def test_that_a_checksum_failure_solves_nothing() -> None:
    changed = indices(SHARE)
    changed[10] ^= 1
    with pytest.raises(ChecksumError) as caught:
        Share.decode(changed)
    said = caught.value.message + caught.value.hint
    assert not any(f" {word} " in f" {said} " for word in SHARE.words)
    assert not any(character.isdigit() for character in said)


@pytest.mark.parametrize("place", range(3))
def test_that_padding_other_than_zero_is_refused(place: int) -> None:
    """33 words hold 260 bits of value, of which the first four are to be zero; 20 words 130, two of them zero."""
    for value, bits in ((bytes(32), 4), (bytes(16), 2)):
        words = indices(replace(SHARE, value=value))
        words[4] |= 1 << 9 - place % bits
        with pytest.raises(ShareError, match="not zero") as caught:
            Share.decode(with_new_checksum(words))
        assert caught.type is ShareError


def test_that_lengths_no_secret_has_are_refused() -> None:
    lengths = {len(replace(SHARE, value=bytes(length)).words) for length in range(16, MAX_VALUE_BYTES + 1, 2)}
    for length in (*range(MAX_WORDS + 100), 5000):
        if length not in lengths:
            with pytest.raises(ShareError, match=f"^{length} words are no share"):
                Share.decode([0] * length)


def test_that_a_header_out_of_range_is_refused_though_its_checksum_is_right() -> None:
    """The numbers that four bits can hold and that still cannot be."""
    words = indices(SHARE)
    header = words[2] << 10 | words[3]
    for group, threshold, count in ((2, 2, 2), (15, 1, 1), (0, 3, 2), (0, 16, 1)):
        changed = group << 16 | threshold - 1 << 12 | count - 1 << 8 | header & 0xFF
        with pytest.raises(ShareError) as caught:
            Share.decode(with_new_checksum([*words[:2], changed >> 10, changed & 1023, *words[4:]]))
        assert caught.type is ShareError


def test_that_words_are_read_as_people_type_them() -> None:
    typed = "\n".join(f"{number}. {word[:4].upper()}" for number, word in enumerate(SHARE.words, 1))
    assert Share.parse(typed) == SHARE


def test_that_a_word_not_in_the_list_is_named_by_its_position() -> None:
    words = list(SHARE.words)
    words[16] = "q" + words[16]
    assert index_of(words[16]) is None
    with pytest.raises(WordError) as caught:
        Share.parse(" ".join(words))
    assert caught.value.position == 17


@pytest.mark.parametrize("count", [32, 34, 66])
def test_that_a_word_missing_or_too_many_is_refused(count: int) -> None:
    words = SHARE.words * 2
    with pytest.raises(ShareError):
        Share.parse(" ".join(words[:count]))


@given(shares())
def test_the_first_four_words_claim_what_the_share_says(share: Share) -> None:
    indices = [WORDS.index(word) for word in share.words]
    beginning = Beginning.decode(indices[:4])
    assert beginning == Beginning(share.identifier, share.group_index, share.member_index)
    with pytest.raises(ShareError, match="fewer than four words"):
        Beginning.decode(indices[:3])

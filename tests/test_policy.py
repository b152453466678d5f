from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rootescrow.errors import PolicyError
from rootescrow.policy import MAX_GROUPS, MAX_NAME_CHARS, MAX_SHEETS, MAX_TEXT_CHARS, Body, Group, Holder, Policy

BOARD = Group("Board", 3, 5, Body.BOARD)
ARBITRATION = Group("Arbitration", 2, 3, Body.ARBITRATION)
UNPRINTABLE = [
    "a\nb",
    "a\x00b",
    "a\tb",
    "a\x1b[2Jb",
    "a\x7fb",
    "a\u200bb",
    "a\u202eb",
    "a\u2028b",
    "a\ue000b",
    "a\ud800b",
]


@pytest.mark.parametrize("count", range(-1, MAX_SHEETS + 3))
@pytest.mark.parametrize("threshold", range(-1, MAX_SHEETS + 3))
def test_thresholds_and_counts(threshold: int, count: int) -> None:
    if 1 <= threshold <= count <= 16:
        group = Group("Board", threshold, count)
        assert group.members == (1 if threshold == 1 else count)
        assert group.copies == (threshold == 1 and count > 1)
    else:
        with pytest.raises(PolicyError) as raised:
            Group("Board", threshold, count)
        assert raised.value.hint
        assert str(count) in raised.value.message


@pytest.mark.parametrize("name", ["", "  ", "x" * (MAX_NAME_CHARS + 1), *UNPRINTABLE])
def test_names_no_sheet_can_bear(name: str) -> None:
    with pytest.raises(PolicyError, match="name"):
        Group(name, 1, 1)


@pytest.mark.parametrize("mark", ["/", "=", "\\", '"', "'"])
def test_marks_that_the_command_line_and_file_names_need(mark: str) -> None:
    with pytest.raises(PolicyError, match="slash"):
        Group(f"Bo{mark}ard", 1, 1)


def test_names_are_trimmed_and_composed() -> None:
    assert Group("  Board\n", 1, 1).name == "Board"
    assert Group("Vorsta\u0308nde", 1, 1) == Group("Vorstände", 1, 1)
    assert Group("a\u00a0b", 1, 1).name == "a\u00a0b"
    assert len(Group("a\u0308" * MAX_NAME_CHARS, 1, 1).name) == MAX_NAME_CHARS


@given(st.text())
def test_any_text_is_a_printable_name_or_refused(name: str) -> None:
    try:
        group = Group(name, 1, 1)
    except PolicyError:
        assume(False)
    assert 1 <= len(group.name) <= MAX_NAME_CHARS
    assert unicodedata.is_normalized("NFC", group.name)
    assert not any(unicodedata.category(char)[0] == "C" for char in group.name)
    assert Group(group.name, 1, 1) == group


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (Policy(BOARD, ARBITRATION), "any 3 of the 5 Board sheets and any 2 of the 3 Arbitration sheets"),
        (Policy(Group("A", 1, 1)), "the one A sheet"),
        (Policy(Group("A", 2, 2)), "all 2 A sheets"),
        (Policy(Group("A", 1, 4)), "any 1 of the 4 A sheets"),
        (
            Policy(Group("A", 1, 1), Group("B", 2, 2), Group("C", 2, 3)),
            "the one A sheet, all 2 B sheets and any 2 of the 3 C sheets",
        ),
        (
            Policy(BOARD, ARBITRATION, group_threshold=1),
            "any 1 of: any 3 of the 5 Board sheets; any 2 of the 3 Arbitration sheets",
        ),
    ],
)
def test_the_sentence_on_the_sheets(policy: Policy, text: str) -> None:
    assert str(policy) == text


def test_all_groups_are_needed_unless_said_otherwise() -> None:
    assert Policy(BOARD, ARBITRATION).group_threshold == 2
    assert Policy(BOARD, ARBITRATION) == Policy(BOARD, ARBITRATION, group_threshold=2)
    assert Policy(BOARD, ARBITRATION) != Policy(BOARD, ARBITRATION, group_threshold=1)
    assert Policy(BOARD, ARBITRATION) != Policy(ARBITRATION, BOARD)


@pytest.mark.parametrize("group_threshold", [-1, 0, 3])
def test_group_thresholds_that_cannot_be(group_threshold: int) -> None:
    with pytest.raises(PolicyError, match="of 2 groups"):
        Policy(BOARD, ARBITRATION, group_threshold=group_threshold)


@pytest.mark.parametrize("count", [0, MAX_GROUPS + 1])
def test_numbers_of_groups_that_cannot_be(count: int) -> None:
    with pytest.raises(PolicyError, match=f"{count} groups"):
        Policy(*(Group(f"G{number}", 2, 3) for number in range(count)))


def test_sixteen_groups_of_sixteen() -> None:
    policy = Policy(*(Group(f"G{number}", 16, 16) for number in range(MAX_GROUPS)))
    assert len(policy.groups) == MAX_GROUPS


@pytest.mark.parametrize("name", ["Board", "board", " BOARD "])
def test_a_group_given_twice(name: str) -> None:
    with pytest.raises(PolicyError, match="twice"):
        Policy(BOARD, ARBITRATION, Group(name, 2, 3))


@pytest.mark.parametrize("field", ["office", "person", "place", "bag"])
def test_what_a_holder_may_be(field: str) -> None:
    assert getattr(Holder(), field) == ""
    assert getattr(Holder(**{field: " Ada E\u0301xample "}), field) == "Ada Éxample"
    for wrong in ("  ", "x" * (MAX_TEXT_CHARS + 1), *UNPRINTABLE):
        with pytest.raises(PolicyError, match=field):
            Holder(**{field: wrong})


def test_errors_do_not_echo_what_cannot_be_printed() -> None:
    for wrong in UNPRINTABLE:
        with pytest.raises(PolicyError) as raised:
            Group(wrong, 1, 1)
        assert (raised.value.message + raised.value.hint).isprintable()

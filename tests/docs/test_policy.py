"""docs/policy.md: every rule has a row, and every test it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .support import table_rows

RULES = [
    *("SP-a", "SP-b", "SP-c", "SP-d", "SP-e", "SP-f", "SP-g", "SP-h"),
    *("AU-1", "AU-2", "AU-3", "AU-4", "AU-5", "AU-6"),
    *("z.1", "z.3", "z.4", "z.5", "z.6", "z.7", "z.8"),
]


@pytest.fixture(scope="module")
def rows(repo_root: Path) -> list[list[str]]:
    return table_rows((repo_root / "docs" / "policy.md").read_text("utf-8"))


def test_each_rule_has_one_row_that_says_all(rows: list[list[str]]) -> None:
    assert [row[0] for row in rows] == RULES
    assert all(len(row) == 5 and all(row) for row in rows)


def test_the_tests_that_are_named_are_there(rows: list[list[str]], repo_root: Path) -> None:
    named = {name for row in rows for name in re.findall(r"`(tests/[^`]*)`", row[4])}
    assert len(named) > 10
    for name in named:
        assert "\ndef test_" in (repo_root / name).read_text("utf-8"), name


def test_a_rule_without_a_test_says_what_is_missing_or_is_for_people_alone(rows: list[list[str]]) -> None:
    without = {row[0]: row[2] for row in rows if row[4] == "–"}
    assert all("not yet" in today or rule == "AU-3" for rule, today in without.items())
    assert len(without) < 6

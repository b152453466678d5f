"""`rootescrow script`: from a plan's file to the paper."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rootescrow.ceremony.papers.script import draw_script
from rootescrow.ceremony.planned import Planned
from tests.cli.support import inside


@pytest.fixture
def plan(repo_root: Path) -> Path:
    """The example of a root's plan."""
    return repo_root / "examples" / "plans" / "root.toml"


def test_the_paper_is_that_of_the_plan(plan: Path, tmp_path: Path) -> None:
    done = inside("script", plan, "--out", tmp_path / "papers")
    assert (done.status, done.err) == (0, "")
    assert (tmp_path / "papers" / "script.pdf").read_bytes() == draw_script(Planned.read(plan.read_bytes()))
    assert (tmp_path / "papers" / "script.pdf").stat().st_mode & 0o777 == 0o600
    assert hashlib.sha256(plan.read_bytes()).hexdigest() in done.out


def test_the_published_value_may_be_given_in_any_case_and_with_spaces(plan: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"wheel").hexdigest()
    spaced = " ".join(digest[start : start + 4] for start in range(0, 64, 4)).upper()
    assert inside("script", plan, "--out", tmp_path, "--wheel-sha256", spaced).status == 0
    expected = draw_script(Planned.read(plan.read_bytes()), wheel_sha256=digest)
    assert (tmp_path / "script.pdf").read_bytes() == expected


@pytest.mark.parametrize("wrong", ["abc", "g" * 64, "0" * 65])
def test_a_value_that_is_no_digest_makes_nothing(plan: Path, tmp_path: Path, wrong: str) -> None:
    done = inside("script", plan, "--out", tmp_path / "papers", "--wheel-sha256", wrong)
    assert (done.status, done.out) == (2, "")
    assert "is no SHA-256" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_plan_that_breaks_a_rule_makes_nothing(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(plan.read_text().replace('body = "board"', 'body = "other"'))
    done = inside("script", tmp_path / "plan.toml", "--out", tmp_path / "papers")
    assert (done.status, done.out) == (8, "")
    assert "SP-f" in done.err
    assert not (tmp_path / "papers").exists()


def test_what_is_no_plan_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("hello")
    done = inside("script", tmp_path / "plan.toml", "--out", tmp_path / "papers")
    assert (done.status, done.out) == (3, "")
    assert inside("script", tmp_path / "none.toml", "--out", tmp_path / "papers").status == 7
    assert not (tmp_path / "papers").exists()


def test_a_script_that_is_there_is_kept(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "script.pdf").write_text("signed")
    assert inside("script", plan, "--out", tmp_path).status == 7
    assert (tmp_path / "script.pdf").read_text() == "signed"

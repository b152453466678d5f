"""docs/plan.md: every key with what is allowed, every rule, and nothing that is neither."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from rootescrow.ceremony.plan import Plan
from rootescrow.ceremony.plan.file import tables_in
from rootescrow.ceremony.rules import RULES
from tests.cli.support import inside

from .support import blocks, table_rows


@pytest.fixture(scope="module")
def page(repo_root: Path) -> Path:
    return repo_root / "docs" / "plan.md"


def every_key(table: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, bool]]:
    """Each key as the page writes it, what is allowed there, and whether it must be there."""
    for name, field in table.model_fields.items():
        yield prefix + name, field.description or "", field.is_required()
        named = getattr(field.annotation, "__origin__", None) is dict
        for inner in tables_in(field.annotation):
            yield from every_key(inner, f"{prefix}{name}.{'NAME.' if named else ''}")


def test_every_key_is_there_with_what_is_allowed(page: Path) -> None:
    part = page.read_text("utf-8").split("## Every key")[1].split("## The rules")[0]
    written = [(row[0].strip("`"), row[2], row[1]) for row in table_rows(part)]
    keys = list(dict.fromkeys(every_key(Plan)))
    assert [one[:2] for one in written] == [one[:2] for one in keys]
    for (key, _, said), (_, _, required) in zip(written, keys, strict=True):
        if said.startswith("if "):
            assert key in ("passphrase.threshold", "passphrase.sheets", "passphrase.parts")
        else:
            assert said == ("yes" if required else "no"), key


def test_every_rule_is_there(page: Path) -> None:
    rows = table_rows(page.read_text("utf-8").split("## The rules")[1])
    assert [row[0] for row in rows] == [rule.id for rule in RULES]


def test_the_commands_are_right(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (new,) = (block.text.split() for block in blocks(page) if block.kind == "sh")
    assert inside(*new[1:]).status == 0
    assert (tmp_path / new[-1]).exists()
    (check, _) = (block.text.split() for block in blocks(page) if block.kind == "text")
    assert inside(*check[1:]).status == 3, "its blanks are empty"


def test_the_examples_that_are_named_are_there(page: Path, repo_root: Path) -> None:
    named = re.findall(r"`(examples/[^`]+)`", page.read_text("utf-8"))
    assert len(named) == 2
    for name in named:
        assert inside("plan", "check", repo_root / name).status == 0

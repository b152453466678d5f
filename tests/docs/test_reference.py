"""docs/reference.md: exit statuses and limits are those of the code, and none is left out."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from rootescrow import errors
from rootescrow.cli import INTERRUPTED
from rootescrow.errors import EscrowError

from .support import table_rows

_UNITS = {"KiB": 1024, "MiB": 1024**2}


@pytest.fixture(scope="module")
def text(repo_root: Path) -> str:
    return (repo_root / "docs" / "reference.md").read_text("utf-8")


def test_every_error_is_in_the_row_of_its_status(text: str) -> None:
    rows = table_rows(text.partition("## Limits")[0])
    stated = {name: int(row[0]) for row in rows for name in re.findall(r"`(\w+)`", row[3])}
    classes = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, EscrowError)]
    assert stated == {error.__name__: error.exit_status for error in classes}
    assert {int(row[0]) for row in rows} == {0, *stated.values(), INTERRUPTED}


def limits(text: str) -> dict[str, int]:
    """The limits of the tables, by the names of their constants."""
    found = {}
    for row in table_rows(text.partition("## Limits")[2]):
        figure = re.match(r"([0-9,]+)(?: (KiB|MiB))?", row[1])
        assert figure is not None, row
        found[row[3].strip("`")] = int(figure[1].replace(",", "")) * _UNITS.get(figure[2], 1)
    return found


def test_the_limits_are_those_of_the_code(text: str) -> None:
    for name, stated in limits(text).items():
        module, _, constant = name.rpartition(".")
        assert getattr(import_module(f"rootescrow.{module}"), constant) == stated, name


def test_no_limit_is_left_out(text: str, repo_root: Path) -> None:
    defined = set()
    for file in (repo_root / "rootescrow").rglob("*.py"):
        module = ".".join(file.relative_to(repo_root / "rootescrow").with_suffix("").parts)
        for statement in ast.parse(file.read_text("utf-8")).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                if name.startswith(("MAX_", "MIN_")):
                    defined.add(f"{module}.{name}")
    assert defined - set(limits(text)) == set()

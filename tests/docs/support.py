"""What the tests of the documentation share: the fenced blocks of a page, and their order."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import rootescrow

_FENCE = re.compile(r"^( *)```([^\s`]*)([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: the first word after its fence, the second if there is one, and what is in it."""

    kind: str
    name: str
    text: str


def blocks(page: Path, *, after: str = "", before: str = "") -> list[Block]:
    """The fenced blocks of a page in their order; of the part of it after one heading or before another."""
    text = page.read_text("utf-8")
    if after:
        text = text.split(f"\n{after}\n")[1]
    if before:
        text = text.split(f"\n{before}\n")[0]
    return [Block(kind, name.strip(), textwrap.dedent(inside)) for _, kind, name, inside in _FENCE.findall(text)]


def environment(home: Path) -> dict[str, str]:
    """What programs find around them: nothing of the machine but where Python finds this package."""
    package = Path(rootescrow.__file__).resolve().parent.parent
    return {"HOME": str(home), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(package)}


def table_rows(text: str) -> list[list[str]]:
    """The cells of every row of every table in a text, heads and rules left out."""
    rows = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith("|") and not line.startswith("|---") and not following.startswith("|---"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows

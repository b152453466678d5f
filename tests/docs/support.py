"""What the tests of the documentation share: the fenced blocks of a page, and their order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: the first word after its fence, the second if there is one, and what is in it."""

    kind: str
    name: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    found = []
    for info, text in _FENCE.findall(page.read_text("utf-8")):
        kind, _, name = info.partition(" ")
        found.append(Block(kind, name, text))
    return found


def table_rows(text: str) -> list[list[str]]:
    """The cells of every row of every table in a text, heads and rules left out."""
    rows = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith("|") and not line.startswith("|---") and not following.startswith("|---"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows

"""docs/register.md: every command is typed, and what is shown compared."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from .support import blocks
from .terminal import Type
from .test_commands import shown_alike


def dated_alike(shown: str) -> str:
    """What was shown, with times and dates put the same."""
    shown = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", shown_alike(shown))
    return re.sub(r"\d{4}-\d\d-\d\d", "DATE", shown)


def test_register(at_terminal: Type, split_once: Path, repo_root: Path, tmp_path: Path) -> None:
    shutil.copytree(split_once / "escrow-1", tmp_path / "escrow-1")
    page = blocks(repo_root / "docs" / "register.md")
    assert {block.kind for block in page} == {"sh", "output", "text"}
    session = at_terminal([block.text for block in page if block.kind == "sh"], tmp_path)
    assert session.status == 0, session.shown
    outputs = [block.text for block in page if block.kind == "output"]
    assert [dated_alike(shown) for shown in session.shown] == [dated_alike(text) for text in outputs]
    assert len(outputs) == 3

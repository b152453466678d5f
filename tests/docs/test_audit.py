"""docs/audit.md: the command is typed, and what it shows compared."""

from __future__ import annotations

import shutil
from pathlib import Path

from rootescrow.register import folder
from rootescrow.register.events import Confirmed, How

from .support import blocks
from .terminal import Type
from .test_commands import compare


def test_audit(at_terminal: Type, split_once: Path, repo_root: Path, tmp_path: Path) -> None:
    shutil.copytree(split_once / "escrow-1", tmp_path / "escrow-1")
    escrow = tmp_path / "escrow-1" / "escrow"
    made = folder.load_register(escrow)
    confirmed = (Confirmed(sheet=name, how=How.SCAN, by="Ada Example") for name in made.to_confirm)
    folder.append(escrow, *confirmed, now=made.journal.lines[0].time)
    page = blocks(repo_root / "docs" / "audit.md")
    assert {block.kind for block in page} == {"sh", "output", "text"}
    session = at_terminal([block.text for block in page if block.kind == "sh"], tmp_path)
    assert session.status == 0, session.shown
    assert compare(page, session) == 1
    assert len(list((tmp_path / "papers").iterdir())) == 1

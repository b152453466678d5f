"""docs/turnover.md: every command is typed, and what is shown compared."""

from __future__ import annotations

import shutil
from pathlib import Path

from rootescrow.register import folder

from .support import blocks
from .terminal import Type
from .test_register import dated_alike


def test_turnover(at_terminal: Type, split_once: Path, repo_root: Path, tmp_path: Path) -> None:
    shutil.copytree(split_once / "escrow-1", tmp_path / "escrow-1")
    page = [block for block in blocks(repo_root / "docs" / "turnover.md") if block.kind != "text"]
    session = at_terminal([block.text for block in page if block.kind == "sh"], tmp_path)
    assert session.status == 0, session.shown
    outputs = [block.text for block in page if block.kind == "output"]
    assert len(outputs) == 3
    for shown, text in zip(session.shown, outputs, strict=False):
        assert dated_alike(shown) == dated_alike(text)
    register = folder.load_register(tmp_path / "escrow-1" / folder.ESCROW)
    assert register.sheet("Board/4").holder.bag == "A000204"
    assert [sheet.name for sheet in register.sheets if not sheet.counts] == ["Board/3"]
    assert len(list((tmp_path / "receipts").iterdir())) == 3

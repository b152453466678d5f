"""docs/drill.md: its command is typed, and what is shown compared."""

from __future__ import annotations

import shutil
from pathlib import Path

from rootescrow.ceremony.drilled import NEXT_DAYS, Result
from rootescrow.register import folder
from rootescrow.register.events import Drill
from tests.cli.test_confirm import scan

from .support import blocks, table_rows
from .terminal import Type
from .test_register import dated_alike


def test_drill(at_terminal: Type, split_once: Path, repo_root: Path, tmp_path: Path) -> None:
    shutil.copytree(split_once / "escrow-1", tmp_path / "escrow-1")
    sheets = tmp_path / "escrow-1" / folder.SECRET
    scan([*sheets.glob("*-Board-2.pdf"), *sheets.glob("*-Arbitration-1.pdf")], tmp_path / "scan.pdf")
    page = blocks(repo_root / "docs" / "drill.md")
    assert {block.kind for block in page} == {"sh", "output", "text"}
    session = at_terminal([block.text for block in page if block.kind == "sh"], tmp_path)
    assert session.status == 0, session.shown
    (output,) = (block.text for block in page if block.kind == "output")
    assert [dated_alike(shown) for shown in session.shown] == [dated_alike(output)]
    event = folder.load_register(tmp_path / "escrow-1" / folder.ESCROW).journal.lines[-1].event
    assert isinstance(event, Drill)
    assert [looked.item for looked in event.items] == ["Board/2", "Arbitration/1", "Board/3"]
    assert [path.name.partition("-")[0] for path in (tmp_path / "drill-1").iterdir()] == ["drill"]


def test_every_verdict_that_is_not_right_is_explained(repo_root: Path) -> None:
    text = (repo_root / "docs" / "drill.md").read_text("utf-8")
    explained = {row[0] for row in table_rows(text)}
    assert {result.value for result in Result} - explained == {
        Result.RIGHT.value,
        Result.SEEN.value,
        Result.STRANGE.value,
    }
    assert f"{NEXT_DAYS} days" in text

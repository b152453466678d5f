"""docs/kit.md: every command is typed, and what is shown compared."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

from rootescrow.register import medium

from .support import blocks
from .terminal import Type
from .test_commands import CA_CONFIG
from .test_register import dated_alike


def test_kit(at_terminal: Type, split_once: Path, repo_root: Path, tmp_path: Path) -> None:
    shutil.copytree(split_once / "escrow-1", tmp_path / "escrow-1")
    (tmp_path / "medium").mkdir()
    (tmp_path / "ca.cnf").write_text(CA_CONFIG)
    (tmp_path / "index.txt").touch()
    (tmp_path / "crlnumber").write_text("01\n")
    page = [block for block in blocks(repo_root / "docs" / "kit.md") if block.kind in ("sh", "output")]
    commands = [block.text for block in page if block.kind == "sh"]
    session = at_terminal(commands, tmp_path)
    assert session.status == 0, session.shown
    shown = dict(zip(commands, session.shown, strict=True))
    compared = 0
    for block, following in itertools.pairwise(page):
        if following.kind == "output":
            compared += 1
            assert dated_alike(shown[block.text]) == dated_alike(following.text)
    assert compared == 2
    (trial,) = (output for command, output in shown.items() if "away.crl" in command)
    assert "verify OK" in trial
    assert medium.look(tmp_path / "medium").differing == ()
    (booklet,) = (tmp_path / "papers").iterdir()
    assert booklet.name.endswith("-booklet.pdf")


def test_what_a_medium_may_have_is_what_the_page_says(repo_root: Path, tmp_path: Path) -> None:
    text = (repo_root / "docs" / "kit.md").read_text("utf-8")
    for name in ("lost+found", "System Volume Information", ".Trash-0"):
        assert f"`{name.replace('0', '…')}`" in text
        (tmp_path / name).mkdir()
    medium.check_empty(tmp_path)

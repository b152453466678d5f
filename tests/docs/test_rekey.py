"""docs/rekey.md: every command is typed, and what is shown compared."""

from __future__ import annotations

import datetime
import itertools
import re
import shutil
from pathlib import Path

from rootescrow.ceremony.rules import RULES
from rootescrow.register import folder
from tests.ceremony.plans import TYPED, changed

from .support import blocks, table_rows
from .terminal import Type
from .test_commands import quorum, scan, shown_alike
from .test_register import dated_alike


def test_rekey(at_terminal: Type, split_once: Path, repo_root: Path, tmp_path: Path) -> None:
    shutil.copytree(split_once / "escrow-1", tmp_path / "escrow-1")
    scan(quorum(tmp_path / "escrow-1"), tmp_path / "scans.pdf")
    plan = changed(('profile = "root"', 'profile = "simple"'), TYPED)
    (tmp_path / "root-2.toml").write_text(plan.replace("2026-11-23", datetime.date.today().isoformat()), "utf-8")
    page = [block for block in blocks(repo_root / "docs" / "rekey.md") if block.kind in ("sh", "output")]
    commands = [block.text for block in page if block.kind == "sh"]
    session = at_terminal(commands, tmp_path)
    assert session.status == 0, session.shown
    shown = dict(zip(commands, session.shown, strict=True))
    (compared,) = ((block, then) for block, then in itertools.pairwise(page) if then.kind == "output")
    assert dated_alike(shown[compared[0].text]) == dated_alike(compared[1].text)
    # What stands there to be seen is seen, whatever else is.
    should = next(block for block in blocks(repo_root / "docs" / "rekey.md") if "Destroy: what" in block.text)
    seen = shown_alike(shown[commands[1]]).splitlines()
    assert [line for line in shown_alike(should.text).splitlines() if line not in seen] == []
    assert folder.load(tmp_path / "escrow-2" / "escrow").record.generation == 2
    assert not folder.load_register(tmp_path / "escrow-1" / "escrow").live
    assert (tmp_path / "papers" / "destruction-list.pdf").stat().st_size > 1000


def test_the_rules_of_what_is_weaker(repo_root: Path) -> None:
    text = (repo_root / "docs" / "rekey.md").read_text("utf-8")
    rows = table_rows(text.partition("## What counts as weaker")[2])
    named = {rule for row in rows for rule in re.findall(r"(?:SP|AU)-\w|z\.\d", row[1])}
    code = (repo_root / "rootescrow" / "ceremony" / "rules" / "weaker.py").read_text("utf-8")
    assert named == set(re.findall(r'"((?:SP|AU)-\w|z\.\d)"', code))
    assert named <= {rule.id for rule in RULES}

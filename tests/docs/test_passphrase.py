"""docs/passphrase.md: its commands are typed, in order, and do what the page says."""

from __future__ import annotations

import re
from pathlib import Path

from rootescrow import PrivateKey
from rootescrow.passphrase import Passphrase, is_generated
from rootescrow.register import folder

from .support import blocks
from .terminal import Type
from .test_commands import scan


def test_passphrase(at_terminal: Type, split_once: Path, repo_root: Path, tmp_path: Path) -> None:
    for name in ("root.key", "root.crt"):
        (tmp_path / name).write_bytes((split_once / name).read_bytes())
    page = blocks(repo_root / "docs" / "passphrase.md")
    assert {block.kind for block in page} == {"sh", "text"}
    split, alone, recover = (block.text for block in page if block.kind == "sh")
    session = at_terminal([split, alone], tmp_path)
    assert session.status == 0, session.shown
    out = tmp_path / "escrow-1"
    record = folder.load(out / folder.ESCROW).record
    assert record.passphrase
    assert [sheet.person for sheet in record.passphrase.sheets] == ["Kit Example", "Kim Example", "Kay Example"]
    # What the page shows is what was shown, but for the id.
    shown = re.sub(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", "ID", session.shown[0])
    (expected,) = (block.text for block in page if block.text.startswith("Passphrase "))
    for line in expected.splitlines():
        assert re.sub(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", "ID", line) in shown
    assert folder.load_passphrase(tmp_path / "passphrase-1" / folder.PASSPHRASE).passphrase
    new = (tmp_path / "new-passphrase").read_text().strip()
    assert is_generated(Passphrase.from_text(new))

    scan(sorted((out / folder.SECRET_PASSPHRASE).iterdir())[1:], tmp_path / "scans.pdf")
    again = at_terminal([recover], tmp_path)
    assert again.status == 0, again.shown
    recovered = (tmp_path / "passphrase").read_text().strip()
    assert recovered != new
    assert recovered not in "".join((*session.shown, *again.shown))

    files = sorted((out / folder.SECRET).iterdir())
    key = [f"rootescrow recover {' '.join(map(str, files))} --escrow escrow-1/escrow --case a1 --out key.pem"]
    assert at_terminal(key, tmp_path).status == 0
    opened = PrivateKey.load((tmp_path / "key.pem").read_bytes(), recovered)
    assert opened.matches((tmp_path / "root.crt").read_bytes())


def test_the_letters_that_the_page_shows_and_leaves_out(repo_root: Path) -> None:
    text = (repo_root / "docs" / "passphrase.md").read_text("utf-8")
    (example,) = re.findall(r"`((?:[a-z]{5} ){5}[a-z]{5})`", text)
    assert is_generated(Passphrase.from_text(example.replace(" ", "")))
    assert "no a, m, q, w, y or z" in text

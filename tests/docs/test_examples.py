"""examples/: each program does what it says."""

from __future__ import annotations

import runpy
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rootescrow.paper.sheets import Paper, draw_envelope
from rootescrow.register import folder
from tests.ceremony.printer import BOARD, split_folder
from tests.paper.support import envelope_document

from .support import environment
from .terminal import play

TYPED = "only for tests of the examples"


@pytest.mark.parametrize("encrypted", [False, True])
def test_split_and_recover(repo_root: Path, program: Callable[[str], str], tmp_path: Path, encrypted: bool) -> None:
    path = str(Path(program("openssl")).parent) + ":/usr/bin:/bin"
    cipher = "-aes-256-cbc " if encrypted else ""
    make = f"openssl genpkey -quiet -algorithm ed25519 {cipher}-out root.key"
    example = shlex.join([sys.executable, str(repo_root / "examples" / "split_and_recover.py"), "root.key"])
    prompts = r"(?:Passphrase|[Pp]ass ?phrase[^\n]*):"
    session = play([make, example], tmp_path, path, {prompts: TYPED}, environment(tmp_path))
    assert session.status == 0, session.shown
    shown = session.shown[1]
    assert "any 3 of the 5 Board sheets and any 2 of the 3 Arbitration sheets" in shown
    assert "complete; envelope: complete" in shown
    assert shown.rstrip().endswith("Recovered, byte for byte: True")
    assert TYPED not in shown
    assert [file.name for file in tmp_path.iterdir()] == ["root.key"]


def test_without_a_printer_printing_is_played(
    repo_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files are taken away as those of printed sheets are, and found as papers."""
    example = runpy.run_path(str(repo_root / "examples" / "root_ceremony.py"))
    ceremony = example["Ceremony"](tmp_path / "ceremony")
    split_folder(tmp_path / "ceremony" / "escrow-1")
    envelope = draw_envelope(envelope_document(200), Paper.A4)
    (tmp_path / "ceremony" / "escrow-1" / folder.ESCROW / folder.ENVELOPE_PDF_FILE).write_bytes(envelope)
    ceremony.print()
    assert "printing is played" in capsys.readouterr().out
    assert set(ceremony.papers) == {"Board/1", "Board/2", "Board/3"}
    assert [paper.read_bytes() for paper in ceremony.envelopes] == [envelope, envelope]
    assert [file.name for file in (tmp_path / "ceremony" / "escrow-1").iterdir()] == [folder.ESCROW]
    for number, sheet in BOARD.items():
        words = example["printed_words"](ceremony.papers[f"Board/{number}"])
        assert " ".join(words[place] for place in sorted(words)) == sheet.share.text


def test_every_example_has_a_test(repo_root: Path) -> None:
    programs = sorted(file.name for file in (repo_root / "examples").glob("*.py"))
    assert programs == ["root_ceremony.py", "split_and_recover.py", "thirty_years.py"]

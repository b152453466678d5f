"""`rootescrow status --out`: the call list, written once and never over another."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2
import pytest

from rootescrow.register.folder import create, load_register
from tests.ceremony.papers.todays import USUAL, confirmed, record_of
from tests.cli.support import inside
from tests.paper.support import texts
from tests.register.support import make_journal, make_record

NAME = "K7QD-M2XA-call-list.pdf"


def make(where: Path, plan: str | None = None) -> Path:
    """An escrow folder; with a plan if there is one."""
    record = make_record() if plan is None else record_of(plan)
    files = {} if plan is None else {"escrow/plan.toml": plan.encode()}
    create(where / "made", files, record.dump(), make_journal(*confirmed(record), record=record).dump())
    return where / "made" / "escrow"


@pytest.fixture
def escrow(tmp_path: Path) -> Path:
    return make(tmp_path, USUAL)


def size(pdf: Path) -> tuple[float, float]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        width, height = document[0].get_size()
        return round(width), round(height)
    finally:
        document.close()


def test_it_is_written_beside_what_status_says(escrow: Path, tmp_path: Path) -> None:
    alone = inside("status", escrow)
    done = inside("status", escrow, "--out", tmp_path / "papers")
    assert (done.status, done.out) == (0, alone.out)
    assert done.err == f"Written: {tmp_path / 'papers' / NAME}\n"
    pages = "".join(texts((tmp_path / "papers" / NAME).read_bytes()))
    register = load_register(escrow)
    assert str(register.journal.head) in pages
    assert register.record.check_code in pages
    assert "+41 44 000 00 01" in pages
    assert (tmp_path / "papers" / NAME).stat().st_mode & 0o777 == 0o600
    assert size(tmp_path / "papers" / NAME) == (595, 842)


def test_for_programs_too(escrow: Path, tmp_path: Path) -> None:
    done = inside("status", escrow, "--json", "--out", tmp_path)
    assert done.status == 0
    assert json.loads(done.out)["escrow_id"] == "K7QD-M2XA"
    assert (tmp_path / NAME).is_file()


def test_on_letter_and_of_a_copy(escrow: Path, tmp_path: Path) -> None:
    (escrow / "COPY").touch()
    assert inside("status", escrow, "--out", tmp_path, "--paper", "letter").status == 0
    assert size(tmp_path / NAME) == (612, 792)
    assert "Printed from a copy" in texts((tmp_path / NAME).read_bytes())[0]


def test_the_paper_is_that_of_the_plan(tmp_path: Path) -> None:
    escrow = make(tmp_path, USUAL.replace('paper = "a4"', 'paper = "letter"'))
    assert inside("status", escrow, "--out", tmp_path).status == 0
    assert size(tmp_path / NAME) == (612, 792)


def test_without_a_plan(tmp_path: Path) -> None:
    assert inside("status", make(tmp_path), "--out", tmp_path).status == 0
    assert "No plan is in the escrow folder" in texts((tmp_path / NAME).read_bytes())[0].replace("\n", " ")


def test_an_older_list_is_never_overwritten(escrow: Path, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("an older list")
    done = inside("status", escrow, "--out", tmp_path)
    assert (done.status, done.out) == (7, "")
    assert "is there already" in done.err
    assert (tmp_path / NAME).read_text() == "an older list"


def test_a_folder_that_cannot_be_written_and_a_paper_for_nothing(escrow: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert inside("status", escrow, "--out", tmp_path / "file").status == 7
    assert inside("status", escrow, "--out", tmp_path / "none" / "none").status == 7
    done = inside("status", escrow, "--paper", "letter")
    assert (done.status, done.out) == (2, "")
    assert "--out" in done.err
    assert inside("status", escrow, "--out", tmp_path, "--paper", "a3").status == 2
    assert not list(tmp_path.glob("*.pdf"))

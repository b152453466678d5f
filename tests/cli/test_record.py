"""`rootescrow record`: shown, printed, published; and nothing overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rootescrow.ceremony.papers.record import draw_record
from rootescrow.paper.layout import Paper
from rootescrow.register.folder import create
from rootescrow.register.published import PublishedRecord
from rootescrow.register.record import Record
from rootescrow.register.schema import schema
from tests.ceremony.papers.support import records
from tests.cli.support import Ceremony, inside
from tests.register.support import make_journal

RECORD = records()["usual"]
UNREAD = (
    f"Escrow {RECORD.escrow_id}: printed, not confirmed. Never read back: Board/1, Board/2, Board/3, Board/4, Board/5, "
    "Arbitration/1, Arbitration/2, Arbitration/3, Passphrase/1, Passphrase/2, Passphrase/3, the envelope.\n"
)


@pytest.fixture
def escrow(tmp_path: Path) -> Path:
    """An escrow folder with a record that says everything."""
    create(tmp_path / "made", {}, RECORD.dump(), make_journal(record=RECORD).dump())
    return tmp_path / "made" / "escrow"


def test_split_writes_the_record_on_paper_beside_it(ceremony: Ceremony) -> None:
    folder = ceremony.escrow
    record = Record.load((folder / "record.json").read_bytes())
    assert (folder / "record.pdf").read_bytes() == draw_record(record, Paper.A4)
    assert (folder / "record.pdf").stat().st_mode & 0o777 == 0o600


def test_show_says_what_was_made(escrow: Path) -> None:
    done = inside("record", "show", escrow)
    assert (done.status, done.err) == (0, UNREAD)
    assert f"Record's check code: {RECORD.check_code} (compare it with the one on any sheet)" in done.out
    for sheet in RECORD.sheets:
        assert f"{sheet.name}: {sheet.office}, {sheet.person}, {sheet.place}, bag {sheet.bag}\n" in done.out
    assert "Needed: any 3 of the 5 Board sheets and any 2 of the 3 Arbitration sheets.\n" in done.out
    assert "Needed for the passphrase: any 2 of the 3 Passphrase sheets.\n" in done.out
    assert "Passphrase/3: " in done.out
    assert "Accepted: AU-5: two members only this year\n" in done.out
    assert RECORD.envelope.sha256 in done.out
    assert list(escrow.parent.parent.iterdir()) == [escrow.parent]


def test_show_of_a_bare_record_leaves_nothing_open(tmp_path: Path) -> None:
    bare = records()["bare"].model_copy(update={"rehearsal": True})
    create(tmp_path / "made", {}, bare.dump(), make_journal(record=bare).dump())
    done = inside("record", "show", tmp_path / "made" / "escrow")
    assert done.out.startswith("REHEARSAL: its key was thrown away.\n")
    assert "Board/1: nobody named\n" in done.out
    assert "SPKI SHA-256: unknown\n" in done.out
    assert "Authority: no motion\n" in done.out


@pytest.mark.parametrize("paper", list(Paper))
def test_show_prints_it_where_it_is_told(escrow: Path, tmp_path: Path, paper: Paper) -> None:
    done = inside("record", "show", escrow, "--out", tmp_path / "papers", "--paper", paper)
    assert (done.status, done.err) == (0, f"Written: {tmp_path / 'papers' / 'record.pdf'}\n{UNREAD}")
    assert (tmp_path / "papers" / "record.pdf").read_bytes() == draw_record(RECORD, paper)
    assert (tmp_path / "papers" / "record.pdf").stat().st_mode & 0o777 == 0o600


def test_nothing_is_overwritten(escrow: Path, tmp_path: Path) -> None:
    for name in ("record.pdf", "published.json"):
        (tmp_path / name).write_text("mine")
    for arguments in (
        ("record", "show", escrow, "--out", tmp_path),
        ("record", "publish", escrow, "--out", tmp_path / "published.json"),
    ):
        done = inside(*arguments)
        assert (done.status, done.out) == (7, "")
        assert "is there already" in done.err
    assert (tmp_path / "record.pdf").read_text() == (tmp_path / "published.json").read_text() == "mine"


def test_where_nothing_can_be_written_nothing_is_left(escrow: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "no" / "such" / "folder", tmp_path / "file"):
        assert inside("record", "show", escrow, "--out", out).status == 7
        assert inside("record", "publish", escrow, "--out", out / "published.json").status == 7
    assert {path.name for path in tmp_path.iterdir()} == {"made", "file"}


def test_publish_names_nobody(escrow: Path, tmp_path: Path) -> None:
    out = tmp_path / "published.json"
    done = inside("record", "publish", escrow, "--out", out)
    assert done.status == 0
    assert "redacted" in done.out
    assert "Look through it" in done.err
    assert out.read_bytes() == PublishedRecord.of(RECORD).dump()
    assert "Example" not in out.read_text().replace(RECORD.key.name, "")


def test_the_schemas_are_printed_as_they_are() -> None:
    assert inside("record", "schema").out.encode() == schema(Record)
    assert inside("record", "schema", "--published").out.encode() == schema(PublishedRecord)
    assert json.loads(inside("record", "schema").out)["title"] == "Record"


@pytest.mark.parametrize("command", [("show",), ("publish", "--out", "published.json")])
def test_what_is_no_escrow_is_said_to_be_none(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = inside("record", command[0], tmp_path, *command[1:])
    assert done.status == 7
    assert "is no escrow" in done.err


def test_a_record_in_another_form_is_refused(escrow: Path, tmp_path: Path) -> None:
    path = escrow / "record.json"
    path.write_text(json.dumps(json.loads(path.read_bytes())))
    for arguments in (("show", escrow), ("publish", escrow, "--out", tmp_path / "published.json")):
        done = inside("record", *arguments)
        assert (done.status, done.out) == (3, "")
        assert "edited or reformatted" in done.err
    assert not (tmp_path / "published.json").exists()


def test_a_swapped_hash_gives_another_check_code(escrow: Path) -> None:
    first, second = (sheet.words_sha256.encode() for sheet in RECORD.sheets[:2])
    path = escrow / "record.json"
    path.write_bytes(path.read_bytes().replace(first, b"?").replace(second, first).replace(b"?", second))
    shown = inside("record", "show", escrow)
    assert shown.status == 0
    assert RECORD.check_code not in shown.out

"""Papers and the line that they tell of: the papers first, and none if the line cannot be written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rootescrow.errors import FileError, JournalError, UsageError
from rootescrow.register import folder
from rootescrow.register.events import Note, Void
from rootescrow.register.folder import load_register
from rootescrow.register.register import Register

from .support import NOON, make_journal, make_record
from .test_folder_journal import killed

NOTE = Note(text="a note")


@pytest.fixture
def escrow(tmp_path: Path) -> Path:
    """An escrow folder."""
    record = make_record()
    folder.create(tmp_path / "made", {}, record.dump(), make_journal(record=record).dump())
    return tmp_path / "made" / folder.ESCROW


def papers(register: Register) -> Mapping[str, bytes]:
    """One in the folder, one below it, each with the head that the journal will have."""
    head = str(register.journal.head).encode()
    return {"paper.pdf": head, "secret/sheet.pdf": b"sheet " + head}


def heads(escrow: Path) -> int:
    return len(load_register(escrow).journal.lines)


def test_they_bear_the_head_after_the_line(escrow: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    register = folder.append(escrow, NOTE, now=NOON, out=out, papers=papers)
    assert (out / "paper.pdf").read_text() == str(register.journal.head)
    assert (out / "secret" / "sheet.pdf").read_text() == f"sheet {register.journal.head}"
    assert register.journal.head == load_register(escrow).journal.head
    assert [(out / name).stat().st_mode & 0o777 for name in ("secret", "secret/sheet.pdf")] == [0o700, 0o600]


def test_a_folder_that_is_there_is_used(escrow: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "other").write_text("kept")
    folder.append(escrow, NOTE, now=NOON, out=tmp_path / "out", papers=papers)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["other", "paper.pdf", "secret"]


@pytest.mark.parametrize("name", ["paper.pdf", "secret"])
def test_nothing_is_overwritten_and_then_nothing_is_written(escrow: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("kept")
    with pytest.raises(FileError, match=f"{name} is there already"):
        folder.append(escrow, NOTE, now=NOON, out=tmp_path / "out", papers=papers)
    assert [(path.name, path.read_text()) for path in (tmp_path / "out").iterdir()] == [(name, "kept")]
    assert heads(escrow) == 1


def test_what_cannot_have_happened_writes_no_paper(escrow: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no sheet Board/9"):
        folder.append(escrow, Void(sheet="Board/9", reason="x"), now=NOON, out=tmp_path / "out", papers=papers)
    assert not (tmp_path / "out").exists()


def test_a_paper_that_cannot_be_drawn_writes_no_line(escrow: Path, tmp_path: Path) -> None:
    def fail(register: Register) -> Mapping[str, bytes]:
        raise UsageError("no such letter")

    with pytest.raises(UsageError, match="no such letter"):
        folder.append(escrow, NOTE, now=NOON, out=tmp_path / "out", papers=fail)
    assert heads(escrow) == 1
    assert not (tmp_path / "out").exists()


def test_a_journal_that_cannot_be_written_leaves_no_paper(escrow: Path, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes((escrow / folder.JOURNAL_FILE).read_bytes())
    (escrow / folder.JOURNAL_FILE).unlink()
    (escrow / folder.JOURNAL_FILE).symlink_to(tmp_path / "real")
    with pytest.raises(FileError, match="is a link"):
        folder.append(escrow, NOTE, now=NOON, out=tmp_path / "out", papers=papers)
    assert not (tmp_path / "out").exists()


def test_a_journal_that_is_not_whole_stops_before(escrow: Path, tmp_path: Path) -> None:
    with (escrow / folder.JOURNAL_FILE).open("ab") as file:
        file.write(b"{")
    with pytest.raises(JournalError):
        folder.append(escrow, NOTE, now=NOON, out=tmp_path / "out", papers=papers)
    assert not (tmp_path / "out").exists()


@pytest.mark.long
def test_killed_anywhere_no_line_is_without_its_papers(escrow: Path, tmp_path: Path) -> None:
    """Papers without their line there may be; they are never overwritten, and another place takes new ones."""
    step = left = written = 0
    while True:
        out, before = tmp_path / str(step), load_register(escrow).journal
        was_killed = killed(step, lambda: folder.append(escrow, NOTE, now=NOON, out=out, papers=papers))  # noqa: B023
        after = load_register(escrow)
        whole = out.is_dir() and {p.name: p.read_bytes() for p in out.rglob("*.pdf")} == {
            Path(name).name: data for name, data in papers(after).items()
        }
        if after.journal == before:
            left += out.is_dir()
            if (out / "paper.pdf").exists():
                with pytest.raises(FileError, match="is there already"):
                    folder.append(escrow, NOTE, now=NOON, out=out, papers=papers)
        else:
            assert after.journal.continues(before)
            assert whole
            written += 1
        if not was_killed:
            break
        step += 1
    assert left > 5
    assert written > 1, "some kills came after the new journal was in place"

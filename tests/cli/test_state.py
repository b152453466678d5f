"""An escrow that is printed and not confirmed is said to be that by every command on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rootescrow.register.events import AnyEvent, Confirmed, How
from rootescrow.register.folder import create
from tests.cli.support import inside
from tests.register.support import make_journal, make_record

RECORD = make_record()
SAID = "Escrow K7QD-M2XA: printed, not confirmed. Never read back: Board/1, Board/2,"
EVERY = tuple(Confirmed(sheet=sheet.name, how=How.TYPED, by="") for sheet in RECORD.sheets)
COMMANDS = (
    ("journal show {escrow}", 0),
    ("journal check {escrow}", 0),
    ("journal note {escrow} text", 0),
    ("record show {escrow}", 0),
    ("record publish {escrow} --out {here}/published.json", 0),
    ("print {escrow}/.. --printer laser", 0),
    ("inspect nothing --escrow {escrow}", 7),
    ("recover nothing --escrow {escrow} --out {here}/key.pem", 7),
    ("passphrase split --for {escrow} --shares 2/3 --out {here}/p --passphrase-file nothing", 7),
)


def said(tmp_path: Path, command: str, *events: AnyEvent) -> tuple[int, str]:
    """How a command on an escrow with these events ended, and what it said on standard error."""
    create(tmp_path / "out", {}, RECORD.dump(), make_journal(*events, record=RECORD).dump())
    words = [word.format(escrow=tmp_path / "out" / "escrow", here=tmp_path) for word in command.split()]
    done = inside(*words)
    return done.status, done.err


@pytest.mark.parametrize(("command", "status"), COMMANDS, ids=lambda value: str(value).partition(" {")[0])
def test_what_was_never_read_back_is_said(tmp_path: Path, command: str, status: int) -> None:
    ended, err = said(tmp_path, command, EVERY[-1])
    assert ended == status
    assert SAID in err
    assert "Arbitration/3" not in err


@pytest.mark.parametrize(("command", "status"), COMMANDS, ids=lambda value: str(value).partition(" {")[0])
def test_nothing_is_said_when_all_was(tmp_path: Path, command: str, status: int) -> None:
    ended, err = said(tmp_path, command, *EVERY)
    assert ended == status
    assert "confirmed" not in err


def test_what_needs_no_journal_does_not_fail_without_one(tmp_path: Path) -> None:
    create(tmp_path / "out", {}, RECORD.dump(), make_journal(record=RECORD).dump())
    (tmp_path / "out" / "escrow" / "journal.jsonl").unlink()
    done = inside("record", "show", tmp_path / "out" / "escrow")
    assert done.status == 0
    assert "What happened since the escrow was made is not known: " in done.err

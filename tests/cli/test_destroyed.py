"""`rootescrow destroyed`, as its users run it: facts, what is left, and what is to be destroyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from rootescrow.register import folder
from rootescrow.register.events import AnyEvent
from rootescrow.register.record import Record
from tests.ceremony.test_destruction import RECOVERED, SEPARATE, SUPERSEDED
from tests.cli.support import inside
from tests.cli.terminal import Terminal
from tests.paper.support import texts
from tests.register.support import make_journal, make_record

RECORD = make_record(envelope=SEPARATE)
WITNESSES = ("--witness", "Ada Example", "--witness", "Bo Example")


def escrow(where: Path, *events: AnyEvent, record: Record = RECORD) -> Path:
    folder.create(where / "out", {}, record.dump(), make_journal(*events, record=record).dump())
    return where / "out" / "escrow"


def test_what_was_destroyed_and_what_is_left(tmp_path: Path) -> None:
    old = escrow(tmp_path, RECOVERED, SUPERSEDED)
    done = inside("destroyed", old, "Board/1", "root.p8.pem", "USB stick 1", *WITNESSES)
    assert (done.status, done.err) == (0, "")
    register = folder.load_register(old)
    assert done.out == (
        "In the journal: destroyed: Board/1, USB stick 1, root.p8.pem, before Ada Example, Bo Example\n"
        "Escrow K7QD-M2XA, generation 1: superseded by escrow CCCC-DDDD, and live until it is destroyed\n"
        "Sheets left: Board/2, Board/3, Board/4, Board/5, Arbitration/1, Arbitration/2, Arbitration/3\n"
        "Media left:  none\n"
        "It ends soonest when these are destroyed: any 2 of Board/2, Board/3, Board/4, Board/5, or every envelope\n"
        f"Journal head: {register.journal.head}\n"
    )
    assert register.copies == ()
    done = inside("destroyed", old, "arbitration/3", "Arbitration/1", *WITNESSES)
    assert "generation 1: destroyed: it can recover nothing\nSheets left: Board/2" in done.out
    assert "soonest" not in done.out
    assert not folder.load_register(old).live


def test_every_envelope_ends_it_as_well(tmp_path: Path) -> None:
    old = escrow(tmp_path, SUPERSEDED)
    done = inside("destroyed", old, "every envelope", *WITNESSES)
    assert "destroyed: it can recover nothing" in done.out
    again = inside("destroyed", old, "every envelope", *WITNESSES)
    assert again.status == 0, "whoever finds another one says it again"
    (old / "envelope.cms").write_bytes(b"an envelope")
    refused = inside("destroyed", old, "every envelope", *WITNESSES)
    assert (refused.status, "envelope.cms is one; remove it first" in refused.err) == (2, True)


def test_without_an_item_it_says_what_is_left(tmp_path: Path) -> None:
    old = escrow(tmp_path, SUPERSEDED)
    before = (old / "journal.jsonl").read_bytes()
    done = inside("destroyed", old)
    assert done.status == 0
    assert "It ends soonest when these are destroyed: any 2 of Arbitration/1" in done.out
    assert (old / "journal.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("Board/9",), 2, "there is no Board/9 left\n  There are: Board/1, Board/2"),
        (("--witness", "Ada"), 2, "witnesses of what?"),
        (("Board/1", "--witness", "x" * 501), 2, "the witnesses are one line"),
        (("Board/1", "--witness", "academic acid acrobat again"), 2, "reads like the words of a share"),
    ],
)
def test_what_it_cannot_write(arguments: tuple[str, ...], status: int, says: str, tmp_path: Path) -> None:
    old = escrow(tmp_path, SUPERSEDED)
    before = (old / "journal.jsonl").read_bytes()
    done = inside("destroyed", old, *arguments)
    assert (done.status, done.out) == (status, "")
    assert says in done.err
    assert (old / "journal.jsonl").read_bytes() == before


def test_a_copy_is_told_nothing(tmp_path: Path) -> None:
    old = escrow(tmp_path, SUPERSEDED)
    (old / "COPY").touch()
    assert inside("destroyed", old, "Board/1", *WITNESSES).status == 7
    assert inside("destroyed", old).status == 0
    assert inside("destroyed", tmp_path).status == 7


def test_two_witnesses_are_asked_for_and_not_forced(tmp_path: Path) -> None:
    old = escrow(tmp_path, SUPERSEDED)
    done = inside("destroyed", old, "Board/1", "--witness", "Ada")
    assert (done.status, done.err) == (0, "Warning: 1 witness; two sign.\n")
    assert inside("destroyed", old, "Board/2").err == "Warning: no witnesses; two sign.\n"


def test_a_key_that_would_be_lost_is_asked_for_once_more(tmp_path: Path) -> None:
    live = escrow(tmp_path)
    arguments = ("destroyed", live, "Board/1", "Board/2", "Board/3", *WITNESSES)
    before = (live / "journal.jsonl").read_bytes()
    done = inside(*arguments)
    assert (done.status, done.out) == (2, "")
    assert "WARNING: escrow K7QD-M2XA was not superseded, and without these it can recover nothing" in done.err
    assert "say it again with --yes" in done.err
    assert (live / "journal.jsonl").read_bytes() == before
    done = inside(*arguments, "--yes")
    assert done.status == 0, "it is a fact, and is never refused in the end"
    assert "WARNING" in done.err


def test_it_is_asked_at_a_terminal(tmp_path: Path) -> None:
    live = escrow(tmp_path)
    for answer, status in (("no", 2), ("yes", 0)):
        terminal = Terminal(["destroyed", live, "every envelope", *WITNESSES], tmp_path)
        try:
            terminal.until("Were they destroyed\\? Type yes")
            terminal.type(answer)
            assert terminal.end() == status, terminal.shown
        finally:
            terminal.close()
    assert folder.load_register(live).envelopes_destroyed


def test_the_list_is_printed_again_with_what_is_left(tmp_path: Path) -> None:
    old = escrow(tmp_path, SUPERSEDED)
    done = inside("destroyed", old, "Arbitration/2", "Board/5", *WITNESSES, "--out", tmp_path / "papers")
    assert done.status == 0, done.err
    path = tmp_path / "papers" / "destruction-list.pdf"
    assert f"Written: {path}" in done.out
    printed = "\n".join(texts(path.read_bytes()))
    assert str(folder.load_register(old).journal.head) in printed
    assert "Board/4" in printed
    assert "Board/5" not in printed
    assert inside("destroyed", old, "--out", tmp_path / "papers").status == 7, "nothing is overwritten"


def test_there_is_no_list_before_a_rekey(tmp_path: Path) -> None:
    done = inside("destroyed", escrow(tmp_path), "--out", tmp_path / "papers")
    assert done.status == 2
    assert "was not superseded: there is no old generation to be destroyed" in done.err
    assert not (tmp_path / "papers").exists()


def test_help_has_an_example() -> None:
    done = inside("destroyed", "--help")
    assert done.status == 0
    assert "rootescrow destroyed escrow-1/escrow 'Board/1' 'Board/2' --witness" in done.out

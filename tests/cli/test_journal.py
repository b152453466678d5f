from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from rootescrow.register.events import Destroyed, Note
from rootescrow.register.folder import append, create, load_register
from rootescrow.shamir.words import WORDS
from tests.cli.support import inside
from tests.register.support import EVENTS, NOON, make_journal, make_record

HAPPENED = (
    *EVENTS[:5],
    Destroyed(sheets=("Board/3",), media=("USB stick 1",), every_envelope=False, witnesses="Ada, Bo"),
)
UNREAD = (
    "Escrow K7QD-M2XA: printed, not confirmed. Never read back: Board/2, Board/4, Board/5, Arbitration/1, "
    "Arbitration/2, Arbitration/3.\n"
)


@pytest.fixture
def escrow(tmp_path: Path) -> Path:
    """An escrow folder in which something has happened."""
    create(tmp_path / "out", {}, make_record().dump(), make_journal(*HAPPENED).dump())
    return tmp_path / "out" / "escrow"


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run the command; its exit status, and what it said on standard output and error."""
    done = inside(*arguments)
    return done.status, done.out, done.err


def damage(escrow: Path, number: int) -> None:
    """Change a letter of one line."""
    lines = (escrow / "journal.jsonl").read_bytes().split(b"\n")
    lines[number - 1] = lines[number - 1].replace(b"safe", b"cafe")
    (escrow / "journal.jsonl").write_bytes(b"\n".join(lines))


def test_show(escrow: Path) -> None:
    status, out, err = run("journal", "show", escrow)
    journal = load_register(escrow).journal
    assert (status, err) == (0, UNREAD)
    assert out.splitlines() == [
        "   1  2026-11-23T12:00:00Z  made       escrow K7QD-M2XA was made, generation 1",
        "   2  2026-11-23T12:01:00Z  printed    Board/1 was printed on laser",
        "   3  2026-11-23T12:02:00Z  confirmed  Board/1 was confirmed from its paper, by scan, by Ada Éxample",
        "   4  2026-11-23T12:03:00Z  note       The safe has a new lock.",
        "   5  2026-11-23T12:04:00Z  handover   Board/2 was handed over, its bag opened: now Cy, Graz, bag B7",
        "   6  2026-11-23T12:05:00Z  void       Board/3 is void: lost in a fire",
        "   7  2026-11-23T12:06:00Z  destroyed  destroyed: Board/3, USB stick 1, before Ada, Bo",
        f"Journal head: {journal.head}",
    ]


def test_show_of_a_damaged_journal_shows_what_is_whole(escrow: Path) -> None:
    damage(escrow, 4)
    status, out, err = run("journal", "show", escrow)
    assert status == 5
    assert [line.split()[0] for line in out.splitlines()] == ["1", "2", "3", "4"]
    assert "line 5 of the journal does not follow line 4: line 4 was changed" in err
    assert "Journal head" not in out


def test_show_of_what_cannot_have_happened(escrow: Path) -> None:
    text = (escrow / "journal.jsonl").read_text().splitlines(keepends=True)
    (escrow / "journal.jsonl").write_text("".join(text[:-1]) + text[-1].replace("Board/3", "Board/7"))
    status, out, err = run("journal", "show", escrow)
    assert (status, len(out.splitlines())) == (5, 7)
    assert "line 7 of the journal cannot be: there is no sheet Board/7" in err


def test_check(escrow: Path) -> None:
    head = load_register(escrow).journal.head
    status, out, err = run("journal", "check", escrow)
    assert status == 0
    assert out.splitlines() == [
        "The journal is whole: 7 lines, and it is of this record.",
        f"Journal head: {head} (SHA-256 {head.sha256})",
    ]
    assert "only the head on a report tells: --head" in err
    for form in (str(head), head.code.lower(), head.sha256):
        status, out, err = run("journal", "check", escrow, "--head", form)
        assert (status, out.splitlines()[-1], err) == (0, "It is the head that you gave.", UNREAD)


def test_check_of_a_journal_that_went_on(escrow: Path) -> None:
    head = load_register(escrow).journal.head
    append(escrow, Note(text="one more"), now=NOON + datetime.timedelta(days=1))
    status, out, _ = run("journal", "check", escrow, "--head", str(head))
    assert status == 0
    assert out.splitlines()[-1] == "The head that you gave is that of line 7: 1 line came after it."


def test_check_of_a_journal_that_was_cut_changed_or_forked(escrow: Path) -> None:
    head = load_register(escrow).journal.head
    data = (escrow / "journal.jsonl").read_bytes()
    lines = data.splitlines(keepends=True)
    for changed, said in (
        (b"".join(lines[:-1]), "the journal was cut: the head is that of line 7, and it ends with line 6"),
        (b"".join(lines[:-1]) + lines[-1].replace(b"Ada", b"Eva"), "line 7 is not the one with this head"),
        (b"".join(lines[:3] + lines[4:]), "line 4 of the journal is missing or was moved"),
        (b"".join([*lines[:4], lines[5], lines[4], lines[6]]), "line 5 of the journal is missing or was moved"),
        (data[:-1], "line 7 of the journal is cut"),
    ):
        (escrow / "journal.jsonl").write_bytes(changed)
        status, out, err = run("journal", "check", escrow, "--head", str(head))
        assert (status, out) == (5, "")
        assert said in err


def test_check_of_what_is_no_head(escrow: Path) -> None:
    status, _, err = run("journal", "check", escrow, "--head", "twelve")
    assert status == 3
    assert "It looks like 12:ABCD-EFGH-IJKL-MNOP" in err


def test_note(escrow: Path) -> None:
    status, out, err = run("journal", "note", escrow, "Board/2 is at the bank: 'äöü'.")
    journal = load_register(escrow).journal
    assert (status, len(journal.lines), err) == (0, 8, UNREAD)
    assert str(journal.lines[-1].event) == "Board/2 is at the bank: 'äöü'."
    assert out.splitlines()[0].endswith("note       Board/2 is at the bank: 'äöü'.")
    assert out.splitlines()[1] == f"Journal head: {journal.head}"
    assert abs(journal.lines[-1].time - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(hours=1)


def test_a_clock_that_went_back_is_told(escrow: Path) -> None:
    append(escrow, Note(text="from the future"), now=datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC))
    status, _, err = run("journal", "note", escrow, "today")
    assert status == 0
    assert "Line 9 is dated before the line before it" in err
    for command in ("show", "check"):
        assert "Line 9 is dated before" in run("journal", command, escrow)[2]


@pytest.mark.parametrize("text", ["", " ", "two\nlines", "x" * 501, "\x1b[2J"])
def test_a_note_that_cannot_be(escrow: Path, text: str) -> None:
    before = (escrow / "journal.jsonl").read_bytes()
    status, out, err = run("journal", "note", escrow, text)
    assert (status, out) == (2, "")
    assert "a note is one line" in err
    assert "\x1b" not in err
    assert (escrow / "journal.jsonl").read_bytes() == before


def test_words_of_a_share_are_neither_written_nor_echoed(escrow: Path) -> None:
    words = WORDS[500:533]
    status, out, err = run("journal", "note", escrow, "Board/2 says: " + " ".join(words))
    assert (status, out) == (2, "")
    assert "never written down" in err
    for said in (err, *(file.read_text(errors="replace") for file in escrow.iterdir())):
        assert not any(" ".join(words[at : at + 2]) in said for at in range(32))


def test_a_copy_takes_no_note(escrow: Path) -> None:
    (escrow / "COPY").touch()
    status, _, err = run("journal", "note", escrow, "a note")
    assert status == 7
    assert "marked as a copy" in err
    assert run("journal", "check", escrow)[0] == 0


@pytest.mark.parametrize("command", [("show",), ("check",), ("note", "text")])
def test_no_escrow_and_no_journal(escrow: Path, command: tuple[str, ...]) -> None:
    name, *rest = command
    status, _, err = run("journal", name, escrow.parent, *rest)
    assert status == 7
    assert f"Name {escrow} instead." in err
    (escrow / "journal.jsonl").unlink()
    status, _, err = run("journal", name, escrow, *rest)
    assert status == 5
    assert "holds a record and no journal.jsonl" in err


@pytest.mark.parametrize("command", [(), ("show",), ("check",), ("note",)])
def test_help_has_an_example(command: tuple[str, ...]) -> None:
    status, out, _ = run("journal", *command, "--help")
    assert status == 0
    assert f"Example:\n    rootescrow journal {command[0] if command else 'show'} escrow-1/escrow" in out


def test_the_lines_are_json_that_other_tools_read(escrow: Path) -> None:
    lines = (escrow / "journal.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["made", *(event.kind for event in HAPPENED)]

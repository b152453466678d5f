"""Printing by a real CUPS, of these tests alone; its printer keeps its paper."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rootescrow.ceremony.printing import find, print_sheets
from rootescrow.ceremony.spooler import Outcome
from rootescrow.errors import PaperError, RuleError
from rootescrow.paper.pdf import pdf_sizes
from rootescrow.paper.reading import read_pdf
from rootescrow.paper.sheets import Paper
from rootescrow.register import folder
from tests.ceremony.printer import BOARD, Scripted, split_folder
from tests.cli.terminal import Terminal
from tests.cups import PRINTER, Cups, scheduler
from tests.paper.support import ID, sheet


@pytest.fixture(scope="module")
def running(program: Callable[[str], str]) -> Iterator[Cups]:
    """One scheduler for all of these tests."""
    with scheduler(program) as cups:
        yield cups


@pytest.fixture
def cups(running: Cups) -> Iterator[Cups]:
    """With one empty queue, to a printer that works, and nothing kept."""
    with running.queue():
        yield running


def share_of(paper: Path) -> set[str]:
    """What the codes on a paper say."""
    return {text for page in read_pdf(paper.read_bytes(), paper.name, dpi=300) for text in page.texts}


def secrets(out: Path) -> list[str]:
    place = out / folder.SECRET
    return sorted(path.name for path in place.iterdir()) if place.exists() else []


def test_what_comes_out_is_what_was_split(cups: Cups, tmp_path: Path) -> None:
    sheets = [*BOARD.values(), sheet(group_index=1, number=3)]
    out = split_folder(tmp_path / "out", sheets)
    operator = Scripted()
    assert print_sheets(find(out), PRINTER, cups.spooler, operator) == ()
    assert operator.outcomes == [Outcome.PRINTED] * 4
    assert [share_of(paper) & {one.share.text} for paper, one in zip(cups.papers, sheets, strict=True)] == [
        {one.share.text} for one in sheets
    ]
    assert len(share_of(cups.papers[3])) == 5, "the share, and the four codes of the envelope"
    assert [title for title, _ in cups.jobs] == [f"{ID} {numbers}" for numbers in ("1-1", "1-2", "1-3", "2-3")]
    assert secrets(out) == []
    assert cups.spooled == []
    assert "Ada" not in (cups.root / "log" / "error").read_text()


@pytest.mark.parametrize("paper", Paper)
def test_the_page_is_the_sheet_s_on_one_side_whatever_the_printer_s_defaults(
    cups: Cups, tmp_path: Path, paper: Paper
) -> None:
    cups.admin("lpadmin", "-p", PRINTER, "-o", "number-up-default=4", "-o", "job-hold-until-default=indefinite")
    cups.admin("lpadmin", "-p", PRINTER, "-o", "job-sheets-default=standard,standard")
    out = split_folder(tmp_path / "out", [BOARD[1]], paper=paper)
    before = pdf_sizes(next((out / "secret").iterdir()).read_bytes(), "the sheet")
    print_sheets(find(out), PRINTER, cups.spooler, Scripted())
    (came,) = cups.papers
    after = pdf_sizes(came.read_bytes(), "the paper")
    assert len(after) == len(before)
    assert all(abs(a - b) < 1 for sizes in zip(after, before, strict=True) for a, b in zip(*sizes, strict=True))
    assert "sides=one-sided" in cups.jobs[0][1]
    assert "Duplex=None" in cups.jobs[0][1]
    assert share_of(came) == {BOARD[1].share.text}


@pytest.mark.parametrize(
    ("does", "match"),
    [
        ("jams", r"is not done after 3 seconds \(paper jam\)"),
        ("fails", r"is not done after 3 seconds \(no such printer\)"),
        ("stops", "the printer or the job was stopped"),
        ("holds", "the job is held"),
        ("cancels", "was canceled before it was done"),
    ],
)
def test_a_printer_that_fails_leaves_the_file_and_no_job(cups: Cups, tmp_path: Path, does: str, match: str) -> None:
    cups.does(does)
    out = split_folder(tmp_path / "out", [BOARD[1]])
    with pytest.raises(PaperError, match=match) as raised:
        print_sheets(find(out), PRINTER, cups.spooler, Scripted(), seconds=3)
    assert "The job is no longer in the queue." in raised.value.hint
    assert len(secrets(out)) == 1
    assert cups.spooler.jobs(PRINTER) == ()
    assert cups.spooled == []
    cups.does("prints")
    cups.admin("cupsenable", PRINTER)
    assert print_sheets(find(out), PRINTER, cups.spooler, Scripted()) == ()
    assert [share_of(paper) for paper in cups.papers] == [{BOARD[1].share.text}]


def test_a_job_that_is_given_up_at_the_first_failure(cups: Cups, tmp_path: Path) -> None:
    cups.admin("lpadmin", "-p", PRINTER, "-o", "printer-error-policy=abort-job")
    cups.does("fails")
    out = split_folder(tmp_path / "out", [BOARD[1]])
    with pytest.raises(PaperError, match="was aborted before it was done"):
        print_sheets(find(out), PRINTER, cups.spooler, Scripted())
    assert len(secrets(out)) == 1


def test_without_a_history_it_cannot_be_told_how_a_job_ended(cups: Cups, tmp_path: Path) -> None:
    cups.configure("PreserveJobFiles No\nPreserveJobHistory No")
    operator = Scripted()
    assert print_sheets(find(split_folder(tmp_path / "out", [BOARD[1]])), PRINTER, cups.spooler, operator) == ()
    assert operator.outcomes == [Outcome.UNKNOWN]
    assert len(cups.papers) == 1


@pytest.mark.parametrize("keeping", ["", "PreserveJobFiles Yes"])
def test_a_cups_that_keeps_documents_is_refused(cups: Cups, tmp_path: Path, keeping: str) -> None:
    cups.configure(keeping)
    out = split_folder(tmp_path / "out", [BOARD[1]])
    with pytest.raises(RuleError, match="keeps each document"):
        print_sheets(find(out), PRINTER, cups.spooler, Scripted())
    assert cups.jobs == []


def test_a_configuration_that_is_not_in_force_yet_is_noticed_afterwards(cups: Cups, tmp_path: Path) -> None:
    cups.configure("PreserveJobFiles Yes")
    cups.configure("PreserveJobFiles No", in_force=False)
    out = split_folder(tmp_path / "out", [BOARD[1]])
    try:
        with pytest.raises(RuleError, match="CUPS has kept the document"):
            print_sheets(find(out), PRINTER, cups.spooler, Scripted())
        assert len(secrets(out)) == 1
    finally:
        for name in cups.spooled:
            (cups.root / "spool" / name).unlink()


def test_a_queue_elsewhere_a_stopped_one_and_one_that_takes_nothing(cups: Cups, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out", [BOARD[1]])
    cups.admin("cupsreject", PRINTER)
    with pytest.raises(PaperError, match="is not accepting jobs"):
        print_sheets(find(out), PRINTER, cups.spooler, Scripted())
    cups.admin("cupsdisable", PRINTER)
    with pytest.raises(PaperError, match=f"printer {PRINTER} is stopped"):
        print_sheets(find(out), PRINTER, cups.spooler, Scripted())
    cups.admin("lpadmin", "-p", PRINTER, "-v", "socket://printer.invalid")
    with pytest.raises(RuleError, match="prints elsewhere"):
        print_sheets(find(out), PRINTER, cups.spooler, Scripted())
    assert cups.jobs == []
    assert len(secrets(out)) == 1


def test_a_sheet_that_somebody_else_s_job_is_before_is_not_sent(cups: Cups, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out", [BOARD[1]])
    cups.admin("lp", "-d", PRINTER, "-H", "hold", str(next((out / "secret").iterdir())))
    with pytest.raises(PaperError, match=f"is still in queue {PRINTER}") as raised:
        print_sheets(find(out), PRINTER, cups.spooler, Scripted())
    cups.admin(*raised.value.hint.split(": ")[1].split())
    assert print_sheets(find(out), PRINTER, cups.spooler, Scripted()) == ()


def begin(cups: Cups, out: Path, *options: str) -> Terminal:
    """The command, at a terminal."""
    variables = [f"{name}={value}" for name, value in cups.environment.items() if name.startswith("CUPS")]
    program = ("env", *variables, sys.executable, "-m", "rootescrow")
    return Terminal(["print", out, "--printer", PRINTER, *options], out.parent, program=program)


def test_the_command_at_a_terminal(cups: Cups, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out", [BOARD[1], BOARD[2]])
    terminal = begin(cups, out)
    try:
        terminal.until(r"Sheet Board/1, for Ada Éxample 1, Secretary: 2 pages\.")
        terminal.until(r"stand at the printer\? \(yes, later, stop\): ")
        assert cups.jobs == []
        terminal.type("yes")
        terminal.until(r"whole and clean\? Then the file is wiped\. \(yes, again, stop\): ")
        assert len(secrets(out)) == 2
        terminal.type("yes")
        terminal.until(r"Sheet Board/2, .*\n.*stop\): ")
        assert len(secrets(out)) == 1
        terminal.type("stop")
        assert terminal.end() == 0
    finally:
        terminal.close()
    assert "Left: Board/2. The same command prints them." in terminal.shown
    assert BOARD[1].share.words[0] not in terminal.shown
    assert [share_of(paper) for paper in cups.papers] == [{BOARD[1].share.text}]


def test_ctrl_c_while_the_printer_jams(cups: Cups, tmp_path: Path) -> None:
    cups.does("jams")
    out = split_folder(tmp_path / "out", [BOARD[1]])
    terminal = begin(cups, out)
    try:
        terminal.until(r"stop\): ")
        terminal.type("yes")
        terminal.until("The printer says: paper jam")
        terminal.press(b"\x03")
        assert terminal.end() == 130
    finally:
        terminal.close()
    assert "The job is no longer in the queue." in terminal.shown
    assert cups.spooler.jobs(PRINTER) == ()
    assert len(secrets(out)) == 1

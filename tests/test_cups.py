"""A real CUPS, of these tests alone: its scheduler, its filter for PDF, and a printer on a cable that keeps its paper.

The printer is a script in the place of CUPS's own for USB: what comes out of it is a file. It listens at a socket in a
folder of its own, and at no port.
"""

from __future__ import annotations

import grp
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rootescrow.ceremony.printing import find, print_sheets
from rootescrow.ceremony.spooler import Outcome, Spooler
from rootescrow.errors import PaperError, RuleError
from rootescrow.paper.pdf import pdf_sizes
from rootescrow.paper.reading import read_pdf
from rootescrow.paper.sheets import Paper
from rootescrow.register import folder
from tests.ceremony.printer import BOARD, Scripted, split_folder
from tests.cli.terminal import Terminal
from tests.conftest import missing
from tests.paper.support import ID, sheet

PRINTER = "Cable"
PATIENCE = 20.0
"""Seconds until a scheduler that starts, or a job that begins, is taken to hang."""

CONFIGURATION = """
Listen {root}/socket
LogLevel debug
Browsing No
WebInterface No
DefaultAuthType None
{keeping}
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
FILES = """
ServerRoot {root}/etc
ServerBin {root}/bin
RequestRoot {root}/spool
TempDir {root}/spool/tmp
CacheDir {root}/cache
StateDir {root}/state
AccessLog {root}/log/access
ErrorLog {root}/log/error
PageLog {root}/log/page
SystemGroup {group}
"""
BACKEND = """#!/bin/sh
[ $# -eq 0 ] && exit 0
printf '%s\\n' "$3" "$5" > "{root}/paper/job-$1"
cat > "{root}/paper/$1.pdf.part"
case "$(cat "{root}/does")" in
prints) mv "{root}/paper/$1.pdf.part" "{root}/paper/$1.pdf" ;;
jams) echo "STATE: +media-jam-error" >&2; echo "INFO: paper jam" >&2; sleep 600 ;;
fails) echo "ERROR: no such printer" >&2; exit 1 ;;
stops) exit 4 ;;
holds) exit 3 ;;
cancels) exit 5 ;;
esac
"""
"""What CUPS starts for a job: number, user, title, copies and options are its arguments, and its status says what is to
become of job and queue (backend(7))."""
DESCRIPTION = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "CABLE.PPD"
*Manufacturer: "Test"
*Product: "(Test)"
*ModelName: "Test"
*ShortNickName: "Test"
*NickName: "Test"
*PSVersion: "(3010.000) 0"
*LanguageLevel: "3"
*ColorDevice: False
*DefaultColorSpace: Gray
*FileSystem: False
*cupsFilter2: "application/vnd.cups-pdf application/pdf 0 -"
*OpenUI *PageSize: PickOne
*DefaultPageSize: Letter
*PageSize A4: ""
*PageSize Letter: ""
*CloseUI: *PageSize
*OpenUI *PageRegion: PickOne
*DefaultPageRegion: Letter
*PageRegion A4: ""
*PageRegion Letter: ""
*CloseUI: *PageRegion
*DefaultImageableArea: Letter
*ImageableArea A4: "12 12 583 830"
*ImageableArea Letter: "12 12 600 780"
*DefaultPaperDimension: Letter
*PaperDimension A4: "595 842"
*PaperDimension Letter: "612 792"
*OpenUI *Duplex: PickOne
*DefaultDuplex: DuplexNoTumble
*Duplex None: ""
*Duplex DuplexNoTumble: ""
*CloseUI: *Duplex
"""
"""A printer for PDF whose defaults are wrong for us: Letter, and on both sides."""


@dataclass(frozen=True)
class Cups:
    """A scheduler that runs, and its printer."""

    root: Path
    process: subprocess.Popen[bytes]

    def admin(self, program: str, *arguments: str) -> None:
        """Run a program of CUPS's administration."""
        subprocess.run([program, *arguments], env=self.environment, check=True, capture_output=True, timeout=60)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CUPS_SERVER": str(self.root / "socket"),
            "CUPS_SERVERROOT": str(self.root / "etc"),
            "PATH": os.environ["PATH"],
            "HOME": os.devnull,
        }

    @property
    def spooler(self) -> Spooler:
        return replace(Spooler.of(self.environment), cancel_seconds=5)

    def does(self, what: str) -> None:
        """What the printer will do with its next job."""
        (self.root / "does").write_text(what)

    def configure(self, keeping: str, *, in_force: bool = True) -> None:
        """What the scheduler is to keep."""
        (self.root / "etc" / "cupsd.conf").write_text(CONFIGURATION.format(root=self.root, keeping=keeping))
        if in_force:
            self.process.send_signal(signal.SIGHUP)
            time.sleep(0.2)  # until it has seen the signal; until then it answers as before
            self.wait()

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + PATIENCE
        command = ["lpstat", "-r"]
        while (
            b"is running" not in subprocess.run(command, env=self.environment, capture_output=True, check=False).stdout
        ):
            assert self.process.poll() is None, (self.root / "log" / "error").read_text()[-2000:]
            assert time.monotonic() < until, "the scheduler does not answer"
            time.sleep(0.05)

    @property
    def papers(self) -> list[Path]:
        """What came out, the first first."""
        return sorted((self.root / "paper").glob("*.pdf"), key=lambda path: int(path.stem))

    @property
    def jobs(self) -> list[tuple[str, str]]:
        """Title and options of each job, as the printer's program got them."""
        files = sorted((self.root / "paper").glob("job-*"), key=lambda path: int(path.name[4:]))
        return [(lines[0], lines[1]) for lines in (file.read_text().splitlines() for file in files)]

    @property
    def spooled(self) -> list[str]:
        """The documents that are still in the spool."""
        return [path.name for path in (self.root / "spool").glob("d*")]


@pytest.fixture(scope="module")
def scheduler(program: Callable[[str], str]) -> Iterator[Cups]:
    """CUPS as it is installed, run on its own."""
    cupsd, _ = program("cupsd"), [program(name) for name in ("lp", "lpstat", "cancel", "lpadmin", "cupsenable")]
    installed = Path("/usr/lib/cups")
    if not (installed / "filter" / "pdftopdf").exists():
        missing("the filter pdftopdf of cups-filters")
    # A socket's path has at most 107 letters, and pytest's folders have long names.
    root = Path(tempfile.mkdtemp(prefix="cups"))
    root.chmod(0o711)  # filters run as another user, if the scheduler is root
    try:
        for name in ("etc/ppd", "spool/tmp", "cache", "state", "log", "paper", "bin/backend"):
            (root / name).mkdir(parents=True)
        for folder_ in ("filter", "daemon", "notifier"):
            (root / "bin" / folder_).symlink_to(installed / folder_)
        for scheme in ("usb", "socket"):
            backend = root / "bin" / "backend" / scheme
            backend.write_text(BACKEND.format(root=root))
            backend.chmod(0o700)  # as nobody but its owner may run it, the scheduler runs it as itself
        (root / "cable.ppd").write_text(DESCRIPTION)
        group = grp.getgrgid(os.getegid()).gr_name
        (root / "etc" / "cups-files.conf").write_text(FILES.format(root=root, group=group))
        (root / "etc" / "cupsd.conf").write_text(CONFIGURATION.format(root=root, keeping="PreserveJobFiles No"))
        command = [cupsd, "-f", "-c", f"{root}/etc/cupsd.conf", "-s", f"{root}/etc/cups-files.conf"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                yield Cups(root, process)
            finally:
                process.terminate()
    finally:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def cups(scheduler: Cups) -> Iterator[Cups]:
    """With one empty queue, to a printer that works, and nothing kept."""
    scheduler.wait()
    scheduler.configure("PreserveJobFiles No")
    scheduler.does("prints")
    for paper in (scheduler.root / "paper").iterdir():
        paper.unlink()
    scheduler.admin(
        *("lpadmin", "-p", PRINTER, "-v", "usb://Test/Cable", "-P", str(scheduler.root / "cable.ppd"), "-E"),
        *("-o", "printer-error-policy=retry-job"),
    )
    yield scheduler
    scheduler.admin("lpadmin", "-x", PRINTER)


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

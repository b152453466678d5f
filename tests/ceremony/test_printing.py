"""Printing with programs that stand in for lpstat, lp and cancel: what is asked in which order, what goes wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from rootescrow.ceremony import printing
from rootescrow.ceremony.machine import Machine
from rootescrow.ceremony.printing import Answer, Result, find, print_sheets, wipe
from rootescrow.ceremony.spooler import Outcome, Spooler
from rootescrow.errors import EscrowError, FileError, MalformedError, PaperError, RuleError, UsageError
from rootescrow.paper.sheets import Paper, draw_sheet
from rootescrow.policy import Body
from rootescrow.register import folder
from rootescrow.register.record import Record, RecordedGroup, RecordedPassphrase
from tests.ceremony.printer import BOARD, RECORD, Scripted, split_folder
from tests.paper.support import ID, KEEPERS, passphrase_sheet, sheet
from tests.register.support import make_record
from tests.register.support import sheets as recorded_sheets

PRINTER = "Office"
NAMES = [f"{ID}-1-Board-{number}.pdf" for number in BOARD]

LPSTAT = r"""
case "$*" in
-v) cat "$here/queues" ;;
"-p $NAME") cat "$here/state" ;;
"-l -W not-completed -o $NAME") if [ -e "$here/active" ]; then cat "$here/active"; fi ;;
*) echo "lpstat: bad arguments $*" >&2; exit 1 ;;
esac
"""
LP = r"""
number=$(ls "$here" | grep -c '^sheet')
cat > "$here/sheet$number"
for word in "$@"; do printf '%s\n' "$word"; done > "$here/argv$number"
env > "$here/env"
echo "request id is $NAME-7 (0 file(s))"
"""
CANCEL = r"""
echo "$*" >> "$here/cancelled"
if [ -e "$here/active" ]; then rm "$here/active"; exit 0; fi
echo "cancel: cancel-job failed: Job #7 is already $(cat "$here/ended") - can't cancel." >&2
exit 1
"""


class StandIns:
    """Programs in the place of those of CUPS; what they say is in files, and what they were given too."""

    def __init__(self, here: Path) -> None:
        self.here = here
        self.write("lpstat", LPSTAT)
        self.write("lp", LP)
        self.write("cancel", CANCEL)
        (here / "queues").write_text(
            f"device for Other: socket://10.0.0.9\ndevice for {PRINTER}: usb://HP/Laser?serial=1\n"
        )
        (here / "state").write_text(f"printer {PRINTER} is idle.  enabled since Mon Nov 23 15:20:09 2026\n")
        (here / "ended").write_text("completed")
        (here / "etc").mkdir()
        (here / "etc" / "cupsd.conf").write_text("PreserveJobFiles No\n")
        self.ticks = itertools.count()

    def write(self, name: str, script: str) -> None:
        path = self.here / name
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin\nhere="{self.here}"\nNAME={PRINTER}\n{script}\n')
        path.chmod(0o700)

    def spooler(self, sleep: Callable[[float], None] = lambda seconds: None, seconds: float = 30.0) -> Spooler:
        """A spooler for whom each look at the clock is a second later."""
        return Spooler(
            self.here / "socket",
            self.here / "etc",
            str(self.here),
            program_seconds=seconds,
            cancel_seconds=3,
            clock=lambda: float(next(self.ticks)),
            sleep=sleep,
        )

    def active(self, *lines: str) -> None:
        (self.here / "active").write_text("".join(f"{line}\n" for line in lines))

    def said(self, name: str) -> list[str]:
        return (self.here / name).read_text().splitlines()

    @property
    def sent(self) -> int:
        return len(list(self.here.glob("sheet*")))


@pytest.fixture
def cups(tmp_path: Path) -> StandIns:
    here = tmp_path / "stand-ins"
    here.mkdir()
    return StandIns(here)


def run(out: Path, cups: StandIns, *answers: Answer | Result, **spooler: object) -> tuple[list[str], Scripted]:
    """Print what is in a folder; the names of the sheets that are left, and the operator."""
    operator = Scripted(*answers)
    left = print_sheets(find(out), PRINTER, cups.spooler(**spooler), operator, seconds=5)  # type: ignore[arg-type]  # the arguments of `spooler`
    return [one.name for one in left], operator


def files(out: Path) -> list[str]:
    secret = out / folder.SECRET
    return sorted(path.name for path in secret.iterdir()) if secret.exists() else []


def journal(out: Path) -> list[str]:
    return [str(line.event) for line in folder.load_register(out / folder.ESCROW).journal.lines[1:]]


def test_each_sheet_is_printed_when_its_holder_is_there_and_then_wiped(cups: StandIns, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out")
    pdfs = [(out / "secret" / name).read_bytes() for name in NAMES]
    left, operator = run(out, cups)
    assert left == []
    assert operator.asked == [
        line
        for number in BOARD
        for line in (f"Board/{number} for Ada Éxample {number}, Secretary, 2 pages", f"Board/{number} came out")
    ]
    assert operator.outcomes == [Outcome.PRINTED] * 3
    assert [(cups.here / f"sheet{number}").read_bytes() for number in range(3)] == pdfs
    assert not (out / "secret").exists()
    assert journal(out) == [f"Board/{number} was printed on Office" for number in BOARD]
    assert find(out).sheets == ()


def test_a_job_has_a_title_without_a_name_and_one_side_at_full_size(cups: StandIns, tmp_path: Path) -> None:
    run(split_folder(tmp_path / "out", [BOARD[2]]), cups)
    words = cups.said("argv0")
    assert words[:6] == ["-d", PRINTER, "-t", f"{ID} 1-2", "-n", "1"]
    assert words[6::2] == ["-o"] * len(words[7::2])
    assert words[7::2] == [
        *("sides=one-sided", "number-up=1", "print-scaling=none", "fit-to-page=false"),
        *("job-sheets=none,none", "job-hold-until=no-hold", "media=A4"),
    ]
    assert "Ada" not in " ".join(words)


def test_letter_is_printed_on_letter(cups: StandIns, tmp_path: Path) -> None:
    run(split_folder(tmp_path / "out", [BOARD[2]], paper=Paper.LETTER), cups)
    assert "media=Letter" in cups.said("argv0")


def test_the_programs_get_an_environment_of_ours(
    cups: StandIns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "of the environment")
    monkeypatch.setenv("CUPS_SERVER", "printer.example.org")
    run(split_folder(tmp_path / "out", [BOARD[2]]), cups)
    names = {line.partition("=")[0] for line in cups.said("env")} - {"PWD", "_", "SHLVL", "PATH"}
    assert names == {"LC_ALL", "CUPS_SERVER", "HOME", "CUPS_SERVERROOT"}
    assert f"CUPS_SERVER={cups.here / 'socket'}" in cups.said("env")


def test_later_and_stop_leave_the_files_and_the_next_run_goes_on(cups: StandIns, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out")
    left, _ = run(out, cups, Answer.LATER, Answer.YES, Result.YES, Answer.STOP)
    assert left == ["Board/1", "Board/3"]
    assert files(out) == [NAMES[0], NAMES[2]]
    assert cups.sent == 1
    left, operator = run(out / "secret", cups)
    assert left == []
    assert [line for line in operator.asked if "came out" in line] == ["Board/1 came out", "Board/3 came out"]
    assert journal(out) == [f"Board/{number} was printed on Office" for number in (2, 1, 3)]


def test_what_came_out_torn_is_printed_again_and_the_journal_knows_of_both(cups: StandIns, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out", [BOARD[1]])
    left, operator = run(out, cups, Answer.YES, Result.AGAIN, Answer.YES, Result.YES)
    assert left == []
    assert cups.sent == 2
    assert len(operator.asked) == 4, "the holder is asked for each time"
    assert journal(out) == ["Board/1 was printed on Office"] * 2


def test_torn_and_then_no_more_keeps_the_file(cups: StandIns, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out", [BOARD[1], BOARD[2]])
    left, _ = run(out, cups, Answer.YES, Result.STOP)
    assert left == ["Board/1", "Board/2"]
    assert files(out) == NAMES[:2]


def test_sheets_without_an_escrow_beside_them_are_printed_too(cups: StandIns, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out", [BOARD[1]], record=None)
    left, operator = run(out, cups)
    assert left == []
    assert operator.asked[0] == "Board/1 for nobody, 2 pages"
    assert not (out / "secret").exists()


def passphrase_folder(out: Path, record: Record) -> Path:
    """The folder of the passphrase's sheets, with one in it, beside the escrow of a record."""
    split_folder(out, [], record=record)
    one = passphrase_sheet(KEEPERS, 2)
    place = out / folder.SECRET_PASSPHRASE
    (out / folder.SECRET).rename(place)
    (place / f"passphrase-{one.escrow_id}-1-Passphrase-2.pdf").write_bytes(draw_sheet(one, Paper.A4))
    return place


def test_a_passphrase_sheet_is_one_of_the_escrow(cups: StandIns, tmp_path: Path) -> None:
    out = tmp_path / "out"
    passphrase = RecordedPassphrase(
        escrow_id=str(passphrase_sheet().escrow_id),
        groups=(RecordedGroup(name="Passphrase", body=Body.OTHER, threshold=2, count=3),),
        group_threshold=1,
        sheets=recorded_sheets("Passphrase", 3),
    )
    record = make_record(passphrase=passphrase)
    place = passphrase_folder(out, record)
    left, operator = run(out, cups)
    assert left == []
    assert operator.asked[0].startswith("Passphrase/2 for Ada Éxample 2, Secretary")
    assert journal(out) == ["Passphrase/2 was printed on Office"]
    assert folder.load_register(out / folder.ESCROW).sheet("Passphrase/2").printed == 1
    assert not place.exists()


def test_a_passphrase_sheet_beside_an_escrow_without_one_is_refused(cups: StandIns, tmp_path: Path) -> None:
    passphrase_folder(tmp_path / "out", RECORD)
    with pytest.raises(FileError, match=f"is no sheet of escrow {RECORD.escrow_id}"):
        run(tmp_path / "out", cups)


# What lies in the folder


def test_a_folder_without_sheets_is_refused(tmp_path: Path) -> None:
    for name in (tmp_path, tmp_path / "missing", tmp_path / "secret"):
        with pytest.raises(FileError, match="holds no sheets"):
            find(name)


@pytest.mark.parametrize(
    "name", ["notes.txt", "K7QD-M2XA-1-Board-1.pdf~", "K7QD-M2XA-0-Board-1.pdf", ".hidden", "K7QD-M2XA-1-Board-17"]
)
def test_what_is_no_sheet_is_refused(tmp_path: Path, name: str) -> None:
    out = split_folder(tmp_path / "out")
    (out / "secret" / name).write_bytes(b"")
    with pytest.raises(FileError, match="is no sheet of a split"):
        find(out)


def test_a_link_among_the_sheets_is_refused(tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out", [BOARD[1]])
    (out / "secret" / NAMES[1]).symlink_to(out / "secret" / NAMES[0])
    with pytest.raises(FileError, match="is no sheet of a split"):
        find(out)


@pytest.mark.parametrize("name", ["K7QD-M2XA-1-Board-1.pdf", f"{ID}-1-Board-6.pdf", f"{ID}-3-Board-1.pdf"])
def test_sheets_of_another_split_are_refused(tmp_path: Path, name: str) -> None:
    out = split_folder(tmp_path / "out")
    (out / "secret" / name).write_bytes(b"")
    with pytest.raises(FileError, match=f"is no sheet of escrow {RECORD.escrow_id}"):
        find(out)


def test_beside_a_copy_of_the_escrow_nothing_is_printed(tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out")
    (out / folder.ESCROW / folder.COPY_FILE).touch()
    with pytest.raises(FileError, match="marked as a copy"):
        find(out)


@pytest.mark.parametrize("cut", [0, 100, -200], ids=["empty", "begun", "nearly whole"])
def test_a_damaged_file_is_not_printed(cups: StandIns, tmp_path: Path, cut: int) -> None:
    out = split_folder(tmp_path / "out", [BOARD[1]])
    path = out / "secret" / NAMES[0]
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(PaperError):
        run(out, cups)
    assert cups.sent == 0
    assert path.exists()


def test_a_file_of_other_pages_or_too_large_is_not_printed(cups: StandIns, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out", [BOARD[1]])
    path = out / "secret" / NAMES[0]
    with pypdfium2.PdfDocument.new() as pdf:
        pdf.new_page(100, 100).close()
        pdf.save(path)
    path.write_bytes(path.read_bytes() + b"%%EOF\n")
    with pytest.raises(PaperError, match="has other pages than a sheet"):
        run(out, cups)
    path.write_bytes(bytes(printing.MAX_SHEET_BYTES + 1))
    with pytest.raises(FileError, match="has over"):
        run(out, cups)
    assert cups.sent == 0


# Queues that are refused, before anything is sent


def refused(cups: StandIns, tmp_path: Path, kind: type[EscrowError], match: str) -> EscrowError:
    out = split_folder(tmp_path / "out")
    with pytest.raises(kind, match=match) as raised:
        run(out, cups)
    assert cups.sent == 0
    assert files(out) == NAMES
    assert journal(out) == []
    return raised.value


@pytest.mark.parametrize(
    "uri",
    [
        *("socket://10.0.0.9", "ipp://printer.example.org/ipp/print", "ipps://printer.local:631/", "lpd://10.0.0.9/q"),
        *("dnssd://HP._ipp._tcp.local/?uuid=1", "smb://server/printer", "hp:/net/Laser?ip=10.0.0.9"),
        *("implicitclass://Office/", "beh:/1/3/5/socket://10.0.0.9"),
    ],
)
def test_a_queue_that_leads_out_is_refused(cups: StandIns, tmp_path: Path, uri: str) -> None:
    (cups.here / "queues").write_text(f"device for {PRINTER}: {uri}\n")
    error = refused(cups, tmp_path, RuleError, r"prints (elsewhere|where it is not known) \(AU-1\)")
    assert "10.0.0.9" not in str(error), "an address may hold a password"


@pytest.mark.parametrize("text", ["", "# PreserveJobFiles No\n", "PreserveJobFiles Yes\n", "PreserveJobFiles 1d\n"])
def test_a_queue_that_keeps_jobs_is_refused(cups: StandIns, tmp_path: Path, text: str) -> None:
    (cups.here / "etc" / "cupsd.conf").write_text(text)
    error = refused(cups, tmp_path, RuleError, "keeps each document")
    assert "PreserveJobFiles=No" in error.hint


def test_a_configuration_that_cannot_be_read_is_refused(cups: StandIns, tmp_path: Path) -> None:
    # A folder, which nobody reads as a file; one without permissions is no hindrance for root.
    (cups.here / "etc" / "cupsd.conf").unlink()
    (cups.here / "etc" / "cupsd.conf").mkdir()
    refused(cups, tmp_path, RuleError, "whether CUPS keeps documents is not known")


def test_a_configuration_that_is_none_is_refused(cups: StandIns, tmp_path: Path) -> None:
    (cups.here / "etc" / "cupsd.conf").write_bytes(b"\xff\xfe\0")
    refused(cups, tmp_path, RuleError, "whether CUPS keeps documents is not known")


def test_a_queue_that_is_not_there_is_a_fault_of_usage(cups: StandIns, tmp_path: Path) -> None:
    (cups.here / "queues").write_text("device for Other: usb://HP/Laser\n")
    error = refused(cups, tmp_path, UsageError, "there is no printer queue Office")
    assert "Other" in error.hint
    cups.write("lpstat", "echo 'lpstat: No destinations added.' >&2; exit 1")
    with pytest.raises(UsageError, match="there is no printer queue Office"):
        run(tmp_path / "out", cups)


def test_a_stopped_printer_is_refused(cups: StandIns, tmp_path: Path) -> None:
    (cups.here / "state").write_text(f"printer {PRINTER} disabled since Mon Nov 23 15:18:04 2026 -\n\tPaused\n")
    assert "cupsenable Office" in refused(cups, tmp_path, PaperError, "printer Office is stopped").hint


def test_a_queue_in_which_a_job_waits_is_refused(cups: StandIns, tmp_path: Path) -> None:
    cups.active("Office-3    ada    1024   Mon Nov 23 15:18:04 2026", "\tAlerts: none", "\tqueued for Office")
    error = refused(cups, tmp_path, PaperError, "Office-3 is still in queue Office")
    assert error.hint.endswith("cancel -x Office-3")


@pytest.mark.parametrize(
    ("script", "kind", "match"),
    [
        ("echo 'lpstat: Scheduler is not running.' >&2; exit 1", PaperError, "does not answer: lpstat: Scheduler is"),
        ("printf 'a\\033[2Jb' >&2; exit 3", PaperError, r"does not answer: a \[2Jb"),
        ("exit 9", PaperError, "does not answer: status 9"),
        ("echo 'system default destination: Office'", MalformedError, "lpstat -v says what is not understood"),
        ("exec sleep 600", PaperError, "lpstat did not answer"),
        ("head -c 2000000 /dev/zero", PaperError, "lpstat says too much"),
    ],
)
def test_a_cups_that_does_not_answer_is_no_reason_to_send(
    cups: StandIns, tmp_path: Path, script: str, kind: type[EscrowError], match: str
) -> None:
    cups.write("lpstat", script)
    out = split_folder(tmp_path / "out")
    with pytest.raises(kind, match=match):
        run(out, cups, seconds=1.0)
    assert files(out) == NAMES


def test_a_missing_program_is_named(cups: StandIns, tmp_path: Path) -> None:
    (cups.here / "lpstat").unlink()
    assert "apt install cups" in refused(cups, tmp_path, UsageError, "the program lpstat is missing").hint


def test_a_server_elsewhere_is_refused() -> None:
    for server in ("printer.example.org", "localhost:631", "10.0.0.9"):
        with pytest.raises(RuleError, match="names another machine"):
            Spooler.of({"CUPS_SERVER": server})
    assert Spooler.of({"CUPS_SERVER": "/tmp/x/sock"}).socket == Path("/tmp/x/sock")  # noqa: S108 - not opened
    assert Spooler.of({}).configuration == Path("/etc/cups")


# Jobs that fail: the sheet's file stays, and the job does not


def failing(cups: StandIns, tmp_path: Path, match: str, kind: type[EscrowError] = PaperError) -> EscrowError:
    out = split_folder(tmp_path / "out")
    with pytest.raises(kind, match=match) as raised:
        run(out, cups)
    assert files(out) == NAMES
    assert journal(out) == []
    return raised.value


def after_lp(cups: StandIns, *lines: str) -> None:
    """The job is in the queue once it was sent, and says this."""
    text = "".join(f"{line}\\n" for line in (f"{PRINTER}-7  ada  1024  Mon Nov 23 15:18:04 2026", *lines))
    cups.write("lp", f"{LP}\nprintf '{text}' > \"$here/active\"")


@pytest.mark.parametrize(
    ("alerts", "match"),
    [
        ("job-hold-until-specified", "was not printed: the job is held"),
        ("cups-held-for-authentication", "was not printed: the job is held"),
        ("printer-stopped", "was not printed: the printer or the job was stopped"),
        ("job-incoming,job-completed-with-errors", "was not printed: the printer or the job was stopped"),
    ],
)
def test_a_job_that_is_held_or_stopped_is_cancelled(cups: StandIns, tmp_path: Path, alerts: str, match: str) -> None:
    after_lp(cups, "\tStatus: the tray is open", f"\tAlerts: {alerts}", "\tqueued for Office")
    error = failing(cups, tmp_path, match)
    assert "the tray is open" in error.message
    assert error.hint.startswith("The job is no longer in the queue.")
    assert cups.said("cancelled") == ["-x Office-7"]


def test_a_job_that_takes_too_long_is_cancelled(cups: StandIns, tmp_path: Path) -> None:
    after_lp(cups, "\tStatus: out of paper", "\tAlerts: job-printing", "\tqueued for Office")
    error = failing(cups, tmp_path, r"job Office-7 is not done after 5 seconds \(out of paper\)")
    assert "--wait" in error.hint
    assert cups.said("cancelled") == ["-x Office-7"]


def test_what_the_printer_says_is_told_once(cups: StandIns, tmp_path: Path) -> None:
    after_lp(cups, "\tStatus: out\033[2J of paper", "\tAlerts: job-printing", "\tqueued for Office")
    out, operator = split_folder(tmp_path / "out"), Scripted()
    looks = iter(range(3))

    def sleep(seconds: float) -> None:
        if next(looks, None) is None:
            (cups.here / "active").unlink(missing_ok=True)

    print_sheets(find(out), PRINTER, cups.spooler(sleep), operator, seconds=60)
    assert operator.told == ["The printer says: out [2J of paper"] * 3, "once a sheet"


@pytest.mark.parametrize("how", ["aborted", "canceled"])
def test_a_job_that_ended_otherwise_is_an_error(cups: StandIns, tmp_path: Path, how: str) -> None:
    (cups.here / "ended").write_text(how)
    failing(cups, tmp_path, f"job Office-7 was {how} before it was done")


def test_without_a_history_the_operator_alone_judges(cups: StandIns, tmp_path: Path) -> None:
    cups.write("cancel", "echo 'cancel: cancel-job failed: Job #7 does not exist.' >&2; exit 1")
    _, operator = run(split_folder(tmp_path / "out", [BOARD[1]]), cups)
    assert operator.outcomes == [Outcome.UNKNOWN]


def test_an_end_that_is_not_understood_is_an_error(cups: StandIns, tmp_path: Path) -> None:
    cups.write("cancel", "echo 'cancel: Forbidden' >&2; exit 1")
    failing(cups, tmp_path, "nothing tells how job Office-7 ended: cancel: Forbidden")


@pytest.mark.parametrize(
    ("script", "match"),
    [
        ("cat >/dev/null; echo 'lp: Destination \"Office\" is not accepting jobs.' >&2; exit 1", "not accepting jobs"),
        ("exit 1 <&-", "lp did not take the sheet: status 1"),
        ("cat >/dev/null; echo 'request id is nothing'", "lp did not take the sheet: status 0"),
    ],
)
def test_a_sheet_that_lp_does_not_take_stays(cups: StandIns, tmp_path: Path, script: str, match: str) -> None:
    cups.write("lp", script)
    failing(cups, tmp_path, match)


def test_an_lp_that_hangs_may_have_sent_a_job_which_is_cancelled(cups: StandIns, tmp_path: Path) -> None:
    cups.write("lp", 'cat >/dev/null; printf "Office-7 ada 1 Mon\\n" > "$here/active"; exec sleep 600')
    out = split_folder(tmp_path / "out")
    with pytest.raises(PaperError, match="lp did not answer"):
        run(out, cups, seconds=2.0)
    assert cups.said("cancelled") == ["-x Office-7"]
    assert files(out) == NAMES


def test_a_job_that_cannot_be_cancelled_is_told(cups: StandIns, tmp_path: Path) -> None:
    after_lp(cups, "\tAlerts: printer-stopped")
    cups.write("cancel", "echo 'cancel: Forbidden' >&2; exit 1")
    assert failing(cups, tmp_path, "stopped").hint.startswith("It may still come out: switch the printer off")


def test_a_spool_that_keeps_the_document_is_told(cups: StandIns, tmp_path: Path) -> None:
    spool = cups.here / "spool"
    spool.mkdir()
    (spool / "d00007-001").write_bytes(b"%PDF")
    (cups.here / "etc" / "cups-files.conf").write_text(f"# RequestRoot /no\nRequestRoot {spool}\n")
    error = failing(cups, tmp_path, "CUPS has kept the document", RuleError)
    assert "restart CUPS" in error.hint


def test_an_interruption_cancels_the_job_and_keeps_the_file(cups: StandIns, tmp_path: Path) -> None:
    after_lp(cups, "\tAlerts: job-printing")
    out, operator = split_folder(tmp_path / "out"), Scripted()

    def interrupt(seconds: float) -> None:
        if not (cups.here / "cancelled").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        print_sheets(find(out), PRINTER, cups.spooler(interrupt), operator, seconds=60)
    assert cups.said("cancelled") == ["-x Office-7"]
    assert operator.told == ["The job is no longer in the queue."]
    assert files(out) == NAMES
    cups.write("lp", LP)
    assert run(out, cups)[0] == []


def test_a_journal_that_cannot_be_written_keeps_the_file(cups: StandIns, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out", [BOARD[1]])
    found = find(out)
    (out / folder.ESCROW / folder.COPY_FILE).touch()
    with pytest.raises(FileError, match="marked as a copy"):
        print_sheets(found, PRINTER, cups.spooler(), Scripted(), seconds=5)
    assert files(out) == NAMES[:1]


# Wiping


def test_wiping_overwrites_what_a_second_name_still_shows(tmp_path: Path) -> None:
    path, other = tmp_path / "sheet", tmp_path / "other"
    path.write_bytes(b"words" * 10_000)
    other.hardlink_to(path)
    wipe(path)
    assert not path.exists()
    assert other.read_bytes() == bytes(50_000)


def test_what_cannot_be_wiped_is_told(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"kept")
    (tmp_path / "link").symlink_to(target)
    for path in (tmp_path / "missing", tmp_path / "link", tmp_path):
        with pytest.raises(FileError, match="is on paper now, and cannot be wiped") as raised:
            wipe(path)
        assert "do not print it again" in raised.value.hint
    assert target.read_bytes() == b"kept"


def mounts(tmp_path: Path, type_: str) -> Machine:
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "self" / "mountinfo").write_text(
        f"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /mnt rw - {type_} none rw\n"
    )
    return Machine(tmp_path)


@pytest.mark.parametrize(("type_", "in_memory"), [("tmpfs", True), ("ramfs", True), ("ext4", False), ("fuse", False)])
def test_on_tmpfs(tmp_path: Path, type_: str, in_memory: bool) -> None:
    machine = mounts(tmp_path, type_)
    assert printing.on_tmpfs(Path("/mnt/secret"), machine) is in_memory
    assert not printing.on_tmpfs(Path("/srv"), machine)
    assert not printing.on_tmpfs(Path("/mnt"), Machine(tmp_path / "nothing"))


def test_what_wiping_cannot_do_is_said(cups: StandIns, tmp_path: Path) -> None:
    out = split_folder(tmp_path / "out", [sheet(number=4, length=0)])
    said = list(printing.warnings(find(out), cups.spooler()))
    on_disk = [out / "secret"] if not printing.on_tmpfs(out) else []
    assert [str(place) in line for place, line in zip(on_disk, said, strict=False)] == [True] * len(on_disk)
    (cups.here / "etc" / "cups-files.conf").write_text("RequestRoot /proc\n")
    assert "CUPS spools to a disk (/proc)" in list(printing.warnings(find(out), cups.spooler()))[-1]

"""`rootescrow replace`."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path

import click

from rootescrow.ceremony.change import Change
from rootescrow.ceremony.recover import first_problem
from rootescrow.ceremony.replace import PAPER_FILE, MadeSheet, Order, Sitting, check_out, whose
from rootescrow.cli import options, planning, terminal, verdicts
from rootescrow.cli import sources as reading
from rootescrow.errors import EscrowError, QuorumError, UsageError
from rootescrow.paper.layout import Paper
from rootescrow.policy import Holder


@click.command("replace", short_help="Make a new sheet in the place of one that is lost or spoilt.")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.argument("sources", nargs=-1, metavar="[SOURCE…]")
@click.option("--void", "void", required=True, metavar="SHEET", help="The sheet that counts no more, such as Board/2.")
@click.option("--reason", required=True, metavar="TEXT", help="Why. It stays in the journal.")
@click.option("--holder", "person", required=True, metavar="PERSON", help="Who gets the new sheet.")
@click.option("--office", default="", metavar="TEXT", help="In which office.  [default: that of the old sheet]")
@click.option("--place", default="", metavar="TEXT", help="Where the new sheet will lie.")
@click.option("--bag", default="", metavar="SERIAL", help="The bag it will be in.")
@click.option("--handwritten", is_flag=True, help="The holder writes the words by hand: no printer sees them.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder that does not exist yet.")
@click.option(
    "--paper",
    type=click.Choice([one.value for one in Paper]),
    default=Paper.A4.value,
    show_default=True,
    help="Its size.",
)
@click.option(
    "--accept",
    "accept",
    multiple=True,
    metavar="CHECK=REASON",
    help="In a root or a subroot: let a check of this machine fail, for this reason.",
)
@options.language("the record's, as that of the other sheets")
def command(
    escrow: Path,
    sources: tuple[str, ...],
    void: str,
    reason: str,
    person: str,
    office: str,
    place: str,
    bag: str,
    handwritten: bool,
    out: Path,
    paper: str,
    accept: tuple[str, ...],
    language: str,
) -> None:
    """Make a new sheet of one group, from a quorum of that group's other sheets.

    SOURCE is a scan, a text file of words, or - for standard input. Without enough of them, type the words at the
    prompt. Only sheets that the register lists, and that are not void, count. No other group takes part and the key is
    not touched, so no case is needed. The other sheets stay as they are.

    OUT/secret gets the new sheet as PDF, under a number that none had before: print it, destroy the file, confirm it
    from its paper. OUT/replacement.pdf says what was done and what is to be done, with lines to sign.

    A void sheet still counts, for whoever finds it, until it is destroyed.

    \b
    Example:
      rootescrow replace escrow-1/escrow scans.pdf --void Board/2 --reason 'lost when she moved' \\
        --holder 'Fay Example' --place 'Bank, Basel' --bag A000201 --out board-6
    """
    now = datetime.now(UTC)
    order = Order(void, reason, Holder(office, person, place, bag), Paper(paper), language, handwritten)
    sitting = Sitting.begin(escrow, order, now)
    check_out(out, sitting)
    if not sources and not terminal.is_interactive():
        raise UsageError("there is no terminal to type at", "Name the scans or text files, or - for standard input.")
    strict = sitting.before.situation.strict and not sitting.before.register.record.rehearsal
    exceptions = planning.check_host(out, accept, strict=strict)
    reading.tell_record(sitting.before.register.record)
    made = _make(sitting, sources)
    change = sitting.write(made, out, datetime.now(UTC), exceptions=exceptions)
    _tell(sitting, made, change, escrow, out, lines=1 + len(exceptions))


def _make(sitting: Sitting, sources: tuple[str, ...]) -> MadeSheet:
    failures: list[EscrowError] = []
    reports = reading.read(sitting.pile, sources, failures)
    reading.tell_findings(finding for report in reports for finding in report.findings)
    if not sitting.complete:
        reading.tell_pages(reports)
    reading.tell_failures(failures)
    if not sitting.complete and terminal.is_interactive() and "-" not in sources:
        _type(sitting)
    for name in sitting.others:
        terminal.note(f"{name} was not needed: back into a bag with it, and write down its number.")
    try:
        with terminal.progress() as progress:
            progress(f"Making {sitting.name}, and reading it back", 0, 1)
            return sitting.make()
    except QuorumError as error:
        problem = first_problem(sitting.pile, failures)
        if problem is None:
            raise
        terminal.note(f"{error.message}\n  {error.hint}")
        raise problem from None


def _type(sitting: Sitting) -> None:
    """Let people type words until there are enough sheets, or they are done."""
    from rootescrow.cli.prompt import converse  # noqa: PLC0415 - loads slowly, and is not always needed
    from rootescrow.cli.typed import Typing  # noqa: PLC0415 - the same

    class OfOneGroup(Typing):
        def _status(self) -> list[str]:
            return [sitting.status]

    status = f"{sitting.status}, any of: {'; '.join(map(whose, sitting.missing)) or 'none is left'}"
    converse(OfOneGroup(sitting.pile), lambda: sitting.complete, status)


def _tell(sitting: Sitting, made: MadeSheet, change: Change, escrow: Path, out: Path, *, lines: int) -> None:
    verdicts.tell_change(change, lines=lines)
    terminal.result(f"Print:  {out / made.file} (once, {sitting.holder.person} at the printer; then destroy the file)")
    if made.sheet.handwritten:
        words = ["rootescrow", "handwrite", str(out), made.sheet.name, "--escrow", str(escrow)]
        terminal.result(f"Then:   {shlex.join(words)}")
    terminal.result(f"Sign:   {out / PAPER_FILE}")
    terminal.result(f"Check code of {made.sheet.name}: {made.sheet.check_code}")
    terminal.note(f"New bags for {', '.join(made.quorum)}, which were opened: write their numbers down with handover.")
    terminal.note(f"{sitting.old.name} counts for whoever has it until it is destroyed: no program can take that away.")

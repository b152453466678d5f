"""`rootescrow print`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from rootescrow.ceremony import printing
from rootescrow.ceremony.printing import Answer, Result, SheetFile
from rootescrow.ceremony.spooler import Outcome, Spooler
from rootescrow.cli import state, terminal
from rootescrow.errors import UsageError


@click.command("print", short_help="Print the sheets, each with its holder at the printer.")
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--escrow",
    type=click.Path(path_type=Path),
    help="The escrow folder, where it is not beside the sheets: its journal is told.",
)
@click.option("--printer", required=True, metavar="NAME", help="The CUPS queue of a printer on a cable.")
@click.option(
    "--wait",
    "seconds",
    type=click.FloatRange(1, 3600),
    default=printing.JOB_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How long a sheet may take.",
)
def command(directory: Path, escrow: Path | None, printer: str, seconds: float) -> None:
    """Print the sheets in DIR, what `split --out` or `replace --out` made, or in its secret folder: one job a sheet.

    Each is sent only after you say that its holder stands at the printer: single-sided, at 100 %. A queue that leads
    out of this machine, or keeps what it printed, is refused. When all pages lie there whole, and you say so, the
    sheet's file is overwritten and removed. What is left, after an interruption too, is printed by the same command
    again.

    \b
    Examples:
      rootescrow print escrow-1 --printer Ceremony
      rootescrow print board-6 --escrow escrow-1/escrow --printer Ceremony
    """
    found = printing.find(directory, escrow)
    if not found.sheets:
        terminal.result("Nothing is left to print.")
        _tell_unwritten(found)
        _tell_state(found)
        return
    if not terminal.is_interactive():
        raise UsageError("there is no terminal to ask at", "Each sheet is printed only while its holder is there.")
    spooler = Spooler.of(os.environ)
    queue = spooler.check(printer)
    if queue.scheme in ("file", "cups-pdf"):
        terminal.note(f"Warning: queue {printer} prints into a file, which then is a sheet: destroy it.")
    for warning in printing.warnings(found, spooler):
        terminal.note(f"Warning: {warning}")
    terminal.note(
        f"{len(found.sheets)} sheets to print on {printer} ({queue.scheme}). Only the holder is at the printer."
    )
    left = printing.print_sheets(found, printer, spooler, _AtTerminal(), seconds=seconds)
    if left:
        terminal.result(f"Left: {', '.join(sheet.name for sheet in left)}. The same command prints them.")
    else:
        terminal.result("All sheets are printed, and their files are wiped.")
    _tell_unwritten(found)
    _tell_state(found)


def _tell_unwritten(found: printing.Found) -> None:
    if found.unwritten:
        names = ", ".join(sheet.name for sheet, _ in found.unwritten)
        terminal.result(f"Still to be written by hand: {names}. Until then a file holds the words: handwrite.")


def _tell_state(found: printing.Found) -> None:
    if found.escrow is not None:
        state.tell_of(found.escrow)


class _AtTerminal:
    """Asks whoever sits there."""

    def ready(self, sheet: SheetFile, pages: int) -> Answer:
        whose = f"for {sheet.holder}" if sheet.holder else "its holder is not named"
        passphrase = " of the passphrase" if sheet.passphrase else ""
        terminal.note(f"\nSheet {sheet.name}{passphrase}, {whose}: {pages} pages.")
        return Answer(_ask("Does its holder, and nobody else, stand at the printer?", Answer))

    def came_out(self, sheet: SheetFile, pages: int, outcome: Outcome) -> Result:
        if outcome is Outcome.UNKNOWN:
            terminal.note("CUPS keeps no history, so it does not tell whether the job was printed to its end.")
        result = Result(_ask(f"Do all {pages} pages lie there, whole and clean? Then the file is wiped.", Result))
        if result is not Result.YES:
            terminal.note("Shred what came out, with two who watch.")
        return result

    def tell(self, said: str) -> None:
        terminal.note(said)


def _ask(question: str, answers: type[Answer] | type[Result]) -> str:
    answer: str = click.prompt(question, type=click.Choice([answer.value for answer in answers]), err=True)
    return answer

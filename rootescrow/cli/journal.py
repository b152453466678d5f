"""`rootescrow journal show|check|note|add`."""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from rootescrow.ceremony.today import look
from rootescrow.cli import state, terminal, verdicts
from rootescrow.register import folder, pending
from rootescrow.register.events import Note
from rootescrow.register.journal import Journal, Line, read_lines
from rootescrow.register.register import fold


@click.group("journal", short_help="Read, check and continue the journal of an escrow.")
def command() -> None:
    """What happened since the escrow was made: one line an event, each bound to the one before.

    \b
    Example:
      rootescrow journal show escrow-1/escrow
    """


@command.command("show")
@click.argument("escrow", type=click.Path(path_type=Path))
def show(escrow: Path) -> None:
    """Show every line: its number, its time in UTC, its event.

    Of a journal that is not whole it shows the lines that are, and then says which line is wrong (status 5).

    \b
    Example:
      rootescrow journal show escrow-1/escrow
    """
    record, data = folder.read_journal(escrow)
    own = hashlib.sha256(record.dump()).hexdigest()
    for line in read_lines(data, own):
        terminal.result(_shown(line))
    journal = Journal.parse(data, own)
    register = fold(record, journal)
    terminal.result(f"Journal head: {journal.head}")
    _tell_backward(journal)
    state.tell(register)


@command.command("check")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.option("--head", metavar="HEAD", help="From a report: 12:ABCD-EFGH-IJKL-MNOP, or the code or the SHA-256 alone.")
def check(escrow: Path, head: str | None) -> None:
    """Check that the journal is whole, is of this record, and tells nothing that cannot have happened.

    What the lines themselves cannot tell is whether the last ones were cut off or rewritten. For that, give the head
    that stands on the last report: the journal must have that very line.

    \b
    Example:
      rootescrow journal check escrow-1/escrow --head 1:ABCD-EFGH-IJKL-MNOP
    """
    register = folder.load_register(escrow)
    journal = register.journal
    last = journal.head
    found = None if head is None else journal.find(head)
    terminal.result(f"The journal is whole: {_lines(last.number)}, and it is of this record.")
    terminal.result(f"Journal head: {last} (SHA-256 {last.sha256})")
    if found == last.number:
        terminal.result("It is the head that you gave.")
    elif found is not None:
        terminal.result(f"The head that you gave is that of line {found}: {_lines(last.number - found)} came after it.")
    else:
        terminal.note("Whether the last lines were cut off or rewritten, only the head on a report tells: --head.")
    _tell_backward(journal)
    state.tell(register)


@command.command("note")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.argument("text")
def note(escrow: Path, text: str) -> None:
    """Write a note at the end of the journal. It stays for ever, so never write a secret.

    \b
    Example:
      rootescrow journal note escrow-1/escrow 'Board/2 was put in bag B0002, at the bank.'
    """
    register = folder.append(escrow, Note.of(text), now=datetime.now(UTC))
    terminal.result(_shown(register.journal.lines[-1]))
    terminal.result(f"Journal head: {register.journal.head}")
    _tell_backward(register.journal)
    state.tell(register)


@command.command("add")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.argument("file")
def add(escrow: Path, file: str) -> None:
    """Write lines that were printed to be added later, as by drill --no-journal. FILE has them; - is standard input.

    Each is read strictly, and keeps the time at which it happened. All are written, or none. What only its own command
    may write is refused: that a sheet was confirmed, replaced or printed, a medium written, an escrow made.

    \b
    Example:
      rootescrow journal add escrow-1/escrow drill-line.json
    """
    folder.check_master(escrow)
    if file == "-":
        data = sys.stdin.buffer.read(pending.MAX_PENDING_BYTES + 1)
    else:
        data = folder.read_file(Path(file), pending.MAX_PENDING_BYTES)
    lines = pending.parse(data)
    now = datetime.now(UTC)
    before = look(escrow, now.date())
    register = pending.add(escrow, lines, now=now)
    for line, added in zip(register.journal.lines[-len(lines) :], lines, strict=True):
        terminal.result(_shown(line))
        if added.time is not None:
            terminal.result(f"      check code of what was added: {added.check_code} (the paper about it has the same)")
    terminal.result(f"Journal head: {register.journal.head}")
    _tell_backward(register.journal)
    verdicts.tell_rules_since(before, register)
    state.tell(register)


def _shown(line: Line) -> str:
    return f"{line.number:>4}  {line.stamp}  {line.event.kind:<9}  {line.event}"


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _tell_backward(journal: Journal) -> None:
    for number in journal.backward:
        terminal.note(f"Line {number} is dated before the line before it: it was added later, or the clock was wrong.")

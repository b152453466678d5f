"""`rootescrow destroyed`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from rootescrow.ceremony import destruction
from rootescrow.ceremony.papers.destruction import FILE, draw_destruction
from rootescrow.ceremony.today import Today, look
from rootescrow.cli import options, terminal, verdicts
from rootescrow.errors import UsageError
from rootescrow.paper.layout import Paper
from rootescrow.register import folder

WITNESSES = 2
"""How many there should be."""


@click.command("destroyed", short_help="Tell the register what was destroyed; print what is to be.")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.argument("items", nargs=-1, metavar="[ITEM…]")
@click.option("--witness", "witnesses", multiple=True, metavar="NAME", help="Who saw it. Repeatable: two are needed.")
@click.option("--yes", is_flag=True, help="Do not ask, though something is lost with it.")
@click.option("--out", type=click.Path(path_type=Path), help=f"Write {FILE} into this folder: what is left.")
@click.option("--paper", type=click.Choice([one.value for one in Paper]), default=Paper.A4.value, show_default=True)
@options.language("the record's")
def command(
    escrow: Path,
    items: tuple[str, ...],
    witnesses: tuple[str, ...],
    yes: bool,
    out: Path | None,
    paper: str,
    language: str,
) -> None:
    """Write into the journal of ESCROW that these things were destroyed: never before they are.

    ITEM is a sheet ('Board/2'), a medium, 'printed envelope 1', a copy of a recovered key, each called as status and
    the destruction list call it; or 'every envelope', wherever it was. Then it says whether the generation is still
    live, and what ends it soonest. Without an ITEM it says that alone; with --out it prints the destruction list of
    what is left.

    What was destroyed is a fact, so it is never refused. If the key is lost with it, that is said, and asked once more
    at a terminal; elsewhere it needs --yes.

    \b
    Examples:
      rootescrow destroyed escrow-1/escrow 'Board/1' 'Board/2' --witness 'Ada Example' --witness 'Bo Example'
      rootescrow destroyed escrow-1/escrow --out .
    """
    now = datetime.now(UTC)
    today = look(escrow, now.date())
    if not items and witnesses:
        raise UsageError("witnesses of what?", "Name what was destroyed.")
    if items:
        folder.check_master(escrow)
        event = destruction.parse(today, items, witnesses)
        doubts = destruction.doubts(today.register, today.register.after(event, now=now))
        if event.every_envelope:
            left = (
                path for name in (folder.ENVELOPE_FILE, folder.ENVELOPE_PDF_FILE) if (path := escrow / name).exists()
            )
            doubts += tuple(f"not every envelope is destroyed: {path} is one; remove it first" for path in left)
        _ask(doubts, yes=yes)
        if len(witnesses) < WITNESSES:
            terminal.note(f"Warning: {len(witnesses) or 'no'} witness{'' if len(witnesses) == 1 else 'es'}; two sign.")
        register = folder.append(escrow, event, now=now)
        terminal.result(f"In the journal: {event}")
        verdicts.tell_rules_since(today, register)
        today = look(escrow, now.date())
    _tell(today)
    if out is not None:
        head = str(today.register.journal.head)
        language = language or today.register.record.language
        pdf = draw_destruction(today, Paper(paper), head=head, language=language)
        path = folder.write_paper(out, FILE, pdf)
        terminal.result(f"Written: {path}")


def _ask(doubts: tuple[str, ...], *, yes: bool) -> None:
    """Say what is lost with it, and ask whether it is so all the same."""
    for doubt in doubts:
        terminal.note(f"WARNING: {doubt}.")
    if not doubts or yes:
        return
    if not terminal.is_interactive():
        raise UsageError(
            "nothing was written yet: something is lost with this", "If it is so, say it again with --yes."
        )
    if click.prompt("Were they destroyed? Type yes", default="", show_default=False, err=True).strip() != "yes":
        raise UsageError("nothing was written", "Keep what is not destroyed.")


def _tell(today: Today) -> None:
    """Whether the generation is still live, and what is left."""
    register = today.register
    terminal.result(f"Escrow {register.record.escrow_id}, generation {register.record.generation}: {register.state}")
    left = [sheet.name for sheet in register.sheets if not sheet.destroyed]
    terminal.result(f"Sheets left: {', '.join(left) or 'none'}")
    terminal.result(f"Media left:  {', '.join(register.media) or 'none'}")
    if register.copies:
        terminal.result(f"Copies left: {', '.join(register.copies)}")
    if register.superseded:
        soonest = destruction.left(today).soonest
        if soonest:
            terminal.result(f"It ends soonest when these are destroyed: {soonest}")
        if not register.superseded.new_passphrase and any(sheet.of_passphrase for sheet in register.sheets):
            later = register.superseded.escrow_id
            terminal.note(
                f"Keep the sheets of the passphrase: they are of escrow {later} now, and it says who has them."
            )
    terminal.result(f"Journal head: {register.journal.head}")

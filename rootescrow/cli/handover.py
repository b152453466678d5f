"""`rootescrow handover`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from rootescrow.ceremony.handover import Order, hand_over
from rootescrow.cli import options, terminal, verdicts
from rootescrow.paper.layout import Paper
from rootescrow.policy import Holder
from rootescrow.register.events import Seal


@click.command("handover", short_help="A sheet goes to another holder, in its bag, against a receipt.")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.argument("sheet")
@click.option("--to", "person", required=True, metavar="PERSON", help="The new holder.")
@click.option("--office", default="", metavar="TEXT", help="In which office.  [default: the same]")
@click.option("--place", default="", metavar="TEXT", help="Where it lies from now on.  [default: the same]")
@click.option(
    "--bag",
    "seal",
    required=True,
    type=click.Choice([seal.value for seal in Seal]),
    help="Closed, seal unbroken, number right; or not; or neither bag nor sheet is there.",
)
@click.option("--new-bag", "bag", default="", metavar="SERIAL", help="The new bag, if it got one.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Where the receipt goes; made if it is not there."
)
@click.option(
    "--paper",
    type=click.Choice([one.value for one in Paper]),
    default=Paper.A4.value,
    show_default=True,
    help="Its size.",
)
@options.language("the record's")
def command(
    escrow: Path,
    sheet: str,
    person: str,
    office: str,
    place: str,
    seal: str,
    bag: str,
    out: Path,
    paper: str,
    language: str,
) -> None:
    """Hand a sheet over to another holder, or write down its new place or bag. Nothing is printed anew.

    A holder whose bag is whole has seen nothing. One whose bag was opened may know the words, and is counted among
    those who may from then on; the sheet then needs a new bag. If neither bag nor sheet is there (missing), the sheet
    is void, and there is no receipt.

    A handover by which a rule of the policy would fail is refused (status 8): a person who would meet a quorum alone,
    a place that would hold one. What the bag was found to be is always written down.

    \b
    Examples:
      rootescrow handover escrow-1/escrow Board/2 --to 'Fay Example' --bag whole --out receipts
      rootescrow handover escrow-1/escrow Board/3 --to 'Gus Example' --place 'Bank, Graz' \\
        --bag opened --new-bag A000301 --out receipts
    """
    order = Order(sheet, Holder(office, person, place, bag), Seal(seal), Paper(paper), language)
    change, receipt = hand_over(escrow, order, out, datetime.now(UTC))
    verdicts.tell_change(change)
    if receipt is not None:
        terminal.result(f"Sign:   {receipt} (old holder, new holder and a witness, each having seen the bag)")
        if not change.register.sheet(sheet).holder.bag:
            terminal.note("Nobody wrote down the number of this bag, so nobody can tell it from another: --new-bag.")
        return
    terminal.note(
        f"There is no receipt of a sheet that is not there. Make a new one: rootescrow replace {escrow} --void {sheet}"
    )

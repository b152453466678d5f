"""Handover: a sheet goes to another holder in its bag. Nothing is printed anew, and nobody sees a word.

Whoever had a bag that is whole has seen nothing, so this costs a look at the bag and a receipt. One that was opened is
written down for ever: whoever had it may know the words. One that is not there is not handed over: the sheet is void.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rootescrow.ceremony.change import Change, asked, weigh
from rootescrow.ceremony.papers.handover import Receipt, draw_handover
from rootescrow.ceremony.today import Today, look
from rootescrow.errors import RuleError, UsageError
from rootescrow.paper.layout import Paper
from rootescrow.policy import Holder
from rootescrow.register import folder
from rootescrow.register.events import Handover, Seal, Void
from rootescrow.register.now import SheetNow
from rootescrow.register.register import Register


@dataclass(frozen=True)
class Order:
    """What is wanted: the sheet, who gets it, and what the bag was found to be.

    `to` has the office and the place if they change, else they are empty; its bag is a new one's number, or empty for
    the same bag. `language` is that of the receipt, else the record's. Raises UsageError if it names no person.
    """

    sheet: str
    to: Holder
    seal: Seal
    paper: Paper = Paper.A4
    language: str = ""

    def __post_init__(self) -> None:
        if not self.to.person:
            raise UsageError("handed over to whom?", "Name the person who signs for it.")


def hand_over(path: Path, order: Order, out: Path, now: datetime.datetime) -> tuple[Change, Path | None]:
    """Write the receipt below `out` and then the line; what changed, and where the receipt is.

    A bag that is MISSING makes the sheet void, and there is no receipt. Raises what `look` raises; FileError for a
    copy, or if the receipt is there already; UsageError for a sheet that counts no more, or an opened bag that is not
    replaced; RuleError, and nothing is written, if a rule fails by the new holder or place; PaperError.
    """
    folder.check_master(path)
    before = look(path, now.date())
    sheet = before.register.sheet(order.sheet)
    if not sheet.counts:
        raise UsageError(f"{sheet.name} is {sheet.state}", "It is not handed on any more, but destroyed.")
    if not before.register.live:
        raise RuleError(f"the escrow is {before.register.state}", "Nothing of it is handed on any more.")
    later = before.register.superseded
    if later is not None and sheet.of_passphrase and not later.new_passphrase:
        raise UsageError(
            f"{sheet.name} is of escrow {later.escrow_id} now, whose passphrase is the same",
            "Name the folder of that one: it says who has the sheets of the passphrase.",
        )
    if order.seal is Seal.MISSING:
        return _missing(path, before, order, now), None
    if order.seal is Seal.OPENED and order.to.bag in ("", sheet.holder.bag):
        raise UsageError(
            "the bag was opened, and no new one is named", "Put the sheet, unread, into a new bag: --new-bag SERIAL."
        )
    event = _event(sheet, order)
    weigh(before, event, now=now, happened=[_anyway(sheet, event)])
    name = _file_name(event, now)
    contact = before.plan.organisation.contact if before.plan else ""

    def papers(register: Register) -> Mapping[str, bytes]:
        receipt = Receipt(register, event, sheet.holder, contact)
        language = order.language or register.record.language
        return {name: draw_handover(receipt, order.paper, language=language)}

    register = folder.append(path, event, now=now, out=out, papers=papers)
    return asked(before, register), out / name


def _event(sheet: SheetNow, order: Order) -> Handover:
    to, now = order.to, sheet.holder
    return Handover(
        sheet=sheet.name,
        office=to.office or now.office,
        person=to.person,
        place=to.place or now.place,
        bag=to.bag or now.bag,
        seal=order.seal,
    )


def _anyway(sheet: SheetNow, event: Handover) -> Handover:
    """What there would be to write if the sheet stayed as it is: what the bag was found to be."""
    return event.model_copy(update=asdict(sheet.holder))


def _missing(path: Path, before: Today, order: Order, now: datetime.datetime) -> Change:
    if order.to.bag:
        raise UsageError("a bag that is missing, and a new bag", "What is not there cannot be put into one.")
    event = Void(sheet=order.sheet, reason=f"not there when it was to be handed over to {order.to.person}", lost=True)
    return asked(before, folder.append(path, event, now=now))


def _file_name(event: Handover, now: datetime.datetime) -> str:
    sheet = "".join(c if c.isalnum() else "-" for c in event.sheet)
    return f"handover-{sheet}-{now.date().isoformat()}.pdf"

"""The receipt of a handover: which bag went from whom to whom, in what state, and what the new holder is to know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rootescrow.ceremony.papers import blocks
from rootescrow.codes import check_code_of_digest
from rootescrow.paper.layout import Paper
from rootescrow.paper.report import Block, Heading, Report, Table, Text, draw_report
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.policy import Holder
from rootescrow.register.events import Handover, Seal
from rootescrow.register.register import Register

_MUST = ("lock", "look", "not", "call", "leave")


@dataclass(frozen=True)
class Receipt:
    """What a receipt says: the sheet as it was held `before`, and the register after the handover.

    `contact` is whom to call; empty, it is a line for a pen.
    """

    register: Register
    event: Handover
    before: Holder
    contact: str = ""


def draw_handover(receipt: Receipt, paper: Paper, *, language: str = "en") -> bytes:
    """The receipt as a PDF. Raises PaperError for a text that the fonts cannot print or that has no room."""
    say = catalogue(language, Part.TURNOVER)
    record, event = receipt.register.record, receipt.event
    report = Report(
        title=say("handover.title", sheet=event.sheet, id=record.escrow_id),
        name=say("handover.name", sheet=event.sheet, id=record.escrow_id),
        note=say("note"),
        blocks=(
            Text((blocks.paragraph(say("handover.what")),)),
            *_bag(receipt, say),
            *_what_it_means(receipt, say),
            *blocks.steps("head.must", (f"handover.must_{what}" for what in _MUST), say),
            *blocks.escrow(
                receipt.register, say, (say("handover.contact"), blocks.said(receipt.contact, "the contact"))
            ),
            *blocks.signatures(say("handover.declare"), _roles(receipt, say), say),
        ),
        rehearsal=record.rehearsal,
        language=language,
    )
    return draw_report(report, paper)


def _bag(receipt: Receipt, say: Catalogue) -> Iterator[Block]:
    event, before = receipt.event, receipt.before
    sheet = receipt.register.sheet(event.sheet)
    after = say("sheet.same_bag", bag=event.bag) if event.bag and event.bag == before.bag else event.bag
    yield Heading(say("head.bag"))
    yield Table(
        blocks.FIELDS,
        (
            (say("sheet.name"), blocks.said(event.sheet, "the name of a group")),
            (say("sheet.check_code"), blocks.code(check_code_of_digest(bytes.fromhex(sheet.words_sha256)))),
            (say("sheet.from"), blocks.who(before, event.sheet)),
            (say("sheet.to"), blocks.who(event.holder, event.sheet)),
            (say("sheet.bag_before"), blocks.said(before.bag, f"the bag of {event.sheet}")),
            (say("sheet.seal"), say(f"sheet.{event.seal}")),
            (say("sheet.bag_after"), blocks.said(after, f"the bag of {event.sheet}")),
            (say("sheet.place_after"), blocks.said(event.place, f"the place of {event.sheet}")),
        ),
        row_height=6.8,
        together=True,
    )


def _what_it_means(receipt: Receipt, say: Catalogue) -> Iterator[Block]:
    if receipt.event.seal is Seal.WHOLE:
        yield Text((blocks.paragraph(say("handover.unseen")),))
        return
    person = receipt.before.person or receipt.before.office or say("handover.whoever")
    yield Text((blocks.paragraph(say("handover.opened", person=person), bold=True),))


def _roles(receipt: Receipt, say: Catalogue) -> Iterator[tuple[str, str]]:
    yield say("signature.from"), receipt.before.person
    yield say("signature.to"), receipt.event.person
    yield say("signature.witness"), ""

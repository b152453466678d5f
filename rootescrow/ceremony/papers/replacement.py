"""The paper of a replacement: which sheet takes the place of which, what is outside, and what is to be done now."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rootescrow.ceremony.papers import blocks
from rootescrow.codes import check_code_of_digest
from rootescrow.paper.fonts import Face
from rootescrow.paper.layout import Paper
from rootescrow.paper.report import TEXT, Block, Cell, Column, Heading, Report, Table, Text, draw_report
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.register.events import Replaced
from rootescrow.register.now import Exposure, SheetNow
from rootescrow.register.register import Register

_NAME = 42.0
_NEXT = ("print", "confirm", "bag", "others", "old")


def draw_replacement(register: Register, event: Replaced, paper: Paper, *, language: str = "en") -> bytes:
    """The paper of an event as a PDF; `register` is what holds after it.

    Raises PaperError for a text that the fonts cannot print or that has no room.
    """
    say = catalogue(language, Part.TURNOVER)
    new, old = register.sheet(event.sheet), register.sheet(event.old)
    names: dict[str, object] = {"new": new.name, "old": old.name, "group": new.group.name}
    names |= {"threshold": new.group.threshold, "sheets": ", ".join(event.quorum)}
    roles = [
        (say("signature.operator"), ""),
        (say("signature.operator"), ""),
        (say("signature.witness"), ""),
        (say("signature.holder", sheet=new.name), new.holder.person),
    ]
    report = Report(
        title=say("replacement.title", **names, id=register.record.escrow_id),
        name=say("replacement.name", **names, id=register.record.escrow_id),
        note=say("note"),
        blocks=(
            Text((blocks.paragraph(say("replacement.what", **names)),)),
            *_sheets(old, new, event, say),
            Heading(say("head.outside")),
            *_outside(register, names, say),
            *blocks.steps("head.next", (f"replacement.next_{what}" for what in _NEXT), say, **names),
            *blocks.escrow(register, say),
            *blocks.signatures(say("replacement.declare"), roles, say),
        ),
        rehearsal=register.record.rehearsal,
        language=language,
    )
    return draw_report(report, paper)


def _sheets(old: SheetNow, new: SheetNow, event: Replaced, say: Catalogue) -> Iterator[Block]:
    """The two beside each other, and how one came to take the place of the other."""
    width = (TEXT - _NAME) / 2

    def row(name: str, cell: Callable[[SheetNow], Cell]) -> tuple[Cell, ...]:
        return say(f"sheet.{name}"), cell(old), cell(new)

    yield Table(
        (
            Column("", _NAME),
            Column(say("replacement.void"), width, Face.SANS_BOLD),
            Column(say("replacement.counts"), width, Face.SANS_BOLD),
        ),
        (
            row("name", lambda sheet: blocks.said(sheet.name, "the name of a group")),
            row("check_code", lambda s: blocks.code(check_code_of_digest(bytes.fromhex(s.words_sha256)))),
            row("holder", lambda sheet: blocks.who(sheet.holder, sheet.name)),
            row("bag", lambda sheet: blocks.said(sheet.holder.bag, f"the bag of {sheet.name}")),
            row("place", lambda sheet: blocks.said(sheet.holder.place, f"the place of {sheet.name}")),
        ),
        together=True,
    )
    yield Table(
        (Column("", _NAME), Column("", TEXT - _NAME, Face.SANS_BOLD)),
        (
            (say("sheet.reason"), blocks.said(old.reason, "the reason")),
            (say("sheet.quorum"), blocks.said(", ".join(event.quorum), "the names of the sheets")),
        ),
        together=True,
    )


def _outside(register: Register, names: dict[str, object], say: Catalogue) -> Iterator[Block]:
    (exposure,) = (one for one in register.exposures if one.group.name == names["group"])
    yield Text((blocks.paragraph(say("replacement.voids_nothing", **names)),))
    yield Text((blocks.paragraph(_counted(exposure, names, say), bold=exposure.rekey_due or exposure.is_quorum),))


def _counted(exposure: Exposure, names: dict[str, object], say: Catalogue) -> str:
    if not exposure.sheets:
        return say("replacement.outside_none", **names)
    of = {**names, "sheets": ", ".join(exposure.sheets), "count": len(exposure.sheets)}
    grave = "_quorum" if exposure.is_quorum else "_due" if exposure.rekey_due else ""
    return say("replacement.outside", **of) + (f" {say(f'replacement.outside{grave}')}" if grave else "")

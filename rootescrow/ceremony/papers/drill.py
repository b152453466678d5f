"""The report of a drill: what was looked at, what is wrong and what to do, bags, what is due, and lines to sign."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rootescrow.ceremony.drilled import BAD, Drilled, Result, Sight
from rootescrow.ceremony.papers import words
from rootescrow.ceremony.papers.record import grouped
from rootescrow.errors import PaperError
from rootescrow.paper.fonts import Face, check_printable
from rootescrow.paper.layout import Paper, Paragraph
from rootescrow.paper.report import SIZE, TEXT, Block, Cell, Column, Heading, Report, Table, Text, draw_report, runs
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.policy import Holder
from rootescrow.register.events import ENVELOPE
from rootescrow.register.journal import Head
from rootescrow.register.now import SheetNow
from rootescrow.register.register import Register

if TYPE_CHECKING:
    from rootescrow.ceremony.opening import Exercise  # loads the search for a quorum, and a drill has none

SIGNATURES = ("secretary", "holder", "holder", "witness", "witness", "")
"""Whose lines there are to sign."""

_NAME = 62.0
_FIELDS = (Column("", _NAME), Column("", TEXT - _NAME, Face.SANS_BOLD))
_LOUD = 13.0
_SOURCE_CHARS = 60


@dataclass(frozen=True, kw_only=True)
class DrillPaper:
    """What the report of a drill tells. `register` is what holds after it.

    `head` is that of the journal with the drill's lines, or without them, if `pending` has the check codes of those.
    `opened` is set where a quorum opened the envelope, `unopened` says why it did not.
    """

    register: Register
    head: Head
    drilled: Drilled
    today: datetime.date
    opened: Exercise | None = None
    unopened: str = ""
    pending: tuple[str, ...] = ()
    language: str = "en"


def draw_drill(told: DrillPaper, paper: Paper) -> bytes:
    """The report as a PDF. Raises PaperError for a text that the fonts cannot print or that has no room."""
    say = catalogue(told.language, Part.DRILL)
    record = told.register.record
    values = {"id": record.escrow_id, "date": told.today.isoformat()}
    report = Report(
        title=say("title", **values),
        name=say("name", **values),
        note=say("note"),
        blocks=(
            *_summary(told, say),
            *_bad(told, say),
            *_about(told, say),
            *_looked(told, say),
            *_opened(told, say),
            *_unseen(told.register, say),
            *_due(told, say),
            *_signatures(say),
        ),
        rehearsal=record.rehearsal,
        language=told.language,
    )
    return draw_report(report, paper)


def _plain(text: str) -> Paragraph:
    return Paragraph(((text, Face.SANS),), SIZE)


def _bold(text: str, size: float = SIZE, gap: float = 0.0) -> Paragraph:
    return Paragraph(((text, Face.SANS_BOLD),), size, gap)


def _summary(told: DrillPaper, say: Catalogue) -> Iterator[Block]:
    bad, count = len(told.drilled.bad), len(told.drilled.sights)
    sentence = say("some_bad", bad=bad, count=count) if bad else say("all_right", count=count)
    yield Text((_bold(sentence, 16.0),))
    if told.unopened:
        yield Text((_bold(say("unopened", why=_shown(words.said(told.unopened, say))), 14.0),))
    if told.pending:
        yield Text((Paragraph(runs(say, "pending", {"codes": ", ".join(told.pending)}), 12.0),))
    what = [_plain(say("what_opened" if told.opened else "what"))]
    if told.register.record.rehearsal:
        what.append(_bold(say("of_rehearsal"), gap=1.5))
    yield Text(tuple(what))


def _bad(told: DrillPaper, say: Catalogue) -> Iterator[Block]:
    """What the Board must hear of, before everything else."""
    if told.drilled.bad:
        yield Heading(say("head.bad"))
    rows: list[tuple[Cell, ...]] = []
    for sight in told.drilled.bad:
        lines = [_bold(_name(words.name(sight.name, say), "an item"), _LOUD)]
        if sight.check_code and sight.item not in ("", sight.name):
            lines.append(_bold(say("bad.claims", item=_name(words.name(sight.item, say), "an item"))))
        if sight.message:
            lines.append(_plain(_shown(words.said(sight.message, say))))
        if sight.source:
            source = _shown(words.source(sight.source, say))[-_SOURCE_CHARS:]
            lines.append(_plain(say("bad.where", source=source)))
        if sight.check_code:
            lines.append(_plain(say("bad.paper", code=sight.check_code)))
        rows.append(
            ((_bold(_result(sight, say), _LOUD),), tuple(lines), (_plain(_shown(words.said(sight.hint, say))),))
        )
    if rows:
        yield Table((Column("", 40.0), Column("", 68.0), Column("", TEXT - 108.0)), tuple(rows), row_height=14.0)
    if told.drilled.unbagged:
        names = ", ".join(told.drilled.unbagged)
        yield Text((Paragraph(runs(say, "unbagged.what", {"names": names}), 12.0),))


def _about(told: DrillPaper, say: Catalogue) -> Iterator[Block]:
    register, event = told.register, told.drilled.event
    record = register.record
    generation = say(
        "about.generation", id=record.escrow_id, generation=record.generation, state=words.state(register, say)
    )
    yield Heading(say("head.about"))
    yield Table(
        _FIELDS,
        (
            (say("about.key"), check_printable(record.key.name, "the name of the key")),
            (say("about.escrow"), generation),
            (say("about.check_code"), _code(record.check_code)),
            (say("about.head_before" if told.pending else "about.head"), _code(str(told.head))),
            (say("about.date"), told.today.isoformat()),
            (say("about.by"), check_printable(event.by, "who was in the room") or say("none")),
            (say("about.next"), event.next_drill.isoformat() if event.next_drill else say("unknown")),
        ),
        together=True,
    )


def _code(code: str) -> Cell:
    return (Paragraph(((code, Face.MONO_BOLD),), 12.0),)


def _looked(told: DrillPaper, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.looked"))
    sheets = {sheet.name: sheet for sheet in told.register.sheets}
    yield Table(
        (
            Column(say("looked.item"), 46.0, Face.SANS_BOLD),
            Column(say("looked.holder"), 42.0),
            Column(say("looked.result"), 34.0),
            Column(say("looked.seal"), 22.0),
            Column(say("looked.old"), 21.0),
            Column(say("looked.new"), TEXT - 165.0),
        ),
        tuple(_row(sight, sheets, say) for sight in told.drilled.sights),
        row_height=8.0,
    )


def _row(sight: Sight, sheets: dict[str, SheetNow], say: Catalogue) -> tuple[Cell, ...]:
    sheet = sheets.get(sight.item)
    name = [_bold(_name(words.name(sight.name, say), "an item"))]
    if sight.message and sight.result not in BAD:
        name.append(_plain(_shown(words.said(sight.message, say))))
    size = _LOUD if sight.result in BAD else SIZE
    result = (Paragraph(((_result(sight, say), Face.SANS_BOLD),), size),)
    bag = sight.bag
    # What is wrong says whose it is, and need not be: no holder's name stands beside it.
    claims = sight.item != sight.name
    holder = _holder(sheet.holder, sight.item, say) if sheet and not claims else ""
    if bag is None and (claims or sight.item == ENVELOPE):
        return tuple(name), holder, result, "", "", ""
    seal: Cell = say(f"seal.{bag.seal.value}") if bag else say("looked.unsaid")
    old = _name(sight.old_bag, f"the bag of {sight.item}") or say("unknown")
    new = (bag.new if bag else "") or say("looked.kept" if sight.result is Result.SEEN else "looked.unsaid")
    return tuple(name), holder, result, seal, old, new


def _holder(holder: Holder, item: str, say: Catalogue) -> Cell:
    parts = [("person", holder.person or holder.office), ("place", holder.place)]
    lines = tuple(_plain(_name(text, f"the {what} of {item}")) for what, text in parts if text)
    return lines or say("unknown")


def _result(sight: Sight, say: Catalogue) -> str:
    return say(f"result.{sight.result.name.lower()}")


def _opened(told: DrillPaper, say: Catalogue) -> Iterator[Block]:
    opened = told.opened
    if opened is None:
        return
    proved = words.said(opened.proved, say)
    if opened.by_sheets:
        proved = say("opened.from_sheets", proved=proved)
    yield Heading(say("head.opened"))
    yield Table(
        _FIELDS,
        (
            (say("opened.case"), check_printable(opened.event.case, "the case")),
            (say("opened.arbitrator"), check_printable(opened.event.arbitrator, "the arbitrator") or say("none")),
            (say("opened.sheets"), ", ".join(opened.event.sheets)),
            (say("opened.key"), grouped(opened.encrypted_key_sha256)),
            (say("opened.passphrase"), proved or say("opened.not_tried")),
            (say("opened.took"), opened.took),
            (say("opened.written"), say("opened.nothing")),
        ),
        together=True,
    )


def _unseen(register: Register, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.unseen"))
    yield Text((_plain(say("unseen.what")),), keep=True)
    rows: list[tuple[Cell, ...]] = []
    for sheet in unseen_longest(register):
        seen = sheet.seen.date().isoformat() if sheet.seen else say("unseen.never")
        bag = _name(sheet.holder.bag, f"the bag of {sheet.name}") or say("unknown")
        rows.append((_name(words.name(sheet.name, say), "a sheet"), _holder(sheet.holder, sheet.name, say), bag, seen))
    yield Table(
        (
            Column(say("unseen.sheet"), 46.0, Face.SANS_BOLD),
            Column(say("unseen.holder"), 80.0),
            Column(say("unseen.bag"), 30.0),
            Column(say("unseen.seen"), TEXT - 156.0),
        ),
        tuple(rows),
    )


def unseen_longest(register: Register) -> tuple[SheetNow, ...]:
    """The sheets that count, the one that nobody has seen for longest first; those never seen before all others."""
    counting = (sheet for sheet in register.sheets if sheet.counts)
    first = datetime.datetime.min.replace(tzinfo=datetime.UTC)
    return tuple(sorted(counting, key=lambda sheet: sheet.seen or first))


def _due(told: DrillPaper, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.due"))
    due = told.register.tasks(told.today)
    lines = [_plain(f"– {_shown(words.task(task, say))}") for task in due] or [_plain(say("due.nothing"))]
    yield Text(tuple(lines))


def _signatures(say: Catalogue) -> Iterable[Block]:
    yield Heading(say("head.signatures"))
    yield Text((_plain(say("signature.what")),), keep=True)
    yield Table(
        (
            Column(say("signature.role"), 32.0),
            Column(say("signature.name"), 62.0),
            Column(say("signature.date"), 27.0),
            Column(say("signature.signature"), TEXT - 121.0),
        ),
        tuple((say(f"signature.{role}") if role else "", "", "", "") for role in SIGNATURES),
        row_height=11.0,
        together=True,
    )


def _name(text: str, what: str) -> str:
    return check_printable(text, what) if text else ""


def _shown(text: str) -> str:
    """What a file or a folder is called may be anything: what the fonts lack of it is left out."""
    return "".join(character for character in text if _has(character))


def _has(character: str) -> bool:
    try:
        check_printable(character, "a character")
    except PaperError:
        return False
    return True

"""The call list for a recovery: on the worst day, whom to call in which order, where what lies, how long it takes.

It reads the register, so it names who has a sheet today. Telephone numbers and hours of travel are the plan's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rootescrow.ceremony.names import plain
from rootescrow.ceremony.papers import words
from rootescrow.ceremony.plan import Plan
from rootescrow.ceremony.rules.mathematics import (
    arrival_hours,
    assembly_hours,
    envelope_hours,
    quorum_hours,
    survives_place,
    worst_assembly,
)
from rootescrow.ceremony.rules.z import CRL_HOURS
from rootescrow.ceremony.situation import Carrier, Kind, Situation
from rootescrow.ceremony.today import Today
from rootescrow.paper.fonts import Face, check_printable
from rootescrow.paper.layout import Paper, Paragraph
from rootescrow.paper.report import SIZE, TEXT, Block, Cell, Column, Heading, Report, Table, Text, draw_report
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.paper.wording import decimal
from rootescrow.policy import Body, Group
from rootescrow.register.events import ENVELOPE, Found
from rootescrow.register.now import SheetNow
from rootescrow.register.register import Register

BLANK_ROWS = 4
"""Lines to fill in by hand where nothing is recorded."""
LOG_ROWS = 8
MOST_PLACES = 3
"""Places that are named in the sentence about the worst: with more it would say nothing."""

_TICK = 6.6
_NAME = 62.0
_HOURS = 14.0
_FIELDS = (Column("", _NAME), Column("", TEXT - _NAME, Face.SANS_BOLD))
_BY_HAND = 9.0
_ROW = 20.0
_CONTACT = 9.5
_PEN = 3.0


def file_name(register: Register) -> str:
    """`K7QD-M2XA-call-list.pdf`."""
    return f"{register.record.escrow_id}-call-list.pdf"


def draw_call_list(today: Today, paper: Paper, *, copy: bool = False, language: str = "en") -> bytes:
    """The call list as a PDF; `copy`: the escrow folder is one, which may be behind.

    Raises PaperError for a text that the fonts cannot print or that has no room.
    """
    say = catalogue(language, Part.CALL_LIST)
    record = today.register.record
    asked = "arbitration" if any(group.body is Body.ARBITRATION for group in today.register.groups) else "other"
    contacts = _Contacts(today.plan)
    report = Report(
        title=say("title", id=record.escrow_id, generation=record.generation),
        name=say("name", id=record.escrow_id, generation=record.generation, date=today.date),
        note=_note(today.register, say),
        blocks=(
            *_identity(today, copy, say),
            *_case(asked, say),
            *_each_call(today, asked, say),
            *_order(today, say),
            *_groups(today, contacts, say),
            *_passphrase(today, contacts, say),
            *_envelopes(today, contacts, say),
            *_not_used(today, asked, say),
            *_log(say),
        ),
        rehearsal=record.rehearsal,
        language=language,
    )
    return draw_report(report, paper)


def _note(register: Register, say: Catalogue) -> str:
    """What stands at the foot of every page."""
    return say("note_superseded", id=register.superseded.escrow_id) if register.superseded else say("note")


class _Contacts:
    """How people and places are reached, by their full names; "" where nobody wrote it down."""

    def __init__(self, plan: Plan | None) -> None:
        self._people = {plain(person.name): person.contact for person in plan.people.values()} if plan else {}
        self._places = {plain(place.name): place.contact for place in plan.places.values()} if plan else {}

    def person(self, name: str) -> str:
        return self._people.get(plain(name), "")

    def place(self, name: str) -> str:
        return self._places.get(plain(name), "")


def _identity(today: Today, copy: bool, say: Catalogue) -> Iterator[Block]:
    register = today.register
    record = register.record
    yield Text(tuple(_warnings(today, copy, say)))
    rows: list[tuple[Cell, ...]] = [(say("of.key"), _text(record.key.name, "the name of the key"))]
    if today.plan:
        organisation = today.plan.organisation
        rows.append((say("of.organisation"), f"{organisation.name}, {organisation.contact}"))
    rows += [
        (say("of.state"), words.state(register, say)),
        (say("of.date"), today.date.isoformat()),
        (say("of.record"), _mono(record.check_code)),
        (say("of.journal"), _mono(str(register.journal.head))),
    ]
    yield Table(_FIELDS, tuple(rows), together=True)


def _warnings(today: Today, copy: bool, say: Catalogue) -> Iterator[Paragraph]:
    register = today.register
    if register.superseded:
        after = register.superseded
        yield Paragraph(((say("superseded", id=after.escrow_id, generation=after.generation), Face.SANS_BOLD),), 16.0)
    yield Paragraph(((say("what"), Face.SANS),), SIZE, 1.5 if register.superseded else 0.0)
    loud = []
    if register.record.rehearsal:
        loud.append(say("of_rehearsal"))
    if not register.live:
        loud.append(say("dead"))
    elif not register.confirmed:
        loud.append(say("unconfirmed", count=len(register.to_confirm)))
    if today.plan is None:
        problem = _text(words.said(today.plan_problem, say), "what is wrong with the plan")
        loud.append(say("plan_problem", problem=problem) if problem else say("no_plan"))
    if copy:
        loud.append(say("copy"))
    yield from (Paragraph(((text, Face.SANS_BOLD),), 11.0, 1.5) for text in loud)


def _case(asked: str, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.case"))
    yield Text((Paragraph(((say(f"case.{asked}"), Face.SANS_BOLD),), 11.0),), keep=True)
    lines = [say(f"case.number_{asked}"), say(f"case.by_{asked}"), *(say(f"case.{n}") for n in ("caller", "second"))]
    rows = tuple((line, "") for line in (*lines, say("case.meet")))
    yield Table(_FIELDS, rows, row_height=_BY_HAND, together=True)


def _each_call(today: Today, asked: str, say: Catalogue) -> Iterator[Block]:
    contact = today.plan.organisation.contact if today.plan else say("call.no_contact")
    yield Heading(say("head.call"))
    lines = [say(f"call.who_{asked}", contact=contact), *(say(f"call.{n}") for n in ("bag", "bring", "never", "next"))]
    columns = (Column("", 8.0, Face.SANS_BOLD), Column("", TEXT - 8.0, Face.SANS))
    bold = Column("", TEXT - 8.0, Face.SANS_BOLD)
    rows = tuple(
        (str(number), (Paragraph(((line, bold.face if number in (3, 4) else Face.SANS),), SIZE),))
        for number, line in enumerate(lines, 1)
    )
    yield Table(columns, rows, together=True)


# Who is needed, and how long it takes.


@dataclass(frozen=True)
class _Called:
    """A group as it is called: the sheets that can be called, nearest first, and the hours until a quorum is there."""

    group: Group
    sheets: tuple[SheetNow, ...]
    hours: float
    of_passphrase: bool

    @property
    def meets(self) -> bool:
        """Whether a quorum can be called at all."""
        return len({sheet.words_sha256 for sheet in self.sheets}) >= self.group.threshold


def _in_order(today: Today) -> list[_Called]:
    """The groups, the passphrase's too, who takes longest first: everybody waits for them."""
    register, situation = today.register, today.situation
    described = [*situation.groups, *([situation.passphrase.escrowed] * len(_passphrase_groups(register)))]
    found = []
    for place, (group, kept) in enumerate(zip(register.groups, described, strict=True)):
        sheets = [sheet for sheet in register.sheets_of(group) if sheet.counts]
        sheets.sort(key=lambda sheet: arrival_hours(situation, sheet.holder.person))
        hours = quorum_hours(situation, kept) if kept else math.inf
        found.append(_Called(group, tuple(sheets), hours, place >= len(situation.groups)))
    return sorted(found, key=lambda called: -called.hours)


def _order(today: Today, say: Catalogue) -> Iterator[Block]:
    situation = today.situation
    needed, groups, order = situation.needed, situation.groups, _in_order(today)
    yield Heading(say("head.order"), new_page=True)
    which = say("order.all") if needed == len(groups) else say("order.some", needed=needed, count=len(groups))
    yield Text((Paragraph(((which, Face.SANS),), SIZE),), keep=True)
    rows = [_order_row(number, called, say) for number, called in enumerate(order, 1)]
    keeping = situation.passphrase
    if keeping.typists:
        count = len(keeping.typists)
        hours = max(_person_hours(situation, name) for name in keeping.typists)
        rows.append((say("order.typed"), say("order.parts", count=count), str(count), _hours(hours, say)))
    elif not keeping.escrowed:
        rows.append((say("head.passphrase"), "", "", say("order.unknown")))
    on_sheets = situation.on_each_sheet
    many = say("order.on_sheets") if on_sheets else str(len(situation.envelopes))
    when = "" if on_sheets else _hours(envelope_hours(situation), say)
    rows.append((say("order.envelope"), say("order.one"), many, when))
    yield Table(
        (
            Column(say("order.what"), _NAME, Face.SANS_BOLD),
            Column(say("order.needed"), 40.0),
            Column(say("order.left"), 40.0),
            Column(say("order.hours"), TEXT - _NAME - 80.0, Face.SANS_BOLD),
        ),
        tuple(rows),
    )
    yield Text((Paragraph(((_assembly(today, order, say), Face.SANS_BOLD),), 11.0, 2.0),))


def _order_row(number: int, called: _Called, say: Catalogue) -> tuple[Cell, ...]:
    group = called.group
    name = _text(f"{number}. {group.name}", "the name of a group")
    needed = say("order.any", threshold=group.threshold, count=group.count)
    when = _hours(called.hours, say) if called.meets else say("order.short")
    return name, needed, str(len(called.sheets)), when


def _assembly(today: Today, order: list[_Called], say: Catalogue) -> str:
    """How long it usually takes and at worst: what rule z.7 answers, in a sentence."""
    register, situation = today.register, today.situation
    met = sum(called.meets for called in order if not called.of_passphrase)
    passphrase = all(called.meets for called in order if called.of_passphrase)
    if met < situation.needed or not passphrase or register.envelopes_destroyed:
        return say("order.never")
    usual, (lost, worst) = assembly_hours(situation), worst_assembly(situation)
    said = [say("order.usual", hours=_hours(usual, say)) if math.isfinite(usual) else say("order.usual_unknown")]
    known = situation.on_each_sheet or situation.envelopes
    never = [place for place in situation.locations if known and not survives_place(situation, place)]
    if never:
        said.append(say("order.worst_never", places=_places(never, say)))
    if math.isfinite(worst):
        place = _text(lost, "the name of a place")
        said.append(say("order.worst", place=place, hours=_hours(worst, say)) if lost else say("order.worst_any"))
    elif not never:
        said.append(say("order.worst_unknown"))
    return " ".join([*said, say("order.crl", due=CRL_HOURS)])


def _places(places: list[str], say: Catalogue) -> str:
    """The first of them, and how many more."""
    first = _text("; ".join(places[:MOST_PLACES]), "the name of a place")
    more = len(places) - MOST_PLACES
    return say("order.worst_more", places=first, more=more) if more > 0 else first


def _hours(hours: float, say: Catalogue) -> str:
    return say("order.in_hours", hours=decimal(hours, say)) if math.isfinite(hours) else say("order.unknown")


def _person_hours(situation: Situation, name: str) -> float:
    hours = {person.name: person.hours for person in situation.people}.get(name)
    return math.inf if hours is None else hours


def _place_hours(situation: Situation, name: str) -> float:
    hours = {place.name: place.hours for place in situation.places}.get(name)
    return math.inf if hours is None else hours


# Whom to call.


def _passphrase_groups(register: Register) -> tuple[Group, ...]:
    escrowed = register.record.passphrase
    return escrowed.policy.groups if escrowed else ()


def _groups(today: Today, contacts: _Contacts, say: Catalogue) -> Iterator[Block]:
    for number, called in enumerate(_in_order(today), 1):
        yield from _group(today, contacts, number, called, say)


def _group(today: Today, contacts: _Contacts, number: int, called: _Called, say: Catalogue) -> Iterator[Block]:
    situation, sheets, group = today.situation, called.sheets, called.group
    wrong = today.register.found_wrong
    name = _text(group.name, "the name of a group")
    key = {0: "head_none", 1: "head_one"}.get(len(sheets), "head")
    yield Heading(say(f"group.{key}", number=number, name=name, threshold=group.threshold, count=len(sheets)))
    what = say("group.passphrase") if called.of_passphrase else say(f"group.{group.body}")
    lines = [Paragraph(((what, Face.SANS),), SIZE)]
    if group.copies:
        lines.append(Paragraph(((say("group.copies"), Face.SANS),), SIZE))
    if not called.meets:
        short = say("group.short", left=len(sheets), threshold=group.threshold)
        lines.append(Paragraph(((short, Face.SANS_BOLD),), 11.0))
    yield Text(tuple(lines), keep=bool(sheets))
    if sheets:
        rows = (
            (
                "",
                _who(sheet, contacts.person(sheet.holder.person), sheet.name in wrong, say),
                _where(sheet.holder.place, sheet.holder.bag, contacts, sheet.name, say),
                _short_hours(arrival_hours(situation, sheet.holder.person), say),
                "",
                "",
                "",
            )
            for sheet in sheets
        )
        yield Table(_calls(say), tuple(rows), row_height=_ROW)


def _calls(say: Catalogue) -> tuple[Column, ...]:
    return (
        Column("", _TICK, tick=True),
        Column(say("row.who"), 57.0),
        Column(say("row.where"), 54.0),
        Column(say("row.hours"), _HOURS, Face.SANS_BOLD, 13.0),
        Column(say("row.called"), 17.0),
        Column(say("row.answer"), 20.0),
        Column(say("row.there"), TEXT - 57.0 - 54.0 - _TICK - _HOURS - 37.0),
    )


def _short_hours(hours: float, say: Catalogue) -> str:
    return decimal(hours, say) if math.isfinite(hours) else ""


def _who(sheet: SheetNow, contact: str, wrong: bool, say: Catalogue) -> tuple[Paragraph, ...]:
    holder, name = sheet.holder, sheet.name
    marks = [] if sheet.confirmed else [say("row.unconfirmed")]
    if wrong:
        marks.append(say("row.wrong"))
    if sheet.may_know and sheet.who in sheet.may_know:
        marks.append(say("row.opened"))
    return (
        _line(name, Face.SANS_BOLD, "the name of a group", 11.0),
        _line(holder.person, Face.SANS_BOLD, f"the person of {name}")
        if holder.person
        else _blank(say("row.no_person")),
        *([_line(holder.office, Face.SANS, f"the office of {name}")] if holder.office else []),
        _contact(contact, f"how to reach the person of {name}", say),
        *(_line(mark, Face.SANS, "") for mark in marks),
    )


def _where(place: str, bag: str, contacts: _Contacts, name: str, say: Catalogue) -> tuple[Paragraph, ...]:
    return (
        _line(place, Face.SANS_BOLD, f"the place of {name}") if place else _blank(say("row.no_place")),
        _contact(contacts.place(place), f"how to reach the place of {name}", say),
        _line(say("row.bag", bag=bag), Face.SANS, f"the bag of {name}") if bag else _blank(say("row.no_bag")),
    )


def _contact(contact: str, what: str, say: Catalogue) -> Paragraph:
    return _line(contact, Face.MONO, what, _CONTACT) if contact else _blank(say("blank"))


def _blank(text: str) -> Paragraph:
    """A line to write on, with room above it."""
    return Paragraph(((text, Face.SANS),), SIZE, _PEN)


def _line(text: str, face: Face, what: str, size: float = SIZE) -> Paragraph:
    return Paragraph(((_text(text, what), face),), size, what=what)


# The passphrase that is on no sheet.


def _passphrase(today: Today, contacts: _Contacts, say: Catalogue) -> Iterator[Block]:
    typists = today.situation.passphrase.typists
    if today.situation.passphrase.escrowed:
        return
    yield Heading(say("head.passphrase"))
    yield Text(
        (Paragraph(((say("passphrase.typed" if typists else "passphrase.unknown"), Face.SANS),), SIZE),), keep=True
    )
    rows: list[tuple[Cell, ...]] = []
    for number, name in enumerate(typists, 1):
        part = say("row.part", number=number, count=len(typists))
        who = (
            _line(part, Face.SANS_BOLD, "", 11.0),
            _line(name, Face.SANS_BOLD, f"the name of {part}"),
            _contact(contacts.person(name), f"how to reach {part}", say),
        )
        rows.append(("", who, "", _short_hours(_person_hours(today.situation, name), say), "", "", ""))
    blank = ("", (_blank(say("row.no_person")), _blank(say("blank"))), "", "", "", "", "")
    yield Table(_calls(say), tuple(rows or [blank] * BLANK_ROWS), row_height=_ROW if rows else _BY_HAND)


# The envelopes.


def _envelopes(today: Today, contacts: _Contacts, say: Catalogue) -> Iterator[Block]:
    register, situation = today.register, today.situation
    carriers = sorted(situation.envelopes, key=lambda carrier: _place_hours(situation, carrier.place))
    yield Heading(say("head.envelopes"))
    if register.envelopes_destroyed:
        key = "envelope.destroyed"
    elif situation.on_each_sheet:
        key = "envelope.each_too" if carriers else "envelope.each"
    else:
        key = "envelope.fetch" if carriers else "envelope.none"
    if register.envelopes_destroyed or (situation.on_each_sheet and not carriers):
        yield Text((Paragraph(((say(key), Face.SANS_BOLD),), SIZE),))
        return
    yield Text((Paragraph(((say(key), Face.SANS),), SIZE),), keep=True)
    rows = [
        (
            "",
            _carrier(carrier, register, say),
            _where(carrier.place, carrier.bag, contacts, carrier.name, say),
            _short_hours(_place_hours(situation, carrier.place), say),
            "",
        )
        for carrier in carriers
    ]
    blank: tuple[Cell, ...] = ("", "", (_blank(say("row.no_place")), _blank(say("blank"))), "", "")
    yield Table(
        (
            Column("", _TICK, tick=True),
            Column(say("envelope.what"), 57.0),
            Column(say("row.where"), 54.0),
            Column(say("row.hours"), _HOURS, Face.SANS_BOLD, 13.0),
            Column(say("envelope.fetched"), TEXT - 111.0 - _TICK - _HOURS),
        ),
        tuple(rows or [blank] * BLANK_ROWS),
        row_height=_BY_HAND,
    )


def _carrier(carrier: Carrier, register: Register, say: Catalogue) -> tuple[Paragraph, ...]:
    kind = "medium" if carrier.kind is Kind.MEDIUM else "paper"
    name = _line(say(f"envelope.{kind}", name=words.name(carrier.name, say)), Face.SANS_BOLD, f"the name of {kind}")
    drilled = register.found_wrong.get(carrier.name if carrier.kind is Kind.MEDIUM else ENVELOPE)
    if drilled is None:
        return (name,)
    found, _ = drilled
    return name, _line(say("envelope.gone" if found is Found.GONE else "envelope.wrong"), Face.SANS, "")


# What is not to be used, and what happened.


def _not_used(today: Today, asked: str, say: Catalogue) -> Iterator[Block]:
    left = [sheet for sheet in today.register.sheets if sheet.void and not sheet.destroyed]
    if not left:
        return
    yield Heading(say("head.not_used"))
    what = say("not_used.what" if asked == "arbitration" else "not_used.what_other")
    yield Text((Paragraph(((what, Face.SANS),), SIZE),), keep=True)
    rows: list[tuple[Cell, ...]] = []
    for sheet in left:
        name, holder = sheet.name, sheet.holder
        who = [part for part in (holder.person or holder.office, holder.place) if part]
        since = sheet.void.date().isoformat() if sheet.void else ""
        rows.append(
            (
                (_line(name, Face.SANS_BOLD, "the name of a group"),),
                (_line(", ".join(who), Face.SANS, f"who has {name}"),),
                (_line(holder.bag, Face.SANS, f"the bag of {name}"),),
                (_line(f"{since}: {words.reason(sheet.reason, say)}", Face.SANS, f"why {name} is void"),),
            )
        )
    yield Table(
        (
            Column(say("not_used.sheet"), 36.0),
            Column(say("not_used.who"), 56.0),
            Column(say("not_used.bag"), 26.0),
            Column(say("not_used.why"), TEXT - 118.0),
        ),
        tuple(rows),
    )


def _log(say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.log"))
    yield Table(
        (
            Column(say("log.time"), 20.0),
            Column(say("log.happened"), TEXT - 45.0),
            Column(say("log.initials"), 25.0),
        ),
        (("", "", ""),) * LOG_ROWS,
        row_height=_BY_HAND,
        together=True,
    )


def _mono(text: str) -> tuple[Paragraph, ...]:
    return (Paragraph(((text, Face.MONO_BOLD),), 11.0),)


def _text(text: str, what: str) -> str:
    return check_printable(text, what) if text else ""

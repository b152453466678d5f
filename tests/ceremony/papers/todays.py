"""Escrows on some day, as papers about them are to be drawn: usual ones, and as bare and as large as they come."""

from __future__ import annotations

import datetime
import json
from functools import cache

from rootescrow.ceremony.plan import Generated, Plan, load
from rootescrow.ceremony.plan.tables import Sheet
from rootescrow.ceremony.today import Today, judge
from rootescrow.policy import Body
from rootescrow.register.events import AnyEvent, Confirmed, Destroyed, Handover, How, Note, Printed, Seal, Void
from rootescrow.register.record import (
    Accepted,
    Authority,
    Record,
    RecordedEnvelope,
    RecordedGroup,
    RecordedPassphrase,
    RecordedSheet,
    sha256,
)
from rootescrow.register.register import fold
from tests.ceremony.papers.support import records
from tests.ceremony.plans import ROOT, SIMPLE, TYPED, accepting, changed
from tests.ceremony.registers import END, RECOVERY, SECOND, YEARS, lived
from tests.paper.support import LONG
from tests.register.support import make_journal, make_record

DAY = datetime.date(2027, 3, 1)
LATER = datetime.date(2030, 7, 1)
USUAL = accepting("AU-4", ROOT)
REHEARSAL = changed(TYPED, ('body = "arbitration"', 'body = "other"'))
EACH = f'{SIMPLE}\n[[media]]\nname = "USB stick"\nplace = "home_cy"\n'
NEAR = changed(("hours = 2 }", "hours = 1 }"), plan=SIMPLE)
EVENTS: tuple[AnyEvent, ...] = (
    Void(sheet="Board/4", reason="its bag was lost on a train"),
    Handover(sheet="Arbitration/2", office="Arbitrator", person="Zoe", place="Linz", bag="A3", seal=Seal.OPENED),
    Printed(sheet="Board/1", printer="laser"),
    Note(text="The safe has a new lock."),
    Destroyed(sheets=("Passphrase/3",), media=("USB stick 2",), every_envelope=False, witnesses="Ada, Bo"),
)


def record_of(text: str, **changes: object) -> Record:
    """The record of what a plan makes, some of its fields changed."""
    plan = load(text.encode())
    kept = plan.passphrase
    fields: dict[str, object] = {
        "plan_sha256": sha256(text.encode()),
        "profile": plan.profile.value,
        "authority": Authority(motion=plan.authority.motion, date=plan.authority.date),
        "groups": tuple(
            RecordedGroup(name=group.name, body=group.body, threshold=group.threshold, count=len(group.sheets))
            for group in plan.groups
        ),
        "group_threshold": plan.policy.group_threshold,
        "sheets": tuple(sheet for group in plan.groups for sheet in _sheets(plan, group.name, group.sheets)),
        "media": tuple(medium.name for medium in plan.media),
        "envelope": RecordedEnvelope(sha256=sha256(b"envelope"), bytes=2600, printed=plan.placement.value),
        "accepted": tuple(Accepted(rule=rule, reason=reason) for rule, reason in plan.accept.items()),
        "passphrase": _passphrase(plan, kept) if isinstance(kept, Generated) else None,
    }
    return make_record(**{**fields, **changes})


def _sheets(plan: Plan, group: str, sheets: tuple[Sheet, ...]) -> tuple[RecordedSheet, ...]:
    holders = map(plan.holder, sheets)
    return tuple(
        RecordedSheet(
            group=group,
            number=number,
            office=holder.office,
            person=holder.person,
            place=holder.place,
            bag=holder.bag,
            words_sha256=sha256(f"{group}/{number}".encode()),
        )
        for number, holder in enumerate(holders, 1)
    )


def _passphrase(plan: Plan, kept: Generated) -> RecordedPassphrase:
    group = RecordedGroup(name="Passphrase", body=Body.OTHER, threshold=kept.threshold, count=len(kept.sheets))
    sheets = _sheets(plan, group.name, kept.sheets)
    return RecordedPassphrase(escrow_id="NNNN-2222", groups=(group,), group_threshold=1, sheets=sheets)


def confirmed(record: Record) -> tuple[AnyEvent, ...]:
    """All that is printed of it was read back."""
    sheets = (*record.sheets, *(record.passphrase.sheets if record.passphrase else ()))
    envelope = ("the envelope",) if record.envelope.printed == "separate" else ()
    names = (*(sheet.name for sheet in sheets), *envelope)
    return tuple(Confirmed(sheet=name, how=How.SCAN, by="Olga Example, Otto Example") for name in names)


def today_of(record: Record, *events: AnyEvent, plan: str | None = None) -> Today:
    """What holds after some events."""
    register = fold(record, make_journal(*events, record=record))
    return judge(register, None if plan is None else plan.encode(), DAY)


def long_plan() -> str:
    """A plan with 16 groups and the longest texts there are: the first group has 16 sheets, the others 3."""
    people, places, groups = [], [], []
    quoted = json.dumps
    for number in range(1, 62):
        who = quoted(f"{number} Person {'W' * 120}"[:120], ensure_ascii=False)
        contact = quoted(f"{number} Contact {LONG}{LONG}"[:120], ensure_ascii=False)
        where = quoted(f"{number} Place {LONG}{LONG}"[:120], ensure_ascii=False)
        people.append(f"[people.p{number}]\nname = {who}\ncontact = {contact}\nhours = {number}\n")
        places.append(f"[places.p{number}]\nname = {where}\ncontact = {contact}\nhours = {number}.5\n")
    used = iter(range(1, 62))
    for place in range(16):
        name = quoted(f"{place + 1} {LONG}"[:32].strip(), ensure_ascii=False)
        count = 16 if place == 0 else 3
        body = list(Body)[min(place, 3)].value
        office = quoted(f"Office {LONG}{LONG}"[:120], ensure_ascii=False)
        sheets = "".join(
            f'  {{ office = {office}, person = "p{n}", place = "p{n}", bag = {quoted(f"{n} Bag " + LONG)[:110]}" }},\n'
            for n in (next(used) for _ in range(count))
        )
        groups.append(f'[[groups]]\nname = {name}\nbody = "{body}"\nthreshold = 2\nsheets = [\n{sheets}]\n')
    media = "".join(f'[[media]]\nname = "Medium {n} {LONG}"\nplace = "p{n}"\n' for n in range(1, 6))
    head = ROOT[: ROOT.index("[people]")].replace('"olga", "otto"', '"p1", "p2"').replace('"wanda"', '"p3"')
    typed = ", ".join(f'"p{number}"' for number in range(40, 56))
    passphrase = f'[passphrase]\nsource = "typed"\nparts = [{typed}]\n'
    head = head.replace("\n[organisation]", "groups_needed = 15\n\n[organisation]")
    return "\n".join([head, *people, *places, *groups, media, passphrase])


@cache
def todays() -> dict[str, Today]:
    """Situations that differ as much as they can."""
    usual = record_of(USUAL)
    rehearsal = record_of(REHEARSAL, rehearsal=True)
    each = record_of(EACH)
    names = tuple(sheet.name for sheet in make_record().sheets)
    gone = Destroyed(sheets=names, media=(), every_envelope=True, witnesses="Ada")
    long = long_plan()
    return {
        "usual": today_of(usual, *confirmed(usual), *EVENTS, plan=USUAL),
        "rehearsal": today_of(rehearsal, *confirmed(rehearsal)[:4], *EVENTS[:1], plan=REHEARSAL),
        "each": today_of(each, *confirmed(each), plan=EACH),
        "bare": today_of(records()["bare"]),
        "copies": today_of(copies(), Void(sheet="Board/1", reason="torn"), Void(sheet="Board/3", reason="wet")),
        "destroyed": today_of(make_record(), gone),
        "near": today_of(record_of(NEAR), _opened(), plan=NEAR),
        "tight": today_of(record_of(ROOT), *_nothing_to_spare(), plan=ROOT),
        "long": today_of(record_of(long), plan=long),
        "wide": _wide(),
        "lived": _lived(*YEARS),
        "recovered": _lived(*YEARS, *RECOVERY),
        "superseded": _lived(*YEARS, *RECOVERY, *END),
    }


def _lived(*events: tuple[datetime.date, AnyEvent]) -> Today:
    """A second generation some years later."""
    return judge(lived(record_of(USUAL, **SECOND), *events), USUAL.encode(), LATER)


def _wide() -> Today:
    """The widest texts wherever there can be one, every bag opened, and most of the sheets void."""
    names = (f"{'W' * 31}1", f"{'W' * 31}2")
    sheets = tuple(
        RecordedSheet(
            group=group,
            number=number,
            office="W" * 120,
            person=f"{'W' * 117}{group[-1]}{number}",
            place=f"{'W' * 117}{group[-1]}{number}",
            bag="W" * 120,
            words_sha256=sha256(f"{group}/{number}".encode()),
        )
        for group in names
        for number in range(1, 17)
    )
    record = make_record(
        profile="root",
        groups=tuple(RecordedGroup(name=name, body=Body.OTHER, threshold=16, count=16) for name in names),
        sheets=sheets,
        media=tuple(f"{'W' * 495}{number}" for number in range(20)),
        accepted=tuple(Accepted(rule=f"AU-{number}", reason="W" * 500) for number in range(1, 7)),
    )
    events: list[AnyEvent] = []
    for sheet in sheets:
        wide = {"office": "W" * 120, "person": "W" * 120, "place": "W" * 120, "bag": "W" * 120}
        events.append(Handover(sheet=sheet.name, seal=Seal.OPENED, **wide))
    events += [Void(sheet=sheet.name, reason="W" * 500) for sheet in sheets[4:]]
    return today_of(record, *events)


def _opened() -> AnyEvent:
    """Bo has found his bag opened, and has put his sheet into another."""
    return Handover(
        sheet="Holder/2",
        office="Secretary",
        person="Bo Example",
        place="Home of Bo Example",
        bag="A9",
        seal=Seal.OPENED,
    )


def _nothing_to_spare() -> tuple[AnyEvent, ...]:
    names = ("Board/4", "Board/5", "Arbitration/3", "Passphrase/2")
    return tuple(Void(sheet=name, reason="burnt") for name in names)


def copies() -> Record:
    """A group of one sheet, one whose sheets are copies, and one of three; the plan that it names is not there."""
    groups = (("Only", 1, 1), ("Copies", 1, 2), ("Board", 2, 3))
    return make_record(
        plan_sha256=sha256(b"plan"),
        groups=tuple(RecordedGroup(name=n, body=Body.SYSTEMS, threshold=k, count=c) for n, k, c in groups),
        group_threshold=3,
        sheets=tuple(
            RecordedSheet(
                group=name,
                number=number,
                office="",
                person=f"Ada {number}",
                place="Graz",
                bag="",
                words_sha256=sha256(f"{name}/{1 if threshold == 1 else number}".encode()),
            )
            for name, threshold, count in groups
            for number in range(1, count + 1)
        ),
    )

"""Registers for tests: what a plan would have made, without making it, and what happened since."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from rootescrow.ceremony.plan import Generated, load
from rootescrow.ceremony.plan.tables import Sheet as PlanSheet
from rootescrow.ceremony.situation import PASSPHRASE
from rootescrow.ceremony.split import recorded_groups
from rootescrow.policy import Group, Holder, Policy
from rootescrow.register.events import (
    ENVELOPE,
    AnyEvent,
    Arrival,
    Arrived,
    Confirmed,
    Destroyed,
    Drill,
    Found,
    Handover,
    How,
    Kept,
    KeptSheet,
    Kit,
    Looked,
    Opened,
    Recovered,
    Replaced,
    Seal,
    Superseded,
    What,
)
from rootescrow.register.journal import Journal
from rootescrow.register.record import Authority, Record, RecordedEnvelope, RecordedPassphrase, RecordedSheet, sha256
from rootescrow.register.register import Register, fold
from tests.register.support import NOON, make_journal, make_record

from .plans import ROOT


def record_of(plan: str = ROOT, **changed: Any) -> Record:
    """The record of an escrow made by a plan, whatever the rules say of it, with these fields changed."""
    made = load(plan.encode())
    sheets = [
        _sheet(group.name, number, holder)
        for group, holders in zip(made.groups, made.holders, strict=True)
        for number, holder in enumerate(holders, 1)
    ]
    fields: dict[str, Any] = {
        "authority": Authority(motion=made.authority.motion, date=made.authority.date),
        "created": made.ceremony.date,
        "plan_sha256": hashlib.sha256(plan.encode()).hexdigest(),
        "profile": made.profile.value,
        "groups": recorded_groups(made.policy),
        "group_threshold": made.policy.group_threshold,
        "sheets": tuple(sheets),
        "media": tuple(medium.name for medium in made.media),
        "envelope": RecordedEnvelope(sha256="ab" * 32, bytes=2600, printed=made.placement.value),
        "passphrase": _passphrase(made.passphrase, made.holder) if isinstance(made.passphrase, Generated) else None,
        "accepted": (),
    }
    return make_record(**{**fields, **changed})


def _passphrase(kept: Generated, holder: Callable[[PlanSheet], Holder]) -> RecordedPassphrase:
    return RecordedPassphrase(
        escrow_id="ABCD-EFGH",
        groups=recorded_groups(Policy(Group(PASSPHRASE, kept.threshold, len(kept.sheets)))),
        group_threshold=1,
        sheets=tuple(_sheet(PASSPHRASE, number, holder(sheet)) for number, sheet in enumerate(kept.sheets, 1)),
    )


def _sheet(group: str, number: int, holder: Holder) -> RecordedSheet:
    return RecordedSheet(
        group=group,
        number=number,
        office=holder.office,
        person=holder.person,
        place=holder.place,
        bag=holder.bag,
        words_sha256=sha256(f"{group}/{number}".encode()),
    )


def register_of(*events: AnyEvent, record: Record | None = None) -> Register:
    """What holds after these events, a minute after each other."""
    record = record or record_of()
    return fold(record, make_journal(*events, record=record))


def handed(record: Record, sheet: str, seal: Seal = Seal.WHOLE, **changed: str) -> Handover:
    """The sheet goes to the same holder again, in the same bag, but for what is changed."""
    sheets = (*record.sheets, *(record.passphrase.sheets if record.passphrase else ()))
    (before,) = (one for one in sheets if one.name == sheet)
    same = {"office": before.office, "person": before.person, "place": before.place, "bag": before.bag}
    return Handover(sheet=sheet, seal=seal, **{**same, **changed})


# Years.

ROOM = "Olga Example, Otto Example"
SECOND: dict[str, Any] = {"generation": 2, "supersedes": "AAAA-2345"}
"""Of a record: the passphrase is that of the generation before, and its sheets with it."""
YEARS: tuple[tuple[date, AnyEvent], ...] = (
    (
        date(2026, 11, 25),
        Kit(medium="USB stick 1", place="", bag="", sha256=sha256(b"kit"), lacking=("openssl.cnf", "crlnumber")),
    ),
    (
        date(2026, 11, 25),
        Kit(medium="USB stick 2", place="Bank, Genf", bag="A000301", sha256=sha256(b"kit"), lacking=("crlnumber",)),
    ),
    (
        date(2027, 11, 18),
        Drill(
            items=(
                Looked(item="Board/1", found=Found.RIGHT, seal=Seal.WHOLE, bag="A000302"),
                Looked(item="Board/2", found=Found.UNOPENED, seal=Seal.WHOLE, bag=""),
                Looked(item="Arbitration/2", found=Found.UNOPENED, seal=Seal.WHOLE, bag=""),
                Looked(item=ENVELOPE, found=Found.RIGHT, seal=None, bag=""),
                Looked(item="USB stick 2", found=Found.RIGHT, seal=None, bag=""),
                Looked(item="USB stick 1", found=Found.WRONG, seal=None, bag=""),
            ),
            by=ROOM,
            next_drill=date(2028, 11, 16),
        ),
    ),
    (
        date(2028, 3, 3),
        Replaced(
            sheet="Board/6",
            office="Member of the Board",
            person="Di Example",
            place="Notary, Paris",
            bag="A000303",
            words_sha256=sha256(b"Board/6"),
            old="Board/4",
            reason="its bag was lost on a train",
            quorum=("Board/1", "Board/2", "Board/3"),
        ),
    ),
    (date(2028, 3, 4), Confirmed(sheet="Board/6", how=How.SCAN, by=ROOM)),
    (
        date(2028, 11, 15),
        Drill(
            items=(
                Looked(item="Board/3", found=Found.WRONG, seal=Seal.WHOLE, bag=""),
                Looked(item="Board/5", found=Found.UNOPENED, seal=Seal.OPENED, bag="A000304"),
                Looked(item="Arbitration/1", found=Found.UNOPENED, seal=Seal.WHOLE, bag=""),
                Looked(item="Passphrase/1", found=Found.UNOPENED, seal=Seal.WHOLE, bag=""),
            ),
            by=ROOM,
            next_drill=date(2029, 11, 14),
            wrong=("a sheet that calls itself Board/9",),
        ),
    ),
    (
        date(2029, 11, 10),
        Opened(
            case="a20291109.1",
            sheets=("Board/1", "Board/2", "Board/6", "Arbitration/1", "Arbitration/3"),
            passphrase=True,
            by=ROOM,
            next_drill=date(2030, 11, 8),
            arbitrator="Fay Example",
        ),
    ),
    (
        date(2030, 2, 1),
        Destroyed(sheets=("Board/4",), media=(), printed_envelopes=(2,), every_envelope=False, witnesses="Ada Example"),
    ),
)
"""What happens in some years: a sheet replaced, one wrong, a bag opened, an exercise under a case."""
RECOVERY: tuple[tuple[date, AnyEvent], ...] = (
    (
        date(2030, 5, 5),
        Recovered(
            what=What.KEY,
            case="a20300504.1",
            arbitrator="Gus Example",
            sheets=(
                Arrived(sheet="Board/1", how=Arrival.BAG),
                Arrived(sheet="Board/2", how=Arrival.BAG),
                Arrived(sheet="Board/6", how=Arrival.PHONE),
                Arrived(sheet="Arbitration/2", how=Arrival.BAG),
                Arrived(sheet="Arbitration/3", how=Arrival.PHOTO),
            ),
            copies=("root.p8.pem", "root-2.p8.pem"),
        ),
    ),
)
"""And then the key is recovered."""
END: tuple[tuple[date, AnyEvent], ...] = (
    (
        date(2030, 5, 7),
        Destroyed(sheets=(), media=(), copies=("root.p8.pem", "root-2.p8.pem"), every_envelope=False, witnesses=ROOM),
    ),
    (
        date(2030, 6, 1),
        Superseded(
            escrow_id="BBBB-2345",
            generation=3,
            record_sha256=sha256(b"the next"),
            new_passphrase=False,
            case="a20300530.1",
            reason="the key was recovered",
            arbitrator="Gus Example",
            sheets=("Board/1", "Board/2", "Board/6", "Arbitration/2", "Arbitration/3"),
        ),
    ),
    (
        date(2030, 6, 20),
        Destroyed(sheets=("Board/1", "Arbitration/1"), media=("USB stick 1",), every_envelope=False, witnesses=ROOM),
    ),
)
"""After which another generation is made, and the destruction of this one is begun."""


def lived(record: Record, *events: tuple[date, AnyEvent]) -> Register:
    """A second generation after these events: its sheets were read back on the day, those of the passphrase before."""
    journal = Journal.begin(record, NOON).append(_kept(record), now=NOON)
    names = [*(sheet.name for sheet in record.sheets), ENVELOPE]
    journal = journal.append(*(Confirmed(sheet=name, how=How.SCAN, by=ROOM) for name in names), now=NOON)
    for day, event in events:
        journal = journal.append(event, now=datetime.combine(day, time(10), NOON.tzinfo))
    return fold(record, journal)


def _kept(record: Record) -> Kept:
    assert record.passphrase is not None
    assert record.supersedes is not None
    before = NOON.replace(year=2025)
    told: dict[str, Any] = {"printed": 1, "confirmed": before, "how": "typing", "seen": before}
    left: dict[str, Any] = {"void": None, "reason": "", "destroyed": None, "may_know": ()}
    return Kept(
        escrow_id=record.supersedes,
        sheets=tuple(
            KeptSheet(
                sheet=sheet.name,
                office=sheet.office,
                person=sheet.person,
                place=sheet.place,
                bag=sheet.bag,
                words_sha256=sheet.words_sha256,
                **told,
                **left,
            )
            for sheet in record.passphrase.sheets
        ),
    )

"""A record for tests, and journals that follow it."""

from __future__ import annotations

import datetime
from typing import Any

from rootescrow.policy import Body
from rootescrow.register.events import (
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
    Note,
    Opened,
    Printed,
    Recovered,
    Replaced,
    Seal,
    Superseded,
    Void,
    What,
)
from rootescrow.register.journal import Journal
from rootescrow.register.record import (
    Accepted,
    Authority,
    Record,
    RecordedEnvelope,
    RecordedGroup,
    RecordedKey,
    RecordedSheet,
    Software,
    sha256,
)


def sheets(group: str, count: int) -> tuple[RecordedSheet, ...]:
    return tuple(
        RecordedSheet(
            group=group,
            number=number,
            office="Secretary",
            person=f"Ada Éxample {number}",
            place="Zürich",
            bag=f"A{number:06}",
            words_sha256=sha256(f"{group}/{number}".encode()),
        )
        for number in range(1, count + 1)
    )


def make_record(**changed: Any) -> Record:
    """A record of 3 of 5 and 2 of 3, with these fields changed."""
    fields: dict[str, Any] = {
        "escrow_id": "K7QD-M2XA",
        "generation": 1,
        "supersedes": None,
        "created": datetime.date(2026, 11, 23),
        "rehearsal": False,
        "authority": Authority(motion="m20261101.1", date=datetime.date(2026, 11, 1)),
        "plan_sha256": None,
        "profile": "simple",
        "key": RecordedKey(
            name="Example Root CA",
            algorithm="RSA-4096",
            spki_sha256=sha256(b"spki"),
            provenance="checked",
            certificate_sha256=None,
            encrypted_key_sha256=sha256(b"encrypted key"),
            kdf="scrypt N=16384 r=8 p=80",
            encrypted_anew=False,
        ),
        "groups": (
            RecordedGroup(name="Board", body=Body.BOARD, threshold=3, count=5),
            RecordedGroup(name="Arbitration", body=Body.ARBITRATION, threshold=2, count=3),
        ),
        "group_threshold": 2,
        "sheets": sheets("Board", 5) + sheets("Arbitration", 3),
        "media": ("USB stick 1",),
        "envelope": RecordedEnvelope(sha256=sha256(b"envelope"), bytes=2600, printed="each"),
        "software": (Software(name="rootescrow", version="0.1.0", sha256=None),),
        "passphrase": None,
        "accepted": (Accepted(rule="AU-5", reason="two members only this year"),),
    }
    return Record(**{**fields, **changed})


NOON = datetime.datetime(2026, 11, 23, 12, 0, 0, tzinfo=datetime.UTC)

EVENTS: tuple[AnyEvent, ...] = (
    Printed(sheet="Board/1", printer="laser"),
    Confirmed(sheet="Board/1", how=How.SCAN, by="Ada Éxample"),
    Note(text="The safe has a new lock."),
    Handover(sheet="Board/2", office="Treasurer", person="Cy", place="Graz", bag="B7", seal=Seal.OPENED),
    Void(sheet="Board/3", reason="lost in a fire"),
    Drill(
        items=(Looked(item="Board/4", found=Found.RIGHT, seal=Seal.WHOLE, bag="B9"),),
        by="Ada, Bo",
        next_drill=datetime.date(2027, 11, 20),
    ),
    Opened(case="a20271120.1", sheets=("Board/1",), passphrase=True, by="Ada, Bo", next_drill=None),
    Replaced(
        sheet="Board/6",
        office="Member",
        person="Di",
        place="Graz",
        bag="B8",
        words_sha256=sha256(b"Board/6"),
        old="Board/3",
        reason="lost in a fire",
    ),
    Kit(medium="USB stick 2", place="Wien", bag="B10", sha256=sha256(b"kit"), lacking=("certificate.pem",)),
    Recovered(
        what=What.KEY,
        case="a20280101.1",
        arbitrator="Eve",
        sheets=(Arrived(sheet="Board/1", how=Arrival.PHOTO),),
        copies=("root.p8.pem",),
    ),
    Superseded(
        escrow_id="AAAA-AAAA",
        generation=2,
        record_sha256=sha256(b"record"),
        new_passphrase=True,
        case="a20280101.1",
        reason="the key was recovered",
    ),
    Destroyed(
        sheets=("Board/3",),
        media=("USB stick 1",),
        copies=("root.p8.pem",),
        printed_envelopes=(1,),
        every_envelope=False,
        witnesses="Ada, Bo",
    ),
)
"""One of each kind that may come after the first line, but for KEPT."""

KEPT = Kept(
    escrow_id="AAAA-AAAA",
    sheets=(
        KeptSheet(
            sheet="Passphrase/1",
            office="Auditor",
            person="Ina",
            place="Graz",
            bag="B11",
            words_sha256=sha256(b"Passphrase/1"),
            printed=1,
            confirmed=NOON,
            how="scan",
            seen=NOON,
            void=None,
            reason="",
            destroyed=None,
            may_know=("Jo",),
        ),
    ),
)
"""It stands second, and only where the record has the passphrase of the generation before."""


def make_journal(*events: AnyEvent, record: Record | None = None) -> Journal:
    """The journal of a record with these events, a minute after each other."""
    journal = Journal.begin(record or make_record(), NOON)
    for minute, event in enumerate(events, 1):
        journal = journal.append(event, now=NOON + datetime.timedelta(minutes=minute))
    return journal

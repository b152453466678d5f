"""Records as small and as large as they come."""

from __future__ import annotations

import datetime

from rootescrow.policy import Body
from rootescrow.register.record import (
    Accepted,
    Authority,
    Record,
    RecordedEnvelope,
    RecordedGroup,
    RecordedKey,
    RecordedPassphrase,
    RecordedSheet,
    Software,
    sha256,
)
from tests.paper.support import LONG, WIDE
from tests.register.support import make_record, sheets

PLAN = sha256(b"plan")


def passphrase(*, long: bool = False) -> RecordedPassphrase:
    """A passphrase escrowed 2 of 3, or 5 of 12 with long names."""
    count = 12 if long else 3
    return RecordedPassphrase(
        escrow_id="NNNN-2222",
        groups=(RecordedGroup(name="Passphrase", body=Body.OTHER, threshold=5 if long else 2, count=count),),
        group_threshold=1,
        sheets=long_sheets("Passphrase", count) if long else sheets("Passphrase", count),
    )


def long_sheets(group: str, count: int) -> tuple[RecordedSheet, ...]:
    """Sheets with the longest texts that a plan may hold."""
    return tuple(
        RecordedSheet(
            group=group,
            number=number,
            office=(f"{number} Office " + LONG)[:120],
            person=(f"{number} Person " + "W" * 200)[:120],
            place=(f"{number} Place " + LONG)[:120],
            bag=(f"{number} Bag " + LONG)[:120],
            words_sha256=sha256(f"{group}/{number}".encode()),
        )
        for number in range(1, count + 1)
    )


def records() -> dict[str, Record]:
    """Records that differ as much as records can."""
    usual = make_record(
        plan_sha256=PLAN,
        profile="root",
        media=("USB stick 1", "USB stick 2"),
        envelope=RecordedEnvelope(sha256=sha256(b"envelope"), bytes=2600, printed="separate"),
        passphrase=passphrase(),
    )
    bare = make_record(
        authority=Authority(),
        key=RecordedKey(
            name="k",
            algorithm="OID 2.16.840.1.101.3.4.3.18",
            spki_sha256=None,
            provenance=None,
            certificate_sha256=None,
            encrypted_key_sha256=sha256(b"encrypted key"),
            kdf="scrypt N=16384 r=8 p=80",
            encrypted_anew=True,
        ),
        sheets=tuple(
            sheet.model_copy(update=dict.fromkeys(("office", "person", "place", "bag"), "")) for sheet in usual.sheets
        ),
        media=(),
        envelope=RecordedEnvelope(sha256=sha256(b"envelope"), bytes=40000, printed="media"),
        accepted=(),
    )
    long = make_record(
        generation=17,
        supersedes="AAAA-2345",
        rehearsal=True,
        profile="subroot",
        authority=Authority(motion=("Motion " + LONG * 9)[:500], date=datetime.date(2026, 11, 1)),
        plan_sha256=PLAN,
        key=RecordedKey(
            name=("Key " + LONG * 2)[:120],
            algorithm="RSA-8192",
            spki_sha256=sha256(b"spki"),
            provenance="stated",
            certificate_sha256=sha256(b"certificate"),
            encrypted_key_sha256=sha256(b"encrypted key"),
            kdf="PBKDF2-HMAC-SHA512 iterations=10000000",
            encrypted_anew=False,
        ),
        groups=tuple(
            RecordedGroup(name=group.name, body=list(Body)[place], threshold=group.threshold, count=group.count)
            for place, group in enumerate(WIDE.groups)
        ),
        group_threshold=4,
        sheets=tuple(sheet for group in WIDE.groups for sheet in long_sheets(group.name, group.count)),
        media=tuple((f"Medium {number} " + LONG * 9)[:500] for number in range(1, 21)),
        accepted=tuple(Accepted(rule=f"AU-{n}", reason=(f"Reason {n} " + "W" * 500)[:500]) for n in range(1, 7)),
        software=tuple(Software(name=f"program {n} {LONG}", version=f"{n}.0", sha256=sha256(b"")) for n in range(9)),
        passphrase=passphrase(long=True),
    )
    return {"usual": usual, "bare": bare, "long": long}

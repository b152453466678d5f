"""Registers for tests: what a plan would have made, without making it, and what happened since."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from rootescrow.ceremony.plan import Generated, load
from rootescrow.ceremony.plan.tables import Sheet as PlanSheet
from rootescrow.ceremony.situation import PASSPHRASE
from rootescrow.ceremony.split import recorded_groups
from rootescrow.policy import Group, Holder, Policy
from rootescrow.register.events import AnyEvent, Handover, Seal
from rootescrow.register.record import Authority, Record, RecordedEnvelope, RecordedPassphrase, RecordedSheet, sha256
from rootescrow.register.register import Register, fold
from tests.register.support import make_journal, make_record

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

"""The rules, asked of an escrow as it is today: of its register, and of the plan that it was made by.

The register knows who has what. The plan alone knows how far away people and places are, who took part, and where the
envelopes lie; it is believed only if it is the one that the record names. What neither knows stays unknown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rootescrow.ceremony import rules
from rootescrow.ceremony.plan import MAX_PLAN_BYTES, Plan, Typed, load
from rootescrow.ceremony.rules import RULES, Answer, Outcome
from rootescrow.ceremony.situation import (
    Carrier,
    Former,
    Group,
    KeyState,
    Kind,
    PassphraseKeeping,
    Person,
    Place,
    Profile,
    Sheet,
    Situation,
    State,
)
from rootescrow.errors import FileError, PlanError
from rootescrow.keys.kdf import parse_kdf
from rootescrow.policy import Group as PolicyGroup
from rootescrow.register import folder
from rootescrow.register.events import printed_envelope
from rootescrow.register.now import MediumNow, SheetNow
from rootescrow.register.record import Record
from rootescrow.register.register import Register


@dataclass(frozen=True)
class Today:
    """What holds on a day, and the answer of every rule to it.

    `plan` is None if there is none, or none that can be used: then `plan_problem` says why. A generation that is
    destroyed is asked nothing: it has no answers.
    """

    register: Register
    plan: Plan | None
    situation: Situation
    answers: tuple[Answer, ...]
    date: date
    plan_problem: str = ""

    @property
    def due(self) -> tuple[str, ...]:
        """What is to be done: what the register asks for, the rules that are not met and were not accepted, the plan.

        Not z.5: for that the register asks for a new generation. Nothing of a generation that is destroyed. Of one that
        was superseded only that: the rules are met by the one after it, and less and less by what is being destroyed.
        """
        if self.register.superseded:
            return self.register.due(self.date)
        failed = (answer for answer in self.answers if answer.stops and answer.rule != "z.5")
        plan = [self.plan_problem] if self.plan_problem and self.register.live else []
        return (*self.register.due(self.date), *map(_to_mend, failed), *plan)

    @property
    def media(self) -> tuple[MediumNow, ...]:
        """The media that were not destroyed. Of one that no kit was written to, the plan tells where it lies."""
        return tuple(_media(self.register, self.plan))

    def refuse(self) -> None:
        """Raise RuleError naming every rule that is not met and was not accepted."""
        rules.refuse(
            self.answers,
            "Mend what it names. Only the plan of a new generation can accept it, with the reason of the Board.",
        )


def look(escrow: Path, today: date) -> Today:
    """What holds today in an escrow folder. Raises what `folder.load_register` raises; nothing because of the plan."""
    register = folder.load_register(escrow)
    try:
        return judge(register, folder.load_plan(escrow, MAX_PLAN_BYTES), today)
    except FileError as error:
        return replace(judge(register, None, today), plan_problem=error.message)


def judge(register: Register, plan: bytes | None, today: date) -> Today:
    """Ask the rules; `plan` is the plan's file, which need not be the right one nor even be a plan."""
    read, problem = _read(register.record, plan)
    now = situation(register, read, today)
    return Today(register, read, now, rules.check(now) if register.live else (), today, problem)


def _read(record: Record, data: bytes | None) -> tuple[Plan | None, str]:
    """The plan that the record names; or None, and why."""
    if record.plan_sha256 is None:
        return (
            None,
            "" if data is None else f"the record names no plan: take {folder.PLAN_FILE} away, it counts for nothing",
        )
    if data is None:
        return None, f"{folder.PLAN_FILE} is not there: put it back beside the record"
    if hashlib.sha256(data).hexdigest() != record.plan_sha256:
        return None, f"{folder.PLAN_FILE} is not the plan that the record names: put that back"
    try:
        return load(data), ""
    except PlanError as error:
        return None, f"{folder.PLAN_FILE} cannot be read by this version: {error.message} (see: rootescrow plan check)"


def situation(register: Register, plan: Plan | None, today: date) -> Situation:
    """What the register says today, and the plan adds, for the rules."""
    record = register.record
    known = {rule.id for rule in RULES}
    people = [Person(person.name, person.hours) for person in plan.people.values()] if plan else []
    places = [Place(place.name, place.hours) for place in plan.places.values()] if plan else []
    now = Situation(
        profile=Profile(record.profile),
        groups=tuple(_group(register, group) for group in record.policy.groups),
        passphrase=_keeping(register, plan),
        groups_needed=record.group_threshold,
        people=tuple(people),
        places=tuple(places),
        envelopes=tuple(_envelopes(register, plan)),
        on_each_sheet=record.envelope.printed == "each" and not register.envelopes_destroyed,
        motion=record.authority.motion,
        motion_date=record.authority.date,
        operators=plan.names(plan.ceremony.operators) if plan else None,
        witnesses=plan.names(plan.ceremony.witnesses) if plan else (),
        key=KeyState(parse_kdf(record.key.kdf), record.key.provenance, record.key.certificate_sha256 is not None),
        made=record.created,
        drilled=register.drilled,
        next_drill=register.next_drill or (plan.ceremony.next_drill if plan else None),
        today=today,
        lacking=_lacking(register),
        accepted={one.rule: one.reason for one in record.accepted if one.rule in known},
    )
    # Whom the plan does not know is at an unknown distance.
    people += [Person(name) for name in now.holders if name not in {person.name for person in people}]
    places += [Place(name) for name in now.locations if name not in {place.name for place in places}]
    return replace(now, people=tuple(people), places=tuple(places))


def _group(register: Register, group: PolicyGroup) -> Group:
    sheets = register.sheets_of(group)
    former = tuple(Former(person, sheet.number) for sheet in sheets for person in sheet.former)
    return Group(group.name, group.threshold, tuple(map(_sheet, sheets)), group.body, former)


def _sheet(sheet: SheetNow) -> Sheet:
    holder = sheet.holder
    return Sheet(sheet.number, holder.person, holder.place, holder.office, holder.bag, _state(sheet))


def _state(sheet: SheetNow) -> State:
    """What became of it. No sheet is `LOST`: one that cannot be found is void, and may still lie where it was.

    A bag that is missing is none either: the sheet itself was there when it was handed over.
    """
    if sheet.destroyed:
        return State.DESTROYED
    if sheet.void:
        return State.VOID
    return State.OPENED if sheet.who in sheet.may_know else State.KEPT


def _keeping(register: Register, plan: Plan | None) -> PassphraseKeeping:
    """Where the passphrase is. That somebody who typed a part of it has left, nothing tells."""
    escrowed = register.record.passphrase
    if escrowed is None:
        if plan is None or not isinstance(plan.passphrase, Typed):
            return PassphraseKeeping()
        return PassphraseKeeping(typists=plan.names(plan.passphrase.parts))
    groups = [_group(register, group) for group in escrowed.policy.groups]
    return PassphraseKeeping(groups[0] if len(groups) == 1 else _as_one(groups, escrowed.group_threshold))


def _as_one(groups: list[Group], needed: int) -> Group:
    """Several groups of a passphrase as one of its own, of which the fewest sheets that can do are a quorum.

    No command makes such; a record may have them.
    """
    sheets: list[Sheet] = []
    former: list[Former] = []
    for group in groups:
        first = len(sheets)
        numbers = {sheet.number: first + place for place, sheet in enumerate(group.sheets, 1)}
        sheets += [replace(sheet, number=numbers[sheet.number]) for sheet in group.sheets]
        former += [Former(one.person, numbers[one.number]) for one in group.former]
    threshold = sum(sorted(group.threshold for group in groups)[:needed])
    # No group can have a slash in its name, so this is the name of none.
    return Group("/".join(group.name for group in groups), threshold, tuple(sheets), former=tuple(former))


def _envelopes(register: Register, plan: Plan | None) -> Iterator[Carrier]:
    """The envelopes that lie apart from the sheets: media that are not destroyed, and printed ones."""
    if register.envelopes_destroyed:
        return
    for medium in _media(register, plan):
        yield Carrier(Kind.MEDIUM, medium.name, medium.place, medium.bag)
    if plan:
        destroyed = {printed_envelope(number) for number in register.printed_destroyed}
        planned = plan.situation().envelopes
        yield from (one for one in planned if one.kind is Kind.PAPER and one.name not in destroyed)
    elif register.record.envelope.printed == "separate":
        yield Carrier(Kind.PAPER, "printed envelope")


def _media(register: Register, plan: Plan | None) -> Iterator[MediumNow]:
    planned = plan.situation().envelopes if plan else ()
    media = {carrier.name: carrier for carrier in planned if carrier.kind is Kind.MEDIUM}
    for now in register.media_now:
        carrier = media.get(now.name)
        if carrier is None:
            yield now
        else:
            yield replace(now, place=now.place or carrier.place, bag=now.bag or carrier.bag)


def _lacking(register: Register) -> tuple[str, ...]:
    """What signing a CRL needs and no kit has. Of media that no kit was written to nothing is known."""
    kits = [medium.lacking for medium in register.media_now if medium.kit]
    return tuple(what for what in kits[0] if all(what in lacking for lacking in kits)) if kits else ()


def _to_mend(answer: Answer) -> str:
    found = "; ".join(finding.text for finding in answer.findings if finding.outcome is Outcome.FAIL)
    return f"meet rule {answer.rule} ({answer.clause}): {found}"

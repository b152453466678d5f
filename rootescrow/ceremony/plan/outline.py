"""What a plan will do, in lines for people to read before they decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rootescrow.ceremony.plan.tables import Generated, Plan, Sheet, Typed
from rootescrow.ceremony.situation import PASSPHRASE
from rootescrow.ceremony.split import Placement
from rootescrow.policy import Group


def outline(plan: Plan) -> Iterator[str]:
    """The lines, without an end of line."""
    ceremony, authority = plan.ceremony, plan.authority
    key = f"Key: {plan.key.name}, of {plan.organisation.name}, profile {plan.profile}"
    yield key + (f", SPKI SHA-256 {plan.key.spki_sha256}" if plan.key.spki_sha256 else "")
    if authority.motion:
        yield f"Authority: motion {authority.motion}" + (f" of {authority.date}" if authority.date else "")
    operators, witnesses = _names(plan, ceremony.operators), _names(plan, ceremony.witnesses)
    yield f"Ceremony: {ceremony.date}; operators: {operators}; witnesses: {witnesses}"
    yield f"Covers say: call {plan.organisation.contact}"
    yield f"To bring the key back: {plan.policy}"
    for group in plan.groups:
        yield from _sheets(plan, group.name, group.sheets)
    yield from _passphrase(plan)
    yield from _envelopes(plan)
    yield f"Paper: {plan.paper}; language: {plan.language}"
    if ceremony.next_drill:
        yield f"Next drill: {ceremony.next_drill}"


def _passphrase(plan: Plan) -> Iterator[str]:
    match plan.passphrase:
        case Typed(parts=parts):
            how = "by" if len(parts) == 1 else f"in {len(parts)} parts, by"
            yield f"Passphrase: typed {how} {_names(plan, parts)}; never escrowed"
        case Generated(threshold=threshold, sheets=sheets):
            group = Group(PASSPHRASE, threshold, len(sheets))
            wanted = "all" if threshold == len(sheets) else f"any {threshold}"
            yield f"Passphrase: generated, seen by nobody, brought back by {wanted} of {group.count} sheets"
            yield from _sheets(plan, PASSPHRASE, sheets)


def _envelopes(plan: Plan) -> Iterator[str]:
    each = plan.placement is Placement.EACH
    yield "Envelope: printed on each sheet" if each else "Envelope: apart from the sheets"
    for medium in plan.media:
        yield f"  medium {medium.name}: {_where(plan, medium.place, medium.bag)}"
    for envelope in plan.printed_envelopes:
        yield f"  printed: {_where(plan, envelope.place, envelope.bag)}"


def _sheets(plan: Plan, name: str, sheets: Sequence[Sheet]) -> Iterator[str]:
    for number, sheet in enumerate(sheets, 1):
        holder = plan.holder(sheet)
        who = ", ".join(part for part in (holder.office, holder.person) if part)
        yield f"  {name}/{number}: {who}; {_where(plan, sheet.place, sheet.bag)}"


def _where(plan: Plan, place: str, bag: str) -> str:
    return plan.places[place].name + (f", bag {bag}" if bag else "")


def _names(plan: Plan, people: tuple[str, ...]) -> str:
    return ", ".join(plan.names(people)) or "none"

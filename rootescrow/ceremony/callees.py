"""Whom to call: who holds what is still missing in a recovery, where it lies, and how that person is reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rootescrow.ceremony.basis import Basis, Listed
from rootescrow.pile import Pile

_FAR = float("inf")


@dataclass(frozen=True)
class _Reach:
    """How a person or place is reached, as the plan says, and the hours that it takes."""

    contact: str
    hours: float


def whom_to_call(basis: Basis, pile: Pile) -> tuple[str, ...]:
    """What is missing, and who has it: of each group the sheets that count and are not there, the nearest first."""
    return (*_groups(basis, pile), *_envelopes(basis, pile))


def _groups(basis: Basis, pile: Pile) -> Iterator[str]:
    known = pile.known
    if known is None:
        return
    there = {name for share in pile.shares for name in known.names(share)}
    if pile.status.quorum:
        return
    for group in pile.status.groups:
        if group.complete or group.need is None:
            continue
        left = [sheet for sheet in basis.sheets if sheet.group == group.name and sheet.name not in there]
        counting = [sheet for sheet in left if sheet.name not in known.void]
        lacking = group.need - group.have
        near = ", the nearest first" if any(_hours(basis, sheet) < _FAR for sheet in counting) else ""
        yield f"{group.name} lacks {lacking}" + (f". Call{near}:" if counting else "; none that counts is left")
        for sheet in sorted(counting, key=lambda sheet: _hours(basis, sheet)):
            yield f"  {sheet.name}: {_who(basis, sheet)}"
        for sheet in left:
            if sheet.name in known.void:
                yield f"  not {sheet.name}: {known.void[sheet.name]}"


def _envelopes(basis: Basis, pile: Pile) -> Iterator[str]:
    if not pile.status.envelope_missing or basis.register is None:
        return
    record = basis.register.record
    yield "The envelope is missing. It is on:"
    for medium in basis.register.media_now:
        planned = {one.name: one for one in basis.plan.media} if basis.plan else {}
        where = planned.get(medium.name)
        place = medium.place or (basis.plan.places[where.place].name if basis.plan and where else "")
        bag = medium.bag or (where.bag if where else "")
        yield f"  {'; '.join(_parts(f'the medium {medium.name}', place, bag, _place(basis, place)))}"
    for number, printed in enumerate(basis.plan.printed_envelopes if basis.plan else (), 1):
        if number not in basis.register.printed_destroyed and basis.plan:
            place = basis.plan.places[printed.place].name
            yield f"  {'; '.join(_parts(f'printed envelope {number}', place, printed.bag, _place(basis, place)))}"
    if record.envelope.printed == "each":
        yield "  each sheet"


def _who(basis: Basis, sheet: Listed) -> str:
    holder = sheet.holder
    who = f"{holder.person} ({holder.office})" if holder.person and holder.office else holder.person or holder.office
    person, place = _person(basis, holder.person), _place(basis, holder.place)
    return "; ".join(_parts(who or "holder not recorded", holder.place, holder.bag, person, place))


def _parts(who: str, place: str, bag: str, *reached: _Reach | None) -> Iterator[str]:
    yield who
    if place:
        yield place
    if bag:
        yield f"bag {bag}"
    found = [one for one in reached if one is not None]
    yield from dict.fromkeys(one.contact for one in found)
    if found:
        yield f"{max(one.hours for one in found):g} h away"


def _hours(basis: Basis, sheet: Listed) -> float:
    """How long it takes until the sheet is there: person and place must both be reached."""
    found = [one for one in (_person(basis, sheet.holder.person), _place(basis, sheet.holder.place)) if one]
    return max((one.hours for one in found), default=_FAR)


def _person(basis: Basis, name: str) -> _Reach | None:
    people = basis.plan.people.values() if basis.plan and name else ()
    return next((_Reach(person.contact, person.hours) for person in people if person.name == name), None)


def _place(basis: Basis, name: str) -> _Reach | None:
    places = basis.plan.places.values() if basis.plan and name else ()
    return next((_Reach(place.contact, place.hours) for place in places if place.name == name), None)

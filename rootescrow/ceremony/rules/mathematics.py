"""Who can, and who still can: what quorums, persons and places come to. Tests compare it with brute force."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from rootescrow.ceremony.names import plain
from rootescrow.ceremony.phrase import Phrase
from rootescrow.ceremony.situation import Group, Situation
from rootescrow.policy import Body


def has_everything(situation: Situation, person: str) -> bool:
    """Whether a person alone could use the key, over all his offices.

    He meets the quorums of as many groups as are needed, and has the passphrase. An envelope is taken to be in his
    reach, since it is not secret; so is a passphrase of which nobody knows who has it.
    """
    met = sum(group.met_by(group.known_to(person)) for group in situation.groups)
    keeping = situation.passphrase
    has_passphrase = keeping.met_by(person) or not (keeping.escrowed or keeping.typists)
    return met >= situation.needed and has_passphrase


def holds_everything(situation: Situation, place: str) -> bool:
    """Whether all that the key takes lies at one place. A passphrase in people's heads lies nowhere."""
    met = sum(group.met_by(group.lying_at(place)) for group in situation.groups)
    escrowed = situation.passphrase.escrowed
    return met >= situation.needed and escrowed is not None and escrowed.met_by(escrowed.lying_at(place))


def quorum_of_controllers(situation: Situation, group: Group) -> tuple[str, ...]:
    """Those who have sheets of a group, and of one that stands for the Board or the systems, if they are its quorum."""
    controlling = [one for one in situation.groups if one.body in (Body.BOARD, Body.SYSTEMS)]
    both = [
        person
        for person in situation.holders
        if group.known_to(person) and any(one.known_to(person) for one in controlling)
    ]
    return tuple(both) if group.met_by(frozenset().union(*map(group.known_to, both))) else ()


def shares_without(group: Group, *, place: str = "", people: tuple[str, ...] = ()) -> frozenset[int]:
    """The usable shares of a group that are left without a place, or without some people. An empty place is none."""
    return frozenset(
        sheet.number
        for sheet in group.usable()
        if not (place and sheet.place == place) and not (sheet.person and sheet.person in people)
    )


def survives_place(situation: Situation, place: str) -> bool:
    """Whether the key can still be used when a place has burnt: sheets, passphrase sheets and an envelope are left.

    An empty place is none: whether it can be used at all.
    """
    met = sum(group.met_by(shares_without(group, place=place)) for group in situation.groups)
    escrowed = situation.passphrase.escrowed
    passphrase = escrowed is None or escrowed.met_by(shares_without(escrowed, place=place))
    envelope = situation.on_each_sheet or any(not place or carrier.place != place for carrier in situation.envelopes)
    return met >= situation.needed and passphrase and envelope


def most_missed(group: Group, count: int) -> tuple[str | Phrase, ...]:
    """The `count` holders of a group whose loss together leaves the fewest shares; fewer if there are fewer.

    A sheet that no name is on has a holder of its own: the answer then names him by the sheet.
    """
    return tuple(name for name, _ in sorted(_by_holder(group).items(), key=lambda item: -len(item[1]))[:count])


def survives_people(group: Group, count: int) -> bool:
    """Whether a group still meets its threshold without any `count` of its holders.

    No two holders share a share unless sheets are copies; of copies one is enough, so there the holders are counted.
    """
    holders = _by_holder(group)
    gone = set(most_missed(group, count))
    left = [numbers for name, numbers in holders.items() if name not in gone]
    return group.met_by(frozenset().union(*left))


def _by_holder(group: Group) -> dict[str | Phrase, frozenset[int]]:
    found: dict[str | Phrase, frozenset[int]] = {}
    for sheet in group.usable():
        name = sheet.person or Phrase.of("holder_of", sheet=f"{group.name}/{sheet.number}")
        found[name] = found.get(name, frozenset()) | {sheet.number}
    return found


def assembly_hours(situation: Situation, lost: str = "") -> float:
    """Hours until enough sheets, passphrase and an envelope are together, if the place `lost` is lost (empty: none).

    Of each group the quorum that is there first, then as many groups as are needed, and the passphrase; all travel at
    once, and the last one counts. Infinite if it never is, or if the hours of those who are needed are not known.
    """
    arrivals = _Arrivals(situation, lost)
    groups = sorted(arrivals.quorum(group) for group in situation.groups)[: situation.needed]
    return max(*groups, arrivals.passphrase(), arrivals.envelope())


def arrival_hours(situation: Situation, person: str) -> float:
    """Hours until a person is there with all that he keeps, the longest way round; infinite if that is not known."""
    spelt = {plain(one.name): one.name for one in situation.people}
    return _Arrivals(situation, "").holder(spelt.get(plain(person), person))


def quorum_hours(situation: Situation, group: Group) -> float:
    """Hours until the nearest holders of a group's quorum are there; infinite if they never are or it is not known."""
    return _Arrivals(situation, "").quorum(group)


def envelope_hours(situation: Situation) -> float:
    """Hours until the nearest envelope is there; on sheets it comes with them."""
    return _Arrivals(situation, "").envelope()


def supposing(situation: Situation, hours: float) -> Situation:
    """The same, if every person and place of whom it is not known were so many hours away."""
    return replace(
        situation,
        people=tuple(replace(one, hours=hours) if one.hours is None else one for one in situation.people),
        places=tuple(replace(one, hours=hours) if one.hours is None else one for one in situation.places),
    )


class _Arrivals:
    """When what arrives, in hours, with one place lost."""

    def __init__(self, situation: Situation, lost: str) -> None:
        self._situation = situation
        self._lost = lost
        self._people = {person.name: _hours(person.hours) for person in situation.people}
        self._places = {place.name: _hours(place.hours) for place in situation.places}

    def holder(self, person: str) -> float:
        """When a person arrives with all he keeps: he goes from place to place by way of the recovery, at worst."""
        kept = {
            sheet.place
            for group in self._situation.sets
            for sheet in group.usable()
            if sheet.person == person and not self._is_lost(sheet.place)
        }
        ways = [self._place(place) for place in kept]
        hours = self._person(person) + 2 * sum(ways)
        return hours if math.isinf(hours) else hours - max(ways, default=0.0)

    def quorum(self, group: Group) -> float:
        """When the nearest holders of a group's quorum are there."""
        first: dict[int, float] = {}
        for sheet in group.usable():
            if not self._is_lost(sheet.place):
                first[sheet.number] = min(first.get(sheet.number, math.inf), self.holder(sheet.person))
        nearest = sorted(first.values())
        return nearest[group.threshold - 1] if len(nearest) >= group.threshold else math.inf

    def passphrase(self) -> float:
        """When the passphrase is there; at once if nobody knows who has it, which is said elsewhere."""
        keeping = self._situation.passphrase
        if keeping.escrowed:
            return self.quorum(keeping.escrowed)
        return max(map(self._person, keeping.typists), default=0.0)

    def envelope(self) -> float:
        """When the nearest envelope is there; on sheets it comes with them."""
        if self._situation.on_each_sheet:
            return 0.0
        left = (carrier.place for carrier in self._situation.envelopes if not self._is_lost(carrier.place))
        return min(map(self._place, left), default=math.inf)

    def _is_lost(self, place: str) -> bool:
        return bool(self._lost) and place == self._lost

    def _person(self, name: str) -> float:
        return self._people.get(name, math.inf)

    def _place(self, name: str) -> float:
        return self._places.get(name, math.inf)


def _hours(hours: float | None) -> float:
    return math.inf if hours is None else hours


def worst_assembly(situation: Situation) -> tuple[str, float]:
    """The place whose loss makes the assembly longest, and the hours then; an empty place if no loss does."""
    places: Iterable[str] = ("", *situation.locations)
    hours = {place: assembly_hours(situation, place) for place in places}
    worst = max(hours, key=lambda place: hours[place])
    return worst, hours[worst]

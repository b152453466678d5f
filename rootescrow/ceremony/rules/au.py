"""The rules AU: the audit criteria. Each docstring begins with the clause; the findings follow its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rootescrow.ceremony.rules.answers import Finding, breach, doubt, good, listed, people, unsafe
from rootescrow.ceremony.rules.mathematics import (
    has_everything,
    holds_everything,
    most_missed,
    survives_people,
    survives_place,
)
from rootescrow.ceremony.situation import PASSPHRASE, Group, Profile, Situation


def au_1(situation: Situation) -> Iterator[Finding]:
    """AU-1: secure from electronic and physical compromise.

    Each sheet has a bag of its own, with a number: who opens one bag sees the words of one sheet.
    """
    exist = [(f"{group.name}/{s.number}", s) for group in situation.sets for s in group.sheets if s.exists]
    for bag, count in sorted(Counter(sheet.bag for _, sheet in exist if sheet.bag).items()):
        if count > 1:
            inside = listed([name for name, sheet in exist if sheet.bag == bag])
            yield breach(situation, f"{inside} are in one bag, {bag}", bag)
    without = [name for name, sheet in exist if not sheet.bag]
    if without:
        yield doubt(f"no number of a bag is known for {listed(without)}", *without)
    yield people("the host is checked on the day; that bags are whole, people look")


def au_2(situation: Situation) -> Iterator[Finding]:
    """AU-2: held by the CA, not by outsiders.

    Each sheet is that of an office and of a person in it.
    """
    lacking = [
        f"{group.name}/{sheet.number}"
        for group in situation.sets
        for sheet in group.sheets
        if sheet.usable and not (sheet.office and sheet.person)
    ]
    if lacking:
        yield breach(situation, f"no office or no person is named for {listed(lacking)}", *lacking)
    else:
        yield good("each sheet is that of an office and of a person in it")


def au_3(situation: Situation) -> Iterator[Finding]:
    """AU-3: the passphrase is not stored; known only to CA personnel.

    It contradicts SP-d, and the Board decides. A typed passphrase that somebody still knows who left breaks it.
    """
    keeping = situation.passphrase
    if keeping.escrowed:
        yield people(
            "the passphrase is escrowed (SP-d), so not unstored: no one place stores it, only its shares exist, each "
            "worthless alone; the Board must accept that"
        )
    for person in keeping.former:
        yield breach(situation, f"{person} left and still knows a part of the passphrase", person)
    if keeping.typists:
        names = tuple(dict.fromkeys(keeping.typists))
        yield people(f"stored nowhere, known to {listed(names)}; that they are CA personnel, people see to", *names)
    elif not keeping.escrowed:
        yield people("nobody wrote down who knows the passphrase: people see to it")


def au_4(situation: Situation) -> Iterator[Finding]:
    """AU-4: no single point of failure of equipment.

    Any one place may burn, and no place holds a quorum; envelopes, media and passphrase sheets included. A place with
    all that the key takes is unsafe in every profile.
    """
    for place in situation.locations:
        if holds_everything(situation, place):
            yield unsafe(f"{place} holds all that it takes to use the key", place)
        for group in situation.sets:
            if group.met_by(group.lying_at(place)):
                yield breach(situation, f"{place} holds a quorum of {group.name}", place, group.name)
        if not survives_place(situation, place):
            yield breach(situation, f"if {place} burns, the key is lost", place)
    unplaced = sum(not sheet.place for group in situation.sets for sheet in group.sheets if sheet.usable)
    if unplaced:
        yield people(f"{unplaced} sheets name no place: that no two lie together, people see to")
    else:
        yield good("any one place may burn, and none holds a quorum")


def au_5(situation: Situation) -> Iterator[Finding]:
    """AU-5: no loss of use through the loss of one key person.

    Any one person may vanish, in every group and of those with the passphrase; where a second one may not, that is a
    doubt. A passphrase that is not escrowed is lost with any one who typed a part: by that a root fails.
    """
    for group in situation.sets:
        if not survives_people(group, 1):
            yield breach(situation, f"{group.name} {_lost_with(group, 1)}", group.name, *most_missed(group, 1))
        elif not survives_people(group, 2):
            yield doubt(f"{group.name} {_lost_with(group, 2)}: fewer than two to spare", group.name)
    keeping = situation.passphrase
    if keeping.escrowed is None:
        text = (
            "the passphrase is not escrowed: without any one of those who know it, it is lost"
            if keeping.typists
            else "no escrow of the passphrase is recorded, nor who knows it: it may be lost with one person"
        )
        if situation.profile is Profile.ROOT:
            yield breach(situation, text, PASSPHRASE, *dict.fromkeys(keeping.typists))
        else:
            yield doubt(text, PASSPHRASE, *dict.fromkeys(keeping.typists))
    yield good("any two persons may vanish")


def au_6(situation: Situation) -> Iterator[Finding]:
    """AU-6: use takes at least two people.

    Counted over people, across groups and passphrase: nobody has the passphrase alone, and nobody has everything. The
    latter is unsafe in every profile. That nobody meets the quorum of a group alone is SP-e.
    """
    alone = [person for person in situation.holders if has_everything(situation, person)]
    for person in alone:
        yield unsafe(f"{person} alone can use the key", person)
    for person in situation.holders:
        if person not in alone and situation.passphrase.met_by(person):
            yield breach(situation, f"{person} alone has the passphrase", person)
    yield good("nobody has sheets and passphrase enough to use the key alone")


def _lost_with(group: Group, count: int) -> str:
    names = most_missed(group, count)
    return f"is lost without {listed(names)}" if names else "has no sheet left"

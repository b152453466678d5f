"""The rules AU: the audit criteria. Each docstring begins with the clause; the findings follow its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rootescrow.ceremony.phrase import Phrase
from rootescrow.ceremony.rules.answers import Finding, breach, doubt, good, people, unsafe
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
            inside = tuple(name for name, sheet in exist if sheet.bag == bag)
            yield breach(situation, "AU-1.one_bag", bag, sheets=inside, bag=bag)
    without = tuple(name for name, sheet in exist if not sheet.bag)
    if without:
        yield doubt("AU-1.no_bag", *without, sheets=without)
    yield people("AU-1.look")


def au_2(situation: Situation) -> Iterator[Finding]:
    """AU-2: held by the CA, not by outsiders.

    Each sheet is that of an office and of a person in it.
    """
    lacking = tuple(
        f"{group.name}/{sheet.number}"
        for group in situation.sets
        for sheet in group.sheets
        if sheet.usable and not (sheet.office and sheet.person)
    )
    if lacking:
        yield breach(situation, "AU-2.lacking", *lacking, sheets=lacking)
    else:
        yield good("AU-2.good")


def au_3(situation: Situation) -> Iterator[Finding]:
    """AU-3: the passphrase is not stored; known only to CA personnel.

    It contradicts SP-d, and the Board decides. A typed passphrase that somebody still knows who left breaks it.
    """
    keeping = situation.passphrase
    if keeping.escrowed:
        yield people("AU-3.escrowed")
    for person in keeping.former:
        yield breach(situation, "AU-3.former", person, person=person)
    if keeping.typists:
        names = tuple(dict.fromkeys(keeping.typists))
        yield people("AU-3.known", *names, people=names)
    elif not keeping.escrowed:
        yield people("AU-3.unknown")


def au_4(situation: Situation) -> Iterator[Finding]:
    """AU-4: no single point of failure of equipment.

    Any one place may burn, and no place holds a quorum; envelopes, media and passphrase sheets included. A place with
    all that the key takes is unsafe in every profile.
    """
    for place in situation.locations:
        if holds_everything(situation, place):
            yield unsafe("AU-4.everything", place, place=place)
        for group in situation.sets:
            if group.met_by(group.lying_at(place)):
                yield breach(situation, "AU-4.quorum", place, group.name, place=place, group=group.name)
        if not survives_place(situation, place):
            yield breach(situation, "AU-4.burns", place, place=place)
    unplaced = sum(not sheet.place for group in situation.sets for sheet in group.sheets if sheet.usable)
    if unplaced:
        yield people("AU-4.no_place", count=unplaced)
    else:
        yield good("AU-4.good")


def au_5(situation: Situation) -> Iterator[Finding]:
    """AU-5: no loss of use through the loss of one key person.

    Any one person may vanish, in every group and of those with the passphrase; where a second one may not, that is a
    doubt. A passphrase that is not escrowed is lost with any one who typed a part: by that a root fails.
    """
    for group in situation.sets:
        if not survives_people(group, 1):
            missed = map(str, most_missed(group, 1))
            yield breach(situation, "AU-5.lost", group.name, *missed, group=group.name, lost=_lost_with(group, 1))
        elif not survives_people(group, 2):
            yield doubt("AU-5.few", group.name, group=group.name, lost=_lost_with(group, 2))
    keeping = situation.passphrase
    if keeping.escrowed is None:
        key = "AU-5.typed" if keeping.typists else "AU-5.nobody"
        if situation.profile is Profile.ROOT:
            yield breach(situation, key, PASSPHRASE, *dict.fromkeys(keeping.typists))
        else:
            yield doubt(key, PASSPHRASE, *dict.fromkeys(keeping.typists))
    yield good("AU-5.good")


def au_6(situation: Situation) -> Iterator[Finding]:
    """AU-6: use takes at least two people.

    Counted over people, across groups and passphrase: nobody has the passphrase alone, and nobody has everything. The
    latter is unsafe in every profile. That nobody meets the quorum of a group alone is SP-e.
    """
    alone = [person for person in situation.holders if has_everything(situation, person)]
    for person in alone:
        yield unsafe("AU-6.key", person, person=person)
    for person in situation.holders:
        if person not in alone and situation.passphrase.met_by(person):
            yield breach(situation, "AU-6.passphrase", person, person=person)
    yield good("AU-6.good")


def _lost_with(group: Group, count: int) -> Phrase:
    names = most_missed(group, count)
    return Phrase.of("AU-5.without", people=names) if names else Phrase.of("AU-5.no_sheet")

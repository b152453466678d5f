"""The rules SP: the CA's security policy. Each docstring begins with the clause; the findings follow its order."""

from __future__ import annotations

from collections.abc import Iterator

from rootescrow.ceremony.phrase import Phrase
from rootescrow.ceremony.rules.answers import Finding, breach, doubt, good, people
from rootescrow.ceremony.rules.mathematics import quorum_of_controllers
from rootescrow.ceremony.situation import Kind, Profile, Situation
from rootescrow.policy import Body

LEAST_OPERATORS = 2
LEAST_THRESHOLD = 2


def sp_a(situation: Situation) -> Iterator[Finding]:
    """SP-a: root keys are generated only on instruction from the Board.

    A motion and its date, which is not after the ceremony.
    """
    motion, decided, made = situation.motion, situation.motion_date, situation.made
    if not motion:
        yield breach(situation, "SP-a.no_motion")
    elif decided is None:
        yield breach(situation, "SP-a.no_date", motion=motion)
    elif made is not None and decided > made:
        yield breach(situation, "SP-a.after", motion=motion, date=decided, made=made)
    else:
        yield good("SP-a.good", motion=motion, date=decided)


def sp_b(situation: Situation) -> Iterator[Finding]:
    """SP-b: a backup on reliable removable media used for that only.

    At least one medium.
    """
    media = tuple(carrier.name for carrier in situation.envelopes if carrier.kind is Kind.MEDIUM)
    if media:
        yield good("SP-b.good", media=media)
    else:
        yield breach(situation, "SP-b.none")


def sp_c(situation: Situation) -> Iterator[Finding]:
    """SP-c: private keys are encrypted, and should be dual-encrypted.

    Format v1 always does both. The key derivation must be above today's floor (OWASP), in thirty years as well.
    """
    kdf = situation.key.kdf if situation.key else None
    if situation.key is None:
        yield good("SP-c.format")
    elif kdf is None:
        yield doubt("SP-c.unknown")
    elif kdf.weakness:
        why = Phrase.of(f"weakness.{kdf.weakness.kind}", **kdf.weakness.values)
        yield breach(situation, "SP-c.weak", why=why)
    else:
        yield good("SP-c.good", kdf=str(kdf))


def sp_d(situation: Situation) -> Iterator[Finding]:
    """SP-d: the passphrase is strong and escrowed separately from the media.

    No bag and no place holds both a passphrase sheet and an envelope. A person who holds both is a doubt where each
    sheet bears the envelope, and none where envelopes are separate: a holder then has none.
    """
    keeping = situation.passphrase
    if keeping.escrowed is None:
        if keeping.typists:
            yield doubt("SP-d.typed_alone" if len(set(keeping.typists)) == 1 else "SP-d.typed")
        else:
            yield doubt("SP-d.nobody")
        return
    envelopes = situation.carriers
    sheets = [sheet for sheet in keeping.escrowed.sheets if sheet.exists]
    bags = {sheet.bag for sheet in sheets} & {carrier.bag for carrier in envelopes} - {""}
    places = {sheet.place for sheet in sheets} & {carrier.place for carrier in envelopes} - {""}
    for bag in sorted(bags):
        yield breach(situation, "SP-d.bag", bag, bag=bag)
    for place in sorted(places):
        yield breach(situation, "SP-d.place", place, place=place)
    if situation.on_each_sheet:
        keepers = {sheet.person for sheet in sheets} - {""}
        both = sorted(keepers & {s.person for group in situation.groups for s in group.sheets if s.exists})
        for person in both:
            yield doubt("SP-d.person", person, person=person)
    yield good("SP-d.good")


def sp_e(situation: Situation) -> Iterator[Finding]:
    """SP-e: dual control.

    Two operators; no threshold below two, of which SLIP-39 would make copies; nobody alone meets the quorum of a group,
    over all his offices and with what he may have read in former ones.
    """
    operators = tuple(dict.fromkeys(situation.operators or ()))
    if situation.operators is None:
        yield people("SP-e.not_recorded")
    elif len(operators) < LEAST_OPERATORS:
        if operators:
            yield breach(situation, "SP-e.one_operator", *operators, person=operators[0])
        else:
            yield breach(situation, "SP-e.no_operator")
    for group in situation.groups:
        if group.threshold < LEAST_THRESHOLD:
            yield breach(situation, "SP-e.one_sheet", group.name, group=group.name)
        else:
            for person in situation.holders:
                if group.met_by(group.known_to(person)):
                    yield breach(
                        situation,
                        "SP-e.alone",
                        person,
                        group.name,
                        person=person,
                        group=group.name,
                        threshold=group.threshold,
                    )
    nameless = sum(not sheet.person for group in situation.groups for sheet in group.sheets)
    if nameless:
        yield people("SP-e.nameless", count=nameless)
    if operators:
        yield good("SP-e.good", operators=operators)


def sp_f(situation: Situation) -> Iterator[Finding]:
    """SP-f: the top-level root is escrowed under Board control.

    There is a group whose body is the Board. That nothing goes without it is z.1.
    """
    if situation.profile is Profile.SUBROOT:
        yield good("SP-f.subroot")
        return
    boards = tuple(group.name for group in situation.groups if group.body is Body.BOARD)
    if boards:
        yield good("SP-f.good", *boards, groups=boards)
    else:
        yield breach(situation, "SP-f.none")


def sp_g(situation: Situation) -> Iterator[Finding]:
    """SP-g: subroots under the Board or systems administration.

    One of the two, always required. Where both have a group, either may be the one that is.
    """
    if situation.profile is not Profile.SUBROOT:
        yield good("SP-g.no_subroot")
        return
    required = [body for body in (Body.BOARD, Body.SYSTEMS) if situation.always_needed(body)]
    groups = tuple(group.name for group in situation.groups if group.body in required)
    if required:
        yield good("SP-g.good", *groups, groups=groups)
    else:
        yield breach(situation, "SP-g.neither")


def sp_h(situation: Situation) -> Iterator[Finding]:
    """SP-h: recovery only under the Arbitrator's authority.

    An Arbitration group is always required, by mathematics, and those who control the key are no quorum of it in their
    other offices: else its mathematics asks nobody new. The case number is procedure, and asked for at recovery.
    """
    arbitration = [group for group in situation.groups if group.body is Body.ARBITRATION]
    groups = tuple(group.name for group in arbitration)
    for group in arbitration:
        both = quorum_of_controllers(situation, group)
        if both:
            yield breach(situation, "SP-h.controllers", *both, group=group.name, people=both)
    if situation.always_needed(Body.ARBITRATION):
        yield good("SP-h.good", *groups, groups=groups)
    elif groups:
        yield breach(situation, "SP-h.without", *groups, groups=groups)
    else:
        yield breach(situation, "SP-h.none")

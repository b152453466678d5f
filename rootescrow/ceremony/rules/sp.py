"""The rules SP: the CA's security policy. Each docstring begins with the clause; the findings follow its order."""

from __future__ import annotations

from collections.abc import Iterator

from rootescrow.ceremony.rules.answers import Finding, breach, doubt, good, listed, people
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
        yield breach(situation, "no motion of the Board is named")
    elif decided is None:
        yield breach(situation, f"the motion {motion} has no date")
    elif made is not None and decided > made:
        yield breach(situation, f"the motion {motion} is of {decided}, after the ceremony of {made}")
    else:
        yield good(f"motion {motion} of {decided}")


def sp_b(situation: Situation) -> Iterator[Finding]:
    """SP-b: a backup on reliable removable media used for that only.

    At least one medium.
    """
    media = [carrier.name for carrier in situation.envelopes if carrier.kind is Kind.MEDIUM]
    if media:
        yield good(f"media: {listed(media)}")
    else:
        yield breach(situation, "there is no medium")


def sp_c(situation: Situation) -> Iterator[Finding]:
    """SP-c: private keys are encrypted, and should be dual-encrypted.

    Format v1 always does both. The key derivation must be above today's floor (OWASP), in thirty years as well.
    """
    kdf = situation.key.kdf if situation.key else None
    if situation.key is None:
        yield good("PKCS#8 under the passphrase, inside CMS under the escrow secret")
    elif kdf is None:
        yield doubt("the record names a key derivation that is not known here: how strong it is, people find out")
    elif kdf.weakness:
        yield breach(situation, f"the key is too weakly encrypted: {kdf.weakness}")
    else:
        yield good(f"PKCS#8 under the passphrase ({kdf}), inside CMS under the escrow secret")


def sp_d(situation: Situation) -> Iterator[Finding]:
    """SP-d: the passphrase is strong and escrowed separately from the media.

    No bag and no place holds both a passphrase sheet and an envelope. A person who holds both is a doubt where each
    sheet bears the envelope, and none where envelopes are separate: a holder then has none.
    """
    keeping = situation.passphrase
    if keeping.escrowed is None:
        if keeping.typists:
            alone = len(set(keeping.typists)) == 1
            measured = "not measured" if alone else "measured when it is typed"
            yield doubt(f"typed, and not escrowed (see AU-5); how hard it is to guess is {measured}")
        else:
            yield doubt("nobody wrote down who has the passphrase")
        return
    envelopes = situation.carriers
    sheets = [sheet for sheet in keeping.escrowed.sheets if sheet.exists]
    bags = {sheet.bag for sheet in sheets} & {carrier.bag for carrier in envelopes} - {""}
    places = {sheet.place for sheet in sheets} & {carrier.place for carrier in envelopes} - {""}
    for bag in sorted(bags):
        yield breach(situation, f"bag {bag} holds a passphrase sheet and an envelope", bag)
    for place in sorted(places):
        yield breach(situation, f"a passphrase sheet and an envelope lie at {place}", place)
    if situation.on_each_sheet:
        keepers = {sheet.person for sheet in sheets} - {""}
        both = sorted(keepers & {s.person for group in situation.groups for s in group.sheets if s.exists})
        for person in both:
            yield doubt(f"{person} holds a passphrase sheet and an envelope", person)
    yield good("generated, 129 bits, on sheets of its own; none lies where an envelope lies")


def sp_e(situation: Situation) -> Iterator[Finding]:
    """SP-e: dual control.

    Two operators; no threshold below two, of which SLIP-39 would make copies; nobody alone meets the quorum of a group,
    over all his offices and with what he may have read in former ones.
    """
    operators = tuple(dict.fromkeys(situation.operators or ()))
    if situation.operators is None:
        yield people("who operated is not recorded: that they were two, people know")
    elif len(operators) < LEAST_OPERATORS:
        named = f"only {operators[0]} is named" if operators else "nobody is named"
        yield breach(situation, f"two operators are needed, {named}", *operators)
    for group in situation.groups:
        if group.threshold < LEAST_THRESHOLD:
            yield breach(situation, f"one {group.name} sheet is a quorum of its group", group.name)
        else:
            for person in situation.holders:
                if group.met_by(group.known_to(person)):
                    yield breach(
                        situation,
                        f"{person} alone meets the quorum of {group.name}, any {group.threshold} sheets",
                        person,
                        group.name,
                    )
    nameless = sum(not sheet.person for group in situation.groups for sheet in group.sheets)
    if nameless:
        yield people(f"{nameless} sheets name no person: that nobody holds two of them, people see to")
    if operators:
        yield good(f"operators: {listed(operators)}; every threshold is two or more; nobody meets one alone")


def sp_f(situation: Situation) -> Iterator[Finding]:
    """SP-f: the top-level root is escrowed under Board control.

    There is a group whose body is the Board. That nothing goes without it is z.1.
    """
    if situation.profile is Profile.SUBROOT:
        yield good("about a top-level root; this is a subroot")
        return
    boards = [group.name for group in situation.groups if group.body is Body.BOARD]
    if boards:
        yield good(f"{listed(boards)} stands for the Board", *boards)
    else:
        yield breach(situation, "no group stands for the Board")


def sp_g(situation: Situation) -> Iterator[Finding]:
    """SP-g: subroots under the Board or systems administration.

    One of the two, always required. Where both have a group, either may be the one that is.
    """
    if situation.profile is not Profile.SUBROOT:
        yield good("about a subroot; this is none")
        return
    required = [body for body in (Body.BOARD, Body.SYSTEMS) if situation.always_needed(body)]
    groups = [group.name for group in situation.groups if group.body in required]
    if required:
        yield good(f"nothing opens without {listed(groups)}", *groups)
    else:
        yield breach(situation, "neither the Board nor systems administration is always needed")


def sp_h(situation: Situation) -> Iterator[Finding]:
    """SP-h: recovery only under the Arbitrator's authority.

    An Arbitration group is always required, by mathematics, and those who control the key are no quorum of it in their
    other offices: else its mathematics asks nobody new. The case number is procedure, and asked for at recovery.
    """
    arbitration = [group for group in situation.groups if group.body is Body.ARBITRATION]
    groups = [group.name for group in arbitration]
    for group in arbitration:
        both = quorum_of_controllers(situation, group)
        if both:
            yield breach(
                situation,
                f"a quorum of {group.name}, {listed(both)}, also hold sheets of those who control the key",
                *both,
            )
    if situation.always_needed(Body.ARBITRATION):
        yield good(f"nothing opens without {listed(groups)}", *groups)
    elif groups:
        yield breach(situation, f"the envelope opens without {listed(groups)}", *groups)
    else:
        yield breach(situation, "no group stands for the Arbitrator")

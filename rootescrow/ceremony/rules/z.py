"""The rules z: what the CA wants of an escrow. Each docstring begins with the clause. There is no z.2."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator

from rootescrow.ceremony.phrase import Phrase, lacking
from rootescrow.ceremony.rules.answers import Finding, breach, doubt, good, people, unsafe
from rootescrow.ceremony.rules.mathematics import assembly_hours, supposing, survives_place, worst_assembly
from rootescrow.ceremony.situation import Kind, Profile, Situation
from rootescrow.policy import Body

CRL_HOURS = 24
"""z.7: from the call to the signed CRL. The recovery itself takes minutes."""
FEW_ENVELOPES = 4
"""Envelopes that are not on sheets: two places, each with a medium and a paper."""
YEAR = datetime.timedelta(days=366)


def z_1(situation: Situation) -> Iterator[Finding]:
    """z.1: the Board controls.

    Its quorum is in every way of opening a root. Where there is no Board's group at all, SP-f says so.
    """
    boards = tuple(group.name for group in situation.groups if group.body is Body.BOARD)
    if situation.profile is Profile.SUBROOT:
        yield good("z.1.subroot")
    elif not boards:
        yield doubt("z.1.no_board")
    elif situation.always_needed(Body.BOARD):
        yield good("z.1.good", *boards, groups=boards)
    else:
        yield breach(situation, "z.1.without", *boards, groups=boards)


def z_3(situation: Situation) -> Iterator[Finding]:
    """z.3: offline.

    The software has no network code. The machine is for people, and for the checks of the host on the day.
    """
    yield people("z.3.people")


def z_4(situation: Situation) -> Iterator[Finding]:
    """z.4: redundancy.

    Envelopes on paper as well as on media (SP-b wants one of these), at two places or more.
    """
    carriers = situation.carriers
    places = list(dict.fromkeys(carrier.place for carrier in carriers if carrier.place))
    if not any(carrier.kind is not Kind.MEDIUM for carrier in carriers):
        yield breach(situation, "z.4.no_paper")
    if len(places) < 2 and all(carrier.place for carrier in carriers):
        if places:
            yield breach(situation, "z.4.one_place", *places, place=places[0])
        else:
            yield breach(situation, "z.4.nowhere")
    elif len(places) < 2:
        yield people("z.4.not_known")
    else:
        sheets = sum(sheet.usable for group in situation.groups for sheet in group.sheets)
        yield good("z.4.good", sheets=sheets, envelopes=len(carriers), places=len(places))


def z_5(situation: Situation) -> Iterator[Finding]:
    """z.5: 30 years; simple; tools of the future; survives changes of people.

    Shares that are void or lost and not destroyed, or that a former holder may know, counted in each group and in the
    passphrase's: one fewer than a quorum is a doubt, a quorum a failure in every profile. Mathematics voids nothing.
    """
    for group in situation.sets:
        exposed = sorted(group.exposed())
        if not exposed:
            continue
        names = tuple(f"{group.name}/{number}" for number in exposed)
        who = tuple(dict.fromkeys(f.person for f in group.former if f.person))
        if len(exposed) >= group.threshold:
            yield unsafe("z.5.quorum", group.name, *who, sheets=names, threshold=group.threshold)
        elif len(exposed) == group.threshold - 1:
            yield doubt("z.5.due", group.name, *who, sheets=names, threshold=group.threshold)
        else:
            yield good("z.5.exposed", group.name, *who, sheets=names, threshold=group.threshold)
    if not any(group.exposed() for group in situation.sets):
        yield good("z.5.good")


def z_6(situation: Situation) -> Iterator[Finding]:
    """z.6: an exercise every year is cheap.

    The next drill has a date, at most a year after the last one or the ceremony, and not gone by.
    """
    last, following, today = situation.drilled or situation.made, situation.next_drill, situation.today
    if following is None:
        yield breach(situation, "z.6.no_date")
    elif last is not None and following > last + YEAR:
        yield breach(situation, "z.6.too_late", date=following, last=last)
    elif today is not None and following < today:
        yield breach(situation, "z.6.overdue", date=following)
    else:
        yield good("z.6.good", date=following)


def z_7(situation: Situation) -> Iterator[Finding]:
    """z.7: a CRL within 24 hours.

    The worst assembly: with any one place lost, the quorum of each group that is needed, the passphrase and an envelope
    are together in less than that, when the nearest holders set out at once. It fails if it does though all whose hours
    are not known, such as new holders whom the plan never named, were there at once. What signing needs ought to be
    on a medium.
    """
    if situation.lacking:
        yield doubt("z.7.lacking", files=tuple(map(lacking, situation.lacking)))
    worst, hours = worst_assembly(situation)
    concerned = (worst,) if worst else ()
    if math.isinf(hours):
        # Either nothing is left to come, or it is not known when it comes.
        stuck = [place for place in ("", *situation.locations) if not survives_place(situation, place)]
        if not stuck:
            yield people("z.7.not_known")
        elif stuck[0]:
            yield breach(situation, "z.7.impossible_without", stuck[0], place=stuck[0])
        else:
            yield breach(situation, "z.7.impossible")
    elif hours >= CRL_HOURS and worst_assembly(supposing(situation, 0.0))[1] < CRL_HOURS:
        yield people("z.7.not_all_known", assembly=_assembly(worst, hours))
    elif hours >= CRL_HOURS:
        yield breach(situation, "z.7.too_long", *concerned, assembly=_assembly(worst, hours))
    else:
        usual = assembly_hours(situation)
        yield good("z.7.good", *concerned, assembly=_assembly(worst, hours), usual=usual)


def _assembly(lost: str, hours: float) -> Phrase:
    """How long the worst one takes, and with which place lost, if any."""
    if lost:
        return Phrase.of("z.7.assembly_without", hours=hours, place=lost)
    return Phrase.of("z.7.assembly", hours=hours)


def z_8(situation: Situation) -> Iterator[Finding]:
    """z.8: every copy raises the risk.

    How many there are. Two quorums without a sheet in common, so many envelopes that some will be forgotten, or one on
    each sheet of a root, which a rekey then cannot reach, are doubts.
    """
    for group in situation.sets:
        count = sum(sheet.usable for sheet in group.sheets)
        if group.threshold == 1 and count > 1:
            yield doubt("z.8.copies", group.name, count=count, group=group.name)
        elif count >= 2 * group.threshold and count > 1:
            yield doubt("z.8.two_quorums", group.name, count=count, group=group.name)
    if situation.on_each_sheet and situation.strict:
        yield doubt("z.8.each")
    if len(situation.envelopes) > FEW_ENVELOPES:
        yield doubt("z.8.many", count=len(situation.envelopes))
    counts = tuple(
        Phrase.of("z.8.sheets", count=sum(sheet.exists for sheet in group.sheets), group=group.name)
        for group in situation.sets
    )
    yield good("z.8.good", sheets=counts, envelopes=len(situation.carriers))

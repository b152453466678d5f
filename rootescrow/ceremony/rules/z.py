"""The rules z: what the CA wants of an escrow. Each docstring begins with the clause. There is no z.2."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator

from rootescrow.ceremony.rules.answers import Finding, breach, doubt, good, listed, people, unsafe
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
    boards = [group.name for group in situation.groups if group.body is Body.BOARD]
    if situation.profile is Profile.SUBROOT:
        yield good("about a top-level root; this is a subroot")
    elif not boards:
        yield doubt("no group stands for the Board: see SP-f")
    elif situation.always_needed(Body.BOARD):
        yield good(f"nothing opens without {listed(boards)}", *boards)
    else:
        yield breach(situation, f"the envelope opens without {listed(boards)}", *boards)


def z_3(situation: Situation) -> Iterator[Finding]:
    """z.3: offline.

    The software has no network code. The machine is for people, and for the checks of the host on the day.
    """
    yield people("no network code; the cable and the radio are for people")


def z_4(situation: Situation) -> Iterator[Finding]:
    """z.4: redundancy.

    Envelopes on paper as well as on media (SP-b wants one of these), at two places or more.
    """
    carriers = situation.carriers
    places = list(dict.fromkeys(carrier.place for carrier in carriers if carrier.place))
    if not any(carrier.kind is not Kind.MEDIUM for carrier in carriers):
        yield breach(situation, "no envelope is on paper")
    if len(places) < 2 and all(carrier.place for carrier in carriers):
        where = f"only at {places[0]}" if places else "nowhere"
        yield breach(situation, f"envelopes lie {where}: two places are needed", *places)
    elif len(places) < 2:
        yield people("where the envelopes lie is not known: at two places, people see to it")
    else:
        sheets = sum(sheet.usable for group in situation.groups for sheet in group.sheets)
        yield good(f"{sheets} sheets; {len(carriers)} envelopes at {len(places)} places")


def z_5(situation: Situation) -> Iterator[Finding]:
    """z.5: 30 years; simple; tools of the future; survives changes of people.

    Shares that are void or lost and not destroyed, or that a former holder may know, counted in each group and in the
    passphrase's: one fewer than a quorum is a doubt, a quorum a failure in every profile. Mathematics voids nothing.
    """
    for group in situation.sets:
        exposed = sorted(group.exposed())
        if not exposed:
            continue
        names = listed([f"{group.name}/{number}" for number in exposed])
        who = tuple(dict.fromkeys(f.person for f in group.former if f.person))
        text = f"{names} may be known to people who should not know them, or be found; {group.threshold} are a quorum"
        if len(exposed) >= group.threshold:
            yield unsafe(f"{text}: only a new generation helps", group.name, *who)
        elif len(exposed) == group.threshold - 1:
            yield doubt(f"{text}: a new generation is due", group.name, *who)
        else:
            yield good(text, group.name, *who)
    if not any(group.exposed() for group in situation.sets):
        yield good("standard formats that stock tools recover; no sheet is void, and nobody who left knows its words")


def z_6(situation: Situation) -> Iterator[Finding]:
    """z.6: an exercise every year is cheap.

    The next drill has a date, at most a year after the last one or the ceremony, and not gone by.
    """
    last, following, today = situation.drilled or situation.made, situation.next_drill, situation.today
    if following is None:
        yield breach(situation, "the next drill has no date")
    elif last is not None and following > last + YEAR:
        yield breach(situation, f"the next drill is on {following}, over a year after {last}")
    elif today is not None and following < today:
        yield breach(situation, f"the drill of {following} is overdue")
    else:
        yield good(f"the next drill is on {following}")


def z_7(situation: Situation) -> Iterator[Finding]:
    """z.7: a CRL within 24 hours.

    The worst assembly: with any one place lost, the quorum of each group that is needed, the passphrase and an envelope
    are together in less than that, when the nearest holders set out at once. It fails if it does though all whose hours
    are not known, such as new holders whom the plan never named, were there at once. What signing needs ought to be
    on a medium.
    """
    if situation.lacking:
        yield doubt(f"no medium has {listed(situation.lacking)}: with them alone no CRL is signed")
    worst, hours = worst_assembly(situation)
    lost = f" with {worst} lost" if worst else ""
    concerned = (worst,) if worst else ()
    if math.isinf(hours):
        # Either nothing is left to come, or it is not known when it comes.
        stuck = [place for place in ("", *situation.locations) if not survives_place(situation, place)]
        if not stuck:
            yield people("the hours of travel are not all known: that a CRL takes 24 hours at most, people see to")
        elif stuck[0]:
            yield breach(situation, f"no assembly is possible with {stuck[0]} lost", stuck[0])
        else:
            yield breach(situation, "no assembly is possible")
    elif hours >= CRL_HOURS and worst_assembly(supposing(situation, 0.0))[1] < CRL_HOURS:
        yield people(
            f"the hours of travel are not all known; without those people and places the worst assembly takes "
            f"{hours:g} hours{lost}: that a CRL takes 24 hours at most, people see to"
        )
    elif hours >= CRL_HOURS:
        yield breach(situation, f"the worst assembly takes {hours:g} hours{lost}; a CRL is due within 24", *concerned)
    else:
        usual = assembly_hours(situation)
        yield good(f"the worst assembly takes {hours:g} hours{lost}, the usual one {usual:g}", *concerned)


def z_8(situation: Situation) -> Iterator[Finding]:
    """z.8: every copy raises the risk.

    How many there are. Two quorums without a sheet in common, so many envelopes that some will be forgotten, or one on
    each sheet of a root, which a rekey then cannot reach, are doubts.
    """
    for group in situation.sets:
        count = sum(sheet.usable for sheet in group.sheets)
        if group.threshold == 1 and count > 1:
            yield doubt(f"each of the {count} {group.name} sheets is a quorum of its group", group.name)
        elif count >= 2 * group.threshold and count > 1:
            yield doubt(f"the {count} {group.name} sheets are two quorums that need not know of each other", group.name)
    if situation.on_each_sheet and situation.strict:
        yield doubt("each sheet bears the envelope: a rekey revokes only what is destroyed")
    if len(situation.envelopes) > FEW_ENVELOPES:
        yield doubt(f"{len(situation.envelopes)} envelopes lie apart from the sheets: fewer are easier to destroy")
    counts = [f"{sum(s.exists for s in group.sheets)} {group.name} sheets" for group in situation.sets]
    yield good(f"{listed(counts)}; {len(situation.carriers)} envelopes")

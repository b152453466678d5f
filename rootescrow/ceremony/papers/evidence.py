"""On what the verdict of a rule rests: fields of the record, lines of the journal, what the register and the plan say.

For an auditor, who looks there himself: each piece names the file that it is in, and lines by their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from rootescrow.ceremony.papers import words
from rootescrow.ceremony.today import Today
from rootescrow.paper.text import Catalogue
from rootescrow.paper.wording import quorum
from rootescrow.register.events import Drill, Handover, Kit, Opened, Recovered, Seal, Superseded
from rootescrow.register.journal import Line

_BEGINNING = 16
"""Digits of a hash that are shown where all of it stands elsewhere in the report."""


def evidence(rule: str, today: Today, say: Catalogue) -> tuple[str, ...]:
    """What a rule's answer rests on. Raises KeyError for a rule that nobody has said it of."""
    return tuple(piece for source in _SOURCES[rule] for piece in source(today, say))


def numbers(lines: Iterable[Line]) -> str:
    """The numbers of lines, neighbours put together: "2–9, 12"."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and runs[-1][-1] == line.number - 1:
            runs[-1].append(line.number)
        else:
            runs.append([line.number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def dates(lines: Iterable[Line], say: Catalogue) -> str:
    """The first and the last day of lines, which need not stand in the order of time."""
    days = sorted({line.time.date().isoformat() for line in lines})
    return days[0] if len(days) == 1 else say.common("days.span", first=days[0], last=days[-1])


def lines_of(today: Today, kind: str) -> tuple[Line, ...]:
    """The journal's lines of a kind."""
    return tuple(line for line in today.register.journal.lines if line.event.kind == kind)


Source = Callable[[Today, Catalogue], Iterator[str]]


def _motion(today: Today, say: Catalogue) -> Iterator[str]:
    authority = today.register.record.authority
    when = authority.date.isoformat() if authority.date else say("unknown")
    yield say("evidence.motion", motion=authority.motion, date=when) if authority.motion else say("evidence.no_motion")


def _plan(today: Today, say: Catalogue) -> Iterator[str]:
    digest = today.register.record.plan_sha256
    yield say("evidence.plan", hash=digest[:_BEGINNING]) if digest else say("evidence.no_plan")


def _media(today: Today, say: Catalogue) -> Iterator[str]:
    media = today.register.media
    yield say("evidence.media", media=", ".join(media)) if media else say("evidence.no_media")


def _kdf(today: Today, say: Catalogue) -> Iterator[str]:
    key = today.register.record.key
    yield say("evidence.kdf", kdf=key.kdf, anew=say("yes" if key.encrypted_anew else "no"))


def _envelope(today: Today, say: Catalogue) -> Iterator[str]:
    envelope = today.register.record.envelope
    printed = say.common(f"placement.{envelope.printed}")
    yield say("evidence.envelope", hash=envelope.sha256[:_BEGINNING], printed=printed)


def _passphrase(today: Today, say: Catalogue) -> Iterator[str]:
    escrowed = today.register.record.passphrase
    if escrowed is None:
        yield say("evidence.no_passphrase")
    else:
        yield say("evidence.passphrase", id=escrowed.escrow_id, policy=quorum(escrowed.policy, say))


def _operators(today: Today, say: Catalogue) -> Iterator[str]:
    if today.plan is None:
        yield say("evidence.no_operators")
        return
    ceremony = today.plan.ceremony
    operators, witnesses = (
        ", ".join(today.plan.names(names)) or say("none") for names in (ceremony.operators, ceremony.witnesses)
    )
    yield say("evidence.operators", operators=operators, witnesses=witnesses)


def _groups(today: Today, say: Catalogue) -> Iterator[str]:
    groups = (
        say(
            "evidence.group",
            name=group.name,
            body=say(f"body.{group.body}"),
            threshold=group.threshold,
            count=group.count,
        )
        for group in today.register.record.policy.groups
    )
    yield say("evidence.groups", groups=say.common("quorum.either").join(groups))


def _sheets(today: Today, say: Catalogue) -> Iterator[str]:
    sheets = today.register.sheets
    yield say("evidence.sheets", count=sum(sheet.counts for sheet in sheets), all=len(sheets))


def _places(today: Today, say: Catalogue) -> Iterator[str]:
    yield say("evidence.places", count=len(today.situation.locations))


def _host(today: Today, say: Catalogue) -> Iterator[str]:
    known = {answer.rule for answer in today.answers}
    checks = [one.rule for one in today.register.record.accepted if one.rule not in known]
    yield say("evidence.host", checks=", ".join(checks)) if checks else say("evidence.no_host")


def _software(today: Today, say: Catalogue) -> Iterator[str]:
    yield say("evidence.software", count=len(today.register.record.software))


def _travel(today: Today, say: Catalogue) -> Iterator[str]:
    plan = today.plan
    if plan is None:
        yield say("evidence.no_travel")
    else:
        yield say("evidence.travel", people=len(plan.people), places=len(plan.places))


def _next_drill(today: Today, say: Catalogue) -> Iterator[str]:
    following = today.situation.next_drill
    source = say.common("from.register" if today.register.next_drill else "from.plan")
    yield say("evidence.next_drill", source=source, date=following) if following else say("evidence.no_next_drill")


def _journal(kind: str, today: Today, say: Catalogue) -> Iterator[str]:
    lines = lines_of(today, kind)
    if not lines:
        yield say("evidence.no_lines", kind=kind)
        return
    key = "evidence.line" if len(lines) == 1 else "evidence.lines"
    yield say(key, kind=kind, count=len(lines), lines=numbers(lines), dates=dates(lines, say))
    opened = [line for line in lines if _found_open(line)]
    if opened:
        yield say("evidence.not_whole", lines=numbers(opened))


def _found_open(line: Line) -> bool:
    """Whether a bag was found opened or missing."""
    match line.event:
        case Handover() as event:
            return event.seal is not Seal.WHOLE
        case Drill() as event:
            return any(looked.seal not in (None, Seal.WHOLE) for looked in event.items)
        case _:
            return False


def _if_any(kind: str, today: Today, say: Catalogue) -> Iterator[str]:
    """Of what need not happen ever, and whose absence proves nothing."""
    if lines_of(today, kind):
        yield from _journal(kind, today, say)


def case_of(event: Opened | Recovered | Superseded, say: Catalogue) -> str:
    """Under whose case a quorum came together, or that there was none."""
    if not event.case:
        return say("case.none")
    return say("case.of", case=event.case, arbitrator=event.arbitrator) if event.arbitrator else event.case


def _cases(today: Today, say: Catalogue) -> Iterator[str]:
    """Each time that groups were combined, with the case."""
    combined = False
    for line in today.register.journal.lines:
        if isinstance(line.event, Opened | Recovered | Superseded):
            combined = True
            when, case = line.time.date(), case_of(line.event, say)
            yield say("evidence.case", kind=line.event.kind, line=line.number, date=when, case=case)
    if not combined:
        yield say("evidence.no_case")


def _kits(today: Today, say: Catalogue) -> Iterator[str]:
    yield from _journal(Kit.kind, today, say)
    for medium in today.register.media_now:
        if medium.lacking:
            yield say("evidence.lacking", medium=medium.name, files=words.lacking(medium.lacking, say))


_PRINTED, _CONFIRMED = partial(_journal, "printed"), partial(_journal, "confirmed")
_HANDOVER, _VOID = partial(_journal, "handover"), partial(_journal, "void")
_DESTROYED, _DRILL = partial(_journal, "destroyed"), partial(_journal, "drill")
_OPENED, _REPLACED, _KEPT = partial(_if_any, "opened"), partial(_if_any, "replaced"), partial(_if_any, "kept")
_RECOVERED, _SUPERSEDED = partial(_if_any, "recovered"), partial(_if_any, "superseded")

_SOURCES: dict[str, tuple[Source, ...]] = {
    "SP-a": (_motion, _plan),
    "SP-b": (_media, _kits, _DESTROYED),
    "SP-c": (_kdf, _envelope),
    "SP-d": (_passphrase, _KEPT),
    "SP-e": (_operators, _groups, _HANDOVER, _REPLACED),
    "SP-f": (_groups,),
    "SP-g": (_groups,),
    "SP-h": (_groups, _cases),
    "AU-1": (_host, _PRINTED, _HANDOVER, _DRILL),
    "AU-2": (_sheets, _HANDOVER, _REPLACED),
    "AU-3": (_passphrase, _KEPT),
    "AU-4": (_places, _DESTROYED),
    "AU-5": (_sheets, _VOID, _REPLACED),
    "AU-6": (_groups, _passphrase),
    "z.1": (_groups,),
    "z.3": (_software,),
    "z.4": (_CONFIRMED, _envelope, _kits),
    "z.5": (_VOID, _HANDOVER, _REPLACED, _SUPERSEDED, _DESTROYED),
    "z.6": (_DRILL, _OPENED, _next_drill),
    "z.7": (_travel, _kits),
    "z.8": (_PRINTED, _REPLACED, _RECOVERED, _DESTROYED),
}
"""By the rule's id. A rule that is added is asked for here by a test."""

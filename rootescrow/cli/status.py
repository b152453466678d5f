"""`rootescrow status`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import click

from rootescrow.ceremony import rules
from rootescrow.ceremony.papers import call_list
from rootescrow.ceremony.papers.drill import unseen_longest
from rootescrow.ceremony.rules import Answer, Outcome
from rootescrow.ceremony.today import Today, look
from rootescrow.cli import options, terminal
from rootescrow.errors import UsageError
from rootescrow.paper.layout import Paper
from rootescrow.policy import Group
from rootescrow.register import folder
from rootescrow.register.events import ENVELOPE, Found, Recovered, Superseded, printed_envelope
from rootescrow.register.journal import Line, stamp
from rootescrow.register.now import Exposure, MediumNow, SheetNow
from rootescrow.register.register import Register

UNKNOWN = "not recorded"
Wrong = tuple[Found, date]
_GRAVEST_FIRST = (Outcome.FAIL, Outcome.WARN, Outcome.PEOPLE)
"""Of the rules that are not simply met, in which order they are shown."""


@click.command("status", short_help="Say what holds today: who has what, where, and what is due.")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.option("--all-rules", is_flag=True, help="Show the rules that are met too, in the order of the policy table.")
@click.option("--json", "as_json", is_flag=True, help="For programs: everything.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the call list for a recovery (PDF) into this folder."
)
@click.option(
    "--paper", type=click.Choice([one.value for one in Paper]), help="Of the call list: else the plan's, or a4."
)
@options.language("the record's")
def command(escrow: Path, all_rules: bool, as_json: bool, out: Path | None, paper: str | None, language: str) -> None:
    """Say what holds today: who has which sheet, where, in which bag, when it was last seen; what is due, and which
    rules are not met.

    It is confidential: it tells who keeps what where.

    \b
    Example:
      rootescrow status escrow-1/escrow
      rootescrow status escrow-1/escrow --out papers
    """
    if (paper or language) and out is None:
        raise UsageError(
            "--paper and --language are for the call list, and none is written", "Name a folder for it with --out."
        )
    now, copy = look(escrow, datetime.now(UTC).date()), folder.is_copy(escrow)
    written = None if out is None else _write_call_list(now, copy, out, paper, language)
    if as_json:
        terminal.result(json.dumps(_as_json(now, copy), indent=2, ensure_ascii=False))
    else:
        for line in _text(now, copy, all_rules):
            terminal.result(line)
    if written is not None:
        terminal.note(f"Written: {written}")


def _write_call_list(now: Today, copy: bool, out: Path, paper: str | None, language: str) -> Path:
    size = Paper(paper) if paper else now.plan.paper if now.plan else Paper.A4
    pdf = call_list.draw_call_list(now, size, copy=copy, language=language or now.register.record.language)
    return folder.write_paper(out, call_list.file_name(now.register), pdf)


def _text(now: Today, copy: bool, all_rules: bool) -> Iterator[str]:
    register = now.register
    record, journal = register.record, register.journal
    rehearsal = "REHEARSAL, " if record.rehearsal else ""
    yield f"Escrow {record.escrow_id}, generation {record.generation}: {rehearsal}{register.state}"
    yield f"Key:     {record.key.name}, {record.key.algorithm}, SPKI SHA-256 {record.key.spki_sha256 or 'unknown'}"
    motion = f", motion {record.authority.motion}" if record.authority.motion else ""
    yield f"Made:    {record.created}, profile {record.profile}{motion}"
    yield f"Needed:  {record.policy}"
    yield f"Record:  check code {record.check_code} (it stands on every sheet)"
    yield f"Journal: head {journal.head}, of {journal.lines[-1].stamp}" + (" (this folder is a copy)" if copy else "")
    if record.supersedes:
        yield f"It supersedes escrow {record.supersedes}. Whether that is still live, its own register tells."
    yield from _happened(register)
    yield from _drills(now)
    for exposure in register.exposures:
        yield ""
        yield from _group(register, exposure)
    yield ""
    yield from _unseen(register)
    if record.envelope.printed == "separate":
        yield f"Printed envelope: {'; '.join(_printed_envelope(register))}"
    yield from _media(now.media, register.found_wrong)
    yield f"Live:    {_live(register)}"
    shown = {answer.rule for answer in now.answers if answer.accepted}
    for accepted in record.accepted:
        if accepted.rule not in shown:
            yield f"Accepted when it was made: {accepted.rule}: {accepted.reason}"
    yield "Due:" if now.due else "Due:     nothing"
    yield from (f"  - {item}" for item in now.due)
    yield ""
    yield from _rules(now, all_rules)


def _happened(register: Register) -> Iterator[str]:
    """What hangs over all that follows: a generation after this one, and what was recovered."""
    for line in register.journal.lines:
        match line.event:
            case Superseded() as event:
                passphrase = ", with a new passphrase" if event.new_passphrase else ""
                new = f"escrow {event.escrow_id}, generation {event.generation}{passphrase}"
                yield f"Superseded on {line.time.date()} by {new}{_case(event)}"
            case Recovered() as event:
                yield f"Recovered on {line.time.date()}: the {event.what}{_case(event)}"
            case _:
                pass
    if register.recoveries:
        yield f"Copies of what was recovered: {', '.join(register.copies) or 'none is left that the register knows of'}"


def _case(event: Recovered | Superseded) -> str:
    arbitrator = f" of {event.arbitrator}" if event.arbitrator else ""
    return f", under case {event.case}{arbitrator}" if event.case else ", under no case"


def _drills(now: Today) -> Iterator[str]:
    last, following = now.register.drilled, now.situation.next_drill
    if last or following:
        yield f"Drill:   last {last or 'none yet'}; next {following or 'not set'}"


def _unseen(register: Register) -> Iterator[str]:
    """Which sheets the next drill is to look at, once there was one."""
    order = unseen_longest(register)
    days = [sheet.seen and sheet.seen.date() for sheet in order]
    if register.drilled and len(set(days)) > 1:
        names = ", ".join(sheet.name for sheet, day in zip(order, days, strict=True) if day == days[0])
        yield f"Longest unseen: {names} ({f'last seen {days[0]}' if days[0] else 'never seen'})"


def _printed_envelope(register: Register) -> Iterator[str]:
    at, seen = register.envelope_confirmed, register.envelope_seen
    yield f"confirmed {at.date()}" if at else "not confirmed"
    if seen and seen != at:
        yield f"last seen {seen.date()}"
    if ENVELOPE in register.found_wrong:
        yield _found(register.found_wrong[ENVELOPE])
    if register.envelopes_destroyed:
        yield "every envelope is destroyed"
    elif register.printed_destroyed:
        yield f"destroyed: {', '.join(map(printed_envelope, sorted(register.printed_destroyed)))}"


def _media(media: tuple[MediumNow, ...], wrong: Mapping[str, Wrong]) -> Iterator[str]:
    if not any(medium.place or medium.bag or medium.seen or medium.name in wrong for medium in media):
        yield f"Media:   {', '.join(medium.name for medium in media) or 'none is recorded'}"
        return
    yield "Media:"
    for medium in media:
        yield f"  {medium.name}  place {medium.place or UNKNOWN}; bag {medium.bag or UNKNOWN}"
        kit = f"kit written {medium.kit.date()}" if medium.kit else "no kit was written"
        seen = f"; last seen {medium.seen.date()}" if medium.seen and medium.seen != medium.kit else ""
        lacks = f"; lacks {', '.join(medium.lacking)}" if medium.lacking else ""
        bad = f"; {_found(wrong[medium.name])}" if medium.name in wrong else ""
        yield f"    {kit}{seen}{lacks}{bad}"


def _rules(now: Today, all_rules: bool) -> Iterator[str]:
    """What the rules say: those that are not simply met, the gravest first; or all of them."""
    if not now.answers:
        yield "Rules today: none is asked of what can recover nothing"
        return
    yield "Rules today:"
    if now.register.superseded:
        yield "  Of a generation that was superseded: what is being destroyed cannot meet all of them."
    if now.plan_problem:
        yield f"  Asked without the plan: {now.plan_problem}."
    if all_rules:
        yield from (f"  {line}" for line in rules.table(now.answers))
        return
    open_ = [answer for answer in now.answers if answer.outcome is not Outcome.PASS]
    yield from (f"  {line}" for line in rules.table(sorted(open_, key=_gravity)))
    yield f"  The other {len(now.answers) - len(open_)} rules are met; --all-rules shows them."


def _gravity(answer: Answer) -> tuple[bool, int]:
    return not answer.stops, _GRAVEST_FIRST.index(answer.outcome)


def _group(register: Register, exposure: Exposure) -> Iterator[str]:
    group = exposure.group
    of = "the passphrase" if _of_passphrase(register, group) else group.body.value
    yield f"{group.name} ({of}): any {group.threshold} of {group.count}"
    old, wrong = register.in_place_of, register.found_wrong
    new = {before: after for after, before in old.items()}
    for sheet in register.sheets_of(group):
        yield from _sheet(sheet, old.get(sheet.name, ""), new.get(sheet.name, ""))
        if sheet.name in wrong:
            yield f"    {_found(wrong[sheet.name])}, and nobody saw since that it is right"
        if sheet.counts and sheet.who in sheet.may_know:
            yield "    its bag was found opened or missing: whoever has it may know its words"
    if exposure.people:
        yield f"  Former holders who may know words: {', '.join(exposure.people)}"


def _of_passphrase(register: Register, group: Group) -> bool:
    return group not in register.record.policy.groups


def _sheet(sheet: SheetNow, old: str, new: str) -> Iterator[str]:
    holder = sheet.holder
    who = f"{holder.person} ({holder.office})" if holder.person and holder.office else holder.person or holder.office
    yield f"  {sheet.name}  {who or 'holder ' + UNKNOWN}; place {holder.place or UNKNOWN}; bag {holder.bag or UNKNOWN}"
    seen = f"last seen {sheet.seen.date()}" if sheet.seen else "never seen since it was made"
    printed = f"; printed {sheet.printed} times" if sheet.printed > 1 else ""
    void = f"; void because: {sheet.reason}" if sheet.reason else ""
    place = f"; made in the place of {old}" if old else ""
    taken = f"; {new} took its place" if new else ""
    yield f"    {sheet.state}; {seen}{printed}{place}{void}{taken}"


def _found(wrong: Wrong) -> str:
    found, day = wrong
    return f"{found.value.upper()} in the drill of {day}"


def _live(register: Register) -> str:
    if not register.live:
        return "no: what is left of it can recover nothing"
    return "yes: a quorum of its shares and an envelope may exist; void sheets count until they are destroyed"


def _as_json(now: Today, copy: bool) -> dict[str, object]:
    register = now.register
    record, journal = register.record, register.journal
    return {
        "escrow_id": record.escrow_id,
        "generation": record.generation,
        "supersedes": record.supersedes,
        "rehearsal": record.rehearsal,
        "state": register.state,
        "confirmed": register.confirmed,
        "live": register.live,
        "exposed": register.exposed,
        "superseded_by": _superseded_as_json(register),
        "to_destroy": list(register.to_destroy),
        "recoveries": [
            _recovery_as_json(line, line.event) for line in journal.lines if isinstance(line.event, Recovered)
        ],
        "copies_left": list(register.copies),
        "key": record.key.model_dump(mode="json"),
        "created": record.created.isoformat(),
        "authority": record.authority.model_dump(mode="json"),
        "profile": record.profile,
        "record_check_code": record.check_code,
        "group_threshold": record.group_threshold,
        "groups": [_group_as_json(register, exposure) for exposure in register.exposures],
        "sheets": [_sheet_as_json(sheet, register.in_place_of) for sheet in register.sheets],
        "found_wrong": {
            name: {"found": found.value, "date": day.isoformat()} for name, (found, day) in register.found_wrong.items()
        },
        "longest_unseen": [sheet.name for sheet in unseen_longest(register)],
        "envelope": record.envelope.model_dump(mode="json")
        | {
            "confirmed": _stamp(register.envelope_confirmed),
            "seen": _stamp(register.envelope_seen),
            "printed_destroyed": sorted(register.printed_destroyed),
            "every_envelope_destroyed": register.envelopes_destroyed,
        },
        "media": [_medium_as_json(medium) for medium in now.media],
        "drilled": _day(register.drilled),
        "next_drill": _day(now.situation.next_drill),
        "accepted": [accepted.model_dump(mode="json") for accepted in record.accepted],
        "due": list(now.due),
        "rules": [_rule_as_json(answer) for answer in now.answers],
        "plan_problem": now.plan_problem,
        "journal": {
            "head": str(journal.head),
            "sha256": journal.head.sha256,
            "lines": journal.head.number,
            "time": journal.lines[-1].stamp,
            "dated_backward": list(journal.backward),
            "copy": copy,
        },
    }


def _group_as_json(register: Register, exposure: Exposure) -> dict[str, object]:
    group = exposure.group
    return {
        "name": group.name,
        "body": group.body.value,
        "of_passphrase": _of_passphrase(register, group),
        "threshold": group.threshold,
        "count": group.count,
        "exposed_sheets": list(exposure.sheets),
        "former_holders_who_may_know_words": list(exposure.people),
        "rekey_due": exposure.rekey_due,
        "exposed_quorum": exposure.is_quorum,
    }


def _rule_as_json(answer: Answer) -> dict[str, object]:
    return {
        "rule": answer.rule,
        "clause": answer.clause,
        "outcome": answer.outcome.value,
        "accepted": answer.accepted,
        "concerned": list(answer.concerned),
        "findings": [
            {"outcome": finding.outcome.value, "text": finding.text, "concerned": list(finding.concerned)}
            for finding in answer.findings
        ],
    }


def _superseded_as_json(register: Register) -> dict[str, object] | None:
    for line in register.journal.lines:
        if isinstance(line.event, Superseded):
            return {"time": line.stamp, **line.event.model_dump(mode="json")}
    return None


def _recovery_as_json(line: Line, event: Recovered) -> dict[str, object]:
    return {"time": line.stamp, **event.model_dump(mode="json")}


def _medium_as_json(medium: MediumNow) -> dict[str, object]:
    return {
        "name": medium.name,
        "place": medium.place,
        "bag": medium.bag,
        "seen": _stamp(medium.seen),
        "kit": _stamp(medium.kit),
        "lacking": list(medium.lacking),
    }


def _sheet_as_json(sheet: SheetNow, in_place_of: Mapping[str, str]) -> dict[str, object]:
    return {
        "name": sheet.name,
        "office": sheet.holder.office,
        "person": sheet.holder.person,
        "place": sheet.holder.place,
        "bag": sheet.holder.bag,
        "words_sha256": sheet.words_sha256,
        "state": sheet.state,
        "printed": sheet.printed,
        "confirmed": _stamp(sheet.confirmed),
        "how": sheet.how,
        "seen": _stamp(sheet.seen),
        "void": _stamp(sheet.void),
        "void_reason": sheet.reason,
        "destroyed": _stamp(sheet.destroyed),
        "may_know_words": list(sheet.may_know),
        "in_place_of": in_place_of.get(sheet.name),
    }


def _stamp(time: datetime | None) -> str | None:
    return None if time is None else stamp(time)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()

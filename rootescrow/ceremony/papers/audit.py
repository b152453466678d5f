"""The audit report: identity, files read again, each rule with its verdict and evidence, and what to compare by hand.

The first page is the answer, the rest is the proof. It bears no secret.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator

from rootescrow import __version__
from rootescrow.ceremony.audit import Audit
from rootescrow.ceremony.papers import journal, words
from rootescrow.ceremony.papers.evidence import case_of, dates, evidence, lines_of, numbers
from rootescrow.ceremony.papers.record import grouped
from rootescrow.ceremony.rules import RULES, Answer, Outcome, clause
from rootescrow.ceremony.situation import Kind
from rootescrow.ceremony.today import Today
from rootescrow.errors import PaperError
from rootescrow.paper.fonts import Face, check_printable
from rootescrow.paper.layout import Paper, Paragraph, height
from rootescrow.paper.report import SIZE, TEXT, Block, Cell, Column, Heading, Report, Table, Text, draw_report
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.paper.wording import quorum
from rootescrow.register.events import (
    ENVELOPE,
    EVENTS,
    Confirmed,
    Drill,
    Found,
    Opened,
    Recovered,
    Replaced,
    Seal,
    Superseded,
    printed_envelope,
)
from rootescrow.register.journal import Line
from rootescrow.register.now import Exposure, SheetNow
from rootescrow.register.record import Record
from rootescrow.register.register import Register

SIGNATURES = ("auditor", "auditor", "operator", "board", "")
"""Whose lines there are to sign."""
LAST_LOOKS = 5
"""Lines of the journal, in which sheets were looked at other than in a drill, that are told."""
LAST_DRILLS = 10
"""Drills that are told, the newest ones. The journal has all."""
MOST_NUMBERS = 20
"""Numbers of lines that one cell names; it says how many more there are."""

_NAME = 62.0
_TICK = 6.6
_SMALL = 9.0
_LOUD = 11.0
_ANSWER = 14.0
_BY_HAND = 11.0
_LEAST_SHEET = 15.0
_PIECE = 500
"""Characters of a paragraph: a longer text goes on in the next one, so that a page can end between them."""
_CELL = 90.0
"""How high a cell may be, mm: what is higher goes on in the next row."""
_PADS = 2.4
"""The white left and right in a cell, mm."""
_DRILLS = (Drill.kind, Opened.kind)
_RULE_IDS = frozenset(rule.id for rule in RULES)
_FIELDS = (Column("", _NAME, Face.SANS), Column("", TEXT - _NAME, Face.SANS_BOLD))


def file_name(record: Record) -> str:
    """`K7QD-M2XA-audit.pdf`."""
    return f"{record.escrow_id}-audit.pdf"


def draw_audit(audit: Audit, paper: Paper, *, language: str = "en") -> bytes:
    """The report as a PDF. Raises PaperError for a text that the fonts cannot print or that has no room."""
    say = catalogue(language, Part.AUDIT)
    record, today = audit.record, audit.today
    blocks = [*_verdict(audit, say), *_identity(audit, say), *_files(audit, say), *_hashes(audit, say)]
    if today is not None:
        blocks += _rules(today, say)
    blocks += _accepted(audit, say)
    if today is not None:
        blocks += [
            *_sheets(today, say),
            *_exposed(today.register.exposures, say),
            *_carriers(today, say),
            *_drills(today, say),
            *_recoveries(today, say),
            *_generations(today, say),
            *_journal(today, say),
        ]
    blocks += [*_software(record, say), *_proof(audit, say), *_compare(audit, say), *_signatures(say)]
    report = Report(
        title=say("title", id=record.escrow_id, generation=record.generation),
        name=say("name", id=record.escrow_id, generation=record.generation, date=audit.date),
        note=say("note"),
        blocks=tuple(blocks),
        rehearsal=record.rehearsal,
        language=language,
    )
    return draw_report(report, paper)


# The first page.


def _verdict(audit: Audit, say: Catalogue) -> Iterator[Block]:
    """What came of it, before anything else."""
    asked = audit.today is not None and audit.today.answers
    told = audit.wrong or audit.failed or audit.unconfirmed
    judged = asked and not audit.superseded
    answer_first = say("holds_not" if told else "holds" if judged else "holds_files")
    loud: list[str] = []
    if told:
        loud += (say("wrong_file", name=file.name, text=file.phrase.said(say)) for file in audit.wrong)
        loud += (
            say("wrong_rule", rule=answer.rule, clause=clause(answer.rule).said(say), text=_failures(answer, say))
            for answer in audit.failed
        )
    loud += _state(audit, say)
    plain: list[str] = []
    if audit.today and asked:
        plain.append(say("of_superseded") if audit.superseded else _counts(audit.today.answers, say))
    lines = [
        *_paragraphs(_headlines(audit, say), Face.SANS_BOLD, _ANSWER),
        Paragraph(((answer_first, Face.SANS_BOLD),), _ANSWER, 1.5),
        *_paragraphs(loud, Face.SANS_BOLD, _LOUD),
        *_paragraphs([*plain, say("what")], Face.SANS, SIZE),
    ]
    yield Text(tuple(lines))


def _headlines(audit: Audit, say: Catalogue) -> Iterator[str]:
    """That the key is out, or that what should be gone is not: before all else, for no file and no rule tells it."""
    if audit.today is None:
        return
    register = audit.today.register
    if audit.exposed:
        what = ", ".join(dict.fromkeys(say(f"recovery.{one.what}") for one in register.recoveries))
        copies = say("exposed_copies", count=len(register.copies)) if register.copies else ""
        key = "exposed_key" if register.superseded is None else "exposed_still"
        yield f"{say(key, what=what)} {copies}".strip()
    if audit.superseded and register.superseded:
        yield say("superseded", id=register.superseded.escrow_id, generation=register.superseded.generation)


def _state(audit: Audit, say: Catalogue) -> Iterator[str]:
    """What hangs over all that follows."""
    if audit.record.rehearsal:
        yield say("of_rehearsal")
    if audit.today is None:
        yield say("no_journal")
    elif not audit.today.register.live:
        yield say("dead")
    elif audit.unconfirmed:
        yield say("unconfirmed", count=len(audit.today.register.to_confirm))
    if audit.copy:
        yield say("copy")


def _counts(answers: tuple[Answer, ...], say: Catalogue) -> str:
    verdicts = [verdict(answer) for answer in answers]
    return say(
        "counts",
        all=len(verdicts),
        met=verdicts.count("pass"),
        people=verdicts.count("people"),
        warned=verdicts.count("warn"),
        accepted=verdicts.count("accepted"),
        failed=verdicts.count("fail"),
    )


def verdict(answer: Answer) -> str:
    """In a word: pass, people, warn, accepted or fail."""
    if answer.accepted:
        return "accepted"
    return "people" if answer.outcome is Outcome.PEOPLE else answer.outcome.value


def _failures(answer: Answer, say: Catalogue) -> str:
    failed = (finding for finding in answer.findings if finding.outcome is Outcome.FAIL)
    return say.common("quorum.either").join(finding.phrase.said(say) for finding in failed)


def _paragraphs(texts: Iterable[str], face: Face, size: float, what: str = "what was found") -> Iterator[Paragraph]:
    """Each text as paragraphs that have room on a page, with white before it."""
    for text in texts:
        for place, piece in enumerate(_pieces(_text(text, what))):
            yield Paragraph(((piece, face),), size, 0.0 if place else 1.5)


def _in_cell(text: str, face: Face, what: str, size: float = SIZE) -> list[Paragraph]:
    """A text as paragraphs of a cell, which a page can end between."""
    return [Paragraph(((piece, face),), size, what=what) for piece in _pieces(_text(text, what))]


def _identity(audit: Audit, say: Catalogue) -> Iterator[Block]:
    record, key, today = audit.record, audit.record.key, audit.today
    motion = record.authority.motion
    when = record.authority.date.isoformat() if record.authority.date else say("unknown")
    rows: list[tuple[Cell, ...]] = [
        (say("of.date"), audit.date.isoformat()),
        (say("of.key"), _text(key.name, "the name of the key")),
        (say("of.algorithm"), _text(f"{key.algorithm}, {key.kdf}", "the algorithm")),
        (say("of.escrow"), say("of.escrow_is", id=record.escrow_id, generation=record.generation)),
        (say("of.made"), say("of.made_is", date=record.created, profile=record.profile)),
        (
            say("of.motion"),
            _text(say("of.motion_is", motion=motion, date=when), "the motion") if motion else say("none"),
        ),
        (say("of.needed"), _text(quorum(record.policy, say), "the name of a group")),
        (
            say("of.needed_passphrase"),
            _text(quorum(record.passphrase.policy, say), "the name of a group")
            if record.passphrase
            else say("of.not_escrowed"),
        ),
        (say("of.state"), words.state(today.register, say) if today else say("unknown")),
        (say("of.check_code"), _code(record.check_code)),
    ]
    if today:
        kept = today.register.journal
        rows += [
            (say("of.head"), _code(str(kept.head))),
            (say("of.lines"), say("of.lines_are", count=kept.head.number, time=kept.lines[-1].stamp)),
            (say("of.backward"), _backward(kept.backward, say)),
        ]
    yield Heading(say("head.identity"))
    yield Table(_FIELDS, tuple(rows))


def _backward(lines: tuple[int, ...], say: Catalogue) -> str:
    if not lines:
        return say("none")
    more = " …" if len(lines) > MOST_NUMBERS else ""
    return say("of.backward_are", lines=", ".join(map(str, lines[:MOST_NUMBERS])) + more)


def _hashes(audit: Audit, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.hashes"))
    yield Table(_FIELDS, tuple(_hash_rows(audit, say)), together=True)


def _hash_rows(audit: Audit, say: Catalogue) -> Iterator[tuple[Cell, ...]]:
    record, key = audit.record, audit.record.key
    yield say("of.record"), grouped(hashlib.sha256(record.dump()).hexdigest())
    if audit.today:
        yield say("of.last_line"), grouped(audit.today.register.journal.head.sha256)
    yield say("of.plan"), grouped(record.plan_sha256) if record.plan_sha256 else say("none")
    spki = say("of.spki_stated" if key.provenance == "stated" else "of.spki")
    yield spki, grouped(key.spki_sha256) if key.spki_sha256 else say("unknown")
    yield say("of.certificate"), grouped(key.certificate_sha256) if key.certificate_sha256 else say("none")
    yield say("of.envelope"), grouped(record.envelope.sha256)
    yield say("of.encrypted"), grouped(key.encrypted_key_sha256)


def _files(audit: Audit, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.files"))
    rows = [
        (
            file.name,
            _bold(say(f"file.{_word(file.outcome)}")),
            tuple(_in_cell(file.phrase.said(say), Face.SANS, file.name)),
        )
        for file in audit.files
    ]
    columns = (
        Column(say("file.name"), 36.0, Face.SANS_BOLD),
        Column(say("file.verdict"), 32.0),
        Column(say("file.found"), TEXT - 68.0),
    )
    yield Table(columns, tuple(rows))


def _word(outcome: Outcome) -> str:
    return "people" if outcome is Outcome.PEOPLE else outcome.value


# The rules.


def _rules(today: Today, say: Catalogue) -> Iterator[Block]:
    if not today.answers:
        return
    columns = (
        Column(say("rule.rule"), 50.0),
        Column(say("rule.verdict"), 27.0),
        Column(say("rule.found"), TEXT - 77.0),
    )
    rows: list[tuple[Cell, ...]] = []
    for answer in today.answers:
        words_of_rule = Paragraph(((clause(answer.rule).said(say), Face.SANS),), _SMALL)
        rule = (Paragraph(((answer.rule, Face.SANS_BOLD),), SIZE), words_of_rule)
        what = f"what was found for {answer.rule}"
        found = [(finding.phrase.said(say), Face.SANS, SIZE) for finding in answer.findings]
        if answer.accepted:
            found.append((say("rule.reason", reason=answer.accepted), Face.SANS_BOLD, SIZE))
        pieces = _legible(say.common("quorum.either").join(evidence(answer.rule, today, say)))
        found.append((say("rule.evidence", text=pieces), Face.SANS, _SMALL))
        paragraphs = [p for text, face, size in found for p in _in_cell(text, face, what, size)]
        rows += _tall((rule, _bold(say(f"rule.{verdict(answer)}"))), paragraphs, columns[-1].width)
    yield Heading(say("head.rules"))
    yield Table(columns, tuple(rows))


def _accepted(audit: Audit, say: Catalogue) -> Iterator[Block]:
    answers = {answer.rule: answer for answer in audit.today.answers} if audit.today else {}
    yield Heading(say("head.accepted"))
    if not audit.record.accepted:
        yield _plain(say("none"))
        return
    rows: list[tuple[Cell, ...]] = []
    for one in audit.record.accepted:
        answer = answers.get(one.rule)
        if answer is None:
            now = say("accepted.not_asked" if one.rule in _RULE_IDS else "accepted.then")
        else:
            now = say(f"rule.{verdict(answer)}" if answer.accepted else "accepted.passed")
        reason = _text(one.reason, f"the reason for accepting {one.rule}")
        rows.append((_text(one.rule, "a rule"), reason, now))
    columns = (
        Column(say("accepted.rule"), 40.0, Face.SANS_BOLD),
        Column(say("accepted.reason"), TEXT - 80.0),
        Column(say("accepted.today"), 40.0),
    )
    yield Table(columns, tuple(rows))


# The sheets.


def _sheets(today: Today, say: Catalogue) -> Iterator[Block]:
    register = today.register
    confirmed = {line.event.sheet: line.number for line in register.journal.lines if isinstance(line.event, Confirmed)}
    made = {line.event.sheet: line for line in register.journal.lines if isinstance(line.event, Replaced)}
    columns = (
        Column(say("sheet.sheet"), 30.0, Face.SANS_BOLD),
        Column(say("sheet.holder"), 52.0),
        Column(say("sheet.bag"), 24.0),
        Column(say("sheet.state"), 48.0),
        Column(say("sheet.look"), TEXT - 154.0, tick=True),
    )
    for head, of_passphrase in (("head.sheets", False), ("head.passphrase_sheets", True)):
        sheets = [sheet for sheet in register.sheets if sheet.of_passphrase is of_passphrase]
        rows: list[tuple[Cell, ...]] = []
        for sheet in sheets:
            state = [
                paragraph
                for text, face in _sheet_state(
                    sheet, confirmed.get(sheet.name), made.get(sheet.name), register.found_wrong.get(sheet.name), say
                )
                for paragraph in _in_cell(text, face, f"the state of {sheet.name}")
            ]
            bag = _text(sheet.holder.bag, f"the bag of {sheet.name}")
            first, *more = _tall((sheet.name, _holder(sheet), bag), state, columns[3].width)
            rows += [(*row, "") for row in (first, *more)]
        if sheets:
            yield Heading(say(head))
            yield Table(columns, tuple(rows), row_height=_LEAST_SHEET)


def _wrong(wrong: tuple[Found, datetime.date], say: Catalogue) -> str:
    found, day = wrong
    return say("sheet.gone" if found is Found.GONE else "sheet.wrong", date=day)


def _holder(sheet: SheetNow) -> tuple[Paragraph, ...]:
    parts = (
        ("person", sheet.holder.person, Face.SANS_BOLD),
        ("office", sheet.holder.office, Face.SANS),
        ("place", sheet.holder.place, Face.SANS),
    )
    return tuple(
        Paragraph(((_text(text, f"the {part} of {sheet.name}"), face),), SIZE, what=f"the {part} of {sheet.name}")
        for part, text, face in parts
        if text
    )


def _sheet_state(
    sheet: SheetNow, line: int | None, made: Line | None, wrong: tuple[Found, datetime.date] | None, say: Catalogue
) -> Iterator[tuple[str, Face]]:
    if not sheet.counts or not sheet.confirmed:
        yield words.sheet_state(sheet, say), Face.SANS_BOLD
    if wrong:
        yield _wrong(wrong, say), Face.SANS_BOLD
    if made and isinstance(made.event, Replaced):
        yield say("sheet.replaces", sheet=made.event.old, line=made.number), Face.SANS
    if sheet.void:
        yield say("sheet.void", date=sheet.void.date(), reason=words.reason(sheet.reason, say)), Face.SANS
    if sheet.confirmed:
        where = say("sheet.line", line=line) if line else say("sheet.before")
        yield say("sheet.confirmed", date=sheet.confirmed.date(), how=words.how(sheet.how, say), where=where), Face.SANS
    yield say("sheet.seen", date=sheet.seen.date()) if sheet.seen else say("sheet.unseen"), Face.SANS
    if sheet.may_know:
        yield say("sheet.may_know", people=", ".join(sheet.may_know)), Face.SANS_BOLD


def _exposed(exposures: tuple[Exposure, ...], say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.exposed"))
    columns = (
        Column(say("exposed.group"), 36.0, Face.SANS_BOLD),
        Column(say("exposed.stands"), 46.0),
        Column(say("exposed.shares"), 52.0),
        Column(say("exposed.people"), TEXT - 134.0),
    )
    rows: list[tuple[Cell, ...]] = []
    for exposure in exposures:
        if not exposure.sheets:
            continue
        word = "quorum" if exposure.is_quorum else "due" if exposure.rekey_due else "count"
        stands = say(f"exposed.{word}", count=len(exposure.sheets), threshold=exposure.group.threshold)
        paragraphs = _in_cell(", ".join(exposure.people), Face.SANS, "the name of a former holder")
        group = (_text(exposure.group.name, "the name of a group"), _bold(stands), ", ".join(exposure.sheets))
        rows += _tall(group, paragraphs, columns[-1].width)
    if not rows:
        yield _plain(say("exposed.nobody"))
        return
    yield Table(columns, tuple(rows))


# Where the envelopes are, and what people did with the sheets.


def _carriers(today: Today, say: Catalogue) -> Iterator[Block]:
    """Media and printed envelopes, with their places; which an auditor may want to look at too."""
    register = today.register
    columns = (
        Column(say("carrier.what"), 46.0, Face.SANS_BOLD),
        Column(say("carrier.place"), 52.0),
        Column(say("carrier.bag"), 24.0),
        Column(say("carrier.state"), TEXT - 122.0),
    )
    rows: list[tuple[Cell, ...]] = []
    for medium in today.media:
        state = [(say("carrier.kit", date=medium.kit.date()) if medium.kit else say("carrier.no_kit"), Face.SANS)]
        if medium.seen and medium.seen != medium.kit:
            state.append((say("sheet.seen", date=medium.seen.date()), Face.SANS))
        if medium.name in register.found_wrong:
            state.append((_wrong(register.found_wrong[medium.name], say), Face.SANS_BOLD))
        if medium.lacking:
            state.append((say("carrier.lacking", files=words.lacking(medium.lacking, say)), Face.SANS))
        cells = [p for text, face in state for p in _in_cell(text, face, f"the state of {medium.name}")]
        rows += _carrier_rows(say("carrier.medium", name=medium.name), medium.place, medium.bag, cells, columns)
    for carrier in today.situation.envelopes:
        if carrier.kind is Kind.PAPER:
            rows += _carrier_rows(words.name(carrier.name, say), carrier.place, carrier.bag, [], columns)
    yield Heading(say("head.carriers"))
    if rows:
        yield Table(columns, tuple(rows))
    yield Text(tuple(_plain_paragraph(text) for text in _envelopes(register, say) or [say("none")]))


def _carrier_rows(
    name: str, place: str, bag: str, state: list[Paragraph], columns: tuple[Column, ...]
) -> Iterator[tuple[Cell, ...]]:
    """A row, and more of them where the name of a medium, which may have 500 characters, is too high for one."""
    where = tuple(_in_cell(place, Face.SANS, f"the place of {name}"))
    number = tuple(_in_cell(bag, Face.SANS, f"the bag of {name}"))
    yield from _tall(
        (tuple(_in_cell(name, Face.SANS_BOLD, "the name of a medium")), where, number), state, columns[-1].width
    )


def _envelopes(register: Register, say: Catalogue) -> list[str]:
    """What is known of all printed envelopes together."""
    told: list[str] = []
    if register.record.envelope.printed == "each" and not register.envelopes_destroyed:
        told.append(say("carrier.each"))
    if register.record.envelope.printed == "separate":
        at, seen = register.envelope_confirmed, register.envelope_seen
        told.append(say("sheet.envelope_confirmed", date=at.date()) if at else say("sheet.envelope_unconfirmed"))
        if seen and seen != at:
            told.append(say("carrier.envelope_seen", date=seen.date()))
        if ENVELOPE in register.found_wrong:
            told.append(f"{say('carrier.envelope')} {_wrong(register.found_wrong[ENVELOPE], say)}")
    if register.envelopes_destroyed:
        told.append(say("carrier.every_destroyed"))
    elif register.printed_destroyed:
        names = words.names(map(printed_envelope, sorted(register.printed_destroyed)), say)
        told.append(say("carrier.destroyed", names=names))
    return told


def _drills(today: Today, say: Catalogue) -> Iterator[Block]:
    """What each found, when the next one is due, and when sheets were last seen otherwise."""
    lines = today.register.journal.lines
    drills = [line for line in lines if line.event.kind in _DRILLS]
    looks = [line for line in lines if isinstance(line.event, journal.Look)]
    following = today.situation.next_drill
    said = [say("drill.next", date=following) if following else say("drill.next_unknown")]
    said.append(say("drill.count", count=len(drills), lines=numbers(drills)) if drills else say("drill.none"))
    yield Heading(say("head.drills"))
    yield Text((_plain_paragraph(" ".join(said)),), keep=bool(drills))
    if drills:
        columns = (
            Column(say("drill.line"), 16.0),
            Column(say("drill.date"), 26.0),
            Column(say("drill.wrong"), 26.0, Face.SANS_BOLD),
            Column(say("drill.what"), TEXT - 68.0),
        )
        rows: list[tuple[Cell, ...]] = []
        for line in drills[: -LAST_DRILLS - 1 : -1]:
            wrong, what = _drill(line, say)
            first = (str(line.number), line.time.date().isoformat(), wrong)
            rows += _tall(first, what, columns[-1].width)
        yield Table(columns, tuple(rows))
    yield _plain(say("drill.last") if looks else say("drill.unseen"), keep=bool(looks))
    if looks:
        yield _lines(looks[: -LAST_LOOKS - 1 : -1], say)


def _drill(line: Line, say: Catalogue) -> tuple[str, list[Paragraph]]:
    """How much was wrong, and what was found, the wrong ones first."""
    where = f"line {line.number} of the journal"
    told: list[tuple[str, Face]] = []
    by = ""
    bad = 0
    match line.event:
        case Drill() as event:
            found = {one: [looked.item for looked in event.items if looked.found is one] for one in Found}
            opened = [looked.item for looked in event.items if looked.seal not in (None, Seal.WHOLE)]
            wrong = [*found[Found.WRONG], *event.wrong]
            bad, by = len(wrong) + len(found[Found.GONE]), event.by
            for key, names in (("wrong_are", wrong), ("gone", found[Found.GONE]), ("opened", opened)):
                if names:
                    told.append((say(f"drill.{key}", names=words.names(names, say)), Face.SANS_BOLD))
            for key, names in (("right", found[Found.RIGHT]), ("unopened", found[Found.UNOPENED])):
                if names:
                    told.append((say(f"drill.{key}", names=words.names(names, say)), Face.SANS))
            if not event.items and not event.wrong:
                told.append((say("drill.nothing"), Face.SANS))
        case Opened() as event:
            by = event.by
            key = "drill.exercise_passphrase" if event.passphrase else "drill.exercise"
            told.append((say(key, sheets=", ".join(event.sheets), case=case_of(event, say)), Face.SANS))
        case _:
            pass
    told.append((say("drill.by", people=by) if by else say("drill.by_unknown"), Face.SANS))
    return (str(bad) if bad else say("none")), [p for text, face in told for p in _in_cell(_legible(text), face, where)]


def _lines(lines: list[Line], say: Catalogue) -> Table:
    """Lines of the journal, as sentences."""
    columns = (
        Column(say("drill.line"), 16.0),
        Column(say("drill.date"), 26.0),
        Column(say("drill.event"), TEXT - 42.0),
    )
    rows: list[tuple[Cell, ...]] = []
    for line in lines:
        if isinstance(line.event, journal.Look):
            said = _legible(journal.sentence(line.event, say))
            what = _in_cell(said, Face.SANS, f"line {line.number} of the journal")
            rows += _tall((str(line.number), line.time.date().isoformat()), what, columns[-1].width)
    return Table(columns, tuple(rows))


def _recoveries(today: Today, say: Catalogue) -> Iterator[Block]:
    """Each, with its case, what came how, what was written; and what of that is left."""
    register = today.register
    columns = (
        Column(say("drill.line"), 16.0),
        Column(say("drill.date"), 26.0),
        Column(say("recovery.what"), 26.0, Face.SANS_BOLD),
        Column(say("recovery.how"), TEXT - 68.0),
    )
    rows: list[tuple[Cell, ...]] = []
    for line in lines_of(today, Recovered.kind):
        if isinstance(line.event, Recovered):
            event, where = line.event, f"line {line.number} of the journal"
            told = [
                (say("recovery.case", case=case_of(event, say)), Face.SANS_BOLD),
                (say("recovery.sheets", sheets=journal.arrived(event.sheets, say) or say("none")), Face.SANS),
                (say("recovery.copies", copies=", ".join(event.copies) or say("none")), Face.SANS),
            ]
            first = (str(line.number), line.time.date().isoformat(), say(f"recovery.{event.what}"))
            rows += _tall(
                first, [p for text, face in told for p in _in_cell(_legible(text), face, where)], columns[-1].width
            )
    yield Heading(say("head.recoveries"))
    if not rows:
        yield _plain(say("recovery.never"))
        return
    yield Table(columns, tuple(rows))
    left = say("recovery.left", copies=", ".join(register.copies)) if register.copies else say("recovery.none_left")
    yield Text(tuple(_paragraphs([_legible(left)], Face.SANS_BOLD if register.copies else Face.SANS, SIZE, "a copy")))


def _generations(today: Today, say: Catalogue) -> Iterator[Block]:
    register = today.register
    record = register.record
    live = say("generation.live" if register.live else "generation.dead", generation=record.generation)
    before = _text(record.supersedes, "what it supersedes")
    told = [f"{live} {say('generation.supersedes', id=before) if before else say('generation.first')}"]
    for line in lines_of(today, Superseded.kind):
        if isinstance(line.event, Superseded):
            event = line.event
            told.append(
                say(
                    "generation.after_new" if event.new_passphrase else "generation.after",
                    id=event.escrow_id,
                    generation=event.generation,
                    date=line.time.date(),
                    line=line.number,
                    case=case_of(event, say),
                )
            )
            if event.reason:
                told.append(say("generation.reason", reason=event.reason))
    if register.superseded and register.live:
        told.append(say("generation.left", names=", ".join((*register.to_destroy, *register.media)) or say("none")))
    yield Heading(say("head.generations"))
    yield Text(tuple(_paragraphs(map(_legible, told), Face.SANS, SIZE, "why it was superseded")))


# The journal and the programs.


def _journal(today: Today, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.journal"))
    columns = (
        Column(say("journal.event"), 36.0, Face.SANS_BOLD),
        Column(say("journal.count"), 18.0),
        Column(say("journal.dates"), 52.0),
        Column(say("journal.which"), TEXT - 106.0),
    )
    rows: list[tuple[Cell, ...]] = []
    for kind in EVENTS:
        lines = lines_of(today, kind)
        when = dates(lines, say) if lines else ""
        which = _in_cell(numbers(lines), Face.SANS, "a line")
        rows += _tall((kind, str(len(lines)), when), which, columns[-1].width)
    yield Table(columns, tuple(rows))


def _software(record: Record, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.software"))
    yield _plain(say("software.here", version=__version__), keep=True)
    columns = (
        Column(say("software.name"), 52.0),
        Column(say("software.version"), 52.0),
        Column(say("software.sha256"), TEXT - 104.0),
    )
    rows = tuple(
        (
            _text(one.name, "the name of a program"),
            _text(one.version, "the version of a program"),
            grouped(one.sha256) if one.sha256 else say("unknown"),
        )
        for one in record.software
    )
    yield Table(columns, rows)


# What people do with it.


def _proof(audit: Audit, say: Catalogue) -> Iterator[Block]:
    """What follows from a journal, only where that is whole."""
    yield Heading(say("head.proof"))
    columns = (Column(say("shows.head"), TEXT / 2), Column(say("cannot.head"), TEXT / 2))
    shows, cannot = (
        tuple(Paragraph(((say(f"{table}.{name}"), Face.SANS),), SIZE, 1.2) for name in names)
        for table, names in (("shows", _SHOWS if audit.today else _SHOWS[:1]), ("cannot", _CANNOT))
    )
    yield Table(columns, ((shows, cannot),))


_SHOWS = ("files", "journal", "rules", "confirmed")
_CANNOT = ("there", "last", "record", "copies", "said", "program")


def _compare(audit: Audit, say: Catalogue) -> Iterator[Block]:
    record = audit.record
    accepted = say("compare.exceptions_are", count=len(record.accepted))
    must: tuple[tuple[str, Cell], ...] = (
        ("check_code", (Paragraph(((record.check_code, Face.MONO_BOLD),), SIZE),)),
        ("head", say("compare.head_is")),
        ("plan", grouped(record.plan_sha256) if record.plan_sha256 else say("none")),
        ("spki", grouped(record.key.spki_sha256) if record.key.spki_sha256 else say("unknown")),
        ("bags", say("compare.bags_are")),
        ("media", say("compare.media_are")),
        ("program", say("compare.program_is", version=__version__)),
        ("exceptions", accepted if record.accepted else say("none")),
    )
    yield Heading(say("head.compare"), new_page=True)
    columns = (
        Column("", _TICK, tick=True),
        Column(say("compare.what"), 62.0),
        Column(say("compare.here"), TEXT - 62.0 - _TICK - 36.0),
        Column(say("compare.found"), 36.0),
    )
    rows = tuple(
        ("", say(f"compare.{name}"), here, "") for name, here in must if audit.today or name not in ("head", "bags")
    )
    yield Table(columns, rows, row_height=_BY_HAND, together=True)


def _signatures(say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.signatures"))
    yield _plain(say("signature.what"), keep=True)
    columns = (
        Column(say("signature.role"), 32.0),
        Column(say("signature.name"), 62.0),
        Column(say("signature.date"), 27.0),
        Column(say("signature.signature"), TEXT - 121.0),
    )
    rows = tuple((say(f"signature.{role}") if role else "", "", "", "") for role in SIGNATURES)
    yield Table(columns, rows, row_height=_BY_HAND, together=True)


# Pieces of a page.


def _tall(first: tuple[Cell, ...], paragraphs: list[Paragraph], width: float) -> Iterator[tuple[Cell, ...]]:
    """A row whose last cell, `width` mm, has these paragraphs; more rows where they would be too high for one."""
    cell: list[Paragraph] = []
    for paragraph in paragraphs:
        if cell and height([*cell, paragraph], width - _PADS) > _CELL:
            yield (*first, tuple(cell))
            first, cell = ("",) * len(first), []
        cell.append(paragraph)
    yield (*first, tuple(cell))


def _pieces(text: str) -> tuple[str, ...]:
    """A text cut at spaces into pieces of at most _PIECE characters; one word that is longer stays whole.

    A no-break space is no place to cut, and stays: French has one before a colon.
    """
    pieces: list[str] = []
    for word in filter(None, text.split(" ")):
        if pieces and len(pieces[-1]) + 1 + len(word) <= _PIECE:
            pieces[-1] += f" {word}"
        else:
            pieces.append(word)
    return tuple(pieces)


def _legible(text: str) -> str:
    """What people told the journal may be anything, as the path of a copy: "?" for what the fonts cannot print.

    No report may fail by that for ever; the line says what it was.
    """
    return "".join(character if _has(character) else "?" for character in text)


def _has(character: str) -> bool:
    try:
        check_printable(character, "a character")
    except PaperError:
        return False
    return True


def _plain(text: str, *, keep: bool = False) -> Text:
    return Text((_plain_paragraph(text),), keep=keep)


def _plain_paragraph(text: str) -> Paragraph:
    return Paragraph(((text, Face.SANS),), SIZE)


def _bold(text: str) -> tuple[Paragraph, ...]:
    return (Paragraph(((text, Face.SANS_BOLD),), SIZE),)


def _code(text: str) -> tuple[Paragraph, ...]:
    return (Paragraph(((text, Face.MONO_BOLD),), 13.0),)


def _text(text: str | None, what: str) -> str:
    return check_printable(text, what) if text else ""

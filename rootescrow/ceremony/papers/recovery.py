"""The report of a recovery: what must happen now, who brought what, what came out, where it went, lines to sign."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime

from rootescrow.ceremony.account import Account
from rootescrow.ceremony.papers import words
from rootescrow.ceremony.papers.blocks import roles_to_sign
from rootescrow.ceremony.papers.record import grouped
from rootescrow.ceremony.session import Brought, Outcome
from rootescrow.errors import PaperError
from rootescrow.paper.fonts import Face, check_printable
from rootescrow.paper.layout import Paper, Paragraph
from rootescrow.paper.report import SIZE, TEXT, Block, Cell, Column, Heading, Report, Table, Text, draw_report, runs
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.paper.wording import quorum
from rootescrow.register.record import sha256

SIGNATURES = ("arbitrator", "operator", "operator", "witness", "")
"""Whose lines there are to sign."""

_NAME = 62.0
_FIELDS = (Column("", _NAME, Face.SANS), Column("", TEXT - _NAME, Face.SANS_BOLD))
_CHARS = 300
"""Letters of a name, path or reason that are printed: no text may keep this paper from being printed."""


def draw_recovery(account: Account, paper: Paper, *, language: str = "en") -> bytes:
    """The report as a PDF. A letter that the fonts lack is printed as a question mark."""
    say = catalogue(language, Part.RECOVERY)
    report = Report(
        title=say("title", id=account.id),
        name=say("name", id=account.id),
        note=say("note"),
        blocks=(
            *_what(account, say),
            *_next(account, say),
            *_recovered(account, say),
            *_sheets(account, say),
            *_envelope(account, say),
            *_journal(account, say),
            *_machine(account, say),
            *roles_to_sign(SIGNATURES, say),
        ),
        rehearsal=account.rehearsal,
        language=language,
    )
    return draw_report(report, paper)


def _fit(text: str) -> str:
    """A text as far as it can be printed. Reports of the worst day are made of what strangers typed."""
    text = unicodedata.normalize("NFC", text)
    try:
        text = check_printable(text, "a text")
    except PaperError:
        text = "".join(map(_printable, text))
    # A path has no spaces to break a line at, so it is given some.
    return " ".join(_broken(word) for word in text[:_CHARS].split(" "))


def _printable(character: str) -> str:
    try:
        return check_printable(character, "a letter")
    except PaperError:
        return "?"


def _broken(word: str, most: int = 30) -> str:
    return " ".join(word[start : start + most] for start in range(0, len(word), most)) or word


def _what(account: Account, say: Catalogue) -> Iterable[Block]:
    said = [Paragraph(((say("what"), Face.SANS_BOLD),), SIZE)]
    said += [Paragraph(((say("of_rehearsal"), Face.SANS_BOLD),), SIZE, 1.5)] if account.rehearsal else []
    said += [Paragraph(((say("of_superseded"), Face.SANS_BOLD),), SIZE, 1.5)] if account.superseded else []
    yield Text(tuple(said))


def _next(account: Account, say: Catalogue) -> Iterable[Block]:
    yield Heading(say("head.next"))
    yield Table(
        (
            Column("", 8.0, tick=True),
            Column(say("next.head_what"), 108.0),
            Column(say("next.head_who"), 34.0),
            Column(say("next.head_done"), TEXT - 150.0),
        ),
        tuple(("", (paragraph,), "", "") for paragraph in _to_do(account, say)),
        row_height=9.0,
    )


def _to_do(account: Account, say: Catalogue) -> Iterator[Paragraph]:
    forged = [words.name(one.name, say) for one in account.sheets if one.outcome is Outcome.WRONG]
    if forged:
        yield _sentence(say, "next.forged", names=_fit(", ".join(forged)))
    if account.unwritten:
        yield _sentence(say, "next.append")
    for copy in account.copies:
        yield _sentence(say, "next.copy" if account.record_check else "next.copy_unlisted", copy=_fit(copy))
    if account.command:
        yield _sentence(say, "next.command")
    for key in ("scans", "bags", "board"):
        yield _sentence(say, f"next.{key}")


def _sentence(say: Catalogue, key: str, **values: object) -> Paragraph:
    return Paragraph(runs(say, key, values), SIZE, what="a text")


def _recovered(account: Account, say: Catalogue) -> Iterable[Block]:
    hours, minutes = divmod(max(0, round((account.ended - account.begun).total_seconds() / 60)), 60)
    code = (Paragraph(((account.record_check, Face.MONO_BOLD),), 14.0),)
    rows: list[tuple[Cell, ...]] = [
        (say("recovered.key"), _fit(account.key_name)),
        (say("recovered.id"), str(account.id)),
        (say("recovered.generation"), str(account.generation or "")),
        (say("recovered.needed"), _fit(quorum(account.needed, say) if account.needed else "")),
        (say("recovered.case"), _fit(account.case)),
        (say("recovered.arbitrator"), _fit(account.arbitrator)),
        (say("recovered.begun"), _time(account.begun)),
        (say("recovered.ended"), _time(account.ended)),
        (say("recovered.taken"), say("recovered.minutes", hours=hours, minutes=minutes)),
        (say("recovered.record"), code if account.record_check else say("recovered.paper_alone")),
    ]
    yield Heading(say("head.recovered"))
    yield Table(_FIELDS, tuple(rows), together=True)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def _sheets(account: Account, say: Catalogue) -> Iterable[Block]:
    yield Heading(say("head.sheets"))
    yield Text((Paragraph(((say("sheet.what"), Face.SANS),), SIZE),), keep=True)
    yield Table(
        (
            Column(say("sheet.name"), 40.0, Face.SANS_BOLD),
            Column(say("sheet.code"), 46.0, Face.MONO),
            Column(say("sheet.same"), 12.0, tick=True),
            Column(say("sheet.came"), 44.0),
            Column(say("sheet.found"), TEXT - 142.0),
        ),
        tuple(_sheet(one, say) for one in account.sheets),
        row_height=9.0,
    )


def _sheet(one: Brought, say: Catalogue) -> tuple[Cell, ...]:
    came = [Paragraph(((say(f"sheet.{_key(one.came.how.name)}"), Face.SANS),), SIZE)]
    if one.came.by:
        came.append(Paragraph(((_fit(one.came.by), Face.SANS_BOLD),), SIZE, what="who brought a sheet"))
    who = one.holder and (one.holder.person or one.holder.office)
    if who:
        came.append(Paragraph(((say("sheet.holder", who=_fit(who)), Face.SANS),), 8.0, what="a holder"))
    allowed = one.outcome is Outcome.RIGHT and one.void
    key = "allowed" if allowed else _key(one.outcome.name)
    alarming = allowed or one.outcome in (Outcome.WRONG, Outcome.REFUSED)
    found = Paragraph(
        ((say(f"sheet.{key}", void=_fit(words.said(one.void, say))), Face.SANS_BOLD if alarming else Face.SANS),),
        SIZE,
        what="a reason",
    )
    told = [found]
    if one.torn:
        told.append(Paragraph(((say(f"sheet.torn_{_key(one.torn.name)}"), Face.SANS),), SIZE, what="what confirmed it"))
    return _fit(words.name(one.name, say)), one.check_code, "", tuple(came), tuple(told)


def _key(name: str) -> str:
    return name.lower()


def _envelope(account: Account, say: Catalogue) -> Iterable[Block]:
    rows: list[tuple[Cell, ...]] = [
        (say("envelope.from"), _fit(words.sources(account.envelope_from, say))),
        (say("envelope.envelope"), grouped(sha256(account.envelope.der))),
        (say("envelope.encrypted"), grouped(account.encrypted_sha256)),
        (say("envelope.record"), say("envelope.of_record" if account.record_check else "envelope.no_record")),
        (say("envelope.proof"), _fit(words.said(account.proof, say)) or say("envelope.not_tried")),
    ]
    yield Heading(say("head.envelope"))
    yield Table(_FIELDS, tuple(rows), together=True)
    yield Heading(say("head.copies"))
    went = [say("copies.file", copy=_fit(copy)) for copy in account.copies]
    went += [say("copies.command", command=_fit(account.command))] if account.command else []
    yield Text(tuple(Paragraph(((one, Face.SANS_BOLD),), SIZE, what="where the key went") for one in went))


def _journal(account: Account, say: Catalogue) -> Iterable[Block]:
    yield Heading(say("head.journal"))
    if account.journal_head:
        rows: list[tuple[Cell, ...]] = [
            (say("journal.head"), (Paragraph(((account.journal_head, Face.MONO_BOLD),), 12.0),)),
            (say("journal.state"), _fit(words.state(account.register, say) if account.register else "")),
        ]
        yield Table(_FIELDS, tuple(rows), together=True)
        return
    if not account.unwritten:
        yield Text((Paragraph(((say("journal.no_escrow"), Face.SANS),), SIZE),))
        return
    problem = Paragraph(
        ((say("journal.unwritten", problem=_fit(words.said(account.problem, say))), Face.SANS_BOLD),),
        SIZE,
        what="what is wrong",
    )
    lines = (Paragraph(((_fit(line), Face.SANS),), SIZE, 1.0, what="a line") for line in account.unwritten)
    yield Text((problem,), keep=True)
    yield Text((*lines, _sentence(say, "journal.file", file=account.beside)))


def _machine(account: Account, say: Catalogue) -> Iterable[Block]:
    yield Heading(say("head.machine"))
    head = "" if say.language == "en" else say.said("heading")
    yield Table(
        (Column("", 30.0, Face.SANS_BOLD), Column("", 26.0), Column(head, TEXT - 56.0, size=8.0)),
        tuple((check.id, words.verdict(check.verdict.value, say), _fit(check.found)) for check in account.checks)
        or ((" ", "", ""),),
    )

"""The record on paper: all that record.json says, its check code, and lines to sign."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from rootescrow.ceremony.papers.blocks import roles_to_sign
from rootescrow.codes import check_code_of_digest
from rootescrow.paper.fonts import Face, check_printable
from rootescrow.paper.layout import Paper, Paragraph
from rootescrow.paper.report import SIZE, TEXT, Block, Cell, Column, Heading, Report, Table, Text, draw_report
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.paper.wording import quorum
from rootescrow.register.record import Record, RecordedPassphrase, RecordedSheet

SIGNATURES = ("operator", "operator", "witness", "witness", "board", "")
"""Whose lines there are to sign."""

_NAME = 62.0
_HASH = 9.0
_FIELDS = (Column("", _NAME, Face.SANS), Column("", TEXT - _NAME, Face.SANS_BOLD))


def draw_record(record: Record, paper: Paper, *, language: str = "en") -> bytes:
    """The record as a PDF. Raises PaperError for a text that the fonts cannot print or that has no room."""
    say = catalogue(language, Part.RECORD)
    report = Report(
        title=say("title", id=record.escrow_id, generation=record.generation),
        name=say("name", id=record.escrow_id, generation=record.generation),
        note=say("note"),
        blocks=(
            *_identity(record, say),
            *_made(record, say),
            *_key(record, say),
            *_quorum(record, say, "head.quorum"),
            *_sheets(record.sheets, say, "head.sheets", "head.words"),
            *_passphrase(record, say),
            *_envelope(record, say),
            *_accepted(record, say),
            *_software(record, say),
            *roles_to_sign(SIGNATURES, say),
        ),
        rehearsal=record.rehearsal,
        language=language,
    )
    return draw_report(report, paper)


def grouped(sha256: str) -> tuple[Paragraph, ...]:
    """A SHA-256 of 64 hexadecimal digits in two lines of eight groups of four, as sheets have it."""
    fours = [sha256[start : start + 4] for start in range(0, 64, 4)]
    return tuple(Paragraph(((" ".join(half), Face.MONO),), _HASH) for half in (fours[:8], fours[8:]))


def _identity(record: Record, say: Catalogue) -> Iterable[Block]:
    what = [Paragraph(((say("what"), Face.SANS),), SIZE)]
    if record.rehearsal:
        what.append(Paragraph(((say("of_rehearsal"), Face.SANS_BOLD),), SIZE, 1.5))
    yield Text(tuple(what))
    code = (Paragraph(((record.check_code, Face.MONO_BOLD),), 18.0),)
    rows: list[tuple[Cell, ...]] = [(say("check_code"), code)]
    rows.append((say("sha256"), grouped(hashlib.sha256(record.dump()).hexdigest())))
    yield Table(_FIELDS, tuple(rows))


def _made(record: Record, say: Catalogue) -> Iterable[Block]:
    yield Heading(say("head.made"))
    authority = record.authority
    yield Table(
        _FIELDS,
        (
            (say("made.name"), _text(record.key.name, "the name of the key")),
            (say("made.escrow_id"), record.escrow_id),
            (say("made.generation"), str(record.generation)),
            (say("made.supersedes"), _text(record.supersedes, "what it supersedes") or say("none")),
            (say("made.created"), record.created.isoformat()),
            (say("made.profile"), record.profile),
            (say("made.rehearsal"), say("yes" if record.rehearsal else "no")),
            (say("made.motion"), _text(authority.motion, "the motion") or say("none")),
            (say("made.motion_date"), authority.date.isoformat() if authority.date else say("none")),
            (say("made.plan_sha256"), _hash(record.plan_sha256, say("none"))),
            (say("made.format"), str(record.format)),
        ),
        together=True,
    )


def _key(record: Record, say: Catalogue) -> Iterable[Block]:
    key = record.key
    yield Heading(say("head.key"))
    yield Table(
        _FIELDS,
        (
            (say("key.algorithm"), _text(key.algorithm, "the algorithm")),
            (say("key.spki"), _hash(key.spki_sha256, say("unknown"))),
            (say("key.provenance"), say(f"key.{key.provenance}") if key.provenance else say("unknown")),
            (say("key.certificate"), _hash(key.certificate_sha256, say("none"))),
            (say("key.encrypted"), _hash(key.encrypted_key_sha256, "")),
            (say("key.kdf"), _text(key.kdf, "the key derivation")),
            (say("key.anew"), say("yes" if key.encrypted_anew else "no")),
        ),
        together=True,
    )


def _quorum(record: Record | RecordedPassphrase, say: Catalogue, head: str) -> Iterable[Block]:
    yield Heading(say(head))
    needed = say("quorum.needed", policy=_text(quorum(record.policy, say), "a group's name"))
    yield Text((Paragraph(((needed, Face.SANS_BOLD),), SIZE, what="the names of the groups"),), keep=True)
    yield Table(
        (
            Column(say("quorum.group"), _NAME),
            Column(say("quorum.body"), 70.0),
            Column(say("quorum.threshold"), 27.0),
            Column(say("quorum.count"), 27.0),
        ),
        tuple(
            (group.name, say(f"quorum.{group.body}"), str(group.threshold), str(group.count)) for group in record.groups
        ),
    )


def _sheets(sheets: Iterable[RecordedSheet], say: Catalogue, head: str, words_head: str) -> Iterable[Block]:
    yield Heading(say(head))
    who, where = [], []
    for sheet in sheets:
        holder = [
            Paragraph(((_text(value, f"the {part} of {sheet.name}"), face),), SIZE, what=f"the {part} of {sheet.name}")
            for part, value, face in (("office", sheet.office, Face.SANS), ("person", sheet.person, Face.SANS_BOLD))
            if value
        ]
        place, bag = (_text(getattr(sheet, part), f"the {part} of {sheet.name}") for part in ("place", "bag"))
        who.append((sheet.name, tuple(holder), place, bag))
        code = check_code_of_digest(bytes.fromhex(sheet.words_sha256))
        where.append((sheet.name, code, grouped(sheet.words_sha256)))
    yield Table(
        (
            Column(say("sheet.sheet"), 36.0, Face.SANS_BOLD),
            Column(say("sheet.holder"), 64.0),
            Column(say("sheet.place"), 52.0),
            Column(say("sheet.bag"), TEXT - 152.0),
        ),
        tuple(who),
        row_height=8.0,
    )
    yield Heading(say(words_head))
    yield Text((Paragraph(((say("sheet.words_what"), Face.SANS),), SIZE),), keep=True)
    yield Table(
        (
            Column(say("sheet.sheet"), 52.0, Face.SANS_BOLD),
            Column(say("sheet.check_code"), 52.0, Face.MONO),
            Column(say("sheet.words"), TEXT - 104.0),
        ),
        tuple(where),
    )


def _passphrase(record: Record, say: Catalogue) -> Iterable[Block]:
    escrowed = record.passphrase
    if escrowed is None:
        yield Heading(say("head.passphrase"))
        yield Text((Paragraph(((say("passphrase.not_escrowed"), Face.SANS),), SIZE),))
        return
    yield from _quorum(escrowed, say, "head.passphrase")
    yield Table(_FIELDS, ((say("passphrase.escrow_id"), escrowed.escrow_id),))
    yield from _sheets(escrowed.sheets, say, "head.passphrase_sheets", "head.passphrase_words")


def _envelope(record: Record, say: Catalogue) -> Iterable[Block]:
    envelope = record.envelope
    yield Heading(say("head.envelope"))
    rows: tuple[tuple[Cell, ...], ...] = (
        (say("envelope.sha256"), grouped(envelope.sha256)),
        (say("envelope.size"), say("envelope.bytes", bytes=envelope.bytes)),
        (say("envelope.printed"), say(f"envelope.{envelope.printed}")),
    )
    yield Table(_FIELDS, rows, together=True)
    media = tuple(
        (say("envelope.medium", number=number), _text(medium, f"medium {number}"))
        for number, medium in enumerate(record.media, 1)
    )
    yield Table(_FIELDS, media or ((say("envelope.no_medium"), say("none")),))


def _accepted(record: Record, say: Catalogue) -> Iterable[Block]:
    yield Heading(say("head.accepted"))
    if not record.accepted:
        yield Text((Paragraph(((say("none"), Face.SANS),), SIZE),))
        return
    yield Table(
        (Column(say("accepted.rule"), _NAME, Face.SANS_BOLD), Column(say("accepted.reason"), TEXT - _NAME)),
        tuple(
            (_text(one.rule, "a rule"), _text(one.reason, f"the reason for accepting {one.rule}"))
            for one in record.accepted
        ),
    )


def _software(record: Record, say: Catalogue) -> Iterable[Block]:
    yield Heading(say("head.software"))
    yield Table(
        (
            Column(say("software.name"), 52.0),
            Column(say("software.version"), 52.0),
            Column(say("software.sha256"), TEXT - 104.0),
        ),
        tuple(
            (
                _text(one.name, "the name of a program"),
                _text(one.version, "the version of a program"),
                _hash(one.sha256, say("unknown")),
            )
            for one in record.software
        ),
    )


def _hash(sha256: str | None, otherwise: str) -> Cell:
    return grouped(sha256) if sha256 else otherwise


def _text(text: str | None, what: str) -> str:
    return check_printable(text, what) if text else ""

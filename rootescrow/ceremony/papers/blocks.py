"""What the papers of the years after have in common: which escrow, what holds by the journal, lines to sign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rootescrow.paper.fonts import Face, check_printable
from rootescrow.paper.layout import Paragraph
from rootescrow.paper.report import SIZE, TEXT, Block, Cell, Column, Heading, Table, Text, runs
from rootescrow.paper.text import Catalogue
from rootescrow.policy import Holder
from rootescrow.register.register import Register

NAME = 50.0
FIELDS = (Column("", NAME), Column("", TEXT - NAME, Face.SANS_BOLD))
"""A name on the left, what it is on the right."""


def paragraph(text: str, *, bold: bool = False, size: float = SIZE, gap: float = 0.0) -> Paragraph:
    """Text in one face."""
    return Paragraph(((text, Face.SANS_BOLD if bold else Face.SANS),), size, gap)


def code(text: str, size: float = SIZE) -> Cell:
    """A check code or a head, to be compared letter by letter."""
    return (Paragraph(((text, Face.MONO_BOLD),), size),)


def said(text: str, what: str) -> Cell:
    """A text of the user's, `what` it is if it has no room; a line for a pen if it is empty."""
    return (Paragraph(((check_printable(text, what), Face.SANS_BOLD),), SIZE, what=what),) if text else ""


def who(holder: Holder, of: str) -> Cell:
    """The person, and the office below; a line for a pen if neither is known."""
    parts = ((holder.person, Face.SANS_BOLD, "person"), (holder.office, Face.SANS, "office"))
    return tuple(
        Paragraph(((check_printable(text, f"the {name} of {of}"), face),), SIZE, what=f"the {name} of {of}")
        for text, face, name in parts
        if text
    )


def escrow(register: Register, say: Catalogue, *rows: tuple[Cell, ...]) -> Iterator[Block]:
    """Which escrow, by its record, and the journal's head, which every report bears; then further rows."""
    record = register.record
    generation = say("escrow.is", key=check_printable(record.key.name, "the name of the key"), of=record.generation)
    yield Table(
        FIELDS,
        (
            (say("escrow.key"), said(generation, "the name of the key")),
            (say("escrow.record"), code(record.check_code)),
            (say("escrow.head", date=register.journal.lines[-1].time.date()), code(str(register.journal.head))),
            *rows,
        ),
        together=True,
    )


def steps(head: str, keys: Iterable[str], say: Catalogue, **values: object) -> Iterator[Block]:
    """Sentences of the catalogue, each beside a box to tick."""
    yield Heading(say(head))
    yield Table(
        (Column("", 8.0, tick=True), Column("", TEXT - 8.0)),
        tuple(("", (Paragraph(runs(say, key, values), SIZE),)) for key in keys),
        together=True,
    )


def signatures(what: str, roles: Iterable[tuple[str, str]], say: Catalogue) -> Iterator[Block]:
    """Lines to sign below a sentence: for each role the name of the person if it is known."""
    yield Heading(say("head.signatures"))
    yield Text((paragraph(what),), keep=True)
    yield Table(
        (
            Column(say("signature.role"), 36.0),
            Column(say("signature.name"), 60.0),
            Column(say("signature.date"), 28.0),
            Column(say("signature.signature"), TEXT - 124.0),
        ),
        tuple((role, said(name, f"the name of the {role.lower()}"), "", "") for role, name in roles),
        row_height=9.0,
        together=True,
    )


def roles_to_sign(roles: Iterable[str], say: Catalogue) -> Iterator[Block]:
    """A table in which people sign in these roles; an empty one is a line for somebody else."""
    yield Heading(say("head.signatures"))
    yield Text((Paragraph(((say("signature.what"), Face.SANS),), SIZE),), keep=True)
    yield Table(
        (
            Column(say("signature.role"), 32.0),
            Column(say("signature.name"), 62.0),
            Column(say("signature.date"), 27.0),
            Column(say("signature.signature"), TEXT - 121.0),
        ),
        tuple((say(f"signature.{role}") if role else "", "", "", "") for role in roles),
        row_height=11.0,
        together=True,
    )

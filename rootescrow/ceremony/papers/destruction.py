"""The destruction list: what is left of an old generation, that first which ends it soonest, with lines to sign."""

from __future__ import annotations

from collections.abc import Iterator

from rootescrow.ceremony.destruction import Left, left
from rootescrow.ceremony.papers import words
from rootescrow.ceremony.situation import Carrier, Kind
from rootescrow.ceremony.today import Today
from rootescrow.errors import UsageError
from rootescrow.paper.fonts import Face, check_printable
from rootescrow.paper.layout import Paper, Paragraph
from rootescrow.paper.report import SIZE, TEXT, Block, Cell, Column, Heading, Report, Table, Text, draw_report, runs
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.register.events import Superseded
from rootescrow.register.now import SheetNow
from rootescrow.register.register import Register

FILE = "destruction-list.pdf"
SIGNATURES = ("operator", "witness", "witness")
"""Whose lines there are to sign."""

_FACT = 62.0
_ROW = 9.0
_BLANK_COPIES = 2
"""Lines for copies of the folder that nobody wrote down."""
_SMALL = 8.5
Row = tuple[Cell, ...]


def draw_destruction(today: Today, paper: Paper, *, head: str, language: str = "en") -> bytes:
    """The list as a PDF. `head` is that of the journal as it is on disk.

    Raises UsageError for a generation that was not superseded; PaperError for a text that has no room.
    """
    register = today.register
    later, record = register.superseded, register.record
    if later is None:
        raise UsageError(
            f"escrow {record.escrow_id} was not superseded: there is no old generation to be destroyed",
            "Make the new one first: rootescrow rekey.",
        )
    say = catalogue(language, Part.DESTRUCTION)
    page = _Page(today, left(today), later, say)
    report = Report(
        title=say("title", id=record.escrow_id, generation=record.generation),
        name=say("name", id=record.escrow_id, generation=record.generation),
        note=say("note"),
        blocks=(*page.what(), *page.facts(head), *page.listed(), *page.how(), *page.signatures()),
        rehearsal=record.rehearsal,
        language=language,
    )
    return draw_report(report, paper)


class _Page:
    """The blocks of one list."""

    def __init__(self, today: Today, known: Left, later: Superseded, say: Catalogue) -> None:
        self._today = today
        self._left = known
        self._later = later
        self._say = say

    @property
    def _register(self) -> Register:
        return self._today.register

    def what(self) -> Iterator[Block]:
        """What it is, and the truths."""
        say, record = self._say, self._register.record
        yield Text(
            (
                self._plain(say("what", id=record.escrow_id, new=self._later.escrow_id)),
                self._bold(self._truth(), 12.0),
                *self._known(),
                Paragraph(
                    tuple(
                        (text, Face.MONO if face is Face.MONO else Face.SANS_BOLD)
                        for text, face in runs(say, "not_before", {"new": self._later.escrow_id})
                    ),
                    SIZE,
                    1.5,
                ),
                self._bold(self._of_passphrase()),
            )
        )

    def _truth(self) -> str:
        say, policy = self._say, self._register.record.policy
        if not self._register.live:
            return say("truth_over")
        if policy.group_threshold == len(policy.groups):
            ends = [say("fewer", threshold=group.threshold, group=_text(group.name)) for group in policy.groups]
        elif policy.group_threshold == 1:
            ends = [say("fewer_one")]
        else:
            ends = [say("fewer_groups", needed=policy.group_threshold)]
        return say("truth", end=say("or").join([*ends, say("every_envelope")]))

    def _known(self) -> Iterator[Paragraph]:
        own = self._register.record.policy.groups
        known = [sheet.name for sheet in self._register.sheets if sheet.may_know and sheet.group in own]
        if known:
            yield self._bold(self._say("known", sheets=_text(", ".join(known))))

    def _of_passphrase(self) -> str:
        say = self._say
        if self._later.new_passphrase:
            return say("passphrase_new")
        sheets = [sheet.name for sheet in self._register.sheets if sheet.of_passphrase and sheet.counts]
        return say("passphrase_stays", sheets=_text(", ".join(sheets))) if sheets else say("passphrase_typed")

    def facts(self, head: str) -> Iterator[Block]:
        """Of which escrow it is."""
        say, record = self._say, self._register.record
        new = say.common("escrow.is", id=self._later.escrow_id, generation=self._later.generation)
        yield Table(
            (Column("", _FACT), Column("", TEXT - _FACT, Face.SANS_BOLD)),
            (
                (say("fact.old"), say.common("escrow.is", id=record.escrow_id, generation=record.generation)),
                (say("fact.new"), new),
                (say("fact.key"), _text(record.key.name)),
                (say("fact.check_code"), record.check_code),
                (say("fact.head"), head),
                (say("fact.date"), self._today.date.isoformat()),
            ),
            together=True,
        )

    def listed(self) -> Iterator[Block]:
        """What is left: what ends the generation soonest, then the rest."""
        say, known = self._say, self._left
        parts = known.parts if known.by_sheets_first and self._register.live else ()
        first = {sheet.name for part in parts for sheet in part.sheets}
        rest = [sheet for sheet in self._sheets() if sheet.name not in first]
        envelopes = [] if self._register.envelopes_destroyed else [*self._envelopes()]
        if parts:
            yield Heading(say("head.first"))
            for part in parts:
                key = "first.several" if len(parts) > 1 else "first.sheets"
                group = _text(part.group.name)
                yield self._sentence(say(key, needed=part.needed, group=group, count=len(parts)))
                yield self._table([self._sheet(sheet) for sheet in part.sheets])
        elif self._register.live and not known.on_sheets:
            yield Heading(say("head.first"))
            yield self._sentence(say("first.envelopes"))
            yield self._table(envelopes)
            envelopes = []
        others = [*self._copies(), *envelopes, *map(self._sheet, rest)]
        if others:
            yield Heading(say("head.rest"))
            yield self._table(others)

    def _sheets(self) -> tuple[SheetNow, ...]:
        wanted = set(self._register.to_destroy)
        return tuple(sheet for sheet in self._register.sheets if sheet.name in wanted)

    def _sheet(self, sheet: SheetNow) -> Row:
        say = self._say
        notes = []
        if sheet.of_passphrase:
            notes.append(say("item.of_passphrase"))
        elif self._left.on_sheets:
            notes.append(say("item.bears"))
        if sheet.void:
            notes.append(say("item.void"))
        holder = sheet.holder
        who = ", ".join(part for part in (holder.office, holder.person) if part)
        return self._row(sheet.name, notes, who, holder.place, holder.bag)

    def _envelopes(self) -> Iterator[Row]:
        say = self._say
        for carrier in self._left.envelopes:
            yield self._carrier(carrier)
        if self._left.uncounted:
            for number in range(_BLANK_COPIES):
                notes = [say("item.paper"), *([] if number else [say("item.kit_paper")])]
                yield self._row(say("item.printed"), notes, "", "", "")
        yield self._row(say("item.folder"), [say("item.master")], "", "", "")
        for _ in range(_BLANK_COPIES):
            yield self._row(say("item.folder"), [say("item.copy")], "", "", "")

    def _carrier(self, carrier: Carrier) -> Row:
        note = self._say("item.medium" if carrier.kind is Kind.MEDIUM else "item.paper")
        return self._row(words.name(carrier.name, self._say), [note], "", carrier.place, carrier.bag)

    def _copies(self) -> Iterator[Row]:
        for copy in self._register.copies:
            yield self._row(copy, [self._say("item.copy_of_key")], "", "", "")

    def _row(self, item: str, notes: list[str], who: str, place: str, bag: str) -> Row:
        what = (
            Paragraph(((_text(item), Face.SANS_BOLD),), SIZE, what=f"the name of {item}"),
            *(Paragraph(((note, Face.SANS),), _SMALL) for note in notes),
        )
        return ("", what, _text(who), _text(place), _text(bag), "", "")

    def _table(self, rows: list[Row]) -> Table:
        say = self._say
        columns = (
            Column("", 8.0, tick=True),
            Column(say("column.item"), 50.0),
            Column(say("column.who"), 42.0),
            Column(say("column.place"), 33.0),
            Column(say("column.bag"), 20.0),
            Column(say("column.date"), 17.0),
            Column(say("column.initials"), 16.0),
        )
        return Table(columns, tuple(rows), row_height=_ROW)

    def how(self) -> Iterator[Block]:
        """How it is destroyed, and what is typed afterwards."""
        say = self._say
        yield Heading(say("head.how"))
        yield Text(
            (
                self._plain(say("how.paper")),
                self._plain(say("how.media"), 1.5),
                self._plain(say("how.afterwards"), 1.5),
                Paragraph(((say("how.command"), Face.MONO),), 9.0, 1.0),
            )
        )

    def signatures(self) -> Iterator[Block]:
        """Lines to sign."""
        say = self._say
        yield Heading(say("head.signatures"))
        yield Table(
            (
                Column(say("signature.role"), 34.0),
                Column(say("signature.name"), 52.0),
                Column(say("signature.date"), 44.0),
                Column(say("signature.signature"), TEXT - 130.0),
            ),
            tuple((say(f"signature.{role}"), "", "", "") for role in SIGNATURES),
            row_height=11.0,
            together=True,
        )

    def _plain(self, text: str, gap: float = 0.0) -> Paragraph:
        return Paragraph(((text, Face.SANS),), SIZE, gap)

    def _bold(self, text: str, size: float = SIZE) -> Paragraph:
        return Paragraph(((text, Face.SANS_BOLD),), size, 1.5)

    def _sentence(self, text: str) -> Text:
        return Text((self._plain(text),), keep=True)


def _text(text: str) -> str:
    return check_printable(text, "a name") if text else ""

"""The recovery booklet: for a stranger in thirty years, who has sheets, an envelope and an ordinary computer.

It is of one escrow: its id, what is public of its key, how many sheets of which groups are needed. It names no person,
no place and no bag, and it does not hold the envelope: it is not confidential, so it may lie where it will be found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rootescrow.ceremony.example import FIELDS, Example, fixed, generators, worked
from rootescrow.ceremony.papers.booklet_example import SECTION, example_blocks
from rootescrow.ceremony.papers.booklet_source import (
    CHECK_PROGRAM,
    JOIN_PROGRAM,
    code_figures,
    join_command,
    line_figures,
    listing,
    source_codes,
    source_lines,
    word_figures,
)
from rootescrow.paper.fonts import Face, check_printable
from rootescrow.paper.layout import Paper, Paragraph
from rootescrow.paper.report import (
    SIZE,
    TEXT,
    Block,
    Cell,
    Column,
    Heading,
    Report,
    Table,
    Text,
    draw_report,
    heading_pages,
    runs,
)
from rootescrow.paper.stock import OPENSSL, SLIP39_TOOLS, passphrase_commands, stock_commands
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.paper.wording import quorum
from rootescrow.register.record import Record

PROGRAM = "python3 -I recover.py --out key.pem \\\n escrow/envelope.cms escrow/certificate.pem"
RECORD_CODE = "openssl dgst -sha256 -binary record.json | head -c 10 | base32"
TOOLS = "openssl version; shamir --help"
SIGN = "openssl ca -gencrl -config ca.cnf -keyfile key.pem \\\n -cert escrow/certificate.pem -out root.crl"

_CHAPTER = 16.0
_NUMBER = 10.0
_LABEL = 52.0
_COMMAND = 9.0
_PEN = 13.0
_BLANK_ROWS = 3
_BITS = 14.0
_TRIES = 5

Pages = Mapping[str, int]
"""The page on which each chapter begins; 0 where it is not known yet."""


@dataclass(frozen=True)
class _Step:
    """A step by its name in the catalogue, the command to type, and what stands in its sentences."""

    name: str
    command: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Booklet:
    """What the booklet is of: the record of an escrow, and its envelope, of which only length and hash are printed.

    `program` is recover.py, `page` recover.html where there is one. `organisation` and `contact` are what the covers
    of the sheets say outside, empty if that is not known.

    Raises PaperError for a name that the fonts cannot print.
    """

    record: Record
    envelope: bytes = field(repr=False)
    program: bytes = field(repr=False)
    page: bytes | None = field(default=None, repr=False)
    organisation: str = ""
    contact: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        for name in ("organisation", "contact"):
            if getattr(self, name):
                object.__setattr__(self, name, check_printable(getattr(self, name), f"the {name}"))

    @property
    def say(self) -> Catalogue:
        """The sentences of its language."""
        return catalogue(self.language, Part.BOOKLET)

    @property
    def public_key(self) -> str:
        """The SHA-256 of the key's public key, or that it is not known."""
        return self.record.key.spki_sha256 or self.say("unknown")


def draw_booklet(what: Booklet, paper: Paper) -> bytes:
    """The booklet as a PDF. Raises PaperError for a text that the fonts cannot print or that has no room."""
    say, record = what.say, what.record
    example, codes = worked(fixed()), source_codes(what.program)
    pages: dict[str, int] = {}
    for _ in range(_TRIES):  # its own page numbers stand in it: laid out again until they stay
        blocks = tuple(booklet_blocks(what, example, codes, pages))
        before = pages
        pages = {heading.text: page for heading, page in heading_pages(blocks) if heading.size == _CHAPTER}
        if pages == before:
            break
    else:
        raise ValueError("the page numbers do not settle")
    report = Report(
        title=say("title", id=record.escrow_id),
        name=say("name", id=record.escrow_id),
        note=say("note"),
        blocks=blocks,
        rehearsal=record.rehearsal,
        language=what.language,
    )
    return draw_report(report, paper)


def booklet_blocks(what: Booklet, example: Example, codes: tuple[str, ...], pages: Pages) -> Iterator[Block]:
    """All that is on its pages; `codes` are those of recover.py, `pages` the pages of the chapters as far as known."""
    say = what.say
    yield from _what(what)
    yield from _contents(say, pages)
    yield from _needed(what)
    yield from _program(what, pages)
    if what.page is not None:
        yield from _page(what, what.page)
    yield from _stock(what, pages)
    yield from _passphrase(say)
    yield from _after(say)
    yield from _format(say, pages)
    yield Heading(say("head.example"), _CHAPTER)
    yield from example_blocks(example, say)
    yield from _lines(what)
    yield from _codes(what, codes)
    yield _chapter(say, "words")
    yield _text(say, "words.what")
    yield from word_figures()


# What it is


def _what(what: Booklet) -> Iterator[Block]:
    say, record = what.say, what.record
    name, needed = check_printable(record.key.name, "the name of the key"), quorum(record.policy, say)
    yield Heading(say("head.what"), _CHAPTER)
    if record.rehearsal:
        yield Text((Paragraph(((say("label.rehearsal"), Face.SANS_BOLD),), 11.0),))
    rows: list[tuple[Cell, ...]] = [
        (say("label.key"), (Paragraph(((name, Face.SANS_BOLD),), 13.0, what="the name of the key"),)),
        (say("label.escrow"), _escrow(what)),
        (say("label.needed"), (Paragraph(((needed, Face.SANS_BOLD),), SIZE, what="a name of a group"),)),
        (say("label.public"), _mono(what.public_key)),
        (say("label.envelope"), _mono(record.envelope.sha256)),
        (say("label.program"), _mono(hashlib.sha256(what.program).hexdigest())),
    ]
    if what.page is not None:
        rows.append((say("label.page_file"), _mono(hashlib.sha256(what.page).hexdigest())))
    yield Table((Column("", _LABEL), Column("", TEXT - _LABEL, Face.SANS_BOLD)), tuple(rows))
    for key in ("is", "how", "enough", "secret"):
        yield _text(say, f"what.{key}")
    yield Heading(say("what.ask"), SECTION)
    if what.contact:
        yield _text(say, "what.ask_cover")
        ask = f"{what.organisation}: {what.contact}" if what.organisation else what.contact
        yield Text((Paragraph(((ask, Face.SANS_BOLD),), 11.0, 0.8, what="the contact"),))
    yield Text((_paragraph(say, "what.ask_write"), replace(_paragraph(say, "what.ask_nobody"), gap=1.5)), keep=True)
    columns = (
        Column(say("what.who"), 70.0),
        Column(say("what.reach"), TEXT - 100.0),
        Column(say("what.since"), 30.0),
    )
    yield Table(columns, (("", "", ""),) * _BLANK_ROWS, row_height=_PEN, together=True)


def _escrow(what: Booklet) -> tuple[Paragraph, ...]:
    record = what.record
    made = what.say("label.made", generation=record.generation, date=record.created.isoformat())
    return (Paragraph(((record.escrow_id, Face.MONO_BOLD), (f", {made}", Face.SANS_BOLD)), 11.0),)


def _contents(say: Catalogue, pages: Pages) -> Iterator[Block]:
    yield Heading(say("head.contents"), _CHAPTER, new_page=True)
    columns = (Column("", TEXT - 25.0, Face.SANS, 12.0), Column(say("head.page"), 25.0, Face.SANS_BOLD, 12.0))
    contents = say("head.contents")
    yield Table(
        columns, tuple((name, str(page)) for name, page in pages.items() if name != contents) or ((" ", "0"),), 8.5
    )


# The ways back


def _needed(what: Booklet) -> Iterator[Block]:
    say, record = what.say, what.record
    yield _chapter(say, "needed")
    escrowed = record.passphrase
    said = {
        "order": True,
        "sheets": True,
        "copies": any(group.copies for group in record.policy.groups),
        "envelope": True,
        "passphrase": escrowed is not None,
        "not_escrowed": escrowed is None,
        "computer": True,
        "program": True,
        "page_file": what.page is not None,
        "tools": True,
    }
    values: dict[str, dict[str, object]] = {
        "sheets": {"policy": quorum(record.policy, say), "id": record.escrow_id},
        "passphrase": {"policy": quorum(escrowed.policy, say) if escrowed else ""},
    }
    keys = [key for key, holds in said.items() if holds]
    paragraphs = [_paragraph(say, f"needed.{key}", **values.get(key, {})) for key in keys]
    yield _numbered([(f"{number}.", (paragraph,)) for number, paragraph in enumerate(paragraphs, 1)])
    yield Heading(say("head.first"), _CHAPTER)
    yield _steps(
        say,
        "first",
        [
            _Step("bags"),
            _Step("ids", values={"id": record.escrow_id}),
            _Step("record", RECORD_CODE, {"code": record.check_code.replace("-", "")}),
        ],
    )


def _program(what: Booklet, pages: Pages) -> Iterator[Block]:
    say, record = what.say, what.record
    sha256 = hashlib.sha256(what.program).hexdigest()
    yield _chapter(say, "program")
    yield _text(say, "program.why")
    yield _steps(
        say,
        "program",
        [
            _Step("have", "sha256sum recover.py", {"sha256": sha256, "page": _page_of(say, "code_lines", pages)}),
            _Step("start", PROGRAM),
            _Step("words"),
            _Step("more"),
            _Step("envelope", values={"id": record.escrow_id}),
            _Step("prove", values={"public": what.public_key}),
            _Step("done"),
        ],
    )


def _page(what: Booklet, page: bytes) -> Iterator[Block]:
    say = what.say
    yield _chapter(say, "page_file")
    yield _text(say, "page_file.why")
    sha256 = hashlib.sha256(page).hexdigest()
    yield _steps(
        say,
        "page_file",
        [
            _Step("have", "sha256sum recover.html", {"sha256": sha256}),
            _Step("open"),
            _Step("words"),
            _Step("save"),
        ],
    )


def _stock(what: Booklet, pages: Pages) -> Iterator[Block]:
    say, record = what.say, what.record
    yield _chapter(say, "stock")
    yield _text(say, "stock.why")
    openssl = ("openssl", ", ".join(OPENSSL), say("stock.openssl_from"))
    rows = (openssl, *((name, version, origin) for origin, name, version in SLIP39_TOOLS))
    columns = (
        Column(say("stock.tool"), 50.0, Face.MONO_BOLD),
        Column(say("stock.version"), 40.0),
        Column(say("stock.from"), TEXT - 90.0),
    )
    yield Table(columns, rows)
    yield _text(say, "stock.offline")
    public = record.key.spki_sha256
    commands = {
        step.name: step for step in stock_commands(record.id, what.envelope, bytes.fromhex(public) if public else None)
    }
    values: dict[str, Mapping[str, object]] = {
        "compare": {"sha256": record.envelope.sha256},
        "check": {"public": public},
    }
    tool = _Step("tool", TOOLS, {"year": record.created.year, "page": _page_of(say, "format", pages)})
    steps = [_Step(name, step.command, values.get(name, {})) for name, step in commands.items()]
    yield _steps(say, "stock", [tool, *steps], unknown="" if public else "check")


def _passphrase(say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.passphrase"), _CHAPTER)
    yield _text(say, "passphrase.why")
    commands = [_Step(step.name, step.command) for step in passphrase_commands()]
    yield _steps(say, "passphrase", [_Step("program"), *commands])


def _after(say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.after"), _CHAPTER)
    yield _steps(say, "after", [_Step("sign", SIGN), _Step("note"), _Step("bags"), _Step("destroy")])


# The format


def _format(say: Catalogue, pages: Pages) -> Iterator[Block]:
    yield _chapter(say, "format")
    yield _text(say, "format.intro")
    yield from _section(say, "chain", "chain")
    yield Heading(say("format.words_head"), SECTION)
    yield _text(say, "format.words_1", page=_page_of(say, "words", pages))
    rows = tuple((name, str(bits), say(f"format.field_{name}")) for name, bits in FIELDS.items())
    columns = (
        Column(say("format.field"), 20.0, Face.MONO),
        Column(say("format.bits"), _BITS),
        Column(say("format.value"), TEXT - 20.0 - _BITS),
    )
    yield Table(columns, rows)
    yield _text(say, "format.words_2")
    yield from _section(say, "checksum", "checksum_1")
    yield Text((Paragraph(((" ".join(f"{number:x}" for number in generators()), Face.MONO),), _COMMAND),))
    yield _text(say, "format.checksum_2")
    for name in ("field", "points"):
        yield from _section(say, name, f"{name}_1")
    yield _text(say, "format.points_2")
    for name in ("feistel", "id", "envelope", "unwrap", "gcm", "key"):
        yield from _section(say, name, f"{name}_1")
    yield Heading(say("format.codes_head"), SECTION)
    yield _text(say, "format.codes_1", line="K7QDM2XA 007 ABCDEFGH…")
    yield _text(say, "format.codes_2")
    yield from _section(say, "letters", "letters_1")


def _section(say: Catalogue, head: str, key: str) -> Iterator[Block]:
    yield Heading(say(f"format.{head}_head"), SECTION)
    yield _text(say, f"format.{key}")


# recover.py


def _lines(what: Booklet) -> Iterator[Block]:
    say, program = what.say, what.program
    yield _chapter(say, "code_lines")
    yield _text(say, "code.what", lines=len(source_lines(program)), bytes=len(program))
    yield Text(_mono(hashlib.sha256(program).hexdigest()))
    for key in ("how", "check_how", "check"):
        yield _text(say, f"code.{key}")
    yield listing(CHECK_PROGRAM)
    yield from line_figures(program, say)


def _codes(what: Booklet, codes: tuple[str, ...]) -> Iterator[Block]:
    say = what.say
    yield _chapter(say, "code_codes")
    yield _text(say, "code.codes", count=len(codes))
    yield Text((_paragraph(say, "code.shell"),), keep=True)
    yield listing(join_command(codes))
    yield Text((_paragraph(say, "code.python"),), keep=True)
    yield listing(JOIN_PROGRAM)
    sha256 = hashlib.sha256(what.program).hexdigest()
    yield _text(say, "code.codes_see", sha256=sha256, count=len(codes))
    yield from code_figures(codes, say)


# Parts


def _chapter(say: Catalogue, name: str) -> Heading:
    return Heading(say(f"head.{name}"), _CHAPTER, new_page=True)


def _page_of(say: Catalogue, name: str, pages: Pages) -> int:
    return pages.get(say(f"head.{name}"), 0)


def _paragraph(say: Catalogue, key: str, **values: object) -> Paragraph:
    return Paragraph(runs(say, key, values), SIZE, what="the names of the groups")


def _text(say: Catalogue, key: str, **values: object) -> Text:
    return Text((_paragraph(say, key, **values),))


def _mono(text: str) -> tuple[Paragraph, ...]:
    return (Paragraph(((text, Face.MONO),), _COMMAND),)


def _numbered(rows: Sequence[tuple[str, tuple[Paragraph, ...]]]) -> Table:
    return Table((Column("", _NUMBER, Face.SANS_BOLD, 13.0), Column("", TEXT - _NUMBER)), tuple(rows))


def _steps(say: Catalogue, part: str, steps: Sequence[_Step], *, unknown: str = "") -> Table:
    """Steps of a part of the catalogue: what to do, its command, what to see, and what to do if not.

    `unknown` is the step of which nobody can say what it will show.
    """
    rows = []
    for number, step in enumerate(steps, 1):
        key = f"{part}.{step.name}"
        said = [_paragraph(say, f"{key}_do", **step.values)]
        for place, line in enumerate(step.command.split("\n") if step.command else ()):
            said.append(Paragraph(((line, Face.MONO_BOLD),), _COMMAND, 0.0 if place else 0.8))
        see = f"{key}_see_unknown" if step.name == unknown else f"{key}_see"
        for label, what in (("see", see), ("otherwise", f"{key}_not")):
            told = ((f"{say(label)} ", Face.SANS_BOLD), *runs(say, what, step.values))
            said.append(Paragraph(told, SIZE, 0.8))
        rows.append((f"{number}.", tuple(said)))
    return _numbered(rows)

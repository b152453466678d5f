"""Papers of many pages: headings, text, tables and lines to fill in, that flow from page to page.

A report is a value; drawing it is a pure function. No row of a table is torn apart, a heading stays with what follows
it, and where a table goes on, its head stands again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rootescrow.paper import frame
from rootescrow.paper.fonts import Face
from rootescrow.paper.layout import BLOCK, BOTTOM, TOP, Document, Paper, Paragraph, Run, height, longest, too_long
from rootescrow.paper.text import Catalogue, Part, catalogue

SIZE = 10.0
"""The size of the text in points."""
TEXT = BLOCK
"""The width of text, mm."""

_BAR = 10.0
_BAR_SIZE = 15.0
_PAGE_TOP = TOP + _BAR + 4.0
_PAD = 1.2
_TICK, _WRITE = 4.2, 9.0
_AFTER_HEADING = 1.5
_GAP = 3.5


def runs(say: Catalogue, key: str, values: Mapping[str, object] | None = None) -> tuple[Run, ...]:
    """A sentence of the catalogue, with what stands between its backquotes in the mono face."""
    return tuple((text, Face.MONO if typed else Face.SANS) for text, typed in say.marked(key, **(values or {})))


@dataclass(frozen=True)
class Heading:
    """What the next block is about, on the same page as its beginning."""

    text: str
    size: float = 13.0
    new_page: bool = False


@dataclass(frozen=True)
class Text:
    """Paragraphs, each of which stays on one page; if `keep`, with what follows them."""

    paragraphs: tuple[Paragraph, ...]
    keep: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table, `width` mm. One to tick has a small box in each row, one to write in a box of its width."""

    head: str
    width: float
    face: Face = Face.SANS
    size: float = SIZE
    tick: bool = False
    write: bool = False


Cell = str | tuple[Paragraph, ...]


@dataclass(frozen=True)
class Table:
    """Rows under a head, which is left out where no column has one. A cell that is empty is for a pen.

    Each row is as high as its highest cell, and at least `row_height` mm. Rows that belong `together` stand on one
    page, so they must have room there.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    row_height: float = 0.0
    together: bool = False

    def __post_init__(self) -> None:
        if sum(column.width for column in self.columns) > TEXT + 1e-6:
            raise ValueError("the columns are wider than the page")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row has not one cell a column")


@dataclass(frozen=True)
class Figure:
    """What draws itself: `height` mm, from a y down, as wide as the text. It is not torn apart.

    `head` is drawn before it where it begins a page, and the first of several has to bring its own.
    """

    height: float
    draw: Callable[[Document, float], None]
    gap: float = 0.0
    head: Figure | None = None


Block = Heading | Text | Table | Figure


@dataclass(frozen=True, kw_only=True)
class Report:
    """A paper: `title` in the bar of each page, `name` and `note` in its foot."""

    title: str
    name: str
    note: str
    blocks: tuple[Block, ...]
    rehearsal: bool = False
    language: str = "en"


@dataclass(frozen=True)
class _Piece:
    """What is not torn apart: drawn from a y down. `what` is the user's text in it that takes the most room.

    `gap` mm of white before it, which a page does not begin with; `joined` to the piece after it; `head` is drawn
    again where this begins a page.
    """

    height: float
    draw: Callable[[Document, float], None]
    gap: float = 0.0
    joined: bool = False
    new_page: bool = False
    head: _Piece | None = None
    what: str = "a text"
    heading: Heading | None = None


def heading_pages(blocks: Iterable[Block]) -> tuple[tuple[Heading, int], ...]:
    """The headings in their order, each with the page it stands on: what a table of contents is made of."""
    pages = enumerate(_pages([piece for block in blocks for piece in _pieces(block)]), 1)
    return tuple((piece.heading, number) for number, page in pages for piece, _ in page if piece.heading)


def draw_report(report: Report, paper: Paper) -> bytes:
    """The report as a PDF. Raises PaperError saying what to shorten where a text has no room."""
    pages = list(_pages([piece for block in report.blocks for piece in _pieces(block)]))
    doc = Document(paper)
    for number, page in enumerate(pages, 1):
        if number > 1:
            doc.next_page()
        _frame(doc, report, len(pages))
        for piece, y in page:
            piece.draw(doc, y)
    return doc.finish()


def _frame(doc: Document, report: Report, pages: int) -> None:
    say = catalogue(report.language, Part.REPORT)
    title = say("rehearsal", title=report.title) if report.rehearsal else report.title
    frame.bar(doc, report, title, BLOCK, _BAR, size=_BAR_SIZE)
    line = say("foot", name=report.name, page=doc.page, pages=pages, note=report.note)
    frame.foot_line(doc, line, say("not_real") if report.rehearsal else "")


def _pages(pieces: Sequence[_Piece]) -> Iterator[list[tuple[_Piece, float]]]:
    """Which pieces stand on each page, each with its y."""
    page: list[tuple[_Piece, float]] = []
    y = _PAGE_TOP
    for unit in _units(pieces):
        if page and (unit[0].new_page or y + _height(unit) > BOTTOM):
            yield page
            page, y = [], _PAGE_TOP
            if head := unit[0].head:
                unit = [replace(head, gap=0.0), *unit]  # noqa: PLW2901 - the unit as it stands on the new page
        for place, piece in enumerate(unit):
            y += piece.gap if page or place else 0.0
            page.append((piece, y))
            y += piece.height
        if y > BOTTOM:
            raise too_long(max(unit, key=lambda piece: piece.height).what, "page")
    if page:
        yield page


def _units(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces that stand on one page together."""
    unit: list[_Piece] = []
    for piece in pieces:
        unit.append(piece)
        if not piece.joined:
            yield unit
            unit = []
    if unit:
        yield unit


def _height(unit: Iterable[_Piece]) -> float:
    return sum(piece.gap + piece.height for piece in unit)


def _pieces(block: Block) -> Iterator[_Piece]:
    match block:
        case Heading():
            paragraph = Paragraph(((block.text, Face.SANS_BOLD),), block.size, what="a heading")
            yield replace(_text(paragraph, _GAP + 2.0), joined=True, new_page=block.new_page, heading=block)
        case Text():
            for place, paragraph in enumerate(block.paragraphs):
                yield replace(_text(paragraph, paragraph.gap or (0.0 if place else _AFTER_HEADING)), joined=block.keep)
        case Table():
            yield from _table(block)
        case Figure():
            head = _Piece(block.head.height, block.head.draw, block.head.gap) if block.head else None
            yield _Piece(block.height, block.draw, block.gap, head=head)


def _text(paragraph: Paragraph, gap: float) -> _Piece:
    alone = replace(paragraph, gap=0.0)

    def draw(doc: Document, y: float) -> None:
        doc.flow(0, y, TEXT, [alone])

    return _Piece(height([alone], TEXT), draw, gap, what=paragraph.what or "a text")


def _table(table: Table) -> Iterator[_Piece]:
    heads: tuple[Cell, ...] = tuple(column.head for column in table.columns)
    bold = tuple(replace(column, face=Face.SANS_BOLD, size=9.0, tick=False, write=False) for column in table.columns)
    head = replace(_row(bold, heads, 0.0, 0.5), gap=2.0, joined=True) if any(heads) else None
    if head:
        yield head
    for place, row in enumerate(table.rows):
        piece = _row(table.columns, row, table.row_height, 0.2)
        joined = table.together and place + 1 < len(table.rows)
        yield replace(piece, head=head, gap=0.0 if head or place else 2.0, joined=joined)


def _row(columns: Sequence[Column], row: Sequence[Cell], least: float, line: float) -> _Piece:
    cells = [_cell(cell, column) for cell, column in zip(row, columns, strict=True)]
    heights = [height(cell, column.width - 2 * _PAD) for cell, column in zip(cells, columns, strict=True)]
    tall = max(least, max(heights) + 2 * _PAD)
    highest = cells[heights.index(max(heights))]

    return _Piece(tall, partial(_draw_row, columns, cells, tall, line), what=longest(highest) if highest else "a text")


def _draw_row(
    columns: Sequence[Column], cells: Sequence[tuple[Paragraph, ...]], tall: float, line: float, doc: Document, y: float
) -> None:
    x = 0.0
    for column, cell in zip(columns, cells, strict=True):
        if column.tick:
            doc.box(x + _PAD, y + _PAD + 0.3, _TICK, _TICK, 0.25)
        if column.write:
            doc.box(x + _PAD, y + _PAD + 0.3, column.width - 2 * _PAD, _WRITE, 0.25)
        doc.flow(x + _PAD, y + _PAD, column.width - 2 * _PAD, cell)
        if x and not column.tick and not column.write:
            doc.upright(x, y, tall)
        x += column.width
    doc.rule(0, y + tall, x, line)


def _cell(cell: Cell, column: Column) -> tuple[Paragraph, ...]:
    if not isinstance(cell, str):
        return cell
    return (Paragraph(((cell, column.face),), column.size),) if cell else ()

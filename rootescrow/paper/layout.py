"""Drawing on paper: millimetres from the top left of a block 186 mm wide, centred, that fits A4 and Letter alike.

Black on white only. What is drawn becomes a PDF whose bytes depend on nothing but what was drawn: no time, no path, no
name of a person or program, no compression (whose result would depend on the version of zlib).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reportlab.pdfbase.pdfdoc import PDFInfo
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from rootescrow.errors import PaperError
from rootescrow.paper import fonts
from rootescrow.paper.fonts import POINTS_PER_MM, Face
from rootescrow.paper.qr import QUIET_ZONE, Code

BLOCK = 186.0
"""The width of everything on a page, mm. It leaves margins of 12 mm on A4 and 14.9 mm on Letter."""
TOP = 12.0
"""The y where a page begins, mm: no common printer leaves out more than that."""
BOTTOM = 262.0
"""The y where what is not the foot ends, mm: on Letter, the shorter paper, the foot is right below."""
LINE_HEIGHT = 1.22
"""From one line of a paragraph to the next, as a multiple of the size of the letters."""
_ASCENT = 0.93
"""From the top of a line to its base line, as a multiple of the size."""
_SHRINK = 0.98
_HOLLOW_LINE = 0.3
"""The line around hollow letters, mm: printers draw less unevenly."""
_MAKER = b"ReportLab Generated PDF document (opensource)"


class Paper(StrEnum):
    """A size of paper."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in mm (ISO 216; ANSI/ASME Y14.1)."""
        return (210.0, 297.0) if self is Paper.A4 else (215.9, 279.4)


Run = tuple[str, Face]
"""Text in one face."""


@dataclass(frozen=True)
class Paragraph:
    """Text that wraps: runs that follow one another, `size` in points, `gap` mm of white before it.

    `what` names the part of it that came from the user and can be shortened; empty if there is none.
    """

    runs: tuple[Run, ...]
    size: float
    gap: float = 0.0
    what: str = ""


class _NoInfo(PDFInfo):  # type: ignore[misc]  # reportlab has no types
    """The information dictionary of a PDF with nothing in it (all its entries are optional: ISO 32000-1, 14.3.3)."""

    def format(self, _document: object) -> bytes:
        return b"<<\n>>"


class Document:
    """One PDF being drawn, page after page. `page` counts from 1."""

    def __init__(self, paper: Paper) -> None:
        fonts.load()
        page_width, self._height = paper.size
        self._left = (page_width - BLOCK) / 2
        self.foot = self._height - TOP
        """The y of the last thing on a page, mm."""
        self.page = 1
        self._canvas = Canvas(
            io.BytesIO(),
            pagesize=(page_width * POINTS_PER_MM, self._height * POINTS_PER_MM),
            pageCompression=0,
            invariant=1,
            initialFontName=Face.SANS.value,
        )
        # reportlab has no public way to leave these out: who made it and when, and an identifier made from the time
        self._canvas._doc.info = _NoInfo()
        self._canvas._doc.ID = _no_identifier
        self._begin_page()

    def _begin_page(self) -> None:
        """Millimetres from here on; grey 0 is black ink alone, where RGB black may become a mixture of colours."""
        self._canvas.scale(POINTS_PER_MM, POINTS_PER_MM)
        self._canvas.translate(self._left, self._height)
        self._canvas.setFillGray(0)
        self._canvas.setStrokeGray(0)

    def next_page(self) -> None:
        """Begin another page."""
        self._canvas.showPage()
        self._begin_page()
        self.page += 1

    def finish(self) -> bytes:
        """The PDF. Nothing can be drawn after this."""
        return _without_maker(self._canvas.getpdfdata())

    def text(
        self,
        x: float,
        y: float,
        text: str,
        face: Face,
        size: float,
        *,
        align: float = 0.0,
        white: bool = False,
        hollow: bool = False,
    ) -> None:
        """One line with its base at `y`. `align` is the part of its width that lies left of `x`: 0, 0.5 or 1.

        Of `hollow` letters only the outline is drawn (text rendering mode 1: ISO 32000-1, 9.3.6).
        """
        if white:
            self._canvas.setFillGray(1)
        if hollow:
            self._canvas.setLineWidth(_HOLLOW_LINE)
        self._canvas.setFont(face.value, size / POINTS_PER_MM)
        left = x - align * fonts.width(text, face, size) if align else x
        self._canvas.drawString(left, -y, text, mode=1 if hollow else None)
        if white:
            self._canvas.setFillGray(0)

    def bar(self, x: float, y: float, width: float, height: float) -> None:
        """A black rectangle."""
        self._canvas.rect(x, -y - height, width, height, stroke=0, fill=1)

    def box(self, x: float, y: float, width: float, height: float, line: float = 0.25) -> None:
        """The outline of a rectangle, in a line of `line` mm."""
        self._canvas.setLineWidth(line)
        self._canvas.rect(x, -y - height, width, height, stroke=1, fill=0)

    def rule(self, x: float, y: float, width: float, line: float = 0.2) -> None:
        """A horizontal line."""
        self._canvas.setLineWidth(line)
        self._canvas.line(x, -y, x + width, -y)

    def upright(self, x: float, y: float, height: float, line: float = 0.2) -> None:
        """A vertical line, downwards from `y`."""
        self._canvas.setLineWidth(line)
        self._canvas.line(x, -y, x, -y - height)

    def code(self, x: float, y: float, size: float, code: Code, *, turned: bool = False) -> None:
        """A QR code in a square of `size` mm, quiet zone included; `turned` by half a turn, which no reader minds.

        It is one path filled once, in whole modules: so no renderer leaves hair lines between its rectangles.
        """
        module = size / code.side
        start = QUIET_ZONE * module
        self._canvas.saveState()
        if turned:
            self._canvas.transform(-module, 0, 0, module, x + size - start, start - y - size)
        else:
            self._canvas.transform(module, 0, 0, -module, x + start, -y - start)
        self._canvas.drawPath(PDFPathObject([_path(code)]), stroke=0, fill=1)
        self._canvas.restoreState()

    def flow(
        self,
        x: float,
        y: float,
        width: float,
        paragraphs: Sequence[Paragraph],
        *,
        bottom: float | None = None,
        smallest: float = 0.0,
    ) -> float:
        """Paragraphs from `y` down; the y below them. If they would pass `bottom`, all shrink together.

        Raises PaperError naming what to shorten if a size would fall below `smallest` points.
        """
        scale = 1.0
        while bottom is not None and y + height(paragraphs, width, scale) > bottom:
            scale *= _SHRINK
            if min(paragraph.size for paragraph in paragraphs) * scale < smallest:
                raise too_long(longest(paragraphs))
        for paragraph in paragraphs:
            y += paragraph.gap
            size = paragraph.size * scale
            for line in wrap(paragraph.runs, size, width):
                self._line(x, y + _ASCENT * size / POINTS_PER_MM, line, size)
                y += LINE_HEIGHT * size / POINTS_PER_MM
        return y

    def _line(self, x: float, y: float, line: Sequence[Run], size: float) -> None:
        for text, face in line:
            self.text(x, y, text, face, size)
            x += fonts.width(text, face, size)


def fit(text: str, face: Face, width: float, largest: float, smallest: float, what: str) -> float:
    """The size in points, from `largest` down to `smallest`, at which `text` is one line of at most `width` mm.

    Raises PaperError saying that `what` is to be shortened.
    """
    size = min(largest, width / fonts.width(text, face, 1.0)) if text else largest
    if size < smallest:
        raise too_long(what)
    return size


def too_long(what: str, on: str = "sheet") -> PaperError:
    """The error for a text that would have to be printed too small to be read."""
    return PaperError(f"the {on} has no room for {what}", f"Shorten {what}.")


def wrap(runs: Iterable[Run], size: float, width: float) -> list[list[Run]]:
    """Lines of at most `width` mm, broken at spaces; within a word only where the word alone is wider than that."""
    lines: list[list[Run]] = [[]]
    used = 0.0
    for word in _words(runs, size, width):
        length = sum(fonts.width(text, face, size) for text, face in word)
        # between two faces the narrower space stands: that of mono would look like two
        blank = min([face for _, face in (*lines[-1][-1:], word[0])], key=lambda face: fonts.width(" ", face, size))
        space = fonts.width(" ", blank, size) if lines[-1] else 0.0
        if lines[-1] and used + space + length > width:
            lines.append([])
            used = space = 0.0
        if space:
            lines[-1].append((" ", blank))
        lines[-1].extend(word)
        used += space + length
    return [_joined(line) for line in lines]


def _words(runs: Iterable[Run], size: float, width: float) -> Iterator[list[Run]]:
    word: list[Run] = []
    for text, face in runs:
        first, *others = text.split(" ")
        word += _pieces(first, face, size, width)
        for other in others:
            yield from _whole(word, size, width)
            word = _pieces(other, face, size, width)
    yield from _whole(word, size, width)


def _pieces(text: str, face: Face, size: float, width: float) -> list[Run]:
    """A word, cut into single characters if it is wider than a line."""
    if fonts.width(text, face, size) <= width:
        return [(text, face)] if text else []
    return [(character, face) for character in text]


def _whole(word: list[Run], size: float, width: float) -> Iterator[list[Run]]:
    """A word as one thing that is not broken, or, if wider than a line, as pieces that are."""
    piece: list[Run] = []
    used = 0.0
    for text, face in word:
        length = fonts.width(text, face, size)
        if piece and used + length > width:
            yield piece
            piece, used = [], 0.0
        piece.append((text, face))
        used += length
    if piece:
        yield piece


def _joined(line: Iterable[Run]) -> list[Run]:
    """Neighbours of one face made one run, so that a line is few strings in the PDF."""
    joined: list[Run] = []
    for text, face in line:
        if joined and joined[-1][1] == face:
            joined[-1] = (joined[-1][0] + text, face)
        else:
            joined.append((text, face))
    return joined


def height(paragraphs: Iterable[Paragraph], width: float, scale: float = 1.0) -> float:
    """How high paragraphs are in mm, their sizes multiplied by `scale`."""
    return sum(
        p.gap + len(wrap(p.runs, p.size * scale, width)) * LINE_HEIGHT * p.size * scale / POINTS_PER_MM
        for p in paragraphs
    )


def longest(paragraphs: Iterable[Paragraph]) -> str:
    """What to shorten: the user's text that takes the most room."""
    named = [p for p in paragraphs if p.what]
    return max(named, key=lambda p: sum(len(text) for text, _ in p.runs)).what if named else "the text"


def _path(code: Code) -> str:
    return " ".join(f"{x} {y} {width} {height} re" for x, y, width, height in code.rectangles)


def _no_identifier() -> None:
    """A PDF needs none unless it is encrypted (ISO 32000-1, table 15)."""


def _without_maker(pdf: bytes) -> bytes:
    """The PDF without the comment that names the program. Spaces take its place, as the file counts its bytes."""
    return pdf.replace(_MAKER, b" " * len(_MAKER), 1)

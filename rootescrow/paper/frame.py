"""What all pages share: the bar at the top, the line at the foot, and the marks of a rehearsal."""

from __future__ import annotations

from typing import Protocol

from rootescrow.paper.contents import Printed
from rootescrow.paper.fonts import Face
from rootescrow.paper.layout import BLOCK, TOP, Document, fit

_SMALLEST_TITLE = 11.0
_FOOT = 9.0
_SMALLEST_FOOT = 6.0


class Marked(Protocol):
    """What may be of a rehearsal."""

    @property
    def rehearsal(self) -> bool: ...


def bar(
    doc: Document,
    content: Marked,
    title: str,
    width: float,
    height: float,
    *,
    secret: bool = False,
    hollow: bool = False,
    size: float = 20.0,
    smallest: float = _SMALLEST_TITLE,
) -> None:
    """The bar at the top of a page: black if the page is secret or of a rehearsal, else an outline.

    On a rehearsal the word stands before the title, and instead of the word for secret. A `hollow` title stands in a
    thick outline and is never in black: so are the sheets of a passphrase, to be told from those of a key.
    """
    size = fit(title, Face.SANS_BOLD, width - 8, size, smallest, "the name of a group")
    if hollow:
        doc.box(1.2, TOP + 1.2, width - 2.4, height - 2.4, 1.2)
        doc.text(4, TOP + height / 2 + size * 0.125, title, Face.SANS_BOLD, size, hollow=True)
        return
    black = secret or content.rehearsal
    if black:
        doc.bar(0, TOP, width, height)
    else:
        doc.box(0.3, TOP + 0.3, width - 0.6, height - 0.6, 0.6)
    doc.text(4, TOP + height / 2 + size * 0.125, title, Face.SANS_BOLD, size, white=black)


def foot(doc: Document, content: Printed, name: str, pages: int, note: str) -> None:
    """The last line of a page: escrow, sheet, page, and whether it is secret. On a rehearsal, in a black band."""
    say = content.say
    line = say("frame.foot", id=content.escrow_id, name=name, page=doc.page, pages=pages, note=note)
    foot_line(doc, line, say("frame.not_real") if content.rehearsal else "")


def foot_line(doc: Document, line: str, mark: str) -> None:
    """The last line of a page; with a `mark`, in a black band after it."""
    if mark:
        doc.bar(0, doc.foot - 5, BLOCK, 5)
        doc.text(2, doc.foot - 1.4, mark, Face.SANS_BOLD, 11, white=True)
        size = fit(line, Face.SANS, BLOCK - 66, _FOOT, _SMALLEST_FOOT, "the name of a group")
        doc.text(BLOCK - 2, doc.foot - 1.4, line, Face.SANS, size, align=1, white=True)
    else:
        size = fit(line, Face.SANS, BLOCK, _FOOT, _SMALLEST_FOOT, "the name of a group")
        doc.text(BLOCK / 2, doc.foot, line, Face.SANS, size, align=0.5)

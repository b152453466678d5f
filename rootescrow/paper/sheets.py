"""A sheet as a PDF: drawing is a pure function of what the sheet says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rootescrow.paper.contents import EnvelopeDocument, PassphraseSheet, Sheet
from rootescrow.paper.cover import draw_cover
from rootescrow.paper.envelope_pages import PreparedEnvelope, draw_envelope_pages
from rootescrow.paper.layout import Document, Paper
from rootescrow.paper.share_page import draw_share_page
from rootescrow.paper.stock import Step, stock_commands

__all__ = [
    "EnvelopeDocument",
    "Paper",
    "PassphraseSheet",
    "Sheet",
    "Step",
    "draw_envelope",
    "draw_sheet",
    "draw_sheets",
    "stock_commands",
]


def draw_sheet(sheet: Sheet, paper: Paper) -> bytes:
    """One sheet as a PDF. Raises PaperError saying what to shorten where a text does not fit."""
    return next(draw_sheets([sheet], paper))


def draw_sheets(sheets: Iterable[Sheet], paper: Paper) -> Iterator[bytes]:
    """Each sheet as a PDF of its own, one at a time; what they have in common is prepared once.

    Cover, share page, and the envelope's pages where a sheet has one. Raises PaperError as `draw_sheet` does.
    """
    prepared: PreparedEnvelope | None = None
    for sheet in sheets:
        if sheet.envelope is None:
            prepared = None
        elif prepared is None or (prepared.escrow_id, prepared.envelope) != (sheet.escrow_id, sheet.envelope):
            prepared = PreparedEnvelope.of(sheet.escrow_id, sheet.envelope)
        yield _draw(sheet, paper, prepared)


def _draw(sheet: Sheet, paper: Paper, prepared: PreparedEnvelope | None) -> bytes:
    doc = Document(paper)
    pages = 2 + (prepared.pages if prepared else 0)
    draw_cover(doc, sheet, pages)
    doc.next_page()
    draw_share_page(doc, sheet, pages)
    if prepared:
        doc.next_page()
        draw_envelope_pages(doc, sheet, prepared, pages)
    return doc.finish()


def draw_envelope(document: EnvelopeDocument, paper: Paper) -> bytes:
    """The envelope's pages alone as a PDF. Raises PaperError as `draw_sheet` does."""
    prepared = PreparedEnvelope.of(document.escrow_id, document.envelope)
    doc = Document(paper)
    draw_envelope_pages(doc, document, prepared, prepared.pages)
    return doc.finish()

"""Pictures from the pages of a PDF, as pdfium draws them."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator

import pypdfium2
from pypdfium2 import raw

from rootescrow.errors import PaperError
from rootescrow.paper.pictures import MAX_PAGES, MAX_PIXELS, Picture

SCAN_DPI = 300
"""Dots an inch at which a page is drawn: the smallest modules of ours (0.68 mm) are then 8 pixels wide."""
MAX_DRAWN_PIXELS = 20_000_000
"""Pixels of a page as drawn: A3 at 300 dpi has 17.4 million. A larger page is drawn with fewer dots an inch; so is one
whose size in points is that of its scan in pixels, as some programs write it."""
MAX_SIDE = 30_000
"""Pixels of a drawn page's longer side, for the absurd page of 1 by a billion points. A4 at 300 dpi has 3,508."""

_END = b"%%EOF"
_END_WITHIN = 2048
"""Bytes from the end that hold the end marker: twice what is usual (PDF Reference 1.7, appendix H, note 18)."""
_DEPTH = 4
"""Levels of drawings within drawings that are searched for pictures: their number can double with each level."""
_POINTS_PER_INCH = 72
_LOCK = threading.Lock()
"""pdfium is not thread-safe: one call at a time, whatever the document."""


def pdf_pages(data: bytes, source: str, *, dpi: int = SCAN_DPI, with_text: bool = False) -> Iterator[Picture]:
    """The pages of a PDF, drawn in 8-bit grey at `dpi` dots an inch, `with_text` with the text that they hold.

    Raises PaperError if the file is damaged, incomplete or encrypted, or has more than MAX_PAGES pages. A page that
    cannot be drawn is a picture with a problem.
    """
    if _END not in data[-_END_WITHIN:]:
        raise PaperError(f"{source}: the PDF is incomplete", "Copy the file again, or scan again.")
    with _LOCK:
        document = _open(data, source)
    try:
        with _LOCK:
            pages = len(document)
        if not 1 <= pages <= MAX_PAGES:
            raise PaperError(
                f"{source}: the PDF has {pages} pages; 1 to {MAX_PAGES} are read",
                "Split the file, or scan fewer sheets into one.",
            )
        for number in range(1, pages + 1):
            with _LOCK:
                picture = _picture(document, number, dpi, with_text)
            yield picture
    finally:
        with _LOCK:
            document.close()


def pdf_sizes(data: bytes, source: str) -> tuple[tuple[float, float], ...]:
    """Width and height of each page of a PDF of our own, in points. Raises PaperError if it is damaged."""
    if _END not in data[-_END_WITHIN:]:
        raise PaperError(f"{source}: the PDF is incomplete", "It was not written to its end: make it again.")
    with _LOCK:
        document = _open(data, source)
        try:
            return tuple(document.get_page_size(number) for number in range(len(document)))
        except pypdfium2.PdfiumError:
            raise PaperError(f"{source}: a page of the PDF is damaged", "Make it again.") from None
        finally:
            document.close()


def _open(data: bytes, source: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise PaperError(
                f"{source}: the PDF is encrypted", "Open it with its password and print it to a new PDF, without one."
            ) from None
        raise PaperError(
            f"{source}: the PDF is damaged", "Copy the file again, scan again, or print it to a new PDF."
        ) from None


def _picture(document: pypdfium2.PdfDocument, number: int, dpi: int, with_text: bool) -> Picture:
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        return Picture(number, None, problem="the page is damaged", hint="Copy the file again, or scan again.")
    try:
        sizes = _picture_sizes(page)
        for width, height in sizes:
            # It would take too much memory to draw; pdfium's own limit is far higher.
            if width * height > MAX_PIXELS:
                return Picture(
                    number,
                    None,
                    problem=f"a picture of {width}×{height} pixels; at most {MAX_PIXELS // 1_000_000} million are read",
                    hint="Scan the page again at 300 dpi.",
                )
        return Picture(number, _drawn(page, dpi), _text(page) if with_text else "", drawn=not sizes)
    except pypdfium2.PdfiumError:
        return Picture(number, None, problem="the page cannot be drawn", hint="Scan it again, or make a PNG of it.")
    finally:
        page.close()


def _picture_sizes(page: pypdfium2.PdfPage) -> list[tuple[int, int]]:
    """The width and height in pixels of each picture on the page."""
    sizes = []
    for picture in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=_DEPTH):
        # One that has no size is not drawn either.
        with contextlib.suppress(pypdfium2.PdfiumError):
            sizes.append(picture.get_px_size())
    return sizes


def _drawn(page: pypdfium2.PdfPage, dpi: int) -> memoryview:
    width, height = page.get_size()
    scale = min(dpi / _POINTS_PER_INCH, MAX_SIDE / max(width, height), math.sqrt(MAX_DRAWN_PIXELS / width / height))
    bitmap = page.render(scale=scale, grayscale=True)
    bitmap.close()  # its pixels are in a buffer of our own, which stays
    return memoryview(bitmap.buffer).cast("B", (bitmap.height, bitmap.width))


def _text(page: pypdfium2.PdfPage) -> str:
    text = page.get_textpage()
    try:
        return str(text.get_text_bounded())
    finally:
        text.close()

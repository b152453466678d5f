"""Pictures from the pages of a PDF, as pdfium draws them."""

from __future__ import annotations

import contextlib
import math
import threading
from dataclasses import dataclass, field

import pypdfium2
from pypdfium2 import raw

from rootescrow.errors import PaperError
from rootescrow.paper.images import in_grey
from rootescrow.paper.pictures import MAX_PAGES, MAX_PIXELS, Picture, grey_pixels

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
_WHOLE = 0.9
"""Of a page's area, which a picture has that is the whole page: a logo on a form is less."""
_MODES = ("L", "BGR", "BGRX")
"""Pixels that Pillow makes grey. Others, such as those that are partly transparent, are drawn."""
_POINTS_PER_INCH = 72
_LOCK = threading.Lock()
"""pdfium is not thread-safe: one call at a time, whatever the document."""


class PdfPages:
    """The pages of a PDF in 8-bit grey.

    A scan in a PDF is a page with one picture on it, which is given as it was stored: it is sharper than when drawn,
    and pdfium, which works for one thread at a time, has a sixth of the work.
    """

    def __init__(
        self, data: bytes, source: str, *, dpi: int = SCAN_DPI, with_text: bool = False, stored: bool = False
    ) -> None:
        """Open it. Pages are drawn at `dpi` dots an inch, or given as `stored`; `with_text`: with the text in them.

        Raises PaperError if the file is damaged, incomplete or encrypted, or has more than MAX_PAGES pages.
        """
        if _END not in data[-_END_WITHIN:]:
            raise PaperError(f"{source}: the PDF is incomplete", "Copy the file again, or scan again.")
        self._dpi, self._with_text, self._stored = dpi, with_text, stored
        with _LOCK:
            self._document = _open(data, source)
            self.count = len(self._document)
        if not 1 <= self.count <= MAX_PAGES:
            self.close()
            raise PaperError(
                f"{source}: the PDF has {self.count} pages; 1 to {MAX_PAGES} are read",
                "Split the file, or scan fewer sheets into one.",
            )

    def picture(self, number: int) -> Picture:
        """A page. One that cannot be drawn is a picture with a problem."""
        return self._picture(number, self._stored)

    def otherwise(self, number: int) -> Picture | None:
        """A page drawn, where it was given as stored."""
        return self._picture(number, stored=False) if self._stored else None

    def close(self) -> None:
        """Let go of the file."""
        with _LOCK:
            self._document.close()

    def _picture(self, number: int, stored: bool) -> Picture:
        with _LOCK:
            picture = _taken(self._document, number, self._dpi, self._with_text, stored)
        if isinstance(picture, Picture):
            return picture
        # What follows needs no pdfium, but for the end: other threads have their turn meanwhile.
        try:
            return Picture(number, grey_pixels(in_grey(picture.bitmap.to_pil())), picture.text)
        finally:
            with _LOCK:
                picture.bitmap.close()


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


@dataclass(frozen=True)
class _Stored:
    """The one picture of a page as pdfium decoded it, and the page's text."""

    bitmap: pypdfium2.PdfBitmap
    text: str = field(repr=False)


def _taken(document: pypdfium2.PdfDocument, number: int, dpi: int, with_text: bool, stored: bool) -> Picture | _Stored:
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        return Picture(number, None, problem="the page is damaged", hint="Copy the file again, or scan again.")
    try:
        pictures = _pictures(page)
        for _, width, height in pictures:
            # It would take too much memory to draw; pdfium's own limit is far higher.
            if width * height > MAX_PIXELS:
                return Picture(
                    number,
                    None,
                    problem=f"a picture of {width}×{height} pixels; at most {MAX_PIXELS // 1_000_000} million are read",
                    hint="Scan the page again at 300 dpi.",
                )
        text = _text(page) if with_text else ""
        if stored and len(pictures) == 1 and (bitmap := _bitmap(page, *pictures[0])):
            return _Stored(bitmap, text)
        return Picture(number, _drawn(page, dpi), text, drawn=not pictures)
    except pypdfium2.PdfiumError:
        return Picture(number, None, problem="the page cannot be drawn", hint="Scan it again, or make a PNG of it.")
    finally:
        page.close()


def _pictures(page: pypdfium2.PdfPage) -> list[tuple[pypdfium2.PdfImage, int, int]]:
    """Each picture on the page, with its width and height in pixels."""
    found = []
    for picture in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=_DEPTH):
        # One that has no size is not drawn either.
        with contextlib.suppress(pypdfium2.PdfiumError):
            found.append((picture, *picture.get_px_size()))
    return found


def _bitmap(
    page: pypdfium2.PdfPage, picture: pypdfium2.PdfImage, width: int, height: int
) -> pypdfium2.PdfBitmap | None:
    """The picture as stored, if it is the whole page and not larger than pages are drawn; None otherwise."""
    left, bottom, right, top = picture.get_bounds()
    if width * height > MAX_DRAWN_PIXELS or (right - left) * (top - bottom) < _WHOLE * math.prod(page.get_size()):
        return None
    try:
        bitmap = picture.get_bitmap()
    except pypdfium2.PdfiumError:
        return None
    bitmap.warn_on_close = False  # its pixels are copied before that
    if bitmap.mode in _MODES:
        return bitmap
    bitmap.close()
    return None


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

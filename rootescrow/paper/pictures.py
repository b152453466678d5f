"""The picture of one page, and the QR codes in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, cast

import zxingcpp
from PIL import Image, ImageFilter

MAX_PAGES = 500
"""Pages of one scan: 32 complete sheets, each with the largest envelope that is printed, are fewer."""
MAX_PIXELS = 120_000_000
"""Pixels of one picture: some telephones take 108 million. Decoding takes up to 8 bytes for each: 0.8 GB (measured)."""

_DOUBLED_BELOW = 1_500_000
"""Pixels below which the second look is at twice the size, else softened: A4 has 1.5 million at 125 dpi."""
_SOFTENING = 1.5
"""Pixels on each side of one that are averaged with it: less noise, and modules of 4 pixels and more are left."""
_BLANK_CONTRAST = 24
"""Of 255: the least difference between 8×8 squares of a page that has anything on it."""


@dataclass(frozen=True)
class Picture:
    """One page as it came: its `pixels`, or None and the reason in `problem` and `hint`.

    `pixels` has two dimensions, rows and columns, of 8-bit grey. `number` counts from 1. `printed_text` is the text
    that a PDF holds beside what it looks like, where asked for. `drawn`: the page of a PDF that has no picture on it,
    so that no scanner or camera made it.
    """

    number: int
    pixels: memoryview | None = field(repr=False)
    printed_text: str = field(default="", repr=False)
    problem: str = ""
    hint: str = ""
    drawn: bool = False

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ValueError("pages count from 1")
        if (self.pixels is None) != bool(self.problem):
            raise ValueError("a page has either pixels or a problem")
        if self.pixels is not None and (self.pixels.ndim != 2 or self.pixels.format != "B"):
            raise ValueError("pixels are rows and columns of bytes")


class Pages(Protocol):
    """An open file of pages. Its methods may be called by several threads at a time, whatever the page."""

    @property
    def count(self) -> int:
        """Pages in it, 1 to MAX_PAGES."""

    def picture(self, number: int) -> Picture:
        """The picture of a page, made when it is asked for. Raises PaperError if the rest is of no use either."""

    def otherwise(self, number: int) -> Picture | None:
        """The same page made into a picture in another way, for where the first gave nothing; None if there is none."""

    def close(self) -> None:
        """Give back what it holds. No method may be called any more."""


@dataclass(frozen=True)
class Found:
    """What a page shows: each text as often as its code is there, and how many more were seen and could not be read."""

    texts: tuple[str, ...] = field(repr=False)
    unreadable: int = 0
    blank: bool = False

    def __post_init__(self) -> None:
        if self.unreadable < 0 or (self.blank and (self.texts or self.unreadable)):
            raise ValueError("a blank page has no codes, and no page has fewer than none")


def grey_pixels(image: Image.Image) -> memoryview:
    """The pixels of an image in 8-bit grey (mode L): rows and columns."""
    return memoryview(image.tobytes()).cast("B", (image.height, image.width))


def decode(pixels: memoryview, *, thorough: bool) -> Found:
    """Read the QR codes of a page in 8-bit grey: any number of them, turned, skewed or mirrored.

    `thorough` also finds light codes on dark, and looks a second time if the first look showed no code, or one that
    could not be read. It is for scans. What we drew ourselves must be read without it.
    """
    codes = _look(pixels, thorough)
    blank = not codes and _is_blank(pixels)
    if thorough and not blank and (not codes or codes[-1].text is None):
        codes = _each_once(codes + _look(grey_pixels(_easier(_image(pixels))), thorough))
    texts = tuple(code.text for code in codes if code.text is not None)
    return Found(texts, len(codes) - len(texts), blank)


@dataclass(frozen=True)
class _Code:
    """A code and where it is, in parts of the picture's width and height; `text` is None if it could not be read."""

    text: str | None = field(repr=False)
    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Of the upright rectangle around it."""
        return (self.right - self.left) * (self.bottom - self.top)

    def is_at(self, other: _Code) -> bool:
        """Whether its middle is within the other."""
        x, y = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        return other.left <= x <= other.right and other.top <= y <= other.bottom


def _look(pixels: memoryview, thorough: bool) -> list[_Code]:
    """The codes of the picture, those that could be read before the others."""
    barcodes = zxingcpp.read_barcodes(
        pixels,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        text_mode=zxingcpp.TextMode.Plain,
        try_invert=thorough,
        return_errors=True,
    )
    height, width = len(pixels), pixels.nbytes // len(pixels)
    codes = []
    for barcode in barcodes:
        at = barcode.position
        corners = (at.top_left, at.top_right, at.bottom_left, at.bottom_right)
        x, y = [corner.x / width for corner in corners], [corner.y / height for corner in corners]
        codes.append(_Code(barcode.text if barcode.valid else None, min(x), min(y), max(x), max(y)))
    return _each_once(codes)


def _each_once(codes: list[_Code]) -> list[_Code]:
    """The decoder tries each code in several ways, and reports failures beside success, some of a part of the code."""
    once: list[_Code] = []
    for code in sorted(codes, key=lambda code: (code.text is None, -code.area)):
        if not any(code.is_at(other) for other in once):
            once.append(code)
    return once


def _easier(image: Image.Image) -> Image.Image:
    """The same page, made easier to read: larger if its modules are small, else with less noise.

    Of a dozen ways tried on noisy, blurred, unevenly lit scans of 100 to 300 dpi, these two gained most for their time.
    """
    if image.width * image.height < _DOUBLED_BELOW:
        return image.resize((image.width * 2, image.height * 2), Image.Resampling.BICUBIC)
    return image.filter(ImageFilter.BoxBlur(_SOFTENING))


def _is_blank(pixels: memoryview) -> bool:
    squares = _image(pixels).reduce(8).tobytes()
    return max(squares) - min(squares) < _BLANK_CONTRAST


def _image(pixels: memoryview) -> Image.Image:
    """The pixels as an image, without copying them."""
    size = (pixels.nbytes // len(pixels), len(pixels))
    # Any buffer will do, though the type hints of Pillow name fewer.
    return Image.frombuffer("L", size, cast("bytes", pixels), "raw", "L", 0, 1)

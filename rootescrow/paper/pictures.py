"""The picture of one page, and the QR codes in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

import zxingcpp
from PIL import Image, ImageFilter, ImageOps

from rootescrow.paper.expected import SHARE_CODES, is_complete, is_share
from rootescrow.paper.harder import look_harder
from rootescrow.paper.patches import Patch, patches

MAX_PAGES = 500
"""Pages of one scan: 32 complete sheets, each with the largest envelope that is printed, are fewer."""
MAX_PIXELS = 120_000_000
"""Pixels of one picture: some telephones take 108 million. Decoding takes up to 8 bytes for each: 0.8 GB (measured)."""

_DOUBLED_BELOW = 1_500_000
"""Pixels below which the second look is at twice the size, else softened: A4 has 1.5 million at 125 dpi."""
_SOFTENING = 1.5
"""Pixels on each side of one that are averaged with it: less noise, and modules of 4 pixels and more are left."""
_BLANK_CONTRAST = 5
"""Of 255: the least difference between 8×8 squares of a page that has anything on it. White paper as scanned has 2; a
code that has faded to 2 % of its ink, which can be read, has 6."""
_FAINT_CONTRAST = 64
"""The same of a page that is stretched before it is looked at again."""


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
    places: tuple[str, ...] = ()
    """Where on a scan those are, for people: "top left"."""

    def __post_init__(self) -> None:
        if self.unreadable < 0 or (self.blank and (self.texts or self.unreadable)):
            raise ValueError("a blank page has no codes, and no page has fewer than none")


def grey_pixels(image: Image.Image) -> memoryview:
    """The pixels of an image in 8-bit grey (mode L): rows and columns."""
    return memoryview(image.tobytes()).cast("B", (image.height, image.width))


def decode(pixels: memoryview, *, thorough: bool, stopped: Callable[[], bool] = lambda: False) -> Found:
    """Read the QR codes of a page in 8-bit grey: any number of them, turned, skewed or mirrored.

    `thorough` also finds light codes on dark, and looks again, and harder, where something as dark and as large as a
    code of ours is and nothing was read. It is for scans. What we drew ourselves must be read without it. What is
    `stopped` meanwhile ends early with what was read until then.
    """
    codes = _look(pixels, thorough)
    texts = tuple(code.text for code in codes if code.text is not None)
    if is_complete(texts) and (thorough or len(texts) == len(codes)):
        return Found(texts)
    contrast = _contrast(pixels)
    blank = not codes and contrast < _BLANK_CONTRAST
    if blank or not thorough:
        return Found(texts, len(codes) - len(texts), blank)
    image = _image(pixels)
    if contrast < _FAINT_CONTRAST:
        image = ImageOps.autocontrast(image, 1)
    seen = patches(image)
    if _without(seen, codes, image) and not stopped():
        codes = _each_once(codes + _look(grey_pixels(_easier(image)), thorough))
    left = _without(seen, codes, image)
    versions = [code.version for code in codes if code.version]
    read = [code.text for code in codes if code.text is not None]
    # The second code of a share page says what the first said.
    one_share = len(seen) <= SHARE_CODES
    enough = one_share and any(map(is_share, read))
    harder = [None for _ in left] if enough else look_harder(image, left, versions, stopped, one_share=one_share)
    read += [text for text in harder if text is not None]
    places = tuple(_whereabouts(patch, image) for patch, text in zip(left, harder, strict=True) if text is None)
    return Found(tuple(read), len(places), False, places)


def _without(seen: Sequence[Patch], codes: Sequence[_Code], image: Image.Image) -> list[Patch]:
    """The patches in which no code was read."""
    read = [code for code in codes if code.text is not None]
    return [
        patch
        for patch in seen
        if not any(code.has(patch.middle[0] / image.width, patch.middle[1] / image.height) for code in read)
    ]


def _whereabouts(patch: Patch, image: Image.Image) -> str:
    """Where on the picture it is, for people."""
    x, y = patch.middle[0] / image.width, patch.middle[1] / image.height
    down = "top" if y < 0.4 else "bottom" if y > 0.6 else "middle"
    return down + (" left" if x < 0.4 else " right" if x > 0.6 else "")


@dataclass(frozen=True)
class _Code:
    """A code and where it is, in parts of the picture's width and height; `text` is None if it could not be read."""

    text: str | None = field(repr=False)
    left: float
    top: float
    right: float
    bottom: float
    version: int = 0

    @property
    def area(self) -> float:
        """Of the upright rectangle around it."""
        return (self.right - self.left) * (self.bottom - self.top)

    def is_at(self, other: _Code) -> bool:
        """Whether its middle is within the other."""
        return other.has((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    def has(self, x: float, y: float) -> bool:
        """Whether a place is within it."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom


def _look(pixels: memoryview, thorough: bool) -> list[_Code]:
    """The codes of the picture, those that could be read before the others."""
    barcodes = zxingcpp.read_barcodes(
        pixels,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2),
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
        text = barcode.text if barcode.valid else None
        # Of micro codes it is M1 to M4, and of what was not read there is none.
        said = cast("dict[str, object]", barcode.extra or {}).get("Version")
        version = int(said) if isinstance(said, str) and said.isdecimal() else 0
        codes.append(_Code(text, min(x), min(y), max(x), max(y), version))
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


def _contrast(pixels: memoryview) -> float:
    low, high = _image(pixels).reduce(8).getextrema()
    return cast("float", high) - cast("float", low)


def _image(pixels: memoryview) -> Image.Image:
    """The pixels as an image, without copying them."""
    size = (pixels.nbytes // len(pixels), len(pixels))
    # Any buffer will do, though the type hints of Pillow name fewer.
    return Image.frombuffer("L", size, cast("bytes", pixels), "raw", "L", 0, 1)

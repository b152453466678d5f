"""Pictures from image files: PNG, JPEG, WebP, and TIFF of several pages. No other decoder sees a byte of them."""

from __future__ import annotations

import io
import math
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType

from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from rootescrow.errors import PaperError
from rootescrow.paper.pictures import MAX_PAGES, MAX_PIXELS, Picture, grey_pixels


class ImageFormat(StrEnum):
    """The kinds of image file that are read."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WebP"
    TIFF = "TIFF"


_READERS: dict[ImageFormat, Callable[[io.BytesIO], ImageFile]] = {
    ImageFormat.PNG: PngImageFile,
    ImageFormat.JPEG: JpegImageFile,
    ImageFormat.WEBP: WebPImageFile,
    ImageFormat.TIFF: TiffImageFile,
}
# What Pillow raises for a file that is damaged or hostile; its decoders have no error of their own.
_DAMAGED = (
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Image.DecompressionBombError,
    struct.error,
    zlib.error,
)


class _Quiet:
    """Pillow warns of what it finds odd in a file, on stderr. What matters of that, it also raises.

    Python's filters of warnings are the whole process's: the first thread that comes in sets them, the last one that
    leaves puts them back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters = warnings.catch_warnings(action="ignore")

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._filters = warnings.catch_warnings(action="ignore")
                self._filters.__enter__()
            self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._filters.__exit__(kind, error, trace)


_QUIET = _Quiet()


class ImagePages:
    """The pages of an image file in 8-bit grey: each page of a TIFF, the first picture of any other."""

    def __init__(self, data: bytes, kind: ImageFormat, source: str) -> None:
        """Open it. Raises PaperError if it is damaged or has more than MAX_PAGES."""
        self._data, self._kind, self._source = data, kind, source
        try:
            with _QUIET:
                file = _READERS[kind](io.BytesIO(data))
                self.count = _count(file) if kind is ImageFormat.TIFF else 1
        except _DAMAGED:
            error = _damaged(kind)
            raise PaperError(f"{source}: {error.message}", error.hint) from None
        if self.count > MAX_PAGES:
            raise PaperError(f"{source}: more than {MAX_PAGES} pages", "Split the file, or scan fewer sheets into one.")
        self._idle = [file]

    def picture(self, number: int) -> Picture:
        """A page. One that is damaged, or has more than MAX_PIXELS, which is seen before, is one with a problem.

        Raises PaperError if it is the first one that is.
        """
        try:
            return Picture(number, grey_pixels(self._page(number)))
        except PaperError as error:
            if number == 1:
                raise PaperError(f"{self._source}: {error.message}", error.hint) from None
            return Picture(number, None, problem=error.message, hint=error.hint)

    def otherwise(self, number: int) -> None:
        """There is one way only."""

    def close(self) -> None:
        """Let go of the file."""
        while self._idle:
            self._idle.pop().close()

    def _page(self, number: int) -> Image.Image:
        """A page, from an opened file that no other thread has."""
        try:
            file = self._idle.pop()
        except IndexError:
            file = _READERS[self._kind](io.BytesIO(self._data))
        try:
            return _page(file, number, self._kind)
        finally:
            self._idle.append(file)


def _count(file: ImageFile) -> int:
    """The number of pages, a damaged one included, which is then met again; more than MAX_PAGES are not counted."""
    for pages in range(1, MAX_PAGES + 1):
        try:
            file.seek(pages)
        except EOFError:
            return pages
        except _DAMAGED:
            return pages + 1
    return MAX_PAGES + 1


def _page(file: ImageFile, number: int, kind: ImageFormat) -> Image.Image:
    try:
        with _QUIET:
            if kind is ImageFormat.TIFF:
                file.seek(number - 1)
            if file.width * file.height <= MAX_PIXELS:
                return in_grey(file)
    except _DAMAGED:
        raise _damaged(kind) from None
    raise PaperError(
        f"a picture of {file.width}×{file.height} pixels; at most {MAX_PIXELS // 1_000_000} million are read",
        "Scan the page again at 300 dpi.",
    )


def in_grey(image: Image.Image) -> Image.Image:
    """The image in 8-bit grey; what is transparent becomes white, as paper is."""
    if isinstance(image, JpegImageFile) and image.mode == "RGB":
        image.draft("L", None)  # the decoder gives grey at once: a third of the memory and time
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return _stretched(image)
    if not image.has_transparency_data:
        return image.convert("L")
    colour = image if image.mode == "RGBA" else image.convert("RGBA")
    grey = Image.new("L", image.size, 255)
    grey.paste(colour.convert("L"), mask=colour.getchannel("A"))
    return grey


def _stretched(image: Image.Image) -> Image.Image:
    """Pixels of more than 8 bits, scaled from their own darkest and lightest: Pillow would cut them off at 255."""
    wide = image.convert("F")
    low, high = wide.getextrema()
    if not (isinstance(low, float) and isinstance(high, float) and math.isfinite(high - low)):
        raise ValueError("pixels that are no numbers")
    scale = 255 / (high - low) if high > low else 0.0
    return wide.point(lambda value: value * scale - low * scale).convert("L")


def _damaged(kind: ImageFormat) -> PaperError:
    return PaperError(
        f"damaged or incomplete, or of an unusual kind of {kind}",
        "Copy the file again, or scan again; or convert it to PNG with another program.",
    )

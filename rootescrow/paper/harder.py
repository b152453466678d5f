"""Looking harder at a code that is seen and could not be read: the same crop in other lights, then module by module.

Each look is a small function from a picture to one that is easier to read, with the way in which the decoder is to tell
black from white. They come in the order of what they gained for their time. Work is bounded by what is counted here,
and not by a clock, so that the same scan gives the same result on every machine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps

from rootescrow.paper.expected import is_share
from rootescrow.paper.patches import Patch, Quad
from rootescrow.paper.qr import SHARE_VERSION
from rootescrow.paper.resample import clean_pictures, likely_version

MAX_FITS = 8
"""Squares of one page that are looked at module by module, in four turns each: a third of a second each (measured)."""
MAX_LOOKS = 48
"""Crops of one page that are looked at in another light, some 30 ms each (measured). With the fits, no page takes
longer than seven seconds."""

_AROUND = 0.15
"""Of a patch's side: what is cut out around it, for the white around a code belongs to it."""
_MODULES = 81
"""Of a share code; an envelope's have as many or more."""
_ENOUGH = 8
"""Pixels of a module beyond which a crop is made smaller: nothing is gained by more."""
_FEW = 4
"""Pixels of a module below which a crop is enlarged."""

_BLUR = 0.58
"""Of a module: the width of what is worked against. Of codes blurred by two thirds of a module (standard deviation), it
reads nine of ten, and by 0.7 none (measured)."""

_LEAST = 1.3
"""Pixels of a module below which nothing can be read, whatever is done: 45 dpi."""

_OURS = re.compile(r"ROOTESCROW[0-9] [A-Z0-9 ]+|[a-z]+( [a-z]+){19,32}")
"""What is read module by module must look like ours: where all modules are equal, as in a stain, that decodes too."""

_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


@dataclass(frozen=True)
class Look:
    """A way of looking at a crop, by name, for the bench."""

    name: str
    easier: Callable[[Image.Image], Image.Image]
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage


def as_it_is(crop: Image.Image) -> Image.Image:
    """The crop alone: what else is on the page is away."""
    return crop


def stretched(crop: Image.Image) -> Image.Image:
    """From the darkest to the lightest, but for one in a hundred: what has faded."""
    return ImageOps.autocontrast(crop, (1, 1))


def softened(crop: Image.Image) -> Image.Image:
    """Less noise."""
    return stretched(crop).filter(ImageFilter.BoxBlur(1))


def sharpened(crop: Image.Image) -> Image.Image:
    """Edges that blurring took away."""
    return stretched(crop).filter(ImageFilter.UnsharpMask(3, 200, 0))


def deblurred(crop: Image.Image) -> Image.Image:
    """Edges of which a blur of two thirds of a module has left next to nothing: a little at a time reads most."""
    edges = ImageFilter.UnsharpMask(max(crop.size) / (1 + 2 * _AROUND) / _MODULES * _BLUR, 200, 0)
    crop = stretched(crop)
    for _ in range(3):
        crop = crop.filter(edges)
    return crop


def even(crop: Image.Image) -> Image.Image:
    """As dark as it is against what is around it: shadows and stains away."""
    mean = crop.filter(ImageFilter.BoxBlur(max(crop.size) / 20))
    return stretched(ImageChops.subtract(crop, mean, 1, 128))


def thresholded(crop: Image.Image) -> Image.Image:
    """Black where it is darker than what is around it, else white."""
    mean = crop.filter(ImageFilter.BoxBlur(max(crop.size) / 30))
    soft = crop.filter(ImageFilter.BoxBlur(1))
    return ImageChops.subtract(soft, mean, 1, 128).point([0] * 126 + [255] * 130)


def turned(crop: Image.Image) -> Image.Image:
    """By eight degrees: the decoder's own lines fall elsewhere."""
    return stretched(crop).rotate(8, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


LOOKS = (
    Look("as it is", as_it_is),
    Look("stretched", stretched),
    Look("even", even),
    Look("softened", softened),
    Look("thresholded", thresholded, zxingcpp.Binarizer.FixedThreshold),
    Look("global", stretched, zxingcpp.Binarizer.GlobalHistogram),
    Look("sharpened", sharpened),
    Look("deblurred", deblurred),
    Look("turned", turned),
)


def look_harder(
    image: Image.Image,
    patches: Sequence[Patch],
    versions: Sequence[int],
    stopped: Callable[[], bool],
    *,
    one_share: bool = False,
) -> list[str | None]:
    """The texts of the codes in these patches of a page in 8-bit grey, None for what could still not be read.

    `versions` are those of the codes that were read on this page. What is `stopped` meanwhile is left as it is. With
    `one_share` they can be of one share page alone, and after a share nothing more is looked for.
    """
    texts: list[str | None] = []
    looks, fits = MAX_LOOKS, MAX_FITS
    versions = [*dict.fromkeys((*versions, SHARE_VERSION))]
    guessed = len(versions) > 1
    for patch in patches:
        text = None
        if patch.side < _MODULES * _LEAST or (one_share and any(map(is_share, filter(None, texts)))):
            texts.append(None)
            continue
        crop = _crop(image, patch)
        for look in LOOKS:
            if text is not None or not looks or stopped():
                break
            looks -= 1
            text = read(look.easier(crop), look.binarizer)
        for square in () if text else patch.squares():
            if not guessed and not stopped():
                # Of a page of envelope codes on which none was read: once, for all of them are alike.
                guessed = True
                likely = likely_version(image, square)
                if likely is not None and likely not in versions:
                    versions.append(likely)
            for version in versions:
                if text is not None or not fits or stopped():
                    break
                fits -= 1
                text = _by_modules(image, square, version)
        texts.append(text)
        if text is not None and text.startswith("ROOTESCROW"):
            # The others on the page are like it.
            versions.sort(key=lambda version: version == SHARE_VERSION)
    return texts


def _by_modules(image: Image.Image, square: Quad, version: int) -> str | None:
    for picture in clean_pictures(image, square, version):
        text = read(picture, zxingcpp.Binarizer.FixedThreshold)
        if text is not None and _OURS.fullmatch(text):
            return text
    return None


def read(picture: Image.Image, binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage) -> str | None:
    """The text of the code in a picture of one code; None if it cannot be read."""
    codes = zxingcpp.read_barcodes(
        memoryview(picture.tobytes()).cast("B", (picture.height, picture.width)),
        formats=_FORMATS,
        text_mode=zxingcpp.TextMode.Plain,
        binarizer=binarizer,
    )
    return next((code.text for code in codes if code.valid and code.text), None)


def _crop(image: Image.Image, patch: Patch) -> Image.Image:
    """What is around a patch, with modules neither too small nor larger than needed."""
    around = patch.side * _AROUND
    xs, ys = [x for x, _ in patch.corners], [y for _, y in patch.corners]
    left, top = max(0, math.floor(min(xs) - around)), max(0, math.floor(min(ys) - around))
    right, bottom = min(image.width, math.ceil(max(xs) + around)), min(image.height, math.ceil(max(ys) + around))
    module = patch.side / _MODULES
    scale = 2 * _FEW / module if module < _FEW else _ENOUGH / module if module > _ENOUGH else 1
    scale = min(scale, 4)
    size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    return image.resize(
        size, Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX, (left, top, right, bottom)
    )

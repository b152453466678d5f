"""What is whole on a damaged page: a code by its codewords, a word by what is gone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageFilter

from benchmarks.damage.codewords import CORRECTED, SIDE, Matrix, wrong
from benchmarks.damage.damages import Damaged

_WINDOW = 3
"""Modules on each side of one that say how dark dark is there."""


@dataclass(frozen=True)
class Box:
    """A rectangle on a page, in pixels from its top left."""

    left: float
    top: float
    right: float
    bottom: float


def whole_words(boxes: Sequence[Box], gone: Image.Image | None) -> tuple[bool, ...]:
    """Whether each box has nothing in it that is gone."""
    if gone is None:
        return (True,) * len(boxes)
    return tuple(
        gone.crop((math.floor(b.left), math.floor(b.top), math.ceil(b.right), math.ceil(b.bottom))).getbbox() is None
        for b in boxes
    )


@dataclass(frozen=True)
class Seen:
    """What a picture shows of a code: wrong codewords in its worst block, and wrong modules in each finder pattern.

    The finder patterns are those of the top left, top right and bottom left, of 49 modules each.
    """

    worst: int
    finders: tuple[int, int, int]

    @property
    def whole(self) -> bool:
        """Whether its level corrects all that is wrong."""
        return self.worst <= CORRECTED

    def __str__(self) -> str:
        worst = f"{self.worst} wrong codewords in its worst block ({CORRECTED} are corrected)"
        return f"{worst}, wrong modules in its finder patterns {'/'.join(map(str, self.finders))}"


def look(printed: Matrix, symbol: Box, damaged: Damaged, picture: Image.Image) -> Seen:
    """What the picture shows of a code whose modules, without the quiet zone, fill `symbol` on the page."""
    dark = _dark(printed, _sampled(symbol, damaged, picture))
    one, two, three = (
        sum(printed[row][column] != dark[row][column] for row in range(y, y + 7) for column in range(x, x + 7))
        for y, x in ((0, 0), (0, SIDE - 7), (SIDE - 7, 0))
    )
    return Seen(max(wrong(printed, dark)), (one, two, three))


def _sampled(symbol: Box, damaged: Damaged, picture: Image.Image) -> list[list[float]]:
    """The grey of each module around its true centre: of the inner half of it, where the picture has so many pixels."""
    module = (symbol.right - symbol.left) / SIDE
    middle = ((symbol.left + symbol.right) / 2, (symbol.top + symbol.bottom) / 2)
    one, two = damaged.place(middle), damaged.place((middle[0] + module, middle[1]))
    soft = picture.filter(ImageFilter.BoxBlur(max(0.0, math.dist(one, two) / 4 - 0.5)))
    pixels, (width, height) = soft.tobytes(), soft.size

    def grey(x: float, y: float) -> float:
        """Between the centres of pixels, which are at halves."""
        left, top = math.floor(x - 0.5), math.floor(y - 0.5)
        if not (0 <= left < width - 1 and 0 <= top < height - 1):
            return 255.0
        u, v, at = x - 0.5 - left, y - 0.5 - top, top * width + left
        upper = pixels[at] * (1 - u) + pixels[at + 1] * u
        lower = pixels[at + width] * (1 - u) + pixels[at + width + 1] * u
        return upper * (1 - v) + lower * v

    return [
        [
            grey(*damaged.place((symbol.left + (column + 0.5) * module, symbol.top + (row + 0.5) * module)))
            for column in range(SIDE)
        ]
        for row in range(SIDE)
    ]


def _dark(printed: Matrix, values: Sequence[Sequence[float]]) -> list[list[bool]]:
    """Which modules are dark: those below the middle between what was printed dark and light around them.

    No reader knows what was printed. So nothing that any of them could read is called lost.
    """
    rows: list[list[bool]] = []
    for row in range(SIDE):
        rows.append([])
        above, below = max(0, row - _WINDOW), min(SIDE, row + _WINDOW + 1)
        sums = [[0.0, 0.0, 0.0, 0.0] for _ in range(SIDE)]
        for column in range(SIDE):
            total = sums[column]
            for y in range(above, below):
                at = 0 if printed[y][column] else 2
                total[at] += values[y][column]
                total[at + 1] += 1
        for column in range(SIDE):
            near = sums[max(0, column - _WINDOW) : column + _WINDOW + 1]
            dark, darks, light, lights = (sum(part) for part in zip(*near, strict=True))
            rows[-1].append(values[row][column] < (dark / max(darks, 1) + light / max(lights, 1)) / 2)
    return rows

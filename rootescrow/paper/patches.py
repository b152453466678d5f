"""Where on a page a QR code seems to be, though nothing could read it: a square that is half dark, however faint.

No text is as dark: set in our sizes it covers a third of its paper at most (measured: 38 % where words of 14 points are
bold), and the modules of a code cover half of theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter, ImageMath

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]

_LONG_SIDE = 400
"""Pixels of the picture in which patches are looked for: of A4, one is as large as a module."""
_SOFT = 3
"""Pixels on each side of one that are averaged: the modules of a code become one grey."""
_LIGHT = 12
"""Parts of the picture's width, in each of which the paper's own shade is taken: light from a side is allowed for."""
_DARK, _BLACK = 0.40, 0.85
"""Of the ink's darkness: a code is between them, text is below, and a bar or a blot above."""
_ROUGH = 0.06
"""Of the ink's darkness: by so much pixels of a code differ from what is around them at least, even where blurred."""
_AROUND = 1.5
"""Pixels of the small picture on each side of a place that are around it."""
_INKED = 0.99
"""Of the pixels, those that are no darker than the ink: a lone code on a page blackens a few in a hundred."""
_FAINT = 6
"""Of 255: ink that is less darker than its paper is none."""
_SMALLEST = 1 / 9
"""Of the picture's longer side: the least side of a patch. A code of ours has a fifth of A4; a page may be half of a
photograph."""
_FILLED = 0.45
"""Of its rectangle, what a patch covers at least: a third may be torn or stained. A frame covers less."""
_CODE_SHARE = 3
"""Of how many parts of a patch one at least is no darker than a code."""
_LONGEST = 2.4
"""How much longer a patch may be than wide."""
_MOST = 12
"""Patches of a page: two sheets on one scan have no more."""
_NARROW, _MOSTLY = 5, 145
"""Pixels on each side of one, of which this share of 255 must be in a patch: what is 6 pixels wide is not."""
_EDGE = 3.0
"""Pixels by which all this moves the edges of a patch inwards (measured)."""


@dataclass(frozen=True)
class Patch:
    """A patch as dark as a code: the corners of the smallest rectangle around it, in pixels of the picture."""

    corners: Quad

    @property
    def middle(self) -> Point:
        """Of the rectangle."""
        return sum(x for x, _ in self.corners) / 4, sum(y for _, y in self.corners) / 4

    @property
    def side(self) -> float:
        """Its longer side, in pixels."""
        return max(math.dist(self.corners[0], self.corners[1]), math.dist(self.corners[1], self.corners[2]))

    def squares(self) -> Iterator[Quad]:
        """The squares that it may be, or be what is left of: one, or the longer side's square at either end."""
        a, b, c, d = self.corners
        across, down = math.dist(a, b), math.dist(b, c)
        if min(across, down) > 0.93 * max(across, down):
            yield self.corners
        elif across < down:
            more = down / across
            yield a, _along(a, b, more), _along(d, c, more), d
            yield _along(b, a, more), b, c, _along(c, d, more)
        else:
            more = across / down
            yield a, b, _along(b, c, more), _along(a, d, more)
            yield _along(d, a, more), _along(c, b, more), c, d


def _along(start: Point, end: Point, more: float) -> Point:
    return start[0] + (end[0] - start[0]) * more, start[1] + (end[1] - start[1]) * more


def patches(image: Image.Image) -> list[Patch]:
    """The patches of a page in 8-bit grey that are as dark as a code, the largest first."""
    factor = max(1, max(image.size) // _LONG_SIDE)
    small = image.reduce(factor)
    if min(small.size) < _LONG_SIDE * _SMALLEST:
        return []
    found: list[Patch] = []
    dark, also_black = _masks(image, small, factor)
    for rows in (dark, also_black):
        for component in _components(rows):
            # What is all black is a bar or a blot, and what is partly so may be a code under a blot.
            if sum(dark[row].count(1, start, end) for row, start, end in component) * _CODE_SHARE < _area(component):
                continue
            corners = _rectangle(component, max(small.size) * _SMALLEST)
            if corners is None:
                continue
            a, b, c, d = (((x + 0.5) * factor, (y + 0.5) * factor) for x, y in corners)
            patch = Patch((a, b, c, d))
            if not any(math.dist(patch.middle, other.middle) < other.side / 2 for other in found):
                found.append(patch)
    return sorted(found, key=lambda patch: -patch.side)[:_MOST]


def _area(component: Sequence[tuple[int, int, int]]) -> int:
    return sum(end - start for _, start, end in component)


def _masks(image: Image.Image, small: Image.Image, factor: int) -> tuple[list[bytes], list[bytes]]:
    """The rows of the small picture, 1 where it is as dark as a code; and where it is that or darker."""
    paper = _paper(small)
    sharp = _against(image.reduce(max(1, factor * 2 // 5)), paper)
    soft = sharp.resize(small.size, Image.Resampling.BOX).filter(ImageFilter.BoxBlur(_SOFT))
    ink = _share(sharp, _INKED)
    if ink < _FAINT:
        return [], []
    low, high, rough = ink * _DARK, ink * _BLACK, ink * _ROUGH
    dark = soft.point([int(low <= value <= high) for value in range(256)])
    # A grey lid behind a torn page is as dark as a code, and has no modules.
    each = ImageChops.difference(sharp, sharp.filter(ImageFilter.BoxBlur(_AROUND * sharp.width / small.width)))
    grain = each.resize(small.size, Image.Resampling.BOX).filter(ImageFilter.BoxBlur(_SOFT))
    dark = ImageChops.multiply(dark, grain.point([255 * int(value >= rough) for value in range(256)]))
    black = soft.point([int(value > high) for value in range(256)])
    return _rows(_dense(dark)), _rows(_dense(ImageChops.lighter(dark, black)))


def _dense(mask: Image.Image) -> Image.Image:
    """The mask where most around is in it: without the edge of a tear, which is dark and rough too, but narrow."""
    most = mask.point([0, 255] + [255] * 254).filter(ImageFilter.BoxBlur(_NARROW))
    return most.point([int(value >= _MOSTLY) for value in range(256)])


def _rows(image: Image.Image) -> list[bytes]:
    data = image.tobytes()
    return [data[row * image.width : (row + 1) * image.width] for row in range(image.height)]


def _paper(small: Image.Image) -> Image.Image:
    """The shade of the paper: the lightest pixel of each part and of those around it, and what is between them."""
    width, height = small.size
    side = max(1, width // _LIGHT)
    rows = _rows(small)
    parts = [
        [max(max(row[left : left + side]) for row in rows[top : top + side]) for left in range(0, width, side)]
        for top in range(0, height, side)
    ]
    around = bytes(
        max(max(row[max(0, x - 1) : x + 2]) for row in parts[max(0, y - 1) : y + 2])
        for y in range(len(parts))
        for x in range(len(parts[0]))
    )
    return Image.frombytes("L", (len(parts[0]), len(parts)), around).resize(small.size, Image.Resampling.BILINEAR)


def _against(image: Image.Image, paper: Image.Image) -> Image.Image:
    """How dark each pixel is against the paper there: 0 as light, 255 black. So half the light is half the ink."""
    light = ImageMath.lambda_eval(
        lambda those: those["convert"](those["min"](those["image"] * 255 / those["max"](those["paper"], 1), 255), "L"),
        image=image,
        paper=paper.resize(image.size, Image.Resampling.BILINEAR),
    )
    return ImageChops.invert(light)


def _share(image: Image.Image, share: float) -> int:
    """The value below which this share of the pixels is."""
    count, whole = 0, image.width * image.height
    for value, pixels in enumerate(image.histogram()):
        count += pixels
        if count >= share * whole:
            return value
    return 255


def _components(rows: Sequence[bytes]) -> Iterator[list[tuple[int, int, int]]]:
    """Runs of 1 that touch each other, as (row, first column, column after the last)."""
    parent: dict[tuple[int, int, int], tuple[int, int, int]] = {}

    def root(run: tuple[int, int, int]) -> tuple[int, int, int]:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    above: list[tuple[int, int, int]] = []
    for number, row in enumerate(rows):
        here = []
        start = row.find(1)
        while start >= 0:
            end = row.find(0, start)
            end = len(row) if end < 0 else end
            run = (number, start, end)
            parent[run] = run
            for other in above:
                if other[1] < end and start < other[2]:
                    parent[root(other)] = root(run)
            here.append(run)
            start = row.find(1, end)
        above = here
    found: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {}
    for run in parent:
        found.setdefault(root(run), []).append(run)
    yield from found.values()


def _rectangle(component: Sequence[tuple[int, int, int]], least: float) -> Sequence[Point] | None:
    """The smallest rectangle around it, whichever way it is turned; None if it is too small, too long or too empty."""
    edges: dict[int, tuple[int, int]] = {}
    for row, start, end in component:
        first, last = edges.get(row, (start, end))
        edges[row] = min(first, start), max(last, end)
    points = [point for row, (start, end) in edges.items() for point in ((start, row), (end - 1, row))]
    area = _area(component)
    if area < least * least * _FILLED:
        return None
    best: tuple[float, float, tuple[float, float, float, float]] | None = None
    for degrees in range(-45, 45):
        turn = math.radians(degrees)
        cos, sin = math.cos(turn), math.sin(turn)
        us = [x * cos + y * sin for x, y in points]
        vs = [y * cos - x * sin for x, y in points]
        box = (min(us) - _EDGE, min(vs) - _EDGE, max(us) + _EDGE, max(vs) + _EDGE)
        size = (box[2] - box[0]) * (box[3] - box[1])
        # A square that stands upright is preferred to one that is turned and hardly smaller.
        if best is None or size * (1 + abs(degrees) / 2000) < best[0]:
            best = (size * (1 + abs(degrees) / 2000), turn, box)
    if best is None:
        return None
    _, turn, (left, top, right, bottom) = best
    across, down = right - left, bottom - top
    if min(across, down) < least or max(across, down) > _LONGEST * min(across, down):
        return None
    if area < _FILLED * across * down:
        return None
    cos, sin = math.cos(turn), math.sin(turn)
    return [
        (u * cos - v * sin, u * sin + v * cos) for u, v in ((left, top), (right, top), (right, bottom), (left, bottom))
    ]

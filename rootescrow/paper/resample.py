"""A QR code read at the true places of its modules, where its marks are torn, stained or bent and a reader finds none.

A reader looks for the three marks in the corners, and gives up without them. Here it is known what a code of ours is:
its version, and so where each mark, each row of dots between them and each small mark inside must be. From a first
guess of its corners they are found one after the other, each near where those before it say that it is, so that a bent
page is followed. Then every module is looked at, and a clean picture of them, with all that is known put right, is
given to the decoder. What it corrects is what the code's level can, wherever the damage lies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageChops, ImageFilter, ImageOps
from qrcode.util import BCH_type_info, BCH_type_number, pattern_position

from rootescrow.paper.qr import DENSEST_Q, MASK, QUIET_ZONE

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
"""Corners of a code without its quiet zone: top left, top right, bottom right, bottom left, as the code stands."""

LEVEL_M, LEVEL_Q = 0b00, 0b11
"""As the format information of a code says them (ISO/IEC 18004, table 12)."""

_MODULE = 5.0
"""Pixels that a module has in the picture that is sampled: smaller ones are enlarged, larger ones made smaller."""
_MARGIN = 0.12
"""Of a code's side: what is cut out around it, for the guess may be wrong."""
_MEAN = 4.0
"""Modules on each side over which the light is averaged: more than any run of equal modules but those of damage."""
_FAR, _NEAR = 3.0, 1.75
"""Modules by which a mark may lie off: by the first guess, and by its neighbours."""
_CONTRAST = 20
"""Of 255, of the stretched picture: what modules differ from their surroundings at least. White paper does by less."""
_EQUAL = 0.02
"""Differences of such a score that say nothing."""
_MARK_SCORE = 0.62
"""From -1 to 1: what a mark must reach to be believed. Random modules reach 0.4 in one of a hundred places tried."""
_DOTS_SCORE = 0.5
"""The same of the longer row of dots between two marks, whose place is known better."""
VERSIONS = range(8, DENSEST_Q + 1)
"""Of an envelope's codes: those of the smallest key, and the densest."""
_RIGID = 0.01
"""How much the first guess of turn and size weighs against the marks, which weigh one together."""
_LOCAL = 0.05
"""Of half a code's side, squared: marks that are nearer than that weigh alike."""
_BLOCK = 5
"""Modules on a side of what is moved and turned together."""
_CLEAN = 4
"""Pixels that a module has in the clean picture."""
_VERSION_MARKED = 7
"""From this version on a code says its version (ISO/IEC 18004, 7.10)."""


@dataclass(frozen=True)
class Mark:
    """A part of a code that is the same in all: its middle, in modules, and what its modules are (dark: True)."""

    x: float
    y: float
    modules: tuple[tuple[float, float, bool], ...]


@cache
def size_of(version: int) -> int:
    """Modules on a side."""
    return 17 + 4 * version


@cache
def marks(version: int) -> tuple[Mark, ...]:
    """The marks of a code: three in the corners, then the small ones."""
    size = size_of(version)
    corners = (3, 3), (size - 4, 3), (3, size - 4)
    found = [
        Mark(
            x + 0.5,
            y + 0.5,
            tuple(
                (x + dx + 0.5, y + dy + 0.5, max(abs(dx), abs(dy)) in (0, 1, 3))
                for dx in range(-4, 5)
                for dy in range(-4, 5)
                if 0 <= x + dx < size and 0 <= y + dy < size
            ),
        )
        for x, y in corners
    ]
    places = pattern_position(version)
    for x in places:
        for y in places:
            if (x, y) not in ((6, 6), (6, size - 7), (size - 7, 6)):
                ring = ((dx, dy) for dx in range(-2, 3) for dy in range(-2, 3))
                found.append(
                    Mark(
                        x + 0.5,
                        y + 0.5,
                        tuple((x + dx + 0.5, y + dy + 0.5, max(abs(dx), abs(dy)) != 1) for dx, dy in ring),
                    )
                )
    return tuple(found)


@cache
def fixed(version: int) -> dict[tuple[int, int], bool]:
    """All modules that are the same in every code of a version: marks, rows of dots, and what says the version."""
    size = size_of(version)
    known = {(place, 6): place % 2 == 0 for place in range(size)} | {
        (6, place): place % 2 == 0 for place in range(size)
    }
    for mark in marks(version):
        known |= {(int(x), int(y)): dark for x, y, dark in mark.modules}
    known[8, size - 8] = True
    if version >= _VERSION_MARKED:
        bits = BCH_type_number(version)
        for bit in range(18):
            dark = bits >> bit & 1 == 1
            known[size - 11 + bit % 3, bit // 3] = known[bit // 3, size - 11 + bit % 3] = dark
    return known


def format_modules(version: int, level: int, mask: int = MASK) -> dict[tuple[int, int], bool]:
    """The modules that say a code's level and mask, both copies (ISO/IEC 18004, 7.9)."""
    size = size_of(version)
    bits = BCH_type_info(level << 3 | mask)
    known = {}
    for bit in range(15):
        dark = bits >> bit & 1 == 1
        known[8, bit if bit < 6 else bit + 1 if bit < 8 else size - 15 + bit] = dark
        known[size - 1 - bit if bit < 8 else 7 if bit == 8 else 14 - bit, 8] = dark
    return known


def clean_pictures(image: Image.Image, corners: Quad, version: int) -> Iterator[Image.Image]:
    """Clean pictures of a code that may be at these corners of a picture in grey; none if it shows no mark of it.

    All four ways in which it may be turned are tried, the likeliest first; of each, the levels that ours have, and what
    the code itself says of its level.
    """
    field = _Field.of(image, corners, version)
    turned = _turned(corners)
    seen = {quad: _begin(field, quad, version) for quad in turned}
    for quad in sorted(turned, key=lambda quad: -sum(score for score, _ in seen[quad].values())):
        place = _fit(field, quad, version)
        if place is None:
            continue
        dark = field.modules(place, version)
        for level in (LEVEL_Q, LEVEL_M):
            yield _drawn(dark | fixed(version) | format_modules(version, level), version)
        yield _drawn(dark | fixed(version), version)


def _turned(corners: Quad) -> tuple[Quad, ...]:
    """The same corners, each of them as the top left one."""
    a, b, c, d = corners
    return corners, (b, c, d, a), (c, d, a, b), (d, a, b, c)


def likely_version(image: Image.Image, corners: Quad) -> int | None:
    """The version of the code at these corners, by the rows of dots that join its marks; None if it shows none."""
    best: tuple[float, int] | None = None
    for version in VERSIONS:
        size = size_of(version)
        field = _Field.of(image, corners, version)
        mark = marks(version)[0]
        turned = _turned(corners)
        places = [perspective([field.inside(corner) for corner in quad], size) for quad in turned]
        # A mark is the same in each corner of a code: so four searches tell of all turns.
        seen = [field.search(mark, place, _FAR)[0] for place in places]
        likely = sorted(range(4), key=lambda turn: -(seen[turn] + seen[(turn + 1) % 4] + seen[(turn + 3) % 4]))
        dots = [(x, 6) for x in range(8, size - 8)], [(6, y) for y in range(8, size - 8)]
        for turn in likely[:2]:
            begun = _begin(field, turned[turn], version)
            found = [(mark, at) for mark, (score, at) in begun.items() if score >= _MARK_SCORE]
            if len(found) >= 2:
                place = _corrected(places[turn], found, size)
                score = max(field.fits(place, {(x, y): (x + y) % 2 == 0 for x, y in row}) for row in dots)
                best = max(best or (_DOTS_SCORE, 0), (score, version))
    return best[1] or None if best is not None else None


_Place = Callable[[float, float], Point]
"""From a place in modules to one in pixels."""


class _Field:
    """The picture around a code: how much darker each pixel is than what is around it. A module has _MODULE pixels."""

    def __init__(self, image: Image.Image, left: float, top: float, scale: float) -> None:
        self._pixels = image.tobytes()
        self._width, self._height = image.size
        self._left, self._top, self._scale = left, top, scale

    @classmethod
    def of(cls, image: Image.Image, corners: Quad, version: int) -> _Field:
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        side = (math.dist(corners[0], corners[1]) + math.dist(corners[1], corners[2])) / 2
        around = side * _MARGIN
        left, top = max(0, int(min(xs) - around)), max(0, int(min(ys) - around))
        right, bottom = min(image.width, int(max(xs) + around) + 1), min(image.height, int(max(ys) + around) + 1)
        scale = _MODULE * size_of(version) / side
        size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
        cut = image.resize(
            size, Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX, (left, top, right, bottom)
        )
        cut = ImageOps.autocontrast(cut, (1, 1))
        mean = cut.filter(ImageFilter.BoxBlur(_MEAN * _MODULE))
        soft = cut.filter(ImageFilter.BoxBlur(_MODULE / 5))
        return cls(ImageChops.subtract(mean, soft, 1, 128), left, top, scale)

    def inside(self, point: Point) -> Point:
        """A place of the picture in the field."""
        return (point[0] - self._left) * self._scale, (point[1] - self._top) * self._scale

    def at(self, x: float, y: float) -> int:
        """How much darker a pixel is than what is around it; 0 outside."""
        column, row = int(x), int(y)
        if 0 <= column < self._width and 0 <= row < self._height:
            return self._pixels[row * self._width + column] - 128
        return 0

    def search(self, mark: Mark, place: _Place, reach: float) -> tuple[float, Point]:
        """Where within `reach` modules of its place a mark is likeliest, and how well it fits there, from -1 to 1."""
        modules = [(*place(x, y), dark) for x, y, dark in mark.modules]
        middle, best = (0.0, 0.0), -1.0
        for span, step in ((reach * _MODULE, _MODULE * 0.5), (_MODULE * 0.6, 1.0)):
            steps = round(span / step)
            tried = [
                (self._score(modules, middle[0] + right * step, middle[1] + down * step), right * step, down * step)
                for down in range(-steps, steps + 1)
                for right in range(-steps, steps + 1)
            ]
            best = max(tried)[0]
            # Several places fit as well where modules are sharp: in the middle of them is the mark. Those of the first
            # round may be far from each other.
            equal = [(dx, dy) for score, dx, dy in tried if score > best - _EQUAL]
            if step > 1:
                equal = [min(equal, key=lambda at: math.hypot(*at))]
            middle = (
                middle[0] + sum(dx for dx, _ in equal) / len(equal),
                middle[1] + sum(dy for _, dy in equal) / len(equal),
            )
        x, y = place(mark.x, mark.y)
        return best, (x + middle[0], y + middle[1])

    def _score(self, modules: Sequence[tuple[float, float, bool]], dx: float, dy: float) -> float:
        fits = total = 0
        for x, y, dark in modules:
            value = self.at(x + dx, y + dy)
            fits += value if dark else -value
            total += abs(value)
        return fits / max(total, _CONTRAST * len(modules))

    def fits(self, place: _Place, modules: Mapping[tuple[int, int], bool]) -> float:
        """How well the modules there fit those that are expected, from -1 to 1."""
        return self._score([(*place(x + 0.5, y + 0.5), dark) for (x, y), dark in modules.items()], 0, 0)

    def modules(self, place: _Place, version: int) -> dict[tuple[int, int], bool]:
        """Which modules are dark."""
        size = size_of(version)
        return {(x, y): self.at(*place(x + 0.5, y + 0.5)) > 0 for y in range(size) for x in range(size)}


def _begin(field: _Field, corners: Quad, version: int) -> dict[Mark, tuple[float, Point]]:
    """The three marks in the corners, as far as they are there."""
    place = perspective([field.inside(corner) for corner in corners], size_of(version))
    return {mark: field.search(mark, place, _FAR) for mark in marks(version)[:3]}


def _fit(field: _Field, corners: Quad, version: int) -> _Place | None:
    """Where each module is, found from mark to mark; None if too few marks are there."""
    size = size_of(version)
    guess = perspective([field.inside(corner) for corner in corners], size)
    begun = _begin(field, corners, version)
    found = [(mark, at) for mark, (score, at) in begun.items() if score >= _MARK_SCORE]
    if not found:
        return None
    left = list(marks(version)[3:])
    while left:
        # The next one is the nearest to any that was found.
        left.sort(key=lambda mark: min(math.hypot(mark.x - other.x, mark.y - other.y) for other, _ in found))
        mark = left.pop(0)
        score, at = field.search(mark, _corrected(guess, found, size), _NEAR)
        if score >= _MARK_SCORE:
            found.append((mark, at))
    if len(found) < len(marks(version)) / 3:
        return None
    # Once more, now that all around is known: those corners too that lay further off than they were looked for.
    found = [
        (mark, at)
        for mark in marks(version)
        for score, at in [field.search(mark, _corrected(guess, [one for one in found if one[0] != mark], size), _NEAR)]
        if score >= _MARK_SCORE
    ]
    return _corrected(guess, found, size) if len(found) >= len(marks(version)) / 3 else None


def _corrected(guess: _Place, found: Sequence[tuple[Mark, Point]], size: int) -> _Place:
    """The guess moved, turned and stretched to the marks that were found: least squares, near marks weighing more.

    So a page that is bent is followed. Where few marks are near, the guess of turn and size weighs too (_RIGID).
    """
    half = size / 2
    off = []
    for mark, at in found:
        x, y = guess(mark.x, mark.y)
        off.append(((mark.x - half) / half, (mark.y - half) / half, at[0] - x, at[1] - y))

    @cache
    def moves(column: int, row: int) -> tuple[list[float], list[float]]:
        u0, v0 = (column - half) / half, (row - half) / half
        n = uu = vv = uv = u1 = v1 = x1 = y1 = ux = uy = vx = vy = 0.0
        for u, v, dx, dy in off:
            du, dv = u - u0, v - v0
            weight = 1 / (du * du + dv * dv + _LOCAL) ** 2
            n, u1, v1 = n + weight, u1 + weight * du, v1 + weight * dv
            uu, vv, uv = uu + weight * du * du, vv + weight * dv * dv, uv + weight * du * dv
            x1, ux, vx = x1 + weight * dx, ux + weight * du * dx, vx + weight * dv * dx
            y1, uy, vy = y1 + weight * dy, uy + weight * du * dy, vy + weight * dv * dy
        matrix = [[n, u1, v1], [u1, uu + _RIGID * n, uv], [v1, uv, vv + _RIGID * n]]
        return _solve([[*line] for line in matrix], [x1, ux, vx]), _solve(matrix, [y1, uy, vy])

    def place(x: float, y: float) -> Point:
        column, row = int(x) // _BLOCK * _BLOCK + _BLOCK // 2, int(y) // _BLOCK * _BLOCK + _BLOCK // 2
        right, down = moves(column, row)
        u, v = (x - column) / half, (y - row) / half
        px, py = guess(x, y)
        return px + right[0] + right[1] * u + right[2] * v, py + down[0] + down[1] * u + down[2] * v

    return place


def perspective(corners: Sequence[Point], size: float) -> _Place:
    """From modules to pixels: the square of `size` modules seen at these four corners (projective)."""
    matrix, right = [], []
    for (x, y), (u, v) in zip(corners, ((0.0, 0.0), (size, 0.0), (size, size), (0.0, size)), strict=True):
        matrix += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
        right += [x, y]
    a, b, c, d, e, f, g, h = _solve(matrix, right)

    def place(x: float, y: float) -> Point:
        depth = g * x + h * y + 1
        return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth

    return place


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Linear equations, by elimination with the largest pivot. Raises ValueError if they have no one solution."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        if abs(rows[pivot][column]) < 1e-12:
            raise ValueError("corners of no square")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(size):
            if row != column and rows[row][column]:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [value - factor * other for value, other in zip(rows[row], rows[column], strict=True)]
    return [rows[place][size] / rows[place][place] for place in range(size)]


def _drawn(dark: Mapping[tuple[int, int], bool], version: int) -> Image.Image:
    size = size_of(version) + 2 * QUIET_ZONE
    small = Image.new("L", (size, size), 255)
    pixels = bytearray(small.tobytes())
    for (x, y), is_dark in dark.items():
        if is_dark:
            pixels[(y + QUIET_ZONE) * size + x + QUIET_ZONE] = 0
    return Image.frombytes("L", (size, size), bytes(pixels)).resize(
        (size * _CLEAN, size * _CLEAN), Image.Resampling.NEAREST
    )

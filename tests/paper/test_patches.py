"""Where on a page a code seems to be."""

from __future__ import annotations

import math

import pytest
from PIL import Image, ImageDraw

from rootescrow.paper.patches import Patch, patches
from tests.paper.scans import page, part, photograph, share

DPI = 100
MM = DPI / 25.4
PAGE = page([share(1), part(1), part(2)], DPI)
CODES = [(15, 8, 68), (110, 8, 77), (15, 87, 77)]
"""Left, top and width in mm, with the quiet zone."""


def middles(found: list[Patch]) -> list[tuple[float, float]]:
    return [patch.middle for patch in found]


def assert_codes(found: list[Patch], codes: list[tuple[int, int, int]], allowance: float = 2) -> None:
    assert len(found) == len(codes)
    for left, top, width in codes:
        at = (left + width / 2) * MM, (top + width / 2) * MM
        assert min(math.dist(at, middle) for middle in middles(found)) < allowance * MM


def test_every_code_is_one_patch() -> None:
    assert_codes(patches(PAGE), CODES)


@pytest.mark.parametrize("ink", [0.5, 0.1, 0.05])
def test_faded_ink(ink: float) -> None:
    assert_codes(patches(PAGE.point([round(255 - (255 - value) * ink) for value in range(256)])), CODES)


def test_light_from_one_side() -> None:
    light = (
        Image.linear_gradient("L")
        .rotate(90)
        .resize(PAGE.size)
        .point([100 + value * 155 // 255 for value in range(256)])
    )
    shaded = Image.composite(PAGE, Image.new("L", PAGE.size, 0), light)
    assert_codes(patches(shaded), CODES)


def test_the_corners_of_a_turned_code() -> None:
    turned = photograph(page([share(1)], DPI), angle=20)
    (found,) = patches(turned)
    side = (68 - 8 * 68 / 89) * MM
    assert found.side == pytest.approx(side, rel=0.07)  # two modules on each side; marks are looked for three away
    a, b, *_ = found.corners
    assert math.degrees(math.atan2(b[1] - a[1], b[0] - a[0])) == pytest.approx(-20, abs=2)


def test_text_bars_blots_and_a_grey_lid_are_none() -> None:
    image = Image.new("L", PAGE.size, 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 450, 90), fill=0)
    draw.ellipse((400, 700, 700, 1000), fill=0)
    draw.rectangle((0, 400, 390, 900), fill=128)
    for y in range(120, 390, 12):
        draw.text((20, y), "ABCDE FGHIJ KLMNO PQRST UVWXY Z2345 " * 3, fill=0)
    assert patches(image) == []


@pytest.mark.parametrize("size", [(1, 1), (30, 2000), (300, 300)])
@pytest.mark.parametrize("shade", [0, 128, 255])
def test_nothing_is_on_an_even_picture(size: tuple[int, int], shade: int) -> None:
    assert patches(Image.new("L", size, shade)) == []


def test_what_is_left_of_a_torn_code_may_be_either_end_of_the_square() -> None:
    left = Patch(((0, 0), (60, 0), (60, 100), (0, 100)))
    first, second = left.squares()
    assert first == ((0, 0), (100, 0), (100, 100), (0, 100))
    assert second == ((-40, 0), (60, 0), (60, 100), (-40, 100))
    flat = Patch(((0, 0), (100, 0), (100, 50), (0, 50)))
    assert [square[2] for square in flat.squares()] == [(100, 100), (100, 50)]
    whole = Patch(((0, 0), (100, 0), (100, 98), (0, 98)))
    assert [*whole.squares()] == [whole.corners]

"""A code read module by module, where its marks are gone. The encoder of the package qrcode is the oracle."""

from __future__ import annotations

import math

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from rootescrow.paper.harder import read
from rootescrow.paper.resample import (
    LEVEL_M,
    LEVEL_Q,
    Quad,
    clean_pictures,
    fixed,
    format_modules,
    likely_version,
    marks,
    perspective,
    size_of,
)
from tests.paper.scans import part, share, symbol

MODULE = 5
SIDE = 89 * MODULE
EDGE = 4 * MODULE
QUAD: Quad = ((EDGE, EDGE), (SIDE - EDGE, EDGE), (SIDE - EDGE, SIDE - EDGE), (EDGE, SIDE - EDGE))
CODE = symbol(share(1), SIDE)
PLAIN = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


def texts(image: Image.Image, quad: Quad = QUAD, version: int = 16) -> set[str]:
    return {text for picture in clean_pictures(image, quad, version) if (text := read(picture)) is not None}


def marked(number: int) -> tuple[float, float]:
    """The middle of a mark in the corner, in pixels."""
    mark = marks(16)[number]
    return EDGE + mark.x * MODULE, EDGE + mark.y * MODULE


@pytest.mark.parametrize("version", [1, 2, 6, 7, 16, 23, 40])
@pytest.mark.parametrize("level", [LEVEL_M, LEVEL_Q])
def test_what_is_the_same_in_all_codes_is_so_in_those_of_qrcode(version: int, level: int) -> None:
    import qrcode  # noqa: PLC0415 - the oracle of this test alone

    code = qrcode.QRCode(version=version, error_correction=level, mask_pattern=4)
    code.add_data("A")
    code.make(fit=False)
    assert size_of(version) == len(code.modules)
    for (x, y), dark in (fixed(version) | format_modules(version, level)).items():
        assert code.modules[y][x] == dark, (x, y)


def test_a_whole_code() -> None:
    assert texts(CODE) == {share(1)}


@pytest.mark.parametrize("turn", range(4))
def test_whichever_way_it_is_turned(turn: int) -> None:
    assert texts(CODE.rotate(90 * turn)) == {share(1)}


@pytest.mark.parametrize(
    ("gone", "shade"), [((0,), 255), ((1,), 0), ((2,), 128), ((0, 1), 255), ((0, 2), 128), ((1, 2), 255)]
)
def test_marks_in_the_corners_are_gone(gone: tuple[int, ...], shade: int) -> None:
    torn = CODE.copy()
    for number in gone:
        x, y = marked(number)
        ImageDraw.Draw(torn).rectangle((x - 5 * MODULE, y - 5 * MODULE, x + 5 * MODULE, y + 5 * MODULE), fill=shade)
    assert not [code for code in zxingcpp.read_barcodes(torn, formats=PLAIN) if code.valid]
    assert texts(torn) == {share(1)}


def test_a_guess_that_is_off() -> None:
    torn = CODE.copy()
    ImageDraw.Draw(torn).rectangle((0, 0, EDGE + 9 * MODULE, EDGE + 9 * MODULE), fill=255)
    a, b, c, d = QUAD
    guess = (a[0] + 6, a[1] - 5), (b[0] - 7, b[1] + 4), (c[0] + 5, c[1] + 6), (d[0] - 4, d[1] - 6)
    assert texts(torn, guess) == {share(1)}


def test_a_bent_page() -> None:
    torn = CODE.copy()
    ImageDraw.Draw(torn).rectangle((SIDE - EDGE - 9 * MODULE, 0, SIDE, EDGE + 9 * MODULE), fill=255)
    bent = Image.new("L", (SIDE, SIDE + 20), 255)
    for x in range(SIDE):
        bent.paste(torn.crop((x, 0, x + 1, SIDE)), (x, round(12 * math.sin(math.pi * x / SIDE))))
    assert texts(bent) == {share(1)}


def test_more_damage_than_the_level_corrects_gives_nothing() -> None:
    torn = CODE.copy()
    ImageDraw.Draw(torn).rectangle((0, 0, SIDE // 2, SIDE), fill=255)
    assert texts(torn) == set()


@pytest.mark.parametrize("shade", [0, 255])
def test_where_no_code_is_nothing_is_found(shade: int) -> None:
    image = Image.new("L", (SIDE, SIDE), shade)
    assert not [*clean_pictures(image, QUAD, 16)]
    assert likely_version(image, QUAD) is None


def test_the_version_of_an_envelope_code_shows_in_its_rows_of_dots() -> None:
    version = 22
    side = (size_of(version) + 8) * MODULE
    code = symbol(part(1), side)
    edge = 4 * MODULE
    quad: Quad = ((edge, edge), (side - edge, edge), (side - edge, side - edge), (edge, side - edge))
    code.paste(255, (side - edge - 9 * MODULE, 0, side, edge + 9 * MODULE))
    assert likely_version(code, quad) == version


def test_four_corners_make_a_perspective() -> None:
    place = perspective([(10, 20), (110, 30), (100, 140), (0, 120)], 10)
    assert [tuple(round(value) for value in place(*at)) for at in ((0, 0), (10, 0), (10, 10), (0, 10))] == [
        *((10, 20), (110, 30), (100, 140), (0, 120))
    ]
    with pytest.raises(ValueError, match="no square"):
        perspective([(0, 0), (0, 0), (0, 0), (0, 0)], 10)

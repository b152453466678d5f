"""QR codes in the picture of a page."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from rootescrow.paper.pictures import Found, Picture, decode, grey_pixels
from tests.paper.scans import grainy, page, part, photograph, share

BOTH = [share(1), share(1)]
PARTS = [part(number) for number in (1, 2, 3, 4)]


def found(image: Image.Image) -> Found:
    return decode(grey_pixels(image), thorough=True)


@pytest.mark.parametrize("thorough", [False, True])
@pytest.mark.parametrize("codes", [BOTH, PARTS, [part(number, 8) for number in range(1, 9)]])
def test_every_code_of_a_clean_page_is_read(codes: list[str], thorough: bool) -> None:
    read = decode(grey_pixels(page(codes, 300)), thorough=thorough)
    assert sorted(read.texts) == sorted(codes)
    assert read.unreadable == 0
    assert not read.blank


@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
@pytest.mark.parametrize("angle", [0, 90, 180, 270, 4, -5, 93])
def test_a_turned_and_skewed_page_is_read(dpi: int, angle: float) -> None:
    image = page([share(1), share(2)], dpi).rotate(angle, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert sorted(found(image).texts) == sorted([share(1), share(2)])


@pytest.mark.parametrize("angle", [2, 87, 181])
def test_a_poor_photograph_is_read(angle: float) -> None:
    assert set(found(photograph(page(PARTS, 200), angle=angle)).texts) == set(PARTS)


def test_a_mirrored_page_is_read() -> None:
    assert set(found(ImageOps.mirror(page(BOTH))).texts) == {share(1)}


def test_light_on_dark_is_read_from_a_scan_only() -> None:
    image = ImageChops.invert(page(BOTH))
    assert set(found(image).texts) == {share(1)}
    assert not decode(grey_pixels(image), thorough=False).texts


@pytest.mark.parametrize("dpi", [75, 200])
def test_a_second_look_reads_what_the_first_did_not(dpi: int) -> None:
    image = grainy(page([share(1)], dpi).filter(ImageFilter.GaussianBlur(0.5)), 0.3 if dpi == 75 else 0.63)
    assert not decode(grey_pixels(image), thorough=False).texts
    assert found(image).texts == (share(1),)


def test_a_code_that_cannot_be_read_is_counted() -> None:
    image = page(PARTS, 200)
    ImageDraw.Draw(image).rectangle((250, 200, 550, 500), fill=0)  # within the first code, not on its corners
    read = found(image)
    assert set(read.texts) == set(PARTS[1:])
    assert read.unreadable == 1


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_even_page_is_blank(shade: int) -> None:
    assert found(Image.new("L", (800, 1100), shade)) == Found((), 0, blank=True)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (7, 9)])
def test_pictures_too_small_for_a_code_are_blank(size: tuple[int, int]) -> None:
    assert found(Image.new("L", size, 255)).blank


def test_a_page_of_lines_is_not_blank() -> None:
    image = Image.new("L", (800, 1100), 255)
    for y in range(50, 1000, 30):
        ImageDraw.Draw(image).text((40, y), "ABCDE FGHIJ KLMNO PQRST", fill=0)
    assert found(image) == Found((), 0, blank=False)


def test_texts_do_not_show() -> None:
    assert share(1).split()[0] not in repr(found(page(BOTH)))
    assert share(1)[:9] not in repr(Picture(1, None, share(1), "damaged"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Picture(0, None, problem="x"),
        lambda: Picture(1, None),
        lambda: Picture(1, memoryview(b"abcd").cast("B", (2, 2)), problem="x"),
        lambda: Picture(1, memoryview(b"abcd")),
        lambda: Found((), -1),
        lambda: Found(("text",), 0, blank=True),
    ],
)
def test_what_makes_no_sense_is_refused(make: object) -> None:
    with pytest.raises(ValueError, match=r"page|pixels"):
        make()  # type: ignore[operator]  # every case above can be called

"""Codes that are seen and need a harder look; and how much work that may be."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFilter

from rootescrow.paper.expected import is_complete, missing_parts
from rootescrow.paper.harder import LOOKS, MAX_FITS, MAX_LOOKS, look_harder, read
from rootescrow.paper.patches import patches
from rootescrow.paper.pictures import Found, decode, grey_pixels
from tests.paper.scans import page, part, share, symbol

DPI = 150
MM = DPI / 25.4
PARTS = [part(number) for number in (1, 2, 3, 4)]


def found(image: Image.Image) -> Found:
    return decode(grey_pixels(image), thorough=True)


def torn(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """With that rectangle away, in mm."""
    ImageDraw.Draw(image).rectangle((left * MM, top * MM, right * MM, bottom * MM), fill=255)
    return image


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_no_look_makes_a_good_code_worse(look: object) -> None:
    assert look in LOOKS
    for one in LOOKS:
        if one is look:
            assert read(one.easier(symbol(share(1), 600)), one.binarizer) == share(1)


def test_a_share_page_with_a_corner_off() -> None:
    image = torn(page([share(1)], DPI), 0, 0, 32, 26)
    assert not decode(grey_pixels(image), thorough=False).texts
    assert found(image) == Found((share(1),))


def test_an_envelope_code_without_a_corner_beside_whole_ones_and_alone() -> None:
    assert set(found(torn(page(PARTS[:2], DPI), 0, 0, 32, 26)).texts) == set(PARTS[:2])
    assert found(torn(page(PARTS[:1], DPI), 0, 0, 32, 26)).texts == (PARTS[0],)


def test_a_code_that_is_gone_is_said_with_its_place() -> None:
    image = page([share(1), share(2), share(3)], DPI)
    ImageDraw.Draw(image).rectangle((125 * MM, 20 * MM, 165 * MM, 60 * MM), fill=0)
    seen = found(image)
    assert (set(seen.texts), seen.unreadable, seen.places) == ({share(1), share(3)}, 1, ("top right",))


def test_a_faded_page_is_not_blank() -> None:
    faint = page([share(1)], DPI).point([255 - (255 - value) * 3 // 100 for value in range(256)])
    assert found(faint) == Found((share(1),))


@pytest.mark.parametrize("module", [4.0, 6.0, 9.0])
def test_a_blur_of_two_thirds_of_a_module(module: float) -> None:
    """Whatever the resolution. Nothing is seen of it but where it is."""
    image = symbol(share(1), round(89 * module)).filter(ImageFilter.GaussianBlur(module * 0.65))
    paper = Image.new("L", (round(image.width * 2.6), round(image.height * 3.6)), 255)
    paper.paste(image, (image.width, image.height))
    assert not decode(grey_pixels(paper), thorough=False).texts
    assert found(paper) == Found((share(1),))


def test_of_a_share_page_one_code_is_enough() -> None:
    image = torn(torn(page([share(1), share(1)], DPI), 0, 0, 32, 26), 95, 0, 127, 26)
    assert found(image) == Found((share(1),), 1, places=("top right",))


def test_the_work_on_one_page_is_bounded() -> None:
    """Noise that looks like four codes: no more is done than is said, and it is counted by the question to stop."""
    image = Image.new("L", (1240, 1754), 255)
    for place in range(4):
        noise = Image.effect_noise((300, 300), 255).point(lambda value: 0 if value < 128 else 255).resize((330, 330))
        image.paste(noise, (40 + 400 * (place % 2), 40 + 420 * (place // 2)))
    seen = patches(image)
    assert len(seen) == 4
    asked: list[bool] = []

    def stopped() -> bool:
        asked.append(False)
        return False

    assert look_harder(image, seen, [22], stopped) == [None] * 4
    assert len(asked) <= MAX_LOOKS + MAX_FITS


def test_which_codes_a_page_has() -> None:
    assert is_complete([share(1), share(1)])
    assert is_complete(PARTS)
    assert is_complete([part(5, 6), part(6, 6)])
    assert is_complete([part(number, 11) for number in range(5, 11)])
    assert not is_complete([share(1)])
    assert not is_complete(PARTS[1:])
    assert not is_complete([])
    assert not is_complete(["https://example.org/"])
    assert missing_parts(PARTS[1:]) == ((1,), 4)
    assert missing_parts([part(5, 11), part(9, 11)]) == ((6, 7, 8, 10), 11)
    assert missing_parts([part(1, 11), part(9, 11)]) == ((), 0)
    assert missing_parts([part(1, 4), part(2, 5)]) == ((), 0)

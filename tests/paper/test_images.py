"""Pictures from image files."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageChops

from rootescrow.errors import PaperError
from rootescrow.paper.images import ImageFormat, ImagePages
from rootescrow.paper.pictures import MAX_PAGES, MAX_PIXELS, Picture, decode
from tests.paper.scans import file, page, photograph, share

PAGE = page([share(1)], 100)
CLEAR = [255 if value < 128 else 0 for value in range(256)]
"""Opaque where the page is dark."""


def pages(data: bytes, kind: ImageFormat) -> list[Picture]:
    pages = ImagePages(data, kind, "scan")
    return [pages.picture(number) for number in range(1, pages.count + 1)]


def texts(picture: Picture) -> set[str]:
    assert picture.pixels is not None
    return set(decode(picture.pixels, thorough=True).texts)


def on_clear() -> Image.Image:
    """Black on nothing: black all over, if transparency is not looked at."""
    image = Image.new("RGBA", PAGE.size, (0, 0, 0, 0))
    image.putalpha(PAGE.point(CLEAR))
    return image


def grey_on_clear() -> Image.Image:
    return Image.merge("LA", (Image.new("L", PAGE.size, 0), PAGE.point(CLEAR)))


def palette() -> Image.Image:
    """Colour 0 black, colour 1 black and, as the file says, transparent."""
    image = Image.frombytes("P", PAGE.size, PAGE.point([value // 128 for value in range(256)]).tobytes())
    image.putpalette([0, 0, 0, 0, 0, 0])
    return image


def sixteen_bits(scale: int) -> Image.Image:
    return PAGE.convert("I").point(lambda value: value * scale).convert("I;16")


def colour() -> Image.Image:
    return Image.merge("RGB", (PAGE, PAGE.point([100 + value // 2 for value in range(256)]), PAGE))


@pytest.mark.parametrize(
    ("make", "kind", "options"),
    [
        (lambda: PAGE, ImageFormat.PNG, {}),
        (lambda: PAGE.convert("1"), ImageFormat.PNG, {}),
        (colour, ImageFormat.PNG, {}),
        (on_clear, ImageFormat.PNG, {}),
        (grey_on_clear, ImageFormat.PNG, {}),
        (palette, ImageFormat.PNG, {"transparency": 1}),
        (lambda: sixteen_bits(257), ImageFormat.PNG, {}),
        (lambda: sixteen_bits(16), ImageFormat.PNG, {}),
        (lambda: PAGE, ImageFormat.JPEG, {"quality": 10}),
        (lambda: photograph(page([share(1)], 150)), ImageFormat.JPEG, {"quality": 40}),
        (colour, ImageFormat.JPEG, {"quality": 30, "progressive": True}),
        (lambda: colour().convert("CMYK"), ImageFormat.JPEG, {}),
        (colour, ImageFormat.WEBP, {"quality": 30}),
        (on_clear, ImageFormat.WEBP, {"lossless": True}),
        (lambda: PAGE, ImageFormat.TIFF, {}),
        (colour, ImageFormat.TIFF, {"compression": "tiff_lzw"}),
        (colour, ImageFormat.TIFF, {"compression": "jpeg"}),
        (on_clear, ImageFormat.TIFF, {"compression": "tiff_deflate"}),
        (lambda: colour().convert("CMYK"), ImageFormat.TIFF, {}),
        (lambda: PAGE.convert("1"), ImageFormat.TIFF, {"compression": "group4"}),
        (lambda: ImageChops.invert(PAGE).convert("1"), ImageFormat.TIFF, {"compression": "group3"}),
        (lambda: sixteen_bits(257), ImageFormat.TIFF, {}),
        (lambda: PAGE.convert("I").point(lambda value: value * 70000), ImageFormat.TIFF, {}),
        (lambda: PAGE.convert("F").point(lambda value: value * 0.001), ImageFormat.TIFF, {}),
    ],
)
def test_every_kind_of_pixel_is_read(
    make: Callable[[], Image.Image], kind: ImageFormat, options: dict[str, Any]
) -> None:
    (picture,) = pages(file(make(), kind, **options), kind)
    assert texts(picture) == {share(1)}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_read_whatever_its_orientation_mark(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x112] = orientation
    for kind in (ImageFormat.JPEG, ImageFormat.TIFF, ImageFormat.WEBP):
        (picture,) = pages(file(PAGE, kind, exif=exif), kind)
        assert texts(picture) == {share(1)}


def tiff(images: list[Image.Image], **options: Any) -> bytes:
    return file(images[0], "TIFF", save_all=True, append_images=images[1:], **options)


def test_every_page_of_a_tiff_is_read_in_its_order() -> None:
    data = tiff([PAGE, Image.new("RGB", (300, 200), "white"), page([share(2)], 100).convert("1")])
    found = pages(data, ImageFormat.TIFF)
    assert [picture.number for picture in found] == [1, 2, 3]
    assert [texts(picture) for picture in found] == [{share(1)}, set(), {share(2)}]


def test_a_tiff_of_too_many_pages_is_refused() -> None:
    most = tiff([Image.new("1", (8, 8))] * MAX_PAGES)
    assert len(pages(most, ImageFormat.TIFF)) == MAX_PAGES
    with pytest.raises(PaperError, match=f"scan: more than {MAX_PAGES} pages"):
        pages(tiff([Image.new("1", (8, 8))] * (MAX_PAGES + 1)), ImageFormat.TIFF)


def test_a_damaged_later_page_of_a_tiff_is_a_problem_of_that_page() -> None:
    data = tiff([PAGE, PAGE, PAGE], compression="raw")
    found = pages(data[: len(data) // 2], ImageFormat.TIFF)
    assert texts(found[0]) == {share(1)}
    assert [picture.number for picture in found[1:]] == [2, 3]
    assert all("damaged" in picture.problem for picture in found[1:])


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims its size, and holds hardly anything."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(50_000, 50_000), (MAX_PIXELS + 1, 1), (11_000, 11_000)])
@pytest.mark.filterwarnings("error")
def test_too_many_pixels_are_refused_before_they_are_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(PaperError, match=rf"scan: a picture of {size[0]}×{size[1]} pixels") as caught:
        pages(png_header(*size), ImageFormat.PNG)
    assert "300 dpi" in caught.value.hint


def test_other_formats_are_refused_too_when_too_large() -> None:
    line = io.BytesIO()
    Image.new("1", (16, 16)).save(line, "TIFF")
    large = bytearray(line.getvalue())
    for tag in (256, 257):  # ImageWidth, ImageLength, as one SHORT each
        at = large.index(
            struct.pack("<HH", tag, 4) if struct.pack("<HH", tag, 4) in large else struct.pack("<HH", tag, 3)
        )
        large[at : at + 12] = struct.pack("<HHII", tag, 4, 1, 50_000)
    with pytest.raises(PaperError, match="50000×50000"):
        pages(bytes(large), ImageFormat.TIFF)
    jpeg = bytearray(file(Image.new("L", (16, 16)), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 50_000, 50_000)
    with pytest.raises(PaperError, match="50000×50000"):
        pages(bytes(jpeg), ImageFormat.JPEG)


@pytest.mark.filterwarnings("error")
def test_a_large_image_below_the_limit_is_read_without_a_warning() -> None:
    (picture,) = pages(file(Image.new("1", (10_000, 10_000), 1), "PNG"), ImageFormat.PNG)
    assert picture.pixels is not None
    assert picture.pixels.shape == (10_000, 10_000)


@pytest.mark.parametrize("kind", list(ImageFormat))
@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.filterwarnings("error")
def test_a_truncated_image_is_damaged(kind: ImageFormat, tenth: int) -> None:
    data = file(photograph(PAGE), kind)
    with pytest.raises(PaperError, match=f"scan: damaged or incomplete, or of an unusual kind of {kind}"):
        pages(data[: len(data) * tenth // 10], kind)


@pytest.mark.parametrize("kind", list(ImageFormat))
def test_one_format_is_not_taken_for_another(kind: ImageFormat) -> None:
    for other in {"PNG", "JPEG", "WebP", "TIFF", "GIF", "BMP"} - {kind.value}:
        with pytest.raises(PaperError):
            pages(file(PAGE, other), kind)


def test_pixels_that_are_no_numbers_are_refused() -> None:
    image = PAGE.convert("F")
    image.putpixel((0, 0), float("inf"))
    with pytest.raises(PaperError, match="damaged"):
        pages(file(image, "TIFF"), ImageFormat.TIFF)

"""Pictures from PDF pages."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from rootescrow.errors import PaperError
from rootescrow.paper.pdf import MAX_DRAWN_PIXELS, MAX_SIDE, PdfPages
from rootescrow.paper.pictures import MAX_PAGES, MAX_PIXELS, Picture, decode
from tests.paper.scans import bare_pdf, page, part, pdf, photograph, scanned_pdf, share


def pdf_pages(data: bytes, source: str, **options: Any) -> Iterator[Picture]:
    pages = PdfPages(data, source, **options)
    try:
        yield from map(pages.picture, range(1, pages.count + 1))
    finally:
        pages.close()


def texts(picture: Picture) -> set[str]:
    assert picture.pixels is not None
    return set(decode(picture.pixels, thorough=True).texts)


def test_pages_are_drawn_at_300_dpi_with_their_text() -> None:
    first, second = pdf_pages(pdf([[share(1)], [part(1), part(2)]], text="ABCDE FGHIJ"), "sheet", with_text=True)
    assert first.pixels is not None
    assert first.pixels.shape == (3508, 2481)  # A4, a part of a pixel rounded up
    assert (first.number, second.number) == (1, 2)
    assert (texts(first), texts(second)) == ({share(1)}, {part(1), part(2)})
    assert first.printed_text.strip() == second.printed_text.strip() == "ABCDE FGHIJ"


def test_the_text_is_given_only_where_asked_for() -> None:
    (picture,) = pdf_pages(pdf([[]], text="ABCDE"), "sheet")
    assert picture.printed_text == ""


def test_dots_an_inch_are_the_callers_choice() -> None:
    (picture,) = pdf_pages(bare_pdf(), "sheet", dpi=72)
    assert picture.pixels is not None
    assert picture.pixels.shape == (792, 612)


@pytest.mark.parametrize("dpi", [100, 150, 300])
def test_a_scan_in_a_pdf_is_read(dpi: int) -> None:
    images = [photograph(page([share(number)], dpi), angle=number * 90 + 2) for number in (1, 2)]
    assert [texts(picture) for picture in pdf_pages(scanned_pdf(images, dpi), "scan")] == [{share(1)}, {share(2)}]


@pytest.mark.parametrize(
    "media_box",
    [
        "0 0 1 1000000000",
        "0 0 1000000000 1",
        "0 0 14400 14400",
        "0 0 0.001 0.001",
        "0 0 0 0",
        "0 0 1e9 1e9",
        "0 0 -5 -7",
    ],
)
def test_a_page_of_absurd_size_is_drawn_in_bounds(media_box: str) -> None:
    (picture,) = pdf_pages(bare_pdf(media_box), "scan")
    assert picture.pixels is not None
    assert 0 < picture.pixels.nbytes <= MAX_DRAWN_PIXELS + MAX_SIDE
    assert max(picture.pixels.shape or ()) <= MAX_SIDE + 1


def test_a_page_with_a_point_for_each_pixel_is_read() -> None:
    images = [page([part(number) for number in (1, 2, 3, 4)], 300)]
    (picture,) = pdf_pages(scanned_pdf(images, 72), "scan")
    assert len(texts(picture)) == 4


def test_a_page_without_a_picture_was_drawn_by_a_program() -> None:
    made = pdf([[share(1)], []], text="ABCDE")
    assert [picture.drawn for picture in pdf_pages(made, "sheet")] == [True, True]
    assert [picture.drawn for picture in pdf_pages(scanned_pdf([page([share(1)], 100)] * 2, 100), "scan")] == [
        False
    ] * 2


def test_a_huge_picture_in_a_page_is_not_drawn() -> None:
    side = 11_000
    data = zlib.compress(bytes(1000))
    head = (
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
    )
    picture = head % (side, side) + b"/Length %d>>stream\n%s\nendstream" % (len(data), data)
    (read,) = pdf_pages(bare_pdf(content=b"612 0 0 792 0 0 cm /I Do", extra=picture), "scan")
    assert side * side > MAX_PIXELS
    assert read.pixels is None
    assert f"a picture of {side}×{side} pixels" in read.problem


def test_an_encrypted_pdf_is_refused_by_name() -> None:
    with pytest.raises(PaperError, match="scan: the PDF is encrypted"):
        list(pdf_pages(pdf([[share(1)]], encrypt="secret"), "scan"))


def test_5000_pages_are_refused() -> None:
    with pytest.raises(PaperError, match=f"scan: the PDF has 5000 pages; 1 to {MAX_PAGES}"):
        list(pdf_pages(bare_pdf(pages=5000), "scan"))


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("data", [pdf([[share(1)], [share(2)]]), scanned_pdf([page([share(1)], 100)], 100), bare_pdf()])
def test_a_truncated_pdf_is_incomplete(data: bytes, tenth: int) -> None:
    with pytest.raises(PaperError, match="scan: the PDF is incomplete"):
        list(pdf_pages(data[: len(data) * tenth // 10], "scan"))


def test_a_pdf_of_nonsense_is_damaged() -> None:
    with pytest.raises(PaperError, match="scan: the PDF is damaged"):
        list(pdf_pages(b"%PDF-1.7\n" + b"nonsense " * 100 + b"%%EOF", "scan"))


def test_a_page_that_is_no_page_is_a_problem_of_that_page() -> None:
    good = bare_pdf(pages=3)
    first, second, third = pdf_pages(good.replace(b"3 0 R 3 0 R 3 0 R", b"3 0 R 9 0 R 3 0 R"), "scan")
    assert first.pixels is not None
    assert second.problem == "the page is damaged"
    assert third.pixels is not None


def test_two_threads_and_an_abandoned_reading_do_not_disturb_each_other() -> None:
    data = pdf([[share(number)] for number in range(4)])
    found: dict[int, list[set[str]]] = {}

    def read(thread: int) -> None:
        next(pdf_pages(data, "abandoned"))
        found[thread] = [texts(picture) for picture in pdf_pages(data, "scan")]

    threads = [threading.Thread(target=read, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [[{share(number)} for number in range(4)]] * 3

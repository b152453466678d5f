"""A page by OCR: which way up, what is said of it, and that nothing unproven leaves it. What sees tokens is given."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from PIL import Image, ImageDraw

from rootescrow.paper.images import ImageFormat, ImagePages
from rootescrow.paper.ocr import PIXELS, See, is_unwanted, read_picture, read_printed
from rootescrow.paper.reading import open_pages, read_source
from rootescrow.paper.tesseract import Token
from rootescrow.pile import ConfirmedBy, Pile, Verdict

from . import scans
from .ocr import LINES, share_tokens, tokens
from .support import QUORUM, share_of

SHARE = share_of(QUORUM, 0, 2)
PAGE = Image.new("L", (600, 800), 255)


def seen(*answers: Sequence[Token] | None) -> See:
    """One answer after the other, then nothing any more."""
    left = list(answers)
    return lambda image: left.pop(0) if left else []


def without(*numbers: int) -> list[Token]:
    return share_tokens(["" if number in numbers else word for number, word in enumerate(SHARE.words, 1)])


def test_a_share_page() -> None:
    found = read_picture(PAGE, seen(share_tokens(SHARE.words)))
    assert found.texts == (SHARE.text,)
    assert found.told == "the 33 words were read, and their checksum is right"
    assert [finding.verdict for finding in Pile().add(*found.texts)] == [Verdict.TAKEN]


def test_a_word_not_read_makes_a_torn_sheet_that_nothing_has_confirmed() -> None:
    pile = Pile()
    for number in (7, 12):
        found = read_picture(PAGE, seen(without(number, 30)))
        assert found.told == f"31 of the 33 words were read, and not words {number} and 30"
        pile.add(*found.texts)
        assert not pile.shares
        assert set(pile.proposed) == {SHARE}
    pile.add(SHARE.text)
    assert pile.restored == {SHARE: ConfirmedBy.READING}


def test_a_word_that_is_not_in_the_list_is_said_and_not_repeated() -> None:
    words = list(SHARE.words)
    words[words.index("mental")] = "rnental"
    found = read_picture(PAGE, seen(share_tokens(words)))
    assert found.told.endswith("and not word 10; at word 10 stands what is not in the word list")
    assert "rnental" not in found.told + found.hint


def test_words_whose_checksum_is_wrong_are_not_given_on() -> None:
    words = ["yoga", *SHARE.words[1:]]
    found = read_picture(PAGE, seen(share_tokens(words)))
    assert found.texts == ()
    assert found.told == "33 words were read, and their checksum is wrong: at least one was misread"


def test_too_few_words_are_not_given_on() -> None:
    found = read_picture(PAGE, seen(without(1, 2, 3, 4, 5, 6)))
    assert found.texts == ()
    assert found.told == "only 27 of the 33 words were read"


def test_lines() -> None:
    found = read_picture(PAGE, seen(tokens(LINES)))
    assert found.told == "13 lines of the envelope of 3UM3-3YY4 were read, each with its check right"
    worse = [line.replace("53KDJ XG3QN", "QQQQQ QQQQQ") for line in [*LINES[:7], *LINES[8:]]]
    found = read_picture(PAGE, seen(tokens(worse)))
    assert found.told.endswith("; lines 001, 006 not proven")
    found = read_picture(PAGE, seen(tokens(LINES[1:])))
    assert found.texts == ()
    assert found.told == "13 lines of envelope text are on it, and none is proven"


def test_a_page_upside_down_and_one_that_is_prose() -> None:
    assert read_picture(PAGE, seen([], share_tokens(SHARE.words))).texts == (SHARE.text,)
    prose = tokens(["words that are read with ease"] * 8)
    assert read_picture(PAGE, seen(prose, share_tokens(SHARE.words))).texts == ()


def test_a_second_look_reads_what_the_first_did_not() -> None:
    assert read_picture(PAGE, seen(without(7, 30), without(1, 2, 30))).told.endswith("and not word 30")
    assert read_picture(PAGE, seen(without(7), without(30))).texts == (SHARE.text,)
    other = share_tokens(["yoga", *SHARE.words[1:]])
    assert read_picture(PAGE, seen(share_tokens(["zero", *SHARE.words[1:]]), other)).told.endswith("not word 1")
    assert read_picture(PAGE, seen(without(7), tokens(LINES))).told.endswith("and not word 7")
    worse = tokens([line.replace("53KDJ XG3QN", "QQQQQ QQQQQ") for line in LINES])
    assert read_picture(PAGE, seen(worse, tokens(LINES))).texts == read_picture(PAGE, seen(tokens(LINES))).texts


@pytest.mark.parametrize("tokens_", [None, [], tokens(["@@", "SECRET - Board/2"])])
def test_nothing_is_said_where_nothing_is_seen(tokens_: Sequence[Token] | None) -> None:
    assert read_picture(PAGE, seen(tokens_, tokens_)).told == ""


def ruled(image: Image.Image) -> Image.Image:
    draw = ImageDraw.Draw(image)
    for y in range(40, image.height - 40, 24):
        draw.line((60, y, image.width - 60, y), fill=0, width=3)
    return image


@pytest.mark.parametrize("angle", [-90.0, 90.0, 0.0, 180.0, 3.0, -4.5, 92.5])
def test_what_sees_gets_a_level_page_of_the_right_size(angle: float) -> None:
    images: list[Image.Image] = []

    def see(image: Image.Image) -> Sequence[Token]:
        images.append(image)
        return share_tokens(SHARE.words) if len(images) > 2 * (abs(angle) > 45 and angle != 180) else []

    page = ruled(Image.new("L", (700, 1000), 255)).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    read_picture(page, see)
    image = images[-1]
    assert PIXELS[0] * 0.9 < image.width * image.height < PIXELS[0] * 1.4
    middle = image.crop((image.width // 2 - 100, image.height // 4, image.width // 2 + 100, 3 * image.height // 4))
    column = middle.resize((1, middle.height), Image.Resampling.BOX).tobytes()
    assert min(column) < 60
    assert max(column) > 240


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (9, 5)])
def test_absurd_sizes(size: tuple[int, int]) -> None:
    assert read_picture(Image.new("L", size, 90), seen()).told == ""


def tiff(pages: int) -> bytes:
    out = io.BytesIO()
    PAGE.save(out, "TIFF", save_all=True, append_images=[PAGE] * (pages - 1))
    return out.getvalue()


def counting(see: See) -> tuple[See, Callable[[], int]]:
    """Sees the same, and counts whole pages."""
    calls: list[None] = []

    def count(image: Image.Image) -> Sequence[Token] | None:
        calls.extend([None] * (image.height > image.width / 2))
        return see(image)

    return count, lambda: len(calls)


def test_pages_come_in_order_and_no_more_is_done_than_is_asked_for() -> None:
    see, calls = counting(lambda image: share_tokens(SHARE.words))
    pages = ImagePages(tiff(9), ImageFormat.TIFF, "scan.tif")
    read = read_printed(pages, "scan.tif", iter(range(2, 9)), see)
    assert [next(read).page, next(read).page] == [2, 3]
    read.close()
    assert 2 <= calls() <= 5
    pages.close()


def test_a_page_says_where_it_is_from_and_by_what() -> None:
    pages = ImagePages(tiff(2), ImageFormat.TIFF, "scan.tif")
    see, _ = headed(share_tokens(SHARE.words))
    (page,) = read_printed(pages, "scan.tif", [2], see)
    assert page.place == "scan.tif page 2 by OCR"
    assert page.texts == (SHARE.text,)
    assert SHARE.words[0] not in repr(page)
    assert list(read_printed(pages, "scan.tif", [1], seen())) == []
    pages.close()


def headed(page: Sequence[Token], *rows: str) -> tuple[See, list[tuple[int, int]]]:
    """Sees those tokens, and of the top of a page those rows; and the sizes of what was shown to it."""
    shown: list[tuple[int, int]] = []

    def see(image: Image.Image) -> Sequence[Token]:
        shown.append(image.size)
        return tokens(rows) if image.height < image.width / 2 else page

    return see, shown


@pytest.mark.parametrize(
    ("row", "lines", "unwanted"),
    [
        ("KEEP THIS - LEAVE THE BAG CLOSED", True, True),
        ("ENVELOPE - codes", True, True),
        ("ENVELOPE - text 1 of 2", True, False),
        ("ENVELOPE - text 1 of 2", False, True),
        ("SECRET - Board/2", False, False),
    ],
)
def test_a_page_on_which_nothing_is_wanted_is_not_read(row: str, lines: bool, unwanted: bool) -> None:
    see, shown = headed(tokens(LINES), row)
    assert is_unwanted(PAGE, see, lines=lines) == unwanted
    assert all(height < width / 4 for width, height in shown)
    pages = ImagePages(tiff(1), ImageFormat.TIFF, "scan.tif")
    assert bool(list(read_printed(pages, "scan.tif", [1], see, lines=lambda: lines))) != unwanted
    pages.close()


def test_the_heading_of_two_pages_side_by_side_says_nothing() -> None:
    see, shown = headed([], "KEEP THIS - LEAVE THE BAG CLOSED")
    assert not is_unwanted(PAGE.resize((800, 600)), see, lines=False)
    assert not shown


def test_which_pages_are_for_ocr() -> None:
    text = ruled(PAGE.copy())
    kinds = {"code": scans.page([scans.share(1)]), "blank": PAGE, "text": text}
    found = {
        name: next(read_source(io.BytesIO(scans.file(image, "PNG")), name)).without_code
        for name, image in kinds.items()
    }
    assert found == {"code": False, "blank": False, "text": True}
    assert not next(read_source(io.BytesIO(SHARE.text.encode()), "words.txt")).without_code
    assert open_pages(io.BytesIO(SHARE.text.encode()), "words.txt") is None

"""The damage bench: that it knows what is whole, damages what it says, and that sheets come back from some of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
import qrcode
import zxingcpp
from PIL import Image, ImageChops, ImageDraw
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.util import MODE_8BIT_BYTE, QRData

from benchmarks.damage import codewords, damages, pages
from benchmarks.damage.bench import Ours, our_draw
from benchmarks.damage.damages import CELLS, Damaged
from benchmarks.damage.whole import Box, Seen, look, whole_words
from rootescrow.paper.qr import MASK, SHARE_VERSION, share_code
from tests.paper.scans import share

SMALL = (620, 877)
"""A page small enough for many damages, in pixels."""
TINY = (230, 1100)
"""One still smaller, and high enough for punched holes."""
GEOMETRIC = ("scan", "skew", "perspective", "curl", "copied")
"""What moves the points of a page; what is laid on the glass is turned as a skewed page is."""


@pytest.fixture(scope="module")
def page() -> pages.OurPage:
    return pages.ours()


def encoder(text: str) -> qrcode.QRCode:
    code = qrcode.QRCode(version=SHARE_VERSION, error_correction=ERROR_CORRECT_Q, mask_pattern=MASK)
    code.add_data(QRData(text.encode(), mode=MODE_8BIT_BYTE))
    code.make(fit=False)
    return code


def decoded(modules: list[list[bool]]) -> str | None:
    """What zxing-cpp reads from such modules, drawn large."""
    image = Image.new("L", (codewords.SIDE + 8,) * 2, 255)
    for y, row in enumerate(modules, 4):
        for x, dark in enumerate(row, 4):
            image.putpixel((x, y), 0 if dark else 255)
    read = zxingcpp.read_barcodes(image.resize((image.width * 4,) * 2, Image.Resampling.NEAREST))
    return read[0].text if read else None


def broken(text: str, counts: dict[int, int]) -> tuple[list[list[bool]], list[list[bool]]]:
    """The modules of a code, and the same with so many codewords of each block made wrong."""
    printed = [[bool(module) for module in row] for row in encoder(text).modules]
    seen = [row.copy() for row in printed]
    left = dict(counts)
    for block, bits in zip(codewords.blocks(), codewords.places(), strict=True):
        if left.get(block, 0):
            left[block] -= 1
            for row, column in bits[::3]:
                seen[row][column] = not seen[row][column]
    return printed, seen


@pytest.mark.parametrize("number", range(4))
def test_the_codewords_are_where_the_encoder_put_them(number: int) -> None:
    code = encoder(share(number))
    masked = [[code.modules[y][x] != ((y // 2 + x // 3) % 2 == 0) for y, x in bits] for bits in codewords.places()]
    assert [int("".join("01"[bit] for bit in bits), 2) for bits in masked] == code.data_cache


def test_a_code_is_made_of_the_blocks_of_the_standard() -> None:
    assert Counter(Counter(codewords.blocks()).values()) == {43: 15, 44: 2}


def test_the_wrong_codewords_are_counted_in_their_block() -> None:
    assert codewords.wrong(*broken(share(1), {0: 3, 16: 20})) == (3, *[0] * 15, 20)


@pytest.mark.parametrize(
    ("counts", "read"), [(dict.fromkeys(range(codewords.BLOCKS), 12), True), ({3: 13}, False), ({16: 13}, False)]
)
def test_as_many_codewords_are_corrected_as_are_called_whole(counts: dict[int, int], read: bool) -> None:
    printed, seen = broken(share(2), counts)
    assert Seen(max(codewords.wrong(printed, seen)), (0, 0, 0)).whole == read
    assert (decoded(seen) == share(2)) == read


def test_a_new_page_is_whole(page: pages.OurPage) -> None:
    assert page.text == " ".join(page.words)
    code = share_code(page.text)
    assert sum(map(sum, page.modules)) == sum(width * height for _, _, width, height in code.rectangles)
    for box in page.codes:
        assert look(page.modules, box, Damaged(page.image), page.image) == Seen(0, (0, 0, 0))


def test_what_is_covered_is_not_whole(page: pages.OurPage) -> None:
    gone = Image.new("L", page.image.size, 0)
    first, last = page.codes[0], page.boxes[32]
    covered = ((first.left + first.right) / 2, first.bottom, first.left, first.top)
    ImageDraw.Draw(gone).rectangle(covered, fill=255)
    ImageDraw.Draw(gone).rectangle((last.right - 2, last.top, last.right + 9, last.bottom), fill=255)
    image = page.image.copy()
    image.paste(255, (0, 0), gone)
    left, right = (look(page.modules, box, Damaged(image), image) for box in page.codes)
    assert not left.whole
    assert left.finders[0] == left.finders[2] == 33
    assert left.finders[1] == 0
    assert right == Seen(0, (0, 0, 0))
    assert whole_words(page.boxes, gone) == (True,) * 32 + (False,)


def test_a_box_holds_its_word_and_no_other(page: pages.OurPage) -> None:
    for box in page.boxes:
        column, row = divmod(page.boxes.index(box), 11)
        assert column * 62 < box.left / damages.PX - 12 < box.right / damages.PX - 12 < column * 62 + 62
        assert row * 6.6 < box.top / damages.PX - 92 < box.bottom / damages.PX - 92 < row * 6.6 + 6.6


@pytest.mark.parametrize("cell", CELLS)
def test_a_damage_is_the_same_for_the_same_seed_and_leaves_the_page(cell: str) -> None:
    new = Image.frombytes("L", TINY, Random(7).randbytes(TINY[0] * TINY[1]))
    kept = new.copy()
    one, two, other = (CELLS[cell](new, Random(seed)) for seed in (1, 1, 2))
    assert new == kept
    assert one.file() == two.file() != other.file()
    assert one.gone == two.gone
    assert one.gone is None or one.gone.size == TINY


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.split()[0] in GEOMETRIC])
def test_a_point_of_the_page_is_where_it_is_said_to_be(cell: str) -> None:
    for number, (x, y) in enumerate(((200.0, 650.0), (310.0, 440.0), (450.0, 200.0))):
        new = Image.new("L", SMALL, 255)
        ImageDraw.Draw(new).rectangle((x - 20, y - 20, x + 19, y + 19), fill=0)
        result = CELLS[cell](new, Random(number))
        px, py = (round(value) for value in result.place((x, y)))
        around = result.image.crop((px - 40, py - 40, px + 40, py + 40))
        dark = [(at % 80 + 0.5, at // 80 + 0.5) for at, value in enumerate(around.tobytes()) if value < 90]
        middle = [sum(values) / len(dark) for values in zip(*dark, strict=True)]
        assert middle == pytest.approx((40, 40), abs=2)


@pytest.mark.parametrize("kind", [damages.blot, damages.torn_side, damages.torn_corner])
@pytest.mark.parametrize("part", [0.05, 0.3])
def test_so_much_is_gone_and_nothing_else(kind: Callable[[float], damages.Damage], part: float) -> None:
    new = Image.effect_noise(SMALL, 60)
    for seed in range(3):
        result = kind(part)(new, Random(seed))
        assert result.gone is not None
        assert result.gone.histogram()[255] / (SMALL[0] * SMALL[1]) == pytest.approx(part, abs=0.01)
        changed = ImageChops.difference(new, result.image)
        changed.paste(0, (0, 0), result.gone)
        assert changed.getbbox() is None


@pytest.mark.parametrize(
    ("cell", "number"), [("scan 75 dpi", 0), ("side torn off 35 %", 0), ("corner torn off 15 %", 0)]
)
def test_a_sheet_is_read_by_scan(cell: str, number: int) -> None:
    mine = our_draw(cell, number, 1)
    assert mine.code_whole
    assert mine.read
    assert mine.back


@pytest.mark.parametrize(
    ("codes", "words", "read", "enough", "missed"),
    [
        ((12, 40), 0, False, True, True),
        ((40, 12), 0, True, True, False),
        ((13, 13), 28, False, True, False),
        ((13, 13), 27, False, False, False),
    ],
)
def test_what_must_come_back(codes: tuple[int, ...], words: int, read: bool, enough: bool, missed: bool) -> None:
    mine = Ours(tuple(Seen(worst, (0, 0, 0)) for worst in codes), words, read, back=read)
    assert (mine.enough, mine.missed) == (enough, missed)


def test_a_box_at_the_edge_of_what_is_gone() -> None:
    gone = Image.new("L", (10, 10), 0)
    gone.putpixel((5, 5), 255)
    boxes = (Box(0, 0, 5, 5), Box(5.2, 5.2, 5.8, 5.8), Box(6, 0, 9, 9))
    assert whole_words(boxes, gone) == (True, False, True)
    assert whole_words(boxes, None) == (True, True, True)

"""The pages that are damaged: our sheet, and what the peers print for the same secret, at 300 dots an inch."""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pypdfium2
from PIL import Image
from pypdfium2.raw import FPDF_PAGEOBJ_PATH

from benchmarks.damage.codewords import SIDE
from benchmarks.damage.damages import DPI, PX
from benchmarks.damage.whole import Box
from benchmarks.measure import ROOT, BenchmarkError
from rootescrow import shamir
from rootescrow.codes import EscrowId
from rootescrow.paper.contents import Sheet
from rootescrow.paper.layout import BLOCK, TOP
from rootescrow.paper.qr import QUIET_ZONE, share_code
from rootescrow.paper.share_page import CODE
from rootescrow.paper.sheets import Paper, draw_sheet
from rootescrow.policy import Body, Group, Holder, Policy
from rootescrow.secret import Secret

SECRET = hashlib.sha256(b"the secret of the damage bench").digest()
THRESHOLD, SHARES = 3, 5
A4 = (round(210 * PX), round(297 * PX))
DRIVERS = ROOT / "benchmarks" / "drivers"


@dataclass(frozen=True)
class WordPage:
    """A page with words, and the box of each."""

    image: Image.Image = field(repr=False)
    words: tuple[str, ...] = field(repr=False)
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class OurPage(WordPage):
    """Our share page: its code, as it was printed, fills each of two boxes, the first of them turned by half a turn.

    The left of a box is where the left of its code is: of a turned one, that is on the right.
    """

    modules: tuple[tuple[bool, ...], ...] = field(repr=False)
    codes: tuple[Box, ...]

    @property
    def text(self) -> str:
        """The share, as its code has it."""
        return " ".join(self.words)


def ours() -> OurPage:
    """The share page of the first of 3-of-5 sheets, drawn by the code that draws them all."""
    secret = Secret(SECRET)
    policy = Policy(Group("Board", THRESHOLD, SHARES, Body.BOARD))
    escrow_id = EscrowId.of(secret)
    shares = shamir.split(
        secret,
        ((THRESHOLD, SHARES),),
        group_threshold=1,
        identifier=escrow_id.slip39_identifier,
        rng=Random(1).randbytes,
    )
    sheet = Sheet(
        key_name="Example Root CA",
        organisation="Example Community CA",
        escrow_id=escrow_id,
        created=date(2026, 3, 1),
        record_check="ABCD-EFGH-IJKL-MNOP",
        fingerprint=hashlib.sha256(b"SPKI").digest(),
        policy=policy,
        group_index=0,
        number=1,
        holder=Holder("Chair of the Board", "Ada Example", "Safe 12, Example Bank, Graz", "A 0012345"),
        motion="m20260214.3",
        share=shares[0][0],
    )
    words = sheet.share.words
    document = pypdfium2.PdfDocument(draw_sheet(sheet, Paper.A4))
    page = document[1]
    image, boxes = _drawn(page), _word_boxes(page, words)
    document.close()
    code = share_code(sheet.share.text)
    modules = [[False] * SIDE for _ in range(SIDE)]
    for x, y, width, height in code.rectangles:
        for row in modules[y : y + height]:
            row[x : x + width] = [True] * width
    left, module = (Paper.A4.size[0] - BLOCK) / 2, CODE / code.side
    corners = ((left + BLOCK - CODE, TOP), (left, 179.0))
    (left, top, right, bottom), second = (
        (
            *((edge + QUIET_ZONE * module) * PX for edge in corner),
            *((edge + CODE - QUIET_ZONE * module) * PX for edge in corner),
        )
        for corner in corners
    )
    codes = (Box(right, bottom, left, top), Box(*second))
    return OurPage(image, words, boxes, tuple(map(tuple, modules)), codes)


def triss() -> tuple[Image.Image, ...]:
    """What triss needs of a share for one set of three: the pages of its fragment and of its MAC.

    It prints 12 pages a share, and says on each that all are needed; the fewest that will do are counted. Each is as
    wide as ours on A4.
    """
    with TemporaryDirectory() as name:
        out = Path(name) / "out"
        _print("triss", Path(name), out)
        pages = sorted((out / "share-0").glob("*.png"))
        if len(pages) != 12:
            raise BenchmarkError(f"triss printed {len(pages)} pages where 12 were expected")
        return tuple(_on_a4(Image.open(pages[number]).convert("L")) for number in (0, 6))


def slip39() -> WordPage:
    """The first card of slip39, cut out of its page: half a sheet. Its codes are addresses; the share is in words."""
    with TemporaryDirectory() as name:
        out = Path(name) / "cards.pdf"
        _print("slip39", Path(name), out)
        document = pypdfium2.PdfDocument(out.read_bytes())
    page = document[0]
    height = page.get_height()
    frames = [item.get_bounds() for item in page.get_objects(filter=(FPDF_PAGEOBJ_PATH,))]
    left, low, right, high = max(frames, key=lambda bounds: (round(bounds[2] - bounds[0]), bounds[3]))
    card = Box(*(value * DPI / 72 for value in (left, height - high, right, height - low)))
    text = page.get_textpage().get_text_range()
    # turned round, so that the first card, not the second, has the last word
    found = dict(re.findall(r"\b(\d{1,2}) ([a-z]{3,8})\b", text)[::-1])
    try:
        words = tuple(found[str(number)] for number in range(1, 34))
    except KeyError as missing:
        raise BenchmarkError(f"slip39's card has no word {missing}") from None
    boxes = tuple(
        Box(b.left - card.left, b.top - card.top, b.right - card.left, b.bottom - card.top)
        for b in _word_boxes(page, words)
    )
    image = _drawn(page).crop((round(card.left), round(card.top), round(card.right), round(card.bottom)))
    document.close()
    return WordPage(image, words, boxes)


def _print(peer: str, folder: Path, out: Path) -> None:
    secret = folder / "secret"
    secret.write_bytes(SECRET)
    python = ROOT / ".oracles" / peer / "bin" / "python"
    if not python.exists():
        raise BenchmarkError(f"{peer} is missing: run `make peers`")
    command: list[str | Path] = [python, "-I", DRIVERS / f"print_{peer}.py", secret, out]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise BenchmarkError(f"{peer} printed nothing: {done.stderr[-500:]}")


def _drawn(page: pypdfium2.PdfPage) -> Image.Image:
    image: Image.Image = page.render(scale=DPI / 72, grayscale=True).to_pil()
    return image.convert("L")


def _word_boxes(page: pypdfium2.PdfPage, words: tuple[str, ...]) -> tuple[Box, ...]:
    """Where each word is, behind its number, in pixels: the edges of its letters."""
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    boxes = []
    for number, word in enumerate(words, 1):
        place = re.search(rf"\b{number} ({word})\b", text)
        if not place:
            raise BenchmarkError(f"word {number} is not on the page")
        edges = [textpage.get_charbox(at) for at in range(*place.span(1))]
        top, bottom = (page.get_height() - pick for pick in (max(e[3] for e in edges), min(e[1] for e in edges)))
        left, right = min(edge[0] for edge in edges), max(edge[2] for edge in edges)
        boxes.append(Box(*(value * DPI / 72 for value in (left, top, right, bottom))))
    return tuple(boxes)


def _on_a4(picture: Image.Image) -> Image.Image:
    width = round(BLOCK * PX)
    page = Image.new("L", A4, 255)
    scaled = picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.BICUBIC)
    page.paste(scaled, ((A4[0] - width) // 2, round(TOP * PX)))
    return page

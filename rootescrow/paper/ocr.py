"""The words and lines that are printed on a page, for where its codes cannot be read: by OCR, and believed for no more.

What is read goes where typed words and lines go, and is judged there as they are. Only what checksums prove leaves this
module: lines whose own check is right; words whose checksum is right, or with `?` where one was not read, as those of a
torn sheet are.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from PIL import Image

from rootescrow.codes import EscrowId
from rootescrow.errors import PaperError
from rootescrow.paper import tesseract
from rootescrow.paper.headings import Heading, heading
from rootescrow.paper.ocr_lines import PrintedLines, find_ids, find_rows, prove
from rootescrow.paper.ocr_words import SheetWords, sheet_words
from rootescrow.paper.pictures import Pages
from rootescrow.paper.reading import ScannedPage
from rootescrow.paper.tesseract import Token
from rootescrow.torn import numbers_of

MAX_OCR_PAGES = 60
"""Pages that one command gives to OCR, at 2 to 8 seconds each and two at a time."""
PIXELS = (3_000_000, 2_200_000)
"""Pixels of the pictures that OCR gets, whatever a page was scanned at: A4 at 176 dpi, and where that leaves something
unread, also at 150. Of sizes from 1.6 to 4 million these two left least unread for their time (measured)."""

See = Callable[[Image.Image], Sequence[Token] | None]
"""What sees tokens in an image in 8-bit grey: tesseract, or in a test what it once saw."""

_WORKERS = 2
_THUMBNAIL = 600
_ANGLES = (0.0, *(sign * step / 2 for step in range(1, 13) for sign in (1, -1)))
"""Degrees by which a page may be askew."""
_WHITE = 255
_TOP = 0.1
"""Of a page's height, what holds its heading and not the codes below it, beside which it is misread."""
_UPRIGHT = 1.2, 1.6
"""The height of one page over its width, with some ground around it: two pages side by side have two headings."""
_PROSE, _SURE = 40, 90.0
"""So many tokens, read so surely, and a page is the right side up: ours have 140 and more, and at most 10 turned."""


@dataclass(frozen=True)
class Printed:
    """What OCR read on a page: `texts` for the pile, and in words what was read and what is to be typed."""

    texts: tuple[str, ...] = field(default=(), repr=False)
    told: str = ""
    hint: str = ""


def program() -> See | None:
    """Tesseract; None if it is not installed."""
    path = tesseract.find_program()
    return None if path is None else partial(tesseract.run, path)


def read_printed(
    pages: Pages,
    source: str,
    numbers: Iterable[int],
    see: See,
    *,
    ids: Sequence[EscrowId] = (),
    lines: Callable[[], bool] = lambda: True,
) -> Generator[ScannedPage, None, None]:
    """Some pages of an open file by OCR, in the order of `numbers` (from 1), without those on which nothing was read.

    `ids` are escrows whose lines these may be, besides the one that a page names. `lines` says, before each page,
    whether lines of envelope text are wanted. What is not asked for is not done; of a page whose heading says that
    nothing on it is wanted, no more than that is read.
    """
    wanted = iter(numbers)
    with ThreadPoolExecutor(_WORKERS, "ocr") as pool:
        waiting: deque[tuple[int, Future[Printed | None]]] = deque()

        def next_one() -> Iterator[ScannedPage]:
            number, future = waiting.popleft()
            read = future.result()
            if read is not None and read.told:
                yield ScannedPage(source, number, read.texts, problem=read.told, hint=read.hint, by_ocr=True)

        try:
            for number in wanted:
                waiting.append((number, pool.submit(_page, pages, number, see, ids, lines())))
                if len(waiting) >= _WORKERS:
                    yield from next_one()
            while waiting:
                yield from next_one()
        finally:
            for _, future in waiting:
                future.cancel()


def _page(pages: Pages, number: int, see: See, ids: Sequence[EscrowId], lines: bool) -> Printed | None:
    try:
        pixels = pages.picture(number).pixels
    except PaperError:
        return None
    if pixels is None:
        return None
    size = (pixels.nbytes // len(pixels), len(pixels))
    # Any buffer will do, though the type hints of Pillow name fewer.
    image = Image.frombuffer("L", size, cast("bytes", pixels), "raw", "L", 0, 1)
    return None if is_unwanted(image, see, lines=lines) else read_picture(image, see, ids=ids)


def is_unwanted(image: Image.Image, see: See, *, lines: bool) -> bool:
    """Whether the heading of a page in 8-bit grey says that it has no words, and no lines or they are not wanted."""
    if not _UPRIGHT[0] <= image.height / image.width <= _UPRIGHT[1]:
        return False
    for turned in itertools.islice(_turned(sized(image, PIXELS[-1])), 2):
        found = heading(see(turned.crop((0, 0, turned.width, round(turned.height * _TOP)))) or ())
        if found is not None:
            return found is not Heading.LINES or not lines
    return False


def read_picture(image: Image.Image, see: See, *, ids: Sequence[EscrowId] = ()) -> Printed:
    """What is printed on one page, in 8-bit grey: any side up, askew by at most six degrees."""
    for turned in _turned(sized(image, PIXELS[0])):
        tokens = see(turned)
        if tokens is None:
            return Printed()
        found = _found(tokens, ids)
        upright = sum(token.confidence >= _SURE and len(token.text) > 3 for token in tokens) >= _PROSE
        if isinstance(found, SheetWords) or (found is not None and (upright or found.id)):
            for pixels in PIXELS[1:]:
                if found.right if isinstance(found, SheetWords) else found.complete:
                    break
                found = _together(found, _found(see(sized(turned, pixels)) or (), ids))
            return of_words(found) if isinstance(found, SheetWords) else of_lines(found)
        if upright:
            break
    return Printed()


def _found(tokens: Sequence[Token], ids: Sequence[EscrowId]) -> SheetWords | PrintedLines | None:
    words = sheet_words(tokens)
    if words is not None:
        return words
    rows = find_rows(tokens)
    return prove(rows, (*ids, *find_ids(tokens))) if rows else None


def _together(first: SheetWords | PrintedLines, second: SheetWords | PrintedLines | None) -> SheetWords | PrintedLines:
    """Two looks at the same page. One that sees something else there is worth nothing."""
    if isinstance(first, SheetWords):
        return first.merged(second) if isinstance(second, SheetWords) else first
    return first.merged(second) if isinstance(second, PrintedLines) else first


def of_words(words: SheetWords) -> Printed:
    """What to say of the words of a share, and what of them to take."""
    total = len(words.words)
    if words.right:
        return Printed((words.text,), f"the {total} words were read, and their checksum is right")
    if not words.unread:
        return Printed(
            (),
            f"{total} words were read, and their checksum is wrong: at least one was misread",
            "Type the words of this page from the paper.",
        )
    unlisted = f"; at {numbers_of(words.unlisted)} stands what is not in the word list" if words.unlisted else ""
    if not words.enough:
        return Printed(
            (),
            f"only {words.read} of the {total} words were read{unlisted}",
            "Scan it again at 300 dpi, flat and sharp; or type the words from the paper.",
        )
    return Printed(
        (words.text,),
        f"{words.read} of the {total} words were read, and not {numbers_of(words.unread)}{unlisted}",
        "It counts as torn. Better type the words from the paper.",
    )


def of_lines(lines: PrintedLines) -> Printed:
    """What to say of the lines of envelope text, and what of them to take."""
    if lines.id is None:
        return Printed(
            (),
            f"{lines.rows} lines of envelope text are on it, and none is proven",
            "Scan it again at 300 dpi, flat and sharp; or type the lines from the paper, and the escrow id first.",
        )
    told = f"{len(lines.proven)} lines of the envelope of {lines.id} were read, each with its check right"
    if not lines.not_proven:
        return Printed((lines.text,), told)
    numbers = ", ".join(f"{number:03}" for number in lines.not_proven)
    one = len(lines.not_proven) == 1
    return Printed(
        (lines.text,),
        f"{told}; line{'' if one else 's'} {numbers} not proven",
        f"If {'it is' if one else 'they are'} missing, type {'it' if one else 'them'} from the paper.",
    )


def sized(image: Image.Image, pixels: int) -> Image.Image:
    """The image with so many pixels."""
    factor = math.sqrt(pixels / (image.width * image.height))
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _turned(image: Image.Image) -> Iterator[Image.Image]:
    """The image made level, as it is, then upside down, then on either side."""
    for turned in (image, image.transpose(Image.Transpose.ROTATE_90)):
        small = turned.copy()
        small.thumbnail((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BOX)
        rotated = {angle: small.rotate(angle, Image.Resampling.BILINEAR, fillcolor=_WHITE) for angle in _ANGLES}
        angle = max(rotated, key=lambda angle: _level(rotated[angle]))
        level = turned.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=_WHITE) if angle else turned
        yield level
        yield level.transpose(Image.Transpose.ROTATE_180)


def _level(image: Image.Image) -> float:
    """How much the rows of an image differ from their neighbours: most where lines of text are level."""
    means = image.resize((1, image.height), Image.Resampling.BOX).tobytes()
    return sum((one - other) ** 2 for one, other in itertools.pairwise(means)) / len(means)

"""One draw of one damage, done to our sheet and to its peers', and what comes back from each."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from random import Random

from PIL import Image

from benchmarks.damage import pages
from benchmarks.damage.damages import CELLS, Damaged
from benchmarks.damage.whole import Seen, look, whole_words
from benchmarks.measure import BenchmarkError
from rootescrow.errors import EscrowError
from rootescrow.paper.reading import read_source
from rootescrow.shamir.words import WORDS
from rootescrow.torn import MAX_SEARCHED, SHARE_WORDS, Torn, restore

ENOUGH_WORDS = SHARE_WORDS - MAX_SEARCHED
"""So many words and the register's hash are a share."""


@dataclass(frozen=True)
class Ours:
    """What there is on our damaged sheet, and what comes back: `read` by scan alone, `back` with the words too."""

    codes: tuple[Seen, ...]
    words: int
    read: bool
    back: bool

    @property
    def code_whole(self) -> bool:
        return any(code.whole for code in self.codes)

    @property
    def enough(self) -> bool:
        """Whether there is so much left that the share must come back."""
        return self.code_whole or self.words >= ENOUGH_WORDS

    @property
    def missed(self) -> bool:
        """Whether a code is whole, and no scan gives it."""
        return self.code_whole and not self.read


@dataclass(frozen=True)
class Draw:
    """One draw of a cell. Of the peers None, where they were not asked. `slip39` is by its words: no scan gives any."""

    cell: str
    number: int
    ours: Ours
    triss: bool | None = None
    slip39: bool | None = None


def damaged(cell: str, number: int, seed: int, page: Image.Image, leaf: int = 1) -> Damaged:
    """A page after what that draw of that cell does to it; `leaf` counts the pages of one share."""
    return CELLS[cell](page, Random(f"{seed} / {cell} / {number} / {leaf}"))


def prepare(*, peers: bool) -> None:
    """Make the pages, once for all processes that are forked after this. Raises BenchmarkError if a peer is missing."""
    _ours()
    if peers:
        _slip39_card()
        _triss_pages()


def draw(cell: str, number: int, seed: int, *, peers: bool) -> Draw:
    """One draw of a cell. Raises BenchmarkError if a peer is missing that is asked for."""
    mine = our_draw(cell, number, seed)
    return Draw(cell, number, mine, *((_triss(cell, number, seed), _slip39(cell, number, seed)) if peers else ()))


def our_draw(cell: str, number: int, seed: int) -> Ours:
    """What one draw leaves of our sheet, and what our reader and our search make of it."""
    page = _ours()
    result = damaged(cell, number, seed, page.image)
    picture = result.seen()
    codes = tuple(look(page.modules, box, result, picture) for box in page.codes)
    whole = whole_words(page.boxes, result.gone)
    read = page.text in scanned(result.file())
    return Ours(codes, sum(whole), read, read or _typed(page, whole))


def scanned(file: bytes) -> set[str]:
    """The texts of the codes in a scan, by the reader of rootescrow recover."""
    try:
        return {text for page in read_source(io.BytesIO(file), "scan") for text in page.texts}
    except EscrowError:
        return set()


def _typed(page: pages.OurPage, whole: tuple[bool, ...]) -> bool:
    """Whether the words that are whole give the share, with its hash from the register."""
    if sum(whole) < ENOUGH_WORDS:
        return False
    torn = Torn(tuple(WORDS.index(word) if ok else None for word, ok in zip(page.words, whole, strict=True)))
    restored = restore(torn, {hashlib.sha256(page.text.encode()).digest()})
    return restored is not None and restored.share.text == page.text


def _triss(cell: str, number: int, seed: int) -> bool:
    """Whether both of its pages can be read, each damaged in its own way: by our reader, or by triss's own, zbarimg."""
    for leaf, (page, texts, data) in enumerate(_triss_pages(), 1):
        file = damaged(cell, number, seed, page, leaf).file()
        if not (texts & scanned(file) or data == _zbar(file)):
            return False
    return True


def _slip39(cell: str, number: int, seed: int) -> bool:
    """Whether all words of its card are whole: slip39 takes a card's words all, and finds none that is missing."""
    card = _slip39_card()
    return all(whole_words(card.boxes, damaged(cell, number, seed, card.image).gone))


@cache
def _ours() -> pages.OurPage:
    return pages.ours()


@cache
def _slip39_card() -> pages.WordPage:
    card = pages.slip39()
    if scanned(Damaged(card.image).file()) & {" ".join(card.words)}:
        raise BenchmarkError("slip39 prints its share as a code: then it is to be scanned too")
    return card


@cache
def _triss_pages() -> tuple[tuple[Image.Image, set[str], bytes], ...]:
    """Its pages, and what either reader gives of each while it is new: bytes, that our reader takes for text."""
    read = []
    for page in pages.triss():
        file = Damaged(page).file()
        texts, data = scanned(file), _zbar(file)
        if not texts or not data:
            raise BenchmarkError("a page of triss cannot be read while it is new")
        read.append((page, texts, data))
    return tuple(read)


def _zbar(file: bytes) -> bytes:
    """As triss calls it."""
    program = shutil.which("zbarimg")
    if program is None:
        raise BenchmarkError("zbarimg is missing: on Debian, apt-get install zbar-tools")
    options = ["-Senable=0", "-Sqrcode.enable=1", "--raw", "-Sbinary", "-"]
    return subprocess.run([program, *options], input=file, capture_output=True, check=False).stdout

"""Repair: one torn sheet alone, against the hashes of its escrow. Nothing is combined, so it needs no case.

What comes out is a whole sheet. So whoever has a record and 28 words of a sheet has the sheet: docs/threat-model.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rootescrow.ceremony.basis import Basis, load_basis
from rootescrow.codes import check_code
from rootescrow.errors import FileError, IntegrityError, MalformedError, UsageError
from rootescrow.paper.ocr import MAX_OCR_PAGES, See, read_printed
from rootescrow.paper.reading import ScannedPage, open_pages, read_source
from rootescrow.pile import Known
from rootescrow.register import folder
from rootescrow.shamir import Share
from rootescrow.shamir.checksum import WORD_BITS
from rootescrow.texts import Kind, Unreadable, one_sheet, recognise
from rootescrow.torn import MAX_SOLVED, Restored, Torn, restore

_ONE = "Repair looks at one sheet alone: give the words of one, each with ? where it cannot be read."
_IDENTIFIER_BITS = 15


@dataclass(frozen=True)
class Repaired:
    """A sheet that its hash confirmed. `names` are several where the share is printed as copies.

    `why_void` is empty if it counts.
    """

    names: tuple[str, ...]
    restored: Restored
    why_void: str = ""

    @property
    def check_code(self) -> str:
        """The one that stands under its words."""
        return check_code(self.restored.share.text.encode())


def load(path: Path) -> Basis:
    """What is known of an escrow, of a key or of a passphrase alone. Raises FileError, RecordError."""
    return load_basis(path, of_passphrase=(path / folder.PASSPHRASE_FILE).is_file())


@dataclass(frozen=True)
class Read:
    """The words of the one sheet in a file. `told`: what OCR says of them; empty if they were not read by it."""

    torn: Torn
    told: str = ""


def read(stream: BinaryIO, source: str, *, see: See | None = None) -> Read:
    """The words of the one sheet in a scan or a text file; with `see`, if no code gives them, as OCR reads them.

    Raises UsageError if there are several, MalformedError if there is none or if its words cannot be understood, and
    what `read_source` raises.
    """
    pages = list(read_source(stream, source))
    found = _sheets(pages)
    numbers = [page.page for page in pages if page.without_code]
    hint = _ONE
    if not found and numbers and see is not None and stream.seekable():
        stream.seek(0)
        printed = _printed(stream, source, numbers, see)
        found = _sheets(printed)
        hint = next((f"{page.place}: {page.problem}. {page.hint}" for page in printed), _ONE)
    if len(found) > 1:
        raise UsageError(f"{source}: there are {len(found)} sheets in it", _ONE)
    for torn, told in found.items():
        return Read(torn, told)
    raise MalformedError(f"{source}: no words of a sheet were found", hint)


def _sheets(pages: Iterable[ScannedPage]) -> dict[Torn, str]:
    """The sheets whose words are on some pages, each with what OCR says of it."""
    return {
        one_sheet(text): f"{page.place}: {page.problem}" if page.by_ocr else ""
        for page in pages
        for text in page.texts
        if any(_is_share(item) for item in recognise(text))
    }


def _printed(stream: BinaryIO, source: str, numbers: Sequence[int], see: See) -> list[ScannedPage]:
    pages = open_pages(stream, source)
    if pages is None:
        return []
    try:
        return list(read_printed(pages, source, numbers[:MAX_OCR_PAGES], see, lines=lambda: False))
    finally:
        pages.close()


def _is_share(item: object) -> bool:
    return isinstance(item, Share | Torn) or (isinstance(item, Unreadable) and item.kind is Kind.SHARE)


def repair(basis: Basis, torn: Torn) -> Repaired:
    """The sheet that the words are, if a hash of the escrow confirms it; at worst it takes some seconds.

    Up to five words that cannot be read, or up to three and one that was misread. Raises IntegrityError if nothing
    confirms: then nothing is known of any word.
    """
    if basis.known is None:
        raise FileError("nothing is known of this escrow", "Name the folder that has its record.")
    restored = restore(torn, basis.known.sha256s, also_wrong=True)
    if restored is None:
        raise _not_confirmed(basis.known, torn)
    known: Known | None = basis.known
    while known and not known.names(restored.share):
        known = known.passphrase
    if known is None:  # a hash of it was found just now
        raise _not_confirmed(basis.known, torn)
    return Repaired(known.names(restored.share), restored, known.why_void(restored.share))


def _not_confirmed(known: Known, torn: Torn) -> IntegrityError:
    ids = [known.id, *([known.passphrase.id] if known.passphrase else [])]
    first, second = torn.words[:2]
    if first is not None and second is not None:
        identifier = (first << WORD_BITS | second) >> 2 * WORD_BITS - _IDENTIFIER_BITS
        if identifier not in [id_.slip39_identifier for id_ in ids]:
            return IntegrityError(
                f"these words are not of escrow {known.id}: the first two name another",
                "Name the folder of the escrow whose id stands on the sheet. If it is this one, compare the two words.",
            )
    also = ", and one more that was misread" if len(torn.unreadable) <= MAX_SOLVED else ""
    return IntegrityError(
        f"escrow {known.id} has no sheet with these words: {len(torn.unreadable)} unreadable were sought{also}",
        "Compare each word with the sheet, and write ? for up to five that you are not sure of. If all are right, it "
        "is not a sheet that the record lists.",
    )

"""What of a scan goes to OCR, as long as something is missing: lines only while the envelope is."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence

from PIL import Image

from rootescrow.ceremony.recover import read_by_ocr
from rootescrow.paper.reading import Source
from rootescrow.paper.tesseract import Token
from rootescrow.pile import Pile
from tests.paper import scans
from tests.paper.ocr import LINES, tokens
from tests.support import make, pile_of

ESCROW = make()
SCAN = scans.file(Image.new("L", (600, 800), 255), "PNG")
SOURCE = Source("scan.png", lambda: contextlib.nullcontext(io.BytesIO(SCAN)))


def read(pile: Pile) -> tuple[int, list[bool]]:
    """How many pages gave something, and whether each picture that was shown to OCR was a whole page."""
    whole = []

    def see(image: Image.Image) -> Sequence[Token]:
        whole.append(image.height > image.width / 2)
        return tokens(LINES)

    return len(list(read_by_ocr(pile, SOURCE, [1], see))), whole


def test_lines_are_read_while_the_envelope_is_missing() -> None:
    pile = pile_of(ESCROW.shares[0][0].text)
    assert pile.status.envelope_missing
    pages, whole = read(pile)
    assert pages == 1
    assert any(whole)


def test_lines_are_not_read_when_the_envelope_is_there() -> None:
    pile = pile_of(ESCROW.shares[0][0].text, ESCROW.envelope)
    assert not pile.status.envelope_missing
    assert not pile.status.complete
    assert read(pile) == (0, [False])

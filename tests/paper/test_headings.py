"""What a page is by its heading."""

from __future__ import annotations

import pytest

from rootescrow.paper.headings import Heading, heading
from rootescrow.paper.text import LANGUAGES, catalogue

from .ocr import tokens


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("KEEP THIS - LEAVE THE BAG CLOSED Escrow of a root key", Heading.COVER),
        ("PASSPHRASE - KEEP THIS LEAVETHE BAG CLOSED", Heading.COVER),
        ("AUFBEWAHREN * BEUTEL NICHT OFFNEN", Heading.COVER),
        ("waw Example Root CA ENVELOPE - text 1 of 2 3UM3-3YY4 generation 1", Heading.LINES),
        ("wees ENVELOPE - codes 3UM3-3YY4", Heading.CODES),
        ("SOBRE + cédigos", None),
        ("SECRET - Board/2 Example Root CA", None),
        ("KEEP THIS LEAVE THE BAG", None),
        ("", None),
    ],
)
def test_a_heading_as_ocr_sees_it(row: str, kind: Heading | None) -> None:
    assert heading(tokens([row])) is kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_heading_is_taken_for_one_of_these(language: str) -> None:
    say = catalogue(language)
    of_words = [say(key) for key in ("share.title", "share.title_rehearsal", "passphrase.share.title")]
    assert [heading(tokens([text])) for text in of_words] == [None] * 3
    assert heading(tokens([say("passphrase.cover.title")])) is Heading.COVER

"""What the heading of a page says that it is, so that OCR is not given whole pages on which nothing is wanted.

It proves nothing, and is used for nothing else: a page whose heading is not understood is read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import Enum, auto
from functools import cache

from rootescrow.paper.tesseract import Token
from rootescrow.paper.text import LANGUAGES, catalogue


class Heading(Enum):
    """Of the pages of ours on which no words of a share are printed."""

    COVER = auto()
    CODES = auto()
    LINES = auto()


_KEYS = {"cover.title": Heading.COVER, "envelope.codes": Heading.CODES, "envelope.text": Heading.LINES}


def heading(tokens: Sequence[Token]) -> Heading | None:
    """The one among the tokens of a page's top, in any of our languages; None if there is none."""
    seen = _letters("".join(token.text for token in tokens))
    return next((kind for text, kind in _headings().items() if text in seen), None)


@cache
def _headings() -> dict[str, Heading]:
    return {_letters(catalogue(language)(key)): kind for language in LANGUAGES for key, kind in _KEYS.items()}


def _letters(text: str) -> str:
    """The letters alone, without accents, which are often misread, and all of one case."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).upper() if "A" <= letter <= "Z")

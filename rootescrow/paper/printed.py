"""The words of a share in the text inside a PDF: as printed by a program, or as a scanner's own OCR saw them.

They are read beside the code, which says the same, so that a page on which the two disagree is not taken as good.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rootescrow.shamir.words import WORDS, index_of
from rootescrow.torn import SHARE_WORDS

ENOUGH = 20
"""Numbered words that are surely the words of a share, in a text of which some may be misread."""

_NUMBERED = re.compile(r"(?<![\w-])([0-9]{1,2})[.):]?\s+([A-Za-z]{3,8})\b")


def printed_words(text: str) -> Mapping[int, str]:
    """The words that stand behind their numbers, as the list has them; empty if it is no share page.

    A word that is not in the list is left out: OCR misreads. So is one that stands there twice with another word.
    """
    found: dict[int, set[str]] = {}
    for number, word in _NUMBERED.findall(text):
        index = index_of(word) if 1 <= int(number) <= SHARE_WORDS else None
        if index is not None and WORDS[index] == word.lower():
            found.setdefault(int(number), set()).add(WORDS[index])
    words = {number: next(iter(one)) for number, one in sorted(found.items()) if len(one) == 1}
    return words if len(words) >= ENOUGH else {}


def differing(printed: Mapping[int, str], words: Sequence[str]) -> tuple[int, ...]:
    """The numbers at which what is printed is not what a code says."""
    return tuple(number for number, word in printed.items() if number > len(words) or words[number - 1] != word)

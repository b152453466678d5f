"""Names as people write them: one person, place or bag may be written in several ways, and is one all the same.

Two names that a reader would take for the same are the same: upper or lower case, composed or not, one space or two, a
hyphen or none between words. Letters that only look alike (a Cyrillic А) and names of one person that differ are not
found: that the Board sees to.
"""

from __future__ import annotations

import unicodedata


def plain(name: str) -> str:
    """A name without what sets it apart on paper only: the words alone, in small letters."""
    folded = _folded(name)
    return " ".join("".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in folded).split()) or folded


def plain_bag(number: str) -> str:
    """The number of a bag, in small letters and without spaces. A hyphen stays: 1-11 and 11-1 are two bags."""
    return "".join(_folded(number).split())


def _folded(text: str) -> str:
    """For a caseless match of compatible texts: The Unicode Standard, section 3.13, D146."""
    for form in ("NFD", "NFKD"):
        text = unicodedata.normalize(form, text).casefold()
    return unicodedata.normalize("NFKD", text)


class Spellings:
    """Of names that are the same, the spelling that came first."""

    def __init__(self, *, bags: bool = False) -> None:
        self._plain = plain_bag if bags else plain
        self._first: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The first spelling of a name; empty if it is."""
        return self._first.setdefault(self._plain(name), name) if name else ""

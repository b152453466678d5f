"""Which codes a page of ours has, by those that were read on it: nothing is proved by it, only looked for and told."""

from __future__ import annotations

import re
from collections.abc import Collection

from rootescrow.paper.qr import FIRST_CODES, MORE_CODES

SHARE_CODES = 2
"""On a share page, both of the same text."""

_PART = re.compile(r"ROOTESCROW[0-9] ([A-Z2-7]{8}) ([0-9]{1,4})OF([0-9]{1,4}) ")


def is_share(text: str) -> bool:
    """Whether a code's text looks like the words of a share."""
    return text.islower() and text.replace(" ", "").isalpha()


def missing_parts(texts: Collection[str]) -> tuple[tuple[int, ...], int]:
    """The numbers of the envelope codes that the same page of ours has beside these, and how many there are in all.

    Nothing and 0 where these are not of one envelope and one page.
    """
    parts = [part.groups() for text in texts if (part := _PART.match(text))]
    if not parts or len({(id_, count) for id_, _, count in parts}) != 1:
        return (), 0
    count = int(parts[0][2])
    read = {int(number) for _, number, _ in parts}
    expected = _beside(min(read), count)
    return (tuple(number for number in expected if number not in read), count) if read <= set(expected) else ((), 0)


def is_complete(texts: Collection[str]) -> bool:
    """Whether a page with these codes is one of ours of which none is missing."""
    if len(texts) == SHARE_CODES and len(set(texts)) == 1 and all(map(is_share, texts)):
        return True
    missing, count = missing_parts(texts)
    return count > 0 and not missing


def _beside(number: int, count: int) -> range:
    if number <= FIRST_CODES:
        return range(1, min(FIRST_CODES, count) + 1)
    first = FIRST_CODES + 1 + (number - FIRST_CODES - 1) // MORE_CODES * MORE_CODES
    return range(first, min(first + MORE_CODES - 1, count) + 1)

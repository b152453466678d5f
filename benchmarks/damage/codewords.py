"""Where the codewords of a share code are, and how many of them a picture shows wrongly.

A share code is version 16, level Q (rootescrow.paper.qr). Clauses are those of ISO/IEC 18004:2015.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

Matrix = Sequence[Sequence[bool]]
"""Rows of modules from the top, True where dark, quiet zone apart."""

SIDE = 81
"""Modules on a side of version 16 (table 1)."""
CORRECTED = 12
"""Wrong codewords that each block can have: 24 check codewords correct half as many (table 9, 16-Q)."""
BLOCKS = 17
"""15 blocks with 19 codewords of data, then 2 with 20 (table 9, 16-Q)."""
_SHORT, _SHORT_BLOCKS, _CHECK = 19, 15, 24
_ALIGNMENT = (6, 26, 50, 74)
"""Rows and columns of the centres of alignment patterns (table E.1)."""
_TIMING = 6


@cache
def blocks() -> tuple[int, ...]:
    """The block of each codeword, in the order in which they are placed: one of each block in turn (7.6)."""
    turn = tuple(range(BLOCKS))
    return turn * _SHORT + turn[_SHORT_BLOCKS:] + turn * _CHECK


@cache
def places() -> tuple[tuple[tuple[int, int], ...], ...]:
    """The row and column of each bit of each codeword, the highest bit first (7.7.3)."""
    bits = list(_path())
    return tuple(tuple(bits[at : at + 8]) for at in range(0, len(blocks()) * 8, 8))


def wrong(printed: Matrix, seen: Matrix) -> tuple[int, ...]:
    """How many codewords of each block are seen otherwise than they were printed."""
    count = [0] * BLOCKS
    for block, bits in zip(blocks(), places(), strict=True):
        count[block] += any(printed[row][column] != seen[row][column] for row, column in bits)
    return tuple(count)


def _path() -> Iterator[tuple[int, int]]:
    """All modules that hold data: two columns at a time from the right, upwards first; none in the timing column."""
    upwards = True
    right = SIDE - 1
    while right > 0:
        if right == _TIMING:
            right -= 1
        for row in range(SIDE - 1, -1, -1) if upwards else range(SIDE):
            for column in (right, right - 1):
                if not _is_function(row, column):
                    yield row, column
        upwards = not upwards
        right -= 2


def _is_function(row: int, column: int) -> bool:
    """Whether a module belongs to a pattern, the format or the version, and holds no data (6.3, 7.9, 7.10)."""
    near, far = 9, SIDE - 8
    finder = (row < near and (column < near or column >= far)) or (row >= far and column < near)
    version = (row < 6 and far - 3 <= column < far) or (column < 6 and far - 3 <= row < far)
    return finder or version or _TIMING in (row, column) or _in_alignment(row, column)


def _in_alignment(row: int, column: int) -> bool:
    first, last = _ALIGNMENT[0], _ALIGNMENT[-1]
    return any(
        abs(row - y) <= 2 and abs(column - x) <= 2
        for y in _ALIGNMENT
        for x in _ALIGNMENT
        if (y, x) not in {(first, first), (first, last), (last, first)}
    )

"""Every damage of the bench, once: where enough is left of a sheet, its share comes back."""

from __future__ import annotations

import pytest

from benchmarks.damage.bench import our_draw
from benchmarks.damage.damages import CELLS

DRAW, SEED = 1, 1


@pytest.mark.parametrize("cell", CELLS)
def test_a_sheet_comes_back_from(cell: str) -> None:
    mine = our_draw(cell, DRAW, SEED)
    assert mine.enough
    assert mine.back
    assert not mine.missed

"""QR codes (ISO/IEC 18004) as shapes to be drawn: the modules merged into rectangles.

The encoder is the package qrcode; the decoder (in `reading`) is another program, so that neither hides the other's
faults.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData

from rootescrow.errors import PaperError

QUIET_ZONE = 4
"""Modules of white on each side: ISO/IEC 18004, clause 6.3.8."""
SHARE_VERSION = 16
"""Holds 322 bytes at level Q; 33 words of at most 8 letters are 296. The same for all shares."""
DENSEST_Q = 23
"""The densest version for an envelope at level Q: 117 modules with the quiet zone, 0.66 mm each in 77 mm. What needs
more is written at level M, where no part needs more than version 22 and 0.68 mm."""
FIRST_CODES, MORE_CODES = 4, 6
"""Envelope codes on the first page of them, which has the commands too, and on the others."""

MASK = 4
"""One mask for all. The standard wants the best of eight by a score; readers take any, and scoring costs ten times as
much as the code itself. Of 960 codes of random content, drawn as on a sheet and rendered at 65 dpi, zxing-cpp read 959
with this mask, and all at 75, 100 and 150 dpi; with the best of eight it read 320 of 320 at each."""


@dataclass(frozen=True)
class Code:
    """A QR code: `modules` on a side without the quiet zone, and its black rectangles.

    A rectangle is (column, row, width, height) in modules from the top left. The repr shows neither text nor modules.
    """

    modules: int
    rectangles: tuple[tuple[int, int, int, int], ...]

    @property
    def side(self) -> int:
        """Modules on a side with the quiet zone."""
        return self.modules + 2 * QUIET_ZONE

    def __repr__(self) -> str:
        return f"Code({self.modules} × {self.modules})"


def share_code(text: str) -> Code:
    """The code of a share's words: version 16, level Q, bytes. Raises PaperError if they do not fit."""
    try:
        return _make(text, MODE_8BIT_BYTE, SHARE_VERSION, ERROR_CORRECT_Q)
    except DataOverflowError:
        # the encoder's own message is kept away: it may count what is secret
        raise PaperError("a share is too long for its code", "A share of up to 33 words fits a sheet.") from None


def envelope_codes(texts: Sequence[str]) -> tuple[Code, ...]:
    """The codes of all parts of an envelope: capitals, digits and spaces, all of one version and one level.

    Level Q (a quarter of the symbol may be lost) where its modules stay large enough, else level M (a seventh).
    """
    longest = max(texts, key=len)
    version, level = _fit(longest, ERROR_CORRECT_Q), ERROR_CORRECT_Q
    if version > DENSEST_Q:
        version, level = _fit(longest, ERROR_CORRECT_M), ERROR_CORRECT_M
    return tuple(_make(text, MODE_ALPHA_NUM, version, level) for text in texts)


def _fit(text: str, level: int) -> int:
    """The smallest version that holds `text`; 41 if there is none."""
    code = qrcode.QRCode(error_correction=level)
    code.add_data(QRData(text.encode("ascii"), mode=MODE_ALPHA_NUM))
    try:
        return int(code.best_fit())
    except DataOverflowError:
        return 41


def _make(text: str, mode: int, version: int, level: int) -> Code:
    code = qrcode.QRCode(version=version, error_correction=level, mask_pattern=MASK)
    code.add_data(QRData(text.encode("ascii"), mode=mode))
    code.make(fit=False)
    return Code(code.modules_count, tuple(_rectangles(code.modules)))


def _rectangles(rows: Sequence[Sequence[bool | None]]) -> Iterator[tuple[int, int, int, int]]:
    """The black modules as rectangles that do not overlap: runs in a row, joined to equal runs in the rows below."""
    growing: dict[tuple[int, int], int] = {}
    for y, row in enumerate([*rows, ()]):
        runs = set(_runs(row))
        for (x, length), top in [*growing.items()]:
            if (x, length) not in runs:
                yield x, top, length, y - top
                del growing[x, length]
        for run in sorted(runs):
            growing.setdefault(run, y)


def _runs(row: Sequence[bool | None]) -> Iterator[tuple[int, int]]:
    start = None
    for x, black in enumerate([*row, False]):
        if black and start is None:
            start = x
        elif not black and start is not None:
            yield start, x - start
            start = None

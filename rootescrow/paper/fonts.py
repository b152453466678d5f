"""The four typefaces of a sheet, from installed packages, and which characters they can print.

Fira Sans for what people read, IBM Plex Mono for what they compare and type: its 0 and O, 1, l and I, 5 and S cannot be
confused. Both are under the SIL Open Font License, and their subsets are embedded in every PDF.
"""

from __future__ import annotations

import io
import unicodedata
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from rootescrow.errors import PaperError

POINTS_PER_MM = 72 / 25.4
MONO_WIDTH = 0.6
"""The width of every letter of the mono faces, as a multiple of the size."""


class Face(StrEnum):
    """A typeface, by the name under which reportlab knows it once `load` has run."""

    SANS = "rootescrow-sans"
    SANS_BOLD = "rootescrow-sans-bold"
    MONO = "rootescrow-mono"
    MONO_BOLD = "rootescrow-mono-bold"


_FILES = {
    Face.SANS: ("fontpkg_fira_sans", "FiraSans-Regular.ttf"),
    Face.SANS_BOLD: ("fontpkg_fira_sans", "FiraSans-Bold.ttf"),
    Face.MONO: ("fontpkg_ibm_plex_mono", "IBMPlexMono-Regular.ttf"),
    Face.MONO_BOLD: ("fontpkg_ibm_plex_mono", "IBMPlexMono-Bold.ttf"),
}


@cache
def load() -> None:
    """Read the fonts and make them known to reportlab, once a process. They are used from memory: no path is kept."""
    for face, (package, name) in _FILES.items():
        data = resources.files(package).joinpath("files", name).read_bytes()
        pdfmetrics.registerFont(TTFont(face.value, io.BytesIO(data), asciiReadable=False))


def width(text: str, face: Face, size: float) -> float:
    """How wide `text` is, in millimetres, at `size` points."""
    return _unit_width(text, face) * size / POINTS_PER_MM


@lru_cache(maxsize=4096)
def _unit_width(text: str, face: Face) -> float:
    """At 1 point. Remembered, as a sheet is measured more often than drawn; a share's words are never measured."""
    load()
    return float(pdfmetrics.stringWidth(text, face.value, 1))


def check_printable(text: str, what: str) -> str:
    """`text` in Unicode's composed form, if both sans faces have every character of it.

    Accents that Unicode has no composed letter for are refused, as they would be printed beside their letter.
    Raises PaperError naming `what` (such as "the name of the key") and the characters.
    """
    text = unicodedata.normalize("NFC", text)
    known = _characters()
    missing = [c for c in dict.fromkeys(text) if c not in known or unicodedata.category(c)[0] in "MC"]
    if missing:
        names = ", ".join(unicodedata.name(c, f"U+{ord(c):04X}") for c in missing[:3])
        raise PaperError(
            f"{what} holds {len(missing)} characters that the fonts cannot print: {names}"
            if len(missing) > 1
            else f"{what} holds a character that the fonts cannot print: {names}",
            f"Write {what} in Latin, Greek or Cyrillic letters.",
        )
    return text


@cache
def _characters() -> frozenset[str]:
    load()
    regular, bold = (pdfmetrics.getFont(face.value).face.charToGlyph for face in (Face.SANS, Face.SANS_BOLD))
    return frozenset(chr(code) for code in regular if code in bold)

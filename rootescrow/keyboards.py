"""What a hand-held scanner types where it and the computer are set to different keyboard layouts, and back.

Such a scanner presses keys. If it takes the keyboard for a US one and the computer takes it for a German one, y and z
are swapped; on a French one a and q, w and z, m and the digits come as other characters. Which layout it was nobody
says: whoever uses this tries them, and takes only what a checksum, or in the end the envelope's tag, proves.
"""

from __future__ import annotations

from collections.abc import Iterator

_US = "1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./", '!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?'
_LAYOUTS = {
    "QWERTZ": ("1234567890ß´qwertzuiopü+asdfghjklöäyxcvbnm,.-", '!"§$%&/()=?`QWERTZUIOPÜ*ASDFGHJKLÖÄYXCVBNM;:_'),
    "AZERTY": ("&é\"'(-è_çà)=azertyuiop^$qsdfghjklmùwxcvbn,;:!", "1234567890°+AZERTYUIOP¨£QSDFGHJKLM%WXCVBN?./§"),
    "Czech QWERTZ": ("+ěščřžýáíé=´qwertzuiopú)asdfghjklů§yxcvbnm,.-", '1234567890%ˇQWERTZUIOP/(ASDFGHJKL"!YXCVBNM?:_'),
    "Turkish Q": ("1234567890*-qwertyuıopğüasdfghjklşizxcvbnmöç.", "!'^+%&/()=?_QWERTYUIOPĞÜASDFGHJKLŞİZXCVBNMÖÇ:"),
    "Dvorak": ("1234567890[]',.pyfgcrl/=aoeuidhtns-;qjkxbmwvz", '!@#$%^&*(){}"<>PYFGCRL?+AOEUIDHTNS_:QJKXBMWVZ'),
}
"""What the keys of `_US` type, without and with Shift: the layouts that Linux calls de, fr, cz, tr and us(dvorak)."""


def _table(typed: tuple[str, str], shown: tuple[str, str]) -> dict[int, str]:
    """From what arrives to what was meant: a letter or a digit. Other characters stand in no code."""
    pairs = zip("".join(typed), "".join(shown), strict=True)
    return {ord(arrives): meant for meant, arrives in pairs if meant.isascii() and meant.isalnum() and meant != arrives}


_TABLES = {name: (_table(_US, layout), _table(layout, _US)) for name, layout in _LAYOUTS.items()}
"""For each layout: the computer has it and the scanner is set to US, and the other way round."""


def as_meant(text: str) -> Iterator[tuple[str, str]]:
    """For each layout that makes a difference its name and what was meant, if it is the layout."""
    seen = {text}
    for name, tables in _TABLES.items():
        for table in tables:
            meant = text.translate(table)
            if meant not in seen:
                seen.add(meant)
                yield name, meant

"""Digests read aloud: a word for each letter and figure, none of which can be taken for a word of a share.

The words are those of the international spelling alphabet (ICAO, annex 10, volume II, 5.2.1.3; its figures as spoken,
5.2.1.4.3). Where one is a word of the SLIP-39 list or begins with the same four letters as one, that of the older
international alphabet stands (Telegraph Regulations, Madrid 1932): Baltimore, Casablanca, Edison, Italia, Paris,
Valencia; and Null, known in many languages, for zero. A word a character, not one a byte: so anyone says what
`sha256sum` shows with this table on paper beside him, and needs no program.
"""

from __future__ import annotations

WORDS = {
    "A": "Alfa",
    "B": "Baltimore",
    "C": "Casablanca",
    "D": "Delta",
    "E": "Edison",
    "F": "Foxtrot",
    "G": "Golf",
    "H": "Hotel",
    "I": "Italia",
    "J": "Juliett",
    "K": "Kilo",
    "L": "Lima",
    "M": "Mike",
    "N": "November",
    "O": "Oscar",
    "P": "Paris",
    "Q": "Quebec",
    "R": "Romeo",
    "S": "Sierra",
    "T": "Tango",
    "U": "Uniform",
    "V": "Valencia",
    "W": "Whiskey",
    "X": "Xray",
    "Y": "Yankee",
    "Z": "Zulu",
    "0": "Null",
    "1": "One",
    "2": "Two",
    "3": "Tree",
    "4": "Four",
    "5": "Fife",
    "6": "Six",
    "7": "Seven",
    "8": "Eight",
    "9": "Niner",
}
"""The alphabet, letters before figures."""


def spell(text: str) -> tuple[str, ...]:
    """The words for the letters A to Z, in any case, and figures of a text; what else is in it is not read aloud."""
    return tuple(WORDS[c] for c in text.upper() if c in WORDS)

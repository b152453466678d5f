"""What tesseract 5.3 saw on pages of ours, and tokens as it would see them: for tests that do without the program."""

from __future__ import annotations

from collections.abc import Sequence

from rootescrow.paper.ocr_words import PITCH_X, PITCH_Y, ROWS
from rootescrow.paper.tesseract import Token

PER_MM = 7
"""Pixels."""
HEIGHT = 4 * PER_MM

LINES = """
ENVELOPE - text 1 of 2 3UM3-3YY4 generation 1, made 2026-03-01
The same envelope in letters, for when the codes cannot be scanned. Each line: its number, 8 groups
O 001 53KDJ XG3QN KX2DG XWTNG Q6MGV WSNWI ADGYD D7O0EZ FS7Z
O) 002 W6POZ APAQ2 C2X4G 7RPQK BQG7K NG2BI 5RCES JIKHB LSQW
Oh 003 HHRVX 2KDT3 6BGM7 SXK5N U6GRI CLU43 TJSRJI DHBPU HH6D
O 004 X57R4 5SNRVZ LBOTM DEXB7 XE5G4 2KOYV 5UIDB AM2EC 6IEJ
O ©05 KHXYY 5GVI4 QVXXK 4WSQV TKRBF QNW74 KZHK2 40TGV PPDL
O 006 PGFML BHQF3 63NTF XSNDJ W5G3A HVIZ7 3KKG4 JATOY MS40
O 007 FWB2N 2Q33Z WRWDT UUYAG AMRR6 IZWOY O7MTH CFSLD TSNE
O 008 TZYBW 2VHYO CU4LI J6ID3 BZJOJ RKACV C5SMLR MNL2W 3QCM
O 009 YZ245 FBIRG EM6RG ZJZVJ Q2P5B 6WA74 JNKDG NIKEY KOX7
O 010 JGLKS VBDJO GZEDZ NA5AF SALBH B6QXY GSSPM AEBNU 3F3U
O 0141 DHRST MAC5B XYSFG EBIGF KMNGL 473JN B7HPV 5TA3F IQHJI
O 012 5JMSN OLDK7 3PVSN DXKXX FW4ZO MHW25 KHJ2A J3QWN XEZD
O 013 33G45 DGPBF 73KMY 5LO3I VJUYC JJIGS 4N3YC BIBPG U3ET
""".strip().splitlines()
"""Of the sheet of tests/paper/support.py, at 150 dpi."""


def tokens(rows: Sequence[str]) -> list[Token]:
    """Rows of text, one below the other."""
    found = []
    for down, row in enumerate(rows):
        left = 0
        for text in row.split():
            found.append(Token(text, left, 40 * down, 15 * len(text), 30, (1, 1, down)))
            left += 15 * (len(text) + 1)
    return found


def share_tokens(words: Sequence[str], *, numbers: Sequence[str] | None = None, left: int = 90) -> list[Token]:
    """The words of a sheet in their places, each after a box and its number; an empty word was not seen."""
    found = []
    for row in range(ROWS):
        for column in range(3):
            place = column * ROWS + row
            x, y = left + round(column * PITCH_X * PER_MM), 600 + round(row * PITCH_Y * PER_MM)
            number = str(place + 1) if numbers is None else numbers[place]
            texts = (("LJ", 0, 4), (number, 7, 4), (words[place], 13, 3 * len(words[place])))
            found += [
                Token(text, x + at * PER_MM, y, wide * PER_MM, HEIGHT, (1, 2, row)) for text, at, wide in texts if text
            ]
    return found

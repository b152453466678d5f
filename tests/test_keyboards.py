"""Keyboard layouts: what is typed on another one comes back, and nothing is taken that a checksum does not prove."""

from __future__ import annotations

import pytest

from rootescrow.codes import MAGIC, EnvelopePart, encode_envelope_codes, encode_text_lines
from rootescrow.keyboards import as_meant
from rootescrow.pile import Kind, Pile, Verdict
from rootescrow.texts import OtherKeyboard, one_sheet, recognise
from rootescrow.texts import as_meant as put_right
from tests.support import known, make, pile_of

ESCROW = make()
SHARE = ESCROW.share(0, 1)
(CODE,) = encode_envelope_codes(ESCROW.id, ESCROW.envelope.der)

# What the keys of a US keyboard type on others, and the other way round, as printed on their keys: made by hand, apart
# from the tables of the code. Of each layout only what a code may hold.
_SMALL = "abcdefghijklmnopqrstuvwxyz1234567890"
_GARBLED = {
    "QWERTZ": ("abcdefghijklmnopqrstuvwxzy1234567890", "ABCDEFGHIJKLMNOPQRSTUVWXZY"),
    "AZERTY": ("qbcdefghijkl,noparstuvzxyw&é\"'(-è_çà", "QBCDEFGHIJKL?NOPARSTUVZXYW"),
    "Czech QWERTZ": ("abcdefghijklmnopqrstuvwxzy+ěščřžýáíé", "ABCDEFGHIJKLMNOPQRSTUVWXZY"),
    "Turkish Q": ("abcdefghıjklmnopqrstuvwxyz1234567890", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "Dvorak": ("axje.uidchtnmbrl'poygk,qf;1234567890", 'AXJE>UIDCHTNMBRL"POYGK<QF:'),
}
_TABLES = {
    name: str.maketrans(_SMALL + _SMALL[:26].upper(), small + capitals) for name, (small, capitals) in _GARBLED.items()
}


@pytest.mark.parametrize("layout", _GARBLED)
def test_a_share_and_a_code_come_back(layout: str) -> None:
    table = _TABLES[layout]
    for share in (ESCROW.share(0, number) for number in range(1, 6)):
        for text in (share.text, share.text.upper()):
            garbled = text.translate(table)
            if garbled == text:
                continue
            assert text.lower() in [meant.lower() for _, meant in as_meant(garbled)]
            # Of a share the Czech layout has nothing that the German one has not.
            assert [item for item in recognise(garbled) if not isinstance(item, OtherKeyboard)] == [share]
    garbled = CODE.translate(table)
    if garbled[: len(MAGIC)] != MAGIC:
        assert list(recognise(garbled)) == [OtherKeyboard(layout), EnvelopePart.parse(CODE)]


@pytest.mark.parametrize("layout", ["AZERTY", "Dvorak"])
def test_a_scanner_that_is_set_to_another_layout_than_the_computer(layout: str) -> None:
    """The scanner presses the keys of its layout, and the computer takes them for those of a US keyboard."""
    back: dict[int, int] = {shown: meant for meant, shown in _TABLES[layout].items()}
    # Letters where a US keyboard has punctuation; digits need Shift on AZERTY.
    others = {"AZERTY": ("1234567890mM", "!@#$%^&*();:"), "Dvorak": ("swvzSWVZ", ";,./:<>?")}
    back |= str.maketrans(*others[layout])
    assert list(recognise(SHARE.text.translate(back))) == [OtherKeyboard(layout), SHARE]
    assert EnvelopePart.parse(CODE) in list(recognise(CODE.translate(back)))


def test_a_wrong_word_is_not_put_right_by_a_layout() -> None:
    """What no checksum proves stays what it is: another one in each place, then the layout."""
    words = SHARE.text.split()
    for place in range(0, 33, 4):
        altered = " ".join([*words[:place], "academic" if words[place] != "academic" else "acid", *words[place + 1 :]])
        garbled = altered.translate(_TABLES["AZERTY"])
        assert put_right(garbled) == (garbled, None)
        pile = pile_of(garbled, record=known(ESCROW))
        assert not pile.shares


def test_what_is_right_is_left_alone() -> None:
    for text in (SHARE.text, CODE, "007  ABCDE FGHIJ", "K7QD-M2XA", "", "?", SHARE.text + "\n" + CODE):
        assert put_right(text) == (text, None)


def test_it_is_said_once_a_text_which_layout_it_was() -> None:
    rows = "\n".join(ESCROW.share(0, number).text.translate(_TABLES["AZERTY"]) for number in (1, 2, 3))
    findings = Pile(known(ESCROW)).add(rows, "scanner.txt")
    assert [(finding.name, finding.verdict) for finding in findings] == [
        ("keyboard", Verdict.TAKEN),
        *((f"Board/{number}", Verdict.TAKEN) for number in (1, 2, 3)),
    ]
    assert str(findings[0]) == (
        "scanner.txt: keyboard: taken, read as typed on another keyboard layout (AZERTY), which a scanner or the "
        "computer is set to"
    )


def test_y_and_z_of_codes_and_lines_are_said_where_the_record_or_the_check_shows_it() -> None:
    seeds = (make(seed=seed) for seed in range(40))
    escrow = next(one for one in seeds if {"Y", "Z"} & {*one.id.compact})
    pile = Pile(known(escrow))
    table = _TABLES["QWERTZ"]
    for code in encode_envelope_codes(escrow.id, escrow.envelope.der):
        (finding,) = pile.add(code.translate(table))
        assert finding.name == f"envelope code 1 of 1 of {escrow.id}"
        assert "(QWERTZ)" in finding.message
    assert pile.status.envelope_missing == ""
    pile = Pile(known(escrow))
    for line in encode_text_lines(escrow.id, escrow.envelope.der):
        (finding,) = pile.add(line.translate(table))
        assert finding.kind is Kind.LINE
        assert finding.verdict is Verdict.TAKEN
        assert ("(QWERTZ)" in finding.message) == (line != line.translate(table))
    assert pile.status.envelope_missing == ""


def test_one_sheet_for_repair() -> None:
    assert one_sheet(SHARE.text.translate(_TABLES["AZERTY"])) == one_sheet(SHARE.text)

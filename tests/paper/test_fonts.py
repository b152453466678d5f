"""The fonts print what they promise, and refuse the rest before anything is drawn."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.errors import PaperError
from rootescrow.paper.fonts import MONO_WIDTH, POINTS_PER_MM, Face, check_printable, width
from rootescrow.paper.layout import Document, Paper
from tests.paper.support import texts


@pytest.mark.parametrize("face", [Face.MONO, Face.MONO_BOLD])
def test_every_mono_letter_has_the_same_width(face: Face) -> None:
    for character in string.printable[:95]:
        assert width(character, face, 10) == pytest.approx(10 * MONO_WIDTH / POINTS_PER_MM)


def test_width_is_in_millimetres() -> None:
    assert width("x" * 10, Face.MONO, 72) == pytest.approx(10 * 0.6 * 25.4)
    assert width("", Face.SANS, 72) == 0


@pytest.mark.parametrize(
    "text",
    [
        "Gerhard Müßig, Łódź",
        "Þórður Ñandú İstanbul ǅ Ơ Ộ",
        "Ελένη Παπαδοπούλου, ἀρχή",
        "Чрезвычайная комиссия, Їжак, Ђорђе",
        "A · B – C “D” № 5 € 7",
    ],
)
def test_latin_greek_and_cyrillic_are_printable(text: str) -> None:
    assert check_printable(text, "the name") == text


def test_letters_are_composed() -> None:
    assert check_printable("Mu\u0308ller", "the name") == "M\u00fcller"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("北京", "CJK UNIFIED IDEOGRAPH-5317"),
        ("שלום", "HEBREW LETTER SHIN"),
        ("key 🔑", "KEY"),
        ("x\u0302", "COMBINING CIRCUMFLEX ACCENT"),
        ("tab\there", "U+0009"),
        ("soft\u00adhyphen", "SOFT HYPHEN"),
        ("\ud800", "U+D800"),
    ],
)
def test_other_characters_are_refused_by_name(text: str, name: str) -> None:
    with pytest.raises(PaperError, match="the name of the key holds") as caught:
        check_printable(text, "the name of the key")
    assert name in caught.value.message
    assert "the name of the key" in caught.value.hint


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12))
def test_what_is_printable_comes_back_from_the_page(text: str) -> None:
    try:
        text = check_printable(text, "it")
    except PaperError:
        return
    check_comes_back(text)


@settings(max_examples=40)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x45F, categories=["L", "N", "P"]), min_size=1))
def test_letters_of_europe_come_back_from_the_page(text: str) -> None:
    try:
        text = check_printable(text, "it")
    except PaperError:
        return
    check_comes_back(text)


def check_comes_back(text: str) -> None:
    """Each character in both sans faces, one a line, so that no reader of pages may join or reorder them."""
    doc = Document(Paper.A4)
    shown = [character for character in text if not character.isspace()]
    for place, character in enumerate(shown):
        for x, face in ((20, Face.SANS), (90, Face.SANS_BOLD)):
            doc.text(x, 20 + 5 * (place % 50), character, face, 10)
        if place % 50 == 49:
            doc.next_page()
    read = "".join(texts(doc.finish()))
    assert "".join(read.split()) == "".join(character * 2 for character in shown)

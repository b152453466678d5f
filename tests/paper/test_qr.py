"""Codes: any reader gives back the text, and sizes keep to what is promised."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.codes import MAX_PART_CHARS, encode_envelope_codes
from rootescrow.errors import PaperError
from rootescrow.paper import envelope_pages, share_page
from rootescrow.paper.layout import Document, Paper
from rootescrow.paper.qr import Code, envelope_codes, share_code
from rootescrow.shamir.words import WORDS
from tests.paper.support import ED25519, ID, RSA_4096, RSA_8192, codes, noise


def drawn(code: Code, size: float) -> bytes:
    doc = Document(Paper.A4)
    doc.code(50, 50, size, code)
    return doc.finish()


@settings(max_examples=15)
@given(st.lists(st.sampled_from(WORDS), min_size=20, max_size=33))
def test_a_share_code_is_read_back_at_100_dpi(words: list[str]) -> None:
    text = " ".join(words)
    assert codes(drawn(share_code(text), share_page.CODE), 100) == [[text]]


@settings(max_examples=15)
@given(st.binary(min_size=1, max_size=3000))
def test_envelope_codes_are_read_back_at_100_dpi(envelope: bytes) -> None:
    parts = encode_envelope_codes(ID, envelope)
    made = envelope_codes(parts)
    assert [codes(drawn(code, envelope_pages.CODE), 100) for code in made] == [[[part]] for part in parts]


@pytest.mark.parametrize("words", [["academic"] * 33, ["acid"] * 20, ["academic"] * 20, ["zero"] * 33])
def test_every_share_code_has_the_same_size(words: list[str]) -> None:
    code = share_code(" ".join(words))
    assert code.side == 81 + 8
    assert share_page.CODE / code.side >= 0.75


def test_the_longest_share_fits_and_a_longer_one_is_refused() -> None:
    longest = sorted(WORDS, key=len)[-1]
    assert len(longest) == 8
    share_code(" ".join([longest] * 33))
    with pytest.raises(PaperError) as caught:
        share_code(" ".join([longest] * 36))
    assert longest not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("length", [1, ED25519, RSA_4096, RSA_8192, 12 * 1024])
def test_all_codes_of_an_envelope_have_one_size_and_large_modules(length: int) -> None:
    made = envelope_codes(encode_envelope_codes(ID, noise(length, "e")))
    assert len({code.side for code in made}) == 1
    assert envelope_pages.CODE / made[0].side >= 0.65


def test_the_fullest_part_has_large_modules() -> None:
    (code,) = envelope_codes([f"ROOTESCROW1 K7QDM2XA 99OF99 {'A' * MAX_PART_CHARS}"])
    assert envelope_pages.CODE / code.side >= 0.65


def test_rsa_4096_makes_four_codes_and_rsa_8192_eight() -> None:
    assert len(encode_envelope_codes(ID, noise(RSA_4096, "e"))) == 4
    assert len(encode_envelope_codes(ID, noise(RSA_8192, "e"))) == 8


def test_rectangles_do_not_overlap() -> None:
    for code in (share_code("zero " * 32 + "zero"), *envelope_codes(encode_envelope_codes(ID, noise(RSA_4096, "e")))):
        black = [
            (x, y)
            for left, top, width, height in code.rectangles
            for x in range(left, left + width)
            for y in range(top, top + height)
        ]
        assert len(black) == len(set(black))
        assert all(0 <= x < code.modules and 0 <= y < code.modules for x, y in black)
        assert 0.45 < len(black) / code.modules**2 < 0.55


def test_a_code_does_not_show_its_text() -> None:
    assert repr(share_code(" ".join(["academic"] * 33))) == "Code(81 × 81)"

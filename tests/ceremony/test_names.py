"""Names that a reader takes for the same are the same, and no others."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.ceremony.names import Spellings, plain, plain_bag


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Example", " ada  EXAMPLE "),
        ("Ada Example", "Ada\N{NO-BREAK SPACE}Example"),
        ("Jos\N{LATIN SMALL LETTER E WITH ACUTE}", "Jose\N{COMBINING ACUTE ACCENT}"),
        ("Ada Fischer", "Ada \N{LATIN SMALL LIGATURE FI}scher"),
        ("Notary, Bern", "notary bern"),
        ("Stra\N{LATIN SMALL LETTER SHARP S}er", "STRASSER"),
    ],
)
def test_the_same(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(("one", "other"), [("Ada", "Adam"), ("Jose", "Jos\u00e9"), ("-", "/"), ("Ann A", "Anna")])
def test_not_the_same(one: str, other: str) -> None:
    assert plain(one) != plain(other)


def test_bags() -> None:
    assert plain_bag("A 000101") == plain_bag("a000101")
    assert plain_bag("1-11") != plain_bag("11-1")


def test_the_first_spelling_is_that_of_all() -> None:
    spellings = Spellings()
    assert [spellings.of(name) for name in ("Ada", "ADA", "", "Bo", "ada ")] == ["Ada", "Ada", "", "Bo", "Ada"]


@given(st.text())
def test_what_is_plain_stays_so(name: str) -> None:
    assert plain(plain(name)) == plain(name) == plain(unicodedata.normalize("NFD", name))
    assert plain_bag(plain_bag(name)) == plain_bag(name)

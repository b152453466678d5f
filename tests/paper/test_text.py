"""The catalogue of sentences: complete, all of it used, and strict about what is missing."""

from __future__ import annotations

import pytest

from rootescrow.errors import PaperError
from rootescrow.paper.fonts import check_printable
from rootescrow.paper.sheets import Paper, draw_envelope, draw_sheet
from rootescrow.paper.text import LANGUAGES, Catalogue, catalogue
from tests.paper.support import all_kinds, envelope_document, handwritten_kinds, texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_with_the_same_names(language: str) -> None:
    assert catalogue(language).names() == catalogue("en").names()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_printed(language: str) -> None:
    say = catalogue(language)
    for key, names in say.names().items():
        check_printable(say(key, **dict.fromkeys(names, "x")), key)


def test_every_sentence_is_printed_somewhere() -> None:
    pages = [
        page
        for sheet in (*all_kinds().values(), *handwritten_kinds().values())
        for page in texts(draw_sheet(sheet, Paper.A4))
    ]
    pages += texts(draw_envelope(envelope_document(), Paper.A4))
    printed = "".join("".join(pages).split())
    say = catalogue("en")
    for key, names in say.names().items():
        sentence = say(key, **dict.fromkeys(names, "\0"))
        for part in sentence.split("\0"):
            assert "".join(part.split()) in printed, key


def test_a_missing_sentence_or_value_is_a_fault() -> None:
    say = Catalogue({"a": "{x} and {y}"})
    with pytest.raises(KeyError):
        say("b")
    with pytest.raises(KeyError):
        say("a", x="1")
    assert say("a", x="1", y="2") == "1 and 2"


def test_values_are_taken_as_they_are() -> None:
    assert Catalogue({"a": "<{x}>"})("a", x="{y} %s {0}") == "<{y} %s {0}>"


@pytest.mark.parametrize("language", ["", "EN", "fr_XX", "../text/en", "\0"])
def test_another_language_is_refused(language: str) -> None:
    with pytest.raises(PaperError, match="no sheets in the language"):
        catalogue(language)

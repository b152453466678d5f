"""The catalogue of sentences: complete, all of it used, and strict about what is missing."""

from __future__ import annotations

import re

import pytest

from rootescrow.errors import PaperError
from rootescrow.paper.fonts import check_printable
from rootescrow.paper.sheets import Paper, draw_envelope, draw_sheet
from rootescrow.paper.text import LANGUAGES, Catalogue, Part, catalogue
from tests.paper.support import all_kinds, envelope_document, handwritten_kinds, texts

every_catalogue = pytest.mark.parametrize(("language", "part"), [(one, part) for one in LANGUAGES for part in Part])


@every_catalogue
def test_every_language_has_the_same_sentences_with_the_same_names(language: str, part: Part) -> None:
    assert catalogue(language, part).names() == catalogue("en", part).names()


@every_catalogue
def test_every_sentence_can_be_printed(language: str, part: Part) -> None:
    say, english = catalogue(language, part), catalogue("en", part)
    for key, names in say.names().items():
        sentence = say(key, **dict.fromkeys(names, "x"))
        assert sentence.strip() or not english(key, **dict.fromkeys(names, "x")), key
        if sentence:
            check_printable(sentence, key)


@every_catalogue
def test_what_is_typed_or_shown_is_the_same_in_every_language(language: str, part: Part) -> None:
    """Names and commands between `backquotes`, in any order."""

    def typed(say: Catalogue, key: str) -> list[str]:
        values = {name: f"{{{name}}}" for name in say.names()[key]}
        return sorted(text for text, is_typed in say.marked(key, **values) if is_typed)

    say, english = catalogue(language, part), catalogue("en", part)
    for key in english.names():
        assert typed(say, key) == typed(english, key), key


@every_catalogue
def test_a_sentence_begins_and_ends_with_white_where_the_english_one_does(language: str, part: Part) -> None:
    """Where a value or another sentence comes directly before or after it."""
    say, english = catalogue(language, part), catalogue("en", part)
    for key, names in say.names().items():
        ours, theirs = (one(key, **dict.fromkeys(names, "x")) for one in (say, english))
        assert (ours[:1] == " ", ours[-1:] == " ") == (theirs[:1] == " ", theirs[-1:] == " "), key


@pytest.mark.parametrize("part", Part)
def test_no_line_in_french_begins_with_a_sign(part: Part) -> None:
    """The white before : ; ? ! and inside « » is a no-break space."""
    say = catalogue("fr", part)
    for key, names in say.names().items():
        sentence = say(key, **dict.fromkeys(names, "x"))
        assert not re.search(r" [:;?!»]|« |[^\s][;?!»]|«[^\s]", sentence), key


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

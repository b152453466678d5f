"""What the program says in English and papers say in their language: each sentence is the code's own, and is found."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import rootescrow
from rootescrow.ceremony.papers import words
from rootescrow.paper.text import LANGUAGES, Part, catalogue

OTHERS = [language for language in LANGUAGES if language != "en"]
ENGLISH = catalogue("en", Part.SAID)
KEYS = [key for key in ENGLISH.names() if "." in key]
NUMBERS = ("count", "have", "needed", "number", "page", "sheet")
QUOTED = ("error", "status")
KINDS = {"name": words.name, "source": words.source, "verdict": words.verdict}


def written() -> frozenset[str]:
    """Every text in the code, with {} for each value in it."""
    found = set()
    for path in Path(rootescrow.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
                found.add("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return frozenset(found)


def test_each_english_sentence_stands_in_the_code() -> None:
    ours = written()
    sentences = {key: ENGLISH(key, **dict.fromkeys(ENGLISH.names()[key], "{}")) for key in KEYS}
    assert {key: sentence for key, sentence in sentences.items() if sentence not in ours} == {}


@pytest.mark.parametrize("language", OTHERS)
def test_each_sentence_is_found_with_its_values(language: str) -> None:
    say = catalogue(language)
    for key in KEYS:
        values = {name: "003" if name in NUMBERS else f"3.5 Ü {name}" for name in ENGLISH.names()[key]}
        expected = {**values, **{name: say.said("quoted", text=values[name]) for name in QUOTED if name in values}}
        translate = KINDS.get(key.partition(".")[0], words.said)
        assert translate(ENGLISH(key, **values), say) == say.said(key, **expected), key


def test_several_sentences_and_values_that_are_sentences() -> None:
    say = catalogue("de")
    proved = "The passphrase opens the key, RSA-4096; it is the key of the certificate; it is the key of the record."
    assert words.said(proved, say) == (
        "Die Passphrase öffnet den Schlüssel, RSA-4096; es ist der Schlüssel des Zertifikats; "
        "es ist der Schlüssel der Niederschrift."
    )
    unchecked = (
        "The passphrase opens the key, Ed25519. Its public key could not be computed here, so this is not checked."
    )
    assert words.said(unchecked, say).endswith(" darum ist das nicht geprüft.")
    assert words.said("words 3, 7 and 9 cannot be read; its bag was opened", say) == (
        "Wörter 3, 7 und 9 nicht lesbar; sein Beutel war geöffnet"
    )
    assert words.said("it is void since 2027-01-02: not there when it was looked for", say) == (
        "es ist ungültig seit 2027-01-02: nicht da, als danach gesehen wurde"
    )
    assert words.said("this is not a quorum: Board: complete; Arbitration: 0 of 2; envelope: complete", say) == (
        "das ist kein Quorum: Board: vollständig; Arbitration: 0 von 2; Umschlag: vollständig"
    )
    assert words.source("a page 1.pdf page 3 by OCR", say) == "a page 1.pdf Seite 3 durch OCR"


def test_what_people_wrote_stays_as_it_is() -> None:
    say = catalogue("es")
    for text in ("lost on a train; found again. And lost.", "its bag was torn", "the envelope"):
        assert words.reason(text, say) == text
    assert words.said("it is void since 2027-01-02: the dog; it is hungry.", say) == (
        "está anulada desde el 2027-01-02: the dog; it is hungry."
    )
    assert (words.name("Board/2", say), words.name("USB stick, page 2", say)) == ("Board/2", "USB stick, page 2")
    assert words.name("group 1/2", say) == "group 1/2"
    assert words.names(("Board/2", "the envelope", "printed envelope 2"), say) == "Board/2, el sobre, sobre impreso 2"


def test_what_the_catalogue_has_not_is_quoted_as_english() -> None:
    say = catalogue("fr")
    for text in ("no space left", "its bag was opened; and more", "x" * 5000, "; " * 200, "its bag was opened. " * 300):
        assert words.said(text, say) == say.said("quoted", text=text)
    assert words.said("", say) == ""


@pytest.mark.parametrize("translate", [words.said, words.name, words.source, words.reason, words.verdict])
def test_in_english_all_stays_as_it_is(translate: object) -> None:
    assert callable(translate)
    for text in ("", "no space left", "its bag was opened", "x" * 5000, "pass"):
        assert translate(text, catalogue("en")) == text

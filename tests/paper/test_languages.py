"""The languages: no catalogue lacks a sentence, and the usual sheets have room for their own.

The other kinds of sheets are in tests/long/test_languages.py.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

from rootescrow.errors import PaperError
from rootescrow.paper.contents import Sheet
from rootescrow.paper.fonts import check_printable
from rootescrow.paper.sheets import Paper, draw_envelope, draw_sheet
from rootescrow.paper.text import LANGUAGES, Part, catalogue, check_language
from rootescrow.paper.wording import quorum
from rootescrow.policy import Policy
from rootescrow.register.now import KINDS_OF_TASKS, Task
from tests.paper.support import (
    COPIES,
    KEEPERS,
    QUORUM,
    WIDE,
    all_kinds,
    assert_fits,
    envelope_document,
    handwritten_kinds,
    texts,
)

OTHERS = [language for language in LANGUAGES if language != "en"]
KINDS = {**all_kinds(), **handwritten_kinds()}
USUAL = ("usual", "passphrase", "handwritten usual", "handwritten passphrase")
STANDARD = (
    "SLIP-39",
    "SHA-256",
    "SPKI",
    "OpenSSL",
    "PyPI",
    "PEM",
    "record.json",
    "envelope.cms",
    "lines.txt",
    "key.p8",
)
"""What no language has another word for."""
_TYPED = re.compile(r"`([^`]*)`")


@cache
def drawn(kind: str, language: str, paper: Paper) -> bytes:
    return draw_sheet(replace(KINDS[kind], language=language), paper)


def raw(language: str, part: Part) -> dict[str, str]:
    """Each sentence as it stands in the file."""
    say = catalogue(language, part)
    return {key: say(key, **{name: f"{{{name}}}" for name in names}) for key, names in say.names().items()}


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("language", OTHERS)
def test_no_catalogue_is_incomplete(language: str, part: Part) -> None:
    english, other = catalogue("en", part), catalogue(language, part)
    assert list(other.names()) == list(english.names()), "the same keys in the same order"
    assert other.names() == english.names()
    sentences = raw("en", part)
    for key, sentence in raw(language, part).items():
        assert bool(sentence.strip()) is bool(sentences[key].strip()), key
        assert (sentence[:1] == " ") >= (sentences[key][:1] == " "), key
        assert sorted(_TYPED.findall(sentence)) == sorted(_TYPED.findall(sentences[key])), key
        assert "  " not in sentence, key
        check_printable(sentence, key)


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("language", OTHERS)
def test_what_the_standards_call_so_is_called_so(language: str, part: Part) -> None:
    sentences = raw("en", part)
    for key, sentence in raw(language, part).items():
        for word in STANDARD:
            assert (word in sentence) is (word in sentences[key]), (key, word)


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_stays_english_by_mistake(language: str) -> None:
    """A sentence of several words is another one in another language, unless it is a command or names files."""
    for part in Part:
        english = raw("en", part)
        for key, sentence in raw(language, part).items():
            words = re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}|`[^`]*`", "", sentence))
            is_command = sentence.startswith(("rootescrow ", "envelope.cms"))
            assert sentence != english[key] or len(words) < 3 or is_command, (part, key)


def assert_room(kind: str, language: str, paper: Paper) -> None:
    """That a sheet has as many pages as in English, and that all on them has its place."""
    pages = texts(drawn(kind, language, paper))
    assert len(pages) == len(texts(drawn(kind, "en", paper)))
    assert all(any(letter.isalpha() for letter in page) for page in pages)
    assert_fits(drawn(kind, language, paper))


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("kind", USUAL)
@pytest.mark.parametrize("language", OTHERS)
def test_the_usual_sheets_have_room_for_their_language(language: str, kind: str, paper: Paper) -> None:
    assert_room(kind, language, paper)


@pytest.mark.parametrize("language", OTHERS)
def test_words_and_commands_are_those_of_the_standards(language: str) -> None:
    made: Sheet = KINDS["usual"]
    said = ["".join(page.split()) for page in texts(drawn("usual", language, Paper.A4))]
    for number, word in enumerate(made.share.words, 1):
        assert f"{number}{word}" in said[1]
    for command in ("shamirrecover", "opensslcms-decrypt-binary-informDER-inenvelope.cms", "sha256sumenvelope.cms"):
        assert command in said[2]
    assert "2026-03-01" in said[0]
    assert draw_envelope(replace(envelope_document(), language=language), Paper.LETTER)


@pytest.mark.parametrize("policy", [QUORUM, COPIES, KEEPERS, WIDE, Policy(*WIDE.groups, group_threshold=2)])
def test_who_must_come_together_is_said_in_english_as_the_terminal_says_it(policy: Policy) -> None:
    assert quorum(policy, catalogue("en")) == str(policy)
    for language in OTHERS:
        said = quorum(policy, catalogue(language, Part.RECORD))
        assert said != str(policy)
        assert all(group.name in said for group in policy.groups)


def test_what_is_due_is_said_in_english_as_the_terminal_says_it() -> None:
    common = catalogue("en", Part.COMMON)
    names = {key.removeprefix("due."): of for key, of in common.names().items() if key.startswith("due.")}
    assert set(names) == set(KINDS_OF_TASKS)
    for kind, of in names.items():
        values = {name: f"<{name}>" for name in of}
        assert common(f"due.{kind}", **values) == str(Task(kind, values))


@pytest.mark.parametrize("language", ["", "EN", "fr_XX", "xx", "../text/en", "\0"])
def test_another_language_is_refused(language: str) -> None:
    with pytest.raises(PaperError, match="no sheets in the language") as caught:
        check_language(language)
    assert "en, de" in caught.value.hint

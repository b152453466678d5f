"""What rules and audits find, as sentences: each key there with the right names, all used, in every language."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from rootescrow.ceremony.phrase import Phrase, lacking
from rootescrow.ceremony.rules import RULES, clause
from rootescrow.ceremony.situation import PASSPHRASE
from rootescrow.keys.kdf import KINDS_OF_WEAKNESS, Iterated, Scrypt
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.policy import Body

from .plans import situation
from .test_rules import BY_PLAN, Case, answer

ENGLISH = catalogue("en", Part.RULES)
OTHERS = [language for language in LANGUAGES if language != "en"]
SPEAKERS = ("ceremony/rules/*.py", "ceremony/audit.py", "ceremony/rekey.py")
"""The code that has the keys."""
MAKERS = ("good", "people", "doubt", "breach", "unsafe", "of", "passes", "fails", "left")
"""What takes a key, and the values of its names by keyword."""
BY_KIND = {
    *(f"rule.{rule.id}" for rule in RULES),
    *(f"weakness.{kind}" for kind in KINDS_OF_WEAKNESS),
    *(f"body.{body}" for body in Body if body is not Body.OTHER),
}
"""The keys that are put together."""


def code(repo_root: Path) -> Iterator[ast.AST]:
    for pattern in SPEAKERS:
        for path in sorted((repo_root / "rootescrow").glob(pattern)):
            yield from ast.walk(ast.parse(path.read_text("utf-8")))


def strings(node: ast.AST) -> Iterator[str]:
    """The keys that an argument may be."""
    if isinstance(node, ast.IfExp):
        yield from strings(node.body)
        yield from strings(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_finding_has_its_sentence_with_a_value_for_each_name(repo_root: Path) -> None:
    names, seen = ENGLISH.names(), set[str]()
    for node in code(repo_root):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called not in MAKERS:
            continue
        first = 1 if called == "breach" else 0
        for key in strings(node.args[first]):
            assert names[key] == {one.arg for one in node.keywords}, key
            seen.add(key)
    others = set(names) - seen - BY_KIND
    assert others == {"AU-5.typed", "AU-5.nobody"}, "a key that no call names"
    assert not any(names[key] for key in others)


def test_every_sentence_is_said_somewhere(repo_root: Path) -> None:
    written = {node.value for node in code(repo_root) if isinstance(node, ast.Constant)}
    assert set(ENGLISH.names()) - written - BY_KIND == set()
    assert set(ENGLISH.names()) >= BY_KIND


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_was_left_in_english(language: str) -> None:
    say = catalogue(language, Part.RULES)
    for key, names in ENGLISH.names().items():
        ours, theirs = (one(key, **dict.fromkeys(names, "")) for one in (say, ENGLISH))
        assert ours != theirs or not any(map(str.isalpha, theirs)), key


@pytest.mark.parametrize("case", BY_PLAN, ids=lambda case: f"{case.rule} {case.says}")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_names_all_whom_it_concerns_in_every_language(language: str, case: Case) -> None:
    found = answer(situation(*case.changes), case.rule)
    say = catalogue(language, Part.AUDIT)
    said = " ".join(finding.phrase.said(say) for finding in found.findings)
    english = " ".join(finding.text for finding in found.findings)
    named = set(case.concerned) - {PASSPHRASE}
    assert {name for name in named if name in said} == {name for name in named if name in english}
    assert (said == english) == (language == "en")
    assert (clause(case.rule).said(say) == found.clause) == (language == "en")


def test_lists_numbers_and_dates_are_those_of_the_language() -> None:
    media = Phrase.of("SP-b.good", media=("A", "B", "C"))
    said = {language: media.said(catalogue(language)) for language in LANGUAGES}
    assert said == {
        "en": "media: A, B and C",
        "de": "Datenträger: A, B und C",
        "fr": "supports\N{NO-BREAK SPACE}: A, B et C",
        "es": "soportes: A, B y C",
    }
    assembly = Phrase.of("z.7.assembly", hours=7.5)
    assert str(Phrase.of("z.7.good", assembly=assembly, usual=7.0)).endswith("takes 7.5 hours, the usual one 7")
    assert "7,5 Stunden" in Phrase.of("z.7.too_long", assembly=assembly).said(catalogue("de"))
    assert "7,5 heures" in assembly.said(catalogue("fr"))
    day = Phrase.of("z.6.good", date=datetime.date(2031, 5, 9))
    assert all("2031-05-09" in day.said(catalogue(language)) for language in LANGUAGES)


def test_a_sheet_without_a_name_has_a_holder_in_every_language() -> None:
    without = Phrase.of("AU-5.without", people=("Ada", Phrase.of("holder_of", sheet="Board/2")))
    assert str(without) == "is lost without Ada and the holder of Board/2"
    assert without.said(catalogue("de")) == "ist verloren ohne Ada und den Verwahrer von Board/2"


def test_what_a_medium_lacks_is_said_by_its_name_or_in_the_language() -> None:
    assert lacking("something else") == "something else"
    english = catalogue("en", Part.COMMON)
    found = Phrase.of("z.7.lacking", files=("x.txt", lacking(english("lacking.certificate"))))
    assert str(found).startswith("no medium has x.txt and the certificate of the root:")
    assert "x.txt und das Zertifikat der Wurzel" in found.said(catalogue("de"))


@pytest.mark.parametrize(
    "kdf", [Scrypt(2**17, 8, 1), Scrypt(2**14, 8, 4), Iterated("PBKDF1 MD5", 9), Iterated("PBKDF2 HMAC-SHA256", 9)]
)
def test_a_weakness_is_said_in_english_as_the_key_says_it(kdf: Scrypt | Iterated) -> None:
    weakness = kdf.weakness
    assert weakness is not None
    phrase = Phrase.of(f"weakness.{weakness.kind}", **weakness.values)
    assert str(phrase) == str(weakness)
    assert set(weakness.values) == ENGLISH.names()[phrase.key]
    assert str(kdf).split(",")[0] in phrase.said(catalogue("fr"))


def test_a_key_or_a_value_that_is_not_there_is_a_fault() -> None:
    for wrong in (Phrase.of("SP-x.none"), Phrase.of("SP-a.no_date")):
        with pytest.raises(KeyError):
            str(wrong)

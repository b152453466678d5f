"""What the journal says, on paper: in English as it says itself, in other languages with the same names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rootescrow.ceremony.papers import words
from rootescrow.ceremony.papers.journal import Look, sentence
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.register.events import (
    ENVELOPE,
    EVERY_ENVELOPE,
    Arrival,
    Arrived,
    Confirmed,
    Handover,
    How,
    Recovered,
    Replaced,
    Seal,
    Superseded,
    What,
    printed_envelope,
)

OTHERS = [language for language in LANGUAGES if language != "en"]
HELD: tuple[dict[str, Any], ...] = (
    {"sheet": "Board/6", "office": "Member", "person": "Di", "place": "Graz", "bag": "B8"},
    {"sheet": "Board/6", "office": "Member", "person": "", "place": "", "bag": ""},
)


def looks() -> Iterator[Look]:
    """Every kind, with and without whatever it need not have."""
    for how in How:
        yield from (Confirmed(sheet="Board/1", how=how, by=by) for by in ("", "Ada, Bo"))
    for held in HELD:
        yield from (Handover(seal=seal, **held) for seal in Seal)
        for quorum in ((), ("Board/1", "Board/2")):
            yield Replaced(words_sha256="ab" * 32, old="Board/3", reason="it was wet", quorum=quorum, **held)
    arrived = tuple(Arrived(sheet=f"Board/{number}", how=how) for number, how in enumerate(Arrival, 1))
    for what in What:
        for case, arbitrator in (("", ""), ("a1", ""), ("a1", "Eve")):
            for copies in ((), ("root.pem", "b.pem")):
                yield Recovered(what=what, case=case, arbitrator=arbitrator, sheets=arrived, copies=copies)
    for case, arbitrator, reason, sheets in (("", "", "", ()), ("a1", "Eve", "it is due", ("Board/1", "Board/2"))):
        for new in (True, False):
            yield Superseded(
                escrow_id="AAAA-AAAA",
                generation=3,
                record_sha256="ab" * 32,
                new_passphrase=new,
                case=case,
                reason=reason,
                arbitrator=arbitrator,
                sheets=sheets,
            )


def test_in_english_a_line_says_what_it_says_itself() -> None:
    english = catalogue("en", Part.AUDIT)
    for event in looks():
        assert sentence(event, english) == str(event)


@pytest.mark.parametrize("language", OTHERS)
def test_in_another_language_it_names_the_same(language: str) -> None:
    say = catalogue(language, Part.AUDIT)
    for event in looks():
        said = sentence(event, say)
        assert said != str(event)
        names = ("Board/1", "Board/2", "Board/3", "Board/6", "Ada, Bo", "Graz", "B8", "a1", "Eve", "root.pem")
        assert [name in said for name in names] == [name in str(event) for name in names]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_envelope_is_called_as_the_language_has_it_and_all_else_by_its_name(language: str) -> None:
    say = catalogue(language, Part.AUDIT)
    called = [words.name(name, say) for name in (ENVELOPE, EVERY_ENVELOPE, printed_envelope(12), "printed envelope")]
    english = ["the envelope", "every envelope", "printed envelope 12", "printed envelope"]
    assert (called == english) == (language == "en")
    assert "12" in called[2]
    assert (
        words.names(("Board/1", "USB stick 1", "printed envelope x"), say) == "Board/1, USB stick 1, printed envelope x"
    )


def test_every_sentence_of_a_line_is_used() -> None:
    common = catalogue("en", Part.COMMON)
    english = catalogue("en", Part.AUDIT)
    said = " ".join(sentence(event, english) for event in looks())
    for key, names in common.names().items():
        if key.split(".")[0] in ("event", "seal", "arrival"):
            text = common(key, **dict.fromkeys(names, "\0"))
            assert all(part in said for part in text.split("\0")), key

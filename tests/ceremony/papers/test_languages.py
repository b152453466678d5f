"""Papers in every language: they fit, have about as many pages, and say of the escrow what the terminal says.

Those that are drawn slowly are in tests/long/test_languages.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from rootescrow.ceremony.papers import words
from rootescrow.ceremony.papers.audit import draw_audit
from rootescrow.ceremony.papers.call_list import draw_call_list
from rootescrow.ceremony.papers.destruction import draw_destruction
from rootescrow.ceremony.papers.drill import draw_drill
from rootescrow.ceremony.papers.handover import draw_handover
from rootescrow.ceremony.papers.kit import WIDTH, draw_kit, write_text
from rootescrow.ceremony.papers.record import draw_record
from rootescrow.ceremony.papers.recovery import draw_recovery
from rootescrow.ceremony.papers.script import draw_script
from rootescrow.ceremony.papers.steps import parts
from rootescrow.paper.layout import Paper
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.register.events import Destroyed, How, Seal
from rootescrow.register.register import fold
from tests.ceremony.papers import (
    test_audit,
    test_call_list,
    test_destruction,
    test_drill,
    test_kit,
    test_recovery,
    test_turnover,
)
from tests.ceremony.papers.plans import plans
from tests.ceremony.papers.support import records
from tests.ceremony.test_destruction import told
from tests.paper.support import assert_fits, texts
from tests.register.support import EVENTS, make_journal, make_record
from tests.register.test_passphrase_record import escrowed

OTHERS = [language for language in LANGUAGES if language != "en"]
PLANS = plans()
RECORDS = records()


def destruction(language: str) -> bytes:
    today = told(*test_destruction.EVENTS["renewed"], plan=True, passphrase=escrowed())
    return draw_destruction(today, Paper.LETTER, head="1:AAAA-AAAA-AAAA-AAAA", language=language)


PAPERS: dict[str, Callable[[str], bytes]] = {
    "script": lambda language: draw_script(PLANS["usual"], language=language),
    "script typed": lambda language: draw_script(PLANS["typed"], language=language),
    "record": lambda language: draw_record(RECORDS["usual"], Paper.LETTER, language=language),
    "audit": lambda language: draw_audit(test_audit.audit_of("lived"), Paper.LETTER, language=language),
    "audit superseded": lambda language: draw_audit(test_audit.audit_of("superseded"), Paper.A4, language=language),
    "call list": lambda language: draw_call_list(test_call_list.today_at("lived"), Paper.LETTER, language=language),
    "call list without plan": lambda language: draw_call_list(
        test_call_list.today_at("copies"), Paper.A4, language=language
    ),
    "destruction": destruction,
    "drill": lambda language: draw_drill(replace(test_drill.KINDS["wrong"], language=language), Paper.LETTER),
    "drill opened": lambda language: draw_drill(replace(test_drill.KINDS["opened"], language=language), Paper.A4),
    "drill unopened": lambda language: draw_drill(replace(test_drill.KINDS["unopened"], language=language), Paper.A4),
    "kit": lambda language: draw_kit(test_kit.instructions("usual", language=language), Paper.LETTER),
    "handover": lambda language: draw_handover(
        test_turnover.handed(test_turnover.USUAL, Seal.OPENED, bag="A000301"), Paper.A4, language=language
    ),
    "replacement": lambda language: test_turnover.replaced(
        test_turnover.USUAL, *test_turnover.void("Board/3"), language=language
    ),
    "recovery": lambda language: draw_recovery(test_recovery.USUAL, Paper.LETTER, language=language),
    "recovery unwritten": lambda language: draw_recovery(test_recovery.UNWRITTEN, Paper.A4, language=language),
    "recovery torn": lambda language: draw_recovery(test_recovery.ACCOUNTS["torn"], Paper.A4, language=language),
}


SLOW = ("script typed", "audit", "audit superseded")
"""Those for tests/long."""
ENGLISH = re.compile(r"\b(the|of|and|is|are|not|with|that|which|from|this|to|by|for|it|its|be|been)\b")
"""Words that none of the other languages has."""
TYPED = (
    "its bag was lost on a train",
    "the key was recovered",
    "a sheet that calls itself Board/9",
    "day and night",
    "Head of",
    "Member of the Board",
    "Archive of the CA",
    "Office of",
    "this text",
    "with a long name",
    "this year",
    "until the election",
    "The medium is right",
)
"""What people typed in the papers drawn here, and what the script says that the terminal must show."""


@cache
def drawn(paper: str, language: str) -> bytes:
    return PAPERS[paper](language)


def assert_alike(paper: str, language: str) -> None:
    """That a paper fits, on about as many pages as in English."""
    assert_fits(drawn(paper, language))
    pages, english = (len(texts(drawn(paper, one))) for one in (language, "en"))
    assert english <= pages <= english + max(1, english // 5)


def assert_no_english(paper: str, language: str) -> None:
    """That a paper says what the program says in its own language; what it quotes in English is marked as that."""
    text = " ".join("".join(f"{page}\n" for page in texts(drawn(paper, language))).split())
    quoted = " ".join(catalogue(language).said("quoted", text="\0").split())
    text = re.sub(re.escape(quoted).replace("\0", ".*?"), "", text)
    for typed in (*test_recovery.UNWRITTEN.unwritten, *(check.found for check in test_recovery.CHECKS), *TYPED):
        text = text.replace(typed, "")
    assert [text[max(0, found.start() - 40) : found.end() + 40] for found in ENGLISH.finditer(text)] == []


@pytest.mark.parametrize("paper", [name for name in PAPERS if name not in SLOW])
@pytest.mark.parametrize("language", OTHERS)
def test_papers_fit_on_about_as_many_pages(language: str, paper: str) -> None:
    assert_alike(paper, language)


@pytest.mark.parametrize("language", OTHERS)
def test_commands_of_the_script_are_typed_alike(language: str) -> None:
    said = "".join("".join(texts(drawn("script", language))).split())
    for part in parts(PLANS["usual"].plan):
        for step in part.steps:
            for command in (*step.commands, *step.after):
                assert "".join(command.split()) in said


@pytest.mark.parametrize("paper", [name for name in PAPERS if name not in SLOW])
@pytest.mark.parametrize("language", OTHERS)
def test_no_english_is_left(language: str, paper: str) -> None:
    assert_no_english(paper, language)


@pytest.mark.parametrize("language", OTHERS)
def test_recover_txt_is_in_the_language_too(language: str) -> None:
    text = write_text(test_kit.instructions("usual", language=language)).decode()
    assert catalogue(language, Part.KIT)("what.found").split()[0] in text
    assert "openssl cms -decrypt" in text
    assert max(len(line) for line in text.splitlines() if "xxx" not in line) <= WIDTH


def test_in_english_papers_say_of_the_escrow_what_the_terminal_says() -> None:
    english = catalogue("en", Part.AUDIT)
    states = set()
    record = make_record(envelope=RECORDS["usual"].envelope)
    for count in range(len(EVENTS) + 1):
        register = fold(record, make_journal(*EVENTS[:count], record=record))
        assert words.state(register, english) == register.state
        states.add(register.state)
        assert words.state(register, catalogue("de", Part.DRILL)) != register.state
        for sheet in register.sheets:
            assert words.sheet_state(sheet, english) == sheet.state
            states.add(sheet.state)
    everything = Destroyed(sheets=(), media=(), every_envelope=True, witnesses="")
    register = fold(record, make_journal(*EVENTS, everything, record=record))
    assert not register.live
    assert words.state(register, english) == register.state
    assert len(states) > 5


def test_how_and_what_is_lacking() -> None:
    english = catalogue("en", Part.AUDIT)
    for how in How:
        assert words.how(how.value, english) == ("typing" if how is How.TYPED else how.value)
    lacking = tuple(catalogue("en", Part.KIT)(f"lacking.{key}") for key in ("certificate", "config"))
    assert words.lacking(lacking, english) == ", ".join(lacking)
    for language in OTHERS:
        say = catalogue(language, Part.KIT)
        assert words.lacking(lacking, say) == f"{say('lacking.certificate')}, {say('lacking.config')}"
    assert words.lacking(("something else",), english) == "something else"

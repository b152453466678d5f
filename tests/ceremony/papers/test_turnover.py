"""The receipt of a handover and the paper of a replacement: read at a glance, and with all that an auditor asks."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rootescrow.ceremony.papers.handover import Receipt, draw_handover
from rootescrow.ceremony.papers.replacement import draw_replacement
from rootescrow.codes import check_code_of_digest
from rootescrow.errors import PaperError
from rootescrow.paper.layout import Paper
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.policy import Holder
from rootescrow.register.events import AnyEvent, Destroyed, Handover, Replaced, Seal, Void
from rootescrow.register.record import Record, sha256
from rootescrow.register.register import fold
from tests.paper.support import assert_fits, texts
from tests.register.support import make_journal, make_record

from .support import records

PAPERS = list(Paper)
USUAL, BARE, LONG = records().values()
CONTACT = "escrow@ca.example, +41 44 000 00 00"


def handed(record: Record, seal: Seal, **changed: str) -> Receipt:
    before = record.sheets[1]
    fields = {"office": before.office, "person": "Zoe Neu", "place": before.place, "bag": before.bag}
    event = Handover(sheet=before.name, seal=seal, **{**fields, **changed})
    holder = Holder(before.office, before.person, before.place, before.bag)
    return Receipt(fold(record, make_journal(event, record=record)), event, holder, CONTACT)


def replaced(record: Record, *before: AnyEvent, language: str = "en", **changed: Any) -> bytes:
    group = record.policy.groups[0]
    fields: dict[str, Any] = {
        "sheet": f"{group.name}/{group.count + 1}",
        "old": f"{group.name}/2",
        "reason": "lost in a move",
        "office": "Secretary",
        "person": "Zoe Neu",
        "place": "Notary, Thun",
        "bag": "A000301",
        "words_sha256": sha256(b"new"),
        "quorum": tuple(f"{group.name}/{number}" for number in (1, 4, 5)),
    }
    event = Replaced(**{**fields, **changed})
    register = fold(record, make_journal(*before, event, record=record))
    return draw_replacement(register, event, Paper.A4, language=language)


def void(*names: str) -> list[AnyEvent]:
    return [Void(sheet=name, reason="burnt") for name in names]


@cache
def drawn() -> dict[str, bytes]:
    wide = LONG.sheets[0]
    named = LONG.policy.groups[0]
    return {
        "handover-whole": draw_handover(handed(USUAL, Seal.WHOLE), Paper.A4),
        "handover-opened": draw_handover(handed(USUAL, Seal.OPENED, bag="A000301", place="Thun"), Paper.LETTER),
        "handover-bare": draw_handover(handed(BARE, Seal.OPENED, bag="B", office="", place=""), Paper.A4),
        "handover-long": draw_handover(
            handed(LONG, Seal.WHOLE, person=wide.person, place=wide.place, bag=wide.bag), Paper.LETTER
        ),
        "replacement-one": replaced(USUAL),
        "replacement-due": replaced(USUAL, *void("Board/3")),
        "replacement-quorum": replaced(USUAL, *void("Board/2", "Board/3", "Board/4"), quorum=("Board/1",)),
        "replacement-none": replaced(
            USUAL, Destroyed(sheets=("Board/2",), media=(), every_envelope=False, witnesses="")
        ),
        "replacement-long": replaced(
            LONG,
            *void(f"{named.name}/2"),
            person=wide.person,
            office=wide.office,
            place=wide.place,
            bag=wide.bag,
            quorum=tuple(f"{named.name}/{number}" for number in (1, *range(3, named.count + 1))),
        ),
    }


NAMES = tuple(drawn())


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_as_it_did(repo_root: Path, name: str) -> None:
    """The text of all pages, compared with the files in tests/golden (written anew where GOLDEN=write)."""
    path = repo_root / "tests" / "golden" / f"{name}.txt"
    found = "\n\f\n".join(texts(drawn()[name])) + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_all_of_it_fits(name: str) -> None:
    assert_fits(drawn()[name])


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("long")])
def test_it_is_one_page(name: str) -> None:
    assert len(texts(drawn()[name])) == 1


@pytest.mark.parametrize("paper", PAPERS)
def test_a_receipt_says_what_went_from_whom_to_whom(paper: Paper) -> None:
    receipt = handed(USUAL, Seal.OPENED, bag="A000301")
    page = " ".join(" ".join(texts(draw_handover(receipt, paper))).split())
    sheet = USUAL.sheets[1]
    for said in (
        *("HANDOVER · Board/2 · escrow K7QD-M2XA", "From Ada Éxample 2", "To Zoe Neu", "A000002", "A000301", "OPENED"),
        *(check_code_of_digest(bytes.fromhex(sheet.words_sha256)), USUAL.check_code, CONTACT),
        *(str(receipt.register.journal.head), "Ada Éxample 2 may know the words", "Old holder", "Witness"),
    ):
        assert said in page, said


def test_what_is_outside_is_counted() -> None:
    def said(name: str) -> str:
        return " ".join(" ".join(texts(drawn()[name])).split())

    assert "Of the 3 that are needed, 1 may be found, or be known to people who left: Board/2." in said(
        "replacement-one"
    )
    assert "2 may be found, or be known to people who left: Board/2, Board/3. One more would be a quorum." in said(
        "replacement-due"
    )
    assert "That is a quorum. Only a new generation helps" in said("replacement-quorum")
    assert "none is void and undestroyed" in said("replacement-none")


@pytest.mark.parametrize(
    ("receipt", "what"),
    [
        (handed(USUAL, Seal.WHOLE, person="山田"), "the person of Board/2"),
        (handed(USUAL, Seal.WHOLE, place="☎"), "the place of Board/2"),
        (replace(handed(USUAL, Seal.WHOLE), contact="☎"), "the contact"),
    ],
)
def test_what_cannot_be_printed_is_named(receipt: Receipt, what: str) -> None:
    with pytest.raises(PaperError, match=what):
        draw_handover(receipt, Paper.A4)


@pytest.mark.parametrize(("changed", "what"), [({"reason": "☎"}, "the reason"), ({"bag": "☎"}, "the bag of Board/6")])
def test_what_cannot_be_printed_of_a_replacement_is_named(changed: dict[str, str], what: str) -> None:
    with pytest.raises(PaperError, match=what):
        replaced(make_record(), **changed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_and_all_are_used(language: str) -> None:
    say = catalogue("en", Part.TURNOVER)
    assert catalogue(language, Part.TURNOVER).names() == say.names()
    printed = "".join("".join("".join(texts(pdf)).split()) for pdf in drawn().values())
    for key, names in say.names().items():
        for part in say(key, **dict.fromkeys(names, "\0")).replace("`", "").split("\0"):
            assert "".join(part.split()) in printed, key

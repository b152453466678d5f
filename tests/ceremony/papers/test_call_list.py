"""The call list: whom to call, in which order, where what lies; and never a sheet that is void."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from rootescrow.ceremony.papers.call_list import draw_call_list, file_name
from rootescrow.ceremony.today import Today
from rootescrow.errors import PaperError
from rootescrow.paper.layout import Paper
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.register.events import (
    ENVELOPE,
    Confirmed,
    Drill,
    Found,
    Handover,
    How,
    Looked,
    Replaced,
    Seal,
    Void,
)
from tests.ceremony.papers.todays import USUAL, confirmed, record_of, today_of, todays
from tests.ceremony.plans import ROOT
from tests.paper.support import assert_fits, texts
from tests.register.support import make_record

KINDS = (
    *("usual", "rehearsal", "each", "bare", "copies", "destroyed", "long", "wide", "near", "tight"),
    *("lived", "recovered", "superseded", "missing"),
)
GOLDEN = ("usual", "rehearsal", "bare", "lived", "superseded")


@cache
def today_at(kind: str) -> Today:
    return _missing() if kind == "missing" else todays()[kind]


def _missing() -> Today:
    """In a drill neither the medium nor the printed envelope was there."""
    items = (Looked(item=item, found=Found.GONE, seal=None, bag="") for item in ("USB stick 1", ENVELOPE))
    return today_of(record_of(ROOT), Drill(items=tuple(items), by="Ada", next_drill=None), plan=ROOT)


@cache
def drawn(kind: str, paper: Paper = Paper.A4) -> bytes:
    return draw_call_list(today_at(kind), paper, copy=kind == "copies")


def said(pdf: bytes) -> str:
    """All that a paper says, in one line, without the frames of its pages."""
    lines = [line for page in texts(pdf) for line in page.split("\n") if "CALL LIST ·" not in line]
    return " ".join(" ".join(line for line in lines if "Call list of escrow" not in line).split())


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("kind", GOLDEN)
def test_it_reads_as_it_did(repo_root: Path, kind: str) -> None:
    """The text of all pages, compared with the files in tests/golden (written anew where GOLDEN=write)."""
    for paper in Paper:
        path = repo_root / "tests" / "golden" / f"call-list-{kind}.txt"
        found = "\n\f\n".join(texts(drawn(kind, paper))) + "\n"
        if os.environ.get("GOLDEN") == "write":
            path.write_text(found, encoding="utf-8")
        assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_fits(kind: str, paper: Paper) -> None:
    assert_fits(drawn(kind, paper))


@pytest.mark.parametrize("kind", KINDS)
def test_every_sheet_that_counts_is_called_with_all_that_is_known_of_it(kind: str) -> None:
    today, paper = today_at(kind), flat(said(drawn(kind)))
    contacts = {p.name: p.contact for table in ("people", "places") for p in getattr(today.plan, table, {}).values()}
    for sheet in today.register.sheets:
        if sheet.counts:
            who, where = sheet.holder.person, sheet.holder.place
            known = (sheet.name, who, sheet.holder.office, contacts.get(who, ""), where, contacts.get(where, ""))
            for text in (*known, sheet.holder.bag):
                assert flat(text) in paper, (sheet.name, text)


def test_a_void_sheet_is_not_called_and_is_said_to_be_left() -> None:
    paper = said(drawn("usual"))
    calls, _, rest = paper.partition("Do NOT use these sheets")
    assert "Board/4" not in calls
    assert "Di Example" not in calls
    assert "Board/4 Di Example, Notary, Paris A000104 2026-11-23: its bag was lost on a train" in rest
    assert "Passphrase/3" not in paper, "it is destroyed: nobody needs to know it any more"
    assert "USB stick 1" in paper
    assert "USB stick 2" not in paper
    assert "Do NOT use" not in said(drawn("each"))


def test_a_replaced_sheet_is_called_where_it_is_and_what_it_replaces_is_not() -> None:
    calls = said(drawn("lived"))
    assert "Board/6 Di Example Member of the Board" in calls
    assert "bag A000303" in calls
    assert "Board/4" not in calls, "it is destroyed"
    record = record_of(ROOT)
    new = Replaced(
        sheet="Board/6",
        words_sha256="ab" * 32,
        old="Board/2",
        reason="burnt",
        office="Secretary",
        person="Bo Example",
        place="Bank, Berlin",
        bag="B6",
    )
    calls, _, rest = said(draw_call_list(today_of(record, new, plan=ROOT), Paper.A4)).partition("Do NOT use")
    assert "Board/2" not in calls
    assert "Board/6 Bo Example Secretary" in calls
    assert "Board/2 Bo Example, Bank, Zürich" in rest


def test_media_are_where_the_last_kit_told() -> None:
    envelopes = said(drawn("lived")).partition("The envelope: one is enough")[2]
    assert re.search(r"Medium: USB stick 2 Bank, Genf …+ bag A000301", envelopes)
    assert "Medium: USB stick 1 WRONG in a drill: fetch another Archive of the CA, Zug" in envelopes
    assert "On paper: printed envelope 1 Archive" in envelopes
    assert "printed envelope 2" not in envelopes, "it is destroyed"
    assert said(drawn("missing")).count("NOT THERE in a drill: fetch another") == 3


def test_a_sheet_that_was_wrong_in_a_drill_is_marked() -> None:
    calls = said(drawn("lived"))
    assert calls.count("WRONG in a drill: call one more") == 1
    assert re.search(r"Board/3 Cy Example Treasurer \+49 30 000 00 03 WRONG in a drill: call one more", calls)


def test_a_generation_that_was_superseded_is_not_called() -> None:
    pages = texts(drawn("superseded"))
    assert "DO NOT CALL BY THIS LIST: escrow BBBB-2345, generation 3, replaces this one." in " ".join(pages[0].split())
    assert all("do not call: escrow BBBB-2345 replaces it" in page for page in pages)
    assert "call: escrow" not in said(drawn("recovered"))


def test_the_case_comes_before_every_call() -> None:
    for kind, first in (("usual", "Only the Arbitrator orders"), ("rehearsal", "Only those whose right it is order")):
        paper = said(drawn(kind))
        order = [first, "Each call", "bring the bag UNOPENED", "Who is needed", "Board: until 3 of these 4"]
        places = [paper.index(text) for text in order]
        assert places == sorted(places)
        assert "Never let anybody read words over the telephone" in paper
        assert "On the cover of each sheet is: escrow@ca.example" in paper


def test_who_takes_longest_is_called_first_and_the_nearest_of_them() -> None:
    """Board: 3, 4, 7 hours and a reserve at 31; Arbitration: 4, 6; passphrase: 5, 9."""
    record = record_of(USUAL)
    paper = said(draw_call_list(today_of(record, *confirmed(record), plan=USUAL), Paper.A4))
    names = re.findall(r"\b(?:Board|Arbitration|Passphrase)/\d", paper)
    assert names == [
        *("Board/2", "Board/1", "Board/3", "Board/4", "Board/5"),
        *("Passphrase/1", "Passphrase/3", "Passphrase/2"),
        *("Arbitration/1", "Arbitration/3", "Arbitration/2"),
    ]
    for head in ("1. Board: until 3 of these 5", "2. Passphrase: until 2 of these 3", "3. Arbitration: until 2 of"):
        assert head in paper


def test_the_hours_are_those_of_the_rule() -> None:
    """z.7 says the same: it takes 7 hours, and 9 if the nearest place is lost."""
    record = record_of(ROOT)
    today = today_of(record, *confirmed(record), plan=ROOT)
    (rule,) = [answer for answer in today.answers if answer.rule == "z.7"]
    assert rule.findings[0].text == "the worst assembly takes 9 hours with Notary, Bern lost, the usual one 7"
    paper = said(draw_call_list(today, Paper.A4))
    assert "Usually all is together after 7 hours. At worst, with Notary, Bern lost, after 9 hours." in paper


def test_whoever_is_not_in_the_plan_has_lines_to_fill_in() -> None:
    """Zoe took over a sheet: how to reach her nobody wrote down, and so the hours are not known."""
    calls = said(drawn("usual")).partition("Do NOT use")[0]
    row = calls[calls.index("Arbitration/2") :][:200]
    assert re.match(r"Arbitration/2 Zoe Arbitrator …+ Linz …+ bag A3", row)
    assert calls.index("Arbitration/3") < calls.index("Arbitration/2"), "nobody knows how far away she is"


def test_whoever_is_written_in_another_way_is_reached_all_the_same() -> None:
    record = record_of(ROOT)
    moved = Handover(
        sheet="Board/2", office="Secretary", person="ADA  example", place="bank zürich", bag="B1", seal=Seal.WHOLE
    )
    calls = said(draw_call_list(today_of(record, *confirmed(record), moved, plan=ROOT), Paper.A4))
    row = calls[calls.index("Board/2 ADA") :][:120]
    assert "+41 44 000 00 01" in row
    assert "+41 44 000 00 22 bag B1 6" in row, "two of Ada, two from Zürich and back, two from Bern"


def test_without_a_plan_numbers_are_filled_in_by_hand() -> None:
    paper = said(drawn("bare"))
    assert "No plan is in the escrow folder" in paper
    assert "person …" in paper
    assert "It is recorded nowhere who knows it" in paper
    assert "It is recorded nowhere where one lies" in paper
    assert "CANNOT" not in paper, "what is not known is no loss"
    assert "plan.toml is not there" in said(drawn("copies"))


def test_what_is_not_as_it_should_be_is_said_on_the_first_page() -> None:
    pages = {kind: " ".join(texts(drawn(kind))[0].split()) for kind in KINDS}
    assert "NOT CONFIRMED: 5 of what was printed were never read back" in pages["rehearsal"]
    assert "NOT CONFIRMED" not in pages["usual"]
    assert "REHEARSAL: its key was thrown away" in pages["rehearsal"]
    assert "DESTROYED" in pages["destroyed"]
    assert "Printed from a copy" in pages["copies"]
    for kind in KINDS:
        register = today_at(kind).register
        assert register.record.check_code in pages[kind]
        assert str(register.journal.head) in pages[kind]
        assert register.state in pages[kind]
        assert today_at(kind).date.isoformat() in pages[kind]
    assert all(page.count("REHEARSAL") >= 2 for page in texts(drawn("rehearsal")))


def test_a_group_that_cannot_meet_is_said() -> None:
    copies = said(drawn("copies"))
    assert "ONLY 1 CAN BE CALLED, AND 2 ARE NEEDED" in copies
    assert "It CANNOT come together" in copies
    assert "CANNOT" not in said(drawn("each"))
    gone = said(drawn("destroyed"))
    assert "nobody can be called" in gone
    assert "Every envelope is destroyed" in gone


def test_copies_of_one_share_are_one() -> None:
    """Two sheets of a group of copies are a quorum each, and a second one adds nothing."""
    assert "Their sheets are copies of one share" in said(drawn("copies"))
    assert "Copies/1" in said(drawn("copies"))


def test_places_without_which_it_cannot_come_together() -> None:
    """Three are named, and how many more there are: nothing can be spared any more."""
    paper = said(drawn("tight"))
    where = "Notary, Bern; Bank, Zürich; Bank, Berlin; and 4 more"
    assert f"With one of these places lost it CANNOT come together: {where}." in paper


def test_no_loss_of_one_place_makes_it_longer() -> None:
    assert "Usually all is together after 2 hours. No loss of one place makes that longer." in said(drawn("near"))


def test_a_holder_whose_bag_was_found_opened_is_marked() -> None:
    assert re.search(
        r"Holder/2 Bo Example Secretary \+41 44 000 00 02 never read back from paper bag was found opened",
        said(drawn("near")),
    )
    assert said(drawn("near")).count("found opened") == 1


def test_a_passphrase_in_parts_is_called_in_its_order() -> None:
    paper = said(drawn("rehearsal"))
    assert re.search(r"Part 1 of 2 Ina Example .* Part 2 of 2 Jo Example", paper)
    assert "ALL of them are needed" in paper


def test_the_name_of_the_file() -> None:
    assert file_name(todays()["usual"].register) == "K7QD-M2XA-call-list.pdf"


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (Void(sheet="Board/1", reason="焼けた"), "why Board/1 is void"),
        (
            Handover(sheet="Board/1", office="", person="山田", place="", bag="", seal=Seal.WHOLE),
            "the person of Board/1",
        ),
        (
            Handover(sheet="Board/1", office="", person="", place="東京", bag="", seal=Seal.WHOLE),
            "the place of Board/1",
        ),
    ],
)
def test_what_cannot_be_printed_is_named(event: Void | Handover, what: str) -> None:
    with pytest.raises(PaperError, match=what):
        draw_call_list(today_of(make_record(), event), Paper.A4)


def test_a_plan_that_cannot_be_used_is_not_believed() -> None:
    record = record_of(ROOT)
    today = today_of(record, Confirmed(sheet="Board/1", how=How.TYPED, by=""), plan=ROOT + "\n")
    assert "is not the plan that the record names" in said(draw_call_list(today, Paper.A4))
    assert "+41" not in said(draw_call_list(replace(today, plan_problem=""), Paper.A4))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_and_all_are_used(language: str) -> None:
    say = catalogue("en", Part.CALL_LIST)
    assert catalogue(language, Part.CALL_LIST).names() == say.names()
    printed = flat("".join("".join(texts(drawn(kind))) for kind in KINDS))
    unused = {
        key
        for key, names in say.names().items()
        if not all(flat(part) in printed for part in say(key, **dict.fromkeys(names, "\0")).split("\0"))
    }
    assert unused == set()

"""The report of a drill: what is wrong stands out, the head and the check code are on it, and nobody is accused."""

from __future__ import annotations

import datetime
import os
from functools import cache
from pathlib import Path

import pytest

from rootescrow.ceremony.drilled import KEEP_APART, Bag, Drilled, Result, Sight
from rootescrow.ceremony.opening import Exercise
from rootescrow.ceremony.papers.drill import SIGNATURES, DrillPaper, draw_drill, unseen_longest
from rootescrow.errors import PaperError
from rootescrow.paper.layout import Paper
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.register.events import (
    ENVELOPE,
    AnyEvent,
    Confirmed,
    Drill,
    Found,
    How,
    Looked,
    Opened,
    Seal,
    Void,
)
from rootescrow.register.journal import Journal
from rootescrow.register.record import Record, sha256
from rootescrow.register.register import fold
from tests.ceremony.papers.support import records
from tests.paper.support import LONG, assert_fits, texts
from tests.register.support import NOON

PAPERS = list(Paper)
RECORDS = records()
NEXT = datetime.date(2027, 11, 18)
CODE = "ABCD-EFGH-IJKL-MNOP"
FOLDERS = Sight("the file envelope.cms of the escrow folder", Result.RIGHT)
RIGHT = (
    FOLDERS,
    Sight("Board/1", Result.RIGHT, "scan.pdf page 2", "Board/1", "A000001", Bag(Seal.WHOLE, "B0001")),
    Sight("Board/3", Result.SEEN, "", "Board/3", "A000003", Bag(Seal.WHOLE)),
    Sight("Passphrase/2", Result.RIGHT, "scan.pdf page 9", "Passphrase/2", "A000002", Bag(Seal.WHOLE, "B0002")),
    Sight(ENVELOPE, Result.RIGHT, item=ENVELOPE),
    Sight(
        "USB stick 1",
        Result.RIGHT,
        "/media/usb1",
        "USB stick 1",
        "",
        Bag(Seal.OPENED, "B0003"),
        message="its bag was opened",
    ),
)
WRONG = (
    *RIGHT,
    Sight(
        "Board, a sheet that says it is number 2",
        Result.WRONG,
        "/home/☃/" + "very-long/" * 30 + "scan.pdf page 4",
        "Board/2",
        "A000002",
        None,
        CODE,
        "not a sheet that the record lists: forged, damaged or of another generation",
        KEEP_APART,
    ),
    Sight(
        "group 3, sheet 1",
        Result.WRONG,
        "scan.pdf page 5",
        check_code=CODE,
        message="a sheet of another escrow than K7QD-M2XA",
        hint=KEEP_APART,
    ),
    Sight(
        "Board/5",
        Result.VOID,
        "scan.pdf page 6",
        "Board/5",
        "A000005",
        Bag(Seal.WHOLE),
        message="it is void since 2026-11-20: lost; found again",
        hint="It counts no more, and whoever has it can still use it. Destroy it before witnesses, and write that "
        "down: rootescrow destroyed",
    ),
    Sight(
        "Board/4",
        Result.GONE,
        "",
        "Board/4",
        "A000004",
        Bag(Seal.MISSING),
        hint="It is void from now on. Look for it, and tell the Board. Then replace it, or begin a new generation.",
    ),
    Sight("Arbitration/1", Result.RIGHT, "scan.pdf page 7", "Arbitration/1", "A000001"),
    Sight("Copy/1 = Copy/2", Result.NOT_COUNTED, "scan.pdf page 8", message="nobody said which of these copies it is"),
    Sight("the printed envelope", Result.IN_PART, message="1 of its 4 codes and 0 of its 90 lines were read"),
)


def of(
    kind: str,
    sights: tuple[Sight, ...],
    *,
    opened: Exercise | None = None,
    unopened: str = "",
    pending: tuple[str, ...] = (),
    by: str = "Ada, Bo",
) -> DrillPaper:
    """A report of what was seen of one of the records; in one that is pending nothing is due."""
    record = RECORDS[kind]
    before: list[AnyEvent] = [
        Confirmed(sheet=record.sheets[1].name, how=How.SCAN, by=""),
        Void(sheet=record.sheets[4].name, reason="lost"),
    ]
    if pending:
        before = [Confirmed(sheet=sheet.name, how=How.SCAN, by="") for sheet in record.sheets]
    journal = Journal.begin(record, NOON)
    for event in before:
        journal = journal.append(event, now=NOON)
    register = fold(record, journal)
    items = tuple(
        Looked(item=sight.item, found=Found.RIGHT, seal=Seal.WHOLE, bag=sight.bag.new if sight.bag else "")
        for sight in sights
        if sight.result is Result.RIGHT and sight.item in {one.name for one in register.sheets}
    )
    event = Drill(items=items, by=by, next_drill=NEXT)
    now = NOON + datetime.timedelta(days=300)
    after = register.after(event, now=now)
    head = journal.head if pending else after.journal.head
    return DrillPaper(
        register=after,
        head=head,
        drilled=Drilled(event, sights),
        today=now.date(),
        opened=opened,
        unopened=unopened,
        pending=pending,
    )


def exercise(proved: str = "The passphrase opens the key, RSA-4096.", *, by_sheets: bool = True) -> Exercise:
    event = Opened(
        case="a20271120.1", arbitrator="Eve", sheets=("Board/1", "Board/3"), passphrase=True, by="", next_drill=NEXT
    )
    return Exercise(event, 65.2, sha256(b"encrypted key"), proved, by_sheets)


def long_sights(record: Record) -> tuple[Sight, ...]:
    return tuple(
        Sight(sheet.name, Result.RIGHT, "scan", sheet.name, sheet.bag, Bag(Seal.OPENED, (f"{place} {LONG}")[:120]))
        for place, sheet in enumerate(record.sheets)
    )


KINDS = {
    "right": of("usual", RIGHT),
    "wrong": of("usual", WRONG),
    "opened": of("usual", RIGHT, opened=exercise()),
    "unopened": of(
        "usual",
        RIGHT,
        unopened="this is not a quorum: Board: complete; Arbitration: 0 of 2; envelope: missing codes 2 and 4",
    ),
    "opened-bare": of("usual", RIGHT[:2], opened=exercise("", by_sheets=False), by=""),
    "pending": of("bare", RIGHT[:2], pending=("ABCD-EFGH-IJKL-MNOP",)),
    "long": of("long", (FOLDERS, *long_sights(RECORDS["long"])), by=("Person " + LONG * 9)[:500]),
}


@cache
def drawn(kind: str, paper: Paper = Paper.A4) -> bytes:
    return draw_drill(KINDS[kind], paper)


def flat(text: str) -> str:
    return "".join(text.split())


def said(kind: str) -> str:
    return flat("".join(texts(drawn(kind))))


@pytest.mark.parametrize("kind", ["right", "wrong"])
def test_it_reads_as_it_did(repo_root: Path, kind: str) -> None:
    """The text of all pages, compared with the files in tests/golden (written anew where GOLDEN=write)."""
    path = repo_root / "tests" / "golden" / f"drill-{kind}.txt"
    found = "\n\f\n".join(texts(drawn(kind))) + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_fits(kind: str, paper: Paper) -> None:
    assert_fits(drawn(kind, paper))


@pytest.mark.parametrize("kind", KINDS)
def test_the_check_code_of_the_record_and_the_head_are_on_it(kind: str) -> None:
    told = KINDS[kind]
    first = "".join(texts(drawn(kind))[:2])
    assert told.register.record.check_code in first
    assert str(told.head) in first
    assert ("NOT YET IN THE JOURNAL" in first) == (kind == "pending")


def test_all_that_was_looked_at_is_on_it_with_its_bags() -> None:
    for kind in ("right", "wrong"):
        paper = said(kind)
        for sight in KINDS[kind].drilled.sights:
            assert flat(sight.name) in paper
            assert flat(sight.old_bag) in paper
            assert flat(sight.bag.new if sight.bag else "") in paper
            assert flat(sight.hint) in paper or not sight.hint
    assert "2027-11-18" in said("right")
    assert "Ada,Bo" in said("right")


def test_what_is_wrong_stands_first_and_large() -> None:
    first = texts(drawn("wrong"))[0]
    assert "NOT ALL IS RIGHT: 4 of 13." in first
    head, _, _ = first.partition("The escrow")
    for word in ("WRONG", "NOT THERE", "VOID", "Board/4", "Board/5", CODE):
        assert word in head
    assert "NOT ALL IS RIGHT" not in "".join(texts(drawn("right")))
    assert "Nothing was found to be wrong: 6 looked at." in " ".join(texts(drawn("right"))[0].split())


def test_the_holder_of_a_sheet_is_not_named_beside_a_paper_that_says_it_is_that() -> None:
    """Ada Éxample 2 holds Board/2; who made the paper that says it is Board/2, nobody knows."""
    pages = texts(drawn("wrong"))
    looked = "".join(pages).partition("What was looked at")[2].partition("Unseen longest")[0]
    row = looked.partition("number 2")[2].partition("group 3")[0]
    assert "Ada" not in row


def test_bags_that_are_missing_a_number_are_told() -> None:
    assert flat("no new bag was named: Arbitration/1.") in said("wrong")
    assert flat("no new bag was named") not in said("right")


def test_nothing_was_combined_or_the_envelope_was_opened() -> None:
    assert flat("Nothing was combined") in said("right")
    assert flat("Nothing was combined") not in said("opened")
    for text in ("a20271120.1", "Eve", "1 min 5 s", "From its own sheets. The passphrase opens the key"):
        assert flat(text) in said("opened")
    assert sha256(b"encrypted key") in said("opened")
    assert flat("not tried") in said("opened-bare")


def test_the_sheets_unseen_longest_come_first() -> None:
    register = KINDS["right"].register
    found = [sheet.name for sheet in unseen_longest(register)]
    assert "Board/5" not in found, "it is void"
    assert found[-3:] == ["Board/2", "Board/1", "Passphrase/2"]
    assert set(found) == {sheet.name for sheet in register.sheets if sheet.counts}
    assert all(register.sheet(name).seen is None for name in found[:-3])


def test_there_are_lines_to_sign_on_one_page() -> None:
    for kind in KINDS:
        *others, last = texts(drawn(kind))
        assert last.count("Witness") == SIGNATURES.count("witness") == 2
        assert not any("Witness" in page for page in others)


def test_a_rehearsal_is_no_real_drill() -> None:
    assert all(page.count("REHEARSAL") == 2 for page in texts(drawn("long")))
    assert "REHEARSAL" not in "".join(texts(drawn("right")))


def test_what_cannot_be_printed_is_named() -> None:
    with pytest.raises(PaperError, match="who was in the room"):
        draw_drill(of("usual", RIGHT, by="山田"), Paper.A4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_and_all_are_used(language: str) -> None:
    say = catalogue("en", Part.DRILL)
    assert catalogue(language, Part.DRILL).names() == say.names()
    printed = "".join(said(kind) for kind in KINDS)
    for key, names in say.names().items():
        for part in say(key, **dict.fromkeys(names, "\0")).replace("`", "\0").split("\0"):
            assert flat(part) in printed, key

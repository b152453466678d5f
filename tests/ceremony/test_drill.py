"""Drill: each sheet and envelope by its own hash, bags old and new; nothing combined, and nobody accused."""

from __future__ import annotations

import datetime
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.ceremony.drill import Sitting
from rootescrow.ceremony.drilled import NEXT_DAYS, YEAR_DAYS, Bag, Drilled, Result, Sight, next_day, paper_name
from rootescrow.codes import check_code, encode_envelope_codes, encode_text_lines
from rootescrow.errors import EscrowError, FileError, JournalError, PaperError, PolicyError, UsageError
from rootescrow.escrow import Escrow, PassphraseEscrow, generate_passphrase
from rootescrow.policy import Group, Policy
from rootescrow.register import folder
from rootescrow.register.events import (
    ENVELOPE,
    AnyEvent,
    Destroyed,
    Drill,
    Found,
    Looked,
    Note,
    Replaced,
    Seal,
    Void,
)
from rootescrow.register.folder import Folder
from rootescrow.register.journal import Journal
from rootescrow.register.record import sha256
from rootescrow.register.register import Register, fold
from tests.ceremony.test_confirm import record_of, texts_of
from tests.paper import scans
from tests.register.support import NOON
from tests.register.test_folder_journal import in_child, killed, wait
from tests.support import ROOT, altered, collusion, forged, make, noise, torn
from tests.test_architecture import loaded_by

ESCROW = make(ROOT, size=2400)
OTHER = make(ROOT, seed=5)
CODES = encode_envelope_codes(ESCROW.id, ESCROW.envelope.der)
LINES = encode_text_lines(ESCROW.id, ESCROW.envelope.der)
TODAY = NOON.date()
NEXT = TODAY + datetime.timedelta(days=NEXT_DAYS)
WHOLE = Bag(Seal.WHOLE, "B0001")


@dataclass
class Answers:
    """A person who answers as told, and else says nothing."""

    bags: Mapping[str, Bag] = field(default_factory=dict)
    copies: Iterator[str] = field(default_factory=lambda: iter(()))
    name: str | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def bag(self, item: str, old: str, check: Callable[[Bag], None]) -> Bag | None:
        self.asked.append((item, old))
        bag = self.bags.get(item)
        if bag:
            check(bag)
        return bag

    def copy(self, names: Sequence[str]) -> str | None:
        return next(self.copies, None)

    def medium(self, source: str, names: Sequence[str]) -> str | None:
        return self.name


class Table:
    """A drill with a journal in memory."""

    def __init__(
        self,
        escrow: Escrow = ESCROW,
        printed: str = "each",
        *,
        passphrase: PassphraseEscrow | None = None,
        before: Iterable[AnyEvent] = (),
        envelope: bytes | None = None,
        answers: Answers | None = None,
        bags: Mapping[str, Bag] | None = None,
        seen: Mapping[str, Bag] | None = None,
        by: str = "Ada, Bo",
    ) -> None:
        record = record_of(escrow, printed, passphrase)
        held = tuple(
            sheet.model_copy(update={"person": f"Holder {place}", "bag": f"A{place:04}"})
            for place, sheet in enumerate(record.sheets, 1)
        )
        self.record = record.model_copy(update={"sheets": held, "media": ("USB 1", "USB 2")})
        self.texts = texts_of(escrow) | (texts_of(passphrase) if passphrase else {})
        self.answers = answers or Answers()
        journal = Journal.begin(self.record, NOON)
        for event in before:
            journal = journal.append(event, now=NOON)
        self.register = fold(self.record, journal)
        opened = Folder(self.record, escrow.envelope.der if envelope is None else envelope or None, None)
        self.sitting = Sitting(opened, self.register, self.answers, bags=bags, seen=seen, by=by)

    def take(self, *texts: str) -> list[Sight]:
        return [sight for text in texts for sight in self.sitting.take(text, "scan")]

    def sheets(self, *names: str) -> list[Sight]:
        return self.take(*(self.texts[name] for name in names))

    def read(self, data: bytes) -> list[Sight]:
        return list(self.sitting.read(io.BytesIO(data), "scan"))

    def finish(self) -> Drilled:
        return self.sitting.finish(NEXT)

    def after(self) -> Register:
        return self.register.after(self.finish().event, now=NOON + datetime.timedelta(days=1))


def results(sights: Iterable[Sight]) -> list[tuple[str, Result]]:
    return [(sight.name, sight.result) for sight in sights]


# Nothing is combined.


def test_what_would_combine_is_not_even_loaded() -> None:
    loaded = loaded_by("import rootescrow.ceremony.drill, rootescrow.ceremony.papers.drill, rootescrow.cli.drill")
    assert "rootescrow.ceremony.drill" in loaded
    assert not {name for name in loaded if name.startswith(("rootescrow.recovery", "rootescrow.ceremony.recover"))}


def test_a_quorum_is_so_many_sheets_and_no_more() -> None:
    table = Table()
    names = ("Board/1", "Board/2", "Board/3", "Arbitration/1", "Arbitration/2")
    assert results(table.sheets(*names)) == [(name, Result.RIGHT) for name in names]
    assert not table.finish().bad
    said = repr(table.finish()) + str(table.finish().event)
    for text in table.texts.values():
        words = text.split()
        assert not any(f"{one} {two}" in said for one, two in itertools.pairwise(words))


# Torn sheets.


def test_a_torn_sheet_is_right_if_the_register_says_so_and_is_to_be_replaced() -> None:
    for numbers in ((3,), (1, 17, 33), (2, 4, 30, 31)):
        table = Table()
        (sight,) = table.take(torn(ESCROW.share(0, 1), *numbers))
        assert (sight.name, sight.result) == ("Board/1", Result.RIGHT)
        assert "cannot be read" in sight.message
        assert "rootescrow replace" in sight.hint
        assert table.take(ESCROW.share(0, 1).text) == []
        assert [(one.item, one.found) for one in table.finish().event.items][-1] == ("Board/1", Found.RIGHT)


@pytest.mark.parametrize(
    "text", [torn(ESCROW.share(0, 1), 17, 23, 33, w9=1), torn(OTHER.share(0, 1), 1, 2, 3, 4), "? " * 33]
)
def test_a_torn_sheet_that_the_register_does_not_confirm_is_told_and_held_against_nobody(text: str) -> None:
    table = Table()
    (sight,) = table.take(text)
    assert sight.result is Result.UNREADABLE
    assert sight.hint
    assert table.sitting.right == {}
    table.sheets("Board/2")
    assert not table.finish().bad


def test_a_void_torn_sheet_is_void() -> None:
    table = Table(before=[Void(sheet="Board/1", reason="bag found open")])
    (sight,) = table.take(torn(ESCROW.share(0, 1), 5))
    assert sight.result is Result.VOID


# Sheets.


def test_a_right_sheet_with_its_bags() -> None:
    table = Table(bags={"Board/2": WHOLE}, seen={"Board/3": Bag(Seal.WHOLE)})
    (sight,) = table.sheets("Board/2")
    assert (str(sight), sight.old_bag, sight.bag) == ("scan: Board/2: right", "A0002", WHOLE)
    assert table.sheets("Board/2") == [], "its code is on the page twice"
    drilled = table.finish()
    assert drilled.event == Drill(
        items=(
            Looked(item="Board/2", found=Found.RIGHT, seal=Seal.WHOLE, bag="B0001"),
            Looked(item="Board/3", found=Found.UNOPENED, seal=Seal.WHOLE, bag=""),
        ),
        by="Ada, Bo",
        next_drill=NEXT,
    )
    after = table.after()
    assert (after.sheet("Board/2").holder.bag, after.sheet("Board/3").holder.bag) == ("B0001", "A0003")
    assert [sheet.name for sheet in after.sheets if sheet.seen] == ["Board/2", "Board/3"]
    assert (after.next_drill, after.drilled) == (NEXT, TODAY + datetime.timedelta(days=1))
    assert drilled.unbagged == ()


def test_a_sheet_without_a_new_bag_is_told() -> None:
    table = Table(bags={"Board/1": Bag(Seal.WHOLE)})
    table.sheets("Board/1", "Arbitration/1")
    assert table.finish().unbagged == ("Board/1", "Arbitration/1")


@pytest.mark.parametrize("seal", [Seal.OPENED, Seal.MISSING])
def test_a_bag_that_is_not_whole_is_told_and_counted(seal: Seal) -> None:
    table = Table(bags={"Board/1": Bag(seal, "B1")})
    (sight,) = table.sheets("Board/1")
    assert (sight.result, sight.message) == (Result.RIGHT, f"its bag was {seal}")
    assert sight.hint
    assert table.after().sheet("Board/1").may_know == ("Holder 1",)


def test_a_bag_found_open_and_not_looked_into() -> None:
    table = Table(seen={"Board/1": Bag(Seal.OPENED)})
    after = table.after()
    assert after.sheet("Board/1").may_know == ("Holder 1",)
    assert after.sheet("Board/1").seen


def test_a_bag_that_is_gone_takes_its_sheet_with_it() -> None:
    table = Table(seen={"Board/1": Bag(Seal.MISSING)})
    drilled = table.finish()
    assert results(drilled.bad) == [("Board/1", Result.GONE)]
    assert table.register.after(drilled.event, now=NOON).sheet("Board/1").state == "void, not destroyed"


def test_a_paper_that_was_read_was_there_whatever_was_said_of_its_bag() -> None:
    table = Table(seen={"Board/1": Bag(Seal.WHOLE)})
    assert results(table.sheets("Board/1")) == [("Board/1", Result.RIGHT)]
    assert [looked.found for looked in table.finish().event.items] == [Found.RIGHT]


def test_a_forged_sheet_is_named_and_the_honest_ones_are_not() -> None:
    wrong = forged(ESCROW.share(0, 2))
    table = Table()
    honest = ["Board/1", "Board/3", "Arbitration/1"]
    sights = table.sheets(*honest[:1]) + table.take(wrong.text, wrong.text) + table.sheets(*honest[1:])
    (bad,) = table.finish().bad
    assert results(sights)[1] == ("Board, a sheet that says it is number 2", Result.WRONG)
    assert (bad.item, bad.check_code) == ("Board/2", check_code(wrong.text.encode()))
    assert "Accuse nobody" in bad.hint
    assert "Compare the record's check code" in bad.hint
    assert [(looked.item, looked.found) for looked in table.finish().event.items if looked.found is Found.WRONG] == [
        ("Board/2", Found.WRONG)
    ]
    after = table.after()
    assert after.sheet("Board/2").seen is None
    assert all(after.sheet(name).seen for name in honest)


@pytest.mark.parametrize("forged_first", [True, False])
def test_a_forged_sheet_is_not_held_against_the_right_one_that_is_there(forged_first: bool) -> None:
    wrong = forged(ESCROW.share(0, 2)).text
    table = Table()
    right = table.texts["Board/2"]
    table.take(*((wrong, right) if forged_first else (right, wrong)))
    event = table.finish().event
    assert [(looked.item, looked.found) for looked in event.items] == [("Board/2", Found.RIGHT)]
    assert event.wrong == (f"Board, a sheet that says it is number 2, check code {check_code(wrong.encode())}",)
    assert table.after().sheet("Board/2").seen


def test_two_forged_sheets_that_say_the_same_are_both_told() -> None:
    one, two = (forged(ESCROW.share(0, 2), seed=seed).text for seed in (1, 2))
    table = Table()
    table.take(one, two)
    event = table.finish().event
    assert [looked.item for looked in event.items] == ["Board/2"]
    assert len(event.wrong) == 1
    assert len(table.finish().bad) == 2


@pytest.mark.parametrize(
    "text",
    [
        OTHER.share(0, 1).text,
        altered(ESCROW.share(0, 1), member_index=14).text,
        altered(ESCROW.share(0, 1), group_index=1, member_index=9).text,
        *(collusion(ESCROW).share(0, number).text for number in (1, 2)),
    ],
    ids=["another escrow", "no such number", "no such number of the other group", "colluder", "colluder too"],
)
def test_what_the_register_does_not_list_is_wrong(text: str) -> None:
    table = Table()
    (sight,) = table.take(text)
    assert sight.result is Result.WRONG
    assert sight.message
    event = table.finish().event
    assert len(event.items) + len(event.wrong) == 1
    assert table.after().journal.head.number == 2


def test_a_whole_set_of_colluders_makes_no_honest_sheet_wrong() -> None:
    """Known hole: three of 3-of-5 can make a set whose digest is right; sheets are not compared with each other."""
    table = Table()
    for number in (1, 2, 3):
        assert table.take(collusion(ESCROW, same_set=True).share(0, number).text)[0].result is Result.WRONG
    assert results(table.sheets("Board/4", "Board/5")) == [("Board/4", Result.RIGHT), ("Board/5", Result.RIGHT)]


VOID = Void(sheet="Board/2", reason="lost in a fire")
GONE = Destroyed(sheets=("Board/2",), media=(), every_envelope=False, witnesses="")


@pytest.mark.parametrize("before", [[VOID], [GONE], [VOID, GONE]], ids=["void", "destroyed", "both"])
@pytest.mark.parametrize("read", [True, False], ids=["read", "bag seen"])
def test_a_sheet_that_counts_no_more_and_turns_up_is_said_loudly(before: list[AnyEvent], read: bool) -> None:
    table = Table(before=before, seen=None if read else {"Board/2": Bag(Seal.WHOLE)})
    assert table.register.sheet("Board/2").destroyed or GONE not in before
    if read:
        table.sheets("Board/2")
    (bad,) = table.finish().bad
    assert bad.result is Result.VOID
    assert "it is" in bad.message
    assert "Destroy it" in bad.hint
    sheet = table.after().sheet("Board/2")
    assert sheet.destroyed is None, "it is there, whatever the journal said before"
    assert sheet.void
    assert sheet.reason == (
        "lost in a fire" if VOID in before else "listed as destroyed, and there when it was looked for"
    )
    assert "Board/2" in table.after().exposures[0].sheets


def test_an_escrow_that_was_destroyed_is_live_again_when_its_sheets_turn_up() -> None:
    every = tuple(f"{group.name}/{number}" for group in ROOT.groups for number in range(1, group.count + 1))
    gone = Destroyed(sheets=every, media=(), every_envelope=False, witnesses="")
    table = Table(before=[gone])
    assert not table.register.live
    table.sheets("Board/1", "Board/2", "Board/3", "Arbitration/1", "Arbitration/2")
    assert table.after().live


def test_an_envelope_that_was_destroyed_and_turns_up() -> None:
    gone = Destroyed(sheets=(), media=(), every_envelope=True, witnesses="")
    table = Table(printed="separate", before=[gone])
    assert not table.register.live
    table.take(*CODES)
    assert table.after().live


def test_any_envelope_that_turns_up_after_all_were_destroyed_is_said_loudly(tmp_path: Path) -> None:
    gone = Destroyed(sheets=(), media=("USB 2",), every_envelope=True, witnesses="")

    def table(envelope: bytes = b"", seen: Mapping[str, Bag] | None = None) -> Table:
        return Table(printed="separate", before=[gone], envelope=envelope, seen=seen)

    file = table()
    assert results(file.read(ESCROW.envelope.der)) == [("an envelope file", Result.VOID)]
    named = table()
    assert results(named.sitting.medium(medium(tmp_path / "a", named), "USB 1")) == [("USB 1", Result.VOID)]
    unnamed = table()
    assert results(unnamed.sitting.medium(medium(tmp_path / "b", unnamed))) == [("a medium of no name", Result.VOID)]
    bag = table(seen={"USB 1": Bag(Seal.WHOLE)})
    own = table(ESCROW.envelope.der, seen={"Board/1": Bag(Seal.WHOLE)})
    for one in (file, named, unnamed, bag, own):
        assert not one.register.live
        assert [sight.result for sight in one.finish().bad] == [Result.VOID]
        assert one.after().live
    none = table(seen={"Board/1": Bag(Seal.WHOLE)})
    assert (none.sitting.own.result, none.finish().bad, none.after().live) == (Result.RIGHT, (), False)


def test_a_replaced_sheet_is_one_of_the_others() -> None:
    new = forged(ESCROW.share(0, 5))
    replaced = Replaced(
        sheet="Board/6",
        office="",
        person="Di",
        place="",
        bag="A6",
        words_sha256=sha256(new.text.encode()),
        old="Board/5",
        reason="lost",
    )
    table = Table(before=[replaced])
    assert results(table.take(new.text)) == [("Board/6", Result.RIGHT)]
    assert table.sheets("Board/5")[0].result is Result.VOID


def test_the_sheets_of_the_passphrase_too() -> None:
    _, passphrase = generate_passphrase(Policy(Group("Keepers", 2, 3)), rng=noise(3))
    table = Table(passphrase=passphrase)
    assert results(table.sheets("Keepers/1", "Keepers/2")) == [("Keepers/1", Result.RIGHT), ("Keepers/2", Result.RIGHT)]
    (wrong,) = table.take(forged(passphrase.share(0, 3)).text)
    assert (wrong.result, wrong.item) == (Result.WRONG, "Keepers/3")
    assert table.after().sheet("Keepers/1").seen


def test_what_is_of_no_escrow_is_told_and_no_more() -> None:
    table = Table()
    assert results(table.take("https://example.org/a-tracking-code")) == [("text", Result.STRANGE)]
    words = table.texts["Board/1"].split()
    words[7], words[8] = words[8], words[7]
    (unreadable,) = table.take(" ".join(words))
    assert unreadable.result is Result.UNREADABLE
    assert results(table.sitting.notes) == [("text", Result.STRANGE), ("share", Result.UNREADABLE)]
    with pytest.raises(UsageError, match="nothing was looked at"):
        table.finish()
    table.sheets("Board/1")
    assert results(table.finish().sights)[1:] == [("Board/1", Result.RIGHT)]


# Copies.


COPIED = make(Policy(Group("Board", 1, 3), Group("Arbitration", 2, 2)), seed=8)


def test_each_copy_is_a_sheet_of_its_own_as_the_person_says() -> None:
    table = Table(COPIED, answers=Answers(copies=iter(["Board/2", "Board/2", "Board/1"])))
    assert results(table.sheets("Board/1", "Board/1", "Board/1")) == [
        ("Board/2", Result.RIGHT),
        ("Board/1", Result.RIGHT),
    ]


def test_each_copy_is_the_one_whose_bag_was_named() -> None:
    table = Table(COPIED, bags={"Board/3": WHOLE, "Board/1": Bag(Seal.WHOLE, "B2")})
    assert results(table.sheets("Board/1", "Board/1")) == [("Board/1", Result.RIGHT), ("Board/3", Result.RIGHT)]


def test_a_copy_that_nobody_named_is_right_and_counts_as_none() -> None:
    table = Table(COPIED, answers=Answers(copies=iter(["Board/9", ""])))
    (sight,) = table.sheets("Board/1", "Board/1")
    assert (sight.name, sight.result) == ("Board/1 = Board/2 = Board/3", Result.NOT_COUNTED)
    assert "--bag" in sight.hint
    assert table.finish().event.items == ()
    assert not table.finish().bad


# Bags.


@pytest.mark.parametrize(
    ("text", "item", "bag"),
    [
        ("Board/2=whole:A0099", "Board/2", Bag(Seal.WHOLE, "A0099")),
        ("Board/3=opened", "Board/3", Bag(Seal.OPENED)),
        (" USB = 1=missing: x:y ", "USB = 1", Bag(Seal.MISSING, "x:y")),
    ],
)
def test_a_bag_as_people_write_it(text: str, item: str, bag: Bag) -> None:
    assert Bag.parse(text) == (item, bag)


@pytest.mark.parametrize("text", ["", "Board/2", "Board/2=", "=whole", "Board/2=fine", "Board/2:whole"])
def test_what_says_nothing_of_a_bag(text: str) -> None:
    with pytest.raises(UsageError, match="does not say what a bag was"):
        Bag.parse(text)


@pytest.mark.parametrize(
    ("bags", "said"),
    [
        ({"Board/9": WHOLE}, "of something that is not in the register"),
        ({"Board/1": Bag(Seal.WHOLE, "a0001")}, "the number of the old one"),
        ({"Board/1": Bag(Seal.WHOLE, "A0002")}, "that of Board/2 already"),
        ({"Board/1": WHOLE, "Board/2": Bag(Seal.OPENED, "b0001")}, "that of Board/1 already"),
        ({"USB 1": WHOLE, "Board/2": WHOLE}, "that of USB 1 already"),
        ({"Board/1": Bag(Seal.WHOLE, " ".join(ESCROW.share(0, 1).words[:5]))}, "words of a share"),
    ],
)
def test_bags_that_cannot_be(bags: dict[str, Bag], said: str) -> None:
    for how in ("bags", "seen"):
        with pytest.raises(UsageError, match=said):
            Table(**{how: bags})  # type: ignore[arg-type]  # one of the two


@pytest.mark.parametrize("new", ["x" * 121, "a\nb", "\x1b[2J"])
def test_a_number_that_cannot_be_printed(new: str) -> None:
    with pytest.raises(PolicyError):
        Bag(Seal.WHOLE, new)
    with pytest.raises(PaperError):
        Bag(Seal.WHOLE, "袋")


def test_a_person_is_asked_for_each_bag_and_what_cannot_be_is_refused() -> None:
    answers = Answers({"Board/1": WHOLE, "Board/2": WHOLE})
    table = Table(answers=answers)
    table.sheets("Board/1")
    with pytest.raises(UsageError, match="that of Board/1 already"):
        table.sheets("Board/2")
    assert answers.asked == [("Board/1", "A0001"), ("Board/2", "A0002")]


def test_a_bag_of_what_was_not_read_is_a_mistake() -> None:
    table = Table(bags={"Board/1": WHOLE})
    table.sheets("Board/2")
    with pytest.raises(UsageError, match="nothing was read of Board/1"):
        table.finish()


# Envelopes.


def test_the_printed_envelope_is_seen_when_every_code_or_every_line_was_read() -> None:
    for texts in (CODES, ("\n".join(LINES),), tuple(code.translate(str.maketrans("YZ", "ZY")) for code in CODES)):
        table = Table(printed="separate", bags={ENVELOPE: WHOLE})
        table.take(*texts)
        assert [(looked.item, looked.found) for looked in table.finish().event.items] == [(ENVELOPE, Found.RIGHT)]
        assert table.after().envelope_seen


@pytest.mark.parametrize("printed", ["each", "separate"])
def test_a_code_missing_is_not_the_whole_envelope(printed: str) -> None:
    table = Table(printed=printed)
    table.take(*CODES[1:])
    drilled = table.finish()
    assert drilled.sights[-1].result is Result.IN_PART
    assert f"{len(CODES) - 1} of its {len(CODES)} codes" in drilled.sights[-1].message
    assert drilled.event.items == ()
    assert not drilled.bad


def test_codes_on_the_sheets_are_right_and_no_item() -> None:
    table = Table()
    table.take(*CODES)
    table.sheets("Board/1")
    drilled = table.finish()
    assert ("the printed envelope", Result.RIGHT) in results(drilled.sights)
    assert [looked.item for looked in drilled.event.items] == ["Board/1"]


@pytest.mark.parametrize("printed", ["each", "separate", "media"])
def test_a_code_or_line_of_another_envelope_is_wrong(printed: str) -> None:
    resealed = make(ROOT, size=2400, seed=1).envelope.der
    for text, name in (
        (CODES[0][:-1] + ("A" if CODES[0][-1] != "A" else "B"), f"envelope code 1 of {len(CODES)}"),
        (encode_envelope_codes(OTHER.id, OTHER.envelope.der)[0], "envelope code 1 of 1"),
        (encode_text_lines(ESCROW.id, resealed)[1], "line 002 of the envelope"),
    ):
        table = Table(printed=printed)
        table.take(text)
        assert results(table.finish().bad) == [(name, Result.WRONG)]
        assert table.after().envelope_seen is None


def test_a_right_printed_envelope_beside_a_wrong_one_is_seen() -> None:
    table = Table(printed="separate")
    table.take(*CODES, CODES[0][:-1] + ("A" if CODES[0][-1] != "A" else "B"))
    event = table.finish().event
    assert [(looked.item, looked.found) for looked in event.items] == [(ENVELOPE, Found.RIGHT)]
    assert event.wrong == (f"envelope code 1 of {len(CODES)}",)


def test_a_line_mistyped_is_not_understood_and_not_wrong() -> None:
    table = Table(printed="separate")
    table.take(LINES[3][:9] + ("A" if LINES[3][9] != "A" else "B") + LINES[3][10:])
    table.sheets("Board/1")
    assert not table.finish().bad
    assert results(table.sitting.notes) == [("line 004", Result.UNREADABLE)]


@pytest.mark.parametrize("envelope", [b"", b"another"])
def test_without_a_right_envelope_in_the_folder_the_codes_are_judged_by_what_they_give(envelope: bytes) -> None:
    table = Table(printed="separate", envelope=envelope)
    table.take(*CODES)
    drilled = table.finish()
    assert results(drilled.bad) == [
        ("the file envelope.cms of the escrow folder", Result.WRONG if envelope else Result.GONE)
    ]
    assert drilled.event.wrong[0].startswith("the file envelope.cms of the escrow folder")
    assert [looked.item for looked in drilled.event.items] == [ENVELOPE]
    table = Table(printed="separate", envelope=envelope)
    table.take(*CODES[1:])
    assert table.finish().sights[-1].message == "no right envelope is at hand to compare it with"


def test_an_envelope_file() -> None:
    table = Table()
    assert results(table.read(ESCROW.envelope.der)) == [("an envelope file", Result.RIGHT)]
    (wrong,) = table.read(OTHER.envelope.der)
    assert (wrong.result, wrong.check_code) == (Result.WRONG, check_code(OTHER.envelope.der))
    assert table.finish().event.wrong == (f"an envelope file, check code {wrong.check_code}",)


# Media.


def medium(path: Path, table: Table, **files: bytes) -> Path:
    """A copy of the escrow folder, with these files changed; one that is empty is not there."""
    made = {
        folder.ENVELOPE_FILE: ESCROW.envelope.der,
        folder.RECORD_FILE: table.record.dump(),
        folder.JOURNAL_FILE: table.register.journal.dump(),
    } | {name.replace("_", "."): data for name, data in files.items()}
    path.mkdir(parents=True)
    for name, data in made.items():
        if data:
            (path / name).write_bytes(data)
    return path


def test_a_medium_is_seen_by_its_name_with_its_bags(tmp_path: Path) -> None:
    table = Table(bags={"USB 1": WHOLE}, answers=Answers(name="USB 2"))
    (sight,) = table.sitting.medium(medium(tmp_path / "a" / "escrow", table).parent, "USB 1")
    assert (sight.name, sight.result, sight.bag) == ("USB 1", Result.RIGHT, WHOLE)
    (second,) = table.sitting.medium(medium(tmp_path / "b", table, journal_jsonl=b"", record_json=b""))
    assert (second.name, second.result) == ("USB 2", Result.RIGHT)
    after = table.after()
    assert [one.seen is not None for one in after.media_now] == [True, True]
    assert after.media_now[0].bag == "B0001"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"envelope_cms": OTHER.envelope.der}, "not the envelope that the record lists"),
        ({"envelope_cms": b""}, "there is no envelope on it"),
        ({"envelope_cms": b"x" * (1 << 17)}, "has over 65536 bytes"),
        ({"record_json": b"{}"}, "its record is another one"),
        ({"journal_jsonl": b"{}\n"}, "its journal is not this one"),
    ],
)
def test_a_medium_that_is_wrong(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    table = Table()
    (sight,) = table.sitting.medium(medium(tmp_path / "a", table, **files), "USB 1")
    assert sight.result is Result.WRONG
    assert said in sight.message
    assert sight.hint
    assert [(looked.item, looked.found) for looked in table.finish().event.items] == [("USB 1", Found.WRONG)]
    assert table.after().media_now[0].seen is None


def test_a_journal_that_is_behind_is_told(tmp_path: Path) -> None:
    table = Table(before=[Note(text="one"), Note(text="two")])
    behind = table.register.journal.lines[0].dump()
    (sight,) = table.sitting.medium(medium(tmp_path / "a", table, journal_jsonl=behind), "USB 1")
    assert sight.result is Result.RIGHT
    assert "lacks the last 2 lines" in sight.message


def test_a_medium_of_no_name_and_a_folder_that_is_none(tmp_path: Path) -> None:
    table = Table()
    (sight,) = table.sitting.medium(medium(tmp_path / "a", table))
    assert (sight.name, sight.result, sight.item) == ("a medium of no name", Result.RIGHT, "")
    assert list(table.sitting.medium(tmp_path)) == []
    (failure,) = table.sitting.failures
    assert isinstance(failure, FileError)
    with pytest.raises(UsageError, match="no such medium"):
        list(table.sitting.medium(tmp_path, "USB 7"))
    assert table.finish().event.items == ()


# Files.


def test_a_scan_and_a_file_that_was_never_on_paper() -> None:
    table = Table()
    text = table.texts["Board/1"]
    assert results(table.read(scans.scanned_pdf([scans.page([]), scans.page([text, text])], 150))) == [
        ("Board/1", Result.RIGHT)
    ]
    assert table.sitting.right == {ESCROW.share(0, 1): "Board/1"}
    table = Table()
    assert table.read(scans.pdf([[text]])) == []
    (failure,) = table.sitting.failures
    assert "not a scan" in failure.message
    with pytest.raises(PaperError):
        table.finish()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\nbroken", b"\xff\xfea\0", b"\0\0"])
def test_a_file_that_cannot_be_read_is_why_there_is_nothing(data: bytes) -> None:
    table = Table()
    assert table.read(data) == []
    with pytest.raises(EscrowError) as raised:
        table.finish()
    assert raised.value is table.sitting.failures[0]


@given(text=st.text(max_size=300))
def test_no_text_does_more_than_be_told(text: str) -> None:
    table = Table()
    assert not [sight for sight in table.take(text) if sight.result is Result.RIGHT]


@pytest.mark.parametrize("by", ["a\nb", "x" * 501, " ".join(ESCROW.share(0, 1).words[:6])])
def test_who_was_in_the_room_is_one_plain_line(by: str) -> None:
    with pytest.raises((UsageError, PaperError)):
        Table(by=by)


# The next one, and what is written.


def test_the_next_drill_is_within_a_year() -> None:
    assert next_day(TODAY, None) == NEXT
    assert (NEXT - TODAY).days < 365
    last = TODAY + datetime.timedelta(days=YEAR_DAYS)
    assert next_day(TODAY, last) == last
    for wanted in (TODAY, TODAY - datetime.timedelta(days=1), last + datetime.timedelta(days=1)):
        with pytest.raises(UsageError, match="the next drill is on"):
            next_day(TODAY, wanted)


@pytest.mark.long
def test_killed_anywhere_the_report_and_the_line_are_both_there_or_the_report_has_a_head_that_is_none(
    tmp_path: Path,
) -> None:
    table = Table()
    table.sheets("Board/1")
    drilled = table.finish()
    folder.create(tmp_path / "made", {}, table.record.dump(), table.register.journal.dump())
    escrow = tmp_path / "made" / "escrow"

    def papers(after: Register) -> dict[str, bytes]:
        return {paper_name(after, TODAY): f"head {after.journal.head}".encode()}

    old = new = step = 0
    while True:
        out = tmp_path / f"out-{step}"
        before = folder.load_register(escrow).journal
        was_killed = killed(
            step,
            lambda: folder.append(escrow, drilled.event, now=NOON, out=out, papers=papers),  # noqa: B023
        )
        journal = folder.load_register(escrow).journal
        found = sorted(out.iterdir()) if out.is_dir() else []
        if journal == before:
            old += 1
            for paper in found:
                assert f"-{before.head.number + 1}.pdf" in paper.name
                if said := paper.read_text():
                    with pytest.raises(JournalError):
                        journal.find(said.removeprefix("head "))
        else:
            new += 1
            (paper,) = found
            assert journal.continues(before)
            assert journal.find(paper.read_text().removeprefix("head ")) == len(journal.lines)
        if not was_killed:
            break
        step += 1
    assert old > 10
    assert new > 1


def test_two_drills_at_once_are_two_lines_and_two_reports(tmp_path: Path) -> None:
    table = Table()
    table.sheets("Board/1")
    event = table.finish().event
    folder.create(tmp_path / "made", {}, table.record.dump(), table.register.journal.dump())
    escrow, out = tmp_path / "made" / "escrow", tmp_path / "out"
    out.mkdir()

    def write() -> None:
        papers = lambda after: {paper_name(after, TODAY): str(after.journal.head).encode()}  # noqa: E731
        folder.append(escrow, event, now=NOON, out=out, papers=papers)

    assert [wait(child) for child in [in_child(write), in_child(write)]] == [0, 0]
    journal = folder.load_register(escrow).journal
    assert sorted(journal.find(paper.read_text()) for paper in out.iterdir()) == [2, 3]

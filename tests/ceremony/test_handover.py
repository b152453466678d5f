"""A sheet goes to another holder: one line and a receipt, and nothing printed anew."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from rootescrow.ceremony.handover import Order, hand_over
from rootescrow.errors import FileError, PaperError, RuleError, UsageError
from rootescrow.paper.layout import Paper
from rootescrow.policy import Holder
from rootescrow.register import folder
from rootescrow.register.events import Destroyed, Handover, Seal, Superseded, Void
from tests.paper.support import texts
from tests.register.support import NOON
from tests.register.test_folder_journal import killed

from .escrows import OnDisk, on_disk

ZOE = Holder("", "Zoe Neu", "", "")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> OnDisk:
    return on_disk(tmp_path_factory.mktemp("root") / "out")


@pytest.fixture
def disk(root: OnDisk, tmp_path: Path) -> OnDisk:
    """A copy for one test."""
    return OnDisk(shutil.copytree(root.path, tmp_path / "escrow"), root.escrow, root.passphrase)


def lines(disk: OnDisk) -> int:
    return len(disk.register.journal.lines)


def test_a_whole_bag_costs_a_line_and_a_receipt(disk: OnDisk, tmp_path: Path) -> None:
    change, receipt = hand_over(disk.path, Order("Board/2", ZOE, Seal.WHOLE), tmp_path / "out", NOON)
    assert receipt == tmp_path / "out" / "handover-Board-2-2026-11-23.pdf"
    assert [path.name for path in (tmp_path / "out").iterdir()] == [receipt.name]
    event = change.register.journal.lines[-1].event
    assert event == Handover(
        sheet="Board/2",
        office="Secretary",
        person="Zoe Neu",
        place="Bank, Zürich",
        bag="A000102",
        seal=Seal.WHOLE,
    )
    register = disk.register
    assert register == change.register
    assert (register.sheet("Board/2").may_know, register.sheet("Board/2").seen) == ((), NOON)
    assert change.worse == ()
    (page,) = texts(receipt.read_bytes())
    assert str(register.journal.head) in page
    assert register.record.check_code in page
    assert not set(disk.text("Board/2").split()[2:]) & set(page.split())


def test_office_place_and_bag_may_change_with_it(disk: OnDisk, tmp_path: Path) -> None:
    to = Holder("Vice", "Zoe Neu", "Notary, Chur", "A000301")
    change, _ = hand_over(disk.path, Order("Board/2", to, Seal.WHOLE, Paper.LETTER), tmp_path, NOON)
    assert change.register.sheet("Board/2").holder == to


def test_a_bag_that_was_opened_is_written_down_for_ever(disk: OnDisk, tmp_path: Path) -> None:
    to = Holder("", "Zoe Neu", "", "A000301")
    change, receipt = hand_over(disk.path, Order("Board/2", to, Seal.OPENED), tmp_path, NOON)
    sheet = change.register.sheet("Board/2")
    assert (sheet.may_know, sheet.former, sheet.holder.bag) == (("Bo Example",), ("Bo Example",), "A000301")
    assert receipt is not None
    (page,) = texts(receipt.read_bytes())
    assert "Bo Example may know the words" in " ".join(page.split())


@pytest.mark.parametrize("bag", ["", "A000102"])
def test_an_opened_bag_is_no_bag(disk: OnDisk, tmp_path: Path, bag: str) -> None:
    with pytest.raises(UsageError, match="no new one is named"):
        hand_over(disk.path, Order("Board/2", Holder("", "Zoe Neu", "", bag), Seal.OPENED), tmp_path / "out", NOON)
    assert (lines(disk), (tmp_path / "out").exists()) == (1, False)


def test_a_turnover_with_bags_opened_is_recorded_to_the_bitter_end(disk: OnDisk, tmp_path: Path) -> None:
    """One is nothing, two are a warning, three are a quorum: each is written, and said."""
    found = []
    for number in (1, 2, 3):
        to = Holder("", f"New {number}", "", f"A00030{number}")
        change, _ = hand_over(disk.path, Order(f"Board/{number}", to, Seal.OPENED), tmp_path / "out", NOON)
        found.append([answer.outcome.value for answer in change.worse if answer.rule == "z.5"])
    assert found == [[], ["warn"], ["fail"]]
    assert change.after.due[0].startswith("a new generation: 3 of the 3 shares that Board needs")
    assert lines(disk) == 4


def test_a_turnover_with_whole_bags_is_free(disk: OnDisk, tmp_path: Path) -> None:
    for number in range(1, 6):
        to = Holder("", f"New {number}", "", "")
        change, _ = hand_over(disk.path, Order(f"Board/{number}", to, Seal.WHOLE), tmp_path / "out", NOON)
    assert [exposure.sheets for exposure in change.register.exposures] == [(), (), ()]


def test_what_is_not_there_is_void_and_has_no_receipt(disk: OnDisk, tmp_path: Path) -> None:
    change, receipt = hand_over(disk.path, Order("Board/2", ZOE, Seal.MISSING), tmp_path / "out", NOON)
    assert (receipt, (tmp_path / "out").exists()) == (None, False)
    sheet = disk.register.sheet("Board/2")
    assert (sheet.counts, sheet.holder.person) == (False, "Bo Example")
    assert sheet.reason == "not there when it was to be handed over to Zoe Neu"
    assert "destroy what is void: Board/2" in change.after.due
    # It was lost for a while: that it turns up and is destroyed makes nobody forget its words.
    disk.write(Destroyed(sheets=("Board/2",), media=(), every_envelope=False, witnesses=""))
    assert disk.register.sheet("Board/2").former == ("Bo Example",)
    assert disk.register.exposures[0].sheets == ("Board/2",)


def test_a_sheet_of_the_passphrase_is_handed_over_in_the_generation_that_has_it(disk: OnDisk, tmp_path: Path) -> None:
    later = Superseded(
        escrow_id="CCCC-DDDD", generation=2, record_sha256="0" * 64, new_passphrase=False, case="", reason=""
    )
    disk.write(later)
    with pytest.raises(UsageError, match="Passphrase/1 is of escrow CCCC-DDDD now"):
        hand_over(disk.path, Order("Passphrase/1", ZOE, Seal.WHOLE), tmp_path / "out", NOON)
    hand_over(disk.path, Order("Board/1", ZOE, Seal.WHOLE), tmp_path / "out", NOON)


def test_what_is_not_there_is_put_into_no_bag(disk: OnDisk, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a bag that is missing, and a new bag"):
        hand_over(disk.path, Order("Board/2", Holder("", "Zoe Neu", "", "B"), Seal.MISSING), tmp_path, NOON)
    assert lines(disk) == 1


@pytest.mark.parametrize(
    ("sheet", "to", "named"),
    [
        ("Arbitration/1", Holder("", "Gus Example", "", ""), "SP-e .*Gus Example alone"),
        ("Passphrase/1", Holder("", "Zoe Neu", "Archive of the CA, Zug", ""), "SP-d .*Archive of the CA, Zug"),
        ("Passphrase/1", Holder("", "Zoe Neu", "Bank, Lyon", ""), "AU-4 .*Bank, Lyon holds a quorum of Passphrase"),
        ("Board/1", Holder("", "Zoe Neu", "", "A000102"), "AU-1 .*Board/1 and Board/2 are in one bag"),
    ],
)
def test_a_choice_by_which_a_rule_fails_writes_nothing(
    disk: OnDisk, tmp_path: Path, sheet: str, to: Holder, named: str
) -> None:
    with pytest.raises(RuleError, match=named):
        hand_over(disk.path, Order(sheet, to, Seal.WHOLE), tmp_path / "out", NOON)
    assert (lines(disk), (tmp_path / "out").exists()) == (1, False)


def test_what_counts_no_more_is_not_handed_on(disk: OnDisk, tmp_path: Path) -> None:
    disk.write(Void(sheet="Board/2", reason="lost"))
    with pytest.raises(UsageError, match="Board/2 is void, not destroyed"):
        hand_over(disk.path, Order("Board/2", ZOE, Seal.WHOLE), tmp_path, NOON)
    disk.write(Destroyed(sheets=(), media=("USB stick 1", "USB stick 2"), every_envelope=True, witnesses=""))
    with pytest.raises(RuleError, match="destroyed: it can recover nothing"):
        hand_over(disk.path, Order("Board/1", ZOE, Seal.WHOLE), tmp_path, NOON)
    with pytest.raises(UsageError, match="there is no sheet Board/9"):
        hand_over(disk.path, Order("Board/9", ZOE, Seal.WHOLE), tmp_path, NOON)


def test_it_goes_to_somebody() -> None:
    with pytest.raises(UsageError, match="handed over to whom"):
        Order("Board/2", Holder("Secretary", "", "Graz", ""), Seal.WHOLE)


def test_a_copy_takes_no_line(disk: OnDisk, tmp_path: Path) -> None:
    (disk.path / folder.COPY_FILE).touch()
    with pytest.raises(FileError, match="marked as a copy"):
        hand_over(disk.path, Order("Board/2", ZOE, Seal.WHOLE), tmp_path / "out", NOON)


def test_a_receipt_is_never_overwritten(disk: OnDisk, tmp_path: Path) -> None:
    hand_over(disk.path, Order("Board/2", ZOE, Seal.WHOLE), tmp_path, NOON)
    with pytest.raises(FileError, match="is there already"):
        hand_over(disk.path, Order("Board/2", Holder("", "Yan Neu", "", ""), Seal.WHOLE), tmp_path, NOON)
    assert lines(disk) == 2


def test_a_name_that_cannot_be_printed_writes_nothing(disk: OnDisk, tmp_path: Path) -> None:
    with pytest.raises(PaperError, match="person of Board/2"):
        hand_over(disk.path, Order("Board/2", Holder("", "山田", "", ""), Seal.WHOLE), tmp_path / "out", NOON)
    assert (lines(disk), (tmp_path / "out").exists()) == (1, False)


def test_without_the_plan_it_is_done_all_the_same(disk: OnDisk, tmp_path: Path) -> None:
    (disk.path / folder.PLAN_FILE).unlink()
    change, receipt = hand_over(disk.path, Order("Board/2", ZOE, Seal.WHOLE), tmp_path, NOON)
    assert receipt is not None
    assert "plan.toml is not there" in change.after.plan_problem


def test_killed_anywhere_the_journal_is_the_old_or_the_new_one(disk: OnDisk, tmp_path: Path) -> None:
    before = (disk.path / folder.JOURNAL_FILE).read_bytes()
    old = new = 0
    for step in itertools.count(0, 9):
        out = tmp_path / str(step)
        order = Order("Board/2", ZOE, Seal.WHOLE)
        was_killed = killed(step, lambda: hand_over(disk.path, order, out, NOON))  # noqa: B023 - called here
        if (disk.path / folder.JOURNAL_FILE).read_bytes() == before:
            old += 1
        else:
            new += 1
            (receipt,) = out.iterdir()
            assert str(disk.register.journal.head) in texts(receipt.read_bytes())[0]
            (disk.path / folder.JOURNAL_FILE).write_bytes(before)
        if not was_killed:
            break
    assert old > 3
    assert new >= 1

"""`rootescrow handover`, as the secretary runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ceremony.escrows import OnDisk, on_disk
from tests.ceremony.plans import SIMPLE
from tests.cli.support import Done, inside


@pytest.fixture
def disk(tmp_path: Path) -> OnDisk:
    """The example's root."""
    return on_disk(tmp_path / "made")


def hand(disk: OnDisk, *arguments: str) -> Done:
    return inside("handover", disk.path, *arguments, "--out", disk.path.parent.parent / "receipts")


def test_a_whole_bag(disk: OnDisk) -> None:
    done = hand(disk, "Board/2", "--to", "Zoe Neu", "--bag", "whole")
    assert (done.status, done.err) == (0, "")
    head = disk.register.journal.head
    assert "Written: Board/2 was handed over, its bag whole: now Zoe Neu, Bank, Zürich, bag A000102.\n" in done.out
    assert f"Journal head: {head}\n" in done.out
    assert "RULE" not in done.out
    receipt = next((disk.path.parent.parent / "receipts").iterdir())
    assert f"Sign:   {receipt} (old holder, new holder and a witness" in done.out


def test_a_third_opened_bag_is_said_loudly(disk: OnDisk) -> None:
    for number in (1, 2, 3):
        done = hand(disk, f"Board/{number}", "--to", f"New {number}", "--bag", "opened", "--new-bag", f"A00030{number}")
        assert done.status == 0
    assert "RULE NOT MET, z.5 (" in done.out
    assert "Due:  - a new generation: 3 of the 3 shares that Board needs" in done.out
    back = hand(disk, "Board/4", "--to", "New 4", "--bag", "whole")
    assert "RULE NOT MET" not in back.out, "it is no news any more"
    assert "a new generation: 3 of the 3 shares" in back.out, "and still due"


def test_what_is_missing_is_void_and_how_to_go_on_is_said(disk: OnDisk) -> None:
    done = hand(disk, "Board/2", "--to", "Zoe Neu", "--bag", "missing")
    assert done.status == 0
    assert "Written: Board/2 is void: not there when it was to be handed over to Zoe Neu." in done.out
    assert "rootescrow replace" in done.err
    assert not (disk.path.parent.parent / "receipts").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("Board/2", "--to", "Zoe Neu", "--bag", "opened"), 2, "Put the sheet, unread, into a new bag"),
        (("Board/9", "--to", "Zoe Neu", "--bag", "whole"), 2, "there is no sheet Board/9"),
        (("Board/2", "--to", "", "--bag", "whole"), 2, "handed over to whom"),
        (("Board/2", "--to", "Zoe Neu", "--bag", "torn"), 2, "'torn' is not one of"),
        (("Board/2", "--to", "two\nlines", "--bag", "whole"), 2, "cannot be printed"),
        (("Arbitration/1", "--to", "Gus Example", "--bag", "whole"), 8, "SP-e"),
        (("Passphrase/1", "--to", "Zoe", "--place", "Bank, Lyon", "--bag", "whole"), 8, "AU-4"),
        (("Board/2", "--to", "academic acid acne acquire", "--bag", "whole"), 2, "reads like the words of a share"),
    ],
)
def test_what_is_refused_writes_nothing(disk: OnDisk, arguments: tuple[str, ...], status: int, says: str) -> None:
    done = hand(disk, *arguments)
    assert (done.status, done.out) == (status, "")
    assert says in done.err
    assert len(disk.register.journal.lines) == 1
    assert not (disk.path.parent.parent / "receipts").exists()


def test_a_bag_without_a_number_is_said(tmp_path: Path) -> None:
    disk = on_disk(tmp_path / "made", SIMPLE)
    done = hand(disk, "Holder/2", "--to", "Zoe Neu", "--bag", "whole")
    assert (done.status, "Nobody wrote down the number of this bag" in done.err) == (0, True)
    done = hand(disk, "Holder/3", "--to", "Yan Neu", "--bag", "whole", "--new-bag", "A000301")
    assert (done.status, done.err) == (0, "")

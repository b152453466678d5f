"""What is left of an old generation, what ends it soonest, and how people say what was destroyed."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.ceremony.destruction import doubts, left, names, parse
from rootescrow.ceremony.today import Today, judge
from rootescrow.errors import UsageError
from rootescrow.policy import Body
from rootescrow.register.events import (
    AnyEvent,
    Arrival,
    Arrived,
    Destroyed,
    Handover,
    Recovered,
    Seal,
    Superseded,
    Void,
    What,
)
from rootescrow.register.record import RecordedEnvelope, RecordedGroup, sha256
from rootescrow.register.register import Register, fold
from tests.ceremony.plans import ROOT
from tests.register.support import NOON, make_journal, make_record, sheets
from tests.register.test_passphrase_record import escrowed

DAY = datetime.date(2031, 5, 12)
SEPARATE = RecordedEnvelope(sha256=sha256(b"envelope"), bytes=2600, printed="separate")
SUPERSEDED = Superseded(
    escrow_id="CCCC-DDDD",
    generation=2,
    record_sha256=sha256(b"record"),
    new_passphrase=False,
    case="a20310512.1",
    reason="",
)
RENEWED = SUPERSEDED.model_copy(update={"new_passphrase": True})
RECOVERED = Recovered(
    what=What.KEY,
    case="a1",
    arbitrator="Eve",
    sheets=(Arrived(sheet="Board/1", how=Arrival.BAG),),
    copies=("root.p8.pem",),
)


def told(*events: AnyEvent, plan: bool = False, **changed: Any) -> Today:
    if plan:
        changed |= {"plan_sha256": sha256(ROOT.encode()), "media": ("USB stick 1", "USB stick 2")}
    record = make_record(**{"envelope": SEPARATE, **changed})
    return judge(fold(record, make_journal(*events, record=record)), ROOT.encode() if plan else None, DAY)


def gone(*names: str, every_envelope: bool = False, **more: Any) -> Destroyed:
    return Destroyed(sheets=names, media=(), every_envelope=every_envelope, witnesses="", **more)


def opened(name: str) -> Handover:
    return Handover(sheet=name, office="", person="Another", place="", bag="", seal=Seal.OPENED)


# What ends it soonest


def test_the_group_with_fewest_sheets_to_destroy() -> None:
    today = told(SUPERSEDED, plan=True)
    known = left(today)
    (part,) = known.parts
    assert (part.group.name, part.needed, len(part.sheets)) == ("Arbitration", 2, 3)
    assert [carrier.name for carrier in known.envelopes] == [
        *("USB stick 1", "USB stick 2", "printed envelope 1", "printed envelope 2"),
    ]
    assert known.by_sheets_first
    assert not known.uncounted
    assert known.soonest == (
        "any 2 of Arbitration/1, Arbitration/2, Arbitration/3, or every envelope (USB stick 1, USB stick 2, printed "
        "envelope 1, printed envelope 2, and each copy of the folder)"
    )
    one = left(told(SUPERSEDED, gone("Arbitration/2"), plan=True)).parts[0]
    assert (one.needed, [sheet.name for sheet in one.sheets]) == (1, ["Arbitration/1", "Arbitration/3"])


def test_envelopes_first_where_they_are_fewer() -> None:
    groups = (RecordedGroup(name="Board", body=Body.BOARD, threshold=2, count=9),)
    record: dict[str, Any] = {"groups": groups, "group_threshold": 1, "sheets": sheets("Board", 9), "media": ()}
    # One medium and what is in folders, against eight sheets.
    today = told(SUPERSEDED, envelope=SEPARATE.model_copy(update={"printed": "media"}), **(record | {"media": ("M",)}))
    assert not left(today).by_sheets_first
    assert left(today).soonest.startswith("every envelope (M, and each copy of the folder), or any 8 of Board/1")
    # Printed ones that nobody counted cannot be known to be all destroyed.
    assert left(told(SUPERSEDED, **record)).uncounted
    assert left(told(SUPERSEDED, **record)).by_sheets_first


def test_on_each_sheet_there_is_no_way_but_the_sheets() -> None:
    today = told(SUPERSEDED, envelope=SEPARATE.model_copy(update={"printed": "each"}))
    assert left(today).on_sheets
    assert left(today).soonest == "any 2 of Arbitration/1, Arbitration/2, Arbitration/3"


def test_words_that_people_know_are_not_destroyed() -> None:
    today = told(opened("Arbitration/1"), SUPERSEDED, plan=True)
    (part,) = left(today).parts
    assert (part.group.name, part.needed) == ("Arbitration", 2)
    assert [sheet.name for sheet in part.sheets] == ["Arbitration/2", "Arbitration/3"]
    # Two known shares are a quorum of it for ever: only the other group is left.
    today = told(opened("Arbitration/1"), opened("Arbitration/2"), SUPERSEDED, plan=True)
    (part,) = left(today).parts
    assert (part.group.name, part.needed) == ("Board", 3)
    everyone = [opened(f"Board/{number}") for number in (1, 2, 3)]
    today = told(opened("Arbitration/1"), opened("Arbitration/2"), *everyone, SUPERSEDED, plan=True)
    assert left(today).parts == ()
    assert left(today).soonest.startswith("every envelope (")


def test_where_not_all_groups_are_needed_several_must_go() -> None:
    today = told(SUPERSEDED, group_threshold=1)
    assert [(part.group.name, part.needed) for part in left(today).parts] == [("Arbitration", 2), ("Board", 3)]
    assert left(today).sheets_needed == 5


@st.composite
def histories(draw: st.DrawFn) -> Today:
    """An old generation to which anything has happened."""
    everything = [f"Board/{n}" for n in range(1, 6)] + [f"Arbitration/{n}" for n in range(1, 4)]
    known = draw(st.lists(st.sampled_from(everything), unique=True, max_size=4))
    there = draw(st.lists(st.sampled_from(everything), unique=True, min_size=1))
    burnt = [name for name in everything if name not in there]
    events: list[AnyEvent] = [*map(opened, known), SUPERSEDED, *([gone(*burnt)] if burnt else [])]
    return told(*events, group_threshold=draw(st.sampled_from([1, 2])))


@settings(max_examples=40)
@given(histories())
def test_what_it_says_ends_it_and_one_sheet_fewer_does_not(today: Today) -> None:
    known = left(today)
    assert bool(known.soonest) == today.register.live
    if not today.register.live or not known.parts:
        assert not known.parts
        return
    chosen = [sheet.name for part in known.parts for sheet in part.sheets[: part.needed]]
    assert not today.register.after(gone(*chosen), now=NOON).live
    if len(chosen) > 1:
        assert today.register.after(gone(*chosen[1:]), now=NOON).live
    # By brute force: no smaller set of sheets ends it.
    if known.sheets_needed <= 3:
        sheets_left = [sheet.name for sheet in today.register.sheets if not sheet.destroyed]
        for fewer in itertools.combinations(sheets_left, known.sheets_needed - 1):
            assert not fewer or today.register.after(gone(*fewer), now=NOON).live


# What people say


def test_names_as_they_stand_there() -> None:
    today = told(RECOVERED, SUPERSEDED, plan=True)
    assert names(today)[8:] == (
        *("USB stick 1", "USB stick 2", "printed envelope 1", "printed envelope 2", "root.p8.pem", "every envelope"),
    )
    event = parse(
        today,
        ("board/2", "Board/2", " USB stick 1", "root.p8.pem", "Printed Envelope 2", "arbitration/1"),
        ("Ada", "Bo "),
    )
    assert event == Destroyed(
        sheets=("Board/2", "Arbitration/1"),
        media=("USB stick 1",),
        copies=("root.p8.pem",),
        printed_envelopes=(2,),
        every_envelope=False,
        witnesses="Ada, Bo",
    )
    after = judge(today.register.after(event, now=NOON), ROOT.encode(), DAY)
    assert names(after) == (
        *("Board/1", "Board/3", "Board/4", "Board/5", "Arbitration/2", "Arbitration/3"),
        *("USB stick 2", "printed envelope 1", "every envelope"),
    )
    assert parse(after, ("every envelope",), ()).every_envelope


@pytest.mark.parametrize(
    "name",
    ["Board/9", "", "printed envelope 0", "printed envelope 3", "printed envelope x", "printed envelope \u0661", "x\n"],
)
def test_what_is_not_there(name: str) -> None:
    with pytest.raises(UsageError, match=r"^there is no ") as error:
        parse(told(SUPERSEDED, plan=True), ("Board/1", name), ())
    assert error.value.message.isprintable()
    assert "Board/1, Board/2" in error.value.hint
    assert "every envelope" in error.value.hint


def test_what_was_destroyed_before_is_not_there_any_more() -> None:
    before = (gone("Board/1"), gone(printed_envelopes=(1,)))
    for name in ("Board/1", "printed envelope 1"):
        with pytest.raises(UsageError, match=f"there is no {name} left"):
            parse(told(SUPERSEDED, *before, plan=True), (name,), ())


def test_printed_ones_that_nobody_counted_have_any_number() -> None:
    assert parse(told(SUPERSEDED), ("printed envelope 7",), ()).printed_envelopes == (7,)
    with pytest.raises(UsageError):
        parse(told(SUPERSEDED), ("printed envelope 0",), ())
    each = SEPARATE.model_copy(update={"printed": "each"})
    with pytest.raises(UsageError):
        parse(told(SUPERSEDED, envelope=each), ("printed envelope 1",), ())


@pytest.mark.parametrize("witness", ["x" * 501, "two\nlines", "\x1b[2J"])
def test_witnesses_are_one_line(witness: str) -> None:
    with pytest.raises(UsageError, match="witnesses are one line"):
        parse(told(SUPERSEDED), ("Board/1",), ("Ada", witness))


def test_two_things_of_one_name() -> None:
    with pytest.raises(UsageError, match="two things called"):
        parse(told(SUPERSEDED, media=("Board/1",)), ("Board/1",), ())


# What is lost with it


def lost(before: Register, *events: AnyEvent) -> tuple[str, ...]:
    return doubts(before, before.after(*events, now=NOON))


def test_a_generation_that_nothing_superseded_is_not_destroyed_by_the_way() -> None:
    register = told().register
    assert lost(register, gone("Board/1", "Board/2")) == ()
    (doubt,) = lost(register, gone("Board/1", "Board/2", "Board/3"))
    assert "was not superseded, and without these it can recover nothing" in doubt
    assert len(lost(register, gone(every_envelope=True))) == 1
    # A void sheet is no rightful part of a quorum.
    void = told(*(Void(sheet=f"Board/{number}", reason="lost") for number in (1, 2))).register
    assert lost(void, gone("Board/1", "Board/2")) == ()
    assert len(lost(void, gone("Board/3"))) == 1
    assert lost(told(SUPERSEDED).register, gone("Board/1", "Board/2", "Board/3")) == ()


def test_the_sheets_of_the_passphrase() -> None:
    register = told(passphrase=escrowed()).register
    assert lost(register, gone("Passphrase/1")) == ()
    (doubt,) = lost(register, gone("Passphrase/1", "Passphrase/2"))
    assert "do not tell it any more" in doubt
    register = told(SUPERSEDED, passphrase=escrowed()).register
    (doubt,) = lost(register, gone("Passphrase/1", "Board/1"))
    assert "Passphrase/1 are of escrow CCCC-DDDD now: say it there" in doubt
    assert lost(told(RENEWED, passphrase=escrowed()).register, gone("Passphrase/1", "Passphrase/2")) == ()

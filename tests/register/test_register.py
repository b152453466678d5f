from __future__ import annotations

import contextlib
import datetime
from dataclasses import FrozenInstanceError
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rootescrow.errors import JournalError, UsageError
from rootescrow.policy import Body, Group, Holder
from rootescrow.register.events import (
    ENVELOPE,
    AnyEvent,
    Arrival,
    Arrived,
    Confirmed,
    Destroyed,
    Drill,
    Found,
    Handover,
    How,
    Kit,
    Looked,
    Note,
    Opened,
    Printed,
    Recovered,
    Replaced,
    Seal,
    Superseded,
    Void,
    What,
)
from rootescrow.register.journal import Journal
from rootescrow.register.now import SheetNow
from rootescrow.register.record import RecordedEnvelope, RecordedGroup, RecordedPassphrase
from rootescrow.register.register import UNSEEN_DAYS, Register, fold
from tests.register.support import EVENTS, NOON, make_journal, make_record, sheets

BOARD = [f"Board/{number}" for number in range(1, 6)]
ALL = BOARD + [f"Arbitration/{number}" for number in range(1, 4)]
TODAY = NOON.date()
KEEPERS = RecordedPassphrase(
    escrow_id="AAAA-BBBB",
    groups=(RecordedGroup(name="Keepers", body=Body.OTHER, threshold=2, count=3),),
    group_threshold=1,
    sheets=sheets("Keepers", 3),
)


def envelope(printed: Literal["each", "separate", "media"]) -> RecordedEnvelope:
    return RecordedEnvelope(sha256="ab" * 32, bytes=2600, printed=printed)


def told(*events: AnyEvent, **changed: Any) -> Register:
    """What holds after these events, a minute after each other, in an escrow whose envelope is on media alone."""
    record = make_record(**{"envelope": envelope("media"), **changed})
    return fold(record, make_journal(*events, record=record))


def at(minute: int) -> datetime.datetime:
    return NOON + datetime.timedelta(minutes=minute)


def confirmed(name: str) -> Confirmed:
    return Confirmed(sheet=name, how=How.SCAN, by="")


def handed(name: str, person: str, seal: Seal) -> Handover:
    return Handover(sheet=name, office="", person=person, place="Oslo", bag="new", seal=seal)


def destroyed(*names: str, every_envelope: bool = False, media: tuple[str, ...] = ()) -> Destroyed:
    return Destroyed(sheets=names, media=media, every_envelope=every_envelope, witnesses="")


def void(name: str) -> Void:
    return Void(sheet=name, reason="lost")


def refused(*events: AnyEvent, **changed: Any) -> str:
    """What is said of the last event, which cannot have happened: when it is added, and when it is read."""
    before = told(*events[:-1], **changed)
    with pytest.raises(UsageError) as raised:
        before.after(events[-1], now=NOON)
    journal = before.journal.append(events[-1], now=NOON)
    with pytest.raises(JournalError) as read:
        fold(before.record, journal)
    assert read.value.message == f"line {len(journal.lines)} of the journal cannot be: {raised.value.message}"
    assert raised.value.hint or "escrow" in raised.value.message
    return raised.value.message


# What was made


def test_nothing_happened_yet() -> None:
    register = told()
    assert [sheet.name for sheet in register.sheets] == ALL
    first = register.sheet("Board/1")
    assert first.group == Group("Board", 3, 5, Body.BOARD)
    assert first.holder == Holder("Secretary", "Ada Éxample 1", "Zürich", "A000001")
    assert (first.printed, first.confirmed, first.seen, first.may_know, first.former) == (0, None, None, (), ())
    assert {sheet.state for sheet in register.sheets} == {"not confirmed"}
    assert register.media == ("USB stick 1",)
    assert (register.state, register.live, register.confirmed) == ("printed, not confirmed", True, False)
    assert register.due(TODAY) == (f"read back from paper, and confirm: {', '.join(ALL)}",)


def test_a_register_is_frozen() -> None:
    register = told()
    for value, name in ((register, "sheets"), (register.sheets[0], "void"), (register.exposures[0], "people")):
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, ())


def test_an_escrow_of_the_simple_kind_knows_no_holders() -> None:
    nobody = [
        sheet.model_copy(update={"office": "", "person": "", "place": "", "bag": ""})
        for sheet in sheets("Board", 5) + sheets("Arbitration", 3)
    ]
    register = told(handed("Board/1", "Bo", Seal.OPENED), sheets=nobody)
    assert register.sheet("Board/2").holder == Holder()
    assert register.sheet("Board/1").former == ("whoever had Board/1",)


# Printed and confirmed


def test_confirmed_is_every_sheet_and_no_fewer() -> None:
    for left in ALL:
        register = told(*(confirmed(name) for name in ALL if name != left))
        assert [sheet.name for sheet in register.unconfirmed] == [left]
        assert register.state == "printed, not confirmed"
        assert register.due(TODAY) == (f"read back from paper, and confirm: {left}",)
    register = told(*(confirmed(name) for name in ALL))
    assert (register.state, register.confirmed, register.due(TODAY)) == ("confirmed", True, ())


def test_a_sheet_on_its_way() -> None:
    register = told(Printed(sheet="Board/2", printer=""), Printed(sheet="Board/2", printer="laser"))
    sheet = register.sheet("Board/2")
    assert (sheet.state, sheet.printed, sheet.seen) == ("printed, not confirmed", 2, None)
    register = register.after(Confirmed(sheet="Board/2", how=How.TYPED, by="Ada"), now=at(9))
    sheet = register.sheet("Board/2")
    assert (sheet.state, sheet.confirmed, sheet.how, sheet.seen) == ("confirmed", at(9), "typing", at(9))
    assert {one.state for one in register.sheets if one.name != "Board/2"} == {"not confirmed"}


def test_a_sheet_that_is_void_need_not_be_confirmed() -> None:
    assert told(*(confirmed(name) for name in ALL[1:]), void(ALL[0])).confirmed


def test_an_envelope_on_a_document_of_its_own_is_confirmed_too() -> None:
    every = [confirmed(name) for name in ALL]
    register = told(*every, envelope=envelope("separate"))
    assert (register.state, register.to_confirm, register.unconfirmed) == ("printed, not confirmed", (ENVELOPE,), ())
    assert register.due(TODAY) == ("read back from paper, and confirm: the envelope",)
    register = register.after(confirmed(ENVELOPE), now=at(60))
    assert (register.state, register.to_confirm, register.envelope_confirmed) == ("confirmed", (), at(60))
    assert "not printed on a document of its own" in refused(confirmed(ENVELOPE), envelope=envelope("each"))
    assert told(*every, envelope=envelope("each")).confirmed


# Who may know words


def test_a_whole_bag_tells_nobody_anything() -> None:
    register = told(*(handed("Board/1", person, Seal.WHOLE) for person in ("Bo", "Cy", "Di")))
    sheet = register.sheet("Board/1")
    assert (sheet.holder, sheet.seen) == (Holder("", "Di", "Oslo", "new"), at(3))
    assert (sheet.may_know, sheet.former) == ((), ())
    assert all(not exposure.sheets and not exposure.rekey_due for exposure in register.exposures)


@pytest.mark.parametrize("seal", [Seal.OPENED, Seal.MISSING])
def test_whoever_had_an_open_bag_may_know_the_words_for_ever(seal: Seal) -> None:
    register = told(handed("Board/1", "Bo", seal), handed("Board/1", "Cy", Seal.WHOLE), handed("Board/1", "Di", seal))
    sheet = register.sheet("Board/1")
    assert sheet.former == sheet.may_know == ("Ada Éxample 1", "Cy")
    assert register.exposures[0].people == ("Ada Éxample 1", "Cy")
    assert register.exposures[0].sheets == ("Board/1",)
    assert register.exposures[1].sheets == ()
    gone = register.after(void("Board/1"), destroyed("Board/1"), now=NOON)
    assert gone.exposures[0].sheets == ("Board/1",), "nobody forgets words because the paper burnt"


def test_who_has_the_sheet_again_is_no_former_holder() -> None:
    register = told(handed("Board/1", "Bo", Seal.OPENED), handed("Board/1", "Ada Éxample 1", Seal.WHOLE))
    assert register.sheet("Board/1").may_know == ("Ada Éxample 1",)
    assert register.sheet("Board/1").former == ()
    assert register.exposures[0].sheets == ()
    assert register.after(void("Board/1"), now=NOON).sheet("Board/1").former == ("Ada Éxample 1",)


def test_void_sheets_count_until_they_are_destroyed() -> None:
    register = told(void("Board/1"), void("Board/4"))
    assert [sheet.state for sheet in register.sheets][:4] == [
        "void, not destroyed",
        "not confirmed",
        "not confirmed",
        "void, not destroyed",
    ]
    assert register.sheet("Board/1").reason == "lost"
    assert register.exposures[0].sheets == ("Board/1", "Board/4")
    assert "destroy what is void: Board/1, Board/4" in register.due(TODAY)
    register = register.after(destroyed("Board/1", "Board/4"), now=NOON)
    assert register.sheet("Board/1").state == "void, destroyed"
    assert register.exposures[0].sheets == ()
    assert not any("void" in item for item in register.due(TODAY))


def test_former_holders_and_void_sheets_are_counted_together() -> None:
    events: list[AnyEvent] = [
        handed("Board/1", "Bo", Seal.OPENED),
        void("Board/2"),
        handed("Board/3", "Di", Seal.MISSING),
    ]
    seen = []
    for count in range(4):
        exposure = told(*events[:count]).exposures[0]
        seen.append((len(exposure.sheets), exposure.rekey_due, exposure.is_quorum))
    assert seen == [(0, False, False), (1, False, False), (2, True, False), (3, True, True)]
    due = told(*events[:2]).due(TODAY)[0]
    assert due.startswith("a new generation: 2 of the 3 shares that Board needs")
    assert due.endswith("(Board/1, Board/2)")
    assert told(*events).due(TODAY)[0].endswith("(Board/1, Board/2, Board/3): that is a quorum")


def test_a_sheet_counts_once() -> None:
    register = told(handed("Board/1", "Bo", Seal.OPENED), handed("Board/1", "Cy", Seal.OPENED), void("Board/1"))
    assert register.exposures[0].sheets == ("Board/1",)


def test_copies_are_one_share() -> None:
    copies = [sheet.model_copy(update={"words_sha256": "ab" * 32}) for sheet in sheets("Copies", 3)]
    group = RecordedGroup(name="Copies", body=Body.OTHER, threshold=1, count=3)
    register = told(void("Copies/1"), void("Copies/2"), groups=[group], group_threshold=1, sheets=copies)
    (exposure,) = register.exposures
    assert (exposure.sheets, exposure.is_quorum) == (("Copies/1",), True)
    assert not told(groups=[group], group_threshold=1, sheets=copies).exposures[0].rekey_due


# Live


def test_a_generation_lives_while_a_quorum_and_an_envelope_may_exist() -> None:
    assert told(*map(void, ALL)).live, "what is void and not destroyed can be used"
    assert told(destroyed(*BOARD[:2])).live
    dead = told(destroyed(*BOARD[:3]))
    assert (dead.live, dead.state) == (False, "destroyed: it can recover nothing")
    assert dead.due(TODAY) == ()
    assert not told(destroyed("Arbitration/1", "Arbitration/3")).live
    assert told(destroyed(media=("USB stick 1",))).live
    assert not told(destroyed(every_envelope=True)).live


def test_a_destroyed_sheet_whose_words_somebody_may_know_is_not_gone() -> None:
    opened = handed("Board/1", "Bo", Seal.OPENED)
    assert told(opened, destroyed(*BOARD[:3])).live
    assert not told(opened, destroyed(*BOARD[:4])).live


def test_of_groups_that_are_not_all_needed_one_may_be_destroyed() -> None:
    assert told(destroyed(*BOARD), group_threshold=1).live
    assert not told(destroyed(*ALL), group_threshold=1).live


def test_the_envelope_on_each_sheet_goes_with_the_sheets() -> None:
    each = envelope("each")
    said = refused(destroyed(*ALL[1:], every_envelope=True), envelope=each)
    assert "each sheet of this escrow bears it" in said
    assert not told(destroyed(*ALL, every_envelope=True), envelope=each).live
    assert not told(destroyed(*ALL[1:]), destroyed(ALL[0], every_envelope=True), envelope=each).live


def test_media() -> None:
    register = told(destroyed(media=("A",)), media=("A", "B"))
    assert register.media == ("B",)
    assert "there is no medium A" in refused(destroyed(media=("A",)), destroyed(media=("A",)), media=("A", "B"))


# What is due


def test_a_bag_that_nobody_has_seen_for_a_year() -> None:
    register = told(*(confirmed(name) for name in ALL), handed("Board/2", "Bo", Seal.WHOLE))
    year = TODAY + datetime.timedelta(days=UNSEEN_DAYS)
    assert register.due(year) == ()
    assert register.due(year + datetime.timedelta(days=1)) == (
        f"look at the bags not seen for a year: {', '.join(ALL)}",
    )
    seen = register.after(handed("Board/1", "Cy", Seal.WHOLE), now=NOON + datetime.timedelta(days=300))
    later = year + datetime.timedelta(days=1)
    assert seen.due(later) == (f"look at the bags not seen for a year: {', '.join(ALL[1:])}",)
    assert seen.sheet("Board/1").seen == NOON + datetime.timedelta(days=300)


# Drills


def drill(*items: Looked, next_drill: datetime.date | None = None) -> Drill:
    return Drill(items=items, by="Ada, Bo", next_drill=next_drill)


def looked(item: str, found: Found = Found.RIGHT, seal: Seal | None = Seal.WHOLE, bag: str = "") -> Looked:
    return Looked(item=item, found=found, seal=seal, bag=bag)


def test_a_drill_sees_sheets_and_changes_their_bags() -> None:
    following = datetime.date(2027, 11, 20)
    items = (looked("Board/1", bag="B9"), looked("Board/2", Found.UNOPENED), looked("USB stick 1", bag="B8"))
    register = told(drill(*items, looked(ENVELOPE), next_drill=following))
    assert (register.sheet("Board/1").seen, register.sheet("Board/1").holder.bag) == (at(1), "B9")
    assert (register.sheet("Board/2").seen, register.sheet("Board/2").holder.bag) == (at(1), "A000002")
    assert register.sheet("Board/3").seen is None
    assert register.sheet("Board/1").holder.person == "Ada Éxample 1"
    assert [(medium.name, medium.seen, medium.bag) for medium in register.media_now] == [("USB stick 1", at(1), "B8")]
    assert (register.envelope_seen, register.drilled, register.next_drill) == (at(1), TODAY, following)
    assert not any(exposure.sheets for exposure in register.exposures)
    assert register.after(drill(looked("Board/3")), now=at(9)).next_drill == following


def test_a_drill_that_is_due() -> None:
    register = told(*(confirmed(name) for name in ALL), drill(next_drill=TODAY + datetime.timedelta(days=9)))
    assert register.due(TODAY + datetime.timedelta(days=8)) == ()
    assert register.due(TODAY + datetime.timedelta(days=9)) == ("the drill of 2026-12-02",)


def test_what_was_shown_and_is_wrong_is_not_the_sheet_that_is_kept() -> None:
    register = told(drill(looked("Board/1", Found.WRONG, bag="B9"), looked("USB stick 1", Found.WRONG)))
    assert (register.sheet("Board/1").seen, register.sheet("Board/1").holder.bag) == (None, "A000001")
    assert register.sheet("Board/1").counts
    assert register.media_now[0].seen is None


def test_what_was_wrong_or_not_there_stays_so_until_it_is_seen_to_be_right() -> None:
    bad = drill(
        looked("Board/1", Found.WRONG),
        looked("Board/2", Found.WRONG),
        looked("Board/3", Found.GONE),
        looked("USB stick 1", Found.GONE),
        looked(ENVELOPE, Found.WRONG),
        looked("Board/4", Found.UNOPENED),
    )
    register = told(confirmed("Board/1"), bad)
    wrong = {"Board/1": Found.WRONG, "Board/2": Found.WRONG, "USB stick 1": Found.GONE, ENVELOPE: Found.WRONG}
    assert register.found_wrong == {name: (found, TODAY) for name, found in wrong.items()}
    assert not told(drill(looked("Board/1"))).found_wrong
    seen = register.after(
        confirmed("Board/1"), drill(looked("USB stick 1", Found.UNOPENED)), void("Board/2"), now=at(9)
    )
    assert list(seen.found_wrong) == [ENVELOPE]


def test_a_sheet_that_is_not_there_is_void_and_may_be_in_strange_hands() -> None:
    register = told(drill(looked("Board/1", Found.GONE, seal=None)))
    assert (register.sheet("Board/1").state, register.sheet("Board/1").seen) == ("void, not destroyed", None)
    assert register.exposures[0].sheets == ("Board/1",)
    assert told(destroyed("Board/1"), drill(looked("Board/1", Found.GONE, seal=None))).sheet("Board/1").void is None


def test_a_bag_found_open_in_a_drill_tells_its_holder_and_counts_when_he_leaves() -> None:
    register = told(drill(looked("Board/1", seal=Seal.OPENED, bag="B9")))
    assert register.sheet("Board/1").may_know == ("Ada Éxample 1",)
    assert register.exposures[0].sheets == ()
    register = register.after(handed("Board/1", "Bo", Seal.WHOLE), now=at(9))
    assert register.exposures[0].people == ("Ada Éxample 1",)


def test_an_exercise_that_opens_the_envelope_is_a_drill() -> None:
    event = Opened(case="a1", sheets=("Board/1",), passphrase=False, by="", next_drill=TODAY)
    register = told(event)
    assert (register.sheet("Board/1").seen, register.drilled, register.next_drill) == (at(1), TODAY, TODAY)
    assert (register.recoveries, register.exposed) == ((), False)
    assert refused(void("Board/1"), event) == "Board/1 is void, not destroyed"


# Sheets made since


def replaced(old: str, new: str) -> Replaced:
    words = "cd" * 32
    return Replaced(
        sheet=new, office="", person="Bo", place="Oslo", bag="B7", words_sha256=words, old=old, reason="burnt"
    )


def test_a_replaced_sheet_is_void_and_the_new_one_counts() -> None:
    register = told(*(confirmed(name) for name in ALL), replaced("Board/2", "Board/6"))
    assert [sheet.name for sheet in register.sheets] == [*BOARD, "Board/6", *ALL[5:]]
    assert (register.sheet("Board/2").state, register.sheet("Board/2").reason) == ("void, not destroyed", "burnt")
    new = register.sheet("Board/6")
    assert (new.holder, new.group, new.counts) == (
        Holder("", "Bo", "Oslo", "B7"),
        Group("Board", 3, 5, Body.BOARD),
        True,
    )
    assert register.to_confirm == ("Board/6",)
    assert register.after(confirmed("Board/6"), now=at(20)).confirmed
    assert register.next_number(new.group) == 7
    assert register.in_place_of == {"Board/6": "Board/2"}
    assert register.exposures[0].sheets == ("Board/2",)


def test_a_number_is_never_used_twice_and_there_are_sixteen() -> None:
    register = told(replaced("Board/2", "Board/6"), destroyed("Board/6"))
    assert register.next_number(register.groups[0]) == 7
    assert refused(replaced("Board/1", "Board/5")) == "the next sheet of Board is Board/6, not Board/5"
    assert refused(replaced("Board/1", "Arbitration/4")) == "the next sheet of Board is Board/6, not Arbitration/4"
    assert refused(replaced("Board/9", "Board/6")) == "there is no sheet Board/9"
    used = [replaced(f"Board/{number - 1}", f"Board/{number}") for number in range(6, 17)]
    assert told(*used).next_number(told().groups[0]) is None
    assert refused(*used, replaced("Board/16", "Board/17")) == "Board has used every number, 1 to 16"


def test_a_sheet_that_was_void_before_keeps_its_reason() -> None:
    assert told(void("Board/2"), replaced("Board/2", "Board/6")).sheet("Board/2").reason == "lost"
    gone = told(destroyed("Board/2"), replaced("Board/2", "Board/6"))
    assert (gone.sheet("Board/2").state, gone.exposures[0].sheets) == ("destroyed", ())


def test_copies_are_not_replaced() -> None:
    copies = [sheet.model_copy(update={"words_sha256": "ab" * 32}) for sheet in sheets("Copies", 3)]
    group = RecordedGroup(name="Copies", body=Body.OTHER, threshold=1, count=3)
    said = refused(replaced("Copies/1", "Copies/4"), groups=[group], group_threshold=1, sheets=copies)
    assert said == "the sheets of Copies are copies of one share, and none is replaced singly"


def test_what_recovery_may_know_today() -> None:
    register = told(replaced("Board/2", "Board/6"), destroyed("Arbitration/1"), void("Keepers/2"), passphrase=KEEPERS)
    known = register.known
    assert list(known.sheets) == [*BOARD, "Board/6", *ALL[5:]]
    assert known.sheets["Board/6"] == bytes.fromhex("cd" * 32)
    assert known.void == {
        "Board/2": "it is void since 2026-11-23: burnt",
        "Arbitration/1": "it is listed as destroyed since 2026-11-23",
    }
    assert known.passphrase is not None
    assert list(known.passphrase.sheets) == ["Keepers/1", "Keepers/2", "Keepers/3"]
    assert known.passphrase.void == {"Keepers/2": "it is void since 2026-11-23: lost"}
    assert told().known == told().record.known


# After a recovery, and the generation after


RECOVERED = Recovered(
    what=What.KEY,
    case="a1",
    arbitrator="Eve",
    sheets=(Arrived(sheet="Board/1", how=Arrival.BAG),),
    copies=("root.p8.pem", "stick"),
)
SUPERSEDED = Superseded(
    escrow_id="CCCC-DDDD", generation=2, record_sha256="ef" * 32, new_passphrase=False, case="a1", reason=""
)


def test_a_recovered_key_is_exposed_until_copies_and_generation_are_gone() -> None:
    every = [confirmed(name) for name in ALL]
    register = told(*every, RECOVERED)
    assert (register.exposed, register.copies, register.recoveries) == (True, ("root.p8.pem", "stick"), (RECOVERED,))
    assert register.state == "confirmed; exposed: the key was recovered"
    assert register.due(TODAY) == (
        "destroy the copies of what was recovered: root.p8.pem, stick",
        "a new generation, or a new root: the key was recovered",
    )
    gone = Destroyed(sheets=(), media=(), copies=("root.p8.pem", "stick"), every_envelope=False, witnesses="")
    alone = told(*every, RECOVERED, gone)
    assert (alone.exposed, alone.copies, alone.due(TODAY)) == (True, (), register.due(TODAY)[1:])
    assert told(*every, RECOVERED, SUPERSEDED).exposed
    assert not told(*every, RECOVERED, SUPERSEDED, gone).exposed
    assert not told(*every, SUPERSEDED).exposed
    assert told(*every, RECOVERED, SUPERSEDED, RECOVERED, gone).exposed, "no generation was made since"
    assert refused(RECOVERED, gone, gone) == "there is no copy root.p8.pem"
    passphrase = RECOVERED.model_copy(update={"what": What.PASSPHRASE})
    assert told(*every, passphrase).state == "confirmed; exposed: the passphrase was recovered"
    assert told(RECOVERED, passphrase).state.endswith("exposed: the key and the passphrase were recovered")
    dead = told(RECOVERED, destroyed(every_envelope=True))
    assert dead.due(TODAY) == register.due(TODAY)[:1], "copies outlive the generation"


def test_a_superseded_generation_lives_until_it_is_destroyed() -> None:
    register = told(SUPERSEDED, destroyed("Board/1", "Board/2"))
    assert register.live
    assert register.state == "superseded by escrow CCCC-DDDD, and live until it is destroyed"
    assert register.due(TODAY) == (
        f"destroy what is left of it: {', '.join([*ALL[2:], 'USB stick 1'])}, and every envelope; until then it opens "
        "the key as well as before",
    )
    register = register.after(destroyed("Board/3"), now=at(9))
    assert (register.live, register.state) == (False, "destroyed: it can recover nothing")
    assert refused(SUPERSEDED, SUPERSEDED) == "it was superseded before, by escrow CCCC-DDDD"
    later = SUPERSEDED.model_copy(update={"generation": 3})
    assert refused(later) == "generation 3 does not follow 1"


# Media


def test_a_kit_is_a_medium() -> None:
    def kit(medium: str, place: str = "", bag: str = "", lacking: tuple[str, ...] = ()) -> Kit:
        return Kit(medium=medium, place=place, bag=bag, sha256="ab" * 32, lacking=lacking)

    register = told(kit("USB stick 1", "Graz", "B1", ("a CA configuration",)), kit("USB stick 2"), kit("USB stick 1"))
    first, second = register.media_now
    assert (first.name, first.place, first.bag, first.kit, first.lacking) == ("USB stick 1", "Graz", "B1", at(3), ())
    assert (second.name, second.place, second.seen) == ("USB stick 2", "", at(2))
    assert register.after(destroyed(media=("USB stick 2",)), now=at(9)).media == ("USB stick 1",)


def test_printed_envelopes_are_destroyed_by_number() -> None:
    gone = Destroyed(sheets=(), media=(), printed_envelopes=(2,), every_envelope=False, witnesses="")
    register = told(gone)
    assert register.printed_destroyed == frozenset({2})
    assert register.live


# The passphrase's own sheets


def test_the_sheets_of_the_passphrase_are_kept_too() -> None:
    register = told(*(confirmed(name) for name in ALL), passphrase=KEEPERS)
    assert [sheet.name for sheet in register.sheets] == [*ALL, "Keepers/1", "Keepers/2", "Keepers/3"]
    assert [sheet.of_passphrase for sheet in register.sheets] == [False] * 8 + [True] * 3
    assert [group.name for group in register.groups] == ["Board", "Arbitration", "Keepers"]
    assert register.state == "printed, not confirmed"
    assert [sheet.name for sheet in register.unconfirmed] == ["Keepers/1", "Keepers/2", "Keepers/3"]
    register = register.after(void("Keepers/2"), now=NOON)
    assert (register.exposures[2].sheets, register.exposures[2].rekey_due) == (("Keepers/2",), True)
    assert register.after(destroyed("Keepers/1", "Keepers/2", "Keepers/3"), now=NOON).live


def test_no_two_sheets_have_one_name() -> None:
    groups = tuple(group.model_copy(update={"name": "board"}) for group in KEEPERS.groups)
    same = RecordedPassphrase(escrow_id="AAAA-BBBB", groups=groups, group_threshold=1, sheets=sheets("board", 3))
    with pytest.raises(ValidationError, match="the same name"):
        make_record(passphrase=same)


# What cannot have happened


@pytest.mark.parametrize("event", [Printed(sheet="Board/6", printer=""), confirmed("board/1"), void("x")])
def test_a_sheet_that_is_not_there(event: AnyEvent) -> None:
    assert refused(event).startswith("there is no sheet ")
    assert refused(destroyed("Board/9")) == "there is no sheet Board/9"


@pytest.mark.parametrize(
    "event",
    [Printed(sheet="Board/1", printer=""), confirmed("Board/1"), void("Board/1"), handed("Board/1", "B", Seal.WHOLE)],
)
def test_nothing_more_happens_to_a_void_or_destroyed_sheet(event: AnyEvent) -> None:
    assert refused(void("Board/1"), event) == "Board/1 is void, not destroyed"
    assert refused(destroyed("Board/1"), event) == "Board/1 is destroyed"
    assert refused(destroyed("Board/1"), destroyed("Board/1")) == "Board/1 was destroyed before"
    assert refused(destroyed("Board/1", "Board/1")) == "Board/1 was destroyed before"


def test_of_several_events_all_or_none() -> None:
    register = told()
    with pytest.raises(UsageError):
        register.after(confirmed("Board/1"), confirmed("Board/9"), now=NOON)
    assert register == told()


def test_a_journal_of_another_record() -> None:
    with pytest.raises(JournalError, match="the journal is of another record"):
        fold(make_record(rehearsal=True), make_journal())


@pytest.mark.parametrize(
    "made", [{"escrow_id": "AAAA-AAAA", "generation": 1}, {"escrow_id": "K7QD-M2XA", "generation": 2}]
)
def test_a_first_line_that_names_another_escrow(made: dict[str, Any]) -> None:
    journal = make_journal()
    (line,) = journal.lines
    event = type(line.event).model_validate(made)
    forged = Journal(journal.record_sha256, (type(line)(1, line.time, event, line.previous),))
    with pytest.raises(JournalError, match="line 1 of the journal cannot be"):
        fold(make_record(), forged)


def test_no_sheet_of_that_name() -> None:
    with pytest.raises(UsageError, match="there is no sheet Bord/1") as raised:
        told().sheet("Bord/1")
    assert "Board/1, Board/2" in raised.value.hint


# Fold


names = st.sampled_from([*ALL, "Board/9"])
happenings = st.one_of(
    st.builds(Printed, sheet=names, printer=st.just("")),
    st.builds(confirmed, names),
    st.builds(handed, names, st.sampled_from(["Ada", "Bo"]), st.sampled_from(Seal)),
    st.builds(void, names),
    st.builds(lambda one, more: destroyed(one, every_envelope=more), names, st.booleans()),
    st.just(Note(text="a note")),
)


@given(st.lists(happenings, max_size=25))
def test_step_by_step_and_all_at_once_are_the_same(events: list[AnyEvent]) -> None:
    register = told()
    for minute, event in enumerate(events):
        with contextlib.suppress(UsageError):
            register = register.after(event, now=at(minute))
    assert fold(register.record, Journal.parse(register.journal.dump(), register.journal.record_sha256)) == register
    for sheet in register.sheets:
        check_one(sheet)
    for exposure in register.exposures:
        assert exposure.rekey_due or not exposure.is_quorum
    for today in (TODAY, datetime.date.max):
        assert all(item.isprintable() for item in register.due(today))


def check_one(sheet: SheetNow) -> None:
    assert set(sheet.former) <= set(sheet.may_know)
    assert len(set(sheet.may_know)) == len(sheet.may_know)
    assert sheet.counts == ("void" not in sheet.state and "destroyed" not in sheet.state)
    assert bool(sheet.reason) == (sheet.void is not None)
    assert (sheet.confirmed is None) == (not sheet.how)
    if sheet.confirmed is not None:
        assert sheet.seen is not None
        assert sheet.seen >= sheet.confirmed


def test_every_kind_of_event_is_folded() -> None:
    assert len(fold(make_record(), make_journal(*EVENTS)).journal.lines) == len(EVENTS) + 1

"""A passphrase that stays as it is: what the new generation's register knows of its sheets."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from rootescrow.errors import JournalError, UsageError
from rootescrow.register.events import (
    Confirmed,
    Destroyed,
    Handover,
    How,
    Kept,
    Note,
    Printed,
    Replaced,
    Seal,
    Superseded,
    Void,
)
from rootescrow.register.journal import Journal
from rootescrow.register.record import RecordedPassphrase, sha256
from rootescrow.register.register import Register, fold, kept
from tests.register.support import NOON, make_journal, make_record
from tests.register.test_passphrase_record import escrowed

OLD = make_record(passphrase=escrowed())
NEW = make_record(escrow_id="AAAA-BBBB", generation=2, supersedes=OLD.escrow_id, passphrase=escrowed())
LATER = NOON + datetime.timedelta(days=400)
HELD: dict[str, Any] = {"office": "Auditor", "person": "Kim", "place": "Wien", "bag": "B9"}
REPLACED = Replaced(
    sheet="Passphrase/4", old="Passphrase/2", words_sha256=sha256(b"Passphrase/4"), reason="lost in a fire", **HELD
)


def old() -> Register:
    """Of the passphrase, one sheet went on with its bag open, one was replaced, one is confirmed."""
    return fold(
        OLD,
        make_journal(
            Printed(sheet="Passphrase/1", printer="laser"),
            Confirmed(sheet="Passphrase/1", how=How.SCAN, by="Ada"),
            Handover(sheet="Passphrase/3", seal=Seal.OPENED, **HELD),
            REPLACED,
            Void(sheet="Board/1", reason="of the old generation"),
            record=OLD,
        ),
    )


def passphrases(register: Register) -> list[object]:
    return [sheet for sheet in register.sheets if sheet.of_passphrase]


def begun(event: Kept) -> Journal:
    return Journal.begin(NEW, LATER).append(event, now=LATER)


def test_nothing_of_it_is_forgotten() -> None:
    before = old()
    after = fold(NEW, begun(kept(before)))
    assert passphrases(after) == passphrases(before)
    assert [sheet.name for sheet in after.sheets][-4:] == [f"Passphrase/{number}" for number in (1, 2, 3, 4)]
    assert after.sheets[:8] == fold(NEW, Journal.begin(NEW, LATER)).sheets[:8], "the key's sheets are new ones"
    assert after.exposures[-1] == before.exposures[-1]
    assert after.exposures[-1].sheets == ("Passphrase/2", "Passphrase/3")
    assert after.exposures[-1].is_quorum, "two of any two: what was open once is known for ever"
    assert "Passphrase/1" not in after.to_confirm
    assert after.known.passphrase == before.known.passphrase
    assert after.known.passphrase is not None
    assert set(after.known.passphrase.void) == {"Passphrase/2"}
    # And it goes on: the next sheet has the next number.
    again = after.after(Destroyed(sheets=("Passphrase/2",), media=(), every_envelope=False, witnesses=""), now=LATER)
    assert again.sheet("Passphrase/2").destroyed == LATER
    assert again.next_number(again.sheet("Passphrase/2").group) == 5


def test_it_can_be_kept_again() -> None:
    third = make_record(escrow_id="CCCC-DDDD", generation=3, supersedes=NEW.escrow_id, passphrase=escrowed())
    second = fold(NEW, begun(kept(old())))
    register = fold(third, Journal.begin(third, LATER).append(kept(second), now=LATER))
    assert passphrases(register) == passphrases(old())


def wrong(**changed: Any) -> Kept:
    event = kept(old())
    sheets = list(event.sheets)
    sheets[0] = sheets[0].model_copy(update=changed)
    return event.model_copy(update={"sheets": tuple(sheets)})


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (kept(old()).model_copy(update={"escrow_id": "CCCC-DDDD"}), "no sheets of a passphrase were kept"),
        (kept(old()).model_copy(update={"sheets": kept(old()).sheets[1:]}), "Passphrase/1 is not the sheet"),
        (kept(old()).model_copy(update={"sheets": (*kept(old()).sheets, kept(old()).sheets[0])}), "was kept twice"),
        (wrong(words_sha256="ab" * 32), "Passphrase/1 is not the sheet of the passphrase that the record lists"),
        (wrong(sheet="Board/1"), "there is no sheet Board/1 of the passphrase"),
        (wrong(sheet="Passphrase/0"), "there is no sheet"),
        (wrong(sheet="Passphrase/17"), "there is no sheet"),
        (wrong(sheet="Passphrase/\u0661"), "there is no sheet"),
        (wrong(sheet="Passphrase"), "there is no sheet"),
    ],
)
def test_what_cannot_have_been_kept(event: Kept, says: str) -> None:
    with pytest.raises(JournalError, match="line 2 of the journal cannot be") as error:
        fold(NEW, begun(event))
    assert says in error.value.message


def test_only_at_the_beginning_and_only_where_there_is_a_passphrase() -> None:
    event = kept(old())
    late = Journal.begin(NEW, LATER).append(Note(text="first"), event, now=LATER)
    with pytest.raises(JournalError, match="line 3 of the journal cannot be"):
        fold(NEW, late)
    register = fold(NEW, begun(event))
    with pytest.raises(UsageError, match="is told at once"):
        register.after(event, now=LATER)
    for changed in ({"passphrase": None}, {"supersedes": None}, {"supersedes": "CCCC-DDDD"}):
        record = NEW.model_copy(update=changed)
        journal = replace(Journal.begin(record, LATER)).append(event, now=LATER)
        with pytest.raises(JournalError, match="no sheets of a passphrase were kept"):
            fold(record, journal)


def superseded(*, new_passphrase: bool) -> Superseded:
    return Superseded(
        escrow_id=NEW.escrow_id,
        generation=2,
        record_sha256=sha256(NEW.dump()),
        new_passphrase=new_passphrase,
        case="a1",
        reason="",
        sheets=("Board/2",),
    )


def test_sheets_of_a_passphrase_that_stays_are_not_to_be_destroyed() -> None:
    before = old()
    assert before.to_destroy == ()
    kept_on = before.after(superseded(new_passphrase=False), now=LATER)
    assert [name for name in kept_on.to_destroy if name.startswith("Passphrase")] == []
    assert "Board/1" in kept_on.to_destroy, "a void one is to be destroyed too"
    assert "Passphrase" not in " ".join(kept_on.due(LATER.date()))
    assert kept_on.sheet("Board/2").seen == LATER, "it opened the envelope"
    renewed = before.after(superseded(new_passphrase=True), now=LATER)
    assert renewed.to_destroy == tuple(sheet.name for sheet in renewed.sheets)


def test_a_record_without_its_passphrase_has_nothing_to_keep() -> None:
    assert kept(fold(make_record(), make_journal())).sheets == ()
    assert isinstance(escrowed(), RecordedPassphrase)

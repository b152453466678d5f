from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rootescrow.errors import UsageError
from rootescrow.passphrase import generate, grouped
from rootescrow.policy import Holder
from rootescrow.register.events import EVENTS as REGISTRY
from rootescrow.register.events import (
    MAX_SHARE_WORDS,
    AnyEvent,
    Confirmed,
    Destroyed,
    Drill,
    Event,
    Found,
    Handover,
    Kit,
    Looked,
    Made,
    Note,
    Opened,
    Printed,
    Recovered,
    Seal,
    Superseded,
    Void,
    refuse_words,
)
from rootescrow.shamir.words import WORDS
from tests.register.support import EVENTS, KEPT
from tests.support import noise

ALL = (Made(escrow_id="K7QD-M2XA", generation=1), KEPT, *EVENTS)


def test_every_kind_is_in_the_registry_and_in_these_tests() -> None:
    assert set(REGISTRY.values()) == set(Event.__subclasses__()) == {type(event) for event in ALL}
    assert all(REGISTRY[event.kind] is type(event) for event in ALL)


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.kind)
def test_an_event_is_a_frozen_value_that_says_a_sentence(event: AnyEvent) -> None:
    assert type(event).model_validate(event.model_dump(mode="json")) == event
    assert type(event).model_config == {"frozen": True, "extra": "forbid"}
    name = next(iter(type(event).model_fields))
    with pytest.raises(ValidationError):
        setattr(event, name, getattr(event, name))
    assert str(event).isprintable()


def test_what_they_say() -> None:
    assert [str(event) for event in ALL] == [
        "escrow K7QD-M2XA was made, generation 1",
        "the passphrase is that of escrow AAAA-AAAA, and its sheets are those of then: Passphrase/1",
        "Board/1 was printed on laser",
        "Board/1 was confirmed from its paper, by scan, by Ada Éxample",
        "The safe has a new lock.",
        "Board/2 was handed over, its bag opened: now Cy, Graz, bag B7",
        "Board/3 is void: lost in a fire",
        "Board/4 right, bag whole, now in bag B9; the next is on 2027-11-20; by Ada, Bo",
        "Board/1 opened the envelope, and the passphrase the key, in memory, under case a20271120.1; by Ada, Bo",
        "Board/6 was made in the place of Board/3, which is void (lost in a fire): now Di, Graz, bag B8",
        "the medium USB stick 2, Wien, bag B10 was written and read back; it lacks certificate.pem",
        "the key was recovered under case a20280101.1 of Eve from Board/1 (photo); copies: root.p8.pem",
        "superseded by escrow AAAA-AAAA, generation 2, with a new passphrase, under case a20280101.1: the key was "
        "recovered",
        "destroyed: Board/3, USB stick 1, printed envelope 1, root.p8.pem, before Ada, Bo",
    ]
    assert str(Drill(items=(), by="", next_drill=None)) == "nothing was looked at"
    assert str(Destroyed(sheets=(), media=(), every_envelope=True, witnesses="")) == "destroyed: every envelope"
    assert str(Printed(sheet="A/1", printer="")) == "A/1 was printed"
    superseded = Superseded(
        escrow_id="AAAA-AAAA",
        generation=2,
        record_sha256="ab" * 32,
        new_passphrase=False,
        case="a1",
        reason="",
        arbitrator="Eve",
        sheets=("A/1", "B/2"),
    )
    assert str(superseded) == "superseded by escrow AAAA-AAAA, generation 2, under case a1 of Eve, by A/1, B/2"


def test_who_has_it_after_a_handover() -> None:
    event = Handover(sheet="A/1", office="Clerk", person="Bo", place="Oslo", bag="7", seal=Seal.WHOLE)
    assert event.holder == Holder("Clerk", "Bo", "Oslo", "7")


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Made, {"escrow_id": "K7QD-M2XA", "generation": 0}),
        (Made, {"escrow_id": "", "generation": 1}),
        (Printed, {"sheet": "", "printer": ""}),
        (Printed, {"sheet": "A/1"}),
        (Printed, {"sheet": "A/1", "printer": "", "pages": 3}),
        (Confirmed, {"sheet": "A/1", "how": "by hearsay", "by": ""}),
        (Handover, {"sheet": "A/1", "office": "", "person": "x" * 121, "place": "", "bag": "", "seal": "whole"}),
        (Handover, {"sheet": "A/1", "office": "", "person": "", "place": "", "bag": "", "seal": "good"}),
        (Void, {"sheet": "A/1", "reason": ""}),
        (Destroyed, {"sheets": [], "media": [], "every_envelope": False, "witnesses": ""}),
        (Destroyed, {"sheets": [], "media": [], "printed_envelopes": [0], "every_envelope": False, "witnesses": ""}),
        (Drill, {"items": [{"item": "A/1", "found": "good", "seal": None, "bag": ""}], "by": "", "next_drill": None}),
        (Drill, {"items": [{"item": "A/1", "found": "right", "bag": ""}], "by": "", "next_drill": None}),
        (Opened, {"case": "", "sheets": [], "passphrase": False, "by": "", "next_drill": None}),
        (Recovered, {"what": "envelope", "case": "", "arbitrator": "", "sheets": [], "copies": []}),
        (Kit, {"medium": "x", "place": "", "bag": "", "sha256": "ab", "lacking": []}),
        (Note, {"text": ""}),
        (Note, {"text": "x" * 501}),
        (Note, {"text": "two\nlines"}),
        (Note, {"text": "\x1b[2J"}),
        (Note, {"text": "\u202e"}),
        (Note, {"text": "\ud800"}),
    ],
)
def test_what_no_event_says(kind: type[Event], data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(data)


@pytest.mark.parametrize("typed", ["", "  ", "x" * 501, "two\nlines", "\x07", "\udc80"])
def test_a_note_that_cannot_be(typed: str) -> None:
    with pytest.raises(UsageError, match="a note is one line") as raised:
        Note.of(typed)
    assert typed.strip() not in raised.value.message or not typed.strip()


def test_a_note_as_typed() -> None:
    assert Note.of(" The safe has a new lock.\n") == Note(text="The safe has a new lock.")


# Words of a share


RUN = WORDS[100 : 100 + MAX_SHARE_WORDS + 1]


@pytest.mark.parametrize(
    "text",
    [
        " ".join(RUN),
        "the words are " + " ".join(RUN).upper(),
        "\u2003".join(RUN),
        ", ".join(f"{number}. {word}" for number, word in enumerate(RUN, 1)),
        " ".join(word[:4] for word in RUN),
        "".join(f"{word}/" for word in RUN),
    ],
)
def test_words_of_a_share_are_refused_and_not_echoed(text: str) -> None:
    events: list[AnyEvent] = [
        Note(text=text),
        Void(sheet="A/1", reason=text),
        Printed(sheet="A/1", printer=text),
        Destroyed(sheets=("A/1",), media=("x", text), every_envelope=False, witnesses=""),
        Drill(items=(Looked(item="A/1", found=Found.RIGHT, seal=None, bag=text),), by="", next_drill=None),
    ]
    for event in events:
        with pytest.raises(UsageError) as raised:
            refuse_words(event)
        assert not set(RUN) & set((raised.value.message + raised.value.hint).lower().split())


def test_what_people_write_is_not_refused() -> None:
    refuse_words(Note(text=" ".join(RUN[:-1])))
    for text in (
        "The Board member was not at home; we leave a letter at the bank, and look again in December.",
        "Board/2: bag B0002 found whole by Ada Example and Bo Example, at the bank in Graz.",
        "Decision of the board m20261101.1: the secretary keeps the second medium in Oslo.",
        "Fire in building 7. The safe was in order; the sheet inside is dry, its bag closed.",
    ):
        refuse_words(Note(text=text))
    for event in ALL:
        refuse_words(event)


@pytest.mark.parametrize("separator", ["", " "])
def test_a_generated_passphrase_is_refused_and_not_echoed(separator: str) -> None:
    shown = grouped(generate(rng=noise(4)))
    with pytest.raises(UsageError, match="generated passphrase") as caught:
        refuse_words(Note(text=f"Now it is {shown.replace(' ', separator).upper()}."))
    assert not any(part in f"{caught.value.message} {caught.value.hint}" for part in shown.split())
    refuse_words(Note(text=" ".join(shown.split()[:-1])))

"""Lines that are written later: strict, once, of the right record, and with the time at which it happened."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import EscrowError, FileError, IntegrityError, MalformedError, UsageError
from rootescrow.register.events import AnyEvent, Drill, Found, Looked, Made, Note, Void
from rootescrow.register.folder import create, load_register
from rootescrow.register.pending import MAX_PENDING_BYTES, Pending, add, parse
from rootescrow.register.record import sha256
from tests.register.support import EVENTS, NOON, make_journal, make_record

RECORD = make_record()
OWN = sha256(RECORD.dump())
LATER = NOON + datetime.timedelta(days=3)
DRILL = Drill(
    items=(Looked(item="Board/1", found=Found.RIGHT, seal=None, bag="B1"),),
    by="Ada",
    next_drill=None,
    wrong=("a paper",),
)
ADDED = {"drill", "opened", "handover", "void", "recovered", "destroyed", "note"}
MADE = Made(escrow_id="K7QD-M2XA", generation=1)


@pytest.fixture
def escrow(tmp_path: Path) -> Path:
    create(tmp_path / "out", {}, RECORD.dump(), make_journal().dump())
    return tmp_path / "out" / "escrow"


def line(event: AnyEvent = DRILL, time: datetime.datetime | None = NOON, record: str | None = OWN) -> bytes:
    return Pending(event, time, record).dump().encode()


@pytest.mark.parametrize("event", [event for event in EVENTS if event.kind in ADDED], ids=lambda event: event.kind)
@given(
    time=st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2100, 1, 1), timezones=st.just(datetime.UTC)),
    bound=st.booleans(),
)
def test_what_is_dumped_is_parsed(event: AnyEvent, time: datetime.datetime, bound: bool) -> None:
    pending = Pending(event, time.replace(microsecond=0), OWN) if bound else Pending(event)
    assert parse(pending.dump().encode()) == (pending,)
    assert parse((pending.dump() * 2 + "\n").encode()) == (pending, pending)


@pytest.mark.parametrize(
    "event", [event for event in (MADE, *EVENTS) if event.kind not in ADDED], ids=lambda event: event.kind
)
def test_what_only_its_own_command_writes(event: AnyEvent) -> None:
    with pytest.raises(UsageError, match=f"of the kind '{event.kind}', which only the command writes"):
        parse(line(event))


RAW = json.loads(line())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"x",
        b"\xff",
        b"[]",
        b"5",
        b"[" * 100_000,
        b" " * (MAX_PENDING_BYTES + 1),
        json.dumps({**RAW, "more": 1}).encode(),
        json.dumps({**RAW, "event": "drills"}).encode(),
        json.dumps({**RAW, "event": 5}).encode(),
        json.dumps({**RAW, "event": ["drill"]}).encode(),
        json.dumps({**RAW, "data": {}}).encode(),
        json.dumps({**RAW, "data": {**RAW["data"], "x\x1b": 1}}).encode(),
        json.dumps({**RAW, "data": {**RAW["data"], "by": 5}}).encode(),
        json.dumps({**RAW, "time": "2026-11-23"}).encode(),
        json.dumps({**RAW, "time": "2026-11-23T12:00:00"}).encode(),
        json.dumps({**RAW, "time": "2026-11-23T12:00:00.5Z"}).encode(),
        json.dumps({**RAW, "time": "2026-11-23T13:00:00+01:00"}).encode(),
        json.dumps({**RAW, "time": 5}).encode(),
        json.dumps({**RAW, "time": None}).encode(),
        json.dumps({**RAW, "record": None}).encode(),
        json.dumps({key: value for key, value in RAW.items() if key != "data"}).encode(),
        json.dumps({**RAW, "data": {**RAW["data"], "by": "x" * 200_000}}).encode(),
    ],
)
def test_what_is_no_line(data: bytes) -> None:
    with pytest.raises(MalformedError) as raised:
        parse(data)
    assert raised.value.message.isprintable()
    assert raised.value.hint


def test_it_keeps_the_time_at_which_it_happened(escrow: Path) -> None:
    register = add(escrow, parse(line(time=NOON + datetime.timedelta(hours=1))), now=LATER)
    last = register.journal.lines[-1]
    assert (last.event, last.time) == (DRILL, NOON + datetime.timedelta(hours=1))
    assert register.sheet("Board/1").seen == last.time
    assert load_register(escrow) == register


def test_one_that_names_no_time_is_dated_now(escrow: Path) -> None:
    register = add(escrow, parse(line(time=None, record=None)), now=LATER)
    assert register.journal.lines[-1].time == LATER


def test_one_that_is_older_than_the_last_line_is_told_to_be(escrow: Path) -> None:
    add(escrow, parse(line(Note(text="later"), NOON + datetime.timedelta(days=2))), now=LATER)
    assert add(escrow, parse(line()), now=LATER).journal.backward == (3,)


@pytest.mark.parametrize("time", [NOON, None])
def test_nothing_is_added_twice(escrow: Path, time: datetime.datetime | None) -> None:
    record = OWN if time else None
    register = add(escrow, parse(line(time=time, record=record)), now=LATER)
    with pytest.raises(UsageError, match="in the journal already: line 2"):
        add(escrow, parse(line(time=time, record=record)), now=LATER)
    assert load_register(escrow) == register


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (line(record="0" * 64), IntegrityError, "of another record"),
        (line(time=LATER + datetime.timedelta(seconds=1)), UsageError, "The clock of one"),
        (line(time=NOON - datetime.timedelta(seconds=1)), UsageError, "before the escrow was made"),
        (line() + line(Note(text="x"), LATER), UsageError, "of different times"),
        (line() + line(Void(sheet="Board/9", reason="x")), UsageError, "no sheet Board/9"),
    ],
)
def test_what_cannot_be_leaves_the_journal_as_it_was(
    escrow: Path, data: bytes, error: type[EscrowError], said: str
) -> None:
    with pytest.raises(error) as raised:
        add(escrow, parse(data), now=LATER)
    assert said in raised.value.message + raised.value.hint
    assert len(load_register(escrow).journal.lines) == 1


def test_nothing_is_added_to_a_copy(escrow: Path) -> None:
    (escrow / "COPY").touch()
    with pytest.raises(FileError, match="marked as a copy"):
        add(escrow, parse(line()), now=LATER)

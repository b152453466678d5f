"""Lines that are to be written later: what happened where the master folder was not at hand.

JSON, one event a line: {"data": …, "event": "drill", "record": …, "time": …}. `record` is the SHA-256 of the record
and `time` when it happened; a line may be without either. The mirror functions are `dump` and `parse`.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from rootescrow.codes import check_code
from rootescrow.errors import IntegrityError, MalformedError, UsageError
from rootescrow.register import folder
from rootescrow.register.events import EVENTS, AnyEvent, Destroyed, Drill, Handover, Note, Opened, Recovered, Void
from rootescrow.register.journal import MAX_LINE_BYTES, stamp
from rootescrow.register.register import Register

MAX_PENDING_BYTES = 1 << 20
"""Of all lines together: eight of the longest."""

_ADDED: tuple[type[AnyEvent], ...] = (Drill, Opened, Handover, Void, Recovered, Destroyed, Note)
"""What people may add. All else is written by the command alone that does it: that looked at what others can claim."""
_FIELDS = ({"data", "event"}, {"data", "event", "record", "time"})
_HINT = "Give the lines that a command printed, as they are: nothing before or after them."


@dataclass(frozen=True)
class Pending:
    """An event with the time at which it happened, in UTC and whole seconds, and the record that it is of."""

    event: AnyEvent
    time: datetime.datetime | None = None
    record_sha256: str | None = None

    def dump(self) -> str:
        """The line, newline included: the mirror of `parse`."""
        raw: dict[str, object] = {"data": self.event.model_dump(mode="json"), "event": self.event.kind}
        if self.time is not None and self.record_sha256 is not None:
            raw |= {"record": self.record_sha256, "time": stamp(self.time)}
        return json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"

    @property
    def check_code(self) -> str:
        """That of the line: a paper that bears it tells whether the line was changed before it was added."""
        return check_code(self.dump().encode())


def parse(data: bytes) -> tuple[Pending, ...]:
    """The lines in a file. Raises MalformedError naming the line; UsageError for what only a command may write."""
    if len(data) > MAX_PENDING_BYTES:
        raise MalformedError(f"lines of over {MAX_PENDING_BYTES} bytes", _HINT)
    lines = [line for line in data.splitlines() if line.strip()]
    if not lines:
        raise MalformedError("there is no line to be written", _HINT)
    return tuple(_parse(line, number) for number, line in enumerate(lines, 1))


def _parse(line: bytes, number: int) -> Pending:
    try:
        raw = json.loads(line) if len(line) <= MAX_LINE_BYTES else None
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict) or set(raw) not in _FIELDS:
        raise MalformedError(f"line {number} is no line for a journal", _HINT)
    kind = raw["event"]
    if not isinstance(kind, str) or kind not in EVENTS:
        raise MalformedError(f"line {number} is of a kind that this program does not know", f"Kinds: {_kinds()}.")
    if EVENTS[kind] not in _ADDED:
        raise UsageError(
            f"line {number} is of the kind {kind!r}, which only the command writes that does it",
            f"Kinds for this: {_kinds()}.",
        )
    try:
        event = EVENTS[kind].model_validate(raw["data"])
        time = None if raw.get("time") is None else datetime.datetime.fromisoformat(raw["time"])
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "its data"
        where = where if len(where) < 80 and where.isprintable() else "a field that it has not"
        raise MalformedError(f"line {number} is wrong at {where}", _HINT) from None
    except (ValueError, TypeError):
        raise MalformedError(f"line {number} is wrong at time", _HINT) from None
    pending = Pending(event, time, raw.get("record"))
    wrong = time is not None and (time.utcoffset() != datetime.timedelta(0) or time.microsecond)
    if wrong or json.loads(pending.dump()) != raw:
        raise MalformedError(f"line {number} is not in the one form that it has", _HINT)
    return pending


def _kinds() -> str:
    return ", ".join(event.kind for event in _ADDED)


def add(path: Path, lines: Iterable[Pending], *, now: datetime.datetime) -> Register:
    """Write lines at the end of the journal of an escrow folder, all or none; what holds then.

    Each gets the time at which it happened, so that one that is written late makes nothing look fresh. Raises
    IntegrityError for a line of another record, UsageError for one that is there already, of different times, or dated
    after today; and what `folder.append` raises.
    """
    pending = tuple(lines)
    register = folder.load_register(path)
    own = register.journal.record_sha256
    for one in pending:
        if one.record_sha256 not in (None, own):
            raise IntegrityError("a line is of another record", "Add it to the journal of the escrow it was made for.")
        for line in register.journal.lines:
            if (
                line.event == one.event
                and (one.time is None or line.time == one.time)
                and not isinstance(one.event, Note)
            ):
                raise UsageError(f"it is in the journal already: line {line.number}", "There is nothing to be done.")
    times = {one.time for one in pending}
    if len(times) > 1:
        raise UsageError("the lines are of different times", "Add them one after the other.")
    time = times.pop() or now
    if time > now:
        raise UsageError(
            f"the line is dated {stamp(time)}, and here it is {stamp(now.astimezone(datetime.UTC))}",
            "The clock of one of the two machines is wrong. Set it right, and add the line then.",
        )
    if time < register.journal.lines[0].time:
        raise UsageError(
            f"the line is dated {stamp(time)}, before the escrow was made", "The clock was wrong: write a note instead."
        )
    return folder.append(path, *(one.event for one in pending), now=time)

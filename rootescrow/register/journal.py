"""The journal: what happened since the escrow was made, one event a line, each line bound to the one before.

`journal.jsonl` is JSON lines in one form only (sorted keys, no spaces, UTF-8, one newline after each), so that a line's
bytes follow from what it says. Each line holds the SHA-256 of the line before it, newline included, and the first that
of `record.json`. So nothing in the middle can be changed, removed, moved or put in without a later line telling. What
no later line tells is a change at the end: for that there is the head, the number and hash of the last line, which is
printed on every report and compared with the journal afterwards.

The journal holds no secret, but tells who keeps what where: it is confidential, like the record.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from pydantic import ValidationError

from rootescrow.codes import check_code_of_digest
from rootescrow.errors import CodeError, JournalError
from rootescrow.register.events import EVENTS, AnyEvent, Made, refuse_words
from rootescrow.register.record import Record

MAX_BYTES = 16 << 20
"""A drill of 256 sheets with long names each year for 50 years is a third of this."""
MAX_LINE_BYTES = 128 << 10
"""An event that names 256 sheets with the longest names is a third of this."""

_FIELDS = {"data", "event", "number", "previous", "time"}
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_HASH = re.compile(r"[0-9a-f]{64}")
_KIND = re.compile(r"[a-z][a-z ]{0,31}")
_HEAD = re.compile(r"(?:(?P<number>[0-9]{1,9}):)?(?:(?P<hash>[0-9a-fA-F]{64})|(?P<code>[A-Za-z0-8]{16}))")
_TYPING_ERRORS = str.maketrans("018", "OIB")
_ANOTHER_COPY = "Take another copy of the journal, and compare its head with the last report on paper."


@dataclass(frozen=True)
class Line:
    """One line: `number` from 1, `time` in UTC and whole seconds, `previous` the SHA-256 of the line before in hex."""

    number: int
    time: datetime.datetime
    event: AnyEvent
    previous: str

    def __post_init__(self) -> None:
        if self.number < 1 or not _HASH.fullmatch(self.previous):
            raise JournalError(f"line {self.number} of a journal cannot be", "Lines are numbered from 1.")
        if self.time.utcoffset() != datetime.timedelta(0) or self.time.microsecond:
            raise JournalError(f"the time of line {self.number} is not UTC in whole seconds", "Give the time in UTC.")
        if len(self.dump()) > MAX_LINE_BYTES:
            raise JournalError(f"line {self.number} has over {MAX_LINE_BYTES} bytes", "Say less, or in several lines.")

    def dump(self) -> bytes:
        """Its bytes, newline included: the mirror of `parse`."""
        return self._bytes

    @functools.cached_property
    def _bytes(self) -> bytes:
        raw = {
            "data": self.event.model_dump(mode="json"),
            "event": self.event.kind,
            "number": self.number,
            "previous": self.previous,
            "time": self.stamp,
        }
        return json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

    @property
    def stamp(self) -> str:
        """Its time as written: `2026-11-23T15:11:22Z`."""
        return stamp(self.time)

    @functools.cached_property
    def sha256(self) -> str:
        """What the next line calls `previous`."""
        return hashlib.sha256(self.dump()).hexdigest()

    @classmethod
    def parse(cls, data: bytes, number: int) -> Self:
        """Read line `number`, newline included. Raises JournalError naming the line."""
        if not data.endswith(b"\n"):
            raise JournalError(
                f"line {number} of the journal is cut: it does not end",
                "A copy was interrupted, or another program wrote there. " + _ANOTHER_COPY,
            )
        if len(data) > MAX_LINE_BYTES:
            raise JournalError(f"line {number} of the journal has over {MAX_LINE_BYTES} bytes", _ANOTHER_COPY)
        try:
            raw = json.loads(data)
        except (ValueError, RecursionError):
            raise JournalError(f"line {number} of the journal is no JSON: it was changed", _ANOTHER_COPY) from None
        if not isinstance(raw, dict) or set(raw) != _FIELDS:
            raise _wrong(number, "its fields are not those of a line")
        time, previous, own = raw["time"], raw["previous"], raw["number"]
        if not isinstance(previous, str) or not _HASH.fullmatch(previous):
            raise _wrong(number, "previous is no SHA-256")
        if not isinstance(own, int) or isinstance(own, bool) or not 1 <= own < 10**9:
            raise _wrong(number, "its number is none")
        try:
            if not isinstance(time, str) or not _TIME.fullmatch(time):
                raise ValueError
            moment = datetime.datetime.fromisoformat(time)
        except ValueError:
            raise _wrong(number, "its time is none") from None
        line = cls(own, moment, _event(raw["event"], raw["data"], number), previous)
        if line.dump() != data:
            raise _wrong(number, "its bytes are not in the one form that a line has")
        return line


def stamp(time: datetime.datetime) -> str:
    """A time in UTC as the journal writes it: `2026-11-23T15:11:22Z`."""
    return time.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _wrong(number: int, what: str) -> JournalError:
    return JournalError(f"line {number} of the journal was changed: {what}", _ANOTHER_COPY)


def _event(kind: object, data: object, number: int) -> AnyEvent:
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise _wrong(number, "it names no event")
    if kind not in EVENTS:
        raise JournalError(
            f"line {number} of the journal is of a kind that this program does not know: {kind}",
            "Use the version of rootescrow that wrote it, or a later one.",
        )
    try:
        return EVENTS[kind].model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "its data"
        raise _wrong(number, where if len(where) < 80 and where.isprintable() else "a field that no line has") from None


@dataclass(frozen=True)
class Head:
    """Which line is the last: what a report prints, so that a cut or forked tail is noticed later."""

    number: int
    sha256: str

    @property
    def code(self) -> str:
        """The check code of the line."""
        return check_code_of_digest(bytes.fromhex(self.sha256))

    def __str__(self) -> str:
        return f"{self.number}:{self.code}"


@dataclass(frozen=True)
class Journal:
    """The lines of one escrow's journal: the first is `made`, and each is bound to the one before.

    `record_sha256` is of the bytes of `record.json`, in hex. Raises JournalError naming the first line that is wrong.
    """

    record_sha256: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if not self.lines:
            raise JournalError("the journal is empty: line 1 is missing", _ANOTHER_COPY)
        before: Line | None = None
        for line in self.lines:
            _check_follows(self.record_sha256, before, line)
            before = line

    @classmethod
    def begin(cls, record: Record, now: datetime.datetime) -> Self:
        """The journal of an escrow that was just made."""
        own = hashlib.sha256(record.dump()).hexdigest()
        event = Made(escrow_id=record.escrow_id, generation=record.generation)
        return cls(own, (Line(1, _whole_second(now), event, own),))

    @classmethod
    def parse(cls, data: bytes, record_sha256: str) -> Self:
        """Read `journal.jsonl`. Raises JournalError naming the first line that is wrong."""
        return cls(record_sha256, tuple(read_lines(data, record_sha256)))

    def dump(self) -> bytes:
        """The bytes of `journal.jsonl`: the mirror of `parse`."""
        return b"".join(line.dump() for line in self.lines)

    def append(self, *events: AnyEvent, now: datetime.datetime) -> Self:
        """The journal with these events at its end.

        Raises UsageError for a text that may hold words of a share, JournalError if there is no room.
        """
        lines = list(self.lines)
        for event in events:
            refuse_words(event)
            lines.append(Line(len(lines) + 1, _whole_second(now), event, lines[-1].sha256))
        longer = type(self)(self.record_sha256, tuple(lines))
        if len(longer.dump()) > MAX_BYTES:
            raise JournalError(f"the journal has over {MAX_BYTES} bytes", "Begin a new generation: there is no room.")
        return longer

    @property
    def head(self) -> Head:
        """The number and hash of the last line."""
        return Head(len(self.lines), self.lines[-1].sha256)

    @property
    def backward(self) -> tuple[int, ...]:
        """The lines whose time lies before that of the line before: some clock was wrong then."""
        pairs = zip(self.lines, self.lines[1:], strict=False)
        return tuple(line.number for before, line in pairs if line.time < before.time)

    def find(self, head: str) -> int:
        """The number of the line that was the head: `12:ABCD-EFGH-IJKL-MNOP` as printed, its code or its hash alone.

        So this journal is the one that the report is of, or continues it. Raises CodeError if it is no head, and
        JournalError if there is no such line: the journal was cut or forked since, or before.
        """
        match = _HEAD.fullmatch(re.sub(r"[\s\-‐‑–—]", "", head))
        if match is None:
            raise CodeError(
                "this is no head of a journal", "It looks like 12:ABCD-EFGH-IJKL-MNOP, and stands on every report."
            )
        stated = int(match["number"]) if match["number"] else None
        code, digest = (match["code"] or "").upper().translate(_TYPING_ERRORS), (match["hash"] or "").lower()
        for line in self.lines:
            own = Head(line.number, line.sha256)
            if stated in (None, own.number) and (own.code.replace("-", "") == code or own.sha256 == digest):
                return line.number
        raise self._no_such_head(stated)

    def _no_such_head(self, stated: int | None) -> JournalError:
        last = len(self.lines)
        if stated is None:
            what = f"no line of 1 to {last} has this head: the journal was cut, or was forked before"
        elif stated > last:
            what = f"the journal was cut: the head is that of line {stated}, and it ends with line {last}"
        else:
            what = f"line {stated} is not the one with this head: it was changed, or the journal was forked before"
        return JournalError(what, "Take another copy whose head is right. If none is, somebody has rewritten it.")

    def continues(self, other: Journal) -> bool:
        """Whether it is the other journal, or that and more lines: only then may it take the other's place."""
        return self.record_sha256 == other.record_sha256 and self.lines[: len(other.lines)] == other.lines

    def forked_at(self, other: Journal) -> int | None:
        """The number of the first line that both have and that differs, or None if one continues the other."""
        pairs = zip(self.lines, other.lines, strict=False)
        return next((line.number for line, theirs in pairs if line != theirs), None)


def read_lines(data: bytes, record_sha256: str) -> Iterator[Line]:
    """The lines of `journal.jsonl`, each as soon as it is known to follow the one before.

    Raises JournalError at the first that is wrong: what came before it holds as far as the journal can tell.
    """
    if len(data) > MAX_BYTES:
        raise JournalError(f"a journal of over {MAX_BYTES} bytes", "Name the escrow's own folder.")
    before: Line | None = None
    for number, text in enumerate(io.BytesIO(data), 1):
        line = Line.parse(text, number)
        _check_follows(record_sha256, before, line)
        yield line
        before = line


def _check_follows(record_sha256: str, before: Line | None, line: Line) -> None:
    number = 1 if before is None else before.number + 1
    if line.number != number:
        what = f"line {number} of the journal is missing or was moved: number {line.number} stands in its place"
        raise JournalError(what, _ANOTHER_COPY)
    if line.previous != (record_sha256 if before is None else before.sha256):
        if before is None:
            raise JournalError(
                "line 1 of the journal is of another record",
                "One of record.json and journal.jsonl was changed or put there. Compare the record's check code with a "
                "sheet, and the journal's head with a report.",
            )
        raise JournalError(
            f"line {number} of the journal does not follow line {number - 1}: line {number - 1} was changed, or "
            f"line {number} is from a fork",
            _ANOTHER_COPY,
        )
    if isinstance(line.event, Made) != (number == 1):
        raise JournalError(
            f"line {number} of the journal cannot be: the first line, and no other, is 'made'", _ANOTHER_COPY
        )


def _whole_second(now: datetime.datetime) -> datetime.datetime:
    return now.astimezone(datetime.UTC).replace(microsecond=0)

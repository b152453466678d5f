from __future__ import annotations

import datetime
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.codes import check_code
from rootescrow.errors import CodeError, JournalError, UsageError
from rootescrow.register.events import AnyEvent, Confirmed, Destroyed, Handover, How, Made, Note, Printed, Seal, Void
from rootescrow.register.journal import MAX_BYTES, MAX_LINE_BYTES, Head, Journal, Line, read_lines, stamp
from rootescrow.register.record import sha256
from rootescrow.shamir.words import WORDS
from tests.register.support import EVENTS, NOON, make_journal, make_record

RECORD = make_record()
OWN = sha256(RECORD.dump())
JOURNAL = make_journal(*EVENTS)
LAST = len(JOURNAL.lines)
DATA = JOURNAL.dump()
LINES = DATA.splitlines(keepends=True)

letters = st.characters(exclude_categories=["C", "Zl", "Zp", "L"]) | st.sampled_from("äßжλ中🔑Éq")
texts = st.text(letters, max_size=60)
said = st.text(letters, min_size=1, max_size=60)
plain = st.text("abgqÉλ.,'", max_size=20)
events = st.one_of(
    st.builds(Printed, sheet=said, printer=texts),
    st.builds(Confirmed, sheet=said, how=st.sampled_from(How), by=texts),
    st.builds(Handover, sheet=said, office=plain, person=plain, place=plain, bag=plain, seal=st.sampled_from(Seal)),
    st.builds(Void, sheet=said, reason=said),
    st.builds(
        Destroyed,
        sheets=st.lists(said, max_size=3),
        media=st.lists(said, min_size=1, max_size=3),
        every_envelope=st.booleans(),
        witnesses=texts,
    ),
    st.builds(Note, text=said),
)
times = st.datetimes(
    min_value=datetime.datetime(1970, 1, 2), max_value=datetime.datetime(9999, 12, 30), timezones=st.just(datetime.UTC)
)


def rechained(change: Callable[[list[dict[str, Any]]], object]) -> bytes:
    """The lines as someone who knows the format would forge them: changed, and the hashes made right again."""
    raw = [json.loads(line) for line in LINES]
    change(raw)
    out, previous = b"", OWN
    for line in raw:
        line["previous"] = previous
        data = (json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
        out, previous = out + data, hashlib.sha256(data).hexdigest()
    return out


def refused(data: bytes) -> str:
    with pytest.raises(JournalError) as raised:
        Journal.parse(data, OWN)
    assert raised.value.hint
    assert raised.value.message.isprintable()
    assert len(raised.value.message) < 250
    return raised.value.message


# The round trip


def test_dump_and_parse() -> None:
    assert Journal.parse(DATA, OWN) == JOURNAL
    assert [line.event for line in JOURNAL.lines[1:]] == list(EVENTS)
    assert JOURNAL.lines[0].event == Made(escrow_id="K7QD-M2XA", generation=1)


@given(st.lists(st.tuples(events, times), max_size=6), times)
def test_any_journal_and_back(told: list[tuple[AnyEvent, datetime.datetime]], begun: datetime.datetime) -> None:
    journal = Journal.begin(RECORD, begun)
    for event, time in told:
        journal = journal.append(event, now=time)
    assert Journal.parse(journal.dump(), OWN) == journal
    assert journal.dump().count(b"\n") == len(told) + 1
    for line in journal.lines:
        assert Line.parse(line.dump(), line.number) == line


def test_the_one_form_and_the_chain() -> None:
    previous = hashlib.sha256(RECORD.dump()).hexdigest()
    for number, data in enumerate(LINES, 1):
        raw = json.loads(data)
        assert data == (json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
        assert list(raw) == ["data", "event", "number", "previous", "time"]
        assert (raw["number"], raw["previous"]) == (number, previous)
        previous = hashlib.sha256(data).hexdigest()
    assert json.loads(LINES[1])["time"] == "2026-11-23T12:01:00Z"
    assert "Ada Éxample".encode() in DATA
    assert JOURNAL.head == Head(LAST, previous)


def test_the_time_is_written_in_utc_and_whole_seconds() -> None:
    here = datetime.timezone(datetime.timedelta(hours=-5))
    now = datetime.datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=here)
    journal = Journal.begin(RECORD, now)
    assert journal.lines[0].stamp == stamp(journal.lines[0].time) == "2027-01-01T04:59:59Z"
    assert Journal.parse(journal.dump(), OWN) == journal


@pytest.mark.parametrize(
    "time", [datetime.datetime(2026, 1, 1), NOON.replace(microsecond=1), NOON.astimezone(datetime.timezone.max)]
)
def test_a_line_with_another_time_cannot_be(time: datetime.datetime) -> None:
    with pytest.raises(JournalError, match="not UTC in whole seconds"):
        Line(2, time, EVENTS[0], OWN)


@pytest.mark.parametrize(("number", "previous"), [(0, OWN), (-1, OWN), (1, "ab"), (1, OWN.upper()), (1, OWN + "\n")])
def test_a_line_that_cannot_be(number: int, previous: str) -> None:
    with pytest.raises(JournalError):
        Line(number, NOON, EVENTS[0], previous)


# Every change is refused, and the line named


def places() -> Iterator[tuple[bytes, str, int, int]]:
    """Journals of three lines with each event as the second: the bytes, the head, a place in that line, its number.

    Of the first journal every place. So each byte is tried with few lines to read.
    """
    for event in EVENTS:
        journal = make_journal(event, Note(text="The last line."))
        data, head = journal.dump(), str(journal.head)
        first, second, _ = data.splitlines(keepends=True)
        every = event == EVENTS[0]
        for place in range(len(data)) if every else range(len(first), len(first) + len(second)):
            yield data, head, place, data.count(b"\n", 0, place) + 1


def test_every_single_byte() -> None:
    for data, head, place, number in places():
        for byte in {data[place] ^ 1, data[place] ^ 0x20, 0x0A, 0x20, 0x30} - {data[place]}:
            with pytest.raises(JournalError) as raised:
                Journal.parse(data[:place] + bytes([byte]) + data[place + 1 :], OWN).find(head)
            assert f"line {number}" in raised.value.message, (data, place, byte)


def test_every_byte_removed_or_put_in() -> None:
    for data, head, place, number in places():
        for changed in (data[:place] + data[place + 1 :], data[:place] + b"0" + data[place:]):
            with pytest.raises(JournalError) as raised:
                Journal.parse(changed, OWN).find(head)
            assert f"line {number}" in raised.value.message, (data, place)


def test_cut_at_every_length() -> None:
    for length in range(len(DATA)):
        data = DATA[:length]
        number = data.count(b"\n") + 1
        if data[-1:] in (b"\n", b""):
            with pytest.raises(JournalError) as raised:
                Journal.parse(data, OWN).find(str(JOURNAL.head))
            if length:
                assert (
                    f"cut: the head is that of line {LAST}, and it ends with line {number - 1}" in raised.value.message
                )
            else:
                assert "empty: line 1 is missing" in raised.value.message
        else:
            assert f"line {number} of the journal is cut: it does not end" in refused(data)


@pytest.mark.parametrize("number", range(1, 8))
def test_a_line_left_out(number: int) -> None:
    left = b"".join(line for own, line in enumerate(LINES, 1) if own != number)
    if number < LAST:
        assert f"line {number} of the journal is missing or was moved: number {number + 1}" in refused(left)
    else:
        with pytest.raises(
            JournalError, match=f"cut: the head is that of line {LAST}, and it ends with line {LAST - 1}"
        ):
            Journal.parse(left, OWN).find(str(JOURNAL.head))


@pytest.mark.parametrize("number", range(1, 8))
def test_a_line_twice(number: int) -> None:
    twice = LINES[:number] + LINES[number - 1 :]
    said = refused(b"".join(twice))
    assert f"line {number + 1} of the journal is missing or was moved: number {number} stands in its place" in said


@pytest.mark.parametrize("number", range(1, LAST))
def test_two_lines_changed_round(number: int) -> None:
    swapped = [*LINES]
    swapped[number - 1], swapped[number] = swapped[number], swapped[number - 1]
    assert f"line {number} of the journal is missing or was moved" in refused(b"".join(swapped))


@pytest.mark.parametrize("number", range(2, 8))
def test_a_fork(number: int) -> None:
    """Two journals that went apart: lines of one after those of the other, and the one in the other's place."""
    other = make_journal(*EVENTS[: number - 2], Note(text="another"), *EVENTS[number - 1 :])
    theirs = other.dump().splitlines(keepends=True)
    if number < LAST:
        mixed = b"".join(LINES[:number] + theirs[number:])
        assert f"line {number + 1} of the journal does not follow line {number}" in refused(mixed)
    assert other.forked_at(JOURNAL) == JOURNAL.forked_at(other) == number
    assert not other.continues(JOURNAL)
    for line in JOURNAL.lines:
        head = Head(line.number, line.sha256)
        if line.number < number:
            assert other.find(str(head)) == line.number
        else:
            with pytest.raises(JournalError, match=f"line {line.number} is not the one with this head"):
                other.find(str(head))


def test_another_record() -> None:
    """A hash swapped in the record, with all else right: the journal is no longer of it."""
    sheets = [*RECORD.sheets]
    sheets[0] = sheets[0].model_copy(update={"words_sha256": sheets[1].words_sha256})
    swapped = make_record(sheets=sheets)
    with pytest.raises(JournalError, match="line 1 of the journal is of another record"):
        Journal.parse(DATA, sha256(swapped.dump()))


def test_a_forgery_with_the_hashes_made_right_is_found_by_the_head_alone() -> None:
    data = rechained(lambda raw: raw[3]["data"].update(text="The safe is open."))
    forged = Journal.parse(data, OWN)
    assert forged.forked_at(JOURNAL) == 4
    with pytest.raises(JournalError, match=f"line {LAST} is not the one with this head"):
        forged.find(str(JOURNAL.head))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda raw: raw[2].update(event="rekeyed"),
            "line 3 of the journal is of a kind that this program does not know",
        ),
        (lambda raw: raw[2].update(event=""), "line 3 of the journal was changed: it names no event"),
        (lambda raw: raw[2].update(event="\x1b[2J"), "line 3 of the journal was changed: it names no event"),
        (lambda raw: raw[2].update(event=None), "line 3 of the journal was changed: it names no event"),
        (lambda raw: raw[2].update(event="x" * 5000), "line 3 of the journal was changed: it names no event"),
        (lambda raw: raw[2].update(data=None), "line 3 of the journal was changed"),
        (lambda raw: raw[2].update(data=[]), "line 3 of the journal was changed"),
        (lambda raw: raw[2]["data"].pop("by"), "line 3 of the journal was changed: by"),
        (lambda raw: raw[2]["data"].update(how="CANARY"), "line 3 of the journal was changed: how"),
        (lambda raw: raw[2]["data"].update({"\x1b[2J": 1}), "line 3 of the journal was changed: a field that no"),
        (lambda raw: raw[2]["data"].update({"x" * 99: 1}), "line 3 of the journal was changed: a field that no"),
        (lambda raw: raw[2].update(by="x"), "line 3 of the journal was changed: its fields"),
        (lambda raw: raw[2].pop("time"), "line 3 of the journal was changed: its fields"),
        (lambda raw: raw[2].update(number=True), "line 3 of the journal was changed: its number"),
        (lambda raw: raw[2].update(number="3"), "line 3 of the journal was changed: its number"),
        (lambda raw: raw[2].update(number=3.0), "line 3 of the journal was changed: its number"),
        (lambda raw: raw[2].update(number=10**400), "line 3 of the journal was changed: its number"),
        (lambda raw: raw[2].update(number=0), "line 3 of the journal was changed: its number"),
        (lambda raw: raw[2].update(time="2026-02-30T00:00:00Z"), "line 3 of the journal was changed: its time"),
        (lambda raw: raw[2].update(time="2026-02-03T00:00:00+00:00"), "line 3 of the journal was changed: its time"),
        (lambda raw: raw[2].update(time="2026-02-03T00:00:60Z"), "line 3 of the journal was changed: its time"),
        (lambda raw: raw[2].update(time=0), "line 3 of the journal was changed: its time"),
        (lambda raw: raw[5]["data"].update(every_envelope="no"), "line 6 of the journal was changed"),
        (lambda raw: raw[-1]["data"].update(every_envelope="no"), f"line {LAST} of the journal was changed: its bytes"),
        (lambda raw: raw[2].update(event="made", data=raw[0]["data"]), "line 3 of the journal cannot be"),
        (lambda raw: raw[0].update(event="note", data={"text": "x"}), "line 1 of the journal cannot be"),
    ],
)
def test_what_no_line_says_though_the_hashes_are_right(
    change: Callable[[list[dict[str, Any]]], object], said: str
) -> None:
    message = refused(rechained(change))
    assert message.startswith(said)
    assert "CANARY" not in message


@pytest.mark.parametrize(
    "reformat",
    [
        lambda line: line.replace(b":", b": ", 1),
        lambda line: b" " + line,
        lambda line: line.replace(b"\n", b"\r\n"),
        lambda line: line.replace(b"\n", b"\n\n"),
        lambda line: line.replace("É".encode(), b"\\u00c9"),
        lambda line: line.replace(b'"number":3', b'"number":3,"number":3'),
        lambda line: b"\xef\xbb\xbf" + line,
        lambda line: b"[" * 50_000 + b"\n" + line,
        lambda line: b"null\n" + line,
        lambda line: b"\n" + line,
        lambda line: b"\0\n",
        lambda line: b"\xff\n",
        lambda line: b'"' + b"x" * MAX_LINE_BYTES + b'"\n',
        lambda line: line.decode().encode("utf-16"),
    ],
)
def test_another_form_of_the_same_line(reformat: Callable[[bytes], bytes]) -> None:
    changed = reformat(LINES[2])
    assert changed != LINES[2]
    said = refused(b"".join([*LINES[:2], changed, *LINES[3:]]))
    assert "line 3" in said or "line 4" in said


@given(st.binary(max_size=200))
def test_any_bytes_are_no_journal(data: bytes) -> None:
    assert "line 1" in refused(data)
    assert f"line {len(LINES) + 1}" in refused(DATA + (data or b"x"))


@given(st.binary(max_size=200))
def test_no_bytes_are_a_line_without_an_error_of_ours(data: bytes) -> None:
    with pytest.raises(JournalError, match="line 5"):
        Line.parse(data, 5)


def test_the_lines_before_the_wrong_one_can_be_read() -> None:
    lines = read_lines(b"".join(LINES[:4] + LINES[5:]), OWN)
    assert tuple(itertools.islice(lines, 4)) == JOURNAL.lines[:4]
    with pytest.raises(JournalError, match="line 5 of the journal is missing"):
        next(lines)


# Limits


def test_a_journal_too_large() -> None:
    with pytest.raises(JournalError, match=f"a journal of over {MAX_BYTES} bytes"):
        Journal.parse(b"x" * (MAX_BYTES + 1), OWN)


def test_an_event_too_long() -> None:
    long = Destroyed(sheets=("x" * 500,) * 300, media=(), every_envelope=False, witnesses="")
    with pytest.raises(JournalError, match=f"line {LAST + 1} has over {MAX_LINE_BYTES} bytes"):
        JOURNAL.append(long, now=NOON)


def test_the_largest_event_of_the_largest_escrow_has_room() -> None:
    names = tuple(f"{'🔑' * 31}{group:x}/{number}" for group in range(16) for number in range(1, 17))
    event = Destroyed(sheets=names, media=("🔑" * 120,) * 16, every_envelope=True, witnesses="🔑" * 500)
    assert Journal.parse(JOURNAL.append(event, now=NOON).dump(), OWN).lines[-1].event == event


def test_no_line_that_could_not_be_read_again_is_added() -> None:
    big = tuple(Destroyed(sheets=("x" * 500,) * 250, media=(), every_envelope=False, witnesses="") for _ in range(140))
    with pytest.raises(JournalError, match=f"the journal has over {MAX_BYTES} bytes"):
        JOURNAL.append(*big, now=NOON)


# Appending


def test_append_leaves_the_journal_as_it_was_and_continues_it() -> None:
    longer = JOURNAL.append(EVENTS[0], EVENTS[2], now=NOON)
    assert JOURNAL.dump() == DATA
    assert longer.dump().startswith(DATA)
    assert len(longer.lines) == LAST + 2
    assert JOURNAL.append(now=NOON) == JOURNAL


def test_words_of_a_share_are_not_appended() -> None:
    with pytest.raises(UsageError):
        JOURNAL.append(Note(text=" ".join(WORDS[7:40])), now=NOON)


def test_a_journal_with_words_can_still_be_read() -> None:
    data = rechained(lambda raw: raw[3]["data"].update(text=" ".join(WORDS[7:40])))
    assert Journal.parse(data, OWN).lines[3].event == Note(text=" ".join(WORDS[7:40]))


def test_a_clock_that_went_back_is_told_and_stops_nothing() -> None:
    assert JOURNAL.backward == ()
    journal = JOURNAL.append(EVENTS[2], now=NOON).append(EVENTS[2], now=NOON - datetime.timedelta(days=9000))
    assert Journal.parse(journal.dump(), OWN).backward == (LAST + 1, LAST + 2)


def test_an_empty_journal_cannot_be() -> None:
    with pytest.raises(JournalError, match="the journal is empty"):
        Journal(OWN, ())


# The head


def test_the_head_is_that_of_the_last_line() -> None:
    assert JOURNAL.head.sha256 == hashlib.sha256(LINES[-1]).hexdigest()
    assert JOURNAL.head.code == check_code(LINES[-1])
    assert str(JOURNAL.head) == f"{LAST}:{check_code(LINES[-1])}"


@pytest.mark.parametrize("number", range(1, 8))
def test_a_head_in_every_form(number: int) -> None:
    code, full = check_code(LINES[number - 1]), hashlib.sha256(LINES[number - 1]).hexdigest()
    typed = code.replace("O", "0").replace("I", "1").replace("B", "8")
    forms = (code, full, full.upper(), code.lower(), code.replace("-", ""), typed)
    for form in (*forms, *(f" {number}:{form}\n" for form in forms)):
        assert JOURNAL.find(form) == number


def test_a_head_of_another_line() -> None:
    with pytest.raises(JournalError, match="line 3 is not the one with this head"):
        JOURNAL.find(f"3:{JOURNAL.head.code}")
    with pytest.raises(JournalError, match=f"cut: the head is that of line {LAST + 2}, and it ends with line {LAST}"):
        JOURNAL.find(f"{LAST + 2}:{JOURNAL.head.code}")
    with pytest.raises(JournalError, match=f"no line of 1 to {LAST} has this head"):
        JOURNAL.find("AAAA-BBBB-CCCC-DDDD")


@pytest.mark.parametrize(
    "typed", ["", "7:", "7", "abc", "7:ABCD", "ABCD-EFGH-IJKL-MNO", "x" * 64, "-" * 16, "A" * 19, "7:7:" + "A" * 16]
)
def test_what_is_no_head(typed: str) -> None:
    with pytest.raises(CodeError):
        JOURNAL.find(typed)


def test_continues() -> None:
    longer = JOURNAL.append(EVENTS[0], now=NOON)
    assert longer.continues(JOURNAL)
    assert JOURNAL.continues(JOURNAL)
    assert not JOURNAL.continues(longer)
    assert JOURNAL.forked_at(longer) is longer.forked_at(JOURNAL) is None
    other = make_record(rehearsal=True)
    assert not make_journal(*EVENTS, record=other).continues(JOURNAL)
    assert make_journal(record=other).forked_at(JOURNAL) == 1

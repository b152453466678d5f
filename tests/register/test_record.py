from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from rootescrow.codes import EscrowId, check_code
from rootescrow.errors import RecordError
from rootescrow.policy import Body, Group, Policy
from rootescrow.register.record import (
    FORMAT,
    MAX_BYTES,
    Accepted,
    Record,
    RecordedGroup,
    RecordedSheet,
    Software,
    sha256,
)
from tests.register.support import make_record, sheets

lines = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=60)
hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
dates = st.dates()


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The bytes of a record that someone changed, in the one form that a record has."""
    raw = json.loads(make_record().dump())
    change(raw)
    return (json.dumps(raw, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


# The round trip


def test_dump_and_load() -> None:
    record = make_record()
    assert Record.load(record.dump()) == record
    assert Record.load(record.dump()).dump() == record.dump()


@given(st.data())
def test_any_record_and_back(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 16))
    record = make_record(
        escrow_id=str(EscrowId(data.draw(st.binary(min_size=5, max_size=5)))),
        generation=data.draw(st.integers(1, 1000)),
        supersedes=data.draw(st.none() | lines),
        created=data.draw(dates),
        rehearsal=data.draw(st.booleans()),
        authority={"motion": data.draw(lines), "date": data.draw(st.none() | dates)},
        plan_sha256=data.draw(st.none() | hashes),
        profile=data.draw(st.sampled_from(["root", "subroot", "simple"])),
        groups=[
            RecordedGroup(
                name="A", body=data.draw(st.sampled_from(Body)), threshold=data.draw(st.integers(1, count)), count=count
            )
        ],
        group_threshold=1,
        sheets=[
            RecordedSheet(
                group="A",
                number=number,
                office=data.draw(lines),
                person=data.draw(lines),
                place=data.draw(lines),
                bag=data.draw(lines),
                words_sha256=data.draw(hashes),
            )
            for number in range(1, count + 1)
        ],
        media=data.draw(st.lists(lines, max_size=2)),
        software=data.draw(
            st.lists(st.builds(Software, name=lines, version=lines, sha256=st.none() | hashes), max_size=2)
        ),
        accepted=data.draw(st.lists(st.builds(Accepted, rule=lines, reason=lines), max_size=2)),
    )
    assert Record.load(record.dump()) == record


def test_the_one_form() -> None:
    data = make_record().dump()
    raw = json.loads(data)
    assert data == (json.dumps(raw, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    assert list(raw) == sorted(raw)
    assert raw["format"] == 1
    assert raw["created"] == "2026-11-23"
    assert "Ada Éxample 1".encode() in data


# What it says


def test_check_code_and_hash_are_of_the_bytes() -> None:
    record = make_record()
    assert record.check_code == check_code(record.dump())
    assert make_record(rehearsal=True).check_code != record.check_code
    assert sha256(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_what_recovery_may_know() -> None:
    record = make_record()
    assert record.policy == Policy(Group("Board", 3, 5, Body.BOARD), Group("Arbitration", 2, 3, Body.ARBITRATION))
    known = record.known
    assert (known.id, known.policy) == (EscrowId.parse("K7QD-M2XA"), record.policy)
    assert list(known.sheets) == [f"Board/{n}" for n in range(1, 6)] + [f"Arbitration/{n}" for n in range(1, 4)]
    assert known.sheets["Board/2"] == hashlib.sha256(b"Board/2").digest()
    assert known.envelope_sha256 == hashlib.sha256(b"envelope").digest()
    assert known.encrypted_key_sha256 == hashlib.sha256(b"encrypted key").digest()


def test_it_cannot_be_changed() -> None:
    record = make_record()
    with pytest.raises(ValidationError):
        record.generation = 2


# Records that cannot be


@pytest.mark.parametrize(
    "changed",
    [
        {"escrow_id": "K7QD"},
        {"escrow_id": "k7qd-m2xa"},
        {"escrow_id": "K7QDM2XA"},
        {"generation": 0},
        {"format": 2},
        {"profile": "other"},
        {"plan_sha256": "AB" * 32},
        {"plan_sha256": "ab" * 31},
        {"plan_sha256": "ab" * 32 + "\n"},
        {"created": "2026-02-30"},
        {"groups": ()},
        {"groups": (RecordedGroup(name="Board", body=Body.BOARD, threshold=6, count=5),)},
        {"groups": make_record().groups * 2},
        {"group_threshold": 0},
        {"group_threshold": 3},
        {"sheets": ()},
        {"sheets": sheets("Board", 5)},
        {"sheets": sheets("Arbitration", 3) + sheets("Board", 5)},
        {"sheets": sheets("Board", 5) + sheets("Arbitration", 4)},
        {"sheets": sheets("Board", 4) + sheets("Board", 1) + sheets("Arbitration", 3)},
        {"sheets": sheets("board", 5) + sheets("Arbitration", 3)},
        {"media": ("x" * 501,)},
        {"media": ("two\nlines",)},
        {"media": ("\x1b]0;title\x07",)},
        {"media": ("\u202etxet",)},
        {"media": ("\ud800",)},
        {"media": tuple("🔑" * 500 for _ in range(600))},
        {"surprise": 1},
    ],
)
def test_what_no_record_says(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_record(**changed)


def test_the_largest_escrow_has_room() -> None:
    text = "\U0001f511" * 120
    names = [f"{number:x}" + "\U0001f511" * 31 for number in range(16)]
    record = make_record(
        groups=[RecordedGroup(name=name, body=Body.OTHER, threshold=16, count=16) for name in names],
        group_threshold=16,
        sheets=[
            sheet.model_copy(update={"office": text, "person": text, "place": text, "bag": text})
            for name in names
            for sheet in sheets(name, 16)
        ],
    )
    assert Record.load(record.dump()) == record
    assert len(record.dump()) < MAX_BYTES


# Files that are no record


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"1",
        b'"text"',
        b"\xff\xfe{\0}\0",
        b"\xff",
        b"\0",
        b"[" * 100_000,
        b'{"format": ' + b"9" * 5000 + b"}",
        b'{"format": NaN}',
        b'{"format": true}',
        b'{"format": null}',
        make_record().dump().decode().encode("utf-16"),
        b"\xef\xbb\xbf" + make_record().dump(),
        make_record().dump()[:-2],
        make_record().dump() * 2,
    ],
)
def test_what_is_no_record(data: bytes) -> None:
    with pytest.raises(RecordError) as raised:
        Record.load(data)
    assert raised.value.hint
    assert raised.value.message.isprintable()
    assert len(raised.value.message) < 200


@given(st.binary(max_size=200))
def test_any_bytes_are_no_record(data: bytes) -> None:
    with pytest.raises(RecordError):
        Record.load(data)


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 10_000_000])
def test_a_file_too_large(size: int) -> None:
    with pytest.raises(RecordError, match=f"over {MAX_BYTES} bytes"):
        Record.load(b" " * size)


def test_truncated_at_every_length() -> None:
    data = make_record().dump()
    for length in range(0, len(data), 7):
        with pytest.raises(RecordError):
            Record.load(data[:length])
    with pytest.raises(RecordError, match="edited or reformatted"):
        Record.load(data[:-1])


@pytest.mark.parametrize("version", [FORMAT + 1, 10**3000])
def test_a_later_format(version: int) -> None:
    with pytest.raises(RecordError, match="this program reads format 1") as raised:
        Record.load(edited(lambda raw: raw.update(format=version)))
    assert len(raised.value.message) < 100


@pytest.mark.parametrize(
    "reformat",
    [
        lambda data: data + b"\n",
        lambda data: b" " + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"  ", b"\t"),
        lambda data: json.dumps(json.loads(data)).encode(),
        lambda data: data.replace("É".encode(), b"\\u00c9"),
        lambda data: data.replace(b'"generation": 1,', b'"generation": 1.0,'),
        lambda data: data.replace(b'"generation": 1,', b'"generation": "1",'),
        lambda data: data.replace(b'"generation": 1,', b'"generation": 1,\n  "generation": 1,'),
        lambda data: data.replace(b'"rehearsal": false', b'"rehearsal": "no"'),
        lambda data: data.replace(b"2026-11-23", b"2026-11-23T00:00:00"),
    ],
)
def test_another_form_of_the_same_record(reformat: Callable[[bytes], bytes]) -> None:
    data = make_record().dump()
    assert reformat(data) != data
    with pytest.raises(RecordError, match="edited or reformatted"):
        Record.load(reformat(data))


@pytest.mark.parametrize("name", sorted(make_record().model_dump().keys() - {"format"}))
def test_a_missing_field_is_named(name: str) -> None:
    with pytest.raises(RecordError, match=f"wrong at {name}"):
        Record.load(edited(lambda raw: raw.pop(name)))


def test_an_unknown_or_wrong_field_is_named() -> None:
    with pytest.raises(RecordError, match=r"wrong at key\.surprise"):
        Record.load(edited(lambda raw: raw["key"].update(surprise=1)))
    with pytest.raises(RecordError, match=r"wrong at sheets\.0\.words_sha256: not of the right form"):
        Record.load(edited(lambda raw: raw["sheets"][0].update(words_sha256="0")))


@pytest.mark.parametrize("name", ["\x1b[2J\x1b[H", "x" * 5000, "\u202e"])
def test_a_hostile_field_name_is_not_echoed(name: str) -> None:
    with pytest.raises(RecordError, match="a field that no record has") as raised:
        Record.load(edited(lambda raw: raw.update({name: 1})))
    assert name not in raised.value.message


@pytest.mark.parametrize("name", ["created", "profile", "group_threshold", "sheets", "key"])
def test_no_value_is_echoed(name: str) -> None:
    with pytest.raises(RecordError) as raised:
        Record.load(edited(lambda raw: raw.update({name: "CANARY"})))
    assert "CANARY" not in raised.value.message + raised.value.hint


def test_every_class_refuses_what_it_does_not_know() -> None:
    def models(model: type[BaseModel]) -> set[type[BaseModel]]:
        return {model}.union(*(models(below) for below in model.__subclasses__()))

    known = {model for model in models(BaseModel) if model.__module__ == "rootescrow.register.record"}
    assert len(known) == 12
    for model in known:
        assert (model.model_config["frozen"], model.model_config["extra"]) == (True, "forbid")


def test_dates_are_dates() -> None:
    assert make_record().created == datetime.date(2026, 11, 23)
    assert make_record().authority.date == datetime.date(2026, 11, 1)


@pytest.mark.parametrize(("written", "read"), [("AAAA-2345", "AAAA-2345"), (None, "None"), ("an older one", "None")])
def test_what_recovery_knows_of_the_generation_before(written: str | None, read: str) -> None:
    assert str(make_record(supersedes=written).known.supersedes) == read

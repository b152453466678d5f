"""The published record: what is in it, and above all what is not."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from rootescrow.policy import Body
from rootescrow.register.published import REDACTED, PublishedRecord
from rootescrow.register.record import Accepted, Record, RecordedGroup, RecordedPassphrase, RecordedSheet
from rootescrow.register.schema import schema

from .support import make_record, sheets


def hidden(sheets: tuple[RecordedSheet, ...]) -> tuple[RecordedSheet, ...]:
    """The sheets with texts that occur nowhere else."""
    parts = ("office", "person", "place", "bag")
    return tuple(
        sheet.model_copy(update={part: f"~{part}{number}" for part in parts}) for number, sheet in enumerate(sheets)
    )


def full() -> Record:
    """A record in which every text that is not to be published is one that occurs nowhere else."""
    record = make_record()
    passphrase = RecordedPassphrase(
        escrow_id="AAAA-BBBB",
        groups=(RecordedGroup(name="Passphrase", body=Body.OTHER, threshold=2, count=3),),
        group_threshold=1,
        sheets=hidden(sheets("Passphrase", 3)),
    )
    return make_record(
        sheets=hidden(record.sheets),
        passphrase=passphrase,
        media=("~medium at ~place1",),
        accepted=(Accepted(rule="AU-5", reason="~person1 is ill"),),
        language="de",
    )


def test_no_person_place_or_bag_is_in_it() -> None:
    text = PublishedRecord.of(full()).dump().decode()
    assert "~" in full().dump().decode()
    assert "~" not in text
    passphrase = full().passphrase
    assert passphrase is not None
    assert not any(sheet.words_sha256 in text for sheet in full().sheets + passphrase.sheets)


def test_it_says_what_it_is_and_what_it_was_made_from() -> None:
    record = full()
    published = json.loads(PublishedRecord.of(record).dump())
    assert published["redacted"] == REDACTED
    assert published["record_sha256"] == hashlib.sha256(record.dump()).hexdigest()
    assert published["accepted_rules"] == ["AU-5"]
    assert published["media_count"] == 1
    assert published["motion"] == record.authority.motion
    assert published["key"] == json.loads(record.dump())["key"]
    assert published["groups"] == json.loads(record.dump())["groups"]


def test_it_is_no_record() -> None:
    published = PublishedRecord.of(full()).dump()
    with pytest.raises(Exception, match="the record is wrong"):
        Record.load(published)
    assert PublishedRecord.model_validate_json(published) == PublishedRecord.of(full())


def test_every_field_of_a_record_was_decided_about() -> None:
    """A new field of the record fails here until somebody has decided whether it may be published."""
    not_published = {"sheets", "media", "accepted", "authority", "language"}
    added = {"redacted", "record_sha256", "motion", "motion_date", "media_count", "accepted_rules"}
    assert set(PublishedRecord.model_fields) - added == set(Record.model_fields) - not_published


@pytest.mark.parametrize(("model", "name"), [(Record, "record"), (PublishedRecord, "record-published")])
def test_the_schemas_in_the_documentation_are_current(repo_root: Path, model: type[BaseModel], name: str) -> None:
    """`make schemas` writes them anew."""
    assert (repo_root / "docs" / f"{name}.schema.json").read_bytes() == schema(model)


BARE = make_record()
"""Without what is left out of the file where there is none: an escrow of the passphrase."""


@pytest.mark.parametrize(
    ("model", "example"),
    [
        *((Record, full()), (PublishedRecord, PublishedRecord.of(full()))),
        *((Record, BARE), (PublishedRecord, PublishedRecord.of(BARE))),
    ],
)
def test_a_schema_tells_every_field_and_allows_no_other(model: type[BaseModel], example: BaseModel) -> None:
    described = json.loads(schema(model))
    assert described["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    written = example.model_dump(mode="json")
    compare(described, described, written)
    left_out = set(described["properties"]) - set(described["required"])
    assert left_out == ({"passphrase", "language"} if model is Record else set())
    assert set(written) == set(described["properties"]) - (left_out if example is BARE else set())


def compare(root: dict[str, object], part: object, value: object) -> None:
    """Walk a document along its schema: a small reading of the parts of JSON Schema that ours use."""
    assert isinstance(part, dict)
    if "$ref" in part:
        name = part["$ref"].removeprefix("#/$defs/")
        definitions = root["$defs"]
        assert isinstance(definitions, dict)
        compare(root, definitions[name], value)
    elif "anyOf" in part:
        kinds = [one for one in part["anyOf"] if (one.get("type") == "null") == (value is None)]
        assert len(kinds) == 1
        compare(root, kinds[0], value)
    elif part.get("type") == "object":
        assert isinstance(value, dict)
        assert part["additionalProperties"] is False
        assert set(part["required"]) <= set(value) <= set(part["properties"])
        for name, inside in value.items():
            compare(root, part["properties"][name], inside)
    elif part.get("type") == "array":
        assert isinstance(value, list)
        for inside in value:
            compare(root, part["items"], inside)
    else:
        kinds_of = {"string": str, "integer": int, "boolean": bool, "null": type(None)}
        assert type(value) is kinds_of[part["type"]] if "type" in part else True
        if "enum" in part:
            assert value in part["enum"]
        if "const" in part:
            assert value == part["const"]
        if "pattern" in part and "\\p" not in part["pattern"]:
            assert isinstance(value, str)
            assert re.search(part["pattern"], value)

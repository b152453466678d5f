"""What a record says of an escrowed passphrase, and what it may not say."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from rootescrow.codes import EscrowId
from rootescrow.errors import RecordError
from rootescrow.policy import Body
from rootescrow.register.record import PassphraseRecord, Record, RecordedGroup, RecordedPassphrase, Software
from tests.register.support import make_record, sheets

ID = EscrowId(b"\x12\x34\x56\x78\x9a")


def escrowed(**changed: Any) -> RecordedPassphrase:
    """2 of 3, with these fields changed."""
    fields: dict[str, Any] = {
        "escrow_id": str(ID),
        "groups": (RecordedGroup(name="Passphrase", body=Body.OTHER, threshold=2, count=3),),
        "group_threshold": 1,
        "sheets": sheets("Passphrase", 3),
    }
    return RecordedPassphrase(**{**fields, **changed})


def alone(**changed: Any) -> PassphraseRecord:
    fields: dict[str, Any] = {
        "created": datetime.date(2026, 11, 23),
        "rehearsal": False,
        "key_name": "Example Root CA",
        "key_escrow_id": "K7QD-M2XA",
        "spki_sha256": None,
        "passphrase": escrowed(),
        "software": (Software(name="rootescrow", version="0.1.0", sha256=None),),
    }
    return PassphraseRecord(**{**fields, **changed})


def test_within_the_record_of_a_key_and_alone() -> None:
    for record in (make_record(passphrase=escrowed()), alone()):
        assert type(record).load(record.dump()) == record
        assert b"Passphrase" in record.dump()
        assert len(record.check_code) == 19
    known = make_record(passphrase=escrowed()).known
    assert known.passphrase == escrowed().known == alone().known
    assert known.passphrase is not None
    assert (known.passphrase.id, known.passphrase.envelope_sha256) == (ID, None)
    assert set(known.passphrase.sheets) == {"Passphrase/1", "Passphrase/2", "Passphrase/3"}
    assert make_record().known.passphrase is None


def test_the_check_code_covers_it() -> None:
    changed = escrowed(sheets=(*sheets("Passphrase", 2), sheets("Passphrase", 3)[2].model_copy(update={"bag": "B1"})))
    assert make_record(passphrase=changed).check_code != make_record(passphrase=escrowed()).check_code


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"escrow_id": "k7qdm2xa"}, "is not written"),
        ({"escrow_id": "nothing"}, "no escrow id"),
        ({"sheets": sheets("Passphrase", 2)}, "not those of the groups"),
        ({"groups": (RecordedGroup(name="Passphrase", body=Body.OTHER, threshold=1, count=3),)}, "SP-e"),
        ({"groups": (RecordedGroup(name="Passphrase", body=Body.OTHER, threshold=4, count=3),)}, "wants 4 of 3"),
        ({"group_threshold": 2}, "2 of 1 groups"),
    ],
)
def test_a_set_that_cannot_be(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        escrowed(**changed)


def test_sheets_of_key_and_passphrase_are_told_apart() -> None:
    board = (RecordedGroup(name="board", body=Body.OTHER, threshold=2, count=3),)
    with pytest.raises(ValidationError, match="have the same name"):
        make_record(passphrase=escrowed(groups=board, sheets=sheets("board", 3)))
    near = EscrowId(EscrowId.parse("K7QD-M2XA").value[:2] + b"\x00\x00\x00")
    with pytest.raises(ValidationError, match="same words"):
        make_record(passphrase=escrowed(escrow_id=str(near)))


def test_neither_is_read_as_the_other() -> None:
    for kind, data in ((Record, alone().dump()), (PassphraseRecord, make_record().dump())):
        with pytest.raises(RecordError, match="the record is wrong at"):
            kind.load(data)

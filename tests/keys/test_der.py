"""DER is read strictly, and nothing else than KeyFormatError comes of bad bytes."""

from __future__ import annotations

import pytest
from Crypto.Util.asn1 import DerBitString, DerNull, DerObjectId, DerOctetString, DerSequence
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import KeyFormatError
from rootescrow.keys.der import MAX_BYTES, Der, octets

GOOD = DerSequence(
    [5, DerObjectId("1.2.3"), DerOctetString(b"abc"), DerBitString(b"xy"), DerNull(), DerSequence([-1])]
).encode()


def test_items_are_taken_by_place() -> None:
    der = Der(GOOD)
    assert der.shape == "idobns"
    assert der.integer(0) == 5
    assert der.oid(1) == "1.2.3"
    assert der.octets(2) == b"abc"
    assert der.bits(3) == b"xy"
    assert der.raw(4) == b"\5\0"
    assert der.sequence(5).integer(0) == -1


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\x30",
        b"\x30\x80\0\0",
        b"\x30\x81\x03\x02\x01\x05",
        b"\x30\x04\x02\x02\x00\x05",
        b"\x30\x04\x02\x02\xff\x80",
        b"\x30\x02\x02\x00",
        b"\x30\x03\x02\x01\x05\x00",
        b"\x31\x03\x02\x01\x05",
        b"\x30\x84\xff\xff\xff\xff\x02",
        GOOD[:-1],
        GOOD + b"\n",
    ],
    ids=[
        "empty",
        "one byte",
        "indefinite length",
        "long form of a short length",
        "leading zero",
        "leading ones",
        "empty integer",
        "trailing byte",
        "a set",
        "four gigabytes",
        "cut off",
        "trailing newline",
    ],
)
def test_what_is_not_der_is_refused(damaged: bytes) -> None:
    with pytest.raises(KeyFormatError):
        Der(damaged)


def test_a_large_structure_is_refused_unread() -> None:
    with pytest.raises(KeyFormatError, match="over"):
        Der(b"\x30" + bytes(MAX_BYTES))


@given(st.binary(max_size=80), st.integers(0, 5))
def test_no_other_error_than_ours(content: bytes, place: int) -> None:
    try:
        der = Der(b"\x30" + bytes([len(content)]) + content)
    except KeyFormatError:
        return
    for take in (der.integer, der.raw, der.sequence, der.octets, der.bits, der.oid):
        try:
            take(place)
        except KeyFormatError:
            continue
    assert len(der.shape) <= len(content)


def test_an_octet_string_alone() -> None:
    assert octets(b"\4\1a") == b"a"
    with pytest.raises(KeyFormatError):
        octets(b"\4\2a")

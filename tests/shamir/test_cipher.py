"""The encryption before the sharing. That it is the standard's, the vectors and the oracles show."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.errors import PassphraseError
from rootescrow.shamir import SetHeader
from rootescrow.shamir.cipher import decrypt, encrypt

from .support import PASSPHRASES

HEADER = SetHeader(7, extendable=True, iteration_exponent=0, group_threshold=1, group_count=1, length=32)
SECRET = bytes(range(32))


@settings(max_examples=20)
@given(st.integers(8, 32), PASSPHRASES, st.booleans(), st.integers(0, 1), st.data())
def test_round_trip(half: int, passphrase: str, extendable: bool, exponent: int, data: st.DataObject) -> None:
    secret = data.draw(st.binary(min_size=2 * half, max_size=2 * half))
    header = replace(HEADER, extendable=extendable, iteration_exponent=exponent, length=2 * half)
    value = encrypt(secret, passphrase.encode(), header)
    assert len(value) == len(secret)
    assert decrypt(value, passphrase.encode(), header) == secret


def test_what_takes_part_in_it() -> None:
    """Passphrase and exponent always do, the identifier only if the share is not extendable."""
    value = encrypt(SECRET, b"", HEADER)
    assert value != SECRET
    assert encrypt(SECRET, b"", replace(HEADER, identifier=8)) == value
    others = {
        encrypt(SECRET, b" ", HEADER),
        encrypt(SECRET, b"", replace(HEADER, iteration_exponent=1)),
        encrypt(SECRET, b"", replace(HEADER, extendable=False)),
        encrypt(SECRET, b"", replace(HEADER, extendable=False, identifier=8)),
    }
    assert len(others | {value}) == 5


@pytest.mark.parametrize("passphrase", [b"\x1f", b"\x7f", b"a\n", "é".encode(), b"\x00", b"\xff"])
def test_that_a_passphrase_must_be_printable_ascii(passphrase: bytes) -> None:
    for direction in (encrypt, decrypt):
        with pytest.raises(PassphraseError) as caught:
            direction(SECRET, passphrase, HEADER)
        assert passphrase not in (caught.value.message + caught.value.hint).encode()

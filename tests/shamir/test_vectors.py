"""The 45 official vectors of SLIP-39."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rootescrow.errors import ChecksumError, DigestError, EscrowError, QuorumError, ShareError
from rootescrow.shamir import Share, combine

PASSPHRASE = b"TREZOR"

FAILING: dict[int, type[EscrowError]] = {
    **dict.fromkeys((2, 21), ChecksumError),
    **dict.fromkeys((3, 22), ShareError),  # padding
    **dict.fromkeys((5, 24), QuorumError),
    **dict.fromkeys((6, 7, 8, 9, 25, 26, 27, 28), ShareError),  # of different sets
    **dict.fromkeys((10, 29), ShareError),  # group threshold above group count
    **dict.fromkeys((11, 30), ShareError),  # member index twice
    **dict.fromkeys((12, 31), ShareError),  # member thresholds differ
    **dict.fromkeys((13, 32), DigestError),
    **dict.fromkeys((14, 15, 16, 33, 34, 35), QuorumError),
    **dict.fromkeys((39, 40), ShareError),  # length
}
"""What each vector that must fail fails with: the class itself, not one below it."""


@pytest.fixture(scope="module")
def vectors(shared_reference: Path) -> dict[int, tuple[list[str], str]]:
    """The words and the secret in hexadecimal digits, by the number in the description."""
    rows = json.loads((shared_reference / "slip39-vectors.json").read_text("utf-8"))
    return {int(description.split(".")[0]): (words, secret) for description, words, secret, _ in rows}


def test_that_all_vectors_are_there(vectors: dict[int, tuple[list[str], str]]) -> None:
    assert sorted(vectors) == list(range(1, 46))
    assert sorted(FAILING) == [number for number, (_, secret) in vectors.items() if not secret]


@pytest.mark.parametrize("number", sorted(set(range(1, 46)) - set(FAILING)))
def test_valid(number: int, vectors: dict[int, tuple[list[str], str]]) -> None:
    words, secret = vectors[number]
    shares = [Share.parse(text) for text in words]
    assert combine(shares, PASSPHRASE).reveal().hex() == secret
    assert [share.text for share in shares] == words


@pytest.mark.parametrize("number", sorted(FAILING))
def test_failing(number: int, vectors: dict[int, tuple[list[str], str]]) -> None:
    words, _ = vectors[number]
    with pytest.raises(EscrowError) as caught:
        combine([Share.parse(text) for text in words], PASSPHRASE)
    assert caught.type is FAILING[number]
    assert caught.value.hint

"""Splitting and combining: every quorum, nothing less, and the holes that others had."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.errors import (
    DigestError,
    EscrowError,
    PassphraseError,
    PolicyError,
    QuorumError,
    ShareError,
    UsageError,
)
from rootescrow.secret import Random, Secret
from rootescrow.shamir import Polynomial, Share, combine, master_secret, reissue, split

from .support import Plan, inverse, plans, times

SECRET = bytes(range(100, 132))
Groups = tuple[tuple[int, int], ...]
Shares = tuple[tuple[Share, ...], ...]


def shared(groups: Sequence[tuple[int, int]], group_threshold: int, rng: Random = secrets.token_bytes) -> Shares:
    return split(Secret(SECRET), groups, group_threshold=group_threshold, identifier=4711, rng=rng)


def subsets(shares: Shares) -> Iterator[tuple[Share, ...]]:
    every = list(chain.from_iterable(shares))
    return chain.from_iterable(combinations(every, size) for size in range(len(every) + 1))


# Every quorum, and nothing less


@settings(max_examples=20)
@given(plans())
def test_round_trip(plan: Plan) -> None:
    """All shares at once: more than are needed is no error."""
    every = list(chain.from_iterable(plan.split()))
    assert combine(every, plan.passphrase.encode()).reveal() == plan.secret


@pytest.mark.parametrize(
    ("groups", "group_threshold"),
    [
        (((1, 1),), 1),
        (((2, 3),), 1),
        (((5, 5),), 1),
        (((3, 5), (2, 3)), 2),
        (((1, 1), (2, 2), (2, 3)), 1),
        (((1, 1), (2, 3), (3, 3)), 2),
    ],
)
def test_that_every_quorum_recovers_and_no_smaller_set_does(groups: Groups, group_threshold: int) -> None:
    shares = shared(groups, group_threshold)
    for chosen in subsets(shares):
        members = Counter(share.group_index for share in chosen)
        complete = sum(members[index] >= threshold for index, (threshold, _) in enumerate(groups))
        if complete >= group_threshold:
            assert combine(chosen).reveal() == SECRET
        else:
            with pytest.raises(QuorumError):
                combine(chosen)


def test_the_largest_policy() -> None:
    shares = shared(((16, 16),) * 16, 16)
    every = list(chain.from_iterable(shares))
    assert len(set(every)) == 256
    assert combine(reversed(every)).reveal() == SECRET
    with pytest.raises(QuorumError, match="complete groups: 15 of the 16"):
        combine(every[1:])


@pytest.mark.parametrize("length", [16, 18, 30, 64, 1270])
def test_secrets_of_other_lengths(length: int) -> None:
    secret = secrets.token_bytes(length)
    shares = split(Secret(secret), ((2, 3),), group_threshold=1, identifier=0)
    assert combine(shares[0][1:]).reveal() == secret


def test_that_a_threshold_of_one_is_the_secret_itself() -> None:
    """No digest guards it, and nothing random is drawn."""
    ((share,),) = split(Secret(SECRET), ((1, 1),), group_threshold=1, identifier=1, rng=_no_randomness)
    assert combine([share]).reveal() == SECRET
    (first,), (second,) = split(Secret(SECRET), ((1, 1), (1, 1)), group_threshold=1, identifier=1, rng=_no_randomness)
    assert first.value == second.value == share.value


def test_that_fewer_shares_fit_every_secret() -> None:
    """Two of three shares: for each candidate there is a third share that makes a valid set of it."""
    shares = shared(((3, 3),), 1)[0]
    true = Polynomial.through({share.member_index: share.value for share in shares}, 3)
    candidate = bytes(32)
    forged = Polynomial(
        (0, 1, 255), (int.from_bytes(shares[0].value), int.from_bytes(shares[1].value), int.from_bytes(candidate)), 32
    )
    assert forged.at(0) == true.at(0)
    assert forged.at(1) == true.at(1)
    assert forged.at(255) == candidate != true.secret()


def test_that_the_error_says_what_is_missing() -> None:
    shares = shared(((3, 5), (2, 3)), 2)
    with pytest.raises(QuorumError) as caught:
        combine([*shares[0][:2], *shares[1]])
    assert str(caught.value) == ("complete groups: 1 of the 2 that are needed (group 1: 2 of 3; group 2: 2 of 2)")


# The pieces that recovery is made of


@settings(max_examples=20)
@given(st.integers(2, 16), st.data())
def test_a_polynomial_passes_its_members_and_no_others(threshold: int, data: st.DataObject) -> None:
    shares = shared(((threshold, 16),), 1)[0]
    chosen = data.draw(st.permutations(shares))[:threshold]
    polynomial = Polynomial.through({share.member_index: share.value for share in chosen}, threshold)
    for share in shares:
        assert polynomial.at(share.member_index) == share.value
        assert polynomial.passes(share.member_index, share.value)
        assert not polynomial.passes(share.member_index, share.value[:-1] + bytes([share.value[-1] ^ 1]))
        assert not polynomial.passes(share.member_index, share.value[:-1])


def test_the_secret_in_two_steps() -> None:
    shares = shared(((3, 5), (2, 3)), 2)
    group_secrets = {
        index: Polynomial.through({share.member_index: share.value for share in group[1:4]}, threshold).secret()
        for index, (group, threshold) in enumerate(zip(shares, (3, 2), strict=True))
    }
    assert master_secret(group_secrets, shares[0][0].header).reveal() == SECRET
    with pytest.raises(QuorumError):
        master_secret({0: group_secrets[0]}, shares[0][0].header)
    with pytest.raises(DigestError):
        master_secret({0: group_secrets[0], 1: bytes(32)}, shares[0][0].header)


def test_that_a_polynomial_keeps_its_values_to_itself() -> None:
    share = shared(((1, 1),), 1)[0][0]
    polynomial = Polynomial.through({0: share.value}, 1)
    assert str(int.from_bytes(share.value)) not in repr(polynomial)


@pytest.mark.parametrize(
    ("points", "threshold"),
    [
        ({255: bytes(16), 1: bytes(16)}, 2),  # the secret's own index
        ({254: bytes(16), 1: bytes(16)}, 2),  # the digest's
        ({16: bytes(16), 1: bytes(16)}, 2),
        ({-1: bytes(16), 1: bytes(16)}, 2),
        ({0: bytes(16), 1: bytes(18)}, 2),
        ({0: bytes(16)}, 0),
        ({}, 0),
    ],
)
def test_that_impossible_points_are_refused(points: dict[int, bytes], threshold: int) -> None:
    with pytest.raises(ShareError):
        Polynomial.through(points, threshold)


def test_that_points_without_a_place_of_their_own_make_no_polynomial() -> None:
    for places, values in (((), ()), ((1, 1), (5, 6)), ((1, 2), (5,))):
        with pytest.raises(ValueError, match="points"):
            Polynomial(places, values, 1)


def test_that_too_few_points_make_no_polynomial() -> None:
    with pytest.raises(QuorumError, match="2 of the 3"):
        Polynomial.through({0: bytes(16), 1: bytes(16)}, 3)


def test_a_share_issued_again() -> None:
    shares = shared(((3, 5), (2, 3)), 2)
    for group, threshold in zip(shares, (3, 2), strict=True):
        for lost in group:
            others = [share for share in group if share is not lost][:threshold]
            assert reissue(others, lost.member_index) == lost
    new = reissue(shares[0][:3], 9)
    assert combine([new, *shares[0][3:], *shares[1][:2]]).reveal() == SECRET


def test_what_cannot_be_issued_again() -> None:
    shares = shared(((3, 5), (2, 3), (1, 1)), 2)
    with pytest.raises(QuorumError):
        reissue(shares[0][:2], 4)
    with pytest.raises(QuorumError):
        reissue([], 4)
    with pytest.raises(ShareError, match="different groups"):
        reissue([*shares[0][:3], *shares[1][:2]], 4)
    with pytest.raises(PolicyError, match="one share only"):
        reissue(shares[2], 1)
    with pytest.raises(DigestError):
        reissue([*shares[0][:2], replace(shares[0][2], value=bytes(32))], 4)
    for index in (-1, 16, 254, 255):
        with pytest.raises(PolicyError, match="no share"):
            reissue(shares[0][:3], index)


# Randomness


def _no_randomness(length: int) -> bytes:
    raise AssertionError(f"{length} random bytes were drawn")


CHI_SQUARED_LIMIT = 430.0
"""Of 256 cells, so 255 degrees of freedom: uniform bytes exceed it less than once in 10^9 (Wilson and Hilferty)."""


def chi_squared(data: bytes) -> float:
    expected = len(data) / 256
    counts = Counter(data)
    return sum((counts[byte] - expected) ** 2 / expected for byte in range(256))


def drawn_values(threshold: int, length: int, rng: Random) -> dict[str, bytes]:
    """What should be uniform of a polynomial with the secret 0: members' values, and the leading coefficient.

    The first four bytes of f(254) are the digest, so they are left out.
    """
    polynomial = Polynomial.hiding(bytes(length), threshold, rng)
    values = [polynomial.at(x)[4:] for x in range(threshold)]
    leading = bytearray(length - 4)  # the divided difference: the sum of f(a) / product of (a - b)
    for a, value in enumerate(values):
        scale = 1
        for b in range(threshold):
            scale = times(scale, a ^ b) if a != b else scale
        product = bytes(times(inverse(scale), byte) for byte in range(256))
        leading = bytearray(x ^ y for x, y in zip(leading, value.translate(product), strict=True))
    named = {f"member {x}": value for x, value in enumerate(values)}
    return named | {"leading coefficient": bytes(leading)}


@pytest.mark.parametrize("threshold", [2, 3, 5])
def test_that_values_and_coefficients_are_uniform_over_all_256_bytes(threshold: int) -> None:
    for what, data in drawn_values(threshold, 100_004, secrets.token_bytes).items():
        assert chi_squared(data) < CHI_SQUARED_LIMIT, what


def test_that_coefficients_without_zero_would_be_noticed() -> None:
    """The hole of RUSTSEC-2024-0398: of 100,000 bytes from 1 to 255, none is 0."""

    def never_zero(length: int) -> bytes:
        return bytes(1 + secrets.randbelow(255) for _ in range(length))

    assert chi_squared(never_zero(100_000)) > CHI_SQUARED_LIMIT
    leading = drawn_values(2, 100_004, never_zero)["leading coefficient"]
    assert 0 not in leading
    assert chi_squared(leading) > CHI_SQUARED_LIMIT


def test_that_all_randomness_is_drawn_fresh_and_nothing_else() -> None:
    """k - 2 whole values and one without the digest for each group of threshold k, and for the groups together."""
    drawn: list[bytes] = []

    def recorded(length: int) -> bytes:
        drawn.append(secrets.token_bytes(length))
        return drawn[-1]

    shares = shared(((3, 5), (2, 3), (3, 5), (1, 1)), 3, rng=recorded)
    assert [len(data) for data in drawn] == [32, 28, 32, 28, 28, 32, 28]
    values = [share.value for share in chain.from_iterable(shares)]
    assert len(set(values)) == len(values)
    assert shares[0][0].value == drawn[2]
    assert shares[2][0].value == drawn[5]


def test_that_two_splits_of_one_secret_have_no_value_in_common() -> None:
    first, second = (list(chain.from_iterable(shared(((3, 5), (2, 3)), 2))) for _ in range(2))
    assert not {share.value for share in first} & {share.value for share in second}
    assert combine(first).reveal() == combine(second).reveal()


@pytest.mark.parametrize("wrong", [-1, 1])
def test_that_a_source_of_too_few_or_many_bytes_is_refused(wrong: int) -> None:
    with pytest.raises(EscrowError, match="randomness"):
        shared(((3, 5),), 1, rng=lambda length: bytes(length + wrong))


# Shares that do not belong together


def test_that_shares_of_two_splits_do_not_mix() -> None:
    """With the same identifier, so that only the digest can tell; and with another."""
    first, second = shared(((3, 5), (2, 3)), 2), shared(((3, 5), (2, 3)), 2)
    for chosen in subsets((first[0][:3], second[0][3:])):
        if len(chosen) >= 3 and {*chosen} & {*first[0]} and {*chosen} & {*second[0]}:
            with pytest.raises(DigestError):
                combine([*chosen, *first[1]])
    with pytest.raises(DigestError):
        combine([*first[0], *second[1]])
    stranger = replace(first[0][2], identifier=4712)
    with pytest.raises(ShareError, match="different sets"):
        combine([*first[0][:2], stranger, *first[1]])


@pytest.mark.parametrize(
    "change",
    [
        {"identifier": 1},
        {"extendable": False},
        {"iteration_exponent": 1},
        {"group_threshold": 1},
        {"group_count": 3},
        {"value": bytes(34)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_that_no_share_is_believed_because_it_came_first(change: dict[str, int]) -> None:
    """A header of its own, in the first place or the last, and with shares to spare."""
    shares = list(chain.from_iterable(shared(((3, 5), (2, 3)), 2)))
    other = replace(shares[4], **change)  # type: ignore[arg-type]  # any of the fields
    for order in ([other, *shares[:4], *shares[5:]], [*shares[:4], *shares[5:], other]):
        with pytest.raises(ShareError, match="different sets"):
            combine(order)


def test_that_no_threshold_is_believed_because_it_came_first() -> None:
    board, arbitration = shared(((3, 5), (2, 3)), 2)
    for threshold in (1, 2, 4):
        other = replace(board[0], member_threshold=threshold)
        for order in ([other, *board[1:]], [*board[1:], other]):
            with pytest.raises(ShareError, match="differ in how many"):
                combine([*order, *arbitration])


def test_that_a_lowered_threshold_does_not_open_anything() -> None:
    """Two holders of 3-of-5 rewrite both their shares, checksum and all."""
    board, arbitration = shared(((3, 5), (2, 3)), 2)
    for threshold in (1, 2):
        forged = [replace(share, member_threshold=threshold) for share in board[:2]]
        with pytest.raises(DigestError):
            combine([*forged, *arbitration])


def test_that_the_same_share_twice_counts_once() -> None:
    board, arbitration = shared(((3, 5), (2, 3)), 2)
    assert combine([*board[:3], *board[:3], *arbitration[:2]]).reveal() == SECRET
    with pytest.raises(QuorumError):
        combine([*board[:2], board[1], *arbitration])


def test_that_two_shares_with_one_number_are_refused() -> None:
    board, arbitration = shared(((3, 5), (2, 3)), 2)
    with pytest.raises(ShareError, match="same number"):
        combine([*board[:3], replace(board[0], value=board[3].value), *arbitration])


def test_that_one_altered_share_is_noticed_even_where_it_is_not_needed() -> None:
    shares = list(chain.from_iterable(shared(((3, 5), (2, 3)), 2)))
    for place, share in enumerate(shares):
        altered = replace(share, value=bytes([share.value[0] ^ 1]) + share.value[1:])
        with pytest.raises(DigestError) as caught:
            combine([*shares[:place], altered, *shares[place + 1 :]])
        assert "accuses none" in caught.value.hint


def test_that_an_altered_group_is_noticed_even_where_it_is_not_needed() -> None:
    shares = shared(((1, 1), (1, 1), (1, 1)), 2)
    for altered in range(3):
        chosen = [replace(group[0], value=bytes(32)) if i == altered else group[0] for i, group in enumerate(shares)]
        with pytest.raises(DigestError):
            combine(chosen)


def test_that_every_byte_of_a_quorum_counts() -> None:
    board, arbitration = shared(((2, 3), (2, 3)), 2)
    for place in range(32):
        for bit in range(8):
            value = bytearray(board[0].value)
            value[place] ^= 1 << bit
            with pytest.raises(DigestError):
                combine([replace(board[0], value=bytes(value)), board[1], *arbitration])


def test_that_an_incomplete_group_is_left_out_where_others_suffice() -> None:
    shares = shared(((2, 3), (3, 5), (1, 1)), 2)
    assert combine([*shares[0][:2], shares[1][0], *shares[2]]).reveal() == SECRET


def test_that_a_wrong_passphrase_gives_another_secret() -> None:
    """SLIP-39 cannot tell; which is why format v1 uses none."""
    (shares,) = split(Secret(SECRET), ((2, 3),), group_threshold=1, identifier=1, passphrase=b"right")
    assert combine(shares, b"right").reveal() == SECRET
    assert combine(shares, b"wrong").reveal() != SECRET


# What cannot be split


@pytest.mark.parametrize(
    ("groups", "group_threshold"),
    [
        ((), 1),
        (((2, 3),), 0),
        (((2, 3),), 2),
        (((2, 3),) * 17, 1),
        (((0, 3),), 1),
        (((4, 3),), 1),
        (((2, 17),), 1),
        (((-1, 3),), 1),
        (((0, 0),), 1),
        (((1, 2),), 1),  # copies are not SLIP-39's affair
    ],
)
def test_that_impossible_policies_are_refused(groups: Groups, group_threshold: int) -> None:
    with pytest.raises(PolicyError) as caught:
        shared(groups, group_threshold)
    assert caught.value.hint


@pytest.mark.parametrize("length", [0, 1, 14, 15, 17, 33, 1271, 1272])
def test_that_secrets_of_other_lengths_are_refused(length: int) -> None:
    with pytest.raises(UsageError, match=f"{length} bytes"):
        split(Secret(bytes(length)), ((2, 3),), group_threshold=1, identifier=0)


def test_that_other_numbers_out_of_range_are_refused() -> None:
    for identifier, exponent in ((-1, 0), (0x8000, 0), (0, -1), (0, 16)):
        with pytest.raises(ShareError):
            split(Secret(SECRET), ((2, 3),), group_threshold=1, identifier=identifier, iteration_exponent=exponent)


def test_that_a_passphrase_that_is_not_ascii_is_refused() -> None:
    with pytest.raises(PassphraseError):
        split(Secret(SECRET), ((2, 3),), group_threshold=1, identifier=0, passphrase="Zürich".encode())
    with pytest.raises(PassphraseError):
        combine(shared(((2, 3),), 1)[0], "Zürich".encode())

"""A share that a quorum of its group makes anew: it fits with every other, and nothing else is computed."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from rootescrow import shamir
from rootescrow.errors import DigestError, EscrowError, PolicyError, QuorumError, ShareError, UsageError
from rootescrow.escrow import Escrow, reissue
from rootescrow.policy import MAX_SHEETS, Group, Policy
from rootescrow.recovery import recover
from rootescrow.shamir import Share

from .support import ROOT, altered, forged, known, make, pile_of

ESCROW = make()
BOARD, ARBITRATION = ESCROW.shares


@pytest.mark.parametrize("number", [6, 11, MAX_SHEETS])
def test_every_quorum_makes_the_same_share(number: int) -> None:
    made = {reissue(quorum, number) for count in (3, 4, 5) for quorum in itertools.permutations(BOARD, count)}
    (new,) = made
    assert (new.member_index, new.header, new.group_index) == (number - 1, BOARD[0].header, 0)
    assert Share.parse(new.text) == new


def test_it_recovers_with_every_other_and_the_old_quorums_stay() -> None:
    new = reissue(BOARD[1:4], 6)
    for quorum in itertools.combinations((*BOARD, new), 3):
        pile = pile_of(*quorum, *ARBITRATION[:2], ESCROW.envelope)
        assert recover(pile) == ESCROW.encrypted


def test_the_lost_one_can_be_computed_too_which_is_why_it_is_never_asked_for() -> None:
    assert reissue(BOARD[1:], 1) == BOARD[0]


def test_a_share_of_another_group_is_needed_by_none() -> None:
    new = reissue(ARBITRATION[1:], 4)
    with pytest.raises(QuorumError):
        shamir.combine([new, *ARBITRATION])


@pytest.mark.parametrize(
    ("shares", "number", "error"),
    [
        ((), 6, QuorumError),
        (BOARD[:2], 6, QuorumError),
        ((BOARD[0], BOARD[0], BOARD[1]), 6, QuorumError),
        ((*BOARD[:2], ARBITRATION[0]), 6, ShareError),
        ((*BOARD[:2], forged(BOARD[2])), 6, DigestError),
        ((*BOARD[:3], forged(BOARD[3])), 6, DigestError),
        ((*BOARD[:2], make(seed=5).shares[0][2]), 6, ShareError),
        ((*BOARD[:2], altered(BOARD[2], member_threshold=2)), 6, ShareError),
        (BOARD[:3], 3, UsageError),
        (BOARD[:3], 0, PolicyError),
        (BOARD[:3], MAX_SHEETS + 1, PolicyError),
    ],
)
def test_what_does_not_fit_makes_nothing(shares: tuple[Share, ...], number: int, error: type[EscrowError]) -> None:
    with pytest.raises(error) as raised:
        reissue(shares, number)
    assert type(raised.value) is error
    assert raised.value.hint


def test_copies_are_not_made_anew() -> None:
    escrow: Escrow = make(Policy(Group("A", 1, 3), Group("B", 2, 2)))
    with pytest.raises(PolicyError):
        reissue(escrow.shares[0], 4)


def test_colluders_whose_digest_is_right_make_a_share_of_theirs_and_the_record_knows_none_of_them() -> None:
    """A digest accuses nobody: only who compares with the record knows."""
    other = make(ROOT, seed=8)
    theirs = [replace(share, identifier=BOARD[0].identifier) for share in other.shares[0][:3]]
    new = reissue(theirs, 6)
    assert not any(known(ESCROW).names(share) for share in (*theirs, new))

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence

import pytest
from Crypto.PublicKey import ECC
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.codes import EscrowId
from rootescrow.envelope import Envelope
from rootescrow.errors import EscrowError, QuorumError, UsageError
from rootescrow.escrow import MAX_DRAWS, SECRET_BYTES, Escrow, rekey, split
from rootescrow.keys import EncryptedKey, PrivateKey, Scrypt
from rootescrow.policy import Group, Policy
from rootescrow.secret import Random
from rootescrow.shamir import Share, combine

CHEAP = Scrypt(n=2**4, r=8, p=1)
POLICY = Policy(Group("Board", 3, 5), Group("Arbitration", 2, 3))


def stream(seed: str) -> Random:
    """A source of randomness that gives the same in every run."""
    count = itertools.count()
    return lambda size: hashlib.shake_256(f"{seed} {next(count)}".encode()).digest(size)


@pytest.fixture(scope="module")
def encrypted() -> EncryptedKey:
    pkcs8 = ECC.construct(curve="Ed25519", seed=bytes(range(32))).export_key(format="DER", use_pkcs8=True)
    return PrivateKey.load(pkcs8).encrypt("correct horse battery staple", cost=CHEAP, rng=stream("key"))


@pytest.fixture(scope="module")
def escrow(encrypted: EncryptedKey) -> Escrow:
    return split(encrypted, POLICY, rng=stream("escrow"))


def opened(escrow: Escrow, shares: Sequence[Share]) -> bytes:
    with combine(shares) as secret:
        return Envelope.parse(escrow.envelope.der).open(secret)


def test_every_quorum_opens_the_envelope(escrow: Escrow, encrypted: EncryptedKey) -> None:
    board, arbitration = escrow.shares
    quorums = list(itertools.product(itertools.combinations(board, 3), itertools.combinations(arbitration, 2)))
    assert len(quorums) == 30
    for of_board, of_arbitration in quorums:
        assert opened(escrow, [*of_arbitration, *of_board]) == encrypted.der


def test_every_set_one_short_is_no_quorum(escrow: Escrow) -> None:
    board, arbitration = escrow.shares
    short = [
        *itertools.product(itertools.combinations(board, 2), (arbitration,)),
        *itertools.product((board,), itertools.combinations(arbitration, 1)),
        (board, ()),
        ((), arbitration),
    ]
    for of_board, of_arbitration in short:
        with pytest.raises(QuorumError):
            combine([*of_board, *of_arbitration])


def test_all_sheets_together(escrow: Escrow, encrypted: EncryptedKey) -> None:
    assert opened(escrow, [share for group in escrow.shares for share in group]) == encrypted.der


def test_what_the_shares_say(escrow: Escrow) -> None:
    assert escrow.id == escrow.envelope.id
    assert [len(group) for group in escrow.shares] == [5, 3]
    for group_index, group in enumerate(escrow.shares):
        for member_index, share in enumerate(group):
            assert share.identifier == escrow.id.slip39_identifier
            assert (share.extendable, share.iteration_exponent) == (True, 0)
            assert (share.group_index, share.member_index) == (group_index, member_index)
            assert (share.group_threshold, share.group_count) == (2, 2)
            assert share.member_threshold == POLICY.groups[group_index].threshold
            assert len(share.words) == 33
            assert escrow.share(group_index, member_index + 1) is share
    assert len({share.words[:2] for group in escrow.shares for share in group}) == 1


def test_the_escrow_id_is_that_of_the_secret(escrow: Escrow) -> None:
    with combine([*escrow.shares[0][:3], *escrow.shares[1][:2]]) as secret:
        assert len(secret) == SECRET_BYTES
        assert EscrowId.of(secret) == escrow.id


def test_the_same_randomness_gives_the_same_escrow(escrow: Escrow, encrypted: EncryptedKey) -> None:
    assert split(encrypted, POLICY, rng=stream("escrow")) == escrow
    assert split(encrypted, POLICY, rng=stream("another")).id != escrow.id


def test_fresh_secrets_unless_told_otherwise(encrypted: EncryptedKey) -> None:
    first, second = split(encrypted, POLICY), split(encrypted, POLICY)
    assert first.id != second.id
    assert first.envelope.ciphertext != second.envelope.ciphertext
    values = [share.value for escrow in (first, second) for group in escrow.shares for share in group]
    assert len(set(values)) == 16


def test_a_taken_identifier_is_drawn_again(escrow: Escrow, encrypted: EncryptedKey) -> None:
    again = split(encrypted, POLICY, taken={escrow.id.slip39_identifier}, rng=stream("escrow"))
    assert again.id.slip39_identifier != escrow.id.slip39_identifier
    assert opened(again, [*again.shares[0][:3], *again.shares[1][:2]]) == encrypted.der


def test_no_identifier_free(encrypted: EncryptedKey) -> None:
    drawn = 0

    def rng(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return drawn.to_bytes(size)

    with pytest.raises(UsageError, match="no escrow id is free"):
        split(encrypted, POLICY, taken=range(1 << 15), rng=rng)
    assert drawn == MAX_DRAWS


@pytest.mark.parametrize("short", [0, 16, 31, 33])
def test_a_broken_source_of_randomness_makes_no_escrow(encrypted: EncryptedKey, short: int) -> None:
    with pytest.raises(EscrowError, match=f"gave {short} bytes"):
        split(encrypted, POLICY, rng=lambda size: bytes(short if size == 32 else size))


def test_copies(encrypted: EncryptedKey) -> None:
    escrow = split(encrypted, Policy(Group("Board", 1, 4), Group("Arbitration", 2, 3)))
    assert [len(group) for group in escrow.shares] == [1, 3]
    assert {escrow.share(0, number) for number in range(1, 5)} == set(escrow.shares[0])
    for number in range(1, 5):
        assert opened(escrow, [escrow.share(0, number), *escrow.shares[1][1:]]) == encrypted.der
    with pytest.raises(QuorumError):
        combine([escrow.share(0, 1), escrow.share(0, 2), escrow.share(1, 1)])


def test_either_group(encrypted: EncryptedKey) -> None:
    escrow = split(encrypted, Policy(*POLICY.groups, group_threshold=1))
    assert opened(escrow, escrow.shares[0][2:]) == encrypted.der
    assert opened(escrow, escrow.shares[1][1:]) == encrypted.der
    with pytest.raises(QuorumError):
        combine([*escrow.shares[0][:2], *escrow.shares[1][:1]])


@pytest.mark.parametrize(("group_index", "number"), [(0, 0), (0, -1), (0, 6), (1, 4), (-1, 1), (2, 1)])
def test_no_such_sheet(escrow: Escrow, group_index: int, number: int) -> None:
    with pytest.raises(UsageError, match="no sheet"):
        escrow.share(group_index, number)


def test_no_such_copy(encrypted: EncryptedKey) -> None:
    escrow = split(encrypted, Policy(Group("Board", 1, 4)))
    for number in (0, 5):
        with pytest.raises(UsageError, match="no sheet"):
            escrow.share(0, number)


def test_the_repr_shows_no_share(escrow: Escrow) -> None:
    shown = repr(escrow)
    for group in escrow.shares:
        for share in group:
            assert share.value.hex() not in shown
            assert repr(share.value) not in shown
            assert " ".join(share.words[4:8]) not in shown


groups = st.integers(1, 16).flatmap(lambda count: st.tuples(st.integers(1, count), st.just(count)))


@settings(max_examples=15)
@given(data=st.data(), sizes=st.lists(groups, min_size=1, max_size=4))
def test_any_policy_and_any_quorum_of_it(
    encrypted: EncryptedKey, data: st.DataObject, sizes: list[tuple[int, int]]
) -> None:
    wanted = data.draw(st.integers(1, len(sizes)))
    policy = Policy(*(Group(f"G{i}", *size) for i, size in enumerate(sizes)), group_threshold=wanted)
    escrow = split(encrypted, policy)
    chosen = data.draw(st.permutations(range(len(sizes))))[:wanted]
    shares = []
    for index in chosen:
        numbers = data.draw(st.permutations(range(1, policy.groups[index].count + 1)))
        shares += [escrow.share(index, number) for number in numbers[: policy.groups[index].threshold]]
    assert opened(escrow, data.draw(st.permutations(shares))) == encrypted.der
    with pytest.raises(QuorumError):
        combine(shares[1:])


def test_a_new_generation_of_the_same_key(escrow: Escrow, encrypted: EncryptedKey) -> None:
    """Another secret, another id, another policy: its shares open its own envelope, and neither those of the other."""
    policy = Policy(Group("Custody", 2, 3))
    new = rekey(escrow.id, encrypted, policy, rng=stream("new"))
    assert (new.policy, new.encrypted) == (policy, encrypted)
    assert new.id != escrow.id
    assert new.envelope.der != escrow.envelope.der
    assert opened(new, new.shares[0][:2]) == encrypted.der
    board, arbitration = escrow.shares
    old = [*board[:3], *arbitration[:2]]
    assert opened(escrow, old) == encrypted.der, "the old generation opens as before"
    with combine(old) as secret, pytest.raises(EscrowError):
        new.envelope.open(secret)
    with combine(new.shares[0][:2]) as secret, pytest.raises(EscrowError):
        escrow.envelope.open(secret)


def test_a_new_generation_never_begins_with_the_words_of_the_old_one(escrow: Escrow, encrypted: EncryptedKey) -> None:
    """The generator gives the old secret first, so that it has to be drawn again."""
    policy = Policy(Group("Custody", 2, 3))
    again = split(encrypted, policy, rng=stream("escrow"))
    assert again.id == escrow.id, "else this shows nothing"
    new = rekey(escrow.id, encrypted, policy, rng=stream("escrow"))
    assert new.id.slip39_identifier != escrow.id.slip39_identifier
    third = rekey(escrow.id, encrypted, policy, taken=[new.id.slip39_identifier], rng=stream("escrow"))
    assert third.id.slip39_identifier not in (escrow.id.slip39_identifier, new.id.slip39_identifier)

"""Make an escrow: a fresh secret, its envelope, its shares; or the shares of a passphrase. Pure, without files."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass, field

from rootescrow import envelope, passphrase, shamir
from rootescrow.codes import EscrowId
from rootescrow.envelope import Envelope
from rootescrow.errors import PolicyError, UsageError
from rootescrow.keys import EncryptedKey
from rootescrow.passphrase import Passphrase
from rootescrow.policy import Policy
from rootescrow.secret import Random, Secret, draw
from rootescrow.shamir import Share

SECRET_BYTES = 32
"""Design point 2: only these bytes are shared out, so a share has 33 words whatever the key's size."""
MAX_DRAWS = 1000
"""Escrow secrets drawn before giving up. With 100 other escrows in the register a second draw is one chance in 300."""


@dataclass(frozen=True)
class Escrow:
    """What a split makes. `shares[g]` are the different shares of group g: one where its sheets are copies."""

    id: EscrowId
    policy: Policy
    encrypted: EncryptedKey
    envelope: Envelope
    shares: tuple[tuple[Share, ...], ...] = field(repr=False)

    def share(self, group_index: int, number: int) -> Share:
        """The share on sheet `number` (from 1) of a group (from 0). Raises UsageError if there is no such sheet."""
        return _share(self.policy, self.shares, group_index, number)


@dataclass(frozen=True)
class PassphraseEscrow:
    """What splitting a passphrase makes: a set of its own, with an id of its own and no envelope."""

    id: EscrowId
    policy: Policy
    shares: tuple[tuple[Share, ...], ...] = field(repr=False)

    def share(self, group_index: int, number: int) -> Share:
        """The share on sheet `number` (from 1) of a group (from 0). Raises UsageError if there is no such sheet."""
        return _share(self.policy, self.shares, group_index, number)


def _share(policy: Policy, shares: tuple[tuple[Share, ...], ...], group_index: int, number: int) -> Share:
    if not 0 <= group_index < len(policy.groups) or not 1 <= number <= policy.groups[group_index].count:
        raise UsageError(f"there is no sheet {number} in group {group_index + 1}", "Look at the policy.")
    return shares[group_index][0 if policy.groups[group_index].copies else number - 1]


def split(
    encrypted: EncryptedKey, policy: Policy, *, taken: Container[int] = (), rng: Random = secrets.token_bytes
) -> Escrow:
    """Seal an encrypted key under a fresh escrow secret and share that out.

    `taken` holds the SLIP-39 identifiers (15 bits) of the other escrows in the same register: a secret that meets one
    of them is drawn again, so that the first words of a share tell them apart. Raises EnvelopeError if the key is too
    large, UsageError if no secret is free.
    """
    for _ in range(MAX_DRAWS):
        with Secret(draw(rng, SECRET_BYTES)) as secret:
            id_ = EscrowId.of(secret)
            if id_.slip39_identifier in taken:
                continue
            sealed = envelope.seal(encrypted.der, secret, rng=rng)
            return Escrow(id_, policy, encrypted, sealed, _shares(secret, id_, policy, rng))
    raise _none_free()


def rekey(
    superseded: EscrowId,
    encrypted: EncryptedKey,
    policy: Policy,
    *,
    taken: Collection[int] = (),
    rng: Random = secrets.token_bytes,
) -> Escrow:
    """Seal an encrypted key, as it came out of the envelope of a `superseded` escrow, under another secret.

    Who must come together may be another policy, and no share of one generation fits into the other: their ids differ
    in the first 15 bits. It takes nothing away from the old generation: its quorum with its envelope opens as before,
    until they are destroyed. Raises as `split`.
    """
    return split(encrypted, policy, taken={*taken, superseded.slip39_identifier}, rng=rng)


def generate_passphrase(
    policy: Policy, *, taken: Container[int] = (), rng: Random = secrets.token_bytes
) -> tuple[Passphrase, PassphraseEscrow]:
    """A fresh passphrase, and what it is escrowed as. `taken` as for `split`. Raises as `split_passphrase`."""
    for _ in range(MAX_DRAWS):
        drawn = passphrase.generate(rng=rng)
        if passphrase_id(drawn).slip39_identifier not in taken:
            return drawn, split_passphrase(drawn, policy, rng=rng)
        drawn.wipe()
    raise _none_free()


def split_passphrase(
    generated: Passphrase, policy: Policy, *, taken: Container[int] = (), rng: Random = secrets.token_bytes
) -> PassphraseEscrow:
    """Share out a generated passphrase (design, format v1, point 11).

    Every group needs a threshold of 2 or more: with less, one person would know the passphrase (SP-e). Raises
    PolicyError for another policy, RuleError for a passphrase that was not generated, UsageError if its id begins with
    15 bits that are `taken`.
    """
    check_passphrase_policy(policy)
    with passphrase.to_escrow(generated) as secret:
        id_ = EscrowId.of(secret)
        if id_.slip39_identifier in taken:
            raise UsageError(
                "the sheets of this passphrase would begin with the same words as those of another escrow",
                "Generate another passphrase. This happens once in 32,768 times.",
            )
        return PassphraseEscrow(id_, policy, _shares(secret, id_, policy, rng))


def reissue(shares: Iterable[Share], number: int) -> Share:
    """The share with this number (from 1) of a group, from a quorum of that group's shares and of no other's.

    The other shares stay as they are. Only the group's own secret is computed, for as long as it takes to compare its
    digest (SLIP-39, "Combining the shares"): neither the escrow secret nor another group is touched.

    Raises QuorumError if there are too few; ShareError if they are not of one group; DigestError if one was altered;
    PolicyError for a number that cannot be, or a group whose threshold is 1; UsageError if that number is among them.
    """
    given = tuple(dict.fromkeys(shares))
    if any(share.member_index == number - 1 for share in given):
        raise UsageError(f"share {number} is there already", "Ask for a number that no share has.")
    new = shamir.reissue(given, number - 1)
    # More shares than are needed are checked to fit together: a machine that miscalculates is noticed here.
    shamir.reissue([new, *given], number - 1)
    return new


def passphrase_id(generated: Passphrase) -> EscrowId:
    """The escrow id of a generated passphrase. Raises RuleError for another: its id would help to guess it."""
    with passphrase.to_escrow(generated) as secret:
        return EscrowId.of(secret)


def check_passphrase_policy(policy: Policy) -> None:
    """Raise PolicyError unless every group of an escrowed passphrase has a threshold of 2 or more (SP-e)."""
    for group in policy.groups:
        if group.threshold < 2:
            raise PolicyError(
                f"one {group.name} sheet alone would be all of its group of the passphrase (SP-e)",
                "Thresholds of a passphrase are 2 or more, such as 2/3.",
            )


def _shares(secret: Secret, id_: EscrowId, policy: Policy, rng: Random) -> tuple[tuple[Share, ...], ...]:
    return shamir.split(
        secret,
        [(group.threshold, group.members) for group in policy.groups],
        group_threshold=policy.group_threshold,
        identifier=id_.slip39_identifier,
        rng=rng,
    )


def _none_free() -> UsageError:
    return UsageError("no escrow id is free in this register", "Use another register folder.")

"""Make an escrow: a fresh secret, its envelope, its shares. Pure: nothing is read or written."""

from __future__ import annotations

import secrets
from collections.abc import Container
from dataclasses import dataclass, field

from rootescrow import envelope, shamir
from rootescrow.codes import EscrowId
from rootescrow.envelope import Envelope
from rootescrow.errors import UsageError
from rootescrow.keys import EncryptedKey
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
        groups = self.policy.groups
        if not 0 <= group_index < len(groups) or not 1 <= number <= groups[group_index].count:
            raise UsageError(f"there is no sheet {number} in group {group_index + 1}", "Look at the policy.")
        shares = self.shares[group_index]
        return shares[0] if groups[group_index].copies else shares[number - 1]


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
            return Escrow(
                id_,
                policy,
                encrypted,
                envelope.seal(encrypted.der, secret, rng=rng),
                shamir.split(
                    secret,
                    [(group.threshold, group.members) for group in policy.groups],
                    group_threshold=policy.group_threshold,
                    identifier=id_.slip39_identifier,
                    rng=rng,
                ),
            )
    raise UsageError("no escrow id is free in this register", "Use another register folder.")

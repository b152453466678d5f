"""What the tests of texts, assembly, pile and recovery share: escrows that are quick to make, and forgers."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from typing import Any

from Crypto.Util.asn1 import DerObjectId, DerOctetString, DerSequence

from rootescrow import envelope, shamir
from rootescrow.codes import EscrowId
from rootescrow.envelope import Envelope
from rootescrow.escrow import Escrow, split
from rootescrow.keys import EncryptedKey
from rootescrow.pile import Known, Pile
from rootescrow.policy import Body, Group, Policy
from rootescrow.secret import Random, Secret
from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS

BOARD = Group("Board", 3, 5, Body.BOARD)
ARBITRATION = Group("Arbitration", 2, 3, Body.ARBITRATION)
ROOT = Policy(BOARD, ARBITRATION)

SCRYPT = "1.3.6.1.4.1.11591.4.11"
PBES2 = "1.2.840.113549.1.5.13"
AES256_CBC = "2.16.840.1.101.3.4.1.42"


Thing = str | bytes | Share | Envelope
"""What a pile may be given."""


def noise(seed: int) -> Random:
    """A source of randomness that gives the same in every run."""
    calls = itertools.count()
    return lambda size: hashlib.shake_256(f"{seed}, {next(calls)}".encode()).digest(size)


def encrypted_key(size: int = 64, seed: int = 0) -> EncryptedKey:
    """An EncryptedPrivateKeyInfo with `size` bytes of noise where the ciphertext is: nothing here opens it."""
    rng = noise(seed)
    kdf = DerSequence([DerObjectId(SCRYPT), DerSequence([DerOctetString(rng(16)), 2**14, 8, 80])])
    cipher = DerSequence([DerObjectId(AES256_CBC), DerOctetString(rng(16))])
    algorithm = DerSequence([DerObjectId(PBES2), DerSequence([kdf, cipher])])
    return EncryptedKey.parse(DerSequence([algorithm, DerOctetString(rng(size))]).encode())


def make(policy: Policy = ROOT, *, size: int = 64, seed: int = 0) -> Escrow:
    """The same escrow for the same arguments."""
    return split(encrypted_key(size, seed), policy, rng=noise(seed))


def known(escrow: Escrow) -> Known:
    """What the record of an escrow says."""
    sheets = {
        f"{group.name}/{number}": hashlib.sha256(escrow.share(index, number).text.encode()).digest()
        for index, group in enumerate(escrow.policy.groups)
        for number in range(1, group.count + 1)
    }
    return Known(
        escrow.id,
        escrow.policy,
        sheets,
        hashlib.sha256(escrow.envelope.der).digest(),
        hashlib.sha256(escrow.encrypted.der).digest(),
    )


def pile_of(*items: Thing, record: Known | None = None) -> Pile:
    """A pile of these, in this order; the source of each is its place, from 1."""
    pile = Pile(record)
    for number, item in enumerate(items, 1):
        match item:
            case Share():
                pile.add(item.text, f"item {number}")
            case Envelope():
                pile.add(item.der, f"item {number}")
            case _:
                pile.add(item, f"item {number}")
    return pile


def altered(share: Share, **changes: Any) -> Share:
    """The share with some of its numbers changed, and the checksum made right."""
    return replace(share, **changes)


def forged(share: Share, *, seed: int = 0) -> Share:
    """The share of one forger alone: another value, and the checksum made right."""
    return replace(share, value=noise(seed)(32))


def collusion(escrow: Escrow, *, same_set: bool = False, seed: int = 99) -> Escrow:
    """A whole set forged by people who know the real header, with an envelope of their own, all digests right.

    With `same_set` their secret's id begins with the same 15 bits as the real one, so that the words fit it.
    """
    rng = noise(seed)
    identifier = escrow.id.slip39_identifier
    while True:
        secret = Secret(rng(32))
        id_ = EscrowId.of(secret)
        if not same_set or id_.slip39_identifier == identifier:
            break
    shares = shamir.split(
        secret,
        [(group.threshold, group.members) for group in escrow.policy.groups],
        group_threshold=escrow.policy.group_threshold,
        identifier=identifier,
        rng=rng,
    )
    encrypted = encrypted_key(seed=seed)
    sealed = envelope.seal(encrypted.der, secret, rng=rng)
    return Escrow(id_, escrow.policy, encrypted, sealed, shares)


def torn(share: Share, *numbers: int, **changed: int) -> str:
    """The words of a sheet as typed, `?` for those with these numbers; `w12=1` is the next word of the list at 12."""
    words = ["?" if number in numbers else word for number, word in enumerate(share.words, 1)]
    for name, by in changed.items():
        words[int(name[1:]) - 1] = WORDS[(WORDS.index(words[int(name[1:]) - 1]) + by) % len(WORDS)]
    return " ".join(words)

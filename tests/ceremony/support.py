"""What the tests of ceremonies share: what was made of a key that is quick to open, and what can be wrong with it."""

from __future__ import annotations

from datetime import date

from Crypto.PublicKey import ECC

from rootescrow.ceremony.split import Made, Order, make
from rootescrow.keys import EncryptedKey, PrivateKey, Scrypt
from rootescrow.policy import Group, Policy
from tests.support import noise

PASSPHRASE = "correct horse 7 battery!"  # noqa: S105 - of keys made by these tests
TODAY = date(2026, 3, 1)
FLOOR = Scrypt(p=5)


def encrypted(curve: str = "P-256", seed: int = 0) -> EncryptedKey:
    """A fresh key on a curve."""
    key = PrivateKey.load(ECC.generate(curve=curve).export_key(format="PEM").encode())
    return key.encrypt(PASSPHRASE, cost=FLOOR, rng=noise(seed))


def made_of(
    key: EncryptedKey, *groups: Group, group_threshold: int | None = None, seed: int = 1, **order: object
) -> Made:
    """What a split makes of it, the same each time."""
    policy = Policy(*groups, group_threshold=group_threshold)
    return make(key, Order(policy, "Test Root", **order), today=TODAY, rng=noise(seed))  # type: ignore[arg-type]  # as Order has them

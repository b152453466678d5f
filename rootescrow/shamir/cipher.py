"""The encryption of the secret before it is shared: four Feistel rounds (SLIP-39, "Encryption of the master secret").

With an empty passphrase it protects nothing and is there because the format wants it. SLIP-39 cannot tell a wrong
passphrase from a right one: every passphrase gives some secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from rootescrow.errors import PassphraseError
from rootescrow.shamir.share import SetHeader

_ROUNDS = 4
_ITERATIONS = 10_000
"""Of PBKDF2-HMAC-SHA256 for exponent 0, all rounds together. Exponent 15 takes 32,768 times as long: minutes."""


def encrypt(secret: bytes | memoryview, passphrase: bytes, header: SetHeader) -> bytes:
    """The value that is shared. Raises PassphraseError unless the passphrase is printable ASCII."""
    return _feistel(secret, passphrase, header, range(_ROUNDS))


def decrypt(value: bytes, passphrase: bytes, header: SetHeader) -> bytes:
    """The secret: the mirror of `encrypt`."""
    return _feistel(value, passphrase, header, reversed(range(_ROUNDS)))


def _feistel(data: bytes | memoryview, passphrase: bytes, header: SetHeader, rounds: Iterable[int]) -> bytes:
    if not all(0x20 <= byte <= 0x7E for byte in passphrase):
        raise PassphraseError(
            "the passphrase of the shares has a character that is not printable ASCII",
            "SLIP-39 allows letters, digits, punctuation and spaces of ASCII, because programs differ beyond them.",
        )
    salt = b"" if header.extendable else b"shamir" + header.identifier.to_bytes(2)
    half = len(data) // 2
    left, right = bytes(data[:half]), bytes(data[half:])
    iterations = (_ITERATIONS << header.iteration_exponent) // _ROUNDS
    for i in rounds:
        key = hashlib.pbkdf2_hmac("sha256", bytes([i]) + passphrase, salt + right, iterations, half)
        left, right = right, (int.from_bytes(left) ^ int.from_bytes(key)).to_bytes(half)
    return right + left

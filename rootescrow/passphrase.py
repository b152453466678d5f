"""The passphrase of an encrypted key."""

from __future__ import annotations

import secrets
from typing import Self

from rootescrow.errors import PassphraseError
from rootescrow.secret import Random, Secret

MAX_CHARS = 1024
"""openssl reads no more of a passphrase than this from its prompt (PEM_BUFSIZE)."""
ALPHABET = b"bcdefghijklnoprstuvx"
"""Letters on the same keys of QWERTY, QWERTZ and AZERTY keyboards, and no pair of them alike in print."""
GENERATED_CHARS = 30
_FIRST, _LAST = 0x20, 0x7E
_CHANGE = (
    "Space and the characters ! to ~ of a US keyboard can be used. If the key file has another passphrase already, "
    "change it first: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW"
)


class Passphrase(Secret):
    """1 to 1024 characters of printable ASCII (0x20 to 0x7e), used as these bytes.

    Other characters are refused, since implementations turn them into different bytes (RFC 8018, section 3). Spaces
    count, at either end too. The constructor takes bytes and raises PassphraseError; no message holds a character of
    the passphrase.
    """

    __slots__ = ()

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        super().__init__(data)
        view = self.reveal()
        try:
            if not len(view):
                raise PassphraseError("the passphrase is empty", "Give a passphrase of at least one character.")
            if len(view) > MAX_CHARS:
                raise PassphraseError(
                    f"the passphrase has over {MAX_CHARS} characters", "openssl could not take it; use a shorter one."
                )
            if not all(_FIRST <= byte <= _LAST for byte in view):
                raise PassphraseError("the passphrase has a character that is not printable ASCII", _CHANGE)
        except PassphraseError:
            self.wipe()
            raise

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The passphrase that was typed. Raises PassphraseError."""
        if not text.isascii():
            raise PassphraseError("the passphrase has a character that is not printable ASCII", _CHANGE)
        return cls(bytearray(text, "ascii"))


def generate(*, rng: Random = secrets.token_bytes) -> Passphrase:
    """A fresh passphrase: 30 letters, 129 bits (design, format v1, point 11)."""
    letters = bytearray()
    while len(letters) < GENERATED_CHARS:
        # Bytes above the last whole multiple of the alphabet are drawn again, so that all letters are equally likely.
        usable = 256 - 256 % len(ALPHABET)
        letters += bytes(ALPHABET[byte % len(ALPHABET)] for byte in rng(GENERATED_CHARS) if byte < usable)
    del letters[GENERATED_CHARS:]
    return Passphrase(letters)

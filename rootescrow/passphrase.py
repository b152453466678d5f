"""The passphrase of an encrypted key: generated, measured, typed in parts; and the 32 bytes as which it is escrowed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from rootescrow.errors import PassphraseError, RuleError, UsageError
from rootescrow.secret import Random, Secret, draw

MAX_CHARS = 1024
"""openssl reads no more of a passphrase than this from its prompt (PEM_BUFSIZE)."""
ALPHABET = b"bcdefghijklnoprstuvx"
"""Letters on the same keys of QWERTY, QWERTZ and AZERTY keyboards, and no pair of them alike in print."""
GENERATED_CHARS = 30
"""20^30 is 129.6 bits: not less than the 128 that SP-d asks for where a passphrase is escrowed."""
GROUP_CHARS = 5
"""Letters of a generated passphrase that are shown together."""
ESCROWED_BYTES = 32
"""As many as an escrow secret, so that a share of a passphrase has 33 words too (design, format v1, point 11)."""
MIN_TYPED_CHARS = 16
"""Characters of a passphrase that is typed in parts, all parts together."""
TOP_SCORE = 4
"""The best score of zxcvbn."""
LEAST_GENERATED = 20.0
"""The decimal logarithm of the guesses that zxcvbn expects at least to need for what was generated. Of 20,000 generated
passphrases none was below 25; four words of a dictionary are about 14."""
_FIRST, _LAST = 0x20, 0x7E
_PADDING = b"\n\n"
"""So that what `xxd -r -p` shows of the 32 bytes ends a line and leaves one free."""
_MEASURED_CHARS = 72
"""zxcvbn refuses more."""
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
        letters += bytes(ALPHABET[byte % len(ALPHABET)] for byte in draw(rng, GENERATED_CHARS) if byte < usable)
    del letters[GENERATED_CHARS:]
    return Passphrase(letters)


def is_generated(passphrase: Passphrase) -> bool:
    """Whether it has the form of a generated one. That it was drawn by chance no form can show."""
    view = passphrase.reveal()
    return len(view) == GENERATED_CHARS and all(byte in ALPHABET for byte in view)


def grouped(passphrase: Passphrase) -> str:
    """A generated passphrase as people are shown it: "bcdef ghijk …". Raises PassphraseError for any other.

    The text is the secret, in memory that cannot be overwritten: for a terminal only.
    """
    if not is_generated(passphrase):
        raise _not_generated()
    letters = bytes(passphrase.reveal()).decode("ascii")
    return " ".join(letters[i : i + GROUP_CHARS] for i in range(0, GENERATED_CHARS, GROUP_CHARS))


def ungrouped(text: str) -> Passphrase:
    """The generated passphrase that was typed as it is shown, or without spaces: the mirror of `grouped`.

    Raises PassphraseError for anything else than 30 small letters of the alphabet; no message holds one of them.
    """
    plain = "".join(text.split())
    # A look at each letter before it is made bytes: what was typed may be anything.
    if len(plain) != GENERATED_CHARS or not all(c.isascii() and ord(c) in ALPHABET for c in plain):
        raise _not_generated()
    return Passphrase.from_text(plain)


def to_escrow(passphrase: Passphrase) -> Secret:
    """The 32 bytes that are shared out: the 30 letters and two newlines. Raises RuleError if it was not generated.

    A share of a passphrase that can be guessed is worth a list of guesses: SLIP-39 gives every secret a digest of 32
    bits, so a holder below the quorum can test a guess without the encrypted key and its slow scrypt.
    """
    if not is_generated(passphrase):
        raise RuleError(
            "only a generated passphrase is escrowed (SP-d), and this one is not",
            "A holder of one sheet could test guesses of any other. Give the key a generated passphrase.",
        )
    return Secret(bytearray().join((passphrase.reveal(), _PADDING)))


def from_escrow(secret: Secret) -> Passphrase:
    """The passphrase in 32 bytes: the mirror of `to_escrow`. Raises PassphraseError for bytes of any other form.

    So a wrong set is noticed: of 2^256 secrets 2^129 have this form.
    """
    view = secret.reveal()
    if len(view) == ESCROWED_BYTES and view[GENERATED_CHARS:] == _PADDING:
        letters = view[:GENERATED_CHARS]
        if all(byte in ALPHABET for byte in letters):
            return Passphrase(letters)
    raise PassphraseError(
        "what these sheets give is no passphrase", "Give the sheets whose page is headed PASSPHRASE, of one escrow id."
    )


@dataclass(frozen=True)
class Strength:
    """How hard a passphrase is to guess: its length, zxcvbn's score from 0 to 4, and the logarithm of the guesses."""

    chars: int
    score: int
    guesses_log10: float


def measure(passphrase: Passphrase) -> Strength:
    """What zxcvbn says of it. It looks at the first 72 characters, as it takes no more: a longer one is no easier.

    zxcvbn wants a text and returns it with its result, so copies of the passphrase stay in memory until that is used
    again; nothing of them is in what this returns.
    """
    import zxcvbn  # noqa: PLC0415 - large, and recovery must not need it

    text = bytes(passphrase.reveal()[:_MEASURED_CHARS]).decode("ascii")
    result = zxcvbn.zxcvbn(text)
    return Strength(len(passphrase), int(result["score"]), float(result["guesses_log10"]))


def check_chance(passphrase: Passphrase) -> None:
    """Raise RuleError if a passphrase in the form of a generated one was clearly made up by a person (SP-d).

    For one that comes from outside: `generate` needs no such look.
    """
    if is_generated(passphrase) and measure(passphrase).guesses_log10 < LEAST_GENERATED:
        raise RuleError(
            "this passphrase has the form of a generated one, and chance does not make such (SP-d)",
            "Use one that `rootescrow passphrase generate` made: a person's can be guessed.",
        )


def join_parts(parts: Sequence[Passphrase]) -> Passphrase:
    """One passphrase of what two people or more typed, in their order, with nothing between.

    Raises UsageError for fewer than two parts; RuleError if the whole has fewer than 16 characters or less than the
    top score of zxcvbn (SP-d); PassphraseError if it is too long.
    """
    if len(parts) < 2:
        raise UsageError("one part is no passphrase in parts", "Name two people or more; each types a part.")
    joined = Passphrase(bytearray().join(part.reveal() for part in parts))
    try:
        check_typed(joined)
    except RuleError:
        joined.wipe()
        raise
    return joined


def check_typed(passphrase: Passphrase) -> None:
    """Raise RuleError if the parts together have fewer than 16 characters or less than the top score (SP-d)."""
    strength = measure(passphrase)
    if strength.chars < MIN_TYPED_CHARS or strength.score < TOP_SCORE:
        raise RuleError(
            "the parts together are too easy to guess (SP-d)",
            f"All parts together need {MIN_TYPED_CHARS} characters or more, and no words, names, dates or patterns.",
        )


def _not_generated() -> PassphraseError:
    return PassphraseError(
        "this is no generated passphrase",
        f"One has {GENERATED_CHARS} small letters, in groups of {GROUP_CHARS}, with no a, m, q, w, y or z among them.",
    )

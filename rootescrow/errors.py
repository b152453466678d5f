"""Every error this package raises on purpose.

An error says what happened (`message`) and what to do next (`hint`). Neither may hold a secret: no word of a share, no
passphrase, no byte of a key. The class decides the exit status of the command line.
"""

from __future__ import annotations

from typing import ClassVar


class EscrowError(Exception):
    """The root of all errors of this package."""

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(EscrowError):
    """What was asked for cannot be done, whatever the input."""

    exit_status: ClassVar[int] = 2


class PolicyError(UsageError):
    """A policy that cannot exist, such as 4 of 3."""


class MalformedError(EscrowError):
    """An input that is not what it should be."""

    exit_status: ClassVar[int] = 3


class WordError(MalformedError):
    """A word that is not in the list; `position` counts from 1."""

    def __init__(self, message: str, hint: str = "", *, position: int) -> None:
        super().__init__(message, hint)
        self.position = position


class ShareError(MalformedError):
    """Words that are all in the list and still are no share."""


class ChecksumError(ShareError):
    """The words are in the list, but their checksum is wrong."""


class CodeError(MalformedError):
    """An envelope code, text line, escrow id or check code that cannot be read."""


class EnvelopeError(MalformedError):
    """Bytes that are not an envelope of format v1."""


class KeyFormatError(MalformedError):
    """A file that holds no private key that can be used."""


class PassphraseError(MalformedError):
    """A passphrase that is empty or has characters other than printable ASCII."""


class RecordError(MalformedError):
    """A record that cannot be read."""


class PlanError(MalformedError):
    """A plan that is no plan; the hint has every mistake, each with its key and with what is allowed there."""


class QuorumError(EscrowError):
    """Too few sheets, or no envelope."""

    exit_status: ClassVar[int] = 4


class IntegrityError(EscrowError):
    """Things that do not belong together, or were altered."""

    exit_status: ClassVar[int] = 5


class DigestError(IntegrityError):
    """Shares that do not lie on one polynomial (the digest of SLIP-39 is wrong)."""


class TagError(IntegrityError):
    """An envelope that this escrow secret does not open."""


class WrongPassphraseError(IntegrityError):
    """A passphrase that does not open the key."""


class CertificateMismatchError(IntegrityError):
    """A certificate of another key."""


class JournalError(IntegrityError):
    """A journal that was cut, changed, reordered or forked, or is of another record."""


class PaperError(EscrowError):
    """A sheet that cannot be printed, or a scan that cannot be read."""

    exit_status: ClassVar[int] = 6


class FileError(EscrowError):
    """A file that cannot be read or written."""

    exit_status: ClassVar[int] = 7


class RuleError(EscrowError):
    """A rule of the policy, or a check of the host, that refuses."""

    exit_status: ClassVar[int] = 8

"""What a document on paper says: values that are checked when they are made, before anything is drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from rootescrow.codes import EscrowId, check_code
from rootescrow.envelope import MAX_PRINTED_BYTES
from rootescrow.errors import PaperError
from rootescrow.paper.fonts import check_printable
from rootescrow.paper.text import Catalogue, catalogue
from rootescrow.policy import MAX_SHEETS, MAX_TEXT_CHARS, Group, Holder, Policy, printable_line
from rootescrow.shamir.share import Share

MAX_WORDS = 33
"""Words on a share page: three columns of eleven."""
_CHECK_CODE = re.compile(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}")


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What every document of an escrow says.

    `organisation` is the CA, `contact` whom to call; empty, they are left out or become lines to fill in by hand.
    `fingerprint` is the SHA-256 (32 bytes) of the root key's SPKI, None if it is not known; `fingerprint_stated` says
    that it comes from a certificate and was not checked against the key. `record_check` is the record's check code.
    `rehearsal` marks every page. Texts are put into Unicode's composed form.

    Raises PolicyError for a text that is too long or holds control characters, PaperError for one that the fonts cannot
    print and for values that no sheet can have.
    """

    key_name: str
    escrow_id: EscrowId
    created: date
    record_check: str
    organisation: str = ""
    contact: str = ""
    generation: int = 1
    fingerprint: bytes | None = None
    fingerprint_stated: bool = False
    rehearsal: bool = False
    language: str = "en"

    def __post_init__(self) -> None:
        self._line("key_name", "the name of the key", required=True)
        self._line("organisation", "the name of the organisation")
        self._line("contact", "the contact")
        catalogue(self.language)
        _require(self.generation >= 1, f"generation {self.generation} does not exist", "Generations count from 1.")
        _require(
            self.fingerprint is None or len(self.fingerprint) == 32,
            "the key's fingerprint is not a SHA-256",
            "A SHA-256 has 32 bytes.",
        )
        _require(
            _CHECK_CODE.fullmatch(self.record_check) is not None,
            "the record's check code is not a check code",
            "A check code looks like ABCD-EFGH-IJKL-MNOP.",
        )

    def _line(self, name: str, what: str, *, required: bool = False) -> None:
        value = getattr(self, name)
        if value or required:
            value = check_printable(printable_line(value, what, MAX_TEXT_CHARS), what)
            object.__setattr__(self, name, value)

    @property
    def say(self) -> Catalogue:
        """The sentences of its language."""
        return catalogue(self.language)


@dataclass(frozen=True, kw_only=True)
class Sheet(Printed):
    """One holder's sheet: cover, share page and, where `envelope` (DER) is given, its codes and its text.

    `number` counts the sheets of a group from 1, and beyond their count where one was made in the place of another;
    copies are never replaced. `motion` is the Board's decision, left out where empty. The share must be the one of this
    sheet's place in the policy and of this escrow, and have at most 33 words; an envelope has at most 12 KiB. On a
    `handwritten` one there are boxes in the place of words and codes. The repr shows neither the share's value nor the
    envelope.
    """

    policy: Policy
    group_index: int
    number: int
    holder: Holder
    share: Share
    motion: str = ""
    envelope: bytes | None = field(default=None, repr=False)
    handwritten: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._line("motion", "the motion")
        _require(
            0 <= self.group_index < len(self.policy.groups) and 1 <= self.number <= _last(self.group),
            "the policy has no such sheet",
            "Groups count from 0, the sheets of a group from 1.",
        )
        for group in self.policy.groups:
            check_printable(group.name, "a group's name")
        for part in ("office", "person", "place", "bag"):
            check_printable(getattr(self.holder, part), f"the {part} of {self.name}")
        _check_share(self)
        if self.envelope is not None:
            check_envelope(self.envelope)

    @property
    def group(self) -> Group:
        """The group it belongs to."""
        return self.policy.groups[self.group_index]

    @property
    def name(self) -> str:
        """`Board/2`."""
        return f"{self.group.name}/{self.number}"

    @property
    def check_code(self) -> str:
        """The check code of the share's words."""
        return check_code(self.share.text.encode("ascii"))

    @property
    def suffices(self) -> bool:
        """Whether this one sheet is a quorum."""
        return self.policy.group_threshold == 1 and self.group.threshold == 1


@dataclass(frozen=True, kw_only=True)
class PassphraseSheet(Sheet):
    """One keeper's sheet of an escrowed passphrase: cover and share page, and never an envelope (SP-d).

    `escrow_id` is the passphrase's own; `key_escrow_id` that of the key it opens, None if that is not known. Every
    group has a threshold of 2 or more (SP-e).
    """

    key_escrow_id: EscrowId | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(self.envelope is None, "a sheet of a passphrase with an envelope", "Print the envelope elsewhere.")
        _require(
            all(group.threshold >= 2 for group in self.policy.groups),
            "a sheet that alone is all of its group of a passphrase",
            "Thresholds of a passphrase are 2 or more.",
        )

    @property
    def say(self) -> Catalogue:
        """The sentences of its language, those for a passphrase in place of those for a key."""
        return super().say.over("passphrase")


@dataclass(frozen=True, kw_only=True)
class EnvelopeDocument(Printed):
    """The envelope (DER, at most 12 KiB) as a document of its own."""

    envelope: bytes = field(repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_envelope(self.envelope)


def _last(group: Group) -> int:
    """The highest number that a sheet of a group can have."""
    return group.count if group.threshold == 1 else MAX_SHEETS


def check_envelope(envelope: bytes) -> None:
    """Raise PaperError for an envelope that is empty or too large to print."""
    _require(bool(envelope), "the envelope is empty", "Make the escrow again.")
    _require(
        len(envelope) <= MAX_PRINTED_BYTES,
        f"the envelope has {len(envelope)} bytes, paper takes {MAX_PRINTED_BYTES}",
        "Keep this envelope on media only: --envelope separate.",
    )


def _check_share(sheet: Sheet) -> None:
    share, group = sheet.share, sheet.group
    belongs = (
        share.identifier == sheet.escrow_id.slip39_identifier
        and share.group_index == sheet.group_index
        and share.group_count == len(sheet.policy.groups)
        and share.group_threshold == sheet.policy.group_threshold
        and share.member_threshold == group.threshold
        and share.member_index == (0 if group.threshold == 1 else sheet.number - 1)
    )
    _require(
        belongs, f"the share is not that of {sheet.name} of this escrow", "This is a fault of the program: report it."
    )
    _require(
        len(share.words) <= MAX_WORDS,
        f"a share of {len(share.words)} words",
        f"A sheet has room for {MAX_WORDS} words; only the escrow secret of 32 bytes is shared out.",
    )


def _require(condition: bool, message: str, hint: str) -> None:
    if not condition:
        raise PaperError(message, hint)

"""Split: from an encrypted key to sheets that have been read back. Nothing is released before that."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import PurePath
from typing import Literal, TypedDict

from Crypto.PublicKey import RSA

from rootescrow import escrow
from rootescrow.ceremony import software
from rootescrow.ceremony.papers.record import draw_record
from rootescrow.codes import EscrowId
from rootescrow.envelope import MAX_PRINTED_BYTES
from rootescrow.errors import PolicyError, UsageError
from rootescrow.escrow import Escrow, PassphraseEscrow
from rootescrow.keys import EncryptedKey, certificate_pem
from rootescrow.paper.sheets import EnvelopeDocument, Paper, PassphraseSheet, Sheet, draw_envelope, draw_sheets
from rootescrow.paper.text import check_language
from rootescrow.policy import MAX_TEXT_CHARS, Holder, Policy, printable_line
from rootescrow.register import folder
from rootescrow.register.record import (
    ENGLISH,
    Accepted,
    Authority,
    Record,
    RecordedEnvelope,
    RecordedGroup,
    RecordedKey,
    RecordedPassphrase,
    RecordedSheet,
    sha256,
)
from rootescrow.secret import Random

REHEARSAL_BITS = 3072
WORDS_SUFFIX = ".words"
"""Of the file beside the form of a sheet that is written by hand."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


class Placement(StrEnum):
    """Where the envelope is printed."""

    EACH = "each"
    SEPARATE = "separate"


@dataclass(frozen=True)
class Order:
    """What is to be made. The certificate is DER.

    `holders[g][n]` has sheet n + 1 of group g; missing ones are blank lines on the sheet.

    What a plan adds: `organisation` and `contact` for the covers, on whose authority, under which profile; the names of
    the media; the rules that are not met and were accepted; and `plan`, the bytes of its file.

    `handwritten` are the names of the sheets whose words no printer is to see.

    `supersedes` is the escrow that this is a new `generation` of; the first supersedes none. `language` is that of all
    its papers. Raises PolicyError; PaperError for a language that there is not.
    """

    policy: Policy
    key_name: str
    holders: tuple[tuple[Holder, ...], ...] = ()
    placement: Placement = Placement.EACH
    paper: Paper = Paper.A4
    certificate: bytes | None = None
    rehearsal: bool = False
    organisation: str = ""
    contact: str = ""
    authority: Authority = field(default_factory=Authority)
    profile: Literal["root", "subroot", "simple"] = "simple"
    media: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    plan: bytes | None = field(default=None, repr=False)
    handwritten: frozenset[str] = frozenset()
    generation: int = 1
    supersedes: EscrowId | None = None
    language: str = ENGLISH

    def __post_init__(self) -> None:
        if (self.generation == 1) is not (self.supersedes is None) or self.generation < 1:
            raise PolicyError(
                f"generation {self.generation} supersedes {self.supersedes or 'none'}",
                "The first generation supersedes none, and every later one the one before.",
            )
        check_language(self.language)
        object.__setattr__(self, "key_name", printable_line(self.key_name, "the name of the key", MAX_TEXT_CHARS))
        check_holders(self.policy, self.holders)
        check_handwritten(self.policy, self.handwritten)

    def holder(self, group_index: int, number: int) -> Holder:
        """Whose sheet it is."""
        return holder_of(self.holders, group_index, number)


def check_holders(policy: Policy, holders: Sequence[Sequence[Holder]]) -> None:
    """Raise PolicyError if more holders of a group are named than it has sheets, or holders of more groups."""
    if len(holders) > len(policy.groups):
        raise PolicyError("holders of more groups are named than there are", "Name holders of these groups only.")
    for group, named in zip(policy.groups, holders, strict=False):
        if len(named) > group.count:
            raise PolicyError(
                f"group {group.name} has {group.count} sheets and {len(named)} holders are named",
                "Name at most one holder for each sheet.",
            )


def check_handwritten(policy: Policy, handwritten: Iterable[str]) -> None:
    """Raise PolicyError for a sheet to be written by hand that there is not."""
    names = {f"{group.name}/{number}" for group in policy.groups for number in range(1, group.count + 1)}
    unknown = sorted(set(handwritten) - names)
    if unknown:
        raise PolicyError(
            f"there is no sheet {unknown[0]} to be written by hand", "Name sheets as they are called, such as Board/2."
        )


def holder_of(holders: Sequence[Sequence[Holder]], group_index: int, number: int) -> Holder:
    """Whose sheet it is: nobody's yet, if no holder is named for it."""
    try:
        return holders[group_index][number - 1]
    except IndexError:
        return Holder()


@dataclass(frozen=True)
class Made:
    """What a split made, in memory. `files` are by their paths below the output folder, without the record."""

    escrow: Escrow
    record: Record
    sheets: tuple[Sheet, ...] = field(repr=False)
    pdfs: tuple[bytes, ...] = field(repr=False)
    envelope_pdf: bytes | None = field(repr=False)
    record_pdf: bytes = field(repr=False)
    certificate: bytes | None = field(repr=False)
    plan: bytes | None = field(repr=False)

    @property
    def files(self) -> dict[str, bytes]:
        """Everything but the record, by its path below the output folder."""
        files = {
            f"{folder.SECRET}/{name}": data
            for sheet, pdf in zip(self.sheets, self.pdfs, strict=True)
            for name, data in sheet_files(sheet, pdf).items()
        }
        files[f"{folder.ESCROW}/{folder.ENVELOPE_FILE}"] = self.escrow.envelope.der
        files[f"{folder.ESCROW}/{folder.RECORD_PDF_FILE}"] = self.record_pdf
        if self.envelope_pdf is not None:
            files[f"{folder.ESCROW}/{folder.ENVELOPE_PDF_FILE}"] = self.envelope_pdf
        if self.certificate is not None:
            files[f"{folder.ESCROW}/{folder.CERTIFICATE_FILE}"] = certificate_pem(self.certificate)
        if self.plan is not None:
            files[f"{folder.ESCROW}/{folder.PLAN_FILE}"] = self.plan
        return files


def sheet_file_name(sheet: Sheet) -> str:
    """`K7QD-M2XA-1-Board-2.pdf`: the group's number keeps apart names that differ in punctuation only."""
    group = "".join(c if c.isalnum() else "-" for c in sheet.group.name)
    return f"{sheet.escrow_id}-{sheet.group_index + 1}-{group}-{sheet.number}.pdf"


def sheet_files(sheet: Sheet, pdf: bytes) -> dict[str, bytes]:
    """A sheet's PDF by its name and, where it is to be written by hand, its words beside it: `handwrite` shows them."""
    name = sheet_file_name(sheet)
    if isinstance(sheet, PassphraseSheet):
        name = f"passphrase-{name}"
    words = {PurePath(name).with_suffix(WORDS_SUFFIX).name: f"{sheet.share.text}\n".encode("ascii")}
    return {name: pdf, **(words if sheet.handwritten else {})}


def make(
    encrypted: EncryptedKey,
    order: Order,
    *,
    today: date,
    taken: Collection[int] = (),
    passphrase: RecordedPassphrase | None = None,
    key: RecordedKey | None = None,
    rng: Random = secrets.token_bytes,
    progress: Progress = lambda what, done, of: None,
) -> Made:
    """Split an encrypted key, and draw every sheet. Nothing is read back or written yet.

    `passphrase` is what the record is to say of the escrow of its passphrase; `key` what it is to say of the key, where
    that was not opened. Raises PolicyError, PaperError for what cannot be printed, EnvelopeError for a key that is too
    large.
    """
    if order.supersedes is None:
        made = escrow.split(encrypted, order.policy, taken=taken, rng=rng)
    else:
        made = escrow.rekey(order.supersedes, encrypted, order.policy, taken=taken, rng=rng)
    printable = len(made.envelope.der) <= MAX_PRINTED_BYTES
    if not printable and order.placement is Placement.EACH:
        raise UsageError(
            f"the envelope of this key has {len(made.envelope.der)} bytes, too many to print on each sheet",
            "Use --envelope separate: it is then kept on media only, as envelope.cms.",
        )
    record = _record(made, order, today, key or recorded_key(encrypted, order), passphrase, printable=printable)
    texts = _Texts(order, made, record)
    sheets = tuple(
        texts.sheet(index, number, printable=printable)
        for index, group in enumerate(order.policy.groups)
        for number in range(1, group.count + 1)
    )
    pdfs = []
    for pdf in draw_sheets(sheets, order.paper):
        pdfs.append(pdf)
        progress("Drawing the sheets", len(pdfs), len(sheets))
    envelope_pdf = None
    if printable and order.placement is Placement.SEPARATE:
        envelope_pdf = draw_envelope(texts.envelope(), order.paper)
    record_pdf = draw_record(record, order.paper, language=record.language)
    return Made(made, record, sheets, tuple(pdfs), envelope_pdf, record_pdf, order.certificate, order.plan)


@dataclass(frozen=True)
class _Texts:
    """What the sheets of one escrow say."""

    order: Order
    escrow: Escrow
    record: Record

    def sheet(self, group_index: int, number: int, *, printable: bool) -> Sheet:
        """One sheet."""
        each = printable and self.order.placement is Placement.EACH
        return Sheet(
            **self._printed(),
            policy=self.order.policy,
            group_index=group_index,
            number=number,
            holder=self.order.holder(group_index, number),
            share=self.escrow.share(group_index, number),
            motion=self.record.authority.motion,
            envelope=self.escrow.envelope.der if each else None,
            handwritten=f"{self.order.policy.groups[group_index].name}/{number}" in self.order.handwritten,
        )

    def envelope(self) -> EnvelopeDocument:
        """The envelope as a document of its own."""
        return EnvelopeDocument(**self._printed(), envelope=self.escrow.envelope.der)

    def _printed(self) -> PrintedFields:
        return printed(self.record, self.escrow.id, self.order.organisation, self.order.contact)


class PrintedFields(TypedDict):
    """What every document of an escrow says; the fields of `paper.contents.Printed`."""

    key_name: str
    organisation: str
    contact: str
    escrow_id: EscrowId
    created: date
    record_check: str
    generation: int
    fingerprint: bytes | None
    fingerprint_stated: bool
    rehearsal: bool
    language: str


def printed(record: Record, escrow_id: EscrowId, organisation: str, contact: str) -> PrintedFields:
    """What every document of an escrow says by its record; `escrow_id` is that of the set, the passphrase's or not."""
    key = record.key
    return PrintedFields(
        key_name=key.name,
        organisation=organisation,
        contact=contact,
        escrow_id=escrow_id,
        created=record.created,
        record_check=record.check_code,
        generation=record.generation,
        fingerprint=bytes.fromhex(key.spki_sha256) if key.spki_sha256 else None,
        fingerprint_stated=key.provenance == "stated",
        rehearsal=record.rehearsal,
        language=record.language,
    )


def recorded_key(encrypted: EncryptedKey, order: Order) -> RecordedKey:
    """What is known of a key that was opened, for the record. Raises UsageError for one that was not."""
    facts = encrypted.facts
    if facts is None:
        raise UsageError("this encrypted key was never opened", "Load it with its passphrase first.")
    return RecordedKey(
        name=order.key_name,
        algorithm=facts.algorithm,
        spki_sha256=facts.fingerprint.hex() if facts.fingerprint else None,
        provenance=facts.provenance.value if facts.provenance else None,
        certificate_sha256=sha256(order.certificate) if order.certificate else None,
        encrypted_key_sha256=encrypted.sha256.hex(),
        kdf=str(encrypted.kdf),
        encrypted_anew=encrypted.renewed,
    )


def _record(
    made: Escrow,
    order: Order,
    today: date,
    key: RecordedKey,
    passphrase: RecordedPassphrase | None,
    *,
    printable: bool,
) -> Record:
    policy = made.policy
    return Record(
        escrow_id=str(made.id),
        generation=order.generation,
        supersedes=str(order.supersedes) if order.supersedes else None,
        created=today,
        rehearsal=order.rehearsal,
        authority=order.authority,
        plan_sha256=None if order.plan is None else sha256(order.plan),
        profile=order.profile,
        key=key,
        groups=recorded_groups(policy),
        group_threshold=policy.group_threshold,
        sheets=recorded_sheets(made, order.holder),
        media=order.media,
        envelope=RecordedEnvelope(
            sha256=sha256(made.envelope.der),
            bytes=len(made.envelope.der),
            printed=order.placement.value if printable else "media",
        ),
        software=software.installed(),
        accepted=order.accepted,
        passphrase=passphrase,
        language=order.language,
    )


def recorded_groups(policy: Policy) -> tuple[RecordedGroup, ...]:
    """The groups of a set, for the record."""
    return tuple(
        RecordedGroup(name=group.name, body=group.body, threshold=group.threshold, count=group.count)
        for group in policy.groups
    )


def recorded_sheets(made: Escrow | PassphraseEscrow, holder: Callable[[int, int], Holder]) -> tuple[RecordedSheet, ...]:
    """The sheets of a set, for the record: whose they are, and the hash of their words."""
    return tuple(
        RecordedSheet(
            group=group.name,
            number=number,
            **asdict(holder(index, number)),
            words_sha256=sha256(made.share(index, number).text.encode()),
        )
        for index, group in enumerate(made.policy.groups)
        for number in range(1, group.count + 1)
    )


def throw_away_key() -> bytes:
    """A fresh RSA key of 3072 bits (DER), for rehearsals: as many pages as a real one, made in a second or two."""
    return RSA.generate(REHEARSAL_BITS).export_key("DER", pkcs=8)

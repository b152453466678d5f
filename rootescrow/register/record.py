"""The record: what was made, of one generation of an escrow. It holds no secret but tells who keeps what where.

`record.json` is JSON in one form only (sorted keys, two spaces, UTF-8, a final newline), so that its bytes, and with
them its check code, follow from what it says.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from rootescrow.codes import EscrowId, check_code
from rootescrow.errors import CodeError, PolicyError, RecordError
from rootescrow.escrow import check_passphrase_policy
from rootescrow.pile import Known
from rootescrow.policy import Body, Group, Policy

FORMAT: Final = 1
MAX_BYTES = 1 << 20
"""256 sheets with the longest names are a quarter of this."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$")]
"""One line, without what could play tricks on the terminal that shows a record from a stranger."""
ENGLISH: Final = "en"
Language = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2}$"), Field(exclude_if=lambda language: language == ENGLISH)
]
"""The language of the papers, by its two letters (ISO 639-1). English is left out of the file."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class _Document(_Model):
    """A whole file, with its bytes in one form only."""

    @property
    def check_code(self) -> str:
        """The check code of the file, as printed on every sheet."""
        return check_code(self.dump())

    def dump(self) -> bytes:
        """The bytes of the file: the mirror of `load`."""
        return canonical(self)

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read the file. Raises RecordError naming the first field that is wrong."""
        if len(data) > MAX_BYTES:
            raise RecordError(f"a record of over {MAX_BYTES} bytes", "Name the file record.json of an escrow.")
        try:
            raw = json.loads(data)
        except (ValueError, RecursionError):
            raise RecordError("the record is no JSON", "Take another copy of record.json.") from None
        version = raw.get("format") if isinstance(raw, dict) else None
        if isinstance(version, int) and version > FORMAT:
            raise RecordError(
                f"a record of format {str(version)[:9]}; this program reads format {FORMAT}",
                "Use the version of rootescrow that made it.",
            )
        try:
            record = cls.model_validate_json(data)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the record"
            if len(where) > 80 or not where.isprintable():
                where = "a field that no record has"
            what = "not of the right form" if first["type"] == "string_pattern_mismatch" else first["msg"]
            raise RecordError(f"the record is wrong at {where}: {what}", "Take another copy.") from None
        if record.dump() != data:
            raise RecordError(
                "the record was edited or reformatted: its bytes are not in the one form a record has",
                "Take another copy of record.json, and compare its check code with the sheets.",
            )
        return record


class Authority(_Model):
    """On whose instruction it was made (SP-a); empty in the simple case."""

    motion: Text = ""
    date: datetime.date | None = None


class RecordedKey(_Model):
    """The root key, as far as it may be known.

    `provenance` "stated": the SPKI is the certificate's and was not checked against the key; None: it is not known.
    """

    name: Text
    algorithm: Text
    spki_sha256: Sha256 | None
    provenance: Literal["checked", "stated"] | None
    certificate_sha256: Sha256 | None
    encrypted_key_sha256: Sha256
    kdf: Text
    encrypted_anew: bool


class RecordedGroup(_Model):
    """A group with its threshold; `count` sheets."""

    name: Text
    body: Body
    threshold: int
    count: int


class RecordedSheet(_Model):
    """A sheet: whose, where, and the SHA-256 of its words (lower case, single spaces)."""

    group: Text
    number: Annotated[int, Field(ge=1, le=16)]
    office: Text
    person: Text
    place: Text
    bag: Text
    words_sha256: Sha256

    @property
    def name(self) -> str:
        """What it is called: "Board/2"."""
        return f"{self.group}/{self.number}"


class RecordedEnvelope(_Model):
    """The envelope; `printed`: on each sheet, on a document of its own, or on media only."""

    sha256: Sha256
    bytes: int
    printed: Literal["each", "separate", "media"]


class Software(_Model):
    """A program that took part; `sha256` is of its installed RECORD file, which holds the hashes of all its files."""

    name: Text
    version: Text
    sha256: Sha256 | None


class Accepted(_Model):
    """A rule that was not met, and why that was accepted."""

    rule: Text
    reason: Text


class RecordedPassphrase(_Model):
    """The escrow of the key's passphrase: a set of its own, with an id of its own, and no hash of the passphrase."""

    escrow_id: Text
    groups: tuple[RecordedGroup, ...]
    group_threshold: int
    sheets: tuple[RecordedSheet, ...]

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        _check_set(self)
        try:
            check_passphrase_policy(self.policy)
        except PolicyError as error:
            raise ValueError(error.message) from None
        return self

    @property
    def id(self) -> EscrowId:
        """The passphrase's own escrow id."""
        return EscrowId.parse(self.escrow_id)

    @property
    def policy(self) -> Policy:
        """Who must come together."""
        return _policy(self)

    @property
    def known(self) -> Known:
        """What recovery may know of it."""
        return Known(self.id, self.policy, _words(self.sheets), None, None)


class Record(_Document):
    """What was made. Raises pydantic's ValidationError; `load` raises RecordError.

    `passphrase` is left out of the file where there is none, and `language`, in which its sheets and papers are, where
    that is English: so the first records of this format stay readable.
    """

    format: Literal[1] = FORMAT
    escrow_id: Text
    generation: Annotated[int, Field(ge=1)]
    supersedes: Text | None
    created: datetime.date
    rehearsal: bool
    authority: Authority
    plan_sha256: Sha256 | None
    profile: Literal["root", "subroot", "simple"]
    key: RecordedKey
    groups: tuple[RecordedGroup, ...]
    group_threshold: int
    sheets: tuple[RecordedSheet, ...]
    media: tuple[Text, ...]
    envelope: RecordedEnvelope
    software: tuple[Software, ...]
    accepted: tuple[Accepted, ...]
    passphrase: Annotated[RecordedPassphrase | None, Field(exclude_if=lambda escrowed: escrowed is None)] = None
    language: Language = ENGLISH

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        _check_set(self)
        if self.passphrase is not None and self.passphrase.id.slip39_identifier == self.id.slip39_identifier:
            raise ValueError("the sheets of the passphrase begin with the same words as those of the key")
        if self.passphrase is not None and _names(self) & _names(self.passphrase):
            raise ValueError("sheets of the key and of its passphrase have the same name")
        names = {sheet.name.casefold() for sheet in self.sheets}
        if self.passphrase is not None and any(sheet.name.casefold() in names for sheet in self.passphrase.sheets):
            raise ValueError("a group of the passphrase is called like one of the key")
        if len(self.dump()) > MAX_BYTES:
            raise ValueError(f"the record has over {MAX_BYTES} bytes")
        return self

    @property
    def id(self) -> EscrowId:
        """The escrow id."""
        return EscrowId.parse(self.escrow_id)

    @property
    def policy(self) -> Policy:
        """Who must come together."""
        return _policy(self)

    @property
    def known(self) -> Known:
        """What recovery may know of the escrow."""
        return Known(
            id=self.id,
            policy=self.policy,
            sheets=_words(self.sheets),
            envelope_sha256=bytes.fromhex(self.envelope.sha256),
            encrypted_key_sha256=bytes.fromhex(self.key.encrypted_key_sha256),
            passphrase=self.passphrase.known if self.passphrase else None,
            supersedes=_escrow_id(self.supersedes),
        )


class PassphraseRecord(_Document):
    """What was made where a passphrase was escrowed by itself: a small record, `passphrase.json`, of its own kind.

    `key_escrow_id` is that of the key it opens, None if it was not named; its check code is on the passphrase's sheets.
    """

    format: Literal[1] = FORMAT
    kind: Literal["passphrase"] = "passphrase"
    created: datetime.date
    rehearsal: bool
    key_name: Text
    key_escrow_id: Text | None
    spki_sha256: Sha256 | None
    passphrase: RecordedPassphrase
    software: tuple[Software, ...]
    language: Language = ENGLISH

    @property
    def known(self) -> Known:
        """What recovery may know of it."""
        return self.passphrase.known


def _escrow_id(written: str | None) -> EscrowId | None:
    """The id that a record names beside its own; None if it is none, which is no reason to refuse the record."""
    try:
        return EscrowId.parse(written) if written else None
    except CodeError:
        return None


def _check_set(recorded: Record | RecordedPassphrase) -> None:
    """Raise ValueError unless id, groups and sheets fit together."""
    try:
        written = str(recorded.id)
        policy = recorded.policy
    except (CodeError, PolicyError) as error:
        raise ValueError(error.message) from None
    if written != recorded.escrow_id:
        raise ValueError(f"the escrow id is not written {written}")
    wanted = [f"{group.name}/{number}" for group in policy.groups for number in range(1, group.count + 1)]
    if [sheet.name for sheet in recorded.sheets] != wanted:
        raise ValueError("the sheets are not those of the groups")


def _names(recorded: Record | RecordedPassphrase) -> set[str]:
    return {group.name.casefold() for group in recorded.groups}


def _policy(recorded: Record | RecordedPassphrase) -> Policy:
    return Policy(
        *(Group(group.name, group.threshold, group.count, group.body) for group in recorded.groups),
        group_threshold=recorded.group_threshold,
    )


def _words(sheets: tuple[RecordedSheet, ...]) -> dict[str, bytes]:
    return {sheet.name: bytes.fromhex(sheet.words_sha256) for sheet in sheets}


def canonical(model: BaseModel) -> bytes:
    """JSON in the one form of a record: sorted keys, two spaces, UTF-8, a final newline."""
    text = json.dumps(model.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False)
    return text.encode() + b"\n"


def sha256(data: bytes) -> str:
    """As the record writes it: 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()

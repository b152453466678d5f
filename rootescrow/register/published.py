"""The record in the form that may be published: what was made, and not who keeps what where."""

from __future__ import annotations

import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from rootescrow.register.record import (
    FORMAT,
    Record,
    RecordedEnvelope,
    RecordedGroup,
    RecordedKey,
    Sha256,
    Software,
    Text,
    canonical,
    sha256,
)

REDACTED: Final = (
    "This is a redacted copy of a record. Left out: persons, offices, places, bags and media, the hashes of the "
    "sheets' words, and the reasons why rules were not met."
)
"""What a published record says of itself."""


class PublishedPassphrase(BaseModel):
    """That the passphrase is escrowed too, and who must come together."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    escrow_id: Text
    groups: tuple[RecordedGroup, ...]
    group_threshold: int


class PublishedRecord(BaseModel):
    """What a record says to everyone. Each field is here because it was chosen, so a new one of the record is not.

    `record_sha256` is of the whole record.json: who has that can show that this was made from it. The key's name, the
    motion and the groups' names are published as they stand in the record.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    format: Literal[1] = FORMAT
    redacted: Text = REDACTED
    record_sha256: Sha256
    escrow_id: Text
    generation: Annotated[int, Field(ge=1)]
    supersedes: Text | None
    created: datetime.date
    rehearsal: bool
    motion: Text
    motion_date: datetime.date | None
    plan_sha256: Sha256 | None
    profile: Literal["root", "subroot", "simple"]
    key: RecordedKey
    groups: tuple[RecordedGroup, ...]
    group_threshold: int
    passphrase: PublishedPassphrase | None
    media_count: int
    envelope: RecordedEnvelope
    software: tuple[Software, ...]
    accepted_rules: tuple[Text, ...]

    @classmethod
    def of(cls, record: Record) -> Self:
        """What may be published of a record."""
        escrowed = record.passphrase
        return cls(
            record_sha256=sha256(record.dump()),
            escrow_id=record.escrow_id,
            generation=record.generation,
            supersedes=record.supersedes,
            created=record.created,
            rehearsal=record.rehearsal,
            motion=record.authority.motion,
            motion_date=record.authority.date,
            plan_sha256=record.plan_sha256,
            profile=record.profile,
            key=record.key,
            groups=record.groups,
            group_threshold=record.group_threshold,
            passphrase=PublishedPassphrase(
                escrow_id=escrowed.escrow_id, groups=escrowed.groups, group_threshold=escrowed.group_threshold
            )
            if escrowed
            else None,
            media_count=len(record.media),
            envelope=record.envelope,
            software=record.software,
            accepted_rules=tuple(one.rule for one in record.accepted),
        )

    def dump(self) -> bytes:
        """The bytes of the published file, in the one form that a record has too."""
        return canonical(self)

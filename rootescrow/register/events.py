"""The events that a journal tells: frozen values that hold no secret, each with its form in a line and a sentence."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, ClassVar, Self, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rootescrow.errors import PolicyError, UsageError
from rootescrow.passphrase import ALPHABET, GENERATED_CHARS, GROUP_CHARS
from rootescrow.policy import Holder
from rootescrow.register.record import Text
from rootescrow.shamir.words import WORDS

MAX_SHARE_WORDS = 3
"""Words of SLIP-39's list that may follow one another in a text: more may be the beginning of a share."""

Said = Annotated[Text, Field(min_length=1)]
"""A line that says something."""

_PASSPHRASE = re.compile(rf"\b(?:[{ALPHABET.decode()}]{{{GROUP_CHARS}}}\s*){{{GENERATED_CHARS // GROUP_CHARS}}}\b")
"""A generated one, in groups or without spaces; that six words of a sentence look like it is not to be feared."""
_LETTERS = re.compile(r"[^\W\d_]+")
_SHARE_WORDS = frozenset(WORDS) | {word[:4] for word in WORDS}


class Seal(StrEnum):
    """What the tamper-evident bag of a sheet was found to be."""

    WHOLE = "whole"
    OPENED = "opened"
    MISSING = "missing"


class How(StrEnum):
    """How a sheet was read back from its paper."""

    SCAN = "scan"
    SCANNER = "hand-held scanner"
    TYPED = "typing"


class Event(BaseModel):
    """What happened. Its `kind` is what the line calls it; `str()` is a sentence about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]


class Made(Event):
    """The escrow was made: always the first line, and never again."""

    kind: ClassVar[str] = "made"
    escrow_id: Said
    generation: Annotated[int, Field(ge=1)]

    def __str__(self) -> str:
        return f"escrow {self.escrow_id} was made, generation {self.generation}"


class Printed(Event):
    """A sheet was printed. Twice printed is twice on paper, though one of the two was torn."""

    kind: ClassVar[str] = "printed"
    sheet: Said
    printer: Text

    def __str__(self) -> str:
        return f"{self.sheet} was printed" + (f" on {self.printer}" if self.printer else "")


ENVELOPE = "the envelope"
"""What `confirmed` calls the document that the envelope is printed on; the names of sheets have a slash."""


class Confirmed(Event):
    """A sheet was read back from its paper, and its words are those of the record; or ENVELOPE, by its codes or lines.

    `by` is who was in the room.
    """

    kind: ClassVar[str] = "confirmed"
    sheet: Said
    how: How
    by: Text

    def __str__(self) -> str:
        return f"{self.sheet} was confirmed from its paper, by {self.how}" + (f", by {self.by}" if self.by else "")


class Handover(Event):
    """A sheet went to another holder, bag or place; these are what holds from now on.

    `seal` is what the bag was found to be before. Unless it was whole, whoever held the sheet may know its words.
    """

    kind: ClassVar[str] = "handover"
    sheet: Said
    office: Text
    person: Text
    place: Text
    bag: Text
    seal: Seal

    @model_validator(mode="after")
    def _can_be_printed(self) -> Self:
        try:
            _ = self.holder
        except PolicyError as error:
            raise ValueError(error.message) from None
        return self

    @property
    def holder(self) -> Holder:
        """Who has it now."""
        return Holder(self.office, self.person, self.place, self.bag)

    def __str__(self) -> str:
        to = ", ".join(
            part for part in (self.person or self.office, self.place, f"bag {self.bag or 'unknown'}") if part
        )
        return f"{self.sheet} was handed over, its bag {self.seal}: now {to}"


class Void(Event):
    """A sheet counts no more. Mathematics voids nothing: until it is destroyed, whoever finds it can use it."""

    kind: ClassVar[str] = "void"
    sheet: Said
    reason: Said

    def __str__(self) -> str:
        return f"{self.sheet} is void: {self.reason}"


class Destroyed(Event):
    """Sheets or media were destroyed; or `every_envelope`, wherever it was, on paper or on a medium."""

    kind: ClassVar[str] = "destroyed"
    sheets: tuple[Said, ...]
    media: tuple[Said, ...]
    every_envelope: bool
    witnesses: Text

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.sheets or self.media or self.every_envelope):
            raise ValueError("nothing was destroyed")
        return self

    def __str__(self) -> str:
        items = [*self.sheets, *self.media, *(["every envelope"] if self.every_envelope else [])]
        return f"destroyed: {', '.join(items)}" + (f", before {self.witnesses}" if self.witnesses else "")


class Note(Event):
    """What people want to be remembered."""

    kind: ClassVar[str] = "note"
    text: Said

    @classmethod
    def of(cls, text: str) -> Self:
        """A note as typed. Raises UsageError if it is empty, too long or not one line."""
        try:
            return cls(text=text.strip())
        except ValidationError:
            raise UsageError(
                "a note is one line of 1 to 500 letters, without control characters", "Write several notes."
            ) from None

    def __str__(self) -> str:
        return self.text


AnyEvent: TypeAlias = Made | Printed | Confirmed | Handover | Void | Destroyed | Note
"""The registry of events. Who adds one here is told by the type checker where `register.fold` lacks it."""
EVENTS: dict[str, type[AnyEvent]] = {event.kind: event for event in get_args(AnyEvent)}


def refuse_words(event: AnyEvent) -> None:
    """That no share or passphrase finds its way into a journal by a text that people type. Raises UsageError.

    It is asked when a line is written, not when it is read: no later list or limit may make a journal unreadable.
    """
    for value in event.model_dump(mode="json").values():
        for item in value if isinstance(value, list) else [value]:
            text = item.lower() if isinstance(item, str) else ""
            if _PASSPHRASE.search(text):
                raise UsageError(
                    "the text reads like a generated passphrase, and that is never written down here",
                    "If it is one, it is exposed: the key needs another. Else use other words.",
                )
            run = 0
            for word in _LETTERS.findall(text):
                run = run + 1 if word in _SHARE_WORDS else 0
                if run > MAX_SHARE_WORDS:
                    raise UsageError(
                        "the text reads like the words of a share, and those are never written down here",
                        "If they are the words of a sheet, that sheet is exposed: say so. Else use other words.",
                    )

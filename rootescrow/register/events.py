"""The events that a journal tells: frozen values that hold no secret, each with its form in a line and a sentence."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar, Self, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rootescrow.errors import PolicyError, UsageError
from rootescrow.passphrase import ALPHABET, GENERATED_CHARS, GROUP_CHARS
from rootescrow.policy import Holder
from rootescrow.register.record import Sha256, Text
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


class Found(StrEnum):
    """What a drill found a sheet or an envelope to be, each looked at alone.

    A sheet that is GONE is void from then on.
    """

    RIGHT = "right"
    WRONG = "wrong"
    UNOPENED = "bag seen, not opened"
    GONE = "not there"


class Arrival(StrEnum):
    """How a sheet came to a recovery."""

    BAG = "bag"
    PHOTO = "photo"
    PHONE = "phone"
    OTHER = "other"
    NOT_SAID = "not said how"


class What(StrEnum):
    """What was put together again."""

    KEY = "key"
    PASSPHRASE = "passphrase"  # noqa: S105 - not a password


class How(StrEnum):
    """How a sheet was read back from its paper."""

    SCAN = "scan"
    SCANNER = "hand-held scanner"
    TYPED = "typing"


class _Fixed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(_Fixed):
    """What happened. Its `kind` is what the line calls it; `str()` is a sentence about it."""

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
EVERY_ENVELOPE = "every envelope"


def printed_envelope(number: int) -> str:
    """What a printed envelope apart from the sheets is called: the one of this number in the plan."""
    return f"printed envelope {number}"


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


class _Held(_Fixed):
    """Of a sheet, with the holder, place and bag that are its own from now on."""

    sheet: Said
    office: Text
    person: Text
    place: Text
    bag: Text

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

    @property
    def _now(self) -> str:
        return ", ".join(
            part for part in (self.person or self.office, self.place, f"bag {self.bag or 'unknown'}") if part
        )


class Handover(_Held, Event):
    """A sheet went to another holder, bag or place; these are what holds from now on.

    `seal` is what the bag was found to be before. Unless it was whole, whoever held the sheet may know its words.
    """

    kind: ClassVar[str] = "handover"
    seal: Seal

    def __str__(self) -> str:
        return f"{self.sheet} was handed over, its bag {self.seal}: now {self._now}"


class Replaced(_Held, Event):
    """A quorum of a group made a new share, and `sheet` bears it; `old` counts no more, for this reason.

    The numbers of shares are never used twice, so the new sheet is none of those that the record lists. `quorum` are
    the sheets that made it.
    """

    kind: ClassVar[str] = "replaced"
    words_sha256: Sha256
    old: Said
    reason: Said
    quorum: tuple[Said, ...] = ()

    def __str__(self) -> str:
        made = f"{self.sheet} was made" + (f" by {', '.join(self.quorum)}" if self.quorum else "")
        return f"{made} in the place of {self.old}, which is void ({self.reason}): now {self._now}"


class Looked(_Fixed):
    """What a drill found of one item: a sheet, a medium, or ENVELOPE, the printed one.

    `seal` is what its bag was found to be, None if it has none; `bag` the serial of its new bag, empty if it is still
    in the old one.
    """

    item: Said
    found: Found
    seal: Seal | None
    bag: Text

    def __str__(self) -> str:
        bag = f", bag {self.seal}" if self.seal else ""
        return f"{self.item} {self.found}{bag}" + (f", now in bag {self.bag}" if self.bag else "")


class Drill(Event):
    """Sheets and envelopes were looked at one by one, and nothing was combined (z.6). `by` is who was in the room.

    `wrong` is what was shown and is none of the items that the register lists, by what it says of itself.
    """

    kind: ClassVar[str] = "drill"
    items: tuple[Looked, ...]
    by: Text
    next_drill: datetime.date | None
    wrong: tuple[Said, ...] = ()

    def __str__(self) -> str:
        found = "; ".join((*map(str, self.items), *(f"wrong: {one}" for one in self.wrong))) or "nothing was looked at"
        following = f"; the next is on {self.next_drill}" if self.next_drill else ""
        return found + following + (f"; by {self.by}" if self.by else "")


class Opened(Event):
    """A quorum opened the envelope in memory for an exercise, under an arbitrator's case; nothing was written (SP-h).

    `passphrase` says whether the passphrase was tried too, and opened the key.
    """

    kind: ClassVar[str] = "opened"
    case: Said
    sheets: tuple[Said, ...]
    passphrase: bool
    by: Text
    next_drill: datetime.date | None
    arbitrator: Text = ""

    def __str__(self) -> str:
        key = ", and the passphrase the key" if self.passphrase else ""
        following = f"; the next drill is on {self.next_drill}" if self.next_drill else ""
        by = f"; by {self.by}" if self.by else ""
        case = self.case + (f" of {self.arbitrator}" if self.arbitrator else "")
        return f"{', '.join(self.sheets)} opened the envelope{key}, in memory, under case {case}{following}{by}"


class Arrived(_Fixed):
    """A sheet that took part in a recovery, and how it came."""

    sheet: Said
    how: Arrival

    def __str__(self) -> str:
        return f"{self.sheet} ({self.how})"


class Recovered(Event):
    """The key, or its passphrase, was put together again: from now on it is exposed (SP-h: under whose case).

    `copies` are what was written: they count until they are listed as destroyed.
    """

    kind: ClassVar[str] = "recovered"
    what: What
    case: Text
    arbitrator: Text
    sheets: tuple[Arrived, ...]
    copies: tuple[Said, ...]

    def __str__(self) -> str:
        case = f" under case {self.case}" if self.case else ""
        arbitrator = f" of {self.arbitrator}" if self.arbitrator else ""
        copies = f"; copies: {', '.join(self.copies)}" if self.copies else ""
        return f"the {self.what} was recovered{case}{arbitrator} from {', '.join(map(str, self.sheets))}{copies}"


class Superseded(Event):
    """A new generation was made, in a folder of its own. This one lives on until it is destroyed.

    `sheets` are those of this one that opened the envelope, and the old passphrase's, if those told it.
    """

    kind: ClassVar[str] = "superseded"
    escrow_id: Said
    generation: Annotated[int, Field(ge=2)]
    record_sha256: Sha256
    new_passphrase: bool
    case: Text
    reason: Text
    arbitrator: Text = ""
    sheets: tuple[Said, ...] = ()

    def __str__(self) -> str:
        passphrase = ", with a new passphrase" if self.new_passphrase else ""
        case = f", under case {self.case}" if self.case else ""
        arbitrator = f" of {self.arbitrator}" if self.arbitrator else ""
        sheets = f", by {', '.join(self.sheets)}" if self.sheets else ""
        why = f": {self.reason}" if self.reason else ""
        made = f"superseded by escrow {self.escrow_id}, generation {self.generation}"
        return made + passphrase + case + arbitrator + sheets + why


class KeptSheet(_Held):
    """A sheet of the passphrase as it stood when a new generation began; what it was is as in `now.SheetNow`."""

    words_sha256: Sha256
    printed: Annotated[int, Field(ge=0)]
    confirmed: datetime.datetime | None
    how: Text
    seen: datetime.datetime | None
    void: datetime.datetime | None
    reason: Text
    destroyed: datetime.datetime | None
    may_know: tuple[Said, ...]


class Kept(Event):
    """The passphrase stayed as it was, and its sheets with it: those of the generation before, all that ever were.

    So neither a replaced sheet nor who may know the words of one is forgotten.
    """

    kind: ClassVar[str] = "kept"
    escrow_id: Said
    sheets: tuple[KeptSheet, ...]

    def __str__(self) -> str:
        names = ", ".join(sheet.sheet for sheet in self.sheets)
        return f"the passphrase is that of escrow {self.escrow_id}, and its sheets are those of then: {names}"


class Kit(Event):
    """A medium was written, or brought up to date, and read back. `sha256` is of its list of checksums.

    `lacking` is what signing a CRL needs and the medium has not (z.7).
    """

    kind: ClassVar[str] = "kit"
    medium: Said
    place: Text
    bag: Text
    sha256: Sha256
    lacking: tuple[Said, ...]

    def __str__(self) -> str:
        where = "".join(f", {part}" for part in (self.place, f"bag {self.bag}" if self.bag else "") if part)
        lacking = f"; it lacks {', '.join(self.lacking)}" if self.lacking else ""
        return f"the medium {self.medium}{where} was written and read back{lacking}"


class Void(Event):
    """A sheet counts no more. Mathematics voids nothing: until it is destroyed, whoever finds it can use it.

    `lost`: it was not there. Whoever had it may know its words, also when it turns up and is destroyed.
    """

    kind: ClassVar[str] = "void"
    sheet: Said
    reason: Said
    lost: bool = False

    def __str__(self) -> str:
        return f"{self.sheet} is void: {self.reason}"


class Destroyed(Event):
    """What was destroyed: sheets, media, copies of a recovered key, printed envelopes by their numbers in the plan.

    Or `every_envelope`, wherever it was, on paper or on a medium.
    """

    kind: ClassVar[str] = "destroyed"
    sheets: tuple[Said, ...]
    media: tuple[Said, ...]
    copies: tuple[Said, ...] = ()
    printed_envelopes: tuple[Annotated[int, Field(ge=1)], ...] = ()
    every_envelope: bool
    witnesses: Text

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.items:
            raise ValueError("nothing was destroyed")
        return self

    @property
    def items(self) -> tuple[str, ...]:
        """Everything, by its name."""
        printed = (printed_envelope(number) for number in self.printed_envelopes)
        every = (EVERY_ENVELOPE,) if self.every_envelope else ()
        return (*self.sheets, *self.media, *printed, *self.copies, *every)

    def __str__(self) -> str:
        items = self.items
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


AnyEvent: TypeAlias = (
    Made
    | Printed
    | Confirmed
    | Drill
    | Opened
    | Handover
    | Replaced
    | Void
    | Recovered
    | Superseded
    | Kept
    | Kit
    | Destroyed
    | Note
)
"""The registry of events. Who adds one here is told by the type checker where `register.fold` lacks it."""
EVENTS: dict[str, type[AnyEvent]] = {event.kind: event for event in get_args(AnyEvent)}


def refuse_words(event: AnyEvent) -> None:
    """That no share or passphrase finds its way into a journal by a text that people type. Raises UsageError.

    It is asked when a line is written, not when it is read: no later list or limit may make a journal unreadable.
    """
    for text in _texts(event.model_dump(mode="json")):
        if _PASSPHRASE.search(text.lower()):
            raise UsageError(
                "the text reads like a generated passphrase, and that is never written down here",
                "If it is one, it is exposed: the key needs another. Else use other words.",
            )
        if share_words(text) > MAX_SHARE_WORDS:
            raise UsageError(
                "the text reads like the words of a share, and those are never written down here",
                "If they are the words of a sheet, that sheet is exposed: say so. Else use other words.",
            )


def share_words(text: str) -> int:
    """How many words of a share, or the first four letters of such, follow one another in a text at most."""
    longest = run = 0
    for word in _LETTERS.findall(text.lower()):
        run = run + 1 if word in _SHARE_WORDS else 0
        longest = max(longest, run)
    return longest


def _texts(value: object) -> Iterator[str]:
    """Every text in a dumped event."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)

"""The register: what holds today. It follows from the record and the journal, and from nothing else.

Every verdict about today reads this, never the record alone.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from rootescrow.errors import JournalError, UsageError
from rootescrow.policy import Group, Holder, Policy
from rootescrow.register.events import (
    ENVELOPE,
    AnyEvent,
    Confirmed,
    Destroyed,
    Handover,
    Made,
    Note,
    Printed,
    Seal,
    Void,
)
from rootescrow.register.journal import Journal, Line
from rootescrow.register.record import Record, RecordedSheet

UNSEEN_DAYS = 365
"""Days after which a sheet that nobody has seen is due to be looked at: once a year (z.6)."""


@dataclass(frozen=True)
class SheetNow:
    """A sheet today. `of_passphrase`: it is one of the escrow of the key's passphrase.

    `printed` counts how often; `confirmed` is when and how it was last read back from its paper; `seen` when it, or its
    bag, was last seen; `void` and `destroyed` when, and `reason` why it is void. `may_know` are all who had it when its
    bag was found opened or missing, in this order, present and former ones.
    """

    group: Group
    number: int
    holder: Holder
    words_sha256: str
    of_passphrase: bool = False
    printed: int = 0
    confirmed: datetime.datetime | None = None
    how: str = ""
    seen: datetime.datetime | None = None
    void: datetime.datetime | None = None
    reason: str = ""
    destroyed: datetime.datetime | None = None
    may_know: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called: "Board/2"."""
        return f"{self.group.name}/{self.number}"

    @property
    def who(self) -> str:
        """Whoever has it, as far as known."""
        return self.holder.person or self.holder.office or f"whoever had {self.name}"

    @property
    def former(self) -> tuple[str, ...]:
        """Who may know its words and has it no more."""
        return tuple(person for person in self.may_know if not self.counts or person != self.who)

    @property
    def counts(self) -> bool:
        """Whether it is one of those that a recovery is to use."""
        return self.void is None and self.destroyed is None

    @property
    def state(self) -> str:
        """In a word: what became of it last."""
        if self.destroyed:
            return "void, destroyed" if self.void else "destroyed"
        if self.void:
            return "void, not destroyed"
        if self.confirmed:
            return "confirmed"
        return "printed, not confirmed" if self.printed else "not confirmed"


@dataclass(frozen=True)
class Exposure:
    """What of a group may be known to people who should not know it any more, or be found (z.5).

    `sheets` are the shares concerned, each counted once: void ones that are not destroyed, and those whose words a
    former holder may know, destroyed or not, for nobody forgets. `people` are these former holders.
    """

    group: Group
    sheets: tuple[str, ...]
    people: tuple[str, ...]

    @property
    def is_quorum(self) -> bool:
        """Whether that is a quorum of the group: a failure."""
        return len(self.sheets) >= self.group.threshold

    @property
    def rekey_due(self) -> bool:
        """Whether one more would be a quorum."""
        return bool(self.sheets) and len(self.sheets) >= self.group.threshold - 1


@dataclass(frozen=True)
class Register:
    """What holds today, by `fold` alone. `sheets` are in the record's order; `media` those not destroyed.

    `envelope_confirmed` is when the document that the envelope is printed on was read back, if it has one of its own.
    """

    record: Record
    journal: Journal
    sheets: tuple[SheetNow, ...]
    media: tuple[str, ...]
    envelopes_destroyed: bool
    envelope_confirmed: datetime.datetime | None = None

    def sheet(self, name: str) -> SheetNow:
        """The sheet of that name. Raises UsageError if there is none."""
        return _named({sheet.name: sheet for sheet in self.sheets}, name)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Those of the key in their order, then those of its passphrase: no two have one name."""
        escrowed = self.record.passphrase
        return self.record.policy.groups + (escrowed.policy.groups if escrowed else ())

    def sheets_of(self, group: Group) -> tuple[SheetNow, ...]:
        """All sheets of a group, void and destroyed ones too."""
        return tuple(sheet for sheet in self.sheets if sheet.group == group)

    @property
    def unconfirmed(self) -> tuple[SheetNow, ...]:
        """The sheets that count and were never read back from paper."""
        return tuple(sheet for sheet in self.sheets if sheet.counts and sheet.confirmed is None)

    @property
    def to_confirm(self) -> tuple[str, ...]:
        """What was never read back from paper: sheets that count, and the envelope where it is printed on its own."""
        envelope = self.record.envelope.printed == "separate" and self.envelope_confirmed is None
        return (*(sheet.name for sheet in self.unconfirmed), *([ENVELOPE] if envelope else []))

    @property
    def confirmed(self) -> bool:
        """Whether everything that was printed was read back: all of it, not a quorum."""
        return not self.to_confirm

    @property
    def live(self) -> bool:
        """Whether a quorum of shares and an envelope may exist, void or superseded ones too.

        Dead is a generation of which so few groups can still meet their threshold that no recovery is possible, or of
        which every envelope was destroyed: rekeying alone kills nothing. A share is left while its sheet is not
        destroyed, and after that too if somebody may know its words.
        """
        able = sum(
            sum(not sheet.destroyed or bool(sheet.may_know) for sheet in self.sheets_of(group)) >= group.threshold
            for group in self.record.policy.groups
        )
        return able >= self.record.group_threshold and not self.envelopes_destroyed

    @property
    def state(self) -> str:
        """Of the whole escrow, in a few words that every report bears."""
        if not self.live:
            return "destroyed: it can recover nothing"
        return "confirmed" if self.confirmed else "printed, not confirmed"

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """Of each group, in the order of `groups`."""
        return tuple(self._exposure(group) for group in self.groups)

    def _exposure(self, group: Group) -> Exposure:
        shares: dict[str, str] = {}
        people: dict[str, None] = {}
        for sheet in self.sheets_of(group):
            people |= dict.fromkeys(sheet.former)
            if sheet.former or (sheet.void and not sheet.destroyed):
                shares.setdefault(sheet.words_sha256, sheet.name)
        return Exposure(group, tuple(shares.values()), tuple(people))

    def due(self, today: datetime.date) -> tuple[str, ...]:
        """What is to be done, the most urgent first; a generation that is destroyed asks for nothing."""
        if not self.live:
            return ()
        found = [_exposed(exposure) for exposure in self.exposures if exposure.rekey_due or exposure.is_quorum]
        if self.to_confirm:
            found.append(f"read back from paper, and confirm: {', '.join(self.to_confirm)}")
        left = [sheet.name for sheet in self.sheets if sheet.void and not sheet.destroyed]
        if left:
            found.append(f"destroy what is void: {', '.join(left)}")
        before = today - datetime.timedelta(days=UNSEEN_DAYS)
        unseen = [sheet.name for sheet in self.sheets if sheet.counts and sheet.seen and sheet.seen.date() < before]
        if unseen:
            found.append(f"look at the bags not seen for a year: {', '.join(unseen)}")
        return tuple(found)

    def after(self, *events: AnyEvent, now: datetime.datetime) -> Register:
        """The register with these events at the end of its journal.

        Raises UsageError for what cannot have happened, such as to a sheet that is not there.
        """
        longer = self.journal.append(*events, now=now)
        register = self
        for line in longer.lines[len(self.journal.lines) :]:
            register = _after(register, line)
        return replace(register, journal=longer)


def fold(record: Record, journal: Journal) -> Register:
    """The register of a record and its journal.

    Raises JournalError if the journal is of another record, or naming the line that tells what cannot have happened.
    """
    if journal.record_sha256 != hashlib.sha256(record.dump()).hexdigest():
        raise JournalError("the journal is of another record", "Take record and journal of one escrow.")
    sheets = _made(record.policy, record.sheets, of_passphrase=False)
    if record.passphrase is not None:
        sheets += _made(record.passphrase.policy, record.passphrase.sheets, of_passphrase=True)
    now = Register(record, journal, sheets, record.media, envelopes_destroyed=False)
    for line in journal.lines:
        try:
            now = _after(now, line)
        except UsageError as error:
            raise JournalError(
                f"line {line.number} of the journal cannot be: {error.message}",
                "It was not written by this program. Take another copy, and compare its head with a report.",
            ) from None
    return now


def _made(policy: Policy, sheets: Iterable[RecordedSheet], *, of_passphrase: bool) -> tuple[SheetNow, ...]:
    groups = {group.name: group for group in policy.groups}
    return tuple(
        SheetNow(
            groups[sheet.group],
            sheet.number,
            Holder(sheet.office, sheet.person, sheet.place, sheet.bag),
            sheet.words_sha256,
            of_passphrase,
        )
        for sheet in sheets
    )


def _after(now: Register, line: Line) -> Register:
    """What holds after one line more. Raises UsageError for what cannot have happened."""
    sheets = {sheet.name: sheet for sheet in now.sheets}
    match line.event:
        case Made() as event:
            if (event.escrow_id, event.generation) != (now.record.escrow_id, now.record.generation):
                raise UsageError(f"escrow {event.escrow_id}, generation {event.generation}, is not the record's")
            return now
        case Note():
            return now
        case Printed() as event:
            sheet = _counting(sheets, event.sheet)
            changed = {event.sheet: replace(sheet, printed=sheet.printed + 1)}
        case Confirmed(sheet=name) if name == ENVELOPE:
            return _envelope_confirmed(now, line.time)
        case Confirmed() as event:
            sheet = _counting(sheets, event.sheet)
            changed = {event.sheet: replace(sheet, confirmed=line.time, how=event.how.value, seen=line.time)}
        case Handover() as event:
            changed = {event.sheet: _handed_over(_counting(sheets, event.sheet), event, line.time)}
        case Void() as event:
            sheet = _counting(sheets, event.sheet)
            changed = {event.sheet: replace(sheet, void=line.time, reason=event.reason)}
        case Destroyed() as event:
            return _destroyed(now, event, line.time)
        case _:
            assert_never(line.event)
    return replace(now, sheets=tuple((sheets | changed).values()))


def _envelope_confirmed(now: Register, time: datetime.datetime) -> Register:
    if now.record.envelope.printed != "separate":
        raise UsageError("the envelope of this escrow is not printed on a document of its own", "Confirm the sheets.")
    return replace(now, envelope_confirmed=time)


def _handed_over(sheet: SheetNow, event: Handover, time: datetime.datetime) -> SheetNow:
    may_know = sheet.may_know
    if event.seal is not Seal.WHOLE and sheet.who not in may_know:
        may_know = (*may_know, sheet.who)
    return replace(sheet, holder=event.holder, may_know=may_know, seen=time)


def _destroyed(now: Register, event: Destroyed, time: datetime.datetime) -> Register:
    sheets = {sheet.name: sheet for sheet in now.sheets}
    for name in event.sheets:
        sheet = _named(sheets, name)
        if sheet.destroyed:
            raise UsageError(f"{name} was destroyed before", "Leave it out.")
        sheets[name] = replace(sheet, destroyed=time)
    media = list(now.media)
    for name in event.media:
        if name not in media:
            raise UsageError(f"there is no medium {name}", f"There are: {', '.join(media) or 'none'}.")
        media.remove(name)
    left = [sheet.name for sheet in sheets.values() if sheet.destroyed is None]
    if event.every_envelope and now.record.envelope.printed == "each" and left:
        raise UsageError(
            "not every envelope is destroyed: each sheet of this escrow bears it", f"Left are: {', '.join(left)}."
        )
    return replace(
        now,
        sheets=tuple(sheets.values()),
        media=tuple(media),
        envelopes_destroyed=now.envelopes_destroyed or event.every_envelope,
    )


def _named(sheets: Mapping[str, SheetNow], name: str) -> SheetNow:
    if name not in sheets:
        raise UsageError(f"there is no sheet {name}", f"There are: {', '.join(sheets)}.")
    return sheets[name]


def _counting(sheets: Mapping[str, SheetNow], name: str) -> SheetNow:
    sheet = _named(sheets, name)
    if not sheet.counts:
        raise UsageError(f"{name} is {sheet.state}", "Nothing more is done with it but to destroy it.")
    return sheet


def _exposed(exposure: Exposure) -> str:
    group = exposure.group
    share = f"{len(exposure.sheets)} of the {group.threshold} shares that {group.name} needs"
    return (
        f"a new generation: {share} may be known to people who should not know them, or be found "
        f"({', '.join(exposure.sheets)})" + (": that is a quorum" if exposure.is_quorum else "")
    )

"""The register: what holds today. It follows from the record and the journal, and from nothing else.

Every verdict about today reads this, never the record alone.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypedDict, assert_never

from rootescrow.errors import JournalError, UsageError
from rootescrow.pile import Known
from rootescrow.policy import MAX_SHEETS, Group, Holder, Policy
from rootescrow.register.events import (
    ENVELOPE,
    AnyEvent,
    Confirmed,
    Destroyed,
    Drill,
    Found,
    Handover,
    Kept,
    KeptSheet,
    Kit,
    Looked,
    Made,
    Note,
    Opened,
    Printed,
    Recovered,
    Replaced,
    Seal,
    Superseded,
    Void,
)
from rootescrow.register.journal import Journal, Line
from rootescrow.register.now import Exposure, MediumNow, SheetNow, Task
from rootescrow.register.record import Record, RecordedSheet

UNSEEN_DAYS = 365
"""Days after which a sheet that nobody has seen is due to be looked at: once a year (z.6)."""


class _Today(TypedDict):
    """What a register says of the sheets of one set, beyond its record."""

    sheets: dict[str, bytes]
    void: dict[str, str]


@dataclass(frozen=True)
class Register:
    """What holds today, by `fold` alone. `sheets` are in the record's order, with those made since after their group.

    `media_now` are those not destroyed; `printed_destroyed` the numbers of printed envelopes that are.
    `envelope_confirmed` is when the document that the envelope is printed on was read back, if it has one of its own,
    and `envelope_seen` when it was last seen. `drilled` is the day of the last drill, `next_drill` what was set then.
    `recoveries` are those of the key or its passphrase; `copies` what they wrote and nobody destroyed;
    `superseded` is the generation after this one, and `recovered_since` whether there was a recovery after it was made.
    """

    record: Record
    journal: Journal
    sheets: tuple[SheetNow, ...]
    media_now: tuple[MediumNow, ...]
    envelopes_destroyed: bool = False
    printed_destroyed: frozenset[int] = frozenset()
    envelope_confirmed: datetime.datetime | None = None
    envelope_seen: datetime.datetime | None = None
    drilled: datetime.date | None = None
    next_drill: datetime.date | None = None
    recoveries: tuple[Recovered, ...] = ()
    copies: tuple[str, ...] = ()
    superseded: Superseded | None = None
    recovered_since: bool = False

    def sheet(self, name: str) -> SheetNow:
        """The sheet of that name. Raises UsageError if there is none."""
        return _named({sheet.name: sheet for sheet in self.sheets}, name)

    @property
    def media(self) -> tuple[str, ...]:
        """The names of the media that were not destroyed."""
        return tuple(medium.name for medium in self.media_now)

    @property
    def known(self) -> Known:
        """What recovery may know today: replaced sheets among the others, and which count no more, with the reason."""
        recorded = self.record.known
        known = replace(recorded, **self._known(of_passphrase=False))
        if recorded.passphrase is None:
            return known
        return replace(known, passphrase=replace(recorded.passphrase, **self._known(of_passphrase=True)))

    def _known(self, *, of_passphrase: bool) -> _Today:
        sheets = [sheet for sheet in self.sheets if sheet.of_passphrase is of_passphrase]
        return _Today(
            sheets={sheet.name: bytes.fromhex(sheet.words_sha256) for sheet in sheets},
            void={sheet.name: sheet.why_void for sheet in sheets if not sheet.counts},
        )

    @property
    def in_place_of(self) -> dict[str, str]:
        """The sheets that were made in the place of others, each with the one whose place it took."""
        return {line.event.sheet: line.event.old for line in self.journal.lines if isinstance(line.event, Replaced)}

    @property
    def found_wrong(self) -> dict[str, tuple[Found, datetime.date]]:
        """What was wrong or not there in a drill, and the day; nobody saw since that it is right. By their names.

        No sheet that is not there is one of these: it is void.
        """
        seen = {sheet.name: sheet.seen for sheet in self.sheets if sheet.counts}
        seen |= {medium.name: medium.seen for medium in self.media_now} | {ENVELOPE: self.envelope_seen}
        wrong: dict[str, tuple[Found, datetime.date]] = {}
        for line in self.journal.lines:
            for looked in line.event.items if isinstance(line.event, Drill) else ():
                last = seen.get(looked.item)
                bad = looked.found in (Found.WRONG, Found.GONE)
                if bad and looked.item in seen and (last is None or last < line.time):
                    wrong[looked.item] = looked.found, line.time.date()
        return wrong

    def next_number(self, group: Group) -> int | None:
        """The number that a new sheet of a group gets: the lowest that none ever had. None if there is no more."""
        number = max(sheet.number for sheet in self.sheets_of(group)) + 1
        return number if number <= MAX_SHEETS else None

    @property
    def exposed(self) -> bool:
        """Whether the key was recovered, and its copies are still there, or no generation was made since."""
        return bool(self.recoveries) and (bool(self.copies) or self.superseded is None or self.recovered_since)

    @property
    def to_destroy(self) -> tuple[str, ...]:
        """The sheets that are left of a generation that was superseded; not the passphrase's if that is as it was.

        Those belong to the new generation, and its journal tells what becomes of them.
        """
        if self.superseded is None:
            return ()
        theirs = self.superseded.new_passphrase
        return tuple(sheet.name for sheet in self.sheets if not sheet.destroyed and (theirs or not sheet.of_passphrase))

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
        states = ["confirmed" if self.confirmed else "printed, not confirmed"]
        if self.superseded:
            states = [f"superseded by escrow {self.superseded.escrow_id}, and live until it is destroyed"]
        if self.exposed:
            states.append(f"exposed: {self._what_was_recovered}")
        return "; ".join(states)

    @property
    def recovered(self) -> tuple[str, ...]:
        """What was put together again, each once, in the order in which it was: "key", "passphrase"."""
        return tuple(dict.fromkeys(str(recovered.what) for recovered in self.recoveries))

    @property
    def _what_was_recovered(self) -> str:
        what = self.recovered
        return f"the {' and the '.join(what)} {'were' if len(what) > 1 else 'was'} recovered"

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
        """What is to be done, the most urgent first, in English."""
        return tuple(map(str, self.tasks(today)))

    def tasks(self, today: datetime.date) -> tuple[Task, ...]:
        """What is to be done, the most urgent first; a generation that is destroyed asks for nothing."""
        found: list[Task] = []
        if self.copies:
            found.append(_task("copies", self.copies))
        if not self.live:
            return tuple(found)
        if self.superseded:
            found.append(_task("superseded", (*self.to_destroy, *self.media)))
            return tuple(found)
        if self.exposed:
            found.append(_task(f"new_{'_'.join(self.recovered)}"))
        found += [_exposed(exposure) for exposure in self.exposures if exposure.rekey_due or exposure.is_quorum]
        if self.to_confirm:
            found.append(_task("confirm", self.to_confirm))
        left = [sheet.name for sheet in self.sheets if sheet.void and not sheet.destroyed]
        if left:
            found.append(_task("void", left))
        before = today - datetime.timedelta(days=UNSEEN_DAYS)
        unseen = [sheet.name for sheet in self.sheets if sheet.counts and sheet.seen and sheet.seen.date() < before]
        if unseen:
            found.append(_task("unseen", unseen))
        if self.next_drill and self.next_drill <= today:
            found.append(_task("drill", date=self.next_drill))
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
    now = Register(record, journal, sheets, tuple(map(MediumNow, record.media)))
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
    match line.event:
        case Made() as event:
            if (event.escrow_id, event.generation) != (now.record.escrow_id, now.record.generation):
                raise UsageError(f"escrow {event.escrow_id}, generation {event.generation}, is not the record's")
            return now
        case Note():
            return now
        case Drill() as event:
            return _drilled(now, event, line.time)
        case Opened() as event:
            return _exercised(now, event, line.time)
        case Replaced() as event:
            return _replaced(now, event, line.time)
        case Recovered() as event:
            return _recovered(now, event, line.time)
        case Superseded() as event:
            return _superseded(now, event, line.time)
        case Kept() as event:
            return _kept(now, event, line.number)
        case Kit() as event:
            return _kit(now, event, line.time)
        case Destroyed() as event:
            return _destroyed(now, event, line.time)
        case _:
            return _of_one_sheet(now, line.event, line.time)


def _of_one_sheet(now: Register, event: Printed | Confirmed | Handover | Void, time: datetime.datetime) -> Register:
    """What holds after an event of one sheet that counts."""
    if isinstance(event, Confirmed) and event.sheet == ENVELOPE:
        return _envelope_confirmed(now, time)
    sheets = {sheet.name: sheet for sheet in now.sheets}
    sheet = _counting(sheets, event.sheet)
    match event:
        case Printed():
            sheet = replace(sheet, printed=sheet.printed + 1)
        case Confirmed():
            sheet = replace(sheet, confirmed=time, how=event.how.value, seen=time)
        case Handover():
            seen = sheet.seen if event.seal is Seal.MISSING else time
            sheet = replace(_opened(sheet, event.seal), holder=event.holder, seen=seen)
        case Void():
            seal = Seal.MISSING if event.lost else None
            sheet = replace(_opened(sheet, seal), void=time, reason=event.reason)
        case _:
            assert_never(event)
    return replace(now, sheets=tuple((sheets | {event.sheet: sheet}).values()))


def _envelope_confirmed(now: Register, time: datetime.datetime) -> Register:
    if now.record.envelope.printed != "separate":
        raise UsageError("the envelope of this escrow is not printed on a document of its own", "Confirm the sheets.")
    return replace(now, envelope_confirmed=time, envelope_seen=time)


def _drilled(now: Register, event: Drill, time: datetime.datetime) -> Register:
    sheets = {sheet.name: sheet for sheet in now.sheets}
    media = {medium.name: medium for medium in now.media_now}
    envelope_seen = now.envelope_seen
    for looked in event.items:
        seen = looked.found in (Found.RIGHT, Found.UNOPENED)
        if looked.item == ENVELOPE:
            envelope_seen = time if seen else envelope_seen
        elif looked.item in media:
            medium = media[looked.item]
            media[medium.name] = replace(medium, seen=time if seen else medium.seen, bag=looked.bag or medium.bag)
        else:
            sheets[looked.item] = _looked_at(_named(sheets, looked.item), looked, time)
    return replace(
        now,
        sheets=tuple(sheets.values()),
        media_now=tuple(media.values()),
        envelope_seen=envelope_seen,
        drilled=time.date(),
        next_drill=event.next_drill or now.next_drill,
        envelopes_destroyed=now.envelopes_destroyed and not _envelope_found(event, media),
    )


def _envelope_found(event: Drill, media: Collection[str]) -> bool:
    """Whether an envelope turned up: a medium, or what is called ENVELOPE: the printed one, and any without a name."""
    return any(
        (looked.item == ENVELOPE or looked.item in media) and looked.found in (Found.RIGHT, Found.UNOPENED)
        for looked in event.items
    )


def _exercised(now: Register, event: Opened, time: datetime.datetime) -> Register:
    sheets = {sheet.name: sheet for sheet in now.sheets}
    for name in event.sheets:
        sheets[name] = replace(_counting(sheets, name), seen=time)
    return replace(
        now,
        sheets=tuple(sheets.values()),
        drilled=time.date(),
        next_drill=event.next_drill or now.next_drill,
    )


def _looked_at(sheet: SheetNow, looked: Looked, time: datetime.datetime) -> SheetNow:
    """A sheet after a drill. What was shown and is not the sheet was not the sheet that is kept: nobody saw that.

    A sheet that was listed as destroyed and turns up is there, and void.
    """
    sheet = _opened(sheet, looked.seal)
    if looked.found is Found.WRONG:
        return sheet
    if looked.found is Found.GONE:
        return replace(sheet, void=time, reason="not there when it was looked for") if sheet.counts else sheet
    if sheet.destroyed:
        void, reason = sheet.void or time, sheet.reason or "listed as destroyed, and there when it was looked for"
        sheet = replace(sheet, destroyed=None, void=void, reason=reason)
    return replace(sheet, seen=time, holder=replace(sheet.holder, bag=looked.bag or sheet.holder.bag))


def _opened(sheet: SheetNow, seal: Seal | None) -> SheetNow:
    """Whoever has a sheet whose bag is not whole may know its words."""
    if seal in (None, Seal.WHOLE) or sheet.who in sheet.may_know:
        return sheet
    return replace(sheet, may_know=(*sheet.may_know, sheet.who))


def _replaced(now: Register, event: Replaced, time: datetime.datetime) -> Register:
    sheets = {sheet.name: sheet for sheet in now.sheets}
    old = _named(sheets, event.old)
    if old.counts:
        sheets[old.name] = replace(old, void=time, reason=event.reason)
    for name in event.quorum:
        sheets[name] = replace(_counting(sheets, name), seen=time)
    number = now.next_number(old.group)
    if old.group.threshold == 1:
        raise UsageError(
            f"the sheets of {old.group.name} are copies of one share, and none is replaced singly",
            "Begin a new generation.",
        )
    if number is None:
        raise UsageError(f"{old.group.name} has used every number, 1 to {MAX_SHEETS}", "Begin a new generation.")
    new = SheetNow(old.group, number, event.holder, event.words_sha256, old.of_passphrase)
    if event.sheet != new.name:
        raise UsageError(f"the next sheet of {old.group.name} is {new.name}, not {event.sheet}", "Use that number.")
    last = max(place for place, sheet in enumerate(sheets.values()) if sheet.group == old.group)
    made = list(sheets.values())
    return replace(now, sheets=(*made[: last + 1], new, *made[last + 1 :]))


def _recovered(now: Register, event: Recovered, time: datetime.datetime) -> Register:
    sheets = {sheet.name: sheet for sheet in now.sheets}
    for arrived in event.sheets:
        sheets[arrived.sheet] = replace(_named(sheets, arrived.sheet), seen=time)
    return replace(
        now,
        sheets=tuple(sheets.values()),
        recoveries=(*now.recoveries, event),
        copies=tuple(dict.fromkeys((*now.copies, *event.copies))),
        recovered_since=now.superseded is not None,
    )


def _superseded(now: Register, event: Superseded, time: datetime.datetime) -> Register:
    if now.superseded is not None:
        raise UsageError(f"it was superseded before, by escrow {now.superseded.escrow_id}", "Go on from that one.")
    if event.generation != now.record.generation + 1:
        raise UsageError(f"generation {event.generation} does not follow {now.record.generation}", "Count by one.")
    sheets = {sheet.name: sheet for sheet in now.sheets}
    for name in event.sheets:
        sheets[name] = replace(_named(sheets, name), seen=time)
    return replace(now, sheets=tuple(sheets.values()), superseded=event)


def kept(register: Register) -> Kept:
    """What a new generation is told of the passphrase's sheets, if the passphrase stays as it is. The mirror of that
    event's fold: the sheets of the new register are then these.
    """
    return Kept(
        escrow_id=register.record.escrow_id,
        sheets=tuple(
            KeptSheet(
                sheet=sheet.name,
                office=sheet.holder.office,
                person=sheet.holder.person,
                place=sheet.holder.place,
                bag=sheet.holder.bag,
                words_sha256=sheet.words_sha256,
                printed=sheet.printed,
                confirmed=sheet.confirmed,
                how=sheet.how,
                seen=sheet.seen,
                void=sheet.void,
                reason=sheet.reason,
                destroyed=sheet.destroyed,
                may_know=sheet.may_know,
            )
            for sheet in register.sheets
            if sheet.of_passphrase
        ),
    )


def _kept(now: Register, event: Kept, number: int) -> Register:
    """The passphrase's sheets as they stood in the generation before."""
    escrowed = now.record.passphrase
    if escrowed is None or event.escrow_id != now.record.supersedes:
        raise UsageError(f"no sheets of a passphrase were kept from escrow {event.escrow_id}")
    if number != 2:
        raise UsageError("what was kept is told at once, after the first line")
    groups = {group.name: group for group in escrowed.policy.groups}
    sheets = tuple(_kept_sheet(groups, sheet) for sheet in event.sheets)
    words = {sheet.name: sheet.words_sha256 for sheet in sheets}
    if len(words) < len(sheets):
        raise UsageError("a sheet of the passphrase was kept twice")
    for recorded in escrowed.sheets:
        if words.get(recorded.name) != recorded.words_sha256:
            raise UsageError(f"{recorded.name} is not the sheet of the passphrase that the record lists")
    return replace(now, sheets=(*(sheet for sheet in now.sheets if not sheet.of_passphrase), *sheets))


def _kept_sheet(groups: Mapping[str, Group], kept: KeptSheet) -> SheetNow:
    name, _, number = kept.sheet.rpartition("/")
    if name not in groups or not re.fullmatch(r"[1-9][0-9]?", number) or int(number) > MAX_SHEETS:
        raise UsageError(f"there is no sheet {kept.sheet} of the passphrase", f"Its groups are: {', '.join(groups)}.")
    return SheetNow(
        groups[name],
        int(number),
        kept.holder,
        kept.words_sha256,
        of_passphrase=True,
        printed=kept.printed,
        confirmed=kept.confirmed,
        how=kept.how,
        seen=kept.seen,
        void=kept.void,
        reason=kept.reason,
        destroyed=kept.destroyed,
        may_know=kept.may_know,
    )


def _kit(now: Register, event: Kit, time: datetime.datetime) -> Register:
    media = {medium.name: medium for medium in now.media_now}
    before = media.get(event.medium, MediumNow(event.medium))
    media[event.medium] = replace(
        before,
        place=event.place or before.place,
        bag=event.bag or before.bag,
        seen=time,
        kit=time,
        lacking=event.lacking,
    )
    return replace(now, media_now=tuple(media.values()))


def _destroyed(now: Register, event: Destroyed, time: datetime.datetime) -> Register:
    sheets = {sheet.name: sheet for sheet in now.sheets}
    for name in event.sheets:
        sheet = _named(sheets, name)
        if sheet.destroyed:
            raise UsageError(f"{name} was destroyed before", "Leave it out.")
        sheets[name] = replace(sheet, destroyed=time)
    media = {medium.name: medium for medium in now.media_now}
    for name in event.media:
        if media.pop(name, None) is None:
            raise UsageError(f"there is no medium {name}", f"There are: {', '.join(now.media) or 'none'}.")
    copies = list(now.copies)
    for name in event.copies:
        if name not in copies:
            raise UsageError(f"there is no copy {name}", f"There are: {', '.join(copies) or 'none'}.")
        copies.remove(name)
    left = [sheet.name for sheet in sheets.values() if sheet.destroyed is None]
    if event.every_envelope and now.record.envelope.printed == "each" and left:
        raise UsageError(
            "not every envelope is destroyed: each sheet of this escrow bears it", f"Left are: {', '.join(left)}."
        )
    return replace(
        now,
        sheets=tuple(sheets.values()),
        media_now=tuple(media.values()),
        copies=tuple(copies),
        printed_destroyed=now.printed_destroyed | set(event.printed_envelopes),
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


def _exposed(exposure: Exposure) -> Task:
    group = exposure.group
    kind = "exposed_quorum" if exposure.is_quorum else "exposed"
    return _task(kind, exposure.sheets, count=len(exposure.sheets), threshold=group.threshold, group=group.name)


def _task(kind: str, names: Iterable[str] = (), **values: object) -> Task:
    return Task(kind, {"names": ", ".join(names), **values})

"""What ends an old generation: which sheets and envelopes are left, and the fewest whose destruction is enough.

A generation lives while a quorum of shares and an envelope may exist (`Register.live`). So there are two ways to end
it: so few sheets that too few groups can meet, or every envelope wherever it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rootescrow.ceremony.situation import Carrier, Kind
from rootescrow.ceremony.today import Today
from rootescrow.errors import UsageError
from rootescrow.policy import Group
from rootescrow.register.events import EVERY_ENVELOPE, Destroyed, printed_envelope
from rootescrow.register.now import SheetNow
from rootescrow.register.register import Register


@dataclass(frozen=True)
class Part:
    """Of these sheets of a group any `needed` are to be destroyed, until fewer than its threshold are left."""

    group: Group
    sheets: tuple[SheetNow, ...]
    needed: int


@dataclass(frozen=True)
class Left:
    """What is left of a generation.

    `parts` are the groups by which it ends soonest, in which so many sheets are to be destroyed; none if that cannot
    end it, because people may know too many shares. `envelopes` are those apart from the sheets, as far as it is known
    which there are: `uncounted` says that there may be printed ones whose number nobody wrote down.
    """

    register: Register
    parts: tuple[Part, ...]
    envelopes: tuple[Carrier, ...]
    uncounted: bool

    @property
    def on_sheets(self) -> bool:
        """Whether every sheet bears an envelope too."""
        return self.register.record.envelope.printed == "each" and not self.register.envelopes_destroyed

    @property
    def sheets_needed(self) -> int:
        """How many sheets end it at least; 0 if none do, or it is ended."""
        return sum(part.needed for part in self.parts)

    @property
    def by_sheets_first(self) -> bool:
        """Whether fewer things are to be destroyed by way of the sheets than by way of the envelopes.

        What counts a copy of the folder is not known; of the envelopes there is always that one too.
        """
        if not self.parts:
            return False
        return self.on_sheets or self.uncounted or self.sheets_needed <= len(self.envelopes) + 1

    @property
    def soonest(self) -> str:
        """What ends it soonest, in words; empty if it is ended."""
        if not self.register.live:
            return ""
        ways = [self._by_envelopes()] if not self.on_sheets else []
        if self.parts:
            ways.append(
                " and ".join(
                    f"any {part.needed} of {', '.join(sheet.name for sheet in part.sheets)}" for part in self.parts
                )
            )
        if self.by_sheets_first:
            ways.reverse()
        return ", or ".join(ways) or "every sheet, and every medium"

    def _by_envelopes(self) -> str:
        names = [carrier.name for carrier in self.envelopes]
        named = f" ({', '.join(names)}, and each copy of the folder)" if names else ""
        return EVERY_ENVELOPE + named


def left(today: Today) -> Left:
    """What is left today."""
    separate = today.register.record.envelope.printed == "separate"
    uncounted = today.plan is None and separate and not today.register.envelopes_destroyed
    envelopes = today.situation.envelopes
    if uncounted:
        envelopes = tuple(carrier for carrier in envelopes if carrier.kind is not Kind.PAPER)
    return Left(today.register, _parts(today.register), envelopes, uncounted)


def _parts(register: Register) -> tuple[Part, ...]:
    """The groups by which it ends soonest, those first in which fewest sheets are to be destroyed."""
    able: list[Part] = []
    hopeless = 0
    for group in register.record.policy.groups:
        sheets = register.sheets_of(group)
        there = [sheet for sheet in sheets if not sheet.destroyed]
        known = [sheet for sheet in sheets if sheet.may_know]
        unknown = tuple(sheet for sheet in there if not sheet.may_know)
        needed = len(unknown) + len(known) - group.threshold + 1
        if needed > len(unknown):
            hopeless += 1
        elif needed > 0:
            able.append(Part(group, unknown, needed))
    wanted = hopeless + len(able) - register.record.group_threshold + 1
    able.sort(key=lambda part: part.needed)
    return tuple(able[:wanted]) if 0 < wanted <= len(able) else ()


def parse(today: Today, names: tuple[str, ...], witnesses: tuple[str, ...]) -> Destroyed:
    """The event that these things, called as `status` and the destruction list call them, were destroyed.

    Raises UsageError for a name that nothing left has, with the names of what there is.
    """
    register = today.register
    sheets = {sheet.name.casefold(): sheet.name for sheet in register.sheets if not sheet.destroyed}
    media = {name.casefold(): name for name in register.media}
    copies = {name.casefold(): name for name in register.copies}
    there = {"sheets": sheets, "media": media, "copies": copies}
    chosen: dict[str, list[str]] = {kind: [] for kind in there}
    printed: list[int] = []
    every = False
    for plain, name in {name.strip().casefold(): name.strip() for name in names}.items():
        if plain == EVERY_ENVELOPE:
            every = True
        elif (number := _number(plain, today)) is not None:
            printed.append(number)
        else:
            kind = _kind(plain, there)
            if kind is None:
                raise _no_such(name, today)
            chosen[kind].append(there[kind][plain])
    return Destroyed(
        sheets=tuple(chosen["sheets"]),
        media=tuple(chosen["media"]),
        copies=tuple(chosen["copies"]),
        printed_envelopes=tuple(printed),
        every_envelope=every,
        witnesses=_one_line(witnesses),
    )


def _kind(name: str, there: Mapping[str, Mapping[str, str]]) -> str | None:
    found = [kind for kind, names in there.items() if name in names]
    if len(found) > 1:
        raise UsageError(f"there are two things called {name}", "Say which in a note: rootescrow journal note.")
    return found[0] if found else None


def _number(name: str, today: Today) -> int | None:
    """The number of a printed envelope that is called this; None if it is none, or is destroyed already."""
    start = printed_envelope(0)[:-1]
    number = name.removeprefix(start)
    if not name.startswith(start) or not number.isascii() or not number.isdecimal() or len(number) > 3:
        return None
    known = left(today)
    wanted = int(number)
    if wanted < 1 or wanted in today.register.printed_destroyed:
        return None
    there = {carrier.name for carrier in known.envelopes if carrier.kind is Kind.PAPER}
    return wanted if known.uncounted or printed_envelope(wanted) in there else None


def _one_line(witnesses: tuple[str, ...]) -> str:
    text = ", ".join(name.strip() for name in witnesses if name.strip())
    if len(text) > 500 or not text.isprintable():
        raise UsageError(
            "the witnesses are one line of up to 500 letters, without control characters", "Name each of them shortly."
        )
    return text


def _no_such(name: str, today: Today) -> UsageError:
    shown = name if name.isprintable() and len(name) <= 60 else "such a thing"
    return UsageError(f"there is no {shown} left", f"There are: {', '.join(names(today)) or 'nothing more'}.")


def names(today: Today) -> tuple[str, ...]:
    """What can be destroyed, by its name: sheets, media, printed envelopes, copies of a recovered key."""
    return tuple(_names(today))


def _names(today: Today) -> Iterator[str]:
    register, known = today.register, left(today)
    yield from (sheet.name for sheet in register.sheets if not sheet.destroyed)
    yield from register.media
    yield from (carrier.name for carrier in known.envelopes if carrier.kind is Kind.PAPER)
    if known.uncounted:
        yield "printed envelope 1, 2 …"
    yield from register.copies
    if not register.envelopes_destroyed:
        yield EVERY_ENVELOPE


def doubts(before: Register, after: Register) -> tuple[str, ...]:
    """What somebody should know before he says that these things are destroyed: what is lost with them."""
    found: list[str] = []
    record = before.record
    if before.superseded is None:
        if _usable(before) and not _usable(after):
            found.append(
                f"escrow {record.escrow_id} was not superseded, and without these it can recover nothing: the key is "
                "lost unless it is kept elsewhere"
            )
        if record.passphrase and _passphrase_usable(before) and not _passphrase_usable(after):
            found.append("without these the sheets of the passphrase do not tell it any more")
    elif not before.superseded.new_passphrase:
        gone = [a.name for b, a in zip(before.sheets, after.sheets, strict=True) if a.destroyed and not b.destroyed]
        theirs = [name for name in gone if before.sheet(name).of_passphrase]
        if theirs:
            later = before.superseded.escrow_id
            found.append(f"with the same passphrase, {', '.join(theirs)} are of escrow {later} now: say it there")
    return tuple(found)


def _usable(register: Register) -> bool:
    """Whether sheets that count are a quorum, and there may be an envelope."""
    met = sum(
        sum(sheet.counts for sheet in register.sheets_of(group)) >= group.threshold
        for group in register.record.policy.groups
    )
    return met >= register.record.group_threshold and not register.envelopes_destroyed


def _passphrase_usable(register: Register) -> bool:
    escrowed = register.record.passphrase
    if escrowed is None:
        return False
    groups = escrowed.policy.groups
    met = sum(sum(sheet.counts for sheet in register.sheets_of(group)) >= group.threshold for group in groups)
    return met >= escrowed.group_threshold

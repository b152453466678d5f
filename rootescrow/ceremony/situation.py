"""Who has what, and where: the description over which the rules run.

It is made from a plan (what is to be) or from a register (what is today), and says nothing of either. People and places
are known by their names as on the sheets; an empty name is one that nobody wrote down. Nothing in it is secret.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from rootescrow.ceremony.names import Spellings, plain
from rootescrow.errors import PolicyError
from rootescrow.keys.kdf import Kdf
from rootescrow.policy import Body

if TYPE_CHECKING:
    from rootescrow.ceremony.plan import Plan

PASSPHRASE = "Passphrase"  # noqa: S105 - the name of a set of sheets
"""What the set of passphrase sheets is called."""


class Profile(StrEnum):
    """How strict the rules are: a top-level root, a subroot, or any other key."""

    ROOT = "root"
    SUBROOT = "subroot"
    SIMPLE = "simple"


class State(StrEnum):
    """What became of a sheet. `OPENED`: it is still with its holder, whose bag is no longer whole."""

    KEPT = "kept"
    OPENED = "opened"
    LOST = "lost"
    VOID = "void"
    DESTROYED = "destroyed"


@dataclass(frozen=True)
class Person:
    """A person. `hours` from the call until he has in his hands what he keeps; None if it is not known.

    For one who only knows something, until he is where the recovery is held.
    """

    name: str
    hours: float | None = None

    def __post_init__(self) -> None:
        _check_hours(self.name, self.hours)


@dataclass(frozen=True)
class Place:
    """A place. `hours` of travel from there to where the recovery is held; None if it is not known."""

    name: str
    hours: float | None = None

    def __post_init__(self) -> None:
        _check_hours(self.name, self.hours)


def _check_hours(name: str, hours: float | None) -> None:
    if not name:
        raise PolicyError("a person or place without a name", "Leave out whom nobody knows.")
    if hours is not None and not 0 <= hours < math.inf:
        raise PolicyError(f"{name} is {hours} hours away", "Give a number of hours, 0 or more.")


@dataclass(frozen=True)
class Sheet:
    """A sheet: the `number` of its share in its group (from 1), whose it is, where it lies, what became of it."""

    number: int
    person: str = ""
    place: str = ""
    office: str = ""
    bag: str = ""
    state: State = State.KEPT

    def __post_init__(self) -> None:
        if self.number < 1:
            raise PolicyError(f"a sheet number {self.number}", "Sheets count from 1.")

    @property
    def usable(self) -> bool:
        """Whether a recovery may count on it."""
        return self.state in (State.KEPT, State.OPENED)

    @property
    def exists(self) -> bool:
        """Whether it may lie where it is said to lie, void or not: mathematics voids nothing."""
        return self.state not in (State.LOST, State.DESTROYED)


@dataclass(frozen=True)
class Former:
    """A person who has sheet `number` no more and may know its words: its bag was open or missing when he left."""

    person: str
    number: int


@dataclass(frozen=True)
class Group:
    """A group with its sheets, all that were ever printed, and the former holders who may know words."""

    name: str
    threshold: int
    sheets: tuple[Sheet, ...]
    body: Body = Body.OTHER
    former: tuple[Former, ...] = ()

    def __post_init__(self) -> None:
        if self.threshold < 1:
            raise PolicyError(f"the group {self.name} has the threshold {self.threshold}", "Thresholds count from 1.")
        usable = [sheet.number for sheet in self.usable()]
        if len(set(usable)) < len(usable):
            raise PolicyError(f"two sheets {self.name} with one number", "At most one sheet with a number is not void.")

    def met_by(self, numbers: frozenset[int]) -> bool:
        """Whether the shares of these sheets are a quorum. Sheets at threshold 1 are copies, and one will do."""
        return len(numbers) >= self.threshold

    def usable(self) -> Iterator[Sheet]:
        """The sheets that a recovery may count on."""
        return (sheet for sheet in self.sheets if sheet.usable)

    def known_to(self, person: str) -> frozenset[int]:
        """The shares that a person has, could have kept, or may know: of every office that is or was his.

        A sheet that he says he lost counts, and so does a void one; only a destroyed one does not, unless its bag was
        open before.
        """
        held = {s.number for s in self.sheets if s.person == person and s.state is not State.DESTROYED}
        return frozenset(held | {former.number for former in self.former if former.person == person})

    def lying_at(self, place: str) -> frozenset[int]:
        """The shares whose sheets lie at a place, void ones among them."""
        return frozenset(sheet.number for sheet in self.sheets if sheet.place == place and sheet.exists)

    def exposed(self) -> frozenset[int]:
        """The shares that are void or lost and not destroyed, or that a former holder may know."""
        left = {sheet.number for sheet in self.sheets if sheet.state in (State.VOID, State.LOST)}
        return frozenset(left | {former.number for former in self.former})


@dataclass(frozen=True)
class PassphraseKeeping:
    """How the passphrase is kept: escrowed on sheets of its own, or typed in parts by people who know it.

    Neither `escrowed` nor `typists`: it is not known who has it. `former` are typists who left.
    """

    escrowed: Group | None = None
    typists: tuple[str, ...] = ()
    former: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.escrowed and (self.typists or self.former):
            raise PolicyError("a passphrase both escrowed and typed", "Only a generated passphrase is escrowed.")

    def met_by(self, person: str) -> bool:
        """Whether a person alone has it. Nobody is said to who is not known to."""
        if self.escrowed:
            return self.escrowed.met_by(self.escrowed.known_to(person))
        return bool(self.typists) and set(self.typists) == {person}


class Kind(StrEnum):
    """What an envelope is on."""

    MEDIUM = "medium"
    PAPER = "paper"
    SHEET = "sheet"


@dataclass(frozen=True)
class Carrier:
    """One copy of the envelope: on a medium, on paper of its own, or on a sheet."""

    kind: Kind
    name: str
    place: str = ""
    bag: str = ""


@dataclass(frozen=True)
class KeyState:
    """What is known of the key: how its passphrase protects it, how its public key is known, whether it is certified.

    `certified` is whether it was compared with its certificate.
    """

    kdf: Kdf | None = None
    provenance: Literal["checked", "stated"] | None = None
    certified: bool = False

    @property
    def proved(self) -> bool:
        """Whether it is the certificate's key: computed from the private key itself, and the same."""
        return self.provenance == "checked" and self.certified


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Everything the rules look at.

    `groups_needed` of the groups open the envelope. `envelopes` are its copies apart from the sheets; on each sheet is
    one more if `on_each_sheet`. `lacking` is what signing a CRL needs and no medium has that is a kit. `operators` is
    None if nobody wrote down who they were. `key` is None before it is there. `made` is the day of the ceremony,
    `drilled` the last drill, `today` the day for which the question is asked. `accepted` are rules with the reason for
    accepting that they are not met.

    A person, place or bag that is written in several ways has its first spelling everywhere, `people` and `places`
    before all else: so nobody is two persons by a space. Raises PolicyError for what cannot be.
    """

    profile: Profile
    groups: tuple[Group, ...]
    passphrase: PassphraseKeeping
    groups_needed: int | None = None
    people: tuple[Person, ...] = ()
    places: tuple[Place, ...] = ()
    envelopes: tuple[Carrier, ...] = ()
    on_each_sheet: bool = False
    motion: str = ""
    motion_date: datetime.date | None = None
    operators: tuple[str, ...] | None = ()
    witnesses: tuple[str, ...] = ()
    key: KeyState | None = None
    made: datetime.date | None = None
    drilled: datetime.date | None = None
    next_drill: datetime.date | None = None
    today: datetime.date | None = None
    lacking: tuple[str, ...] = ()
    accepted: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not 1 <= self.needed <= len(self.groups):
            raise PolicyError(
                f"{self.needed} of {len(self.groups)} groups are needed", "At least one, and at most all of them."
            )
        for what, names in (
            ("group", [group.name.casefold() for group in self.sets]),
            ("person", [plain(person.name) for person in self.people]),
            ("place", [plain(place.name) for place in self.places]),
        ):
            if len(set(names)) < len(names):
                raise PolicyError(f"a {what} stands there twice", f"Give each {what} a name of its own.")
        self._spell()

    def _spell(self) -> None:
        """Give each person, place and bag one spelling."""
        people, places, bags = Spellings(), Spellings(), Spellings(bags=True)
        for known, spellings in ((self.people, people), (self.places, places)):
            for one in known:
                spellings.of(one.name)

        def spelt(group: Group) -> Group:
            sheets = (
                replace(s, person=people.of(s.person), place=places.of(s.place), bag=bags.of(s.bag))
                for s in group.sheets
            )
            former = (replace(one, person=people.of(one.person)) for one in group.former)
            return replace(group, sheets=tuple(sheets), former=tuple(former))

        def named(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(map(people.of, names))

        keeping = self.passphrase
        passphrase = PassphraseKeeping(
            spelt(keeping.escrowed) if keeping.escrowed else None, named(keeping.typists), named(keeping.former)
        )
        envelopes = (replace(one, place=places.of(one.place), bag=bags.of(one.bag)) for one in self.envelopes)
        object.__setattr__(self, "groups", tuple(map(spelt, self.groups)))
        object.__setattr__(self, "passphrase", passphrase)
        object.__setattr__(self, "envelopes", tuple(envelopes))
        object.__setattr__(self, "operators", None if self.operators is None else named(self.operators))
        object.__setattr__(self, "witnesses", named(self.witnesses))

    @classmethod
    def of_plan(cls, plan: Plan) -> Situation:
        """What a plan will make."""
        return plan.situation()

    @property
    def needed(self) -> int:
        """How many groups open the envelope."""
        return len(self.groups) if self.groups_needed is None else self.groups_needed

    @property
    def sets(self) -> tuple[Group, ...]:
        """The groups, and after them the set of passphrase sheets if there is one."""
        return (*self.groups, self.passphrase.escrowed) if self.passphrase.escrowed else self.groups

    @property
    def strict(self) -> bool:
        """Whether a rule that is not met fails, as in a root and a subroot, rather than warns."""
        return self.profile is not Profile.SIMPLE

    @property
    def carriers(self) -> tuple[Carrier, ...]:
        """Every copy of the envelope, those on sheets too."""
        on_sheets = (
            Carrier(Kind.SHEET, f"{group.name}/{sheet.number}", sheet.place, sheet.bag)
            for group in self.groups
            for sheet in group.sheets
            if sheet.exists
        )
        return (*self.envelopes, *on_sheets) if self.on_each_sheet else self.envelopes

    @property
    def holders(self) -> tuple[str, ...]:
        """Everyone who has a sheet, may know its words, or knows a part of the passphrase, each once."""
        names = chain(
            (sheet.person for group in self.sets for sheet in group.sheets),
            (former.person for group in self.sets for former in group.former),
            self.passphrase.typists,
        )
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def locations(self) -> tuple[str, ...]:
        """Every place where a sheet or an envelope lies, each once."""
        names = chain(
            (sheet.place for group in self.sets for sheet in group.sheets if sheet.exists),
            (carrier.place for carrier in self.envelopes),
        )
        return tuple(dict.fromkeys(name for name in names if name))

    def always_needed(self, *bodies: Body) -> bool:
        """Whether no way of opening the envelope goes without a group of one of these bodies."""
        return sum(group.body not in bodies for group in self.groups) < self.needed

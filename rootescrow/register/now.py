"""What holds today of one sheet, of one medium, of one group: the parts of a register."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rootescrow.policy import Group, Holder


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
    def why_void(self) -> str:
        """Why it counts no more, for whoever brings it all the same."""
        if self.destroyed:
            return f"it is listed as destroyed since {self.destroyed.date()}"
        return f"it is void since {self.void.date()}: {self.reason}" if self.void else ""

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


_TASKS: Mapping[str, str] = MappingProxyType(
    {
        "copies": "destroy the copies of what was recovered: {names}",
        "superseded": "destroy what is left of it: {names}, and every envelope; until then it opens the key as well as "
        "before",
        "new_key": "a new generation, or a new root: the key was recovered",
        "new_passphrase": "a new generation, or a new root: the passphrase was recovered",
        "new_key_passphrase": "a new generation, or a new root: the key and the passphrase were recovered",
        "new_passphrase_key": "a new generation, or a new root: the passphrase and the key were recovered",
        "exposed": "a new generation: {count} of the {threshold} shares that {group} needs may be known to people who "
        "should not know them, or be found ({names})",
        "exposed_quorum": "a new generation: {count} of the {threshold} shares that {group} needs may be known to "
        "people who should not know them, or be found ({names}): that is a quorum",
        "confirm": "read back from paper, and confirm: {names}",
        "void": "destroy what is void: {names}",
        "unseen": "look at the bags not seen for a year: {names}",
        "drill": "the drill of {date}",
    }
)


@dataclass(frozen=True)
class Task:
    """Something that is to be done: its `kind`, with the values of its sentence. `str()` is that in English.

    Papers say it in their own language: the catalogues have a sentence for each kind.
    """

    kind: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return _TASKS[self.kind].format_map(self.values)


KINDS_OF_TASKS = tuple(_TASKS)


@dataclass(frozen=True)
class MediumNow:
    """A medium today: where it lies as far as a kit told, and when it was last written or seen in a drill."""

    name: str
    place: str = ""
    bag: str = ""
    seen: datetime.datetime | None = None
    kit: datetime.datetime | None = None
    lacking: tuple[str, ...] = ()


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

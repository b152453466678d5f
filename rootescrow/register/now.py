"""What holds today of one sheet, of one medium, of one group: the parts of a register."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

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

"""Who must come together: groups with their thresholds, and the offices, people and places of their sheets."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from rootescrow.errors import PolicyError

MAX_GROUPS = 16
"""SLIP-39 writes the number of groups in four bits."""
MAX_SHEETS = 16
"""SLIP-39 writes a member's index in four bits."""
MAX_NAME_CHARS = 32
"""A group's name stands in 20 points in the bar of the sheet; more would not fit."""
MAX_TEXT_CHARS = 120
"""An office, a person's name or a place: two lines of a sheet."""


class Body(StrEnum):
    """What a group stands for (SP-f, SP-g, SP-h)."""

    BOARD = "board"
    ARBITRATION = "arbitration"
    SYSTEMS = "systems"
    OTHER = "other"


def printable_line(text: str, what: str, limit: int) -> str:
    """`text` in Unicode's composed form, or PolicyError if it is empty, too long or holds a control character."""
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise PolicyError(f"{what} is empty", f"Give {what} some letters.")
    if len(text) > limit:
        raise PolicyError(f"{what} has {len(text)} characters, the sheet has room for {limit}", f"Shorten {what}.")
    # What Python calls printable is in none of these: so almost no text is looked at letter by letter.
    if not text.isprintable() and any(
        unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in text
    ):
        raise PolicyError(
            f"{what} holds a character that cannot be printed", f"Write {what} as one line of plain letters."
        )
    return text


@dataclass(frozen=True)
class Group:
    """A group of which any `threshold` of its `count` sheets are needed.

    Threshold 1 with several sheets means copies of one share: SLIP-39 allows no other way ("Generating the shares":
    a member threshold of 1 goes with one member).
    """

    name: str
    threshold: int
    count: int
    body: Body = Body.OTHER

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", printable_line(self.name, "a group's name", MAX_NAME_CHARS))
        if any(c in self.name for c in "/=\\\"'"):
            raise PolicyError(
                f"the group name {self.name!r} holds a slash, a quote or an equals sign",
                "Sheets are called NAME/1, NAME/2 …; use letters, digits and spaces.",
            )
        if not 1 <= self.count <= MAX_SHEETS:
            raise PolicyError(
                f"group {self.name} has {self.count} sheets", f"A group has 1 to {MAX_SHEETS} sheets (SLIP-39)."
            )
        if not 1 <= self.threshold <= self.count:
            raise PolicyError(
                f"group {self.name} wants {self.threshold} of {self.count} sheets",
                f"The threshold is at least 1 and at most the number of sheets, {self.count}.",
            )

    @property
    def copies(self) -> bool:
        """Whether its sheets are copies of one share."""
        return self.threshold == 1 and self.count > 1

    @property
    def members(self) -> int:
        """How many different shares it has: 1 where the sheets are copies, else one a sheet."""
        return 1 if self.threshold == 1 else self.count


@dataclass(frozen=True, init=False)
class Policy:
    """The groups of an escrow, in the order of their SLIP-39 group indexes, and how many of them are needed."""

    groups: tuple[Group, ...]
    group_threshold: int

    def __init__(self, *groups: Group, group_threshold: int | None = None) -> None:
        object.__setattr__(self, "groups", groups)
        object.__setattr__(self, "group_threshold", len(groups) if group_threshold is None else group_threshold)
        if not 1 <= len(groups) <= MAX_GROUPS:
            raise PolicyError(f"a policy of {len(groups)} groups", f"A policy has 1 to {MAX_GROUPS} groups (SLIP-39).")
        if not 1 <= self.group_threshold <= len(groups):
            raise PolicyError(
                f"{self.group_threshold} of {len(groups)} groups are wanted",
                "The number of groups wanted is at least 1 and at most the number of groups.",
            )
        seen: set[str] = set()
        for group in groups:
            if group.name.casefold() in seen:
                raise PolicyError(f"the group {group.name} is given twice", "Give each group a name of its own.")
            seen.add(group.name.casefold())

    def __str__(self) -> str:
        """As on the sheets: "any 3 of the 5 Board sheets and any 2 of the 3 Arbitration sheets"."""
        parts = [_wanted(g) for g in self.groups]
        if len(parts) > 1 and self.group_threshold < len(parts):
            return f"any {self.group_threshold} of: " + "; ".join(parts)
        return " and ".join(parts) if len(parts) < 3 else ", ".join(parts[:-1]) + " and " + parts[-1]


def _wanted(group: Group) -> str:
    if group.count == 1:
        return f"the one {group.name} sheet"
    if group.threshold == group.count:
        return f"all {group.count} {group.name} sheets"
    return f"any {group.threshold} of the {group.count} {group.name} sheets"


@dataclass(frozen=True)
class Holder:
    """Whose sheet it is: an office, the person in it today, the place where the sheet lies, the bag it is in.

    Anything not known when the sheet is made is the empty string; the sheet then has a line to fill in by hand.
    """

    office: str = ""
    person: str = ""
    place: str = ""
    bag: str = ""

    def __post_init__(self) -> None:
        for field in ("office", "person", "place", "bag"):
            if value := getattr(self, field):
                object.__setattr__(self, field, printable_line(value, f"the {field} of a sheet", MAX_TEXT_CHARS))

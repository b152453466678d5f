"""What a drill finds: what each thing is, its bag, when the next drill is. Values only; nothing is read or written."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, replace
from enum import StrEnum

from rootescrow.errors import UsageError
from rootescrow.paper.fonts import check_printable
from rootescrow.policy import MAX_TEXT_CHARS, printable_line
from rootescrow.register.events import Drill, Seal
from rootescrow.register.register import Register

NEXT_DAYS = 360
"""Days until the next drill where nobody names a day: a year less a few days, so that it can be late by a weekend."""
YEAR_DAYS = 366
"""The most days that may lie between two drills (z.6)."""

KEEP_APART = (
    "Keep this paper apart, with the bag that it was in, and write down who brought it. Compare the record's check "
    "code with that on other sheets: if it differs there, the record was altered, and the paper may be right. Tell the "
    "Board. Accuse nobody: that it is wrong does not tell who made it."
)
"""What to do with a paper that is wrong."""

_BAG = re.compile(r"(?P<item>.+)=(?P<seal>whole|opened|missing)(?::(?P<new>.*))?")
_NOT_WHOLE = "Whoever had it may know what is in it; the register counts that. Look at the paper, and use a new bag."


@dataclass(frozen=True)
class Bag:
    """What the bag of an item was found to be, and the number of its new one, empty if it stays in the old one.

    Raises PolicyError or PaperError for a number that cannot be printed.
    """

    seal: Seal
    new: str = ""

    def __post_init__(self) -> None:
        if self.new:
            new = printable_line(self.new, "the number of the new bag", MAX_TEXT_CHARS)
            object.__setattr__(self, "new", check_printable(new, "the number of the new bag"))

    @classmethod
    def parse(cls, text: str) -> tuple[str, Bag]:
        """The item and its bag, as `Board/2=whole:A0099` or `Board/3=opened`. Raises UsageError, and as above."""
        match = _BAG.fullmatch(text.strip())
        if match is None:
            raise UsageError(
                "one of the options does not say what a bag was found to be",
                "Write 'Board/2=whole:A0099': the item, whole or opened or missing, and its new bag if it has one.",
            )
        return match["item"].strip(), cls(Seal(match["seal"]), (match["new"] or "").strip())


class Result(StrEnum):
    """What became of one thing that was looked at."""

    RIGHT = "right"
    SEEN = "bag seen, not opened"
    NOT_COUNTED = "right, and not counted"
    IN_PART = "not complete"
    VOID = "VOID, and still there"
    WRONG = "WRONG"
    GONE = "NOT THERE"
    STRANGE = "not of an escrow"
    UNREADABLE = "not understood"


BAD = (Result.WRONG, Result.VOID, Result.GONE)
"""What the Board must hear of."""
ASIDE = (Result.STRANGE, Result.UNREADABLE)
"""What is told on the screen and is no finding about the escrow."""


@dataclass(frozen=True)
class Sight:
    """One thing that was looked at, called `name`; `item` is what the register calls it, empty if it is none of that.

    `source` is where it was read. `old_bag` and `bag` tell of its bag; `bag` None: nobody said, or it has none.
    `check_code` is that of a wrong paper, to find it again.
    """

    name: str
    result: Result
    source: str = ""
    item: str = ""
    old_bag: str = ""
    bag: Bag | None = None
    check_code: str = ""
    message: str = ""
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.name}: {self.result}" + (f", {self.message}" if self.message else "")
        return f"{self.source}: {text}" if self.source else text

    @property
    def told(self) -> str:
        """What the journal says of something wrong that is none of the register's items."""
        return self.name + (f", check code {self.check_code}" if self.check_code else "")


@dataclass(frozen=True)
class Drilled:
    """What a drill found, and the event that tells it. `late` were judged at the end, when all had been read."""

    event: Drill
    sights: tuple[Sight, ...]
    late: tuple[Sight, ...] = ()

    @property
    def bad(self) -> tuple[Sight, ...]:
        """What is wrong, void or not there."""
        return tuple(sight for sight in self.sights if sight.result in BAD)

    @property
    def unbagged(self) -> tuple[str, ...]:
        """The sheets that were taken out of their bags, and of which no new bag was named."""
        read = (Result.RIGHT, Result.NOT_COUNTED)
        return tuple(
            sight.item
            for sight in self.sights
            if "/" in sight.item and sight.result in read and not (sight.bag and sight.bag.new)
        )


def next_day(today: datetime.date, wanted: datetime.date | None) -> datetime.date:
    """When the next drill is: the day that was named, or a year less a few days from today.

    Raises UsageError for a day that is past, or over a year away (z.6).
    """
    if wanted is None:
        return today + datetime.timedelta(days=NEXT_DAYS)
    if wanted <= today:
        raise UsageError(f"the next drill is on {wanted}, and that is not to come", "Name a day within a year.")
    if wanted > today + datetime.timedelta(days=YEAR_DAYS):
        raise UsageError(f"the next drill is on {wanted}, over a year away (z.6)", "Name a day within a year.")
    return wanted


def unless_whole(sight: Sight) -> Sight:
    """The sight, with what a bag that was not whole means."""
    if sight.bag is None or sight.bag.seal is Seal.WHOLE:
        return sight
    return replace(sight, message=f"its bag was {sight.bag.seal}", hint=_NOT_WHOLE)


def paper_name(register: Register, today: datetime.date) -> str:
    """What the report of a drill is called: with the number of its line, so that no two have one name."""
    return f"drill-{register.record.escrow_id}-{today}-{register.journal.head.number}.pdf"

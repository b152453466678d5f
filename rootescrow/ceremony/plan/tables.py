"""The tables of a plan, and what follows from them: the policy, the holders, and the situation that the rules look at.

The description of each field says what is allowed there; messages and docs/plan.md repeat it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rootescrow.ceremony import situation as described
from rootescrow.ceremony.plan.fields import (
    DATE,
    HOURS,
    LINE,
    REASON,
    RULE_IDS,
    SHORT,
    Date,
    Fingerprint,
    GroupName,
    Hours,
    Language,
    Line,
    Names,
    OptionalDate,
    OptionalLine,
    Reason,
    RuleId,
    ShortName,
    Somebody,
    Somewhere,
)
from rootescrow.ceremony.situation import PASSPHRASE, Carrier, Kind, PassphraseKeeping, Profile, Situation
from rootescrow.ceremony.split import Placement
from rootescrow.paper.sheets import Paper
from rootescrow.paper.text import LANGUAGES
from rootescrow.policy import MAX_GROUPS, MAX_NAME_CHARS, MAX_SHEETS, Body, Holder, Policy
from rootescrow.policy import Group as PolicyGroup
from rootescrow.register.events import printed_envelope

FORMAT = 1
"""Of the plan's file."""
MAX_PEOPLE = 512
"""One for each of 16 sheets in 17 sets, and as many operators and witnesses."""
MAX_ENVELOPES = 64
"""Media and printed envelopes, each: with more, nobody knows where they are."""
LEAST_PASSPHRASE_THRESHOLD = 2
"""Format v1, point 11."""

_PERSON = "a short name from [people]"
_PLACE = "a short name from [places]"
_BAG = f'{LINE}, or "" if it is not known yet'


class Table(BaseModel):
    """A table of a plan: fixed, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Organisation(Table):
    """Whose key it is."""

    name: Annotated[Line, Field(description=LINE)]
    contact: Annotated[Line, Field(description=f"{LINE}: whom to call; every cover shows it")]


class Key(Table):
    """The key that is split."""

    name: Annotated[Line, Field(description=LINE)]
    spki_sha256: Annotated[Fingerprint, Field(description='64 hexadecimal digits, or "" if it is not known')] = ""


class Authority(Table):
    """On whose instruction."""

    motion: Annotated[OptionalLine, Field(description=f'{LINE}, or ""')] = ""
    date: Annotated[OptionalDate, Field(description=f'{DATE}, or ""')] = None


class Ceremony(Table):
    """The day."""

    date: Annotated[Date, Field(description=DATE)]
    operators: Annotated[Names, Field(max_length=MAX_PEOPLE, description="short names from [people], each once")] = ()
    witnesses: Annotated[Names, Field(max_length=MAX_PEOPLE, description="short names from [people], each once")] = ()
    next_drill: Annotated[OptionalDate, Field(description=f'{DATE}, or ""')] = None


class Person(Table):
    """A person."""

    name: Annotated[Line, Field(description=LINE)]
    contact: Annotated[Line, Field(description=f"{LINE}: how to reach this person on the worst day")]
    hours: Annotated[Hours, Field(description=HOURS)]


class Place(Table):
    """A place."""

    name: Annotated[Line, Field(description=LINE)]
    contact: Annotated[Line, Field(description=f"{LINE}: who opens there on the worst day")]
    hours: Annotated[Hours, Field(description=HOURS)]


class Sheet(Table):
    """A sheet: whose, where, and in which bag."""

    office: Annotated[OptionalLine, Field(description=f'{LINE}, or ""')] = ""
    person: Annotated[Somebody, Field(description=_PERSON)]
    place: Annotated[Somewhere, Field(description=_PLACE)]
    bag: Annotated[OptionalLine, Field(description=_BAG)] = ""
    handwritten: Annotated[
        bool, Field(strict=True, description="true: the holder writes the words by hand, and no printer sees them")
    ] = False


class Group(Table):
    """A group with its sheets, in the order of their numbers."""

    name: Annotated[
        GroupName,
        Field(description=f"at most {MAX_NAME_CHARS} characters, no slash, quote or equals sign; not {PASSPHRASE}"),
    ]
    body: Annotated[Body, Field(description=", ".join(Body))]
    threshold: Annotated[
        int,
        Field(strict=True, ge=1, le=MAX_SHEETS, description=f"1 to {MAX_SHEETS}, and at most the number of its sheets"),
    ]
    sheets: Annotated[
        tuple[Sheet, ...],
        Field(
            min_length=1, max_length=MAX_SHEETS, description=f"1 to {MAX_SHEETS} tables with office, person, place, bag"
        ),
    ]


class Medium(Table):
    """A medium with the envelope on it."""

    name: Annotated[Line, Field(description=f"{LINE}; each medium its own")]
    place: Annotated[Somewhere, Field(description=_PLACE)]
    bag: Annotated[OptionalLine, Field(description=_BAG)] = ""


class PrintedEnvelope(Table):
    """A printed envelope apart from the sheets."""

    place: Annotated[Somewhere, Field(description=_PLACE)]
    bag: Annotated[OptionalLine, Field(description=_BAG)] = ""


class Generated(Table):
    """A passphrase that nobody sees, escrowed on sheets of its own."""

    source: Annotated[Literal["generated"], Field(description="generated, typed")]
    threshold: Annotated[
        int,
        Field(
            strict=True,
            ge=LEAST_PASSPHRASE_THRESHOLD,
            le=MAX_SHEETS,
            description=f"{LEAST_PASSPHRASE_THRESHOLD} to {MAX_SHEETS}, and at most the number of its sheets",
        ),
    ]
    sheets: Annotated[
        tuple[Sheet, ...],
        Field(
            min_length=1, max_length=MAX_SHEETS, description=f"1 to {MAX_SHEETS} tables with office, person, place, bag"
        ),
    ]


class Typed(Table):
    """A passphrase that people know, each a part, and nobody wrote down."""

    source: Annotated[Literal["typed"], Field(description="generated, typed")]
    parts: Annotated[
        Names,
        Field(
            min_length=1,
            max_length=MAX_SHEETS,
            description="short names from [people], each once, in the order in which they type",
        ),
    ]


class Plan(Table):
    """A plan that is complete and contradicts itself nowhere. Whether it meets the rules is for the rules to say."""

    format: Annotated[Literal[1], Field(description="1")]
    profile: Annotated[Profile, Field(description=", ".join(Profile))]
    language: Annotated[Language, Field(description=", ".join(LANGUAGES))] = "en"
    paper: Annotated[Paper, Field(description=", ".join(Paper))] = Paper.A4
    envelope: Annotated[
        Placement | None,
        Field(description="separate (the default in a root and a subroot) or each (the default in simple)"),
    ] = None
    groups_needed: Annotated[
        int | None,
        Field(strict=True, ge=1, le=MAX_GROUPS, description="1 to the number of groups; left out: all of them"),
    ] = None
    organisation: Annotated[Organisation, Field(description="a table with name, contact")]
    key: Annotated[Key, Field(description="a table with name, spki_sha256")]
    authority: Annotated[Authority, Field(description="a table with motion, date")] = Authority()
    ceremony: Annotated[Ceremony, Field(description="a table with date, operators, witnesses, next_drill")]
    people: Annotated[
        dict[ShortName, Person],
        Field(max_length=MAX_PEOPLE, description=f"a table [people.NAME] for each; NAME: {SHORT}"),
    ]
    places: Annotated[
        dict[ShortName, Place],
        Field(max_length=MAX_PEOPLE, description=f"a table [places.NAME] for each; NAME: {SHORT}"),
    ]
    groups: Annotated[
        tuple[Group, ...],
        Field(min_length=1, max_length=MAX_GROUPS, description=f"1 to {MAX_GROUPS} tables [[groups]]"),
    ]
    media: Annotated[
        tuple[Medium, ...], Field(max_length=MAX_ENVELOPES, description=f"at most {MAX_ENVELOPES} tables [[media]]")
    ] = ()
    printed_envelopes: Annotated[
        tuple[PrintedEnvelope, ...],
        Field(
            max_length=MAX_ENVELOPES,
            description=f'at most {MAX_ENVELOPES} tables [[printed_envelopes]], with envelope = "separate" only',
        ),
    ] = ()
    passphrase: Annotated[
        Generated | Typed,
        Field(discriminator="source", description="a table with source: generated or typed"),
    ]
    accept: Annotated[dict[RuleId, Reason], Field(description=f'rule = "reason" ({REASON}); rules: {RULE_IDS}')] = {}

    @property
    def placement(self) -> Placement:
        """Where the envelope is printed."""
        if self.envelope is None:
            return Placement.EACH if self.profile is Profile.SIMPLE else Placement.SEPARATE
        return self.envelope

    @property
    def policy(self) -> Policy:
        """Who must come together."""
        groups = (PolicyGroup(group.name, group.threshold, len(group.sheets), group.body) for group in self.groups)
        return Policy(*groups, group_threshold=self.groups_needed)

    @property
    def holders(self) -> tuple[tuple[Holder, ...], ...]:
        """Whose each sheet is, by group."""
        return tuple(tuple(map(self.holder, group.sheets)) for group in self.groups)

    def holder(self, sheet: Sheet) -> Holder:
        """What stands on a sheet: the office, and person and place by their full names."""
        return Holder(sheet.office, self.people[sheet.person].name, self.places[sheet.place].name, sheet.bag)

    @property
    def handwritten(self) -> frozenset[str]:
        """The names of the key's sheets that are written by hand."""
        return frozenset(
            f"{group.name}/{number}"
            for group in self.groups
            for number, sheet in enumerate(group.sheets, 1)
            if sheet.handwritten
        )

    def names(self, people: tuple[str, ...]) -> tuple[str, ...]:
        """Their full names."""
        return tuple(self.people[name].name for name in people)

    def situation(self) -> Situation:
        """What the plan will make, for the rules."""
        return Situation(
            profile=self.profile,
            groups=tuple(
                described.Group(group.name, group.threshold, self._sheets(group.sheets), group.body)
                for group in self.groups
            ),
            passphrase=self._keeping(),
            groups_needed=self.groups_needed,
            people=tuple(described.Person(person.name, person.hours) for person in self.people.values()),
            places=tuple(described.Place(place.name, place.hours) for place in self.places.values()),
            envelopes=self._envelopes(),
            on_each_sheet=self.placement is Placement.EACH,
            motion=self.authority.motion,
            motion_date=self.authority.date,
            operators=self.names(self.ceremony.operators),
            witnesses=self.names(self.ceremony.witnesses),
            made=self.ceremony.date,
            next_drill=self.ceremony.next_drill,
            today=self.ceremony.date,
            accepted=self.accept,
        )

    def _sheets(self, sheets: tuple[Sheet, ...]) -> tuple[described.Sheet, ...]:
        holders = map(self.holder, sheets)
        return tuple(
            described.Sheet(number, holder.person, holder.place, holder.office, holder.bag)
            for number, holder in enumerate(holders, 1)
        )

    def _keeping(self) -> PassphraseKeeping:
        if isinstance(self.passphrase, Typed):
            return PassphraseKeeping(typists=self.names(self.passphrase.parts))
        sheets = self._sheets(self.passphrase.sheets)
        return PassphraseKeeping(described.Group(PASSPHRASE, self.passphrase.threshold, sheets))

    def _envelopes(self) -> tuple[Carrier, ...]:
        media = (Carrier(Kind.MEDIUM, m.name, self.places[m.place].name, m.bag) for m in self.media)
        printed = (
            Carrier(Kind.PAPER, printed_envelope(number), self.places[envelope.place].name, envelope.bag)
            for number, envelope in enumerate(self.printed_envelopes, 1)
        )
        return (*media, *printed)

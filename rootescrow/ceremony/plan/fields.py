"""What a single value in a plan may be: types with their checks. A check raises ValueError, as pydantic wants it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

from rootescrow.ceremony.names import plain
from rootescrow.ceremony.rules import RULES
from rootescrow.ceremony.situation import PASSPHRASE
from rootescrow.errors import PaperError, PolicyError
from rootescrow.paper.fonts import check_printable
from rootescrow.paper.text import LANGUAGES
from rootescrow.policy import MAX_TEXT_CHARS, Group, printable_line

MAX_REASON_CHARS = 300
MAX_HOURS = 8760
"""A year."""

LINE = f"one line of at most {MAX_TEXT_CHARS} characters"
REASON = f"one line of at most {MAX_REASON_CHARS} characters"
DATE = "a date such as 2026-11-23"
HOURS = f"a number from 0 to {MAX_HOURS}"
SHORT = "small letters, digits, - and _, at most 32"
RULE_IDS = ", ".join(rule.id for rule in RULES)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BETWEEN_DIGITS = re.compile(r"[\s:]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def shown(name: str, limit: int = 60) -> str:
    """A name from the file as a message may repeat it: short, and without what plays tricks on a terminal."""
    cut = name[:limit] + ("…" if len(name) > limit else "")
    return cut if cut.isprintable() else cut.encode("unicode_escape").decode("ascii")


def _line(limit: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            return check_printable(printable_line(text, "it", limit), "it")
        except (PolicyError, PaperError) as error:
            raise ValueError(error.message) from None

    return check


def _or_empty(text: str) -> str:
    return _line(MAX_TEXT_CHARS)(text) if text else text


def _date(value: object) -> datetime.date:
    """A TOML date, or a date as a text. Pydantic alone would take numbers and times too."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise ValueError("there is no such date") from None
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise ValueError("it is empty" if value == "" else "it is no date")


def _optional_date(value: object) -> datetime.date | None:
    return None if value is None or value == "" else _date(value)


def _fingerprint(text: str) -> str:
    digits = _BETWEEN_DIGITS.sub("", text).lower()
    if digits and not _SHA256.fullmatch(digits):
        raise ValueError("it is no SHA-256")
    return digits


def _standing_in(table: str) -> Callable[[str, ValidationInfo], str]:
    """A check that a short name stands in a table of the same plan, whose names are given as the context."""

    def check(name: str, info: ValidationInfo) -> str:
        if name not in (info.context or {}).get(table, ()):
            raise ValueError(f'"{shown(name)}" is not in [{table}]' if name else "it is empty")
        return name

    return check


def _group_name(name: str) -> str:
    try:
        name = check_printable(Group(name, 1, 1).name, "it")
    except (PolicyError, PaperError) as error:
        raise ValueError(error.message) from None
    if plain(name).replace(" ", "") == PASSPHRASE.casefold():
        raise ValueError("the sheets of the passphrase are called that")
    return name


def _language(name: str) -> str:
    if name not in LANGUAGES:
        raise ValueError("there are no sheets in this language yet")
    return name


def _rule_id(name: str) -> str:
    if name not in {rule.id for rule in RULES}:
        raise ValueError("there is no such rule")
    return name


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("somebody is named twice")
    return names


_Str = Annotated[str, Field(strict=True)]
Line = Annotated[_Str, AfterValidator(_line(MAX_TEXT_CHARS))]
OptionalLine = Annotated[_Str, AfterValidator(_or_empty)]
Reason = Annotated[_Str, AfterValidator(_line(MAX_REASON_CHARS))]
Date = Annotated[datetime.date, BeforeValidator(_date)]
OptionalDate = Annotated[datetime.date | None, BeforeValidator(_optional_date)]
Fingerprint = Annotated[_Str, AfterValidator(_fingerprint)]
Language = Annotated[_Str, AfterValidator(_language)]
GroupName = Annotated[_Str, AfterValidator(_group_name)]
ShortName = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Somebody = Annotated[_Str, AfterValidator(_standing_in("people"))]
Somewhere = Annotated[_Str, AfterValidator(_standing_in("places"))]
Names = Annotated[tuple[Somebody, ...], AfterValidator(_distinct)]
Hours = Annotated[float, Field(strict=True, ge=0, le=MAX_HOURS, allow_inf_nan=False)]
RuleId = Annotated[str, AfterValidator(_rule_id)]

"""A plan's file: read, and everything that is wrong with it told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rootescrow.ceremony.names import Spellings, plain
from rootescrow.ceremony.plan.fields import shown
from rootescrow.ceremony.plan.tables import Plan
from rootescrow.errors import PlanError

MAX_PLAN_BYTES = 1 << 18
"""The largest plan there can be, of 17 sets of 16 sheets, is below this without its comments."""
MAX_LINE_CHARS = 2000
"""All sheets of a usual group. The parser of the standard library takes time with the square of a key's dots, which are
on one line: without this a file of 256 KiB takes it hours, with it four seconds."""
MAX_DEPTH = 8
"""A sheet in a group is four deep."""
MAX_PROBLEMS = 200
"""Mistakes that are told at once: a template with nothing filled in has fewer."""

_HINT = "Mend it, or begin anew with: rootescrow plan new --profile root"
_WHAT = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such key",
    "greater_than_equal": "it is too small",
    "less_than_equal": "it is too large",
    "too_short": "there are too few",
    "too_long": "there are too many",
    "literal_error": "it is none of those",
    "enum": "it is none of those",
    "union_tag_invalid": "its source is none of those",
    "union_tag_not_found": "its source is missing",
    "string_pattern_mismatch": "it is not written as it should be",
    "finite_number": "it is no number",
}
"""By the type that pydantic gives an error; any other is a value of the wrong kind, such as a number for a text."""


class Problem(NamedTuple):
    """One mistake: the key it is at, what is wrong, and what is allowed there."""

    key: str
    what: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.key}: {self.what}" + (f"; allowed: {self.allowed}" if self.allowed else "")


def load(data: bytes) -> Plan:
    """Read a plan. Raises PlanError with every mistake, each with its key and with what is allowed there."""
    return validate(_toml(data))


def validate(raw: dict[str, Any]) -> Plan:
    """The plan in what a TOML parser gave. Raises PlanError as `load` does."""
    context = {table: _short_names(raw, table) for table in ("people", "places")}
    plan = None
    problems: list[Problem] = []
    try:
        plan = Plan.model_validate(raw, context=context)
    except ValidationError as error:
        problems = [_problem(raw, details) for details in error.errors(include_url=False, include_input=False)]
    found = {problem.key for problem in problems}
    problems += [problem for problem in _contradictions(raw) if problem.key not in found]
    if plan is None or problems:
        raise _refused(problems)
    return plan


def _toml(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_PLAN_BYTES:
        raise PlanError(f"a plan of over {MAX_PLAN_BYTES} bytes", "Name the right file.")
    if not data.strip():
        raise PlanError("the plan is empty", "Begin with: rootescrow plan new --profile root")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise PlanError("the plan is not in UTF-8", "Save it as UTF-8, without a byte order mark.") from None
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE_CHARS:
            raise PlanError(f"line {number} of the plan has over {MAX_LINE_CHARS} characters", "Break it up.")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"the plan is no TOML: {shown(str(error), 200)}", _HINT) from None
    except (ValueError, RecursionError):
        raise PlanError("the plan is no TOML: a number or a nesting that no plan has", _HINT) from None
    if _depth(raw) > MAX_DEPTH:
        raise PlanError("the plan is nested deeper than any plan", _HINT)
    return raw


def _depth(raw: dict[str, Any]) -> int:
    """How deep tables and arrays are nested; it stops counting where that is too deep."""
    depth, level = 0, [raw]
    values: list[Any] = [*level]
    while values and depth <= MAX_DEPTH:
        depth += 1
        inner: list[Any] = []
        for value in values:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        values = [value for value in inner if isinstance(value, dict | list)]
    return depth


def _refused(problems: Sequence[Problem]) -> PlanError:
    count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    lines = [str(problem) for problem in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        lines.append(f"and {len(problems) - MAX_PROBLEMS} more")
    return PlanError(f"the plan has {count}", "\n  ".join(lines))


def _short_names(raw: dict[str, Any], table: str) -> frozenset[str]:
    found = raw.get(table)
    return frozenset(found) if isinstance(found, dict) else frozenset()


def _problem(raw: dict[str, Any], details: ErrorDetails) -> Problem:
    # Pydantic puts in what is no key: a mark for the name in a table, and which of the two tables a passphrase is.
    path = [part for part in details["loc"] if part != "[key]"]
    loc = path[:1] + path[2:] if path[0] == "passphrase" and len(path) > 1 else path
    kind = details["type"]
    if kind == "value_error":
        what = str(details["ctx"]["error"])
    elif _at(raw, loc) == "":
        what = "it is empty"
    else:
        what = _WHAT.get(kind, "it is of the wrong kind")
    return Problem(_key(raw, loc), what, _allowed(path))


def _key(raw: Any, loc: Sequence[int | str]) -> str:
    """A key as people find it: `groups[Board].sheets[2].person`, by the group's name, and counted from 1."""
    text = ""
    for part in loc:
        raw = _inside(raw, part)
        if isinstance(part, int):
            name = raw.get("name") if isinstance(raw, dict) else None
            text += f"[{shown(name) if isinstance(name, str) and name else part + 1}]"
        else:
            text += f".{shown(part)}" if text else shown(part)
    return text


def _at(raw: Any, loc: Sequence[int | str]) -> Any:
    for part in loc:
        raw = _inside(raw, part)
    return raw


def _inside(raw: Any, part: int | str) -> Any:
    if isinstance(raw, list) and isinstance(part, int) and part < len(raw):
        return raw[part]
    return raw.get(part) if isinstance(raw, dict) else None


def _allowed(path: Sequence[int | str]) -> str:
    """What the description of the field at a place says; of a key that does not exist, those that do."""
    tables: list[type[BaseModel]] = [Plan]
    text, named = "", False
    for part in path:
        chosen = [table for table in tables if len(tables) > 1 and part in _tag(table)]
        if isinstance(part, int) or chosen or named:
            tables, named = chosen or tables, False
            continue
        field = next((table.model_fields[part] for table in tables if part in table.model_fields), None)
        if field is None:
            return ", ".join(name for table in tables for name in table.model_fields)
        text = field.description or text
        tables = list(tables_in(field.annotation))
        named = _is_mapping(field.annotation)
    return text


def _tag(table: type[BaseModel]) -> tuple[str, ...]:
    """What the source of this kind of passphrase is."""
    return get_args(table.model_fields["source"].annotation)


def tables_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The tables that a value of a type consists of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from tables_in(argument)


def _is_mapping(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is dict


def _contradictions(raw: dict[str, Any]) -> Iterator[Problem]:
    """What is right in each place and wrong in two together. It looks at the file, whatever else is wrong there."""
    groups = _dicts(raw.get("groups"))
    names = [group.get("name") for group in groups]
    yield from _twice("groups", names, "each group a name of its own")
    yield from _twice("media", [m.get("name") for m in _dicts(raw.get("media"))], "each medium a name of its own")
    for table in ("people", "places"):
        entries = raw.get(table)
        values = _dicts(list(entries.values())) if isinstance(entries, dict) else []
        yield from _twice(table, [entry.get("name") for entry in values], f"one entry in [{table}] for each")
    sets = [(_key(raw, ["groups", number]), group) for number, group in enumerate(_list(raw.get("groups")))]
    for key, group in [*sets, ("passphrase", raw.get("passphrase"))]:
        if isinstance(group, dict) and isinstance(group.get("sheets"), list):
            threshold, count = group.get("threshold"), len(group["sheets"])
            if isinstance(threshold, int) and threshold > count > 0:
                yield Problem(
                    f"{key}.threshold", f"{threshold} of {count} sheets", f"at most the number of its sheets, {count}"
                )
    needed = raw.get("groups_needed")
    if isinstance(needed, int) and needed > len(groups) > 0:
        yield Problem("groups_needed", f"{needed} of {len(groups)} groups", f"1 to {len(groups)}")
    profile, placement = raw.get("profile"), raw.get("envelope")
    if raw.get("printed_envelopes") and (placement == "each" or (profile == "simple" and placement is None)):
        yield Problem("printed_envelopes", "each sheet bears the envelope already", 'none, or envelope = "separate"')
    yield from _bags(raw)


def _bags(raw: dict[str, Any]) -> Iterator[Problem]:
    """A bag that is said to lie at two places."""
    passphrase = raw.get("passphrase")
    holding = [*_dicts(raw.get("groups")), *([passphrase] if isinstance(passphrase, dict) else [])]
    things = [sheet for group in holding for sheet in _dicts(group.get("sheets"))]
    things += [*_dicts(raw.get("media")), *_dicts(raw.get("printed_envelopes"))]
    places: dict[str, set[str]] = {}
    spellings = Spellings(bags=True)
    for thing in things:
        bag, place = thing.get("bag"), thing.get("place")
        if isinstance(bag, str) and bag.strip() and isinstance(place, str):
            places.setdefault(spellings.of(bag.strip()), set()).add(place)
    for bag, found in places.items():
        if len(found) > 1:
            where = ", ".join(shown(place) for place in sorted(found))
            yield Problem("bag", f'"{shown(bag)}" is at several places: {where}', "each bag at one place")


def _twice(key: str, names: list[Any], allowed: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if isinstance(name, str) and name.strip():
            if plain(name) in seen:
                yield Problem(key, f'"{shown(name)}" stands there twice', allowed)
            seen.add(plain(name))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]

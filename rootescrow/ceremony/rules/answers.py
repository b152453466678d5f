"""What a rule answers: pass, warn, fail, or left to people; with the persons, groups or places concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rootescrow.ceremony.phrase import Phrase, Value
from rootescrow.ceremony.situation import Situation


class Outcome(StrEnum):
    """What a rule comes to."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    FAIL = "fail"
    PEOPLE = "left to people"


_GRAVITY = (Outcome.PASS, Outcome.PEOPLE, Outcome.WARN, Outcome.FAIL)


@dataclass(frozen=True)
class Finding:
    """One thing that was found: a sentence, and the names of those concerned, which stand in the sentence too."""

    outcome: Outcome
    phrase: Phrase
    concerned: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What it says, in English."""
        return str(self.phrase)


Check = Callable[[Situation], Iterator[Finding]]
"""Looks at a situation for one rule, and says at least one thing. What is good counts only if nothing else is said."""


def clause(rule: str) -> Phrase:
    """The words of a rule, by its id."""
    return Phrase(f"rule.{rule}")


@dataclass(frozen=True)
class Rule:
    """A rule of the design's table: its id, and the check."""

    id: str
    check: Check

    @property
    def clause(self) -> str:
        """Its words, in English."""
        return str(clause(self.id))


@dataclass(frozen=True)
class Answer:
    """What came of one rule. `accepted` is the reason why a failure was accepted; empty if it was not."""

    rule: str
    findings: tuple[Finding, ...]
    accepted: str = ""

    def __post_init__(self) -> None:
        if not self.findings:
            raise ValueError(f"the rule {self.rule} answers nothing")

    @property
    def clause(self) -> str:
        """The words of the rule, in English."""
        return str(clause(self.rule))

    @property
    def outcome(self) -> Outcome:
        """The gravest of its findings."""
        return max((finding.outcome for finding in self.findings), key=_GRAVITY.index)

    @property
    def concerned(self) -> tuple[str, ...]:
        """The persons, groups and places concerned, each once."""
        return tuple(dict.fromkeys(name for finding in self.findings for name in finding.concerned))

    @property
    def stops(self) -> bool:
        """Whether it failed and that was not accepted."""
        return self.outcome is Outcome.FAIL and not self.accepted


def good(key: str, /, *concerned: str, **values: Value) -> Finding:
    """What is as the rule wants it."""
    return Finding(Outcome.PASS, Phrase.of(key, **values), concerned)


def people(key: str, /, *concerned: str, **values: Value) -> Finding:
    """What people must see to, as no program can."""
    return Finding(Outcome.PEOPLE, Phrase.of(key, **values), concerned)


def doubt(key: str, /, *concerned: str, **values: Value) -> Finding:
    """What is allowed and ought to be better."""
    return Finding(Outcome.WARN, Phrase.of(key, **values), concerned)


def breach(situation: Situation, key: str, /, *concerned: str, **values: Value) -> Finding:
    """What the rule forbids: a failure in a root and a subroot, a warning in the profile `simple`."""
    return Finding(Outcome.FAIL if situation.strict else Outcome.WARN, Phrase.of(key, **values), concerned)


def unsafe(key: str, /, *concerned: str, **values: Value) -> Finding:
    """What the mathematics makes unsafe: a failure in every profile."""
    return Finding(Outcome.FAIL, Phrase.of(key, **values), concerned)

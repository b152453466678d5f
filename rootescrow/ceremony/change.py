"""The rules, asked again whenever the register changes: what gets worse by it, what is met again, what is due then.

What people choose (a holder, a place) is refused before it is written if a rule that was met would fail by it. What
happened is written whatever the rules say of it: a register that left out the bad news would be worth nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rootescrow.ceremony import rules
from rootescrow.ceremony.rules import Answer, Finding, Outcome
from rootescrow.ceremony.today import Today, situation
from rootescrow.errors import RuleError
from rootescrow.register.events import AnyEvent
from rootescrow.register.register import Register

_OF_GROUPS = frozenset(["AU-5", "z.5", "z.8"])
"""The rules that look at each group by itself; whom else they name may change when things get better."""
_WORST = "z.7"
"""The rule that finds the worst place of all: which it is may change when things get better."""
_HAPPENED = frozenset(["z.5"])
"""What is by its nature no choice: words that are known, sheets that are void."""
_BAD = (Outcome.WARN, Outcome.FAIL)


@dataclass(frozen=True)
class Change:
    """What held before, and what holds after. After the last sheets are destroyed there are no answers any more."""

    before: Today
    after: Today

    @property
    def register(self) -> Register:
        """What holds after."""
        return self.after.register

    @property
    def worse(self) -> tuple[Answer, ...]:
        """The rules that find what they did not find before, or not as grave, each with that alone."""
        found = {answer.rule: answer for answer in self.before.answers}
        newly = (_newly(found.get(answer.rule), answer) for answer in self.after.answers)
        return tuple(answer for answer in newly if answer is not None)

    @property
    def met_again(self) -> tuple[str, ...]:
        """The rules that were not met, and now are."""
        failed = {answer.rule for answer in self.before.answers if answer.outcome is Outcome.FAIL}
        return tuple(a.rule for a in self.after.answers if a.rule in failed and a.outcome is not Outcome.FAIL)

    def refuse(self) -> None:
        """Raise RuleError naming the rules that fail by what people chose, and were not accepted with the escrow."""
        failed = [answer for answer in self.worse if answer.rule not in _HAPPENED and answer.stops]
        if not failed:
            return
        lines = "; ".join(f"{a.rule} ({a.clause}): {_failures(a)}" for a in failed)
        raise RuleError(
            f"this would break {'a rule' if len(failed) == 1 else 'rules'}: {lines}",
            "Nothing was written. Choose another person, place or bag; or have the plan of a new generation accept it.",
        )


def asked(before: Today, register: Register) -> Change:
    """The change from what held to another register of the same escrow, by the same plan and day."""
    now = situation(register, before.plan, before.date)
    answers = rules.check(now) if register.live else ()
    return Change(before, replace(before, register=register, situation=now, answers=answers))


def weigh(
    before: Today, *events: AnyEvent, now: datetime.datetime, happened: Sequence[AnyEvent] | None = None
) -> Change:
    """What these events would change; nothing is written.

    `happened` are the events that there would be if nobody chose anything: what these do is nobody's choice. What
    `events` do beyond is, and raises RuleError if a rule fails by it. Without `happened` nothing was chosen at all.

    Raises UsageError for what cannot have happened.
    """
    after = before.register.after(*events, now=now)
    if happened is not None:
        anyway = asked(before, before.register.after(*happened, now=now) if happened else before.register)
        asked(anyway.after, after).refuse()
    return asked(before, after)


def _failures(answer: Answer) -> str:
    return "; ".join(finding.text for finding in answer.findings if finding.outcome is Outcome.FAIL)


def _newly(before: Answer | None, after: Answer) -> Answer | None:
    """What a rule finds now and did not find before."""
    findings = tuple(finding for finding in after.findings if finding.outcome in _BAD)
    old = tuple(finding for finding in before.findings if finding.outcome in _BAD) if before else ()
    findings = tuple(finding for finding in findings if not any(_covers(after.rule, one, finding) for one in old))
    return replace(after, findings=findings) if findings else None


def _covers(rule: str, old: Finding, new: Finding) -> bool:
    """Whether what was found before says the same, or worse, of the same persons, groups and places, or of more."""
    return _as_grave(old, new) and _about(rule, new) <= _about(rule, old)


def _about(rule: str, finding: Finding) -> frozenset[str]:
    if rule == _WORST:
        return frozenset()
    return frozenset(finding.concerned[:1] if rule in _OF_GROUPS else finding.concerned)


def _as_grave(old: Finding, new: Finding) -> bool:
    return old.outcome is Outcome.FAIL or new.outcome is Outcome.WARN

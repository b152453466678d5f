"""The rules: one check for each row of the policy table, over a situation. Pure functions.

`check` asks them all, `refuse` stops where one failed, `table` shows the answers. The families are `sp` (the security
policy), `au` (the audit criteria) and `z` (what the CA wants of an escrow); what quorums, persons and places come to is
in `mathematics`, and what a new generation may not take away in `weaker`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rootescrow.ceremony.rules import au, sp, z
from rootescrow.ceremony.rules.answers import Answer, Finding, Outcome, Rule, clause
from rootescrow.ceremony.situation import Situation
from rootescrow.errors import RuleError

__all__ = ["RULES", "Answer", "Finding", "Outcome", "Rule", "also", "check", "clause", "refuse", "table"]

RULES = (
    Rule("SP-a", sp.sp_a),
    Rule("SP-b", sp.sp_b),
    Rule("SP-c", sp.sp_c),
    Rule("SP-d", sp.sp_d),
    Rule("SP-e", sp.sp_e),
    Rule("SP-f", sp.sp_f),
    Rule("SP-g", sp.sp_g),
    Rule("SP-h", sp.sp_h),
    Rule("AU-1", au.au_1),
    Rule("AU-2", au.au_2),
    Rule("AU-3", au.au_3),
    Rule("AU-4", au.au_4),
    Rule("AU-5", au.au_5),
    Rule("AU-6", au.au_6),
    Rule("z.1", z.z_1),
    Rule("z.3", z.z_3),
    Rule("z.4", z.z_4),
    Rule("z.5", z.z_5),
    Rule("z.6", z.z_6),
    Rule("z.7", z.z_7),
    Rule("z.8", z.z_8),
)
"""Every rule, in the order of the policy table."""


def check(situation: Situation) -> tuple[Answer, ...]:
    """Ask every rule. A failure for which the situation has a reason to accept it carries that reason."""
    return tuple(_answer(rule, situation) for rule in RULES)


def _answer(rule: Rule, situation: Situation) -> Answer:
    found = tuple(rule.check(situation))
    bad = tuple(finding for finding in found if finding.outcome in (Outcome.WARN, Outcome.FAIL))
    open_ = tuple(finding for finding in found if finding.outcome is Outcome.PEOPLE)
    findings = (*bad, *open_) or found
    failed = any(finding.outcome is Outcome.FAIL for finding in bad)
    return Answer(rule.id, findings, situation.accepted.get(rule.id, "") if failed else "")


def also(
    answers: Iterable[Answer], found: Iterable[tuple[str, Finding]], accepted: Mapping[str, str]
) -> tuple[Answer, ...]:
    """The answers, with what else was `found` against rules. `accepted` are reasons for accepting failures, by rule."""
    by_rule: dict[str, list[Finding]] = {}
    for rule, finding in found:
        by_rule.setdefault(rule, []).append(finding)
    return tuple(_with(answer, by_rule.get(answer.rule, []), accepted) for answer in answers)


def _with(answer: Answer, found: list[Finding], accepted: Mapping[str, str]) -> Answer:
    if not found:
        return answer
    findings = (*found, *(finding for finding in answer.findings if finding.outcome is not Outcome.PASS))
    more = replace(answer, findings=findings)
    return replace(more, accepted=accepted.get(answer.rule, "") if more.outcome is Outcome.FAIL else "")


def refuse(
    answers: Iterable[Answer],
    hint: str = "Change the plan; or the Board accepts it, with its reason, in the plan's table [accept].",
) -> None:
    """Raise RuleError naming every rule that failed and was not accepted. `hint` is what to do then."""
    failed = [answer for answer in answers if answer.stops]
    if not failed:
        return
    lines = [
        f"{answer.rule} ({answer.clause}): {'; '.join(f.text for f in answer.findings if f.outcome is Outcome.FAIL)}"
        for answer in failed
    ]
    message = (
        f"a rule is not met: {lines[0]}"
        if len(lines) == 1
        else "\n  ".join([f"{len(lines)} rules are not met:", *lines])
    )
    raise RuleError(message, hint)


def table(answers: Iterable[Answer]) -> Iterator[str]:
    """Each rule with its verdict, for a terminal: a line for each finding, and one for why it was accepted."""
    for answer in answers:
        verdict = "accepted" if answer.accepted else answer.outcome.value
        for number, finding in enumerate(answer.findings):
            start = f"{answer.rule:<6}{verdict:<16}" if number == 0 else " " * 22
            yield start + finding.text
        if answer.accepted:
            yield " " * 22 + f"accepted: {answer.accepted}"

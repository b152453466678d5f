"""The rules: one check for each row of the policy table, over a situation. Pure functions.

`check` asks them all, `refuse` stops where one failed, `table` shows the answers. The families are `sp` (the security
policy), `au` (the audit criteria) and `z` (what the CA wants of an escrow); what quorums, persons and places come to is
in `mathematics`, and what a new generation may not take away in `weaker`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rootescrow.ceremony.rules import au, sp, z
from rootescrow.ceremony.rules.answers import Answer, Finding, Outcome, Rule
from rootescrow.ceremony.situation import Situation
from rootescrow.errors import RuleError

__all__ = ["RULES", "Answer", "Finding", "Outcome", "Rule", "also", "check", "refuse", "table"]

RULES = (
    Rule("SP-a", "root keys are generated only on instruction from the Board", sp.sp_a),
    Rule("SP-b", "a backup on reliable removable media used for that only", sp.sp_b),
    Rule("SP-c", "private keys are encrypted, and should be dual-encrypted", sp.sp_c),
    Rule("SP-d", "the passphrase is strong and escrowed separately from the media", sp.sp_d),
    Rule("SP-e", "dual control", sp.sp_e),
    Rule("SP-f", "the top-level root is escrowed under Board control", sp.sp_f),
    Rule("SP-g", "subroots under the Board or systems administration", sp.sp_g),
    Rule("SP-h", "recovery only under the Arbitrator's authority", sp.sp_h),
    Rule("AU-1", "secure from electronic and physical compromise", au.au_1),
    Rule("AU-2", "held by the CA, not by outsiders", au.au_2),
    Rule("AU-3", "the passphrase is not stored; known only to CA personnel", au.au_3),
    Rule("AU-4", "no single point of failure of equipment", au.au_4),
    Rule("AU-5", "no loss of use through the loss of one key person", au.au_5),
    Rule("AU-6", "use takes at least two people", au.au_6),
    Rule("z.1", "the Board controls", z.z_1),
    Rule("z.3", "offline", z.z_3),
    Rule("z.4", "redundancy", z.z_4),
    Rule("z.5", "30 years; simple; tools of the future; survives changes of people", z.z_5),
    Rule("z.6", "an exercise every year is cheap", z.z_6),
    Rule("z.7", "a CRL within 24 hours", z.z_7),
    Rule("z.8", "every copy raises the risk", z.z_8),
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
    return Answer(rule.id, rule.clause, findings, situation.accepted.get(rule.id, "") if failed else "")


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

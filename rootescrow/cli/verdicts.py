"""What every command that changes the register says afterwards: what happened, what the rules say now, what is due."""

from __future__ import annotations

from collections.abc import Iterator

from rootescrow.ceremony.change import Change, asked
from rootescrow.ceremony.rules import Answer, Outcome
from rootescrow.ceremony.today import Today
from rootescrow.cli import terminal
from rootescrow.register.register import Register


def tell_change(change: Change, *, lines: int = 1) -> None:
    """Show the last lines of the journal as sentences, what the rules found newly, what is due, and the head."""
    for line in change.register.journal.lines[-lines:]:
        terminal.result(f"Written: {line.event}.")
    tell_rules(change)
    for number, item in enumerate(change.after.due):
        terminal.result(f"{'Due:' if number == 0 else '':<6}- {item}")
    terminal.result(f"Journal head: {change.register.journal.head}")


def tell_rules(change: Change) -> None:
    """Say, loudly, what the rules found that they had not found before; and what is met again."""
    for answer in change.worse:
        for text in _found(answer):
            terminal.result(text)
    if change.met_again:
        terminal.result(f"Met again: {', '.join(change.met_again)}.")
    if change.after.plan_problem:
        terminal.note(f"Some rules could not be asked in full: {change.after.plan_problem}.")


def tell_rules_since(before: Today, register: Register) -> None:
    """What the rules found newly, between what held before and this register.

    Nothing of a generation that was superseded: what is being destroyed cannot meet them.
    """
    if register.superseded is None:
        tell_rules(asked(before, register))


def _found(answer: Answer) -> Iterator[str]:
    for finding in answer.findings:
        what = "RULE NOT MET" if finding.outcome is Outcome.FAIL else "WARNING"
        yield f"{what}, {answer.rule} ({answer.clause}): {finding.text}"
    if answer.accepted:
        yield f"  Accepted when the escrow was made: {answer.accepted}"

"""Plans for tests: the root plan of examples/, changed in one place or another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from rootescrow.ceremony.plan import load
from rootescrow.ceremony.situation import Group, PassphraseKeeping, Situation

PLANS = Path(__file__).resolve().parents[2] / "examples" / "plans"
ROOT = (PLANS / "root.toml").read_text("utf-8")
SIMPLE = (PLANS / "simple.toml").read_text("utf-8")

Change = tuple[str, str]
"""A text that stands in the plan once, and what takes its place."""

TYPED: Change = (
    ROOT[ROOT.index("[passphrase]") : ROOT.index("[accept]")],
    '[passphrase]\nsource = "typed"\nparts = ["ina", "jo"]\n\n',
)
NO_MEDIA: Change = (ROOT[ROOT.index("[[media]]") : ROOT.index("[[printed_envelopes]]")], "")
NO_PAPER: Change = (ROOT[ROOT.index("[[printed_envelopes]]") : ROOT.index("[passphrase]")], "")


def changed(*changes: Change, plan: str = ROOT) -> str:
    """The plan with some changes, each of which must find its place."""
    for before, after in changes:
        assert plan.count(before) == 1, before
        plan = plan.replace(before, after)
    return plan


def accepting(rule: str, plan: str) -> str:
    """The plan with a rule accepted."""
    return changed(("[accept]\n", f'[accept]\n"{rule}" = "so decided, motion m20261101.2"\n'), plan=plan)


def situation(*changes: Change, plan: str = ROOT, **fields: Any) -> Situation:
    """What a changed plan comes to, with some of its fields changed as no plan can."""
    return replace(load(changed(*changes, plan=plan).encode()).situation(), **fields)


def with_group(before: Situation, number: int, change: Callable[[Group], Group]) -> Situation:
    """The situation with one group changed; number -1 is the passphrase's."""
    if number == -1:
        assert before.passphrase.escrowed is not None
        return replace(before, passphrase=PassphraseKeeping(change(before.passphrase.escrowed)))
    groups = tuple(change(group) if place == number else group for place, group in enumerate(before.groups))
    return replace(before, groups=groups)

"""What the commands that follow a plan have in common: the plan, the machine, and a passphrase typed in parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from rootescrow.ceremony import host
from rootescrow.ceremony.plan import MAX_PLAN_BYTES
from rootescrow.ceremony.planned import Planned
from rootescrow.cli import preflight, terminal
from rootescrow.errors import UsageError
from rootescrow.passphrase import Passphrase, join_parts
from rootescrow.register import folder


def read(plan: Path) -> Planned:
    """The plan in a file, with the answer of every rule to it. Raises FileError and PlanError."""
    return Planned.read(folder.read_file(plan, MAX_PLAN_BYTES))


def tell(planned: Planned) -> None:
    """Say what people should know of a plan before it is followed. Raises RuleError if a rule is not met."""
    planned.refuse()
    for rule in planned.accepted_in_vain:
        terminal.note(f"{rule} is accepted by the plan, and was met: nothing of that is recorded.")
    if planned.plan.ceremony.date != date.today():
        terminal.note(
            f"Warning: the plan is for {planned.plan.ceremony.date}, and this machine's clock says {date.today()}: "
            "that is the date on the sheets."
        )


def check_host(out: Path, accept: tuple[str, ...], *, strict: bool) -> Mapping[str, str]:
    """Look at the machine: the checks that fail and were accepted, with the reasons. Without `strict` it only warns."""
    if accept and not strict:
        raise UsageError(
            "--accept is for the plan of a root or a subroot", "Leave it out: elsewhere the checks only warn."
        )
    accepted = host.acceptances(accept)
    checks = host.preflight(out)
    preflight.warn(out, look=lambda _: checks)
    if not strict:
        return {}
    host.refuse(checks, accepted)
    return {check.id: accepted[check.id] for check in checks if check.verdict is host.HostVerdict.FAIL}


def in_parts(typists: tuple[str, ...], what: str, *, twice: bool) -> Passphrase:
    """A passphrase of which each person types a part, in this order, unseen by the others."""
    parts = []
    for number, person in enumerate(typists, 1):
        terminal.note(f"{person} alone at the keyboard now: part {number} of {len(typists)}. The others look away.")
        parts.append(terminal.passphrase(None, f"part {number} of {what}", twice=twice))
    return join_parts(parts)

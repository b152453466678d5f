"""What papers say of values that say themselves in English: who must come together, lists of names, numbers."""

from __future__ import annotations

from collections.abc import Sequence

from rootescrow.paper.text import Catalogue
from rootescrow.policy import Group, Policy


def quorum(policy: Policy, say: Catalogue) -> str:
    """As `str(policy)`, in the language of a catalogue: "any 3 of the 5 Board sheets and any 2 of …"."""
    common = say.common
    parts = [_wanted(group, common) for group in policy.groups]
    if len(parts) > 1 and policy.group_threshold < len(parts):
        return common("quorum.some", needed=policy.group_threshold, groups=common("quorum.either").join(parts))
    return listed(parts, say)


def listed(names: Sequence[str], say: Catalogue) -> str:
    """`Ada, Bo and Cy`; there must be one name at least."""
    common = say.common
    return common("quorum.and").join(filter(None, (common("quorum.comma").join(names[:-1]), names[-1])))


def decimal(value: float, say: Catalogue) -> str:
    """`7.5`, with the decimal sign of the language, in six digits at most."""
    return f"{value:g}".replace(".", say.common("number.point"))


def _wanted(group: Group, common: Catalogue) -> str:
    if group.count == 1:
        return common("quorum.one", group=group.name)
    if group.threshold == group.count:
        return common("quorum.all", count=group.count, group=group.name)
    return common("quorum.any", threshold=group.threshold, count=group.count, group=group.name)

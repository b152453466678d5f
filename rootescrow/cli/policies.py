"""Groups and holders, as the options of a command name them."""

from __future__ import annotations

from rootescrow.errors import PolicyError, UsageError
from rootescrow.policy import Body, Group, Holder, Policy


def policy_of(shares: str | None, groups: tuple[str, ...], one_group: str) -> Policy:
    """The policy of `--shares K/N`, whose one group gets this name, or of `--group NAME=K/N` for each group.

    Raises UsageError unless one of the two is given, PolicyError for what cannot be.
    """
    if bool(shares) == bool(groups):
        raise UsageError("who must come together?", "Give either --shares 3/5 or --group 'Board=3/5' for each group.")
    if shares:
        return Policy(_group(f"{one_group}={shares}"))
    return Policy(*map(_group, groups))


def _group(text: str) -> Group:
    name, _, numbers = text.rpartition("=")
    threshold, _, count = numbers.partition("/")
    if not (
        threshold.isascii() and threshold.isdecimal() and count.isascii() and count.isdecimal() and len(numbers) < 9
    ):
        raise PolicyError("a group is written NAME=K/N", "For example --group 'Board=3/5': any 3 of 5 sheets.")
    named = name.strip().casefold()
    return Group(name, int(threshold), int(count), Body(named) if named in [*Body] else Body.OTHER)


def holders_of(policy: Policy, holders: tuple[str, ...]) -> tuple[tuple[Holder, ...], ...]:
    """Each group's holders in the order given. Raises PolicyError for a group that the policy does not have."""
    by_group: dict[str, list[Holder]] = {group.name.casefold(): [] for group in policy.groups}
    for text in holders:
        name, equals, person = text.partition("=")
        if not equals or name.strip().casefold() not in by_group:
            raise PolicyError(
                f"--holder {name.strip()!r} names no group",
                f"Write GROUP=PERSON; the groups are {', '.join(group.name for group in policy.groups)}.",
            )
        by_group[name.strip().casefold()].append(Holder(person=person))
    return tuple(tuple(found) for found in by_group.values())

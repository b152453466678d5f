"""Whether a new generation would be weaker than the one it supersedes. Pure: one situation against another.

A rekey may change everything, so it could take away what the Board once decided. Each thing that would be taken away is
a failure of the rule that it belongs to, in every profile, and is accepted as any other is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from rootescrow.ceremony.rules.answers import Finding, unsafe
from rootescrow.ceremony.situation import Profile, Situation
from rootescrow.policy import Body

_STRICTNESS = (Profile.SIMPLE, Profile.SUBROOT, Profile.ROOT)
_RULE_OF = {Body.BOARD: "z.1", Body.ARBITRATION: "SP-h", Body.SYSTEMS: "SP-g", Body.OTHER: "SP-e"}
_NAMES = {
    Body.BOARD: "the Board",
    Body.ARBITRATION: "Arbitration",
    Body.SYSTEMS: "systems administration",
}
"""Those that cannot take each other's place; a group that stands for none of them is known by its name alone."""


def weaker(old: Situation, new: Situation) -> Iterator[tuple[str, Finding]]:
    """What `new` asks less of than `old`: each finding with the id of the rule that it fails.

    - the profile is less strict: SP-f, and SP-g where the old one was a subroot's;
    - of the Board, of Arbitration or of systems administration, the fewest sheets with which the envelope opens are
      fewer, or none: z.1, SP-h, SP-g;
    - else, a group of the same name has a lower threshold: the rule of its body, SP-e if it stands for none;
    - fewer groups are needed, or fewer sheets in all: SP-e;
    - fewer sheets tell the passphrase, or it is typed by fewer people, or no longer escrowed (AU-6, SP-d);
    - each sheet bears the envelope, which was apart from them (z.8).

    How many people have these sheets, and how many sheets there are to spare, the rules ask of the plan itself.
    """
    if _STRICTNESS.index(new.profile) < _STRICTNESS.index(old.profile):
        rule = "SP-g" if old.profile is Profile.SUBROOT else "SP-f"
        yield rule, unsafe(f"weaker than before: the profile was {old.profile}, and is {new.profile}")
    yield from _quorums(old, new)
    yield from _passphrases(old, new)
    if new.on_each_sheet and not old.on_each_sheet:
        yield "z.8", unsafe("weaker than before: each sheet bears the envelope, which was apart from them")


def _quorums(old: Situation, new: Situation) -> Iterator[tuple[str, Finding]]:
    told: set[Body] = set()
    for body, name in _NAMES.items():
        before, after = fewest_sheets(old, body), fewest_sheets(new, body)
        if after < before:
            told.add(body)
            now = f"{after} will do" if after else "it opens without any"
            text = f"weaker than before: of {name} {before} sheets were needed at least, and {now}"
            yield _RULE_OF[body], unsafe(text, *(group.name for group in old.groups if group.body is body))
    names = {group.name.casefold(): group for group in new.groups}
    for group in old.groups:
        same = names.get(group.name.casefold())
        if same and same.threshold < group.threshold and group.body not in told:
            told.add(group.body)
            text = f"weaker than before: {group.name} needed {group.threshold} sheets, and {same.threshold} will do"
            yield _RULE_OF[group.body], unsafe(text, group.name)
    if new.needed < old.needed:
        yield "SP-e", unsafe(f"weaker than before: {old.needed} groups were needed, and {new.needed} will do")
    elif not told and fewest_sheets(new) < fewest_sheets(old):
        text = f"weaker than before: {fewest_sheets(old)} sheets were needed, and {fewest_sheets(new)} will do"
        yield "SP-e", unsafe(text)


def fewest_sheets(situation: Situation, *bodies: Body) -> int:
    """The fewest sheets of some bodies with which the envelope opens, whatever else there is; of all, if none is named.

    Sheets at threshold 1 are copies: one of them.
    """
    needed = [0 if bodies and group.body not in bodies else group.threshold for group in situation.groups]
    return min(map(sum, itertools.combinations(needed, situation.needed)))


def _passphrases(old: Situation, new: Situation) -> Iterator[tuple[str, Finding]]:
    before, after = old.passphrase, new.passphrase
    if before.escrowed and not after.escrowed:
        yield "SP-d", unsafe("weaker than before: the passphrase was generated and escrowed, and is to be typed")
    elif before.escrowed and after.escrowed and after.escrowed.threshold < before.escrowed.threshold:
        least, now = before.escrowed.threshold, after.escrowed.threshold
        yield "AU-6", unsafe(f"weaker than before: {least} sheets told the passphrase, and {now} will do")
    elif len(set(after.typists)) < len(set(before.typists)) and not after.escrowed:
        people, now = len(set(before.typists)), len(set(after.typists))
        yield "AU-6", unsafe(f"weaker than before: {people} people typed the passphrase, and {now} will do")

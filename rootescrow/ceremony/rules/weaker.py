"""Whether a new generation would be weaker than the one it supersedes. Pure: one situation against another.

A rekey may change everything, so it could take away what the Board once decided. Each thing that would be taken away is
a failure of the rule that it belongs to, in every profile, and is accepted as any other is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from rootescrow.ceremony.phrase import Phrase
from rootescrow.ceremony.rules.answers import Finding, unsafe
from rootescrow.ceremony.situation import Profile, Situation
from rootescrow.policy import Body

_STRICTNESS = (Profile.SIMPLE, Profile.SUBROOT, Profile.ROOT)
_RULE_OF = {Body.BOARD: "z.1", Body.ARBITRATION: "SP-h", Body.SYSTEMS: "SP-g", Body.OTHER: "SP-e"}
_POLICY = (Body.BOARD, Body.ARBITRATION, Body.SYSTEMS)
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
        yield rule, unsafe("weaker.profile", old=old.profile.value, new=new.profile.value)
    yield from _quorums(old, new)
    yield from _passphrases(old, new)
    if new.on_each_sheet and not old.on_each_sheet:
        yield "z.8", unsafe("weaker.each")


def _quorums(old: Situation, new: Situation) -> Iterator[tuple[str, Finding]]:
    told: set[Body] = set()
    for body in _POLICY:
        before, after = fewest_sheets(old, body), fewest_sheets(new, body)
        if after < before:
            told.add(body)
            names = (group.name for group in old.groups if group.body is body)
            now = Phrase.of("weaker.will_do", count=after) if after else Phrase.of("weaker.without_any")
            yield _RULE_OF[body], unsafe("weaker.body", *names, body=Phrase(f"body.{body}"), before=before, now=now)
    successors = {group.name.casefold(): group for group in new.groups}
    for group in old.groups:
        same = successors.get(group.name.casefold())
        if same and same.threshold < group.threshold and group.body not in told:
            told.add(group.body)
            yield (
                _RULE_OF[group.body],
                unsafe("weaker.group", group.name, group=group.name, before=group.threshold, after=same.threshold),
            )
    if new.needed < old.needed:
        yield "SP-e", unsafe("weaker.groups", before=old.needed, after=new.needed)
    elif not told and fewest_sheets(new) < fewest_sheets(old):
        yield "SP-e", unsafe("weaker.sheets", before=fewest_sheets(old), after=fewest_sheets(new))


def fewest_sheets(situation: Situation, *bodies: Body) -> int:
    """The fewest sheets of some bodies with which the envelope opens, whatever else there is; of all, if none is named.

    Sheets at threshold 1 are copies: one of them.
    """
    needed = [0 if bodies and group.body not in bodies else group.threshold for group in situation.groups]
    return min(map(sum, itertools.combinations(needed, situation.needed)))


def _passphrases(old: Situation, new: Situation) -> Iterator[tuple[str, Finding]]:
    before, after = old.passphrase, new.passphrase
    if before.escrowed and not after.escrowed:
        yield "SP-d", unsafe("weaker.typed")
    elif before.escrowed and after.escrowed and after.escrowed.threshold < before.escrowed.threshold:
        least, now = before.escrowed.threshold, after.escrowed.threshold
        yield "AU-6", unsafe("weaker.passphrase", before=least, after=now)
    elif len(set(after.typists)) < len(set(before.typists)) and not after.escrowed:
        people, now = len(set(before.typists)), len(set(after.typists))
        yield "AU-6", unsafe("weaker.typists", before=people, after=now)

"""What a new generation may not take away from the one it supersedes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.ceremony.planned import Planned
from rootescrow.ceremony.rules import Outcome
from rootescrow.ceremony.rules.weaker import fewest_sheets, weaker
from rootescrow.ceremony.situation import Group, PassphraseKeeping, Profile, Sheet, Situation
from rootescrow.errors import RuleError
from rootescrow.policy import Body
from tests.ceremony.plans import ROOT, SIMPLE, TYPED, Change, accepting, changed, situation

BOARD_OF_2: Change = ("threshold = 3", "threshold = 2")
NO_BOARD: Change = ('body = "board"', 'body = "other"')


def found(old: Situation, new: Situation) -> list[tuple[str, str]]:
    return [(rule, finding.text.removeprefix("weaker than before: ")) for rule, finding in weaker(old, new)]


def a_group(name: str, threshold: int, body: Body = Body.OTHER, count: int = 5) -> Group:
    return Group(name, threshold, tuple(map(Sheet, range(1, count + 1))), body)


def of(*groups: Group, needed: int | None = None, **changed: Any) -> Situation:
    fields = {"profile": Profile.SIMPLE, "passphrase": PassphraseKeeping(), **changed}
    return Situation(groups=groups, groups_needed=needed, **fields)


@pytest.mark.parametrize("plan", [ROOT, SIMPLE])
def test_the_same_again_is_not_weaker(plan: str) -> None:
    assert found(situation(plan=plan), situation(plan=plan)) == []


@pytest.mark.parametrize(
    ("change", "rule", "text"),
    [
        (('profile = "root"', 'profile = "subroot"'), "SP-f", "the profile was root, and is subroot"),
        (BOARD_OF_2, "z.1", "of the Board 3 sheets were needed at least, and 2 will do"),
        (NO_BOARD, "z.1", "of the Board 3 sheets were needed at least, and it opens without any"),
        (
            ('body = "arbitration"', 'body = "other"'),
            "SP-h",
            "of Arbitration 2 sheets were needed at least, and it opens without any",
        ),
        (TYPED, "SP-d", "the passphrase was generated and escrowed, and is to be typed"),
        (('envelope = "separate"', 'envelope = "each"'), "z.8", "each sheet bears the envelope, which was apart"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 5 else "",
)
def test_what_a_changed_plan_takes_away(change: Change, rule: str, text: str) -> None:
    # Printed envelopes do not go with `each`; nothing here looks at them.
    printed = ROOT[ROOT.index("[[printed_envelopes]]") : ROOT.index("[passphrase]")]
    plan = changed((printed, "")) if "each" in change[1] else ROOT
    old, new = situation(plan=plan), situation(change, plan=plan)
    ((own, said),) = found(old, new)
    assert own == rule
    assert said.startswith(text)
    assert found(new, old) == [], "and the way back takes nothing away"


def test_one_way_without_a_body_is_enough() -> None:
    """All groups were needed, now any two of three: it opens without the Board, and without Arbitration."""
    groups = (a_group("A", 3, Body.BOARD), a_group("B", 2, Body.ARBITRATION), a_group("C", 2, Body.SYSTEMS))
    assert found(of(*groups), of(*groups, needed=2)) == [
        ("z.1", "of the Board 3 sheets were needed at least, and it opens without any"),
        ("SP-h", "of Arbitration 2 sheets were needed at least, and it opens without any"),
        ("SP-g", "of systems administration 2 sheets were needed at least, and it opens without any"),
        ("SP-e", "3 groups were needed, and 2 will do"),
    ]


def test_groups_that_stand_for_no_body() -> None:
    old = of(a_group("A", 3), a_group("B", 2))
    assert found(old, of(a_group("a", 2), a_group("B", 3))) == [("SP-e", "A needed 3 sheets, and 2 will do")]
    assert found(old, of(a_group("X", 3), a_group("Y", 2))) == [], "another name takes nothing away"
    assert found(old, of(a_group("X", 2), a_group("Y", 2))) == [("SP-e", "5 sheets were needed, and 4 will do")]
    assert found(old, of(a_group("X", 5))) == [("SP-e", "2 groups were needed, and 1 will do")]
    # A body of the policy in its place is no loss; nor are more sheets of a group.
    assert found(old, of(a_group("A", 3, Body.BOARD), a_group("B", 2, Body.ARBITRATION, 9))) == []


def test_two_boards_count_together() -> None:
    old = of(a_group("A", 3, Body.BOARD))
    assert found(old, of(a_group("X", 2, Body.BOARD), a_group("Y", 1, Body.BOARD))) == []
    assert [rule for rule, _ in found(old, of(a_group("X", 2, Body.BOARD), a_group("Y", 1)))] == ["z.1"]
    lower = of(a_group("A", 2, Body.BOARD), a_group("Y", 1, Body.BOARD))
    assert found(old, lower) == [("z.1", "A needed 3 sheets, and 2 will do")]


def test_the_passphrase() -> None:
    def keeping(**how: Any) -> Situation:
        return of(a_group("A", 2), passphrase=PassphraseKeeping(**how))

    three, two = keeping(escrowed=a_group("P", 3)), keeping(escrowed=a_group("P", 2))
    assert found(three, two) == [("AU-6", "3 sheets told the passphrase, and 2 will do")]
    typed, alone = keeping(typists=("Ada", "Bo")), keeping(typists=("Ada", "Ada"))
    assert found(typed, alone) == [("AU-6", "2 people typed the passphrase, and 1 will do")]
    assert found(two, three) == found(alone, typed) == found(typed, two) == found(keeping(), alone) == []


def test_a_subroot_that_becomes_simple() -> None:
    group = a_group("A", 2)
    assert found(of(group, profile=Profile.SUBROOT), of(group)) == [("SP-g", "the profile was subroot, and is simple")]
    assert found(of(group, profile=Profile.SUBROOT), of(group, profile=Profile.ROOT)) == []


groups = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.integers(1, 4), st.sampled_from(Body)),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one[0],
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    made = tuple(a_group(*one) for one in draw(groups))
    return of(*made, needed=draw(st.integers(1, len(made))))


def ways(now: Situation) -> list[dict[Body, int]]:
    """Every smallest way of opening: how many sheets of which body."""
    return [
        {body: sum(group.threshold for group in chosen if group.body is body) for body in Body}
        for chosen in itertools.combinations(now.groups, now.needed)
    ]


@given(situations(), situations())
def test_what_is_not_called_weaker_needs_as_much_of_each_body_in_every_way(old: Situation, new: Situation) -> None:
    for body in Body:
        assert fewest_sheets(old, body) == min(way[body] for way in ways(old))
    assert fewest_sheets(old) == min(sum(way.values()) for way in ways(old))
    if not found(old, new):
        least = {body: min(way[body] for way in ways(old)) for body in (Body.BOARD, Body.ARBITRATION, Body.SYSTEMS)}
        assert all(way[body] >= least[body] for way in ways(new) for body in least)
        assert new.needed >= old.needed
    assert found(old, old) == []


# In a plan


def test_it_stops_and_only_the_plan_can_accept_it() -> None:
    old = situation()
    text = changed(BOARD_OF_2)
    planned = Planned.read(text.encode())
    planned.refuse()
    against = planned.also(weaker(old, planned.plan.situation()))
    with pytest.raises(RuleError, match=r"z\.1 .* of the Board 3 sheets were needed at least, and 2 will do"):
        against.refuse()
    accepted = Planned.read(accepting("z.1", text).encode())
    assert accepted.accepted_in_vain == ("z.1",), "by itself it meets the rule"
    against = accepted.also(weaker(old, accepted.plan.situation()))
    against.refuse()
    assert against.accepted_in_vain == ()
    assert [(one.rule, one.reason) for one in against.accepted] == [("z.1", "so decided, motion m20261101.2")]


def test_what_was_found_before_stays() -> None:
    planned = Planned.read(changed(('["olga", "otto"]', '["olga"]')).encode())
    more = planned.also(weaker(replace(planned.plan.situation(), groups_needed=2), situation(plan=ROOT)))
    assert more.answers == planned.answers
    old = of(a_group("Board", 3, Body.BOARD), a_group("Arbitration", 2, Body.ARBITRATION), a_group("C", 1))
    more = planned.also(weaker(old, planned.plan.situation()))
    (answer,) = (answer for answer in more.answers if answer.rule == "SP-e")
    assert [finding.outcome for finding in answer.findings] == [Outcome.FAIL, Outcome.FAIL]
    assert "3 groups were needed" in answer.findings[0].text
    assert "two operators" in answer.findings[1].text

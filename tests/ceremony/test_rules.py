"""Each rule: a situation that meets it, one that fails by that rule alone, and the same one accepted."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from rootescrow.ceremony.phrase import Phrase
from rootescrow.ceremony.rules import RULES, Answer, Finding, Outcome, check, refuse
from rootescrow.ceremony.situation import (
    Former,
    Group,
    KeyState,
    Person,
    Place,
    Profile,
    Sheet,
    Situation,
    State,
)
from rootescrow.errors import PolicyError, RuleError
from rootescrow.keys.kdf import Iterated, Scrypt

from .plans import NO_MEDIA, NO_PAPER, SIMPLE, TYPED, Change, accepting, changed, situation, with_group

SUBROOT: Change = ('profile = "root"', 'profile = "subroot"')
BOARD_IS_NONE: Change = ('body = "board"', 'body = "other"')
NO_ARBITER: Change = ('body = "arbitration"', 'body = "other"')
KIM = '  { office = "Head of assurance", person = "kim", place = "lyon", bag = "A000111" },\n'
EVA = '  { office = "Member of the Board", person = "eva", place = "sydney", bag = "A000105" },\n'
THREE_GROUPS: tuple[Change, ...] = (
    ('envelope = "separate"', 'envelope = "separate"\ngroups_needed = 2'),
    (
        '[[media]]\nname = "USB stick 1"',
        '[[groups]]\nname = "Appeal"\nbody = "arbitration"\nthreshold = 2\nsheets = [\n'
        '  { office = "Judge", person = "olga", place = "basel" },\n'
        '  { office = "Judge", person = "otto", place = "munich" },\n'
        '  { office = "Judge", person = "wanda", place = "vienna" },\n]\n\n[[media]]\nname = "USB stick 1"',
    ),
)


class Case(NamedTuple):
    """Changes to the root plan by which one rule fails, what its answer says, and whom it concerns."""

    rule: str
    changes: tuple[Change, ...]
    says: str
    concerned: tuple[str, ...] = ()


BY_PLAN = (
    Case("SP-a", (('motion = "m20261101.1"', 'motion = ""'),), "no motion"),
    Case("SP-a", (("date = 2026-11-01", 'date = ""'),), "has no date"),
    Case("SP-a", (("date = 2026-11-01", "date = 2026-11-24"),), "after the ceremony"),
    Case("SP-b", (NO_MEDIA,), "no medium"),
    Case(
        "SP-d",
        (('"lugano", bag = "A000109"', '"archive", bag = "A000109"'),),
        "a passphrase sheet and an envelope lie at Archive of the CA, Zug",
        ("Archive of the CA, Zug",),
    ),
    Case("SP-e", (('["olga", "otto"]', '["olga"]'),), "only Olga Example", ("Olga Example",)),
    Case("SP-e", (('["olga", "otto"]', "[]"),), "nobody is named"),
    Case(
        "SP-e",
        (("threshold = 3", "threshold = 2"), ('"bo", place', '"ada", place')),
        "Ada Example alone meets the quorum of Board",
        ("Ada Example", "Board"),
    ),
    Case("SP-f", (BOARD_IS_NONE,), "no group stands for the Board"),
    Case("SP-g", (SUBROOT, BOARD_IS_NONE), "neither the Board nor systems administration"),
    Case("SP-h", (NO_ARBITER,), "no group stands for the Arbitrator"),
    Case(
        "SP-h",
        (
            THREE_GROUPS[0],
            ("groups_needed = 2", "groups_needed = 2"),
            (THREE_GROUPS[1][0], THREE_GROUPS[1][1].replace("arbitration", "board")),
        ),
        "opens without Arbitration",
        ("Arbitration",),
    ),
    Case(
        "SP-h",
        (('person = "fay"', 'person = "ada"'), ('person = "gus"', 'person = "bo"')),
        "a quorum of Arbitration, Ada Example and Bo Example, also hold sheets of those who control the key",
        ("Ada Example", "Bo Example"),
    ),
    Case(
        "AU-1",
        (('"sydney", bag = "A000105"', '"bern", bag = "A000101"'),),
        "Board/1 and Board/5 are in one bag",
        ("A000101",),
    ),
    Case("AU-2", (('office = "Treasurer"', 'office = ""'),), "named for Board/3", ("Board/3",)),
    Case(
        "AU-4",
        (
            (
                EVA,
                EVA + '  { office = "Member", person = "olga", place = "bern" },\n'
                '  { office = "Member", person = "otto", place = "bern" },\n',
            ),
        ),
        "Notary, Bern holds a quorum of Board",
        ("Notary, Bern", "Board"),
    ),
    Case("AU-5", (TYPED,), "the passphrase is not escrowed", ("Passphrase", "Ina Example", "Jo Example")),
    Case(
        "AU-5",
        (("threshold = 3", "threshold = 4"), ('"bo", place', '"ada", place'), ("hours = 30", "hours = 3")),
        "Board is lost without Ada Example",
        ("Board", "Ada Example"),
    ),
    Case(
        "AU-6",
        ((KIM, KIM + '  { office = "Clerk", person = "ina", place = "bern" },\n'),),
        "Ina Example alone has the passphrase",
        ("Ina Example",),
    ),
    Case("z.1", THREE_GROUPS, "the envelope opens without Board", ("Board",)),
    Case("z.4", (NO_PAPER,), "no envelope is on paper"),
    Case("z.6", (("next_drill = 2027-11-20", 'next_drill = ""'),), "has no date"),
    Case("z.6", (("next_drill = 2027-11-20", "next_drill = 2027-11-25"),), "over a year after 2026-11-23"),
    Case("z.6", (("next_drill = 2027-11-20", "next_drill = 2026-11-20"),), "is overdue"),
    Case(
        "z.7",
        (('"+33 1 00 00 00 24", hours = 5', '"+33 1 00 00 00 24", hours = 25'),),
        "takes 29 hours with Notary, Bern lost",
        ("Notary, Bern",),
    ),
)


def answer(situation: Situation, rule: str) -> Answer:
    (found,) = (answer for answer in check(situation) if answer.rule == rule)
    return found


def failed(situation: Situation) -> list[str]:
    return [answer.rule for answer in check(situation) if answer.outcome is Outcome.FAIL]


def texts(situation: Situation, rule: str) -> str:
    return "; ".join(finding.text for finding in answer(situation, rule).findings)


def test_the_example_meets_every_rule() -> None:
    root = situation()
    assert failed(root) == []
    refuse(check(root))
    warned = {a.rule: a.concerned for a in check(root) if a.outcome is Outcome.WARN}
    assert warned == {
        "AU-5": ("Arbitration", "Passphrase"),
    }
    assert [a.rule for a in check(root) if a.outcome is Outcome.PEOPLE] == ["AU-1", "AU-3", "z.3"]


@pytest.mark.parametrize("case", BY_PLAN, ids=lambda case: f"{case.rule} {case.says}")
def test_a_plan_that_fails_by_one_rule_alone(case: Case) -> None:
    broken = situation(*case.changes)
    assert failed(broken) == [case.rule]
    found = answer(broken, case.rule)
    assert case.says in texts(broken, case.rule)
    blamed = [name for finding in found.findings if finding.outcome is Outcome.FAIL for name in finding.concerned]
    assert tuple(dict.fromkeys(blamed)) == case.concerned
    assert found.stops
    with pytest.raises(RuleError, match=re.escape(f"{case.rule} ({found.clause}): ")) as refused:
        refuse(check(broken))
    assert case.says in refused.value.message
    assert "[accept]" in refused.value.hint


@pytest.mark.parametrize("case", BY_PLAN, ids=lambda case: f"{case.rule} {case.says}")
def test_the_same_plan_accepted(case: Case) -> None:
    accepted = situation(plan=accepting(case.rule, changed(*case.changes)))
    found = answer(accepted, case.rule)
    assert (found.outcome, found.accepted, found.stops) == (Outcome.FAIL, "so decided, motion m20261101.2", False)
    refuse(check(accepted))
    assert [a.rule for a in check(accepted) if a.accepted] == [case.rule]


@pytest.mark.parametrize("case", BY_PLAN, ids=lambda case: f"{case.rule} {case.says}")
def test_the_profile_simple_warns_where_a_root_fails(case: Case) -> None:
    simple = replace(situation(*case.changes), profile=Profile.SIMPLE)
    assert failed(simple) == []
    if case.rule != "SP-g":
        assert answer(simple, case.rule).outcome is Outcome.WARN
        assert case.says in texts(simple, case.rule)


def today(rule: str) -> Situation:
    """What no plan can say: a situation years later, in which one rule fails."""
    root = situation()
    match rule:
        case "SP-c":
            return replace(root, key=KeyState(Iterated("PBKDF2 HMAC-SHA256", 1000), "checked", True))
        case "AU-3":
            typed = situation(SUBROOT, TYPED)
            return replace(typed, passphrase=replace(typed.passphrase, former=("Ina Example",)))
        case "z.5":
            former = (Former("Zoe Example", 1), Former("Zoe Example", 2))
            void = Sheet(6, "Yves Example", "", state=State.VOID)
            return with_group(root, 0, lambda g: replace(g, sheets=(*g.sheets, void), former=former))
        case "z.6":
            return replace(root, drilled=date(2030, 6, 1), next_drill=date(2031, 5, 1), today=date(2031, 5, 2))
    raise AssertionError(rule)


@pytest.mark.parametrize(
    ("rule", "says", "concerned"),
    [
        ("SP-c", "below OWASP's floor", ()),
        ("AU-3", "Ina Example left and still knows a part", ("Ina Example", "Jo Example")),
        ("z.5", "Board/1, Board/2 and Board/6", ("Board", "Zoe Example")),
        ("z.6", "the drill of 2031-05-01 is overdue", ()),
    ],
)
def test_a_register_that_fails_by_one_rule_alone(rule: str, says: str, concerned: tuple[str, ...]) -> None:
    now = today(rule)
    assert failed(now) == [rule]
    assert says in texts(now, rule)
    assert answer(now, rule).concerned == concerned
    accepted = replace(now, accepted={rule: "until the next meeting"})
    refuse(check(accepted))
    with pytest.raises(RuleError):
        refuse(check(now))


def test_every_rule_that_can_fail_has_been_seen_to_fail() -> None:
    seen = {case.rule for case in BY_PLAN} | {"SP-c", "AU-3", "z.5"}
    assert [rule.id for rule in RULES if rule.id not in seen] == ["z.3", "z.8"]


def test_every_rule_has_its_clause_in_its_docstring() -> None:
    for rule in RULES:
        assert inspect.getdoc(rule.check) is not None
        first = (inspect.getdoc(rule.check) or "").splitlines()[0]
        assert first == f"{rule.id}: {rule.clause}."


def test_the_rules_are_those_of_the_policy_table(repo_root: Path) -> None:
    rows = re.findall(r"^\| ((?:SP|AU|z)[-.]\w+) \|", (repo_root / "docs/policy.md").read_text("utf-8"), re.MULTILINE)
    assert rows == [rule.id for rule in RULES]


def test_several_failures_are_named_together() -> None:
    broken = situation(NO_MEDIA, NO_PAPER, ('motion = "m20261101.1"', 'motion = ""'))
    with pytest.raises(RuleError) as refused:
        refuse(check(broken))
    assert refused.value.message.startswith("5 rules are not met:\n  SP-a (")
    assert all(f"{rule} (" in refused.value.message for rule in ("SP-a", "SP-b", "AU-4", "z.4", "z.7"))
    assert failed(broken) == ["SP-a", "SP-b", "AU-4", "z.4", "z.7"]


def test_an_acceptance_is_carried_only_where_it_is_needed() -> None:
    root = situation(plan=accepting("SP-a", changed()))
    assert [a.accepted for a in check(root)] == [""] * len(RULES)


def test_accepting_one_rule_lets_no_other_pass() -> None:
    broken = situation(plan=accepting("SP-a", changed(NO_MEDIA, ('motion = "m20261101.1"', 'motion = ""'))))
    with pytest.raises(RuleError, match="a rule is not met: SP-b") as refused:
        refuse(check(broken))
    assert "SP-a" not in refused.value.message


# What the mathematics makes unsafe fails in every profile.


def test_one_person_with_everything_is_unsafe_in_every_profile() -> None:
    text = changed(('"bo", place', '"ada", place'), ('parts = ["ada", "di"]', 'parts = ["ada"]'), plan=SIMPLE)
    one = situation(plan=text)
    assert failed(one) == ["AU-6"]
    assert texts(one, "AU-6") == "Ada Example alone can use the key"
    assert answer(one, "SP-e").outcome is Outcome.WARN


def test_one_place_with_everything_is_unsafe_in_every_profile() -> None:
    one = replace(situation(), profile=Profile.SIMPLE)
    moved = {
        number: with_group(one, number, lambda g: replace(g, sheets=tuple(replace(s, place="Cave") for s in g.sheets)))
        for number in (0, 1, -1)
    }
    assert all(failed(some) == [] for some in moved.values())
    for number in (0, 1, -1):
        one = with_group(one, number, lambda g: replace(g, sheets=tuple(replace(s, place="Cave") for s in g.sheets)))
    assert failed(one) == ["AU-4"]
    assert "Cave holds all that it takes" in texts(one, "AU-4")


@pytest.mark.parametrize(
    ("former", "void", "outcome"),
    [(0, 0, Outcome.PASS), (1, 0, Outcome.PASS), (1, 1, Outcome.WARN), (0, 2, Outcome.WARN), (2, 1, Outcome.FAIL)],
)
def test_void_sheets_and_former_holders_count_together(former: int, void: int, outcome: Outcome) -> None:
    def change(group: Group) -> Group:
        sheets = (*group.sheets, *(Sheet(n, "Bo Example", state=State.VOID) for n in range(6, 6 + void)))
        return replace(group, sheets=sheets, former=tuple(Former("Zoe Example", n + 1) for n in range(former)))

    for profile in Profile:
        now = replace(with_group(situation(), 0, change), profile=profile)
        assert answer(now, "z.5").outcome is outcome


def test_a_share_that_is_void_and_known_counts_once_and_a_destroyed_one_is_still_known() -> None:
    def change(group: Group) -> Group:
        void = (Sheet(6, state=State.VOID), Sheet(7, state=State.DESTROYED), Sheet(8, state=State.LOST))
        return replace(group, sheets=(*group.sheets, *void), former=(Former("Zoe", 6),))

    group = with_group(situation(), 0, change).groups[0]
    assert group.exposed() == {6, 8}
    assert replace(group, former=(Former("Zoe", 6), Former("Zoe", 7))).exposed() == {6, 7, 8}


def test_what_somebody_may_have_read_in_an_old_office_counts() -> None:
    now = with_group(situation(), 1, lambda g: replace(g, former=(Former("Gus Example", 1),)))
    assert "Gus Example alone meets the quorum of Arbitration" in texts(now, "SP-e")
    assert answer(now, "z.5").outcome is Outcome.WARN


def test_a_sheet_said_to_be_lost_still_counts_for_its_holder_and_no_more_for_recovery() -> None:
    def change(group: Group) -> Group:
        lost = replace(group.sheets[0], state=State.LOST)
        again = replace(group.sheets[0], number=4, state=State.KEPT)
        return replace(group, sheets=(lost, *group.sheets[1:], again))

    now = with_group(situation(), 1, change)
    assert "Fay Example alone meets the quorum of Arbitration" in texts(now, "SP-e")


# Single findings.


def test_where_each_sheet_bears_the_envelope_a_person_with_both_is_a_doubt() -> None:
    each: tuple[Change, ...] = (('envelope = "separate"', 'envelope = "each"'), NO_PAPER)
    keeper = ('person = "ina"', 'person = "ada"')
    assert answer(situation(*each), "SP-d").outcome is Outcome.PASS
    both = answer(situation(*each, keeper), "SP-d")
    assert (both.outcome, both.concerned) == (Outcome.WARN, ("Ada Example",))
    assert answer(situation(keeper), "SP-d").outcome is Outcome.PASS
    place = answer(situation(*each, ('place = "lugano"', 'place = "bern"')), "SP-d")
    assert (place.outcome, place.concerned) == (Outcome.FAIL, ("Notary, Bern",))


def test_a_bag_with_passphrase_and_envelope_is_named() -> None:
    assert "bag A000201 holds" in texts(situation(('"lugano", bag = "A000109"', '"archive", bag = "A000201"')), "SP-d")


def test_a_threshold_of_one_is_no_dual_control() -> None:
    assert "one Arbitration sheet is a quorum" in texts(
        situation(('body = "arbitration"\nthreshold = 2', 'body = "arbitration"\nthreshold = 1')), "SP-e"
    )


def test_an_unescrowed_passphrase_fails_a_root_alone() -> None:
    assert failed(situation(TYPED)) == ["AU-5"]
    assert failed(situation(TYPED, SUBROOT)) == []
    assert answer(situation(TYPED, SUBROOT), "AU-5").outcome is Outcome.WARN
    alone = ('parts = ["ina", "jo"]', 'parts = ["ina"]')
    assert texts(situation(TYPED, alone), "AU-6") == "Ina Example alone has the passphrase"


@pytest.mark.parametrize(("body", "required"), [("board", True), ("systems", True), ("other", False)])
def test_a_subroot_chooses_its_controlling_body(body: str, required: bool) -> None:
    subroot = situation(SUBROOT, ('body = "board"', f'body = "{body}"'))
    assert (answer(subroot, "SP-g").outcome is Outcome.PASS) == required
    assert answer(subroot, "SP-f").outcome is Outcome.PASS


def test_one_arbitrator_on_the_board_is_no_quorum_of_the_arbitration() -> None:
    (answer,) = (one for one in check(situation(('person = "fay"', 'person = "ada"'))) if one.rule == "SP-h")
    assert answer.outcome is Outcome.PASS


@pytest.mark.parametrize("written", ["ada example", "Ada  Example", "ADA\N{NO-BREAK SPACE}EXAMPLE", "Ada-Example"])
def test_whoever_is_written_in_another_way_is_the_same_person(written: str) -> None:
    """As after a handover, where the name is typed anew."""

    def taken_over(group: Group) -> Group:
        return replace(group, sheets=tuple(replace(s, person=written) if s.number < 3 else s for s in group.sheets))

    now = with_group(with_group(situation(), 0, taken_over), 1, taken_over)
    assert now.groups[1].known_to("Ada Example") == {1, 2}
    assert "Ada Example alone meets the quorum of Arbitration, any 2 sheets" in [
        finding.text for answer in check(now) for finding in answer.findings
    ]


@pytest.mark.parametrize(("bag", "place"), [("a000101", "NOTARY,  Bern"), ("A 000101", "notary, bern")])
def test_a_bag_and_a_place_written_in_another_way_are_the_same(bag: str, place: str) -> None:
    def moved(group: Group) -> Group:
        return replace(
            group, sheets=tuple(replace(s, bag=bag, place=place) if s.number > 1 else s for s in group.sheets)
        )

    said = [finding.text for answer in check(with_group(situation(), 0, moved)) for finding in answer.findings]
    assert "Board/1, Board/2, Board/3, Board/4 and Board/5 are in one bag, A000101" in said
    assert "Notary, Bern holds a quorum of Board" in said


def test_two_quorums_that_share_no_sheet_are_a_doubt() -> None:
    two = situation(("threshold = 3", "threshold = 2"))
    assert answer(two, "z.8").concerned == ("Board",)
    assert "two quorums" in texts(two, "z.8")
    assert "each of the 3 Arbitration sheets" in texts(
        situation(('body = "arbitration"\nthreshold = 2', 'body = "arbitration"\nthreshold = 1')), "z.8"
    )


def test_a_root_with_the_envelope_on_each_sheet_and_many_envelopes_are_doubts() -> None:
    each = situation(('envelope = "separate"', 'envelope = "each"'), NO_PAPER)
    assert "a rekey revokes only what is destroyed" in texts(each, "z.8")
    fifth = '[[printed_envelopes]]\nplace = "archive"\n\n[passphrase]'
    assert "5 envelopes" in texts(situation(("[passphrase]", fifth)), "z.8")


def test_what_nobody_wrote_down_is_left_to_people() -> None:
    """A record made by the plain `split` names neither places nor hours, and perhaps no persons."""
    sheets = tuple(Sheet(number) for number in range(1, 6))
    bare = Situation(
        profile=Profile.SIMPLE, groups=(Group("Holder", 3, sheets),), passphrase=situation(TYPED).passphrase
    )
    bare = replace(bare, passphrase=replace(bare.passphrase, typists=()), on_each_sheet=True)
    assert failed(bare) == []
    for rule in ("AU-3", "AU-4", "z.4", "z.7"):
        assert answer(bare, rule).outcome is Outcome.PEOPLE, rule
    assert "5 sheets name no person" in texts(bare, "SP-e")
    assert answer(bare, "SP-d").outcome is Outcome.WARN


def test_a_good_key_derivation_is_told() -> None:
    good = replace(situation(), key=KeyState(Scrypt(), "checked", True))
    assert texts(good, "SP-c") == (
        "PKCS#8 under the passphrase (scrypt N=16384 r=8 p=80), inside CMS under the escrow secret"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Person("Ada", -1),
        lambda: Place("", 1),
        lambda: Person("Ada", float("inf")),
        lambda: Person("Ada", float("nan")),
        lambda: Sheet(0),
        lambda: Group("Board", 0, ()),
        lambda: Group("Board", 1, (Sheet(1), Sheet(1))),
        lambda: replace(situation(), groups_needed=3),
        lambda: replace(situation(), groups_needed=0),
        lambda: replace(situation(), groups=()),
        lambda: replace(situation(), people=(Person("Ada"), Person("Ada"))),
        lambda: replace(situation().passphrase, typists=("Ada",)),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(PolicyError):
        make()


def test_an_answer_says_something() -> None:
    with pytest.raises(ValueError, match="answers nothing"):
        Answer("SP-a", ())
    worst = Answer("SP-a", tuple(Finding(outcome, Phrase.of("SP-b.none"), ("Ada",)) for outcome in Outcome))
    assert (worst.outcome, worst.concerned) == (Outcome.FAIL, ("Ada",))

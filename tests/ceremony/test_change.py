"""What a change of the register does to the rules: what people choose is refused, what happened is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rootescrow.ceremony.change import Change, asked, weigh
from rootescrow.ceremony.phrase import Phrase
from rootescrow.ceremony.rules import Answer, Finding, Outcome
from rootescrow.ceremony.today import Today, judge
from rootescrow.errors import RuleError, UsageError
from rootescrow.register.events import AnyEvent, Destroyed, Drill, Seal, Void
from rootescrow.register.record import Accepted, Record
from tests.register.support import NOON

from .plans import ROOT, SIMPLE
from .registers import handed, record_of, register_of

RECORD = record_of()
TODAY = date(2026, 11, 23)


def today(*events: AnyEvent, record: Record = RECORD, plan: str = ROOT) -> Today:
    return judge(register_of(*events, record=record), plan.encode(), TODAY)


def void(sheet: str) -> Void:
    return Void(sheet=sheet, reason="lost")


def given(sheet: str, **to: str) -> AnyEvent:
    """It goes to somebody, its bag whole."""
    return handed(RECORD, sheet, Seal.WHOLE, **to)


def rules(change: Change) -> list[tuple[str, Outcome]]:
    return [(answer.rule, answer.outcome) for answer in change.worse]


def test_a_change_that_changes_nothing_is_no_news() -> None:
    change = weigh(today(), given("Board/1"), now=NOON, happened=[])
    assert (change.worse, change.met_again) == ((), ())
    assert change.register.journal.head.number == 2


@pytest.mark.parametrize(
    ("before", "event", "rule", "named"),
    [
        # Board/1 is Ada's, /2 Bo's: with a third she is a quorum alone.
        ([given("Board/2", person="Ada Example")], given("Board/3", person="Ada Example"), "SP-e", "Ada Example"),
        ([], given("Arbitration/1", person="Gus Example"), "SP-e", "Gus Example"),
        ([], given("Passphrase/1", place="Data centre, Frankfurt"), "SP-d", "Data centre, Frankfurt"),
        ([], given("Passphrase/1", bag="A000203"), "SP-d", "A000203"),
        (
            [given("Board/1", place="Graz"), given("Board/2", place="Graz")],
            given("Board/3", place="Graz"),
            "AU-4",
            "Gr",
        ),
        ([], given("Passphrase/1", place="Bank, Lyon"), "AU-4", "Bank, Lyon"),
        ([], given("Board/1", bag="A000102"), "AU-1", "A000102"),
        ([], given("Board/1", office=""), "AU-2", "Board/1"),
    ],
)
def test_a_choice_by_which_a_rule_fails_is_refused(
    before: list[AnyEvent], event: AnyEvent, rule: str, named: str
) -> None:
    with pytest.raises(RuleError, match=rule) as raised:
        weigh(today(*before), event, now=NOON, happened=[])
    assert named in raised.value.message
    assert "Nothing was written" in raised.value.hint
    # The same, where nobody chose it, is news and no refusal.
    change = weigh(today(*before), event, now=NOON)
    assert (rule, Outcome.FAIL) in rules(change)


def test_what_happened_anyway_is_not_refused_with_the_choice() -> None:
    """Two void Board sheets leave three, which no one person's loss may break: with or without the new holder."""
    before = today(void("Board/3"))
    change = weigh(before, void("Board/4"), given("Board/5", person="Cy Example"), now=NOON, happened=[void("Board/4")])
    assert ("AU-5", Outcome.FAIL) in rules(change)


def test_words_that_are_known_are_never_a_choice() -> None:
    before = today(void("Board/1"), void("Board/2"))
    event = handed(RECORD, "Board/3", Seal.OPENED, person="Zoe Example")
    happened = handed(RECORD, "Board/3", Seal.OPENED)
    change = weigh(before, event, now=NOON, happened=[happened])
    assert ("z.5", Outcome.FAIL) in rules(change)


def test_an_accepted_rule_is_told_and_not_refused() -> None:
    record = record_of(accepted=tuple(Accepted(rule=rule, reason=f"decided: {rule}") for rule in ("SP-e", "AU-5")))
    before = today(given("Board/2", person="Ada Example"), record=record)
    change = weigh(before, given("Board/3", person="Ada Example"), now=NOON, happened=[])
    (answer,) = (answer for answer in change.worse if answer.rule == "SP-e")
    assert answer.accepted == "decided: SP-e"


def test_in_the_simple_profile_it_is_a_warning() -> None:
    record = record_of(SIMPLE)
    before = today(record=record, plan=SIMPLE)
    change = weigh(before, handed(record, "Holder/1", person="Bo Example"), now=NOON, happened=[])
    assert ("SP-e", Outcome.WARN) in rules(change)


def test_one_more_person_is_news_though_the_rule_failed_before() -> None:
    before = today(given("Board/2", person="Ada Example"), given("Board/3", person="Ada Example"))
    with pytest.raises(RuleError, match="Fay Example alone meets the quorum of Arbitration"):
        weigh(before, given("Arbitration/2", person="Fay Example"), now=NOON, happened=[])
    change = weigh(before, given("Board/4"), now=NOON, happened=[])
    assert change.worse == ()


def test_what_gets_better_is_no_news_and_is_told_when_it_is_met() -> None:
    before = today(given("Board/2", person="Ada Example"), given("Board/3", person="Ada Example"))
    change = weigh(before, given("Board/2", person="Bo Example"), now=NOON, happened=[])
    assert "SP-e" in change.met_again
    assert change.worse == ()


def test_another_worst_place_is_no_news_and_a_first_one_is() -> None:
    before = today()
    failing = replace(before, answers=tuple(_failing(a, "Bern") if a.rule == "z.7" else a for a in before.answers))
    after = replace(before, answers=tuple(_failing(a, "Berlin") if a.rule == "z.7" else a for a in before.answers))
    assert Change(failing, after).worse == ()
    assert [answer.rule for answer in Change(before, after).worse] == ["z.7"]


def _failing(answer: Answer, place: str) -> Answer:
    assembly = Phrase.of("z.7.assembly_without", hours=30.0, place=place)
    found = Phrase.of("z.7.too_long", assembly=assembly)
    return replace(answer, findings=(Finding(Outcome.FAIL, found, (place,)),))


def test_a_warning_that_becomes_a_failure_is_news() -> None:
    before = today(void("Board/1"), void("Board/2"))
    assert next(a for a in before.answers if a.rule == "z.5").outcome is Outcome.WARN
    change = weigh(before, void("Board/3"), now=NOON)
    assert ("z.5", Outcome.FAIL) in rules(change)
    assert change.after.due[0].startswith("a new generation: 3 of the 3 shares")


def test_of_what_is_destroyed_nothing_is_asked_any_more() -> None:
    names = tuple(sheet.name for sheet in register_of().sheets)
    event = Destroyed(sheets=names, media=("USB stick 1", "USB stick 2"), every_envelope=True, witnesses="")
    change = weigh(today(), event, now=NOON)
    assert (change.after.answers, change.worse, change.met_again) == ((), (), ())
    assert not change.register.live
    back = asked(change.after, register_of())
    assert all(answer.outcome is Outcome.WARN for answer in back.worse)


def test_what_cannot_have_happened_is_refused_as_ever() -> None:
    with pytest.raises(UsageError, match="there is no sheet Board/9"):
        weigh(today(), void("Board/9"), now=NOON)


def test_a_drill_mends_what_was_overdue() -> None:
    late = judge(register_of(), ROOT.encode(), date(2028, 1, 1))
    assert next(a for a in late.answers if a.rule == "z.6").outcome is Outcome.FAIL
    event = Drill(items=(), by="", next_drill=date(2028, 12, 1))
    change = weigh(late, event, now=NOON.replace(year=2028, month=1, day=1))
    assert "z.6" in change.met_again


def test_a_new_holder_whose_hours_nobody_knows_is_for_people_to_see_to() -> None:
    """Without Bo it would be too long, if Bern burns; with her successor nobody knows."""
    change = weigh(today(), given("Board/2", person="Zoe Neu"), now=NOON, happened=[])
    (answer,) = (answer for answer in change.after.answers if answer.rule == "z.7")
    assert answer.outcome is Outcome.PEOPLE
    assert "worst assembly takes 31 hours with Notary, Bern lost" in answer.findings[0].text
    with pytest.raises(RuleError, match=r"z.7 .*31 hours with Bank, Zürich lost"):
        weigh(today(), given("Board/1", place="Bank, Sydney"), now=NOON, happened=[])

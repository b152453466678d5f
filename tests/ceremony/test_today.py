"""The rules asked of a register: what a plan made is what the plan described, and then time goes by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rootescrow.ceremony.plan import MAX_PLAN_BYTES, load
from rootescrow.ceremony.rules import Answer, Outcome, check
from rootescrow.ceremony.situation import Carrier, Former, Kind, State
from rootescrow.ceremony.today import Today, judge, look, situation
from rootescrow.errors import JournalError, RuleError
from rootescrow.policy import Body, Holder
from rootescrow.register.events import (
    AnyEvent,
    Confirmed,
    Destroyed,
    Drill,
    Found,
    How,
    Kit,
    Looked,
    Opened,
    Seal,
    Superseded,
    Void,
)
from rootescrow.register.folder import ESCROW, create
from rootescrow.register.journal import Journal
from rootescrow.register.now import SheetNow
from rootescrow.register.record import Accepted, Record, RecordedEnvelope, RecordedGroup, RecordedPassphrase
from rootescrow.register.register import fold, kept
from tests.register.support import NOON, make_journal, make_record, sheets

from .plans import NO_PAPER, ROOT, SIMPLE, TYPED, changed
from .registers import SECOND, handed, record_of, register_of
from .test_rules import BY_PLAN, Case

RECORD = record_of()
MADE = date(2026, 11, 23)
ARCHIVE = "Archive of the CA, Zug"
BERN = "Notary, Bern"
SYDNEY = "Bank, Sydney"
BOTH_MEDIA = ("USB stick 1", "USB stick 2")


def today(*events: AnyEvent, record: Record = RECORD, plan: str | None = ROOT, day: date = MADE) -> Today:
    """What holds after these events, and what the rules say."""
    return judge(register_of(*events, record=record), None if plan is None else plan.encode(), day)


def answer(now: Today, rule: str) -> Answer:
    (found,) = (answer for answer in now.answers if answer.rule == rule)
    return found


def failed(now: Today) -> list[str]:
    return [answer.rule for answer in now.answers if answer.outcome is Outcome.FAIL]


def texts(now: Today, rule: str) -> str:
    return "; ".join(finding.text for finding in answer(now, rule).findings)


def opened(sheet: str, person: str) -> AnyEvent:
    """A sheet goes to somebody, and its bag was found open."""
    return handed(RECORD, sheet, Seal.OPENED, person=person)


def void(*names: str) -> list[AnyEvent]:
    return [Void(sheet=name, reason="lost") for name in names]


def destroyed(*names: str, media: tuple[str, ...] = (), every_envelope: bool = False) -> AnyEvent:
    return Destroyed(sheets=names, media=media, every_envelope=every_envelope, witnesses="")


# On the day it is made.


@pytest.mark.parametrize(
    "plan",
    [
        ROOT,
        SIMPLE,
        changed(TYPED),
        changed(NO_PAPER),
        changed(('envelope = "separate"', 'envelope = "each"'), NO_PAPER),
        changed(('profile = "root"', 'profile = "subroot"')),
        changed(('envelope = "separate"', 'envelope = "separate"\ngroups_needed = 1')),
    ],
    ids=["root", "simple", "typed", "no paper", "each", "subroot", "one group"],
)
def test_what_a_plan_made_is_what_it_described(plan: str) -> None:
    made, record = load(plan.encode()), record_of(plan)
    now = situation(register_of(record=record), made, MADE)
    assert now.key is not None
    assert now.needed == made.situation().needed
    assert replace(now, key=None, groups_needed=made.groups_needed) == made.situation()
    assert [a for a in check(now) if a.rule != "SP-c"] == [a for a in check(made.situation()) if a.rule != "SP-c"]


@pytest.mark.parametrize("case", BY_PLAN, ids=lambda case: f"{case.rule} {case.says}")
def test_what_should_not_have_been_made_fails_by_the_same_rule(case: Case) -> None:
    plan = changed(*case.changes)
    now = today(record=record_of(plan), plan=plan)
    assert failed(now) == [case.rule]
    assert case.says in texts(now, case.rule)


def test_the_example_meets_every_rule() -> None:
    now = today()
    assert failed(now) == []
    now.refuse()
    assert now.plan == load(ROOT.encode())
    assert now.due == now.register.due(MADE)


def test_a_rehearsal_is_asked_the_same() -> None:
    assert today(record=record_of(rehearsal=True)).answers == today().answers


# Then time goes by.

BY_JOURNAL: tuple[tuple[str, list[AnyEvent], list[str], str], ...] = (
    (
        "words that former holders know",
        [opened("Board/1", "Olga Example"), opened("Board/2", "Otto Example"), opened("Board/3", "Wanda Example")],
        ["z.5"],
        "Board/1, Board/2 and Board/3 may be known to people who should not know them",
    ),
    (
        "void sheets and former holders",
        [opened("Board/1", "Olga Example"), *void("Board/5"), opened("Board/3", "Otto Example")],
        ["z.5"],
        "only a new generation helps",
    ),
    (
        "a sheet of a former office, read, and one of another",
        [
            opened("Arbitration/2", "Wanda Example"),
            handed(RECORD, "Arbitration/3", person="Gus Example"),
        ],
        ["SP-e"],
        "Gus Example alone meets the quorum of Arbitration",
    ),
    (
        "two sheets by handover",
        [handed(RECORD, "Arbitration/2", person="Fay Example")],
        ["SP-e", "AU-5"],
        "Fay Example alone meets the quorum of Arbitration",
    ),
    (
        "a passphrase sheet where an envelope is",
        [handed(RECORD, "Passphrase/1", place=ARCHIVE)],
        ["SP-d"],
        f"a passphrase sheet and an envelope lie at {ARCHIVE}",
    ),
    (
        "a passphrase sheet in the bag of an envelope",
        [handed(RECORD, "Passphrase/1", bag="A000201")],
        ["SP-d"],
        "bag A000201 holds a passphrase sheet and an envelope",
    ),
    ("every medium is destroyed", [destroyed(media=BOTH_MEDIA)], ["SP-b"], "there is no medium"),
    (
        "two sheets in one bag",
        [handed(RECORD, "Board/5", place=BERN, bag="A000101")],
        ["AU-1"],
        "Board/1 and Board/5 are in one bag",
    ),
    ("nobody's sheet", [handed(RECORD, "Board/5", person="")], ["AU-2"], "named for Board/5"),
    (
        "a place that gets too many",
        [handed(RECORD, "Board/2", place=BERN), handed(RECORD, "Board/3", place=BERN)],
        ["AU-4", "z.7"],
        f"{BERN} holds a quorum of Board; if {BERN} burns, the key is lost",
    ),
    (
        "no sheet to spare",
        [*void("Arbitration/3"), destroyed("Arbitration/3")],
        ["AU-4", "AU-5", "z.7"],
        "if Office of Fay Example, Basel burns, the key is lost",
    ),
    (
        "a keeper who gets a second sheet of the passphrase",
        [handed(RECORD, "Passphrase/2", person="Ina Example")],
        ["AU-5", "AU-6"],
        "Passphrase is lost without Ina Example",
    ),
    ("a sheet too far away", [handed(RECORD, "Arbitration/1", place=SYDNEY)], ["z.7"], "takes 32 hours"),
)


@pytest.mark.parametrize(("events", "rules", "says"), [case[1:] for case in BY_JOURNAL], ids=[c[0] for c in BY_JOURNAL])
def test_what_fails_by_what_happened(events: list[AnyEvent], rules: list[str], says: str) -> None:
    now = today(*events)
    assert failed(now) == rules
    assert says in texts(now, rules[0])
    with pytest.raises(RuleError) as refused:
        now.refuse()
    assert all(f"{rule} (" in refused.value.message for rule in rules)
    assert "new generation" in refused.value.hint
    mend = [item for item in now.due if item.startswith("meet rule ")]
    assert [item.split()[2] for item in mend] == [rule for rule in rules if rule != "z.5"]
    generation = [item for item in now.due if "a new generation" in item]
    assert len(generation) == (answer(now, "z.5").outcome is not Outcome.PASS)


def test_one_fewer_than_a_quorum_is_a_warning() -> None:
    now = today(opened("Board/1", "Olga Example"), *void("Board/5"))
    assert failed(now) == []
    assert answer(now, "z.5").outcome is Outcome.WARN
    assert answer(now, "z.5").concerned == ("Board", "Ada Example")
    assert now.due[0].startswith("a new generation: 2 of the 3 shares that Board needs")


def test_a_holder_whose_bag_was_whole_has_seen_nothing() -> None:
    whole = [
        handed(RECORD, f"Board/{n}", person=who)
        for n, who in enumerate(("Olga Example", "Otto Example", "Wanda Example"), 1)
    ]
    now = today(*whole)
    assert failed(now) == []
    assert answer(now, "z.5").outcome is Outcome.PASS
    assert all(group.former == () for group in now.situation.sets)


def test_one_medium_is_left() -> None:
    now = today(destroyed(media=("USB stick 1",)))
    assert failed(now) == []
    assert texts(now, "SP-b") == "media: USB stick 2"
    assert texts(now, "z.4") == "8 sheets; 3 envelopes at 2 places"


def test_the_drill_is_overdue_the_day_after() -> None:
    assert failed(today(day=date(2027, 11, 20))) == []
    now = today(day=date(2027, 11, 21))
    assert failed(now) == ["z.6"]
    assert now.due[-1] == "meet rule z.6 (an exercise every year is cheap): the drill of 2027-11-20 is overdue"


def test_a_floor_that_rose_above_the_key_derivation() -> None:
    weak = RECORD.key.model_copy(update={"kdf": "scrypt N=16384 r=8 p=4"})
    assert failed(today(record=record_of(key=weak))) == ["SP-c"]
    strange = RECORD.key.model_copy(update={"kdf": "a new one"})
    unknown = today(record=record_of(key=strange))
    assert answer(unknown, "SP-c").outcome is Outcome.WARN
    assert "not known here" in texts(unknown, "SP-c")


def test_a_generation_that_is_destroyed_is_asked_nothing() -> None:
    now = today(destroyed(every_envelope=True))
    assert (now.answers, now.due, now.situation.envelopes) == ((), (), ())
    now.refuse()
    each = changed(('envelope = "separate"', 'envelope = "each"'), NO_PAPER)
    every = [sheet.name for sheet in register_of().sheets]
    gone = today(destroyed(*every, every_envelope=True), record=record_of(each), plan=each)
    assert (gone.answers, gone.situation.carriers) == ((), ())


# What only the years after know.


def drill(*items: Looked, following: date | None = None) -> AnyEvent:
    return Drill(items=items, by="Olga Example", next_drill=following)


def looked(item: str, found: Found = Found.UNOPENED, seal: Seal | None = Seal.WHOLE) -> Looked:
    return Looked(item=item, found=found, seal=seal, bag="")


def kit(medium: str, *lacking: str, place: str = "", bag: str = "") -> AnyEvent:
    return Kit(medium=medium, place=place, bag=bag, sha256="ab" * 32, lacking=lacking)


def test_the_next_drill_is_that_of_the_last_one_and_not_the_plan_s() -> None:
    held = drill(looked("Board/1"), following=date(2027, 11, 10))
    now = today(held)
    assert (now.situation.drilled, now.situation.next_drill) == (MADE, date(2027, 11, 10))
    assert failed(today(held, day=date(2027, 11, 10))) == []
    assert failed(today(held, day=date(2027, 11, 11))) == ["z.6"]
    unsaid = today(drill(looked("Board/1")))
    assert unsaid.situation.next_drill == date(2027, 11, 20), "the plan's, as nobody named another"
    late = drill(following=date(2028, 1, 1))
    assert "over a year after 2026-11-23" in texts(today(late), "z.6")


def test_an_exercise_under_a_case_is_a_drill_too() -> None:
    exercise = Opened(
        case="a20271101.1", sheets=("Board/1",), passphrase=False, by="", next_drill=date(2027, 11, 1), arbitrator=""
    )
    now = today(exercise)
    assert (now.situation.drilled, now.situation.next_drill) == (MADE, date(2027, 11, 1))


def test_a_bag_found_open_in_a_drill_is_one_of_its_holder() -> None:
    now = today(drill(looked("Board/1", seal=Seal.OPENED), looked("Board/2", Found.GONE, seal=None)))
    board = now.situation.groups[0]
    assert [sheet.state for sheet in board.sheets[:3]] == [State.OPENED, State.VOID, State.KEPT]
    assert board.former == ()
    assert answer(now, "z.5").concerned == ("Board",)


def test_a_kit_tells_where_its_medium_lies_now() -> None:
    """The plan's place and bag hold until a kit names others."""
    same, moved = today(kit("USB stick 1")), today(kit("USB stick 1", place=BERN, bag="A000301"))
    first = Carrier(Kind.MEDIUM, "USB stick 1", ARCHIVE, "A000201")
    assert same.situation.envelopes[0] == first == today().situation.envelopes[0]
    assert moved.situation.envelopes[0] == replace(first, place=BERN, bag="A000301")
    assert [(medium.place, medium.bag) for medium in moved.media] == [
        (BERN, "A000301"),
        ("Data centre, Frankfurt", "A000202"),
    ]
    beside = today(kit("USB stick 1", place="Bank, Lugano"))
    assert failed(beside) == ["SP-d"], "a sheet of the passphrase lies there"


def test_a_medium_that_the_plan_does_not_know_is_one_too() -> None:
    now = today(kit("USB stick 3", place=BERN))
    assert now.situation.envelopes[2] == Carrier(Kind.MEDIUM, "USB stick 3", BERN)
    assert texts(now, "SP-b") == "media: USB stick 1, USB stick 2 and USB stick 3"
    assert today(kit("USB stick 3"), plan=None).media[2].place == ""


def test_what_no_medium_has_is_a_warning() -> None:
    """Something is lacking only if no kit has it; of media without a kit nothing is known."""
    assert today().situation.lacking == ()
    one = today(kit("USB stick 1", "openssl.cnf", "crlnumber"))
    assert one.situation.lacking == ("openssl.cnf", "crlnumber")
    assert answer(one, "z.7").outcome is Outcome.WARN
    assert "no medium has openssl.cnf and crlnumber" in texts(one, "z.7")
    assert failed(one) == []
    two = today(kit("USB stick 1", "openssl.cnf", "crlnumber"), kit("USB stick 2", "crlnumber", "certificate"))
    assert two.situation.lacking == ("crlnumber",)
    full = today(kit("USB stick 1", "crlnumber"), kit("USB stick 2"))
    assert (full.situation.lacking, answer(full, "z.7").outcome) == ((), Outcome.PASS)
    again = today(kit("USB stick 1", "crlnumber"), kit("USB stick 1"))
    assert again.situation.lacking == ()
    gone = today(kit("USB stick 1"), kit("USB stick 2", "crlnumber"), destroyed(media=("USB stick 1",)))
    assert gone.situation.lacking == ("crlnumber",), "who had it is destroyed"


def test_printed_envelopes_that_are_destroyed_are_none() -> None:
    def burnt(*numbers: int) -> AnyEvent:
        return Destroyed(sheets=(), media=(), printed_envelopes=numbers, every_envelope=False, witnesses="")

    paper = [one.name for one in today(burnt(1)).situation.envelopes if one.kind is Kind.PAPER]
    assert paper == ["printed envelope 2"]
    none = today(burnt(1), burnt(2))
    assert failed(none) == ["z.4"]
    assert "no envelope is on paper" in texts(none, "z.4")


def test_who_may_know_the_passphrase_is_not_forgotten_by_a_new_generation() -> None:
    """The passphrase is kept, and so is what is known of its sheets: whose bag was open, which is void."""
    record = record_of(**SECOND)
    before = handed(record, "Passphrase/1", Seal.OPENED, person="Zoe")
    old = register_of(before, *void("Passphrase/2"), record=record_of(escrow_id="AAAA-2345"))
    journal = Journal.begin(record, NOON).append(kept(old), now=NOON)
    now = judge(fold(record, journal), ROOT.encode(), MADE)
    escrowed = now.situation.passphrase.escrowed
    assert escrowed is not None
    assert escrowed.former == (Former("Ina Example", 1),)
    assert [sheet.state for sheet in escrowed.sheets] == [State.KEPT, State.VOID, State.KEPT]
    assert "z.5" in failed(now), "one known and one void are the two that are needed"
    fresh = judge(register_of(record=record), ROOT.encode(), MADE)
    assert answer(fresh, "z.5").outcome is Outcome.PASS


def test_a_generation_that_was_superseded_is_only_asked_to_be_destroyed() -> None:
    """Rules that fail by its destruction are not to be met: the generation after it meets them."""
    after = Superseded(
        escrow_id="BBBB-2345", generation=2, record_sha256="ab" * 32, new_passphrase=True, case="", reason=""
    )
    now = today(after, destroyed("Arbitration/1", "Board/1"))
    assert "AU-5" in failed(now)
    assert now.due == now.register.due(MADE)
    (only,) = now.due
    assert only.startswith("destroy what is left of it: Board/2, ")
    assert today(after, plan=None).due == today(after).due


# How a register is read.


def test_what_became_of_a_sheet() -> None:
    now = today(
        opened("Board/1", "Olga Example"),
        handed(RECORD, "Board/2", Seal.MISSING),
        *void("Board/3", "Board/4"),
        destroyed("Board/4", "Board/5"),
    )
    board = now.situation.groups[0]
    states = [State.KEPT, State.OPENED, State.VOID, State.DESTROYED, State.DESTROYED]
    assert [sheet.state for sheet in board.sheets] == states
    assert board.former == (Former("Ada Example", 1),)
    assert board.sheets[0].person == "Olga Example"


def test_who_knew_a_void_sheet_still_does() -> None:
    now = today(handed(RECORD, "Passphrase/1", Seal.OPENED), *void("Passphrase/1"), destroyed("Passphrase/1"))
    escrowed = now.situation.passphrase.escrowed
    assert escrowed is not None
    assert escrowed.former == (Former("Ina Example", 1),)
    assert escrowed.known_to("Ina Example") == {1}


def test_a_sheet_that_replaces_another_has_the_next_number() -> None:
    register = register_of(*void("Board/2"), record=RECORD)
    group = RECORD.policy.groups[0]
    sixth = SheetNow(group, 6, Holder("Secretary", "Otto Example", "Bank, Zürich", "A000301"), "ab" * 32)
    now = judge(replace(register, sheets=(*register.sheets, sixth)), ROOT.encode(), MADE)
    assert failed(now) == []
    board = now.situation.groups[0]
    assert [sheet.number for sheet in board.usable()] == [1, 3, 4, 5, 6]
    assert texts(now, "z.5").startswith("Board/2 may be known")


def test_people_and_places_that_the_plan_does_not_know_are_at_an_unknown_distance() -> None:
    strangers = [
        handed(RECORD, f"Arbitration/{number}", person=f"Yan Example {number}", place=f"Safe {number}")
        for number in (1, 2)
    ]
    now = today(*strangers)
    assert failed(now) == []
    hours = {person.name: person.hours for person in now.situation.people}
    assert (hours["Ada Example"], hours["Yan Example 1"]) == (2, None)
    assert {place.name: place.hours for place in now.situation.places}["Safe 2"] is None
    assert answer(now, "z.7").outcome is Outcome.PEOPLE


def test_what_was_accepted_stays_accepted_and_is_not_due() -> None:
    accepted = (
        Accepted(rule="SP-d", reason="until the new archive"),
        Accepted(rule="preflight network", reason="a test machine"),
    )
    now = today(handed(RECORD, "Passphrase/1", place=ARCHIVE), record=record_of(accepted=accepted))
    assert now.situation.accepted == {"SP-d": "until the new archive"}
    assert answer(now, "SP-d").accepted == "until the new archive"
    now.refuse()
    assert not any("SP-d" in item for item in now.due)


def test_a_passphrase_of_several_groups_is_counted_by_the_fewest_sheets() -> None:
    groups = [RecordedGroup(name=name, body=Body.OTHER, threshold=2, count=3) for name in ("Left", "Right")]
    two = RecordedPassphrase(
        escrow_id="ABCD-EFGH", groups=tuple(groups), group_threshold=2, sheets=sheets("Left", 3) + sheets("Right", 3)
    )
    record = record_of(passphrase=two)
    now = today(handed(record, "Right/2", Seal.OPENED, person="Zoe"), record=record)
    escrowed = now.situation.passphrase.escrowed
    assert escrowed is not None
    assert (escrowed.name, escrowed.threshold) == ("Left/Right", 4)
    assert [sheet.number for sheet in escrowed.sheets] == [1, 2, 3, 4, 5, 6]
    assert escrowed.former == (Former("Ada Éxample 2", 5),)


# Without a plan, or with one that cannot be used.


def test_what_nobody_wrote_down_stays_unknown() -> None:
    blank = {"office": "", "person": "", "place": "", "bag": ""}
    nobody = [sheet.model_copy(update=blank) for sheet in make_record().sheets]
    for printed in ("each", "separate", "media"):
        record = make_record(
            sheets=nobody,
            media=(),
            accepted=(),
            authority={},
            envelope=RecordedEnvelope(sha256="ab" * 32, bytes=2600, printed=printed),
        )
        now = today(Confirmed(sheet="Board/1", how=How.TYPED, by=""), record=record, plan=None)
        assert (failed(now), now.plan, now.plan_problem) == ([], None, "")
        assert answer(now, "AU-3").outcome is answer(now, "AU-4").outcome is Outcome.PEOPLE
        assert now.situation.operators is None
        assert "who operated is not recorded" in texts(now, "SP-e")
    assert situation(now.register, None, MADE).envelopes == ()
    separate = make_record(media=(), envelope=RecordedEnvelope(sha256="ab" * 32, bytes=2600, printed="separate"))
    assert situation(register_of(record=separate), None, MADE).envelopes == (Carrier(Kind.PAPER, "printed envelope"),)


def test_a_former_holder_without_a_name_counts() -> None:
    blank = {"office": "", "person": ""}
    nobody = [sheet.model_copy(update=blank) for sheet in make_record().sheets]
    record = make_record(sheets=nobody)
    events = [handed(record, f"Board/{number}", Seal.OPENED, person="Zoe") for number in (1, 2, 3)]
    now = today(*events, record=record, plan=None)
    assert failed(now) == ["z.5"]


PROBLEMS: tuple[tuple[str, Callable[[], tuple[Record, bytes | None]], str], ...] = (
    ("another", lambda: (RECORD, ROOT.encode() + b"\n"), "plan.toml is not the plan that the record names"),
    ("missing", lambda: (RECORD, None), "plan.toml is not there: put it back"),
    ("none named", lambda: (record_of(plan_sha256=None), ROOT.encode()), "the record names no plan: take plan.toml"),
    (
        "of a later version",
        lambda: (record_of(plan_sha256=hashlib.sha256(b"format = 2\n").hexdigest()), b"format = 2\n"),
        "plan.toml cannot be read by this version: ",
    ),
)


@pytest.mark.parametrize(("given", "says"), [case[1:] for case in PROBLEMS], ids=[case[0] for case in PROBLEMS])
def test_a_plan_that_cannot_be_used_is_told_and_nothing_fails(
    given: Callable[[], tuple[Record, bytes | None]], says: str
) -> None:
    record, plan = given()
    now = judge(register_of(record=record), plan, MADE)
    assert now.plan is None
    assert now.plan_problem.startswith(says)
    assert now.due[-1] == now.plan_problem
    assert failed(now) == ["z.6"]
    assert answer(now, "SP-e").outcome is answer(now, "z.7").outcome is Outcome.PEOPLE


# In a folder.


@pytest.fixture
def escrow(tmp_path: Path) -> Path:
    """The folder of an escrow made by the root plan."""
    files = {f"{ESCROW}/plan.toml": ROOT.encode()}
    create(tmp_path / "out", files, RECORD.dump(), make_journal(*void("Board/2"), record=RECORD).dump())
    return tmp_path / "out" / ESCROW


def test_a_folder(escrow: Path) -> None:
    assert look(escrow, MADE) == today(*void("Board/2"))


@pytest.mark.parametrize("spoil", ["folder", "large", "gone", "link"])
def test_a_folder_whose_plan_cannot_be_read(escrow: Path, spoil: str) -> None:
    plan = escrow / "plan.toml"
    plan.unlink()
    if spoil == "folder":
        plan.mkdir()
    elif spoil == "large":
        plan.write_bytes(b"#" * (MAX_PLAN_BYTES + 1))
    elif spoil == "link":
        plan.symlink_to("nowhere")
    now = look(escrow, MADE)
    assert now.plan is None
    assert "plan.toml" in now.plan_problem
    assert now.plan_problem in now.due
    assert answer(now, "z.5").outcome is Outcome.PASS


def test_a_folder_without_a_journal(escrow: Path) -> None:
    (escrow / "journal.jsonl").unlink()
    with pytest.raises(JournalError, match=r"holds a record and no journal\.jsonl"):
        look(escrow, MADE)

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from rootescrow.ceremony.rules import RULES
from rootescrow.register.events import (
    AnyEvent,
    Confirmed,
    Destroyed,
    Handover,
    How,
    Note,
    Printed,
    Recovered,
    Seal,
    Void,
    What,
)
from rootescrow.register.folder import create, load_register
from rootescrow.register.record import Accepted, Record, RecordedEnvelope
from tests.ceremony.plans import ROOT
from tests.ceremony.registers import END, RECOVERY, SECOND, YEARS, lived, record_of
from tests.cli.support import inside
from tests.register.support import make_journal, make_record

Run = Callable[..., tuple[int, str, str]]
RECORD = make_record(
    envelope=RecordedEnvelope(sha256="ab" * 32, bytes=2600, printed="separate"), supersedes="AAAA-BBBB", generation=2
)
EVENTS: tuple[AnyEvent, ...] = (
    Printed(sheet="Board/1", printer=""),
    Printed(sheet="Board/1", printer=""),
    Confirmed(sheet="Board/1", how=How.SCAN, by=""),
    Handover(sheet="Board/2", office="Treasurer", person="Cy", place="Graz", bag="B7", seal=Seal.OPENED),
    Void(sheet="Board/3", reason="lost in a fire"),
    Destroyed(sheets=("Arbitration/3",), media=(), every_envelope=False, witnesses=""),
    Note(text="a note"),
)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Make an escrow folder in which these events have happened."""

    def make(*events: AnyEvent, record: Record = RECORD) -> Path:
        create(tmp_path / "out", {}, record.dump(), make_journal(*events, record=record).dump())
        return tmp_path / "out" / "escrow"

    return make


@pytest.fixture
def run() -> Run:
    """Run the command; its exit status, and what it said on standard output and error."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        done = inside(*arguments)
        return done.status, done.out, done.err

    return run


def test_who_has_what_where(run: Run, make: Callable[..., Path], repo_root: Path) -> None:
    escrow = make(*EVENTS)
    status, out, err = run("status", escrow)
    assert (status, err) == (0, "")
    register = load_register(escrow)
    shown = out.replace(str(register.journal.head), "HEAD").replace(RECORD.check_code, "CHECK")
    # What no bag was looked at for a year depends on when this is run.
    told = [line for line in shown.splitlines(keepends=True) if not line.startswith("  - look at the bags")]
    assert "".join(told) == (repo_root / "tests" / "golden" / "status.txt").read_text("utf-8")


NOT_MET = (
    Handover(sheet="Arbitration/2", office="Arbitrator", person="Fay Example", place="Graz", bag="B7", seal=Seal.WHOLE),
    Handover(
        sheet="Passphrase/1",
        office="Auditor",
        person="Ina Example",
        place="Archive of the CA, Zug",
        bag="B8",
        seal=Seal.WHOLE,
    ),
)
"""Dual control is broken, and a sheet of the passphrase lies beside an envelope."""


def rules_of(out: str) -> list[tuple[str, str]]:
    """Each rule that is shown, with its verdict."""
    lines = re.findall(r"^  ((?:SP|AU|z)[-.]\w+) +(pass|warn|fail|accepted|left to people)  ", out, re.MULTILINE)
    return [(str(rule), str(verdict)) for rule, verdict in lines]


def test_rules_that_are_not_met_any_more(run: Run, make: Callable[..., Path]) -> None:
    record = record_of(accepted=(Accepted(rule="SP-d", reason="until the new archive"),))
    escrow = make(*NOT_MET, record=record)
    (escrow / "plan.toml").write_text(ROOT, "utf-8")
    status, out, err = run("status", escrow)
    assert (status, err) == (0, "")
    assert "Accepted when" not in out
    due, told = out[out.index("Due:") :].split("\n\nRules today:\n")
    assert "  - meet rule SP-e (dual control): Fay Example alone meets the quorum of Arbitration, any 2 sheets" in due
    assert "SP-d" not in due
    shown = rules_of(told)
    assert shown[:2] == [("SP-e", "fail"), ("AU-5", "fail")]
    assert ("SP-d", "accepted") in shown
    assert "accepted: until the new archive" in told
    verdicts = [verdict for _, verdict in shown]
    assert verdicts == sorted(verdicts, key=["fail", "accepted", "warn", "left to people"].index)
    assert told.splitlines()[-1] == f"  The other {len(RULES) - len(shown)} rules are met; --all-rules shows them."
    assert ("z.4", "pass") not in shown


def test_all_rules_in_the_order_of_the_policy_table(run: Run, make: Callable[..., Path]) -> None:
    escrow = make(*NOT_MET, record=record_of())
    (escrow / "plan.toml").write_text(ROOT, "utf-8")
    shown = rules_of(run("status", escrow, "--all-rules")[1])
    assert [rule for rule, _ in shown] == [rule.id for rule in RULES]
    assert {("SP-d", "fail"), ("SP-e", "fail"), ("z.4", "pass")} <= set(shown)


def test_rules_for_programs(run: Run, make: Callable[..., Path]) -> None:
    escrow = make(*NOT_MET, record=record_of(accepted=(Accepted(rule="SP-d", reason="until the new archive"),)))
    (escrow / "plan.toml").write_text(ROOT, "utf-8")
    told = json.loads(run("status", escrow, "--json")[1])
    assert [rule["rule"] for rule in told["rules"]] == [rule.id for rule in RULES]
    assert told["plan_problem"] == ""
    assert any(item.startswith("meet rule SP-e") for item in told["due"])
    rules = {rule["rule"]: rule for rule in told["rules"]}
    assert rules["SP-d"] == {
        "rule": "SP-d",
        "clause": "the passphrase is strong and escrowed separately from the media",
        "outcome": "fail",
        "accepted": "until the new archive",
        "concerned": ["Archive of the CA, Zug"],
        "findings": [
            {
                "outcome": "fail",
                "text": "a passphrase sheet and an envelope lie at Archive of the CA, Zug",
                "concerned": ["Archive of the CA, Zug"],
            }
        ],
    }


def test_a_plan_that_is_another_one_is_told(run: Run, make: Callable[..., Path]) -> None:
    escrow = make(record=record_of())
    (escrow / "plan.toml").write_text(ROOT.replace("Ada", "Eve"), "utf-8")
    status, out, _ = run("status", escrow)
    problem = "plan.toml is not the plan that the record names: put that back"
    assert status == 0
    assert f"Rules today:\n  Asked without the plan: {problem}.\n" in out
    assert f"  - {problem}\n" in out
    assert json.loads(run("status", escrow, "--json")[1])["plan_problem"] == problem


def test_for_programs(run: Run, make: Callable[..., Path]) -> None:
    escrow = make(*EVENTS)
    status, out, err = run("status", escrow, "--json")
    assert (status, err) == (0, "")
    told = json.loads(out)
    journal = load_register(escrow).journal
    assert (told["escrow_id"], told["generation"], told["state"]) == ("K7QD-M2XA", 2, "printed, not confirmed")
    assert (told["live"], told["confirmed"], told["supersedes"]) == (True, False, "AAAA-BBBB")
    assert told["record_check_code"] == RECORD.check_code
    assert told["journal"] == {
        "head": str(journal.head),
        "sha256": journal.head.sha256,
        "lines": 8,
        "time": "2026-11-23T12:07:00Z",
        "dated_backward": [],
        "copy": False,
    }
    assert told["groups"][0] == {
        "name": "Board",
        "body": "board",
        "of_passphrase": False,
        "threshold": 3,
        "count": 5,
        "exposed_sheets": ["Board/2", "Board/3"],
        "former_holders_who_may_know_words": ["Ada Éxample 2"],
        "rekey_due": True,
        "exposed_quorum": False,
    }
    assert told["sheets"][1] == {
        "name": "Board/2",
        "office": "Treasurer",
        "person": "Cy",
        "place": "Graz",
        "bag": "B7",
        "words_sha256": RECORD.sheets[1].words_sha256,
        "state": "not confirmed",
        "printed": 0,
        "confirmed": None,
        "how": "",
        "seen": "2026-11-23T12:04:00Z",
        "void": None,
        "void_reason": "",
        "destroyed": None,
        "may_know_words": ["Ada Éxample 2"],
        "in_place_of": None,
    }
    assert [sheet["name"] for sheet in told["sheets"] if sheet["void"]] == ["Board/3"]
    assert [sheet["name"] for sheet in told["sheets"] if sheet["destroyed"]] == ["Arbitration/3"]
    assert told["envelope"]["confirmed"] is None
    assert told["accepted"] == [{"rule": "AU-5", "reason": "two members only this year"}]
    assert len(told["due"]) >= 3


@pytest.fixture
def aged(tmp_path: Path) -> Callable[..., Path]:
    """Make an escrow folder, with its plan, that has lived some years."""

    def make(*events: tuple[date, AnyEvent]) -> Path:
        register = lived(record_of(**SECOND), *events)
        files = {"escrow/plan.toml": ROOT.encode()}
        create(tmp_path / "aged", files, register.record.dump(), register.journal.dump())
        return tmp_path / "aged" / "escrow"

    return make


def test_after_years(run: Run, aged: Callable[..., Path], repo_root: Path) -> None:
    escrow = aged(*YEARS, *RECOVERY, *END)
    status, out, err = run("status", escrow)
    assert (status, err) == (0, "")
    register = load_register(escrow)
    shown = out.replace(str(register.journal.head), "HEAD").replace(register.record.check_code, "CHECK")
    told = shown[: shown.index("\nRules today:")]
    assert told == (repo_root / "tests" / "golden" / "status-years.txt").read_text("utf-8")


def test_after_years_for_programs(run: Run, aged: Callable[..., Path]) -> None:
    told = json.loads(run("status", aged(*YEARS, *RECOVERY, *END), "--json")[1])
    assert (told["exposed"], told["live"], told["drilled"], told["next_drill"]) == (
        False,
        True,
        "2029-11-10",
        "2030-11-08",
    )
    (recovery,) = told["recoveries"]
    assert recovery | {"sheets": []} == {
        "time": "2030-05-05T10:00:00Z",
        "what": "key",
        "case": "a20300504.1",
        "arbitrator": "Gus Example",
        "sheets": [],
        "copies": ["root.p8.pem", "root-2.p8.pem"],
    }
    assert recovery["sheets"][2] == {"sheet": "Board/6", "how": "phone"}
    assert told["copies_left"] == []
    after = told["superseded_by"]
    assert (after["time"], after["escrow_id"], after["generation"]) == ("2030-06-01T10:00:00Z", "BBBB-2345", 3)
    assert (after["case"], after["new_passphrase"]) == ("a20300530.1", False)
    assert told["to_destroy"] == ["Board/2", "Board/3", "Board/5", "Board/6", "Arbitration/2", "Arbitration/3"]
    assert told["media"] == [
        {
            "name": "USB stick 2",
            "place": "Bank, Genf",
            "bag": "A000301",
            "seen": "2027-11-18T10:00:00Z",
            "kit": "2026-11-25T10:00:00Z",
            "lacking": ["crlnumber"],
        }
    ]
    assert told["envelope"]["seen"] == "2027-11-18T10:00:00Z"
    assert (told["envelope"]["printed_destroyed"], told["envelope"]["every_envelope_destroyed"]) == ([2], False)
    assert told["found_wrong"] == {"Board/3": {"found": "wrong", "date": "2028-11-15"}}
    assert told["longest_unseen"][:2] == ["Passphrase/2", "Passphrase/3"]
    places = {sheet["name"]: sheet["in_place_of"] for sheet in told["sheets"] if sheet["in_place_of"]}
    assert places == {"Board/6": "Board/4"}


def test_while_copies_are_left(run: Run, aged: Callable[..., Path]) -> None:
    escrow = aged(*YEARS, *RECOVERY)
    _, out, _ = run("status", escrow)
    assert out.startswith("Escrow K7QD-M2XA, generation 2: confirmed; exposed: the key was recovered\n")
    assert "Recovered on 2030-05-05: the key, under case a20300504.1 of Gus Example\n" in out
    assert "Copies of what was recovered: root.p8.pem, root-2.p8.pem\n" in out
    assert "kit written 2026-11-25; lacks openssl.cnf, crlnumber; WRONG in the drill of 2027-11-18\n" in out
    assert "Due:\n  - destroy the copies of what was recovered: root.p8.pem, root-2.p8.pem\n" in out
    told = json.loads(run("status", escrow, "--json")[1])
    assert (told["exposed"], told["superseded_by"], told["to_destroy"]) == (True, None, [])
    assert told["copies_left"] == ["root.p8.pem", "root-2.p8.pem"]


def test_before_anything_happened_it_says_nothing_of_it(run: Run, make: Callable[..., Path]) -> None:
    escrow = make()
    _, out, _ = run("status", escrow)
    for word in ("Recovered", "Copies", "Superseded", "Drill:", "Longest", "place of"):
        assert word not in out
    told = json.loads(run("status", escrow, "--json")[1])
    assert (told["recoveries"], told["superseded_by"], told["drilled"], told["next_drill"]) == ([], None, None, None)


def test_a_recovery_without_a_case_and_every_envelope_destroyed(run: Run, make: Callable[..., Path]) -> None:
    recovered = Recovered(what=What.PASSPHRASE, case="", arbitrator="", sheets=(), copies=())
    gone = Destroyed(sheets=(), media=("USB stick 1",), every_envelope=True, witnesses="")
    _, out, _ = run("status", make(recovered, gone))
    assert "Recovered on 2026-11-23: the passphrase, under no case\n" in out
    assert "Copies of what was recovered: none is left that the register knows of\n" in out
    assert "Printed envelope: not confirmed; every envelope is destroyed\n" in out


def test_nothing_is_known_of_a_simple_escrow(run: Run, make: Callable[..., Path]) -> None:
    blank = {"office": "", "person": "", "place": "", "bag": ""}
    sheets = [sheet.model_copy(update=blank) for sheet in RECORD.sheets]
    record = make_record(sheets=sheets, media=(), accepted=(), rehearsal=True, authority={})
    _, out, _ = run("status", make(record=record))
    assert "Escrow K7QD-M2XA, generation 1: REHEARSAL, printed, not confirmed" in out
    assert "  Board/1  holder not recorded; place not recorded; bag not recorded\n    not confirmed; never seen" in out
    assert "Media:   none is recorded" in out
    assert "Accepted" not in out
    assert "supersedes" not in out
    assert ", motion" not in out
    assert "Asked without" not in out
    assert {verdict for _, verdict in rules_of(out)} == {"warn", "left to people"}


def test_a_confirmed_one_and_a_destroyed_one(run: Run, make: Callable[..., Path]) -> None:
    record = make_record()
    every = [Confirmed(sheet=sheet.name, how=How.TYPED, by="") for sheet in record.sheets]
    escrow = make(*every, record=record)
    _, out, _ = run("status", escrow)
    assert out.startswith("Escrow K7QD-M2XA, generation 1: confirmed\n")
    assert "Board/5  Ada Éxample 5 (Secretary); place Zürich; bag A000005\n    confirmed; last seen 2026-11-23\n" in out
    (escrow / "COPY").touch()
    assert "(this folder is a copy)" in run("status", escrow)[1]
    assert json.loads(run("status", escrow, "--json")[1])["journal"]["copy"]
    names = tuple(sheet.name for sheet in record.sheets)
    gone = make_journal(*every, Destroyed(sheets=names, media=(), every_envelope=True, witnesses=""), record=record)
    (escrow / "journal.jsonl").write_bytes(gone.dump())
    _, out, _ = run("status", escrow)
    assert "generation 1: destroyed: it can recover nothing\n" in out
    assert "Live:    no: what is left of it can recover nothing\n" in out
    assert out.endswith("Due:     nothing\n\nRules today: none is asked of what can recover nothing\n")
    assert json.loads(run("status", escrow, "--json")[1])["rules"] == []


def test_a_record_with_one_hash_swapped_is_noticed(run: Run, make: Callable[..., Path]) -> None:
    escrow = make()
    sheets = [*RECORD.sheets]
    sheets[0] = sheets[0].model_copy(update={"words_sha256": sheets[1].words_sha256})
    swapped = RECORD.model_copy(update={"sheets": tuple(sheets)})
    (escrow / "record.json").write_bytes(swapped.dump())
    status, out, err = run("status", escrow)
    assert (status, out) == (5, "")
    assert "line 1 of the journal is of another record" in err
    assert "Compare the record's check code with a sheet" in err
    assert swapped.check_code != RECORD.check_code, "and the code on every sheet tells"


def test_no_escrow_and_no_journal(run: Run, make: Callable[..., Path]) -> None:
    escrow = make()
    assert run("status", escrow.parent)[0] == 7
    (escrow / "journal.jsonl").unlink()
    status, out, err = run("status", escrow)
    assert (status, out) == (5, "")
    assert "holds a record and no journal.jsonl" in err


def test_help_has_an_example(run: Run) -> None:
    status, out, _ = run("status", "--help")
    assert status == 0
    assert "Example:\n    rootescrow status escrow-1/escrow" in out

"""The audit report: the answer on its first page, each rule with its evidence, and what people must compare."""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from pathlib import Path

import pytest

from rootescrow.ceremony.audit import Audit, FileCheck
from rootescrow.ceremony.papers.audit import SIGNATURES, draw_audit, file_name, verdict
from rootescrow.ceremony.papers.evidence import evidence, numbers
from rootescrow.ceremony.rules import RULES, Outcome
from rootescrow.ceremony.today import judge
from rootescrow.errors import PaperError
from rootescrow.paper.layout import Paper
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.register.events import EVENTS, Handover, Note, Seal, Void
from rootescrow.register.record import Accepted
from rootescrow.register.register import fold
from tests.ceremony.papers.todays import DAY, USUAL, confirmed, record_of, today_of, todays
from tests.paper.support import assert_fits, texts
from tests.register.support import NOON, make_journal, make_record

KINDS = ("usual", "rehearsal", "bare", "copies", "destroyed", "long", "wide", "near", "whole", "broken", "odd")
GOLDEN = ("usual", "bare", "broken")
RIGHT = (FileCheck("record.json", Outcome.PASS, "right"), FileCheck("plan.toml", Outcome.PEOPLE, "look at it"))
WRONG = (FileCheck("envelope.cms", Outcome.FAIL, "another file"),)
SAY = catalogue("en", Part.AUDIT)


@cache
def audit_of(kind: str) -> Audit:
    if kind == "broken":
        return Audit(make_record(), None, WRONG, DAY, copy=True)
    if kind == "whole":
        record = record_of(USUAL)
        return Audit(record, today_of(record, *confirmed(record), plan=USUAL), RIGHT, DAY)
    if kind == "odd":
        return odd()
    today = todays()[kind]
    return Audit(today.register.record, today, WRONG if kind == "usual" else RIGHT, DAY)


def odd() -> Audit:
    """A second generation whose key was never opened, made where a check of the host failed and clocks were wrong."""
    key = make_record().key.model_copy(update={"provenance": "stated"})
    accepted = (Accepted(rule="preflight swap", reason="a machine for tests"),)
    record = make_record(generation=2, supersedes="AAAA-2345", key=key, accepted=accepted)
    journal = make_journal(record=record).append(Note(text="a clock"), now=NOON.replace(year=2020))
    return Audit(record, judge(fold(record, journal), None, DAY), RIGHT, DAY)


@cache
def drawn(kind: str, paper: Paper = Paper.A4) -> bytes:
    return draw_audit(audit_of(kind), paper)


def said(pdf: bytes) -> str:
    """All that a paper says, in one line, without the frames of its pages."""
    lines = [line for page in texts(pdf) for line in page.split("\n") if "AUDIT REPORT ·" not in line]
    return " ".join(" ".join(line for line in lines if "Audit report of escrow" not in line).split())


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("kind", GOLDEN)
def test_it_reads_as_it_did(repo_root: Path, kind: str) -> None:
    """The text of all pages, compared with the files in tests/golden (written anew where GOLDEN=write)."""
    for paper in Paper:
        path = repo_root / "tests" / "golden" / f"audit-{kind}.txt"
        found = "\n\f\n".join(texts(drawn(kind, paper))) + "\n"
        if os.environ.get("GOLDEN") == "write":
            path.write_text(found, encoding="utf-8")
        assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_fits(kind: str, paper: Paper) -> None:
    assert_fits(drawn(kind, paper))


def test_the_first_page_has_the_answer() -> None:
    pages = {kind: " ".join(texts(drawn(kind))[0].split()) for kind in KINDS}
    assert "All files are what the record says, and no rule fails but for" in pages["whole"]
    assert "NOT EVERYTHING IS RIGHT: FILE envelope.cms: another file RULE AU-5 (no loss of use" in pages["usual"]
    assert "RULE z.7 (a CRL within 24 hours): no assembly is possible with" in pages["usual"]
    counts = "17 met, 3 left to people, 1 with a warning, 0 not met and accepted, 0 NOT MET."
    assert f"Of 21 rules: {counts}" in pages["whole"]
    assert "PRINTED, NOT CONFIRMED: 8 of what was printed" in pages["bare"]
    assert "REHEARSAL" in pages["rehearsal"]
    assert "DESTROYED" in pages["destroyed"]
    assert "All files are what the record says. This generation" in pages["destroyed"]
    assert "THE JOURNAL IS NOT WHOLE" in pages["broken"]
    assert "of a COPY" in pages["broken"]
    assert "2027-03-01" in pages["usual"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_bears_check_code_and_head(kind: str) -> None:
    audit, paper = audit_of(kind), said(drawn(kind))
    assert audit.record.check_code in (paper if kind == "wide" else texts(drawn(kind))[0])
    hashes = [hashlib.sha256(audit.record.dump()).hexdigest(), audit.record.envelope.sha256]
    if audit.today:
        head = audit.today.register.journal.head
        assert str(head) in paper
        hashes.append(head.sha256)
    for digest in (*hashes, audit.record.plan_sha256, audit.record.key.spki_sha256):
        assert digest is None or digest in flat(paper)


def test_every_rule_has_its_clause_verdict_findings_and_evidence() -> None:
    audit = audit_of("usual")
    assert audit.today is not None
    paper = flat(said(drawn("usual")))
    for rule, answer in zip(RULES, audit.today.answers, strict=True):
        pieces = evidence(rule.id, audit.today, SAY)
        assert pieces, rule.id
        told = (rule.id, rule.clause, *(finding.text for finding in answer.findings), answer.accepted, *pieces)
        assert all(flat(text) in paper for text in told), rule.id
    words = {answer.rule: verdict(answer) for answer in audit.today.answers}
    assert (words["SP-a"], words["AU-4"], words["AU-5"], words["z.5"]) == ("pass", "accepted", "fail", "warn")


def test_evidence_names_lines_of_the_journal() -> None:
    today = audit_of("usual").today
    assert today is not None
    assert evidence("z.4", today, SAY)[0] == "journal: confirmed 12 times, lines 2–13 (2026-11-23)"
    assert evidence("z.5", today, SAY) == (
        "journal: void, line 14 (2026-11-23)",
        "journal: handover, line 15 (2026-11-23)",
        "of these the bag was not whole: 15",
        "journal: destroyed, line 18 (2026-11-23)",
    )
    assert evidence("z.6", today, SAY) == ("journal: no line 'drill'", "plan: next drill 2027-11-20")
    assert evidence("SP-a", today, SAY)[0] == "record: motion m20261101.1 of 2026-11-01"


def test_numbers_of_neighbours_are_put_together() -> None:
    lines = make_journal(*[Note(text=str(number)) for number in range(9)]).lines
    assert numbers(lines) == "1–10"
    assert numbers([lines[n] for n in (0, 2, 3, 4, 7, 9)]) == "1, 3–5, 8, 10"
    assert numbers([]) == ""


def test_every_sheet_is_there_whatever_became_of_it() -> None:
    audit, paper = audit_of("usual"), said(drawn("usual"))
    assert audit.today is not None
    for sheet in audit.today.register.sheets:
        assert flat(f"{sheet.name} {sheet.holder.person}") in flat(paper)
        assert sheet.holder.bag in paper
    assert "void since 2026-11-23: its bag was lost on a train" in paper
    assert "may know its words: Gus Example" in paper
    assert "confirmed 2026-11-23, by scan, line 2 last seen 2026-11-23" in paper
    assert "1, and 2 are a quorum: A NEW GENERATION IS DUE" in paper


def test_every_kind_of_event_is_counted() -> None:
    paper = said(drawn("usual"))
    table = paper[paper.index("Event Lines Dates Which") :]
    for kind in EVENTS:
        assert re.search(rf"\b{kind} \d+ ", table), kind


def test_there_is_no_drill_yet() -> None:
    paper = said(drawn("usual"))
    assert "No drill yet" in paper
    assert "The next one is due on 2027-11-20, by the plan." in paper
    assert (
        "15 2026-11-23 Arbitration/2 was handed over, its bag opened: now Zoe, Linz, bag A3 13 2026-11-23 the" in paper
    )
    assert "No sheet was seen since" in said(drawn("bare"))
    assert "When the next one is due is not known" in said(drawn("bare"))


def test_accepted_exceptions_say_whether_they_are_still_needed() -> None:
    assert "AU-4 so decided, motion m20261101.2 accepted" in said(drawn("usual"))
    assert "AU-4 so decided, motion m20261101.2 met: no longer needed" in said(drawn("whole"))
    assert "AU-5 two members only this year not asked" in said(drawn("destroyed"))
    assert "preflight swap a machine for tests on the day" in said(drawn("odd"))


def test_lines_dated_backward_are_named() -> None:
    assert "Lines dated backward 2: a clock was wrong there" in said(drawn("odd"))


def test_without_a_journal_nothing_of_today_is_said() -> None:
    paper = said(drawn("broken"))
    assert "State not known" in paper
    assert "Head of the journal" not in paper
    assert "Board/1" not in paper
    assert "NOT MET" not in paper
    for text in ("nothing in the middle was changed", "The rules were computed anew", "a line of this journal"):
        assert text not in paper
        assert text in said(drawn("bare"))


def test_there_are_things_to_compare_and_lines_to_sign_on_one_page() -> None:
    for kind in KINDS:
        *others, last = texts(drawn(kind))
        assert last.count("Auditor") == SIGNATURES.count("auditor") == 2
        assert "To compare by hand" in last
        assert audit_of(kind).record.check_code in last
        assert not any("For the Board: we have seen" in page for page in others)


def test_a_rehearsal_says_so_on_every_page() -> None:
    assert all(page.count("REHEARSAL") >= 2 for page in texts(drawn("rehearsal")))
    assert "REHEARSAL" not in said(drawn("usual"))


def test_the_name_of_the_file() -> None:
    assert file_name(audit_of("usual").record) == "K7QD-M2XA-audit.pdf"


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (Void(sheet="Board/1", reason="焼けた"), "the state of Board/1"),
        (
            Handover(sheet="Board/1", office="", person="山田", place="", bag="", seal=Seal.WHOLE),
            "the person of Board/1",
        ),
    ],
)
def test_what_cannot_be_printed_is_named(event: Void | Handover, what: str) -> None:
    record = make_record()
    with pytest.raises(PaperError, match=what):
        draw_audit(Audit(record, today_of(record, event), RIGHT, DAY), Paper.A4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_and_all_are_used(language: str) -> None:
    assert catalogue(language, Part.AUDIT).names() == SAY.names()
    printed = flat("".join("".join(texts(drawn(kind))) for kind in KINDS))
    unused = {
        key
        for key, names in SAY.names().items()
        if not all(flat(part) in printed for part in SAY(key, **dict.fromkeys(names, "\0")).split("\0"))
    }
    assert unused == set()

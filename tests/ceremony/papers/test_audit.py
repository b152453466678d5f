"""The audit report: the answer on its first page, each rule with its evidence, and what people must compare."""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rootescrow.ceremony.audit import Audit, FileCheck
from rootescrow.ceremony.papers import words
from rootescrow.ceremony.papers.audit import LAST_DRILLS, SIGNATURES, draw_audit, file_name, verdict
from rootescrow.ceremony.papers.evidence import evidence, numbers
from rootescrow.ceremony.papers.journal import sentence
from rootescrow.ceremony.phrase import Phrase
from rootescrow.ceremony.rules import RULES, Outcome, clause
from rootescrow.ceremony.today import judge
from rootescrow.errors import PaperError, RuleError
from rootescrow.paper.layout import Paper
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.register.events import (
    ENVELOPE,
    EVENTS,
    AnyEvent,
    Destroyed,
    Drill,
    Found,
    Handover,
    Kit,
    Looked,
    Note,
    Opened,
    Recovered,
    Replaced,
    Seal,
    Superseded,
    Void,
    What,
)
from rootescrow.register.record import Accepted, RecordedEnvelope
from rootescrow.register.register import fold
from tests.ceremony.papers.todays import DAY, LATER, USUAL, confirmed, record_of, today_of, todays
from tests.paper.support import assert_fits, texts
from tests.register.support import NOON, make_journal, make_record

AGED = ("lived", "recovered", "superseded")
KINDS = (
    *("usual", "rehearsal", "bare", "copies", "destroyed", "long", "wide", "near", "whole", "broken", "odd", "full"),
    *AGED,
)
GOLDEN = ("usual", "bare", "broken", "lived", "superseded")
RIGHT = (
    FileCheck("record.json", Outcome.PASS, Phrase.of("file.same")),
    FileCheck("plan.toml", Outcome.PEOPLE, Phrase.of("file.not_named")),
)
WRONG = (FileCheck("envelope.cms", Outcome.FAIL, Phrase.of("file.missing")),)
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
    if kind == "full":
        return full()
    today = todays()[kind]
    if kind in AGED:
        return Audit(today.register.record, today, RIGHT, LATER)
    return Audit(today.register.record, today, WRONG if kind == "usual" else RIGHT, DAY)


def odd() -> Audit:
    """A second generation whose key was never opened, made where a check of the host failed and clocks were wrong."""
    key = make_record().key.model_copy(update={"provenance": "stated"})
    accepted = (Accepted(rule="preflight swap", reason="a machine for tests"),)
    record = make_record(generation=2, supersedes="AAAA-2345", key=key, accepted=accepted)
    journal = make_journal(record=record).append(Note(text="a clock"), now=NOON.replace(year=2020))
    return Audit(record, judge(fold(record, journal), None, DAY), RIGHT, DAY)


def full() -> Audit:
    """The widest texts wherever an event of the years after can have one."""
    wide = "W" * 500
    envelope = RecordedEnvelope(sha256="ab" * 32, bytes=2600, printed="separate")
    record = make_record(envelope=envelope, media=("USB stick 1",))
    holder: dict[str, Any] = {"office": "W" * 120, "person": "W" * 120, "place": "W" * 120, "bag": "W" * 120}
    gone = (Looked(item=item, found=Found.GONE, seal=None, bag="") for item in (ENVELOPE, "USB stick 1"))
    looked = Looked(item="Board/1", found=Found.WRONG, seal=Seal.MISSING, bag="")
    events: list[AnyEvent] = [
        Kit(medium="W" * 496, place="W" * 120, bag="W" * 120, sha256="ab" * 32, lacking=(wide,) * 3),
        Drill(items=(looked, *gone), by=wide, next_drill=None, wrong=(wide,) * 3),
        Drill(items=(), by="", next_drill=None),
        Opened(case=wide, sheets=("Board/1",), passphrase=False, by=wide, next_drill=None, arbitrator=wide),
        Replaced(sheet="Board/6", words_sha256="cd" * 32, old="Board/2", reason=wide, **holder),
        Recovered(what=What.PASSPHRASE, case="", arbitrator="", sheets=(), copies=(wide, "a copy")),
        Superseded(
            escrow_id="BBBB-2345",
            generation=2,
            record_sha256="ef" * 32,
            new_passphrase=True,
            case="",
            reason=wide,
        ),
    ]
    return Audit(record, today_of(record, *events), RIGHT, DAY)


@cache
def drawn(kind: str, paper: Paper = Paper.A4, language: str = "en") -> bytes:
    return draw_audit(audit_of(kind), paper, language=language)


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
    assert (
        "NOT EVERYTHING IS RIGHT: FILE envelope.cms: is not there, and the record names it RULE AU-5 (no loss of use"
        in pages["usual"]
    )
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


def test_what_is_exposed_or_should_be_gone_is_the_headline() -> None:
    """Before the answer, which is about files and rules alone."""
    pages = {kind: " ".join(texts(drawn(kind))[0].split()) for kind in (*AGED, "full")}
    assert audit_of("lived").holds
    assert "EXPOSED" not in pages["lived"]
    assert "SUPERSEDED" not in pages["lived"]
    headline = "yet confidential EXPOSED by a recovery: the key. It stays so until"
    assert headline in pages["recovered"]
    answer = "Copies not listed as destroyed: 2. All files are what the record says, and no rule fails but"
    assert answer in pages["recovered"]
    headline = (
        "yet confidential SUPERSEDED, AND LIVE: escrow BBBB-2345, generation 3, replaces this one; but its sheets"
    )
    assert headline in pages["superseded"]
    assert (
        "All files are what the record says. What the rules find below is of what is left of it" in pages["superseded"]
    )
    assert "NOT EVERYTHING" not in pages["superseded"], "a rule that destruction breaks is no finding"
    assert "EXPOSED by a recovery: the passphrase. Copies are left. Copies not listed as destroyed: 2." in pages["full"]
    assert "SUPERSEDED, AND LIVE" in pages["full"]
    for kind in ("recovered", "superseded"):
        audit = audit_of(kind)
        assert (audit.holds, audit.wrong, audit.failed, audit.unconfirmed) == (False, (), (), ())
        with pytest.raises(
            RuleError, match="exposed: the key" if kind == "recovered" else "superseded by escrow"
        ) as no:
            audit.refuse()
        assert "destroy" in no.value.hint


def test_a_generation_that_is_dead_is_exposed_only_by_copies() -> None:
    record = make_record()
    recovered = Recovered(what=What.KEY, case="", arbitrator="", sheets=(), copies=("a copy",))
    names = tuple(sheet.name for sheet in record.sheets)
    gone = Destroyed(sheets=names, media=(), every_envelope=True, witnesses="")
    assert Audit(record, today_of(record, recovered, gone), RIGHT, DAY).exposed
    ended = Destroyed(sheets=(), media=(), copies=("a copy",), every_envelope=False, witnesses="")
    assert Audit(record, today_of(record, recovered, gone, ended), RIGHT, DAY).holds


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
    assert evidence("SP-h", today, SAY)[-1].endswith("no groups were ever combined")
    assert evidence("SP-a", today, SAY)[0] == "record: motion m20261101.1 of 2026-11-01"


def test_evidence_of_years() -> None:
    today = todays()["superseded"]
    cases = (
        "journal: opened, line 18 (2029-11-10), case a20291109.1 of Fay Example",
        "journal: recovered, line 20 (2030-05-05), case a20300504.1 of Gus Example",
        "journal: superseded, line 22 (2030-06-01), case a20300530.1 of Gus Example",
    )
    assert evidence("SP-h", today, SAY)[1:] == cases
    drills = "journal: drill 2 times, lines 14, 17 (2027-11-18 to 2028-11-15)"
    opened, exercise = "of these the bag was not whole: 17", "journal: opened, line 18 (2029-11-10)"
    assert evidence("z.6", today, SAY) == (drills, opened, exercise, "register: next drill 2030-11-08")
    assert evidence("AU-1", today, SAY)[-2:] == (drills, opened)
    kits = ("journal: kit 2 times, lines 12–13 (2026-11-25)", "register: medium USB stick 2 lacks crlnumber")
    assert evidence("z.7", today, SAY)[-2:] == kits == evidence("z.4", today, SAY)[-2:]
    assert evidence("SP-b", today, SAY)[1:3] == kits
    for rule in ("AU-2", "AU-5", "z.5", "SP-e", "z.8"):
        assert "journal: replaced, line 15 (2028-03-03)" in evidence(rule, today, SAY), rule
    assert "journal: superseded, line 22 (2030-06-01)" in evidence("z.5", today, SAY)
    assert "journal: recovered, line 20 (2030-05-05)" in evidence("z.8", today, SAY)
    for rule in ("SP-d", "AU-3"):
        assert evidence(rule, today, SAY)[-1] == "journal: kept, line 2 (2026-11-23)"
    full = audit_of("full").today
    assert full is not None
    assert any(piece.endswith(", case NO CASE") for piece in evidence("SP-h", full, SAY))


def test_every_kind_of_event_is_evidence_for_some_rule() -> None:
    told = " ".join(piece for rule in RULES for piece in evidence(rule.id, todays()["superseded"], SAY))
    told += " ".join(piece for rule in RULES for piece in evidence(rule.id, todays()["usual"], SAY))
    for kind in EVENTS.keys() - {"made", "note"}:
        assert f"journal: {kind}" in told, kind


def test_drills_are_told_with_what_was_wrong_and_by_whom() -> None:
    paper = said(drawn("lived"))
    assert "The next one is due on 2030-11-08. Drills and exercises: 3, lines 14, 17–18 of the journal" in paper
    wrong = "17 2028-11-15 2 WRONG: Board/3, a sheet that calls itself Board/9 Bag opened or missing: Board/5"
    assert f"{wrong} Bag seen, not opened: Board/5, Arbitration/1, Passphrase/1 By Olga Example, Otto Example" in paper
    opened = "Opened the envelope in memory, and the key with its passphrase: Board/1, Board/2, Board/6, Arbitration/1,"
    assert f"18 2029-11-10 none {opened}" in paper
    assert paper.index("18 2029-11-10") < paper.index("17 2028-11-15") < paper.index("14 2027-11-18 1 WRONG")
    assert "WRONG in the drill of 2028-11-15, and not seen to be right since" in paper
    assert "made in the place of Board/4, line 15" in paper
    assert "confirmed 2025-11-23, by typing, in the generation before" in paper


def test_only_the_last_drills_are_told_and_how_many_there_were() -> None:
    record = make_record()
    events = [Drill(items=(), by="Ada", next_drill=None) for _ in range(LAST_DRILLS + 2)]
    audit = Audit(record, today_of(record, *events), RIGHT, DAY)
    paper = said(draw_audit(audit, Paper.A4))
    assert "Drills and exercises: 12, lines 2–13 of the journal" in paper
    assert paper.count("Nothing was looked at. By Ada") == LAST_DRILLS


def test_media_and_printed_envelopes_where_they_are_now() -> None:
    paper = said(drawn("lived"))
    one = "Medium USB stick 1 Archive of the CA, Zug A000201 kit written and read back 2026-11-25"
    assert f"{one} WRONG in the drill of 2027-11-18, and not seen to be right since" in paper
    assert "Medium USB stick 2 Bank, Genf A000301 kit written and read back 2026-11-25 last seen 2027-11-18" in paper
    assert "printed envelope 1 Archive of the CA, Zug A000203" in paper
    assert "printed envelope 2 Data" not in paper
    assert "It was last seen on 2027-11-18. Destroyed: printed envelope 2." in paper


def test_recoveries_with_case_and_copies() -> None:
    paper = said(drawn("recovered"))
    row = "20 2030-05-05 the key Case a20300504.1 of Gus Example From Board/1 (bag), Board/2 (bag), Board/6 (phone),"
    assert row in paper
    assert "Written then: root.p8.pem, root-2.p8.pem Not listed as destroyed: root.p8.pem, root-2.p8.pem" in paper
    assert "Of what was written nothing is left that the register knows of" in said(drawn("superseded"))
    assert "None: the journal has no line 'recovered'" in said(drawn("lived"))


def test_which_generation_takes_its_place() -> None:
    paper = said(drawn("superseded"))
    after = "Superseded by escrow BBBB-2345, generation 3, on 2030-06-01 (line 22), case a20300530.1 of Gus Example."
    assert f"{after} The passphrase stayed as it was. The reason was: the key was recovered" in paper
    left = "Board/2, Board/3, Board/5, Board/6, Arbitration/2, Arbitration/3, USB stick 2"
    assert f"Left of it, beside envelopes on paper: {left}." in paper
    assert "with a new passphrase" in said(drawn("full"))


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
    assert "The next one is due on 2027-11-20." in paper
    assert (
        "15 2026-11-23 Arbitration/2 was handed over, its bag opened: now Zoe, Linz, bag A3 13 2026-11-23 the" in paper
    )
    assert "No sheet was seen otherwise since" in said(drawn("bare"))
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


def test_what_people_told_the_journal_never_keeps_a_report_back() -> None:
    """The path of a copy may have any letters, and cannot be mended afterwards."""
    record = make_record()
    events = (
        Drill(items=(), by="山田", next_drill=None, wrong=("焼",)),
        Opened(case="焼 1", sheets=("Board/1",), passphrase=False, by="", next_drill=None),
        Recovered(what=What.KEY, case="焼 2", arbitrator="山", sheets=(), copies=("焼.pem",)),
        Superseded(
            escrow_id="BBBB-2345",
            generation=2,
            record_sha256="ab" * 32,
            new_passphrase=True,
            case="焼",
            reason="焼けた",
        ),
    )
    paper = said(draw_audit(Audit(record, today_of(record, *events), RIGHT, DAY), Paper.A4))
    for text in ("By ??", "WRONG: ?", "Case ? 1.", "Case ? 2 of ?", "Not listed as destroyed: ?.pem", "was: ???"):
        assert text in paper


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


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_rules_files_and_lines_of_the_journal_are_in_the_language(language: str) -> None:
    audit, paper = audit_of("usual"), flat("".join(texts(drawn("usual", language=language))))
    say = catalogue(language, Part.AUDIT)
    assert audit.today is not None
    findings = [finding for answer in audit.today.answers for finding in answer.findings]
    phrases = [finding.phrase for finding in findings] + [file.phrase for file in audit.files]
    for phrase in (*phrases, *(clause(rule.id) for rule in RULES)):
        assert flat(phrase.said(say)) in paper, phrase
        assert flat(str(phrase)) not in paper, phrase
    line = audit.today.register.journal.lines[14]
    assert isinstance(line.event, Handover)
    assert flat(sentence(line.event, say)) in paper
    assert flat(words.name("printed envelope 1", say)) in paper
    for english in ("was handed over", "printed envelope", "the envelope", "printed: separate"):
        assert flat(english) not in paper, english


def test_no_line_of_the_french_report_begins_with_a_sign() -> None:
    """The no-break spaces of the catalogue reach the page."""
    for kind in ("usual", "lived"):
        for page in texts(drawn(kind, language="fr")):
            assert not [line for line in page.split("\n") if line.startswith((":", ";", "?", "!", "»"))]

"""The report of a recovery: what must happen now, all that is known, and that nothing keeps it from being made."""

from __future__ import annotations

import datetime
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from rootescrow.ceremony.account import Account
from rootescrow.ceremony.host import HostCheck, HostVerdict
from rootescrow.ceremony.papers.recovery import SIGNATURES, draw_recovery
from rootescrow.ceremony.session import Brought, Came, Outcome
from rootescrow.paper.layout import Paper
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.pile import ConfirmedBy
from rootescrow.policy import Holder
from rootescrow.register.events import Arrival, Confirmed, How, Recovered, What
from rootescrow.register.register import fold
from tests.paper.support import LONG, WIDE, assert_fits, texts
from tests.register.support import make_journal, make_record
from tests.support import make

ESCROW = make(size=2400)
PAPERS = list(Paper)
BEGUN = datetime.datetime(2026, 11, 23, 9, 12, tzinfo=datetime.UTC)
VOID = "it is void since 2026-10-01: bag found open"
CODE = "K7QD-M2XA-ABCD-EFGH"


def brought(name: str, came: Came, outcome: Outcome, void: str = "", person: str = "Bo Example") -> Brought:
    return Brought(name, CODE, came, outcome, Holder("Treasurer", person, "Bank", "A2") if person else None, void)


SHEETS = (
    brought("Board/1", Came(Arrival.BAG, "Ada Example"), Outcome.RIGHT),
    brought("Board/2", Came(Arrival.PHOTO), Outcome.RIGHT, VOID),
    brought("Arbitration/1", Came(Arrival.PHONE), Outcome.RIGHT),
    brought("Arbitration/2", Came(), Outcome.UNJUDGED),
    brought("Board, a sheet that says it is number 4", Came(Arrival.OTHER, "a courier"), Outcome.WRONG, person=""),
    brought("Board/5", Came(Arrival.BAG), Outcome.REFUSED, "it is listed as destroyed since 2026-10-02"),
    brought("group 2, sheet 9", Came(), Outcome.STRANGER, person=""),
)
TORN = tuple(
    replace(brought(f"Board/{number}", Came(Arrival.BAG), Outcome.RIGHT), torn=by)
    for number, by in enumerate(ConfirmedBy, 1)
)
CHECKS = (
    HostCheck("network", HostVerdict.FAIL, "eth0 is up", "why", "mend"),
    HostCheck("swap", HostVerdict.PASS, "no swap", "why", "mend"),
)
BARE = Account(
    id=ESCROW.id,
    begun=BEGUN,
    ended=BEGUN + datetime.timedelta(minutes=83),
    case="",
    arbitrator="",
    sheets=(brought("group 1, sheet 1", Came(), Outcome.RIGHT, person=""),),
    envelope=ESCROW.envelope,
    envelope_from="scan.pdf page 3, scan.pdf page 4 by OCR",
    encrypted_sha256=ESCROW.encrypted.sha256.hex(),
    copies=("root.p8.pem",),
    command="openssl ca -gencrl -keyfile {key} -cert root.crt -config ca.cnf -out root.crl",
)
RECORD = make_record()
AFTER = fold(
    RECORD,
    make_journal(
        *(Confirmed(sheet=sheet.name, how=How.SCAN, by="") for sheet in RECORD.sheets),
        Recovered(what=What.KEY, case="", arbitrator="", sheets=(), copies=("root.p8.pem",)),
    ),
)
USUAL = replace(
    BARE,
    case="a20261123.1",
    arbitrator="Eve Example",
    sheets=SHEETS,
    envelope_from="escrow-1/escrow/envelope.cms",
    key_name="Example Root CA",
    generation=1,
    needed=RECORD.policy,
    record_check="FUIK-7QHH-JY6G-LHZN",
    proof="The passphrase opens the key, P-384; it is the key of the certificate; it is the key of the record.",
    copies=("/mnt/ceremony/root.p8.pem",),
    command="",
    register=AFTER,
    journal_head="12:FUIK-7QHH-JY6G-LHZN",
    checks=CHECKS,
)
UNWRITTEN = replace(
    USUAL,
    rehearsal=True,
    superseded=True,
    journal_head="",
    register=None,
    unwritten=("the key was recovered under case a20261123.1 of Eve Example from Board/1 (bag)", "a note"),
    problem="escrow-1/escrow is marked as a copy: nothing is added to its journal",
)
HOSTILE = replace(
    UNWRITTEN,
    case="動議" * 60,
    arbitrator="W" * 120,
    key_name=LONG[:120],
    needed=WIDE,
    envelope_from="/x" * 4000,
    proof="\x1b[2J☎" * 40,
    copies=tuple("/mnt/" + "k" * 300 for _ in range(3)),
    command="sh -c '" + "W" * 9000,
    unwritten=(LONG * 9, "\x00"),
    problem=LONG * 9,
    sheets=tuple(brought("W" * 40, Came(Arrival.PHOTO, "W" * 120), outcome, "W" * 500) for outcome in Outcome) * 20,
    checks=tuple(HostCheck("network", HostVerdict.WARN, "W" * 2000, "w", "m") for _ in range(11)),
)
ACCOUNTS = {
    "bare": BARE,
    "usual": USUAL,
    "unwritten": UNWRITTEN,
    "hostile": HOSTILE,
    "torn": replace(USUAL, sheets=TORN),
}


@cache
def drawn(kind: str, paper: Paper = Paper.A4) -> bytes:
    return draw_recovery(ACCOUNTS[kind], paper)


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("kind", ["bare", "usual", "unwritten"])
def test_it_reads_as_it_did(repo_root: Path, kind: str) -> None:
    """The text of all pages, compared with the files in tests/golden (written anew where GOLDEN=write)."""
    path = repo_root / "tests" / "golden" / f"recovery-{kind}.txt"
    found = "\n\f\n".join(texts(drawn(kind))) + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", ACCOUNTS)
def test_all_of_it_fits_whatever_strangers_typed(kind: str, paper: Paper) -> None:
    assert_fits(drawn(kind, paper))


def test_what_must_happen_stands_first() -> None:
    first = texts(drawn("usual"))[0]
    assert first.index("What must happen now") < first.index("Destroy the file /mnt/ceremony/root.p8.pem")
    assert first.index("a new generation (rootescrow rekey)") < first.index("What was recovered")
    assert "Tell the Arbitrator what was forged or altered" in first
    assert "journal of the master folder" not in first
    assert "journal of the master folder" in texts(drawn("unwritten"))[0]


def test_all_that_is_known_is_on_it() -> None:
    printed = flat("".join(texts(drawn("usual"))))
    for value in (
        *("a20261123.1", "Eve Example", "Example Root CA", str(USUAL.needed), "2026-11-23 09:12", "2026-11-23 10:35"),
        *("1 h 23 min", USUAL.record_check, USUAL.proof, AFTER.state, USUAL.journal_head, "eth0 is up", "no swap"),
        *(ESCROW.encrypted.sha256.hex(), VOID, "a courier", "Ada Example", "Bo Example, by the register", CODE),
    ):
        assert flat(value) in printed, value
    assert flat("yes, byte for byte") in printed
    assert printed.count(CODE) == len(SHEETS)


def test_from_paper_alone_there_is_room_for_a_pen() -> None:
    printed = flat("".join(texts(drawn("bare"))))
    for said in (
        "recovered from paper alone",
        "No escrow folder was used",
        "there was no record",
        "not tried",
        "{key}",
    ):
        assert flat(said) in printed
    assert "None" not in printed


def test_a_journal_that_was_not_written_leaves_what_it_was_to_say() -> None:
    printed = flat("".join(texts(drawn("unwritten"))))
    for said in (*UNWRITTEN.unwritten, UNWRITTEN.problem, "NOT in the journal"):
        assert flat(said) in printed
    assert UNWRITTEN.beside.startswith(f"recovery-{ESCROW.id}-20261123T103500Z")
    assert flat(UNWRITTEN.beside) in printed
    assert flat("rootescrow journal add") in printed


def test_there_are_lines_to_sign_on_one_page() -> None:
    for kind in ACCOUNTS:
        *others, last = texts(drawn(kind))
        assert last.count("Operator") == SIGNATURES.count("operator") == 2
        assert ("Arbitrator" in last, "Witness" in last) == (True, True)
        assert not any("Signature" in page for page in others)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_and_all_are_used(language: str) -> None:
    say = catalogue("en", Part.RECOVERY)
    assert catalogue(language, Part.RECOVERY).names() == say.names()
    printed = flat("".join("".join(texts(drawn(kind))) for kind in ACCOUNTS))
    for key, names in say.names().items():
        for part in say(key, **dict.fromkeys(names, "\0")).split("\0"):
            for piece in part.split("`"):
                assert flat(piece) in printed, key


@pytest.mark.parametrize("paper", PAPERS)
def test_a_torn_sheet_is_told_with_what_confirmed_it(paper: Paper) -> None:
    assert_fits(drawn("torn", paper))
    printed = flat("".join(texts(drawn("torn", paper))))
    assert printed.count(flat("It is torn: words that could not be read were found.")) == len(ConfirmedBy)
    assert flat("The record's hash of the sheet confirms them.") in printed

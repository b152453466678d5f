"""The example of a root's whole ceremony, by the commands that its guide tells, with a real printing queue."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pypdfium2

from rootescrow.ceremony.rules import RULES
from rootescrow.register import folder
from rootescrow.register.events import ENVELOPE, Confirmed, How, Note, Printed
from rootescrow.register.record import sha256
from rootescrow.shamir.words import WORDS
from tests.cli.support import inside
from tests.cups import PRINTER, scheduler
from tests.docs.support import blocks, environment

PRESENT = "Olga Example, Otto Example, Wanda Example"
SHEETS = 5 + 3 + 3
BY_A_PLAN = "## By a plan: the commands in their order"
REPORTS = ("call-list", "audit")
"""The papers about what holds today."""


def test_root_ceremony(repo_root: Path, program: Callable[[str], str], tmp_path: Path) -> None:
    """The printer is a real queue, which keeps its paper until the end."""
    out = tmp_path / "ceremony"
    path = str(Path(program("openssl")).parent) + ":/usr/bin:/bin"
    with scheduler(program) as cups, cups.queue():
        environ = {name: value for name, value in cups.environment.items() if name.startswith("CUPS")}
        example = [repo_root / "examples" / "root_ceremony.py", out, "--printer", PRINTER, "--tray", cups.tray]
        done = subprocess.run(
            [sys.executable, *map(str, example)],
            env={**environment(tmp_path), **environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(cups.jobs) == SHEETS + 1
        assert cups.papers == []
        assert cups.spooled == []
    it_made_what_was_planned(out, done.stdout)
    its_rehearsal_needed_neither_key_nor_a_machine_that_is_fit(out, done.stdout)
    every_sheet_was_printed_and_then_confirmed(out)
    its_quorum_signs(done.stdout)
    its_papers_bear_the_head_of_its_journal(out, done.stdout)
    its_rules_are_met(out)
    nothing_secret_is_left(out, done.stdout)
    the_guide_tells_its_commands(repo_root, done.stdout)


def it_made_what_was_planned(out: Path, told: str) -> None:
    assert [line[0] for line in told.splitlines() if re.match(r"\d\. ", line)] == [*"123456789"]
    record = folder.load(out / "escrow-1" / folder.ESCROW).record
    assert (record.profile, record.rehearsal, record.envelope.printed) == ("root", False, "separate")
    assert [(group.name, group.threshold, group.count) for group in record.groups] == [
        ("Board", 3, 5),
        ("Arbitration", 2, 3),
    ]
    assert record.passphrase is not None
    assert [(group.threshold, group.count) for group in record.passphrase.groups] == [(2, 3)]
    assert record.authority.motion == "m20261101.1"
    assert record.plan_sha256 == sha256((out / "root.toml").read_bytes())
    assert len(record.media) == 2
    assert {accepted.reason for accepted in record.accepted} <= {"an example with a throw-away root"}


def its_rehearsal_needed_neither_key_nor_a_machine_that_is_fit(out: Path, told: str) -> None:
    assert "$ rootescrow split --rehearse --plan root.toml --out rehearsal\n" in told
    record = folder.load(out / "rehearsal" / folder.ESCROW).record
    assert (record.profile, record.rehearsal, record.accepted) == ("root", True, ())
    assert record.key.certificate_sha256 is None


def every_sheet_was_printed_and_then_confirmed(out: Path) -> None:
    """All of them, the passphrase's and the envelope too, each with who was there."""
    register = folder.load_register(out / "escrow-1" / folder.ESCROW)
    assert register.state == "confirmed"
    names = [sheet.name for sheet in register.sheets]
    assert len(names) == SHEETS
    assert {sheet.state for sheet in register.sheets} == {"confirmed"}
    events = [line.event for line in register.journal.lines]
    assert [event.sheet for event in events if isinstance(event, Printed)] == names
    assert {event.printer for event in events if isinstance(event, Printed)} == {PRINTER}
    confirmed = [event for event in events if isinstance(event, Confirmed)]
    assert [event.sheet for event in confirmed] == [*names, ENVELOPE]
    assert {(event.how, event.by) for event in confirmed} == {(How.SCAN, PRESENT)}
    assert [event.text for event in events if isinstance(event, Note)] == [f"The record was signed by {PRESENT}."]
    kinds = [event.kind for event in events]
    assert kinds == ["made", *["printed"] * SHEETS, *["confirmed"] * (SHEETS + 1), "note", "kit", "kit"]


def its_quorum_signs(told: str) -> None:
    signed = told[told.index("$ openssl crl -in root.crl") :].splitlines()
    assert signed[1].strip() == "verify OK"
    assert signed[3].strip().startswith("nextUpdate=")


def its_papers_bear_the_head_of_its_journal(out: Path, told: str) -> None:
    register = folder.load_register(out / "escrow-1" / folder.ESCROW)
    head = str(register.journal.head)
    assert f"Journal head: {head}" in told
    id_ = register.record.escrow_id
    papers = {file.name for file in (out / "papers").iterdir()}
    assert papers == {"script.pdf", "record.pdf", "record-published.json", *(f"{id_}-{name}.pdf" for name in REPORTS)}
    for name in REPORTS:
        text = printed_text(out / "papers" / f"{id_}-{name}.pdf")
        assert head in text
        assert register.record.check_code in text
    for medium in ("medium-1", "medium-2"):
        copy = out / medium / folder.ESCROW
        assert folder.is_copy(copy)
        assert register.journal.continues(folder.load_register(copy).journal)
        assert {"ca.cnf", "index.txt", "crlnumber"} == {path.name for path in (out / medium / "signing").iterdir()}
    assert [(one.name, one.lacking) for one in register.media_now] == [("USB stick 1", ()), ("USB stick 2", ())]


def its_rules_are_met(out: Path) -> None:
    done = inside("status", out / "escrow-1" / folder.ESCROW, "--json")
    assert (done.status, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["state"], found["confirmed"], found["due"]) == ("confirmed", True, [])
    assert len(found["rules"]) == len(RULES)
    assert {rule["outcome"] for rule in found["rules"]} == {"pass", "warn", "left to people"}
    assert {rule["rule"] for rule in found["rules"] if rule["outcome"] == "warn"} == {"AU-5"}, (
        "two of three, so one spare"
    )


def nothing_secret_is_left(out: Path, told: str) -> None:
    left = {file.name for file in out.iterdir()}
    assert left == {
        *("root.toml", "root.crt", "root.crl", "rehearsal", "escrow-1", "medium-1", "medium-2", "papers"),
        *("ca.cnf", "index.txt", "crlnumber", "crlnumber.old"),
    }
    for name in ("escrow-1", "rehearsal"):
        assert [file.name for file in (out / name).iterdir()] == [folder.ESCROW]
    assert not told_words(told)


def the_guide_tells_its_commands(repo_root: Path, told: str) -> None:
    """In this order, without what is of this machine alone: the accepted checks, the printer, who confirmed."""
    (guide,) = blocks(repo_root / "docs" / "ceremony.md", after=BY_A_PLAN, before="## The papers")
    written = [line.replace("NAME", PRINTER) for line in guide.text.splitlines()]
    typed = [line.strip() for line in told.splitlines() if line.startswith("   $ rootescrow ")]
    for line in typed:
        if written and line.startswith(f"$ {written[0]}"):
            del written[0]
    assert written == []


def printed_text(paper: Path) -> str:
    """The text of all pages."""
    with pypdfium2.PdfDocument(paper) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def told_words(text: str) -> list[str]:
    """Runs of four words and more that are all of SLIP-39's list, or their first four letters."""
    known = {*WORDS, *(word[:4] for word in WORDS)}
    runs: list[list[str]] = [[]]
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        if word in known:
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    return [" ".join(run) for run in runs if len(run) > 3]

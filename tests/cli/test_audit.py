"""`rootescrow audit`: every file of an escrow read again, every rule asked, and a report whatever is found."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from rootescrow.ceremony.audit import examine
from rootescrow.ceremony.papers.record import draw_record
from rootescrow.ceremony.rules import Outcome
from rootescrow.keys import certificate_der, certificate_spki
from rootescrow.paper.layout import Paper
from rootescrow.register import folder
from rootescrow.register.events import AnyEvent, Destroyed, Drill, Found, Looked, Recovered, Superseded, Void, What
from rootescrow.register.folder import create, load_register
from rootescrow.register.record import Accepted, Record, sha256
from tests.ceremony.papers.todays import confirmed, record_of
from tests.ceremony.plans import NO_MEDIA, ROOT, accepting, changed
from tests.cli.support import Done, inside
from tests.paper.support import texts
from tests.register.support import make_journal, make_record

DAY = datetime.date(2027, 3, 1)
NAME = "K7QD-M2XA-audit.pdf"
Escrow = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path, repo_root: Path) -> Escrow:
    """Make an escrow folder all of whose files are what its record says.

    Events may follow the confirmations, of all sheets but the first `unread`. A drill was held just now.
    """
    certificate = (repo_root / "tests" / "golden" / "v1" / "escrow" / "certificate.pem").read_bytes()

    def make(*events: AnyEvent, plan: str = ROOT, record: Record | None = None, unread: int = 0) -> Path:
        der = certificate_der(certificate)
        hashes = {"certificate_sha256": sha256(der), "spki_sha256": sha256(certificate_spki(der))}
        made = record or record_of(plan, key=make_record().key.model_copy(update=hashes))
        files = {"envelope.cms": b"envelope", "record.pdf": draw_record(made, Paper.LETTER)}
        if record is None:
            files |= {"certificate.pem": certificate, "plan.toml": plan.encode()}
        now = datetime.datetime.now(datetime.UTC)
        following = now.date() + datetime.timedelta(days=300)
        seen = (Looked(item="Board/2", found=Found.RIGHT, seal=None, bag=""),)
        journal = make_journal(*confirmed(made)[unread:], *events, record=made)
        journal = journal.append(Drill(items=seen, by="Ada, Bo", next_drill=following), now=now)
        out = tmp_path / "made"
        create(out, {f"escrow/{name}": data for name, data in files.items()}, made.dump(), journal.dump())
        return out / "escrow"

    return make


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    return tmp_path / "papers"


def report(papers: Path) -> str:
    return " ".join("".join(texts((papers / NAME).read_bytes())).split())


def audited(escrow: Path, papers: Path) -> Done:
    """Audit, where something is wrong: the report is there all the same, and says so first."""
    done = inside("audit", escrow, "--out", papers)
    assert "NOT EVERYTHING IS RIGHT" in texts((papers / NAME).read_bytes())[0]
    assert done.err.startswith(f"Written: {papers / NAME}\nrootescrow: ")
    return done


def test_everything_holds(make: Escrow, papers: Path) -> None:
    escrow = make()
    done = inside("audit", escrow, "--out", papers)
    register = load_register(escrow)
    head = register.journal.head
    assert done.status == 0, done.err
    assert done.err == f"Written: {papers / NAME}\n"
    assert done.out.splitlines() == [
        "Escrow K7QD-M2XA, generation 1: confirmed",
        f"Record:  check code {register.record.check_code}",
        f"Journal: head {head}, lines: {head.number}",
        "Files:   all are what the record says",
        "Rules:   17 met, 3 left to people, 1 with a warning",
    ]
    assert "All files are what the record says, and no rule fails but for what was accepted" in report(papers)
    assert str(head) in report(papers)
    assert all(check.outcome is Outcome.PASS for check in examine(escrow, DAY).files)


def test_a_rule_that_is_not_met(make: Escrow, papers: Path) -> None:
    """Two Board sheets are void, so that any one person missing is one too many: AU-5."""
    done = audited(make(*(Void(sheet=f"Board/{number}", reason="burnt") for number in (4, 5))), papers)
    assert done.status == 8
    assert "NOT MET: AU-4, AU-5, z.7\n" in done.out
    assert "AU-5" in done.err
    assert "RULE AU-5 (no loss of use through the loss of one key person)" in report(papers)


def test_nothing_counts_that_was_never_read_back(make: Escrow, papers: Path) -> None:
    done = audited(make(unread=1), papers)
    assert (done.status, "NOT MET" in done.out) == (8, False), done.err
    assert "printed, not confirmed: never read back from paper: Board/1\n" in done.err
    assert "PRINTED, NOT CONFIRMED: 1 of what was printed" in report(papers)


def test_a_key_that_is_exposed_does_not_hold(make: Escrow, papers: Path) -> None:
    """Every file is right and every rule is met; and the key is out."""
    recovered = Recovered(what=What.KEY, case="a20270101.1", arbitrator="Fay", sheets=(), copies=("root.p8.pem",))
    done = inside("audit", make(recovered), "--out", papers)
    assert (done.status, "NOT MET" in done.out) == (8, False), done.err
    assert done.out.startswith("Escrow K7QD-M2XA, generation 1: confirmed; exposed: the key was recovered\n")
    assert "rootescrow: the escrow is confirmed; exposed: the key was recovered\n" in done.err
    assert "destroy the copies of what was recovered: root.p8.pem; a new generation, or a new root" in done.err
    assert "EXPOSED by a recovery: the key." in report(papers)
    assert "no rule fails but for what was accepted" in report(papers)


def test_a_generation_that_was_superseded_holds_only_when_it_is_destroyed(make: Escrow, papers: Path) -> None:
    after = Superseded(
        escrow_id="BBBB-2345", generation=2, record_sha256="ab" * 32, new_passphrase=True, case="a1", reason=""
    )
    burnt = Destroyed(sheets=("Arbitration/1", "Board/1"), media=(), every_envelope=False, witnesses="Ada")
    escrow = make(after, burnt)
    done = inside("audit", escrow, "--out", papers)
    assert done.status == 8
    assert "Rules:   asked of what is left of it: the generation that replaces it is to meet them\n" in done.out
    assert "the escrow is superseded by escrow BBBB-2345, and live until it is destroyed" in done.err
    assert "destroy what is left of it: Board/2, Board/3" in done.err
    assert "SUPERSEDED, AND LIVE: escrow BBBB-2345, generation 2" in report(papers)
    last = Destroyed(sheets=("Arbitration/2",), media=(), every_envelope=False, witnesses="Ada")
    folder.append(escrow, last, now=load_register(escrow).journal.lines[-1].time)
    (papers / NAME).unlink()
    assert inside("audit", escrow, "--out", papers).status == 0
    assert "This generation is DESTROYED" in report(papers)


def test_an_accepted_rule_holds(make: Escrow, papers: Path) -> None:
    plan = accepting("SP-b", changed(NO_MEDIA))
    done = inside("audit", make(plan=plan), "--out", papers)
    assert done.status == 0, done.err
    assert "Accepted, though not met: SP-b" in done.out
    assert "SP-b so decided, motion m20261101.2 accepted" in report(papers)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("envelope.cms", b"another", "another file: SHA-256 ae448ac8"),
        ("envelope.cms", b"x" * 70_000, "has over 65536 bytes"),
        ("envelope.cms", None, "is not there, and the record names it"),
        ("plan.toml", ROOT.replace("Ada", "Eve").encode(), "another file: SHA-256"),
        ("plan.toml", None, "is not there, and the record names it"),
        ("certificate.pem", b"none", "no certificate"),
        ("certificate.pem", None, "is not there, and the record names it"),
        ("record.pdf", None, "is not there: print it anew"),
        ("journal.jsonl", b"{}\n", "line 1 of the journal was changed"),
        ("journal.jsonl", None, "holds a record and no journal.jsonl"),
    ],
)
def test_a_file_that_is_not_what_the_record_says(
    name: str, data: bytes | None, says: str, make: Escrow, papers: Path
) -> None:
    escrow = make()
    (escrow / name).unlink()
    if data is not None:
        (escrow / name).write_bytes(data)
    done = audited(escrow, papers)
    assert done.status == 5
    assert f"WRONG: {name}\n" in done.out
    assert f"the escrow is not what its record says: {name}: " in done.err
    assert says in done.err
    assert f"FILE {name}:" in report(papers)
    assert f"{name} WRONG" in report(papers)


def test_a_file_comes_before_a_rule(make: Escrow, papers: Path) -> None:
    escrow = make(*(Void(sheet=f"Board/{number}", reason="burnt") for number in (4, 5)))
    (escrow / "envelope.cms").write_bytes(b"another")
    assert audited(escrow, papers).status == 5
    assert "RULE AU-5" in report(papers)


def test_another_certificate_and_one_of_another_key(make: Escrow, root: tuple[Path, Path], repo_root: Path) -> None:
    escrow = make()
    (escrow / "certificate.pem").write_bytes(root[1].read_bytes())
    checks = {check.name: check for check in examine(escrow, DAY).files}
    assert checks["certificate.pem"].text.startswith("another certificate: SHA-256 ")
    certificate = (repo_root / "tests" / "golden" / "v1" / "escrow" / "certificate.pem").read_bytes()
    key = make_record().key.model_copy(update={"certificate_sha256": sha256(certificate_der(certificate))})
    other = make_record(key=key)
    (escrow / "record.json").write_bytes(other.dump())
    (escrow / "certificate.pem").write_bytes(certificate)
    checks = {check.name: check for check in examine(escrow, DAY).files}
    assert checks["certificate.pem"].text.startswith("of another key than the record's: SPKI SHA-256 ")
    assert checks["journal.jsonl"].outcome is Outcome.FAIL, "and it is another record"


def test_what_only_people_can_tell_is_no_failure(make: Escrow, papers: Path) -> None:
    """A record.pdf drawn by another version, and files that the record does not name."""
    escrow = make(record=make_record())
    (escrow / "record.pdf").write_bytes(b"%PDF-1.4")
    (escrow / "plan.toml").write_bytes(ROOT.encode())
    (escrow / "certificate.pem").write_bytes(b"some certificate")
    checks = {check.name: check.outcome for check in examine(escrow, DAY).files}
    assert [checks[name] for name in ("record.pdf", "plan.toml", "certificate.pem")] == [Outcome.PEOPLE] * 3
    done = inside("audit", escrow, "--out", papers)
    assert "Files:   all are what the record says" in done.out
    assert report(papers).count("see for yourself") == 3


def test_when_every_envelope_was_destroyed_there_is_none(make: Escrow, papers: Path) -> None:
    gone = Destroyed(sheets=(), media=(), every_envelope=True, witnesses="Ada, Bo")
    escrow = make(gone)
    assert "is there, and the journal says that every envelope was destroyed" in audited(escrow, papers).err
    (escrow / "envelope.cms").unlink()
    (papers / NAME).unlink()
    done = inside("audit", escrow, "--out", papers)
    assert done.status == 0, done.err
    assert "none is asked of what can recover nothing" in done.out
    assert "This generation is DESTROYED" in report(papers)


def test_a_journal_that_is_not_whole_tells_nothing_of_today(make: Escrow, papers: Path) -> None:
    escrow = make()
    lines = (escrow / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (escrow / "journal.jsonl").write_bytes(b"".join(lines[:3] + lines[4:]))
    done = audited(escrow, papers)
    assert done.status == 5
    assert "what holds today is not known: the journal is not whole" in done.out
    assert "Rules:   none can be asked" in done.out
    assert "line 4 of the journal is missing" in done.err
    assert "THE JOURNAL IS NOT WHOLE" in report(papers)


def test_a_record_that_cannot_be_read_ends_it(make: Escrow, papers: Path) -> None:
    escrow = make()
    (escrow / "record.json").write_bytes((escrow / "record.json").read_bytes() + b"\n")
    assert inside("audit", escrow, "--out", papers).status == 3
    assert inside("audit", papers.parent, "--out", papers).status == 7
    assert not papers.exists()


def test_a_copy_and_a_rehearsal_say_so(make: Escrow, papers: Path) -> None:
    escrow = make(record=make_record(rehearsal=True, accepted=(Accepted(rule="AU-5", reason="a rehearsal"),)))
    (escrow / "COPY").touch()
    done = inside("audit", escrow, "--out", papers)
    assert "generation 1: REHEARSAL, confirmed" in done.out
    assert "(this folder is a copy)" in done.out
    assert "This report is of a COPY" in report(papers)


def test_on_letter_or_as_the_plan_says(make: Escrow, papers: Path) -> None:
    def height() -> float:
        document = pypdfium2.PdfDocument(papers / NAME)
        try:
            return float(document[0].get_size()[1])
        finally:
            document.close()

    escrow = make(plan=changed(('paper = "a4"', 'paper = "letter"')))
    assert inside("audit", escrow, "--out", papers).status == 0
    assert height() == 792
    (papers / NAME).unlink()
    assert inside("audit", escrow, "--out", papers, "--paper", "a4").status == 0
    assert round(height()) == 842


def test_an_older_report_is_never_overwritten(make: Escrow, tmp_path: Path) -> None:
    escrow = make()
    (tmp_path / NAME).write_text("an older report")
    done = inside("audit", escrow, "--out", tmp_path)
    assert (done.status, done.out, (tmp_path / NAME).read_text()) == (7, "", "an older report")
    assert inside("audit", escrow, "--out", tmp_path / NAME).status == 7
    assert inside("audit", escrow).status == 2, "--out is needed"


def test_it_changes_nothing(make: Escrow, papers: Path) -> None:
    escrow = make()
    before = {file: file.read_bytes() for file in escrow.iterdir()}
    inside("audit", escrow, "--out", papers)
    assert {file: file.read_bytes() for file in escrow.iterdir()} == before


def test_help_has_an_example() -> None:
    done = inside("audit", "--help")
    assert done.status == 0
    assert "Example:\n    rootescrow audit escrow-1/escrow --out papers" in done.out

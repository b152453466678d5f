"""A recovery in one session: what came and how, void and superseded sheets, whom to call, what the journal is told."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rootescrow.ceremony import recover as operation
from rootescrow.ceremony.basis import Basis, load_basis
from rootescrow.ceremony.callees import whom_to_call
from rootescrow.ceremony.plan import load
from rootescrow.ceremony.recover import MAX_PATH_CHARS, check_folder, journal, name_of
from rootescrow.ceremony.session import Arrivals, Came, Outcome, Session, said
from rootescrow.codes import check_code
from rootescrow.errors import FileError, PolicyError, RuleError, UsageError
from rootescrow.escrow import Escrow
from rootescrow.pile import ConfirmedBy
from rootescrow.recovery import Recovery, search
from rootescrow.register import folder, pending
from rootescrow.register.events import AnyEvent, Arrival, Arrived, Destroyed, Note, Recovered, Superseded, Void, What
from rootescrow.register.record import Record, RecordedEnvelope, RecordedSheet, sha256
from rootescrow.shamir import Share
from tests.ceremony.plans import ROOT as PLAN
from tests.register.support import NOON, make_journal, make_record
from tests.support import forged, make, torn

ESCROW = make()
(B1, B2, B3, B4, B5), (A1, A2, A3) = ESCROW.shares
QUORUM = (B1, B2, B3, A1, A2)
NAMES = (
    "Ada Example",
    "Bo Example",
    "Cy Example",
    "Di Example",
    "Eva Example",
    "Fay Example",
    "Gil Example",
    "Hal Example",
)


def recorded(escrow: Escrow = ESCROW, **changed: Any) -> Record:
    """A record of this very escrow: its sheets held as the plan of examples/ says."""
    plain = make_record()
    persons = iter(NAMES)
    sheets = tuple(
        RecordedSheet(
            group=group.name,
            number=number,
            office="Member",
            person=next(persons),
            place="Safe at the bank",
            bag=f"A{number}",
            words_sha256=sha256(escrow.share(index, number).text.encode()),
        )
        for index, group in enumerate(escrow.policy.groups)
        for number in range(1, group.count + 1)
    )
    key = plain.key.model_copy(update={"encrypted_key_sha256": escrow.encrypted.sha256.hex()})
    envelope = RecordedEnvelope(sha256=sha256(escrow.envelope.der), bytes=len(escrow.envelope.der), printed="each")
    fields: dict[str, Any] = {"escrow_id": str(escrow.id), "sheets": sheets, "key": key, "envelope": envelope}
    return make_record(**{**fields, **changed})


def escrow_folder(out: Path, *events: AnyEvent, record: Record | None = None, plan: bytes | None = None) -> Path:
    """An escrow on disk, in whose journal this happened."""
    record = record or recorded()
    files = {f"{folder.ESCROW}/{folder.ENVELOPE_FILE}": ESCROW.envelope.der}
    files |= {f"{folder.ESCROW}/{folder.PLAN_FILE}": plan} if plan is not None else {}
    folder.create(out, files, record.dump(), make_journal(*events, record=record).dump())
    return out / folder.ESCROW


def void(name: str) -> Void:
    return Void(sheet=name, reason="bag found open")


def session_of(path: Path | None, *, ask: bool = False, arrived: tuple[str, ...] = ()) -> Session:
    return Session(load_basis(path), Arrivals.parse(arrived), ask=ask)


def with_sheets(session: Session, *shares: Share) -> Recovery:
    for share in shares:
        session.add(share.text, "typed")
    return search(session.pile)


# How sheets came


@pytest.mark.parametrize(
    ("text", "came"),
    [
        ("b", Came(Arrival.BAG)),
        (" P ", Came(Arrival.PHOTO)),
        ("telephone", Came(Arrival.PHONE)),
        ("phone  Ada Éxample", Came(Arrival.PHONE, "Ada Éxample")),
        ("o a courier", Came(Arrival.OTHER, "a courier")),
    ],
)
def test_how_a_sheet_came(text: str, came: Came) -> None:
    assert Came.parse(text) == came


@pytest.mark.parametrize(
    "text", ["", "x", "academic", "bags", "not said how", "b academic acid acne acquire", "b \x1b[2J"]
)
def test_what_is_no_way(text: str) -> None:
    with pytest.raises((UsageError, PolicyError)) as raised:
        Came.parse(text)
    assert "acne" not in raised.value.message + raised.value.hint


def test_ways_by_option() -> None:
    arrivals = Arrivals.parse(["bag", "Board/2=photo Bo", "group 1, sheet 2=t"])
    assert arrivals.default == Came(Arrival.BAG)
    assert arrivals.named == {"Board/2": Came(Arrival.PHOTO, "Bo"), "group 1, sheet 2": Came(Arrival.PHONE)}
    for wrong in (["bag", "photo"], ["A/1=bag", "A/1=photo"], ["A/1="], ["A/1=x"], [""]):
        with pytest.raises(UsageError):
            Arrivals.parse(wrong)


def test_each_sheet_is_asked_for_once_and_those_of_one_scan_together() -> None:
    session = Session(Basis(), ask=True)
    assert session.question == ""
    session.add(B1.text, "typed")
    session.add(f"{B2.text}\n{B3.text}\n{B4.text}\n{A1.text}", "typed")
    session.add(B1.text, "typed")
    assert session.question == "group 1, sheet 1 came by b, p, t, o"
    with pytest.raises(UsageError):
        session.answer("academic")
    session.answer("p Ada")
    assert session.question == "group 1, sheet 2, group 1, sheet 3, group 1, sheet 4 … came by b, p, t, o"
    session.answer("")
    assert session.question == ""
    session.pile.add(ESCROW.envelope.der)
    brought = session.brought(with_sheets(session, A2))
    ways = {one.name: one.came for one in brought}
    assert ways["group 1, sheet 1"] == Came(Arrival.PHOTO, "Ada")
    assert ways["group 1, sheet 2"] == Came()
    assert [one.check_code for one in brought if one.name == "group 1, sheet 1"] == [check_code(B1.text.encode())]


def test_who_was_told_by_option_is_not_asked(tmp_path: Path) -> None:
    session = session_of(escrow_folder(tmp_path / "out"), ask=True, arrived=("Board/2=photo", "Board/5=bag"))
    session.add(B1.text, "typed")
    session.add(B2.text, "typed")
    assert session.question == "Board/1 came by b, p, t, o"
    assert len(session.asking) == 1
    assert session.unmatched == ("Board/5",)
    assert session_of(None, arrived=("bag",)).unmatched == ()


@pytest.mark.parametrize("text", ["x" * 121, "two\nlines", "academic acid acne acquire", "\x07"])
def test_what_is_said_can_be_written_down(text: str) -> None:
    assert said(" a20261123.1 ", "the case") == "a20261123.1"
    with pytest.raises(UsageError) as raised:
        said(text, "the case")
    assert "acne" not in raised.value.message + raised.value.hint


# Void and superseded


def test_a_void_sheet_is_refused_with_its_reason_and_may_be_allowed(tmp_path: Path) -> None:
    session = session_of(escrow_folder(tmp_path / "out", void("Board/2")))
    for share in QUORUM:
        session.add(share.text, "typed")
    (refused,) = session.pile.status.wrong
    assert "refused: it is void since 2026-11-23: bag found open" in refused.message
    assert str(session.pile.status).startswith("Board: 2 of 3")
    (taken,) = session.allow("board/2")
    assert (taken.name, taken.verdict) == ("Board/2", "taken")
    recovery = search(session.pile)
    assert recovery.encrypted == ESCROW.encrypted
    (allowed,) = [one for one in session.brought(recovery) if one.void]
    assert (allowed.name, allowed.outcome) == ("Board/2", Outcome.RIGHT)
    told, note = session.events(recovery, "a1", "", ())
    assert isinstance(told, Recovered)
    assert "Board/2" in [arrived.sheet for arrived in told.sheets]
    assert str(note) == "Board/2 was used in this recovery, though it is void since 2026-11-23: bag found open"


def test_a_refused_sheet_is_told_of_in_the_report(tmp_path: Path) -> None:
    events = (void("Board/2"), Destroyed(sheets=("Board/2",), media=(), every_envelope=False, witnesses=""))
    session = session_of(escrow_folder(tmp_path / "out", *events), arrived=("photo",))
    recovery = with_sheets(session, B2, B1, B3, B4, A1, A2)
    (refused,) = [one for one in session.brought(recovery) if one.outcome is Outcome.REFUSED]
    assert (refused.name, refused.came.how) == ("Board/2", Arrival.PHOTO)
    assert refused.void == "it is listed as destroyed since 2026-11-23"
    assert len(session.events(recovery, "a1", "", ())) == 1


def test_what_cannot_be_allowed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing here says"):
        session_of(None).allow("Board/2")
    session = session_of(escrow_folder(tmp_path / "out"))
    with pytest.raises(UsageError, match="is not void"):
        session.allow("Board/2")
    with pytest.raises(UsageError, match="there is no sheet Board/9"):
        session.allow("Board/9")


def test_a_superseded_generation_is_refused_unless_asked_for(tmp_path: Path) -> None:
    later = Superseded(
        escrow_id="AAAA-AAAA",
        generation=2,
        record_sha256=sha256(b"later"),
        new_passphrase=False,
        case="",
        reason="",
    )
    basis = load_basis(escrow_folder(tmp_path / "out", later))
    with pytest.raises(RuleError, match="superseded on 2026-11-23 by escrow AAAA-AAAA, generation 2") as raised:
        basis.refuse_superseded(asked=False)
    assert "--superseded" in raised.value.hint
    basis.refuse_superseded(asked=True)
    load_basis(escrow_folder(tmp_path / "other")).refuse_superseded(asked=False)


# Without a journal


@pytest.mark.parametrize("broken", [None, b"", b"{}\n", b"\xff" * 99])
def test_no_journal_prevents_a_recovery(tmp_path: Path, broken: bytes | None) -> None:
    path = escrow_folder(tmp_path / "out", void("Board/2"))
    if broken is None:
        (path / folder.JOURNAL_FILE).unlink()
    else:
        (path / folder.JOURNAL_FILE).write_bytes(broken)
    session = session_of(path)
    assert session.basis.register is None
    assert session.basis.problem
    recovery = with_sheets(session, *QUORUM)
    assert recovery.encrypted == ESCROW.encrypted
    before = sorted((file.name, file.read_bytes()) for file in path.iterdir())
    events = session.events(recovery, "a1", "Eve", ("k",))
    told = journal(session.basis, events, now=NOON)
    assert told is not None
    assert (told.register, bool(told.problem)) == (None, True)
    assert [line.event for line in pending.parse(told.lines.encode())] == [*events]
    assert sorted((file.name, file.read_bytes()) for file in path.iterdir()) == before


def test_a_copy_and_a_folder_that_somebody_else_writes_in_are_left_alone(tmp_path: Path) -> None:
    path = escrow_folder(tmp_path / "out")
    session = session_of(path)
    events = session.events(with_sheets(session, *QUORUM), "a1", "", ())
    with folder.locked(path):
        told = journal(session.basis, events, now=NOON)
    assert told is not None
    assert "another process" in told.problem
    (path / folder.COPY_FILE).touch()
    told = journal(session.basis, events, now=NOON)
    assert told is not None
    assert "is marked as a copy" in told.problem
    assert len(folder.load_register(path).journal.lines) == 1
    (path / folder.COPY_FILE).unlink()
    register = pending.add(path, pending.parse(told.lines.encode()), now=NOON + datetime.timedelta(hours=1))
    assert register.recoveries == (events[0],)
    assert register.journal.lines[-1].time == NOON


def test_where_there_is_no_journal_nothing_is_told() -> None:
    assert journal(Basis(), (Note(text="x"),), now=NOON) is None


# What the journal is told


def test_the_journal_tells_who_came_how_and_what_was_forged(tmp_path: Path) -> None:
    path = escrow_folder(tmp_path / "out")
    session = session_of(path, arrived=("bag", "Board/2=photo Bo Example"))
    recovery = with_sheets(session, forged(B4), *QUORUM)
    copies = (name_of(tmp_path / "root.pem"),)
    events = session.events(recovery, "a1", "Eve Example", copies)
    assert events[0] == Recovered(
        what=What.KEY,
        case="a1",
        arbitrator="Eve Example",
        sheets=tuple(
            Arrived(sheet=name, how=Arrival.PHOTO if name == "Board/2" else Arrival.BAG)
            for name in ("Arbitration/1", "Arbitration/2", "Board/1", "Board/2", "Board/3")
        ),
        copies=copies,
    )
    assert [str(event) for event in events[1:]] == [
        "brought to this recovery: Board, a sheet that says it is number 4: forged or altered; it came by bag"
    ]
    told = journal(session.basis, events, now=NOON)
    assert told is not None
    assert told.register is not None
    assert told.register.state.endswith("exposed: the key was recovered")
    assert told.register.copies == copies
    assert told.register.due(NOON.date())[0] == f"destroy the copies of what was recovered: {copies[0]}"
    gone = Destroyed(sheets=(), media=(), copies=copies, every_envelope=False, witnesses="Ada, Bo")
    register = folder.append(path, gone, now=NOON)
    assert (register.copies, register.exposed) == ((), True)


def test_replaced_sheets_count(tmp_path: Path) -> None:
    """A sheet that was made since, as `replace` makes it, is right by the register and unknown to the record."""
    from rootescrow.register.events import Replaced  # noqa: PLC0415 - of this test alone

    sixth = replace(B5, member_index=5)
    made = Replaced(
        sheet="Board/6",
        office="",
        person="Di",
        place="",
        bag="",
        words_sha256=sha256(sixth.text.encode()),
        old="Board/5",
        reason="lost",
    )
    session = session_of(escrow_folder(tmp_path / "out", made))
    (finding,) = session.add(sixth.text, "typed")
    assert (finding.name, finding.verdict, finding.message) == ("Board/6", "taken", "")
    (finding,) = session.add(B5.text, "typed")
    assert finding.message == "refused: it is void since 2026-11-23: lost"


# Whom to call


def test_whom_to_call(tmp_path: Path) -> None:
    session = session_of(escrow_folder(tmp_path / "out", void("Board/5")))
    for share in (B1, A1, A2, forged(B3)):
        session.add(share.text, "typed")
    assert session.missing == (
        "Board: 1 of 3; Arbitration: complete; envelope: complete",
        "Board lacks 2. Call:",
        "  Board/2: Bo Example (Member); Safe at the bank; bag A2",
        "  Board/3: Cy Example (Member); Safe at the bank; bag A3",
        "  Board/4: Di Example (Member); Safe at the bank; bag A4",
        "  not Board/5: it is void since 2026-11-23: bag found open",
    )
    with_sheets(session, B2, B3)
    assert len(session.missing) == len(session_of(None).missing) == 1


def test_where_no_sheet_that_counts_is_left(tmp_path: Path) -> None:
    session = session_of(escrow_folder(tmp_path / "out", *(void(f"Arbitration/{number}") for number in (1, 2, 3))))
    assert "Arbitration lacks 2; none that counts is left" in session.missing
    assert "  not Arbitration/3: it is void since 2026-11-23: bag found open" in session.missing


def test_the_plan_says_how_they_are_reached_if_it_is_the_one_of_the_record(tmp_path: Path) -> None:
    plan = PLAN.encode()
    person = min(load(plan).people.values(), key=lambda person: person.hours)
    name, contact = person.name, person.contact
    base = recorded(plan_sha256=sha256(plan))
    sheets = tuple(
        sheet.model_copy(update={"person": name if sheet.name == "Board/4" else "Zoe Example", "place": ""})
        for sheet in base.sheets
    )
    record = recorded(plan_sha256=sha256(plan), sheets=sheets)
    basis = load_basis(escrow_folder(tmp_path / "out", record=record, plan=plan))
    lacks, first, *_ = whom_to_call(basis, basis.pile())
    assert lacks == "Board lacks 3. Call, the nearest first:"
    assert first == f"  Board/4: {name} (Member); bag A4; {contact}; {person.hours:g} h away"
    for other in (plan + b"\n", b"\xff", None):
        path = escrow_folder(tmp_path / f"{other!r}"[:9], record=record, plan=other)
        basis = load_basis(path)
        assert basis.plan is None
        assert contact not in "\n".join(whom_to_call(basis, basis.pile()))


def test_where_the_envelope_is(tmp_path: Path) -> None:
    path = escrow_folder(tmp_path / "out")
    (path / folder.ENVELOPE_FILE).unlink()
    session = session_of(path)
    assert session.missing[-3:] == ("The envelope is missing. It is on:", "  the medium USB stick 1", "  each sheet")


def test_where_the_envelope_came_from(tmp_path: Path) -> None:
    session = session_of(escrow_folder(tmp_path / "out"))
    assert session.envelope_from(with_sheets(session, *QUORUM)).endswith("escrow/envelope.cms")
    alone = session_of(None)
    alone.add("\n".join(make_lines()), "typed.txt")
    assert alone.envelope_from(with_sheets(alone, *QUORUM)) == "typed.txt"


def make_lines() -> list[str]:
    from rootescrow.codes import encode_text_lines  # noqa: PLC0415 - of this test alone

    return [str(ESCROW.id), *encode_text_lines(ESCROW.id, ESCROW.envelope.der)]


# Copies and papers


def test_what_a_copy_is_called(tmp_path: Path) -> None:
    assert name_of(tmp_path / "k") == f"{tmp_path}/k"
    for path in (tmp_path / "k\x1b[2J", tmp_path / ("k" * MAX_PATH_CHARS)):
        assert name_of(path) == "a file whose path cannot be printed"


def test_where_papers_can_go(tmp_path: Path) -> None:
    check_folder(tmp_path)
    check_folder(tmp_path / "papers")
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "no" / "such", tmp_path / "file" / "x"):
        with pytest.raises(FileError):
            check_folder(place)


def test_a_pile_of_a_folder_knows_the_register(tmp_path: Path) -> None:
    pile, opened = operation.new_pile(escrow_folder(tmp_path / "out", void("Board/2")))
    assert opened is not None
    assert pile.known is not None
    assert set(pile.known.void) == {"Board/2"}


def test_journal_and_report_tell_which_sheets_are_torn_and_what_confirmed_them(tmp_path: Path) -> None:
    session = session_of(escrow_folder(tmp_path / "out"))
    for text in (torn(QUORUM[0], 1, 2, 3, 4), *(share.text for share in QUORUM[1:])):
        session.add(text, "typed")
    recovery = search(session.pile)
    name = session.pile.name(QUORUM[0])
    assert [(one.name, one.torn) for one in session.brought(recovery) if one.torn] == [(name, ConfirmedBy.RECORD)]
    (note,) = session.events(recovery, "a1", "Eve Example", ())[1:]
    assert str(note) == f"{name} is torn: words of it were found, confirmed by the record's hash of the sheet"


def test_a_torn_sheet_is_asked_for_how_it_came() -> None:
    session = session_of(None, ask=True)
    session.add(torn(QUORUM[0], 9, 20), "typed")
    assert session.question
    session.answer("b")
    session.add(QUORUM[0].text, "typed")
    assert not session.question

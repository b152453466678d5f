"""A new sheet in the place of another: from one group's quorum alone, by the register, and the PDF before the line."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from rootescrow.ceremony.printing import find
from rootescrow.ceremony.replace import PAPER_FILE, MadeSheet, Order, Sitting, check_out, whose
from rootescrow.errors import DigestError, FileError, IntegrityError, PaperError, QuorumError, RuleError, UsageError
from rootescrow.escrow import reissue
from rootescrow.paper.contents import PassphraseSheet
from rootescrow.paper.layout import Paper
from rootescrow.pile import Verdict
from rootescrow.policy import MAX_SHEETS, Holder
from rootescrow.recovery import recover, search_passphrase
from rootescrow.register import folder
from rootescrow.register.events import Destroyed, Note, Replaced, Superseded, Void
from rootescrow.register.record import sha256
from rootescrow.shamir import Share
from tests.paper.support import texts
from tests.register.support import NOON
from tests.register.test_folder_journal import killed
from tests.support import ARBITRATION, altered, collusion, forged, pile_of

from .escrows import OnDisk, on_disk
from .plans import NO_PAPER, changed

HOLDER = Holder("", "Fay Neu", "Notary, Thun", "A000301")
THIRD = Holder("", "Gil Neu", "Notary, Chur", "A000303")
EACH = changed(('envelope = "separate"', 'envelope = "each"'), NO_PAPER)
Make = Callable[..., OnDisk]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> OnDisk:
    return on_disk(tmp_path_factory.mktemp("root") / "out")


@pytest.fixture
def disk(root: OnDisk, tmp_path: Path) -> OnDisk:
    """A copy for one test."""
    path = shutil.copytree(root.path, tmp_path / "escrow")
    return OnDisk(path, root.escrow, root.passphrase)


def order(void: str = "Board/2", **changed: object) -> Order:
    fields: dict[str, object] = {"void": void, "reason": "lost in a move", "holder": HOLDER, "paper": Paper.A4}
    return Order(**{**fields, **changed})  # type: ignore[arg-type]  # the fields of an order


def begin(disk: OnDisk, *given: str | Share, order: Order) -> Sitting:
    sitting = Sitting.begin(disk.path, order, NOON)
    for one in given:
        sitting.pile.add(one.text if isinstance(one, Share) else disk.text(one) if "/" in one else one, "scan")
    return sitting


def made(disk: OnDisk, *given: str, order: Order) -> tuple[Sitting, MadeSheet]:
    sitting = begin(disk, *given, order=order)
    return sitting, sitting.make()


def test_a_quorum_of_the_group_makes_it(disk: OnDisk, tmp_path: Path) -> None:
    sitting, new = made(disk, "Board/4", "Board/1", "Board/3", order=order())
    assert new.sheet.share == reissue([disk.share(f"Board/{number}") for number in (1, 3, 4)], 6)
    assert (new.sheet.name, new.quorum) == ("Board/6", ("Board/1", "Board/3", "Board/4"))
    assert new.sheet.holder == Holder("Secretary", "Fay Neu", "Notary, Thun", "A000301")
    change = sitting.write(new, tmp_path / "out", NOON)
    files = sorted(path.name for path in (tmp_path / "out").rglob("*.pdf"))
    assert files == [f"{disk.escrow.id}-1-Board-6.pdf", PAPER_FILE]
    assert (tmp_path / "out" / new.file).read_bytes() == new.pdf
    event = change.register.journal.lines[-1].event
    assert isinstance(event, Replaced)
    assert (event.old, event.reason, event.quorum) == ("Board/2", "lost in a move", new.quorum)
    assert event.words_sha256 == sha256(new.sheet.share.text.encode())
    register = disk.register
    assert register == change.register
    assert register.sheet("Board/2").state == "void, not destroyed"
    assert "Board/6" in register.to_confirm
    assert register.record == disk.register.record
    assert register.known.names(new.sheet.share) == ("Board/6",)
    assert [register.sheet(name).seen for name in ("Board/1", "Board/4", "Board/5")] == [NOON, NOON, None]


def test_it_says_what_the_first_sheets_say(disk: OnDisk) -> None:
    _, new = made(disk, "Board/4", "Board/1", "Board/3", order=order())
    sheet, record = new.sheet, disk.register.record
    assert (sheet.key_name, sheet.escrow_id, sheet.generation) == (record.key.name, record.id, 1)
    assert (sheet.created, sheet.record_check) == (date(2026, 11, 23), record.check_code)
    assert (sheet.organisation, sheet.motion) == ("Example CA", "m20261101.1")
    assert sheet.contact == "escrow@ca.example, +41 44 000 00 00 (day and night)"
    assert sheet.policy == record.policy
    assert sheet.envelope is None
    said = " ".join(" ".join(texts(new.pdf)).split())
    assert "SLIP-39 group 1 (Board), member 6, threshold 3" in said
    assert "any 3 of the 5 Board sheets and any 2 of the 3 Arbitration sheets" in said


def test_every_quorum_with_the_new_sheet_recovers(disk: OnDisk) -> None:
    _, new = made(disk, "Arbitration/1", "Arbitration/3", order=order("Arbitration/2"))
    assert new.sheet.name == "Arbitration/4"
    arbitration = [disk.share("Arbitration/1"), disk.share("Arbitration/3"), new.sheet.share]
    board = [disk.share(f"Board/{number}") for number in (1, 2, 5)]
    for quorum in itertools.combinations(arbitration, ARBITRATION.threshold):
        assert recover(pile_of(*board, *quorum, disk.escrow.envelope)) == disk.escrow.encrypted


def test_the_envelope_is_on_it_where_it_is_on_each(tmp_path: Path) -> None:
    disk = on_disk(tmp_path / "made", EACH)
    sitting, new = made(disk, "Board/4", "Board/1", "Board/3", order=order(paper=Paper.LETTER))
    assert new.sheet.envelope == disk.escrow.envelope.der
    sitting.write(new, tmp_path / "out", NOON)
    assert len(texts(new.pdf)) > 2
    (disk.path / folder.ENVELOPE_FILE).write_bytes(b"another")
    with pytest.raises(IntegrityError, match="missing, or is not the one"):
        Sitting.begin(disk.path, order("Board/1", holder=THIRD), NOON)


def test_a_sheet_of_the_passphrase(disk: OnDisk, tmp_path: Path) -> None:
    one = order("Passphrase/2", holder=Holder("", "Lia Neu", "Bank, Chur", "A000302"))
    sitting, new = made(disk, "Passphrase/1", "Passphrase/3", order=one)
    assert isinstance(new.sheet, PassphraseSheet)
    assert disk.passphrase is not None
    assert (new.sheet.escrow_id, new.sheet.key_escrow_id) == (disk.passphrase.id, disk.escrow.id)
    assert new.file == f"secret-passphrase/passphrase-{disk.passphrase.id}-1-Passphrase-4.pdf"
    sitting.write(new, tmp_path / "out", NOON)
    register = disk.register
    assert register.sheet("Passphrase/4").of_passphrase
    pile = pile_of(new.sheet.share, disk.share("Passphrase/3"), record=register.known.passphrase)
    pile.of_passphrase = True
    with search_passphrase(pile).passphrase as found:
        assert len(found) == 30


# What is refused, before anybody opens a bag.


@pytest.mark.parametrize(
    ("void", "match"),
    [("Board/9", "there is no sheet Board/9"), ("Board", "there is no sheet Board"), ("", "there is no sheet")],
)
def test_what_is_no_sheet_is_not_replaced(disk: OnDisk, void: str, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        Sitting.begin(disk.path, order(void), NOON)


def test_copies_are_not_replaced_singly(tmp_path: Path) -> None:
    plan = changed(('body = "arbitration"\nthreshold = 2', 'body = "arbitration"\nthreshold = 1'))
    disk = on_disk(tmp_path / "made", plan)
    with pytest.raises(UsageError, match="copies of one share") as raised:
        Sitting.begin(disk.path, order("Arbitration/2"), NOON)
    assert "rekey" in raised.value.hint


def replaced(old: str, new: str) -> Replaced:
    return Replaced(
        sheet=new, office="o", person="p", place="", bag="", words_sha256=sha256(new.encode()), old=old, reason="lost"
    )


def test_no_number_is_free(disk: OnDisk) -> None:
    for number in range(6, MAX_SHEETS + 1):
        disk.write(replaced(f"Board/{number - 1}", f"Board/{number}"))
    with pytest.raises(UsageError, match="has used every number") as raised:
        Sitting.begin(disk.path, order("Board/16"), NOON)
    assert "rekey" in raised.value.hint


def test_a_sheet_is_replaced_once(disk: OnDisk) -> None:
    disk.write(replaced("Board/2", "Board/6"))
    with pytest.raises(UsageError, match="Board/2 was replaced before, by Board/6") as raised:
        Sitting.begin(disk.path, order(), NOON)
    assert "If Board/6 is lost too" in raised.value.hint
    assert Sitting.begin(disk.path, order("Board/6"), NOON).name == "Board/7"


def test_a_void_or_destroyed_sheet_is_replaced_like_any_other(disk: OnDisk, tmp_path: Path) -> None:
    disk.write(Void(sheet="Board/2", reason="eaten by mice"))
    disk.write(Destroyed(sheets=("Board/2",), media=(), every_envelope=False, witnesses=""))
    sitting, new = made(disk, "Board/1", "Board/3", "Board/5", order=order())
    register = sitting.write(new, tmp_path / "out", NOON).register
    assert register.sheet("Board/2").reason == "eaten by mice"
    assert register.sheet("Board/6").counts


def test_a_rule_that_would_fail_by_the_choice_is_told_before_a_bag_is_opened(disk: OnDisk) -> None:
    with pytest.raises(RuleError, match=r"SP-d .*: a passphrase sheet and an envelope lie at Data centre, Frankfurt"):
        Sitting.begin(
            disk.path, order("Passphrase/1", holder=Holder("", "Lia Neu", "Data centre, Frankfurt", "B")), NOON
        )
    with pytest.raises(RuleError, match=r"SP-e .*: Fay Example alone meets the quorum of Arbitration"):
        Sitting.begin(disk.path, order("Arbitration/2", holder=Holder("", "Fay Example", "Chur", "B")), NOON)


def test_who_lost_a_sheet_may_have_kept_it(disk: OnDisk) -> None:
    """Where two are a quorum he gets no second one, until the first is destroyed."""
    again = order("Arbitration/1", holder=Holder("", "Fay Example", "Chur", "A000301"))
    with pytest.raises(RuleError, match="Fay Example alone meets the quorum of Arbitration"):
        Sitting.begin(disk.path, again, NOON)
    disk.write(Destroyed(sheets=("Arbitration/1",), media=(), every_envelope=False, witnesses="two"))
    assert Sitting.begin(disk.path, again, NOON).name == "Arbitration/4"


def test_of_what_is_superseded_nothing_is_made(disk: OnDisk) -> None:
    disk.write(
        Superseded(
            escrow_id="AAAA-AAAA",
            generation=2,
            record_sha256=sha256(b""),
            new_passphrase=False,
            case="a1",
            reason="",
        )
    )
    with pytest.raises(RuleError, match="superseded by escrow AAAA-AAAA"):
        Sitting.begin(disk.path, order(), NOON)


def test_a_copy_makes_nothing(disk: OnDisk) -> None:
    (disk.path / folder.COPY_FILE).touch()
    with pytest.raises(FileError, match="marked as a copy"):
        Sitting.begin(disk.path, order(), NOON)


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "x" * 501, "academic acid acne acquire"])
def test_a_reason_that_no_journal_takes_is_told_first(disk: OnDisk, reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        Sitting.begin(disk.path, order(reason=reason), NOON)
    assert raised.value.hint
    assert "academic" not in raised.value.message + raised.value.hint


def test_it_is_somebodys() -> None:
    with pytest.raises(UsageError, match="who gets the new sheet"):
        order(holder=Holder(place="Graz"))


# What is on the table.


def test_too_few_say_who_has_the_others(disk: OnDisk) -> None:
    disk.write(Void(sheet="Board/5", reason="burnt"))
    sitting = begin(disk, "Board/1", "Board/1", "Arbitration/1", "Arbitration/2", order=order())
    assert (sitting.complete, sitting.status) == (False, "Board: 1 of 3")
    assert sitting.others == ("Arbitration/1", "Arbitration/2")
    with pytest.raises(QuorumError, match="1 of the 3 Board sheets that make a new one are there") as raised:
        sitting.make()
    assert raised.value.hint == (
        "Bring 2 more, any of: Board/3 (Cy Example, Treasurer, Bank, Berlin, bag A000103); "
        "Board/4 (Di Example, Member of the Board, Notary, Paris, bag A000104)"
    )


def test_a_forged_sheet_is_named_and_does_not_count(disk: OnDisk) -> None:
    sitting = begin(disk, "Board/1", forged(disk.share("Board/3")), "Board/4", order=order())
    (bad,) = (finding for finding in sitting.pile.findings if finding.verdict is Verdict.WRONG)
    assert bad.name == "Board, a sheet that says it is number 3"
    assert "not a sheet that the record lists" in bad.message
    assert not sitting.complete
    sitting.pile.add(disk.text("Board/5"))
    assert sitting.make().quorum == ("Board/1", "Board/4", "Board/5")


def test_colluders_who_make_a_digest_right_make_no_sheet(disk: OnDisk) -> None:
    """Three of them, and two honest ones: the register knows which two."""
    theirs = collusion(disk.escrow, same_set=True).shares[0]
    sitting = begin(disk, *theirs[:3], "Board/4", "Board/5", order=order())
    assert tuple(sitting.shares) == ("Board/4", "Board/5")
    with pytest.raises(QuorumError):
        sitting.make()


def test_a_register_that_lists_another_share_is_found_by_the_digest(tmp_path: Path) -> None:
    """Whoever forged a record too has no polynomial through the others."""
    good = on_disk(tmp_path / "good")
    bad = forged(good.share("Board/3"))
    record = good.register.record
    sheets = tuple(
        sheet.model_copy(update={"words_sha256": sha256(bad.text.encode())}) if sheet.name == "Board/3" else sheet
        for sheet in record.sheets
    )
    disk = on_disk(tmp_path / "bad", sheets=sheets)
    with pytest.raises(DigestError):
        begin(disk, "Board/1", bad, "Board/4", order=order()).make()
    assert begin(disk, "Board/1", "Board/4", "Board/5", order=order()).make().sheet.name == "Board/6"


def test_the_sheet_itself_and_void_ones_do_not_count(disk: OnDisk) -> None:
    disk.write(Void(sheet="Board/5", reason="burnt"))
    sitting = begin(disk, "Board/1", "Board/2", "Board/3", "Board/5", order=order())
    (refused,) = (finding for finding in sitting.pile.findings if finding.verdict is Verdict.WRONG)
    assert (refused.name, "burnt" in refused.message) == ("Board/5", True)
    assert tuple(sitting.shares) == ("Board/1", "Board/3")
    assert sitting.others == ("Board/2",)


def test_a_sheet_that_was_made_anew_makes_the_next(disk: OnDisk, tmp_path: Path) -> None:
    sitting, new = made(disk, "Board/1", "Board/3", "Board/4", order=order())
    sitting.write(new, tmp_path / "first", NOON)
    second = begin(disk, "Board/1", "Board/5", new.sheet.share, order=order("Board/3", holder=THIRD))
    seventh = second.make()
    assert (seventh.sheet.name, seventh.quorum) == ("Board/7", ("Board/1", "Board/5", "Board/6"))
    pair = (new.sheet.share, seventh.sheet.share, disk.share("Board/2"))
    arbitration = (disk.share("Arbitration/1"), disk.share("Arbitration/2"))
    assert recover(pile_of(*pair, *arbitration, disk.escrow.envelope)) == disk.escrow.encrypted


def test_a_share_that_lies_of_itself_is_not_of_the_group(disk: OnDisk) -> None:
    liar = altered(disk.share("Arbitration/1"), group_index=0, member_threshold=3)
    assert not begin(disk, liar, order=order()).shares


def test_what_cannot_be_printed_is_told_before_a_bag_is_opened(disk: OnDisk) -> None:
    with pytest.raises(PaperError, match="person of Board/6"):
        Sitting.begin(disk.path, order(holder=Holder("", "山田", "Thun", "A000301")), NOON)
    with pytest.raises(PaperError, match="the reason"):
        Sitting.begin(disk.path, order(reason="☎"), NOON)


# Writing.


def test_two_who_replace_at_the_same_time_make_one_sheet(disk: OnDisk, tmp_path: Path) -> None:
    first, new = made(disk, "Board/1", "Board/3", "Board/4", order=order())
    second, other = made(disk, "Board/1", "Board/3", "Board/5", order=order("Board/4"))
    first.write(new, tmp_path / "first", NOON)
    with pytest.raises(UsageError, match="the next sheet of Board is Board/7"):
        second.write(other, tmp_path / "second", NOON)
    assert not (tmp_path / "second").exists()


def test_accepted_checks_of_the_machine_are_noted(disk: OnDisk, tmp_path: Path) -> None:
    sitting, new = made(disk, "Board/1", "Board/3", "Board/4", order=order())
    change = sitting.write(new, tmp_path / "out", NOON, exceptions={"swap": "tests"})
    note = change.register.journal.lines[-1].event
    assert isinstance(note, Note)
    assert note.text == "Board/6: swap accepted: tests"


def test_killed_anywhere_and_done_again(disk: OnDisk, tmp_path: Path) -> None:
    """The journal is the old or the new one; a sheet that it does not know has the number and the words of the next."""
    sitting, new = made(disk, "Board/1", "Board/3", "Board/4", order=order())
    before = (disk.path / folder.JOURNAL_FILE).read_bytes()
    old = new_ones = left = 0
    for step in itertools.count(0, 7):
        out = tmp_path / str(step)
        was_killed = killed(step, lambda: sitting.write(new, out, NOON))  # noqa: B023 - called before the next round
        sheet = out / new.file
        if (disk.path / folder.JOURNAL_FILE).read_bytes() == before:
            old += 1
            if sheet.exists():
                left += 1
                with pytest.raises(FileError, match="may hold a sheet") as raised:
                    check_out(out, sitting)
                assert "Destroy it" in raised.value.hint
        else:
            new_ones += 1
            assert disk.register.sheet("Board/6").counts
            assert sheet.read_bytes() == new.pdf
            (disk.path / folder.JOURNAL_FILE).write_bytes(before)
        if not was_killed:
            break
    assert min(old, new_ones, left) > 1
    again, same = made(disk, "Board/5", "Board/3", "Board/4", order=order())
    assert same.sheet == new.sheet
    check_out(tmp_path / "new", again)
    again.write(same, tmp_path / "new", NOON)


def test_it_is_printed_by_its_register(disk: OnDisk, tmp_path: Path) -> None:
    """Its escrow folder is elsewhere; a sheet that no register lists, or a void one, is not printed."""
    sitting, new = made(disk, "Board/1", "Board/3", "Board/4", order=order())
    out = tmp_path / "out"
    (out / folder.SECRET).mkdir(parents=True)
    (out / new.file).write_bytes(new.pdf)
    with pytest.raises(FileError, match="that counts by its register"):
        find(out, disk.path)
    shutil.rmtree(out)
    sitting.write(new, out, NOON)
    (found,) = find(out, disk.path).sheets
    assert (found.name, found.holder) == ("Board/6", "Fay Neu, Secretary")
    assert find(out, disk.path).escrow == disk.path
    disk.write(Void(sheet="Board/6", reason="lost"))
    with pytest.raises(FileError, match="that counts by its register"):
        find(out, disk.path)


def test_a_folder_with_anything_in_it_is_refused(disk: OnDisk, tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    with pytest.raises(FileError, match="is not empty"):
        check_out(tmp_path, Sitting.begin(disk.path, order(), NOON))


def test_whose_it_is(disk: OnDisk) -> None:
    register = disk.register
    assert whose(register.sheet("Board/1")) == "Board/1 (Ada Example, President, Notary, Bern, bag A000101)"
    bare = register.sheet("Board/1")
    object.__setattr__(bare, "holder", Holder())
    assert whose(bare) == "Board/1 (nobody wrote down who has it)"

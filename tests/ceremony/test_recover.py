"""The steps of a recovery that are no search: reading onto the pile, the case, the proof of the key, its file."""

from __future__ import annotations

import io
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from rootescrow import EncryptedKey, Passphrase, Pile
from rootescrow.ceremony.recover import (
    cause,
    check_new_file,
    check_passphrase,
    first_problem,
    needs_case,
    new_pile,
    read_onto,
    recover,
    write_key,
)
from rootescrow.errors import (
    CertificateMismatchError,
    FileError,
    IntegrityError,
    MalformedError,
    PaperError,
    QuorumError,
    RuleError,
    WrongPassphraseError,
)
from rootescrow.policy import Group, Policy
from rootescrow.register import folder
from tests.ceremony.support import PASSPHRASE, encrypted
from tests.support import ROOT, known, make, pile_of

GOLDEN = Path(__file__).parent.parent / "golden" / "v1"
GOLDEN_PASSPHRASE = "golden sheets of format v1, a TEST"  # noqa: S105 - it stands in the folder's README


@pytest.fixture(scope="module")
def golden() -> EncryptedKey:
    return EncryptedKey.load((GOLDEN / "key.pem").read_bytes(), GOLDEN_PASSPHRASE)


def quorum(seed: int = 0) -> Pile:
    escrow = make(seed=seed)
    board, arbitration = escrow.shares
    return pile_of(*board[:3], *arbitration[:2], escrow.envelope)


def test_several_groups_are_combined_under_a_case_only() -> None:
    pile = quorum()
    assert needs_case(pile)
    for case in ("", "  ", "\t"):
        with pytest.raises(RuleError, match="SP-h"):
            recover(pile, case)
    assert recover(pile, "a1").encrypted == make().encrypted
    one = make(Policy(Group("Board", 2, 3)))
    pile = pile_of(*one.shares[0][:2], one.envelope)
    assert not needs_case(pile)
    assert recover(pile, "").encrypted == one.encrypted


def test_no_decoy_hides_that_groups_are_combined() -> None:
    decoys = make(Policy(Group("Board", 9, 16)), seed=5)
    escrow = make()
    board, arbitration = escrow.shares
    pile = pile_of(*decoys.shares[0], *board[:3], *arbitration[:2], escrow.envelope)
    with pytest.raises(RuleError):
        recover(pile, "")


def test_the_folder_is_what_the_pile_knows() -> None:
    pile, opened = new_pile(GOLDEN / "escrow")
    assert opened is not None
    assert pile.known == opened.record.known
    assert str(pile.status) == "Board: 0 of 3; Arbitration: 0 of 2; envelope: complete"
    assert new_pile(None)[0].known is None
    with pytest.raises(FileError, match="is no escrow"):
        new_pile(GOLDEN)


def test_pages_are_put_on_the_pile_one_by_one() -> None:
    pile = Pile()
    with (GOLDEN / "sheets" / "Board-1.pdf").open("rb") as stream:
        reports = list(read_onto(pile, stream, "scan.pdf"))
    assert [report.page.page for report in reports] == [1, 2, 3, 4]
    assert [len(report.findings) for report in reports] == [0, 1, 1, 0]
    assert [bool(report.page.problem) for report in reports] == [True, False, False, True]
    (report,) = read_onto(pile, io.BytesIO((GOLDEN / "escrow" / "envelope.cms").read_bytes()), "envelope.cms")
    assert report.findings[0].name == "envelope of 45T5-3EDP"


def test_the_proof_says_what_was_proved(golden: EncryptedKey) -> None:
    opened = folder.load(GOLDEN / "escrow")
    assert opened.certificate is not None
    assert opened.record.key.spki_sha256 is not None
    fingerprint = bytes.fromhex(opened.record.key.spki_sha256)
    word = Passphrase.from_text(GOLDEN_PASSPHRASE)

    def proved(certificate: bytes | None, fingerprint: bytes | None) -> str:
        return check_passphrase(golden, word, certificate=certificate, fingerprint=fingerprint)

    opens, certified, recorded = (
        "The passphrase opens the key, P-256",
        "; it is the key of the certificate",
        "; it is the key of the record",
    )
    assert proved(None, None) == f"{opens}."
    assert proved(opened.certificate, None) == f"{opens}{certified}."
    assert proved(None, fingerprint) == f"{opens}{recorded}."
    assert proved(opened.certificate, fingerprint) == f"{opens}{certified}{recorded}."
    with pytest.raises(IntegrityError, match="not the one that the record states"):
        proved(None, bytes(32))
    with pytest.raises(WrongPassphraseError):
        check_passphrase(golden, Passphrase.from_text("wrong"), certificate=None, fingerprint=None)
    with pytest.raises(CertificateMismatchError):
        check_passphrase(
            encrypted(), Passphrase.from_text(PASSPHRASE), certificate=opened.certificate, fingerprint=None
        )


def test_the_key_is_written_once_and_for_its_owner(golden: EncryptedKey, tmp_path: Path) -> None:
    out = tmp_path / "key.pem"
    check_new_file(out)
    write_key(out, golden)
    assert out.read_bytes() == (GOLDEN / "key.pem").read_bytes()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    for refuse in (check_new_file, lambda path: write_key(path, encrypted())):
        with pytest.raises(FileError, match="is there already"):
            refuse(out)
    assert out.read_bytes() == (GOLDEN / "key.pem").read_bytes()
    for place in (tmp_path / "no" / "k", out / "k"):
        with pytest.raises(FileError):
            check_new_file(place)
        with pytest.raises(FileError, match="cannot write"):
            write_key(place, golden)


def test_why_a_recovery_failed() -> None:
    """Where sheets are missing: the file, or else the item, that may have been one of them."""
    escrow = make()
    short = QuorumError("too few")
    broken, unreadable = FileError("cannot read a", "look"), PaperError("blank", "scan")
    pile = pile_of(escrow.shares[0][0], "acadmic " + "acid " * 32)
    why = cause(pile, [broken, unreadable], short)
    assert (type(why), why.message) == (FileError, "cannot read a")
    assert why.hint.startswith("look Then: group 1: 1 of 3; group 2: 0 of ?")
    assert broken.hint == "look"
    why = cause(pile, [], short)
    assert type(why) is MalformedError
    assert "word 1 is not in the word list" in why.message
    forged = replace(escrow.shares[0][1], value=bytes(32))
    why = cause(pile_of(forged, record=known(escrow)), [], short)
    assert type(why) is IntegrityError
    # Strangers are no cause, and any other failure speaks for itself.
    assert cause(pile_of("Dear Board"), [], short) is short
    for error in (IntegrityError("x"), RuleError("x"), MalformedError("x")):
        assert cause(pile, [broken], error) is error


def test_the_first_problem() -> None:
    escrow = make(ROOT)
    assert first_problem(quorum(), []) is None
    assert first_problem(pile_of(escrow.shares[0][0], "Dear Board"), []) is None
    refused = PaperError("x")
    assert first_problem(quorum(), [refused]) is refused

"""A passphrase made and used inside a split, or escrowed alone: sheets, records, and the way back with stock tools."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rootescrow import PrivateKey
from rootescrow.ceremony import passphrase as operation
from rootescrow.ceremony.passphrase import AloneOrder, Keepers, MadePassphrase, make_alone, make_with_key
from rootescrow.ceremony.printing import find
from rootescrow.ceremony.read_back import read_back as read_back_key
from rootescrow.ceremony.split import Made, Order, Placement
from rootescrow.errors import FileError, PaperError, PolicyError, RecordError, RuleError, UsageError
from rootescrow.escrow import passphrase_id
from rootescrow.keys.kdf import Scrypt
from rootescrow.paper.sheets import Paper, draw_sheet
from rootescrow.passphrase import Passphrase, generate
from rootescrow.pile import Pile
from rootescrow.policy import Group, Holder, Policy
from rootescrow.recovery import recover
from rootescrow.register import folder
from rootescrow.register.journal import Journal
from rootescrow.register.record import PassphraseRecord, Record
from tests.paper.support import codes, texts
from tests.support import noise

TODAY = date(2026, 11, 23)
ORDER = Order(Policy(Group("Board", 2, 3), Group("Arbitration", 2, 2)), "Example Root CA", placement=Placement.SEPARATE)
KEEPERS = Keepers(Policy(Group("Passphrase", 2, 3)), ((Holder("Keeper", "Kit Example", "Graz"),),))
CHEAP = Scrypt(2**14, 8, 5)
"""What opens quickly; the costs of a real key are for its own tests."""


@pytest.fixture(scope="module")
def plain(program: Callable[[str], str]) -> bytes:
    """A P-256 key."""
    command = [program("openssl"), "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def both(plain: bytes) -> tuple[Made, MadePassphrase]:
    return make_with_key(PrivateKey.load(plain), ORDER, KEEPERS, today=TODAY, cost=CHEAP, rng=noise(11))


def alone(**changes: object) -> AloneOrder:
    return AloneOrder(**{"keepers": KEEPERS, "key_name": "Example Root CA", **changes})  # type: ignore[arg-type]


def test_both_are_made_and_read_back(both: tuple[Made, MadePassphrase]) -> None:
    of_key, kept = both
    assert of_key.record.passphrase
    read_back_key(of_key)
    operation.read_back(kept, of_key.record.passphrase.known)
    assert of_key.escrow.encrypted.decrypt(kept.passphrase).algorithm == "P-256"
    assert of_key.escrow.encrypted.kdf == CHEAP


def test_the_record_lists_the_sheets_of_both(both: tuple[Made, MadePassphrase]) -> None:
    of_key, kept = both
    record = Record.load(of_key.record.dump())
    assert record.passphrase
    assert record.passphrase.id == kept.escrow.id == passphrase_id(kept.passphrase)
    assert [sheet.name for sheet in record.passphrase.sheets] == ["Passphrase/1", "Passphrase/2", "Passphrase/3"]
    assert record.passphrase.sheets[0].person == "Kit Example"
    words = [hashlib.sha256(sheet.share.text.encode()).hexdigest() for sheet in kept.sheets]
    assert [sheet.words_sha256 for sheet in record.passphrase.sheets] == words
    assert record.known.passphrase == record.passphrase.known
    letters = bytes(kept.passphrase.reveal())
    assert letters not in of_key.record.dump()
    assert hashlib.sha256(letters).hexdigest().encode() not in of_key.record.dump()


def test_the_sheets_bear_the_record_and_both_ids(both: tuple[Made, MadePassphrase]) -> None:
    of_key, kept = both
    assert kept.escrow.id.slip39_identifier != of_key.escrow.id.slip39_identifier
    for pdf in kept.pdfs:
        cover, share = texts(pdf)
        assert of_key.record.check_code in share
        for page in (cover, share):
            assert str(kept.escrow.id) in page
            assert str(of_key.escrow.id) in page


def test_the_files_lie_in_a_folder_of_their_own(both: tuple[Made, MadePassphrase]) -> None:
    of_key, kept = both
    assert set(kept.files) == {f"secret-passphrase/passphrase-{kept.escrow.id}-1-Passphrase-{n}.pdf" for n in (1, 2, 3)}
    assert not set(kept.files) & set(of_key.files)
    assert not any(name.startswith("secret-passphrase") for name in of_key.files)
    letters = bytes(kept.passphrase.reveal()).decode()
    assert letters not in f"{of_key!r} {kept!r} {list(kept.files)} {list(of_key.files)}"


def test_print_finds_them_and_whose_they_are(both: tuple[Made, MadePassphrase], tmp_path: Path) -> None:
    of_key, kept = both
    journal = Journal.begin(of_key.record, datetime(2026, 11, 23, 12, tzinfo=UTC))
    folder.create(tmp_path / "both", of_key.files | kept.files, of_key.record.dump(), journal.dump())
    found = find(tmp_path / "both").sheets
    names = [
        f"{group}/{number}" for group, count in (("Board", 3), ("Arbitration", 2)) for number in range(1, count + 1)
    ]
    assert [sheet.name for sheet in found] == [*names, "Passphrase/1", "Passphrase/2", "Passphrase/3"]
    assert [sheet.passphrase for sheet in found] == [False] * 5 + [True] * 3
    assert found[5].holder == "Kit Example, Keeper"
    made, record = make_alone(None, alone(), today=TODAY, rng=noise(5))
    folder.create_passphrase(tmp_path / "alone", made.files, record.dump())
    for place in (tmp_path / "alone", tmp_path / "alone" / folder.SECRET_PASSPHRASE):
        assert [(sheet.name, sheet.holder) for sheet in find(place).sheets] == [
            *(("Passphrase/1", "Kit Example, Keeper"), ("Passphrase/2", ""), ("Passphrase/3", "")),
        ]
    (moved,) = (tmp_path / "alone" / folder.SECRET_PASSPHRASE).glob("*-3.pdf")
    for wrong in (tmp_path / "alone" / folder.SECRET, tmp_path / "both" / folder.SECRET):
        wrong.mkdir(exist_ok=True)
        (wrong / moved.name).write_bytes(b"")
        with pytest.raises(FileError, match="is no sheet of a split"):
            find(wrong)


def test_from_both_piles_to_the_open_key(both: tuple[Made, MadePassphrase], plain: bytes) -> None:
    of_key, kept = both
    assert of_key.record.passphrase
    heap = Pile(of_key.record.known)
    secret = Pile(of_key.record.passphrase.known, of_passphrase=True)
    for pile in (heap, secret):
        for pdf in (*of_key.pdfs, *kept.pdfs):
            for text in codes(pdf)[1]:
                pile.add(text)
    heap.add(of_key.escrow.envelope.der)
    found = operation.recover(secret, "a20261123.1")
    key = recover(heap).decrypt(found.passphrase)
    assert key.fingerprint == PrivateKey.load(plain).fingerprint


def test_with_stock_tools_from_paper_to_the_open_key(
    both: tuple[Made, MadePassphrase], tmp_path: Path, program: Callable[[str], str], oracle: Callable[[str], Path]
) -> None:
    of_key, kept = both
    openssl, xxd = program("openssl"), program("xxd")
    words = [codes(pdf)[1][0] for pdf in kept.pdfs[1:]]
    page = texts(kept.pdfs[0])[1]
    assert "1. shamir recover" in page
    assert "2. xxd -r -p" in page
    # From here on nothing of ours.
    shown = subprocess.run(
        [oracle("shamir-mnemonic") / "shamir", "recover"],
        input="\n".join(words) + "\n",
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    digits = shown.split("Your master secret is:")[1].strip()
    assert len(digits) == 64
    letters = subprocess.run([xxd, "-r", "-p"], input=f"{digits}\n", capture_output=True, check=True, text=True).stdout
    assert letters.endswith("\n\n")
    assert len(letters) == 32
    (tmp_path / "key.p8").write_bytes(of_key.escrow.encrypted.der)
    opened = subprocess.run(
        [openssl, "pkey", "-in", tmp_path / "key.p8", "-passin", "stdin", "-pubout", "-outform", "DER"],
        input=letters.encode(),
        capture_output=True,
        check=True,
    ).stdout
    assert hashlib.sha256(opened).hexdigest() == of_key.record.key.spki_sha256
    # What the sheet warns of: in a pipe, the questions of the one are taken for digits by the other.
    piped = subprocess.run(
        ["/bin/sh", "-c", f"'{oracle('shamir-mnemonic') / 'shamir'}' recover | '{xxd}' -r -p"],
        input="\n".join(words) + "\n",
        capture_output=True,
        check=False,
        text=True,
        errors="replace",
    ).stdout
    assert letters.strip() not in piped


def test_a_group_of_the_key_and_one_of_keepers_have_different_names(plain: bytes) -> None:
    keepers = Keepers(Policy(Group("board", 2, 3)))
    with pytest.raises(PolicyError, match="both called board"):
        make_with_key(PrivateKey.load(plain), ORDER, keepers, today=TODAY)


def test_one_sheet_is_never_enough_and_no_holder_too_many() -> None:
    with pytest.raises(PolicyError, match="SP-e"):
        Keepers(Policy(Group("Passphrase", 1, 3)))
    with pytest.raises(PolicyError, match="3 holders"):
        Keepers(Policy(Group("Passphrase", 2, 2)), ((Holder(), Holder(), Holder()),))


def test_what_does_not_read_back_is_not_released(both: tuple[Made, MadePassphrase]) -> None:
    of_key, kept = both
    assert of_key.record.passphrase
    known = of_key.record.passphrase.known
    first, second, third = kept.pdfs
    with pytest.raises(PaperError, match="Passphrase/1 does not read back"):
        operation.read_back(replace(kept, pdfs=(second, first, third)), known)
    with pytest.raises(PaperError, match="another passphrase came out"):
        operation.read_back(replace(kept, passphrase=generate()), known)
    other, record = make_alone(None, alone(), today=TODAY)
    with pytest.raises(PaperError, match="of another escrow"):
        operation.read_back(kept, record.known)
    with pytest.raises(PaperError, match="another passphrase came out"):
        operation.read_back(replace(other, passphrase=kept.passphrase), record.known)
    rehearsal = tuple(draw_sheet(replace(sheet, rehearsal=True), Paper.A4) for sheet in kept.sheets)
    operation.read_back(replace(kept, pdfs=rehearsal), known)


def test_alone_a_record_of_its_own_kind(both: tuple[Made, MadePassphrase]) -> None:
    key = both[0].record
    made, record = make_alone(None, alone(key=key, rehearsal=True), today=TODAY)
    assert PassphraseRecord.load(record.dump()) == record
    assert (record.key_escrow_id, record.spki_sha256) == (key.escrow_id, key.key.spki_sha256)
    operation.read_back(made, record.known)
    for pdf in made.pdfs:
        cover, share = texts(pdf)
        assert record.check_code in share
        assert key.escrow_id in cover
        assert "REHEARSAL" in cover
    assert bytes(made.passphrase.reveal()) not in record.dump()
    with pytest.raises(RecordError):
        Record.load(record.dump())
    with pytest.raises(RecordError):
        PassphraseRecord.load(key.dump())
    with pytest.raises(RecordError, match="edited"):
        PassphraseRecord.load(record.dump() + b"\n")


def test_alone_only_what_was_generated() -> None:
    given = generate(rng=noise(12))
    made, _ = make_alone(given, alone(), today=TODAY)
    assert made.escrow.id == passphrase_id(given)
    for text in ("correct horse battery staple", "bcdef" * 6, "x" * 29):
        with pytest.raises(RuleError, match="SP-d"):
            make_alone(Passphrase.from_text(text), alone(), today=TODAY)


def test_alone_the_first_words_are_not_those_of_the_key(both: tuple[Made, MadePassphrase]) -> None:
    of_key, kept = both
    with pytest.raises(UsageError, match="same words"):
        make_alone(kept.passphrase, alone(key=of_key.record), today=TODAY)


def test_a_folder_of_its_own(tmp_path: Path, both: tuple[Made, MadePassphrase]) -> None:
    made, record = make_alone(None, alone(), today=TODAY)
    out = tmp_path / "out"
    folder.create_passphrase(out, made.files, record.dump())
    assert folder.load_passphrase(out / folder.PASSPHRASE) == record
    with pytest.raises(FileError, match="is no escrow") as caught:
        folder.load(out)
    assert "rootescrow passphrase recover" in caught.value.hint
    with pytest.raises(FileError) as caught:
        folder.load(out / folder.PASSPHRASE)
    assert "rootescrow passphrase recover" in caught.value.hint
    with pytest.raises(FileError, match="not empty"):
        folder.create_passphrase(out, made.files, record.dump())
    (tmp_path / "cut" / folder.PASSPHRASE).mkdir(parents=True)
    (tmp_path / "cut" / folder.PASSPHRASE / "passphrase.json.part").write_bytes(record.dump())
    with pytest.raises(FileError, match="interrupted"):
        folder.check_new(tmp_path / "cut")
    pile, found = operation.new_pile(out / folder.PASSPHRASE)
    assert found == record
    assert pile.of_passphrase
    assert pile.known == record.known


def test_groups_are_combined_under_a_case_only() -> None:
    keepers = Keepers(Policy(Group("Board keepers", 2, 2), Group("Other keepers", 2, 2)))
    made, record = make_alone(None, alone(keepers=keepers), today=TODAY)
    operation.read_back(made, record.known)
    pile = Pile(of_passphrase=True)
    for sheet in made.sheets:
        pile.add(sheet.share.text)
    with pytest.raises(RuleError, match="SP-h"):
        operation.recover(pile, " ")
    assert operation.recover(pile, "a20261123.1").passphrase == made.passphrase

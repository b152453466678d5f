"""What a split makes, in memory: the order, the files and their names, the record."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rootescrow import EncryptedKey, __version__
from rootescrow.ceremony import software
from rootescrow.ceremony.split import Made, Order, Placement, make, throw_away_key
from rootescrow.envelope import MAX_PRINTED_BYTES
from rootescrow.errors import PaperError, PolicyError, UsageError
from rootescrow.keys import PrivateKey, certificate_der, read_key_file
from rootescrow.paper.sheets import Paper
from rootescrow.policy import Body, Group, Holder, Policy
from rootescrow.register.record import Record
from tests.ceremony.support import TODAY, encrypted, made_of
from tests.support import encrypted_key, noise

BOARD = Group("Board", 2, 3, Body.BOARD)
GOLDEN = Path(__file__).parent.parent / "golden" / "v1"


@pytest.fixture(scope="module")
def key() -> EncryptedKey:
    return encrypted()


@pytest.fixture(scope="module")
def made(key: EncryptedKey) -> Made:
    holders = ((Holder(person="Ada Example"), Holder("Secretary", place="Safe 2", bag="A 1")),)
    return made_of(key, BOARD, Group("Audit", 1, 2), holders=holders)


def test_files_have_the_names_of_their_sheets(made: Made) -> None:
    id_ = str(made.escrow.id)
    names = [f"{id_}-1-Board-{n}.pdf" for n in (1, 2, 3)] + [f"{id_}-2-Audit-{n}.pdf" for n in (1, 2)]
    assert list(made.files) == [*(f"secret/{name}" for name in names), "escrow/envelope.cms", "escrow/record.pdf"]
    assert [made.files[f"secret/{name}"] for name in names] == list(made.pdfs)


def test_names_that_differ_in_punctuation_only_stay_apart(key: EncryptedKey) -> None:
    made = made_of(key, Group("A.B", 1, 1), Group("A B", 1, 1), Group("Ä…", 1, 1))
    names = [name.rpartition("/")[2] for name in made.files if name.startswith("secret/")]
    assert [name.split("-", 2)[2] for name in names] == ["1-A-B-1.pdf", "2-A-B-1.pdf", "3-Ä--1.pdf"]


def test_the_same_input_makes_the_same_bytes(key: EncryptedKey, made: Made) -> None:
    holders = ((Holder(person="Ada Example"), Holder("Secretary", place="Safe 2", bag="A 1")),)
    again = made_of(key, BOARD, Group("Audit", 1, 2), holders=holders)
    assert again.files == made.files
    assert again.record == made.record
    another = made_of(key, BOARD, Group("Audit", 1, 2), holders=holders, seed=2)
    assert {name for name in set(another.files) & set(made.files) if another.files[name] == made.files[name]} == set()
    assert {name for name in another.files if name not in made.files} == {
        name for name in another.files if name.startswith("secret/")
    }


def test_the_record(key: EncryptedKey, made: Made) -> None:
    record = Record.load(made.record.dump())
    assert record == made.record
    assert (record.id, record.created, record.generation, record.supersedes) == (made.escrow.id, TODAY, 1, None)
    assert (record.rehearsal, record.profile, record.policy) == (False, "simple", made.escrow.policy)
    assert [(sheet.person, sheet.office, sheet.place, sheet.bag) for sheet in record.sheets] == [
        *(("Ada Example", "", "", ""), ("", "Secretary", "Safe 2", "A 1"), ("", "", "", ""), *[("", "", "", "")] * 2),
    ]
    assert record.key.encrypted_key_sha256 == key.sha256.hex()
    assert record.envelope.sha256 == hashlib.sha256(made.escrow.envelope.der).hexdigest()
    assert record.envelope.printed == "each"
    assert all(sheet.record_check == record.check_code for sheet in made.sheets)
    words = [sheet.share.text for sheet in made.sheets]
    assert [sheet.words_sha256 for sheet in record.sheets] == [hashlib.sha256(w.encode()).hexdigest() for w in words]
    assert words[3] == words[4]


def test_nothing_secret_is_in_the_repr(made: Made) -> None:
    for sheet in made.sheets:
        assert sheet.share.text[20:60] not in repr(made)
        assert repr(sheet.share.value) not in repr(made) + repr(made.sheets)


def test_the_envelope_apart(key: EncryptedKey) -> None:
    certificate = certificate_der((GOLDEN / "escrow" / "certificate.pem").read_bytes())
    made = made_of(key, BOARD, placement=Placement.SEPARATE, paper=Paper.LETTER, certificate=certificate)
    assert made.record.envelope.printed == "separate"
    assert made.files["escrow/envelope.pdf"] == made.envelope_pdf
    assert all(sheet.envelope is None for sheet in made.sheets)
    assert certificate_der(made.files["escrow/certificate.pem"]) == certificate
    assert made.record.key.certificate_sha256 == hashlib.sha256(certificate).hexdigest()


def test_an_envelope_that_is_too_large_for_paper(key: EncryptedKey) -> None:
    """Such a key is only carried; it goes on media, and only if that was asked for."""
    large = EncryptedKey(encrypted_key(MAX_PRINTED_BYTES).der, key.facts)
    with pytest.raises(UsageError, match="too many to print on each sheet"):
        made_of(large, BOARD)
    made = made_of(large, BOARD, placement=Placement.SEPARATE)
    assert (made.record.envelope.printed, made.envelope_pdf) == ("media", None)
    assert made.files["escrow/envelope.cms"] == made.escrow.envelope.der


def test_an_id_that_another_escrow_has_is_drawn_again(key: EncryptedKey, made: Made) -> None:
    order = Order(Policy(BOARD), "Test Root")
    first = make(key, order, today=TODAY, rng=noise(1)).escrow.id
    again = make(key, order, today=TODAY, rng=noise(1), taken={first.slip39_identifier}).escrow.id
    assert again.slip39_identifier != first.slip39_identifier


def test_a_key_that_was_never_opened(key: EncryptedKey) -> None:
    with pytest.raises(UsageError, match="never opened"):
        made_of(EncryptedKey.parse(key.der), BOARD)


@pytest.mark.parametrize(
    ("order", "error", "said"),
    [
        ({"key_name": ""}, PolicyError, "empty"),
        ({"key_name": "a\x1b[31m"}, PolicyError, "cannot be printed"),
        ({"key_name": "x" * 121}, PolicyError, "121 characters"),
        ({"holders": ((Holder(),) * 4,)}, PolicyError, "4 holders"),
        ({"holders": ((), ())}, PolicyError, "more groups"),
        ({"key_name": "𒀀"}, PaperError, "cannot print"),
        ({"holders": ((Holder(person="𒀀"),),)}, PaperError, "cannot print"),
    ],
)
def test_an_order_that_cannot_be_met(
    key: EncryptedKey, order: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        make(key, Order(Policy(BOARD), **{"key_name": "Test Root", **order}), today=TODAY)  # type: ignore[arg-type]  # by name


def test_progress_is_told_sheet_by_sheet(key: EncryptedKey) -> None:
    told: list[tuple[str, int, int]] = []
    order = Order(Policy(BOARD), "Test Root")
    make(key, order, today=TODAY, progress=lambda what, done, of: told.append((what, done, of)))
    assert told == [("Drawing the sheets", done, 3) for done in (1, 2, 3)]


def test_a_throw_away_key_is_a_new_one_each_time() -> None:
    one = throw_away_key()
    assert not read_key_file(one).encrypted
    assert PrivateKey.load(one).algorithm == "RSA-3072"


def test_software_is_what_is_installed() -> None:
    found = {one.name: one for one in software.installed()}
    assert set(found) == {"python", *software.PACKAGES}
    for name, one in found.items():
        if name != "rootescrow":
            assert one.version[0].isdigit()
        assert (one.sha256 is None) == (name == "python" or one.version == "not installed as a package")
    assert found["rootescrow"].version in (__version__, "not installed as a package")

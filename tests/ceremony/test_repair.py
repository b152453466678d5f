"""Repair: one sheet alone, believed for its hash, and nothing said of it without."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from rootescrow.ceremony.basis import Basis
from rootescrow.ceremony.repair import Repaired, load, read, repair
from rootescrow.codes import check_code, encode_envelope_codes
from rootescrow.errors import EscrowError, FileError, IntegrityError, MalformedError
from rootescrow.escrow import generate_passphrase
from rootescrow.policy import Group, Policy
from rootescrow.register.events import Void
from rootescrow.register.register import fold
from rootescrow.texts import one_sheet
from tests.ceremony.test_confirm import record_of
from tests.ceremony.test_session import escrow_folder
from tests.register.support import make_journal
from tests.support import ROOT, forged, make, noise, torn
from tests.test_architecture import loaded_by

ESCROW = make(ROOT, size=2400)
OTHER = make(ROOT, seed=5)
SHARE = ESCROW.share(0, 1)
_, PASSPHRASE = generate_passphrase(Policy(Group("Keepers", 2, 3)), rng=noise(8))


def basis(*voids: str) -> Basis:
    record = record_of(ESCROW, "each", PASSPHRASE)
    journal = make_journal(*(Void(sheet=name, reason="bag found open") for name in voids), record=record)
    return Basis(record=record, register=fold(record, journal))


def repaired(text: str, *voids: str) -> Repaired:
    return repair(basis(*voids), one_sheet(text))


def failure(text: str) -> EscrowError:
    with pytest.raises(EscrowError) as caught:
        repaired(text)
    return caught.value


def test_what_would_combine_is_not_even_loaded() -> None:
    loaded = loaded_by("import rootescrow.ceremony.repair, rootescrow.cli.repair")
    assert not {name for name in loaded if name.startswith(("rootescrow.recovery", "rootescrow.ceremony.recover"))}


@pytest.mark.parametrize("numbers", [(), (7,), (1, 2, 3), (3, 12, 30, 33)])
def test_words_that_cannot_be_read_are_found(numbers: tuple[int, ...]) -> None:
    found = repaired(torn(SHARE, *numbers))
    assert found.names == ("Board/1",)
    assert found.check_code == check_code(SHARE.text.encode())
    assert found.restored.found == {number: SHARE.words[number - 1] for number in numbers}
    assert found.why_void == ""


def test_one_misread_word_is_found_alone_or_beside_three() -> None:
    for numbers in ((), (3, 20, 31)):
        found = repaired(torn(SHARE, *numbers, w9=1))
        assert (found.names, found.restored.wrong) == (("Board/1",), frozenset({9}))


def test_a_sheet_of_the_passphrase() -> None:
    assert repaired(torn(PASSPHRASE.share(0, 2), 6, 7)).names == ("Keepers/2",)


def test_a_void_sheet_is_told_to_be_void() -> None:
    assert "bag found open" in repaired(torn(SHARE, 8), "Board/1").why_void


@pytest.mark.parametrize(
    "text",
    [
        torn(SHARE, w3=1, w9=1),
        torn(SHARE, 1, 2, 3, 4, w9=1),
        forged(SHARE).text,
        torn(forged(SHARE), 1, 2, 3),
        torn(OTHER.share(0, 1), 1, 20, 21),
        " ".join(reversed(SHARE.words)),
    ],
    ids=["two misread", "one misread beside four", "forged", "forged and torn", "of another escrow", "wrong places"],
)
def test_without_a_hash_that_confirms_nothing_is_said_of_any_word(text: str) -> None:
    error = failure(text)
    assert isinstance(error, IntegrityError)
    assert error.exit_status == 5
    assert error.hint
    said = set(f"{error.message} {error.hint}".replace(".", " ").replace(",", " ").split())
    assert not said & (set(SHARE.words) | set(text.split())) - {"?"}


def test_another_escrow_is_named_where_the_first_words_tell() -> None:
    error = failure(torn(OTHER.share(0, 1), 20, 21))
    assert "name another" in error.message
    assert str(ESCROW.id) in error.message


def test_more_than_five_are_refused() -> None:
    for numbers in (range(1, 7), range(1, 34)):
        with pytest.raises(MalformedError):
            repaired(torn(SHARE, *numbers))


# Sources


def of(text: str) -> tuple[int, ...]:
    return read(io.BytesIO(text.encode()), "torn.txt").torn.unreadable


def test_a_text_file_with_one_sheet() -> None:
    assert of(f"# by hand\nBoard/1:\n{torn(SHARE, 4, 9)}\n") == (4, 9)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", MalformedError),
        ("nothing of a sheet here at all", MalformedError),
        ("\n".join(encode_envelope_codes(ESCROW.id, ESCROW.envelope.der)), MalformedError),
        (f"{torn(SHARE, 4)}\n{ESCROW.share(0, 2).text}", MalformedError),
        (torn(SHARE, 4).rsplit(" ", 1)[0], MalformedError),
        (torn(SHARE, 4).replace("?", "qqqq"), MalformedError),
        ("? " * 33, MalformedError),
        ("? " * 40_000, MalformedError),
    ],
    ids=["empty", "prose", "codes", "two", "32 words", "no word", "all unreadable", "huge"],
)
def test_what_is_not_one_sheet(text: str, kind: type[EscrowError]) -> None:
    with pytest.raises(kind) as caught:
        of(text)
    assert caught.value.hint


def test_what_is_no_escrow(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        load(tmp_path)
    with pytest.raises(FileError):
        repair(Basis(), one_sheet(SHARE.text))


def test_an_escrow_whose_journal_is_broken_still_has_its_record(tmp_path: Path) -> None:
    path = escrow_folder(tmp_path / "out")
    (path / "journal.jsonl").write_bytes(b"{}\n")
    opened = load(path)
    assert opened.problem
    assert opened.known is not None

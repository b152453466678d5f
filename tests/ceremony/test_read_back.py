"""Read back finds whatever is wrong with a sheet before it is released, and says which it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rootescrow import EncryptedKey
from rootescrow.ceremony.read_back import read_back
from rootescrow.ceremony.split import Made, Placement
from rootescrow.codes import encode_envelope_codes
from rootescrow.errors import PaperError
from rootescrow.paper.sheets import Paper, Sheet, draw_sheet
from rootescrow.policy import Group
from tests.ceremony.support import encrypted, made_of
from tests.paper import scans

BOARD, AUDIT = Group("Board", 2, 3), Group("Audit", 1, 2)


@pytest.fixture(scope="module")
def key() -> EncryptedKey:
    return encrypted()


@pytest.fixture(scope="module")
def made(key: EncryptedKey) -> Made:
    return made_of(key, BOARD, AUDIT)


@pytest.fixture(scope="module")
def apart(key: EncryptedKey) -> Made:
    return made_of(key, BOARD, placement=Placement.SEPARATE)


def with_pdf(made: Made, place: int, pdf: bytes) -> Made:
    return replace(made, pdfs=(*made.pdfs[:place], pdf, *made.pdfs[place + 1 :]))


def drawn(made: Made, place: int, change: Callable[[Sheet], Sheet]) -> Made:
    """One sheet drawn with something else on it than it should have."""
    return with_pdf(made, place, draw_sheet(change(made.sheets[place]), Paper.A4))


def test_what_is_right_passes_and_progress_is_told(made: Made) -> None:
    told: list[tuple[int, int]] = []
    read_back(made, progress=lambda what, done, of: told.append((done, of)))
    assert told == [(done, 5) for done in range(6)]


def test_the_envelope_apart_passes(apart: Made) -> None:
    read_back(apart)


@pytest.mark.parametrize(
    ("groups", "group_threshold"),
    [
        ((Group("A", 1, 1),), 1),
        ((Group("A", 1, 3),), 1),
        ((Group("A", 3, 3), Group("B", 2, 2)), 1),
        ((Group("A", 2, 3), Group("B", 1, 2), Group("C", 1, 1)), 2),
    ],
)
def test_every_sheet_is_in_a_quorum_whatever_the_policy(
    key: EncryptedKey, groups: tuple[Group, ...], group_threshold: int
) -> None:
    made = made_of(key, *groups, group_threshold=group_threshold, placement=Placement.SEPARATE)
    read_back(made)
    # A share that is on its sheet as it should be, and does not fit the others, is found by combining alone.
    for place in {0, len(made.sheets) - 1}:
        sheet = made.sheets[place]
        strange = another_word(sheet)
        sheets = (*made.sheets[:place], strange, *made.sheets[place + 1 :])
        wrong = replace(made, sheets=sheets, pdfs=with_pdf(made, place, draw_sheet(strange, Paper.A4)).pdfs)
        with pytest.raises(PaperError, match=sheet.name):
            read_back(wrong)


def another_word(sheet: Sheet) -> Sheet:
    """With one bit of the share's value changed, the checksum right."""
    value = bytes([sheet.share.value[0] ^ 1]) + sheet.share.value[1:]
    return replace(sheet, share=replace(sheet.share, value=value))


def another_envelope(sheet: Sheet) -> Sheet:
    assert sheet.envelope is not None
    return replace(sheet, envelope=sheet.envelope[:-1] + bytes([sheet.envelope[-1] ^ 1]))


@pytest.mark.parametrize(
    "change",
    [another_word, another_envelope, lambda sheet: replace(sheet, envelope=None)],
    ids=["share", "envelope", "no envelope"],
)
@pytest.mark.parametrize("place", [0, 4])
def test_a_sheet_that_says_something_else(made: Made, place: int, change: Callable[[Sheet], Sheet]) -> None:
    with pytest.raises(PaperError, match=f"^{made.sheets[place].name} does not read back") as caught:
        read_back(drawn(made, place, change))
    assert "Nothing was released" in caught.value.hint
    assert not set(made.sheets[place].share.words[4:]) & set(f"{caught.value.message} {caught.value.hint}".split())


def test_two_sheets_in_each_others_place(made: Made) -> None:
    with pytest.raises(PaperError, match=r"^Board/1 does not read back"):
        read_back(replace(made, pdfs=(made.pdfs[1], made.pdfs[0], *made.pdfs[2:])))


def test_a_file_that_is_damaged(made: Made) -> None:
    for pdf in (b"", made.pdfs[1][:-2000], b"%PDF-1.4\n%%EOF\n"):
        with pytest.raises(PaperError, match="Board/2"):
            read_back(with_pdf(made, 1, pdf))


def test_words_that_are_printed_otherwise_than_the_code_has_them(made: Made) -> None:
    """The codes are right, and the letters are another sheet's: of what people type nothing else is a proof."""
    right = made.sheets[0]
    codes = [[right.share.text, right.share.text], list(filter(str.isupper, envelope_codes(made)))]
    words = " ".join(f"{number} {word}" for number, word in enumerate(right.share.words, 1))
    for text in ("", words, words.replace(" 7 ", " 8 ")):
        with pytest.raises(PaperError, match=r"^Board/1 does not read back as it was made: text \d+ of \d+"):
            read_back(with_pdf(made, 0, scans.pdf(codes, text=text)))


def envelope_codes(made: Made) -> list[str]:
    return list(encode_envelope_codes(made.escrow.id, made.escrow.envelope.der))


def test_a_code_that_is_missing_or_too_many(made: Made) -> None:
    share, envelope = made.sheets[0].share.text, envelope_codes(made)
    for codes, said in (
        ([[share], envelope], "1 codes are not readable, 0 are wrong"),
        ([[share, share]], "1 codes are not readable, 0 are wrong"),
        ([[share, share, share], envelope], "0 codes are not readable, 1 are wrong"),
        ([[share, share.upper()], envelope], "1 codes are not readable, 1 are wrong"),
    ):
        with pytest.raises(PaperError, match=said):
            read_back(with_pdf(made, 0, scans.pdf(codes)))


def test_a_wrong_envelope_document(apart: Made, made: Made) -> None:
    with pytest.raises(PaperError, match=r"^the envelope does not read back"):
        read_back(replace(apart, envelope_pdf=made.pdfs[0]))


def test_a_record_of_something_else(made: Made, key: EncryptedKey) -> None:
    """On the worst day a wrong record would call right sheets forged."""
    wrong_hash = made.record.sheets[1].model_copy(update={"words_sha256": "0" * 64})
    sheets = (made.record.sheets[0], wrong_hash, *made.record.sheets[2:])
    other = made_of(key, BOARD, AUDIT, seed=9).record
    envelope = made.record.envelope.model_copy(update={"sha256": "0" * 64})
    for record in (
        made.record.model_copy(update={"sheets": sheets}),
        made.record.model_copy(update={"envelope": envelope}),
        made.record.model_copy(update={"rehearsal": None}),
        other,
    ):
        with pytest.raises(PaperError):
            read_back(replace(made, record=record))

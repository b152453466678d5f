"""What a pile of mixed pages gives, page by page, and what is said of the pages that are no good."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import partial

import pytest
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rootescrow.ceremony import pages
from rootescrow.ceremony.recover import PageReport, read_all, read_onto
from rootescrow.codes import encode_envelope_codes
from rootescrow.errors import EscrowError
from rootescrow.paper.reading import ScannedPage, Source
from rootescrow.pile import Finding, Kind, Pile, Verdict
from rootescrow.recovery import recover
from rootescrow.shamir import Share
from tests.paper.scans import file, page, pdf, photograph, scanned_pdf
from tests.support import forged, known, make

DPI = 100
ESCROW, OTHER = make(size=2400), make(size=2400, seed=1)
RECORD = known(ESCROW)
B1, B2, B3 = ESCROW.shares[0][:3]
A1, A2 = ESCROW.shares[1][:2]
CODES = encode_envelope_codes(ESCROW.id, ESCROW.envelope.der)
LETTERS = [f"https://example.org/parcel/{number}" for number in range(20)]


def read(pile: Pile, data: bytes, name: str = "scan.pdf") -> list[PageReport]:
    return list(read_onto(pile, io.BytesIO(data), name))


def told(pile: Pile, reports: list[PageReport]) -> list[str]:
    """What `inspect` says of these pages, the hints apart."""
    lines = [f"{where}: {problem}" for where, problem, _ in pages.problems(reports)]
    return [*lines, *map(str, pages.findings(pile.findings)), pages.summary(reports)]


def printed(share: Share, words: tuple[str, ...] = (), *, code: bool = True) -> bytes:
    """A scan with the text of a scanner's OCR inside: the code of a share, and the words that OCR saw."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    image = page([share.text], DPI) if code else Image.new("L", (827, 1169), 240)
    ImageDraw.Draw(image).rectangle((600, 1000, 700, 1050), fill=0)
    canvas.drawImage(ImageReader(image), 0, 0, *A4)
    lines = canvas.beginText(50, 700)
    lines.setTextRenderMode(3)
    for number, word in enumerate(words or share.words, 1):
        lines.textLine(f"{number} {word}")
    canvas.drawText(lines)
    canvas.save()
    return out.getvalue()


def test_one_pile_of_everything() -> None:
    """Any mix, order and rotation; duplicates, blank and foreign pages. A report a page, and the key at the end."""
    shares = [page([share.text], DPI) for share in (B1, B2, B3, A1, A2)]
    blank = Image.new("L", (827, 1169), 255)
    cover = blank.copy()
    ImageDraw.Draw(cover).text((100, 100), "This is a sheet. Keep it.", fill=0)
    tiff = file(shares[0].rotate(90, expand=True), "TIFF", save_all=True, append_images=[blank, shares[1].rotate(180)])
    files = {
        "a.tif": tiff,
        "b.pdf": pdf([[], CODES[2:], [B3.text, B3.text], [], CODES[:2]]),
        "c.jpg": file(photograph(page([A1.text], 200), angle=184), "JPEG"),
        "d.pdf": scanned_pdf([shares[0], cover, page(LETTERS[:4], DPI), shares[4]], DPI),
        "e.png": b"\x89PNG\r\n\x1a\n",
    }
    pile = Pile(RECORD)
    reports: list[PageReport] = []
    failures: list[EscrowError] = []
    sources = [Source(name, partial(io.BytesIO, data)) for name, data in files.items()]
    for _, found in read_all(pile, sources):
        if isinstance(found, EscrowError):
            failures.append(found)
        else:
            reports.append(found)
    said = told(pile, reports)
    # The decoder says in which order it sees the codes of one page.
    assert [*said[:4], *sorted(said[4:6]), said[6], *sorted(said[7:9]), *said[9:]] == [
        "a.tif page 2, b.pdf pages 1, 4: the page is blank",
        "d.pdf page 2: no code was found on the page",
        "a.tif page 1: Board/1: taken",
        "a.tif page 3: Board/2: taken",
        *(f"b.pdf page 2: envelope code {n} of 4 of {ESCROW.id}: taken" for n in (3, 4)),
        "b.pdf page 3: Board/3: taken",
        *(f"b.pdf page 5: envelope code {n} of 4 of {ESCROW.id}: taken" for n in (1, 2)),
        "c.jpg page 1: Arbitration/1: taken",
        "d.pdf page 1: Board/1: duplicate, the same as from a.tif page 1",
        "d.pdf page 3: text: foreign, a text that is not of an escrow (4 times)",
        "d.pdf page 4: Arbitration/2: taken",
        "Read 13 pages: 7 with something new, 1 with nothing that was not there before, 1 of others, 4 without a code.",
    ]
    assert [error.message for error in failures] == ["e.png: damaged or incomplete, or of an unusual kind of PNG"]
    assert pile.status.complete
    assert recover(pile).der == ESCROW.encrypted.der


def test_other_peoples_codes_are_one_line() -> None:
    pile = Pile(RECORD)
    reports = read(pile, pdf([LETTERS[start : start + 4] for start in range(0, 20, 4)]))
    assert told(pile, reports) == [
        "scan.pdf pages 1-5: text: foreign, a text that is not of an escrow (20 times)",
        "Read 5 pages: 5 of others.",
    ]
    assert not pile.shares


@pytest.mark.parametrize("record", [None, RECORD])
def test_two_escrows_are_kept_apart(record: object) -> None:
    pile = Pile(RECORD if record else None)
    mixed = [share for pair in zip((B1, B2, B3, A1, A2), OTHER.shares[0], strict=True) for share in pair]
    said = told(pile, read(pile, pdf([[share.text] for share in mixed])))
    assert len([line for line in said if f"foreign, a sheet of another escrow than {ESCROW.id}" in line]) == 5 * bool(
        record
    )
    assert str(pile.status).endswith("sheets of 1 other escrow")
    pile.add(ESCROW.envelope.der)
    assert recover(pile).der == ESCROW.encrypted.der


def test_sheets_of_a_superseded_generation() -> None:
    pile = Pile(replace(RECORD, supersedes=OTHER.id))
    old = OTHER.shares[0]
    said = told(pile, read(pile, pdf([[old[0].text], [B1.text], [old[1].text]])))
    for number in (1, 3):
        assert f"scan.pdf page {number}: " in "".join(said)
    assert (
        len([line for line in said if f"foreign, a sheet of the superseded generation (escrow {OTHER.id})" in line])
        == 2
    )
    assert pile.status.groups[0].have == 1


def test_two_shares_under_one_number() -> None:
    other = forged(B2)
    data = pdf([[other.text], [B2.text]])
    unknown = Pile()
    said = told(unknown, read(unknown, data))
    assert said[1].startswith(
        "scan.pdf page 2: group 1, sheet 2: taken, another share has the same number (scan.pdf page 1)"
    )
    by_record = Pile(RECORD)
    said = told(by_record, read(by_record, data))
    assert (
        "scan.pdf page 1: Board, a sheet that says it is number 2: wrong, not a sheet that the record lists" in said[0]
    )
    assert said[1] == "scan.pdf page 2: Board/2: taken"


def test_printed_words_that_are_those_of_the_code_are_not_mentioned() -> None:
    pile = Pile(RECORD)
    assert told(pile, read(pile, printed(B1))) == ["scan.pdf page 1: Board/1: taken", ""]


def test_a_page_whose_words_and_code_disagree_as_ocr_misreads() -> None:
    words = ("academic", *B1.words[1:6], "acid", *B1.words[7:])
    pile = Pile(RECORD)
    first, second, _ = told(pile, read(pile, printed(B1, words)))
    assert first == "scan.pdf page 1: Board/1: taken"
    apart = [number for number, (a, b) in enumerate(zip(words, B1.words, strict=True), 1) if a != b]
    assert second == (
        f"scan.pdf page 1: Board/1: wrong, its code and its printed words disagree at "
        f"word{'s' * (len(apart) > 1)} {' and '.join(map(str, apart))}: only the code has a right checksum"
    )


def test_a_page_whose_words_and_code_are_two_shares() -> None:
    """Which is which the register decides: here the code was pasted over, or the words were."""
    other = forged(B1)
    for code, words in ((B1, other), (other, B1)):
        pile = Pile(RECORD)
        said = told(pile, read(pile, printed(code, words.words)))
        assert any(
            "disagree at words" in line and "both are shares, and one of them is not this sheet" in line
            for line in said
        )
        right = "scan.pdf page 1" if code is B1 else "scan.pdf page 1, the printed words"
        wrong = "scan.pdf page 1, the printed words" if code is B1 else "scan.pdf page 1"
        assert f"{right}: Board/1: taken" in said
        assert any(
            line.startswith(f"{wrong}: Board, a sheet that says") and "not a sheet that the record" in line
            for line in said
        )
        assert pile.status.groups[0].have == 1


def test_printed_words_are_taken_where_no_code_is_and_only_with_a_right_checksum() -> None:
    pile = Pile(RECORD)
    assert "scan.pdf page 1, the printed words: Board/1: taken" in told(pile, read(pile, printed(B1, code=False)))
    assert B1.words[0] != "acid"
    wrong = Pile(RECORD)
    said = told(wrong, read(wrong, printed(B1, ("acid", *B1.words[1:]), code=False)))
    assert said == ["scan.pdf page 1: no code was found on the page", ""]
    assert not wrong.shares


def test_a_text_of_ocr_with_rn_for_m_is_reported_by_page() -> None:
    """None is accepted quietly: such a word is not in the list, or has another checksum."""
    share = next(share for share in (*ESCROW.shares[0], *ESCROW.shares[1]) if "m" in "".join(share.words))
    sick = " ".join(share.words).replace("m", "rn")
    pile = Pile(RECORD)
    reports = read(pile, f"{B2.text if share is not B2 else B3.text}\n\f{sick}\n\f".encode(), "ocr.txt")
    assert [report.page.place for report in reports] == ["ocr.txt page 1", "ocr.txt page 2"]
    (finding,) = reports[1].findings
    assert finding.verdict is Verdict.WRONG
    assert "is not in the word list" in finding.message
    assert len(pile.shares) == 1


def test_places_in_few_words() -> None:
    assert (
        pages.together(["a.pdf page 3", "a.pdf page 1", "a.pdf page 2", "b.png", "a.pdf page 7"])
        == "a.pdf pages 1-3, 7, b.png"
    )
    assert pages.together(["a.pdf page 1", "a.pdf page 2"]) == "a.pdf pages 1, 2"
    assert pages.together(["a page 1 page 2"]) == "a page 1 page 2"
    assert pages.together(f"{number}.png page 1" for number in range(10)).endswith("7.png page 1 and 2 other files")
    assert pages.together([]) == ""


def test_two_hundred_pages_are_a_few_lines() -> None:
    reports = [
        PageReport(ScannedPage("scan.pdf", number, problem="no code was found on the page", hint="Type."), ())
        for number in range(1, 201)
        if number % 4
    ]
    sheet = Finding("", Kind.SHARE, "Board/1", Verdict.DUPLICATE, "the same as from a")
    again = [
        PageReport(ScannedPage("scan.pdf", number, ("a",)), (replace(sheet, source=f"scan.pdf page {number}"),))
        for number in range(4, 201, 4)
    ]
    assert len(pages.problems(reports)) == 1
    (line,) = pages.findings(finding for report in again for finding in report.findings)
    assert str(line).endswith("Board/1: duplicate, the same as from a (50 times)")
    assert pages.summary(reports + again) == (
        "Read 200 pages: 50 with nothing that was not there before, 150 without a code."
    )
    assert pages.summary(reports[:1]) == ""
    unread = PageReport(ScannedPage("a", 1, problem="a code", failed=1), ())
    wrong = PageReport(ScannedPage("b", 1, ("x",)), (replace(sheet, verdict=Verdict.WRONG),))
    text = PageReport(ScannedPage("b.txt", 0, ("x",)), (sheet,))
    assert pages.summary([unread, wrong, text]) == "Read 2 pages: 1 with something wrong, 1 that could not be read."

"""Lines that wrap, texts that shrink, and a PDF that says nothing but what was drawn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import PaperError
from rootescrow.paper.fonts import Face, width
from rootescrow.paper.layout import BLOCK, Document, Paper, Paragraph, fit, height, wrap
from rootescrow.paper.sheets import draw_sheet
from tests.paper.support import boxes, sheet, texts

FACES = st.sampled_from(list(Face))
RUNS = st.lists(st.tuples(st.text(st.sampled_from("ab W."), max_size=40), FACES), max_size=5)


@given(RUNS, st.floats(5, 20), st.floats(30, 186))
def test_wrapping_keeps_every_letter_and_the_width(runs: list[tuple[str, Face]], size: float, room: float) -> None:
    lines = wrap(runs, size, room)
    assert all(sum(width(text, face, size) for text, face in line) <= room + 1e-6 for line in lines)
    letters = [(c, face) for text, face in runs for c in text if c != " "]
    assert [(c, face) for line in lines for text, face in line for c in text if c != " "] == letters


def test_wrapping_breaks_at_spaces_only() -> None:
    text = "one two three four five six seven eight nine ten"
    lines = wrap([(text, Face.SANS)], 10, 30)
    assert len(lines) > 2
    assert " ".join(run[0] for line in lines for run in line) == text


def test_a_word_of_two_faces_is_not_broken() -> None:
    runs = [("one two thr", Face.SANS), ("ee", Face.SANS_BOLD)]
    for room in range(20, 60):
        joined = ["".join(text for text, _ in line) for line in wrap(runs, 14, room)]
        assert " ".join(joined) == "one two three"


def test_a_word_wider_than_the_line_is_broken() -> None:
    lines = wrap([("a " + "W" * 100 + " b", Face.SANS)], 10, 50)
    assert len(lines) > 4
    assert "".join(run[0] for line in lines for run in line).replace(" ", "") == "a" + "W" * 100 + "b"


def test_paragraphs_shrink_together_until_they_fit() -> None:
    paragraphs = [Paragraph((("word " * 60, Face.SANS),), 12), Paragraph((("more " * 60, Face.SANS),), 10, what="it")]
    doc = Document(Paper.A4)
    assert height(paragraphs, 100) > 40
    assert doc.flow(0, 20, 100, paragraphs, bottom=60, smallest=5) <= 60
    assert {box.points for _, page in boxes(doc.finish()) for box in page if "word" in box.text} != {12}


def test_what_does_not_fit_is_named() -> None:
    paragraphs = [Paragraph((("word " * 60, Face.SANS),), 12), Paragraph((("more " * 60, Face.SANS),), 10, what="it")]
    with pytest.raises(PaperError) as caught:
        Document(Paper.A4).flow(0, 20, 100, paragraphs, bottom=60, smallest=9)
    assert (caught.value.message, caught.value.hint) == ("the sheet has no room for it", "Shorten it.")
    with pytest.raises(PaperError, match="no room for the name"):
        fit("W" * 50, Face.SANS, 50, 20, 10, "the name")


@given(st.text(st.sampled_from("abW"), max_size=30))
def test_fit_is_as_large_as_can_be(text: str) -> None:
    size = fit(text, Face.SANS, 60, 20, 1, "it")
    assert width(text, Face.SANS, size) <= 60 + 1e-6
    assert size == 20 or width(text, Face.SANS, size) == pytest.approx(60)


@pytest.mark.parametrize(("paper", "size"), [(Paper.A4, (210, 297)), (Paper.LETTER, (215.9, 279.4))])
def test_the_block_is_in_the_middle(paper: Paper, size: tuple[float, float]) -> None:
    doc = Document(paper)
    doc.bar(0, 20, BLOCK, 5)
    doc.text(BLOCK, 50, "end", Face.SANS, 10, align=1)
    doc.text(BLOCK / 2, 60, "|mid|", Face.SANS, 10, align=0.5)
    ((found, (bar, end, mid)),) = boxes(doc.finish())
    assert found == pytest.approx(size, abs=0.01)
    assert bar.left == pytest.approx(size[0] - bar.right, abs=0.01)
    assert (bar.top, bar.bottom) == pytest.approx((20, 25), abs=0.01)
    assert end.right == pytest.approx(bar.right, abs=0.6)
    assert mid.left + mid.right == pytest.approx(size[0], abs=0.3)


def test_pages_follow_one_another() -> None:
    doc = Document(Paper.A4)
    for number in (1, 2, 3):
        assert doc.page == number
        doc.text(0, 20, f"page {number}", Face.SANS, 10)
        if number < 3:
            doc.next_page()
    assert [page.strip() for page in texts(doc.finish())] == ["page 1", "page 2", "page 3"]


def objects(pdf: bytes) -> list[bytes]:
    """The objects of a PDF, without their streams."""
    assert b"/ObjStm" not in pdf
    return re.findall(rb"\d+ 0 obj\n(.*?)\nendobj", re.sub(rb"stream\r?\n.*?endstream", b"", pdf, flags=re.S), re.S)


def test_all_fonts_are_embedded_subsets() -> None:
    found = [
        obj for obj in objects(draw_sheet(sheet(), Paper.A4)) if b"/Type /Font\n" in obj + b"\n" or b"/BaseFont" in obj
    ]
    assert len(found) == 4
    descriptors = [obj for obj in objects(draw_sheet(sheet(), Paper.A4)) if b"/Type /FontDescriptor" in obj]
    assert len(descriptors) == 4
    for obj in found:
        assert re.search(rb"/BaseFont /[A-Z]{6}\+(FiraSans|IBMPlexMono)-(Regular|Bold)\s", obj)
        assert b"/FontDescriptor" in obj
        assert b"/ToUnicode" in obj
    assert all(b"/FontFile2" in obj for obj in descriptors)


def test_the_pdf_names_nobody_and_no_program() -> None:
    pdf = draw_sheet(sheet(), Paper.A4)
    (trailer,) = re.findall(rb"trailer\n(.*?)startxref", pdf, re.S)
    assert sorted(re.findall(rb"/[A-Za-z]+", trailer)) == [b"/Info", b"/Root", b"/Size"]
    (number,) = re.findall(rb"/Info (\d+) 0 R", trailer)
    (info,) = re.findall(rb"\n" + number + rb" 0 obj\n(.*?)\nendobj", pdf, re.S)
    assert info.split() == [b"<<", b">>"]
    assert set(pypdfium2.PdfDocument(pdf).get_metadata_dict().values()) == {""}
    outside = b"\n".join(objects(pdf)) + pdf[:200]
    for word in (
        b"reportlab",
        b"helvetica",
        b"producer",
        b"creat",
        b"author",
        b"title",
        b"anonymous",
        b"/metadata",
        b"d:",
    ):
        assert word not in outside.lower(), word
    assert b"reportlab" not in pdf.lower()


def test_only_black_and_white() -> None:
    pdf = draw_sheet(sheet(), Paper.A4)
    streams = b"\n".join(re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S)[-5:])
    assert set(re.findall(rb"(?:^|\s)([\d.]+) [gG](?=\s)", streams)) <= {b"0", b"1"}
    assert not re.search(rb"[\d.]+ (?:rg|RG|k|K|sc|SC|scn|SCN|gs|sh)\s", streams)


def test_the_bytes_depend_on_the_contents_alone(repo_root: Path) -> None:
    script = (
        "import hashlib; from rootescrow.paper.sheets import draw_sheets, Paper; from tests.paper.support import *; "
        "print([hashlib.sha256(p).hexdigest() for p in draw_sheets([sheet(number=n) for n in (2, 3)], Paper.A4)])"
    )
    seen = set()
    for seed, epoch in (("0", "0"), ("1", "1700000000"), ("random", "")):
        changes = {
            "PYTHONHASHSEED": seed,
            "SOURCE_DATE_EPOCH": epoch,
            "TZ": f"X{seed[:1]}",
            "PYTHONPATH": str(repo_root),
        }
        seen.add(
            subprocess.run(
                [sys.executable, "-c", script],
                cwd=repo_root,
                env={**os.environ, **changes},
                capture_output=True,
                check=True,
                text=True,
            ).stdout
        )
    assert len(seen) == 1
    assert draw_sheet(sheet(), Paper.A4) == draw_sheet(sheet(), Paper.A4)

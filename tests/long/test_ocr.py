"""Sheets whose codes are all blotted out, scanned, and read in print by tesseract: the key comes back all the same."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageDraw

from rootescrow.codes import encode_text_lines
from rootescrow.paper import ocr, tesseract
from rootescrow.paper.layout import Paper
from rootescrow.paper.sheets import draw_sheet
from rootescrow.paper.text import LANGUAGES
from tests.cli.support import PASSPHRASE, inside
from tests.paper.support import ID, sheet

SHARE_PAGE, CODE_PAGE, TEXT_PAGE = 1, 2, 3
BLOTS = {
    SHARE_PAGE: ((118.0, 9.0, 186.0, 80.0), (0.0, 176.0, 68.0, 247.0)),
    CODE_PAGE: ((0.0, 20.0, 186.0, 178.0),),
}
"""Over the codes, mm of the block: left, top, right, bottom."""
MARGIN = 12.0
"""Of the block, which is 186 mm of A4's 210."""
NOTHING_OPEN = re.compile(r'O_(WRONLY|RDWR|CREAT)|memfd_create|"/tmp')


@pytest.fixture(scope="module", autouse=True)
def see(program: Callable[[str], str]) -> ocr.See:
    program("tesseract")
    found = ocr.program()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return draw_sheet(sheet(), Paper.A4)


def scans(pdf: bytes, dpi: int) -> Iterator[Image.Image]:
    """The pages, with a grey blot on every code."""
    document = pypdfium2.PdfDocument(pdf)
    for number, page in enumerate(document):
        image = page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L")
        for left, top, right, bottom in BLOTS.get(number, ()):
            box = [side * dpi / 25.4 for side in (MARGIN + left, top, MARGIN + right, bottom)]
            ImageDraw.Draw(image).rectangle(box, fill=90)
        yield image
    document.close()


@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
def test_the_words_of_a_share_page(pdf: bytes, see: ocr.See, dpi: int) -> None:
    page = list(scans(pdf, dpi))[SHARE_PAGE]
    assert ocr.read_picture(page, see).texts == (sheet().share.text,)


@pytest.mark.parametrize(("dpi", "angle"), [(150, 180), (200, 93), (300, -2)])
def test_any_side_up(pdf: bytes, see: ocr.See, dpi: int, angle: float) -> None:
    page = list(scans(pdf, dpi))[SHARE_PAGE]
    turned = page.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    assert ocr.read_picture(turned, see).texts == (sheet().share.text,)


@pytest.mark.parametrize("dpi", [150, 300])
def test_the_lines_of_a_page(pdf: bytes, see: ocr.See, dpi: int) -> None:
    page = list(scans(pdf, dpi))[TEXT_PAGE]
    (text,) = ocr.read_picture(page, see).texts
    printed = {line.replace(" ", "") for line in encode_text_lines(ID, sheet().envelope or b"")[:53]}
    id, *lines = (line.replace(" ", "") for line in text.splitlines())
    assert id == str(ID)
    assert set(lines) <= printed
    assert len(lines) >= 50


@pytest.mark.parametrize("number", [0, CODE_PAGE])
def test_a_page_of_prose_gives_nothing(pdf: bytes, see: ocr.See, number: int) -> None:
    assert ocr.read_picture(list(scans(pdf, 150))[number], see) == ocr.Printed()


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_cover_and_of_codes_no_more_than_the_heading_is_read(language: str, see: ocr.See) -> None:
    pages = list(scans(draw_sheet(sheet(language=language), Paper.A4), 150))
    assert [ocr.is_unwanted(page, see, lines=False) for page in pages] == [True, False, True, True, True]
    assert [ocr.is_unwanted(page.rotate(180), see, lines=True) for page in pages[:4]] == [True, False, True, False]


def test_the_program_opens_no_file_to_write(pdf: bytes, tmp_path: Path, program: Callable[[str], str]) -> None:
    """Traced: a picture of a share that it put into a file would be a secret on the disk."""
    path = tesseract.find_program()
    assert path is not None
    log, traced = tmp_path / "log", tmp_path / "traced"
    calls = "trace=open,openat,creat,memfd_create,unlink,unlinkat,rename,socket"
    traced.write_text(f'#!/bin/sh\nexec {program("strace")} -f -e {calls} -o {log} {path} "$@"\n')
    traced.chmod(0o700)
    assert tesseract.run(traced, list(scans(pdf, 100))[SHARE_PAGE])
    text = log.read_text()
    assert "eng.traineddata" in text
    assert not NOTHING_OPEN.search(text)
    assert not re.search(r"\b(creat|unlink|unlinkat|rename|socket)\(", text)


def test_the_key_comes_back_though_no_code_can_be_read(tmp_path: Path, program: Callable[[str], str]) -> None:
    key, out = tmp_path / "key.pem", tmp_path / "out"
    words = [program("openssl"), "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(key)]
    subprocess.run(words, check=True, capture_output=True)
    made = inside("split", key, "--out", out, "--shares", "2/3", "--passphrase-file", "{fd}", passphrase=PASSPHRASE)
    assert made.status == 0, made.err
    names = []
    for pdf in sorted((out / "secret").glob("*.pdf"))[1:]:
        names.append(tmp_path / f"{pdf.stem}.tif")
        first, *others = scans(pdf.read_bytes(), 150)
        first.save(names[-1], save_all=True, append_images=others, compression="tiff_deflate")
    recovered = tmp_path / "recovered.pem"
    without = inside("recover", *names, "--out", recovered, "--no-ocr")
    assert without.status != 0
    assert "no code" in without.err or "cannot be read" in without.err
    done = inside("recover", *names, "--out", recovered)
    assert done.status == 0, done.err
    for name in names:
        assert f"{name} page 2 by OCR: group 1" in done.err
    assert recovered.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    torn = inside("repair", out / "escrow", names[0])
    assert torn.status == 0, torn.err
    assert "page 2 by OCR: the 33 words were read, and their checksum is right" in torn.err
    assert "Holder/2: confirmed by the hash" in torn.out

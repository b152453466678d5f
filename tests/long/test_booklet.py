"""The booklet printed, scanned at 150 dpi, and recover.py put together again from its codes; and the largest ones."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from rootescrow.ceremony.papers.booklet import draw_booklet
from rootescrow.ceremony.papers.booklet_source import MAGIC, join_command, source_codes
from rootescrow.paper.layout import Paper
from rootescrow.paper.reading import read_source
from tests.ceremony.papers.test_booklet import PROGRAM, RECORDS, booklet
from tests.paper.scans import grainy, scanned_pdf
from tests.paper.support import assert_fits

DPI = 150


def scanned(pdf: bytes) -> bytes:
    """Its pages as a scanner of offices gives them: grey, a little askew, with some noise."""
    document = pypdfium2.PdfDocument(pdf)
    images = [page.render(scale=DPI / 72, grayscale=True).to_pil() for page in document]
    document.close()
    turned = [
        grainy(image.rotate(0.6 * (-1) ** number, fillcolor=255, resample=Image.Resampling.BICUBIC), 0.06)
        for number, image in enumerate(images)
    ]
    return scanned_pdf(turned, DPI)


@pytest.mark.parametrize("paper", list(Paper))
def test_recover_py_comes_back_from_scanned_pages(paper: Paper, tmp_path: Path, program: Callable[[str], str]) -> None:
    scan = scanned(draw_booklet(booklet(page=b""), paper))
    texts = [text for page in read_source(io.BytesIO(scan), "scan.pdf") for text in page.texts]
    codes = [text for text in texts if text.startswith(MAGIC)]
    assert sorted(codes) == sorted(source_codes(PROGRAM))
    (tmp_path / "codes.txt").write_text("\n".join(reversed(codes)) + "\n")
    subprocess.run([program("sh"), "-c", join_command(codes)], cwd=tmp_path, check=True)
    assert (tmp_path / "recover.py").read_bytes() == PROGRAM


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("kind", RECORDS)
def test_all_of_it_fits(kind: str, paper: Paper) -> None:
    assert RECORDS[kind].rehearsal == (kind == "long")
    assert_fits(draw_booklet(booklet(kind, page=b"", organisation="W" * 60, contact="Wide " * 20), paper))

"""A pile of 200 scanned pages: two workers against one, and the memory that it takes.

Two PDFs of 60 pages (a JPEG each, as office scanners write them), a TIFF of 40 in two tones, and 40 photographs in
grey: the pages of three sheets, covers and text pages among them, each a little askew and with a little noise.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
from PIL import Image

from benchmarks import paper
from benchmarks.measure import MEGABYTE, OURS, BenchmarkError, Finding, Run, interleave, run

DRIVER = Path(__file__).parent / "drivers" / "reading_ours.py"
FASTER = 1.6
PEAK_LIMIT = 400 * MEGABYTE
"""120 MB of it are two of the files, and 60 MB the program. 40 pages take as much as 200."""
_WHITE = 255


def findings(rounds: int) -> list[Finding]:
    if (os.cpu_count() or 1) < 2:
        raise BenchmarkError("two workers need two processors")
    with TemporaryDirectory() as name:
        files = _pile(Path(name))
        peaks: list[int] = []

        def read(workers: int) -> float:
            done = _read(workers, files)
            peaks.append(done.peak)
            return done.seconds

        median = interleave(rounds, {"two": lambda: read(2), "one": lambda: read(1)})
    return [
        Finding("200 pages, two workers", median["two"], "one worker", median["one"], 1 / FASTER),
        Finding("peak memory, 200 pages", max(peaks), "the limit", PEAK_LIMIT, 1.0, "B"),
    ]


def _read(workers: int, files: list[Path]) -> Run:
    return run(OURS / "python", "-I", DRIVER, str(workers), *files)


def _pile(folder: Path) -> list[Path]:
    """200 pages of the sheets of a root, as scanners and telephones would give them."""
    with paper.keys() as keys:
        paper.split(keys, keys.encrypted, "sheets", "2/3")
        drawn = [image for pdf in sorted((keys.folder / "sheets" / "secret").glob("*.pdf")) for image in _pages(pdf)]
    pages = [_scanned(drawn[number % len(drawn)], number) for number in range(60)]
    files = [folder / "a.pdf", folder / "b.pdf", folder / "c.tif"]
    for file in files[:2]:
        pages[0].save(file, save_all=True, append_images=pages[1:], resolution=paper.DPI, quality=75)
    tones = [page.convert("1", dither=Image.Dither.NONE) for page in pages[:40]]
    tones[0].save(files[2], save_all=True, append_images=tones[1:], compression="group4")
    for number, page in enumerate(pages[:40]):
        files.append(folder / f"{number}.jpg")
        page.save(files[-1], quality=75)
    return files


def _pages(pdf: Path) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    images = [page.render(scale=paper.DPI / 72, grayscale=True).to_pil() for page in document]
    document.close()
    return images


def _scanned(page: Image.Image, number: int) -> Image.Image:
    askew = page.rotate((number % 7 - 3) / 2, Image.Resampling.BILINEAR, fillcolor=_WHITE)
    return Image.blend(askew, Image.effect_noise(page.size, 40), 0.08)

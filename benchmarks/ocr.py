"""What tesseract reads of a sheet at each resolution, where no code can be read: words of 33, text lines of 106.

A line is "as read" if its check is right as tesseract read it, and "proven" if one likely other reading of it is right.
"wrong" are those proven that are not what was printed: there must be none. Pages are as drawn, and "poor": askew by one
degree, blurred, at 60 % contrast and with 12 % of noise.
"""

from __future__ import annotations

import hashlib
import itertools
import time
from collections import Counter
from datetime import date

import pypdfium2
from PIL import Image, ImageFilter

from benchmarks.measure import BenchmarkError
from rootescrow.codes import EscrowId, encode_text_lines, line_check
from rootescrow.paper import ocr, tesseract
from rootescrow.paper.contents import Sheet
from rootescrow.paper.layout import Paper
from rootescrow.paper.ocr_lines import find_rows
from rootescrow.paper.sheets import draw_sheet
from rootescrow.policy import Group, Holder, Policy
from rootescrow.shamir import Share

RESOLUTIONS = (100, 150, 200, 300)
SHARE_PAGE, TEXT_PAGES = 1, (3, 4)
ENVELOPE_BYTES = 2640
_POLICY = Policy(Group("Board", 3, 5))
_ID = EscrowId(bytes(range(5)))


def table() -> str:
    """The figures. Raises BenchmarkError where tesseract is missing."""
    see = ocr.program()
    if see is None:
        raise BenchmarkError(f"{tesseract.PROGRAM} is missing: on Debian, apt-get install tesseract-ocr")
    sheet = _sheet()
    document = pypdfium2.PdfDocument(draw_sheet(sheet, Paper.A4))
    printed = [line.split(maxsplit=1) for line in encode_text_lines(_ID, sheet.envelope or b"")]
    texts = {int(number): text.replace(" ", "")[:-4] for number, text in printed}
    rows = ["dpi        words of 33  lines as read  proven of 106  wrong  seconds a page"]
    for dpi, poor in itertools.product(RESOLUTIONS, (False, True)):
        images = {
            number: document[number].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")
            for number in (SHARE_PAGE, *TEXT_PAGES)
        }
        if poor:
            images = {number: _poor(image) for number, image in images.items()}
        count: Counter[str] = Counter()
        begun = time.perf_counter()
        read = {number: ocr.read_picture(image, see) for number, image in images.items()}
        seconds = (time.perf_counter() - begun) / len(images)
        for text in read[SHARE_PAGE].texts:
            count["words"] += sum(one == other for one, other in zip(text.split(), sheet.share.words, strict=True))
        for number in TEXT_PAGES:
            count["as read"] += _as_read(images[number], see)
            for text in read[number].texts:
                for line in text.splitlines()[1:]:
                    place, body, _ = line.split()
                    count["proven"] += 1
                    count["wrong"] += texts.get(int(place)) != body
        figures = f"{count['words']:11}  {count['as read']:13}  {count['proven']:13}  {count['wrong']:5}  {seconds:.1f}"
        rows.append(f"{dpi:3} {'poor' if poor else '':4}  {figures}")
    document.close()
    return "\n".join(rows)


def _poor(image: Image.Image) -> Image.Image:
    """As a bad scanner gives it; the same each time."""
    askew = image.rotate(1, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.6))
    dull = askew.point([60 + value * 153 // 255 for value in range(256)])
    return Image.blend(dull, Image.frombytes("L", image.size, _noise(image.width * image.height)), 0.12)


def _as_read(image: Image.Image, see: ocr.See) -> int:
    """Lines whose check is right as they were read at the first look."""
    rows = find_rows(see(ocr.sized(image, ocr.PIXELS[0])) or ())
    return sum(
        row.number is not None and line_check(_ID, row.number, "".join(row.groups[:-1])) == row.groups[-1]
        for row in rows
    )


def _sheet() -> Sheet:
    share = Share(_ID.slip39_identifier, True, 0, 0, 1, 1, 1, 3, _noise(32))
    return Sheet(
        key_name="Example Root CA",
        organisation="Example Community CA",
        contact="the secretary, +43 1 234 5678",
        escrow_id=_ID,
        created=date(2026, 3, 1),
        record_check="ABCD-EFGH-IJKL-MNOP",
        policy=_POLICY,
        group_index=0,
        number=2,
        holder=Holder("Chair of the Board", "Ada Example"),
        motion="m20260214.3",
        fingerprint=_noise(32),
        envelope=_noise(ENVELOPE_BYTES),
        share=share,
    )


def _noise(length: int) -> bytes:
    """Bytes that look random and are the same each time."""
    return hashlib.shake_256(b"ocr").digest(length)

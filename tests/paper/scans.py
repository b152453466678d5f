"""Pages for the tests of reading, drawn with nothing of ours: by the packages qrcode, Pillow and reportlab."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterable, Sequence
from functools import cache

import qrcode
from PIL import Image, ImageFilter
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from rootescrow.shamir.words import WORDS

SHARE_MM, PART_MM = 68, 77
"""Printed width of a code with its quiet zone."""
_QUIET = 4
_MM_PER_INCH = 25.4
_A4_MM = (210, 297)


def noise(length: int, seed: object) -> bytes:
    """Bytes that look random and are the same each time."""
    return hashlib.shake_256(str(seed).encode()).digest(length)


def share(number: int) -> str:
    """33 words, as a share code has them."""
    draw = noise(66, number)
    return " ".join(WORDS[(draw[at] << 8 | draw[at + 1]) % 1024] for at in range(0, 66, 2))


def part(number: int, count: int = 4) -> str:
    """A text as long and of the same characters as a part of an envelope."""
    return f"ROOTESCROW1 K7QDM2XA {number}OF{count} " + base64.b32encode(noise(655, number)).decode()


@cache
def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """The modules of a text's QR code, quiet zone apart: version 16 level Q for a share, else level M."""
    is_share = text.islower()
    code = qrcode.QRCode(
        version=16 if is_share else None,
        error_correction=ERROR_CORRECT_Q if is_share else ERROR_CORRECT_M,
        mask_pattern=3,
    )
    code.add_data(text, optimize=0)
    code.make(fit=not is_share)
    return tuple(tuple(bool(module) for module in row) for row in code.modules)


def symbol(text: str, pixels: int) -> Image.Image:
    """The code with its quiet zone, so many pixels wide."""
    rows = modules(text)
    exact = Image.new("L", (len(rows) + 2 * _QUIET,) * 2, 255)
    for y, row in enumerate(rows, _QUIET):
        for x, dark in enumerate(row, _QUIET):
            if dark:
                exact.putpixel((x, y), 0)
    large = exact.resize((exact.width * 16,) * 2, Image.Resampling.NEAREST)
    return large.resize((pixels, pixels), Image.Resampling.BOX)


def page(codes: Sequence[str], dpi: int = 150) -> Image.Image:
    """A page of A4 with up to eight codes in two columns, smaller than on our sheets where there are more than six."""
    image = Image.new("L", (round(_A4_MM[0] / _MM_PER_INCH * dpi), round(_A4_MM[1] / _MM_PER_INCH * dpi)), 255)
    for place, text in enumerate(codes):
        width = SHARE_MM if text.islower() else PART_MM if len(codes) <= 6 else 70
        x, y = 15 + 95 * (place % 2), 8 + (width + 2) * (place // 2)
        code = symbol(text, round(width / _MM_PER_INCH * dpi))
        image.paste(code, (round(x / _MM_PER_INCH * dpi), round(y / _MM_PER_INCH * dpi)))
    return image


def grainy(image: Image.Image, grain: float) -> Image.Image:
    """The image with that much noise, from 0 to 1; the same each time."""
    dots = Image.frombytes("L", image.size, noise(image.width * image.height, "grain"))
    return Image.blend(image, dots, grain)


def photograph(image: Image.Image, *, angle: float = 3) -> Image.Image:
    """A poor scan of a page: skewed, grey, noisy, a little blurred."""
    skewed = image.rotate(angle, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    dull = skewed.filter(ImageFilter.GaussianBlur(0.6)).point([40 + value * 160 // 255 for value in range(256)])
    return grainy(dull, 0.12)


def file(image: Image.Image, kind: str, **options: object) -> bytes:
    """The image as a file of that kind."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def pdf(pages: Iterable[Sequence[str]], *, text: str = "", encrypt: str | None = None) -> bytes:
    """A PDF with those codes on its pages, as rectangles, and the text on each page."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, encrypt=encrypt, invariant=1)
    for codes in pages:
        for place, code in enumerate(codes):
            rows = modules(code)
            size = 70 * mm / (len(rows) + 2 * _QUIET)
            left, top = (15 + 90 * (place % 2)) * mm, A4[1] - (15 + 72 * (place // 2)) * mm
            for y, row in enumerate(rows):
                for x, dark in enumerate(row):
                    if dark:
                        canvas.rect(left + x * size, top - (y + 1) * size, size, size, stroke=0, fill=1)
        if text:
            canvas.setFont("Courier", 11)
            canvas.drawString(15 * mm, 8 * mm, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def scanned_pdf(images: Sequence[Image.Image], dpi: int) -> bytes:
    """A PDF as a scanner makes it: a picture on each page, and nothing else."""
    return file(images[0], "PDF", save_all=True, append_images=images[1:], resolution=dpi)


def bare_pdf(media_box: str = "0 0 612 792", pages: int = 1, content: bytes = b"", extra: bytes = b"") -> bytes:
    """A PDF written by hand: the same page so many times; `extra` is object 5, known to the page as picture I."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b"3 0 R " * pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>"
        % media_box.encode(),
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        extra or b"null",
    ]
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, item in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table)

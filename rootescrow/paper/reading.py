"""From scans and typed files to texts: `read_source` for what people bring, `read_pdf` for reading back what we drew.

What a file is follows from its first bytes, never from its name. Nothing here judges what a text says: that is the
pile's work. What could not be read is said, page by page.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import BinaryIO

from rootescrow.envelope import MAX_BYTES as MAX_ENVELOPE_BYTES
from rootescrow.errors import EnvelopeError, FileError, MalformedError, PaperError
from rootescrow.paper.images import ImageFormat, image_pages
from rootescrow.paper.pdf import SCAN_DPI, pdf_pages
from rootescrow.paper.pictures import Found, Picture, decode
from rootescrow.texts import MAX_CHARS

MAX_SCAN_BYTES = 256 << 20
"""Bytes of an image or PDF: ten pages of A4 at 300 dpi, in colour and not compressed. It is held in memory."""
MAX_TEXT_BYTES = MAX_CHARS
"""Bytes of a text file: what the pile looks at, of which every character is at least one byte."""

_HEAD = 1024
"""Bytes that tell what a file is: a PDF may begin that late (PDF Reference 1.7, appendix H, note 13)."""
_CHUNK = 1 << 20
_LOOK_AHEAD = 2
"""Pages drawn before the oldest of them is handed on: one is decoded while the next is drawn; memory is bounded."""
_DER_SEQUENCE = 0x30
_DER_LONG_LENGTH = 0x80
"""A length of 128 bytes and more begins at this value (X.690, 8.1.3.5), and no text has it after the digit 0 (0x30)."""
_ISO_MEDIA = {
    "HEIC": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"),
    "AVIF": (b"avif", b"avis"),
}
"""Brands that stand after `ftyp` (ISO/IEC 23008-12; AVIF 1.1)."""
_NOT_READ = {
    b"GIF8": "a GIF picture",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 picture",
    b"\x1f\x8b": "a gzip archive",
}
_NO_CODE = (
    "A cover or a page of text has none. Otherwise scan it again at 300 dpi, flat and sharp, or type what it says."
)


@dataclass(frozen=True)
class ScannedPage:
    """What one page, one text file or one envelope file holds, as read.

    `page` counts from 1, and is 0 for what has no pages. `texts` are the codes' texts (`read_source`: each once;
    `read_pdf`: as often as the page has them), or the whole text of a text file. `problem` says what could not be read,
    `hint` what to do about it; a page may have both texts and a problem. `printed_text` is the text inside a PDF, where
    asked for. `drawn`: a page of a PDF without any picture on it, which no scanner or camera made.
    """

    source: str
    page: int = 0
    texts: tuple[str, ...] = field(default=(), repr=False)
    envelope: bytes | None = field(default=None, repr=False)
    printed_text: str = field(default="", repr=False)
    problem: str = ""
    hint: str = ""
    drawn: bool = False

    def __post_init__(self) -> None:
        if self.page < 0:
            raise ValueError("pages count from 1")
        if self.envelope is not None and (self.page or self.texts or self.problem):
            raise ValueError("an envelope file is nothing else")

    @property
    def place(self) -> str:
        """Where this was read, for people: `scan.pdf page 3`."""
        return f"{self.source} page {self.page}" if self.page else self.source


def read_source(stream: BinaryIO, source: str) -> Iterator[ScannedPage]:
    """Read a PDF, PNG, JPEG, WebP or TIFF, a text file, or an envelope; `source` names it in pages and errors.

    Pages come one by one, in their order. What stops all reading is raised at the call or in place of the first page:
    PaperError for a scan that cannot be read, or is of a kind that is not; MalformedError for a text that is none, or
    too large; EnvelopeError for an envelope that is too large; FileError for a stream that fails. No more is read than
    the limits of this module and one byte.
    """
    head = _read(stream, source, _HEAD, b"")
    kind = _image_format(head)
    if kind:
        return _pages(image_pages(_scan(stream, source, head), kind, source), source, thorough=True)
    if b"%PDF-" in head:
        return _pages(pdf_pages(_scan(stream, source, head), source), source, thorough=True)
    _refuse(head, source)
    if head[:1] == bytes([_DER_SEQUENCE]) and head[1:2] >= bytes([_DER_LONG_LENGTH]):
        return iter([ScannedPage(source, envelope=_envelope(stream, source, head))])
    return iter([ScannedPage(source, texts=(_text(stream, source, head),))])


def read_pdf(data: bytes, source: str, *, dpi: int = SCAN_DPI, with_text: bool = False) -> Iterator[ScannedPage]:
    """Read back a PDF of ours: every code, as often as it is there, with none of the help that a poor scan gets.

    `with_text` gives the text in it too. Raises PaperError for a PDF that cannot be read.
    """
    return _pages(pdf_pages(data, source, dpi=dpi, with_text=with_text), source, thorough=False)


def _pages(pictures: Iterable[Picture], source: str, *, thorough: bool) -> Iterator[ScannedPage]:
    """Decode each picture in a second thread, while the next one is drawn: both leave Python's lock for most of it."""
    waiting: deque[Future[ScannedPage]] = deque()
    with ThreadPoolExecutor(max_workers=1) as decoder:
        for picture in pictures:
            waiting.append(decoder.submit(_decoded, picture, source, thorough))
            if len(waiting) == _LOOK_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _decoded(picture: Picture, source: str, thorough: bool) -> ScannedPage:
    if picture.pixels is None:
        return ScannedPage(source, picture.number, problem=picture.problem, hint=picture.hint)
    # What was drawn has no noise, and is not read better at a second look: half of the time of a page without a code.
    found = decode(picture.pixels, thorough=thorough and not picture.drawn)
    texts = tuple(dict.fromkeys(found.texts)) if thorough else found.texts
    problem, hint = _lacks(found)
    return ScannedPage(
        source,
        picture.number,
        texts,
        printed_text=picture.printed_text,
        problem=problem,
        hint=hint,
        drawn=picture.drawn,
    )


def _lacks(found: Found) -> tuple[str, str]:
    """What there is to say of a page beside its texts, and what to do."""
    if found.blank:
        return "the page is blank", "If it is not, scan it again: its other side, or with more contrast."
    if found.unreadable:
        codes = "a code" if found.unreadable == 1 else f"{found.unreadable} codes"
        return (
            f"{codes} on the page cannot be read",
            "If it is missing, scan the page again at 300 dpi, flat and sharp.",
        )
    if not found.texts:
        return "no code was found on the page", _NO_CODE
    return "", ""


def _image_format(head: bytes) -> ImageFormat | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageFormat.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return ImageFormat.JPEG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return ImageFormat.TIFF
    return None


def _refuse(head: bytes, source: str) -> None:
    """Name what is often brought and cannot be read, so that the error says more than that it is no text."""
    if head[4:8] == b"ftyp":
        for name, brands in _ISO_MEDIA.items():
            if head[8:12] in brands:
                raise PaperError(
                    f"{source}: a {name} photograph cannot be read",
                    "Convert it on an offline machine: heif-convert photo.heic photo.png, or on a Mac "
                    "sips -s format png photo.heic --out photo.png. Or photograph it again as JPEG.",
                )
    for magic, name in _NOT_READ.items():
        if head.startswith(magic):
            raise PaperError(
                f"{source}: {name} cannot be read",
                "Bring a PDF, PNG, JPEG, WebP or TIFF, a text file, or the envelope.",
            )


def _scan(stream: BinaryIO, source: str, head: bytes) -> bytes:
    data = _read(stream, source, MAX_SCAN_BYTES + 1, head)
    if len(data) > MAX_SCAN_BYTES:
        raise PaperError(
            f"{source}: a scan of over {MAX_SCAN_BYTES >> 20} MiB",
            "Scan in grey at 300 dpi, fewer pages to a file, or save it as a PDF.",
        )
    return data


def _envelope(stream: BinaryIO, source: str, head: bytes) -> bytes:
    data = _read(stream, source, MAX_ENVELOPE_BYTES + 1, head)
    if len(data) > MAX_ENVELOPE_BYTES:
        raise EnvelopeError(
            f"{source}: a file of over {MAX_ENVELOPE_BYTES} bytes is no envelope", "Name the file envelope.cms."
        )
    return data


def _text(stream: BinaryIO, source: str, head: bytes) -> str:
    """The text of a file, without the mark that some editors put before it. Errors say nothing of what is in it."""
    hint = "Bring a PDF, PNG, JPEG, WebP or TIFF, a text file (UTF-8), or the envelope."
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise MalformedError(f"{source}: a text in UTF-16", "Save it as plain text in UTF-8 (without Unicode, ASCII).")
    data = head if b"\0" in head else _read(stream, source, MAX_TEXT_BYTES + 1, head)
    if b"\0" in data:
        raise MalformedError(f"{source}: neither a scan, nor an envelope, nor a text: it has NUL bytes", hint)
    if len(data) > MAX_TEXT_BYTES:
        raise MalformedError(
            f"{source}: a text of over {MAX_TEXT_BYTES >> 20} MiB",
            "Bring only the words, codes and lines of the sheets.",
        )
    text = _utf8(data)
    if text is None:
        raise MalformedError(f"{source}: neither a scan, nor an envelope, nor a text in UTF-8", hint)
    if not text.strip():
        raise MalformedError(f"{source}: the file is empty", hint)
    return text


def _utf8(data: bytes) -> str | None:
    """None if it is none. Python's own error holds the whole text, and an error raised beside it would hold that."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _read(stream: BinaryIO, source: str, limit: int, head: bytes) -> bytes:
    """`head` and what follows it in the stream, up to `limit` bytes together. A pipe gives them in small pieces."""
    buffer = io.BytesIO()
    buffer.write(head)
    try:
        while buffer.tell() < limit:
            chunk = stream.read(min(_CHUNK, limit - buffer.tell()))
            if not chunk:
                break
            buffer.write(chunk)
    except OSError as error:
        raise FileError(f"{source}: cannot be read: {error.strerror}", "Check the medium, and copy the file.") from None
    return buffer.getvalue()

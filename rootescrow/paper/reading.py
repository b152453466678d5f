"""From scans and typed files to texts: `read_source` for what people bring, `read_pdf` for reading back what we drew.

What a file is follows from its first bytes, never from its name. Nothing here judges what a text says: that is the
pile's work. What could not be read is said, page by page.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, Self

from rootescrow.envelope import MAX_BYTES as MAX_ENVELOPE_BYTES
from rootescrow.errors import EnvelopeError, EscrowError, FileError, MalformedError, PaperError
from rootescrow.paper.expected import is_share, missing_parts
from rootescrow.paper.images import ImageFormat, ImagePages
from rootescrow.paper.pdf import MAX_DRAWN_PIXELS, SCAN_DPI, PdfPages
from rootescrow.paper.pictures import Found, Pages, decode
from rootescrow.texts import MAX_CHARS

MAX_SCAN_BYTES = 256 << 20
"""Bytes of an image or PDF: ten pages of A4 at 300 dpi, in colour and not compressed. It is held in memory."""
MAX_TEXT_BYTES = MAX_CHARS
"""Bytes of a text file: what the pile looks at, of which every character is at least one byte."""

MAX_WORKERS = 4
"""Pages looked at at a time, where there are as many processors: each takes 60 MB at 300 dpi (measured)."""

_HEAD = 1024
"""Bytes that tell what a file is: a PDF may begin that late (PDF Reference 1.7, appendix H, note 13)."""
_CHUNK = 1 << 20
_ALONE = threading.Lock()
"""Pages larger than any that we draw are looked at one at a time: the largest takes 0.8 GB."""
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
_AGAIN = "If it is missing, scan the page again at 300 dpi, flat and sharp."
_NO_CODE = (
    "A cover or a page of text has none. Otherwise scan it again at 300 dpi, flat and sharp, or type what it says."
)


@dataclass(frozen=True)
class ScannedPage:
    """What one page, one text file or one envelope file holds, as read.

    `page` counts from 1, and is 0 for what has no pages. `texts` are the codes' texts (`read_source`: each once;
    `read_pdf`: as often as the page has them), or the whole text of a text file. `problem` says what could not be read,
    `hint` what to do about it; a page may have both texts and a problem. `printed_text` is the text inside a PDF, where
    asked for. `drawn`: a page of a PDF without any picture on it, which no scanner or camera made. `failed`: how many
    codes were seen on it and could not be read. `without_code`: a page that is neither drawn nor blank, and on which no
    code was read, so that OCR may read it. `by_ocr`: OCR did.
    """

    source: str
    page: int = 0
    texts: tuple[str, ...] = field(default=(), repr=False)
    envelope: bytes | None = field(default=None, repr=False)
    printed_text: str = field(default="", repr=False)
    problem: str = ""
    hint: str = ""
    drawn: bool = False
    failed: int = 0
    without_code: bool = False
    by_ocr: bool = False

    def __post_init__(self) -> None:
        if self.page < 0:
            raise ValueError("pages count from 1")
        if self.envelope is not None and (self.page or self.texts or self.problem):
            raise ValueError("an envelope file is nothing else")

    @property
    def place(self) -> str:
        """Where this was read, for people: `scan.pdf page 3`, `scan.pdf page 3 by OCR`."""
        place = f"{self.source} page {self.page}" if self.page else self.source
        return f"{place} by OCR" if self.by_ocr else place


@dataclass(frozen=True, eq=False)
class Source:
    """A file that is to be read: what pages and errors call it, and how it is opened (which may raise EscrowError).

    Each is one of its own, even where a file is named twice.
    """

    name: str
    open: Callable[[], AbstractContextManager[BinaryIO]]


def read_sources(
    sources: Iterable[Source], *, workers: int | None = None
) -> Iterator[tuple[Source, ScannedPage | EscrowError]]:
    """Read files as `read_source` does, several pages at a time, and the next file while the last is still looked at.

    Pages come in the order of the files and in theirs. What stops the reading of one file comes in its place, and the
    others are still read. `workers` pages are looked at at a time: by default as many as there are processors, and at
    most MAX_WORKERS. Memory is bounded: files of at most twice MAX_SCAN_BYTES, and a picture for each worker.
    """
    with _Readers(workers) as readers:
        for source in sources:
            # What is finished does not wait for a file that is slow to come.
            while readers.ready:
                yield from readers.next()
            try:
                with source.open() as stream:
                    content, size = _content(stream, source.name)
            except EscrowError as error:
                readers.add(source, error)
            else:
                # Only now is its size known: it waits until those before it are done, if they are large together.
                while readers.held and readers.held + size > MAX_SCAN_BYTES:
                    yield from readers.next()
                if isinstance(content, list):
                    for page in content:
                        readers.add(source, page)
                else:
                    yield from readers.read(source, content, size, thorough=True)
            while readers.full:
                yield from readers.next()
        yield from readers.rest()


def read_source(stream: BinaryIO, source: str, *, workers: int | None = None) -> Iterator[ScannedPage]:
    """Read a PDF, PNG, JPEG, WebP or TIFF, a text file, or an envelope; `source` names it in pages and errors.

    Pages come one by one, in their order. What stops all reading is raised in place of the first page: PaperError for a
    scan that cannot be read, or is of a kind that is not; MalformedError for a text that is none, or too large;
    EnvelopeError for an envelope that is too large; FileError for a stream that fails. No more is read than the limits
    of this module and one byte. A text whose pages form feeds part, as OCR and pdftotext write it, has pages.
    """
    for _, read in read_sources([Source(source, lambda: contextlib.nullcontext(stream))], workers=workers):
        if isinstance(read, EscrowError):
            raise read
        yield read


def read_pdf(data: bytes, source: str, *, dpi: int = SCAN_DPI, with_text: bool = False) -> Iterator[ScannedPage]:
    """Read back a PDF of ours: every code, as often as it is there, with none of the help that a poor scan gets.

    `with_text` gives the text in it too. Raises PaperError for a PDF that cannot be read.
    """
    pages = PdfPages(data, source, dpi=dpi, with_text=with_text)
    with _Readers(None) as readers:
        found = readers.read(Source(source, io.BytesIO), pages, len(data), thorough=False)
        for _, read in itertools.chain(found, readers.rest()):
            if isinstance(read, EscrowError):
                raise read
            yield read


def open_pages(stream: BinaryIO, source: str) -> Pages | None:
    """The pages of a scan, for whoever looks at them in another way; None for a file that is none.

    Raises what `read_source` raises. They are to be closed.
    """
    content, _ = _content(stream, source)
    return None if isinstance(content, list) else content


@dataclass(frozen=True)
class _Waiting:
    """A page that is being looked at, or what needs no looking at. `last`: the file whose last page it is."""

    source: Source
    read: Future[ScannedPage | EscrowError] | ScannedPage | EscrowError
    last: Pages | None = None


class _Readers:
    """Threads that look at pages, and the pages that wait for their turn to be handed on.

    Threads, not processes: the decoders of QR codes and of pictures, which have most of the work, leave Python's lock
    while they do it; pages and words stay in one process, whose memory is looked after; and there is nothing to import
    again, to kill or to clean up. What is not started when this is left is not done any more.
    """

    def __init__(self, workers: int | None) -> None:
        self._workers = workers or min(MAX_WORKERS, _processors())
        self._pool = ThreadPoolExecutor(self._workers, "reading")
        self._stopped = threading.Event()
        self._open: dict[Pages, int] = {}
        self._failed: Source | None = None
        self.waiting: deque[_Waiting] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._pool.shutdown(cancel_futures=True)
        for pages in self._open:
            pages.close()

    @property
    def full(self) -> bool:
        """Whether every thread has a page and the next one is known."""
        return len(self.waiting) > self._workers

    @property
    def ready(self) -> bool:
        """Whether the one whose turn it is has been looked at."""
        return bool(self.waiting) and (not isinstance(self.waiting[0].read, Future) or self.waiting[0].read.done())

    @property
    def held(self) -> int:
        """Bytes of the files that are open."""
        return sum(self._open.values())

    def add(self, source: Source, read: ScannedPage | EscrowError) -> None:
        """Let something wait for its turn."""
        self.waiting.append(_Waiting(source, read))

    def read(
        self, source: Source, pages: Pages, size: int, *, thorough: bool
    ) -> Iterator[tuple[Source, ScannedPage | EscrowError]]:
        """Begin with the pages of a file one after the other; what is finished meanwhile."""
        self._open[pages] = size
        for number in range(1, pages.count + 1):
            read = self._pool.submit(_read_page, pages, number, source.name, thorough, self._stopped.is_set)
            self.waiting.append(_Waiting(source, read, pages if number == pages.count else None))
            while self.full:
                yield from self.next()

    def next(self) -> Iterator[tuple[Source, ScannedPage | EscrowError]]:
        """The one whose turn it is, when it is finished. What follows an error in the same file is left out."""
        waiting = self.waiting.popleft()
        read = waiting.read.result() if isinstance(waiting.read, Future) else waiting.read
        if waiting.last is not None:
            del self._open[waiting.last]
            waiting.last.close()
        if self._failed is waiting.source:
            return
        if isinstance(read, EscrowError):
            self._failed = waiting.source
        yield waiting.source, read

    def rest(self) -> Iterator[tuple[Source, ScannedPage | EscrowError]]:
        """All that are waiting."""
        while self.waiting:
            yield from self.next()


def _read_page(
    pages: Pages, number: int, source: str, thorough: bool, stopped: Callable[[], bool]
) -> ScannedPage | EscrowError:
    """Look at one page, in a thread of its own."""
    try:
        picture = pages.picture(number)
    except PaperError as error:
        return error
    if picture.pixels is None:
        return ScannedPage(source, number, problem=picture.problem, hint=picture.hint)
    # What was drawn has no noise, and is not read better at a second look: half of the time of a page without a code.
    harder = thorough and not picture.drawn
    with _ALONE if picture.pixels.nbytes > MAX_DRAWN_PIXELS else contextlib.nullcontext():
        found = decode(picture.pixels, thorough=harder, stopped=stopped)
        if harder and found.blank and (other := pages.otherwise(number)) is not None and other.pixels is not None:
            found = decode(other.pixels, thorough=True, stopped=stopped)
    texts = tuple(dict.fromkeys(found.texts)) if thorough else found.texts
    problem, hint = _lacks(found)
    return ScannedPage(
        source,
        number,
        texts,
        printed_text=picture.printed_text,
        problem=problem,
        hint=hint,
        drawn=picture.drawn,
        failed=found.unreadable,
        without_code=not (texts or picture.drawn or found.blank),
    )


def _lacks(found: Found) -> tuple[str, str]:
    """What there is to say of a page beside its texts, and what to do."""
    if found.blank:
        return "the page is blank", "If it is not, scan it again: its other side, or with more contrast."
    if found.places:
        return _failed(found)
    if found.unreadable:
        codes = "a code" if found.unreadable == 1 else f"{found.unreadable} codes"
        return f"{codes} on the page cannot be read", _AGAIN
    if not found.texts:
        return "no code was found on the page", _NO_CODE
    return "", ""


def _failed(found: Found) -> tuple[str, str]:
    """Which codes of a page were seen and could not be read: by what the others say, else by where they are."""
    where = " and ".join(found.places) if len(found.places) < 3 else f"{len(found.places)} places"
    if any(map(is_share, found.texts)) and len(found.places) == 1:
        return f"one of its two share codes ({where}) cannot be read; the other one is enough", ""
    missing, count = missing_parts(found.texts)
    if len(missing) == len(found.places):
        codes = f"envelope code{'s' * (len(missing) > 1)} {', '.join(map(str, missing))} of {count}"
        return f"{codes} ({where}) cannot be read", f"{_AGAIN} Or type the lines of the envelope's text."
    codes = "a code" if len(found.places) == 1 else f"{len(found.places)} codes"
    return (
        f"{codes} on the page ({where}) cannot be read",
        f"{_AGAIN} Or type its words (of an envelope: its lines), with ? for a word that is gone.",
    )


def _content(stream: BinaryIO, source: str) -> tuple[Pages | list[ScannedPage], int]:
    """A file's pages, still to be looked at, or what it holds if that is no scan; and how many bytes of it are held."""
    head = _read(stream, source, _HEAD, b"")
    kind = _image_format(head)
    if kind:
        data = _scan(stream, source, head)
        return ImagePages(data, kind, source), len(data)
    if b"%PDF-" in head:
        data = _scan(stream, source, head)
        return PdfPages(data, source, with_text=True, stored=True), len(data)
    _refuse(head, source)
    if head[:1] == bytes([_DER_SEQUENCE]) and head[1:2] >= bytes([_DER_LONG_LENGTH]):
        return [ScannedPage(source, envelope=_envelope(stream, source, head))], 0
    return _of_text(_text(stream, source, head), source), 0


def _of_text(text: str, source: str) -> list[ScannedPage]:
    """The pages of a text that has some, else the whole. No sheet's words go over a page's end."""
    pages = [(number, page) for number, page in enumerate(text.split("\f"), 1) if page.strip()]
    if len(pages) == 1:
        return [ScannedPage(source, texts=(text,))]
    return [ScannedPage(source, number, (page,)) for number, page in pages]


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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

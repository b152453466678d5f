"""What is read from files that people bring, and from our own PDFs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rootescrow import envelope
from rootescrow.errors import EnvelopeError, EscrowError, FileError, MalformedError, PaperError
from rootescrow.paper import reading as reading_module
from rootescrow.paper.pdf import PdfPages
from rootescrow.paper.pictures import decode, grey_pixels
from rootescrow.paper.reading import (
    MAX_SCAN_BYTES,
    MAX_TEXT_BYTES,
    ScannedPage,
    Source,
    read_pdf,
    read_source,
    read_sources,
)
from tests.paper.scans import bare_pdf, file, page, part, pdf, photograph, scanned_pdf, share

PAGE = page([share(1), share(1)], 100)
MAGIC = {
    "PDF": b"%PDF-1.7\n",
    "PNG": b"\x89PNG\r\n\x1a\n",
    "JPEG": b"\xff\xd8\xff",
    "WebP": b"RIFF\x10\0\0\0WEBP",
    "TIFF": b"II*\0",
    "TIFF of the other order": b"MM\0*",
    "BigTIFF": b"II+\0",
}


def read(data: bytes) -> list[ScannedPage]:
    return list(read_source(io.BytesIO(data), "scan"))


class Endless(io.RawIOBase):
    """A stream that goes on for ever in small pieces, and counts what is taken from it."""

    def __init__(self, head: bytes, filling: bytes) -> None:
        self.head, self.filling, self.taken = head, filling, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert 0 <= size <= 1 << 20, "a stream without end is not to be read at once"
        data = self.head[:size] or self.filling * min(size, 60_000)
        self.head = self.head[size:]
        self.taken += len(data)
        return data[:size]


def endless(head: bytes, filling: bytes = b"a") -> tuple[BinaryIO, Endless]:
    stream = Endless(head, filling)
    return stream, stream  # type: ignore[return-value]  # a raw stream is what a pipe is


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WebP", "TIFF"])
def test_the_first_bytes_tell_what_an_image_is(kind: str) -> None:
    (found,) = read(file(PAGE, kind))
    assert found == ScannedPage("scan", 1, (share(1),))


def test_pages_of_a_pdf_come_in_their_order() -> None:
    data = pdf([[share(1), share(1)], [part(1), part(2), part(3), part(4)], [], [share(2)]])
    found = read(b"\r\n" + data)
    assert [set(item.texts) for item in found] == [{share(1)}, {part(n) for n in (1, 2, 3, 4)}, set(), {share(2)}]
    assert [item.page for item in found] == [1, 2, 3, 4]
    assert [len(item.texts) for item in found] == [1, 4, 0, 1]
    assert [bool(item.problem) for item in found] == [False, False, True, False]
    assert [item.printed_text for item in found] == [""] * 4


def test_scans_turned_every_way_are_read() -> None:
    images = [photograph(page([share(n)], 150), angle=n * 90 + 3) for n in range(4)]
    assert [item.texts for item in read(scanned_pdf(images, 150))] == [(share(n),) for n in range(4)]


def test_pages_are_handed_on_while_others_are_still_to_come() -> None:
    pages = read_source(io.BytesIO(pdf([[share(n)] for n in range(5)])), "scan")
    assert next(pages).texts == (share(0),)
    assert isinstance(pages, Iterator)


def test_a_read_back_sees_every_copy_and_the_text() -> None:
    (found,) = read_pdf(pdf([[share(1), share(1)]], text="academic acid"), "sheet", with_text=True)
    assert found.texts == (share(1), share(1))
    assert found.printed_text.strip() == "academic acid"


def test_a_read_back_gives_no_help() -> None:
    data = scanned_pdf([Image.eval(PAGE, lambda value: 255 - value)], 100)
    assert read(data)[0].texts == (share(1),)
    assert next(read_pdf(data, "sheet")).problem == "no code was found on the page"


def test_what_a_page_lacks_is_said() -> None:
    blank = Image.new("L", (827, 1169), 255)
    cover, damaged = blank.copy(), page([part(n) for n in (1, 2, 3, 4)], 200)
    ImageDraw.Draw(cover).text((100, 100), "This is a sheet. Keep it.", fill=0)
    ImageDraw.Draw(damaged).rectangle((250, 200, 550, 500), fill=0)
    found = [read(file(image, "PNG"))[0] for image in (blank, cover, damaged)]
    assert [item.problem for item in found] == [
        "the page is blank",
        "no code was found on the page",
        "envelope code 1 of 4 (top left) cannot be read",
    ]
    assert all(item.hint for item in found)
    assert len(found[2].texts) == 3


def sources(*files: bytes | EscrowError, closed: list[str] | None = None) -> list[Source]:
    """Files named a, b, c …; an error is what opening one raises."""

    class Noted(io.BytesIO):
        def close(self) -> None:
            if closed is not None and not self.closed:
                closed.append("closed")
            super().close()

    def opener(file: bytes | EscrowError) -> Callable[[], BinaryIO]:
        def open_() -> BinaryIO:
            if isinstance(file, EscrowError):
                raise file
            return Noted(file)

        return open_

    return [Source(chr(ord("a") + place), opener(file)) for place, file in enumerate(files)]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_pile_of_files_comes_in_its_order_however_many_read_it(workers: int) -> None:
    missing = FileError("cannot read d", "Check the name.")
    tiff = file(PAGE, "TIFF", save_all=True, append_images=[page([share(2)], 100), page([share(3)], 100)])
    files = (pdf([[share(4)], []]), file(PAGE, "PNG")[:-500], share(5).encode(), missing, tiff, b"")
    found = [
        (source.name, read.message if isinstance(read, EscrowError) else (read.page, read.texts))
        for source, read in read_sources(sources(*files), workers=workers)
    ]
    assert found == [
        ("a", (1, (share(4),))),
        ("a", (2, ())),
        ("b", "b: damaged or incomplete, or of an unusual kind of PNG"),
        ("c", (0, (share(5),))),
        ("d", "cannot read d"),
        *(("e", (number, (share(number),))) for number in (1, 2, 3)),
        ("f", "f: the file is empty"),
    ]


def test_what_is_finished_does_not_wait_for_the_next_file() -> None:
    opened: list[str] = []

    def slow() -> BinaryIO:
        opened.append("slow")
        return io.BytesIO(share(2).encode())

    found = read_sources([*sources(share(1).encode()), Source("slow", slow)])
    assert next(found)[1] == ScannedPage("a", texts=(share(1),))
    assert opened == []
    assert next(found)[0].name == "slow"


def test_files_are_read_no_further_ahead_than_there_are_readers() -> None:
    closed: list[str] = []
    reading = read_sources(sources(*[file(PAGE, "PNG")] * 20, closed=closed), workers=2)
    next(reading)
    assert len(closed) <= 4
    reading.close()  # type: ignore[attr-defined]  # it is a generator
    assert len(closed) <= 4


def test_files_that_are_large_together_are_not_held_together(monkeypatch: pytest.MonkeyPatch) -> None:
    large = file(page([share(1), share(1)], 100), "PNG", compress_level=0)
    monkeypatch.setattr(reading_module, "MAX_SCAN_BYTES", 2 * len(large) - 1)
    closed: list[str] = []
    for number, _ in enumerate(read_sources(sources(*[large] * 6, closed=closed), workers=4), 1):
        assert len(closed) <= number + 1


def test_what_is_stopped_is_left_as_it_is() -> None:
    torn = page([share(1)], 150)
    ImageDraw.Draw(torn).rectangle((0, 0, 250, 450), fill=255)
    assert decode(grey_pixels(torn), thorough=True, stopped=lambda: True).texts == ()


def test_pages_of_a_text_that_has_some() -> None:
    found = read(f"{share(1)}\n\f\n\f{share(2)}\f".encode())
    assert [(item.page, item.texts[0].strip()) for item in found] == [(1, share(1)), (3, share(2))]
    assert read(f"{share(1)}\n\f".encode()) == [ScannedPage("scan", texts=(f"{share(1)}\n\f",))]


def test_a_scan_with_a_picture_is_read_as_stored_and_drawn_where_that_gives_nothing() -> None:
    # A picture that is all black, and what is on the page is in its mask: as scanners that save space write it.
    black = Image.new("RGBA", PAGE.size, "black")
    black.putalpha(ImageOps.invert(PAGE))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.drawImage(ImageReader(black), 0, 0, *A4, mask="auto")
    canvas.save()
    data = out.getvalue()
    pages = PdfPages(data, "scan", stored=True)
    assert not any(pages.picture(1).pixels.tobytes())  # type: ignore[union-attr]  # it has pixels
    pages.close()
    (found,) = read(data)
    assert found.texts == (share(1),)


def test_the_place_names_the_page_of_what_has_pages() -> None:
    assert ScannedPage("a.pdf", 3).place == "a.pdf page 3"
    assert ScannedPage("words.txt").place == "words.txt"


@pytest.mark.parametrize(
    "text",
    [
        share(1),
        f"{share(1)}\r\n{part(1)}\r{part(2)}\n",
        "\n".join(f"{number}. {word}" for number, word in enumerate(share(1).split(), 1)),
        "007  ABCDE FGHIJ KLMNO PQRST UVWXY Z2345 67ABC DEFGH  WXYZ\n",
        "# von Hand getippt: Österreich\n0 academic",
        "0",
        "0\x10 a short DER length is no envelope",
    ],
)
def test_a_text_comes_whole(text: str) -> None:
    assert read(text.encode()) == [ScannedPage("scan", texts=(text,))]
    assert read(text.encode("utf-8-sig")) == [ScannedPage("scan", texts=(text,))]


@pytest.mark.parametrize("length", [254, 2640, envelope.MAX_BYTES - 4])
def test_an_envelope_comes_as_bytes(length: int) -> None:
    der = b"\x30\x82" + length.to_bytes(2, "big") + b"\x07" * length
    assert read(der) == [ScannedPage("scan", envelope=der)]


def test_a_too_large_envelope_is_refused() -> None:
    with pytest.raises(EnvelopeError, match="scan: a file of over 65536 bytes is no envelope"):
        read(b"\x30\x83\x98\x96\x80" + bytes(10_000_000))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        ("academic acid".encode("utf-16"), "UTF-16"),
        ("academic acid".encode("utf-16-be"), "NUL bytes"),
        (b"academic\0acid", "NUL bytes"),
        (b"academic " * 1000 + b"\0", "NUL bytes"),
        (b"academic \xe4cid", "UTF-8"),
        (b"\x93\xfa\x96\x7b", "UTF-8"),
    ],
)
def test_what_is_no_text_is_malformed(data: bytes, what: str) -> None:
    with pytest.raises(MalformedError, match=f"^scan: .*{what}") as caught:
        read(data)
    assert "acid" not in caught.value.message + caught.value.hint
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0heic", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
    ],
)
def test_a_photograph_of_a_telephone_gets_the_way_to_convert_it(data: bytes, what: str) -> None:
    with pytest.raises(PaperError, match=f"scan: a {what} photograph") as caught:
        read(data + bytes(500))
    assert "heif-convert" in caught.value.hint


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"GIF89a", "GIF"), (b"PK\x03\x04", "ZIP"), (b"\0\0\0\x0cjP  \r\n", "JPEG 2000"), (b"\x1f\x8b\x08", "gzip")],
)
def test_other_files_are_named(data: bytes, what: str) -> None:
    with pytest.raises(PaperError, match=f"scan: .*{what}.* cannot be read"):
        read(data + bytes(100))


def test_text_without_end_is_read_to_the_limit_only() -> None:
    stream, count = endless(b"academic acid ")
    with pytest.raises(MalformedError, match="over 1 MiB"):
        list(read_source(stream, "scan"))
    assert count.taken == MAX_TEXT_BYTES + 1
    assert len(read(b"a" * MAX_TEXT_BYTES)[0].texts[0]) == MAX_TEXT_BYTES
    with pytest.raises(MalformedError, match="over 1 MiB"):
        read(b"a" * (MAX_TEXT_BYTES + 1))


def test_nul_bytes_without_end_are_seen_at_once() -> None:
    stream, count = endless(b"", b"\0")
    with pytest.raises(MalformedError, match="NUL"):
        list(read_source(stream, "scan"))
    assert count.taken <= 4096


def test_an_envelope_without_end_is_read_to_the_limit_only() -> None:
    stream, count = endless(b"\x30\x82\xff\xff")
    with pytest.raises(EnvelopeError):
        list(read_source(stream, "scan"))
    assert count.taken == envelope.MAX_BYTES + 1


@pytest.mark.parametrize("kind", ["PDF", "PNG"])
def test_a_scan_without_end_is_read_to_the_limit_only(kind: str) -> None:
    stream, count = endless(MAGIC[kind])
    with pytest.raises(PaperError, match="over 256 MiB"):
        list(read_source(stream, "scan"))
    assert count.taken == MAX_SCAN_BYTES + 1


def test_a_failing_medium_is_a_file_error() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(FileError, match="scan: cannot be read: Input/output error"):
        list(read_source(Failing(), "scan"))


def test_what_was_read_does_not_show() -> None:
    shown = repr([*read(share(1).encode()), *read(file(PAGE, "PNG")), ScannedPage("a", 1, printed_text=share(1))])
    assert not any(word in shown for word in share(1).split())


@pytest.mark.parametrize(
    "make",
    [
        lambda: ScannedPage("a", -1),
        lambda: ScannedPage("a", 1, envelope=b"0"),
        lambda: ScannedPage("a", 0, ("b",), b"0"),
    ],
)
def test_pages_that_make_no_sense_are_refused(make: object) -> None:
    with pytest.raises(ValueError, match=r"page|envelope"):
        make()  # type: ignore[operator]  # every case above can be called


def only_our_errors(data: bytes) -> None:
    errors: list[EscrowError] = []
    try:
        read(data)
    except EscrowError as error:
        errors.append(error)
    assert all(error.message.startswith("scan: ") and error.hint and error.exit_status in {3, 6} for error in errors)


@given(st.sampled_from([*MAGIC.values(), b"", b"\x30\x82", b"\xff\xfe", b"\0\0\0\x18ftyp"]), st.binary(max_size=300))
def test_random_bytes_raise_our_errors_only(magic: bytes, data: bytes) -> None:
    only_our_errors(magic + data)
    only_our_errors(magic + data + b"%%EOF")


TINY = page([share(1)], 40).reduce(2)
SEEDS = [
    file(TINY, "PNG"),
    file(TINY, "JPEG"),
    file(TINY, "WebP"),
    file(TINY, "TIFF", compression="tiff_lzw"),
    file(TINY.convert("1"), "TIFF", compression="group4", save_all=True, append_images=[TINY.convert("1")]),
    file(TINY.convert("RGBA"), "PNG"),
    scanned_pdf([TINY], 20),
    bare_pdf("0 0 50 50"),
]


@settings(max_examples=150)
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8))
def test_changed_bytes_raise_our_errors_only(seed: bytes, changes: list[tuple[float, int]]) -> None:
    data = bytearray(seed)
    for place, value in changes:
        data[int(place * len(data))] = value
    only_our_errors(bytes(data))


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("kind", ["PDF", "PNG", "JPEG", "WebP", "TIFF"])
def test_a_truncated_scan_is_an_error_of_paper(kind: str, tenth: int) -> None:
    data = pdf([[share(1)]]) if kind == "PDF" else file(PAGE, kind)
    with pytest.raises(PaperError if tenth else MalformedError):
        read(data[: len(data) * tenth // 10])

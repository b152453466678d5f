"""What is read from files that people bring, and from our own PDFs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from rootescrow import envelope
from rootescrow.errors import EnvelopeError, EscrowError, FileError, MalformedError, PaperError
from rootescrow.paper.reading import MAX_SCAN_BYTES, MAX_TEXT_BYTES, ScannedPage, read_pdf, read_source
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
        "a code on the page cannot be read",
    ]
    assert all(item.hint for item in found)
    assert len(found[2].texts) == 3


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

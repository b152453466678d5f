"""What people bring that is no good: each a clear error with the right status from both commands, and no file.

What `split` refuses is in test_split.py, sets that do not fit in test_recover.py.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from Crypto.Util.asn1 import DerOctetString, DerSequence
from PIL import Image

from rootescrow.codes import EscrowId, encode_envelope_codes
from tests.cli.support import QUORUM, Ceremony, inside
from tests.paper import scans


def png(width: int, height: int) -> bytes:
    """The beginning of a picture of that size: a header, and hardly any pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def blank() -> bytes:
    """A page with nothing on it, as PNG."""
    out = io.BytesIO()
    Image.new("L", (800, 1000), 255).save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True)
class Bad:
    """A file that is of no use: what it holds, the status of `recover` and `inspect`, and what must be said."""

    name: str
    data: Callable[[], bytes]
    recover: int
    inspect: int
    said: str


PDF = scans.pdf([[scans.part(1)]])
BAD = {
    "wrong checksum": Bad("a.txt", lambda: b"academic acid acne " * 11, 3, 3, "checksum"),
    "unknown word": Bad("a.txt", lambda: b"acadmic " + b"acid " * 32, 3, 3, "word 1 is not in the word list"),
    "one word short": Bad("a.txt", lambda: b"acid " * 32, 3, 3, "32 words where a share has 33"),
    "prose": Bad("a.txt", lambda: b"Dear Board, please find the key below.", 4, 3, "not of an escrow"),
    "remarks": Bad("a.txt", lambda: b"# nothing yet\n", 3, 3, "nothing of an escrow"),
    "UTF-16": Bad("a.txt", lambda: "academic acid".encode("utf-16"), 3, 3, "UTF-16"),
    "NUL": Bad("a.txt", lambda: b"academic\0acid", 3, 3, "NUL bytes"),
    "latin-1": Bad("a.txt", lambda: "Schlüssel".encode("latin-1"), 3, 3, "UTF-8"),
    "empty": Bad("a.pdf", lambda: b"", 3, 3, "empty"),
    "wrong code": Bad("a.txt", lambda: b"ROOTESCROW1 K7QDM2XA 2OF1 AAAA", 3, 3, "envelope code"),
    "PDF without codes": Bad("a.pdf", lambda: scans.pdf([[], []], text="nothing"), 6, 6, "any of its 2 pages"),
    "PDF encrypted": Bad("a.pdf", lambda: scans.pdf([[scans.part(1)]], encrypt="x"), 6, 6, "the PDF is encrypted"),
    "PDF of 5,000 pages": Bad("a.pdf", lambda: scans.bare_pdf(pages=5000), 6, 6, "5000 pages"),
    "PDF truncated": Bad("a.pdf", lambda: PDF[: len(PDF) // 2], 6, 6, "the PDF is incomplete"),
    "PDF of nothing": Bad("a.pdf", lambda: b"%PDF-1.4\n%%EOF\n", 6, 6, "the PDF is damaged"),
    "huge picture": Bad("a.png", lambda: png(50_000, 50_000), 6, 6, "50000×50000 pixels"),
    "picture cut off": Bad("a.png", lambda: png(1000, 1000)[:60], 6, 6, "damaged or incomplete"),
    "no picture": Bad("a.jpg", lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)), 6, 6, "damaged or incomplete"),
    "blank page": Bad("a.png", blank, 6, 6, "the page is blank"),
    "HEIC": Bad("a.heic", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", 6, 6, "heif-convert"),
    "strangers' codes": Bad(
        "a.pdf", lambda: scans.pdf([["https://example.org/", "bottle deposit"]]), 4, 3, "not of an escrow"
    ),
    "envelope of zeros": Bad("a.cms", lambda: b"\x30\x82\x01\x00" + bytes(256), 3, 3, "envelope"),
    "envelope of 10 MB": Bad("a.cms", lambda: b"\x30\x83\x98\x96\x7c" + bytes(10_000_000), 3, 3, "65536 bytes"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_file_of_no_use(tmp_path: Path, bad: Bad) -> None:
    source = tmp_path / bad.name
    source.write_bytes(bad.data())
    done = inside("recover", source, "--case", "a1", "--out", tmp_path / "k")
    assert (done.status, done.out, bad.said in done.err) == (bad.recover, "", True), done.err
    assert len(done.err) < 2000
    done = inside("inspect", source)
    assert (done.status, bad.said in done.out + done.err) == (bad.inspect, True), done.out + done.err
    assert [file.name for file in tmp_path.iterdir()] == [bad.name]


def test_a_text_of_a_gigabyte_is_not_read_to_its_end(tmp_path: Path) -> None:
    source = tmp_path / "words.txt"
    with source.open("wb") as file:
        file.write(b"academic acid " * 200_000)
        file.truncate(1 << 30)
    done = inside("recover", source, "--out", tmp_path / "k")
    assert (done.status, "over 1 MiB" in done.err) == (3, True), done.err


@pytest.mark.parametrize("source", ["none.pdf", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, source: str) -> None:
    for command in (("recover", tmp_path / source, "--out", tmp_path / "k"), ("inspect", tmp_path / source)):
        done = inside(*command)
        assert (done.status, f"cannot read {tmp_path / source}" in done.err) == (7, True), done.err


def altered_envelopes(ceremony: Ceremony) -> dict[str, bytes]:
    """The envelope, spoilt in the ways of CVE-2025-15467 and others; lengths are made right again around them."""
    der = ceremony.envelope.der

    def exchange(old: bytes, new: bytes) -> bytes:
        """One item for another, and the lengths of all that hold it."""
        assert der.count(old) == 1
        return relength(der, old, new)

    nonce_at = der.index(bytes.fromhex("060960864801650304012e")) + 11
    parameters = der[nonce_at : nonce_at + 2 + der[nonce_at + 1]]
    assert parameters[0] == 0x30
    nonce = parameters[4 : 4 + parameters[3]]
    assert (parameters[2], len(nonce), parameters[-3:]) == (0x04, 12, b"\x02\x01\x10")
    long_nonce = DerSequence([DerOctetString(nonce + bytes(4)), 16]).encode()
    short_tag = DerSequence([DerOctetString(nonce), 4]).encode()
    tag = der[-18:]
    assert tag[:2] == b"\x04\x10"
    return {
        "truncated": der[:-1],
        "half": der[: len(der) // 2],
        "trailing": der + b"\0",
        "trailing newline": der + b"\n",
        "16-byte nonce": exchange(parameters, long_nonce),
        "4-byte tag": relength(exchange(parameters, short_tag), tag, b"\x04\x04" + tag[2:6]),
    }


def relength(der: bytes, old: bytes, new: bytes) -> bytes:
    """`der` with one part exchanged, and the lengths of the structures around it made right."""
    at = der.index(old)

    def rebuilt(start: int, end: int) -> bytes:
        out = b""
        while start < end:
            size = der[start + 1] & 0x7F if der[start + 1] >= 0x80 else 0
            length = int.from_bytes(der[start + 2 : start + 2 + size]) if size else der[start + 1]
            inside, after = start + 2 + size, start + 2 + size + length
            if start == at and after == at + len(old):
                out += new
            elif start < at < after and der[start] & 0x20:
                content = rebuilt(inside, after)
                out += der[start : start + 1] + _length(len(content)) + content
            else:
                out += der[start:after]
            start = after
        return out

    return rebuilt(0, len(der))


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    data = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([0x80 | len(data)]) + data


@pytest.mark.parametrize("kind", ["truncated", "half", "trailing", "trailing newline", "16-byte nonce", "4-byte tag"])
def test_an_envelope_that_is_not_of_the_profile(ceremony: Ceremony, tmp_path: Path, kind: str) -> None:
    spoilt = tmp_path / "envelope.cms"
    spoilt.write_bytes(altered_envelopes(ceremony)[kind])
    done = inside("recover", *ceremony.words(*QUORUM), spoilt, "--case", "a1", "--out", tmp_path / "k")
    assert (done.status, "envelope" in done.err, done.out) == (3, True, ""), done.err
    assert inside("inspect", spoilt).status == 3
    # The right one beside it is used.
    done = inside(
        "recover",
        *ceremony.words(*QUORUM),
        spoilt,
        ceremony.escrow / "envelope.cms",
        "--case",
        "a1",
        "--out",
        tmp_path / "k",
    )
    assert (done.status, (tmp_path / "k").read_bytes()) == (0, ceremony.key.read_bytes()), done.err


def test_an_envelope_with_a_changed_byte(ceremony: Ceremony, tmp_path: Path) -> None:
    """Anywhere: in the ciphertext, the tag, the wrapped key, the key id. (Every byte: tests/test_envelope.py.)"""
    der = ceremony.envelope.der
    places = [
        len(der) - 1,
        len(der) - 40,
        der.index(ceremony.envelope.id.value),
        der.index(ceremony.envelope.id.value) + 30,
    ]
    (tmp_path / "words.txt").write_text("\n".join(file.read_text() for file in ceremony.words(*QUORUM)))
    for place in places:
        (tmp_path / "other.cms").write_bytes(der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :])
        done = inside(
            "recover", tmp_path / "words.txt", tmp_path / "other.cms", "--case", "a1", "--out", tmp_path / "k"
        )
        assert (done.status, done.out) == (5, ""), done.err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["other.cms", "words.txt"]


def test_one_envelope_code_missing_or_of_another_escrow(ceremony: Ceremony, tmp_path: Path) -> None:
    words = "\n".join(file.read_text() for file in ceremony.words(*QUORUM))
    # As long as that of RSA-4096, so that there are several codes. Only its owner's secret would open it.
    stranger = EscrowId(bytes(5))
    strange = encode_envelope_codes(stranger, bytes(2640))
    codes = ceremony.codes()
    source = tmp_path / "all.txt"

    def recover(*texts: str) -> tuple[int, str]:
        source.write_text("\n".join(texts))
        done = inside("recover", source, "--case", "a1", "--out", tmp_path / "k")
        assert done.out == "" or done.status == 0
        return done.status, done.err

    status, err = recover(words)
    assert (status, "of its envelope is missing" in err) == (4, True), err
    status, err = recover(words, *strange)
    assert (status, str(stranger) in err) == (5, True), err
    status, err = recover(words, *strange[:-1])
    assert (status, str(stranger) in err) == (5, True), err
    assert not (tmp_path / "k").exists()
    status, err = recover(words, *strange, *codes)
    assert (status, (tmp_path / "k").read_bytes()) == (0, ceremony.key.read_bytes()), err


def test_one_of_several_envelope_codes_is_missing(large: Ceremony, tmp_path: Path) -> None:
    codes = large.codes()
    assert len(codes) == 4
    words = "\n".join(file.read_text() for file in large.words("Holder-1", "Holder-3"))
    source = tmp_path / "all.txt"
    for place in range(len(codes)):
        source.write_text("\n".join([words, *codes[:place], *codes[place + 1 :]]))
        done = inside("recover", source, "--out", tmp_path / "k")
        assert (done.status, f"code {place + 1}" in done.err, done.out) == (4, True, ""), done.err
    source.write_text("\n".join([words, *codes]))
    assert inside("recover", source, "--out", tmp_path / "k").status == 0


def test_a_file_name_does_not_command_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "out" / "secret").mkdir(parents=True)
    (tmp_path / "out" / "secret" / "\x1b]0;owned\x07\u202e.pdf").touch()
    done = inside("print", tmp_path / "out", "--printer", "x")
    assert (done.status, "\\x1b]0;owned\\x07\\u202e.pdf is no sheet" in done.err) == (7, True), done.err
    assert all(c.isprintable() or c == "\n" for c in done.err)

from __future__ import annotations

import base64
import hashlib
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import AES
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.codes import EnvelopePart, EscrowId, encode_envelope_codes, join_envelope_codes
from rootescrow.envelope import MAX_BYTES, Envelope, der_length, seal
from rootescrow.errors import EnvelopeError, EscrowError, IntegrityError, TagError
from rootescrow.secret import Random, Secret

KEY = bytes(range(32))
ID = EscrowId.of(Secret(KEY))
CONTENT_KEY = hashlib.sha256(b"content key").digest()
NONCE = hashlib.sha256(b"nonce").digest()
PLAIN = hashlib.shake_256(b"an encrypted key").digest(300)
OVERHEAD = 168
"""What an envelope adds to a key of over 256 and under 64 KiB."""


def counting(start: bytes = b"") -> Random:
    """A source of randomness that gives the same in every run, and never the same twice in one."""
    stream = hashlib.shake_256(b"randomness" + start).digest(1 << 16)
    place = 0

    def rng(size: int) -> bytes:
        nonlocal place
        place += size
        return stream[place - size : place]

    return rng


def sealed(plain: bytes = PLAIN) -> Envelope:
    return seal(plain, Secret(KEY), rng=counting())


def with_part(envelope: Envelope, name: str, value: bytes) -> Envelope:
    changed: dict[str, Any] = {name: value}
    return replace(envelope, **changed)


# An encoder of DER and a CMS of its own: what is read here was not written by the code under test.

SEQUENCE, SET, INTEGER, OCTETS, NULL, OID = 0x30, 0x31, 0x02, 0x04, 0x05, 0x06
AUTH_ENVELOPED_DATA = bytes.fromhex("2a864886f70d0109100117")
ENVELOPED_DATA = bytes.fromhex("2a864886f70d010703")
DATA = bytes.fromhex("2a864886f70d010701")
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
AES128_WRAP, AES256_WRAP, AES256_WRAP_PAD = (bytes.fromhex(f"6086480165030401{end}") for end in ("05", "2d", "30"))
AES128_GCM, AES256_GCM, AES256_CCM = (bytes.fromhex(f"6086480165030401{end}") for end in ("06", "2e", "2f"))


def tlv(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + body


def indefinite(tag: int, *content: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(content) + b"\0\0"


def integer(value: int) -> bytes:
    return tlv(INTEGER, bytes([value]))


def as_it_is(element: bytes) -> bytes:
    return element


def implicit_octets(ciphertext: bytes) -> bytes:
    return tlv(0x80, ciphertext)


@dataclass(frozen=True)
class Cms:
    """An AuthEnvelopedData, each part of which a test may replace. As it stands it is one of format v1, and genuine."""

    kind: bytes = tlv(OID, AUTH_ENVELOPED_DATA)
    version: bytes = integer(0)
    originator: bytes = b""
    kek_version: bytes = integer(4)
    key_id: bytes = tlv(SEQUENCE, tlv(OCTETS, ID.value))
    wrap: bytes = tlv(SEQUENCE, tlv(OID, AES256_WRAP))
    wrapped: bytes = field(default_factory=lambda: AES.new(KEY, AES.MODE_KW).seal(CONTENT_KEY))
    recipient_tag: int = 0xA2
    recipients: Callable[[bytes], bytes] = as_it_is
    content_type: bytes = tlv(OID, DATA)
    cipher: bytes = tlv(OID, AES256_GCM)
    nonce: bytes = NONCE[:12]
    icv: bytes = integer(16)
    tag_bytes: int = 16
    plain: bytes = PLAIN
    content: Callable[[bytes], bytes] = implicit_octets
    attributes: bytes = b""
    tail: bytes = b""
    sequence: Callable[..., bytes] = tlv

    @property
    def der(self) -> bytes:
        cipher = AES.new(CONTENT_KEY, AES.MODE_GCM, nonce=self.nonce, mac_len=self.tag_bytes)
        ciphertext, tag = cipher.encrypt_and_digest(self.plain)
        recipient = tlv(self.recipient_tag, self.kek_version, self.key_id, self.wrap, tlv(OCTETS, self.wrapped))
        parameters = tlv(SEQUENCE, tlv(OCTETS, self.nonce), self.icv)
        content = tlv(SEQUENCE, self.content_type, tlv(SEQUENCE, self.cipher, parameters), self.content(ciphertext))
        body = tlv(
            SEQUENCE,
            self.version,
            self.originator,
            tlv(SET, self.recipients(recipient)),
            content,
            self.attributes,
            tlv(OCTETS, tag),
            self.tail,
        )
        return self.sequence(SEQUENCE, self.kind, tlv(0xA0, body))


def other_recipient() -> bytes:
    key_id = tlv(SEQUENCE, tlv(OCTETS, b"other"))
    wrapped = AES.new(bytes(32), AES.MODE_KW).seal(CONTENT_KEY)
    return tlv(0xA2, integer(4), key_id, tlv(SEQUENCE, tlv(OID, AES256_WRAP)), tlv(OCTETS, wrapped))


ATTRIBUTE = tlv(SEQUENCE, tlv(OID, bytes.fromhex("2a864886f70d010903")), tlv(SET, tlv(OID, DATA)))

VARIANTS: dict[str, dict[str, Any]] = {
    "nonce of 16 bytes": {"nonce": NONCE[:16]},
    "nonce of 8 bytes": {"nonce": NONCE[:8]},
    "nonce of 1 byte": {"nonce": NONCE[:1]},
    "tag of 4 bytes": {"tag_bytes": 4, "icv": integer(4)},
    "tag of 4 bytes that claims 16": {"tag_bytes": 4},
    "tag of 12 bytes": {"tag_bytes": 12, "icv": integer(12)},
    "tag of 12 bytes, the default left out": {"tag_bytes": 12, "icv": b""},
    "tag of 15 bytes": {"tag_bytes": 15, "icv": integer(15)},
    "tag of 16 bytes, its length left out": {"icv": b""},
    "tag of 16 bytes that claims 12": {"icv": integer(12)},
    "tag length in two bytes": {"icv": tlv(INTEGER, b"\0\x10")},
    "tag length negative": {"icv": tlv(INTEGER, b"\xf0")},
    "tag length no integer": {"icv": tlv(OCTETS, b"\x10")},
    "further parameter": {"icv": integer(16) + integer(16)},
    "no recipient": {"recipients": lambda _: b""},
    "two recipients": {"recipients": lambda recipient: recipient + other_recipient()},
    "two recipients, ours second": {"recipients": lambda recipient: other_recipient() + recipient},
    "the recipient twice": {"recipients": lambda recipient: recipient * 2},
    "a recipient that is a number": {"recipients": lambda _: integer(4)},
    "a recipient by password": {"recipient_tag": 0xA3},
    "a recipient by public key": {"recipient_tag": SEQUENCE},
    "version of the recipient": {"kek_version": integer(3)},
    "key id with a date": {"key_id": tlv(SEQUENCE, tlv(OCTETS, ID.value), tlv(0x18, b"20260101000000Z"))},
    "key id with an attribute": {"key_id": tlv(SEQUENCE, tlv(OCTETS, ID.value), tlv(SEQUENCE, tlv(OID, DATA)))},
    "key id of 4 bytes": {"key_id": tlv(SEQUENCE, tlv(OCTETS, ID.value[:4]))},
    "key id of 6 bytes": {"key_id": tlv(SEQUENCE, tlv(OCTETS, ID.value + b"\0"))},
    "key id empty": {"key_id": tlv(SEQUENCE)},
    "key id a number": {"key_id": integer(4)},
    "key wrap of AES-128": {"wrap": tlv(SEQUENCE, tlv(OID, AES128_WRAP))},
    "key wrap with padding": {"wrap": tlv(SEQUENCE, tlv(OID, AES256_WRAP_PAD))},
    "key wrap with a NULL": {"wrap": tlv(SEQUENCE, tlv(OID, AES256_WRAP), tlv(NULL))},
    "content key of 16 bytes": {"wrapped": AES.new(KEY, AES.MODE_KW).seal(CONTENT_KEY[:16])},
    "content key of 40 bytes": {"wrapped": AES.new(KEY, AES.MODE_KW).seal(bytes(40))},
    "wrapped key empty": {"wrapped": b""},
    "EnvelopedData": {"kind": tlv(OID, ENVELOPED_DATA)},
    "no object identifier": {"kind": b""},
    "version": {"version": integer(1)},
    "no version": {"version": b""},
    "version in two bytes": {"version": tlv(INTEGER, b"\0\0")},
    "version empty": {"version": tlv(INTEGER)},
    "originator": {"originator": tlv(0xA0)},
    "other content": {"content_type": tlv(OID, SIGNED_DATA)},
    "AES-128-GCM": {"cipher": tlv(OID, AES128_GCM)},
    "AES-256-CCM": {"cipher": tlv(OID, AES256_CCM)},
    "no content": {"content": lambda _: b""},
    "empty content": {"plain": b""},
    "content in two pieces": {
        "content": lambda text: tlv(0xA0, tlv(OCTETS, text[:100]), tlv(OCTETS, text[100:])),
    },
    "content as an octet string": {"content": lambda text: tlv(OCTETS, text)},
    "content of indefinite length": {"content": lambda text: indefinite(0xA0, tlv(OCTETS, text))},
    "content twice": {"content": lambda text: tlv(0x80, text) * 2},
    "content with a long length": {"content": lambda text: b"\x80\x83" + len(text).to_bytes(3) + text},
    "authenticated attributes": {"attributes": tlv(0xA1, ATTRIBUTE)},
    "unauthenticated attributes": {"tail": tlv(0xA2, ATTRIBUTE)},
    "empty attributes": {"attributes": tlv(0xA1)},
    "further element": {"tail": tlv(NULL)},
    "indefinite length": {"sequence": indefinite},
}


def test_the_independent_encoding_is_the_same() -> None:
    der = Cms().der
    envelope = Envelope.parse(der)
    assert envelope.der == der
    assert envelope.open(Secret(KEY)) == PLAIN
    assert (envelope.id, envelope.nonce) == (ID, NONCE[:12])


@pytest.mark.parametrize("variant", VARIANTS)
def test_any_other_form_is_refused(variant: str) -> None:
    der = Cms(**VARIANTS[variant]).der
    assert der != Cms().der
    with pytest.raises(EnvelopeError) as raised:
        Envelope.parse(der)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ("nonce of 16 bytes", "nonce has 16 bytes where format v1 has 12"),
        ("tag of 4 bytes", "tag has 4 bytes where format v1 has 16"),
        ("tag of 12 bytes, the default left out", "tag has 12 bytes where format v1 has 16"),
        ("content key of 16 bytes", "wrapped key has 24 bytes where format v1 has 40"),
        ("empty content", "empty inside"),
        ("two recipients", "CMS file of another kind"),
        ("AES-128-GCM", "not of the one form"),
    ],
)
def test_what_is_wrong_is_told(variant: str, said: str) -> None:
    with pytest.raises(EnvelopeError, match=said):
        Envelope.parse(Cms(**VARIANTS[variant]).der)


# The round trip


@given(st.binary(min_size=1, max_size=400), st.binary(min_size=32, max_size=32))
def test_seal_and_open(plain: bytes, key: bytes) -> None:
    envelope = seal(plain, Secret(key))
    assert envelope.id == EscrowId.of(Secret(key))
    assert envelope.open(Secret(key)) == plain
    assert Envelope.parse(envelope.der) == envelope
    assert plain not in envelope.der or len(plain) < 4


def test_fresh_unless_told_otherwise() -> None:
    first, second = (seal(PLAIN, Secret(KEY)) for _ in range(2))
    assert first.nonce != second.nonce
    assert first.wrapped != second.wrapped
    assert first.ciphertext != second.ciphertext
    assert sealed() == sealed()


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33, 64])
def test_an_escrow_secret_has_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal(PLAIN, Secret(bytes(length)))


@pytest.mark.parametrize("given_bytes", [0, 8, 11, 13, 16, 24, 31, 33, 64])
def test_a_broken_source_of_randomness_seals_nothing(given_bytes: int) -> None:
    for broken in (12, 32):

        def rng(size: int, broken: int = broken) -> bytes:
            return bytes(given_bytes if size == broken else size)

        with pytest.raises(EscrowError, match=f"gave {given_bytes} bytes where {broken}"):
            seal(PLAIN, Secret(KEY), rng=rng)


def test_sizes() -> None:
    most = MAX_BYTES - OVERHEAD
    envelope = seal(bytes(most), Secret(KEY))
    assert len(envelope.der) == MAX_BYTES
    assert Envelope.parse(envelope.der).open(Secret(KEY)) == bytes(most)
    with pytest.raises(EnvelopeError, match="65537 bytes"):
        seal(bytes(most + 1), Secret(KEY))
    with pytest.raises(EnvelopeError, match="empty"):
        seal(b"", Secret(KEY))


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 10_000_000])
def test_a_file_too_large(size: int) -> None:
    for data in (bytes(size), tlv(SEQUENCE, bytes(size)), Cms(plain=bytes(size)).der):
        with pytest.raises(EnvelopeError, match="65536"):
            Envelope.parse(data)


# Damage


def outcome(der: bytes) -> str | bytes:
    """The plaintext, or the class of the error if it is one of those an envelope may give; any other is raised."""
    try:
        return Envelope.parse(der).open(Secret(KEY))
    except (EnvelopeError, IntegrityError) as error:
        return type(error).__name__


def test_every_bit_of_every_byte_flipped_is_an_error() -> None:
    der = sealed().der
    assert outcome(der) == PLAIN
    for place in range(len(der)):
        for bit in range(8):
            flipped = der[:place] + bytes([der[place] ^ 1 << bit]) + der[place + 1 :]
            assert outcome(flipped) in ("EnvelopeError", "IntegrityError", "TagError"), (place, bit)


def test_every_byte_of_the_parts_replaced_is_noticed_by_the_right_guard() -> None:
    envelope = sealed()
    for part in ("wrapped", "nonce", "ciphertext", "tag"):
        value = getattr(envelope, part)
        for place in range(len(value)):
            changed = value[:place] + bytes([value[place] ^ 0x55]) + value[place + 1 :]
            with pytest.raises(TagError, match="altered"):
                with_part(envelope, part, changed).open(Secret(KEY))
    for place in range(5):
        changed_id = EscrowId(ID.value[:place] + bytes([ID.value[place] ^ 0x55]) + ID.value[place + 1 :])
        with pytest.raises(IntegrityError, match=f"{changed_id}, the sheets to {ID}"):
            replace(envelope, id=changed_id).open(Secret(KEY))


def test_truncated_at_every_length() -> None:
    der = sealed().der
    for length in range(len(der)):
        with pytest.raises(EnvelopeError):
            Envelope.parse(der[:length])
    with pytest.raises(EnvelopeError, match="cut off"):
        Envelope.parse(der[:-1])


@pytest.mark.parametrize("tail", [b"\0", b"\n", b"\0\0", b"\xff" * 100])
def test_trailing_bytes(tail: bytes) -> None:
    with pytest.raises(EnvelopeError, match="further bytes"):
        Envelope.parse(sealed().der + tail)
    with pytest.raises(EnvelopeError, match="further bytes"):
        Envelope.parse(sealed().der * 2)


Node = tuple[int, "bytes | list[Node]"]


def tree(der: bytes) -> list[Node]:
    """The elements of some DER, constructed ones opened."""
    nodes: list[Node] = []
    while der:
        head, size = 2, der[1]
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(der[2:head])
        content = der[head : head + size]
        nodes.append((der[0], tree(content) if der[0] & 0x20 else content))
        der = der[head + size :]
    return nodes


def flat(nodes: list[Node]) -> bytes:
    return b"".join(tlv(tag, content if isinstance(content, bytes) else flat(content)) for tag, content in nodes)


def mutations(nodes: list[Node]) -> Iterator[list[Node]]:
    """The elements with one of them, at any depth, left out, doubled, retagged, emptied, lengthened or replaced."""
    for place, (tag, content) in enumerate(nodes):
        before, after = nodes[:place], nodes[place + 1 :]
        raw = content if isinstance(content, bytes) else flat(content)
        yield before + after
        yield [*before, nodes[place], *nodes[place:]]
        for other in range(256):
            if other != tag and other & 0x1F != 0x1F:
                yield [*before, (other, raw), *after]
        for other_raw in (b"", raw + b"\0", b"\0" + raw, raw[1:], raw[:-1], tlv(tag, raw), raw * 2):
            if other_raw != raw:
                yield [*before, (tag, other_raw), *after]
        if not isinstance(content, bytes):
            for inner in mutations(content):
                yield [*before, (tag, inner), *after]


def test_every_element_changed_with_all_lengths_put_right() -> None:
    der = sealed().der
    assert flat(tree(der)) == der
    seen = 0
    for changed in mutations(tree(der)):
        mutant = flat(changed)
        if mutant != der:
            assert outcome(mutant) in ("EnvelopeError", "IntegrityError", "TagError"), mutant.hex()
            seen += 1
    assert seen > 5000


@given(st.binary(max_size=300))
def test_any_bytes_are_an_error(data: bytes) -> None:
    for der in (data, tlv(SEQUENCE, data), tlv(SEQUENCE, tlv(OID, AUTH_ENVELOPED_DATA), tlv(0xA0, data))):
        with pytest.raises(EnvelopeError):
            Envelope.parse(der)


@given(st.data())
def test_any_piece_replaced_by_any_bytes_is_an_error(data: st.DataObject) -> None:
    der = sealed().der
    start = data.draw(st.integers(0, len(der)))
    end = data.draw(st.integers(start, min(len(der), start + 40)))
    mutant = der[:start] + data.draw(st.binary(max_size=40)) + der[end:]
    assert mutant == der or isinstance(outcome(mutant), str)


def test_files_of_other_kinds() -> None:
    pem = b"-----BEGIN CMS-----\n" + base64.encodebytes(sealed().der) + b"-----END CMS-----\n"
    for data in (b"", b"0", b"0\x82", pem, b"PK\3\4" + bytes(100), b"%PDF-1.7\n", bytes(1000)):
        with pytest.raises(EnvelopeError):
            Envelope.parse(data)


# Parts that do not belong together


def test_another_secret() -> None:
    with pytest.raises(IntegrityError, match="belongs to escrow"):
        sealed().open(Secret(bytes(32)))


def test_an_envelope_that_claims_the_id_of_another_secret() -> None:
    other = Secret(bytes(32))
    with pytest.raises(TagError):
        replace(sealed(), id=EscrowId.of(other)).open(other)


def test_parts_of_two_envelopes_of_one_secret() -> None:
    first, second = seal(PLAIN, Secret(KEY)), seal(PLAIN, Secret(KEY))
    for part in ("wrapped", "nonce", "ciphertext", "tag"):
        with pytest.raises(TagError):
            with_part(first, part, getattr(second, part)).open(Secret(KEY))


@pytest.mark.parametrize("length", [0, 16, 20, 24, 31, 33])
def test_a_secret_of_another_length_opens_nothing(length: int) -> None:
    short = Secret(KEY[:length].ljust(length, b"\0"))
    with pytest.raises(IntegrityError):
        sealed().open(short)
    with pytest.raises(IntegrityError):
        replace(sealed(), id=EscrowId.of(short)).open(short)


def test_errors_hold_no_secret() -> None:
    for changed in (replace(sealed(), tag=bytes(16)), replace(sealed(), wrapped=bytes(40))):
        with pytest.raises(TagError) as raised:
            changed.open(Secret(KEY))
        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__
        assert KEY.hex() not in raised.value.message + raised.value.hint


@pytest.mark.parametrize(
    ("name", "size"), [("wrapped", 39), ("wrapped", 48), ("nonce", 11), ("nonce", 16), ("tag", 4), ("tag", 12)]
)
def test_an_envelope_of_wrong_parts_cannot_exist(name: str, size: int) -> None:
    with pytest.raises(EnvelopeError, match=f"has {size} bytes"):
        with_part(sealed(), name, bytes(size))


# The length that DER begins with


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 2700, 65535])
def test_length_from_the_first_four_bytes(size: int) -> None:
    der = tlv(SEQUENCE, bytes(size))
    if len(der) >= 4:
        assert der_length(der[:4]) == len(der)
        assert der_length(der) == len(der)
    else:
        assert der_length(der) is None


@pytest.mark.parametrize("start", ["", "30", "308201", "30800000", "30830100", "31820100", "04820100", "30ff0000"])
def test_no_length(start: str) -> None:
    assert der_length(bytes.fromhex(start)) is None


# openssl


def openssl(path: str, *arguments: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([path, "cms", *arguments], input=given, capture_output=True, check=False)


def test_openssl_opens_envelopes_of_every_remainder(program: Callable[[str], str], tmp_path: Path) -> None:
    # 80 lengths: every length modulo the cipher's 16 with every remainder of bytes in base32's groups of 5.
    remainders = set()
    for length in range(1, 81):
        plain = PLAIN[:length]
        envelope = seal(plain, Secret(KEY))
        remainders.add((length % 16, len(envelope.der) % 5))
        codes = encode_envelope_codes(envelope.id, envelope.der)
        assert join_envelope_codes([EnvelopePart.parse(code) for code in codes]) == envelope.der
        text = "".join(code.split(" ")[3] for code in codes)
        padded = text + "=" * (-len(text) % 8)
        decoded = subprocess.run([program("base32"), "-d"], input=padded.encode(), capture_output=True, check=True)
        path = tmp_path / "envelope.cms"
        path.write_bytes(decoded.stdout)
        command = ("-decrypt", "-binary", "-inform", "DER", "-in", str(path), "-secretkey", KEY.hex())
        done = openssl(program("openssl"), *command, given=b"")
        assert (done.returncode, done.stdout) == (0, plain)
    assert len(remainders) == 80


def test_openssl_finds_the_key_id(program: Callable[[str], str]) -> None:
    command = ("-decrypt", "-binary", "-inform", "DER", "-secretkey", KEY.hex(), "-secretkeyid")
    assert openssl(program("openssl"), *command, ID.value.hex(), given=sealed().der).stdout == PLAIN
    assert openssl(program("openssl"), *command, "0000000000", given=sealed().der).returncode != 0


ENCRYPT = ("-encrypt", "-binary", "-outform", "DER", "-secretkey", KEY.hex(), "-secretkeyid", ID.value.hex())


def test_an_envelope_that_openssl_made_is_read(program: Callable[[str], str]) -> None:
    for length in (1, 15, 16, 17, 127, 128, 255, 256, 300):
        made = openssl(program("openssl"), *ENCRYPT, "-aes-256-gcm", given=PLAIN[:length]).stdout
        envelope = Envelope.parse(made)
        assert envelope.id == ID
        assert envelope.der == made
        assert envelope.open(Secret(KEY)) == PLAIN[:length]


@pytest.mark.parametrize(
    "changed",
    [
        ("-aes-256-gcm", "-stream"),
        ("-aes-128-gcm",),
        ("-aes-192-gcm",),
        ("-aes-256-cbc",),
    ],
)
def test_other_forms_that_openssl_makes_are_refused(changed: tuple[str, ...], program: Callable[[str], str]) -> None:
    made = openssl(program("openssl"), *ENCRYPT, *changed, given=PLAIN)
    assert made.returncode == 0
    assert len(made.stdout) > len(PLAIN)
    with pytest.raises(EnvelopeError):
        Envelope.parse(made.stdout)

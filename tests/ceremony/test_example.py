"""The worked example: each of its values calculated again: recover.py, the library, foreign programs, openssl."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import hmac
import io
import itertools
import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import rootescrow
from rootescrow.ceremony.example import (
    DIGEST_X,
    DRAWN,
    FIELDS,
    KEY,
    PASSPHRASE,
    POLICY,
    SECRET_X,
    SEED,
    Points,
    der_rows,
    fields,
    fixed,
    generators,
    numbers,
    worked,
)
from rootescrow.ceremony.papers.booklet_example import ENVELOPE_PARTS, KEY_PARTS
from rootescrow.envelope import Envelope
from rootescrow.keys import EncryptedKey
from rootescrow.secret import Secret
from rootescrow.shamir import Share, combine
from rootescrow.shamir.words import WORDS
from tests.shamir.test_oracles import command
from tests.support import noise

EXAMPLE = worked(fixed())
SCRIPT = Path(rootescrow.__file__).parent / "standalone" / "recover.py"
THEIRS = runpy.run_path(str(SCRIPT))
"""The functions of recover.py, which shares no code with the library."""


def shares_typed() -> list[str]:
    return [share.text for group in EXAMPLE.shares for share in group]


def times(one: int, other: int) -> int:
    """A product in GF(256) as at school: bit by bit, and no table."""
    product = 0
    for bit in range(8):
        product ^= (one << bit) * (other >> bit & 1)
    for bit in range(14, 7, -1):
        product ^= (0x11B << bit - 8) * (product >> bit & 1)
    return product


def test_what_was_drawn_is_what_the_page_says() -> None:
    for number, (name, data) in enumerate(EXAMPLE.drawn.items(), 1):
        assert data == hashlib.sha256(f"{SEED} {number}".encode()).digest()[: len(data)], name
    assert tuple(EXAMPLE.drawn) == DRAWN
    drawn = EXAMPLE.drawn
    assert drawn["secret"] == EXAMPLE.secret
    assert drawn["content"] == EXAMPLE.content_key
    assert drawn["nonce"] == EXAMPLE.escrow.envelope.nonce
    assert drawn["top"] == EXAMPLE.top.digest[4:]
    assert [drawn["board"], drawn["arbitration"]] == [group.digest[4:] for group in EXAMPLE.groups]
    assert drawn["first"] == EXAMPLE.escrow.shares[0][0].value
    assert drawn["salt"] in EXAMPLE.escrow.encrypted.der
    assert drawn["iv"] in EXAMPLE.escrow.encrypted.der


def test_it_is_the_same_each_time_and_another_with_other_randomness() -> None:
    assert worked(fixed()) == EXAMPLE
    other = worked(noise(1))
    assert other.secret == other.drawn["secret"] != EXAMPLE.secret
    assert other.opened == other.escrow.encrypted.der


def test_numbers_and_fields() -> None:
    assert sum(FIELDS.values()) == 330
    for group in EXAMPLE.escrow.shares:
        for share in group:
            assert [WORDS[number] for number in numbers(share)] == list(share.words)
            assert THEIRS["rs1024"](list(numbers(share))) == 1
            read = THEIRS["read_share"](list(numbers(share)))
            found = dict(fields(share))
            assert (found["id"], found["Gt"] + 1, found["g"] + 1) == read.set
            assert (found["GI"], found["I"], found["t"] + 1) == (read.group, read.member, read.threshold)
            assert found["ps"].to_bytes(32) == read.value == share.value
            assert (found["ext"], found["e"]) == (1, 0)
            assert found["C"] == functools.reduce(lambda all_, one: all_ << 10 | one, numbers(share)[-3:])


def test_the_generators_of_the_checksum_are_those_of_recover_py() -> None:
    source = SCRIPT.read_text("ascii")
    for generator in generators():
        assert f"0x{generator:X}" in source
    assert len(set(generators())) == 10


@pytest.mark.parametrize("points", [*EXAMPLE.groups, EXAMPLE.top])
def test_interpolation(points: Points) -> None:
    given = dict(zip(points.places, points.values, strict=True))
    for x, factors, value in (
        (SECRET_X, points.secret_factors, points.secret),
        (DIGEST_X, points.digest_factors, points.digest),
    ):
        assert THEIRS["interpolate"](given, x) == value
        pairs = zip(factors, points.values, strict=True)
        products = [bytes(times(factor, byte) for byte in one) for factor, one in pairs]
        assert functools.reduce(lambda a, b: bytes(map(int.__xor__, a, b)), products) == value
        for place, factor in zip(points.places, factors, strict=True):
            others = [other for other in points.places if other != place]
            above = functools.reduce(times, (x ^ other for other in others))
            assert times(factor, functools.reduce(times, (place ^ other for other in others))) == above
    assert points.mac == hmac.new(points.digest[4:], points.secret, "sha256").digest()
    assert points.mac[:4] == points.digest[:4]
    assert THEIRS["combine"](given) == points.secret


def test_the_rounds_lead_from_one_to_the_next() -> None:
    assert [turn.number for turn in EXAMPLE.rounds] == [3, 2, 1, 0]
    assert EXAMPLE.rounds[0].left + EXAMPLE.rounds[0].right == EXAMPLE.top.secret
    for before, after in itertools.pairwise(EXAMPLE.rounds):
        assert after.left == before.right
        assert int.from_bytes(after.right) == int.from_bytes(before.left) ^ int.from_bytes(before.mask)
    ((identifier, secret, _),) = THEIRS["secrets"]([THEIRS["read_share"](list(numbers(s))) for s in every()])
    assert (identifier, secret) == (EXAMPLE.escrow.id.value, EXAMPLE.secret)


def every() -> list[Share]:
    return [share for group in EXAMPLE.escrow.shares for share in group]


def test_the_library_comes_to_the_same() -> None:
    assert bytes(combine([share for group in EXAMPLE.shares for share in group]).reveal()) == EXAMPLE.secret
    envelope = Envelope.parse(EXAMPLE.escrow.envelope.der)
    assert envelope.id.value == EXAMPLE.id_mac[:5]
    assert envelope.open(Secret(EXAMPLE.secret)) == EXAMPLE.opened == EXAMPLE.escrow.encrypted.der
    key = EncryptedKey.parse(EXAMPLE.opened).decrypt(PASSPHRASE)
    assert bytes(key.pkcs8.reveal()) == KEY
    assert key.fingerprint == EXAMPLE.public_key
    assert EXAMPLE.padded == KEY + bytes([64 - len(KEY)]) * (64 - len(KEY))


def test_recover_py_comes_to_the_same_on_the_way() -> None:
    _, wrapped, nonce, sealed, tag = THEIRS["read_envelope"](EXAMPLE.escrow.envelope.der)
    keys = THEIRS["round_keys"](EXAMPLE.secret)
    for step in EXAMPLE.unwrapping:
        assert THEIRS["aes"](keys, step.block, inverse=True) == step.plain
    assert EXAMPLE.unwrapping[-1].plain[:8] == b"\xa6" * 8
    assert THEIRS["unwrap"](EXAMPLE.secret, wrapped) == EXAMPLE.content_key
    sealing, keys = EXAMPLE.sealing, THEIRS["round_keys"](EXAMPLE.content_key)
    assert sealing.first_counter == nonce + b"\0\0\0\1"
    blocks = (bytes(16), sealing.first_counter, nonce + b"\0\0\0\2")
    assert [THEIRS["aes"](keys, block) for block in blocks] == [sealing.hash_key, sealing.tag_mask, sealing.stream]
    assert bytes(map(int.__xor__, sealing.hash, sealing.tag_mask)) == tag
    assert bytes(map(int.__xor__, sealing.stream, sealed[:16])) == EXAMPLE.opened[:16]
    assert THEIRS["gcm_decrypt"](EXAMPLE.content_key, nonce, sealed, tag) == EXAMPLE.opened
    assert THEIRS["open_key"](EXAMPLE.opened, PASSPHRASE.encode()) == KEY
    assert EXAMPLE.cipher_key == hashlib.scrypt(
        PASSPHRASE.encode(), salt=EXAMPLE.drawn["salt"], n=16384, r=8, p=5, maxmem=2**26, dklen=32
    )


def test_the_first_hash_is_a_product_in_the_field_of_gcm() -> None:
    """As polynomials of school, the first bit of a block being the coefficient of x^0."""

    def polynomial(block: bytes) -> int:
        return int(f"{int.from_bytes(block):0128b}"[::-1], 2)

    one, other = polynomial(EXAMPLE.escrow.envelope.ciphertext[:16]), polynomial(EXAMPLE.sealing.hash_key)
    product = functools.reduce(int.__xor__, (one << bit for bit in range(128) if other >> bit & 1))
    for bit in range(product.bit_length() - 1, 127, -1):
        product ^= (1 << 128 | 0b10000111) << bit - 128 if product >> bit & 1 else 0
    assert polynomial(EXAMPLE.sealing.first_hash) == product


def test_every_quorum_gives_the_secret() -> None:
    board, arbitration = EXAMPLE.escrow.shares
    assert str(POLICY) == "any 3 of the 4 Board sheets and all 2 Arbitration sheets"
    assert (len(board), len(arbitration)) == (4, 2)
    for three in itertools.combinations(board, 3):
        assert bytes(combine([*three, *arbitration]).reveal()) == EXAMPLE.secret


@pytest.mark.parametrize("name", ["shamir-mnemonic", "bip39-slip39", "npm-slip39"])
def test_foreign_programs_come_to_the_same(
    name: str, oracle: Callable[[str], Path], program: Callable[[str], str]
) -> None:
    question = json.dumps({"combine": shares_typed(), "passphrase": ""}) + "\n"
    driver = command(name, oracle, program)
    done = subprocess.run(driver, input=question, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"secret": EXAMPLE.secret.hex()}


def test_openssl_comes_to_the_same(tmp_path: Path, program: Callable[[str], str]) -> None:
    envelope, key = tmp_path / "envelope.cms", tmp_path / "key.p8"
    envelope.write_bytes(EXAMPLE.escrow.envelope.der)
    openssl = program("openssl")
    opening = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", envelope, "-secretkey", EXAMPLE.secret.hex()]
    subprocess.run([openssl, *map(str, opening), "-out", str(key)], check=True, capture_output=True)
    assert key.read_bytes() == EXAMPLE.opened
    showing = [openssl, "pkey", "-in", str(key), "-inform", "DER", "-passin", f"pass:{PASSPHRASE}"]
    public = subprocess.run([*showing, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    assert hashlib.sha256(public).digest() == EXAMPLE.public_key


@pytest.mark.parametrize("way", ["envelope", "code", "lines"])
def test_recover_py_recovers_it(way: str, tmp_path: Path) -> None:
    """As a stranger would who tries the booklet: the words, the envelope in one of its three forms, the passphrase."""
    out = tmp_path / "key.pem"
    given, words = tmp_path / "given", tmp_path / "words.txt"
    texts = {"code": EXAMPLE.codes, "lines": (str(EXAMPLE.escrow.id), *EXAMPLE.lines)}
    given.write_bytes(EXAMPLE.escrow.envelope.der if way == "envelope" else "\n".join(texts[way]).encode())
    words.write_text("\n".join(shares_typed()))
    before = sys.stdin
    try:
        sys.stdin = io.StringIO(f"{PASSPHRASE}\n")
        with contextlib.redirect_stdout(io.StringIO()) as said:
            status = THEIRS["main"](["--out", str(out), str(given), str(words)])
    finally:
        sys.stdin = before
    assert status == 0, said.getvalue()
    assert out.read_text() == EXAMPLE.escrow.encrypted.pem()
    assert "It opens the key" in said.getvalue()


@pytest.mark.parametrize(
    ("der", "parts"), [(EXAMPLE.escrow.envelope.der, ENVELOPE_PARTS), (EXAMPLE.escrow.encrypted.der, KEY_PARTS)]
)
def test_every_byte_of_der_is_in_one_row(der: bytes, parts: tuple[str, ...]) -> None:
    rows = list(der_rows(der))
    assert b"".join(data for _, data in rows) == der
    assert len(rows) == len(parts)
    for (_, data), part in zip(rows, parts, strict=True):
        kind = {0x30: "SEQUENCE", 0x31: "SET", 0xA0: "[0]", 0xA2: "[2]", 0x80: "[0]"}.get(data[0], "")
        assert part.startswith(kind), part
        for oid in (word for word in part.split() if word.count(".") > 4):
            first, second, *others = map(int, oid.split("."))
            body = bytes([40 * first + second]) + b"".join(map(base128, others))
            assert data == bytes([6, len(body)]) + body


def base128(number: int) -> bytes:
    """A number of an object identifier (X.690, 8.19)."""
    digits = [number & 127]
    while number := number >> 7:
        digits.append(number & 127 | 128)
    return bytes(reversed(digits))

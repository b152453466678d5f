"""What a key derivation costs: the floor under what is kept, the ceiling over what is tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import KeyFormatError
from rootescrow.keys.kdf import (
    DEFAULT_COST,
    MAX_ITERATIONS,
    MAX_MEMORY,
    MAX_SCRYPT_WORK,
    OPENSSL_SCRYPT_MEMORY,
    Iterated,
    Kdf,
    Scrypt,
    parse_kdf,
)
from rootescrow.passphrase import Passphrase


def test_the_cost_of_format_v1() -> None:
    assert Scrypt() == DEFAULT_COST == Scrypt(2**14, 8, 80)
    assert str(DEFAULT_COST) == "scrypt N=16384 r=8 p=80"
    assert (DEFAULT_COST.name, DEFAULT_COST.parameters) == ("scrypt", {"N": 16384, "r": 8, "p": 80})
    assert DEFAULT_COST.memory < OPENSSL_SCRYPT_MEMORY
    assert not DEFAULT_COST.weakness
    DEFAULT_COST.check()


@pytest.mark.parametrize(
    ("kdf", "words"),
    [
        (Scrypt(2**14, 8, 5), ""),
        (Scrypt(2**14, 15, 5), ""),
        (Scrypt(2**14, 8, 4), "below OWASP's floor"),
        (Scrypt(2**14, 8, 1), "below OWASP's floor"),
        (Scrypt(2**13, 8, 10), "below OWASP's floor"),
        (Scrypt(2**14, 7, 80), "below OWASP's floor"),
        (Scrypt(2**14, 16, 5), "32 MiB"),
        (Scrypt(2**15, 8, 5), "32 MiB"),
        (Scrypt(2**17, 8, 1), "32 MiB"),
        (Iterated("PBKDF2 HMAC-SHA256", 600_000), ""),
        (Iterated("PBKDF2 HMAC-SHA256", 599_999), "below OWASP's floor, 600,000"),
        (Iterated("PBKDF2 HMAC-SHA512", 210_000), ""),
        (Iterated("PBKDF2 HMAC-SHA512", 209_999), "below OWASP's floor, 210,000"),
        (Iterated("PBKDF2 HMAC-SHA1", 5_000_000), "out of date"),
        (Iterated("PBKDF1 MD5", 5_000_000), "out of date"),
    ],
    ids=str,
)
def test_what_is_kept_and_what_is_encrypted_anew(kdf: Kdf, words: str) -> None:
    assert words in str(kdf.weakness or "")
    assert bool(words) == bool(kdf.weakness)
    kdf.check()


@pytest.mark.parametrize(
    ("kdf", "words"),
    [
        (Scrypt(2**20, 8, 1), ""),
        (Scrypt(2**33, 8, 1), "8,388,608 MiB of memory"),
        (Scrypt(2**30, 2, 1), "262,144 MiB of memory"),
        (Scrypt(2**10, 2**18, 1), "of memory"),
        (Scrypt(2, 1, 2**29), "of memory"),
        (Scrypt(2**14, 8, 2**10), ""),
        (Scrypt(2**14, 8, 2**10 + 1), "N·r·p"),
        (Iterated("PBKDF2 HMAC-SHA256", MAX_ITERATIONS), ""),
        (Iterated("PBKDF2 HMAC-SHA256", MAX_ITERATIONS + 1), "10,000,001 iterations"),
        (Iterated("PKCS#12 SHA1", 2**63), "iterations"),
    ],
    ids=str,
)
def test_what_is_too_costly_to_try(kdf: Kdf, words: str) -> None:
    if not words:
        kdf.check()
        return
    with pytest.raises(KeyFormatError) as caught:
        kdf.check()
    assert words in caught.value.message
    assert "limit" in caught.value.message
    assert caught.value.hint


def test_the_ceiling_lies_above_what_is_kept() -> None:
    assert MAX_MEMORY > OPENSSL_SCRYPT_MEMORY
    assert 10 * DEFAULT_COST.n * DEFAULT_COST.r * DEFAULT_COST.p < MAX_SCRYPT_WORK


@pytest.mark.parametrize(
    "parameters",
    [
        (0, 8, 1),
        (1, 8, 1),
        (3, 8, 1),
        (-4, 8, 1),
        (16, 0, 1),
        (16, 8, 0),
        (16, -8, 1),
        (2**16, 1, 1),
        (16, 2**15, 2**15),
        (2**64, 8, 1),
        (16, 1 << 400_000, 1),
        (1 << 400_000, 8, 1),
    ],
    ids=range(12),
)
def test_impossible_parameters(parameters: tuple[int, int, int]) -> None:
    with pytest.raises(KeyFormatError, match="RFC 7914"):
        Scrypt(*parameters)


@pytest.mark.parametrize("count", [0, -1, 2**64, 1 << 400_000], ids=range(4))
def test_impossible_iterations(count: int) -> None:
    with pytest.raises(KeyFormatError, match="impossible"):
        Iterated("PBKDF2 HMAC-SHA256", count)


@pytest.mark.parametrize(
    ("word", "salt", "cost", "start"),
    [
        ("password", b"NaCl", Scrypt(1024, 8, 16), "fdbabe1c9d347200"),
        ("pleaseletmein", b"SodiumChloride", Scrypt(16384, 8, 1), "7023bdcb3afd7348"),
    ],
)
def test_scrypt_of_rfc_7914(word: str, salt: bytes, cost: Scrypt, start: str) -> None:
    assert cost.derive(Passphrase.from_text(word), salt, 64)[:8].hex() == start


NAMES = st.sampled_from(
    ["PBKDF2 HMAC-SHA1", "PBKDF2 HMAC-SHA256", "PBKDF2 HMAC-SHA512", "PBKDF1 MD5", "PBKDF1 SHA1", "PKCS#12 SHA1"]
)
SCRYPTS = st.builds(
    lambda bits, r, p: Scrypt(2**bits, r, p), st.integers(1, 63), st.integers(8, 1000), st.integers(1, 1000)
)


@given(SCRYPTS | st.builds(Iterated, NAMES, st.integers(1, 2**64 - 1)))
def test_what_a_record_says_of_it_is_read_back(kdf: Kdf) -> None:
    assert parse_kdf(str(kdf)) == kdf


@pytest.mark.parametrize(
    "text",
    [
        "",
        "scrypt",
        "scrypt N=16384 r=8",
        "scrypt N=16384 r=8 p=80 ",
        "scrypt N=016384 r=8 p=80",
        "scrypt N=16383 r=8 p=80",
        "scrypt N=16384 r=8 p=0",
        "scrypt N=\u0661 r=8 p=80",
        f"scrypt N={2**64} r=8 p=80",
        "scrypt N=" + "9" * 400 + " r=8 p=80",
        "PBKDF2 HMAC-SHA256, 600000 iterations",
        "PBKDF2 HMAC-SHA256, 600,000 iterations\n",
        "PBKDF2 HMAC-SHA256, 6,00,000 iterations",
        "PBKDF2 HMAC-SHA256, , iterations",
        "PBKDF2 HMAC-SHA256, 0 iterations",
        "PBKDF2, 600,000 iterations",
        "Argon2id m=65536, 3 iterations",
    ],
)
def test_a_text_that_names_no_key_derivation(text: str) -> None:
    assert parse_kdf(text) is None


@given(st.text(max_size=60) | st.from_regex(r"(scrypt N=|PBKDF2 X, )[0-9,]+( r=[0-9]+ p=[0-9]+| iterations)"))
def test_any_text_is_read_or_is_none(text: str) -> None:
    read = parse_kdf(text)
    assert read is None or str(read) == text

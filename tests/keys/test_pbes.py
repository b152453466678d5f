"""PKCS#8 under a passphrase: openssl opens ours, we open openssl's, and damage is noticed."""

from __future__ import annotations

import pytest
from Crypto.IO import PKCS8
from Crypto.Util.asn1 import DerNull, DerObjectId, DerOctetString, DerSequence
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import EscrowError, KeyFormatError, UsageError, WrongPassphraseError
from rootescrow.keys.der import Der
from rootescrow.keys.kdf import Iterated, Scrypt
from rootescrow.keys.pbes import Protection, encrypt
from rootescrow.passphrase import Passphrase
from rootescrow.secret import Secret

from .support import CHEAP, MD5_DES, RFC_7914, RFC_8410_V1, WORD, Openssl, der_of, pem_of

PBES2, PBKDF2, SCRYPT = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "1.3.6.1.4.1.11591.4.11"
AES_256 = "2.16.840.1.101.3.4.1.42"
SHA_256 = "1.2.840.113549.2.9"
WORDS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40)


def enciphered(plain: bytes, word: str = WORD, cost: Scrypt = CHEAP) -> bytes:
    return encrypt(Secret(plain), Passphrase.from_text(word), cost=cost)


def opened(der: bytes, word: str = WORD) -> bytes:
    return bytes(Protection.parse(der).decrypt(Passphrase.from_text(word)).reveal())


def assembled(kdf: DerSequence, cipher: DerSequence, ciphertext: bytes = bytes(16), scheme: str = PBES2) -> bytes:
    """An EncryptedPrivateKeyInfo of any parameters."""
    algorithm = DerSequence([DerObjectId(scheme), DerSequence([kdf, cipher])])
    return DerSequence([algorithm, DerOctetString(ciphertext)]).encode()


def kdf_of(oid: str, *parameters: int | DerSequence, salt: bytes = bytes(16)) -> DerSequence:
    return DerSequence([DerObjectId(oid), DerSequence([DerOctetString(salt), *parameters])])


def cipher_of(oid: str = AES_256, iv: int = 16) -> DerSequence:
    return DerSequence([DerObjectId(oid), DerOctetString(bytes(iv))])


def prf(oid: str) -> DerSequence:
    return DerSequence([DerObjectId(oid), DerNull()])


@given(st.binary(max_size=200), WORDS)
def test_what_is_encrypted_is_decrypted(plain: bytes, word: str) -> None:
    assert opened(enciphered(plain, word), word) == plain


@given(st.binary(min_size=40, max_size=80), WORDS, WORDS)
def test_a_wrong_passphrase_never_gives_the_key(plain: bytes, right: str, wrong: str) -> None:
    try:
        found = opened(enciphered(plain, right), wrong)
    except WrongPassphraseError:
        assert right != wrong
    else:
        assert (found == plain) == (right == wrong)


@pytest.fixture(scope="module")
def full() -> bytes:
    """The key of RFC 8410, encrypted as in earnest."""
    return encrypt(Secret(der_of(RFC_8410_V1)), Passphrase.from_text(WORD))


def test_the_form_that_is_written(full: bytes) -> None:
    protection = Protection.parse(full)
    assert protection.kdf == Scrypt(2**14, 8, 80)
    assert protection.cipher == "AES-256-CBC"
    assert len(protection.salt) == 16
    assert protection.weakness == ""
    outer = Der(full).sequence(0)
    assert outer.oid(0) == PBES2
    assert outer.sequence(1).sequence(0).oid(0) == SCRYPT
    assert outer.sequence(1).sequence(0).sequence(1).shape == "oiii"


def test_salt_and_iv_are_fresh_and_from_the_generator() -> None:
    assert enciphered(b"key") != enciphered(b"key")
    asked: list[int] = []

    def rng(size: int) -> bytes:
        asked.append(size)
        return bytes([len(asked)]) * size

    protection = Protection.parse(encrypt(Secret(b"key"), Passphrase.from_text(WORD), cost=CHEAP, rng=rng))
    assert asked == [16, 16]
    assert (protection.salt, protection.iv) == (b"\1" * 16, b"\2" * 16)


def test_openssl_opens_ours_at_its_full_cost(openssl: Openssl, full: bytes) -> None:
    assert openssl.decrypt(pem_of(full, "ENCRYPTED PRIVATE KEY")) == der_of(RFC_8410_V1)


@pytest.mark.parametrize(("cost", "opens"), [(Scrypt(2**14, 15, 1), True), (Scrypt(2**14, 16, 1), False)])
def test_openssls_memory_limit_is_where_we_think(openssl: Openssl, cost: Scrypt, opens: bool) -> None:
    plain = der_of(openssl.key("Ed25519"))
    wrapped = PKCS8.wrap(
        Der(plain).octets(2),
        "1.3.101.112",
        WORD,
        "scryptAndAES256-CBC",
        {"iteration_count": cost.n, "block_size": cost.r, "parallelization": cost.p},
        key_params=None,
    )
    done = openssl.run("pkey", "-inform", "DER", "-passin", f"pass:{WORD}", "-outform", "DER", stdin=wrapped)
    assert (done.returncode == 0) is opens
    assert ("32 MiB" in Protection.parse(wrapped).weakness) is not opens
    assert opened(wrapped) == plain
    if not opens:
        with pytest.raises(UsageError, match="openssl"):
            enciphered(plain, cost=cost)


@pytest.mark.parametrize(
    ("arguments", "kdf", "reason"),
    [
        (["-scrypt"], "scrypt N=16384 r=8 p=1", "below OWASP's floor"),
        (["-scrypt", "-scrypt_p", "5"], "scrypt N=16384 r=8 p=5", ""),
        (["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"], "PBKDF2 HMAC-SHA256, 2,048 iterations", "below"),
        (
            ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "600000"],
            "PBKDF2 HMAC-SHA256, 600,000 iterations",
            "",
        ),
        (
            ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512", "-iter", "210000"],
            "PBKDF2 HMAC-SHA512, 210,000 iterations",
            "",
        ),
        (["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA384"], "PBKDF2 HMAC-SHA384, 2,048 iterations", "out of date"),
        (["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA224"], "PBKDF2 HMAC-SHA224, 2,048 iterations", "out of date"),
        (["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"], "PBKDF2 HMAC-SHA1, 2,048 iterations", "out of date"),
        (["-v2", "aes-128-cbc", "-iter", "600000"], "PBKDF2 HMAC-SHA256, 600,000 iterations", "AES-128-CBC"),
        (["-v2", "aes-192-cbc", "-iter", "600000"], "PBKDF2 HMAC-SHA256, 600,000 iterations", "AES-192-CBC"),
        (["-v2", "des3", "-iter", "600000"], "PBKDF2 HMAC-SHA256, 600,000 iterations", "DES-EDE3-CBC"),
        (["-v1", "PBE-SHA1-3DES"], "PKCS#12 SHA1, 2,048 iterations", "out of date"),
    ],
    ids=" ".join,
)
def test_we_open_openssls(openssl: Openssl, arguments: list[str], kdf: str, reason: str) -> None:
    plain = der_of(openssl.key("Ed25519"))
    protection = Protection.parse(der_of(openssl.encrypt(openssl.key("Ed25519"), *arguments)))
    assert str(protection.kdf) == kdf
    assert reason in protection.weakness
    assert bool(reason) == bool(protection.weakness)
    assert bytes(protection.decrypt(Passphrase.from_text(WORD)).reveal()) == plain


@pytest.mark.parametrize("length", [1, 2, 31, 32, 33, 63, 64, 65])
def test_the_pkcs12_derivation_with_words_of_any_length(openssl: Openssl, length: int) -> None:
    word = ("abcdefghij" * 7)[:length]
    der = der_of(openssl.encrypt(openssl.key("P-256"), "-v1", "PBE-SHA1-3DES", word=word))
    assert opened(der, word) == der_of(openssl.key("P-256"))


def test_pbes1_of_openssl() -> None:
    protection = Protection.parse(der_of(MD5_DES))
    assert str(protection.kdf) == "PBKDF1 MD5, 2,048 iterations"
    assert protection.weakness == "its encryption, PBKDF1 MD5 with DES-CBC, is out of date"
    assert Der(opened(der_of(MD5_DES), "abc")).sequence(1).oid(0) == "1.3.101.112"
    with pytest.raises(WrongPassphraseError):
        opened(der_of(MD5_DES), "abd")


def test_the_vector_of_rfc_7914() -> None:
    protection = Protection.parse(der_of(RFC_7914))
    assert (protection.kdf, protection.salt) == (Scrypt(2**20, 8, 1), b"Mouse")
    assert protection.weakness == "its salt has 5 bytes, fewer than 8"
    plain = Der(opened(der_of(RFC_7914), "Rabbit"))
    assert (plain.shape, plain.sequence(1).oid(1)) == ("iso", "1.2.840.10045.3.1.7")


def test_a_stated_key_length_must_be_the_ciphers() -> None:
    for parameters in ((SCRYPT, 16, 8, 1, 32), (PBKDF2, 1000, 32), (PBKDF2, 1000, 32, prf(SHA_256))):
        Protection.parse(assembled(kdf_of(*parameters), cipher_of()))
    for parameters in ((SCRYPT, 16, 8, 1, 16), (PBKDF2, 1000, 24), (PBKDF2, 1000, 0, prf(SHA_256))):
        with pytest.raises(KeyFormatError, match="wrong length for AES-256-CBC"):
            Protection.parse(assembled(kdf_of(*parameters), cipher_of()))


def test_pbkdf2_without_a_hash_means_sha1() -> None:
    assert Protection.parse(assembled(kdf_of(PBKDF2, 1000), cipher_of())).kdf == Iterated("PBKDF2 HMAC-SHA1", 1000)


@pytest.mark.parametrize(
    ("der", "words"),
    [
        (assembled(kdf_of(SCRYPT, 2**40, 8, 1), cipher_of()), "of memory"),
        (assembled(kdf_of(PBKDF2, 10**12, prf(SHA_256)), cipher_of()), "iterations"),
        (assembled(kdf_of(PBKDF2, 2**63, prf(SHA_256)), cipher_of()), "iterations"),
    ],
    ids=["eight petabytes", "a trillion iterations", "2^63 iterations"],
)
def test_a_cost_that_is_an_attack_is_refused_before_any_work(der: bytes, words: str) -> None:
    protection = Protection.parse(der)
    with pytest.raises(KeyFormatError, match=words) as caught:
        protection.decrypt(Passphrase.from_text(WORD))
    assert "lower cost" in caught.value.hint


@pytest.mark.parametrize(
    ("der", "words"),
    [
        (assembled(kdf_of(SCRYPT, 2**400, 8, 1), cipher_of()), "RFC 7914"),
        (assembled(kdf_of(SCRYPT, 15, 8, 1), cipher_of()), "RFC 7914"),
        (assembled(kdf_of(SCRYPT, 16, 8), cipher_of()), "scrypt parameters that cannot be read"),
        (assembled(kdf_of(PBKDF2, 0), cipher_of()), "impossible"),
        (assembled(kdf_of(PBKDF2, 10, 32, 5), cipher_of()), "PBKDF2 parameters"),
        (assembled(kdf_of(PBKDF2, 10, prf("1.2.3")), cipher_of()), "hash that is not known, OID 1.2.3"),
        (
            assembled(kdf_of(PBKDF2, 10, DerSequence([DerObjectId(SHA_256), 5])), cipher_of()),
            "PBKDF2 parameters",
        ),
        (assembled(kdf_of("1.2.3", 10), cipher_of()), "key derivation that is not known, OID 1.2.3"),
        (assembled(kdf_of(PBKDF2, 10), cipher_of("2.16.840.1.101.3.4.1.46", 12)), "cipher that is not known, OID 2.16"),
        (assembled(kdf_of(PBKDF2, 10), cipher_of(iv=12)), "initialisation vector"),
        (assembled(kdf_of(PBKDF2, 10), cipher_of(), b""), "cut off"),
        (assembled(kdf_of(PBKDF2, 10), cipher_of(), bytes(15)), "cut off"),
        (assembled(kdf_of(PBKDF2, 10), cipher_of(), scheme="1.2.840.113549.1.12.1.6"), "OID 1.2.840.113549.1.12.1.6"),
        (
            DerSequence([DerSequence([DerObjectId(PBES2)]), DerOctetString(bytes(16))]).encode(),
            "no parameters that are known",
        ),
        (
            DerSequence([kdf_of("1.2.840.113549.1.5.3", 10, salt=bytes(9)), DerOctetString(bytes(8))]).encode(),
            "salt of the wrong length",
        ),
        (
            DerSequence([kdf_of("1.2.840.113549.1.12.1.3", 10, salt=b""), DerOctetString(bytes(8))]).encode(),
            "salt of the wrong length",
        ),
        (DerSequence([kdf_of(PBES2, 10), DerOctetString(bytes(16))]).encode(), "no parameters that are known"),
        (DerSequence([5, DerOctetString(b"x")]).encode(), "no encrypted PKCS#8 key"),
        (b"", "damaged"),
    ],
    ids=range(19),
)
def test_what_cannot_be_read_is_named(der: bytes, words: str) -> None:
    with pytest.raises(KeyFormatError) as caught:
        Protection.parse(der)
    assert words in caught.value.message
    assert caught.value.hint


def test_every_cut_and_every_changed_byte() -> None:
    plain = bytes(range(100))
    der = enciphered(plain)
    for end in range(len(der)):
        with pytest.raises(KeyFormatError):
            Protection.parse(der[:end])
    for place in range(len(der)):
        changed = der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :]
        try:
            found = opened(changed)
        except EscrowError:
            continue
        assert found != plain

"""Private and encrypted keys: loaded, kept or encrypted anew, matched with certificates, and back."""

from __future__ import annotations

import hashlib

import pytest
from Crypto.Util.asn1 import DerBitString
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import (
    CertificateMismatchError,
    EscrowError,
    KeyFormatError,
    PassphraseError,
    UsageError,
    WrongPassphraseError,
)
from rootescrow.keys import EncryptedKey, KeyFacts, PrivateKey, Provenance, PublicKey, Scrypt
from rootescrow.passphrase import Passphrase
from rootescrow.secret import Secret

from .support import (
    CHEAP,
    COMPUTED,
    KINDS,
    MD5_DES,
    RFC_8410_PUBLIC,
    RFC_8410_V1,
    WORD,
    Openssl,
    der_of,
    pem_of,
    pkcs8,
)

KEY = PrivateKey.load(RFC_8410_V1)
ML_DSA = "2.16.840.1.101.3.4.3.18"
SECP256K1 = "secp256k1 (1.3.132.0.10)"
KEPT = ["-scrypt", "-scrypt_p", "5"]


def words() -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30)


def not_asked() -> Passphrase:
    raise AssertionError("asked for nothing")


@given(words())
def test_encrypt_and_decrypt_are_mirrors(word: str) -> None:
    encrypted = KEY.encrypt(word, cost=CHEAP)
    back = EncryptedKey.parse(encrypted.der).decrypt(word)
    assert back.pkcs8 == KEY.pkcs8
    assert back.facts == KEY.facts == encrypted.facts


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_opens_what_is_made_of_any_kind(openssl: Openssl, kind: str) -> None:
    encrypted = EncryptedKey.load(openssl.key(kind), WORD, cost=CHEAP)
    assert openssl.decrypt(encrypted.pem().encode()) == der_of(openssl.key(kind))
    assert encrypted.facts is not None
    assert encrypted.facts.algorithm == kind
    assert encrypted.facts.fingerprint == hashlib.sha256(openssl.spki(openssl.key(kind))).digest()
    assert encrypted.facts.provenance is (Provenance.CHECKED if kind in COMPUTED else Provenance.STATED)
    assert (encrypted.renewed, encrypted.reason) == (True, "it was not encrypted")


def test_format_v1_is_the_default() -> None:
    encrypted = KEY.encrypt(WORD)
    assert encrypted.kdf == Scrypt(2**14, 8, 80)
    loaded = EncryptedKey.load(encrypted.der, WORD)
    assert loaded == encrypted
    assert not loaded.renewed


@pytest.mark.parametrize(
    "arguments",
    [
        KEPT,
        ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "600000"],
        ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512", "-iter", "210000"],
    ],
    ids=" ".join,
)
def test_a_well_encrypted_file_is_kept_byte_for_byte(openssl: Openssl, arguments: list[str]) -> None:
    pem = openssl.encrypt(openssl.key("P-256"), *arguments)
    for data in (pem, der_of(pem)):
        kept = EncryptedKey.load(data, WORD)
        assert kept.der == der_of(pem)
        assert (kept.renewed, kept.reason) == (False, "")
        assert kept.facts is not None
        assert kept.facts.spki == openssl.spki(openssl.key("P-256"))
    assert der_of(kept.pem().encode()) == kept.der


def test_a_kept_file_is_opened_once_all_the_same(openssl: Openssl) -> None:
    pem = openssl.encrypt(openssl.key("P-256"), *KEPT)
    with pytest.raises(WrongPassphraseError):
        EncryptedKey.load(pem, "another")
    with pytest.raises(PassphraseError):
        EncryptedKey.load(pem, None)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-scrypt"], "below OWASP's floor"),
        (["-v2", "aes-256-cbc", "-iter", "1000"], "below OWASP's floor"),
        (["-v2", "aes-128-cbc", "-iter", "600000"], "AES-128-CBC"),
        (["-v2", "des3"], "DES-EDE3-CBC"),
        (["-v1", "PBE-SHA1-3DES"], "out of date"),
    ],
    ids=" ".join,
)
def test_a_badly_encrypted_file_is_encrypted_anew(openssl: Openssl, arguments: list[str], reason: str) -> None:
    pem = openssl.encrypt(openssl.key("P-256"), *arguments)
    encrypted = EncryptedKey.load(pem, WORD, cost=CHEAP)
    assert encrypted.der != der_of(pem)
    assert encrypted.renewed
    assert reason in encrypted.reason
    assert encrypted.kdf == CHEAP
    assert openssl.decrypt(encrypted.pem().encode()) == der_of(openssl.key("P-256"))


def test_files_of_other_forms_are_encrypted_anew(openssl: Openssl) -> None:
    old = openssl("ec", "-aes256", "-passout", f"pass:{WORD}", stdin=openssl.key("P-256"))
    assert EncryptedKey.load(old, WORD, cost=CHEAP).reason == (
        "it was encrypted PEM of the old form, not encrypted PKCS#8"
    )
    assert EncryptedKey.load(MD5_DES, "abc", cost=CHEAP).reason == (
        "its encryption, PBKDF1 MD5 with DES-CBC, is out of date"
    )
    assert EncryptedKey.load(openssl("ec", stdin=openssl.key("P-256")), WORD, cost=CHEAP).reason == (
        "it was not encrypted"
    )


def test_the_passphrase_is_asked_for_once() -> None:
    asked: list[int] = []

    def ask() -> str:
        asked.append(1)
        return "abc"

    EncryptedKey.load(MD5_DES, ask, cost=CHEAP)
    EncryptedKey.load(RFC_8410_V1, ask, cost=CHEAP)
    assert len(asked) == 2
    assert PrivateKey.load(RFC_8410_V1, not_asked).spki == RFC_8410_PUBLIC


def test_a_cost_that_openssl_would_not_open_is_refused() -> None:
    with pytest.raises(UsageError, match="openssl"):
        KEY.encrypt(WORD, cost=Scrypt(2**15, 8, 5))


@pytest.mark.parametrize("word", ["", "Schlüssel", "a\tb"])
def test_a_passphrase_that_cannot_be(word: str) -> None:
    with pytest.raises(PassphraseError):
        KEY.encrypt(word, cost=CHEAP)


@pytest.mark.parametrize("kind", KINDS)
def test_its_own_certificate_and_no_other(openssl: Openssl, kind: str) -> None:
    pem = openssl.key(kind)
    other = openssl(*KINDS[kind])
    own, another = openssl.certificate(pem), openssl.certificate(other)
    key = PrivateKey.load(pem, certificate=own)
    assert key.matches(own)
    assert key.matches(der_of(own))
    assert not key.matches(another)
    for certificate in (another, der_of(another)):
        with pytest.raises(CertificateMismatchError, match="of another key") as caught:
            PrivateKey.load(pem, certificate=certificate)
        assert caught.value.exit_status == 5
        with pytest.raises(CertificateMismatchError):
            EncryptedKey.load(openssl.encrypt(pem, *KEPT), WORD, certificate=certificate)
    with pytest.raises(KeyFormatError):
        PrivateKey.load(pem, certificate=b"no certificate")


def test_a_key_of_unknown_algorithm() -> None:
    key = PrivateKey(Secret(pkcs8(ML_DSA)))
    assert key.facts == KeyFacts("ML-DSA-65 (2.16.840.1.101.3.4.3.18)", None, None)
    assert key.fingerprint is None
    back = key.encrypt(WORD, cost=CHEAP).decrypt(WORD)
    assert back.pkcs8 == key.pkcs8


def test_its_public_key_from_the_field_of_the_file(openssl: Openssl) -> None:
    field = DerBitString(b"public", implicit=1).encode()
    key = PrivateKey(Secret(pkcs8(ML_DSA, b"secret", field, version=1)))
    assert key.provenance is Provenance.STATED
    assert key.spki is not None
    assert not key.matches(openssl.certificate(openssl.key("P-256")))
    with pytest.raises(CertificateMismatchError):
        PrivateKey(key.pkcs8, certificate=openssl.certificate(openssl.key("P-256")))


def without_point(openssl: Openssl) -> bytes:
    """A key on a curve that is not computed with here, without its public half."""
    return openssl("ec", "-no_public", stdin=openssl.key(SECP256K1))


def test_its_public_key_from_the_certificate_is_only_stated(openssl: Openssl) -> None:
    certificate = openssl.certificate(openssl.key(SECP256K1))
    key = PrivateKey.load(without_point(openssl), certificate=certificate)
    assert key.provenance is Provenance.STATED
    assert key.spki == openssl.spki(openssl.key(SECP256K1))
    assert key.matches(certificate)


def test_a_certificate_of_another_algorithm_is_noticed_even_so(openssl: Openssl) -> None:
    with pytest.raises(CertificateMismatchError):
        PrivateKey(Secret(pkcs8(ML_DSA)), certificate=openssl.certificate(openssl.key("P-256")))


def test_its_public_key_from_outside_is_checked(openssl: Openssl) -> None:
    spki = openssl.spki(openssl.key(SECP256K1))

    def compute(pkcs8_key: Secret) -> bytes:
        return openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", stdin=bytes(pkcs8_key.reveal()))

    for data in (without_point(openssl), openssl.key(SECP256K1)):
        key = PrivateKey.load(data, public_key=compute)
        assert (key.spki, key.provenance) == (spki, Provenance.CHECKED)
    other = openssl.certificate(openssl(*KINDS[SECP256K1]))
    with pytest.raises(CertificateMismatchError):
        PrivateKey.load(without_point(openssl), certificate=other, public_key=compute)


def giving(spki: bytes) -> PublicKey:
    return lambda _: spki


def test_a_public_key_from_outside_that_does_not_fit_is_an_error(openssl: Openssl) -> None:
    other = openssl.spki(openssl(*KINDS[SECP256K1]))
    for wrong in (other, RFC_8410_PUBLIC, b"junk"):
        with pytest.raises(KeyFormatError):
            PrivateKey.load(openssl.key(SECP256K1), public_key=giving(wrong))
    fallen_back = PrivateKey.load(openssl.key(SECP256K1), public_key=lambda _: None)
    assert fallen_back.provenance is Provenance.STATED


def test_nobody_outside_is_asked_what_is_computed_here() -> None:
    def compute(_: Secret) -> bytes:
        raise AssertionError("asked for nothing")

    assert PrivateKey.load(RFC_8410_V1, public_key=compute).provenance is Provenance.CHECKED


def test_what_is_parsed_is_known_by_its_bytes_alone() -> None:
    made = KEY.encrypt(WORD, cost=CHEAP)
    parsed = EncryptedKey.parse(made.der)
    assert parsed == made
    assert (parsed.facts, parsed.reason, parsed.renewed) == (None, "", False)
    assert parsed.sha256 == hashlib.sha256(made.der).digest()
    assert (parsed.kdf.name, parsed.kdf.parameters) == ("scrypt", {"N": 16, "r": 8, "p": 1})


@pytest.mark.parametrize("data", [b"", b"junk", der_of(RFC_8410_V1), MD5_DES])
def test_what_cannot_be_parsed(data: bytes) -> None:
    with pytest.raises(KeyFormatError):
        EncryptedKey.parse(data)


def test_pem_is_in_lines_of_64_and_openssl_reads_it(openssl: Openssl) -> None:
    pem = KEY.encrypt(WORD, cost=CHEAP).pem()
    lines = pem.splitlines()
    assert lines[0] == "-----BEGIN ENCRYPTED PRIVATE KEY-----"
    assert lines[-1] == "-----END ENCRYPTED PRIVATE KEY-----"
    assert {len(line) for line in lines[1:-2]} == {64}
    assert pem.endswith("-\n")
    assert openssl.decrypt(pem.encode()) == der_of(RFC_8410_V1)


def test_a_changed_byte_of_an_encrypted_rsa_key_is_noticed(openssl: Openssl) -> None:
    encrypted = PrivateKey.load(openssl.key("RSA-2048")).encrypt(WORD, cost=CHEAP)
    for place in range(120, len(encrypted.der), 37):
        changed = encrypted.der[:place] + bytes([encrypted.der[place] ^ 4]) + encrypted.der[place + 1 :]
        with pytest.raises(EscrowError):
            EncryptedKey.parse(changed).decrypt(WORD)


def test_nothing_shows_a_secret(openssl: Openssl) -> None:
    key = PrivateKey.load(openssl.key("P-256"))
    assert repr(key) == (
        "PrivateKey(pkcs8=Secret(…), facts=KeyFacts(algorithm='P-256', provenance=<Provenance.CHECKED: 'checked'>))"
    )
    with pytest.raises(WrongPassphraseError) as caught:
        key.encrypt(WORD, cost=CHEAP).decrypt("wrong horse")
    assert "wrong horse" not in f"{caught.value!r} {caught.value.hint}"
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_the_plain_key_is_wiped_after_loading_an_encrypted_one() -> None:
    seen: list[Secret] = []

    def compute(key: Secret) -> None:
        seen.append(key)

    data = pem_of(pkcs8(ML_DSA), "PRIVATE KEY")
    EncryptedKey.load(data, WORD, public_key=compute, cost=CHEAP)
    with pytest.raises(ValueError, match="wiped"):
        seen[0].reveal()


def test_facts_must_hold_together() -> None:
    with pytest.raises(ValueError, match="known from somewhere"):
        KeyFacts("Ed25519", None, Provenance.CHECKED)
    with pytest.raises(ValueError, match="known from somewhere"):
        KeyFacts("Ed25519", RFC_8410_PUBLIC, None)

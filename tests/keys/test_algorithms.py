"""What kind of key it is, and its public half: equal to openssl's for every kind; no altered key passes."""

from __future__ import annotations

import math

import pytest
from Crypto.PublicKey import RSA
from Crypto.Util.asn1 import DerBitString, DerNull, DerObjectId, DerOctetString, DerSequence
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import KeyFormatError
from rootescrow.keys.algorithms import dissect, pkcs8_of_ec, pkcs8_of_rsa, same_key, spki_oid
from rootescrow.keys.der import Der

from .support import COMPUTED, KINDS, RFC_8410_PUBLIC, RFC_8410_V1, RFC_8410_V2, Openssl, der_of, pkcs8

RSA_OID, EC_OID, P256 = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.2.840.10045.3.1.7"


@pytest.mark.parametrize("kind", KINDS)
def test_the_public_key_is_openssls(openssl: Openssl, kind: str) -> None:
    anatomy = dissect(der_of(openssl.key(kind)))
    spki = openssl.spki(openssl.key(kind))
    assert anatomy.algorithm == kind
    assert spki_oid(spki) == anatomy.oid
    assert anatomy.computed == (spki if kind in COMPUTED else None)
    assert kind in COMPUTED or anatomy.stated == spki


@pytest.mark.parametrize("form", ["compressed", "uncompressed"])
@pytest.mark.parametrize("kind", ["P-256", "P-521"])
def test_the_form_of_the_point_is_that_of_the_file(openssl: Openssl, kind: str, form: str) -> None:
    key = openssl("ec", "-conv_form", form, "-outform", "DER", stdin=openssl.key(kind))
    anatomy = dissect(pkcs8_of_ec(key))
    assert anatomy.computed is not None
    assert anatomy.computed == openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", stdin=key)
    assert same_key(anatomy.computed, openssl.spki(openssl.key(kind)))


def test_the_vectors_of_rfc_8410() -> None:
    one, two = dissect(der_of(RFC_8410_V1)), dissect(der_of(RFC_8410_V2))
    assert (one.algorithm, one.computed, one.stated) == ("Ed25519", RFC_8410_PUBLIC, None)
    assert (two.algorithm, two.computed, two.stated) == ("Ed25519", RFC_8410_PUBLIC, RFC_8410_PUBLIC)


def test_a_public_key_of_another_private_key_is_noticed() -> None:
    der = der_of(RFC_8410_V2)
    with pytest.raises(KeyFormatError, match="not that of the private key"):
        dissect(der[:-1] + bytes([der[-1] ^ 1]))


@pytest.mark.parametrize(
    ("oid", "name"),
    [
        ("2.16.840.1.101.3.4.3.17", "ML-DSA-44 (2.16.840.1.101.3.4.3.17)"),
        ("2.16.840.1.101.3.4.3.18", "ML-DSA-65 (2.16.840.1.101.3.4.3.18)"),
        ("2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s (2.16.840.1.101.3.4.3.20)"),
        ("2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f (2.16.840.1.101.3.4.3.31)"),
        ("1.2.3.4", "OID 1.2.3.4"),
    ],
)
def test_any_other_algorithm_is_carried_and_named(oid: str, name: str) -> None:
    anatomy = dissect(pkcs8(oid))
    assert (anatomy.algorithm, anatomy.oid, anatomy.computed, anatomy.stated) == (name, oid, None, None)
    field = DerBitString(b"public", implicit=1).encode()
    stated = DerSequence([DerSequence([DerObjectId(oid)]), DerBitString(b"public")]).encode()
    assert dissect(pkcs8(oid, b"anything", field, version=1)).stated == stated


def numbers(key: RSA.RsaKey) -> list[int]:
    n, e, d, p, q = map(int, (key.n, key.e, key.d, key.p, key.q))
    return [0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]


@pytest.fixture(scope="module")
def rsa() -> RSA.RsaKey:
    return RSA.generate(2048)


def test_rsa_of_both_ends_of_the_range(rsa: RSA.RsaKey) -> None:
    assert dissect(pkcs8_of_rsa(DerSequence(list(numbers(rsa))).encode())).algorithm == "RSA-2048"
    assert dissect(pkcs8_of_rsa(DerSequence(list(numbers(large_rsa()))).encode())).algorithm == "RSA-8192"


def large_rsa() -> RSA.RsaKey:
    """RSA-8192 at once: of the published 4096-bit primes of RFC 3526 (of pi) and RFC 7919 (of e)."""
    one = 1 << 4100
    pi, sign = 0, 1
    for factor, inverse in ((16, 5), (-4, 239)):
        term, odd, sign = factor * one // inverse, 1, 1
        while term:
            pi += sign * (abs(term) // odd) * (1 if factor > 0 else -1)
            term, odd, sign = abs(term) // inverse**2, odd + 2, -sign
    e, term, k = 0, one, 1
    while term:
        e, term, k = e + term, term // k, k + 1
    p = 2**4096 - 2**4032 - 1 + 2**64 * ((pi >> 134) + 240904)
    q = 2**4096 - 2**4032 - 1 + 2**64 * ((e >> 134) + 5736041)
    return RSA.construct((p * q, 65537, pow(65537, -1, math.lcm(p - 1, q - 1)), p, q))


@pytest.mark.parametrize(("bits", "why"), [(1024, "too weak"), (2047, "too weak"), (8193, "more than the sheets")])
def test_rsa_out_of_the_range_is_refused_with_the_reason(bits: int, why: str) -> None:
    inner = DerSequence([0, (1 << bits) - 1, 65537, 5, 7, 11, 5, 5, 2]).encode()
    with pytest.raises(KeyFormatError) as caught:
        dissect(pkcs8_of_rsa(inner))
    assert why in caught.value.message
    assert str(bits) in caught.value.message
    assert "2048 to 8192" in caught.value.hint


@given(place=st.integers(1, 8), change=st.integers(-(2**70), 2**70).filter(bool))
def test_no_number_of_an_rsa_key_can_be_altered(rsa: RSA.RsaKey, place: int, change: int) -> None:
    altered = numbers(rsa)
    altered[place] += change
    with pytest.raises(KeyFormatError) as caught:
        dissect(pkcs8_of_rsa(DerSequence(list(altered)).encode()))
    assert str(numbers(rsa)[4]) not in str(caught.value)


@pytest.mark.parametrize("value", [0, -1, 1, 2**4096], ids=["0", "-1", "1", "2^4096"])
@pytest.mark.parametrize("place", range(1, 9))
def test_no_number_of_an_rsa_key_can_be_nonsense(rsa: RSA.RsaKey, place: int, value: int) -> None:
    altered = numbers(rsa)
    altered[place] = value
    with pytest.raises(KeyFormatError):
        dissect(pkcs8_of_rsa(DerSequence(list(altered)).encode()))


def test_rsa_of_several_primes_is_named() -> None:
    inner = DerSequence([1, *[2**2048 + 1] * 8, DerSequence([DerSequence([3, 5, 7])])]).encode()
    with pytest.raises(KeyFormatError, match="more than two primes"):
        dissect(pkcs8_of_rsa(inner))


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521"])
def test_every_byte_of_an_ec_key_counts(openssl: Openssl, kind: str) -> None:
    der = der_of(openssl.key(kind))
    public = dissect(der).computed
    for place in range(len(der)):
        altered = der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :]
        try:
            anatomy = dissect(altered)
        except KeyFormatError:
            continue
        # The version may be 1 as well as 0. Else it is a key of another algorithm or curve, and no longer named so.
        assert anatomy.computed == (public if anatomy.algorithm == kind else None)


def ec(d: int, *rest: bytes | DerSequence, curve: str = P256, version: int = 1) -> bytes:
    inner = DerSequence([version, DerOctetString(d.to_bytes(32)), *rest]).encode()
    return DerSequence([0, DerSequence([DerObjectId(EC_OID), DerObjectId(curve)]), DerOctetString(inner)]).encode()


def test_an_ec_key_without_its_point(openssl: Openssl) -> None:
    key = ec(1234567)
    assert dissect(key).computed == openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", stdin=key)


@pytest.mark.parametrize(
    "key",
    [
        ec(0),
        ec(0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551),
        ec(2**256 - 1),
        ec(5, version=2),
        ec(5, DerObjectId("1.3.132.0.34", explicit=0).encode()),
        ec(5, DerBitString(b"", explicit=1).encode()),
        ec(5, DerBitString(b"\4" + bytes(64), explicit=1).encode()),
        DerSequence([0, DerSequence([DerObjectId(EC_OID)]), DerOctetString(b"")]).encode(),
        DerSequence([0, DerSequence([DerObjectId(EC_OID), DerObjectId(P256)]), DerOctetString(b"x")]).encode(),
    ],
    ids=["0", "the order", "2^256-1", "version 2", "two curves", "no point", "not its point", "no curve", "no key"],
)
def test_an_ec_key_that_cannot_be(key: bytes) -> None:
    with pytest.raises(KeyFormatError):
        dissect(key)


def test_a_curve_that_is_spelt_out_is_refused_with_the_way_out(openssl: Openssl) -> None:
    arguments = ["-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"]
    old = openssl("genpkey", "-algorithm", "EC", *arguments)
    with pytest.raises(KeyFormatError, match="spells its curve out") as caught:
        dissect(der_of(old))
    assert "openssl pkey -in OLD -ec_param_enc named_curve -aes256 -out NEW" in caught.value.hint
    named = openssl("pkey", "-ec_param_enc", "named_curve", stdin=old)
    assert dissect(der_of(named)).algorithm == "P-256"
    with pytest.raises(KeyFormatError, match="spells its curve out"):
        pkcs8_of_ec(der_of(openssl("ec", "-param_enc", "explicit", stdin=openssl.key("P-256"))))


def test_sec1_without_a_curve_is_refused() -> None:
    with pytest.raises(KeyFormatError, match="name its curve"):
        pkcs8_of_ec(DerSequence([1, DerOctetString(bytes(32))]).encode())


@pytest.mark.parametrize(
    "key",
    [
        pkcs8("1.3.101.112", b"\4\x1f" + bytes(31)),
        pkcs8("1.3.101.112", bytes(32)),
        pkcs8("1.3.101.113", b"\4\x20" + bytes(32)),
        DerSequence(
            [0, DerSequence([DerObjectId("1.3.101.112"), DerNull()]), DerOctetString(b"\4\x20" + bytes(32))]
        ).encode(),
        pkcs8("1.2.3", version=2),
        pkcs8("1.2.3", b"", DerBitString(b"x", implicit=1).encode(), version=0),
        pkcs8("1.2.3", b"", DerNull().encode()),
        DerSequence([0, DerSequence([]), DerOctetString(b"")]).encode(),
        DerSequence([0, DerSequence([5]), DerOctetString(b"")]).encode(),
        b"",
    ],
    ids=range(10),
)
def test_what_is_no_pkcs8_key(key: bytes) -> None:
    with pytest.raises(KeyFormatError):
        dissect(key)


def test_same_key_sees_through_two_ways_to_write_it(openssl: Openssl) -> None:
    plain = openssl.spki(openssl.key("RSA-2048"))
    as_pss = DerSequence(
        [DerSequence([DerObjectId("1.2.840.113549.1.1.10")]), DerBitString(Der(plain).bits(1))]
    ).encode()
    assert same_key(plain, as_pss)
    assert not same_key(plain, openssl.spki(openssl.key("RSA-PSS-2048")))
    point = openssl.spki(openssl.key("P-256"))
    assert same_key(
        point, openssl("pkey", "-pubout", "-ec_conv_form", "compressed", "-outform", "DER", stdin=openssl.key("P-256"))
    )
    mirrored = point[:-1] + bytes([point[-1] ^ 1])
    assert not same_key(point, mirrored)
    with pytest.raises(KeyFormatError):
        same_key(point, b"junk")

"""What kind of key a PKCS#8 private key is, and the public key that belongs to it.

RSA, P-256/384/521, Ed25519 and Ed448 are computed with and checked here. Any other algorithm is carried without looking
inside: it is named by its OID, and its public key is what the file itself says, if it does.
"""

from __future__ import annotations

from dataclasses import dataclass

from Crypto.PublicKey import ECC, RSA
from Crypto.Util.asn1 import DerBitString, DerNull, DerObjectId, DerOctetString, DerSequence

from rootescrow.errors import KeyFormatError
from rootescrow.keys.der import Der, octets

MIN_RSA_BITS = 2048
"""CA/Browser Forum Baseline Requirements, 6.1.5; NIST SP 800-57 part 1 disallows less."""
MAX_RSA_BITS = 8192
"""openssl and pycryptodome go to 16,384, but no envelope on paper does: 8,192 already fills 8 codes."""

_RSA = "1.2.840.113549.1.1.1"
_RSA_PSS = "1.2.840.113549.1.1.10"
_EC = "1.2.840.10045.2.1"
_CURVES = {"1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384", "1.3.132.0.35": "P-521"}
_EDWARDS = {"1.3.101.112": ("Ed25519", 32), "1.3.101.113": ("Ed448", 57)}
_ML_DSA = {17: "ML-DSA-44", 18: "ML-DSA-65", 19: "ML-DSA-87"}
_SLH_DSA = [f"{family}-{bits}{kind}" for family in ("SHA2", "SHAKE") for bits in (128, 192, 256) for kind in "sf"]
_NAMES = {
    **{f"2.16.840.1.101.3.4.3.{arc}": name for arc, name in _ML_DSA.items()},
    **{f"2.16.840.1.101.3.4.3.{20 + place}": f"SLH-DSA-{name}" for place, name in enumerate(_SLH_DSA)},
    "1.2.840.10040.4.1": "DSA",
    "1.3.132.0.10": "secp256k1",
    "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
    "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
    "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
}
"""NIST's register of algorithms (ML-DSA and SLH-DSA of FIPS 204 and 205), RFC 3279, SEC 2, RFC 5639."""

_COPY = "Use another copy of the key."


@dataclass(frozen=True)
class Anatomy:
    """What a PKCS#8 private key says of itself.

    `algorithm` is for people: "RSA-4096", "P-384", "ML-DSA-65 (2.16.840.1.101.3.4.3.18)". `oid` is that of its
    AlgorithmIdentifier. `computed` is the SubjectPublicKeyInfo (DER) computed of the private key, `stated` the one that
    the file itself states; each is None where there is none. Where both are there, they are of one key.
    """

    algorithm: str
    oid: str
    computed: bytes | None
    stated: bytes | None


def dissect(pkcs8: bytes) -> Anatomy:
    """Read a PrivateKeyInfo or OneAsymmetricKey (RFC 5958, DER), and check it as far as its algorithm is known here.

    Raises KeyFormatError for one that is damaged, inconsistent or refused.
    """
    info = Der(pkcs8)
    if info.shape not in ("iso", "iso0", "isok", "iso0k") or info.integer(0) not in (0, 1):
        raise KeyFormatError("this is no PKCS#8 private key", _COPY)
    if info.shape.endswith("k") and info.integer(0) == 0:
        raise KeyFormatError("the PKCS#8 key has a public key, which its version does not allow", _COPY)
    identifier = info.sequence(1)
    if not identifier.shape.startswith("d") or len(identifier.shape) > 2:
        raise KeyFormatError("the PKCS#8 key names no algorithm", _COPY)
    oid = identifier.oid(0)
    key = info.octets(2)
    field = info.bits(len(info.shape) - 1, implicit=1) if info.shape.endswith("k") else None
    if oid in (_RSA, _RSA_PSS):
        anatomy = _rsa(oid, info.raw(1), key)
    elif oid == _EC:
        anatomy = _ec(identifier, info.raw(1), key)
    elif oid in _EDWARDS:
        anatomy = _edwards(identifier, info.raw(1), key)
    else:
        anatomy = Anatomy(_named(oid), oid, None, None)
    if field is None:
        return anatomy
    stated = _spki(info.raw(1), field)
    if any(known is not None and not same_key(stated, known) for known in (anatomy.computed, anatomy.stated)):
        raise KeyFormatError("the public key in the file is not that of the private key", _COPY)
    return Anatomy(anatomy.algorithm, oid, anatomy.computed, stated)


def pkcs8_of_rsa(key: bytes) -> bytes:
    """Put an RSAPrivateKey (PKCS#1, DER) into a PrivateKeyInfo."""
    return DerSequence([0, DerSequence([DerObjectId(_RSA), DerNull()]), DerOctetString(key)]).encode()


def pkcs8_of_ec(key: bytes) -> bytes:
    """Put an ECPrivateKey (SEC 1, RFC 5915, DER), which names its curve, into a PrivateKeyInfo."""
    inner = Der(key)
    place = inner.shape.find("0")
    if place < 0:
        raise KeyFormatError("the EC key does not name its curve", _COPY)
    if not _named_curve(inner.raw(place)):
        raise _explicit_curve()
    curve = inner.oid(place, explicit=0)
    return DerSequence([0, DerSequence([DerObjectId(_EC), DerObjectId(curve)]), DerOctetString(key)]).encode()


def spki_oid(spki: bytes) -> str:
    """The OID of the algorithm of a SubjectPublicKeyInfo (DER). Raises KeyFormatError if it is none."""
    info = Der(spki)
    if info.shape != "sb":
        raise KeyFormatError("this is no public key", "A SubjectPublicKeyInfo in DER form is wanted.")
    return info.sequence(0).oid(0)


def same_key(one: bytes, other: bytes) -> bool:
    """Whether two SubjectPublicKeyInfos (DER) are of one key, be it written differently.

    RSA may stand under the OID of RSA or of RSASSA-PSS (RFC 4055), a point of a curve as x and y or as x and a sign
    (RFC 5480, section 2.2).
    """
    if one == other:
        return True
    first, second = Der(one), Der(other)
    oids = {spki_oid(one), spki_oid(other)}
    key, other_key = first.bits(1), second.bits(1)
    if oids <= {_RSA, _RSA_PSS}:
        return key == other_key
    if oids == {_EC} and first.raw(0) == second.raw(0) and len(key) != len(other_key):
        return _compressed(key) == _compressed(other_key)
    return False


def _compressed(point: bytes) -> bytes:
    """A point as x and the sign of y; what is no point in full (SEC 1, 2.3.3) stays as it is."""
    if len(point) % 2 == 0 or not point.startswith(b"\4"):
        return point
    return bytes([2 + point[-1] % 2]) + point[1 : 1 + len(point) // 2]


def _rsa(oid: str, identifier: bytes, key: bytes) -> Anatomy:
    """RFC 8017, A.1.2. Every number is checked, since an altered one may still sign, and betray the key by it."""
    inner = Der(key)
    if inner.shape == "i" * 9 + "s":
        raise KeyFormatError(
            "an RSA key of more than two primes", "No common tool reads one any more; make a root with two primes."
        )
    if inner.shape != "i" * 9 or inner.integer(0) != 0:
        raise _damaged("RSA")
    n, e, d, p, q, dp, dq, inverse = (inner.integer(place) for place in range(1, 9))
    bits = n.bit_length()
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        why = "too weak to be worth an escrow" if bits < MIN_RSA_BITS else "more than the sheets have room for"
        raise KeyFormatError(
            f"an RSA key of {bits} bits is {why}", f"RSA keys of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits are taken."
        )
    if min(n, e, d, p, q, dp, dq, inverse) <= 0 or max(p, q) >= n:
        raise _damaged("RSA")
    try:
        RSA.construct((n, e, d, p, q))
    except (ValueError, ZeroDivisionError):
        raise _damaged("RSA") from None
    if dp != d % (p - 1) or dq != d % (q - 1) or q * inverse % p != 1 or inverse >= p:
        raise _damaged("RSA")
    public = DerSequence([n, e]).encode()
    if oid == _RSA_PSS:
        return Anatomy(f"RSA-PSS-{bits}", oid, _spki(identifier, public), None)
    return Anatomy(f"RSA-{bits}", oid, _spki(DerSequence([DerObjectId(_RSA), DerNull()]).encode(), public), None)


def _ec(identifier: Der, identifier_der: bytes, key: bytes) -> Anatomy:
    """RFC 5915: version 1, the number, maybe the curve once more, maybe the public point."""
    if identifier.shape == "ds":
        raise _explicit_curve()
    if identifier.shape != "dd":
        raise KeyFormatError("the EC key does not name its curve", _COPY)
    curve = identifier.oid(1)
    inner = Der(key)
    if inner.shape not in ("io", "io0", "io1", "io01") or inner.integer(0) != 1:
        raise _damaged("EC")
    if "0" in inner.shape and inner.oid(2, explicit=0) != curve:
        raise KeyFormatError("the EC key names two different curves", _COPY)
    point = inner.bits(len(inner.shape) - 1, explicit=1) if inner.shape.endswith("1") else None
    stated = None if point is None else _spki(identifier_der, point)
    name = _CURVES.get(curve)
    if name is None:
        return Anatomy(_named(curve, "EC curve "), _EC, None, stated)
    try:
        public = ECC.construct(curve=name, d=int.from_bytes(inner.octets(1))).public_key().export_key(format="SEC1")
    except ValueError:
        raise _damaged("EC") from None
    computed = _spki(identifier_der, public)
    if stated is not None and not same_key(stated, computed):
        raise KeyFormatError("the public key in the file is not that of the private key", _COPY)
    # openssl writes the point in the form that it finds in the key; a fingerprint equal to openssl's needs that form.
    return Anatomy(name, _EC, stated or computed, stated)


def _edwards(identifier: Der, identifier_der: bytes, key: bytes) -> Anatomy:
    """RFC 8410: no parameters; the key is an OCTET STRING in the OCTET STRING."""
    oid = identifier.oid(0)
    name, size = _EDWARDS[oid]
    seed = octets(key)
    if identifier.shape != "d" or len(seed) != size:
        raise _damaged(name)
    public = ECC.construct(curve=name, seed=seed).public_key().export_key(format="raw")
    return Anatomy(name, oid, _spki(identifier_der, public), None)


def _named_curve(parameters: bytes) -> bool:
    """Whether parameters, tagged [0], are an OBJECT IDENTIFIER."""
    return len(parameters) > 2 and parameters[2] == 0x06


def _explicit_curve() -> KeyFormatError:
    return KeyFormatError(
        "the EC key spells its curve out instead of naming it, which RFC 5480 forbids in certificates",
        "Convert it: openssl pkey -in OLD -ec_param_enc named_curve -aes256 -out NEW",
    )


def _spki(identifier: bytes, public: bytes) -> bytes:
    return DerSequence([identifier, DerBitString(public)]).encode()


def _named(oid: str, kind: str = "") -> str:
    return f"{_NAMES[oid]} ({oid})" if oid in _NAMES else f"{kind}OID {oid}"


def _damaged(algorithm: str) -> KeyFormatError:
    return KeyFormatError(f"the {algorithm} key is damaged: its parts do not belong together", _COPY)

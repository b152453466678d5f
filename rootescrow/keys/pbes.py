"""Encryption of a private key under a passphrase: RFC 5958 EncryptedPrivateKeyInfo, both ways.

One form is written: PBES2 (RFC 8018) with scrypt (RFC 7914) and AES-256-CBC. Others are read: PBES2 with PBKDF2, and
what openssl wrote before 2016. What a file asks for in time and memory is checked before any of it is spent.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from types import ModuleType
from typing import Self

from Crypto.Cipher import AES, DES, DES3
from Crypto.Hash import MD5, SHA1, SHA224, SHA256, SHA384, SHA512
from Crypto.Protocol.KDF import PBKDF1, PBKDF2
from Crypto.Util.asn1 import DerObjectId, DerOctetString, DerSequence
from Crypto.Util.Padding import pad, unpad

from rootescrow.errors import KeyFormatError, UsageError, WrongPassphraseError
from rootescrow.keys.der import Der
from rootescrow.keys.kdf import DEFAULT_COST, OPENSSL_SCRYPT_MEMORY, Iterated, Kdf, Scrypt
from rootescrow.passphrase import Passphrase
from rootescrow.secret import Random, Secret

SALT_BYTES = 16
"""NIST SP 800-132, section 5.1: at least 128 bits."""
MIN_SALT_BYTES = 8
"""RFC 8018, section 4.1: at least eight octets; openssl before 3.2 writes eight."""
_PBES2 = "1.2.840.113549.1.5.13"
_PBKDF2 = "1.2.840.113549.1.5.12"
_SCRYPT = "1.3.6.1.4.1.11591.4.11"
_AES256_CBC = "2.16.840.1.101.3.4.1.42"
_HMAC_SHA1 = "1.2.840.113549.2.7"
_PRFS: dict[str, tuple[str, ModuleType]] = {
    _HMAC_SHA1: ("HMAC-SHA1", SHA1),
    "1.2.840.113549.2.8": ("HMAC-SHA224", SHA224),
    "1.2.840.113549.2.9": ("HMAC-SHA256", SHA256),
    "1.2.840.113549.2.10": ("HMAC-SHA384", SHA384),
    "1.2.840.113549.2.11": ("HMAC-SHA512", SHA512),
}

CONVERT = (
    "Convert the key first: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW "
    "(for very old files with: -provider legacy -provider default)"
)
_COPY = "Use another copy of the key file."


@dataclass(frozen=True)
class _Cipher:
    name: str
    module: ModuleType
    key_bytes: int

    @property
    def block_bytes(self) -> int:
        size: int = self.module.block_size
        return size


_CIPHERS = {
    "2.16.840.1.101.3.4.1.2": _Cipher("AES-128-CBC", AES, 16),
    "2.16.840.1.101.3.4.1.22": _Cipher("AES-192-CBC", AES, 24),
    _AES256_CBC: _Cipher("AES-256-CBC", AES, 32),
    "1.2.840.113549.3.7": _Cipher("DES-EDE3-CBC", DES3, 24),
}
_OLD_SCHEMES: dict[str, tuple[str, ModuleType, _Cipher]] = {
    "1.2.840.113549.1.5.3": ("PBKDF1 MD5", MD5, _Cipher("DES-CBC", DES, 8)),
    "1.2.840.113549.1.5.10": ("PBKDF1 SHA1", SHA1, _Cipher("DES-CBC", DES, 8)),
    "1.2.840.113549.1.12.1.3": ("PKCS#12 SHA1", SHA1, _CIPHERS["1.2.840.113549.3.7"]),
}


@dataclass(frozen=True)
class Protection:
    """An EncryptedPrivateKeyInfo, taken apart: how the key is derived, which cipher, and what is enciphered.

    `scheme` is the OID that says what is meant by the rest; `iv` is empty where it is derived. Made by `parse` only.
    """

    scheme: str
    kdf: Kdf
    cipher: str
    salt: bytes
    iv: bytes
    ciphertext: bytes
    _cipher: _Cipher
    _hash: ModuleType | None

    @classmethod
    def parse(cls, der: bytes) -> Self:
        """Read an EncryptedPrivateKeyInfo; spends nothing on it. Raises KeyFormatError."""
        outer = Der(der)
        if outer.shape != "so":
            raise KeyFormatError("this is no encrypted PKCS#8 key", _COPY)
        ciphertext = outer.octets(1)
        algorithm = outer.sequence(0)
        if algorithm.shape != "ds":
            raise KeyFormatError("the key's encryption has no parameters that are known", CONVERT)
        scheme = algorithm.oid(0)
        parameters = algorithm.sequence(1)
        if scheme == _PBES2:
            read = _read_pbes2(parameters)
        elif scheme in _OLD_SCHEMES:
            read = _read_old(scheme, parameters)
        else:
            raise KeyFormatError(f"the key is encrypted with a scheme that is not known, OID {scheme}", CONVERT)
        kdf, salt, iv, cipher, hash_module = read
        if not ciphertext or len(ciphertext) % cipher.block_bytes:
            raise KeyFormatError("the encrypted key is cut off: its length is no multiple of the cipher's block", _COPY)
        return cls(scheme, kdf, cipher.name, salt, iv, ciphertext, cipher, hash_module)

    @property
    def weakness(self) -> str:
        """Why this is encrypted anew, in words for the user; empty if it is kept byte for byte."""
        if self.scheme != _PBES2:
            return f"its encryption, {self.kdf.name} with {self.cipher}, is out of date"
        if self.cipher != "AES-256-CBC":
            return f"its cipher is {self.cipher}, not AES-256-CBC"
        if len(self.salt) < MIN_SALT_BYTES:
            return f"its salt has {len(self.salt)} bytes, fewer than {MIN_SALT_BYTES}"
        return str(self.kdf.weakness or "")

    def decrypt(self, passphrase: Passphrase) -> Secret:
        """What was enciphered: the mirror of `encrypt`.

        CBC has no tag: a wrong passphrase is noticed by the padding only, so let the caller look at the result too.
        Raises WrongPassphraseError, and KeyFormatError if the key derivation asks for too much.
        """
        self.kdf.check()
        with Secret(self._derive(passphrase)) as material:
            key = material.reveal()[: self._cipher.key_bytes]
            iv = self.iv or material.reveal()[self._cipher.key_bytes :]
            try:
                cipher = self._cipher.module.new(key, self._cipher.module.MODE_CBC, iv)
                return Secret(bytearray(unpad(cipher.decrypt(self.ciphertext), self._cipher.block_bytes)))
            except ValueError:
                raise wrong_passphrase() from None

    def _derive(self, passphrase: Passphrase) -> bytes:
        """The cipher's key, and its IV after it where the scheme derives that too."""
        if isinstance(self.kdf, Scrypt):
            return self.kdf.derive(passphrase, self.salt, self._cipher.key_bytes)
        word, salt, count = bytes(passphrase.reveal()), self.salt, self.kdf.iterations
        if self.scheme == _PBES2:
            return PBKDF2(word, salt, self._cipher.key_bytes, count, hmac_hash_module=self._hash)
        if self.kdf.name.startswith("PBKDF1"):
            return PBKDF1(word, salt, self._cipher.key_bytes + self._cipher.block_bytes, count, self._hash)
        return _pkcs12_key(word, salt, count, 1, self._cipher.key_bytes) + _pkcs12_key(
            word, salt, count, 2, self._cipher.block_bytes
        )


def encrypt(
    plain: Secret, passphrase: Passphrase, *, cost: Scrypt = DEFAULT_COST, rng: Random = secrets.token_bytes
) -> bytes:
    """Encipher a PKCS#8 key (DER): EncryptedPrivateKeyInfo with PBES2, scrypt and AES-256-CBC, DER.

    Raises UsageError for a cost that openssl would not open.
    """
    if cost.memory > OPENSSL_SCRYPT_MEMORY:
        raise UsageError(f"openssl opens no key under {cost}", "Keep to 32 MiB, and raise p instead of N.")
    salt, iv = rng(SALT_BYTES), rng(AES.block_size)
    with Secret(cost.derive(passphrase, salt, 32)) as key:
        cipher = AES.new(key.reveal(), AES.MODE_CBC, iv)
        ciphertext = cipher.encrypt(pad(bytes(plain.reveal()), AES.block_size))
    kdf = DerSequence([DerObjectId(_SCRYPT), DerSequence([DerOctetString(salt), cost.n, cost.r, cost.p])])
    scheme = DerSequence([DerObjectId(_AES256_CBC), DerOctetString(iv)])
    algorithm = DerSequence([DerObjectId(_PBES2), DerSequence([kdf, scheme])])
    return DerSequence([algorithm, DerOctetString(ciphertext)]).encode()


def wrong_passphrase() -> WrongPassphraseError:
    """The one error for it: where there is no tag, a damaged file cannot be told from a wrong passphrase."""
    return WrongPassphraseError(
        "the passphrase does not open the key",
        "Type it again: capitals, spaces and the keyboard's layout count. A damaged key file looks the same.",
    )


_Read = tuple[Kdf, bytes, bytes, _Cipher, ModuleType | None]


def _read_pbes2(parameters: Der) -> _Read:
    """RFC 8018, A.4."""
    if parameters.shape != "ss":
        raise KeyFormatError("the key's encryption has no parameters that are known", CONVERT)
    cipher_info = parameters.sequence(1)
    oid = cipher_info.oid(0)
    cipher = _CIPHERS.get(oid)
    if cipher is None:
        raise KeyFormatError(f"the key is encrypted with a cipher that is not known, OID {oid}", CONVERT)
    iv = cipher_info.octets(1)
    if cipher_info.shape != "do" or len(iv) != cipher.block_bytes:
        raise KeyFormatError(f"the key file has an initialisation vector of the wrong length for {cipher.name}", _COPY)
    kdf_info = parameters.sequence(0)
    kdf_oid = kdf_info.oid(0)
    if kdf_oid not in (_SCRYPT, _PBKDF2) or kdf_info.shape != "ds":
        raise KeyFormatError(f"the key is encrypted with a key derivation that is not known, OID {kdf_oid}", CONVERT)
    kdf_parameters = kdf_info.sequence(1)
    read = _read_scrypt if kdf_oid == _SCRYPT else _read_pbkdf2
    kdf, key_bytes, hash_module = read(kdf_parameters)
    if key_bytes not in (None, cipher.key_bytes):
        raise KeyFormatError(f"the key file derives a key of the wrong length for {cipher.name}", _COPY)
    return kdf, kdf_parameters.octets(0), iv, cipher, hash_module


def _read_scrypt(parameters: Der) -> tuple[Kdf, int | None, ModuleType | None]:
    """RFC 7914, section 7.1: salt, N, r, p, length of the key if stated."""
    if parameters.shape not in ("oiii", "oiiii"):
        raise KeyFormatError("the key file has scrypt parameters that cannot be read", _COPY)
    kdf = Scrypt(parameters.integer(1), parameters.integer(2), parameters.integer(3))
    return kdf, parameters.integer(4) if len(parameters.shape) == 5 else None, None


def _read_pbkdf2(parameters: Der) -> tuple[Kdf, int | None, ModuleType | None]:
    """RFC 8018, A.2: salt, iterations, length of the key if stated, hash if it is not SHA-1."""
    if parameters.shape not in ("oi", "ois", "oii", "oiis"):
        raise KeyFormatError("the key file has PBKDF2 parameters that cannot be read", _COPY)
    oid = _HMAC_SHA1
    if parameters.shape.endswith("s"):
        prf = parameters.sequence(len(parameters.shape) - 1)
        oid = prf.oid(0)
        if prf.shape not in ("d", "dn"):
            raise KeyFormatError("the key file has PBKDF2 parameters that cannot be read", _COPY)
    if oid not in _PRFS:
        raise KeyFormatError(f"the key is encrypted with a hash that is not known, OID {oid}", CONVERT)
    name, hash_module = _PRFS[oid]
    key_bytes = parameters.integer(2) if parameters.shape.startswith("oii") else None
    return Iterated(f"PBKDF2 {name}", parameters.integer(1)), key_bytes, hash_module


def _read_old(scheme: str, parameters: Der) -> _Read:
    """PBES1 (RFC 8018, A.3) and PKCS#12 (RFC 7292, C): salt and iterations; key and IV are both derived."""
    if parameters.shape != "oi":
        raise KeyFormatError("the key's encryption has no parameters that are known", CONVERT)
    name, hash_module, cipher = _OLD_SCHEMES[scheme]
    salt = parameters.octets(0)
    if not salt or (name.startswith("PBKDF1") and len(salt) != 8):
        raise KeyFormatError("the key file has a salt of the wrong length", _COPY)
    return Iterated(name, parameters.integer(1)), salt, b"", cipher, hash_module


def _pkcs12_key(passphrase: bytes, salt: bytes, count: int, purpose: int, size: int) -> bytes:
    """RFC 7292, B.2, with SHA-1. The passphrase is UTF-16 with two zero bytes after it; purpose 1 is a key, 2 an IV."""
    block = 64
    word = passphrase.decode("ascii").encode("utf-16-be") + b"\0\0"
    mixed = bytearray(_repeat(salt, block) + _repeat(word, block))
    derived = b""
    while True:
        digest = bytes([purpose]) * block + mixed
        for _ in range(count):
            # hashlib, since here each round is a call; it is told a lie so that it does not refuse SHA-1 anywhere.
            digest = hashlib.sha1(digest, usedforsecurity=False).digest()
        derived += digest
        if len(derived) >= size:
            return derived[:size]
        added = int.from_bytes(_repeat(digest, block)) + 1
        for start in range(0, len(mixed), block):
            total = int.from_bytes(mixed[start : start + block]) + added
            mixed[start : start + block] = (total % (1 << 8 * block)).to_bytes(block)


def _repeat(data: bytes, block: int) -> bytes:
    """`data` over and over, up to the next multiple of the block."""
    size = -(-len(data) // block) * block
    return (data * (size // len(data) + 1))[:size]

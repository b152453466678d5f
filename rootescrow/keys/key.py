"""The root key: private, and encrypted under a passphrase. What goes into an envelope and comes out of it.

The way forward is `PrivateKey.load` and `encrypt`, or `EncryptedKey.load`, which keeps a well encrypted file as it is;
the way back `EncryptedKey.parse` and `decrypt`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from Crypto.IO import PEM

from rootescrow.errors import CertificateMismatchError, KeyFormatError
from rootescrow.keys.algorithms import dissect, same_key, spki_oid
from rootescrow.keys.files import Ask, Container, certificate_spki, passphrase_from, read_key_file
from rootescrow.keys.kdf import DEFAULT_COST, Kdf, Scrypt
from rootescrow.keys.pbes import Protection, encrypt
from rootescrow.passphrase import Passphrase
from rootescrow.secret import Random, Secret

PublicKey = Callable[[Secret], bytes | None]
"""Computes the SubjectPublicKeyInfo (DER) of a PKCS#8 private key (DER), or gives None if it cannot."""


class Provenance(StrEnum):
    """How the public key, and so the fingerprint, is known."""

    CHECKED = "checked"
    """It was computed from the private key."""
    STATED = "stated"
    """The key file has it in a field of its own, or the certificate has it; nothing here could compute it."""


@dataclass(frozen=True)
class KeyFacts:
    """What is known of a key and is not secret.

    `algorithm` is for people: "RSA-4096". `spki` is the SubjectPublicKeyInfo (DER); it and `provenance` are None
    together, if neither the key file nor a certificate tells it.
    """

    algorithm: str
    spki: bytes | None = field(repr=False)
    provenance: Provenance | None

    def __post_init__(self) -> None:
        if (self.spki is None) != (self.provenance is None):
            raise ValueError("a public key is known from somewhere")

    @property
    def fingerprint(self) -> bytes | None:
        """SHA-256 of the SPKI, 32 bytes: `openssl pkey -pubout -outform DER | openssl sha256`."""
        return None if self.spki is None else hashlib.sha256(self.spki).digest()


@dataclass(frozen=True, init=False, eq=False)
class PrivateKey:
    """A private key: PKCS#8 (DER) in `pkcs8`, and its `facts`. `key.pkcs8.wipe()` ends it."""

    pkcs8: Secret
    facts: KeyFacts

    def __init__(self, pkcs8: Secret, *, certificate: bytes | None = None, public_key: PublicKey | None = None) -> None:
        """Take over a PKCS#8 key and check it, as far as its algorithm allows.

        `certificate` (PEM or DER) must be of this key. `public_key` is asked for algorithms that are unknown here.
        Raises KeyFormatError and CertificateMismatchError.
        """
        object.__setattr__(self, "pkcs8", pkcs8)
        object.__setattr__(self, "facts", _facts(pkcs8, certificate, public_key))

    @classmethod
    def load(
        cls,
        data: bytes,
        passphrase: Ask = None,
        *,
        certificate: bytes | None = None,
        public_key: PublicKey | None = None,
    ) -> Self:
        """Read the one private key in a file, whatever form it has.

        `passphrase` may be a function that asks for it; it is called only if the file is encrypted. Raises
        KeyFormatError saying what was found, PassphraseError, WrongPassphraseError and CertificateMismatchError.
        """
        return cls(read_key_file(data).pkcs8(passphrase), certificate=certificate, public_key=public_key)

    @property
    def algorithm(self) -> str:
        """As in `KeyFacts`."""
        return self.facts.algorithm

    @property
    def spki(self) -> bytes | None:
        """As in `KeyFacts`."""
        return self.facts.spki

    @property
    def fingerprint(self) -> bytes | None:
        """As in `KeyFacts`."""
        return self.facts.fingerprint

    @property
    def provenance(self) -> Provenance | None:
        """As in `KeyFacts`."""
        return self.facts.provenance

    def matches(self, certificate: bytes) -> bool:
        """Whether a certificate (PEM or DER) is of this key. Raises KeyFormatError if it is no certificate.

        False too if the public key is not known at all.
        """
        spki = certificate_spki(certificate)
        return self.spki is not None and same_key(self.spki, spki)

    def encrypt(
        self, passphrase: Passphrase | str, *, cost: Scrypt = DEFAULT_COST, rng: Random = secrets.token_bytes
    ) -> EncryptedKey:
        """Encrypt as format v1 does. Raises PassphraseError, and UsageError for a cost that openssl would not open."""
        return self._encrypt(passphrase_from(passphrase), cost, rng, "")

    def _encrypt(self, passphrase: Passphrase, cost: Scrypt, rng: Random, reason: str) -> EncryptedKey:
        return EncryptedKey(encrypt(self.pkcs8, passphrase, cost=cost, rng=rng), self.facts, reason)


@dataclass(frozen=True)
class EncryptedKey:
    """A private key under a passphrase: EncryptedPrivateKeyInfo (RFC 5958, DER) in `der`.

    `facts` are known where the key was opened in making this, and None after `parse`. `reason` says in words why the
    file was not kept as it was; it is empty if it was kept. Two are equal if their bytes are. Raises KeyFormatError for
    bytes that are something else.
    """

    der: bytes
    facts: KeyFacts | None = field(default=None, compare=False)
    reason: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        Protection.parse(self.der)

    @classmethod
    def load(
        cls,
        data: bytes,
        passphrase: Ask,
        *,
        certificate: bytes | None = None,
        public_key: PublicKey | None = None,
        cost: Scrypt = DEFAULT_COST,
        rng: Random = secrets.token_bytes,
    ) -> EncryptedKey:
        """Read the one private key in a file; keep its bytes if they are well encrypted, else encrypt it anew.

        Well encrypted is PBES2 with AES-256-CBC and a key derivation that is above OWASP's floor and that openssl
        opens. Either way it is opened once, so a wrong passphrase shows now and not on the worst day. A key that was
        not encrypted gets the passphrase. Raises what `PrivateKey.load` raises.
        """
        file = read_key_file(data)
        given: list[Passphrase] = []

        def once() -> Passphrase:
            if not given:
                given.append(passphrase_from(passphrase))
            return given[0]

        key = PrivateKey(file.pkcs8(once), certificate=certificate, public_key=public_key)
        with key.pkcs8:
            if file.container is Container.ENCRYPTED:
                der = bytes(file.content.reveal())
                reason = Protection.parse(der).weakness
                if not reason:
                    return cls(der, key.facts)
            elif file.encrypted:
                reason = f"it was {file.container}, not encrypted PKCS#8"
            else:
                reason = "it was not encrypted"
            return key._encrypt(once(), cost, rng, reason)

    @classmethod
    def parse(cls, der: bytes) -> Self:
        """What came out of an envelope, without opening it. Raises KeyFormatError."""
        return cls(der)

    @property
    def renewed(self) -> bool:
        """Whether the file was not kept byte for byte; `reason` says why."""
        return bool(self.reason)

    @property
    def kdf(self) -> Kdf:
        """How the passphrase becomes a key: its `name`, its `parameters`, and `str()` of it for people."""
        return Protection.parse(self.der).kdf

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the bytes, 32 bytes."""
        return hashlib.sha256(self.der).digest()

    def pem(self) -> str:
        """The same in PEM (RFC 7468), with a newline at its end."""
        return PEM.encode(self.der, "ENCRYPTED PRIVATE KEY") + "\n"

    def decrypt(
        self,
        passphrase: Passphrase | str,
        *,
        certificate: bytes | None = None,
        public_key: PublicKey | None = None,
    ) -> PrivateKey:
        """Open it: the mirror of `PrivateKey.encrypt`. Raises what `PrivateKey.load` raises."""
        return PrivateKey.load(self.der, passphrase, certificate=certificate, public_key=public_key)


def _facts(pkcs8: Secret, certificate: bytes | None, public_key: PublicKey | None) -> KeyFacts:
    anatomy = dissect(bytes(pkcs8.reveal()))
    certified = None if certificate is None else certificate_spki(certificate)
    spki, provenance = anatomy.computed, Provenance.CHECKED
    if spki is None and public_key is not None:
        spki = public_key(pkcs8)
        if spki is not None and (
            spki_oid(spki) != anatomy.oid or (anatomy.stated is not None and not same_key(spki, anatomy.stated))
        ):
            raise KeyFormatError(
                "the public key in the file is not that of the private key", "Use another copy of the key."
            )
    if spki is None:
        spki, provenance = anatomy.stated, Provenance.STATED
    if certified is not None and (
        spki_oid(certified) != anatomy.oid if spki is None else not same_key(spki, certified)
    ):
        raise CertificateMismatchError(
            "the certificate is of another key", "Give the certificate that was made with this private key."
        )
    if spki is None:
        spki = certified
    return KeyFacts(anatomy.algorithm, spki, None if spki is None else provenance)

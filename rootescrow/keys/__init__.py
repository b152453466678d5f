"""The root key: private, and encrypted under a passphrase; the files it comes in, and the certificate it belongs to."""

from rootescrow.keys.files import Container, KeyFile, certificate_der, certificate_pem, certificate_spki, read_key_file
from rootescrow.keys.kdf import Scrypt
from rootescrow.keys.key import EncryptedKey, KeyFacts, PrivateKey, Provenance, PublicKey

__all__ = [
    "Container",
    "EncryptedKey",
    "KeyFacts",
    "KeyFile",
    "PrivateKey",
    "Provenance",
    "PublicKey",
    "Scrypt",
    "certificate_der",
    "certificate_pem",
    "certificate_spki",
    "read_key_file",
]

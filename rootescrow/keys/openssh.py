"""Private keys in OpenSSH's own form (openssh-key-v1), described in PROTOCOL.key of its sources."""

from __future__ import annotations

from dataclasses import dataclass

from Crypto import IncorrectPassphraseError, KdfLimitError
from Crypto.PublicKey import ECC, RSA

from rootescrow.errors import KeyFormatError
from rootescrow.keys.pbes import wrong_passphrase
from rootescrow.passphrase import Passphrase
from rootescrow.secret import Secret

MAX_ROUNDS = 4096
"""Of bcrypt: 20 seconds. ssh-keygen itself uses 24, careful people 100 to 1000."""

_MAGIC = b"openssh-key-v1\0"


@dataclass(frozen=True)
class Header:
    """What an OpenSSH key says in the clear: cipher, key derivation, and the type of its public half."""

    cipher: bytes
    kdf: bytes
    kind: bytes

    @property
    def encrypted(self) -> bool:
        """Whether opening the key takes a passphrase."""
        return self.cipher != b"none"


def open_openssh(pem: str, header: Header, passphrase: Passphrase | None) -> Secret:
    """The private key of an OpenSSH PEM block, as PKCS#8 (DER). `header` is that of the same block.

    Raises WrongPassphraseError and KeyFormatError.
    """
    if (header.cipher, header.kdf) not in ((b"none", b"none"), (b"aes256-ctr", b"bcrypt")):
        raise KeyFormatError(
            "the OpenSSH key is encrypted with a cipher that is not known",
            "Write it anew: ssh-keygen -p -Z aes256-ctr -f FILE",
        )
    word = None if passphrase is None else bytes(passphrase.reveal())
    try:
        if header.kind == b"ssh-rsa":
            rsa = RSA.import_key(pem, word, max_iteration_count=MAX_ROUNDS)
            return Secret(bytearray(rsa.export_key(format="DER", pkcs=8)))
        if header.kind == b"ssh-ed25519" or header.kind.startswith(b"ecdsa-sha2-nistp"):
            ecc = ECC.import_key(pem, word, max_iteration_count=MAX_ROUNDS)
            return Secret(bytearray(ecc.export_key(format="DER", use_pkcs8=True)))
    except IncorrectPassphraseError:
        raise wrong_passphrase() from None
    except KdfLimitError:
        raise KeyFormatError(
            f"the OpenSSH key asks for more than {MAX_ROUNDS} rounds to open it",
            "If the file can be trusted, write it anew: ssh-keygen -p -a 100 -f FILE",
        ) from None
    except (ValueError, IndexError, TypeError):
        raise _damaged() from None
    raise KeyFormatError(
        "the OpenSSH key is of a kind that is not read", "Those read are RSA, ECDSA on NIST's curves, and Ed25519."
    )


def read_header(blob: bytes) -> Header:
    """Magic, cipher, key derivation, its options, number of keys, then the public key. Raises KeyFormatError."""
    if not blob.startswith(_MAGIC):
        raise _damaged()
    cipher, rest = _string(blob[len(_MAGIC) :])
    kdf, rest = _string(rest)
    _, rest = _string(rest)
    if rest[:4] != b"\0\0\0\1":
        raise KeyFormatError("the OpenSSH file holds several keys, or is damaged", "Give a file with the key alone.")
    public, _ = _string(rest[4:])
    return Header(cipher, kdf, _string(public)[0])


def _string(data: bytes) -> tuple[bytes, bytes]:
    """RFC 4251, section 5: a string with its length in four bytes before it; and what follows it."""
    end = 4 + int.from_bytes(data[:4])
    if len(data) < max(4, end):
        raise _damaged()
    return data[4:end], data[end:]


def _damaged() -> KeyFormatError:
    return KeyFormatError("the OpenSSH key is damaged", "Use another copy of the key file.")

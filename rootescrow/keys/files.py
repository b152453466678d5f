"""What a file is in which a private key, or a certificate, is looked for; and the private key out of it.

Read are PEM and DER; PKCS#8 plain and encrypted, PKCS#1, SEC 1, the same in encrypted PEM of old ("Proc-Type",
RFC 1421), and OpenSSH. Whatever else is found is named in the error, with the way from there to a private key.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from Crypto import IncorrectPassphraseError
from Crypto.IO import PEM

from rootescrow.errors import KeyFormatError, PassphraseError
from rootescrow.keys.algorithms import pkcs8_of_ec, pkcs8_of_rsa
from rootescrow.keys.der import MAX_BYTES as MAX_DER_BYTES
from rootescrow.keys.der import Der
from rootescrow.keys.openssh import open_openssh, read_header
from rootescrow.keys.pbes import CONVERT, Protection, wrong_passphrase
from rootescrow.passphrase import Passphrase
from rootescrow.secret import Secret

MAX_FILE_BYTES = 256 * 1024
"""A key in PEM has at most 80 KiB; the rest is room for the certificates and remarks that stand beside it."""
Ask = Passphrase | str | Callable[[], Passphrase | str] | None
"""A passphrase, or what asks for it when it is needed, or none."""

_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 #]{1,40})-----")
_END = re.compile(r"-----END ([A-Z0-9 #]{1,40})-----")
_DEK = re.compile(r"DEK-Info: *((?:AES-(?:128|192|256)|DES-EDE3|DES)-CBC),((?:[0-9A-Fa-f]{2})+)")
_COPY = "Use another copy of the key file."
_WANTED = "Give the file with the private key."
_OF_CERTIFICATE = (
    "Give the private key that the certificate was made with; the certificate itself goes to --certificate."
)
_OF_PKCS12 = "Take the key out: openssl pkcs12 -in FILE -nocerts -out key.pem (for old files with -legacy)"
_LABELS = {
    "CERTIFICATE": ("a certificate", _OF_CERTIFICATE),
    "X509 CERTIFICATE": ("a certificate", _OF_CERTIFICATE),
    "TRUSTED CERTIFICATE": ("a certificate", _OF_CERTIFICATE),
    "CERTIFICATE REQUEST": ("a certificate request", _WANTED),
    "NEW CERTIFICATE REQUEST": ("a certificate request", _WANTED),
    "PUBLIC KEY": ("a public key", _WANTED),
    "RSA PUBLIC KEY": ("a public key", _WANTED),
    "X509 CRL": ("a certificate revocation list", _WANTED),
    "EC PARAMETERS": ("the name of a curve", _WANTED),
    "PKCS7": ("a PKCS#7 message", _WANTED),
    "CMS": ("a CMS message", _WANTED),
    "PKCS12": ("a PKCS#12 file", _OF_PKCS12),
}
_SHAPES = (
    (r"iss?", "a PKCS#12 file", _OF_PKCS12),
    (r"ssb", "a certificate", _OF_CERTIFICATE),
    (r"sb|ii", "a public key", _WANTED),
    (r"iiiiii", "a DSA key of the traditional form", CONVERT),
    (r"d0", "a CMS message", "If it is the envelope of an escrow, it is opened with sheets: rootescrow recover."),
)
_KINDS = (
    (b"ssh-", "an OpenSSH public key"),
    (b"ecdsa-sha2-", "an OpenSSH public key"),
    (b"PuTTY-User-Key-File", "a PuTTY key (puttygen FILE -O private-openssh-new -o NEW converts it)"),
    (b"\xff\xfe", "text in UTF-16 (save it as UTF-8)"),
    (b"\xfe\xff", "text in UTF-16 (save it as UTF-8)"),
    (b"\xfe\xed\xfe\xed", "a Java keystore (keytool -importkeystore -deststoretype PKCS12 converts it)"),
)


class Container(StrEnum):
    """The form in which a private key was found."""

    PKCS8 = "PKCS#8"
    ENCRYPTED = "encrypted PKCS#8"
    PKCS1 = "PKCS#1"
    SEC1 = "SEC 1"
    OLD_PEM = "encrypted PEM of the old form"
    OPENSSH = "OpenSSH"


@dataclass(frozen=True)
class KeyFile:
    """One private key, still as it was found. `content` is DER, for OLD_PEM and OPENSSH the PEM block.

    Made by `read_key_file`. `encrypted` says whether opening it takes a passphrase.
    """

    container: Container
    content: Secret
    encrypted: bool

    def pkcs8(self, ask: Ask = None) -> Secret:
        """The private key as PKCS#8 (DER). `ask` is used only if the file is encrypted.

        Raises WrongPassphraseError, PassphraseError if there is none or an impossible one, and KeyFormatError.
        """
        content = bytes(self.content.reveal())
        match self.container:
            case Container.PKCS8:
                return Secret(content)
            case Container.PKCS1:
                return Secret(bytearray(pkcs8_of_rsa(content)))
            case Container.SEC1:
                return Secret(bytearray(pkcs8_of_ec(content)))
            case Container.ENCRYPTED:
                return _open_encrypted(Protection.parse(content), ask)
            case Container.OLD_PEM:
                return _open_old_pem(content.decode("ascii"), ask)
            case Container.OPENSSH:
                pem = content.decode("ascii")
                header = read_header(base64.b64decode("".join(pem.splitlines()[1:-1])))
                return open_openssh(pem, header, passphrase_from(ask) if self.encrypted else None)


def read_key_file(data: bytes) -> KeyFile:
    """Find the one private key in a file, without opening it.

    Raises KeyFormatError saying what was found instead.
    """
    if b"-----BEGIN " not in data:
        return _key_of_der(_not_pem(data, "private key"))
    blocks = _pem_blocks(data)
    keys = [block for block in blocks if "PRIVATE KEY" in block.label]
    if len(keys) > 1:
        raise KeyFormatError(
            f"the file holds {len(keys)} private keys", "Give a file with the root key alone: one key is one escrow."
        )
    if not keys:
        raise _found(*_LABELS.get(blocks[0].label, (f"a PEM block {blocks[0].label}", _WANTED)))
    return _key_of_pem(keys[0])


def passphrase_from(ask: Ask) -> Passphrase:
    """The passphrase itself. Raises PassphraseError if there is none."""
    if callable(ask):
        ask = ask()
    if ask is None:
        raise PassphraseError("the key file is encrypted, and no passphrase was given", "Give its passphrase.")
    return Passphrase.from_text(ask) if isinstance(ask, str) else ask


def certificate_der(data: bytes) -> bytes:
    """The one certificate (X.509) in a file, PEM or DER, as DER. Raises KeyFormatError."""
    if b"-----BEGIN " in data:
        blocks = _pem_blocks(data)
        found = [block for block in blocks if block.label in ("CERTIFICATE", "X509 CERTIFICATE")]
        if len(found) > 1:
            raise KeyFormatError(
                f"the certificate file holds {len(found)} certificates", "Give the certificate of the root key alone."
            )
        if not found:
            what = "a private key" if "PRIVATE KEY" in blocks[0].label else f"a PEM block {blocks[0].label}"
            raise KeyFormatError(f"the certificate file holds {what}", "Give the root key's certificate.")
        der = _whole(_unbase64(found[0]))
    else:
        der = _not_pem(data, "certificate")
    certificate_spki_of(der)
    return der


def certificate_pem(der: bytes) -> bytes:
    """A certificate (DER) as PEM, as openssl writes it."""
    return PEM.encode(der, "CERTIFICATE").encode() + b"\n"


def certificate_spki(data: bytes) -> bytes:
    """The SubjectPublicKeyInfo (DER) of the one certificate in a file, PEM or DER. Raises KeyFormatError."""
    return certificate_spki_of(certificate_der(data))


def certificate_spki_of(der: bytes) -> bytes:
    """The SubjectPublicKeyInfo (DER) of a certificate (RFC 5280, section 4.1; DER). Raises KeyFormatError."""
    certificate = Der(der)
    if certificate.shape == "ssb":
        body = certificate.sequence(0)
        place = 6 if body.shape.startswith("0") else 5
        if re.match(r"0?issss", body.shape) and len(body.shape) > place:
            key = body.sequence(place)
            if key.shape == "sb":
                return body.raw(place)
    raise KeyFormatError("this is no certificate", "Give the root key's certificate, in PEM or DER form.")


@dataclass(frozen=True)
class _Block:
    """A PEM block (RFC 7468): its label, and the lines between BEGIN and END."""

    label: str
    lines: tuple[str, ...] = field(repr=False)


def _pem_blocks(data: bytes) -> list[_Block]:
    """All blocks of a PEM file, one or more. Text around them is no concern of ours."""
    if len(data) > MAX_FILE_BYTES:
        raise _too_large()
    blocks: list[_Block] = []
    lines: list[str] = []
    label = ""
    # latin-1 takes any byte: remarks beside a block may be in any character set, what is in it is checked later.
    for line in map(str.strip, data.decode("latin-1").removeprefix("\xef\xbb\xbf").splitlines()):
        begin, end = _BEGIN.fullmatch(line), _END.fullmatch(line)
        if begin:
            if label:
                raise KeyFormatError(f"the PEM block {label} does not end before the next begins", _COPY)
            label, lines = begin[1], []
        elif end:
            if end[1] != label:
                raise KeyFormatError(f"a PEM block ends as {end[1]} that did not begin so", _COPY)
            blocks.append(_Block(label, tuple(lines)))
            label = ""
        elif label:
            lines.append(line)
    if label:
        raise KeyFormatError(f"the file is cut off: its PEM block {label} has no end", _COPY)
    if not blocks:
        raise KeyFormatError("the file is PEM whose lines were run together or cut", _COPY)
    return blocks


def _key_of_pem(block: _Block) -> KeyFile:
    if block.label == "OPENSSH PRIVATE KEY":
        return KeyFile(Container.OPENSSH, Secret(_armour(block)), read_header(_unbase64(block)).encrypted)
    if block.lines and block.lines[0].startswith("Proc-Type:"):
        if not re.fullmatch(r"Proc-Type: *4, *ENCRYPTED", block.lines[0]):
            raise KeyFormatError("the PEM block has a Proc-Type that is not known", CONVERT)
        if len(block.lines) < 4 or not block.lines[1].startswith("DEK-Info:") or block.lines[2]:
            raise KeyFormatError("the encrypted PEM block is damaged at its beginning", _COPY)
        if not _DEK.fullmatch(block.lines[1]):
            raise KeyFormatError("the PEM block is encrypted with a cipher that is not known", CONVERT)
        _unbase64(_Block(block.label, block.lines[3:]))
        return KeyFile(Container.OLD_PEM, Secret(_armour(block)), encrypted=True)
    return _key_of_der(_whole(_unbase64(block)))


def _armour(block: _Block) -> bytearray:
    return bytearray(
        "\n".join((f"-----BEGIN {block.label}-----", *block.lines, f"-----END {block.label}-----")), "ascii"
    )


def _unbase64(block: _Block) -> bytes:
    text = "".join(block.lines)
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    # Python lets some wrong endings pass; one text is to stand for one value.
    if base64.b64encode(data).decode() != text:
        raise KeyFormatError(f"the PEM block {block.label} is damaged: it is not base64", _COPY)
    if not data:
        raise KeyFormatError(f"the PEM block {block.label} is empty", _COPY)
    return data


def _not_pem(data: bytes, wanted: str) -> bytes:
    """`data` itself if it is one whole DER structure; else the error that says what it is."""
    if not data:
        raise KeyFormatError("the file is empty", f"Give the file with the {wanted}.")
    if len(data) > MAX_DER_BYTES:
        raise _too_large()
    kind = _kind(data)
    if data.startswith(b"\x30") and kind != "text":
        return _whole(data)
    raise KeyFormatError(f"the file holds {kind}, and no {wanted}", f"Give the file with the {wanted}.")


def _kind(data: bytes) -> str:
    for start, kind in _KINDS:
        if data.startswith(start):
            return kind
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "binary data"
    return "text" if all(c.isprintable() or c.isspace() for c in text) else "binary data"


def _whole(der: bytes) -> bytes:
    """`der` itself if it is as long as it says. Raises KeyFormatError if it is cut off or has bytes after its end."""
    size = der[1] & 0x7F if len(der) > 1 and der[1] >= 0x80 else 0
    if len(der) < 2 or der[0] != 0x30 or (size == 0 and der[1] == 0x80) or size > 4:
        raise KeyFormatError("the file holds no DER structure", _COPY)
    length = 2 + size + (int.from_bytes(der[2 : 2 + size]) if size else der[1])
    if length > len(der):
        raise KeyFormatError(f"the file is cut off: it has {len(der)} bytes of {length}", _COPY)
    if length < len(der):
        raise KeyFormatError(f"there are {len(der) - length} bytes after the end of the DER structure", _COPY)
    return der


def _key_of_der(der: bytes) -> KeyFile:
    container = _container(der)
    return KeyFile(container, Secret(der), container is Container.ENCRYPTED)


def _container(der: bytes) -> Container:
    """Which private key a DER structure is, told by the types of its items."""
    sequence = Der(der)
    shape = sequence.shape
    if re.fullmatch(r"iso0?k?", shape):
        return Container.PKCS8
    if shape == "so":
        return Container.ENCRYPTED
    if re.fullmatch(r"i{9}s?", shape):
        return Container.PKCS1
    if re.fullmatch(r"io0?1?", shape):
        return Container.SEC1
    if shape == "ssb" and len(sequence.sequence(0).shape) < 6:
        raise _found("a certificate request", _WANTED)
    for pattern, what, hint in _SHAPES:
        if re.fullmatch(pattern, shape):
            raise _found(what, hint)
    raise KeyFormatError("the file holds a DER structure that is no private key", _WANTED)


def _open_encrypted(protection: Protection, ask: Ask) -> Secret:
    protection.kdf.check()
    plain = protection.decrypt(passphrase_from(ask))
    return _recognised(plain, Container.PKCS8)


def _recognised(plain: Secret, *containers: Container) -> Secret:
    """What a passphrase has opened, as PKCS#8. By its padding alone, one wrong passphrase in 256 seems right."""
    try:
        file = _key_of_der(bytes(plain.reveal()))
    except KeyFormatError:
        raise wrong_passphrase() from None
    if file.container not in containers:
        raise wrong_passphrase()
    return file.pkcs8()


def _open_old_pem(text: str, ask: Ask) -> Secret:
    word = passphrase_from(ask)
    try:
        der, _, _ = PEM.decode(text, bytes(word.reveal()))
    except IncorrectPassphraseError:
        raise wrong_passphrase() from None
    except ValueError:
        raise KeyFormatError("the encrypted PEM block is damaged", _COPY) from None
    return _recognised(Secret(bytearray(der)), Container.PKCS8, Container.PKCS1, Container.SEC1)


def _found(what: str, hint: str) -> KeyFormatError:
    return KeyFormatError(f"the file holds {what}, and no private key", hint)


def _too_large() -> KeyFormatError:
    return KeyFormatError("the file is too large for a key or a certificate", _WANTED)

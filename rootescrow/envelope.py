"""The envelope: the encrypted key inside CMS, under the escrow secret.

RFC 5083 AuthEnvelopedData with one KEKRecipientInfo (RFC 5652, section 6.2.3), the content key wrapped by RFC 3394, the
content sealed by AES-256-GCM (RFC 5084). One profile and no other is written, and the same is read: an envelope is
accepted only if building it anew from what was read gives the same bytes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Self

from Crypto.Cipher import AES
from Crypto.Util.asn1 import DerObjectId, DerOctetString, DerSequence, DerSetOf

from rootescrow.codes import EscrowId
from rootescrow.errors import EnvelopeError, IntegrityError, TagError
from rootescrow.secret import Random, Secret, draw

MAX_BYTES = 64 * 1024
"""No envelope is larger: RSA-8192 makes one of 5 KiB, and keys of lattice and hash schemes stay well below this."""
MAX_PRINTED_BYTES = 12 * 1024
"""A larger envelope is kept on media only: on paper it would be over 18 codes and 490 lines."""
KEY_BYTES = 32
NONCE_BYTES = 12
"""RFC 5084, section 3.2, recommends 12; other lengths are refused."""
TAG_BYTES = 16
_ID_BYTES = 5
_WRAPPED_BYTES = KEY_BYTES + 8

_AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23"
_DATA = "1.2.840.113549.1.7.1"
_AES256_WRAP = "2.16.840.1.101.3.4.1.45"
_AES256_GCM = "2.16.840.1.101.3.4.1.46"
_RENEW = "Use another copy: the envelope is on the media and, where the plan says so, on paper."


@dataclass(frozen=True)
class Envelope:
    """An envelope of format v1. Not secret; yet whoever has it and a quorum has the encrypted key.

    `der` is the whole file; `id`, `wrapped` (40 bytes), `nonce` (12), `ciphertext` and `tag` (16) are its parts.
    """

    id: EscrowId
    wrapped: bytes
    nonce: bytes
    ciphertext: bytes
    tag: bytes

    def __post_init__(self) -> None:
        for name, value, size in (
            ("wrapped key", self.wrapped, _WRAPPED_BYTES),
            ("nonce", self.nonce, NONCE_BYTES),
            ("tag", self.tag, TAG_BYTES),
        ):
            if len(value) != size:
                raise EnvelopeError(f"the envelope's {name} has {len(value)} bytes where format v1 has {size}", _RENEW)
        if not self.ciphertext:
            raise EnvelopeError("the envelope is empty inside", _RENEW)
        if len(self.der) > MAX_BYTES:
            raise EnvelopeError(
                f"the envelope has {len(self.der)} bytes; format v1 ends at {MAX_BYTES}",
                "A key this large cannot be escrowed; use a smaller key file.",
            )

    @property
    def der(self) -> bytes:
        """The bytes of `envelope.cms`."""
        recipient = DerSequence(
            [
                4,
                DerSequence([DerOctetString(self.id.value)]),
                DerSequence([DerObjectId(_AES256_WRAP)]),
                DerOctetString(self.wrapped),
            ],
            implicit=2,
        )
        parameters = DerSequence([DerOctetString(self.nonce), TAG_BYTES])
        content = DerSequence(
            [
                DerObjectId(_DATA),
                DerSequence([DerObjectId(_AES256_GCM), parameters]),
                DerOctetString(self.ciphertext, implicit=0),
            ]
        )
        body = DerSequence([0, DerSetOf([recipient.encode()]), content, DerOctetString(self.tag)], explicit=0)
        return DerSequence([DerObjectId(_AUTH_ENVELOPED_DATA), body]).encode()

    @classmethod
    def parse(cls, der: bytes) -> Self:
        """Read `envelope.cms`: exactly the profile that `der` writes. Raises EnvelopeError saying what differs."""
        if len(der) > MAX_BYTES:
            raise EnvelopeError(f"a file of over {MAX_BYTES} bytes is no envelope", "Name the file envelope.cms.")
        length = der_length(der)
        if length is None:
            raise EnvelopeError("this is no envelope", "An envelope is a CMS file in DER form, envelope.cms.")
        if len(der) != length:
            what = "is cut off" if len(der) < length else "has further bytes at its end"
            raise EnvelopeError(f"the envelope {what}: {len(der)} bytes where it says {length}", _RENEW)
        try:
            envelope = cls._decode(der)
        except (ValueError, IndexError, TypeError):
            raise EnvelopeError("the envelope is damaged, or a CMS file of another kind", _RENEW) from None
        if envelope.der != der:
            raise EnvelopeError("this CMS file is not of the one form that format v1 allows", _RENEW)
        return envelope

    @classmethod
    def _decode(cls, der: bytes) -> Self:
        """Take out the five fields that vary. Whatever else differs shows when the envelope is built anew."""
        content_info = DerSequence().decode(der, strict=True, nr_elements=2)
        body = DerSequence(explicit=0).decode(content_info[1], strict=True, nr_elements=4)
        recipients = DerSetOf().decode(body[1], strict=True)
        if len(recipients) != 1 or not isinstance(recipients[0], bytes):
            raise ValueError
        recipient = DerSequence(implicit=2).decode(recipients[0], strict=True, nr_elements=4)
        identifier = DerSequence().decode(recipient[1], strict=True, nr_elements=1)
        content = DerSequence().decode(body[2], strict=True, nr_elements=3)
        cipher = DerSequence().decode(content[1], strict=True, nr_elements=2)
        parameters = DerSequence().decode(cipher[1], strict=True)
        key_id = DerOctetString().decode(identifier[0], strict=True).payload
        if len(key_id) != _ID_BYTES:
            raise ValueError
        return cls(
            id=EscrowId(key_id),
            wrapped=DerOctetString().decode(recipient[3], strict=True).payload,
            nonce=DerOctetString().decode(parameters[0], strict=True).payload,
            ciphertext=DerOctetString(implicit=0).decode(content[2], strict=True).payload,
            tag=DerOctetString().decode(body[3], strict=True).payload,
        )

    def open(self, secret: Secret) -> bytes:
        """The encrypted key (DER), if `secret` is the escrow secret of this envelope and nothing was altered.

        Raises IntegrityError if the envelope names another escrow id, TagError if it was altered.
        """
        id_of_secret = EscrowId.of(secret)
        if id_of_secret != self.id:
            raise IntegrityError(
                f"the envelope says it belongs to escrow {self.id}, the sheets to {id_of_secret}",
                "Look for the envelope with the id that stands on the sheets.",
            )
        altered = TagError(f"the envelope of escrow {self.id} was altered, or its copy is damaged", _RENEW)
        try:
            content_key = AES.new(secret.reveal(), AES.MODE_KW).unseal(self.wrapped)
        except ValueError:
            raise altered from None
        with Secret(content_key) as key:
            try:
                cipher = AES.new(key.reveal(), AES.MODE_GCM, nonce=self.nonce, mac_len=TAG_BYTES)
                return cipher.decrypt_and_verify(self.ciphertext, self.tag)
            except ValueError:
                raise altered from None


def seal(encrypted_key: bytes, secret: Secret, *, rng: Random = secrets.token_bytes) -> Envelope:
    """Seal an encrypted key (DER) under an escrow secret of 32 bytes: the mirror of `Envelope.open`.

    Raises EnvelopeError if the result would be larger than 64 KiB.
    """
    if len(secret) != KEY_BYTES:
        raise ValueError(f"an escrow secret has {KEY_BYTES} bytes")
    nonce = draw(rng, NONCE_BYTES)
    with Secret(draw(rng, KEY_BYTES)) as key:
        wrapped = AES.new(secret.reveal(), AES.MODE_KW).seal(bytes(key.reveal()))
        cipher = AES.new(key.reveal(), AES.MODE_GCM, nonce=nonce, mac_len=TAG_BYTES)
        ciphertext, tag = cipher.encrypt_and_digest(encrypted_key)
    return Envelope(EscrowId.of(secret), wrapped, nonce, ciphertext, tag)


def der_length(start: bytes) -> int | None:
    """How many bytes the DER sequence has that begins with `start` (4 bytes suffice); None if none begins there.

    So it is known how many text lines there are as soon as the first one is.
    """
    if len(start) < 4 or start[0] != 0x30:
        return None
    if start[1] < 0x80:
        return 2 + start[1]
    size = start[1] & 0x7F
    if not 1 <= size <= 2:
        return None
    return 2 + size + int.from_bytes(start[2 : 2 + size])

"""Strict reading of DER (X.690): one encoding for one value, nothing after the end.

pycryptodome decodes; what it lets pass is caught by encoding anew and comparing. Whatever is wrong is a KeyFormatError.
"""

from __future__ import annotations

from typing import Self

from Crypto.Util.asn1 import DerBitString, DerObjectId, DerOctetString, DerSequence

from rootescrow.errors import KeyFormatError

MAX_BYTES = 60 * 1024
"""No key or certificate read here is larger: an envelope ends at 64 KiB, and decoding takes time by the square."""
_LETTERS = {
    0x02: "i",
    0x03: "b",
    0x04: "o",
    0x05: "n",
    0x06: "d",
    0x30: "s",
    0x81: "k",
    0xA0: "0",
    0xA1: "1",
}


class Der:
    """A decoded SEQUENCE. Its items are taken out by place, as the type that is expected there.

    `shape` has a letter an item: i INTEGER, b BIT STRING, o OCTET STRING, n NULL, d OBJECT IDENTIFIER, s SEQUENCE,
    0 and 1 constructed [0] and [1], k primitive [1], ? anything else.
    """

    def __init__(self, der: bytes, *, explicit: int | None = None) -> None:
        if len(der) > MAX_BYTES:
            raise KeyFormatError(f"a DER structure of over {MAX_BYTES} bytes", "No key or certificate is this large.")
        sequence = DerSequence(explicit=explicit)
        try:
            sequence.decode(der, strict=True)
            canonical = sequence.encode() == der
        except (ValueError, IndexError):
            raise _damaged() from None
        if not canonical:
            raise _damaged()
        self._items: tuple[int | bytes, ...] = tuple(sequence[:])
        self.shape = "".join("i" if isinstance(item, int) else _LETTERS.get(item[0], "?") for item in self._items)

    def integer(self, place: int) -> int:
        """The INTEGER at `place`."""
        item = self._item(place)
        if not isinstance(item, int):
            raise _damaged()
        return item

    def raw(self, place: int) -> bytes:
        """The whole encoding of the item at `place`, which is no INTEGER."""
        item = self._item(place)
        if isinstance(item, int):
            raise _damaged()
        return item

    def sequence(self, place: int) -> Self:
        """The SEQUENCE at `place`."""
        return type(self)(self.raw(place))

    def octets(self, place: int) -> bytes:
        """The content of the OCTET STRING at `place`."""
        return octets(self.raw(place))

    def bits(self, place: int, *, implicit: int | None = None, explicit: int | None = None) -> bytes:
        """The content of the BIT STRING of whole bytes at `place`."""
        try:
            return DerBitString(implicit=implicit, explicit=explicit).decode(self.raw(place), strict=True).value
        except (ValueError, IndexError):
            raise _damaged() from None

    def oid(self, place: int, *, explicit: int | None = None) -> str:
        """The OBJECT IDENTIFIER at `place`, in dotted form."""
        try:
            return DerObjectId(explicit=explicit).decode(self.raw(place), strict=True).value
        except (ValueError, IndexError):
            raise _damaged() from None

    def _item(self, place: int) -> int | bytes:
        if place >= len(self._items):
            raise _damaged()
        return self._items[place]


def octets(der: bytes) -> bytes:
    """The content of an OCTET STRING."""
    try:
        return DerOctetString().decode(der, strict=True).payload
    except (ValueError, IndexError):
        raise _damaged() from None


def _damaged() -> KeyFormatError:
    return KeyFormatError("a DER structure is damaged", "Use another copy of the file.")

"""The worked example of the recovery booklet: every value of it in the order in which a recovery meets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rootescrow.ceremony.example import (
    DIGEST_X,
    FIELDS,
    KEY,
    PASSPHRASE,
    POLICY,
    SECRET_X,
    SEED,
    Example,
    Points,
    der_rows,
    fields,
    numbers,
)
from rootescrow.codes import check_code
from rootescrow.paper.fonts import Face
from rootescrow.paper.layout import Paragraph
from rootescrow.paper.report import SIZE, TEXT, Block, Cell, Column, Heading, Table, Text, runs
from rootescrow.paper.text import Catalogue
from rootescrow.paper.wording import quorum
from rootescrow.shamir import Share

SECTION = 11.5
"""The size of the headings within a chapter, points."""
_HEX = 9.0
_ROW = 16
_NAME = 52.0
_BYTES = 94.0
_SHEET = 30.0

ENVELOPE_PARTS = (
    "SEQUENCE: ContentInfo",
    "contentType: id-ct-authEnvelopedData, 1.2.840.113549.1.9.16.1.23",
    "[0]: content",
    "SEQUENCE: AuthEnvelopedData",
    "version 0",
    "SET: recipientInfos",
    "[2]: KEKRecipientInfo",
    "version 4",
    "SEQUENCE: kekid",
    "keyIdentifier",
    "SEQUENCE: keyEncryptionAlgorithm",
    "id-aes256-wrap, 2.16.840.1.101.3.4.1.45",
    "encryptedKey: A, R1, R2, R3, R4",
    "SEQUENCE: authEncryptedContentInfo",
    "contentType: id-data, 1.2.840.113549.1.7.1",
    "SEQUENCE: contentEncryptionAlgorithm",
    "id-aes256-GCM, 2.16.840.1.101.3.4.1.46",
    "SEQUENCE: GCMParameters",
    "aes-nonce",
    "aes-ICVlen 16",
    "[0]: encryptedContent",
    "mac",
)
"""The elements of an envelope in their order, as the standards call them."""
KEY_PARTS = (
    "SEQUENCE: EncryptedPrivateKeyInfo",
    "SEQUENCE: encryptionAlgorithm",
    "PBES2, 1.2.840.113549.1.5.13",
    "SEQUENCE: PBES2-params",
    "SEQUENCE: keyDerivationFunc",
    "scrypt, 1.3.6.1.4.1.11591.4.11",
    "SEQUENCE: scrypt-params",
    "salt",
    "N",
    "r",
    "p",
    "SEQUENCE: encryptionScheme",
    "aes256-CBC-PAD, 2.16.840.1.101.3.4.1.42",
    "IV",
    "encryptedData",
)
"""The elements of the encrypted key."""


def example_blocks(example: Example, say: Catalogue) -> Iterator[Block]:
    """The chapter, without its heading."""
    yield _text(say, "example.what")
    yield _text(say, "example.drawn", seed=SEED)
    yield _text(say, "example.policy", policy=quorum(POLICY, say))
    yield from _sheets(example, say)
    yield from _fields(example, say)
    for number, group in enumerate(POLICY.groups):
        yield _head(say(f"example.values_head_{number + 1}", group=group.name))
        shares, points = example.shares[number], example.groups[number]
        labels = [say("example.place_sheet", x=share.member_index, sheet=_name(share)) for share in shares]
        yield _points(points, labels, say, top=False)
        if not number:
            yield _text(say, "example.factor_what")
    yield _head(say("example.top_head"))
    yield _points(example.top, [say("example.place", x=place) for place in example.top.places], say, top=True)
    yield from _feistel(example, say)
    yield from _id(example, say)
    yield from _envelope(example, say)
    yield from _key(example, say)
    yield from _paper(example, say)


def rows_of_hex(data: bytes) -> tuple[Paragraph, ...]:
    """Bytes, sixteen a line."""
    rows = (data[at : at + _ROW].hex(" ") for at in range(0, len(data), _ROW))
    return tuple(Paragraph(((row, Face.MONO),), _HEX) for row in rows)


def _name(share: Share) -> str:
    return f"{POLICY.groups[share.group_index].name}/{share.member_index + 1}"


def _text(say: Catalogue, key: str, **values: object) -> Text:
    return Text((Paragraph(runs(say, key, values), SIZE),))


def _head(text: str) -> Heading:
    return Heading(text, SECTION)


def _mono(text: str) -> tuple[Paragraph, ...]:
    return (Paragraph(((text, Face.MONO),), _HEX),)


def _values(rows: Iterable[tuple[str, Cell]]) -> Table:
    return Table((Column("", _NAME), Column("", TEXT - _NAME, Face.MONO, _HEX)), tuple(rows), together=True)


def _sheets(example: Example, say: Catalogue) -> Iterator[Block]:
    yield _head(say("example.shares_head"))
    taken = ", ".join(_name(share) for group in example.shares for share in group)
    yield _text(say, "example.shares_what", sheets=taken)
    rows = []
    for group in example.escrow.shares:
        for share in group:
            code = Paragraph(((check_code(share.text.encode()), Face.MONO_BOLD),), 8.0)
            rows.append(((Paragraph(((_name(share), Face.SANS_BOLD),), SIZE), code), _mono(share.text)))
    columns = (Column(say("example.sheet"), _SHEET + 10), Column(say("example.words"), TEXT - _SHEET - 10))
    yield Table(columns, tuple(rows))


def _fields(example: Example, say: Catalogue) -> Iterator[Block]:
    share = example.shares[0][0]
    name = _name(share)
    yield _head(say("example.numbers_head", sheet=name))
    yield _text(say, "example.numbers_what", sheet=name)
    yield Text(_mono(" ".join(f"{number}" for number in numbers(share))))
    yield replace(_text(say, "example.fields_what"), keep=True)
    rows = []
    for field, value in fields(share):
        bits = FIELDS[field]
        shown = f"{value:x}" if field in ("ps", "C") else f"{value:0{bits}b} = {value}"
        rows.append((field, str(bits), _mono(f"{value:0{2 * 32}x}" if field == "ps" else shown)))
    yield Table(
        (
            Column(say("format.field"), 16.0, Face.MONO),
            Column(say("format.bits"), 14.0),
            Column(say("format.value"), TEXT - 30.0),
        ),
        tuple(rows),
        together=True,
    )


def _points(points: Points, labels: Iterable[str], say: Catalogue, *, top: bool) -> Table:
    rows: list[tuple[str, Cell]] = [
        (label, rows_of_hex(value)) for label, value in zip(labels, points.values, strict=True)
    ]
    for x, factors in ((SECRET_X, points.secret_factors), (DIGEST_X, points.digest_factors)):
        rows.append((say(f"example.factors_{x}"), _mono(bytes(factors).hex(" "))))
    rows.append((say("example.at_255_top" if top else "example.at_255"), rows_of_hex(points.secret)))
    rows.append((say("example.at_254"), rows_of_hex(points.digest)))
    rows.append((say("example.mac_top" if top else "example.mac"), rows_of_hex(points.mac)))
    return _values(rows)


def _feistel(example: Example, say: Catalogue) -> Iterator[Block]:
    yield _head(say("example.feistel_head"))
    rows: list[tuple[str, Cell]] = []
    for turn in example.rounds:
        rows.append((say("example.round", i=turn.number) + ": L", rows_of_hex(turn.left)))
        rows.append(("R", rows_of_hex(turn.right)))
        rows.append(("F", rows_of_hex(turn.mask)))
    rows.append((say("example.secret"), rows_of_hex(example.secret)))
    yield _values(rows)


def _id(example: Example, say: Catalogue) -> Iterator[Block]:
    yield _head(say("example.id_head"))
    identifier = example.escrow.id
    yield _values(
        (
            (say("example.id_mac"), rows_of_hex(example.id_mac)),
            (say("example.id"), _mono(f"{identifier.value.hex(' ')}   {identifier}")),
            (say("example.id_15"), _mono(str(identifier.slip39_identifier))),
        )
    )


def _der(der: bytes, parts: Iterable[str], say: Catalogue) -> Table:
    """The bytes of an encoding with what each element is, moved to the right as deep as it lies."""
    rows = []
    for (depth, data), part in zip(der_rows(der), parts, strict=True):
        rows.append((rows_of_hex(data), "· " * depth + part))
    return Table((Column(say("example.bytes"), _BYTES), Column(say("example.meaning"), TEXT - _BYTES)), tuple(rows))


def _envelope(example: Example, say: Catalogue) -> Iterator[Block]:
    envelope, sealing = example.escrow.envelope, example.sealing
    yield _head(say("example.envelope_head", bytes=len(envelope.der)))
    yield _der(envelope.der, ENVELOPE_PARTS, say)
    yield _head(say("example.unwrap_head"))
    rows: list[tuple[str, Cell]] = []
    for step in (example.unwrapping[0], example.unwrapping[-1]):
        for key, data in (("block_in", step.block), ("block_out", step.plain)):
            rows.append((say("example.unwrap_step", n=step.number, what=say(f"example.{key}")), rows_of_hex(data)))
    rows.append((say("example.content_key"), rows_of_hex(example.content_key)))
    yield _values(rows)
    yield _head(say("example.gcm_head"))
    values = {
        "hash_key": sealing.hash_key,
        "counter_1": sealing.first_counter,
        "counter_1_out": sealing.tag_mask,
        "counter_2_out": sealing.stream,
        "first_content": envelope.ciphertext[:_ROW],
        "first_plain": example.opened[:_ROW],
        "first_hash": sealing.first_hash,
        "hash": sealing.hash,
        "tag": envelope.tag,
    }
    yield _values((say(f"example.{key}"), rows_of_hex(data)) for key, data in values.items())


def _key(example: Example, say: Catalogue) -> Iterator[Block]:
    encrypted = example.escrow.encrypted.der
    yield _head(say("example.key_head", bytes=len(encrypted)))
    yield _der(encrypted, KEY_PARTS, say)
    yield _values(
        (
            (say("example.passphrase"), _mono(PASSPHRASE)),
            (say("example.scrypt"), rows_of_hex(example.cipher_key)),
            (say("example.padded"), rows_of_hex(example.padded)),
            (say("example.private"), rows_of_hex(KEY)),
            (say("example.public"), rows_of_hex(example.public_key)),
        )
    )


def _paper(example: Example, say: Catalogue) -> Iterator[Block]:
    yield _head(say("example.paper_head"))
    yield _values(
        (
            (say("example.code"), _mono(example.codes[0])),
            (say("example.lines"), tuple(paragraph for line in example.lines for paragraph in _mono(line))),
        )
    )

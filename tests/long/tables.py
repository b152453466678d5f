"""Tables from seeds: escrows of real keys that every way must open, and broken ones that every way must refuse."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from Crypto.Util.asn1 import DerObject, DerObjectId, DerOctetString, DerSequence, DerSetOf

from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.envelope import Envelope
from rootescrow.escrow import Escrow, reissue, rekey, split
from rootescrow.keys import EncryptedKey
from rootescrow.policy import Group, Policy
from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS
from tests.long.ways import Table
from tests.support import altered, forged, make, noise

Draw = random.Random
Break = Callable[[Table, Draw], Table]


def some_policy(draw: Draw) -> Policy:
    """One to four groups, one perhaps with copies of one share, all or some of them needed."""
    while True:
        groups = []
        for number in range(draw.randint(1, 4)):
            threshold = draw.randint(1, 5)
            groups.append(Group(f"Group {number}", threshold, threshold + draw.randint(0, 3)))
        needed = draw.choice([len(groups), draw.randint(1, len(groups))])
        if sum(sorted(group.threshold for group in groups)[:needed]) > 1:
            return Policy(*groups, group_threshold=needed)


def some_quorum(escrow: Escrow, draw: Draw, *, replaced: bool = False) -> tuple[list[Share], list[Share]]:
    """As many shares as are needed, in any order, some perhaps replaced; and some of the others of the same groups."""
    quorum: list[Share] = []
    more: list[Share] = []
    for index in draw.sample(range(len(escrow.policy.groups)), escrow.policy.group_threshold):
        group = escrow.policy.groups[index]
        chosen = draw.sample(escrow.shares[index], len(escrow.shares[index]))
        if replaced and group.threshold > 1 and group.count < 16:
            chosen[0] = reissue(escrow.shares[index], group.count + 1)
        quorum += chosen[: group.threshold]
        more += chosen[group.threshold :][: draw.randint(0, 2)]
    draw.shuffle(quorum)
    return quorum, more


def good(seed: int, encrypted: EncryptedKey) -> Table:
    """An escrow of this key, replaced sheets and superseded generations among it, and a table with a quorum."""
    draw = Draw(seed)
    escrow = split(encrypted, some_policy(draw), rng=noise(seed))
    strays: list[Share] = []
    if seed % 4 == 3:  # superseded: one old sheet lies there as well
        strays = draw.sample(escrow.shares[0], 1)
        escrow = rekey(escrow.id, encrypted, some_policy(draw), rng=noise(seed + 1000))
    quorum, more = some_quorum(escrow, draw, replaced=seed % 2 == 1)
    codes, lines = (
        encode_envelope_codes(escrow.id, escrow.envelope.der),
        encode_text_lines(escrow.id, escrow.envelope.der),
    )
    texts = draw.choice([(), draw.sample(codes, len(codes)), draw.sample(lines, len(lines))])
    return Table(
        escrow,
        tuple(share.text for share in quorum),
        None if texts else escrow.envelope.der,
        tuple(texts),
        tuple(share.text for share in more + strays),
    )


# Broken: each takes a table that is right, an exact quorum and the envelope as a file.


def _bit(der: bytes, place: int, bit: int) -> bytes:
    return der[:place] + bytes([der[place] ^ 1 << bit]) + der[place + 1 :]


def flipped_bit(table: Table, draw: Draw) -> Table:
    der = table.escrow.envelope.der
    return replace(table, envelope=_bit(der, draw.randrange(len(der)), draw.randrange(8)))


def flipped_structure(table: Table, draw: Draw) -> Table:
    """In front of the ciphertext, where openssl ignores some."""
    der = table.escrow.envelope.der
    return replace(
        table, envelope=_bit(der, draw.randrange(der.index(table.escrow.envelope.ciphertext)), draw.randrange(8))
    )


def cut_off(table: Table, draw: Draw) -> Table:
    der = table.escrow.envelope.der
    return replace(table, envelope=der[: draw.choice([len(der) - 1, draw.randrange(1, len(der))])])


def trailing_bytes(table: Table, draw: Draw) -> Table:
    return replace(table, envelope=table.escrow.envelope.der + draw.randbytes(draw.randint(1, 40)))


def anew(envelope: Envelope, **changes: bytes) -> bytes:
    """The envelope written anew, its DER right, with another `id`, `wrapped`, `nonce` or `tag` than format v1 allows.

    Also with its recipient `twice`, or with attributes: those `before` the tag are authenticated, those `after` it not.
    """
    tag = changes.get("tag", envelope.tag)
    key_id = DerSequence([DerOctetString(changes.get("id", envelope.id.value))])
    wrap = DerSequence([DerObjectId("2.16.840.1.101.3.4.1.45")])
    recipient = DerSequence([4, key_id, wrap, DerOctetString(changes.get("wrapped", envelope.wrapped))], implicit=2)
    parameters = DerSequence([DerOctetString(changes.get("nonce", envelope.nonce)), len(tag)])
    cipher = DerSequence([DerObjectId("2.16.840.1.101.3.4.1.46"), parameters])
    sealed = DerOctetString(envelope.ciphertext, implicit=0)
    content = DerSequence([DerObjectId("1.2.840.113549.1.7.1"), cipher, sealed])
    recipients = [recipient.encode()] * (2 if "twice" in changes else 1)
    body: list[int | bytes | DerObject] = [0, _set(recipients), content, changes.get("before", b"")]
    body += [DerOctetString(tag), changes.get("after", b"")]
    return DerSequence([DerObjectId("1.2.840.113549.1.9.16.1.23"), DerSequence(body, explicit=0)]).encode()


def attributes(tag: int) -> bytes:
    """One attribute (RFC 5652, section 5.3) in a set of this tag: 0xA1 if authenticated, else 0xA2."""
    value = DerSetOf([DerOctetString(b"an addition").encode()])
    attribute = DerSequence([DerObjectId("1.2.840.113549.1.9.13"), value]).encode()
    return bytes([tag]) + DerOctetString(attribute).encode()[1:]


def other_forms(envelope: Envelope) -> list[bytes]:
    """The same content in BER that is not DER: a length in more bytes than it needs, or no length but an end."""
    size, body = envelope.der[2:4], envelope.der[4:]
    return [b"\x30\x80" + body + b"\0\0", b"\x30\x83\0" + size + body, b"\x30\x84\0\0" + size + body]


def _set(elements: list[bytes]) -> bytes:
    """A SET OF, repetitions among it, which pycryptodome leaves out."""
    return (
        b"\x31" + DerOctetString(b"".join(elements)).encode()[1:] if len(elements) > 1 else DerSetOf(elements).encode()
    )


def other_nonce_length(table: Table, draw: Draw) -> Table:
    nonce = (table.escrow.envelope.nonce * 3)[: draw.choice([0, 1, 7, 8, 11, 13, 16, 32])]
    return replace(table, envelope=anew(table.escrow.envelope, nonce=nonce))


def other_tag_length(table: Table, draw: Draw) -> Table:
    tag = (table.escrow.envelope.tag * 2)[: draw.choice([0, 1, 4, 8, 12, 13, 14, 15, 17, 32])]
    return replace(table, envelope=anew(table.escrow.envelope, tag=tag))


def other_wrapped_length(table: Table, draw: Draw) -> Table:
    wrapped = (table.escrow.envelope.wrapped * 2)[: draw.choice([0, 8, 16, 24, 32, 39, 41, 48, 72])]
    return replace(table, envelope=anew(table.escrow.envelope, wrapped=wrapped))


def other_id(table: Table, draw: Draw) -> Table:
    """The envelope names another escrow, whose id begins with the same bits more often than not."""
    id_ = table.escrow.id.value
    place = draw.randrange(40)
    changed = (int.from_bytes(id_, "big") ^ 1 << place).to_bytes(5, "big")
    return replace(table, envelope=anew(table.escrow.envelope, id=draw.choice([changed, id_ + b"\0", id_[:4]])))


def additions(table: Table, draw: Draw) -> Table:
    """A second recipient, or attributes, authenticated or not."""
    change = draw.choice([{"twice": b""}, {"before": attributes(0xA1)}, {"after": attributes(0xA2)}])
    return replace(table, envelope=anew(table.escrow.envelope, **change))


def another_form(table: Table, draw: Draw) -> Table:
    return replace(table, envelope=draw.choice(other_forms(table.escrow.envelope)))


def another_length(table: Table, draw: Draw) -> Table:
    """The whole is said to be longer or shorter than it is."""
    body = table.escrow.envelope.der[4:]
    said = len(body) + draw.choice([-1, 1]) * draw.randint(1, 200)
    return replace(table, envelope=b"\x30\x82" + said.to_bytes(2, "big") + body)


def another_envelope(table: Table, draw: Draw) -> Table:
    return replace(table, envelope=make(seed=draw.randrange(10**6)).envelope.der)


def _words(table: Table, draw: Draw, change: Callable[[list[str]], None]) -> Table:
    """One sheet with its words changed."""
    place = draw.randrange(len(table.quorum))
    words = table.quorum[place].split()
    change(words)
    return replace(table, quorum=(*table.quorum[:place], " ".join(words), *table.quorum[place + 1 :]))


def _instead(table: Table, draw: Draw, change: Callable[[Share], Share]) -> Table:
    """Another share in the place of one, its checksum right."""
    place = draw.randrange(len(table.quorum))
    other = change(Share.parse(table.quorum[place])).text
    return replace(table, quorum=(*table.quorum[:place], other, *table.quorum[place + 1 :]))


def two_words_swapped(table: Table, draw: Draw) -> Table:
    def change(words: list[str]) -> None:
        while True:
            one, other = draw.sample(range(33), 2)
            if words[one] != words[other]:
                words[one], words[other] = words[other], words[one]
                return

    return _words(table, draw, change)


def another_word(table: Table, draw: Draw) -> Table:
    def change(words: list[str]) -> None:
        place = draw.randrange(33)
        words[place] = draw.choice([word for word in WORDS if word != words[place]])

    return _words(table, draw, change)


def a_word_too_few_or_many(table: Table, draw: Draw) -> Table:
    def change(words: list[str]) -> None:
        place = draw.randrange(32)
        words[place : place + 1] = draw.choice([[], [words[place], draw.choice(WORDS)]])

    return _words(table, draw, change)


def forged_share(table: Table, draw: Draw) -> Table:
    return _instead(table, draw, lambda share: forged(share, seed=draw.randrange(10**6)))


def altered_numbers(table: Table, draw: Draw) -> Table:
    """A number in front of the share's value, with a checksum that fits."""

    def change(share: Share) -> Share:
        changes: list[dict[str, int]] = [
            {"identifier": share.identifier ^ 1 << draw.randrange(15)},
            {"extendable": False},
            {"iteration_exponent": draw.randint(1, 15)},
            {"member_index": share.member_index ^ 8},
            {"member_threshold": share.member_threshold + 1},
        ]
        return altered(share, **draw.choice(changes))

    return _instead(table, draw, change)


def a_sheet_missing(table: Table, draw: Draw) -> Table:
    place = draw.randrange(len(table.quorum))
    return replace(table, quorum=table.quorum[:place] + table.quorum[place + 1 :])


def the_same_sheet_twice(table: Table, draw: Draw) -> Table:
    one, other = draw.sample(range(len(table.quorum)), 2)
    return replace(
        table, quorum=tuple(table.quorum[other] if at == one else text for at, text in enumerate(table.quorum))
    )


def a_sheet_of_another(table: Table, draw: Draw) -> Table:
    other = split(table.escrow.encrypted, table.escrow.policy, rng=noise(draw.randrange(10**6)))

    def change(share: Share) -> Share:
        (same,) = (s for s in other.shares[share.group_index] if s.member_index == share.member_index)
        return same

    return _instead(table, draw, change)


def _text(table: Table, texts: list[str]) -> Table:
    return replace(table, envelope=None, texts=tuple(texts))


def broken_codes(table: Table, draw: Draw) -> Table:
    codes = list(encode_envelope_codes(table.escrow.id, table.escrow.envelope.der))
    other = encode_envelope_codes(make(size=2416, seed=draw.randrange(10**6)).id, table.escrow.envelope.der)
    place = draw.randrange(len(codes))
    head, text = codes[place].rsplit(" ", 1)
    at = draw.randrange(len(text))
    changed = draw.choice([char for char in "ABCDEFGHIJKLMNOPQRSTUVWX234567" if char != text[at]])
    codes[place] = draw.choice(
        [
            f"{head} {text[:at]}{changed}{text[at + 1 :]}",
            f"{head} {text[:-1]}",
            f"{head} {text}A",
            other[place],
            codes[place].replace("ROOTESCROW1", "ROOTESCROW2"),
            codes[(place + 1) % len(codes)] if len(codes) > 1 else "",
        ]
    )
    return _text(table, codes)


def broken_lines(table: Table, draw: Draw) -> Table:
    lines = list(encode_text_lines(table.escrow.id, table.escrow.envelope.der))
    stranger = make(size=2416, seed=draw.randrange(10**6))
    place = draw.randrange(len(lines) - 1)
    at = 5 + draw.randrange(5)
    changed = draw.choice([char for char in "ACDEFGHJKLMNPQRSTUVWXYZ234567" if char != lines[place][at]])
    kind = draw.randrange(4)
    if kind == 0:
        lines[place] = lines[place][:at] + changed + lines[place][at + 1 :]
    elif kind == 1:
        del lines[place]
    elif kind == 2:
        one, other = lines[place], lines[place + 1]
        lines[place : place + 2] = [one[:3] + other[3:], other[:3] + one[3:]]
    else:
        lines[place] = encode_text_lines(stranger.id, stranger.envelope.der)[place]
    return _text(table, lines)


ENVELOPES: tuple[Break, ...] = (
    *(flipped_bit, flipped_structure, cut_off, trailing_bytes, other_nonce_length, other_tag_length),
    *(other_wrapped_length, other_id, additions, another_form, another_length, another_envelope),
)
SHEETS = (
    *(two_words_swapped, another_word, a_word_too_few_or_many, forged_share, altered_numbers, a_sheet_missing),
    *(the_same_sheet_twice, a_sheet_of_another),
)
TEXTS = (broken_codes, broken_lines)
BREAKS: tuple[Break, ...] = (*ENVELOPES, *SHEETS, *TEXTS)


def sound(seed: int) -> Table:
    """A quorum, no more, of a small escrow; two groups, so that every sheet is needed and several are there."""
    draw = Draw(seed)
    policy = Policy(Group("Board", draw.randint(2, 3), 5), Group("Arbitration", 2, 3))
    escrow = make(policy, size=draw.choice([64, 704]), seed=seed)
    quorum, _ = some_quorum(escrow, draw)
    return Table(escrow, tuple(share.text for share in quorum), escrow.envelope.der)


def broken(number: int) -> tuple[str, Table]:
    """The name of what was broken, and the table."""
    change = BREAKS[number % len(BREAKS)]
    return change.__name__, change(sound(number // len(BREAKS)), Draw(f"{number}"))

"""A worked example of format v1 with every value on the way, for whoever has to write it anew (the recovery booklet).

A small escrow of a published key is made by the library's own functions, with a source of randomness that is fixed, and
undone again step by step from the words of a quorum to the key. The steps are written out here, so that each value can
be shown; the tests hold them against the library, recover.py, openssl and two foreign implementations of SLIP-39.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from Crypto.Cipher import AES

from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.escrow import Escrow, split
from rootescrow.keys import PrivateKey, Scrypt
from rootescrow.keys.kdf import FLOOR_SCRYPT
from rootescrow.policy import Body, Group, Policy
from rootescrow.secret import Random
from rootescrow.shamir import Polynomial, Share, checksum
from rootescrow.shamir.checksum import WORD_BITS
from rootescrow.shamir.field import lagrange
from rootescrow.shamir.words import WORDS

SEED = "rootescrow booklet example"
"""With a space and the number of the draw, from 1, the text whose SHA-256 is the randomness of the example."""
KEY = bytes.fromhex("302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842")
"""The private key that RFC 8410, section 10.3, publishes: Ed25519, as PKCS#8."""
PASSPHRASE = "only an example"  # noqa: S105 - it is printed beside the published key
COST = Scrypt(*FLOOR_SCRYPT)
"""The least that is kept as it came in, so that a stranger's slow computer has not long to wait for an example."""
POLICY = Policy(Group("Board", 3, 4, Body.BOARD), Group("Arbitration", 2, 2, Body.ARBITRATION))
TAKEN = ((0, 2, 3), (0, 1))
"""The member indexes of the shares that are taken, by group: not the first three, so that a wrong place shows."""
DRAWN = ("salt", "iv", "secret", "nonce", "content", "top", "first", "board", "arbitration")
"""What is drawn, in this order: `first` is f(0) of the Board, the last three but one and `top` the R of a digest."""

SECRET_X, DIGEST_X = 255, 254
ITERATIONS = 2500
_ROUNDS = (3, 2, 1, 0)
_CHECK = 8
_BLOCK = 16
_WRAP_STEPS = 24
_GHASH = 0xE1 << 120


@dataclass(frozen=True)
class Points:
    """Points of a polynomial, and what follows from them: the `secret` at 255, and the `digest` D || R at 254.

    The factors are those by which the values are multiplied, in their order, before they are added up.
    """

    places: tuple[int, ...]
    values: tuple[bytes, ...]
    secret_factors: tuple[int, ...]
    digest_factors: tuple[int, ...]
    secret: bytes
    digest: bytes
    mac: bytes

    @classmethod
    def of(cls, points: Mapping[int, bytes]) -> Points:
        """Interpolate. Raises DigestError if the points are not those of one secret."""
        places, values = tuple(points), tuple(points.values())
        polynomial = Polynomial.through(points, len(points))
        secret, digest = polynomial.secret(), polynomial.at(DIGEST_X)
        mac = hmac.digest(digest[4:], secret, "sha256")
        return cls(places, values, lagrange(places, SECRET_X), lagrange(places, DIGEST_X), secret, digest, mac)


@dataclass(frozen=True)
class Round:
    """One Feistel round: (left, right) become (right, left XOR `mask`)."""

    number: int
    left: bytes
    right: bytes
    mask: bytes


@dataclass(frozen=True)
class Unwrapping:
    """One step of AES key unwrap: the block that AES decrypts, and what comes out: A and the new R."""

    number: int
    block: bytes
    plain: bytes


@dataclass(frozen=True)
class Sealing:
    """AES-GCM: H, the first two counter blocks encrypted, GHASH after its first block and at its end."""

    hash_key: bytes
    first_counter: bytes
    tag_mask: bytes
    stream: bytes
    first_hash: bytes
    hash: bytes


@dataclass(frozen=True)
class Example:
    """The escrow, and what was drawn for it by the names in DRAWN. All else is computed from these when asked for."""

    escrow: Escrow
    drawn: Mapping[str, bytes]

    @property
    def shares(self) -> tuple[tuple[Share, ...], ...]:
        """The shares that are taken, by group."""
        return tuple(tuple(group[i] for i in taken) for group, taken in zip(self.escrow.shares, TAKEN, strict=True))

    @cached_property
    def groups(self) -> tuple[Points, ...]:
        """Each group's value from its shares."""
        return tuple(Points.of({share.member_index: share.value for share in group}) for group in self.shares)

    @cached_property
    def top(self) -> Points:
        """The encrypted secret from the groups' values."""
        return Points.of({index: group.secret for index, group in enumerate(self.groups)})

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        """The four rounds that decrypt it."""
        left, right = self.top.secret[:_BLOCK], self.top.secret[_BLOCK:]
        found = []
        for number in _ROUNDS:
            mask = hashlib.pbkdf2_hmac("sha256", bytes([number]), right, ITERATIONS, _BLOCK)
            found.append(Round(number, left, right, mask))
            left, right = right, _xor(left, mask)
        return tuple(found)

    @property
    def secret(self) -> bytes:
        """The escrow secret: the halves after the last round, exchanged."""
        last = self.rounds[-1]
        return _xor(last.left, last.mask) + last.right

    @property
    def id_mac(self) -> bytes:
        """The HMAC that begins with the escrow id."""
        return hmac.digest(self.secret, b"rootescrow v1 id", "sha256")

    @cached_property
    def unwrapping(self) -> tuple[Unwrapping, ...]:
        """The 24 steps of RFC 3394, section 2.2.2, in their order: from step 24 to step 1."""
        wrapped = self.escrow.envelope.wrapped
        cipher = AES.new(self.secret, AES.MODE_ECB)
        check, blocks = wrapped[:_CHECK], [wrapped[at : at + _CHECK] for at in range(_CHECK, len(wrapped), _CHECK)]
        steps = []
        for number in range(_WRAP_STEPS, 0, -1):
            place = (number - 1) % len(blocks)
            block = _xor(check, number.to_bytes(_CHECK)) + blocks[place]
            plain = cipher.decrypt(block)
            check, blocks[place] = plain[:_CHECK], plain[_CHECK:]
            steps.append(Unwrapping(number, block, plain))
        return tuple(steps)

    @property
    def content_key(self) -> bytes:
        """What the last four steps give, the last of them first."""
        return b"".join(step.plain[_CHECK:] for step in reversed(self.unwrapping[-4:]))

    @cached_property
    def sealing(self) -> Sealing:
        """What AES-GCM computes on the way (NIST SP 800-38D)."""
        cipher, envelope = AES.new(self.content_key, AES.MODE_ECB), self.escrow.envelope
        key = cipher.encrypt(bytes(_BLOCK))
        first, second = (envelope.nonce + number.to_bytes(4) for number in (1, 2))
        hashes = list(_ghash(key, envelope.ciphertext))
        return Sealing(
            hash_key=key,
            first_counter=first,
            tag_mask=cipher.encrypt(first),
            stream=cipher.encrypt(second),
            first_hash=hashes[0],
            hash=hashes[-1],
        )

    @property
    def opened(self) -> bytes:
        """The encrypted key: what is in the envelope."""
        envelope = self.escrow.envelope
        cipher = AES.new(self.content_key, AES.MODE_GCM, nonce=envelope.nonce, mac_len=_BLOCK)
        return cipher.decrypt_and_verify(envelope.ciphertext, envelope.tag)

    @cached_property
    def cipher_key(self) -> bytes:
        """What scrypt makes of the passphrase."""
        return hashlib.scrypt(
            PASSPHRASE.encode(), salt=self.drawn["salt"], n=COST.n, r=COST.r, p=COST.p, maxmem=1 << 26, dklen=32
        )

    @property
    def padded(self) -> bytes:
        """The private key as AES-CBC gives it, with its padding."""
        data = self.escrow.encrypted.der[-64:]
        return AES.new(self.cipher_key, AES.MODE_CBC, iv=self.drawn["iv"]).decrypt(data)

    @property
    def public_key(self) -> bytes:
        """SHA-256 of the public key (SubjectPublicKeyInfo)."""
        facts = self.escrow.encrypted.facts
        return facts.fingerprint or b"" if facts else b""

    @property
    def codes(self) -> tuple[str, ...]:
        """The envelope as codes: one."""
        return encode_envelope_codes(self.escrow.id, self.escrow.envelope.der)

    @property
    def lines(self) -> tuple[str, ...]:
        """The envelope as lines of text."""
        return encode_text_lines(self.escrow.id, self.escrow.envelope.der)


def fixed() -> Random:
    """The randomness of the example: draw number n, from 1, begins the SHA-256 of SEED, a space and n."""
    numbers = count(1)

    def drawn(size: int) -> bytes:
        return hashlib.sha256(f"{SEED} {next(numbers)}".encode()).digest()[:size]

    return drawn


def worked(rng: Random) -> Example:
    """Make the example. With another source than `fixed` it is another escrow of the same key."""
    drawn = []

    def noted(size: int) -> bytes:
        drawn.append(rng(size))
        return drawn[-1]

    key = PrivateKey.load(KEY)
    with key.pkcs8:
        encrypted = key.encrypt(PASSPHRASE, cost=COST, rng=noted)
    escrow = split(encrypted, POLICY, rng=noted)
    return Example(escrow, dict(zip(DRAWN, drawn, strict=True)))


def numbers(share: Share) -> tuple[int, ...]:
    """The numbers of a share's words."""
    return tuple(WORDS.index(word) for word in share.words)


def fields(share: Share) -> tuple[tuple[str, int], ...]:
    """The fields of a share in their order, each with its number of bits; `C` is the checksum."""
    packed = 0
    for number in numbers(share):
        packed = packed << WORD_BITS | number
    text = f"{packed:0{len(share.words) * WORD_BITS}b}"
    found, at = [], 0
    for name, bits in FIELDS.items():
        found.append((name, int(text[at : at + bits], 2)))
        at += bits
    return tuple(found)


FIELDS = {"id": 15, "ext": 1, "e": 4, "GI": 4, "Gt": 4, "g": 4, "I": 4, "t": 4, "ps": 260, "C": 30}
"""The fields of a share by their names in SLIP-39, and their bits."""


def generators() -> tuple[int, ...]:
    """The ten numbers of RS1024: what bit i of the symbol that leaves adds to the checksum (SLIP-39, "Checksum")."""
    nothing = checksum.create(0, 1, extendable=True)
    return tuple(checksum.create(1 << bit, 1, extendable=True) ^ nothing for bit in range(WORD_BITS))


def der_rows(der: bytes) -> Iterator[tuple[int, bytes]]:
    """DER (X.690) in pieces: the beginning of each element that holds others, and each other whole; with its depth."""
    yield from _rows(der, 0)


def _rows(der: bytes, depth: int) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(der):
        start = at + 2 + max(0, der[at + 1] - 0x80)
        size = int.from_bytes(der[at + 2 : start]) if start > at + 2 else der[at + 1]
        if der[at] & 0x20:
            yield depth, der[at:start]
            yield from _rows(der[start : start + size], depth + 1)
        else:
            yield depth, der[at : start + size]
        at = start + size


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _ghash(key: bytes, data: bytes) -> Iterator[bytes]:
    """GHASH after each block, the lengths last. There is no additional data (NIST SP 800-38D, 6.4)."""
    total, factor = 0, int.from_bytes(key)
    blocks: Sequence[bytes] = [data[at : at + _BLOCK].ljust(_BLOCK, b"\0") for at in range(0, len(data), _BLOCK)]
    for block in (*blocks, (8 * len(data)).to_bytes(_BLOCK)):
        left, right, total = total ^ int.from_bytes(block), factor, 0
        for bit in range(127, -1, -1):
            total ^= right if left >> bit & 1 else 0
            right = right >> 1 ^ (_GHASH if right & 1 else 0)
        yield total.to_bytes(_BLOCK)

"""Splitting a secret, and putting it together again (SLIP-39, "Generating the shares", "Combining the shares").

A set of k shares is a set of points of a polynomial of degree k - 1 over GF(256), one polynomial for each byte. The
secret is f(255); f(254) holds a digest of it, so that a wrong set is noticed. The member with index i has f(i). A
threshold of 1 is the exception: there the share is the secret itself, and no digest guards it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from rootescrow.errors import DigestError, PolicyError, QuorumError, ShareError, UsageError
from rootescrow.secret import Random, Secret, draw
from rootescrow.shamir import cipher
from rootescrow.shamir.field import interpolate
from rootescrow.shamir.share import MAX_COUNT, MAX_VALUE_BYTES, MIN_VALUE_BYTES, SetHeader, Share

_SECRET_X = 255
_DIGEST_X = 254
_DIGEST_BYTES = 4

_MIXED = "Take shares of one set only: the first two words are the same on all its sheets."


@dataclass(frozen=True, slots=True)
class Polynomial:
    """What the shares of a group lie on, or the groups: as many points as the threshold. See `through` and `hiding`."""

    _places: tuple[int, ...]
    _values: tuple[int, ...] = field(repr=False)
    _length: int

    def __post_init__(self) -> None:
        if not len(self._values) == len(self._places) == len(set(self._places)) or not self._places:
            raise ValueError("a polynomial needs points, each at another place")

    @classmethod
    def through(cls, points: Mapping[int, bytes], threshold: int) -> Self:
        """The polynomial of the shares or groups with these indexes, 0 to 15, whose threshold is this.

        More points than the threshold are welcome: they are checked to lie on it. Raises QuorumError if there are too
        few, so that fewer never give a wrong secret; ShareError for an index out of range or values of different
        lengths; DigestError if points beyond the threshold are not on it, which tells nothing about which are wrong.
        """
        if len(points) < threshold:
            raise QuorumError(
                f"{len(points)} of the {threshold} that are needed", "Find more; fewer than that tell nothing."
            )
        lengths = {len(value) for value in points.values()}
        if not all(0 <= x < MAX_COUNT for x in points) or len(lengths) != 1 or threshold < 1:
            raise ShareError("these shares do not belong together: an index or a length is impossible", _MIXED)
        places = tuple(sorted(points))
        chosen = places[:threshold]
        polynomial = cls(chosen, tuple(int.from_bytes(points[x]) for x in chosen), lengths.pop())
        if not all(polynomial.passes(x, points[x]) for x in places[threshold:]):
            raise _wrong_digest()
        return polynomial

    @classmethod
    def hiding(cls, secret: bytes, threshold: int, rng: Random) -> Self:
        """A fresh polynomial with this secret: all bytes of its other points but the digest are drawn uniformly.

        Of a threshold k, the first k - 2 members' values are drawn whole, and all of f(254) but its first four bytes.
        """
        length = len(secret)
        if threshold == 1:
            return cls((0,), (int.from_bytes(secret),), length)
        values = [draw(rng, length) for _ in range(threshold - 2)]
        salt = draw(rng, length - _DIGEST_BYTES)
        values += [_digest(salt, secret) + salt, secret]
        places = (*range(threshold - 2), _DIGEST_X, _SECRET_X)
        return cls(places, tuple(int.from_bytes(value) for value in values), length)

    def at(self, x: int) -> bytes:
        """f(x): the value of the member or group with index x."""
        if x in self._places:
            return self._values[self._places.index(x)].to_bytes(self._length)
        return interpolate(self._places, self._values, x, self._length).to_bytes(self._length)

    def passes(self, x: int, value: bytes) -> bool:
        """Whether f(x) is this value."""
        return hmac.compare_digest(self.at(x), value)

    def secret(self) -> bytes:
        """f(255), once the digest in f(254) has been found right; DigestError otherwise.

        A right digest does not prove the shares genuine: whoever has a quorum of forged ones can make it right.
        """
        secret = self.at(_SECRET_X)
        if len(self._places) > 1:
            checked = self.at(_DIGEST_X)
            if not hmac.compare_digest(_digest(checked[_DIGEST_BYTES:], secret), checked[:_DIGEST_BYTES]):
                raise _wrong_digest()
        return secret


def split(
    secret: Secret,
    groups: Sequence[tuple[int, int]],
    *,
    group_threshold: int,
    identifier: int,
    extendable: bool = True,
    iteration_exponent: int = 0,
    passphrase: bytes = b"",
    rng: Random = secrets.token_bytes,
) -> tuple[tuple[Share, ...], ...]:
    """Shares of a secret, by group and then by member; any `group_threshold` of the groups give it back.

    A group is (threshold, members): 1 to 16 members, and a threshold from 1 to their number. A threshold of 1 goes with
    one member (SLIP-39, "Generating the shares"): several would be copies. The secret has 16 to 1,270
    bytes, an even number. The same secret split again gives shares that do not fit the first ones.

    Raises PolicyError for groups that cannot be; UsageError for the secret's length; ShareError for an identifier or
    exponent out of range; PassphraseError for a passphrase that is not printable ASCII.
    """
    _check_groups(groups, group_threshold)
    if not MIN_VALUE_BYTES <= len(secret) <= MAX_VALUE_BYTES or len(secret) % 2:
        raise UsageError(
            f"a secret of {len(secret)} bytes cannot be shared",
            f"It must have an even number of bytes from {MIN_VALUE_BYTES} to {MAX_VALUE_BYTES} (SLIP-39).",
        )
    header = SetHeader(identifier, extendable, iteration_exponent, group_threshold, len(groups), len(secret))
    top = Polynomial.hiding(cipher.encrypt(secret.reveal(), passphrase, header), group_threshold, rng)
    result = []
    for group_index, (threshold, members) in enumerate(groups):
        group = Polynomial.hiding(top.at(group_index), threshold, rng)
        result.append(
            tuple(
                Share(
                    identifier,
                    extendable,
                    iteration_exponent,
                    group_index,
                    group_threshold,
                    len(groups),
                    member_index,
                    threshold,
                    group.at(member_index),
                )
                for member_index in range(members)
            )
        )
    return tuple(result)


def combine(shares: Iterable[Share], passphrase: bytes = b"") -> Secret:
    """The secret of these shares, in any order: the mirror of `split`.

    Strict: all shares must belong together, and every one of a complete group is checked, needed or not. The same share
    twice counts once. A group that is not complete is left out if the others suffice. What to do with a good quorum
    among bad shares is for `recovery` to find out.

    Raises QuorumError if too few shares or groups are there; ShareError if they are of different sets, if a group's
    shares differ in the threshold, or if two with the same number differ; DigestError if they were altered or forged;
    PassphraseError if the passphrase is not printable ASCII. A wrong passphrase gives a wrong secret: SLIP-39 cannot
    tell. Nor can it tell a forged share that claims a threshold of 1 in a set of a single group.
    """
    groups = _grouped(shares)
    header = next(iter(groups.values()))[0].header
    group_secrets = {
        index: _polynomial(members).secret()
        for index, members in groups.items()
        if len(members) >= members[0].member_threshold
    }
    if len(group_secrets) < header.group_threshold:
        found = "; ".join(
            f"group {index + 1}: {min(len(members), members[0].member_threshold)} of {members[0].member_threshold}"
            for index, members in sorted(groups.items())
        )
        raise QuorumError(
            f"complete groups: {len(group_secrets)} of the {header.group_threshold} that are needed ({found})",
            "Add the shares that are missing.",
        )
    return master_secret(group_secrets, header, passphrase)


def master_secret(group_secrets: Mapping[int, bytes], header: SetHeader, passphrase: bytes = b"") -> Secret:
    """The secret, from the secrets of enough groups by their indexes. Raises as `combine`."""
    value = Polynomial.through(group_secrets, header.group_threshold).secret()
    return Secret(bytearray(cipher.decrypt(value, passphrase, header)))


def reissue(shares: Iterable[Share], member_index: int) -> Share:
    """The share that the member with this index, 0 to 15, has or would have, from a quorum of its group.

    Raises QuorumError if there are too few shares; ShareError if they are not of one group of one set; DigestError if
    they were altered; PolicyError for an index that cannot be, or a group whose threshold is 1: it has one share only.
    """
    groups = _grouped(shares)
    if len(groups) != 1:
        raise ShareError("these shares are of different groups", "Take shares of the group that needs another one.")
    (members,) = groups.values()
    if members[0].member_threshold == 1:
        raise PolicyError("a group with threshold 1 has one share only", "Make a copy of it instead.")
    if not 0 <= member_index < MAX_COUNT:
        raise PolicyError(
            f"a group has no share {member_index + 1}", f"The numbers of shares are 1 to {MAX_COUNT} (SLIP-39)."
        )
    polynomial = _polynomial(members)
    polynomial.secret()
    return replace(members[0], member_index=member_index, value=polynomial.at(member_index))


def _grouped(shares: Iterable[Share]) -> dict[int, list[Share]]:
    """The different shares by group index, all of one set. Raises QuorumError if there are none, or ShareError."""
    groups: dict[int, list[Share]] = {}
    for share in dict.fromkeys(shares):
        groups.setdefault(share.group_index, []).append(share)
    if not groups:
        raise QuorumError("there are no shares", "Give the shares of a quorum.")
    if len({share.header for members in groups.values() for share in members}) > 1:
        raise ShareError("these shares are of different sets", _MIXED)
    for index, members in groups.items():
        if len({share.member_threshold for share in members}) > 1:
            raise ShareError(f"the shares of group {index + 1} differ in how many of them are needed", _MIXED)
        if len({share.member_index for share in members}) < len(members):
            raise ShareError(f"two different shares of group {index + 1} have the same number", _MIXED)
    return groups


def _polynomial(members: Sequence[Share]) -> Polynomial:
    return Polynomial.through({share.member_index: share.value for share in members}, members[0].member_threshold)


def _check_groups(groups: Sequence[tuple[int, int]], group_threshold: int) -> None:
    if not 1 <= group_threshold <= len(groups) <= MAX_COUNT:
        raise PolicyError(
            f"{group_threshold} of {len(groups)} groups are wanted",
            f"There are 1 to {MAX_COUNT} groups, and the number wanted is from 1 to theirs.",
        )
    for number, (threshold, members) in enumerate(groups, 1):
        if not 1 <= threshold <= members <= MAX_COUNT:
            raise PolicyError(
                f"group {number} wants {threshold} of {members} shares",
                f"A group has 1 to {MAX_COUNT} shares, and its threshold is from 1 to their number.",
            )
        if threshold == 1 < members:
            raise PolicyError(
                f"group {number} wants 1 of {members} different shares",
                "A group with threshold 1 has one share (SLIP-39); make copies of that.",
            )


def _digest(salt: bytes, secret: bytes) -> bytes:
    """What f(254) begins with (SLIP-39, "Sharing a secret"): keyed, so that a part of the digest tells nothing."""
    return hmac.digest(salt, secret, "sha256")[:_DIGEST_BYTES]


def _wrong_digest() -> DigestError:
    return DigestError(
        "these shares do not fit together: at least one was altered, or is of another split",
        "Try another quorum, without one share after the other; this alone accuses none of them.",
    )

"""What the tests of this folder share: any policy, any of its quorums, and simple GF(256) to compare with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st

from rootescrow.secret import Secret
from rootescrow.shamir import Share, split

T = TypeVar("T")

PASSPHRASES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)


@dataclass(frozen=True)
class Plan:
    """All that `split` is asked for."""

    secret: bytes
    groups: tuple[tuple[int, int], ...]
    group_threshold: int
    identifier: int
    extendable: bool
    exponent: int
    passphrase: str

    def split(self) -> tuple[tuple[Share, ...], ...]:
        return split(
            Secret(self.secret),
            self.groups,
            group_threshold=self.group_threshold,
            identifier=self.identifier,
            extendable=self.extendable,
            iteration_exponent=self.exponent,
            passphrase=self.passphrase.encode(),
        )


@st.composite
def groups(draw: st.DrawFn) -> tuple[int, int]:
    """One group: (threshold, members)."""
    members = draw(st.integers(1, 16))
    threshold = draw(st.integers(2, members)) if members > 1 else 1
    return threshold, members


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A split that SLIP-39 allows, with small and large groups, of a secret of 16 to 64 bytes."""
    chosen = tuple(draw(st.lists(groups(), min_size=1, max_size=16)))
    length = 2 * draw(st.integers(8, 32))
    return Plan(
        secret=draw(st.binary(min_size=length, max_size=length)),
        groups=chosen,
        group_threshold=draw(st.integers(1, len(chosen))),
        identifier=draw(st.integers(0, 0x7FFF)),
        extendable=draw(st.booleans()),
        exponent=draw(st.integers(0, 1)),
        passphrase=draw(PASSPHRASES),
    )


def quorum(plan: Plan, shares: Sequence[Sequence[T]], chance: random.Random) -> list[T]:
    """As many shares as are needed and no more, any of them, in any order."""
    chosen = [
        share
        for index in chance.sample(range(len(plan.groups)), plan.group_threshold)
        for share in chance.sample(list(shares[index]), plan.groups[index][0])
    ]
    chance.shuffle(chosen)
    return chosen


def times(a: int, b: int) -> int:
    """The product in GF(256), as one does it on paper."""
    product = 0
    for bit in range(8):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11B << bit - 8
    return product


def inverse(a: int) -> int:
    """The number that makes 1 of a, found by trying all of them."""
    return next(b for b in range(1, 256) if times(a, b) == 1)

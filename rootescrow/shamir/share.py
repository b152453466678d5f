"""One share: what its words say, and back.

The layout is that of SLIP-39, "Format of the share mnemonic", in bits: identifier 15, extendable 1, iteration exponent
4, group index 4, group threshold 4, group count 4, member index 4, member threshold 4, the value after as many zeros as
fill whole words, checksum 30. Thresholds and the group count are written less one; here they are what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from rootescrow.errors import ChecksumError, ShareError
from rootescrow.shamir import checksum
from rootescrow.shamir.checksum import CHECKSUM_WORDS, WORD_BITS
from rootescrow.shamir.words import MAX_WORDS, WORDS, parse_words

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER_WORDS = 4
"""The words before the value: the first two name the set, the other two the group and the member."""
MIN_VALUE_BYTES = 16
"""SLIP-39, "Generating the shares": at least 128 bits."""
MAX_VALUE_BYTES = (MAX_WORDS - HEADER_WORDS - CHECKSUM_WORDS) * WORD_BITS // 16 * 2
"""The most that a text of MAX_WORDS holds; SLIP-39 itself knows no limit. 1,270 bytes."""
MAX_COUNT = 16
"""The most groups of a set and members of a group: four bits."""

_CHECKSUM_BITS = CHECKSUM_WORDS * WORD_BITS
_HINT = "Compare the words with the sheet. If they are the same, the sheet was printed by faulty or by other software."


@dataclass(frozen=True, slots=True)
class SetHeader:
    """What all shares of one secret have in common. Raises ShareError if a number is out of range.

    `identifier` 0 to 32,767; `extendable`: whether the identifier takes no part in the encryption; `iteration_exponent`
    0 to 15: 10,000 * 2^e iterations of PBKDF2; `group_threshold` of `group_count` groups, 1 to 16; `length` of a
    share's value, and so of the secret: an even number of bytes from 16 to 1,270.
    """

    identifier: int
    extendable: bool
    iteration_exponent: int
    group_threshold: int
    group_count: int
    length: int

    def __post_init__(self) -> None:
        _check_header(self, self.length)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the first four words of a share claim: identifier 0 to 32,767, group and member from 0 to 15.

    No checksum has shown it: it is for telling a typist where he is.
    """

    identifier: int
    group_index: int
    member_index: int

    @classmethod
    def decode(cls, indices: Sequence[int]) -> Self:
        """Read it from the indexes of the first four words. Raises ShareError if there are fewer."""
        if len(indices) < HEADER_WORDS:
            raise _no_share("it has fewer than four words")
        first, second, third, fourth = indices[:HEADER_WORDS]
        return cls((first << WORD_BITS | second) >> 5, third >> 6, fourth >> 4 & 15)


@dataclass(frozen=True, slots=True)
class Share:
    """One member's share. Raises ShareError if a number is out of range.

    Indexes count from 0, thresholds and `group_count` from 1; the other numbers are those of `SetHeader`. The value is
    secret and stays out of the repr. Shares are equal if all they say is equal.
    """

    identifier: int
    extendable: bool
    iteration_exponent: int
    group_index: int
    group_threshold: int
    group_count: int
    member_index: int
    member_threshold: int
    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_header(self, len(self.value))
        if not 0 <= self.group_index < self.group_count:
            raise _no_share("its group is not one of the groups it counts")
        if not 0 <= self.member_index < MAX_COUNT:
            raise _no_share("the member's index is not from 0 to 15")
        if not 1 <= self.member_threshold <= MAX_COUNT:
            raise _no_share("the group's threshold is not from 1 to 16")

    @property
    def header(self) -> SetHeader:
        """What it has in common with all shares of its set."""
        return SetHeader(
            self.identifier,
            self.extendable,
            self.iteration_exponent,
            self.group_threshold,
            self.group_count,
            len(self.value),
        )

    @property
    def words(self) -> tuple[str, ...]:
        """Its words: 33 for a value of 32 bytes, 20 for 16. The mirror of `decode`."""
        packed = self.identifier << 1 | self.extendable
        for number in (
            self.iteration_exponent,
            self.group_index,
            self.group_threshold - 1,
            self.group_count - 1,
            self.member_index,
            self.member_threshold - 1,
        ):
            packed = packed << 4 | number
        value_words = -(-8 * len(self.value) // WORD_BITS)
        packed = packed << value_words * WORD_BITS | int.from_bytes(self.value)
        length = HEADER_WORDS + value_words
        packed = packed << _CHECKSUM_BITS | checksum.create(packed, length, extendable=self.extendable)
        top = (length + CHECKSUM_WORDS - 1) * WORD_BITS
        return tuple([WORDS[packed >> shift & 1023] for shift in range(top, -1, -WORD_BITS)])

    @property
    def text(self) -> str:
        """Its words as SLIP-39 writes them, and as the share code holds them: lower case, single spaces."""
        return " ".join(self.words)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The share in a text as people type it; `words.parse_words` says what is understood. The mirror of `text`.

        Raises WordError, ChecksumError, ShareError.
        """
        return cls.decode(parse_words(text))

    @classmethod
    def decode(cls, indices: Sequence[int]) -> Self:
        """The share that the words of these indexes make. The mirror of `words`.

        Raises ShareError if the words are too few, too many or a number that no secret gives, if the bits that fill up
        the value are not zero, or if a number is out of range; ChecksumError if the checksum is wrong. It does not
        guess which word is wrong, as SLIP-39 ("Checksum") advises: a guess may be another valid share.
        """
        length = len(indices)
        value_bits = WORD_BITS * (length - HEADER_WORDS - CHECKSUM_WORDS)
        spare_bits = value_bits % 16
        value_bytes = (value_bits - spare_bits) // 8
        if not MIN_VALUE_BYTES <= value_bytes <= MAX_VALUE_BYTES or spare_bits > 8:
            raise ShareError(
                f"{length} words are no share",
                "A share has 20 words, 33 words or another number that SLIP-39 allows. Is one missing, or there twice?",
            )
        packed = 0
        for index in indices:
            packed = packed << WORD_BITS | index

        def number(bit: int, bits: int) -> int:
            return packed >> length * WORD_BITS - bit - bits & (1 << bits) - 1

        extendable = bool(number(15, 1))
        if not checksum.check(packed, length, extendable=extendable):
            raise ChecksumError(
                "the checksum of these words is wrong",
                "At least one word is wrong or out of place. Compare each with the sheet; the software does not guess.",
            )
        value = packed >> _CHECKSUM_BITS & (1 << value_bits) - 1
        if value >> 8 * value_bytes:
            raise _no_share("the bits before its value are not zero")
        return cls(
            identifier=number(0, 15),
            extendable=extendable,
            iteration_exponent=number(16, 4),
            group_index=number(20, 4),
            group_threshold=number(24, 4) + 1,
            group_count=number(28, 4) + 1,
            member_index=number(32, 4),
            member_threshold=number(36, 4) + 1,
            value=value.to_bytes(value_bytes),
        )


def _check_header(of: SetHeader | Share, length: int) -> None:
    if not 0 <= of.identifier < 1 << 15:
        raise _no_share("the identifier is not a number of 15 bits")
    if not 0 <= of.iteration_exponent < 1 << 4:
        raise _no_share("the iteration exponent is not from 0 to 15")
    if not 1 <= of.group_count <= MAX_COUNT:
        raise _no_share("the number of groups is not from 1 to 16")
    if not 1 <= of.group_threshold <= of.group_count:
        raise _no_share("it wants more groups than there are, or none")
    if not MIN_VALUE_BYTES <= length <= MAX_VALUE_BYTES or length % 2:
        raise _no_share("its value is too short, too long, or an odd number of bytes")


def _no_share(why: str) -> ShareError:
    return ShareError(f"this is no share: {why}", _HINT)

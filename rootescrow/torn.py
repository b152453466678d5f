"""A sheet of which some words cannot be read: what they must be, and what confirms that.

The checksum of SLIP-39 has three words, so it solves three whose places are known (a Reed-Solomon code; see
`shamir.checksum`). Then it proves nothing any more: whatever the other words are, something comes out. So what is
solved is only *proposed*, and a `Proposed` is another type than a `Share`: nothing that takes shares takes it by
mistake. A hash of the words, as the register has it, confirms, and lets more be searched for.

None of this is a help with spelling: who types a sheet that can be read compares it with the paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rootescrow.errors import ChecksumError, ShareError
from rootescrow.shamir import Share, checksum
from rootescrow.shamir.checksum import CHECKSUM_WORDS, WORD_BITS
from rootescrow.shamir.words import WORDS

SHARE_WORDS = 33
"""A share of 32 bytes: 20 bits of set and 20 of member data, 260 of value, 30 of checksum, 10 bits a word (SLIP-39)."""
UNREADABLE = "?"
"""What people write for a word that cannot be read."""
MAX_SOLVED = CHECKSUM_WORDS
"""Words that the checksum solves."""
MAX_SEARCHED = 5
"""Words that are found by a hash: three are solved for each of 1,048,576 choices of two. That takes seconds; a sixth
would take an hour."""
MAX_SEARCHES = 16
"""Sheets with more unreadable words than the checksum solves that one `Searches` looks for: at most two minutes."""

ANOTHER_SHEET = "Use another sheet of the same group, or the share code, which stands on the page twice."
"""What to do where nothing helps."""


@dataclass(frozen=True)
class Torn:
    """The words of a sheet as they were read: their indexes, None for one that cannot be read.

    Raises ShareError if they are not 33, or if more than five cannot be read.
    """

    words: tuple[int | None, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.words) != SHARE_WORDS:
            raise ShareError(
                f"{len(self.words)} words where a share has {SHARE_WORDS}",
                f"Write {UNREADABLE} for each word that cannot be read, so that every word has its number.",
            )
        if len(self.unreadable) > MAX_SEARCHED:
            raise ShareError(
                f"{len(self.unreadable)} of the {SHARE_WORDS} words cannot be read, and at most {MAX_SEARCHED} can be "
                "found again",
                f"{ANOTHER_SHEET} Look once more with other light: the first four letters of a word are enough.",
            )

    @property
    def unreadable(self) -> tuple[int, ...]:
        """The numbers of the words that cannot be read, from 1."""
        return tuple(number for number, word in enumerate(self.words, 1) if word is None)


@dataclass(frozen=True)
class Proposed:
    """A share some of whose words were solved by the checksum, and that nothing has confirmed yet.

    `unreadable` are the numbers of those words, from 1.
    """

    share: Share
    unreadable: frozenset[int]


@dataclass(frozen=True)
class Restored:
    """A share some of whose words were found, and that its hash has confirmed.

    `unreadable` are the numbers of the words that could not be read, from 1; `wrong` of those that were read as others.
    """

    share: Share
    unreadable: frozenset[int]
    wrong: frozenset[int] = frozenset()

    @property
    def found(self) -> dict[int, str]:
        """The words that were not read so, by their numbers. They are secret."""
        words = self.share.words
        return {number: words[number - 1] for number in sorted(self.unreadable | self.wrong)}


def propose(torn: Torn) -> Proposed:
    """The share that the words which can be read make with what the checksum says of the others.

    Raises ShareError if more than three cannot be read, ChecksumError if those that can be read contradict each other.
    """
    if len(torn.unreadable) > MAX_SOLVED:
        raise ShareError(
            f"{in_words(len(torn.unreadable))} cannot be read, and the checksum solves {MAX_SOLVED}",
            f"With the escrow folder (--escrow) up to {MAX_SEARCHED} can be found: its register has the hash of each "
            f"sheet. Else: {ANOTHER_SHEET[0].lower()}{ANOTHER_SHEET[1:]}",
        )
    for choice in _solutions(torn, torn.unreadable):
        try:
            return Proposed(Share.decode(_filled(torn, torn.unreadable, choice)), frozenset(torn.unreadable))
        except ShareError:
            continue
    raise ChecksumError(
        "the words that can be read contradict each other: at least one of them is wrong or out of place",
        f"Compare each with the sheet, and write {UNREADABLE} for one that you are not sure of.",
    )


def restore(torn: Torn, sha256s: Container[bytes], *, also_wrong: bool = False) -> Restored | None:
    """The share whose text has one of these SHA-256 and that differs from the words only where they cannot be read.

    With `also_wrong`, and if at most three words cannot be read, one of the others may have been read wrongly. None if
    there is no such share. At worst it takes a million hashes, some seconds.
    """
    searched = [torn.unreadable]
    if also_wrong and len(torn.unreadable) <= MAX_SOLVED:
        read = (number for number, word in enumerate(torn.words, 1) if word is not None)
        searched += [tuple(sorted((number, *torn.unreadable))) for number in read]
    for numbers in searched:
        for choice in _of_hash(torn, numbers, sha256s):
            try:
                share = Share.decode(_filled(torn, numbers, choice))
            except ShareError:
                continue
            return Restored(share, frozenset(torn.unreadable), frozenset(numbers) - frozenset(torn.unreadable))
    return None


class Searches:
    """Torn sheets looked for by the hashes of a register: none twice, and of the slow ones only so many."""

    def __init__(self, sha256s: Container[bytes]) -> None:
        self._sha256s = sha256s
        self._found: dict[Torn, Restored | None] = {}
        self._left = MAX_SEARCHES

    def find(self, torn: Torn) -> Restored | None:
        """The share that a hash confirms; None if none does, or if it was not looked for."""
        if torn not in self._found:
            if len(torn.unreadable) > MAX_SOLVED:
                if not self._left:
                    return None
                self._left -= 1
            self._found[torn] = restore(torn, self._sha256s)
        return self._found[torn]

    def why_not(self, torn: Torn) -> tuple[str, str]:
        """Why a sheet was not found, and what to do."""
        if torn not in self._found:
            return f"it was not looked for: {MAX_SEARCHES} torn sheets were, and no more are", ANOTHER_SHEET
        words = numbers_of(torn.unreadable)
        if len(torn.unreadable) > MAX_SOLVED:
            return f"{words} cannot be read, and whatever is put there, it is none that the record lists", ANOTHER_SHEET
        return (
            f"besides {words}, which cannot be read, another word is wrong; or it is none that the record lists",
            "Compare the words that can be read with the sheet, and type it again. `rootescrow repair` finds one that "
            "was misread.",
        )


def in_words(count: int) -> str:
    """ "one word", "two words" …"""
    return f"{('no', 'one', 'two', 'three', 'four', 'five')[count]} word{'' if count == 1 else 's'}"


def numbers_of(numbers: Iterable[int]) -> str:
    """ "word 3", "words 3, 7 and 9"."""
    *some, last = map(str, sorted(numbers))
    return f"words {', '.join(some)} and {last}" if some else f"word {last}"


def _solutions(torn: Torn, numbers: Sequence[int]) -> Iterator[tuple[int, ...]]:
    packed = 0
    for word in torn.words:
        packed = packed << WORD_BITS | (word or 0)
    return checksum.solutions(packed, SHARE_WORDS, [number - 1 for number in numbers], extendable=True)


def _of_hash(torn: Torn, numbers: Sequence[int], sha256s: Container[bytes]) -> Iterator[tuple[int, ...]]:
    """The solutions with one of these hashes; `numbers` count up. The inner loop runs a million times at worst."""
    pieces = [""]  # between the words that are sought, which have the odd places
    for number, word in enumerate(torn.words, 1):
        if number in numbers:
            pieces += ["", " "]
        else:
            pieces[-1] += f"{WORDS[word or 0]} "
    pieces[-1] = pieces[-1].rstrip(" ")
    sha256 = hashlib.sha256
    for choice in _solutions(torn, numbers):
        pieces[1::2] = [WORDS[index] for index in choice]
        if sha256("".join(pieces).encode()).digest() in sha256s:
            yield choice


def _filled(torn: Torn, numbers: Sequence[int], choice: Sequence[int]) -> list[int]:
    found = dict(zip(numbers, choice, strict=True))
    return [found.get(number, word or 0) for number, word in enumerate(torn.words, 1)]

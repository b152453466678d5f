"""The lines of envelope text among what OCR saw on a page. Only what a line's own check proves is taken.

OCR mistakes some of our characters for others, and sees some twice. So where a line's check is not right for what was
read, likely other readings are tried, the likeliest first, at most MAX_TRIES, and exactly one of them must have a right
check. A check has 20 bits: a line that was not among those tried passes for another with a probability of at most
MAX_TRIES / 2^20, one in 4,096. Such a line costs time and no more, for the envelope's tag has 128 bits and decides.
"""

from __future__ import annotations

import heapq
import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rootescrow.codes import LINE_CHARS, MAX_LINES, EscrowId, TextLine, line_check
from rootescrow.errors import CodeError
from rootescrow.paper.tesseract import Token

MAX_TRIES = 256
"""Readings of one line that are compared with its check: one in 2^20 is right by chance."""
MAX_ID_TRIES = 64
"""Readings of an escrow id, each of which is compared with all lines; it needs two lines that were read right."""
LEAST_GROUPS = 5
"""Groups of five that make a row a line of envelope text, whether or not its number was read."""

_GROUP, _GROUPS, _CHECK = 5, 8, 4
_ALIKE = {
    "2": {"Z": 4},
    "3": {"J": 2},
    "4": {"A": 4, "J": 4},
    "5": {"S": 3},
    "6": {"G": 4},
    "7": {"T": 4, "Z": 4},
    "9": {"J": 1, "Q": 2},
    "A": {"4": 3},
    "C": {"G": 4},
    "E": {"F": 4},
    "F": {"E": 4},
    "G": {"6": 4, "C": 4},
    "I": {"J": 1, "L": 4, "T": 4},
    "J": {"I": 3},
    "O": {"C": 3, "6": 4, "Q": 4, "D": 4},
    "P": {"R": 4},
    "Q": {"O": 4},
    "R": {"P": 4},
    "S": {"5": 1},
    "T": {"7": 4, "I": 4},
    "U": {"V": 4},
    "V": {"U": 4},
    "X": {"K": 4},
    "Z": {"2": 4},
}
"""What each character that was read may be in truth, with the cost of believing it: about the bits of how seldom it is.

Measured on sheets of ours at 100 to 300 dpi: of 500 mistakes in 8 times 106 lines, 150 were I for J, 75 S for 5, 30 3
for J, 7 A for 4, 7 O for C; 89 times J was read as JI and 44 times 5 as 5S. 0, 1, 8 are no characters of a line and
become O, I, B."""
_TWICE, _OVERLOOKED = 1, 6
"""The cost of believing that a character was read twice, as another one the second time; and that one was not read."""
_PLAIN = str.maketrans("018$§|!©€£", "OIBSSIIOCE")
_DIGITS = str.maketrans("OQDILSZBG©", "0001152860")
_ID = re.compile(r"[A-Z0-9$§|]{4}[-‐‑–—][A-Z0-9$§|]{4}")
_NUMBER = re.compile(r"[0-9OQDILSZBG©]{3,4}")
_JUNK = re.compile(r"[^A-Z0-9$§|!©€£]")
_MOST_SMALL = 0.15
"""Of a row's characters, that are small letters: lines have none, and OCR makes some of boxes and poor letters."""
_LEAST_LINES = 2


@dataclass(frozen=True)
class Row:
    """A row that looks like a line: its groups as read, the last of which is the check, and its number if clear."""

    groups: tuple[str, ...]
    number: int | None
    top: int


@dataclass(frozen=True)
class PrintedLines:
    """The lines on a page: those that are proven, and the numbers of those that are not, as far as they are known.

    `rows` look like lines, `id` is the escrow id by which they are right; None if none is.
    """

    rows: int
    id: EscrowId | None = None
    proven: tuple[TextLine, ...] = ()
    not_proven: tuple[int, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every row is proven, and none is missing between them."""
        return self.id is not None and not self.not_proven and len(self.proven) >= self.rows

    def merged(self, other: PrintedLines) -> PrintedLines:
        """What two looks at one page prove together. A line that they prove differently is not proven."""
        if self.id is None or other.id not in (None, self.id):
            return other if self.id is None else self
        mine, theirs = ({line.number: line for line in lines.proven} for lines in (self, other))
        lines = {n: line for n, line in (theirs | mine).items() if theirs.get(n, line) == mine.get(n, line)}
        wanted = {*self.not_proven, *other.not_proven, *mine, *theirs}
        return PrintedLines(
            max(self.rows, other.rows),
            self.id,
            tuple(lines[number] for number in sorted(lines)),
            tuple(sorted(wanted - lines.keys())),
        )

    @property
    def text(self) -> str:
        """The id and the lines as one would type them."""
        if self.id is None:
            return ""
        lines = [f"{line.number:03} {line.text} {line_check(self.id, line.number, line.text)}" for line in self.proven]
        return "\n".join([str(self.id), *lines])


def find_rows(tokens: Sequence[Token]) -> list[Row]:
    """The rows that look like lines, from top to bottom; the short last one only below others."""
    rows = [row for _, of_row in itertools.groupby(tokens, key=lambda token: token.row) if (row := _row(list(of_row)))]
    if not any(len(row.groups) >= LEAST_GROUPS for row in rows):
        return []
    return sorted(rows, key=lambda row: row.top)


def _row(tokens: Sequence[Token]) -> Row | None:
    letters = "".join(token.text for token in tokens)
    if sum(map(str.islower, letters)) > _MOST_SMALL * len(letters):
        return None
    texts = [_JUNK.sub("", token.text.upper()) for token in tokens]
    # Before the number is a box, of which OCR makes a character or two.
    first = next((place for place, text in enumerate(texts[:3]) if _NUMBER.fullmatch(text)), None)
    number = None
    if first is None:
        first = next((place for place, text in enumerate(texts) if len(text) >= _GROUP), 0) - 1
    else:
        digits = texts[first].translate(_DIGITS)
        number = int(digits) if len(digits) == 3 and digits.isdigit() else None
    groups = [text for text in texts[first + 1 :] if text]
    if len(groups) != _GROUPS + 1 and len(joined := "".join(groups)) == LINE_CHARS + _CHECK:
        groups = [joined[at : at + _GROUP] for at in range(0, len(joined), _GROUP)]
    full = sum(abs(len(group) - _GROUP) <= 1 for group in groups) >= LEAST_GROUPS
    short = number is not None and len(groups) > 1 and all(len(group) == _GROUP for group in groups[:-2])
    if len(groups) > _GROUPS + 1 or not (full or short):
        return None
    return Row(
        tuple(group.translate(_PLAIN) for group in groups),
        number if number and number <= MAX_LINES else None,
        min(token.top for token in tokens),
    )


def find_ids(tokens: Sequence[Token]) -> tuple[EscrowId, ...]:
    """The escrow ids that a page may bear, those that were read more often first, then what else they may be."""
    texts = Counter(match[0] for token in tokens if (match := _ID.search(token.text.upper())))
    readings: dict[EscrowId, None] = {}
    for text, _ in texts.most_common():
        plain = _JUNK.sub("", text).translate(_PLAIN)
        for (way,) in itertools.islice(_readings([plain]), MAX_ID_TRIES):
            try:
                readings[EscrowId.parse(way)] = None
            except CodeError:
                continue
    return tuple(readings)[: 2 * MAX_ID_TRIES]


def prove(rows: Sequence[Row], ids: Sequence[EscrowId]) -> PrintedLines:
    """Which of the rows are proven, by the id by which most of them are right as read.

    Nothing is proven where not two rows are right as they were read, or one where there is but one: then the id may be
    wrong.
    """
    numbers = _numbers(rows, {place: row.number for place, row in enumerate(rows) if row.number is not None})
    found: dict[int, TextLine] = {}
    id: EscrowId | None = None
    for one in ids:
        lines = (_right(one, numbers[place], row.groups) for place, row in enumerate(rows))
        as_read = {place: line for place, line in enumerate(lines) if line}
        if len(as_read) > len(found):
            id, found = one, as_read
    if id is None or len(found) < min(_LEAST_LINES, len(rows)):
        return PrintedLines(len(rows))
    numbers = _numbers(rows, {place: line.number for place, line in found.items()})
    for place, row in enumerate(rows):
        if place not in found and (line := _solved(id, numbers[place], row)):
            found[place] = line
    proven = {line.number: line for line in found.values()}
    seen = {numbers[place][0] for place in range(len(rows)) if place not in found and numbers[place]}
    wanted = seen | set(range(min(proven), max(proven) + 1))
    return PrintedLines(
        len(rows), id, tuple(proven[number] for number in sorted(proven)), tuple(sorted(wanted - proven.keys()))
    )


def _numbers(rows: Sequence[Row], known: Mapping[int, int]) -> list[tuple[int, ...]]:
    """The numbers that each row may have, the likeliest first: what the nearest known rows above and below it agree on,
    what was read, what either of them says."""
    found = []
    for place, row in enumerate(rows):
        above = max((other for other in known if other <= place), default=None)
        below = min((other for other in known if other >= place), default=None)
        said = [known[other] + place - other for other in (above, below) if other is not None]
        read = [row.number] if row.number is not None else []
        votes = said + read if len(said) == 2 and said[0] == said[1] else read + said
        found.append(tuple(dict.fromkeys(number for number in votes if 1 <= number <= MAX_LINES)))
    return found


def _right(id: EscrowId, numbers: Collection[int], groups: Sequence[str]) -> TextLine | None:
    """The line, if the check is right for one of the numbers."""
    text, check = "".join(groups[:-1]), groups[-1]
    if len(check) != _CHECK or not 1 <= len(text) <= LINE_CHARS:
        return None
    for number in numbers:
        if line_check(id, number, text) == check:
            return _line(number, text)
    return None


def _line(number: int, text: str) -> TextLine | None:
    try:
        return TextLine(number, text)
    except CodeError:
        return None


def _solved(id: EscrowId, numbers: Sequence[int], row: Row) -> TextLine | None:
    """The one line among the likely readings whose check is right; None if none is, or several are."""
    right: dict[TextLine, None] = {}
    for groups in itertools.islice(_readings(row.groups), MAX_TRIES // max(1, len(numbers))):
        if line := _right(id, numbers, groups):
            right[line] = None
    return next(iter(right)) if len(right) == 1 else None


def _readings(groups: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """What groups may be in truth, the likeliest first."""
    options = [_options(group, _size(place, len(groups))) for place, group in enumerate(groups)]
    if not all(options):
        return
    start = (0,) * len(options)
    queue = [(sum(option[0][0] for option in options), start)]
    met = {start}
    while queue:
        cost, chosen = heapq.heappop(queue)
        yield tuple(option[at][1] for option, at in zip(options, chosen, strict=True))
        for place, option in enumerate(options):
            at = chosen[place]
            further = (*chosen[:place], at + 1, *chosen[place + 1 :])
            if at + 1 < len(option) and further not in met:
                met.add(further)
                heapq.heappush(queue, (cost - option[at][0] + option[at + 1][0], further))


def _size(place: int, count: int) -> int | None:
    """How many characters a group has: 5, the last one 4; None where that is not known."""
    if count == 1:
        return None
    if place == count - 1:
        return _CHECK
    return _GROUP if count == _GROUPS + 1 or place < count - 2 else None


def _options(reading: str, size: int | None) -> list[tuple[int, str]]:
    """What one group may be, with at most two characters changed, each with its cost; the cheapest first."""
    costs: dict[str, int] = {}
    for start, text in _of_size(reading, size):
        single = [({at: char}, cost) for at, read in enumerate(text) for char, cost in _ALIKE.get(read, {}).items()]
        double = [(one | other, a + b) for (one, a), (other, b) in itertools.combinations(single, 2)]
        for changes, cost in [({}, 0), *single, *double]:
            option = "".join(changes.get(at, char) for at, char in enumerate(text))
            if option.isalnum() and "9" not in option:
                costs[option] = min(start + cost, costs.get(option, start + cost))
    return sorted((cost, text) for text, cost in costs.items())


def _of_size(text: str, size: int | None) -> Iterator[tuple[int, str]]:
    """A group of the right size: one that was seen twice left out, or one of those that are overlooked put in."""
    if size is None or len(text) == size:
        yield 0, text
    elif len(text) == size + 1:
        for at, (one, other) in enumerate(itertools.pairwise(text)):
            if one == other or other in _ALIKE.get(one, {}) or one in _ALIKE.get(other, {}):
                yield _TWICE, text[:at] + text[at + 1 :]
                yield _TWICE, text[: at + 1] + text[at + 2 :]
    elif len(text) == size - 1:
        for at in range(size):
            for char in "IJ":
                yield _OVERLOOKED, text[:at] + char + text[at:]

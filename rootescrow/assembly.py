"""The envelope from whatever codes and lines of it are there: a lost code may be made good by typed lines."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rootescrow.codes import (
    LINE_CHARS,
    MAX_LINES,
    EnvelopePart,
    EscrowId,
    TextLine,
    UncheckedLine,
    part_ranges,
    unbase32,
)
from rootescrow.envelope import Envelope, der_length
from rootescrow.errors import CodeError, EnvelopeError

MAX_CANDIDATES = 512
"""Ways of putting together pieces that contradict each other: reading and opening an envelope takes 2 ms."""
ALL_MISSING = "codes, lines or the file envelope.cms"

_OTHER_KEYBOARD = str.maketrans("YZ", "ZY")


def on_other_keyboard(id: EscrowId) -> EscrowId:
    """The id as a hand-held scanner garbles it where keyboard layouts have Y and Z swapped; often the id itself."""
    return EscrowId.parse(id.compact.translate(_OTHER_KEYBOARD))


def parts_of(id: EscrowId, parts: Iterable[EnvelopePart]) -> list[EnvelopePart]:
    """The codes of one escrow, those whose id is garbled among them, put right."""
    ours = []
    for part in parts:
        if part.id == id:
            ours.append(part)
        elif on_other_keyboard(part.id) == id:
            ours.append(part_on_other_keyboard(part))
    return ours


def part_on_other_keyboard(part: EnvelopePart) -> EnvelopePart:
    """The code as a hand-held scanner garbles it where keyboard layouts have Y and Z swapped, and back."""
    return replace(part, id=on_other_keyboard(part.id), text=part.text.translate(_OTHER_KEYBOARD))


def line_on_other_keyboard(line: UncheckedLine) -> UncheckedLine:
    """The line as it is typed where keyboard layouts have Y and Z swapped, and back."""
    return replace(line, text=line.text.translate(_OTHER_KEYBOARD), check=line.check.translate(_OTHER_KEYBOARD))


def candidates(parts: Iterable[EnvelopePart], lines: Iterable[TextLine]) -> Iterator[Envelope]:
    """Every envelope that these codes and lines of one escrow may mean; the likeliest first.

    Contradicting copies of a code or line are tried in turn, then codes as a hand-held scanner garbles them on a
    keyboard layout that has Y and Z swapped. Only the envelope's tag can tell which is right.
    """
    seen: set[str] = set()
    for codes, typed in _choices(parts, lines):
        for typed_wins in (False, True) if codes and typed else (True,):
            text = _fill(codes, typed, typed_wins=typed_wins)
            if text is not None and text not in seen:
                seen.add(text)
                try:
                    yield Envelope.parse(unbase32(text))
                except (CodeError, EnvelopeError):
                    continue


def _choices(
    parts: Iterable[EnvelopePart], lines: Iterable[TextLine]
) -> Iterator[tuple[tuple[str, ...], dict[int, str]]]:
    """One text for each code and each line: at most MAX_CANDIDATES choices. A code not there is an empty text."""
    copies: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for line in lines:
        copies[line.number][line.text] = None
    typed = [list(texts) for texts in copies.values()]
    claims = _by_count(parts)
    for codes in claims:
        ways = (way for swapped in _swaps(codes) for way in _ways([*swapped, *typed]))
        for way in itertools.islice(ways, MAX_CANDIDATES // len(claims)):
            yield way[: len(codes)], dict(zip(copies, way[len(codes) :], strict=True))


def _by_count(parts: Iterable[EnvelopePart]) -> list[list[list[str]]]:
    """The different texts of each code, for each number of codes that they claim; one empty list if there are none."""
    claims: dict[int, list[list[str]]] = {}
    for part in parts:
        texts = claims.setdefault(part.count, [[] for _ in range(part.count)])[part.number - 1]
        if part.text not in texts:
            texts.append(part.text)
    return list(claims.values()) or [[]]


def _swaps(codes: Sequence[Sequence[str]]) -> Iterator[list[list[str]]]:
    """The codes as they were read, then with Y and Z swapped in all of them, in one, in two and so on."""
    there = [place for place, texts in enumerate(codes) if texts]
    sizes = dict.fromkeys((0, len(there), *range(1, len(there))))
    for garbled in itertools.chain.from_iterable(itertools.combinations(there, size) for size in sizes):
        yield [
            [text.translate(_OTHER_KEYBOARD) if place in garbled else text for text in texts or [""]]
            for place, texts in enumerate(codes)
        ]


def _ways(copies: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """One copy of each piece, in every way; first the first copy of each, then the second of each and so on.

    Copies come in the order in which they were read, so copies from one sheet mostly stand at one place.
    """
    most = max(map(len, copies), default=0)
    together = [tuple(texts[min(nth, len(texts) - 1)] for texts in copies) for nth in range(most)]
    yield from together
    if most > 1:
        yield from (way for way in itertools.product(*copies) if way not in together)


def _fill(codes: Sequence[str], lines: Mapping[int, str], *, typed_wins: bool) -> str | None:
    """The base32 of the whole envelope, or None where characters are missing."""
    total = _total_chars([lines.get(1, ""), *codes[:1]] if typed_wins else [*codes[:1], lines.get(1, "")])
    if total is None:
        return None
    printed = [
        (start, text)
        for (start, end), text in zip(part_ranges(total, len(codes)) if codes else (), codes, strict=True)
        if len(text) == end - start
    ]
    typed = [((number - 1) * LINE_CHARS, text) for number, text in lines.items()]
    canvas = [""] * total
    for start, text in [*printed, *typed] if typed_wins else [*typed, *printed]:
        if start + len(text) <= total:
            canvas[start : start + len(text)] = text
    return "".join(canvas) if all(canvas) else None


def _total_chars(starts: Iterable[str]) -> int | None:
    """The characters in the whole envelope's base32, which its beginning tells: the first of these that is one."""
    for start in starts:
        try:
            length = der_length(unbase32(start[:8]))
        except CodeError:
            continue
        if length is not None:
            return -(-length * 8 // 5)
    return None


def missing(parts: Iterable[EnvelopePart], lines: Sequence[TextLine]) -> str:
    """What to look for, in words: "code 2 of 4, or instead lines 027 to 053"; empty if nothing is missing.

    Of codes that claim to be of different numbers of codes, those count of which most are there.
    """
    codes = _likeliest(parts)
    if not codes and not lines:
        return ALL_MISSING
    lost = [number for number, texts in enumerate(codes, 1) if not texts]
    lost_codes = f"{_list('code', lost, '{}')} of {len(codes)}" if lost else ""
    total = _total_of(codes, lines)
    if total is None:
        first = "" if any(line.number == 1 for line in lines) else "line 001"
        if not codes:
            return first
        return f"{lost_codes}, or instead {first} and those after it" if 1 in lost and first else lost_codes
    left = _lines_left(codes, lines, total)
    if not left:
        return ""
    lost_lines = _list("line", left, "{:03}")
    return f"{lost_codes}, or instead {lost_lines}" if codes else lost_lines


def next_line(parts: Iterable[EnvelopePart], lines: Sequence[TextLine], after: int) -> str:
    """Which line to type after this one: "line 014 of 106; lines 012 and 013 are missing".

    Empty if none is of use any more.
    """
    codes = _likeliest(parts)
    typed = {line.number for line in lines}
    total = _total_of(codes, lines)
    if total is None:
        # Whatever is there now, the line after this one is of use; line 001 tells how many there are.
        following = next(number for number in range(after + 1, MAX_LINES + 2) if number not in typed)
        before = [number for number in range(1, after + 1) if number not in typed]
        of = ""
    else:
        left = _lines_left(codes, lines, total)
        if not left:
            return ""
        following = next((number for number in left if number > after), left[0])
        before = [number for number in left if number < following]
        of = f" of {-(-total // LINE_CHARS)}"
    also = f"; {_list('line', before, '{:03}')} {'is' if len(before) == 1 else 'are'} missing" if before else ""
    return f"line {following:03}{of}{also}"


def _likeliest(parts: Iterable[EnvelopePart]) -> list[list[str]]:
    """The different texts of each code, of those that claim one number of codes: the number of which most are there."""
    return max(_by_count(parts), key=lambda codes: sum(map(bool, codes)))


def _total_of(codes: Sequence[Sequence[str]], lines: Iterable[TextLine]) -> int | None:
    return _total_chars([*itertools.chain(*codes[:1]), *(line.text for line in lines if line.number == 1)])


def _lines_left(codes: Sequence[Sequence[str]], lines: Iterable[TextLine], total: int) -> list[int]:
    """The numbers of the lines that are not there, and whose characters are in no code that is."""
    ranges = part_ranges(total, len(codes)) if codes else ((0, total),)
    wanted = {
        line
        for number, (start, end) in enumerate(ranges, 1)
        if not codes or not codes[number - 1]
        for line in range(start // LINE_CHARS + 1, (end - 1) // LINE_CHARS + 2)
    }
    return sorted(wanted - {line.number for line in lines})


def _list(what: str, numbers: Sequence[int], form: str) -> str:
    """Numbers as people write them: "line 007", "lines 003 to 005 and 009"."""
    runs: defaultdict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(numbers):
        runs[number - place].append(number)
    pieces = [
        form.format(run[0]) if len(run) == 1 else f"{form.format(run[0])} to {form.format(run[-1])}"
        for run in runs.values()
    ]
    text = pieces[0] if len(pieces) == 1 else ", ".join(pieces[:-1]) + " and " + pieces[-1]
    return f"{what}{'s' if len(numbers) > 1 else ''} {text}"

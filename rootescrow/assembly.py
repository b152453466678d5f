"""The envelope from whatever codes and lines of it are there: a lost code may be made good by typed lines."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence

from rootescrow.codes import LINE_CHARS, EnvelopePart, TextLine, part_ranges, unbase32
from rootescrow.envelope import Envelope, der_length
from rootescrow.errors import CodeError, EnvelopeError

MAX_CANDIDATES = 512
"""Ways of putting together codes that contradict each other: a candidate costs a tenth of a millisecond."""

_OTHER_KEYBOARD = str.maketrans("YZ", "ZY")


def candidates(parts: Sequence[EnvelopePart], lines: Sequence[TextLine]) -> Iterator[Envelope]:
    """Every envelope that these codes and lines of one escrow may mean; the likeliest first.

    Contradicting copies of a code are tried in turn, then codes as a hand-held scanner garbles them on a keyboard
    layout that has Y and Z swapped. Only the envelope's tag can tell which is right.
    """
    seen: set[str] = set()
    for text in itertools.islice(_texts(parts, lines), MAX_CANDIDATES):
        if text not in seen:
            seen.add(text)
            try:
                yield Envelope.parse(unbase32(text))
            except (CodeError, EnvelopeError):
                continue


def _texts(parts: Sequence[EnvelopePart], lines: Sequence[TextLine]) -> Iterator[str]:
    for counts in _by_count(parts):
        as_read = [sorted({part.text for part in same}) for same in counts]
        swapped = [[*texts, *(text.translate(_OTHER_KEYBOARD) for text in texts)] for texts in as_read]
        all_swapped = [[text.translate(_OTHER_KEYBOARD) for text in texts] for texts in as_read]
        for choice in (as_read, all_swapped, swapped):
            for chosen in itertools.product(*(texts or [""] for texts in choice)):
                for typed_wins in (False, True):
                    text = _fill(chosen, lines, typed_wins=typed_wins)
                    if text is not None:
                        yield text


def _by_count(parts: Sequence[EnvelopePart]) -> list[list[list[EnvelopePart]]]:
    """The parts by their number, for each number of parts that they claim; one empty list where there are none."""
    claims: dict[int, list[list[EnvelopePart]]] = {}
    for part in parts:
        claims.setdefault(part.count, [[] for _ in range(part.count)])[part.number - 1].append(part)
    return [*claims.values()] or [[]]


def _fill(codes: Sequence[str], lines: Sequence[TextLine], *, typed_wins: bool) -> str | None:
    """The base32 of the whole envelope, or None where characters are missing. An empty code is one not there."""
    total = _total_chars(codes, lines)
    if total is None:
        return "".join(codes) if codes and all(codes) else None
    canvas: list[str | None] = [None] * total
    printed = [
        (start, text)
        for (start, end), text in zip(part_ranges(total, len(codes)) if codes else (), codes, strict=True)
        if len(text) == end - start
    ]
    typed = [((line.number - 1) * LINE_CHARS, line.text) for line in lines]
    for start, text in [*printed, *typed] if typed_wins else [*typed, *printed]:
        if start + len(text) <= total:
            canvas[start : start + len(text)] = text
    known = [char for char in canvas if char is not None]
    return "".join(known) if len(known) == total else None


def _total_chars(codes: Sequence[str], lines: Sequence[TextLine]) -> int | None:
    """The characters in the whole envelope's base32, which its beginning tells; None if that is not there."""
    starts = [*codes[:1], *(line.text for line in lines if line.number == 1)]
    for start in starts:
        try:
            length = der_length(unbase32(start[:8])[:4]) if len(start) >= 8 else None
        except CodeError:
            continue
        if length is not None:
            return -(-length * 8 // 5)
    return None


def missing(parts: Sequence[EnvelopePart], lines: Sequence[TextLine]) -> str:
    """What to look for, in words: "code 2 of 4", "lines 054 to 106"; empty if nothing is missing."""
    if not parts and not lines:
        return "codes, lines or the file envelope.cms"
    best = max(_by_count(parts), key=lambda numbers: sum(map(bool, numbers)))
    codes = [same[0].text if same else "" for same in best]
    total = _total_chars(codes, lines)
    typed = {line.number for line in lines}
    if total is None:
        return _list_codes(codes) if codes else "line 001"
    if not codes:
        return _list_lines([n for n in range(1, -(-total // LINE_CHARS) + 1) if n not in typed])
    holes = [(start, end) for (start, end), text in zip(part_ranges(total, len(codes)), codes, strict=True) if not text]
    wanted = sorted(
        {
            line
            for start, end in holes
            for line in range(start // LINE_CHARS + 1, (end - 1) // LINE_CHARS + 2)
            if line not in typed
        }
    )
    if not wanted:
        return ""
    return f"{_list_codes(codes)}, or instead {_list_lines(wanted)}"


def _list_codes(codes: Sequence[str]) -> str:
    return _list("code", [n for n, text in enumerate(codes, 1) if not text], "{}") + f" of {len(codes)}"


def _list_lines(numbers: Sequence[int]) -> str:
    return _list("line", numbers, "{:03}") if numbers else ""


def _list(what: str, numbers: Sequence[int], form: str) -> str:
    """Numbers as people write them: "line 007", "lines 003 to 005 and 009"."""
    runs: dict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(numbers):
        runs[number - place].append(number)
    pieces = [
        form.format(run[0]) if len(run) == 1 else f"{form.format(run[0])} to {form.format(run[-1])}"
        for run in runs.values()
    ]
    text = pieces[0] if len(pieces) == 1 else ", ".join(pieces[:-1]) + " and " + pieces[-1]
    return f"{what}{'s' if len(numbers) > 1 else ''} {text}"

"""What pages gave, told for many at once: equal things of several pages are one line, and pages are ranges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rootescrow.ceremony.recover import PageReport
from rootescrow.paper.reading import ScannedPage
from rootescrow.pile import Finding, Verdict

MAX_FILES = 8
"""Files named in one line; of more, how many there are."""
_PAGE = re.compile(r"(.*) page ([0-9]+)", re.DOTALL)


@dataclass(frozen=True)
class Told:
    """A finding, and all the places where the same was found."""

    where: str
    finding: Finding
    times: int

    def __str__(self) -> str:
        what = str(self.finding).removeprefix(f"{self.finding.source}: ") if self.finding.source else str(self.finding)
        what += f" ({self.times} times)" if self.times > 1 else ""
        return f"{self.where}: {what}" if self.where else what


def together(places: Iterable[str]) -> str:
    """Places in few words: "a.pdf pages 1, 4-6, b.png page 1"."""
    pages: dict[str, set[int]] = {}
    for place in places:
        match = _PAGE.fullmatch(place)
        numbers = pages.setdefault(match[1] if match else place, set())
        if match:
            numbers.add(int(match[2]))
    told = []
    for source, numbers in pages.items():
        ranges = _ranges(sorted(numbers))
        told.append(f"{source} page{'s' * (len(numbers) > 1)} {ranges}" if numbers else source)
    more = len(told) - MAX_FILES
    return ", ".join(told[:MAX_FILES]) + (f" and {more} other file{'s' * (more > 1)}" if more > 0 else "")


def _ranges(numbers: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [", ".join(map(str, run)) if len(run) < 3 else f"{run[0]}-{run[-1]}" for run in runs]
    return ", ".join(parts)


def findings(found: Iterable[Finding]) -> list[Told]:
    """Findings in their order, each with those that say the same of other places."""
    same: dict[tuple[object, ...], list[Finding]] = {}
    for finding in found:
        key = (finding.kind, finding.name, finding.verdict, finding.message, finding.hint)
        same.setdefault(key, []).append(finding)
    return [Told(together(f.source for f in group if f.source), group[0], len(group)) for group in same.values()]


def problems(reports: Iterable[PageReport]) -> list[tuple[str, str, str]]:
    """The places, what could not be read there, and what to do about it."""
    same: dict[tuple[str, str], list[ScannedPage]] = {}
    for page in (report.page for report in reports if report.page.problem):
        same.setdefault((page.problem, page.hint), []).append(page)
    return [(together(page.place for page in group), *what) for what, group in same.items()]


def summary(reports: Iterable[PageReport]) -> str:
    """How many pages gave what; empty if there are not at least two. Text files and envelopes have none."""
    counts = dict.fromkeys(_KINDS, 0)
    for report in reports:
        if report.page.page:
            counts[_kind(report)] += 1
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    return f"Read {sum(counts.values())} pages: {told}." if sum(counts.values()) > 1 else ""


_NEW, _WRONG, _AGAIN, _STRANGE, _UNREAD, _NOTHING = _KINDS = (
    "with something new",
    "with something wrong",
    "with nothing that was not there before",
    "of others",
    "that could not be read",
    "without a code",
)


def _kind(report: PageReport) -> str:
    verdicts = {finding.verdict for finding in report.findings}
    for verdict, kind in (
        (Verdict.WRONG, _WRONG),
        (Verdict.TAKEN, _NEW),
        (Verdict.DUPLICATE, _AGAIN),
        (Verdict.FOREIGN, _STRANGE),
    ):
        if verdict in verdicts:
            return kind
    return _UNREAD if report.page.failed else _NOTHING

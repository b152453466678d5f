"""Reading what the user names (scans, text files, envelopes, `-`), and telling what could not be used."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from rootescrow.ceremony import pages
from rootescrow.ceremony import recover as operation
from rootescrow.ceremony.recover import PageReport
from rootescrow.cli import state, terminal
from rootescrow.errors import EscrowError, FileError, MalformedError, PaperError
from rootescrow.paper.reading import Source
from rootescrow.pile import Finding, Pile, Verdict
from rootescrow.register.record import Record


def read(
    pile: Pile, sources: tuple[str, ...], failures: list[EscrowError], *, by_ocr: bool = False
) -> list[PageReport]:
    """Put every source on the pile. A file of no use goes to `failures`, and the others are still read.

    `by_ocr`: if something is missing then, pages on which no code could be read are given to OCR.
    """
    read: dict[Source, list[PageReport]] = {}
    failed: dict[Source, EscrowError] = {}
    opened = pages = 0
    with terminal.progress() as progress:

        def opening(name: str) -> BinaryIO:
            nonlocal opened
            progress("Reading", opened, len(sources))
            opened += 1
            return _open(name)

        # Where somebody may be typing, what was named before is read before, and no bar is shown.
        for typed, named in itertools.groupby(sources, key="-".__eq__):
            files = [_standard_input() if typed else Source(name, partial(opening, name)) for name in named]
            read |= {file: [] for file in files}
            for file, report in operation.read_all(pile, files):
                if isinstance(report, EscrowError):
                    failed[file] = report
                else:
                    read[file].append(report)
                    pages += 1
                if not typed:
                    progress(f"Reading, page {pages}", max(0, opened - 1), len(sources))
            opened += len(files) * typed
    if by_ocr and not pile.status.complete:
        _read_by_ocr(pile, read)
    for file, reports in read.items():
        if file in failed:
            failures.append(failed[file])
        elif not any(report.findings for report in reports):
            failures.append(_nothing(file.name, reports))
    return [report for reports in read.values() for report in reports]


def _read_by_ocr(pile: Pile, read: dict[Source, list[PageReport]]) -> None:
    """Give pages without a code that could be read to OCR; what it says takes the place of what was said of them."""
    from rootescrow.paper import ocr  # noqa: PLC0415 - what is scanned well needs it not

    # A pipe can be read but once.
    wanted = {
        file: numbers
        for file, reports in read.items()
        if (numbers := [report.page.page for report in reports if report.page.without_code])
        and Path(file.name).is_file()
    }
    if not wanted:
        return
    see = ocr.program()
    if see is None:
        terminal.note("OCR could read what is printed on pages without a readable code: apt install tesseract-ocr")
        return
    left, done, total = ocr.MAX_OCR_PAGES, 0, sum(map(len, wanted.values()))
    with terminal.progress() as progress:
        for file, numbers in wanted.items():
            progress("Reading by OCR", done, total)
            reports = read[file]
            place = {report.page.page: at for at, report in enumerate(reports)}
            # What was read a moment ago is not there any more: what it gave is kept.
            with contextlib.suppress(EscrowError):
                for report in operation.read_by_ocr(pile, file, numbers[:left], see):
                    reports[place[report.page.page]] = report
            done += len(numbers)
            left = max(0, left - len(numbers))


def _standard_input() -> Source:
    return Source("standard input", lambda: contextlib.nullcontext(sys.stdin.buffer))


def _open(name: str) -> BinaryIO:
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise FileError(f"cannot read {name}: {error.strerror}", "Check the name and who may read it.") from None


def _nothing(source: str, reports: list[PageReport]) -> EscrowError:
    """What to say of a source from which nothing came."""
    problems = [report.page for report in reports if report.page.problem]
    if not problems:
        return MalformedError(f"{source}: nothing of an escrow is in it", "Give the words or the codes of a sheet.")
    alone = len(reports) == 1
    what = problems[0].problem if alone else f"nothing was found on any of its {len(reports)} pages"
    return PaperError(f"{source}: {what}", problems[0].hint)


def tell_record(record: Record) -> None:
    """Say by which record sheets are judged: whoever relies on it compares its check code with paper."""
    terminal.note(f"Record's check code: {record.check_code} (compare it with the one on a sheet)")


def tell_failures(failures: Iterable[EscrowError]) -> None:
    """Say on standard error which files were of no use."""
    for failure in failures:
        terminal.note(failure.message)
        if failure.hint:
            terminal.note(f"  {failure.hint}")


def tell_state(escrow: Path | None) -> None:
    """Say if the sheets of an escrow were never all read back from paper. No recovery fails because of a journal."""
    if escrow is not None:
        state.tell_of(escrow)


def tell_findings(findings: Iterable[Finding]) -> None:
    """Say on standard error which items could not be used as they are, the same of several pages once."""
    wrong = (f for f in findings if f.message and f.verdict is not Verdict.DUPLICATE)
    for told in pages.findings(wrong):
        terminal.note(str(told))
        if told.finding.hint:
            terminal.note(f"  {told.finding.hint}")


def tell_pages(reports: Iterable[PageReport], *, hints: bool = True) -> None:
    """Say on standard error which pages gave less than they may hold; what to do about it once, not for each page."""
    said: set[str] = set()
    for where, problem, hint in pages.problems(reports):
        terminal.note(f"{where}: {problem}")
        if hints and hint and hint not in said:
            terminal.note(f"  {hint}")
            said.add(hint)


def tell_summary(reports: Iterable[PageReport]) -> None:
    """Say on standard error how many pages gave what."""
    if summary := pages.summary(reports):
        terminal.note(summary)

"""Reading what the user names (scans, text files, envelopes, `-`), and telling what could not be used."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from rootescrow.ceremony.recover import PageReport, read_onto
from rootescrow.cli import state, terminal
from rootescrow.errors import EscrowError, FileError, MalformedError, PaperError
from rootescrow.pile import Finding, Pile, Verdict
from rootescrow.register.record import Record


def read(pile: Pile, sources: tuple[str, ...], failures: list[EscrowError]) -> list[PageReport]:
    """Put every source on the pile. A file of no use goes to `failures`, and the others are still read."""
    reports: list[PageReport] = []
    with terminal.progress() as progress:
        for done, source in enumerate(sources):
            of_source: list[PageReport] = []
            try:
                if source != "-":  # where somebody may be typing
                    progress("Reading", done, len(sources))
                for report in _pages(pile, source):
                    of_source.append(report)
                    progress(f"Reading, page {len(reports) + len(of_source)}", done, len(sources))
                if not any(report.findings for report in of_source):
                    failures.append(_nothing(source, of_source))
            except EscrowError as error:
                failures.append(error)
            except OSError as error:
                failures.append(
                    FileError(f"cannot read {source}: {error.strerror}", "Check the name and who may read it.")
                )
            reports += of_source
    return reports


def _pages(pile: Pile, source: str) -> Iterator[PageReport]:
    if source == "-":
        yield from read_onto(pile, sys.stdin.buffer, "standard input")
    else:
        with Path(source).open("rb") as stream:
            yield from read_onto(pile, stream, source)


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
    """Say on standard error which items could not be used as they are."""
    for finding in findings:
        if finding.message and finding.verdict is not Verdict.DUPLICATE:
            terminal.note(str(finding))
            if finding.hint:
                terminal.note(f"  {finding.hint}")


def tell_pages(reports: Iterable[PageReport]) -> None:
    """Say on standard error which pages gave less than they may hold; what to do about it once, not for each page."""
    hints: set[str] = set()
    for page in (report.page for report in reports if report.page.problem):
        terminal.note(f"{page.place}: {page.problem}")
        if page.hint and page.hint not in hints:
            terminal.note(f"  {page.hint}")
            hints.add(page.hint)

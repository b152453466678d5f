"""Reading what the user names (scans, text files, envelopes, `-`), and telling what could not be used."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from rootescrow.ceremony.recover import PageReport, read_onto
from rootescrow.cli import terminal
from rootescrow.errors import EscrowError, FileError
from rootescrow.pile import Finding, Pile, Verdict
from rootescrow.register import folder


def read(pile: Pile, sources: tuple[str, ...], failures: list[EscrowError]) -> Iterator[PageReport]:
    """Put every source on the pile. A file that cannot be read goes to `failures`, and the others are still read."""
    for source in sources:
        try:
            if source == "-":
                yield from read_onto(pile, sys.stdin.buffer, "standard input")
            else:
                with Path(source).open("rb") as stream:
                    yield from read_onto(pile, stream, source)
        except EscrowError as error:
            failures.append(error)
        except OSError as error:
            failures.append(FileError(f"cannot read {source}: {error.strerror}", "Check the name and who may read it."))


def tell_state(escrow: Path | None) -> None:
    """Say if the sheets of an escrow were never all read back from paper. No recovery fails because of a journal."""
    if escrow is None:
        return
    try:
        register = folder.load_register(escrow)
    except EscrowError as error:
        terminal.note(f"What happened since the escrow was made is not known: {error.message}.")
        return
    if register.to_confirm:
        left = ", ".join(register.to_confirm)
        terminal.note(f"Escrow {register.record.escrow_id}: {register.state}. Never read back: {left}.")


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

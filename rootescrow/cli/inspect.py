"""`rootescrow inspect`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rootescrow.ceremony import pages
from rootescrow.ceremony import recover as operation
from rootescrow.cli import options, terminal
from rootescrow.cli import sources as reading
from rootescrow.codes import check_code
from rootescrow.errors import EscrowError, MalformedError, UsageError
from rootescrow.pile import Finding, Pile, Verdict
from rootescrow.shamir.words import wordless


@click.command("inspect", short_help="Say what is on these sheets, never the words.")
@click.argument("sources", nargs=-1, metavar="[SOURCE…]")
@click.option("--escrow", type=click.Path(path_type=Path), help="The escrow folder whose record names the sheets.")
@options.no_ocr
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(sources: tuple[str, ...], escrow: Path | None, no_ocr: bool, as_json: bool) -> None:
    """Say what is on sheets, alone and together, without combining anything and without showing a word.

    If something is missing for a recovery, pages without a code that can be read are given to OCR, if tesseract is
    installed.

    \b
    Example:
      rootescrow inspect scan.pdf --escrow escrow-1/escrow
    """
    pile, opened = operation.new_pile(escrow)
    if opened is not None:
        reading.tell_record(opened.record)
    reading.tell_state(escrow)
    if not sources and not terminal.is_interactive():
        raise UsageError("nothing to inspect", "Name the scans or text files, or - for standard input.")
    failures: list[EscrowError] = []
    before = len(pile.findings)
    reports = reading.read(pile, sources, failures, by_ocr=not no_ocr)
    if not sources:
        from rootescrow.cli.prompt import type_onto  # noqa: PLC0415 - loads slowly, and is not always needed

        type_onto(pile)
    if as_json:
        items = [_as_json(finding) for finding in pile.findings]
        read = [
            {
                "source": report.page.source,
                "page": report.page.page,
                "problem": report.page.problem,
                "codes_not_read": report.page.failed,
                "items": [finding.name for finding in report.findings],
            }
            for report in reports
        ]
        failed = [{"message": failure.message, "hint": failure.hint} for failure in failures]
        groups = [{"name": g.name, "have": g.have, "need": g.need} for g in pile.status.groups]
        state = {"groups": groups, "envelope_missing": pile.status.envelope_missing, "complete": pile.status.complete}
        text = {"items": items, "pages": read, "failures": failed, "status": state}
        terminal.result(json.dumps(text, indent=2, ensure_ascii=False))
    else:
        _print(pile, reports)
    reading.tell_failures(failures[1:])
    problem = operation.first_problem(pile, failures)
    if problem is not None:
        problem.hint = wordless(problem.hint)
        raise problem
    if all(finding.verdict in (Verdict.FOREIGN, Verdict.DROPPED) for finding in pile.findings[before:]):
        raise MalformedError("nothing of this escrow was found", "Give the sheets of this escrow.")


def _print(pile: Pile, reports: list[operation.PageReport]) -> None:
    reading.tell_pages(reports)
    reading.tell_summary(reports)
    for told in pages.findings(pile.findings):
        finding = told.finding
        terminal.result(str(told))
        if finding.hint:
            terminal.result(f"  {wordless(finding.hint)}")
        if finding.share is not None and finding.verdict is not Verdict.DUPLICATE:
            share = finding.share
            terminal.result(
                f"  check code {check_code(share.text.encode())}, SLIP-39 group {share.group_index + 1}, member "
                f"{share.member_index + 1}, threshold {share.member_threshold}"
            )
    terminal.result(f"Together: {pile.status}")


def _as_json(finding: Finding) -> dict[str, object]:
    item: dict[str, object] = {
        "source": finding.source,
        "kind": finding.kind.value,
        "name": finding.name,
        "verdict": finding.verdict.value,
        "message": finding.message,
        "hint": wordless(finding.hint),
    }
    if finding.share is not None:
        share = finding.share
        item |= {
            "check_code": check_code(share.text.encode()),
            "slip39_identifier": share.identifier,
            "group": share.group_index + 1,
            "member": share.member_index + 1,
            "threshold": share.member_threshold,
        }
    return item

"""`rootescrow audit`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from rootescrow.ceremony.audit import Audit, examine
from rootescrow.ceremony.papers.audit import draw_audit, file_name, verdict
from rootescrow.cli import options, terminal
from rootescrow.paper.layout import Paper
from rootescrow.register import folder

_MET = {"pass": "met", "people": "left to people", "warn": "with a warning"}


@click.command("audit", short_help="Write the report for an auditor: each rule, and on what it rests.")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Write the report (PDF) into this folder.")
@click.option("--paper", type=click.Choice([one.value for one in Paper]), help="Of the report: else the plan's, or a4.")
@options.language("the record's")
def command(escrow: Path, out: Path, paper: str | None, language: str) -> None:
    """Read the files in the folder ESCROW again, ask every rule, and write the report for an auditor.

    It needs no secret. It is confidential: it tells who keeps what where.

    The report is written whatever is found. The exit status is 5 if a file is not what the record says; else 8 if a
    rule is not met and that was not accepted, a sheet was never confirmed, the key was recovered and is exposed, or the
    generation was superseded and is still live; and 0 if everything holds.

    \b
    Example:
      rootescrow audit escrow-1/escrow --out papers
    """
    audit = examine(escrow, datetime.now(UTC).date())
    plan = audit.today.plan if audit.today else None
    size = Paper(paper) if paper else plan.paper if plan else Paper.A4
    pdf = draw_audit(audit, size, language=language or audit.record.language)
    path = folder.write_paper(out, file_name(audit.record), pdf)
    for line in _said(audit):
        terminal.result(line)
    terminal.note(f"Written: {path}")
    audit.refuse()


def _said(audit: Audit) -> Iterator[str]:
    """The verdict in short; what is wrong is told in the error, and all of it in the report."""
    record, today = audit.record, audit.today
    rehearsal = "REHEARSAL, " if record.rehearsal else ""
    state = today.register.state if today else "what holds today is not known: the journal is not whole"
    yield f"Escrow {record.escrow_id}, generation {record.generation}: {rehearsal}{state}"
    yield f"Record:  check code {record.check_code}"
    if today:
        head, copy = today.register.journal.head, " (this folder is a copy)" if audit.copy else ""
        yield f"Journal: head {head}, lines: {head.number}{copy}"
    wrong = ", ".join(file.name for file in audit.wrong)
    yield "Files:   " + (f"WRONG: {wrong}" if wrong else "all are what the record says")
    yield f"Rules:   {_rules(audit)}"
    accepted = [answer.rule for answer in today.answers if answer.accepted] if today else []
    if accepted:
        yield f"Accepted, though not met: {', '.join(accepted)}"


def _rules(audit: Audit) -> str:
    if audit.today is None:
        return "none can be asked"
    if not audit.today.answers:
        return "none is asked of what can recover nothing"
    if audit.superseded:
        return "asked of what is left of it: the generation that replaces it is to meet them"
    verdicts = [verdict(answer) for answer in audit.today.answers]
    said = [f"{verdicts.count(word)} {text}" for word, text in _MET.items() if word in verdicts]
    failed = ", ".join(answer.rule for answer in audit.failed)
    return ", ".join(said) + (f"; NOT MET: {failed}" if failed else "")

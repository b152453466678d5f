"""What `recover` and `passphrase recover` have in common: how they begin, gather sheets, and tell the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from rootescrow.ceremony import recover as operation
from rootescrow.ceremony.basis import Basis, load_basis
from rootescrow.ceremony.recover import Journalled
from rootescrow.ceremony.session import Arrivals, Outcome, Session, said
from rootescrow.cli import sources as reading
from rootescrow.cli import terminal
from rootescrow.codes import check_code
from rootescrow.errors import EscrowError, UsageError
from rootescrow.pile import Verdict
from rootescrow.recovery import PassphraseRecovery, Recovery
from rootescrow.register.events import AnyEvent


def begin(
    escrow: Path | None,
    arrived: tuple[str, ...],
    use_void: tuple[str, ...],
    *,
    superseded: bool,
    of_passphrase: bool = False,
    recorded: bool = False,
) -> Session:
    """A session that knows what the escrow says, which is told. `recorded`: what is asked of sheets has a use."""
    arrivals = Arrivals.parse(arrived)
    basis = load_basis(escrow, of_passphrase=of_passphrase)
    basis.refuse_superseded(asked=superseded)
    session = Session(basis, arrivals, ask=recorded or basis.register is not None)
    _tell(basis)
    for name in use_void:
        try:
            session.allow(name)
        except UsageError as error:
            # Where the journal cannot be read nothing tells what is void: that must not end a recovery.
            if not basis.problem:
                raise
            terminal.note(f"--use-void: {error.message}. The journal, which would tell, cannot be read.")
    return session


def _tell(basis: Basis) -> None:
    if basis.record is not None:
        terminal.note(f"Record's check code: {basis.record.check_code} (compare it with the one on a sheet)")
    register = basis.register
    if register is not None:
        reading.tell_state(basis.path)
        terminal.note(f"Journal head: {register.journal.head} (compare it with the last report)")
    elif basis.problem:
        terminal.note(
            f"Warning: what happened since the escrow was made is not known: {basis.problem}.\n"
            "  Sheets are judged by the record alone: void ones are not known, and replaced ones look forged."
        )


def gather(session: Session, sources: tuple[str, ...], failures: list[EscrowError], *, by_ocr: bool) -> bool:
    """Read what was named, then let people type if that is not enough; whether they may go on."""
    start = len(session.pile.findings)
    reports = reading.read(session.pile, sources, failures, by_ocr=by_ocr)
    findings = [finding for report in reports for finding in report.findings]
    quiet, session.ask = session.ask, False
    session.note(findings)
    session.ask = quiet
    for finding in session.pile.findings[start:]:
        if finding.share is not None and finding.verdict is Verdict.TAKEN and not finding.message:
            terminal.note(f"{finding}, check code {check_code(finding.share.text.encode())}")
    reading.tell_findings(findings)
    # A cover has no code either: what to do about pages without one matters only where something is missing.
    reading.tell_pages(reports, hints=not session.pile.status.complete)
    reading.tell_summary(reports)
    reading.tell_failures(failures)
    if session.pile.status.complete or not terminal.is_interactive() or "-" in sources:
        return False
    return sit(session, by_ocr=by_ocr)


def sit(session: Session, *, by_ocr: bool) -> bool:
    """Let people type; whether they may go on."""
    from rootescrow.cli import prompt  # noqa: PLC0415 - loads slowly, and is not always needed

    def read(path: str) -> Iterator[str]:
        failures: list[EscrowError] = []
        before = len(session.pile.findings)
        reading.read(session.pile, (path,), failures, by_ocr=by_ocr)
        session.note(session.pile.findings[before:])
        for failure in failures:
            yield failure.message
            if failure.hint:
                yield f"  {failure.hint}"

    return prompt.sit(session, read)


def case_of(session: Session, case: str) -> str:
    """The arbitrator's case: as given, or asked for where groups are combined and somebody is there."""
    if case.strip():
        return said(case, "the case")
    while operation.needs_case(session.pile) and terminal.is_interactive():
        try:
            return said(click.prompt("The arbitrator's case", err=True), "the case")
        except UsageError as error:
            terminal.note(f"{error.message}\n  {error.hint}")
    return ""


def tell_recovery(session: Session, recovery: Recovery | PassphraseRecovery, what: str, case: str) -> None:
    """Say what was recovered, and of each sheet that was not right what it is."""
    pile = session.pile
    used = ", ".join(sorted({pile.name(share) for share in recovery.used}))
    terminal.note(f"Recovered {what} {recovery.id}{f' under case {case}' if case else ''} from {used}.")
    for one in session.brought(recovery):
        if one.outcome is Outcome.RIGHT and one.void:
            terminal.note(f"{one.name} was used, though {one.void}.")
        if one.torn:
            terminal.note(f"{one.name} is torn. The words that were found are right: confirmed by {one.torn}.")
    for name in session.unmatched:
        terminal.note(f"--arrived names {name}, and no such sheet came.")


def record(session: Session, events: tuple[AnyEvent, ...], now: datetime) -> Journalled | None:
    """Write into the journal what was recovered, or say what is to be written there later; None if there is none."""
    told = operation.journal(session.basis, events, now=now)
    if told is None:
        return None
    if told.register is not None:
        terminal.note(f"Journal head: {told.register.journal.head}. Write it down.")
        terminal.note(f"Escrow {told.register.record.escrow_id}: {told.register.state}.")
        return told
    terminal.note(f"Warning: this recovery is NOT in the journal: {told.problem}")
    if told.hint:
        terminal.note(f"  {told.hint}")
    terminal.note(
        "  The key is not kept back. Add this to the journal of the master folder: rootescrow journal add ESCROW FILE"
    )
    for line in told.lines.splitlines():
        terminal.result(line)
    return told

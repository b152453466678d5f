"""`rootescrow rekey`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import click

from rootescrow.ceremony import rekey as operation
from rootescrow.ceremony.papers.destruction import FILE, draw_destruction
from rootescrow.ceremony.passphrase import recover as recover_passphrase
from rootescrow.ceremony.plan import MAX_PLAN_BYTES
from rootescrow.ceremony.planned import Planned
from rootescrow.ceremony.recover import PageReport, cause, needs_case, refuse_without_case
from rootescrow.ceremony.rekey import Old, Rekeyed, Why
from rootescrow.ceremony.rules import Outcome
from rootescrow.ceremony.split import Order
from rootescrow.ceremony.today import judge
from rootescrow.cli import planning, state, terminal
from rootescrow.cli import sources as reading
from rootescrow.errors import EscrowError, RuleError, UsageError
from rootescrow.keys import EncryptedKey, certificate_der
from rootescrow.paper.layout import Paper
from rootescrow.passphrase import Passphrase
from rootescrow.pile import Finding, Pile
from rootescrow.recovery import Recovery, search
from rootescrow.register import folder
from rootescrow.register.events import Superseded


@click.command("rekey", short_help="Make a new generation: a new secret and new sheets for the same key.")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.argument("sources", nargs=-1, metavar="[SOURCE…]")
@click.option("--plan", required=True, type=click.Path(path_type=Path), help="What the new generation is to be.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder that does not exist yet.")
@click.option("--case", default="", metavar="TEXT", help="The arbitrator's case. A set of several groups needs one.")
@click.option("--arbitrator", default="", metavar="TEXT", help="Who decided it, for the journal.")
@click.option("--reason", default="", metavar="TEXT", help="Why, for the journal.")
@click.option("--new-passphrase", is_flag=True, help="Open the key, and encrypt it anew under another passphrase.")
@click.option("--check-passphrase", is_flag=True, help="Prove that the passphrase opens the key. It stays the same.")
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path), help="The old one: its first line; /dev/fd/3 works."
)
@click.option(
    "--new-passphrase-file", type=click.Path(path_type=Path), help="The new one, where the plan says that it is typed."
)
@click.option("--certificate", type=click.Path(path_type=Path), help="Of the key. Else: the one in ESCROW.")
@click.option("--use-void", multiple=True, metavar="SHEET", help="Use a void sheet, if the arbitrator allows it.")
@click.option(
    "--accept",
    "accept",
    multiple=True,
    metavar="CHECK=REASON",
    help="With the plan of a root or a subroot: let a check of this machine fail, for this reason.",
)
def command(
    escrow: Path,
    sources: tuple[str, ...],
    plan: Path,
    out: Path,
    case: str,
    arbitrator: str,
    reason: str,
    new_passphrase: bool,
    check_passphrase: bool,
    passphrase_file: Path | None,
    new_passphrase_file: Path | None,
    certificate: Path | None,
    use_void: tuple[str, ...],
    accept: tuple[str, ...],
) -> None:
    """Let a quorum open the envelope of ESCROW in memory, and split what is in it anew, by a plan, into OUT.

    SOURCE is a scan or a text file of words of the OLD sheets, as for `recover`. The new generation has another secret,
    another id and other sheets; it may not ask less than the old one did, unless the plan accepts that. The key stays
    encrypted as it is, and its passphrase with the sheets of that stays too. A passphrase that somebody may know needs
    --new-passphrase: the old one is asked for, or comes from its sheets among the sources.

    IT TAKES NOTHING AWAY from the old generation, which lives until it is destroyed: OUT/destruction-list.pdf says what
    is to be destroyed, and when. If the old journal could not be told of the new generation, the same command again
    tells it, and does nothing else.

    \b
    Example:
      rootescrow rekey escrow-1/escrow scans.pdf --plan root-2.toml --case a20310512.1 --out escrow-2
    """
    if new_passphrase and check_passphrase:
        raise UsageError("a new passphrase, and a check of the old one", "The old one is checked when it is opened.")
    old = Old.load(escrow, datetime.now(UTC).date())
    why = Why(case, arbitrator, reason)
    if event := operation.pending(old, out, why):
        read = planning.read(plan).plan
        finish(old, out, event, Paper(read.paper), read.language)
        return
    old.refuse_superseded()
    planned = operation.against(planning.read(plan), old, new_passphrase=new_passphrase)
    planning.tell(planned)
    _warn(planned, old)
    operation.check_passphrase(planned, old, new_passphrase=new_passphrase)
    folder.check_new(out)
    strict = planned.strict and not old.record.rehearsal
    exceptions = planning.check_host(out, accept, strict=strict)
    order = operation.order(planned, old, _certificate(certificate, old), exceptions=exceptions)
    reading.tell_record(old.record)
    state.tell(old.register)
    pile, case, recovery = _open(old, sources, use_void, case, of_passphrase=new_passphrase or check_passphrase)
    used = sorted({name for share in recovery.used for name in old.register.known.names(share)})
    passphrase = None
    if new_passphrase or check_passphrase:
        passphrase, told_by = _old_passphrase(old, pile, case, passphrase_file)
        used += told_by
    why = Why(case, arbitrator, reason, tuple(used))
    new = _make(planned, old, recovery, order, passphrase, new_passphrase_file, new_passphrase=new_passphrase)
    now = datetime.now(UTC)
    event = operation.create(old, out, new, why, now=now)
    _tell(out, new)
    finish(old, out, event, order.paper, order.language, now=now)


def _certificate(given: Path | None, old: Old) -> bytes | None:
    """The certificate, DER: the one that was given, or that of the old folder."""
    if given is not None:
        return certificate_der(folder.read_file(given, folder.MAX_CERTIFICATE_BYTES))
    return None if old.folder.certificate is None else certificate_der(old.folder.certificate)


def _warn(planned: Planned, old: Old) -> None:
    """What the rules doubt of the passphrase that stays, and where a quorum's words may be known outside."""
    for answer in planned.answers:
        if answer.rule == "z.5":
            for finding in answer.findings:
                if finding.outcome is Outcome.WARN:
                    terminal.note(f"Warning: {finding.text} (z.5).")
    if folder.is_copy(old.path):
        terminal.note(f"Warning: {old.path} is marked as a copy: the master's journal must be told, at the end.")


def _open(
    old: Old, sources: tuple[str, ...], use_void: tuple[str, ...], case: str, *, of_passphrase: bool
) -> tuple[Pile, str, Recovery]:
    """Let a quorum open the envelope; what was read, and under which case."""
    if not sources and not terminal.is_interactive():
        raise UsageError("there is no terminal to type at", "Name the scans or text files, or - for standard input.")
    pile = old.pile(use_void)
    failures: list[EscrowError] = []
    reports = reading.read(pile, sources, failures)
    reading.tell_findings(_of_key(old, reports, wanted=of_passphrase))
    if not pile.status.complete:
        reading.tell_pages(reports)
    reading.tell_failures(failures)
    typing = not pile.status.complete and terminal.is_interactive() and "-" not in sources and _type_onto(pile)
    if not case.strip() and needs_case(pile) and terminal.is_interactive():
        case = click.prompt("The arbitrator's case", err=True)
        Why(case)
    refuse_without_case(pile, case)
    recovery = _search(pile, failures, typing=typing)
    for share in recovery.wrong:
        terminal.note(
            f"Warning: {pile.name(share)} ({pile.source(share)}) is not a sheet of this escrow: forged or altered.\n"
            "  Keep it apart, note who brought it, and tell the arbitrator."
        )
    return pile, case, recovery


def _of_key(old: Old, reports: list[PageReport], *, wanted: bool) -> Iterator[Finding]:
    """What was found; not that a sheet is one of the passphrase, where that is wanted."""
    passphrase = old.register.known.passphrase
    for report in reports:
        for finding in report.findings:
            theirs = passphrase and finding.share and passphrase.names(finding.share)
            if not (wanted and theirs):
                yield finding


def _search(pile: Pile, failures: list[EscrowError], *, typing: bool) -> Recovery:
    """Search the pile. Somebody who is `typing` may add sheets until it gives the key: what he typed is not lost."""
    while True:
        try:
            return search(pile)
        except EscrowError as error:
            found = cause(pile, failures, error)
            if not typing or isinstance(error, RuleError):
                raise found from None
            terminal.note(f"{found.message}\n  {found.hint}")
        typing = _type_onto(pile)


def _type_onto(pile: Pile) -> bool:
    from rootescrow.cli.prompt import type_onto  # noqa: PLC0415 - loads slowly, and is not always needed

    return type_onto(pile)


def _old_passphrase(old: Old, pile: Pile, case: str, file: Path | None) -> tuple[Passphrase, list[str]]:
    """The passphrase as it was: from its sheets, or as it is given; and the sheets that told it."""
    sheets = old.passphrase_pile(pile)
    if sheets is not None and file is None:
        if not sheets.status.complete and terminal.is_interactive():
            terminal.note("The sheets of the passphrase; or 'done', if somebody knows it.")
            _type_onto(sheets)
        if sheets.status.complete:
            recovery = recover_passphrase(sheets, case)
            return recovery.passphrase, sorted({sheets.name(share) for share in recovery.used})
        if not terminal.is_interactive():
            raise UsageError(
                f"the passphrase is needed, and its sheets are not complete: {sheets.status}",
                "Give enough sheets headed PASSPHRASE among the sources, or --passphrase-file.",
            )
    return terminal.passphrase(file, "the passphrase of the key"), []


def _make(
    planned: Planned,
    old: Old,
    recovery: Recovery,
    order: Order,
    passphrase: Passphrase | None,
    new_file: Path | None,
    *,
    new_passphrase: bool,
) -> Rekeyed:
    """Make the new generation, and read every sheet back."""
    encrypted: EncryptedKey = recovery.encrypted
    if passphrase is None:
        with terminal.progress() as progress:
            return operation.rekey(planned, old, encrypted, order, today=date.today(), progress=progress)
    with passphrase, terminal.progress() as progress:
        progress("Opening the key", 0, 1)
        key = operation.open_key(old, encrypted, passphrase, order.certificate)
    with key.pkcs8:
        if not new_passphrase:
            opened = replace(encrypted, facts=key.facts)
            with terminal.progress() as progress:
                return operation.rekey(planned, old, opened, order, today=date.today(), progress=progress)
        new = None if planned.keepers else _new_passphrase(planned, new_file)
        with terminal.progress() as progress:
            return operation.rekey_anew(planned, old, key, order, new, today=date.today(), progress=progress)


def _new_passphrase(planned: Planned, file: Path | None) -> Passphrase:
    what = "a new passphrase for the key"
    if file is None and len(planned.typists) > 1:
        return planning.in_parts(planned.typists, what, twice=True)
    return terminal.passphrase(file, what, twice=True)


def _tell(out: Path, new: Rekeyed) -> None:
    made, record = new.made, new.made.record
    terminal.result(f"Escrow {record.escrow_id}, generation {record.generation}: {len(made.sheets)} sheets.")
    terminal.result(f"Needed: {record.policy}.")
    terminal.result(f"Key: {record.key.algorithm}, SPKI SHA-256 {record.key.spki_sha256 or 'unknown'}")
    terminal.result(f"Record's check code: {record.check_code} (it stands on every sheet)")
    if new.passphrase:
        terminal.result(f"Passphrase {new.passphrase.escrow.id}: {new.passphrase.escrow.policy}. Nobody has seen it.")
    terminal.result(f"Print:   {out / folder.SECRET} (one sheet a file; then destroy the files)")
    if new.passphrase:
        terminal.result(f"Print:   {out / folder.SECRET_PASSPHRASE} (the same; never to be kept with an envelope)")
    terminal.result(f"Keep:    {out / folder.ESCROW} (envelope, record and journal)")


def finish(old: Old, out: Path, event: Superseded, paper: Paper, language: str, *, now: datetime | None = None) -> None:
    """Tell the old journal, unless it knows; write the destruction list, unless it is there; say the truth."""
    now = now or datetime.now(UTC)
    register, problem = old.register, None
    head = register.journal.head
    if register.superseded is None:
        try:
            register = folder.append(old.path, event, now=now)
            head = register.journal.head
        except EscrowError as error:
            operation.refuse_if_lost(old.path, event, out)
            register, problem = register.after(event, now=now), error
    listed = judge(register, folder.load_plan(old.path, MAX_PLAN_BYTES), now.date())
    if not (out / FILE).exists():
        operation.write_list(out / FILE, draw_destruction(listed, paper, head=str(head), language=language))
    terminal.result(f"Destroy: what {out / FILE} lists, once the new generation is confirmed")
    terminal.result(f"Old:     escrow {register.record.escrow_id}: {register.state}")
    terminal.result(f"Journal head of the old escrow: {head}")
    if register.live:
        terminal.note(
            "Until the old generation is destroyed, an old quorum with an old envelope opens the key as well as before."
        )
    if not event.new_passphrase:
        terminal.note(
            "The passphrase and its sheets are as before. If somebody may know it who should not, this did not help: "
            "that takes --new-passphrase."
        )
    if problem is not None:
        raise type(problem)(
            f"the new generation is whole, but the old journal was not told of it: {problem.message}",
            f"{problem.hint} Then give the same command again, with the master folder of the old escrow as ESCROW: it "
            "tells the journal, and does nothing else.",
        )

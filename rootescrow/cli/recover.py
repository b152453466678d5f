"""`rootescrow recover`."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click

from rootescrow.ceremony import recover as operation
from rootescrow.ceremony.account import Account, account
from rootescrow.ceremony.recover import Journalled
from rootescrow.ceremony.session import Session, said
from rootescrow.cli import options, preflight, terminal
from rootescrow.cli import session as sessions
from rootescrow.errors import EscrowError, FileError, PassphraseError, RuleError, UsageError, WrongPassphraseError
from rootescrow.keys import EncryptedKey, certificate_der
from rootescrow.recovery import Recovery
from rootescrow.register import folder

_TRIES = 3
"""Times that a passphrase is asked for at the terminal, as openssl and login do."""


@click.command("recover", short_help="Put the encrypted key together again.")
@click.argument("sources", nargs=-1, metavar="[SOURCE…]")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the encrypted key (PEM).")
@click.option(
    "--escrow", type=click.Path(path_type=Path), help="The escrow folder: names the sheets, has the envelope."
)
@options.of_recovery
@click.option("--check-passphrase", is_flag=True, help="Prove that the passphrase opens the key.")
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path), help="Its first line; /dev/fd/3 works. Else: asked."
)
@click.option("--certificate", type=click.Path(path_type=Path), help="Prove that the key is that of this certificate.")
@click.option("--run", metavar="COMMAND", help="Hand the encrypted key to a command, in memory only, as {key}.")
@click.option("--report", type=click.Path(path_type=Path), help="Write the report, a PDF to sign, into this folder.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Of the report.")
@options.language("the record's, or en")
def command(
    sources: tuple[str, ...],
    out: Path | None,
    escrow: Path | None,
    case: str,
    arbitrator: str,
    arrived: tuple[str, ...],
    use_void: tuple[str, ...],
    superseded: bool,
    no_ocr: bool,
    check_passphrase: bool,
    passphrase_file: Path | None,
    certificate: Path | None,
    run: str | None,
    report: Path | None,
    paper: str,
    language: str,
) -> int:
    """Recover the encrypted key from sheets. It stays encrypted: its passphrase is asked by what uses it.

    SOURCE is a scan (PDF, PNG, JPEG, WebP, TIFF), a text file of words, codes or lines, or an envelope; - is standard
    input. If something is missing then, pages whose codes cannot be read are given to OCR, if tesseract is installed.
    What is still missing is asked for at one prompt, where several people may type words, codes and lines and
    name files, in any order. It says what is missing and whom to call.

    With ESCROW the journal gets a line before the key leaves the memory; from then on the escrow is exposed. No journal
    that is broken or cannot be written keeps the key back: the line is then shown, to be appended later.

    \b
    Examples:
      rootescrow recover scans.pdf --escrow escrow-1/escrow --case a20261123.1 --arbitrator 'Eve Example' \\
        --out root.p8.pem --report papers
      rootescrow recover scans.pdf --case a20261123.1 --run \\
        'openssl ca -gencrl -keyfile {key} -cert root.crt -config ca.cnf -out root.crl'
    """
    begun = datetime.now(UTC)
    if out is None and run is None:
        raise UsageError("where to?", "Give --out FILE, --run COMMAND or both.")
    # What can be known to fail fails now, not when everything has been typed.
    program = None if run is None else _program(run)
    if out is not None:
        operation.check_new_file(out)
    if report is not None:
        operation.check_folder(report)
    case, arbitrator = (
        said(text, what) if text.strip() else "" for text, what in ((case, "the case"), (arbitrator, "the arbitrator"))
    )
    certified = None if certificate is None else folder.read_file(certificate, folder.MAX_CERTIFICATE_BYTES)
    if certified is not None:
        certificate_der(certified)
    to_check = check_passphrase or certified is not None or passphrase_file is not None
    if not sources and not terminal.is_interactive():
        raise UsageError("there is no terminal to type at", "Name the scans or text files, or - for standard input.")
    checks = preflight.warn(out)
    session = sessions.begin(escrow, arrived, use_void, superseded=superseded, recorded=report is not None)
    failures: list[EscrowError] = []
    typing = sessions.gather(session, sources, failures, by_ocr=not no_ocr)
    case = sessions.case_of(session, case)
    recovery = _recover(session, case, failures, typing=typing, by_ocr=not no_ocr)
    ended = datetime.now(UTC)
    sessions.tell_recovery(session, recovery, "escrow", case)
    _tell_others(session, recovery)
    proof = ""
    if to_check:
        opened = session.basis.folder
        expected = opened.record.key.spki_sha256 if opened else None
        fingerprint = bytes.fromhex(expected) if expected else None
        proof = _checked(recovery.encrypted, passphrase_file, certified, fingerprint)
        terminal.note(proof)
    copies = () if out is None else (operation.name_of(out),)
    events = session.events(recovery, case, arbitrator, copies)
    # First the journal, then the key: see `operation.journal`.
    journalled = sessions.record(session, events, datetime.now(UTC))
    if out is not None:
        _write(out, recovery.encrypted, journalled is not None)
        terminal.result(f"Escrow {recovery.id}: the encrypted key is in {out}")
        terminal.result(f"SHA-256 of the encrypted key (DER): {recovery.encrypted.sha256.hex()}")
    failed: EscrowError | None = None
    if report is not None:
        told = account(
            session,
            recovery,
            journalled,
            begun=begun,
            ended=ended,
            case=case,
            arbitrator=arbitrator,
            proof=proof,
            copies=copies,
            command=run or "",
            checks=checks,
        )
        try:
            _write_report(report, told, journalled, paper, language)
        except EscrowError as error:
            failed = error
            terminal.note(f"Warning: there is no report: {error.message}\n  {error.hint}")
    status = _hand_over(program, recovery.encrypted) if program is not None else 0
    if failed is not None and not status:
        raise failed
    return status


def _write_report(into: Path, told: Account, journalled: Journalled | None, paper: str, language: str) -> None:
    from rootescrow.ceremony.papers.recovery import draw_recovery  # noqa: PLC0415 - only what is printed needs it
    from rootescrow.paper.layout import Paper  # noqa: PLC0415 - the same

    if journalled is not None and journalled.unwritten:
        terminal.note(f"Written: {folder.write_paper(into, told.beside, journalled.lines.encode())}")
    pdf = draw_recovery(told, Paper(paper), language=language or told.language)
    terminal.note(f"Written: {folder.write_paper(into, f'{told.name}.pdf', pdf)}")


def _write(out: Path, encrypted: EncryptedKey, listed: bool) -> None:
    try:
        operation.write_key(out, encrypted)
    except FileError:
        if listed:
            terminal.note(f"The journal lists {out} as a copy, and it was not written: list it as destroyed.")
        raise


def _recover(session: Session, case: str, failures: list[EscrowError], *, typing: bool, by_ocr: bool) -> Recovery:
    """Search the pile. Somebody who is `typing` may add sheets until it gives the key: what he typed is not lost."""
    while True:
        try:
            return operation.recover(session.pile, case)
        except EscrowError as error:
            why = operation.cause(session.pile, failures, error)
            if not typing or isinstance(error, RuleError):
                raise why from None
            terminal.note(f"{why.message}\n  {why.hint}")
        typing = sessions.sit(session, by_ocr=by_ocr)


def _checked(
    encrypted: EncryptedKey, passphrase_file: Path | None, certificate: bytes | None, fingerprint: bytes | None
) -> str:
    """Check the passphrase, which may be mistyped some times, so that what was typed before is not lost."""
    tries = _TRIES if passphrase_file is None else 1
    while True:
        tries -= 1
        try:
            with (
                terminal.passphrase(passphrase_file, "the passphrase of the key") as passphrase,
                terminal.progress() as progress,
            ):
                progress("Opening the key", 0, 1)
                return operation.check_passphrase(
                    encrypted, passphrase, certificate=certificate, fingerprint=fingerprint
                )
        except (PassphraseError, WrongPassphraseError) as error:
            if not tries:
                raise
            terminal.note(f"{error.message}\n  {error.hint}")


def _tell_others(session: Session, recovery: Recovery) -> None:
    """Say what the sheets are that were not used."""
    pile = session.pile
    for share in recovery.wrong:
        terminal.note(
            f"Warning: {pile.name(share)} ({pile.source(share)}) is not a sheet of this escrow: forged or altered.\n"
            "  Keep it apart, note who brought it, and tell the arbitrator."
        )
    for share in recovery.unjudged:
        if share in pile.proposed:
            terminal.note(
                f"{pile.name(share)} ({pile.source(share)}) is torn, and was misread or is not of this escrow."
            )
            continue
        terminal.note(f"{pile.name(share)} ({pile.source(share)}) was not needed, and nothing tells if it is right.")
    for share in recovery.strangers:
        terminal.note(f"{pile.name(share)} ({pile.source(share)}) is of another escrow.")


def _program(run: str) -> list[str]:
    """The words of a command that can be run with a key. Raises UsageError; FileError if there is no such program."""
    if "{key}" not in run:
        raise UsageError("the command does not say where the key goes", "Write {key} where it wants the key file.")
    if not hasattr(os, "memfd_create"):
        raise UsageError("this system has no files in memory", "Use --out, and wipe the file afterwards.")
    try:
        words = shlex.split(run)
    except ValueError:
        raise UsageError("the command has a quotation mark too many or too few", "Quote it as for a shell.") from None
    if shutil.which(words[0]) is None:
        raise FileError(f"cannot run {words[0]}: no such program", "Check the command's name.")
    return words


def _hand_over(words: list[str], encrypted: EncryptedKey) -> int:
    """Run a command with the encrypted key in an unnamed file in memory; its exit status."""
    descriptor = os.memfd_create("encrypted-key")
    try:
        os.write(descriptor, encrypted.pem().encode())
        os.lseek(descriptor, 0, os.SEEK_SET)
        path = f"/dev/fd/{descriptor}"
        done = subprocess.run([word.replace("{key}", path) for word in words], pass_fds=[descriptor], check=False)
    except OSError as error:
        raise FileError(f"cannot run {words[0]}: {error.strerror}", "Check the command's name.") from None
    finally:
        os.close(descriptor)
    if done.returncode:
        terminal.note(f"The command failed with status {done.returncode}.")
    return done.returncode if done.returncode >= 0 else 128 - done.returncode

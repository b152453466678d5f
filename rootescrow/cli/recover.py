"""`rootescrow recover`."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import click

from rootescrow.ceremony import recover as operation
from rootescrow.cli import preflight, terminal
from rootescrow.cli import sources as reading
from rootescrow.errors import EscrowError, FileError, PassphraseError, RuleError, UsageError, WrongPassphraseError
from rootescrow.keys import EncryptedKey, certificate_der
from rootescrow.pile import Pile
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
@click.option("--case", default="", metavar="TEXT", help="The arbitrator's case. A set of several groups needs one.")
@click.option("--check-passphrase", is_flag=True, help="Prove that the passphrase opens the key.")
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path), help="Its first line; /dev/fd/3 works. Else: asked."
)
@click.option("--certificate", type=click.Path(path_type=Path), help="Prove that the key is that of this certificate.")
@click.option("--run", metavar="COMMAND", help="Hand the encrypted key to a command, in memory only, as {key}.")
def command(
    sources: tuple[str, ...],
    out: Path | None,
    escrow: Path | None,
    case: str,
    check_passphrase: bool,
    passphrase_file: Path | None,
    certificate: Path | None,
    run: str | None,
) -> int:
    """Recover the encrypted key from sheets. It stays encrypted: its passphrase is asked by what uses it.

    SOURCE is a scan (PDF, PNG, JPEG, WebP, TIFF), a text file of words, codes or lines, or an envelope; - is standard
    input. Without any, type the words at the prompt. The order does not matter.

    \b
    Examples:
      rootescrow recover scans.pdf --escrow escrow-1/escrow --case a20261123.1 --out root.p8.pem
      rootescrow recover scans.pdf --case a20261123.1 --run \\
        'openssl ca -gencrl -keyfile {key} -cert root.crt -config ca.cnf -out root.crl'
    """
    if out is None and run is None:
        raise UsageError("where to?", "Give --out FILE, --run COMMAND or both.")
    # What can be known to fail fails now, not when everything has been typed.
    program = None if run is None else _program(run)
    if out is not None:
        operation.check_new_file(out)
    certified = None if certificate is None else folder.read_file(certificate, folder.MAX_CERTIFICATE_BYTES)
    if certified is not None:
        certificate_der(certified)
    to_check = check_passphrase or certified is not None or passphrase_file is not None
    if not sources and not terminal.is_interactive():
        raise UsageError("there is no terminal to type at", "Name the scans or text files, or - for standard input.")
    preflight.warn(out)
    pile, opened = operation.new_pile(escrow)
    if opened is not None:
        reading.tell_record(opened.record)
    reading.tell_state(escrow)
    failures: list[EscrowError] = []
    reports = reading.read(pile, sources, failures)
    reading.tell_findings(finding for report in reports for finding in report.findings)
    if not pile.status.complete:
        # A cover has no code either: pages without one matter only where something is missing.
        reading.tell_pages(reports)
    reading.tell_failures(failures)
    typing = not pile.status.complete and terminal.is_interactive() and "-" not in sources and _type_onto(pile)
    if not case.strip() and operation.needs_case(pile) and terminal.is_interactive():
        case = click.prompt("The arbitrator's case", err=True)
    recovery = _recover(pile, case, failures, typing=typing)
    _report(pile, recovery, case)
    if to_check:
        expected = opened.record.key.spki_sha256 if opened else None
        fingerprint = bytes.fromhex(expected) if expected else None
        terminal.note(_checked(recovery.encrypted, passphrase_file, certified, fingerprint))
    if out is not None:
        operation.write_key(out, recovery.encrypted)
        terminal.result(f"Escrow {recovery.id}: the encrypted key is in {out}")
        terminal.result(f"SHA-256 of the encrypted key (DER): {recovery.encrypted.sha256.hex()}")
    return _hand_over(program, recovery.encrypted) if program is not None else 0


def _type_onto(pile: Pile) -> bool:
    from rootescrow.cli.prompt import type_onto  # noqa: PLC0415 - loads slowly, and is not always needed

    return type_onto(pile)


def _recover(pile: Pile, case: str, failures: list[EscrowError], *, typing: bool) -> Recovery:
    """Search the pile. Somebody who is `typing` may add sheets until it gives the key: what he typed is not lost."""
    while True:
        try:
            return operation.recover(pile, case)
        except EscrowError as error:
            why = operation.cause(pile, failures, error)
            if not typing or isinstance(error, RuleError):
                raise why from None
            terminal.note(f"{why.message}\n  {why.hint}")
        typing = _type_onto(pile)


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


def _report(pile: Pile, recovery: Recovery, case: str) -> None:
    used = ", ".join(sorted({pile.name(share) for share in recovery.used}))
    terminal.note(f"Recovered escrow {recovery.id}{f' under case {case}' if case else ''} from {used}.")
    for share in recovery.wrong:
        terminal.note(
            f"Warning: {pile.name(share)} ({pile.shares[share]}) is not a sheet of this escrow: forged or altered.\n"
            "  Keep it apart, note who brought it, and tell the arbitrator."
        )
    for share in recovery.unjudged:
        terminal.note(f"{pile.name(share)} ({pile.shares[share]}) was not needed, and nothing tells if it is right.")
    for share in recovery.strangers:
        terminal.note(f"{pile.name(share)} ({pile.shares[share]}) is of another escrow.")


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

"""`rootescrow passphrase`: generate one, escrow it on sheets of its own, bring it back from them.

A passphrase goes to a terminal, a new file or a descriptor that was named, and never to a pipe that nobody mentioned.
"""

from __future__ import annotations

import getpass
import os
import re
import stat
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import click

from rootescrow import passphrase as passphrases
from rootescrow.cli import options, screen, terminal
from rootescrow.errors import EscrowError, FileError, UsageError
from rootescrow.passphrase import Passphrase

_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,9})")
_OUT = "A new file (mode 0600), or a descriptor: /dev/fd/3. Else: shown on the terminal."


@click.group("passphrase", short_help="Generate, escrow and recover a key's passphrase.")
def command() -> None:
    """The passphrase of a key: generate it, escrow it on sheets of its own, bring it back.

    Only a generated passphrase is escrowed: whoever holds one sheet could test guesses of any other.

    \b
    Example:
      rootescrow passphrase split --out passphrase-1 --shares 2/3 --for escrow-1/escrow
    """


@command.command("generate", short_help="Generate a passphrase of 129 bits.")
@click.option("--out", type=click.Path(path_type=Path), help=_OUT)
def generate(out: Path | None) -> None:
    """Generate a passphrase: 30 letters that are on the same keys of most keyboards.

    It is shown on the terminal in groups of five, to be typed without spaces, and erased when Enter is pressed.

    \b
    Example:
      rootescrow passphrase generate
    """
    from rootescrow.cli import preflight  # noqa: PLC0415 - what only tells the help needs none of it

    _check_out(out)
    preflight.warn(out)
    with passphrases.generate() as passphrase:
        _hand_out(passphrase, out)


@command.command("split", short_help="Escrow a passphrase on sheets of its own.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder that does not exist yet.")
@click.option("--shares", metavar="K/N", help="One group: any K of N sheets.")
@click.option(
    "--group", "groups", multiple=True, metavar="NAME=K/N", help="A group; give one for each. All are needed."
)
@click.option("--holder", "holders", multiple=True, metavar="NAME=PERSON", help="Who gets a group's next sheet.")
@click.option("--for", "key_escrow", type=click.Path(path_type=Path), help="The escrow folder of the key it opens.")
@click.option("--name", help="What the key is called on the sheets. Else: as in its record.")
@click.option(
    "--ask", is_flag=True, help="Ask for a passphrase that was generated before. Else: a new one is generated."
)
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="One generated before: the file's first line.")
@click.option("--passphrase-out", type=click.Path(path_type=Path), help="Where to write the new one too, for the key.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True)
@click.option("--rehearse", is_flag=True, help="Use a throw-away passphrase, and print REHEARSAL on every page.")
@options.language("that of the record of the key, or en")
def split(
    out: Path,
    shares: str | None,
    groups: tuple[str, ...],
    holders: tuple[str, ...],
    key_escrow: Path | None,
    name: str | None,
    ask: bool,
    passphrase_file: Path | None,
    passphrase_out: Path | None,
    paper: str,
    rehearse: bool,
    language: str,
) -> None:
    """Share out a generated passphrase, and print one sheet a keeper.

    Without --ask and --passphrase-file it is generated here and shown to nobody: only its sheets tell it. Thresholds
    are 2 or more. OUT/secret-passphrase gets the sheets as PDF: print them, then destroy them; never keep one with an
    envelope. OUT/escrow-passphrase gets the record: keep it. To have it made and used in the split of a key, see
    rootescrow split --escrow-passphrase.

    \b
    Example:
      rootescrow passphrase split --out passphrase-1 --shares 2/3 --for escrow-1/escrow --ask
    """
    from rootescrow.ceremony import passphrase as operation  # noqa: PLC0415 - loads what draws, and generating needs none
    from rootescrow.ceremony.situation import PASSPHRASE  # noqa: PLC0415 - the same
    from rootescrow.cli import preflight, state  # noqa: PLC0415 - the same
    from rootescrow.cli.policies import holders_of, policy_of  # noqa: PLC0415 - the same
    from rootescrow.paper.sheets import Paper  # noqa: PLC0415 - the same
    from rootescrow.register import folder  # noqa: PLC0415 - the same

    if sum((ask, passphrase_file is not None, passphrase_out is not None, rehearse)) > 1:
        raise UsageError(
            "which passphrase?", "Give one of --ask, --passphrase-file, --passphrase-out and --rehearse, or none."
        )
    policy = policy_of(shares, groups, PASSPHRASE)
    keepers = operation.Keepers(policy, holders_of(policy, holders))
    folder.check_new(out)
    if passphrase_out is not None:
        _check_out(passphrase_out)
    preflight.warn(out)
    key = None if key_escrow is None else folder.load(key_escrow).record
    if key_escrow is not None:
        state.tell_of(key_escrow)
    key_name = name or (key.key.name if key else None) or ("Rehearsal" if rehearse else None)
    if key_name is None:
        raise UsageError("the passphrase of which key?", "Give --for ESCROW, or --name as the key's sheets have it.")
    language = language or (key.language if key else "en")
    order = operation.AloneOrder(keepers, key_name, key, Paper(paper), rehearse, language)
    given = _ask(passphrase_file) if ask or passphrase_file is not None else None
    with terminal.progress() as progress:
        made, record = operation.make_alone(given, order, today=date.today(), progress=progress)
        operation.read_back(made, record.known, progress=progress)
    with made.passphrase as passphrase:
        folder.create_passphrase(out, made.files, record.dump())
        if passphrase_out is not None:
            _write(passphrase, passphrase_out)
    terminal.result(f"Escrow {made.escrow.id} of a passphrase: {len(made.sheets)} sheets, {policy}.")
    terminal.result(f"Record's check code: {record.check_code} (it stands on every sheet)")
    terminal.result(f"Print:   {out / folder.SECRET_PASSPHRASE} (one sheet a file; then destroy the files)")
    terminal.result(f"Keep:    {out / folder.PASSPHRASE} (the record)")
    terminal.note("No sheet of it may lie in one bag or at one place with an envelope of the key (SP-d).")


@command.command("recover", short_help="Bring a passphrase back from its sheets.")
@click.argument("sources", nargs=-1, metavar="[SOURCE…]")
@click.option("--escrow", type=click.Path(path_type=Path), help="The folder whose record lists the sheets.")
@options.of_recovery
@click.option("--out", type=click.Path(path_type=Path), help=_OUT)
def recover(
    sources: tuple[str, ...],
    escrow: Path | None,
    case: str,
    arbitrator: str,
    arrived: tuple[str, ...],
    use_void: tuple[str, ...],
    superseded: bool,
    no_ocr: bool,
    out: Path | None,
) -> None:
    """Bring the passphrase back from a quorum of its sheets, those headed PASSPHRASE.

    SOURCE is a scan (PDF, PNG, JPEG, WebP, TIFF) or a text file of words; - is standard input. What is missing then is
    asked for at a prompt, as rootescrow recover does it. With the ESCROW of a key its journal gets a line before the
    passphrase leaves the memory.

    \b
    Example:
      rootescrow passphrase recover scans.pdf --escrow escrow-1/escrow --case a20261123.1
    """
    from rootescrow.ceremony import passphrase as operation  # noqa: PLC0415 - loads slowly, and generating needs none
    from rootescrow.ceremony.recover import cause, name_of  # noqa: PLC0415 - the same
    from rootescrow.ceremony.session import said  # noqa: PLC0415 - the same
    from rootescrow.cli import preflight  # noqa: PLC0415 - the same
    from rootescrow.cli import session as sessions  # noqa: PLC0415 - the same

    # What can be known to fail fails now, not when everything has been typed.
    _check_out(out)
    case, arbitrator = (
        said(text, what) if text.strip() else "" for text, what in ((case, "the case"), (arbitrator, "the arbitrator"))
    )
    if not sources and not terminal.is_interactive():
        raise UsageError("there is no terminal to type at", "Name the scans or text files, or - for standard input.")
    preflight.warn(out)
    session = sessions.begin(escrow, arrived, use_void, superseded=superseded, of_passphrase=True)
    pile = session.pile
    failures: list[EscrowError] = []
    sessions.gather(session, sources, failures, by_ocr=not no_ocr)
    case = sessions.case_of(session, case)
    try:
        recovery = operation.recover(pile, case)
    except EscrowError as error:
        raise cause(pile, failures, error) from None
    with recovery.passphrase as passphrase:
        sessions.tell_recovery(session, recovery, "passphrase", case)
        for share in recovery.wrong:
            terminal.note(
                f"Warning: {pile.name(share)} ({pile.source(share)}) is none that the record lists: forged or altered."
            )
        for share in recovery.unjudged:
            if share in pile.proposed:
                terminal.note(
                    f"{pile.name(share)} ({pile.source(share)}) is torn, and was misread or is not of this escrow."
                )
                continue
            terminal.note(
                f"{pile.name(share)} ({pile.source(share)}) does not fit, and nothing tells which sheets are right."
            )
        for share in recovery.strangers:
            terminal.note(f"{pile.name(share)} ({pile.source(share)}) is of another escrow.")
        kept = _kept(out)
        copies = () if kept is None else (f"the passphrase in {name_of(kept)}",)
        sessions.record(session, session.events(recovery, case, arbitrator, copies), datetime.now(UTC))
        _hand_out(passphrase, out)


def _kept(out: Path | None) -> Path | None:
    """The file that will keep the passphrase: a new one, or the one behind a descriptor. None if it is a pipe."""
    match = _DESCRIPTOR.fullmatch(str(out)) if out is not None else None
    if out is None or match is None:
        return out
    behind = Path(os.path.realpath(out))
    return behind if stat.S_ISREG(os.fstat(int(match[1])).st_mode) and behind.exists() else None


def _ask(file: Path | None) -> Passphrase:
    """A generated passphrase, in groups or without spaces. Raises RuleError for another kind (SP-d)."""
    typed = terminal.passphrase(file, "the generated passphrase")
    # Other characters are for `to_escrow` to refuse, in its own words.
    return Passphrase(bytes(typed.reveal()).replace(b" ", b"") or b" ")


def _check_out(out: Path | None) -> None:
    """That the passphrase can go there. Raises UsageError or FileError."""
    if out is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError(
                "a passphrase is shown on a terminal only, and there is none",
                "Give --out FILE for a new file, or --out /dev/fd/3 for a descriptor.",
            )
    elif match := _DESCRIPTOR.fullmatch(str(out)):
        try:
            os.fstat(int(match[1]))
        except OSError as error:
            raise FileError(f"cannot write to {out}: {error.strerror}", "Open it first, such as with 3>…") from None
    elif os.path.lexists(out):
        raise FileError(f"{out} is there already", "Name a file that does not exist; nothing is overwritten.")


def _hand_out(passphrase: Passphrase, out: Path | None) -> None:
    if out is None:
        _show(passphrase)
    else:
        _write(passphrase, out)


def _show(passphrase: Passphrase) -> None:
    """Show it on the terminal until Enter is pressed."""
    with screen.alternate():
        click.echo(f"\n    {passphrases.grouped(passphrase)}\n")
        sys.stdout.flush()
        getpass.getpass("It is typed without spaces. Enter erases it from the screen: ")


def _write(passphrase: Passphrase, out: Path) -> None:
    """Write it, and a newline, to a descriptor or a new file."""
    from rootescrow.register import folder  # noqa: PLC0415 - loads slowly, and showing needs none of it

    line = bytearray().join((passphrase.reveal(), b"\n"))
    try:
        if match := _DESCRIPTOR.fullmatch(str(out)):
            try:
                with open(int(match[1]), "wb", buffering=0, closefd=False) as file:
                    file.write(line)
            except OSError as error:
                raise FileError(f"cannot write to {out}: {error.strerror}", "Open it for writing, as 3>…") from None
        else:
            folder.write_file(out, bytes(line))
            terminal.note(f"The passphrase is in {out}. Destroy that file as soon as it has been used.")
    finally:
        line[:] = bytes(len(line))

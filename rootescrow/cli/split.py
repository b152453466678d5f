"""`rootescrow split`."""

from __future__ import annotations

import shlex
from datetime import UTC, date, datetime
from pathlib import Path

import click

from rootescrow.ceremony.openssl import derive_public_key
from rootescrow.ceremony.passphrase import Keepers, MadePassphrase, make_with_key
from rootescrow.ceremony.passphrase import read_back as read_back_passphrase
from rootescrow.ceremony.planned import Planned
from rootescrow.ceremony.read_back import read_back
from rootescrow.ceremony.situation import PASSPHRASE
from rootescrow.ceremony.split import Made, Order, Placement, Progress, make, throw_away_key
from rootescrow.cli import options, planning, terminal
from rootescrow.cli.policies import holders_of, policy_of
from rootescrow.errors import UsageError
from rootescrow.keys import EncryptedKey, PrivateKey, certificate_der, read_key_file
from rootescrow.paper.sheets import Paper
from rootescrow.passphrase import Passphrase, check_typed
from rootescrow.policy import Group, Holder, Policy
from rootescrow.register import folder
from rootescrow.register.journal import Journal
from rootescrow.register.record import ENGLISH

ONE_GROUP = "Holder"
"""What the one group of `--shares` is called: its sheets are Holder/1, Holder/2 …"""


@click.command("split", short_help="Split a root key onto sheets of paper.")
@click.argument("key", type=click.Path(path_type=Path), required=False)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder that does not exist yet.")
@click.option("--shares", metavar="K/N", help="One group: any K of N sheets.")
@click.option(
    "--group", "groups", multiple=True, metavar="NAME=K/N", help="A group; give one for each. All are needed."
)
@click.option("--holder", "holders", multiple=True, metavar="NAME=PERSON", help="Who gets a group's next sheet.")
@click.option(
    "--handwritten",
    multiple=True,
    metavar="SHEET",
    help="Its holder writes the words by hand: no printer sees them. Such as Board/2; all of a group: Board.",
)
@click.option("--name", help="What the key is called on the sheets. Else: the key file's name.")
@click.option("--plan", type=click.Path(path_type=Path), help="Do what this plan says (see: rootescrow plan).")
@click.option("--certificate", type=click.Path(path_type=Path), help="The key must be that of this certificate.")
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path), help="Its first line; /dev/fd/3 works. Else: asked."
)
@click.option(
    "--escrow-passphrase", metavar="K/N", help="Generate it, show it to nobody: any K of N further sheets tell it."
)
@click.option("--keeper", "keepers", multiple=True, metavar="PERSON", help="Who gets the passphrase's next sheet.")
@click.option(
    "--envelope",
    type=click.Choice([one.value for one in Placement]),
    help=f"Print the envelope on each sheet, or as a document of its own.  [default: {Placement.EACH.value}]",
)
@click.option(
    "--paper", type=click.Choice([one.value for one in Paper]), help=f"Its size.  [default: {Paper.A4.value}]"
)
@click.option(
    "--accept",
    "accept",
    multiple=True,
    metavar="CHECK=REASON",
    help="With the plan of a root or a subroot: let a check of this machine fail, for this reason.",
)
@click.option(
    "--rehearse", is_flag=True, help="Use a throw-away key, and print REHEARSAL on every page. KEY is not read."
)
@options.language("that of the plan, or en")
def command(
    key: Path | None,
    out: Path,
    shares: str | None,
    groups: tuple[str, ...],
    holders: tuple[str, ...],
    handwritten: tuple[str, ...],
    name: str | None,
    plan: Path | None,
    certificate: Path | None,
    passphrase_file: Path | None,
    escrow_passphrase: str | None,
    keepers: tuple[str, ...],
    envelope: str | None,
    paper: str | None,
    accept: tuple[str, ...],
    rehearse: bool,
    language: str,
) -> None:
    """Encrypt the private key in the file KEY, split what opens it, and print one sheet a holder.

    The passphrase is that of KEY if it is encrypted, else a new one. OUT/secret gets the sheets as PDF: print them,
    then destroy them. OUT/escrow gets the envelope, the record and the journal: keep them. Nothing is released before
    every sheet has been read back.

    With --escrow-passphrase the key always gets a new passphrase, which nobody sees: OUT/secret-passphrase gets sheets
    of its own. None of them may be kept with an envelope, so print that apart: --envelope separate.

    With a plan, its rules are asked first, and a rule that is not met stops (status 8). In a root and a subroot the
    machine is checked too, and the key must be proved to be that of the certificate.

    \b
    Example:
      rootescrow split root.key --certificate root.crt --out escrow-1 \\
        --group Board=3/5 --group Arbitration=2/3 --holder 'Board=Ada Example'
      rootescrow split root.key --out escrow-1 --group Board=3/5 --group Arbitration=2/3 \\
        --envelope separate --escrow-passphrase 2/3 --keeper 'Kit Example'
      rootescrow split root.key --certificate root.crt --out escrow-1 --plan root.toml
    """
    said = (shares, groups, holders, handwritten, name, envelope, paper, escrow_passphrase, keepers, language)
    planned = None if plan is None else _planned(plan, *said)
    if planned and planned.strict and planned.typists and passphrase_file is not None and not rehearse:
        raise UsageError(
            f"the plan has the passphrase typed in parts, by {', '.join(planned.typists)}",
            "Leave out --passphrase-file: whoever wrote that file has the passphrase alone (AU-6).",
        )
    policy = planned.plan.policy if planned else policy_of(shares, groups, ONE_GROUP)
    kept_by = planned.keepers if planned else _keepers(escrow_passphrase, keepers, handwritten)
    folder.check_new(out)
    exceptions = planning.check_host(out, accept, strict=planned is not None and planned.strict and not rehearse)
    if rehearse:
        terminal.note("Rehearsal: neither key file nor certificate is read; a throw-away key is made.")
        with terminal.progress() as progress:
            progress("Making a throw-away key", 0, 1)
            data, certified = throw_away_key(), None
    elif key is None:
        raise UsageError("which key?", "Name the key file, or use --rehearse.")
    else:
        data = folder.read_file(key, folder.MAX_KEY_FILE_BYTES)
        certified = None if certificate is None else certificate_der(_read(certificate))
    if planned:
        order = planned.order(certified, rehearsal=rehearse, exceptions=exceptions)
    else:
        key_name = name or ("Rehearsal" if rehearse or key is None else key.stem)
        order = Order(
            policy,
            key_name,
            holders_of(policy, holders),
            Placement(envelope or Placement.EACH),
            Paper(paper or Paper.A4),
            certified,
            rehearse,
            handwritten=_handwritten(handwritten, policy, () if kept_by is None else kept_by.policy.groups),
            language=language or ENGLISH,
        )
        _warn_of(policy)
    made, kept = _make(data, order, kept_by, planned, passphrase_file)
    journal = Journal.begin(made.record, datetime.now(UTC))
    folder.create(out, made.files | (kept.files if kept else {}), made.record.dump(), journal.dump())
    _tell(out, made, kept)


def _warn_of(policy: Policy) -> None:
    """What a plan's rules would say of the thresholds."""
    for group in policy.groups:
        if group.threshold == group.count and not policy.group_threshold == group.count == 1:
            terminal.note(f"Warning: {group.name} has no sheet to spare: if one is lost, nothing is recovered (AU-5).")
    if policy.group_threshold == 1 and any(group.threshold == 1 for group in policy.groups):
        terminal.note("Warning: one sheet alone opens the envelope (SP-e wants two people).")


def _make(
    data: bytes, order: Order, kept_by: Keepers | None, planned: Planned | None, passphrase_file: Path | None
) -> tuple[Made, MadePassphrase | None]:
    """Encrypt the key in `data`, split it, and read every sheet back; with keepers, its new passphrase as well."""
    encrypted = read_key_file(data).encrypted
    for group in order.policy.groups:
        if group.copies:
            terminal.note(f"{group.name}: threshold 1, so its {group.count} sheets are copies of one share.")

    def ask() -> Passphrase:
        what = "the passphrase of the key" if encrypted else "a new passphrase for the key"
        typists = planned.typists if planned else ()
        if passphrase_file is None and len(typists) > 1:
            return planning.in_parts(typists, what, twice=not encrypted)
        passphrase = terminal.passphrase(passphrase_file, what, twice=not encrypted)
        if len(typists) > 1:
            check_typed(passphrase)
        return passphrase

    def check(key_to_split: EncryptedKey) -> None:
        if planned and not order.rehearsal:
            planned.check_key(key_to_split, certified=order.certificate is not None)

    if kept_by is not None:
        if passphrase_file is not None and not encrypted:
            raise UsageError("the key has no passphrase yet", "One is generated for it: leave out --passphrase-file.")
        given = ask if encrypted else None
        key = PrivateKey.load(data, given, certificate=order.certificate, public_key=derive_public_key)
        if encrypted:
            terminal.note("The key gets a new passphrase here; the file that is split keeps the old one.")
        with key.pkcs8, terminal.progress() as progress:
            made, kept = make_with_key(key, order, kept_by, today=date.today(), check=check, progress=progress)
            with kept.passphrase:
                _check(made, planned, progress)
                if made.record.passphrase:
                    read_back_passphrase(kept, made.record.passphrase.known, progress=progress)
        return made, kept
    with terminal.progress() as progress:

        def ask_first() -> Passphrase:
            passphrase = ask()
            progress("Opening the key" if encrypted else "Encrypting the key", 0, 1)
            return passphrase

        key_to_split = EncryptedKey.load(data, ask_first, certificate=order.certificate, public_key=derive_public_key)
    check(key_to_split)
    if key_to_split.renewed and encrypted:
        terminal.note(f"The key was encrypted anew, under the same passphrase: {key_to_split.reason}.")
    with terminal.progress() as progress:
        made = make(key_to_split, order, today=date.today(), progress=progress)
        _check(made, planned, progress)
    return made, None


def _check(made: Made, planned: Planned | None, progress: Progress) -> None:
    """That what was made is what was planned, and reads back."""
    if planned:
        planned.check_made(made.record)
    read_back(made, progress=progress)


def _tell(out: Path, made: Made, kept: MadePassphrase | None) -> None:
    fingerprint = made.record.key.spki_sha256 or "unknown"
    terminal.result(f"Escrow {made.escrow.id}: {_count(len(made.sheets))}, {made.escrow.policy}.")
    terminal.result(f"Key: {made.record.key.algorithm}, SPKI SHA-256 {fingerprint}")
    terminal.result(f"Record's check code: {made.record.check_code} (it stands on every sheet)")
    if kept:
        terminal.result(f"Passphrase {kept.escrow.id}: {kept.escrow.policy}. Nobody has seen it.")
    terminal.result(f"Print:   {out / folder.SECRET} (one sheet a file; then destroy the files)")
    if kept:
        terminal.result(f"Print:   {out / folder.SECRET_PASSPHRASE} (the same; never to be kept with an envelope)")
    written = [sheet.name for sheet in (*made.sheets, *(kept.sheets if kept else ())) if sheet.handwritten]
    if written:
        terminal.result(
            f"Write:   rootescrow handwrite {shlex.quote(str(out))} SHEET, once printed: {', '.join(written)}"
        )
    terminal.result(f"Keep:    {out / folder.ESCROW} (envelope, record and journal)")


def _count(sheets: int) -> str:
    return "1 sheet" if sheets == 1 else f"{sheets} sheets"


def _read(certificate: Path) -> bytes:
    return folder.read_file(certificate, folder.MAX_CERTIFICATE_BYTES)


def _handwritten(named: tuple[str, ...], policy: Policy, others: tuple[Group, ...] = ()) -> frozenset[str]:
    """The sheets of a policy that are written by hand, each named or all of a group; those of `others` are left out."""
    groups = {group.name: group for group in policy.groups}
    elsewhere = {group.name for group in others}
    names: set[str] = set()
    for name in named:
        if name in groups:
            names |= {f"{name}/{number}" for number in range(1, groups[name].count + 1)}
        elif name.rpartition("/")[0] not in elsewhere and name not in elsewhere:
            names.add(name)
    return frozenset(names)


def _keepers(
    escrow_passphrase: str | None, keepers: tuple[str, ...], handwritten: tuple[str, ...] = ()
) -> Keepers | None:
    """Who is to have the sheets of the passphrase, if it is to be escrowed."""
    if escrow_passphrase is None:
        if keepers:
            raise UsageError("keepers of what?", "Give --escrow-passphrase K/N with --keeper.")
        return None
    policy = policy_of(escrow_passphrase, (), PASSPHRASE)
    written = {name for name in handwritten if name.partition("/")[0] == PASSPHRASE}
    return Keepers(policy, (tuple(Holder(person=person) for person in keepers),), _handwritten(tuple(written), policy))


def _planned(plan: Path, *said: object) -> Planned:
    """The plan, if its rules are met; `said` are the options that a plan takes the place of."""
    if any(said):
        raise UsageError(
            "a plan, and options that say what the plan says",
            "Leave out --shares, --group, --holder, --handwritten, --name, --escrow-passphrase, --keeper, --envelope, "
            "--paper and --language, or leave out --plan.",
        )
    planned = planning.read(plan)
    planning.tell(planned)
    return planned

"""`rootescrow split`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from rootescrow.ceremony.openssl import derive_public_key
from rootescrow.ceremony.read_back import read_back
from rootescrow.ceremony.split import Order, Placement, make, throw_away_key
from rootescrow.cli import preflight, terminal
from rootescrow.errors import PolicyError, UsageError
from rootescrow.keys import EncryptedKey, read_key_file
from rootescrow.paper.sheets import Paper
from rootescrow.passphrase import Passphrase
from rootescrow.policy import Body, Group, Holder, Policy
from rootescrow.register import folder
from rootescrow.register.journal import Journal

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
@click.option("--name", help="What the key is called on the sheets. Else: the key file's name.")
@click.option("--certificate", type=click.Path(path_type=Path), help="The key must be that of this certificate.")
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path), help="Its first line; /dev/fd/3 works. Else: asked."
)
@click.option(
    "--envelope",
    type=click.Choice([one.value for one in Placement]),
    default=Placement.EACH.value,
    show_default=True,
    help="Print the envelope on each sheet, or as a document of its own.",
)
@click.option("--paper", type=click.Choice([one.value for one in Paper]), default=Paper.A4.value, show_default=True)
@click.option(
    "--rehearse", is_flag=True, help="Use a throw-away key, and print REHEARSAL on every page. KEY is not read."
)
def command(
    key: Path | None,
    out: Path,
    shares: str | None,
    groups: tuple[str, ...],
    holders: tuple[str, ...],
    name: str | None,
    certificate: Path | None,
    passphrase_file: Path | None,
    envelope: str,
    paper: str,
    rehearse: bool,
) -> None:
    """Encrypt the private key in the file KEY, split what opens it, and print one sheet a holder.

    The passphrase is that of KEY if it is encrypted, else a new one. OUT/secret gets the sheets as PDF: print them,
    then destroy them. OUT/escrow gets the envelope, the record and the journal: keep them. Nothing is released before
    every sheet has been read back.

    \b
    Example:
      rootescrow split root.key --certificate root.crt --out escrow-1 \\
        --group Board=3/5 --group Arbitration=2/3 --holder 'Board=Ada Example'
    """
    policy = _policy(shares, groups)
    folder.check_new(out)
    preflight.warn(out)
    if rehearse:
        terminal.note("Rehearsal: the key file is not read; a throw-away key is made.")
        data, certified = throw_away_key(), None
    elif key is None:
        raise UsageError("which key?", "Name the key file, or use --rehearse.")
    else:
        data = folder.read_file(key, folder.MAX_KEY_FILE_BYTES)
        certified = None if certificate is None else folder.read_file(certificate, folder.MAX_CERTIFICATE_BYTES)
    key_name = name or ("Rehearsal" if rehearse or key is None else key.stem)
    order = Order(policy, key_name, _holders(policy, holders), Placement(envelope), Paper(paper), certified, rehearse)
    encrypted = read_key_file(data).encrypted

    def ask() -> Passphrase:
        what = "the passphrase of the key" if encrypted else "a new passphrase for the key"
        return terminal.passphrase(passphrase_file, what, twice=not encrypted)

    key_to_split = EncryptedKey.load(data, ask, certificate=certified, public_key=derive_public_key)
    if key_to_split.renewed and encrypted:
        terminal.note(f"The key was encrypted anew, under the same passphrase: {key_to_split.reason}.")
    for group in policy.groups:
        if group.copies:
            terminal.note(f"{group.name}: threshold 1, so its {group.count} sheets are copies of one share.")
    with terminal.progress() as progress:
        made = make(key_to_split, order, today=date.today(), progress=progress)
        read_back(made, progress=progress)
    journal = Journal.begin(made.record, datetime.now(UTC))
    folder.create(out, made.files, made.record.dump(), journal.dump())
    fingerprint = made.record.key.spki_sha256 or "unknown"
    terminal.result(f"Escrow {made.escrow.id}: {len(made.sheets)} sheets, {policy}.")
    terminal.result(f"Key: {made.record.key.algorithm}, SPKI SHA-256 {fingerprint}")
    terminal.result(f"Record's check code: {made.record.check_code} (it stands on every sheet)")
    terminal.result(f"Print:   {out / folder.SECRET} (one sheet a file; then destroy the files)")
    terminal.result(f"Keep:    {out / folder.ESCROW} (envelope, record and journal)")


def _policy(shares: str | None, groups: tuple[str, ...]) -> Policy:
    if bool(shares) == bool(groups):
        raise UsageError("who must come together?", "Give either --shares 3/5 or --group 'Board=3/5' for each group.")
    if shares:
        return Policy(_group(f"{ONE_GROUP}={shares}"))
    return Policy(*map(_group, groups))


def _group(text: str) -> Group:
    name, _, numbers = text.rpartition("=")
    threshold, _, count = numbers.partition("/")
    if not (
        threshold.isascii() and threshold.isdecimal() and count.isascii() and count.isdecimal() and len(numbers) < 9
    ):
        raise PolicyError("a group is written NAME=K/N", "For example --group 'Board=3/5': any 3 of 5 sheets.")
    named = name.strip().casefold()
    return Group(name, int(threshold), int(count), Body(named) if named in [*Body] else Body.OTHER)


def _holders(policy: Policy, holders: tuple[str, ...]) -> tuple[tuple[Holder, ...], ...]:
    """Each group's holders in the order given."""
    by_group: dict[str, list[Holder]] = {group.name.casefold(): [] for group in policy.groups}
    for text in holders:
        name, equals, person = text.partition("=")
        if not equals or name.strip().casefold() not in by_group:
            raise PolicyError(
                f"--holder {name.strip()!r} names no group",
                f"Write GROUP=PERSON; the groups are {', '.join(group.name for group in policy.groups)}.",
            )
        by_group[name.strip().casefold()].append(Holder(person=person))
    return tuple(tuple(found) for found in by_group.values())

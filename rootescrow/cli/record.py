"""`rootescrow record`."""

from __future__ import annotations

from pathlib import Path

import click

from rootescrow.ceremony.papers.record import draw_record
from rootescrow.cli import options, state, terminal
from rootescrow.paper.layout import Paper
from rootescrow.register import folder
from rootescrow.register.published import PublishedRecord
from rootescrow.register.record import Record
from rootescrow.register.schema import schema

_ESCROW = click.argument("escrow", type=click.Path(path_type=Path))


@click.group("record", short_help="Show, print or publish what was made.")
def command() -> None:
    """The record says what was made, and who keeps what where."""


@command.command("show")
@_ESCROW
@click.option("--out", type=click.Path(path_type=Path), help=f"Write {folder.RECORD_PDF_FILE} into this folder.")
@click.option("--paper", type=click.Choice([one.value for one in Paper]), default=Paper.A4.value, show_default=True)
@options.language("the record's")
def show(escrow: Path, out: Path | None, paper: str, language: str) -> None:
    """Say what the record in the folder ESCROW says, and print it with lines to sign.

    The check code shown is computed from the record here. It must be the one on any sheet of this escrow.

    \b
    Example:
      rootescrow record show escrow-1/escrow --out .
    """
    record = folder.load(escrow).record
    if out is not None:
        pdf = draw_record(record, Paper(paper), language=language or record.language)
        path = folder.write_paper(out, folder.RECORD_PDF_FILE, pdf)
    for line in _said(record):
        terminal.result(line)
    if out is not None:
        terminal.note(f"Written: {path}")
    state.tell_of(escrow)


@command.command("publish")
@_ESCROW
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A file that does not exist yet.")
def publish(escrow: Path, out: Path) -> None:
    """Write the record in the folder ESCROW in a form that may be published.

    It names no persons, offices, places, bags or media, says that it is redacted, and carries the SHA-256 of the whole
    record. The names of key and groups and the motion stand in it as they are: look through it.

    \b
    Example:
      rootescrow record publish escrow-1/escrow --out record-published.json
    """
    published = PublishedRecord.of(folder.load(escrow).record)
    folder.write_file(out, published.dump())
    terminal.result(f"Written: {out}. {published.redacted}")
    terminal.note("Look through it before it is published: names of key and groups, and the motion, are in it.")
    state.tell_of(escrow)


@command.command("schema")
@click.option("--published", is_flag=True, help="Of the form that record publish writes.")
def print_schema(published: bool) -> None:
    """Print the JSON schema of record.json.

    \b
    Example:
      rootescrow record schema > record.schema.json
    """
    click.echo(schema(PublishedRecord if published else Record), nl=False)


def _said(record: Record) -> list[str]:
    """The record in lines for the terminal."""
    key, envelope, authority = record.key, record.envelope, record.authority
    lines = ["REHEARSAL: its key was thrown away."] if record.rehearsal else []
    lines += [
        f"Escrow {record.escrow_id}, generation {record.generation}, made {record.created}, profile {record.profile}",
        f"Record's check code: {record.check_code} (compare it with the one on any sheet)",
        f"Authority: {authority.motion or 'no motion'}" + (f" of {authority.date}" if authority.date else ""),
        f"Plan SHA-256: {record.plan_sha256 or 'no plan'}",
        f"Key: {key.name}, {key.algorithm}, {key.kdf}",
        f"SPKI SHA-256: {key.spki_sha256 or 'unknown'}" + (", not checked" if key.provenance == "stated" else ""),
        f"Encrypted key SHA-256: {key.encrypted_key_sha256}",
        f"Envelope SHA-256: {envelope.sha256} ({envelope.bytes} bytes, printed: {envelope.printed})",
        f"Needed: {record.policy}.",
    ]
    sheets = record.sheets
    if record.passphrase:
        lines.append(f"Needed for the passphrase: {record.passphrase.policy}.")
        sheets += record.passphrase.sheets
    for sheet in sheets:
        parts = (sheet.office, sheet.person, sheet.place, sheet.bag and f"bag {sheet.bag}")
        lines.append(f"{sheet.name}: {', '.join(part for part in parts if part) or 'nobody named'}")
    lines += [f"Medium: {medium}" for medium in record.media]
    lines += [f"Accepted: {one.rule}: {one.reason}" for one in record.accepted]
    return lines

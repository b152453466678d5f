"""`rootescrow demo`."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import click

from rootescrow import passphrase as passphrases
from rootescrow.ceremony.demo import Demo
from rootescrow.cli import options, terminal
from rootescrow.keys import read_key_file
from rootescrow.register import folder
from rootescrow.register.record import ENGLISH


@click.command("demo", short_help="Show the whole way, with a throw-away key.")
@click.option("--key", type=click.Path(path_type=Path), help="Your own key file instead of a throw-away key.")
@click.option("--out", type=click.Path(path_type=Path), help="A new folder. Else: demo, or demo-2 and so on.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="For --key: its first line. Else: asked.")
@options.language("en")
def command(key: Path | None, out: Path | None, passphrase_file: Path | None, language: str) -> None:
    """Make a root key, split it 3 of 5 and 2 of 3, print the sheets, recover it from a quorum, and prove it.

    Each command is shown before it runs.

    \b
    Example:
      rootescrow demo --out demo
    """
    if key is None:
        passphrase = passphrases.generate()
        terminal.result(f"The passphrase of the throw-away key: {bytes(passphrase.reveal()).decode()}")
    else:
        encrypted = read_key_file(folder.read_file(key, folder.MAX_KEY_FILE_BYTES)).encrypted
        what = "the passphrase of the key" if encrypted else "a new passphrase for the key"
        passphrase = terminal.passphrase(passphrase_file, what, twice=not encrypted)
    Demo(out or _next_free(), passphrase, terminal.result, language or ENGLISH).run(key)


def _next_free() -> Path:
    """Where no earlier run is: each leaves its folder for whoever wants to look."""
    return next(path for number in count(1) if not (path := Path(f"demo-{number}" if number > 1 else "demo")).exists())

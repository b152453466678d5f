"""The terminal: passphrases in, progress and notes out.

Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import stat
import sys
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rootescrow.cli import screen
from rootescrow.errors import FileError, PassphraseError, UsageError
from rootescrow.passphrase import MAX_CHARS, Passphrase

if TYPE_CHECKING:
    from rootescrow.ceremony.split import Progress  # loads what draws the sheets

PROGRESS_AFTER = 1.0
"""Seconds before a progress bar appears: what is quicker needs none."""
_REDRAW = 0.2
"""Seconds between two drawings of it."""
_BAR = 30
"""Characters of the bar."""


def result(text: str) -> None:
    """What the command is for."""
    screen.tell(text, err=False)


def note(text: str) -> None:
    """What the person should know beside it. It holds no words: it stays when the alternate screen is left."""
    screen.tell(text, err=True)


def is_interactive() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def passphrase(file: Path | None, what: str, *, twice: bool = False) -> Passphrase:
    """The passphrase from the first line of a file, or from the terminal without showing it.

    Raises PassphraseError, FileError, or UsageError where there is no terminal to ask at.
    """
    if file is not None:
        return _from_file(file)
    if not is_interactive():
        raise UsageError(
            f"there is no terminal to ask for {what}", "Use --passphrase-file; /dev/fd/3 reads it from a descriptor."
        )
    first = Passphrase.from_text(getpass.getpass(f"{what[0].upper()}{what[1:]}: "))
    if twice and Passphrase.from_text(getpass.getpass("The same again: ")) != first:
        raise PassphraseError("the two were not the same", "Start again and type it slowly.")
    return first


def _from_file(path: Path) -> Passphrase:
    buffer = bytearray(MAX_CHARS + 2)
    try:
        with open(path, "rb", buffering=0) as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode) and not _in_memory(path):
                note(f"Warning: the file {path} keeps the passphrase. Destroy it afterwards, or use /dev/fd/3.")
            size = 0
            while buffer.find(b"\n", 0, size) < 0 and size < len(buffer):
                read = file.readinto(memoryview(buffer)[size:])
                if not read:
                    break
                size += read
        end = buffer.find(b"\n", 0, size)
        end = size if end < 0 else end
        if buffer[:end].endswith(b"\r"):
            end -= 1
        return Passphrase(memoryview(buffer)[:end])
    except OSError as error:
        raise FileError(f"cannot read the passphrase from {path}: {error.strerror}", "Check the name.") from None
    finally:
        buffer[:] = bytes(len(buffer))


def _in_memory(path: Path) -> bool:
    """Whether a regular file lies in memory only, as those of a memfd do."""
    with contextlib.suppress(OSError):
        return os.readlink(path).startswith("/memfd:")
    return False


@contextlib.contextmanager
def progress() -> Iterator[Progress]:
    """A bar on standard error for what takes longer than a second, where that is a terminal.

    A thread draws it, so that it appears in the middle of one long step too. Nothing else may be shown meanwhile.
    """
    if not sys.stderr.isatty():
        yield lambda what, done, of: None
        return
    now: deque[tuple[str, int, int]] = deque(maxlen=1)
    finished = threading.Event()

    def draw() -> None:
        wait = PROGRESS_AFTER
        while not finished.wait(wait):
            wait = _REDRAW
            what, done, of = now[0]
            width = _BAR * done // max(of, 1)
            click.echo(f"\r\x1b[K{what} [{'#' * width}{'-' * (_BAR - width)}] {done} of {of}", nl=False, err=True)
        if wait == _REDRAW:
            click.echo("\r\x1b[K", nl=False, err=True)

    drawer = threading.Thread(target=draw, daemon=True)

    def show(what: str, done: int, of: int) -> None:
        now.append((what, done, of))
        if drawer.ident is None:
            drawer.start()

    try:
        yield show
    finally:
        finished.set()
        if drawer.ident is not None:
            drawer.join()

"""The terminal's alternate screen: where words and passphrases are shown and typed, so that nothing of them stays.

The normal screen, and what has scrolled off it, comes back as it was when the alternate one is left. What people need
to keep (verdicts, check codes, what is missing) goes through `terminal.note` and `terminal.result`: it is shown at
once, and again on the normal screen afterwards. What is shown with `passing` is gone.
"""

from __future__ import annotations

import contextlib
import curses
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import TextIO

import click

from rootescrow.shamir.words import wordless

_ENTER = "\x1b[?1049h\x1b[H\x1b[2J"
_LEAVE = "\x1b[H\x1b[2J\x1b[?1049l"
"""xterm's, which every terminal understands that has an alternate screen. It is wiped before it is left."""
_WIPE = "\x1b[H\x1b[2J"
_WIPE_ALL = "\x1b[H\x1b[2J\x1b[3J"
"""The second also clears what had scrolled off: for terminals without an alternate screen, as Linux consoles are."""

_DUMB = ("dumb", "unknown")
"""Names of terminals that obey no control code."""


class _Shown:
    """The alternate screen while it is shown: on which terminal, and what goes to the normal one afterwards."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        obeys = os.environ.get("TERM", "").lower() not in _DUMB
        alternate = obeys and _has_alternate(stream)
        self.enter = _ENTER if alternate else ""
        self.wipe = _WIPE if alternate else _WIPE_ALL if obeys else ""
        self.leave = _LEAVE if alternate else self.wipe
        self.kept: list[tuple[str, bool]] = []

    def write(self, codes: str) -> None:
        """Send control codes. Where the terminal is gone there is nothing left to hide."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(codes)
            self.stream.flush()


_shown: list[_Shown] = []
"""The alternate screen, if it is shown: a terminal has one."""


@contextlib.contextmanager
def alternate() -> Iterator[None]:
    """Show the alternate screen meanwhile. Within another one, and where there is no terminal, nothing changes.

    It is left whatever ends the block: an error, Ctrl-C, or SIGTERM and SIGHUP where they raise, as
    `rootescrow.cli.main` has it. Ctrl-Z and Ctrl-\\ do nothing meanwhile: they would leave the words there.
    """
    stream = _terminal()
    if _shown or stream is None:
        yield
        return
    shown = _Shown(stream)
    before = [(number, signal.signal(number, _stay)) for number in (signal.SIGTSTP, signal.SIGQUIT)]
    try:
        _shown.append(shown)
        shown.write(shown.enter)
        if not shown.leave:
            click.echo("This terminal cannot erase what it shows (TERM): close its window when you are done.", err=True)
        yield
    finally:
        _shown.clear()
        shown.write(shown.leave)
        for number, handler in before:
            signal.signal(number, handler)
        for text, err in shown.kept:
            with contextlib.suppress(OSError):
                click.echo(text, err=err)


def tell(text: str, *, err: bool) -> None:
    """Show a text now and, if this is the alternate screen, again on the normal one. It must hold no words.

    Words that a hint names as nearest to what was typed are left out the second time.
    """
    stream = sys.stderr if err else sys.stdout
    click.echo(text, err=err)
    if _shown and stream.isatty():
        _shown[0].kept.append((wordless(text), err))


def passing(text: str) -> None:
    """Show a text on the alternate screen alone: it may hold words."""
    click.echo(text, err=True)


def wipe() -> None:
    """Clear the screen that is shown; what had scrolled off it too, where it is not the alternate one."""
    for shown in _shown:
        shown.write(shown.wipe)


def _terminal() -> TextIO | None:
    return next((stream for stream in (sys.stderr, sys.stdout) if stream.isatty()), None)


def _has_alternate(stream: TextIO) -> bool:
    """Whether the terminal has an alternate screen, by terminfo; of those that it does not know most have."""
    try:
        curses.setupterm(fd=stream.fileno())
        return curses.tigetstr("smcup") is not None
    except (curses.error, OSError, ValueError):
        return True


def _stay(number: int, frame: FrameType | None) -> None:
    """Nothing is done. Not SIG_IGN, which a program that is started would inherit."""

"""A terminal of its own for a program, and somebody who types there."""

from __future__ import annotations

import codecs
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

import pyte

from tests.cli.support import ENVIRONMENT

PATIENCE = 30.0
"""Seconds without a sign of life after which a session is taken to hang."""


COLUMNS, ROWS = 80, 24
_MARKS = re.compile(r"(\x1b\[\?1049[hl]|\x1b\[6n)")
"""How a program enters and leaves the alternate screen, which the emulator does not know, and asks for the cursor."""
_PART = re.compile(r"\x1b(?:\[(?:6|\?(?:1(?:0(?:4(?:9)?)?)?)?)?)?\Z")
"""The beginning of one, of which the end is still to come."""

PROGRAM = (sys.executable, "-m", "rootescrow")


class Screen:
    """What people see of the output of a program: a terminal with an alternate screen, and what scrolled off."""

    def __init__(self, shown: str = "") -> None:
        self._normal = pyte.HistoryScreen(COLUMNS, ROWS, history=10_000)
        self._now: pyte.Screen = self._normal
        self._stream = pyte.Stream(self._now)
        self._rest = ""
        self.feed(shown)

    def feed(self, text: str) -> str:
        """Show some output; what the terminal answers."""
        text, answers = self._rest + text, ""
        part = _PART.search(text)
        text, self._rest = (text[: part.start()], part[0]) if part else (text, "")
        for piece in _MARKS.split(text):
            if piece == "\x1b[6n":
                answers += f"\x1b[{self._now.cursor.y + 1};{self._now.cursor.x + 1}R"
            elif piece.startswith("\x1b[?1049"):
                self._stream.detach(self._now)
                self._now = pyte.Screen(COLUMNS, ROWS) if piece.endswith("h") else self._normal
                self._stream.attach(self._now)
            else:
                self._stream.feed(piece)
        return answers

    @property
    def seen(self) -> list[str]:
        """The lines that are on the screen now."""
        return [line.rstrip() for line in self._now.display]

    @property
    def left(self) -> list[str]:
        """The lines of the normal screen, those that scrolled off it too: what is there when the program has ended."""
        above = self._normal.history.top
        lines = ["".join(row[column].data for column in range(COLUMNS)) for row in above]
        return [line.rstrip() for line in [*lines, *self._normal.display]]


class Terminal:
    """A program at a terminal of its own: what it shows, and what is typed."""

    def __init__(
        self,
        arguments: list[str | Path],
        folder: Path,
        *,
        program: tuple[str, ...] = (sys.executable, "-m", "rootescrow"),
        kind: str = "xterm",
    ) -> None:
        self._terminal, other_end = pty.openpty()
        termios.tcsetwinsize(other_end, (ROWS, COLUMNS))
        self.process = subprocess.Popen(
            # The first terminal that a session opens becomes its own, which a program finds as /dev/tty.
            [
                *("/bin/sh", "-c", f'exec < {os.ttyname(other_end)}; exec "$@"', "sh"),
                *(*program, *map(str, arguments)),
            ],
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            cwd=folder,
            env={**ENVIRONMENT, "TERM": kind},
            start_new_session=True,
        )
        os.close(other_end)
        self.shown = ""
        self.screen = Screen()
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._seen = 0

    def until(self, pattern: str) -> str:
        """Wait until this is shown, after what was waited for before; all that was shown meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.shown[self._seen :])):
            if not select.select([self._terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"{pattern!r} was not shown: {self.shown[self._seen :]!r}")
            self._read()
        start, self._seen = self._seen, self._seen + found.end()
        return self.shown[start : self._seen]

    def _read(self) -> None:
        some = os.read(self._terminal, 65536)
        text = self._decoder.decode(some)
        self.shown += text
        if answers := self.screen.feed(text):
            os.write(self._terminal, answers.encode())

    def see(self, pattern: str) -> list[str]:
        """Wait until the screen shows this, and nothing more comes; its lines."""
        deadline = time.monotonic() + PATIENCE
        while True:
            quiet = not select.select([self._terminal], [], [], 0.15)[0]
            if quiet and re.search(pattern, "\n".join(self.screen.seen)):
                self._seen = len(self.shown)
                return self.screen.seen
            if time.monotonic() > deadline:
                raise AssertionError(f"{pattern!r} is not on the screen: {self.screen.seen}")
            if not quiet:
                self._read()

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._terminal, text.encode() + b"\r")

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self._terminal, key)

    def end(self) -> int:
        """Read to the end; the exit status."""
        try:
            while select.select([self._terminal], [], [], PATIENCE)[0]:
                self._read()
        except OSError:  # how Linux says that the other end is closed
            pass
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)


def pasted(text: str) -> str:
    """A text as a terminal sends it that tells pasting from typing (bracketed paste)."""
    return f"\x1b[200~{text}\x1b[201~"

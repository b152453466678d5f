"""A terminal of its own for a program, and somebody who types there."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.support import ENVIRONMENT

PATIENCE = 30.0
"""Seconds without a sign of life after which a session is taken to hang."""


PROGRAM = (sys.executable, "-m", "rootescrow")


class Terminal:
    """A program at a terminal of its own: what it shows, and what is typed."""

    def __init__(
        self,
        arguments: list[str | Path],
        folder: Path,
        *,
        program: tuple[str, ...] = (sys.executable, "-m", "rootescrow"),
    ) -> None:
        self._terminal, other_end = pty.openpty()
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
            env={**ENVIRONMENT, "TERM": "xterm"},
            start_new_session=True,
        )
        os.close(other_end)
        self.shown = ""
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
        if b"\x1b[6n" in some:  # where is the cursor? a terminal answers
            os.write(self._terminal, b"\x1b[1;1R")
        self.shown += some.decode(errors="replace")

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

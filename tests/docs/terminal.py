"""A terminal at which the commands of a page are typed, and their prompts answered."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 120.0
"""Seconds without a sign of life after which a command is taken to hang."""

Answer = str | Callable[[re.Match[str]], str]
"""What is typed at a prompt, or what makes it of the prompt as it was found."""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""How a program moves the cursor and sets colours."""


TYPED = "only for tests of the documentation"
"""The passphrase of the escrow that all pages share: the fixture `at_terminal` types it where one is asked for."""


@dataclass(frozen=True)
class Session:
    """What was shown for each command, as on the screen, and the status of the shell."""

    shown: tuple[str, ...]
    status: int


Type = Callable[..., Session]
"""What the fixture `at_terminal` gives."""


def play(
    commands: list[str], folder: Path, path: str, answers: Mapping[str, Answer], environment: Mapping[str, str]
) -> Session:
    """Type commands into one POSIX shell that stops at the first failure, at a terminal.

    `answers` maps patterns of prompts to what is typed then. A command that shows a prompt which has no answer hangs,
    and that fails the test. `read` shows no prompt, so each command is announced, and may be answered by its name.
    """
    terminal, other_end = pty.openpty()
    # The first terminal that a session opens becomes its own: programs then find it as /dev/tty.
    script = f"exec < {os.ttyname(other_end)}\nset -eu\n"
    for number, command in enumerate(commands):
        script += f"printf '%s\\n' '@@{number}@@ {command.split()[0]}'\n{command}\n"
    with subprocess.Popen(
        ["/bin/sh", "-c", script],
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        cwd=folder,
        env={**environment, "PATH": path, "TERM": "dumb"},
        start_new_session=True,
    ) as shell:
        os.close(other_end)
        try:
            shown = _converse(terminal, answers)
        finally:
            os.close(terminal)
        status = shell.wait(PATIENCE)
    pieces = re.split(r"@@\d+@@ [^\n]*\n", shown)
    return Session(tuple(pieces[1:]), status)


def _converse(terminal: int, answers: Mapping[str, Answer]) -> str:
    """All that is shown, with the answers typed at the prompts."""
    shown, answered = "", 0
    deadline = time.monotonic() + PATIENCE
    while True:
        if not select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise AssertionError(f"no answer to: {shown[answered:][-200:]!r}")
        try:
            some = os.read(terminal, 65536)
        except OSError:  # the other end is closed: how Linux says that everything was read
            return shown
        if not some:
            return shown
        deadline = time.monotonic() + PATIENCE
        shown += some.decode(errors="replace").replace("\r\n", "\n")
        for prompt, answer in answers.items():
            match = re.search(rf"(?:{prompt})\s*$", _CONTROL.sub("", shown[answered:]))
            if match:
                answered = len(shown)
                os.write(terminal, (answer if isinstance(answer, str) else answer(match)).encode() + b"\n")
                break

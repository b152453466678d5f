"""What happens while files are written: something between any two calls of the system, or the end of the process."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

CALLS = {"open", "fsync", "rename", "mkdir", "unlink", "rmdir"}
"""What makes, writes down or removes a file, by its name in the modules os and io; what opens one to read it, too."""


def during(run: Callable[[], object], action: Callable[[int, str], None]) -> int:
    """Run it, and before each such call do this, given its number from 0 and its name; how many there were."""
    count = 0

    def look(frame: FrameType, event: str, called: object) -> None:
        nonlocal count
        name = getattr(called, "__name__", "")
        if event == "c_call" and name in CALLS:
            sys.setprofile(None)
            action(count, name)
            count += 1
            sys.setprofile(look)

    sys.setprofile(look)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def killed_at(number: int, run: Callable[[], object]) -> bool:
    """Run it in a process of its own, which is killed before that call; whether it came so far."""

    def kill(count: int, name: str) -> None:
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return _killed(lambda: during(run, kill))


def killed_before(number: int, run: Callable[[], object]) -> bool:
    """The same, quicker and with fewer places: before anything is opened to be written, renamed, made or removed."""
    count = itertools.count()

    def kill(event: str, arguments: tuple[object, ...]) -> None:
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (opened or event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir")) and next(count) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched() -> None:
        # A hook is never taken away again: that of a process that ends is no harm.
        sys.addaudithook(kill)
        run()

    return _killed(watched)


def _killed(run: Callable[[], object]) -> bool:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)

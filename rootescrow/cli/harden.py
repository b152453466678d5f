"""What a process can do so that its memory stays its own. What it cannot is in the threat model."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys

ENOUGH_BYTES = 4 << 30
"""Of memory that may be locked. What counts is what is mapped, not what is used: splitting into 32 sheets maps 0.4 GiB,
reading the largest picture 1.1 GiB. Where the limit is met, the system gives no more, and the program would fail."""

_PR_SET_DUMPABLE = 4
"""prctl(2), from <linux/prctl.h>."""
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
"""mlockall(2), from <asm-generic/mman.h>. Where they have other values, the kernel refuses these."""


def process() -> None:
    """No core dump, no debugger of the same user, no swap where that is allowed, no file that others may read."""
    os.umask(0o077)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        _lock_memory()


def _lock_memory() -> bool:
    """Keep all memory of this process, now and later, out of swap; False where that is not allowed.

    Nobody's run fails by it: memory is locked only for those whom no limit binds (CAP_IPC_LOCK, as root has it), or
    whose limit cannot be met. A page is locked once it is used (MCL_ONFAULT), so that it costs neither memory nor time.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    # With a limit of 0 only the privileged may lock. /proc would tell of privileges that are worth nothing in a
    # container; the kernel's answer counts.
    if _try_to_lock(0, hard):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (soft, hard))
        return True
    if (hard == resource.RLIM_INFINITY or hard >= ENOUGH_BYTES) and _try_to_lock(hard, hard):
        return True
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (soft, hard))
    return False


def _try_to_lock(soft: int, hard: int) -> bool:
    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (soft, hard))
        done = ctypes.CDLL(None).mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT)
    except (ValueError, OSError, AttributeError):
        return False
    return bool(done == 0)

"""What the process does for itself, as the kernel tells it: /proc, prctl and how a process ended. Children do it."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rootescrow
from rootescrow.cli import INTERRUPTED, harden

PACKAGE = Path(rootescrow.__file__).resolve().parent.parent
ENVIRONMENT = {"PYTHONPATH": str(PACKAGE), "LC_ALL": "C.UTF-8"}
LITTLE = 1 << 20
UNLIMITED = resource.RLIM_INFINITY
CAP_IPC_LOCK = 14

REPORT = """
import ctypes, json, resource
from rootescrow.cli import harden
before = resource.getrlimit(resource.RLIMIT_MEMLOCK)
harden.process()
memory = bytearray(64 << 20)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
limits = {line[:26].strip(): line[26:].split()[:2] for line in open("/proc/self/limits")}
print(json.dumps({
    "locked": int(status["VmLck"].split()[0]),
    "umask": status["Umask"].strip(),
    "dumping": status["CoreDumping"].strip(),
    "core": limits["Max core file size"],
    "dumpable": ctypes.CDLL(None).prctl(3, 0, 0, 0, 0),
    "kept": before == resource.getrlimit(resource.RLIMIT_MEMLOCK),
}))
"""
"""What a child says of itself, with 64 MiB of memory taken after all is done. 3 is PR_GET_DUMPABLE."""

Report = dict[str, Any]


def python(script: str, *before: str, limits: tuple[int, int] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script by way of the programs in `before`, under limits of RLIMIT_MEMLOCK, soft and hard."""
    wrapped = []
    if limits is not None:
        wrapped = ["prlimit", "--memlock=" + ":".join("unlimited" if n == UNLIMITED else str(n) for n in limits)]
    command = [*wrapped, *before, sys.executable, "-c", script]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=ENVIRONMENT | {"PATH": os.defpath + ":/sbin"},
    )


def report(*before: str, limits: tuple[int, int] | None = None) -> Report:
    done = python(REPORT, *before, limits=limits)
    assert done.returncode == 0, done.stderr
    told: Report = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def unprivileged(program: Callable[[str], str]) -> tuple[str, ...]:
    """The words before a command that take away the privilege to lock memory, if the tests have it."""
    program("prlimit")
    words = (program("setpriv"), "--bounding-set", "-ipc_lock", "--inh-caps", "-ipc_lock") if os.geteuid() == 0 else ()
    told = python("print(*[line for line in open('/proc/self/status') if line.startswith('CapEff')])", *words).stdout
    assert not int(told.split()[1], 16) >> CAP_IPC_LOCK & 1
    return words


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has the privilege")


def may_have(hard: int) -> bool:
    """Whether this system lets the tests have that limit of locked memory: the lower ones, or all of them."""
    soft, most = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    if most == UNLIMITED or (hard != UNLIMITED and hard <= most):
        return True
    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (soft, hard))
    except ValueError:
        return False
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (soft, most))
    return True


LIMITS = (LITTLE, 64 << 20, harden.ENOUGH_BYTES - 4096, harden.ENOUGH_BYTES, UNLIMITED)


@pytest.fixture(params=[limit for limit in LIMITS if may_have(limit)])
def hard(request: pytest.FixtureRequest) -> int:
    """A limit that this system lets the tests have; without the privilege to raise it, there may be LITTLE alone."""
    limit: int = request.param
    return limit


def test_no_core_dump_no_debugger_no_file_for_others() -> None:
    told = report()
    assert told["core"] == ["0", "0"]
    assert told["dumpable"] == 0
    assert told["dumping"] == "0"
    assert told["umask"] == "0077"


def test_a_crash_leaves_no_core_dump(tmp_path: Path) -> None:
    script = "import os; from rootescrow.cli import harden; harden.process(); os.abort()"
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r}); {script}"],
        ENVIRONMENT,
        file_actions=[(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)],
    )
    status = os.waitpid(child, 0)[1]
    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert not list(tmp_path.iterdir())


def test_without_privilege_and_with_a_small_limit_memory_is_not_locked_and_not_refused(
    unprivileged: tuple[str, ...],
) -> None:
    told = report(*unprivileged, limits=(LITTLE, LITTLE))
    assert told["locked"] == 0
    assert told["kept"]


def test_without_privilege_only_a_limit_that_is_not_met_lets_memory_be_locked(
    unprivileged: tuple[str, ...], hard: int
) -> None:
    told = report(*unprivileged, limits=(LITTLE, hard))
    enough = hard == UNLIMITED or hard >= harden.ENOUGH_BYTES
    assert (told["locked"] > 0) == enough
    assert told["kept"] != enough


def test_a_limit_that_is_met_at_once_is_no_error(unprivileged: tuple[str, ...]) -> None:
    small = "from rootescrow.cli import harden\nharden.ENOUGH_BYTES = 0\n"
    done = python(small + REPORT, *unprivileged, limits=(LITTLE, LITTLE))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["locked"] == 0
    assert told["kept"]


@pytest.mark.usefixtures("as_root", "unprivileged")
def test_with_privilege_memory_is_locked_whatever_the_limit() -> None:
    told = report(limits=(LITTLE, LITTLE))
    assert told["locked"] > 64 << 10, "what was taken later is locked too"
    assert told["kept"]


def test_a_privilege_that_holds_in_a_container_alone_counts_for_nothing(
    program: Callable[[str], str], hard: int
) -> None:
    unshare = program("unshare")
    if subprocess.run([unshare, "-Ur", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system makes no such container")
    told = report(unshare, "-Ur", limits=(LITTLE, hard))
    assert (told["locked"] > 0) == (hard == UNLIMITED or hard >= harden.ENOUGH_BYTES)


def test_what_the_kernel_refuses_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    # A kernel before Linux 4.4, or another machine's flags: mlockall fails with EINVAL.
    monkeypatch.setattr(harden, "_MCL_ONFAULT", 1 << 20)
    limits = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    assert harden._lock_memory() is False
    assert resource.getrlimit(resource.RLIMIT_MEMLOCK) == limits
    assert ctypes.CDLL(None).mlockall(1 << 20) == -1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_it_with_130_and_nothing_is_left(tmp_path: Path, number: signal.Signals) -> None:
    pipe, out = tmp_path / "pipe", tmp_path / "out"
    os.mkfifo(pipe)
    words = ["split", "--rehearse", "--out", str(out), "--shares", "2/3", "--passphrase-file", str(pipe)]
    child = subprocess.Popen(
        [sys.executable, "-m", "rootescrow", *words],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # It waits for the passphrase once the pipe has somebody at its other end.
    with child, pipe.open("wb"):
        child.send_signal(number)
        shown, said = child.communicate(timeout=60)
    assert child.returncode == INTERRUPTED
    assert "rootescrow: interrupted\n" in said
    assert "Traceback" not in said
    assert shown == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe"]


def test_a_terminal_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    script = """
        import os, signal, sys
        from rootescrow import cli
        os.dup2(os.open("/dev/full", os.O_WRONLY), 2)
        sys.exit(cli.run(["recover", "no-such-file", "--out", "out"]))
    """
    done = python(textwrap.dedent(script))
    assert done.returncode not in (0, 1)

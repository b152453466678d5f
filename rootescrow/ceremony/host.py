"""The host: may this machine have a secret in its memory, and print it? (AU-1, z.3)

Each check reads what the machine tells in files, and answers what was found, why it matters and how to mend it. No
check is of this program itself: who could change it could change its check too. How to compare it with a value that was
published before is for people, on paper.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from rootescrow.ceremony import cups
from rootescrow.ceremony.cups import Queue, Reach
from rootescrow.ceremony.machine import Machine, Route, SwapPlace
from rootescrow.errors import FileError, MalformedError, RuleError, UsageError
from rootescrow.policy import MAX_TEXT_CHARS, printable_line

RELEASED = date(2026, 11, 23)
"""When this version was made. A clock that shows an earlier day is wrong; it moves with each version."""
YEARS = 30
"""For so long what is printed is to be used; a clock beyond that is more likely wrong than right."""

CHECKS = (
    *("network", "routes", "swap", "hibernation", "core-dumps", "workdir"),
    *("users", "clock", "printers", "ptrace", "reportlab"),
)
"""The checks by their ids, in the order in which they are made."""

_SHOWN_CHARS = 200
_DISCARDING = frozenset(["|/bin/false", "|/bin/true", "|/usr/bin/false", "|/usr/bin/true", "/dev/null"])
"""Patterns of core dumps that throw them away."""
_HANDLERS = {"systemd-coredump": "systemd-coredump", "apport": "apport", "abrt-hook-ccpp": "abrt"}
_IN_MEMORY = frozenset(["tmpfs", "ramfs", "rootfs"])
"""File systems that are in memory; what is on the first and the last may be swapped out."""


class HostVerdict(StrEnum):
    """What a check says; "cannot know" is no pass: people look themselves."""

    PASS = "pass"  # noqa: S105 - a verdict
    WARN = "warn"
    FAIL = "fail"
    CANNOT_KNOW = "cannot know"


@dataclass(frozen=True)
class HostCheck:
    """One check and its answer. `commands` are those of a shell, as root, that mend it; `mend` says it in words."""

    id: str
    verdict: HostVerdict
    found: str
    why: str
    mend: str
    commands: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.id not in CHECKS:
            raise UsageError(f"there is no check {_shown(self.id)!r}", f"The checks are {', '.join(CHECKS)}.")
        for text in (self.found, self.why, self.mend, *self.commands):
            if not text or not text.isprintable():
                raise MalformedError(f"check {self.id} says nothing that can be shown", "This is a fault: report it.")


@dataclass(frozen=True)
class _Found:
    """The answer of a check; `mend` where it is not the usual one."""

    verdict: HostVerdict
    text: str
    commands: tuple[str, ...] = ()
    mend: str = ""


@dataclass(frozen=True)
class _Host:
    """What the checks look at."""

    machine: Machine
    workdir: Path | None
    now: datetime
    environ: Mapping[str, str]
    import_path: Sequence[str]


@dataclass(frozen=True)
class _Check:
    """A check: why it is made, how what it finds is usually mended, and where it looks."""

    why: str
    mend: str
    looks: tuple[Callable[[_Host], _Found], ...]
    linux: bool = True


def preflight(
    workdir: Path | None,
    *,
    root: Path = Path("/"),
    now: datetime | None = None,
    environ: Mapping[str, str] | None = None,
    import_path: Sequence[str] | None = None,
    platform: str = sys.platform,
) -> tuple[HostCheck, ...]:
    """Look at the machine: one answer for each of `CHECKS`, in their order.

    `workdir` is where secrets will be written, whether it is there yet or not; None, for who writes none, leaves that
    check out. The machine is read below `root`; `now` has a time zone. Nothing is raised for whatever the machine's
    files hold: what cannot be read, or is garbled, is "cannot know".
    """
    host = _Host(
        Machine(root),
        workdir,
        datetime.now(UTC) if now is None else now,
        os.environ if environ is None else environ,
        tuple(sys.path if import_path is None else import_path),
    )
    return tuple(
        _answer(name, _CHECKS[name], host, platform) for name in CHECKS if name != "workdir" or workdir is not None
    )


def _answer(name: str, check: _Check, host: _Host, platform: str) -> HostCheck:
    if check.linux and platform != "linux":
        found = _Found(HostVerdict.CANNOT_KNOW, f"on {platform} this is not read; look yourself")
    else:
        found = _worst([_look(look, host) for look in check.looks])
    return HostCheck(name, found.verdict, _shown(found.text), check.why, found.mend or check.mend, found.commands)


def _look(look: Callable[[_Host], _Found], host: _Host) -> _Found:
    try:
        return look(host)
    except (FileError, MalformedError) as error:
        return _Found(HostVerdict.CANNOT_KNOW, error.message)


def _worst(found: list[_Found]) -> _Found:
    """One answer of several: what is known to be bad is said, whatever else could not be read."""
    order = (HostVerdict.FAIL, HostVerdict.CANNOT_KNOW, HostVerdict.WARN, HostVerdict.PASS)
    verdict = min((one.verdict for one in found), key=order.index)
    told = [one for one in found if verdict is HostVerdict.PASS or one.verdict is not HostVerdict.PASS]
    commands = dict.fromkeys(command for one in told for command in one.commands)
    return _Found(verdict, "; ".join(one.text for one in told), tuple(commands), told[0].mend)


def acceptances(texts: Iterable[str]) -> dict[str, str]:
    """What `CHECK=reason` accepts: each check once, with its reason. Raises UsageError."""
    accepted: dict[str, str] = {}
    for text in texts:
        name, _, reason = text.partition("=")
        if name not in CHECKS:
            raise UsageError(f"there is no check {_shown(name)!r}", f"The checks are {', '.join(CHECKS)}.")
        if not reason.strip():
            raise UsageError(f"why is {name} accepted?", f"Give the reason: {name}='why, and who decided it'.")
        if name in accepted:
            raise UsageError(f"{name} is accepted twice", "Give one reason for each check.")
        accepted[name] = printable_line(reason, f"the reason why {name} is accepted", MAX_TEXT_CHARS)
    return accepted


def refuse(checks: Iterable[HostCheck], accepted: Mapping[str, str]) -> None:
    """Raise RuleError if a check fails that is not accepted; `accepted` has the reasons by the checks' ids."""
    failed = [check.id for check in checks if check.verdict is HostVerdict.FAIL and check.id not in accepted]
    if failed:
        raise RuleError(
            f"this machine must not have a secret yet: {', '.join(failed)} (AU-1)",
            f"Mend that and look again, or accept it with its reason: --accept {failed[0]}='why, and who decided it'.",
        )


def warnings(checks: Iterable[HostCheck]) -> tuple[str, ...]:
    """One line for each check that fails or warns, and one for all that cannot be known; none if all pass."""
    checks = tuple(checks)
    lines = [f"{c.id}: {c.found}" for c in checks if c.verdict in (HostVerdict.FAIL, HostVerdict.WARN)]
    unknown = [check.id for check in checks if check.verdict is HostVerdict.CANNOT_KNOW]
    if unknown:
        lines.append(f"cannot know, look yourself: {', '.join(unknown)}")
    return tuple(lines)


def _shown(text: str) -> str:
    """What a machine's file says, fit to be shown: one line, nothing that steers a terminal, not without end."""
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def _quoted(name: str) -> str:
    """A name as a word for the shell."""
    return shlex.quote(_shown(name))


def _interfaces(host: _Host) -> _Found:
    up = [one for one in host.machine.interfaces() if one.up and not one.loopback]
    if not up:
        return _Found(HostVerdict.PASS, "no interface is up")
    text = "; ".join(f"{one.name} is up, {'with' if one.link else 'without'} a link" for one in up)
    return _Found(HostVerdict.FAIL, text, tuple(f"ip link set dev {_quoted(one.name)} down" for one in up))


def _radios(host: _Host) -> _Found:
    radios = host.machine.radios()
    if not radios:
        return _Found(HostVerdict.PASS, "no radio is on")
    return _Found(HostVerdict.WARN, "; ".join(f"the {radio} radio is on" for radio in radios), ("rfkill block all",))


def _routes4(host: _Host) -> _Found:
    return _routes(host.machine.routes4(), "IPv4")


def _routes6(host: _Host) -> _Found:
    return _routes(host.machine.routes6(), "IPv6")


def _routes(routes: tuple[Route, ...], family: str) -> _Found:
    if not routes:
        return _Found(HostVerdict.PASS, f"no {family} route leads out")
    default = sorted({route.interface for route in routes if route.default})
    others = sorted({route.interface for route in routes} - {*default})
    texts = [f"a default {family} route by {name}" for name in default]
    return _Found(HostVerdict.FAIL, "; ".join(texts + [f"an {family} route by {name}" for name in others]))


def _swap(host: _Host) -> _Found:
    swaps = host.machine.swaps()
    zswap = host.machine.line("sys/module/zswap/parameters/enabled") == "Y"
    texts = {
        SwapPlace.MEMORY: "which is in memory",
        SwapPlace.ENCRYPTED: "encrypted, under a key that may or may not be thrown away",
        SwapPlace.DISK: "on a disk" + (", behind zswap, which only delays it" if zswap else ""),
    }
    found = "; ".join(f"{swap.name}, {texts[swap.place]}" for swap in swaps)
    places = {swap.place for swap in swaps}
    if SwapPlace.DISK in places:
        return _Found(HostVerdict.FAIL, f"memory is swapped to {found}", ("swapoff -a",))
    if SwapPlace.ENCRYPTED in places:
        return _Found(HostVerdict.WARN, f"memory is swapped to {found}", ("swapoff -a",))
    return _Found(HostVerdict.PASS, f"memory is swapped only to {found}" if found else "no swap is in use")


def _hibernation(host: _Host) -> _Found:
    states = host.machine.line("sys/power/state")
    if states is None:
        raise FileError("/sys/power/state is not there", "Look at it by hand.")
    if "disk" not in states.split():
        return _Found(HostVerdict.PASS, "the kernel offers none")
    if not _leaves_memory(host):
        return _Found(HostVerdict.PASS, "the kernel could, and has no swap to write it to")
    return _Found(HostVerdict.WARN, "the kernel can, to the swap", ("swapoff -a",))


def _leaves_memory(host: _Host) -> bool:
    """Whether what is in memory may be written to a disk as swap, encrypted or not."""
    return any(swap.place is not SwapPlace.MEMORY for swap in host.machine.swaps())


def _core_dumps(host: _Host) -> _Found:
    pattern = host.machine.line("proc/sys/kernel/core_pattern")
    if pattern is None:
        raise FileError("/proc/sys/kernel/core_pattern is not there", "Look at it by hand.")
    if pattern in _DISCARDING:
        return _Found(HostVerdict.PASS, f"core dumps go to {pattern.removeprefix('|')}")
    commands = ("sysctl -w kernel.core_pattern='|/bin/false'",)
    # A limit is not asked for a dump that is piped (core(5)), nor for one that goes to a socket (since Linux 6.16).
    if pattern.startswith(("|", "@")):
        program = Path((pattern[1:].split() or ["a program"])[0]).name
        return _Found(
            HostVerdict.FAIL, f"core dumps go to {_HANDLERS.get(program, program)}, which keeps them", commands
        )
    limit = _core_limit(host.machine)
    if limit == "0":
        return _Found(HostVerdict.PASS, "programs that are started here may write none")
    return _Found(HostVerdict.FAIL, "programs that are started here write them to files", (*commands, "ulimit -c 0"))


def _core_limit(machine: Machine) -> str:
    """The limit of core files (bytes, or "unlimited") of the shell that started us: ours is 0 already."""
    status = dict(line.split(":", 1) for line in machine.lines("proc/self/status") if ":" in line)
    parent = status.get("PPid", "").strip()
    if not (parent.isascii() and parent.isdecimal() and len(parent) < 12):
        raise MalformedError("/proc/self/status is not as expected", "Look at it by hand: ulimit -c")
    for line in machine.lines(f"proc/{parent}/limits"):
        if line.startswith("Max core file size"):
            return (line.removeprefix("Max core file size").split() or [""])[0]
    raise MalformedError(f"/proc/{parent}/limits is not as expected", "Look at it by hand: ulimit -c")


def _workdir(host: _Host) -> _Found:
    try:
        folder = os.path.realpath(host.workdir or "")
    except (OSError, ValueError):
        raise FileError("the folder cannot be looked at", "Name another.") from None
    mount = host.machine.mount(folder)
    commands = ("mount -t tmpfs -o size=200m,mode=700 tmpfs /mnt", "cd /mnt")
    if mount.type not in _IN_MEMORY:
        return _Found(HostVerdict.FAIL, f"{folder} is on {mount.type} ({mount.point}), not in memory alone", commands)
    if mount.type != "ramfs" and "noswap" not in mount.options and _leaves_memory(host):
        text = f"{folder} is on {mount.type} ({mount.point}), and that may be swapped to a disk"
        return _Found(HostVerdict.WARN, text, ("swapoff -a",), "Switch swap off.")
    return _Found(HostVerdict.PASS, f"{folder} is on {mount.type} ({mount.point}), in memory")


def _users(host: _Host) -> _Found:
    logins = host.machine.logins()
    if logins is None:
        raise FileError("neither utmp nor systemd tells who is logged in", "Look at it by hand.")
    remote = [login for login in logins if login.host]
    users = sorted({login.user for login in logins})
    if remote:
        text = "; ".join(f"{login.user} is logged in from {login.host}" for login in remote)
        return _Found(HostVerdict.FAIL, text)
    if len(users) > 1:
        at = "; ".join(f"{login.user} at {login.terminal or 'no terminal'}" for login in logins)
        return _Found(HostVerdict.FAIL, f"{len(users)} users are logged in: {at}")
    return _Found(HostVerdict.PASS, f"only {users[0]} is logged in" if users else "nobody is logged in by name")


def _clock(host: _Host) -> _Found:
    now = host.now.astimezone(UTC)
    shown = f"{now:%Y-%m-%d %H:%M} UTC"
    commands = ("date -u -s 'YYYY-MM-DD HH:MM'",)
    if now.date() < RELEASED:
        return _Found(HostVerdict.FAIL, f"{shown} is before {RELEASED}, when this version was made", commands)
    if now.date() - RELEASED > timedelta(days=365.25 * YEARS):
        return _Found(HostVerdict.FAIL, f"{shown} is more than {YEARS} years after this version was made", commands)
    return _Found(HostVerdict.PASS, f"{shown} is possible; compare it with a watch")


def _print_server(host: _Host) -> _Found:
    """Where this machine's programs take what they print, client.conf(5)."""
    texts = [host.machine.text(path) or "" for path in ("etc/cups/client.conf", f"{_home(host)}/.cups/client.conf")]
    servers = [host.environ.get("CUPS_SERVER", ""), *map(cups.parse_server, texts)]
    remote = sorted({server for server in servers if not cups.is_here(server)})
    if remote:
        mend = "Take ServerName out of client.conf, and CUPS_SERVER out of the environment."
        return _Found(HostVerdict.FAIL, f"what is printed goes to {', '.join(remote)}", (), mend)
    return _Found(HostVerdict.PASS, "no print server")


def _print_queues(host: _Host) -> _Found:
    queues = cups.parse_queues(host.machine.text(cups.PRINTERS_CONF) or "")
    found = [_queue(queue) for queue in queues]
    if not found and (host.machine.exists("etc/printcap") or host.machine.exists("var/snap/cups")):
        found.append(_Found(HostVerdict.CANNOT_KNOW, "there is a printing system that is not read here"))
    return _worst(found) if found else _Found(HostVerdict.PASS, "no queue")


def _queue(queue: Queue) -> _Found:
    name = f"{queue.name} ({queue.scheme})"
    if queue.reach is Reach.REMOTE:
        return _Found(HostVerdict.FAIL, f"{name} prints elsewhere", (f"lpadmin -x {_quoted(queue.name)}",))
    if queue.reach is Reach.UNKNOWN:
        return _Found(HostVerdict.CANNOT_KNOW, f"where {name} prints")
    return _Found(HostVerdict.PASS, f"{name} prints here")


def _print_keeping(host: _Host) -> _Found:
    text = host.machine.text(cups.CUPSD_CONF)
    if text is None and not host.machine.exists(cups.PRINTERS_CONF):
        return _Found(HostVerdict.PASS, "no CUPS")
    keeping = cups.parse_keeping(text or "")
    commands = ("cupsctl PreserveJobFiles=No PreserveJobHistory=No",)
    if keeping.files:
        return _Found(HostVerdict.FAIL, "CUPS keeps each document after it is printed", commands)
    if keeping.history:
        return _Found(HostVerdict.WARN, "CUPS keeps the title of each document", commands)
    return _Found(HostVerdict.PASS, "CUPS keeps nothing")


def _ptrace(host: _Host) -> _Found:
    scope = host.machine.line("proc/sys/kernel/yama/ptrace_scope")
    if scope is None:
        if not host.machine.exists("proc/sys/kernel"):
            raise FileError("/proc/sys/kernel is not there", "Look at it by hand.")
        mend = "This kernel has no means against it (Yama): run no other program as this user."
        return _Found(HostVerdict.WARN, "programs may read each other's memory", (), mend)
    if scope not in ("0", "1", "2", "3"):
        raise MalformedError("/proc/sys/kernel/yama/ptrace_scope is not as expected", "Look at it by hand.")
    if scope == "0":
        return _Found(
            HostVerdict.WARN, "programs may read each other's memory", ("sysctl -w kernel.yama.ptrace_scope=2",)
        )
    return _Found(HostVerdict.PASS, "programs may not read each other's memory")


def _reportlab(host: _Host) -> _Found:
    names = ("reportlab_settings.py", "reportlab_settings")
    files = [f"/{_home(host)}/.reportlab_settings"]
    files += [f"{os.path.abspath(folder)}/{name}" for folder in host.import_path for name in names]
    there = [file for file in dict.fromkeys(files) if host.machine.exists(file.lstrip("/"))]
    if there:
        commands = tuple(f"mv {_quoted(file)} {_quoted(file + '.away')}" for file in there)
        return _Found(HostVerdict.FAIL, f"{', '.join(there)} is run when sheets are drawn", commands)
    variables = sorted(name for name in host.environ if name.startswith("RL_"))
    if variables:
        commands = (f"unset {' '.join(map(_quoted, variables))}",)
        return _Found(HostVerdict.WARN, f"{', '.join(variables)} in the environment", commands)
    return _Found(HostVerdict.PASS, "no settings from elsewhere")


def _home(host: _Host) -> str:
    """The user's home below the root. Raises FileError."""
    home = host.environ.get("HOME") or os.path.expanduser("~")
    if not os.path.isabs(home):
        raise FileError("the home folder is not known", "Look at it by hand.")
    return home.strip("/")


_CHECKS: dict[str, _Check] = {
    "network": _Check(
        "What is connected can be attacked, and can send away what it holds.",
        "Pull the cable, switch the radio off, take each interface down. If one comes back, stop what manages it.",
        (_interfaces, _radios),
    ),
    "routes": _Check(
        "A route is a way out, for a secret too.",
        "A route goes with its interface: take that down.",
        (_routes4, _routes6),
    ),
    "swap": _Check(
        "Swap writes memory to a disk, keys and words among it, and it stays there.",
        "Switch it off; best is a machine without a disk.",
        (_swap,),
    ),
    "hibernation": _Check(
        "To hibernate is to write the whole memory to a disk, where it stays.",
        "Switch swap off: without it there is nothing to write to.",
        (_hibernation,),
    ),
    "core-dumps": _Check(
        "A program that crashes leaves its memory in a file. rootescrow forbids that for itself, but not for openssl, "
        "a viewer or a printer's driver.",
        "Have such files thrown away.",
        (_core_dumps,),
    ),
    "workdir": _Check(
        "What is written to a disk stays there, even after it is deleted.",
        "Work in a folder that is in memory alone.",
        (_workdir,),
    ),
    "users": _Check(
        "Who else is logged in may look at files and programs while there are secrets.",
        "See with `who` and `loginctl` who is logged in. Only the operators are: log out everybody else.",
        (_users,),
    ),
    "clock": _Check(
        "Its date is on every sheet, in the record and in the minutes.",
        "Set it by a watch.",
        (_clock,),
        linux=False,
    ),
    "printers": _Check(
        "A remote queue sends the words away; a queue that keeps jobs leaves them on the disk.",
        "Use one queue, to a printer on a cable, and let CUPS keep nothing.",
        (_print_queues, _print_server, _print_keeping),
    ),
    "ptrace": _Check(
        "A program can read the memory of another of the same user. rootescrow forbids that for itself, but not for "
        "openssl, a viewer or a printer's driver.",
        "Forbid it.",
        (_ptrace,),
    ),
    "reportlab": _Check(
        "The library that draws the sheets runs this file as a program, and obeys these variables.",
        "Move the file away and unset the variables; then start again.",
        (_reportlab,),
        linux=False,
    ),
}

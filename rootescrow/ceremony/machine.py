"""What a Linux machine tells of itself in files, read with limits and parsed strictly. No verdicts here.

Everything is read below `root`, and nothing is run. What a machine does not tell is None or empty only where that is
itself an answer; a file that cannot be read raises FileError, and one that is not as the kernel or the program writes
it raises MalformedError.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from rootescrow.errors import FileError, MalformedError

MAX_FILE_BYTES = 1 << 20
"""A file of the kernel has some kilobytes; a configuration, some tens of them."""

_UP, _LOOPBACK = 0x1, 0x8
"""Flags of an interface, netdevice(7)."""
_REJECT, _ANYCAST, _LOCAL = 0x200, 0x100000, 0x80000000
"""Flags of a route that leads nowhere, or to this machine, <linux/route.h> and <linux/ipv6_route.h>."""
_MULTICAST = "ff"
"""The first byte of IPv6's multicast, RFC 4291, section 2.7."""
_USER_PROCESS = 7
"""The type of a record of utmp(5) that is a login; the others are the start of the machine, of terminals and so on."""
_UTMP_TYPES = range(10)
_UTMP_BYTES = (384, 400)
"""A record of utmp where times have 32 bits in it (x86-64 and most), and where they have 64 (aarch64, riscv64)."""
_UTMP = struct.Struct("=hxxi32s4s32s256s")
"""How each of them begins, <utmp.h>: type, process, terminal, the terminal's short name, user, host."""


@dataclass(frozen=True)
class Interface:
    """A network interface; `link` says whether something answers at its other end."""

    name: str
    up: bool
    loopback: bool
    link: bool


@dataclass(frozen=True)
class Route:
    """A way out of the machine."""

    interface: str
    default: bool


class SwapPlace(StrEnum):
    """Where what was swapped out is."""

    MEMORY = "memory"
    ENCRYPTED = "encrypted"
    """On a disk, under a key that dm-crypt was given plainly; usually a random one, which nobody keeps."""
    DISK = "disk"


@dataclass(frozen=True)
class Swap:
    """A file or device that memory is swapped to."""

    name: str
    place: SwapPlace


@dataclass(frozen=True)
class Mount:
    """A file system, where it is mounted, and its own options."""

    point: str
    type: str
    options: frozenset[str]


@dataclass(frozen=True)
class Login:
    """Somebody who is logged in; `host` is empty for a terminal of this machine."""

    user: str
    terminal: str
    host: str


@dataclass(frozen=True)
class Machine:
    """A machine, by the root of its files: another root is a copy of them, or a test's."""

    root: Path = Path("/")

    def exists(self, path: str) -> bool:
        """Whether something is there. Raises FileError."""
        try:
            (self.root / path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from None
        return True

    def names(self, path: str) -> tuple[str, ...] | None:
        """What is in a folder, sorted; None where there is no such folder. Raises FileError."""
        try:
            return tuple(sorted(os.listdir(self.root / path)))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from None

    def read(self, path: str) -> bytes | None:
        """A file; None where there is none. Raises FileError, or MalformedError if it is no file or too large."""
        try:
            # Not to wait at a pipe for somebody who writes, nor to take a terminal for our own.
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _garbled(path)
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise _unreadable(path, error) from None
        finally:
            os.close(descriptor)
        if len(data) > MAX_FILE_BYTES:
            raise MalformedError(f"{_shown(path)} is too large", "Look at it by hand.")
        return data

    def text(self, path: str) -> str | None:
        """A file of plain text; None where there is none. Raises FileError, MalformedError."""
        data = self.read(path)
        if data is None:
            return None
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise _garbled(path) from None
        if any(ord(c) < 32 and c not in "\t\r\n" for c in text):
            raise _garbled(path)
        return text

    def line(self, path: str) -> str | None:
        """A file of one line, stripped; None where there is none. Raises FileError, MalformedError."""
        text = self.text(path)
        if text is None:
            return None
        if "\n" in text.strip():
            raise _garbled(path)
        return text.strip()

    def lines(self, path: str) -> list[str]:
        """The lines of a file that must be there. Raises FileError, MalformedError."""
        text = self.text(path)
        if text is None:
            raise FileError(f"{_shown(path)} is not there", "Look whether this is Linux, and /proc and /sys mounted.")
        return text.splitlines()

    def interfaces(self) -> tuple[Interface, ...]:
        """The network interfaces. Raises FileError, MalformedError."""
        folder = "sys/class/net"
        names = self.names(folder)
        if names is None:
            raise FileError(f"{_shown(folder)} is not there", "Look whether this is Linux, and /sys mounted.")
        found = []
        for name in names:
            flags = self.line(f"{folder}/{name}/flags")
            if flags is None:  # a file among the interfaces, or one that went away meanwhile
                continue
            value = _number(f"{folder}/{name}/flags", flags, 16)
            link = self.line(f"{folder}/{name}/operstate") == "up"
            found.append(Interface(name, bool(value & _UP), bool(value & _LOOPBACK), link))
        if not any(one.loopback for one in found):  # the kernel always has it: this is not what it told
            raise _garbled(folder)
        return tuple(found)

    def radios(self) -> tuple[str, ...]:
        """The kinds of radio that are switched on, such as "wlan" and "bluetooth". Raises FileError, MalformedError."""
        kinds = set()
        for name in self.names("sys/class/rfkill") or ():
            here = f"sys/class/rfkill/{name}"
            kind, blocked = self.line(f"{here}/type"), [self.line(f"{here}/{by}") for by in ("soft", "hard")]
            if not kind or any(answer not in ("0", "1") for answer in blocked):
                raise _garbled(here)
            if "1" not in blocked:
                kinds.add(kind)
        return tuple(sorted(kinds))

    def routes4(self) -> tuple[Route, ...]:
        """The IPv4 routes that lead out. Raises FileError, MalformedError."""
        path = "proc/net/route"
        found = []
        for row in self._table(path, "Iface"):
            if len(row) < 8:
                raise _garbled(path)
            destination, flags, mask = (_number(path, row[column], 16) for column in (1, 3, 7))
            if not flags & _REJECT and row[0] != "lo":
                found.append(Route(row[0], destination == mask == 0))
        return tuple(found)

    def routes6(self) -> tuple[Route, ...]:
        """The IPv6 routes that lead out. Raises FileError, MalformedError."""
        path = "proc/net/ipv6_route"
        if not self.exists(path):  # a kernel without IPv6
            return ()
        found = []
        for row in map(str.split, self.lines(path)):
            if len(row) != 10 or len(row[0]) != 32:
                raise _garbled(path)
            destination, length, flags = (_number(path, row[column], 16) for column in (0, 1, 8))
            inward = flags & (_REJECT | _LOCAL | _ANYCAST) or row[0].startswith(_MULTICAST)
            if not inward and row[9] != "lo":
                found.append(Route(row[9], destination == length == 0))
        return tuple(found)

    def swaps(self) -> tuple[Swap, ...]:
        """What memory is swapped to. Raises FileError, MalformedError."""
        path = "proc/swaps"
        found = []
        for row in self._table(path, "Filename"):
            if len(row) < 5 or not row[0].startswith("/"):
                raise _garbled(path)
            found.append(Swap(_unescaped(row[0].encode()), self._place(row[0])))
        return tuple(found)

    def _place(self, name: str) -> SwapPlace:
        device = PurePosixPath(name).name
        if re.fullmatch(r"zram\d+", device):
            # A zram may write what is seldom used to a disk behind it.
            behind = self.line(f"sys/block/{device}/backing_dev")
            return SwapPlace.MEMORY if behind in (None, "none") else SwapPlace.DISK
        if re.fullmatch(r"dm-\d+", device):
            uuid = self.line(f"sys/block/{device}/dm/uuid") or ""
            return SwapPlace.ENCRYPTED if uuid.startswith("CRYPT-PLAIN-") else SwapPlace.DISK
        return SwapPlace.DISK

    def _table(self, path: str, head: str) -> list[list[str]]:
        """The rows of a table of the kernel, below its head."""
        lines = self.lines(path)
        if not lines or not lines[0].startswith(head):
            raise _garbled(path)
        return [line.split() for line in lines[1:]]

    def mount(self, folder: str) -> Mount:
        """The file system that an absolute path without links is on. Raises FileError, MalformedError.

        It walks down from the root as the kernel does: the longest mount point that fits may lie hidden below another.
        """
        path = "proc/self/mountinfo"
        data = self.read(path)
        if data is None:
            raise FileError(f"{_shown(path)} is not there", "Look whether this is Linux, and /proc mounted.")
        numbered: dict[int, Mount] = {}
        parents: dict[int, int] = {}
        for line in data.splitlines():
            number, parent, mount = _mount(path, line)
            numbered[number], parents[number] = mount, parent
        wanted = PurePosixPath(folder)
        fits = {number for number, mount in numbered.items() if wanted.is_relative_to(mount.point)}
        # The first mount of all stands on one that cannot be seen from here, or on itself.
        first = (n for n in fits if numbered[n].point == "/" and (parents[n] == n or parents[n] not in numbered))
        here = next(first, None)
        if here is None:
            raise _garbled(path)
        while True:
            fits.discard(here)
            above = [number for number in fits if parents[number] == here]
            if not above:
                return numbered[here]
            here = min(above, key=lambda number: len(numbered[number].point))

    def logins(self) -> tuple[Login, ...] | None:
        """Who is logged in, as utmp(5) and systemd tell; None if neither does. Raises FileError, MalformedError."""
        utmp = self._utmp()
        sessions = self._sessions()
        if utmp is None and sessions is None:
            return None
        return tuple(sorted({*(utmp or ()), *(sessions or ())}, key=lambda one: (one.user, one.terminal, one.host)))

    def _utmp(self) -> list[Login] | None:
        for path in ("run/utmp", "var/run/utmp"):
            data = self.read(path)
            if data is not None:
                for size in _UTMP_BYTES:
                    found = _utmp_logins(data, size)
                    if found is not None:
                        return found
                raise _garbled(path)
        return None

    def _sessions(self) -> list[Login] | None:
        folder = "run/systemd/sessions"
        names = self.names(folder)
        # The folder alone, empty, may be left by a package on a machine that systemd does not run.
        if names is None or (not names and not self.exists("run/systemd/system")):
            return None
        found = []
        for name in names:
            text = None if name.endswith(".ref") else self.text(f"{folder}/{name}")
            if text is None:
                continue
            told = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
            if not told.get("USER"):
                raise _garbled(f"{folder}/{name}")
            if told.get("CLASS", "user").startswith("user") and told.get("STATE") != "closing":
                remote = (told.get("REMOTE_HOST") or "elsewhere") if told.get("REMOTE") == "1" else ""
                found.append(Login(told["USER"], told.get("TTY", ""), remote))
        return found


def _utmp_logins(data: bytes, size: int) -> list[Login] | None:
    """The logins of an utmp whose records have that size; None if they have not."""
    if len(data) % size:
        return None
    found = []
    for start in range(0, len(data), size):
        kind, _, *fields = _UTMP.unpack_from(data, start)
        texts = [_c_text(field) for field in fields]
        if kind not in _UTMP_TYPES or None in texts:
            return None
        terminal, _, user, host = (text or "" for text in texts)
        if kind == _USER_PROCESS and user:
            # A display or a multiplexer of this machine writes itself where the host stands.
            found.append(Login(user, terminal, "" if host.startswith((":", "tmux(")) else host))
    return found


def _c_text(field: bytes) -> str | None:
    """The text up to the first NUL; None if it is none."""
    try:
        text = field.split(b"\0", 1)[0].decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None


def _mount(path: str, line: bytes) -> tuple[int, int, Mount]:
    """A line of mountinfo, proc_pid_mountinfo(5): its number, that of the mount below it, and what it is."""
    before, dash, after = line.partition(b" - ")
    fields, kind = before.split(b" "), after.split(b" ")
    if not dash or len(fields) < 6 or len(kind) < 3:
        raise _garbled(path)
    options = frozenset(_unescaped(kind[2]).split(","))
    numbers = [_number(path, field.decode("ascii", "replace"), 10) for field in fields[:2]]
    point = _unescaped(fields[4])
    if not point.startswith("/"):
        raise _garbled(path)
    return numbers[0], numbers[1], Mount(point, _unescaped(kind[0]), options)


def _unescaped(name: bytes) -> str:
    r"""A name in which the kernel wrote a space as \040 and so on."""
    return os.fsdecode(re.sub(rb"\\([0-3][0-7]{2})", lambda found: bytes([int(found[1], 8)]), name))


def _number(path: str, text: str, base: int) -> int:
    try:
        return int(text, base)
    except ValueError:
        raise _garbled(path) from None


def _shown(path: str) -> str:
    return f"/{path}"


def _garbled(path: str) -> MalformedError:
    return MalformedError(f"{_shown(path)} is not as expected", "Look at it by hand.")


def _unreadable(path: str, error: OSError | ValueError) -> FileError:
    reason = error.strerror if isinstance(error, OSError) else "its name is none"
    return FileError(f"{_shown(path)} cannot be read: {reason}", "Try it as root.")

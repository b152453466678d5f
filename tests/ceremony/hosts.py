"""Machines of files, for the tests of the host checks: one that is as it should be, and what makes it worse."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rootescrow.ceremony.host import RELEASED, HostCheck, preflight

NOW = datetime(RELEASED.year, RELEASED.month, RELEASED.day, 9, 30, tzinfo=UTC) + timedelta(days=400)
IPV4_HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
SWAP_HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
LIMITS = "Limit                     Soft Limit           Hard Limit           Units     \n"

GOOD: dict[str, str | bytes] = {
    "sys/class/net/lo/flags": "0x9\n",
    "sys/class/net/lo/operstate": "unknown\n",
    "sys/class/net/eth0/flags": "0x1002\n",
    "sys/class/net/eth0/operstate": "down\n",
    "sys/class/rfkill/rfkill0/type": "wlan\n",
    "sys/class/rfkill/rfkill0/soft": "1\n",
    "sys/class/rfkill/rfkill0/hard": "0\n",
    "proc/net/route": IPV4_HEAD,
    "proc/net/ipv6_route": f"{1:032x} 80 {0:032x} 00 {0:032x} 00000000 00000002 00000000 80200001       lo\n"
    f"{0:032x} 00 {0:032x} 00 {0:032x} ffffffff 00000001 00000000 00200200       lo\n",
    "proc/swaps": SWAP_HEAD,
    "sys/power/state": "freeze mem disk\n",
    "sys/module/zswap/parameters/enabled": "N\n",
    "proc/sys/kernel/core_pattern": "core\n",
    "proc/self/status": "Name:\tpython\nPid:\t43\nPPid:\t42\n",
    "proc/42/limits": f"{LIMITS}Max core file size        0                    unlimited            bytes     \n",
    "proc/self/mountinfo": "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "22 21 0:20 / /mnt rw,relatime - tmpfs tmpfs rw,size=200m\n",
    "run/utmp": b"",
    "proc/sys/kernel/yama/ptrace_scope": "1\n",
    "etc/cups/cupsd.conf": "LogLevel warn\nPreserveJobFiles No\n"
    "preservejobhistory off # nothing\n<Location />\n</Location>\n",
    "etc/cups/printers.conf": "<DefaultPrinter Laser>\nInfo Büro\nDeviceURI usb://HP/LaserJet?serial=1#2\n</DefaultPrinter>\n",
}
"""A machine on which every check passes with /mnt as its folder."""


def make(root: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write the files of the good machine with changes; None takes a file away."""
    for name, data in {**GOOD, **(changes or {})}.items():
        if data is not None:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.encode() if isinstance(data, str) else data)
    return root


def look(
    root: Path,
    changes: Mapping[str, str | bytes | None] | None = None,
    *,
    workdir: Path | None = Path("/mnt/escrow-1"),
    now: datetime = NOW,
    environ: Mapping[str, str] | None = None,
    platform: str = "linux",
) -> dict[str, HostCheck]:
    """The checks of the good machine with changes, by their ids."""
    make(root, changes)
    checks = preflight(
        workdir, root=root, now=now, environ={"HOME": "/home/op", **(environ or {})}, import_path=["/lib/python"],
        platform=platform,
    )  # fmt: skip
    return {check.id: check for check in checks}


def utmp(*records: tuple[int, str, str, str], size: int = 384) -> bytes:
    """An utmp of these types, terminals, users and hosts."""
    return b"".join(
        struct.pack("=hxxi32s4s32s256s", kind, 1, terminal.encode(), b"", user.encode(), host.encode()).ljust(
            size, b"\0"
        )
        for kind, terminal, user, host in records
    )

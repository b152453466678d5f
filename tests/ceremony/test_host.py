"""The checks of the host, on machines made of files: each passes, fails for its own reason, and survives any junk."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rootescrow
from rootescrow.ceremony import host
from rootescrow.ceremony.host import CHECKS, RELEASED, HostCheck, HostVerdict, acceptances, preflight, refuse, warnings
from rootescrow.errors import MalformedError, PolicyError, RuleError, UsageError
from tests.ceremony.hosts import GOOD, IPV4_HEAD, LIMITS, NOW, SWAP_HEAD, look, make, utmp
from tests.docs.support import table_rows

PASS, WARN, FAIL, CANNOT_KNOW = HostVerdict
Changes = dict[str, str | bytes | None]

ETH0_UP = "sys/class/net/eth0/flags"
SWAPS, MOUNTS, PATTERN = "proc/swaps", "proc/self/mountinfo", "proc/sys/kernel/core_pattern"
CUPSD, PRINTERS = "etc/cups/cupsd.conf", "etc/cups/printers.conf"
SESSIONS = "run/systemd/sessions"
DISK_SWAP = f"{SWAP_HEAD}/dev/sda2                               partition\t8388604\t\t0\t\t-2\n"
ROOT = "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"


RADIO = ("type", "soft", "hard")


def queue(uri: str) -> str:
    return f"<Printer Sheets>\nDeviceURI {uri}\n</Printer>\n"


def test_a_machine_as_it_should_be_passes_and_says_nothing(tmp_path: Path) -> None:
    checks = look(tmp_path)
    assert {name: check.verdict for name, check in checks.items()} == dict.fromkeys(CHECKS, PASS)
    assert warnings(checks.values()) == ()
    refuse(checks.values(), {})


CASES: list[tuple[str, HostVerdict, str, Changes]] = [
    ("network", FAIL, "eth0 is up, with a link", {ETH0_UP: "0x1003", "sys/class/net/eth0/operstate": "up\n"}),
    ("network", FAIL, "eth0 is up, without a link", {ETH0_UP: "0x1003"}),
    ("network", FAIL, "lo2 is up", {"sys/class/net/lo2/flags": "0x1"}),
    ("network", WARN, "the wlan radio is on", {"sys/class/rfkill/rfkill0/soft": "0"}),
    ("network", FAIL, "eth0 is up", {ETH0_UP: "0x1", "sys/class/rfkill/rfkill0/soft": "what"}),
    ("network", PASS, "no interface is up", {"sys/class/net/bonding_masters": "\n"}),
    ("network", PASS, "no radio is on", {f"sys/class/rfkill/rfkill0/{name}": None for name in RADIO}),
    ("network", CANNOT_KNOW, "not as expected", {"sys/class/net/lo/flags": None}),
    ("network", CANNOT_KNOW, "not as expected", {ETH0_UP: "up"}),
    ("routes", FAIL, "a default IPv4 route by wlan0", {
        "proc/net/route": f"{IPV4_HEAD}wlan0 0 0101A8C0 0003 0 0 0 0 0 0 0"}),
    ("routes", FAIL, "an IPv4 route by usb0", {
        "proc/net/route": f"{IPV4_HEAD}usb0 0001A8C0 0 0001 0 0 0 00FFFFFF 0 0 0"}),
    ("routes", PASS, "no IPv4 route", {"proc/net/route": f"{IPV4_HEAD}* 0 0 0200 0 0 0 0 0 0 0"}),
    ("routes", FAIL, "a default IPv6 route by eth0", {
        "proc/net/ipv6_route": f"{0:032x} 00 {0:032x} 00 {1:032x} 00000400 00000002 00000000 00000003 eth0"}),
    # Its own address, its anycast, and multicast: none of them leads out.
    ("routes", PASS, "no IPv6 route", {
        "proc/net/ipv6_route": f"fe80{1:028x} 80 {0:032x} 00 {0:032x} 00000000 00000002 00000000 80200001 eth0\n"
        f"fe80{0:028x} 80 {0:032x} 00 {0:032x} 00000000 00000002 00000000 00300001 eth0\n"
        f"ff{0:030x} 08 {0:032x} 00 {0:032x} 00000100 00000003 00000000 00000001 eth0\n"}),
    ("routes", FAIL, "an IPv6 route by eth0", {
        "proc/net/ipv6_route": f"fe80{0:028x} 40 {0:032x} 00 {0:032x} 00000100 00000002 00000000 00000001 eth0\n"}),
    ("routes", PASS, "no IPv6 route", {"proc/net/ipv6_route": None}),
    ("routes", CANNOT_KNOW, "/proc/net/route is not there", {"proc/net/route": None}),
    ("routes", CANNOT_KNOW, "not as expected", {"proc/net/route": "junk"}),
    ("routes", CANNOT_KNOW, "not as expected", {"proc/net/ipv6_route": f"{0:032x} 00 eth0"}),
    ("swap", FAIL, "/dev/sda2, on a disk", {SWAPS: DISK_SWAP}),
    ("swap", FAIL, "zswap, which only delays it", {SWAPS: DISK_SWAP, "sys/module/zswap/parameters/enabled": "Y\n"}),
    ("swap", FAIL, "/swap file, on a disk", {SWAPS: f"{SWAP_HEAD}/swap\\040file file 1 0 -2\n"}),
    ("swap", PASS, "only to /dev/zram0, which is in memory", {SWAPS: f"{SWAP_HEAD}/dev/zram0 partition 1 0 100\n"}),
    ("swap", PASS, "only to /dev/zram0", {
        SWAPS: f"{SWAP_HEAD}/dev/zram0 partition 1 0 100\n", "sys/block/zram0/backing_dev": "none\n"}),
    ("swap", FAIL, "/dev/zram0, on a disk", {
        SWAPS: f"{SWAP_HEAD}/dev/zram0 partition 1 0 100\n", "sys/block/zram0/backing_dev": "/dev/sda3\n"}),
    ("swap", WARN, "encrypted", {
        SWAPS: f"{SWAP_HEAD}/dev/dm-1 partition 1 0 -2\n", "sys/block/dm-1/dm/uuid": "CRYPT-PLAIN-cryptswap\n"}),
    ("swap", FAIL, "/dev/dm-1, on a disk", {
        SWAPS: f"{SWAP_HEAD}/dev/dm-1 partition 1 0 -2\n", "sys/block/dm-1/dm/uuid": "CRYPT-LUKS2-0123-swap\n"}),
    ("swap", CANNOT_KNOW, "/proc/swaps is not there", {SWAPS: None}),
    ("swap", CANNOT_KNOW, "not as expected", {SWAPS: f"{SWAP_HEAD}junk\n"}),
    ("hibernation", WARN, "to the swap", {SWAPS: DISK_SWAP}),
    ("hibernation", PASS, "offers none", {"sys/power/state": "freeze mem\n", SWAPS: DISK_SWAP}),
    ("hibernation", CANNOT_KNOW, "not there", {"sys/power/state": None}),
    ("core-dumps", FAIL, "systemd-coredump, which keeps them", {
        PATTERN: "|/usr/lib/systemd/systemd-coredump %P %u %g %s %t 9223372036854775808 %h\n"}),
    ("core-dumps", FAIL, "apport", {PATTERN: "|/usr/share/apport/apport -p%p -s%s -- %E\n"}),
    ("core-dumps", FAIL, "crash.sock", {PATTERN: "@/run/crash.sock\n"}),
    ("core-dumps", PASS, "go to /bin/false", {PATTERN: "|/bin/false\n"}),
    ("core-dumps", FAIL, "write them to files", {
        "proc/42/limits": f"{LIMITS}Max core file size  unlimited unlimited bytes"}),
    ("core-dumps", CANNOT_KNOW, "/proc/42/limits is not there", {"proc/42/limits": None}),
    ("core-dumps", CANNOT_KNOW, "not as expected", {"proc/self/status": "PPid:\t../../etc\n"}),
    ("core-dumps", CANNOT_KNOW, "not as expected", {"proc/42/limits": LIMITS}),
    ("core-dumps", CANNOT_KNOW, "not there", {PATTERN: None}),
    ("workdir", FAIL, "/mnt/escrow-1 is on ext4 (/)", {MOUNTS: ROOT}),
    ("workdir", WARN, "may be swapped to a disk", {SWAPS: DISK_SWAP}),
    ("workdir", PASS, "in memory", {
        SWAPS: DISK_SWAP, MOUNTS: f"{ROOT}22 21 0:20 / /mnt rw - tmpfs tmpfs rw,noswap,size=200m\n"}),
    ("workdir", PASS, "on ramfs", {SWAPS: DISK_SWAP, MOUNTS: f"{ROOT}22 21 0:20 / /mnt rw - ramfs none rw\n"}),
    ("workdir", FAIL, "on nfs4 (/mnt)", {MOUNTS: f"{ROOT}22 21 0:20 / /mnt rw - nfs4 server:/x rw\n"}),
    ("workdir", PASS, "on tmpfs (/mnt)", {
        MOUNTS: f"{ROOT}22 21 0:2 / /m rw - ext4 x rw\n23 21 0:3 / /mnt rw - tmpfs x rw\n"}),
    ("workdir", FAIL, "on ext4 (/)", {MOUNTS: f"{ROOT}22 21 0:20 / /mnt/escrow rw - tmpfs x rw\n"}),
    # Mounted over: the deeper one cannot be reached any more, and of two at one point the later one counts.
    ("workdir", FAIL, "on vfat (/mnt)", {
        MOUNTS: f"{ROOT}22 21 0:2 / /mnt/escrow-1 rw - tmpfs x rw\n23 21 0:3 / /mnt rw - vfat /dev/sdb1 rw\n"}),
    ("workdir", FAIL, "on vfat (/mnt)", {
        MOUNTS: f"{ROOT}23 22 0:3 / /mnt rw - vfat /dev/sdb1 rw\n22 21 0:2 / /mnt rw - tmpfs x rw\n"}),
    ("workdir", CANNOT_KNOW, "not as expected", {MOUNTS: "22 21 0:2 / /mnt rw - tmpfs x rw\n"}),
    ("workdir", CANNOT_KNOW, "not as expected", {MOUNTS: "22 21 0:2 / /mnt rw tmpfs\n"}),
    ("workdir", CANNOT_KNOW, "not there", {MOUNTS: None}),
    ("users", PASS, "only ada", {
        "run/utmp": utmp((2, "~", "reboot", "6.1"), (7, "tty1", "ada", ""), (7, ":0", "ada", ":0"))}),
    ("users", PASS, "only ada", {"run/utmp": utmp((7, "tty1", "ada", ""), (8, "tty2", "", ""), size=400)}),
    ("users", FAIL, "2 users are logged in: ada at tty1; eve at tty2", {
        "run/utmp": utmp((7, "tty1", "ada", ""), (7, "tty2", "eve", ""))}),
    ("users", FAIL, "ada is logged in from 192.0.2.7", {"run/utmp": utmp((7, "pts/0", "ada", "192.0.2.7"))}),
    ("users", PASS, "nobody", {
        "run/utmp": None, f"{SESSIONS}/1.ref": "", f"{SESSIONS}/c1": "USER=gdm\nCLASS=greeter\n"}),
    ("users", PASS, "nobody", {"run/utmp": None, f"{SESSIONS}/1": "USER=eve\nCLASS=user\nSTATE=closing\n"}),
    ("users", FAIL, "2 users are logged in: ada at tty1; eve at no terminal", {
        "run/utmp": None, f"{SESSIONS}/1": "USER=ada\nCLASS=user\nTTY=tty1\n",
        f"{SESSIONS}/2": "# private\nUSER=eve\n"}),
    ("users", FAIL, "ada is logged in from elsewhere", {f"{SESSIONS}/1": "USER=ada\nREMOTE=1\nCLASS=user\n"}),
    ("users", CANNOT_KNOW, "neither", {"run/utmp": None}),
    ("users", CANNOT_KNOW, "not as expected", {"run/utmp": b"x" * 384}),
    ("users", CANNOT_KNOW, "not as expected", {"run/utmp": b"x"}),
    ("users", CANNOT_KNOW, "not as expected", {f"{SESSIONS}/1": "junk"}),
    ("printers", FAIL, "Sheets (ipp) prints elsewhere", {PRINTERS: queue("ipp://op:hunter2@printer.example:631/ipp/print")}),
    ("printers", FAIL, "Sheets (hp) prints elsewhere", {PRINTERS: queue("hp:/net/LaserJet?ip=192.0.2.9")}),
    ("printers", PASS, "Sheets (hp) prints here", {PRINTERS: queue("hp:/usb/LaserJet?serial=1")}),
    ("printers", PASS, "Sheets (ipp) prints here", {PRINTERS: queue("ipp://localhost:60000/ipp/print")}),
    ("printers", FAIL, "Sheets (ipp) prints elsewhere", {PRINTERS: queue("ipp://localhost:1@printer.example/")}),
    ("printers", FAIL, "Sheets (ipp) prints elsewhere", {PRINTERS: queue("ipp://localhost.example/")}),
    ("printers", CANNOT_KNOW, "where Sheets (implicitclass) prints", {PRINTERS: queue("implicitclass://Sheets/")}),
    ("printers", FAIL, "keeps each document", {CUPSD: "LogLevel warn\n"}),
    ("printers", FAIL, "keeps each document", {CUPSD: "PreserveJobFiles 86400\n"}),
    ("printers", FAIL, "keeps each document", {CUPSD: "PreserveJobFiles No\nPreserveJobFiles Yes\n"}),
    ("printers", FAIL, "keeps each document", {CUPSD: "<Policy x>\nPreserveJobFiles No\n</Policy>\n"}),
    ("printers", FAIL, "keeps each document", {CUPSD: None}),
    ("printers", FAIL, "keeps each document", {CUPSD: "", PRINTERS: b"\xff"}),
    ("printers", WARN, "keeps the title", {CUPSD: "PreserveJobFiles 0\n"}),
    ("printers", PASS, "no queue; no print server; no CUPS", {CUPSD: None, PRINTERS: None}),
    ("printers", PASS, "no queue", {PRINTERS: None}),
    ("printers", CANNOT_KNOW, "printing system", {CUPSD: None, PRINTERS: None, "etc/printcap": ""}),
    ("printers", FAIL, "goes to print.example", {"etc/cups/client.conf": "ServerName print.example/version=1.1\n"}),
    ("printers", FAIL, "goes to print.example", {"home/op/.cups/client.conf": "servername print.example:631\n"}),
    ("printers", PASS, "no print server", {"etc/cups/client.conf": "ServerName /run/cups/cups.sock\n"}),
    ("printers", CANNOT_KNOW, "not as expected", {PRINTERS: "<Printer Sheets>\n</Printer>\n"}),
    ("printers", CANNOT_KNOW, "not as expected", {PRINTERS: "<Printer Sheets>\nDeviceURI usb://x\n"}),
    ("printers", CANNOT_KNOW, "not as expected", {CUPSD: "</Location>\n"}),
    ("ptrace", WARN, "each other's memory", {"proc/sys/kernel/yama/ptrace_scope": "0\n"}),
    ("ptrace", WARN, "each other's memory", {"proc/sys/kernel/yama/ptrace_scope": None}),
    ("ptrace", CANNOT_KNOW, "not as expected", {"proc/sys/kernel/yama/ptrace_scope": "what"}),
    ("reportlab", FAIL, "/home/op/.reportlab_settings is run", {"home/op/.reportlab_settings": ""}),
    ("reportlab", FAIL, "/lib/python/reportlab_settings.py is run", {"lib/python/reportlab_settings.py": ""}),
    ("reportlab", FAIL, "/lib/python/reportlab_settings is run", {"lib/python/reportlab_settings/__init__.py": ""}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "verdict", "said", "changes"), CASES)
def test_what_is_found(tmp_path: Path, name: str, verdict: HostVerdict, said: str, changes: Changes) -> None:
    check = look(tmp_path, changes)[name]
    assert (check.verdict, said in check.found) == (verdict, True), check
    assert "hunter2" not in repr(check)


def test_every_check_fails_or_warns_in_a_case_and_says_how_to_mend_it() -> None:
    assert {name for name, verdict, _, _ in CASES if verdict in (FAIL, WARN)} | {"clock"} == {*CHECKS}


def test_a_folder_of_sessions_tells_nothing_where_systemd_does_not_run(tmp_path: Path) -> None:
    (tmp_path / SESSIONS).mkdir(parents=True)
    assert look(tmp_path, {"run/utmp": None})["users"].verdict is CANNOT_KNOW
    (tmp_path / "run/systemd/system").mkdir()
    assert look(tmp_path, {"run/utmp": None})["users"].verdict is PASS


@pytest.mark.parametrize(
    ("name", "changes", "commands"),
    [
        ("network", {ETH0_UP: "0x1003"}, ("ip link set dev eth0 down",)),
        ("network", {"sys/class/net/a;b/flags": "0x1"}, ("ip link set dev 'a;b' down",)),
        ("swap", {SWAPS: DISK_SWAP}, ("swapoff -a",)),
        ("core-dumps", {PATTERN: "|/usr/share/apport/apport"}, ("sysctl -w kernel.core_pattern='|/bin/false'",)),
        ("workdir", {MOUNTS: ROOT}, ("mount -t tmpfs -o size=200m,mode=700 tmpfs /mnt", "cd /mnt")),
        ("workdir", {SWAPS: DISK_SWAP}, ("swapoff -a",)),
        (
            "printers",
            {PRINTERS: queue("lpd://x/y"), CUPSD: ""},
            ("lpadmin -x Sheets", "cupsctl PreserveJobFiles=No PreserveJobHistory=No"),
        ),
        ("ptrace", {"proc/sys/kernel/yama/ptrace_scope": "0"}, ("sysctl -w kernel.yama.ptrace_scope=2",)),
        ("ptrace", {"proc/sys/kernel/yama/ptrace_scope": None}, ()),
    ],
)
def test_the_commands_that_mend_it(tmp_path: Path, name: str, changes: Changes, commands: tuple[str, ...]) -> None:
    assert look(tmp_path, changes)[name].commands == commands


@pytest.mark.parametrize(
    ("days", "verdict"), [(-1, FAIL), (0, PASS), (1, PASS), (10_957, PASS), (10_958, FAIL), (-20_000, FAIL)]
)
def test_the_clock(tmp_path: Path, days: int, verdict: HostVerdict) -> None:
    now = NOW.replace(year=RELEASED.year, month=RELEASED.month, day=RELEASED.day) + timedelta(days=days)
    check = look(tmp_path, now=now)["clock"]
    assert check.verdict is verdict
    assert f"{now:%Y-%m-%d} 09:30 UTC" in check.found


def test_the_day_of_the_release_is_that_of_the_changelog(repo_root: Path) -> None:
    text = (repo_root / "CHANGELOG.md").read_text("utf-8")
    dated = re.search(rf"^## \[{re.escape(rootescrow.__version__)}\] - (\S+)$", text, re.MULTILINE)
    assert (dated[1] == str(RELEASED)) if dated else f"To be {rootescrow.__version__}" in text


def test_variables_of_reportlab_and_of_cups(tmp_path: Path) -> None:
    checks = look(tmp_path, environ={"RL_invariant": "0", "CUPS_SERVER": "print.example"})
    assert (checks["reportlab"].verdict, checks["reportlab"].commands) == (WARN, ("unset RL_invariant",))
    assert (checks["printers"].verdict, "print.example" in checks["printers"].found) == (FAIL, True)


def test_a_home_that_is_none_is_not_known(tmp_path: Path) -> None:
    checks = look(tmp_path, environ={"HOME": "here"})
    assert (checks["reportlab"].verdict, checks["printers"].verdict) == (CANNOT_KNOW, CANNOT_KNOW)


def test_who_writes_nothing_has_no_folder_to_check(tmp_path: Path) -> None:
    assert [*look(tmp_path, workdir=None)] == [name for name in CHECKS if name != "workdir"]


def test_the_folder_is_followed_to_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/mnt")
    assert look(tmp_path / "root", workdir=tmp_path / "link" / "out")["workdir"].verdict is PASS
    assert look(tmp_path / "root", workdir=tmp_path / "out")["workdir"].verdict is FAIL
    assert look(tmp_path / "root", workdir=Path("a\0b"))["workdir"].verdict is CANNOT_KNOW


@pytest.mark.parametrize("platform", ["darwin", "win32", "freebsd14"])
def test_elsewhere_it_says_what_it_cannot_know(tmp_path: Path, platform: str) -> None:
    checks = look(tmp_path, platform=platform)
    read = {"clock", "reportlab"}
    assert all((check.verdict is CANNOT_KNOW) == (name not in read) for name, check in checks.items())
    assert platform in checks["swap"].found


def test_a_machine_without_any_file_passes_nothing_that_it_did_not_read(tmp_path: Path) -> None:
    checks = look(tmp_path, dict.fromkeys(GOOD))
    passed = {name for name, check in checks.items() if check.verdict is PASS}
    assert passed == {"clock", "printers", "reportlab"}


def test_what_steers_a_terminal_is_not_shown(tmp_path: Path) -> None:
    checks = look(
        tmp_path, {"sys/class/net/\x1b[2J\u202e/flags": "0x1", PRINTERS: queue("lpd://x").replace("Sheets", "a\u200bb")}
    )
    assert checks["network"].found == "?[2J? is up, without a link"
    assert checks["network"].commands == ("ip link set dev '?[2J?' down",)
    assert checks["printers"].found == "a?b (lpd) prints elsewhere"


def test_a_text_without_end_is_cut(tmp_path: Path) -> None:
    found = look(tmp_path, {PATTERN: f"|/{'x' * 500}"})["core-dumps"].found
    assert len(found) < 250
    assert found.endswith("…")


ODD: dict[str, bytes] = {
    "empty": b"",
    "not UTF-8": b"\xff\xfe\0",
    "NUL": b"\0" * 4096,
    "one long line": b"a" * 70_000,
    "too large": b"x y\n" * 300_000,
    "numbers": b"99999999999999999999999999 -1 0x 0b\n" * 20,
    "brackets": b"<<>\n</\n<Printer >\nDeviceURI\n= = =\n",
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_junk_in_any_file_raises_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    assert [*look(tmp_path, {name: data})] == [*CHECKS]


@pytest.mark.parametrize("name", GOOD)
def test_what_is_no_file_raises_nothing_and_is_not_waited_for(tmp_path: Path, name: str) -> None:
    make(tmp_path, {name: None})
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(tmp_path / name)
    first = look(tmp_path, {name: None})
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    second = look(tmp_path, {name: None})
    (tmp_path / name).rmdir()
    (tmp_path / name).symlink_to(name.rpartition("/")[2])
    third = look(tmp_path, {name: None})
    assert any(check.verdict is CANNOT_KNOW for check in first.values())
    assert any(check.verdict is CANNOT_KNOW for check in second.values())
    assert any(check.verdict is CANNOT_KNOW for check in third.values())


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), st.binary(max_size=400) | st.text(max_size=200)))
def test_whatever_the_files_hold_each_check_answers(changes: Changes) -> None:
    with TemporaryDirectory() as folder:
        assert [
            *look(
                Path(folder), {k: v.encode("utf-8", "replace") if isinstance(v, str) else v for k, v in changes.items()}
            )
        ] == [*CHECKS]


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_a_changed_byte_never_raises(name: str, data: st.DataObject) -> None:
    good = GOOD[name]
    changed = bytearray(good.encode() if isinstance(good, str) else good) or bytearray(b"x")
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    with TemporaryDirectory() as folder:
        assert [*look(Path(folder), {name: bytes(changed)})] == [*CHECKS]


def test_this_very_machine_is_read(tmp_path: Path) -> None:
    assert [check.id for check in preflight(tmp_path)] == [*CHECKS]


# Neither a socket nor another program, and nothing of the machine but what is below the root.
GUARDED = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from rootescrow.ceremony.host import preflight

root = sys.argv[1]
opened = []

def guard(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system",
                         "ctypes.", "import")):
        print("forbidden:", event, *arguments)
    if event in ("open", "os.listdir", "os.scandir"):
        opened.append(str(arguments[0]))
        if event == "open" and not isinstance(arguments[0], int) and arguments[2] & 3:
            print("written:", *arguments)

sys.addaudithook(guard)
preflight(Path("/mnt"), root=Path(root), environ={"HOME": "/home/op"})
outside = [path for path in opened if not path.startswith(root) and not path.isdecimal()]
print(*outside, len(opened) > 15)
"""


def test_no_socket_no_program_and_nothing_outside_the_root(tmp_path: Path) -> None:
    make(tmp_path)
    environment = {"PYTHONPATH": str(Path(rootescrow.__file__).parent.parent), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, str(tmp_path)], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_no_module_of_it_could_open_a_connection_or_run_a_program() -> None:
    for name in ("host", "machine", "cups"):
        path = Path(host.__file__).with_name(f"{name}.py")
        nodes = [*ast.walk(ast.parse(path.read_text("utf-8")))]
        imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
        assert imported.isdisjoint({"socket", "ssl", "subprocess", "ctypes", "multiprocessing", "urllib.parse"}), name


def test_acceptances() -> None:
    assert acceptances(["network=test machine", "swap= a=b "]) == {"network": "test machine", "swap": "a=b"}
    assert acceptances([]) == {}
    for text, said in (("wifi=x", "no check 'wifi'"), ("\x1b=x", "no check '?'"), ("swap", "why"), ("swap= ", "why")):
        with pytest.raises(UsageError, match=re.escape(said)) as refused:
            acceptances([text])
        assert all(name in refused.value.hint for name in CHECKS) or "why" in said
    with pytest.raises(UsageError, match="twice"):
        acceptances(["swap=a", "swap=b"])
    with pytest.raises(PolicyError):
        acceptances(["swap=" + "x" * 500])


def test_what_fails_is_refused_unless_it_is_accepted(tmp_path: Path) -> None:
    checks = [*look(tmp_path, {ETH0_UP: "0x1003", SWAPS: DISK_SWAP, "run/utmp": None}).values()]
    with pytest.raises(RuleError, match="network, swap") as refused:
        refuse(checks, {})
    assert (refused.value.exit_status, "--accept network=" in refused.value.hint) == (8, True)
    with pytest.raises(RuleError, match="swap") as refused:
        refuse(checks, {"network": "test", "clock": "test"})
    assert "network" not in refused.value.message
    refuse(checks, {"network": "test", "swap": "test"})


def test_warnings_are_a_line_each(tmp_path: Path) -> None:
    changes = {ETH0_UP: "0x1003", "proc/sys/kernel/yama/ptrace_scope": "0", "run/utmp": None, "sys/power/state": None}
    assert warnings(look(tmp_path, changes).values()) == (
        "network: eth0 is up, without a link",
        "ptrace: programs may read each other's memory",
        "cannot know, look yourself: hibernation, users",
    )


def test_a_check_that_exists_is_valid(tmp_path: Path) -> None:
    check = look(tmp_path)["swap"]
    with pytest.raises(UsageError, match="no check 'swop'"):
        replace(check, id="swop")
    for empty in ({"found": ""}, {"why": "a\nb"}, {"mend": "\x1b"}, {"commands": ("",)}):
        with pytest.raises(MalformedError):
            replace(check, **empty)
    assert isinstance(check, HostCheck)


def test_the_guide_explains_each_check(repo_root: Path) -> None:
    section = (repo_root / "docs" / "ceremony.md").read_text("utf-8").split("\n## What preflight looks at\n")[1]
    rows = table_rows(section.split("\n## ")[0])
    assert [row[0].strip("`") for row in rows] == [*CHECKS]

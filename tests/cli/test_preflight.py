"""`rootescrow preflight`: what an operator sees, what a program gets, and what split and recover say of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rootescrow.ceremony import host
from rootescrow.ceremony.host import CHECKS, HostCheck
from rootescrow.cli import preflight
from tests.ceremony.hosts import look

BAD: dict[str, str | bytes | None] = {
    "sys/class/net/eth0/flags": "0x1003",
    "proc/swaps": "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n",
    "sys/power/state": None,
    "proc/sys/kernel/yama/ptrace_scope": "0",
}
SEEN = """\
accepted     network: eth0 is up, without a link
             Why: What is connected can be attacked, and can send away what it holds.
             Accepted: a test, without a key

pass         routes: no IPv4 route leads out; no IPv6 route leads out

FAIL         swap: memory is swapped to /dev/sda2, on a disk
             Why: Swap writes memory to a disk, keys and words among it, and it stays there.
             Do: Switch it off; best is a machine without a disk.
                 swapoff -a

cannot know  hibernation: /sys/power/state is not there
             Why: To hibernate is to write the whole memory to a disk, where it stays.
             Do: Switch swap off: without it there is nothing to write to.

pass         core-dumps: programs that are started here may write none

warn         workdir: /mnt/escrow-1 is on tmpfs (/mnt), and that may be swapped to a disk
             Why: What is written to a disk stays there, even after it is deleted.
             Do: Switch swap off.
                 swapoff -a

pass         users: nobody is logged in by name

pass         clock: 2027-12-28 09:30 UTC is possible; compare it with a watch
             It need not be accepted: a watch

pass         printers: Laser (usb) prints here; no print server; CUPS keeps nothing

warn         ptrace: programs may read each other's memory
             Why: A program can read the memory of another of the same user. rootescrow forbids that
             for itself, but not for openssl, a viewer or a printer's driver.
             Do: Forbid it.
                 sysctl -w kernel.yama.ptrace_scope=2

pass         reportlab: no settings from elsewhere

1 FAIL, 2 warn, 1 cannot know, 6 pass, 1 accepted"""


def run(*arguments: str | Path, columns: int = 100) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rootescrow", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": str(columns)}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL, timeout=300
    )


def checked(*arguments: str | Path) -> list[dict[str, str]]:
    """The checks of this very machine, as a program gets them."""
    done = run("preflight", "--json", *arguments)
    found = json.loads(done.stdout)["checks"]
    assert isinstance(found, list)
    return found


def failing(checks: list[dict[str, str]]) -> list[str]:
    return [check["id"] for check in checks if check["verdict"] == "fail"]


def test_what_an_operator_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    checks = tuple(look(tmp_path, BAD).values())
    assert preflight.report(checks, {"network": "a test, without a key", "clock": "a watch"}) == SEEN


@pytest.mark.parametrize(("columns", "widest"), [(20, 60), (80, 80), (500, 100)])
def test_it_fits_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, widest: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = preflight.report(tuple(look(tmp_path, BAD).values()), {})
    lengths = [len(line) for line in shown.splitlines()]
    assert widest - 15 < max(lengths) <= widest


def test_status_8_until_what_fails_is_accepted(tmp_path: Path) -> None:
    failed = failing(checked("--workdir", tmp_path))
    done = run("preflight", "--workdir", tmp_path)
    assert done.returncode == (8 if failed else 0), done.stderr
    assert all(name in done.stderr for name in failed)
    accepted = [f"--accept={name}=the machine of a test" for name in failed]
    done = run("preflight", "--workdir", tmp_path, *accepted)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Accepted: the machine of a test") == len(failed)


def test_a_program_gets_all_of_it(tmp_path: Path) -> None:
    reason = "who knows, “why”"
    checks = checked("--workdir", tmp_path, "--accept", f"users={reason}")
    assert [check["id"] for check in checks] == [*CHECKS]
    keys = {"id", "verdict", "found", "why", "mend", "commands", "accepted"}
    assert all(set(check) == keys for check in checks)
    assert {check["id"]: check["accepted"] for check in checks} == {**dict.fromkeys(CHECKS), "users": reason}
    (workdir,) = (check for check in checks if check["id"] == "workdir")
    assert str(tmp_path) in workdir["found"]


@pytest.mark.parametrize(
    ("accept", "said"),
    [
        (["wifi=x"], ", ".join(CHECKS)),
        (["network"], "why is network accepted"),
        (["network="], "why is network accepted"),
        (["network=a", "network=b"], "accepted twice"),
        (["network=a\x1bb"], "cannot be printed"),
    ],
)
def test_what_cannot_be_accepted(accept: list[str], said: str) -> None:
    done = run("preflight", *(f"--accept={text}" for text in accept))
    assert (done.returncode, done.stdout, said in done.stderr) == (2, "", True), done.stderr
    assert "\x1b" not in done.stderr


def test_help_has_an_example() -> None:
    done = run("preflight", "--help")
    assert (done.returncode, "rootescrow preflight --workdir /mnt" in done.stdout) == (0, True)


def told(checks: list[dict[str, str]]) -> list[str]:
    """What other commands say of these checks."""
    lines = [f"  {check['id']}: {check['found']}" for check in checks if check["verdict"] in ("fail", "warn")]
    unknown = [check["id"] for check in checks if check["verdict"] == "cannot know"]
    lines += [f"  cannot know, look yourself: {', '.join(unknown)}"] if unknown else []
    return [preflight.HEADING, *lines] if lines else []


def test_split_warns_before_it_reads_the_key(tmp_path: Path) -> None:
    done = run("split", tmp_path / "no.key", "--out", tmp_path / "out", "--shares", "2/3")
    assert done.returncode == 7
    expected = told(checked("--workdir", tmp_path / "out"))
    assert done.stderr.splitlines()[: len(expected)] == expected
    assert "no.key" in done.stderr.splitlines()[len(expected)]


def test_recover_warns_before_it_reads_a_sheet(tmp_path: Path) -> None:
    done = run("recover", tmp_path / "no.pdf", "--out", tmp_path / "key.pem")
    assert done.returncode == 7
    expected = told(checked("--workdir", tmp_path / "key.pem"))
    assert done.stderr.splitlines()[: len(expected)] == expected
    assert "no.pdf" in done.stderr.splitlines()[len(expected)]


def test_recover_that_writes_no_file_does_not_speak_of_a_folder(tmp_path: Path) -> None:
    done = run("recover", tmp_path / "no.pdf", "--run", "true {key}")
    assert (done.returncode, "workdir" in done.stderr) == (7, False)


def test_a_machine_as_it_should_be_is_not_spoken_of(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def good(workdir: Path | None) -> tuple[HostCheck, ...]:
        return tuple(look(tmp_path, workdir=workdir).values())

    preflight.warn(Path("/mnt"), look=good)
    assert capfd.readouterr() == ("", "")
    preflight.warn(Path("/"), look=good)
    assert capfd.readouterr() == ("", f"{preflight.HEADING}\n  workdir: / is on ext4 (/), not in memory alone\n")


def test_what_draws_the_sheets_is_not_loaded_to_look() -> None:
    """It would have run its settings file before anybody was told of it."""
    script = "import sys, rootescrow.cli.preflight; print(*(m for m in sys.modules if m.startswith('reportlab')))"
    environment = {"PYTHONPATH": str(Path(host.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "\n"

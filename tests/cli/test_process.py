"""The process: hardened, interrupted, without streams, without a reader; and what `--help` and `--version` say."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from rootescrow import __version__, cli
from rootescrow.errors import EscrowError
from tests.cli.conftest import Root
from tests.cli.support import ENVIRONMENT, PASSPHRASE, QUORUM, Ceremony, inside, on_descriptor, run
from tests.cli.terminal import PROGRAM, Terminal

COMMANDS = ("split", "recover", "inspect", "demo")


@contextmanager
def started(*arguments: str | Path, prefix: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[str]]:
    """The command, running, the passphrase on {fd}."""
    with on_descriptor(PASSPHRASE) as descriptor:
        words = [str(word).replace("{fd}", f"/dev/fd/{descriptor}") for word in arguments]
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "rootescrow", *words],
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
            text=True,
        )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_the_process_keeps_its_memory_and_files_to_itself() -> None:
    script = (
        "import ctypes, os, resource, rootescrow.cli as cli; cli.run(['inspect']); "
        "print(os.umask(0), resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )  # 3 is PR_GET_DUMPABLE
    done = subprocess.run(
        ["/bin/sh", "-c", 'umask 022; exec "$@"', "sh", sys.executable, "-c", script],
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{0o077} (0, 0) 0\n"


def test_no_program_that_lies_in_the_folder_is_run(tmp_path: Path) -> None:
    """`png` is one that a library looks for: with `python -m`, Python takes it from the current folder."""
    (tmp_path / "png.py").write_text("raise SystemExit(99)")
    done = subprocess.run(
        [sys.executable, "-m", "rootescrow", "split", "none.key", "--shares", "2/3", "--out", "out"],
        env=ENVIRONMENT,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "none.key" in done.stderr) == (7, True), done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_in_the_middle_of_a_split_leaves_nothing(root: Root, tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "out"
    with started("split", root[0], "--out", out, "--shares", "2/5", "--passphrase-file", "{fd}") as process:
        while not any(out.glob("secret/*")):
            assert process.poll() is None, process.stderr
            time.sleep(0.0005)
        process.send_signal(number)
        told, complaint = process.communicate(timeout=60)
    assert (process.returncode, told, "interrupted" in complaint) == (130, "", True), complaint
    assert list(tmp_path.iterdir()) == []


def test_a_second_signal_does_not_end_the_cleaning_up(root: Root, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with started("split", root[0], "--out", out, "--shares", "2/5", "--passphrase-file", "{fd}") as process:
        while not any(out.glob("secret/*")):
            time.sleep(0.0005)
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            time.sleep(0.0002)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_what_nohup_ignores_stays_ignored(tmp_path: Path) -> None:
    prefix = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh")
    with started("recover", "-", "--out", tmp_path / "k", prefix=prefix) as process:
        status = Path("/proc") / str(process.pid) / "status"
        while not re.search(r"SigIgn:\s*[0-9a-f]*[13579bdf]\n", status.read_text()):
            assert process.poll() is None
        process.send_signal(signal.SIGHUP)
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, "the file is empty" in complaint) == (3, True), complaint


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_without_standard_streams(ceremony: Ceremony, tmp_path: Path, closed: str) -> None:
    """Started without them, it makes the same files, and nothing that is said goes into one of those."""
    out = tmp_path / "k"
    arguments = ("--escrow", ceremony.escrow, "--case", "a1", "--out", out)
    prefix = ("sh", "-c", f'exec "$@" {closed}', "sh")
    done = run("recover", *ceremony.words(*QUORUM), *arguments, prefix=prefix)
    assert done.status == 0, done.err
    assert out.read_bytes() == ceremony.key.read_bytes()
    assert run("inspect", prefix=prefix).status == 2


def test_nobody_reads_what_is_said(ceremony: Ceremony) -> None:
    """The exit status tells, and no second complaint comes from the interpreter."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "rootescrow", "inspect", *map(str, ceremony.words(*QUORUM))]

    def status(out: IO[bytes] | int, err: IO[bytes] | int, *more: str) -> tuple[int, bytes]:
        done = subprocess.run([*command, *more], stdout=out, stderr=err, env=ENVIRONMENT, check=False)
        return done.returncode, done.stderr or b""

    with open(writing, "wb") as pipe, open("/dev/full", "wb") as full:
        for output, said in ((pipe, b"Broken pipe"), (full, b"No space left on device")):
            number, complaint = status(output, subprocess.PIPE)
            assert (number, said in complaint, complaint.count(b"\n")) == (7, True, 2), complaint
        assert status(subprocess.DEVNULL, full, "nowhere") == (7, b"")
        assert status(pipe, pipe) == (7, b"")


def test_a_letter_that_the_terminal_cannot_show_fails_nothing(root: Root, tmp_path: Path) -> None:
    done = run(
        *("split", root[0], "--out", tmp_path / "Ω", "--shares", "1/1", "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
        environment={"PYTHONIOENCODING": "cp1252:strict"},
    )
    assert (done.status, "\\u03a9" in done.out, done.out.count("\n")) == (0, True, 5), done.err


def test_the_version() -> None:
    assert run("--version").out == f"rootescrow {__version__}\n"


@pytest.mark.parametrize("arguments", [("nonsense",), ("--nonsense",), ("split",), ("split", "--nonsense"), ()])
def test_a_command_that_is_none(arguments: tuple[str, ...]) -> None:
    done = inside(*arguments)
    assert (done.status, done.out, "Usage:" in done.err) == (2, "", True), done.err


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_has_an_example_of_options_that_exist(command: str | None, flag: str) -> None:
    done = inside(*((command, flag) if command else (flag,)))
    assert (done.status, done.err) == (0, "")
    (example,) = re.findall(r"  Examples?:\n((?:    .*\n)+)", done.out)
    assert f"rootescrow {command or 'split'}" in example
    offered = inside(*(("split", "--help") if command is None else (command, "--help"))).out
    offered += inside("recover", "--help").out if command is None else ""
    ours = example.partition("'openssl")[0]
    assert all(option in offered for option in re.findall(r"--[a-z-]+", ours))


def test_a_fault_of_ours_is_one_line_without_what_it_was_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no input known that brings one about, so one is put in."""

    def broken(self: object, ctx: object) -> None:
        raise RuntimeError(PASSPHRASE)

    monkeypatch.setattr(type(cli.cli), "invoke", broken)
    done = inside("inspect")
    assert (done.status, PASSPHRASE in done.err) == (1, False)
    said = r"rootescrow: a fault of the program: RuntimeError in broken, test_process.py line \d+"
    assert re.fullmatch(said, done.err.splitlines()[0])


def test_every_exit_status_is_of_an_error() -> None:
    def below(kind: type[EscrowError]) -> set[type[EscrowError]]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    assert {kind.exit_status for kind in below(EscrowError)} == set(range(1, 9))


def test_the_bar_is_for_a_terminal_and_never_on_standard_output(ceremony: Ceremony, tmp_path: Path) -> None:
    """A pipe that gives nothing for a while takes longer than a second to read."""
    slow, listing = tmp_path / "slow", tmp_path / "listing"
    os.mkfifo(slow)
    (words,) = ceremony.words("Board-1")
    shell = ("sh", "-c", f'exec "$@" > {listing}', "sh", *PROGRAM)
    terminal = Terminal(["inspect", words, slow], tmp_path, program=shell)
    try:
        terminal.until(r"\r\x1b\[KReading \[#{15}-{15}\] 1 of 2")
        slow.write_bytes(ceremony.words("Board-2")[0].read_bytes())
        assert terminal.end() == 0, terminal.shown
    finally:
        terminal.close()
    # It is taken away before anything else is said.
    assert terminal.shown.endswith("\r\x1b[K")
    assert listing.read_text().splitlines()[-1].startswith("Together: group 1: 2 of 3")
    assert "\x1b" not in listing.read_text()
    assert "\x1b" not in ceremony.done.out + ceremony.done.err

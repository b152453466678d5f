"""Commands and drivers, timed in turn; medians; a ratio beside the most that it may be."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = Path(__file__).with_name("launcher.py")
OURS = Path(sys.executable).parent
"""The programs of the environment that this runs in: the command as installed."""
MEGABYTE = 1_000_000


class BenchmarkError(Exception):
    """Something could not be measured: its message says what to install or what failed."""


@dataclass(frozen=True)
class Run:
    """One run of a command: wall time in seconds, peak resident memory in bytes."""

    seconds: float
    peak: int


def run(*command: str | Path) -> Run:
    """Run a command once, without input. Raises BenchmarkError if it fails."""
    launched = subprocess.run([sys.executable, "-I", LAUNCHER, *command], capture_output=True, text=True, check=False)
    if launched.returncode:
        raise BenchmarkError(launched.stderr.strip())
    seconds, peak = launched.stdout.split()
    return Run(float(seconds), int(peak))


class Driver:
    """A process that does one thing each time it is told to, and says how many seconds that took.

    The time is taken inside it, so it holds no start of an interpreter and no pipe.
    """

    def __init__(self, python: Path, script: str) -> None:
        self._process = subprocess.Popen(
            [python, "-I", Path(__file__).parent / "drivers" / script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def time(self, what: str) -> float:
        """Seconds of one operation that the driver knows by name."""
        if self._process.stdin is None or self._process.stdout is None:
            raise BenchmarkError("a driver without pipes")
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise BenchmarkError(f"the driver ended at {what!r}")
        return float(answer)


def interleave(rounds: int, operations: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each operation; in every round each has its turn, so that a busy minute is shared by all."""
    times: dict[str, list[float]] = {name: [] for name in operations}
    for _ in range(rounds):
        for name, operation in operations.items():
            times[name].append(operation())
    return {name: statistics.median(values) for name, values in times.items()}


@dataclass(frozen=True)
class Finding:
    """A figure of ours beside another, and the most that their ratio may be. No limit: for information."""

    what: str
    ours: float
    beside: str
    theirs: float
    limit: float | None = None
    unit: str = "s"

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def met(self) -> bool:
        return self.limit is None or self.ratio <= self.limit


def table(findings: Sequence[Finding]) -> str:
    """The findings, one a line, each with its verdict."""
    rows = [("what", "ours", "beside", "theirs", "ratio", "at most", "")]
    for f in findings:
        limit, verdict = ("", "") if f.limit is None else (f"{f.limit:.4g}", "ok" if f.met else "MISSED")
        rows.append(
            (f.what, _figure(f.ours, f.unit), f.beside, _figure(f.theirs, f.unit), f"{f.ratio:.3f}", limit, verdict)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _figure(value: float, unit: str) -> str:
    if unit == "B":
        return f"{value / MEGABYTE:.1f} MB"
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.2f} ms"

"""How long the command takes to start."""

from __future__ import annotations

from benchmarks.measure import OURS, Finding, interleave, run

TIMES = 21


def findings() -> list[Finding]:
    median = interleave(
        TIMES,
        {
            "ours": lambda: run(OURS / "rootescrow", "--version").seconds,
            "python": lambda: run(OURS / "python", "-c", "pass").seconds,
        },
    )
    return [Finding("rootescrow --version", median["ours"], "python -c pass", median["python"], 5.0)]

"""Torn sheets: how long a search takes at worst, which is where nothing is found."""

from __future__ import annotations

from benchmarks.measure import OURS, Driver, Finding, interleave

SECONDS = 15.0
"""Whoever types a torn sheet waits no longer."""
TIMES = 3


def findings() -> list[Finding]:
    with Driver(OURS / "python", "torn_ours.py") as ours:
        median = interleave(
            TIMES,
            {
                "five unreadable words": lambda: ours.time("3 9 17 22 30"),
                "three, and one misread": lambda: ours.time("9 17 30"),
            },
        )
    return [Finding(what, seconds, "the most", SECONDS, 1.0) for what, seconds in median.items()]

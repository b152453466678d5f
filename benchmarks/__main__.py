"""Measures everything and prints it; the exit status is 1 if a limit is not kept or something was not measured."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable

from benchmarks import ocr, paper, reading, sharing, start, torn
from benchmarks.measure import BenchmarkError, Finding, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each long command is run (3)")
    parts_there = ("sharing", "start", "paper", "reading", "torn", "ocr")
    parser.add_argument("--only", choices=parts_there, help="one part alone")
    options = parser.parse_args()
    parts: dict[str, Callable[[], list[Finding]]] = {
        "sharing": sharing.findings,
        "start": start.findings,
        "torn": torn.findings,
        "reading": lambda: reading.findings(options.rounds),
        "paper": lambda: paper.findings(options.rounds),
    }
    found: list[Finding] = []
    unmeasured: list[str] = []
    for name, part in parts.items():
        if options.only in (None, name):
            print(f"measuring {name} …", file=sys.stderr)
            try:
                found += part()
            except (BenchmarkError, OSError) as error:
                unmeasured.append(f"NOT MEASURED: {name}: {error}")
    read = ""
    if options.only in (None, "ocr"):
        print("measuring ocr …", file=sys.stderr)
        try:
            read = ocr.table()
        except BenchmarkError as error:
            unmeasured.append(f"NOT MEASURED: ocr: {error}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians")
    print(paper.__doc__ if options.only in (None, "paper") else "")
    print(reading.__doc__ if options.only in (None, "reading") else "")
    print(table(found))
    if read:
        print(f"\n{ocr.__doc__}\n{read}")
    print(*unmeasured, sep="\n")
    return 0 if not unmeasured and all(f.met for f in found) else 1


if __name__ == "__main__":
    sys.exit(main())

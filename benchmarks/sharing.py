"""SLIP-39: two groups, 3 of 5 and 2 of 3, of a 32-byte secret; the texts of shares out, the texts of a quorum in."""

from __future__ import annotations

from benchmarks.measure import OURS, ROOT, Driver, Finding, interleave

TIMES = 40
"""Turns of each operation, which is done ten times in each."""


def findings() -> list[Finding]:
    peer_python = ROOT / ".oracles" / "shamir-mnemonic" / "bin" / "python"
    with (
        Driver(OURS / "python", "sharing_ours.py") as ours,
        Driver(peer_python, "sharing_shamir_mnemonic.py") as peer,
    ):
        median = interleave(
            TIMES,
            {
                "pbkdf2": lambda: ours.time("pbkdf2"),
                "split": lambda: ours.time("split"),
                "combine": lambda: ours.time("combine"),
                "their split": lambda: peer.time("split"),
                "their combine": lambda: peer.time("combine"),
            },
        )
    return [
        finding
        for what in ("split", "combine")
        for finding in (
            Finding(f"SLIP-39 {what}", median[what], "4 x PBKDF2", median["pbkdf2"], 1.15),
            Finding(f"SLIP-39 {what}", median[what], "shamir-mnemonic", median[f"their {what}"], 1.0),
            Finding(f"shamir-mnemonic's {what}", median[f"their {what}"], "4 x PBKDF2", median["pbkdf2"]),
        )
    ]

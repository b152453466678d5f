"""Times the reference implementation of SLIP-39, in its own environment, at what sharing_ours.py does."""

import secrets
import sys
import time
from collections.abc import Callable

import shamir_mnemonic

GROUPS = ((3, 5), (2, 3))
BATCH = 10
"""Done in a row, so that waking up from the pipe is not measured."""


def split() -> list[list[str]]:
    groups: list[list[str]] = shamir_mnemonic.generate_mnemonics(
        2, GROUPS, secrets.token_bytes(32), extendable=True, iteration_exponent=0
    )
    return groups


def combine() -> None:
    shamir_mnemonic.combine_mnemonics(QUORUM)


def main() -> None:
    operations: dict[str, Callable[[], object]] = {"split": split, "combine": combine}
    for line in sys.stdin:
        operation = operations[line.strip()]
        begin = time.perf_counter()
        for _ in range(BATCH):
            operation()
        print((time.perf_counter() - begin) / BATCH, flush=True)


if __name__ == "__main__":
    board, arbitration = split()
    QUORUM = (*board[:3], *arbitration[:2])
    main()

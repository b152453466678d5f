"""Times our SLIP-39, and the four PBKDF2 calls that the standard demands of each split and each combining."""

import hashlib
import secrets
import sys
import time
from collections.abc import Callable

from rootescrow import shamir
from rootescrow.secret import Secret

GROUPS = ((3, 5), (2, 3))
BATCH = 10
"""Done in a row, so that waking up from the pipe is not measured."""


def pbkdf2() -> None:
    """SLIP-39, "Encryption of the master secret": four rounds, 10,000 iterations in all at exponent 0, half the secret
    each. The salt is as long as the real one: no prefix (ext = 1), then the half of the round before."""
    half = secrets.token_bytes(16)
    for round_number in range(4):
        half = hashlib.pbkdf2_hmac("sha256", bytes([round_number]), half, 2500, 16)


def split() -> list[list[str]]:
    groups = shamir.split(
        Secret(secrets.token_bytes(32)), GROUPS, group_threshold=2, identifier=secrets.randbelow(2**15)
    )
    return [[share.text for share in group] for group in groups]


def combine() -> None:
    shamir.combine([shamir.Share.parse(text) for text in QUORUM])


def main() -> None:
    operations: dict[str, Callable[[], object]] = {"pbkdf2": pbkdf2, "split": split, "combine": combine}
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

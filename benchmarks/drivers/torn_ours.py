"""Times the longest search for a torn sheet: five unreadable words, and no hash that any candidate has."""

import sys
import time

from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS
from rootescrow.torn import Torn, restore

SHARE = Share(4711, True, 0, 0, 2, 2, 1, 3, bytes(range(32)))
HASHES = frozenset({bytes(32)})


def torn(*numbers: int) -> Torn:
    return Torn(tuple(None if place in numbers else WORDS.index(word) for place, word in enumerate(SHARE.words, 1)))


def main() -> None:
    for line in sys.stdin:
        numbers = tuple(map(int, line.split()))
        begin = time.perf_counter()
        restore(torn(*numbers), HASHES, also_wrong=True)
        print(time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()

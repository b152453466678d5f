"""Reads files with so many workers, and says how many pages and how many codes there were: reading_ours.py 2 FILE…"""

import sys
from functools import partial
from pathlib import Path
from typing import BinaryIO

from rootescrow.errors import EscrowError
from rootescrow.paper.reading import Source, read_sources


def opened(file: str) -> BinaryIO:
    return Path(file).open("rb")


def main() -> None:
    workers, *files = sys.argv[1:]
    pages = codes = 0
    for _, read in read_sources([Source(file, partial(opened, file)) for file in files], workers=int(workers)):
        if isinstance(read, EscrowError):
            sys.exit(f"{read.message}")
        pages += 1
        codes += len(read.texts)
    if pages != 200 or not codes:
        sys.exit(f"{pages} pages and {codes} codes, where 200 pages were made")


if __name__ == "__main__":
    main()

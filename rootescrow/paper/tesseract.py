"""The program tesseract: from a picture to the tokens that it sees in it. Nothing here knows what they mean.

A page of a share is a secret. It goes to the program's standard input as a PGM, and its answer comes from the standard
output: neither writes a file (traced: it opens its language's data and nothing else).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

PROGRAM = "tesseract"
LANGUAGE = "eng"
TIMEOUT_SECONDS = 60.0
"""For one picture: a page of text lines takes 3 seconds on an idle machine, of which an old laptop makes 15."""
MAX_TOKENS = 10_000
"""Of one picture: a page of text lines has 600, and the noise of a poor scan some thousands."""
MAX_TSV_BYTES = 8 << 20
"""What is looked at of an answer: MAX_TOKENS and their blocks are less than half of it."""

_COLUMNS = 12
_WORD_LEVEL = "5"


@dataclass(frozen=True)
class Token:
    """Characters without a space among them, where they stand (pixels from the top left), and in which row."""

    text: str = field(repr=False)
    left: int
    top: int
    width: int
    height: int
    row: tuple[int, int, int]
    confidence: float = 100.0

    @property
    def right(self) -> int:
        """Where it ends."""
        return self.left + self.width

    @property
    def middle(self) -> float:
        """How far down its middle is."""
        return self.top + self.height / 2


def find_program() -> Path | None:
    """Where the program is; None if it is not installed."""
    path = shutil.which(PROGRAM)
    return Path(path).absolute() if path else None


def run(program: Path, image: Image.Image, *, timeout: float = TIMEOUT_SECONDS) -> tuple[Token, ...] | None:
    """What the program sees in an image in 8-bit grey, row by row; None if it fails or is not done in time.

    It runs without a shell, in one thread, with none of our environment, and is killed when the time is over.
    """
    words = [str(program), "stdin", "stdout", "-l", LANGUAGE, "--oem", "1", "--psm", "6", "--dpi", "150"]
    # Words of a language are no help where letters are random, and ours are proven by other means.
    words += ["-c", "load_system_dawg=0", "-c", "load_freq_dawg=0", "tsv"]
    picture = b"P5\n%d %d\n255\n" % image.size + image.tobytes()
    try:
        done = subprocess.run(
            words,
            input=picture,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C", "OMP_THREAD_LIMIT": "1", "PATH": os.defpath},
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else parse_tsv(done.stdout)


def parse_tsv(tsv: bytes) -> tuple[Token, ...]:
    """The tokens in the program's table. Rows that are none are passed over; at most MAX_TOKENS are taken."""
    tokens: list[Token] = []
    for row in tsv[:MAX_TSV_BYTES].decode("utf-8", "replace").split("\n")[1:]:
        cells = row.split("\t")
        if len(cells) != _COLUMNS or cells[0] != _WORD_LEVEL or not cells[11].strip():
            continue
        try:
            _, block, paragraph, line, _, left, top, width, height = map(int, cells[1:10])
            confidence = float(cells[10])
        except ValueError:
            continue
        tokens.append(Token(cells[11].strip(), left, top, width, height, (block, paragraph, line), confidence))
        if len(tokens) == MAX_TOKENS:
            break
    return tuple(tokens)

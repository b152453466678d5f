"""Lets slip39 print a secret as cards: `print_slip39.py SECRET OUT.pdf`. Its random bytes are the same each time.

The largest card of which two fit a page; a smaller one has smaller letters.
"""

import random
import sys
from pathlib import Path

import shamir_mnemonic.shamir

shamir_mnemonic.shamir.RANDOM_BYTES = random.Random(1).randbytes

from slip39.main import main  # noqa: E402  # its modules take what they need when they are loaded

if __name__ == "__main__":
    secret, out = sys.argv[1:]
    options = ["-q", "--secret", Path(secret).read_bytes().hex(), "--no-cover", "--single-sided", "--paper", "A4"]
    cards = ["--card", "half", "--threshold", "1", "--group", "Board(3/5)", "--identifier", "4711"]
    sys.exit(main([*options, *cards, "--output", out, "CA"]))

"""Lets triss print a secret as pictures: `print_triss.py SECRET OUT`. Its random bytes are the same each time."""

import random
import secrets
import sys

secrets.token_bytes = random.Random(1).randbytes  # type: ignore[assignment]  # the one way to have a fixed secret

from triss.cli import main  # noqa: E402  # its modules take what they need when they are loaded

if __name__ == "__main__":
    secret, out = sys.argv[1:]
    # without the check: it combines all ten sets of three, and takes a minute
    sys.argv = ["triss", "split", "-k", "-c", "QRCODE", "-m", "3", "-i", secret, "5", out]
    sys.exit(main())

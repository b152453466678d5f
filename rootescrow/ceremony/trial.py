"""A trial of `recover.py` as it lies on a medium: does it recover an escrow that was made a moment ago for that alone?

The escrow is of a key that is thrown away, so what is handed to the program in files is no secret.
"""

from __future__ import annotations

import base64
import re
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from Crypto.PublicKey import ECC

from rootescrow.escrow import split
from rootescrow.keys import PrivateKey, Scrypt
from rootescrow.passphrase import generate
from rootescrow.policy import Group, Policy
from rootescrow.secret import Random

TIMEOUT = 120
"""Seconds. It takes one on a computer of 2020."""
_COST = Scrypt(p=5)
"""OWASP's floor: what the key costs is not on trial."""


def trial(program: bytes, python: str = sys.executable, *, rng: Random = secrets.token_bytes) -> str:
    """Run the program on shares and envelope of a new escrow: what was wrong, in words, or nothing if it recovered it.

    Whoever calls has made sure where `program` comes from: it is run.
    """
    with generate(rng=rng) as passphrase:
        key = PrivateKey.load(ECC.generate(curve="P-256", randfunc=rng).export_key(format="PEM").encode())
        encrypted = key.encrypt(passphrase, cost=_COST, rng=rng)
        escrow = split(encrypted, Policy(Group("Board", 2, 3), Group("Arbitration", 2, 3)), rng=rng)
        words = [escrow.share(group, number).text for group in (1, 0) for number in (3, 1)]
        typed = bytes(passphrase.reveal()) + b"\n"
    with tempfile.TemporaryDirectory(prefix="rootescrow-trial-") as name:
        folder = Path(name)
        (folder / "recover.py").write_bytes(program)
        (folder / "envelope.cms").write_bytes(escrow.envelope.der)
        (folder / "sheets.txt").write_text("\n".join(words) + "\n", "ascii")
        command = [python, "-I", "-B", "recover.py", "--out", "key.pem", "envelope.cms", "sheets.txt"]
        try:
            done = subprocess.run(command, cwd=folder, input=typed, capture_output=True, timeout=TIMEOUT, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return "it did not end" if isinstance(error, subprocess.TimeoutExpired) else "it cannot be run"
        if done.returncode != 0:
            return f"it ended with status {done.returncode}"
        if not (folder / "key.pem").is_file() or _der((folder / "key.pem").read_bytes()) != encrypted.der:
            return "what it gave is not the key"
        return "" if b"It opens the key" in done.stdout else "it did not see that the passphrase opens the key"


def _der(pem: bytes) -> bytes:
    match = re.fullmatch(rb"-----BEGIN [A-Z ]+-----\n(.+)-----END [A-Z ]+-----\n", pem, re.DOTALL)
    return base64.b64decode(match[1]) if match else b""

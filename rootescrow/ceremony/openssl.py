"""The public key of a private key whose algorithm only openssl knows, through a pipe."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from typing import IO

from rootescrow.secret import Secret

TIMEOUT_SECONDS = 20.0
"""openssl takes milliseconds for any key it knows; a cold machine with a slow disk gets some seconds."""
MAX_OUTPUT_BYTES = 64 * 1024
"""No public key is larger than an envelope may be."""


def derive_public_key(pkcs8: Secret, *, program: str = "openssl", timeout: float = TIMEOUT_SECONDS) -> bytes | None:
    """The SubjectPublicKeyInfo (DER) that openssl computes of a PKCS#8 private key (DER).

    None if openssl is missing, does not know the algorithm, is not done after `timeout` seconds or writes too much. The
    key goes to its standard input and nowhere else: not into arguments, environment or a file. openssl gets none of our
    environment and reads no configuration, so that nobody's engine or provider is loaded beside the key.
    """
    path = shutil.which(program)
    if path is None:
        return None
    try:
        process = subprocess.Popen(
            [os.path.abspath(path), "pkey", "-inform", "DER", "-pubout", "-outform", "DER"],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C", "OPENSSL_CONF": os.devnull},
        )
    except OSError:
        return None
    with process:
        # Killing the process closes its ends of the pipes, which ends our writing and reading too.
        clock = threading.Timer(timeout, process.kill)
        clock.daemon = True
        clock.start()
        try:
            output = _exchange(process.stdin, process.stdout, pkcs8)
            if output is None:
                process.kill()
            return output if process.wait() == 0 and output else None
        finally:
            clock.cancel()
            process.kill()


def _exchange(stdin: IO[bytes] | None, stdout: IO[bytes] | None, secret: Secret) -> bytes | None:
    """Write all of `secret`, then read to the end; None if there is too much to read or the other side went away."""
    if stdin is None or stdout is None:
        return None
    output = b""
    try:
        view = secret.reveal()
        while len(view):
            view = view[stdin.write(view) :]
        stdin.close()
        while len(output) <= MAX_OUTPUT_BYTES:
            some = stdout.read(MAX_OUTPUT_BYTES)
            if not some:
                return output
            output += some
    except OSError:
        return None
    return None

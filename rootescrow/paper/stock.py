"""From paper to the key with stock tools only: the commands that the sheets print, and that the tests run.

Each works in any POSIX shell with OpenSSL 3, a base32 and a sha256sum (GNU, busybox); no line is longer than fits on
paper, and a line that goes on ends with a backslash, so what is printed can be typed as it stands.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from rootescrow.codes import EscrowId

MAX_LINE = 66
"""Characters in a printed line."""
OPENSSL = ("3.0.17", "3.0.19", "3.0.22")
"""Versions of openssl that were tried with the commands here (tests/long/test_openssl.py)."""
SLIP39_TOOLS = (
    ("PyPI", "shamir-mnemonic", "0.3.0"),
    ("PyPI", "bip39-slip39", "2026.10.24"),
    ("npm", "slip39", "0.1.9"),
)
"""SLIP-39 tools that were tried: where they are published, names, versions. The first is that of the command."""


@dataclass(frozen=True)
class Step:
    """One command. `name` finds its explanation in the catalogue; `shows` is what it must print, if that is known."""

    name: str
    command: str
    shows: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The command as printed."""
        return tuple(self.command.split("\n"))


def tool() -> str:
    """The SLIP-39 tool of the command `shamir`, and its version."""
    return " ".join(SLIP39_TOOLS[0][1:])


def tools() -> str:
    """All tools tried, with their versions, as they are named on paper."""
    return ", ".join([f"OpenSSL {' '.join(OPENSSL)}", *(" ".join(tool) for tool in SLIP39_TOOLS)])


def passphrase_commands() -> tuple[Step, ...]:
    """The commands for the sheets of a passphrase, in order.

    What the first shows is typed into the second: a pipe between them would take the first one's questions as well.
    """
    return (Step("shares", "shamir recover"), Step("letters", "xxd -r -p"))


def stock_commands(escrow_id: EscrowId, envelope: bytes, fingerprint: bytes | None = None) -> tuple[Step, ...]:
    """The commands for this envelope, in order; `codes` and `lines` are two ways to the same file.

    They read `codes.txt` (envelope codes as scanned, one a line, in any order) or `lines.txt` (text lines as typed) and
    write `envelope.cms`, `key.p8` (the encrypted key, DER) and `key.pem` (the same, PEM). `fingerprint` is the SHA-256
    of the key's SPKI; without it the last step but one only proves that the passphrase opens the key.
    """
    padding = "=" * (-len(envelope) % 5 * 8 // 5)
    # quoted, because zsh takes a bare = for the name of a command
    pad = f"; \\\n printf '{padding}'" if padding else ""
    return (
        Step("shares", "shamir recover"),
        # read from the terminal, so that the secret is in no shell history
        Step("secret", "read -r HEX"),
        Step(
            "codes",
            "(sort -u -k 2,2 -k 3,3n codes.txt | \\\n"
            f" awk '$2 == \"{escrow_id.compact}\" {{print $4}}' | tr -cd A-Z2-7{pad}) | \\\n"
            " base32 -d > envelope.cms",
        ),
        Step(
            "lines",
            '(sort -u -n lines.txt | awk \'{$1 = ""; $NF = ""; print}\' | \\\n'
            f" tr a-z018 A-ZOIB | tr -cd A-Z2-7{pad}) | \\\n"
            " base32 -d > envelope.cms",
        ),
        Step("compare", "sha256sum envelope.cms", hashlib.sha256(envelope).hexdigest()),
        # OpenSSL 3.0 to 3.5 write the plaintext even when the tag is wrong: hence the rm
        Step(
            "open",
            "openssl cms -decrypt -binary -inform DER -in envelope.cms \\\n"
            ' -secretkey "$HEX" -out key.p8 || rm -f key.p8',
        ),
        Step(
            "check",
            "openssl pkey -in key.p8 -pubout -outform DER | sha256sum"
            if fingerprint
            else "openssl pkey -in key.p8 -noout",
            fingerprint.hex() if fingerprint else "",
        ),
        # not `openssl pkcs8 -topk8`: that would encrypt anew, with a weaker KDF
        Step(
            "pem",
            "(echo '-----BEGIN ENCRYPTED PRIVATE KEY-----'; openssl base64 \\\n"
            " -in key.p8; echo '-----END ENCRYPTED PRIVATE KEY-----') > key.pem",
        ),
    )

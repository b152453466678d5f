"""The demonstration: the whole way, with the commands that a person would type, each shown before it runs."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rootescrow.errors import (
    EscrowError,
    FileError,
    IntegrityError,
    MalformedError,
    PaperError,
    QuorumError,
    RuleError,
    UsageError,
)
from rootescrow.passphrase import Passphrase
from rootescrow.register import folder
from rootescrow.register.record import ENGLISH

SUBJECT = "/CN=Example Root CA (throw-away)"
GROUPS = {"Board": "3/5", "Arbitration": "2/3"}
HOLDERS = {"Board": ("Ada Example", "Bo Example", "Cy Example", "Di Example", "Eva Example")}
QUORUM = ("Board-2", "Board-3", "Board-5", "Arbitration-1", "Arbitration-3")
"""The sheets that come together again, in this order: neither all nor the first ones."""
_DESCRIPTOR = "/dev/fd/3"
_PROGRAM = "rootescrow"
_KINDS: tuple[type[EscrowError], ...] = (
    UsageError,
    MalformedError,
    QuorumError,
    IntegrityError,
    PaperError,
    FileError,
    RuleError,
)


@dataclass(frozen=True)
class Demo:
    """A run of it in the folder `out`, which is new. `say` is told each step; `passphrase` is the key's.

    `language` is that of what is printed.
    """

    out: Path
    passphrase: Passphrase
    say: Callable[[str], None]
    language: str = ENGLISH

    def run(self, key: Path | None) -> None:
        """Make a root (or take `key`), split it, print it, read a quorum back, recover the key, prove it.

        Raises UsageError without openssl, FileError if `out` is not new, EscrowError for a command that fails.
        """
        folder.check_new(self.out)
        if shutil.which("openssl") is None:
            raise UsageError("the demonstration needs the program openssl", "Install it: apt install openssl")
        self.out.mkdir(mode=0o700, exist_ok=True)
        certificate = None
        if key is None:
            self.say("1. A throw-away root: a key of RSA-4096 and its certificate, made by openssl.")
            key, certificate = self._throw_away_root()
        else:
            self.say(f"1. Your own key, {key}. Whatever is printed from it is as secret as it is.")
        self._split(key, certificate)
        recovered = self._recover()
        self._prove(recovered, certificate)
        self.say(
            f"Done. Look at {self.out}: the sheets in escrow-1/secret, the record in escrow-1/escrow/record.json.\n"
            "All of it is for practice: remove the folder when you have seen enough."
        )

    def _throw_away_root(self) -> tuple[Path, Path]:
        key, certificate = self.out / "root.key", self.out / "root.crt"
        self._command(
            "openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096", "-out", key
        )
        self._command(
            "openssl", "req", "-new", "-x509", "-key", key, "-subj", SUBJECT, "-days", "3650", "-out", certificate
        )
        return key, certificate

    def _split(self, key: Path, certificate: Path | None) -> None:
        self.say(
            "2. Split it: any 3 of 5 Board sheets and any 2 of 3 Arbitration sheets. The key is encrypted under a\n"
            "   passphrase first, and every sheet is read back before one is released. (This takes some seconds.)"
        )
        arguments: list[str | Path] = ["--out", self.out / "escrow-1"]
        for name, numbers in GROUPS.items():
            arguments += ["--group", f"{name}={numbers}"]
        for name, people in HOLDERS.items():
            for person in people:
                arguments += ["--holder", f"{name}={person}"]
        arguments += ["--name", "Example Root CA"]
        if self.language != ENGLISH:
            arguments += ["--language", self.language]
        if certificate is not None:
            arguments += ["--certificate", certificate]
        self._command(_PROGRAM, "split", key, *arguments, "--passphrase-file", _DESCRIPTOR)
        self.say(
            f"   Look at {self._sheets()[0]}: a cover, the share, the envelope. A ceremony prints and destroys it."
        )

    def _sheets(self) -> list[Path]:
        """The quorum's sheets."""
        files = sorted((self.out / "escrow-1" / folder.SECRET).iterdir())
        return [file for name in QUORUM for file in files if file.stem.endswith(f"-{name}")]

    def _recover(self) -> Path:
        self.say(f"3. Years later: five of the eight sheets are scanned, in any order ({', '.join(QUORUM)}).")
        out = self.out / "recovered.p8.pem"
        escrow = self.out / "escrow-1" / folder.ESCROW
        self._command(_PROGRAM, "recover", *self._sheets(), "--escrow", escrow, "--case", "a20261123.1", "--out", out)
        return out

    def _prove(self, recovered: Path, certificate: Path | None) -> None:
        record = folder.load(self.out / "escrow-1" / folder.ESCROW).record
        if record.key.provenance != "checked":
            self.say(
                f"4. No proof by openssl, which does not know {record.key.algorithm} here. It is the key in the record."
            )
            return
        self.say("4. The proof, by openssl alone: the passphrase opens the recovered key, and whose key it is.")
        spki = self._command(
            "openssl", "pkey", "-in", recovered, "-passin", "fd:3", "-pubout", "-outform", "DER", quiet=True
        )
        found = hashlib.sha256(spki).hexdigest()
        self.say(f"   SHA-256 of its public key: {found}")
        if found != record.key.spki_sha256:
            raise IntegrityError("the recovered key is not the one that was split", "This is a fault: report it.")
        if certificate is not None:
            pem = self._command("openssl", "x509", "-in", certificate, "-noout", "-pubkey", quiet=True)
            der = self._command("openssl", "pkey", "-pubin", "-outform", "DER", quiet=True, stdin=pem)
            if der != spki:
                raise IntegrityError("the certificate is of another key", "This is a fault: report it.")
            self.say("   It is the public key in the certificate.")
        self.say("   It is the public key in the record.")

    def _command(self, *words: str | Path, quiet: bool = False, stdin: bytes = b"") -> bytes:
        """Show a command and run it, the passphrase ready on descriptor 3; its output. Raises EscrowError."""
        shown = shlex.join(map(str, words))
        self.say(f"   $ {shown}")
        program = [sys.executable, "-P", "-m", _PROGRAM] if words[0] == _PROGRAM else [str(words[0])]
        reading, writing = os.pipe()
        try:
            os.write(writing, bytes(self.passphrase.reveal()) + b"\n")
            os.close(writing)
            with subprocess.Popen(
                [*program, *(_on(reading, str(word)) for word in words[1:])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[reading],
                env={**os.environ, "PYTHONPATH": _package_path()},
            ) as process:
                try:
                    output, _ = process.communicate(stdin)
                except BaseException:
                    # It removes what it has begun.
                    process.terminate()
                    raise
        finally:
            os.close(reading)
        if process.returncode:
            raise _failed(words[0] == _PROGRAM, process.returncode)
        if not quiet:
            for line in output.decode(errors="replace").splitlines():
                self.say(f"     {line}")
        return output


def _package_path() -> str:
    """Where Python finds this package and what it found before; not where we happen to stand, whatever lies there."""
    here = str(Path(__file__).resolve().parent.parent.parent)
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))


def _failed(ours: bool, status: int) -> EscrowError:
    """A failed command; one of ours ends the demonstration with the status that it had."""
    kinds = {kind.exit_status: kind for kind in _KINDS if ours}
    return kinds.get(status, EscrowError)(f"the command failed with status {status}", "Its own words stand above.")


def _on(descriptor: int, word: str) -> str:
    """A command's word with the real number of the passphrase's descriptor; a shell would have put it on 3."""
    return {_DESCRIPTOR: f"/dev/fd/{descriptor}", "fd:3": f"fd:{descriptor}"}.get(word, word)

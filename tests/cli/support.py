"""What the tests of the command share: running it, as a process or inside this one, and what its sheets say."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2
import zxingcpp

import rootescrow
from rootescrow import cli
from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.envelope import Envelope

PASSPHRASE = "correct horse 7 battery!"  # noqa: S105 - of keys made by these tests
ENVIRONMENT = {**os.environ, "COLUMNS": "100", "PYTHONPATH": str(Path(rootescrow.__file__).parent.parent)}
GROUPS = ("--group", "Board=3/5", "--group", "Arbitration=2/3")
QUORUM = ("Arbitration-3", "Board-4", "Board-1", "Arbitration-1", "Board-5")
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


Words = tuple[str | Path, ...]
"""Words of a command."""


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


@contextlib.contextmanager
def on_descriptor(passphrase: str | None) -> Iterator[int]:
    """A descriptor from which a passphrase can be read; a closed one if there is none."""
    reading, writing = os.pipe()
    try:
        with open(writing, "wb") as file:
            file.write(b"" if passphrase is None else passphrase.encode() + b"\n")
        yield reading
    finally:
        os.close(reading)


def run(
    *arguments: str | Path,
    stdin: bytes = b"",
    passphrase: str | None = None,
    prefix: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
) -> Done:
    """Run the command in a process of its own; a passphrase is given on a descriptor, as {fd} in the arguments."""
    with on_descriptor(passphrase) as descriptor:
        words = [str(word).replace("{fd}", f"/dev/fd/{descriptor}") for word in arguments]
        done = subprocess.run(
            [*prefix, sys.executable, "-m", "rootescrow", *words],
            input=stdin,
            capture_output=True,
            pass_fds=[descriptor],
            env={**ENVIRONMENT, **(environment or {})},
            check=False,
            timeout=300,
        )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextlib.contextmanager
def streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Standard streams in memory."""
    out, err, before = io.BytesIO(), io.BytesIO(), (sys.stdin, sys.stdout, sys.stderr)
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    sys.stdout, sys.stderr = (io.TextIOWrapper(stream, "utf-8", write_through=True) for stream in (out, err))
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


@contextlib.contextmanager
def hardened() -> Iterator[None]:
    """Within, this process has the umask that a command gives itself; afterwards its own again."""
    umask = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(umask)


def inside(*arguments: str | Path, stdin: bytes = b"", passphrase: str | None = None) -> Done:
    """The same in this process, which takes a tenth of the time. No terminal is there."""
    with hardened(), streams(stdin) as (out, err), on_descriptor(passphrase) as descriptor:
        status = cli.run([str(word).replace("{fd}", f"/dev/fd/{descriptor}") for word in arguments])
        return Done(status, out.getvalue().decode(), err.getvalue().decode())


def codes(pdf: Path, pages: Iterable[int] | None = None, *, dpi: int = 150) -> list[str]:
    """The texts of the codes on some pages of a sheet (from 0) or all, each once, read with nothing of ours."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        images = [
            document[page].render(scale=dpi / 72, grayscale=True).to_pil()
            for page in (range(len(document)) if pages is None else pages)
        ]
    finally:
        document.close()
    found = [code.text for image in images for code in zxingcpp.read_barcodes(image, formats=_QR)]
    return list(dict.fromkeys(found))


def words(sheet: Path) -> str:
    """The words of a sheet, which stand on its second page."""
    (text,) = codes(sheet, [1])
    return text


@dataclass(frozen=True)
class Ceremony:
    """An escrow on disk, and what it was made from. What was typed from its sheets lies in `typed`."""

    key: Path
    certificate: Path
    out: Path
    done: Done
    typed: Path = field(repr=False)

    @property
    def escrow(self) -> Path:
        return self.out / "escrow"

    @property
    def envelope(self) -> Envelope:
        return Envelope.parse((self.escrow / "envelope.cms").read_bytes())

    def sheets(self, *names: str) -> list[Path]:
        """The sheets called "Board-2" and so on; all of them if none is named."""
        files = sorted((self.out / "secret").iterdir())
        return [file for name in names for file in files if file.stem.endswith(f"-{name}")] if names else files

    def words(self, *names: str) -> list[Path]:
        """The words of these sheets, or of all, a text file each."""
        return [self.typed / f"{name}.txt" for name in names] if names else sorted(self.typed.iterdir())

    def lines(self) -> str:
        """The envelope as typed text."""
        return "\n".join([str(self.envelope.id), *encode_text_lines(self.envelope.id, self.envelope.der)])

    def codes(self) -> tuple[str, ...]:
        """The envelope as scanned codes."""
        return encode_envelope_codes(self.envelope.id, self.envelope.der)

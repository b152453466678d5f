"""RSA-4096, 3 of 5: from the key file to sheets that were read back, and from scans to the key; and the memory of it.

The key is one that openssl encrypted with PBKDF2-HMAC-SHA512 at 210,000 iterations and AES-256-CBC. Such a key is kept
byte for byte, so that the 2.5 seconds of scrypt with which a plain key is encrypted are not in the time, and nothing
has to be subtracted; the PBKDF2 that checks the passphrase is in it. The figure for the plain key, scrypt and all,
stands beside it. The peer is given the plain key, and encrypts nothing.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2

from benchmarks.measure import MEGABYTE, OURS, ROOT, BenchmarkError, Finding, Run, interleave, run

DPI = 300
PEAK_LIMIT = 200 * MEGABYTE
NOISE = 4 * MEGABYTE
"""By so much the peak of one and the same command differs from run to run."""
ROOTESCROW = OURS / "rootescrow"
TRISS = ROOT / ".oracles" / "triss" / "bin" / "triss"


@dataclass(frozen=True)
class Keys:
    """The same root key, plain and encrypted, its passphrase, and a folder to work in."""

    folder: Path
    plain: Path
    encrypted: Path
    passphrase: Path

    def clear(self, name: str) -> Path:
        """A path in the folder at which nothing is."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
        return path


@contextmanager
def keys() -> Iterator[Keys]:
    for program, package in (("openssl", "openssl"), ("qrencode", "qrencode"), ("zbarimg", "zbar-tools")):
        if shutil.which(program) is None:
            raise BenchmarkError(f"{program} is missing: on Debian, apt-get install {package}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        made = Keys(folder, folder / "plain.pem", folder / "encrypted.pem", folder / "passphrase")
        made.passphrase.write_text(secrets.token_hex(16) + "\n", encoding="ascii")
        _openssl("genrsa", "-out", made.plain, "4096")
        _openssl(
            *("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512", "-iter", "210000"),
            *("-in", made.plain, "-out", made.encrypted, "-passout", f"file:{made.passphrase}"),
        )
        yield made


def findings(rounds: int) -> list[Finding]:
    with keys() as k:
        return [*_times(k, rounds), *_memory(k)]


def _times(k: Keys, rounds: int) -> list[Finding]:
    split(k, k.encrypted, "sheets", "3/5")
    scans = _scan(sorted((k.folder / "sheets" / "secret").glob("*.pdf"))[:3], k.clear("scans"))
    _triss_split(k, "images", "-k")
    median = interleave(
        rounds,
        {
            "split": lambda: split(k, k.encrypted, "again", "3/5").seconds,
            "split plain": lambda: split(k, k.plain, "again", "3/5").seconds,
            "triss split": lambda: _triss_split(k, "checked").seconds,
            "triss split -k": lambda: _triss_split(k, "unchecked", "-k").seconds,
            "recover": lambda: _recover(k, scans).seconds,
            "triss combine": lambda: _triss_combine(k).seconds,
        },
    )
    return [
        Finding("split to sheets, read back", median["split"], "triss split", median["triss split"], 1 / 20),
        Finding("split to sheets, read back", median["split"], "triss split -k", median["triss split -k"], 1 / 3),
        Finding("the same from a plain key", median["split plain"], "triss split", median["triss split"]),
        Finding("recover from scans", median["recover"], "triss combine", median["triss combine"], 1 / 3),
    ]


def _memory(k: Keys) -> list[Finding]:
    few = split(k, k.encrypted, "few", "2/3").peak
    many = split(k, k.encrypted, "many", "3/16").peak
    grown = _size(k.folder / "many") - _size(k.folder / "few")
    return [
        Finding("peak memory, 16 sheets", many, "the limit", PEAK_LIMIT, 1.0, "B"),
        Finding("16 sheets more than 3", max(many - few, 0), "13 PDFs and noise", grown + NOISE, 1.0, "B"),
    ]


def split(k: Keys, key: Path, out: str, shares: str) -> Run:
    folder = k.clear(out)
    return run(ROOTESCROW, "split", key, "--out", folder, "--shares", shares, "--passphrase-file", k.passphrase)


def _recover(k: Keys, scans: list[Path]) -> Run:
    out = k.clear("recovered.pem")
    taken = run(ROOTESCROW, "recover", *scans, "--out", out)
    if _der(out) != _der(k.encrypted):
        raise BenchmarkError("recover wrote another key than the one that was split")
    return taken


def _triss_split(k: Keys, out: str, *options: str) -> Run:
    return run(TRISS, "split", *options, "-c", "QRCODE", "-m", "3", "-i", k.plain, "5", k.clear(out))


def _triss_combine(k: Keys) -> Run:
    out = k.clear("combined.pem")
    shares = sorted(path for path in (k.folder / "images").iterdir() if path.is_dir())[:3]
    taken = run(TRISS, "combine", "-c", "QRCODE", "-o", out, *shares)
    if out.read_bytes() != k.plain.read_bytes():
        raise BenchmarkError("triss combined another key than the one that was split")
    return taken


def _scan(pdfs: list[Path], folder: Path) -> list[Path]:
    """Every page of the sheets as an office scanner would give it: a grey PNG of 300 dpi."""
    folder.mkdir()
    scans = []
    for pdf in pdfs:
        document = pypdfium2.PdfDocument(pdf)
        for number, page in enumerate(document, 1):
            scans.append(folder / f"{pdf.stem}-{number}.png")
            page.render(scale=DPI / 72, grayscale=True).to_pil().save(scans[-1])
        document.close()
    return scans


def _size(escrow: Path) -> int:
    return sum(path.stat().st_size for path in (escrow / "secret").glob("*.pdf"))


def _der(pem: Path) -> bytes:
    return _openssl("asn1parse", "-in", pem, "-noout", "-out", "/dev/stdout")


def _openssl(*arguments: str | Path) -> bytes:
    done = subprocess.run([str(shutil.which("openssl")), *arguments], capture_output=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout

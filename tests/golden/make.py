"""Make a folder of golden files of format v1: an escrow with its passphrase, its kit, sheets and scans of them.

    PYTHONPATH=. python tests/golden/make.py tests/golden/v1-kit

Run once, before a release, on a machine with openssl; what it made is committed and never changes. The randomness is
new in each run, and nothing in the folder is secret: the key is a TEST.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

import pypdfium2

from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.envelope import Envelope
from rootescrow.pile import Pile
from rootescrow.recovery import recover
from tests.cli.conftest import make_root
from tests.cli.support import PASSPHRASE, inside, words

SHEETS = ("Board-1", "Board-3", "Arbitration-1", "Arbitration-2")
KEEPERS = ("Passphrase-2", "Passphrase-3")
DPI = 150
SHADES = 16
PAGES = (("Board-1", 1), ("Arbitration-2", 1), ("Board-3", 2))
"""Which pages, from 0, are kept as scans: two shares, and the envelope's code."""
SIGNING = {
    "ca.cnf": "[ca]\ndefault_ca = golden\n[golden]\ndir = .\ndatabase = $dir/index.txt\ncrlnumber = $dir/crlnumber\n"
    "default_md = sha256\ndefault_crl_days = 30\n",
    "index.txt": "V\t301123120000Z\t\t01\tunknown\t/CN=Golden\n",
    "crlnumber": "2A\n",
}
README = """# Golden kit of format v1

Like the sheets in `../v1`, these files were made once and **never change**: `tests/long/test_golden_kit.py` reads them
again with every version, by every way back, and fails if a byte of them differs.

It is the escrow of a TEST key. Never use anything in here for another purpose.

| file | what |
|---|---|
| `key.pem` | what was split and must come back: the encrypted key (P-256) |
| `kit/` | the medium, as `rootescrow kit` wrote it: escrow, journal, instructions, what signing needs, `recover.py` |
| `sheets/` | any 2 of 3 Board and both of Arbitration; any 2 of 3 of the passphrase: a quorum of each |
| `scans/` | three of their pages, 150 dpi, grey |
| `codes.txt`, `lines.txt` | the envelope's codes and lines, as scanned and as typed |
"""


def scan(sheet: Path, page: int, out: Path) -> None:
    """One page as a scanner of few shades gives it."""
    document = pypdfium2.PdfDocument(sheet)
    image = document[page].render(scale=DPI / 72, grayscale=True).to_pil()
    document.close()
    image.quantize(SHADES).save(out, optimize=True, dpi=(DPI, DPI))


def must(*arguments: str | Path, passphrase: str | None = None) -> None:
    """Run the command; end if it does not do what it should."""
    done = inside(*arguments, passphrase=passphrase)
    if done.status != 0:
        raise SystemExit(done.err)


def digest(folder: Path) -> str:
    """SHA-256 of what `sha256sum` would say of all files, sorted by name."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def make(out: Path) -> None:
    """All files, in a folder that is not there yet."""
    out.mkdir()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        openssl = shutil.which("openssl")
        if openssl is None:
            raise SystemExit("openssl is missing")
        key, certificate = make_root(work, openssl, "EC", "ec_paramgen_curve:P-256")
        must(
            *("split", key, "--certificate", certificate, "--out", work / "out", "--name", "Golden Root TEST"),
            *("--group", "Board=2/3", "--group", "Arbitration=2/2", "--escrow-passphrase", "2/3"),
            *("--passphrase-file", "{fd}"),
            passphrase=PASSPHRASE,
        )
        escrow = work / "out" / "escrow"
        included: list[str | Path] = []
        for name, text in SIGNING.items():
            (work / name).write_text(text)
            included += ["--include", work / name]
        (out / "kit").mkdir()
        must("kit", escrow, out / "kit", "--medium", "Golden", *included)
        (out / "sheets").mkdir()
        for folder, names in (("secret", SHEETS), ("secret-passphrase", KEEPERS)):
            for name in names:
                (sheet,) = (work / "out" / folder).glob(f"*-{name}.pdf")
                shutil.copy(sheet, out / "sheets" / f"{name}.pdf")
        (out / "scans").mkdir()
        for name, page in PAGES:
            scan(out / "sheets" / f"{name}.pdf", page, out / "scans" / f"{name}-page-{page + 1}.png")
        envelope = Envelope.parse((escrow / "envelope.cms").read_bytes())
        for file, texts in (("codes.txt", encode_envelope_codes), ("lines.txt", encode_text_lines)):
            (out / file).write_text("\n".join(texts(envelope.id, envelope.der)) + "\n")
        pile = Pile()
        pile.add(envelope.der)
        for name in SHEETS:
            pile.add(words(out / "sheets" / f"{name}.pdf"))
        (out / "key.pem").write_text(recover(pile).pem())
    (out / "README.md").write_text(README)
    sys.stdout.write(f'DIGEST = "{digest(out)}"\n')


if __name__ == "__main__":
    make(Path(sys.argv[1]))

"""The golden sheets of format v1 are read again, in every way in which sheets are read. They never change."""

from __future__ import annotations

import hashlib
import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rootescrow import EncryptedKey, Pile, search
from rootescrow.keys import Provenance, certificate_der
from rootescrow.paper.reading import read_source
from rootescrow.register import folder
from tests.cli.support import codes, inside
from tests.paper.test_stock import printed_commands
from tests.paper.test_stock import run as shell

GOLDEN = Path(__file__).parent / "golden" / "v1"
DIGEST = "32db11b724f8ee85f3b3ec420804a11e0bc4c1cbffd6bcc9ecd709a3084c85b1"
"""SHA-256 of what `sha256sum` would say of all files, sorted by name."""
PASSPHRASE = "golden sheets of format v1, a TEST"  # noqa: S105 - it stands in the folder's README
QUORUM = ("Board-2", "Arbitration-3", "Board-5", "Board-1", "Arbitration-2")
NAMES = [f"Board-{n}" for n in range(1, 6)] + [f"Arbitration-{n}" for n in range(1, 4)]
SECRET = "750906fd6db60410b36553b01b6131afb0db4c5a1ef308cc69564ced2138c3c0"  # noqa: S105 - of this test escrow
FINGERPRINT = "9b75c443d6fdeb6c3e6e62d170e3445d391ff3e11a8dc9d39645d35482a36267"


@pytest.fixture(scope="module")
def expected() -> EncryptedKey:
    """What must come back."""
    pem = (GOLDEN / "key.pem").read_text()
    return EncryptedKey.load(pem.encode(), PASSPHRASE)


def pile_of(*paths: Path) -> Pile:
    """What is on these files, all pages."""
    pile = Pile()
    for path in paths:
        with path.open("rb") as stream:
            for page in read_source(stream, path.name):
                for text in page.texts:
                    pile.add(text, page.place)
                if page.envelope is not None:
                    pile.add(page.envelope, page.place)
    return pile


def test_no_file_was_changed() -> None:
    files = sorted(path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256((GOLDEN / name).read_bytes()).hexdigest()}  {name}\n" for name in files]
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == DIGEST


def test_the_sheets_give_the_key(expected: EncryptedKey) -> None:
    recovery = search(pile_of(*(GOLDEN / "sheets" / f"{name}.pdf" for name in QUORUM)))
    assert str(recovery.id) == "45T5-3EDP"
    assert recovery.encrypted == expected
    assert len(recovery.used) == 5


def test_every_quorum_of_the_sheets_gives_the_key(expected: EncryptedKey) -> None:
    words = {name: codes(GOLDEN / "sheets" / f"{name}.pdf", [1], dpi=100)[0] for name in NAMES}
    envelope = (GOLDEN / "escrow" / "envelope.cms").read_bytes()
    quorums = itertools.product(itertools.combinations(NAMES[:5], 3), itertools.combinations(NAMES[5:], 2))
    for board, arbitration in quorums:
        pile = Pile()
        pile.add(envelope)
        for name in (*board, *arbitration):
            pile.add(words[name])
        assert search(pile).encrypted == expected


def test_scans_and_typed_words_give_the_key(expected: EncryptedKey) -> None:
    """Two scanned Board sheets and one of Arbitration, with one typed sheet of each."""
    typed = (GOLDEN / "typed.txt").read_text().split("\n\n")
    pile = pile_of(*(GOLDEN / "scans").iterdir())
    assert str(pile.status) == "group 1: 2 of 3; group 2: 1 of 2; envelope: complete"
    for block in typed:
        if block.startswith(("Board/3", "Arbitration/1")):
            pile.add(block)
    assert search(pile).encrypted == expected


def test_what_was_typed_gives_the_key(expected: EncryptedKey) -> None:
    pile = pile_of(GOLDEN / "typed.txt")
    assert str(pile.status) == "group 1: complete; group 2: complete; envelope: complete"
    assert search(pile).encrypted == expected


def test_the_record_knows_every_sheet_and_the_key(expected: EncryptedKey) -> None:
    escrow = folder.load(GOLDEN / "escrow")
    known = escrow.record.known
    assert known.encrypted_key_sha256 == expected.sha256
    pile = Pile(known)
    for sheet in (GOLDEN / "sheets").iterdir():
        pile.add(codes(sheet, [1], dpi=100)[0])
    assert {pile.name(share) for share in pile.shares} == {name.replace("-", "/") for name in NAMES}
    assert not pile.status.wrong
    assert escrow.certificate is not None
    key = expected.decrypt(PASSPHRASE, certificate=certificate_der(escrow.certificate))
    assert (key.provenance, key.algorithm) == (Provenance.CHECKED, "P-256")
    assert key.fingerprint is not None
    assert key.fingerprint.hex() == escrow.record.key.spki_sha256 == FINGERPRINT


def test_the_command_gives_the_key(tmp_path: Path) -> None:
    out = tmp_path / "key.pem"
    sheets = [GOLDEN / "sheets" / f"{name}.pdf" for name in QUORUM]
    done = inside(
        "recover",
        *sheets,
        *("--escrow", GOLDEN / "escrow", "--case", "a20260301.1", "--out", out),
        *("--check-passphrase", "--passphrase-file", "{fd}", "--certificate", GOLDEN / "escrow" / "certificate.pem"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    assert "it is the key of the certificate; it is the key of the record" in done.err
    assert out.read_bytes() == (GOLDEN / "key.pem").read_bytes()


def test_stock_tools_give_the_key(tmp_path: Path, program: Callable[[str], str], oracle: Callable[[str], Path]) -> None:
    """The words by a SLIP-39 tool, the rest by the commands that are printed on the sheet."""
    openssl = program("openssl")
    sheets = [GOLDEN / "sheets" / f"{name}.pdf" for name in QUORUM]
    words = "".join(f"{codes(sheet, [1])[0]}\n" for sheet in sheets)
    recovered = subprocess.run(
        [oracle("shamir-mnemonic") / "shamir", "recover"], input=words, capture_output=True, check=True, text=True
    )
    assert SECRET in recovered.stdout
    commands = printed_commands(sheets[0].read_bytes(), 2)
    (tmp_path / "codes.txt").write_text("\n".join(codes(sheets[0], [2])) + "\n")
    done = shell("\n".join(commands[name] for name in ("codes", "secret", "open")), tmp_path, f"{SECRET}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert FINGERPRINT in shell(commands["check"], tmp_path, PASSPHRASE + "\n").stdout
    assert shell(commands["pem"], tmp_path).returncode == 0
    check = [openssl, "pkey", "-in", str(tmp_path / "key.pem"), "-passin", f"pass:{PASSPHRASE}", "-pubout"]
    public = subprocess.run([*check, "-outform", "DER"], capture_output=True, check=True).stdout
    assert hashlib.sha256(public).hexdigest() == FINGERPRINT

"""The golden kit of format v1: a medium, sheets and scans of them, recovered by every way back. They never change."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rootescrow.codes import EscrowId
from rootescrow.keys import EncryptedKey
from rootescrow.paper.stock import passphrase_commands, stock_commands
from rootescrow.pile import Pile
from rootescrow.recovery import recover, search_passphrase
from tests.cli.support import codes, inside
from tests.long.test_ways import STANDALONE
from tests.long.ways import Page
from tests.paper.test_stock import run as shell
from tests.shamir.test_oracles import command
from tests.standalone.test_recover_html import PAGE
from tests.standalone.test_recover_py import SCRIPT
from tests.test_golden_v1 import pile_of

GOLDEN = Path(__file__).parent.parent / "golden" / "v1-kit"
KIT = GOLDEN / "kit"
DIGEST = "7ef7f8d2f44e30e7b6bb323c0303d3f912a384f0f9f2ec048994f91724fba059"
"""SHA-256 of what `sha256sum` would say of all files, sorted by name."""
SHEETS = [GOLDEN / "sheets" / f"{name}.pdf" for name in ("Arbitration-2", "Board-3", "Board-1", "Arbitration-1")]
KEEPERS = [GOLDEN / "sheets" / f"{name}.pdf" for name in ("Passphrase-3", "Passphrase-2")]
SLIP39 = ("shamir-mnemonic", "bip39-slip39", "npm-slip39")
Ask = Callable[[list[str]], bytes]


@pytest.fixture(scope="module")
def key() -> EncryptedKey:
    """What must come back."""
    return EncryptedKey.parse(base64.b64decode("".join((GOLDEN / "key.pem").read_text().splitlines()[1:-1])))


def words(sheets: list[Path]) -> list[str]:
    """The words on sheets, from their codes."""
    return [codes(sheet, [1], dpi=100)[0] for sheet in sheets]


def passphrase() -> str:
    """By the library, from its own sheets."""
    pile = Pile(of_passphrase=True)
    for text in words(KEEPERS):
        pile.add(text)
    return bytes(search_passphrase(pile).passphrase.reveal()).decode()


def test_no_file_was_changed() -> None:
    files = sorted(path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256((GOLDEN / name).read_bytes()).hexdigest()}  {name}\n" for name in files]
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == DIGEST


def test_scans_and_sheets_and_the_medium_give_the_key(key: EncryptedKey) -> None:
    pile = pile_of(*(GOLDEN / "scans").glob("*-page-2.png"), *SHEETS[1:2], *SHEETS[3:])
    pile.add((KIT / "escrow" / "envelope.cms").read_bytes())
    assert recover(pile) == key
    pile = pile_of(*(GOLDEN / "scans").iterdir(), *SHEETS)
    assert recover(pile) == key


@pytest.mark.parametrize("name", ["codes.txt", "lines.txt"])
def test_paper_alone_gives_the_key(name: str, key: EncryptedKey) -> None:
    pile = pile_of(GOLDEN / name)
    for text in words(SHEETS):
        pile.add(text)
    assert recover(pile) == key


def test_the_passphrase_opens_the_key(key: EncryptedKey) -> None:
    assert key.decrypt(passphrase()).algorithm == "P-256"


def test_the_medium_is_as_it_was_written(program: Callable[[str], str]) -> None:
    done = inside("kit", KIT / "escrow", KIT, "--check")
    assert done.status == 0, done.err
    sums = subprocess.run([program("sha256sum"), "-c", "SHA256SUMS"], cwd=KIT, capture_output=True, check=False)
    assert sums.returncode == 0, sums.stdout


@pytest.mark.parametrize("program", [KIT / "recover.py", SCRIPT], ids=["that on the medium", "that of today"])
def test_recover_py_gives_key_and_passphrase(program: Path, tmp_path: Path) -> None:
    files = ["envelope.cms", "certificate.pem"]
    for name in files:
        shutil.copy(KIT / "escrow" / name, tmp_path)
    typed = "\n".join([*words(KEEPERS), *words(SHEETS)]) + "\n"
    arguments = [sys.executable, "-I", "-S", str(program), *files]
    done = subprocess.run(
        arguments, input=typed, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "It opens the key" in done.stdout
    assert passphrase() in done.stdout
    assert (tmp_path / "key.pem").read_bytes() == (GOLDEN / "key.pem").read_bytes()


@pytest.mark.parametrize("page", [KIT / "recover.html", PAGE], ids=["that on the medium", "that of today"])
def test_recover_html_gives_key_and_passphrase(page: Path, key: EncryptedKey, program: Callable[[str], str]) -> None:
    driver = Page("recover.html", [program("node"), STANDALONE / "recover_html.js", page])
    given = [text.encode() + b"\n" for text in (*words(KEEPERS), *words(SHEETS))]
    envelope = (KIT / "escrow" / "envelope.cms").read_bytes()
    for way in (envelope, *((GOLDEN / f"{name}.txt").read_bytes() for name in ("codes", "lines"))):
        assert driver.solved([way, *given]) == ([key.der.hex()], [passphrase()])
    driver.close()


@pytest.fixture(params=SLIP39)
def combined(request: pytest.FixtureRequest, oracle: Callable[[str], Path], program: Callable[[str], str]) -> Ask:
    """What a SLIP-39 tool makes of words."""

    def ask(given: list[str]) -> bytes:
        question = json.dumps({"combine": given, "passphrase": ""}) + "\n"
        arguments = command(str(request.param), oracle, program)
        done = subprocess.run(arguments, input=question, capture_output=True, check=True, text=True)
        return bytes.fromhex(json.loads(done.stdout)["secret"])

    return ask


def test_stock_tools_give_key_and_passphrase(
    combined: Ask, key: EncryptedKey, tmp_path: Path, program: Callable[[str], str]
) -> None:
    program("openssl")
    envelope = (KIT / "escrow" / "envelope.cms").read_bytes()
    compact = (GOLDEN / "codes.txt").read_text().split()[1]
    steps = {step.name: step.command for step in stock_commands(EscrowId.parse(compact), envelope)}
    secret = combined(words(SHEETS)).hex()
    for way in ("codes", "lines"):
        shutil.copy(GOLDEN / f"{way}.txt", tmp_path)
        done = shell("\n".join([steps[way], steps["secret"], steps["open"]]), tmp_path, f"{secret}\n")
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / "key.p8").read_bytes() == key.der
        (tmp_path / "key.p8").unlink()
    (_, letters) = passphrase_commands()
    assert shell(letters.command, tmp_path, combined(words(KEEPERS)).hex()).stdout == f"{passphrase()}\n\n"


def test_the_instructions_on_the_medium_have_these_commands() -> None:
    """As they were written then, they are those that are tried above, but for the path of the envelope."""
    envelope = (KIT / "escrow" / "envelope.cms").read_bytes()
    compact = (GOLDEN / "codes.txt").read_text().split()[1]
    told = re.sub(r"[\s\\]+", " ", (KIT / "RECOVER.txt").read_text()).replace("escrow/envelope.cms", "envelope.cms")
    for step in stock_commands(EscrowId.parse(compact), envelope):
        if step.name in ("shares", "secret", "compare", "open"):
            assert re.sub(r"[\s\\]+", " ", step.command) in told
            assert step.shows in told

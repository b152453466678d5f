"""`recover.py`: one file that undoes format v1 by itself. What it gives is held against what the library makes.

It shares no code with the library, so each finds the other's mistakes. Most cases call its `main` in this process, as
starting Python for each would take minutes; a few run it as a stranger does.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import os
import random
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import vermin

import rootescrow
from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.envelope import Envelope, seal
from rootescrow.errors import EscrowError
from rootescrow.escrow import Escrow, generate_passphrase, reissue, split
from rootescrow.keys import EncryptedKey, PrivateKey, Scrypt
from rootescrow.passphrase import from_escrow
from rootescrow.pile import Pile
from rootescrow.policy import Group, Policy
from rootescrow.recovery import recover
from rootescrow.shamir import Share, combine
from rootescrow.shamir.words import WORDS
from tests.cli.conftest import make_root
from tests.cli.support import PASSPHRASE
from tests.cli.terminal import Terminal
from tests.docs.support import blocks
from tests.docs.test_format import of_hex, shares_of
from tests.support import ROOT, altered, collusion, encrypted_key, forged, make, noise, torn

SCRIPT = Path(rootescrow.__file__).parent / "standalone" / "recover.py"
GOLDEN = Path(__file__).parent.parent / "golden" / "v1"
GOLDEN_PASSPHRASE = "golden sheets of format v1, a TEST"  # noqa: S105 - it stands in the folder's README
MODULE = runpy.run_path(str(SCRIPT))
ESCROW = make()
BOARD, ARBITRATION = ESCROW.shares
QUORUM = (*BOARD[:3], *ARBITRATION[1:])
NETWORK = {"asyncio", "ftplib", "http", "smtplib", "socket", "socketserver", "ssl", "urllib", "webbrowser", "xmlrpc"}


@dataclass(frozen=True)
class Said:
    """How it ended, what it said, and what it wrote."""

    status: int
    text: str
    key: bytes | None


def come(folder: Path, *given: str | bytes, typed: str = "\n") -> Said:
    """Run it in this process with files of these contents, in a folder in which it is to write the key."""
    names = []
    for number, data in enumerate(given):
        path = folder / f"{number}"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        names.append(str(path))
    out, stdin, before = io.StringIO(), io.StringIO(typed), sys.stdin
    key = folder / "key.pem"
    key.unlink(missing_ok=True)
    try:
        sys.stdin = stdin
        with contextlib.redirect_stdout(out):
            status = MODULE["main"](["--out", str(key), *names])
    finally:
        sys.stdin = before
    return Said(status, out.getvalue(), key.read_bytes() if key.exists() else None)


def words(*shares: Share) -> str:
    return "\n".join(share.text for share in shares) + "\n"


def pem(encrypted: EncryptedKey) -> bytes:
    return encrypted.pem().encode()


# The file itself


def test_it_can_be_printed_and_typed() -> None:
    lines = SCRIPT.read_text("ascii").split("\n")
    assert len(lines) - 1 <= 450
    assert max(map(len, lines)) <= 100


def test_it_is_of_python_3_6_and_of_the_standard_library_alone() -> None:
    tree = ast.parse(SCRIPT.read_text("ascii"), feature_version=(3, 6))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert names <= sys.stdlib_module_names
    assert not names & NETWORK


def test_what_it_uses_of_the_standard_library_was_in_python_3_6() -> None:
    """The oldest Pythons 2 and 3 that have all that the file uses; None: not that one."""
    source = SCRIPT.read_text("ascii")
    assert vermin.detect(source) == [None, (3, 6)]
    assert vermin.detect(source + '"the check can fail".removeprefix("the")\n') == [None, (3, 9)]


@pytest.mark.parametrize("name", ["sha256", "sha512"])
@pytest.mark.parametrize("rounds", [1, 2, 2500])
def test_its_pbkdf2_is_that_of_others(name: str, rounds: int) -> None:
    wanted = hashlib.pbkdf2_hmac(name, b"a passphrase", b"some salt", rounds)
    assert MODULE["pbkdf2"](name, b"a passphrase", b"some salt", rounds) == wanted


def test_its_words_are_those_of_the_standard() -> None:
    assert tuple(MODULE["WORDS"]) == WORDS


def test_no_module_of_ours_imports_it() -> None:
    package = Path(rootescrow.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += (
                [alias.name for alias in getattr(node, "names", [])] if names or isinstance(node, ast.Import) else []
            )
            assert not any("standalone" in name.split(".") for name in names), path


# As a stranger runs it


def stranger(python: str, folder: Path, *files: str, typed: str) -> subprocess.CompletedProcess[str]:
    """The script alone in a folder with these files; nothing of this machine's Python but the standard library."""
    shutil.copy(SCRIPT, folder / "recover.py")
    words_ = [python, *([] if "pypy" in python else ["-I", "-S"]), "recover.py", *files]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        words_, input=typed, capture_output=True, text=True, cwd=folder, env=environment, check=False, timeout=120
    )


def test_golden_sheets_from_the_medium_and_typed_words(tmp_path: Path) -> None:
    for name in ("envelope.cms", "certificate.pem"):
        shutil.copy(GOLDEN / "escrow" / name, tmp_path)
    typed = (GOLDEN / "typed.txt").read_text().partition("Escrow id")[0].rstrip() + "\n"
    done = stranger(
        sys.executable, tmp_path, "envelope.cms", "certificate.pem", typed=f"{typed}wrong one\n{GOLDEN_PASSPHRASE}\n"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "It does not open the key" in done.stdout
    assert "It opens the key" in done.stdout
    assert "openssl pkey -in key.pem" in done.stdout
    assert (tmp_path / "key.pem").read_bytes() == (GOLDEN / "key.pem").read_bytes()
    assert (tmp_path / "key.pem").stat().st_mode & 0o022 == 0
    assert {path.name for path in tmp_path.iterdir()} == {"recover.py", "envelope.cms", "certificate.pem", "key.pem"}
    again = stranger(sys.executable, tmp_path, "envelope.cms", typed=typed)
    assert again.returncode == 1
    assert "is there already" in again.stdout


def test_golden_sheets_from_paper_alone(tmp_path: Path) -> None:
    """Words and lines as people typed them into one file."""
    said = come(tmp_path, (GOLDEN / "typed.txt").read_bytes())
    assert (said.status, said.key) == (0, (GOLDEN / "key.pem").read_bytes()), said.text


def test_another_python(tmp_path: Path, program: Callable[[str], str]) -> None:
    (tmp_path / "envelope.cms").write_bytes(ESCROW.envelope.der)
    done = stranger(program("pypy3"), tmp_path, "envelope.cms", typed=words(*QUORUM) + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "key.pem").read_bytes() == pem(ESCROW.encrypted)


def test_at_a_terminal(tmp_path: Path) -> None:
    """Mistakes are told at once and nothing typed is lost; the passphrase is not shown."""
    (tmp_path / "envelope.cms").write_bytes((GOLDEN / "escrow" / "envelope.cms").read_bytes())
    (tmp_path / "broken.cms").write_bytes((GOLDEN / "escrow" / "envelope.cms").read_bytes()[:-1])
    sheets = re.split(r"\n\n", (GOLDEN / "typed.txt").read_text())[1:6]
    session = Terminal([], tmp_path, program=(sys.executable, "-I", "-S", str(SCRIPT)))
    try:
        session.until("There is no quorum yet")
        first = re.sub(r"[0-9.]+|.*/2:", "", sheets[0]).split()
        for start in range(0, 33, 5):
            session.until(f"{start} words> ")
            session.type(" ".join(first[start : start + 5]) + (" nonsense" if start == 10 else ""))
            if start == 10:
                session.until("Word 16 is not in the list")
        session.until("Right: group 1")
        session.until("1 of 3")
        session.until("0 words> ")
        session.type("broken.cms")
        session.until("damaged")
        for sheet in sheets[1:]:
            for line in sheet.splitlines():
                session.until("words> ")
                session.type(line)
            session.until("Right")
        session.until("suffice; its envelope lacks")
        session.until("words> ")
        session.type("envelope.cms")
        session.until("Passphrase of the key")
        session.type(GOLDEN_PASSPHRASE)
        session.until("It opens the key")
        assert session.end() == 0
        assert GOLDEN_PASSPHRASE not in session.shown
    finally:
        session.close()
    assert (tmp_path / "key.pem").read_bytes() == (GOLDEN / "key.pem").read_bytes()


# The worked example, with what lies between


@pytest.fixture(scope="module")
def example(repo_root: Path) -> dict[str, str]:
    page = blocks(repo_root / "docs" / "format.md")
    return {block.name: block.text.removesuffix("\n") for block in page if block.kind == "example"}


def test_the_worked_example(tmp_path: Path, example: dict[str, str]) -> None:
    shares = {name: MODULE["read_share"]([WORDS.index(w) for w in share.words]) for name, share in
              shares_of(example["shares"]).items()}  # fmt: skip
    assert "\n".join(f"{name}: {share.code}" for name, share in shares.items()) == example["check-codes"]
    ((escrow, secret, used),) = MODULE["secrets"]([shares[name] for name in ("Board/3", "Arbitration/1", "Board/1",
                                                                             "Arbitration/3")])  # fmt: skip
    assert secret == of_hex(example["escrow-secret"])
    assert MODULE["base32"](escrow, 4) == example["escrow-id"]
    assert len(used) == 4
    id_, wrapped, nonce, sealed, tag = MODULE["read_envelope"](of_hex(example["envelope"]))
    assert id_ == escrow
    content_key = MODULE["unwrap"](secret, wrapped)
    assert content_key == of_hex(example["content-key"])
    assert MODULE["gcm_decrypt"](content_key, nonce, sealed, tag) == of_hex(example["encrypted-key"])
    private = MODULE["open_key"](of_hex(example["encrypted-key"]), example["passphrase"].encode())
    assert private == of_hex(example["private-key"])
    text = re.sub(r"\n +", " ", example["shares"])
    wanted = pem(EncryptedKey.parse(of_hex(example["encrypted-key"])))
    codes = example["codes"].replace("\n", "")
    lines = f"Escrow id: {example['escrow-id']}\n{example['lines']}"
    for envelope in (of_hex(example["envelope"]), codes, lines, codes.lower(), lines.lower()):
        assert come(tmp_path, envelope, text).key == wanted


# A matrix with the library


def policies(seed: int) -> Policy:
    draw = random.Random(seed)  # noqa: S311 - to try many, not to hide anything
    groups = []
    for number in range(draw.randint(1, 4)):
        threshold = draw.randint(1, 5)
        groups.append(Group(f"Group {number}", threshold, threshold + draw.randint(0, 3)))
    if len(groups) == 1 and groups[0].threshold == 1:
        groups[0] = Group("Group 0", 2, 3)
    return Policy(*groups, group_threshold=draw.randint(1, len(groups)) if seed % 2 else len(groups))


def some(escrow: Escrow, seed: int) -> list[Share]:
    """A quorum and perhaps more, in any order, one sheet replaced where it can be."""
    draw = random.Random(seed)  # noqa: S311 - to try many, not to hide anything
    found: list[Share] = []
    groups = draw.sample(range(len(escrow.policy.groups)), escrow.policy.group_threshold)
    for index in groups:
        group = escrow.policy.groups[index]
        chosen = draw.sample(escrow.shares[index], draw.randint(group.threshold, len(escrow.shares[index])))
        if group.threshold > 1 and group.count < 16:
            chosen[0] = reissue(escrow.shares[index], group.count + 1)
        found += chosen
    draw.shuffle(found)
    return found


@pytest.mark.parametrize("seed", range(24))
def test_random_escrows_give_the_same_bytes(seed: int, tmp_path: Path) -> None:
    try:
        policy = policies(seed)
    except EscrowError:  # one that would let a single sheet open it
        policy = Policy(Group("Board", 2, 3), Group("Arbitration", 1, 4))
    escrow = make(policy, size=[64, 704, 2416][seed % 3], seed=seed)
    envelope: tuple[str | bytes, ...] = (
        escrow.envelope.der,
        "\n".join(reversed(encode_envelope_codes(escrow.id, escrow.envelope.der))),
        "\n".join([str(escrow.id), *encode_text_lines(escrow.id, escrow.envelope.der)]),
    )
    shares = some(escrow, seed)
    pile = Pile()
    pile.add(envelope[seed % 3])
    for share in shares:
        pile.add(share.text)
    expected = recover(pile)
    assert expected == escrow.encrypted
    said = come(tmp_path, envelope[seed % 3], words(*shares))
    assert (said.status, said.key) == (0, pem(expected)), said.text


def test_a_lost_code_is_made_good_by_lines(tmp_path: Path) -> None:
    escrow = make(size=2416, seed=3)
    codes = encode_envelope_codes(escrow.id, escrow.envelope.der)
    lines = encode_text_lines(escrow.id, escrow.envelope.der)
    assert len(codes) == 4
    for lost in range(4):
        start, end = lost * len(lines) // 4, (lost + 1) * len(lines) // 4
        given = [*codes[:lost], *codes[lost + 1 :], *lines[max(0, start - 1) : end + 1]]
        text = "\n".join(given)
        assert come(tmp_path, text, words(*escrow.shares[0][2:], *escrow.shares[1])).key == pem(escrow.encrypted)
        without = come(tmp_path, "\n".join(given[:3]), words(*escrow.shares[0][2:], *escrow.shares[1]), typed="")
        assert (without.status, without.key) == (1, None)
        assert ("or their codes, lack" in without.text) == (lost > 0), "the first one says how long the whole is"


def other_keyboard(text: str) -> str:
    """What a hand-held scanner types where it and the computer are set to QWERTY and QWERTZ."""
    return text.translate(str.maketrans("YZyz", "ZYzy"))


@pytest.mark.parametrize("seed", [0, 10])
def test_a_scanner_that_types_on_another_keyboard(seed: int, tmp_path: Path) -> None:
    """Words are put right as they come, the codes when they are put together; the tag decides."""
    escrow = make(size=2416, seed=seed)
    assert (str(escrow.id) == other_keyboard(str(escrow.id))) == (seed == 10)
    sheets = words(*escrow.shares[0][2:], *escrow.shares[1])
    codes = encode_envelope_codes(escrow.id, escrow.envelope.der)
    lines = encode_text_lines(escrow.id, escrow.envelope.der)
    garbled = other_keyboard("\n".join(codes))
    assert garbled not in ("\n".join(codes), other_keyboard(garbled))
    assert other_keyboard(sheets) != sheets
    for text in (garbled, garbled + "\n" + "\n".join(lines[:3])):
        said = come(tmp_path, text, other_keyboard(sheets))
        assert (said.status, said.key) == (0, pem(escrow.encrypted)), said.text
        assert "is wrong" not in said.text
    short = come(tmp_path, other_keyboard("\n".join(codes[:3])), sheets, typed="")
    assert (short.status, short.key) == (1, None)


def test_no_word_is_another_on_another_keyboard() -> None:
    known = set(MODULE["NUMBERS"])
    assert not [word for word in known if other_keyboard(word) != word and other_keyboard(word) in known]


@pytest.fixture(scope="module")
def rsa(tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], str]) -> tuple[Path, Path]:
    return make_root(tmp_path_factory.mktemp("rsa"), program("openssl"), "RSA", "rsa_keygen_bits:2048")


def test_the_proof_of_an_rsa_key(tmp_path: Path, rsa: tuple[Path, Path], program: Callable[[str], str]) -> None:
    key, certificate = rsa
    loaded = EncryptedKey.load(key.read_bytes(), PASSPHRASE)
    escrow = split(loaded, ROOT)
    sheets = words(*escrow.shares[0][:3], *escrow.shares[1][:2])
    said = come(tmp_path, escrow.envelope.der, certificate.read_bytes(), sheets, typed=f"wrong\n{PASSPHRASE}\n")
    assert (said.status, said.key) == (0, pem(loaded)), said.text
    assert "It opens the key of the certificate" in said.text
    assert f"openssl x509 -in {tmp_path / '1'} -noout" in said.text  # the certificate, as it was named
    fingerprint = PrivateKey.load(key.read_bytes(), PASSPHRASE).fingerprint
    assert fingerprint is not None
    assert fingerprint.hex() in said.text
    _, other = make_root(tmp_path, program("openssl"), "EC", "ec_paramgen_curve:P-256")
    for answer, written in (("no", None), ("yes", pem(loaded))):
        said = come(tmp_path, escrow.envelope.der, other.read_bytes(), sheets, typed=f"{PASSPHRASE}\n{answer}\n")
        assert (said.status, said.key) == (int(written is None), written)
        assert "The certificate is of ANOTHER key" in said.text


@pytest.mark.parametrize("prf", ["hmacWithSHA256", "hmacWithSHA512"])
@pytest.mark.long
def test_a_key_that_was_kept_under_pbkdf2(prf: str, tmp_path: Path, program: Callable[[str], str]) -> None:
    run = [program("openssl"), "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", prf, "-iter", "600000"]
    plain = subprocess.run(
        [program("openssl"), "genpkey", "-algorithm", "ED25519"], capture_output=True, check=True
    ).stdout
    done = subprocess.run([*run, "-passout", f"pass:{PASSPHRASE}"], input=plain, capture_output=True, check=True)
    loaded = EncryptedKey.load(done.stdout, PASSPHRASE)
    assert MODULE["open_key"](loaded.der, PASSPHRASE.encode()) == bytes(loaded.decrypt(PASSPHRASE).pkcs8.reveal())
    with pytest.raises(Exception, match=r".*"):
        MODULE["open_key"](loaded.der, b"wrong")


def test_sheets_of_a_passphrase(tmp_path: Path) -> None:
    passphrase, made = generate_passphrase(Policy(Group("Keepers", 2, 3), Group("Others", 2, 2)), rng=noise(5))
    sheets = words(*made.shares[0][1:], *made.shares[1])
    said = come(tmp_path, sheets)
    assert (said.status, said.key) == (0, None)
    letters = bytes(passphrase.reveal()).decode()
    assert letters in said.text
    with combine([*made.shares[0][:2], *made.shares[1]]) as secret:
        assert bytes(from_escrow(secret).reveal()).decode() == letters
    # Together with those of its key, the passphrase is tried on it at once.
    private = PrivateKey.load(b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
""")
    escrow = split(private.encrypt(letters, cost=Scrypt(2**14, 8, 5)), ROOT, rng=noise(6))
    key_sheets = words(*escrow.shares[0][:3], *escrow.shares[1][:2])
    said = come(tmp_path, escrow.envelope.der, sheets, key_sheets, typed="")
    assert (said.status, said.key) == (0, pem(escrow.encrypted)), said.text
    assert "It opens the key" in said.text
    # Where an envelope is there, the key is waited for; nothing that is right is called damaged or of another escrow.
    said = come(tmp_path, escrow.envelope.der, typed=sheets + key_sheets)
    assert (said.status, said.key) == (0, pem(escrow.encrypted)), said.text
    assert "There is a passphrase; now the key. Type" in said.text
    assert "damaged" not in said.text
    assert "lacks" not in said.text
    # Those of the key first, and nobody knows the passphrase: the key is written, and it says what tells that.
    said = come(tmp_path, escrow.envelope.der, typed=key_sheets + "\n")
    assert (said.status, said.key) == (0, pem(escrow.encrypted)), said.text
    assert "Its own sheets, typed alone, tell it." in said.text
    assert "openssl x509 -in certificate.pem -noout" in said.text


def test_a_damaged_envelope_is_named_once(tmp_path: Path) -> None:
    bad = bytearray(ESCROW.envelope.der)
    bad[-1] ^= 1
    said = come(tmp_path, bytes(bad), words(*BOARD[:3], *ARBITRATION[:2]), typed="")
    assert (said.status, said.key) == (1, None)
    assert said.text.count("damaged or altered") == 1, said.text


# Damaged, forged, torn


def test_a_forged_sheet_among_good_ones(tmp_path: Path) -> None:
    bad = forged(BOARD[1])
    said = come(tmp_path, ESCROW.envelope.der, words(bad, *BOARD[2:], *ARBITRATION[:2]))
    assert said.key == pem(ESCROW.encrypted), said.text
    code = MODULE["read_share"]([WORDS.index(word) for word in bad.words]).code
    assert f"Forged, altered, of another escrow or not needed: sheet {code}" in said.text
    assert said.text.count("Forged") == 1
    too_few = come(tmp_path, ESCROW.envelope.der, words(bad, *BOARD[3:], *ARBITRATION[:2]), typed="")
    assert (too_few.status, too_few.key) == (1, None)


def test_colluders_are_refused_by_the_envelope(tmp_path: Path) -> None:
    forgers = collusion(ESCROW, same_set=True)
    said = come(tmp_path, ESCROW.envelope.der, words(*forgers.shares[0][:3], *BOARD[2:], *ARBITRATION[:2]))
    assert said.key == pem(ESCROW.encrypted)
    both = come(
        tmp_path,
        *(ESCROW.envelope.der, forgers.envelope.der),
        words(*BOARD[:3], *ARBITRATION[:2], *forgers.shares[0][2:], *forgers.shares[1][1:]),
        typed="",
    )
    assert (both.status, both.key) == (1, None)
    assert "Several come out" in both.text


@pytest.mark.parametrize("holes", [(0,), (32,), (4, 17), (1, 2, 3), (3, 20, 31)])
def test_words_that_nobody_can_read(holes: tuple[int, ...], tmp_path: Path) -> None:
    unread = " ".join("?" if place in holes else word for place, word in enumerate(BOARD[0].words))
    said = come(tmp_path, ESCROW.envelope.der, unread + "\n" + words(*BOARD[3:], *ARBITRATION[:2]))
    assert said.key == pem(ESCROW.encrypted), said.text
    # One that is mistyped besides is noticed by the checksum, or at the latest by digest and tag.
    typed = unread.split()
    typed[10] = "acid" if typed[10] != "acid" else "acne"
    said = come(tmp_path, ESCROW.envelope.der, " ".join(typed) + "\n" + words(*BOARD[3:], *ARBITRATION[:2]), typed="")
    assert (said.status, said.key) == (1, None)


def test_a_wrong_word_is_pointed_at(tmp_path: Path) -> None:
    typed = list(BOARD[0].words)
    typed[6] = "zero"
    said = come(tmp_path, " ".join(typed), typed="")
    assert "word 7 first" in said.text


def test_enough_sheets_that_do_not_fit_are_told_by_their_group(tmp_path: Path) -> None:
    said = come(tmp_path, ESCROW.envelope.der, words(forged(BOARD[1]), *BOARD[3:], *ARBITRATION[:2]), typed="")
    assert (said.status, said.key) == (1, None)
    assert "Group 1 of 2: 3 of 3 sheets that do not fit: add another\n" in said.text
    assert "Group 2 of 2: 2 of 2 sheets\n" in said.text
    good = come(tmp_path, words(*QUORUM), typed="")
    assert "do not fit" not in good.text


def test_what_is_solved_is_not_called_right(tmp_path: Path) -> None:
    """With three holes any words have a checksum that is right, wrong ones too."""
    misread = torn(BOARD[0], 6, 7, 8, w20=1)
    said = come(tmp_path, ESCROW.envelope.der, misread + "\n" + words(*BOARD[1:3], *ARBITRATION[:2]), typed="")
    assert (said.status, said.key) == (1, None)
    assert said.text.count("Not proven yet: group 1 - now compare the code") == 1
    assert said.text.count("Right: group 1") == 2


def test_lines_that_were_checked_go_before_codes(tmp_path: Path) -> None:
    """A code that a scanner misread, and the lines that say what it says: never a matter of chance."""
    escrow = make(size=2416, seed=3)
    codes = list(encode_envelope_codes(escrow.id, escrow.envelope.der))
    lines = encode_text_lines(escrow.id, escrow.envelope.der)
    for number in range(len(codes)):
        misread = codes[number][:-9] + ("A" if codes[number][-9] != "A" else "B") + codes[number][-8:]
        text = "\n".join([*codes, misread, *lines])
        said = come(tmp_path, text, words(*escrow.shares[0][2:], *escrow.shares[1]))
        assert (said.status, said.key) == (0, pem(escrow.encrypted)), said.text


def field_flips(envelope: Envelope) -> Iterable[tuple[str, bytes]]:
    """One bit of every part of an envelope, the structure too; and other lengths."""
    der = envelope.der
    places = {
        "id": der.index(envelope.id.value) + 2,
        "wrapped": der.index(envelope.wrapped) + 20,
        "nonce": der.index(envelope.nonce) + 3,
        "ciphertext": der.index(envelope.ciphertext),
        "end of ciphertext": der.index(envelope.ciphertext) + len(envelope.ciphertext) - 1,
        "tag": len(der) - 16,
        **{f"byte {place}": place for place in range(0, 60, 3)},
    }
    for name, place in places.items():
        yield name, der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :]
    yield "trailing byte", der + b"\0"
    yield "two of them", der + der
    yield "cut off", der[:-1]
    yield "half", der[: len(der) // 2]
    yield "empty", b""
    yield "another's", make(seed=9).envelope.der
    again = der[:4] + der[4:].replace(b"\x02\x01\x10", b"\x02\x01\x0c")
    yield "a tag of 12 bytes", again


def broken() -> list[tuple[str, str | bytes, str]]:
    """A name, the envelope, and the sheets: in each one thing is wrong."""
    good = words(*QUORUM)
    cases: list[tuple[str, str | bytes, str]] = [(f"envelope: {n}", e, good) for n, e in field_flips(ESCROW.envelope)]
    der = ESCROW.envelope.der
    swapped = [*BOARD[0].words]
    swapped[4], swapped[5] = swapped[5], swapped[4]
    rest = (*BOARD[1:3], *ARBITRATION[:2])
    for name, text in (
        ("two words swapped", " ".join(swapped)),
        ("a word too few", " ".join(BOARD[0].words[:-1])),
        ("a word of no list", " ".join(["rootescrow", *BOARD[0].words[1:]])),
        ("four unreadable", " ".join(["? ? ? ?", *BOARD[0].words[4:]])),
        ("another's sheet", make(seed=9).shares[0][0].text),
        ("the same twice", BOARD[1].text),
        ("a forged one", forged(BOARD[0]).text),
        ("another threshold", altered(BOARD[0], member_threshold=2).text),
        ("another group", altered(BOARD[0], group_index=1, member_index=7, member_threshold=2).text),
        ("another member", altered(BOARD[0], member_index=9).text),
        ("another exponent", altered(BOARD[0], iteration_exponent=1).text),
        ("not extendable", altered(BOARD[0], extendable=False).text),
        ("nothing", ""),
    ):
        cases.append((f"sheet: {name}", der, f"{text}\n\n{words(*rest)}"))
    codes = list(encode_envelope_codes(ESCROW.id, der))
    lines = list(encode_text_lines(ESCROW.id, der))
    other = list(encode_text_lines(make(seed=9).id, make(seed=9).envelope.der))
    head = f"{ESCROW.id}\n"
    for name, text in (
        ("altered code", codes[0][:-30] + ("A" if codes[0][-30] != "A" else "B") + codes[0][-29:]),
        ("code cut off", codes[0][:-1]),
        ("code too long", codes[0] + "A"),
        ("code of a number that is none", codes[0].replace("1OF", "0OF")),
        ("code of another version", codes[0].replace("ROOTESCROW1", "ROOTESCROW2")),
        ("code of another", encode_envelope_codes(make(seed=9).id, make(seed=9).envelope.der)[0]),
        ("line altered", head + "\n".join([lines[0].replace(lines[0][5], "7", 1), *lines[1:]])),
        ("line missing", head + "\n".join(lines[:3] + lines[4:])),
        ("last line missing", head + "\n".join(lines[:-1])),
        ("lines numbered wrongly", head + "\n".join([f"002{lines[0][3:]}", f"001{lines[1][3:]}", *lines[2:]])),
        ("foreign line", head + "\n".join([*lines[:2], other[2], *lines[3:]])),
        ("lines of another", "\n".join([str(make(seed=9).id), *other])),
    ):
        cases.append((f"text: {name}", text, good))
    return cases


@pytest.mark.parametrize(("name", "envelope", "sheets"), broken(), ids=[case[0] for case in broken()])
def test_what_is_broken_is_refused_by_both(name: str, envelope: str | bytes, sheets: str, tmp_path: Path) -> None:
    pile = Pile()
    pile.add(envelope)
    for block in sheets.split("\n"):
        pile.add(block)
    del name
    with pytest.raises(EscrowError):
        recover(pile)
    said = come(tmp_path, envelope, sheets, typed="")
    assert (said.status, said.key) == (1, None), said.text
    assert "nothing was written" in said.text


def test_what_is_sealed_is_a_key(tmp_path: Path) -> None:
    """An envelope in which something else lies, all checks right."""
    escrow = split(encrypted_key(), ROOT, rng=noise(1))
    for content in (b"no key", b"\x30\x00", bytes(300)):
        sealed = seal(content, combine([*escrow.shares[0][:3], *escrow.shares[1][:2]]), rng=noise(2))
        said = come(tmp_path, sealed.der, words(*escrow.shares[0][:3], *escrow.shares[1][:2]), typed="")
        assert (said.status, said.key) == (1, None)


def test_files_that_are_none(tmp_path: Path) -> None:
    for data in (b"\x89PNG\r\n\x1a\n\0\0", os.urandom(5000), b"-----BEGIN CERTIFICATE-----\n!\n-----END", b"\x30\x82"):
        said = come(tmp_path, data, words(*QUORUM), typed="")
        assert (said.status, said.key) == (1, None)
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        assert MODULE["main"]([str(tmp_path / "nothing.txt"), "--out", str(tmp_path / "key.pem")]) == 1
        assert MODULE["main"]([str(tmp_path), "--out", str(tmp_path / "key.pem")]) == 1
    assert shown.getvalue().count("NOT DONE") == 2


def test_a_file_that_is_refused_is_named(tmp_path: Path) -> None:
    for data, why in (
        (b"%PDF-1.4\n" + bytes(300) + b"\nbeam\n" * 900, "no plain text"),
        (words(*QUORUM).encode("utf-16"), "no plain text"),
        (ESCROW.envelope.der[:-1], "damaged, or a file of another kind"),
    ):
        said = come(tmp_path, ESCROW.envelope.der, data, words(*QUORUM), typed="")
        assert (said.status, said.key) == (1, None)
        assert said.text.splitlines()[1] == f"File {tmp_path / '1'}"
        assert why in said.text.splitlines()[2]
        assert len(said.text.splitlines()) == 3


def test_files_as_other_programs_write_them(tmp_path: Path, rsa: tuple[Path, Path]) -> None:
    """A byte order mark, CRLF, and a certificate below what openssl says of it."""
    codes = "\r\n".join(encode_envelope_codes(ESCROW.id, ESCROW.envelope.der))
    certificate = b"Certificate:\r\n    Data:\r\n" + rsa[1].read_bytes().replace(b"\n", b"\r\n")
    sheets = words(*QUORUM).replace("\n", "\r\n")
    said = come(tmp_path, "\ufeff" + codes, certificate, "\ufeff" + sheets)
    assert (said.status, said.key) == (0, pem(ESCROW.encrypted)), said.text
    assert "not in the list" not in said.text
    assert f"openssl x509 -in {tmp_path / '1'} -noout" in said.text


def test_a_hostile_line_takes_no_time(tmp_path: Path) -> None:
    """Minutes, where an expression tries every way to share spaces out."""
    for line in ("001" + " " * 200_000 + "!", "CHECK" + ": " * 100_000, "A" * 200_000 + "/", "#" * 200_000):
        said = come(tmp_path, ESCROW.envelope.der, line, words(*QUORUM))
        assert said.key == pem(ESCROW.encrypted)


def test_letters_of_another_encoding_lose_nothing_that_was_typed(tmp_path: Path) -> None:
    """At the prompt of words and at that of the passphrase, in a terminal that is set to another one."""
    (tmp_path / "envelope.cms").write_bytes(ESCROW.envelope.der)
    # getpass opens the terminal anew, with the encoding of the locale; -X utf8 makes that strict UTF-8.
    program = ("env", "PYTHONIOENCODING=utf-8:strict", sys.executable, "-X", "utf8", str(SCRIPT))
    session = Terminal(["envelope.cms"], tmp_path, program=program)
    try:
        words_typed = [share.text.encode() + b"\r" for share in QUORUM]
        for line in (*words_typed[:2], b"ac\xfcd\xff\r", *words_typed[2:]):
            session.until("words> ")
            session.press(line)
        session.until("Passphrase of the key")
        session.press(b"p\xe4ss\r")
        session.until("does not open the key.*\\s*Passphrase of the key")
        session.type("")
        assert session.end() == 0
    finally:
        session.close()
    assert (tmp_path / "key.pem").read_bytes() == pem(ESCROW.encrypted)


def test_a_full_disk_leaves_no_part_of_a_key(tmp_path: Path) -> None:
    real: Any = open

    def full(path: str, mode: str = "r", *rest: Any) -> Any:
        if mode == "x":
            real(path, mode).close()
            return real("/dev/full", "w")
        return real(path, mode, *rest)

    names = MODULE["main"].__globals__
    names["open"] = full
    try:
        said = come(tmp_path, ESCROW.envelope.der, words(*QUORUM))
    finally:
        del names["open"]
    assert (said.status, said.key) == (1, None)

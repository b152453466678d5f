"""The printed commands, taken from the page and run: with stock tools alone, from paper to the key."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from rootescrow.codes import EscrowId, encode_envelope_codes, encode_text_lines
from rootescrow.envelope import seal
from rootescrow.paper.envelope_pages import COMMAND_X
from rootescrow.paper.layout import BLOCK
from rootescrow.paper.sheets import Paper, draw_envelope, draw_sheet, stock_commands
from rootescrow.paper.stock import MAX_LINE, OPENSSL, SLIP39_TOOLS, tool, tools
from rootescrow.policy import Group, Policy
from rootescrow.secret import Secret
from rootescrow.shamir import split
from tests.paper.support import ED25519, ID, MM, RSA_4096, codes, envelope_document, noise, sheet, texts

STEPS = ("shares", "secret", "codes", "lines", "compare", "open", "check", "pem")


def run(script: str, folder: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """What a shell does with it. Without a terminal, openssl reads the passphrase from what is typed."""
    return subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=folder,
        input=typed,
        capture_output=True,
        check=False,
        text=True,
        start_new_session=True,
    )


def printed_commands(pdf: bytes, page: int) -> dict[str, str]:
    """The commands of a page of codes by step, as its right column has them."""
    document = pypdfium2.PdfDocument(pdf)
    width, height = document[page].get_size()
    left = (width * MM - BLOCK) / 2 + COMMAND_X - 0.5
    text = document[page].get_textpage().get_text_bounded(left=left / MM, top=height - 175 / MM, bottom=15 / MM)
    document.close()
    commands: list[str] = []
    more = False
    for line in text.replace("\r\n", "\n").split("\n"):
        if not more and len(line) == 64 and line.isalnum():
            continue
        commands.append(commands.pop() + "\n" + line if more else line)
        more = line.endswith("\\")
    return dict(zip(STEPS, commands, strict=True))


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("length", [ED25519 + n for n in range(5)])
def test_the_page_has_the_commands_letter_by_letter(length: int, paper: Paper) -> None:
    document = envelope_document(length)
    steps = stock_commands(ID, document.envelope, document.fingerprint)
    pdf = draw_envelope(document, paper)
    assert printed_commands(pdf, 0) == {step.name: step.command for step in steps}
    page = texts(pdf)[0].split("\n")
    assert all(step.shows in page for step in steps if step.shows)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, *range(RSA_4096, RSA_4096 + 5)])
def test_no_line_is_longer_than_the_paper(length: int) -> None:
    for fingerprint in (None, bytes(32)):
        steps = stock_commands(ID, noise(length, "e"), fingerprint)
        assert tuple(step.name for step in steps) == STEPS
        for step in steps:
            assert all(len(line) <= MAX_LINE for line in step.lines)
            assert all(line.endswith(" \\") for line in step.lines[:-1])
            assert len(step.shows) <= MAX_LINE
            assert step.command.isascii()


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 24, 25, 26, *range(RSA_4096, RSA_4096 + 5)])
def test_codes_and_lines_give_the_envelope(length: int, tmp_path: Path) -> None:
    """In any order, twice, with another escrow's among them, with the ends of lines and the case that typing gives."""
    envelope = noise(length, "e")
    steps = {step.name: step for step in stock_commands(ID, envelope)}
    stranger = encode_envelope_codes(EscrowId(noise(5, "other")), noise(length, "other"))
    scanned = [*reversed(encode_envelope_codes(ID, envelope)), *stranger, *encode_envelope_codes(ID, envelope), ""]
    (tmp_path / "codes.txt").write_text("\r\n".join(scanned) + "\n", newline="")
    lines = encode_text_lines(ID, envelope)
    typed = [line[:3] + line[3:].lower().replace("o", "0").replace("i", "1") for line in lines[::2]]
    typed += [line[:3] + line[3:].replace("B", "8") for line in lines[1::2]]
    (tmp_path / "lines.txt").write_text("\n\n".join(reversed(typed)) + "\r\n", newline="")
    for name in ("codes", "lines"):
        done = run(steps[name].command, tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert (tmp_path / "envelope.cms").read_bytes() == envelope
        shown = run(steps["compare"].command, tmp_path).stdout
        assert shown.split()[0] == steps["compare"].shows == hashlib.sha256(envelope).hexdigest()
        (tmp_path / "envelope.cms").unlink()


def test_more_than_nine_codes_are_put_in_order(tmp_path: Path) -> None:
    envelope = noise(12 * 1024, "e")
    parts = encode_envelope_codes(ID, envelope)
    assert len(parts) > 9
    (tmp_path / "codes.txt").write_text("\n".join(sorted(parts)) + "\n")
    (command,) = (step.command for step in stock_commands(ID, envelope) if step.name == "codes")
    assert run(command, tmp_path).returncode == 0
    assert (tmp_path / "envelope.cms").read_bytes() == envelope


@pytest.mark.parametrize("algorithm", ["ed25519", "rsa"])
def test_from_paper_to_the_key(
    algorithm: str, tmp_path: Path, program: Callable[[str], str], oracle: Callable[[str], Path]
) -> None:
    openssl = program("openssl")
    shamir = oracle("shamir-mnemonic") / "shamir"
    options = (
        ["-algorithm", "ed25519"]
        if algorithm == "ed25519"
        else ["-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"]
    )
    typed = "correct horse battery"

    def made(*arguments: str, given: bytes = b"") -> bytes:
        return subprocess.run([openssl, *arguments], input=given, capture_output=True, check=True).stdout

    plain = made("genpkey", *options, "-outform", "DER")
    scrypt = ["-scrypt", "-scrypt_N", "1024", "-scrypt_r", "8", "-scrypt_p", "1", "-v2", "aes-256-cbc"]
    encrypt = ["pkcs8", "-topk8", "-inform", "DER", "-outform", "DER", *scrypt, "-passout", f"pass:{typed}"]
    encrypted = made(*encrypt, given=plain)
    fingerprint = hashlib.sha256(made("pkey", "-inform", "DER", "-pubout", "-outform", "DER", given=plain)).digest()
    policy = Policy(Group("Board", 2, 3), Group("Arbitration", 1, 1))
    with Secret(noise(32, algorithm)) as secret:
        escrow_id = EscrowId.of(secret)
        envelope = seal(encrypted, secret).der
        groups = [(group.threshold, group.members) for group in policy.groups]
        shares = split(secret, groups, group_threshold=2, identifier=escrow_id.slip39_identifier)
    taken = ((0, 1), (0, 3), (1, 1))
    sheets = [
        draw_sheet(
            sheet(
                policy,
                group,
                number,
                escrow_id=escrow_id,
                share=shares[group][number - 1],
                envelope=envelope,
                fingerprint=fingerprint,
            ),
            Paper.A4,
        )
        for group, number in taken
    ]

    # From here on nothing of ours: rendered pages, the commands as printed, stock tools.
    commands = printed_commands(sheets[0], 2)
    scanned = codes(sheets[0])
    words = [codes(each)[1][0] for each in sheets]
    recovered = subprocess.run(
        [shamir, "recover"], input="\n".join(words) + "\n", capture_output=True, check=True, text=True
    )
    assert commands["shares"] == "shamir recover"
    digits = recovered.stdout.split("Your master secret is:")[1].strip()
    assert len(digits) == 64
    (tmp_path / "codes.txt").write_text("\n".join(scanned[2]) + "\n")
    opening = f"{commands['codes']}\n{commands['secret']}\n{commands['open']}\n"
    done = run(opening, tmp_path, digits + "\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "key.p8").read_bytes() == encrypted
    assert fingerprint.hex() in run(commands["check"], tmp_path, typed + "\n").stdout
    assert fingerprint.hex() not in run(commands["check"], tmp_path, "another\n").stdout
    assert run(commands["pem"], tmp_path).returncode == 0
    check = ["pkey", "-in", str(tmp_path / "key.pem"), "-passin", f"pass:{typed}", "-outform", "DER"]
    public = made(*check, "-pubout")
    assert hashlib.sha256(public).digest() == fingerprint
    unknown = {step.name: step.command for step in stock_commands(escrow_id, envelope)}["check"]
    assert run(unknown, tmp_path, typed + "\n").returncode == 0
    assert run(unknown, tmp_path, "another\n").returncode != 0

    # A wrong digit leaves no key behind, though openssl may have written one.
    wrong = ("0" if digits[0] != "0" else "1") + digits[1:]
    done = run(opening, tmp_path, wrong + "\n")
    assert done.stderr
    assert not (tmp_path / "key.p8").exists()
    # Nor does an envelope altered in its ciphertext.
    run(commands["codes"], tmp_path)
    altered = bytearray((tmp_path / "envelope.cms").read_bytes())
    altered[-30] ^= 1
    (tmp_path / "envelope.cms").write_bytes(altered)
    done = run(f"{commands['secret']}\n{commands['open']}\n", tmp_path, digits + "\n")
    assert done.stderr
    assert not (tmp_path / "key.p8").exists()


def test_the_versions_on_paper_are_those_that_are_tried(repo_root: Path) -> None:
    """The pins of the oracles, and the versions of openssl of which docs/format.md says what they accept."""
    oracles = repo_root / "tests" / "oracles"
    pinned = set()
    for requirement in sorted(set(oracles.glob("*.in")) - {oracles / "axe-core.in"}):
        name, version = requirement.read_text().strip().split("==")
        pinned.add(("PyPI", name.partition("[")[0], version))
    for package in oracles.glob("npm-slip39/package.json"):
        pinned |= {("npm", *item) for item in json.loads(package.read_text())["dependencies"].items()}
    assert set(SLIP39_TOOLS) == pinned
    for _, name, version in SLIP39_TOOLS:
        assert f"{name} {version}" in tools()
    *others, last = OPENSSL
    assert f"{', '.join(others)} and {last} were tried" in (repo_root / "docs" / "format.md").read_text()


def test_the_tools_are_named_with_their_versions_where_they_are_needed() -> None:
    for size in (ED25519, RSA_4096):
        first, *others = (" ".join(page.split()) for page in texts(draw_envelope(envelope_document(size), Paper.A4)))
        assert f"called {tool()}, with its extra" in first
        assert any(f"Tried with {tools()}." in page for page in others)

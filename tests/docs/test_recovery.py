"""docs/recovery.md: its commands are those that the sheets print, and they work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rootescrow.codes import EscrowId
from rootescrow.keys import PrivateKey
from rootescrow.paper.stock import stock_commands

from .support import Block, blocks, environment
from .terminal import play
from .test_format import of_hex, shares_of

Program = Callable[[str], str]
BY_HAND = "## By hand, with stock tools"


@pytest.fixture(scope="module")
def by_hand(repo_root: Path) -> list[Block]:
    return blocks(repo_root / "docs" / "recovery.md", after=BY_HAND)


@pytest.fixture(scope="module")
def example(repo_root: Path) -> dict[str, str]:
    page = blocks(repo_root / "docs" / "format.md")
    return {block.name: block.text.removesuffix("\n") for block in page if block.kind == "example"}


def test_the_commands_are_those_of_the_sheets(by_hand: list[Block], example: dict[str, str]) -> None:
    fingerprint = PrivateKey.load(of_hex(example["private-key"])).fingerprint
    steps = stock_commands(EscrowId.parse(example["escrow-id"]), of_hex(example["envelope"]), fingerprint)
    commands = [block.text.rstrip("\n") for block in by_hand if block.kind == "sh"]
    assert commands[0] == "openssl version"
    assert commands[1:] == [step.command for step in steps]
    assert [block.text.strip() for block in by_hand if block.kind == "expect"] == [
        step.shows for step in steps if step.shows
    ]


@pytest.mark.parametrize("way", ["codes", "lines"])
def test_by_hand_from_the_words_to_the_key(
    by_hand: list[Block],
    example: dict[str, str],
    way: str,
    tmp_path: Path,
    program: Program,
    oracle: Callable[[str], Path],
) -> None:
    tools = [Path(program(name)).parent for name in ("openssl", "awk", "base32", "sha256sum")]
    shares = shares_of(example["shares"])
    words = (shares[name].text for name in ("Arbitration/3", "Board/1", "Arbitration/1", "Board/3"))
    (tmp_path / f"{way}.txt").write_text(example[way].replace("\n", "" if way == "codes" else "\n") + "\n")
    other = {"codes": "lines.txt", "lines": "codes.txt"}[way]
    commands = [block.text for block in by_hand if block.kind == "sh" and other not in block.text]
    path = ":".join(map(str, [oracle("shamir-mnemonic"), *tools, "/usr/bin", "/bin"]))
    session = play(
        commands,
        tmp_path,
        path,
        {
            r"Enter a recovery share:": lambda _: next(words),
            r"@@\d+@@ read": of_hex(example["escrow-secret"]).hex(),
            r"pass phrase for key\.p8:": example["passphrase"],
        },
        environment(tmp_path),
    )
    assert session.status == 0, session.shown
    version, recovered, _, made, compared, opened, checked, _ = session.shown
    assert version.startswith("OpenSSL 3")
    assert recovered.rstrip().endswith(of_hex(example["escrow-secret"]).hex())
    assert "Your master secret is:" in recovered
    assert next(words, None) is None
    assert made == opened == ""
    first, second = (block.text.strip() for block in by_hand if block.kind == "expect")
    assert first in compared
    assert second in checked
    assert (tmp_path / "key.p8").read_bytes() == of_hex(example["encrypted-key"])
    pem = (tmp_path / "key.pem").read_bytes()
    opened_again = PrivateKey.load(pem, example["passphrase"])
    assert bytes(opened_again.pkcs8.reveal()) == of_hex(example["private-key"])


def test_a_wrong_digit_leaves_no_key(
    by_hand: list[Block], example: dict[str, str], tmp_path: Path, program: Program
) -> None:
    (tmp_path / "envelope.cms").write_bytes(of_hex(example["envelope"]))
    commands = [block.text for block in by_hand if block.kind == "sh" and ("HEX" in block.text)]
    assert len(commands) == 2
    digits = of_hex(example["escrow-secret"]).hex()
    for wrong in (digits[:-1] + "4", digits[:-1], "zz"):
        session = play(
            commands,
            tmp_path,
            str(Path(program("openssl")).parent) + ":/usr/bin:/bin",
            {r"@@\d+@@ read": wrong},
            environment(tmp_path),
        )
        assert "rror" in session.shown[1]
        assert not (tmp_path / "key.p8").exists()


def test_the_check_code_of_the_record_by_hand(
    repo_root: Path, example: dict[str, str], tmp_path: Path, program: Program
) -> None:
    (command,) = (
        block.text
        for block in blocks(repo_root / "docs" / "recovery.md", before=BY_HAND)
        if "record.json" in block.text
    )
    (tmp_path / "escrow").mkdir()
    (tmp_path / "escrow" / "record.json").write_text(example["record"] + "\n", "utf-8")
    path = str(Path(program("openssl")).parent) + ":/usr/bin:/bin"
    session = play([command], tmp_path, path, {}, environment(tmp_path))
    assert session.shown[0].strip() == example["record-check"].replace("-", "")
    assert session.status == 0

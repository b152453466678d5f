"""`rootescrow repair`, in a script and at a real terminal: the words are shown to whoever asks, and never written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rootescrow.shamir import Share
from tests.cli.support import Ceremony, Done, inside
from tests.cli.terminal import Terminal, pasted
from tests.cli.test_recover import scan
from tests.support import torn


@pytest.fixture
def share(ceremony: Ceremony) -> Share:
    return Share.parse(ceremony.words("Board-2")[0].read_text())


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def repair(ceremony: Ceremony, text: str, *arguments: str) -> Done:
    return inside("repair", ceremony.escrow, "-", *arguments, stdin=text.encode())


def untold(done: Done, *words: str) -> bool:
    said = f"{done.out} {done.err}".lower().replace(",", " ").replace(".", " ").replace(":", " ").split()
    return not set(words) & set(said)


def test_a_torn_sheet_is_named_with_its_check_code_and_no_word(ceremony: Ceremony, share: Share) -> None:
    before = {file: file.read_bytes() for file in ceremony.escrow.iterdir()}
    done = repair(ceremony, torn(share, 3, 17, 30, w9=1))
    assert done.status == 0, done.err
    assert "Board/2: confirmed by the hash that the register has of it" in done.out
    assert "could not be read, and found: words 3, 17 and 30" in done.out
    assert "misread, and found: word 9" in done.out
    assert "check code " in done.out
    assert "rootescrow replace" in done.err
    assert untold(done, *(share.words[number - 1] for number in (3, 9, 17, 30)))
    assert {file: file.read_bytes() for file in ceremony.escrow.iterdir()} == before


def test_a_whole_sheet_lacks_nothing(ceremony: Ceremony, share: Share) -> None:
    assert "nothing was missing" in repair(ceremony, share.text).out


def test_what_nothing_confirms_is_refused(ceremony: Ceremony, share: Share) -> None:
    done = repair(ceremony, torn(share, 3, 17, 30, 31, w9=1))
    assert done.status == 5
    assert done.out == ""
    assert "4 unreadable were sought" in done.err


def test_a_scan_of_one_sheet_and_of_two(ceremony: Ceremony, tmp_path: Path) -> None:
    done = inside("repair", ceremony.escrow, scan(ceremony.sheets("Board-2"), tmp_path / "one.pdf"))
    assert (done.status, "nothing was missing" in done.out) == (0, True), done.err
    done = inside("repair", ceremony.escrow, scan(ceremony.sheets("Board-2", "Board-3"), tmp_path / "two.pdf"))
    assert done.status == 2
    assert "there are 2 sheets in it" in done.err


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["-", "--show"], 2), ([], 2), (["there-is-no-such-file"], 7), (["-"], 3)],
    ids=["no terminal to show on", "no terminal to type at", "no file", "nothing in it"],
)
def test_what_cannot_be_done(ceremony: Ceremony, arguments: list[str], status: int) -> None:
    done = inside("repair", ceremony.escrow, *arguments)
    assert done.status == status, done.err
    assert done.out == ""


def test_typed_and_shown_at_a_terminal(
    ceremony: Ceremony, share: Share, tmp_path: Path, terminals: list[Terminal]
) -> None:
    terminals.append(Terminal(["repair", ceremony.escrow, "--show"], tmp_path))
    (terminal,) = terminals
    terminal.until(r"word 1 of 33>")
    terminal.type(pasted(" ".join([*torn(share, 4, 5).split(), "academic"])))
    terminal.until("more than the 33 words of one sheet; next is word 1 of 33")
    terminal.until(r"word 1 of 33>")
    terminal.type(torn(share, 4, 5))
    terminal.until(r"Board/2: confirmed")
    shown = terminal.until(r"They are secret\. Enter erases them from the screen: ")
    assert all(f"{number}  {share.words[number - 1]}" in shown for number in (4, 5))
    terminal.type("")
    assert terminal.end() == 0, terminal.shown
    left = "\n".join(terminal.screen.left)
    assert not any(f"{number}  {share.words[number - 1]}" in left for number in (4, 5))
    assert list(tmp_path.iterdir()) == []


def test_stopped_before_the_end(ceremony: Ceremony, tmp_path: Path, terminals: list[Terminal]) -> None:
    terminals.append(Terminal(["repair", ceremony.escrow], tmp_path))
    terminals[0].until(r"word 1 of 33>")
    terminals[0].type("done")
    assert terminals[0].end() == 2, terminals[0].shown


def test_a_recovery_from_torn_sheets_says_what_confirmed_them(ceremony: Ceremony, tmp_path: Path) -> None:
    """Without the folder, from its envelope and typed text alone: the tag confirms, and the key is the same."""
    names = ("Board-1", "Board-2", "Board-4", "Arbitration-1", "Arbitration-2")
    shares = [Share.parse(file.read_text()) for file in ceremony.words(*names)]
    typed = tmp_path / "typed.txt"
    typed.write_text("\n\n".join([torn(shares[0], 7, 8, 9), *(share.text for share in shares[1:])]))
    envelope, out = ceremony.escrow / "envelope.cms", tmp_path / "root.pem"
    done = inside("recover", typed, envelope, "--case", "a1", "--out", out)
    assert done.status == 0, done.err
    assert "proposed: three words unreadable (words 7, 8 and 9)" in done.err
    assert "confirmed by the digest of its group and the envelope's tag" in done.err
    assert out.read_bytes() == ceremony.key.read_bytes()
    done = inside("recover", typed, "--escrow", ceremony.escrow, "--case", "a1", "--out", tmp_path / "again.pem")
    assert done.status == 0, done.err
    assert "Board/1 is torn. The words that were found are right: confirmed by the record's hash" in done.err

"""The prompt at which sheets are typed, at a real terminal: what is seen there, and that no word is left."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS
from tests.cli.conftest import Root
from tests.cli.support import PASSPHRASE, QUORUM, Ceremony
from tests.cli.terminal import PROGRAM, Terminal, pasted


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def test_a_recovery_is_typed_at_a_terminal(ceremony: Ceremony, tmp_path: Path, terminals: list[Terminal]) -> None:
    out = tmp_path / "root.pem"
    command: list[str | Path] = ["recover", "--escrow", ceremony.escrow, "--out", out, "--check-passphrase"]
    terminals.append(Terminal(command, tmp_path))
    (terminal,) = terminals
    assert "Record's check code" in terminal.until("Board: 0 of 3; Arbitration: 0 of 2; envelope: complete")
    for name in QUORUM:
        typed = ceremony.words(name)[0].read_text().split()
        terminal.until(r"word 1 of 33>")
        terminal.type(" ".join(typed[:10]).upper())
        terminal.until(r"word 11 of 33>")
        terminal.type("qqqq")
        terminal.until(r"word 11 of 33 is not in the word list")
        terminal.until(r"word 11 of 33>")
        terminal.type("back")
        terminal.until(r"Next is (\S+ )?word 10 of 33")
        terminal.until(r"word 10 of 33>")
        terminal.type(" ".join(word[:4] for word in typed[9:]))
        terminal.until(re.escape(name.replace("-", "/")) + ": taken")
        terminal.until(re.escape(name.replace("-", "/")) + " came by b, p, t, o>")
        terminal.type("b Ada Example")
    terminal.until("The arbitrator's case: ")
    terminal.type("a20261123.1")
    terminal.until("The passphrase of the key: ")
    terminal.type("wrong")
    terminal.until("does not open")
    terminal.until("The passphrase of the key: ")
    terminal.type(PASSPHRASE)
    assert terminal.end() == 0, terminal.shown
    assert PASSPHRASE not in terminal.shown
    assert "under case a20261123.1" in terminal.shown
    assert "it is the key of the record" in terminal.shown
    assert out.read_bytes() == ceremony.key.read_bytes()


def test_a_forged_sheet_does_not_cost_what_was_typed(
    ceremony: Ceremony, tmp_path: Path, terminals: list[Terminal]
) -> None:
    """Without a record the set is complete and does not fit; another sheet is added, and it does."""

    forged = replace(Share.parse(ceremony.words("Board-2")[0].read_text()), value=bytes(32)).text
    envelope = ceremony.escrow / "envelope.cms"
    command: list[str | Path] = ["recover", envelope, "--case", "a1", "--out", tmp_path / "k"]
    terminals.append(Terminal(command, tmp_path))
    (terminal,) = terminals
    for text in (forged, *(file.read_text().strip() for file in ceremony.words(*QUORUM[:4]))):
        terminal.until(r"word 1 of 33>")
        terminal.type(text)
    terminal.until("do not fit together")
    terminal.until(r"word 1 of 33>")
    terminal.type(ceremony.words(QUORUM[4])[0].read_text().strip())
    assert terminal.end() == 0, terminal.shown
    assert "group 1, sheet 2 (typed) is not a sheet of this escrow" in terminal.shown
    assert (tmp_path / "k").read_bytes() == ceremony.key.read_bytes()


def test_done_without_a_quorum(ceremony: Ceremony, tmp_path: Path, terminals: list[Terminal]) -> None:
    terminals.append(Terminal(["recover", "--escrow", ceremony.escrow, "--case", "a", "--out", "k"], tmp_path))
    terminals[0].until(r"word 1 of 33>")
    terminals[0].type("done")
    assert terminals[0].end() == 4, terminals[0].shown
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_interrupted_at_the_prompt(ceremony: Ceremony, tmp_path: Path, terminals: list[Terminal], key: bytes) -> None:
    terminals.append(Terminal(["inspect", "--escrow", ceremony.escrow], tmp_path))
    terminals[0].until(r"word 1 of 33>")
    terminals[0].press(key)
    assert terminals[0].end() == 130, terminals[0].shown
    assert "rootescrow: interrupted" in terminals[0].shown


def test_a_new_passphrase_is_asked_for_twice(root: Root, tmp_path: Path, terminals: list[Terminal]) -> None:
    plain = tmp_path / "plain.pem"
    openssl = ["openssl", "genpkey", "-quiet", "-algorithm", "ed25519", "-out", str(plain)]
    subprocess.run(openssl, check=True)
    command: list[str | Path] = ["split", plain, "--out", "out", "--shares", "1/1"]
    for again, status, said in (("another", 3, "were not the same"), (PASSPHRASE, 0, "Keep:")):
        terminals.append(Terminal(command, tmp_path))
        terminal = terminals[-1]
        terminal.until("A new passphrase for the key: ")
        terminal.type(PASSPHRASE)
        terminal.until("The same again: ")
        terminal.type(again)
        assert (terminal.end(), said in terminal.shown) == (status, True), terminal.shown
        assert PASSPHRASE not in terminal.shown
        assert (tmp_path / "out").exists() == (status == 0)


def test_ctrl_c_at_the_passphrase(root: Root, tmp_path: Path, terminals: list[Terminal]) -> None:
    terminals.append(Terminal(["split", root[0], "--out", "out", "--shares", "1/1"], tmp_path))
    terminals[0].until("The passphrase of the key: ")
    terminals[0].press(b"\x03")
    assert terminals[0].end() == 130, terminals[0].shown
    assert list(tmp_path.iterdir()) == []
    assert terminals[0].process.returncode != -signal.SIGINT


# What is seen, and what is left of it.


@pytest.fixture
def recovering(ceremony: Ceremony, tmp_path: Path, terminals: list[Terminal]) -> Terminal:
    """A recovery at its prompt."""
    terminals.append(Terminal(["recover", "--escrow", ceremony.escrow, "--case", "a1", "--out", "k"], tmp_path))
    terminals[0].see(r"word 1 of 33>")
    return terminals[0]


@pytest.fixture(scope="module")
def own_words(repo_root: Path) -> set[str]:
    """The words of the list that the program may say of itself, such as "check" or "network"."""
    sources = {*(repo_root / "rootescrow").rglob("*.py")}
    lists = {repo_root / "rootescrow" / "shamir" / "words.py", repo_root / "rootescrow" / "standalone" / "recover.py"}
    texts = (source.read_text("utf-8") for source in sources - lists)
    return {*WORDS} & {word for text in texts for word in re.findall("[a-z]+", text)}


def words_in(lines: Iterable[str], words: Iterable[str], own_words: set[str]) -> set[str]:
    """Which of these words stand there, but for those that the program says of itself."""
    return ({*words} - own_words) & {*re.findall("[a-z]+", "\n".join(lines))}


def test_one_letter_is_enough_to_be_offered_words(recovering: Terminal) -> None:
    recovering.press(b"y")
    seen = recovering.see(r"yoga")
    assert [line.strip() for line in seen if line.strip() in ("year", "yelp", "yield", "yoga")] == [
        "year",
        "yelp",
        "yield",
        "yoga",
    ]
    # The menu hides neither the prompt nor what is typed.
    assert "word 1 of 33> y" in seen
    recovering.press(b"o\t")
    recovering.see(r"word \d of 33> yoga")


def test_a_wrong_word_is_refused_while_it_is_typed(recovering: Terminal) -> None:
    recovering.press(b"acaq")
    seen = recovering.see("No word of the list begins so")
    assert "academic" in " ".join(seen)
    recovering.press(b"emic ")
    recovering.see("Word 1 is not in the word list")
    recovering.press(b"\x17")  # Ctrl-W
    recovering.see(r"word 1 of 33>\n")
    recovering.press(b"yog ")
    recovering.see("Four letters are needed. So begin yoga")
    recovering.press(b"a ")
    recovering.see(r"word 2 of 33> yoga")


def test_the_place_follows_the_typing_and_the_last_space_takes_the_sheet(
    ceremony: Ceremony, recovering: Terminal
) -> None:
    words = ceremony.words("Board-2")[0].read_text().split()
    recovering.press(" ".join(words[:11]).encode())
    recovering.see(r"Board/2, word 11 of 33> ")
    recovering.press(f" {' '.join(words[11:])}".encode())
    recovering.see(r"Board/2, word 33 of 33> ")
    recovering.press(b" ")
    seen = recovering.see(r"Board/2 came by b, p, t, o>")
    assert "Board/2: taken" in seen
    assert any("check code" in line for line in seen)


def test_a_sheet_is_pasted_whole(ceremony: Ceremony, recovering: Terminal) -> None:
    words = ceremony.words("Board-2")[0].read_text().split()
    numbered = "\n".join(f"{number}. {word.capitalize()}" for number, word in enumerate(words, 1))
    recovering.press(pasted(numbered).encode())
    recovering.see(r"Board/2 came by b, p, t, o>")


def test_a_wrong_checksum_is_mended_by_the_number(
    ceremony: Ceremony, recovering: Terminal, own_words: set[str]
) -> None:
    words = ceremony.words("Board-2")[0].read_text().split()
    typed = [*words]
    typed[20] = other = "orange" if words[20] != "orange" else "olympic"
    recovering.type(pasted(" ".join(typed)))
    seen = recovering.see(r"The checksum of these words is wrong")
    assert any(re.search(rf"10 {words[9]} +21 {other} +32 {words[31]}", line) for line in seen)
    recovering.type(f"21 {words[20]}")
    seen = recovering.see(r"Board/2 came by b, p, t, o>")
    # The next holder does not see the words of this one.
    assert not words_in(seen, words, own_words)
    recovering.type("drop")
    recovering.see(r"Board/2: taken off the pile")
    recovering.type("done")
    assert recovering.end() == 4, recovering.shown
    assert not words_in(recovering.screen.left, words, own_words)
    left = recovering.screen.left
    assert "Board/2: taken" in left
    assert "Board/2: taken off the pile." in left


def interrupt(terminal: Terminal) -> None:
    """Press Ctrl-C, and mean it."""
    terminal.press(b"\x03")
    terminal.see("Ctrl-C again ends>")
    terminal.press(b"\x03")


ENDS: dict[str, tuple[Callable[[Terminal], None], int]] = {
    "done": (lambda terminal: terminal.press(b"\x15done\r"), 4),  # Ctrl-U first, which empties the line
    "Ctrl-C": (interrupt, 130),
    "SIGTERM": (lambda terminal: terminal.process.terminate(), 130),
}


@pytest.mark.parametrize("end", ENDS)
def test_no_word_is_left_however_it_ends(
    ceremony: Ceremony, recovering: Terminal, end: str, own_words: set[str]
) -> None:
    words = ceremony.words("Board-2")[0].read_text().split()
    recovering.type(" ".join(words[:9]))
    recovering.see("word 10 of 33>")
    recovering.type("acaqemic")
    recovering.see("nearest words")
    recovering.type("show")
    recovering.see(f"1 {words[0]}")
    recovering.press(words[9].encode())
    recovering.see(f"word 10 of 33> {words[9]}")
    act, status = ENDS[end]
    act(recovering)
    assert recovering.end() == status, recovering.shown
    assert recovering.shown.count("\x1b[?1049h") == recovering.shown.count("\x1b[?1049l") == 1
    assert len({*words} - own_words) > 10
    assert not words_in(recovering.screen.left, [*words, "acaqemic"], own_words)
    assert "Board: 0 of 3; Arbitration: 0 of 2; envelope: complete" in recovering.screen.left


def test_ctrl_z_and_ctrl_backslash_do_nothing(recovering: Terminal) -> None:
    recovering.press(b"\x1a")
    for number in (signal.SIGTSTP, signal.SIGQUIT):
        recovering.process.send_signal(number)
    recovering.type("status")
    recovering.see("Board lacks 3")


def test_a_terminal_that_cannot_erase_is_named(ceremony: Ceremony, tmp_path: Path, terminals: list[Terminal]) -> None:
    command: list[str | Path] = ["inspect", "--escrow", ceremony.escrow]
    terminals.append(Terminal(command, tmp_path, kind="dumb"))
    terminals[0].until("cannot erase what it shows")
    terminals[0].type("done")
    terminals[0].end()
    assert "\x1b[?1049h" not in terminals[0].shown
    terminals.append(Terminal(command, tmp_path, kind="linux"))
    terminals[1].until("word 1 of 33>")
    terminals[1].type("done")
    terminals[1].end()
    assert "\x1b[?1049h" not in terminals[1].shown
    assert "\x1b[H\x1b[2J\x1b[3J" in terminals[1].shown


def test_a_narrow_terminal_shows_all_that_is_said(
    ceremony: Ceremony, tmp_path: Path, terminals: list[Terminal]
) -> None:
    narrow = ("sh", "-c", 'stty cols 40; "$@"', "sh", *PROGRAM)
    terminals.append(Terminal(["recover", "--escrow", ceremony.escrow, "--out", "k"], tmp_path, program=narrow))
    (terminal,) = terminals
    terminal.until(r"word 1 of 33>")
    terminal.press(b"qqqq ")
    terminal.until(r"takes it\s+away")
    seen = " ".join(" ".join(line[:40] for line in terminal.screen.seen).split())
    assert "Word 1 is not in the word list. Compare it with the sheet, letter by letter." in seen
    terminal.press(b"\x03")

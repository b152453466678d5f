"""The prompt at which sheets are typed: its replies, and a session at a real terminal."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rootescrow.assembly import ALL_MISSING
from rootescrow.cli.prompt import Typing
from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.escrow import Escrow
from rootescrow.pile import Pile
from rootescrow.policy import Group, Policy
from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS
from tests.cli.conftest import Root
from tests.cli.support import PASSPHRASE, QUORUM, Ceremony
from tests.cli.terminal import Terminal
from tests.support import known, make, torn


@pytest.fixture(scope="module")
def escrow() -> Escrow:
    return make(Policy(Group("Board", 2, 3)))


@pytest.fixture
def typing(escrow: Escrow) -> Typing:
    return Typing(Pile(known(escrow)))


def words(escrow: Escrow, number: int) -> list[str]:
    """The words of a sheet."""
    return escrow.share(0, number).text.split()


def test_words_in_any_case_some_at_a_time_and_abbreviated(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    assert typing.place == "word 1 of 33"
    assert typing.line(" ".join(one[:5]).upper()) == []
    assert typing.place == "word 6 of 33"
    assert typing.line("  " + ",".join(word[:4] for word in one[5:32])) == []
    told = typing.line(one[32].capitalize() + ".")
    assert told[0] == "Board/1: taken"
    assert "check code" in told[1]
    assert told[-1] == "Board: 1 of 2; envelope: missing " + ALL_MISSING
    assert typing.place == "word 1 of 33"


def test_two_sheets_in_one_paste_with_numbers(escrow: Escrow, typing: Typing) -> None:
    numbered = [f"{n}. {word}" for number in (1, 3) for n, word in enumerate(words(escrow, number), 1)]
    told = typing.line("\n".join(numbered))
    assert [line for line in told if "taken" in line] == ["Board/1: taken", "Board/3: taken"]
    assert len(typing.pile.shares) == 2


def test_a_paste_of_a_thousand_sheets_is_taken_as_it_comes(escrow: Escrow, typing: Typing) -> None:
    told = typing.line(" ".join(words(escrow, 1) * 1500))
    assert sum("duplicate" in line for line in told) == 1499


def test_a_wrong_word_is_refused_with_its_place(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    told = typing.line(" ".join([*one[:3], one[3][:3] + "q" + one[3][4:], *one[4:]]))
    assert told[0] == "word 4 of 33 is not in the word list. The 3 before it were taken."
    assert one[3] in re.findall("[a-z]+", told[1])
    assert typing.place == "word 4 of 33"
    assert typing.line("q") == ["word 4 of 33 is not in the word list.", told_hint(typing)]
    assert typing.line(" ".join(one[3:]))[0] == "Board/1: taken"


def told_hint(typing: Typing) -> str:
    """What the prompt says of the word q."""
    return typing.line("q")[1]


def test_a_number_out_of_turn_is_refused(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    assert typing.line(f"1 {one[0]} 2 {one[1]}") == []
    told = typing.line(f"3 {one[2]} 5 {one[4]}")
    assert told[0] == "The number 5 stands where word 4 of 33 should. The 1 before it were taken."
    assert typing.place == "word 4 of 33"
    assert typing.line(f"4 {one[3]}") == []


def test_wrong_words_of_the_list_are_told_by_the_checksum(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    told = typing.line(" ".join([*one[:-1], WORDS[WORDS.index(one[-1]) ^ 1]]))
    assert "checksum" in told[0]
    assert typing.place == "word 1 of 33"
    assert not typing.pile.shares


def test_a_forged_sheet_is_told_by_the_record(escrow: Escrow, typing: Typing) -> None:
    told = typing.line(replace(escrow.share(0, 1), value=bytes(32)).text)
    assert "not a sheet that the record lists" in told[0]


@pytest.mark.parametrize("command", ["back", "BACK", " back "])
def test_back_takes_one_word_away(escrow: Escrow, typing: Typing, command: str) -> None:
    assert typing.line(command) == ["Next is word 1 of 33."]
    typing.line(" ".join(words(escrow, 1)[:3]))
    assert typing.line(command) == ["Next is word 3 of 33."]


def test_drop_begins_the_sheet_again(escrow: Escrow, typing: Typing) -> None:
    typing.line(" ".join(words(escrow, 1)[:20]))
    assert typing.line("drop") == ["Next is word 1 of 33."]
    assert typing.line(escrow.share(0, 2).text)[0] == "Board/2: taken"


def test_status_and_done(escrow: Escrow, typing: Typing) -> None:
    assert typing.line("status") == ["Board: 0 of 2; envelope: missing " + ALL_MISSING]
    assert typing.line("") == []
    typing.line(" ".join(words(escrow, 1)[:2]))
    assert not typing.done
    assert typing.line("done") == ["2 words of an unfinished sheet were left out."]
    assert typing.done


def test_a_word_that_cannot_be_read(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    assert typing.line("?") == []
    assert typing.place == "word 2 of 33"
    assert typing.line("back") == ["Next is word 1 of 33."]
    assert typing.line(f"1. ? {' '.join(one[1:11])} 12) ? {' '.join(one[12:32])}") == []
    told = typing.line("33 ?")
    assert told[0].startswith("Board/1: taken, words 1, 12 and 33 could not be read; the record's hash confirms")
    assert "check code" in told[1]
    assert told[-1].startswith("Board: 1 of 2;")


def test_without_the_record_a_torn_sheet_is_proposed_and_it_is_said_what_will_confirm_it(escrow: Escrow) -> None:
    typing = Typing(Pile())
    told = typing.line(torn(escrow.share(0, 1), 4, 5, 6))
    assert told[0] == (
        "group 1, sheet 1: taken, proposed: three words unreadable (words 4, 5 and 6), solved from the others"
    )
    assert "Nothing shows yet that it is right" in told[1]
    assert "check code" in told[2]
    assert "1 of them only proposed" in told[-1]


def test_too_many_words_that_cannot_be_read_are_said_at_once(escrow: Escrow, typing: Typing) -> None:
    assert typing.line("? ? ? ? ?") == []
    assert typing.line("?")[0] == "6 words that cannot be read are too many."
    alone = Typing(Pile())
    assert alone.line("? ? ?") == []
    assert alone.line("?")[0] == "4 words that cannot be read are too many without the escrow folder (--escrow)."
    assert alone.line("drop") == ["Next is word 1 of 33."]


def test_all_words_unreadable(typing: Typing) -> None:
    told = typing.line("? " * 33)
    assert any("33 of the 33 words cannot be read" in line for line in told)
    assert not typing.pile.shares
    assert not typing.pile.proposed


def test_no_command_is_a_word_of_the_list() -> None:
    assert not {"back", "drop", "status", "done"} & {prefix for word in WORDS for prefix in (word, word[:4])}


def test_codes_lines_and_labels(escrow: Escrow, typing: Typing) -> None:
    lines = encode_text_lines(escrow.id, escrow.envelope.der)
    assert typing.line(lines[0])[0] == "line 001: taken"
    wrong = lines[1][:-1] + ("A" if lines[1][-1] != "A" else "B")
    assert "line 002 is wrong" in typing.line(wrong)[0]
    (code, *_) = encode_envelope_codes(escrow.id, escrow.envelope.der)
    assert "taken" in typing.line(code)[0]
    assert typing.line(f"Board/1:\n{escrow.share(0, 1).text}")[0] == "Board/1: taken"
    assert typing.line(str(escrow.id))[0].startswith("escrow id")


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
        terminal.until(r"Next is word 10 of 33")
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

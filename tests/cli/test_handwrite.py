"""`rootescrow handwrite` at a real terminal: what is shown, what stays, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rootescrow.ceremony import printing
from rootescrow.register import folder
from rootescrow.register.events import Confirmed, How, share_words
from tests.cli.conftest import Root
from tests.cli.support import PASSPHRASE, inside
from tests.cli.terminal import Terminal

SHOWN = re.compile(r"\n +(\d+) {3}([A-Z]+[a-z]*)")
ASKED = r"Word (\d+), as it stands on the paper"


@pytest.fixture
def out(root: Root, tmp_path: Path) -> Path:
    done = inside(
        *("split", root[0], "--out", tmp_path / "out", "--shares", "2/2", "--handwritten", "Holder/2"),
        *("--envelope", "separate", "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    assert f"Write:   rootescrow handwrite {tmp_path / 'out'} SHEET, once printed: Holder/2" in done.out
    return tmp_path / "out"


@pytest.fixture
def holder(out: Path) -> Iterator[Terminal]:
    terminal = Terminal(["handwrite", out, "Holder/2", "--by", "Ada Example"], out.parent)
    yield terminal
    terminal.close()


def written(holder: Terminal) -> dict[int, str]:
    """Answer the question, and write down all the words; the paper."""
    holder.until("nobody else, see this screen")
    holder.type("y")
    paper: dict[int, str] = {}
    while len(paper) < 33:
        shown = holder.until("the four before> ").replace("\r", "")
        paper |= {int(number): word for number, word in SHOWN.findall(shown)}
        holder.press(b"\r")
    return paper


def test_from_the_screen_to_the_journal(holder: Terminal, out: Path) -> None:
    words_file = next((out / folder.SECRET).glob("*.words"))
    share = words_file.read_text().split()
    paper = written(holder)
    assert [paper[number].lower() for number in range(1, 34)] == share
    asked: list[int] = []
    for turn in range(34):
        number = asked[-1] if asked else 0
        while asked[-1:] == [number] or not number:  # the prompt is drawn more than once
            number = int(re.findall(ASKED, holder.until(ASKED))[-1])
        asked.append(number)
        if turn == 3:
            holder.type("academic" if share[number - 1] != "academic" else "acid")
            holder.until(r"compare the paper, and correct it\.\s+Enter> ")
            holder.press(b"\r")
            holder.until("the four before> ")
            holder.press(b"\r")
        else:
            holder.type(paper[number][:4])
    assert sorted({*asked}) == list(range(1, 34))
    assert asked != sorted(asked)
    assert holder.end() == 0
    entered, _, after = holder.shown.partition("\x1b[?1049h")
    _, _, after = after.rpartition("\x1b[?1049l")
    for outside in (entered, after):
        assert share_words(outside) < 3
    assert "Holder/2 is written and confirmed; the file with its words is wiped." in after
    assert not words_file.exists()
    assert folder.load_register(out / folder.ESCROW).sheet("Holder/2").confirmed


def test_stopped_nothing_has_changed(holder: Terminal, out: Path) -> None:
    words_file = next((out / folder.SECRET).glob("*.words"))
    before = words_file.read_bytes()
    written(holder)
    holder.until(ASKED)
    holder.press(b"\x03")
    assert holder.end() == 130
    assert "\x1b[?1049l" in holder.shown
    assert words_file.read_bytes() == before
    assert not folder.load_register(out / folder.ESCROW).sheet("Holder/2").confirmed


def test_it_takes_a_terminal(out: Path) -> None:
    done = inside("handwrite", out, "Holder/2")
    assert (done.status, "no terminal" in done.err) == (2, True)


def test_what_the_journal_would_refuse_is_refused_before_anything_is_shown(out: Path) -> None:
    terminal = Terminal(["handwrite", out, "Holder/2", "--by", "Ada\x07"], out.parent)
    terminal.until("who was there is written on one line")
    assert terminal.end() == 2
    terminal.close()


def test_a_file_that_an_interruption_left_is_wiped_and_nothing_written_twice(out: Path) -> None:
    """The journal has its line, and the file was not wiped."""
    words_file = next((out / folder.SECRET).glob("*.words"))
    folder.append(out / folder.ESCROW, Confirmed(sheet="Holder/2", how=How.TYPED, by=""), now=datetime.now(UTC))
    terminal = Terminal(["handwrite", out, "Holder/2"], out.parent)
    terminal.until("Do all 33 words stand on its paper")
    terminal.type("y")
    assert terminal.end() == 0
    assert "The file with the words of Holder/2 is wiped." in terminal.shown
    assert not words_file.exists()
    terminal.close()


def test_print_says_what_is_still_to_be_written(out: Path) -> None:
    for form in (out / folder.SECRET).glob("*.pdf"):
        form.unlink()
    done = inside("print", out, "--printer", "Ceremony")
    assert done.out.splitlines()[:2] == [
        "Nothing is left to print.",
        "Still to be written by hand: Holder/2. Until then a file holds the words: handwrite.",
    ]


def test_print_leaves_the_words_where_they_are(out: Path) -> None:
    """The list of what is to be printed has the forms, and nothing is said to be foreign."""
    found = printing.find(out)
    assert [sheet.name for sheet in found.sheets] == ["Holder/1", "Holder/2"]
    assert [sheet.name for sheet, _ in found.unwritten] == ["Holder/2"]


def test_all_of_a_group_and_of_the_passphrase(root: Root, tmp_path: Path) -> None:
    done = inside(
        *("split", root[0], "--out", tmp_path / "out", "--shares", "2/2", "--envelope", "separate"),
        *("--escrow-passphrase", "2/2", "--handwritten", "Passphrase", "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    assert "once printed: Passphrase/1, Passphrase/2" in done.out
    assert len(list((tmp_path / "out" / folder.SECRET_PASSPHRASE).glob("*.words"))) == 2
    assert not list((tmp_path / "out" / folder.SECRET).glob("*.words"))


@pytest.mark.parametrize("named", ["Board/9", "Nobody", "Board/0"])
def test_a_sheet_that_there_is_not(root: Root, tmp_path: Path, named: str) -> None:
    done = inside(
        *("split", root[0], "--out", tmp_path / "out", "--group", "Board=2/3", "--handwritten", named),
        *("--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert (done.status, f"there is no sheet {named}" in done.err) == (2, True)
    assert not (tmp_path / "out").exists()

"""Handwriting: what the holder is shown, what he is asked, and what becomes of the file with the words."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rootescrow.ceremony import printing
from rootescrow.ceremony.handwriting import AT_ONCE, Words
from rootescrow.ceremony.read_back import compare_share, read_back
from rootescrow.ceremony.split import Made, Order, make
from rootescrow.errors import FileError, IntegrityError, MalformedError, PaperError, PolicyError, UsageError
from rootescrow.paper.sheets import Paper, draw_sheet
from rootescrow.policy import Group, Policy
from rootescrow.policy import Holder as Holding
from rootescrow.register import folder
from rootescrow.register.events import Confirmed, How
from rootescrow.register.journal import Journal
from rootescrow.register.register import Register
from rootescrow.secret import Random
from tests.ceremony.support import encrypted

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
HANDWRITTEN = frozenset({"Board/2", "Board/3"})


@pytest.fixture(scope="module")
def made() -> Made:
    order = Order(Policy(Group("Board", 2, 3)), "Test Root", handwritten=HANDWRITTEN)
    made = make(encrypted(), order, today=NOW.date())
    read_back(made)
    return made


@pytest.fixture
def out(tmp_path: Path, made: Made) -> Path:
    path = tmp_path / "out"
    journal = Journal.begin(made.record, NOW)
    folder.create(path, made.files, made.record.dump(), journal.dump())
    return path


class Holder:
    """Somebody who writes what is shown, with `slips` at some numbers the first time, and reads it back."""

    def __init__(self, slips: dict[int, str] | None = None) -> None:
        self.paper: dict[int, str] = {}
        self.slips = slips or {}
        self.shown: list[tuple[int, int]] = []
        self.asked: list[int] = []
        self.told: list[int] = []
        self.back = 0

    def write(self, first: int, words: Sequence[str]) -> bool:
        self.shown.append((first, len(words)))
        for number, word in enumerate(words, first):
            self.paper[number] = self.slips.pop(number, word)
        if self.back and first == self.back:
            self.back = 0
            return False
        return True

    def word(self, number: int) -> str | None:
        self.asked.append(number)
        return self.paper[number]

    def wrong(self, number: int) -> None:
        self.told.append(number)


def words_of(out: Path, name: str) -> Words:
    return Words.read(printing.find(out), name, register(out))


def register(out: Path) -> Register:
    return folder.load_register(out / folder.ESCROW)


def confirm(out: Path, words: Words) -> Register:
    def write(event: Confirmed) -> Register:
        return folder.append(out / folder.ESCROW, event, now=NOW)

    return words.confirmed(words.sitting(out / folder.ESCROW, register(out), write, by="Ada Example"))


def counting() -> Random:
    """Randomness that counts, for an order that is the same each time."""
    numbers = iter(range(1, 1 << 20))
    return lambda length: (next(numbers) * 0x9E3779B97F4A7C15 % (1 << 8 * length)).to_bytes(length, "big")


# The forms


def test_no_form_holds_a_word_and_no_other_sheet_is_one(made: Made) -> None:
    for sheet in made.sheets:
        assert sheet.handwritten is (sheet.name in HANDWRITTEN)
    secret = {Path(path).name: data for path, data in made.files.items() if path.startswith(folder.SECRET)}
    assert sorted(Path(name).suffix for name in secret) == [".pdf", ".pdf", ".pdf", ".words", ".words"]
    for sheet in made.sheets:
        for name, data in secret.items():
            if name.endswith(".pdf"):
                assert sheet.share.text.encode() not in data


def test_a_form_with_words_or_a_sheet_without_does_not_read_back(made: Made) -> None:
    form, printed = replace(made.sheets[1], envelope=None), replace(made.sheets[0], envelope=None)
    told = " ".join(f"{number} {word}" for number, word in enumerate(form.share.words[:5], 1))
    for wrong, sheet in (
        (replace(form, handwritten=False), form),
        (replace(form, holder=Holding(person=told)), form),
        (replace(printed, handwritten=True), printed),
    ):
        with pytest.raises(PaperError, match=f"{sheet.name} does not read back"):
            compare_share(draw_sheet(wrong, Paper.A4), sheet, sheet.name)


def test_a_sheet_that_there_is_not() -> None:
    with pytest.raises(PolicyError, match="Board/4"):
        Order(Policy(Group("Board", 2, 3)), "Test Root", handwritten=frozenset({"Board/4"}))


# Writing and reading back


def test_every_word_is_shown_once_in_order_and_asked_once_in_another(out: Path) -> None:
    words, holder = words_of(out, "Board/2"), Holder()
    words.write_down(holder)
    assert holder.shown == [(first, min(AT_ONCE, 34 - first)) for first in range(1, 34, AT_ONCE)]
    assert Counter(holder.asked) == Counter(range(1, 34))
    assert holder.asked != sorted(holder.asked)
    assert [holder.paper[number] for number in range(1, 34)] == list(words.share.words)


def test_each_order_of_questions_is_another(out: Path) -> None:
    words, orders = words_of(out, "Board/2"), set()
    for _ in range(3):
        words.write_down(holder := Holder())
        orders.add(tuple(holder.asked))
    assert len(orders) == 3


def test_a_slip_is_shown_again_and_asked_again(out: Path) -> None:
    words, holder = words_of(out, "Board/2"), Holder({7: "academic", 33: "acid"})
    assert words.share.words[6] != "academic"
    assert words.share.words[32] != "acid"
    words.write_down(holder, rng=counting())
    assert sorted(holder.told) == [7, 33]
    assert Counter(holder.asked) == Counter([*range(1, 34), 7, 33])
    assert {(5, 4), (33, 1)} <= {shown for shown, times in Counter(holder.shown).items() if times == 2}
    assert holder.paper[7] == words.share.words[6]


def test_somebody_who_wants_to_see_it_again(out: Path) -> None:
    class Forgetful(Holder):
        def word(self, number: int) -> str | None:
            answer = super().word(number)
            return None if number == 9 and self.asked.count(9) == 1 else answer

    words, holder = words_of(out, "Board/2"), Forgetful()
    words.write_down(holder)
    assert holder.told == []
    assert holder.shown.count((9, 4)) == 2


def test_back(out: Path) -> None:
    words, holder = words_of(out, "Board/2"), Holder()
    holder.back = 9
    words.write_down(holder)
    assert holder.shown[:5] == [(1, 4), (5, 4), (9, 4), (5, 4), (9, 4)]


def test_four_letters_in_any_case_are_enough(out: Path) -> None:
    class Brief(Holder):
        def word(self, number: int) -> str | None:
            return (super().word(number) or "")[:4].upper()

    words_of(out, "Board/2").write_down(holder := Brief())
    assert holder.told == []


# Done


def test_it_is_confirmed_and_its_file_is_wiped(out: Path) -> None:
    words = words_of(out, "Board/2")
    after = confirm(out, words)
    assert not words.path.exists()
    event = after.journal.lines[-1].event
    assert isinstance(event, Confirmed)
    assert (event.sheet, event.how, event.by) == ("Board/2", How.TYPED, "Ada Example")
    assert after.sheet("Board/2").confirmed
    with pytest.raises(UsageError, match=r"no words of Board/2 wait") as caught:
        words_of(out, "Board/2")
    assert "Board/3" in caught.value.hint


def test_the_folder_goes_with_its_last_file(out: Path) -> None:
    for sheet in printing.find(out).sheets:
        sheet.path.unlink()
    for name in sorted(HANDWRITTEN):
        confirm(out, words_of(out, name))
    assert not (out / folder.SECRET).exists()


def test_a_sheet_that_is_printed_has_none(out: Path) -> None:
    with pytest.raises(UsageError, match="no words of Board/1 wait"):
        words_of(out, "Board/1")


def test_a_void_sheet_is_named_by_the_file_that_is_there(out: Path, tmp_path: Path) -> None:
    words = words_of(out, "Board/2")
    words.sheet.path.unlink()
    stranger = words.path.rename(words.path.with_name(words.path.name.replace("Board-2", "Board-9")))
    with pytest.raises(FileError, match=re.escape(f"{stranger} is no sheet of escrow")):
        printing.find(out)


def test_a_damaged_file(out: Path) -> None:
    path = words_of(out, "Board/2").path
    for data in (b"", b"academic " * 33, b"\xff" * 100, path.read_bytes()[:-20]):
        path.write_bytes(data)
        with pytest.raises(MalformedError, match="holds no words"):
            words_of(out, "Board/2")


def test_the_words_of_another_sheet(out: Path) -> None:
    two, three = (words_of(out, name).path for name in sorted(HANDWRITTEN))
    two.write_bytes(three.read_bytes())
    with pytest.raises(IntegrityError, match="other words than the register lists for Board/2"):
        words_of(out, "Board/2")


def test_words_are_not_in_a_repr(out: Path) -> None:
    words = words_of(out, "Board/2")
    assert not {word for word in words.share.words if f"{word} " in repr(words)}

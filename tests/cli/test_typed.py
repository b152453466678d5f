"""What is typed: words, codes, lines and commands in, replies out."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.assembly import ALL_MISSING
from rootescrow.ceremony.basis import Basis
from rootescrow.ceremony.session import Session
from rootescrow.cli.typed import Alone, Kept, Sitting, Typing
from rootescrow.codes import check_code, encode_envelope_codes, encode_text_lines
from rootescrow.escrow import Escrow
from rootescrow.pile import Pile, Verdict
from rootescrow.policy import Group, Policy
from rootescrow.recovery import recover
from rootescrow.shamir.words import WORDS
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
    assert typing.place == "Board/1, word 6 of 33"
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
    assert told[0] == "word 4 of 33 is not in the word list. Those around it were taken."
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
    assert told[0] == "The checksum of these words is wrong."
    assert typing.place == "Board/1, all 33 words"
    assert not typing.pile.findings


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


def test_one_command_alone_begins_a_word_of_the_list(typing: Typing) -> None:
    prefixes = {prefix for word in WORDS for prefix in (word, word[:4])}
    assert {"back", "drop", "show", "status", "hold", "help", "done", "read", "allow"} & prefixes == {"help"}
    told = typing.line("help")
    assert "status" in " ".join(told)
    assert told[-1] == "(If the word on the sheet is helpful, type it in full.)"
    assert typing.place == "word 1 of 33"
    typing.line("helpful")
    assert typing.place == "word 2 of 33"


def test_codes_lines_and_labels(escrow: Escrow, typing: Typing) -> None:
    lines = encode_text_lines(escrow.id, escrow.envelope.der)
    assert typing.line(lines[0])[0] == "line 001: taken"
    wrong = lines[1][:-1] + ("A" if lines[1][-1] != "A" else "B")
    assert "line 002 is wrong" in typing.line(wrong)[0]
    (code, *_) = encode_envelope_codes(escrow.id, escrow.envelope.der)
    assert "taken" in typing.line(code)[0]
    assert typing.line(f"Board/1:\n{escrow.share(0, 1).text}")[0] == "Board/1: taken"
    assert typing.line(str(escrow.id))[0].startswith("escrow id")


# Going back, and changing.


@settings(max_examples=30, deadline=None)
@given(cuts=st.sets(st.integers(1, 32)), style=st.integers(0, 3))
def test_however_many_words_stand_in_a_line(escrow: Escrow, cuts: set[int], style: int) -> None:
    typing, one = Typing(Pile(known(escrow))), words(escrow, 2)
    shown = [(word, word[:4].upper(), f"{n}. {word}", f"{n:03} {word},")[style] for n, word in enumerate(one, 1)]
    told: list[str] = []
    for start, end in itertools.pairwise((0, *sorted(cuts), 33)):
        assert not told
        told = typing.line(" ".join(shown[start:end]))
    assert told[0] == "Board/2: taken"


def test_a_wrong_word_of_a_pasted_sheet_costs_one_word_alone(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    pasted = [*one]
    pasted[6] = pasted[20] = "qqqq"
    told = typing.line("\n".join(f"{number}. {word.capitalize()}," for number, word in enumerate(pasted, 1)))
    assert [line for line in told if "not in" in line] == [
        f"Board/1, word {number} of 33 is not in the word list. Those around it were taken." for number in (7, 21)
    ]
    assert typing.place == "Board/1, word 7 of 33"
    assert typing.line(one[6]) == []
    assert typing.place == "Board/1, word 21 of 33"
    assert typing.line(one[20])[0] == "Board/1: taken"


def test_two_gaps_are_filled_by_two_words(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    typing.line(" ".join([*one[:6], "qqqq", *one[7:20], "qqqq", *one[21:]]))
    assert typing.line(f"{one[6]} {one[20]}")[0] == "Board/1: taken"


def test_more_wrong_words_are_taken_for_a_line_that_is_none(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    told = typing.line(" ".join([*one[:6], *["qqqq"] * 4, *one[10:]]))
    assert told[0] == "Board/1, word 7 of 33 is not in the word list. The 6 before it were taken."
    assert typing.place == "Board/1, word 7 of 33"


def test_back_to_a_place(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    typing.line(" ".join([*one[:4], "academic", *one[5:10]]))
    for command in ("back 5", "5", "5.", "BACK 5"):
        assert typing.line(command) == ["Next is Board/1, word 5 of 33."]
    assert typing.line(one[4]) == []
    assert typing.place == "Board/1, word 11 of 33"
    assert typing.line("11") == ["Next is Board/1, word 11 of 33."]
    assert typing.line("12") == ["There is no word 12 yet. Next is Board/1, word 11 of 33."]
    assert typing.line("back 0") == ["There is no word 0 yet. Next is Board/1, word 11 of 33."]
    assert typing.line(" ".join(one[10:]))[0] == "Board/1: taken"


def test_back_twice_goes_back_two_words(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    typing.line(" ".join([*one[:8], "academic", "academic"]))
    typing.line("back")
    assert typing.line("back") == ["Next is Board/1, word 9 of 33."]
    assert typing.line(" ".join(one[8:]))[0] == "Board/1: taken"


def test_a_word_is_changed_by_its_number(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    typing.line(" ".join([*one[:4], "academic", *one[5:10]]))
    assert typing.line(f"5 {one[4]}") == ["Word 5 is changed.", "Next is Board/1, word 11 of 33."]
    # Pasting the whole sheet with its numbers over what was typed is no harm.
    assert typing.line(" ".join(f"{number} {word}" for number, word in enumerate(one, 1)))[0] == "Board/1: taken"


def test_a_sheet_whose_checksum_is_wrong_is_gone_through_and_changed(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    typed = [*one]
    typed[11], typed[32] = "orange", "academic"
    told = typing.line(" ".join(typed))
    assert told[0] == "The checksum of these words is wrong."
    assert told[1].split() == ["1", one[0], "12", "orange", "23", one[22]]
    assert not any(isinstance(reply, Kept) for reply in told)
    assert one[11] not in " ".join(told).replace("12 orange", "").split() or one[11] in typed
    assert typing.line("satoshi")[0] == "All 33 words are there, and they are not right."
    assert typing.line(f"12 {one[11]}")[:2] == ["Word 12 is changed.", "The checksum of these words is wrong."]
    assert typing.line("33") == ["Next is Board/1, word 33 of 33."]
    told = typing.line(one[32])
    assert told[0] == "Board/1: taken"
    assert told[1] == f"  check code {check_code(escrow.share(0, 1).text.encode())}: compare it with the sheet"
    assert typing.place == "word 1 of 33"
    assert [finding.name for finding in typing.pile.findings] == ["Board/1"]


def test_another_sheet_in_the_place_of_one_that_is_not_right(escrow: Escrow, typing: Typing) -> None:
    typing.line(" ".join(["academic", *words(escrow, 1)[1:]]))
    assert typing.line(escrow.share(0, 2).text)[0] == "Board/2: taken"
    typing.line(" ".join(["academic", *words(escrow, 1)[1:]]))
    assert typing.line("drop") == ["Next is word 1 of 33."]
    assert typing.line(escrow.share(0, 3).text)[0] == "Board/3: taken"


def test_a_paste_over_a_sheet_that_is_not_right_may_have_a_wrong_word_too(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    typing.line(" ".join(["academic", *one[1:]]))
    typing.line(" ".join([*one[:8], "qqqq", *one[9:]]))
    assert typing.place == "Board/1, word 9 of 33"
    assert typing.line(one[8])[0] == "Board/1: taken"


def test_a_wrong_sheet_among_several_in_one_paste(escrow: Escrow, typing: Typing) -> None:
    one, two = words(escrow, 1), words(escrow, 2)
    told = typing.line(" ".join([*one[:32], "academic", *two]))
    assert told[0] == "The checksum of these words is wrong."
    assert "That sheet was put aside: type it once more. What follows it is taken." in told
    assert "Board/2: taken" in told
    assert typing.place == "word 1 of 33"


def test_a_sheet_that_is_not_right_is_told_at_the_end(escrow: Escrow, typing: Typing) -> None:
    typing.line(" ".join(["academic", *words(escrow, 1)[1:]]))
    assert "the checksum of these words is wrong" in typing.line("done")[0]
    assert [finding.verdict for finding in typing.pile.findings] == [Verdict.WRONG]


def test_a_torn_sheet_that_was_misread_is_changed(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    told = typing.line(" ".join(["?", "?", *one[2:9], "academic", *one[10:]]))
    assert "another word is wrong" in told[0]
    told = typing.line(f"10 {one[9]}")
    assert told[1].startswith("Board/1: taken, words 1 and 2 could not be read; the record's hash confirms")


def test_nothing_is_guessed_on_plain_entry(escrow: Escrow, typing: Typing) -> None:
    """One wrong word among 33 could be found by the checksum. It is not, and no reply names the right one."""
    one = words(escrow, 1)
    for place in range(33):
        typed = [*one]
        typed[place] = next(word for word in WORDS if word not in one)
        told = " ".join([*typing.line(" ".join(typed)), *typing.line("show"), *typing.line("status")])
        assert told.split().count(one[place]) == 2 * typed.count(one[place])
        assert not typing.pile.shares
        assert not typing.pile.proposed
        typing.line("drop")


def test_the_words_so_far_are_shown_as_on_the_page_and_do_not_stay(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    typing.line(" ".join(one[:13]))
    typing.line("back 2")
    told = typing.line("show")
    assert told[0].split() == ["1", one[0], "12", one[11]]
    assert told[1].split() == ["2", "…", "13", one[12]]
    assert not any(isinstance(reply, Kept) for reply in told)


def test_only_what_holds_no_words_stays(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    said = [
        *typing.line("qqqq"),
        *typing.line(" ".join(one[:3])),
        *typing.line("show"),
        *typing.line(" ".join(one[3:])),
    ]
    said += [*typing.line(f"{' '.join(one[:32])} academic"), *typing.line("help")]
    kept = " ".join(reply for reply in said if isinstance(reply, Kept))
    assert "Board/1: taken" in kept
    assert not {*re.findall("[a-z]{4,}", kept)} & {*one, "academic"}


def test_words_that_were_shown_are_stale_when_the_sheet_is_done(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    typing.line("qqqq")
    assert not typing.stale()
    typing.line(" ".join(one))
    assert typing.stale()
    typing.line(" ".join(one[:5]))
    assert not typing.stale()
    typing.line("show")
    assert not typing.stale()
    typing.line("drop")
    assert typing.stale()
    assert not typing.stale()


# Which sheet it is.


def test_four_words_tell_the_sheet(escrow: Escrow, typing: Typing) -> None:
    typing.line(" ".join(words(escrow, 3)[:3]))
    assert typing.place == "word 4 of 33"
    typing.line(words(escrow, 3)[3])
    assert typing.place == "Board/3, word 5 of 33"
    alone = Typing(Pile())
    alone.line(" ".join(words(escrow, 3)[:4]))
    assert alone.place == "group 1, sheet 3, word 5 of 33"


def test_a_sheet_of_another_escrow_is_told_by_its_first_two_words(escrow: Escrow, typing: Typing) -> None:
    other = make(Policy(Group("Board", 2, 3)), seed=9).share(0, 1).text.split()
    told = typing.line(" ".join(other[:2]))
    assert told[0] == "No sheet of this escrow begins with these two words."
    assert typing.line(other[2]) == []
    assert typing.line(other[3]) == []
    assert typing.place == "a sheet of another escrow, word 5 of 33"
    assert Typing(Pile()).line(" ".join(other[:2])) == []


def test_copies_are_all_named() -> None:
    copies = make(Policy(Group("Admin", 1, 3)))
    sheets = {f"Admin/{number}": share for number, share in ((1, 1), (2, 1), (3, 1))}
    facts = known(copies)
    typing = Typing(Pile(replace(facts, sheets=dict.fromkeys(sheets, facts.sheets["Admin/1"]))))
    typing.line(" ".join(copies.share(0, 1).text.split()[:4]))
    assert typing.place == "Admin/1 = Admin/2 = Admin/3, word 5 of 33"


# Taking a sheet away.


def test_a_sheet_is_dropped_by_its_name_or_check_code(escrow: Escrow, typing: Typing) -> None:
    for number in (1, 2):
        typing.line(escrow.share(0, number).text)
    told = typing.line("drop board/2")
    assert told == ["Board/2: taken off the pile.", "Board: 1 of 2; envelope: missing " + ALL_MISSING]
    assert [finding.verdict for finding in typing.pile.findings] == [Verdict.TAKEN, Verdict.DROPPED]
    assert typing.line("drop Board/2") == ["there is no such sheet here. There are: Board/1."]
    assert typing.line(escrow.share(0, 2).text)[0] == "Board/2: taken"
    typing.line(f"drop {check_code(escrow.share(0, 1).text.encode())}")
    assert {*typing.pile.shares} == {escrow.share(0, 2)}


def test_of_two_sheets_of_one_name_the_check_code_tells(escrow: Escrow) -> None:
    typing = Typing(Pile())
    forged = replace(escrow.share(0, 1), value=bytes(32))
    typing.line(escrow.share(0, 1).text)
    assert "another share has the same number" in typing.line(forged.text)[0]
    told = typing.line("drop group 1, sheet 1")[0]
    assert check_code(forged.text.encode()) in told
    typing.line(f"drop {check_code(escrow.share(0, 1).text.encode()).lower()}")
    assert {*typing.pile.shares} == {forged}
    # What had the number first is gone: the other one is not accused any more when it comes again.
    typing.line(f"drop {check_code(forged.text.encode())}")
    assert typing.line(forged.text)[0] == "group 1, sheet 1: taken"


def test_a_torn_sheet_is_dropped(escrow: Escrow) -> None:
    typing = Typing(Pile())
    typing.line(torn(escrow.share(0, 1), 4, 5, 6))
    typing.line("drop group 1, sheet 1")
    assert not typing.pile.proposed
    assert typing.line(torn(escrow.share(0, 1), 7))[0].startswith("group 1, sheet 1: taken, proposed: one word")


def test_what_was_looked_at_alone_is_not_taken_back(escrow: Escrow) -> None:
    typing = Alone(known(escrow))
    assert typing.line("drop Board/1")[0].startswith("nothing is taken back here.")
    assert "drop Board/2" not in " ".join(typing.help)


# Lines of the envelope.


def test_each_line_says_which_is_next(escrow: Escrow, typing: Typing) -> None:
    lines = encode_text_lines(escrow.id, escrow.envelope.der)
    of = len(lines)
    assert typing.line(lines[1].lower()) == ["line 002: taken", "Next is line 003; line 001 is missing."]
    assert typing.line(lines[0]) == ["line 001: taken", f"Next is line 003 of {of}."]
    assert typing.line(lines[5])[1] == f"Next is line 007 of {of}; lines 003 to 005 are missing."
    wrong = lines[6][:-1] + ("A" if lines[6][-1] != "A" else "B")
    told = typing.line(wrong)
    assert "line 007 is wrong" in told[0]
    assert told[-1] == f"Next is line 007 of {of}; lines 003 to 005 are missing."
    for line in lines[6:]:
        told = typing.line(line.replace("O", "0").replace("I", "1").replace("B", "8"))
    assert told[-1] == f"Next is line 003 of {of}."
    for line in lines[2:5]:
        told = typing.line(line)
    assert told[-1] == "Board: 0 of 2; envelope: complete"


def test_a_line_whose_number_has_no_zeros(escrow: Escrow, typing: Typing) -> None:
    lines = encode_text_lines(escrow.id, escrow.envelope.der)
    assert typing.line(f"7. {lines[6][5:]}")[0] == "line 007: taken"
    assert typing.line(f"08 {lines[7][5:].lower()}")[0] == "line 008: taken"


def test_a_mistyped_word_with_its_number_is_no_line(escrow: Escrow, typing: Typing) -> None:
    assert "is not in the word list" in typing.line("1 orqnge")[0]
    assert not typing.pile.findings


def test_lines_of_which_a_code_is_there_are_not_asked_for(escrow: Escrow, typing: Typing) -> None:
    (code,) = encode_envelope_codes(escrow.id, escrow.envelope.der)
    lines = encode_text_lines(escrow.id, escrow.envelope.der)
    typing.line(code)
    assert typing.line(lines[3])[-1] == "Board: 0 of 2; envelope: complete"


# Scanners on other keyboard layouts. The tables stand here once more, made by hand.

_QWERTZ = str.maketrans("yzYZ", "zyZY")
_AZERTY = str.maketrans("qwazmQWAZM1234567890", "azqw,AZQW?&é\"'(-è_çà")


@pytest.mark.parametrize(("layout", "table"), [("QWERTZ", _QWERTZ), ("AZERTY", _AZERTY)])
def test_a_scanner_on_another_layout(escrow: Escrow, layout: str, table: dict[int, str]) -> None:
    typing = Typing(Pile(known(escrow)))
    for number in (1, 2):
        told = typing.line(escrow.share(0, number).text.translate(table))
        assert f"This is read as typed on another keyboard layout ({layout})" in told[0]
        assert told[1] == f"Board/{number}: taken"
    for code in encode_envelope_codes(escrow.id, escrow.envelope.der):
        assert f"({layout})" in "\n".join(typing.line(code.translate(table)))
    assert typing.pile.status.complete
    assert recover(typing.pile).der == escrow.encrypted.der


# A line while it is being typed.


def test_a_letter_after_which_no_word_is_possible_is_said_at_once(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    for word in one:
        for end in range(1, len(word) + 1):
            assert not typing.look(word[:end]).said
    looked = typing.look(f"{one[0]} acaq")
    assert looked.said.startswith("No word of the list begins so.")
    assert "academic" in looked.said
    assert not looked.refused
    looked = typing.look(f"{one[0]} acaqemic ")
    assert looked.refused
    assert looked.said.startswith("Word 2 is not in the word list.")
    assert typing.look("yog ").refused
    assert "Four letters are needed. So begin yoga." in typing.look("yog ").said


def test_the_place_follows_what_is_being_typed(escrow: Escrow, typing: Typing) -> None:
    one = words(escrow, 1)
    assert typing.look(" ".join(one[:3])).place == "word 3 of 33"
    assert typing.look(" ".join(one[:5])).place == "Board/1, word 5 of 33"
    assert typing.look(" ".join(one[:5]) + " ").place == "Board/1, word 6 of 33"
    assert typing.look("12").place == "word 1 of 33"
    assert not typing.look(" ".join(one)).full
    assert typing.look(" ".join(one) + " ").full
    assert typing.place == "word 1 of 33"


@pytest.mark.parametrize("text", ["", "back", "back 12", "status", "drop", "drop Board/2 ", "done ", "hold", "help"])
def test_a_command_is_not_refused(typing: Typing, text: str) -> None:
    for end in range(len(text) + 1):
        assert not typing.look(text[:end]).said
    assert not typing.look(text + " ").refused


@pytest.mark.parametrize(
    "text",
    ["007 ABCDE FG", "12", "K7QD-M2XA ", "ROOTESCROW1 K7QDM2XA 2OF4 AB ", "rootesc", "~/a.pdf ", "a.pdf ", "? ", "1. "],
)
def test_what_is_no_word_is_not_refused(typing: Typing, text: str) -> None:
    assert not typing.look(text).refused
    assert not typing.look(text).said


@pytest.mark.parametrize("table", [_QWERTZ, _AZERTY], ids=["QWERTZ", "AZERTY"])
def test_a_scanner_on_another_layout_is_not_stopped_half_way(escrow: Escrow, table: dict[int, str]) -> None:
    """What it types comes letter by letter, as from a person."""
    typing = Typing(Pile(known(escrow)))
    (code, *_) = encode_envelope_codes(escrow.id, escrow.envelope.der)
    for text in (escrow.share(0, 1).text, code):
        garbled = text.translate(table)
        assert not any(typing.look(garbled[: end + 1]).refused for end, letter in enumerate(garbled) if letter == " ")


def test_names_of_files_may_have_spaces(escrow: Escrow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "qq scan.pdf").touch()
    monkeypatch.chdir(tmp_path)
    read: list[str] = []

    def take(path: str) -> list[str]:
        read.append(path)
        return []

    sitting = Sitting(Session(Basis()), take)
    assert not sitting.look("qq ").refused
    assert sitting.look("zz ").refused
    assert not sitting.look("read qq ").refused
    sitting.line("qq scan.pdf")
    assert read == ["qq scan.pdf"]

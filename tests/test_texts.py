from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow import shamir
from rootescrow.codes import EnvelopePart, EscrowId, UncheckedLine, encode_envelope_codes, encode_text_lines
from rootescrow.errors import ChecksumError, CodeError, MalformedError, ShareError, WordError
from rootescrow.secret import Secret
from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS, index_of
from rootescrow.texts import (
    MAX_CHARS,
    MAX_CODE_CHARS,
    MAX_WORDS,
    Item,
    Kind,
    OtherKeyboard,
    Unreadable,
    one_sheet,
    recognise,
)
from rootescrow.torn import SHARE_WORDS, Torn
from tests.support import make, noise

ESCROW = make(size=2400)
BOARD = ESCROW.shares[0]
SHARE = BOARD[0]
WORDS_OF = SHARE.words
NUMBERED = [f"{number}. {word}" for number, word in enumerate(WORDS_OF, 1)]
CODES = encode_envelope_codes(ESCROW.id, ESCROW.envelope.der)
LINES = encode_text_lines(ESCROW.id, ESCROW.envelope.der)


def items(text: str) -> list[Item]:
    return list(recognise(text))


def problem(text: str) -> Unreadable:
    (item,) = items(text)
    assert isinstance(item, Unreadable)
    return item


# As people type


COLUMNS = "\n\n".join("\n".join(NUMBERED[start : start + 11]) for start in (0, 11, 22))


@pytest.mark.parametrize(
    "text",
    [
        SHARE.text,
        SHARE.text.upper(),
        SHARE.text.title(),
        f"  {SHARE.text}\r\n",
        " ".join(word[:4] for word in WORDS_OF),
        " ".join(word[:5] for word in WORDS_OF).upper(),
        "\n".join(WORDS_OF),
        "\r\n".join(WORDS_OF),
        "\t".join(WORDS_OF),
        ", ".join(WORDS_OF) + ".",
        "; ".join(WORDS_OF),
        " ".join(NUMBERED),
        "\n".join(NUMBERED),
        COLUMNS,
        "\n".join(f"{number:03} {word}" for number, word in enumerate(WORDS_OF, 1)),
        "\n".join(f"{number:2}) {word}" for number, word in enumerate(WORDS_OF, 1)),
        "\n".join(f"({number}) {word}" for number, word in enumerate(WORDS_OF, 1)),
        "\n".join(f"[{number}]: {word}," for number, word in enumerate(WORDS_OF, 1)),
        "\n".join(f"{number} - {word}" for number, word in enumerate(WORDS_OF, 1)),
        " ".join(f"{number}{word}" for number, word in enumerate(WORDS_OF, 1)),
        "\n".join(f"☐ {number}. {word}" for number, word in enumerate(WORDS_OF, 1)),
        "\n".join(f"{number}.\n{word}" for number, word in enumerate(WORDS_OF, 1)),
        " ".join(f'"{word}"' for word in WORDS_OF),
        "| " + " | ".join(WORDS_OF) + " |",
        f"Board/1: {SHARE.text}",
        f"Board/1\n{SHARE.text}",
        f"SECRET · Board/1\n# typed by A. Example\n{SHARE.text}\n",
        "\n# a remark between columns\n".join(" ".join(WORDS_OF[start : start + 11]) for start in (0, 11, 22)),
        f"{SHARE.text}\nABCD-EFGH-IJKL-MNOP",
        f"{SHARE.text}\nCheck code: ABCD-EFGH-IJKL-MNOP",
    ],
)
def test_a_share_as_people_type_it(text: str) -> None:
    assert items(text) == [SHARE]


@pytest.mark.parametrize(
    "text",
    [
        "\N{NO-BREAK SPACE}".join(WORDS_OF),
        "\N{EM SPACE}".join(WORDS_OF),
        "\N{IDEOGRAPHIC SPACE}".join(WORDS_OF),
        "\N{LINE SEPARATOR}".join(WORDS_OF),
        " ".join(f"\N{LEFT DOUBLE QUOTATION MARK}{word}\N{RIGHT DOUBLE QUOTATION MARK}" for word in WORDS_OF),
        " ".join(f"\N{BULLET} {word}" for word in WORDS_OF),
        " ".join(f"{word[:2]}\N{SOFT HYPHEN}{word[2:]}" for word in WORDS_OF),
        " ".join(f"{word[:3]}\N{ZERO WIDTH SPACE}{word[3:]}" for word in WORDS_OF),
        " ".join(f"\N{RIGHT-TO-LEFT OVERRIDE}{word}\N{POP DIRECTIONAL FORMATTING}" for word in WORDS_OF),
        f"\N{ZERO WIDTH NO-BREAK SPACE}{SHARE.text}",
        "".join(chr(ord(char) + 0xFEE0) if char != " " else "\N{IDEOGRAPHIC SPACE}" for char in SHARE.text),
    ],
)
def test_a_share_as_people_paste_it(text: str) -> None:
    assert items(text) == [SHARE]


def test_letters_joined_to_one_by_a_pdf() -> None:
    shares = (replace(SHARE, value=noise(seed)(32)) for seed in itertools.count())
    share = next(share for share in shares if "fi" in share.text and "fl" in share.text)
    joined = share.text.replace("fi", "\N{LATIN SMALL LIGATURE FI}").replace("fl", "\N{LATIN SMALL LIGATURE FL}")
    assert items(joined) == [share]


def test_a_page_copied_whole() -> None:
    """The words stand among other text, which is more than they are."""
    page = "This page is secret. Keep it in its bag, and give it to nobody who has no authority.\n" * 9
    found = items(page + SHARE.text + "\n" + page)
    assert [item for item in found if isinstance(item, Share)] == [SHARE]
    assert all(item.foreign for item in found if isinstance(item, Unreadable))


def test_words_from_a_scanner_on_another_keyboard_layout() -> None:
    swapped = str.maketrans("yz", "zy")
    assert any("y" in share.text or "z" in share.text for share in BOARD)
    for share in BOARD:
        assert [item for item in items(share.text.translate(swapped)) if not isinstance(item, OtherKeyboard)] == [share]
    # No word becomes another one by it, so it never makes a wrong share of a right one.
    for word in WORDS:
        for typed in (word, word[:4]):
            assert typed.translate(swapped) == typed or index_of(typed.translate(swapped)) is None


# Several things in one text


def test_several_sheets_in_one_text() -> None:
    text = "\n\n".join(f"Board/{number}:\n{share.text}" for number, share in enumerate(BOARD, 1))
    assert items(text) == list(BOARD)
    assert items("\n".join(share.text for share in BOARD)) == list(BOARD)
    assert items(" ".join(share.text for share in BOARD)) == list(BOARD)


def test_everything_of_a_sheet_in_one_text() -> None:
    text = "\n".join(
        ["# Board/1", str(ESCROW.id), COLUMNS, "ABCD-EFGH-IJKL-MNOP", f"escrow id: {ESCROW.id}", *CODES, "", *LINES]
    )
    expected = [
        ESCROW.id,
        SHARE,
        ESCROW.id,
        *(EnvelopePart.parse(code) for code in CODES),
        *(UncheckedLine.parse(line) for line in LINES),
    ]
    assert items(text) == expected


@given(st.randoms(use_true_random=False))
def test_in_any_order(chance: random.Random) -> None:
    pieces = [*(share.text for share in BOARD), str(ESCROW.id), *CODES, *LINES[:5], "# a remark", "Board/1:"]
    chance.shuffle(pieces)
    found = items("\n".join(pieces))
    assert len(found) == len(pieces) - 2
    assert {item for item in found if isinstance(item, Share)} == set(BOARD)


def test_two_damaged_shares_and_then_a_good_one() -> None:
    damaged = [" ".join(reversed(share.words)) for share in BOARD[1:3]]
    first, second, good = items("\n".join([*damaged, SHARE.text]))
    assert good == SHARE
    for item in (first, second):
        assert isinstance(item, Unreadable)
        assert isinstance(item.error, ChecksumError)


def test_a_damaged_share_between_good_ones() -> None:
    damaged = " ".join(BOARD[1].words[:-1])
    first, bad, last = items("\n".join([BOARD[0].text, damaged, BOARD[2].text]))
    assert (first, last) == (BOARD[0], BOARD[2])
    assert isinstance(bad, Unreadable)
    assert bad.error.message == "32 words where a share has 33"


def test_shares_of_a_wallet_are_shares() -> None:
    ((wallet,),) = shamir.split(Secret(bytes(range(16))), [(1, 1)], group_threshold=1, identifier=7)
    assert len(wallet.words) == 20
    assert items(wallet.text) == [wallet]
    assert items(f"{wallet.text}\n{SHARE.text}") == [wallet, SHARE]


# Wrong


def test_a_missing_word() -> None:
    for place in range(SHARE_WORDS):
        words = [*WORDS_OF[:place], *WORDS_OF[place + 1 :]]
        assert problem(" ".join(words)).error.message == "32 words where a share has 33"
        numbered = [*NUMBERED[:place], *NUMBERED[place + 1 :]]
        error = problem("\n".join(numbered)).error
        assert isinstance(error, ShareError)
        expected = f"the number {place + 2} stands where word {place + 1} should"
        assert error.message == (expected if place < 32 else "32 words where a share has 33")


def test_a_number_without_its_word() -> None:
    numbered = [*NUMBERED[:11], "12.", *NUMBERED[12:]]
    assert problem(" ".join(numbered)).error.message == "the number 13 stands where word 12 should"


def test_a_doubled_word() -> None:
    words = [*WORDS_OF[:5], WORDS_OF[4], *WORDS_OF[5:]]
    assert problem(" ".join(words)).error.message == "34 words where a share has 33"
    numbered = [*NUMBERED[:5], NUMBERED[4], *NUMBERED[5:]]
    assert problem(" ".join(numbered)).error.message == "the number 5 stands where word 6 should"


@pytest.mark.parametrize("layout", [" ".join, "\n".join])
@pytest.mark.parametrize("form", ["{word}", "{number}. {word}", "{number:03} {word}"])
def test_a_word_that_is_not_in_the_list_is_named_by_its_position(
    form: str, layout: Callable[[Iterable[str]], str]
) -> None:
    for place in range(0, SHARE_WORDS, 8):
        typed = [*WORDS_OF[:place], WORDS_OF[place][:3] + "qq", *WORDS_OF[place + 1 :]]
        found = problem(layout(form.format(number=number, word=word) for number, word in enumerate(typed, 1)))
        assert found.kind is Kind.SHARE
        assert isinstance(found.error, WordError)
        assert found.error.position == place + 1
        assert "qq" not in found.error.message + found.error.hint


def test_four_words_a_row_with_a_wrong_one_are_no_check_code() -> None:
    short = [word[:4] for word in WORDS_OF]
    short[5] = "qqqq"
    rows = [" ".join(short[start : start + 4]) for start in range(0, SHARE_WORDS, 4)]
    error = problem("\n".join(rows)).error
    assert isinstance(error, WordError)
    assert error.position == 6


def test_row_by_row_with_numbers() -> None:
    """Three columns of 11, read across: the numbers tell."""
    by_row = [NUMBERED[column * 11 + row] for row in range(11) for column in range(3)]
    assert problem(" ".join(by_row)).error.message == "the number 12 stands where word 2 should"
    without = [WORDS_OF[column * 11 + row] for row in range(11) for column in range(3)]
    assert isinstance(problem(" ".join(without)).error, ChecksumError)


def test_two_words_swapped() -> None:
    words = [WORDS_OF[1], WORDS_OF[0], *WORDS_OF[2:]]
    error = problem(" ".join(words)).error
    assert isinstance(error, ChecksumError)
    assert not any(word in f"{error.message} {error.hint}".split() for word in words)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("ROOTESCROW1", Kind.CODE, "incomplete or garbled"),
        ("ROOTESCROW1 K7QDM2XA 2OF4", Kind.CODE, "incomplete or garbled"),
        ("rootescrow1 K7QDM2XA 5OF4 ABCD", Kind.CODE, "part 5 of 4"),
        ("ROOTESCROW1 K7QDM2XA 0OF0 ABCD", Kind.CODE, "part 0 of 0"),
        ("ROOTESCROW2 K7QDM2XA 1OF4 ABCD", Kind.CODE, "format 2"),
        ("ROOTESCROW" + "9" * 4000 + " K7QDM2XA 1OF4 ABCD", Kind.CODE, "format ?"),
        ("ROOTESCROW1 K7QDM2XA 1OF4 " + "A" * MAX_CODE_CHARS, Kind.CODE, f"over {MAX_CODE_CHARS} characters"),
        ("007  ABCDE FGHIJ ABCDE FGHIJ ABCDE FGHIJ ABCDE FGHIJ ABCD E", Kind.LINE, "no line of envelope text"),
        ("007  AB% DE", Kind.LINE, "no line of envelope text"),
    ],
)
def test_a_damaged_code_or_line(text: str, kind: Kind, message: str) -> None:
    found = problem(text)
    assert found.kind is kind
    assert isinstance(found.error, CodeError)
    assert message in found.error.message
    assert not found.foreign
    assert found.name == ("line 007" if kind is Kind.LINE else "envelope code")


def test_lines_are_not_taken_for_words() -> None:
    """A group of a line may be a word of the list by chance."""
    line = "012  ACADE ACIDA ABCDE FGHIJ ABCDE FGHIJ ABCDE FGHIJ  ACID"
    assert items(line) == [UncheckedLine.parse(line)]
    assert items(LINES[-1]) == [UncheckedLine.parse(LINES[-1])]


def test_an_escrow_id_as_people_type_it() -> None:
    id_ = EscrowId.parse("K7QD-M2XA")
    for text in ("K7QD-M2XA", "k7qd-m2xa", "K7QD–M2XA", "escrow K7QD-M2XA", "Escrow id: K7QD-M2XA", "  K7QD-M2XA  "):
        assert items(text) == [id_]


# Foreign, large, hostile


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/a?b=c",
        "WIFI:S:board;T:WPA;P:secret;;",
        "BEGIN:VCARD\nVERSION:3.0\nN:Example;Ada\nEND:VCARD",
        "4006381333931",
        "\u0633\u0631 \u0627\u0644\u0645\u0624\u0633\u0633\u0629",
        "-----BEGIN CERTIFICATE-----\nMIIB",
        "\x00\x01\x02",
        "\ud800",
        "%PDF-1.7",
        "9" * 5000,
        "a" * 100_000,
        "/" * 10_000,
        "a/" * 10_000,
        "(" * 10_000,
    ],
)
def test_other_peoples_codes(text: str) -> None:
    found = items(text)
    assert all(isinstance(item, Unreadable) and item.foreign for item in found)


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "# a remark", "Board/1:", "ABCD-EFGH-IJKL-MNOP", "...", "\u200b"])
def test_nothing(text: str) -> None:
    assert items(text) == []


def test_control_characters_do_not_vanish() -> None:
    words = [*WORDS_OF[:4], WORDS_OF[4][:2] + "\x00" + WORDS_OF[4][2:], *WORDS_OF[5:]]
    error = problem(" ".join(words)).error
    assert isinstance(error, WordError)
    assert error.position == 5
    utf16 = SHARE.text.encode("utf-16-le").decode("latin-1")
    assert problem(utf16).foreign


def test_a_text_that_is_too_long() -> None:
    found = problem("a" * (MAX_CHARS + 1))
    assert found.foreign
    assert "over 1048576 characters" in found.error.message
    assert items("#" * MAX_CHARS) == []


def test_a_text_of_too_many_words() -> None:
    assert "over 20000 words" in problem("academic " * (MAX_WORDS + 1)).error.message
    rows = "\n".join(["academic " * 1000] * 21)
    assert "over 20000 words" in problem(rows).error.message
    assert isinstance(items(SHARE.text + "\nBoard/2:\n" + rows)[0], Share)


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(),
        st.lists(
            st.sampled_from([*WORDS[:8], *NUMBERED, *LINES[:2], CODES[0], "Board/1:", "K7QD-M2XA", "\n", "007"])
        ).map(" ".join),
        st.text(alphabet="ABCDEFGHOIB012345678 -/:#\n\r\u00a0"),
        st.binary().map(lambda data: data.decode("latin-1")),
    )
)
def test_never_raises(text: str) -> None:
    for item in items(text):
        if isinstance(item, Unreadable):
            assert item.error.message
            assert item.error.hint
            assert item.name


@given(st.binary(min_size=32, max_size=32), st.integers(0, 32767), st.randoms(use_true_random=False))
def test_a_share_and_back(secret: bytes, identifier: int, chance: random.Random) -> None:
    """However each word is typed, the share is read: the mirror of `Share.text`."""
    ((share,),) = shamir.split(Secret(secret), [(1, 1)], group_threshold=1, identifier=identifier)
    forms = ["{word}", "{WORD}", "{four}", "{number}. {word}", "{number}) {FOUR}", "«{word}»", "{word},"]
    gaps = [" ", "\n", "\n\n", "\t", "\u00a0", " \r\n"]
    text = "".join(
        chance.choice(forms).format(word=word, WORD=word.upper(), four=word[:4], FOUR=word[:4].upper(), number=number)
        + chance.choice(gaps)
        for number, word in enumerate(share.words, 1)
    )
    assert items(text) == [share]


# Words that cannot be read


def without(share: Share, *numbers: int, mark: str = "?") -> str:
    """The words of a sheet as a text, with a mark for some."""
    return " ".join(mark if number in numbers else word for number, word in enumerate(share.words, 1))


@pytest.mark.parametrize("mark", ["?", "??", "???", "(?)", "?.", '"?"', "[?]"])
def test_a_question_mark_stands_for_a_word_that_cannot_be_read(mark: str) -> None:
    share = ESCROW.share(0, 1)
    (item,) = recognise(without(share, 4, 33, mark=mark))
    assert isinstance(item, Torn)
    assert item.unreadable == (4, 33)
    assert one_sheet(without(share, 4, 33, mark=mark)) == item


def test_unreadable_words_with_numbers_labels_and_rows() -> None:
    share, other = ESCROW.share(0, 1), ESCROW.share(0, 2)
    rows = [f"{number:03} {word}" for number, word in enumerate(without(share, 1, 12).split(), 1)]
    text = "\n".join(["# typed by candle light", "Board/1:", *rows, "Board/2:", other.text])
    found = items(text)
    assert [type(item) for item in found] == [Torn, Share]
    assert found[1] == other
    assert one_sheet("\n".join(["Board/1", *rows])) == found[0]


def test_two_torn_sheets_and_a_whole_one_in_one_run_of_words() -> None:
    sheets = [ESCROW.share(0, number) for number in (1, 2, 3)]
    texts = [without(sheets[0], 5, 6), sheets[1].text, without(sheets[2], 1)]
    torn, whole, other = recognise(" ".join(texts))
    assert isinstance(torn, Torn)
    assert isinstance(other, Torn)
    assert whole == sheets[1]
    assert (torn.unreadable, other.unreadable) == ((5, 6), (1,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("? " * 33, "33 of the 33 words"),
        ("? " * 6 + "academic " * 27, "6 of the 33 words"),
        ("? " * 2 + "academic " * 30, "32 words where a share has 33"),
        ("? " + "academic " * 31 + "qqqq", "word 33 is not in the word list"),
        ("? " * 20_000, "is too long for the words of a share"),
        ("2. ? " + "academic " * 32, "the number 2 stands where word 1 should"),
    ],
)
def test_torn_beyond_use(text: str, said: str) -> None:
    (item,) = recognise(text)
    assert isinstance(item, Unreadable)
    assert item.kind is Kind.SHARE
    assert said in item.error.message
    with pytest.raises(MalformedError):
        one_sheet(text)


def test_a_question_is_no_torn_sheet() -> None:
    (item,) = recognise("Where is it? Who has it? What now ?")
    assert isinstance(item, Unreadable)
    assert item.foreign
    assert list(recognise("")) == []
    for text in ("", "Board/2", "\n".join(LINES[:9])):
        with pytest.raises(ShareError):
            one_sheet(text)


def test_one_sheet_may_have_no_unreadable_word_and_is_not_believed() -> None:
    words = list(ESCROW.share(0, 1).words)
    words[3] = "zero"
    assert one_sheet(" ".join(words)).unreadable == ()
    with pytest.raises(ShareError):
        one_sheet(" ".join(words * 2))

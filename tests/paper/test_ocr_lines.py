"""The lines of envelope text among tokens: only what a line's check proves, and what is tried stays bounded."""

from __future__ import annotations

import hashlib

import pytest

from rootescrow.codes import EscrowId, TextLine, encode_text_lines, line_check
from rootescrow.paper.ocr_lines import MAX_TRIES, PrintedLines, find_ids, find_rows, prove
from rootescrow.pile import Kind, Pile, Verdict

from .ocr import LINES, tokens
from .support import ID, sheet

TRUE = {int(line[:3]): line[3:].replace(" ", "")[:-4] for line in encode_text_lines(ID, sheet().envelope or b"")}


def read(rows: list[str], *ids: EscrowId) -> PrintedLines:
    seen = tokens(rows)
    return prove(find_rows(seen), (*ids, *find_ids(seen)))


def row(number: int, **changes: str) -> str:
    """A line as printed, with something in it changed."""
    body = TRUE[number]
    groups = " ".join(body[i : i + 5] for i in range(0, len(body), 5))
    text = f"{number:03} {groups} {line_check(ID, number, body)}"
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text


HEAD = ["3UM3-3YY4", row(1), row(2)]


def test_what_tesseract_made_of_a_page() -> None:
    """Five of the thirteen are right as it read them."""
    found = read(LINES)
    assert found.id == ID
    assert found.rows == 13
    assert found.proven == tuple(TextLine(number, TRUE[number]) for number in range(1, 14))
    assert found.not_proven == ()


def test_the_pile_takes_what_is_proven() -> None:
    pile = Pile()
    findings = pile.add(read(LINES).text, "scan")
    assert {finding.verdict for finding in findings} == {Verdict.TAKEN}
    assert [finding.kind for finding in findings] == [Kind.ID, *[Kind.LINE] * 13]


def test_nothing_is_proven_without_an_id() -> None:
    assert read(LINES[1:]) == PrintedLines(13)
    assert len(read(LINES[1:], ID).proven) == 13
    assert read(["K7QD-M2XA", *LINES[1:]]) == PrintedLines(13)


def test_an_id_that_was_misread_is_found_by_the_lines() -> None:
    assert "3UM3" in LINES[0]
    found = read([LINES[0].replace("3UM3-3YY4", "3UM3-3YYA"), *LINES[1:]])
    assert found.id == ID


def test_a_line_that_is_too_bad_is_named() -> None:
    damaged = row(3).replace(TRUE[3][:10][:5], "QQQQQ").replace(TRUE[3][5:10], "QQQQQ")
    found = read([*HEAD, damaged, row(4), row(7)])
    assert [line.number for line in found.proven] == [1, 2, 4, 7]
    assert found.not_proven == (3, 5, 6)


def test_a_number_follows_from_the_rows_around_it() -> None:
    found = read([*HEAD, row(3).replace("003", "@@@"), row(4).replace("004", "944"), row(5)])
    assert [line.number for line in found.proven] == [1, 2, 3, 4, 5]


def test_lines_out_of_place_keep_their_numbers() -> None:
    found = read(["3UM3-3YY4", row(9), row(2), row(5)])
    assert [line.number for line in found.proven] == [2, 5, 9]


def test_the_last_line_is_short() -> None:
    last = max(TRUE)
    assert len(TRUE[last]) < 40
    found = read(["3UM3-3YY4", row(last - 2), row(last - 1), row(last)])
    assert found.proven[-1] == TextLine(last, TRUE[last])


@pytest.mark.parametrize("text", ["", "Whom to call the secretary +43 1 234 5678", "1234 5678 9012", "017 KEEP THIS"])
def test_what_is_no_line(text: str) -> None:
    assert find_rows(tokens([text])) == []


def test_small_letters_are_no_line() -> None:
    assert find_rows(tokens(["there shall never again three words which group seven"])) == []


def test_a_stranger_passes_for_a_line_as_seldom_as_is_said() -> None:
    """Rows of noise, which look like lines: of 300, each tried so often, one in a dozen times one would pass."""
    noise = hashlib.shake_256(b"noise").digest(44 * 300)
    chars = "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32] for byte in noise)
    rows = [
        f"{number:03} " + " ".join(chars[at : at + 44][i : i + 5] for i in range(0, 44, 5))
        for number, at in enumerate(range(0, 44 * 300, 44), 10)
    ]
    assert MAX_TRIES * 300 / 2**20 < 0.1
    found = read([*HEAD, *rows])
    assert [line.number for line in found.proven] == [1, 2]
    assert set(range(10, 310)) <= set(found.not_proven)


def test_one_right_line_is_enough_only_where_it_is_alone() -> None:
    assert [line.number for line in read(["3UM3-3YY4", row(8)]).proven] == [8]
    damaged = row(9).replace(TRUE[9][:5], "QQQQQ")
    assert read(["3UM3-3YY4", row(8), damaged]).id is None

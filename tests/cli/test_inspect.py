"""`rootescrow inspect`: what is on sheets, for people and for programs, and never a word of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import ImageDraw

from rootescrow.assembly import ALL_MISSING
from rootescrow.codes import check_code
from rootescrow.register.record import Record
from rootescrow.shamir import Share
from tests.cli.support import QUORUM, Ceremony, inside
from tests.paper.scans import page, scanned_pdf


def test_a_sheet_by_the_record(ceremony: Ceremony) -> None:
    (sheet,) = ceremony.sheets("Board-2")
    done = inside("inspect", sheet, "--escrow", ceremony.escrow)
    assert done.status == 0, done.err
    code = check_code(ceremony.words("Board-2")[0].read_text().strip().encode())
    assert f"{sheet} page 2: Board/2: taken\n  check code {code}, SLIP-39 group 1, member 2, threshold 3\n" in done.out
    assert done.out.endswith("Together: Board: 1 of 3; Arbitration: 0 of 2; envelope: complete\n")
    record = Record.load((ceremony.escrow / "record.json").read_bytes())
    assert record.check_code in done.err


def test_without_the_record_groups_have_numbers(ceremony: Ceremony) -> None:
    done = inside("inspect", *ceremony.words(*QUORUM))
    assert done.status == 0, done.err
    together = done.out.splitlines()[-1]
    assert together == "Together: group 1: complete; group 2: complete; envelope: missing " + ALL_MISSING


def test_for_programs(ceremony: Ceremony, tmp_path: Path) -> None:
    typo = tmp_path / "typo.txt"
    typo.write_text(" ".join(["acadmic", *ceremony.words("Board-1")[0].read_text().split()[1:]]))
    missing = tmp_path / "missing.pdf"
    sources = (*ceremony.words("Board-2"), *ceremony.words("Board-2"), typo, missing)
    done = inside("inspect", *sources, "--escrow", ceremony.escrow, "--json")
    assert done.status == 7, done.err
    told = json.loads(done.out)
    envelope, share, again, wrong = told["items"]
    assert (envelope["kind"], envelope["verdict"]) == ("envelope", "taken")
    assert (share["name"], share["group"], share["member"], share["threshold"]) == ("Board/2", 1, 2, 3)
    assert share["slip39_identifier"] == ceremony.envelope.id.slip39_identifier
    assert (again["verdict"], wrong["verdict"]) == ("duplicate", "wrong")
    assert told["failures"][0]["message"].startswith(f"cannot read {missing}")
    assert told["status"] == {
        "groups": [{"name": "Board", "have": 1, "need": 3}, {"name": "Arbitration", "have": 0, "need": 2}],
        "envelope_missing": "",
        "complete": False,
    }


def test_a_sheet_that_the_record_does_not_list_is_status_5(ceremony: Ceremony, tmp_path: Path) -> None:
    share = Share.parse(ceremony.words("Board-2")[0].read_text())
    forged = tmp_path / "forged.txt"
    forged.write_text(replace(share, value=bytes(32)).text)
    done = inside("inspect", forged, *ceremony.words("Board-1"), "--escrow", ceremony.escrow)
    assert (done.status, "forged, damaged or of another generation" in done.err) == (5, True), done.err
    assert inside("inspect", forged).status == 0


def test_the_nearest_words_are_not_shown(ceremony: Ceremony, tmp_path: Path) -> None:
    """Of a sheet that was typed with one letter wrong, the nearest word of the list is the sheet's."""
    words = ceremony.words("Board-1")[0].read_text().split()
    typo = tmp_path / "typo.txt"
    typo.write_text(" ".join([*words[:6], words[6][:3] + "q" + words[6][4:], *words[7:]]))
    for arguments in ((), ("--json",), ("--escrow", ceremony.escrow)):
        done = inside("inspect", typo, *arguments)
        assert (done.status, "word 7 is not in the word list" in done.out) == (3, True), done.err
        assert "letter by letter" in done.out
        assert words[6] not in re.findall("[a-z]+", done.out + done.err)
    # Whoever recovers has the sheet before him, and needs them.
    done = inside("recover", typo, "--case", "a1", "--out", tmp_path / "k")
    assert (done.status, f" {words[6]}" in done.err) == (3, True), done.err


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_every_file_of_no_use_is_named(ceremony: Ceremony, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    sources = [tmp_path / f"{n}.pdf" for n in range(3)]
    for source in sources[1:]:
        source.write_bytes(b"%PDF-1.4\n")
    done = inside("inspect", *sources, *ceremony.words("Board-1"), *arguments)
    assert done.status == 7
    assert all(str(source) in done.err for source in sources)


@pytest.mark.long
def test_a_page_whose_code_is_gone_is_said_and_typing_is_offered(ceremony: Ceremony, tmp_path: Path) -> None:
    words = ceremony.words("Board-1")[0].read_text().strip()
    torn, blank = page([words], 100), page([], 100)
    ImageDraw.Draw(torn).rectangle((100, 80, 280, 260), fill=0)
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(scanned_pdf([torn, blank, blank], 100))
    for command in (("inspect", scan), ("recover", scan, "--case", "a1", "--out", tmp_path / "k")):
        done = inside(*command)
        assert (done.status, done.out) in (
            (6, ""),
            (6, "Together: no sheet yet; envelope: missing codes, lines or the file envelope.cms\n"),
        ), done.err
        assert f"{scan} page 1: a code on the page (top left) cannot be read\n" in done.err
        assert f"{scan} pages 2, 3: the page is blank\n" in done.err
        assert "Or type its words" in done.err
        assert "Read 3 pages: 1 that could not be read, 2 without a code.\n" in done.err
    blank.save(tmp_path / "blank.png")
    told = json.loads(inside("inspect", tmp_path / "blank.png", *ceremony.words("Board-1"), "--json").out)
    assert [(read["page"], read["codes_not_read"], read["items"]) for read in told["pages"]] == [
        *((1, 0, []), (0, 0, ["group 1, sheet 1"]))
    ]


def test_nothing_to_inspect(tmp_path: Path) -> None:
    assert inside("inspect").status == 2
    assert inside("inspect", "-").status == 3
    assert inside("inspect", "x", "--escrow", tmp_path).status == 7

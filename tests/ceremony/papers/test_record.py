"""The record on paper: all that record.json says, its check code, and lines to sign."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from rootescrow.ceremony.papers.record import SIGNATURES, draw_record, grouped
from rootescrow.codes import check_code
from rootescrow.errors import PaperError
from rootescrow.paper.layout import Paper
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.register.record import Accepted, Authority
from tests.ceremony.papers.support import records
from tests.paper.support import assert_fits, texts
from tests.register.support import make_record

PAPERS = list(Paper)
RECORDS = records()


@cache
def drawn(kind: str, paper: Paper = Paper.A4) -> bytes:
    return draw_record(RECORDS[kind], paper)


def flat(text: str) -> str:
    return "".join(text.split())


def said(kind: str) -> str:
    """All that a paper says, without white and without the frames of pages that stand between the parts of a text."""
    record = RECORDS[kind]
    pages = []
    for page in texts(drawn(kind)):
        lines = page.split("\n")
        pages.append("\n".join(line for line in lines if "RECORD ·" not in line and "Record of escrow" not in line))
    assert record.escrow_id in "".join(pages)
    return flat("".join(pages))


@pytest.mark.parametrize("kind", RECORDS)
def test_it_reads_as_it_did(repo_root: Path, kind: str) -> None:
    """The text of all pages, compared with the files in tests/golden (written anew where GOLDEN=write)."""
    for paper in PAPERS:
        path = repo_root / "tests" / "golden" / f"record-{kind}.txt"
        found = "\n\f\n".join(texts(drawn(kind, paper))) + "\n"
        if os.environ.get("GOLDEN") == "write":
            path.write_text(found, encoding="utf-8")
        assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", RECORDS)
def test_all_of_it_fits(kind: str, paper: Paper) -> None:
    assert_fits(drawn(kind, paper))


def leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text and number in a record, with where it stands."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from leaves(inside, f"{path}.{name}")
    elif isinstance(value, list):
        for inside in value:
            yield from leaves(inside, path)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield path, str(value)


@pytest.mark.parametrize("kind", RECORDS)
def test_all_that_the_record_says_is_on_it(kind: str) -> None:
    """Every text, number and hash: a field that the record gets one day fails here until it is on the paper."""
    record = RECORDS[kind]
    paper = said(kind)
    say = catalogue("en", Part.RECORD)
    words = {"body": "quorum", "provenance": "key", "printed": "envelope"}
    for path, value in leaves(record.model_dump(mode="json")):
        name = path.rpartition(".")[2]
        expected = say(f"{words[name]}.{value}") if name in words else value
        assert flat(expected) in paper, path


@pytest.mark.parametrize("kind", RECORDS)
def test_its_check_code_and_hash_are_those_of_the_file(kind: str) -> None:
    record = RECORDS[kind]
    first = texts(drawn(kind))[0]
    assert check_code(record.dump()) in first
    assert hashlib.sha256(record.dump()).hexdigest() in flat(first)


def test_every_sheet_has_its_check_code() -> None:
    record = RECORDS["usual"]
    assert record.passphrase is not None
    codes = re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", "".join(texts(drawn("usual"))))
    assert len(codes) == 1 + len(record.sheets) + len(record.passphrase.sheets)


def test_there_are_lines_to_sign_on_one_page() -> None:
    for kind in RECORDS:
        *others, last = texts(drawn(kind))
        assert last.count("Operator") == SIGNATURES.count("operator") == 2
        assert last.count("Witness") == SIGNATURES.count("witness") == 2
        assert not any("Operator" in page for page in others)


def test_a_rehearsal_is_no_real_record() -> None:
    assert all(page.count("REHEARSAL") == 2 for page in texts(drawn("long")))
    assert "its sheets are worth nothing" in " ".join(texts(drawn("long"))[0].split())
    assert "REHEARSAL" not in "".join(texts(drawn("usual")))


def test_the_passphrase_is_said_to_be_escrowed_or_not() -> None:
    assert flat("It is not escrowed") in said("bare")
    assert flat("It is not escrowed") not in said("usual")
    assert flat("any 2 of the 3 Passphrase sheets") in said("usual")


def test_it_says_that_it_is_confidential_on_every_page() -> None:
    assert all("not secret, yet confidential" in page for page in texts(drawn("usual")))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"media": ("USB", "記憶")}, "medium 2"),
        ({"authority": Authority(motion="動議")}, "the motion"),
        ({"accepted": (Accepted(rule="AU-5", reason="☎"),)}, "the reason for accepting AU-5"),
        ({"supersedes": "☎"}, "what it supersedes"),
        ({"sheets": tuple(s.model_copy(update={"person": "山田"}) for s in make_record().sheets)}, "person of Board/1"),
    ],
)
def test_what_cannot_be_printed_is_named(changes: dict[str, object], what: str) -> None:
    with pytest.raises(PaperError, match=what):
        draw_record(make_record(**changes), Paper.A4)


def test_a_hash_is_two_lines_of_eight_groups() -> None:
    lines = [paragraph.runs[0][0] for paragraph in grouped(hashlib.sha256(b"").hexdigest())]
    assert [re.fullmatch(r"([0-9a-f]{4} ){7}[0-9a-f]{4}", line) is not None for line in lines] == [True, True]
    assert flat("".join(lines)) == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_and_all_are_used(language: str) -> None:
    say = catalogue("en", Part.RECORD)
    assert catalogue(language, Part.RECORD).names() == say.names()
    printed = flat("".join("".join(texts(drawn(kind))) for kind in RECORDS))
    for key, names in say.names().items():
        for part in say(key, **dict.fromkeys(names, "\0")).split("\0"):
            assert flat(part) in printed, key

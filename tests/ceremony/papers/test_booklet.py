"""The recovery booklet: what is on its pages, that it says all and names nobody, and that recover.py comes back."""

from __future__ import annotations

import base64
import ctypes
import gzip
import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pypdfium2
import pytest
from pypdfium2 import raw

import rootescrow
from rootescrow.ceremony.example import KEY, Example, fixed, worked
from rootescrow.ceremony.papers.booklet import Booklet, booklet_blocks, draw_booklet
from rootescrow.ceremony.papers.booklet_source import (
    CHECK_PROGRAM,
    COLUMNS,
    JOIN_PROGRAM,
    MAGIC,
    join_command,
    line_check,
    source_codes,
    source_lines,
)
from rootescrow.errors import PaperError
from rootescrow.keys.kdf import Scrypt
from rootescrow.paper.layout import Paper
from rootescrow.paper.qr import DENSEST_Q
from rootescrow.paper.report import Block, Heading, Table, Text
from rootescrow.paper.stock import MAX_LINE, OPENSSL, SLIP39_TOOLS, stock_commands
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.pile import Pile
from rootescrow.shamir.words import WORDS
from tests.ceremony.papers.support import records
from tests.paper.support import MM, texts

RECORDS = records()
PROGRAM = (Path(rootescrow.__file__).parent / "standalone" / "recover.py").read_bytes()
EXAMPLE = worked(fixed())
CODES = source_codes(PROGRAM)
TEXT_X, ADVANCE = 9.6, 0.6 * 8 * MM
"""Where the lines of recover.py begin, from the left of the block, and the width of a letter: mm."""
CONTACT = "the secretary, +43 1 234 5678"


def booklet(kind: str = "usual", **changed: object) -> Booklet:
    fields: dict[str, object] = {"record": RECORDS[kind], "envelope": b"envelope", "program": PROGRAM}
    return Booklet(**{**fields, **changed})  # type: ignore[arg-type]  # the fields are named above


@cache
def pages() -> list[str]:
    """The text of each page of one that is drawn once."""
    return texts(drawn())


@cache
def drawn() -> bytes:
    return draw_booklet(booklet(page=b"<!doctype html>", organisation="Example CA", contact=CONTACT), Paper.A4)


def flat(text: str) -> str:
    return re.sub(r"[\s`-]", "", text)


def all_of(example: Example, what: Booklet) -> str:
    """All its sentences and values, without being drawn."""
    return "".join(said(booklet_blocks(what, example, CODES, {})))


def said(blocks: Iterable[Block]) -> Iterable[str]:
    for block in blocks:
        match block:
            case Heading():
                yield block.text
            case Text():
                yield from (text for paragraph in block.paragraphs for text, _ in paragraph.runs)
            case Table():
                yield from (column.head for column in block.columns)
                for cell in (cell for row in block.rows for cell in row):
                    yield from [cell] if isinstance(cell, str) else (text for one in cell for text, _ in one.runs)


# The pages


def test_every_page_bears_its_number() -> None:
    assert len(pages()) < 40
    for number, page in enumerate(pages(), 1):
        assert f"page {number} of {len(pages())} · nothing in it is secret" in page


def test_the_contents_name_the_page_of_every_chapter() -> None:
    rows = re.findall(r"^(.+?) (\d+)$", pages()[1], re.MULTILINE)
    heads = {key.partition(".")[2] for key in catalogue("en", Part.BOOKLET).names() if key.startswith("head.")}
    assert len(rows) == len(heads - {"contents", "page"})
    assert [int(number) for _, number in rows] == sorted(int(number) for _, number in rows)
    for name, number in rows:
        assert name in pages()[int(number) - 1].split("\n")
        assert not any(name in page.split("\n") for page in pages()[2 : int(number) - 1])
    whole = " ".join("".join(pages()).split())
    numbers = dict(rows)
    assert f"type or scan it (page {numbers['recover.py, to be typed']})" in whole
    assert f"in the list on page {numbers['The word list']}:" in whole
    assert f"written anew: page {numbers['The format, to write it anew']}." in whole


def test_it_bears_what_it_is_compared_by() -> None:
    record = RECORDS["usual"]
    whole = flat("".join(pages()))
    wanted = [record.escrow_id, record.key.name, record.key.spki_sha256 or "", record.envelope.sha256, CONTACT]
    wanted += [hashlib.sha256(data).hexdigest() for data in (PROGRAM, b"<!doctype html>")]
    wanted += [record.check_code, str(record.policy)]
    for text in wanted:
        assert flat(text) in whole, text


def test_it_names_nobody_and_no_place() -> None:
    whole = flat("".join(pages()))
    for sheet in RECORDS["usual"].sheets:
        for text in (sheet.office, sheet.person, sheet.place, sheet.bag, sheet.words_sha256):
            assert not text or flat(text) not in whole, text


def test_the_commands_are_those_of_the_sheets() -> None:
    record = RECORDS["usual"]
    assert record.key.spki_sha256 is not None
    whole = flat("".join(pages()))
    for step in stock_commands(record.id, b"envelope", bytes.fromhex(record.key.spki_sha256)):
        assert flat(step.command) in whole
        assert flat(step.shows) in whole
    unknown = all_of(EXAMPLE, booklet("bare"))
    assert "openssl pkey -in key.p8 -noout" in unknown
    assert "-pubout" not in unknown


def test_every_value_of_the_example_is_there() -> None:
    whole = flat("".join(pages()))
    sealing = EXAMPLE.sealing
    values = [KEY, EXAMPLE.secret, EXAMPLE.id_mac, EXAMPLE.content_key, EXAMPLE.cipher_key, EXAMPLE.padded]
    values += [sealing.hash_key, sealing.first_counter, sealing.tag_mask, sealing.stream, sealing.first_hash]
    values += [sealing.hash, EXAMPLE.public_key, *(part for turn in EXAMPLE.rounds for part in (turn.left, turn.mask))]
    for points in (*EXAMPLE.groups, EXAMPLE.top):
        values += [*points.values, points.secret, points.digest, points.mac, bytes(points.secret_factors)]
    for step in (EXAMPLE.unwrapping[0], EXAMPLE.unwrapping[-1]):
        values += [step.block, step.plain]
    for value in values:
        assert value.hex() in whole, value.hex()
    for share in (share for group in EXAMPLE.escrow.shares for share in group):
        assert flat(share.text) in whole
    for line in (*EXAMPLE.lines, *EXAMPLE.codes):
        assert flat(line) in whole
    assert EXAMPLE.escrow.encrypted.kdf == Scrypt(p=5)


def test_the_pages_are_the_same_each_time() -> None:
    again = draw_booklet(booklet(page=b"<!doctype html>", organisation="Example CA", contact=CONTACT), Paper.A4)
    assert again == drawn()


# What depends on the escrow


@pytest.mark.parametrize("kind", RECORDS)
def test_what_is_said_of_other_escrows(kind: str) -> None:
    record = RECORDS[kind]
    text = all_of(EXAMPLE, booklet(kind))
    assert ("This is a rehearsal" in text) == record.rehearsal
    assert ("of an escrow of their own" in text) == (record.passphrase is None)
    assert "recover.html from a medium" not in text
    assert str(record.policy) in text


def test_a_name_that_cannot_be_printed() -> None:
    with pytest.raises(PaperError, match="the contact"):
        booklet(contact="\N{THERMOMETER}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences(language: str) -> None:
    assert catalogue(language, Part.BOOKLET).names() == catalogue("en", Part.BOOKLET).names()


def test_every_sentence_is_used() -> None:
    copies = RECORDS["usual"].model_copy(
        update={
            "groups": tuple(
                group.model_copy(update={"threshold": 1}) if group.name == "Arbitration" else group
                for group in RECORDS["usual"].groups
            )
        }
    )
    everything = [booklet("usual", page=b"", contact=CONTACT), booklet("bare"), booklet("long"), booklet(record=copies)]
    whole = flat("".join(all_of(EXAMPLE, one) for one in everything) + "".join(pages()))
    say = catalogue("en", Part.BOOKLET)
    for key, names in say.names().items():
        sentence = say(key, **dict.fromkeys(names, "\0"))
        for part in sentence.split("\0"):
            assert flat(part) in whole, key


def test_the_tools_are_named_with_the_versions_tried() -> None:
    whole = "\n".join(pages())
    for origin, name, version in SLIP39_TOOLS:
        assert f"{name} {version} {origin}" in whole
    assert ", ".join(OPENSSL) in whole


# recover.py


@dataclass(frozen=True)
class Row:
    """What an eye sees of a printed line: it counts the columns of the mono face, in which spaces are white."""

    number: str
    spaces: str
    text: str
    check: str


def rows_of(page: pypdfium2.PdfPage) -> Iterable[Row]:
    """The rows of a page of lines, from where each letter stands."""
    textpage = page.get_textpage()
    found: dict[float, dict[float, str]] = {}
    x, y = ctypes.c_double(), ctypes.c_double()
    for place in range(textpage.count_chars()):
        letter = chr(raw.FPDFText_GetUnicode(textpage, place))
        if letter.isprintable() and letter != " ":
            assert raw.FPDFText_GetCharOrigin(textpage, place, x, y)
            found.setdefault(round(y.value, 1), {})[x.value * MM - 12] = letter
    for _, letters in sorted(found.items(), reverse=True):
        number, spaces, check = (
            "".join(letters[at] for at in sorted(letters) if left <= at < right)
            for left, right in ((0, 5), (5, TEXT_X - 0.5), (TEXT_X + COLUMNS * ADVANCE, 200))
        )
        columns = {round((at - TEXT_X) / ADVANCE): letter for at, letter in letters.items() if at > TEXT_X - 0.5}
        text = "".join(columns.get(column, " ") for column in range(COLUMNS)).rstrip()
        if re.fullmatch(r"[0-9]{3}", number) and spaces.isdecimal():
            yield Row(number, spaces, text, check)


def test_the_lines_on_the_pages_are_recover_py(tmp_path: Path) -> None:
    """What was typed from the pages is the file, and the printed program shows the printed numbers and checks."""
    document = pypdfium2.PdfDocument(drawn())
    chapter = [place for place, page in enumerate(pages()) if re.search(r"^Line · spaces", page, re.MULTILINE)]
    rows = [row for place in chapter for row in rows_of(document[place])]
    document.close()
    assert [row.number for row in rows] == [f"{number:03}" for number in range(1, len(rows) + 1)]
    assert all(len(row.text) - len(row.text.lstrip()) == int(row.spaces) for row in rows)
    (tmp_path / "recover.py").write_text("\n".join(row.text for row in rows) + "\n")
    assert (tmp_path / "recover.py").read_bytes() == PROGRAM
    (tmp_path / "check.py").write_text(CHECK_PROGRAM)
    shown = subprocess.run([sys.executable, "check.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines() == [f"{row.number} {int(row.spaces):2} {row.check}" for row in rows]


def test_the_check_of_a_line() -> None:
    digest = hashlib.sha256(b"007     if x:").digest()
    assert line_check(7, "    if x:") == base64.b32encode(digest[:5]).decode()[:4]
    assert len({line_check(7, "if x:"), line_check(8, "if x:"), line_check(7, " if x:")}) == 3


@pytest.mark.parametrize("program_name", ["sh", "python"])
def test_the_codes_give_recover_py(program_name: str, tmp_path: Path, program: Callable[[str], str]) -> None:
    """In any order, some twice, with the line ends of Windows."""
    (tmp_path / "codes.txt").write_text("\r\n".join([*reversed(CODES), CODES[3], ""]))
    for name in ("base32", "gunzip", "awk"):
        program(name)
    if program_name == "sh":
        command = [program("sh"), "-c", join_command(CODES)]
    else:
        (tmp_path / "join.py").write_text(JOIN_PROGRAM)
        command = [sys.executable, "join.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "recover.py").read_bytes() == PROGRAM


def test_the_codes() -> None:
    joined = ""
    for number, code in enumerate(CODES, 1):
        magic, of, part = code.split(" ")
        assert (magic, of) == (MAGIC, f"{number:02}OF{len(CODES):02}")
        joined += part
    assert gzip.decompress(base64.b32decode(joined + "=" * (-len(joined) % 8))) == PROGRAM
    assert len(CODES) <= 99
    assert DENSEST_Q == 23


def test_a_code_among_those_of_sheets_is_passed_over() -> None:
    """Whoever scans the booklet with the sheets is told, and nothing else happens."""
    pile = Pile()
    for code in CODES[:2]:
        pile.add(code)
    assert not pile.shares
    assert pile.status.quorum is False


def test_the_small_programs_can_be_typed() -> None:
    lines = [*CHECK_PROGRAM.split("\n"), *JOIN_PROGRAM.split("\n")]
    assert max(map(len, lines)) <= 95
    assert max(map(len, join_command(CODES).split("\n"))) <= MAX_LINE + 10
    assert len(source_lines(PROGRAM)) <= 450


@pytest.mark.parametrize(
    "data",
    [b"x", b"", b"x \n", b"x\t\n", b"x\r\n", "ä\n".encode(), b"x" * (COLUMNS + 1) + b"\n", b"x\n" * 1000],
)
def test_a_file_that_would_not_come_back(data: bytes) -> None:
    with pytest.raises(PaperError, match="not the one that was published"):
        source_lines(data)


def test_the_word_list_is_whole() -> None:
    found = re.findall(r"(\d+) ?([a-z]{4,8})\b", " ".join(pages()[-2:]))
    assert {(int(number), word) for number, word in found} >= set(enumerate(WORDS))


def test_an_older_python_understands_the_small_programs(tmp_path: Path) -> None:
    """As recover.py, they are of Python 3.6; tried with another interpreter where there is one."""
    pypy = shutil.which("pypy3")
    for text in (CHECK_PROGRAM, JOIN_PROGRAM):
        compile(text, "program", "exec")
        assert "f'" not in text
        assert 'f"' not in text
    if pypy:
        (tmp_path / "codes.txt").write_text("\n".join(CODES))
        (tmp_path / "join.py").write_text(JOIN_PROGRAM)
        subprocess.run([pypy, "join.py"], cwd=tmp_path, check=True)
        assert (tmp_path / "recover.py").read_bytes() == PROGRAM

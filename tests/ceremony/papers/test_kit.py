"""RECOVER.txt and RECOVER.pdf: the same text, whatever the record, and nothing that a person cannot type."""

from __future__ import annotations

import datetime
import os
import re
from functools import cache
from pathlib import Path

import pytest

from rootescrow.ceremony.papers.kit import WIDTH, Instructions, draw_kit, write_text
from rootescrow.ceremony.signing import Signing
from rootescrow.errors import PaperError
from rootescrow.paper.layout import Paper
from rootescrow.paper.stock import MAX_LINE
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.register.journal import Head
from rootescrow.register.record import sha256
from tests.ceremony.papers.support import records
from tests.paper.support import LONG, assert_fits, texts

COMPLETE = Signing("certificate.pem", "ca.cnf", "index.txt", "crlnumber")
NOTHING = Signing("", "", "", "")
RECORDS = records()


def instructions(kind: str, signing: Signing = COMPLETE, **changed: object) -> Instructions:
    fields: dict[str, object] = {
        "record": RECORDS[kind],
        "envelope": b"envelope",
        "medium": LONG[:60] if kind == "long" else "USB stick 1",
        "head": Head(12, sha256(b"line")),
        "written": datetime.date(2026, 11, 23),
        "signing": signing,
        "certificate": "escrow/certificate.pem" if signing.certificate else "",
        "folder": "escrow",
        "program": "recover.py",
        "install": "" if kind == "bare" else "install.sh",
        "files": (("RECOVER.txt", "this text"), ("escrow/" + "x" * 100, "a file with a long name")),
    }
    return Instructions(**{**fields, **changed})  # type: ignore[arg-type]  # the fields are named above


@cache
def drawn(kind: str, signing: Signing = COMPLETE) -> bytes:
    return draw_kit(instructions(kind, signing), Paper.A4)


def flat(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


@pytest.mark.parametrize("kind", RECORDS)
def test_it_reads_as_it_did(repo_root: Path, kind: str) -> None:
    """RECOVER.txt compared with the files in tests/golden (written anew where GOLDEN=write)."""
    path = repo_root / "tests" / "golden" / f"kit-{kind}.txt"
    found = write_text(instructions(kind, NOTHING if kind == "bare" else COMPLETE))
    if os.environ.get("GOLDEN") == "write":
        path.write_bytes(found)
    assert found == path.read_bytes()


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("kind", RECORDS)
def test_all_of_it_fits(kind: str, paper: Paper) -> None:
    assert_fits(draw_kit(instructions(kind), paper))


@pytest.mark.parametrize("signing", [COMPLETE, NOTHING])
@pytest.mark.parametrize("kind", RECORDS)
def test_both_say_the_same(kind: str, signing: Signing) -> None:
    text = write_text(instructions(kind, signing)).decode()
    pages = flat("".join(texts(drawn(kind, signing))))
    commands = [line.strip() for line in text.splitlines() if line.startswith("      ")]
    assert len(commands) > 15
    for command in commands:
        assert flat(command) in pages
    # The foot of a page may stand in the middle of a sentence.
    sentences = [flat(line) for line in text.splitlines()]
    assert all(sentence in pages for sentence in sentences if len(sentence) > 8)


@pytest.mark.parametrize("kind", RECORDS)
def test_no_line_is_wider_than_a_terminal(kind: str) -> None:
    text = write_text(instructions(kind)).decode()
    for line in text.split("What is on the medium")[0].splitlines():
        assert len(line) <= WIDTH
        assert not line.startswith("      ") or len(line) <= 6 + MAX_LINE


@pytest.mark.parametrize("kind", RECORDS)
def test_it_bears_what_it_is_compared_by(kind: str) -> None:
    record = RECORDS[kind]
    text = " ".join(write_text(instructions(kind)).decode().split())
    for wanted in (record.escrow_id, record.check_code, str(Head(12, sha256(b"line"))), sha256(b"envelope")):
        assert wanted in text
    assert ("PASSPHRASE sheet needed" in text) == (record.passphrase is not None)
    assert ("This is a rehearsal" in text) == record.rehearsal


def test_what_is_lacking_is_said_and_no_command_that_needs_it() -> None:
    text = " ".join(write_text(instructions("usual", NOTHING)).decode().split())
    assert "NOT on this medium: the certificate of the root, a configuration of openssl ca" in text
    assert "openssl ca " not in text
    assert b"NOT on this medium" not in write_text(instructions("usual"))
    without = write_text(instructions("usual", Signing("certificate.pem", "ca.cnf", "index.txt", ""))).decode()
    assert "NOT on this medium: the number of the next CRL (crlnumber)." in without
    assert "openssl ca -gencrl" in without


def test_a_name_that_cannot_be_printed() -> None:
    with pytest.raises(PaperError, match="the name of the medium"):
        instructions("usual", medium="USB \N{DOUBLE-STRUCK CAPITAL Z}\N{THERMOMETER}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences(language: str) -> None:
    assert catalogue(language, Part.KIT).names() == catalogue("en", Part.KIT).names()


def test_every_sentence_is_used() -> None:
    texts_ = [write_text(instructions(kind, signing)) for kind in RECORDS for signing in (COMPLETE, NOTHING)]
    texts_.append(write_text(instructions("usual", Signing("c", "ca.cnf", "index.txt", ""))))
    said = flat(b"".join(texts_).decode().replace("`", ""))
    say = catalogue("en", Part.KIT)
    for key, names in say.names().items():
        if not names and not key.startswith(("file.", "note", "name")):
            assert flat(say(key).replace("`", "")) in said, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_space_is_left_beside_each_label(language: str) -> None:
    text = write_text(instructions("usual", language=language)).decode()
    label, _, _ = text.partition("\n\n\n")
    for line in label.split("\n\n")[1].splitlines():
        assert line[25] == " ", line

"""The program's table, and how the program is run: a script stands in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from rootescrow.paper.tesseract import MAX_TOKENS, Token, parse_tsv, run

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
IMAGE = Image.new("L", (3, 2), 200)


def row(text: str, *, level: int = 5, left: object = 10) -> str:
    return f"{level}\t1\t2\t1\t7\t3\t{left}\t20\t30\t12\t96.5\t{text}\n"


def script(folder: Path, text: str) -> Path:
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


def test_a_table() -> None:
    (token,) = parse_tsv((HEAD + row("", level=4) + row("swing") + row(" ")).encode())
    assert token == Token("swing", 10, 20, 30, 12, (2, 1, 7), 96.5)
    assert (token.right, token.middle) == (40, 26.0)
    assert "swing" not in repr(token)


@pytest.mark.parametrize(
    "tsv", [b"", b"\xff\xfe\0", b"error\n", b"level\nno\ttable\n", (HEAD + row("x", left="y")).encode()]
)
def test_what_is_no_table(tsv: bytes) -> None:
    assert parse_tsv(tsv) == ()


def test_bytes_that_are_no_text_and_a_flood() -> None:
    assert len(parse_tsv(HEAD.encode() + row("a").encode().replace(b"\ta\n", b"\t\xff\n"))) == 1
    assert len(parse_tsv((HEAD + row("x") * (MAX_TOKENS + 5)).encode())) == MAX_TOKENS


def test_the_picture_goes_in_by_a_pipe_and_nothing_of_ours_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "sings")
    out = tmp_path / "out"
    program = script(tmp_path, f'{{ echo "$@"; env; cat; }} > {out}')
    assert run(program, IMAGE) == ()
    arguments, rest = out.read_bytes().split(b"\n", 1)
    assert arguments.startswith(b"stdin stdout ")
    assert rest.endswith(b"P5\n3 2\n255\n" + bytes([200]) * 6)
    assert b"OMP_THREAD_LIMIT=1\n" in rest
    assert b"CANARY" not in rest


def test_a_program_that_fails_is_missing_or_never_ends(tmp_path: Path) -> None:
    assert run(script(tmp_path, f"cat > /dev/null; printf '%s' '{row('x')}'; exit 1"), IMAGE) is None
    assert run(tmp_path / "missing", IMAGE) is None
    assert run(script(tmp_path, "exec sleep 60"), IMAGE, timeout=0.2) is None
    assert run(script(tmp_path, "exit 0"), Image.new("L", (2000, 2000))) == ()

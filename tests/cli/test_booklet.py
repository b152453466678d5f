"""`rootescrow kit --booklet`: one file, nothing else, and never over another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rootescrow.register import folder
from tests.cli.support import Ceremony, inside
from tests.paper.support import texts
from tests.register.test_folder import everything


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory, ceremony: Ceremony) -> Path:
    """A folder with the booklet of an escrow."""
    out = tmp_path_factory.mktemp("booklet") / "papers"
    before = everything(ceremony.escrow)
    done = inside("kit", ceremony.escrow, "--booklet", "--out", out, "--paper", "letter")
    assert done.status == 0, done.err
    assert "printed, not confirmed" in done.err
    (path,) = out.iterdir()
    assert done.out == (
        f"Written: {path}. Print it single-sided, at 100 %, once for each place where an envelope is kept.\n"
    )
    assert everything(ceremony.escrow) == before
    return out


def test_it_is_of_the_escrow(once: Path, ceremony: Ceremony) -> None:
    record = folder.load_record(ceremony.escrow)
    (path,) = once.iterdir()
    assert path.name == f"{record.escrow_id}-booklet.pdf"
    first = texts(path.read_bytes())[0]
    for text in (record.escrow_id, "Test Root", str(record.policy), record.envelope.sha256):
        assert text in first
    assert "Ada Example" not in "".join(texts(path.read_bytes()))


def test_nothing_is_overwritten(once: Path, ceremony: Ceremony) -> None:
    before = everything(once)
    done = inside("kit", ceremony.escrow, "--booklet", "--out", once)
    assert (done.status, "is there already" in done.err) == (7, True)
    assert everything(once) == before


@pytest.mark.parametrize("name", ["envelope.cms", "record.json"])
def test_an_escrow_that_does_not_hold_together(name: str, tmp_path: Path, ceremony: Ceremony) -> None:
    escrow, out = tmp_path / "escrow", tmp_path / "out"
    shutil.copytree(ceremony.escrow, escrow)
    (escrow / name).unlink()
    assert inside("kit", escrow, "--booklet", "--out", out).status == 7
    (escrow / name).write_bytes(b"something else")
    assert inside("kit", escrow, "--booklet", "--out", out).status in (3, 5)
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--booklet",), "where is the booklet to be written?"),
        (("--booklet", "medium", "--out", "papers"), "--booklet writes no medium"),
        (("--booklet", "--out", "papers", "--check"), "--booklet writes no medium"),
        (("--booklet", "--out", "papers", "--place", "Graz"), "--booklet writes no medium"),
        (("medium", "--out", "papers"), "--out is for --booklet"),
        ((), "where is the medium?"),
    ],
)
def test_what_does_not_go_together(words: tuple[str, ...], said: str, ceremony: Ceremony) -> None:
    done = inside("kit", ceremony.escrow, *words)
    assert (done.status, said in done.err) == (2, True)

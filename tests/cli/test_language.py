"""`--language`: paper is in the language of the plan, the record or the option; the terminal stays English."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from Crypto.PublicKey import ECC

from rootescrow.ceremony.papers.script import draw_script
from rootescrow.ceremony.planned import Planned
from tests.cli.support import PASSPHRASE, inside
from tests.paper.support import texts


@pytest.fixture(scope="module")
def escrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An escrow of two copies of one share, in German."""
    folder = tmp_path_factory.mktemp("language")
    key = ECC.generate(curve="P-256").export_key(format="PEM")
    (folder / "k.pem").write_text(key)
    out = folder / "escrow-1"
    done = inside(
        *("split", folder / "k.pem", "--out", out, "--shares", "1/2", "--envelope", "separate", "--language", "de"),
        *("--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    assert "Record's check code" in done.out
    return out / "escrow"


def printed(folder: Path, name: str) -> str:
    return " ".join(" ".join(texts((folder / name).read_bytes())).split())


def test_the_sheets_and_the_record_say_it(escrow: Path) -> None:
    assert json.loads((escrow / "record.json").read_bytes())["language"] == "de"
    sheet, *_ = sorted((escrow.parent / "secret").iterdir())
    assert "BEUTEL NICHT ÖFFNEN" in printed(sheet.parent, sheet.name)
    assert "NIEDERSCHRIFT" in printed(escrow, "record.pdf")
    assert "UMSCHLAG" in printed(escrow, "envelope.pdf")


@pytest.mark.parametrize(
    ("command", "name", "de", "en"),
    [
        (("record", "show"), "record.pdf", "NIEDERSCHRIFT", "RECORD"),
        (("status",), "{id}-call-list.pdf", "ANRUFLISTE", "CALL LIST"),
        (("audit",), "{id}-audit.pdf", "PRÜFBERICHT", "AUDIT REPORT"),
    ],
)
def test_papers_are_in_the_language_of_the_record_or_another(
    escrow: Path, tmp_path: Path, command: tuple[str, ...], name: str, de: str, en: str
) -> None:
    name = name.format(id=json.loads((escrow / "record.json").read_bytes())["escrow_id"])
    for language, words in (((), de), (("--language", "en"), en)):
        out = tmp_path / "-".join(("papers", *language))
        done = inside(*command, escrow, "--out", out, *language)
        assert done.status in (0, 8), done.err  # nothing was confirmed
        assert words in printed(out, name)
    if command == ("audit",):
        assert "record.pdf" not in done.err, "the record was drawn in its own language"


def test_the_script_is_in_the_language_that_is_asked_for(repo_root: Path, tmp_path: Path) -> None:
    plan = repo_root / "examples" / "plans" / "root.toml"
    assert inside("script", plan, "--out", tmp_path, "--language", "de").status == 0
    expected = draw_script(Planned.read(plan.read_bytes()), language="de")
    assert (tmp_path / "script.pdf").read_bytes() == expected


@pytest.mark.parametrize("language", ["xx", "DE", "../text/de"])
def test_a_language_that_is_not_there_makes_nothing(repo_root: Path, tmp_path: Path, language: str) -> None:
    plan = repo_root / "examples" / "plans" / "root.toml"
    done = inside("script", plan, "--out", tmp_path / "papers", "--language", language)
    assert (done.status, done.out) == (2, "")
    assert "no papers in the language" in done.err
    assert "en, de" in done.err
    assert not (tmp_path / "papers").exists()


def test_the_plan_says_it_where_there_is_one(repo_root: Path, tmp_path: Path) -> None:
    plan = repo_root / "examples" / "plans" / "root.toml"
    done = inside("split", "--rehearse", "--plan", plan, "--out", tmp_path / "out", "--language", "de")
    assert done.status == 2
    assert "--language" in done.err


def test_the_call_list_only_has_a_language_if_it_is_written(escrow: Path) -> None:
    assert inside("status", escrow, "--language", "de").status == 2

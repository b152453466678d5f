"""`rootescrow passphrase`, and `split --escrow-passphrase`, as their users run them."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rootescrow.passphrase import Passphrase, generate, is_generated
from rootescrow.register.record import PassphraseRecord, Record
from tests.cli.support import PASSPHRASE, Ceremony, Done, codes, inside, run
from tests.cli.terminal import Terminal

Root = tuple[Path, Path]
NAME = ("--name", "Test Root")


def letters_of(passphrase: Passphrase) -> str:
    return bytes(passphrase.reveal()).decode()


def words(sheet: Path) -> str:
    """The words of a sheet, from its second page."""
    (text,) = codes(sheet, [1])
    return text


@pytest.fixture(scope="module")
def given() -> str:
    """A passphrase that was generated before."""
    with generate() as passphrase:
        return letters_of(passphrase)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, given: str) -> tuple[Path, Done]:
    """That passphrase, escrowed 2 of 3, and what the command said."""
    out = tmp_path_factory.mktemp("passphrase") / "out"
    done = run(
        *("passphrase", "split", "--out", out, "--shares", "2/3", *NAME, "--passphrase-file", "{fd}"),
        *("--holder", "Passphrase=Kit Example"),
        passphrase=given,
    )
    assert done.status == 0, done.err
    return out, done


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, root: Root) -> tuple[Path, Done]:
    """A key split with its passphrase, and what the command said."""
    out = tmp_path_factory.mktemp("both") / "out"
    done = run(
        *("split", root[0], "--certificate", root[1], "--out", out, *NAME, "--shares", "2/2", "--envelope", "separate"),
        *("--escrow-passphrase", "2/3", "--keeper", "Kit Example", "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    return out, done


def sheets(out: Path, folder: str = "secret-passphrase") -> list[Path]:
    return sorted((out / folder).iterdir())


@pytest.fixture
def typed(tmp_path: Path, alone: tuple[Path, Done]) -> list[Path]:
    """The words of the three sheets, a text file each."""
    files = []
    for number, sheet in enumerate(sheets(alone[0]), 1):
        files.append(tmp_path / f"{number}.txt")
        files[-1].write_text(words(sheet) + "\n")
    return files


def everything(folder: Path) -> Iterator[bytes]:
    """The names and contents of all files below a folder."""
    for path in folder.rglob("*"):
        yield str(path.relative_to(folder)).encode()
        if path.is_file():
            yield path.read_bytes()


def fd_of(text: str) -> Passphrase:
    return Passphrase.from_text(text)


def received(*arguments: str | Path) -> tuple[Done, str]:
    """Run a command with a descriptor for the passphrase, as {out}; what came through it."""
    reading, writing = os.pipe()
    try:
        done = run_with(writing, *arguments)
    finally:
        os.close(writing)
    with open(reading, "rb") as file:
        return done, file.read().decode()


def run_with(descriptor: int, *arguments: str | Path) -> Done:
    # Within this process the descriptor is there without being handed on.
    return inside(*(str(word).replace("{out}", f"/dev/fd/{descriptor}") for word in arguments))


# generate


def test_one_is_never_given_to_a_pipe_that_was_not_named() -> None:
    done = run("passphrase", "generate")
    assert (done.status, done.out) == (2, "")
    assert "on a terminal only" in done.err
    assert "--out" in done.err


def test_one_goes_to_a_new_file(tmp_path: Path) -> None:
    out = tmp_path / "new"
    done = run("passphrase", "generate", "--out", out)
    assert (done.status, done.out) == (0, "")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    text = out.read_text()
    assert text.endswith("\n")
    assert is_generated(fd_of(text[:-1]))
    assert text[:-1] not in done.err
    again = run("passphrase", "generate", "--out", out)
    assert again.status == 7
    assert "there already" in again.err
    assert out.read_text() == text


def test_one_goes_to_a_descriptor() -> None:
    done, got = received("passphrase", "generate", "--out", "{out}")
    assert (done.status, done.out) == (0, "")
    assert is_generated(fd_of(got.removesuffix("\n")))
    closed = inside("passphrase", "generate", "--out", "/dev/fd/987")
    assert closed.status == 7


def test_one_is_shown_on_a_terminal_and_erased(tmp_path: Path) -> None:
    with closing(Terminal(["passphrase", "generate"], tmp_path)) as terminal:
        shown = terminal.until(r"Enter erases it from the screen: ")
        found = re.search(r"^ {4}((?:[a-z]{5} ){5}[a-z]{5})\r?$", shown, re.M)
        assert found
        assert is_generated(fd_of(found[1].replace(" ", "")))
        terminal.type("")
        assert terminal.end() == 0
        assert found[1] not in "\n".join(terminal.screen.left)
        assert found[1][:5] not in "\n".join(terminal.screen.left)


# split and recover


def test_sheets_and_a_record(alone: tuple[Path, Done]) -> None:
    out, done = alone
    assert sorted(path.name for path in out.iterdir()) == ["escrow-passphrase", "secret-passphrase"]
    record = PassphraseRecord.load((out / "escrow-passphrase" / "passphrase.json").read_bytes())
    assert [path.name for path in sheets(out)] == [
        f"passphrase-{record.passphrase.escrow_id}-1-Passphrase-{number}.pdf" for number in (1, 2, 3)
    ]
    assert record.passphrase.sheets[0].person == "Kit Example"
    assert record.check_code in done.out
    assert record.passphrase.escrow_id in done.out
    for path in (out, *out.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_any_quorum_gives_it_back(alone: tuple[Path, Done], typed: list[Path], given: str) -> None:
    for pair in (typed[:2], typed[1:], [typed[2], typed[0]], typed):
        done, got = received("passphrase", "recover", *pair, "--out", "{out}")
        assert (done.status, done.out, got) == (0, "", given + "\n"), done.err
        assert given not in done.err
    done, got = received(
        *("passphrase", "recover", *map(str, sheets(alone[0])[1:])),
        *("--escrow", alone[0] / "escrow-passphrase", "--out", "{out}"),
    )
    assert got == given + "\n"
    assert "from Passphrase/2, Passphrase/3" in done.err
    assert "Record's check code" in done.err


def test_it_is_recovered_at_a_terminal(tmp_path: Path, typed: list[Path], given: str) -> None:
    with closing(Terminal(["passphrase", "recover", typed[0]], tmp_path)) as terminal:
        terminal.until("word 1 of 33>")
        terminal.type(typed[2].read_text().strip())
        shown = terminal.until(r"Enter erases it from the screen: ")
        assert " ".join(given[i : i + 5] for i in range(0, 30, 5)) in shown
        terminal.type("")
        assert terminal.end() == 0


def test_one_sheet_is_not_enough(typed: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "passphrase"
    done = inside("passphrase", "recover", typed[0], "--out", out)
    assert done.status == 4
    assert "group 1: 1 of 2" in done.err
    assert "envelope" not in done.err
    assert not out.exists()
    assert inside("passphrase", "recover", "--out", out).status == 2
    assert inside("passphrase", "recover", typed[0], typed[1]).status == 2


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--shares", "1/3", *NAME], 2, "SP-e"),
        (["--shares", "4/3", *NAME], 2, "wants 4 of 3"),
        (["--shares", "2/3"], 2, "of which key"),
        ([*NAME], 2, "either --shares"),
        (["--shares", "2/3", *NAME, "--holder", "Board=Ada"], 2, "names no group"),
        (["--shares", "2/3", *NAME, "--ask", "--rehearse"], 2, "which passphrase"),
        (["--shares", "2/3", *NAME, "--ask"], 2, "no terminal"),
        (["--shares", "2/3", *NAME, "--passphrase-file", "{fd}"], 8, "only a generated passphrase is escrowed"),
        (["--shares", "2/3", *NAME, "--passphrase-file", "/nowhere"], 7, "/nowhere"),
        (["--shares", "2/3", *NAME, "--for", "/nowhere"], 7, "is no escrow"),
        (["--shares", "2/3", "--name", "北京"], 6, "fonts cannot print"),
    ],
)
def test_what_cannot_be_escrowed(arguments: list[str], status: int, said: str, tmp_path: Path) -> None:
    done = inside("passphrase", "split", "--out", tmp_path / "out", *arguments, passphrase=PASSPHRASE)
    assert (done.status, done.out) == (status, ""), done.err
    assert said in done.err
    assert PASSPHRASE not in done.err
    assert not (tmp_path / "out").exists()


def test_a_new_one_is_seen_by_nobody_unless_a_place_is_named(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done, got = received(
        *("passphrase", "split", "--out", out, "--group", "A=2/2", "--group", "B=2/2", *NAME),
        *("--passphrase-out", "{out}"),
    )
    assert done.status == 0, done.err
    assert is_generated(fd_of(got.removesuffix("\n")))
    refused, nothing = received("passphrase", "recover", *sheets(out), "--out", "{out}")
    assert (refused.status, nothing) == (8, "")
    assert "SP-h" in refused.err
    again, same = received("passphrase", "recover", *sheets(out), "--case", "a20261123.1", "--out", "{out}")
    assert same == got
    assert "under case a20261123.1" in again.err


def test_a_rehearsal_says_so(tmp_path: Path) -> None:
    done = inside("passphrase", "split", "--out", tmp_path / "out", "--shares", "2/2", "--rehearse")
    assert done.status == 0, done.err
    assert PassphraseRecord.load((tmp_path / "out/escrow-passphrase/passphrase.json").read_bytes()).rehearsal


# inside split


def test_split_makes_uses_and_escrows_it(
    both: tuple[Path, Done], program: Callable[[str], str], tmp_path: Path
) -> None:
    out, done = both
    assert sorted(path.name for path in out.iterdir()) == ["escrow", "secret", "secret-passphrase"]
    record = Record.load((out / "escrow" / "record.json").read_bytes())
    assert record.passphrase
    assert (len(record.passphrase.sheets), record.passphrase.sheets[0].person) == (3, "Kit Example")
    assert str(record.passphrase.id) in done.out
    key = tmp_path / "key.pem"
    recovered = inside("recover", *sheets(out, "secret"), "--escrow", out / "escrow", "--out", key)
    assert recovered.status == 0, recovered.err
    _, got = received("passphrase", "recover", *sheets(out)[1:], "--escrow", out / "escrow", "--out", "{out}")
    for passphrase, opens in ((got.strip(), True), (PASSPHRASE, False)):
        command = [program("openssl"), "pkey", "-in", str(key), "-passin", "stdin", "-noout"]
        done_ = subprocess.run(command, input=passphrase.encode() + b"\n", capture_output=True, check=False)
        assert (done_.returncode == 0) is opens


def test_the_passphrase_is_nowhere(both: tuple[Path, Done], alone: tuple[Path, Done], given: str) -> None:
    _, got = received("passphrase", "recover", *sheets(both[0])[:2], "--out", "{out}")
    for (out, done), secret in ((both, got.strip()), (alone, given)):
        grouped = " ".join(secret[i : i + 5] for i in range(0, 30, 5))
        for shown in (secret, grouped, secret[:10], secret.encode().hex()):
            assert shown not in done.out + done.err
            assert not any(shown.encode() in data for data in everything(out))


def test_the_sheets_of_one_are_not_taken_for_those_of_the_other(both: tuple[Path, Done], tmp_path: Path) -> None:
    out = both[0]
    new = tmp_path / "new"
    cases: tuple[tuple[list[str | Path], int, str], ...] = (
        (["recover", *sheets(out)], 5, "sheets of a passphrase, not of a key"),
        (["recover", *sheets(out), "--escrow", out / "escrow"], 5, "sheets of a passphrase"),
        (["passphrase", "recover", *sheets(out, "secret")], 5, "sheets of the key, not of its passphrase"),
        (["passphrase", "recover", *sheets(out, "secret"), "--escrow", out / "escrow"], 5, "sheets of the key"),
    )
    for arguments, status, said in cases:
        done = inside(*arguments, "--out", new)
        assert done.status == status, done.err
        assert said in done.err
        assert not new.exists()
    told = inside("inspect", *sheets(out), "--escrow", out / "escrow")
    assert "Passphrase/1: foreign, a sheet of the passphrase" in told.out


def test_of_which_the_record_lists_none(ceremony: Ceremony, tmp_path: Path) -> None:
    done = inside("passphrase", "recover", "-", "--escrow", ceremony.escrow, "--out", tmp_path / "new")
    assert done.status == 7
    assert "lists no sheets of a passphrase" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shares", "2/3", "--keeper", "Kit"], "keepers of what"),
        (["--shares", "2/3", "--escrow-passphrase", "1/3"], "SP-e"),
        (["--shares", "2/3", "--escrow-passphrase", "2of3"], "NAME=K/N"),
        (
            ["--group", "passphrase=2/3", "--escrow-passphrase", "2/3", "--passphrase-file", "{fd}"],
            "both called passphrase",
        ),
        (["--shares", "2/3", "--escrow-passphrase", "2/2", *(["--keeper", "Kit"] * 3)], "3 holders"),
    ],
)
def test_what_split_refuses(arguments: list[str], said: str, root: Root, tmp_path: Path) -> None:
    done = inside("split", root[0], "--out", tmp_path / "out", *arguments, passphrase=PASSPHRASE)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert not (tmp_path / "out").exists()

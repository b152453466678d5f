"""Known secrets go through every command, in success and in all kinds of failure, and are seen nowhere outside."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from rootescrow import Share, cli
from tests.cli.canary import Canary, key_pair, tree
from tests.cli.conftest import make_root
from tests.cli.support import (
    ENVIRONMENT,
    GROUPS,
    PASSPHRASE,
    QUORUM,
    Ceremony,
    Words,
    hardened,
    inside,
    on_descriptor,
    streams,
    words,
)

Find = Callable[[str], str]
WRONG = "incorrect horse 7 battery"
NOT_ASCII = "korrektes Pferd 7 Batterie ß"


@pytest.fixture(scope="module")
def canary(ceremony: Ceremony, program: Find) -> Canary:
    key = key_pair(program("openssl"), ceremony.key, PASSPHRASE)
    shares = [file.read_text().strip() for file in ceremony.words()]
    return Canary.of(shares, passphrases=(PASSPHRASE, WRONG, NOT_ASCII), key=key)


def test_the_canary_sings(canary: Canary, ceremony: Ceremony) -> None:
    """Each kind of secret is seen where it is, in whatever form."""
    text = ceremony.words("Board-3")[0].read_text()
    row = text.split()[20:24]
    for seen in (
        text,
        text.upper().replace(" ", "\n"),
        f"x 21. {row[0]}, 22. {row[1]}, 23. {row[2]}, 24. {row[3]} x",
        " ".join(word[:4] for word in row),
        f"--{PASSPHRASE}--",
        repr(Share.parse(text).value),
        Share.parse(text).value.hex(),
        (ceremony.key.parent / "plain.pem").read_text(),
    ):
        assert canary.in_(seen)
    assert canary.in_(ceremony.sheets("Board-1")[0].read_bytes() + text.encode())
    assert not canary.in_(" ".join(row[:3]))
    assert not canary.in_(ceremony.certificate.read_text())


def test_nothing_of_them_is_in_the_escrow(canary: Canary, ceremony: Ceremony) -> None:
    assert not canary.in_(tree(ceremony.escrow))
    assert not canary.in_("\n".join(map(str, ceremony.out.rglob("*"))))
    assert not canary.in_(ceremony.done.out + ceremony.done.err)


def attempts(ceremony: Ceremony, folder: Path) -> Iterator[tuple[int, Words, str | None]]:
    """Status, arguments and passphrase of commands that meet the secrets."""
    texts = {file.stem: file.read_text().strip() for file in ceremony.words()}

    def file(name: str, text: str | bytes) -> Path:
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    envelope = ceremony.escrow / "envelope.cms"
    board = texts["Board-1"].split()
    share = Share.parse(texts["Board-2"])
    forged = file("forged.txt", replace(share, value=bytes([share.value[0] ^ 1]) + share.value[1:]).text)
    typo = file("typo.txt", " ".join([*board[:5], board[5][:2] + "qq", *board[6:]]))
    swapped = file("swapped.txt", " ".join([*board[:10], board[11], board[10], *board[12:]]))
    short = file("short.txt", " ".join(board[:-1]))
    numbered = file("numbered.txt", " ".join(f"{n}. {word}" for n, word in enumerate(board, 1) if n != 10))
    mixed = file("mixed.txt", "\n".join(texts.values()) + "\nROOTESCROW1 rubbish\n001 rubbish\n" + ceremony.lines())
    latin = file("latin.txt", texts["Board-1"].encode() + b" \xe9")
    nul = file("nul.txt", texts["Board-1"].encode() + b"\0")
    wide = file("wide.txt", texts["Board-1"].encode("utf-16"))
    long = file("long.txt", (texts["Board-1"] + "\n") * 6000)
    code = file("code.txt", f"ROOTESCROW1 {texts['Board-1']}")
    sheet = ceremony.sheets("Board-1")[0]
    cut = file("cut.pdf", sheet.read_bytes()[:-100])
    spoilt = file("spoilt.cms", envelope.read_bytes()[:-1] + b"!")
    record = file("record", b"")
    plain, key = ceremony.key.parent / "plain.pem", ceremony.key

    to = ("--case", "a1", "--out", folder / "k")
    known = ("--escrow", ceremony.escrow)
    quorum = tuple(ceremony.words(*QUORUM))
    given = ("--passphrase-file", "{fd}")
    yield 0, ("recover", *quorum, *known, "--case", "a1", "--run", "true {key}"), None
    yield 3, ("recover", *quorum, *known, *to, *given), NOT_ASCII
    yield 5, ("recover", *quorum, *known, *to, *given), WRONG
    yield 5, ("recover", *quorum, *known, *to, *given, "--certificate", folder / "other" / "root.crt"), PASSPHRASE
    yield 7, ("recover", *quorum, *known, "--case", "a1", "--out", "/dev/null/k"), None
    yield 8, ("recover", *quorum, *known, "--out", folder / "k"), None
    yield 2, ("recover", *quorum, *known, *to, "--arbitrator", " ".join(board[4:10])), None
    yield 2, ("recover", *quorum, *known, *to, "--arrived", f"bag {' '.join(board[4:10])}"), None
    yield 2, ("recover", *quorum, *known, *to, "--arrived", " ".join(board[4:10])), None
    yield 5, ("recover", forged, *quorum[:4], *known, *to), None
    yield 5, ("recover", forged, *quorum[:4], envelope, *to), None
    yield 5, ("recover", *quorum, spoilt, *to), None
    yield 7, ("recover", *quorum, "--escrow", record, *to), None
    for bad, status in (
        *((typo, 3), (swapped, 3), (short, 3), (numbered, 3), (latin, 3), (nul, 3), (wide, 3), (cut, 6), (code, 3)),
        *((mixed, 3), (long, 3)),
    ):
        rest = () if bad == mixed else quorum[1:]
        yield 0 if bad == mixed else status, ("recover", bad, *rest, envelope, *to), None
        for options in ((), known, ("--json",)):
            yield status, ("inspect", bad, *quorum, *options), None
    yield 5, ("inspect", forged, *quorum, *known), None
    yield 0, ("inspect", sheet, *known, "--json"), None
    three, four, six = (file(f"torn{count}.txt", " ".join(["?"] * count + board[count:])) for count in (3, 4, 6))
    misread = file("misread.txt", " ".join(["?", *board[1:5], *board[6:4:-1], *board[7:]]))
    yield 0, ("repair", ceremony.escrow, three), None
    yield 0, ("repair", ceremony.escrow, four), None
    yield 3, ("repair", ceremony.escrow, six), None
    yield 5, ("repair", ceremony.escrow, misread), None
    yield 2, ("repair", ceremony.escrow, three, "--show"), None
    for torn, status in ((three, 0), (four, 3), (six, 3), (misread, 3)):
        yield status, ("inspect", torn, *quorum), None
        yield 0 if torn == four else status, ("inspect", torn, *quorum, *known), None
    drill: tuple[str | Path, ...] = ("drill", ceremony.escrow, *quorum, "--no-journal", "--out", folder / "out")
    some = " ".join(board[4:10])
    yield 2, (*drill, "--by", some), None
    yield 2, (*drill, "--bag", f"Board-1=whole:{some}"), None
    yield 2, (*drill, "--bag", f"Board/1=whole:{some}"), None
    yield 2, (*drill, "--seen", some), None
    yield 2, (*drill, "--open", "--case", some), None
    yield 5, (*drill, "--open", "--case", "a1", *given), WRONG
    yield 3, (*drill, "--open", "--case", "a1", *given), NOT_ASCII
    failed = ("--no-journal", "--out", folder / "failed")
    yield 4, ("drill", ceremony.escrow, quorum[0], *failed, "--open", "--case", "a1"), None
    for bad, status in ((latin, 3), (nul, 3), (wide, 3), (cut, 6)):
        yield status, ("drill", ceremony.escrow, bad, *drill[-3:]), None
    other = ("--shares", "1/1", "--out", folder / "out", *given)
    yield 5, ("split", key, *other), WRONG
    yield 3, ("split", key, *other), NOT_ASCII
    yield 3, ("split", plain, *other), NOT_ASCII
    yield 5, ("split", key, *other, "--certificate", folder / "other" / "root.crt"), PASSPHRASE
    yield 5, ("split", plain, *other, "--certificate", folder / "other" / "root.crt"), PASSPHRASE
    yield 3, ("split", plain, *other, "--certificate", plain), PASSPHRASE
    yield 6, ("split", key, *other, "--name", "\U0001f511"), PASSPHRASE
    yield 3, ("split", file("damaged.pem", plain.read_bytes()[:-60]), *other), PASSPHRASE
    yield 3, ("split", file("twice.pem", plain.read_bytes() * 2), *other), PASSPHRASE
    yield 3, ("split", forged, *other), PASSPHRASE
    yield 2, ("split", key, "--shares", "1/1", "--out", folder / "out"), None


def raised(arguments: Words, passphrase: str | None) -> str:
    """Everything that an exception of this command says, with its trace and whatever it came from."""
    told: list[str] = []
    with hardened(), on_descriptor(passphrase) as descriptor, streams(b""):
        try:
            words = [str(word).replace("{fd}", f"/dev/fd/{descriptor}") for word in arguments]
            cli.cli.main(words, prog_name="rootescrow", standalone_mode=False)
        except Exception as error:  # whatever it is
            told.append("".join(traceback.format_exception(error)))
            cause: BaseException | None = error
            while cause is not None:
                told.append(f"{cause!r} {cause} {cause.args} {vars(cause)}")
                cause = cause.__context__
    return "\n".join(told)


def test_nothing_of_them_is_said(
    canary: Canary, ceremony: Ceremony, tmp_path: Path, program: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    make_root(tmp_path / "other", program("openssl"), "Ed25519")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    met: set[int] = set()
    for status, arguments, passphrase in attempts(ceremony, tmp_path):
        done = inside(*arguments, passphrase=passphrase)
        assert done.status == status, (arguments, done.err)
        assert not canary.in_(done.out + done.err), arguments
        with contextlib.suppress(FileNotFoundError):
            (tmp_path / "k").unlink()
        said = raised(arguments, passphrase)
        assert not canary.in_(said), arguments
        assert bool(said) == bool(status)
        with contextlib.suppress(FileNotFoundError):
            (tmp_path / "k").unlink()
        met.add(status)
    assert met == {0, 2, 3, 4, 5, 6, 7, 8}
    assert not (tmp_path / "out").exists()
    assert list(temporary.iterdir()) == []


def test_nothing_of_them_is_on_the_report_of_a_drill_or_in_its_line(
    canary: Canary, ceremony: Ceremony, tmp_path: Path
) -> None:
    texts = [file.read_text().strip() for file in ceremony.words()]
    share = Share.parse(texts[3])
    wrong = replace(share, value=bytes([share.value[0] ^ 1]) + share.value[1:]).text
    (tmp_path / "typed.txt").write_text("\n\n".join([*texts, wrong, " ".join(texts[0].split()[:-1])]))
    done = inside(
        *("drill", ceremony.escrow, tmp_path / "typed.txt", "--out", tmp_path / "drill", "--no-journal"),
        *("--open", "--case", "a1", "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 5, done.err
    assert "WRONG" in done.out
    (paper,) = (tmp_path / "drill").iterdir()
    with pypdfium2.PdfDocument(paper) as pdf:
        said = "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    assert "The envelope was opened" in said
    assert not canary.in_(done.out + done.err + said)
    assert not canary.in_(tree(tmp_path / "drill"))


def watched(arguments: Words, folder: Path, openssl: str, *, passphrase: str) -> bytes:
    """Run a command; everything that /proc showed of it and its children, and what programs it ran found around them.

    Programs named openssl are recorded by a stand-in on the PATH, which then runs the real one.
    """
    temporary, programs, notes = folder / "temporary", folder / "bin", folder / "notes"
    for new in (temporary, programs):
        new.mkdir()
    stand_in = programs / "openssl"
    stand_in.write_text(f'#!/bin/sh\n(printf "%s\\n" "$@"; env) >> {notes}\nexec {openssl} "$@"\n')
    stand_in.chmod(0o700)
    notes.write_text("")
    environment = {**ENVIRONMENT, "TMPDIR": str(temporary), "PATH": f"{programs}:{ENVIRONMENT['PATH']}"}
    seen: set[bytes] = set()
    with on_descriptor(passphrase) as descriptor:
        given = [str(word).replace("{fd}", f"/dev/fd/{descriptor}") for word in arguments]
        process = subprocess.Popen(
            [sys.executable, "-m", "rootescrow", *given],
            pass_fds=[descriptor],
            cwd=temporary,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    with process:
        while process.poll() is None:
            family = [process.pid]
            for pid in family:
                with contextlib.suppress(OSError):
                    proc = Path("/proc") / str(pid)
                    family += map(int, (proc / "task" / str(pid) / "children").read_text().split())
                    seen.add((proc / "cmdline").read_bytes())
                    seen.add((proc / "environ").read_bytes())
            time.sleep(0.002)
        assert process.stdout is not None
        said = process.stdout.read()
    assert process.returncode == 0, said
    assert any(b"rootescrow" in some for some in seen)
    assert list(temporary.iterdir()) == []
    return b"\n".join((*seen, said, notes.read_bytes()))


def test_nothing_of_them_is_where_other_processes_look(tmp_path: Path, program: Find) -> None:
    """A key that only openssl knows is piped through it; the recovered key is handed to a command."""
    openssl = program("openssl")
    key, certificate = make_root(tmp_path, openssl, "EC", "ec_paramgen_curve:secp256k1")
    out, report = tmp_path / "out", tmp_path / "report"
    arguments: Words = ("split", key, "--certificate", certificate, "--out", out, *GROUPS, "--passphrase-file", "{fd}")
    (tmp_path / "1").mkdir()
    seen = watched(arguments, tmp_path / "1", openssl, passphrase=PASSPHRASE)
    assert b"-pubout" in seen  # the stand-in was asked
    sheets = sorted((out / "secret").iterdir())
    shares = [words(sheet) for sheet in sheets]
    canary = Canary.of(shares, passphrases=[PASSPHRASE], key=key_pair(openssl, key, PASSPHRASE))
    assert not canary.in_(seen)
    command = f"sh -c 'openssl version; env > {report}; sleep 0.1' {{key}}"
    typed = tmp_path / "typed.txt"
    typed.write_text("\n".join(shares))
    arguments = ("recover", typed, "--escrow", out / "escrow", "--case", "a1", "--run", command)
    (tmp_path / "2").mkdir()
    seen = watched((*arguments, "--passphrase-file", "{fd}"), tmp_path / "2", openssl, passphrase=PASSPHRASE)
    assert not canary.in_(seen + report.read_bytes())
    assert b"/dev/fd/" in seen

"""examples/: each program does what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rootescrow.register import folder
from rootescrow.register.events import Confirmed
from rootescrow.register.record import sha256
from rootescrow.shamir.words import WORDS

from .support import environment
from .terminal import play

TYPED = "only for tests of the examples"


@pytest.mark.parametrize("encrypted", [False, True])
def test_split_and_recover(repo_root: Path, program: Callable[[str], str], tmp_path: Path, encrypted: bool) -> None:
    path = str(Path(program("openssl")).parent) + ":/usr/bin:/bin"
    cipher = "-aes-256-cbc " if encrypted else ""
    make = f"openssl genpkey -quiet -algorithm ed25519 {cipher}-out root.key"
    example = shlex.join([sys.executable, str(repo_root / "examples" / "split_and_recover.py"), "root.key"])
    prompts = r"(?:Passphrase|[Pp]ass ?phrase[^\n]*):"
    session = play([make, example], tmp_path, path, {prompts: TYPED}, environment(tmp_path))
    assert session.status == 0, session.shown
    shown = session.shown[1]
    assert "any 3 of the 5 Board sheets and any 2 of the 3 Arbitration sheets" in shown
    assert "complete; envelope: complete" in shown
    assert shown.rstrip().endswith("Recovered, byte for byte: True")
    assert TYPED not in shown
    assert [file.name for file in tmp_path.iterdir()] == ["root.key"]


def test_root_ceremony(repo_root: Path, program: Callable[[str], str], tmp_path: Path) -> None:
    out = tmp_path / "ceremony"
    path = str(Path(program("openssl")).parent) + ":/usr/bin:/bin"
    done = subprocess.run(
        [sys.executable, str(repo_root / "examples" / "root_ceremony.py"), str(out)],
        env={**environment(tmp_path), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line[0] for line in done.stdout.splitlines() if re.match(r"\d\. ", line)] == [*"1234567"]
    assert "verify OK" in done.stdout.splitlines()[-4]

    register = folder.load_register(out / "escrow-1" / folder.ESCROW)
    record = register.record
    assert (record.profile, record.rehearsal, record.envelope.printed) == ("root", False, "separate")
    assert [(group.name, group.threshold, group.count) for group in record.groups] == [
        ("Board", 3, 5),
        ("Arbitration", 2, 3),
    ]
    assert record.passphrase is not None
    assert [(group.threshold, group.count) for group in record.passphrase.groups] == [(2, 3)]
    assert record.authority.motion == "m20261101.1"
    assert record.plan_sha256 == sha256((out / "root.toml").read_bytes())
    assert len(record.media) == 2
    # All of them, the passphrase's and the envelope too, each with who was there.
    assert register.state == "confirmed"
    confirmed = [line.event for line in register.journal.lines if isinstance(line.event, Confirmed)]
    assert len(confirmed) == 5 + 3 + 3 + 1
    assert {event.by for event in confirmed} == {"Olga Example, Otto Example, Wanda Example"}
    for medium in ("medium-1", "medium-2"):
        copy = out / medium / folder.ESCROW
        assert folder.is_copy(copy)
        assert register.journal.continues(folder.load_register(copy).journal)
        assert {"ca.cnf", "index.txt", "crlnumber"} == {path.name for path in (out / medium / "signing").iterdir()}
    assert [(one.name, one.lacking) for one in register.media_now] == [("USB stick 1", ()), ("USB stick 2", ())]
    left = {file.name for file in out.iterdir()}
    assert not left & {"root.key", "root.p8.pem", "passphrase", "scan.pdf", "quorum.pdf", "keepers.pdf", "rehearsal"}
    assert sorted(file.name for file in (out / "escrow-1").iterdir()) == [folder.ESCROW]
    assert not told_words(done.stdout)


def told_words(text: str) -> list[str]:
    """Runs of four words and more that are all of SLIP-39's list, or their first four letters."""
    known = {*WORDS, *(word[:4] for word in WORDS)}
    runs: list[list[str]] = [[]]
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        if word in known:
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    return [" ".join(run) for run in runs if len(run) > 3]


def test_every_example_has_a_test(repo_root: Path) -> None:
    programs = sorted(file.name for file in (repo_root / "examples").glob("*.py"))
    assert programs == ["root_ceremony.py", "split_and_recover.py"]

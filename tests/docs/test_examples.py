"""examples/: each program does what it says."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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


def test_every_example_has_a_test(repo_root: Path) -> None:
    assert [file.name for file in (repo_root / "examples").glob("*.py")] == ["split_and_recover.py"]

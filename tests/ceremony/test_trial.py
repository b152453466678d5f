"""The trial of recover.py: the real one passes, and what is not right is seen."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

import pytest

from rootescrow.ceremony.trial import trial

PROGRAM = resources.files("rootescrow").joinpath("standalone", "recover.py").read_bytes()


def test_the_real_one() -> None:
    assert trial(PROGRAM) == ""


def test_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert trial(b"import sys; sys.exit(1)") == "it ended with status 1"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (b"", "what it gave is not the key"),
        (b"not Python (", "it ended with status 1"),
        (b"open('key.pem', 'w').write('-----BEGIN A-----\\nAAAA\\n-----END A-----\\n')", "what it gave is not the key"),
        (
            PROGRAM.replace(b'print("It opens the key"', b'print("It"'),
            "it did not see that the passphrase opens the key",
        ),
        (PROGRAM.replace(b"rootescrow v1 id", b"rootescrow v2 id"), "it ended with status 1"),
    ],
    ids=["empty", "broken", "another key", "silent", "another id"],
)
def test_what_is_not_right(program: bytes, said: str) -> None:
    assert program != PROGRAM
    assert trial(program) == said


def test_no_python() -> None:
    assert trial(PROGRAM, sys.executable + "-none") == "it cannot be run"

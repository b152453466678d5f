"""The wheels that `make wheels` makes, installed as from a medium: without a network, and into no environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

import rootescrow
from rootescrow.ceremony import wheels
from rootescrow.register.medium import Sums
from tests.conftest import missing

SCRIPT = resources.files("rootescrow").joinpath("standalone", wheels.INSTALL_FILE)


@pytest.fixture(scope="module")
def found(repo_root: Path) -> wheels.Wheels:
    if not (repo_root / "wheels").is_dir():
        missing("the folder wheels/ ('make wheels' makes it)")
    return wheels.read(repo_root / "wheels")


@pytest.fixture
def medium(tmp_path: Path, found: wheels.Wheels) -> Path:
    """A medium whose path has a space in it."""
    path = tmp_path / "a medium"
    files = wheels.on_medium(found)
    (path / wheels.FOLDER).mkdir(parents=True)
    for name, data in files.items():
        (path / name).write_bytes(data)
    (path / "SHA256SUMS").write_bytes(Sums.of(files).dump())
    return path


@pytest.fixture
def install(
    medium: Path, tmp_path: Path, program: Callable[[str], str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs install.sh without a network, with this Python and no other program than Debian's plainest."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "python3").chmod(0o700)
    unshare = program("unshare")

    def run(*words: str, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [unshare, "--net", "--map-root-user", "sh", str(medium / "install.sh"), *words],
            cwd=cwd,
            env={"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_they_are_complete_for_this_python(found: wheels.Wheels) -> None:
    assert f"cp{sys.version_info[0]}{sys.version_info[1]}" in {python for python, _ in found.targets}


def test_install_and_use(install: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    done = install("here")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"rootescrow {rootescrow.__version__}" in done.stdout
    ours = subprocess.run(
        [tmp_path / "here" / "rootescrow", "recover", "--help"],
        cwd="/",
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ours.returncode, ours.stderr) == (0, "")
    shamir = tmp_path / "here" / "shamir"
    made = subprocess.run(
        [shamir, "create", "2of3"], env={"PATH": os.defpath}, capture_output=True, text=True, check=False
    )
    assert (made.returncode, "Group 1 of 1" in made.stdout) == (0, True)


def test_nothing_is_overwritten(install: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    done = install("here")
    assert (done.returncode, "is there already" in done.stderr) == (1, True)
    assert list((tmp_path / "here").iterdir()) == []


def test_a_changed_wheel_is_not_installed(
    install: Callable[..., subprocess.CompletedProcess[str]], medium: Path, tmp_path: Path
) -> None:
    wheel = next((medium / wheels.FOLDER).glob("click-*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    done = install("here")
    assert (done.returncode, "Take another medium" in done.stderr) == (1, True)
    assert not (tmp_path / "here").exists()


def test_a_wheel_that_was_not_written_with_the_others(
    install: Callable[..., subprocess.CompletedProcess[str]], medium: Path, tmp_path: Path
) -> None:
    """pip would take the newer one, and every file of the list is right."""
    (medium / wheels.FOLDER / "pip-99-py3-none-any.whl").write_bytes(b"")
    done = install("here")
    assert (done.returncode, "wheels/pip-99-py3-none-any.whl was not written" in done.stderr) == (1, True)
    assert not (tmp_path / "here").exists()


def test_nothing_of_the_folder_in_which_somebody_stands_is_run(
    install: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    where = tmp_path / "where"
    where.mkdir()
    (where / "platform.py").write_text("open('trap', 'w')\n")
    done = install("-a 'folder' $(x)", cwd=where)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (where / "trap").exists()


@pytest.mark.parametrize(("name", "why"), [("no/folder", "cannot be made"), ("a:b", "there is a colon")])
def test_a_folder_that_cannot_be(
    install: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, name: str, why: str
) -> None:
    done = install(name)
    assert (done.returncode, why in done.stderr) == (1, True)
    assert not (tmp_path / name).exists()


def test_wheels_that_do_not_fit(
    install: Callable[..., subprocess.CompletedProcess[str]], medium: Path, tmp_path: Path
) -> None:
    (medium / "SHA256SUMS").unlink()
    next((medium / wheels.FOLDER).glob("pillow-*.whl")).unlink()
    done = install("here")
    assert (done.returncode, "the wheels fit no Python here" in done.stderr) == (1, True)
    assert not (tmp_path / "here").exists()

"""What all tests share: foreign programs and data, found or else skipped; in CI a missing one is a failure."""

from __future__ import annotations

import filecmp
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

import rootescrow

ROOT = Path(__file__).resolve().parent.parent
CI = os.environ.get("CI") == "true"
# The tests of the damage bench need what is not installed. At the end: the installed package comes first.
sys.path.append(str(ROOT))

# In the order in which workers take them, so that none is left with the longest at the end.
LONGEST = (
    *("docs/test_commands.py", "long/test_root_ceremony.py", "long/test_thirty_years.py", "cli/test_demo.py"),
    *("cli/test_passphrase.py", "cli/test_rekey.py", "cli/test_process.py", "cli/test_split.py"),
)

# No test measures time, so hypothesis is not to either. CI tries the same examples each time, so that a commit that
# passed does not fail tomorrow; everywhere else the examples are new in every run.
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("ci" if CI else "local")


# A shell ignores these for what it starts in the background; what the tests start would inherit that.
for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)


def pytest_sessionstart() -> None:
    """Refuse to test an installed copy that is not this source: its results would be about other code."""
    installed = Path(rootescrow.__file__).resolve().parent
    source = ROOT / "rootescrow"
    if installed == source:
        return
    for name in sorted(files(source) | files(installed)):
        here, there = source / name, installed / name
        if not (here.is_file() and there.is_file() and filecmp.cmp(here, there, shallow=False)):
            pytest.exit(f"the installed rootescrow has another {name}: run 'make install'", 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; and what lies in tests/long is long."""
    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "long"):
            item.add_marker("long")
    place = {ROOT / "tests" / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


def files(folder: Path) -> set[Path]:
    """The paths in a folder, but for what Python compiled there."""
    return {p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts}


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it in CI, where nothing may be skipped for want of a program."""
    if CI:
        pytest.fail(f"{what} is missing, and in CI nothing may be", pytrace=False)
    pytest.skip(f"{what} is missing")


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """A command that hardens the tests' own process must not leave its umask to the next test: `inside` looks to it."""
    before = os.umask(0o077)
    os.umask(before)
    yield
    assert os.umask(before) == before, "this test has changed the umask"


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The root of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """`program("openssl")` is the path of that program."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            missing(f"the program {name}")
        return path

    return find


@pytest.fixture(scope="session")
def oracle() -> Callable[[str], Path]:
    """`oracle("shamir-mnemonic")` is the folder with the programs of that environment, `python` among them.

    Each is made by `make oracles` from tests/oracles/NAME* and holds one independent implementation, so that none
    can meet another's modules or ours. `oracle("npm-slip39")` is the folder that has its `node_modules`.
    """

    def find(name: str) -> Path:
        environment = ROOT / ".oracles" / name
        if not (environment / "stamp").exists():
            missing(f"the environment .oracles/{name} ('make oracles' makes it)")
        return environment if (environment / "node_modules").is_dir() else environment / "bin"

    return find


@pytest.fixture(scope="session")
def shared_reference() -> Path:
    """The folder of published vectors that lies beside the source tree."""
    folder = ROOT.parent / "shared" / "reference"
    if not folder.is_dir():
        missing("the folder ../shared/reference")
    return folder

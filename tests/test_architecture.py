"""What import-linter's floors cannot say: which modules may be loaded, and that the lower floors do no I/O."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rootescrow

PACKAGE = Path(rootescrow.__file__).parent
UPPER_FLOORS = ("register", "paper", "ceremony", "cli", "standalone")
"""Where files are read and written. Everything else is below `register`."""

IO_MODULES = {
    *("builtins", "ctypes", "fcntl", "fileinput", "getpass", "glob", "importlib", "io", "logging", "mmap"),
    *("multiprocessing", "os", "pathlib", "pickle", "pty", "shelve", "shutil", "signal", "sqlite3", "subprocess"),
    *("sys", "syslog", "tempfile", "termios", "threading", "time", "tty", "warnings"),
}
"""Modules of the standard library that read, write, log, run or look at the clock."""
IO_NAMES = {"__import__", "breakpoint", "compile", "eval", "exec", "input", "open", "print"}


def modules(*, lower: bool) -> list[Path]:
    """The source files below `register`, or all. Neither the lazy `__init__.py` nor `__main__.py` is on a floor."""
    found = sorted(PACKAGE.rglob("*.py"))
    if not lower:
        return found
    return [p for p in found if p.relative_to(PACKAGE).parts[0] not in (*UPPER_FLOORS, "__init__.py", "__main__.py")]


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level names of every module that is imported, at any depth of the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def name_of(path: object) -> str:
    return str(path.relative_to(PACKAGE)) if isinstance(path, Path) else ""


def test_the_lower_floors_are_found() -> None:
    names = {name_of(path) for path in modules(lower=True)}
    assert {"errors.py", "secret.py", "codes.py", "envelope.py", "recovery.py", "shamir/scheme.py"} <= names
    assert not any(name.startswith(UPPER_FLOORS) for name in names)


@pytest.mark.parametrize("path", modules(lower=True), ids=name_of)
def test_below_register_only_pycryptodome_and_no_io(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top_levels = set(imported(tree))
    # `measure` loads zxcvbn when it is called, which recovery never does (see below).
    lazily = {"zxcvbn"} if path.name == "passphrase.py" else set()
    assert top_levels <= sys.stdlib_module_names | {"Crypto", "rootescrow"} | lazily
    assert not top_levels & IO_MODULES
    if path.parent.name == "shamir":
        assert "Crypto" not in top_levels, "shamir/ is of the standard library only"
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & IO_NAMES


@pytest.mark.parametrize("path", modules(lower=False), ids=name_of)
def test_randomness_comes_from_the_system(path: Path) -> None:
    assert not set(imported(ast.parse(path.read_text(encoding="utf-8")))) & {"numpy", "random", "uuid"}


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter loads for a statement."""
    script = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before), sep='\\n')"
    environment = {"PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def third_party(loaded: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names


def test_on_the_worst_day_recovery_needs_pycryptodome_alone() -> None:
    loaded = loaded_by("import rootescrow.recovery, rootescrow.escrow, rootescrow.pile")
    assert third_party(loaded) == {"rootescrow", "Crypto"}
    assert not {name for name in loaded if name.startswith(tuple(f"rootescrow.{floor}" for floor in UPPER_FLOORS))}


def test_shamir_needs_the_standard_library_alone() -> None:
    assert third_party(loaded_by("import rootescrow.shamir")) == {"rootescrow"}


def test_the_package_loads_nothing_before_it_is_asked() -> None:
    assert third_party(loaded_by("import rootescrow")) == {"rootescrow"}
    assert {name for name in loaded_by("import rootescrow") if name.startswith("rootescrow.")} == set()


@pytest.mark.parametrize("floor", ["paper", "register", "ceremony"])
def test_nothing_of_the_library_loads_the_command_line(floor: str) -> None:
    loaded = loaded_by(
        f"import pkgutil, rootescrow.{floor} as floor; [__import__(m.name) for m in "
        f"pkgutil.walk_packages(floor.__path__, floor.__name__ + '.')]"
    )
    assert third_party(loaded).isdisjoint({"click", "prompt_toolkit"})


def test_the_command_starts_without_what_it_may_not_need() -> None:
    slow = {"PIL", "prompt_toolkit", "pydantic", "pypdfium2", "qrcode", "reportlab", "zxcvbn", "zxingcpp"}
    assert third_party(loaded_by("import rootescrow.cli")).isdisjoint(slow)

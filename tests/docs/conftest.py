"""One escrow is made with the first commands of README, at a terminal, and copied by the tests of many pages."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from .support import blocks, environment
from .terminal import TYPED, Answer, Session, Type, play


@pytest.fixture(scope="session")
def at_terminal(tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], str]) -> Type:
    """Type commands in a folder, with `rootescrow` being this one, and the passphrase given where it is asked for."""
    tools = tmp_path_factory.mktemp("tools")
    script = tools / "rootescrow"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m rootescrow "$@"\n')
    script.chmod(0o755)
    (tools / "python3").symlink_to(sys.executable)
    path = f"{tools}:{Path(program('openssl')).parent}:/usr/bin:/bin"

    def type_in(
        commands: list[str],
        where: Path,
        answers: Mapping[str, Answer] | None = None,
        around: Mapping[str, str] | None = None,
    ) -> Session:
        prompts = r"(?:[Pp]assphrase [^\n]*|The same again|pass phrase for [^\n]*):"
        return play(
            commands, where, path, {prompts: TYPED, **(answers or {})}, {**environment(where), **(around or {})}
        )

    return type_in


@pytest.fixture(scope="session")
def split_once(at_terminal: Type, tmp_path_factory: pytest.TempPathFactory, repo_root: Path) -> Path:
    """A folder with `root.key`, `root.crt` and `escrow-1`, made with the first commands of README: take copies."""
    where = tmp_path_factory.mktemp("split")
    page = blocks(repo_root / "README.md")
    commands = [block.text for block in page if block.kind == "sh" and block.name != "host"][:2]
    assert "rootescrow split" in commands[1]
    assert at_terminal(commands, where).status == 0
    return where

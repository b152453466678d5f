"""openssl, for the tests of keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .support import Openssl


@pytest.fixture(scope="session")
def openssl(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Openssl:
    """openssl in a folder of its own."""
    return Openssl(program("openssl"), tmp_path_factory.mktemp("openssl"))

"""README.md and docs/: every link within the repository leads somewhere, to its heading too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges of code make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_links(repo_root: Path, name: str) -> None:
    top = repo_root / name
    for page in sorted(top.rglob("*.md")) if top.is_dir() else [top]:
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            if not link.startswith("https://"):
                path, _, anchor = link.partition("#")
                target = page.parent / path if path else page
                assert target.exists(), f"{page.name}: {link}"
                assert not anchor or anchor in anchors(target), f"{page.name}: {link}"

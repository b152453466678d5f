"""Which programs took part, for the record."""

from __future__ import annotations

import hashlib
import platform
from importlib import metadata

from rootescrow.register.record import Software

PACKAGES = (
    "rootescrow",
    "pycryptodome",
    "reportlab",
    "qrcode",
    "zxing-cpp",
    "pypdfium2",
    "fontpkg-fira-sans",
    "fontpkg-ibm-plex-mono",
)
"""What makes the key's envelope, the sheets and their reading back."""


def installed() -> tuple[Software, ...]:
    """The interpreter and the packages: each with its version and the SHA-256 of the list of its files' hashes."""
    return (Software(name="python", version=platform.python_version(), sha256=None), *map(_package, PACKAGES))


def _package(name: str) -> Software:
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return Software(name=name, version="not installed as a package", sha256=None)
    files = distribution.read_text("RECORD")
    digest = hashlib.sha256(files.encode()).hexdigest() if files else None
    return Software(name=name, version=distribution.version, sha256=digest)

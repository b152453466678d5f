"""Wheels for a medium: rootescrow, a SLIP-39 tool and all they need, so that `install.sh` beside them needs no network.

Wheels fit one version of Python and one kind of computer, and in thirty years none: they are the short way for the
next years. What has to last is `recover.py`.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from importlib import resources
from pathlib import Path

import rootescrow
from rootescrow.errors import FileError, MalformedError, UsageError
from rootescrow.register import folder, medium

FOLDER = "wheels"
INSTALL_FILE = "install.sh"
WANTED = ("rootescrow", "shamir-mnemonic[cli]", "pip")
"""What is installed from them, and what installs it: Debian's Python has no pip of its own."""
MAX_WHEELS = 300
"""Files: some thirty for each version of Python."""
MAX_WHEEL_BYTES = medium.MAX_FILE_BYTES
"""Of one wheel, packed; and of what is in it, unpacked, four times as much."""

_UNPACKED = 4 * MAX_WHEEL_BYTES
_NAME = re.compile(
    r"(?P<name>[A-Za-z0-9._]+)-(?P<version>[A-Za-z0-9._!+]+)(?:-\d[^-]*)?"
    r"-(?P<python>[A-Za-z0-9_.]+)-(?P<abi>[A-Za-z0-9_.]+)-(?P<platform>[A-Za-z0-9_.]+)\.whl"
)
"""PyPA, binary distribution format, "File name convention"."""
_REQUIREMENT = re.compile(r"\s*(?P<name>[A-Za-z0-9._-]+)\s*(?:\[(?P<extras>[^]]*)\])?[^;]*(?:;(?P<marker>.*))?")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""As wheels are packed."""
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
    LookupError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
)
"""What comes of reading an archive that is none, or is damaged."""
_AGAIN = 'Make the folder again, on a computer with a network: docs/kit.md, "Wheels".'


@dataclass(frozen=True)
class Wheel:
    """One wheel: the names of its file (PyPA, binary distribution format), and what it requires."""

    file: str
    name: str
    version: str
    python: str
    abi: str
    platform: str
    requires: tuple[str, ...]

    @classmethod
    def parse(cls, file: str, data: bytes) -> Wheel:
        """Read a wheel; each file in it must be the one that its own list tells of. Raises MalformedError."""
        match = _NAME.fullmatch(file)
        if match is None:
            raise MalformedError(f"{file} is not called as wheels are", _AGAIN)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                metadata = _metadata(archive)
        except _DAMAGED:
            raise MalformedError(f"{file} is no wheel, or is damaged", _AGAIN) from None
        head = message_from_bytes(metadata)
        name = _plain(match["name"])
        if (_plain(str(head["Name"])), str(head["Version"])) != (name, match["version"]):
            raise MalformedError(f"{file} holds {head['Name']} {head['Version']}", _AGAIN)
        requires = tuple(str(text) for text in head.get_all("Requires-Dist", ()))
        return cls(file, name, match["version"], match["python"], match["abi"], match["platform"], requires)

    @property
    def targets(self) -> frozenset[tuple[str, str]]:
        """Pairs of the one Python and the computer that it is for, such as (cp311, linux x86_64); none if for more."""
        if self.abi in ("none", "abi3") or self.platform == "any":
            return frozenset()
        return frozenset((python, computer) for python in self.python.split(".") for computer in self._computers)

    def fits(self, python: str, computer: str) -> bool:
        """Whether it runs there. The stable ABI of one CPython is that of later ones too (PEP 384)."""
        pythons = self.python.split(".")
        if self.abi == "abi3":
            right = any(_number(one) <= _number(python) for one in pythons)
        else:
            right = python in pythons or (self.abi == "none" and "py3" in pythons)
        return right and (self.platform == "any" or computer in self._computers)

    @property
    def _computers(self) -> frozenset[str]:
        return frozenset(_computer(one) for one in self.platform.split("."))


@dataclass(frozen=True)
class Wheels:
    """What lies in a folder of wheels, and the pairs of Python and computer for which it is complete.

    Raises UsageError unless it holds this version of rootescrow, for each of those pairs all that WANTED requires, and
    nothing else: pip would take the newest of two versions.
    """

    files: Mapping[str, bytes]
    wheels: tuple[Wheel, ...]

    def __post_init__(self) -> None:
        by_name: dict[str, list[Wheel]] = {}
        for wheel in self.wheels:
            by_name.setdefault(wheel.name, []).append(wheel)
        versions = [wheel.version for wheel in by_name.get("rootescrow", ())]
        if versions != [rootescrow.__version__]:
            raise UsageError(
                f"the wheels are to hold rootescrow {rootescrow.__version__}; there is {', '.join(versions) or 'none'}",
                _AGAIN,
            )
        needed = _needed(by_name)
        lacking = [name for name in needed if name not in by_name]
        for python, computer in self.targets:
            lacking += [
                f"{name} for {_told(python, computer)}"
                for name in needed
                if name in by_name and not any(wheel.fits(python, computer) for wheel in by_name[name])
            ]
        if lacking:
            raise UsageError(f"the wheels lack {', '.join(lacking[:5])}", _AGAIN)
        allowed = _needed(by_name, conditional=True)
        for name, wheels in by_name.items():
            if name not in allowed:
                raise UsageError(f"the wheels hold {wheels[0].file}, which nothing of them requires", _AGAIN)
            if len({wheel.version for wheel in wheels}) > 1:
                raise UsageError(f"the wheels hold {' and '.join(wheel.file for wheel in wheels)}", _AGAIN)

    @property
    def targets(self) -> tuple[tuple[str, str], ...]:
        """The pairs of Python and computer that wheels of it are for."""
        return tuple(sorted({pair for wheel in self.wheels for pair in wheel.targets}))

    @property
    def told(self) -> str:
        """For what they are, for people: "CPython 3.11 on linux x86_64"."""
        return "; ".join(_told(*target) for target in self.targets) or "any Python on any computer"


def read(path: Path) -> Wheels:
    """The wheels of a folder in which nothing else is.

    Raises FileError, UsageError for a file that is no wheel or one that is missing, MalformedError for a damaged one.
    """
    try:
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise FileError(f"cannot look at {path}: {error.strerror}", "Name the folder of the wheels.") from None
    if len(names) > MAX_WHEELS:
        raise UsageError(f"{path} holds over {MAX_WHEELS} files", "Name a folder of wheels alone.")
    files: dict[str, bytes] = {}
    for name in names:
        if not name.endswith(".whl"):
            raise UsageError(f"{path} holds {name}, which is no wheel", "Nothing else may lie in that folder.")
        medium.check_name(name)
        files[name] = folder.read_own(path / name, MAX_WHEEL_BYTES)
    return Wheels(files, tuple(Wheel.parse(name, data) for name, data in files.items()))


def on_medium(wheels: Wheels) -> dict[str, bytes]:
    """The files of the medium by their paths: the script that installs the wheels, and they."""
    script = resources.files("rootescrow").joinpath("standalone", INSTALL_FILE).read_bytes()
    return {INSTALL_FILE: script, **{f"{FOLDER}/{name}": data for name, data in wheels.files.items()}}


def _metadata(archive: zipfile.ZipFile) -> bytes:
    """METADATA, after everything was compared with RECORD (PyPA, recording installed projects).

    Raises ValueError or KeyError for what does not fit.
    """
    packed = archive.infolist()
    if sum(one.file_size for one in packed) > _UNPACKED or not {one.compress_type for one in packed} <= {*_PACKED}:
        raise ValueError
    names = [one.filename for one in packed if one.file_size or not one.is_dir()]
    if len({*names}) != len(names):
        raise ValueError
    (info,) = {name.split("/")[0] for name in names if name.split("/")[0].endswith(".dist-info")}
    record = f"{info}/RECORD"
    rows = {row[0]: row[1] for row in csv.reader(archive.read(record).decode().splitlines()) if row}
    for name in names:
        if name == record:
            continue
        method, _, digest = rows[name].partition("=")
        if method != "sha256" or digest.rstrip("=") != _digest(archive.read(name)):
            raise ValueError
    return archive.read(f"{info}/METADATA")


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def _needed(by_name: Mapping[str, list[Wheel]], *, conditional: bool = False) -> list[str]:
    """The names of all that WANTED requires, itself among them.

    What is required under a condition on the system or the version of Python is left to pip, which knows them; with
    `conditional` it is named too.
    """
    found: dict[str, set[str]] = {}
    left = list(WANTED)
    while left:
        match = _REQUIREMENT.fullmatch(left.pop())
        if match is None:
            continue
        name, extras = _plain(match["name"]), {_plain(one) for one in (match["extras"] or "").split(",") if one.strip()}
        if name in found and extras <= found[name]:
            continue
        found.setdefault(name, set()).update(extras)
        for wheel in by_name.get(name, ()):
            left += _required(wheel, found[name], conditional=conditional)
    return sorted(found)


def _required(wheel: Wheel, extras: set[str], *, conditional: bool) -> Iterator[str]:
    for text in wheel.requires:
        _, _, marker = text.partition(";")
        wanted = {_plain(one) for one in _EXTRA.findall(marker)}
        if (not wanted or wanted & extras) and (conditional or not _EXTRA.sub("", marker).strip()):
            yield text.partition(";")[0]


def _plain(name: str) -> str:
    """The normal form of a name (PyPA, name normalization)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _computer(platform: str) -> str:
    """`manylinux_2_17_x86_64` is `linux x86_64`; another platform stays as it is written."""
    match = re.fullmatch(r"(?:many|musl)?linux(?:\d+|_\d+_\d+)?_(.+)", platform)
    musl = " (musl)" if platform.startswith("musl") else ""
    return f"linux {match[1]}{musl}" if match else platform


def _number(python: str) -> tuple[int, int]:
    """`cp311` is (3, 11); what is no CPython is above all of them."""
    match = re.fullmatch(r"cp(\d)(\d+)", python)
    return (int(match[1]), int(match[2])) if match else (99, 0)


def _told(python: str, computer: str) -> str:
    major, minor = _number(python)
    return f"{f'CPython {major}.{minor}' if python.startswith('cp') else python} on {computer}"

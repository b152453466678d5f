"""Wheels for a medium: what is taken, what is refused, and why."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

import rootescrow
from rootescrow.ceremony import wheels
from rootescrow.ceremony.wheels import Wheel
from rootescrow.errors import FileError, MalformedError, UsageError

OWN = f"rootescrow-{rootescrow.__version__}-py3-none-any.whl"
TOOL = "shamir_mnemonic-0.3.0-py3-none-any.whl"
PIP = "pip-26.3-py3-none-any.whl"
PILLOW = "pillow-13.0.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl"
STABLE = "zxing_cpp-3.1.1-cp312-abi3-manylinux_2_26_x86_64.whl"
REQUIRES = {
    OWN: ("pillow>=13", "zxing-cpp>=3.1", "tesseract; extra == 'ocr'", "tomli; python_version < '3.11'"),
    TOOL: ('click>=7 ; extra == "cli"',),
}


def wheel(file: str, *requires: str, **changed: bytes | None) -> bytes:
    """A wheel as it should be; `changed` are files put in place of those that its list tells of, None for none."""
    name, version = file.split("-")[:2]
    info = f"{name}-{version}.dist-info"
    metadata = "\n".join([f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {text}" for text in requires)])
    files: dict[str, bytes] = {f"{name}.py": b"1\n", f"{info}/METADATA": metadata.encode()}
    rows = [f"{path},sha256={digest(data)},{len(data)}" for path, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in files.items():
            found = changed.get(path.rpartition("/")[2].replace(".", "_"), data)
            if found is not None:
                archive.writestr(path, found)
        if "stranger" in changed:
            archive.writestr("stranger.py", b"2\n")
    return buffer.getvalue()


def packed(data: bytes, *more: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """The files of a wheel, and some more, packed anew."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w", method) as other:
        for path, content in (*((name, archive.read(name)) for name in archive.namelist()), *more):
            with warnings.catch_warnings(action="ignore"):  # of a name that is there twice
                other.writestr(path, content)
    return buffer.getvalue()


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def folder_of(path: Path, names: tuple[str, ...], changed: Mapping[str, bytes] | None = None) -> Path:
    for name in names:
        (path / name).write_bytes(wheel(name, *REQUIRES.get(name, ())))
    for name, data in (changed or {}).items():
        (path / name).write_bytes(data)
    return path


FULL = (OWN, TOOL, PIP, PILLOW, "zxing_cpp-3.1.1-cp311-cp311-manylinux_2_28_x86_64.whl", "click-8.5.1-py3-none-any.whl")


def test_a_complete_folder(tmp_path: Path) -> None:
    found = wheels.read(folder_of(tmp_path, FULL))
    assert found.targets == (("cp311", "linux x86_64"),)
    assert found.told == "CPython 3.11 on linux x86_64"
    on_medium = wheels.on_medium(found)
    assert set(on_medium) == {"install.sh", *(f"wheels/{name}" for name in FULL)}
    assert on_medium["install.sh"].startswith(b"#!/bin/sh\n")


@pytest.mark.parametrize("left_out", [name for name in FULL if name not in (OWN, PILLOW)])
def test_one_is_missing(tmp_path: Path, left_out: str) -> None:
    names = tuple(name for name in FULL if name != left_out)
    with pytest.raises(UsageError, match=left_out.partition("-")[0].replace("_", "-")):
        wheels.read(folder_of(tmp_path, names))


def test_not_our_version(tmp_path: Path) -> None:
    other = "rootescrow-9.9-py3-none-any.whl"
    with pytest.raises(UsageError, match=r"there is 9\.9"):
        wheels.read(folder_of(tmp_path, (other, *FULL[1:])))
    (tmp_path / other).unlink()
    with pytest.raises(UsageError, match="there is none"):
        wheels.read(tmp_path)


def test_a_wheel_of_another_python_does_not_count(tmp_path: Path) -> None:
    names = tuple(STABLE if name.startswith("zxing") else name for name in FULL)
    with pytest.raises(UsageError, match=r"zxing-cpp for CPython 3\.11 on linux x86_64"):
        wheels.read(folder_of(tmp_path, names))


def test_two_platforms_must_both_be_whole(tmp_path: Path) -> None:
    other = "pillow-13.0.0-cp313-cp313-manylinux_2_28_aarch64.whl"
    with pytest.raises(UsageError, match=r"zxing-cpp for CPython 3\.13 on linux aarch64"):
        wheels.read(folder_of(tmp_path, (*FULL, other)))
    (tmp_path / "zxing_cpp-3.1.1-cp312-abi3-manylinux_2_26_aarch64.whl").write_bytes(
        wheel("zxing_cpp-3.1.1-cp312-abi3-manylinux_2_26_aarch64.whl")
    )
    assert wheels.read(tmp_path).told == "CPython 3.11 on linux x86_64; CPython 3.13 on linux aarch64"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive",
        wheel(PIP)[:-30],
        wheel(PIP, pip_py=b"3\n"),
        wheel(PIP, stranger=b""),
        wheel(PIP, RECORD=None),
        wheel(PIP, METADATA=b"Name: pip\nVersion: 99\n"),
        wheel("pep-26.3-py3-none-any.whl"),
        wheel(PIP, RECORD=b"pip.py\n"),
        wheel(PIP, RECORD=b"a" * (1 << 18)),
        packed(wheel(PIP), ("pip.py", b"1\n")),
        packed(wheel(PIP), ("pip/", b"2\n")),
        packed(wheel(PIP), method=zipfile.ZIP_LZMA),
    ],
    ids=[
        *("empty", "text", "cut", "changed", "stranger", "no list", "other metadata", "another's"),
        *("row without digest", "endless row", "twice", "in a folder's place", "packed otherwise"),
    ],
)
def test_a_damaged_one_is_named(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(MalformedError, match="pip-26"):
        wheels.read(folder_of(tmp_path, FULL, {PIP: data}))


def test_any_byte_of_it_may_be_wrong() -> None:
    """Packed bytes that cannot be unpacked are damage, not a fault of ours."""
    data = packed(wheel(PIP, *(f"name{number}>={number}" for number in range(40))), method=zipfile.ZIP_DEFLATED)
    refused = 0
    for at in range(len(data)):
        try:
            Wheel.parse(PIP, data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        except MalformedError:
            refused += 1
    assert refused > len(data) // 3


@pytest.mark.parametrize("file", ["evil-1-py3-none-any.whl", "click-99-py3-none-any.whl", "pip-99-py3-none-any.whl"])
def test_no_wheel_that_nothing_requires_and_no_second_version(tmp_path: Path, file: str) -> None:
    with pytest.raises(UsageError, match=file):
        wheels.read(folder_of(tmp_path, (*FULL, file)))


def test_what_is_required_on_some_systems_may_be_there(tmp_path: Path) -> None:
    assert "tomli-2-py3-none-any.whl" in wheels.read(folder_of(tmp_path, (*FULL, "tomli-2-py3-none-any.whl"))).files


def test_a_pipe_is_no_wheel(tmp_path: Path) -> None:
    folder_of(tmp_path, FULL)
    (tmp_path / TOOL).unlink()
    os.mkfifo(tmp_path / TOOL)
    with pytest.raises(FileError, match="pipe"):
        wheels.read(tmp_path)


def test_nothing_else_lies_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"notes\.txt"):
        wheels.read(folder_of(tmp_path, FULL, {"notes.txt": b"x"}))


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot look"):
        wheels.read(tmp_path / "none")


@pytest.mark.parametrize("file", ["pip.whl", "pip-26.3.whl", "-1-py3-none-any.whl"])
def test_not_called_as_wheels_are(file: str) -> None:
    with pytest.raises(MalformedError, match="not called"):
        Wheel.parse(file, b"")


@pytest.mark.parametrize(
    ("file", "python", "computer", "fits"),
    [
        (PIP, "cp311", "linux x86_64", True),
        (PILLOW, "cp311", "linux x86_64", True),
        (PILLOW, "cp312", "linux x86_64", False),
        (PILLOW, "cp311", "linux aarch64", False),
        (STABLE, "cp311", "linux x86_64", False),
        (STABLE, "cp314", "linux x86_64", True),
        ("a-1-cp311-cp311-musllinux_1_2_x86_64.whl", "cp311", "linux x86_64", False),
        ("a-1-cp311-cp311-macosx_11_0_arm64.whl", "cp311", "macosx_11_0_arm64", True),
    ],
)
def test_where_it_runs(file: str, python: str, computer: str, fits: bool) -> None:
    assert Wheel.parse(file, wheel(file)).fits(python, computer) is fits

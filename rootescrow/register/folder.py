"""The escrow on disk, and the only writer of it.

A new escrow is written file by file and becomes one when `record.json` is renamed into place, last of all. A folder without
it is no escrow, whatever else lies there.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rootescrow.envelope import MAX_BYTES as MAX_ENVELOPE_BYTES
from rootescrow.errors import FileError
from rootescrow.register.record import MAX_BYTES as MAX_RECORD_BYTES
from rootescrow.register.record import Record

ESCROW = "escrow"
SECRET = "secret"  # noqa: S105 - the name of a folder
ENVELOPE_FILE = "envelope.cms"
RECORD_FILE = "record.json"
CERTIFICATE_FILE = "certificate.pem"
MAX_CERTIFICATE_BYTES = 1 << 20

_UNFINISHED = "record.json.part"


@dataclass(frozen=True)
class Folder:
    """An escrow as read: its record, and its envelope and certificate if they are there."""

    record: Record
    envelope: bytes | None
    certificate: bytes | None


def load(path: Path) -> Folder:
    """Read an escrow folder. Raises FileError if it is none, RecordError if its record is wrong."""
    if not (path / RECORD_FILE).is_file():
        hint = f"Name the folder that holds {RECORD_FILE}."
        if (path / ESCROW / RECORD_FILE).is_file():
            hint = f"Name {path / ESCROW} instead."
        elif _is_unfinished(path) or _is_unfinished(path.parent):
            raise _unfinished(path)
        raise FileError(f"{path} is no escrow: it holds no {RECORD_FILE}", hint)
    record = Record.load(read_file(path / RECORD_FILE, MAX_RECORD_BYTES))
    return Folder(
        record,
        _optional(path / ENVELOPE_FILE, MAX_ENVELOPE_BYTES),
        _optional(path / CERTIFICATE_FILE, MAX_CERTIFICATE_BYTES),
    )


def _optional(path: Path, limit: int) -> bytes | None:
    return read_file(path, limit) if path.exists() else None


def read_file(path: Path, limit: int) -> bytes:
    """A file of at most `limit` bytes, whatever its size says. Raises FileError."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}", "Check the name and who may read it.") from None
    if len(data) > limit:
        raise FileError(f"{path} has over {limit} bytes", "Name the right file.")
    return data


def check_new(out: Path) -> None:
    """That an escrow can be made in `out`: it is not there, or it is an empty folder. Raises FileError."""
    try:
        if not out.exists():
            parent = out.absolute().parent
            if not parent.is_dir():
                raise FileError(f"{parent} is no folder", "Make it, or name another place.")
            if not os.access(parent, os.W_OK | os.X_OK):
                raise FileError(f"cannot write in {parent}", "Name a folder that you may write to.")
            return
        if not out.is_dir():
            raise FileError(f"{out} is a file", "Name a folder that does not exist yet.")
        if _is_unfinished(out):
            raise _unfinished(out)
        if any(out.iterdir()):
            raise FileError(f"{out} is not empty", "Name a folder that does not exist yet; nothing is overwritten.")
        if not os.access(out, os.W_OK | os.X_OK):
            raise FileError(f"cannot write in {out}", "Name a folder that you may write to.")
    except OSError as error:
        raise FileError(f"cannot look at {out}: {error.strerror}", "Name a folder that you may write to.") from None


def _is_unfinished(out: Path) -> bool:
    """Whether a split was interrupted here: it has folders of ours, and no record."""
    ours = (out / ESCROW).is_dir() or (out / SECRET).is_dir()
    return ours and not (out / ESCROW / RECORD_FILE).exists()


def _unfinished(path: Path) -> FileError:
    return FileError(
        f"{path} is left over from a split that was interrupted: it is no escrow",
        "Nothing in it counts. Destroy what was printed from it, remove the folder, and split again.",
    )


def create(out: Path, files: Mapping[str, bytes], record: bytes) -> None:
    """Write a new escrow: `files` by their paths below `out`, then the record.

    Every file has mode 0600, every folder 0700. Raises FileError; then nothing is left.
    """
    check_new(out)
    with _all_or_nothing(out):
        for name, data in files.items():
            path = out / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_new(path, data)
        (out / ESCROW).mkdir(mode=0o700, exist_ok=True)
        write_new(out / ESCROW / _UNFINISHED, record)
        for folder in {(out / name).parent for name in files}:
            _sync(folder)
        (out / ESCROW / _UNFINISHED).rename(out / ESCROW / RECORD_FILE)
        _sync(out / ESCROW)
        _sync(out)


@contextlib.contextmanager
def _all_or_nothing(out: Path) -> Iterator[None]:
    """Make `out` if it is not there; after any failure remove what was written in it, and it, if it was made here."""
    made = not out.exists()
    try:
        if made:
            out.mkdir(mode=0o700)
        yield
    except BaseException as error:
        for path in sorted(out.rglob("*"), key=lambda path: len(path.parts), reverse=True):
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        if made:
            with contextlib.suppress(OSError):
                out.rmdir()
        if isinstance(error, OSError):
            raise file_error(out, error) from None
        raise


def file_error(path: Path, error: OSError) -> FileError:
    """What a failed write is told as."""
    hint = "Nothing was left behind. Name a folder that you may write to."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "Nothing was left behind. Make room, or name a folder on another disk."
    return FileError(f"cannot write {path}: {error.strerror}", hint)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that does not exist yet, mode 0600, down to the disk. Raises OSError; a partial file is removed."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def _sync(folder: Path) -> None:
    """Bring a folder's entries down to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The escrow on disk, and the only writer of it.

A new escrow begins with `record.json.part`, is written file by file, and becomes one when that is renamed to
`record.json`, last of all. A folder without `record.json` is no escrow, whatever else lies there.
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
ENVELOPE_PDF_FILE = "envelope.pdf"
MAX_CERTIFICATE_BYTES = 1 << 20
MAX_KEY_FILE_BYTES = 1 << 20
"""RSA-8192 is 6 KiB as PEM; a file with a certificate chain beside it is still far below this."""

_UNFINISHED = "record.json.part"


@dataclass(frozen=True)
class Folder:
    """An escrow as read: its record, and its envelope and certificate if they are there."""

    record: Record
    envelope: bytes | None
    certificate: bytes | None


def load(path: Path) -> Folder:
    """Read an escrow folder. Raises FileError if it is none, RecordError if its record is wrong."""
    try:
        _check_escrow(path)
        return Folder(
            Record.load(read_file(path / RECORD_FILE, MAX_RECORD_BYTES)),
            _optional(path / ENVELOPE_FILE, MAX_ENVELOPE_BYTES),
            _optional(path / CERTIFICATE_FILE, MAX_CERTIFICATE_BYTES),
        )
    except OSError as error:
        raise FileError(f"cannot look at {path}: {error.strerror}", "Check the name and who may read it.") from None


def _check_escrow(path: Path) -> None:
    if (path / RECORD_FILE).is_file():
        return
    if (path / _UNFINISHED).exists():
        raise _unfinished(path.absolute().parent)
    if _is_unfinished(path):
        raise _unfinished(path)
    hint = f"Name the folder that holds {RECORD_FILE}."
    if (path / ESCROW / RECORD_FILE).is_file():
        hint = f"Name {path / ESCROW} instead."
    raise FileError(f"{path} is no escrow: it holds no {RECORD_FILE}", hint)


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
    """Whether a split was interrupted here."""
    return (out / ESCROW / _UNFINISHED).exists()


def _unfinished(path: Path) -> FileError:
    return FileError(
        f"{path} is left over from a split that was interrupted: it is no escrow",
        "Nothing in it counts. Destroy what was printed from it, remove the folder, and split again.",
    )


def create(out: Path, files: Mapping[str, bytes], record: bytes) -> None:
    """Write a new escrow: `files` by their paths below `out`, and the record.

    Files have mode 0600 and folders 0700, or less if the umask says so. Raises FileError. After any failure what was
    made here is removed, and nothing else: a file that someone else put there meanwhile stays.
    """
    check_new(out)
    unfinished, finished = out / ESCROW / _UNFINISHED, out / ESCROW / RECORD_FILE
    made: list[Path] = []
    try:
        if not out.is_dir():
            _make(out, made)
        _add(out, unfinished, record, made)
        for name, data in files.items():
            _add(out, out / name, data, made)
        for folder in {path.parent for path in made}:
            _sync(folder)
        made.append(finished)
        unfinished.rename(finished)
        _sync(out / ESCROW)
    except BaseException as error:
        left = _remove(made)
        if isinstance(error, OSError):
            raise file_error(out, error, left) from None
        raise


def _add(out: Path, path: Path, data: bytes, made: list[Path]) -> None:
    """Write a file below `out`, and the folders that it needs."""
    for folder in reversed(path.relative_to(out).parents[:-1]):
        if out / folder not in made:
            _make(out / folder, made)
    with _noted(path, made):
        write_new(path, data)


def _make(folder: Path, made: list[Path]) -> None:
    with _noted(folder, made):
        folder.mkdir(mode=0o700)


@contextlib.contextmanager
def _noted(path: Path, made: list[Path]) -> Iterator[None]:
    """Note what is about to be made before it is there: an interrupt may come between that and the next line."""
    made.append(path)
    try:
        yield
    except FileExistsError:
        made.remove(path)
        raise


def _remove(made: list[Path]) -> Path | None:
    """Remove what was made, the last first: a record that is there goes before all else. What could not be removed."""
    left = None
    for path in reversed(made):
        try:
            path.rmdir() if path.is_dir() else path.unlink()
        except FileNotFoundError:
            continue
        except OSError:
            left = path
    return left


def file_error(path: Path, error: OSError, left: Path | None = None) -> FileError:
    """What a failed write is told as; `left` could not be removed."""
    hint = "Nothing was left behind. Name a folder that you may write to."
    if left:
        hint = f"{left} could not be removed: look what is in it, and destroy it."
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
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

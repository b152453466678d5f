"""A medium: plain files below one folder, and a list of them that `sha256sum -c` checks. This is its only writer.

A medium begins with `SHA256SUMS.part`, is written file by file, is read back, and becomes one when that is renamed to
`SHA256SUMS`, last of all. To bring it up to date, every file that changes is written beside the old one as `.part` and
read back; only then they are renamed one by one, and last the list. So whenever that ends, each file is the old or the
new one, whole, and what is unfinished says so.

Names are plain ASCII and differ in more than their case, and nothing is a link: a medium may have any file system.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rootescrow.errors import FileError, IntegrityError, UsageError
from rootescrow.register import folder
from rootescrow.register.folder import PART

SUMS_FILE = "SHA256SUMS"
"""The list, and without it there is no medium; it is not in itself."""
MAX_FILE_BYTES = 64 << 20
"""Of one file. It is held in memory."""
MAX_FILES = 1000
"""Files and folders that are looked at; of our own there are some twenty."""

_SYSTEM = re.compile(r"lost\+found|System Volume Information|\.Trash-.*")
"""What systems make on a medium by themselves."""
_UNFINISHED = SUMS_FILE + PART
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-])){0,179}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_LINE = re.compile(r"([0-9a-f]{64})  ([!-~]+)")


def check_name(name: str) -> None:
    """That every file system takes a name as it is. Raises UsageError."""
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name) or name.endswith(PART):
        raise UsageError(
            f"{name!r} is no name for a file on a medium",
            "Rename it: letters A to Z, digits, '.', '-' and '_' only, such as ca.cnf.",
        )


@dataclass(frozen=True)
class Sums:
    """The list: the SHA-256 of each file, in hex, by its path below the medium.

    Raises UsageError for a path that not every file system takes, or that another differs from in its case only.
    """

    files: Mapping[str, str]

    def __post_init__(self) -> None:
        for path in self.files:
            for name in path.split("/"):
                check_name(name)
        if len({path.casefold() for path in self.files}) < len(self.files):
            raise UsageError("two files on a medium differ in their case only", "Rename one of them.")

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Self:
        """The list of these files."""
        return cls({path: hashlib.sha256(data).hexdigest() for path, data in files.items()})

    def dump(self) -> bytes:
        """The bytes of `SHA256SUMS`, sorted by path: the mirror of `parse`."""
        return "".join(f"{self.files[path]}  {path}\n" for path in sorted(self.files)).encode("ascii")

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read `SHA256SUMS`. Raises IntegrityError if it is not in the one form it has."""
        matches = [_LINE.fullmatch(line) for line in data.decode("ascii", "replace").splitlines()]
        try:
            sums = cls({match[2]: match[1] for match in matches if match})
        except UsageError:
            sums = cls({})
        if not sums.files or sums.dump() != data:
            raise IntegrityError(
                f"{SUMS_FILE} is not in the form in which it was written: it was changed, or is damaged",
                "Take another medium, and keep this one apart until it is known why.",
            )
        return sums

    @property
    def sha256(self) -> str:
        """Of the list itself, in hex: what the journal tells."""
        return hashlib.sha256(self.dump()).hexdigest()


@dataclass(frozen=True)
class Found:
    """What is on a medium now. `digests` are of every plain file but the list; `deleted` are folders of deleted files.

    `foreign` are things that are no plain files, or cannot be read, or are too large. `sums` is the list, None if there
    is none, and `next_sums` that of an update that did not end, None if it cannot be read; `interrupted` says that
    there was one.
    """

    digests: Mapping[str, str]
    foreign: tuple[str, ...]
    deleted: tuple[str, ...]
    sums: Sums | None
    next_sums: Sums | None
    interrupted: bool

    @property
    def differing(self) -> tuple[str, ...]:
        """What is not as the list says, a sentence each; nothing if the medium is whole."""
        if self.sums is None:
            return (f"there is no {SUMS_FILE}: the medium was not finished",)
        coming = self.next_sums.files if self.next_sums else {}
        wrong = []
        for path, wanted in self.sums.files.items():
            found = self.digests.get(path)
            if found is None:
                wrong.append(f"{path} is missing")
            elif found != wanted and found == coming.get(path):
                wrong.append(f"{path} is newer than the list: an update did not end")
            elif found != wanted:
                wrong.append(f"{path} is not what was written: it was changed, or is damaged")
        return (*wrong, *(f"{path} does not belong there" for path in self.strangers))

    @property
    def strangers(self) -> tuple[str, ...]:
        """What is neither in the list nor left over from an update that did not end."""
        known = {*(self.sums.files if self.sums else ()), *(self.next_sums.files if self.next_sums else ())}
        strange = (path for path in self.digests if path not in known and path.removesuffix(PART) not in known)
        return (*self.foreign, *sorted(strange))


def look(out: Path) -> Found:
    """Read everything on a medium, from the medium itself as far as that can be asked for. Nothing is written.

    Raises FileError if it cannot be read at all or holds too many files, IntegrityError if its list cannot be read.
    """
    digests: dict[str, str] = {}
    foreign, deleted = [], []
    for path, entry in _walk(out):
        if entry is None:
            foreign.append(path)
        elif _SYSTEM.fullmatch(path):
            deleted += [path] if path.startswith(".Trash-") else []
        elif path not in (SUMS_FILE, _UNFINISHED):
            data = _read(out / path)
            if data is None:
                foreign.append(path)
            else:
                digests[path] = hashlib.sha256(data).hexdigest()
    interrupted = os.path.lexists(out / _UNFINISHED)
    sums, next_sums = _sums(out / SUMS_FILE), _next_sums(out / _UNFINISHED)
    return Found(digests, tuple(foreign), tuple(deleted), sums, next_sums, interrupted)


def check_empty(out: Path) -> None:
    """That a medium can be begun there: an empty folder, but for what systems put there. Raises FileError."""
    if not out.is_dir():
        raise FileError(f"{out} is no folder", "Name the folder in which the medium is mounted.")
    found = sorted(name for name in _listed(out) if not _SYSTEM.fullmatch(name))
    if SUMS_FILE in found:
        raise FileError(f"{out} is a medium that was written before", "To bring it up to date: --update.")
    if _UNFINISHED in found:
        raise FileError(
            f"{out} is left over from a medium that was not finished: it counts for nothing",
            "Remove everything on it, and write it again.",
        )
    if found:
        raise FileError(
            f"{out} is not empty: {', '.join(found[:5])}",
            "A medium is used for this only (SP-b). Take an empty one; nothing is overwritten.",
        )
    if not os.access(out, os.W_OK | os.X_OK):
        raise FileError(f"cannot write in {out}", "Is it mounted read-only, or write-protected by a switch?")


def write(out: Path, files: Mapping[str, bytes]) -> Sums:
    """Write a new medium: `files` by their paths, in this order, and the list of them.

    Raises UsageError for names that cannot be, FileError, and IntegrityError if it reads back otherwise. After any
    failure what was made here is removed, and nothing else.
    """
    sums = _list_of(files)
    with folder.locked(out):
        check_empty(out)
        expected = {**files, _UNFINISHED: sums.dump()}
        folder.write_all(out, files.items(), out / SUMS_FILE, sums.dump(), lambda: _read_back(out, expected.items()))
    return sums


def update(out: Path, files: Mapping[str, bytes]) -> Sums:
    """Bring a medium to these files, which must hold all that it has; what differs is written, the list last.

    Raises what `write` raises, and FileError if there is no medium or if things are on it that do not belong there. A
    failure before the first file is renamed leaves it as it was; after that it is unfinished until the next update.
    """
    sums = _list_of(files)
    with folder.locked(out):
        found = look(out)
        if found.sums is None:
            raise no_medium(out)
        unknown = [path for path in found.strangers if path not in files and path.removesuffix(PART) not in files]
        missing = sorted(set(found.sums.files) - set(files))
        if unknown or missing:
            raise FileError(
                f"there are things on {out} that do not belong there: {', '.join((*unknown, *missing)[:5])}",
                "A medium is used for this only (SP-b). Look where they come from, and remove them.",
            )
        changed = {path: data for path, data in files.items() if found.digests.get(path) != sums.files[path]}
        _replace(out, changed, sums, [path for path in found.digests if path.endswith(PART)])
    return sums


def no_medium(out: Path) -> FileError:
    """What is told of a folder without a list."""
    hint = "Name the folder in which the medium is mounted; a new one is written without --update."
    if os.path.lexists(out / _UNFINISHED):
        hint = "Its writing was interrupted. Remove everything on it, and write it again."
    return FileError(f"{out} is no medium of ours: it holds no {SUMS_FILE}", hint)


def _list_of(files: Mapping[str, bytes]) -> Sums:
    for path, data in files.items():
        if len(data) > MAX_FILE_BYTES:
            raise FileError(f"{path} has over {MAX_FILE_BYTES >> 20} MiB", "Nothing that large is needed on it.")
    return Sums.of(files)


def _replace(out: Path, changed: Mapping[str, bytes], sums: Sums, left: Iterable[str]) -> None:
    """Write what changed beside the old, read it back, and rename it; the list last."""
    parts = {**{path + PART: data for path, data in changed.items()}, _UNFINISHED: sums.dump()}
    folders = [path for path in _folders(out, parts) if not path.is_dir()]
    renamed: list[str] = []
    try:
        for name in (*left, _UNFINISHED):
            (out / name).unlink(missing_ok=True)
        for path in folders:
            path.mkdir(mode=0o700)
        # The list first: it tells to what the parts belong that lie there if this ends.
        for name in dict.fromkeys((_UNFINISHED, *parts)):
            folder.write_new(out / name, parts[name])
        _sync(out, parts)
        _read_back(out, parts.items())
        for name in parts:
            if name == _UNFINISHED:
                _sync(out, parts)
            renamed.append(name)
            (out / name).rename(out / name.removesuffix(PART))
        _sync(out, parts)
    except BaseException as error:
        if not renamed:
            for path in (*(out / name for name in parts), *reversed(folders)):
                with contextlib.suppress(OSError):
                    path.rmdir() if path in folders else path.unlink()
        if isinstance(error, OSError) or renamed:
            raise _not_written(out, error, begun=bool(renamed)) from None
        raise


def _not_written(out: Path, error: BaseException, *, begun: bool) -> FileError:
    why = error.strerror if isinstance(error, OSError) else "interrupted"
    if begun:
        hint = "The update has not ended: every file on it is the old or the new one. Do it again."
    else:
        hint = "The medium is as it was. Make room, or take another one; is it mounted read-only?"
    return FileError(f"cannot write {out}: {why}", hint)


def _sync(out: Path, names: Iterable[str]) -> None:
    for path in _folders(out, names):
        folder.sync(path)


def _folders(out: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """All folders that these files are in, each after the one it is in."""
    below = dict.fromkeys(parent for name in names for parent in reversed(Path(name).parents))
    return tuple(out / path for path in below)


def _read_back(out: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """That the medium gives back what was written. Raises IntegrityError."""
    for name, data in files:
        if _read(out / name) != data:
            raise IntegrityError(
                f"{name} was read back otherwise than it was written: the medium is bad",
                "Destroy the medium, and take another one.",
            )


def read(path: Path) -> bytes:
    """A plain file on a medium, from the medium itself as far as that can be asked for. Raises FileError."""
    data = _read(path)
    if data is None:
        raise FileError(f"cannot read {path}", f"A plain file of at most {MAX_FILE_BYTES >> 20} MiB is wanted there.")
    return data


def _read(path: Path) -> bytes | None:
    """None if it is no plain file, cannot be read, or is too large.

    The system is asked to forget what it holds of the file in memory. It may refuse, and a medium's own memory is out
    of reach: only taking the medium out and putting it in again is sure.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError:
        return None
    return data if len(data) <= MAX_FILE_BYTES else None


def _sums(path: Path) -> Sums | None:
    return Sums.parse(_read(path) or b"") if os.path.lexists(path) else None


def _next_sums(path: Path) -> Sums | None:
    """The list of an update, if it got so far. One that is cut off was never relied on."""
    with contextlib.suppress(IntegrityError):
        return _sums(path)
    return None


def _walk(out: Path) -> Iterator[tuple[str, os.DirEntry[str] | None]]:
    """Every file below a folder by its path, and those folders that systems make; None for what is no file."""
    left = [""]
    count = itertools.count(1)
    while left:
        below = left.pop()
        with _scanned(out / below) as entries:
            for entry in entries:
                if next(count) > MAX_FILES:
                    raise FileError(f"{out} holds over {MAX_FILES} files", "That is no medium of ours.")
                path = f"{below}/{entry.name}" if below else entry.name
                if not below and _SYSTEM.fullmatch(entry.name):
                    yield path, entry
                elif entry.is_dir(follow_symlinks=False):
                    left.append(path)
                else:
                    yield path, entry if entry.is_file(follow_symlinks=False) else None


def _listed(out: Path) -> list[str]:
    with _scanned(out) as entries:
        return [entry.name for entry in itertools.islice(entries, MAX_FILES)]


@contextlib.contextmanager
def _scanned(path: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
    try:
        with os.scandir(path) as entries:
            yield entries
    except OSError as error:
        raise FileError(f"cannot look at {path}: {error.strerror}", "Is the medium mounted, and whole?") from None

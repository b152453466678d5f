"""The escrow on disk, and the only writer of it.

A new escrow begins with `record.json.part`, is written file by file, and becomes one when that is renamed to
`record.json`, last of all. A folder without `record.json` is no escrow, whatever else lies there.

The journal is never written in place. A longer one is written beside it, brought down to the disk, and renamed over it,
under a lock on the folder: whenever that ends, by a kill, a full disk or a power cut, the journal is the old or the new
one. So this program leaves no torn last line, and mends none: a journal that ends in one was copied badly or written by
others, and is refused.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import fcntl
import hashlib
import itertools
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rootescrow.envelope import MAX_BYTES as MAX_ENVELOPE_BYTES
from rootescrow.errors import FileError, JournalError
from rootescrow.register.events import AnyEvent
from rootescrow.register.journal import MAX_BYTES as MAX_JOURNAL_BYTES
from rootescrow.register.journal import Journal
from rootescrow.register.record import MAX_BYTES as MAX_RECORD_BYTES
from rootescrow.register.record import PassphraseRecord, Record
from rootescrow.register.register import Register, fold

ESCROW = "escrow"
SECRET = "secret"  # noqa: S105 - the name of a folder
SECRET_PASSPHRASE = "secret-passphrase"  # noqa: S105 - the name of a folder
PASSPHRASE = "escrow-passphrase"  # noqa: S105 - the name of a folder
PASSPHRASE_FILE = "passphrase.json"  # noqa: S105 - the name of a file
"""The record of a passphrase that was escrowed by itself; made by `split`, it is a part of that record."""
ENVELOPE_FILE = "envelope.cms"
RECORD_FILE = "record.json"
JOURNAL_FILE = "journal.jsonl"
CERTIFICATE_FILE = "certificate.pem"
COPY_FILE = "COPY"
"""A file of this name, whatever is in it, says that the folder is a copy: its journal is the master folder's."""
ENVELOPE_PDF_FILE = "envelope.pdf"
RECORD_PDF_FILE = "record.pdf"
PLAN_FILE = "plan.toml"
"""The plan that the escrow was made by: who can be reached how, and how far away people and places are."""
MAX_CERTIFICATE_BYTES = 1 << 20
MAX_KEY_FILE_BYTES = 1 << 20
"""RSA-8192 is 6 KiB as PEM; a file with a certificate chain beside it is still far below this."""

PART = ".part"
"""What the name of a file ends with that is not finished."""
_UNFINISHED = RECORD_FILE + PART
_LONGER = "journal.jsonl.part"


@dataclass(frozen=True)
class Folder:
    """An escrow as read: its record, and its envelope and certificate if they are there.

    Not its journal: a recovery must not fail because of that.
    """

    record: Record
    envelope: bytes | None
    certificate: bytes | None


def load(path: Path) -> Folder:
    """Read an escrow folder. Raises FileError if it is none, RecordError if its record is wrong."""
    record = load_record(path)
    try:
        return Folder(
            record,
            _optional(path / ENVELOPE_FILE, MAX_ENVELOPE_BYTES),
            _optional(path / CERTIFICATE_FILE, MAX_CERTIFICATE_BYTES),
        )
    except OSError as error:
        raise _unreadable(path, error) from None


def load_record(path: Path) -> Record:
    """Read the record alone. Raises FileError if the folder is no escrow, RecordError if its record is wrong."""
    _check_escrow(path)
    return Record.load(read_own(path / RECORD_FILE, MAX_RECORD_BYTES))


def load_passphrase(path: Path) -> Record | PassphraseRecord:
    """The record that lists the sheets of a passphrase: of an escrow folder, or of one made for a passphrase alone.

    Raises FileError if the folder is neither, or lists none; RecordError if its record is wrong.
    """
    try:
        if (path / PASSPHRASE_FILE).is_file():
            return PassphraseRecord.load(read_own(path / PASSPHRASE_FILE, MAX_RECORD_BYTES))
    except OSError as error:
        raise _unreadable(path, error) from None
    record = load(path).record
    if record.passphrase is None:
        raise FileError(
            f"the record in {path} lists no sheets of a passphrase",
            "Name the folder in which the passphrase was escrowed, or leave --escrow out.",
        )
    return record


def _unreadable(path: Path, error: OSError) -> FileError:
    return FileError(f"cannot look at {path}: {error.strerror}", "Check the name and who may read it.")


def load_register(path: Path) -> Register:
    """What holds today in an escrow folder. Raises what `load` raises, and JournalError."""
    record, data = read_journal(path)
    return fold(record, Journal.parse(data, hashlib.sha256(record.dump()).hexdigest()))


def load_plan(path: Path, limit: int) -> bytes | None:
    """The file of the plan in an escrow folder, if it has one, of at most `limit` bytes. Raises FileError.

    Whether it is the plan that the record names, nobody has looked at yet.
    """
    _check_escrow(path)
    file = path / PLAN_FILE
    return read_own(file, limit) if os.path.lexists(file) else None


def read_journal(path: Path) -> tuple[Record, bytes]:
    """The record and the bytes of the journal, which nobody has looked at yet.

    Raises what `load` raises, and JournalError if there is no journal: `split` begins it before there is a record, so
    that somebody has taken it away.
    """
    record, file = load_record(path), path / JOURNAL_FILE
    if not os.path.lexists(file):
        raise JournalError(
            f"{path} holds a record and no {JOURNAL_FILE}: it was taken away, or not copied",
            "Take another copy of the folder. For a recovery the journal is not needed.",
        )
    return record, read_own(file, MAX_JOURNAL_BYTES)


def is_copy(path: Path) -> bool:
    """Whether a folder is marked as a copy."""
    return os.path.lexists(path / COPY_FILE)


def check_master(path: Path) -> None:
    """That events can be added to the journal of this folder. Raises FileError if it is marked as a copy."""
    if is_copy(path):
        raise FileError(
            f"{path} is marked as a copy: nothing is added to its journal",
            f"Name the master folder. If that is lost, make one copy the master: remove its file {COPY_FILE}.",
        )


def append(
    path: Path,
    *events: AnyEvent,
    now: datetime.datetime,
    wait: bool = True,
    out: Path | None = None,
    papers: Callable[[Register], Mapping[str, bytes]] = lambda register: {},
) -> Register:
    """Write events at the end of the journal, all of them or none; what holds then.

    Waits for another process that does so, unless told not to. `papers` makes of what will hold the files that tell of
    it, by their paths below `out`, which is made if it is not there. They are written before the journal, so that no
    line ever tells of a sheet or a receipt that exists nowhere, and removed if the journal then cannot be written. A
    kill between the two leaves papers whose head the journal does not have.

    Raises FileError, JournalError if the journal is not whole, UsageError for an event that cannot be, and then the
    journal is as it was.
    """
    _check_escrow(path)
    with locked(path, wait=wait):
        check_master(path)
        register = load_register(path).after(*events, now=now)
        made: list[Path] = []
        try:
            if out is not None:
                _write_papers(out, papers(register), made)
            _replace_journal(path, register.journal)
        except BaseException:
            if not _is_there(path, register.journal):
                _remove(made)
            raise
        return register


def _is_there(path: Path, journal: Journal) -> bool:
    """Whether the journal in a folder is this one: then what came after it failed, and it stays."""
    try:
        return read_file(path / JOURNAL_FILE, MAX_JOURNAL_BYTES) == journal.dump()
    except FileError:
        return False


def _write_papers(out: Path, papers: Mapping[str, bytes], made: list[Path]) -> None:
    """Write files below a folder. Raises FileError; what was made until then is in `made`."""
    try:
        if not out.is_dir():
            _make(out, made)
        for name, data in papers.items():
            _add(out, out / name, data, made)
        for folder in {path.parent for path in made}:
            sync(folder)
    except FileExistsError as error:
        raise FileError(
            f"{error.filename} is there already",
            "Nothing is overwritten, and the journal is as it was: name another place.",
        ) from None
    except OSError as error:
        raise file_error(out, error) from None


def extend_copy(path: Path, journal: Journal) -> None:
    """Write a journal over that of a copy.

    Raises FileError if the folder is not marked as a copy, JournalError unless the journal continues that one. So
    neither can lines be lost that only the copy has, nor can two journals of one escrow grow side by side.
    """
    _check_escrow(path)
    with locked(path):
        check_extends(path, journal)
        _replace_journal(path, journal)


def check_extends(path: Path, journal: Journal) -> Journal:
    """The journal of a copy, which this one continues. Raises what `extend_copy` raises."""
    if not is_copy(path):
        raise FileError(f"{path} is not marked as a copy", "Only copies are brought up to date.")
    own = load_register(path).journal
    if not journal.continues(own):
        line = journal.forked_at(own)
        raise JournalError(
            f"the journals differ from line {line}" if line else f"the journal in {path} is longer",
            "Compare the heads of both with the reports on paper: only one of them is the journal.",
        )
    return own


@contextlib.contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Be the only one who writes there. The lock is the system's: it ends with the process, and leaves no file.

    Raises FileError; unless it is to `wait`, also where another process writes there.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise FileError(f"cannot open {path}: {error.strerror}", "Check the name and who may read it.") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileError(f"another process writes in {path}", "Do it again when that has ended.") from None
        except OSError as error:
            raise FileError(
                f"cannot lock {path}: {error.strerror}", "Have the folder on a disk of this machine, not of another."
            ) from None
        yield
    finally:
        os.close(descriptor)


def _replace_journal(path: Path, journal: Journal) -> None:
    """Put a journal in the place of the one that is there.

    The folder is locked: so a part of a journal that lies there is of a process that ended, and counts for nothing.
    """
    longer, file = path / _LONGER, path / JOURNAL_FILE
    if file.is_symlink():
        raise FileError(f"{file} is a link to another file", "Put the journal itself there.")
    try:
        longer.unlink(missing_ok=True)
        write_new(longer, journal.dump())
        try:
            longer.rename(file)
        finally:
            longer.unlink(missing_ok=True)
    except OSError as error:
        hint = "The journal is as it was. Name a folder that you may write to."
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            hint = "The journal is as it was. Make room, and do it again."
        raise FileError(f"cannot write {file}: {error.strerror}", hint) from None
    try:
        sync(path)
    except OSError as error:
        raise FileError(
            f"{file} was written, but perhaps not down to the disk: {error.strerror}",
            "Look with 'rootescrow journal show' whether the line is there, and have the disk looked at.",
        ) from None


def _check_escrow(path: Path) -> None:
    """Raises FileError if a folder is no escrow."""
    try:
        if (path / RECORD_FILE).is_file():
            return
        if (path / _UNFINISHED).exists():
            raise _unfinished(path.absolute().parent)
        if _is_unfinished(path):
            raise _unfinished(path)
        hint = f"Name the folder that holds {RECORD_FILE}."
        if (path / ESCROW / RECORD_FILE).is_file():
            hint = f"Name {path / ESCROW} instead."
        elif (path / PASSPHRASE_FILE).is_file():
            hint = "It is the escrow of a passphrase: rootescrow passphrase recover takes it."
        elif (path / PASSPHRASE / PASSPHRASE_FILE).is_file():
            hint = f"{path / PASSPHRASE} is the escrow of a passphrase: rootescrow passphrase recover takes it."
    except OSError as error:
        raise _unreadable(path, error) from None
    raise FileError(f"{path} is no escrow: it holds no {RECORD_FILE}", hint)


def _optional(path: Path, limit: int) -> bytes | None:
    return read_own(path, limit) if path.exists() else None


def read_own(path: Path, limit: int) -> bytes:
    """A file of a folder that `split` made, which is no pipe: nobody waits for what never comes. Raises FileError."""
    return read_file(path, limit, opener=_regular)


def _regular(path: str, flags: int) -> int:
    """Open a file on a disk or in memory; OSError for a pipe or a device. `open` refuses a folder itself."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is a pipe or a device")
    return descriptor


def read_file(path: Path, limit: int, *, opener: Callable[[str, int], int] | None = None) -> bytes:
    """A file of at most `limit` bytes, whatever its size says. Raises FileError."""
    try:
        with open(path, "rb", opener=opener) as file:
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
    return (out / ESCROW / _UNFINISHED).exists() or (out / PASSPHRASE / (PASSPHRASE_FILE + PART)).exists()


def _unfinished(path: Path) -> FileError:
    return FileError(
        f"{path} is left over from a split that was interrupted: it is no escrow",
        "Nothing in it counts. Destroy what was printed from it, remove the folder, and split again.",
    )


def create(out: Path, files: Mapping[str, bytes], record: bytes, journal: bytes) -> None:
    """Write a new escrow: `files` by their paths below `out`, the journal that begins, and the record.

    Files have mode 0600 and folders 0700, or less if the umask says so. Raises FileError. After any failure what was
    made here is removed, and nothing else: a file that someone else put there meanwhile stays.
    """
    first = (f"{ESCROW}/{JOURNAL_FILE}", journal)
    _create(out, itertools.chain(files.items(), [first]), out / ESCROW / RECORD_FILE, record)


def create_passphrase(out: Path, files: Mapping[str, bytes], record: bytes) -> None:
    """Write the escrow of a passphrase alone: `files` by their paths below `out`, and its record. As `create` else."""
    _create(out, files.items(), out / PASSPHRASE / PASSPHRASE_FILE, record)


def _create(out: Path, files: Iterable[tuple[str, bytes]], finished: Path, record: bytes) -> None:
    check_new(out)
    write_all(out, files, finished, record)


def write_all(
    out: Path,
    files: Iterable[tuple[str, bytes]],
    finished: Path,
    last: bytes,
    look: Callable[[], None] = lambda: None,
) -> None:
    """Write `files` below `out`, none of which is there yet; `last` is renamed to `finished` when all else is there.

    Until then it lies beside that, as `.part`. `look` may look at everything before, and raise what it finds. Raises
    FileError. After any failure what was made here is removed, and nothing else.
    """
    unfinished = finished.with_name(finished.name + PART)
    made: list[Path] = []
    try:
        if not out.is_dir():
            _make(out, made)
        _add(out, unfinished, last, made)
        for name, data in files:
            _add(out, out / name, data, made)
        for folder in {path.parent for path in made}:
            sync(folder)
        look()
        made.append(finished)
        unfinished.rename(finished)
        sync(finished.parent)
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


def write_paper(out: Path, name: str, data: bytes) -> Path:
    """Write a paper into a folder, which is made if it is not there; where it is then. Raises FileError."""
    made: list[Path] = []
    try:
        if not out.is_dir():
            _make(out, made)
    except OSError as error:
        raise file_error(out, error) from None
    try:
        return write_file(out / name, data)
    except BaseException:
        _remove(made)
        raise


def write_file(path: Path, data: bytes) -> Path:
    """Write a file that does not exist yet, for a command that makes only that. Raises FileError."""
    try:
        write_new(path, data)
        sync(path.absolute().parent)
    except FileExistsError:
        raise FileError(f"{path} is there already", "Nothing is overwritten: name another place.") from None
    except OSError as error:
        raise file_error(path, error) from None
    return path


def sync(folder: Path) -> None:
    """Bring a folder's entries down to the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

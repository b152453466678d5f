"""Print: the sheets of a split, one job a sheet, each while its holder stands at the printer; then its file is wiped.

The files themselves are the list of what is left to do: after an interruption the next run goes on with them.
"""

from __future__ import annotations

import datetime
import os
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from rootescrow.ceremony.machine import Machine
from rootescrow.ceremony.split import WORDS_SUFFIX
from rootescrow.ceremony.spooler import Outcome, Spooler
from rootescrow.codes import EscrowId
from rootescrow.errors import CodeError, FileError, MalformedError, PaperError
from rootescrow.paper.pdf import pdf_sizes
from rootescrow.paper.sheets import Paper
from rootescrow.register import folder
from rootescrow.register.events import Printed
from rootescrow.register.record import PassphraseRecord, Record, RecordedPassphrase
from rootescrow.register.register import Register

JOB_SECONDS = 300.0
"""Until a job has left its queue: ten pages on a slow printer, warming up included."""
MAX_SHEET_BYTES = 16 << 20
"""Of a sheet's file. One with the largest envelope on it has a sixteenth of this."""

_FOLDERS = (folder.SECRET, folder.SECRET_PASSPHRASE)
_NAME = re.compile(r"(passphrase-)?([A-Z2-7]{4}-[A-Z2-7]{4})-([1-9][0-9]?)-(.+)-([1-9][0-9]?)\.pdf")
"""As `split` names the files of sheets."""
_IN_MEMORY = ("tmpfs", "ramfs")
_POINTS_PER_MM = 72 / 25.4
_TOLERANCE_MM = 1.0
_MEDIA = {Paper.A4: "A4", Paper.LETTER: "Letter"}
"""The names of CUPS."""


class Answer(StrEnum):
    """What the operator says before a sheet is printed."""

    YES = "yes"
    LATER = "later"
    STOP = "stop"


class Result(StrEnum):
    """What the operator says of what came out of the printer."""

    YES = "yes"
    AGAIN = "again"
    STOP = "stop"


@dataclass(frozen=True)
class SheetFile:
    """The file of a sheet that is to be printed: `name` is the sheet's, `holder` whose it is, "" if not known."""

    path: Path
    id: EscrowId
    group: int
    number: int
    name: str
    holder: str = ""
    passphrase: bool = False

    @property
    def title(self) -> str:
        """What its job is called in queues and logs: escrow id, numbers of group and sheet, and nobody's name."""
        return f"{self.id} {self.group}-{self.number}"


@dataclass(frozen=True)
class Found:
    """What there is to print, in the order of groups and numbers, and the escrow folder beside it if there is one.

    `unwritten` are the sheets whose words are still to be written by hand, each with the file that holds them.
    """

    sheets: tuple[SheetFile, ...]
    escrow: Path | None
    unwritten: tuple[tuple[SheetFile, Path], ...] = ()


class Operator(Protocol):
    """Who sits at the terminal."""

    def ready(self, sheet: SheetFile, pages: int) -> Answer:
        """Whether the sheet's holder stands at the printer."""

    def came_out(self, sheet: SheetFile, pages: int, outcome: Outcome) -> Result:
        """Whether all pages lie there, whole."""

    def tell(self, said: str) -> None:
        """Something the operator should know."""


_Beside: TypeAlias = Register | Record | PassphraseRecord | None
"""What lies beside the sheets and knows them: a register, or the record of a passphrase that was escrowed by itself."""


def find(directory: Path, escrow: Path | None = None) -> Found:
    """The sheets in the output folder of a split or a replacement, or in its secret folder; none if all are printed.

    `escrow` is their escrow folder, where it does not lie beside them. Raises FileError if the folder is no such one,
    or if something lies among the sheets that is none; and what `folder.load_register` raises.
    """
    named = directory.absolute()
    out = named.parent if named.name in _FOLDERS else named
    try:
        places = [place for place in ([named] if out != named else [out / name for name in _FOLDERS]) if place.is_dir()]
        if escrow is None and (out / folder.ESCROW / folder.RECORD_FILE).is_file():
            escrow = out / folder.ESCROW
        alone = out / folder.PASSPHRASE
        if not places and escrow is None:
            raise FileError(f"{directory} holds no sheets", "Name the folder that 'rootescrow split --out' made.")
        if escrow is not None and folder.is_copy(escrow):
            raise FileError(f"{escrow} is marked as a copy", "Print beside the master folder: its journal tells it.")
        beside: _Beside = None
        if escrow is not None:
            beside = folder.load_register(escrow)
        elif (alone / folder.PASSPHRASE_FILE).is_file():
            beside = folder.load_passphrase(alone)
        paths = [Path(entry.path) for place in places for entry in os.scandir(place)]
        written = [path for path in paths if path.suffix == WORDS_SUFFIX]
        sheets = [_sheet_file(path, beside) for path in paths if path not in written]
        unwritten = tuple((_sheet_file(path.with_suffix(".pdf"), beside, path), path) for path in sorted(written))
    except OSError as error:
        raise FileError(
            f"cannot look at {directory}: {error.strerror}", "Check the name and who may read it."
        ) from None
    by_number = sorted(sheets, key=lambda sheet: (sheet.passphrase, sheet.group, sheet.number))
    return Found(tuple(by_number), escrow, unwritten)


def _sheet_file(path: Path, beside: _Beside, there: Path | None = None) -> SheetFile:
    """What a file's name says. `there` is the file that is there, where it is not the sheet's PDF."""
    there = there or path
    parts = _NAME.fullmatch(path.name)
    try:
        if parts is None or not stat.S_ISREG(there.lstat().st_mode):
            raise CodeError("")
        id_, group, number = EscrowId.parse(parts[2]), int(parts[3]), int(parts[5])
        passphrase = parts[1] is not None
        if passphrase != (path.parent.name == folder.SECRET_PASSPHRASE):
            raise CodeError("")
    except CodeError:
        raise FileError(
            f"{there} is no sheet of a split", "Only its sheets may lie there. Look what it is, and take it away."
        ) from None
    file = SheetFile(path, id_, group, number, f"{parts[4]}/{number}", passphrase=passphrase)
    match beside:
        case None:
            return file
        case Register():
            return _of_register(file, beside, there)
        case _:
            return _of_passphrase(file, beside.passphrase, there)


def _of_register(file: SheetFile, register: Register, there: Path) -> SheetFile:
    """With name and holder by the register."""
    recorded = register.record.passphrase if file.passphrase else register.record
    groups = recorded.policy.groups if recorded and recorded.id == file.id else ()
    of_group = register.sheets_of(groups[file.group - 1]) if file.group <= len(groups) else ()
    sheet = next((sheet for sheet in of_group if sheet.number == file.number and sheet.counts), None)
    if sheet is None:
        raise FileError(
            f"{there} is no sheet of escrow {register.record.id} that counts by its register",
            "Sheets of two splits must not be mixed. A void one, or one that an interrupted replacement left, is "
            "destroyed and not printed.",
        )
    return replace(file, name=sheet.name, holder=_who(sheet.holder.person, sheet.holder.office))


def _of_passphrase(file: SheetFile, recorded: RecordedPassphrase | None, there: Path) -> SheetFile:
    """With name and holder by the record of a passphrase that was escrowed by itself."""
    groups = recorded.policy.groups if recorded and file.passphrase and recorded.id == file.id else ()
    name = f"{groups[file.group - 1].name}/{file.number}" if file.group <= len(groups) else ""
    sheet = next((sheet for sheet in recorded.sheets if sheet.name == name), None) if recorded else None
    if sheet is None:
        raise FileError(
            f"{there} is no sheet of the passphrase whose record lies beside it",
            "Sheets of two splits must not be mixed: look where it belongs.",
        )
    return replace(file, name=name, holder=_who(sheet.person, sheet.office))


def _who(person: str, office: str) -> str:
    return ", ".join(part for part in (person, office) if part)


def print_sheets(
    found: Found,
    printer: str,
    spooler: Spooler,
    operator: Operator,
    *,
    seconds: float = JOB_SECONDS,
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
) -> tuple[SheetFile, ...]:
    """Print the sheets one by one and wipe the file of each; those that are left, because the operator said so.

    Nothing is sent before the operator said that the holder is there, and nothing is wiped before he said that all
    pages came out whole. Each printing goes into the journal, where there is one. Raises what `Spooler.check` and
    `Spooler.print` raise, PaperError for a damaged file, FileError; the file of the sheet is then still there.
    """
    left: list[SheetFile] = []
    for place, sheet in enumerate(found.sheets):
        document = folder.read_own(sheet.path, MAX_SHEET_BYTES)
        media, pages = _media(document, sheet.path)
        while (answer := operator.ready(sheet, pages)) is Answer.YES:
            spooler.check(printer)
            outcome = spooler.print(printer, sheet.title, media, document, seconds=seconds, tell=operator.tell)
            if found.escrow is not None:
                folder.append(found.escrow, Printed(sheet=sheet.name, printer=printer), now=now())
            result = operator.came_out(sheet, pages, outcome)
            if result is Result.YES:
                wipe(sheet.path)
                break
            if result is Result.STOP:
                answer = Answer.STOP
                break
        if answer is Answer.STOP:
            return (*left, *found.sheets[place:])
        if answer is Answer.LATER:
            left.append(sheet)
    full = {sheet.path.parent for sheet in left} | {path.parent for _, path in found.unwritten}
    for emptied in {sheet.path.parent for sheet in found.sheets} - full:
        remove(emptied)
    return tuple(left)


def _media(document: bytes, path: Path) -> tuple[str, int]:
    """The paper of a sheet as CUPS calls it, and the number of its pages. Raises PaperError."""
    sizes = pdf_sizes(document, str(path))
    for paper, media in _MEDIA.items():
        wanted = [side * _POINTS_PER_MM for side in paper.size]
        if sizes and all(
            abs(side - want) < _TOLERANCE_MM * _POINTS_PER_MM
            for size in sizes
            for side, want in zip(size, wanted, strict=True)
        ):
            return media, len(sizes)
    raise PaperError(f"{path} has other pages than a sheet", "It is not as split made it: look where it comes from.")


def wipe(path: Path) -> None:
    """Overwrite a file with zeros, bring that down to the disk, and remove it. Raises FileError.

    In memory (tmpfs) that is the end of it. On a disk it is not: a journal, a copy-on-write file system, a snapshot and
    every SSD keep what was there before in other places, out of reach of any program.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "wb") as file:
            file.write(bytes(os.fstat(descriptor).st_size))
            file.flush()
            os.fsync(descriptor)
        path.unlink()
        _sync(path.parent)
    except OSError as error:
        raise FileError(
            f"{path} is on paper now, and cannot be wiped: {error.strerror}",
            "Destroy the file by hand; do not print it again.",
        ) from None


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(directory: Path) -> None:
    """Remove a folder of which all sheets are printed."""
    try:
        directory.rmdir()
    except OSError as error:
        raise FileError(f"{directory} cannot be removed: {error.strerror}", "Look what is in it.") from None


def file_system(path: Path, machine: Machine | None = None) -> str:
    """The type of the file system that a path is on; "" where that is not known."""
    try:
        return (machine or Machine()).mount(os.path.realpath(path)).type
    except (FileError, MalformedError):
        return ""


def on_tmpfs(path: Path, machine: Machine | None = None) -> bool:
    """Whether what is written there is in memory alone, as far as there is no swap. False where it is not known."""
    return file_system(path, machine) in _IN_MEMORY


def warnings(found: Found, spooler: Spooler) -> Iterable[str]:
    """What wiping cannot do here: one line for each place on a disk."""
    for place in sorted({sheet.path.parent for sheet in found.sheets}):
        if not on_tmpfs(place):
            yield (
                f"{place} is on a disk ({file_system(place) or 'not known which'}): wiping a file there overwrites and "
                "removes it, and the disk may still keep copies. Destroy the disk."
            )
    if not on_tmpfs(spooler.spool):
        yield (
            f"CUPS spools to a disk ({spooler.spool}): each sheet goes through it, and what is deleted there is not "
            "wiped. Destroy the disk, or put that folder in memory before CUPS starts."
        )

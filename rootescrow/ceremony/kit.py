"""Kit: a medium with all of an escrow but its sheets, and what signing a CRL needs (SP-b, z.4, z.7).

The medium is written, synced and read back first; then one line goes into the master's journal. So a journal never
tells of a medium that is not there. The journal on the medium ends before that line: it is one line behind.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path

from rootescrow.ceremony.papers.booklet import Booklet, draw_booklet
from rootescrow.ceremony.papers.kit import Instructions, draw_kit, write_text
from rootescrow.ceremony.papers.record import draw_record
from rootescrow.ceremony.plan import MAX_PLAN_BYTES
from rootescrow.ceremony.signing import Signing
from rootescrow.ceremony.today import Today, look
from rootescrow.ceremony.trial import trial
from rootescrow.ceremony.wheels import FOLDER as WHEELS
from rootescrow.ceremony.wheels import INSTALL_FILE, Wheels, on_medium
from rootescrow.errors import EscrowError, FileError, IntegrityError, KeyFormatError, UsageError
from rootescrow.keys import certificate_der, certificate_pem, certificate_spki
from rootescrow.paper.fonts import check_printable
from rootescrow.paper.layout import Paper
from rootescrow.paper.text import Part, catalogue
from rootescrow.policy import MAX_TEXT_CHARS, printable_line
from rootescrow.register import folder, medium
from rootescrow.register.events import Kit
from rootescrow.register.folder import ESCROW, Folder
from rootescrow.register.journal import Journal
from rootescrow.register.medium import Sums
from rootescrow.register.record import Record
from rootescrow.register.register import Register
from rootescrow.shamir.words import WORDS

SIGNING = "signing"
"""The folder of what signing a CRL needs."""
TEXT_FILE = "RECOVER.txt"
PDF_FILE = "RECOVER.pdf"
PROGRAM_FILE = "recover.py"
PAGE_FILE = "recover.html"
BOOKLET_FILE = "BOOKLET.pdf"
WORDS_FILE = "words.txt"
"""The word list of SLIP-39, a word a line: sha256 bcc4555340332d169718aed8bf31dd9d5248cb7da6e5d355140ef4f1e601eec3."""

_MARK = "This folder is a copy. Its journal goes on in the master folder, and nothing is added to it here.\n"
_NOT_VOUCHED = "Nothing shows that it is what was put there: give it again with --include, from where it comes."


@dataclass(frozen=True)
class Order:
    """Which medium is written: `name` as the register calls it, empty if that is plain; where it will lie.

    `include` are files for signing a CRL by name, looked through before (`signing.include`); `wheels` are for a new
    medium alone. `language` is that of the instructions and of the booklet, else the record's.
    """

    name: str = ""
    place: str = ""
    bag: str = ""
    include: Mapping[str, bytes] | None = None
    wheels: Wheels | None = None
    paper: Paper = Paper.A4
    language: str = ""

    @property
    def signing(self) -> dict[str, bytes]:
        """The files to include, by their paths on the medium."""
        return {f"{SIGNING}/{name}": data for name, data in (self.include or {}).items()}

    @property
    def added(self) -> dict[str, bytes]:
        """All that comes from outside the escrow, by paths on the medium."""
        return {**self.signing, **(on_medium(self.wheels) if self.wheels else {})}


@dataclass(frozen=True)
class Written:
    """What was done: the register after it, the event in its journal, and what people should know."""

    register: Register
    event: Kit
    files: int
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """What a medium was found to be, and what holds in the escrow that it was compared with.

    `behind` counts the lines of the journal that the medium has not, None if that is not known; `differing` is what is
    not as it should be; `lacking` what signing a CRL needs beyond it.
    """

    register: Register
    files: int
    differing: tuple[str, ...]
    behind: int | None
    lacking: tuple[str, ...]
    tried: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class _Master:
    """An escrow from which media are written, with everything that belongs on them."""

    register: Register
    opened: Folder
    papers: Mapping[str, bytes]
    booklet: Booklet
    remarks: tuple[str, ...]

    @property
    def record(self) -> Record:
        return self.register.record


def write(escrow: Path, out: Path, order: Order, *, now: datetime) -> Written:
    """Write a new medium in the folder `out`, which is empty but for what systems put there, and note it.

    Raises FileError, UsageError, IntegrityError if the escrow does not hold together or the medium reads back otherwise
    than it was written, JournalError, PaperError.
    """
    master = _master(escrow, order.paper, now.date())
    if master.register.superseded or not master.register.live:
        raise UsageError(
            f"this escrow is {master.register.state}: another copy of it would only be another to destroy",
            "Write a medium of the generation that is in force.",
        )
    medium.check_empty(out)
    name = order.name or _only_medium(master.register)
    files, signing = _contents(master, name, order.added, now, order)
    event = _event(name, order, signing, files)
    # What cannot be written into the journal is told before anything is written at all.
    master.register.after(event, now=now)
    medium.write(out, files)
    remarks = (*_before(master.register, name), *_remarks(master, signing, escrow, out))
    return _noted(escrow, out, event, remarks, now)


def update(escrow: Path, out: Path, order: Order, *, now: datetime) -> Written:
    """Bring a medium of this escrow up to date. What was included before stays, if the journal vouches for it.

    Raises what `write` raises, and JournalError unless the journal continues that on the medium.
    """
    if order.wheels:
        raise UsageError("wheels go onto a new medium alone", "Leave out --wheels, or write a new medium with them.")
    master = _master(escrow, order.paper, now.date())
    register = master.register
    found = medium.look(out)
    if found.sums is None:
        raise medium.no_medium(out)
    if found.foreign:
        raise FileError(
            f"there are things on {out} that are no plain files: {', '.join(found.foreign[:5])}",
            "A medium is used for this only (SP-b). Look where they come from, and take another one.",
        )
    if folder.load_record(out / ESCROW) != master.record:
        raise FileError(f"{out} is a medium of another escrow", "Name the medium that belongs to this one.")
    folder.check_extends(out / ESCROW, register.journal)
    told = _told(register.journal).get(found.sums.sha256)
    name = order.name or (told.medium if told else "") or _only_medium(register)
    fresh = {PROGRAM_FILE, PAGE_FILE, WORDS_FILE, BOOKLET_FILE, TEXT_FILE, PDF_FILE}
    fresh |= {*_of_escrow(master), *order.signing}
    kept: dict[str, bytes] = {}
    for path, digest in found.sums.files.items():
        if path not in fresh:
            if told is None or found.digests.get(path) != digest:
                raise IntegrityError(f"{path} on the medium is not the one that the journal tells of", _NOT_VOUCHED)
            kept[path] = medium.read(out / path)
    files, signing = _contents(master, name, {**kept, **order.signing}, now, order)
    event = _event(name, order, signing, files)
    register.after(event, now=now)
    medium.update(out, files)
    return _noted(escrow, out, event, _remarks(master, signing, escrow, out), now)


def check(escrow: Path, out: Path) -> Checked:
    """Compare a medium with its own list and with an escrow, which may be the copy on the medium. Nothing is written.

    Raises FileError if there is no medium, IntegrityError if its list cannot be read, and what reading `escrow` raises.
    """
    register = folder.load_register(escrow)
    found = medium.look(out)
    if found.sums is None:
        raise medium.no_medium(out)
    differing, remarks = list(found.differing), list(_deleted(found.deleted))
    if found.interrupted:
        remarks.append("An update of the medium was interrupted. Do it again: --update.")
    itself = escrow.samefile(out / ESCROW) if (out / ESCROW).exists() else False
    if itself:
        remarks.append("It was compared with itself alone: only the master tells whether this list is the one written.")
    elif found.sums.sha256 not in _told(register.journal):
        said = "the journal tells of no medium with this list: changed, or interrupted before the journal had its line"
        (remarks if folder.is_copy(escrow) else differing).append(said)
    behind = None
    if any(path.split("/")[0] == ESCROW for path in found.foreign):
        differing.append(f"what is in {ESCROW} was not looked at")
    else:
        try:
            behind, wrong, older = _compare(register, out / ESCROW)
            differing += wrong
            (remarks if folder.is_copy(escrow) else differing).extend(older)
        except EscrowError as error:
            differing.append(f"{ESCROW}: {error.message}")
    paths = [path for path in found.digests if path in found.sums.files and path.startswith(f"{SIGNING}/")]
    certificate = folder.CERTIFICATE_FILE if f"{ESCROW}/{folder.CERTIFICATE_FILE}" in found.digests else ""
    signing = _signing({path: medium.read(out / path) for path in paths}, register.record, certificate)
    remarks += _elsewhere(signing)
    program = medium.read(out / PROGRAM_FILE) if PROGRAM_FILE in found.digests else b""
    tried = False
    master = not itself and not folder.is_copy(escrow)
    if program == _program() or (master and _vouched(program, found.sums, register.journal)):
        problem = trial(program)
        tried = not problem
        differing += [f"{PROGRAM_FILE} on the medium did not recover a trial escrow: {problem}"] if problem else []
    else:
        remarks.append(f"{PROGRAM_FILE} was not tried: nothing shows that it is the one that was written.")
    lacking = _lacking(signing)
    return Checked(register, len(found.sums.files), tuple(differing), behind, lacking, tried, tuple(remarks))


def booklet(escrow: Path, paper: Paper, *, today: date, language: str = "") -> tuple[Register, bytes]:
    """The recovery booklet of an escrow, as a PDF, and the escrow's register. Nothing is written.

    What it says of whom to ask is what the covers say outside, if the plan is in the folder and is the record's.
    Raises FileError, IntegrityError if the envelope is not there or not the record's, PaperError.
    """
    found, opened = look(escrow, today), folder.load(escrow)
    _check_envelope(opened, found.register.record, escrow)
    return found.register, draw_booklet(_booklet(found, opened, language), paper)


def _booklet(found: Today, opened: Folder, language: str) -> Booklet:
    organisation = found.plan.organisation if found.plan else None
    return Booklet(
        record=found.register.record,
        envelope=opened.envelope or b"",
        program=_program(),
        page=_page(),
        organisation=organisation.name if organisation else "",
        contact=organisation.contact if organisation else "",
        language=language or found.register.record.language,
    )


@lru_cache(maxsize=1)
def _drawn(what: Booklet, paper: Paper) -> bytes:
    """It is the same on every medium of an escrow, and takes longer than all else."""
    return draw_booklet(what, paper)


def _compare(register: Register, path: Path) -> tuple[int | None, tuple[str, ...], tuple[str, ...]]:
    """How many lines of the journal a copy lacks, what is wrong with it, and whether the register is older than it.

    Raises what reading the copy raises.
    """
    own = folder.load_register(path)
    wrong = tuple(_own(folder.load(path), own.record, register.record, path))
    if own.record != register.record:
        return None, wrong, ()
    ours, theirs = register.journal, own.journal
    lines = len(ours.lines) - len(theirs.lines)
    if ours.continues(theirs):
        return lines, wrong, ()
    if theirs.continues(ours):
        return lines, wrong, (f"the journal on the medium has {-lines} lines that the escrow has not",)
    forked = f"the journals differ from line {ours.forked_at(theirs)}: one of them was forked or changed"
    return None, (*wrong, forked), ()


def _own(opened: Folder, own: Record, record: Record, path: Path) -> Iterator[str]:
    """What of the copy does not fit the register's record."""
    if own != record:
        yield f"{ESCROW}/{folder.RECORD_FILE} is another record than that of the escrow"
    if not folder.is_copy(path):
        yield f"{ESCROW} is not marked as a copy: its file {folder.COPY_FILE} is missing"
    try:
        _check_envelope(opened, record, path)
        _certificate(opened, record)
    except EscrowError as error:
        yield error.message


def _vouched(program: bytes, sums: Sums, journal: Journal) -> bool:
    """Whether the journal tells of the list in which this program stands: only then it is run."""
    return sums.sha256 in _told(journal) and sums.files.get(PROGRAM_FILE) == hashlib.sha256(program).hexdigest()


def _told(journal: Journal) -> dict[str, Kit]:
    """The media that a journal tells of, by the SHA-256 of their lists."""
    return {line.event.sha256: line.event for line in journal.lines if isinstance(line.event, Kit)}


def _master(escrow: Path, paper: Paper, today: date) -> _Master:
    """Read an escrow, and see that it holds together: what is wrong here would be wrong on every medium."""
    folder.check_master(escrow)
    found, opened = look(escrow, today), folder.load(escrow)
    register, record = found.register, found.register.record
    _check_envelope(opened, record, escrow)
    opened = replace(opened, certificate=_certificate(opened, record))
    papers, remarks = {}, []
    for name in (folder.RECORD_PDF_FILE, folder.ENVELOPE_PDF_FILE):
        if (escrow / name).exists():
            papers[name] = folder.read_file(escrow / name, medium.MAX_FILE_BYTES)
    if folder.RECORD_PDF_FILE not in papers:
        papers[folder.RECORD_PDF_FILE] = draw_record(record, paper, language=record.language)
    plan = folder.load_plan(escrow, MAX_PLAN_BYTES)
    if plan is not None and hashlib.sha256(plan).hexdigest() == record.plan_sha256:
        papers[folder.PLAN_FILE] = plan
    elif plan is not None or record.plan_sha256:
        remarks.append(f"{folder.PLAN_FILE} is not carried: the plan that the record names is not there.")
    return _Master(register, opened, papers, _booklet(found, opened, ""), tuple(remarks))


def _check_envelope(opened: Folder, record: Record, path: Path) -> None:
    if opened.envelope is None:
        raise FileError(
            f"{path} holds no {folder.ENVELOPE_FILE}",
            "Take it from another copy of the escrow, or from paper: rootescrow inspect reads its codes.",
        )
    if hashlib.sha256(opened.envelope).hexdigest() != record.envelope.sha256:
        raise IntegrityError(
            f"{path / folder.ENVELOPE_FILE} is not the envelope of the record", "Take it from another copy."
        )


def _certificate(opened: Folder, record: Record) -> bytes | None:
    """The certificate of the key, as PEM and with nothing beside it. Raises IntegrityError if it is another's."""
    if opened.certificate is None:
        return None
    try:
        der = certificate_der(opened.certificate)
        spki = hashlib.sha256(certificate_spki(der)).hexdigest()
    except KeyFormatError as error:
        raise IntegrityError(
            f"{folder.CERTIFICATE_FILE} is none: {error.message}", "Take it from another copy."
        ) from None
    known = record.key.certificate_sha256
    if known not in (None, hashlib.sha256(der).hexdigest()) or record.key.spki_sha256 not in (None, spki):
        raise IntegrityError(
            f"{folder.CERTIFICATE_FILE} is not the certificate of the record", "Take it from another copy."
        )
    return certificate_pem(der)


def _only_medium(register: Register) -> str:
    if len(register.media) == 1:
        return register.media[0]
    there = ", ".join(register.media) or "none yet; any name will do"
    raise UsageError("which medium is it?", f"Give its name, which is on its label: --medium. There are: {there}.")


def _before(register: Register, name: str) -> Iterator[str]:
    for one in register.media_now:
        if one.name == name and one.kit:
            yield (
                f"The journal tells of a medium {name}, written {one.kit.date()}. If that is still there, it is a copy "
                "more: destroy it, and note that."
            )
    if name not in register.media:
        yield f"{name} is a new medium: the register counts it from now on (z.8)."


def _contents(
    master: _Master, name: str, included: Mapping[str, bytes], now: datetime, order: Order
) -> tuple[dict[str, bytes], Signing]:
    """All files of a medium by their paths, in the order in which they are written; and what of them signs a CRL.

    First comes what marks the escrow as a copy, last its record: an interrupted one is no master and no escrow.
    """
    record, opened = master.record, master.opened
    language = order.language or record.language
    files = {**_of_escrow(master), PROGRAM_FILE: _program(), PAGE_FILE: _page(), WORDS_FILE: _words(), **included}
    signing = _signing(included, record, folder.CERTIFICATE_FILE if opened.certificate else "")
    of_record = f"{ESCROW}/{folder.RECORD_FILE}"
    wheels = [path for path in files if path.startswith(f"{WHEELS}/")]
    files[BOOKLET_FILE] = _drawn(replace(master.booklet, language=language), order.paper)
    paths = [path for path in (TEXT_FILE, PDF_FILE, medium.SUMS_FILE, *files) if path not in wheels]
    paths += [f"{WHEELS}/"] if wheels else []
    instructions = Instructions(
        record=record,
        envelope=opened.envelope or b"",
        medium=name,
        head=master.register.journal.head,
        written=now.date(),
        signing=signing,
        certificate=_certificate_path(signing, opened),
        folder=ESCROW,
        program=PROGRAM_FILE,
        install=INSTALL_FILE if wheels else "",
        files=tuple((path, _about(path, language)) for path in paths),
        language=language,
    )
    files[TEXT_FILE] = write_text(instructions)
    files[PDF_FILE] = draw_kit(instructions, order.paper)
    files[of_record] = files.pop(of_record)
    return files, signing


def _of_escrow(master: _Master) -> dict[str, bytes]:
    """The files of the copy, by their paths; what marks it as one comes first."""
    files = {folder.COPY_FILE: _MARK.encode(), folder.JOURNAL_FILE: master.register.journal.dump()}
    if master.opened.envelope is not None:
        files[folder.ENVELOPE_FILE] = master.opened.envelope
    if master.opened.certificate is not None:
        files[folder.CERTIFICATE_FILE] = master.opened.certificate
    files |= {**master.papers, folder.RECORD_FILE: master.record.dump()}
    return {f"{ESCROW}/{name}": data for name, data in files.items()}


def _program() -> bytes:
    """The one file that recovers without this program. It is data here: nothing imports it."""
    return _standalone(PROGRAM_FILE)


def _page() -> bytes:
    """The one page that does the same in a browser."""
    return _standalone(PAGE_FILE)


def _standalone(name: str) -> bytes:
    return resources.files("rootescrow").joinpath("standalone", name).read_bytes()


def _words() -> bytes:
    return "".join(f"{word}\n" for word in WORDS).encode("ascii")


def _certificate_path(signing: Signing, opened: Folder) -> str:
    if opened.certificate is not None:
        return f"{ESCROW}/{folder.CERTIFICATE_FILE}"
    return f"{SIGNING}/{signing.certificate}" if signing.certificate else ""


_ABOUT = {
    medium.SUMS_FILE: "sums",
    f"{ESCROW}/{folder.ENVELOPE_FILE}": "envelope",
    f"{ESCROW}/{folder.ENVELOPE_PDF_FILE}": "envelope",
    f"{ESCROW}/{folder.CERTIFICATE_FILE}": "certificate",
    f"{ESCROW}/{folder.RECORD_FILE}": "record",
    f"{ESCROW}/{folder.RECORD_PDF_FILE}": "record",
    f"{ESCROW}/{folder.JOURNAL_FILE}": "journal",
    f"{ESCROW}/{folder.COPY_FILE}": "copy",
    f"{ESCROW}/{folder.PLAN_FILE}": "plan",
    PROGRAM_FILE: "program",
    PAGE_FILE: "page",
    WORDS_FILE: "words",
    BOOKLET_FILE: "booklet",
    INSTALL_FILE: "install",
    f"{WHEELS}/": "wheels",
    TEXT_FILE: "this",
    PDF_FILE: "this_pdf",
}


def _about(path: str, language: str) -> str:
    return catalogue(language, Part.KIT)(f"file.{_ABOUT.get(path, 'signing')}")


def _signing(files: Mapping[str, bytes], record: Record, certificate: str) -> Signing:
    """What of the files below `signing/` signs a CRL; `certificate` is that of the escrow itself, if there is one."""
    names = {path.partition("/")[2]: data for path, data in files.items() if path.startswith(f"{SIGNING}/")}
    found = Signing.of(names, record.key.spki_sha256)
    return replace(found, certificate=certificate or found.certificate)


def _lacking(signing: Signing) -> tuple[str, ...]:
    say = catalogue("en", Part.KIT)
    return tuple(say(f"lacking.{name}") for name in signing.lacking)


def _event(name: str, order: Order, signing: Signing, files: Mapping[str, bytes]) -> Kit:
    sha256 = Sums.of(files).sha256
    said = (name, "the name of the medium"), (order.place, "the place"), (order.bag, "the bag")
    medium_name, place, bag = (_printed(text, what) for text, what in said)
    return Kit(medium=medium_name, place=place, bag=bag, sha256=sha256, lacking=_lacking(signing))


def _printed(text: str, what: str) -> str:
    """What call lists and reports print from then on. Raises PolicyError or PaperError."""
    return check_printable(printable_line(text, what, MAX_TEXT_CHARS), what) if text else ""


def _noted(escrow: Path, out: Path, event: Kit, remarks: tuple[str, ...], now: datetime) -> Written:
    """Look at the finished medium once more, and write the line into the journal that tells of it."""
    found = medium.look(out)
    if found.sums is None or found.sums.sha256 != event.sha256 or found.differing:
        raise IntegrityError(
            f"{out} is not what was written on it: {'; '.join(found.differing) or 'another list lies there'}",
            "Destroy the medium, and take another one.",
        )
    try:
        register = folder.append(escrow, event, now=now)
    except EscrowError as error:
        why = copy.copy(error)
        why.message = f"the medium is written, but the journal has no line of it: {error.message}"
        why.hint = f"{error.hint} Then: kit --update."
        raise why from None
    return Written(register, event, len(found.sums.files), (*remarks, *_deleted(found.deleted)))


def _remarks(master: _Master, signing: Signing, escrow: Path, out: Path) -> tuple[str, ...]:
    own = out.stat().st_dev in {escrow.stat().st_dev, Path("/").stat().st_dev}
    disk = f"{out} lies on a disk of this computer. Is that the medium? It is to be one of its own (SP-b)."
    return (*master.remarks, *_elsewhere(signing), *((disk,) if own else ()))


def _elsewhere(signing: Signing) -> Iterator[str]:
    for setting in signing.elsewhere:
        yield f"{signing.config} sets {setting}: on the day it must be found beside it. Set dir = . in it."


def _deleted(deleted: tuple[str, ...]) -> Iterator[str]:
    for path in deleted:
        yield f"{path} on the medium is a folder of deleted files: it was used for something else. Look into it."

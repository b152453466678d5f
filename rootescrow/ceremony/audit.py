"""The audit: what an escrow folder's files are against its record, and what the rules say of it today.

It needs no secret, changes nothing, and computes everything from the files each time.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rootescrow.ceremony import rules
from rootescrow.ceremony.papers.record import draw_record
from rootescrow.ceremony.phrase import Phrase, Value
from rootescrow.ceremony.plan import MAX_PLAN_BYTES
from rootescrow.ceremony.rules import Answer, Outcome
from rootescrow.ceremony.today import Today, judge
from rootescrow.envelope import MAX_BYTES as MAX_ENVELOPE_BYTES
from rootescrow.errors import FileError, IntegrityError, JournalError, KeyFormatError, RuleError
from rootescrow.keys import certificate_der, certificate_spki
from rootescrow.paper.layout import Paper
from rootescrow.paper.text import LANGUAGES
from rootescrow.register import folder
from rootescrow.register.journal import Journal
from rootescrow.register.record import Record, sha256
from rootescrow.register.register import Register, fold

MAX_PAPER_BYTES = 8 << 20
"""A record of 256 sheets with the longest names is a PDF of a fifth of this."""


@dataclass(frozen=True)
class FileCheck:
    """What a file of the escrow was found to be: PASS, FAIL, or PEOPLE where only people can tell."""

    name: str
    outcome: Outcome
    phrase: Phrase

    @property
    def text(self) -> str:
        """What was found, in English."""
        return str(self.phrase)


@dataclass(frozen=True)
class Audit:
    """What was found on a day. `today` is None if the journal is not whole: then nobody knows what holds.

    `copy`: the folder is marked as a copy.
    """

    record: Record
    today: Today | None
    files: tuple[FileCheck, ...]
    date: date
    copy: bool = False

    @property
    def wrong(self) -> tuple[FileCheck, ...]:
        """The files that are not what the record says."""
        return tuple(file for file in self.files if file.outcome is Outcome.FAIL)

    @property
    def failed(self) -> tuple[Answer, ...]:
        """The rules that are not met, and that was not accepted.

        None of a generation that was superseded: it is not to meet them any more, but to be destroyed.
        """
        if self.today is None or self.today.register.superseded:
            return ()
        return tuple(answer for answer in self.today.answers if answer.stops)

    @property
    def exposed(self) -> bool:
        """Whether what was recovered is out: copies of it, or the very generation that gave it."""
        if self.today is None:
            return False
        register = self.today.register
        return register.exposed if register.live else bool(register.copies)

    @property
    def superseded(self) -> bool:
        """Whether there is a generation after this one, and this one still opens the key."""
        return bool(self.today and self.today.register.superseded and self.today.register.live)

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """What was printed and never read back from paper: until all was, nothing counts."""
        if self.today is None or self.today.register.superseded or not self.today.register.live:
            return ()
        return self.today.register.to_confirm

    @property
    def holds(self) -> bool:
        """Whether every file is what the record says, every rule met or accepted, and every sheet confirmed.

        And nothing is exposed, nor alive that should be destroyed.
        """
        return not (self.wrong or self.failed or self.unconfirmed or self.exposed or self.superseded)

    def refuse(self) -> None:
        """Raise IntegrityError if a file is not what the record says, else RuleError if anything else does not hold."""
        if self.wrong:
            found = "; ".join(f"{file.name}: {file.text}" for file in self.wrong)
            raise IntegrityError(
                f"the escrow is not what its record says: {found}",
                "Compare with another copy of the folder, and find out who changed it. The report says the same.",
            )
        rules.refuse(
            self.failed,
            "Mend what it names. Only the plan of a new generation can accept it, with the reason of the Board.",
        )
        if self.unconfirmed:
            raise RuleError(
                f"the escrow is printed, not confirmed: never read back from paper: {', '.join(self.unconfirmed)}",
                "Nothing counts until every sheet was read back: rootescrow confirm ESCROW",
            )
        if self.today and (self.exposed or self.superseded):
            raise RuleError(
                f"the escrow is {self.today.register.state}",
                f"It is due: {'; '.join(self.today.register.due(self.date))}.",
            )


def examine(escrow: Path, today: date) -> Audit:
    """Look at all that can be looked at in an escrow folder.

    Raises FileError and RecordError if it has no record that can be read: without it there is nothing to compare with.
    Nothing else that is wrong raises.
    """
    record = folder.load_record(escrow)
    digest = hashlib.sha256(record.dump()).hexdigest()
    own = FileCheck(folder.RECORD_FILE, Outcome.PASS, Phrase.of("file.record", code=record.check_code))
    try:
        _, data = folder.read_journal(escrow)
        register = fold(record, Journal.parse(data, digest))
    except (JournalError, FileError) as error:
        journal, found = FileCheck(folder.JOURNAL_FILE, Outcome.FAIL, _problem(error.message)), None
    else:
        whole = Phrase.of("file.journal", lines=register.journal.head.number)
        journal = FileCheck(folder.JOURNAL_FILE, Outcome.PASS, whole)
        found = judge(register, _plan(escrow), today)
    files = (
        own,
        journal,
        _envelope(escrow, record, found.register if found else None),
        _certificate(escrow, record),
        _record_pdf(escrow, record),
        _plan_check(escrow, record),
    )
    return Audit(record, found, files, today, folder.is_copy(escrow))


def _plan(escrow: Path) -> bytes | None:
    try:
        return folder.load_plan(escrow, MAX_PLAN_BYTES)
    except FileError:
        return None  # what is wrong with it is told of the file


def _envelope(escrow: Path, record: Record, register: Register | None) -> FileCheck:
    check = _File(escrow, folder.ENVELOPE_FILE, MAX_ENVELOPE_BYTES)
    if register is not None and register.envelopes_destroyed:
        if check.data is None and not check.problem:
            return check.passes("file.destroyed")
        return check.fails("file.not_destroyed")
    return check.same(record.envelope.sha256)


def _certificate(escrow: Path, record: Record) -> FileCheck:
    """Its DER is what the record has the hash of, and it is of the key that the record names."""
    check = _File(escrow, folder.CERTIFICATE_FILE, folder.MAX_CERTIFICATE_BYTES)
    expected = record.key.certificate_sha256
    if expected is None or check.data is None:
        return check.same(expected)
    try:
        der = certificate_der(check.data)
        spki = sha256(certificate_spki(der))
    except KeyFormatError as error:
        return check.fails_by(error.message)
    if sha256(der) != expected:
        return check.fails("file.another_certificate", found=sha256(der), expected=expected)
    if spki != record.key.spki_sha256:
        return check.fails("file.another_key", found=spki)
    return check.passes("file.certificate")


def _record_pdf(escrow: Path, record: Record) -> FileCheck:
    """Drawn again it is the same, byte for byte; by another version of a program it may be drawn otherwise."""
    check = _File(escrow, folder.RECORD_PDF_FILE, MAX_PAPER_BYTES)
    if check.data is None:
        return check.fails_by(check.problem) if check.problem else check.fails("file.no_paper")
    if any(_drawn(record, paper, check.data) for paper in Paper):
        return check.passes("file.drawn")
    return check.left("file.not_as_drawn", code=record.check_code)


def _drawn(record: Record, paper: Paper, data: bytes) -> bool:
    """Whether it is the record on this paper, in its own language, which this version may not have, or in another."""
    languages = sorted(LANGUAGES, key=lambda language: language != record.language)
    return any(draw_record(record, paper, language=language) == data for language in languages)


def _plan_check(escrow: Path, record: Record) -> FileCheck:
    return _File(escrow, folder.PLAN_FILE, MAX_PLAN_BYTES).same(record.plan_sha256)


class _File:
    """A file of the folder as it is: `data` is None if it is not there or cannot be read, and then `problem` why."""

    def __init__(self, escrow: Path, name: str, limit: int) -> None:
        self.name, self.problem = name, ""
        self.data: bytes | None = None
        try:
            self.data = folder.read_own(escrow / name, limit) if os.path.lexists(escrow / name) else None
        except FileError as error:
            self.problem = error.message

    def same(self, expected: str | None) -> FileCheck:
        """Whether its SHA-256 is the one of the record, which may have none."""
        if self.problem:
            return self.fails_by(self.problem)
        if self.data is None:
            return self.fails("file.missing") if expected is not None else self.passes("file.none")
        if expected is None:
            return self.left("file.not_named")
        found = sha256(self.data)
        if found != expected:
            return self.fails("file.another", found=found, expected=expected)
        return self.passes("file.same")

    def passes(self, key: str, /, **values: Value) -> FileCheck:
        return FileCheck(self.name, Outcome.PASS, Phrase.of(key, **values))

    def fails(self, key: str, /, **values: Value) -> FileCheck:
        return FileCheck(self.name, Outcome.FAIL, Phrase.of(key, **values))

    def fails_by(self, message: str) -> FileCheck:
        """Because it cannot be read, or is not what it should be: the program says why, in English."""
        return FileCheck(self.name, Outcome.FAIL, _problem(message))

    def left(self, key: str, /, **values: Value) -> FileCheck:
        return FileCheck(self.name, Outcome.PEOPLE, Phrase.of(key, **values))


def _problem(message: str) -> Phrase:
    return Phrase.of("file.problem", message=message)

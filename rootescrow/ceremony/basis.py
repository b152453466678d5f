"""What a recovery goes by: the record, the register where its journal can be read, the plan for whom to call.

Nothing about a journal or a plan may prevent a recovery: without the register the record says which sheets there are,
and without both the sheets speak for themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rootescrow.errors import EscrowError, RuleError
from rootescrow.pile import Known, Pile
from rootescrow.policy import Holder
from rootescrow.register import folder
from rootescrow.register.events import Superseded
from rootescrow.register.folder import Folder
from rootescrow.register.record import PassphraseRecord, Record
from rootescrow.register.register import Register

if TYPE_CHECKING:
    from rootescrow.ceremony.plan import Plan


@dataclass(frozen=True)
class Listed:
    """A sheet as it is listed today; `why_void` is empty if it counts."""

    name: str
    group: str
    holder: Holder
    why_void: str = ""


@dataclass(frozen=True)
class Basis:
    """What is known of an escrow before the first sheet is there; all of it may be missing.

    `record` is that of a passphrase alone, where that was escrowed by itself. `register` is None where the journal is
    missing or not whole: `problem` says why. `plan` is None unless it is the one that the record names.
    """

    path: Path | None = None
    record: Record | PassphraseRecord | None = None
    folder: Folder | None = None
    register: Register | None = None
    problem: str = ""
    plan: Plan | None = None
    of_passphrase: bool = False

    @property
    def known(self) -> Known | None:
        """What the pile may know: today's sheets where the register tells them, else those of the record."""
        if isinstance(self.record, PassphraseRecord):
            return self.record.known
        if self.record is None:
            return None
        known = self.register.known if self.register else self.record.known
        return known.passphrase if self.of_passphrase else known

    def pile(self) -> Pile:
        """A pile that knows this, with the folder's envelope on it where a key is to be recovered."""
        pile = Pile(self.known, of_passphrase=self.of_passphrase)
        if self.folder and self.path and self.folder.envelope is not None:
            pile.add(self.folder.envelope, str(self.path / folder.ENVELOPE_FILE))
        return pile

    @property
    def sheets(self) -> Iterator[Listed]:
        """The sheets that are listed: replaced ones too where the register tells them."""
        if self.register:
            for now in self.register.sheets:
                if now.of_passphrase is self.of_passphrase:
                    yield Listed(now.name, now.group.name, now.holder, now.why_void)
            return
        recorded = self.record
        if isinstance(recorded, PassphraseRecord) or (isinstance(recorded, Record) and self.of_passphrase):
            recorded_sheets = recorded.passphrase.sheets if recorded.passphrase else ()
        else:
            recorded_sheets = recorded.sheets if recorded else ()
        for sheet in recorded_sheets:
            yield Listed(sheet.name, sheet.group, Holder(sheet.office, sheet.person, sheet.place, sheet.bag))

    def refuse_superseded(self, *, asked: bool) -> None:
        """Raise RuleError if a later generation took the place of this one, unless it was `asked` for."""
        if self.register is None or self.register.superseded is None or asked:
            return
        later = self.register.superseded
        (time,) = (line.time for line in self.register.journal.lines if isinstance(line.event, Superseded))
        raise RuleError(
            f"escrow {self.register.record.escrow_id} was superseded on {time.date()} by escrow {later.escrow_id}, "
            f"generation {later.generation}",
            f"Take the folder of escrow {later.escrow_id}, and what belongs to it. Only if that cannot be recovered, "
            "the arbitrator may let this one be used: --superseded.",
        )


def load_basis(path: Path | None, *, of_passphrase: bool = False) -> Basis:
    """What an escrow folder says, for the recovery of its key or of its passphrase; None is no folder.

    Raises FileError and RecordError as the folder's record does; nothing because of journal or plan.
    """
    if path is None:
        return Basis(of_passphrase=of_passphrase)
    opened = None if of_passphrase else folder.load(path)
    record = opened.record if opened else folder.load_passphrase(path)
    if isinstance(record, PassphraseRecord):
        return Basis(path, record, of_passphrase=True)
    register, problem = None, ""
    try:
        register = folder.load_register(path)
    except EscrowError as error:
        problem = error.message
    return Basis(path, record, opened, register, problem, _plan(path, record), of_passphrase)


def _plan(path: Path, record: Record) -> Plan | None:
    """The plan that the record names, if it is in the folder and can be read."""
    if record.plan_sha256 is None:
        return None
    from rootescrow.ceremony.plan import MAX_PLAN_BYTES, load  # noqa: PLC0415 - loads fonts, and is not always there

    try:
        data = folder.load_plan(path, MAX_PLAN_BYTES)
        if data is None or hashlib.sha256(data).hexdigest() != record.plan_sha256:
            return None
        return load(data)
    except EscrowError:
        return None

"""What there is to say of a recovery when it is done: for its report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rootescrow.ceremony.host import HostCheck
from rootescrow.ceremony.recover import Journalled
from rootescrow.ceremony.session import Brought, Session
from rootescrow.codes import EscrowId
from rootescrow.envelope import Envelope
from rootescrow.policy import Policy
from rootescrow.recovery import Recovery
from rootescrow.register.record import ENGLISH, Record, sha256
from rootescrow.register.register import Register


@dataclass(frozen=True, kw_only=True)
class Account:
    """A recovery, told. What is not known is empty: the paper then has room for a pen.

    Times are in UTC. `register` is what holds after it, `journal_head` the head with the line of this recovery in it.
    Without it `unwritten` are the sentences that are to be appended, `problem` says why, and `beside` is the name
    of the file that has the lines.
    `language` is that of the record, if there is one.
    """

    id: EscrowId
    begun: datetime
    ended: datetime
    case: str
    arbitrator: str
    sheets: tuple[Brought, ...]
    envelope: Envelope
    envelope_from: str
    encrypted_sha256: str
    key_name: str = ""
    generation: int | None = None
    needed: Policy | None = None
    record_check: str = ""
    rehearsal: bool = False
    superseded: bool = False
    proof: str = ""
    copies: tuple[str, ...] = ()
    command: str = ""
    register: Register | None = None
    journal_head: str = ""
    unwritten: tuple[str, ...] = ()
    problem: str = ""
    checks: tuple[HostCheck, ...] = ()
    language: str = ENGLISH

    @property
    def name(self) -> str:
        """What its files are called, but for their ends: by the escrow and the time, so that none is in the way."""
        return f"recovery-{self.id}-{self.ended:%Y%m%dT%H%M%SZ}"

    @property
    def beside(self) -> str:
        """The name of the file with what is to be appended to the journal."""
        return f"{self.name}.journal.jsonl"


def account(
    session: Session,
    recovery: Recovery,
    journalled: Journalled | None,
    *,
    begun: datetime,
    ended: datetime,
    case: str,
    arbitrator: str,
    proof: str,
    copies: tuple[str, ...],
    command: str,
    checks: tuple[HostCheck, ...],
) -> Account:
    """What there is to say of this recovery."""
    record = session.basis.record if isinstance(session.basis.record, Record) else None
    register = journalled.register if journalled else None
    return Account(
        id=recovery.id,
        begun=begun,
        ended=ended,
        case=case,
        arbitrator=arbitrator,
        sheets=session.brought(recovery),
        envelope=recovery.envelope,
        envelope_from=session.envelope_from(recovery),
        encrypted_sha256=sha256(recovery.encrypted.der),
        key_name=record.key.name if record else "",
        generation=record.generation if record else None,
        needed=record.policy if record else None,
        record_check=record.check_code if record else "",
        rehearsal=record is not None and record.rehearsal,
        superseded=register is not None and register.superseded is not None,
        proof=proof,
        copies=copies,
        command=command,
        register=register,
        journal_head=str(register.journal.head) if register else "",
        unwritten=tuple(str(one.event) for one in journalled.unwritten) if journalled else (),
        problem=journalled.problem if journalled else "",
        checks=checks,
        language=record.language if record else ENGLISH,
    )

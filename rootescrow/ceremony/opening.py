"""A drill that goes one step further: a quorum opens the envelope in memory, under an arbitrator's case (SP-h).

Nothing is written but that it was done. The key stays encrypted: it is proved, never handed out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from pydantic import ValidationError

from rootescrow.ceremony.recover import check_passphrase
from rootescrow.errors import IntegrityError, RuleError, UsageError
from rootescrow.keys import EncryptedKey
from rootescrow.paper.fonts import check_printable
from rootescrow.passphrase import Passphrase
from rootescrow.pile import Pile
from rootescrow.recovery import search, search_passphrase
from rootescrow.register.events import Opened, refuse_words
from rootescrow.register.folder import Folder
from rootescrow.register.register import Register
from rootescrow.shamir import Share

Clock = Callable[[], float]
"""Seconds since some moment, as `time.monotonic` gives them."""


@dataclass(frozen=True)
class Exercise:
    """That the envelope was opened: by which sheets, after how many seconds, and what the passphrase `proved`.

    `proved` is empty if the passphrase was not tried; else `by_sheets` says whether it came from its own sheets.
    """

    event: Opened
    seconds: float
    encrypted_key_sha256: str
    proved: str = ""
    by_sheets: bool = False

    @property
    def took(self) -> str:
        """How long it took, for people."""
        minutes, seconds = divmod(round(self.seconds), 60)
        return f"{minutes} min {seconds} s" if minutes else f"{self.seconds:.1f} s"


@dataclass
class Opening:
    """What is put together for one exercise. The clock runs from the beginning.

    Raises RuleError without a case (SP-h), UsageError for a case or arbitrator that no journal takes.
    """

    opened: Folder
    register: Register
    case: str
    arbitrator: str = ""
    clock: Clock = time.monotonic
    pile: Pile = field(init=False, repr=False)
    keepers: Pile | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.case.strip():
            raise RuleError(
                "groups are combined only under an arbitrator's case, and none is named (SP-h)",
                "Give the case number: --case a20261123.1. Without --open nothing is combined, and no case is needed.",
            )
        self.case, self.arbitrator = self.case.strip(), self.arbitrator.strip()
        refuse_words(self._event(("none yet",), passphrase=False, by="", next_drill=None))
        self.case = check_printable(self.case, "the case")
        self.arbitrator = check_printable(self.arbitrator, "the arbitrator")
        self._start = self.clock()
        known = self.register.known
        self.pile = Pile(known)
        self.keepers = Pile(known.passphrase, of_passphrase=True) if known.passphrase else None
        if self.opened.envelope is not None:
            self.pile.add(self.opened.envelope, "the escrow folder")

    def _event(self, sheets: tuple[str, ...], *, passphrase: bool, by: str, next_drill: date | None) -> Opened:
        try:
            return Opened(
                case=self.case,
                arbitrator=self.arbitrator,
                sheets=sheets,
                passphrase=passphrase,
                by=by,
                next_drill=next_drill,
            )
        except ValidationError:
            raise UsageError(
                "case and arbitrator are written on one line of up to 500 letters, without control characters",
                "For example --case a20261123.1 --arbitrator 'Eve Example'.",
            ) from None

    def add(self, item: str | bytes, source: str) -> None:
        """Put a text or an envelope on the pile."""
        self.pile.add(item, source)
        if self.keepers is not None:
            self.keepers.add(item, source)

    @property
    def has_passphrase(self) -> bool:
        """Whether there is a quorum of the passphrase's own sheets."""
        return self.keepers is not None and self.keepers.status.quorum

    def open(
        self,
        ask: Callable[[], Passphrase] | None,
        *,
        right: Mapping[Share, str],
        by: str,
        next_drill: date | None,
    ) -> Exercise:
        """Combine a quorum and open the envelope; with `ask`, open the key too, and compare it with its certificate.

        The passphrase is that of its own sheets if there is a quorum of them, else `ask` gives it. `right` names the
        sheets that were found to be right: of copies only that tells which took part. Raises what `search`,
        `search_passphrase` and `check_passphrase` raise: QuorumError for too few sheets, IntegrityError if what comes
        out is not what the record lists.
        """
        recovery = search(self.pile)
        known = self.register.known
        if Pile(known).add(recovery.envelope.der)[0].message:
            raise IntegrityError(
                "the envelope that opened is not the one that the record lists",
                "Compare the record's check code with a sheet. Then use another copy of the envelope.",
            )
        used = list(recovery.used)
        proved, by_sheets = "", False
        if ask is not None:
            by_sheets = self.has_passphrase
            passphrase, keepers = self._from_sheets() if by_sheets else (ask(), ())
            used += keepers
            with passphrase:
                proved = self._prove(recovery.encrypted, passphrase)
        seconds = self.clock() - self._start
        sheets = tuple(sorted(dict.fromkeys(self._name(share, right) for share in used)))
        event = self._event(sheets, passphrase=bool(proved), by=by, next_drill=next_drill)
        return Exercise(event, seconds, recovery.encrypted.sha256.hex(), proved, by_sheets)

    def _from_sheets(self) -> tuple[Passphrase, tuple[Share, ...]]:
        assert self.keepers is not None  # noqa: S101 - for the type checker: has_passphrase was asked
        recovery = search_passphrase(self.keepers)
        return recovery.passphrase, recovery.used

    def _prove(self, encrypted: EncryptedKey, passphrase: Passphrase) -> str:
        expected = self.register.record.key.spki_sha256
        return check_passphrase(
            encrypted,
            passphrase,
            certificate=self.opened.certificate,
            fingerprint=bytes.fromhex(expected) if expected else None,
        )

    def _name(self, share: Share, right: Mapping[Share, str]) -> str:
        known = self.register.known
        names = known.names(share) or (known.passphrase.names(share) if known.passphrase else ())
        counting = [name for name in names if self.register.sheet(name).counts]
        return right.get(share) or counting[0]

"""Replace: a quorum of one group makes a new sheet, and another sheet of that group counts no more.

One group's polynomial is computed and no other: neither the escrow secret nor the key is touched, so nothing is
recovered, and no arbitrator's case is asked for (SP-h is about combining groups). While it lasts the group's secret is
in memory, which is all that the group has to give: so whatever makes a secret is asked of the machine as for a split.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from rootescrow import escrow
from rootescrow.ceremony.change import Change, asked, weigh
from rootescrow.ceremony.papers.replacement import draw_replacement
from rootescrow.ceremony.read_back import compare_share
from rootescrow.ceremony.split import printed, sheet_files
from rootescrow.ceremony.today import Today, look
from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.errors import FileError, IntegrityError, QuorumError, RuleError, UsageError
from rootescrow.paper.layout import Paper
from rootescrow.paper.sheets import PassphraseSheet, Sheet, draw_sheet
from rootescrow.pile import Known, Pile
from rootescrow.policy import Group, Holder, Policy
from rootescrow.register import folder
from rootescrow.register.events import AnyEvent, Note, Replaced, Void
from rootescrow.register.now import SheetNow
from rootescrow.register.record import sha256
from rootescrow.register.register import Register
from rootescrow.shamir import Share

PAPER_FILE = "replacement.pdf"
"""The paper about it, beside the folder of the sheet."""
_REKEY = "Begin a new generation: rootescrow rekey."
_NOT_KNOWN_YET = "0" * 64
"""The hash of words that are not there yet: the rules do not look at it."""


@dataclass(frozen=True)
class Order:
    """What is wanted: `void` is the sheet that counts no more and why, `holder` who gets the new one.

    An empty office is that of the old sheet. `language` is that of the new sheet and of the paper about it; empty, that
    of the record, in which the other sheets are. `handwritten`: no printer is to see the new one's words. Raises
    UsageError if the holder is no person.
    """

    void: str
    reason: str
    holder: Holder
    paper: Paper = Paper.A4
    language: str = ""
    handwritten: bool = False

    def __post_init__(self) -> None:
        if not self.holder.person:
            raise UsageError("who gets the new sheet?", "Name the person who stands at the printer.")


@dataclass(frozen=True)
class MadeSheet:
    """The new sheet, drawn and read back from its own PDF, and the names of the sheets it was made from."""

    sheet: Sheet
    pdf: bytes = field(repr=False)
    quorum: tuple[str, ...]

    @property
    def file(self) -> str:
        """The path of its PDF below the output folder: as `split` names it."""
        return next(iter(self.files))

    @property
    def files(self) -> dict[str, bytes]:
        """All its files, the PDF first, by their paths below the output folder."""
        secret = folder.SECRET_PASSPHRASE if isinstance(self.sheet, PassphraseSheet) else folder.SECRET
        return {f"{secret}/{name}": data for name, data in sheet_files(self.sheet, self.pdf).items()}


class Sitting:
    """One replacement, from the order to the line in the journal.

    `begin` asks all that can be asked before anybody opens a bag; `pile` takes what is scanned and typed, and judges it
    by the register alone; `make` computes, draws and reads back; `write` writes the sheet and then the line.
    """

    def __init__(self, path: Path, before: Today, order: Order, old: SheetNow, number: int) -> None:
        self.before = before
        self.old = old
        self.number = number
        self._path = path
        self._order = order
        office = order.holder.office or old.holder.office
        self.holder = Holder(office, order.holder.person, order.holder.place, order.holder.bag)
        register = before.register
        known = register.known
        self._known: Known = known.passphrase if old.of_passphrase and known.passphrase else known
        self.pile = Pile(self._known, of_passphrase=old.of_passphrase)

    @classmethod
    def begin(cls, path: Path, order: Order, now: datetime.datetime) -> Sitting:
        """Look at the register and ask the rules, before anybody opens a bag.

        Raises what `look` raises; FileError for a copy; UsageError for a sheet that cannot be replaced; RuleError if
        the escrow is superseded or destroyed, or a rule fails by the new holder or place; IntegrityError if the
        envelope that the sheet is to bear is not the record's; PaperError for what cannot be printed.
        """
        folder.check_master(path)
        before = look(path, now.date())
        register = before.register
        if register.superseded or not register.live:
            raise RuleError(
                f"escrow {register.record.escrow_id} is {register.state}",
                "No new sheet is made for it. Name the folder of the generation that counts.",
            )
        old = register.sheet(order.void)
        _check_replaceable(before, old)
        number = register.next_number(old.group)
        if number is None:
            raise UsageError(
                f"{old.group.name} has used every number that a sheet can have: none is free for a new one", _REKEY
            )
        sitting = cls(path, before, order, old, number)
        sitting._weigh(now)
        sitting._try_to_draw(now)
        return sitting

    @property
    def group(self) -> Group:
        """The group whose quorum makes the sheet."""
        return self.old.group

    @property
    def name(self) -> str:
        """What the new sheet will be called."""
        return f"{self.group.name}/{self.number}"

    @property
    def shares(self) -> dict[str, Share]:
        """Of what is on the pile, what counts: sheets of this group that the register knows and that are not void."""
        named = {name: share for share in self.pile.shares for name in self._known.names(share)}
        of_group = (sheet.name for sheet in self.before.register.sheets_of(self.group) if sheet.counts)
        return {name: named[name] for name in of_group if name in named and name != self.old.name}

    @property
    def others(self) -> tuple[str, ...]:
        """What was given without need: the sheet that is to be void, and sheets of other groups, by their names."""
        named = (name for share in self.pile.shares for name in self._known.names(share))
        return tuple(name for name in named if name not in self.shares)

    @property
    def complete(self) -> bool:
        """Whether there are enough."""
        return len(self.shares) >= self.group.threshold

    @property
    def missing(self) -> tuple[SheetNow, ...]:
        """The sheets of the group that count and are not there, any of which would help."""
        there = {self.old.name, *self.shares}
        sheets = self.before.register.sheets_of(self.group)
        return tuple(sheet for sheet in sheets if sheet.counts and sheet.name not in there)

    @property
    def status(self) -> str:
        """How many are there, of how many."""
        return f"{self.group.name}: {len(self.shares)} of {self.group.threshold}"

    def make(self) -> MadeSheet:
        """Compute the new share, draw its sheet, and read that back from its PDF. Nothing is written.

        Raises QuorumError saying which sheets are missing and who has them, DigestError if the shares do not fit
        together, PaperError for what cannot be printed or does not read back.
        """
        shares = self.shares
        if not self.complete:
            lacking = self.group.threshold - len(shares)
            raise QuorumError(
                f"{len(shares)} of the {self.group.threshold} {self.group.name} sheets that make a new one are there",
                f"Bring {lacking} more, any of: {'; '.join(map(whose, self.missing)) or 'none is left. ' + _REKEY}",
            )
        sheet = self._sheet(escrow.reissue(shares.values(), self.number))
        pdf = draw_sheet(sheet, self._order.paper)
        self._read_back(sheet, pdf)
        return MadeSheet(sheet, pdf, tuple(shares))

    def write(
        self,
        made: MadeSheet,
        out: Path,
        now: datetime.datetime,
        *,
        exceptions: Mapping[str, str] = MappingProxyType({}),
    ) -> Change:
        """Write the sheet and the paper about it below `out`, then the line in the journal.

        `exceptions` are checks of the machine that failed and were accepted, with the reasons: a note tells of each.
        A kill before the line leaves a sheet that the journal does not know: it is of the same number, and says the
        same words, as the one that is made when this is done again. Raises FileError, JournalError; RuleError and
        UsageError if the register changed meanwhile.
        """
        event = self._event(sha256(made.sheet.share.text.encode()), made.quorum)
        notes = (Note(text=f"{made.sheet.name}: {check} accepted: {why}") for check, why in exceptions.items())

        def papers(register: Register) -> Mapping[str, bytes]:
            return {**made.files, PAPER_FILE: self._draw_paper(register, event)}

        register = folder.append(self._path, event, *notes, now=now, out=out, papers=papers)
        return asked(self.before, register)

    # What is asked before, and what is drawn.

    def _event(self, words_sha256: str, quorum: tuple[str, ...] = ()) -> Replaced:
        try:
            return Replaced(
                sheet=self.name,
                **asdict(self.holder),
                words_sha256=words_sha256,
                old=self.old.name,
                reason=self._order.reason.strip(),
                quorum=quorum,
            )
        except ValidationError:
            raise UsageError(
                "the reason is one line of 1 to 500 letters, without control characters",
                "For example --reason 'lost when she moved'.",
            ) from None

    def _weigh(self, now: datetime.datetime) -> None:
        event = self._event(_NOT_KNOWN_YET)
        happened: tuple[AnyEvent, ...] = ()
        if self.old.counts:
            happened = (Void(sheet=self.old.name, reason=event.reason),)
        weigh(self.before, event, now=now, happened=happened)

    def _try_to_draw(self, now: datetime.datetime) -> None:
        """Draw the sheet with a share of zeros, and the paper: no bag is opened for a name that cannot be printed."""
        quorum = tuple(sheet.name for sheet in self.missing)
        event = self._event(_NOT_KNOWN_YET, quorum)
        self._draw_paper(self.before.register.after(event, now=now), event)
        index, policy = self._group_index, self._known.policy
        zeros = Share(
            identifier=self._known.id.slip39_identifier,
            extendable=True,
            iteration_exponent=0,
            group_index=index,
            group_threshold=policy.group_threshold,
            group_count=len(policy.groups),
            member_index=self.number - 1,
            member_threshold=self.group.threshold,
            value=bytes(escrow.SECRET_BYTES),
        )
        draw_sheet(self._sheet(zeros), self._order.paper)

    def _draw_paper(self, register: Register, event: Replaced) -> bytes:
        return draw_replacement(register, event, self._order.paper, language=self._language)

    @property
    def _language(self) -> str:
        return self._order.language or self.before.register.record.language

    @property
    def _group_index(self) -> int:
        return [group.name for group in self._known.policy.groups].index(self.group.name)

    def _envelope(self) -> bytes | None:
        """The envelope, if the sheets of this group bear it."""
        recorded = self.before.register.record.envelope
        if self.old.of_passphrase or recorded.printed != "each":
            return None
        envelope = folder.load(self._path).envelope
        if envelope is None or sha256(envelope) != recorded.sha256:
            raise IntegrityError(
                "the envelope of the escrow folder is missing, or is not the one that the record lists",
                "Every sheet of this escrow bears it. Take a copy of the folder whose envelope is right.",
            )
        return envelope

    def _sheet(self, share: Share) -> Sheet:
        record, plan = self.before.register.record, self.before.plan
        organisation, contact = (plan.organisation.name, plan.organisation.contact) if plan else ("", "")
        policy: Policy = self._known.policy
        index = self._group_index
        fields = printed(record, self._known.id, organisation, contact)
        fields["language"] = self._language
        if self.old.of_passphrase:
            return PassphraseSheet(
                **fields,
                key_escrow_id=record.id,
                policy=policy,
                group_index=index,
                number=self.number,
                holder=self.holder,
                share=share,
                motion=record.authority.motion,
                handwritten=self._order.handwritten,
            )
        return Sheet(
            **fields,
            policy=policy,
            group_index=index,
            number=self.number,
            holder=self.holder,
            share=share,
            motion=record.authority.motion,
            envelope=self._envelope(),
            handwritten=self._order.handwritten,
        )

    def _read_back(self, sheet: Sheet, pdf: bytes) -> None:
        codes: tuple[str, ...] = ()
        lines: tuple[str, ...] = ()
        if sheet.envelope is not None:
            codes = encode_envelope_codes(sheet.escrow_id, sheet.envelope)
            lines = encode_text_lines(sheet.escrow_id, sheet.envelope)
        compare_share(pdf, sheet, sheet.name, codes, lines)


def whose(sheet: SheetNow) -> str:
    """A sheet with whoever has it, and where: "Board/3 (Cy Example, Treasurer, Bank, Berlin, bag A3)"."""
    holder = sheet.holder
    bag = f"bag {holder.bag}" if holder.bag else ""
    known = ", ".join(part for part in (holder.person, holder.office, holder.place, bag) if part)
    return f"{sheet.name} ({known or 'nobody wrote down who has it'})"


def _check_replaceable(before: Today, old: SheetNow) -> None:
    group = old.group
    if group.threshold == 1:
        raise UsageError(
            f"the sheets of {group.name} are {'copies of one share' if group.copies else 'one share'}: none is "
            "replaced singly",
            _REKEY,
        )
    for line in before.register.journal.lines:
        if isinstance(line.event, Replaced) and line.event.old == old.name:
            raise UsageError(
                f"{old.name} was replaced before, by {line.event.sheet}",
                f"If {line.event.sheet} is lost too, name that one. Each new sheet makes one more that may be found.",
            )


def check_out(out: Path, sitting: Sitting) -> None:
    """That the folder is new, or empty. Raises FileError; what a replacement left that was killed is named."""
    left = [out / name for name in (folder.SECRET, folder.SECRET_PASSPHRASE) if (out / name).is_dir()]
    if left:
        raise FileError(
            f"{left[0]} is there already, and may hold a sheet",
            f"If no register lists that, an interrupted replacement left it: it may be {sitting.name}, with its words. "
            "Destroy it, and name a folder that does not exist yet.",
        )
    folder.check_new(out)

"""Untrusted texts in any order: what is there, what is missing, what is wrong with which."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from rootescrow import assembly
from rootescrow.codes import EnvelopePart, EscrowId, TextLine, UncheckedLine
from rootescrow.envelope import Envelope
from rootescrow.errors import CodeError, EnvelopeError, EscrowError, ShareError, WordError
from rootescrow.escrow import SECRET_BYTES
from rootescrow.policy import Policy
from rootescrow.shamir import SetHeader, Share
from rootescrow.texts import Item, Unreadable, recognise

MAX_SHARES = 1024
"""Shares kept in one pile: 16 groups of 16 sheets is 256; the rest are strangers, or an attempt to fill memory."""
MAX_PIECES = 4096
"""Envelope codes and lines kept in one pile: one envelope has at most 18 and 490."""
_Piece = TypeVar("_Piece")
_FEWER = "Start again with the sheets of one escrow."


@dataclass(frozen=True)
class Known:
    """What a record says of an escrow, handed in as data. `sheets` maps names ("Board/2") to SHA-256 of the words."""

    id: EscrowId
    policy: Policy
    sheets: Mapping[str, bytes]
    envelope_sha256: bytes
    encrypted_key_sha256: bytes

    def names(self, share: Share) -> tuple[str, ...]:
        """The sheets that bear this share: none if it is not in the record, several if they are copies."""
        digest = hashlib.sha256(share.text.encode()).digest()
        return tuple(name for name, known in self.sheets.items() if known == digest)


class Kind(StrEnum):
    """What an item of a pile is."""

    SHARE = "share"
    CODE = "envelope code"
    LINE = "line of envelope text"
    ENVELOPE = "envelope"
    ID = "escrow id"
    OTHER = "text"


_KINDS: dict[type[EscrowError], Kind] = {
    ShareError: Kind.SHARE,
    WordError: Kind.SHARE,
    CodeError: Kind.CODE,
    EnvelopeError: Kind.ENVELOPE,
}


class Verdict(StrEnum):
    """What became of an item."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"
    WRONG = "wrong"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Finding:
    """What the pile says of one item. `name` tells the person which: "Board/2", "envelope code 2 of 4"."""

    source: str
    kind: Kind
    name: str
    verdict: Verdict
    message: str = ""
    hint: str = ""
    share: Share | None = field(default=None, repr=False)

    def __str__(self) -> str:
        text = f"{self.name}: {self.verdict}" + (f", {self.message}" if self.message else "")
        return f"{self.source}: {text}" if self.source else text


@dataclass(frozen=True)
class GroupStatus:
    """How many different sheets of a group are there, and how many are needed (None: not known yet)."""

    name: str
    have: int
    need: int | None

    @property
    def complete(self) -> bool:
        """Whether there are enough sheets, right or wrong."""
        return self.need is not None and self.have >= self.need

    def __str__(self) -> str:
        if self.complete:
            return f"{self.name}: complete"
        return f"{self.name}: {self.have} of {'?' if self.need is None else self.need}"


@dataclass(frozen=True)
class Status:
    """What a pile holds and what it lacks; `str()` is what people are told."""

    groups: tuple[GroupStatus, ...]
    groups_needed: int
    envelope_missing: str
    other_sets: int
    wrong: tuple[Finding, ...]

    @property
    def quorum(self) -> bool:
        """Whether enough groups have enough sheets, right or wrong."""
        return bool(self.groups) and sum(group.complete for group in self.groups) >= self.groups_needed

    @property
    def complete(self) -> bool:
        """Whether it is worth trying to recover."""
        return self.quorum and not self.envelope_missing

    def __str__(self) -> str:
        groups = "; ".join(map(str, self.groups)) or "no sheet yet"
        if len(self.groups) > self.groups_needed:
            groups += f" ({self.groups_needed} of {len(self.groups)} groups are needed)"
        envelope = f"envelope: missing {self.envelope_missing}" if self.envelope_missing else "envelope: complete"
        others = f"; sheets of {self.other_sets} other escrow{'s' * (self.other_sets > 1)}" if self.other_sets else ""
        return f"{groups}; {envelope}{others}"


class Pile:
    """Everything that was scanned or typed so far.

    Nothing in it is believed. What a share says of itself (its set, its group, its thresholds) only sorts it among the
    others; which of them are right is found in `recovery`, where the envelope's tag decides.
    """

    def __init__(self, known: Known | None = None) -> None:
        self.known = known
        self.findings: list[Finding] = []
        self.shares: dict[Share, str] = {}
        """The shares, each with the source that first had it."""
        self._envelopes: dict[Envelope, str] = {}
        self._parts: dict[EnvelopePart, str] = {}
        self._lines: dict[UncheckedLine, str] = {}
        self._ids: set[EscrowId] = {known.id} if known else set()

    def __repr__(self) -> str:
        return f"Pile({self.status})"

    def add(self, item: str | bytes, source: str = "") -> tuple[Finding, ...]:
        """Put a text (a QR code's, a typed one's, a text file's) or an envelope (bytes) on the pile.

        Never raises for what the item says: the findings tell, one for each thing in it.
        """
        items = [self._envelope(item)] if isinstance(item, bytes) else list(recognise(item))
        findings = tuple(self._take(found, source) for found in items)
        self.findings.extend(findings)
        return findings

    @staticmethod
    def _envelope(der: bytes) -> Envelope | Unreadable:
        try:
            return Envelope.parse(der)
        except EnvelopeError as error:
            return Unreadable(error, foreign=False)

    def _take(self, item: Item | Envelope, source: str) -> Finding:
        match item:
            case Share():
                return self._take_share(item, source)
            case Unreadable():
                verdict = Verdict.FOREIGN if item.foreign else Verdict.WRONG
                kind = next((kind for error, kind in _KINDS.items() if isinstance(item.error, error)), Kind.OTHER)
                return Finding(source, kind, kind.value, verdict, item.error.message, item.error.hint)
            case Envelope():
                self._ids.add(item.id)
                return _keep(self._envelopes, item, source, Kind.ENVELOPE, f"envelope of {item.id}")
            case EnvelopePart():
                self._ids.add(item.id)
                name = f"envelope code {item.number} of {item.count} of {item.id}"
                return _keep(self._parts, item, source, Kind.CODE, name)
            case UncheckedLine():
                return self._take_line(item, source)
            case EscrowId():
                self._ids.add(item)
                return Finding(source, Kind.ID, f"escrow id {item}", Verdict.TAKEN)

    def _take_line(self, line: UncheckedLine, source: str) -> Finding:
        name = f"line {line.number:03}"
        errors = []
        for id_ in self._ids:
            try:
                line.checked(id_)
            except CodeError as error:
                errors.append(error)
        if self._ids and len(errors) == len(self._ids):
            return Finding(source, Kind.LINE, name, Verdict.WRONG, errors[0].message, errors[0].hint)
        finding = _keep(self._lines, line, source, Kind.LINE, name)
        if not self._ids and finding.verdict is Verdict.TAKEN:
            hint = "Type the escrow id too (it looks like K7QD-M2XA), so that each line is checked at once."
            return Finding(source, Kind.LINE, name, Verdict.TAKEN, "not checked yet", hint)
        return finding

    def _take_share(self, share: Share, source: str) -> Finding:
        name = self.name(share)

        def finding(verdict: Verdict, message: str = "", hint: str = "") -> Finding:
            return Finding(source, Kind.SHARE, name, verdict, message, hint, share)

        header = share.header
        if header.length != SECRET_BYTES or not header.extendable or header.iteration_exponent:
            return finding(Verdict.FOREIGN, "a SLIP-39 share, but not of an escrow", "Give the sheets of this escrow.")
        if share in self.shares:
            return finding(Verdict.DUPLICATE, f"the same as from {self.shares[share]}" if self.shares[share] else "")
        if len(self.shares) >= MAX_SHARES:
            return finding(Verdict.WRONG, f"more than {MAX_SHARES} shares in one pile", _FEWER)
        same = [other for other in self.shares if _place(other) == _place(share) and other.header == share.header]
        self.shares[share] = source
        if self.known:
            if header.identifier != self.known.id.slip39_identifier:
                return finding(Verdict.FOREIGN, f"a sheet of another escrow than {self.known.id}", "Put it aside.")
            if not self.known.names(share):
                return finding(
                    Verdict.WRONG,
                    "not a sheet that the record lists: forged, damaged or of another generation",
                    "Compare the record's check code with the paper; if it is right, put this sheet aside and tell "
                    "the arbitrator.",
                )
        elif same:
            return finding(
                Verdict.TAKEN,
                f"another share has the same number ({self.shares[same[0]] or 'it came before'}); one of them is wrong",
                "Keep both: which is right shows when the set is complete.",
            )
        return finding(Verdict.TAKEN)

    def name(self, share: Share) -> str:
        """What to call a share: "Board/2" by the record, else by what it says of itself."""
        if self.known and (names := self.known.names(share)):
            return " = ".join(names)
        if self.known and share.identifier == self.known.id.slip39_identifier:
            return f"{self.group_name(share.group_index)}, a sheet that says it is number {share.member_index + 1}"
        return f"group {share.group_index + 1}, sheet {share.member_index + 1}"

    def group_name(self, index: int) -> str:
        """What to call a group: by the record, else its number."""
        if self.known and index < len(self.known.policy.groups):
            return self.known.policy.groups[index].name
        return f"group {index + 1}"

    # What recovery asks of the pile.

    def sets(self) -> dict[SetHeader, list[Share]]:
        """The shares by the set that they say they belong to: the likeliest set first, and no set believed.

        Likeliest is a set whose identifier the record or an envelope bears, then the one with most sheets.
        """
        sets: defaultdict[SetHeader, list[Share]] = defaultdict(list)
        for share in self.shares:
            sets[share.header].append(share)
        wanted = {self.known.id.slip39_identifier} if self.known else {id_.slip39_identifier for id_ in self._ids}
        return dict(
            sorted(sets.items(), key=lambda item: (item[0].identifier not in wanted, -len(item[1]), _stable(item[0])))
        )

    def envelopes(self, id_: EscrowId) -> Iterator[Envelope]:
        """Every envelope that the files, codes and lines of the pile may mean, for one escrow."""
        yield from (envelope for envelope in self._envelopes if envelope.id == id_)
        yield from assembly.candidates(*self._pieces(id_))

    def _pieces(self, id_: EscrowId) -> tuple[list[EnvelopePart], list[TextLine]]:
        lines = []
        for line in self._lines:
            try:
                lines.append(line.checked(id_))
            except CodeError:
                continue
        return [part for part in self._parts if part.id == id_], lines

    def envelope_ids(self) -> tuple[EscrowId, ...]:
        """The escrows that the envelopes and envelope codes say they belong to."""
        ids = {envelope.id for envelope in self._envelopes} | {part.id for part in self._parts}
        return tuple(sorted(ids))

    def envelope_missing(self, id_: EscrowId | None = None) -> str:
        """What is still to be found of the envelope, in words; empty if nothing."""
        ids = [id_] if id_ else sorted(self._ids)
        if any(envelope.id in ids for envelope in self._envelopes):
            return ""
        answers = [assembly.missing(*self._pieces(one)) for one in ids]
        if not answers and self._lines:
            return "the escrow id, to check the lines by"
        # The shortest answer is of the escrow of which most is there.
        return min(answers, key=len, default=assembly.missing([], []))

    @property
    def status(self) -> Status:
        """What is there and what is missing, of the likeliest set."""
        sets = self.sets()
        wrong = tuple(f for f in self.findings if f.verdict in (Verdict.WRONG, Verdict.FOREIGN))
        if not sets:
            groups = _known_groups(self.known.policy, Counter()) if self.known else ()
            needed = self.known.policy.group_threshold if self.known else 1
            return Status(groups, needed, self.envelope_missing(), 0, wrong)
        header, shares = next(iter(sets.items()))
        ids = [id_ for id_ in self._ids if id_.slip39_identifier == header.identifier]
        missing = self.envelope_missing(ids[0] if len(ids) == 1 else None)
        others = len({other.identifier for other in sets} - {header.identifier})
        if self.known and header.identifier == self.known.id.slip39_identifier:
            # Only sheets that the record lists count: a forged one must not make a set look complete.
            good = Counter(_place(share)[0] for share in shares if self.known.names(share))
            return Status(
                _known_groups(self.known.policy, good), self.known.policy.group_threshold, missing, others, wrong
            )
        groups = tuple(_group_status(index, shares) for index in range(header.group_count))
        return Status(groups, header.group_threshold, missing, others, wrong)


def _known_groups(policy: Policy, have: Counter[int]) -> tuple[GroupStatus, ...]:
    return tuple(GroupStatus(group.name, have[index], group.threshold) for index, group in enumerate(policy.groups))


def _group_status(index: int, shares: list[Share]) -> GroupStatus:
    """By the threshold that most different sheets name; among equals the higher, not to promise too much."""
    claims: defaultdict[int, set[int]] = defaultdict(set)
    for share in shares:
        if share.group_index == index:
            claims[share.member_threshold].add(share.member_index)
    need, members = max(claims.items(), key=lambda claim: (len(claim[1]), claim[0]), default=(None, set[int]()))
    return GroupStatus(f"group {index + 1}", len(members), need)


def _keep(kept: dict[_Piece, str], item: _Piece, source: str, kind: Kind, name: str) -> Finding:
    if item in kept:
        return Finding(source, kind, name, Verdict.DUPLICATE)
    if len(kept) >= MAX_PIECES:
        return Finding(source, kind, name, Verdict.WRONG, f"more than {MAX_PIECES} pieces in one pile", _FEWER)
    kept[item] = source
    return Finding(source, kind, name, Verdict.TAKEN)


def _place(share: Share) -> tuple[int, int]:
    return share.group_index, share.member_index


def _stable(header: SetHeader) -> tuple[int, int, int]:
    return header.identifier, header.group_threshold, header.group_count

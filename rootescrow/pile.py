"""Untrusted texts in any order: what is there, what is missing, what is wrong with which."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from rootescrow import assembly
from rootescrow.assembly import on_other_keyboard
from rootescrow.codes import EnvelopePart, EscrowId, TextLine, UncheckedLine, check_code
from rootescrow.envelope import Envelope
from rootescrow.errors import CodeError, EnvelopeError, ShareError, UsageError
from rootescrow.escrow import SECRET_BYTES
from rootescrow.policy import Policy
from rootescrow.shamir import Beginning, SetHeader, Share
from rootescrow.texts import YZ_SWAPPED, Item, Kind, OtherKeyboard, Unreadable, recognise
from rootescrow.torn import Proposed, Searches, Torn, in_words, numbers_of, propose

__all__ = ["ConfirmedBy", "Finding", "GroupStatus", "Kind", "Known", "Pile", "Status", "Verdict"]

MAX_SHARES = 1024
"""Shares kept in one pile: 16 groups of 16 sheets is 256; the rest are strangers, or an attempt to fill memory."""
MAX_PIECES = 4096
"""Envelope codes, and lines, kept in one pile: one envelope has at most 19 and 492."""
MAX_ENVELOPES = 64
"""Envelopes kept in one pile, each of at most 64 KiB."""
MAX_IDS = 128
"""Escrows that the things in one pile may name: each line of envelope text is compared with each of them."""
_TORN = "torn sheet"
_Piece = TypeVar("_Piece", Envelope, EnvelopePart)


@dataclass(frozen=True)
class Known:
    """What a record says of an escrow, handed in as data. `sheets` maps names ("Board/2") to SHA-256 of the words.

    Of the escrow of a passphrase both hashes are None. `passphrase` is what the record of a key says of the escrow of
    its passphrase, if it has one. `void` maps the names of sheets that count no more to the reason. `supersedes` is the
    escrow of the generation before, if there was one.
    """

    id: EscrowId
    policy: Policy
    sheets: Mapping[str, bytes]
    envelope_sha256: bytes | None
    encrypted_key_sha256: bytes | None
    passphrase: Known | None = None
    void: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    supersedes: EscrowId | None = None

    def names(self, share: Share) -> tuple[str, ...]:
        """The sheets that bear this share: none if it is not in the record, several if they are copies."""
        digest = _sha256(share.text.encode())
        return tuple(name for name, known in self.sheets.items() if known == digest)

    @property
    def sha256s(self) -> frozenset[bytes]:
        """The hashes of all sheets, those of the passphrase among them."""
        return frozenset(self.sheets.values()) | (self.passphrase.sha256s if self.passphrase else frozenset())

    def why_void(self, share: Share) -> str:
        """Why this share counts no more; empty if it does, for then one of the sheets that bear it is not void."""
        reasons = [self.void.get(name, "") for name in self.names(share)]
        return reasons[0] if reasons and all(reasons) else ""


class Verdict(StrEnum):
    """What became of an item."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"
    WRONG = "wrong"
    FOREIGN = "foreign"
    DROPPED = "dropped"


class ConfirmedBy(StrEnum):
    """What showed that the words of a torn sheet that were solved are right."""

    RECORD = "the record's hash of the sheet"
    READING = "another reading of the sheet"
    TAG = "the digest of its group and the envelope's tag"
    FORM = "the digest of its group and the passphrase's form"


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
    line: UncheckedLine | None = field(default=None, repr=False)

    def __str__(self) -> str:
        text = f"{self.name}: {self.verdict}" + (f", {self.message}" if self.message else "")
        return f"{self.source}: {text}" if self.source else text


@dataclass(frozen=True)
class GroupStatus:
    """How many different sheets of a group are there, and how many are needed (None: not known yet).

    `proposed` of those that are there are torn, and nothing has confirmed them yet.
    """

    name: str
    have: int
    need: int | None
    proposed: int = 0

    @property
    def complete(self) -> bool:
        """Whether there are enough sheets, right or wrong."""
        return self.need is not None and self.have >= self.need

    def __str__(self) -> str:
        need = "?" if self.need is None else self.need
        said = f"{self.name}: complete" if self.complete else f"{self.name}: {self.have} of {need}"
        return said + (f", {self.proposed} of them only proposed" if self.proposed else "")


@dataclass(frozen=True)
class Status:
    """What a pile holds and what it lacks; `str()` is what people are told.

    `envelope_wanted` is False where a passphrase is to be recovered.
    """

    groups: tuple[GroupStatus, ...]
    groups_needed: int
    envelope_missing: str
    other_sets: int
    wrong: tuple[Finding, ...]
    envelope_wanted: bool = True

    @property
    def quorum(self) -> bool:
        """Whether enough groups have enough sheets, right or wrong."""
        return bool(self.groups) and sum(group.complete for group in self.groups) >= self.groups_needed

    @property
    def complete(self) -> bool:
        """Whether it is worth trying to recover."""
        return self.quorum and not self.envelope_missing

    def __str__(self) -> str:
        said = [*map(str, self.groups)] or ["no sheet yet"]
        if len(self.groups) > self.groups_needed:
            said[-1] += f" ({self.groups_needed} of {len(self.groups)} groups are needed)"
        if self.envelope_wanted:
            missing = self.envelope_missing
            said.append(f"envelope: missing {missing}" if missing else "envelope: complete")
        if self.other_sets:
            said.append(f"sheets of {self.other_sets} other escrow{'s' * (self.other_sets > 1)}")
        return "; ".join(said)


class Pile:
    """Everything that was scanned or typed so far.

    Nothing in it is believed. What a share says of itself (its set, its group, its thresholds) only sorts it among the
    others; which of them are right is found in `recovery`, where the envelope's tag decides.
    """

    def __init__(self, known: Known | None = None, *, of_passphrase: bool = False) -> None:
        self.known = known
        self.of_passphrase = of_passphrase
        """Whether a passphrase is to be recovered: its sheets are complete without an envelope."""
        self.findings: list[Finding] = []
        """One for each thing added, in order. What is said of a line may change when an escrow id is added."""
        self.shares: dict[Share, str] = {}
        """The shares, each with the source that first had it."""
        self.proposed: dict[Share, str] = {}
        """The shares of torn sheets that nothing has confirmed yet, none of them among `shares`."""
        self.restored: dict[Share, ConfirmedBy] = {}
        """Those of `shares` that came from torn sheets, with what confirmed them."""
        self._unreadable: dict[Share, frozenset[int]] = {}
        """Of each torn sheet, the numbers of the words that nobody has read yet."""
        self._searches = Searches(known.sha256s if known else frozenset())
        self._places: dict[tuple[SetHeader, int, int], Share] = {}
        self._envelopes: dict[Envelope, None] = {}
        self._parts: dict[EnvelopePart, None] = {}
        self._lines: dict[UncheckedLine, int] = {}
        """The lines, each with the place of its finding."""
        self._unfit: set[UncheckedLine] = set()
        """The lines whose check is right for none of the ids so far."""
        self._ids: set[EscrowId] = set()
        if known:
            self._learn(known.id)

    def __repr__(self) -> str:
        return f"Pile({self.status})"

    def add(self, item: str | bytes, source: str = "") -> tuple[Finding, ...]:
        """Put a text (a QR code's, a typed one's, a text file's) or an envelope (bytes) on the pile.

        Never raises for what the item says. The findings tell: one for each thing in it, and one for each line added
        before that turns out wrong by the first escrow id, if that is in it.
        """
        items = [_envelope(item)] if isinstance(item, bytes) else list(recognise(item))
        start = len(self.findings)
        unsure = not self._ids
        shares = sum(map(_is_share, items))
        number = 0
        for found in items:
            number += _is_share(found)
            finding = self._take(found, source)
            if isinstance(found, Unreadable) and shares > 1 and _is_share(found):
                finding = replace(finding, name=f"share {number} of the {shares} in this text")
            self.findings.append(finding)
        earlier = [place for place in self._lines.values() if place < start] if unsure and self._ids else []
        judged = (self.findings[place] for place in earlier)
        return (*self.findings[start:], *(finding for finding in judged if finding.verdict is Verdict.WRONG))

    def _take(self, item: Item | Envelope, source: str) -> Finding:
        match item:
            case Share():
                return self._take_share(item, source)
            case Torn():
                return self._take_torn(item, source)
            case Unreadable():
                verdict = Verdict.FOREIGN if item.foreign else Verdict.WRONG
                return Finding(source, item.kind, item.name, verdict, item.error.message, item.error.hint)
            case OtherKeyboard():
                return Finding(source, Kind.OTHER, "keyboard", Verdict.TAKEN, str(item), _SET_KEYBOARD)
            case Envelope():
                return self._take_envelope(item, source)
            case EnvelopePart():
                name = f"envelope code {item.number} of {item.count} of {item.id}"
                return self._keep(self._parts, MAX_PIECES, item, Finding(source, Kind.CODE, name, Verdict.TAKEN))
            case UncheckedLine():
                return self._take_line(item, source)
            case EscrowId():
                finding = Finding(source, Kind.ID, f"escrow id {item}", Verdict.TAKEN)
                if not self._learn(item):
                    return _too_many(finding, f"{MAX_IDS} escrow ids")
                return self._of_record(finding, item)

    def _take_envelope(self, envelope: Envelope, source: str) -> Finding:
        finding = Finding(source, Kind.ENVELOPE, f"envelope of {envelope.id}", Verdict.TAKEN)
        finding = self._keep(self._envelopes, MAX_ENVELOPES, envelope, finding)
        altered = self.known and self.known.id == envelope.id and _sha256(envelope.der) != self.known.envelope_sha256
        if altered and finding.verdict is Verdict.TAKEN:
            hint = "Use another copy, or its codes on paper; and compare the record's check code with the paper."
            return _judged(finding, Verdict.WRONG, "not the envelope that the record lists", hint)
        return finding

    def _keep(self, kept: dict[_Piece, None], most: int, item: _Piece, finding: Finding) -> Finding:
        """An envelope or a code of one: kept whatever the record says, for the tag decides."""
        if item in kept:
            return replace(finding, verdict=Verdict.DUPLICATE)
        if len(kept) >= most or not self._learn(item.id):
            return _too_many(finding, f"{most} of these, or things of {MAX_IDS} escrows,")
        kept[item] = None
        return self._of_record(finding, item.id)

    def _of_record(self, finding: Finding, id: EscrowId) -> Finding:
        if self.known and self.known.id not in (id, on_other_keyboard(id)):
            return _judged(finding, Verdict.FOREIGN, f"of another escrow than {self.known.id}", "Put it aside.")
        if self.known and self.known.id != id:
            name = finding.name.replace(str(id), str(self.known.id))
            return _judged(replace(finding, name=name), finding.verdict, str(YZ_SWAPPED), _SET_KEYBOARD)
        return finding

    def _learn(self, id: EscrowId) -> bool:
        """Look at the lines again by this id, and as a garbling scanner writes it. False if there are too many ids."""
        for new in {id, on_other_keyboard(id)} - self._ids:
            if len(self._ids) >= MAX_IDS:
                return False
            self._ids.add(new)
            self._unfit = {line for line in self._unfit if not _checked(line, new)}
            for line, place in self._lines.items():
                self.findings[place] = self._judge_line(line, self.findings[place].source)
        return True

    def _take_line(self, line: UncheckedLine, source: str) -> Finding:
        if self._ids and not self._fits(line) and self._fits(meant := assembly.line_on_other_keyboard(line)):
            return replace(self._take_line(meant, source), message=str(YZ_SWAPPED), hint=_SET_KEYBOARD)
        if line in self._lines:
            return replace(self._judge_line(line, source), verdict=Verdict.DUPLICATE)
        if len(self._lines) >= MAX_PIECES:
            return _too_many(Finding(source, Kind.LINE, f"line {line.number:03}", Verdict.TAKEN), f"{MAX_PIECES} lines")
        if not self._fits(line):
            self._unfit.add(line)
        self._lines[line] = len(self.findings)
        return self._judge_line(line, source)

    def _fits(self, line: UncheckedLine) -> bool:
        return any(_checked(line, id_) for id_ in self._ids)

    def _judge_line(self, line: UncheckedLine, source: str) -> Finding:
        """A line is kept even if it is wrong by the ids known so far, for these may be a stranger's."""
        name = f"line {line.number:03}"
        finding = Finding(source, Kind.LINE, name, Verdict.TAKEN, line=line)
        if line not in self._unfit:
            return finding
        if not self._ids:
            hint = "Type the escrow id too (it looks like K7QD-M2XA), so that each line is checked at once."
            return _judged(finding, Verdict.TAKEN, "not checked yet", hint)
        return _judged(
            finding,
            Verdict.WRONG,
            f"{name} is wrong, out of place or of another escrow",
            f"Compare each character of {name} with the paper, its number too.",
        )

    def _take_share(self, share: Share, source: str) -> Finding:
        finding = Finding(source, Kind.SHARE, self.name(share), Verdict.TAKEN, share=share)
        header = share.header
        if header.length != SECRET_BYTES or not header.extendable or header.iteration_exponent:
            return _judged(
                finding, Verdict.FOREIGN, "a SLIP-39 share, but not of an escrow", "Give the sheets of this escrow."
            )
        if share in self.shares:
            first = self.shares[share]
            return _judged(finding, Verdict.DUPLICATE, f"the same as from {first}" if first else "")
        if len(self.shares) + len(self.proposed) >= MAX_SHARES:
            return _too_many(finding, f"{MAX_SHARES} shares")
        if self.known and (why := self.known.why_void(share)):
            hint = "Put it aside. Only if the others are not enough, the arbitrator may let it be used."
            return _judged(finding, Verdict.WRONG, f"refused: {why}", hint)
        self.shares[share] = source
        if self.proposed.pop(share, None) is not None:
            self.restored.setdefault(share, ConfirmedBy.READING)
        same = self._places.setdefault((header, share.group_index, share.member_index), share)
        if self.known and self.known.passphrase and self.known.passphrase.id.slip39_identifier == header.identifier:
            return _of_passphrase(finding, share, self.known.passphrase)
        if self.known and self.known.supersedes and self.known.supersedes.slip39_identifier == header.identifier:
            return _of_older(finding, self.known.supersedes)
        if self.known and header.identifier != self.known.id.slip39_identifier:
            return _judged(finding, Verdict.FOREIGN, f"a sheet of another escrow than {self.known.id}", "Put it aside.")
        if self.known and not self.known.names(share):
            return _judged(
                finding,
                Verdict.WRONG,
                "not a sheet that the record lists: forged, damaged or of another generation",
                "Compare the record's check code with the paper; if it is right, put this sheet aside and tell the "
                "arbitrator.",
            )
        if not self.known and same is not share:
            return _judged(
                finding,
                Verdict.TAKEN,
                f"another share has the same number ({self.shares[same] or 'it came before'}); one of them is wrong",
                "Keep both: which is right shows when the set is complete.",
            )
        return finding

    # Torn sheets.

    def _take_torn(self, torn: Torn, source: str) -> Finding:
        restored = self._searches.find(torn) if self.known else None
        if restored is not None:
            before = restored.share in self.shares
            finding = self._take_share(restored.share, source)
            if restored.share in self.shares and not before:
                self.restored[restored.share] = ConfirmedBy.RECORD
            said = (
                f"{numbers_of(torn.unreadable)} could not be read; the record's hash confirms what was found for them"
            )
            return replace(finding, message="; ".join(filter(None, (said, finding.message))))
        try:
            finding = self._propose(propose(torn), source)
        except ShareError as error:
            finding = Finding(source, Kind.SHARE, _TORN, Verdict.WRONG, error.message, error.hint)
        if self.known and finding.verdict is not Verdict.FOREIGN:
            return _judged(finding, Verdict.WRONG, *self._searches.why_not(torn))
        return finding

    def _propose(self, proposed: Proposed, source: str) -> Finding:
        """Keep a share that nothing confirms yet, unless it is read here what was not read before."""
        share = proposed.share
        left = proposed.unreadable & self._unreadable.get(share, proposed.unreadable)
        finding = Finding(source, Kind.SHARE, self.name(share), Verdict.TAKEN, share=share)
        if share in self.shares:
            return _judged(finding, Verdict.DUPLICATE, "torn, and the words that can be read are those of a whole one")
        if not left:
            self.proposed.setdefault(share, source)
            finding = self._take_share(share, source)
            said = "read twice, and each word at least once: that confirms what was proposed"
            return replace(finding, message="; ".join(filter(None, (said, finding.message))))
        if share.iteration_exponent:
            return _judged(finding, Verdict.FOREIGN, "a SLIP-39 share, but not of an escrow", "Put it aside.")
        if share in self.proposed:
            self._unreadable[share] = left
            return _judged(finding, Verdict.DUPLICATE, f"proposed before; {numbers_of(left)} nobody has read yet")
        if len(self.shares) + len(self.proposed) >= MAX_SHARES:
            return _too_many(finding, f"{MAX_SHARES} shares")
        self.proposed[share] = source
        self._unreadable[share] = left
        said = f"proposed: {in_words(len(left))} unreadable ({numbers_of(left)}), solved from the others"
        return _judged(finding, Verdict.TAKEN, said, _CONFIRM)

    def source(self, share: Share) -> str:
        """What first had a share, whole or torn; empty if nothing did or it was not said."""
        return self.shares.get(share) or self.proposed.get(share) or ""

    def name(self, share: Share) -> str:
        """What to call a share: "Board/2" by the record, else by what it says of itself."""
        if self.known and (names := self.known.names(share)):
            return " = ".join(names)
        if self.known and share.identifier == self.known.id.slip39_identifier:
            return f"{self.group_name(share.group_index)}, a sheet that says it is number {share.member_index + 1}"
        return f"group {share.group_index + 1}, sheet {share.member_index + 1}"

    def name_by(self, beginning: Beginning) -> str:
        """What a sheet is called that begins with these words, by what they claim; nothing shows that it is that."""
        if self.known is None:
            return f"group {beginning.group_index + 1}, sheet {beginning.member_index + 1}"
        for known in filter(None, (self.known, self.known.passphrase)):
            if known.id.slip39_identifier == beginning.identifier and beginning.group_index < len(known.policy.groups):
                name = f"{known.policy.groups[beginning.group_index].name}/{beginning.member_index + 1}"
                copies = [other for other, digest in known.sheets.items() if digest == known.sheets.get(name)]
                named = " = ".join(copies) or name
                return named if known is self.known else f"{named} of the passphrase"
        return "a sheet of another escrow"

    def begins_here(self, identifier: int) -> bool:
        """Whether sheets that begin so may be of the record's escrow, its passphrase's or the generation before."""
        known = self.known
        if known is None:
            return True
        ids = (known.id, known.supersedes, known.passphrase.id if known.passphrase else None)
        return identifier in {id_.slip39_identifier for id_ in ids if id_}

    def group_name(self, index: int) -> str:
        """What to call a group: by the record, else its number."""
        if self.known and index < len(self.known.policy.groups):
            return self.known.policy.groups[index].name
        return f"group {index + 1}"

    def drop(self, name: str) -> Share:
        """Take a sheet off the pile, by its name or its check code. Raises UsageError if there is not one such sheet.

        What was found of it stays in `findings`, as dropped.
        """
        wanted = name.strip().casefold()
        shares = {*self.shares, *self.proposed}
        found = [
            share
            for share in shares
            if wanted in (self.name(share).casefold(), *self.name(share).casefold().split(" = "), _code(share))
        ]
        if not found:
            names = ", ".join(sorted(map(self.name, shares)))
            raise UsageError("there is no such sheet here", f"There are: {names}." if names else "There is none yet.")
        if len(found) > 1:
            codes = " and ".join(sorted(_code(share).upper() for share in found))
            raise UsageError("there are several of that name", f"Name one by its check code: {codes}.")
        (share,) = found
        for kept in (self.shares, self.proposed, self.restored, self._unreadable):
            kept.pop(share, None)
        place = (share.header, share.group_index, share.member_index)
        if self._places.get(place) == share:
            del self._places[place]
            for other in self.shares:
                if (other.header, other.group_index, other.member_index) == place:
                    self._places.setdefault(place, other)
        for number, finding in enumerate(self.findings):
            if finding.share == share:
                self.findings[number] = replace(
                    finding, verdict=Verdict.DROPPED, message="taken away again", hint="", share=None
                )
        return share

    def next_line(self, after: int) -> str:
        """Which line of envelope text to type after this one: see `assembly.next_line`. Empty if no id tells."""
        ids = [self.known.id] if self.known else [*self._ids]
        pieces = [self._pieces(id_) for id_ in ids]
        if not pieces:
            return ""
        parts, lines = max(pieces, key=lambda one: len(one[0]) + len(one[1]))
        return assembly.next_line(parts, lines, after)

    # What recovery asks of the pile.

    def sets(self) -> dict[SetHeader, list[Share]]:
        """The shares by the set that they say they belong to: the likeliest set first, and no set believed.

        Likeliest is a set whose identifier the record or an envelope bears, then the one with most sheets. Where a
        passphrase is to be recovered, what an envelope bears is the key's, and comes last. In each set, shares that are
        only proposed come last.
        """
        sets: defaultdict[SetHeader, list[Share]] = defaultdict(list)
        for share in (*self.shares, *self.proposed):
            sets[share.header].append(share)
        wanted = {self.known.id.slip39_identifier} if self.known else {id_.slip39_identifier for id_ in self._ids}
        of_key = self.of_passphrase and not self.known
        return dict(
            sorted(
                sets.items(),
                key=lambda item: ((item[0].identifier in wanted) is of_key, -len(item[1]), _stable(item[0])),
            )
        )

    def envelopes(self, id_: EscrowId) -> Iterator[Envelope]:
        """Every envelope that the files, codes and lines of the pile may mean, for one escrow."""
        yield from (envelope for envelope in self._envelopes if envelope.id == id_)
        yield from assembly.candidates(*self._pieces(id_))

    def is_whole(self, envelope: Envelope) -> bool:
        """Whether this envelope came as a file, and not in codes or lines."""
        return envelope in self._envelopes

    def _pieces(self, id_: EscrowId) -> tuple[list[EnvelopePart], list[TextLine]]:
        lines = [checked for line in self._lines if (checked := _checked(line, id_))]
        return assembly.parts_of(id_, self._parts), lines

    def envelope_ids(self) -> tuple[EscrowId, ...]:
        """The escrows that the envelopes and envelope codes say they belong to."""
        return tuple(sorted({envelope.id for envelope in self._envelopes} | {part.id for part in self._parts}))

    def envelope_missing(self, id_: EscrowId) -> str:
        """What is still to be found of the envelope of an escrow, in words; empty if nothing."""
        if any(envelope.id == id_ for envelope in self._envelopes):
            return ""
        return assembly.missing(*self._pieces(id_))

    def _missing(self, identifier: int | None) -> str:
        """What is still to be found of the envelope of a set: of the fullest, if several escrows bear its identifier.

        `None` is any set: no sheet has been read yet.
        """
        ids = [id_ for id_ in self._ids if identifier in (None, id_.slip39_identifier)]
        if not ids:
            return "the escrow id, to check the lines by" if self._lines else assembly.ALL_MISSING
        answers = {id_: self.envelope_missing(id_) for id_ in ids}
        best = max(ids, key=lambda id_: (not answers[id_], sum(len(pieces) for pieces in self._pieces(id_)), id_))
        return answers[best]

    @property
    def status(self) -> Status:
        """What is there and what is missing: of the escrow of the record, else of the likeliest set."""
        sets = self.sets()
        wrong = tuple(f for f in self.findings if f.verdict in (Verdict.WRONG, Verdict.FOREIGN))
        if self.known:
            # Only sheets that the record lists count: a forged one must not make a set look complete.
            have = Counter(share.group_index for share in self.shares if self.known.names(share))
            groups = tuple(
                GroupStatus(group.name, have[index], group.threshold)
                for index, group in enumerate(self.known.policy.groups)
            )
            identifier = self.known.id.slip39_identifier
            needed, missing = self.known.policy.group_threshold, self.envelope_missing(self.known.id)
        elif sets:
            header, shares = next(iter(sets.items()))
            groups = tuple(self._group_status(index, shares) for index in range(header.group_count))
            identifier = header.identifier
            needed, missing = header.group_threshold, self._missing(identifier)
        else:
            missing = "" if self.of_passphrase else self._missing(None)
            return Status((), 1, missing, 0, wrong, envelope_wanted=not self.of_passphrase)
        others = len({other.identifier for other in sets} - {identifier})
        missing = "" if self.of_passphrase else missing
        return Status(groups, needed, missing, others, wrong, envelope_wanted=not self.of_passphrase)

    def _group_status(self, index: int, shares: list[Share]) -> GroupStatus:
        """By the threshold that most different sheets name; among equals the higher, not to promise too much."""
        claims: defaultdict[int, set[int]] = defaultdict(set)
        whole: set[int] = set()
        for share in shares:
            if share.group_index == index:
                claims[share.member_threshold].add(share.member_index)
                if share in self.shares:
                    whole.add(share.member_index)
        need, members = max(claims.items(), key=lambda claim: (len(claim[1]), claim[0]), default=(None, set[int]()))
        return GroupStatus(f"group {index + 1}", len(members), need, len(members - whole))


def _envelope(der: bytes) -> Envelope | Unreadable:
    try:
        return Envelope.parse(der)
    except EnvelopeError as error:
        return Unreadable(Kind.ENVELOPE, "envelope", error)


def _is_share(item: Item | Envelope) -> bool:
    return isinstance(item, Share | Torn) or (isinstance(item, Unreadable) and item.kind is Kind.SHARE)


def _checked(line: UncheckedLine, id_: EscrowId) -> TextLine | None:
    try:
        return line.checked(id_)
    except CodeError:
        return None


_SET_KEYBOARD = "Set the scanner to the computer's layout. What it typed counts where a checksum or the tag proves it."
_CONFIRM = (
    "Nothing shows yet that it is right: compare the check code with the sheet. The envelope's tag confirms it when "
    "the set is complete; so does the escrow folder (--escrow), the share code, or another reading of those words."
)


def _judged(finding: Finding, verdict: Verdict, message: str, hint: str = "") -> Finding:
    return replace(finding, verdict=verdict, message=message, hint=hint)


def _of_passphrase(finding: Finding, share: Share, known: Known) -> Finding:
    """A sheet that says it is of the passphrase, where the key is asked for: is it one that the record lists?"""
    if names := known.names(share):
        finding = replace(finding, name=" = ".join(names))
        said = f"a sheet of the passphrase (escrow {known.id}), as the record says"
        return _judged(finding, Verdict.FOREIGN, said, "Keep it for: rootescrow passphrase recover")
    return _judged(
        finding,
        Verdict.WRONG,
        f"not a sheet of the passphrase (escrow {known.id}) that the record lists: forged, or damaged",
        "Compare the record's check code with the paper; if it is right, put this sheet aside and tell the arbitrator.",
    )


def _of_older(finding: Finding, older: EscrowId) -> Finding:
    """A sheet that says it is of the generation before the record's."""
    hint = (
        "Put it aside, and tell the arbitrator: it was to be destroyed. It opens nothing but an envelope of that "
        "generation, with that generation's record."
    )
    return _judged(finding, Verdict.FOREIGN, f"a sheet of the superseded generation (escrow {older})", hint)


def _too_many(finding: Finding, what: str) -> Finding:
    hint = "Start again with the sheets of one escrow."
    return _judged(finding, Verdict.WRONG, f"not kept: the pile holds {what} and no more", hint)


def _code(share: Share) -> str:
    return check_code(share.text.encode()).casefold()


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _stable(header: SetHeader) -> tuple[int, int, int]:
    return header.identifier, header.group_threshold, header.group_count

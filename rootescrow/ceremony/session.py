"""A recovery in one session: what came, how and by whom, what was refused, and what the journal is told of it.

No terminal in here. Words are in memory only: nothing that this module gives out holds any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from rootescrow.ceremony.basis import Basis
from rootescrow.ceremony.callees import whom_to_call
from rootescrow.codes import check_code
from rootescrow.errors import UsageError
from rootescrow.pile import ConfirmedBy, Finding, Kind, Pile, Verdict
from rootescrow.policy import MAX_TEXT_CHARS, Holder, printable_line
from rootescrow.recovery import PassphraseRecovery, Recovery
from rootescrow.register.events import AnyEvent, Arrival, Arrived, Note, Recovered, What, refuse_words
from rootescrow.shamir import Share

_LETTERS = {"b": Arrival.BAG, "p": Arrival.PHOTO, "t": Arrival.PHONE, "o": Arrival.OTHER}
_WAYS = {**_LETTERS, "telephone": Arrival.PHONE, **{way.value: way for way in _LETTERS.values()}}
_NOTE_CHARS = 500
"""Letters of a note in the journal."""


@dataclass(frozen=True)
class Came:
    """How a sheet came, and who brought it, as far as that was said."""

    how: Arrival = Arrival.NOT_SAID
    by: str = ""

    @classmethod
    def parse(cls, text: str) -> Came:
        """ "b", "photo" or "b Ada Example". Raises UsageError."""
        how, _, by = text.strip().partition(" ")
        if how.casefold() not in _WAYS:
            raise UsageError(
                "that is no way in which a sheet comes", "Say b (bag), p (photo), t (telephone) or o (other)."
            )
        return cls(_WAYS[how.casefold()], said(by, "the name of who brought it") if by.strip() else "")


@dataclass(frozen=True)
class Arrivals:
    """How sheets come that nobody is asked about: `default` for all, `named` for some by their names."""

    default: Came | None = None
    named: Mapping[str, Came] = field(default_factory=dict)

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Arrivals:
        """`photo` for all, `Board/2=photo` for one. Raises UsageError."""
        default, named = None, dict[str, Came]()
        for text in texts:
            name, equals, way = text.rpartition("=")
            if equals:
                if name.strip() in named:
                    raise UsageError(f"how {name.strip()} came is said twice", "Say it once.")
                named[name.strip()] = Came.parse(way)
            elif default is not None:
                raise UsageError("how all sheets came is said twice", "Say it once, or by sheet: 'Board/2=photo'.")
            else:
                default = Came.parse(text)
        return cls(default, named)


class Outcome(StrEnum):
    """What became of a sheet in a recovery."""

    RIGHT = "right"
    WRONG = "forged or altered"
    UNJUDGED = "not judged"
    STRANGER = "of another escrow"
    REFUSED = "refused"


@dataclass(frozen=True)
class Brought:
    """A sheet that came: how, what became of it, who holds it by the register, and why it is void, if it is.

    `torn`: words of it could not be read and were found, and this confirmed them.
    """

    name: str
    check_code: str
    came: Came
    outcome: Outcome
    holder: Holder | None
    void: str = ""
    torn: ConfirmedBy | None = None


def said(text: str, what: str) -> str:
    """A text that people give for journal and report. Raises UsageError if it cannot be printed, or holds words."""
    line = printable_line(text, what, MAX_TEXT_CHARS)
    refuse_words(Note(text=line))
    return line


class Session:
    """What came so far, over a pile. `asking` are those of whom it is still to be asked how they came."""

    def __init__(self, basis: Basis, arrivals: Arrivals | None = None, *, ask: bool = False) -> None:
        self.basis = basis
        self.pile: Pile = basis.pile()
        self.asking: list[tuple[Share, ...]] = []
        self.allowed: dict[str, str] = {}
        """The void sheets that may be used, with the reason why each is void."""
        self._arrivals = arrivals or Arrivals()
        self.dropped: list[str] = []
        """The sheets that were taken off the pile again."""
        self.ask = ask
        """Whether people are asked how sheets come."""
        self._came: dict[Share, Came] = {}
        self._refused: dict[Share, str] = {}
        self._matched: set[str] = set()

    def add(self, text: str, source: str) -> tuple[Finding, ...]:
        """Put a text on the pile."""
        findings = self.pile.add(text, source)
        self.note(findings)
        return findings

    def note(self, findings: Iterable[Finding]) -> None:
        """Note the sheets among what was found, which came together: how they came is asked once."""
        new: list[Share] = []
        for finding in findings:
            share = finding.share
            if share is None or finding.verdict is Verdict.DUPLICATE or share in self._came or share in new:
                continue
            if share not in self.pile.shares and share not in self.pile.proposed:
                known = self.pile.known
                if not known or not known.why_void(share):
                    continue  # a share of SLIP-39 that is of no escrow
                self._refused[share] = finding.source
            new.append(share)
        unsaid = []
        for share in new:
            came = self._by_option(share)
            if came is None and self.ask:
                unsaid.append(share)
            else:
                self._came[share] = came or Came()
        if unsaid:
            self.asking.append(tuple(unsaid))

    def _by_option(self, share: Share) -> Came | None:
        names = {self.pile.name(share), *(self.pile.known.names(share) if self.pile.known else ())}
        for name, came in self._arrivals.named.items():
            if name in names:
                self._matched.add(name)
                return came
        return self._arrivals.default

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The sheets of which it was said how they came, and that did not come."""
        return tuple(name for name in self._arrivals.named if name not in self._matched)

    @property
    def question(self) -> str:
        """What is to be asked now of how sheets came; empty if nothing is."""
        if not self.asking:
            return ""
        names = [*dict.fromkeys(self.pile.name(share) for share in self.asking[0])]
        return f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''} came by b, p, t, o"

    def answer(self, text: str) -> None:
        """Take the answer to the question; an empty one leaves it open how they came. Raises UsageError."""
        came = Came.parse(text) if text.strip() else Came()
        self._came |= dict.fromkeys(self.asking.pop(0), came)

    def allow(self, name: str) -> tuple[Finding, ...]:
        """Let a void sheet be used; what the pile says of it if it came before. Raises UsageError if it is not void."""
        known = self.pile.known
        if known is None:
            raise UsageError("nothing here says which sheets are void", "Without --escrow every sheet counts.")
        name = self._listed(name)
        if name not in known.void:
            raise UsageError(f"{name} is not void", "It counts without being allowed.")
        self.allowed[name] = known.void[name]
        self.pile.known = replace(known, void={sheet: why for sheet, why in known.void.items() if sheet != name})
        found: list[Finding] = []
        for share, source in [*self._refused.items()]:
            if not self.pile.known.why_void(share):
                del self._refused[share]
                found += self.pile.add(share.text, source)
        return tuple(found)

    def drop(self, name: str) -> str:
        """Take a sheet off the pile again, by its name or check code; its name. Raises UsageError if there is none."""
        share = self.pile.drop(name)
        self._came.pop(share, None)
        left = (tuple(one for one in together if one != share) for together in self.asking)
        self.asking = [together for together in left if together]
        self.dropped.append(self.pile.name(share))
        return self.dropped[-1]

    def _listed(self, name: str) -> str:
        """A sheet's name as the register has it."""
        names = {sheet.name.casefold(): sheet.name for sheet in self.basis.sheets}
        if name.casefold() not in names:
            raise UsageError(f"there is no sheet {name}", f"There are: {', '.join(names.values())}.")
        return names[name.casefold()]

    @property
    def missing(self) -> tuple[str, ...]:
        """What is there and what is missing, and whom to call."""
        return (str(self.pile.status), *whom_to_call(self.basis, self.pile))

    # When the key, or the passphrase, is there.

    def envelope_from(self, recovery: Recovery) -> str:
        """The files or papers that gave the envelope."""
        whole = self.pile.is_whole(recovery.envelope)
        kinds = (Kind.ENVELOPE,) if whole else (Kind.CODE, Kind.LINE)
        return ", ".join(
            dict.fromkeys(
                finding.source or finding.kind.value
                for finding in self.pile.findings
                if finding.kind in kinds and finding.verdict is Verdict.TAKEN
            )
        )

    def brought(self, recovery: Recovery | PassphraseRecovery) -> tuple[Brought, ...]:
        """Every sheet that came and what became of it, those used first."""
        judged = (
            (recovery.used, Outcome.RIGHT),
            (recovery.wrong, Outcome.WRONG),
            (recovery.unjudged, Outcome.UNJUDGED),
            (tuple(self._refused), Outcome.REFUSED),
            (recovery.strangers, Outcome.STRANGER),
        )
        found = (
            self._brought(share, outcome, recovery.confirmed.get(share))
            for shares, outcome in judged
            for share in shares
        )
        order = list(Outcome)
        return tuple(sorted(found, key=lambda one: (order.index(one.outcome), one.name)))

    def _brought(self, share: Share, outcome: Outcome, torn: ConfirmedBy | None) -> Brought:
        known = self.pile.known
        names = known.names(share) if known else ()
        holders = {sheet.name: sheet.holder for sheet in self.basis.sheets}
        void = next((self.allowed[name] for name in names if name in self.allowed), "")
        if outcome is Outcome.REFUSED and known:
            void = known.why_void(share)
        return Brought(
            self.pile.name(share),
            check_code(share.text.encode()),
            self._came.get(share, Came()),
            outcome,
            holders.get(names[0]) if len(names) == 1 else None,
            void,
            torn,
        )

    def events(
        self, recovery: Recovery | PassphraseRecovery, case: str, arbitrator: str, copies: Sequence[str]
    ) -> tuple[AnyEvent, ...]:
        """What the journal is told: the recovery and, in notes, what was not as it should be."""
        known = self.pile.known
        sheets = []
        for share in recovery.used:
            # Of copies of one share nobody can tell which paper it was: the first that counts stands for them.
            names = [name for name in (known.names(share) if known else ()) if known and name not in known.void]
            sheets += [Arrived(sheet=name, how=self._came.get(share, Came()).how) for name in names[:1]]
        brought = self.brought(recovery)
        used = [one for one in brought if one.outcome is Outcome.RIGHT and one.void]
        wrong = [one for one in brought if one.outcome is Outcome.WRONG]
        notes = [f"{one.name} was used in this recovery, though {one.void}" for one in used]
        notes += [f"brought to this recovery: {one.name}: {one.outcome}; it came by {_way(one.came)}" for one in wrong]
        notes += [f"{name} was brought to this recovery, and taken off the pile again" for name in self.dropped]
        notes += [f"{one.name} is torn: words of it were found, confirmed by {one.torn}" for one in brought if one.torn]
        what = What.KEY if isinstance(recovery, Recovery) else What.PASSPHRASE
        return (
            Recovered(
                what=what,
                case=case,
                arbitrator=arbitrator,
                sheets=tuple(sorted(sheets, key=lambda one: one.sheet)),
                copies=tuple(copies),
            ),
            *(Note(text=note[:_NOTE_CHARS]) for note in notes),
        )


def _way(came: Came) -> str:
    return came.how.value + (f", from {came.by}" if came.by else "")

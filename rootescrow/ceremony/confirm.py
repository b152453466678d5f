"""Confirm: every printed sheet is read back from its paper. All of them, not a quorum; and nothing is combined.

A code that scans proves the code. So whoever sits there is asked for three of the words that are printed beside it.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol

from pydantic import ValidationError

from rootescrow.assembly import part_on_other_keyboard
from rootescrow.codes import EnvelopePart, TextLine, UncheckedLine, encode_envelope_codes, encode_text_lines
from rootescrow.errors import CodeError, EscrowError, IntegrityError, RuleError, UsageError
from rootescrow.paper.reading import ScannedPage, read_source
from rootescrow.pile import Known, Pile
from rootescrow.register.events import ENVELOPE, Confirmed, How, refuse_words
from rootescrow.register.folder import Folder
from rootescrow.register.record import sha256
from rootescrow.register.register import Register
from rootescrow.secret import Random, draw
from rootescrow.shamir import Share
from rootescrow.shamir.words import index_of
from rootescrow.texts import Unreadable, recognise, typed_words
from rootescrow.torn import Torn

QUESTIONS = 3
"""Words asked of each sheet: one in each column of the page, so that a smear, a fold or a dead line of the print head
is met wherever it lies. One of them at least is of the share's value, which no other sheet has."""
_TORN = "words of it cannot be read, so that it is not confirmed"
_PRINT_AGAIN = "A sheet that is new must be legible. Destroy it, print it again, and confirm that one."


class Person(Protocol):
    """Whoever sits there with the paper. None as an answer leaves the sheet for later."""

    def word(self, sheet: str, number: int, *, again: bool) -> str | None:
        """Word `number` (from 1) as it is printed on this sheet; `again` after an answer that was not it."""

    def copy(self, names: Sequence[str]) -> str | None:
        """Which of these copies of one share lies there."""


class Result(StrEnum):
    """What became of one thing that was read."""

    CONFIRMED = "confirmed"
    READ = "read"
    BEFORE = "confirmed before"
    LATER = "left for later"
    WRONG = "not confirmed"
    UNREADABLE = "not understood"
    STRANGE = "not of an escrow"


@dataclass(frozen=True)
class Outcome:
    """What became of one thing, called `name`; `source` is where it was read."""

    source: str
    name: str
    result: Result
    message: str = ""
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.name}: {self.result}" + (f", {self.message}" if self.message else "")
        return f"{self.source}: {text}" if self.source else text


class Confirmation:
    """A sitting at which the sheets of an escrow are read back.

    Each thing is compared with the hashes of the record, and of the sheets made since, alone. `write` appends to the
    journal and gives the register after that; it is called for each sheet as soon as that is confirmed, so that an
    interruption loses nothing. `by` is who was in the room.

    Raises RuleError if the escrow was destroyed, IntegrityError if the folder's envelope, with which a printed one is
    compared, is not the record's, UsageError for a `by` that no journal takes.
    """

    def __init__(
        self,
        opened: Folder,
        register: Register,
        person: Person,
        write: Callable[[Confirmed], Register],
        *,
        by: str = "",
        rng: Random = secrets.token_bytes,
    ) -> None:
        self.register = register
        self.wrong: dict[str, Outcome] = {}
        """By name, what was found to be wrong in this sitting and has not been put right in it."""
        self.problems: list[ScannedPage] = []
        """The pages on which something could not be read; on a cover or a page of text there is nothing to read."""
        self.failures: list[EscrowError] = []
        """Why files could not be read."""
        self._known = register.known
        self._person = person
        self._write = write
        self._by = by.strip()
        self._rng = rng
        self._parts: dict[EnvelopePart, bool] = {}
        """The codes of the printed envelope, each with whether it has been read."""
        self._lines: dict[TextLine, bool] = {}
        if not register.live:
            raise RuleError(f"escrow {self._known.id} is {register.state}", "There is nothing left to be confirmed.")
        refuse_words(self._event(ENVELOPE, How.SCAN))
        if opened.record.envelope.printed != "media":
            envelope = opened.envelope
            if envelope is None or sha256(envelope) != opened.record.envelope.sha256:
                raise IntegrityError(
                    "the envelope of the escrow folder is missing, or is not the one that the record lists",
                    "Take the folder that split made, or a copy of it: what is printed is compared with its envelope.",
                )
            codes = encode_envelope_codes(self._known.id, envelope)
            lines = encode_text_lines(self._known.id, envelope)
            self._parts = dict.fromkeys(map(EnvelopePart.parse, codes), False)
            self._lines = dict.fromkeys((UncheckedLine.parse(line).checked(self._known.id) for line in lines), False)

    # What is read.

    def read(self, stream: BinaryIO, source: str) -> Iterator[Outcome]:
        """Everything in a file, page by page. What stops the reading is kept in `failures`."""
        shares, codes = 0, Counter[EnvelopePart]()
        for page in self._pages(stream, source):
            if page.problem:
                self.problems.append(page)
            if page.drawn and page.texts:
                yield self._judged(_never_printed(page))
                continue
            for text in page.texts:
                if page.page:
                    items = list(recognise(text))
                    shares += any(isinstance(item, Share) and self._of_key(item) for item in items)
                    codes.update(item for item in items if isinstance(item, EnvelopePart))
                yield from self._take(text, page.place, How.SCAN if page.page else None)
        fewest = min((codes[part] for part in self._parts), default=0)
        if self.register.record.envelope.printed == "each" and fewest < shares:
            yield Outcome(
                source,
                "the envelope's codes",
                Result.LATER,
                f"complete on {fewest} of the {shares} sheets",
                "Each sheet bears them. Look at the pages that were not read: scan them again, or print them again.",
            )

    def _pages(self, stream: BinaryIO, source: str) -> Iterator[ScannedPage]:
        # Around the reading alone: what fails in the journal must stop everything.
        try:
            yield from read_source(stream, source)
        except EscrowError as error:
            self.failures.append(error)

    def take(self, text: str, how: How) -> Iterator[Outcome]:
        """Everything in a text that came from a hand-held scanner, or from somebody's hands."""
        yield from self._take(text, "", how)

    def _take(self, text: str, source: str, how: How | None) -> Iterator[Outcome]:
        """`how` None: a text file, in which a share that is whole in one row came from a hand-held scanner."""
        whole = () if how else {item for row in text.splitlines() for item in recognise(row) if isinstance(item, Share)}
        for item in recognise(text):
            match item:
                case Share():
                    yield self._judged(self._share(item, source, how or (How.SCANNER if item in whole else How.TYPED)))
                case EnvelopePart():
                    yield from self._part(item, source, how or How.SCANNER)
                case UncheckedLine():
                    yield from self._line(item, source)
                case Torn():
                    yield Outcome(source, "a sheet", Result.UNREADABLE, _TORN, _PRINT_AGAIN)
                case Unreadable(foreign=foreign):
                    result = Result.STRANGE if foreign else Result.UNREADABLE
                    yield Outcome(source, item.name, result, item.error.message, item.error.hint)
                case _:
                    pass  # an escrow id: it confirms nothing

    def _judged(self, outcome: Outcome) -> Outcome:
        if outcome.result is Result.WRONG:
            self.wrong[outcome.name] = outcome
        elif outcome.result is Result.CONFIRMED:
            self.wrong.pop(outcome.name, None)
        return outcome

    # Sheets.

    def _share(self, share: Share, source: str, how: How) -> Outcome:
        names = self._names(share)
        if not names:
            finding, *_ = Pile(self._known).add(share.text)
            return Outcome(source, finding.name, Result.WRONG, finding.message, finding.hint)
        # Copies share their words, so only the person can tell which of them lies there.
        name = names[0] if len(names) == 1 else self._person.copy(names)
        if name not in names:
            return Outcome(source, " = ".join(names), Result.LATER)
        sheet = self.register.sheet(name)
        if not sheet.counts:
            return Outcome(source, name, Result.WRONG, f"it is {sheet.state}", "It counts no more: destroy it.")
        if sheet.confirmed:
            return Outcome(source, name, Result.BEFORE)
        unlike = None if how is How.TYPED else self._compare(name, share, source)
        return unlike or self._confirm(name, source, how)

    def _names(self, share: Share) -> tuple[str, ...]:
        """The sheets that bear it by the record, those of the passphrase's escrow among them; none if it is not one."""
        known: Known | None = self._known
        while known:
            if names := known.names(share):
                return names
            known = known.passphrase
        return ()

    def _compare(self, name: str, share: Share, source: str) -> Outcome | None:
        """Ask for words; why the sheet is not confirmed, if it is not. What is right is never told."""
        words = share.words
        for number in _places(len(words), self._rng):
            for again in (False, True):
                answer = self._person.word(name, number, again=again)
                if answer is None:
                    return Outcome(source, name, Result.LATER)
                if is_word(answer, words[number - 1]):
                    break
            else:
                return Outcome(
                    source,
                    name,
                    Result.WRONG,
                    f"word {number} was mistyped, or page and code disagree",
                    f"Compare: is it the page of {name}, and is the word with the number {number} legible? Then read "
                    "the sheet once more. If that is no better, destroy it, print it again, and confirm that one.",
                )
        return None

    def _confirm(self, name: str, source: str, how: How) -> Outcome:
        self.register = self._write(self._event(name, how))
        return Outcome(source, name, Result.CONFIRMED, f"by {how}")

    def _event(self, name: str, how: How) -> Confirmed:
        try:
            return Confirmed(sheet=name, how=how, by=self._by)
        except ValidationError:
            raise UsageError(
                "who was there is written on one line of up to 500 letters, without control characters",
                "For example --by 'Ada Example, Bo Example'.",
            ) from None

    def _of_key(self, share: Share) -> bool:
        """Whether it is of the key's own set: a sheet of the passphrase never bears an envelope."""
        return share.identifier == self._known.id.slip39_identifier

    # The envelope, where it is printed on a document of its own.

    def _part(self, part: EnvelopePart, source: str, how: How) -> Iterator[Outcome]:
        name = f"envelope code {part.number} of {part.count}"
        ours = next((one for one in (part, part_on_other_keyboard(part)) if one in self._parts), None)
        if ours is None:
            yield self._not_ours(name, source)
        elif not self._parts[ours]:
            self._parts[ours] = True
            yield Outcome(source, name, Result.READ)
            yield from self._envelope(self._parts.values(), source, how)

    def _line(self, line: UncheckedLine, source: str) -> Iterator[Outcome]:
        name = f"line {line.number:03}"
        try:
            checked = line.checked(self._known.id)
        except CodeError as error:
            yield Outcome(source, name, Result.UNREADABLE, error.message, error.hint)
            return
        if checked not in self._lines:
            yield self._not_ours(name, source)
        elif not self._lines[checked]:
            self._lines[checked] = True
            yield Outcome(source, name, Result.READ)
            yield from self._envelope(self._lines.values(), source, How.TYPED)

    def _not_ours(self, name: str, source: str) -> Outcome:
        hint = "Put the paper aside. If it is of this ceremony, destroy it, and print it again."
        return self._judged(Outcome(source, name, Result.WRONG, "not of the envelope that the record lists", hint))

    def _envelope(self, read: Iterable[bool], source: str, how: How) -> Iterator[Outcome]:
        """The document is confirmed once all its codes were read, or all its lines."""
        if self.register.record.envelope.printed == "separate" and all(read) and not self.register.envelope_confirmed:
            yield self._judged(self._confirm(ENVELOPE, source, how))


def _never_printed(page: ScannedPage) -> Outcome:
    return Outcome(
        "",
        page.place,
        Result.WRONG,
        "this is a file as a program made it, not a scan: nothing shows that it was ever on paper",
        "Print it, scan the paper, and name the scan.",
    )


def _places(count: int, rng: Random) -> Iterator[int]:
    """The numbers of the words that are asked for: one in each of as many parts of equal length, each as likely."""
    part = count // QUESTIONS
    for start in range(1, QUESTIONS * part, part):
        yield start + int.from_bytes(draw(rng, 8)) % part


def is_word(answer: str, word: str) -> bool:
    """Whether somebody typed this word: in any case, four letters of it or more, its number before it or not."""
    typed = typed_words(answer) or []
    return len(typed) == 1 and typed[0].index is not None and typed[0].index == index_of(word)

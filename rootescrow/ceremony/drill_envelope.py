"""The envelopes of a drill: files, media, and what is printed, each compared with the record's hash."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path

from rootescrow import assembly
from rootescrow.ceremony.drilled import KEEP_APART, Result, Sight
from rootescrow.codes import (
    EnvelopePart,
    TextLine,
    UncheckedLine,
    check_code,
    encode_envelope_codes,
    encode_text_lines,
)
from rootescrow.envelope import MAX_BYTES as MAX_ENVELOPE_BYTES
from rootescrow.errors import CodeError, EscrowError
from rootescrow.register import folder
from rootescrow.register.events import ENVELOPE
from rootescrow.register.journal import MAX_BYTES as MAX_JOURNAL_BYTES
from rootescrow.register.record import MAX_BYTES as MAX_RECORD_BYTES
from rootescrow.register.record import sha256
from rootescrow.register.register import Register

_ALTERED = (
    "Keep it apart. Compare the record's check code with a sheet; if it is right, this was altered, or is of another "
    "escrow or generation. Tell the Board, and make the medium anew."
)


class Envelopes:
    """What was read of envelopes, in whatever form. `also` is given each envelope that is read from a medium."""

    def __init__(self, register: Register, also: Callable[[bytes, str], object]) -> None:
        self._register = register
        self._also = also
        self._id = register.record.id
        self._right: bytes | None = None
        """A right one: with that is compared what is printed."""
        self._parts: dict[EnvelopePart, str] = {}
        self._lines: dict[UncheckedLine, str] = {}

    def __len__(self) -> int:
        """How many codes and lines there are."""
        return len(self._parts) + len(self._lines)

    def add(self, item: EnvelopePart | UncheckedLine, source: str) -> None:
        """Keep a code or a line until all of them are there."""
        if isinstance(item, EnvelopePart):
            self._parts.setdefault(item, source)
        else:
            self._lines.setdefault(item, source)

    def _is_right(self, envelope: bytes) -> bool:
        return sha256(envelope) == self._register.record.envelope.sha256

    def file(self, envelope: bytes, name: str, source: str, item: str = "") -> Sight:
        """What an envelope file is."""
        sight = Sight(name, Result.RIGHT, source, item)
        if self._is_right(envelope):
            self._right = envelope
            return sight
        message = "not the envelope that the record lists"
        return replace(sight, result=Result.WRONG, check_code=check_code(envelope), message=message, hint=_ALTERED)

    def medium(self, path: Path, item: str) -> Sight | None:
        """What a medium is, or a copy of the escrow folder: by its envelope, its record and its journal.

        `item` is what the register calls it, empty if nobody said; then None if no envelope is on it.
        """
        name, source = item or "a medium of no name", str(path)
        base = next((at for at in (path, path / folder.ESCROW) if (at / folder.ENVELOPE_FILE).exists()), None)
        if base is None:
            hint = "Make the medium anew, and tell the Board."
            message = "there is no envelope on it"
            return Sight(name, Result.WRONG, source, item, message=message, hint=hint) if item else None
        try:
            envelope = folder.read_file(base / folder.ENVELOPE_FILE, MAX_ENVELOPE_BYTES)
            sight = self.file(envelope, name, source, item)
            self._also(envelope, source)
            wrong, message = self._beside(base)
        except EscrowError as error:
            hint = "Try it on another machine; then make the medium anew, and tell the Board."
            return Sight(name, Result.WRONG, source, item, message=error.message, hint=hint)
        if wrong and sight.result is Result.RIGHT:
            return replace(sight, result=Result.WRONG, message=message, hint=_ALTERED)
        return replace(sight, message=sight.message or message)

    def _beside(self, base: Path) -> tuple[bool, str]:
        """Whether record and journal beside an envelope are wrong, and what there is to say of them."""
        record, journal = base / folder.RECORD_FILE, base / folder.JOURNAL_FILE
        if record.exists() and folder.read_file(record, MAX_RECORD_BYTES) != self._register.record.dump():
            return True, "its record is another one"
        if not journal.exists():
            return False, ""
        own, theirs = self._register.journal.dump(), folder.read_file(journal, MAX_JOURNAL_BYTES)
        if not own.startswith(theirs) and not theirs.startswith(own):
            return True, "its journal is not this one, nor the beginning of it"
        lacking = own.count(b"\n") - theirs.count(b"\n")
        return False, f"its journal lacks the last {lacking} lines: bring it up to date" if lacking > 0 else ""

    def printed(self) -> list[Sight]:
        """What all codes and lines are: as a whole, and each that is wrong or mistyped."""
        if not len(self):
            return []
        checked: dict[TextLine, str] = {}
        sights: list[Sight] = []
        for line, source in self._lines.items():
            try:
                checked[line.checked(self._id)] = source
            except CodeError as error:
                name = f"line {line.number:03}"
                sights.append(Sight(name, Result.UNREADABLE, source, message=error.message, hint=error.hint))
        item = ENVELOPE if self._register.record.envelope.printed == "separate" else ""
        name = ENVELOPE if item else "the printed envelope"
        right = self._right or self._assembled(checked)
        if right is None:
            return [*sights, Sight(name, Result.IN_PART, message="no right envelope is at hand to compare it with")]
        codes = dict.fromkeys(map(EnvelopePart.parse, encode_envelope_codes(self._id, right)), False)
        texts = (UncheckedLine.parse(text).checked(self._id) for text in encode_text_lines(self._id, right))
        lines = dict.fromkeys(texts, False)
        wrong: list[tuple[str, str]] = []
        for part, source in self._parts.items():
            ours = next((one for one in (part, assembly.part_on_other_keyboard(part)) if one in codes), None)
            if ours is None:
                wrong.append((f"envelope code {part.number} of {part.count}", source))
            else:
                codes[ours] = True
        for typed, source in checked.items():
            if typed not in lines:
                wrong.append((f"line {typed.number:03} of the envelope", source))
            else:
                lines[typed] = True
        sights += _whole(name, item, codes.values(), lines.values())
        message = "not of the envelope that the record lists"
        return sights + [
            Sight(what, Result.WRONG, source, item, message=message, hint=KEEP_APART) for what, source in wrong
        ]

    def _assembled(self, lines: Iterable[TextLine]) -> bytes | None:
        """The right envelope from the codes and lines alone, if they give it."""
        made = assembly.candidates(assembly.parts_of(self._id, self._parts), lines)
        return next((envelope.der for envelope in made if self._is_right(envelope.der)), None)


def _whole(name: str, item: str, codes: Collection[bool], lines: Collection[bool]) -> list[Sight]:
    """What the printed envelope is as a whole, if anything of it was right: all its codes were read, or all lines."""
    if all(codes) or all(lines):
        return [Sight(name, Result.RIGHT, item=item)]
    if not any(codes) and not any(lines):
        return []
    read = f"{sum(codes)} of its {len(codes)} codes and {sum(lines)} of its {len(lines)} lines were read"
    return [Sight(name, Result.IN_PART, message=read, hint="It counts as seen when all of either were.")]

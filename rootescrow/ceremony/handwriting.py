"""Handwriting: the words of one sheet, from the screen onto paper by its holder's hand, and asked back from that paper.

For holders who fear a printer that remembers. The words lie in a file beside the form, as those of a printed sheet lie
in its PDF; when every one of them was read back from the paper that file is wiped, and the sheet is confirmed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rootescrow.ceremony.confirm import Confirmation, Result, is_word
from rootescrow.ceremony.printing import Found, SheetFile, remove, wipe
from rootescrow.errors import IntegrityError, MalformedError, UsageError
from rootescrow.register import folder
from rootescrow.register.events import Confirmed, How
from rootescrow.register.register import Register
from rootescrow.secret import Random, draw
from rootescrow.shamir import Share
from rootescrow.texts import recognise

AT_ONCE = 4
"""Words on the screen at a time: as many as are remembered while the eye goes to the paper and back."""
MAX_WORDS_BYTES = 1024
"""Of the file: 33 words of at most eight letters have a third of this."""


class Holder(Protocol):
    """The holder, alone at the screen."""

    def write(self, first: int, words: Sequence[str]) -> bool:
        """Show these words, the first of which is number `first` (from 1); whether they are on the paper now."""

    def word(self, number: int) -> str | None:
        """Word `number` as it stands on the paper. None: see it once more."""

    def wrong(self, number: int) -> None:
        """That was not what had been shown."""


@dataclass(frozen=True)
class Words:
    """The words of one sheet, from the file that holds them: those that the register lists under its name.

    Raises UsageError if no words of this sheet wait to be written, MalformedError for a damaged file, IntegrityError if
    they are other words than the register's.
    """

    sheet: SheetFile
    path: Path
    share: Share

    @classmethod
    def read(cls, found: Found, name: str, register: Register) -> Words:
        """Find the file of the sheet `name` in what a split or a replacement made."""
        waiting = {sheet.name: (sheet, path) for sheet, path in found.unwritten}
        if name not in waiting:
            there = ", ".join(waiting) or "none is left"
            raise UsageError(
                f"no words of {name} wait to be written by hand", f"Those that wait: {there}. What is written is wiped."
            )
        sheet, path = waiting[name]
        data = folder.read_own(path, MAX_WORDS_BYTES)
        items = list(recognise(data.decode("ascii", "replace")))
        if len(items) != 1 or not isinstance(items[0], Share):
            raise MalformedError(f"{path} holds no words of a sheet", "It is damaged. Make the sheet again: replace.")
        known = register.known
        share = items[0]
        if name not in known.names(share) and not (known.passphrase and name in known.passphrase.names(share)):
            raise IntegrityError(
                f"{path} holds other words than the register lists for {name}", "It is of another escrow: look whose."
            )
        return cls(sheet, path, share)

    def write_down(self, holder: Holder, *, rng: Random = secrets.token_bytes) -> None:
        """Let the holder write the words, four at a time, and ask all of them back in random order.

        A word that is not what was shown is shown again among its neighbours, and asked again later.
        """
        words = self.share.words
        place = 0
        while place < len(words):
            done = holder.write(place + 1, words[place : place + AT_ONCE])
            place = place + AT_ONCE if done else max(0, place - AT_ONCE)
        left = _shuffled(len(words), rng)
        while left:
            number = left.pop(0)
            answer = holder.word(number)
            if answer is not None and is_word(answer, words[number - 1]):
                continue
            if answer is not None:
                holder.wrong(number)
            first = (number - 1) // AT_ONCE * AT_ONCE
            holder.write(first + 1, words[first : first + AT_ONCE])
            left.insert(min(len(left), AT_ONCE), number)

    def sitting(
        self, escrow: Path, register: Register, write: Callable[[Confirmed], Register], *, by: str = ""
    ) -> Confirmation:
        """Where the sheet can be confirmed: made before anything is shown, so that nobody writes in vain.

        Raises what `Confirmation` raises.
        """
        return Confirmation(folder.load(escrow), register, _Alone(self.sheet.name), write, by=by)

    def confirmed(self, sitting: Confirmation) -> Register:
        """Note that the sheet is confirmed, and wipe the file. Raises IntegrityError and what `wipe` raises."""
        (outcome,) = sitting.take(self.share.text, How.TYPED)
        if outcome.result not in (Result.CONFIRMED, Result.BEFORE):
            raise IntegrityError(f"{self.sheet.name} is not confirmed: {outcome.message}", outcome.hint)
        self.wipe()
        return sitting.register

    def wipe(self) -> None:
        """Wipe the file, and remove its folder if that was the last one. Raises FileError."""
        wipe(self.path)
        if not any(self.path.parent.iterdir()):
            remove(self.path.parent)


@dataclass(frozen=True)
class _Alone:
    """Whose sheet lies there is known."""

    name: str

    def word(self, sheet: str, number: int, *, again: bool) -> str | None:
        return None

    def copy(self, names: Sequence[str]) -> str | None:
        return self.name


def _shuffled(count: int, rng: Random) -> list[int]:
    """The numbers from 1 in an order of which each is as likely."""
    return [number for _, number in sorted((draw(rng, 16), number) for number in range(1, count + 1))]

"""What is typed, line by line: words, codes and lines of the envelope, and commands. No terminal in here."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rootescrow import keyboards
from rootescrow.ceremony.session import Session
from rootescrow.codes import MAGIC, check_code
from rootescrow.errors import ShareError, UsageError, WordError
from rootescrow.pile import Finding, Kind, Known, Pile, Verdict
from rootescrow.shamir import Beginning, Share
from rootescrow.shamir.words import WORDS, completions, index_of, parse_words
from rootescrow.texts import Word, as_meant, typed_words
from rootescrow.torn import MAX_SEARCHED, MAX_SOLVED, SHARE_WORDS, UNREADABLE

_TYPE = (
    "Type or paste the words of a sheet, its envelope codes or its lines.",
    "Four letters of a word are enough; ? is a word that cannot be read.",
    "  back         the word before again     back 12        word 12 again",
    "  12 orange    word 12 is orange         show           the words so far",
)
HELP = (
    *_TYPE,
    "  drop         begin this sheet again    drop Board/2   take that sheet away",
    "  status       what is missing           hold           blank the screen",
    "  help         this again                done           go on",
)
HELP_RECOVERY = (
    *HELP,
    "  read FILE    take a scan or a text     allow Board/2  use a void sheet",
    "Up to three ? of a sheet can be found, and up to five with the escrow folder.",
)
HELP_ARRIVAL = (
    "After each sheet: how did it come? b (bag), p (photo), t (telephone), o (other),",
    "and who brought it: b Ada Example",
)
HELP_ALONE = (
    *_TYPE,
    "  drop         begin this sheet again    hold           blank the screen",
    "  status       what was read             help           this again",
    "  done         that is all",
)
_GAP = ""
"""In the place of a word that is to be typed again."""
_MAX_WRONG = 3
"""Words of one line that may be typed again one by one; a line with more of them is taken up to the first."""
_COLUMN = 11
"""Words in a column of the page."""
_FEW_LETTERS = 5
"""Words that are named where too few letters were typed."""

_NUMBER = re.compile(r"([0-9]{1,2})[.:)]?")
_LINE = re.compile(r"([0-9]{1,3})[.:)]?\s+((?:[A-Z0-8]\s*){24,44})", re.IGNORECASE)
_NO_WORDS = re.compile(r"[0-9]{3}\s|.*(?:[/~\\]|[a-z](?:[0-9]|-\w|\.\w))", re.IGNORECASE | re.DOTALL)
"""Lines of the envelope, ids and names of files."""
_ENDED = re.compile(r".*[\s,;]", re.DOTALL)


class Kept(str):
    """A reply that people need later too, when the screen at which words were typed is gone: it holds no word."""

    __slots__ = ()


@dataclass(frozen=True)
class Look:
    """What is to be said of a line while it is being typed.

    `place` is where the typist is. `refused`: what stands there before the last space is no word of the list.
    `full`: the line has the last word of a sheet.
    """

    place: str
    said: str = ""
    refused: bool = False
    full: bool = False


class Typing:
    """What was typed so far of one share, over a pile: lines in, replies out."""

    def __init__(self, pile: Pile) -> None:
        self.pile = pile
        self.help: tuple[str, ...] = HELP
        self.done = False
        self.held = False
        """Whether the screen is to be blanked until somebody comes."""
        self._exposed = self._over = False
        """Whether words were shown, and whether a sheet was done since `stale` was asked."""
        self._words: list[str] = []
        self._warned = False

    @property
    def place(self) -> str:
        """Where the typist is: "word 1 of 33", and "Board/2, word 12 of 33" as soon as the words tell the sheet."""
        return self._place(self._words, self._cursor)

    def _place(self, words: Sequence[str], at: int) -> str:
        name = self._sheet(words)
        where = f"word {at + 1} of {SHARE_WORDS}" if at < SHARE_WORDS else f"all {SHARE_WORDS} words"
        return f"{name}, {where}" if name else where

    @property
    def _cursor(self) -> int:
        """The index of the word to be typed next: one to be typed again, or the one after all others."""
        return self._words.index(_GAP) if _GAP in self._words else len(self._words)

    def _sheet(self, words: Sequence[str]) -> str:
        """Which sheet it is by its first words; empty if they do not tell yet."""
        indices = [index_of(word) for word in words[:4]]
        try:
            return self.pile.name_by(Beginning.decode([index for index in indices if index is not None]))
        except ShareError:
            return ""

    # A line while it is being typed.

    def look(self, text: str) -> Look:
        """What to say of a line that is still being typed."""
        words = typed_words(text) if self._may_be_words(text) else None
        if not words:
            return Look(self.place)
        last = None if _ENDED.fullmatch(text) else words.pop()
        so_far, at = [*self._words], self._cursor
        for word in words:
            at = _number(word) - 1 if _number(word) else at
            if at >= SHARE_WORDS or at > len(so_far):
                return Look(self.place)
            if not word.plausible:
                said = f"Word {at + 1} is not in the word list. {_nearest(word)} Ctrl-W takes it away."
                return Look(self._place(so_far, at), said, refused=not _on_other_keyboard(text))
            so_far[at : at + 1] = [_as_listed(word)]
            at += 1
        full = last is None and len(so_far) == SHARE_WORDS and _GAP not in so_far
        if last is not None and 1 <= _number(last) <= SHARE_WORDS:
            at = _number(last) - 1
        said = "" if last is None or _may_become_word(last) else f"No word of the list begins so. {_nearest(last)}"
        return Look(self._place(so_far, at), said, full=full)

    def completing(self, text: str) -> bool:
        """Whether words of the list are to be offered for the end of this line."""
        return self._may_be_words(text)

    def _may_be_words(self, text: str) -> bool:
        """Whether a line that is being typed may be words, and not a command, a code, a line or the name of a file."""
        first, *more = text.lower().split() or [""]
        if any(name.startswith(first) for name in self._names() if name and first):
            if more or text != text.rstrip():
                return first not in self._names()
            return bool(completions(first))
        if first.startswith(MAGIC[:6].lower()) or _NO_WORDS.match(text):
            return False
        return not any(meant.upper().startswith(MAGIC[:6]) for _, meant in keyboards.as_meant(text))

    # A line that was typed.

    def line(self, text: str) -> list[str]:
        """Take one line, as typed; what to tell the typist."""
        text = text.strip()
        command, _, rest = text.partition(" ")
        if text.lower() in self._commands():
            return [*self._commands()[text.lower()]()]
        if command.lower() == "back" and (number := _NUMBER.fullmatch(rest.strip())):
            return self._again(int(number[1]))
        if command.lower() == "drop":
            return self._drop_sheet(rest.strip())
        if number := _NUMBER.fullmatch(text):
            return self._again(int(number[1]))
        text, layout = as_meant(text)
        told = [f"This is {layout}."] if layout else []
        words = typed_words(text)
        if words is not None and (line := _LINE.fullmatch(text)) and not any(word.plausible for word in words):
            text, words = f"{int(line[1]):03}  {line[2]}", None
        return told + (self._add(text) if words is None else self._take_words(words))

    def _commands(self) -> dict[str, Callable[[], list[str]]]:
        return {
            "back": self._back,
            "drop": self._drop,
            "show": self._show,
            "status": self._status,
            "hold": self._hold,
            "help": self._help,
            "done": self._finish,
            "": list,
        }

    def _names(self) -> tuple[str, ...]:
        """What begins a line that is no words."""
        return tuple(self._commands())

    def _take_words(self, words: Sequence[Word]) -> list[str]:
        """Add the words of a line.

        Up to three that are not in the list leave gaps, to be typed again, if the line is of one sheet. Else those
        before the first one are taken, and before one that is out of turn.
        """
        told: list[str] = []
        wrong: list[str] = []
        changed: list[int] = []
        at, last, judged, sheets = self._cursor, 0, True, False
        if at == SHARE_WORDS <= len(words) and not _number(words[0]):
            self._words, at = [], 0  # the same sheet again, or another one, in the place of one that is not right
        one_each = self._words.count(_GAP) == len(words)
        around = sum(not word.plausible for word in words) <= _MAX_WRONG and at + len(words) <= SHARE_WORDS
        for done, word in enumerate(words):
            number = _number(word)
            if at == SHARE_WORDS and not number and len(words) - done >= SHARE_WORDS:
                self._words, at = [], 0
                told.append("That sheet was put aside: type it once more. What follows it is taken.")
            order = self._out_of_order(number, at, last)
            gap = not order and not word.plausible and around and done < len(words) - 1
            if order or not word.plausible:
                said, *hints = order or self._unknown(word, number - 1 if number else at)
                wrong += [said + _taken(done, gap=gap), *hints]
            if order or not (word.plausible or gap):
                break
            at, last, judged = number - 1 if number else at, number or last, False
            if self._put(at, _GAP if gap else _as_listed(word)):
                changed.append(at + 1)
            if word.unreadable:
                told += self._too_many(self._words.count(UNREADABLE))
            at = self._cursor if one_each else at + 1
            if at == SHARE_WORDS and _GAP not in self._words:
                told += self._complete()
                judged, sheets, changed = True, sheets or not self._words, []
                at, last = len(self._words), 0
        while self._words and self._words[-1] == _GAP:
            self._words.pop()
        told += _changed(changed)
        if not judged and len(self._words) == SHARE_WORDS and _GAP not in self._words:
            told += self._complete()
            sheets = sheets or not self._words
        elif changed:
            told.append(f"Next is {self.place}.")
        return told + self._strange() + wrong + (self._status() if sheets else [])

    def _out_of_order(self, number: int, at: int, last: int) -> list[str]:
        """Why no word can stand here after word number `last` of its line; nothing if one can."""
        if number and not last < number <= min(len(self._words) + 1, SHARE_WORDS):
            said = f"The number {number} stands where {self._place(self._words, at)} should."
            return [said, "  Is one left out, or there twice?"]
        if at == SHARE_WORDS and not number:
            return [f"All {SHARE_WORDS} words are there, and they are not right.", *_HOW_TO_CHANGE]
        return []

    def _unknown(self, word: Word, at: int) -> list[str]:
        self._exposed = True
        return [f"{self._place(self._words, at)} is not in the word list.", f"  {_nearest(word)}"]

    def stale(self) -> bool:
        """Whether words of a sheet that is done are still on the screen, which the next holder sees; asked once."""
        stale = self._exposed and self._over
        self._exposed, self._over = self._exposed and not stale, False
        return stale

    def _put(self, at: int, word: str) -> bool:
        """Put a word at its place; whether it takes the place of another one."""
        before = self._words[at] if at < len(self._words) else _GAP
        self._words[at : at + 1] = [word]
        return before not in (_GAP, word)

    def _strange(self) -> list[str]:
        """Say at once, not after 33 words, that a sheet begins as none of this escrow does."""
        indices = [index_of(word) for word in self._words[:2]]
        if len(indices) < 2 or None in indices or self._warned:
            return []
        first, second = (index or 0 for index in indices)
        if self.pile.begins_here((first << 10 | second) >> 5):
            return []
        self._warned = True
        return [
            "No sheet of this escrow begins with these two words.",
            "  Compare them with the sheet, and the escrow id on it: back 1, or drop.",
        ]

    def _complete(self) -> list[str]:
        """All words are there: put the share on the pile, unless its checksum shows a typing error.

        Then the words stay, to be changed: typing errors are the typist's to find, with the sheet beside him. Nothing
        is proposed, for a guess may be another valid share.
        """
        text, torn = " ".join(self._words), UNREADABLE in self._words
        error = None if torn else self._wrong(text)
        if error is not None:
            return [error.message[0].upper() + error.message[1:] + ".", *self._table(), *_HOW_TO_CHANGE]
        before = len(self.pile.findings)
        told = self._told(text)
        if torn and any(map(self._misread, self.pile.findings[before:])):
            return [*told, *self._table(), *_HOW_TO_CHANGE]
        self._words, self._warned, self._over = [], False, True
        return told

    def _wrong(self, text: str) -> ShareError | None:
        try:
            Share.parse(text)
        except ShareError as error:
            return error
        return None

    def _misread(self, finding: Finding) -> bool:
        """Whether a torn sheet was refused, and not because it is void."""
        known = self.pile.known
        void = finding.share is not None and known is not None and known.names(finding.share)
        return finding.kind is Kind.SHARE and finding.verdict is Verdict.WRONG and not void

    def _too_many(self, unreadable: int) -> list[str]:
        """Say at once where going on with a sheet is of no use, not after 33 words."""
        if unreadable == MAX_SEARCHED + 1 or (unreadable == MAX_SOLVED + 1 and self.pile.known is None):
            said = f"{unreadable} words that cannot be read are too many" + (
                "." if unreadable > MAX_SEARCHED else " without the escrow folder (--escrow)."
            )
            return [said, "  Use another sheet of the group, or its share code; drop begins again."]
        return []

    def _add(self, text: str) -> list[str]:
        """Take what is no word; of a line of the envelope which one is next."""
        before = len(self.pile.findings)
        told = self._told(text)
        lines = [finding for finding in self.pile.findings[before:] if finding.line is not None]
        for finding in lines[-1:]:
            assert finding.line is not None  # noqa: S101 - for the type checker
            following = self.pile.next_line(finding.line.number - (finding.verdict is Verdict.WRONG))
            if following:
                return [*told, f"Next is {following}."]
        return told + self._status()

    def _told(self, text: str) -> list[str]:
        return [line for finding in self.pile.add(text, "typed") for line in tell(finding)]

    # Commands.

    def _back(self) -> list[str]:
        return self._again(max(self._cursor, 1)) if self._words else [f"Next is {self.place}."]

    def _again(self, number: int) -> list[str]:
        """Let one word be typed again; the others stay."""
        if not 1 <= number <= len(self._words) + 1 or number > SHARE_WORDS:
            return [f"There is no word {number} yet. Next is {self.place}."]
        if number <= len(self._words):
            self._words[number - 1] = _GAP
        while self._words and self._words[-1] == _GAP:
            self._words.pop()
        self._warned = False
        return [f"Next is {self.place}."]

    def _drop(self) -> list[str]:
        self._words, self._warned, self._over = [], False, True
        return [f"Next is {self.place}."]

    def _drop_sheet(self, name: str) -> list[str]:
        try:
            return [Kept(f"{self._dropped(name)}: taken off the pile."), *self._status()]
        except UsageError as error:
            return [f"{error.message}. {error.hint}"]

    def _dropped(self, name: str) -> str:
        return self.pile.name(self.pile.drop(name))

    def _show(self) -> list[str]:
        return [*self._table(), f"Next is {self.place}."] if self._words else [f"Next is {self.place}."]

    def _table(self) -> list[str]:
        """The words so far in columns, as on the page."""
        self._exposed = True
        cells = [f"{number:2} {word or '…':9}" for number, word in enumerate(self._words, 1)]
        rows = [cells[row::_COLUMN] for row in range(min(_COLUMN, len(cells)))]
        return ["    " + "  ".join(row).rstrip() for row in rows]

    def _status(self) -> list[str]:
        return [Kept(self.pile.status)]

    def _hold(self) -> list[str]:
        self.held = True
        return []

    def _help(self) -> list[str]:
        word = next((word for word in completions("help")), "")
        return [*self.help, f"(If the word on the sheet is {word}, type it in full.)"]

    def _finish(self) -> list[str]:
        self.done = True
        words, self._words = self._words, []
        if len(words) == SHARE_WORDS and not {_GAP, UNREADABLE} & {*words}:
            return self._told(" ".join(words))
        left = len(words) - words.count(_GAP)
        return [Kept(f"{left} words of an unfinished sheet were left out.")] if left else []


_HOW_TO_CHANGE = (
    "Compare them with the sheet, column by column. 12 orange puts orange in the",
    "place of word 12; back 12 asks for word 12 again; drop begins this sheet again.",
)


def _taken(before: int, *, gap: bool) -> str:
    """What became of the other words of a line of which one cannot stand where it does."""
    if gap:
        return " Those around it were taken."
    return f" The {before} before it were taken." if before else ""


def _changed(numbers: Sequence[int]) -> list[str]:
    if len(numbers) <= _MAX_WRONG:
        return [f"Word {number} is changed." for number in numbers]
    return [f"{len(numbers)} words are changed."]


def _number(word: Word) -> int:
    """The number before a word, 0 if there is none."""
    return int(word.typed.partition(" ")[0] or 0)


def _as_listed(word: Word) -> str:
    return UNREADABLE if word.index is None else WORDS[word.index]


def _may_become_word(word: Word) -> bool:
    typed = word.typed.split()[-1] if word.typed.split() else ""
    return (
        word.plausible or bool(completions(typed)) or any(completions(meant) for _, meant in keyboards.as_meant(typed))
    )


def _on_other_keyboard(text: str) -> bool:
    """Whether these may be words of a share that a scanner types on another keyboard layout: then it goes on typing."""
    return any(all(index_of(word) is not None for word in meant.split()) for _, meant in keyboards.as_meant(text))


def _nearest(word: Word) -> str:
    typed = word.typed.split()[-1] if word.typed.split() else ""
    if begun := completions(typed):
        some = ", ".join(begun[:_FEW_LETTERS])
        return f"Four letters are needed. So begin {some}{' and others' if len(begun) > _FEW_LETTERS else ''}."
    try:
        parse_words(typed)
    except (WordError, ShareError) as error:
        return error.hint
    return "Compare it with the sheet, letter by letter."


def tell(finding: Finding) -> list[str]:
    """What is said of a thing that was found."""
    lines = [f"{finding.name}: {finding.verdict}" + (f", {finding.message}" if finding.message else "")]
    if finding.hint:
        lines.append(f"  {finding.hint}")
    if finding.share is not None:
        lines.append(f"  check code {check_code(finding.share.text.encode())}: compare it with the sheet")
    return [*map(Kept, lines)]


class Alone(Typing):
    """Sheets that are looked at one by one, and go onto no pile."""

    def __init__(self, known: Known | None) -> None:
        super().__init__(Pile(known))
        self.help = HELP_ALONE

    def _add(self, text: str) -> list[str]:
        return self._told(text)

    def _dropped(self, name: str) -> str:
        raise UsageError("nothing is taken back here", "Each sheet is looked at alone: read it once more.")


class Sitting(Typing):
    """A recovery: words, codes, lines and files from several people in any order, over a session.

    `read` takes a file that somebody names, and says what could not be read.
    """

    def __init__(self, session: Session, read: Callable[[str], Iterable[str]]) -> None:
        super().__init__(session.pile)
        self.help = (*HELP_RECOVERY, *(HELP_ARRIVAL if session.ask else ()))
        self.session = session
        self._read = read

    @property
    def place(self) -> str:
        """What is asked now: how a sheet came, or else a word."""
        return self.session.question or super().place

    @property
    def finished(self) -> bool:
        """Whether it is worth trying to recover, and nothing is left to be asked."""
        return self.pile.status.complete and not self.session.asking

    def line(self, text: str) -> list[str]:
        """Take one line, as typed; what to tell."""
        command, _, rest = text.strip().partition(" ")
        if command.lower() == "allow" and rest.strip():
            return self._allow(rest.strip())
        if self.session.asking and command.lower() not in ("hold", "status", "help", "drop", "done"):
            return self._answer(text)
        if command.lower() == "read" and rest.strip():
            return self._file(_path(rest) or rest.strip())
        path = None if self._is_typing(text) else _path(text)
        return super().line(text) if path is None else self._file(path)

    def _may_be_words(self, text: str) -> bool:
        return not self.session.asking and not _may_name_file(text) and super()._may_be_words(text)

    def _names(self) -> tuple[str, ...]:
        return (*super()._names(), "allow", "read")

    def _is_typing(self, text: str) -> bool:
        """Whether a line is a command, or words of the list: then it names no file, though there may be one."""
        words = typed_words(text.strip())
        typed = bool(words) and all(word.plausible for word in words or ())
        return typed or text.strip().lower() in self._commands()

    def _commands(self) -> dict[str, Callable[[], list[str]]]:
        return super()._commands() | {"status": self._missing}

    def _told(self, text: str) -> list[str]:
        return [line for finding in self.session.add(text, "typed") for line in tell(finding)]

    def _answer(self, text: str) -> list[str]:
        try:
            self.session.answer(text)
        except UsageError as error:
            return [f"{error.message}. {error.hint}"]
        return []

    def _allow(self, name: str) -> list[str]:
        try:
            found = self.session.allow(name)
        except UsageError as error:
            return [f"{error.message}. {error.hint}"]
        return [Kept(f"{name} may be used; the report says so."), *(line for one in found for line in tell(one))]

    def _file(self, path: str) -> list[str]:
        before = len(self.pile.findings)
        problems = [*self._read(path)]
        return [
            *(line for finding in self.pile.findings[before:] for line in tell(finding)),
            *map(Kept, problems),
            *self._status(),
        ]

    def _missing(self) -> list[str]:
        return [*map(Kept, self.session.missing)]

    def _drop(self) -> list[str]:
        """Begin the sheet again; one of which it is being asked how it came is taken away."""
        if self.session.asking and len(self.session.asking[0]) == 1:
            return self._drop_sheet(check_code(self.session.asking[0][0].text.encode()))
        return super()._drop()

    def _dropped(self, name: str) -> str:
        return self.session.drop(name)

    def _finish(self) -> list[str]:
        while self.session.asking:
            self.session.answer("")
        return super()._finish()


def _path(text: str) -> str | None:
    """The file that a line names, as typed or as a file manager drops it there; None if there is no such file."""
    names = [text.strip()]
    with contextlib.suppress(ValueError):  # a quotation mark that is part of something else
        names += shlex.split(text)[:1] if len(shlex.split(text)) == 1 else []
    return next((name for name in names if "\0" not in name and len(name) < 4096 and os.path.isfile(name)), None)


def _may_name_file(text: str) -> bool:
    """Whether a line that is being typed begins the name of a file here, with a space in it."""
    if " " not in text or "\0" in text:
        return False
    with contextlib.suppress(OSError):
        return any(name.startswith(text.lstrip()) for name in os.listdir())
    return False

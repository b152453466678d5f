"""The prompt at which sheets are typed: words, codes and lines, each checked as soon as it is there."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.output import create_output

from rootescrow.ceremony.session import Session
from rootescrow.cli import terminal
from rootescrow.codes import check_code
from rootescrow.errors import ShareError, UsageError, WordError
from rootescrow.pile import Finding, Pile
from rootescrow.shamir.words import WORDS, completions, parse_words
from rootescrow.texts import Word, typed_words
from rootescrow.torn import MAX_SEARCHED, MAX_SOLVED, SHARE_WORDS, UNREADABLE

HELP = (
    "Type or paste the words of a sheet, its envelope codes or its lines; four letters of a word are enough.\n"
    "  back: take the last word away   drop: begin this sheet again   status: what is missing   done: go on\n"
    "  ?: a word that cannot be read; up to three can be found, and up to five with the escrow folder"
)


HELP_RECOVERY = (
    "Type or paste the words of a sheet, its envelope codes or its lines; four letters of a word are enough.\n"
    "  read FILE: take a scan or text file (its name alone will do)\n"
    "  back: take the last word away   drop: begin this sheet again   done: go on\n"
    "  ?: a word that cannot be read; up to three can be found, and up to five with the escrow folder\n"
    "  status: what is missing, and whom to call   hold: blank the screen while people travel\n"
    "  allow SHEET: use a void sheet, if the arbitrator lets you"
)
HELP_ARRIVAL = (
    "After each sheet: did it come by b (bag), p (photo), t (telephone) or o (other)? Add who brought it: b Ada Example"
)
_BLANK = "\x1b[H\x1b[2J\x1b[3J"
"""Clears the screen, and what had scrolled off it (xterm's, which Linux consoles and common terminals know)."""


class Typing:
    """What was typed so far of one share, over a pile. No terminal in here: lines in, replies out."""

    def __init__(self, pile: Pile) -> None:
        self.pile = pile
        self.done = False
        self._words: list[str] = []

    @property
    def place(self) -> str:
        """Where the typist is: "word 12 of 33"."""
        return f"word {len(self._words) + 1} of {SHARE_WORDS}"

    def line(self, text: str) -> list[str]:
        """Take one line, as typed; what to tell the typist."""
        text = text.strip()
        commands = self._commands()
        if text.lower() in commands:
            return [*commands[text.lower()]()]
        words = typed_words(text)
        return self._add(text) if words is None else self._take_words(words)

    def _commands(self) -> dict[str, Callable[[], list[str]]]:
        return {"back": self._back, "drop": self._drop, "status": self._status, "done": self._finish, "": list}

    def _take_words(self, words: Sequence[Word]) -> list[str]:
        """Add the words of a line: all of them or, if one is not in the list or out of turn, those before it."""
        told: list[str] = []
        wrong: list[str] = []
        sheets = False
        for done, word in enumerate(words):
            number = word.typed.partition(" ")[0]
            if number and int(number) != len(self._words) + 1:
                wrong = [f"The number {number} stands where {self.place} should.", "  Is one left out, or there twice?"]
            elif word.unreadable:
                self._words.append(UNREADABLE)
                told += self._too_many(self._words.count(UNREADABLE))
            elif word.index is None:
                wrong = [f"{self.place} is not in the word list.", f"  {_nearest(word)}"]
            else:
                self._words.append(WORDS[word.index])
            if wrong:
                if done:
                    wrong[0] += f" The {done} before it were taken."
                break
            if len(self._words) == SHARE_WORDS:
                share, self._words = " ".join(self._words), []
                told += self._told(share)
                sheets = True
        return told + wrong + (self._status() if sheets else [])

    def _too_many(self, unreadable: int) -> list[str]:
        """Say at once where going on with a sheet is of no use, not after 33 words."""
        if unreadable == MAX_SEARCHED + 1 or (unreadable == MAX_SOLVED + 1 and self.pile.known is None):
            said = f"{unreadable} words that cannot be read are too many" + (
                "." if unreadable > MAX_SEARCHED else " without the escrow folder (--escrow)."
            )
            return [said, "  Use another sheet of the group, or its share code; drop begins again."]
        return []

    def _add(self, text: str) -> list[str]:
        return self._told(text) + self._status()

    def _told(self, text: str) -> list[str]:
        return [line for finding in self.pile.add(text, "typed") for line in _told(finding)]

    def _back(self) -> list[str]:
        if self._words:
            self._words.pop()
        return [f"Next is {self.place}."]

    def _drop(self) -> list[str]:
        self._words = []
        return [f"Next is {self.place}."]

    def _status(self) -> list[str]:
        return [str(self.pile.status)]

    def _finish(self) -> list[str]:
        self.done = True
        left = len(self._words)
        self._words = []
        return [f"{left} words of an unfinished sheet were left out."] if left else []


def _nearest(word: Word) -> str:
    try:
        parse_words(word.typed.split()[-1])
    except (WordError, ShareError) as error:
        return error.hint
    return "Compare it with the sheet, letter by letter."


def _told(finding: Finding) -> list[str]:
    lines = [f"{finding.name}: {finding.verdict}" + (f", {finding.message}" if finding.message else "")]
    if finding.hint:
        lines.append(f"  {finding.hint}")
    if finding.share is not None:
        lines.append(f"  check code {check_code(finding.share.text.encode())}: compare it with the sheet")
    return lines


class Sitting(Typing):
    """A recovery: words, codes, lines and files from several people in any order, over a session.

    `read` takes a file that somebody names, and says what could not be read. `held` is set where the screen is to be
    blanked.
    """

    def __init__(self, session: Session, read: Callable[[str], Iterable[str]]) -> None:
        super().__init__(session.pile)
        self.session = session
        self.held = False
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
        if self.session.asking and text.strip().lower() not in ("hold", "status", "done"):
            return self._answer(text)
        if command.lower() == "read" and rest.strip():
            return self._file(_path(rest) or rest.strip())
        path = None if self._is_typing(text) else _path(text)
        return super().line(text) if path is None else self._file(path)

    def _is_typing(self, text: str) -> bool:
        """Whether a line is a command, or words of the list: then it names no file, though there may be one."""
        words = typed_words(text.strip())
        typed = bool(words) and all(word.plausible for word in words or ())
        return typed or text.strip().lower() in self._commands()

    def _commands(self) -> dict[str, Callable[[], list[str]]]:
        return super()._commands() | {"status": self._missing, "hold": self._hold}

    def _told(self, text: str) -> list[str]:
        return [line for finding in self.session.add(text, "typed") for line in _told(finding)]

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
        return [f"{name} may be used; the report says so.", *(line for finding in found for line in _told(finding))]

    def _file(self, path: str) -> list[str]:
        before = len(self.pile.findings)
        problems = [*self._read(path)]
        return [
            *(line for finding in self.pile.findings[before:] for line in _told(finding)),
            *problems,
            *self._status(),
        ]

    def _missing(self) -> list[str]:
        return [*self.session.missing]

    def _hold(self) -> list[str]:
        self.held = True
        return []

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


class _Words(Completer):
    """Completes the word before the cursor from the list."""

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        typed = document.get_word_before_cursor()
        if typed:
            yield from (Completion(word + " ", start_position=-len(typed)) for word in completions(typed))


def new_session(
    *, complete: bool = True, interrupt: type[BaseException] = KeyboardInterrupt, end: type[BaseException] = EOFError
) -> PromptSession[str]:
    """A prompt that erases what was typed from the screen and keeps no history; `complete` offers words of the list.

    It raises `interrupt` for Ctrl-C, and `end` for Ctrl-D or where the terminal is gone.
    """
    return PromptSession(
        completer=_Words() if complete else None,
        history=DummyHistory(),
        erase_when_done=True,
        output=create_output(stdout=sys.stderr),
        interrupt_exception=interrupt,
        eof_exception=end,
    )


def type_onto(pile: Pile) -> bool:
    """Let somebody type until the pile is complete and something is new in it, or he is done; whether he is not.

    What was typed is erased from the screen line by line, and no history is kept. Ctrl-C and Ctrl-D interrupt.
    """
    typing = Typing(pile)
    session = new_session()
    terminal.note(HELP)
    terminal.note(str(pile.status))
    before = len(pile.findings)
    while not typing.done and not (pile.status.complete and len(pile.findings) > before):
        for reply in typing.line(session.prompt(lambda: f"{typing.place}> ")):
            terminal.note(reply)
    return not typing.done


def sit(session: Session, read: Callable[[str], Iterable[str]]) -> bool:
    """Let people bring sheets until the pile is complete and something is new in it, or they are done; whether not.

    As `type_onto`, for a recovery. Ctrl-C and Ctrl-D ask first: an hour's typing must not go by one key.
    """
    sitting = Sitting(session, read)
    prompt = new_session(interrupt=_InterruptedError, end=_InterruptedError)
    terminal.note(HELP_RECOVERY)
    if session.ask:
        terminal.note(HELP_ARRIVAL)
    terminal.note(str(session.pile.status))
    before = len(session.pile.findings)
    while not sitting.done and not (sitting.finished and len(session.pile.findings) > before):
        for reply in sitting.line(_ask(prompt, lambda: f"{sitting.place}> ")):
            terminal.note(reply)
        if sitting.held:
            sitting.held = False
            _hold(prompt)
            terminal.note(str(session.pile.status))
    return not sitting.done


class _InterruptedError(Exception):
    """Ctrl-C or Ctrl-D at the prompt; a signal from outside is still KeyboardInterrupt."""


def _ask(prompt: PromptSession[str], question: Callable[[], str]) -> str:
    """A line, as typed. Raises KeyboardInterrupt if somebody wants to end, and means it."""
    while True:
        try:
            return prompt.prompt(question)
        except _InterruptedError:
            terminal.note("End here? All that was typed is then forgotten, and nothing is left behind.")
        try:
            prompt.prompt("Enter goes on; Ctrl-C again ends> ")
        except _InterruptedError:
            raise KeyboardInterrupt from None


def _hold(prompt: PromptSession[str]) -> None:
    """Blank the screen until somebody presses Enter. What was typed so far is in memory alone."""
    click.echo(_BLANK, nl=False, err=True)
    terminal.note(f"Held since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. Do not switch off; two people stay here.")
    _ask(prompt, lambda: "Enter goes on> ")
    click.echo(_BLANK, nl=False, err=True)

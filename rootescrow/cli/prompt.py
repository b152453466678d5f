"""The prompt at which sheets are typed: words, codes and lines, each checked as soon as it is there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.output import create_output

from rootescrow.cli import terminal
from rootescrow.codes import check_code
from rootescrow.errors import ShareError, WordError
from rootescrow.pile import Finding, Pile
from rootescrow.shamir.words import WORDS, completions, parse_words
from rootescrow.texts import SHARE_WORDS, Word, typed_words

HELP = (
    "Type or paste the words of a sheet, its envelope codes or its lines; four letters of a word are enough.\n"
    "  back: take the last word away   drop: begin this sheet again   status: what is missing   done: go on"
)


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
        commands = {"back": self._back, "drop": self._drop, "status": self._status, "done": self._finish, "": list}
        if text.lower() in commands:
            return [*commands[text.lower()]()]
        words = typed_words(text)
        return self._add(text) if words is None else self._take_words(words)

    def _take_words(self, words: Sequence[Word]) -> list[str]:
        """Add the words of a line: all of them or, if one is not in the list or out of turn, those before it."""
        told: list[str] = []
        wrong: list[str] = []
        for done, word in enumerate(words):
            number = word.typed.partition(" ")[0]
            if number and int(number) != len(self._words) + 1:
                wrong = [f"The number {number} stands where {self.place} should.", "  Is one left out, or there twice?"]
            elif word.index is None:
                wrong = [f"{self.place} is not in the word list.", f"  {_nearest(word)}"]
            else:
                self._words.append(WORDS[word.index])
                if len(self._words) == SHARE_WORDS:
                    share, self._words = " ".join(self._words), []
                    told += self._told(share)
                continue
            if done:
                wrong[0] += f" The {done} before it were taken."
            break
        return told + wrong + (self._status() if told else [])

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


class _Words(Completer):
    """Completes the word before the cursor from the list."""

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        typed = document.get_word_before_cursor()
        if typed:
            yield from (Completion(word + " ", start_position=-len(typed)) for word in completions(typed))


def new_session(*, complete: bool = True) -> PromptSession[str]:
    """A prompt that erases what was typed from the screen and keeps no history; `complete` offers words of the list."""
    return PromptSession(
        completer=_Words() if complete else None,
        history=DummyHistory(),
        erase_when_done=True,
        output=create_output(stdout=sys.stderr),
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

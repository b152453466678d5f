"""The prompt at which sheets are typed: words, codes and lines, each checked as soon as it is there.

What is said stands in `typed`; here is the terminal. While somebody types, the alternate screen is shown: no word
stays on the normal one, in what scrolls off it, in a history or in a file.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import create_output

from rootescrow.ceremony.session import Session
from rootescrow.cli import screen, terminal
from rootescrow.cli.typed import Kept, Look, Sitting, Typing
from rootescrow.pile import Pile
from rootescrow.shamir.words import completions

_KEYS = "Tab: complete   Enter: take   Or type: back show drop status hold help done"
"""Under the prompt as long as nothing else is to be said."""
_WIDTH = 78
"""Letters in a line there, where the terminal has room for them."""


class _Words(Completer):
    """Completes the word before the cursor from the list, from its first letter on."""

    def __init__(self, typing: Typing) -> None:
        self._typing = typing

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        typed = document.get_word_before_cursor()
        if typed and self._typing.completing(document.text_before_cursor):
            yield from (Completion(word + " ", start_position=-len(typed)) for word in completions(typed))


def new_session(
    typing: Typing | None = None,
    *,
    interrupt: type[BaseException] = KeyboardInterrupt,
    end: type[BaseException] = EOFError,
) -> PromptSession[str]:
    """A prompt that erases what was typed from the screen and keeps no history; with `typing` it says what is wrong.

    It raises `interrupt` for Ctrl-C, and `end` for Ctrl-D or where the terminal is gone.
    """
    session: PromptSession[str] = PromptSession(
        completer=None if typing is None else _Words(typing),
        complete_while_typing=True,
        history=DummyHistory(),
        erase_when_done=True,
        output=create_output(stdout=sys.stderr),
        interrupt_exception=interrupt,
        eof_exception=end,
    )
    if typing is not None:
        live = _Live(typing, session)
        session.message = lambda: f"{live.look.place}> "
        session.bottom_toolbar = live.said
        session.key_bindings = live.keys()
    return session


class _Live:
    """What is said and done while somebody types a line."""

    def __init__(self, typing: Typing, session: PromptSession[str]) -> None:
        self._typing = typing
        self._session = session
        self._refused = ""
        """The line as it was when a space after it was refused."""

    @property
    def look(self) -> Look:
        """What to say of the line as it is now."""
        text = self._session.default_buffer.text
        return self._typing.look(text + " " if text and text == self._refused else text)

    def said(self) -> str:
        """What stands under the prompt."""
        width = max(1, min(_WIDTH, self._session.output.get_size().columns - 1))
        return textwrap.fill(self.look.said or _KEYS, width, break_on_hyphens=False)

    def keys(self) -> KeyBindings:
        """A space after a wrong word is refused; after the last word of a sheet it takes it, as a paste of all does."""
        keys = KeyBindings()

        @keys.add(" ")
        def space(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            at_end = buffer.document.is_cursor_at_the_end
            look = self._typing.look(buffer.text + " ") if at_end else Look("")
            if look.refused:
                self._refused = buffer.text
                event.app.output.bell()
                return
            buffer.insert_text(" ")
            if look.full:
                buffer.validate_and_handle()

        @keys.add(Keys.BracketedPaste)
        def paste(event: KeyPressEvent) -> None:
            pasted = event.data.replace("\r\n", "\n").replace("\r", "\n")
            buffer = event.current_buffer
            buffer.insert_text(pasted)
            if "\n" in pasted or self._typing.look(buffer.text + " ").full:
                buffer.validate_and_handle()

        @keys.add("tab")
        def tab(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            typed = buffer.document.get_word_before_cursor()
            offered = completions(typed) if self._typing.completing(buffer.document.text_before_cursor) else ()
            if len(offered) == 1:
                buffer.delete_before_cursor(len(typed))
                buffer.insert_text(offered[0])
            elif buffer.complete_state:
                buffer.complete_next()
            elif offered:
                buffer.start_completion()

        @keys.add("c-z")
        def stop(event: KeyPressEvent) -> None:
            """Nothing: see `screen.alternate`."""

        return keys


def type_onto(pile: Pile) -> bool:
    """Let somebody type until the pile is complete and something is new in it, or he is done; whether he is not.

    Ctrl-C and Ctrl-D interrupt.
    """
    typing = Typing(pile)
    before = len(pile.findings)
    converse(typing, lambda: pile.status.complete and len(pile.findings) > before, str(pile.status))
    return not typing.done


def sit(session: Session, read: Callable[[str], Iterable[str]]) -> bool:
    """Let people bring sheets until the pile is complete and something is new in it, or they are done; whether not.

    As `type_onto`, for a recovery. Ctrl-C and Ctrl-D ask first: an hour's typing must not go by one key.
    """
    sitting = Sitting(session, read)
    pile = session.pile
    before = len(pile.findings)
    converse(sitting, lambda: sitting.finished and len(pile.findings) > before, str(pile.status), careful=True)
    return not sitting.done


def converse(typing: Typing, enough: Callable[[], bool], status: str = "", *, careful: bool = False) -> None:
    """Let somebody type on the alternate screen until there is enough, or he says that he is done.

    `careful`: Ctrl-C and Ctrl-D ask first; else they interrupt.
    """
    with screen.alternate():
        prompt = new_session(typing, interrupt=_InterruptedError, end=_InterruptedError)
        screen.passing("\n".join(typing.help))
        if status:
            terminal.note(status)
        while not typing.done and not enough():
            replies = typing.line(_ask(prompt, careful=careful))
            if typing.stale():
                screen.wipe()
            for reply in replies:
                (terminal.note if isinstance(reply, Kept) else screen.passing)(reply)
            if typing.held:
                typing.held = False
                _hold(careful=careful)
                screen.passing("\n".join(typing.help))


class _InterruptedError(Exception):
    """Ctrl-C or Ctrl-D at the prompt; a signal from outside is still KeyboardInterrupt."""


def _ask(prompt: PromptSession[str], *, careful: bool) -> str:
    """A line, as typed. Raises KeyboardInterrupt if somebody wants to end and, where that is asked, means it."""
    while True:
        try:
            return prompt.prompt()
        except _InterruptedError:
            if not careful:
                raise KeyboardInterrupt from None
        screen.passing("End here? All that was typed is then forgotten, and nothing is left behind.")
        try:
            new_session(interrupt=_InterruptedError, end=_InterruptedError).prompt("Enter goes on; Ctrl-C again ends> ")
        except _InterruptedError:
            raise KeyboardInterrupt from None


def _hold(*, careful: bool) -> None:
    """Blank the screen until somebody presses Enter. What was typed so far is in memory alone."""
    screen.wipe()
    screen.passing(f"Held since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. Do not switch off; two people stay here.")
    held = new_session(interrupt=_InterruptedError, end=_InterruptedError)
    held.message = "Enter goes on> "
    _ask(held, careful=careful)
    screen.wipe()

"""`rootescrow confirm`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import click

from rootescrow.ceremony.confirm import Confirmation, Outcome, Result
from rootescrow.ceremony.recover import PageReport
from rootescrow.cli import screen, terminal
from rootescrow.cli import sources as reading
from rootescrow.cli.prompt import converse, new_session
from rootescrow.cli.typed import Alone
from rootescrow.errors import EscrowError, FileError, IntegrityError, MalformedError, PaperError, UsageError
from rootescrow.register import folder
from rootescrow.register.events import ENVELOPE, How
from rootescrow.register.register import Register

_AGAIN = "That is not it. Once more, as it is printed."


@click.command("confirm", short_help="Read every printed sheet back from its paper.")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.argument("sources", nargs=-1, metavar="[SOURCE…]")
@click.option("--by", default="", metavar="TEXT", help="Who was in the room, for the journal.")
def command(escrow: Path, sources: tuple[str, ...], by: str) -> None:
    """Read every printed sheet back from its paper: all of them, not a quorum. Nothing is combined.

    SOURCE is a scan of the paper (PDF, PNG, JPEG, WebP, TIFF) or a text file that a hand-held scanner or somebody
    typed; - is standard input. Without any there is a prompt: for a hand-held scanner, or to type all the words.

    A code that scans does not prove the words beside it. So have the paper at hand: of each sheet that was scanned you
    are asked for three words. A sheet whose words were all typed needs no questions. Each sheet stands in the journal
    as soon as it is confirmed; what is left can be confirmed later. An empty answer leaves a sheet for later.

    Exit status: 5 if a sheet was wrong; 0 if none was, though sheets may be left.

    \b
    Example:
      rootescrow confirm escrow-1/escrow scan.pdf --by 'Ada Example, Bo Example'
    """
    folder.check_master(escrow)
    interactive = terminal.is_interactive()
    if not sources and not interactive:
        raise UsageError("there is no terminal to type at", "Name the scans or text files, or - for standard input.")
    person = _AtTerminal() if interactive and "-" not in sources else _Nobody()
    sitting = Confirmation(
        folder.load(escrow),
        folder.load_register(escrow),
        person,
        lambda event: folder.append(escrow, event, now=datetime.now(UTC)),
        by=by,
    )
    for line in _left(sitting.register):
        terminal.note(line)
    with screen.alternate() if interactive else nullcontext():
        outcomes = [outcome for source in sources for outcome in _read(sitting, source)]
        if not sources:
            _type(sitting)
    # A cover has nothing to read either: a page without anything matters only where something is left.
    pages = (page for page in sitting.problems if page.texts or sitting.register.to_confirm)
    reading.tell_pages(PageReport(page, ()) for page in pages)
    for line in _left(sitting.register):
        terminal.result(line)
    terminal.result(f"Journal head: {sitting.register.journal.head}")
    errors = list(_errors(sitting, outcomes))
    if isinstance(person, _Nobody) and person.asked:
        errors.append(
            UsageError(
                "there is no terminal to ask for words at, so what was scanned is not confirmed",
                "Run it at a terminal, with the sheets at hand, and name the files.",
            )
        )
    for error in errors[1:]:
        terminal.note(f"{error.message}\n  {error.hint}")
    if errors:
        raise errors[0]


def _read(sitting: Confirmation, source: str) -> list[Outcome]:
    """Read one source, and tell what becomes of each thing on it at once, while its paper is at hand."""
    outcomes, failed = [], len(sitting.failures)
    with ExitStack() as stack:
        try:
            stream = sys.stdin.buffer if source == "-" else stack.enter_context(Path(source).open("rb"))
        except OSError as error:
            hint = "Check the name and who may read it."
            sitting.failures.append(FileError(f"cannot read {source}: {error.strerror}", hint))
            return []
        for outcome in sitting.read(stream, "standard input" if source == "-" else source):
            outcomes.append(outcome)
            _tell(outcome)
    if not outcomes and len(sitting.failures) == failed:
        hint = "Scan the pages that have codes, at 300 dpi; or type the words."
        sitting.failures.append(PaperError(f"{source}: nothing of a sheet was found", hint))
    return outcomes


def _left(register: Register) -> Iterator[str]:
    """What is confirmed and what is not."""
    sheets = [sheet for sheet in register.sheets if sheet.counts]
    left = register.to_confirm
    yield f"Escrow {register.record.escrow_id}: {register.state}"
    done = sum(sheet.confirmed is not None for sheet in sheets)
    yield f"{done} of {len(sheets)} sheets are confirmed" + (", the envelope is not" if ENVELOPE in left else "")
    who = {sheet.name: sheet.holder.person or sheet.holder.office for sheet in sheets}
    for name in left:
        yield f"  left: {name}" + (f" ({who[name]})" if who.get(name) else "")


def _tell(outcome: Outcome) -> None:
    terminal.result(str(outcome))
    if outcome.hint:
        terminal.note(f"  {outcome.hint}")


def _errors(sitting: Confirmation, outcomes: Iterable[Outcome]) -> Iterator[EscrowError]:
    """What went wrong, the worst first: a sheet, then a file that cannot be read, then words that are no share."""
    if sitting.wrong:
        yield IntegrityError(
            f"not confirmed: {', '.join(sitting.wrong)}",
            "Nothing counts until every sheet is confirmed. What to do with these stands above.",
        )
    yield from sitting.failures
    unreadable = sum(outcome.result is Result.UNREADABLE for outcome in outcomes)
    if unreadable:
        yield MalformedError(
            f"{unreadable} of the texts could not be understood", "What is wrong with each stands above."
        )


class _Nobody:
    """Where there is no terminal: everything that would have to be asked is left for later."""

    asked = False

    def word(self, sheet: str, number: int, *, again: bool) -> str | None:
        """No answer."""
        self.asked = True
        return None

    def copy(self, names: Sequence[str]) -> str | None:
        """No answer."""
        self.asked = True
        return None


class _AtTerminal:
    """Whoever sits at the terminal."""

    def __init__(self) -> None:
        self._session = new_session()

    def word(self, sheet: str, number: int, *, again: bool) -> str | None:
        """Ask for one word of the page."""
        if again:
            terminal.note(_AGAIN)
        return self._session.prompt(f"{sheet}: word {number} on the page> ").strip() or None

    def copy(self, names: Sequence[str]) -> str | None:
        """Ask for the title of the page, or for the number in it."""
        terminal.note(f"These sheets are copies of one share: {', '.join(names)}.")
        while answer := self._session.prompt("Which of them is this, by its title> ").strip().casefold():
            for name in names:
                if answer in (name.casefold(), name.rpartition("/")[2]):
                    return name
            terminal.note(_AGAIN)
        return None


class _Lines(Alone):
    """What is typed at the prompt, by a hand-held scanner or a person. Only a scanner types all words in one line."""

    def __init__(self, sitting: Confirmation) -> None:
        super().__init__(sitting.register.known)
        self._sitting = sitting
        self._by_hand = False

    def line(self, text: str) -> list[str]:
        """Take one line, as typed; what to tell."""
        self._by_hand = bool(self._words)
        return super().line(text)

    def _told(self, text: str) -> list[str]:
        how = How.TYPED if self._by_hand else How.SCANNER
        self._by_hand = False
        for outcome in self._sitting.take(text, how):
            _tell(outcome)
        return []

    def _too_many(self, unreadable: int) -> list[str]:
        return ["A sheet with a word that cannot be read is not confirmed: print it again."] if unreadable == 1 else []

    def _status(self) -> list[str]:
        return [*_left(self._sitting.register)]


def _type(sitting: Confirmation) -> None:
    """Let a scanner or a person type until everything is confirmed, or the person says that he is done."""
    converse(_Lines(sitting), lambda: not sitting.register.to_confirm)

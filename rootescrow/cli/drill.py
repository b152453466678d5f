"""`rootescrow drill`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rootescrow.ceremony.drill import Person, Sitting
from rootescrow.ceremony.drilled import Bag, Drilled, Result, Sight, next_day, paper_name
from rootescrow.ceremony.papers.drill import DrillPaper, draw_drill, unseen_longest
from rootescrow.ceremony.today import look
from rootescrow.cli import options, state, terminal, verdicts
from rootescrow.errors import (
    EscrowError,
    FileError,
    IntegrityError,
    MalformedError,
    PaperError,
    PassphraseError,
    UsageError,
    WrongPassphraseError,
)
from rootescrow.paper.layout import Paper
from rootescrow.passphrase import Passphrase
from rootescrow.policy import MAX_TEXT_CHARS
from rootescrow.register import folder
from rootescrow.register.events import AnyEvent, Note, Seal
from rootescrow.register.pending import Pending
from rootescrow.register.register import Register

if TYPE_CHECKING:
    from rootescrow.ceremony.opening import Exercise, Opening  # loads the search for a quorum, and a drill has none

_SEALS = {"w": Seal.WHOLE, "o": Seal.OPENED, "m": Seal.MISSING}
_TRIES = 3
"""Times that a passphrase is asked for at the terminal, as openssl and login do."""
_UNSEEN = 3
"""Sheets unseen longest that are told on the screen; the paper has all."""


@click.command("drill", short_help="Look at sheets, bags and envelopes, each by itself: once a year.")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.argument("sources", nargs=-1, metavar="[SOURCE…]")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder for the report.")
@click.option(
    "--bag", "bags", multiple=True, metavar="ITEM=SEAL:NEW", help="What the bag was, and the new one. Repeatable."
)
@click.option("--seen", multiple=True, metavar="ITEM=SEAL", help="A bag that was looked at, not opened. Repeatable.")
@click.option(
    "--medium", "media", multiple=True, metavar="NAME=FOLDER", help="A medium, and where it is now. Repeatable."
)
@click.option("--by", default="", metavar="TEXT", help="Who is in the room.")
@click.option("--next", "following", type=click.DateTime(["%Y-%m-%d"]), help="Next drill. Else: 360 days from today.")
@click.option("--no-journal", is_flag=True, help="Print the line, to be added later to the master's journal.")
@click.option("--paper", type=click.Choice([one.value for one in Paper]), default=Paper.A4.value, show_default=True)
@click.option("--open", "to_open", is_flag=True, help="Then let a quorum open the envelope, in memory only.")
@click.option("--case", default="", metavar="TEXT", help="The arbitrator's case, for --open.")
@click.option("--arbitrator", default="", metavar="TEXT", help="The arbitrator, for --open.")
@click.option("--check-passphrase", is_flag=True, help="Prove that the passphrase opens the key, for --open.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="Its first line. Else: its sheets, or asked.")
@options.language("the record's")
def command(
    escrow: Path,
    sources: tuple[str, ...],
    out: Path,
    bags: tuple[str, ...],
    seen: tuple[str, ...],
    media: tuple[str, ...],
    by: str,
    following: datetime | None,
    no_journal: bool,
    paper: str,
    to_open: bool,
    case: str,
    arbitrator: str,
    check_passphrase: bool,
    passphrase_file: Path | None,
    language: str,
) -> None:
    """Look at sheets, bags and envelopes, each by itself and by the register's hashes. Nothing is combined.

    SOURCE is a scan of paper, a text file that a hand-held scanner or somebody typed, an envelope file, or the folder
    of a medium; - is standard input. Without any there is a prompt. Not all sheets need to be read: a bag that is whole
    is told with --seen, and need not be opened. SEAL is whole, opened or missing; at a terminal you are asked.

    A report goes to the folder --out, with lines to sign, and one line to the journal. With --open, which needs the
    arbitrator's case, a quorum then opens the envelope in memory, and nothing of it is written.

    Exit status: 5 if anything was wrong, void or not there; report and journal are written all the same.

    \b
    Examples:
      rootescrow drill escrow-1/escrow scan.pdf --out drill-2027 --by 'Ada Example, Bo Example' \\
        --bag Board/2=whole:A0099 --seen Board/3=whole --medium 'USB stick 1=/media/usb1'
      rootescrow drill escrow-1/escrow scans.pdf --out drill-2027 --open --case a20271123.1
    """
    now = datetime.now(UTC)
    next_drill = next_day(now.date(), following.date() if following else None)
    _check_options(to_open, case, arbitrator, check_passphrase, passphrase_file)
    if not no_journal:
        folder.check_master(escrow)
    opened, before = folder.load(escrow), look(escrow, now.date())
    register = before.register
    interactive = terminal.is_interactive()
    if not (sources or seen or media or interactive):
        raise UsageError("there is no terminal to type at", "Name scans, text files or media, or bags with --seen.")
    opening = _opening(out, opened, register, case, arbitrator) if to_open else None
    person: Person = _AtTerminal() if interactive and "-" not in sources else _Nobody()
    if interactive and not by.strip():
        by = click.prompt("Who is in the room", default="", show_default=False, err=True)
    _check_there(sources)
    bags_said, seen_said = (dict(map(Bag.parse, said)) for said in (bags, seen))
    also = opening.add if opening else None
    sitting = Sitting(opened, register, person, bags=bags_said, seen=seen_said, by=by, also=also)
    terminal.note(f"Record's check code: {register.record.check_code} (compare it with the one on a sheet)")
    _tell(sitting.own)
    _read(sitting, sources, media)
    if not (sources or seen or media):
        _type(sitting)
    drilled = sitting.finish(next_drill)
    exercise, unopened = None, None
    if opening is not None:
        exercise, unopened = _exercise(opening, sitting, passphrase_file, next_drill, check_passphrase=check_passphrase)
    events: list[AnyEvent] = [drilled.event, *([exercise.event] if exercise else [])]
    if unopened is not None:
        why = f"drill under case {case.strip()}: the envelope was not opened: {unopened.message}"
        events.append(Note.of(why[:MAX_TEXT_CHARS]))
    lines = _pending(events, register, now) if no_journal else ()

    def papers(after: Register) -> dict[str, bytes]:
        told = DrillPaper(
            register=after,
            head=register.journal.head if no_journal else after.journal.head,
            drilled=drilled,
            today=now.date(),
            opened=exercise,
            unopened=unopened.message if unopened else "",
            pending=tuple(line.check_code for line in lines),
            language=language or after.record.language,
        )
        return {paper_name(after, now.date()): draw_drill(told, Paper(paper))}

    if no_journal:
        after = register.after(*events, now=now)
        for name, pdf in papers(after).items():
            folder.write_paper(out, name, pdf)
    else:
        after = folder.append(escrow, *events, now=now, out=out, papers=papers)
    _tell_end(sitting, drilled, exercise, after)
    verdicts.tell_rules_since(before, after)
    terminal.result(f"Report: {out / paper_name(after, now.date())}")
    if no_journal:
        _tell_lines(lines)
    else:
        terminal.result(f"Journal head: {after.journal.head}")
    state.tell(after)
    _raise_worst(sitting, drilled, unopened)


def _check_options(to_open: bool, *of_opening: object) -> None:
    if not to_open and any(of_opening):
        raise UsageError(
            "a case, an arbitrator or a passphrase is for a drill that opens the envelope",
            "Give --open too, or leave them out: a drill combines nothing and needs no authority.",
        )


def _opening(out: Path, opened: folder.Folder, register: Register, case: str, arbitrator: str) -> Opening:
    from rootescrow.ceremony.opening import Opening  # noqa: PLC0415 - it loads the search for a quorum
    from rootescrow.cli import preflight  # noqa: PLC0415 - what rebuilds no secret needs no such machine

    opening = Opening(opened, register, case, arbitrator)
    preflight.warn(out)
    return opening


def _ask(opening: Opening, file: Path | None) -> Callable[[], Passphrase]:
    """How the passphrase is got where its own sheets do not give it. Raises UsageError if nobody could be asked."""
    if file is None and not opening.has_passphrase and not terminal.is_interactive():
        raise UsageError(
            "there is no terminal to ask for the passphrase, and too few of its sheets are among the sources",
            "Give --passphrase-file; /dev/fd/3 reads it from a descriptor.",
        )
    return lambda: terminal.passphrase(file, "the passphrase of the key")


def _exercise(
    opening: Opening, sitting: Sitting, file: Path | None, next_drill: date, *, check_passphrase: bool
) -> tuple[Exercise | None, EscrowError | None]:
    """The exercise; or why the envelope was not opened: what was looked at is written all the same."""
    ask = _ask(opening, file) if check_passphrase or file is not None else None
    tries = _TRIES if ask is not None and file is None and not opening.has_passphrase else 1

    def attempt() -> Exercise:
        return opening.open(ask, right=sitting.right, by=sitting.by, next_drill=next_drill)

    try:
        return _opened(attempt, tries), None
    except (PassphraseError, WrongPassphraseError):
        raise  # most likely mistyped: the same again, and nothing is to be said of it
    except EscrowError as error:
        return None, error


def _opened(attempt: Callable[[], Exercise], tries: int) -> Exercise:
    """Try so often: what was looked at before is not to be lost by a passphrase that was mistyped."""
    while True:
        tries -= 1
        try:
            return attempt()
        except (PassphraseError, WrongPassphraseError) as error:
            if not tries:
                raise
            terminal.note(f"{error.message}\n  {error.hint}")


# Reading.


def _check_there(sources: Iterable[str]) -> None:
    """What is misspelt is told before anybody opens a bag. Raises FileError."""
    for source in sources:
        if source != "-" and not Path(source).exists():
            raise FileError(f"cannot read {source}: there is no such file or folder", "Check the name.")


def _read(sitting: Sitting, sources: Sequence[str], media: Iterable[str]) -> None:
    """Media first: what is printed of the envelope is compared with a right one. All is told at once."""
    for said in media:
        name, _, path = said.partition("=")
        if not path:
            raise UsageError("an option does not say where a medium is", "Write --medium 'USB stick 1=/media/usb1'.")
        _check_there([path])
        _tell_all(sitting.medium(Path(path), name.strip()))
    for source in sorted(sources, key=lambda source: not Path(source).is_dir()):
        if source != "-" and Path(source).is_dir():
            _tell_all(sitting.medium(Path(source)))
        else:
            _read_file(sitting, source)


def _read_file(sitting: Sitting, source: str) -> None:
    before = sitting.read_things
    failed = len(sitting.failures)
    with ExitStack() as stack:
        try:
            stream = sys.stdin.buffer if source == "-" else stack.enter_context(Path(source).open("rb"))
        except OSError as error:
            hint = "Check the name and who may read it."
            sitting.failures.append(FileError(f"cannot read {source}: {error.strerror}", hint))
            return
        _tell_all(sitting.read(stream, "standard input" if source == "-" else source))
    if sitting.read_things == before and len(sitting.failures) == failed:
        hint = "Scan the pages that have codes, at 300 dpi; or type the words."
        sitting.failures.append(PaperError(f"{source}: nothing of an escrow was found", hint))


# Telling.


def _tell_all(sights: Iterable[Sight]) -> None:
    for sight in sights:
        _tell(sight)


def _tell(sight: Sight) -> None:
    terminal.result(str(sight))
    if sight.check_code and sight.item not in ("", sight.name):
        terminal.result(f"  it says that it is {sight.item}; check code of what was shown: {sight.check_code}")
    if sight.hint:
        terminal.note(f"  {sight.hint}")


def _tell_end(sitting: Sitting, drilled: Drilled, exercise: Exercise | None, after: Register) -> None:
    problems: dict[tuple[str, str], list[str]] = {}
    for page in sitting.problems:
        problems.setdefault((page.problem, page.hint), []).append(page.place)
    for (problem, hint), places in problems.items():
        terminal.note(f"{', '.join(places)}: {problem}\n  {hint}")
    for sight in drilled.late:
        _tell(sight)
    for name in drilled.unbagged:
        terminal.note(
            f"{name}: no new bag was named. Put it into one, and tell the register: rootescrow handover, to the same "
            "person"
        )
    if exercise is not None:
        event = exercise.event
        terminal.result(
            f"Opened in memory under case {event.case}, from {', '.join(event.sheets)}; nothing was written."
        )
        terminal.result(f"SHA-256 of the encrypted key (DER): {exercise.encrypted_key_sha256}, that of the record")
        if exercise.proved:
            terminal.result(exercise.proved)
        terminal.result(f"Time taken: {exercise.took}")
    bad = ", ".join(sight.name for sight in drilled.bad) or "nothing"
    terminal.result(f"Looked at: {len(drilled.sights)}. Wrong, void or not there: {bad}.")
    longest = [
        f"{sheet.name} ({sheet.seen.date() if sheet.seen else 'never'})" for sheet in unseen_longest(after)[:_UNSEEN]
    ]
    terminal.result(f"Unseen longest: {', '.join(longest) or 'none'}")
    terminal.result(f"Next drill: {drilled.event.next_drill}")


def _pending(events: Iterable[AnyEvent], register: Register, now: datetime) -> tuple[Pending, ...]:
    return tuple(Pending(event, now.replace(microsecond=0), register.journal.record_sha256) for event in events)


def _tell_lines(lines: Iterable[Pending]) -> None:
    terminal.note("Not in the journal yet. Add this to that of the master folder: rootescrow journal add ESCROW FILE")
    for line in lines:
        click.echo(line.dump(), nl=False)


def _raise_worst(sitting: Sitting, drilled: Drilled, unopened: EscrowError | None) -> None:
    """The worst that was found decides the exit status; the rest is told."""
    errors: list[EscrowError] = [] if unopened is None else [unopened]
    if drilled.bad:
        errors.append(
            IntegrityError(
                f"wrong, void or not there: {', '.join(sight.name for sight in drilled.bad)}",
                "What to do with each stands above, and on the report. Tell the Board, and accuse nobody.",
            )
        )
    errors += sitting.failures
    unreadable = sum(sight.result is Result.UNREADABLE for sight in sitting.notes)
    if unreadable:
        errors.append(
            MalformedError(
                f"{unreadable} of the texts could not be understood", "What is wrong with each stands above."
            )
        )
    for error in errors[1:]:
        terminal.note(f"{error.message}\n  {error.hint}")
    if errors:
        raise errors[0]


# Asking.


class _Nobody:
    """Where there is no terminal: nothing is said but by options."""

    def bag(self, item: str, old: str, check: Callable[[Bag], None]) -> Bag | None:
        """No answer."""
        return None

    def copy(self, names: Sequence[str]) -> str | None:
        """No answer."""
        return None

    def medium(self, source: str, names: Sequence[str]) -> str | None:
        """No answer."""
        return None


class _AtTerminal:
    """Whoever sits at the terminal. An empty answer says nothing."""

    def _asked(self, question: str) -> str:
        from rootescrow.cli.prompt import new_session  # noqa: PLC0415 - loads slowly, and is not always needed

        return new_session().prompt(f"{question}> ").strip()

    def bag(self, item: str, old: str, check: Callable[[Bag], None]) -> Bag | None:
        """What the old bag was found to be, then the number of the new one."""
        while answer := self._asked(f"{item}: bag {old or 'without a known number'}: whole, opened or missing"):
            seal = _SEALS.get(answer[0].casefold())
            if seal is None or not seal.value.startswith(answer.casefold()):
                terminal.note("Say w (whole), o (opened) or m (missing).")
                continue
            try:
                bag = Bag(seal, self._asked(f"{item}: number of its new bag"))
                check(bag)
            except EscrowError as error:
                terminal.note(f"{error.message}\n  {error.hint}")
                continue
            return bag
        return None

    def copy(self, names: Sequence[str]) -> str | None:
        """Ask for the title of the page, or for the number in it."""
        terminal.note(f"These sheets are copies of one share: {', '.join(names)}.")
        return self._one_of(names, "Which of them is this, by its title")

    def medium(self, source: str, names: Sequence[str]) -> str | None:
        """Ask which medium it is."""
        terminal.note(f"Media: {', '.join(f'{number} {name}' for number, name in enumerate(names, 1))}.")
        numbered = {str(number): name for number, name in enumerate(names, 1)}
        while answer := self._asked(f"Which medium is {source}, by its number"):
            if answer in numbered or answer in names:
                return numbered.get(answer, answer)
            terminal.note("That is none of them.")
        return None

    def _one_of(self, names: Sequence[str], question: str) -> str | None:
        while answer := self._asked(question).casefold():
            for name in names:
                if answer in (name.casefold(), name.rpartition("/")[2]):
                    return name
            terminal.note("That is none of them.")
        return None


def _type(sitting: Sitting) -> None:
    """Let a scanner or a person type until he says that that is all."""
    from rootescrow.cli.prompt import converse  # noqa: PLC0415 - loads slowly, and is not always needed
    from rootescrow.cli.typed import Alone  # noqa: PLC0415 - the same

    class Lines(Alone):
        """What is typed at the prompt. It goes to the sitting, each sheet alone, and onto no pile."""

        def _told(self, text: str) -> list[str]:
            _tell_all(sitting.take(text, "typed"))
            return []

        def _status(self) -> list[str]:
            return [f"{sitting.read_things} looked at so far"]

    converse(Lines(sitting.register.known), lambda: False)

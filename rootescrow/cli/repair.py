"""`rootescrow repair`."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from rootescrow.ceremony import repair as operation
from rootescrow.ceremony.repair import Repaired
from rootescrow.cli import options, preflight, screen, terminal
from rootescrow.errors import FileError, ShareError, UsageError
from rootescrow.paper import ocr
from rootescrow.pile import Known
from rootescrow.texts import Word, one_sheet
from rootescrow.torn import SHARE_WORDS, Torn, numbers_of


@click.command("repair", short_help="Find the words that cannot be read on one torn sheet.")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.argument("source", required=False, metavar="[SOURCE]")
@click.option("--show", is_flag=True, help="Show the words that were found, at this terminal, until Enter is pressed.")
@options.no_ocr
def command(escrow: Path, source: str | None, show: bool, no_ocr: bool) -> None:
    """Find the words that cannot be read on one torn sheet, by the hash of it that ESCROW's register has.

    SOURCE is a text file with the words, or - for standard input; else they are typed at a prompt. Write ? for a word
    that cannot be read: up to five are found, or up to three and one word that was misread. It takes some seconds.
    Nothing counts that the hash does not confirm. SOURCE may be a scan too, whose words OCR reads if tesseract is
    installed.

    It looks at one sheet alone, combines nothing, needs no case, and writes nothing. It tells which sheet it is, its
    check code, and the numbers of the words that were found; these are secret, and shown with --show alone.

    Exit status: 5 if nothing confirms.

    \b
    Examples:
      rootescrow repair escrow-1/escrow
      rootescrow repair escrow-1/escrow torn.txt --show
    """
    if show and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "words are shown on a terminal only, and there is none", "Run it at a terminal, or leave --show out."
        )
    if source is None and not terminal.is_interactive():
        raise UsageError("there is no terminal to type at", "Name a text file with the words, or - for standard input.")
    basis = operation.load(escrow)
    preflight.warn(None)
    if basis.record is not None:
        terminal.note(f"Record's check code: {basis.record.check_code} (compare it with the one on a sheet)")
    if basis.problem:
        terminal.note(f"Warning: which sheets are void or were replaced is not known: {basis.problem}.")
    torn = _typed(basis.known) if source is None else _read(source, by_ocr=not no_ocr)
    with terminal.progress() as progress:
        progress("Searching", 0, 1)
        repaired = operation.repair(basis, torn)
    _tell(repaired)
    if show:
        _show(repaired)


def _read(source: str, *, by_ocr: bool) -> Torn:
    if source == "-":
        return operation.read(sys.stdin.buffer, "standard input").torn
    see = ocr.program() if by_ocr else None
    try:
        with Path(source).open("rb") as stream, terminal.progress() as progress:
            progress("Reading", 0, 1)
            read = operation.read(stream, source, see=see)
    except OSError as error:
        raise FileError(f"cannot read {source}: {error.strerror}", "Check the name and who may read it.") from None
    if read.told:
        terminal.note(read.told)
    return read.torn


def _tell(repaired: Repaired) -> None:
    restored = repaired.restored
    terminal.result(f"{' = '.join(repaired.names)}: confirmed by the hash that the register has of it")
    if restored.unreadable:
        terminal.result(f"  could not be read, and found: {numbers_of(restored.unreadable)}")
    if restored.wrong:
        terminal.result(f"  misread, and found: {numbers_of(restored.wrong)}")
    if not restored.found:
        terminal.result("  nothing was missing: all words are right as they were read")
    terminal.result(f"  check code {repaired.check_code}: compare it with the sheet")
    if repaired.why_void:
        terminal.note(f"This sheet is void: {repaired.why_void}. Do not use it; destroy it before witnesses.")
    elif restored.unreadable:
        terminal.note("Replace the sheet before more of it is lost: rootescrow replace")


def _show(repaired: Repaired) -> None:
    """Show the words until Enter is pressed."""
    with screen.alternate():
        for number, word in repaired.restored.found.items():
            click.echo(f"    {number:2}  {word}")
        sys.stdout.flush()
        getpass.getpass("They are secret. Enter erases them from the screen: ")


def _typed(known: Known | None) -> Torn:
    """The words of one sheet, as somebody types them. Raises UsageError if he stops before the end."""
    from rootescrow.cli.prompt import converse  # noqa: PLC0415 - loads slowly, and is not always needed
    from rootescrow.cli.typed import Alone  # noqa: PLC0415 - the same

    class Sheet(Alone):
        """One sheet, which goes onto no pile."""

        words = ""

        def _wrong(self, text: str) -> ShareError | None:
            return None  # a word that was misread is searched for

        def _take_words(self, words: Sequence[Word]) -> list[str]:
            if self._cursor + len(words) > SHARE_WORDS and not words[0].typed[:1].isdigit():
                return [f"That is more than the {SHARE_WORDS} words of one sheet; next is {self.place}."]
            return super()._take_words(words)

        def _add(self, text: str) -> list[str]:
            return ["Words alone, please: codes and lines of the envelope have nothing to do with it."]

        def _told(self, text: str) -> list[str]:
            self.words, self.done = text, True
            return []

        def _status(self) -> list[str]:
            return []

    sheet = Sheet(known)
    converse(sheet, lambda: False)
    if not sheet.words:
        raise UsageError("the sheet was not typed to its end", "Type all its words, ? for each that cannot be read.")
    return one_sheet(sheet.words)

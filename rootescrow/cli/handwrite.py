"""`rootescrow handwrite`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from rootescrow.ceremony import printing
from rootescrow.ceremony.handwriting import Words
from rootescrow.cli import screen, state, terminal
from rootescrow.cli.prompt import new_session
from rootescrow.codes import check_code
from rootescrow.errors import FileError, UsageError
from rootescrow.register import folder

_BEFORE = (
    "Is the printed form of {name} on the table, and a pen that does not fade? Does {whose}, and nobody else, see this "
    "screen?"
)

_LEFT = (
    "{name} was confirmed before, and the file with its words is still there. Do all 33 words stand on its paper? Then "
    "it is wiped; if not, they are shown again."
)

_ENTER: dict[str, Any] = {"default": "", "show_default": False, "prompt_suffix": "> ", "err": True}


@click.command("handwrite", short_help="Show a sheet's words to its holder, who writes them by hand.")
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("sheet", metavar="SHEET")
@click.option("--escrow", type=click.Path(path_type=Path), help="The escrow folder, where it is not beside the sheets.")
@click.option("--by", default="", metavar="TEXT", help="Who was in the room, for the journal.")
def command(directory: Path, sheet: str, escrow: Path | None, by: str) -> None:
    """Show the words of a sheet that is written by hand to its holder, four at a time, and ask them back.

    DIR is what `split --handwritten` or `replace --handwritten` made, SHEET such as Board/2. Its form, with numbered
    boxes, is printed before. After the last word all are asked for, in another order: type them from the paper, four
    letters are enough; a wrong one is shown again. When every word was right the sheet is confirmed, which the journal
    tells, and the file with its words is overwritten and removed. Stopped before that, nothing has changed, and the
    same command begins again.

    \b
    Example:
      rootescrow split root.key --out escrow-1 --group Board=3/5 --handwritten Board/2
      rootescrow handwrite escrow-1 Board/2 --by 'Ada Example'
    """
    if not terminal.is_interactive():
        raise UsageError("there is no terminal to show the words at", "The holder sits alone before a screen.")
    found = printing.find(directory, escrow)
    if found.escrow is None:
        raise FileError(f"no escrow folder lies in {directory}", "Name it: --escrow escrow-1/escrow.")
    master = found.escrow
    register = folder.load_register(master)
    words = Words.read(found, sheet, register)
    if register.sheet(words.sheet.name).confirmed and click.confirm(_LEFT.format(name=sheet), err=True):
        words.wipe()
        terminal.result(f"The file with the words of {sheet} is wiped.")
        state.tell(register)
        return
    sitting = words.sitting(master, register, lambda event: folder.append(master, event, now=datetime.now(UTC)), by=by)
    if not printing.on_tmpfs(words.path.parent):
        terminal.note(f"Warning: {words.path.parent} is on a disk, which may keep what is wiped. Destroy the disk.")
    if words.sheet.path.exists():
        terminal.note(f"The form is still to be printed, or its file to be destroyed: {words.sheet.path}")
    if not click.confirm(_BEFORE.format(name=sheet, whose=words.sheet.holder or "its holder"), err=True):
        terminal.result("Nothing was shown.")
        return
    with screen.alternate():
        words.write_down(_AtTerminal())
    register = words.confirmed(sitting)
    terminal.result(f"{sheet} is written and confirmed; the file with its words is wiped.")
    terminal.result(f"Check code: {check_code(words.share.text.encode())} (it stands on the form: compare it)")
    terminal.note("Let the paper dry. Then into its bag with it, and write the bag's number on the cover.")
    state.tell(register)


class _AtTerminal:
    """The holder."""

    def __init__(self) -> None:
        self._session = new_session()

    def write(self, first: int, words: Sequence[str]) -> bool:
        screen.wipe()
        for number, word in enumerate(words, first):
            screen.passing(f"\n   {number:>2}   {word[:4].upper()}{word[4:]}")
        screen.passing("\nThe first four letters are enough. Compare each word with the paper, letter by letter.")
        answer: str = click.prompt("Enter: they are written   back: the four before", **_ENTER)
        screen.wipe()
        return answer.strip().lower() != "back"

    def word(self, number: int) -> str | None:
        answer = self._session.prompt(f"Word {number}, as it stands on the paper (Enter: see it again)> ").strip()
        return answer or None

    def wrong(self, number: int) -> None:
        screen.passing(f"Word {number} is another one. Here it is once more: compare the paper, and correct it.")
        click.prompt("Enter", **_ENTER)

"""The options that several commands share. It loads nothing but click."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from rootescrow.errors import UsageError

_Command = TypeVar("_Command", bound=Callable[..., object])
no_ocr = click.option("--no-ocr", is_flag=True, help="Do not let OCR read what is printed where codes cannot be read.")
"""Of what reads by OCR if something is missing."""
_OPTIONS = (
    click.option(
        "--case", default="", metavar="TEXT", help="The arbitrator's case. A set of several groups needs one."
    ),
    click.option("--arbitrator", default="", metavar="TEXT", help="The arbitrator's name, for journal and report."),
    click.option(
        "--arrived",
        multiple=True,
        metavar="[SHEET=]HOW",
        help="How sheets came: bag, photo, phone or other. Repeatable: 'Board/2=photo Ada Example'.",
    ),
    click.option(
        "--use-void", multiple=True, metavar="SHEET", help="Use a void sheet, if the arbitrator allows it. Repeatable."
    ),
    click.option("--superseded", is_flag=True, help="Use a generation that was superseded, if he allows it."),
    no_ocr,
)


def language(of: str) -> Callable[[_Command], _Command]:
    """The option that says in which language a paper is; `of` what it is else. Empty, if it is not given."""
    return click.option(
        "--language",
        default="",
        metavar="LANGUAGE",
        callback=_known,
        help=f"Of what is printed: two letters, such as de.  [default: {of}]",
    )


def _known(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """The language that was asked for. Raises UsageError for one that there is not."""
    from rootescrow.paper.text import LANGUAGES  # noqa: PLC0415 - only what is printed needs it

    if value and value not in LANGUAGES:
        raise UsageError(f"there are no papers in the language {value!r}", f"Languages: {', '.join(LANGUAGES)}.")
    return value


def of_recovery(command: _Command) -> _Command:
    """The options of both."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command

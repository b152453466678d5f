"""The options that `recover` and `passphrase recover` share. It loads nothing but click."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

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


def of_recovery(command: _Command) -> _Command:
    """The options of both."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command

"""`rootescrow preflight`, and the same checks as warnings of the commands that make or rebuild a secret."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import click

from rootescrow.ceremony import host
from rootescrow.ceremony.host import HostCheck, HostVerdict
from rootescrow.cli import terminal

HEADING = "This machine should have no secret as it is; `rootescrow preflight` says why, and how to mend it:"
"""What stands above the warnings; each of them is indented."""

_FAIL, _ACCEPTED = "FAIL", "accepted"
_VERDICTS = (
    _FAIL,
    *(verdict.value for verdict in (HostVerdict.WARN, HostVerdict.CANNOT_KNOW, HostVerdict.PASS)),
    _ACCEPTED,
)
"""As they are shown, and the order in which they are counted."""
_INDENT = 13
_WIDTHS = (60, 100)
"""Characters of a line: on the narrowest and on the widest terminal that are still easy to read."""


@click.command("preflight", short_help="Is this machine fit to have a secret in it?")
@click.option(
    "--workdir",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The folder that key and sheets will be in.  [default: this one]",
)
@click.option(
    "--accept", "accept", multiple=True, metavar="CHECK=REASON", help="Let a check fail, for this reason. Repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(workdir: Path, accept: tuple[str, ...], as_json: bool) -> None:
    """Look at this machine before a secret is in it: network, swap, core dumps, printers and more.

    It changes nothing, and sends nothing. Each check says what it found, why that matters and how to mend it. A check
    that fails is refused (status 8), unless it is accepted with a reason. What it cannot know, look at yourself.

    \b
    Examples:
      rootescrow preflight --workdir /mnt
      rootescrow preflight --accept network='rehearsal on the office machine'
    """
    accepted = host.acceptances(accept)
    checks = host.preflight(workdir)
    if as_json:
        items = [{**asdict(check), "accepted": accepted.get(check.id)} for check in checks]
        terminal.result(json.dumps({"checks": items}, indent=2, ensure_ascii=False))
    else:
        terminal.result(report(checks, accepted))
    host.refuse(checks, accepted)


def warn(
    workdir: Path | None, *, look: Callable[[Path | None], tuple[HostCheck, ...]] = host.preflight
) -> tuple[HostCheck, ...]:
    """Say on standard error, in a line each, what is not as it should be, nothing if all is; all that was found."""
    checks = look(workdir)
    lines = host.warnings(checks)
    if lines:
        terminal.note("\n".join([HEADING, *(f"  {line}" for line in lines)]))
    return checks


def report(checks: tuple[HostCheck, ...], accepted: Mapping[str, str]) -> str:
    """A line for what passes, a block for all else, and how many there are of each; as wide as the terminal."""
    shown: list[str] = []
    before = 0
    for check in checks:
        lines = _lines(check, accepted.get(check.id))
        if before and max(before, len(lines)) > 1:
            shown.append("")
        shown += lines
        before = len(lines)
    said = Counter(_verdict(check, accepted.get(check.id)) for check in checks)
    return "\n".join([*shown, "", ", ".join(f"{said[verdict]} {verdict}" for verdict in _VERDICTS if said[verdict])])


def _verdict(check: HostCheck, reason: str | None) -> str:
    if check.verdict is HostVerdict.PASS or reason is None:
        return _FAIL if check.verdict is HostVerdict.FAIL else check.verdict.value
    return _ACCEPTED


def _lines(check: HostCheck, reason: str | None) -> list[str]:
    """What is shown of a check."""
    lines = _paragraph(f"{check.id}: {check.found}", _verdict(check, reason))
    if check.verdict is HostVerdict.PASS:
        return lines + (_paragraph(f"It need not be accepted: {reason}") if reason is not None else [])
    lines += _paragraph(f"Why: {check.why}")
    if reason is not None:
        return lines + _paragraph(f"Accepted: {reason}")
    return lines + _paragraph(f"Do: {check.mend}") + [f"{'':{_INDENT + 4}}{command}" for command in check.commands]


def _paragraph(text: str, start: str = "") -> list[str]:
    """The lines of a text that stands to the right of `start`."""
    least, most = _WIDTHS
    width = min(max(shutil.get_terminal_size().columns, least), most)
    first, next_ones = f"{start:{_INDENT}}", " " * _INDENT
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=next_ones, break_on_hyphens=False, break_long_words=False
    )

"""`rootescrow script`."""

from __future__ import annotations

import re
from pathlib import Path

import click

from rootescrow.ceremony.papers.script import draw_script
from rootescrow.ceremony.plan import MAX_PLAN_BYTES
from rootescrow.ceremony.planned import Planned
from rootescrow.cli import options, terminal
from rootescrow.errors import UsageError
from rootescrow.register import folder

FILE = "script.pdf"


@click.command("script", short_help="Print the paper that a ceremony follows.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=f"Write {FILE} into this folder.")
@click.option("--wheel-sha256", default="", metavar="HEX", help="Of rootescrow's wheel, as it was published.")
@options.language("the plan's")
def command(plan: Path, out: Path, wheel_sha256: str, language: str) -> None:
    """Write the paper that the table follows, step by step: what to have ready, who does what, what to type, what one
    should see, what to do if not, and what to read aloud.

    Its rules are asked first, and one that is not met stops (status 8). The paper holds no secret, but tells who keeps
    what where: it is confidential. Without --wheel-sha256 there are lines to write that value by hand.

    \b
    Example:
      rootescrow script root.toml --out papers
    """
    planned = Planned.read(folder.read_file(plan, MAX_PLAN_BYTES))
    planned.refuse()
    wheel = "".join(wheel_sha256.split()).lower()
    if wheel and not re.fullmatch(r"[0-9a-f]{64}", wheel):
        raise UsageError("--wheel-sha256 is no SHA-256", "Give the 64 hexadecimal digits that were published.")
    path = folder.write_paper(out, FILE, draw_script(planned, wheel_sha256=wheel, language=language))
    terminal.result(f"Written: {path}. Print it twice, single-sided, at 100 %.")
    terminal.result(f"SHA-256 of the plan: {planned.sha256}")

"""`rootescrow plan`: begin a plan, and check one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from rootescrow.ceremony import rekey
from rootescrow.ceremony.plan import MAX_PLAN_BYTES, outline, template
from rootescrow.ceremony.planned import Planned, report
from rootescrow.ceremony.rekey import Old
from rootescrow.ceremony.situation import Profile
from rootescrow.cli import terminal
from rootescrow.errors import UsageError
from rootescrow.register import folder


@click.group("plan", short_help="Begin the plan of a ceremony, or check one.")
def command() -> None:
    """One reviewed file describes a ceremony, so that nothing is improvised at the table.

    \b
    Example:
      rootescrow plan new --profile root --out root.toml
      rootescrow plan check root.toml
      rootescrow split root.key --certificate root.crt --plan root.toml --out escrow-1
    """


@command.command("new", short_help="Begin a plan: a template with comments.")
@click.option(
    "--profile",
    type=click.Choice([one.value for one in Profile]),
    required=True,
    help="A top-level root, a subroot, or any other key: how strict the rules are.",
)
@click.option("--out", type=click.Path(path_type=Path), help="A file that does not exist yet. Else: standard output.")
def new(profile: str, out: Path | None) -> None:
    """Write a plan in which the blanks are to be filled.

    \b
    Example:
      rootescrow plan new --profile root --out root.toml
    """
    text = template(Profile(profile))
    if out is None:
        click.echo(text, nl=False)
        return
    folder.write_file(out, text.encode())
    terminal.note(f"{out}: fill in what is empty, then: rootescrow plan check {out}")


@command.command("check", short_help="Say what a plan will do, and which rules it meets.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--supersedes", type=click.Path(path_type=Path), help="The escrow that it is to be a new generation of.")
@click.option("--new-passphrase", is_flag=True, help="With --supersedes: the key is to get another passphrase.")
def check(plan: Path, supersedes: Path | None, new_passphrase: bool) -> None:
    """Say all that is wrong with PLAN, or what will happen by it, what each rule says, and its SHA-256.

    With --supersedes also whether it is weaker than what holds there today, and fits to a passphrase that stays: what
    `rekey` would refuse.

    Status 3 if it is no plan, 8 if a rule is not met and the plan does not accept that.

    \b
    Examples:
      rootescrow plan check root.toml
      rootescrow plan check root-2.toml --supersedes escrow-1/escrow
    """
    planned = Planned.read(folder.read_file(plan, MAX_PLAN_BYTES))
    if supersedes is not None:
        old = Old.load(supersedes, datetime.now(UTC).date())
        old.refuse_superseded()
        planned = rekey.against(planned, old, new_passphrase=new_passphrase)
        rekey.check_passphrase(planned, old, new_passphrase=new_passphrase)
    elif new_passphrase:
        raise UsageError("a new passphrase for which key?", "Name the escrow with --supersedes.")
    terminal.result("What will happen")
    for line in outline(planned.plan):
        terminal.result(f"  {line}")
    terminal.result("\nRules")
    for line in report(planned):
        terminal.result(f"  {line}")
    terminal.result(f"\nSHA-256 of the plan: {planned.sha256}")
    planned.refuse()

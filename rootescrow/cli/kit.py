"""`rootescrow kit`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from rootescrow.ceremony import kit, signing, wheels
from rootescrow.ceremony.kit import Checked, Order, Written
from rootescrow.ceremony.today import look
from rootescrow.cli import options, state, terminal, verdicts
from rootescrow.errors import IntegrityError, UsageError
from rootescrow.paper.layout import Paper
from rootescrow.register import folder
from rootescrow.register.register import Register


@click.command("kit", short_help="Write, bring up to date or check a medium with all but the sheets.")
@click.argument("escrow", type=click.Path(path_type=Path))
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--medium", default="", metavar="NAME", help="What the register calls it. Needed if there are several.")
@click.option("--place", default="", metavar="TEXT", help="Where it will lie.")
@click.option("--bag", default="", metavar="TEXT", help="In which bag.")
@click.option(
    "--include", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="What signing a CRL needs."
)
@click.option(
    "--wheels",
    "wheels_folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Wheels of rootescrow and what it needs: docs/kit.md says how to get them.",
)
@click.option("--update", is_flag=True, help="Bring a medium up to date that was written before.")
@click.option("--check", is_flag=True, help="Write nothing: say whether the medium is right and up to date.")
@click.option("--booklet", is_flag=True, help="Print the recovery booklet, and no medium.")
@click.option("--out", type=click.Path(path_type=Path), help="Of the booklet: write it (PDF) into this folder.")
@click.option("--paper", type=click.Choice([one.value for one in Paper]), default=Paper.A4.value, show_default=True)
@options.language("the record's")
def command(
    escrow: Path,
    directory: Path | None,
    medium: str,
    place: str,
    bag: str,
    include: tuple[Path, ...],
    wheels_folder: Path | None,
    update: bool,
    check: bool,
    booklet: bool,
    out: Path | None,
    paper: str,
    language: str,
) -> None:
    """Write a medium that, with a quorum of sheets, is enough to bring the key back and to sign a CRL.

    DIR is the folder in which the empty medium is mounted. Written are the escrow, marked as a copy; what signing a CRL
    needs (--include: the configuration of openssl ca, its database, its crlnumber); recover.py, which recovers the key
    with Python alone, and the word list; the wheels of rootescrow (--wheels); RECOVER.txt and RECOVER.pdf, which say
    how; and SHA256SUMS. All is read back, and one line goes into the journal. Nothing secret is carried.

    --check compares every file, and lets recover.py recover a trial escrow. With it, ESCROW may also be the copy on the
    medium itself.

    With --booklet and --out, and without DIR, the recovery booklet is printed: for a stranger in thirty years, how to
    recover without this program, with its format, a worked example, recover.py to type or scan, and the word list. It
    names nobody and holds nothing secret.

    Exit status: 5 if the medium is not as it was written, or not of this escrow; 8 if a file to include is secret.

    \b
    Example:
      rootescrow kit escrow-1/escrow /media/MEDIUM --medium 'USB stick 1' \\
        --include ca.cnf --include index.txt --include crlnumber
      rootescrow kit escrow-1/escrow /media/MEDIUM --check
      rootescrow kit escrow-1/escrow --booklet --out papers
    """
    if booklet:
        if directory or medium or place or bag or include or update or check:
            raise UsageError("--booklet writes no medium", "Give it ESCROW, --out and --paper, and nothing else.")
        _print_booklet(escrow, out, Paper(paper), language)
        return
    if out or directory is None:
        raise UsageError(
            "--out is for --booklet" if out else "where is the medium?",
            "Name the folder in which it is mounted: rootescrow kit ESCROW DIR.",
        )
    if update and check:
        raise UsageError("both --update and --check", "One of them, or none to write a new medium.")
    if check:
        if medium or place or bag or include or wheels_folder or language:
            raise UsageError(
                "--check writes nothing",
                "Leave out --medium, --place, --bag, --include, --wheels and --language.",
            )
        _tell_check(kit.check(escrow, directory), escrow, directory)
        return
    found = wheels.read(wheels_folder) if wheels_folder else None
    order = Order(medium, place, bag, _included(include), found, Paper(paper), language)
    now = datetime.now(UTC)
    before = look(escrow, now.date())
    done = (kit.update if update else kit.write)(escrow, directory, order, now=now)
    state.tell(done.register)
    if found:
        terminal.note(f"The wheels are for {found.told}; install.sh says so where they do not fit.")
    _tell(done, directory)
    verdicts.tell_rules_since(before, done.register)


def _print_booklet(escrow: Path, out: Path | None, paper: Paper, language: str) -> None:
    if out is None:
        raise UsageError("where is the booklet to be written?", "Name a folder: --out papers.")
    register, pdf = kit.booklet(escrow, paper, today=datetime.now(UTC).date(), language=language)
    state.tell(register)
    path = folder.write_paper(out, f"{register.record.escrow_id}-booklet.pdf", pdf)
    terminal.result(f"Written: {path}. Print it single-sided, at 100 %, once for each place where an envelope is kept.")


def _included(paths: Iterable[Path]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in paths:
        name, data = signing.include(path)
        if name.casefold() in map(str.casefold, found):
            raise UsageError(f"two files to include are called {name}", "Give each a name of its own.")
        found[name] = data
    return found


def _tell(done: Written, directory: Path) -> None:
    event = done.event
    for remark in done.remarks:
        terminal.note(f"Note: {remark}")
    _tell_lacking(event.lacking)
    terminal.result(f"The medium {event.medium} is written and read back: {done.files} files in {directory}.")
    terminal.result(f"SHA-256 of SHA256SUMS: {event.sha256}")
    _tell_head(done.register)
    terminal.result("Take it out, put it in again, and look at it with --check. Print RECOVER.pdf for its bag.")


def _tell_check(done: Checked, escrow: Path, directory: Path) -> None:
    state.tell(done.register)
    for remark in done.remarks:
        terminal.note(f"Note: {remark}")
    _tell_lacking(done.lacking)
    for what in done.differing:
        terminal.result(f"WRONG: {what}")
    if done.behind == 0:
        terminal.result("Its journal is that of the escrow.")
    elif done.behind == 1:
        terminal.result("Its journal is 1 line behind, as it is when a medium was just written.")
    elif done.behind is not None and done.behind > 1:
        terminal.result(f"Its journal is {done.behind} lines behind. To bring it up to date: --update.")
    _tell_head(done.register)
    if done.differing:
        raise IntegrityError(
            f"{directory} is not the medium that belongs to {escrow}, or is damaged",
            "Keep it apart until it is known why. Write a new one, and note what became of this one.",
        )
    if done.tried:
        terminal.result("Its recover.py has recovered a trial escrow.")
    terminal.result(f"The medium is right: {done.files} files, all as they were written.")


def _tell_head(register: Register) -> None:
    terminal.result(f"Record's check code: {register.record.check_code} (it stands on every sheet)")
    terminal.result(f"Journal head: {register.journal.head}")


def _tell_lacking(lacking: tuple[str, ...]) -> None:
    if lacking:
        terminal.note(
            f"Warning: z.7, a CRL within 24 hours: the medium lacks {', '.join(lacking)}.\n"
            "  Give them with --include, also with --update: docs/kit.md says what each of them is."
        )

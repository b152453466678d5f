"""The command line: parse, one call into the library, print. Errors become a message, a hint and an exit status here.

Exit status: 0 done, 1 a fault of ours, 2 usage, 3 malformed input, 4 quorum not met, 5 integrity, 6 paper or scan,
7 file, 8 rule or host check refused, 130 interrupted. `recover --run` gives the status of the command it ran.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import NoReturn

import click

from rootescrow import __version__
from rootescrow.errors import EscrowError

INTERRUPTED = 130
"""What a shell reports for a program that Ctrl-C ended: 128 and the signal's number."""

_COMMANDS = (
    "plan",
    "script",
    "preflight",
    "split",
    "passphrase",
    "print",
    "confirm",
    "recover",
    "inspect",
    "status",
    "journal",
    "record",
    "demo",
)


class _Lazy(click.Group):
    """Loads a command's module only when it is called, so that `--version` and `--help` are quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command = importlib.import_module(f"rootescrow.cli.{name}").command
        assert isinstance(command, click.Command)  # noqa: S101 - for the type checker
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Escrow of a CA's root key: split it onto paper, and put it together again decades later.

    \b
    Example:
      rootescrow split root.key --out escrow-1 --group Board=3/5 --group Arbitration=2/3
      rootescrow recover scans.pdf --escrow escrow-1/escrow --case a20261123.1 --out root.p8.pem
    """
    from rootescrow.cli import harden  # noqa: PLC0415 - what only tells the version needs none of it

    harden.process()


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; its exit status."""
    try:
        status = cli.main(arguments, prog_name="rootescrow", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except EscrowError as error:
        _complain(error.message, error.hint)
        return error.exit_status
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt, EOFError):
        _complain("interrupted", "Nothing unfinished was left behind.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output went away; without this the interpreter would complain once more on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 7
    except MemoryError:
        _complain("there is not enough memory", "Close other programs, or give fewer files at a time.")
        return 7
    except Exception as error:  # a fault of ours: say where, and nothing that may be secret
        import traceback  # noqa: PLC0415 - loads slowly, and is hardly ever needed

        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {last.name}, {os.path.basename(last.filename)} line {last.lineno}"
        _complain(f"a fault of the program: {where}", "Please report this line; it holds nothing secret.")
        return 1


def _complain(message: str, hint: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone: that is one of the ways to be interrupted
        click.echo(f"rootescrow: {message}", err=True)
        if hint:
            click.echo(f"  {hint}", err=True)

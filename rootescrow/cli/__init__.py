"""The command line: parse, one call into the library, print. Errors become a message, a hint and an exit status here.

Exit status: 0 done, 1 a fault of ours, 2 usage, 3 malformed input, 4 quorum not met, 5 integrity, 6 paper or scan,
7 file, 8 rule or host check refused, 130 interrupted. `recover --run` gives the status of the command it ran.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

import click

from rootescrow import __version__
from rootescrow.cli import streams
from rootescrow.errors import EscrowError, FileError

INTERRUPTED = 130
"""What a shell reports for a program that Ctrl-C ended: 128 and the signal's number."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_COMMANDS = (
    "plan",
    "script",
    "preflight",
    "split",
    "passphrase",
    "print",
    "handwrite",
    "confirm",
    "drill",
    "recover",
    "repair",
    "rekey",
    "destroyed",
    "inspect",
    "handover",
    "replace",
    "status",
    "audit",
    "journal",
    "kit",
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

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OSError as error:
            # Nobody below expected it, so it is the output most likely. click would call a broken pipe status 1.
            where = error.filename if isinstance(error.filename, str) else "the output"
            raise FileError(
                f"cannot read or write {where}: {error.strerror}",
                "Look at what was made: what is there is whole, but not all was told.",
            ) from None


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
    _catch_signals()
    status = run(arguments)
    # The interpreter puts back on its way out what would give another status.
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(status)


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; its exit status."""
    try:
        streams.prepare()
        status = cli.main(arguments, prog_name="rootescrow", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except EscrowError as error:
        _complain(error.message, error.hint)
        return error.exit_status
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt, EOFError):
        _complain("interrupted", "No unfinished file was left behind.")
        return INTERRUPTED
    except MemoryError:
        _complain("there is not enough memory", "Close other programs, or give fewer files at a time.")
        return FileError.exit_status
    except Exception as error:  # a fault of ours: say where, and nothing that may be secret
        import traceback  # noqa: PLC0415 - loads slowly, and is hardly ever needed

        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {last.name}, {os.path.basename(last.filename)} line {last.lineno}"
        _complain(f"a fault of the program: {where}", "Please report this line; it holds nothing secret.")
        return EscrowError.exit_status
    finally:
        streams.settle()


def _complain(message: str, hint: str) -> None:
    # Where nobody can be told there is still the exit status.
    with contextlib.suppress(OSError):
        click.echo(f"rootescrow: {_harmless(message)}", err=True)
        if hint:
            click.echo(f"  {_harmless(hint)}", err=True)


def _harmless(text: str) -> str:
    """A text without what a terminal would obey: the name of a file that somebody else put there may hold anything."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def _catch_signals() -> None:
    """Let Ctrl-C, SIGTERM and a terminal that is closed end the work, and then nothing end its cleaning up.

    A signal that was ignored before, as `nohup` does, stays so.
    """
    caught = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]

    def interrupt(signum: int, frame: FrameType | None) -> NoReturn:
        for number in caught:
            # Not SIG_IGN, which a program that we start would inherit.
            signal.signal(number, lambda signum, frame: None)
        raise KeyboardInterrupt

    for number in caught:
        signal.signal(number, interrupt)

"""What every command on an escrow says of it: that not everything which was printed was read back from its paper, and
that there is a later generation."""

from __future__ import annotations

from pathlib import Path

from rootescrow.cli import terminal
from rootescrow.errors import EscrowError
from rootescrow.register import folder
from rootescrow.register.register import Register


def tell(register: Register) -> None:
    """Say it on standard error; nothing if all was read back, and nothing superseded it."""
    left = ", ".join(register.to_confirm)
    if left or register.superseded:
        never = f" Never read back: {left}." if left else ""
        terminal.note(f"Escrow {register.record.escrow_id}: {register.state}.{never}")


def tell_of(escrow: Path) -> None:
    """Say it of an escrow folder. Nothing that needs no journal fails because of one."""
    try:
        register = folder.load_register(escrow)
    except EscrowError as error:
        terminal.note(f"What happened since the escrow was made is not known: {error.message}.")
        return
    tell(register)

"""What the register says of itself in English, in the language of a paper: states, what is due, what is lacking."""

from __future__ import annotations

from collections.abc import Iterable

from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.register.events import How
from rootescrow.register.now import SheetNow, Task
from rootescrow.register.register import Register

_LACKING = ("certificate", "config", "database", "number")


def state(register: Register, say: Catalogue) -> str:
    """As `Register.state`."""
    common = say.common
    if not register.live:
        return common("state.destroyed")
    states = [common("state.confirmed" if register.confirmed else "state.printed")]
    if register.superseded:
        states = [common("state.superseded", id=register.superseded.escrow_id)]
    if register.exposed:
        what = common(f"state.recovered_{'_'.join(register.recovered)}")
        states.append(common("state.exposed", what=what))
    return common("quorum.either").join(states)


def sheet_state(sheet: SheetNow, say: Catalogue) -> str:
    """As `SheetNow.state`."""
    if sheet.destroyed:
        key = "void_destroyed" if sheet.void else "destroyed"
    elif sheet.void:
        key = "void"
    elif sheet.confirmed:
        key = "confirmed"
    else:
        key = "printed" if sheet.printed else "unconfirmed"
    return say.common(f"sheet.{key}")


def how(word: str, say: Catalogue) -> str:
    """How a sheet was read back, by the word in the journal."""
    return say.common(f"how.{How(word).name.lower()}")


def task(one: Task, say: Catalogue) -> str:
    """As `str(one)`."""
    return say.common(f"due.{one.kind}", **one.values)


def lacking(names: Iterable[str], say: Catalogue) -> str:
    """What a medium lacks, for which the journal has the English words; what it calls otherwise stays as it is."""
    english = catalogue("en", Part.COMMON)
    keys = {english(f"lacking.{key}"): f"lacking.{key}" for key in _LACKING}
    return ", ".join(say.common(keys[name]) if name in keys else name for name in names)

"""What register and program say in English, in the language of a paper: states, what is due, what was found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.register.events import How
from rootescrow.register.now import SheetNow, Task
from rootescrow.register.register import Register

_LACKING = ("certificate", "config", "database", "number")

_MAX_CHARS = 800
"""A longer text is no sentence of ours, and is not looked at."""
_SEAM = re.compile(r"; |(?<=\.) |\.$")
"""Where one sentence ends, and another may begin."""
_FREE = ("reason", "error", "source", "status")
"""Names of values that may be whole sentences; what stands for another ends where a sentence ends."""
_NUMBERS = ("count", "have", "needed", "number", "page", "sheet")
_QUOTED = ("error", "status")
"""What is marked as English where the catalogue has not all of it."""


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
    values = dict(one.values)
    if "names" in values:
        values["names"] = names(str(values["names"]).split(", "), say)
    return say.common(f"due.{one.kind}", **values)


def lacking(names: Iterable[str], say: Catalogue) -> str:
    """What a medium lacks, for which the journal has the English words; what it calls otherwise stays as it is."""
    english = catalogue("en", Part.COMMON)
    keys = {english(f"lacking.{key}"): f"lacking.{key}" for key in _LACKING}
    return ", ".join(say.common(keys[name]) if name in keys else name for name in names)


def said(text: str, say: Catalogue) -> str:
    """What the program said in English: in the language of the paper, or quoted if the catalogue has not all of it."""
    return text and (_known(text, say) or say.said("quoted", text=text))


def name(text: str, say: Catalogue) -> str:
    """What something is called: a sheet or a medium by its name, another thing as the catalogue has it."""
    return _known(text, say, "name") or text


def names(texts: Iterable[str], say: Catalogue) -> str:
    """Several names of things, with a comma between them."""
    return ", ".join(name(text, say) for text in texts)


def source(text: str, say: Catalogue) -> str:
    """Where something was read: a file's name as it is, its page as the catalogue has it."""
    return _known(text, say, "source") or text


def sources(text: str, say: Catalogue) -> str:
    """Several of them, with a comma between them."""
    return ", ".join(source(one, say) for one in text.split(", "))


def reason(text: str, say: Catalogue) -> str:
    """Why a sheet is void: as people wrote it, unless it is the register that says so."""
    return _known(text, say, "sheet") or text


def verdict(text: str, say: Catalogue) -> str:
    """The verdict of a check of the computer."""
    return _known(text, say, "verdict") or text


def _known(text: str, say: Catalogue, kind: str = "") -> str:
    """A text of one or more sentences that the catalogue has, in another language; empty if it has not all of them.

    The English sentences are those of the code, compared by a test, so that nobody but papers needs to know of keys.
    """
    if say.language == "en":
        return text
    if len(text) > _MAX_CHARS:
        return ""
    if whole := _sentence(text, say, kind):
        return whole
    for seam in _SEAM.finditer(text):
        first, rest = text[: seam.start()], text[seam.end() :]
        ours = _sentence(first, say, kind)
        more = ours and rest and _known(rest, say, kind)
        if ours and (more or not rest):
            between = say.common("quorum.either") if seam[0] == "; " else seam[0]
            return f"{ours}{between}{more}"
    return ""


def _sentence(text: str, say: Catalogue, kind: str) -> str:
    for key, pattern in _patterns():
        of = key.partition(".")[0]
        if (of == kind if kind else of != "source") and (match := pattern.fullmatch(text)):
            values = {name: _value(name, value, say, kind) for name, value in match.groupdict().items()}
            return say.said(key, **values)
    return ""


def _value(name: str, value: str, say: Catalogue, kind: str) -> str:
    return _known(value, say, kind) or (say.said("quoted", text=value) if name in _QUOTED else value)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What each sentence looks like in English, those first that leave least to values."""
    english = catalogue("en", Part.SAID)
    found = []
    for key, names in english.names().items():
        if "." in key:
            text = re.escape(english(key, **{name: f"\0{name}\0" for name in names}))
            fixed = len(text)
            for name in names:
                fixed -= len(name)
                text = text.replace(f"\0{name}\0", f"(?P<{name}>{_like(name)})")
            found.append((fixed, key, re.compile(text)))
    return tuple((key, pattern) for _, key, pattern in sorted(found, key=lambda one: -one[0]))


def _like(name: str) -> str:
    """The pattern of a value."""
    if name in _NUMBERS:
        return "[0-9]+"
    return ".+" if name in _FREE else "(?:(?!; |[.] ).)+"

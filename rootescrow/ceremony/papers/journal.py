"""What the journal says of itself in English, in the language of a paper: its lines, and what things are called in it.

Of the lines only those in which somebody saw a sheet or its bag: papers show no others as sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from rootescrow.ceremony.papers import words
from rootescrow.paper.text import Catalogue
from rootescrow.register.events import (
    ENVELOPE,
    EVERY_ENVELOPE,
    Arrived,
    Confirmed,
    Handover,
    Recovered,
    Replaced,
    Superseded,
    printed_envelope,
)

Look: TypeAlias = Confirmed | Handover | Replaced | Recovered | Superseded
"""An event in which somebody saw a sheet or its bag, beside drills."""

_PRINTED = re.compile(re.escape(printed_envelope(0)).replace("0", "([0-9]+)"), re.ASCII)
_THINGS = {ENVELOPE: "envelope", EVERY_ENVELOPE: "every_envelope", "printed envelope": "printed"}


def sentence(event: Look, say: Catalogue) -> str:
    """As `str(event)`."""
    common = say.common
    match event:
        case Confirmed():
            key = "event.confirmed_by" if event.by else "event.confirmed"
            return common(key, sheet=thing(event.sheet, say), how=words.how(event.how, say), people=event.by)
        case Handover():
            seal = common(f"seal.{event.seal}")
            return common("event.handover", sheet=event.sheet, seal=seal, now=_now(event, common))
        case Replaced():
            key = "event.replaced_by" if event.quorum else "event.replaced"
            return common(
                key,
                sheet=event.sheet,
                quorum=", ".join(event.quorum),
                old=event.old,
                reason=event.reason,
                now=_now(event, common),
            )
        case Recovered():
            return common(
                f"event.recovered_{event.what}",
                case=_case("event.of_case", event, common),
                sheets=arrived(event.sheets, say),
                copies=common("event.copies", names=", ".join(event.copies)) if event.copies else "",
            )
        case Superseded():
            return common(
                "event.superseded",
                id=event.escrow_id,
                generation=event.generation,
                passphrase=common("event.new_passphrase") if event.new_passphrase else "",
                case=_case("event.of_a_case", event, common),
                sheets=common("event.by_sheets", sheets=", ".join(event.sheets)) if event.sheets else "",
                why=common("event.why", reason=event.reason) if event.reason else "",
            )


def arrived(sheets: Iterable[Arrived], say: Catalogue) -> str:
    """Sheets that took part in a recovery, and how each came."""
    common = say.common
    ways = ((one.sheet, common(f"arrival.{one.how.name.lower()}")) for one in sheets)
    return ", ".join(common("event.arrived", sheet=sheet, how=how) for sheet, how in ways)


def thing(name: str, say: Catalogue) -> str:
    """What something is called: a sheet, a medium or a file by its name, an envelope as the language has it."""
    if name in _THINGS:
        return say.common(f"thing.{_THINGS[name]}")
    if found := _PRINTED.fullmatch(name):
        return say.common("thing.printed_number", number=found[1])
    return name


def things(names: Iterable[str], say: Catalogue) -> str:
    """Several, with a comma between them."""
    return ", ".join(thing(name, say) for name in names)


def _now(event: Handover | Replaced, common: Catalogue) -> str:
    bag = common("event.bag", bag=event.bag) if event.bag else common("event.bag_unknown")
    return ", ".join(filter(None, (event.person or event.office, event.place, bag)))


def _case(key: str, event: Recovered | Superseded, common: Catalogue) -> str:
    case = common(key, case=event.case) if event.case else ""
    return case + (common("event.of_arbitrator", arbitrator=event.arbitrator) if event.arbitrator else "")

"""What the journal says of itself in English, in the language of a paper: its lines.

Of the lines only those in which somebody saw a sheet or its bag: papers show no others as sentences.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from rootescrow.ceremony.papers import words
from rootescrow.paper.text import Catalogue
from rootescrow.register.events import (
    Arrived,
    Confirmed,
    Handover,
    Recovered,
    Replaced,
    Superseded,
)

Look: TypeAlias = Confirmed | Handover | Replaced | Recovered | Superseded
"""An event in which somebody saw a sheet or its bag, beside drills."""


def sentence(event: Look, say: Catalogue) -> str:
    """As `str(event)`."""
    common = say.common
    match event:
        case Confirmed():
            key = "event.confirmed_by" if event.by else "event.confirmed"
            return common(key, sheet=words.name(event.sheet, say), how=words.how(event.how, say), people=event.by)
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


def _now(event: Handover | Replaced, common: Catalogue) -> str:
    bag = common("event.bag", bag=event.bag) if event.bag else common("event.bag_unknown")
    return ", ".join(filter(None, (event.person or event.office, event.place, bag)))


def _case(key: str, event: Recovered | Superseded, common: Catalogue) -> str:
    case = common(key, case=event.case) if event.case else ""
    return case + (common("event.of_arbitrator", arbitrator=event.arbitrator) if event.arbitrator else "")

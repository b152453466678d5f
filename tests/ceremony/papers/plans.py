"""Plans as small and as large as they come."""

from __future__ import annotations

import json
from typing import Any

from rootescrow.ceremony import rules
from rootescrow.ceremony.plan import Plan
from rootescrow.ceremony.planned import Planned
from rootescrow.register.record import sha256
from tests.paper.support import LONG, WIDE

NAMES = ("Ada", "Bo", "Cy", "Di", "Eva", "Fay", "Gil", "Hal", "Ivo", "Jo", "Kim")


def planned(plan: dict[str, Any]) -> Planned:
    """A plan of these tables, and what the rules say of it."""
    context = {table: frozenset(plan[table]) for table in ("people", "places")}
    made = Plan.model_validate(plan, context=context)
    return Planned(made, json.dumps(plan).encode(), rules.check(made.situation()))


def usual(**changed: Any) -> dict[str, Any]:
    """A root: 3 of 5 and 2 of 3, a passphrase 2 of 3, two media and two printed envelopes."""
    people = {
        name.lower(): {"name": f"{name} Example", "contact": f"+43 1 {place}", "hours": 2.0}
        for place, name in enumerate(NAMES)
    }
    places = {
        f"safe-{number}": {"name": f"Safe {number}, Example Bank, Graz", "contact": "the bank", "hours": 3.0}
        for number in range(1, 16)
    }

    def sheets(office: str, start: int, count: int) -> list[dict[str, str]]:
        return [
            {
                "office": f"{office}, member {n}",
                "person": NAMES[start + n - 1].lower(),
                "place": f"safe-{start + n}",
                "bag": f"A 00{start + n}",
            }
            for n in range(1, count + 1)
        ]

    return {
        "format": 1,
        "profile": "root",
        "organisation": {"name": "Example Community CA", "contact": "the secretary, +43 1 234 5678"},
        "key": {"name": "Example Root CA", "spki_sha256": sha256(b"spki")},
        "authority": {"motion": "m20260214.3", "date": "2026-02-14"},
        "ceremony": {
            "date": "2026-03-01",
            "operators": ["jo", "kim"],
            "witnesses": ["ivo", "hal"],
            "next_drill": "2027-03-01",
        },
        "people": people,
        "places": places,
        "groups": [
            {"name": "Board", "body": "board", "threshold": 3, "sheets": sheets("Board", 0, 5)},
            {"name": "Arbitration", "body": "arbitration", "threshold": 2, "sheets": sheets("Arbitration", 5, 3)},
        ],
        "media": [{"name": f"USB stick {n}", "place": f"safe-{11 + n}", "bag": f"M 00{n}"} for n in (1, 2)],
        "printed_envelopes": [{"place": "safe-14", "bag": "E 001"}, {"place": "safe-15"}],
        "passphrase": {"source": "generated", "threshold": 2, "sheets": sheets("Keeper", 8, 3)},
        "accept": {},
        **changed,
    }


def plans() -> dict[str, Planned]:
    """Plans that differ as much as plans can."""
    bare = usual(
        profile="simple",
        paper="letter",
        key={"name": "k"},
        authority={},
        ceremony={"date": "2026-03-01"},
        groups=[
            {
                "name": "Holder",
                "body": "other",
                "threshold": 2,
                "sheets": [{"person": name, "place": "safe-1"} for name in ("ada", "bo", "ada")],
            }
        ],
        media=[],
        printed_envelopes=[],
        passphrase={"source": "typed", "parts": ["ada", "bo"]},
        accept={},
    )
    people = {f"p{n}": {"name": (f"{n} Person " + "W" * 200)[:120], "contact": "c", "hours": 1.0} for n in range(1, 61)}
    places = {f"s{n}": {"name": (f"{n} Place " + LONG)[:120], "contact": "c", "hours": 1.0} for n in range(1, 61)}

    def sheets(start: int) -> list[dict[str, str]]:
        return [
            {
                "office": (f"{n} Office " + LONG)[:120],
                "person": f"p{start + n}",
                "place": f"s{start + n}",
                "bag": (f"{n} Bag " + LONG)[:120],
            }
            for n in range(1, 13)
        ]

    long = usual(
        organisation={"name": (LONG * 2)[:120], "contact": (LONG * 2)[:120]},
        key={"name": ("W" * 120)[:120], "spki_sha256": sha256(b"spki")},
        authority={"motion": (LONG * 2)[:120], "date": "2026-02-14"},
        ceremony={"date": "2026-03-01", "operators": ["p1", "p2", "p3"], "witnesses": ["p4", "p5", "p6", "p7"]},
        people=people,
        places=places,
        groups=[
            {"name": group.name, "body": "other", "threshold": group.threshold, "sheets": sheets(12 * place)}
            for place, group in enumerate(WIDE.groups)
        ],
        media=[{"name": (f"{n} Medium " + LONG)[:120], "place": f"s{n}"} for n in range(1, 31)],
        printed_envelopes=[{"place": f"s{n}", "bag": (f"{n} Bag " + LONG)[:120]} for n in range(1, 31)],
        passphrase={"source": "generated", "threshold": 5, "sheets": sheets(48)},
        accept=dict.fromkeys(("AU-4", "AU-5", "z.7"), ("Reason " + "W" * 300)[:300]),
    )
    by_hand = usual()["groups"]
    by_hand[0]["sheets"][1]["handwritten"] = by_hand[0]["sheets"][2]["handwritten"] = True
    for sheet in long["passphrase"]["sheets"]:
        sheet["handwritten"] = True
    typed = usual(
        groups=by_hand,
        passphrase={"source": "typed", "parts": ["ivo", "jo", "kim"]},
        envelope="each",
        printed_envelopes=[],
        accept={"AU-5": "two members only until the election in May"},
    )
    long_typed = {**long, "passphrase": {"source": "typed", "parts": [f"p{n}" for n in range(1, 17)]}}
    found = {"usual": usual(), "bare": bare, "typed": typed, "long": long, "long-typed": long_typed}
    return {name: planned(plan) for name, plan in found.items()}

"""Quorums, persons, places and hours, compared with brute force: every subset of people, sheets and places is tried."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from rootescrow.ceremony.rules.mathematics import (
    assembly_hours,
    has_everything,
    holds_everything,
    most_missed,
    survives_people,
    survives_place,
    worst_assembly,
)
from rootescrow.ceremony.situation import (
    Carrier,
    Former,
    Group,
    Kind,
    PassphraseKeeping,
    Person,
    Place,
    Profile,
    Sheet,
    Situation,
    State,
)

from .plans import situation

PEOPLE = ("Ada", "Bo", "Cy", "Di")
PLACES = ("Bern", "Berlin", "Paris")
HOURS = st.sampled_from((None, 0, 1, 2.5, 7, 20))


@st.composite
def groups(draw: st.DrawFn, name: str, largest: int = 4) -> Group:
    count = draw(st.integers(1, largest))
    sheets = tuple(
        Sheet(
            number,
            draw(st.sampled_from((*PEOPLE, ""))),
            draw(st.sampled_from((*PLACES, ""))),
            state=draw(
                st.sampled_from((State.KEPT, State.KEPT, State.OPENED, State.VOID, State.LOST, State.DESTROYED))
            ),
        )
        for number in range(1, count + 1)
    )
    former = draw(st.lists(st.builds(Former, st.sampled_from(PEOPLE), st.integers(1, count)), max_size=2))
    return Group(name, draw(st.integers(1, count)), sheets, former=tuple(former))


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    count = draw(st.integers(1, 3))
    made = tuple(draw(groups(f"Group {number}")) for number in range(count))
    keeping = draw(
        st.one_of(
            st.builds(PassphraseKeeping, groups("Passphrase")),
            st.builds(PassphraseKeeping, typists=st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True).map(tuple)),
        )
    )
    return Situation(
        profile=draw(st.sampled_from(Profile)),
        groups=made,
        passphrase=keeping,
        groups_needed=draw(st.integers(1, count)),
        people=tuple(Person(name, draw(HOURS)) for name in PEOPLE),
        places=tuple(Place(name, draw(HOURS)) for name in PLACES),
        envelopes=tuple(
            Carrier(Kind.PAPER, f"envelope {n}", draw(st.sampled_from((*PLACES, ""))))
            for n in range(draw(st.integers(0, 2)))
        ),
        on_each_sheet=draw(st.booleans()),
    )


def subsets(items: Iterable[Sheet]) -> Iterator[tuple[Sheet, ...]]:
    pool = tuple(items)
    return itertools.chain.from_iterable(itertools.combinations(pool, size) for size in range(len(pool) + 1))


def is_quorum(group: Group, sheets: Iterable[Sheet]) -> bool:
    """By the numbers on them, one by one."""
    seen: list[int] = []
    for sheet in sheets:
        if sheet.number not in seen:
            seen.append(sheet.number)
    return len(seen) >= group.threshold


def opens(now: Situation, meets: Iterable[bool]) -> bool:
    """Whether some choice of as many groups as are needed is met."""
    met = list(meets)
    return any(all(met[n] for n in chosen) for chosen in itertools.combinations(range(len(met)), now.needed))


@given(situations(), st.sampled_from(PEOPLE))
def test_what_one_person_has(now: Situation, person: str) -> None:
    def reach(group: Group) -> list[Sheet]:
        mine = [s for s in group.sheets if s.person == person and s.state is not State.DESTROYED]
        return mine + [Sheet(f.number) for f in group.former if f.person == person]

    met = opens(now, (is_quorum(group, reach(group)) for group in now.groups))
    keeping = now.passphrase
    if keeping.escrowed:
        knows = is_quorum(keeping.escrowed, reach(keeping.escrowed))
    else:
        knows = all(typist == person for typist in keeping.typists)
    assert has_everything(now, person) == (met and knows)


@given(situations(), st.sampled_from(PLACES))
def test_what_one_place_holds_and_what_is_left_without_it(now: Situation, place: str) -> None:
    def here(group: Group) -> list[Sheet]:
        return [s for s in group.sheets if s.place == place and s.state not in (State.LOST, State.DESTROYED)]

    def left(group: Group) -> list[Sheet]:
        return [s for s in group.sheets if s.place != place and s.state in (State.KEPT, State.OPENED)]

    escrowed = now.passphrase.escrowed
    assert holds_everything(now, place) == (
        opens(now, (is_quorum(g, here(g)) for g in now.groups))
        and escrowed is not None
        and is_quorum(escrowed, here(escrowed))
    )
    assert survives_place(now, place) == (
        opens(now, (is_quorum(g, left(g)) for g in now.groups))
        and (escrowed is None or is_quorum(escrowed, left(escrowed)))
        and (now.on_each_sheet or any(carrier.place != place for carrier in now.envelopes))
    )


@given(groups("Board", 6), st.integers(0, 3))
def test_any_so_many_persons_may_vanish(group: Group, count: int) -> None:
    usable = [s for s in group.sheets if s.state in (State.KEPT, State.OPENED)]
    holders = {s.person or f"the holder of Board/{s.number}" for s in usable}
    size = min(count, len(holders))
    worst = all(
        is_quorum(group, [s for s in usable if (s.person or f"the holder of Board/{s.number}") not in gone])
        for gone in itertools.combinations(sorted(holders), size)
    )
    assert survives_people(group, count) == worst
    named = tuple(map(str, most_missed(group, count)))
    assert len(named) == size
    if not worst:
        left = [s for s in usable if (s.person or f"the holder of Board/{s.number}") not in named]
        assert not is_quorum(group, left)


@given(situations(), st.sampled_from((*PLACES, "")))
def test_the_hours_of_an_assembly(now: Situation, lost: str) -> None:
    known = [(one.name, one.hours) for one in now.people] + [(one.name, one.hours) for one in now.places]
    hours = {name: math.inf if hours is None else hours for name, hours in known} | {"": math.inf}

    def comes(person: str) -> float:
        """All orders in which a person may go round his places, by way of the recovery; the best of these."""
        kept = {
            s.place
            for group in now.sets
            for s in group.sheets
            if s.person == person and s.state in (State.KEPT, State.OPENED) and not (lost and s.place == lost)
        }
        ways = []
        for order in itertools.permutations(kept):
            way = hours[person]
            for number, place in enumerate(order):
                way += hours[place] if number == 0 else 2 * hours[place]
            ways.append(way)
        return min(ways)

    def first(group: Group) -> float:
        usable = [s for s in group.sheets if s.state in (State.KEPT, State.OPENED) and not (lost and s.place == lost)]
        return min(
            (max(comes(s.person) for s in some) for some in subsets(usable) if some and is_quorum(group, some)),
            default=math.inf,
        )

    groups_first = min(
        max(first(group) for group in chosen) for chosen in itertools.combinations(now.groups, now.needed)
    )
    keeping = now.passphrase
    passphrase = first(keeping.escrowed) if keeping.escrowed else max((hours[t] for t in keeping.typists), default=0)
    places = [carrier.place for carrier in now.envelopes if not (lost and carrier.place == lost)]
    envelope = 0 if now.on_each_sheet else min((hours[place] for place in places), default=math.inf)
    assert assembly_hours(now, lost) == max(groups_first, passphrase, envelope)


@given(situations())
def test_the_worst_assembly_is_that_of_the_worst_place(now: Situation) -> None:
    place, hours = worst_assembly(now)
    assert hours == assembly_hours(now, place)
    assert all(assembly_hours(now, other) <= hours for other in ("", *PLACES) if other in ("", *now.locations))


def test_the_hours_of_the_example() -> None:
    """Worked out by hand: the third of the Board comes from Berlin in 7 hours, the second of the passphrase too."""
    root = situation()
    assert assembly_hours(root) == 7
    # Without Bern: Zürich 2+1, Berlin 1+6, Paris 4+5.
    assert assembly_hours(root, "Notary, Bern") == 9
    # Without Lugano the second passphrase sheet comes from Hamburg: 2+7.
    assert assembly_hours(root, "Bank, Lugano") == 9
    assert worst_assembly(root) == ("Notary, Bern", 9)


def test_who_must_go_to_two_places_needs_longer() -> None:
    root = situation(('person = "bo"', 'person = "ada"'))
    # Ada: 2 hours, then from Bern 2, and to Zürich and back 2 × 1: she is there with both after 6. The third: Paris, 9.
    assert assembly_hours(root, "Bank, Berlin") == 9
    assert assembly_hours(situation(('person = "di"', 'person = "ada"')), "Bank, Berlin") == 2 + 2 * 2 + 5

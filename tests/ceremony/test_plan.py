"""The plan's file: what a good one comes to, and every mistake of a bad one, all at once, each with its key."""

from __future__ import annotations

import datetime
import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.ceremony.plan import MAX_PLAN_BYTES, Generated, Typed, load, outline, template
from rootescrow.ceremony.plan.file import MAX_PROBLEMS, validate
from rootescrow.ceremony.rules import Outcome, check
from rootescrow.ceremony.situation import Kind, Profile
from rootescrow.ceremony.split import Placement
from rootescrow.errors import PlanError
from rootescrow.paper.sheets import Paper
from rootescrow.policy import Body, Holder

from .plans import ROOT, SIMPLE, TYPED, changed


def mistakes(plan: str | bytes) -> list[str]:
    """The lines that tell them."""
    with pytest.raises(PlanError) as error:
        load(plan if isinstance(plan, bytes) else plan.encode())
    lines = error.value.hint.split("\n  ")
    count = "a mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    assert error.value.message == f"the plan has {count}"
    return lines


def test_the_root_of_the_examples() -> None:
    plan = load(ROOT.encode())
    assert (plan.profile, plan.placement, plan.paper, plan.language) == (
        Profile.ROOT,
        Placement.SEPARATE,
        Paper.A4,
        "en",
    )
    assert str(plan.policy) == "any 3 of the 5 Board sheets and any 2 of the 3 Arbitration sheets"
    assert [group.body for group in plan.policy.groups] == [Body.BOARD, Body.ARBITRATION]
    assert plan.holders[0][1] == Holder("Secretary", "Bo Example", "Bank, Zürich", "A000102")
    assert (plan.authority.motion, plan.authority.date) == ("m20261101.1", datetime.date(2026, 11, 1))
    assert isinstance(plan.passphrase, Generated)
    situation = plan.situation()
    assert [carrier.kind for carrier in situation.envelopes] == [Kind.MEDIUM] * 2 + [Kind.PAPER] * 2
    assert situation.operators == ("Olga Example", "Otto Example")
    assert situation.passphrase.escrowed is not None
    assert situation.passphrase.escrowed.sheets[1].place == "Bank, Hamburg"


def test_the_simple_one_of_the_examples_lets_the_rest_be_as_it_is_by_default() -> None:
    plan = load(SIMPLE.encode())
    assert (plan.placement, plan.paper, plan.language, plan.media) == (Placement.EACH, Paper.A4, "en", ())
    assert isinstance(plan.passphrase, Typed)
    assert plan.situation().passphrase.typists == ("Ada Example", "Di Example")
    assert plan.situation().next_drill is None


def test_five_mistakes_are_five_messages() -> None:
    plan = changed(
        ('profile = "root"', 'profile = "toplevel"'),
        ('body = "board"\nthreshold = 3', 'body = "board"\nthreshold = 6'),
        ('person = "bo"', 'person = "bob"'),
        ('[key]\nname = "Example Root CA"', "[key]\nnmae = 5"),
        ("hours = 30", 'hours = "thirty"'),
    )
    assert mistakes(plan) == [
        "profile: it is none of those; allowed: root, subroot, simple",
        "key.name: it is missing; allowed: one line of at most 120 characters",
        "key.nmae: there is no such key; allowed: name, spki_sha256",
        "places.sydney.hours: it is of the wrong kind; allowed: a number from 0 to 8760",
        'groups[Board].sheets[2].person: "bob" is not in [people]; allowed: a short name from [people]',
        "groups[Board].threshold: 6 of 5 sheets; allowed: at most the number of its sheets, 5",
    ]


ONE = (
    ("format = 1", "format = 2", "format: it is none of those; allowed: 1"),
    ("format = 1", "", "format: it is missing; allowed: 1"),
    ('language = "en"', 'language = "it"', "language: there are no sheets in this language yet; allowed: en"),
    ('paper = "a4"', 'paper = "a3"', "paper: it is none of those; allowed: a4, letter"),
    ('envelope = "separate"', 'envelope = "media"', "envelope: it is none of those; allowed: separate (the default"),
    ('envelope = "separate"', "groups_needed = 3", "groups_needed: 3 of 2 groups; allowed: 1 to 2"),
    ('envelope = "separate"', "groups_needed = 0", "groups_needed: it is too small; allowed: 1 to the number"),
    ('envelope = "separate"', "groups_needed = true", "groups_needed: it is of the wrong kind"),
    ('envelope = "separate"', 'colour = "blue"', "colour: there is no such key; allowed: format, profile, language"),
    ('name = "Example CA"', 'name = ""', "organisation.name: it is empty; allowed: one line"),
    ('name = "Example CA"', 'name = "  "', "organisation.name: it is empty"),
    (
        'name = "Example CA"',
        f'name = "{"x" * 121}"',
        "organisation.name: it has 121 characters, the sheet has room for 120",
    ),
    ('name = "Example CA"', r'name = "a\u0000b"', "organisation.name: it holds a character that cannot be printed"),
    ('name = "Example CA"', r'name = "a\u001b[2Jb"', "organisation.name: it holds a character that cannot be printed"),
    ('name = "Example CA"', 'name = "大"', "organisation.name: it holds a character that the fonts cannot print"),
    ('name = "Example CA"', "name = 7", "organisation.name: it is of the wrong kind"),
    ('spki_sha256 = ""', 'spki_sha256 = "abc"', "key.spki_sha256: it is no SHA-256; allowed: 64 hexadecimal digits"),
    ("date = 2026-11-01", "date = 20261101", "authority.date: it is no date; allowed: a date such as"),
    ("date = 2026-11-23", "date = 2026-11-23T10:00:00", "ceremony.date: it is no date"),
    ("date = 2026-11-23", 'date = "2026-11-31"', "ceremony.date: there is no such date"),
    ("date = 2026-11-23", 'date = ""', "ceremony.date: it is empty; allowed: a date such as 2026-11-23"),
    ('operators = ["olga", "otto"]', 'operators = ["olga", "olga"]', "ceremony.operators: somebody is named twice"),
    ('operators = ["olga", "otto"]', 'operators = "olga"', "ceremony.operators: it is of the wrong kind"),
    ('operators = ["olga", "otto"]', 'operators = ["olga", ""]', "ceremony.operators[2]: it is empty"),
    (
        "[people]",
        '[people]\n"Ada E" = { name = "A", contact = "x", hours = 1 }',
        "people.Ada E: it is not written as it should be; allowed: a table [people.NAME] for each; NAME: small",
    ),
    ('bo = { name = "Bo Example"', 'bo = { name = "ada example"', 'people: "ada example" stands there twice'),
    ('bo = { name = "Bo Example"', 'bo = { name = "Ada  Example"', 'people: "Ada  Example" stands there twice'),
    ('name = "Bank, Sydney"', 'name = "Notary Bern"', 'places: "Notary Bern" stands there twice'),
    ('name = "Board"', 'name = "Pass phrase"', "groups[Pass phrase].name: the sheets of the passphrase"),
    ('"bern", bag = "A000101"', '"bern", bag = "a 000102"', 'bag: "a 000102" is at several places: bern, zurich'),
    ('name = "Bank, Berlin"', 'name = "Bank, Zürich"', 'places: "Bank, Zürich" stands there twice'),
    ("hours = 30", "hours = nan", "places.sydney.hours: it is no number"),
    ("hours = 30", "hours = inf", "places.sydney.hours: it is no number"),
    ("hours = 30", "hours = true", "places.sydney.hours: it is of the wrong kind"),
    ("hours = 30", "hours = -1", "places.sydney.hours: it is too small"),
    ("hours = 30", "hours = 8761", "places.sydney.hours: it is too large; allowed: a number from 0 to 8760"),
    ("hours = 30", 'hours = ""', "places.sydney.hours: it is empty"),
    ('name = "Board"', 'name = "Board/A"', "groups[Board/A].name: the group name 'Board/A' holds a slash"),
    ('name = "Board"', 'name = "passphrase"', "groups[passphrase].name: the sheets of the passphrase are called that"),
    ('name = "Board"', 'name = "arbitration"', 'groups: "Arbitration" stands there twice'),
    ('name = "Board"', "", "groups[1].name: it is missing"),
    ('body = "board"', 'body = "council"', "groups[Board].body: it is none of those; allowed: board, arbitration"),
    ("threshold = 3", "threshold = 0", "groups[Board].threshold: it is too small; allowed: 1 to 16"),
    ("threshold = 3", "threshold = 17", "groups[Board].threshold: it is too large"),
    ("threshold = 3", "threshold = 3.0", "groups[Board].threshold: it is of the wrong kind"),
    (
        'place = "bern"',
        'place = "rome"',
        'groups[Board].sheets[1].place: "rome" is not in [places]; allowed: a short name',
    ),
    ('"bern", bag = "A000101"', '"bern", bag = "A000102"', 'bag: "A000102" is at several places: bern, zurich'),
    ('name = "USB stick 2"', 'name = "usb stick 1"', 'media: "usb stick 1" stands there twice'),
    (
        'envelope = "separate"',
        'envelope = "each"',
        "printed_envelopes: each sheet bears the envelope already; allowed: none",
    ),
    ('source = "generated"', 'source = "remembered"', "passphrase: its source is none of those; allowed: a table with"),
    ('source = "generated"', "", "passphrase: its source is missing"),
    (
        'source = "generated"\nthreshold = 2',
        'source = "generated"\nthreshold = 1',
        "passphrase.threshold: it is too small; allowed: 2",
    ),
    (
        'source = "generated"\nthreshold = 2',
        'source = "generated"\nthreshold = 4',
        "passphrase.threshold: 4 of 3 sheets",
    ),
    ("[accept]", '[accept]\n"SP-z" = "why not"', "accept.SP-z: there is no such rule; allowed: rule ="),
    ("[accept]", '[accept]\n"SP-a" = ""', "accept.SP-a: it is empty"),
    ("[accept]", '["acc\\u001bept"]', "acc\\x1bept: there is no such key"),
)


@pytest.mark.parametrize(("before", "after", "says"), ONE, ids=[one[2][:50] for one in ONE])
def test_one_mistake_is_one_message(before: str, after: str, says: str) -> None:
    text = ROOT.replace(before, after, 1)
    assert text != ROOT
    (line,) = mistakes(text)
    assert line.startswith(says), line
    assert line.isprintable()


def test_a_bag_at_two_places_is_found_whatever_it_holds() -> None:
    assert mistakes(changed(('"datacentre"\nbag = "A000202"', '"datacentre"\nbag = "A000109"'))) == [
        'bag: "A000109" is at several places: datacentre, lugano; allowed: each bag at one place'
    ]


def test_typed_parts() -> None:
    assert mistakes(changed(TYPED, ('["ina", "jo"]', "[]"))) == [
        "passphrase.parts: there are too few; allowed: short names from [people], each once, in the order in which "
        "they type"
    ]
    assert mistakes(changed(TYPED, ('["ina", "jo"]', '["ina", "ina"]')))[0].startswith("passphrase.parts: somebody is")
    assert mistakes(changed(TYPED, ('["ina", "jo"]', '["ina"]\nthreshold = 2'))) == [
        "passphrase.threshold: there is no such key; allowed: source, parts"
    ]


def test_an_empty_plan_says_everything_that_is_missing() -> None:
    lines = mistakes("format = 1\n")
    assert [line.split(":")[0] for line in lines] == [
        *("profile", "organisation", "key", "ceremony", "people", "places", "groups", "passphrase")
    ]


def test_a_fingerprint_may_be_written_as_on_a_sheet() -> None:
    digits = "0123456789abcdef" * 4
    spaced = " ".join(digits[i : i + 4].upper() for i in range(0, 64, 4))
    for written in (digits, spaced, ":".join(digits[i : i + 2] for i in range(0, 64, 2))):
        assert load(changed(('spki_sha256 = ""', f'spki_sha256 = "{written}"')).encode()).key.spki_sha256 == digits


# Files that are no plan.

HOSTILE: tuple[tuple[str, bytes, str], ...] = (
    ("nothing", b"", "the plan is empty"),
    ("only spaces", b" \n\t\n", "the plan is empty"),
    ("too large", b"#" * (MAX_PLAN_BYTES + 1), "a plan of over 262144 bytes"),
    ("NUL", ROOT.encode().replace(b"Example CA", b"Ex\0ample CA"), "the plan is no TOML"),
    ("UTF-16", ROOT.encode("utf-16"), "the plan is not in UTF-8"),
    ("a byte order mark", b"\xef\xbb\xbf" + ROOT.encode(), "the plan is no TOML"),
    ("Latin-1", ROOT.encode("latin-1"), "the plan is not in UTF-8"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "the plan is not in UTF-8"),
    ("a key twice", ROOT.encode() + b"[key]\nname = 1\n", "the plan is no TOML"),
    ("a cut one", ROOT.encode()[:3000], "the plan is no TOML"),
    ("deep arrays", b"format = " + b"[\n" * 20_000, "the plan is no TOML: a number or a nesting"),
    ("deep tables", b"format = " + b"{a=" * 600, "the plan is no TOML"),
    ("deep keys", b"a" + b".a" * 900 + b" = 1", "the plan is nested deeper than any plan"),
    ("deep in a sheet", b"groups = [{sheets = [{a.b.c.d.e.f.g.h = 1}]}]", "the plan is nested deeper than any plan"),
    ("a long number", b"format = " + b"9" * 1900, "the plan has "),
    ("a key of many dots", b"a" + b".a" * 120_000 + b" = 1", "line 1 of the plan has over 2000 characters"),
    ("what steers a terminal", b"\x1b]0;owned\x07 = 1", "the plan is no TOML"),
)


@pytest.mark.parametrize(("data", "says"), [one[1:] for one in HOSTILE], ids=[one[0] for one in HOSTILE])
def test_what_is_no_plan(data: bytes, says: str) -> None:
    with pytest.raises(PlanError) as error:
        load(data)
    assert error.value.message.startswith(says)
    assert error.value.message.isprintable()
    assert error.value.hint


def test_a_thousand_mistakes_are_not_all_told() -> None:
    text = ROOT + "\n".join(f'"SP-{number}" = "x"' for number in range(1000))
    with pytest.raises(PlanError) as error:
        load(text.encode())
    lines = error.value.hint.split("\n  ")
    assert error.value.message == "the plan has 1000 mistakes"
    assert len(lines) == MAX_PROBLEMS + 1
    assert lines[-1] == f"and {1000 - MAX_PROBLEMS} more"


def test_more_people_places_groups_and_sheets_than_there_can_be() -> None:
    people = "\n".join(f'p{n} = {{ name = "P {n}", contact = "x", hours = 1 }}' for n in range(600))
    assert mistakes(changed(("[people]\n", f"[people]\n{people}\n"))) == [
        "people: there are too many; allowed: a table [people.NAME] for each; "
        "NAME: small letters, digits, - and _, at most 32"
    ]
    sheet = '  { office = "President", person = "ada", place = "bern", bag = "A000101" },\n'
    assert mistakes(changed((sheet, sheet * 13)))[0].startswith("groups[Board].sheets: there are too many")
    groups = "".join(
        f'[[groups]]\nname = "G{n}"\nbody = "other"\nthreshold = 1\nsheets = [\n{sheet}]\n' for n in range(15)
    )
    assert mistakes(changed(('[[media]]\nname = "USB stick 1"', f'{groups}[[media]]\nname = "USB stick 1"')))[
        0
    ].startswith("groups: there are too many; allowed: 1 to 16")


TOML_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The places of everything in a TOML document."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return (
        [path, *(found for key, item in inner for found in paths(item, (*path, key)))]
        if path
        else [found for key, item in inner for found in paths(item, (key,))]
    )


@given(st.data())
def test_a_value_of_any_kind_at_any_place_is_taken_or_refused(data: st.DataObject) -> None:
    """No place in a plan can hold anything that gives another error than a PlanError."""
    raw = tomllib.loads(ROOT)
    path = data.draw(st.sampled_from(paths(raw)))
    value = data.draw(TOML_VALUES)
    holder: object = raw
    for part in path[:-1]:
        holder = holder[part]  # type: ignore[index]  # a TOML document: tables and arrays of anything
    holder[path[-1]] = value  # type: ignore[index]
    try:
        plan = validate(raw)
    except PlanError as error:
        shown = error.hint.split("\n")
    else:
        assert check(plan.situation())
        shown = list(outline(plan))
    assert shown
    assert all(line.isprintable() for line in shown)


# Templates.


def filled(text: str) -> str:
    """A template with its blanks filled, each text its own; no two bags and no two names are alike."""
    numbers = iter(range(1, 1000))
    blanks = {"hours": "2", "spki_sha256": '""', "next_drill": "2027-11-20", "motion": '"m20261101.1"'}
    dates = iter(("2026-11-01", "2026-11-23"))

    def fill(match: re.Match[str]) -> str:
        key = match[1]
        value = next(dates) if key == "date" else blanks.get(key, f'"Text {next(numbers)}"')
        return f"{key} = {value}"

    return re.sub(r'(\w+) = ""', fill, text)


@pytest.mark.parametrize("profile", Profile)
def test_a_template_that_is_filled_in_is_a_plan_that_meets_the_rules(profile: Profile) -> None:
    plan = load(filled(template(profile)).encode())
    assert plan.profile is profile
    outcomes = {answer.rule: answer.outcome for answer in check(plan.situation())}
    assert Outcome.FAIL not in outcomes.values()
    warned = {"AU-5", "SP-d"} if profile is Profile.SIMPLE else {"AU-5"}
    assert {rule for rule, outcome in outcomes.items() if outcome is Outcome.WARN} == warned


@pytest.mark.parametrize("profile", Profile)
def test_a_template_says_each_blank_that_is_left(profile: Profile) -> None:
    text = template(profile)
    lines = mistakes(text)
    assert all(": it is empty; allowed: " in line for line in lines)
    blank = len(re.findall(r'^(?:name|contact|hours) = ""', text, re.MULTILINE))
    assert len(lines) == blank + 1, "and the day of the ceremony"


@pytest.mark.parametrize("profile", Profile)
def test_a_template_is_narrow_enough_to_read(profile: Profile) -> None:
    text = template(profile)
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 120

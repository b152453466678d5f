"""The beginning of a plan: a commented template, one for each profile.

Who fills in every empty text has a plan that meets the rules, if the hours of travel allow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from rootescrow.ceremony.situation import Profile

_HEAD = Template("""\
# The plan of a ceremony, for: rootescrow split KEY --certificate CRT --plan THIS
#
# Fill in every "" (those marked "may stay empty" need not be), and change whatever is not so with you: people, places
# and groups are only a proposal. Then: rootescrow plan check THIS
# That says all that is wrong, what will happen, which rules are not met, and the plan's SHA-256. The Board's motion
# quotes it; after that change nothing, as every change makes another one.
#
# Nothing here is secret, and all of it is confidential: it tells who keeps what, and where.

format = 1
profile = "$profile"              # root, subroot or simple: how strict the rules are
language = "en"
paper = "a4"                  # a4 or letter
$envelope

[organisation]
name = ""
contact = ""                  # whom to call, in one line: every cover shows it

[key]
name = ""                     # as on the sheets, such as "Example Root CA"
spki_sha256 = ""              # may stay empty; of the key's public key, if it is there already:
                              # openssl pkey -in KEY -pubout -outform DER | sha256sum

[authority]                   # on whose instruction$authority
motion = ""
date = ""                     # 2026-11-01

[ceremony]
date = ""                     # 2026-11-23
operators = ["operator-1", "operator-2"]
witnesses = ["witness-1"]
next_drill = ""               # at most a year later

# Who takes part. The short name, after the dot, is how the rest of the plan calls a person. Somebody with two offices
# stands here once, and the rules count both. "contact" is for the worst day. "hours": from a call until the person has
# in hand what he keeps; a number, as 2 or 0.5, without quotes.
""")

_PERSON = Template("""
[people.$short]
name = ""
contact = ""
hours = ""
""")

_PLACES = """
# Where things lie. "contact" is who opens there on the worst day. "hours": of travel from there to where a recovery is
# held; a number. A CRL is due within 24 hours, with any one place lost.
"""

_PLACE = Template("""
[places.$short]
name = ""
contact = ""
hours = ""
""")

_GROUPS = """
# Who must come together: each group is needed, with that many of its sheets. "body" is what a group stands for: board,
# arbitration, systems or other. "bag" is the number of the tamper-evident bag; it may stay empty until it is known.
"""

_GROUP = Template("""
[[groups]]
name = "$name"
body = "$body"
threshold = $threshold
sheets = [
$sheets
]
""")

_SEPARATE = """
# Where the envelope is: on media used for nothing else, and on paper; at two places or more, where no passphrase sheet
# is.

[[media]]
name = "Medium 1"
place = "archive-1"
bag = ""

[[media]]
name = "Medium 2"
place = "archive-2"
bag = ""

[[printed_envelopes]]
place = "archive-1"
bag = ""

[[printed_envelopes]]
place = "archive-2"
bag = ""
"""

_EACH = """
# The envelope is printed on each sheet, and is on a medium that is used for nothing else.

[[media]]
name = "Medium 1"
place = "archive-1"
bag = ""
"""

_GENERATED = Template("""
# The passphrase: generated, seen by nobody, on sheets of its own. None lies where an envelope lies.
# That stores it, if nowhere whole: the Board accepts that with this plan (AU-3 against SP-d).
# The other way, which a root fails unless that is accepted below: source = "typed", parts = ["keeper-1", "keeper-2"]

[passphrase]
source = "generated"
threshold = 2
sheets = [
$sheets
]
""")

_TYPED = """
# The passphrase: typed in parts by people who do not see each other's, known to them, never escrowed.
# The other way: source = "generated", threshold = 2, sheets = [ … ] as in a group.

[passphrase]
source = "typed"
parts = ["operator-1", "operator-2"]
"""

_ACCEPT = """
# A rule that is not met stops the ceremony, unless the Board accepts that here, with its reason:
#   "AU-5" = "only three members this year, motion m20261101.2"

[accept]
"""


def template(profile: Profile) -> str:
    """The template of a profile, as a TOML text that ends with a newline."""
    board = ["president", "secretary", "treasurer", "member-1", "member-2"]
    systems = ["administrator-1", "administrator-2", "administrator-3", "administrator-4", "administrator-5"]
    arbitrators = ["arbitrator-1", "arbitrator-2", "arbitrator-3"]
    keepers = ["keeper-1", "keeper-2", "keeper-3"]
    simple = profile is Profile.SIMPLE
    controlling = _group("Systems", "systems", 3, systems) if profile is Profile.SUBROOT else ""
    holders = systems if profile is Profile.SUBROOT else board
    if not controlling:
        controlling = _group("Board", "board", 3, board)
    kept = [*holders, *arbitrators, *([] if simple else keepers)]
    people = [*kept, "operator-1", "operator-2", "witness-1"]
    places = [*(_home(short) for short in kept), "archive-1", *([] if simple else ["archive-2"])]
    envelope = (
        'envelope = "each"             # on each sheet, or "separate" from them'
        if simple
        else 'envelope = "separate"         # apart from the sheets, or on "each"'
    )
    return "".join(
        [
            _HEAD.substitute(
                profile=profile, envelope=envelope, authority="; may stay empty, which is a warning" if simple else ""
            ),
            *(_PERSON.substitute(short=short) for short in people),
            _PLACES,
            *(_PLACE.substitute(short=short) for short in places),
            _GROUPS,
            controlling,
            _group("Arbitration", "arbitration", 2, arbitrators),
            _EACH if simple else _SEPARATE,
            _TYPED if simple else _GENERATED.substitute(sheets=_sheets(keepers)),
            _ACCEPT,
        ]
    )


def _group(name: str, body: str, threshold: int, holders: Sequence[str]) -> str:
    return _GROUP.substitute(name=name, body=body, threshold=threshold, sheets=_sheets(holders))


def _sheets(holders: Sequence[str]) -> str:
    return "\n".join(f'  {{ office = "", person = "{h}", place = "{_home(h)}", bag = "" }},' for h in holders)


def _home(holder: str) -> str:
    return f"{holder}-home"

"""The paper that a ceremony follows: what is needed, who is there, each step, and what is read aloud."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rootescrow.ceremony.papers.record import grouped
from rootescrow.ceremony.papers.steps import Step, parts
from rootescrow.ceremony.plan import Generated, Plan, Typed
from rootescrow.ceremony.planned import Planned
from rootescrow.ceremony.situation import PASSPHRASE
from rootescrow.errors import PaperError
from rootescrow.paper.fonts import Face
from rootescrow.paper.layout import Paragraph
from rootescrow.paper.report import SIZE, TEXT, Block, Cell, Column, Heading, Report, Table, Text, draw_report, runs
from rootescrow.paper.spelling import WORDS, spell
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.paper.wording import quorum
from rootescrow.policy import Holder
from rootescrow.register.record import Accepted

EXCEPTIONS = 8
"""Lines of the page for exceptions."""
GUESTS = 4
"""Lines to sign in for people whom the plan does not name."""

_TOGETHER = ("everyone", "operators", "holders", "printing")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = 46.0
_FIELDS = (Column("", _NAME), Column("", TEXT - _NAME, Face.SANS_BOLD))
_NUMBER, _TIME, _INITIALS = 10.0, 19.0, 25.0
_WHAT = TEXT - _NUMBER - _TIME - _INITIALS
_TYPED = 9.0
_TICK = 7.0
_BY_HAND = 10.0


def draw_script(planned: Planned, *, wheel_sha256: str = "", language: str = "") -> bytes:
    """The script of a planned ceremony, as a PDF on the plan's paper.

    `language` is the plan's if it is empty.
    `wheel_sha256` is of the program's file as it was published, 64 hexadecimal digits, or "" where it is to be written
    by hand. Raises PaperError for a digest that is none, and for texts that have no room.
    """
    if wheel_sha256 and not _SHA256.fullmatch(wheel_sha256):
        raise PaperError("what is to be read aloud is no SHA-256", "Give 64 hexadecimal digits, in small letters.")
    plan, plan_sha256 = planned.plan, planned.sha256
    say = catalogue(language or plan.language, Part.SCRIPT)
    report = Report(
        title=say("title", date=plan.ceremony.date.isoformat()),
        name=say("name", date=plan.ceremony.date.isoformat(), plan=plan_sha256[:8]),
        note=say("note"),
        blocks=(
            *_plan(plan, plan_sha256, say),
            *_use(say),
            *_roles(plan, say),
            *_accepted(planned.accepted, say),
            *_materials(plan, say),
            *_sign_in(plan, say),
            *_aloud(plan, plan_sha256, wheel_sha256, say),
            *_steps(plan, say),
            *_sheets(plan, say),
            *_carriers(plan, say),
            *_exceptions(say),
            *_signatures(plan, say),
        ),
        language=say.language,
    )
    return draw_report(report, plan.paper)


def _plan(plan: Plan, plan_sha256: str, say: Catalogue) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = [
        (say("plan.organisation"), plan.organisation.name),
        (say("plan.key"), plan.key.name),
        (say("plan.profile"), plan.profile.value),
        (say("plan.motion"), plan.authority.motion or say("none")),
        (say("plan.motion_date"), plan.authority.date.isoformat() if plan.authority.date else say("none")),
        (say("plan.date"), plan.ceremony.date.isoformat()),
        (say("head.plan_digest"), grouped(plan_sha256)),
        (say("plan.needed"), quorum(plan.policy, say)),
        (say("plan.passphrase"), _passphrase(plan, say)),
        (say("plan.envelope"), say(f"plan.{plan.placement}")),
        (say("plan.sheets"), str(len(_held(plan)))),
        (say("plan.media"), str(len(plan.media))),
        (say("plan.next_drill"), plan.ceremony.next_drill.isoformat() if plan.ceremony.next_drill else say("none")),
    ]
    yield Heading(say("head.plan"))
    yield Table(_FIELDS, tuple(rows))


def _passphrase(plan: Plan, say: Catalogue) -> str:
    kept = plan.passphrase
    if isinstance(kept, Generated):
        return say("plan.generated", threshold=kept.threshold, count=len(kept.sheets))
    return say("plan.typed", names=_typists(plan))


def _typists(plan: Plan) -> str:
    return ", ".join(plan.names(plan.passphrase.parts)) if isinstance(plan.passphrase, Typed) else ""


def _use(say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.use"))
    sentences = (Paragraph(((say(f"use.{name}"), Face.SANS),), SIZE, 1.0) for name in _USE)
    yield Text(tuple(sentences))


_USE = ("aloud", "see", "stop", "secret", "typed", "copies")


def _people(plan: Plan, say: Catalogue) -> Iterator[tuple[str, str, str]]:
    """Role, name and task of all who do something: operators first, then who reads, then who watches."""
    operators = [*plan.names(plan.ceremony.operators), "", ""][: max(2, len(plan.ceremony.operators))]
    witnesses = [*plan.names(plan.ceremony.witnesses), "", ""][: max(2, len(plan.ceremony.witnesses))]
    for number, name in enumerate(operators, 1):
        which = f"operator_{number}" if number < 3 else "operator_more"
        yield say(f"role.{which}", number=number), name, say(f"role.{which}_does")
    yield say("role.reader"), witnesses[0], say("role.reader_does")
    for number, name in enumerate(witnesses[1:], 1):
        yield say("role.witness", number=number), name, say("role.witness_does")


def _roles(plan: Plan, say: Catalogue) -> Iterator[Block]:
    columns = (Column(say("role.role"), 30.0, Face.SANS_BOLD), Column(say("role.name"), 62.0))
    yield Heading(say("head.roles"))
    yield Table((*columns, Column(say("role.does"), TEXT - 92.0)), tuple(_people(plan, say)))


def _accepted(accepted: tuple[Accepted, ...], say: Catalogue) -> Iterator[Block]:
    if accepted:
        yield Heading(say("head.accepted"))
        rows = tuple((one.rule, one.reason) for one in accepted)
        yield Table((Column("", 20.0, Face.SANS_BOLD), Column("", TEXT - 20.0)), rows)


def _materials(plan: Plan, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.materials"), new_page=True)
    things = [say(f"materials.{thing}", paper=plan.paper.upper(), count=len(plan.media)) for thing in _MATERIALS]
    columns = (
        Column("", _TICK, tick=True),
        Column(say("materials.thing"), 115.0),
        Column(say("materials.number"), TEXT - 115.0 - _TICK),
    )
    yield Table(columns, tuple(("", thing, "") for thing in things), row_height=_BY_HAND)


_MATERIALS = (
    *("laptop", "second", "system", "wheels", "published", "key"),
    *("printer", "paper", "scanner", "bags", "media", "shredder", "pens", "papers"),
)


def _sign_in(plan: Plan, say: Catalogue) -> Iterator[Block]:
    roles: dict[str, list[str]] = {}
    for role, name, _ in _people(plan, say):
        roles.setdefault(name or f"\0{role}", []).append(role)
    for holder in (holder for _, holder in _held(plan)):
        held = roles.setdefault(holder.person, [])
        if say("role.holder") not in held:
            held.append(say("role.holder"))
    for name in plan.names(plan.passphrase.parts) if isinstance(plan.passphrase, Typed) else ():
        roles.setdefault(name, []).append(say("role.typist"))
    rows = [("" if name.startswith("\0") else name, ", ".join(held), "", "", "", "") for name, held in roles.items()]
    rows += [("", "", "", "", "", "")] * GUESTS
    yield Heading(say("head.sign_in"), new_page=True)
    yield Table(
        (
            Column(say("sign_in.name"), 50.0, Face.SANS_BOLD),
            Column(say("sign_in.role"), 38.0),
            Column(say("sign_in.proof"), 17.0, tick=True),
            Column(say("sign_in.came"), 16.0),
            Column(say("sign_in.left"), 16.0),
            Column(say("sign_in.signature"), TEXT - 137.0),
        ),
        tuple(rows),
        row_height=_BY_HAND,
    )


def _aloud(plan: Plan, plan_sha256: str, wheel_sha256: str, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.aloud"), new_page=True)
    yield Text(tuple(Paragraph(((say(f"aloud.{name}"), Face.SANS),), SIZE, 1.0) for name in ("how", "why")))
    for name, digest in (("plan", plan_sha256), ("wheel", wheel_sha256), ("spki", plan.key.spki_sha256)):
        yield Heading(say(f"head.{name}_digest"), 11.0)
        if not digest:
            yield Text((Paragraph(((say("aloud.blank"), Face.SANS),), SIZE),), keep=True)
        yield _digest(digest)
    yield Heading(say("head.alphabet"), 11.0)
    yield _alphabet()
    yield Heading(say("head.made"), 11.0)
    columns = (Column("", 62.0), Column("", TEXT - 62.0))
    rows = tuple((say(f"aloud.{name}"), "") for name in ("escrow_id", "record", "head"))
    yield Table(columns, rows, row_height=_BY_HAND, together=True)


def _digest(digest: str) -> Table:
    """Four characters at a time, to tick, as words; or, where there is no digest, to be written by hand."""
    pair = (
        Column("", _TICK, tick=True),
        Column("", 14.0, Face.MONO_BOLD),
        Column("", TEXT / 2 - _TICK - 14.0),
    )
    fours: list[tuple[Cell, ...]] = [("", "", "")] * 16
    if digest:
        quads = [digest[start : start + 4] for start in range(0, 64, 4)]
        fours = [("", quad, " ".join(spell(quad))) for quad in quads]
    rows = tuple((*fours[place], *fours[place + 8]) for place in range(8))
    return Table((*pair, *pair), rows, row_height=6.6, together=True)


def _alphabet() -> Table:
    """Six columns of six: A to Z, then the figures."""
    entries = list(WORDS.items())
    columns = (Column("", 7.0, Face.MONO_BOLD), Column("", TEXT / 6 - 7.0)) * 6
    rows = tuple(
        tuple(text for column in range(6) for text in entries[column * 6 + row]) for row in range(len(entries) // 6)
    )
    return Table(columns, rows, together=True)


def _steps(plan: Plan, say: Catalogue) -> Iterator[Block]:
    all_parts = parts(plan)
    numbers = {step.name: number for number, step in enumerate((s for part in all_parts for s in part.steps), 1)}
    columns = (
        Column("", _NUMBER, Face.SANS_BOLD, 13.0),
        Column(say("step.step"), _WHAT),
        Column(say("step.time"), _TIME, write=True),
        Column(say("step.initials"), _INITIALS, write=True),
    )
    for place, part in enumerate(all_parts):
        yield Heading(say(f"part.{part.name}"), new_page=not place)
        rows = tuple((str(numbers[step.name]), _step(step, numbers, say), "", "") for step in part.steps)
        yield Table(columns, rows)


def _step(step: Step, numbers: dict[str, int], say: Catalogue) -> tuple[Paragraph, ...]:
    who = say(f"step.{step.who}" if step.who in _TOGETHER else f"role.{step.who}")
    variant = say(f"{step.name}.{step.variant}") if step.variant else ""
    values: dict[str, object] = {"variant": variant, "split": numbers["split"]}
    lines = [
        Paragraph(((who, Face.SANS_BOLD),), SIZE),
        Paragraph(runs(say, f"{step.name}.what", values), SIZE),
        *_typed(step.commands),
        _result(say, "see", step, values),
        *_typed(step.after),
        _result(say, "ifnot", step, values),
    ]
    return tuple(lines)


def _result(say: Catalogue, which: str, step: Step, values: dict[str, object]) -> Paragraph:
    head = (say(f"step.{which}"), Face.SANS_BOLD)
    return Paragraph((head, *runs(say, f"{step.name}.{which}", values)), SIZE, 0.6)


def _typed(commands: tuple[str, ...]) -> Iterator[Paragraph]:
    """Commands line by line, as they are typed."""
    for place, line in enumerate(line for command in commands for line in command.split("\n")):
        yield Paragraph(((line, Face.MONO_BOLD),), _TYPED, 0.0 if place else 0.6)


def _held(plan: Plan) -> list[tuple[str, Holder]]:
    """Every sheet by its name, with its holder: those of the passphrase last."""
    groups = [(group.name, group.sheets) for group in plan.groups]
    if isinstance(plan.passphrase, Generated):
        groups.append((PASSPHRASE, plan.passphrase.sheets))
    return [
        (f"{name}/{number}", plan.holder(sheet)) for name, sheets in groups for number, sheet in enumerate(sheets, 1)
    ]


def _sheets(plan: Plan, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.sheets"), new_page=True)
    yield Text((Paragraph(((say("sheet.what"), Face.SANS),), SIZE),), keep=True)
    ticks = tuple(Column(say(f"sheet.{name}"), 16.0, tick=True) for name in ("printed", "read", "second", "bagged"))
    columns = (
        Column(say("sheet.sheet"), 36.0, Face.SANS_BOLD),
        Column(say("sheet.holder"), 56.0),
        Column(say("sheet.bag"), TEXT - 92.0 - 64.0),
        *ticks,
    )
    rows = [(name, _whose(name, holder), holder.bag, "", "", "", "") for name, holder in _held(plan)]
    yield Table(columns, tuple(rows), row_height=_BY_HAND)


def _whose(name: str, holder: Holder) -> tuple[Paragraph, ...]:
    lines = ((holder.person, Face.SANS_BOLD, "person"), (holder.place, Face.SANS, "place"))
    return tuple(Paragraph(((text, face),), SIZE, what=f"the {part} of {name}") for text, face, part in lines if text)


def _carriers(plan: Plan, say: Catalogue) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = [
        (say("carrier.medium", name=medium.name), plan.places[medium.place].name, medium.bag, "", "")
        for medium in plan.media
    ]
    rows += [
        (say("carrier.printed", number=number), plan.places[printed.place].name, printed.bag, "", "")
        for number, printed in enumerate(plan.printed_envelopes, 1)
    ]
    if not rows:
        return
    yield Heading(say("head.envelopes"))
    yield Table(
        (
            Column(say("carrier.what"), 56.0, Face.SANS_BOLD),
            Column(say("carrier.place"), 56.0),
            Column(say("carrier.bag"), TEXT - 112.0 - 36.0),
            Column(say("carrier.written"), 20.0, tick=True),
            Column(say("carrier.bagged"), 16.0, tick=True),
        ),
        tuple(rows),
        row_height=_BY_HAND,
    )


def _exceptions(say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.exceptions"), new_page=True)
    yield Text((Paragraph(((say("exceptions.what"), Face.SANS),), SIZE),), keep=True)
    yield Table(
        (
            Column(say("exceptions.step"), 14.0),
            Column(say("exceptions.time"), 18.0),
            Column(say("exceptions.happened"), 66.0),
            Column(say("exceptions.decided"), 64.0),
            Column(say("exceptions.initials"), TEXT - 162.0),
        ),
        (("", "", "", "", ""),) * EXCEPTIONS,
        row_height=25.0,
    )


def _signatures(plan: Plan, say: Catalogue) -> Iterator[Block]:
    yield Heading(say("head.signatures"), new_page=True)
    yield Text((Paragraph(((say("signature.what"), Face.SANS),), SIZE),), keep=True)
    rows = [(role, name, "", "") for role, name, _ in _people(plan, say)]
    rows += [(say("role.board"), "", "", ""), ("", "", "", ""), ("", "", "", "")]
    yield Table(
        (
            Column(say("signature.role"), 32.0),
            Column(say("signature.name"), 62.0, Face.SANS_BOLD),
            Column(say("signature.time"), 30.0),
            Column(say("signature.signature"), TEXT - 124.0),
        ),
        tuple(rows),
        row_height=12.0,
    )

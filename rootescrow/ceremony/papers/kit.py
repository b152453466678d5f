"""What lies on a medium beside the escrow, for people: the same text as RECOVER.txt and, to be printed, RECOVER.pdf.

It is made of the record, and holds no secret. The commands are those of the sheets (paper/stock.py), without the steps
that scan or type the envelope, and those that sign a CRL.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from rootescrow.ceremony.signing import Signing
from rootescrow.paper.fonts import Face, check_printable
from rootescrow.paper.layout import Paper, Paragraph
from rootescrow.paper.report import SIZE, TEXT, Block, Cell, Column, Heading, Report, Table, Text, draw_report
from rootescrow.paper.stock import passphrase_commands, stock_commands, tool, tools
from rootescrow.paper.text import Catalogue, Part, catalogue
from rootescrow.paper.wording import quorum
from rootescrow.register.journal import Head
from rootescrow.register.record import Record

WIDTH = 78
"""Letters in a line of RECOVER.txt: any printer and any terminal has room for them."""

_LABEL = 52.0
_NUMBER = 12.0
_FILE = 62.0
_COMMAND = 9.0


@dataclass(frozen=True)
class _Point:
    """A paragraph; with a name it is a step. `shows` is what its last command must show, if that is known."""

    text: str
    name: str = ""
    commands: tuple[str, ...] = ()
    shows: str = ""
    bold: bool = False


@dataclass(frozen=True)
class Instructions:
    """What the text says.

    `medium` is what the medium is called, `head` the journal's when it was written, `files` what lies on it, by path,
    each with what it is. `certificate` is the path of the key's, empty if there is none; `program` that of recover.py;
    `install` that of what installs the wheels, empty if there are none.

    Raises PaperError for a name of the medium that the fonts cannot print.
    """

    record: Record
    envelope: bytes = field(repr=False)
    medium: str
    head: Head
    written: date
    signing: Signing
    certificate: str
    folder: str
    program: str
    install: str
    files: tuple[tuple[str, str], ...]
    language: str = "en"

    def __post_init__(self) -> None:
        object.__setattr__(self, "medium", check_printable(self.medium, "the name of the medium"))

    @property
    def say(self) -> Catalogue:
        """The sentences of its language."""
        return catalogue(self.language, Part.KIT)


def write_text(what: Instructions) -> bytes:
    """RECOVER.txt, in UTF-8."""
    say, record = what.say, what.record
    lines = [say("title", id=record.escrow_id, generation=record.generation)]
    if record.rehearsal:
        lines.append(say("rehearsal"))
    lines.append("")
    for name, value in _label(what):
        lines += textwrap.wrap(f"{name:<26}{value}", WIDTH, subsequent_indent=" " * 26)
    numbers = _numbers(what)
    for head, points in _sections(what):
        lines += ["", "", head, "-" * len(head)]
        for point in points:
            number = f"{numbers[point.name]:>2}. " if point.name else ""
            text = _plain(point.text)
            lines += ["", *textwrap.wrap(number + text, WIDTH, subsequent_indent=" " * len(number))]
            commands = [line for command in point.commands for line in command.split("\n")]
            lines += ["", *(f"      {line}" for line in commands)] if commands else []
            lines += ["", f"    {say('shows')}", "", f"      {point.shows}"] if point.shows else []
    lines += ["", "", say("head.files"), "-" * len(say("head.files")), ""]
    lines += [f"{path:<32}{_plain(about)}" for path, about in what.files]
    return ("\n".join(lines) + "\n").encode()


def draw_kit(what: Instructions, paper: Paper) -> bytes:
    """RECOVER.pdf. Raises PaperError for a text that the fonts cannot print or that has no room."""
    say, record = what.say, what.record
    report = Report(
        title=say("title", id=record.escrow_id, generation=record.generation),
        name=say("name", id=record.escrow_id),
        note=say("note"),
        blocks=tuple(_blocks(what)),
        rehearsal=record.rehearsal,
        language=what.language,
    )
    return draw_report(report, paper)


def _blocks(what: Instructions) -> Iterator[Block]:
    say, numbers = what.say, _numbers(what)
    if what.record.rehearsal:
        yield Text((Paragraph(((say("rehearsal"), Face.SANS_BOLD),), SIZE),))
    rows: list[tuple[Cell, ...]] = [(name, value) for name, value in _label(what)]
    yield Table((Column("", _LABEL), Column("", TEXT - _LABEL, Face.SANS_BOLD)), tuple(rows))
    for place, (head, points) in enumerate(_sections(what)):
        yield Heading(head, new_page=place == _FIRST_OF_PAGE)
        steps: list[tuple[Cell, ...]] = []
        for point, following in zip(points, (*points[1:], None), strict=True):
            if point.commands:
                steps.append((f"{numbers[point.name]}." if point.name else "", tuple(_cell(point, say))))
                continue
            yield from _table(steps)
            steps = []
            yield Text(tuple(_cell(point, say)), keep=following is not None and bool(following.commands))
        yield from _table(steps)
    yield Heading(say("head.files"))
    yield Table((Column("", _FILE, Face.MONO, 9.0), Column("", TEXT - _FILE)), what.files)


_FIRST_OF_PAGE = 2
"""The section that a page begins with: what stands before it is the label, which may lie in the bag by itself."""


def _table(steps: list[tuple[Cell, ...]]) -> Iterator[Block]:
    if steps:
        yield Table((Column("", _NUMBER, Face.SANS_BOLD, 13.0), Column("", TEXT - _NUMBER)), tuple(steps))


def _cell(point: _Point, say: Catalogue) -> Iterator[Paragraph]:
    pieces = point.text.split("`")
    sans = Face.SANS_BOLD if point.bold else Face.SANS
    runs = tuple((piece, Face.MONO if place % 2 else sans) for place, piece in enumerate(pieces) if piece)
    yield Paragraph(runs, SIZE, what="the names of the groups")
    for place, line in enumerate(line for command in point.commands for line in command.split("\n")):
        yield Paragraph(((line, Face.MONO_BOLD),), _COMMAND, 0.0 if place else 0.8)
    if point.shows:
        yield Paragraph(((f"{say('shows')}", Face.SANS_BOLD),), SIZE, 0.8)
        yield Paragraph(((point.shows, Face.MONO),), _COMMAND)


def _plain(text: str) -> str:
    return text.replace("`", "")


def _label(what: Instructions) -> Iterator[tuple[str, str]]:
    say, record = what.say, what.record
    yield say("label.medium"), what.medium
    yield say("label.key"), check_printable(record.key.name, "the name of the key")
    made = say("label.made", generation=record.generation, date=record.created.isoformat())
    yield say("label.escrow"), f"{record.escrow_id}, {made}"
    yield say("label.written"), what.written.isoformat()
    yield say("label.record"), record.check_code
    yield say("label.head"), str(what.head)


def _sections(what: Instructions) -> Iterator[tuple[str, tuple[_Point, ...]]]:
    say = what.say
    for name, points in (
        ("what", _what(what)),
        ("needed", _needed(what)),
        ("before", _before(what)),
        ("recover", _recover(what)),
        ("sign", _sign(what)),
    ):
        yield say(f"head.{name}"), tuple(points)


def _numbers(what: Instructions) -> dict[str, int]:
    """The number of each step, by its name."""
    parts = (_before, _recover, _sign)
    steps = [point.name for part in parts for point in part(what, numbered=False) if point.name]
    return {name: number for number, name in enumerate(steps, 1)}


def _what(what: Instructions) -> Iterator[_Point]:
    yield _Point(what.say("what.is"), bold=True)
    for name in ("keep", "plug", "found"):
        yield _Point(what.say(f"what.{name}"))


def _needed(what: Instructions) -> Iterator[_Point]:
    say, record = what.say, what.record
    yield _Point(say("needed.key", policy=quorum(record.policy, say)))
    if record.passphrase:
        yield _Point(say("needed.passphrase", policy=quorum(record.passphrase.policy, say)))
    else:
        yield _Point(say("needed.not_escrowed"))
    yield _Point(say("needed.order"))
    yield _Point(say("needed.who"))


def _before(what: Instructions, *, numbered: bool = True) -> Iterator[_Point]:
    say = what.say
    yield _Point(f"{say('before.computer', tool=tool())} {say('before.tried', tools=tools())}")
    yield _Point(say("before.copy"))
    compare = _numbers(what)["compare"] if numbered else 0
    yield _Point(say("before.sums", compare=compare), "sums", ("sha256sum -c SHA256SUMS",))
    code = what.record.check_code.replace("-", "")
    command = f"openssl dgst -sha256 -binary {what.folder}/record.json | \\\n head -c 10 | base32"
    yield _Point(say("before.record"), "record", (command,), code)


def _recover(what: Instructions, *, numbered: bool = True) -> Iterator[_Point]:
    say, record = what.say, what.record
    fingerprint = bytes.fromhex(record.key.spki_sha256) if record.key.spki_sha256 else None
    steps = {step.name: step for step in stock_commands(record.id, what.envelope, fingerprint)}
    numbers = _numbers(what) if numbered else {}
    first, last = numbers.get("envelope", 0), numbers.get("pem", 0)
    certificate = f" {what.certificate}" if what.certificate else ""
    short = f"python3 -I {what.program} --out key.pem \\\n {what.folder}/envelope.cms{certificate}"
    yield _Point(say("step.program", first=first, last=last), commands=(short,))
    yield _Point(say("step.page"))
    yield _Point(say("step.envelope"), "envelope", (f"cp {what.folder}/envelope.cms .",))
    for name in ("shares", "secret", "compare", "open"):
        yield _Point(say(f"step.{name}"), name, (steps[name].command,), steps[name].shows)
    if record.passphrase:
        for step in passphrase_commands():
            name = f"passphrase_{step.name}"
            yield _Point(say(f"step.{name}"), name, (step.command,))
    check = "check" if fingerprint else "check_unknown"
    yield _Point(say(f"step.{check}"), "check", (steps["check"].command,), steps["check"].shows)
    yield _Point(say("step.pem"), "pem", (steps["pem"].command,))
    if what.install:
        yield _Point(say("step.install"), commands=(f"sh {what.install}",))
    ours = f"rootescrow recover scans.pdf --escrow {what.folder} \\\n --case CASE --out key.pem"
    yield _Point(say("step.rootescrow"), commands=(ours,))


def _sign(what: Instructions, *, numbered: bool = True) -> Iterator[_Point]:
    say, found = what.say, what.signing
    lacking = [say(f"lacking.{name}") for name in found.lacking]
    if lacking:
        yield _Point(say("step.lacking", lacking=", ".join(lacking)))
    if found.config and found.database and what.certificate:
        names = {"database": found.database, "number": found.number}
        yield _Point(say("step.newer" if found.number else "step.newest", **names))
        sign = (
            f"(cd signing && openssl ca -gencrl -config {found.config} \\\n"
            f" -keyfile ../key.pem -cert ../{what.certificate} \\\n -out ../root.crl)"
        )
        yield _Point(say("step.sign"), "sign", (sign,))
        look = f"openssl crl -in root.crl -noout -nextupdate \\\n -CAfile {what.certificate}"
        yield _Point(say("step.look"), "look", (look,))
        yield _Point(say("step.after"))
    else:
        yield _Point(say("step.cannot"))
        yield _Point(say("step.after_unsigned"))

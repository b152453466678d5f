"""The cover: what a holder must know in ten seconds, and nothing secret. It may face out of a clear bag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rootescrow.paper import frame
from rootescrow.paper.contents import PassphraseSheet, Sheet
from rootescrow.paper.fonts import Face
from rootescrow.paper.layout import BLOCK, BOTTOM, Document, Paragraph, Run, fit, height, too_long
from rootescrow.paper.wording import quorum
from rootescrow.policy import Body

LARGEST, SMALLEST = 13.0, 11.0
"""The size of the text in points: as large as fits, and never too small to be read through a bag."""
LOG_LINES = 7
"""Lines to fill in by hand: date, reason, holder, witness, bag."""

_HEAD = 46.0
_RIGHT = 128.0
_LEAST_GAP, _MOST_GAP = 1.1, 4.0
_BY_HAND = 7.0
_LOG_PITCH = 7.4
_LOG_TOP = BOTTOM - 1 - (LOG_LINES + 1) * _LOG_PITCH
_LOG = (("date", 0.0), ("reason", 27.0), ("signature", 78.0), ("witness", 118.0), ("bag", 156.0))


@dataclass(frozen=True)
class _Section:
    """A heading and its text; without text, `lines` to fill in by hand. `what` of the user's can be shortened."""

    head: str
    runs: tuple[Run, ...]
    what: str = ""
    lines: int = 1

    def height(self, size: float) -> float:
        """How high it is in mm at `size` points, without the white after it."""
        text = height([Paragraph(self.runs, size)], BLOCK - _HEAD) if self.runs else self.lines * _BY_HAND
        return max(text, height([Paragraph(((self.head, Face.SANS_BOLD),), size)], _HEAD - 2))


def draw_cover(doc: Document, sheet: Sheet, pages: int) -> None:
    """Draw the cover. Raises PaperError saying what to shorten."""
    say = sheet.say
    title = say("frame.not_real") if sheet.rehearsal else say("cover.title")
    frame.bar(doc, sheet, title, BLOCK, 13, hollow=isinstance(sheet, PassphraseSheet))
    y = _identity(doc, sheet)
    _sections(doc, [*_whose(sheet), *_what_to_do(sheet)], y)
    _log(doc, sheet)
    frame.foot(doc, sheet, sheet.name, pages, say("frame.public"))


def _identity(doc: Document, sheet: Sheet) -> float:
    """Which escrow and which sheet; the y below it."""
    say = sheet.say
    what = "the name of a group"
    name = say("cover.sheet", name=sheet.name)
    size = min(fit(word, Face.SANS_BOLD, BLOCK - _RIGHT, 20, SMALLEST, what) for word in name.split(" "))
    lines = [Paragraph(((name, Face.SANS_BOLD),), size, what=what)]
    right = doc.flow(_RIGHT, 27.5, BLOCK - _RIGHT, lines, bottom=41, smallest=SMALLEST)
    doc.text(_RIGHT, right + 4.5, say("cover.escrow", id=sheet.escrow_id), Face.MONO_BOLD, 12)
    made = say("cover.made", generation=sheet.generation, date=sheet.created.isoformat())
    doc.text(_RIGHT, right + 10, made, Face.SANS, 11)

    doc.text(0, 31, say("cover.kind"), Face.SANS, 11)
    lines = [Paragraph(((sheet.key_name, Face.SANS_BOLD),), 18, what="the name of the key")]
    left = doc.flow(0, 32.5, _RIGHT - 6, lines, bottom=48, smallest=SMALLEST)
    if sheet.organisation:
        lines = [Paragraph(((sheet.organisation, Face.SANS),), 12, what="the name of the organisation")]
        left = doc.flow(0, left, _RIGHT - 6, lines)
    return max(left, right + 11) + 2


def _whose(sheet: Sheet) -> list[_Section]:
    """Holder, place and bag."""
    say, holder = sheet.say, sheet.holder
    given = (
        ("holder", ", ".join(part for part in (holder.office, holder.person) if part)),
        ("place", holder.place),
        ("bag", holder.bag),
    )
    return [
        _Section(say(f"cover.{name}"), ((text, Face.SANS),) if text else (), f"the {name} of {sheet.name}")
        for name, text in given
    ]


def _what_to_do(sheet: Sheet) -> list[_Section]:
    say, group = sheet.say, sheet.group
    kind = "copy" if group.copies else "only" if group.count == 1 else "one"
    if sheet.suffices:
        kind = "copy_suffices" if group.copies else "suffices"
    what: list[Run] = [(say(f"cover.what_{kind}", count=group.count, group=group.name) + " ", Face.SANS)]
    what.append((f"{quorum(sheet.policy, say)}.", Face.SANS_BOLD))
    if sheet.rehearsal:
        what.append((" " + say("cover.rehearsal"), Face.SANS_BOLD))
    apart = isinstance(sheet, PassphraseSheet)
    if isinstance(sheet, PassphraseSheet) and sheet.key_escrow_id:
        what.insert(0, (say("cover.opens", id=sheet.key_escrow_id) + " ", Face.SANS))
    arbitration = any(g.body is Body.ARBITRATION for g in sheet.policy.groups)
    asked = say("cover.asked_arbitration" if arbitration else "cover.asked_other")
    owner = sheet.organisation or say("cover.found_owner")
    return [
        _Section(say("cover.what"), tuple(what), "the names of the groups"),
        _Section(say("cover.keep"), ((say("cover.keep_text"), Face.SANS),)),
        *([_Section(say("cover.apart"), ((say("cover.apart_text"), Face.SANS_BOLD),))] if apart else []),
        _Section(say("cover.asked"), ((asked, Face.SANS),)),
        _Section(say("cover.leave"), ((say("cover.leave_text"), Face.SANS),)),
        _Section(say("cover.harmed"), ((say("cover.harmed_text"), Face.SANS),)),
        _Section(say("cover.found"), ((say("cover.found_text", owner=owner), Face.SANS),)),
        _Section(
            say("cover.call"), ((sheet.contact, Face.SANS_BOLD),) if sheet.contact else (), "the contact", lines=2
        ),
    ]


def _sections(doc: Document, sections: Sequence[_Section], top: float) -> None:
    """Headings on the left, their texts beside them, in one size for all: the largest that fits above the table."""
    room = _LOG_TOP - top - 2

    def white(size: float) -> float:
        return (room - sum(section.height(size) for section in sections)) / len(sections)

    size = LARGEST
    while white(size) < _LEAST_GAP:
        size -= 0.25
        if size < SMALLEST:
            named = [section for section in sections if section.what and section.runs]
            raise too_long(max(named, key=lambda section: section.height(SMALLEST)).what)
    gap = min(_MOST_GAP, white(size))
    y = top
    for section in sections:
        if section.head in (sections[0].head, sections[3].head):
            doc.rule(0, y, BLOCK, 0.4)
        y += gap / 2
        doc.flow(0, y, _HEAD - 2, [Paragraph(((section.head, Face.SANS_BOLD),), size)])
        if section.runs:
            doc.flow(_HEAD, y, BLOCK - _HEAD, [Paragraph(section.runs, size)])
        else:
            for line in range(1, section.lines + 1):
                doc.rule(_HEAD, y + line * _BY_HAND - 1, BLOCK - _HEAD)
        y += section.height(size) + gap / 2


def _log(doc: Document, sheet: Sheet) -> None:
    """The table to fill in by hand, down to the bottom of the page."""
    doc.box(0, _LOG_TOP, BLOCK, (LOG_LINES + 1) * _LOG_PITCH, 0.4)
    for line in range(1, LOG_LINES + 1):
        doc.rule(0, _LOG_TOP + line * _LOG_PITCH, BLOCK)
    for (name, x), (_, end) in zip(_LOG, (*_LOG[1:], ("", BLOCK)), strict=True):
        if x:
            doc.upright(x, _LOG_TOP, (LOG_LINES + 1) * _LOG_PITCH)
        head = sheet.say(f"cover.{name}")
        size = fit(head, Face.SANS_BOLD, end - x - 3, 11, 7, "a heading of the table")
        doc.text(x + 1.5, _LOG_TOP + 5.2, head, Face.SANS_BOLD, size)

"""The envelope on paper: its codes with the stock commands, and its text. Nothing in it is secret.

What is the same on every sheet of an escrow is prepared once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rootescrow.codes import EscrowId, encode_envelope_codes, encode_text_lines
from rootescrow.paper import frame
from rootescrow.paper.contents import EnvelopeDocument, Printed, Sheet
from rootescrow.paper.fonts import MONO_WIDTH, POINTS_PER_MM, Face
from rootescrow.paper.layout import BLOCK, Document, Paragraph, too_long
from rootescrow.paper.qr import FIRST_CODES, MORE_CODES, Code, envelope_codes
from rootescrow.paper.stock import MAX_LINE, Step, stock_commands, tool, tools

CODE = 77.0
"""An envelope code with its quiet zone, mm."""
PAGE_LINES = 53
"""Text lines on a page: 106 lines of RSA-4096 are two pages."""
LINE = 12.0
"""The size of the text lines, points."""

_BAR = 92.0
_CODES_TOP = 22.0
_LINES_TOP = 35.6
_LINE_PITCH = 4.12
_LINE_GAP = 0.8
_LINE_BLOCK = 5
_FOOT = 2.5
"""How high the letters of the last line are, mm, with a little white."""
_TOLD = 9.0
_COMMAND = 8.5
_COMMAND_PITCH = 3.6
COMMAND_X = BLOCK - MAX_LINE * MONO_WIDTH * _COMMAND / POINTS_PER_MM


@dataclass(frozen=True)
class PreparedEnvelope:
    """An envelope ready to be drawn on any number of documents."""

    escrow_id: EscrowId
    envelope: bytes = field(repr=False)
    codes: tuple[Code, ...]
    lines: tuple[str, ...]

    @classmethod
    def of(cls, escrow_id: EscrowId, envelope: bytes) -> PreparedEnvelope:
        """Encode an envelope (DER). This is the slow part of a sheet: some 30 ms a code."""
        return cls(
            escrow_id,
            envelope,
            envelope_codes(encode_envelope_codes(escrow_id, envelope)),
            encode_text_lines(escrow_id, envelope),
        )

    @property
    def code_pages(self) -> int:
        """Pages of codes."""
        return 1 + -(-max(0, len(self.codes) - FIRST_CODES) // MORE_CODES)

    @property
    def text_pages(self) -> int:
        """Pages of text lines."""
        return -(-len(self.lines) // PAGE_LINES)

    @property
    def pages(self) -> int:
        """All its pages."""
        return self.code_pages + self.text_pages


def draw_envelope_pages(
    doc: Document, content: Sheet | EnvelopeDocument, prepared: PreparedEnvelope, pages: int
) -> None:
    """Draw all pages of an envelope on a document of `pages` pages, from its present page on."""
    name = content.name if isinstance(content, Sheet) else content.say("envelope.name")
    for page in range(prepared.pages):
        if page:
            doc.next_page()
        if page < prepared.code_pages:
            _code_page(doc, content, prepared, page)
            if page == 0:
                fingerprint = None if content.fingerprint_stated else content.fingerprint
                _commands(doc, content, stock_commands(prepared.escrow_id, prepared.envelope, fingerprint))
        else:
            _text_page(doc, content, prepared, page - prepared.code_pages)
        frame.foot(doc, content, name, pages, content.say("frame.close"))


def _head(doc: Document, content: Printed, title: str, number: int, count: int) -> None:
    say = content.say
    if count > 1:
        title += " " + say("envelope.of", number=number, count=count)
    if content.rehearsal:
        title = f"{say('frame.rehearsal')} · {title}"
    frame.bar(doc, content, title, _BAR, 8, size=14)
    name = [Paragraph(((content.key_name, Face.SANS_BOLD),), 11, what="the name of the key")]
    doc.flow(_BAR + 2, 11, BLOCK - _BAR - 2, name, bottom=17, smallest=6)
    doc.text(_BAR + 2, 20.3, str(content.escrow_id), Face.MONO_BOLD, 11)
    made = say("envelope.made", generation=content.generation, date=content.created.isoformat())
    doc.text(BLOCK, 20.3, made, Face.SANS, 9, align=1)


def _code_page(doc: Document, content: Printed, prepared: PreparedEnvelope, page: int) -> None:
    """Codes two by two, far apart; what they are and which is which in the white between them."""
    say = content.say
    _head(doc, content, say("envelope.codes"), page + 1, prepared.code_pages)
    start = 0 if page == 0 else FIRST_CODES + (page - 1) * MORE_CODES
    codes = prepared.codes[start : start + (FIRST_CODES if page == 0 else MORE_CODES)]
    for place, code in enumerate(codes):
        right, row = place % 2, place // 2
        y = _CODES_TOP + row * CODE
        doc.code(right * (BLOCK - CODE), y, CODE, code)
        label = say("envelope.of", number=start + place + 1, count=len(prepared.codes))
        x = BLOCK - CODE - 1 if right else CODE + 1
        doc.text(x, y + (CODE - 4 if right else 6), label, Face.SANS_BOLD, 11, align=right)
    if page == 0:
        keys = ("envelope.codes_what", "steps.title", "steps.where")
        told = [Paragraph(((say(key, tool=tool()), Face.SANS),), 9, 1.5) for key in keys]
        x, width = CODE + 1, BLOCK - 2 * CODE - 2
        doc.flow(x, _CODES_TOP + 8, width, told[:1], bottom=_CODES_TOP + CODE - 9, smallest=8)
        doc.flow(x, _CODES_TOP + CODE + 7, width, told[1:], bottom=_CODES_TOP + 2 * CODE - 8, smallest=8)


def _commands(doc: Document, content: Printed, steps: Sequence[Step]) -> None:
    """The stock commands: explanation on the left, the command and what it must show on the right."""
    y = _CODES_TOP + 2 * CODE + 1
    number = 0
    for step in steps:
        doc.rule(0, y, BLOCK)
        if step.name != "lines":
            number += 1
            doc.text(0, y + 3.5, str(number), Face.SANS_BOLD, _TOLD)
        key = "check_unknown" if step.name == "check" and not step.shows else step.name
        told = Paragraph(((content.say(f"steps.{key}"), Face.SANS),), _TOLD)
        below = doc.flow(4, y + 0.5, COMMAND_X - 6, [told])
        base = y + 3.4
        for face, lines in ((Face.MONO_BOLD, step.lines), (Face.MONO, (step.shows,) if step.shows else ())):
            for line in lines:
                doc.text(COMMAND_X, base, line, face, _COMMAND)
                base += _COMMAND_PITCH
        y = max(below, base - _COMMAND_PITCH + 1) + 0.5
    if y > doc.foot - _FOOT:
        raise too_long("the steps with their commands")


def _text_page(doc: Document, content: Printed, prepared: PreparedEnvelope, page: int) -> None:
    """Text lines in groups of five, so that the eye keeps its place, a box before each."""
    say = content.say
    _head(doc, content, say("envelope.text"), page + 1, prepared.text_pages)
    sentences = (say("envelope.text_what"), f"{say('envelope.text_how')} {say('steps.tried', tools=tools())}")
    told = [Paragraph(((sentence, Face.SANS),), 9) for sentence in sentences]
    doc.flow(0, 21, BLOCK, told, bottom=_LINES_TOP)
    for place, line in enumerate(prepared.lines[page * PAGE_LINES : (page + 1) * PAGE_LINES]):
        base = _LINES_TOP + (place + 0.8) * _LINE_PITCH + place // _LINE_BLOCK * _LINE_GAP
        doc.box(0, base - 2.9, 2.9, 2.9, 0.2)
        doc.text(8, base, line, Face.MONO, LINE)

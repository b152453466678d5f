"""The share page: the words of one share, twice as a code, and what to do with them. The only secret page."""

from __future__ import annotations

from collections.abc import Iterator

from rootescrow.paper import frame
from rootescrow.paper.contents import PassphraseSheet, Sheet
from rootescrow.paper.fonts import MONO_WIDTH, POINTS_PER_MM, Face
from rootescrow.paper.layout import BLOCK, Document, Paragraph, fit, height
from rootescrow.paper.qr import share_code
from rootescrow.paper.stock import passphrase_commands, tool
from rootescrow.paper.wording import quorum

CODE = 68.0
"""A share code with its quiet zone, mm: 89 modules of 0.76 mm."""
COLUMNS, ROWS = 3, 11
PITCH_X, PITCH_Y = 62.0, 6.6
WORD = 14.0
"""The size of the words, points."""

_LEFT = 115.0
_RIGHT = 72.0
_WORDS = 92.0
_BOX = 4.0
_BOX_WIDTH = 46.0
_LETTER = 6.0
_WRITE = ("holder", "capitals", "pen", "wrong", "asked")


def draw_share_page(doc: Document, sheet: Sheet, pages: int) -> None:
    """Draw the share page. Raises PaperError saying what to shorten."""
    say = sheet.say
    passphrase = isinstance(sheet, PassphraseSheet)
    title = f"{say('share.title_rehearsal') if sheet.rehearsal else say('share.title')} · {sheet.name}"
    frame.bar(doc, sheet, title, _LEFT, 13, secret=True, hollow=passphrase, smallest=7 if passphrase else 11)
    _identity(doc, sheet)
    if sheet.handwritten:
        _how_to_write(doc, sheet)
        _boxes(doc, sheet)
    else:
        code = share_code(sheet.share.text)
        # A code has no finder pattern in one corner: turned so, no torn corner of the page takes one of both.
        doc.code(BLOCK - CODE, 12, CODE, code, turned=True)
        doc.code(0, 179, CODE, code)
        _words(doc, sheet)
    _checks(doc, sheet)
    _what_to_do(doc, sheet)
    _to_fill_in(doc, sheet)
    frame.foot(doc, sheet, sheet.name, pages, say("frame.secret"))


def _identity(doc: Document, sheet: Sheet) -> None:
    say = sheet.say
    name = Paragraph(((sheet.key_name, Face.SANS_BOLD),), 13, what="the name of the key")
    y = doc.flow(0, 27.5, _LEFT, [name], bottom=39, smallest=9)
    doc.text(0, y + 5, str(sheet.escrow_id), Face.MONO_BOLD, 14)
    made = say("share.made", date=sheet.created.isoformat(), generation=sheet.generation)
    doc.text(32, y + 5, made, Face.SANS, 10)
    lines: list[Paragraph] = []
    if isinstance(sheet, PassphraseSheet) and sheet.key_escrow_id:
        of_key = say("share.of_key", id=sheet.key_escrow_id)
        lines.append(Paragraph(((of_key, Face.SANS_BOLD),), 10))
    if sheet.holder.office:
        lines.append(Paragraph(((sheet.holder.office, Face.SANS_BOLD),), 10, what=f"the office of {sheet.name}"))
    if sheet.holder.person:
        lines.append(Paragraph(((sheet.holder.person, Face.SANS),), 10, what=f"the person of {sheet.name}"))
    if sheet.motion:
        lines.append(Paragraph(((say("share.motion", motion=sheet.motion), Face.SANS),), 10, what="the motion"))
    needed = say("share.needed", quorum=quorum(sheet.policy, say))
    lines.append(Paragraph(((needed, Face.SANS_BOLD),), 10, 0.8, what="the names of the groups"))
    if sheet.group.copies:
        copies = say("share.copies", count=sheet.group.count, group=sheet.group.name)
        lines.append(Paragraph(((copies, Face.SANS_BOLD),), 10, what="the names of the groups"))
    if sheet.fingerprint:
        caption = say("share.fingerprint_stated" if sheet.fingerprint_stated else "share.fingerprint")
        groups = [sheet.fingerprint.hex()[i : i + 4] for i in range(0, 64, 4)]
        lines.append(Paragraph(((caption, Face.SANS),), 9, 0.8))
        lines += [Paragraph(((" ".join(groups[i : i + 8]), Face.MONO),), 10) for i in (0, 8)]
    record = ((say("share.record") + " ", Face.SANS), (sheet.record_check, Face.MONO))
    lines.append(Paragraph(record, 10, 0.8))
    doc.flow(0, y + 7, _LEFT, lines, bottom=87, smallest=7)


def _words(doc: Document, sheet: Sheet) -> None:
    """Each with a box for the one who types, its number, and the four letters that matter in bold."""
    words = sheet.share.words
    for place, x, base in _places(doc, sheet):
        word = words[place]
        doc.box(x, base - _BOX + 0.4, _BOX, _BOX, 0.25)
        doc.text(x + 11, base, str(place + 1), Face.SANS, 10, align=1)
        doc.text(x + 13, base, word[:4], Face.MONO_BOLD, WORD)
        doc.text(x + 13 + 4 * MONO_WIDTH * WORD / POINTS_PER_MM, base, word[4:], Face.MONO, WORD)


def _boxes(doc: Document, sheet: Sheet) -> None:
    """As many numbered boxes as there are words, for a pen; the first four letters each have a compartment."""
    for place, x, base in _places(doc, sheet):
        top = base - 0.72 * PITCH_Y + 0.3
        doc.text(x + 6, base, str(place + 1), Face.SANS, 10, align=1)
        doc.box(x + 7.5, top, _BOX_WIDTH, PITCH_Y - 0.6, 0.4)
        for letter in range(1, 5):
            doc.upright(x + 7.5 + letter * _LETTER, top, PITCH_Y - 0.6)


def _places(doc: Document, sheet: Sheet) -> Iterator[tuple[int, float, float]]:
    """Where each word stands, from 0, and its x and base line; what stands between and above them is drawn.

    Down each column in turn: the head of a column says so, and a line between the columns keeps them apart.
    """
    count = len(sheet.share.words)
    for column in range(-(-count // ROWS)):
        first = column * ROWS
        x = column * PITCH_X
        last = min(first + ROWS, count)
        doc.text(x, _WORDS - 1.5, sheet.say("share.order", first=first + 1, last=last), Face.SANS, 9)
        if column:
            doc.upright(x - 4, _WORDS, ROWS * PITCH_Y)
        for row in range(last - first):
            yield first + row, x, _WORDS + (row + 0.72) * PITCH_Y


def _how_to_write(doc: Document, sheet: Sheet) -> None:
    """Where else the first code is: for the holder, who alone sees the words."""
    say = sheet.say
    left = BLOCK - CODE
    doc.box(left, 13, CODE, CODE - 2, 0.4)
    paragraphs = [Paragraph(((say("share.write"), Face.SANS_BOLD),), 11)]
    paragraphs += [Paragraph(((say(f"share.write_{name}"), Face.SANS),), 10, 1.0) for name in _WRITE]
    doc.flow(left + 3, 14.5, CODE - 6, paragraphs, bottom=12 + CODE - 3, smallest=8)
    paragraphs = [Paragraph(((say("share.no_code"), Face.SANS_BOLD),), 11)]
    paragraphs += [Paragraph(((say("share.no_code_text"), Face.SANS),), 10, 1.0)]
    doc.flow(0, 180, CODE - 4, paragraphs, bottom=247, smallest=8)


def _checks(doc: Document, sheet: Sheet) -> None:
    say, group, share = sheet.say, sheet.group, sheet.share
    doc.text(0, 173, say("share.check"), Face.SANS, 9)
    doc.text(20, 173, sheet.check_code, Face.MONO_BOLD, 13)
    text = say(
        "share.slip39_copy" if group.copies else "share.slip39",
        index=share.group_index + 1,
        group=group.name,
        member=share.member_index + 1,
        threshold=share.member_threshold,
        number=sheet.number,
        count=group.count,
    )
    left = 80.0
    doc.text(left, 173, text, Face.SANS, fit(text, Face.SANS, BLOCK - left, 10, 7, "the name of a group"))


def _what_to_do(doc: Document, sheet: Sheet) -> None:
    say = sheet.say
    passphrase = isinstance(sheet, PassphraseSheet)
    use = "share.do_use_handwritten" if sheet.handwritten and not passphrase else "share.do_use"
    sentences = [
        say("share.do_rehearsal" if sheet.rehearsal else "share.do_secret"),
        say(use, last=len(sheet.share.words), tool=tool()),
    ]
    if not passphrase:
        envelope = "do_envelope" + ("" if sheet.envelope else "_apart") + ("_alone" if sheet.suffices else "")
        sentences.append(say("share.do_tool") + " " + say(f"share.{envelope}"))
    paragraphs = [Paragraph(((say("share.do"), Face.SANS_BOLD),), 11)]
    paragraphs += [Paragraph(((sentence, Face.SANS),), 10, 1.2) for sentence in sentences]
    if passphrase:
        for number, step in enumerate(passphrase_commands(), 1):
            written = "_handwritten" if sheet.handwritten and step.name == "shares" else ""
            told = " " + say(f"share.step_{step.name}{written}", last=len(sheet.share.words))
            runs = ((f"{number}. ", Face.SANS_BOLD), (step.command, Face.MONO_BOLD), (told, Face.SANS))
            paragraphs.append(Paragraph(runs, 10, 0.8))
    doc.flow(_RIGHT, 180, BLOCK - _RIGHT, paragraphs, bottom=229.5, smallest=9)


def _to_fill_in(doc: Document, sheet: Sheet) -> None:
    """Bag, date, place, signature: what is known is printed, the rest is for a pen."""
    say, holder = sheet.say, sheet.holder
    fields = (
        (0.0, 237, 60.0, "bag", holder.bag),
        (64.0, 237, 50.0, "date", ""),
        (0.0, 248, 114.0, "place", holder.place),
        (0.0, 257.5, 114.0, "signature", ""),
    )
    for x, y, width, name, value in fields:
        doc.rule(_RIGHT + x, y, width)
        doc.text(_RIGHT + x, y + 3, say(f"share.{name}"), Face.SANS, 8)
        if value:
            paragraph = Paragraph(((value, Face.SANS),), 11, what=f"the {name} of {sheet.name}")
            room = height([paragraph], width)
            top = max(y - room, y - 7)
            doc.flow(_RIGHT + x, top, width, [paragraph], bottom=y, smallest=7)

"""Read back: what was drawn is rendered, scanned and put together again before anything is released.

A printer's or a library's fault is found here, while the key is still there, and not on the worst day.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rootescrow.ceremony.split import Made, Progress
from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.errors import EscrowError, PaperError
from rootescrow.paper.contents import Sheet
from rootescrow.paper.reading import read_pdf
from rootescrow.pile import Finding, Pile, Verdict
from rootescrow.policy import Group, Policy
from rootescrow.recovery import recover
from rootescrow.register.record import Record

DPI = 300
"""What an office scanner is set to."""
_SPACE = re.compile(r"\s+")
_BY_CHANCE = 3
"""Words of a share that may stand on a page after their numbers, as in "5 board"."""


def read_back(made: Made, *, progress: Progress = lambda what, done, of: None) -> None:
    """Read every sheet, compare it with what it should say, and recover the encrypted key from several quorums.

    Every code is decoded from pixels at 300 dpi, both copies of a share's too; words and lines are compared as the
    PDF's text. Each sheet takes part in at least one quorum, and the record, read again as well, must know all of it.
    Raises PaperError naming the sheet.
    """
    envelope = made.escrow.envelope.der
    codes = encode_envelope_codes(made.escrow.id, envelope)
    lines = encode_text_lines(made.escrow.id, envelope)
    read: dict[str, tuple[str, ...]] = {}
    for done, (sheet, pdf) in enumerate(zip(made.sheets, made.pdfs, strict=True)):
        progress("Reading the sheets back", done, len(made.sheets))
        on_sheet = sheet.envelope is not None
        read[sheet.name] = compare_share(pdf, sheet, sheet.name, codes if on_sheet else (), lines if on_sheet else ())
    if made.envelope_pdf is not None:
        compare(made.envelope_pdf, "the envelope", Counter(codes), lines)
    progress("Reading the sheets back", len(made.sheets), len(made.sheets))
    for quorum in quorums(made.escrow.policy):
        _recombine(made, [text for name in quorum for text in read[name]], quorum)


def compare_share(
    pdf: bytes, sheet: Sheet, name: str, codes: Sequence[str] = (), lines: Sequence[str] = ()
) -> tuple[str, ...]:
    """The texts of a sheet, if its PDF says what it should: words and both codes, and the envelope's if it bears them.

    On one that is to be written by hand there must be none of the words, in no form; its share is given as it is.
    """
    if not sheet.handwritten:
        words = [f"{number}{word}" for number, word in enumerate(sheet.share.words, 1)]
        return compare(pdf, name, Counter({sheet.share.text: 2} | dict.fromkeys(codes, 1)), [*words, *lines])
    decoded, printed = _compare(pdf, name, Counter(codes), lines)
    if sum(f"{number}{word}" in printed for number, word in enumerate(sheet.share.words, 1)) > _BY_CHANCE:
        raise faulty(name, "its words stand on the page, which is to be written by hand")
    return (sheet.share.text, *decoded)


def compare(pdf: bytes, name: str, codes: Counter[str], texts: Sequence[str]) -> tuple[str, ...]:
    """The codes of a PDF, if they and the texts in it are what they should be."""
    return _compare(pdf, name, codes, texts)[0]


def _compare(pdf: bytes, name: str, codes: Counter[str], texts: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The same, and all its text without spaces."""
    decoded: Counter[str] = Counter()
    printed = ""
    for page in read_pdf(pdf, name, dpi=DPI, with_text=True):
        decoded.update(page.texts)
        printed += page.printed_text
    if decoded != codes:
        raise faulty(
            name,
            f"{sum((codes - decoded).values())} codes are not readable, {sum((decoded - codes).values())} are wrong",
        )
    printed = _SPACE.sub("", printed)
    at = 0
    for number, text in enumerate(texts, 1):
        at = printed.find(_SPACE.sub("", text), at)
        if at < 0:
            raise faulty(name, f"text {number} of {len(texts)} is not printed as it should be")
    return tuple(decoded), printed


def quorums(policy: Policy) -> Iterator[list[str]]:
    """Quorums of exactly the sheets needed, until every sheet of every group was in one."""
    groups = policy.groups
    needed = policy.group_threshold
    # Where all groups are needed one choice of groups will do; else each group must be among the chosen ones.
    first_groups = range(1 if needed == len(groups) else len(groups))
    for turn in range(max(-(-group.count // group.threshold) for group in groups)):
        for first in first_groups:
            chosen = sorted((first + place) % len(groups) for place in range(needed))
            yield [name for index in chosen for name in _window(groups[index], turn)]


def _window(group: Group, turn: int) -> list[str]:
    start = turn * group.threshold
    return [f"{group.name}/{(start + place) % group.count + 1}" for place in range(group.threshold)]


def _pile(made: Made) -> Pile:
    """A pile that knows the record, read again from its bytes. It must list this very envelope."""
    try:
        known = Record.load(made.record.dump()).known
    except EscrowError as error:
        raise faulty("the record", error.message) from None
    _all_known(Pile(known).add(made.escrow.envelope.der), "the record")
    return Pile(known)


def _recombine(made: Made, texts: list[str], quorum: list[str]) -> None:
    names = ", ".join(quorum)
    pile = _pile(made)
    for text in texts:
        pile.add(text)
    if not any(sheet.envelope for sheet in made.sheets):
        pile.add(made.escrow.envelope.der)
    try:
        same = recover(pile).der == made.escrow.encrypted.der
    except EscrowError as error:
        raise faulty(names, error.message) from None
    if not same:
        raise faulty(names, "another key came out")
    _all_known(pile.findings, names)


def _all_known(findings: Iterable[Finding], names: str) -> None:
    for finding in findings:
        if finding.verdict not in (Verdict.TAKEN, Verdict.DUPLICATE):
            raise faulty(names, str(finding))


def faulty(name: str, what: str) -> PaperError:
    """The error for a sheet, or sheets, that do not say what they should."""
    return PaperError(
        f"{name} does not read back as it was made: {what}",
        "Nothing was released. Try again; if it happens again, do not use this computer or this version.",
    )

"""Sheets as pdfium and zxing-cpp see them: what stands on each page, where, and what must not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pypdfium2
import pytest

from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.envelope import MAX_PRINTED_BYTES
from rootescrow.errors import EscrowError, PaperError, PolicyError
from rootescrow.paper import envelope_pages, share_page
from rootescrow.paper.contents import EnvelopeDocument, Sheet
from rootescrow.paper.sheets import Paper, draw_envelope, draw_sheet, draw_sheets
from rootescrow.policy import Group, Holder, Policy
from rootescrow.register.events import share_words
from tests.paper.support import (
    COPIES,
    ED25519,
    ID,
    LONG,
    QUORUM,
    RSA_8192,
    WIDE,
    Box,
    all_kinds,
    boxes,
    codes,
    envelope_document,
    handwritten_kinds,
    noise,
    passphrase_sheet,
    share_of,
    sheet,
    texts,
)

PAPERS = list(Paper)
KINDS = all_kinds()
HANDWRITTEN = handwritten_kinds()
ALL = {**KINDS, **HANDWRITTEN}
KINDS_KEY_ID = passphrase_sheet().key_escrow_id


@cache
def drawn(kind: str, paper: Paper = Paper.A4) -> bytes:
    return draw_sheet(ALL[kind], paper)


def golden_documents() -> Iterator[tuple[str, bytes]]:
    for paper in PAPERS:
        yield "sheet", draw_sheet(sheet(), paper)
        yield "sheet-copy-rehearsal", draw_sheet(sheet(COPIES, 1, 3, ED25519, rehearsal=True), paper)
        yield "sheet-bare", draw_sheet(KINDS["bare"], paper)
        yield "sheet-passphrase", draw_sheet(KINDS["passphrase"], paper)
        yield "sheet-de", draw_sheet(sheet(language="de"), paper)
        yield "envelope", draw_envelope(envelope_document(ED25519), paper)


def test_every_page_reads_as_it_did(repo_root: Path) -> None:
    """The text of all pages, compared with the files in tests/golden (written anew where GOLDEN=write)."""
    for name, pdf in golden_documents():
        path = repo_root / "tests" / "golden" / f"{name}.txt"
        found = "\n\f\n".join(texts(pdf)) + "\n"
        if os.environ.get("GOLDEN") == "write":
            path.write_text(found, encoding="utf-8")
        assert found == path.read_text(encoding="utf-8"), name


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", ALL)
def test_all_is_inside_the_margins(kind: str, paper: Paper) -> None:
    for (width, height), found in boxes(drawn(kind, paper)):
        for box in found:
            # pdfium counts the width of a line on either side of it
            assert box.left >= 11.5, box
            assert box.right <= width - 11.5, box
            assert box.top >= 11, box
            assert box.bottom <= height - 11, box


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", ALL)
def test_nothing_is_printed_over_anything(kind: str, paper: Paper) -> None:
    pdf = drawn(kind, paper)
    for page, (_, found) in enumerate(boxes(pdf), 1):
        written = [box for box in found if box.text.strip()]
        for place, box in enumerate(written):
            for other in written[place + 1 :]:
                assert not box.meets(other, 0.15), (page, box, other)
        for code in (box for box in found if box.is_code):
            black = code.right - code.left
            quiet = ((share_page.CODE if black < share_page.CODE else envelope_pages.CODE) - black) / 2 - 0.01
            zone = Box("", code.left - quiet, code.top - quiet, code.right + quiet, code.bottom + quiet)
            for other in found:
                assert other is code or not zone.meets(other), (page, zone, other)
        for shape in (box for box in found if not box.text and not box.is_code and box.right - box.left < 120):
            for box in written:
                # a signature's rule may touch the tail of a g; a black bar holds its own title
                inside = shape.left <= box.left and shape.right >= box.right and shape.bottom - shape.top > 4.5
                assert inside or not shape.meets(box, 0.25), (page, shape, box)


@pytest.mark.parametrize("kind", ALL)
def test_the_cover_can_be_read_through_a_bag(kind: str) -> None:
    (_, found), *_ = boxes(drawn(kind, Paper.LETTER))
    foot = max(box.bottom for box in found)
    assert all(box.points >= 10.99 for box in found if box.text.strip() and box.bottom < foot - 5.5)


@pytest.mark.parametrize("kind", ALL)
def test_no_letters_are_too_small(kind: str) -> None:
    for _, found in boxes(drawn(kind)):
        assert all(box.points >= 5.99 for box in found if box.text.strip())


@pytest.mark.parametrize("kind", KINDS)
def test_words_stand_in_order_at_14_points(kind: str) -> None:
    made = KINDS[kind]
    pages = list(boxes(drawn(kind)))
    found = [box for box in pages[1][1] if abs(box.points - 14) < 0.01 and box.top > 88 and box.bottom < 168]
    words = "".join(box.text.strip() + ("" if len(box.text.strip()) == 4 else " ") for box in found)
    assert words.replace(" ", "") == "".join(made.share.words)
    numbered = re.findall(r"^(\d+) ([a-z]+)$", texts(drawn(kind))[1], re.M)
    assert numbered == [(str(place), word) for place, word in enumerate(made.share.words, 1)]


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_code_is_read_at_100_dpi(kind: str, paper: Paper) -> None:
    made = KINDS[kind]
    cover, share, *rest = codes(drawn(kind, paper), 100)
    assert cover == []
    assert share == [made.share.text] * 2
    expected = sorted(encode_envelope_codes(ID, made.envelope)) if made.envelope else []
    assert sorted(text for page in rest for text in page) == expected


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", HANDWRITTEN)
def test_a_form_has_a_box_for_every_word_and_no_word_in_any_form(kind: str, paper: Paper) -> None:
    made = HANDWRITTEN[kind]
    pdf = drawn(kind, paper)
    assert codes(pdf, 100)[1] == []
    (_, found) = list(boxes(pdf))[1]
    wide = [box for box in found if 45 < box.right - box.left < 48 and 5 < box.bottom - box.top < 7]
    assert len(wide) == len(made.share.words)
    numbers = [int(box.text) for box in found if box.text.strip().isdigit() and 90 < box.top < 168]
    assert sorted(numbers) == list(range(1, len(made.share.words) + 1))
    assert share_words(texts(pdf)[1]) < 4
    assert made.share.text.encode() not in pdf


@pytest.mark.parametrize("kind", ALL)
def test_the_text_lines_are_all_there(kind: str) -> None:
    made = ALL[kind]
    printed = "\n".join(texts(drawn(kind))[2:])
    found = re.findall(r"^\d{3} .*$", printed, re.M)
    expected = encode_text_lines(ID, made.envelope) if made.envelope else ()
    assert [line.split() for line in found] == [line.split() for line in expected]


def test_pages_of_rsa_4096() -> None:
    titles = [page.split("\n")[0] for page in texts(draw_sheet(sheet(), Paper.A4))]
    assert len(titles) == 5
    assert titles[0].startswith("KEEP THIS")
    assert titles[1] == "SECRET · Board/2"
    assert [title.split(" Example")[0] for title in titles[2:]] == [
        "ENVELOPE · codes",
        "ENVELOPE · text 1 of 2",
        "ENVELOPE · text 2 of 2",
    ]


@pytest.mark.parametrize("kind", ALL)
def test_only_the_share_page_is_secret(kind: str) -> None:
    made = ALL[kind]
    cover, share, *rest = texts(drawn(kind))
    secret = [made.check_code, made.share.text, made.share.value.hex()]
    pairs = [f"{a} {b}" for a, b in zip(made.share.words, made.share.words[1:], strict=False)]
    for page in (cover, *rest):
        flat = " ".join(page.split())
        assert not any(text in flat for text in secret)
        assert not any(re.search(rf"\b{pair}\b", flat) for pair in pairs)
        assert "secret" in flat.lower()
    assert "this page is secret" in share
    assert made.check_code in share


@pytest.mark.parametrize("kind", ALL)
def test_each_page_says_which_it_is(kind: str) -> None:
    made = ALL[kind]
    pages = texts(drawn(kind))
    for number, page in enumerate(pages, 1):
        assert f"{ID} · {made.name} · page {number} of {len(pages)}" in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_rehearsal_says_so_on_every_page(kind: str) -> None:
    for page in texts(draw_sheet(replace(KINDS[kind], rehearsal=True), Paper.LETTER)):
        assert page.count("REHEARSAL") == 2
        assert "SECRET ·" not in page
    for page in texts(draw_sheet(replace(KINDS[kind], rehearsal=False), Paper.LETTER)):
        assert "REHEARSAL" not in page
    assert all("REHEARSAL" in page for page in texts(draw_envelope(envelope_document(rehearsal=True), Paper.A4)))


@pytest.mark.parametrize("kind", ALL)
def test_the_quorum_stands_on_cover_and_share_page(kind: str) -> None:
    made = ALL[kind]
    for page in texts(drawn(kind))[:2]:
        assert str(made.policy) in " ".join(page.split())


def test_a_passphrase_sheet_cannot_be_taken_for_another() -> None:
    cover, share = texts(drawn("passphrase"))
    other_cover, other_share, *_ = texts(drawn("usual"))
    assert cover.startswith("PASSPHRASE · ")
    assert share.startswith("PASSPHRASE · Passphrase/2")
    assert "PASSPHRASE" not in other_cover + other_share
    flat = " ".join(cover.split())
    assert "Never in one bag, and never at one place, with an envelope of the key" in flat
    assert f"opens the key of escrow {KINDS_KEY_ID}" in flat
    assert str(KINDS_KEY_ID) in share
    assert "shamir recover" in share
    assert "xxd -r -p" in share
    assert "SECRET" not in share


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("rehearsal", [False, True])
def test_the_title_of_a_passphrase_sheet_is_outlined_and_never_in_black(paper: Paper, rehearsal: bool) -> None:
    def darkness(made: Sheet) -> list[float]:
        """How much of each page's title is black."""
        document = pypdfium2.PdfDocument(draw_sheet(made, paper))
        left = (paper.size[0] - 186) / 2
        pages = []
        for page in document:
            picture = page.render(scale=150 / 72, grayscale=True).to_pil()
            area = tuple(round(mm * 150 / 25.4) for mm in (left + 2, 14, left + 113, 23))
            pixels = picture.crop(area)
            pages.append(1 - sum(pixels.tobytes()) / 255 / (pixels.width * pixels.height))
        document.close()
        return pages

    assert all(dark < 0.25 for dark in darkness(passphrase_sheet(rehearsal=rehearsal)))
    assert darkness(sheet(length=0, rehearsal=rehearsal))[1] > 0.6


def test_a_passphrase_sheet_has_no_envelope_and_no_threshold_of_one() -> None:
    for changes in ({"envelope": b"x"}, {"policy": COPIES, "share": share_of(COPIES, 0, 2)}):
        with pytest.raises(PaperError) as caught:
            passphrase_sheet(**changes)
        assert caught.value.hint


def test_copies_say_so() -> None:
    cover, share, *_ = texts(draw_sheet(KINDS["copies"], Paper.A4))
    assert "One of 3 copies: all Arbitration sheets carry the same share" in " ".join(cover.split())
    assert "The 3 Arbitration sheets are copies of one share." in " ".join(share.split())
    assert "member 1, threshold 1, copy 3 of 3" in share


@pytest.mark.parametrize("kind", ["one", "alone"])
def test_a_sheet_that_is_a_quorum_does_not_claim_to_open_nothing(kind: str) -> None:
    cover, share, *_ = texts(drawn(kind))
    assert "Alone it opens nothing" not in " ".join(cover.split())
    assert "No other sheet" in cover or "no other sheet is needed" in " ".join(cover.split())
    assert "other sheets needed" not in " ".join(share.split())


def test_the_arbitrator_is_named_where_there_is_one() -> None:
    board = Policy(Group("Board", 3, 5))
    with_arbitrator, without = (texts(draw_sheet(sheet(policy), Paper.A4))[0] for policy in (QUORUM, board))
    assert "Arbitrator" in with_arbitrator
    assert "Arbitrator" not in without


def test_what_is_not_known_becomes_a_line_to_fill_in() -> None:
    def rules(made: Sheet) -> int:
        return sum(1 for box in next(boxes(draw_sheet(made, Paper.A4)))[1] if box.bottom - box.top < 1 and not box.text)

    assert rules(sheet(holder=Holder(), contact="")) == rules(sheet()) + 3 + 2


def test_the_envelope_alone_has_the_same_pages() -> None:
    alone, within = texts(draw_envelope(envelope_document(), Paper.A4)), texts(draw_sheet(sheet(), Paper.A4))[2:]
    assert len(alone) == len(within) == 3
    for one, other in zip(alone, within, strict=True):
        assert one.split("\n")[:-1] == other.split("\n")[:-1]
        assert f"{ID} · envelope · page" in one.split("\n")[-1]


def test_sheets_drawn_together_are_those_drawn_alone() -> None:
    other = replace(sheet(number=3), envelope=noise(ED25519, "another"))
    sheets = [sheet(number=1), KINDS["bare"], sheet(number=2), other, KINDS["bare"], sheet(number=3)]
    assert list(draw_sheets(sheets, Paper.A4)) == [draw_sheet(each, Paper.A4) for each in sheets]


def test_a_fingerprint_that_was_not_checked_says_so() -> None:
    stated, checked = (texts(draw_sheet(sheet(fingerprint_stated=flag), Paper.A4)) for flag in (True, False))
    assert "stated, not checked" in stated[1]
    assert "stated" not in checked[1]
    assert noise(32, "spki").hex() in checked[2]
    assert noise(32, "spki").hex() not in stated[2]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"key_name": "北京 CA"}, "the name of the key"),
        ({"organisation": "ארגון"}, "the name of the organisation"),
        ({"contact": "☎ 123"}, "the contact"),
        ({"motion": "動議"}, "the motion"),
        ({"holder": Holder(office="理事")}, "the office of Board/2"),
        ({"holder": Holder(person="山田")}, "the person of Board/2"),
        ({"holder": Holder(place="東京")}, "the place of Board/2"),
        ({"holder": Holder(bag="袋")}, "the bag of Board/2"),
        ({"policy": Policy(Group("Board", 3, 5), Group("仲裁", 2, 3))}, "a group's name"),
    ],
)
def test_what_cannot_be_printed_is_refused_before_anything_is_made(changes: dict[str, object], what: str) -> None:
    with pytest.raises(PaperError, match=what):
        sheet(**changes)  # type: ignore[arg-type]  # a field each


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"key_name": ""}, PolicyError),
        ({"key_name": "a\nb"}, PolicyError),
        ({"contact": "x" * 121}, PolicyError),
        ({"generation": 0}, PaperError),
        ({"fingerprint": bytes(20)}, PaperError),
        ({"record_check": ""}, PaperError),
        ({"record_check": "abcd-efgh-ijkl-mnop"}, PaperError),
        ({"language": "xx"}, PaperError),
        ({"language": "../en"}, PaperError),
        ({"group_index": 2}, PaperError),
        ({"group_index": -1}, PaperError),
        ({"number": 0}, PaperError),
        ({"number": 6}, PaperError),
        ({"number": 3}, PaperError),
        ({"share": share_of(QUORUM, 1, 2)}, PaperError),
        ({"share": share_of(QUORUM, 0, 3)}, PaperError),
        ({"share": share_of(COPIES, 1, 2)}, PaperError),
        ({"share": replace(share_of(QUORUM, 0, 2), identifier=ID.slip39_identifier ^ 1)}, PaperError),
        ({"share": replace(share_of(QUORUM, 0, 2), member_threshold=2)}, PaperError),
        ({"share": share_of(QUORUM, 0, 2, 34)}, PaperError),
        ({"envelope": b""}, PaperError),
        ({"envelope": bytes(MAX_PRINTED_BYTES + 1)}, PaperError),
    ],
)
def test_values_that_no_sheet_can_have(changes: dict[str, object], error: type[EscrowError]) -> None:
    with pytest.raises(error) as caught:
        sheet(**{"share": share_of(QUORUM, 0, 2), **changes})  # type: ignore[arg-type]  # a field each
    assert caught.value.hint
    for word in share_of(QUORUM, 0, 2).words:
        assert word not in (caught.value.message + caught.value.hint).split()


def test_an_envelope_document_takes_no_envelope_that_is_too_large() -> None:
    with pytest.raises(PaperError):
        replace(envelope_document(), envelope=bytes(MAX_PRINTED_BYTES + 1))
    assert isinstance(replace(envelope_document(), envelope=bytes(MAX_PRINTED_BYTES)), EnvelopeDocument)


@pytest.mark.parametrize("paper", PAPERS)
def test_what_is_too_long_says_what_to_shorten(paper: Paper) -> None:
    long = (LONG * 2)[:120]
    made = sheet(WIDE, 0, 12, key_name=long, organisation=long, contact=long, holder=Holder(long, long, long, long))
    with pytest.raises(PaperError, match="no room for") as caught:
        draw_sheet(made, paper)
    assert caught.value.hint.startswith("Shorten the")
    groups = Policy(*(Group(f"Group {'W' * 6} {number}", 2, 3) for number in range(16)))
    with pytest.raises(PaperError, match="the names of the groups"):
        draw_sheet(sheet(groups), paper)


def test_each_text_alone_may_be_as_long_as_it_can_be() -> None:
    long = (LONG * 2)[:119] + "."
    for changes in (
        {"key_name": long},
        {"organisation": long},
        {"contact": long},
        {"motion": long},
        {"holder": Holder(office=long)},
        {"holder": Holder(person=long)},
        {"holder": Holder(place=long)},
    ):
        pages = texts(draw_sheet(sheet(**changes), Paper.LETTER))
        assert any(long in " ".join(page.split()) for page in pages)


def test_twelve_holders_in_four_groups_fit() -> None:
    for number in range(1, 13):
        for paper in PAPERS:
            draw_sheet(sheet(WIDE, 3, number, ED25519), paper)


def test_neither_words_nor_envelope_in_the_repr() -> None:
    made = sheet()
    shown = repr(made)
    assert made.share.value.hex() not in shown
    assert repr(made.share.value)[2:20] not in shown
    assert not set(made.share.words[4:]) & set(re.findall(r"[a-z]+", shown)) - {"sheet", "board"}
    assert made.envelope
    assert repr(made.envelope)[2:20] not in shown


def test_rsa_8192_has_eight_codes_on_two_pages() -> None:
    pages = codes(draw_sheet(sheet(length=RSA_8192), Paper.LETTER))
    assert [len(page) for page in pages[:5]] == [0, 2, 4, 4, 0]

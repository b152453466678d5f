"""Papers of many pages: what flows, what stays together, and what has no room."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rootescrow.errors import PaperError
from rootescrow.paper.fonts import Face
from rootescrow.paper.layout import BOTTOM, Paper, Paragraph
from rootescrow.paper.report import (
    SIZE,
    Block,
    Column,
    Figure,
    Heading,
    Report,
    Table,
    Text,
    draw_report,
    heading_pages,
    runs,
)
from rootescrow.paper.text import Catalogue
from tests.paper.support import assert_fits, boxes, texts

PAPERS = list(Paper)


def report(*blocks: Block, rehearsal: bool = False) -> Report:
    return Report(title="TITLE", name="A paper", note="a note", blocks=blocks, rehearsal=rehearsal)


def words(count: int, size: float = SIZE, what: str = "") -> Paragraph:
    return Paragraph(((" ".join(f"word{number}" for number in range(count)), Face.SANS),), size, what=what)


def table(rows: int, *, together: bool = False, row_height: float = 0.0, head: str = "HEAD") -> Table:
    columns = (Column(head, 60.0), Column("", 20.0, tick=True), Column("", 60.0, Face.MONO))
    cells = tuple((f"row {row}", "", f"cell {row}") for row in range(rows))
    return Table(columns, cells, row_height, together)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_table_goes_on_under_its_head(paper: Paper) -> None:
    pdf = draw_report(report(Heading("About"), table(120)), paper)
    assert_fits(pdf)
    pages = texts(pdf)
    assert len(pages) == 4
    assert all(page.count("HEAD") == 1 for page in pages)
    found = [line for page in pages for line in page.split("\n") if line.startswith("row ")]
    assert [line.split(" cell")[0] for line in found] == [f"row {row}" for row in range(120)]
    for number, page in enumerate(pages, 1):
        assert "TITLE" in page
        assert f"A paper · page {number} of 4 · a note" in page


def test_a_table_without_a_head_goes_on_without_one() -> None:
    pages = texts(draw_report(report(table(120, head="")), Paper.A4))
    assert len(pages) == 4
    assert "".join(pages).count("row 5 cell 5\n") == 1


def test_what_belongs_together_is_on_one_page() -> None:
    pages = texts(draw_report(report(table(30), Heading("About"), table(10, together=True, head="LAST")), Paper.A4))
    assert len(pages) == 2
    assert "LAST" not in pages[0]
    assert "About" in pages[1]


def test_a_heading_stays_with_what_follows_it() -> None:
    for rows in range(25, 40):
        blocks = (table(rows), Heading("About"), Text((words(60),), keep=True), table(1, head="NEXT"))
        pages = texts(draw_report(report(*blocks), Paper.A4))
        (page,) = (page for page in pages if "About" in page)
        assert "word59" in page
        assert "NEXT" in page


def test_a_new_page_where_it_is_asked_for() -> None:
    blocks = (Heading("One", new_page=True), Text((words(5),)), Heading("Two", new_page=True), Text((words(5),)))
    pages = texts(draw_report(report(*blocks), Paper.A4))
    assert ["One" in page for page in pages] == [True, False]
    assert ["Two" in page for page in pages] == [False, True]


def test_rows_are_as_high_as_asked_for_and_as_needed() -> None:
    (_, found), *_ = boxes(draw_report(report(table(3, row_height=20.0, head="")), Paper.A4))
    rules = sorted({round(box.top, 1) for box in found if not box.text and box.right - box.left > 100 and box.top > 30})
    assert [round(b - a, 1) for a, b in pairwise(rules)] == [20.0, 20.0]
    tall = Table((Column("", 40.0),), (((words(60),),),))
    (_, found), *_ = boxes(draw_report(report(tall), Paper.A4))
    assert max(box.bottom for box in found if "word59" in box.text) > 60


def test_a_box_to_tick_or_to_write_in_in_each_row() -> None:
    written = Table((Column("Time", 30.0, write=True),), (("",), ("",)), 12.0)
    (_, found), *_ = boxes(draw_report(report(written), Paper.A4))
    assert sum(not box.text and 27 < box.right - box.left < 29 and box.bottom - box.top > 8.9 for box in found) == 2
    (_, found), *_ = boxes(draw_report(report(table(3)), Paper.A4))
    assert sum(not box.text and 4 < box.right - box.left < 5 and 4 < box.bottom - box.top < 5 for box in found) == 3


def test_what_is_higher_than_a_page_is_named() -> None:
    with pytest.raises(PaperError) as caught:
        draw_report(report(Table((Column("", 20.0),), (((words(400, what="the reason"),),),))), Paper.A4)
    assert caught.value.message == "the page has no room for the reason"
    with pytest.raises(PaperError, match="no room for a text"):
        draw_report(report(Text((words(3000),))), Paper.A4)


def test_a_rehearsal_says_so_twice_on_every_page() -> None:
    pages = texts(draw_report(report(table(120), rehearsal=True), Paper.LETTER))
    assert [page.count("REHEARSAL") for page in pages] == [2, 2, 2, 2]


def test_columns_fit_the_page_and_rows_the_columns() -> None:
    with pytest.raises(ValueError, match="wider"):
        Table((Column("", 100.0), Column("", 86.1)), ())
    with pytest.raises(ValueError, match="one cell a column"):
        Table((Column("", 100.0),), (("a", "b"),))


def test_what_stands_between_backquotes_is_to_be_typed() -> None:
    say = Catalogue({"a": "Type `rm {file}` now", "b": "`x`"})
    assert runs(say, "a", {"file": "`y` z"}) == (("Type ", Face.SANS), ("rm `y` z", Face.MONO), (" now", Face.SANS))
    assert runs(say, "b") == (("x", Face.MONO),)


def test_the_block_ends_above_the_foot() -> None:
    for _, found in boxes(draw_report(report(table(120)), Paper.LETTER)):
        foot = max(found, key=lambda box: box.bottom)
        assert foot.text.startswith("A paper")
        assert all(box.bottom <= BOTTOM + 0.5 for box in found if box != foot)


def figure(height: float, mark: str, head: Figure | None = None) -> Figure:
    return Figure(height, lambda doc, y: doc.text(0, y + height / 2, mark, Face.SANS, SIZE), head=head)


def test_figures_stand_where_there_is_room_and_a_page_begins_with_their_head() -> None:
    head = figure(6.0, "THE HEAD")
    figures = [figure(40.0, f"figure {number}", head) for number in range(12)]
    blocks: tuple[Block, ...] = (Heading("About"), head, *figures)
    pages = texts(draw_report(report(*blocks), Paper.A4))
    assert [page.count("figure") for page in pages] == [5, 5, 2]
    assert all(page.count("THE HEAD") == 1 for page in pages)


def test_a_figure_that_no_page_has_room_for() -> None:
    with pytest.raises(PaperError, match="the page has no room"):
        draw_report(report(figure(BOTTOM, "x")), Paper.A4)


def test_the_pages_of_the_headings() -> None:
    blocks = (Heading("One"), table(60), Heading("Two"), table(3), Heading("Three", new_page=True), Text((words(3),)))
    found = [(heading.text, page) for heading, page in heading_pages(blocks)]
    pages = texts(draw_report(report(*blocks), Paper.A4))
    assert [name for name, _ in found] == ["One", "Two", "Three"]
    assert found[-1] == ("Three", len(pages))
    assert all(name in pages[page - 1].split("\n") for name, page in found)

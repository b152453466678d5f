"""Every kind of sheet, every paper and the booklet in every language: nothing lacks room."""

from __future__ import annotations

import pytest

from rootescrow.ceremony.papers.booklet import draw_booklet
from rootescrow.paper.sheets import Paper
from tests.ceremony.papers import test_languages as papers
from tests.ceremony.papers.test_booklet import booklet
from tests.paper import test_languages as sheets
from tests.paper.support import assert_fits, texts

every_language = pytest.mark.parametrize("language", sheets.OTHERS)


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("kind", [name for name in sheets.KINDS if name not in sheets.USUAL])
@every_language
def test_every_sheet_has_room_for_its_language(language: str, kind: str, paper: Paper) -> None:
    sheets.assert_room(kind, language, paper)


@pytest.mark.parametrize("paper", papers.SLOW)
@every_language
def test_the_longer_papers_fit_on_about_as_many_pages(language: str, paper: str) -> None:
    papers.assert_alike(paper, language)


@pytest.mark.parametrize("paper", papers.SLOW)
@every_language
def test_no_english_is_left_on_the_longer_papers(language: str, paper: str) -> None:
    papers.assert_no_english(paper, language)


@every_language
def test_the_booklet_fits_on_about_as_many_pages(language: str) -> None:
    contact = "Wide " * 20
    ours, theirs = (
        draw_booklet(booklet(page=b"", organisation="W" * 60, contact=contact, language=one), Paper.A4)
        for one in (language, "en")
    )
    assert_fits(ours)
    english = len(texts(theirs))
    assert english <= len(texts(ours)) <= english + english // 10

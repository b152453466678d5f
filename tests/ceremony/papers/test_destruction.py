"""The destruction list: what stands on it, in which order, and the truths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rootescrow.ceremony.papers.destruction import draw_destruction
from rootescrow.ceremony.today import Today, judge
from rootescrow.errors import PaperError, UsageError
from rootescrow.paper.layout import Paper
from rootescrow.register.events import AnyEvent, Void
from rootescrow.register.record import RecordedEnvelope, sha256
from rootescrow.register.register import fold
from tests.ceremony.papers.support import long_sheets, passphrase
from tests.ceremony.test_destruction import DAY, RECOVERED, RENEWED, SEPARATE, SUPERSEDED, gone, opened, told
from tests.paper.support import assert_fits, texts
from tests.register.support import make_journal, make_record
from tests.register.test_passphrase_record import escrowed

EVENTS: dict[str, tuple[AnyEvent, ...]] = {
    "usual": (Void(sheet="Board/3", reason="lost in a fire"), SUPERSEDED),
    "renewed": (RECOVERED, opened("Board/2"), RENEWED),
}


def drawn(today: Today, paper: Paper = Paper.A4) -> str:
    """All that stands on it."""
    return "\n\f\n".join(texts(draw_destruction(today, paper, head=str(today.register.journal.head)))) + "\n"


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("kind", EVENTS)
def test_it_reads_as_it_did(repo_root: Path, kind: str) -> None:
    """The text of all pages, compared with the files in tests/golden (written anew where GOLDEN=write)."""
    today = told(*EVENTS[kind], plan=True, passphrase=escrowed())
    path = repo_root / "tests" / "golden" / f"destruction-{kind}.txt"
    found = drawn(today).replace(str(today.register.journal.head), "HEAD").replace(
        today.register.record.check_code, "CHECK-CODE"
    )  # fmt: skip
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("paper", list(Paper))
def test_everything_fits(paper: Paper) -> None:
    today = told(*EVENTS["renewed"], plan=True, passphrase=passphrase())
    assert_fits(draw_destruction(today, paper, head="1:AAAA-AAAA-AAAA-AAAA"))


def test_what_ends_it_soonest_stands_first() -> None:
    text = flat(drawn(told(SUPERSEDED, plan=True)))
    first, _, rest = text.partition("Then: everything else")
    listed = first.partition("First: what ends the old generation soonest")[2]
    assert "Any 2 of these Arbitration sheets. When they are destroyed, the old generation is ended." in listed
    assert all(f"Arbitration/{number}" in listed for number in (1, 2, 3))
    assert "Board/1" not in listed
    assert rest.index("USB stick 1") < rest.index("printed envelope 1") < rest.index("Board/1") < rest.index("Board/5")
    # Where people know a quorum of every group, only the envelopes are left.
    known = [opened(f"{group}/{number}") for group in ("Board", "Arbitration") for number in (1, 2, 3)]
    text = flat(drawn(told(*known, SUPERSEDED, plan=True)))
    assert "All of these, wherever they are." in text
    assert "Words that somebody may know cannot be destroyed, and count as left: Board/1" in text
    assert text.index("envelope.cms") < text.index("Then: everything else") < text.index("Board/4", text.index("Then:"))
    # Where not all groups are needed, several must go.
    text = flat(drawn(told(SUPERSEDED, group_threshold=1)))
    assert "so few sheets are left that none of the groups can meet" in text
    assert text.count("When that is done in all 2 groups here, the old generation is ended.") == 2


def test_the_truths_stand_above_all_else() -> None:
    text = flat(drawn(told(SUPERSEDED, plan=True)))
    assert (
        "The old generation is LIVE until fewer than 3 Board sheets are left or fewer than 2 Arbitration sheets are "
        "left or every envelope is destroyed. Until then an old quorum with an old envelope opens the key as well as "
        "before"
    ) in text
    assert "NOT BEFORE the new generation is confirmed" in text
    assert "NEVER destroy sheets that say CCCC-DDDD" in text
    assert text.index("LIVE until") < text.index("What Office, person")
    over = flat(drawn(told(SUPERSEDED, gone("Arbitration/1", "Arbitration/2"), plan=True)))
    assert "The old generation is ended: what is left of it can recover nothing." in over
    assert "First:" not in over
    assert "Arbitration/3" in over


def test_the_sheets_of_the_passphrase_are_kept_or_destroyed() -> None:
    stays = flat(drawn(told(SUPERSEDED, plan=True, passphrase=escrowed())))
    assert "KEEP the sheets of the passphrase: Passphrase/1, Passphrase/2, Passphrase/3." in stays
    assert stays.count("Passphrase/1") == 1
    assert "of the old passphrase" not in stays
    new = flat(drawn(told(RENEWED, plan=True, passphrase=escrowed())))
    assert "KEEP" not in new
    assert "its sheets are on this list too" in new
    assert new.count("of the old passphrase") == 3
    assert "rekey again with a new passphrase" in flat(drawn(told(SUPERSEDED)))


def test_copies_and_envelopes_that_nobody_counted() -> None:
    text = flat(drawn(told(RECOVERED, SUPERSEDED)))
    assert "root.p8.pem copy of what was recovered: it needs no sheet" in text
    assert "how many there are, nobody wrote down" in text
    on_sheets = flat(drawn(told(SUPERSEDED, envelope=SEPARATE.model_copy(update={"printed": "each"}))))
    assert on_sheets.count("bears an envelope too") == 8
    none_left = flat(drawn(told(SUPERSEDED, gone(every_envelope=True))))
    assert "envelope.cms, envelope.pdf" not in none_left


def test_long_names_have_room_or_are_refused() -> None:
    record = make_record(sheets=long_sheets("Board", 5) + long_sheets("Arbitration", 3), envelope=SEPARATE)
    today = judge(fold(record, make_journal(SUPERSEDED, record=record)), None, DAY)
    assert_fits(draw_destruction(today, Paper.LETTER, head="2:AAAA-AAAA-AAAA-AAAA"))
    with pytest.raises(PaperError):
        drawn(told(SUPERSEDED, media=("\u4e2d\u6587",)))


def test_there_is_none_before_a_rekey() -> None:
    with pytest.raises(UsageError, match="was not superseded"):
        drawn(told())


def test_of_a_rehearsal() -> None:
    printed = RecordedEnvelope(sha256=sha256(b"envelope"), bytes=2600, printed="media")
    assert "REHEARSAL" in drawn(told(SUPERSEDED, rehearsal=True, envelope=printed))

"""What the tests of printing share: a split's folder with sheets in it, and operators who answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rootescrow.ceremony.printing import Answer, Result, SheetFile
from rootescrow.ceremony.split import sheet_file_name
from rootescrow.ceremony.spooler import Outcome
from rootescrow.paper.sheets import Paper, Sheet, draw_sheet
from rootescrow.register import folder
from rootescrow.register.journal import Journal
from rootescrow.register.record import Record
from tests.paper.support import ID, sheet
from tests.register.support import NOON, make_record

RECORD: Record = make_record(escrow_id=str(ID))
BOARD = {number: sheet(number=number, length=0) for number in (1, 2, 3)}
"""Sheets of a cover and a share, which are quickly drawn."""


def split_folder(
    out: Path, sheets: Iterable[Sheet] = BOARD.values(), *, record: Record | None = RECORD, paper: Paper = Paper.A4
) -> Path:
    """What `split --out` leaves, with these sheets in it, and the escrow beside them if there is a record."""
    if record is not None:
        folder.create(out, {"escrow/envelope.cms": b"envelope"}, record.dump(), Journal.begin(record, NOON).dump())
    secret = out / folder.SECRET
    secret.mkdir(parents=True)
    for one in sheets:
        (secret / sheet_file_name(one)).write_bytes(draw_sheet(one, paper))
    return out


class Scripted:
    """An operator who answers one thing after the other, and then says yes to everything."""

    def __init__(self, *answers: Answer | Result) -> None:
        self._answers: Iterator[Answer | Result] = iter(answers)
        self.asked: list[str] = []
        self.told: list[str] = []
        self.outcomes: list[Outcome] = []

    def ready(self, sheet: SheetFile, pages: int) -> Answer:
        self.asked.append(f"{sheet.name} for {sheet.holder or 'nobody'}, {pages} pages")
        answer = next(self._answers, Answer.YES)
        assert isinstance(answer, Answer)
        return answer

    def came_out(self, sheet: SheetFile, pages: int, outcome: Outcome) -> Result:
        self.asked.append(f"{sheet.name} came out")
        self.outcomes.append(outcome)
        result = next(self._answers, Result.YES)
        assert isinstance(result, Result)
        return result

    def tell(self, said: str) -> None:
        self.told.append(said)

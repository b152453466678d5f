"""The example of thirty years, run once. What it says is held against its journals, folded again line by line."""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from rootescrow.ceremony.plan import MAX_PLAN_BYTES
from rootescrow.ceremony.rules import Outcome
from rootescrow.ceremony.today import judge
from rootescrow.register import folder
from rootescrow.register.events import (
    AnyEvent,
    Arrival,
    Confirmed,
    Destroyed,
    Drill,
    Found,
    Handover,
    Recovered,
    Replaced,
    Seal,
    Superseded,
    Void,
    What,
)
from rootescrow.register.journal import Journal
from rootescrow.register.record import sha256
from rootescrow.register.register import Register, fold
from rootescrow.shamir.words import WORDS

BOARD = [f"Board/{number}" for number in range(1, 6)]


@dataclass(frozen=True)
class Generation:
    """A master folder: its register after each line of its journal, the first being that after one line."""

    path: Path
    after: tuple[Register, ...]

    @classmethod
    def read(cls, path: Path) -> Generation:
        record, data = folder.read_journal(path)
        journal = Journal.parse(data, sha256(record.dump()))
        first, *others = journal.lines
        after = [fold(record, Journal(journal.record_sha256, (first,)))]
        for line in others:
            after.append(after[-1].after(line.event, now=line.time))
        assert after[-1] == folder.load_register(path)
        return cls(path, tuple(after))

    @property
    def now(self) -> Register:
        return self.after[-1]

    def steps(self) -> Iterator[tuple[datetime.date, AnyEvent, Register, Register]]:
        """Each line after the first: its day, what it tells, and what held before and after it."""
        for before, after in pairwise(self.after):
            line = after.journal.lines[-1]
            yield line.time.date(), line.event, before, after

    def failing(self, register: Register, today: datetime.date) -> set[str]:
        """The rules that fail by a register on a day."""
        plan = folder.load_plan(self.path, MAX_PLAN_BYTES)
        answers = judge(register, plan, today).answers
        return {answer.rule for answer in answers if answer.outcome is Outcome.FAIL}


@dataclass(frozen=True)
class Life:
    """What the example left, and what it said."""

    out: Path
    shown: str
    first: Generation
    second: Generation

    def steps(self) -> Iterator[tuple[datetime.date, AnyEvent, Register, Register]]:
        yield from self.first.steps()
        yield from self.second.steps()

    def year(self, year: int) -> str:
        """What it said of a year."""
        start = re.search(rf"^\d{{4}} \(year {year}\)", self.shown, re.MULTILINE)
        assert start is not None
        return re.split(r"^\S", self.shown[start.end() :], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.fixture(scope="module")
def life(repo_root: Path, program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Life:
    out = tmp_path_factory.mktemp("life") / "out"
    path = str(Path(program("openssl")).parent) + ":/usr/bin:/bin"
    done = subprocess.run(
        [sys.executable, str(repo_root / "examples" / "thirty_years.py"), str(out)],
        env={"PATH": path, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = (Generation.read(out / f"escrow-{number}" / folder.ESCROW) for number in (1, 2))
    return Life(out, done.stdout, first, second)


def test_it_is_a_root_by_the_plan_and_lasts_thirty_years(life: Life) -> None:
    record = life.first.now.record
    assert (record.profile, record.envelope.printed) == ("root", "separate")
    assert record.passphrase is not None
    groups = (*record.groups, *record.passphrase.groups)
    assert [(group.name, group.threshold, group.count) for group in groups] == [
        ("Board", 3, 5),
        ("Arbitration", 2, 3),
        ("Passphrase", 2, 3),
    ]
    assert re.findall(r"\(year (\d+)\)", life.shown) == [str(year) for year in range(1, 31)]
    days = [line.time.date() for line in (*life.first.now.journal.lines, *life.second.now.journal.lines)]
    assert days[-1] - days[0] > datetime.timedelta(days=365 * 29)
    assert not any(generation.now.journal.backward for generation in (life.first, life.second))


def test_every_sheet_was_confirmed_and_new_ones_too(life: Life) -> None:
    confirmed = [event.sheet for _, event, _, _ in life.steps() if isinstance(event, Confirmed)]
    # The ceremony's 11 and the envelope, the rekey's 8 and the envelope, and three replacements.
    assert len(confirmed) == 12 + 9 + 3
    assert life.first.now.to_confirm == life.second.now.to_confirm == ()


def test_the_whole_board_changes_every_year_and_whole_bags_expose_nobody(life: Life) -> None:
    handed = [step for step in life.steps() if isinstance(step[1], Handover)]
    missing = [step for step in life.steps() if isinstance(step[1], Void)]
    years = [day.year for day, *_ in (*handed, *missing)]
    assert sorted(years) == sorted([*range(2027, 2057)] * 5)
    for _, event, before, after in handed:
        assert isinstance(event, Handover)
        old, new = before.sheet(event.sheet), after.sheet(event.sheet)
        assert old.holder.person != new.holder.person
        if event.seal is Seal.WHOLE:
            assert before.exposures == after.exposures
            assert (old.holder.place, old.holder.bag, old.may_know) == (
                new.holder.place,
                new.holder.bag,
                new.may_know,
            )
    assert [event.sheet for _, event, _, _ in missing if isinstance(event, Void)] == ["Board/4"]


def test_opened_bags_demand_a_new_generation(life: Life) -> None:
    opened = [step for step in life.steps() if isinstance(step[1], Handover) and step[1].seal is Seal.OPENED]
    assert {day.year for day, *_ in opened} == {2035}
    assert [(after.exposures[0].rekey_due, after.exposures[0].is_quorum) for *_, after in opened] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    day, *_, after = opened[-1]
    assert "z.5" in life.first.failing(after, day)
    assert after.due(day)[0].startswith("a new generation: 3 of the 3 shares that Board needs")
    assert [line.strip() for line in life.year(9).splitlines()[1:6]] == [
        "Board/1, its bag opened: z.5 pass",
        "Board/2, its bag whole: z.5 pass",
        "Board/3, its bag opened: z.5 warn, due: a new generation",
        "Board/4, its bag whole: z.5 warn, due: a new generation",
        "Board/5, its bag opened: z.5 fail, due: a new generation",
    ]


def test_the_old_generation_lives_until_it_is_destroyed(life: Life) -> None:
    old, new = life.first.now.record, life.second.now.record
    assert (new.generation, new.supersedes) == (2, old.escrow_id)
    assert new.key.encrypted_key_sha256 == old.key.encrypted_key_sha256
    assert new.passphrase == old.passphrase
    ((_, _, _, superseded),) = [step for step in life.first.steps() if isinstance(step[1], Superseded)]
    assert superseded.live
    assert superseded.state == f"superseded by escrow {new.escrow_id}, and live until it is destroyed"
    assert "An old quorum with an old envelope opens the same key: True." in life.year(9)
    # Of the Board's words three are known to former members, so that its sheets alone do not end it.
    ends = [(event.items[0], after.live) for _, event, _, after in life.first.steps() if isinstance(event, Destroyed)]
    assert ends == [("Board/1", True), ("Arbitration/1", False), ("USB stick 1", False)]
    assert life.first.now.state == "destroyed: it can recover nothing"
    assert (life.out / "escrow-2" / "destruction-list.pdf").is_file()
    # Of the new one, whoever lost a sheet since then is the only one who may know words and has left.
    assert life.second.now.exposures[0].people == ("Di of 2039",)


def test_each_drill_is_within_a_year_and_every_sheet_is_read_in_a_few(life: Life) -> None:
    drills = [(day, event) for day, event, _, _ in life.steps() if isinstance(event, Drill)]
    assert [day.year for day, _ in drills] == [*range(2027, 2056)]
    for (_, before), (day, _) in pairwise(drills):
        assert before.next_drill == day
    for day, event in drills:
        assert event.next_drill is not None
        assert datetime.timedelta(0) < event.next_drill - day <= datetime.timedelta(days=366)
    read: dict[str, list[int]] = {}
    for day, event in drills:
        for looked in event.items:
            assert looked.found in (Found.RIGHT, Found.UNOPENED)
            if looked.found is Found.RIGHT and "/" in looked.item:
                read.setdefault(looked.item, []).append(day.year)
    gone = {"Board/4": 2040, "Arbitration/1": 2043, "Passphrase/2": 2048}
    made = {"Board/6": 2040, "Arbitration/4": 2043, "Passphrase/4": 2048}
    for sheet in life.second.now.sheets:
        years = [made.get(sheet.name, 2026), *read[sheet.name], gone.get(sheet.name, 2056)]
        assert max(later - earlier for earlier, later in pairwise(years)) <= 6, sheet.name


def test_at_the_end_of_each_year_no_rule_fails(life: Life) -> None:
    for generation in (life.first, life.second):
        for day, event, _, after in generation.steps():
            if isinstance(event, Drill):
                assert generation.failing(after, day) == set()
                assert set(after.due(day)) <= {"destroy what is void: Board/4"}


def test_a_forged_sheet_is_named_and_nobody_else(life: Life) -> None:
    drills = [(day, event) for day, event, _, _ in life.steps() if isinstance(event, Drill) and event.wrong]
    ((day, event),) = drills
    assert day.year == 2038
    assert len(event.wrong) == 1
    assert re.fullmatch(r"Board, a sheet that says it is number 2, check code [A-Z2-7-]{19}", event.wrong[0])
    assert [looked.item for looked in event.items if looked.found is Found.RIGHT and looked.item in BOARD] == BOARD
    said = life.year(12)
    assert said.count("WRONG") == 1
    assert all(f"{sheet}: right" in said for sheet in BOARD)
    assert "the envelope's tag names the forged one, and no other: True." in said
    accused = re.search(r"nobody is accused: (.*)", said)
    assert accused is not None
    assert not re.search(r"sheet \d|number|forged", accused[1])


def test_a_fire_in_one_place(life: Life) -> None:
    fires = [step for step in life.second.steps() if isinstance(step[1], Destroyed) and step[0].year == 2043]
    ((day, event, before, after),) = fires
    assert isinstance(event, Destroyed)
    assert event.items == ("Arbitration/1", "USB stick 2", "printed envelope 2")
    assert life.second.failing(before, day) == set()
    assert life.second.failing(after, day) >= {"AU-4", "z.4", "z.7"}
    assert "The rules that are worse for it: AU-4, AU-5, z.4, z.7." in life.year(17)
    end = [after for day, *_, after in life.second.steps() if day == datetime.date(2043, 8, 1)][-1]
    assert life.second.failing(end, day) == set()
    assert [medium.name for medium in end.media_now] == ["USB stick 1", "USB stick 3"]


def test_what_was_lost_burnt_or_wet_was_replaced(life: Life) -> None:
    replaced = [event for _, event, _, _ in life.steps() if isinstance(event, Replaced)]
    assert [(event.sheet, event.old, event.quorum) for event in replaced] == [
        ("Board/6", "Board/4", ("Board/1", "Board/2", "Board/3")),
        ("Arbitration/4", "Arbitration/1", ("Arbitration/2", "Arbitration/3")),
        ("Passphrase/4", "Passphrase/2", ("Passphrase/1", "Passphrase/3")),
    ]
    states = {sheet.name: sheet.state for sheet in life.second.now.sheets if not sheet.counts}
    assert states == {"Board/4": "void, not destroyed", "Arbitration/1": "destroyed", "Passphrase/2": "destroyed"}


def test_the_last_day_is_a_recovery_under_a_case_from_sheets_made_since(life: Life) -> None:
    last = life.second.now
    key, passphrase = (
        next(recovered for recovered in last.recoveries if recovered.what is what)
        for what in (What.KEY, What.PASSPHRASE)
    )
    assert {one.case for one in (key, passphrase)} == {"a20560814.1"}
    assert [(one.sheet, one.how) for one in key.sheets] == [
        ("Arbitration/2", Arrival.PHOTO),
        ("Arbitration/4", Arrival.BAG),
        ("Board/1", Arrival.BAG),
        ("Board/5", Arrival.BAG),
        ("Board/6", Arrival.BAG),
    ]
    assert [one.sheet for one in passphrase.sheets] == ["Passphrase/1", "Passphrase/4"]
    said = life.year(30)
    assert "Board/4: wrong, refused: it is void since 2040-05-10" in said
    assert "Board: 2 of 3; Arbitration: complete; envelope: complete" in said
    assert "it is the key of the certificate; it is the key of the record." in said
    exposed = [after for _, event, _, after in life.second.steps() if isinstance(event, Recovered)][-1]
    assert exposed.state == "confirmed; exposed: the passphrase and the key were recovered"
    assert len(exposed.copies) == 1
    # That the copy is destroyed is not enough: until there is a new generation it stays exposed.
    assert last.copies == ()
    assert last.exposed
    assert (life.out / "papers" / "2056-08-14").is_dir()


def test_the_crl_verifies_with_openssl_alone(life: Life, program: Callable[[str], str]) -> None:
    shown = subprocess.run(
        [program("openssl"), "crl", "-in", "root.crl", "-noout", "-CAfile", "root.crt", "-text"],
        cwd=life.out,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "verify OK" in shown.stderr
    assert "Issuer: CN = Example Root CA (throw-away)" in shown.stdout
    assert "Last Update: Aug 14 13:00:00 2056 GMT" in shown.stdout
    assert "Serial Number: 2A" in shown.stdout
    assert "verify OK" in life.year(30)


def test_the_journals_check_and_continue_those_on_the_media(life: Life) -> None:
    journal = life.second.now.journal
    media = [path.parent.parent for path in life.out.glob(f"*/{folder.ESCROW}/{folder.COPY_FILE}")]
    assert sorted(path.name for path in media) == ["USB-stick-1-2", "USB-stick-3-3"]
    for medium in media:
        copy = folder.load_register(medium / folder.ESCROW).journal
        assert len(copy.lines) < len(journal.lines)
        assert journal.continues(copy)
    heads = {str(after.journal.head) for one in (life.first, life.second) for after in one.after}
    told = re.findall(r"Head (\d+:\S+)\.", life.shown)
    assert len(told) > 30
    assert heads.issuperset(told)
    last = journal.lines[-1]
    assert life.shown.splitlines()[-1] == f"  {last.number}  {last.stamp}  {last.event.kind}  {last.event}"
    assert f"Its last line, {journal.head}:" in life.shown


def test_nothing_secret_is_left_nor_was_told(life: Life) -> None:
    files = [path for path in life.out.rglob("*") if path.is_file()]
    assert not [path for path in files if path.name in ("root.key", "key.pem") or "secret" in str(path.parent)]
    assert not [path for path in files if re.search(rb"^-----BEGIN [A-Z ]*PRIVATE", path.read_bytes(), re.MULTILINE)]
    known = {*WORDS, *(word[:4] for word in WORDS)}
    run = 0
    for word in re.findall(r"[^\W\d_]+", life.shown.lower()):
        run = run + 1 if word in known else 0
        assert run < 4

"""The journal in its folder: appended by several at once, killed, on a full disk, and as a copy."""

from __future__ import annotations

import datetime
import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from rootescrow.errors import EscrowError, FileError, JournalError, UsageError
from rootescrow.register import folder
from rootescrow.register.events import Note, Printed, Void
from rootescrow.register.folder import append, create, extend_copy, is_copy, load, load_register, read_journal
from rootescrow.register.journal import Journal
from rootescrow.register.record import sha256
from rootescrow.shamir.words import WORDS
from tests.register.support import NOON, make_journal, make_record

RECORD = make_record()
FIRST = make_journal().dump()
OWN = sha256(RECORD.dump())


@pytest.fixture
def escrow(tmp_path: Path) -> Path:
    """A new escrow folder."""
    create(tmp_path / "out", {"escrow/envelope.cms": b"envelope"}, RECORD.dump(), FIRST)
    return tmp_path / "out" / "escrow"


def note(text: str = "a note") -> Note:
    return Note(text=text)


def names(path: Path) -> set[str]:
    return {found.name for found in path.iterdir()}


FILES = {"envelope.cms", "journal.jsonl", "record.json"}


# Beginning and appending


def test_a_new_escrow_has_its_first_line(escrow: Path) -> None:
    register = load_register(escrow)
    assert register.journal == Journal.parse(FIRST, OWN)
    assert register.record == RECORD
    assert read_journal(escrow) == (RECORD, FIRST)


def test_appended_lines_are_there_and_those_before_them_too(escrow: Path) -> None:
    now = NOON
    for number in range(2, 6):
        now += datetime.timedelta(days=1)
        before = (escrow / "journal.jsonl").read_bytes()
        register = append(escrow, note(f"note {number}"), now=now)
        after = (escrow / "journal.jsonl").read_bytes()
        assert after.startswith(before)
        assert after.count(b"\n") == number
        assert load_register(escrow) == register
    assert names(escrow) == FILES
    assert (escrow / "journal.jsonl").stat().st_mode & 0o777 == 0o600


def test_several_events_are_written_together(escrow: Path) -> None:
    register = append(escrow, Void(sheet="Board/1", reason="lost"), note(), now=NOON)
    assert len(register.journal.lines) == 3
    assert load_register(escrow).sheet("Board/1").reason == "lost"


@pytest.mark.parametrize(
    "event", [Printed(sheet="Board/9", printer=""), note(" ".join(WORDS[:33]))], ids=["no sheet", "words of a share"]
)
def test_what_cannot_be_is_not_written(escrow: Path, event: Printed | Note) -> None:
    with pytest.raises(UsageError):
        append(escrow, note(), event, now=NOON)
    assert (escrow / "journal.jsonl").read_bytes() == FIRST


# What is no whole escrow


def test_an_escrow_without_its_journal_is_refused_but_can_be_recovered_from(escrow: Path) -> None:
    (escrow / "journal.jsonl").unlink()
    for look in (load_register, lambda path: append(path, note(), now=NOON), read_journal):
        with pytest.raises(JournalError, match=r"holds a record and no journal\.jsonl") as raised:
            look(escrow)
        assert "Take another copy" in raised.value.hint
    assert load(escrow).record == RECORD
    assert names(escrow) == FILES - {"journal.jsonl"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "line 1 is missing"),
        (FIRST[:-1], "line 1 of the journal is cut: it does not end"),
        (FIRST + FIRST[:40], "line 2 of the journal is cut: it does not end"),
        (FIRST * 2, "line 2 of the journal is missing or was moved"),
        (
            FIRST.replace(b"2026", b"2027") + make_journal(note()).dump().splitlines(True)[1],
            "line 2 .* does not follow",
        ),
        (make_journal(record=make_record(rehearsal=True)).dump(), "line 1 of the journal is of another record"),
    ],
)
def test_a_journal_that_is_not_whole_is_refused_and_never_mended(escrow: Path, data: bytes, said: str) -> None:
    (escrow / "journal.jsonl").write_bytes(data)
    for look in (load_register, lambda path: append(path, note(), now=NOON)):
        with pytest.raises(JournalError, match=said):
            look(escrow)
    assert (escrow / "journal.jsonl").read_bytes() == data
    assert names(escrow) == FILES
    assert load(escrow).record == RECORD, "a recovery does without"


def test_a_record_that_was_changed(escrow: Path) -> None:
    sheets = [sheet.model_copy(update={"bag": "another"}) for sheet in RECORD.sheets]
    (escrow / "record.json").write_bytes(make_record(sheets=sheets).dump())
    with pytest.raises(JournalError, match="line 1 of the journal is of another record"):
        load_register(escrow)


def test_what_is_no_escrow(escrow: Path) -> None:
    for path in (escrow.parent, escrow / "x", escrow / "record.json"):
        for look in (load_register, lambda path: append(path, note(), now=NOON)):
            with pytest.raises(FileError, match=r"no escrow: it holds no record\.json"):
                look(path)


def test_a_journal_too_large_or_no_file(escrow: Path) -> None:
    with (escrow / "journal.jsonl").open("ab") as file:
        file.truncate(1 << 30)
    with pytest.raises(FileError, match="has over"):
        load_register(escrow)
    (escrow / "journal.jsonl").unlink()
    (escrow / "journal.jsonl").mkdir()
    with pytest.raises(FileError, match="Is a directory"):
        load_register(escrow)


def test_a_journal_that_is_a_link_is_not_forked(escrow: Path) -> None:
    (escrow / "journal.jsonl").rename(escrow.parent / "elsewhere")
    (escrow / "journal.jsonl").symlink_to(escrow.parent / "elsewhere")
    with pytest.raises(FileError, match="is a link to another file"):
        append(escrow, note(), now=NOON)
    assert (escrow.parent / "elsewhere").read_bytes() == FIRST


# Copies


def copy_of(escrow: Path, *, marked: bool = True) -> Path:
    copy = escrow.parent / "copy"
    shutil.copytree(escrow, copy)
    if marked:
        (copy / "COPY").touch()
    return copy


def test_nothing_is_appended_to_a_copy(escrow: Path) -> None:
    copy = copy_of(escrow)
    assert is_copy(copy)
    assert not is_copy(escrow)
    with pytest.raises(FileError, match="marked as a copy"):
        append(copy, note(), now=NOON)
    assert load_register(copy) == load_register(escrow)


def test_a_copy_is_extended_from_the_journal_that_continues_its_own(escrow: Path) -> None:
    copy = copy_of(escrow)
    journal = append(escrow, note(), now=NOON).journal
    extend_copy(copy, journal)
    extend_copy(copy, journal)
    assert (copy / "journal.jsonl").read_bytes() == (escrow / "journal.jsonl").read_bytes()
    assert names(copy) == FILES | {"COPY"}


def test_a_copy_is_not_extended_from_another_journal(escrow: Path) -> None:
    other = copy_of(escrow, marked=False)
    append(other, note("theirs"), now=NOON)
    append(other, note("theirs too"), now=NOON)
    (other / "COPY").touch()
    before = (other / "journal.jsonl").read_bytes()
    with pytest.raises(JournalError, match="is longer"):
        extend_copy(other, load_register(escrow).journal)
    journal = append(escrow, note("ours"), now=NOON).journal
    with pytest.raises(JournalError, match="the journals differ from line 2"):
        extend_copy(other, journal)
    with pytest.raises(JournalError, match="the journals differ from line 1"):
        extend_copy(other, make_journal(record=make_record(rehearsal=True)))
    assert (other / "journal.jsonl").read_bytes() == before


def test_what_is_not_marked_as_a_copy_is_not_extended(escrow: Path) -> None:
    other = copy_of(escrow, marked=False)
    with pytest.raises(FileError, match="not marked as a copy"):
        extend_copy(other, append(escrow, note(), now=NOON).journal)
    assert (other / "journal.jsonl").read_bytes() == FIRST


# Several at once


def in_child(action: Callable[[], object]) -> int:
    """Do something in a process of its own; its process id. It ends with 0, or 1 if the action failed."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        action()
        status = 0
    finally:
        os._exit(status)


def wait(child: int) -> int:
    """How a child ended: its exit status, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_two_processes_appending_two_hundred_lines(escrow: Path) -> None:
    def write(who: int) -> None:
        for number in range(100):
            append(escrow, note(f"{who}: {number}"), now=NOON)

    children = [in_child(lambda who=who: write(who)) for who in (1, 2)]  # type: ignore[misc]
    assert [wait(child) for child in children] == [0, 0]
    told = [str(line.event) for line in load_register(escrow).journal.lines[1:]]
    for who in (1, 2):
        assert [text for text in told if text.startswith(f"{who}: ")] == [f"{who}: {number}" for number in range(100)]
    assert len(told) == 200
    assert names(escrow) == FILES


# Killed at every point


def die_at(step: int) -> None:
    """Kill this process when it comes to the `step`-th line of code of folder.py from here on, in whatever function."""
    left = step

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != folder.__file__:
            return None
        if event == "line":
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def killed(step: int, action: Callable[[], object]) -> bool:
    """Do something in a process that is killed at that step; whether it was, or came to its end before."""

    def act() -> None:
        die_at(step)
        action()

    status = wait(in_child(act))
    assert status in (0, -signal.SIGKILL)
    return status != 0


@pytest.mark.long
def test_killed_anywhere_while_appending_the_journal_is_the_old_or_the_new_one(escrow: Path) -> None:
    """Every line of folder.py that runs, and so between any two writes."""
    old = new = parts = step = 0
    while True:
        before = load_register(escrow).journal
        was_killed = killed(step, lambda: append(escrow, note("first"), note("second"), now=NOON))
        parts += "journal.jsonl.part" in names(escrow)
        after = load_register(escrow).journal
        assert after.continues(before)
        added = [str(line.event) for line in after.lines[len(before.lines) :]]
        assert added in ([], ["first", "second"])
        old, new = old + (not added), new + bool(added)
        append(escrow, note("third"), now=NOON)
        assert names(escrow) == FILES
        if not was_killed:
            break
        step += 1
    assert old > 10
    assert new > 1, "some kills came after the new journal was in place"
    assert parts > 1, "some kills left a part of a journal, which did no harm"


@pytest.mark.long
def test_killed_anywhere_while_a_copy_is_extended(escrow: Path) -> None:
    copy = copy_of(escrow)
    step = 0
    while True:
        journal = append(escrow, note(), now=NOON).journal
        before = load_register(copy).journal
        was_killed = killed(step, lambda: extend_copy(copy, journal))  # noqa: B023 - called before the next round
        assert load_register(copy).journal in (before, journal)
        if not was_killed:
            break
        step += 1
    assert step > 20
    assert load_register(copy).journal == journal


@pytest.mark.long
def test_killed_anywhere_while_an_escrow_is_created(tmp_path: Path) -> None:
    step = escrows = 0
    while True:
        out = tmp_path / str(step)
        was_killed = killed(
            step,
            lambda: create(out, {"escrow/envelope.cms": b"envelope"}, RECORD.dump(), FIRST),  # noqa: B023
        )
        if (out / "escrow" / "record.json").exists():
            assert load_register(out / "escrow").journal.dump() == FIRST
            escrows += 1
        else:
            with pytest.raises(FileError, match="no escrow"):
                load(out / "escrow")
            assert was_killed
        if not was_killed:
            break
        step += 1
    assert step > 50
    assert escrows > 1


@pytest.mark.parametrize("part", [b"", FIRST[:50], FIRST, make_journal(note("never said")).dump()])
def test_a_part_of_a_journal_that_was_left_over_counts_for_nothing(escrow: Path, part: bytes) -> None:
    (escrow / "journal.jsonl.part").write_bytes(part)
    assert load_register(escrow).journal.dump() == FIRST
    append(escrow, note(), now=NOON)
    assert names(escrow) == FILES
    assert [str(line.event) for line in load_register(escrow).journal.lines[1:]] == ["a note"]


# Disks and folders that take nothing

PROGRAM = """
import os, resource, sys
from pathlib import Path
from rootescrow.errors import FileError
from rootescrow.register.folder import append, create, load_register
from tests.register.support import NOON
from tests.register.test_folder_journal import FIRST, RECORD, note

out, what = Path(sys.argv[1]) / "out", sys.argv[2]
create(out, {}, RECORD.dump(), FIRST)
if what == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(FIRST) + 10, resource.RLIM_INFINITY))
else:
    with open(out / "filler", "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(512))
        except OSError:
            pass
try:
    append(out / "escrow", note("x" * 400), now=NOON)
except FileError as error:
    print(error.message, error.hint)
print(load_register(out / "escrow").journal.dump() == FIRST, sorted(path.name for path in (out / "escrow").iterdir()))
if what == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
else:
    (out / "filler").unlink()
print(len(append(out / "escrow", note("x" * 400), now=NOON).journal.lines))
"""


def run(repo_root: Path, *arguments: object, before: tuple[str, ...] = ()) -> str:
    command = [*before, sys.executable, "-c", PROGRAM, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(repo_root)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


UNHARMED = "True ['journal.jsonl', 'record.json']\n2\n"


def test_a_file_that_becomes_too_large(tmp_path: Path, repo_root: Path) -> None:
    said = run(repo_root, tmp_path, "limit")
    assert "File too large The journal is as it was. Make room" in said
    assert said.endswith(UNHARMED)


def test_a_full_disk(tmp_path: Path, repo_root: Path, program: Callable[[str], str]) -> None:
    mount = ("-c", 'mount -t tmpfs -o size=64k none "$0" && exec "$@"', str(tmp_path))
    before = (program("unshare"), "--map-root-user", "--mount", program("sh"), *mount)
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets no one mount a disk of his own")
    said = run(repo_root, tmp_path, "full", before=before)
    assert "No space left on device The journal is as it was. Make room" in said
    assert said.endswith(UNHARMED)


def as_nobody(escrow: Path, action: Callable[[Path], object]) -> str:
    """What an error of ours says when a user without privileges does this with an escrow that is his; empty if none."""
    reading, writing = os.pipe()

    def act() -> None:
        said = ""
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        try:
            action(escrow)
        except EscrowError as error:
            said = f"{error.message} {error.hint}"
        os.write(writing, said.encode())

    status = wait(in_child(act))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    assert status == 0
    return said


@pytest.mark.parametrize(
    ("mode", "file_mode", "said"),
    [
        (0o700, 0o600, ""),
        (0o500, 0o400, f"journal.jsonl: {os.strerror(errno.EACCES)} The journal is as it was."),
        (0o300, 0o600, f": {os.strerror(errno.EACCES)}"),
        (0o000, 0o600, f": {os.strerror(errno.EACCES)}"),
        (0o700, 0o000, f": {os.strerror(errno.EACCES)}"),
    ],
)
def test_a_folder_or_file_that_is_closed(mode: int, file_mode: int, said: str) -> None:
    # Not below tmp_path, which only the owner may enter.
    base = Path(tempfile.mkdtemp())
    try:
        create(base / "out", {}, RECORD.dump(), FIRST)
        escrow = base / "out" / "escrow"
        (escrow / "journal.jsonl").chmod(file_mode)
        if os.geteuid() == 0:
            for path in (base, base / "out", escrow, *escrow.iterdir()):
                os.chown(path, 65534, 65534)
        escrow.chmod(mode)
        heard = as_nobody(escrow, lambda path: append(path, note(), now=NOON))
        assert said in heard
        assert bool(heard) == bool(said)
        escrow.chmod(0o700)
        (escrow / "journal.jsonl").chmod(0o600)
        assert len(load_register(escrow).journal.lines) == (1 if said else 2)
        assert names(escrow) == FILES - {"envelope.cms"}
    finally:
        for path in base.rglob("escrow"):
            path.chmod(0o700)
        shutil.rmtree(base)

from __future__ import annotations

import errno
import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import FileError, IntegrityError, UsageError
from rootescrow.register import medium
from rootescrow.register.medium import MAX_FILES, SUMS_FILE, Sums, check_name, look, update, write
from tests.register.interrupting import during, killed_at
from tests.register.test_folder import as_nobody, everything

FILES = {"escrow/COPY": b"copy", "escrow/journal.jsonl": b"one\n", "RECOVER.txt": b"", "signing/ca.cnf": b"[ca]\n"}
NEWER = {**FILES, "escrow/journal.jsonl": b"one\ntwo\n", "signing/ca.cnf": b"[ca]\nx = y\n", "more/a/b.txt": b"b"}
UNFINISHED = SUMS_FILE + ".part"
PATHS = st.lists(st.text("abz09-_", max_size=5).map("f".__add__), min_size=1, max_size=3)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty medium."""
    (tmp_path / "medium").mkdir()
    return tmp_path / "medium"


@pytest.fixture
def written(out: Path) -> Path:
    write(out, FILES)
    return out


def files_of(out: Path) -> dict[str, bytes]:
    return {name: data for name, data in everything(out).items() if data is not None}


def expected(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, SUMS_FILE: Sums.of(files).dump()}


# The list


@given(st.dictionaries(PATHS.map("/".join), st.binary(max_size=9), min_size=1))
def test_the_list_is_read_as_it_was_written(files: dict[str, bytes]) -> None:
    sums = Sums.of(files)
    assert Sums.parse(sums.dump()) == sums
    assert sums.dump().splitlines() == sorted(sums.dump().splitlines(), key=lambda line: line[66:])


@pytest.mark.parametrize(
    "changed",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data + data,
        lambda data: data.replace(b"  ", b" *"),
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.upper(),
        lambda data: b"".join(reversed(data.splitlines(keepends=True))),
        lambda data: data.replace(b"RECOVER.txt", b"../RECOVER.txt"),
        lambda data: data.replace(b"RECOVER.txt", b"/etc/passwd"),
        lambda data: b"\xff\xfe" + data,
        lambda data: b"\0" * 1000,
    ],
)
def test_a_list_of_another_form(written: Path, changed: Callable[[bytes], bytes]) -> None:
    (written / SUMS_FILE).write_bytes(changed(Sums.of(FILES).dump()))
    for reading in (lambda: look(written), lambda: update(written, FILES)):
        with pytest.raises(IntegrityError, match="not in the form"):
            reading()


@pytest.mark.parametrize(
    "name", ["a.part", "", ".", "..", ".x", "x.", "ä", "a b", "a/b", "a\\b", "NUL", "con.txt", "-x", "a" * 181]
)
def test_names_that_not_every_system_takes(name: str) -> None:
    with pytest.raises(UsageError, match="is no name"):
        check_name(name)


def test_names_that_differ_in_their_case_only(out: Path) -> None:
    with pytest.raises(UsageError, match="differ in their case only"):
        write(out, {"ca.cnf": b"1", "CA.cnf": b"2"})
    assert everything(out) == {}


# A new medium


def test_write(written: Path) -> None:
    assert files_of(written) == expected(FILES)
    found = look(written)
    assert (found.differing, found.strangers, found.deleted, found.interrupted) == ((), (), (), False)
    assert found.sums == Sums.of(FILES)


def test_the_list_is_checked_by_other_programs(written: Path, program: Callable[[str], str]) -> None:
    command = [program("sha256sum"), "-c", "--strict", SUMS_FILE]
    assert subprocess.run(command, cwd=written, capture_output=True, check=False).returncode == 0
    (written / "escrow/COPY").write_bytes(b"cope")
    done = subprocess.run(command, cwd=written, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"escrow/COPY: FAILED" in done.stdout


def test_what_systems_put_there_does_not_matter(out: Path) -> None:
    for name in ("lost+found", "System Volume Information", ".Trash-1000"):
        (out / name).mkdir()
        (out / name / "x y").write_bytes(b"mine")
    write(out, FILES)
    assert look(out).differing == ()
    assert look(out).deleted == (".Trash-1000",)
    update(out, NEWER)
    assert look(out).differing == ()


@pytest.mark.parametrize("name", ["file", ".hidden", "lost", "Lost+Found", "escrow", ".Trash"])
def test_what_is_not_empty(out: Path, name: str) -> None:
    (out / name).write_bytes(b"mine")
    with pytest.raises(FileError, match="is not empty"):
        write(out, FILES)
    assert everything(out) == {name: b"mine"}


def test_what_is_no_place_for_a_medium(tmp_path: Path, written: Path) -> None:
    (tmp_path / "file").touch()
    for place, said in (("file", "is no folder"), ("missing", "is no folder"), ("medium", "written before")):
        with pytest.raises(FileError, match=said) as raised:
            medium.check_empty(tmp_path / place)
        assert raised.value.hint
    with pytest.raises(FileError, match="written before"):
        write(written, FILES)


def test_a_medium_that_may_not_be_written() -> None:
    assert "cannot write in" in as_nobody(0o500, lambda base: write(base, FILES))


def test_a_file_that_is_too_large(out: Path) -> None:
    large = bytes(medium.MAX_FILE_BYTES + 1)
    with pytest.raises(FileError, match="has over 64 MiB"):
        write(out, {"large": large})
    assert everything(out) == {}


def spoil(out: Path, pattern: str) -> Callable[[int, str], None]:
    """A medium that is bad: what was written there changes."""

    def change(count: int, name: str) -> None:
        for path in out.rglob(pattern):
            path.write_bytes(b"bad")

    return change


def test_a_medium_that_reads_back_otherwise(out: Path) -> None:
    with pytest.raises(IntegrityError, match="read back otherwise than it was written"):
        during(lambda: write(out, FILES), spoil(out, "COPY"))
    assert everything(out) == {}


def test_killed_between_any_two_writes(tmp_path: Path) -> None:
    for number in itertools.count():
        out = tmp_path / str(number)
        out.mkdir()
        if not killed_at(number, lambda out=out: write(out, FILES)):  # type: ignore[misc]  # bound at once
            break
        found = look(out)
        if found.sums is None:
            assert all(found.digests[path] for path in found.digests)
            if everything(out):
                with pytest.raises(FileError, match="not finished: it counts for nothing"):
                    write(out, FILES)
                with pytest.raises(FileError, match="no medium of ours") as raised:
                    update(out, FILES)
                assert "Its writing was interrupted" in raised.value.hint
        else:
            assert files_of(out) == expected(FILES)
    assert number > 20


@pytest.mark.parametrize("limit", [0, 3, 200])
def test_a_medium_that_becomes_full(out: Path, limit: int) -> None:
    """By a limit on the size of files, which the kernel refuses as it does a full disk."""

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        with pytest.raises(FileError, match="File too large"):
            write(out, {**FILES, "large": bytes(201)})

    assert not killed_at(-1, full)
    assert everything(out) == {}


FULL = """
import sys
from pathlib import Path
from rootescrow.errors import FileError
from rootescrow.register.medium import update, write
from tests.register.test_folder import everything
from tests.register.test_medium import FILES

out = Path(sys.argv[1])
for action in (lambda: write(out, {**FILES, "large": bytes(100_000)}), lambda: write(out, FILES),
               lambda: update(out, {**FILES, "large": bytes(100_000)})):
    try:
        action()
    except FileError as error:
        print(error.message, error.hint, len(everything(out)))
"""


def test_a_full_disk(tmp_path: Path, repo_root: Path, program: Callable[[str], str]) -> None:
    mount = ("-c", 'mount -t tmpfs -o size=64k none "$0" && exec "$@"', str(tmp_path))
    before = (program("unshare"), "--map-root-user", "--mount", program("sh"), *mount)
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets no one mount a disk of his own")
    command = [*before, sys.executable, "-c", FULL, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(repo_root)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    (first, second) = done.stdout.splitlines()
    assert os.strerror(errno.ENOSPC) in first
    assert "Nothing was left behind. Make room" in first
    assert first.endswith(" 0")
    assert "The medium is as it was. Make room" in second
    assert second.endswith(f" {len(everything(tmp_path)) + 7}")


# Up to date


def test_update(written: Path) -> None:
    unchanged = (written / "RECOVER.txt").stat().st_ino
    update(written, NEWER)
    assert files_of(written) == expected(NEWER)
    assert look(written).differing == ()
    assert (written / "RECOVER.txt").stat().st_ino == unchanged
    update(written, NEWER)
    assert files_of(written) == expected(NEWER)


def test_update_of_what_is_damaged_writes_it_anew(written: Path) -> None:
    (written / "escrow/COPY").write_bytes(b"cope")
    (written / "RECOVER.txt").unlink()
    update(written, NEWER)
    assert files_of(written) == expected(NEWER)


def test_update_of_no_medium(out: Path) -> None:
    with pytest.raises(FileError, match="no medium of ours"):
        update(out, FILES)
    assert everything(out) == {}


@pytest.mark.parametrize("name", ["foreign", "escrow/foreign", "escrow/foreign.part", ".hidden"])
def test_update_of_a_medium_with_foreign_things(written: Path, name: str) -> None:
    (written / name).write_bytes(b"mine")
    before = everything(written)
    with pytest.raises(FileError, match=name):
        update(written, NEWER)
    assert everything(written) == before
    assert f"{name} does not belong there" in look(written).differing


def test_update_never_takes_a_file_away(written: Path) -> None:
    with pytest.raises(FileError, match="signing/ca"):
        update(written, {"escrow/COPY": b"copy"})
    assert files_of(written) == expected(FILES)


def test_update_that_reads_back_otherwise_leaves_the_old(written: Path) -> None:
    with pytest.raises(IntegrityError, match="read back otherwise"):
        during(lambda: update(written, NEWER), spoil(written, "ca.cnf.part"))
    assert files_of(written) == expected(FILES)
    assert not (written / "more").exists()


def test_update_that_is_interrupted_while_it_renames(written: Path) -> None:
    def interrupt(count: int, name: str) -> None:
        if name == "rename":
            raise KeyboardInterrupt

    with pytest.raises(FileError, match="interrupted") as raised:
        during(lambda: update(written, NEWER), interrupt)
    assert "Do it again" in raised.value.hint
    update(written, NEWER)
    assert files_of(written) == expected(NEWER)


@pytest.mark.long
def test_update_killed_between_any_two_writes(tmp_path: Path, written: Path) -> None:
    states, seen = set(), set()
    for number in itertools.count():
        out = tmp_path / str(number)
        shutil.copytree(written, out)
        if not killed_at(number, lambda out=out: update(out, NEWER)):  # type: ignore[misc]  # bound at once
            break
        now = files_of(out)
        if (state := tuple(sorted(now.items()))) in seen:
            continue
        seen.add(state)
        for name, data in now.items():
            if not name.endswith(".part"):
                assert data in (expected(FILES).get(name), expected(NEWER).get(name))
        found = look(out)
        if now[SUMS_FILE] == expected(NEWER)[SUMS_FILE]:
            states.add("new")
            assert now == expected(NEWER)
        elif found.differing:
            states.add("unfinished")
            assert all("is newer than the list: an update did not end" in wrong for wrong in found.differing)
        else:
            states.add("old")
            assert all(now[name] == data for name, data in expected(FILES).items())
        if set(now) != set(expected(FILES)) and now != expected(NEWER):
            assert found.interrupted
        update(out, NEWER)
        assert files_of(out) == expected(NEWER)
        assert look(out).differing == ()
    assert states == {"old", "unfinished", "new"}
    assert number > 30
    assert len(seen) > 12


# Hostile media


def test_what_is_no_plain_file(written: Path, tmp_path: Path) -> None:
    secret = tmp_path / "outside"
    secret.write_bytes(b"copy")
    (written / "escrow/COPY").unlink()
    (written / "escrow/COPY").symlink_to(secret)
    (written / "RECOVER.txt").unlink()
    os.mkfifo(written / "RECOVER.txt")
    (written / "link").symlink_to(tmp_path)
    found = look(written)
    assert {"escrow/COPY is missing", "RECOVER.txt is missing"} < set(found.differing)
    assert {"escrow/COPY", "RECOVER.txt", "link"} == set(found.foreign)
    with pytest.raises(FileError, match="do not belong there"):
        update(written, FILES)
    for name in ("escrow/COPY", "RECOVER.txt", "link", "missing"):
        with pytest.raises(FileError, match="cannot read"):
            medium.read(written / name)
    assert secret.read_bytes() == b"copy"


def test_a_list_that_is_a_link(written: Path, tmp_path: Path) -> None:
    (written / SUMS_FILE).rename(tmp_path / "list")
    (written / SUMS_FILE).symlink_to(tmp_path / "list")
    with pytest.raises(IntegrityError):
        look(written)


def test_a_file_that_pretends_to_be_huge(written: Path) -> None:
    with (written / "RECOVER.txt").open("wb") as file:
        file.truncate(1 << 40)
    assert "RECOVER.txt is missing" in look(written).differing


def test_more_files_than_any_medium_has(out: Path) -> None:
    for number in range(MAX_FILES + 1):
        (out / str(number)).touch()
    with pytest.raises(FileError, match="over 1000 files"):
        look(out)


def test_a_medium_that_was_taken_out(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot look at"):
        look(tmp_path / "gone")

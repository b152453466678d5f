from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from rootescrow.errors import FileError, RecordError
from rootescrow.register import folder
from rootescrow.register.folder import check_new, create, load, read_file, write_new
from rootescrow.register.journal import Journal
from tests.register.support import NOON, make_record

RECORD = make_record()
DATA = RECORD.dump()
JOURNAL = Journal.begin(RECORD, NOON).dump()
FILES = {
    "secret/K7QD-M2XA-Board-1.pdf": b"words of Board/1",
    "secret/K7QD-M2XA-Board-2.pdf": b"words of Board/2",
    "escrow/envelope.cms": b"envelope",
    "escrow/certificate.pem": b"certificate",
}


class During(Mapping[str, bytes]):
    """Files, between whose writing something happens."""

    def __init__(self, happens: Callable[[int], None]) -> None:
        self._happens = happens

    def __iter__(self) -> Iterator[str]:
        for number, name in enumerate(FILES):
            self._happens(number)
            yield name
        self._happens(len(FILES))

    def __getitem__(self, name: str) -> bytes:
        return FILES[name]

    def __len__(self) -> int:
        return len(FILES)


def everything(path: Path) -> dict[str, bytes | None]:
    """All that is below a folder: the bytes of files, where links lead to, None for folders."""

    def content(found: Path) -> bytes | None:
        if found.is_symlink():
            return os.fsencode(found.readlink())
        return None if found.is_dir() else found.read_bytes()

    return {str(found.relative_to(path)): content(found) for found in path.rglob("*")}


def failing(error: BaseException, at: int) -> During:
    def happens(number: int) -> None:
        if number == at:
            raise error

    return During(happens)


# The round trip


@pytest.mark.parametrize("there", [False, True])
def test_create_and_load(tmp_path: Path, there: bool) -> None:
    out = tmp_path / "out"
    if there:
        out.mkdir()
    create(out, FILES, DATA, JOURNAL)
    opened = load(out / "escrow")
    assert (opened.record, opened.envelope, opened.certificate) == (RECORD, b"envelope", b"certificate")
    assert everything(out) == {
        "secret": None,
        "escrow": None,
        "escrow/record.json": DATA,
        "escrow/journal.jsonl": JOURNAL,
        **FILES,
    }


def test_envelope_and_certificate_may_be_elsewhere(tmp_path: Path) -> None:
    create(tmp_path / "out", {}, DATA, JOURNAL)
    opened = load(tmp_path / "out" / "escrow")
    assert (opened.record, opened.envelope, opened.certificate) == (RECORD, None, None)


def test_folders_within_folders(tmp_path: Path) -> None:
    create(tmp_path / "out", {"secret/a/b/c": b"c", "secret/a/d": b"d", "top": b"top"}, DATA, JOURNAL)
    assert (tmp_path / "out/secret/a/b/c").read_bytes() == b"c"
    assert (tmp_path / "out/top").read_bytes() == b"top"


@pytest.mark.parametrize("umask", [0, 0o022, 0o027, 0o077])
def test_only_the_owner_may_read(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        create(tmp_path / "out", {**FILES, "secret/a/b/c": b"c"}, DATA, JOURNAL)
    finally:
        os.umask(before)
    out = tmp_path / "out"
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [out, *out.rglob("*")]}
    assert len(modes) == 12
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


# What is no place for a new escrow


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    for name in ("file", ".hidden"):
        out = tmp_path / name
        out.mkdir()
        (out / name).write_bytes(b"mine")
        with pytest.raises(FileError, match="not empty"):
            create(out, FILES, DATA, JOURNAL)
        assert everything(out) == {name: b"mine"}


def test_an_escrow_is_not_overwritten(tmp_path: Path) -> None:
    create(tmp_path / "out", FILES, DATA, JOURNAL)
    before = everything(tmp_path)
    with pytest.raises(FileError, match="not empty"):
        create(tmp_path / "out", FILES, DATA, JOURNAL)
    assert everything(tmp_path) == before


def test_places_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    before = everything(tmp_path)
    for name, said in (
        ("file", "is a file"),
        ("file/out", "no folder"),
        ("missing/out", "no folder"),
        ("dangling", "cannot write"),
        ("loop", "cannot"),
        ("x" * 300, "cannot"),
    ):
        with pytest.raises(FileError, match=said) as raised:
            create(tmp_path / name, FILES, DATA, JOURNAL)
        assert raised.value.hint
    assert everything(tmp_path) == before


def as_nobody(folder_mode: int, action: Callable[[Path], object]) -> str:
    """What FileError says when a user without privileges does this in a folder of that mode; empty if nothing."""
    # Not below tmp_path, which only the owner may enter.
    base = Path(tempfile.mkdtemp())
    reading, writing = os.pipe()
    try:
        if os.geteuid() == 0:
            os.chown(base, 65534, 65534)
        base.chmod(folder_mode)
        child = os.fork()
        if child == 0:
            said = "no FileError"
            try:
                if os.geteuid() == 0:
                    os.setgroups([])
                    os.setgid(65534)
                    os.setuid(65534)
                action(base)
                said = ""
            except FileError as error:
                said = error.message
            finally:
                os.write(writing, said.encode())
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read().decode()
        os.waitpid(child, 0)
        assert everything(base) == {}
        return said
    finally:
        base.chmod(0o700)
        shutil.rmtree(base)


def test_a_folder_that_may_not_be_written() -> None:
    assert "cannot write in" in as_nobody(0o500, lambda base: create(base, FILES, DATA, JOURNAL))
    assert "cannot write in" in as_nobody(0o500, lambda base: create(base / "out", FILES, DATA, JOURNAL))
    assert "cannot write in" in as_nobody(0o500, lambda base: check_new(base / "out"))


def test_a_folder_that_may_not_be_read() -> None:
    assert "cannot look at" in as_nobody(0o000, lambda base: check_new(base / "out"))
    assert "cannot look at" in as_nobody(0o000, lambda base: load(base / "escrow"))
    assert "cannot read" in as_nobody(0o000, lambda base: read_file(base / "x", 10))


def test_names_that_lead_out_of_the_folder(tmp_path: Path) -> None:
    for name in ("../escaped", f"{tmp_path}/escaped", "secret/../../escaped"):
        with pytest.raises((FileError, ValueError)):
            create(tmp_path / "out", {**FILES, name: b"x"}, DATA, JOURNAL)
        assert everything(tmp_path) == {}


# Failures leave nothing


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("at", range(len(FILES) + 1))
def test_a_failure_at_any_file_leaves_nothing(tmp_path: Path, there: bool, at: int) -> None:
    out = tmp_path / "out"
    if there:
        out.mkdir()
    with pytest.raises(FileError, match="No space left") as raised:
        create(out, failing(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), at), DATA, JOURNAL)
    assert "Nothing was left behind. Make room" in raised.value.hint
    assert everything(tmp_path) == ({"out": None} if there else {})
    create(out, FILES, DATA, JOURNAL)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), RuntimeError()])
def test_any_other_end_leaves_nothing_and_is_not_hidden(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        create(tmp_path / "out", failing(error, 2), DATA, JOURNAL)
    assert everything(tmp_path) == {}


def test_a_file_name_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="File name too long"):
        create(tmp_path / "out", {**FILES, "secret/" + "x" * 300: b""}, DATA, JOURNAL)
    assert everything(tmp_path) == {}


def test_what_someone_else_put_there_meanwhile_survives(tmp_path: Path) -> None:
    out = tmp_path / "out"
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"mine")

    def happens(number: int) -> None:
        if number == 2:
            (out / "foreign").write_bytes(b"mine")
            (out / "foreign folder").mkdir()
            (out / "link").symlink_to(outside)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(FileError, match="Input/output error") as raised:
        create(out, During(happens), DATA, JOURNAL)
    assert {path.name for path in out.iterdir()} == {"foreign", "foreign folder", "link"}
    assert (out / "foreign").read_bytes() == b"mine"
    assert (outside / "file").read_bytes() == b"mine"
    assert f"{out} could not be removed" in raised.value.hint


def test_a_foreign_file_in_a_folder_of_ours_survives_and_is_told(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def happens(number: int) -> None:
        if number == 2:
            (out / "secret" / "foreign").write_bytes(b"mine")
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(FileError) as raised:
        create(out, During(happens), DATA, JOURNAL)
    assert everything(out) == {"secret": None, "secret/foreign": b"mine"}
    assert "could not be removed" in raised.value.hint


def test_a_file_that_someone_else_was_faster_to_make_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def happens(number: int) -> None:
        if number == 1:
            (out / "secret" / "K7QD-M2XA-Board-2.pdf").write_bytes(b"mine")

    with pytest.raises(FileError, match="File exists"):
        create(out, During(happens), DATA, JOURNAL)
    assert everything(out) == {"secret": None, "secret/K7QD-M2XA-Board-2.pdf": b"mine"}


def test_of_two_at_once_one_wins_and_the_other_takes_nothing_away(tmp_path: Path) -> None:
    out = tmp_path / "out"
    second: list[FileError] = []

    def happens(number: int) -> None:
        if number == 2:
            with pytest.raises(FileError, match="interrupted") as raised:
                create(out, FILES, DATA, JOURNAL)
            second.append(raised.value)

    create(out, During(happens), DATA, JOURNAL)
    assert len(second) == 1
    assert load(out / "escrow").record == RECORD


def test_until_the_end_it_is_no_escrow(tmp_path: Path) -> None:
    out = tmp_path / "out"
    seen = []

    def happens(number: int) -> None:
        for name in (out, out / "escrow"):
            with pytest.raises(FileError, match="left over from a split that was interrupted"):
                load(name)
        assert not (out / "escrow" / "record.json").exists()
        seen.append(number)

    create(out, During(happens), DATA, JOURNAL)
    assert seen == list(range(len(FILES) + 1))
    assert not (out / "escrow" / "record.json.part").exists()


# In a process of its own: killed, and on a full disk

PROGRAM = """
import os, resource, signal, sys
from pathlib import Path
from rootescrow.errors import FileError
from rootescrow.register.folder import create
from tests.register.test_folder import DATA, FILES, JOURNAL, During

out, what, at = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
files = dict(FILES)

def happens(number):
    if number == at:
        os.kill(os.getpid(), signal.SIGKILL)

if what == "kill":
    files = During(happens)
elif what == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, at))
elif what == "full":
    files["secret/large.pdf"] = bytes(at)
try:
    create(out, files, DATA, JOURNAL)
except FileError as error:
    print(error.message, error.hint, [path.name for path in out.parent.rglob("*")])
"""


def run(repo_root: Path, *arguments: object, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-c", PROGRAM, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(repo_root)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("at", range(len(FILES) + 1))
def test_killed_between_any_two_files(tmp_path: Path, repo_root: Path, at: int) -> None:
    out = tmp_path / "out"
    assert run(repo_root, out, "kill", at).returncode == -9
    left = everything(out)
    assert "escrow/record.json" not in left
    for look in (load, check_new, lambda path: create(path, FILES, DATA, JOURNAL)):
        with pytest.raises(FileError, match=f"{out} is left over from a split that was interrupted") as raised:
            look(out)
        assert "Destroy what was printed from it" in raised.value.hint
    with pytest.raises(FileError, match=f"{out} is left over"):
        load(out / "escrow")
    assert everything(out) == left


def test_a_file_that_becomes_too_large(tmp_path: Path, repo_root: Path) -> None:
    done = run(repo_root, tmp_path / "out", "limit", len(DATA) - 1)
    assert "File too large Nothing was left behind" in done.stdout
    assert done.stdout.endswith(" []\n")
    assert everything(tmp_path) == {}


def test_a_full_disk(tmp_path: Path, repo_root: Path, program: Callable[[str], str]) -> None:
    mount = ("-c", 'mount -t tmpfs -o size=64k none "$0" && exec "$@"', str(tmp_path))
    before = (program("unshare"), "--map-root-user", "--mount", program("sh"), *mount)
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets no one mount a disk of his own")
    done = run(repo_root, tmp_path / "out", "full", 100_000, before=before)
    assert "No space left on device Nothing was left behind. Make room" in done.stdout
    assert done.stdout.endswith(" []\n")


# Reading


def test_what_is_no_escrow(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for name in ("missing", "file", "file/escrow", ".", "x" * 300, "x/" * 3000):
        with pytest.raises(FileError) as raised:
            load(tmp_path / name)
        assert raised.value.hint


def test_a_folder_that_happens_to_be_called_secret_is_no_interrupted_split(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "escrow").mkdir()
    for path in (tmp_path, tmp_path / "other", tmp_path / "escrow", tmp_path / "secret"):
        with pytest.raises(FileError, match=r"no escrow: it holds no record\.json"):
            load(path)
    with pytest.raises(FileError, match="not empty"):
        check_new(tmp_path)


def test_the_folder_above_is_pointed_down(tmp_path: Path) -> None:
    create(tmp_path / "out", FILES, DATA, JOURNAL)
    with pytest.raises(FileError) as raised:
        load(tmp_path / "out")
    assert raised.value.hint == f"Name {tmp_path / 'out' / 'escrow'} instead."


def test_a_record_that_is_wrong(tmp_path: Path) -> None:
    create(tmp_path / "out", FILES, DATA[:-1], JOURNAL)
    with pytest.raises(RecordError):
        load(tmp_path / "out" / "escrow")


@pytest.mark.parametrize("name", ["record.json", "envelope.cms", "certificate.pem"])
def test_files_too_large(tmp_path: Path, name: str) -> None:
    create(tmp_path / "out", FILES, DATA, JOURNAL)
    with (tmp_path / "out" / "escrow" / name).open("ab") as file:
        file.truncate(1 << 30)
    with pytest.raises(FileError, match="has over"):
        load(tmp_path / "out" / "escrow")


def test_files_that_are_folders(tmp_path: Path) -> None:
    create(tmp_path / "out", {}, DATA, JOURNAL)
    (tmp_path / "out" / "escrow" / "envelope.cms").mkdir()
    with pytest.raises(FileError, match="Is a directory"):
        load(tmp_path / "out" / "escrow")


def everything_of(escrow: Path) -> None:
    load(escrow)
    folder.load_register(escrow)
    folder.load_plan(escrow, 1000)


@pytest.mark.parametrize("name", ["record.json", "envelope.cms", "certificate.pem", "plan.toml", "journal.jsonl"])
def test_nobody_waits_for_a_pipe_or_reads_a_device(tmp_path: Path, name: str) -> None:
    create(tmp_path / "out", FILES, DATA, JOURNAL)
    file = tmp_path / "out" / "escrow" / name
    for device in (False, True):
        file.unlink(missing_ok=True)
        if device:
            file.symlink_to("/dev/zero")
        else:
            os.mkfifo(file)
        with pytest.raises(FileError, match="pipe or a device" if name != "record.json" else "is no escrow"):
            everything_of(file.parent)


def test_read_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert read_file(tmp_path / "x", 5) == b"12345"
    with pytest.raises(FileError, match="over 4 bytes"):
        read_file(tmp_path / "x", 4)
    with pytest.raises(FileError, match="over 1000 bytes"):
        read_file(Path("/dev/zero"), 1000)
    for path, said in (("missing", "No such file"), ("x/y", "Not a directory"), (".", "Is a directory")):
        with pytest.raises(FileError, match=said):
            read_file(tmp_path / path, 5)


# One file


def test_write_new(tmp_path: Path) -> None:
    write_new(tmp_path / "x", b"data")
    assert (tmp_path / "x").read_bytes() == b"data"
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "x", b"other")
    assert (tmp_path / "x").read_bytes() == b"data"


def test_write_new_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("link", "dangling"):
        with pytest.raises(FileExistsError):
            write_new(tmp_path / name, b"data")
    assert (tmp_path / "target").read_bytes() == b"mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_partial_file_is_removed(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_new(tmp_path / "x", "text")  # type: ignore[arg-type]  # a failure after the file was made
    assert everything(tmp_path) == {}


@pytest.mark.parametrize(
    ("number", "hint"),
    [(errno.ENOSPC, "Make room"), (errno.EDQUOT, "Make room"), (errno.EACCES, "may write"), (errno.EROFS, "may write")],
)
def test_what_a_failed_write_is_told_as(number: int, hint: str) -> None:
    error = folder.file_error(Path("out"), OSError(number, os.strerror(number)))
    assert error.message == f"cannot write out: {os.strerror(number)}"
    assert error.hint.startswith("Nothing was left behind.")
    assert hint in error.hint

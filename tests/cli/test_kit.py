"""`rootescrow kit`: a medium that with a quorum of sheets is enough, and nothing on it that should not be."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from rootescrow import shamir
from rootescrow.ceremony import kit
from rootescrow.ceremony.kit import Order
from rootescrow.codes import EscrowId
from rootescrow.errors import JournalError
from rootescrow.keys import EncryptedKey
from rootescrow.pile import Pile
from rootescrow.recovery import search
from rootescrow.register import folder, medium
from rootescrow.register.events import Destroyed, Kit, Note, Superseded
from rootescrow.register.folder import append, load_register
from tests.ceremony.test_wheels import FULL, folder_of
from tests.cli.support import PASSPHRASE, Ceremony, Done, inside
from tests.paper.test_stock import run as shell
from tests.register.interrupting import during, killed_before
from tests.register.test_folder import everything

NOW = datetime.datetime(2026, 11, 23, 12, 0, 0, tzinfo=datetime.UTC)
QUORUM = ("Arbitration-3", "Board-4", "Board-1", "Arbitration-1", "Board-5")
CONFIG = """[ca]
default_ca = example
[example]
dir = .
database = $dir/index.txt
crlnumber = $dir/crlnumber
default_md = sha384
default_crl_days = 30
"""
SIGNING = {"ca.cnf": CONFIG, "index.txt": "V\t301123120000Z\t\t01\tunknown\t/CN=Example\n", "crlnumber": "2A\n"}
STEP = 8
NAMED = ("--medium", "USB stick 1")


@dataclass(frozen=True)
class Table:
    """The escrow's master folder, an empty medium, and files for signing."""

    escrow: Path
    out: Path
    files: Path

    def kit(self, *words: str | Path) -> Done:
        """Run the command on both."""
        return inside("kit", self.escrow, self.out, *words)

    @property
    def include(self) -> tuple[str | Path, ...]:
        return tuple(word for name in SIGNING for word in ("--include", self.files / name))

    @property
    def events(self) -> list[Kit]:
        return [line.event for line in load_register(self.escrow).journal.lines if isinstance(line.event, Kit)]


def lay(path: Path, ceremony: Ceremony) -> Table:
    table = Table(path / "master", path / "usb", path / "files")
    shutil.copytree(ceremony.escrow, table.escrow)
    for made in (table.out, table.files):
        made.mkdir()
    for name, text in SIGNING.items():
        (table.files / name).write_text(text)
    return table


@pytest.fixture
def table(tmp_path: Path, ceremony: Ceremony) -> Table:
    return lay(tmp_path, ceremony)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory, ceremony: Ceremony) -> Table:
    """With a medium that was written; for tests that change nothing."""
    table = lay(tmp_path_factory.mktemp("once"), ceremony)
    done = table.kit(*NAMED, *table.include, "--place", "Graz", "--bag", "A0012")
    assert done.status == 0, done.err
    return table


@pytest.fixture
def written(once: Table, tmp_path: Path) -> Table:
    """A copy of that, to be changed."""
    table = Table(tmp_path / "master", tmp_path / "usb", tmp_path / "files")
    for old, new in ((once.escrow, table.escrow), (once.out, table.out), (once.files, table.files)):
        shutil.copytree(old, new)
    return table


# Written


def test_what_is_on_it(once: Table, ceremony: Ceremony) -> None:
    names = {name for name, data in everything(once.out).items() if data is not None}
    assert names == {
        *(medium.SUMS_FILE, "RECOVER.txt", "RECOVER.pdf", "recover.py", "recover.html", "words.txt", "BOOKLET.pdf"),
        "escrow/COPY",
        *(f"escrow/{path.name}" for path in ceremony.escrow.iterdir()),
        *(f"signing/{name}" for name in SIGNING),
    }
    for path in ceremony.escrow.iterdir():
        assert (once.out / "escrow" / path.name).read_bytes() == path.read_bytes()
    assert all((once.out / "signing" / name).read_text() == text for name, text in SIGNING.items())


def test_the_register_tells_of_it(once: Table) -> None:
    (event,) = once.events
    register = load_register(once.escrow)
    found = medium.look(once.out)
    assert found.sums is not None
    assert (event.medium, event.place, event.bag, event.lacking) == ("USB stick 1", "Graz", "A0012", ())
    assert event.sha256 == found.sums.sha256
    assert [(one.name, one.place, one.lacking) for one in register.media_now] == [("USB stick 1", "Graz", ())]
    assert load_register(once.out / "escrow").journal.lines == register.journal.lines[:-1]


def test_what_is_said(table: Table) -> None:
    done = table.kit(*NAMED, *table.include)
    assert done.status == 0
    register = load_register(table.escrow)
    assert done.out.splitlines() == [
        f"The medium USB stick 1 is written and read back: 15 files in {table.out}.",
        f"SHA-256 of SHA256SUMS: {table.events[0].sha256}",
        f"Record's check code: {register.record.check_code} (it stands on every sheet)",
        f"Journal head: {register.journal.head}",
        "Take it out, put it in again, and look at it with --check. Print RECOVER.pdf for its bag.",
    ]
    assert "lies on a disk of this computer" in done.err
    assert "USB stick 1 is a new medium" in done.err
    assert "Warning" not in done.err


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ((), "a configuration of openssl ca, the database of the certificates (index.txt), the number of the next CRL"),
        (("ca.cnf", "index.txt"), "the medium lacks the number of the next CRL (crlnumber)."),
        (("ca.cnf", "crlnumber"), "the medium lacks the database of the certificates (index.txt)."),
    ],
)
def test_what_is_lacking_is_a_warning(table: Table, given: tuple[str, ...], lacking: str) -> None:
    done = table.kit(*NAMED, *(word for name in given for word in ("--include", table.files / name)))
    assert done.status == 0
    assert "Warning: z.7, a CRL within 24 hours: the medium lacks" in done.err
    assert lacking in done.err
    assert len(table.events[0].lacking) == 3 - len(given)
    assert "z.7" in table.kit("--check").err


def test_a_configuration_that_looks_elsewhere_is_told(table: Table) -> None:
    (table.files / "ca.cnf").write_text(CONFIG.replace("dir = .", "dir = /srv/ca"))
    done = table.kit(*NAMED, *table.include)
    assert "ca.cnf sets database = /srv/ca/index.txt" in done.err
    assert table.events[0].lacking == ()


def test_which_medium(table: Table) -> None:
    done = table.kit()
    assert (done.status, "which medium is it?" in done.err) == (2, True)
    append(table.escrow, Kit(medium="USB A", place="", bag="", sha256="0" * 64, lacking=()), now=NOW)
    assert table.kit().status == 0
    assert [event.medium for event in table.events] == ["USB A", "USB A"]
    written = load_register(table.escrow).journal.lines[-1].time
    assert f"written {written:%Y-%m-%d}" in another(table, "USB A").err


def another(table: Table, name: str) -> Done:
    """Another medium of that name."""
    other = table.out.with_name("other")
    other.mkdir()
    return inside("kit", table.escrow, other, "--medium", name)


def test_names_that_cannot_be_written_down(table: Table) -> None:
    bad: tuple[tuple[str, ...], ...] = (
        ("--medium", "x" * 121),
        ("--medium", "焼"),
        ("--medium", "a\nb"),
        (*NAMED, "--place", "\x1b[2J"),
        (*NAMED, "--place", "x" * 121),
        (*NAMED, "--bag", "焼"),
    )
    for words in bad:
        done = table.kit(*words)
        assert done.status in (2, 6), done.err
        assert "\x1b" not in done.err
    done = table.kit("--medium", "academic acid acne acquire acrobat")
    assert (done.status, "never written down here" in done.err) == (2, True)
    assert everything(table.out) == {}
    assert table.events == []


# The kit alone, with a quorum of sheets, is enough


def test_from_the_kit_alone_to_a_signed_crl(
    once: Table, ceremony: Ceremony, tmp_path: Path, program: Callable[[str], str]
) -> None:
    program("openssl")
    kit_ = tmp_path / "kit"
    shutil.copytree(once.out, kit_)
    done = inside(
        "recover",
        *ceremony.words(*QUORUM),
        *("--escrow", kit_ / "escrow", "--case", "a20261123.1"),
        *("--out", kit_ / "key.pem", "--passphrase-file", "{fd}", "--certificate", kit_ / "escrow/certificate.pem"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    commands = printed(kit_ / "RECOVER.txt")
    signed = shell(commands["openssl ca"], kit_, PASSPHRASE + "\n")
    assert signed.returncode == 0, signed.stderr
    looked = shell(commands["openssl crl"], kit_)
    assert "verify OK" in looked.stdout + looked.stderr
    assert (kit_ / "signing/crlnumber").read_text() == "2B\n"


def test_the_kits_own_program_with_python_alone(once: Table, ceremony: Ceremony, tmp_path: Path) -> None:
    """As RECOVER.txt says: the words and the passphrase are typed, and nothing of ours is installed."""
    kit_ = tmp_path / "kit"
    shutil.copytree(once.out, kit_)
    found = re.search(r"(?:^ {6}.*\n)+", (kit_ / "RECOVER.txt").read_text().partition("The short way")[2], re.MULTILINE)
    assert found is not None
    command = "\n".join(line[6:] for line in found[0].rstrip("\n").split("\n"))
    assert command.startswith("python3 -I recover.py")
    typed = "".join(path.read_text().rstrip("\n") + "\n" for path in ceremony.words(*QUORUM))
    done = shell(command.replace("python3", sys.executable, 1), kit_, typed + PASSPHRASE + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "It opens the key" in done.stdout
    assert (kit_ / "key.pem").read_text() == ceremony_key(ceremony).pem()


def ceremony_key(ceremony: Ceremony) -> EncryptedKey:
    """What the envelope of the escrow holds."""
    pile = Pile()
    for path in ceremony.words(*QUORUM):
        pile.add(path.read_text())
    pile.add(ceremony.envelope.der)
    return search(pile).encrypted


def test_the_commands_of_the_kit_with_stock_tools_alone(
    once: Table, ceremony: Ceremony, tmp_path: Path, program: Callable[[str], str]
) -> None:
    """All but the SLIP-39 tool: what that shows is computed here, and typed."""
    program("openssl")
    kit_ = tmp_path / "kit"
    shutil.copytree(once.out, kit_)
    recovered = ceremony_key(ceremony)
    commands = printed(kit_ / "RECOVER.txt")
    assert shell(commands["sha256sum -c"], kit_).returncode == 0
    assert load_register(once.escrow).record.check_code.replace("-", "") in shell(commands["openssl dgst"], kit_).stdout
    assert shell(commands["cp"], kit_).returncode == 0
    assert load_register(once.escrow).record.envelope.sha256 in shell(commands["sha256sum envelope"], kit_).stdout
    typed = bytes(secret_of(ceremony)).hex() + "\n"
    opened = shell(commands["read"] + "\n" + commands["openssl cms"], kit_, typed)
    assert opened.returncode == 0, opened.stderr
    assert (kit_ / "key.p8").read_bytes() == recovered.der
    spki = load_register(once.escrow).record.key.spki_sha256
    assert spki is not None
    assert spki in shell(commands["openssl pkey"], kit_, PASSPHRASE + "\n").stdout
    assert shell(commands["(echo"], kit_).returncode == 0
    assert (kit_ / "key.pem").read_text() == recovered.pem()
    assert shell(commands["openssl ca"], kit_, PASSPHRASE + "\n").returncode == 0
    assert "verify OK" in shell(commands["openssl crl"] + " 2>&1", kit_).stdout


def secret_of(ceremony: Ceremony) -> bytes:
    """The escrow secret, as a SLIP-39 tool combines it."""
    shares = [shamir.Share.parse(path.read_text()) for path in ceremony.words(*QUORUM)]
    with shamir.combine(shares) as secret:
        assert EscrowId.of(secret) == ceremony.envelope.id
        return bytes(secret.reveal())


def printed(text: Path) -> dict[str, str]:
    """The commands of RECOVER.txt, by how they begin."""
    found: dict[str, str] = {}
    blocks = re.findall(r"(?:^ {6}.*\n)+", text.read_text(), re.MULTILINE)
    starts = ("sha256sum -c", "openssl dgst", "cp", "read", "sha256sum envelope", "openssl cms", "openssl pkey")
    for block in blocks:
        command = "\n".join(line[6:] for line in block.rstrip("\n").split("\n"))
        plain = command.removeprefix("(cd signing && ")
        for start in (*starts, "(echo", "openssl ca", "openssl crl"):
            if plain.startswith(start):
                found[start] = command
    assert len(found) == len(starts) + 3
    return found


# Refused


@pytest.mark.parametrize("name", ["root.key", "secret/x.pdf"])
def test_nothing_secret_is_carried(table: Table, ceremony: Ceremony, name: str) -> None:
    source = ceremony.key if name == "root.key" else next((ceremony.out / "secret").iterdir())
    before = everything(table.escrow)
    for words in (("--include", source), ("--include", source, "--update")):
        done = table.kit(*NAMED, *words)
        assert done.status == 8
        assert "Leave it out" in done.err
    assert everything(table.out) == {}
    assert everything(table.escrow) == before


def test_two_files_of_one_name(table: Table) -> None:
    (table.files / "other").mkdir()
    (table.files / "other" / "CA.cnf").touch()
    done = table.kit(*NAMED, "--include", table.files / "ca.cnf", "--include", table.files / "other" / "CA.cnf")
    assert (done.status, "two files to include" in done.err) == (2, True)


def test_options_that_do_not_go_together(table: Table) -> None:
    for words in (("--check", "--update"), ("--check", *NAMED), ("--check", *table.include), ("--check", "--bag", "x")):
        assert table.kit(*words).status == 2


def test_a_medium_that_is_not_empty(table: Table) -> None:
    (table.out / "photo.jpg").write_bytes(b"mine")
    done = table.kit(*NAMED)
    assert (done.status, "is not empty: photo.jpg" in done.err) == (7, True)
    assert everything(table.out) == {"photo.jpg": b"mine"}
    assert table.events == []


def test_a_medium_that_is_not_there(table: Table) -> None:
    table.out.rmdir()
    for words in (NAMED, ("--update",), ("--check",)):
        assert table.kit(*words).status == 7
    assert not table.out.exists()


def test_a_copy_writes_no_media(written: Table, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    for words in (NAMED, ("--update",)):
        done = inside("kit", written.out / "escrow", tmp_path / "more", *words)
        assert (done.status, "is marked as a copy" in done.err) == (7, True)


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["envelope.cms", "certificate.pem"])
def test_an_escrow_that_does_not_hold_together(table: Table, name: str) -> None:
    damage(table.escrow / name)
    done = table.kit(*NAMED)
    assert done.status == 5
    assert name in done.err
    assert everything(table.out) == {}


def test_an_escrow_without_its_envelope(table: Table) -> None:
    (table.escrow / "envelope.cms").unlink()
    assert table.kit(*NAMED).status == 7


def test_an_escrow_made_without_papers_and_certificate(table: Table) -> None:
    (table.escrow / "record.pdf").unlink()
    (table.escrow / "certificate.pem").unlink()
    (table.escrow / "plan.toml").write_text("not the plan")
    done = table.kit(*NAMED, *table.include)
    assert done.status == 0
    assert (table.out / "escrow/record.pdf").exists(), "it follows from the record"
    assert not (table.out / "escrow/plan.toml").exists()
    assert "plan.toml is not carried" in done.err
    assert table.events[0].lacking == ("the certificate of the root",)


def test_no_medium_of_what_is_superseded_or_destroyed(table: Table) -> None:
    event = Superseded(
        escrow_id="AAAA-AAAA", generation=2, record_sha256="0" * 64, new_passphrase=False, case="", reason=""
    )
    append(table.escrow, event, now=NOW)
    done = table.kit(*NAMED)
    assert (done.status, "another to destroy" in done.err) == (2, True)


# Up to date


def test_update(written: Table) -> None:
    append(written.escrow, Note(text="The safe has a new lock."), now=NOW)
    (written.files / "crlnumber").write_text("2B\n")
    done = written.kit("--update", "--include", written.files / "crlnumber")
    assert done.status == 0, done.err
    assert "The medium USB stick 1 is written and read back" in done.out
    assert (written.out / "signing/crlnumber").read_text() == "2B\n"
    assert (written.out / "signing/ca.cnf").read_text() == CONFIG
    assert load_register(written.out / "escrow").journal.lines == load_register(written.escrow).journal.lines[:-1]
    assert [event.medium for event in written.events] == ["USB stick 1", "USB stick 1"]
    assert [one.place for one in load_register(written.escrow).media_now] == ["Graz"]
    assert written.kit("--check").status == 0


def test_update_adds_what_was_lacking(table: Table) -> None:
    assert table.kit(*NAMED).status == 0
    assert table.kit("--update", *table.include).status == 0
    assert [len(event.lacking) for event in table.events] == [3, 0]
    assert table.kit("--check").status == 0


def test_update_mends_what_the_master_has(written: Table) -> None:
    damage(written.out / "escrow/envelope.cms")
    (written.out / "RECOVER.txt").unlink()
    assert written.kit("--check").status == 5
    assert written.kit("--update").status == 0
    assert written.kit("--check").status == 0


def test_update_keeps_only_what_the_journal_vouches_for(written: Table) -> None:
    (written.out / "signing/index.txt").write_text("")
    done = written.kit("--update")
    assert (done.status, "signing/index.txt on the medium is not the one" in done.err) == (5, True)
    # Not either if whoever changed it made the list anew.
    files = {name: data for name, data in everything(written.out).items() if data is not None}
    del files[medium.SUMS_FILE]
    (written.out / medium.SUMS_FILE).write_bytes(medium.Sums.of(files).dump())
    assert written.kit("--update").status == 5
    assert written.kit("--update", *NAMED, *written.include).status == 0
    assert written.kit("--check").status == 0


def test_update_of_a_medium_of_another_escrow(written: Table, large: Ceremony) -> None:
    done = inside("kit", large.escrow, written.out, "--update")
    assert (done.status, "of another escrow" in done.err) == (7, True)


def test_update_of_a_medium_whose_journal_is_longer_or_forked(written: Table) -> None:
    copy = written.out / "escrow"
    (copy / "COPY").unlink()
    append(copy, Note(text="one"), now=NOW)
    (copy / "COPY").touch()
    before = everything(written.out)
    assert written.kit("--update").status == 5
    append(written.escrow, Note(text="two"), now=NOW)
    done = written.kit("--update")
    assert (done.status, "the journals differ from line 2" in done.err) == (5, True)
    assert everything(written.out) == before
    assert "the journals differ from line 2" in written.kit("--check").out


def test_update_of_a_medium_that_is_no_copy(written: Table) -> None:
    (written.out / "escrow/COPY").unlink()
    assert written.kit("--update").status == 7
    assert "not marked as a copy" in written.kit("--check").out


def test_update_with_foreign_things(written: Table) -> None:
    (written.out / "photo.jpg").touch()
    done = written.kit("--update")
    assert (done.status, "photo.jpg" in done.err) == (7, True)
    (written.out / "photo.jpg").unlink()
    (written.out / "link").symlink_to("/etc/passwd")
    done = written.kit("--update")
    assert (done.status, "no plain files: link" in done.err) == (7, True)


def test_update_of_what_is_no_medium(table: Table) -> None:
    assert table.kit("--update").status == 7
    assert everything(table.out) == {}


# Checked


def test_check(once: Table) -> None:
    before = everything(once.out), everything(once.escrow)
    done = once.kit("--check")
    register = load_register(once.escrow)
    assert done.status == 0
    assert done.out.splitlines() == [
        "Its journal is 1 line behind, as it is when a medium was just written.",
        f"Record's check code: {register.record.check_code} (it stands on every sheet)",
        f"Journal head: {register.journal.head}",
        "Its recover.py has recovered a trial escrow.",
        "The medium is right: 15 files, all as they were written.",
    ]
    assert (everything(once.out), everything(once.escrow)) == before


def test_check_without_the_master(once: Table) -> None:
    done = inside("kit", once.out / "escrow", once.out, "--check")
    assert (done.status, "compared with itself alone" in done.err) == (0, True)


def test_check_with_an_older_copy(written: Table, tmp_path: Path) -> None:
    shutil.copytree(written.out / "escrow", tmp_path / "older")
    append(written.escrow, Note(text="later"), now=NOW)
    assert written.kit("--update").status == 0
    done = inside("kit", tmp_path / "older", written.out, "--check")
    assert done.status == 0
    assert "has 2 lines that the escrow has not" in done.err
    assert "the journal tells of no medium with this list" in done.err


def test_check_says_how_many_lines_it_is_behind(written: Table) -> None:
    append(written.escrow, Note(text="a"), Note(text="b"), now=NOW)
    done = written.kit("--check")
    assert (done.status, "Its journal is 3 lines behind. To bring it up to date: --update." in done.out) == (0, True)


@pytest.mark.parametrize("name", ["RECOVER.pdf", "escrow/envelope.cms", "escrow/journal.jsonl", "signing/ca.cnf"])
def test_check_of_a_changed_file(written: Table, name: str) -> None:
    damage(written.out / name)
    done = written.kit("--check")
    assert done.status == 5
    assert f"WRONG: {name} is not what was written: it was changed, or is damaged" in done.out


@pytest.mark.parametrize("name", ["RECOVER.txt", "escrow/record.json", "escrow/certificate.pem", "signing/crlnumber"])
def test_check_of_a_missing_file(written: Table, name: str) -> None:
    (written.out / name).unlink()
    done = written.kit("--check")
    assert (done.status, f"WRONG: {name} is missing" in done.out) == (5, True)


def test_check_of_a_file_and_the_list_changed_together(written: Table) -> None:
    text = written.out / "RECOVER.txt"
    text.write_text(text.read_text().replace("shamir recover", "shamir recover | mail"))
    files = {name: data for name, data in everything(written.out).items() if data is not None}
    del files[medium.SUMS_FILE]
    (written.out / medium.SUMS_FILE).write_bytes(medium.Sums.of(files).dump())
    done = written.kit("--check")
    assert (done.status, "the journal tells of no medium with this list" in done.out) == (5, True)


def test_check_runs_no_program_that_nobody_vouches_for(written: Table, tmp_path: Path) -> None:
    """Neither one that was changed, nor one that was changed together with the list and the copy of the journal."""
    trap = tmp_path / "was run"
    (written.out / "recover.py").write_text(f"open({str(trap)!r}, 'w')")
    done = written.kit("--check")
    assert (done.status, "recover.py was not tried" in done.err) == (5, True)
    files = {name: data for name, data in everything(written.out).items() if data is not None}
    del files[medium.SUMS_FILE]
    (written.out / medium.SUMS_FILE).write_bytes(medium.Sums.of(files).dump())
    copied = tmp_path / "copy"
    shutil.copytree(written.out / "escrow", copied)
    (written.escrow / "COPY").touch()
    for escrow in (copied, written.escrow, written.out / "escrow"):
        done = inside("kit", escrow, written.out, "--check")
        assert "recover.py was not tried" in done.err
        assert "has recovered" not in done.out
    assert not trap.exists()


def test_check_runs_nothing_that_the_medium_alone_vouches_for(written: Table, tmp_path: Path) -> None:
    """Its mark as a copy is gone, and its own journal tells of its own list."""
    trap = tmp_path / "trap"
    (written.out / "recover.py").write_text(f"open({str(trap)!r}, 'w')")
    (written.out / "escrow/COPY").unlink()
    other = tmp_path / "other"
    other.mkdir()
    digest = medium.write(other, {"recover.py": (written.out / "recover.py").read_bytes()}).sha256
    sums = (other / medium.SUMS_FILE).read_bytes()
    (written.out / medium.SUMS_FILE).write_bytes(sums)
    append(written.out / "escrow", Kit(medium="x", place="", bag="", sha256=digest, lacking=()), now=NOW)
    done = inside("kit", written.out / "escrow", written.out, "--check")
    assert "recover.py was not tried" in done.err
    assert not trap.exists()


def test_check_tries_an_older_recover_py_that_the_journal_tells_of(table: Table) -> None:
    """One that recovers nothing, written so: the medium is as it was written, and yet of no use."""
    files = {"recover.py": b"import sys; sys.exit('no')\n", **copy_of(table.escrow)}
    sums = medium.write(table.out, files)
    append(table.escrow, Kit(medium="USB stick 1", place="", bag="", sha256=sums.sha256, lacking=()), now=NOW)
    done = table.kit("--check")
    assert (done.status, "did not recover a trial escrow: it ended with status 1" in done.out) == (5, True)


def copy_of(escrow: Path) -> dict[str, bytes]:
    files = {f"escrow/{path.name}": path.read_bytes() for path in escrow.iterdir()}
    return {"escrow/COPY": b"", **files}


# With wheels


def test_wheels(table: Table, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    done = table.kit(*NAMED, "--wheels", folder_of(wheels, FULL))
    assert (done.status, "The wheels are for CPython 3.11 on linux x86_64" in done.err) == (0, True)
    for name in FULL:
        assert (table.out / "wheels" / name).read_bytes() == (wheels / name).read_bytes()
    text = (table.out / "RECOVER.txt").read_text()
    assert "sh install.sh" in text
    assert text.count("wheels/ ") == 1
    assert ".whl" not in text
    assert table.kit("--check").status == 0
    assert table.kit("--update", *table.include).status == 0
    assert len(list((table.out / "wheels").iterdir())) == len(FULL)
    assert (table.out / "install.sh").exists()
    done = table.kit("--update", "--wheels", wheels)
    assert (done.status, "onto a new medium alone" in done.err) == (2, True)


def test_without_wheels_nothing_is_said_of_them(once: Table) -> None:
    assert "install.sh" not in (once.out / "RECOVER.txt").read_text()


def test_wheels_that_are_not_all_there_are_refused_before_anything_is_written(table: Table, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    done = table.kit(*NAMED, "--wheels", folder_of(wheels, FULL[:-1]))
    assert (done.status, "the wheels lack click" in done.err) == (2, True)
    assert everything(table.out) == {}


def test_the_word_list(once: Table) -> None:
    data = (once.out / "words.txt").read_bytes()
    assert len(data.splitlines()) == 1024
    assert hashlib.sha256(data).hexdigest() == "bcc4555340332d169718aed8bf31dd9d5248cb7da6e5d355140ef4f1e601eec3"


def test_check_of_foreign_things(written: Table) -> None:
    (written.out / "photo.jpg").touch()
    (written.out / ".Trash-1000").mkdir()
    done = written.kit("--check")
    assert (done.status, "WRONG: photo.jpg does not belong there" in done.out) == (5, True)
    assert ".Trash-1000 on the medium is a folder of deleted files" in done.err


def test_check_of_a_pipe_where_the_record_was(written: Table) -> None:
    (written.out / "escrow/record.json").unlink()
    os.mkfifo(written.out / "escrow/record.json")
    done = written.kit("--check")
    assert (done.status, "WRONG: what is in escrow was not looked at" in done.out) == (5, True)


def test_check_of_another_escrows_medium(once: Table, large: Ceremony) -> None:
    done = inside("kit", large.escrow, once.out, "--check")
    assert (done.status, "WRONG: escrow/record.json is another record" in done.out) == (5, True)


def test_check_of_a_list_that_is_damaged(written: Table) -> None:
    (written.out / medium.SUMS_FILE).write_bytes(b"\0" * 100)
    assert written.kit("--check").status == 5


def test_what_the_mounted_medium_is_called_does_not_matter(once: Table, tmp_path: Path) -> None:
    (tmp_path / "a link").symlink_to(once.out)
    assert inside("kit", once.escrow, tmp_path / "a link", "--check").status == 0


# Killed


def state(table: Table) -> tuple[bool, int]:
    """Whether there is a medium that is whole, and how many the journal tells of."""
    found = medium.look(table.out)
    return found.sums is not None and not found.differing, len(table.events)


def killed(lay: Callable[[int], Table], run: Callable[[Table], object]) -> Iterator[Table]:
    """What is left where it was killed before any of the last writes, and here and there on the way.

    That is where journal and medium meet; the tests of media kill between any two writes of one.
    """
    number = 0
    while killed_before(number, partial(run, table := lay(number))):
        yield table
        number += STEP
    for late in range(max(0, number - 2 * STEP), number):
        if late % STEP and killed_before(late, partial(run, table := lay(late))):
            yield table


@pytest.mark.long
def test_killed_between_the_medium_and_the_journal(once: Table, tmp_path: Path) -> None:
    """A medium that is not whole has no line in the journal; one that is whole may lack it, and says so."""
    master = tmp_path / "master"
    shutil.copytree(once.out / "escrow", master)
    (master / "COPY").unlink()
    order = Order("USB stick 1", include={name: text.encode() for name, text in SIGNING.items()})

    def lay(number: int) -> Table:
        table = Table(tmp_path / f"master-{number}", tmp_path / f"usb-{number}", once.files)
        shutil.copytree(master, table.escrow)
        table.out.mkdir()
        return table

    seen = set()
    for table in killed(lay, lambda table: kit.write(table.escrow, table.out, order, now=NOW)):
        now = state(table)
        seen.add(now)
        if now[0]:
            assert table.kit("--check").status == (0 if now[1] else 5)
        else:
            assert now[1] == 0
            assert table.kit("--check").status == 7
    assert seen >= {(False, 0), (True, 0)}


@pytest.mark.long
def test_update_killed_between_the_medium_and_the_journal(once: Table, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(once.escrow, base)
    append(base, Note(text="later"), now=NOW)
    head = load_register(base).journal

    def lay(number: int) -> Table:
        table = Table(tmp_path / f"master-{number}", tmp_path / f"usb-{number}", once.files)
        shutil.copytree(base, table.escrow)
        shutil.copytree(once.out, table.out)
        return table

    seen = set()
    for table in killed(lay, lambda table: kit.update(table.escrow, table.out, Order(), now=NOW)):
        # Whatever was interrupted: the escrow on it can be read, and its journal is the old or the new one.
        own = load_register(table.out / folder.ESCROW).journal
        assert head.continues(own)
        assert len(own.lines) in (1, 3)
        assert load_register(table.escrow).journal.continues(head)
        now = (*state(table), len(own.lines))
        if now not in seen:
            seen.add(now)
            again = table.kit("--update", *NAMED, *table.include)
            assert again.status == 0, again.err
            assert table.kit("--check").status == 0
    assert seen >= {(True, 1, 1), (True, 1, 3)}


def test_a_journal_that_cannot_be_written(table: Table) -> None:
    """The medium is there then, and it is said that the journal does not tell of it."""

    def lose(count: int, name: str) -> None:
        if name == "rename":
            (table.escrow / "journal.jsonl").unlink()

    order = Order("USB stick 1")
    with pytest.raises(JournalError, match="the medium is written, but the journal has no line of it") as raised:
        during(lambda: kit.write(table.escrow, table.out, order, now=NOW), lose)
    assert "kit --update" in raised.value.hint


def test_help_has_an_example() -> None:
    done = inside("kit", "--help")
    assert done.status == 0
    assert "Example:\n    rootescrow kit escrow-1/escrow /media/MEDIUM --medium 'USB stick 1'" in done.out


def test_of_all_that_was_destroyed_there_is_no_medium(table: Table) -> None:
    names = tuple(sheet.name for sheet in load_register(table.escrow).sheets)
    append(
        table.escrow,
        Destroyed(sheets=names, media=(), every_envelope=True, witnesses=""),
        now=NOW,
    )
    assert table.kit(*NAMED).status == 2


def test_it_is_checked_by_sha256sum(once: Table, program: Callable[[str], str]) -> None:
    command = [program("sha256sum"), "-c", "--strict", medium.SUMS_FILE]
    subprocess.run(command, cwd=once.out, capture_output=True, check=True)

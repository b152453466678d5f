"""`rootescrow drill` and `journal add`, as their users run them: in a script, and at a real terminal."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pypdfium2
import pytest

from rootescrow.register import folder
from rootescrow.register.events import Drill, Found, Opened, Seal, Void
from rootescrow.register.journal import Line
from rootescrow.register.register import Register
from rootescrow.shamir import Share
from tests.cli.conftest import Root
from tests.cli.support import PASSPHRASE, Done, inside, words
from tests.cli.terminal import Terminal
from tests.cli.test_confirm import in_rows, reply, scan
from tests.register.support import NOON
from tests.support import forged
from tests.test_architecture import loaded_by


@pytest.fixture(scope="module")
def split(root: Root, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An escrow whose envelope is on each sheet, with the certificate."""
    out = tmp_path_factory.mktemp("split") / "out"
    done = inside(
        *("split", root[0], "--certificate", root[1], "--out", out, "--group", "Board=2/3"),
        *("--group", "Arbitration=1/1", "--holder", "Board=Ada Example", "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    return out


@pytest.fixture(scope="module")
def texts(split: Path) -> dict[str, str]:
    """The words of each sheet."""
    found = {}
    for file in sorted((split / folder.SECRET).iterdir()):
        *_, group, number = file.stem.split("-")
        found[f"{group}/{number}"] = words(file)
    return found


@pytest.fixture
def escrow(split: Path, tmp_path: Path) -> Path:
    """A copy of the escrow, for one test."""
    return shutil.copytree(split / folder.ESCROW, tmp_path / "escrow")


def typed(path: Path, *sheets: str) -> Path:
    path.write_text("\n\n".join(in_rows(text) for text in sheets))
    return path


def lines(escrow: Path) -> tuple[Line, ...]:
    return folder.load_register(escrow).journal.lines


def report(out: Path) -> str:
    """The text of the only paper in a folder."""
    (paper,) = out.iterdir()
    document = pypdfium2.PdfDocument(paper)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def head(done: Done) -> str:
    (found,) = re.findall(r"^Journal head: (\S+)$", done.out, re.MULTILINE)
    assert isinstance(found, str)
    return found


def test_a_drill_from_a_scan(escrow: Path, split: Path, texts: dict[str, str], tmp_path: Path) -> None:
    (file,) = (split / folder.SECRET).glob("*-Board-2.pdf")
    scanned, out = scan([file], tmp_path / "scan.pdf"), tmp_path / "drill"
    done = inside(
        *("drill", escrow, scanned, "--out", out, "--by", "Ada, Bo", "--bag", "Board/2=whole:A0099"),
        *("--seen", "Board/3=whole"),
    )
    assert done.status == 0, done.err
    assert "scan.pdf page 2: Board/2: right\n" in done.out
    assert "Board/3: bag seen, not opened\n" in done.out
    assert "the printed envelope: right\n" in done.out
    assert "Wrong, void or not there: nothing." in done.out
    assert "Unseen longest: Board/1 (never), Arbitration/1 (never), " in done.out
    event = lines(escrow)[-1].event
    assert isinstance(event, Drill)
    assert [(looked.item, looked.found, looked.seal, looked.bag) for looked in event.items] == [
        ("Board/2", Found.RIGHT, Seal.WHOLE, "A0099"),
        ("Board/3", Found.UNOPENED, Seal.WHOLE, ""),
    ]
    assert (event.by, len(lines(escrow))) == ("Ada, Bo", 2)
    register = folder.load_register(escrow)
    assert register.sheet("Board/2").holder.bag == "A0099"
    assert f"Next drill: {register.next_drill}" in done.out
    paper = report(out)
    assert register.journal.find(head(done)) == 2
    assert head(done) in paper
    assert register.record.check_code in paper
    assert "Nothing was combined" in paper
    said = done.out + done.err + paper
    assert not any(" ".join(text.split()[:2]) in said for text in texts.values())


def test_a_forged_sheet_is_status_5_and_all_is_written(escrow: Path, texts: dict[str, str], tmp_path: Path) -> None:
    wrong = forged(Share.parse(texts["Board/2"])).text
    source, out = typed(tmp_path / "typed.txt", texts["Board/1"], wrong, texts["Arbitration/1"]), tmp_path / "drill"
    done = inside("drill", escrow, source, "--out", out)
    assert done.status == 5
    assert "typed.txt: Board/1: right\n" in done.out
    assert "Board, a sheet that says it is number 2: WRONG" in done.out
    assert "it says that it is Board/2; check code of what was shown" in done.out
    assert "wrong, void or not there: Board, a sheet that says it is number 2\n" in done.err
    assert "accuse nobody" in done.err
    assert "Board/1: no new bag was named" in done.err
    assert len(lines(escrow)) == 2
    assert "NOT ALL IS RIGHT" in report(out)
    assert head(done) in report(out)


def test_a_void_sheet_that_is_still_there(escrow: Path, texts: dict[str, str], tmp_path: Path) -> None:
    folder.append(escrow, Void(sheet="Board/2", reason="lost in a fire"), now=NOON)
    source = typed(tmp_path / "typed.txt", texts["Board/2"])
    done = inside("drill", escrow, source, "--out", tmp_path / "drill")
    assert done.status == 5
    assert "Board/2: VOID, and still there, it is void since 2026-11-23: lost in a fire" in done.out


def test_the_rules_are_asked_again(escrow: Path, tmp_path: Path) -> None:
    done = inside("drill", escrow, "--seen", "Board/3=missing", "--out", tmp_path / "first")
    assert done.status == 5
    assert "WARNING, z.5 " in done.out
    assert "Board/3 may be known to people who should not know them, or be found" in done.out
    again = inside("drill", escrow, "--seen", "Board/1=whole", "--out", tmp_path / "second")
    assert again.status == 0
    assert "z.5" not in again.out, "only what is new"
    gone = inside("destroyed", escrow, "Board/1", "--yes", "--witness", "Ada", "--witness", "Bo")
    assert "WARNING, z.7 (a CRL within 24 hours): no assembly is possible" in gone.out


def test_the_command_loads_nothing_that_could_combine(escrow: Path, texts: dict[str, str], tmp_path: Path) -> None:
    quorum = typed(tmp_path / "typed.txt", *texts.values())
    arguments = ["drill", str(escrow), str(quorum), "--out", str(tmp_path / "drill")]
    loaded = loaded_by(
        f"import io, sys; from rootescrow import cli; out = sys.stdout; "
        f"sys.stdout = sys.stderr; status = cli.run({arguments!r}); sys.stdout = out; assert status == 0"
    )
    assert "rootescrow.ceremony.drill" in loaded
    assert "rootescrow.recovery" not in loaded
    assert len(lines(escrow)) == 2


def test_media_and_the_folder_itself(escrow: Path, split: Path, tmp_path: Path) -> None:
    medium = shutil.copytree(split / folder.ESCROW, tmp_path / "usb" / "escrow").parent
    done = inside("drill", escrow, medium, escrow / folder.ENVELOPE_FILE, "--out", tmp_path / "drill")
    assert done.status == 0, done.err
    assert "the file envelope.cms of the escrow folder: right\n" in done.out
    assert "a medium of no name: right\n" in done.out
    assert "an envelope file: right\n" in done.out
    (medium / "escrow" / folder.ENVELOPE_FILE).write_bytes(b"altered")
    done = inside("drill", escrow, medium, "--out", tmp_path / "drill-2")
    assert done.status == 5
    assert "a medium of no name: WRONG, not the envelope that the record lists" in done.out
    done = inside("drill", escrow, "--medium", f"USB stick={medium}", "--out", tmp_path / "drill-3")
    assert (done.status, "there is no such medium" in done.err) == (2, True)


def test_what_is_refused_leaves_all_as_it_was(escrow: Path, texts: dict[str, str], tmp_path: Path) -> None:
    source = typed(tmp_path / "typed.txt", texts["Board/1"])
    (tmp_path / "web.txt").write_text("https://example.org")
    (tmp_path / "empty").mkdir()
    out = ("--out", tmp_path / "drill")
    for arguments, status, said in (
        ((), 2, "there is no terminal"),
        ((tmp_path / "no.pdf",), 7, "there is no such file"),
        ((tmp_path / "web.txt",), 2, "nothing was looked at"),
        ((tmp_path / "empty",), 7, "there is no envelope.cms"),
        ((source, "--bag", "Board/1"), 2, "does not say what a bag was"),
        ((source, "--bag", "Board/2=whole:A1"), 2, "nothing was read of Board/2"),
        ((source, "--bag", "Bord/2=whole:A1"), 2, "of something that is not in the register"),
        ((source, "--medium", "USB"), 2, "does not say where a medium is"),
        ((source, "--by", "a\nb"), 2, "one line"),
        ((source, "--next", "2001-01-01"), 2, "not to come"),
        ((source, "--next", "2999-01-01"), 2, "z.6"),
        ((source, "--case", "a1"), 2, "Give --open too"),
        ((source, "--open"), 8, "SP-h"),
    ):
        done = inside("drill", escrow, *arguments, *out)
        assert done.status == status, (arguments, done.err)
        assert said in done.err
        assert not (tmp_path / "drill").exists()
    assert len(lines(escrow)) == 1
    (escrow / folder.COPY_FILE).touch()
    done = inside("drill", escrow, source, *out)
    assert (done.status, "marked as a copy" in done.err) == (7, True)


def test_a_report_is_never_overwritten(escrow: Path, texts: dict[str, str], tmp_path: Path) -> None:
    source, out = typed(tmp_path / "typed.txt", texts["Board/1"]), tmp_path / "drill"
    assert inside("drill", escrow, source, "--out", out).status == 0
    assert inside("drill", escrow, source, "--out", out).status == 0, "another line, another name"
    assert len([*out.iterdir()]) == 2
    date, number = re.findall(r"-(\d{4}-\d\d-\d\d)-(\d)\.pdf", sorted(out.iterdir())[-1].name)[0]
    (left,) = [path for path in out.iterdir() if path.name.endswith("-3.pdf")]
    assert (number, date in left.name) == ("3", True)
    left.with_name(left.name.replace("-3.pdf", "-4.pdf")).write_text("of a drill that was killed")
    done = inside("drill", escrow, source, "--out", out)
    assert (done.status, "is there already" in done.err) == (7, True)
    assert len(lines(escrow)) == 3


def test_what_could_not_be_read_is_told_and_the_rest_is_written(
    escrow: Path, texts: dict[str, str], tmp_path: Path
) -> None:
    source = typed(tmp_path / "typed.txt", texts["Board/1"])
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    done = inside("drill", escrow, source, tmp_path / "broken.png", "--out", tmp_path / "drill")
    assert done.status == 6
    assert "broken.png" in done.err
    assert len(lines(escrow)) == 2


# Written later.


def test_a_line_for_later(escrow: Path, split: Path, texts: dict[str, str], tmp_path: Path) -> None:
    copy = shutil.copytree(escrow, tmp_path / "copy")
    (copy / folder.COPY_FILE).touch()
    source, out = typed(tmp_path / "typed.txt", texts["Board/1"]), tmp_path / "drill"
    done = inside("drill", copy, source, "--out", out, "--no-journal", "--bag", "Board/1=whole:A7")
    assert done.status == 0, done.err
    assert len(lines(copy)) == 1
    assert "NOT YET IN THE JOURNAL" in report(out)
    assert str(folder.load_register(copy).journal.head) in report(out)
    line = done.out.splitlines()[-1]
    assert json.loads(line)["event"] == "drill"
    (tmp_path / "line.json").write_text(line + "\n")
    added = inside("journal", "add", escrow, tmp_path / "line.json")
    assert added.status == 0, added.err
    assert "Board/1 right, bag whole, now in bag A7" in added.out
    (code,) = re.findall(r"check code of what was added: (\S+)", added.out)
    assert code in report(out), "a line that was changed in between has another"
    register = folder.load_register(escrow)
    assert head(added) == str(register.journal.head)
    assert register.sheet("Board/1").holder.bag == "A7"
    again = inside("journal", "add", escrow, tmp_path / "line.json")
    assert (again.status, "already: line 2" in again.err) == (2, True)
    assert inside("journal", "add", copy, "-", stdin=line.encode()).status == 7
    assert inside("journal", "add", escrow, "-", stdin=b"{}").status == 3
    assert inside("journal", "add", escrow, tmp_path / "no").status == 7
    made = json.dumps({"data": {"escrow_id": register.record.escrow_id, "generation": 1}, "event": "made"})
    assert inside("journal", "add", escrow, "-", stdin=made.encode()).status == 2
    assert len(lines(escrow)) == 2


# Opening the envelope.


def opened(register: Register) -> Opened:
    event = register.journal.lines[-1].event
    assert isinstance(event, Opened)
    return event


def test_a_quorum_opens_the_envelope_in_memory(escrow: Path, texts: dict[str, str], tmp_path: Path) -> None:
    quorum, out = typed(tmp_path / "typed.txt", *texts.values()), tmp_path / "drill"
    done = inside(
        *("drill", escrow, quorum, "--out", out, "--open", "--case", "a20271120.1", "--arbitrator", "Eve"),
        *("--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    assert "Opened in memory under case a20271120.1, from Arbitration/1, Board/1, Board/2, Board/3" in done.out
    assert "it is the key of the certificate; it is the key of the record." in done.out
    assert re.search(r"Time taken: \d+\.\d s", done.out)
    register = folder.load_register(escrow)
    event = opened(register)
    assert (event.case, event.arbitrator, event.passphrase) == ("a20271120.1", "Eve", True)
    assert [line.event.kind for line in register.journal.lines] == ["made", "drill", "opened"]
    paper = report(out)
    assert "The envelope was opened" in paper
    assert head(done) in paper
    assert PASSPHRASE not in done.out + done.err + paper
    assert {path.name for path in tmp_path.iterdir()} == {"drill", "escrow", "typed.txt"}, "and nothing else"


def test_an_envelope_that_was_not_opened_is_told_with_what_was_seen(
    escrow: Path, texts: dict[str, str], tmp_path: Path
) -> None:
    few, out = typed(tmp_path / "typed.txt", texts["Board/1"], texts["Arbitration/1"]), tmp_path / "drill"
    done = inside("drill", escrow, few, "--out", out, "--open", "--case", "a1")
    assert done.status == 4
    register = folder.load_register(escrow)
    assert [line.event.kind for line in register.journal.lines] == ["made", "drill", "note"]
    assert "under case a1: the envelope was not opened: this is not a quorum" in str(register.journal.lines[-1].event)
    assert register.sheet("Board/1").seen is not None
    assert "THE ENVELOPE WAS NOT OPENED: this is not a quorum" in report(out)


def test_a_wrong_passphrase_writes_nothing(escrow: Path, texts: dict[str, str], tmp_path: Path) -> None:
    quorum = typed(tmp_path / "typed.txt", *texts.values())
    arguments = ("drill", escrow, quorum, "--out", tmp_path / "drill", "--open", "--case", "a1")
    done = inside(*arguments, "--passphrase-file", "{fd}", passphrase=PASSPHRASE[1:])
    assert done.status == 5
    done = inside(*arguments, "--check-passphrase")
    assert (done.status, "no terminal to ask for the passphrase" in done.err) == (2, True)
    assert len(lines(escrow)) == 1
    assert not (tmp_path / "drill").exists()


# At a terminal.


def test_people_at_a_table(escrow: Path, texts: dict[str, str], tmp_path: Path) -> None:
    terminal = Terminal(["drill", escrow, "--out", tmp_path / "drill"], tmp_path)
    try:
        terminal.until("Who is in the room")
        terminal.type("Ada, Bo")
        terminal.until("word 1 of 33>")
        terminal.type(texts["Board/2"])
        terminal.until(r"Board/2: bag without a known number: whole, opened or missing>")
        reply(terminal, "yes")
        terminal.until(r"Say w \(whole\), o \(opened\) or m \(missing\)")
        terminal.until(r"whole, opened or missing>")
        reply(terminal, "w")
        terminal.until(r"Board/2: number of its new bag>")
        reply(terminal, "A0099")
        terminal.until(r"Board/2: right")
        terminal.until("word 1 of 33>")
        terminal.type("done")
        terminal.until(r"Report: .*\.pdf")
        assert terminal.end() == 0, terminal.shown
    finally:
        terminal.close()
    event = lines(escrow)[-1].event
    assert isinstance(event, Drill)
    assert (event.by, [(looked.item, looked.bag) for looked in event.items]) == ("Ada, Bo", [("Board/2", "A0099")])
    assert texts["Board/2"] not in terminal.shown.replace("\r\n", " ")


def test_a_passphrase_that_was_mistyped_loses_nothing(escrow: Path, texts: dict[str, str], tmp_path: Path) -> None:
    quorum = typed(tmp_path / "typed.txt", *texts.values())
    bags = [f"--bag={name}=whole:B{number}" for number, name in enumerate(texts)]
    options = ["--open", "--case", "a1", "--check-passphrase", "--by", "Ada", *bags]
    terminal = Terminal(["drill", escrow, quorum, "--out", tmp_path / "drill", *options], tmp_path)
    try:
        for answer in (PASSPHRASE[1:], PASSPHRASE):
            terminal.until("The passphrase of the key: ")
            terminal.type(answer)
        terminal.until("The passphrase opens the key")
        assert terminal.end() == 0, terminal.shown
    finally:
        terminal.close()
    assert opened(folder.load_register(escrow)).passphrase
    assert PASSPHRASE[1:] not in terminal.shown


def test_help_has_examples() -> None:
    for command in (("drill",), ("journal", "add")):
        done = inside(*command, "--help")
        assert done.status == 0
        assert "Example" in done.out

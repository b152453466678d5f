"""The worst day: one session at a terminal, void and forged sheets, a journal that cannot be written, the report."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest

from rootescrow.cli.typed import Sitting
from rootescrow.register import folder, pending
from rootescrow.register.events import Arrival, Destroyed, Note, Recovered, Superseded, Void, What
from rootescrow.register.record import sha256
from rootescrow.register.register import Register
from rootescrow.shamir import Share
from tests.ceremony.test_session import ESCROW, escrow_folder, session_of, void
from tests.cli.support import PASSPHRASE, QUORUM, Ceremony, Done, Words, inside
from tests.cli.terminal import Terminal

BLANK = "\x1b[H\x1b[2J"
CASE = ("--case", "a20261123.1", "--arbitrator", "Eve Example")


@pytest.fixture
def escrow(ceremony: Ceremony, tmp_path: Path) -> Path:
    """A copy of the escrow as it was made, to which things happen; other tests recover from the same one."""
    escrow = Path(shutil.copytree(ceremony.escrow, tmp_path / "escrow"))
    journal = escrow / folder.JOURNAL_FILE
    journal.write_bytes(journal.read_bytes().splitlines(keepends=True)[0])
    return escrow


def lost(escrow: Path, *sheets: str) -> None:
    """These sheets are void."""
    folder.append(escrow, *(Void(sheet=name, reason="bag found open") for name in sheets), now=datetime.now(UTC))


def register(escrow: Path) -> Register:
    return folder.load_register(escrow)


def pages(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)
    finally:
        document.close()


def forgery(ceremony: Ceremony, name: str) -> str:
    return replace(Share.parse(ceremony.words(name)[0].read_text()), value=bytes(32)).text


# At a terminal


def test_people_come_and_go_at_one_prompt(ceremony: Ceremony, escrow: Path, tmp_path: Path) -> None:
    lost(escrow, "Board/2")
    words = {name: ceremony.words(name)[0].read_text().split() for name in ("Board-1", "Board-2", "Arbitration-1")}
    command: list[str | Path] = ["recover", "--escrow", escrow, *CASE, "--out", "root.pem", "--report", "papers"]
    with closing(Terminal(command, tmp_path)) as terminal:

        def say(text: str, then: str) -> str:
            terminal.type(text)
            return terminal.until(then)

        terminal.until("Board: 0 of 3; Arbitration: 0 of 2; envelope: complete")
        terminal.until("word 1 of 33>")
        say(" ".join(words["Board-1"][:10]), "word 11 of 33>")
        # They wait for somebody: nothing is left on the screen, and what was typed is still there.
        held = say("hold", "Enter goes on>")
        assert BLANK in held
        after = held[held.index(BLANK) + len(BLANK) :]
        assert not set(words["Board-1"]) & set(re.findall("[a-z]+", after))
        shown = say("some words typed blindly", "word 11 of 33>")
        assert BLANK in shown
        told = say(" ".join(words["Board-1"][10:]), r"came by b, p, t, o>")
        assert "Board/1: taken" in told
        assert re.search("check code [A-Z2-7]{4}(-[A-Z2-7]{4}){3}", told)
        say("academic", "no way in which a sheet comes")
        say("b Ada Example", "word 1 of 33>")
        # A forger is named by the register, and a void sheet refused by it.
        assert "check code" in say(forgery(ceremony, "Board-4"), r"number 4 came by b, p, t, o>")
        say("p", "word 1 of 33>")
        told = say(" ".join(words["Board-2"]), "Board/2 came by b, p, t, o>")
        assert "refused: it is void since" in told
        say("o a courier", "word 1 of 33>")
        told = say("status", r"(?s)Board lacks 2\. Call:.*word 1 of 33>")
        assert "Board lacks 2. Call:" in told
        assert "not Board/2: it is void since" in told
        assert "Board/1:" not in told
        say("allow Board/9", "there is no sheet Board/9")
        assert "Board: 2 of 3" not in say("allow Board/2", "Board/2: taken")
        terminal.until("word 1 of 33>")
        # One key must not end it.
        terminal.press(b"\x03")
        terminal.until("End here\\?")
        say("", "word 1 of 33>")
        say("read nothing.pdf", "cannot read nothing.pdf")
        terminal.until("word 1 of 33>")
        scan = f"'{ceremony.sheets('Arbitration-3')[0]}'"
        assert "Arbitration/3: taken" in say(scan, "Arbitration/3 came by b, p, t, o>")
        say("", "word 1 of 33>")
        say(f"read {ceremony.words('Board-5')[0]}", "Board/5 came by b, p, t, o>")
        say("t", "word 1 of 33>")
        say(" ".join(words["Arbitration-1"]), "Arbitration/1 came by b, p, t, o>")
        terminal.type("b")
        assert terminal.end() == 0, terminal.shown
    said = " ".join(terminal.shown.split())
    assert "from Arbitration/1, Arbitration/3, Board/1, Board/2, Board/5." in said
    assert "Board/2 was used, though it is void since" in said
    assert "Board, a sheet that says it is number 4 (typed) is not a sheet of this escrow: forged or altered" in said
    assert (tmp_path / "root.pem").read_bytes() == ceremony.key.read_bytes()

    now = register(escrow)
    (told_journal,) = now.recoveries
    assert (told_journal.case, told_journal.arbitrator) == ("a20261123.1", "Eve Example")
    assert {one.sheet: one.how for one in told_journal.sheets} == {
        "Board/1": Arrival.BAG,
        "Board/2": Arrival.OTHER,
        "Board/5": Arrival.PHONE,
        "Arbitration/1": Arrival.BAG,
        "Arbitration/3": Arrival.NOT_SAID,
    }
    notes = [str(line.event) for line in now.journal.lines if isinstance(line.event, Note)]
    assert len(notes) == 2
    assert "Board/2 was used in this recovery, though it is void" in notes[0]
    assert "forged or altered; it came by photo" in notes[1]
    assert now.copies == (str(tmp_path / "root.pem"),)
    (report,) = (tmp_path / "papers").iterdir()
    printed = pages(report)
    for text in (
        str(now.journal.head),
        now.record.check_code,
        "Ada Example",
        "a courier",
        "FORGED OR ALTERED",
        "EveExample",
    ):
        assert "".join(text.split()) in printed
    kept = printed + "".join((escrow / folder.JOURNAL_FILE).read_text().split())
    for sheet in words.values():
        assert not any("".join(sheet[start : start + 3]) in kept for start in range(31))
    status = inside("status", escrow).out
    assert "exposed: the key was recovered" in status
    assert f"destroy the copies of what was recovered: {tmp_path / 'root.pem'}" in status
    gone = Destroyed(sheets=(), media=(), copies=now.copies, every_envelope=False, witnesses="Ada, Bo")
    folder.append(escrow, gone, now=datetime.now(UTC))
    status = inside("status", escrow).out
    assert "exposed: the key was recovered" in status
    assert "destroy the copies" not in status
    assert "a new generation, or a new root: the key was recovered" in status


@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_who_means_it_ends_it_and_nothing_is_left(escrow: Path, tmp_path: Path, ceremony: Ceremony, key: bytes) -> None:
    before = (escrow / folder.JOURNAL_FILE).read_bytes()
    command: list[str | Path] = ["recover", ceremony.words("Board-1")[0], "--escrow", escrow, *CASE, "--out", "k"]
    with closing(Terminal([*command, "--report", "papers"], tmp_path)) as terminal:
        terminal.until("word 1 of 33>")
        terminal.press(key)
        terminal.until("Ctrl-C again ends>")
        terminal.press(key)
        assert terminal.end() == 130, terminal.shown
    assert "rootescrow: interrupted" in terminal.shown
    assert [path.name for path in tmp_path.iterdir()] == ["escrow"]
    assert (escrow / folder.JOURNAL_FILE).read_bytes() == before


def test_a_signal_ends_it_without_asking(escrow: Path, tmp_path: Path) -> None:
    """Nobody may be there to answer."""
    with closing(Terminal(["recover", "--escrow", escrow, *CASE, "--out", "k"], tmp_path)) as terminal:
        terminal.until("word 1 of 33>")
        terminal.process.terminate()
        assert terminal.end() == 130, terminal.shown


# What is typed, without a terminal


@pytest.fixture
def sitting(tmp_path: Path) -> Sitting:
    return Sitting(
        session_of(escrow_folder(tmp_path / "out", void("Board/2")), ask=True), lambda path: [f"read {path}"]
    )


def test_a_word_is_no_file_though_there_is_one_of_that_name(
    sitting: Sitting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("academic", "scan 1.txt", "read", "hold"):
        (tmp_path / name).touch()
    assert sitting.line("academic") == []
    assert sitting.place == "word 2 of 33"
    assert sitting.line("read academic")[0] == "read academic"
    assert sitting.line("scan 1.txt")[0] == sitting.line("'scan 1.txt'")[0] == "read scan 1.txt"
    assert sitting.line("read no such")[0] == "read no such"
    assert sitting.line("hold") == []
    assert sitting.held
    assert "is not in the word list" in sitting.line("it's nothing")[0]


def test_commands_while_it_is_asked_how_a_sheet_came(sitting: Sitting) -> None:
    assert sitting.line(ESCROW.share(0, 1).text)[0] == "Board/1: taken"
    assert sitting.place == "Board/1 came by b, p, t, o"
    assert "Board lacks 2. Call:" in sitting.line("status")
    assert sitting.line("HOLD") == []
    assert "Say b (bag)" in sitting.line("back")[0]
    assert not sitting.finished
    assert sitting.line("done") == []
    assert (sitting.done, sitting.session.question) == (True, "")


def test_no_new_command_is_a_word_of_the_list() -> None:
    from rootescrow.shamir.words import WORDS  # noqa: PLC0415 - of this test alone

    assert not {"read", "hold", "allow"} & {prefix for word in WORDS for prefix in (word, word[:4])}


# By options


def recover(
    ceremony: Ceremony, escrow: Path, out: Path, *arguments: str | Path, names: tuple[str, ...] = QUORUM
) -> Done:
    return inside("recover", *ceremony.words(*names), "--escrow", escrow, *CASE, "--out", out, *arguments)


def test_how_sheets_came_and_a_void_one_by_options(ceremony: Ceremony, escrow: Path, tmp_path: Path) -> None:
    lost(escrow, "Board/4")
    done = recover(ceremony, escrow, tmp_path / "k")
    assert done.status == 5
    assert "refused: it is void since" in done.err
    assert not (tmp_path / "k").exists()
    assert register(escrow).recoveries == ()
    done = recover(
        ceremony,
        escrow,
        tmp_path / "k",
        *("--use-void", "Board/4", "--arrived", "bag", "--arrived", "Board/1=photo Ada", "--arrived", "Board/3=phone"),
    )
    assert done.status == 0, done.err
    assert "--arrived names Board/3, and no such sheet came" in done.err
    now = register(escrow)
    assert {one.sheet: one.how for one in now.recoveries[0].sheets}["Board/1"] == Arrival.PHOTO
    assert str(now.journal.lines[-1].event).startswith("Board/4 was used in this recovery, though it is void")
    assert f"Journal head: {now.journal.head}" in done.err
    assert "exposed: the key was recovered" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--use-void", "Board/2"), "Board/2 is not void"),
        (("--use-void", "Board/9"), "there is no sheet Board/9"),
        (("--arrived", "pigeon"), "no way in which a sheet comes"),
        (("--arbitrator", "academic acid acne acquire"), "reads like the words of a share"),
        (("--arbitrator", "x" * 500), "500 characters"),
    ],
)
def test_what_is_known_to_be_wrong_is_told_at_once(
    ceremony: Ceremony, escrow: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = recover(ceremony, escrow, tmp_path / "k", *arguments)
    assert (done.status, said in done.err, "Recovered" in done.err) == (2, True, False), done.err


def test_a_superseded_generation(ceremony: Ceremony, escrow: Path, tmp_path: Path) -> None:
    later = Superseded(
        escrow_id="AAAA-AAAA",
        generation=2,
        record_sha256=sha256(b"later"),
        new_passphrase=False,
        case="",
        reason="bags opened",
    )
    folder.append(escrow, later, now=datetime.now(UTC))
    done = recover(ceremony, escrow, tmp_path / "k")
    assert (done.status, "by escrow AAAA-AAAA, generation 2" in done.err) == (8, True)
    done = recover(ceremony, escrow, tmp_path / "k", "--superseded", "--report", tmp_path / "papers")
    assert done.status == 0, done.err
    (report,) = (tmp_path / "papers").iterdir()
    assert "Thisgenerationhadbeensuperseded" in pages(report)


# A journal that cannot be written


def spoil(escrow: Path) -> None:
    with (escrow / folder.JOURNAL_FILE).open("ab") as file:
        file.write(b"{}\n")


def mark(escrow: Path) -> None:
    (escrow / folder.COPY_FILE).touch()


def take_away(escrow: Path) -> None:
    (escrow / folder.JOURNAL_FILE).unlink()


@pytest.mark.parametrize("how", [spoil, mark, take_away])
def test_no_journal_keeps_the_key_back(
    ceremony: Ceremony, escrow: Path, tmp_path: Path, how: Callable[[Path], None]
) -> None:
    master = shutil.copytree(escrow, tmp_path / "master")
    how(escrow)
    before = {file.name: file.read_bytes() for file in escrow.iterdir()}
    # That a sheet is void nobody can know here, so allowing it must not end the recovery either.
    void = () if how is mark else ("--use-void", "Board/2")
    done = recover(ceremony, escrow, tmp_path / "k", "--report", tmp_path / "papers", *void)
    assert done.status == 0, done.err
    assert (tmp_path / "k").read_bytes() == ceremony.key.read_bytes()
    assert {file.name: file.read_bytes() for file in escrow.iterdir()} == before
    assert "this recovery is NOT in the journal" in done.err
    line = done.out.splitlines()[0]
    pdf, beside = sorted((tmp_path / "papers").iterdir(), key=lambda path: path.suffix, reverse=True)
    assert beside.read_text() == line + "\n"
    assert "NOTinthejournal" in pages(pdf)
    assert beside.name in pages(pdf)
    added = pending.add(master, pending.parse(beside.read_bytes()), now=datetime.now(UTC))
    assert isinstance(added.journal.lines[-1].event, Recovered)
    assert added.exposed


def test_a_command_that_gets_the_key_is_in_journal_and_report(ceremony: Ceremony, escrow: Path, tmp_path: Path) -> None:
    command = f"sh -c 'cat \"$0\" > {tmp_path}/key' {{key}}"
    arguments = ("--escrow", escrow, *CASE, "--run", command, "--report", tmp_path / "papers")
    done = inside("recover", *ceremony.words(*QUORUM), *arguments)
    assert done.status == 0, done.err
    now = register(escrow)
    assert (now.exposed, now.copies) == (True, ())
    (report,) = (tmp_path / "papers").iterdir()
    assert "handedinmemory,withoutafile,to:sh-c" in pages(report)


def test_a_report_from_paper_alone(ceremony: Ceremony, tmp_path: Path) -> None:
    given: Words = (*ceremony.words(*QUORUM), ceremony.escrow / "envelope.cms", *CASE, "--passphrase-file", "{fd}")
    done = inside("recover", *given, "--out", tmp_path / "k", "--report", tmp_path / "papers", passphrase=PASSPHRASE)
    assert done.status == 0, done.err
    (report,) = (tmp_path / "papers").iterdir()
    printed = pages(report)
    for text in ("group1,sheet4", "Noescrowfolderwasused", "Thepassphraseopensthekey", "envelope.cms"):
        assert text in printed


def test_a_report_that_cannot_be_written_is_known_at_once_and_withholds_no_key(
    ceremony: Ceremony, escrow: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = recover(ceremony, escrow, tmp_path / "k", "--report", tmp_path / "file")
    assert (done.status, "Recovered" in done.err) == (7, False)
    # A command line is no reason either: it is printed as far as it can be.
    done = recover(ceremony, escrow, tmp_path / "k", "--report", tmp_path / "p", "--run", "true {key} 北京\x1b[2J")
    assert done.status == 0, done.err


# The passphrase


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, ceremony: Ceremony) -> Path:
    """A key split with its passphrase."""
    out = tmp_path_factory.mktemp("both") / "out"
    done = inside(
        *("split", ceremony.key, "--out", out, "--name", "Test Root", "--shares", "2/2", "--envelope", "separate"),
        *("--escrow-passphrase", "2/3", "--keeper", "Kit Example", "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    return out


@pytest.fixture
def keepers(both: Path) -> list[Path]:
    return sorted((both / "secret-passphrase").iterdir())


def test_a_passphrase_that_was_recovered_is_exposed_too(both: Path, keepers: list[Path], tmp_path: Path) -> None:
    escrow = Path(shutil.copytree(both / "escrow", tmp_path / "escrow"))
    lost(escrow, "Passphrase/2")
    recover: Words = ("passphrase", "recover", *keepers[:2], "--escrow", escrow, *CASE, "--arrived", "bag")
    done = inside(*recover, "--out", tmp_path / "p")
    assert (done.status, "refused: it is void since" in done.err, (tmp_path / "p").exists()) == (5, True, False)
    done = inside(*recover, "--use-void", "Passphrase/2", "--out", tmp_path / "p")
    assert done.status == 0, done.err
    now = register(escrow)
    assert now.recoveries == (
        Recovered(
            what=What.PASSPHRASE,
            case="a20261123.1",
            arbitrator="Eve Example",
            sheets=now.recoveries[0].sheets,
            copies=(f"the passphrase in {tmp_path}/p",),
        ),
    )
    assert [(one.sheet, one.how) for one in now.recoveries[0].sheets] == [
        ("Passphrase/1", Arrival.BAG),
        ("Passphrase/2", Arrival.BAG),
    ]
    assert now.state.endswith("exposed: the passphrase was recovered")


def test_whom_to_call_for_a_passphrase(both: Path, keepers: list[Path], tmp_path: Path) -> None:
    command: list[str | Path] = ["passphrase", "recover", keepers[1], "--escrow", both / "escrow", "--arrived", "bag"]
    with closing(Terminal(command, tmp_path)) as terminal:
        terminal.until("word 1 of 33>")
        terminal.type("status")
        told = terminal.until(r"(?s)Passphrase lacks 1\. Call:.*word 1 of 33>")
        assert "Passphrase/1: Kit Example" in told
        assert "envelope" not in told
        terminal.type("done")
        assert terminal.end() == 4

"""`rootescrow replace`, as its users run it: with typed texts, scans, or words typed at a real terminal."""

from __future__ import annotations

import itertools
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pypdfium2
import pytest

from rootescrow.ceremony import host
from rootescrow.register import folder
from rootescrow.register.events import Note, Replaced, Void
from rootescrow.shamir import Share
from tests.ceremony.escrows import OnDisk, on_disk
from tests.cli.conftest import Root
from tests.cli.support import PASSPHRASE, Done, inside, words
from tests.cli.terminal import Terminal
from tests.cli.test_plan import ACCEPT
from tests.paper.support import texts
from tests.paper.test_stock import run as in_shell
from tests.register.support import NOON
from tests.support import forged
from tests.test_stock_tools import commands_on, envelope_codes

ORDER = ("--void", "Board/2", "--reason", "lost in a move", "--holder", "Fay Neu", "--place", "Thun", "--bag", "A9")


@pytest.fixture(scope="module")
def split(root: Root, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Board 2 of 3 and Arbitration 2 of 2, the envelope on each sheet; the words of each in a file."""
    where = tmp_path_factory.mktemp("split")
    done = inside(
        *("split", root[0], "--out", where / "out", "--group", "Board=2/3", "--group", "Arbitration=2/2"),
        *("--holder", "Board=Ada Example", "--holder", "Board=Bo Example", "--holder", "Board=Cy Example"),
        *("--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    for sheet in (where / "out" / folder.SECRET).iterdir():
        (where / f"{'-'.join(sheet.stem.split('-')[3:])}.txt").write_text(words(sheet) + "\n")
    return where


@pytest.fixture
def table(split: Path, tmp_path: Path) -> Path:
    """A copy for one test: what lies on the table."""
    return shutil.copytree(split, tmp_path / "table")


def replace(table: Path, *sources: str | Path, order: Sequence[str] = ORDER, out: str = "new") -> Done:
    return inside("replace", table / "out" / folder.ESCROW, *sources, *order, "--out", table / out)


def lines(table: Path) -> int:
    return len(folder.load_register(table / "out" / folder.ESCROW).journal.lines)


def scanned(sheet: Path, to: Path) -> Path:
    """The pages of a sheet as a scanner makes them."""
    with pypdfium2.PdfDocument(sheet) as pdf:
        pages = [page.render(scale=150 / 72, grayscale=True).to_pil() for page in pdf]
    pages[0].save(to, save_all=True, append_images=pages[1:], resolution=150)
    return to


def sheet_of(out: Path) -> Path:
    (sheet,) = (out / folder.SECRET).iterdir()
    return sheet


def test_from_scan_and_text_to_a_sheet_that_stock_tools_take(
    table: Path, root: Root, program: Callable[[str], str], oracle: Callable[[str], Path]
) -> None:
    """What the new sheet says, with the commands on it, goes all the way to the key without rootescrow."""
    scan = scanned(next((table / "out" / folder.SECRET).glob("*-Board-1.pdf")), table / "scan.pdf")
    done = replace(table, scan, table / "Board-3.txt")
    assert done.status == 0, done.err
    assert "Written: Board/4 was made by Board/1, Board/3 in the place of Board/2, which is void" in done.out
    assert "Board/2 counts for whoever has it until it is destroyed" in done.err
    assert "WARNING, z.5" in done.out
    assert "a new generation: 1 of the 2 shares that Board needs" in done.out
    new = sheet_of(table / "new")
    paper = " ".join(texts((table / "new" / "replacement.pdf").read_bytes()))
    secret = words(new).split()[3:]
    assert not any(f"{one} {other}" in done.out + done.err + paper for one, other in itertools.pairwise(secret))
    assert new.name.endswith("-1-Board-4.pdf")
    register = folder.load_register(table / "out" / folder.ESCROW)
    assert register.journal.head.number == 2
    assert f"Journal head: {register.journal.head}" in done.out

    shamir, given = oracle("shamir-mnemonic") / "shamir", ("Arbitration-1", "Arbitration-2", "Board-1")
    typed = words(new) + "\n" + "".join((table / f"{name}.txt").read_text() for name in given)
    said = subprocess.run([shamir, "recover"], input=typed, capture_output=True, check=True, text=True).stdout
    digits = said.split("Your master secret is:")[1].strip()
    (table / "codes.txt").write_text("\n".join(envelope_codes(new)) + "\n")
    commands = commands_on(new)
    assert commands["shares"] == "shamir recover"
    script = "\n".join(commands[step] for step in ("codes", "secret", "open"))
    assert in_shell(script, table, digits + "\n").returncode == 0
    pem = root[0].read_bytes()
    openssl = program("openssl")
    was = subprocess.run(
        [openssl, "asn1parse", "-noout", "-out", "/dev/stdout"], input=pem, capture_output=True, check=True
    )
    assert (table / "key.p8").read_bytes() == was.stdout

    recovered = inside(
        *("recover", new, table / "Board-3.txt", table / "Arbitration-1.txt", table / "Arbitration-2.txt"),
        *("--escrow", table / "out" / folder.ESCROW, "--case", "a1", "--out", table / "key.pem"),
    )
    assert recovered.status == 0, recovered.err


def test_the_command_that_comes_next_can_be_typed_as_it_stands(table: Path) -> None:
    done = replace(table, table / "Board-1.txt", table / "Board-3.txt", order=(*ORDER, "--handwritten"))
    assert done.status == 0, done.err
    (line,) = (line for line in done.out.splitlines() if line.startswith("Then:"))
    typed = shlex.split(line.removeprefix("Then:"))
    assert typed[1:] == ["handwrite", str(table / "new"), "Board/4", "--escrow", str(table / "out" / folder.ESCROW)]


def test_too_few_say_who_has_the_others_and_write_nothing(table: Path) -> None:
    done = replace(table, table / "Board-1.txt", table / "Arbitration-1.txt")
    assert (done.status, done.out) == (4, "")
    assert "1 of the 2 Board sheets that make a new one are there" in done.err
    assert "Bring 1 more, any of: Board/3 (Cy Example)" in done.err
    assert "Arbitration/1 was not needed" in done.err
    assert (lines(table), (table / "new").exists()) == (1, False)


def test_a_forged_sheet_is_named(table: Path) -> None:
    share = Share.parse((table / "Board-3.txt").read_text().strip())
    (table / "forged.txt").write_text(forged(share).text)
    done = replace(table, table / "Board-1.txt", table / "forged.txt")
    assert (done.status, done.out) == (5, "")
    assert "forged.txt: Board, a sheet that says it is number 3: wrong, not a sheet that the record lists" in done.err
    again = replace(table, table / "Board-1.txt", table / "forged.txt", table / "Board-3.txt")
    assert again.status == 0
    assert "forged.txt: Board, a sheet that says it is number 3: wrong" in again.err


def test_a_void_sheet_is_refused_with_the_reason(table: Path) -> None:
    folder.append(table / "out" / folder.ESCROW, Void(sheet="Board/3", reason="eaten by mice"), now=NOON)
    done = replace(table, table / "Board-1.txt", table / "Board-3.txt")
    assert (done.status, done.out) == (5, "")
    assert "eaten by mice" in done.err


@pytest.mark.parametrize(
    ("order", "status", "says"),
    [
        ((*ORDER[:1], "Board/9", *ORDER[2:]), 2, "there is no sheet Board/9"),
        ((*ORDER[:3], " ", *ORDER[4:]), 2, "the reason is one line"),
        ((*ORDER[:5], "", *ORDER[6:]), 2, "who gets the new sheet"),
        ((*ORDER, "--accept", "swap=why"), 2, "--accept is for"),
        (ORDER[:4], 2, "Missing option '--holder'"),
        ((*ORDER[:5], "山田", *ORDER[6:]), 6, "the person of Board/4"),
    ],
)
def test_what_is_refused_writes_nothing(table: Path, order: tuple[str, ...], status: int, says: str) -> None:
    done = replace(table, table / "Board-1.txt", table / "Board-3.txt", order=order)
    assert (done.status, done.out) == (status, "")
    assert says in done.err
    assert (lines(table), (table / "new").exists()) == (1, False)


def test_without_sheets_there_must_be_a_terminal(table: Path) -> None:
    done = replace(table)
    assert done.status == 2
    assert "there is no terminal to type at" in done.err


def test_a_sheet_left_by_an_interrupted_one_is_not_overwritten(table: Path) -> None:
    left = table / "new" / folder.SECRET / "left.pdf"
    left.parent.mkdir(parents=True)
    left.write_text("words")
    done = replace(table, table / "Board-1.txt", table / "Board-3.txt")
    assert (done.status, left.read_text()) == (7, "words")
    assert "an interrupted replacement left it: it may be Board/4, with its words. Destroy it" in done.err


def test_the_words_are_typed_at_the_prompt(table: Path) -> None:
    """One from a file, the other typed; the typist is told whose would help, and stops when it is enough."""
    escrow = table / "out" / folder.ESCROW
    arguments: list[str | Path] = ["replace", escrow, table / "Board-1.txt", *ORDER, "--out", table / "new"]
    terminal = Terminal(arguments, table)
    try:
        terminal.until(r"Board: 1 of 2, any of: Board/3 \(Cy Example\)")
        terminal.until("word 1 of 33>")
        text = (table / "Board-3.txt").read_text().split()
        for start in range(0, 33, 11):
            terminal.type(" ".join(text[start : start + 11]))
            if start < 22:
                terminal.until(rf"word {start + 12} of 33>")
        shown = terminal.until(r"Journal head: \S+")
        assert terminal.end() == 0, terminal.shown
    finally:
        terminal.close()
    assert "Board/4 was made by Board/1, Board/3" in shown
    event = folder.load_register(escrow).journal.lines[-1].event
    assert isinstance(event, Replaced)


# A root: its machine is checked, and its rules refuse.


@pytest.fixture
def disk(tmp_path: Path) -> OnDisk:
    """The example's root, without a key."""
    made = on_disk(tmp_path / "made")
    for number in (1, 3, 4, 5):
        (tmp_path / f"{number}.txt").write_text(made.text(f"Board/{number}"))
    return made


def of_root(disk: OnDisk, tmp_path: Path, *more: str) -> Done:
    given = [tmp_path / f"{number}.txt" for number in (1, 3, 4)]
    return inside("replace", disk.path, *given, *ORDER, *more, "--out", tmp_path / "new")


def test_the_machine_of_a_root_is_checked_and_what_was_accepted_is_noted(disk: OnDisk, tmp_path: Path) -> None:
    failing = [check.id for check in host.preflight(tmp_path / "new") if check.verdict is host.HostVerdict.FAIL]
    if failing:
        refused = of_root(disk, tmp_path)
        assert (refused.status, refused.out) == (8, "")
        assert len(disk.register.journal.lines) == 1
    done = of_root(disk, tmp_path, *ACCEPT)
    assert done.status == 0, done.err
    notes = [line.event.text for line in disk.register.journal.lines if isinstance(line.event, Note)]
    assert notes == [f"Board/6: {check} accepted: a machine for tests" for check in failing]
    assert all(f"Written: {note}." in done.out for note in notes)
    assert disk.register.known.names(Share.parse(words(sheet_of(tmp_path / "new")))) == ("Board/6",)


def test_a_person_who_would_be_a_quorum_is_refused_before_anything(disk: OnDisk, tmp_path: Path) -> None:
    order = ("--void", "Arbitration/2", "--reason", "lost", "--holder", "Fay Example", "--out", str(tmp_path / "new"))
    done = inside("replace", disk.path, tmp_path / "no-such-file.pdf", *order, *ACCEPT)
    assert (done.status, done.out) == (8, "")
    assert "SP-e (dual control): Fay Example alone meets the quorum of Arbitration" in done.err
    assert not (tmp_path / "new").exists()

"""README.md, docs/ceremony.md and docs/recovery.md: every command is typed at a terminal, and what is shown compared.

Blocks of `sh` are run, in their order; an `output` after one is what it shows. `sh printer` prints on a real queue, and
`sh host` may refuse the machine that runs the tests. Other blocks are for people: `text` needs a medium, a network or
the rights of root, and `make` is a target of the Makefile.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest

import rootescrow
from rootescrow import EncryptedKey, Pile, PrivateKey
from rootescrow.cli.preflight import HEADING
from rootescrow.codes import encode_envelope_codes
from rootescrow.errors import RuleError
from rootescrow.keys import certificate_der
from rootescrow.paper.reading import read_source
from rootescrow.register import folder
from rootescrow.register.record import Record, sha256
from rootescrow.shamir import Share
from tests.cups import PRINTER, Cups, scheduler

from .support import Block, blocks
from .terminal import TYPED, Session, Type
from .test_recovery import BY_HAND

SCAN_DPI = 200
WITH_CODE = slice(1, 3)
"""Pages of a sheet whose envelope is one code: neither the cover nor the lines to type."""
QUORUM = ("Board/2", "Board/4", "Board/5", "Arbitration/1", "Arbitration/3")
PAGES = ("README.md", "docs/ceremony.md", "docs/recovery.md")
CA_CONFIG = """
[ca]
default_ca = example
[example]
database = index.txt
crlnumber = crlnumber
default_md = sha384
default_crl_days = 30
"""
_CHANGING = (
    (r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", "CHECK"),
    (r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", "ID"),
    (r"\b[0-9a-f]{64}\b", "HASH"),
)
"""What is new in every escrow."""


def scan(sheets: list[Path], to: Path, *, face_up: bool = False, whole: int | None = None) -> None:
    """One PDF with a picture of each page of these sheets, the last page of each first unless they lie face up.

    Of the sheets after the first `whole`, if that is given, only the pages that have a code.
    """
    pages = []
    for number, sheet in enumerate(sheets):
        with pypdfium2.PdfDocument(sheet) as pdf:
            chosen = list(pdf) if whole is None or number < whole else list(pdf)[WITH_CODE]
            pages += [
                page.render(scale=SCAN_DPI / 72, grayscale=True).to_pil() for page in chosen[:: 1 if face_up else -1]
            ]
    pages[0].save(to, save_all=True, append_images=pages[1:], resolution=SCAN_DPI)


@pytest.fixture(scope="module")
def printing(program: Callable[[str], str]) -> Iterator[Cups]:
    """A CUPS of its own, whose printer keeps its paper."""
    with scheduler(program) as cups:
        yield cups


@dataclass(frozen=True)
class Printed:
    """A page of documentation whose commands were typed, from the key to the end, and the papers they made."""

    where: Path
    record: Record
    before: Session
    after: Session


def type_and_print(
    page: list[Block], where: Path, at_terminal: Type, cups: Cups, *, whole: int | None = None
) -> Printed:
    """Type the commands of a page, print on a real queue, scan what came out, and answer from it.

    The scan of all is `scan.pdf`, with this many `whole` sheets, that of enough sheets `quorum.pdf`, that of Board/2
    `sheet.pdf`.
    """
    commands = [typed(block) for block in page if block.kind == "sh"]
    first_scan = next(number for number, command in enumerate(commands) if "scan.pdf" in command)
    with cups.queue():
        around = {name: value for name, value in cups.environment.items() if name.startswith("CUPS")}
        before = at_terminal(commands[:first_scan], where, {r"\(yes, (?:later|again), stop\):": "yes"}, around)
        assert before.status == 0, before.shown
        papers = cups.papers
        record = folder.load(where / "escrow-1" / folder.ESCROW).record
        said = {sha256(text.encode()): text.split() for text in words(papers)}
        page_of = {sheet.name: said[sheet.words_sha256] for sheet in record.sheets}
        of = dict(zip(page_of, papers, strict=True))
        scan(papers, where / "scan.pdf", whole=whole)
        scan([of[name] for name in QUORUM], where / "quorum.pdf")
        scan([of["Board/2"]], where / "sheet.pdf", face_up=True)

        def read_aloud(question: re.Match[str]) -> str:
            return page_of[question[1]][int(question[2]) - 1]

        after = at_terminal(
            commands[first_scan:], where, {rf"({'|'.join(page_of)}): word (\d+) on the page>": read_aloud}
        )
    assert after.status == 0, after.shown
    return Printed(where, record, before, after)


def typed(block: Block) -> str:
    """A block as it is typed here."""
    match block.name:
        case "host":
            return f"{block.text.strip()} || test $? -eq {RuleError.exit_status}"
        case "printer":
            return block.text.replace("NAME", PRINTER)
        case _:
            return block.text


def quorum(escrow: Path) -> list[Path]:
    """The files of some sheets that suffice."""
    files = sorted((escrow / folder.SECRET).iterdir())
    found = [file for file in files if re.search(r"(Board-[245]|Arbitration-[13])\.pdf$", file.name)]
    assert len(found) == 5
    return found


def words(sheets: list[Path]) -> Iterator[str]:
    """The words that are on the share pages of these sheets."""
    for sheet in sheets:
        with sheet.open("rb") as stream:
            texts = {text for page in read_source(stream, sheet.name) for text in page.texts}
        yield from (text for text in texts if text.islower())


def shown_alike(shown: str) -> str:
    """What was shown, with what is new in every escrow put the same, without progress bars and empty lines."""
    # openssl may switch off the echo only when the answer is already there.
    shown = re.sub(r"\r\x1b\[K[^\r\n]*(?=\r)", "", shown).replace("\r\x1b[K", "").replace(TYPED, "")
    # What is said of the machine is another thing on each.
    shown = re.sub(rf"{re.escape(HEADING)}\n(?:  .*\n)+", "", shown)
    for pattern, name in _CHANGING:
        shown = re.sub(pattern, name, shown)
    return "\n".join(line.rstrip() for line in shown.splitlines() if line.strip())


def compare(page: list[Block], session: Session) -> int:
    """Compare what was shown with the page's blocks of output; how many there were."""
    kinds = [block for block in page if block.kind in ("sh", "output")]
    shown = iter(session.shown)
    current, outputs = "", 0
    for block in kinds:
        if block.kind == "sh":
            current = next(shown)
        else:
            outputs += 1
            assert shown_alike(current) == shown_alike(block.text)
    assert next(shown, None) is None
    return outputs


@pytest.mark.parametrize("name", PAGES)
def test_every_block_is_of_a_known_kind(repo_root: Path, name: str) -> None:
    assert {block.kind for block in blocks(repo_root / name)} <= {"sh", "output", "text", "make", "python", "expect"}


def test_readme(at_terminal: Type, repo_root: Path, tmp_path: Path, printing: Cups) -> None:
    page = blocks(repo_root / "README.md")
    done = type_and_print(page, tmp_path, at_terminal, printing)
    shown = Session(done.before.shown + done.after.shown, 0)
    assert compare(page, shown) >= 5
    assert (
        folder.load_register(tmp_path / "escrow-1" / folder.ESCROW).state == "confirmed; exposed: the key was recovered"
    )
    assert {path.name for path in tmp_path.iterdir()} == {"root.key", "root.crt", "root.pub", "escrow-1", "papers"}
    assert [path.name for path in (tmp_path / "escrow-1").iterdir()] == [folder.ESCROW]
    assert [path.name for path in (tmp_path / "papers").iterdir()] == [f"{done.record.escrow_id}-audit.pdf"]


def test_the_make_targets_exist(repo_root: Path) -> None:
    makefile = (repo_root / "Makefile").read_text()
    text = (repo_root / "README.md").read_text("utf-8")
    named = set(re.findall(r"^make (\w+)", text, re.MULTILINE)) | set(re.findall(r"`make (\w+)", text))
    assert {"demo", "test"} < named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_library_in_five_lines(repo_root: Path, split_once: Path) -> None:
    (block,) = (block for block in blocks(repo_root / "README.md") if block.kind == "python")
    assert rootescrow.__doc__ is not None
    assert textwrap.indent(block.text, "    ") in rootescrow.__doc__
    names: dict[str, object] = {name: getattr(rootescrow, name) for name in rootescrow.__all__}
    pem = (split_once / "root.key").read_bytes()

    class Typed:
        """What comes back from paper, which is known only when the escrow is there."""

        def __iter__(self) -> Iterator[str]:
            escrow = names["escrow"]
            assert isinstance(escrow, rootescrow.Escrow)
            board, arbitration = escrow.shares
            chosen: tuple[Share, ...] = (board[4], arbitration[2], board[0], board[1], arbitration[0])
            yield from (share.text for share in chosen)
            yield from encode_envelope_codes(escrow.id, escrow.envelope.der)

    names |= {"pem": pem, "passphrase": TYPED, "scanned_or_typed": Typed()}
    exec(block.text, names)  # noqa: S102 - the five lines of our own README
    encrypted, pile = names["encrypted"], names["pile"]
    assert isinstance(encrypted, EncryptedKey)
    assert isinstance(pile, Pile)
    assert bytes(encrypted.decrypt(TYPED).pkcs8.reveal()) == bytes(PrivateKey.load(pem).pkcs8.reveal())


@pytest.mark.long
def test_ceremony(at_terminal: Type, repo_root: Path, split_once: Path, tmp_path: Path, printing: Cups) -> None:
    for name in ("root.key", "root.crt"):
        (tmp_path / name).write_bytes((split_once / name).read_bytes())
    page = blocks(repo_root / "docs" / "ceremony.md")
    done = type_and_print(page, tmp_path, at_terminal, printing, whole=1)
    record = done.record
    assert folder.load(tmp_path / "rehearsal" / folder.ESCROW).record.rehearsal
    assert [sheet.person for sheet in record.sheets[:5]] == [
        f"{name} Example" for name in ("Ada", "Bo", "Cy", "Di", "Eva")
    ]
    certificate = (tmp_path / "escrow-1" / folder.ESCROW / folder.CERTIFICATE_FILE).read_bytes()
    assert record.key.certificate_sha256 == hashlib.sha256(certificate_der(certificate)).hexdigest()
    *_, split, fingerprint, printed = done.before.shown
    assert record.key.spki_sha256 is not None
    assert record.key.spki_sha256 in split
    assert record.key.spki_sha256 in fingerprint
    assert record.check_code in split
    assert "All sheets are printed, and their files are wiped." in printed
    confirmed, recovered = done.after.shown[:2]
    assert all(f"{sheet.name}: confirmed, by scan" in confirmed for sheet in record.sheets)
    assert f"Escrow {record.escrow_id}: confirmed\n8 of 8 sheets are confirmed\n" in confirmed
    assert "it is the key of the certificate." in recovered
    register = folder.load_register(tmp_path / "escrow-1" / folder.ESCROW)
    events = [line.event.kind for line in register.journal.lines]
    assert events == ["made", *["printed"] * 8, *["confirmed"] * 8, "note"]
    names = {f"{record.escrow_id}-{name}.pdf" for name in ("audit", "call-list")}
    assert {path.name for path in (tmp_path / "papers").iterdir()} == names
    assert {path.name for path in tmp_path.iterdir()} == {
        *("root.key", "root.crt", "rehearsal", "escrow-1", "papers", "quorum.pdf", "sheet.pdf"),
    }
    assert [path.name for path in (tmp_path / "escrow-1").iterdir()] == [folder.ESCROW]


@pytest.mark.long
def test_recovery_with_rootescrow(at_terminal: Type, repo_root: Path, split_once: Path, tmp_path: Path) -> None:
    page = blocks(repo_root / "docs" / "recovery.md", before=BY_HAND)
    sheets = quorum(split_once / "escrow-1")
    scan(sheets, tmp_path / "scans.pdf", whole=1)
    (tmp_path / "typed.txt").write_text("\n\n".join(words(sheets)).upper())
    shutil.copytree(split_once / "escrow-1" / folder.ESCROW, tmp_path / "escrow")
    (tmp_path / "root.crt").symlink_to(split_once / "root.crt")
    (tmp_path / "ca.cnf").write_text(CA_CONFIG)
    (tmp_path / "index.txt").touch()
    (tmp_path / "crlnumber").write_text("01\n")
    (tmp_path / "recover.py").write_bytes((Path(rootescrow.__file__).parent / "standalone" / "recover.py").read_bytes())
    commands = [block.text for block in page if block.kind == "sh"]
    sheet = words(sheets)
    session = at_terminal(commands, tmp_path, {r"[0-9]+ words> ": lambda _: next(sheet)})
    assert session.status == 0, session.shown
    assert next(sheet, None) is None
    shown = dict(zip(commands, session.shown, strict=True))
    alone = [output for command, output in shown.items() if "recover.py" in command]
    assert len(alone) == 2
    assert all("opens the key" in output and "NOT DONE" not in output for output in alone)
    record = folder.load(tmp_path / "escrow").record
    assert record.key.spki_sha256 is not None
    (code,) = (output for command, output in shown.items() if "record.json" in command)
    assert code.strip() == record.check_code.replace("-", "")
    (inspected,) = (output for command, output in shown.items() if "rootescrow inspect" in command)
    assert "Together: Board: complete; Arbitration: complete; envelope: complete" in inspected
    proofs = [output for command, output in shown.items() if "sha256sum" in command]
    assert len(proofs) == 2
    assert all(record.key.spki_sha256 in proof for proof in proofs)
    recovered = [(tmp_path / name).read_bytes() for name in ("root.p8.pem", "typed.p8.pem", "key.pem", "typed.pem")]
    assert len(set(recovered)) == 1
    (dates,) = (output for command, output in shown.items() if "openssl crl" in command)
    assert "nextUpdate=" in dates
    assert not list(tmp_path.glob("*fd*"))

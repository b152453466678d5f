"""A root ceremony from its plan to the proof, with the commands that people type and what they do in between.

    python examples/root_ceremony.py FOLDER [--printer NAME --tray DIR]

makes the new folder FOLDER, with a throw-away root, by the plan `examples/plans/root.toml`: any 3 of 5 Board sheets and
any 2 of 3 Arbitration sheets, a generated passphrase of which any 2 of 3 sheets suffice, and the envelope apart from
them on two media. It needs openssl 3. What takes hands is played: pictures of the pages stand for scanning, and whoever
is asked for a word of a sheet reads it from the page. With a queue of CUPS that prints PDF into the folder DIR, all is
printed by it, and what comes out there is what is scanned; without one, printing is played too. Remove FOLDER
afterwards, and what is in DIR.
"""

import argparse
import datetime
import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2

PLAN = Path(__file__).parent / "plans" / "root.toml"
REASON = "an example with a throw-away root"
CASE = "a20261123.1"
PRESENT = "Olga Example, Otto Example, Wanda Example"
BOARD_AND_ARBITRATION = ("Board/2", "Board/3", "Board/5", "Arbitration/1", "Arbitration/3")
KEEPERS = ("Passphrase/1", "Passphrase/3")
SCAN_DPI = 200
CA_CONFIG = """[ca]
default_ca = example
[example]
database = index.txt
crlnumber = crlnumber
default_md = sha384
default_crl_days = 30
"""
SIGNING = ("ca.cnf", "index.txt", "crlnumber")
PRINT_SECONDS = 60.0
"""Until an envelope has left the queue."""
_TITLE = re.compile(r"(?:SECRET|PASSPHRASE) · (\S+/\d+)")
_PRINT_QUESTION = re.compile(r"\((?:yes, later|yes, again), stop\):\s*$")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_ERASED = re.compile(r".*\x1b\[[0-9]*J")


class Ceremony:
    """The table in one folder: what is typed there, shown before it runs, and what comes of it."""

    def __init__(self, folder: Path, printer: str = "", tray: Path | None = None) -> None:
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.printer = printer
        self.tray = tray or folder / "tray"
        self.papers: dict[str, Path] = {}
        self.envelopes: list[Path] = []
        self.plan = folder / "root.toml"
        self.accepted: list[str] = []

    def run(self) -> None:
        """All of it, in its order."""
        self.before_the_day()
        self.look_at_the_machine()
        self.rehearse()
        self.split()
        self.print()
        self.confirm()
        self.recover()
        self.keep()
        self.report()
        self.destroy()

    # The steps.

    def before_the_day(self) -> None:
        tell("1. Weeks before: the plan. The Board's motion quotes its SHA-256; the script is the paper for the table.")
        today = datetime.date.today()
        text = PLAN.read_text("utf-8")
        for there, wanted in (("2026-11-23", 0), ("2026-11-01", -22), ("2027-11-20", 360)):
            text = text.replace(there, (today + datetime.timedelta(days=wanted)).isoformat())
        self.plan.write_text(text, "utf-8")
        self.rootescrow("plan", "check", "root.toml")
        self.rootescrow("script", "root.toml", "--out", "papers")

    def look_at_the_machine(self) -> None:
        tell("2. On the day: the machine. This one is no ceremony's, so what is refused is accepted with a reason.")
        found = json.loads(self.type("rootescrow", "preflight", "--json", shown=False, may_fail=True))
        refused = [check["id"] for check in found["checks"] if check["verdict"] == "fail"]
        self.accepted = [word for name in refused for word in ("--accept", f"{name}={REASON}")]
        self.rootescrow("preflight", *self.accepted)

    def rehearse(self) -> None:
        tell("3. The rehearsal: the same plan, a throw-away key, REHEARSAL on every page.")
        self.rootescrow("split", "--rehearse", "--plan", "root.toml", "--out", "rehearsal")

    def split(self) -> None:
        tell("4. The root: made by openssl, split by the plan. Its passphrase is generated, and nobody sees it.")
        self.type(
            "openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096", "-out", "root.key"
        )
        subject = ("-subj", "/CN=Example Root CA (throw-away)", "-days", "3650")
        self.type("openssl", "req", "-new", "-x509", "-key", "root.key", *subject, "-out", "root.crt")
        options = ("--certificate", "root.crt", "--plan", "root.toml", "--out", "escrow-1", *self.accepted)
        self.rootescrow("split", "root.key", *options)

    def print(self) -> None:
        tell(
            "5. Printing: one sheet a job, only its holder at the printer; then its file is wiped. The envelope twice."
        )
        before = set(self.tray.glob("*.pdf"))
        if self.printer:
            self.at_terminal(
                ("rootescrow", "print", "escrow-1", "--printer", self.printer), _PRINT_QUESTION, lambda question: "yes"
            )
            self.lp("escrow-1/escrow/envelope.pdf")
        else:
            tell("   (There is no printer, so printing is played: the files of the sheets are taken for paper.)")
            self.tray.mkdir()
            for sheet in sorted(self.folder.glob("escrow-1/secret*/*.pdf")):
                sheet.rename(self.tray / sheet.name)
            for emptied in self.folder.glob("escrow-1/secret*"):
                emptied.rmdir()
            for place in ("archive", "datacentre"):
                shutil.copy(self.folder / "escrow-1/escrow/envelope.pdf", self.tray / f"envelope-{place}.pdf")
        for paper in sorted(set(self.tray.glob("*.pdf")) - before, key=lambda paper: paper.stat().st_mtime_ns):
            if name := title(paper):
                self.papers[name] = paper
            else:
                self.envelopes.append(paper)
        tell(f"   Papers: {', '.join(sorted(self.papers))}, and the envelope.")

    def confirm(self) -> None:
        tell("6. Every sheet is read back from its paper, and confirmed: all of them, not a quorum.")
        self.scan([*self.papers.values(), *self.envelopes], "scan.pdf")
        pages = {name: printed_words(paper) for name, paper in self.papers.items()}
        asked = re.compile(rf"({'|'.join(pages)}): word (\d+) on the page>\s*$")

        def read_aloud(question: re.Match[str]) -> str:
            return pages[question[1]][int(question[2])]

        self.at_terminal(("rootescrow", "confirm", "escrow-1/escrow", "scan.pdf", "--by", PRESENT), asked, read_aloud)

    def recover(self) -> None:
        tell("7. Before anyone relies on it: a quorum recovers the key, the passphrase opens it, and it signs.")
        self.scan([self.papers[name] for name in BOARD_AND_ARBITRATION], "quorum.pdf")
        self.scan([self.papers[name] for name in KEEPERS], "keepers.pdf")
        # From paper and the envelope alone: with --escrow the journal would say from now on that the key is exposed.
        envelope = "escrow-1/escrow/envelope.cms"
        self.rootescrow("recover", "quorum.pdf", envelope, "--case", CASE, "--out", "root.p8.pem")
        self.rootescrow("passphrase", "recover", "keepers.pdf", "--out", "passphrase")
        self.write_config()
        key = ("-keyfile", "root.p8.pem", "-passin", "file:passphrase", "-cert", "root.crt")
        self.type("openssl", "ca", "-gencrl", "-config", "ca.cnf", *key, "-out", "root.crl")
        self.type("openssl", "crl", "-in", "root.crl", "-noout", "-CAfile", "root.crt", "-lastupdate", "-nextupdate")

    def keep(self) -> None:
        tell("8. The record is signed and, without what is confidential, published; two media get all but the sheets.")
        self.rootescrow("record", "show", "escrow-1/escrow", "--out", "papers")
        self.rootescrow("record", "publish", "escrow-1/escrow", "--out", "papers/record-published.json")
        self.rootescrow("journal", "note", "escrow-1/escrow", f"The record was signed by {PRESENT}.")
        include = [word for name in SIGNING for word in ("--include", name)]
        for medium, label in (("medium-1", "USB stick 1"), ("medium-2", "USB stick 2")):
            (self.folder / medium).mkdir()
            self.rootescrow("kit", "escrow-1/escrow", medium, "--medium", label, *include)
            self.rootescrow("kit", "escrow-1/escrow", medium, "--check")

    def report(self) -> None:
        tell(
            "9. For the secretary, what holds today and the list to call on the worst day; for the auditor, the proof."
        )
        self.rootescrow("status", "escrow-1/escrow", "--out", "papers")
        self.rootescrow("audit", "escrow-1/escrow", "--out", "papers")
        self.rootescrow("journal", "check", "escrow-1/escrow")

    def destroy(self) -> None:
        tell("Done. The papers go into their bags, and everything that is secret here is destroyed.")
        for secret in self.folder.glob("rehearsal/secret*"):
            shutil.rmtree(secret)
        for name in ("root.key", "root.p8.pem", "passphrase", "scan.pdf", "quorum.pdf", "keepers.pdf"):
            (self.folder / name).unlink()
        for paper in (*self.papers.values(), *self.envelopes):
            paper.unlink()

    # What people do.

    def write_config(self) -> None:
        """What whoever runs the CA has brought: a configuration of openssl ca, its database, the next CRL's number."""
        for name, text in zip(SIGNING, (CA_CONFIG, "", "01\n"), strict=True):
            (self.folder / name).write_text(text)

    def lp(self, file: str) -> None:
        """Print two of what is no sheet, and so goes to `lp` itself, and wait until they are out."""
        options = ("-o", "media=A4", "-o", "sides=one-sided", "-o", "print-scaling=none")
        self.type("lp", "-d", self.printer, "-n", "2", *options, file)
        until = time.monotonic() + PRINT_SECONDS
        while self.type("lpstat", "-W", "not-completed", "-o", self.printer, shown=False):
            if time.monotonic() > until:
                sys.exit(f"{file} is still in the queue")
            time.sleep(0.5)

    def scan(self, papers: list[Path], to: str) -> None:
        """Lay these papers on a scanner: a picture of each page."""
        tell(f"   (Scanned into {to}: {len(papers)} papers.)")
        pages = []
        for paper in papers:
            document = pypdfium2.PdfDocument(paper)
            pages += [page.render(scale=SCAN_DPI / 72, grayscale=True).to_pil() for page in document]
            document.close()
        pages[0].save(self.folder / to, save_all=True, append_images=pages[1:], resolution=SCAN_DPI)

    def rootescrow(self, *words: str) -> None:
        """Type a command of ours; what it says."""
        self.type("rootescrow", *words)

    def type(self, *words: str, shown: bool = True, may_fail: bool = False) -> str:
        """Type a command, and wait for it; its output. Ends everything if it fails."""
        tell(f"   $ {shlex.join(words)}")
        done = subprocess.run(
            program(words), cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode and not may_fail:
            sys.exit(f"{done.stderr}\nstatus {done.returncode}: {shlex.join(words)}")
        if shown:
            for line in (done.stderr + done.stdout).splitlines():
                tell(f"     {line}")
        return done.stdout

    def at_terminal(
        self, words: tuple[str, ...], asked: re.Pattern[str], answer: Callable[[re.Match[str]], str]
    ) -> None:
        """Type a command that asks, at a terminal of its own, and answer. What is erased there is not told here."""
        tell(f"   $ {shlex.join(words)}")
        terminal, other_end = pty.openpty()
        shown, answered = "", 0
        with subprocess.Popen(
            program(words),
            cwd=self.folder,
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            env={**os.environ, "TERM": "dumb"},
            start_new_session=True,
        ) as process:
            os.close(other_end)
            while some := read(terminal):
                shown += some.decode(errors="replace")
                if question := asked.search(_CONTROL.sub("", shown[answered:])):
                    answered = len(shown)
                    os.write(terminal, answer(question).encode() + b"\r")
        os.close(terminal)
        for line in shown.splitlines():
            tell(f"     {_CONTROL.sub('', _ERASED.sub('', line))}")
        if process.returncode:
            sys.exit(f"status {process.returncode}: {shlex.join(words)}")


def read(terminal: int) -> bytes:
    """What a terminal shows next; nothing at the end."""
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other end was closed
        return b""


def program(words: tuple[str, ...]) -> list[str]:
    """The command as it is started: ours by this interpreter, so that it is this version."""
    return [sys.executable, "-m", *words] if words[0] == "rootescrow" else [*words]


def title(paper: Path) -> str:
    """What the page of a sheet is called, "Board/2"; of what is no sheet, nothing."""
    document = pypdfium2.PdfDocument(paper)
    found = _TITLE.search(page_text(document, 1))
    document.close()
    return found[1] if found else ""


def printed_words(paper: Path) -> dict[int, str]:
    """The words on the page by their numbers, as they are printed: not what its code says."""
    document = pypdfium2.PdfDocument(paper)
    text = page_text(document, 1)
    document.close()
    words = {int(number): word for number, word in re.findall(r"^(\d{1,2})\s+([a-z]{4,8})\s*$", text, re.MULTILINE)}
    if sorted(words) != list(range(1, 34)):
        sys.exit(f"{paper.name}: {len(words)} words were found on its page")
    return words


def page_text(document: pypdfium2.PdfDocument, page: int) -> str:
    """The text of a page, from 0."""
    return str(document[page].get_textpage().get_text_bounded())


def tell(text: str) -> None:
    """Say what happens."""
    print(text, flush=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Play a root ceremony with a throw-away root.")
    arguments.add_argument("folder", type=Path, help="a new folder for all that is made")
    arguments.add_argument("--printer", default="", help="a queue of CUPS that prints PDF into a folder")
    arguments.add_argument("--tray", type=Path, help="that folder")
    given = arguments.parse_args()
    if bool(given.printer) != bool(given.tray):
        arguments.error("--printer and --tray belong together")
    Ceremony(given.folder, given.printer, given.tray).run()

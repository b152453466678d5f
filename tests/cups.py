"""A real CUPS, of one test module alone: its scheduler, its filter for PDF, and a printer that keeps its paper.

The printer is a script in the place of CUPS's own for USB: what comes out of it is a file. The scheduler listens at a
socket in a folder of its own, and at no port.
"""

from __future__ import annotations

import contextlib
import grp
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rootescrow.ceremony.spooler import Spooler
from tests.conftest import missing

PRINTER = "Cable"
SHARED_UMASK = 0o022
PATIENCE = 20.0
"""Seconds until a scheduler that starts, or a job that begins, is taken to hang."""

CONFIGURATION = """
Listen {root}/socket
LogLevel debug
Browsing No
WebInterface No
DefaultAuthType None
{keeping}
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
FILES = """
ServerRoot {root}/etc
ServerBin {root}/bin
RequestRoot {root}/spool
TempDir {root}/spool/tmp
CacheDir {root}/cache
StateDir {root}/state
AccessLog {root}/log/access
ErrorLog {root}/log/error
PageLog {root}/log/page
Printcap {root}/state/printcap
SystemGroup {group}
"""
BACKEND = """#!/bin/sh
[ $# -eq 0 ] && exit 0
printf '%s\\n' "$3" "$5" > "{root}/paper/job-$1"
cat > "{root}/paper/$1.pdf.part"
case "$(cat "{root}/does")" in
prints) mv "{root}/paper/$1.pdf.part" "{root}/paper/$1.pdf" ;;
jams) echo "STATE: +media-jam-error" >&2; echo "INFO: paper jam" >&2; sleep 600 ;;
fails) echo "ERROR: no such printer" >&2; exit 1 ;;
stops) exit 4 ;;
holds) exit 3 ;;
cancels) exit 5 ;;
esac
"""
"""What CUPS starts for a job: number, user, title, copies and options are its arguments, and its status says what is to
become of job and queue (backend(7))."""
DESCRIPTION = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "CABLE.PPD"
*Manufacturer: "Test"
*Product: "(Test)"
*ModelName: "Test"
*ShortNickName: "Test"
*NickName: "Test"
*PSVersion: "(3010.000) 0"
*LanguageLevel: "3"
*ColorDevice: False
*DefaultColorSpace: Gray
*FileSystem: False
*cupsFilter2: "application/vnd.cups-pdf application/pdf 0 -"
*OpenUI *PageSize: PickOne
*DefaultPageSize: Letter
*PageSize A4: ""
*PageSize Letter: ""
*CloseUI: *PageSize
*OpenUI *PageRegion: PickOne
*DefaultPageRegion: Letter
*PageRegion A4: ""
*PageRegion Letter: ""
*CloseUI: *PageRegion
*DefaultImageableArea: Letter
*ImageableArea A4: "12 12 583 830"
*ImageableArea Letter: "12 12 600 780"
*DefaultPaperDimension: Letter
*PaperDimension A4: "595 842"
*PaperDimension Letter: "612 792"
*OpenUI *Duplex: PickOne
*DefaultDuplex: DuplexNoTumble
*Duplex None: ""
*Duplex DuplexNoTumble: ""
*CloseUI: *Duplex
"""
"""A printer for PDF whose defaults are wrong for us: Letter, and on both sides."""


@dataclass(frozen=True)
class Cups:
    """A scheduler that runs, and its printer."""

    root: Path
    process: subprocess.Popen[bytes]

    def admin(self, program: str, *arguments: str) -> None:
        """Run a program of CUPS's administration."""
        subprocess.run([program, *arguments], env=self.environment, check=True, capture_output=True, timeout=60)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CUPS_SERVER": str(self.root / "socket"),
            "CUPS_SERVERROOT": str(self.root / "etc"),
            "PATH": os.environ["PATH"],
            "HOME": os.devnull,
        }

    @property
    def spooler(self) -> Spooler:
        return replace(Spooler.of(self.environment), cancel_seconds=5)

    def does(self, what: str) -> None:
        """What the printer will do with its next job."""
        (self.root / "does").write_text(what)

    def configure(self, keeping: str, *, in_force: bool = True) -> None:
        """What the scheduler is to keep."""
        (self.root / "etc" / "cupsd.conf").write_text(CONFIGURATION.format(root=self.root, keeping=keeping))
        if in_force:
            self.process.send_signal(signal.SIGHUP)
            time.sleep(0.2)  # until it has seen the signal; until then it answers as before
            self.wait()

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + PATIENCE
        command = ["lpstat", "-r"]
        while (
            b"is running" not in subprocess.run(command, env=self.environment, capture_output=True, check=False).stdout
        ):
            assert self.process.poll() is None, (self.root / "log" / "error").read_text()[-2000:]
            assert time.monotonic() < until, "the scheduler does not answer"
            time.sleep(0.05)

    @property
    def tray(self) -> Path:
        """Where paper comes out."""
        return self.root / "paper"

    @property
    def papers(self) -> list[Path]:
        """What came out, the first first."""
        return sorted(self.tray.glob("*.pdf"), key=lambda path: int(path.stem))

    @property
    def jobs(self) -> list[tuple[str, str]]:
        """Title and options of each job, as the printer's program got them."""
        files = sorted(self.tray.glob("job-*"), key=lambda path: int(path.name[4:]))
        return [(lines[0], lines[1]) for lines in (file.read_text().splitlines() for file in files)]

    @property
    def spooled(self) -> list[str]:
        """The documents that are still in the spool."""
        return [path.name for path in (self.root / "spool").glob("d*")]

    @contextlib.contextmanager
    def queue(self) -> Iterator[None]:
        """One empty queue, to a printer that works, and nothing kept."""
        self.wait()
        self.configure("PreserveJobFiles No")
        self.does("prints")
        for paper in self.tray.iterdir():
            paper.unlink()
        self.admin(
            *("lpadmin", "-p", PRINTER, "-v", "usb://Test/Cable", "-P", str(self.root / "cable.ppd"), "-E"),
            *("-o", "printer-error-policy=retry-job"),
        )
        try:
            yield
        finally:
            self.admin("lpadmin", "-x", PRINTER)


@contextlib.contextmanager
def scheduler(program: Callable[[str], str]) -> Iterator[Cups]:
    """CUPS as it is installed, run on its own."""
    cupsd, _ = program("cupsd"), [program(name) for name in ("lp", "lpstat", "cancel", "lpadmin", "cupsenable")]
    installed = Path("/usr/lib/cups")
    if not (installed / "filter" / "pdftopdf").exists():
        missing("the filter pdftopdf of cups-filters")
    # A socket's path has at most 107 letters, and pytest's folders have long names.
    root = Path(tempfile.mkdtemp(prefix="cups", dir=open_to_all()))
    try:
        lay_out(root, installed)
        command = [cupsd, "-f", "-c", f"{root}/etc/cupsd.conf", "-s", f"{root}/etc/cups-files.conf"]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, umask=SHARED_UMASK
        ) as process:
            try:
                yield Cups(root, process)
            finally:
                process.terminate()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def open_to_all() -> str:
    """A folder for what passes, which every user may enter: filters run as another one, if the scheduler is root."""
    for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - a folder of its own is made there
        way = Path(folder).resolve()
        if os.geteuid() != 0 or all(path.stat().st_mode & 0o001 for path in (way, *way.parents)):
            return str(way)
    raise AssertionError("no folder for temporary files can be entered by the user that filters run as")


def lay_out(root: Path, installed: Path) -> None:
    """The scheduler's folders and files, which its filters may read whatever the umask of this process is."""
    umask = os.umask(SHARED_UMASK)
    try:
        root.chmod(0o711)
        for name in ("etc/ppd", "spool/tmp", "cache", "state", "log", "paper", "bin/backend"):
            (root / name).mkdir(parents=True)
        for folder in ("filter", "daemon", "notifier"):
            (root / "bin" / folder).symlink_to(installed / folder)
        for scheme in ("usb", "socket"):
            backend = root / "bin" / "backend" / scheme
            backend.write_text(BACKEND.format(root=root))
            backend.chmod(0o700)  # as nobody but its owner may run it, the scheduler runs it as itself
        (root / "cable.ppd").write_text(DESCRIPTION)
        group = grp.getgrgid(os.getegid()).gr_name
        (root / "etc" / "cups-files.conf").write_text(FILES.format(root=root, group=group))
        (root / "etc" / "cupsd.conf").write_text(CONFIGURATION.format(root=root, keeping="PreserveJobFiles No"))
    finally:
        os.umask(umask)

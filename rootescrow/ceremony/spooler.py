"""The CUPS of this machine, through its own programs: `lpstat` tells, `lp` prints, `cancel` takes back.

They are run with an environment of our own, so that neither a variable nor a file of defaults sends a sheet elsewhere
or prints it two to a page, and in the C locale, whose words are read here. Tried with CUPS 2.4.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

from rootescrow.ceremony import cups
from rootescrow.ceremony.cups import Queue, Reach
from rootescrow.ceremony.machine import Machine
from rootescrow.errors import FileError, MalformedError, PaperError, RuleError, UsageError

PROGRAM_SECONDS = 30.0
"""For one answer of CUPS. It takes milliseconds; a machine that just woke up gets time to start it."""
CANCEL_SECONDS = 15.0
"""Until a cancelled job is gone: a filter or a driver may need some seconds to stop."""
POLL_SECONDS = 0.5
MAX_OUTPUT_BYTES = 1 << 20
"""Of what a program says: a line or four for each queue and each job."""

_SOCKETS = ("/run/cups/cups.sock", "/var/run/cups/cups.sock", "/private/var/run/cupsd")
"""Where CUPS listens on Linux, on older ones, and on a Mac."""
_SPOOL = "/var/spool/cups"
_OPTIONS = (
    *("sides=one-sided", "number-up=1", "print-scaling=none", "fit-to-page=false"),
    # Neither a page with the user's name before it, nor printed when nobody stands there any more.
    *("job-sheets=none,none", "job-hold-until=no-hold"),
)
_HELD = ("job-hold-until", "job-held", "cups-held")
_STOPPED = ("printer-stopped", "job-stopped", "job-completed-with-errors", "aborted")
"""How the alerts of a job begin that will not be printed by waiting."""
_SHOWN_CHARS = 200


class Outcome(StrEnum):
    """How a job left its queue, if not by a failure."""

    PRINTED = "printed"
    UNKNOWN = "gone, and CUPS keeps no history that tells how"


@dataclass(frozen=True)
class Job:
    """A job that is in a queue: its name such as "Office-12", what the printer says, and CUPS's alerts."""

    name: str
    status: str = ""
    alerts: tuple[str, ...] = ()

    @property
    def trouble(self) -> str:
        """Why waiting will not help; empty if it may."""
        if any(alert.startswith(_HELD) for alert in self.alerts):
            return "the job is held"
        if any(alert.startswith(_STOPPED) for alert in self.alerts):
            return "the printer or the job was stopped"
        return ""


@dataclass(frozen=True)
class Spooler:
    """CUPS at its socket; `configuration` is the folder of cupsd.conf, `path` where the programs are looked for."""

    socket: Path = Path(_SOCKETS[0])
    configuration: Path = Path("/etc/cups")
    path: str = os.defpath
    program_seconds: float = PROGRAM_SECONDS
    cancel_seconds: float = CANCEL_SECONDS
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """The one that CUPS's own variables name, or the usual one. Raises RuleError if it is on another machine."""
        server = environ.get("CUPS_SERVER", "")
        if server and not server.startswith("/"):
            raise RuleError(
                "CUPS_SERVER names another machine: what is printed would leave this one (AU-1)",
                "Clear it: unset CUPS_SERVER",
            )
        usual = next((socket for socket in _SOCKETS if os.path.exists(socket)), _SOCKETS[0])
        return cls(
            Path(server or usual),
            Path(environ.get("CUPS_SERVERROOT") or "/etc/cups"),
            environ.get("PATH", os.defpath),
        )

    @property
    def spool(self) -> Path:
        """The folder in which CUPS keeps a document until it is printed, cups-files.conf(5)."""
        try:
            text = self._file("cups-files.conf")
        except RuleError:  # not for everybody to read
            text = ""
        found = re.findall(r"^\s*RequestRoot\s+(/.*?)\s*$", text, re.MULTILINE | re.IGNORECASE)
        return Path(found[-1] if found else _SPOOL)

    def queues(self) -> tuple[Queue, ...]:
        """The queues, as CUPS tells them now. Raises PaperError, MalformedError, UsageError."""
        status, out, err = self._run("lpstat", "-v")
        if status and "no destinations" in err.lower():
            return ()
        self._succeeded(status, err)
        queues = []
        for line in out.splitlines():
            found = re.fullmatch(r"device for (\S+): (.*)", line)
            if found is None:
                raise _garbled("lpstat -v")
            # lpstat leaves the scheme of a file away.
            uri = found[2] if not found[2].startswith("/") else f"file:{found[2]}"
            queues.append(cups.queue_at(found[1], uri))
        return tuple(queues)

    def jobs(self, queue: str) -> tuple[Job, ...]:
        """What is in a queue and not done. Raises PaperError, MalformedError, UsageError."""
        status, out, err = self._run("lpstat", "-l", "-W", "not-completed", "-o", queue)
        self._succeeded(status, err)
        jobs: list[Job] = []
        for line in out.splitlines():
            name = line.split()[0] if line.strip() else ""
            said, _, text = line.strip().partition(":")
            if not line.startswith("\t"):
                if not re.fullmatch(r"\S+-\d+", name):
                    raise _garbled("lpstat -o")
                jobs.append(Job(name))
            elif jobs and said == "Status":
                jobs[-1] = Job(jobs[-1].name, _shown(text.strip()), jobs[-1].alerts)
            elif jobs and said == "Alerts":
                jobs[-1] = Job(jobs[-1].name, jobs[-1].status, tuple(re.split(r"[ ,]+", text.strip())))
        return tuple(jobs)

    def check(self, name: str) -> Queue:
        """That a queue may print sheets: it prints here, keeps nothing, is not stopped, and nothing waits in it.

        Raises UsageError if there is no such queue, RuleError if it is remote or keeps jobs (AU-1), PaperError if it
        would not print now.
        """
        queues = {queue.name: queue for queue in self.queues()}
        if name not in queues:
            there = f"The queues are {', '.join(sorted(queues))}." if queues else "Set one up: lpadmin(8)."
            raise UsageError(f"there is no printer queue {_shown(name)}", there)
        queue = queues[name]
        if queue.reach is not Reach.LOCAL:
            remote = "prints elsewhere" if queue.reach is Reach.REMOTE else "prints where it is not known"
            raise RuleError(
                f"queue {name} ({queue.scheme}) {remote} (AU-1)", "Use a printer on a cable, and the queue for that."
            )
        if cups.parse_keeping(self._file("cupsd.conf")).files:
            raise RuleError(
                "CUPS keeps each document after it is printed (AU-1)",
                "As root: cupsctl PreserveJobFiles=No, and then restart CUPS: systemctl restart cups",
            )
        status, out, err = self._run("lpstat", "-p", name)
        self._succeeded(status, err)
        if out.startswith(f"printer {name} disabled"):
            raise PaperError(f"printer {name} is stopped", f"See why with lpstat -p {name}; then: cupsenable {name}")
        waiting = self.jobs(name)
        if waiting:
            raise PaperError(
                f"{waiting[0].name} is still in queue {name}: what else comes out of the printer is not known",
                f"Let it finish, or cancel it: cancel -x {waiting[0].name}",
            )
        return queue

    def print(
        self,
        queue: str,
        title: str,
        media: str,
        document: bytes,
        *,
        seconds: float,
        tell: Callable[[str], None] = lambda said: None,
    ) -> Outcome:
        """Print one document, and wait until its job has left the queue, at most `seconds`.

        The document goes to `lp` through standard input. `tell` is told what the printer says. The queue was empty
        before (`check`). Raises PaperError if the job is held, stopped, aborted, cancelled or not done in time, and
        RuleError if CUPS has kept the document after all. A job that failed, or was interrupted, is cancelled: it must
        not come out when nobody stands there.
        """
        try:
            job = self._send(queue, title, media, document)
            outcome = self._wait(queue, job, seconds, tell)
        except PaperError as error:
            raise PaperError(error.message, f"{self._withdraw(queue)} {error.hint}".strip()) from None
        except BaseException:
            tell(self._withdraw(queue))
            raise
        self._check_kept(job)
        return outcome

    def _send(self, queue: str, title: str, media: str, document: bytes) -> str:
        options = [word for option in (*_OPTIONS, f"media={media}") for word in ("-o", option)]
        status, out, err = self._run("lp", "-d", queue, "-t", title, "-n", "1", *options, document=document)
        found = re.match(r"request id is (\S+-\d+)\b", out)
        if status or found is None:
            raise PaperError(f"lp did not take the sheet: {_shown(err) or f'status {status}'}", "Mend that first.")
        return found[1]

    def _wait(self, queue: str, name: str, seconds: float, tell: Callable[[str], None]) -> Outcome:
        until = self.clock() + seconds
        said = ""
        while True:
            job = next((job for job in self.jobs(queue) if job.name == name), None)
            if job is None:
                return self._outcome(name)
            words = f" ({job.status})" if job.status else ""
            if job.trouble:
                raise PaperError(f"job {name} was not printed: {job.trouble}{words}", f"See lpstat -p {queue}.")
            if self.clock() >= until:
                raise PaperError(
                    f"job {name} is not done after {seconds:g} seconds{words}",
                    "Look at the printer's display, its paper and its cable. A slow one gets more time: --wait SECONDS",
                )
            if job.status and job.status != said:
                said = job.status
                tell(f"The printer says: {said}")
            self.sleep(POLL_SECONDS)

    def _outcome(self, name: str) -> Outcome:
        """How a job ended. lpstat does not tell; the refusal to cancel what is over does."""
        status, _, err = self._run("cancel", name)
        over = re.search(r"already (canceled|cancelled|aborted|completed)", err)
        if status and over is None and "not exist" in err:
            return Outcome.UNKNOWN
        if status and over is not None and over[1] == "completed":
            return Outcome.PRINTED
        if status and over is None:
            raise PaperError(f"nothing tells how job {name} ended: {_shown(err)}", "Look at what came out.")
        how = over[1] if over is not None else "canceled"
        raise PaperError(f"job {name} was {how} before it was done", "See why in CUPS's error_log.")

    def _withdraw(self, queue: str) -> str:
        """Cancel what is in the queue; what became of that. Nothing is raised: there is an error already."""
        stays = (
            f"It may still come out: switch the printer off, and see lpstat -o {queue}. As root: cancel -a -x {queue}."
        )
        try:
            until = self.clock() + self.cancel_seconds
            while jobs := self.jobs(queue):
                for job in jobs:
                    self._run("cancel", "-x", job.name)
                if self.clock() >= until:
                    return stays
                self.sleep(POLL_SECONDS)
        except (PaperError, MalformedError, UsageError):
            return stays
        return "The job is no longer in the queue."

    def _check_kept(self, job: str) -> None:
        """That the document left the spool, where that can be seen: the configuration may not be in force."""
        begin = f"d{int(job.rpartition('-')[2]):05}-"
        until = self.clock() + self.cancel_seconds
        while True:
            try:
                left = [name for name in os.listdir(self.spool) if name.startswith(begin)]
            except OSError:
                return  # only root may look
            if not left:
                return
            if self.clock() >= until:
                raise RuleError(
                    f"CUPS has kept the document: {self.spool / left[0]} (AU-1)",
                    "Destroy that file, restart CUPS so that PreserveJobFiles No is in force, shred what came out, and "
                    "run this again.",
                )
            self.sleep(POLL_SECONDS)

    def _file(self, name: str) -> str:
        """A file of the configuration. Raises RuleError if it cannot be read: then what it says is not known."""
        try:
            return Machine().text(str(self.configuration / name).lstrip("/")) or ""
        except (FileError, MalformedError) as error:
            raise RuleError(f"whether CUPS keeps documents is not known: {error.message}", error.hint) from None

    def _run(self, program: str, *arguments: str, document: bytes | None = None) -> tuple[int, str, str]:
        """Status, output and errors of a program. Raises UsageError if it is missing, PaperError if it hangs."""
        found = shutil.which(program, path=self.path)
        if found is None:
            raise UsageError(f"the program {program} is missing", "Install CUPS: apt install cups cups-client")
        environment = {
            "LC_ALL": "C",
            "CUPS_SERVER": str(self.socket),
            # Where no file can be: neither a user's defaults nor those of the system may change how a sheet is printed.
            "HOME": os.devnull,
            "CUPS_SERVERROOT": os.devnull,
        }
        try:
            done = subprocess.run(
                [os.path.abspath(found), *arguments],
                stdin=subprocess.DEVNULL if document is None else None,
                input=document,
                capture_output=True,
                env=environment,
                timeout=self.program_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PaperError(f"{program} did not answer", "Look whether CUPS runs: lpstat -r") from None
        except OSError as error:
            raise UsageError(f"{program} cannot be run: {error.strerror}", "Install CUPS again.") from None
        if len(done.stdout) > MAX_OUTPUT_BYTES or len(done.stderr) > MAX_OUTPUT_BYTES:
            raise PaperError(f"{program} says too much", "Look at the queues by hand.")
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def _succeeded(self, status: int, err: str) -> None:
        if status:
            raise PaperError(
                f"CUPS does not answer: {_shown(err) or f'status {status}'}", "Start it: systemctl start cups"
            )


def _garbled(program: str) -> MalformedError:
    return MalformedError(f"{program} says what is not understood", "Print by hand, as the guide to a ceremony says.")


def _shown(text: str) -> str:
    """What a program says, fit to be shown: one line, nothing that steers a terminal, not without end."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHOWN_CHARS else f"{line[:_SHOWN_CHARS]}…"

"""CUPS as its files tell it: which queues there are, whether they lead out of the machine, and what is kept of a job.

Nothing is asked of the scheduler: that would take a socket. Sources: cupsd.conf(5), printers.conf(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rootescrow.errors import MalformedError

CUPSD_CONF = "etc/cups/cupsd.conf"
PRINTERS_CONF = "etc/cups/printers.conf"

_NO = frozenset(["no", "off", "false", "disabled"])
_LOCAL = frozenset(["usb", "parallel", "serial", "hpfax", "file", "cups-pdf", "epsonusb", "gutenprint53+usb"])
_REMOTE = frozenset(["ipp", "ipps", "http", "https", "lpd", "socket", "smb", "dnssd", "mdns", "ipp14", "snmp"])
_LOOPBACK = frozenset(["localhost", "127.0.0.1", "[::1]"])


class Reach(StrEnum):
    """Where what is printed goes."""

    LOCAL = "local"
    REMOTE = "remote"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Queue:
    """A queue. Of its address there is only the scheme: the rest may hold a password."""

    name: str
    scheme: str
    reach: Reach


@dataclass(frozen=True)
class Keeping:
    """What is kept when a job is done: the document itself, and its title, user and time."""

    files: bool
    history: bool


def parse_keeping(text: str) -> Keeping:
    """What cupsd.conf says of it; without a word, documents are kept for a day and the history for ever.

    Raises MalformedError.
    """
    told = {}
    for section, name, value in _directives(text, CUPSD_CONF):
        if not section:
            told[name] = value.lower()
    files, history = (told.get(name, "yes") for name in ("preservejobfiles", "preservejobhistory"))
    return Keeping(not _is_none(files), not _is_none(history))


def _is_none(value: str) -> bool:
    return value in _NO or bool(re.fullmatch(r"0+(\.0*)?[wdhm]?", value))


def parse_queues(text: str) -> tuple[Queue, ...]:
    """The queues in printers.conf. Raises MalformedError."""
    queues: dict[str, Queue | None] = {}
    for section, name, value in _directives(text, PRINTERS_CONF):
        kind, _, queue = section.partition(" ")
        if kind.lower() not in ("printer", "defaultprinter") or not queue.strip():
            continue
        queues.setdefault(queue.strip(), None)
        if name == "deviceuri":
            queues[queue.strip()] = queue_at(queue.strip(), value)
    if None in queues.values():
        raise _garbled(PRINTERS_CONF)
    return tuple(queue for queue in queues.values() if queue is not None)


def queue_at(name: str, uri: str) -> Queue:
    """The queue of that name and device URI. Raises MalformedError."""
    parts = re.fullmatch(r"([a-z][a-z0-9+.-]*):(.*)", uri, re.IGNORECASE)
    if parts is None:
        raise _garbled(PRINTERS_CONF)
    scheme, rest = parts[1].lower(), parts[2].lower()
    # HP's own: hp:/usb/… and hp:/net/…
    if scheme in _LOCAL or (scheme == "hp" and rest.startswith("/usb/")):
        return Queue(name, scheme, Reach.LOCAL)
    host = re.match(r"//(?:[^/]*@)?(\[[^]/]*\]|[^:/?#]*)", rest)
    if scheme in ("ipp", "ipps", "http", "https") and host is not None and host[1] in _LOOPBACK:
        return Queue(name, scheme, Reach.LOCAL)  # a printer on a cable, behind ipp-usb
    if scheme in _REMOTE or (scheme == "hp" and rest.startswith("/net/")):
        return Queue(name, scheme, Reach.REMOTE)
    return Queue(name, scheme, Reach.UNKNOWN)


def parse_server(text: str) -> str:
    """The print server that client.conf names; empty if it names none. Raises MalformedError."""
    servers = [value for section, name, value in _directives(text, "client.conf") if name == "servername"]
    return servers[-1] if servers else ""


def is_here(server: str) -> bool:
    """Whether a print server, as programs are told it, is this machine: none, a path, or the loopback."""
    host = re.match(r"\[[^]/]*\]|[^:/]*", server.lower())
    return not server or server.startswith("/") or (host is not None and host[0] in _LOOPBACK)


def _directives(text: str, path: str) -> Iterator[tuple[str, str, str]]:
    """Section, name in lower case, value; the section is empty at the top, and a nested one stands for all it is in.

    A section yields a directive of its own, with no name, so that an empty one is seen too.
    """
    sections: list[str] = []
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip() if not raw.lstrip().lower().startswith("deviceuri") else raw.strip()
        if line.startswith("</"):
            if not sections or not line.endswith(">"):
                raise _garbled(path)
            sections.pop()
        elif line.startswith("<"):
            if not line.endswith(">"):
                raise _garbled(path)
            sections.append(line[1:-1].strip())
            yield sections[-1], "", ""
        elif line:
            name, _, value = line.replace("\t", " ").partition(" ")
            yield sections[-1] if sections else "", name.lower(), value.strip()
    if sections:
        raise _garbled(path)


def _garbled(path: str) -> MalformedError:
    return MalformedError(f"/{path} is not as expected", "Look at it by hand.")

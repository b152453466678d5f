"""Recover: from scans, typed words and an envelope to the encrypted key, under an arbitrator's case."""

from __future__ import annotations

import contextlib
import copy
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from rootescrow.ceremony.basis import Basis, load_basis
from rootescrow.ceremony.openssl import derive_public_key
from rootescrow.errors import EscrowError, FileError, IntegrityError, MalformedError, QuorumError, RuleError
from rootescrow.keys import EncryptedKey, Provenance
from rootescrow.paper.ocr import See, read_printed
from rootescrow.paper.printed import differing, printed_words
from rootescrow.paper.reading import ScannedPage, Source, open_pages, read_source, read_sources
from rootescrow.passphrase import Passphrase
from rootescrow.pile import Finding, Kind, Pile, Verdict
from rootescrow.policy import printable_line
from rootescrow.recovery import Recovery, search
from rootescrow.register import folder
from rootescrow.register.events import AnyEvent
from rootescrow.register.folder import Folder
from rootescrow.register.pending import Pending
from rootescrow.register.record import Record, sha256
from rootescrow.register.register import Register
from rootescrow.shamir import Share
from rootescrow.texts import recognise
from rootescrow.torn import SHARE_WORDS, numbers_of

MAX_PATH_CHARS = 300
"""Of a copy's path in the journal and on paper, whose texts end at 500."""


@dataclass(frozen=True)
class PageReport:
    """What became of one page, or of a file without pages: its findings, or why there are none."""

    page: ScannedPage
    findings: tuple[Finding, ...]


def new_pile(escrow: Path | None) -> tuple[Pile, Folder | None]:
    """A pile that knows what an escrow folder says, with its envelope on it. Raises FileError, RecordError."""
    basis = load_basis(escrow)
    return basis.pile(), basis.folder


def read_onto(pile: Pile, stream: BinaryIO, source: str) -> Iterator[PageReport]:
    """Put everything in a file on the pile, page by page. Raises what `read_source` raises."""
    for page in read_source(stream, source):
        yield _put(pile, page)


def read_all(pile: Pile, sources: Iterable[Source]) -> Iterator[tuple[Source, PageReport | EscrowError]]:
    """The same with several files; what stops the reading of one comes in its place, and the others are read."""
    for source, read in read_sources(sources):
        yield source, read if isinstance(read, EscrowError) else _put(pile, read)


def read_by_ocr(pile: Pile, source: Source, numbers: Iterable[int], see: See) -> Iterator[PageReport]:
    """Put on the pile what is printed on some pages of a scan, as OCR reads it, as long as something is missing.

    Of lines, those of an envelope that is missing. Pages on which it read nothing are left out. Raises what
    `read_source` raises.
    """
    ids = (pile.known.id,) if pile.known else ()
    with source.open() as stream:
        pages = open_pages(stream, source.name)
    if pages is None:
        return
    wanted = itertools.takewhile(lambda _: not pile.status.complete, numbers)
    try:
        lines = partial(_lacks_envelope, pile)
        for page in read_printed(pages, source.name, wanted, see, ids=ids, lines=lines):
            yield _put(pile, page)
    finally:
        pages.close()


def _lacks_envelope(pile: Pile) -> bool:
    return bool(pile.status.envelope_missing)


def _put(pile: Pile, page: ScannedPage) -> PageReport:
    items: list[str | bytes] = [*page.texts]
    if page.envelope is not None:
        items.append(page.envelope)
    found = [finding for item in items for finding in pile.add(item, page.place)]
    return PageReport(page, (*found, *_printed(pile, page, found)))


def _printed(pile: Pile, page: ScannedPage, found: Sequence[Finding]) -> Iterator[Finding]:
    """Compare the words printed on a page with its code; or take them, where no code was read, if they are a share.

    Where they disagree, both are put on the pile: what is right shows there, by the record or by the envelope's tag.
    """
    printed = printed_words(page.printed_text)
    if not printed:
        return
    source = f"{page.place}, the printed words"
    shares = [finding.share for finding in found if finding.share is not None]
    whole = " ".join(printed.values()) if len(printed) == SHARE_WORDS else ""
    is_share = any(isinstance(item, Share) for item in recognise(whole))
    if not shares:
        # Only a right checksum makes words of what OCR saw.
        yield from pile.add(whole, source) if is_share else ()
        return
    apart = min((differing(printed, share.words) for share in shares), key=len)
    if not apart:
        return
    first = pile.name(shares[0])
    judged = "both are shares, and one of them is not this sheet" if is_share else "only the code has a right checksum"
    said = f"its code and its printed words disagree at {numbers_of(apart)}: {judged}"
    hint = "Compare the paper, word by word: it was altered, or the text in the file is not what stands on the paper."
    finding = Finding(page.place, Kind.SHARE, first, Verdict.WRONG, said, hint)
    pile.findings.append(finding)
    yield finding
    if is_share:
        yield from pile.add(whole, source)


def needs_case(pile: Pile) -> bool:
    """Whether any sheet on the pile is of a set of more than one group: no decoy may hide that groups are combined."""
    return any(header.group_count > 1 for header in pile.sets())


def recover(pile: Pile, case: str) -> Recovery:
    """Combine the groups and open the envelope.

    Raises RuleError if the set has several groups and no case is named (SP-h: whatever combines groups asks for the
    arbitrator's case), and what `search` raises.
    """
    refuse_without_case(pile, case)
    return search(pile)


def refuse_without_case(pile: Pile, case: str) -> None:
    """Raise RuleError if groups would be combined and no case is named (SP-h)."""
    if needs_case(pile) and not case.strip():
        raise RuleError(
            "groups are combined only under an arbitrator's case, and none is named (SP-h)",
            "Give the case number: --case a20261123.1",
        )


def check_passphrase(
    encrypted: EncryptedKey, passphrase: Passphrase, *, certificate: bytes | None, fingerprint: bytes | None
) -> str:
    """Prove that the passphrase opens the key and that it is the one expected; say in words what was proved.

    `fingerprint` is the SHA-256 of the SPKI that the record states. Raises WrongPassphraseError,
    CertificateMismatchError, or IntegrityError if it is another key than the record's.
    """
    key = encrypted.decrypt(passphrase, certificate=certificate, public_key=derive_public_key)
    with key.pkcs8:
        proved = [f"The passphrase opens the key, {key.algorithm}"]
        checked = key.provenance is Provenance.CHECKED
        if certificate is not None:
            same = "it is the key of the certificate" if checked else "the certificate is of the same algorithm"
            proved.append(same)
        if fingerprint is not None and key.fingerprint is not None:
            if key.fingerprint != fingerprint:
                raise IntegrityError(
                    "the key is not the one that the record states",
                    "The record is of another escrow, or was altered: compare its check code with a sheet.",
                )
            proved.append("it is the key of the record")
        sentences = [f"{'; '.join(proved)}."]
        if not checked:
            sentences.append("Its public key could not be computed here, so this is not checked.")
        return " ".join(sentences)


@dataclass(frozen=True)
class Journalled:
    """What the journal was told: the register then; or None, and why not, with what is to be appended by hand."""

    register: Register | None = None
    problem: str = ""
    hint: str = ""
    unwritten: tuple[Pending, ...] = ()

    @property
    def lines(self) -> str:
        """What `rootescrow journal add` takes: no secret is in it."""
        return "".join(one.dump() for one in self.unwritten)


def journal(basis: Basis, events: Sequence[AnyEvent], *, now: datetime) -> Journalled | None:
    """Write at the end of the journal that something was recovered; None if there is no journal to write to.

    It is called before anything leaves this process. A kill in between then leaves a copy in the journal that was never
    written, which somebody looks for in vain, and never one that nobody knows of. That it cannot be written is no
    reason to withhold the key on the worst day: nothing is raised, and what is to be appended later is handed back.
    It does not wait for another process that writes there: a lock that hangs would withhold the key too.
    """
    if basis.path is None or not isinstance(basis.record, Record):
        return None
    own = sha256(basis.record.dump())
    unwritten = tuple(Pending(event, now.replace(microsecond=0), own) for event in events)
    try:
        return Journalled(folder.append(basis.path, *events, now=now, wait=False))
    except EscrowError as error:
        return Journalled(None, error.message, error.hint, unwritten)
    except OSError as error:
        return Journalled(None, f"cannot write the journal: {error.strerror}", "", unwritten)


def name_of(copy: Path) -> str:
    """What journal and report call a copy that is written: its path, if that can be printed and is not too long."""
    name = str(copy.absolute())
    with contextlib.suppress(EscrowError):
        return printable_line(name, "a path", MAX_PATH_CHARS)
    return "a file whose path cannot be printed"


def check_new_file(path: Path) -> None:
    """That a file can be written there when the key has been recovered. Raises FileError."""
    try:
        if os.path.lexists(path):
            raise _exists(path)
        _check_writable(path.absolute().parent)
    except OSError as error:
        raise FileError(f"cannot look at {path}: {error.strerror}", "Name a folder that you may write to.") from None


def check_folder(path: Path) -> None:
    """That papers can be written into a folder, which need not be there. Raises FileError."""
    try:
        _check_writable(path if os.path.lexists(path) else path.absolute().parent)
    except OSError as error:
        raise FileError(f"cannot look at {path}: {error.strerror}", "Name a folder that you may write to.") from None


def _check_writable(path: Path) -> None:
    if not path.is_dir():
        raise FileError(f"{path} is no folder", "Make it, or name another place.")
    if not os.access(path, os.W_OK | os.X_OK):
        raise FileError(f"cannot write in {path}", "Name a folder that you may write to.")


def write_key(path: Path, encrypted: EncryptedKey) -> None:
    """Write the encrypted key as PEM, mode 0600, where no file is yet. Raises FileError."""
    try:
        folder.write_new(path, encrypted.pem().encode())
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise folder.file_error(path, error) from None


def _exists(path: Path) -> FileError:
    return FileError(f"{path} is there already", "Name a file that does not exist; nothing is overwritten.")


def first_problem(pile: Pile, failures: Sequence[EscrowError]) -> EscrowError | None:
    """The first file, or else the first item, that could not be used; None if all could, or were strangers'."""
    if failures:
        return failures[0]
    for finding in pile.findings:
        if finding.verdict is Verdict.WRONG:
            kind = MalformedError if finding.share is None else IntegrityError
            return kind(str(finding), finding.hint)
    return None


def cause(pile: Pile, failures: Sequence[EscrowError], error: EscrowError) -> EscrowError:
    """Why a recovery failed: where something is missing, the first file or item that could not be used."""
    problem = first_problem(pile, failures) if isinstance(error, QuorumError) else None
    if problem is None:
        return error
    why = copy.copy(problem)
    why.hint = f"{problem.hint} Then: {pile.status}."
    return why

"""Recover: from scans, typed words and an envelope to the encrypted key, under an arbitrator's case."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rootescrow.ceremony.openssl import derive_public_key
from rootescrow.errors import EscrowError, FileError, IntegrityError, MalformedError, QuorumError, RuleError
from rootescrow.keys import EncryptedKey, Provenance
from rootescrow.paper.reading import ScannedPage, read_source
from rootescrow.passphrase import Passphrase
from rootescrow.pile import Finding, Pile, Verdict
from rootescrow.recovery import Recovery, search
from rootescrow.register import folder
from rootescrow.register.folder import Folder


@dataclass(frozen=True)
class PageReport:
    """What became of one page, or of a file without pages: its findings, or why there are none."""

    page: ScannedPage
    findings: tuple[Finding, ...]


def new_pile(escrow: Path | None) -> tuple[Pile, Folder | None]:
    """A pile that knows what an escrow folder says, with its envelope on it. Raises FileError, RecordError."""
    if escrow is None:
        return Pile(), None
    opened = folder.load(escrow)
    pile = Pile(opened.record.known)
    if opened.envelope is not None:
        pile.add(opened.envelope, str(escrow / folder.ENVELOPE_FILE))
    return pile, opened


def read_onto(pile: Pile, stream: BinaryIO, source: str) -> Iterator[PageReport]:
    """Put everything in a file on the pile, page by page. Raises what `read_source` raises."""
    for page in read_source(stream, source):
        items: list[str | bytes] = [*page.texts]
        if page.envelope is not None:
            items.append(page.envelope)
        yield PageReport(page, tuple(finding for item in items for finding in pile.add(item, page.place)))


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
        proved = f"The passphrase opens the key, {key.algorithm}"
        checked = key.provenance is Provenance.CHECKED
        if certificate is not None:
            proved += "; it is the key of the certificate" if checked else "; the certificate is of the same algorithm"
        if fingerprint is not None and key.fingerprint is not None:
            if key.fingerprint != fingerprint:
                raise IntegrityError(
                    "the key is not the one that the record states",
                    "The record is of another escrow, or was altered: compare its check code with a sheet.",
                )
            proved += "; it is the key of the record"
        return proved + ("." if checked else ". Its public key could not be computed here, so this is not checked.")


def check_new_file(path: Path) -> None:
    """That a file can be written there when the key has been recovered. Raises FileError."""
    try:
        if os.path.lexists(path):
            raise _exists(path)
        folder_ = path.absolute().parent
        if not folder_.is_dir():
            raise FileError(f"{folder_} is no folder", "Make it, or name another place.")
        if not os.access(folder_, os.W_OK | os.X_OK):
            raise FileError(f"cannot write in {folder_}", "Name a folder that you may write to.")
    except OSError as error:
        raise FileError(f"cannot look at {path}: {error.strerror}", "Name a folder that you may write to.") from None


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

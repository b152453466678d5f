"""Rekey: a quorum opens the old envelope in memory, and the same key gets a new secret, a new id and new sheets.

It revokes nothing: the old quorum with an old envelope opens the key as well as before, until what is left of the old
generation is destroyed. The encrypted key stays as it is, byte for byte, and so do its passphrase and the sheets of
that; only with a new passphrase the key is opened and encrypted anew.

The new folder is finished first, then the old journal gets one line. Whatever ends it in between leaves a new folder
that is whole, and an old journal that does not know of it: `pending` finds that, and adds the line.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from rootescrow.ceremony.openssl import derive_public_key
from rootescrow.ceremony.passphrase import MadePassphrase, make_with_key
from rootescrow.ceremony.passphrase import read_back as read_back_passphrase
from rootescrow.ceremony.plan import Generated
from rootescrow.ceremony.planned import Planned
from rootescrow.ceremony.read_back import read_back
from rootescrow.ceremony.rules import Finding
from rootescrow.ceremony.rules.answers import breach, doubt, unsafe
from rootescrow.ceremony.rules.weaker import weaker
from rootescrow.ceremony.split import Made, Order, Progress, make
from rootescrow.ceremony.today import Today, look
from rootescrow.errors import CertificateMismatchError, EscrowError, IntegrityError, RuleError, UsageError
from rootescrow.keys import EncryptedKey, PrivateKey
from rootescrow.keys.files import certificate_spki_of
from rootescrow.keys.kdf import DEFAULT_COST, Scrypt
from rootescrow.passphrase import Passphrase
from rootescrow.pile import Pile
from rootescrow.policy import Holder
from rootescrow.register import folder
from rootescrow.register.events import Superseded, What, refuse_words
from rootescrow.register.folder import Folder
from rootescrow.register.journal import Journal
from rootescrow.register.record import Record, RecordedKey, sha256
from rootescrow.register.register import Register, kept
from rootescrow.secret import Random

_OPEN_IT = "Give --check-passphrase: with the passphrase the key is opened, and compared with the certificate."


@dataclass(frozen=True)
class Old:
    """The generation that is to be superseded: its folder, and what holds of it today."""

    path: Path
    folder: Folder
    today: Today

    @classmethod
    def load(cls, path: Path, today: date) -> Old:
        """Read it. Raises what `folder.load_register` raises."""
        return cls(path, folder.load(path), look(path, today))

    @property
    def register(self) -> Register:
        """What holds today."""
        return self.today.register

    @property
    def record(self) -> Record:
        """What was made."""
        return self.today.register.record

    @property
    def taken(self) -> frozenset[int]:
        """The SLIP-39 identifiers that nothing new may have: of the key's sheets, and of the passphrase's."""
        ids = [self.record.id, *([self.record.passphrase.id] if self.record.passphrase else [])]
        return frozenset(id_.slip39_identifier for id_ in ids)

    def refuse_superseded(self) -> None:
        """Raise UsageError if there is a later generation already."""
        later = self.register.superseded
        if later is not None:
            raise UsageError(
                f"escrow {self.record.escrow_id} was superseded before, by escrow {later.escrow_id}",
                "Rekey that one.",
            )

    def pile(self, use_void: Iterable[str] = ()) -> Pile:
        """A pile that knows which sheets count today, with the folder's envelope on it.

        `use_void` are void ones that may be used all the same. Raises UsageError for one that is none.
        """
        known, allowed = self.register.known, set(use_void)
        for name in sorted(allowed):
            if not self.register.sheet(name).why_void:
                raise UsageError(f"{name} is not void", "It counts without being allowed.")
        pile = Pile(replace(known, void={name: why for name, why in known.void.items() if name not in allowed}))
        if self.folder.envelope is not None:
            pile.add(self.folder.envelope, str(self.path / folder.ENVELOPE_FILE))
        return pile

    def passphrase_pile(self, pile: Pile) -> Pile | None:
        """The sheets of the passphrase among those on a pile; None if it is not escrowed with the key."""
        known = self.register.known.passphrase
        if known is None:
            return None
        of_passphrase = Pile(known, of_passphrase=True)
        for share, source in pile.shares.items():
            if share.identifier == known.id.slip39_identifier:
                of_passphrase.add(share.text, source)
        return of_passphrase


def against(planned: Planned, old: Old, *, new_passphrase: bool) -> Planned:
    """A plan with what the rules say of it as the next generation of this one: it may not be weaker.

    Nor may a passphrase stay that people may know who should not: z.5, and SP-d after it was recovered.
    """
    situation = planned.plan.situation()
    found = [*weaker(old.today.situation, situation)]
    if not new_passphrase:
        found += _of_a_passphrase_that_stays(planned, old)
    return planned.also(found)


def _of_a_passphrase_that_stays(planned: Planned, old: Old) -> Iterator[tuple[str, Finding]]:
    own = {group.name for group in old.record.policy.groups}
    for exposure in old.register.exposures:
        if exposure.group.name in own or not exposure.sheets:
            continue
        names = ", ".join(exposure.sheets)
        if exposure.is_quorum:
            yield "z.5", unsafe("stays.quorum", exposure.group.name, sheets=names)
        elif exposure.rekey_due:
            yield "z.5", doubt("stays.due", exposure.group.name, sheets=names)
    if any(recovered.what is What.PASSPHRASE for recovered in old.register.recoveries):
        yield "SP-d", breach(planned.plan.situation(), "stays.recovered")


def check_passphrase(planned: Planned, old: Old, *, new_passphrase: bool) -> None:
    """That the plan says of the passphrase what will be. Raises UsageError.

    Without a new one the sheets of an escrowed passphrase stay what they are, and the plan must describe them so: the
    same threshold, as many sheets as count today, and each with its holder and place, for the rules believe the plan.
    """
    generated = isinstance(planned.plan.passphrase, Generated)
    escrowed = old.record.passphrase
    if new_passphrase:
        return
    if generated and escrowed is None:
        raise UsageError(
            "the plan escrows a generated passphrase, and that of this key is not escrowed with it",
            "Only one that is generated now can be: give --new-passphrase.",
        )
    if escrowed is None:
        return
    keepers = planned.keepers
    if keepers is None:
        raise UsageError(
            "by the plan the passphrase is typed, and that of this key is escrowed on sheets that stay",
            "Give --new-passphrase; or describe the sheets of the passphrase in the plan as they are.",
        )
    sheets = [sheet for sheet in old.register.sheets if sheet.of_passphrase and sheet.counts]
    groups = escrowed.policy.groups
    (planned_group,) = keepers.policy.groups
    is_one = len(groups) == 1 and groups[0].threshold == planned_group.threshold
    if not is_one or len(sheets) != planned_group.count:
        raise UsageError(
            f"by the plan any {planned_group.threshold} of {planned_group.count} sheets tell the passphrase; that of "
            f"this key stays as it is: {escrowed.policy}, of which {len(sheets)} count today",
            "Describe the sheets of the passphrase in the plan as they are; or give --new-passphrase.",
        )
    for sheet, wanted in zip(sheets, keepers.holders[0], strict=True):
        if other := _difference(sheet.holder, wanted):
            raise UsageError(
                f"{sheet.name} stays as it is, and the plan and the register differ in its {other}",
                "Mend the plan, or tell the register first: rootescrow handover. Or give --new-passphrase.",
            )


def _difference(now: Holder, planned: Holder) -> str:
    """In what they differ, as far as both say it."""
    for what in ("office", "person", "place", "bag"):
        is_, wanted = getattr(now, what), getattr(planned, what)
        if is_ and wanted and is_ != wanted:
            return what
    return ""


def order(
    planned: Planned, old: Old, certificate: bytes | None, *, exceptions: Mapping[str, str] = MappingProxyType({})
) -> Order:
    """What is to be made: by the plan, as the next generation. That of a rehearsal is one too.

    Raises what `Planned.order` raises.
    """
    made = planned.order(certificate, rehearsal=old.record.rehearsal, exceptions=exceptions)
    return replace(made, generation=old.record.generation + 1, supersedes=old.record.id)


def open_key(old: Old, encrypted: EncryptedKey, passphrase: Passphrase, certificate: bytes | None) -> PrivateKey:
    """Open the key that came out of the envelope; whoever does so wipes it.

    Raises WrongPassphraseError, CertificateMismatchError, and IntegrityError if it is not the key of the record.
    """
    key = encrypted.decrypt(passphrase, certificate=certificate, public_key=derive_public_key)
    stated = old.record.key.spki_sha256
    if stated and key.fingerprint and not hmac.compare_digest(key.fingerprint.hex(), stated):
        key.pkcs8.wipe()
        raise IntegrityError(
            "the key in the envelope is not the one that the record states",
            "The record was altered: compare its check code with a sheet.",
        )
    return key


def recorded_key(planned: Planned, old: Old, made: Order) -> RecordedKey:
    """What the new record says of a key that was not opened: what the old one says of these very bytes.

    Raises CertificateMismatchError for a certificate of another key, UsageError if that cannot be told; RuleError if
    the plan is of a root or a subroot and the old record does not prove that the key is that of the certificate.
    """
    key = old.record.key
    certified = key.certificate_sha256
    if made.certificate is not None:
        certified = sha256(made.certificate)
        spki = hashlib.sha256(certificate_spki_of(made.certificate)).hexdigest()
        if key.spki_sha256 is None:
            raise UsageError("the old record does not know the public key, to compare the certificate with", _OPEN_IT)
        if key.spki_sha256 != spki and certified != key.certificate_sha256:
            raise CertificateMismatchError(
                "the certificate is of another key than the record's",
                "Give the certificate that was made with this private key.",
            )
    if planned.strict and not made.rehearsal and key.provenance != "checked":
        raise RuleError("the old record does not prove that the key is that of its certificate", _OPEN_IT)
    return key.model_copy(
        update={"name": made.key_name, "certificate_sha256": certified, "encrypted_anew": False},
    )


@dataclass(frozen=True)
class Rekeyed:
    """A new generation, in memory: made and read back. `passphrase` is the generated one, if there is a new one."""

    made: Made
    passphrase: MadePassphrase | None
    new_passphrase: bool


def rekey(
    planned: Planned,
    old: Old,
    encrypted: EncryptedKey,
    made: Order,
    *,
    today: date,
    rng: Random = secrets.token_bytes,
    progress: Progress = lambda what, done, of: None,
) -> Rekeyed:
    """A new generation of the same encrypted key, byte for byte; its passphrase and the sheets of that stay.

    `encrypted` is what came out of the old envelope: with its `facts` if it was opened since, else without. Raises what
    `recorded_key`, `Planned.check_key`, `split.make` and `read_back` raise.
    """
    key = None if encrypted.facts else recorded_key(planned, old, made)
    if not made.rehearsal:
        planned.check_key(encrypted, certified=made.certificate is not None, key=key)
    new = make(
        encrypted,
        made,
        today=today,
        taken=old.taken,
        passphrase=old.record.passphrase,
        key=key,
        rng=rng,
        progress=progress,
    )
    planned.check_made(new.record)
    read_back(new, progress=progress)
    return Rekeyed(new, None, new_passphrase=False)


def rekey_anew(
    planned: Planned,
    old: Old,
    key: PrivateKey,
    made: Order,
    passphrase: Passphrase | None,
    *,
    today: date,
    cost: Scrypt = DEFAULT_COST,
    rng: Random = secrets.token_bytes,
    progress: Progress = lambda what, done, of: None,
) -> Rekeyed:
    """A new generation under a new passphrase: the given one, or if the plan says so, one that is generated now.

    `cost` is that of the key's own encryption. Raises what `rekey` raises.
    """

    def check(encrypted: EncryptedKey) -> None:
        if not made.rehearsal:
            planned.check_key(encrypted, certified=made.certificate is not None)

    keepers = planned.keepers
    if keepers is None:
        if passphrase is None:
            raise UsageError("by the plan the passphrase is typed", "Give the new one.")
        encrypted = key.encrypt(passphrase, cost=cost, rng=rng)
        check(encrypted)
        new = make(encrypted, made, today=today, taken=old.taken, rng=rng, progress=progress)
        planned.check_made(new.record)
        read_back(new, progress=progress)
        return Rekeyed(new, None, new_passphrase=True)
    new, generated = make_with_key(
        key, made, keepers, today=today, taken=old.taken, check=check, cost=cost, rng=rng, progress=progress
    )
    with generated.passphrase:
        planned.check_made(new.record)
        read_back(new, progress=progress)
        if new.record.passphrase:
            read_back_passphrase(generated, new.record.passphrase.known, progress=progress)
    return Rekeyed(new, generated, new_passphrase=True)


@dataclass(frozen=True)
class Why:
    """Under whose case it was done, by which sheets, and why: for the old journal. Raises UsageError."""

    case: str = ""
    arbitrator: str = ""
    reason: str = ""
    sheets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Nothing is made yet that could fail for this later on.
        refuse_words(self._event("AAAA-AAAA", 2, "0" * 64, new_passphrase=False))

    def event(self, record: Record, *, new_passphrase: bool) -> Superseded:
        """What the old journal is told of the new record."""
        return self._event(record.escrow_id, record.generation, sha256(record.dump()), new_passphrase=new_passphrase)

    def _event(self, escrow_id: str, generation: int, digest: str, *, new_passphrase: bool) -> Superseded:
        try:
            return Superseded(
                escrow_id=escrow_id,
                generation=generation,
                record_sha256=digest,
                new_passphrase=new_passphrase,
                case=self.case.strip(),
                reason=self.reason.strip(),
                arbitrator=self.arbitrator.strip(),
                sheets=self.sheets,
            )
        except ValidationError:
            raise UsageError(
                "case, arbitrator and reason are one line each of up to 500 letters, without control characters",
                "Say less; the rest can be said in a note: rootescrow journal note.",
            ) from None


def create(old: Old, out: Path, new: Rekeyed, why: Why, *, now: datetime) -> Superseded:
    """Finish the new folder, with a journal of its own; what the old journal is to be told, which `folder.append` does.

    Raises UsageError for what the old journal would not take, and then nothing was made; FileError.
    """
    record = new.made.record
    event = why.event(record, new_passphrase=new.new_passphrase)
    old.register.after(event, now=now)
    journal = Journal.begin(record, now)
    if record.passphrase is not None and not new.new_passphrase:
        journal = journal.append(kept(old.register), now=now)
    files = new.made.files | (new.passphrase.files if new.passphrase else {})
    folder.create(out, files, record.dump(), journal.dump())
    return event


def pending(old: Old, out: Path, why: Why) -> Superseded | None:
    """What the old journal is still to be told, if a new generation of it lies finished in `out`; None if none does.

    Raises what `folder.load_record` raises for one that is unfinished or altered.
    """
    escrow = out / folder.ESCROW
    if not (escrow / folder.RECORD_FILE).is_file():
        return None
    record = folder.load_record(escrow)
    follows = (record.supersedes, record.generation) == (old.record.escrow_id, old.record.generation + 1)
    if not follows:
        return None
    event = why.event(record, new_passphrase=record.key.encrypted_key_sha256 != old.record.key.encrypted_key_sha256)
    later = old.register.superseded
    if later is not None:
        refuse_another(event, later, out)
    return later or event


def refuse_another(event: Superseded, later: Superseded, out: Path) -> None:
    """Raise UsageError if the generation that was made in `out` is not the one that the old journal names.

    Its sheets are a quorum like any others, and no register will ever tell of them: so they must go.
    """
    if (later.escrow_id, later.record_sha256) != (event.escrow_id, event.record_sha256):
        raise UsageError(
            f"the old escrow was superseded by escrow {later.escrow_id}, and not by {event.escrow_id}, which lies in "
            f"{out}",
            f"Escrow {event.escrow_id} counts for nothing, and its sheets open the key. Destroy what was printed of "
            f"it and the whole folder, and go on with escrow {later.escrow_id}.",
        )


def refuse_if_lost(path: Path, event: Superseded, out: Path) -> None:
    """Raise UsageError if the old journal, as it is now, names another generation: somebody else was quicker."""
    try:
        later = folder.load_register(path).superseded
    except EscrowError:
        return  # what is wrong with it is told by whoever wanted to write there
    if later is not None:
        refuse_another(event, later, out)


def write_list(path: Path, pdf: bytes) -> None:
    """Write the destruction list where none is, whole or not at all. Raises FileError."""
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        folder.write_new(part, pdf)
        part.rename(path)
    except OSError as error:
        raise folder.file_error(path, error) from None

"""A generated passphrase, escrowed on sheets of its own: alone, or made and used inside a split and seen by nobody."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from rootescrow import escrow
from rootescrow.ceremony import software
from rootescrow.ceremony import split as splitting
from rootescrow.ceremony.basis import load_basis
from rootescrow.ceremony.read_back import compare_share, faulty, quorums
from rootescrow.ceremony.recover import refuse_without_case
from rootescrow.ceremony.split import (
    Made,
    Order,
    Progress,
    check_handwritten,
    check_holders,
    holder_of,
    recorded_groups,
    recorded_sheets,
)
from rootescrow.errors import EscrowError, FileError, PolicyError
from rootescrow.escrow import PassphraseEscrow, check_passphrase_policy
from rootescrow.keys import EncryptedKey, PrivateKey
from rootescrow.keys.kdf import DEFAULT_COST, Scrypt
from rootescrow.paper.contents import Sheet
from rootescrow.paper.sheets import Paper, PassphraseSheet, draw_sheets
from rootescrow.paper.text import check_language
from rootescrow.passphrase import Passphrase, check_chance
from rootescrow.pile import Known, Pile, Verdict
from rootescrow.policy import MAX_TEXT_CHARS, Holder, Policy, printable_line
from rootescrow.recovery import PassphraseRecovery, search_passphrase
from rootescrow.register import folder
from rootescrow.register.record import ENGLISH, PassphraseRecord, Record, RecordedPassphrase
from rootescrow.secret import Random


def _silent(what: str, done: int, of: int) -> None:
    """Progress that nobody wants to see."""


@dataclass(frozen=True)
class Keepers:
    """Who is to have the sheets of a passphrase. `holders[g][n]` has sheet n + 1 of group g, as in `Order`.

    `handwritten` are the names of sheets whose words no printer is to see. Raises PolicyError for a group with a
    threshold below 2, more holders than sheets, or a sheet that there is not.
    """

    policy: Policy
    holders: tuple[tuple[Holder, ...], ...] = ()
    handwritten: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        check_passphrase_policy(self.policy)
        check_holders(self.policy, self.holders)
        check_handwritten(self.policy, self.handwritten)

    def holder(self, group_index: int, number: int) -> Holder:
        """Whose sheet it is."""
        return holder_of(self.holders, group_index, number)


@dataclass(frozen=True)
class AloneOrder:
    """What is to be made where a passphrase is escrowed by itself. `key` is the record of the key, if known."""

    keepers: Keepers
    key_name: str
    key: Record | None = None
    paper: Paper = Paper.A4
    rehearsal: bool = False
    language: str = ENGLISH

    def __post_init__(self) -> None:
        check_language(self.language)
        object.__setattr__(self, "key_name", printable_line(self.key_name, "the name of the key", MAX_TEXT_CHARS))

    @property
    def taken(self) -> frozenset[int]:
        """The SLIP-39 identifiers that the passphrase's sheets must not have."""
        if self.key is None:
            return frozenset()
        ids = [self.key.id] + ([self.key.passphrase.id] if self.key.passphrase else [])
        return frozenset(id_.slip39_identifier for id_ in ids)


@dataclass(frozen=True)
class MadePassphrase:
    """A passphrase and its sheets, in memory. Whoever made it wipes `passphrase` when it is no longer needed."""

    escrow: PassphraseEscrow
    passphrase: Passphrase
    sheets: tuple[PassphraseSheet, ...] = field(repr=False)
    pdfs: tuple[bytes, ...] = field(repr=False)

    @property
    def files(self) -> dict[str, bytes]:
        """The sheets, by their paths below the output folder: a folder of their own, and names that tell them apart."""
        return {
            f"{folder.SECRET_PASSPHRASE}/{name}": data
            for sheet, pdf in zip(self.sheets, self.pdfs, strict=True)
            for name, data in splitting.sheet_files(sheet, pdf).items()
        }


def make_with_key(
    key: PrivateKey,
    order: Order,
    keepers: Keepers,
    *,
    today: date,
    taken: Collection[int] = (),
    check: Callable[[EncryptedKey], None] = lambda encrypted: None,
    cost: Scrypt = DEFAULT_COST,
    rng: Random = secrets.token_bytes,
    progress: Progress = _silent,
) -> tuple[Made, MadePassphrase]:
    """Generate a passphrase, encrypt the key under it, split both, and draw every sheet of both.

    Nobody sees the passphrase: it is in memory and, as shares, on its sheets. The record of the key lists these too,
    and its check code is on them. Nothing is read back or written yet: `read_back.read_back` and `read_back` do the
    first. `check` may refuse the encrypted key before anything is made of it. `cost` is that of the key's own
    encryption. Raises what `split.make` raises, and PolicyError if a group of keepers is called as one of the key's.
    """
    of_both = {g.name.casefold() for g in order.policy.groups} & {g.name.casefold() for g in keepers.policy.groups}
    if of_both:
        raise PolicyError(
            f"a group of the key and one of its passphrase are both called {of_both.pop()}",
            "Give each its own name: sheets are told apart by it.",
        )
    passphrase, made = escrow.generate_passphrase(keepers.policy, taken=taken, rng=rng)
    encrypted = key.encrypt(passphrase, cost=cost, rng=rng)
    check(encrypted)
    of_key = splitting.make(
        encrypted,
        order,
        today=today,
        taken={*taken, made.id.slip39_identifier},
        passphrase=_recorded(made, keepers),
        rng=rng,
        progress=progress,
    )
    like = of_key.sheets[0]
    sheets = tuple(_sheet_like(like, made, keepers, index, number) for index, number in _places(keepers.policy))
    return of_key, MadePassphrase(made, passphrase, sheets, _drawn(sheets, order.paper, progress))


def make_alone(
    given: Passphrase | None,
    order: AloneOrder,
    *,
    today: date,
    rng: Random = secrets.token_bytes,
    progress: Progress = _silent,
) -> tuple[MadePassphrase, PassphraseRecord]:
    """Share out a generated passphrase, or one that is generated now, and draw its sheets.

    Raises RuleError for a `given` one that was not generated (SP-d), UsageError if its sheets would begin as those of
    the key, PaperError for what cannot be printed.
    """
    policy = order.keepers.policy
    if given is None:
        passphrase, made = escrow.generate_passphrase(policy, taken=order.taken, rng=rng)
    else:
        check_chance(given)
        passphrase, made = given, escrow.split_passphrase(given, policy, taken=order.taken, rng=rng)
    record = PassphraseRecord(
        created=today,
        rehearsal=order.rehearsal,
        key_name=order.key_name,
        key_escrow_id=str(order.key.id) if order.key else None,
        spki_sha256=order.key.key.spki_sha256 if order.key else None,
        passphrase=_recorded(made, order.keepers),
        software=software.installed(),
        language=order.language,
    )
    sheets = tuple(_sheet_alone(order, record, made, index, number) for index, number in _places(policy))
    return MadePassphrase(made, passphrase, sheets, _drawn(sheets, order.paper, progress)), record


def read_back(made: MadePassphrase, known: Known, *, progress: Progress = _silent) -> None:
    """Read every sheet of a passphrase, compare it with what it should say, and combine several quorums.

    As `read_back.read_back` does it for a key; `known` is what the record that is to be written says. Raises PaperError
    naming the sheet.
    """
    read: dict[str, tuple[str, ...]] = {}
    for done, (sheet, pdf) in enumerate(zip(made.sheets, made.pdfs, strict=True)):
        progress("Reading the passphrase's sheets back", done, len(made.sheets))
        read[sheet.name] = compare_share(pdf, sheet, f"the passphrase's sheet {sheet.name}")
    progress("Reading the passphrase's sheets back", len(made.sheets), len(made.sheets))
    for quorum in quorums(made.escrow.policy):
        _recombine(made, known, [text for name in quorum for text in read[name]], ", ".join(quorum))


def _recombine(made: MadePassphrase, known: Known, texts: list[str], names: str) -> None:
    pile = Pile(known, of_passphrase=True)
    for text in texts:
        pile.add(text)
    for finding in pile.findings:
        if finding.verdict not in (Verdict.TAKEN, Verdict.DUPLICATE):
            raise faulty(names, str(finding))
    try:
        with search_passphrase(pile).passphrase as passphrase:
            same = passphrase == made.passphrase
    except EscrowError as error:
        raise faulty(names, error.message) from None
    if not same:
        raise faulty(names, "another passphrase came out")


def new_pile(path: Path | None) -> tuple[Pile, Record | PassphraseRecord | None]:
    """A pile for the sheets of a passphrase that knows what a folder says of them. Raises FileError, RecordError."""
    basis = load_basis(path, of_passphrase=True)
    return basis.pile(), basis.record


def recover(pile: Pile, case: str) -> PassphraseRecovery:
    """The passphrase that the sheets on a pile give.

    Raises RuleError if a set on it has several groups and no case is named (SP-h), and what `search_passphrase` raises.
    """
    refuse_without_case(pile, case)
    return search_passphrase(pile)


def check_new_file(path: Path) -> None:
    """That no file is there yet, which nobody wants to learn when the passphrase was recovered. Raises FileError."""
    if os.path.lexists(path):
        raise FileError(f"{path} is there already", "Name a file that does not exist; nothing is overwritten.")


def _recorded(made: PassphraseEscrow, keepers: Keepers) -> RecordedPassphrase:
    return RecordedPassphrase(
        escrow_id=str(made.id),
        groups=recorded_groups(made.policy),
        group_threshold=made.policy.group_threshold,
        sheets=recorded_sheets(made, keepers.holder),
    )


def _places(policy: Policy) -> Iterator[tuple[int, int]]:
    """Every sheet: the index of its group, and its number in it."""
    return ((index, number) for index, group in enumerate(policy.groups) for number in range(1, group.count + 1))


def _sheet_like(like: Sheet, made: PassphraseEscrow, keepers: Keepers, index: int, number: int) -> PassphraseSheet:
    """A sheet of the passphrase of a key, with all that it has in common with a sheet of that key."""
    return PassphraseSheet(
        key_name=like.key_name,
        key_escrow_id=like.escrow_id,
        organisation=like.organisation,
        contact=like.contact,
        motion=like.motion,
        fingerprint=like.fingerprint,
        fingerprint_stated=like.fingerprint_stated,
        created=like.created,
        generation=like.generation,
        record_check=like.record_check,
        rehearsal=like.rehearsal,
        language=like.language,
        escrow_id=made.id,
        policy=made.policy,
        group_index=index,
        number=number,
        holder=keepers.holder(index, number),
        share=made.share(index, number),
        handwritten=f"{made.policy.groups[index].name}/{number}" in keepers.handwritten,
    )


def _sheet_alone(
    order: AloneOrder, record: PassphraseRecord, made: PassphraseEscrow, index: int, number: int
) -> PassphraseSheet:
    key = order.key
    return PassphraseSheet(
        key_name=order.key_name,
        key_escrow_id=key.id if key else None,
        fingerprint=bytes.fromhex(key.key.spki_sha256) if key and key.key.spki_sha256 else None,
        fingerprint_stated=key is not None and key.key.provenance == "stated",
        created=record.created,
        generation=key.generation if key else 1,
        record_check=record.check_code,
        rehearsal=order.rehearsal,
        language=record.language,
        escrow_id=made.id,
        policy=made.policy,
        group_index=index,
        number=number,
        holder=order.keepers.holder(index, number),
        share=made.share(index, number),
        handwritten=f"{made.policy.groups[index].name}/{number}" in order.keepers.handwritten,
    )


def _drawn(sheets: tuple[PassphraseSheet, ...], paper: Paper, progress: Progress) -> tuple[bytes, ...]:
    pdfs = []
    for pdf in draw_sheets(sheets, paper):
        pdfs.append(pdf)
        progress("Drawing the passphrase's sheets", len(pdfs), len(sheets))
    return tuple(pdfs)

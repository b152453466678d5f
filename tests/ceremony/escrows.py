"""Escrows on disk for tests, by a plan and with real shares: quick, for nothing is drawn and no key is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rootescrow.ceremony.plan import Generated, load
from rootescrow.ceremony.situation import PASSPHRASE
from rootescrow.ceremony.split import recorded_sheets
from rootescrow.escrow import Escrow, PassphraseEscrow, generate_passphrase, split
from rootescrow.policy import Group, Policy
from rootescrow.register import folder
from rootescrow.register.events import AnyEvent
from rootescrow.register.record import RecordedEnvelope, sha256
from rootescrow.register.register import Register
from rootescrow.shamir import Share
from tests.register.support import NOON, make_journal
from tests.support import encrypted_key, noise

from .plans import ROOT
from .registers import record_of


@dataclass(frozen=True)
class OnDisk:
    """An escrow folder, and what is on its sheets."""

    path: Path
    escrow: Escrow
    passphrase: PassphraseEscrow | None

    @property
    def register(self) -> Register:
        """What holds now."""
        return folder.load_register(self.path)

    def share(self, name: str) -> Share:
        """The share on a sheet that the record lists."""
        group, _, number = name.partition("/")
        made: Escrow | PassphraseEscrow = self.escrow
        if group == PASSPHRASE:
            assert self.passphrase is not None
            made = self.passphrase
        index = [one.name for one in made.policy.groups].index(group)
        return made.share(index, int(number))

    def text(self, name: str) -> str:
        """Its words."""
        return self.share(name).text

    def write(self, *events: AnyEvent) -> None:
        """Something happened."""
        folder.append(self.path, *events, now=NOON)


def on_disk(out: Path, plan: str = ROOT, *events: AnyEvent, **changed: Any) -> OnDisk:
    """An escrow made by a plan, whatever its rules say, and what happened since."""
    made = load(plan.encode())
    escrow = split(encrypted_key(), made.policy, rng=noise(1))
    kept = None
    fields: dict[str, Any] = {
        "escrow_id": str(escrow.id),
        "sheets": recorded_sheets(escrow, lambda group, number: made.holders[group][number - 1]),
        "envelope": RecordedEnvelope(
            sha256=sha256(escrow.envelope.der), bytes=len(escrow.envelope.der), printed=made.placement.value
        ),
    }
    record = record_of(plan)
    if isinstance(made.passphrase, Generated):
        sheets = made.passphrase.sheets
        _, kept = generate_passphrase(Policy(Group(PASSPHRASE, made.passphrase.threshold, len(sheets))), rng=noise(2))
        assert record.passphrase is not None
        fields["passphrase"] = record.passphrase.model_copy(
            update={
                "escrow_id": str(kept.id),
                "sheets": recorded_sheets(kept, lambda _, number: made.holder(sheets[number - 1])),
            }
        )
    record = record_of(plan, **{**fields, **changed})
    files = {
        f"{folder.ESCROW}/{folder.ENVELOPE_FILE}": escrow.envelope.der,
        f"{folder.ESCROW}/{folder.PLAN_FILE}": plan.encode(),
    }
    folder.create(out, files, record.dump(), make_journal(*events, record=record).dump())
    return OnDisk(out / folder.ESCROW, escrow, kept)

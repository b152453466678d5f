"""A plan and what the rules say of it; what `split` is to make by it, and what it refuses."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

from rootescrow.ceremony import rules
from rootescrow.ceremony.passphrase import Keepers
from rootescrow.ceremony.plan import Generated, Plan, Typed, load
from rootescrow.ceremony.rules import Answer, Finding
from rootescrow.ceremony.situation import PASSPHRASE, KeyState
from rootescrow.ceremony.split import Order
from rootescrow.errors import IntegrityError, PaperError, RuleError
from rootescrow.keys import EncryptedKey
from rootescrow.policy import Group, Policy
from rootescrow.register.record import Accepted, Authority, Record, RecordedKey


@dataclass(frozen=True)
class Planned:
    """A plan as read, its file's bytes, and the answer of every rule to it."""

    plan: Plan
    data: bytes = field(repr=False)
    answers: tuple[Answer, ...]

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read a plan and ask the rules. Raises PlanError."""
        plan = load(data)
        return cls(plan, data, rules.check(plan.situation()))

    @property
    def sha256(self) -> str:
        """SHA-256 of the file, 64 hexadecimal digits: what the Board's motion quotes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        """The rules that are not met and were accepted, with the reasons."""
        return tuple(Accepted(rule=a.rule, reason=a.accepted) for a in self.answers if a.accepted)

    @property
    def accepted_in_vain(self) -> tuple[str, ...]:
        """The rules that the plan accepts not to meet, and meets: such a reason would hide a later failure."""
        return tuple(answer.rule for answer in self.answers if answer.rule in self.plan.accept and not answer.accepted)

    def also(self, found: Iterable[tuple[str, Finding]]) -> Self:
        """The same, with what else was found against rules: what its [accept] says of them counts for that too."""
        return replace(self, answers=rules.also(self.answers, found, self.plan.accept))

    def refuse(self) -> None:
        """Raise RuleError if a rule is not met and that is not accepted."""
        rules.refuse(self.answers)

    @property
    def strict(self) -> bool:
        """Whether it is of a root or a subroot: what is not proved or not met is refused there."""
        return self.plan.situation().strict

    @property
    def typists(self) -> tuple[str, ...]:
        """Who types the passphrase, by their full names, in this order; nobody if it is generated."""
        return self.plan.names(self.plan.passphrase.parts) if isinstance(self.plan.passphrase, Typed) else ()

    @property
    def keepers(self) -> Keepers | None:
        """Who is to have the sheets of the passphrase; None if it is typed."""
        if not isinstance(self.plan.passphrase, Generated):
            return None
        sheets = self.plan.passphrase.sheets
        policy = Policy(Group(PASSPHRASE, self.plan.passphrase.threshold, len(sheets)))
        written = frozenset(f"{PASSPHRASE}/{number}" for number, sheet in enumerate(sheets, 1) if sheet.handwritten)
        return Keepers(policy, (tuple(map(self.plan.holder, sheets)),), written)

    def order(
        self, certificate: bytes | None, *, rehearsal: bool, exceptions: Mapping[str, str] = MappingProxyType({})
    ) -> Order:
        """What is to be made. `exceptions` are checks of the host that failed and were accepted, with the reasons.

        Raises RuleError if a rule is not met, or if a key that must match its certificate comes without one.
        """
        self.refuse()
        plan = self.plan
        if certificate is None and self.strict and not rehearsal:
            raise _unproved("no certificate was given", "Give the certificate with --certificate.")
        return Order(
            plan.policy,
            plan.key.name,
            plan.holders,
            plan.placement,
            plan.paper,
            certificate,
            rehearsal,
            organisation=plan.organisation.name,
            contact=plan.organisation.contact,
            authority=Authority(motion=plan.authority.motion, date=plan.authority.date),
            profile=plan.profile.value,
            media=tuple(medium.name for medium in plan.media),
            accepted=(*self.accepted, *(Accepted(rule=f"preflight {c}", reason=r) for c, r in exceptions.items())),
            plan=self.data,
            handwritten=plan.handwritten,
            language=plan.language,
        )

    def check_key(self, encrypted: EncryptedKey, *, certified: bool, key: RecordedKey | None = None) -> None:
        """That a key is the one of the plan, and that the rules allow it; `certified` says it matched a certificate.

        `key` is what a record says of this very key, where it is not opened. Raises IntegrityError for another key than
        the plan's; RuleError for a key that is not proved to be that of its certificate, in a root or a subroot, or
        that is too weakly encrypted.
        """
        facts, wanted = encrypted.facts, self.plan.key.spki_sha256
        if key is not None:
            fingerprint, provenance = key.spki_sha256, key.provenance
        else:
            fingerprint = facts.fingerprint.hex() if facts and facts.fingerprint else None
            provenance = facts.provenance.value if facts and facts.provenance else None
        if wanted and fingerprint is None:
            raise IntegrityError(
                "the plan names the key's SPKI hash, and this key's public key is not known",
                "Give the certificate with --certificate, or install openssl 3 with this algorithm.",
            )
        if wanted and fingerprint and not hmac.compare_digest(fingerprint, wanted):
            raise IntegrityError(
                f"the key is not the one of the plan: its SPKI SHA-256 is {fingerprint}",
                f"The plan says {wanted}. Give that key, or have another plan decided.",
            )
        state = KeyState(encrypted.kdf, provenance, certified)
        situation = replace(self.plan.situation(), key=state)
        if situation.strict and not state.proved:
            raise _unproved(
                "its public key could not be computed from the private key",
                "Install an openssl that knows this algorithm. A root whose key nobody can check is not escrowed.",
            )
        rules.refuse(rules.check(situation))

    def check_made(self, record: Record) -> None:
        """Raise PaperError if the plan has printed envelopes, and this one is too large to be printed."""
        if self.plan.printed_envelopes and record.envelope.printed == "media":
            raise PaperError(
                f"the plan has printed envelopes, and this one has {record.envelope.bytes} bytes, too many to print",
                "Have a plan decided that keeps it on media only, and accepts that (z.4).",
            )


def report(planned: Planned) -> Iterator[str]:
    """Each rule with its answer; then what was accepted in vain."""
    yield from rules.table(planned.answers)
    for rule in planned.accepted_in_vain:
        yield f"{rule:<6}{'':16}is accepted and was met: take it out of [accept]"


def _unproved(why: str, hint: str) -> RuleError:
    return RuleError(f"the key is not proved to be that of its certificate: {why}", hint)

"""What `split` is to make by a plan, and what it refuses, once the key is there."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from Crypto.PublicKey import ECC

from rootescrow.ceremony.planned import Planned, report
from rootescrow.ceremony.split import Placement, make
from rootescrow.errors import IntegrityError, PaperError, RuleError
from rootescrow.keys import EncryptedKey
from rootescrow.keys.kdf import Scrypt
from rootescrow.keys.key import KeyFacts, Provenance
from rootescrow.paper.sheets import Paper
from rootescrow.policy import Body, Group, Holder
from rootescrow.register import folder
from rootescrow.register.record import Accepted, Authority
from tests.support import encrypted_key

from .plans import NO_MEDIA, NO_PAPER, ROOT, SIMPLE, TYPED, Change, accepting, changed

SPKI = ECC.generate(curve="P-384").public_key().export_key(format="DER")
FINGERPRINT = hashlib.sha256(SPKI).hexdigest()
NAMED: Change = ('spki_sha256 = ""', f'spki_sha256 = "{FINGERPRINT}"')
CERTIFICATE = b"a certificate"


def planned(*changes: Change, plan: str = ROOT) -> Planned:
    return Planned.read(changed(*changes, plan=plan).encode())


def key(provenance: Provenance | None = Provenance.CHECKED, *, spki: bytes = SPKI) -> EncryptedKey:
    """An encrypted key of which this is known; nothing opens it."""
    return replace(encrypted_key(), facts=KeyFacts("P-384", spki if provenance else None, provenance))


def test_the_order_is_what_the_plan_says() -> None:
    root = planned()
    order = root.order(CERTIFICATE, rehearsal=False)
    assert (order.key_name, order.placement, order.paper) == ("Example Root CA", Placement.SEPARATE, Paper.A4)
    assert order.policy.groups == (Group("Board", 3, 5, Body.BOARD), Group("Arbitration", 2, 3, Body.ARBITRATION))
    assert order.holder(1, 3) == Holder("Case manager", "Hal Example", "Office of Hal Example, Wien", "A000108")
    assert (order.organisation, order.profile) == ("Example CA", "root")
    assert order.contact == "escrow@ca.example, +41 44 000 00 00 (day and night)"
    assert order.authority == Authority(motion="m20261101.1", date=date(2026, 11, 1))
    assert (order.media, order.accepted) == (("USB stick 1", "USB stick 2"), ())
    assert order.plan == ROOT.encode()


def test_record_sheets_and_files_say_so() -> None:
    """Two sheets are enough to see it, and are drawn in a fraction of the time."""
    text = changed(
        ('threshold = 2\nsheets = [\n  { office = "President"', 'threshold = 1\nsheets = [\n  { office = "President"'),
        ('  { office = "Secretary", person = "bo", place = "home_bo" },\n', ""),
        ('  { office = "Treasurer", person = "cy", place = "home_cy" },\n', ""),
        ('name = "Example Signing CA"', f'name = "Example Signing CA"\nspki_sha256 = "{FINGERPRINT}"'),
        ("[ceremony]", '[authority]\nmotion = "m1"\ndate = 2026-11-01\n\n[ceremony]'),
        plan=SIMPLE,
    )
    simple = planned(plan=text)
    order = simple.order(None, rehearsal=False, exceptions={"swap": "a rehearsal"})
    made = make(key(), order, today=date(2026, 11, 23))
    record, (sheet,) = made.record, made.sheets
    assert record.plan_sha256 == hashlib.sha256(text.encode()).hexdigest() == simple.sha256
    assert (record.profile, record.authority.motion) == ("simple", "m1")
    assert record.accepted == (Accepted(rule="preflight swap", reason="a rehearsal"),)
    assert record.sheets[0].place == "Safe in the office"
    assert (sheet.organisation, sheet.contact, sheet.motion) == (
        "Example Club",
        "keys@club.example, +41 44 000 00 00",
        "m1",
    )
    assert made.files[f"{folder.ESCROW}/{folder.PLAN_FILE}"] == text.encode()
    assert type(record).load(record.dump()) == record


def test_a_rule_that_is_not_met_stops_and_an_accepted_one_is_recorded() -> None:
    broken = changed(NO_MEDIA)
    with pytest.raises(RuleError, match="SP-b"):
        planned(plan=broken).order(CERTIFICATE, rehearsal=False)
    accepted = planned(plan=accepting("SP-b", broken))
    reason = "so decided, motion m20261101.2"
    assert accepted.order(CERTIFICATE, rehearsal=False).accepted == (Accepted(rule="SP-b", reason=reason),)
    assert accepted.accepted_in_vain == ()
    assert f"accepted: {reason}" in "\n".join(report(accepted))


def test_what_is_accepted_and_was_met_is_said_and_not_recorded() -> None:
    vain = planned(plan=accepting("SP-b", ROOT))
    assert vain.accepted_in_vain == ("SP-b",)
    assert vain.order(CERTIFICATE, rehearsal=False).accepted == ()
    assert "take it out of [accept]" in "\n".join(report(vain))


def test_a_root_wants_its_certificate_and_a_rehearsal_has_none() -> None:
    with pytest.raises(RuleError, match="no certificate was given"):
        planned().order(None, rehearsal=False)
    assert planned().order(None, rehearsal=True).rehearsal
    assert planned(plan=SIMPLE).order(None, rehearsal=False).certificate is None


@pytest.mark.parametrize("profile", ["root", "subroot"])
@pytest.mark.parametrize("provenance", [Provenance.STATED, None])
def test_a_key_that_is_not_proved_is_refused(profile: str, provenance: Provenance | None) -> None:
    strict = planned(('profile = "root"', f'profile = "{profile}"'))
    with pytest.raises(RuleError, match="not proved to be that of its certificate"):
        strict.check_key(key(provenance), certified=True)
    with pytest.raises(RuleError, match="not proved to be that of its certificate"):
        strict.check_key(key(), certified=False)
    strict.check_key(key(), certified=True)
    planned(plan=SIMPLE).check_key(key(provenance), certified=False)


def test_a_key_that_is_not_proved_cannot_be_accepted_by_a_rule() -> None:
    with pytest.raises(RuleError, match="not proved"):
        planned(plan=accepting("SP-c", ROOT)).check_key(key(Provenance.STATED), certified=True)


def test_the_key_of_the_plan() -> None:
    named = planned(NAMED)
    named.check_key(key(), certified=True)
    other = ECC.generate(curve="P-384").public_key().export_key(format="DER")
    with pytest.raises(IntegrityError, match="the key is not the one of the plan") as error:
        named.check_key(key(spki=other), certified=True)
    assert hashlib.sha256(other).hexdigest() in error.value.message
    assert FINGERPRINT in error.value.hint
    with pytest.raises(IntegrityError, match="public key is not known"):
        named.check_key(key(None), certified=True)
    with pytest.raises(IntegrityError, match="public key is not known"):
        named.check_key(replace(key(), facts=None), certified=True)


def test_a_key_that_is_too_weakly_encrypted_breaks_a_rule() -> None:
    weak = key()
    assert weak.kdf == Scrypt()
    der = weak.der.replace(bytes.fromhex("020150"), bytes.fromhex("020101"))  # p: 80, then 1
    assert der != weak.der
    with pytest.raises(RuleError, match="SP-c"):
        planned().check_key(EncryptedKey(der, weak.facts), certified=True)


def test_a_printed_envelope_that_cannot_be_printed() -> None:
    order = planned(plan=SIMPLE).order(None, rehearsal=False)
    record = make(key(), replace(order, placement=Placement.SEPARATE), today=date(2026, 11, 23)).record
    too_large = record.model_copy(update={"envelope": record.envelope.model_copy(update={"printed": "media"})})
    planned().check_made(record)
    with pytest.raises(PaperError, match="too many to print"):
        planned().check_made(too_large)
    planned(plan=accepting("z.4", changed(NO_PAPER))).check_made(too_large)


def test_who_types_and_who_keeps() -> None:
    assert planned(TYPED).typists == ("Ina Example", "Jo Example")
    assert planned(TYPED).keepers is None
    keepers = planned().keepers
    assert keepers is not None
    assert str(keepers.policy) == "any 2 of the 3 Passphrase sheets"
    assert keepers.holder(0, 2) == Holder("Head of support", "Jo Example", "Bank, Hamburg", "A000110")
    assert planned().typists == ()

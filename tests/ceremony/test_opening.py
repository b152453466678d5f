"""A drill that opens the envelope: under a case alone, in memory alone, and against the record."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from rootescrow import envelope
from rootescrow.ceremony.opening import Exercise, Opening
from rootescrow.errors import (
    EscrowError,
    IntegrityError,
    PaperError,
    QuorumError,
    RuleError,
    UsageError,
    WrongPassphraseError,
)
from rootescrow.escrow import Escrow, generate_passphrase, split
from rootescrow.keys import PrivateKey
from rootescrow.passphrase import Passphrase
from rootescrow.policy import Group, Policy
from rootescrow.recovery import search
from rootescrow.register.events import AnyEvent, Opened, Void
from rootescrow.register.folder import Folder
from rootescrow.register.journal import Journal
from rootescrow.register.record import sha256
from rootescrow.register.register import fold
from rootescrow.shamir import combine
from tests.ceremony.support import FLOOR, PASSPHRASE, encrypted
from tests.ceremony.test_confirm import record_of, texts_of
from tests.register.support import NOON
from tests.support import ROOT, forged, make, noise

KEEPERS, ESCROWED = generate_passphrase(Policy(Group("Keepers", 2, 3)), rng=noise(3))
QUORUM = ("Arbitration/3", "Board/4", "Board/1", "Arbitration/1", "Board/5")


@cache
def of_real_key(*, generated: bool) -> Escrow:
    """An escrow of a key that can be opened, with the passphrase of these tests or the one on the keepers' sheets."""
    key = encrypted()
    if generated:
        key = key.decrypt(Passphrase.from_text(PASSPHRASE)).encrypt(
            Passphrase(bytes(KEEPERS.reveal())), cost=FLOOR, rng=noise(0)
        )
    return split(key, ROOT, rng=noise(1))


def opening(
    escrow: Escrow,
    *names: str,
    case: str = "a1",
    before: tuple[AnyEvent, ...] = (),
    fingerprint: str | None = None,
    in_folder: bool = True,
) -> Opening:
    """An exercise with these sheets on the table, whose clock goes on by seven seconds each time."""
    record = record_of(escrow, "each", ESCROWED)
    key = record.key.model_copy(
        update={"encrypted_key_sha256": escrow.encrypted.sha256.hex(), "spki_sha256": fingerprint}
    )
    record = record.model_copy(update={"key": key})
    journal = Journal.begin(record, NOON)
    for event in before:
        journal = journal.append(event, now=NOON)
    clock = itertools.count(0, 7)
    opened = Folder(record, escrow.envelope.der if in_folder else None, None)
    made = Opening(opened, fold(record, journal), case, "Eve", clock=lambda: next(clock))
    texts = texts_of(escrow) | texts_of(ESCROWED)
    for name in names:
        made.add(texts[name], name)
    return made


def done(made: Opening, ask: str | None = None) -> Exercise:
    return made.open(
        (lambda: Passphrase.from_text(ask)) if ask else None, right={}, by="Ada, Bo", next_drill=NOON.date()
    )


def test_a_quorum_opens_the_envelope_and_only_that_is_told() -> None:
    escrow = make(ROOT, seed=4)
    exercise = done(opening(escrow, *QUORUM))
    assert exercise.event == Opened(
        case="a1",
        arbitrator="Eve",
        sheets=tuple(sorted(QUORUM)),
        passphrase=False,
        by="Ada, Bo",
        next_drill=NOON.date(),
    )
    assert exercise.encrypted_key_sha256 == sha256(escrow.encrypted.der)
    assert (exercise.seconds, exercise.took, exercise.proved) == (7, "7.0 s", "")
    assert replace(exercise, seconds=65.2).took == "1 min 5 s"


@pytest.mark.parametrize("case", ["", "  "])
def test_without_a_case_nothing_is_combined(case: str) -> None:
    with pytest.raises(RuleError, match="SP-h") as raised:
        opening(make(ROOT, seed=4), *QUORUM, case=case)
    assert "--case" in raised.value.hint


@pytest.mark.parametrize("case", ["a\nb", "x" * 501, "案件", " ".join(make(ROOT).share(0, 1).words[:5])])
def test_a_case_is_one_plain_line_and_no_share(case: str) -> None:
    with pytest.raises((UsageError, PaperError)):
        opening(make(ROOT, seed=4), case=case)


def test_too_few_open_nothing() -> None:
    with pytest.raises(QuorumError, match=r"Board: 2 of 3"):
        done(opening(make(ROOT, seed=4), *QUORUM[:-1]))


def test_a_void_sheet_does_not_take_part() -> None:
    with pytest.raises(QuorumError):
        done(opening(make(ROOT, seed=4), *QUORUM, before=(Void(sheet="Board/5", reason="lost"),)))


def test_a_forged_sheet_beside_a_quorum_takes_no_part() -> None:
    escrow = make(ROOT, seed=4)
    made = opening(escrow, *QUORUM)
    made.add(forged(escrow.share(0, 2)).text, "forged")
    assert "Board/2" not in done(made).event.sheets


def test_an_envelope_with_another_key_than_the_record_lists() -> None:
    escrow = make(ROOT, seed=4)
    made = opening(escrow, *QUORUM)
    known = made.pile.known
    assert known is not None
    made.pile.known = replace(known, encrypted_key_sha256=bytes(32))
    with pytest.raises(IntegrityError, match="another encrypted key"):
        done(made)


def test_another_envelope_that_opens_is_not_the_one_of_the_record() -> None:
    """Sealed again under the same secret: the same key comes out, and still somebody made it."""
    escrow = make(ROOT, seed=4)
    shares = [escrow.share(0, number) for number in (1, 2, 3)] + [escrow.share(1, number) for number in (1, 2)]
    with combine(shares) as secret:
        other = envelope.seal(escrow.encrypted.der, secret, rng=noise(77))
    made = opening(escrow, *QUORUM, in_folder=False)
    made.add(other.der, "a medium")
    assert search(made.pile).envelope == other
    with pytest.raises(IntegrityError, match="is not the one that the record lists"):
        done(made)


def test_the_passphrase_that_is_typed_opens_the_key() -> None:
    escrow = of_real_key(generated=False)
    fingerprint = PrivateKey.load(escrow.encrypted.pem().encode(), PASSPHRASE).fingerprint
    assert fingerprint is not None
    exercise = done(opening(escrow, *QUORUM, fingerprint=fingerprint.hex()), PASSPHRASE)
    assert exercise.event.passphrase
    assert not exercise.by_sheets
    assert "it is the key of the record" in exercise.proved
    with pytest.raises(IntegrityError, match="not the one that the record states"):
        done(opening(escrow, *QUORUM, fingerprint="ab" * 32), PASSPHRASE)
    with pytest.raises(WrongPassphraseError):
        done(opening(escrow, *QUORUM), "another one")


def test_the_passphrase_comes_from_its_own_sheets_if_they_are_a_quorum() -> None:
    escrow = of_real_key(generated=True)
    made = opening(escrow, *QUORUM, "Keepers/3", "Keepers/1")
    assert made.has_passphrase
    exercise = made.open(_never, right={}, by="", next_drill=None)
    assert (exercise.event.passphrase, exercise.by_sheets) == (True, True)
    assert exercise.event.sheets == tuple(sorted((*QUORUM, "Keepers/1", "Keepers/3")))
    assert not opening(escrow, "Keepers/3").has_passphrase
    untried = opening(escrow, *QUORUM, "Keepers/3", "Keepers/1")
    assert "Keepers/1" not in done(untried).event.sheets, "not asked for, so not combined"


def _never() -> Passphrase:
    raise AssertionError("nobody is to be asked")


def test_of_copies_the_one_that_lay_there_took_part() -> None:
    copied = make(Policy(Group("Board", 1, 3), Group("Arbitration", 2, 2)), seed=8)
    made = opening(copied, "Board/1", "Arbitration/1", "Arbitration/2")
    for right, name in (({}, "Board/1"), ({copied.share(0, 1): "Board/3"}, "Board/3")):
        exercise = made.open(None, right=right, by="", next_drill=None)
        assert exercise.event.sheets == ("Arbitration/1", "Arbitration/2", name)


def test_no_word_or_letter_of_a_secret_is_in_what_is_given_out(tmp_path: Path) -> None:
    escrow = of_real_key(generated=True)
    made = opening(escrow, *QUORUM, "Keepers/3", "Keepers/1")
    exercise = made.open(_never, right={}, by="", next_drill=None)
    said = f"{exercise!r} {exercise.event} {made!r}"
    assert bytes(KEEPERS.reveal()).decode() not in said
    assert escrow.encrypted.der.hex() not in said
    for text in (*texts_of(escrow).values(), *texts_of(ESCROWED).values()):
        words = text.split()
        assert not any(f"{one} {two}" in said for one, two in itertools.pairwise(words))
    with pytest.raises(EscrowError) as raised:
        done(opening(escrow, *QUORUM), "another one")
    assert "another one" not in raised.value.message + raised.value.hint
    assert not list(tmp_path.iterdir())

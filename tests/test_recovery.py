from __future__ import annotations

import itertools
import random
from dataclasses import replace
from math import comb

import pytest
from Crypto.PublicKey import ECC
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow import envelope, shamir
from rootescrow.codes import EscrowId, encode_envelope_codes, encode_text_lines
from rootescrow.errors import EscrowError, IntegrityError, QuorumError, TagError
from rootescrow.escrow import Escrow, split
from rootescrow.keys import PrivateKey, Scrypt
from rootescrow.pile import ConfirmedBy, Pile, Verdict
from rootescrow.policy import Group, Policy
from rootescrow.recovery import MAX_MASTER_SECRETS, MAX_SUBSETS, recover, search
from rootescrow.secret import Secret
from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS
from tests.support import ARBITRATION, BOARD, ROOT, Thing, altered, collusion, forged, known, make, noise, pile_of, torn

ESCROW = make()
KEY = ESCROW.encrypted
OTHER = make(seed=1)
(B1, B2, B3, B4, B5), (A1, A2, A3) = ESCROW.shares
QUORUM = (B1, B3, B5, A1, A3)


def failure(pile: Pile) -> EscrowError:
    with pytest.raises(EscrowError) as caught:
        recover(pile)
    return caught.value


def accuses(error: EscrowError) -> bool:
    """Whether an error points at single sheets."""
    return any(word in f"{error.message} {error.hint}" for word in ("sheet 1", "sheet 2", "Board/", "group 1, sheet"))


# Quorums


def test_a_real_key_comes_back_and_its_passphrase_opens_it() -> None:
    pem = ECC.generate(curve="ed25519").export_key(format="PEM")
    encrypted = PrivateKey.load(pem.encode()).encrypt("a long enough passphrase", cost=Scrypt(n=16, r=8, p=1))
    escrow = split(encrypted, ROOT)
    recovered = recover(pile_of(*escrow.shares[0][:3], *escrow.shares[1][:2], escrow.envelope))
    assert recovered.der == encrypted.der
    with recovered.decrypt("a long enough passphrase").pkcs8 as pkcs8:
        assert ECC.import_key(bytes(pkcs8.reveal())).export_key(format="PEM") == pem


def test_every_quorum_recovers_and_every_set_one_short_does_not() -> None:
    everyone = [*ESCROW.shares[0], *ESCROW.shares[1]]
    for chosen in itertools.product((False, True), repeat=8):
        pile = pile_of(ESCROW.envelope, *itertools.compress(everyone, chosen))
        if sum(chosen[:5]) >= 3 and sum(chosen[5:]) >= 2:
            assert pile.status.complete
            assert recover(pile).der == KEY.der
        else:
            assert not pile.status.complete
            assert type(failure(pile)) is QuorumError
            assert failure(pile).exit_status == 4


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_duplicates_strangers_and_order_do_not_matter(chance: random.Random) -> None:
    strangers: list[Thing] = [
        "https://example.org/board/minutes?2026",
        shamir.split(Secret(bytes(range(16))), [(1, 1)], group_threshold=1, identifier=7)[0][0].text,
        shamir.split(Secret(bytes(range(32))), [(2, 3)], group_threshold=1, identifier=7, extendable=False)[0][0],
        OTHER.shares[0][0],
        OTHER.shares[1][2],
        OTHER.envelope.der,
        "WIFI:S:board;T:WPA;P:secret;;",
        b"\x00\x01",
        "",
    ]
    sheets = [*ESCROW.shares[0], *ESCROW.shares[1], *ESCROW.shares[0][:2]]
    items: list[Thing] = [*sheets, ESCROW.envelope, ESCROW.envelope, *strangers]
    chance.shuffle(items)
    found = search(pile_of(*items))
    assert found.encrypted.der == KEY.der
    assert set(found.used) == {*ESCROW.shares[0], *ESCROW.shares[1]}
    assert set(found.strangers) == {OTHER.shares[0][0], OTHER.shares[1][2]}
    assert found.wrong == found.unjudged == ()


def test_nothing_at_all() -> None:
    error = failure(Pile())
    assert isinstance(error, QuorumError)
    assert "no sheet yet" in error.message
    assert "no sheet yet" in failure(pile_of(ESCROW.envelope)).message


def test_what_is_missing_is_said() -> None:
    assert "group 1: 2 of 3; group 2: complete" in failure(pile_of(B1, B2, A1, A2, ESCROW.envelope)).message
    pile = pile_of(B1, B2, A1, A2, ESCROW.envelope, record=known(ESCROW))
    assert "Board: 2 of 3; Arbitration: complete; envelope: complete" in failure(pile).message


# Several escrows


def both() -> list[Thing]:
    sheets = [share for escrow in (ESCROW, OTHER) for group in escrow.shares for share in group]
    return [*sheets, ESCROW.envelope, OTHER.envelope]


def test_two_complete_escrows_are_not_chosen_between() -> None:
    items = both()
    for _ in range(2):
        error = failure(pile_of(*items))
        assert isinstance(error, IntegrityError)
        assert str(ESCROW.id) in error.message
        assert str(OTHER.id) in error.message
        assert "record" in error.hint
        items.reverse()


@pytest.mark.parametrize("escrow", [ESCROW, OTHER])
def test_the_record_says_which_of_two_complete_escrows(escrow: Escrow) -> None:
    found = search(pile_of(*both(), record=known(escrow)))
    assert found.encrypted.der == escrow.encrypted.der
    assert len(found.strangers) == 8


def test_one_complete_escrow_beside_an_incomplete_one() -> None:
    items: list[Thing] = [*QUORUM, ESCROW.envelope, *OTHER.shares[0], OTHER.shares[1][0], OTHER.envelope]
    assert recover(pile_of(*items)).der == KEY.der
    assert recover(pile_of(*reversed(items))).der == KEY.der
    error = failure(pile_of(*items, record=known(OTHER)))
    assert type(error) is QuorumError
    assert "Board: complete; Arbitration: 1 of 2" in error.message
    assert "sheets of 1 other escrow" in error.message


def test_sheets_of_two_splits_of_one_key_do_not_add_up() -> None:
    again = split(KEY, ROOT, rng=noise(5))
    error = failure(pile_of(B1, B2, *again.shares[0][2:3], A1, again.shares[1][1], ESCROW.envelope, again.envelope))
    assert type(error) is QuorumError
    assert "other escrow" in error.message


def test_two_complete_splits_of_one_key_give_that_key() -> None:
    again = split(KEY, ROOT, rng=noise(5))
    sheets = [share for group in (*ESCROW.shares, *again.shares) for share in group]
    found = search(pile_of(*sheets, ESCROW.envelope, again.envelope))
    assert found.encrypted.der == KEY.der
    assert len(found.used) == len(found.strangers) == 8


def test_sheets_of_one_escrow_and_the_envelope_of_another() -> None:
    error = failure(pile_of(*QUORUM, OTHER.envelope))
    assert type(error) is IntegrityError
    assert f"these are sheets of escrow {ESCROW.id}, and the envelope says that it is of {OTHER.id}" in error.message


def test_the_record_of_another_escrow() -> None:
    error = failure(pile_of(*QUORUM, ESCROW.envelope, record=known(OTHER)))
    assert type(error) is IntegrityError
    assert f"sheets of escrow {ESCROW.id}; the record is of escrow {OTHER.id}" in error.message
    assert "without the record" in error.hint


def test_a_record_of_another_encrypted_key() -> None:
    record = replace(known(ESCROW), encrypted_key_sha256=bytes(32))
    error = failure(pile_of(*QUORUM, ESCROW.envelope, record=record))
    assert type(error) is IntegrityError
    assert "another encrypted key than the record lists" in error.message


def test_a_record_that_knows_no_sheet_does_not_prevent_recovery() -> None:
    record = replace(known(ESCROW), sheets={}, envelope_sha256=bytes(32))
    pile = pile_of(*QUORUM, ESCROW.envelope, record=record)
    assert {finding.verdict for finding in pile.findings} == {Verdict.WRONG}
    assert recover(pile).der == KEY.der


# Headers


@pytest.mark.parametrize(
    "lie",
    [
        {"group_threshold": 1},
        {"group_count": 16},
        {"group_threshold": 1, "group_count": 1},
        {"member_threshold": 1},
        {"member_threshold": 2},
        {"member_threshold": 16},
        {"member_index": 15},
        {"group_index": 1},
    ],
)
def test_no_header_is_believed_because_it_came_first(lie: dict[str, int]) -> None:
    liar = altered(forged(B1), **lie)
    for items in ((liar, *QUORUM), (*QUORUM, liar)):
        pile = pile_of(*items, ESCROW.envelope)
        found = search(pile)
        assert found.encrypted.der == KEY.der
        assert found.wrong == (liar,)
        assert set(found.used) == set(QUORUM)


def test_a_lying_header_with_the_true_value_is_wrong_too() -> None:
    liar = replace(B2, member_threshold=4)
    assert search(pile_of(liar, *QUORUM, ESCROW.envelope)).wrong == (liar,)


def test_many_lying_headers() -> None:
    liars = [
        replace(forged(B1, seed=count), group_threshold=1, group_count=count, member_threshold=1)
        for count in range(1, 17)
    ]
    found = search(pile_of(*liars, *QUORUM, ESCROW.envelope))
    assert found.encrypted.der == KEY.der
    assert set(found.wrong) == set(liars)


# Bad shares beside good ones


@pytest.mark.parametrize("bad", range(1, 6))
def test_a_good_quorum_is_found_beside_bad_sheets(bad: int) -> None:
    """`bad` forged sheets in each group come first, with the numbers of good ones."""
    wrong = [forged(share, seed=number) for number, share in enumerate((*ESCROW.shares[0][:bad], A1, A2)[: bad + 2])]
    pile = pile_of(*wrong, *QUORUM, ESCROW.envelope)
    assert all(finding.verdict is Verdict.TAKEN for finding in pile.findings)
    found = search(pile)
    assert found.encrypted.der == KEY.der
    assert set(found.used) == set(QUORUM)
    assert set(found.wrong) == set(wrong)


def test_a_quorum_with_one_forged_sheet_accuses_nobody() -> None:
    for place in range(len(QUORUM)):
        sheets = [forged(share) if number == place else share for number, share in enumerate(QUORUM)]
        error = failure(pile_of(*sheets, ESCROW.envelope))
        assert isinstance(error, IntegrityError)
        assert "do not fit together" in error.message
        assert not accuses(error)
        assert ("group 1" if place < 3 else "group 2") in error.message


def test_with_the_record_the_forged_sheet_is_named() -> None:
    pile = pile_of(B1, B3, forged(B5), A1, A3, ESCROW.envelope, record=known(ESCROW))
    assert [finding.verdict for finding in pile.findings].count(Verdict.WRONG) == 1
    wrong = pile.findings[2]
    assert wrong.verdict is Verdict.WRONG
    assert wrong.name == "Board, a sheet that says it is number 5"
    assert "not a sheet that the record lists" in wrong.message
    assert pile.status.groups[0].have == 2
    error = failure(pile)
    assert isinstance(error, IntegrityError)
    assert "the sheets of Board do not fit together" in error.message
    assert "--escrow" not in error.hint


def test_altered_numbers_with_a_right_checksum() -> None:
    for sheet in (replace(B5, member_index=5), replace(B5, group_index=1), replace(B5, member_index=1)):
        assert isinstance(failure(pile_of(B1, B3, sheet, A1, A3, ESCROW.envelope)), IntegrityError | QuorumError)


@pytest.mark.parametrize("numbers", [(0, 1, 2), (2, 3, 4), (0, 2, 4)])
@pytest.mark.parametrize("with_record", [False, True])
def test_three_colluders_against_two_honest_sheets(numbers: tuple[int, ...], with_record: bool) -> None:
    """Their group's digest is right; the honest ones, who are too few, must not be accused."""
    gang = collusion(ESCROW)
    lies = [gang.shares[0][number] for number in numbers]
    honest = [share for share in ESCROW.shares[0] if share.member_index not in numbers]
    pile = pile_of(*lies, *honest, A1, A2, ESCROW.envelope, record=known(ESCROW) if with_record else None)
    accused = {finding.share for finding in pile.findings if finding.verdict is Verdict.WRONG}
    assert accused == (set(lies) if with_record else set())
    error = failure(pile)
    assert isinstance(error, IntegrityError)
    assert not accuses(error)
    missing = next(share for share in ESCROW.shares[0] if share not in honest)
    pile.add(missing.text)
    found = search(pile)
    assert found.encrypted.der == KEY.der
    assert set(found.wrong) == set(lies)


@pytest.mark.parametrize("same_set", [False, True])
@pytest.mark.parametrize("with_record", [False, True])
def test_colluders_in_both_groups(same_set: bool, with_record: bool) -> None:
    """Even the digest over the groups is right, and with `same_set` the first words fit the secret."""
    gang = collusion(ESCROW, same_set=same_set)
    lies = [*gang.shares[0][:3], *gang.shares[1][:2]]
    honest = [B4, B5, A3]
    pile = pile_of(*lies, *honest, ESCROW.envelope, record=known(ESCROW) if with_record else None)
    accused = {finding.share for finding in pile.findings if finding.verdict is Verdict.WRONG}
    assert accused == (set(lies) if with_record else set())
    error = failure(pile)
    assert isinstance(error, IntegrityError)
    assert not accuses(error)
    for share in (B1, A1):
        pile.add(share.text)
    found = search(pile)
    assert found.encrypted.der == KEY.der
    assert set(found.wrong) == set(lies)


def test_colluders_who_bring_an_envelope_of_their_own() -> None:
    """All of theirs fits together, the honest sheets are too few: still nobody is called wrong without a record."""
    gang = collusion(ESCROW, same_set=True)
    lies = [*gang.shares[0][:3], *gang.shares[1][:2]]
    items: list[Thing] = [*lies, B4, B5, A3, gang.envelope, ESCROW.envelope]
    found = search(pile_of(*items))
    assert found.id == gang.id
    assert found.wrong == ()
    assert set(found.unjudged) == {B4, B5, A3}
    error = failure(pile_of(*items, record=known(ESCROW)))
    assert isinstance(error, IntegrityError)
    assert str(gang.id) in error.message


def test_colluders_with_an_envelope_against_a_quorum() -> None:
    gang = collusion(ESCROW, same_set=True)
    items: list[Thing] = [*gang.shares[0][:3], *gang.shares[1][:2], *QUORUM, gang.envelope, ESCROW.envelope]
    error = failure(pile_of(*items))
    assert isinstance(error, IntegrityError)
    assert "2 different keys" in error.message
    assert recover(pile_of(*items, record=known(ESCROW))).der == KEY.der


# Words and bytes


def test_every_word_replaced() -> None:
    words = list(B1.words)
    others = [B3.text, B5.text, A1.text, A3.text]
    for position in range(33):
        for bit in range(10):
            new = WORDS[WORDS.index(words[position]) ^ 1 << bit]
            text = " ".join([*words[:position], new, *words[position + 1 :]])
            pile = pile_of(text, *others, ESCROW.envelope)
            assert pile.findings[0].verdict is Verdict.WRONG
            assert "checksum" in pile.findings[0].message
            assert pile.shares.keys() == {B3, B5, A1, A3}
        typo = " ".join([*words[:position], "q" + words[position], *words[position + 1 :]])
        pile = pile_of(typo, *others, ESCROW.envelope)
        assert pile.findings[0].message == f"word {position + 1} is not in the word list"
        assert isinstance(failure(pile), QuorumError)


def test_every_bit_of_a_share_changed_and_its_checksum_made_right() -> None:
    """A forger changes what he likes; at most the key does not come out."""
    for bit in range(256):
        changed = replace(B1, value=(int.from_bytes(B1.value) ^ 1 << bit).to_bytes(32))
        assert isinstance(failure(pile_of(changed, B3, B5, A1, A3, ESCROW.envelope)), IntegrityError)


def test_every_byte_of_the_envelope_changed() -> None:
    escrow = make(Policy(Group("Board", 1, 1)), size=16)
    share = escrow.shares[0][0]
    der = escrow.envelope.der
    for place in range(len(der)):
        changed = der[:place] + bytes([der[place] ^ (1 << place % 8)]) + der[place + 1 :]
        # The file and the codes at once: if either gave a key there would be no error.
        codes = encode_envelope_codes(escrow.id, changed)
        assert isinstance(failure(pile_of(share, changed, *codes)), IntegrityError)


def test_a_cut_or_lengthened_envelope() -> None:
    der = ESCROW.envelope.der
    for changed in (der[:-1], der + b"\x00", der[:20], b"", der * 2, b"\x00" * (1 << 20)):
        pile = pile_of(*QUORUM, changed)
        assert pile.findings[-1].verdict is Verdict.WRONG
        assert isinstance(failure(pile), QuorumError)


def test_an_altered_envelope_beside_a_good_one() -> None:
    der = ESCROW.envelope.der
    altered = der[:-1] + bytes([der[-1] ^ 1])
    assert type(failure(pile_of(*QUORUM, altered))) is TagError
    assert recover(pile_of(*QUORUM, altered, der)).der == KEY.der
    assert recover(pile_of(*QUORUM, altered, *encode_envelope_codes(ESCROW.id, der))).der == KEY.der


def test_an_envelope_that_holds_something_else() -> None:
    secret = Secret(noise(1)(32))
    id_ = EscrowId.of(secret)
    ((share,),) = shamir.split(secret, [(1, 1)], group_threshold=1, identifier=id_.slip39_identifier)
    error = failure(pile_of(share, envelope.seal(b"no key at all", secret)))
    assert error.exit_status == 3


# The envelope from codes and lines


LARGE = make(size=2400)
CODES = encode_envelope_codes(LARGE.id, LARGE.envelope.der)
LINES = encode_text_lines(LARGE.id, LARGE.envelope.der)
LARGE_QUORUM = (*LARGE.shares[0][:3], *LARGE.shares[1][:2])


def test_codes_alone_lines_alone() -> None:
    assert len(CODES) == 4
    assert recover(pile_of(*reversed(CODES), *LARGE_QUORUM)).der == LARGE.encrypted.der
    assert recover(pile_of(*LARGE_QUORUM, str(LARGE.id), *reversed(LINES))).der == LARGE.encrypted.der
    assert recover(pile_of(*LINES, *LARGE_QUORUM)).der == LARGE.encrypted.der


@pytest.mark.parametrize("lost", range(4))
def test_a_lost_code_made_good_by_typed_lines(lost: int) -> None:
    pile = pile_of(*LARGE_QUORUM, *(code for number, code in enumerate(CODES) if number != lost))
    error = failure(pile)
    assert type(error) is QuorumError
    assert f"code {lost + 1} of 4, or instead line" in error.message
    if lost == 0:
        pile.add(LINES[0])
    wanted = pile.status.envelope_missing
    first, last = (int(word) for word in wanted.split() if word.isdigit() and len(word) == 3)
    for number in range(first, last):
        pile.add(LINES[number - 1])
    assert f"line {last:03}" in failure(pile).message
    pile.add(LINES[last - 1])
    assert pile.status.complete
    assert recover(pile).der == LARGE.encrypted.der


def test_a_code_of_another_escrow_is_no_help() -> None:
    other = make(size=2400, seed=8)
    strange = encode_envelope_codes(other.id, other.envelope.der)[1]
    pile = pile_of(*LARGE_QUORUM, CODES[0], strange, *CODES[2:])
    assert pile.status.envelope_missing.startswith("code 2 of 4")
    assert "code 2 of 4" in failure(pile).message
    assert isinstance(failure(pile), QuorumError)
    pile.add(CODES[1])
    assert recover(pile).der == LARGE.encrypted.der


def test_contradicting_copies_of_codes() -> None:
    bad = [code[:-1] + ("A" if code[-1] != "A" else "B") for code in CODES]
    assert isinstance(failure(pile_of(*bad, *LARGE_QUORUM)), IntegrityError)
    for order in ((*bad, *CODES), (*CODES, *bad), (bad[0], *CODES, *bad[1:])):
        assert recover(pile_of(*order, *LARGE_QUORUM)).der == LARGE.encrypted.der


SWAP = str.maketrans("YZyz", "ZYzy")


@pytest.mark.parametrize("which", [{0}, {3}, {0, 1}, {1, 2, 3}, {0, 1, 2, 3}])
def test_codes_from_a_scanner_on_another_keyboard_layout(which: set[int]) -> None:
    codes = [code.translate(SWAP) if number in which else code for number, code in enumerate(CODES)]
    assert recover(pile_of(*LARGE_QUORUM, *codes)).der == LARGE.encrypted.der


def test_words_and_codes_from_such_a_scanner() -> None:
    items = [item.translate(SWAP) for item in (*CODES, *(share.text for share in LARGE_QUORUM))]
    assert sum(word.translate(SWAP) in WORDS for item in items for word in item.split()) > 1
    assert recover(pile_of(*items)).der == LARGE.encrypted.der


@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize("which", [{0}, {2}, {0, 1, 2, 3}])
def test_such_a_scanner_garbles_the_escrow_id_too(place: str, which: set[int]) -> None:
    letters = slice(0, 3) if place == "first" else slice(3, 8)
    seeds = (seed for seed in itertools.count() if "Y" in make_id(seed)[letters] or "Z" in make_id(seed)[letters])
    escrow = make(ROOT, size=2400, seed=next(seeds))
    codes = [
        code.translate(SWAP) if number in which else code
        for number, code in enumerate(encode_envelope_codes(escrow.id, escrow.envelope.der))
    ]
    for record in (None, known(escrow)):
        pile = pile_of(*escrow.shares[0][:3], *escrow.shares[1][:2], *codes, record=record)
        assert pile.status.complete
        assert all(finding.verdict is Verdict.TAKEN for finding in pile.findings)
        assert recover(pile).der == escrow.encrypted.der
        lacking = pile_of(*escrow.shares[0][:3], *escrow.shares[1][:2], *codes[:3], record=record)
        assert lacking.status.envelope_missing.startswith("code 4 of 4")
        assert "code 4 of 4" in failure(lacking).message


def make_id(seed: int) -> str:
    """The id that `make` with this seed gives."""
    return EscrowId.of(Secret(noise(seed)(32))).compact


# Other policies


def test_copies_of_one_share() -> None:
    escrow = make(Policy(Group("Board", 1, 3), ARBITRATION))
    assert len(escrow.shares[0]) == 1
    copy = escrow.share(0, 3)
    arbitrators = escrow.shares[1][::2]
    pile = pile_of(copy, copy, *arbitrators, escrow.envelope, record=known(escrow))
    assert pile.findings[0].name == "Board/1 = Board/2 = Board/3"
    assert pile.findings[1].verdict is Verdict.DUPLICATE
    assert str(pile.status).startswith("Board: complete; Arbitration: complete")
    assert recover(pile).der == escrow.encrypted.der
    assert isinstance(failure(pile_of(*arbitrators, escrow.envelope)), QuorumError)


def test_one_of_two_groups_and_the_other_is_judged() -> None:
    escrow = make(Policy(BOARD, ARBITRATION, group_threshold=1))
    bad = forged(escrow.shares[1][0])
    found = search(pile_of(*escrow.shares[0], bad, escrow.shares[1][1], escrow.shares[1][2], escrow.envelope))
    assert found.encrypted.der == escrow.encrypted.der
    assert found.wrong == (bad,)
    assert found.unjudged == ()
    few = search(pile_of(*escrow.shares[0], bad, escrow.envelope))
    assert few.wrong == ()
    assert few.unjudged == (bad,)


def test_colluders_in_a_group_that_took_no_part() -> None:
    """Their digest is right, their group's secret is not: some of the sheets are wrong, and nobody knows which."""
    escrow = make(Policy(BOARD, ARBITRATION, group_threshold=1))
    lies = collusion(escrow).shares[1][:2]
    found = search(pile_of(*escrow.shares[0][:3], *lies, escrow.shares[1][2], escrow.envelope))
    assert set(found.used) == set(escrow.shares[0][:3])
    assert found.wrong == ()
    assert set(found.unjudged) == {*lies, escrow.shares[1][2]}


def test_two_of_three_groups() -> None:
    escrow = make(Policy(BOARD, ARBITRATION, Group("Systems", 2, 2), group_threshold=2))
    for left_out in range(3):
        sheets = [share for index, group in enumerate(escrow.shares) if index != left_out for share in group]
        assert recover(pile_of(*sheets, escrow.envelope)).der == escrow.encrypted.der
    everyone = [share for group in escrow.shares for share in group]
    found = search(pile_of(*everyone, escrow.envelope))
    assert set(found.used) == set(everyone)
    bad = forged(escrow.shares[0][0])
    found = search(pile_of(bad, *escrow.shares[0][1:3], *escrow.shares[1], *escrow.shares[2], escrow.envelope))
    assert found.encrypted.der == escrow.encrypted.der
    assert set(found.unjudged) == {bad, *escrow.shares[0][1:3]}
    pile = pile_of(escrow.shares[0][0], *escrow.shares[1], escrow.envelope)
    assert "group 1: 1 of 3; group 2: complete; group 3: 0 of ?" in failure(pile).message
    assert "(2 of 3 groups are needed)" in failure(pile).message


def test_a_single_holder() -> None:
    escrow = make(Policy(Group("Board", 1, 1)))
    assert recover(pile_of(escrow.shares[0][0], escrow.envelope)).der == escrow.encrypted.der


def test_sixteen_groups_of_sixteen() -> None:
    escrow = make(Policy(*(Group(f"G{number}", 16, 16) for number in range(16))))
    sheets = [share for group in escrow.shares for share in group]
    assert recover(pile_of(*sheets, escrow.envelope)).der == escrow.encrypted.der
    assert isinstance(failure(pile_of(*sheets[1:], escrow.envelope)), QuorumError)


# Bounds


def test_eight_of_sixteen_with_eight_bad_ones_first() -> None:
    """The only good quorum is the last of 12,870."""
    escrow = make(Policy(Group("Board", 8, 16)))
    members = escrow.shares[0]
    sheets = [forged(share, seed=share.member_index) for share in members[:8]]
    found = search(pile_of(*sheets, *members[8:], escrow.envelope))
    assert found.encrypted.der == escrow.encrypted.der
    assert set(found.wrong) == set(sheets)
    assert MAX_SUBSETS >= 2 * 12_870


def test_more_bad_sheets_than_are_tried_is_said() -> None:
    escrow = make(Policy(Group("Board", 8, 16)))
    members = escrow.shares[0]
    sheets = [forged(share, seed=share.member_index) for share in members[:8]]
    with pytest.raises(IntegrityError, match="contradict each other in more ways than are tried") as caught:
        search(pile_of(*sheets, *members[8:], escrow.envelope), max_subsets=1000)
    assert not accuses(caught.value)
    # Sheets that the record knows are tried first.
    known_first = search(pile_of(*sheets, *members[8:], escrow.envelope, record=known(escrow)), max_subsets=1)
    assert known_first.encrypted.der == escrow.encrypted.der


def hostile(count: int, **lie: int) -> list[Share]:
    return [altered(forged(B1, seed=seed), **lie) for seed in range(count)]


@pytest.mark.parametrize(
    "lie",
    [
        {"member_index": 0},
        {"member_threshold": 1},
        {"member_threshold": 1, "group_index": 1},
        {"member_threshold": 16},
    ],
)
def test_a_thousand_shares_with_one_header_and_a_good_quorum(lie: dict[str, int]) -> None:
    found = search(pile_of(*QUORUM, *hostile(1000, **lie), ESCROW.envelope))
    assert found.encrypted.der == KEY.der


def test_forgers_who_claim_a_high_threshold_use_up_no_work_before_the_rest() -> None:
    crowd = [altered(forged(B1, seed=number), member_index=number, member_threshold=8) for number in range(16)]
    found = search(pile_of(*crowd, *QUORUM, ESCROW.envelope), max_subsets=1000)
    assert found.encrypted.der == KEY.der


def test_forgers_who_claim_to_be_enough_come_after_sheets_that_fit_together() -> None:
    escrow = make(Policy(Group("Board", 4, 11)))
    crowd = [altered(forged(escrow.shares[0][0], seed=seed), member_threshold=1) for seed in range(300)]
    assert MAX_MASTER_SECRETS < len(crowd) < 330 == comb(11, 4)
    found = search(pile_of(*crowd, *escrow.shares[0], escrow.envelope))
    assert found.encrypted.der == escrow.encrypted.der
    assert set(found.wrong) == set(crowd)


def test_a_thousand_shares_with_one_header() -> None:
    crowd = [replace(share, member_index=seed % 16) for seed, share in enumerate(hostile(1000))]
    sheets = [replace(share, group_index=seed % 2, member_threshold=3) for seed, share in enumerate(crowd)]
    with pytest.raises(IntegrityError, match="contradict each other in more ways than are tried"):
        search(pile_of(*sheets, ESCROW.envelope), max_subsets=2000)


def test_a_thousand_shares_that_each_claim_to_be_enough() -> None:
    """Each is a candidate without a digest: how many are decrypted is bounded."""
    lie = {"group_threshold": 1, "group_count": 1, "member_threshold": 1}
    assert MAX_MASTER_SECRETS < 1000
    with pytest.raises(IntegrityError, match="more ways than are tried"):
        search(pile_of(*hostile(1000, **lie), ESCROW.envelope))


def test_a_thousand_headers() -> None:
    crowd = [replace(share, identifier=seed) for seed, share in enumerate(hostile(1000))]
    assert isinstance(failure(pile_of(*crowd, ESCROW.envelope)), QuorumError)


# Whatever lies on the pile


GANG = collusion(ESCROW, same_set=True)
ITEMS: list[Thing] = [
    *ESCROW.shares[0],
    *ESCROW.shares[1],
    ESCROW.envelope.der,
    *encode_envelope_codes(ESCROW.id, ESCROW.envelope.der),
    *encode_text_lines(ESCROW.id, ESCROW.envelope.der),
    *(forged(share) for group in ESCROW.shares for share in group),
    *(replace(share, member_threshold=1) for group in ESCROW.shares for share in group),
    *GANG.shares[0][:3],
    *GANG.shares[1][:2],
    *OTHER.shares[0][:2],
    OTHER.shares[1][0],
    OTHER.envelope.der,
    *encode_text_lines(OTHER.id, OTHER.envelope.der),
    str(ESCROW.id),
    "https://example.org",
    B1.text + " academic",
    B2.text[:-4],
]


@settings(max_examples=100)
@given(st.randoms(use_true_random=False), st.integers(0, len(ITEMS)), st.booleans())
def test_the_key_or_an_error_of_ours(chance: random.Random, size: int, with_record: bool) -> None:
    items = chance.sample(ITEMS, size)
    pile = pile_of(*items, record=known(ESCROW) if with_record else None)
    try:
        recovered = recover(pile)
    except EscrowError as error:
        outcome = f"exit status {error.exit_status}" if error.message and error.hint else "an error that helps nobody"
    else:
        outcome = "the key" if recovered.der == KEY.der else "another key"
    assert outcome in {"the key", "exit status 4", "exit status 5"}
    present = set(items)
    good = len(present & set(ESCROW.shares[0])) >= 3 and len(present & set(ESCROW.shares[1])) >= 2
    if good and ESCROW.envelope.der in present:
        assert recover(pile).der == KEY.der


# Secrets


def test_nothing_shows_a_word() -> None:
    found = search(pile_of(forged(B2), *QUORUM, OTHER.shares[0][0], ESCROW.envelope))
    error = failure(pile_of(B1, B3, forged(B5), A1, A3, ESCROW.envelope))
    shown = f"{found!r} {error!r} {error} {error.hint}"
    for share in (*QUORUM, forged(B2), OTHER.shares[0][0]):
        assert share.value.hex() not in shown
        assert repr(share.value)[2:-1] not in shown
        assert " ".join(share.words[:2]) not in shown
    assert repr(KEY.der)[2:-1] not in shown


# Torn sheets


def test_a_quorum_of_torn_sheets_is_confirmed_by_the_tag() -> None:
    sheets = [torn(share, 1 + number, 12 + number, 33) for number, share in enumerate(QUORUM)]
    pile = pile_of(*sheets, ESCROW.envelope)
    assert pile.status.complete
    found = search(pile)
    assert found.encrypted == KEY
    assert set(found.used) == set(QUORUM)
    assert found.confirmed == dict.fromkeys(QUORUM, ConfirmedBy.TAG)


def test_what_was_confirmed_before_is_said_so() -> None:
    pile = pile_of(torn(B1, 1, 2, 3), B1, torn(B2, 1, 9), B3, A1, A2, ESCROW.envelope)
    assert search(pile).confirmed == {B1: ConfirmedBy.READING, B2: ConfirmedBy.TAG}
    pile = pile_of(torn(B1, 1, 2, 3), B2, B3, A1, A2, ESCROW.envelope, record=known(ESCROW))
    assert search(pile).confirmed == {B1: ConfirmedBy.RECORD}


def test_a_misread_torn_sheet_does_no_harm_beside_a_quorum_and_is_not_accused() -> None:
    pile = pile_of(torn(B2, 28, 29, 30, w9=1), torn(B4, 5, 6, 7), *QUORUM, ESCROW.envelope)
    found = search(pile)
    assert found.encrypted == KEY
    assert set(found.used) == {*QUORUM, B4}
    assert found.wrong == ()
    (misread,) = [*found.unjudged, *found.strangers]
    assert misread in pile.proposed
    assert found.confirmed == {B4: ConfirmedBy.TAG}


def test_a_quorum_that_needs_a_misread_torn_sheet_fails_and_says_so() -> None:
    error = failure(pile_of(torn(B1, 20, 21, 22, w9=1), B3, B5, A1, A3, ESCROW.envelope))
    assert isinstance(error, IntegrityError)
    assert "torn" in error.hint
    assert not accuses(error)


def test_a_right_torn_sheet_is_found_beside_a_forged_whole_one() -> None:
    pile = pile_of(forged(B2), torn(B1, 20, 21, 22), B3, B5, A1, A3, ESCROW.envelope)
    found = search(pile)
    assert found.encrypted == KEY
    assert found.wrong == (forged(B2),)
    assert found.confirmed == {B1: ConfirmedBy.TAG}


def test_the_envelope_confirms_what_an_altered_record_does_not() -> None:
    """A record that lists other sheets must not keep a torn one from being used."""
    altered_record = replace(known(ESCROW), sheets={"Board/1": bytes(32)})
    pile = pile_of(torn(B1, 20, 21, 22), B3, B5, A1, A3, ESCROW.envelope, record=altered_record)
    assert search(pile).encrypted == KEY


@settings(max_examples=15)
@given(st.lists(st.lists(st.integers(1, 33), min_size=0, max_size=3, unique=True), min_size=5, max_size=5))
def test_any_three_words_of_each_sheet_may_be_unreadable(places: list[list[int]]) -> None:
    sheets = [torn(share, *numbers) for share, numbers in zip(QUORUM, places, strict=True)]
    assert recover(pile_of(*sheets, ESCROW.envelope)) == KEY

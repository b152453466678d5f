from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow import shamir
from rootescrow.codes import EscrowId, encode_envelope_codes, encode_text_lines
from rootescrow.pile import (
    MAX_ENVELOPES,
    MAX_IDS,
    MAX_PIECES,
    MAX_SHARES,
    ConfirmedBy,
    Finding,
    Kind,
    Pile,
    Verdict,
)
from rootescrow.policy import Group, Policy
from rootescrow.secret import Secret
from rootescrow.shamir import Share
from rootescrow.torn import MAX_SEARCHES
from tests.support import ARBITRATION, BOARD, Thing, altered, collusion, forged, known, make, noise, pile_of, torn

ESCROW = make(size=2400)
OTHER = make(size=2400, seed=1)
RECORD = known(ESCROW)
(B1, B2, B3, B4, B5), (A1, A2, A3) = ESCROW.shares
CODES = encode_envelope_codes(ESCROW.id, ESCROW.envelope.der)
LINES = encode_text_lines(ESCROW.id, ESCROW.envelope.der)
NOTHING = "codes, lines or the file envelope.cms"


def verdicts(findings: Sequence[Finding]) -> list[Verdict]:
    return [finding.verdict for finding in findings]


def only(findings: Sequence[Finding]) -> Finding:
    (finding,) = findings
    return finding


def one(item: str | bytes, pile: Pile) -> Finding:
    return only(pile.add(item, "page 2"))


# What is there and what is missing


def test_status_at_every_moment_without_a_record() -> None:
    pile = Pile()
    assert str(pile.status) == f"no sheet yet; envelope: missing {NOTHING}"
    steps = [
        (B1.text, f"group 1: 1 of 3; group 2: 0 of ?; envelope: missing {NOTHING}"),
        (B1.text, f"group 1: 1 of 3; group 2: 0 of ?; envelope: missing {NOTHING}"),
        (A3.text, f"group 1: 1 of 3; group 2: 1 of 2; envelope: missing {NOTHING}"),
        (CODES[0], "missing codes 2 to 4 of 4, or instead lines 027 to 107"),
        (CODES[2], "missing codes 2 and 4 of 4, or instead lines 027 to 054 and 080 to 107"),
        (OTHER.shares[0][0].text, "lines 027 to 054 and 080 to 107; sheets of 1 other escrow"),
        (CODES[3], "missing code 2 of 4, or instead lines 027 to 054; sheets of 1 other escrow"),
        ("\n".join(LINES[26:53]), "missing code 2 of 4, or instead line 054; sheets of 1 other escrow"),
        (CODES[1], "group 1: 1 of 3; group 2: 1 of 2; envelope: complete; sheets of 1 other escrow"),
        (B2.text, "group 1: 2 of 3; group 2: 1 of 2; envelope: complete; sheets of 1 other escrow"),
        (A1.text, "group 1: 2 of 3; group 2: complete; envelope: complete; sheets of 1 other escrow"),
    ]
    for text, expected in steps:
        assert not pile.status.complete
        pile.add(text)
        assert str(pile.status).endswith(expected)
    assert not pile.status.quorum
    pile.add(B5.text)
    assert str(pile.status).startswith("group 1: complete; group 2: complete; envelope: complete")
    assert pile.status.quorum
    assert pile.status.complete


def test_status_with_a_record() -> None:
    pile = Pile(RECORD)
    assert str(pile.status) == f"Board: 0 of 3; Arbitration: 0 of 2; envelope: missing {NOTHING}"
    for share in (B1, B4, A1, A2):
        pile.add(share.text)
    assert str(pile.status) == f"Board: 2 of 3; Arbitration: complete; envelope: missing {NOTHING}"
    pile.add(ESCROW.envelope.der)
    assert str(pile.status) == "Board: 2 of 3; Arbitration: complete; envelope: complete"
    pile.add(OTHER.shares[0][0].text)
    pile.add(make(seed=2).shares[0][0].text)
    assert str(pile.status).endswith("envelope: complete; sheets of 2 other escrows")


def test_forged_sheets_do_not_make_a_set_look_complete_by_the_record() -> None:
    lies = [replace(forged(share), group_count=3) for share in (*ESCROW.shares[0], *ESCROW.shares[1])]
    pile = pile_of(*lies, B1, forged(B2), forged(B3), record=RECORD)
    assert str(pile.status).startswith("Board: 1 of 3; Arbitration: 0 of 2")
    assert len(pile.status.wrong) == len(lies) + 2


def test_status_believes_no_header_because_it_came_first() -> None:
    liar = altered(forged(B1), group_threshold=1, group_count=1)
    assert str(pile_of(liar, B1, B2).status).startswith("group 1: 2 of 3; group 2: 0 of ?")
    other_threshold = altered(forged(B1), member_threshold=1)
    assert str(pile_of(other_threshold, B1, B2).status).startswith("group 1: 2 of 3")
    assert str(pile_of(other_threshold, B1).status).startswith("group 1: 1 of 3")


def test_one_group_of_two() -> None:
    escrow = make(Policy(BOARD, ARBITRATION, group_threshold=1))
    pile = pile_of(*escrow.shares[1][:2], escrow.envelope)
    assert str(pile.status) == "group 1: 0 of ?; group 2: complete (1 of 2 groups are needed); envelope: complete"
    assert pile.status.complete
    pile = pile_of(escrow.shares[0][0], record=known(escrow))
    assert str(pile.status).startswith("Board: 1 of 3; Arbitration: 0 of 2 (1 of 2 groups are needed)")


def test_the_envelope_of_another_escrow_is_not_the_envelope() -> None:
    envelopes: list[tuple[Thing, ...]] = [(OTHER.envelope,), encode_envelope_codes(OTHER.id, OTHER.envelope.der)]
    for record in (None, RECORD):
        for envelope in envelopes:
            pile = pile_of(B1, *envelope, record=record)
            assert pile.status.envelope_missing == NOTHING


def test_the_envelope_before_any_sheet() -> None:
    assert pile_of(ESCROW.envelope).status.envelope_missing == ""
    assert pile_of(*CODES[1:]).status.envelope_missing.startswith("code 1 of 4")
    # The fuller one of two is spoken of.
    mixed = pile_of(encode_envelope_codes(OTHER.id, OTHER.envelope.der)[0], *CODES[1:])
    assert mixed.status.envelope_missing.startswith("code 1 of 4")


def test_status_with_codes_that_are_no_envelope() -> None:
    assert pile_of(f"ROOTESCROW1 {ESCROW.id.compact} 1OF1 AAAAAAAA").status.envelope_missing == ""


# Each finding


def test_duplicates_say_of_what() -> None:
    pile = Pile()
    assert one(B1.text, pile).verdict is Verdict.TAKEN
    again = only(pile.add(B1.text.upper(), "page 7"))
    assert again.verdict is Verdict.DUPLICATE
    assert again.message == "the same as from page 2"
    assert str(again) == "page 7: group 1, sheet 1: duplicate, the same as from page 2"
    for item in (CODES[0], ESCROW.envelope.der, LINES[4]):
        assert one(item, pile).verdict is Verdict.TAKEN
        assert one(item, pile).verdict is Verdict.DUPLICATE
    assert len(pile.shares) == 1


def test_names() -> None:
    pile = Pile()
    named: list[tuple[str | bytes, Kind, str]] = [
        (B2.text, Kind.SHARE, "group 1, sheet 2"),
        (A3.text, Kind.SHARE, "group 2, sheet 3"),
        (CODES[1], Kind.CODE, f"envelope code 2 of 4 of {ESCROW.id}"),
        (LINES[6], Kind.LINE, "line 007"),
        (ESCROW.envelope.der, Kind.ENVELOPE, f"envelope of {ESCROW.id}"),
        (str(ESCROW.id), Kind.ID, f"escrow id {ESCROW.id}"),
        ("https://example.org", Kind.OTHER, "text"),
        (" ".join(B2.words[:-1]), Kind.SHARE, "share"),
        ("ROOTESCROW1 K7", Kind.CODE, "envelope code"),
        (b"x", Kind.ENVELOPE, "envelope"),
    ]
    for item, kind, name in named:
        finding = one(item, pile)
        assert (finding.kind, finding.name, finding.source) == (kind, name, "page 2")
        assert str(finding).startswith(f"page 2: {name}: {finding.verdict}")
    assert [pile.name(B2), pile.group_name(1)] == ["group 1, sheet 2", "group 2"]
    by_record = Pile(RECORD)
    assert [by_record.name(B2), by_record.group_name(1), by_record.group_name(7)] == [
        "Board/2",
        "Arbitration",
        "group 8",
    ]
    assert by_record.name(OTHER.shares[0][0]) == "group 1, sheet 1"


def test_a_damaged_sheet_among_many_in_one_text_is_told_by_its_number() -> None:
    pile = Pile()
    text = "\n".join([B1.text, " ".join(B2.words[1:]), B3.text, " ".join([*B4.words[:-1], "qqqq"])])
    findings = pile.add(text, "all.txt")
    assert verdicts(findings) == [Verdict.TAKEN, Verdict.WRONG, Verdict.TAKEN, Verdict.WRONG]
    assert findings[1].name == "share 2 of the 4 in this text"
    assert findings[1].message == "32 words where a share has 33"
    assert findings[3].name == "share 4 of the 4 in this text"
    assert findings[3].message == "word 33 is not in the word list"


def test_two_shares_with_one_number() -> None:
    pile = Pile()
    one(B1.text, pile)
    finding = only(pile.add(forged(B1).text, "page 3"))
    assert finding.verdict is Verdict.TAKEN
    assert finding.message == "another share has the same number (page 2); one of them is wrong"
    assert len(pile.shares) == 2


@pytest.mark.parametrize(
    "share",
    [
        shamir.split(Secret(bytes(range(16))), [(1, 1)], group_threshold=1, identifier=7)[0][0],
        shamir.split(Secret(bytes(range(64))), [(1, 1)], group_threshold=1, identifier=7)[0][0],
        altered(B1, extendable=False),
        altered(B1, iteration_exponent=1),
    ],
)
@pytest.mark.parametrize("record", [None, RECORD])
def test_shares_that_are_of_no_escrow(share: Share, record: None) -> None:
    pile = Pile(record)
    finding = one(share.text, pile)
    assert finding.verdict is Verdict.FOREIGN
    assert finding.message == "a SLIP-39 share, but not of an escrow"
    assert pile.shares == {}


def test_what_the_record_tells() -> None:
    pile = Pile(RECORD)
    expected: list[tuple[str | bytes, Verdict, str, str]] = [
        (B1.text, Verdict.TAKEN, "Board/1", ""),
        (
            forged(B2).text,
            Verdict.WRONG,
            "Board, a sheet that says it is number 2",
            "not a sheet that the record lists",
        ),
        (OTHER.shares[0][0].text, Verdict.FOREIGN, "group 1, sheet 1", f"of another escrow than {ESCROW.id}"),
        (CODES[0], Verdict.TAKEN, f"envelope code 1 of 4 of {ESCROW.id}", ""),
        (
            encode_envelope_codes(OTHER.id, OTHER.envelope.der)[1],
            Verdict.FOREIGN,
            f"envelope code 2 of 4 of {OTHER.id}",
            f"of another escrow than {ESCROW.id}",
        ),
        (ESCROW.envelope.der, Verdict.TAKEN, f"envelope of {ESCROW.id}", ""),
        (ESCROW.envelope.der, Verdict.DUPLICATE, f"envelope of {ESCROW.id}", ""),
        (
            ESCROW.envelope.der[:-1] + b"\x00",
            Verdict.WRONG,
            f"envelope of {ESCROW.id}",
            "not the envelope that the record lists",
        ),
        (OTHER.envelope.der, Verdict.FOREIGN, f"envelope of {OTHER.id}", f"of another escrow than {ESCROW.id}"),
        (str(ESCROW.id), Verdict.TAKEN, f"escrow id {ESCROW.id}", ""),
        (str(OTHER.id), Verdict.FOREIGN, f"escrow id {OTHER.id}", f"of another escrow than {ESCROW.id}"),
    ]
    for item, verdict, name, message in expected:
        finding = one(item, pile)
        assert (finding.verdict, finding.name) == (verdict, name)
        assert message in finding.message
        assert bool(finding.hint) == (verdict in (Verdict.WRONG, Verdict.FOREIGN))


def test_the_record_of_another_generation() -> None:
    """A rekey of the same key gives another id, so all sheets of the old generation are told apart."""
    pile = pile_of(*ESCROW.shares[0], ESCROW.envelope, record=known(OTHER))
    assert set(verdicts(pile.findings)) == {Verdict.FOREIGN}
    assert str(pile.status).startswith("Board: 0 of 3")
    # The same id, and none of its sheets: the words were altered in the record or on paper.
    record = replace(RECORD, sheets={name: hashlib.sha256(name.encode()).digest() for name in RECORD.sheets})
    assert set(verdicts(pile_of(*ESCROW.shares[0], record=record).findings)) == {Verdict.WRONG}


def test_copies_are_named_by_all_their_sheets() -> None:
    escrow = make(Policy(Group("Board", 1, 3), ARBITRATION))
    assert Pile(known(escrow)).name(escrow.shares[0][0]) == "Board/1 = Board/2 = Board/3"


def test_a_void_sheet_is_refused_with_its_reason_and_does_not_count() -> None:
    pile = Pile(replace(RECORD, void={"Board/1": "it is void since 2026-11-23: burnt"}))
    finding = one(B1.text, pile)
    assert (finding.name, finding.verdict) == ("Board/1", Verdict.WRONG)
    assert finding.message == "refused: it is void since 2026-11-23: burnt"
    assert finding.hint
    assert B1 not in pile.shares
    assert pile.status.groups[0].have == 0
    assert one(B2.text, pile).verdict is Verdict.TAKEN


def test_a_copy_of_a_void_sheet_that_is_not_void_itself_counts() -> None:
    made = make(Policy(Group("Any", 1, 2), Group("Two", 2, 2)))
    share = made.share(0, 1)
    one_void = replace(known(made), void={"Any/1": "it is void: lost"})
    assert one(share.text, Pile(one_void)).verdict is Verdict.TAKEN
    both_void = replace(one_void, void={"Any/1": "it is void: lost", "Any/2": "it is void: burnt"})
    assert one(share.text, Pile(both_void)).message == "refused: it is void: lost"


# Lines


def wrong(line: str, place: int = 6) -> str:
    """The line with another character at this place."""
    letters = list(line)
    letters[place] = "A" if line[place] != "A" else "B"
    return "".join(letters)


def test_a_wrong_line_is_named_at_once() -> None:
    for pile in (Pile(RECORD), pile_of(str(ESCROW.id)), pile_of(CODES[0]), pile_of(ESCROW.envelope)):
        assert one(LINES[6], pile).verdict is Verdict.TAKEN
        for bad in (wrong(LINES[7]), wrong(LINES[7], -1), LINES[7][:-1], LINES[7].replace("008", "009", 1)):
            finding = one(bad, pile)
            assert finding.verdict is Verdict.WRONG
            assert finding.kind is Kind.LINE
            number = bad[:3]
            assert finding.name == f"line {number}"
            assert finding.message == f"line {number} is wrong, out of place or of another escrow"


def test_lines_typed_before_the_id_are_checked_when_it_comes() -> None:
    for learn in (str(ESCROW.id), CODES[2], ESCROW.envelope.der):
        pile = Pile()
        for line in (LINES[0], wrong(LINES[1]), LINES[2]):
            finding = one(line, pile)
            assert finding.verdict is Verdict.TAKEN
            assert finding.message == "not checked yet"
            assert "escrow id" in finding.hint
        assert pile.status.envelope_missing == "the escrow id, to check the lines by"
        told = pile.add(learn, "page 3")
        assert [(finding.name, finding.verdict) for finding in told[1:]] == [("line 002", Verdict.WRONG)]
        assert told[1].source == "page 2"
        assert verdicts(pile.findings) == [Verdict.TAKEN, Verdict.WRONG, Verdict.TAKEN, Verdict.TAKEN]
        assert [finding.message for finding in pile.findings[::2]] == ["", ""]
        assert len(pile.status.wrong) == 1
        assert len(pile.add(B1.text)) == 1


def test_lines_and_id_in_one_text() -> None:
    pile = Pile()
    findings = pile.add("\n".join([LINES[0], wrong(LINES[1]), str(ESCROW.id), LINES[2]]))
    assert verdicts(findings) == [Verdict.TAKEN, Verdict.WRONG, Verdict.TAKEN, Verdict.TAKEN]
    assert list(findings) == pile.findings


def test_a_strangers_id_takes_no_line_away() -> None:
    pile = pile_of(str(OTHER.id), *LINES)
    assert set(verdicts(pile.findings[1:])) == {Verdict.WRONG}
    pile.add(B1.text)
    assert pile.status.envelope_missing == "the escrow id, to check the lines by"
    pile.add(str(ESCROW.id))
    assert set(verdicts(pile.findings)) == {Verdict.TAKEN}
    assert pile.status.envelope_missing == ""


def test_a_wrong_line_typed_again() -> None:
    pile = Pile(RECORD)
    bad = wrong(LINES[3])
    assert one(bad, pile).verdict is Verdict.WRONG
    again = one(bad, pile)
    assert again.verdict is Verdict.DUPLICATE
    assert "line 004 is wrong" in again.message
    assert one(LINES[3], pile).verdict is Verdict.TAKEN


# Hostile


def test_shares_are_bounded() -> None:
    pile = pile_of(*(forged(B1, seed=seed) for seed in range(MAX_SHARES)))
    finding = one(B2.text, pile)
    assert finding.verdict is Verdict.WRONG
    assert finding.message == "not kept: the pile holds 1024 shares and no more"
    assert len(pile.shares) == MAX_SHARES
    assert one(forged(B1).text, pile).verdict is Verdict.DUPLICATE


def test_pieces_are_bounded() -> None:
    id_ = ESCROW.id.compact
    pile = Pile()
    names = ["".join("QXZJKVWY"[int(digit)] for digit in f"{number:05o}") for number in range(MAX_PIECES + 1)]
    findings = pile.add("\n".join(f"ROOTESCROW1 {id_} 1OF1 {name}" for name in names))
    assert verdicts(findings) == [Verdict.TAKEN] * MAX_PIECES + [Verdict.WRONG]
    assert "4096 of these" in findings[-1].message
    pile = Pile()
    findings = pile.add("\n".join(f"001  {name} {name}  AAAA" for name in names))
    assert [finding.message for finding in findings[:-1]] == ["not checked yet"] * MAX_PIECES
    assert findings[-1].message == "not kept: the pile holds 4096 lines and no more"


def test_envelopes_are_bounded() -> None:
    der = ESCROW.envelope.der
    pile = Pile()
    findings = [one(der[:-1] + bytes([number]), pile) for number in range(MAX_ENVELOPES + 1)]
    assert verdicts(findings) == [Verdict.TAKEN] * MAX_ENVELOPES + [Verdict.WRONG]


def test_ids_are_bounded() -> None:
    ids = [EscrowId(noise(number)(5)) for number in range(2 * MAX_IDS)]
    pile = Pile()
    findings = pile.add("\n".join(map(str, ids)))
    assert findings[0].verdict is Verdict.TAKEN
    assert findings[-1].verdict is Verdict.WRONG
    assert findings[-1].message == "not kept: the pile holds 128 escrow ids and no more"
    assert one(encode_envelope_codes(ids[-1], b"x")[0], pile).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x82\xff\xff", b"0" * 100_000, b"\xff" * 10_000_000, "ü".encode()]
)
def test_bytes_that_are_no_envelope(data: bytes) -> None:
    finding = one(data, Pile())
    assert finding.kind is Kind.ENVELOPE
    assert finding.verdict is Verdict.WRONG
    assert finding.hint


@settings(max_examples=200)
@given(
    st.one_of(
        st.text(),
        st.binary(),
        st.tuples(st.integers(0, len(ESCROW.envelope.der) - 1), st.integers(1, 255)).map(
            lambda flip: flipped(ESCROW.envelope.der, *flip)
        ),
        st.lists(st.sampled_from([*CODES, *LINES[:3], B1.text, str(OTHER.id), "qqqq", "Board/1:"])).map("\n".join),
    ),
    st.booleans(),
)
def test_add_never_raises(item: str | bytes, with_record: bool) -> None:
    pile = Pile(RECORD if with_record else None)
    findings = pile.add(item, "somewhere")
    assert list(findings) == pile.findings
    for finding in findings:
        assert finding.name
        assert finding.source == "somewhere"
        assert bool(finding.hint) or finding.verdict in (Verdict.TAKEN, Verdict.DUPLICATE)
    assert str(pile.status)


def flipped(data: bytes, place: int, bits: int) -> bytes:
    return data[:place] + bytes([data[place] ^ bits]) + data[place + 1 :]


@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_order_does_not_matter(chance: random.Random) -> None:
    items: list[Thing] = [*ESCROW.shares[0][:2], *ESCROW.shares[1], *CODES[:3], *LINES[-5:], OTHER.shares[0][0]]
    items += [OTHER.envelope, str(ESCROW.id), forged(B1), "https://example.org"]
    chance.shuffle(items)
    pile = pile_of(*items)
    straight = "group 1: 2 of 3; group 2: complete; envelope: missing code 4 of 4, or instead lines 080 to 102; "
    assert str(pile.status) == straight + "sheets of 1 other escrow"
    assert sorted(verdicts(pile.findings)) == sorted([Verdict.TAKEN] * 17 + [Verdict.FOREIGN])


# Secrets


def test_nothing_shows_a_word() -> None:
    gang = collusion(ESCROW)
    items: list[Thing] = [
        B1,
        forged(B1),
        B2.text[:-9],
        " ".join([*B3.words[:-1], "qqzz"]),
        *gang.shares[0],
        ESCROW.envelope,
    ]
    for record in (None, RECORD):
        pile = pile_of(*items, record=record)
        shown = f"{pile!r} {pile.findings!r} {pile.status!r} {pile.status}"
        shown += " ".join(f"{finding} {finding.message}" for finding in pile.findings)
        for share in (B1, forged(B1), B2, B3, *gang.shares[0]):
            assert repr(share.value)[2:-1] not in shown
            for pair in zip(share.words, share.words[1:], strict=False):
                assert " ".join(pair) not in shown
        assert "qqzz" not in shown
        assert repr(ESCROW.envelope.ciphertext)[2:-1] not in shown


def test_only_the_hint_for_a_word_that_is_not_in_the_list_names_words() -> None:
    words = list(B1.words)
    typo = words[4][:3] + "q" + words[4][3:]
    finding = one(" ".join([*words[:4], typo, *words[5:]]), Pile())
    assert words[4] in finding.hint
    for text in (" ".join(words[:-1]), " ".join(reversed(words)), " ".join([*words, words[0]])):
        finding = only(Pile().add(text.replace(" ", "\n"))[:1])
        assert not set(words) & set(f"{finding.message} {finding.hint}".replace(".", "").split())


def test_a_sheet_of_the_superseded_generation_is_told_as_that() -> None:
    record = replace(RECORD, supersedes=OTHER.id)
    older = only(pile_of(OTHER.shares[0][0], record=record).findings)
    assert (older.verdict, older.message) == (
        Verdict.FOREIGN,
        f"a sheet of the superseded generation (escrow {OTHER.id})",
    )
    assert "tell the arbitrator" in older.hint
    stranger = only(pile_of(make(size=2400, seed=2).shares[0][0], record=record).findings)
    assert stranger.message == f"a sheet of another escrow than {ESCROW.id}"


def test_whether_an_envelope_came_as_a_file() -> None:
    assert pile_of(ESCROW.envelope).is_whole(ESCROW.envelope)
    assert not pile_of(*CODES).is_whole(ESCROW.envelope)


# Torn sheets


def test_a_torn_sheet_is_proposed_and_not_among_the_shares() -> None:
    pile = Pile()
    finding = one(torn(B1, 3, 17, 33), pile)
    assert (finding.verdict, finding.share) == (Verdict.TAKEN, B1)
    assert finding.message == "proposed: three words unreadable (words 3, 17 and 33), solved from the others"
    assert all(what in finding.hint for what in ("check code", "tag", "--escrow", "share code"))
    assert (pile.shares, pile.proposed) == ({}, {B1: "page 2"})
    assert str(pile.status).startswith("group 1: 1 of 3, 1 of them only proposed")
    assert pile.source(B1) == "page 2"
    assert pile.sets() == {B1.header: [B1]}


def test_another_reading_confirms_a_torn_sheet() -> None:
    for text in (B1.text, torn(B1, 4, 5)):
        pile = Pile()
        one(torn(B1, 1, 2, 3), pile)
        finding = one(text, pile)
        assert finding.verdict is Verdict.TAKEN
        assert (list(pile.shares), pile.proposed) == ([B1], {})
        assert pile.restored == {B1: ConfirmedBy.READING}
        assert str(pile.status).startswith("group 1: 1 of 3;")


def test_the_same_words_missing_twice_confirm_nothing() -> None:
    pile = Pile()
    one(torn(B1, 1, 2, 3), pile)
    finding = one(torn(B1, 3, 4), pile)
    assert (finding.verdict, finding.message) == (Verdict.DUPLICATE, "proposed before; word 3 nobody has read yet")
    assert pile.proposed
    assert "confirms" in one(torn(B1, 5), pile).message
    assert pile.restored == {B1: ConfirmedBy.READING}


def test_a_torn_copy_of_a_whole_sheet_adds_nothing() -> None:
    for record in (None, RECORD):
        pile = pile_of(B1, record=record)
        assert one(torn(B1, 1), pile).verdict is Verdict.DUPLICATE
        assert pile.restored == {}
        assert list(pile.shares) == [B1]


@pytest.mark.parametrize("numbers", [(1,), (1, 2, 3), (2, 16, 18, 33)])
def test_the_record_confirms_a_torn_sheet(numbers: tuple[int, ...]) -> None:
    pile = Pile(RECORD)
    finding = one(torn(B1, *numbers), pile)
    assert (finding.name, finding.verdict) == ("Board/1", Verdict.TAKEN)
    assert "the record's hash confirms" in finding.message
    assert (list(pile.shares), pile.proposed) == ([B1], {})
    assert pile.restored == {B1: ConfirmedBy.RECORD}
    assert str(pile.status).startswith("Board: 1 of 3;")
    assert one(torn(B1, *numbers), pile).verdict is Verdict.DUPLICATE


def test_a_void_sheet_is_void_though_it_is_torn() -> None:
    pile = Pile(replace(RECORD, void={"Board/1": "replaced"}))
    finding = one(torn(B1, 7), pile)
    assert finding.verdict is Verdict.WRONG
    assert "refused: replaced" in finding.message
    assert pile.shares == pile.proposed == pile.restored == {}


def test_a_torn_sheet_that_the_record_does_not_confirm_is_kept_and_does_not_count() -> None:
    pile = Pile(RECORD)
    finding = one(torn(B1, 17, 23, 33, w9=1), pile)
    assert finding.verdict is Verdict.WRONG
    assert "besides words 17, 23 and 33, which cannot be read, another word is wrong" in finding.message
    assert "repair" in finding.hint
    assert len(pile.proposed) == 1
    assert str(pile.status).startswith("Board: 0 of 3;")


def test_four_words_need_the_record_and_another_escrows_is_of_no_use() -> None:
    text = torn(B1, 1, 2, 3, 4)
    finding = one(text, Pile())
    assert (finding.verdict, finding.share, finding.name) == (Verdict.WRONG, None, "torn sheet")
    assert "--escrow" in finding.hint
    finding = one(text, Pile(known(OTHER)))
    assert finding.message == (
        "words 1, 2, 3 and 4 cannot be read, and whatever is put there, it is none that the record lists"
    )
    assert one(torn(B1, 1, 2, 3), Pile(known(OTHER))).verdict is Verdict.WRONG


def test_words_that_contradict_each_other_are_no_proposal() -> None:
    for record in (None, RECORD):
        pile = Pile(record)
        finding = one(torn(B1, 3, w5=1), pile)
        assert (finding.verdict, finding.kind) == (Verdict.WRONG, Kind.SHARE)
        assert ("another word is wrong" if record else "contradict") in finding.message
        assert ("repair" in finding.hint) is (record is not None)
        assert not pile.proposed


def test_searches_have_an_end() -> None:
    pile = Pile(replace(RECORD, sheets={}))
    for number in range(MAX_SEARCHES):
        assert "whatever is put there" in one(torn(B1, 1, 2, 3, 5 + number), pile).message
    assert "not looked for" in one(torn(B2, 1, 2, 3, 4), pile).message
    assert "whatever is put there" in one(torn(B1, 1, 2, 3, 5), pile).message
    assert one(torn(B1, 1, 2, 3), pile).verdict is Verdict.WRONG


def test_a_torn_sheet_of_the_passphrase_is_named_where_the_key_is_wanted() -> None:
    pile = Pile(replace(RECORD, passphrase=known(OTHER)))
    finding = one(torn(OTHER.shares[0][0], 1, 2, 20), pile)
    assert finding.verdict is Verdict.FOREIGN
    assert "a sheet of the passphrase" in finding.message


def test_a_plainly_typed_wrong_word_is_never_mended() -> None:
    """Not even where the record could: who types a sheet that can be read compares it with the paper."""
    finding = one(torn(B1, w5=1), Pile(RECORD))
    assert finding.verdict is Verdict.WRONG
    assert "checksum" in finding.message
    assert not set(B1.words) & set(f"{finding.message} {finding.hint}".replace(".", " ").split())

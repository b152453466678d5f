"""Confirm: all sheets, each by its hash and by words that only the paper has; nothing combined, nothing told."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.ceremony.confirm import Confirmation, Outcome, Result
from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.errors import EscrowError, FileError, IntegrityError, RuleError, UsageError
from rootescrow.escrow import Escrow, PassphraseEscrow, generate_passphrase
from rootescrow.policy import Group, Policy
from rootescrow.register.events import ENVELOPE, AnyEvent, Confirmed, Destroyed, How, Replaced, Void
from rootescrow.register.folder import Folder
from rootescrow.register.journal import Journal
from rootescrow.register.record import (
    Record,
    RecordedEnvelope,
    RecordedGroup,
    RecordedPassphrase,
    RecordedSheet,
    sha256,
)
from rootescrow.register.register import Register, fold
from rootescrow.secret import Random
from tests.paper import scans
from tests.register.support import NOON, make_record
from tests.support import ROOT, collusion, forged, make, noise, torn

ESCROW = make(ROOT, size=2400)
NAMES = [f"{group.name}/{number}" for group in ROOT.groups for number in range(1, group.count + 1)]
CODES = encode_envelope_codes(ESCROW.id, ESCROW.envelope.der)
LINES = encode_text_lines(ESCROW.id, ESCROW.envelope.der)


def recorded(made: Escrow | PassphraseEscrow) -> dict[str, object]:
    """What a record says of a set."""
    groups = made.policy.groups
    return {
        "escrow_id": str(made.id),
        "groups": tuple(
            RecordedGroup(name=group.name, body=group.body, threshold=group.threshold, count=group.count)
            for group in groups
        ),
        "group_threshold": made.policy.group_threshold,
        "sheets": tuple(
            RecordedSheet(
                group=group.name,
                number=number,
                office="",
                person="",
                place="",
                bag="",
                words_sha256=sha256(made.share(index, number).text.encode()),
            )
            for index, group in enumerate(groups)
            for number in range(1, group.count + 1)
        ),
    }


def record_of(escrow: Escrow, printed: str, passphrase: PassphraseEscrow | None = None) -> Record:
    """The record of an escrow, and of that of its passphrase."""
    envelope = RecordedEnvelope.model_validate(
        {"sha256": sha256(escrow.envelope.der), "bytes": len(escrow.envelope.der), "printed": printed}
    )
    inner = RecordedPassphrase.model_validate(recorded(passphrase)) if passphrase else None
    return make_record(**recorded(escrow), envelope=envelope, passphrase=inner)


def texts_of(made: Escrow | PassphraseEscrow) -> dict[str, str]:
    """What the share code of each sheet says."""
    return {
        f"{group.name}/{number}": made.share(index, number).text
        for index, group in enumerate(made.policy.groups)
        for number in range(1, group.count + 1)
    }


@dataclass
class Reader:
    """A person with the paper: reads what is asked for, or does as told."""

    pages: dict[str, str]
    copies: Iterator[str] = field(default_factory=lambda: iter(()))
    answer: Callable[[str], str | None] | None = None
    asked: list[tuple[str, int, bool]] = field(default_factory=list)

    def word(self, sheet: str, number: int, *, again: bool) -> str | None:
        self.asked.append((sheet, number, again))
        word = self.pages[sheet].split()[number - 1]
        return self.answer(word) if self.answer else word

    def copy(self, names: Sequence[str]) -> str | None:
        return next(self.copies, None)


class Sitting:
    """A sitting with a journal in memory, and what is needed to look at it."""

    def __init__(
        self,
        escrow: Escrow = ESCROW,
        printed: str = "each",
        *,
        passphrase: PassphraseEscrow | None = None,
        before: Iterable[AnyEvent] = (),
        envelope: bytes | None = None,
        by: str = "",
        rng: Random | None = None,
    ) -> None:
        self.record = record_of(escrow, printed, passphrase)
        self.texts = texts_of(escrow) | (texts_of(passphrase) if passphrase else {})
        self.reader = Reader(self.texts)
        self.written: list[Confirmed] = []
        journal = Journal.begin(self.record, NOON)
        for event in before:
            journal = journal.append(event, now=NOON)
        self.register = fold(self.record, journal)
        opened = Folder(self.record, escrow.envelope.der if envelope is None else envelope or None, None)
        self.confirm = Confirmation(opened, self.register, self.reader, self.write, by=by, rng=rng or noise(7))

    def write(self, event: Confirmed) -> Register:
        self.register = self.register.after(event, now=NOON)
        self.written.append(event)
        return self.register

    def take(self, text: str, how: How = How.SCANNER) -> list[Outcome]:
        return list(self.confirm.take(text, how))

    def sheet(self, name: str, how: How = How.SCANNER) -> Outcome:
        """Give the share code of a sheet; what became of it."""
        (outcome,) = self.take(self.texts[name], how)
        return outcome

    def read(self, data: bytes) -> list[Outcome]:
        return list(self.confirm.read(io.BytesIO(data), "scan"))


def in_rows(text: str) -> str:
    """The words of a share as people type them into a file."""
    words = text.split()
    return "\n".join(" ".join(words[start : start + 11]) for start in range(0, 33, 11))


# All of them, not a quorum.


def test_a_quorum_that_was_read_back_confirms_nothing_but_itself() -> None:
    """Known hole: confirming only a threshold of the new sheets, after which the others may be waste paper."""
    sitting = Sitting()
    for name in ("Board/1", "Board/3", "Board/5", "Arbitration/1", "Arbitration/2"):
        assert sitting.sheet(name).result is Result.CONFIRMED
    assert not sitting.register.confirmed
    assert sitting.register.state == "printed, not confirmed"
    assert sitting.register.to_confirm == ("Board/2", "Board/4", "Arbitration/3")


@pytest.mark.parametrize("missing", NAMES)
def test_one_sheet_missing_leaves_the_escrow_unconfirmed(missing: str) -> None:
    sitting = Sitting()
    for name in NAMES:
        if name != missing:
            sitting.sheet(name)
    assert not sitting.register.confirmed
    assert sitting.register.to_confirm == (missing,)
    sitting.sheet(missing)
    assert sitting.register.state == "confirmed"


def test_each_sheet_is_in_the_journal_once_and_with_all_that_is_known_of_it() -> None:
    sitting = Sitting(by=" Ada Example, Bo Example ")
    assert str(sitting.sheet("Board/2", How.TYPED)) == "Board/2: confirmed, by typing"
    assert sitting.sheet("Board/1").result is Result.CONFIRMED
    assert str(sitting.sheet("Board/2")) == "Board/2: confirmed before"
    assert sitting.written == [
        Confirmed(sheet="Board/2", how=How.TYPED, by="Ada Example, Bo Example"),
        Confirmed(sheet="Board/1", how=How.SCANNER, by="Ada Example, Bo Example"),
    ]


def test_what_was_confirmed_in_an_earlier_sitting_is_not_asked_for_again() -> None:
    sitting = Sitting(before=[Confirmed(sheet="Board/1", how=How.SCAN, by="")])
    assert sitting.sheet("Board/1").result is Result.BEFORE
    assert not sitting.reader.asked
    assert not sitting.written


def test_an_interruption_loses_nothing_that_was_done() -> None:
    sitting = Sitting()
    sitting.sheet("Board/1")

    def interrupt(word: str) -> str:
        raise KeyboardInterrupt

    sitting.reader.answer = interrupt
    with pytest.raises(KeyboardInterrupt):
        sitting.sheet("Board/2")
    assert [event.sheet for event in sitting.written] == ["Board/1"]


def test_a_journal_that_cannot_be_written_stops_everything() -> None:
    sitting = Sitting()

    def full(event: Confirmed) -> Register:
        raise FileError("cannot write", "Make room.")

    confirm = Confirmation(Folder(sitting.record, ESCROW.envelope.der, None), sitting.register, sitting.reader, full)
    page = "\n".join([sitting.texts["Board/1"], sitting.texts["Board/2"]]).encode()
    with pytest.raises(FileError):
        list(confirm.read(io.BytesIO(page), "file"))
    assert {sheet for sheet, _, _ in sitting.reader.asked} == {"Board/1"}
    assert not confirm.failures


# The printed words.


def test_of_a_scanned_sheet_three_words_are_asked_one_in_each_column() -> None:
    sitting = Sitting()
    for name in NAMES:
        sitting.sheet(name)
    for name in NAMES:
        places = [(number, again) for sheet, number, again in sitting.reader.asked if sheet == name]
        assert [((number - 1) // 11, again) for number, again in places] == [(0, False), (1, False), (2, False)]
    assert len({number for _, number, _ in sitting.reader.asked}) > 10


@given(drawn=st.lists(st.integers(0, 2**64 - 1), min_size=3, max_size=3))
def test_the_places_are_those_that_were_drawn(drawn: list[int]) -> None:
    numbers = iter(drawn)
    sitting = Sitting(rng=lambda size: next(numbers).to_bytes(size))
    sitting.sheet("Board/4")
    assert [number for _, number, _ in sitting.reader.asked] == [
        1 + 11 * column + number % 11 for column, number in enumerate(drawn)
    ]


def test_every_place_comes_up() -> None:
    places = set()
    for seed in range(60):
        sitting = Sitting(rng=noise(seed))
        for name in NAMES:
            sitting.sheet(name)
        places |= {number for _, number, _ in sitting.reader.asked}
    assert places == set(range(1, 34))


def test_a_sheet_whose_words_were_all_typed_needs_no_questions() -> None:
    sitting = Sitting()
    for name in NAMES:
        assert sitting.sheet(name, How.TYPED).result is Result.CONFIRMED
    assert not sitting.reader.asked
    assert sitting.register.confirmed


@pytest.mark.parametrize("typed", [str.upper, str.title, lambda w: w[:4], lambda w: f" {w[:5]}, ", lambda w: f"7. {w}"])
def test_a_word_is_right_however_people_type_it(typed: Callable[[str], str]) -> None:
    sitting = Sitting()
    sitting.reader.answer = typed
    assert sitting.sheet("Board/1").result is Result.CONFIRMED
    assert len(sitting.reader.asked) == 3


@pytest.mark.parametrize(
    "typed",
    [
        lambda w: w[:3],
        lambda w: w + "s",
        lambda w: f"{w} {w}",
        lambda w: "academic" if w != "academic" else "acid",
        lambda w: "",
        lambda w: "?",
        lambda w: "K7QD-M2XA",
        lambda w: w * 50_000,
        lambda w: "\x1b[2J",
    ],
)
def test_a_wrong_answer_is_asked_once_more_and_then_the_sheet_is_not_confirmed(typed: Callable[[str], str]) -> None:
    sitting = Sitting()
    sitting.reader.answer = typed
    outcome = sitting.sheet("Board/1")
    (_, first, _), (_, second, again) = sitting.reader.asked
    assert (first, again) == (second, True)
    assert outcome.result is Result.WRONG
    assert f"word {first} was mistyped, or page and code disagree" in outcome.message
    assert "Compare" in outcome.hint
    assert sitting.confirm.wrong == {"Board/1": outcome}
    assert not sitting.written


def test_a_second_answer_that_is_right_will_do() -> None:
    sitting = Sitting()
    answers = iter(["acid", None])
    sitting.reader.answer = lambda word: next(answers, word) or word
    assert sitting.sheet("Board/1").result is Result.CONFIRMED
    assert len(sitting.reader.asked) == 4


def test_a_sheet_put_right_is_wrong_no_more() -> None:
    sitting = Sitting()
    sitting.reader.answer = lambda word: "acid acid"
    sitting.sheet("Board/1")
    sitting.reader.answer = None
    assert sitting.sheet("Board/1").result is Result.CONFIRMED
    assert not sitting.confirm.wrong


def test_no_answer_leaves_the_sheet_for_later() -> None:
    sitting = Sitting()
    sitting.reader.answer = lambda word: None
    assert sitting.sheet("Board/1").result is Result.LATER
    assert len(sitting.reader.asked) == 1
    assert not sitting.written
    assert not sitting.confirm.wrong


# What is no sheet of this escrow.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (forged(ESCROW.share(0, 2)).text, "forged, damaged or of another generation"),
        (collusion(ESCROW, same_set=True).share(0, 2).text, "forged, damaged or of another generation"),
        (make(ROOT, seed=5).share(0, 2).text, "another escrow"),
        (make(Policy(Group("One", 1, 1)), seed=6).share(0, 1).text, "another escrow"),
    ],
)
def test_what_the_record_does_not_list_is_refused_and_nobody_is_asked(text: str, said: str) -> None:
    sitting = Sitting()
    for how in How:
        (outcome,) = sitting.take(text, how)
        assert outcome.result is Result.WRONG
        assert said in outcome.message
        assert outcome.hint
    assert sitting.confirm.wrong
    assert not sitting.reader.asked
    assert not sitting.written


def test_a_set_that_would_recover_something_else_confirms_nothing() -> None:
    """Sheets are compared with the record and never with each other: colluders who agree are no better for it."""
    sitting = Sitting()
    for text in texts_of(collusion(ESCROW, same_set=True)).values():
        assert [outcome.result for outcome in sitting.take(text)] == [Result.WRONG]
    assert sitting.register.to_confirm == tuple(NAMES)


@pytest.mark.parametrize("destroyed", [False, True])
def test_a_void_sheet_is_refused(destroyed: bool) -> None:
    events: list[AnyEvent] = [Void(sheet="Board/2", reason="its bag was opened")]
    if destroyed:
        events.append(Destroyed(sheets=("Board/2",), media=(), every_envelope=False, witnesses=""))
    sitting = Sitting(before=events)
    outcome = sitting.sheet("Board/2")
    assert outcome.result is Result.WRONG
    assert outcome.message.startswith("it is void")
    assert not sitting.reader.asked
    assert "Board/2" not in sitting.register.to_confirm


def test_a_replaced_sheet_is_confirmed_and_the_one_before_it_is_not() -> None:
    new = forged(ESCROW.share(0, 5)).text
    replaced = Replaced(
        sheet="Board/6",
        office="",
        person="Di",
        place="",
        bag="A6",
        words_sha256=sha256(new.encode()),
        old="Board/5",
        reason="lost",
    )
    sitting = Sitting(before=[replaced])
    sitting.texts["Board/6"] = new
    assert "Board/6" in sitting.register.to_confirm
    assert sitting.sheet("Board/6").result is Result.CONFIRMED
    assert "Board/6" not in sitting.register.to_confirm
    assert sitting.sheet("Board/5").result is Result.WRONG


def test_an_escrow_that_was_destroyed_is_not_confirmed() -> None:
    gone = Destroyed(sheets=tuple(NAMES), media=(), every_envelope=False, witnesses="")
    with pytest.raises(RuleError, match="destroyed"):
        Sitting(before=[gone])


def test_words_that_are_no_share_are_told_and_are_not_held_against_a_sheet() -> None:
    sitting = Sitting()
    words = sitting.texts["Board/1"].split()
    words[7], words[8] = words[8], words[7]
    (outcome,) = sitting.take(" ".join(words))
    assert outcome.result is Result.UNREADABLE
    assert "checksum" in outcome.message
    assert not sitting.confirm.wrong


def test_what_is_not_ours_is_told() -> None:
    sitting = Sitting()
    (outcome,) = sitting.take("https://example.org/a-tracking-code")
    assert outcome.result is Result.STRANGE
    assert sitting.take(str(ESCROW.id)) == []


# Copies.


@pytest.fixture
def copied() -> Escrow:
    return make(Policy(Group("Board", 1, 3), Group("Arbitration", 2, 2)), seed=8)


def test_each_copy_is_a_sheet_of_its_own(copied: Escrow) -> None:
    sitting = Sitting(copied)
    sitting.reader.copies = iter(["Board/2", "Board/2", "Board/1"])
    results = [sitting.sheet("Board/1") for _ in range(3)]
    assert [(outcome.name, outcome.result) for outcome in results] == [
        ("Board/2", Result.CONFIRMED),
        ("Board/2", Result.BEFORE),
        ("Board/1", Result.CONFIRMED),
    ]
    assert sitting.register.to_confirm == ("Board/3", "Arbitration/1", "Arbitration/2")


@pytest.mark.parametrize("answer", [None, "Arbitration/1", "Board/4", ""])
def test_a_copy_that_nobody_can_name_is_left_for_later(copied: Escrow, answer: str | None) -> None:
    sitting = Sitting(copied)
    sitting.reader.copies = iter([answer] if answer is not None else [])
    outcome = sitting.sheet("Board/1", How.TYPED)
    assert (outcome.name, outcome.result) == ("Board/1 = Board/2 = Board/3", Result.LATER)
    assert not sitting.written


# The sheets of the passphrase.


def test_the_sheets_of_the_passphrase_are_confirmed_too() -> None:
    _, passphrase = generate_passphrase(Policy(Group("Keepers", 2, 3)), rng=noise(3))
    sitting = Sitting(passphrase=passphrase)
    for name in NAMES:
        sitting.sheet(name)
    assert sitting.register.to_confirm == ("Keepers/1", "Keepers/2", "Keepers/3")
    for number in (1, 2, 3):
        assert sitting.sheet(f"Keepers/{number}").result is Result.CONFIRMED
    assert sitting.register.confirmed
    (outcome,) = sitting.take(forged(passphrase.share(0, 1)).text)
    assert outcome.result is Result.WRONG


# The envelope, where it is printed on its own.


def test_a_separate_envelope_is_confirmed_when_every_code_was_read() -> None:
    sitting = Sitting(printed="separate")
    for name in NAMES:
        sitting.sheet(name)
    assert sitting.register.to_confirm == (ENVELOPE,)
    assert not sitting.register.confirmed
    for code in CODES[:-1]:
        assert [outcome.result for outcome in sitting.take(code)] == [Result.READ]
        assert sitting.take(code) == []
    assert sitting.register.to_confirm == (ENVELOPE,)
    assert [outcome.name for outcome in sitting.take(CODES[-1])][-1] == ENVELOPE
    assert sitting.written[-1] == Confirmed(sheet=ENVELOPE, how=How.SCANNER, by="")
    assert sitting.register.confirmed


@pytest.mark.parametrize("in_id", [False, True])
def test_codes_that_a_scanner_typed_on_another_keyboard_are_understood(in_id: bool) -> None:
    escrow = next(
        made for made in (make(ROOT, seed=seed) for seed in range(50)) if bool({*str(made.id)} & {*"YZ"}) == in_id
    )
    sitting = Sitting(escrow, "separate")
    for code in encode_envelope_codes(escrow.id, escrow.envelope.der):
        sitting.take(code.translate(str.maketrans("YZ", "ZY")))
    assert sitting.register.envelope_confirmed


def test_every_line_typed_will_do_and_a_line_missing_will_not() -> None:
    sitting = Sitting(printed="separate")
    outcomes = sitting.take("\n".join(LINES[:-1]), How.TYPED)
    assert {outcome.result for outcome in outcomes} == {Result.READ}
    sitting.take(CODES[-1])
    assert sitting.register.to_confirm[-1] == ENVELOPE
    sitting.take(LINES[-1], How.TYPED)
    assert sitting.written == [Confirmed(sheet=ENVELOPE, how=How.TYPED, by="")]


def test_a_wrong_line_is_named() -> None:
    sitting = Sitting(printed="separate")
    wrong = LINES[3][:9] + ("A" if LINES[3][9] != "A" else "B") + LINES[3][10:]
    (outcome,) = sitting.take(wrong, How.TYPED)
    assert (outcome.name, outcome.result) == ("line 004", Result.UNREADABLE)
    assert "Compare each character of line 004" in outcome.hint


def test_a_code_or_line_of_another_envelope_is_refused() -> None:
    other = collusion(ESCROW, same_set=True)
    stranger = make(ROOT, seed=9)
    sitting = Sitting(printed="separate")
    altered = CODES[0][:-1] + ("A" if CODES[0][-1] != "A" else "B")
    for code in (altered, *encode_envelope_codes(other.id, other.envelope.der)):
        (outcome,) = sitting.take(code)
        assert outcome.result is Result.WRONG
    (outcome,) = sitting.take(encode_envelope_codes(stranger.id, stranger.envelope.der)[0])
    assert outcome.result is Result.WRONG
    resealed = make(ROOT, size=2400, seed=1).envelope.der
    (outcome, *_) = sitting.take(encode_text_lines(ESCROW.id, resealed)[1], How.TYPED)
    assert outcome.result is Result.WRONG
    assert not sitting.written


def test_where_nothing_of_the_envelope_was_printed_its_codes_are_strange() -> None:
    sitting = Sitting(printed="media", envelope=b"")
    assert [outcome.result for outcome in sitting.take(CODES[0])] == [Result.WRONG]


@pytest.mark.parametrize("envelope", [b"", b"another", ESCROW.envelope.der + b"\0"])
@pytest.mark.parametrize("printed", ["each", "separate"])
def test_without_the_right_envelope_nothing_printed_can_be_compared(envelope: bytes, printed: str) -> None:
    with pytest.raises(IntegrityError, match="envelope of the escrow folder"):
        Sitting(printed=printed, envelope=envelope)


# Files.


def scanned(*pages: Sequence[str]) -> bytes:
    """A PDF as a scanner makes it."""
    return scans.scanned_pdf([scans.page(codes) for codes in pages], 150)


def test_a_stack_of_scanned_sheets() -> None:
    sitting = Sitting()
    names = ("Arbitration/2", "Board/5", "Board/1")
    pages: list[Sequence[str]] = []
    for name in names:
        pages += [[], [sitting.texts[name]] * 2, CODES]
    outcomes = sitting.read(scanned(*pages))
    assert [outcome.name for outcome in outcomes if outcome.result is Result.CONFIRMED] == [*names]
    assert [outcome.source for outcome in outcomes if outcome.result is Result.CONFIRMED] == [
        f"scan page {page}" for page in (2, 5, 8)
    ]
    assert {event.how for event in sitting.written} == {How.SCAN}
    assert Result.LATER not in {outcome.result for outcome in outcomes}
    assert {page.page for page in sitting.confirm.problems} == {1, 4, 7}


def test_a_sheet_whose_envelope_codes_were_not_read_is_told() -> None:
    sitting = Sitting()
    pages = [[sitting.texts["Board/1"]], CODES, [sitting.texts["Board/2"]], CODES[1:]]
    outcome = sitting.read(scanned(*pages))[-1]
    assert str(outcome) == "scan: the envelope's codes: left for later, complete on 1 of the 2 sheets"


def test_a_file_that_was_never_on_paper_confirms_nothing() -> None:
    """The PDF that `split` made reads perfectly, and shows nothing of what a printer did to it."""
    sitting = Sitting(printed="separate")
    outcomes = sitting.read(scans.pdf([[sitting.texts["Board/1"]], [], CODES]))
    assert [(outcome.name, outcome.result) for outcome in outcomes] == [
        ("scan page 1", Result.WRONG),
        ("scan page 3", Result.WRONG),
    ]
    assert "not a scan" in outcomes[0].message
    assert not sitting.reader.asked
    assert not sitting.written


def test_in_a_text_file_a_share_in_one_row_came_from_a_scanner_and_in_several_from_hands() -> None:
    sitting = Sitting()
    one, two, three = (sitting.texts[name] for name in ("Board/1", "Board/2", "Board/3"))
    numbered = "\n".join(f"{number}. {word.upper()}" for number, word in enumerate(three.split(), 1))
    sitting.read(f"{one}\n\nBoard/2:\n{in_rows(two)}\n# the third\n{numbered}\n".encode())
    assert [(event.sheet, event.how) for event in sitting.written] == [
        ("Board/1", How.SCANNER),
        ("Board/2", How.TYPED),
        ("Board/3", How.TYPED),
    ]
    assert {sheet for sheet, _, _ in sitting.reader.asked} == {"Board/1"}


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\nbroken", b"\xff\xfea\0", b"\0\0"])
def test_a_file_that_cannot_be_read_is_kept_for_the_end(data: bytes) -> None:
    sitting = Sitting()
    assert sitting.read(data) == []
    (failure,) = sitting.confirm.failures
    assert isinstance(failure, EscrowError)
    assert failure.hint


# Nothing is told.


@pytest.mark.parametrize("by", ["a\nb", "x" * 501, "\x1b[2J", " ".join(ESCROW.share(0, 1).words[:6])])
def test_who_was_there_is_one_plain_line_and_no_share(by: str) -> None:
    with pytest.raises(UsageError) as caught:
        Sitting(by=by)
    assert by not in caught.value.message + caught.value.hint


@given(seed=st.integers(0, 2**32), answers=st.lists(st.sampled_from([True, False, None]), max_size=12))
def test_no_two_words_of_a_share_are_ever_told(seed: int, answers: list[bool | None]) -> None:
    sitting = Sitting(rng=noise(seed), by="Ada Example")
    given_ = iter(answers)
    hints = set()

    def answer(word: str) -> str | None:
        right = next(given_, True)
        return None if right is None else word if right else "acid"

    sitting.reader.answer = answer
    things = [sitting.texts[name] for name in NAMES] + [forged(ESCROW.share(0, 1)).text, "abc " * 33]
    outcomes = [outcome for thing in things for outcome in sitting.take(thing)]
    told = "\n".join(
        [
            *(f"{outcome} {outcome!r} {outcome.hint}" for outcome in outcomes),
            *(f"{event} {event!r}" for event in sitting.written),
            sitting.register.journal.dump().decode(),
            repr(sitting.confirm.wrong),
        ]
    )
    for text in sitting.texts.values():
        words = text.split()
        assert not any(f"{one} {two}" in told for one, two in itertools.pairwise(words))
    # Which word it was that went wrong is told by its number alone.
    for name, outcome in sitting.confirm.wrong.items():
        if name in sitting.texts:
            number = outcome.message.split()[1]
            assert outcome.message == f"word {number} was mistyped, or page and code disagree"
            hints.add(outcome.hint.replace(name, "SHEET").replace(f"number {number} ", "number N "))
    assert len(hints) <= 1


def test_a_sheet_with_a_word_that_cannot_be_read_is_not_confirmed_though_its_hash_would_tell() -> None:
    sitting = Sitting()
    (outcome,) = sitting.take(torn(ESCROW.share(0, 1), 33), How.TYPED)
    assert outcome.result is Result.UNREADABLE
    assert "print it again" in outcome.hint
    assert not sitting.written

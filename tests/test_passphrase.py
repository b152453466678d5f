"""A passphrase is printable ASCII, and shows itself nowhere; generated, measured, typed in parts, as 32 bytes."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import EscrowError, PassphraseError, RuleError, UsageError
from rootescrow.passphrase import (
    ALPHABET,
    MAX_CHARS,
    Passphrase,
    check_chance,
    from_escrow,
    generate,
    grouped,
    is_generated,
    join_parts,
    measure,
    to_escrow,
    ungrouped,
)
from rootescrow.secret import Secret
from tests.support import noise

GENERATED = st.text("bcdefghijklnoprstuvx", min_size=30, max_size=30)
PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=MAX_CHARS)


@given(PRINTABLE)
def test_text_becomes_its_bytes(text: str) -> None:
    assert bytes(Passphrase.from_text(text).reveal()) == text.encode("ascii")
    assert Passphrase(text.encode("ascii")) == Passphrase.from_text(text)


@given(PRINTABLE, st.characters(exclude_categories=["Cs"]).filter(lambda c: not " " <= c <= "~"), st.data())
def test_any_other_character_is_refused(text: str, wrong: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    text = (text[:place] + wrong + text[place:])[:MAX_CHARS] if place < MAX_CHARS else wrong
    with pytest.raises(PassphraseError) as caught:
        Passphrase.from_text(text)
    assert "not printable ASCII" in caught.value.message
    assert "openssl pkcs8" in caught.value.hint
    with pytest.raises(PassphraseError):
        Passphrase(text.encode("utf-8"))


@pytest.mark.parametrize(("text", "message"), [("", "empty"), ("x" * (MAX_CHARS + 1), "1024")])
def test_wrong_lengths_are_refused(text: str, message: str) -> None:
    with pytest.raises(PassphraseError, match=message):
        Passphrase.from_text(text)


def test_spaces_at_the_ends_count() -> None:
    assert Passphrase.from_text(" a ") != Passphrase.from_text("a")


def test_no_error_shows_the_passphrase() -> None:
    with pytest.raises(PassphraseError) as caught:
        Passphrase.from_text("hunter2\n")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint} {caught.value!r}"
    assert caught.value.__context__ is None


def test_repr_is_redacted() -> None:
    assert repr(Passphrase.from_text("hunter2")) == "Passphrase(…)"


def test_a_refused_buffer_is_emptied() -> None:
    buffer = bytearray("geheim\u00e4".encode())
    with pytest.raises(PassphraseError):
        Passphrase(buffer)
    assert not any(buffer)


def text_of(passphrase: Passphrase) -> str:
    return bytes(passphrase.reveal()).decode()


def test_the_alphabet_is_on_the_same_keys_of_three_layouts() -> None:
    qwerty, qwertz, azerty = (
        "qwertyuiopasdfghjkl;zxcvbnm",
        "qwertzuiopasdfghjklöyxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn,",
    )
    same = {a for a, b, c in zip(qwerty, qwertz, azerty, strict=True) if a == b == c}
    assert same == set(ALPHABET.decode())
    assert 20**30 > 2**129


def test_every_byte_of_chance_gives_every_letter_as_often() -> None:
    drawn = itertools.chain.from_iterable(itertools.repeat(range(256)))
    found: Counter[str] = Counter()
    for _ in range(20 * 12 * 16 // 30):
        # 30 bytes at a time, in turn: all 256 values come equally often over the whole.
        found.update(text_of(generate(rng=lambda size: bytes(itertools.islice(drawn, size)))))
    assert set(found) == set(ALPHABET.decode())
    assert max(found.values()) - min(found.values()) <= 14


def test_letters_are_uniform_and_fresh() -> None:
    rng = noise(1)
    made = [text_of(generate(rng=rng)) for _ in range(2000)]
    assert len(set(made)) == 2000
    for letters in ("".join(made), "".join(text[0] for text in made), "".join(text[-1] for text in made)):
        found = Counter(letters)
        expected = len(letters) / 20
        chi_squared = sum((found[letter] - expected) ** 2 / expected for letter in ALPHABET.decode())
        assert chi_squared < 43.8  # 19 degrees of freedom: exceeded once in 1,000
    pairs = Counter(itertools.pairwise("".join(made)))
    assert len(pairs) == 400
    assert sum((pairs[pair] - 149.9975) ** 2 / 149.9975 for pair in pairs) < 491  # 399 degrees of freedom


def test_the_system_gives_another_each_time() -> None:
    assert generate() != generate()
    assert is_generated(generate())


def test_too_little_chance_is_refused() -> None:
    with pytest.raises(EscrowError, match="29 bytes where 30"):
        generate(rng=lambda size: bytes(size - 1))


@given(GENERATED)
def test_groups_of_five_there_and_back(text: str) -> None:
    passphrase = Passphrase.from_text(text)
    shown = grouped(passphrase)
    assert [len(group) for group in shown.split(" ")] == [5] * 6
    assert ungrouped(shown) == ungrouped(text) == ungrouped(f"  {shown}\n") == passphrase


@given(GENERATED)
def test_32_bytes_there_and_back(text: str) -> None:
    passphrase = Passphrase.from_text(text)
    with to_escrow(passphrase) as secret:
        assert bytes(secret.reveal()) == text.encode() + b"\n\n"
        assert from_escrow(secret) == passphrase


@pytest.mark.parametrize(
    "text", ["", "b" * 29, "b" * 31, "b" * 29 + "a", "B" * 30, "b" * 29 + "\u0431", "b" * 29 + "1", "correct horse 7!"]
)
def test_what_was_not_generated_is_neither_shown_nor_escrowed(text: str) -> None:
    with pytest.raises(PassphraseError) as caught:
        ungrouped(text)
    assert "b" * 9 not in f"{caught.value.message} {caught.value.hint}"
    if text and text.isascii():
        with pytest.raises(PassphraseError):
            grouped(Passphrase.from_text(text))
        with pytest.raises(RuleError, match="only a generated passphrase is escrowed"):
            to_escrow(Passphrase.from_text(text))


@pytest.mark.parametrize(
    "data",
    [
        b"b" * 30,
        b"b" * 30 + b"\n",
        b"b" * 30 + b"\n\n\n",
        b"b" * 30 + b"\n\r",
        b"b" * 30 + b"\r\n",
        b"b" * 32,
        b"b" * 29 + b"\n\n\n",
        b"b" * 29 + b"a\n\n",
        b"b" * 29 + b"B\n\n",
        b"\n\n" + b"b" * 30,
        bytes(32),
    ],
)
def test_other_bytes_are_no_escrowed_passphrase(data: bytes) -> None:
    with pytest.raises(PassphraseError, match="no passphrase"):
        from_escrow(Secret(data))


@given(st.binary(min_size=32, max_size=32))
def test_chance_makes_no_escrowed_passphrase(data: bytes) -> None:
    with pytest.raises(PassphraseError):
        from_escrow(Secret(data))


def test_what_is_easy_to_guess_measures_low() -> None:
    for text in ("Password1!", "correct", "2026-11-23", "qwertyuiop", "x"):
        assert measure(Passphrase.from_text(text)).score < 4
    strength = measure(generate(rng=noise(2)))
    assert (strength.chars, strength.score) == (30, 4)
    assert strength.guesses_log10 > 24


def test_any_length_is_measured() -> None:
    assert measure(Passphrase.from_text("b" * 1024)).score == 0
    assert measure(Passphrase.from_text("b" * 1024)).chars == 1024
    long = "".join(text_of(generate(rng=noise(n))) for n in range(10))
    assert measure(Passphrase.from_text(long)).score == 4


@given(PRINTABLE.filter(lambda text: len(text) > 3))
def test_a_measure_tells_nothing_of_the_passphrase(text: str) -> None:
    assert text not in repr(measure(Passphrase.from_text(text)))


@pytest.mark.parametrize("text", ["b" * 30, "bcdef" * 6, "brightnorthernlighthouseskeepe".replace("p", "b")])
def test_what_a_person_made_up_in_the_right_form_is_noticed(text: str) -> None:
    with pytest.raises(RuleError, match="chance does not make such"):
        check_chance(Passphrase.from_text(text))


def test_what_chance_made_is_not_suspected() -> None:
    rng = noise(3)
    for _ in range(200):
        check_chance(generate(rng=rng))


def test_parts_are_joined_in_their_order_with_nothing_between() -> None:
    first, second, third = (Passphrase.from_text(text) for text in ("vT9 k#", "Lq2;mZ ", "w~8"))
    assert text_of(join_parts([first, second, third])) == "vT9 k#Lq2;mZ w~8"
    assert join_parts([second, first, third]) != join_parts([first, second, third])
    assert text_of(first) == "vT9 k#"


@pytest.mark.parametrize("parts", [["vT9k#Lq", "2;mZw~8x"], ["correct ", "password"], ["aaaaaaaaaaaaaaaa", "bbbbbbbb"]])
def test_parts_that_are_too_short_or_easy_together_are_refused(parts: list[str]) -> None:
    with pytest.raises(RuleError, match="too easy to guess") as caught:
        join_parts([Passphrase.from_text(part) for part in parts])
    assert not any(part.strip() in f"{caught.value.message} {caught.value.hint}" for part in parts)


@pytest.mark.parametrize("parts", [[], ["vT9k#Lq2;mZw~8x&G4"]])
def test_one_part_is_none(parts: list[str]) -> None:
    with pytest.raises(UsageError):
        join_parts([Passphrase.from_text(part) for part in parts])


def test_parts_that_are_too_long_together_are_refused() -> None:
    with pytest.raises(PassphraseError, match="1024"):
        join_parts([Passphrase.from_text("x" * 600)] * 2)

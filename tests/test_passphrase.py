"""A passphrase is printable ASCII, and shows itself nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import PassphraseError
from rootescrow.passphrase import MAX_CHARS, Passphrase

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

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.secret import Secret

CANARY = b"correct horse battery staple"


def fresh() -> Secret:
    return Secret(CANARY)


@given(st.binary(max_size=200))
def test_reveals_what_it_was_given(data: bytes) -> None:
    for given_as in (data, bytearray(data), memoryview(data)):
        assert Secret(given_as).reveal() == data
    assert len(Secret(data)) == len(data)


def test_takes_a_bytearray_over_and_leaves_zeros_in_it() -> None:
    source = bytearray(CANARY)
    secret = Secret(source)
    assert source == bytes(len(CANARY))
    assert secret.reveal() == CANARY


def test_does_not_touch_what_a_view_shows() -> None:
    source = bytearray(CANARY)
    secret = Secret(memoryview(source))
    assert source == CANARY
    secret.wipe()
    assert source == CANARY


@pytest.mark.parametrize("wrong", [5, "text", [1, 2, 3], None])
def test_a_mistake_is_no_secret(wrong: object) -> None:
    with pytest.raises(TypeError):
        Secret(wrong)  # type: ignore[arg-type]  # a caller without a type checker


def test_the_view_is_the_buffer_itself_and_cannot_be_written() -> None:
    secret = fresh()
    view = secret.reveal()
    assert view.readonly
    with pytest.raises(TypeError):
        view[0] = 1
    secret.wipe()
    assert view == bytes(len(CANARY))


def test_a_wiped_secret_is_an_error_and_not_zeros() -> None:
    secret = fresh()
    secret.wipe()
    secret.wipe()
    for use in (secret.reveal, lambda: len(secret), lambda: secret == fresh(), lambda: fresh() == secret):
        with pytest.raises(ValueError, match="wiped"):
            use()


def test_leaving_the_context_wipes_also_after_an_error() -> None:
    secret = fresh()
    view = secret.reveal()
    with pytest.raises(RuntimeError), secret:
        raise RuntimeError
    assert view == bytes(len(CANARY))
    with pytest.raises(ValueError, match="wiped"):
        secret.reveal()


def test_a_view_of_a_dead_secret_does_not_show_zeros() -> None:
    # In `bytes(combine(shares).reveal())` the object dies before the view is read.
    assert bytes(fresh().reveal()) == CANARY


def test_the_buffer_is_wiped_when_the_last_view_dies() -> None:
    wiped: list[bytes] = []

    class Watched(type(fresh()._buffer)):  # type: ignore[misc]  # the private buffer, watched as it dies
        def __del__(self) -> None:
            super().__del__()
            wiped.append(bytes(self))

    secret = fresh()
    secret._buffer = Watched(CANARY)
    view = secret.reveal()
    del secret
    assert wiped == []
    assert view == CANARY
    del view
    assert wiped == [bytes(len(CANARY))]


def test_shows_itself_nowhere() -> None:
    secret = fresh()
    shown = [repr(secret), str(secret), f"{secret}", f"{[secret]!r}"]
    try:
        raise ValueError(secret)
    except ValueError as error:
        shown += [str(error), *traceback.TracebackException.from_exception(error, capture_locals=True).format()]
    for text in shown:
        assert "horse" not in text
        assert CANARY.hex() not in text
    assert repr(secret) == "Secret(…)"


def test_the_repr_of_a_class_below_is_its_own() -> None:
    class Below(Secret):
        pass

    assert repr(Below(CANARY)) == "Below(…)"


@pytest.mark.parametrize("out", [pickle.dumps, copy.copy, copy.deepcopy, bytes, list, hash, vars])
def test_reveal_is_the_only_way_out(out: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        out(fresh())


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_equal_if_the_bytes_are(first: bytes, second: bytes) -> None:
    assert (Secret(first) == Secret(second)) == (first == second)
    assert Secret(first) == Secret(first)


def test_is_equal_to_nothing_but_a_secret() -> None:
    assert fresh() != CANARY

"""One buffer for one secret, overwritten when it is no longer needed.

What this cannot do is in the threat model: Python copies, and what the C libraries below copy stays where it was.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn, Self

from rootescrow.errors import EscrowError

Random = Callable[[int], bytes]
"""A source of randomness: given a number of bytes, that many of them."""


def draw(rng: Random, size: int) -> bytes:
    """`size` bytes of randomness. Raises EscrowError if the source gives another number: fewer would weaken a key."""
    drawn = rng(size)
    if len(drawn) != size:
        raise EscrowError(
            f"the source of randomness gave {len(drawn)} bytes where {size} were asked for",
            "Leave the source of randomness to the system.",
        )
    return drawn


class _Buffer(bytearray):
    """The bytes of a secret, wiped when nothing refers to them any more.

    Not when the `Secret` dies: in `bytes(combine(shares).reveal())` that is before the view is read, and the caller
    would silently get zeros for a secret.
    """

    __slots__ = ()

    def __del__(self) -> None:
        # Not by way of a function: when the interpreter ends, that may be gone before the last secret.
        self[:] = bytes(len(self))


class Secret:
    """Bytes that are wiped on exit, on `wipe()` and when the last of the object and its views dies, and never shown.

    A `bytearray` given to the constructor is taken over and emptied, so that one copy exists; anything else is copied.
    """

    __slots__ = ("_buffer",)
    _buffer: _Buffer | None

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        # By way of a view, because bytearray(32) would be 32 zeros where a number is given by mistake.
        self._buffer = _Buffer(memoryview(data))
        if isinstance(data, bytearray):
            _overwrite(data)

    def reveal(self) -> memoryview:
        """A read-only view of the buffer itself, not a copy. It shows zeros once the secret is wiped.

        Raises ValueError if it has been wiped: a program that uses a wiped secret is wrong.
        """
        if self._buffer is None:
            raise ValueError("this secret has been wiped")
        return memoryview(self._buffer).toreadonly()

    def wipe(self) -> None:
        """Overwrite the buffer with zeros. Does nothing the second time."""
        if self._buffer is not None:
            _overwrite(self._buffer)
            self._buffer = None

    def __len__(self) -> int:
        return len(self.reveal())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.reveal(), other.reveal())

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be copied or pickled")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wipe()


def _overwrite(buffer: bytearray) -> None:
    """Write zeros over a buffer, in place: slice assignment of the same length neither moves nor frees it."""
    buffer[:] = bytes(len(buffer))

"""How a passphrase becomes a key: what it costs, what is too weak to keep, and what is too costly to try."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from Crypto.Protocol.KDF import scrypt

from rootescrow.errors import KeyFormatError
from rootescrow.passphrase import Passphrase

OPENSSL_SCRYPT_MEMORY = 32 * 2**20
"""Bytes. openssl refuses a PKCS#8 key whose scrypt needs more (SCRYPT_MAX_MEM), and has no option to allow it there."""
FLOOR_SCRYPT = (2**14, 8, 5)
"""N, r, p: of OWASP's Password Storage Cheat Sheet, the strongest memory setting within openssl's limit."""
FLOOR_PBKDF2 = {"HMAC-SHA256": 600_000, "HMAC-SHA512": 210_000}
"""Iterations, from the same source. Other hashes are not kept."""
MAX_MEMORY = 2**30 + 2**20
"""Bytes: scrypt with N=2^20 and r=8 (RFC 7914, section 13), the most in common use. A laptop has this much."""
MAX_SCRYPT_WORK = 2**27
"""N·r·p: 13 times what we write ourselves, half a minute on one core."""
MAX_ITERATIONS = 10_000_000
"""Of PBKDF2 and the older ones: 17 times OWASP's floor, half a minute at worst."""
MAX_THREADS = 4
_THREADS_MEMORY = 64 * 2**20
"""Bytes for all threads of scrypt together: four with our own cost."""

_COPY = "Use another copy of the key file."
_SCRYPT = re.compile(r"scrypt N=([0-9]{1,20}) r=([0-9]{1,20}) p=([0-9]{1,20})", re.ASCII)
_ITERATED = re.compile(
    r"((?:PBKDF2|PBKDF1|PKCS#12) [A-Za-z0-9][A-Za-z0-9/-]{0,39}), ([0-9,]{1,26}) iterations", re.ASCII
)


_WEAKNESSES: Mapping[str, str] = MappingProxyType(
    {
        "memory": "its key derivation, {kdf}, takes {memory} of memory, and openssl opens none above {limit}",
        "floor": "its key derivation, {kdf}, is below OWASP's floor, {floor}",
        "outdated": "its key derivation, {kdf}, is out of date",
    }
)


@dataclass(frozen=True)
class Weakness:
    """Why a key is encrypted anew: its `kind`, with the values of its sentence. `str()` is that in English.

    Papers say it in their own language: the catalogues have a sentence for each kind.
    """

    kind: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        return _WEAKNESSES[self.kind].format_map(self.values)


KINDS_OF_WEAKNESS = tuple(_WEAKNESSES)


@dataclass(frozen=True)
class Scrypt:
    """The cost of scrypt: N, r and p of RFC 7914, section 2. The default is what we write.

    openssl's memory limit fixes N and r, so p carries the cost: 2.6 seconds on one core, and threads share p out.
    Raises KeyFormatError for parameters that RFC 7914 does not allow.
    """

    n: int = 2**14
    r: int = 8
    p: int = 80

    def __post_init__(self) -> None:
        allowed = (
            all(1 <= value < 2**64 for value in (self.n, self.r, self.p))
            and self.n > 1
            and self.n.bit_count() == 1
            and self.n.bit_length() <= 16 * self.r
            and self.r * self.p < 2**30
        )
        if not allowed:
            raise KeyFormatError("the key file has scrypt parameters that RFC 7914 does not allow", _COPY)

    @property
    def name(self) -> str:
        return "scrypt"

    @property
    def parameters(self) -> dict[str, int]:
        return {"N": self.n, "r": self.r, "p": self.p}

    @property
    def memory(self) -> int:
        """Bytes, as openssl counts them: one block mix at a time, and the blocks of all p."""
        return 128 * self.r * (self.n + 2 + self.p)

    @property
    def weakness(self) -> Weakness | None:
        """Why a key under this is encrypted anew; None if it is kept."""
        if self.memory > OPENSSL_SCRYPT_MEMORY:
            limit = _mib(OPENSSL_SCRYPT_MEMORY)
            return Weakness("memory", {"kdf": str(self), "memory": _mib(self.memory), "limit": limit})
        if any(value < floor for value, floor in zip((self.n, self.r, self.p), FLOOR_SCRYPT, strict=True)):
            return Weakness("floor", {"kdf": str(self), "floor": str(Scrypt(*FLOOR_SCRYPT))})
        return None

    def check(self) -> None:
        """Raise KeyFormatError if it asks for too much time or memory."""
        if self.memory > MAX_MEMORY:
            raise _too_costly(f"{_mib(self.memory)} of memory", _mib(MAX_MEMORY))
        if self.n * self.r * self.p > MAX_SCRYPT_WORK:
            raise _too_costly(f"a cost N·r·p of {self.n * self.r * self.p:,}", f"{MAX_SCRYPT_WORK:,}")

    def derive(self, passphrase: Passphrase, salt: bytes, size: int) -> bytes:
        """A key of `size` bytes."""
        threads = max(1, min(MAX_THREADS, _THREADS_MEMORY // (128 * self.r * self.n)))
        return scrypt(passphrase.reveal(), salt, size, self.n, self.r, self.p, threads=threads)

    def __str__(self) -> str:
        return f"scrypt N={self.n} r={self.r} p={self.p}"


DEFAULT_COST = Scrypt()
"""N=2^14, r=8, p=80 (format v1, point 1)."""


@dataclass(frozen=True)
class Iterated:
    """A key derivation that repeats a hash: PBKDF2 (RFC 8018, section 5.2), PBKDF1 (5.1), PKCS#12 (RFC 7292, B.2).

    `name` is "PBKDF2 HMAC-SHA256" and the like. Raises KeyFormatError for an impossible number of iterations.
    """

    name: str
    iterations: int

    def __post_init__(self) -> None:
        if not 1 <= self.iterations < 2**64:
            raise KeyFormatError("the key file has an impossible number of iterations", _COPY)

    @property
    def parameters(self) -> dict[str, int]:
        return {"iterations": self.iterations}

    @property
    def weakness(self) -> Weakness | None:
        """Why a key under this is encrypted anew; None if it is kept."""
        scheme, _, prf = self.name.partition(" ")
        floor = FLOOR_PBKDF2.get(prf) if scheme == "PBKDF2" else None
        if floor is None:
            return Weakness("outdated", {"kdf": self.name})
        if self.iterations < floor:
            return Weakness("floor", {"kdf": str(self), "floor": f"{floor:,} iterations"})
        return None

    def check(self) -> None:
        """Raise KeyFormatError if it asks for too much time."""
        if self.iterations > MAX_ITERATIONS:
            raise _too_costly(f"{self.iterations:,} iterations", f"{MAX_ITERATIONS:,}")

    def __str__(self) -> str:
        return f"{self.name}, {self.iterations:,} iterations"


Kdf = Scrypt | Iterated


def parse_kdf(text: str) -> Kdf | None:
    """The key derivation that a record names: the mirror of `str`. None if the text is of none that can be."""
    kdf: Kdf
    try:
        if found := _SCRYPT.fullmatch(text):
            kdf = Scrypt(*map(int, found.groups()))
        elif found := _ITERATED.fullmatch(text):
            kdf = Iterated(found[1], int(found[2].replace(",", "") or 0))
        else:
            return None
    except KeyFormatError:
        return None
    return kdf if str(kdf) == text else None


def _too_costly(asked: str, limit: str) -> KeyFormatError:
    return KeyFormatError(
        f"the key file asks for {asked} to open it, the limit is {limit}",
        "If the file can be trusted, encrypt it anew with the tool that made it, at a lower cost.",
    )


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"

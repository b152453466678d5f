"""What must not be seen: the secrets of an escrow in every form in which they could slip out."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rootescrow import Share
from rootescrow.shamir import Polynomial, combine

WINDOW = 4
"""Words in a row that are no accident."""
CHUNK = 12
"""Bytes of a key in a row that are no accident."""
PEM_LINE = 48
"""Bytes of a line of PEM."""


def _forms(secret: bytes) -> Iterator[bytes]:
    """Bytes as they are and as people and programs write them."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    yield base64.b32encode(secret).rstrip(b"=")
    yield base64.b64encode(secret).rstrip(b"=")
    yield repr(secret)[2:-1].encode()


def _in_a_row(words: list[str]) -> Iterator[str]:
    for start in range(len(words) - WINDOW + 1):
        some = words[start : start + WINDOW]
        yield " ".join(some)
        yield " ".join(word[:4] for word in some)


@dataclass(frozen=True)
class Canary:
    """Secrets, and whether something holds one of them."""

    exact: frozenset[bytes] = field(repr=False)
    words: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, shares: Iterable[str], *, passphrases: Iterable[str], key: tuple[bytes, bytes]) -> Canary:
        """Of a quorum or more: its words, its values, what they combine to. Passphrases. A key as of `key_pair`."""
        texts = list(shares)
        parsed = [Share.parse(text) for text in texts]
        groups: dict[int, dict[int, bytes]] = {}
        for share in parsed:
            groups.setdefault(share.group_index, {})[share.member_index] = share.value
        needed = {share.group_index: share.member_threshold for share in parsed}
        quorums = {group: dict(list(points.items())[: needed[group]]) for group, points in groups.items()}
        chosen = [share for share in parsed if share.member_index in quorums[share.group_index]]
        secrets = [share.value for share in parsed]
        secrets += [Polynomial.through(points, needed[group]).secret() for group, points in quorums.items()]
        secrets.append(bytes(combine(chosen).reveal()))
        exact = {form for secret in secrets for form in _forms(secret)}
        exact |= {form for word in passphrases for form in _forms(word.encode())}
        pkcs8, spki = key
        exact |= {some for at in range(len(pkcs8) - CHUNK) if (some := pkcs8[at : at + CHUNK]) not in spki}
        lines = (pkcs8[at : at + PEM_LINE] for at in range(0, len(pkcs8) - PEM_LINE, PEM_LINE))
        exact |= {base64.b64encode(line) for line in lines if line not in spki}
        exact.add(pkcs8.hex().encode())
        return cls(frozenset(exact), frozenset(row for text in texts for row in _in_a_row(text.split())))

    def in_(self, data: bytes | str) -> bool:
        """Whether one of the secrets is in there."""
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        if any(secret in raw for secret in self.exact):
            return True
        read = re.findall("[a-z]+", raw.decode("latin-1").lower())
        return any(row in self.words for row in _in_a_row(read))


def key_pair(openssl: str, key: Path, passphrase: str) -> tuple[bytes, bytes]:
    """PKCS#8 (DER) of an encrypted key, and its SubjectPublicKeyInfo (DER), which is no secret: by openssl."""
    given = ["-in", str(key), "-passin", f"pass:{passphrase}", "-outform", "DER"]
    private, public = (
        subprocess.run([openssl, *command, *given], capture_output=True, check=True).stdout
        for command in (["pkcs8", "-topk8", "-nocrypt"], ["pkey", "-pubout"])
    )
    return private, public


def tree(folder: Path) -> bytes:
    """Names and contents of everything below a folder."""
    return b"\n".join(
        str(path.relative_to(folder)).encode() + (b"\n" + path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    )

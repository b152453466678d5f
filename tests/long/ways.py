"""The ways back from the same table: the library, recover.py, recover.html, and stock tools. Each is a class here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from rootescrow.errors import EscrowError
from rootescrow.escrow import Escrow
from rootescrow.paper.stock import stock_commands
from rootescrow.pile import Pile
from rootescrow.recovery import recover
from tests.paper.test_stock import run as shell

CODES = "ROOTESCROW1 "


@dataclass(frozen=True)
class Table:
    """What lies on the table, right or not: words of sheets, and the envelope as a file or as its codes or lines.

    `quorum` is those of the sheets, as many as needed, that a tool gets which takes no more; `escrow` is the one whose
    sheets bear the commands.
    """

    escrow: Escrow
    quorum: tuple[str, ...]
    envelope: bytes | None = None
    texts: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """What a person types or scans, each as a file of its own."""
        envelope = "\n".join(self.texts) + "\n"
        if self.texts and not self.texts[0].startswith(CODES):
            envelope = f"{self.escrow.id}\n{envelope}"
        return (*[f"{words}\n" for words in (*self.quorum, *self.more)], *([envelope] if self.texts else []))


class Way(Protocol):
    """One way back."""

    @property
    def name(self) -> str: ...

    def come(self, table: Table, folder: Path) -> bytes | None:
        """The DER of the encrypted key; None if this way refuses. `folder` is empty, and free to use."""
        ...


class Library:
    """The library, in this process."""

    name = "library"

    def come(self, table: Table, folder: Path) -> bytes | None:
        del folder
        pile = Pile()
        if table.envelope is not None:
            pile.add(table.envelope)
        for text in table.files:
            pile.add(text)
        try:
            return recover(pile).der
        except EscrowError:
            return None


class Driver:
    """A program that takes tables as lines of JSON, as tests/oracles/recover_driver.py says; one process for all."""

    def __init__(self, name: str, command: Sequence[str | Path]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def come(self, table: Table, folder: Path) -> bytes | None:
        del folder
        answer = self.ask({"envelope": table.envelope and table.envelope.hex(), "texts": table.files})
        return bytes.fromhex(answer["key"]) if "key" in answer else None

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """One answer for one question."""
        to, answers = self._stream(self._process.stdin), self._stream(self._process.stdout)
        to.write(json.dumps(question) + "\n")
        to.flush()
        answer: dict[str, Any] = json.loads(answers.readline())
        return answer

    @staticmethod
    def _stream(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream

    def close(self) -> None:
        """End it."""
        self._stream(self._process.stdin).close()
        assert self._process.wait(timeout=60) == 0
        self._stream(self._process.stdout).close()


class Page(Driver):
    """The script of recover.html in node, which gives out a key only where one single key comes out."""

    def come(self, table: Table, folder: Path) -> bytes | None:
        del folder
        given = ([table.envelope] if table.envelope else []) + [text.encode() for text in table.files]
        keys, _ = self.solved(given)
        return bytes.fromhex(keys[0]) if len(keys) == 1 else None

    def solved(self, given: Sequence[bytes]) -> tuple[list[str], list[str]]:
        """The keys, in hex, and the passphrases that come out of these files."""
        answer = self.ask({"code": _SOLVE, "given": [data.hex() for data in given]})
        if "error" in answer:
            return [], []
        return answer["value"]["keys"], answer["value"]["passphrases"]


_SOLVE = """
const table = new Table();
for (const file of given) table.addFile(Uint8Array.from(file.match(/../g) || [], (pair) => parseInt(pair, 16)));
const { keys, passphrases } = await solve(table);
return { keys: keys.map(({ bytes }) => hex(bytes)),
  passphrases: passphrases.map(({ bytes }) => new TextDecoder().decode(bytes)) };
"""


@dataclass(frozen=True)
class Stock:
    """A SLIP-39 tool, and the commands as printed, with the openssl that is found first in `path`."""

    slip39: Driver
    openssl: str = "openssl"
    _script: tuple[str, ...] = field(default=("secret", "open"))

    @property
    def name(self) -> str:
        return f"{self.slip39.name} and {self.openssl}"

    def secret(self, words: Sequence[str]) -> str | None:
        """The escrow secret, hexadecimal, if the tool takes these."""
        answer: str | None = self.slip39.ask({"combine": list(words), "passphrase": ""}).get("secret")
        return answer

    def come(self, table: Table, folder: Path) -> bytes | None:
        secret = self.secret(table.quorum)
        return None if secret is None else self.open(table, secret, folder)

    def open(self, table: Table, secret: str, folder: Path) -> bytes | None:
        """What the printed commands give for this secret."""
        steps = stock_commands(table.escrow.id, table.escrow.envelope.der)
        commands = {step.name: step.command.replace("openssl", self.openssl) for step in steps}
        script = [commands[name] for name in self._script]
        if table.envelope is not None:
            (folder / "envelope.cms").write_bytes(table.envelope)
        else:
            kind = "codes" if table.texts and table.texts[0].startswith(CODES) else "lines"
            (folder / f"{kind}.txt").write_text("\n".join(table.texts) + "\n")
            script.insert(0, commands[kind])
        shell("\n".join(script), folder, f"{secret}\n")
        key = folder / "key.p8"
        return key.read_bytes() if key.exists() else None

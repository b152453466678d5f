"""One escrow is split once, by the command as its users run it, and used by many tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rootescrow.register import folder
from tests.cli.support import GROUPS, PASSPHRASE, Ceremony, Done, inside, run, words

Root = tuple[Path, Path]


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], str]) -> Root:
    """A P-384 root key, encrypted so that it is kept byte for byte and opens quickly, and its certificate."""
    return make_root(tmp_path_factory.mktemp("root"), program("openssl"), "EC", "ec_paramgen_curve:P-384")


def make_root(directory: Path, openssl: str, algorithm: str, *options: str) -> Root:
    """A root key of an algorithm under PASSPHRASE, the cost of its scrypt at the floor, and its certificate."""
    plain, key, certificate = directory / "plain.pem", directory / "root.key", directory / "root.crt"
    for command in (
        ["genpkey", "-algorithm", algorithm, *(word for one in options for word in ("-pkeyopt", one)), "-out", plain],
        ["req", "-new", "-x509", "-key", plain, "-subj", "/CN=Test Root", "-days", "30", "-out", certificate],
        [
            *("pkcs8", "-topk8", "-in", plain, "-out", key, "-passout", f"pass:{PASSPHRASE}", "-v2", "aes-256-cbc"),
            *("-scrypt", "-scrypt_N", "16384", "-scrypt_r", "8", "-scrypt_p", "5"),
        ],
    ):
        subprocess.run([openssl, *map(str, command)], check=True, capture_output=True)
    return key, certificate


@pytest.fixture(scope="session")
def ceremony(tmp_path_factory: pytest.TempPathFactory, root: Root) -> Ceremony:
    """Board 3 of 5 and Arbitration 2 of 3, made in a process of its own."""
    return hold(run, tmp_path_factory.mktemp("split"), root, *GROUPS, "--holder", "Board=Ada Example")


@pytest.fixture(autouse=True)
def journal_as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test writes into the journal of the escrow that all share is not there for the next."""
    if "ceremony" not in request.fixturenames:
        yield
        return
    journal = request.getfixturevalue("ceremony").escrow / folder.JOURNAL_FILE
    before = journal.read_bytes()
    yield
    journal.write_bytes(before)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], str]) -> Ceremony:
    """RSA-4096, 2 of 3: its envelope fills four codes."""
    directory = tmp_path_factory.mktemp("large")
    root = make_root(directory, program("openssl"), "RSA", "rsa_keygen_bits:4096")
    return hold(inside, directory, root, "--shares", "2/3")


def hold(run: Callable[..., Done], directory: Path, root: Root, *arguments: str) -> Ceremony:
    """Split a root in this folder, and type the words of every sheet."""
    key, certificate = root
    out, typed = directory / "out", directory / "typed"
    done = run(
        *("split", key, "--certificate", certificate, "--out", out, "--name", "Test Root", *arguments),
        *("--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    typed.mkdir()
    for sheet in (out / "secret").iterdir():
        name = "-".join(sheet.stem.split("-")[3:])
        (typed / f"{name}.txt").write_text(words(sheet) + "\n")
    return Ceremony(key, certificate, out, done, typed)

"""The matrix: every way back, on the same tables. What is right gives the same bytes, what is broken is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rootescrow.escrow import generate_passphrase
from rootescrow.keys import EncryptedKey
from rootescrow.pile import Pile
from rootescrow.recovery import search_passphrase
from tests.cli.conftest import make_root
from tests.cli.support import PASSPHRASE
from tests.long.tables import BREAKS, Draw, broken, good, some_policy, sound
from tests.long.ways import Driver, Library, Page, Stock, Way
from tests.shamir.test_oracles import command
from tests.standalone.test_recover_html import PAGE
from tests.standalone.test_recover_py import SCRIPT
from tests.support import noise

STANDALONE = Path(__file__).parent.parent / "standalone"
ORACLES = Path(__file__).parent.parent / "oracles"
KEYS = {
    "RSA-2048": ("RSA", "rsa_keygen_bits:2048"),
    "RSA-4096": ("RSA", "rsa_keygen_bits:4096"),
    "P-256": ("EC", "ec_paramgen_curve:P-256"),
    "P-384": ("EC", "ec_paramgen_curve:P-384"),
    "Ed25519": ("Ed25519",),
}
GOOD = 40
BROKEN = 220
SLIP39 = ("shamir-mnemonic", "bip39-slip39", "npm-slip39")
Find = Callable[[str], str]
Oracle = Callable[[str], Path]


@pytest.fixture(scope="module")
def drivers(program: Find, oracle: Oracle) -> Iterator[dict[str, Driver]]:
    """Each program that is asked many times, started once."""
    started = {
        "recover.py": Driver("recover.py", [sys.executable, ORACLES / "recover_driver.py", SCRIPT]),
        "recover.py in PyPy": Driver("recover.py in PyPy", [program("pypy3"), ORACLES / "recover_driver.py", SCRIPT]),
        "recover.html": Page("recover.html", [program("node"), STANDALONE / "recover_html.js", PAGE]),
    }
    for name in SLIP39:
        started[name] = Driver(name, command(name, oracle, program))
    yield started
    for driver in started.values():
        driver.close()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory, program: Find) -> dict[str, EncryptedKey]:
    """A key of each kind, as openssl encrypts it, kept byte for byte."""
    made = {}
    for kind, options in KEYS.items():
        key, _ = make_root(tmp_path_factory.mktemp("key"), program("openssl"), *options)
        made[kind] = EncryptedKey.load(key.read_bytes(), PASSPHRASE)
    return made


def stock(drivers: dict[str, Driver], seed: int, openssl: str) -> Stock:
    """With one of the SLIP-39 tools in turn."""
    return Stock(drivers[SLIP39[seed % len(SLIP39)]], openssl)


@pytest.mark.parametrize("seed", range(GOOD))
def test_every_way_gives_the_same_bytes(
    seed: int, tmp_path: Path, drivers: dict[str, Driver], keys: dict[str, EncryptedKey], program: Find
) -> None:
    encrypted = list(keys.values())[seed % len(keys)]
    table = good(seed, encrypted)
    ways: list[Way] = [Library(), *(drivers[name] for name in drivers if name.startswith("recover"))]
    ways += [stock(drivers, seed, program("openssl"))]
    for number, way in enumerate(ways):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        assert way.come(table, folder) == encrypted.der, way.name


@pytest.mark.parametrize("seed", range(12))
def test_every_way_gives_the_passphrase(seed: int, drivers: dict[str, Driver]) -> None:
    draw = Draw(seed)
    policy = some_policy(draw)
    while any(group.threshold < 2 for group in policy.groups):
        policy = some_policy(draw)
    passphrase, escrow = generate_passphrase(policy, rng=noise(seed))
    letters = bytes(passphrase.reveal()).decode()
    quorum = [
        share
        for index in draw.sample(range(len(policy.groups)), policy.group_threshold)
        for share in draw.sample(escrow.shares[index], policy.groups[index].threshold)
    ]
    draw.shuffle(quorum)
    words = [share.text for share in quorum]
    pile = Pile(of_passphrase=True)
    for text in words:
        pile.add(text)
    assert bytes(search_passphrase(pile).passphrase.reveal()).decode() == letters
    for name, driver in drivers.items():
        if isinstance(driver, Page):
            assert driver.solved([f"{text}\n".encode() for text in words]) == ([], [letters])
        elif name.startswith("recover"):
            said = driver.ask({"envelope": None, "texts": [f"{text}\n" for text in words]})
            assert letters in said["said"]
            assert "key" not in said
        else:
            assert (
                bytes.fromhex(driver.ask({"combine": words, "passphrase": ""})["secret"]) == f"{letters}\n\n".encode()
            )


@pytest.mark.parametrize("number", range(BROKEN))
def test_what_is_broken_is_refused(number: int, tmp_path: Path, drivers: dict[str, Driver]) -> None:
    name, table = broken(number)
    assert Library().come(table, tmp_path) is None, name
    assert drivers["recover.py"].come(table, tmp_path) is None, name
    assert drivers["recover.html"].come(table, tmp_path) is None, name
    if number % 4 == 0:
        assert drivers["recover.py in PyPy"].come(table, tmp_path) is None, name


@pytest.mark.parametrize("seed", range(BROKEN // len(BREAKS)))
def test_what_was_broken_was_right_before(seed: int, tmp_path: Path, drivers: dict[str, Driver]) -> None:
    table = sound(seed)
    for way in (Library(), drivers["recover.py"], drivers["recover.html"]):
        assert way.come(table, tmp_path) == table.escrow.encrypted.der, way.name

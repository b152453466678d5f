"""docs/format.md: every value of its worked example is computed again, and its tables compared with the code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import re
from pathlib import Path

import pytest

from rootescrow.codes import (
    MAX_PART_CHARS,
    EnvelopePart,
    EscrowId,
    UncheckedLine,
    check_code,
    encode_envelope_codes,
    encode_text_lines,
    join_envelope_codes,
    join_text_lines,
    part_ranges,
)
from rootescrow.envelope import Envelope, seal
from rootescrow.escrow import SECRET_BYTES
from rootescrow.keys import EncryptedKey, PrivateKey, Scrypt
from rootescrow.keys.kdf import FLOOR_PBKDF2, FLOOR_SCRYPT, OPENSSL_SCRYPT_MEMORY
from rootescrow.passphrase import ALPHABET, GENERATED_CHARS
from rootescrow.register.events import ENVELOPE, EVENTS, Arrival, Found, How, Seal, What
from rootescrow.register.journal import MAX_BYTES, MAX_LINE_BYTES, Journal
from rootescrow.register.record import Record
from rootescrow.register.register import fold
from rootescrow.secret import Secret
from rootescrow.shamir import Share, combine

from .support import blocks, table_rows


@pytest.fixture(scope="module")
def page(repo_root: Path) -> Path:
    return repo_root / "docs" / "format.md"


@pytest.fixture(scope="module")
def example(page: Path) -> dict[str, str]:
    """The example's values by name, as text."""
    values = {block.name: block.text.removesuffix("\n") for block in blocks(page) if block.kind == "example"}
    assert set(values) == {
        *("private-key", "passphrase", "encrypted-key", "escrow-secret", "escrow-id", "content-key", "envelope"),
        *("shares", "check-codes", "codes", "lines", "record", "record-check", "journal", "journal-head", "parts"),
    }
    return values


def of_hex(text: str) -> bytes:
    """Hexadecimal with remarks."""
    return bytes.fromhex("".join(line.partition("#")[0] for line in text.splitlines()))


def shares_of(text: str) -> dict[str, Share]:
    """The shares by the names of their sheets; a row that is indented goes on with the one before."""
    rows = re.sub(r"\n +", " ", text).splitlines()
    return {name: Share.parse(words) for name, words in (row.split(": ") for row in rows)}


def random_of(name: str, size: int) -> bytes:
    """What stands for randomness in the example, as the page says."""
    return hashlib.sha256(f"rootescrow format v1 example: {name}".encode()).digest()[:size]


def given(*drawn: bytes) -> list[bytes]:
    """A source of randomness that gives these, in reverse, as a list to pop from."""
    return list(reversed(drawn))


def test_the_private_key_is_the_published_one(example: dict[str, str]) -> None:
    # RFC 8410, section 10.3
    published = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
    assert of_hex(example["private-key"]) == base64.b64decode(published)


def test_the_encrypted_key_follows_from_the_private_key(example: dict[str, str]) -> None:
    drawn = given(random_of("salt", 16), random_of("iv", 16))
    key = PrivateKey.load(of_hex(example["private-key"]))
    encrypted = key.encrypt(example["passphrase"], rng=lambda size: drawn.pop())
    assert encrypted.der == of_hex(example["encrypted-key"])
    assert drawn == []


def test_the_private_key_comes_out_of_the_encrypted_key(example: dict[str, str]) -> None:
    encrypted = EncryptedKey.parse(of_hex(example["encrypted-key"]))
    assert bytes(encrypted.decrypt(example["passphrase"]).pkcs8.reveal()) == of_hex(example["private-key"])


def test_the_id_follows_from_the_escrow_secret(page: Path, example: dict[str, str]) -> None:
    secret = of_hex(example["escrow-secret"])
    assert secret == random_of("escrow secret", SECRET_BYTES)
    digest = hmac.digest(secret, b"rootescrow v1 id", "sha256")
    text = base64.b32encode(digest[:5]).decode()
    assert example["escrow-id"] == f"{text[:4]}-{text[4:]}" == str(EscrowId.of(Secret(secret)))
    stated = re.search(r"its first 15 bits are ([0-9]+)", page.read_text("utf-8"))
    assert stated is not None
    assert int(stated[1]) == int.from_bytes(digest[:2]) >> 1 == EscrowId.of(Secret(secret)).slip39_identifier


def test_the_envelope_follows_from_the_encrypted_key(example: dict[str, str]) -> None:
    drawn = given(random_of("nonce", 12), of_hex(example["content-key"]))
    assert drawn[0] == random_of("content key", 32)
    secret = Secret(of_hex(example["escrow-secret"]))
    envelope = seal(of_hex(example["encrypted-key"]), secret, rng=lambda size: drawn.pop())
    assert envelope.der == of_hex(example["envelope"])
    assert drawn == []


def test_the_encrypted_key_comes_out_of_the_envelope(example: dict[str, str]) -> None:
    envelope = Envelope.parse(of_hex(example["envelope"]))
    assert str(envelope.id) == example["escrow-id"]
    assert envelope.open(Secret(of_hex(example["escrow-secret"]))) == of_hex(example["encrypted-key"])


@pytest.mark.parametrize("name", ["encrypted-key", "envelope"])
def test_every_row_of_bytes_but_a_continued_one_is_explained(example: dict[str, str], name: str) -> None:
    full = 0
    for row in example[name].splitlines():
        hexadecimal, mark, remark = row.partition("#")
        assert bool(remark.strip()) == bool(mark)
        assert mark or full == 16, "a row without a remark goes on with a full one"
        full = len(bytes.fromhex(hexadecimal))


def test_every_quorum_of_the_shares_gives_the_escrow_secret(example: dict[str, str]) -> None:
    shares = shares_of(example["shares"])
    board = [share for name, share in shares.items() if name.startswith("Board/")]
    arbitration = [share for name, share in shares.items() if name.startswith("Arbitration/")]
    assert (len(board), len(arbitration)) == (3, 3)
    for two, other_two in itertools.product(itertools.combinations(board, 2), itertools.combinations(arbitration, 2)):
        assert bytes(combine([*two, *other_two]).reveal()) == of_hex(example["escrow-secret"])


def test_the_shares_have_the_parameters_of_the_table(example: dict[str, str]) -> None:
    shares = shares_of(example["shares"])
    assert len({share.words[:2] for share in shares.values()}) == 1
    for name, share in shares.items():
        group, number = name.split("/")
        assert share.identifier == EscrowId.parse(example["escrow-id"]).slip39_identifier
        assert (share.extendable, share.iteration_exponent, len(share.words)) == (True, 0, 33)
        assert (share.group_index, share.group_threshold, share.group_count) == (
            ["Board", "Arbitration"].index(group),
            2,
            2,
        )
        assert (share.member_index, share.member_threshold) == (int(number) - 1, 2)


def test_the_fields_of_a_share_fill_its_words(page: Path) -> None:
    fields = [row for row in table_rows(page.read_text("utf-8")) if len(row) == 3 and row[1].isdecimal()]
    assert sum(int(row[1]) for row in fields) == 33 * 10
    assert [int(row[1]) for row in fields] == [15, 1, 4, 4, 4, 4, 4, 4, 260, 30]


def test_the_check_codes_are_those_of_the_words(example: dict[str, str]) -> None:
    shares = shares_of(example["shares"])
    stated = dict(row.split(": ") for row in example["check-codes"].splitlines())
    assert stated == {name: check_code(share.text.encode()) for name, share in shares.items()}
    digest = hashlib.sha256(shares["Board/1"].text.encode()).digest()
    assert stated["Board/1"].replace("-", "") == base64.b32encode(digest[:10]).decode()


def test_the_codes_are_those_of_the_envelope_both_ways(page: Path, example: dict[str, str]) -> None:
    envelope = of_hex(example["envelope"])
    code = example["codes"].replace("\n", "")
    assert encode_envelope_codes(EscrowId.parse(example["escrow-id"]), envelope) == (code,)
    assert join_envelope_codes([EnvelopePart.parse(code)]) == envelope
    assert f"base32 has {len(code.split()[3])} characters" in page.read_text("utf-8")


def test_the_lines_are_those_of_the_envelope_both_ways(example: dict[str, str]) -> None:
    id_, envelope = EscrowId.parse(example["escrow-id"]), of_hex(example["envelope"])
    lines = example["lines"].splitlines()
    assert encode_text_lines(id_, envelope) == tuple(lines)
    assert join_text_lines([UncheckedLine.parse(line).checked(id_) for line in lines]) == envelope
    number, text, check = lines[6].split("  ")
    digest = hashlib.sha256(f"{id_.compact} {number} {text.replace(' ', '')}".encode()).digest()
    assert check == base64.b32encode(digest[:5]).decode()[:4]


def test_the_parts_are_cut_as_the_page_says(example: dict[str, str]) -> None:
    for row in example["parts"].splitlines():
        chars, _, lengths = row.partition(" = ")
        count = -(-int(chars) // MAX_PART_CHARS)
        assert [end - start for start, end in part_ranges(int(chars), count)] == [int(n) for n in lengths.split()]


def test_the_record_is_one_and_of_these_shares(page: Path, example: dict[str, str]) -> None:
    data = example["record"].encode() + b"\n"
    record = Record.load(data)
    assert record.dump() == data
    assert record.check_code == example["record-check"] == check_code(data)
    assert f"over the {len(data):,} bytes" in page.read_text("utf-8")
    shares = shares_of(example["shares"])
    assert {share: record.known.names(share) for share in shares.values()} == {
        share: (name,) for name, share in shares.items()
    }
    assert record.envelope.sha256 == hashlib.sha256(of_hex(example["envelope"])).hexdigest()
    assert record.envelope.bytes == len(of_hex(example["envelope"]))
    assert record.key.encrypted_key_sha256 == hashlib.sha256(of_hex(example["encrypted-key"])).hexdigest()
    assert record.key.kdf == str(Scrypt())
    fingerprint = PrivateKey.load(of_hex(example["private-key"])).fingerprint
    assert fingerprint is not None
    assert record.key.spki_sha256 == fingerprint.hex()


def test_the_table_of_the_record_has_every_field(page: Path, example: dict[str, str]) -> None:
    section = page.read_text("utf-8").split("## 10. Record")[1].split("\n## ")[0]
    described = set(re.findall(r"`([a-z0-9_.\[\]]+)`", section))

    def names(value: object, path: str) -> set[str]:
        if isinstance(value, dict):
            return set().union(*(names(inner, f"{path}.{key}" if path else key) for key, inner in value.items()))
        return {path}

    record = Record.load(example["record"].encode() + b"\n").model_dump(mode="json")
    for group in ("groups", "sheets", "software"):
        assert f"{group}[]" in described
        assert set(record[group][0]) <= described
    for path in names({key: value for key, value in record.items() if not isinstance(value, list)}, ""):
        assert path in described or f".{path.partition('.')[2]}" in described, path
    assert {"media[]", "accepted[]"} <= described


def test_the_journal_is_one_and_of_this_record(example: dict[str, str]) -> None:
    record = hashlib.sha256(example["record"].encode() + b"\n").hexdigest()
    data = example["journal"].encode() + b"\n"
    journal = Journal.parse(data, record)
    assert fold(Record.load(example["record"].encode() + b"\n"), journal).sheet("Board/1").state == "confirmed"
    first, second = data.splitlines(keepends=True)
    assert json.loads(first)["previous"] == record
    assert json.loads(second)["previous"] == hashlib.sha256(first).hexdigest()
    code = base64.b32encode(hashlib.sha256(second).digest()[:10]).decode()
    assert example["journal-head"] == str(journal.head)
    assert example["journal-head"].replace("-", "") == f"2:{code}"


def test_the_tables_of_the_journal_have_every_field(page: Path, example: dict[str, str]) -> None:
    section = page.read_text("utf-8").split("## 11. Journal")[1].split("\n## ")[0]
    rows = {row[0].strip("`"): row[1] for row in table_rows(section)}
    assert set(rows) == {*json.loads(example["journal"].splitlines()[0]), *EVENTS}
    for kind, event in EVENTS.items():
        assert set(event.model_fields) <= {
            name.removesuffix("[]") for name in re.findall(r"`([a-z0-9_\[\]]+)`", rows[kind])
        }
    for value in (*How, *Seal, *Found, *Arrival, *What, ENVELOPE):
        assert f"`{value}`" in section
    assert f"At most {MAX_LINE_BYTES:,} bytes a line, and {MAX_BYTES >> 20} MiB in all" in section


def test_the_floors_are_those_of_the_code(page: Path) -> None:
    text = page.read_text("utf-8")
    n, r, p = FLOOR_SCRYPT
    assert f"N ≥ {n:,}, r ≥ {r}, p ≥ {p}, and 128·r·(N + 2 + p) ≤ {OPENSSL_SCRYPT_MEMORY // 2**20} MiB" in text
    for name, floor in FLOOR_PBKDF2.items():
        assert re.search(rf"{name} .*\| {floor:,} iterations or more", text)
    assert f"{GENERATED_CHARS} letters of `{ALPHABET.decode()}`" in text

"""`recover.html`: the same as recover.py in a browser. Here its script runs without a page, in node.

What it gives is held against what the library makes, and what it refuses against what the library refuses; it shares
no code with either. The page itself, in real browsers, is in tests/long/test_recover_html.py.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import rootescrow
from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.envelope import seal
from rootescrow.errors import EscrowError
from rootescrow.escrow import generate_passphrase, split
from rootescrow.keys import EncryptedKey, PrivateKey, Scrypt
from rootescrow.pile import Pile
from rootescrow.policy import Group, Policy
from rootescrow.recovery import recover
from rootescrow.shamir import Share, combine
from rootescrow.shamir.words import WORDS, nearest
from tests.cli.conftest import make_root
from tests.cli.support import PASSPHRASE
from tests.docs.support import blocks
from tests.docs.test_format import of_hex, shares_of
from tests.standalone.test_recover_py import broken, policies, some
from tests.support import ROOT, collusion, encrypted_key, forged, make, noise, torn

PAGE = Path(rootescrow.__file__).parent / "standalone" / "recover.html"
TEXT = PAGE.read_text("utf-8")
GOLDEN = Path(__file__).parent.parent / "golden" / "v1"
ESCROW = make()
BOARD, ARBITRATION = ESCROW.shares
QUORUM = (*BOARD[:3], *ARBITRATION[1:])
LANGUAGES = ["en", "de", "fr", "es"]


@dataclass(frozen=True)
class Script:
    """The script, running."""

    process: subprocess.Popen[str]

    def ask(self, code: str, given: object = None) -> Any:
        """What this function body returns; a Wrong that it throws as its key, in a ValueError."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"code": code, "given": given}) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["value"]


@dataclass(frozen=True)
class Came:
    """What came out: the file of the key, and passphrases; what was said; check codes of the sheets that were used."""

    keys: list[str]
    passphrases: list[str]
    said: list[str]
    used: list[str]
    unused: list[str]
    suffice: int
    altered: int
    misfit: list[int]


@pytest.fixture(scope="module")
def script(program: Callable[[str], str]) -> Iterator[Script]:
    driver = Path(__file__).with_name("recover_html.js")
    with subprocess.Popen(
        [program("node"), str(driver), str(PAGE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Script(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


SOLVE = """
const table = new Table(), said = [];
for (const file of given) said.push(...table.addFile(Uint8Array.from(atob(file), (char) => char.charCodeAt(0))));
const { keys, passphrases, suffice, altered, misfit } = await solve(table);
const sheets = new Set([...keys, ...passphrases].flatMap((one) => [...one.sheets]));
const used = table.sheets.filter((sheet) => sheets.has(sheet));
const unused = table.sheets.filter((sheet) => !sheets.has(sheet));
const text = (bytes) => new TextDecoder().decode(bytes), checks = (some) => some.map((sheet) => sheet.check);
return { keys: keys.map(({ bytes }) => pem(bytes)), passphrases: passphrases.map(({ bytes }) => text(bytes)),
  said: said.map(({ key, good }) => (good ? "" : "!") + key), used: checks(used), unused: checks(unused),
  suffice: suffice.length, altered: altered.length, misfit };
"""

OPEN = "return hex(await openKey(Uint8Array.from(given[0]), utf8(given[1])))"


def come(script: Script, *given: str | bytes) -> Came:
    files = [base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode() for data in given]
    return Came(**script.ask(SOLVE, files))


def words(*shares: Share) -> str:
    return "\n".join(share.text for share in shares) + "\n"


def pem(encrypted: EncryptedKey) -> str:
    return encrypted.pem()


# The file itself


def between(tag: str) -> str:
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", TEXT, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_the_policy_names_script_and_style_by_their_hashes() -> None:
    """Who changes either computes its hash anew; the message of this test says it."""
    policies_ = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', TEXT)
    assert len(policies_) == 1
    directives = dict(part.split(" ", 1) for part in policies_[0].split("; "))
    for tag in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(between(tag).encode()).digest()).decode()
        assert directives.pop(f"{tag}-src") == f"'sha256-{digest}'", tag
    assert directives == {
        "default-src": "'none'",
        "connect-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


class Tags(HTMLParser):
    """Every element with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def tags() -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(TEXT)
    return parser.found


def test_it_names_no_other_file_and_nothing_runs_beside_the_script(
    tags: list[tuple[str, dict[str, str | None]]],
) -> None:
    for tag, attributes in tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "img")
        assert not {name for name in attributes if name.startswith("on")} | (
            attributes.keys() & {"src", "style", "action"}
        )
    assert not re.search(r"https?:|//[a-z]+\.", TEXT)
    script = between("script")
    for forbidden in (
        *("innerHTML", "outerHTML =", "insertAdjacentHTML", "document.write", "eval(", "Function("),
        *("localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches", "pushState", "replaceState"),
        *("fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "import(", "RTCPeer", "console."),
    ):
        assert forbidden not in script, forbidden
    assert re.findall(r"location\.\w+ = .*", script) == ["location.hash = state.language;"]


def test_fields_keep_what_is_typed_from_helpers(tags: list[tuple[str, dict[str, str | None]]]) -> None:
    """Spelling, translation and completion may be done by somebody else's computer."""
    fields = [attributes for tag, attributes in tags if tag in ("input", "select")]
    assert len(fields) == 4
    assert all(field["autocomplete"] == "off" for field in fields)
    for field in fields:
        if field.get("type") in ("text", "password"):
            assert field["spellcheck"] == "false"
            assert field["autocapitalize"] == "none"
    assert ("html", {"lang": "en", "translate": "no"}) in tags
    assert all(attributes["autocomplete"] == "off" for tag, attributes in tags if tag == "form")


def test_it_can_be_read() -> None:
    code = re.sub(r"const SENTENCES = \{.*?\n\};", "", TEXT, flags=re.DOTALL)
    assert not [line for line in code.split("\n") if len(line) > 120 and not re.search("<pre|Content-Security", line)]
    assert "\t" not in TEXT
    assert len(TEXT.encode()) < 150_000


def test_every_sentence_is_there_in_every_language(script: Script) -> None:
    sentences, languages = script.ask("return [SENTENCES, Object.keys(LANGUAGES)]")
    assert languages == LANGUAGES
    for key, texts in sentences.items():
        assert len(texts) == len(languages), key
        assert all(text == text.strip() and text for text in texts), key
        braces = [sorted(re.findall(r"\{\w+\}", text)) for text in texts]
        assert all(names == braces[0] for names in braces), key
        longer = [text for text in texts if len(text) > 12]
        assert len(set(longer)) == len(longer), f"{key} is the same in two languages"


def test_every_sentence_is_used_and_every_one_used_is_there(script: Script) -> None:
    sentences = set(script.ask("return Object.keys(SENTENCES)"))
    code, table, rest = re.split(r"(const SENTENCES = \{.*?\n\};\n)", TEXT, flags=re.DOTALL)
    del table
    used = set(re.findall(r'data-t="(\w+)"', code))
    assert used <= sentences
    for name in sentences:
        assert name in used or f'"{name}"' in code + rest, name
    called = re.findall(r'(?:Wrong|right|\bt)\("(\w+)"', code + rest)
    assert set(called) <= sentences


# The core against vectors and the library


def test_its_words_are_those_of_the_standard(script: Script) -> None:
    assert tuple(script.ask("return WORDS")) == WORDS
    typed = ["acaq", "sofware", "zreo", "x", "acadmic", "yrlp"]
    assert script.ask("return given.map((word) => nearest(word, 3))", typed) == [list(nearest(word)) for word in typed]


def test_official_vectors(script: Script, shared_reference: Path) -> None:
    vectors = json.loads((shared_reference / "slip39-vectors.json").read_text())
    assert len(vectors) == 45
    code = """
    const found = [];
    const shares = said(() => given.map((text) => decode(text.split(" ").map(numberOf))));
    if (shares instanceof Wrong) return shares.key;
    // A stranger among them is passed over here, and refused where all have to fit, as the vectors want it.
    for (const { of, master, sheets } of masters(shares)) {
      if (sheets.size === shares.length) found.push(hex(await decrypt(master, of, "TREZOR")));
    }
    return found;
    """
    for name, mnemonics, secret, *_ in vectors:
        assert script.ask(code, mnemonics) in ([[secret]] if secret else [[], "checksum", "not_v1"]), name


def test_hashes_and_base32(script: Script) -> None:
    for size in (0, 1, 2, 3, 4, 5, 55, 56, 63, 64, 65, 119, 120, 1000):
        data = noise(size)(size)
        digest, text, back = script.ask(
            "const data = Uint8Array.from(given), text = base32(data);"
            "return [hex(sha256(data)), text, [...unbase32(text)]]",
            list(data),
        )
        assert digest == hashlib.sha256(data).hexdigest()
        assert text == base64.b32encode(data).decode().rstrip("=")
        assert bytes(back) == data
    for text in ("A", "ABC", "AB2Z", "A1", "ab", "AAAAAAAB="):
        assert script.ask("return unbase32(given)", text) is None


def test_the_worked_example(script: Script, repo_root: Path) -> None:
    example = {
        b.name: b.text.removesuffix("\n") for b in blocks(repo_root / "docs" / "format.md") if b.kind == "example"
    }
    shares = shares_of(example["shares"])
    checks = script.ask(
        "return given.map((text) => readSheet(wordsOf(text)).check)", [share.text for share in shares.values()]
    )
    assert "\n".join(f"{name}: {check}" for name, check in zip(shares, checks, strict=True)) == example["check-codes"]
    text = re.sub(r"\n +", " ", example["shares"])
    wanted = [pem(EncryptedKey.parse(of_hex(example["encrypted-key"])))]
    codes = example["codes"].replace("\n", "")
    lines = f"Escrow id: {example['escrow-id']}\n{example['lines']}"
    for envelope in (of_hex(example["envelope"]), codes, lines, codes.lower(), lines.lower()):
        assert come(script, envelope, text).keys == wanted


def test_golden_sheets_as_people_typed_them(script: Script) -> None:
    typed = (GOLDEN / "typed.txt").read_text()
    wanted = (GOLDEN / "key.pem").read_text()
    assert come(script, typed).keys == [wanted]
    assert come(script, typed.encode("utf-16")).keys == [wanted]
    alone = typed.partition("Escrow id")[0]
    assert come(script, (GOLDEN / "escrow" / "envelope.cms").read_bytes(), alone).keys == [wanted]
    assert come(script, alone).suffice == 1


@pytest.mark.parametrize("seed", range(24))
def test_random_escrows_give_the_same_bytes(seed: int, script: Script) -> None:
    try:
        policy = policies(seed)
    except EscrowError:  # one that would let a single sheet open it
        policy = Policy(Group("Board", 2, 3), Group("Arbitration", 1, 4))
    escrow = make(policy, size=[64, 704, 2416][seed % 3], seed=seed)
    codes = "\n".join(reversed(encode_envelope_codes(escrow.id, escrow.envelope.der)))
    envelope: tuple[str | bytes, ...] = (
        escrow.envelope.der,
        codes if seed % 2 else codes.translate(str.maketrans("YZ", "ZY")),
        "\n".join([str(escrow.id), *encode_text_lines(escrow.id, escrow.envelope.der)]),
    )
    shares = some(escrow, seed)
    pile = Pile()
    pile.add(envelope[seed % 3])
    for share in shares:
        pile.add(share.text)
    expected = recover(pile)
    came = come(script, envelope[seed % 3], words(*shares))
    assert came.keys == [pem(expected)], came
    assert not came.unused
    assert not [said for said in came.said if said.startswith("!")]


def test_a_lost_code_is_made_good_by_lines(script: Script) -> None:
    escrow = make(size=2416, seed=3)
    codes = encode_envelope_codes(escrow.id, escrow.envelope.der)
    lines = encode_text_lines(escrow.id, escrow.envelope.der)
    sheets = words(*escrow.shares[0][2:], *escrow.shares[1])
    swapped = str.maketrans("YZ", "ZY")
    for lost in range(4):
        start, end = lost * len(lines) // 4, (lost + 1) * len(lines) // 4
        some_ = [code if lost % 2 else code.translate(swapped) for code in (*codes[:lost], *codes[lost + 1 :])]
        # One that a scanner garbled among those that it did not.
        some_[1] = codes[[number for number in range(4) if number != lost][1]]
        given = [*some_, *lines[max(0, start - 1) : end + 1]]
        assert come(script, "\n".join(given), sheets).keys == [pem(escrow.encrypted)], lost
        without = come(script, "\n".join(given[:3]), sheets)
        assert (without.keys, without.suffice) == ([], 1)
        there = script.ask(
            "const table = new Table(); table.addText(given[0]); return table.envelopeOf(given[1])",
            ["\n".join(codes[:lost] + codes[lost + 1 :]), escrow.id.compact],
        )
        assert there["missing"] == [lost + 1]
        assert there["lost"] is None if lost == 0 else start in there["lost"]


def test_lines_wait_for_the_id(script: Script) -> None:
    lines = [*encode_text_lines(ESCROW.id, ESCROW.envelope.der)]
    spoilt = ["003" + lines[3][3:], *lines]
    came = come(script, "\n".join([*spoilt, str(ESCROW.id)]), words(*QUORUM))
    assert came.keys == [pem(ESCROW.encrypted)]
    assert came.said.count("line_waits") == len(spoilt)
    assert came.said.count("!line_wrong") == 1
    came = come(script, str(ESCROW.id), "\n".join(spoilt), words(*QUORUM))
    assert came.said[:3] == ["id_taken", "!line_wrong", "line_right"]
    assert came.keys == [pem(ESCROW.encrypted)]
    # Where nobody typed an id, the sheets give it.
    assert come(script, "\n".join(spoilt), words(*QUORUM)).keys == [pem(ESCROW.encrypted)]


@pytest.fixture(scope="module")
def rsa(tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], str]) -> tuple[Path, Path]:
    return make_root(tmp_path_factory.mktemp("rsa"), program("openssl"), "RSA", "rsa_keygen_bits:2048")


def test_the_public_key_of_an_rsa_key_and_of_a_certificate(rsa: tuple[Path, Path], script: Script) -> None:
    key, certificate = rsa
    private = PrivateKey.load(key.read_bytes(), PASSPHRASE)
    code = """
    const table = new Table();
    const said = table.addFile(utf8(given[1])).map(({ key }) => key);
    const mine = publicKey(Uint8Array.from(given[0]));
    return [said, same(mine, table.publicKeys[0]), hex(sha256(mine))];
    """
    der = list(bytes(private.pkcs8.reveal()))
    assert private.fingerprint is not None
    given = [der, certificate.read_text()]
    assert script.ask(code, given) == [["certificate_taken"], True, private.fingerprint.hex()]
    number = der.index(0x02, 40)
    der[number + 60] ^= 1  # of n: then p and q are others'
    with pytest.raises(ValueError, match="does_not_open"):
        script.ask(code, given)


@pytest.mark.parametrize("prf", ["hmacWithSHA256", "hmacWithSHA512"])
def test_a_key_that_was_kept_under_pbkdf2(prf: str, script: Script, program: Callable[[str], str]) -> None:
    run = [program("openssl"), "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", prf, "-iter", "600000"]
    plain = subprocess.run(
        [program("openssl"), "genpkey", "-algorithm", "ED25519"], capture_output=True, check=True
    ).stdout
    done = subprocess.run([*run, "-passout", f"pass:{PASSPHRASE}"], input=plain, capture_output=True, check=True)
    loaded = EncryptedKey.load(done.stdout, PASSPHRASE)
    opened = script.ask(OPEN, [list(loaded.der), PASSPHRASE])
    assert bytes.fromhex(opened) == bytes(loaded.decrypt(PASSPHRASE).pkcs8.reveal())
    with pytest.raises(ValueError, match=r"^does_not_open$"):
        script.ask(OPEN, [list(loaded.der), "wrong"])


def test_a_key_under_something_else_is_left_to_openssl(script: Script, program: Callable[[str], str]) -> None:
    openssl = program("openssl")
    plain = subprocess.run([openssl, "genpkey", "-algorithm", "ED25519"], capture_output=True, check=True).stdout
    for how in (["-v2", "des3"], ["-v2", "aes-128-cbc"], ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"]):
        done = subprocess.run(
            [openssl, "pkcs8", "-topk8", *how, "-outform", "DER", "-passout", "pass:x"],
            input=plain, capture_output=True, check=True,
        )  # fmt: skip
        with pytest.raises(ValueError, match=r"^only_openssl$"):
            script.ask("return await openKey(Uint8Array.from(given), utf8('x'))", list(done.stdout))


def test_scrypt(script: Script) -> None:
    """Beside Python's own: the first vector of RFC 7914, section 12, and other shapes."""
    for passphrase, salt, n, r, p in (
        (b"", b"", 16, 1, 1),
        (b"x" * 65, b"NaCl", 64, 8, 3),
        (b"pass", b"s" * 70, 2, 3, 5),
    ):
        found = script.ask(
            "return hex(await scrypt(Uint8Array.from(given[0]), Uint8Array.from(given[1]), ...given[2]))",
            [list(passphrase), list(salt), [n, r, p]],
        )
        assert found == hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, dklen=32).hex()


def test_costs_that_no_page_should_pay(script: Script) -> None:
    """scrypt and PBKDF2 with parameters that would fill the memory or run for ever are refused before they begin."""
    for n, r, p in ((2**20, 8, 1), (2**14, 8, 2000), (3, 8, 1), (1, 8, 1), (2**14, 0, 1)):
        code = """
        const [n, r, p] = given.map((one) => der(2, asInteger(one)));
        function asInteger(one) { return bytes("00" + one.toString(16).padStart(8, "0")); }
        function bytes(text) { return text.match(/../g).map((byte) => parseInt(byte, 16)); }
        const kdf = der(0x30, der(6, bytes(SCRYPT)), der(0x30, der(4, new Uint8Array(16)), n, r, p));
        const cipher = der(0x30, der(6, bytes(AES256_CBC)), der(4, new Uint8Array(16)));
        const algorithm = der(0x30, der(6, bytes(PBES2)), der(0x30, kdf, cipher));
        return await openKey(der(0x30, algorithm, der(4, new Uint8Array(64))), utf8("x"));
        """
        with pytest.raises(ValueError, match=r"^only_openssl$"):
            script.ask(code, [n, r, p])


def test_sheets_of_a_passphrase(script: Script) -> None:
    passphrase, made = generate_passphrase(Policy(Group("Keepers", 2, 3), Group("Others", 2, 2)), rng=noise(5))
    came = come(script, words(*made.shares[0][1:], *made.shares[1]))
    letters = bytes(passphrase.reveal()).decode()
    assert (came.passphrases, came.keys) == ([letters], [])
    private = PrivateKey.load(b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
""")
    escrow = split(private.encrypt(letters, cost=Scrypt(2**14, 8, 5)), ROOT, rng=noise(6))
    opened = script.ask(OPEN, [list(escrow.encrypted.der), letters])
    assert bytes.fromhex(opened) == bytes(private.pkcs8.reveal())
    both = words(*made.shares[0][1:], *made.shares[1], *escrow.shares[0][:3], *escrow.shares[1][:2])
    came = come(script, escrow.envelope.der, both)
    assert (came.keys, came.passphrases) == ([pem(escrow.encrypted)], [letters])


# Damaged, forged, torn


def test_a_forged_sheet_among_good_ones(script: Script) -> None:
    bad = forged(BOARD[1])
    came = come(script, ESCROW.envelope.der, words(bad, *BOARD[2:], *ARBITRATION[:2]))
    assert came.keys == [pem(ESCROW.encrypted)]
    assert came.unused == script.ask("return [readSheet(wordsOf(given)).check]", bad.text)
    too_few = come(script, ESCROW.envelope.der, words(bad, *BOARD[3:], *ARBITRATION[:2]))
    assert (too_few.keys, too_few.misfit) == ([], [1])


def test_colluders_are_refused_by_the_envelope(script: Script) -> None:
    forgers = collusion(ESCROW, same_set=True)
    came = come(script, ESCROW.envelope.der, words(*forgers.shares[0][:3], *BOARD[2:], *ARBITRATION[:2]))
    assert came.keys == [pem(ESCROW.encrypted)]
    sheets = words(*BOARD[:3], *ARBITRATION[:2], *forgers.shares[0][2:], *forgers.shares[1][1:])
    assert len(come(script, ESCROW.envelope.der, forgers.envelope.der, sheets).keys) == 2, "the page gives out neither"


@pytest.mark.parametrize("holes", [(1,), (33,), (5, 18), (2, 3, 4), (4, 21, 32)])
def test_words_that_nobody_can_read(holes: tuple[int, ...], script: Script) -> None:
    others = words(*BOARD[3:], *ARBITRATION[:2])
    came = come(script, ESCROW.envelope.der, torn(BOARD[0], *holes), others)
    assert came.keys == [pem(ESCROW.encrypted)]
    assert "sheet_proposed" in came.said
    # One that is mistyped besides is noticed by the checksum, or at the latest by digest and tag.
    assert come(script, ESCROW.envelope.der, torn(BOARD[0], *holes, w11=1), others).keys == []
    # Another reading of the same sheet takes the place of what was only proposed, and is not taken for another sheet.
    twice = come(script, torn(BOARD[0], *holes), BOARD[0].text, torn(BOARD[0], *holes))
    assert [*twice.said, len(twice.unused)] == ["sheet_proposed", "sheet_right", "sheet_again", 1]


def test_what_is_wrong_with_words_is_said(script: Script) -> None:
    code = "return [...recognise(given)].flatMap(({ words }) => [...sheetsIn(words)].map((one) => one.key || 'right'))"
    good = list(BOARD[0].words)
    assert script.ask(code, " ".join([*good[:6], "zero", *good[7:]])) == ["checksum_suspect"]
    assert script.ask(code, " ".join([*good[:6], "zero", "acid", *good[8:]])) in (["checksum"], ["checksum_suspect"])
    assert script.ask(code, " ".join(["? ? ? ?", *good[4:]])) == ["too_many_holes"]
    assert script.ask(code, " ".join(good[:-1])) == ["words_together"]
    assert script.ask(code, " ".join([*good[:6], "rootescrow", *good[7:]])) == ["word_unknown"]
    # A word too many in one sheet, or one too few, does not make the next one wrong.
    for wrong in ([*good, "zero"], good[1:]):
        text = f"{' '.join(wrong)}\n\n{BOARD[1].text}\n{BOARD[2].text}"
        assert [one for one in script.ask(code, text) if one == "right"] == ["right"] * (2 + (len(wrong) == 34))
    typed = " ".join(f"{number}. {word[:4].upper()}," for number, word in enumerate(good, 1))
    swapped = BOARD[0].text.translate(str.maketrans("yz", "zy"))
    for text in (typed, f"Board/1: {typed}", "\n".join(good), "# a note\n" + typed, "\u200b".join(good[0]) + typed[11:],
                 swapped):  # fmt: skip
        assert script.ask(code, text) == ["right"], text


@pytest.mark.parametrize(("name", "envelope", "sheets"), broken(), ids=[case[0] for case in broken()])
def test_what_is_broken_is_refused(name: str, envelope: str | bytes, sheets: str, script: Script) -> None:
    """The same cases as of recover.py, which the library refuses as well."""
    del name
    came = come(script, envelope, sheets)
    assert (came.keys, came.passphrases) == ([], [])


def test_what_is_sealed_is_a_key(script: Script) -> None:
    """An envelope in which something else lies, all checks right."""
    escrow = split(encrypted_key(), ROOT, rng=noise(1))
    quorum = (*escrow.shares[0][:3], *escrow.shares[1][:2])
    for content in (b"no key", b"\x30\x00", bytes(300)):
        sealed = seal(content, combine(quorum), rng=noise(2))
        came = come(script, sealed.der, words(*quorum))
        assert (came.keys, came.altered) == ([], 1)


def test_files_that_are_none(script: Script) -> None:
    certificate = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"
    cases = {
        b"\x89PNG\r\n\x1a\n\0\0": "!picture",
        b"%PDF-1.7": "!picture",
        b"\xff\xd8\xff\xe0": "!picture",
        certificate: "!damaged",
        b"\x30\x82": "!damaged",
        b"\x30\x82\xff\xff" + bytes(70_000): "!damaged",
        b"0" * (1 << 20) + b"1": "!too_large",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA": "!a_key",
        b'{"format": 1, "key": {"name": "k"}}': "!foreign",
        b"ROOTESCROW1 K7QDM2XA 2OF1 AAAA": "!code_wrong",
        b"ROOTESCROW2 K7QDM2XA 1OF1 AAAA": "!code_version",
    }
    for data, key in cases.items():
        assert come(script, data).said == [key], data[:20]
    assert come(script, b"").said == []


def test_a_hostile_file_is_read_through(script: Script) -> None:
    """No expression tries every way to share spaces out, no list is too long to be handed on; what was there stays."""
    good: tuple[bytes | str, ...] = (ESCROW.envelope.der, words(*QUORUM))
    for data, key in (
        ("a" + " " * 1_000_000 + "b", "!foreign"),
        ("A:" + " " * 1_000_000 + "!", "!foreign"),
        ("001" + " " * 1_000_000 + "!", "!foreign"),
        ("? " * 150_000, "!words_together"),
        ("acix\n" * 150_000, "!foreign"),
    ):
        came = come(script, *good, data)
        assert came.keys == [pem(ESCROW.encrypted)]
        assert came.said[-1] == key, data[:20]
    code = "return new Table().addText('x'.repeat(given)).map(({ key }) => key)"
    assert script.ask(code, 2_000_000) == ["too_large"], "as for a file that is chosen, so for a text that is pasted"
    ids = script.ask("return new Table().addText('K7QD-M2XA\\nEscrow id: K7QD-M2XB\\n'.repeat(given)).length", 20_000)
    assert ids == 40_000
    lines = "\n".join(f"{1 + number % 999:03} {'ABCDE ' * 8}AAAA" for number in range(6_000))
    assert len(come(script, lines).said) == 6_000

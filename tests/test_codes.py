from __future__ import annotations

import base64
import hashlib
import random
import re
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.codes import (
    LINE_CHARS,
    MAX_LINES,
    MAX_PART_CHARS,
    MAX_PARTS,
    EnvelopePart,
    EscrowId,
    TextLine,
    UncheckedLine,
    base32,
    check_code,
    check_code_of_digest,
    encode_envelope_codes,
    encode_text_lines,
    join_envelope_codes,
    join_text_lines,
    line_check,
    part_ranges,
    unbase32,
)
from rootescrow.errors import CodeError
from rootescrow.secret import Secret

ID = EscrowId.parse("K7QD-M2XA")
OTHER_ID = EscrowId.parse("K7QD-M2XB")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
DATA = hashlib.shake_256(b"an envelope").digest(2600)

ids = st.binary(min_size=5, max_size=5).map(EscrowId)
envelopes = st.one_of(st.binary(min_size=1, max_size=200), st.integers(1, 4000).map(lambda n: (DATA * 2)[:n]))
SPACES = ["", "", " ", "  ", "\t", "\u00a0", "\u2009", "\r\n"]


# Base32


@given(st.binary(max_size=300))
def test_base32_and_back(data: bytes) -> None:
    text = base32(data)
    assert text == base64.b32encode(data).decode().replace("=", "")
    assert unbase32(text) == data


@given(st.text(ALPHABET, max_size=100))
def test_one_text_for_one_value(text: str) -> None:
    try:
        data = unbase32(text)
    except CodeError:
        return
    assert base32(data) == text


@pytest.mark.parametrize("length", range(17))
def test_a_length_that_no_bytes_have(length: int) -> None:
    if length % 8 in (0, 2, 4, 5, 7):
        assert unbase32("A" * length) == bytes(length * 5 // 8)
    else:
        with pytest.raises(CodeError, match="missing or one too many"):
            unbase32("A" * length)


@pytest.mark.parametrize(("length", "unused"), [(2, 2), (4, 4), (5, 1), (7, 3)])
def test_unused_last_bits_must_be_zero(length: int, unused: int) -> None:
    for value, last in enumerate(ALPHABET):
        if value % 2**unused:
            with pytest.raises(CodeError, match="last character"):
                unbase32("A" * (length - 1) + last)
        else:
            assert unbase32("A" * (length - 1) + last)[-1] == value >> unused


@pytest.mark.parametrize("wrong", ["aa", "AA======", "A0", "A1", "A8", "A9", "A A", "AÄ", "AA\n", "\n", "A-", "ＡＡ"])
def test_other_characters_are_no_base32(wrong: str) -> None:
    with pytest.raises(CodeError, match="A to Z and 2 to 7"):
        unbase32(wrong)


# Escrow id


@given(ids)
def test_escrow_id_and_back(id_: EscrowId) -> None:
    assert re.fullmatch(r"[A-Z2-7]{4}-[A-Z2-7]{4}", str(id_))
    assert EscrowId.parse(str(id_)) == id_
    assert EscrowId.parse(id_.compact) == id_
    assert id_.slip39_identifier == int("".join(f"{byte:08b}" for byte in id_.value)[:15], 2)


@pytest.mark.parametrize(
    "typed", ["k7qd-m2xa", "K7QDM2XA", " K7QD M2XA\n", "K7QD–M2XA", "K7QD — M2XA", "K7QD\u2011M2XA", "K-7-Q-D-M-2-X-A"]
)
def test_escrow_id_as_typed(typed: str) -> None:
    assert EscrowId.parse(typed) == ID
    assert str(ID) == "K7QD-M2XA"


def test_escrow_id_with_digits_for_letters() -> None:
    assert str(EscrowId.parse("018o-ibAA")) == "OIBO-IBAA"


@pytest.mark.parametrize(
    "wrong", ["", "K7QD", "K7QD-M2X", "K7QD-M2XAA", "K7QD-M2X9", "K7QD-M2XÄ", "K7QD.M2XA", "=" * 8]
)
def test_no_escrow_id(wrong: str) -> None:
    with pytest.raises(CodeError, match="no escrow id"):
        EscrowId.parse(wrong)


@pytest.mark.parametrize("length", [0, 4, 6])
def test_escrow_id_of_another_length(length: int) -> None:
    with pytest.raises(CodeError, match=f"{length} bytes"):
        EscrowId(bytes(length))


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104, from the hash alone."""
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()


@given(st.binary(min_size=32, max_size=32))
def test_escrow_id_of_a_secret(secret: bytes) -> None:
    assert EscrowId.of(Secret(secret)).value == hmac_sha256(secret, b"rootescrow v1 id")[:5]


def test_escrow_id_of_a_secret_as_openssl_has_it(program: Callable[[str], str]) -> None:
    for secret in (bytes(32), bytes(range(32)), b"\xff" * 32):
        command = [
            program("openssl"),
            "dgst",
            "-sha256",
            "-mac",
            "HMAC",
            "-macopt",
            f"hexkey:{secret.hex()}",
            "-binary",
        ]
        mac = subprocess.run(command, input=b"rootescrow v1 id", capture_output=True, check=True).stdout
        assert EscrowId.of(Secret(secret)).value == mac[:5]


def test_escrow_ids_known_for_ever() -> None:
    # From `openssl dgst -sha256 -mac HMAC`.
    assert str(EscrowId.of(Secret(bytes(32)))) == "ZNTR-LSCF"
    assert str(EscrowId.of(Secret(bytes(range(32))))) == "LYXH-UAAJ"


# Check code


def test_check_code_of_the_empty_text() -> None:
    # SHA-256 of nothing begins e3b0c44298 fc1c149afb: 28 14 24 12 8 16 20 24, 31 16 14 1 9 6 23 27 in fives of bits.
    assert check_code(b"") == "4OYM-IQUY-7QOB-JGX3"


@given(st.binary(max_size=100))
def test_check_code_is_the_hash(data: bytes) -> None:
    code = check_code(data)
    assert re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", code)
    assert unbase32(code.replace("-", "")) == hashlib.sha256(data).digest()[:10]
    assert check_code_of_digest(hashlib.sha256(data).digest()) == code


def test_check_code_by_stock_tools(program: Callable[[str], str]) -> None:
    digest = subprocess.run([program("sha256sum")], input=DATA, capture_output=True, check=True).stdout[:20]
    raw = bytes.fromhex(digest.decode())
    text = subprocess.run([program("base32")], input=raw, capture_output=True, check=True).stdout.decode().strip()
    assert check_code(DATA).replace("-", "") == text


@pytest.mark.parametrize("length", [0, 10, 31, 33])
def test_check_code_of_what_is_no_sha256(length: int) -> None:
    with pytest.raises(CodeError, match=f"{length} bytes"):
        check_code_of_digest(bytes(length))


# Envelope codes


@given(ids, envelopes, st.randoms())
def test_envelope_codes_and_back(id_: EscrowId, envelope: bytes, shuffled: random.Random) -> None:
    codes = list(encode_envelope_codes(id_, envelope))
    shuffled.shuffle(codes)
    parts = [EnvelopePart.parse(code) for code in codes]
    assert {part.id for part in parts} == {id_}
    assert [str(part) for part in parts] == codes
    assert join_envelope_codes(parts) == envelope


@pytest.mark.parametrize("length", [1, 671, 672, 1343, 1344, 2400, 2600, 5200, 12 * 1024, 64 * 1024])
def test_parts_are_nearly_equal_and_fit_the_alphanumeric_mode(length: int) -> None:
    codes = encode_envelope_codes(ID, (DATA * 26)[:length])
    bodies = [code.split(" ")[3] for code in codes]
    assert [code.split(" ")[:3] for code in codes] == [
        ["ROOTESCROW1", "K7QDM2XA", f"{number}OF{len(codes)}"] for number in range(1, len(codes) + 1)
    ]
    sizes = [len(body) for body in bodies]
    assert max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes) <= MAX_PART_CHARS
    # ISO/IEC 18004, 7.4.4: the characters of the alphanumeric mode, of which these use a part.
    assert all(re.fullmatch(r"[0-9A-Z ]+", code) for code in codes)


def test_number_of_codes() -> None:
    full = MAX_PART_CHARS // 8 * 5
    assert len(encode_envelope_codes(ID, bytes(full))) == 1
    assert len(encode_envelope_codes(ID, bytes(full + 5))) == 2
    most = MAX_PARTS * MAX_PART_CHARS * 5 // 8
    assert len(encode_envelope_codes(ID, bytes(most))) == MAX_PARTS
    with pytest.raises(CodeError):
        encode_envelope_codes(ID, bytes(most + 1))


def test_no_envelope_has_no_codes_and_no_lines() -> None:
    for encode in (encode_envelope_codes, encode_text_lines):
        with pytest.raises(CodeError, match="empty"):
            encode(ID, b"")


@given(st.integers(1, 5000), st.integers(1, 99))
def test_part_ranges_cover_everything_once(chars: int, count: int) -> None:
    ranges = part_ranges(chars, count)
    assert [place for start, end in ranges for place in range(start, end)] == list(range(chars))
    assert len(ranges) == count


@given(st.binary(min_size=1, max_size=40), st.randoms(use_true_random=True))
def test_a_code_as_a_scanner_types_it(envelope: bytes, draw: random.Random) -> None:
    (code,) = encode_envelope_codes(ID, envelope)
    body = base32(envelope)
    head = code.removesuffix(body)
    typed = draw.choice(SPACES) + head.replace(" ", draw.choice(SPACES) + " ")
    typed += "".join(char + draw.choice(SPACES) for char in body)
    cased = "".join(draw.choice([char, char.lower()]) for char in typed)
    assert str(EnvelopePart.parse(cased)) == code


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "ROOTESCROW1",
        "ROOTESCROW1 K7QDM2XA 1OF4",
        "ROOTESCROW1 K7QDM2XA 1OF4 ",
        "ROOTESCROW1 K7QDM2X 1OF4 AAAA",
        "ROOTESCROW1 K7QDM2XAA 1OF4 AAAA",
        "ROOTESCROW1 K7QD-M2XA 1OF4 AAAA",
        "ROOTESCROW1 K7QDM2XA 0OF4 AAAA",
        "ROOTESCROW1 K7QDM2XA 5OF4 AAAA",
        "ROOTESCROW1 K7QDM2XA 1OF0 AAAA",
        "ROOTESCROW1 K7QDM2XA 1OF100 AAAA",
        "ROOTESCROW1 K7QDM2XA -1OF4 AAAA",
        "ROOTESCROW1 K7QDM2XA 1/4 AAAA",
        "ROOTESCROW1 K7QDM2XA ١OF4 AAAA",
        "ROOTESCROW1 K7QDM2XA 1OF4 AAA=",
        "ROOTESCROW1 K7QDM2XA 1OF4 AA0A",
        "ROOTESCROW1 K7QDM2XA 1OF4 AAAÄ",
        "ROOTESCROW1K7QDM2XA1OF4AAAA",
        "XROOTESCROW1 K7QDM2XA 1OF4 AAAA",
        "ROOTESCROW K7QDM2XA 1OF4 AAAA",
        "http://example.org/",
    ],
)
def test_garbled_codes(wrong: str) -> None:
    with pytest.raises(CodeError):
        EnvelopePart.parse(wrong)


@pytest.mark.parametrize("version", ["0", "2", "10", "9" * 5000])
def test_a_code_of_another_format(version: str) -> None:
    with pytest.raises(CodeError, match="this program reads format 1") as raised:
        EnvelopePart.parse(f"ROOTESCROW{version} K7QDM2XA 1OF4 AAAA")
    assert len(raised.value.message) < 100


@given(st.text())
def test_any_text_is_a_code_or_an_error(text: str) -> None:
    for start in ("", "ROOTESCROW1 ", "ROOTESCROW1 K7QDM2XA 1OF4 "):
        try:
            part = EnvelopePart.parse(start + text)
        except CodeError:
            continue
        assert EnvelopePart.parse(str(part)) == part


def parts() -> list[EnvelopePart]:
    return [EnvelopePart.parse(code) for code in encode_envelope_codes(ID, DATA)]


def test_a_missing_code() -> None:
    assert len(parts()) == 4
    for missing in range(4):
        with pytest.raises(CodeError, match="missing"):
            join_envelope_codes([part for part in parts() if part.number != missing + 1])
    with pytest.raises(CodeError, match="missing"):
        join_envelope_codes([])


def test_codes_of_two_envelopes() -> None:
    for place, part in enumerate(parts()):
        others = [*parts()[:place], *parts()[place + 1 :]]
        with pytest.raises(CodeError, match="different envelopes"):
            join_envelope_codes([*others, EnvelopePart(OTHER_ID, part.number, part.count, part.text)])
        with pytest.raises(CodeError):
            join_envelope_codes([*others, EnvelopePart(ID, part.number, 5, part.text)])
        with pytest.raises(CodeError):
            join_envelope_codes([*parts(), part])


# Envelope text


@given(ids, envelopes, st.randoms())
def test_lines_and_back(id_: EscrowId, envelope: bytes, shuffled: random.Random) -> None:
    typed = list(encode_text_lines(id_, envelope))
    shuffled.shuffle(typed)
    assert join_text_lines([UncheckedLine.parse(line).checked(id_) for line in typed]) == envelope


@given(st.binary(min_size=1, max_size=25), st.integers(1, MAX_LINES), st.randoms(use_true_random=True))
def test_a_line_as_people_type_it(piece: bytes, number: int, draw: random.Random) -> None:
    text = base32(piece)
    digits = {"0": "0Oo", "1": "1Ii", "8": "8Bb"}
    letters = {"O": "O0o", "I": "I1i", "B": "B8b"}
    typed = [draw.choice(digits.get(char, char)) for char in f"{number:03}"]
    typed += [draw.choice(letters.get(char, char + char.lower())) for char in text + line_check(ID, number, text)]
    line = UncheckedLine.parse("".join(draw.choice(SPACES) + char for char in typed)).checked(ID)
    assert line == TextLine(number, text)


def test_the_form_of_lines() -> None:
    lines = encode_text_lines(ID, DATA)
    assert len(lines) == 104
    for number, line in enumerate(lines, 1):
        text = base32(DATA)[(number - 1) * 40 : number * 40]
        assert re.fullmatch(r"\d{3}  ([A-Z2-7]{5} ){7}[A-Z2-7]{5}  [A-Z2-7]{4}", line)
        assert line[:5] == f"{number:03}  "
        assert line[5:-6].replace(" ", "") == text
        bits = f"{int(hashlib.sha256(f'K7QDM2XA {number:03} {text}'.encode()).hexdigest(), 16):0256b}"[:20]
        assert line[-4:] == "".join(ALPHABET[int(bits[i : i + 5], 2)] for i in range(0, 20, 5))


@pytest.mark.parametrize("length", range(1, 51))
def test_the_last_line_is_as_long_as_it_needs(length: int) -> None:
    lines = encode_text_lines(ID, DATA[:length])
    assert "".join(UncheckedLine.parse(line).text for line in lines) == base32(DATA[:length])
    assert join_text_lines([UncheckedLine.parse(line).checked(ID) for line in lines]) == DATA[:length]


def test_each_wrong_character_is_noticed_and_the_line_named() -> None:
    line = encode_text_lines(ID, DATA)[6]
    places = [place for place, char in enumerate(line) if place > 3 and char != " "]
    assert len(places) == 44
    for place in places:
        for char in ALPHABET:
            if char != line[place]:
                with pytest.raises(CodeError, match="line 007 is wrong"):
                    UncheckedLine.parse(line[:place] + char + line[place + 1 :]).checked(ID)


def test_neighbours_swapped_left_out_or_doubled_are_noticed() -> None:
    plain = encode_text_lines(ID, DATA)[6].replace(" ", "")
    for place in range(3, len(plain) - 1):
        swapped = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
        without = plain[:place] + plain[place + 1 :]
        double = plain[:place] + plain[place] + plain[place:]
        for wrong in {swapped, without, double} - {plain}:
            with pytest.raises(CodeError, match="line"):
                UncheckedLine.parse(wrong).checked(ID)


def test_a_line_out_of_place_or_of_another_escrow() -> None:
    line = encode_text_lines(ID, DATA)[6]
    for number in range(1000):
        if number != 7:
            with pytest.raises(CodeError, match=f"line {number:03} is wrong, out of place or of another escrow"):
                UncheckedLine.parse(f"{number:03}{line[3:]}").checked(ID)
    with pytest.raises(CodeError, match="line 007"):
        UncheckedLine.parse(line).checked(OTHER_ID)


@pytest.mark.parametrize(
    "wrong",
    ["", "007", "007 ABCDE", "007 ABCD9 ABCDE", "7 ABCDE ABCDE", "007 " + "A" * 45, "007 ABCDÄ ABCDE", "٠٠٧ ABCDEF"],
)
def test_what_is_no_line(wrong: str) -> None:
    with pytest.raises(CodeError, match="no line"):
        UncheckedLine.parse(wrong)


def test_line_numbers_begin_at_one() -> None:
    text = "A" * LINE_CHARS
    with pytest.raises(CodeError):
        UncheckedLine(0, text, line_check(ID, 0, text)).checked(ID)


@given(st.text())
def test_any_text_is_a_line_or_an_error(text: str) -> None:
    for start in ("", "007 ", "007 ABCDE FGHIJ "):
        try:
            line = UncheckedLine.parse(start + text)
        except CodeError:
            continue
        with pytest.raises(CodeError, match=f"line {line.number:03}"):
            line.checked(EscrowId(b"none!"))


def test_what_cannot_be_a_line() -> None:
    for number, text in ((0, "A"), (1000, "A"), (1, ""), (1, "A" * 41), (1, "a"), (1, "Ä"), (1, "A A")):
        with pytest.raises(CodeError):
            TextLine(number, text)
    with pytest.raises(CodeError, match="line 001"):
        UncheckedLine(1, "ABCDE", "ÄÄÄÄ").checked(ID)


def test_missing_lines() -> None:
    lines = [UncheckedLine.parse(line).checked(ID) for line in encode_text_lines(ID, DATA)]
    for place in range(len(lines) - 1):
        with pytest.raises(CodeError, match="missing"):
            join_text_lines(lines[:place] + lines[place + 1 :])
    for wrong in ([], [*lines, lines[3]]):
        with pytest.raises(CodeError):
            join_text_lines(wrong)
    with pytest.raises(CodeError, match="too short"):
        join_text_lines([TextLine(1, "ABCD"), *lines[1:]])


def test_more_lines_than_three_digits_can_number() -> None:
    assert len(encode_text_lines(ID, bytes(MAX_LINES * 25))) == MAX_LINES
    with pytest.raises(CodeError):
        encode_text_lines(ID, bytes(MAX_LINES * 25 + 1))

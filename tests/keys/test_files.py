"""Whatever is given for a key file: the key in it, or an error that says what it is instead."""

from __future__ import annotations

import base64

import pytest
from Crypto.Util.asn1 import DerNull, DerObjectId, DerSequence
from hypothesis import given
from hypothesis import strategies as st

from rootescrow.errors import EscrowError, KeyFormatError, PassphraseError, WrongPassphraseError
from rootescrow.keys.algorithms import dissect
from rootescrow.keys.files import (
    MAX_FILE_BYTES,
    Container,
    KeyFile,
    certificate_der,
    certificate_spki,
    passphrase_from,
    read_key_file,
)
from rootescrow.passphrase import Passphrase
from rootescrow.secret import Secret

from .support import COMPUTED, MD5_DES, RFC_7914, RFC_8410_V1, WORD, Openssl, der_of, pem_of

PLAIN = RFC_8410_V1


def pkcs8_in(data: bytes, word: str | None = None) -> bytes:
    return bytes(read_key_file(data).pkcs8(word).reveal())


@pytest.mark.parametrize("kind", COMPUTED)
def test_every_form_of_a_key_is_read(openssl: Openssl, kind: str) -> None:
    pem = openssl.key(kind)
    forms = [
        (pem, Container.PKCS8),
        (der_of(pem), Container.PKCS8),
        (openssl.encrypt(pem, "-iter", "1000"), Container.ENCRYPTED),
        (openssl.encrypt(pem, "-iter", "1000", "-outform", "DER"), Container.ENCRYPTED),
    ]
    if kind == "RSA-2048":
        old = openssl("rsa", "-traditional", stdin=pem)
        forms += [(old, Container.PKCS1), (der_of(old), Container.PKCS1)]
        forms += [
            (openssl("rsa", "-traditional", cipher, "-passout", f"pass:{WORD}", stdin=pem), Container.OLD_PEM)
            for cipher in ("-des3", "-aes128", "-aes192", "-aes256")
        ]
    elif kind.startswith("P-"):
        old = openssl("ec", stdin=pem)
        forms += [(old, Container.SEC1), (der_of(old), Container.SEC1)]
        forms += [(openssl("ec", "-no_public", stdin=pem), Container.SEC1)]
        forms += [(openssl("ec", "-aes256", "-passout", f"pass:{WORD}", stdin=pem), Container.OLD_PEM)]
    for data, container in forms:
        file = read_key_file(data)
        assert file.container is container
        assert file.encrypted is (container in (Container.ENCRYPTED, Container.OLD_PEM))
        found = bytes(file.pkcs8(WORD).reveal())
        assert dissect(found).computed == openssl.spki(pem)
        assert openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", stdin=found) == openssl.spki(pem)


def test_sec1_with_parameters_before_it(openssl: Openssl) -> None:
    both = openssl("ecparam", "-name", "prime256v1", "-genkey")
    assert b"BEGIN EC PARAMETERS" in both
    assert dissect(pkcs8_in(both)).algorithm == "P-256"


def test_sec1_of_a_curve_that_is_carried(openssl: Openssl) -> None:
    kind = "secp256k1 (1.3.132.0.10)"
    old = openssl("ec", stdin=openssl.key(kind))
    assert dissect(pkcs8_in(old)).algorithm == kind


def test_pkcs8_is_kept_byte_for_byte() -> None:
    assert pkcs8_in(PLAIN) == pkcs8_in(der_of(PLAIN)) == der_of(PLAIN)


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.rstrip(),
        b"\xef\xbb\xbf" + PLAIN,
        b"\n\n  " + PLAIN.replace(b"\n", b"  \n"),
        "Schlüssel der Wurzel, für Übungen\n".encode("latin-1") + PLAIN + b"-- \nEnde\n",
        b"Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n" + PLAIN,
        pem_of(bytes(20), "CERTIFICATE") + PLAIN + pem_of(bytes(20), "X509 CRL"),
    ],
    ids=["CRLF", "no last newline", "BOM", "blanks", "remarks", "bag attributes", "certificates beside it"],
)
def test_what_may_stand_around_a_pem_block(data: bytes) -> None:
    assert pkcs8_in(data) == der_of(PLAIN)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "text"),
        (b"Where is the key?\n", "text"),
        ("Schlüssel".encode(), "text"),
        ("text".encode("utf-16"), "UTF-16"),
        (PLAIN.decode().encode("utf-16"), "UTF-16"),
        (b"\0" * 100, "binary data"),
        (bytes(range(256)), "binary data"),
        (b"\x7fELF\x02\x01\x01\0\xff", "binary data"),
        (b"0" * 64, "text"),
        (b"ssh-ed25519 AAAA me@here\n", "OpenSSH public key"),
        (b"PuTTY-User-Key-File-3: ssh-ed25519\n", "puttygen"),
        (b"\xfe\xed\xfe\xed\0\0\0\2", "keytool"),
        (b"\x30\x80\0\0\xff", "no DER structure"),
        (b"\x30\xff", "no DER structure"),
        (b"\x30\x82\xff\xff\x02", "cut off: it has 5 bytes of 65539"),
        (b"\x30\x85\1\1\1\1\1\1", "no DER structure"),
        (der_of(PLAIN)[:-1] + b"\xff\xff", "1 bytes after the end"),
        (der_of(PLAIN)[:-2] + b"\xff", "cut off: it has 47 bytes of 48"),
        (b"\x30\x82\xf0\x00" + b"\xff" * 70_000, "too large"),
        (PLAIN + PLAIN, "2 private keys"),
        (PLAIN + RFC_7914 + MD5_DES, "3 private keys"),
        (PLAIN.replace(b"-----END PRIVATE KEY-----", b""), "cut off"),
        (PLAIN[:60], "cut off"),
        (PLAIN.replace(b"END PRIVATE", b"END PUBLIC"), "did not begin so"),
        (PLAIN[:93] + PLAIN, "does not end before"),
        (PLAIN.replace(b"\n", b" "), "run together"),
        (PLAIN.replace(b"MC4C", b"MC*C"), "not base64"),
        (PLAIN.replace(b"hC\n", b"hC=\n"), "not base64"),
        (PLAIN.replace(b"MC4C", "MC4Ç".encode()), "not base64"),
        (b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "is empty"),
        (pem_of(der_of(PLAIN) + b"\0", "PRIVATE KEY"), "1 bytes after the end"),
        (pem_of(der_of(PLAIN)[:-1], "PRIVATE KEY"), "cut off"),
        (pem_of(b"junk", "PRIVATE KEY"), "no DER structure"),
        (pem_of(bytes(9), "CERTIFICATE"), "a certificate"),
        (pem_of(bytes(9), "PUBLIC KEY"), "a public key"),
        (pem_of(bytes(9), "CERTIFICATE REQUEST"), "a certificate request"),
        (pem_of(bytes(9), "EC PARAMETERS"), "the name of a curve"),
        (pem_of(bytes(9), "PGP MESSAGE"), "a PEM block PGP MESSAGE"),
        (pem_of(b"junk", "OPENSSH PRIVATE KEY"), "OpenSSH key is damaged"),
        (pem_of(DerSequence([5, 6]).encode(), "PRIVATE KEY"), "a public key"),
        (DerSequence([2**80, 2, 3, 4, 5, 6]).encode() + b"", "DSA"),
        (DerSequence([2**80 - 1, DerNull()]).encode(), "no private key"),
        (PLAIN + b"#" * MAX_FILE_BYTES, "too large"),
    ],
    ids=range(44),
)
def test_what_is_no_key_file_is_named(data: bytes, words: str) -> None:
    with pytest.raises(KeyFormatError) as caught:
        read_key_file(data)
    assert words in caught.value.message + caught.value.hint
    assert caught.value.hint
    assert "MC4C" not in str(caught.value)


def test_what_openssl_makes_that_is_no_key_file(openssl: Openssl) -> None:
    key = openssl.key("P-256")
    certificate = openssl.certificate(key)
    path = openssl.folder / "found.pem"
    path.write_bytes(key)
    request = openssl("req", "-new", "-key", str(path), "-subj", "/CN=Example")
    crl = openssl("crl2pkcs7", "-nocrl", "-outform", "DER")
    for data, words in (
        (certificate, "a certificate,"),
        (der_of(certificate), "a certificate,"),
        (request, "a certificate request"),
        (der_of(request), "a certificate request"),
        (openssl("pkey", "-pubout", stdin=key), "a public key"),
        (openssl.spki(key), "a public key"),
        (openssl("rsa", "-RSAPublicKey_out", stdin=openssl.key("RSA-2048")), "a public key"),
        (crl, "a CMS message"),
    ):
        with pytest.raises(KeyFormatError, match=words):
            read_key_file(data)


def test_the_hint_for_pkcs12_is_a_line_that_works(openssl: Openssl) -> None:
    key = openssl.key("P-256")
    (openssl.folder / "in.pem").write_bytes(key + openssl.certificate(key))
    openssl("pkcs12", "-export", "-in", "in.pem", "-passout", f"pass:{WORD}", "-out", "FILE")
    with pytest.raises(KeyFormatError, match="a PKCS#12 file") as caught:
        read_key_file((openssl.folder / "FILE").read_bytes())
    command = caught.value.hint.removeprefix("Take the key out: openssl ").split(" (")[0]
    openssl(*command.split(), "-passin", f"pass:{WORD}", "-passout", f"pass:{WORD}")
    found = (openssl.folder / "key.pem").read_bytes()
    assert dissect(pkcs8_in(found, WORD)).computed == openssl.spki(key)


def test_the_hint_to_convert_is_a_line_that_works(openssl: Openssl) -> None:
    old = openssl("rsa", "-traditional", "-camellia256", "-passout", f"pass:{WORD}", stdin=openssl.key("RSA-2048"))
    with pytest.raises(KeyFormatError, match="cipher that is not known") as caught:
        read_key_file(old)
    (openssl.folder / "OLD").write_bytes(old)
    command = caught.value.hint.removeprefix("Convert the key first: openssl ").split(" (")[0]
    openssl(*command.split(), "-passin", f"pass:{WORD}", "-passout", f"pass:{WORD}")
    assert dissect(pkcs8_in((openssl.folder / "NEW").read_bytes(), WORD)).algorithm == "RSA-2048"


def old_pem(*lines: str) -> bytes:
    return "\n".join(("-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----", "")).encode()


@pytest.mark.parametrize(
    "lines",
    [
        ("Proc-Type: 4,MIC-ONLY", "DEK-Info: AES-256-CBC," + "00" * 16, "", "AAAA"),
        ("Proc-Type: 4,ENCRYPTED", "", "AAAA", "AAAA"),
        ("Proc-Type: 4,ENCRYPTED",),
        ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC," + "00" * 16, "AAAA", "AAAA"),
        ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC", "", "AAAA"),
        ("Proc-Type: 4,ENCRYPTED", "DEK-Info: RC2-CBC,0011223344556677", "", "AAAA"),
        ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC," + "00" * 16, "", "A*AA"),
        ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC," + "00" * 16, "", ""),
    ],
    ids=range(8),
)
def test_an_old_pem_that_cannot_be_read(lines: tuple[str, ...]) -> None:
    with pytest.raises(KeyFormatError):
        read_key_file(old_pem(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,00", "", "A" * 64),
        ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC," + "00" * 16, "", "AAAA"),
        ("Proc-Type: 4,ENCRYPTED", "DEK-Info: DES-CBC," + "00" * 16, "", "A" * 64),
    ],
    ids=["short IV", "not whole blocks", "long IV"],
)
def test_an_old_pem_that_cannot_be_opened(lines: tuple[str, ...]) -> None:
    with pytest.raises((KeyFormatError, WrongPassphraseError)):
        read_key_file(old_pem(*lines)).pkcs8(WORD)


def test_wrong_passphrases(openssl: Openssl) -> None:
    key = openssl.key("RSA-2048")
    for data in (
        openssl.encrypt(key, "-iter", "1"),
        openssl.encrypt(key, "-v1", "PBE-SHA1-3DES", "-iter", "1"),
        openssl("rsa", "-traditional", "-aes256", "-passout", f"pass:{WORD}", stdin=key),
    ):
        file = read_key_file(data)
        # By its padding alone one wrong passphrase in 256 opens the key: so many are tried that some do.
        for number in range(600):
            with pytest.raises(WrongPassphraseError) as caught:
                file.pkcs8(f"wrong {number}")
        assert caught.value.exit_status == 5
        with pytest.raises(PassphraseError, match="no passphrase was given"):
            file.pkcs8()


def test_a_passphrase_may_be_text_a_function_or_itself() -> None:
    word = Passphrase.from_text(WORD)
    assert passphrase_from(word) is word
    assert passphrase_from(lambda: word) is word
    assert passphrase_from(WORD) == passphrase_from(lambda: WORD) == word
    with pytest.raises(PassphraseError):
        passphrase_from("")


def test_nobody_is_asked_for_a_passphrase_that_is_not_needed() -> None:
    def ask() -> Passphrase:
        raise AssertionError("asked for nothing")

    assert read_key_file(PLAIN).pkcs8(ask) == Secret(der_of(PLAIN))


def test_nobody_is_asked_where_the_cost_is_refused() -> None:
    def ask() -> Passphrase:
        raise AssertionError("asked for nothing")

    der = der_of(RFC_7914)
    dear = der.replace(b"\2\3\x10\0\0", b"\2\3\x40\0\0")
    with pytest.raises(KeyFormatError, match="4,096 MiB of memory"):
        read_key_file(dear).pkcs8(ask)


def test_repr_shows_no_byte_of_the_key() -> None:
    shown = repr(read_key_file(PLAIN))
    assert shown == "KeyFile(container=<Container.PKCS8: 'PKCS#8'>, content=Secret(…), encrypted=False)"


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda data: pem_of(data, "PRIVATE KEY")))
def test_nothing_else_than_our_errors(data: bytes) -> None:
    try:
        file = read_key_file(data)
        file.pkcs8(WORD)
    except EscrowError:
        return
    assert isinstance(file, KeyFile)


@given(st.data())
def test_no_damage_to_a_real_file_gives_another_error(data: st.DataObject) -> None:
    original = data.draw(st.sampled_from([PLAIN, MD5_DES, der_of(PLAIN), der_of(MD5_DES)]))
    place = data.draw(st.integers(0, len(original) - 1))
    damaged = original[:place] + data.draw(st.binary(max_size=3)) + original[place + data.draw(st.integers(0, 3)) :]
    try:
        pkcs8_in(damaged, "abc")
    except EscrowError:
        return


@pytest.mark.parametrize("kind", ["RSA-2048", "P-256", "Ed25519", "secp256k1 (1.3.132.0.10)"])
def test_the_public_key_of_a_certificate(openssl: Openssl, kind: str) -> None:
    key = openssl.key(kind)
    pem = openssl.certificate(key)
    for data in (pem, der_of(pem), b"subject=CN = Example\n" + pem, key + pem):
        assert certificate_der(data) == der_of(pem)
        assert certificate_spki(data) == openssl.spki(key)


def test_a_certificate_of_version_1(openssl: Openssl) -> None:
    key = openssl.key("P-256")
    (openssl.folder / "v1.pem").write_bytes(key)
    request = openssl("req", "-new", "-key", "v1.pem", "-subj", "/CN=Example")
    der = openssl("x509", "-req", "-key", "v1.pem", "-days", "9", "-outform", "DER", stdin=request)
    assert b"\xa0\x03\x02\x01" not in der[:16]
    assert certificate_spki(der) == openssl.spki(key)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"text", "text"),
        (PLAIN, "a private key"),
        (der_of(PLAIN), "no certificate"),
        (pem_of(bytes(9), "PUBLIC KEY"), "a PEM block PUBLIC KEY"),
        (pem_of(bytes(9), "CERTIFICATE") * 3, "3 certificates"),
        (pem_of(bytes(9), "CERTIFICATE"), "no DER structure"),
        (DerSequence([DerSequence([]), DerSequence([]), DerNull()]).encode() + b"", "no"),
        (b"\x30\x84\xff\xff\xff\xff", "cut off"),
        (b"\xff" * 100_000, "too large"),
    ],
    ids=range(10),
)
def test_what_is_no_certificate_is_named(data: bytes, words: str) -> None:
    with pytest.raises(KeyFormatError, match=words) as caught:
        certificate_der(data)
    assert base64.b64encode(der_of(PLAIN)).decode()[:20] not in str(caught.value)


def test_a_damaged_certificate_is_an_error_of_ours(openssl: Openssl) -> None:
    der = der_of(openssl.certificate(openssl.key("Ed25519")))
    for place in range(len(der)):
        try:
            certificate_spki(der[:place] + bytes([der[place] ^ 0x20]) + der[place + 1 :])
        except KeyFormatError:
            continue


def test_a_message_of_unknown_shape() -> None:
    with pytest.raises(KeyFormatError, match="DER structure that is no private key"):
        read_key_file(DerSequence([DerObjectId("1.2.3"), DerObjectId("1.2.4"), 2**80]).encode())

"""`rootescrow split`: what it makes, what it refuses, and that a failure leaves nothing."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from Crypto.IO import PEM
from Crypto.Util.asn1 import DerObjectId, DerOctetString, DerSequence

from rootescrow.cli import preflight
from rootescrow.keys import certificate_der
from rootescrow.paper.reading import read_pdf
from rootescrow.register.record import Record
from tests.cli.conftest import Root, make_root
from tests.cli.support import ENVIRONMENT, PASSPHRASE, Ceremony, Done, codes, inside, on_descriptor, run

Find = Callable[[str], str]
ESCROW_FILES = ("envelope.cms", "journal.jsonl", "record.json", "record.pdf")
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1


def split(root: Root, out: Path, *arguments: str | Path) -> Done:
    """Split the test root with these further arguments."""
    return inside("split", root[0], "--out", out, "--passphrase-file", "{fd}", *arguments, passphrase=PASSPHRASE)


def test_one_sheet_a_holder_and_an_escrow(ceremony: Ceremony) -> None:
    names = sorted(file.name.split("-", 3)[3] for file in ceremony.sheets())
    assert names == [f"Arbitration-{n}.pdf" for n in (1, 2, 3)] + [f"Board-{n}.pdf" for n in (1, 2, 3, 4, 5)]
    assert sorted(file.name for file in ceremony.escrow.iterdir()) == ["certificate.pem", *ESCROW_FILES]
    assert sorted(file.name for file in ceremony.out.iterdir()) == ["escrow", "secret"]


def test_nobody_else_may_read_it(ceremony: Ceremony) -> None:
    for path in (ceremony.out, *ceremony.out.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_record_says_what_was_made(ceremony: Ceremony) -> None:
    record = Record.load((ceremony.escrow / "record.json").read_bytes())
    certificate = certificate_der(ceremony.certificate.read_bytes())
    assert record.envelope.sha256 == hashlib.sha256(ceremony.envelope.der).hexdigest()
    assert (record.key.algorithm, record.key.provenance, record.key.encrypted_anew) == ("P-384", "checked", False)
    assert record.key.certificate_sha256 == hashlib.sha256(certificate).hexdigest()
    assert record.sheets[0].person == "Ada Example"
    assert record.check_code in ceremony.done.out
    assert str(record.id) in ceremony.done.out
    assert certificate_der((ceremony.escrow / "certificate.pem").read_bytes()) == certificate


def test_the_fingerprint_is_what_openssl_says(ceremony: Ceremony, program: Find) -> None:
    def openssl(*arguments: str | Path, given: bytes = b"") -> bytes:
        return subprocess.run([program("openssl"), *arguments], input=given, check=True, capture_output=True).stdout

    pem = openssl("x509", "-in", ceremony.certificate, "-noout", "-pubkey")
    assert hashlib.sha256(openssl("pkey", "-pubin", "-outform", "DER", given=pem)).hexdigest() in ceremony.done.out


def test_results_on_standard_output_and_the_rest_beside_it(ceremony: Ceremony) -> None:
    assert [line.split(":")[0] for line in ceremony.done.out.splitlines()] == [
        *(f"Escrow {ceremony.envelope.id}", "Key", "Record's check code", "Print", "Keep"),
    ]
    # What the machine is not fit for depends on the machine, and is indented.
    assert [line for line in ceremony.done.err.splitlines() if not line.startswith("  ")] in ([], [preflight.HEADING])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--shares", "4/3"], 2, "wants 4 of 3"),
        (["--shares", "0/3"], 2, "wants 0 of 3"),
        (["--shares", "9/17"], 2, "has 17 sheets"),
        (["--shares", "1/0"], 2, "has 0 sheets"),
        (["--shares", "3of5"], 2, "NAME=K/N"),
        (["--shares", "-1/5"], 2, "NAME=K/N"),
        (["--shares", "٣/٥"], 2, "NAME=K/N"),
        (["--shares", "3/5", "--group", "Board=3/5"], 2, "either --shares"),
        ([], 2, "either --shares"),
        ([word for n in range(17) for word in ("--group", f"G{n}=1/1")], 2, "17 groups"),
        (["--group", "Board=3/5", "--group", "board=2/3"], 2, "given twice"),
        (["--group", "Bo/ard=3/5"], 2, "slash"),
        (["--group", "=3/5"], 2, "empty"),
        (["--group", ""], 2, "NAME=K/N"),
        (["--shares", "2/3", "--holder", "Board=Ada"], 2, "names no group"),
        (["--shares", "2/3", "--holder", "Ada"], 2, "names no group"),
        (["--shares", "2/2", *(["--holder", "Holder=Ada"] * 3)], 2, "3 holders"),
        (["--shares", "2/3", "--name", "two\nlines"], 2, "cannot be printed"),
        (["--shares", "2/3", "--name", "Wurzel \U0001f511"], 6, "fonts cannot print"),
        (["--shares", "2/3", "--certificate", "/dev/null"], 3, "empty"),
        (["--shares", "2/3", "--paper", "a5"], 2, "a5"),
        (["--shares", "2/3", "--envelope", "none"], 2, "none"),
        (["--shares", "2/3", "--unknown"], 2, "--unknown"),
    ],
)
def test_a_request_that_cannot_be_met(root: Root, tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    done = split(root, tmp_path / "out", *arguments)
    assert (done.status, said in done.err, done.out) == (status, True, ""), done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"Dear Board", "text"),
        (b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "a certificate"),
        (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB", "cut off"),
        (bytes(1 << 20), "too large"),
    ],
)
def test_a_key_file_that_is_none(tmp_path: Path, data: bytes, said: str) -> None:
    key = tmp_path / "key"
    key.write_bytes(data)
    done = inside("split", key, "--out", tmp_path / "out", "--shares", "2/3", "--passphrase-file", "/dev/null")
    assert (done.status, said in done.err, done.out) == (3, True, ""), done.err
    key.write_bytes(bytes(2 << 20))
    assert inside("split", key, "--out", tmp_path / "out", "--shares", "2/3").status == 7
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_a_certificate_of_another_key(root: Root, tmp_path: Path, program: Find) -> None:
    _, other = make_root(tmp_path, program("openssl"), "Ed25519")
    done = split(root, tmp_path / "out", "--shares", "2/3", "--certificate", other)
    assert (done.status, "of another key" in done.err) == (5, True)
    assert not (tmp_path / "out").exists()


def test_of_a_certificate_file_only_the_certificate_is_kept(tmp_path: Path, program: Find) -> None:
    """A server's file often holds the private key as well: that is not for the escrow folder."""
    root = make_root(tmp_path, program("openssl"), "EC", "ec_paramgen_curve:P-256")
    plain = (tmp_path / "plain.pem").read_text()
    together = tmp_path / "together.pem"
    together.write_text("remark\n" + plain + root[1].read_text())
    done = split(root, tmp_path / "out", "--shares", "1/1", "--certificate", together)
    assert done.status == 0, done.err
    kept = (tmp_path / "out" / "escrow" / "certificate.pem").read_text()
    assert kept == root[1].read_text()
    done = split(root, tmp_path / "none", "--shares", "1/1", "--certificate", tmp_path / "plain.pem")
    assert (done.status, "holds a private key" in done.err) == (3, True), done.err


@pytest.mark.parametrize(
    ("passphrase", "status", "said"),
    [("wrong", 5, "does not open"), ("", 3, "empty"), ("pässe", 3, "printable ASCII"), ("x" * 2000, 3, "1024")],
)
def test_a_passphrase_that_is_none(root: Root, tmp_path: Path, passphrase: str, status: int, said: str) -> None:
    done = inside(
        *("split", root[0], "--out", tmp_path / "out", "--shares", "2/3", "--passphrase-file", "{fd}"),
        passphrase=passphrase,
    )
    assert (done.status, said in done.err) == (status, True), done.err
    assert passphrase == "" or passphrase not in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [f"{PASSPHRASE}\nsecond line\n", f"{PASSPHRASE}\r\n", PASSPHRASE])
def test_a_passphrase_on_a_disk_is_a_warning(root: Root, tmp_path: Path, content: str) -> None:
    file = tmp_path / "passphrase"
    file.write_text(content, newline="")
    # A name that cannot be printed: that is found only once the passphrase has opened the key, and saves the rest.
    arguments = ("split", root[0], "--shares", "1/1", "--passphrase-file", file)
    done = inside(*arguments, "--out", tmp_path / "out", "--name", "\U0001f511")
    said = ("keeps the passphrase" in done.err, "fonts cannot print" in done.err)
    assert (done.status, *said) == (6, True, True), done.err


def test_a_passphrase_in_memory_is_no_cause_for_a_warning(root: Root, tmp_path: Path) -> None:
    descriptor = os.memfd_create("passphrase")
    try:
        os.write(descriptor, PASSPHRASE.encode())
        arguments = ("--shares", "1/1", "--passphrase-file", f"/dev/fd/{descriptor}", "--name", "\U0001f511")
        done = inside("split", root[0], "--out", tmp_path / "out", *arguments)
        assert (done.status, "disk" in done.err) == (6, False), done.err
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("file", ["none", "."])
def test_a_passphrase_file_that_is_none(root: Root, tmp_path: Path, file: str) -> None:
    arguments = ("--shares", "1/1", "--passphrase-file", tmp_path / file)
    done = inside("split", root[0], "--out", tmp_path / "out", *arguments)
    assert (done.status, "cannot read the passphrase" in done.err) == (7, True)
    assert list(tmp_path.iterdir()) == []


def test_threshold_one_makes_copies_and_says_so(root: Root, tmp_path: Path) -> None:
    done = split(root, tmp_path / "out", "--group", "Board=2/2", "--group", "Arbitration=1/3")
    assert (done.status, "Arbitration: threshold 1, so its 3 sheets are copies" in done.err) == (0, True)
    secret = tmp_path / "out" / "secret"
    copies = {codes(sheet, [1])[0] for sheet in secret.glob("*-Arbitration-*")}
    assert len(copies) == 1
    (tmp_path / "words.txt").write_text(
        "\n".join(copies | {codes(sheet, [1])[0] for sheet in secret.glob("*-Board-*")})
    )
    arguments = ("--escrow", tmp_path / "out" / "escrow", "--case", "a1", "--out", tmp_path / "root.pem")
    done = inside("recover", tmp_path / "words.txt", *arguments)
    assert done.status == 0, done.err
    assert "Arbitration/1 = Arbitration/2 = Arbitration/3" in done.err


def test_letter_separate_and_rehearsal(tmp_path: Path, root: Root) -> None:
    done = inside(
        *("split", root[0], "--certificate", root[1], "--rehearse", "--out", tmp_path / "out", "--shares", "2/3"),
        *("--paper", "letter", "--envelope", "separate", "--passphrase-file", "{fd}"),
        passphrase="practice",  # noqa: S106
    )
    assert done.status == 0, done.err
    assert "neither key file nor certificate is read" in done.err
    escrow = tmp_path / "out" / "escrow"
    record = json.loads((escrow / "record.json").read_bytes())
    assert (record["rehearsal"], record["envelope"]["printed"]) == (True, "separate")
    assert (record["key"]["algorithm"], record["key"]["certificate_sha256"]) == ("RSA-3072", None)
    assert sorted(file.name for file in escrow.iterdir()) == sorted(["envelope.pdf", *ESCROW_FILES])
    for file in (escrow / "envelope.pdf", *(tmp_path / "out" / "secret").iterdir()):
        document = pypdfium2.PdfDocument(file)
        for page in document:
            assert [round(side) for side in page.get_size()] == [612, 792]
            assert "REHEARSAL" in page.get_textpage().get_text_bounded()
        document.close()
    assert all(len(codes(sheet)) == 1 for sheet in (tmp_path / "out" / "secret").iterdir())


def test_a_plain_key_is_encrypted_under_the_new_passphrase(tmp_path: Path, program: Find) -> None:
    make_root(tmp_path, program("openssl"), "Ed25519")
    out = tmp_path / "out"
    done = inside(
        *("split", tmp_path / "plain.pem", "--out", out, "--shares", "1/1", "--passphrase-file", "{fd}"),
        passphrase="a new one",  # noqa: S106
    )
    assert done.status == 0, done.err
    record = Record.load((out / "escrow" / "record.json").read_bytes())
    assert record.key.encrypted_anew
    assert record.key.name == "plain"
    (sheet,) = (out / "secret").iterdir()
    done = inside(
        *("recover", sheet, "--out", tmp_path / "k", "--escrow", out / "escrow", "--passphrase-file", "{fd}"),
        passphrase="a new one",  # noqa: S106
    )
    assert (done.status, "it is the key of the record" in done.err) == (0, True), done.err


def test_a_folder_that_is_not_new(root: Root, tmp_path: Path) -> None:
    (tmp_path / "thing").write_text("mine")
    done = split(root, tmp_path, "--shares", "2/3")
    assert (done.status, "is not empty" in done.err) == (7, True)
    assert [file.name for file in tmp_path.iterdir()] == ["thing"]
    done = split(root, tmp_path / "thing", "--shares", "2/3")
    assert (done.status, "is a file" in done.err) == (7, True)
    done = split(root, tmp_path / "no" / "such", "--shares", "2/3")
    assert (done.status, "is no folder" in done.err) == (7, True)


def test_a_folder_that_is_not_writable(root: Root, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    for out in (closed / "out", closed):
        command = ["split", root[0], "--out", out, "--shares", "1/1"]
        done = subprocess.run(
            [sys.executable, "-m", "rootescrow", *map(str, command)],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=_without_override,
        )
        assert (done.returncode, "cannot write in" in done.stderr) == (7, True), done.stderr
    assert list(closed.iterdir()) == []


def _without_override() -> None:
    """Take away what lets root write anywhere, from what is executed next: CAP_DAC_OVERRIDE (capabilities(7))."""
    ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)


def test_no_key_file(tmp_path: Path) -> None:
    done = inside("split", tmp_path / "none", "--out", tmp_path / "out", "--shares", "2/3")
    assert (done.status, "cannot read" in done.err) == (7, True)
    done = inside("split", "--out", tmp_path / "out", "--shares", "2/3")
    assert (done.status, "which key?" in done.err) == (2, True)


def test_without_a_terminal_it_says_how_to_give_the_passphrase(root: Root, tmp_path: Path) -> None:
    done = inside("split", root[0], "--out", tmp_path / "out", "--shares", "2/3")
    assert (done.status, "--passphrase-file" in done.err) == (2, True)


def test_a_key_file_that_asks_a_terabyte(tmp_path: Path, ceremony: Ceremony) -> None:
    """Scrypt with r = 2^20 and N = 2^16 would take 8 TiB: it is refused, not tried."""

    scrypt, pbes2, aes = "1.3.6.1.4.1.11591.4.11", "1.2.840.113549.1.5.13", "2.16.840.1.101.3.4.1.42"
    kdf = DerSequence([DerObjectId(scrypt), DerSequence([DerOctetString(bytes(16)), 2**16, 2**20, 1])])
    cipher = DerSequence([DerObjectId(aes), DerOctetString(bytes(16))])
    algorithm = DerSequence([DerObjectId(pbes2), DerSequence([kdf, cipher])])
    der = DerSequence([algorithm, DerOctetString(bytes(64))]).encode()
    key = tmp_path / "key.pem"
    key.write_text(PEM.encode(der, "ENCRYPTED PRIVATE KEY"))
    done = split((key, key), tmp_path / "out", "--shares", "2/3")
    assert (done.status, "memory" in done.err, (tmp_path / "out").exists()) == (3, True, False), done.err


def test_a_full_disk_leaves_nothing(root: Root, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    listed = tmp_path / "listed"
    script = 'mount -t tmpfs -o size=200k none "$0" && "$@"; s=$?; ls -A "$0" > "$0/../listed"; exit $s'
    done = run(
        *("split", root[0], "--out", small / "out", "--shares", "3/5", "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
        prefix=("unshare", "-rm", "sh", "-c", script, str(small)),
    )
    assert (done.status, "No space left" in done.err) == (7, True), done.err
    assert (done.out, listed.read_text()) == ("", "")


def test_killed_in_the_middle_it_leaves_no_escrow_and_the_next_run_says_so(root: Root, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with on_descriptor(PASSPHRASE) as descriptor:
        command = ["split", str(root[0]), "--out", str(out), "--shares", "2/8", "--passphrase-file"]
        process = subprocess.Popen(
            [sys.executable, "-m", "rootescrow", *command, f"/dev/fd/{descriptor}"],
            pass_fds=[descriptor],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    while not any(out.glob("secret/*")):
        assert process.poll() is None
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "escrow" / "record.json").exists()
    done = split(root, out, "--shares", "2/3")
    assert (done.status, "interrupted" in done.err) == (7, True), done.err
    done = inside("recover", "--escrow", out / "escrow", "-", "--out", tmp_path / "key.pem")
    assert done.status == 7
    assert not (tmp_path / "key.pem").exists()


def test_what_was_drawn_is_what_was_written(ceremony: Ceremony) -> None:
    """Each sheet that was released reads as its record says."""
    known = Record.load((ceremony.escrow / "record.json").read_bytes()).known
    for sheet in ceremony.sheets("Board-3", "Arbitration-2"):
        texts = [text for page in read_pdf(sheet.read_bytes(), "sheet") for text in page.texts]
        (share,) = {text for text in texts if text.islower()}
        name = "/".join(sheet.stem.split("-")[3:])
        assert known.sheets[name] == hashlib.sha256(share.encode()).digest()

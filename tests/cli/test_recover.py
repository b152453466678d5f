"""`rootescrow recover`: from the sheets of `split`, from scans, from typed words; and every set that gives nothing."""

from __future__ import annotations

import hashlib
import shlex
import stat
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from rootescrow.shamir import Share
from tests.cli.conftest import make_root
from tests.cli.support import PASSPHRASE, QUORUM, Ceremony, Done, Words, inside, run, words

Find = Callable[[str], str]


def recover(ceremony: Ceremony, out: Path, *arguments: str | Path, passphrase: str | None = None) -> Done:
    """Recover from the typed words of a quorum and the escrow's folder."""
    common = ("--escrow", ceremony.escrow, "--case", "a1", "--out", out)
    return inside("recover", *ceremony.words(*QUORUM), *common, *arguments, passphrase=passphrase)


def scan(sheets: list[Path], out: Path, *, dpi: int = 150, turned: int = 0) -> Path:
    """The pages of some sheets as a TIFF, as a scanner with a feeder makes it."""
    pages = []
    for sheet in sheets:
        document = pypdfium2.PdfDocument(sheet)
        for page in document:
            pages.append(page.render(scale=dpi / 72, grayscale=True).to_pil().rotate(turned, expand=True))
    pages[0].save(out, save_all=True, append_images=pages[1:], compression="tiff_deflate")
    return out


def test_a_quorum_gives_the_key_back_byte_for_byte(ceremony: Ceremony, tmp_path: Path, program: Find) -> None:
    out = tmp_path / "root.pem"
    done = run("recover", *ceremony.sheets(*QUORUM), "--case", "a20261123.1", "--out", out)
    assert done.status == 0, done.err
    assert out.read_bytes() == ceremony.key.read_bytes()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    der = [program("openssl"), "asn1parse", "-in", str(out), "-noout", "-out", str(tmp_path / "der")]
    subprocess.run(der, check=True, capture_output=True)
    digest = hashlib.sha256((tmp_path / "der").read_bytes()).hexdigest()
    assert done.out.splitlines() == [
        f"Escrow {ceremony.envelope.id}: the encrypted key is in {out}",
        f"SHA-256 of the encrypted key (DER): {digest}",
    ]
    assert "under case a20261123.1" in done.err
    assert "group 1, sheet 1, group 1, sheet 4, group 1, sheet 5" in done.err


def test_with_the_record_the_sheets_have_names(ceremony: Ceremony, tmp_path: Path) -> None:
    arguments = ("--certificate", ceremony.certificate, "--passphrase-file", "{fd}")
    done = recover(ceremony, tmp_path / "k", *arguments, passphrase=PASSPHRASE)
    assert done.status == 0, done.err
    assert "Arbitration/1, Arbitration/3, Board/1, Board/4, Board/5" in done.err
    assert "it is the key of the certificate; it is the key of the record" in done.err


def test_from_a_scan_upside_down(ceremony: Ceremony, tmp_path: Path) -> None:
    tiff = scan(ceremony.sheets(*QUORUM), tmp_path / "scan.tiff", turned=180)
    done = inside("recover", tiff, "--case", "a1", "--out", tmp_path / "k")
    assert done.status == 0, done.err
    assert (tmp_path / "k").read_bytes() == ceremony.key.read_bytes()


def test_from_typed_words_and_lines_on_standard_input(ceremony: Ceremony, tmp_path: Path) -> None:
    typed = [" ".join(word[:4] for word in sheet.read_text().split()) for sheet in ceremony.words(*QUORUM)]
    text = "\n\n".join([*typed, ceremony.lines()])
    for number, said in enumerate((text.lower(), text.upper())):
        out = tmp_path / f"k{number}"
        done = inside("recover", "-", "--case", "a1", "--out", out, stdin=said.encode())
        assert done.status == 0, done.err
        assert out.read_bytes() == ceremony.key.read_bytes()


def test_every_set_one_short_is_no_quorum(ceremony: Ceremony, tmp_path: Path) -> None:
    for place in range(len(QUORUM)):
        short = [name for name in QUORUM if name != QUORUM[place]]
        arguments = ("--escrow", ceremony.escrow, "--case", "a1", "--out", tmp_path / "k")
        done = inside("recover", *ceremony.words(*short), *arguments)
        assert (done.status, done.out) == (4, ""), done.err
        assert "Arbitration: 1 of 2" in done.err or "Board: 2 of 3" in done.err
    assert list(tmp_path.iterdir()) == []


def test_several_groups_need_a_case(ceremony: Ceremony, tmp_path: Path) -> None:
    for case in ((), ("--case", ""), ("--case", "  ")):
        done = inside("recover", *ceremony.words(), "--escrow", ceremony.escrow, "--out", tmp_path / "k", *case)
        assert (done.status, "SP-h" in done.err, list(tmp_path.iterdir())) == (8, True, [])


@pytest.mark.parametrize("arguments", [("--check-passphrase",), ()])
def test_a_wrong_passphrase_writes_nothing(ceremony: Ceremony, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A passphrase file is there to be checked, whether that is said twice or not."""
    done = recover(
        ceremony,
        tmp_path / "k",
        *("--passphrase-file", "{fd}", *arguments),
        passphrase="something else",  # noqa: S106
    )
    assert (done.status, done.out, list(tmp_path.iterdir())) == (5, "", [])
    assert "something else" not in done.err


def test_a_certificate_that_is_not_the_keys(ceremony: Ceremony, tmp_path: Path, program: Find) -> None:
    make_root(tmp_path, program("openssl"), "Ed25519")
    out = tmp_path / "k"
    arguments = ("--passphrase-file", "{fd}", "--certificate")
    done = recover(ceremony, out, *arguments, tmp_path / "root.crt", passphrase=PASSPHRASE)
    assert (done.status, "of another key" in done.err, out.exists()) == (5, True, False)
    done = recover(ceremony, out, *arguments, ceremony.key, passphrase=PASSPHRASE)
    assert (done.status, "a private key" in done.err, "Recovered" in done.err) == (3, True, False)


def test_nothing_is_overwritten_and_that_is_known_at_once(ceremony: Ceremony, tmp_path: Path) -> None:
    out = tmp_path / "k"
    out.write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    for place, said in (
        (out, "is there already"),
        (link, "is there already"),
        (tmp_path, "is there already"),
        (tmp_path / "no" / "such", "is no folder"),
        (out / "k", "is no folder"),
    ):
        done = recover(ceremony, place)
        assert (done.status, said in done.err, "Recovered" in done.err) == (7, True, False), done.err
    assert (out.read_text(), sorted(file.name for file in tmp_path.iterdir())) == ("mine", ["k", "link"])


def test_a_command_gets_the_key_in_memory(ceremony: Ceremony, tmp_path: Path, program: Find) -> None:
    """openssl signs with the key, and it was never a file."""
    crl, database = tmp_path / "root.crl", tmp_path / "index.txt"
    database.write_text("")
    config = tmp_path / "ca.cnf"
    config.write_text(f"[ca]\ndefault_ca=root\n[root]\ndatabase={database}\ndefault_md=sha256\ndefault_crl_days=30\n")
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n")
    command = (
        f"{program('openssl')} ca -gencrl -keyfile {{key}} -passin file:{passphrase} -cert {ceremony.certificate} "
        f"-config {config} -out {crl}"
    )
    arguments = ("--escrow", ceremony.escrow, "--case", "a1")
    done = run("recover", *ceremony.words(*QUORUM), *arguments, "--run", command)
    assert (done.status, done.out) == (0, ""), done.err
    checked = subprocess.run(
        [program("openssl"), "crl", "-in", crl, "-CAfile", ceremony.certificate, "-noout"],
        capture_output=True,
        check=True,
    )
    assert b"verify OK" in checked.stderr + checked.stdout
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(
        [file.name for file in (crl, database, config, passphrase)]
    )


def test_the_command_sees_the_key_and_nothing_else_of_ours(ceremony: Ceremony, tmp_path: Path) -> None:
    script = f'cat "$0" > {tmp_path}/key; cat < "$0" >> {tmp_path}/key; ls -l /proc/self/fd > {tmp_path}/fds'
    command = f"sh -c {shlex.quote(script)} {{key}}"
    done = inside("recover", *ceremony.words(*QUORUM), "--escrow", ceremony.escrow, "--case", "a1", "--run", command)
    assert done.status == 0, done.err
    assert (tmp_path / "key").read_bytes() == 2 * ceremony.key.read_bytes()
    others = [
        line for line in (tmp_path / "fds").read_text().splitlines() if "memfd" in line or str(ceremony.out) in line
    ]
    assert len(others) == 1
    assert "memfd:encrypted-key" in others[0]


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("sh -c 'exit 42' {key}", 42, "status 42"),
        ("sh -c 'kill -9 $$' {key}", 137, "status -9"),
        ("no-such-program {key}", 7, "no such program"),
        ("{key}", 7, "no such program"),
        ("/dev/null {key}", 7, "no such program"),
        ("true", 2, "where the key goes"),
        ("true '{key}", 2, "quotation mark"),
    ],
)
def test_the_status_of_the_command_is_ours(ceremony: Ceremony, command: str, status: int, said: str) -> None:
    arguments = ("--escrow", ceremony.escrow, "--case", "a1", "--run", command)
    done = inside("recover", *ceremony.words(*QUORUM), *arguments)
    assert (done.status, said in done.err) == (status, True), done.err
    assert ("Recovered" in done.err) == (status > 8)


def test_somewhere_it_must_go(ceremony: Ceremony) -> None:
    done = inside("recover", *ceremony.words(*QUORUM), "--escrow", ceremony.escrow, "--case", "a1")
    assert (done.status, "--run" in done.err) == (2, True)


def test_one_forged_sheet_beside_a_quorum_is_named(ceremony: Ceremony, tmp_path: Path) -> None:
    """A share altered, with its checksum made right again."""
    share = Share.parse(ceremony.words("Board-2")[0].read_text())
    value = bytes([share.value[0] ^ 1]) + share.value[1:]
    forged, envelope = tmp_path / "forged.txt", ceremony.escrow / "envelope.cms"
    forged.write_text(replace(share, value=value).text)
    done = inside("recover", forged, *ceremony.words(*QUORUM), envelope, "--case", "a1", "--out", tmp_path / "k")
    assert done.status == 0, done.err
    assert f"group 1, sheet 2 ({forged}) is not a sheet of this escrow" in done.err
    assert (tmp_path / "k").read_bytes() == ceremony.key.read_bytes()
    short: Words = (forged, *ceremony.words(*QUORUM[:4]), "--case", "a1", "--out", tmp_path / "l")
    done = inside("recover", *short, envelope)
    assert (done.status, "do not fit together" in done.err) == (5, True)
    assert f"{forged}: group 1, sheet 2: taken, check code" in done.err
    assert "forged" not in done.err.replace(str(tmp_path), "").replace("forged.txt", "")
    done = inside("recover", *short, "--escrow", ceremony.escrow)
    assert (done.status, "the record" in done.err, (tmp_path / "l").exists()) == (5, True, False)


def test_shares_of_two_escrows(ceremony: Ceremony, tmp_path: Path) -> None:
    done = inside(
        *("split", ceremony.key, "--out", tmp_path / "other", "--group", "Board=3/5", "--group", "Arbitration=2/3"),
        *("--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    strangers = sorted((tmp_path / "other" / "secret").iterdir())
    out = tmp_path / "k"
    # Two of one board and one of the other are no quorum of either.
    mixed = (*ceremony.words("Board-1", "Board-2", "Arbitration-1", "Arbitration-2"), strangers[2])
    for record in (ceremony.escrow, tmp_path / "other" / "escrow"):
        done = inside("recover", *mixed, "--escrow", record, "--case", "a1", "--out", out)
        assert (done.status, "of another escrow" in done.err) == (4, True), done.err
    done = inside("recover", *mixed, ceremony.escrow / "envelope.cms", "--case", "a1", "--out", out)
    assert (done.status, "sheets of 1 other escrow" in done.err) == (4, True), done.err
    # A quorum of the other escrow does not open this one's envelope, nor pass for its key.
    envelope = ceremony.escrow / "envelope.cms"
    (tmp_path / "words.txt").write_text("\n".join(map(words, strangers)))
    done = inside("recover", tmp_path / "words.txt", envelope, "--case", "a1", "--out", out)
    assert (done.status, str(ceremony.envelope.id) in done.err) == (5, True), done.err
    assert not out.exists()
    done = inside(
        "recover", *mixed, *ceremony.words(*QUORUM), "--escrow", ceremony.escrow, "--case", "a1", "--out", out
    )
    assert (done.status, out.read_bytes()) == (0, ceremony.key.read_bytes())
    assert "is of another escrow" in done.err


def test_one_bad_file_among_good_ones_ends_nothing(ceremony: Ceremony, tmp_path: Path) -> None:
    heic, typo, missing = tmp_path / "photo.heic", tmp_path / "typo.txt", tmp_path / "missing.pdf"
    heic.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    typo.write_text(" ".join(["acadmic", *ceremony.words("Board-2")[0].read_text().split()[1:]]))
    bad = (missing, heic, typo)
    done = recover(ceremony, tmp_path / "k", *bad)
    assert done.status == 0, done.err
    for said in ("a HEIC photograph cannot be read", f"cannot read {missing}", "word 1 is not in the word list"):
        assert said in done.err
    short: Words = (*ceremony.words(*QUORUM[1:]), "--escrow", ceremony.escrow, "--case", "a1", "--out", tmp_path / "l")
    for source, status in zip(bad, (7, 6, 3), strict=True):
        done = inside("recover", source, *short)
        assert (done.status, "Arbitration: 1 of 2" in done.err) == (status, True), done.err


def test_more_sheets_than_needed_and_some_twice(ceremony: Ceremony, tmp_path: Path) -> None:
    done = recover(ceremony, tmp_path / "k", *ceremony.words(), *ceremony.words())
    assert (done.status, (tmp_path / "k").read_bytes()) == (0, ceremony.key.read_bytes()), done.err


def test_no_network_is_needed(ceremony: Ceremony, tmp_path: Path) -> None:
    alone = ("unshare", "-rn")
    done = run(
        *("split", ceremony.key, "--out", tmp_path / "out", "--shares", "2/3", "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
        prefix=alone,
    )
    assert done.status == 0, done.err
    sheets = sorted((tmp_path / "out" / "secret").iterdir())[:2]
    assert run("inspect", *sheets, prefix=alone).status == 0
    done = run("recover", *sheets, "--out", tmp_path / "k", prefix=alone)
    assert done.status == 0, done.err
    assert (tmp_path / "k").read_bytes() == ceremony.key.read_bytes()

"""`rootescrow demo`: the whole way, and that every line shown as run was run."""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from Crypto.Util.asn1 import DerObjectId, DerOctetString, DerSequence

from rootescrow.keys import certificate_spki
from rootescrow.passphrase import ALPHABET, GENERATED_CHARS
from tests.cli.canary import Canary, key_pair
from tests.cli.conftest import Root, make_root
from tests.cli.support import ENVIRONMENT, PASSPHRASE, Done, inside, run, words

Find = Callable[[str], str]
SHOWN = re.compile(r"^   \$ (.*)$", re.MULTILINE)


def recorders(folder: Path, openssl: str) -> tuple[dict[str, str], Path]:
    """An environment in which openssl and our own Python modules write down their arguments; and where they do."""
    programs, notes = folder / "bin", folder / "notes"
    programs.mkdir()
    stand_in = programs / "openssl"
    stand_in.write_text(f'#!/bin/sh\nfor word in openssl "$@"; do printf "%s\\0" "$word"; done >> {notes}\n')
    with stand_in.open("a") as script:
        script.write(f'echo >> {notes}\nexec {openssl} "$@"\n')
    stand_in.chmod(0o700)
    # What Python runs on its start: each process of ours tells its arguments.
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(
        "import sys\n"
        "words = sys.orig_argv\n"
        "if 'rootescrow' in words and 'demo' not in words:\n"
        f"    with open({str(notes)!r}, 'a') as file:\n"
        "        file.write('\\0'.join(words[words.index('rootescrow'):]) + '\\0\\n')\n"
    )
    path = f"{folder / 'site'}:{ENVIRONMENT['PYTHONPATH']}"
    return {"PATH": f"{programs}:{ENVIRONMENT['PATH']}", "PYTHONPATH": path}, notes


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, program: Find) -> Root:
    return make_root(tmp_path_factory.mktemp("small"), program("openssl"), "EC", "ec_paramgen_curve:P-256")


def test_with_a_key_of_ones_own(small: Root, tmp_path: Path, program: Find) -> None:
    environment, notes = recorders(tmp_path, program("openssl"))
    out = tmp_path / "demo folder"
    done = run(
        *("demo", "--key", small[0], "--out", out, "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
        environment=environment,
    )
    assert done.status == 0, done.out + done.err
    ran = [line.split("\0")[:-1] for line in notes.read_text().splitlines()]
    assert [plain(shlex.split(line)) for line in SHOWN.findall(done.out)] == [plain(words) for words in ran]
    assert [words[:2] for words in ran] == [["rootescrow", "split"], ["rootescrow", "recover"], ["openssl", "pkey"]]
    pem = out / "recovered.p8.pem"
    assert pem.read_bytes() == small[0].read_bytes()
    fingerprint = hashlib.sha256(certificate_spki(small[1].read_bytes())).hexdigest()
    assert fingerprint in done.out
    assert "It is the public key in the record." in done.out
    sheets = sorted((out / "escrow-1" / "secret").iterdir())
    assert f"Look at {next(sheet for sheet in sheets if sheet.stem.endswith('-Board-2'))}:" in done.out
    canary = Canary.of(
        map(words, sheets), passphrases=[PASSPHRASE], key=key_pair(program("openssl"), small[0], PASSPHRASE)
    )
    assert not canary.in_(done.out + done.err + notes.read_text())


def plain(words: list[str]) -> list[str]:
    """The words of a command, whatever number the passphrase's descriptor has."""
    return [re.sub(r"^(/dev/fd/|fd:)\d+$", r"\1N", word) for word in words]


def test_a_throw_away_root(tmp_path: Path, program: Find) -> None:
    done = run("demo", "--out", tmp_path / "demo")
    assert done.status == 0, done.out + done.err
    (passphrase,) = re.findall(r"The passphrase of the throw-away key: (\w+)\n", done.out)
    assert (len(passphrase), set(passphrase) <= set(ALPHABET.decode())) == (GENERATED_CHARS, True)
    assert [line[0] for line in done.out.splitlines() if line[0].isdigit()] == ["1", "2", "3", "4"]
    assert "It is the public key in the certificate." in done.out
    assert "RSA-4096" in done.out
    folder = tmp_path / "demo"
    assert f"Look at {folder}" in done.out
    opened = subprocess.run(
        [program("openssl"), "pkey", "-in", folder / "recovered.p8.pem", "-passin", f"pass:{passphrase}"],
        capture_output=True,
        check=True,
    )
    assert opened.stdout == (folder / "root.key").read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["escrow-1", "recovered.p8.pem", "root.crt", "root.key"]


def demo(out: Path, *arguments: str | Path, passphrase: str = PASSPHRASE) -> Done:
    """Run it in this process; the commands it shows run in their own."""
    return inside("demo", "--out", out, "--passphrase-file", "{fd}", *arguments, passphrase=passphrase)


def test_a_failure_has_the_status_of_the_command_that_failed(small: Root, tmp_path: Path) -> None:
    done = demo(tmp_path / "demo", "--key", small[0], passphrase="wrong")  # noqa: S106
    assert (done.status, "failed with status 5" in done.err) == (5, True), done.err


def test_what_is_known_to_fail_fails_at_once(small: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "thing").touch()
    done = demo(tmp_path / "there", "--key", small[0])
    assert (done.status, "$" in done.out) == (7, False)
    done = demo(tmp_path / "demo", "--key", small[1])
    assert (done.status, "a certificate" in done.err) == (3, True)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = demo(tmp_path / "demo", "--key", small[0])
    assert (done.status, "apt install openssl" in done.err) == (2, True)
    assert not (tmp_path / "demo").exists()


def test_what_lies_in_the_folder_is_not_run(small: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python would look for its modules where it stands first."""
    trap = tmp_path / "click.py"
    trap.write_text("raise SystemExit('caught')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    done = demo(Path("demo"), "--key", small[0], passphrase="wrong")  # noqa: S106
    assert (done.status, "caught" in done.err) == (5, False), done.err


@pytest.mark.long
def test_a_key_that_openssl_does_not_know(tmp_path: Path) -> None:
    key = tmp_path / "key.der"
    algorithm = DerSequence([DerObjectId("1.3.6.1.4.1.99999.1")])
    key.write_bytes(DerSequence([0, algorithm, DerOctetString(bytes(32))]).encode())
    done = demo(tmp_path / "demo", "--key", key)
    assert (done.status, "No proof by openssl" in done.out) == (0, True), done.out + done.err
    assert "1.3.6.1.4.1.99999.1" in done.out

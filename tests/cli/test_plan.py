"""`rootescrow plan`, and `split --plan`, as their users run them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rootescrow import PrivateKey
from rootescrow.ceremony import host
from rootescrow.ceremony.plan import load, template
from rootescrow.ceremony.situation import Profile
from rootescrow.errors import PlanError
from rootescrow.register import folder
from tests.ceremony.plans import NO_MEDIA, ROOT, SIMPLE, TYPED, accepting, changed
from tests.cli.conftest import Root, make_root
from tests.cli.support import PASSPHRASE, inside, words
from tests.cli.terminal import Terminal

GOLDEN = Path(__file__).parent.parent / "golden"
ACCEPT: list[str] = [word for check in host.CHECKS for word in ("--accept", f"{check}=a machine for tests")]
PART_1, PART_2 = "kobold velvet 41", "harpsichord ~ prune"


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text, "utf-8")
    return path


# plan new


@pytest.mark.parametrize("profile", Profile)
def test_a_template_on_standard_output_or_in_a_file(profile: Profile, tmp_path: Path) -> None:
    done = inside("plan", "new", "--profile", profile.value)
    assert (done.status, done.out, done.err) == (0, template(profile), "")
    path = tmp_path / "plan.toml"
    done = inside("plan", "new", "--profile", profile.value, "--out", path)
    assert (done.status, done.out, path.read_text("utf-8")) == (0, "", template(profile))
    assert path.stat().st_mode & 0o777 == 0o600
    assert "rootescrow plan check" in done.err
    path.write_text("mine")
    assert (inside("plan", "new", "--profile", profile.value, "--out", path).status, path.read_text()) == (7, "mine")


def test_a_profile_must_be_named() -> None:
    assert inside("plan", "new").status == 2
    assert inside("plan", "new", "--profile", "other").status == 2


# plan check


@pytest.mark.parametrize("name", ["root", "simple"])
def test_what_the_examples_come_to(name: str, repo_root: Path) -> None:
    plan = repo_root / "examples" / "plans" / f"{name}.toml"
    done = inside("plan", "check", plan)
    assert (done.status, done.err) == (0, "")
    digest = hashlib.sha256(plan.read_bytes()).hexdigest()
    assert done.out.replace(digest, "DIGEST") == (GOLDEN / f"plan-{name}.txt").read_text("utf-8")


def test_what_a_plan_comes_to_that_breaks_rules_of_which_one_is_accepted(tmp_path: Path) -> None:
    text = accepting("SP-b", changed(NO_MEDIA, ('["olga", "otto"]', '["olga"]'), ('body = "board"', 'body = "other"')))
    done = inside("plan", "check", written(tmp_path, text))
    assert done.status == 8
    shown = f"{done.out}{done.err}".replace(hashlib.sha256(text.encode()).hexdigest(), "DIGEST")
    assert shown == (GOLDEN / "plan-refused.txt").read_text("utf-8")


def test_every_mistake_is_told_with_its_key(tmp_path: Path) -> None:
    text = changed(('profile = "root"', 'profile = "top"'), ('person = "bo"', 'person = "bob"'), (", hours = 30", ""))
    done = inside("plan", "check", written(tmp_path, text))
    assert (done.status, done.out) == (3, "")
    with pytest.raises(PlanError) as error:
        load(text.encode())
    assert done.err == f"rootescrow: {error.value.message}\n  {error.value.hint}\n"
    assert done.err.count("\n  ") == 3


def test_a_plan_that_is_not_there_or_is_too_large(tmp_path: Path) -> None:
    assert inside("plan", "check", tmp_path / "none.toml").status == 7
    assert inside("plan", "check", tmp_path).status == 7
    assert inside("plan", "check", Path("/dev/zero")).status == 7
    assert inside("plan", "check", written(tmp_path, "")).status == 3


# split --plan


def test_split_does_what_a_plan_says(root: Root, tmp_path: Path) -> None:
    plan = written(tmp_path, changed(("date = 2026-11-23", "date = 2020-01-02"), plan=SIMPLE))
    out = tmp_path / "out"
    done = inside(
        *("split", root[0], "--certificate", root[1], "--plan", plan, "--out", out, "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert done.status == 0, done.err
    record = folder.load(out / folder.ESCROW).record
    assert record.plan_sha256 == hashlib.sha256(plan.read_bytes()).hexdigest()
    assert (out / folder.ESCROW / folder.PLAN_FILE).read_bytes() == plan.read_bytes()
    assert (record.key.name, record.profile, record.envelope.printed) == ("Example Signing CA", "simple", "each")
    assert [sheet.person for sheet in record.sheets] == ["Ada Example", "Bo Example", "Cy Example"]
    assert "Warning: the plan is for 2020-01-02" in done.err


def test_a_root_from_its_plan(root: Root, tmp_path: Path) -> None:
    """All of it, with the passphrase generated; the checks of the host are accepted, and recorded where they failed."""
    plan = written(tmp_path, accepting("SP-b", changed(NO_MEDIA)))
    arguments: list[str | Path] = [
        "split",
        root[0],
        "--certificate",
        root[1],
        "--plan",
        plan,
        "--out",
        tmp_path / "out",
    ]
    done = inside(*arguments, "--passphrase-file", "{fd}", *ACCEPT, passphrase=PASSPHRASE)
    assert done.status == 0, done.err
    record = folder.load(tmp_path / "out" / folder.ESCROW).record
    assert (record.profile, record.key.provenance, record.envelope.printed) == ("root", "checked", "separate")
    assert record.authority.motion == "m20261101.1"
    assert record.sheets[2].place == "Bank, Berlin"
    assert record.passphrase is not None
    assert [sheet.person for sheet in record.passphrase.sheets] == ["Ina Example", "Jo Example", "Kim Example"]
    assert len(list((tmp_path / "out" / folder.SECRET_PASSPHRASE).iterdir())) == 3
    rules = [accepted.rule for accepted in record.accepted]
    assert rules[0] == "SP-b"
    assert set(rules[1:]) <= {f"preflight {check}" for check in host.CHECKS}


def test_a_root_is_refused_on_a_machine_that_is_not_fit(root: Root, tmp_path: Path) -> None:
    """Whatever machine this is: its folder is on no tmpfs, or swap is on, or there is a network."""
    failing = [check.id for check in host.preflight(tmp_path / "out") if check.verdict is host.HostVerdict.FAIL]
    if not failing:
        pytest.skip("this machine would be fit for a root")
    arguments: list[str | Path] = ["split", root[0], "--certificate", root[1], "--plan", written(tmp_path, ROOT)]
    done = inside(*arguments, "--out", tmp_path / "out")
    assert (done.status, done.out) == (8, "")
    assert all(check in done.err for check in failing)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--group", "Board=2/3"], 2, "a plan, and options that say what the plan says"),
        (["--shares", "2/3"], 2, "a plan, and options"),
        (["--holder", "Board=Ada"], 2, "a plan, and options"),
        (["--name", "Another"], 2, "a plan, and options"),
        (["--envelope", "each"], 2, "a plan, and options"),
        (["--paper", "letter"], 2, "a plan, and options"),
        (["--accept", "swap=why"], 2, "--accept is for the plan of a root or a subroot"),
    ],
)
def test_options_that_contradict_a_plan(
    arguments: list[str], status: int, says: str, root: Root, tmp_path: Path
) -> None:
    plan = written(tmp_path, SIMPLE)
    done = inside("split", root[0], "--plan", plan, "--out", tmp_path / "out", *arguments)
    assert (done.status, done.out) == (status, "")
    assert says in done.err
    assert not (tmp_path / "out").exists()


def test_accept_needs_a_plan(root: Root, tmp_path: Path) -> None:
    done = inside("split", root[0], "--shares", "2/3", "--out", tmp_path / "out", "--accept", "swap=why")
    assert (done.status, done.out) == (2, "")


@pytest.mark.parametrize(
    ("text", "arguments", "status", "says"),
    [
        (changed(('body = "board"', 'body = "other"')), [], 8, "SP-f"),
        ("hello", [], 3, "the plan is no TOML"),
        (ROOT, ACCEPT, 8, "no certificate was given"),
        (
            accepting("AU-5", changed(TYPED)),
            ACCEPT,
            2,
            "the plan has the passphrase typed in parts, by Ina Example, Jo",
        ),
        (
            changed(('name = "Example Signing CA"', f'name = "X"\nspki_sha256 = "{"0" * 64}"'), plan=SIMPLE),
            [],
            5,
            "plan",
        ),
    ],
    ids=["rule", "no plan", "no certificate", "typed in parts", "another key"],
)
def test_what_split_refuses(
    text: str, arguments: list[str], status: int, says: str, root: Root, tmp_path: Path
) -> None:
    done = inside(
        *("split", root[0], "--plan", written(tmp_path, text), "--out", tmp_path / "out"),
        *(*arguments, "--passphrase-file", "{fd}"),
        passphrase=PASSPHRASE,
    )
    assert (done.status, done.out) == (status, ""), done.err
    assert says in done.err
    assert not (tmp_path / "out").exists()


def test_a_passphrase_of_parts_that_comes_whole_is_measured_like_them(root: Root, tmp_path: Path) -> None:
    plain = root[0].parent / "plain.pem"
    arguments = ("split", plain, "--plan", written(tmp_path, SIMPLE), "--out", tmp_path / "out")
    done = inside(*arguments, "--passphrase-file", "{fd}", passphrase="password " * 2)
    assert (done.status, done.out) == (8, "")
    assert "too easy to guess (SP-d)" in done.err
    assert not (tmp_path / "out").exists()


def test_a_passphrase_is_typed_in_parts(tmp_path: Path, program: Callable[[str], str]) -> None:
    """A plain key: each types a part, twice, and both parts together are its passphrase."""
    make_root(tmp_path, program("openssl"), "EC", "ec_paramgen_curve:P-256")
    plan, out = written(tmp_path, SIMPLE), tmp_path / "out"
    terminal = Terminal(["split", tmp_path / "plain.pem", "--plan", plan, "--out", out], tmp_path)
    try:
        for person, part in (("Ada Example", PART_1), ("Di Example", PART_2)):
            terminal.until(f"{person} alone at the keyboard now")
            terminal.until(r"Part \d of a new passphrase for the key: ")
            terminal.type(part)
            terminal.until("The same again: ")
            terminal.type(part)
        assert terminal.end() == 0, terminal.shown
    finally:
        terminal.close()
    assert not re.search("kobold|harpsichord", terminal.shown)
    typed = "\n".join(words(sheet) for sheet in list((out / folder.SECRET).iterdir())[:2])
    recovered = inside(
        "recover", "-", out / folder.ESCROW / "envelope.cms", "--out", tmp_path / "k", stdin=typed.encode()
    )
    assert recovered.status == 0, recovered.err
    assert PrivateKey.load((tmp_path / "k").read_bytes(), PART_1 + PART_2).fingerprint is not None

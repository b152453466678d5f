"""The script: what a tired operator follows. Every page fits, every command is one that exists."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from rootescrow.ceremony.papers.script import draw_script
from rootescrow.ceremony.papers.steps import COMMAND_CHARS, Step, parts
from rootescrow.ceremony.plan import Generated
from rootescrow.cli import cli
from rootescrow.errors import PaperError
from rootescrow.paper.spelling import WORDS, spell
from rootescrow.paper.text import LANGUAGES, Part, catalogue
from rootescrow.shamir import words
from tests.ceremony.papers.plans import planned, plans, usual
from tests.paper.support import QUORUM, assert_fits, share_of, texts

PLANS = plans()
WHEEL = hashlib.sha256(b"wheel").hexdigest()


@cache
def drawn(kind: str, paper: str = "") -> bytes:
    made = PLANS[kind]
    if paper:
        made = planned({**made.plan.model_dump(mode="json"), "paper": paper})
    return draw_script(made, wheel_sha256="" if kind == "bare" else WHEEL)


@cache
def pages(kind: str) -> list[str]:
    return texts(drawn(kind))


def flat(text: str) -> str:
    return "".join(text.split())


def page_of(kind: str, heading: str) -> str:
    """The page that has a heading."""
    (page,) = (page for page in pages(kind) if f"\n{heading}\n" in page)
    return page


def steps() -> Iterator[Step]:
    for made in PLANS.values():
        for part in parts(made.plan):
            yield from part.steps


COMMANDS = sorted({command for step in steps() for command in step.commands + step.after})


@pytest.mark.parametrize("kind", ["usual", "bare", "typed"])
def test_it_reads_as_it_did(repo_root: Path, kind: str) -> None:
    """The text of all pages, compared with the files in tests/golden (written anew where GOLDEN=write)."""
    path = repo_root / "tests" / "golden" / f"script-{kind}.txt"
    found = "\n\f\n".join(pages(kind)) + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("kind", PLANS)
def test_all_of_it_fits(kind: str, paper: str) -> None:
    assert_fits(drawn(kind, paper))


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert draw_script(PLANS["usual"], wheel_sha256=WHEEL) == drawn("usual")


@pytest.mark.parametrize("kind", PLANS)
def test_all_pages_say_which_they_are(kind: str) -> None:
    made = PLANS[kind]
    for number, page in enumerate(pages(kind), 1):
        assert f"plan {made.sha256[:8]} · page {number} of {len(pages(kind))} · no secret on it, yet confid" in page


@pytest.mark.parametrize("kind", PLANS)
def test_everyone_and_everything_of_the_plan_is_on_it(kind: str) -> None:
    plan = PLANS[kind].plan
    said = flat("".join(pages(kind)))
    sheets = [sheet for group in plan.groups for sheet in group.sheets]
    if isinstance(plan.passphrase, Generated):
        sheets += plan.passphrase.sheets
        parts_of_passphrase: tuple[str, ...] = ()
    else:
        parts_of_passphrase = plan.passphrase.parts
    people = {sheet.person for sheet in sheets} | {*plan.ceremony.operators, *plan.ceremony.witnesses}
    expected = [plan.people[person].name for person in people | set(parts_of_passphrase)]
    expected += [plan.places[sheet.place].name for sheet in sheets] + [sheet.bag for sheet in sheets]
    expected += [medium.name for medium in plan.media] + [medium.bag for medium in plan.media]
    expected += [plan.places[printed.place].name for printed in plan.printed_envelopes]
    expected += [plan.organisation.name, plan.key.name, plan.authority.motion, str(plan.policy)]
    expected += [PLANS[kind].sha256, *(one.reason for one in PLANS[kind].accepted)]
    assert [text for text in expected if flat(text) not in said] == []


def test_everyone_signs_in_once() -> None:
    page = page_of("usual", "Who is there")
    assert len(re.findall(r"^Jo Example Operator 1, Holder$", page, re.MULTILINE)) == 1
    assert page.count("Example") == 11


@pytest.mark.parametrize("kind", PLANS)
def test_steps_are_numbered_in_their_order(kind: str) -> None:
    count = sum(len(part.steps) for part in parts(PLANS[kind].plan))
    said = "\n".join(pages(kind))
    assert count > 25
    assert said.count("You see: ") == said.count("If not: ") == count
    found = [int(number) for number in re.findall(r"^(\d+) (?:Everyone|Both|Operator|Reader|Each)", said, re.MULTILINE)]
    assert found == list(range(1, count + 1))


def test_what_must_not_be_forgotten_is_in_this_order() -> None:
    said = " ".join(" ".join(pages("usual")).split())
    places = [
        said.index(text)
        for text in (
            "sha256sum wheels/rootescrow-*.whl",
            "rootescrow preflight",
            "rootescrow plan check",
            "rootescrow split --rehearse",
            "rootescrow split root.key",
            "and nobody else; then operator 1 answers",
            "rootescrow confirm escrow-1/escrow",
            "on the second machine, with its own software",
            "Only now may something be destroyed",
            "rm -rf root.key",
        )
    ]
    assert places == sorted(places)
    assert "Print this paper twice, single-sided" in said
    assert "He folds them unread, the cover outside and the words inside" in said


def test_a_plan_with_the_envelope_on_each_sheet_prints_none_apart() -> None:
    said = {kind: " ".join(" ".join(pages(kind)).split()) for kind in ("usual", "typed")}
    assert "envelope.pdf" in said["usual"]
    assert "envelope.pdf" not in said["typed"]
    assert "then all codes of the pages after it" in said["typed"]
    assert "type a part each, in that order" in said["typed"]
    assert "Nobody types a passphrase" in said["usual"]


def test_digests_stand_as_hex_and_as_words() -> None:
    page = flat(page_of("usual", "To read aloud"))
    spki = PLANS["usual"].plan.key.spki_sha256
    for digest in (PLANS["usual"].sha256, WHEEL, spki):
        for start in range(0, 64, 4):
            quad = digest[start : start + 4]
            assert flat(quad + "".join(spell(quad))) in page


def test_a_digest_that_is_not_known_is_written_by_hand() -> None:
    assert " ".join(pages("bare")).count("Not known when this paper was printed") == 2
    assert "Not known when" not in " ".join(pages("usual"))


def test_the_alphabet_is_on_the_paper() -> None:
    page = next(page for page in pages("usual") if "How to say each letter" in page)
    for character, word in WORDS.items():
        assert re.search(rf"\b{character} {word}\b", page)


def test_nothing_read_aloud_is_a_word_of_a_share() -> None:
    spoken = re.findall(r"[A-Za-z]+", page_of("usual", "To read aloud").split("SHA-256 of the plan")[1])
    said = [word for word in spoken if word in WORDS.values()]
    assert len(said) == 3 * 64
    assert not any(words.index_of(word) is not None for word in said)


@pytest.mark.parametrize("digest", ["A" * 64, "0" * 63, "0" * 65, "g" * 64])
def test_what_is_no_digest_is_refused(digest: str) -> None:
    with pytest.raises(PaperError, match="no SHA-256"):
        draw_script(PLANS["usual"], wheel_sha256=digest)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_printed_as_they_are_typed(command: str, program: Callable[[str], str]) -> None:
    lines = command.split("\n")
    assert all(len(line) <= COMMAND_CHARS for line in lines)
    assert all(line.endswith(" \\") for line in lines[:-1])
    printed = "\n".join(page for kind in PLANS for page in pages(kind)).split("\n")
    assert all(any(line.strip() in one for one in printed) for line in lines)
    subprocess.run([program("sh"), "-n", "-c", command], check=True)


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("rootescrow ")])
def test_our_own_commands_exist_and_take_these_arguments(command: str) -> None:
    _, *arguments = shlex.split(command.replace("\\\n", " "))
    if arguments == ["--version"]:
        return
    command_found: click.Command = cli
    while isinstance(command_found, click.Group):
        name = arguments.pop(0)
        inner = command_found.get_command(click.Context(command_found), name)
        assert inner is not None, name
        command_found = inner
    command_found.make_context(name, arguments)


def test_the_second_reading_gives_what_the_record_says(program: Callable[[str], str]) -> None:
    """With nothing of ours: a shell and sha256sum."""
    (second,) = {step for step in steps() if step.name == "second"}
    text = share_of(QUORUM, 0, 1).text
    shown = subprocess.run(
        [program("sh"), "-c", "\n".join(second.commands)], input=f"{text}\n".encode(), capture_output=True, check=True
    )
    assert shown.stdout.split()[0].decode() == hashlib.sha256(text.encode()).hexdigest()


def test_the_certificate_shows_the_digest_of_the_key(program: Callable[[str], str], tmp_path: Path) -> None:
    (key,) = {step for step in steps() if step.name == "key"}
    openssl = program("openssl")
    new = "req -x509 -newkey ed25519 -nodes -keyout root.key -out root.crt -subj /CN=Root -days 2"
    subprocess.run([openssl, *new.split()], cwd=tmp_path, check=True, capture_output=True)
    spki = subprocess.run(
        [openssl, "pkey", "-in", "root.key", "-pubout", "-outform", "DER"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    shown = subprocess.run(
        [program("sh"), "-c", "\n".join(key.commands)], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert shown.stdout.split()[0] == hashlib.sha256(spki.stdout).hexdigest()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_and_all_are_used(language: str) -> None:
    say = catalogue("en", Part.SCRIPT)
    assert catalogue(language, Part.SCRIPT).names() == say.names()
    printed = flat("".join("".join(pages(kind)) for kind in PLANS))
    for key, names in say.names().items():
        sentence = say(key, **dict.fromkeys(names, "\0")).replace("`", "")
        for part in sentence.split("\0"):
            if "\n" in sentence or len(flat(part)) > 1:
                assert flat(part) in printed, key


def test_a_rule_that_is_not_met_and_accepted_is_read_aloud() -> None:
    assert "AU-5 two members only until the election in May" in "\n".join(pages("typed")[:2])
    assert "Rules that are not met" not in " ".join(pages("usual"))


def test_people_without_a_name_are_lines_to_fill_in() -> None:
    first = page_of("bare", "Who is there")
    assert re.search(r"^Operator 1$", first, re.MULTILINE)
    assert re.search(r"^Reader$", first, re.MULTILINE)


def test_more_than_two_operators_and_witnesses() -> None:
    ceremony = {"date": "2026-03-01", "operators": ["jo", "kim", "ada"], "witnesses": ["ivo", "hal", "bo"]}
    first = texts(draw_script(planned(usual(ceremony=ceremony))))[0]
    for line in ("Operator 3 Ada Example", "Reader Ivo Example", "Witness 1 Hal Example", "Witness 2 Bo Example"):
        assert line in first

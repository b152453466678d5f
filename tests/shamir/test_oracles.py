"""Three independent implementations against ours, in both directions."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootescrow.shamir import Share, combine

from .support import Plan, plans, quorum

Ask = Callable[[dict[str, Any]], dict[str, Any]]
DRIVERS = Path(__file__).parent.parent / "oracles"


def command(name: str, oracle: Callable[[str], Path], program: Callable[[str], str]) -> list[str]:
    """What starts the driver of an implementation."""
    if name.startswith("npm-"):
        return [program("node"), str(DRIVERS / "slip39_driver.cjs"), str(oracle(name))]
    return [str(oracle(name) / "python"), "-I", str(DRIVERS / "slip39_driver.py"), name]


@pytest.fixture(scope="module", params=["shamir-mnemonic", "bip39-slip39", "npm-slip39"])
def ask(request: pytest.FixtureRequest, oracle: Callable[[str], Path], program: Callable[[str], str]) -> Iterator[Ask]:
    """One process of the implementation for all tests here."""
    arguments = command(str(request.param), oracle, program)
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to, answers = process.stdin, process.stdout

        def exchange(question: dict[str, Any]) -> dict[str, Any]:
            to.write(json.dumps(question) + "\n")
            to.flush()
            answer: dict[str, Any] = json.loads(answers.readline())
            return answer

        yield exchange
        to.close()


@settings(max_examples=30)
@given(plan=plans(), chance=st.randoms(use_true_random=False))
def test_that_it_combines_what_we_split(ask: Ask, plan: Plan, chance: random.Random) -> None:
    texts = [[share.text for share in group] for group in plan.split()]
    answer = ask({"combine": quorum(plan, texts, chance), "passphrase": plan.passphrase})
    assert answer == {"secret": plan.secret.hex()}


@settings(max_examples=30)
@given(plan=plans(), chance=st.randoms(use_true_random=False))
def test_that_we_combine_what_it_splits(ask: Ask, plan: Plan, chance: random.Random) -> None:
    answer = ask(
        {
            "split": plan.secret.hex(),
            "groups": plan.groups,
            "group_threshold": plan.group_threshold,
            "extendable": plan.extendable,
            "exponent": plan.exponent,
            "passphrase": plan.passphrase,
        }
    )
    chosen = quorum(plan, answer["groups"], chance)
    shares = [Share.parse(text) for text in chosen]
    assert [share.text for share in shares] == chosen
    assert combine(shares, plan.passphrase.encode()).reveal() == plan.secret


@settings(max_examples=5)
@given(plan=plans(), chance=st.randoms(use_true_random=False))
def test_that_it_refuses_one_share_less(ask: Ask, plan: Plan, chance: random.Random) -> None:
    """The oracle itself can fail: it does not say yes to everything."""
    texts = [[share.text for share in group] for group in plan.split()]
    answer = ask({"combine": quorum(plan, texts, chance)[1:], "passphrase": plan.passphrase})
    assert list(answer) == ["refused"]

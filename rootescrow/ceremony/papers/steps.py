"""The steps of a ceremony: who does what in which order, and what is typed. The sentences are in the catalogue.

What is printed can be typed as it stands: no line is longer than COMMAND_CHARS, and one that goes on ends with a
backslash.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from rootescrow.ceremony.plan import Generated, Plan
from rootescrow.ceremony.situation import PASSPHRASE
from rootescrow.ceremony.split import Placement

COMMAND_CHARS = 66
"""Characters of a command in a line of the paper."""
PRINT = "lp -d NAME -o sides=one-sided -o print-scaling=none"
"""A document without a secret: on one side of the paper, in its own size."""


@dataclass(frozen=True)
class Step:
    """A step: its sentences are `NAME.what`, `.see` and `.ifnot`; `who` is a role, and `commands` are typed in order.

    `after` are typed when what is to be seen was seen. Of some steps `variant` says which sentence describes the plan.
    """

    name: str
    who: str
    commands: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    variant: str = ""


@dataclass(frozen=True)
class Part:
    """Steps under a heading."""

    name: str
    steps: tuple[Step, ...]


def parts(plan: Plan) -> tuple[Part, ...]:
    """All steps of the ceremony that a plan describes."""
    variant = "generated" if isinstance(plan.passphrase, Generated) else "typed"
    return (
        Part(
            "room",
            (Step("sign", "everyone"), Step("phones", "everyone"), Step("told", "reader"), Step("things", "operators")),
        ),
        Part(
            "machine",
            (
                Step("start", "operators", ("date -u '+%F %R'", "ip -brief address")),
                Step(
                    "memory",
                    "operator_1",
                    (
                        "swapoff -a",
                        "mount -t tmpfs -o size=1g,mode=700 tmpfs /mnt",
                        "cp -r MEDIUM/* /mnt",
                        "cd /mnt && findmnt -no FSTYPE -T . && swapon --show",
                    ),
                ),
                Step(
                    "wheel",
                    "operators",
                    (
                        "sha256sum wheels/rootescrow-*.whl",
                        "python3 -m venv program && . program/bin/activate",
                        "pip install --no-index --find-links wheels rootescrow",
                        "rootescrow --version",
                    ),
                ),
                Step("preflight", "operator_1", ("rootescrow preflight --workdir .",)),
                Step("plan_check", "operators", ("rootescrow plan check plan.toml", "sha256sum plan.toml")),
            ),
        ),
        Part(
            "rehearsal",
            (
                Step(
                    "rehearse",
                    "operator_1",
                    ("rootescrow split --rehearse --plan plan.toml --out rehearsal",),
                    variant=variant,
                ),
                Step("rehearse_print", "everyone", _rehearse_print(plan)),
                Step("rehearse_open", "operator_2"),
                Step("rehearse_end", "operators", ("rm -r rehearsal",)),
            ),
        ),
        Part(
            "split",
            (
                Step(
                    "key",
                    "operators",
                    (
                        "openssl x509 -in root.crt -noout -pubkey > root.pub",
                        "openssl pkey -pubin -in root.pub -outform DER | sha256sum",
                    ),
                ),
                Step(
                    "split",
                    "operator_1",
                    ("rootescrow split root.key --certificate root.crt \\\n  --plan plan.toml --out escrow-1",),
                    variant=variant,
                ),
                Step("record_print", "operator_1", (f"{PRINT} \\\n  -n 2 escrow-1/escrow/record.pdf",)),
            ),
        ),
        Part(
            "print",
            (
                Step("print", "printing", ("rootescrow print escrow-1 --printer NAME",)),
                *([Step("handwrite", "holders", tuple(_handwrite(plan, "escrow-1")))] if _by_hand(plan) else []),
            ),
        ),
        Part("read", tuple(_read(plan))),
        Part("bags", (Step("bag", "holders"),)),
        Part(
            "record",
            (
                Step(
                    "sign_record",
                    "operators",
                    ("rootescrow record show escrow-1/escrow", "rootescrow status escrow-1/escrow"),
                ),
                Step("sign_all", "everyone", ("rootescrow journal note escrow-1/escrow 'The record was signed.'",)),
                Step(
                    "media",
                    "operator_1",
                    (
                        "rootescrow kit escrow-1/escrow MEDIUM --medium LABEL \\\n"
                        " --include ca.cnf --include index.txt --include crlnumber",
                        "rootescrow kit escrow-1/escrow MEDIUM --check",
                    ),
                ),
                Step(
                    "papers",
                    "operator_1",
                    (
                        "rootescrow status escrow-1/escrow --out papers",
                        "rootescrow audit escrow-1/escrow --out papers",
                        f"{PRINT} papers/*.pdf",
                    ),
                ),
                Step(
                    "master",
                    "operator_1",
                    ("cp -r escrow-1/escrow MEDIUM/ && sync", "diff -r escrow-1/escrow MEDIUM/escrow"),
                ),
            ),
        ),
        Part(
            "destroy",
            (
                Step("enough", "everyone"),
                Step("destroy", "operators", ("rm -rf root.key root.pub escrow-1/secret*", "ls . escrow-1")),
                Step("off", "operators"),
                Step("end", "everyone"),
            ),
        ),
    )


def _rehearse_print(plan: Plan) -> tuple[str, ...]:
    envelope = (f"{PRINT} \\\n  rehearsal/escrow/envelope.pdf",) if plan.placement is Placement.SEPARATE else ()
    written = _handwrite(plan, "rehearsal")
    return ("rootescrow print rehearsal --printer NAME", *written, *envelope, "rootescrow confirm rehearsal/escrow")


def _handwrite(plan: Plan, out: str) -> Iterator[str]:
    for name in map(shlex.quote, _by_hand(plan)):
        command = f"rootescrow handwrite {out} {name}"
        yield command if len(command) <= COMMAND_CHARS else f"rootescrow handwrite {out} \\\n  {name}"


def _by_hand(plan: Plan) -> tuple[str, ...]:
    """The sheets that are written by hand, in the order of groups and numbers."""
    kept = [(PASSPHRASE, plan.passphrase.sheets)] if isinstance(plan.passphrase, Generated) else []
    groups = [*((group.name, group.sheets) for group in plan.groups), *kept]
    return tuple(
        f"{name}/{number}" for name, sheets in groups for number, sheet in enumerate(sheets, 1) if sheet.handwritten
    )


def _read(plan: Plan) -> Iterator[Step]:
    placement = plan.placement.value
    yield Step("confirm", "holders", ("rootescrow confirm escrow-1/escrow",), variant=placement)
    if plan.placement is Placement.SEPARATE:
        yield Step(
            "envelope",
            "operator_1",
            (f"{PRINT} \\\n  escrow-1/escrow/envelope.pdf", "rootescrow confirm escrow-1/escrow"),
        )
    yield Step(
        "second",
        "holders",
        ("stty -echo; IFS= read -r WORDS; stty echo", 'printf %s "$WORDS" | sha256sum; unset WORDS'),
    )
    yield Step("second_envelope", "operator_2", variant=placement)
    yield Step("second_off", "operator_2")

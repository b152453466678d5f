"""Speaks for one independent implementation of SLIP-39, in its own environment: a line of JSON in, a line of JSON out.

    python -I slip39_driver.py shamir-mnemonic|bip39-slip39

{"split": hex, "groups": [[k, n], …], "group_threshold": k, "extendable": …, "exponent": e, "passphrase": text}
    gives {"groups": [[words, …], …]}
{"combine": [words, …], "passphrase": text}
    gives {"secret": hex}, or {"refused": what it says} for a set that it does not take.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

Answer = dict[str, Any]


def shamir_mnemonic(request: Answer) -> Answer:
    implementation = importlib.import_module("shamir_mnemonic")
    passphrase = request["passphrase"].encode("ascii")
    if "split" in request:
        groups = implementation.generate_mnemonics(
            group_threshold=request["group_threshold"],
            groups=[tuple(group) for group in request["groups"]],
            master_secret=bytes.fromhex(request["split"]),
            passphrase=passphrase,
            extendable=request["extendable"],
            iteration_exponent=request["exponent"],
        )
        return {"groups": groups}
    try:
        return {"secret": implementation.combine_mnemonics(request["combine"], passphrase).hex()}
    except implementation.MnemonicError as error:
        return {"refused": str(error)}


def bip39_slip39(request: Answer) -> Answer:
    implementation = importlib.import_module("bip39_slip39.slip39")
    if "split" in request:
        groups = implementation.mnemonics_from_master_secret(
            bytes.fromhex(request["split"]),
            groups=[tuple(group) for group in request["groups"]],
            group_threshold=request["group_threshold"],
            passphrase=request["passphrase"],
            iteration_exponent=request["exponent"],
            extendable=request["extendable"],
        )
        return {"groups": groups}
    try:
        secret = implementation.master_secret_from_mnemonics(request["combine"], request["passphrase"])
    except ValueError as error:
        return {"refused": str(error)}
    return {"secret": secret.hex()}


def main() -> None:
    answer = {"shamir-mnemonic": shamir_mnemonic, "bip39-slip39": bip39_slip39}[sys.argv[1]]
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

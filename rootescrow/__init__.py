"""Escrow of a certificate authority's root key: split it onto paper, put it together again, decades later.

The library in five lines:

    key = PrivateKey.load(pem)                         # or EncryptedKey.load(pem, passphrase)
    escrow = split(key.encrypt(passphrase), Policy(Group("Board", 3, 5), Group("Arbitration", 2, 3)))
    pile = Pile()
    for text in scanned_or_typed: pile.add(text)       # pile.status says what is missing, what is wrong
    encrypted = recover(pile)

Names are loaded when they are first used: recovery needs pycryptodome and nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rootescrow.codes import EscrowId
    from rootescrow.envelope import Envelope
    from rootescrow.errors import EscrowError
    from rootescrow.escrow import Escrow, reissue, rekey, split
    from rootescrow.keys import EncryptedKey, PrivateKey
    from rootescrow.passphrase import Passphrase
    from rootescrow.pile import Known, Pile
    from rootescrow.policy import Body, Group, Holder, Policy
    from rootescrow.recovery import Recovery, recover, search
    from rootescrow.secret import Secret
    from rootescrow.shamir import Share

__version__ = "0.1.0"

__all__ = [
    "Body",
    "EncryptedKey",
    "Envelope",
    "Escrow",
    "EscrowError",
    "EscrowId",
    "Group",
    "Holder",
    "Known",
    "Passphrase",
    "Pile",
    "Policy",
    "PrivateKey",
    "Recovery",
    "Secret",
    "Share",
    "recover",
    "reissue",
    "rekey",
    "search",
    "split",
]

_MODULES = {
    "Body": "policy",
    "EncryptedKey": "keys",
    "Envelope": "envelope",
    "Escrow": "escrow",
    "EscrowError": "errors",
    "EscrowId": "codes",
    "Group": "policy",
    "Holder": "policy",
    "Known": "pile",
    "Passphrase": "passphrase",
    "Pile": "pile",
    "Policy": "policy",
    "PrivateKey": "keys",
    "Recovery": "recovery",
    "Secret": "secret",
    "Share": "shamir",
    "recover": "recovery",
    "reissue": "escrow",
    "rekey": "escrow",
    "search": "recovery",
    "split": "escrow",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

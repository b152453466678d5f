"""The library in a CA's own tool: split an encrypted root key, lose some sheets, recover it.

    python examples/split_and_recover.py root.key

asks for the passphrase of the key, or for a new one if it is not encrypted. Nothing is written.
"""

import getpass
import random
import sys
from pathlib import Path

from rootescrow import EncryptedKey, Group, Pile, Policy, recover, split
from rootescrow.codes import encode_envelope_codes


def main(key_file: str) -> None:
    """Split the key in a file and recover it again, telling each step."""
    key = EncryptedKey.load(Path(key_file).read_bytes(), lambda: getpass.getpass("Passphrase: "))
    escrow = split(key, Policy(Group("Board", 3, 5), Group("Arbitration", 2, 3)))
    print(f"Escrow {escrow.id}: {escrow.policy}.")

    # What is scanned years later: some of the sheets, in any order, and the envelope's codes from one of them.
    board, arbitration = escrow.shares
    texts = [share.text for share in (*random.sample(board, 3), *random.sample(arbitration, 2))]
    texts += encode_envelope_codes(escrow.id, escrow.envelope.der)
    random.shuffle(texts)

    pile = Pile()
    for text in texts:
        pile.add(text)
        print(pile.status)
    encrypted = recover(pile)
    print(f"Recovered, byte for byte: {encrypted.der == key.der}")


if __name__ == "__main__":
    main(sys.argv[1])

"""SLIP-39, and nothing else: a secret to shares and back. Standard library only.

https://github.com/satoshilabs/slips/blob/master/slip-0039.md; proven against its vectors and, in both directions, two
independent implementations. `words` reads what people type; `field` says what Python can hide and what it cannot.
"""

from rootescrow.shamir.scheme import Polynomial, combine, master_secret, reissue, split
from rootescrow.shamir.share import Beginning, SetHeader, Share

__all__ = ["Beginning", "Polynomial", "SetHeader", "Share", "combine", "master_secret", "reissue", "split"]

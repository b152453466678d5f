"""Keys to test with, and openssl to compare with. Every key here is thrown away."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

from Crypto.Util.asn1 import DerObjectId, DerOctetString, DerSequence

from rootescrow.keys import Scrypt

WORD = "correct horse battery"
CHEAP = Scrypt(2**4, 8, 1)
"""For tests of everything but the cost."""

RFC_7914 = b"""-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHiME0GCSqGSIb3DQEFDTBAMB8GCSsGAQQB2kcECzASBAVNb3VzZQIDEAAAAgEI
AgEBMB0GCWCGSAFlAwQBKgQQyYmguHMsOwzGMPoyObk/JgSBkJb47EWd5iAqJlyy
+ni5ftd6gZgOPaLQClL7mEZc2KQay0VhjZm/7MbBUNbqOAXNM6OGebXxVp6sHUAL
iBGY/Dls7B1TsWeGObE0sS1MXEpuREuloZjcsNVcNXWPlLdZtkSH6uwWzR0PyG/Z
+ZXfNodZtd/voKlvLOw5B3opGIFaLkbtLZQwMiGtl42AS89lZg==
-----END ENCRYPTED PRIVATE KEY-----
"""
"""RFC 7914, section 13; the passphrase is "Rabbit"."""

RFC_8410_V1 = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
"""
RFC_8410_V2 = b"""-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
"""
RFC_8410_PUBLIC = base64.b64decode("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")
"""RFC 8410, sections 10.1 and 10.3: one key, without and with attributes and its public half."""

MD5_DES = b"""-----BEGIN ENCRYPTED PRIVATE KEY-----
MFcwGwYJKoZIhvcNAQUDMA4ECHiBeb3Dy1joAgIIAAQ4w8cVt9wBx1kjwKnYblpE
DEUmWDLS2/j2P3BUatcJI9oXG1BFu7VSgobaAY5CI5CPOoZdVLU1ejY=
-----END ENCRYPTED PRIVATE KEY-----
"""
"""openssl 3.0 pkcs8 -topk8 -v1 PBE-MD5-DES with its legacy provider, which not every machine has; "abc"."""

KINDS = {
    "RSA-2048": ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "RSA-PSS-2048": ["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    "P-256": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "P-384": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "P-521": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "Ed25519": ["genpkey", "-algorithm", "ED25519"],
    "Ed448": ["genpkey", "-algorithm", "ED448"],
    "secp256k1 (1.3.132.0.10)": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "brainpoolP384r1 (1.3.36.3.3.2.8.1.1.11)": [
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:brainpoolP384r1",
    ],
}
"""By the name that we give the algorithm: how openssl makes such a key."""
COMPUTED = [kind for kind in KINDS if "(" not in kind]
"""Those whose public key is computed here."""


class Openssl:
    """The program, as the tests use it: bytes in, bytes out."""

    def __init__(self, path: str, folder: Path) -> None:
        self.path = path
        self.folder = folder
        self._keys: dict[str, bytes] = {}

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self.path, *arguments], input=stdin, capture_output=True, check=False, cwd=self.folder, timeout=60
        )

    def __call__(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def key(self, kind: str) -> bytes:
        """A plain PKCS#8 key in PEM; one of each kind a session."""
        if kind not in self._keys:
            self._keys[kind] = self(*KINDS[kind])
        return self._keys[kind]

    def spki(self, key: bytes) -> bytes:
        """What the fingerprint is of."""
        return self("pkey", "-pubout", "-outform", "DER", stdin=key)

    def certificate(self, key: bytes, form: str = "PEM") -> bytes:
        path = self.folder / "certified.pem"
        path.write_bytes(key)
        arguments = ["req", "-x509", "-key", str(path), "-subj", "/CN=Example Root CA", "-days", "30"]
        return self(*arguments, "-outform", form)

    def encrypt(self, key: bytes, *arguments: str, word: str = WORD) -> bytes:
        """PKCS#8 encrypted by openssl."""
        return self("pkcs8", "-topk8", *arguments, "-passout", f"pass:{word}", stdin=key)

    def decrypt(self, key: bytes, word: str = WORD) -> bytes:
        """A key opened by openssl, as plain PKCS#8 in DER."""
        return self("pkcs8", "-topk8", "-nocrypt", "-passin", f"pass:{word}", "-outform", "DER", stdin=key)


def der_of(pem: bytes) -> bytes:
    """The bytes in the first PEM block."""
    lines = pem.decode().split("-----BEGIN ")[1].splitlines()[1:]
    return base64.b64decode("".join(lines[: next(i for i, line in enumerate(lines) if line.startswith("-----END"))]))


def pem_of(der: bytes, label: str) -> bytes:
    """A PEM block."""
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n".encode()


def pkcs8(oid: str, key: bytes = b"anything", *rest: bytes, version: int = 0) -> bytes:
    """A PrivateKeyInfo of any algorithm, without parameters."""
    return DerSequence([version, DerSequence([DerObjectId(oid)]), DerOctetString(key), *rest]).encode()

"""The token that lets one machine join once: a secret, and the fingerprint of the certificate of who may hear it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from standfast.errors import Exit, RequestError

PREFIX = "sf1-"
SECRET_BYTES = 16
FINGERPRINT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """What an operator carries from a member to the machine that joins. `fingerprint`: SHA-256 of the certificate."""

    secret: bytes
    fingerprint: bytes

    def __str__(self) -> str:
        return PREFIX + base64.b32encode(self.secret + self.fingerprint).decode().rstrip("=").lower()


def parse(text: str) -> Token:
    """Return the token in a text. Raises: RequestError that says what a token looks like."""
    body = text.strip().removeprefix(PREFIX).upper()
    try:
        data = base64.b32decode(body + "=" * (-len(body) % 8))
    except binascii.Error:
        data = b""
    if not text.strip().startswith(PREFIX) or len(data) != SECRET_BYTES + FINGERPRINT_BYTES:
        raise RequestError(
            f"this is no token: {text[:12]}… (expected {PREFIX} and 77 letters and digits, as `standfast cluster "
            "invite` prints it on a member)",
            Exit.USAGE,
        )
    return Token(data[:SECRET_BYTES], data[SECRET_BYTES:])


def fingerprint(certificate: bytes) -> bytes:
    """Return a certificate's fingerprint; `certificate` is DER."""
    return hashlib.sha256(certificate).digest()

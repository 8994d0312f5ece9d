"""Digests, BLAKE2b's, by which something is known again; without hashlib, which loads OpenSSL for others."""

from __future__ import annotations

from io import FileIO

try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

_PIECE_BYTES = 1 << 16
SIZE = 16
"""Of a digest, in bytes."""


def digest(data: bytes) -> bytes:
    """Return what tells these bytes from any others."""
    return blake2b(data, digest_size=SIZE).digest()


def digest_of_file(file: FileIO) -> bytes:
    """Return the same of what is left in a file, which is never held whole. Raises: OSError."""
    made = blake2b(digest_size=SIZE)
    piece = bytearray(_PIECE_BYTES)
    while count := file.readinto(piece):
        made.update(memoryview(piece)[:count])
    return made.digest()

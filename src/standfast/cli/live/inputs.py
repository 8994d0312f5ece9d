"""Documents that are named on the command line: files, also compressed ones, standard input, the daemon's."""

from __future__ import annotations

import sys

from standfast import cib
from standfast.errors import ConfigError, Exit, Place, Report, RequestError

_BZ2 = b"BZh"


def read_document(name: str) -> cib.Document:
    """Return the document in a file (`-`: standard input), be it compressed by bzip2 or not.

    Raises: RequestError if it cannot be read, ConfigError if it is none.
    """
    shown = "standard input" if name == "-" else name
    return cib.Document.parse(unpacked(read_bytes(name), shown), shown)


def read_bytes(name: str) -> bytes:
    """Return a file's bytes. Raises: RequestError if it cannot be read."""
    try:
        return sys.stdin.buffer.read() if name == "-" else _read(name)
    except OSError as e:
        raise RequestError(f"{name}: {e.strerror}", Exit.NO_INPUT) from None


def _read(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


def unpacked(data: bytes, name: str) -> bytes:
    """Return what was compressed; what was not, as it is. Raises: ConfigError if it is damaged."""
    if not data.startswith(_BZ2):
        return data
    import bz2  # only what is compressed waits for it
    import zlib

    try:
        return bz2.decompress(data)
    except (OSError, ValueError, EOFError, zlib.error) as e:
        report = Report("cli.not-bzip2", f"damaged: {e}", "a file that bzip2 can unpack", Place(name))
        raise ConfigError([report]) from None


def live_document() -> cib.Document:
    """Return the document as the daemon has it."""
    from standfast.cli.live import api  # only who asks a daemon waits for its client

    return cib.Document.parse(api.Client().cib(), "the daemon's document")

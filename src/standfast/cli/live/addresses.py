"""This machine's name and addresses."""

from __future__ import annotations

import os
import socket

from standfast.errors import Exit, RequestError


def name() -> str:
    """Return this machine's name, without its domain."""
    return os.uname().nodename.partition(".")[0]


def own() -> str:
    """Return the address that this machine's name stands for. Raises: RequestError if that is none of a network."""
    try:
        found = socket.getaddrinfo(os.uname().nodename, None, type=socket.SOCK_DGRAM)
    except OSError:
        found = []
    for _, _, _, _, address in found:
        if not str(address[0]).startswith(("127.", "::1", "fe80")):
            return str(address[0])
    raise RequestError("which address do the other nodes reach this machine at? (say --address)", Exit.USAGE)


def towards(host: str) -> str:
    """Return the address from which this machine reaches another one; nothing is sent. Raises: RequestError."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise RequestError(f"{host}: {error.strerror}", Exit.NO_HOST) from None

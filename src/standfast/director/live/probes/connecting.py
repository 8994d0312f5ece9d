"""Sockets of checks: bound, marked and connected as configured."""

from __future__ import annotations

import asyncio
import errno
import os
import socket

from standfast.director.checks import Connect
from standfast.director.lvs import Address

_REASONS = {
    errno.ECONNREFUSED: "connection refused",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
    errno.ECONNRESET: "connection reset",
    errno.ETIMEDOUT: "connection timed out",
}


def reason_of(number: int) -> str:
    """Return what an error of the kernel means."""
    return _REASONS.get(number) or os.strerror(number).lower()


def new_socket(connect: Connect, address: Address, kind: int, protocol: int = 0) -> socket.socket:
    """Return a socket that does not block, from where and through what is configured. Raises: OSError."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    made = socket.socket(family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
    try:
        if connect.mark:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, connect.mark)
        if connect.interface:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, connect.interface.encode() + b"\0")
        if connect.source is not None or connect.source_port:
            if connect.source_port:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((str(connect.source or ("::" if address.version == 6 else "0.0.0.0")), connect.source_port))
    except BaseException:
        made.close()
        raise
    return made


async def connected(connect: Connect, address: Address, port: int) -> socket.socket:
    """Return a connected socket. Raises: OSError, TimeoutError."""
    made = new_socket(connect, address, socket.SOCK_STREAM)
    try:
        async with asyncio.timeout(connect.timeout_ms / 1000):
            await asyncio.get_running_loop().sock_connect(made, (str(address), port))
    except BaseException:
        made.close()
        raise
    return made

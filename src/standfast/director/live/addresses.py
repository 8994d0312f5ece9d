"""This machine's addresses, and when they change: for services that are checked only where their address is."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from standfast.director.lvs import Address

_RTM_NEWADDR, _RTM_DELADDR, _RTM_GETADDR, _DONE = 20, 21, 22, 3
_REQUEST_DUMP = 0x301
_GROUPS = 0x10 | 0x100  # RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
_ATTRIBUTES = (2, 1)  # IFA_LOCAL; IFA_ADDRESS, which is the peer's on a point-to-point link
_HEADER, _ADDRESS_HEADER = struct.Struct("=IHHII"), struct.Struct("=BBBBi")
_RECEIVE_BYTES = 1 << 16


class Addresses:
    """Calls `changed` with all addresses at the start, and when they changed. Raises: OSError."""

    def __init__(self, changed: Callable[[frozenset[Address]], None]) -> None:
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
        self._socket.bind((0, _GROUPS))
        self._told: frozenset[Address] | None = None
        self._found: set[Address] = set()
        self._sequence = 0
        self._dumping = self._again = False
        self._loop.add_reader(self._socket.fileno(), self._readable)
        self._dump()

    def close(self) -> None:
        """Stop looking."""
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def _dump(self) -> None:
        """Ask for all addresses; one question at a time."""
        if self._dumping:
            self._again = True
            return
        self._dumping, self._again, self._found = True, False, set()
        self._sequence += 1
        body = _ADDRESS_HEADER.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        head = _HEADER.pack(_HEADER.size + len(body), _RTM_GETADDR, _REQUEST_DUMP, self._sequence, 0)
        self._socket.send(head + body)

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:  # some were lost: look anew
            self._again = True
            data = b""
        changed = self._again and not self._dumping
        for kind, sequence, body in _messages(data):
            if sequence != self._sequence or not self._dumping:
                changed = changed or kind in (_RTM_NEWADDR, _RTM_DELADDR)
            elif kind == _DONE:
                self._dumping = False
                self._tell()
                changed = changed or self._again
            elif (address := _address(body)) is not None:
                self._found.add(address)
        if changed:
            self._dump()

    def _tell(self) -> None:
        found = frozenset(self._found)
        if found != self._told:
            self._told = found
            self._changed(found)


def _messages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield type, sequence and body of each message."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _, sequence, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size:
            return
        yield kind, sequence, data[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _address(body: bytes) -> Address | None:
    """Return the address in a message. Source: rtnetlink(7)."""
    attributes: dict[int, bytes] = {}
    at = _ADDRESS_HEADER.size
    while at + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, at)
        if length < 4:
            break
        attributes[kind] = body[at + 4 : at + length]
        at += (length + 3) & ~3
    return next(
        (ip_address(attributes[kind]) for kind in _ATTRIBUTES if len(attributes.get(kind, b"")) in (4, 16)), None
    )

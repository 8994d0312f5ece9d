"""The kernel's routing tables over netlink: changes with their acknowledgements, dumps, and what others change."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence

from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.rtnetlink_messages import Answer, Group, Request

_NETLINK_ROUTE = 0
_RECEIVE_BYTES = 1 << 16
_BUFFER_BYTES = 1 << 20
_BATCH = 50


def _open(groups: int) -> socket.socket:
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_ROUTE)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    opened.bind((0, groups))
    return opened


class Kernel:
    """Asks and changes; needs CAP_NET_ADMIN for changes."""

    def __init__(self) -> None:
        self._socket = _open(0)
        self._socket.settimeout(5)
        self._sequence = 0
        self.port_id: int = self._socket.getsockname()[0]

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def links(self) -> list[nl.Link]:
        """Return every interface."""
        return [nl.read_link(answer) for answer in self._dump(nl.all_links())]

    def holdings(self) -> list[nl.Holding]:
        """Return every address."""
        return [nl.read_address(answer) for answer in self._dump(nl.all_addresses())]

    def change(self, requests: Sequence[Request]) -> list[int]:
        """Make the changes in this order, several with one system call; return an errno for each, 0 being success."""
        errors: list[int] = []
        for at in range(0, len(requests), _BATCH):
            errors += self._batch(requests[at : at + _BATCH])
        return errors

    def _batch(self, requests: Sequence[Request]) -> list[int]:
        first = self._sequence + 1
        self._sequence += len(requests)
        self._socket.send(b"".join(each.pack(first + number) for number, each in enumerate(requests)))
        errors: dict[int, int] = {}
        while len(errors) < len(requests):
            for answer in nl.answers(self._socket.recv(_RECEIVE_BYTES)):
                if answer.kind == nl.ERROR and answer.sequence >= first:
                    errors[answer.sequence - first] = answer.error
        return [errors[number] for number in range(len(requests))]

    def _dump(self, request: Request) -> list[Answer]:
        self._sequence += 1
        self._socket.send(request.pack(self._sequence))
        found: list[Answer] = []
        while True:
            for answer in nl.answers(self._socket.recv(_RECEIVE_BYTES)):
                if answer.sequence != self._sequence:
                    continue
                if answer.kind == nl.ERROR:
                    raise OSError(answer.error, os.strerror(answer.error))
                if answer.kind == nl.DONE:
                    return found
                found.append(answer)


class Monitor:
    """Hears what anybody changes. `read` gives nothing when there is nothing."""

    def __init__(self) -> None:
        groups = Group.LINK | Group.IPV4_ADDRESS | Group.IPV6_ADDRESS
        groups |= Group.IPV4_ROUTE | Group.IPV6_ROUTE | Group.IPV4_RULE | Group.IPV6_RULE
        self._socket = _open(groups)
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def read(self) -> Iterator[Answer | None]:
        """Return what was changed; None: some of it was lost, look at everything again."""
        while True:
            try:
                data = self._socket.recv(_RECEIVE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                yield None
                continue
            yield from nl.answers(data)

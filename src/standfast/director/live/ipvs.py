"""The data plane of the kernel: IPVS over generic netlink, many changes with one acknowledgement."""

from __future__ import annotations

import _socket as socket  # `socket` makes enumerations of hundreds of constants: a start would wait for them
import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

from standfast.director import dataplane as seam
from standfast.director import lvs
from standfast.director import netlink_messages as nl
from standfast.director.dataplane import Refusal, RefusedError
from standfast.director.netlink_messages import Command, Flag
from standfast.runtime.live import namespaces

BATCH = 100
"""Changes in one datagram."""
_RECEIVE_BYTES = 1 << 16
_BUFFER_BYTES = 1 << 20
_PATIENCE_S = 30
_NETLINK_GENERIC = 16
_SOL_NETLINK, _CAP_ACK = 270, 10
_CONNECTIONS = "/proc/thread-self/net/ip_vs_conn"


class IpvsDataplane:
    """The kernel's table in this network namespace, or in that of a file; needs CAP_NET_ADMIN, and CAP_SYS_ADMIN for
    another. Not for several threads."""

    def __init__(self, namespace: str = "") -> None:
        self._namespace = namespace
        with self._there():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_GENERIC)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._socket.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
        self._socket.settimeout(_PATIENCE_S)
        self._socket.bind((0, 0))
        self._sequence = 0
        self._family = 0
        try:
            self._family = self._find_family()
            self.info()
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Close the socket; the table stays."""
        self._socket.close()

    def info(self) -> seam.Info:
        """Return the kernel's version of IPVS."""
        return nl.read_info(self._one(Command.GET_INFO))

    def services(self) -> list[seam.ServiceStatus]:
        """Return all virtual services in the kernel's order."""
        return [nl.read_service(answer) for answer in self._dump(Command.GET_SERVICE)]

    def service_keys(self) -> list[lvs.ServiceKey]:
        """Return what names them, in the same order, in a fraction of the time."""
        return [nl.read_service_key(answer) for answer in self._dump(Command.GET_SERVICE)]

    def service(self, key: lvs.ServiceKey) -> seam.ServiceStatus:
        """Return one virtual service."""
        return nl.read_service(self._one(Command.GET_SERVICE, nl.named_service(key)))

    def servers(self, key: lvs.ServiceKey) -> list[seam.ServerStatus]:
        """Return its real servers, newest first."""
        answers = self._dump(Command.GET_DEST, nl.named_service(key))
        return [nl.read_server(answer, key.family) for answer in answers]

    def apply(self, changes: Sequence[lvs.Change]) -> list[Refusal]:
        """Send the changes in batches; the kernel answers for those it refuses, and for the last of each batch."""
        refusals: list[Refusal] = []
        for at in range(0, len(changes), BATCH):
            refusals += self._batch(changes[at : at + BATCH])
        return refusals

    def flush(self) -> None:
        """Delete every virtual service."""
        self._acknowledged(Command.FLUSH)

    def zero(self, key: lvs.ServiceKey | None = None) -> None:
        """Set counters to nothing."""
        self._acknowledged(Command.ZERO, b"" if key is None else nl.named_service(key))

    def timeouts(self) -> seam.Timeouts:
        """Return the time-outs."""
        return nl.read_timeouts(self._one(Command.GET_CONFIG))

    def set_timeouts(self, timeouts: seam.Timeouts) -> None:
        """Change those that are not 0."""
        self._acknowledged(Command.SET_CONFIG, nl.timeouts(timeouts))

    def sync_daemons(self) -> list[seam.SyncDaemon]:
        """Return the daemons that run."""
        daemons = [nl.read_daemon(answer) for answer in self._dump(Command.GET_DAEMON)]
        return sorted(daemons, key=lambda daemon: daemon.role)

    def start_sync_daemon(self, daemon: seam.SyncDaemon) -> None:
        """Start a daemon in the kernel."""
        self._acknowledged(Command.NEW_DAEMON, nl.daemon(daemon))

    def stop_sync_daemon(self, role: seam.SyncRole, sync_id: int = -1) -> None:
        """Stop a daemon of the kernel.

        One that was stopped before it ever ran ends with EINTR, which netlink acknowledges with silence: a second
        question in the same datagram tells that the first is done.
        """
        first = self._sequence + 1
        self._sequence += 2
        body = nl.daemon(seam.SyncDaemon(role, sync_id=sync_id))
        self._socket.send(
            nl.message(self._family, Command.DEL_DAEMON, body, Flag.ACK, first)
            + nl.message(self._family, Command.GET_INFO, b"", Flag.ACK, self._sequence)
        )
        for answer in self._until(self._sequence):
            if answer.sequence == first and answer.type == nl.ERROR and answer.error:
                raise RefusedError(answer.error, os.strerror(answer.error))

    def connections(self) -> list[seam.Connection]:
        """Return what the kernel lists."""
        from standfast.director import connection_list  # only here: few ask for connections

        with self._there(), open(_CONNECTIONS, encoding="ascii") as lines:
            return list(connection_list.read(lines))

    # -- inside

    def _there(self) -> AbstractContextManager[None]:
        return namespaces.within(self._namespace) if self._namespace else nullcontext()

    def _find_family(self) -> int:
        self._sequence += 1
        self._socket.send(nl.family_request(self._sequence))
        return next(nl.family_number(answer) for answer in self._answers(self._sequence))

    def _batch(self, changes: Sequence[lvs.Change]) -> list[Refusal]:
        first = self._sequence + 1
        last = self._sequence = self._sequence + len(changes)
        self._socket.send(nl.requests(self._family, changes, first))
        return [
            Refusal(changes[answer.sequence - first], answer.error)
            for answer in self._until(last)
            if answer.type == nl.ERROR and answer.error and first <= answer.sequence
        ]

    def _until(self, last: int) -> Iterator[nl.Message]:
        """Yield all that comes up to the acknowledgement or the refusal of this question."""
        while True:
            for answer in nl.messages(self._socket.recv(_RECEIVE_BYTES)):
                yield answer
                if answer.type == nl.ERROR and answer.sequence == last:
                    return

    def _acknowledged(self, command: Command, body: bytes = b"") -> None:
        for _ in self._ask(command, body, Flag.ACK):
            pass

    def _one(self, command: Command, body: bytes = b"") -> nl.Message:
        return next(self._ask(command, body, Flag.ACK))

    def _dump(self, command: Command, body: bytes = b"") -> Iterator[nl.Message]:
        return self._ask(command, body, Flag.DUMP)

    def _ask(self, command: Command, body: bytes, flags: Flag) -> Iterator[nl.Message]:
        self._sequence += 1
        self._socket.send(nl.message(self._family, command, body, flags, self._sequence))
        return self._answers(self._sequence)

    def _answers(self, sequence: int) -> Iterator[nl.Message]:
        """Yield the answers up to the acknowledgement or the end of a dump. Raises: RefusedError."""
        while True:
            for answer in nl.messages(self._socket.recv(_RECEIVE_BYTES)):
                if answer.sequence != sequence:
                    continue  # of a question that was given up
                if answer.type in (nl.ERROR, nl.DONE):
                    if answer.error:
                        raise RefusedError(answer.error, os.strerror(answer.error))
                    return
                yield answer


def open_ipvs(namespace: str = "") -> IpvsDataplane:
    """Return the kernel's data plane, loading the module when it is missing. Raises: RefusedError, OSError."""
    try:
        return IpvsDataplane(namespace)
    except RefusedError as refused:
        if refused.number != errno.ENOENT:
            raise
    import subprocess  # only here: the module is nearly always there

    subprocess.run(["/sbin/modprobe", "--", "ip_vs"], stdin=subprocess.DEVNULL, check=False)
    return IpvsDataplane(namespace)

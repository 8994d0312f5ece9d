"""The seam to what forwards packets: the kernel's IPVS, or the model in memory."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Protocol

import msgspec

from standfast.director import lvs
from standfast.errors import RequestError

TIMEOUTS_DEFAULT_S = (900, 120, 300)


class Counters(msgspec.Struct, frozen=True):
    """Connections, packets and bytes since the start or the last zeroing."""

    connections: int = 0
    in_packets: int = 0
    out_packets: int = 0
    in_bytes: int = 0
    out_bytes: int = 0


class Rates(msgspec.Struct, frozen=True):
    """The same for a second, as the kernel estimates it every two seconds."""

    connections: int = 0
    in_packets: int = 0
    out_packets: int = 0
    in_bytes: int = 0
    out_bytes: int = 0


class ServiceStatus(msgspec.Struct, frozen=True):
    """A virtual service as it stands in the table."""

    service: lvs.VirtualService
    counters: Counters = Counters()
    rates: Rates = Rates()


class ServerStatus(msgspec.Struct, frozen=True):
    """A real server as it stands in the table, with the connections it has."""

    server: lvs.RealServer
    active: int = 0
    inactive: int = 0
    persistent: int = 0
    counters: Counters = Counters()
    rates: Rates = Rates()

    @property
    def connections(self) -> int:
        """Return how many connections hold it: a drained one has none."""
        return self.active + self.inactive + self.persistent


class Connection(msgspec.Struct, frozen=True):
    """One connection of the table, or the template that keeps a persistent client with its real server.

    `transport` and `state` are the kernel's words; a template has the client's port 0.
    """

    transport: str
    client: lvs.ServerKey
    virtual: lvs.ServerKey
    server: lvs.ServerKey
    state: str
    expires_s: int
    engine: str = ""
    engine_data: str = ""


class SyncRole(enum.IntEnum):
    """The two roles of connection synchronisation. Source: linux/ip_vs.h; the words are the kernel's."""

    MASTER = 1
    BACKUP = 2


class SyncDaemon(msgspec.Struct, frozen=True):
    """A daemon of the kernel that sends connections to, or takes them from, another director.

    A length, port or TTL of 0, a sync id of -1 and an empty group ask for the kernel's default.
    """

    role: SyncRole
    interface: str = ""
    sync_id: int = -1
    length_max: int = 0
    group: lvs.Address | None = None
    port: int = 0
    ttl: int = 0


class Timeouts(msgspec.Struct, frozen=True):
    """Seconds after which idle connections go; 0 leaves one as it is."""

    tcp_s: int
    tcp_fin_s: int
    udp_s: int


class Info(msgspec.Struct, frozen=True):
    """The version of IPVS, as (1, 2, 1), and the size of its connection table."""

    version: tuple[int, int, int]
    table_size: int


class RefusedError(RequestError):
    """What was asked is refused by the data plane; `number` is the errno."""

    def __init__(self, number: int, message: str) -> None:
        self.number = number
        super().__init__(message)


class Refusal(msgspec.Struct, frozen=True):
    """A change that was refused, as a value: the others of its batch were made."""

    change: lvs.Change
    number: int


class Dataplane(Protocol):
    """What forwards packets. Everything but `apply` raises `RefusedError`."""

    def info(self) -> Info:
        """Return what it is."""
        ...

    def services(self) -> list[ServiceStatus]:
        """Return all virtual services, in its own order."""
        ...

    def service_keys(self) -> list[lvs.ServiceKey]:
        """Return what names them, in the same order."""
        ...

    def service(self, key: lvs.ServiceKey) -> ServiceStatus:
        """Return one virtual service. Raises: RefusedError (ESRCH) if it is not there."""
        ...

    def servers(self, key: lvs.ServiceKey) -> list[ServerStatus]:
        """Return a virtual service's real servers, newest first."""
        ...

    def apply(self, changes: Sequence[lvs.Change]) -> list[Refusal]:
        """Make these changes, in order; return those that were refused. A refused one does not stop the next."""
        ...

    def flush(self) -> None:
        """Delete every virtual service."""
        ...

    def zero(self, key: lvs.ServiceKey | None = None) -> None:
        """Set the counters of one virtual service, or of all, to nothing."""
        ...

    def timeouts(self) -> Timeouts:
        """Return the time-outs of connections."""
        ...

    def set_timeouts(self, timeouts: Timeouts) -> None:
        """Change those that are not 0."""
        ...

    def sync_daemons(self) -> list[SyncDaemon]:
        """Return the daemons that run, MASTER before BACKUP."""
        ...

    def start_sync_daemon(self, daemon: SyncDaemon) -> None:
        """Start a daemon. Raises: RefusedError (EEXIST) if one of its role runs."""
        ...

    def stop_sync_daemon(self, role: SyncRole, sync_id: int = -1) -> None:
        """Stop a daemon. Raises: RefusedError (ESRCH) if none of its role runs."""
        ...

    def connections(self) -> list[Connection]:
        """Return all connections and templates."""
        ...

    def close(self) -> None:
        """Give back what it holds; the table stays."""
        ...


def table(dataplane: Dataplane) -> lvs.Table:
    """Return what stands in the table, real servers in the order of adding."""
    return lvs.table_of(
        lvs.Pool.of(status.service, *(s.server for s in reversed(dataplane.servers(status.service.key))))
        for status in dataplane.services()
    )

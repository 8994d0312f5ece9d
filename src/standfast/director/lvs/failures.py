"""What stands in the table when real servers fail: deleted, quiesced or drained ones, and the sorry server."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from standfast.director.lvs.services import RealServer, ServerKey, VirtualService
from standfast.director.lvs.table import Pool


class OnFailure(enum.StrEnum):
    """What becomes of a failed real server, in one word."""

    DELETE = "delete"
    """It leaves the table at once: packets of its connections are dropped until they expire (keepalived's default)."""
    QUIESCE = "quiesce"
    """It stays with weight 0: no new connections, the established ones go on."""
    DRAIN = "drain"
    """It stays with weight 0 until its connections are gone, then it leaves."""


class WatchedServer(msgspec.Struct, frozen=True):
    """A real server and what its failure does to it."""

    server: RealServer
    on_failure: OnFailure = OnFailure.DELETE


class WatchedService(msgspec.Struct, frozen=True):
    """A virtual service as it is configured; `sorry_inhibit` keeps the sorry server in the table with weight 0."""

    service: VirtualService
    servers: tuple[WatchedServer, ...] = ()
    sorry: RealServer | None = None
    sorry_inhibit: bool = False


class Observed(msgspec.Struct, frozen=True):
    """What is known of a service's real servers: which are up, whether the service quorum is met, how many connections
    (active, inactive and persistent) each still has in the table."""

    up: Collection[ServerKey]
    quorum_met: bool = True
    connections: Mapping[ServerKey, int] = msgspec.field(default_factory=dict)


class Setting(msgspec.Struct, frozen=True):
    """A kernel setting under `net.ipv4.vs` that decides about connections of real servers that go, and why."""

    name: str
    why: str


def wanted_pool(watched: WatchedService, seen: Observed) -> Pool:
    """Return what should stand in the table.

    While the service quorum is lost the sorry server takes all new connections. A difference adds before it deletes,
    so there is no moment with an empty pool.
    """
    sorry_serves = watched.sorry is not None and not seen.quorum_met
    servers = list(_servers(watched, seen, sorry_serves))
    if watched.sorry is not None and (sorry_serves or watched.sorry_inhibit):
        servers.append(watched.sorry if sorry_serves else quiesced(watched.sorry))
    return Pool.of(watched.service, *servers)


def _servers(watched: WatchedService, seen: Observed, sorry_serves: bool) -> Iterator[RealServer]:
    for each in watched.servers:
        serves = each.server.key in seen.up and not sorry_serves
        draining = seen.connections.get(each.server.key, 0) > 0
        if (server := wanted_server(each.server, each.on_failure, serves, draining)) is not None:
            yield server


def wanted_server(server: RealServer, on_failure: OnFailure, serves: bool, draining: bool) -> RealServer | None:
    """Return how a real server should stand in the table, None if not at all; `draining`: it has connections left."""
    if serves:
        return server
    if on_failure is OnFailure.QUIESCE or (on_failure is OnFailure.DRAIN and draining):
        return quiesced(server)
    return None


def quiesced(server: RealServer) -> RealServer:
    """Return the real server with weight 0: no new connections."""
    return replace(server, weight=0)


def settings_that_matter(on_failure: OnFailure, persistent: bool) -> tuple[Setting, ...]:
    """Return the kernel settings that decide what clients of a failed real server see. Source: ipvs-sysctl.rst."""
    if on_failure is OnFailure.DELETE:
        return (
            Setting("expire_nodest_conn", "1: connections of a deleted real server end at once instead of hanging"),
        )
    reuse = Setting("conn_reuse_mode", "1: a client that reuses a port is scheduled anew instead of meeting weight 0")
    if not persistent:
        return (reuse,)
    sticky = "1: persistent clients leave a real server of weight 0; 0: they keep coming and it is never drained"
    return (reuse, Setting("expire_quiescent_template", sticky))

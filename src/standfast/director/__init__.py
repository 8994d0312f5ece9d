"""The director: virtual services spread over real servers.

The data plane in `memory` has a door of its own: only a trial needs it.
"""

from standfast import compiled

compiled.install("director")

from standfast.director import checks, events, lvs
from standfast.director.configuration import (
    CheckedServer,
    CheckedService,
    Configuration,
    Fifo,
    FlushOnStop,
    Mail,
    Terms,
)
from standfast.director.dataplane import (
    Connection,
    Counters,
    Dataplane,
    Info,
    Rates,
    Refusal,
    RefusedError,
    ServerStatus,
    ServiceStatus,
    SyncDaemon,
    SyncRole,
    Timeouts,
    table,
)
from standfast.director.machine import Machine
from standfast.director.running import Running

__all__ = [
    "CheckedServer",
    "CheckedService",
    "Configuration",
    "Connection",
    "Counters",
    "Dataplane",
    "Fifo",
    "FlushOnStop",
    "Info",
    "Mail",
    "Machine",
    "Rates",
    "Refusal",
    "RefusedError",
    "Running",
    "ServerStatus",
    "ServiceStatus",
    "SyncDaemon",
    "SyncRole",
    "Terms",
    "Timeouts",
    "checks",
    "events",
    "lvs",
    "table",
]

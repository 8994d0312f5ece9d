"""The director: virtual services spread over real servers."""

from standfast.director import checks, lvs
from standfast.director.configuration import (
    CheckedServer,
    CheckedService,
    Configuration,
    Fifo,
    FlushOnStop,
    Mail,
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
from standfast.director.memory import MemoryDataplane

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
    "MemoryDataplane",
    "Rates",
    "Refusal",
    "RefusedError",
    "ServerStatus",
    "ServiceStatus",
    "SyncDaemon",
    "SyncRole",
    "Timeouts",
    "checks",
    "lvs",
    "table",
]

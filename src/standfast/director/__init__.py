"""The director: virtual services spread over real servers."""

from standfast.director import lvs
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
    "Connection",
    "Counters",
    "Dataplane",
    "Info",
    "MemoryDataplane",
    "Rates",
    "Refusal",
    "RefusedError",
    "ServerStatus",
    "ServiceStatus",
    "SyncDaemon",
    "SyncRole",
    "Timeouts",
    "lvs",
    "table",
]

"""What a reload would change, for people."""

from __future__ import annotations

from standfast.dialects import keepalived
from standfast.dialects.live.machine import Loaded
from standfast.director import lvs, vrrp


def planned(present: Loaded, wanted: Loaded) -> list[str]:
    """Return what changes if another configuration is used: routers, and the table if every real server is up."""
    table = lvs.plan_lines(keepalived.changes(present.configuration, wanted.configuration))
    routers = vrrp.changes.difference(_routers(present, wanted), _routers(wanted, present))
    return table + vrrp.changes.lines(routers)


def _routers(loaded: Loaded, other: Loaded) -> vrrp.Configuration:
    """Return a configuration's routers. Where it has no VRRP, who is told is whom the other tells: no change."""
    if loaded.vrrp is not None:
        return loaded.vrrp.configuration
    return vrrp.Configuration((), telling=other.vrrp.configuration.telling) if other.vrrp else vrrp.Configuration(())

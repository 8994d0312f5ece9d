"""How the VRRP process is to run, as a configuration's `global_defs` say. Source: keepalived.conf(5)."""

from __future__ import annotations

from standfast.dialects.keepalived.source import Source
from standfast.director.vrrp.orders import Running


def running_of(source: Source) -> Running:
    """Return it without its paths, which are the command line's."""
    values = source.values
    return Running(
        ledger="",
        rt_priority=values.get("vrrp_rt_priority", 0),
        nice=values.get("vrrp_priority", 0),
        no_swap=bool(values.get("vrrp_no_swap")),
        processors=tuple(values.get("vrrp_cpu_affinity", ())),
        startup_delay_ms=values.get("startup_delay_us", 0) // 1000,
        auto_priority_max=max(values.get("max_auto_priority") or 0, 0),
        auto_priority_delay_us=values.get("min_auto_priority_delay", 1_000_000),
    )

"""Metrics of virtual routers, from rows of `router_status`, with the names of keepalived's exporters.

Source: github.com/mehdy/keepalived-exporter for `keepalived_*`; `standfast_vrrp_*` are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from standfast.director.vrrp.explanation import alarms
from standfast.director.vrrp.keepalived_dumps import STATES, statistics

Row = dict[str, Any]
Sample = tuple[str, str, float]
"""A name, its labels as text, and a value."""
_COUNTERS = {
    "advert_rcvd": "advertisements_received", "advert_sent": "advertisements_sent", "become_master": "become_master",
    "release_master": "release_master", "packet_len_err": "packet_length_errors",
    "advert_interval_err": "advertisements_interval_errors", "ip_ttl_err": "ip_ttl_errors",
    "invalid_type_rcvd": "invalid_type_received", "addr_list_err": "address_list_errors",
    "invalid_authtype": "authentication_invalid", "authtype_mismatch": "authentication_mismatch",
    "auth_failure": "authentication_failure", "pri_zero_rcvd": "priority_zero_received",
    "pri_zero_sent": "priority_zero_sent",
}  # fmt: skip


def text(rows: Iterable[Row], unknown_vrids: int, restarts: int) -> str:
    """Return Prometheus' text."""
    families: dict[str, list[str]] = {}
    for row in rows:
        for name, labels, value in _samples(row):
            families.setdefault(name, []).append(f"{name}{{{labels}}} {value:g}")
    families["standfast_vrrp_unknown_vrids_total"] = [f"standfast_vrrp_unknown_vrids_total {unknown_vrids}"]
    families["standfast_vrrp_restarts_total"] = [f"standfast_vrrp_restarts_total {restarts}"]
    lines = []
    for name, samples in families.items():
        lines += [f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}", *samples]
    return "".join(f"{line}\n" for line in lines)


def _samples(row: Row) -> Iterator[Sample]:
    plain = f'iname="{_escaped(row["name"])}"'
    router = f'{plain},intf="{row["interface"]}",vrid="{row["vrid"]}"'
    state = STATES[row["state"]][1]
    for name, field in (("state", "addresses"), ("excluded_state", "excluded")):
        for each in row["settings"][field]:
            address = each["address"].partition("/")[0]
            at = f'{plain},intf="{each["device"]}",vrid="{row["vrid"]}",ip_address="{address}"'
            yield f"keepalived_vrrp_{name}", at, state
    for field, name in _COUNTERS.items():
        yield f"keepalived_{name}_total", router, statistics(row)[field]
    yield "keepalived_gratuitous_arp_delay_total", router, row["settings"]["garp"]["delay_ms"] // 1000
    yield "standfast_vrrp_priority", router, row["priority"]
    yield "standfast_vrrp_alarms", router, len(alarms(row))
    yield "standfast_vrrp_state_seconds", router, row["changed_ago_ms"] / 1000
    for drop, count in row["dropped"].items():
        yield "standfast_vrrp_dropped_total", f'{router},reason="{drop.lower()}"', count


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""What a virtual router knows, as plain values for people and programs: states, timers, whom it hears and refuses."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from msgspec.structs import asdict

from standfast.director.vrrp.configuration import VirtualAddress, VirtualRouter
from standfast.director.vrrp.mismatches import difference_told
from standfast.director.vrrp.rivals import Heard, Refused
from standfast.director.vrrp.router import Router
from standfast.director.vrrp.tracking import weight
from standfast.director.vrrp.virtual_devices import own_device

NS_PER_MS = 1_000_000
NS_PER_CS = 10_000_000
Row = dict[str, Any]


def row(router: Router, now_ns: int) -> Row:
    """Return everything; times are milliseconds from now, backwards where they end in `ago_ms`."""
    noun = router.configuration
    return {
        "name": router.name,
        "vrid": noun.vrid,
        "interface": noun.interface,
        "family": noun.family,
        "version": noun.version,
        "group": noun.sync_group,
        "state": str(router.state),
        "changed_ago_ms": _ms(now_ns - router.since_ns),
        "priority": router.priority,
        "base_priority": noun.priority,
        "source": text(router.source),
        "active_source": text(router.active_source),
        "interval_ms": noun.advertisement_interval_cs * 10,
        "active_interval_ms": _ms(router.active_adver_interval_ns),
        "down_interval_ms": _ms(router.active_down_interval_ns),
        "addresses": [str(each.address) for each in noun.addresses],
        "faults": sorted(router.faults),
        "waits_for_group": router.wants_active,
        "timers": {str(timer): _ms(due_ns - now_ns) for timer, due_ns in router.timers.items()},
        "tracked": [_tracked(router, each.name) for each in noun.tracked],
        "heard": [_heard(source, each, now_ns) for source, each in router.rivals.heard.items()],
        "refused": [_refused(noun, source, each, now_ns) for source, each in router.rivals.refused.items()],
        "counts": dict(router.counts),
        "dropped": {each.name: count for each, count in router.dropped.items()},
        "settings": settings(noun),
    }


def text(packed: bytes) -> str:
    """Return an address as people write it, or nothing."""
    return str(ip_address(packed)) if packed else ""


def settings(noun: VirtualRouter) -> Row:
    """Return what is configured and is told nowhere else."""
    garp, auth, unicast = noun.garp, noun.authentication, noun.unicast
    return {
        "source": str(noun.source) if noun.source else "",
        "preempt": noun.preempt,
        "preempt_delay_ms": noun.preempt_delay_ms,
        "accept": noun.accepts,
        "strict": noun.strict,
        "track_interface": noun.track_interface,
        "skip_known_addresses": noun.skip_known_addresses,
        "lower_priority_advert": noun.asserts,
        "higher_priority_advert": noun.higher_priority_advert,
        "down_timer_adverts": noun.down_timer_adverts,
        "promote_secondaries": noun.promote_secondaries,
        "device_kind": "vmac" if noun.vmac else "ipvlan" if noun.ipvlan else "",
        "device": own_device(noun),
        "peers": [[str(each.address), each.ttl_min, each.ttl_max] for each in unicast.peers] if unicast else None,
        "check_source": bool(unicast and unicast.check_source),
        "auth_type": int(auth.type) if auth else 0,
        "auth_data": auth.password.decode(errors="replace") if auth else "",
        "garp": asdict(garp),
        "smtp_alert": noun.notifies.smtp_alert,
        "notify_deleted": noun.notifies.tells_deleted,
        "priority_changes": noun.notifies.priority_changes,
        "addresses": [_address(noun, each) for each in noun.addresses],
        "excluded": [_address(noun, each) for each in noun.excluded_addresses],
        "routes": [_words(each) for each in noun.routes],
        "rules": [_words(each) for each in noun.rules],
    }


def _address(noun: VirtualRouter, each: VirtualAddress) -> Row:
    broadcast = str(each.broadcast) if each.broadcast else ""
    return {
        "address": str(each.address), "device": each.device or noun.interface, "label": each.label,
        "scope": each.scope, "broadcast": broadcast, "no_track": each.no_track,
    }  # fmt: skip


def _words(noun: Any) -> Row:
    """Return the fields of a route or a rule that say something."""
    found = asdict(noun)
    return {name: value if isinstance(value, int) else str(value) for name, value in found.items() if value}


def _tracked(router: Router, name: str) -> Row:
    (noun,) = (each for each in router.configuration.tracked if each.name == name)
    reading = router.readings.get(name)
    return {
        "name": name,
        "weight": noun.weight or 0,
        "reverse": noun.reverse,
        "up": None if reading is None else reading.up,
        "value": None if reading is None else reading.value,
        "adds": weight(noun, reading),
        "faulty": name in router.faults,
    }


def _heard(source: bytes, heard: Heard, now_ns: int) -> Row:
    return {
        "source": text(source),
        "priority": heard.last.priority,
        "interval_ms": _ms(heard.last.interval_ns),
        "ago_ms": _ms(now_ns - heard.at_ns),
        "count": heard.count,
    }


def _refused(noun: VirtualRouter, source: bytes, refused: Refused, now_ns: int) -> Row:
    return {
        "source": text(source),
        "reason": refused.reason.name,
        "because": str(refused.reason),
        "told": difference_told(noun, refused.reason, refused.last),
        "ago_ms": _ms(now_ns - refused.at_ns),
        "count": refused.count,
    }


def _ms(ns: int) -> float:
    return round(ns / NS_PER_MS, 3)

"""Addresses, routes and rules of a configuration, as the director's nouns. Source: keepalived.conf(5), ip(8)."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_interface, ip_network

from standfast.dialects.keepalived.engine import Draft
from standfast.dialects.keepalived.route_words import TYPES
from standfast.director import vrrp
from standfast.director.vrrp.configuration import Encapsulation, Network, NextHop, RouteMetric

_FLAGS = {"home": 0x10, "mngtmpaddr": 0x100, "noprefixroute": 0x200, "autojoin": 0x400}
"""IFA_F_*. Source: linux/if_addr.h."""
_OWN = 18
"""RTPROT_KEEPALIVED, which what is tracked always has. Source: linux/rtnetlink.h."""
_METRICS = {
    "mtu": 2, "window": 3, "rtt": 4, "rttvar": 5, "ssthresh": 6, "cwnd": 7, "advmss": 8, "reordering": 9,
    "hoplimit": 10, "initcwnd": 11, "features": 12, "rto_min": 13, "initrwnd": 14, "quickack": 15,
    "fastopen_no_cookie": 17,
}  # fmt: skip
"""RTAX_*. Source: linux/rtnetlink.h."""
_ACTIONS = {"table": 1, "l3mdev": 1, "goto": 2, "nop": 3, "blackhole": 6, "unreachable": 7, "prohibit": 8}
"""FR_ACT_*. Source: linux/fib_rules.h."""


def address_of(draft: Draft) -> vrrp.VirtualAddress:
    """Return an address."""
    address = ip_interface(f"{draft['address']}/{draft['length']}")
    broadcast = draft.get("broadcast")
    if broadcast == "+":
        broadcast = str(address.network.broadcast_address)
    return vrrp.VirtualAddress(
        address,
        draft.get("interface", ""),
        draft.get("label", ""),
        draft.get("scope", 0),
        IPv4Address(broadcast) if broadcast and broadcast != "-" else None,
        "no_track" in draft["flags"],
        draft.get("peer"),
        draft.get("preferred_lifetime_s"),
        sum(_FLAGS.get(flag, 0) for flag in set(draft["flags"])),
        "-nodad" in draft["flags"],
    )


def _network(word: str, family: int) -> Network:
    if word in ("default", "any", "all", "default6"):
        return ip_network("::/0" if family == 6 or word == "default6" else "0.0.0.0/0")
    return ip_network(word, strict=False)


def route_of(draft: Draft) -> vrrp.VirtualRoute:
    """Return a route."""
    via, kind = draft.get("via"), draft.get("type", "unicast")
    tracked = "no_track" not in draft and "interface" in draft
    metric = next((draft[word] for word in ("metric", "priority", "preference") if word in draft), 0)
    return vrrp.VirtualRoute(
        destination=_network(draft["destination"], draft["family"]),
        via=ip_address(via) if via else None,
        device=draft.get("interface", ""),
        source=draft.get("source"),
        metric=int(metric),
        table=draft.get("table", 254),
        scope=draft.get("scope", 0),
        protocol=_OWN if tracked else draft.get("proto", _OWN),
        no_track=not tracked,
        type=TYPES[kind] if kind in TYPES else int(kind),
        tos=draft.get("dsfield", 0),
        onlink=bool(draft.get("onlink")),
        hops=tuple(_hop(hop) for hop in draft["hops"]),
        metrics=tuple(
            RouteMetric(number, int(draft[word]), word in draft.get("locks", ()))
            for word, number in _METRICS.items()
            if word in draft
        ),
        from_source=_network(draft["from"], 6) if "from" in draft else None,
        expires_s=draft.get("expires_s"),
        preference=draft.get("pref"),
        realms=draft.get("realms", 0),
        propagates_ttl=draft.get("propagates_ttl"),
        encapsulation=_encapsulation(draft.get("encap")),
        congestion_control=draft.get("congctl", ""),
        congestion_control_locked="congctl" in draft.get("locks", ()),
    )


def _encapsulation(draft: Draft | None) -> Encapsulation | None:
    return Encapsulation(**draft) if draft else None


def _hop(draft: Draft) -> NextHop:
    via = draft.get("via")
    weight, onlink = draft.get("weight", 1), bool(draft.get("onlink"))
    address, encapsulation = ip_address(via) if via else None, _encapsulation(draft.get("encap"))
    return NextHop(address, draft.get("interface", ""), weight, onlink, draft.get("realms", 0), encapsulation)


def rule_of(draft: Draft) -> vrrp.VirtualRule:
    """Return a rule."""
    family = draft["family"] or 4
    source, destination = (_network(draft[word], family) if word in draft else None for word in ("from", "to"))
    mark, mask = _mark(draft.get("fwmark", "0"))
    return vrrp.VirtualRule(
        family,
        draft["preference"],
        draft.get("table", 254),
        source,
        destination,
        mark,
        draft.get("iif", ""),
        draft.get("oif", ""),
        "no_track" in draft,
        _ACTIONS[draft["action"]],
        draft.get("goto", 0),
        mask,
        draft.get("tos", 0),
        bool(draft.get("not")),
        draft.get("ipproto", 0),
        _range(draft.get("sport", "")),
        _range(draft.get("dport", "")),
        _range(draft.get("uidrange", "")),
        draft.get("suppress_prefixlength"),
        draft.get("protocol", _OWN) if "no_track" in draft else _OWN,
        draft.get("realms", 0),
        draft.get("tunnel-id", 0),
        draft.get("suppress_ifgroup"),
        draft["action"] == "l3mdev",
    )


def _range(word: str) -> tuple[int, ...]:
    first, dash, last = word.partition("-")
    return (int(first), int(last)) if dash else ()


def _mark(word: str) -> tuple[int, int | None]:
    mark, slash, mask = word.partition("/")
    return _number(mark), _number(mask) if slash else None


def _number(word: str) -> int:
    plain = word.strip().lstrip("+")
    return int(plain, 16 if plain[:2] in ("0x", "0X") else 8 if plain[:1] == "0" and plain != "0" else 10)

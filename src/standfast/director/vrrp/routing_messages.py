"""Routing netlink messages that set and remove routes and rules; host byte order.

Source: linux/rtnetlink.h, fib_rules.h, lwtunnel.h, mpls_iptunnel.h, ila.h.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from standfast.director.vrrp.configuration import (
    Address,
    Encapsulation,
    Network,
    NextHop,
    VirtualRoute,
    VirtualRule,
)
from standfast.director.vrrp.rtnetlink_messages import (
    FAMILIES,
    NESTED,
    ROUTE,
    Flag,
    Kind,
    Request,
    attribute,
    change_flags,
    number,
    text,
)

_HOP = struct.Struct("=HBBi")
_CONGESTION_CONTROL = 16
"""RTAX_CC_ALGO."""
_ILA = 3
"""LWTUNNEL_ENCAP_ILA."""
_UNICAST, _TO_TABLE = 1, 1
"""RTN_UNICAST of routes, FR_ACT_TO_TBL of rules."""
_ONLINK, _INVERTED = 4, 2
"""RTNH_F_ONLINK of routes, FIB_RULE_INVERT of rules."""


def route(wanted: VirtualRoute, indices: Mapping[str, int], *, adds: bool) -> Request:
    """Return a route to be set or removed; `indices` are those of the interfaces that it names."""
    scope = wanted.scope
    if scope is None:
        scope = 0 if wanted.via or wanted.hops or wanted.type != _UNICAST else 253
    family = FAMILIES[wanted.destination.version]
    table = wanted.table if wanted.table < 256 else 0
    flags = _ONLINK if wanted.onlink else 0
    lengths = wanted.destination.prefixlen, wanted.from_source.prefixlen if wanted.from_source else 0
    head = family, *lengths, wanted.tos, table, wanted.protocol, scope, wanted.type, flags
    body = ROUTE.pack(*head) + number(15, wanted.table)
    if wanted.destination.prefixlen:
        body += attribute(1, wanted.destination.network_address.packed)
    if wanted.via:
        body += _gateway(wanted.via, wanted.destination.version)
    if wanted.from_source and wanted.from_source.prefixlen:
        body += attribute(2, wanted.from_source.network_address.packed)
    if wanted.source:
        body += attribute(7, wanted.source.packed)
    if wanted.device:
        body += number(4, indices[wanted.device])
    if wanted.metric:
        body += number(6, wanted.metric)
    if wanted.hops:
        body += attribute(9, b"".join(_hop(each, wanted.destination.version, indices) for each in wanted.hops))
    if metrics := _metrics(wanted):
        body += attribute(8 | NESTED, metrics)
    body += _rest_of_route(wanted)
    return Request(Kind.NEW_ROUTE if adds else Kind.DEL_ROUTE, change_flags(adds), body)


def _gateway(via: Address, version: int) -> bytes:
    """Return RTA_GATEWAY, or RTA_VIA if the gateway is of the other family."""
    if via.version == version:
        return attribute(5, via.packed)
    return attribute(18, struct.pack("=H", FAMILIES[via.version]) + via.packed)


def _hop(hop: NextHop, version: int, indices: Mapping[str, int]) -> bytes:
    inner = _gateway(hop.via, version) if hop.via else b""
    inner += number(11, hop.realms) if hop.realms else b""
    inner += _encapsulated(hop.encapsulation) if hop.encapsulation else b""
    index = indices[hop.device] if hop.device else 0
    return _HOP.pack(_HOP.size + len(inner), _ONLINK if hop.onlink else 0, hop.weight - 1, index) + inner


def _metrics(wanted: VirtualRoute) -> bytes:
    locked = sum(1 << each.number for each in wanted.metrics if each.locked)
    locked |= 1 << _CONGESTION_CONTROL if wanted.congestion_control_locked else 0
    body = number(1, locked) if locked else b""
    body += b"".join(number(each.number, each.value) for each in wanted.metrics)
    return body + (text(_CONGESTION_CONTROL, wanted.congestion_control) if wanted.congestion_control else b"")


def _rest_of_route(wanted: VirtualRoute) -> bytes:
    body = number(11, wanted.realms) if wanted.realms else b""
    if wanted.expires_s is not None:
        body += number(23, wanted.expires_s)
    if wanted.preference is not None:
        body += attribute(20, bytes((wanted.preference,)))
    if wanted.propagates_ttl is not None:
        body += attribute(26, bytes((wanted.propagates_ttl,)))
    return body + (_encapsulated(wanted.encapsulation) if wanted.encapsulation else b"")


def _encapsulated(wanted: Encapsulation) -> bytes:
    """Return RTA_ENCAP and its type. Source: linux/lwtunnel.h, mpls_iptunnel.h, ila.h."""
    if wanted.labels:
        entries = [label << 12 for label in wanted.labels]
        entries[-1] |= 1 << 8  # the bottom of the stack
        body = attribute(1, struct.pack(f">{len(entries)}I", *entries))
    elif wanted.type == _ILA:
        body = attribute(1, struct.pack(">Q", wanted.locator))
    else:
        body = attribute(1, struct.pack(">Q", wanted.id)) if wanted.id is not None else b""
        for kind, address in ((2, wanted.destination), (3, wanted.source)):
            body += attribute(kind, address.packed) if address else b""
        for kind, value in ((4, wanted.ttl), (5, wanted.tos)):
            body += attribute(kind, bytes((value,))) if value is not None else b""
        body += attribute(6, struct.pack(">H", wanted.flags)) if wanted.flags is not None else b""
    return attribute(22 | NESTED, body) + attribute(21, struct.pack("=H", wanted.type))


def rule(wanted: VirtualRule, *, adds: bool) -> Request:
    """Return a routing rule to be set or removed."""

    def bits(network: Network | None) -> int:
        return network.prefixlen if network else 0

    names_table = wanted.action == _TO_TABLE and not wanted.l3mdev
    table = wanted.table if wanted.table < 256 and names_table else 0
    flags = _INVERTED if wanted.inverted else 0
    head = FAMILIES[wanted.family], bits(wanted.destination), bits(wanted.source), wanted.tos, table, 0, 0
    body = ROUTE.pack(*head, wanted.action, flags)
    if names_table:
        body += number(15, wanted.table)
    body += number(6, wanted.priority)
    for kind, network in ((1, wanted.destination), (2, wanted.source)):
        if network is not None:
            body += attribute(kind, network.network_address.packed)
    for kind, value in ((4, wanted.goto), (10, wanted.mark)):
        if value:
            body += number(kind, value)
    if wanted.mark_mask is not None:
        body += number(16, wanted.mark_mask)
    for kind, device in ((3, wanted.input_device), (17, wanted.output_device)):
        if device:
            body += text(kind, device)
    body += _selectors(wanted)
    return Request(
        Kind.NEW_RULE if adds else Kind.DEL_RULE,
        Flag.REQUEST | Flag.ACK | (Flag.CREATE | Flag.EXCLUSIVE if adds else Flag(0)),
        body,
    )


def _selectors(wanted: VirtualRule) -> bytes:
    body = attribute(21, bytes((wanted.protocol,)))
    if wanted.suppress_prefix_bits is not None:
        body += number(14, wanted.suppress_prefix_bits)
    if wanted.suppress_group is not None:
        body += number(13, wanted.suppress_group)
    if wanted.realms:
        body += number(11, wanted.realms)
    if wanted.tunnel_id:
        body += attribute(12, struct.pack(">Q", wanted.tunnel_id))
    if wanted.l3mdev:
        body += attribute(19, b"\1")
    if wanted.users:
        body += attribute(20, struct.pack("=II", *wanted.users))
    if wanted.transport:
        body += attribute(22, bytes((wanted.transport,)))
    for kind, ports in ((23, wanted.source_ports), (24, wanted.destination_ports)):
        if ports:
            body += attribute(kind, struct.pack("=HH", *ports))
    return body

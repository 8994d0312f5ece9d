"""What goes with an Active Router, as prepared requests and frames: addresses, routes, rules, and who is told."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from standfast.director.vrrp import frames
from standfast.director.vrrp import routing_messages as routing
from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.configuration import (
    Address,
    Configuration,
    VirtualAddress,
    VirtualRoute,
    VirtualRouter,
    VirtualRule,
)
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.rtnetlink_messages import Request
from standfast.director.vrrp.virtual_devices import elsewhere, holder_of

RouteKey = tuple[int, bytes, int, int]


class Belongings(msgspec.Struct):
    """Of one virtual router (or the static ones of none), for the interfaces as they are now."""

    additions: list[Request] = msgspec.field(default_factory=list)
    removals: list[Request] = msgspec.field(default_factory=list)
    addresses: dict[tuple[int, Address], Request] = msgspec.field(default_factory=dict)
    """Those that must come back when somebody removes them."""
    routes: dict[RouteKey, Request] = msgspec.field(default_factory=dict)
    rules: list[Request] = msgspec.field(default_factory=list)
    frames: dict[str, list[bytes]] = msgspec.field(default_factory=dict)
    """By device."""
    elsewhere: dict[str, list[bytes]] = msgspec.field(default_factory=dict)
    """By device: one frame of those that nothing else comes from."""
    probes: dict[str, list[bytes]] = msgspec.field(default_factory=dict)
    """By device: what asks whether the addresses are in use."""
    missing: list[str] = msgspec.field(default_factory=list)
    """Devices that are not there."""


def virtual_addresses(configuration: Configuration) -> frozenset[Address]:
    """Return every address that goes with a virtual router."""
    return frozenset(
        each.address.ip for router in configuration.routers for each in router.addresses + router.excluded_addresses
    )


def silent_addresses(configuration: Configuration) -> tuple[Address, ...]:
    """Return those of routers that do not accept."""
    return tuple(
        each.address.ip
        for router in configuration.routers
        if not router.accepts
        for each in router.addresses + router.excluded_addresses
    )


def belongings(router: VirtualRouter, interfaces: Interfaces) -> Belongings:
    """Return a virtual router's belongings."""
    listed = router.addresses + router.excluded_addresses
    held = [(each, holder_of(router, each)) for each in listed]
    found = gather(held, router.routes, router.rules, interfaces)
    found.elsewhere = {device: found.frames[device][:1] for device in elsewhere(router) if device in found.frames}
    return found


def gather(
    addresses: Iterable[tuple[VirtualAddress, str]],
    routes: tuple[VirtualRoute, ...],
    rules: tuple[VirtualRule, ...],
    interfaces: Interfaces,
) -> Belongings:
    """Return these as belongings; addresses with who holds them."""
    found = Belongings()
    for each, device in addresses:
        _add_address(found, each, device, interfaces)
    for route in routes:
        _add_route(found, route, interfaces)
    for rule in rules:
        found.additions.append(routing.rule(rule, adds=True))
        found.removals.append(routing.rule(rule, adds=False))
        if not rule.no_track:
            found.rules.append(found.additions[-1])
    found.removals.reverse()  # rules, then routes, then addresses
    return found


def _add_address(found: Belongings, each: VirtualAddress, device: str, interfaces: Interfaces) -> None:
    link = interfaces.link(device)
    if link is None:
        found.missing.append(device)
        return
    found.additions.append(nl.address(each, link.index, adds=True))
    found.removals.append(nl.address(each, link.index, adds=False))
    address = each.address.ip
    if not each.no_track:
        found.addresses[link.index, address] = found.additions[-1]
    if len(link.mac) == 6 and not address.is_loopback:
        found.frames.setdefault(device, []).append(frames.announcement(address, link.mac))
        found.probes.setdefault(device, []).append(frames.probe(address, link.mac))


def _add_route(found: Belongings, route: VirtualRoute, interfaces: Interfaces) -> None:
    indices: dict[str, int] = {}
    for device in {route.device, *(hop.device for hop in route.hops)} - {""}:
        link = interfaces.link(device)
        if link is None:
            found.missing.append(device)
            return
        indices[device] = link.index
    found.additions.append(routing.route(route, indices, adds=True))
    found.removals.append(routing.route(route, indices, adds=False))
    if not route.no_track and route.expires_s is None:
        network = route.destination
        packed = network.network_address.packed if network.prefixlen else b""
        found.routes[network.version, packed, network.prefixlen, route.table] = found.additions[-1]

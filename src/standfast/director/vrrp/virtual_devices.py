"""The interfaces of a virtual router's own: who holds its addresses, who sends its adverts. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from standfast.director.vrrp.configuration import Configuration, VirtualAddress, VirtualRouter
from standfast.director.vrrp.frames import virtual_mac
from standfast.director.vrrp.own_devices import Ipvlan


class VirtualDevice(msgspec.Struct, frozen=True):
    """An interface to be made on another one: a macvlan with a MAC of its own, or an ipvlan."""

    name: str
    interface: str
    mac: bytes = b""
    ipvlan: Ipvlan | None = None


def own_device(router: VirtualRouter) -> str:
    """Return the interface that is made for a virtual router, or the one that it is on."""
    made = router.vmac or router.ipvlan
    return (made.device or default_device(router)) if made else router.interface


def default_device(router: VirtualRouter) -> str:
    """Return the name of an interface that is made and has none."""
    return f"vrrp{'6' if router.family == 6 else ''}.{router.vrid}"


def device_of(router: VirtualRouter) -> str:
    """Return the interface that holds a virtual router's addresses: its virtual MAC's, but not an ipvlan."""
    return own_device(router) if router.vmac else router.interface


def sending_device(router: VirtualRouter) -> str:
    """Return the interface that sends a virtual router's adverts."""
    return router.interface if router.vmac and router.vmac.transmit_base else own_device(router)


def source_device(router: VirtualRouter) -> str:
    """Return the interface that has the address from which adverts are sent: a virtual MAC's has none of its own."""
    return own_device(router) if router.ipvlan else router.interface


def listening_devices(router: VirtualRouter) -> frozenset[str]:
    """Return the interfaces on which a virtual router hears; an ipvlan hears all that it is to hear."""
    return frozenset({own_device(router)} if router.ipvlan else {router.interface, own_device(router)})


def holder_of(router: VirtualRouter, address: VirtualAddress) -> str:
    """Return the interface that holds this address of a router. A virtual MAC is of one family."""
    if address.vmac or address.device:
        return address.vmac or address.device
    return device_of(router) if address.address.version == router.family else router.interface


def devices(router: VirtualRouter) -> Iterator[VirtualDevice]:
    """Return the interfaces that a router wants made: of itself, and of single addresses; one may come twice."""
    if router.vmac:
        yield VirtualDevice(own_device(router), router.interface, _mac(router, router.family))
    if router.ipvlan:
        yield VirtualDevice(own_device(router), router.interface, ipvlan=router.ipvlan)
    for each in router.addresses + router.excluded_addresses:
        if each.vmac:
            yield VirtualDevice(each.vmac, each.device or router.interface, _mac(router, each.address.version))


def elsewhere(router: VirtualRouter) -> list[str]:
    """Return the interfaces that are told of again and again because nothing else comes from them, if that is wanted.

    Source: keepalived.conf(5), garp_extra_if.
    """
    garp, own = router.garp, own_device(router)
    if not garp.extra_ms:
        return []
    listed = router.addresses + router.excluded_addresses
    wanted = [holder_of(router, each) for each in listed if each.vmac or garp.extra_all]
    if all(holder == own for holder in wanted):
        return []
    if router.vmac and router.vmac.transmit_base:
        wanted.append(own)
    return [holder for holder in dict.fromkeys(wanted) if holder != sending_device(router)]


def all_devices(configuration: Configuration) -> dict[str, VirtualDevice]:
    """Return what all routers want made, by name."""
    return {each.name: each for router in configuration.routers for each in devices(router)}


def _mac(router: VirtualRouter, family: int) -> bytes:
    if router.vmac and router.vmac.mac:
        return bytes(int(octet, 16) for octet in router.vmac.mac.split(":"))
    return virtual_mac(family, router.vrid)

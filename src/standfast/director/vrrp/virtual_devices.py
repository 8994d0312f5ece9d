"""The interfaces of a virtual router's own: who holds its addresses, who sends its adverts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from standfast.director.vrrp.configuration import Configuration, VirtualAddress, VirtualRouter
from standfast.director.vrrp.frames import virtual_mac


@dataclass(frozen=True, slots=True)
class VirtualDevice:
    """A virtual MAC's interface, on another one."""

    name: str
    interface: str
    mac: bytes


def device_of(router: VirtualRouter) -> str:
    """Return the interface that holds a virtual router's addresses."""
    return (router.vmac.device or default_vmac(router)) if router.vmac else router.interface


def default_vmac(router: VirtualRouter) -> str:
    """Return the name of a virtual MAC's interface that has none."""
    return f"vrrp{'6' if router.family == 6 else ''}.{router.vrid}"


def sending_device(router: VirtualRouter) -> str:
    """Return the interface that sends a virtual router's adverts."""
    return router.interface if router.vmac and router.vmac.transmit_base else device_of(router)


def holder_of(router: VirtualRouter, address: VirtualAddress) -> str:
    """Return the interface that holds this address of a router. A virtual MAC is of one family."""
    if address.vmac or address.device:
        return address.vmac or address.device
    return device_of(router) if address.address.version == router.family else router.interface


def devices(router: VirtualRouter) -> Iterator[VirtualDevice]:
    """Return the interfaces that a router wants made: of itself, and of single addresses; one may come twice."""
    if router.vmac:
        yield VirtualDevice(device_of(router), router.interface, _mac(router, router.family))
    for each in router.addresses + router.excluded_addresses:
        if each.vmac:
            yield VirtualDevice(each.vmac, each.device or router.interface, _mac(router, each.address.version))


def elsewhere(router: VirtualRouter) -> list[str]:
    """Return the interfaces that are told of again and again because nothing else comes from them, if that is wanted.

    Source: keepalived.conf(5), garp_extra_if.
    """
    garp, own = router.garp, device_of(router)
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

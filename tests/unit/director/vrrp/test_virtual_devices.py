"""Which interfaces are made for a virtual router, and what each is for."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_interface
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.director import vrrp
from standfast.director.vrrp import virtual_devices as vd

Maker = Callable[..., Any]
IPVLAN = vrrp.Ipvlan("ipv51", ip_interface("10.78.0.7/24"), vrrp.IpvlanMode.PRIVATE)


def uses(router: vrrp.VirtualRouter) -> tuple[str, str, str, set[str]]:
    """Return who holds the addresses, who sends, whose address adverts are from, and who hears."""
    hearing = set(vd.listening_devices(router))
    return vd.device_of(router), vd.sending_device(router), vd.source_device(router), hearing


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("eth0", "eth0", "eth0", {"eth0"})),
        ({"vmac": vrrp.Vmac()}, ("vrrp.51", "vrrp.51", "eth0", {"eth0", "vrrp.51"})),
        ({"vmac": vrrp.Vmac("mac", True)}, ("mac", "eth0", "eth0", {"eth0", "mac"})),
        ({"ipvlan": IPVLAN}, ("eth0", "ipv51", "ipv51", {"ipv51"})),
        ({"ipvlan": vrrp.Ipvlan()}, ("eth0", "vrrp.51", "vrrp.51", {"vrrp.51"})),
    ],
)
def test_what_each_interface_is_for(virtual_router: Maker, changes: dict[str, Any], expected: tuple[Any, ...]) -> None:
    """Adverts would have another source than keepalived's, or the addresses be where nobody answers for them."""
    assert uses(virtual_router(**changes)) == expected


def test_an_ipvlan_is_made_with_its_address_and_mode(virtual_router: Maker) -> None:
    """A reload would take another ipvlan for the same, or make two."""
    router = virtual_router(ipvlan=IPVLAN)
    assert list(vd.devices(router)) == [vd.VirtualDevice("ipv51", "eth0", ipvlan=IPVLAN)]
    assert list(vd.devices(virtual_router())) == []
    other = replace(router, ipvlan=replace(IPVLAN, mode=vrrp.IpvlanMode.BRIDGE))
    assert list(vd.devices(router)) != list(vd.devices(other))


def test_addresses_beside_an_ipvlan_are_told_of_when_wanted(virtual_router: Maker) -> None:
    """Nothing comes from the interface itself, and switches may forget it."""
    garp = vrrp.Garp(extra_ms=1000, extra_all=True)
    assert vd.elsewhere(virtual_router(ipvlan=IPVLAN, garp=garp)) == ["eth0"]
    assert vd.elsewhere(virtual_router(garp=garp)) == []

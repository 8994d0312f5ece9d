"""What is wrong with a configuration is said, all of it."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_interface
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.director import vrrp

Maker = Callable[..., Any]
SIX = (vrrp.VirtualAddress(ip_interface("2001:db8::1/64")),)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"vrid": 0, "priority": 256}, ["vrrp.vrid-range", "vrrp.priority-range"]),
        ({"version": 2, "advertisement_interval_cs": 50}, ["vrrp.interval-range"]),
        ({"advertisement_interval_cs": 4096}, ["vrrp.interval-range"]),
        ({"version": 2, "addresses": SIX}, ["vrrp.version"]),
        ({"version": 4}, ["vrrp.version"]),
        ({"authentication": vrrp.Authentication(vrrp.AuthType.PASS, b"x")}, ["vrrp.authentication"]),
        ({"source": ip_address("2001:db8::2")}, ["vrrp.address-family"]),
        ({"ipvlan": vrrp.Ipvlan(address=ip_interface("10.78.0.7/24"))}, []),
        ({"ipvlan": vrrp.Ipvlan(), "vmac": vrrp.Vmac()}, ["vrrp.ipvlan", "vrrp.ipvlan"]),
        ({"ipvlan": vrrp.Ipvlan(), "addresses": SIX}, []),
        ({"ipvlan": vrrp.Ipvlan(address=ip_interface("fe80::7/64"))}, ["vrrp.address-family"]),
        ({"strict": True, "preempt_delay_ms": 1, "addresses": SIX}, ["vrrp.strict", "vrrp.strict"]),
        ({"strict": True, "unicast": vrrp.Unicast(()), "down_timer_adverts": 4}, ["vrrp.strict", "vrrp.strict"]),
    ],
)
def test_a_router(virtual_router: Maker, changes: dict[str, Any], codes: list[str]) -> None:
    """A router that can never work would be started."""
    found = vrrp.reports(vrrp.Configuration((virtual_router(**changes),)))
    assert [report.code for report in found] == codes


def test_twins_and_unknown_groups(virtual_router: Maker) -> None:
    """Two routers would fight for one MAC and one address, and nobody would have said so."""
    one = virtual_router()
    other = replace(one, name="W", sync_group="nowhere")
    codes = [report.code for report in vrrp.reports(vrrp.Configuration((one, other)))]
    assert codes == ["vrrp.vrid-twice", "vrrp.address-twice", "vrrp.sync-group"]

"""What is known of interfaces, and of those of a VRF together."""

from __future__ import annotations

from ipaddress import ip_address
from typing import cast

from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.netlink import Kernel

BLUE, ONE, TWO, BRIDGE, PORT = (
    nl.Link(1, "blue", 0, b"", "vrf"),
    nl.Link(2, "eth0", 0, b"", "veth", 1),
    nl.Link(3, "eth1", 0, b"", "veth"),
    nl.Link(4, "br0", 0, b"", "bridge"),
    nl.Link(5, "eth2", 0, b"", "veth", 4),
)
HERE = ip_address("192.0.2.1")


class Machine:
    """Stands for the kernel: two interfaces, one of them in a VRF, and a bridge with a port."""

    def links(self) -> list[nl.Link]:
        return [BLUE, ONE, TWO, BRIDGE, PORT]

    def holdings(self) -> list[nl.Holding]:
        return [nl.Holding(2, HERE, 24, 0, 0), nl.Holding(3, ip_address("198.51.100.1"), 24, 0, 0)]


def known() -> Interfaces:
    interfaces = Interfaces()
    interfaces.read(cast("Kernel", Machine()))
    return interfaces


def test_a_vrf_has_the_addresses_of_its_interfaces() -> None:
    """A router in a VRF would never begin, or send from an address that is not there."""
    interfaces = known()
    assert interfaces.holds("blue", HERE)
    assert not interfaces.holds("blue", ip_address("198.51.100.1"))
    assert interfaces.source("blue", 4, ()) == HERE.packed
    assert (interfaces.source("eth0", 4, ()), interfaces.source("none", 4, ())) == (HERE.packed, b"")


def test_a_bridge_is_no_vrf() -> None:
    """A virtual MAC on a bridge's port would be put into the bridge."""
    assert [known().vrf_of(link) for link in (ONE, TWO, PORT, BLUE)] == [1, 0, 0, 0]

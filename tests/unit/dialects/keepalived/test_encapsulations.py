"""Tunnels of routes, and what else is said of them."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from standfast.dialects.keepalived import unsupported, vrrp_of
from standfast.director.vrrp.configuration import Encapsulation, RouteMetric, VirtualRoute

HEAD = """vrrp_instance A {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.10
    }
    virtual_routes {
"""


def routes_of(read, *lines: str) -> tuple[VirtualRoute, ...]:  # type: ignore[no-untyped-def]
    source = read(HEAD + "\n".join(lines) + "\n}\n}\n")
    assert unsupported(source) == ()
    return vrrp_of(source).configuration.routers[0].routes


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mpls 100/200", Encapsulation(1, labels=(100, 200))),
        ("ip id 5 dst 192.0.2.1 src 192.0.2.2 tos 0x10 ttl 7",
         Encapsulation(2, id=5, destination=ip_address("192.0.2.1"), source=ip_address("192.0.2.2"), tos=16, ttl=7)),
        ("ila 1:2:3:4", Encapsulation(3, locator=0x1000200030004)),
        ("ip6 dst 2001:db8::7 tc 0x20 hoplimit 9 flags 1",
         Encapsulation(4, destination=ip_address("2001:db8::7"), tos=32, ttl=9, flags=1)),
        ("mpls 1048576", None),
        ("ila 1:2:3", None),
        ("ip dst 2001:db8::7", None),
        ("ip tos 0x10", None),
    ],
)  # fmt: skip
def test_tunnels(read, words: str, expected: Encapsulation | None) -> None:
    """Packets would leave without their tunnel, or through another."""
    route, hops = routes_of(
        read, f"198.51.100.0/24 dev eth0 encap {words}", f"198.51.101.0/24 nexthop dev eth0 encap {words}"
    )
    assert route.encapsulation == expected
    assert hops.hops[0].encapsulation == expected


def test_what_else_is_said_of_a_route(read) -> None:
    """A route would not end, be preferred, or be timed as with keepalived."""
    one, two, three = routes_of(
        read,
        "2001:db8::/64 dev eth0 expires 100 pref high from 2001:db8:1::/48",
        "198.51.100.0/24 dev eth0 realms 3/7 features ecn ttl-propagate disabled congctl lock bbr",
        "198.51.101.0/24 dev eth0 rtt 300ms rttvar lock 1s rto_min 5",
    )
    assert (one.expires_s, one.preference, one.from_source) == (100, 1, ip_network("2001:db8:1::/48"))
    assert (two.realms, two.propagates_ttl, two.metrics) == (3 << 16 | 7, False, (RouteMetric(12, 1),))
    assert (two.congestion_control, two.congestion_control_locked) == ("bbr", True)
    assert three.metrics == (RouteMetric(4, 2400), RouteMetric(5, 4000, locked=True), RouteMetric(13, 200))

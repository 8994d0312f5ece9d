"""Messages that set routes and rules."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from standfast.director import vrrp
from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.configuration import Encapsulation, RouteMetric
from standfast.director.vrrp.routing_messages import route, rule

NETWORK = ip_network("192.0.2.0/24")


def test_a_route_is_known_again() -> None:
    """A route that somebody removed would not come back."""
    wanted = vrrp.VirtualRoute(ip_network("192.0.2.0/24"), via=ip_address("10.0.0.1"), table=1000, metric=5)
    assert nl.read_route(next(nl.answers(route(wanted, {}, adds=True).pack(7)))) == (
        4,
        bytes((192, 0, 2, 0)),
        24,
        1000,
    )


def test_a_rule_holds_what_was_asked() -> None:
    """Packets would be routed by the wrong table."""
    wanted = vrrp.VirtualRule(4, 7000, table=77, source=ip_network("10.0.0.0/8"), mark=3, input_device="eth0")
    body = rule(wanted, adds=True).body
    assert body[:5] == bytes((2, 0, 8, 0, 77))
    assert b"eth0\0" in body


@pytest.mark.parametrize(
    ("tunnel", "expected"),
    [
        # as the kernel's headers have them: RTA_ENCAP (22, nested) around the tunnel's own, then RTA_ENCAP_TYPE (21)
        (Encapsulation(1, labels=(100, 200)), "10001680 0c000100 00064000 000c8100 06001500 01000000"),
        (Encapsulation(2, id=5, destination=ip_address("192.0.2.1"), ttl=7, tos=16),
         "28001680 0c000100 0000000000000005 08000200 c0000201 05000400 07000000 05000500 10000000 06001500 02000000"),
        (Encapsulation(3, locator=0x1000200030004), "10001680 0c000100 0001000200030004 06001500 03000000"),
        (Encapsulation(4, destination=ip_address("2001:db8::7"), flags=1),
         "20001680 14000200 20010db8000000000000000000000007 06000600 00010000 06001500 04000000"),
    ],
)  # fmt: skip
def test_a_route_through_a_tunnel(tunnel: Encapsulation, expected: str) -> None:
    """Packets would leave without their tunnel, or with a wrong label."""
    wanted = vrrp.VirtualRoute(NETWORK, device="eth0", encapsulation=tunnel)
    assert route(wanted, {"eth0": 3}, adds=True).body.hex().endswith(expected.replace(" ", ""))


def test_a_route_has_what_ipv6_says_of_it() -> None:
    """A route would never end, or be for packets from everywhere."""
    wanted = vrrp.VirtualRoute(
        ip_network("2001:db8::/64"), from_source=ip_network("2001:db8:1::/48"), expires_s=10, preference=1
    )
    body = route(wanted, {}, adds=True).body
    assert body[:3] == bytes((10, 64, 48))
    for attribute in ("14000200 20010db8000100000000000000000000", "08001700 0a000000", "05001400 01000000"):
        assert bytes.fromhex(attribute) in body


def test_metrics_of_a_route() -> None:
    """TCP would use another algorithm, or change what is locked."""
    metrics = RouteMetric(4, 8000), RouteMetric(5, 4000, locked=True)
    wanted = vrrp.VirtualRoute(
        NETWORK, metrics=metrics, congestion_control="bbr", congestion_control_locked=True, realms=3 << 16 | 7,
        propagates_ttl=False,
    )  # fmt: skip
    body = route(wanted, {}, adds=True).body
    held = "08000100 20000100 08000400 401f0000 08000500 a00f0000 08001000 62627200"
    assert bytes.fromhex("24000880" + held + "08000b00 07000300 05001a00 00000000") in body


def test_a_rule_has_its_selectors() -> None:
    """A rule would match more than it should."""
    body = rule(vrrp.VirtualRule(4, 9, 7, realms=7, tunnel_id=99, suppress_group=3), adds=True).body
    for attribute in ("08000b00 07000000", "0c000c00 0000000000000063", "08000d00 03000000"):
        assert bytes.fromhex(attribute) in body
    assert b"\x08\x00\x0f\x00" not in rule(vrrp.VirtualRule(4, 9, l3mdev=True), adds=True).body

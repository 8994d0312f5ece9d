"""Messages to the kernel and from it."""

from __future__ import annotations

import struct
from ipaddress import ip_address, ip_interface, ip_network

import pytest

from standfast.director import vrrp
from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.rtnetlink_messages import Answer, Flag, Kind


def answer(request: nl.Request) -> Answer:
    """Return a request as the kernel would tell it to others."""
    found = list(nl.answers(request.pack(7)))
    assert [each.sequence for each in found] == [7]
    return found[0]


@pytest.mark.parametrize("text", ["10.78.0.100/24", "2001:db8::1/64", "10.78.0.100/32"])
def test_an_address_comes_back_as_it_went(text: str) -> None:
    """Another address, or another prefix, would be set; or its loss not seen."""
    wanted = vrrp.VirtualAddress(ip_interface(text), label="eth0:1", scope=253)
    held = nl.read_address(answer(nl.address(wanted, 3, adds=True)))
    assert (held.index, held.address, held.scope) == (3, wanted.address.ip, 253)
    assert held.prefix_bits == wanted.address.network.prefixlen


def test_ipv6_addresses_do_not_wait_for_duplicates() -> None:
    """An address would be of no use for a second after each take-over."""
    wanted = vrrp.VirtualAddress(ip_interface("2001:db8::1/64"))
    held = nl.read_address(answer(nl.address(wanted, 3, adds=True)))
    assert held.flags & nl.AddressFlag.NO_DAD


def test_a_route_is_known_again() -> None:
    """A route that somebody removed would not come back."""
    wanted = vrrp.VirtualRoute(ip_network("192.0.2.0/24"), via=ip_address("10.0.0.1"), table=1000, metric=5)
    assert nl.read_route(answer(nl.route(wanted, {wanted.device: 3}, adds=True))) == (
        4,
        bytes((192, 0, 2, 0)),
        24,
        1000,
    )


def test_additions_replace_and_removals_do_not() -> None:
    """An address that is there already would be refused at a take-over."""
    wanted = vrrp.VirtualAddress(ip_interface("10.78.0.100/24"))
    adding, removing = (nl.address(wanted, 3, adds=adds) for adds in (True, False))
    assert (adding.kind, removing.kind) == (Kind.NEW_ADDRESS, Kind.DEL_ADDRESS)
    assert adding.flags & Flag.REPLACE
    assert not removing.flags & Flag.REPLACE


def test_several_messages_in_a_datagram() -> None:
    """All but the first change of somebody else's would be missed."""
    wanted = vrrp.VirtualAddress(ip_interface("10.78.0.100/24"), label="odd")
    data = b"".join(nl.address(wanted, index, adds=False).pack(index) for index in (1, 2, 3))
    assert [nl.read_address(each).index for each in nl.answers(data)] == [1, 2, 3]
    assert [each.sequence for each in nl.answers(data[:-1])] == [1, 2]


def test_an_acknowledgement_has_an_errno() -> None:
    """A refusal would be taken for success."""
    assert Answer(nl.ERROR, 1, 0, struct.pack("=i", -17)).error == 17
    assert Answer(nl.ERROR, 1, 0, struct.pack("=i", 0)).error == 0


def test_a_link_is_up_with_a_carrier_only() -> None:
    """A router whose cable is out would be Active."""
    assert nl.Link(1, "eth0", nl.LinkFlag.UP | nl.LinkFlag.RUNNING, b"").is_up
    assert not nl.Link(1, "eth0", nl.LinkFlag.UP, b"").is_up


def test_a_rule_holds_what_was_asked() -> None:
    """Packets would be routed by the wrong table."""
    wanted = vrrp.VirtualRule(4, 7000, table=77, source=ip_network("10.0.0.0/8"), mark=3, input_device="eth0")
    body = nl.rule(wanted, adds=True).body
    assert body[:5] == bytes((2, 0, 8, 0, 77))
    assert b"eth0\0" in body

"""Messages to the kernel and from it."""

from __future__ import annotations

import struct
from ipaddress import ip_interface

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


@pytest.mark.parametrize("master", [0, 7])
@pytest.mark.parametrize(
    ("what", "kind", "mac"),
    [
        (nl.macvlan(bytes.fromhex("00005e000133")), "macvlan", bytes.fromhex("00005e000133")),
        (nl.ipvlan(vrrp.IpvlanMode.VEPA), "ipvlan", b""),
    ],
)
def test_a_device_is_what_was_asked_for(what: bytes, kind: str, mac: bytes, master: int) -> None:
    """A device of another kind would be made, or one outside of the VRF, and ours not be known after a kill."""
    link = nl.read_link(answer(nl.link_on("own", 3, master, what)))
    assert link == nl.Link(0, "own", 0, mac, kind, master)


def test_a_device_goes_into_a_vrf() -> None:
    """A device would stay in the VRF that its interface has left, and hear nothing."""
    assert nl.read_link(answer(nl.link_in(4, 7))).master == 7
    assert nl.read_link(answer(nl.link_in(4, 0))).master == 0


def test_an_ipvlan_has_its_mode() -> None:
    """The kernel refuses another mode than the other ipvlans of an interface have. Source: linux/if_link.h."""
    modes = {mode: nl.ipvlan(mode)[-8:] for mode in vrrp.IpvlanMode}
    assert modes == {mode: struct.pack("=HHHxx", 6, 2, mode) for mode in vrrp.IpvlanMode}

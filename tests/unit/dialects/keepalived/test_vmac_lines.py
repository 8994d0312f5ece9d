"""`use_ipvlan` and `vrf`: what they come to, and what of them is refused."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

import pytest

from standfast.dialects.keepalived import unsupported, vrrp_of
from standfast.director import vrrp

IPVLAN = """vrrp_instance A {
    interface eth0
    virtual_router_id 51
    use_ipvlan ipv51 192.0.2.7/24 private
    virtual_ipaddress {
        192.0.2.10/24
    }
}
vrrp_instance B {
    interface eth0
    virtual_router_id 52
    use_ipvlan
    virtual_ipaddress {
        fe80::10/64
    }
}
vrrp_instance C {
    interface eth0
    virtual_router_id 52
    use_ipvlan 192.0.2.8
    virtual_ipaddress {
        192.0.2.11/24
    }
}
"""
VRF = """vrrp_instance A {
    vrf blue
    virtual_router_id 51
    unicast_src_ip 192.0.2.1
    unicast_peer {
        192.0.2.2
    }
    virtual_ipaddress {
        192.0.2.10/24 dev eth0
    }
}
"""
HERE = frozenset({"eth0", "eth1", "blue"})


def told(source) -> list[str]:
    return [finding.message for finding in source.findings]


def test_an_ipvlan_has_name_address_and_mode(read) -> None:
    """Adverts would have another source than with keepalived, which the other machine's `unicast_peer` refuses."""
    source = read(IPVLAN)
    one, two, three = vrrp_of(source).configuration.routers
    assert told(source) == []
    assert unsupported(source) == ()
    assert one.ipvlan == vrrp.Ipvlan("ipv51", ip_interface("192.0.2.7/24"), vrrp.IpvlanMode.PRIVATE)
    assert (one.source, one.vmac, one.addresses[0].device) == (ip_address("192.0.2.7"), None, "")
    assert (two.ipvlan, two.source) == (vrrp.Ipvlan("vrrp.52"), None)
    assert three.ipvlan == vrrp.Ipvlan("vrrp1.52", ip_interface("192.0.2.8/32"))


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("ipv51", "A: use_ipvlan with IPv4 wants an address: without, the instance is in FAULT"),
        ("ipv51 192.0.2.7 192.0.2.8", "an address was said before"),
        ("ipv51 192.0.2.7 fe80::7", "an address was said before"),
        ("ipv51 192.0.2.7 bridge vepa", "a mode was said before"),
        ("ipv51 192.0.2.7 group", "an interface's name was said before"),
        ("eth1 192.0.2.7", "eth1 is there already, and no ipvlan"),
        ("ipvlan-of-the-whole-router 192.0.2.7", "ipvlan-of-the-whole-router cannot be an interface's name"),
        ("192.0.2.7\n use_ipvlan", "use_ipvlan was said before"),
    ],
)
def test_what_is_wrong_with_an_ipvlan_is_told(read, words: str, wrong: str) -> None:
    """An operator would look for an interface that was never made."""
    source = read(IPVLAN.replace("ipv51 192.0.2.7/24 private", words))
    assert told(source) == [wrong]
    assert source.status == 5


def test_an_ipvlan_that_is_there_is_taken(read) -> None:
    """A reload would give an instance another interface, for its own one is there."""
    machine = {"interfaces": frozenset({"eth0", "ipv51"}), "drivers": {"ipv51": "ipvlan"}}
    assert told(read(IPVLAN, **machine)) == []
    machine["drivers"] = {"ipv51": "macvlan"}
    assert told(read(IPVLAN, **machine)) == ["ipv51 is there already, and no ipvlan"]


def test_an_instance_is_in_a_vrf(read) -> None:
    """Adverts would go out through the main table, to nobody."""
    source = read(VRF, interfaces=HERE)
    (router,) = vrrp_of(source).configuration.routers
    assert told(source) == ["A has no interface: keepalived before 2.2.8 does not start"]
    assert not any(finding.stops for finding in source.findings)
    assert unsupported(source) == ()
    assert (router.interface, router.source, router.track_source) == ("blue", ip_address("192.0.2.1"), True)
    assert (router.addresses[0].device, router.unicast is not None) == ("eth0", True)
    assert router.tracked == (vrrp.Tracked("interface:eth0", 0),)


@pytest.mark.parametrize(
    ("old", "new", "wrong", "stops"),
    [
        ("vrf blue", "", "A has no interface", True),
        ("192.0.2.2", "", "A has no interface: vrf is for unicast, and there is no peer", True),
        ("unicast_src_ip 192.0.2.1", "", "A has no interface, and no unicast_src_ip, which vrf wants", True),
        ("vrf blue", "interface eth0\nvrf blue", "vrf stands beside an interface or another vrf", False),
        (
            "vrf blue",
            "vrf blue\ninterface eth0",
            "A: vrf is for unicast without an interface: it does not count",
            False,
        ),
        ("10/24 dev eth0", "10/24 dev eth0\n192.0.2.11", "A: 192.0.2.11 names no interface: it is left out", False),
        ("vrf blue", "vrf blue\nuse_ipvlan", "use_vmac with unicast wants an interface", False),
    ],
)
def test_what_is_wrong_with_a_vrf_is_told(read, old: str, new: str, wrong: str, stops: bool) -> None:
    """VRRP would not start, or an address be nowhere, and nothing say why."""
    source = read(VRF.replace(old, new), interfaces=HERE)
    assert wrong in told(source)
    assert any(finding.stops for finding in source.findings) is stops


def test_a_vrf_that_is_not_there_stops_vrrp(read) -> None:
    """The daemon would start and do nothing."""
    assert "there is no interface blue" in told(read(VRF))


ROUTE = """
vrrp_instance A {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.10
    }
    virtual_routes {
        198.51.100.0/24 via 192.0.2.9 dev eth0 vrf VRF
    }
}
"""


def test_a_route_stands_in_the_table_of_its_vrf(read) -> None:
    """It would lead those astray who are not in the VRF, and nobody else anywhere."""
    source = read(ROUTE.replace("VRF", "blue"), interfaces=HERE, vrfs={"blue": 10})
    (route,) = vrrp_of(source).configuration.routers[0].routes
    assert (told(source), route.table) == ([], 10)


@pytest.mark.parametrize(("name", "wrong"), [("red", "there is no VRF red"), ("eth0", "eth0 is no VRF")])
def test_a_route_without_its_vrf_is_left_out(read, name: str, wrong: str) -> None:
    """It would stand in the main table, for everybody."""
    source = read(ROUTE.replace("VRF", name), interfaces=HERE, vrfs={"blue": 10})
    assert any(wrong in each for each in told(source))
    assert vrrp_of(source).configuration.routers[0].routes == ()

"""What is done on a machine, and in which order."""

from __future__ import annotations

import msgspec
import pytest

from standfast.director import setup
from standfast.director.setup import Held, Link, Method

VIP, VIP6 = "10.0.0.100", "2001:db8::100"
REAL = setup.RealServerWish(Method.DIRECT, (VIP,))


def texts(wish: setup.Wish, facts: setup.Facts) -> list[str]:
    return [str(step) for step in setup.plan(wish, facts)]


def with_sysctl(facts: setup.Facts, **knobs: str) -> setup.Facts:
    named = {setup.conf(*name.split("__")): value for name, value in knobs.items()}
    return msgspec.structs.replace(facts, sysctls={**facts.sysctls, **named})


def test_a_direct_real_server_is_silent_before_it_holds_the_vip(a_host: setup.Facts) -> None:
    """If this failed, a real server would answer ARP for the VIP while it is set up."""
    assert texts(REAL, a_host) == [
        "set net.ipv4.conf.all.arp_ignore = 1",
        "set net.ipv4.conf.all.arp_announce = 2",
        "add 10.0.0.100/32 to lo",
    ]


@pytest.mark.parametrize(("value", "wanted"), [("1", "1"), ("2", "2"), ("3", "1"), ("5", "1"), ("8", "8")])
def test_what_is_silent_already_stays(a_host: setup.Facts, value: str, wanted: str) -> None:
    """If this failed, a stricter setting would be loosened, or one that hides host addresses only be trusted."""
    facts = with_sysctl(a_host, all__arp_ignore=value)
    step = setup.SetSysctl(setup.conf("all", "arp_ignore"), wanted)
    assert step in setup.required(REAL, facts)
    assert setup.holds(step, facts) == (value == wanted)


def test_an_interface_of_its_own_mind_is_silenced(a_host: setup.Facts) -> None:
    """If this failed, eth1's 3 would win over 1 for all, and eth1 would answer for the VIP."""
    assert "set net.ipv4.conf.eth1.arp_ignore = 1" in texts(REAL, with_sysctl(a_host, eth1__arp_ignore="3"))


def test_ipv6_needs_no_silence(a_host: setup.Facts) -> None:
    """If this failed, sysctls of IPv4 would be changed for nothing: neighbour discovery never answers for lo."""
    assert texts(setup.RealServerWish(Method.DIRECT, (VIP6,)), a_host) == [f"add {VIP6}/128 to lo"]


def test_a_tunnel_real_server(a_host: setup.Facts) -> None:
    """If this failed, unwrapped packets would be dropped by rp_filter, or ARP be answered."""
    assert texts(setup.RealServerWish(Method.TUNNEL, (VIP,)), a_host) == [
        "set net.ipv4.conf.all.arp_ignore = 1",
        "set net.ipv4.conf.all.arp_announce = 2",
        "load the module ipip",
        "make the tunnel device tunl0, if the module did not",
        "set net.ipv4.conf.tunl0.rp_filter = 2",
        "add 10.0.0.100/32 to tunl0",
        "set tunl0 up",
    ]


def test_a_nat_real_server_needs_nothing(a_host: setup.Facts) -> None:
    """If this failed, a real server of any system could not be one under NAT."""
    assert texts(setup.RealServerWish(Method.NAT, (), "10.0.0.254"), a_host) == []


def test_directors(a_host: setup.Facts) -> None:
    """If this failed, a method would miss what it needs or the others get what only NAT needs."""
    vip = "add 10.0.0.100/32 to eth0 and announce it"
    for method in (Method.DIRECT, Method.TUNNEL):
        assert texts(setup.DirectorWish(method, (VIP,)), a_host) == ["load the module ip_vs", vip]
    assert texts(setup.DirectorWish(Method.NAT, (VIP,), "", {"net/ipv4/vs/expire_nodest_conn": "1"}), a_host) == [
        "load the module ip_vs",
        "set net.ipv4.ip_forward = 1",
        "set net.ipv4.conf.all.send_redirects = 0",
        "set net.ipv4.conf.eth0.send_redirects = 0",
        "set net.ipv4.vs.expire_nodest_conn = 1",
        vip,
    ]


def test_a_director_for_ipv6(a_host: setup.Facts) -> None:
    """If this failed, NAT for IPv6 would not forward, or settings of IPv4 be changed for nothing."""
    assert texts(setup.DirectorWish(Method.NAT, (VIP6,), "eth1"), a_host) == [
        "load the module ip_vs",
        "set net.ipv6.conf.all.forwarding = 1",
        f"add {VIP6}/128 to eth1",
    ]


def test_a_vip_that_is_held_with_another_prefix_is_held(a_host: setup.Facts) -> None:
    """If this failed, an address that VRRP put there would be added a second time, and taken away with ours."""
    facts = msgspec.structs.replace(a_host, addresses=(*a_host.addresses, Held(f"{VIP}/24", "eth0")))
    assert texts(setup.DirectorWish(Method.DIRECT, (VIP,)), facts) == ["load the module ip_vs"]


def test_a_director_whose_addresses_vrrp_holds(a_host: setup.Facts) -> None:
    """If this failed, a director under VRRP would hold its addresses for good, or not forward."""
    assert texts(setup.DirectorWish(Method.NAT, (), "eth1"), a_host) == [
        "load the module ip_vs",
        "set net.ipv4.ip_forward = 1",
        "set net.ipv4.conf.all.send_redirects = 0",
        "set net.ipv4.conf.eth1.send_redirects = 0",
    ]


def codes(wish: setup.Wish, facts: setup.Facts, *known: setup.Wish, **more: dict[str, list[str]]) -> list[str]:
    return [report.code.removeprefix("director.") for report in setup.objections(wish, facts, known, **more)]


def test_objections_to_a_director(a_host: setup.Facts) -> None:
    """If this failed, a director would be set up that cannot work, or two machines hold one address."""
    wish = setup.DirectorWish(Method.DIRECT, (VIP,))
    assert codes(wish, a_host) == []
    assert codes(setup.DirectorWish(Method.DIRECT, ("vip",)), a_host) == ["address"]
    assert codes(setup.DirectorWish(Method.DIRECT, ("203.0.113.1",)), a_host) == ["no-link"]
    assert codes(setup.DirectorWish(Method.DIRECT, (VIP,), "eth9"), a_host) == ["no-link"]
    assert codes(setup.DirectorWish(Method.DIRECT, (VIP,), "", {"net/../x": "1"}), a_host) == ["sysctl"]
    assert codes(wish, a_host, answering={VIP: ["02:00:00:00:00:09"]}) == ["vip-taken"]
    assert codes(wish, a_host, setup.DirectorWish(Method.NAT, (VIP,))) == []
    down = msgspec.structs.replace(a_host, links=(Link("eth0", up=False),))
    assert codes(wish, down) == ["link-down"]
    hidden = msgspec.structs.replace(a_host, addresses=(*a_host.addresses, Held(f"{VIP}/32", "lo")))
    assert codes(wish, hidden) == ["vip-hidden"]


def test_objections_to_a_real_server(a_host: setup.Facts) -> None:
    """If this failed, a real server would be set up that answers ARP, or whose tunnel the kernel does not unwrap."""
    assert codes(REAL, a_host) == []
    assert codes(setup.RealServerWish(Method.NAT), a_host) == ["no-director"]
    assert codes(setup.RealServerWish(Method.DIRECT), a_host) == ["no-vip"]
    assert codes(setup.RealServerWish(Method.TUNNEL, (VIP6,)), a_host) == ["tunnel-family"]
    on_wire = msgspec.structs.replace(a_host, addresses=(*a_host.addresses, Held(f"{VIP}/24", "eth0")))
    assert codes(REAL, on_wire) == ["vip-on-wire"]
    assert codes(REAL, a_host, setup.RealServerWish(Method.TUNNEL, (VIP,))) == ["other-method"]

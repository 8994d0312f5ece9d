"""Each classical mistake on a real server is found there."""

from __future__ import annotations

from ipaddress import ip_address

import msgspec
import pytest

from standfast.director import setup
from standfast.director.setup import Held, Link, Method, Route

VIP, DIRECTOR = "10.0.0.100", "10.0.0.2"


def found(facts: setup.Facts, method: Method, vips: tuple[str, ...] = (VIP,), director: str = DIRECTOR) -> list[str]:
    record = setup.RealServerRecord("web1", (setup.RealServerWish(method, vips, director),), facts)
    findings = setup.examine_real_server(record)
    assert all(one.why and one.cure and one.what and one.subject == "web1" for one in findings)
    return [one.code.removeprefix("director.") for one in findings]


def changed(facts: setup.Facts, *held: Held, **sysctls: str) -> setup.Facts:
    named = {setup.conf(*name.split("__")): value for name, value in sysctls.items()}
    return msgspec.structs.replace(facts, addresses=(*facts.addresses, *held), sysctls={**facts.sysctls, **named})


@pytest.fixture
def direct(a_host: setup.Facts) -> setup.Facts:
    """A real server for DR as it should be."""
    return changed(a_host, Held(f"{VIP}/32", "lo"), all__arp_ignore="1", all__arp_announce="2")


@pytest.fixture
def tunnel(a_host: setup.Facts) -> setup.Facts:
    """A real server for TUN as it should be."""
    facts = msgspec.structs.replace(a_host, links=(*a_host.links, Link("tunl0", arp=False, mtu=1480, kind="ipip")))
    return changed(facts, Held(f"{VIP}/32", "tunl0"), all__arp_ignore="1", all__arp_announce="2", tunl0__rp_filter="2")


def test_sound_real_servers_are_left_in_peace(direct: setup.Facts, tunnel: setup.Facts, a_host: setup.Facts) -> None:
    """If this failed, people would stop reading what the doctor says."""
    assert found(direct, Method.DIRECT) == []
    assert found(tunnel, Method.TUNNEL) == []
    assert found(a_host, Method.NAT, (), "10.0.0.254") == []


def test_arp_for_the_vip(direct: setup.Facts) -> None:
    """If this failed, ARP flux, the oldest mistake of all, would not be found."""
    assert found(changed(direct, all__arp_ignore="0"), Method.DIRECT) == ["arp-ignore"] * 2
    assert found(changed(direct, eth1__arp_ignore="3"), Method.DIRECT) == ["arp-ignore"]
    assert found(changed(direct, all__arp_announce="1"), Method.DIRECT) == ["arp-announce"] * 2


def test_where_the_vip_is(direct: setup.Facts, a_host: setup.Facts) -> None:
    """If this failed, a VIP that is missing, on the wire, or a whole network on lo would not be told."""
    assert found(a_host, Method.DIRECT) == ["real-server-vip"]
    wide = changed(a_host, Held(f"{VIP}/24", "lo"), all__arp_ignore="1", all__arp_announce="2")
    assert found(wide, Method.DIRECT) == ["vip-prefix"]
    assert found(changed(direct, Held(f"{VIP}/32", "eth1")), Method.DIRECT) == ["vip-on-wire"]


def test_the_gateway(direct: setup.Facts, a_host: setup.Facts) -> None:
    """If this failed, answers that go the wrong way would not be found, under any method."""
    assert found(direct, Method.DIRECT, director="10.0.0.254") == ["gateway-director"]
    assert found(a_host, Method.NAT, ()) == ["gateway-past-director"]
    nowhere = msgspec.structs.replace(a_host, routes=())
    assert found(nowhere, Method.NAT, ()) == ["gateway-past-director"]
    record = setup.RealServerRecord("web1", (setup.RealServerWish(Method.DIRECT, (VIP,)),), direct)
    assert setup.examine_real_server(record) == []
    assert setup.examine_real_server(record, {ip_address("10.0.0.254")}) != []


def test_the_tunnel(tunnel: setup.Facts) -> None:
    """If this failed, unwrapped packets would be dropped without a word."""
    assert found(changed(tunnel, tunl0__rp_filter="1"), Method.TUNNEL) == ["rp-filter"]
    assert found(changed(tunnel, tunl0__rp_filter="0"), Method.TUNNEL) == ["rp-filter"]
    moved = tuple(Held(h.address, "lo") if h.link == "tunl0" else h for h in tunnel.addresses)
    assert found(msgspec.structs.replace(tunnel, addresses=moved), Method.TUNNEL) == ["rp-filter"]
    down = tuple(Link(x.name, up=x.name != "tunl0", arp=x.arp) for x in tunnel.links)
    assert found(msgspec.structs.replace(tunnel, links=down), Method.TUNNEL) == ["tunnel-link"]
    gone = tuple(x for x in tunnel.links if x.name != "tunl0")
    assert "tunnel-link" in found(msgspec.structs.replace(tunnel, links=gone), Method.TUNNEL)


def test_answers_that_leave_by_another_interface(direct: setup.Facts) -> None:
    """If this failed, a strict filter on the inner interface would drop what the director sends."""
    routes = (*direct.routes[:2], Route("0.0.0.0/0", "eth1", "10.1.0.254"))
    assert found(msgspec.structs.replace(direct, routes=routes), Method.DIRECT) == ["rp-filter"]


def test_a_record_travels_as_json(tunnel: setup.Facts) -> None:
    """If this failed, the director's doctor could not read what a real server tells."""
    record = setup.RealServerRecord("web1", (setup.RealServerWish(Method.TUNNEL, (VIP,), DIRECTOR),), tunnel)
    assert msgspec.json.decode(msgspec.json.encode(record), type=setup.RealServerRecord) == record

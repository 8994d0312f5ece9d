"""Each classical mistake around a director is found, and a sound director has none."""

from __future__ import annotations

from ipaddress import ip_address

import msgspec
import pytest

from standfast.director import Counters, ServerStatus, ServiceStatus, lvs, setup
from standfast.director.setup import Held, Link, Route

VIP = "10.0.0.100"
NAT, DIRECT, TUNNEL = lvs.Forwarding.NAT, lvs.Forwarding.DIRECT, lvs.Forwarding.TUNNEL
VS = {"conn_reuse_mode": "1", "expire_nodest_conn": "1", "expire_quiescent_template": "0", "conntrack": "0"}
OWN_NETWORK = "10.1.0.7"


@pytest.fixture
def sound(a_host: setup.Facts) -> setup.Facts:
    """A director as it should be."""
    knobs = {f"net/ipv4/vs/{name}": value for name, value in VS.items()}
    return msgspec.structs.replace(
        a_host,
        addresses=(*a_host.addresses, Held(f"{VIP}/32", "eth0")),
        sysctls={**a_host.sysctls, **knobs, "net/ipv4/ip_forward": "1"},
    )


def pool(*servers: ServerStatus, port: int = 80, vip: str = VIP, **more: object) -> setup.WatchedPool:
    key = lvs.ServiceAddress(lvs.Transport.TCP, ip_address(vip), port)
    return setup.WatchedPool(ServiceStatus(lvs.VirtualService(key, "rr", **more)), servers)  # type: ignore[arg-type]


def server(address: str, forwarding: lvs.Forwarding, port: int = 80, **more: object) -> ServerStatus:
    return ServerStatus(lvs.RealServer(lvs.ServerKey(ip_address(address), port), forwarding), **more)  # type: ignore[arg-type]


def found(facts: setup.Facts, *pools: setup.WatchedPool, **more: object) -> list[str]:
    record = setup.DirectorRecord(facts, pools, **more)  # type: ignore[arg-type]
    findings = setup.examine_director(record)
    assert all(one.why and one.cure and one.what for one in findings)
    return [one.code.removeprefix("director.") for one in findings]


def changed(facts: setup.Facts, **sysctls: str) -> setup.Facts:
    named = {name.replace("__", "/"): value for name, value in sysctls.items()}
    return msgspec.structs.replace(facts, sysctls={**facts.sysctls, **named})


def test_a_sound_director_is_left_in_peace(sound: setup.Facts) -> None:
    """If this failed, people would stop reading what the doctor says."""
    servers = (server("10.0.0.7", DIRECT), server(OWN_NETWORK, NAT, 8080), server(OWN_NETWORK, DIRECT))
    assert found(sound, pool(*servers)) == []
    assert found(sound) == []


def test_no_ipvs(a_host: setup.Facts) -> None:
    """If this failed, a kernel without IPVS would look healthy."""
    assert [f.code for f in setup.examine_director(setup.DirectorRecord(a_host, None))] == ["director.no-ipvs"]


def test_a_real_server_is_examined_as_one(a_host: setup.Facts) -> None:
    """If this failed, the doctor would tell a real server that it lacks IPVS, and nothing of its own mistakes."""
    wish = setup.RealServerWish(setup.Method.DIRECT, (VIP,))
    own = setup.RealServerRecord("web1", (wish,), a_host)
    assert [f.code for f in setup.examine_director(setup.DirectorRecord(a_host, None, own=own))] == [
        "director.real-server-vip"
    ]
    assert found(a_host, own=own) == ["real-server-vip"]


def test_a_port_cannot_be_mapped_under_dr(sound: setup.Facts) -> None:
    """If this failed, nobody would see why a mapped port is not reached."""
    assert found(sound, pool(server("10.0.0.7", DIRECT, 8080))) == ["port-mapped"]
    assert found(sound, pool(server("10.0.0.7", DIRECT, 8080), port=0)) == []


def test_a_direct_real_server_behind_a_router(sound: setup.Facts) -> None:
    """If this failed, a router would send the VIP's packets round in circles unseen."""
    assert found(sound, pool(server("192.0.2.7", DIRECT))) == ["dr-not-on-link"]
    without = msgspec.structs.replace(sound, routes=())
    assert found(without, pool(server("192.0.2.7", DIRECT))) == ["dr-not-on-link"]


def test_nat_without_forwarding(sound: setup.Facts) -> None:
    """If this failed, answers would be dropped at the director unseen."""
    assert found(changed(sound, net__ipv4__ip_forward="0"), pool(server(OWN_NETWORK, NAT))) == ["ip-forward"]


def test_nat_answers_that_do_not_come_back(sound: setup.Facts) -> None:
    """If this failed, a real server with another gateway would take connections for ever."""
    one_way = Counters(connections=3, in_packets=9)
    assert found(sound, pool(server(OWN_NETWORK, NAT, counters=one_way))) == ["no-answers"]
    both = Counters(connections=3, in_packets=9, out_packets=6)
    assert found(sound, pool(server(OWN_NETWORK, NAT, counters=both))) == []


def test_nat_beyond_and_within_the_networks(sound: setup.Facts) -> None:
    """If this failed, the two wrong networks for a NAT real server would not be told."""
    assert found(sound, pool(server("192.0.2.7", NAT))) == ["nat-not-on-link"]
    assert found(sound, pool(server("10.0.0.7", NAT))) == ["nat-one-network", "redirects"]
    quiet = {f"net__ipv4__conf__{link}__send_redirects": "0" for link in ("all", "eth0")}
    assert found(changed(sound, **quiet), pool(server("10.0.0.7", NAT))) == ["nat-one-network"]


def test_a_tunnel_on_which_full_packets_do_not_fit(sound: setup.Facts) -> None:
    """If this failed, uploads would hang where ICMP is filtered, and nobody know why."""
    assert found(sound, pool(server("10.0.0.7", TUNNEL))) == ["tunnel-mtu"]
    links = tuple(Link(x.name, mtu=1600 if x.name == "eth1" else x.mtu, arp=x.arp) for x in sound.links)
    assert found(msgspec.structs.replace(sound, links=links), pool(server(OWN_NETWORK, TUNNEL))) == []


def test_knobs_that_cut_or_hold_connections(sound: setup.Facts) -> None:
    """If this failed, connections would hang after a real server was removed, for reasons known for years."""
    pools = pool(server("10.0.0.7", DIRECT))
    assert found(changed(sound, net__ipv4__vs__expire_nodest_conn="0"), pools) == ["expire-nodest-conn"]
    assert found(changed(sound, net__ipv4__vs__conn_reuse_mode="0"), pools) == ["conn-reuse-mode"]
    tracked = changed(sound, net__ipv4__vs__conntrack="1")
    assert found(tracked, pools) == []
    assert found(msgspec.structs.replace(tracked, kernel="5.4.0-42"), pools) == ["conn-reuse-mode"]
    persistent = pool(server("10.0.0.7", DIRECT), flags=lvs.ServiceFlag.PERSISTENT)
    assert found(sound, persistent) == ["expire-quiescent"]
    assert found(changed(sound, net__ipv4__vs__expire_nodest_conn="0")) == []


def test_a_vip_that_nobody_or_lo_holds(sound: setup.Facts) -> None:
    """If this failed, a service whose packets never come would look healthy."""
    assert found(sound, pool(server("10.0.0.7", DIRECT), vip="10.0.0.101")) == ["vip-missing"]
    hidden = msgspec.structs.replace(sound, addresses=(*sound.addresses[:-1], Held(f"{VIP}/32", "lo")))
    assert found(hidden, pool(server("10.0.0.7", DIRECT))) == ["vip-hidden"]


def test_a_real_server_that_answers_arp(sound: setup.Facts) -> None:
    """If this failed, clients would reach one real server past the director, until they do not."""
    mac = "02:00:00:00:00:09"
    record = setup.DirectorRecord(sound, (), {VIP: [mac]}, {}, {mac: "10.0.0.9"})
    finding = setup.examine_director(record)[0]
    assert (finding.code, finding.subject) == ("director.vip-answered", "10.0.0.9")
    assert mac in finding.what


def test_two_interfaces_in_one_network(sound: setup.Facts) -> None:
    """If this failed, ARP flux on the director would not be told."""
    both = msgspec.structs.replace(sound, addresses=(*sound.addresses, Held("10.0.0.2/24", "eth1")))
    assert found(both) == ["arp-flux"]
    assert found(changed(both, net__ipv4__conf__all__arp_ignore="1")) == []


def test_a_strict_filter_on_the_vips_interface(sound: setup.Facts) -> None:
    """If this failed, clients from beyond the router would be dropped without a word."""
    elsewhere = msgspec.structs.replace(
        sound, routes=(*sound.routes[:2], Route("0.0.0.0/0", "eth1", "10.1.0.254")), sysctls=sound.sysctls
    )
    assert found(elsewhere, pool(server("10.0.0.7", DIRECT))) == ["rp-filter"]
    loose = changed(elsewhere, net__ipv4__conf__eth0__rp_filter="2")
    assert found(loose, pool(server("10.0.0.7", DIRECT))) == []


def test_a_direct_real_server_that_never_answers(sound: setup.Facts) -> None:
    """If this failed, a real server without the VIP would swallow its share of the connections."""
    hanging = server("10.0.0.7", DIRECT, active=4)
    assert found(sound, pool(hanging), half_open={hanging.server.key: 4}) == ["half-open"]
    alive = server("10.0.0.7", DIRECT, active=9)
    assert found(sound, pool(alive), half_open={alive.server.key: 4}) == []


def test_errors_come_first_and_once(sound: setup.Facts) -> None:
    """If this failed, what matters would stand below what does not, over and over."""
    facts = changed(sound, net__ipv4__ip_forward="0", net__ipv4__vs__conn_reuse_mode="0")
    pools = [pool(server(OWN_NETWORK, NAT), server("10.1.0.8", NAT)), pool(server(OWN_NETWORK, NAT), port=81)]
    assert found(facts, *pools) == ["ip-forward", "conn-reuse-mode"]

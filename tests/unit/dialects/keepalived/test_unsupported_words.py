"""What the director's VRRP does not do is said aloud."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from standfast.dialects.keepalived import unsupported, vrrp_of
from standfast.director import vrrp
from standfast.director.vrrp.configuration import NextHop, RouteMetric

TEXT = """global_defs {
    enable_dbus
    vrrp_garp_interval 0.1
    vrrp_mcast_group4 224.0.0.99
    vmac_prefix mac
}
garp_group {
    garp_interval 0.1
    interface eth0
}
vrrp_instance A {
    interface eth0
    virtual_router_id 51
    use_vmac
    virtual_ipaddress {
        192.0.2.10 peer 192.0.2.11 home
        192.0.2.12/24 preferred_lft 0 noprefixroute
    }
    virtual_routes {
        198.51.100.0/24 nexthop via 192.0.2.1 dev eth0 weight 2 nexthop via 192.0.2.2 dev eth0 onlink
        blackhole 198.51.101.0/24 no_track
        198.51.102.0/24 via 192.0.2.1 dev eth0 mtu lock 1400 metric 7 protocol 99 expires 10
        198.51.103.0/24 via 192.0.2.1 dev eth0 mtu lock 1400 rtt 1s metric 7 as to 7
    }
    virtual_rules {
        from 192.0.2.0/24 oif eth0 dport 80-90 ipproto tcp fwmark 1/0xff lookup 7 priority 10
        not to 192.0.2.0/24 blackhole priority 11
        from 192.0.2.0/24 tunnel-id 7 lookup 7 priority 12
        goto 100 priority 13
    }
}
vrrp_instance B {
    interface eth1
    virtual_router_id 52
    unicast_ttl 10
    unicast_peer {
        192.0.2.9
    }
    virtual_ipaddress {
        192.0.2.20
    }
}
"""


def test_words_that_do_not_count_are_told(read) -> None:
    """If this failed, an operator would rely on something that nobody does."""
    told = [str(report) for report in unsupported(read(TEXT))]
    assert len(told) == 1, told
    assert "enable_dbus does not count" in told[0]
    assert unsupported(read("virtual_server 192.0.2.1 80 {\n}\n")) == ()


def test_addresses_have_all_that_is_said_of_them(read) -> None:
    """If this failed, an address would be set otherwise than keepalived sets it."""
    one, two = vrrp_of(read(TEXT)).configuration.routers
    first, second = one.addresses
    assert (first.peer, first.flags, first.preferred_lifetime_s) == (ip_address("192.0.2.11"), 0x10, None)
    assert (second.peer, second.flags, second.preferred_lifetime_s) == (None, 0x200, 0)
    assert one.group == ip_address("224.0.0.99")
    assert one.vmac == vrrp.Vmac("mac.51")
    assert two.unicast is not None
    assert two.unicast.ttl == 10


def test_routes_have_all_that_is_said_of_them(read) -> None:
    """If this failed, packets would take another way than with keepalived."""
    routes = vrrp_of(read(TEXT)).configuration.routers[0].routes
    assert [route.destination for route in routes] == [
        ip_network(f"198.51.{number}.0/24") for number in (100, 101, 103)
    ]
    one, two = routes[0].hops
    assert one == NextHop(ip_address("192.0.2.1"), "eth0", 2)
    assert two == NextHop(ip_address("192.0.2.2"), "eth0", onlink=True)
    assert routes[1].type == 6
    assert routes[2].metrics == (RouteMetric(2, 1400, True), RouteMetric(4, 8000))
    assert routes[2].metric == 7


def test_rules_have_all_that_is_said_of_them(read) -> None:
    """If this failed, a rule would match other packets than with keepalived."""
    one, two, tunnel, three = vrrp_of(read(TEXT)).configuration.routers[0].rules
    assert (tunnel.tunnel_id, tunnel.table) == (7, 7)
    assert (one.output_device, one.input_device, one.destination_ports) == ("eth0", "", (80, 90))
    assert (one.transport, one.mark, one.mark_mask, one.table) == (6, 1, 0xFF, 7)
    assert (two.inverted, two.action) == (True, 6)
    assert (three.action, three.goto, three.priority) == (2, 100, 13)


def test_gratuitous_arp_is_paced(read) -> None:
    """A switch that cannot take everything at once would be flooded."""
    paces = vrrp_of(read(TEXT)).configuration.paces
    assert paces == (vrrp.Pace(("eth0",), 100_000), vrrp.Pace((), 100_000))

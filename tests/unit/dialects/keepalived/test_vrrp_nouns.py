"""The VRRP half of a configuration as values."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_interface, ip_network

from standfast.dialects.keepalived import vrrp_of
from standfast.director import checks, vrrp
from standfast.director.vrrp.notifies import Notifies
from standfast.director.vrrp.tracked_things import Parameters, TrackFile, TrackProcess, TrackScript

TEXT = """global_defs {
    vrrp_garp_master_repeat 3
    enable_script_security
    script_user root
}
track_file tf {
    file /run/tf
    weight 2 reverse
    init_file 5
}
vrrp_script chk {
    script "/bin/true 'a b'"
    interval 2
    weight -20
    fall 3
}
vrrp_track_process sleepers {
    process sleep 10
    quorum 2
    delay 1.5
}
bfd_instance b1 {
    neighbor_ip 192.0.2.77
    min_rx 20
}
static_routes {
    198.51.100.0/24 via 192.0.2.1 dev eth0 metric 7
}
static_rules {
    from 192.0.2.0/24 table 100 priority 50
}
vrrp_sync_group SG {
    group {
        A
        B
    }
    sync_group_tracking_weight
    notify "/bin/true sg"
}
vrrp_instance A {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 0.5
    version 3
    nopreempt
    unicast_src_ip 192.0.2.1
    unicast_peer {
        192.0.2.2 min_ttl 254
    }
    virtual_ipaddress {
        192.0.2.10/24 brd + label eth0:v
    }
    virtual_ipaddress_excluded {
        2001:db8::1/64 dev eth1
    }
    track_script {
        chk weight 5
    }
    track_interface {
        eth1
    }
    notify_master /bin/true root
}
vrrp_instance B {
    state BACKUP
    interface eth1
    virtual_router_id 52
    authentication {
        auth_type PASS
        auth_pass secret
    }
    virtual_ipaddress {
        192.0.2.11
    }
}
"""


def test_instances_become_virtual_routers(read) -> None:
    """If this failed, a pair of routers would not agree with keepalived on the other machine."""
    source = read(TEXT)
    assert not [f for f in source.findings if f.level > 0]
    one, two = vrrp_of(source).configuration.routers
    assert (one.name, one.vrid, one.priority, one.version) == ("A", 51, 150, 3)
    assert (one.advertisement_interval_cs, one.preempt, one.sync_group) == (50, False, "SG")
    assert one.unicast == vrrp.Unicast((vrrp.Peer(IPv4Address("192.0.2.2"), 254),), check_source=True)
    assert one.addresses == (
        vrrp.VirtualAddress(ip_interface("192.0.2.10/24"), label="eth0:v", broadcast=IPv4Address("192.0.2.255")),
    )
    assert one.excluded_addresses == (vrrp.VirtualAddress(ip_interface("2001:db8::1/64"), "eth1"),)
    assert one.tracked == (vrrp.Tracked("interface:eth1", 0), vrrp.Tracked("script:chk", 5))
    assert (one.garp.repeat, one.garp.lower_priority_repeat) == (3, 3)
    assert two.authentication == vrrp.Authentication(vrrp.AuthType.PASS, b"secret")
    assert two.addresses[0].address == ip_interface("192.0.2.11/32")


def test_what_is_tracked_and_run_becomes_values(read) -> None:
    """If this failed, priorities would not follow the scripts, files and processes that decide them."""
    half = vrrp_of(read(TEXT))
    configuration = half.configuration
    script = checks.Script(("/bin/true", "a b"), "root")
    assert configuration.scripts == (TrackScript("chk", script, 2000, weight=-20, fall=3),)
    assert configuration.files == (TrackFile("tf", "/run/tf", 2, reverse=True, init_value=5),)
    delays = {"fork_delay_ms": 1500, "terminate_delay_ms": 1500}
    sleepers = TrackProcess("sleepers", "sleep", ("10",), Parameters.EXACT, weight=0, quorum=2, **delays)
    assert configuration.processes == (sleepers,)
    assert configuration.routers[0].notifies == Notifies(active=checks.Script(("/bin/true",), "root"))
    told = configuration.groups[0].notifies.any
    assert told is not None
    assert told.arguments == ("/bin/true", "sg")


def test_static_routes_and_rules_become_values(read) -> None:
    """If this failed, addresses would be there and their routes not."""
    configuration = vrrp_of(read(TEXT)).configuration
    (route,) = configuration.static_routes
    assert (route.destination, route.via) == (ip_network("198.51.100.0/24"), IPv4Address("192.0.2.1"))
    assert (route.device, route.metric) == ("eth0", 7)
    assert configuration.static_rules == (vrrp.VirtualRule(4, 50, 100, ip_network("192.0.2.0/24")),)
    assert [(group.name, group.tracking_weight) for group in configuration.groups] == [("SG", True)]


FAULTS = """track_group TG {
    group {
        A
    }
}
static_ipaddress {
    192.0.2.50/24 dev eth1 track_group TG
    192.0.2.51/24 dev eth1
}
static_routes {
    198.51.100.0/24 via 192.0.2.1 dev eth0 track_group TG
}
static_rules {
    from 192.0.2.0/24 table 100 priority 50 iif eth1 track_group TG
}
vrrp_instance A {
    interface eth0
    virtual_router_id 51
    mcast_src_ip 192.0.2.1
    track_src_ip
    virtual_ipaddress {
        192.0.2.10
    }
}
vrrp_instance B {
    interface eth0
    virtual_router_id 52
    unicast_fault_no_peer
    track_src_ip
    virtual_ipaddress {
        192.0.2.20
    }
}
"""


def test_what_else_is_a_fault(read) -> None:
    """A router would stay Active without the route that its machine needs, without its source, or without its peers."""
    one, two = vrrp_of(read(FAULTS)).configuration.routers
    assert one.tracked == (vrrp.Tracked("interface:eth1", 0),)
    assert (one.track_source, two.track_source, two.tracked) == (True, False, ())
    assert (one.unicast, two.unicast) == (None, vrrp.Unicast(()))


def test_the_table_of_nftables_is_named(read) -> None:
    """Two daemons in one network namespace would take each other's table away."""
    named = read("global_defs {\n    nftables mine\n    nftables_priority -50\n    nftables_counters\n}\n" + FAULTS)
    assert vrrp_of(named).configuration.firewall == vrrp.Firewall("mine", -50, counters=True)
    assert vrrp_of(read(FAULTS)).configuration.firewall == vrrp.Firewall()


POLLED = """linkbeat_interfaces {
    eth1
    eth2 ETHTOOL
    eth2 IOCTL
}
vrrp_instance A {
    interface eth0
    virtual_router_id 51
    linkbeat_use_polling
}
vrrp_instance B {
    interface eth1
    virtual_router_id 52
}
"""


def test_interfaces_are_polled_by_name_by_instance_or_all(read) -> None:
    """Where a driver's word is not to be trusted, it would be."""
    around = {"interfaces": frozenset({"eth0", "eth1", "eth2"})}
    own, by_name = vrrp.LinkPoll("eth0"), (vrrp.LinkPoll("eth1"), vrrp.LinkPoll("eth2", vrrp.LinkMethod.IOCTL))
    assert vrrp_of(read(POLLED, **around)).configuration.polls == (own, *by_name)
    plain = POLLED.replace("    linkbeat_use_polling\n", "")
    assert vrrp_of(read(plain, **around)).configuration.polls == by_name
    instances = plain.partition("}\n")[2]
    assert vrrp_of(read(instances)).configuration.polls == ()
    assert vrrp_of(read("linkbeat_use_polling\n" + instances)).configuration.polls == (own, by_name[0])


def test_ups_and_downs_of_interfaces_are_delayed(read) -> None:
    """A router would be in FAULT for a cable that is plugged in again, or wait where it must not."""
    lines = "interface_up_down_delays {\n    eth0 1.5 2\n    eth1 0.25\n    lo\n    eth0 x 3\n}\n"
    delays = vrrp_of(read(lines)).configuration.delays
    assert delays == (vrrp.LinkDelay("eth0", 1_500_000, 2_000_000), vrrp.LinkDelay("eth1", 250_000))

"""What the kernel shows under `standfast keepalived` is what it shows under keepalived."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.usefixtures("keepalived")]

TEXT = """vrrp_instance A {
    state BACKUP
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    virtual_ipaddress {
        10.70.0.10 peer 10.70.0.11 home
        10.70.0.12/24 preferred_lft 0 noprefixroute
        10.70.0.13/24 brd + label eth0:x
    }
    virtual_ipaddress_excluded {
        2001:db8::7/64
        2001:db8::8
        2001:db8:1::9/64 -nodad preferred_lft forever
    }
    virtual_routes {
        198.51.100.0/24 nexthop via 10.70.0.3 dev eth0 weight 2 nexthop via 10.70.0.4 dev eth0 onlink
        blackhole 198.51.101.0/24 no_track
        198.51.103.0/24 via 10.70.0.3 dev eth0 mtu lock 1400 advmss 1300 metric 7 src 10.70.0.10
        198.51.104.0/24 dev eth0 scope link table 100 protocol 77
        198.51.105.0/24 dev eth0 protocol 77 no_track
        198.51.106.0/24 dev eth0 tos 0x10
        198.51.107.0/24 via 10.70.0.3 dev eth0 encap ip id 5 dst 192.0.2.1 src 192.0.2.2 tos 0x10 ttl 7
        198.51.108.0/24 via 10.70.0.3 dev eth0 congctl lock cubic realms 3/7 ttl-propagate disabled
        198.51.109.0/24 via 10.70.0.3 dev eth0 features ecn rtt 300ms rttvar lock 1s rto_min 5
        198.51.110.0/24 nexthop via 10.70.0.3 dev eth0 realms 4 nexthop via 10.70.0.4 dev eth0
        198.51.111.0/24 via 10.70.0.3 dev eth0 as to 7 metric 3
        2001:db8:9::/64 via fe80::1 dev eth0 metric 30
        2001:db8:a::/64 via fe80::1 dev eth0 from 2001:db8:b::/64 pref low
        2001:db8:c::/64 via fe80::1 dev eth0 expires 1000000 pref high
        2001:db8:d::/64 via fe80::1 dev eth0 encap ip6 id 7 dst 2001:db8::7 tc 0x20 hoplimit 9
    }
    virtual_rules {
        from 192.0.2.0/24 oif eth0 dport 80-90 ipproto tcp fwmark 1/0xff lookup 7 priority 10
        not to 192.0.2.0/24 blackhole priority 11
        goto 100 priority 13
        to 192.0.3.0/24 iif eth0 table main priority 100
        from 2001:db8::/64 lookup 8 priority 20
        from 192.0.5.0/24 uidrange 0-5 lookup 9 priority 21 suppress_prefixlength 3
        from 192.0.7.0/24 table 7 realms 5/6 priority 23
        to 192.0.7.0/24 table 7 tunnel-id 99 priority 24
        from 192.0.8.0/24 table 7 suppress_ifgroup 3 priority 25
        l3mdev priority 26
        from 192.0.6.0/24 tos 0x10 prohibit priority 22
    }
}
"""
SHOWN = (
    ("addr", "show", "eth0"), ("route", "show", "table", "all"), ("-6", "route", "show", "table", "all"),
    ("rule",), ("-6", "rule"),
)  # fmt: skip
STEADY = ("link/", "eth0@", "proto kernel", "valid_lft")


def shown(namespace: str) -> list[str]:
    """Return what the kernel has, without what differs by itself."""
    lines: list[str] = []
    for words in SHOWN:
        done = subprocess.run(["ip", "-n", namespace, *words], capture_output=True, text=True, check=False)
        plain = done.stdout.replace("10.70.0.2/24", "10.70.0.1/24").replace("fe80::1:2", "fe80::1:1")
        plain = re.sub(r"expires [0-9]+sec", "expires", plain)
        lines += sorted(line.strip() for line in plain.splitlines() if not any(w in line for w in STEADY))
    return lines


def test_the_same_file_sets_the_same(lan: Callable[..., Any], wait: Callable[..., Any]) -> None:
    """A machine that changes from keepalived to us would send its packets another way, or from another address."""
    place = lan(1)
    empty = shown(place.names["a"])
    seen = {}
    for ours, node in ((False, "a"), (True, "b")):
        place.start_file(node, TEXT, ours=ours)
        assert wait(lambda n=node: any("from 192.0.6.0/24" in line for line in shown(place.names[n]))), place.log(node)
        seen[ours] = shown(place.names[node])
        place.end(node)
    assert seen[True] == seen[False]
    assert shown(place.names["b"]) == empty

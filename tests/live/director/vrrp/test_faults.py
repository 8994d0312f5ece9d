"""What else holds a router in FAULT: its source address, its peers, the interfaces of static things."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.usefixtures("keepalived")]

INSTANCE = """vrrp_instance A {{
    state BACKUP
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    {more}
    virtual_ipaddress {{
        10.70.0.100/24
    }}
}}
"""
GROUP = """track_group TG {
    group {
        A
    }
}
static_ipaddress {
    10.71.0.50/24 dev eth1 track_group TG
}
static_routes {
    198.51.100.0/24 via 10.71.0.2 dev eth1 track_group TG
}
"""


def ip(namespace: str, *words: str) -> str:
    return subprocess.run(["ip", "-n", namespace, *words], capture_output=True, text=True, check=True).stdout


def test_the_source_address_is_tracked(lan: Callable[..., Any], wait: Callable[..., Any]) -> None:
    """Adverts would come from an address that is another machine's by now."""
    place = lan(1)
    name = place.names["a"]
    ip(name, "addr", "add", "10.70.0.77/24", "dev", "eth0")
    place.start_file("a", INSTANCE.format(more="mcast_src_ip 10.70.0.77\n    track_src_ip"), ours=True)
    assert wait(lambda: "(A) Entering MASTER STATE" in place.log("a")), place.log("a")
    ip(name, "addr", "del", "10.70.0.77/24", "dev", "eth0")
    assert wait(lambda: "(A) Entering FAULT STATE" in place.log("a")), place.log("a")
    assert wait(lambda: "10.70.0.100" not in ip(name, "addr")), place.log("a")
    ip(name, "addr", "add", "10.70.0.77/24", "dev", "eth0")
    assert wait(lambda: place.log("a").count("(A) Entering MASTER STATE") == 2), place.log("a")


@pytest.mark.parametrize("ours", [True, False])
def test_unicast_without_peers_is_a_fault(lan: Callable[..., Any], wait: Callable[..., Any], ours: bool) -> None:
    """A machine without its list of peers would take the address from the other one."""
    place = lan(1)
    place.start_file("a", INSTANCE.format(more="unicast_fault_no_peer"), ours=ours)
    said = "(A) Entering FAULT STATE" if ours else "going to fault state"
    assert wait(lambda: said in place.log("a") and "Startup complete" in place.log("a")), place.log("a")
    other = INSTANCE.format(more="").replace(" 51", " 52").replace("0.100", "0.101")
    place.start_file("b", other, ours=True)  # it waits as long as the first would
    assert wait(lambda: "(A) Entering MASTER STATE" in place.log("b")), place.log("b")
    assert place.speakers() == "b"


@pytest.mark.parametrize("ours", [True, False])
def test_static_things_of_a_track_group(lan: Callable[..., Any], wait: Callable[..., Any], ours: bool) -> None:
    """A router would stay Active without the way back, and the way back would be lost when the wire is there again."""
    place = lan(2)
    name = place.names["a"]
    place.start_file("a", GROUP + INSTANCE.format(more=""), ours=ours)
    assert wait(lambda: "(A) Entering MASTER STATE" in place.log("a")), place.log("a")
    assert wait(lambda: "198.51.100.0/24" in ip(name, "route")), place.log("a")
    ip(name, "link", "set", "eth1", "down")
    assert wait(lambda: "(A) Entering FAULT STATE" in place.log("a")), place.log("a")
    assert wait(lambda: "198.51.100.0/24" not in ip(name, "route")), place.log("a")
    ip(name, "link", "set", "eth1", "up")
    assert wait(lambda: place.log("a").count("(A) Entering MASTER STATE") == 2), place.log("a")
    if ours:  # keepalived 2.2.7 sets the route again only when the interface was made anew
        assert wait(lambda: "198.51.100.0/24" in ip(name, "route")), place.log("a")

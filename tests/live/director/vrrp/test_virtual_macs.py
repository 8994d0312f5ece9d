"""Virtual MACs of single addresses are where keepalived has them, come and go with a reload, and are told of."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.usefixtures("keepalived")]

TEXT = """global_defs {
    vrrp_garp_master_delay 0
    vrrp_garp_master_repeat 1
}
vrrp_instance A {
    state BACKUP
    interface eth0
    virtual_router_id 51
    use_vmac
    version 3
    advert_int 0.1
    garp_extra_if 1
    virtual_ipaddress {
        10.70.0.10/24
        10.70.0.12/24 dev eth0
        10.71.0.10/24 dev eth1 use_vmac
        10.71.0.11/24 dev eth1
    }
    virtual_ipaddress_excluded {
        2001:db8::7/64
        2001:db8:1::7/64 dev eth1 use_vmac
        2001:db8:1::8/64 dev eth0 use_vmac
    }
}
vrrp_instance B {
    state BACKUP
    interface eth0
    virtual_router_id 52
    version 3
    advert_int 0.1
    use_vmac_addr
    virtual_ipaddress {
        10.70.0.20/24
        10.70.0.21/24 dev eth0 use_vmac
        10.71.0.21/24 dev eth1
    }
    virtual_ipaddress_excluded {
        2001:db8:2::8/64
    }
}
"""


def links(namespace: str) -> dict[str, tuple[str, list[str]]]:
    """Return the virtual addresses and MACs by interface; the interfaces' own left out."""
    done = subprocess.run(["ip", "-n", namespace, "-j", "addr"], capture_output=True, text=True, check=True)
    found = {}
    for link in json.loads(done.stdout):
        addresses = [f"{each['local']}/{each['prefixlen']}" for each in link["addr_info"]]
        virtual = sorted(each for each in addresses if not each.startswith("fe80:") and each[-5:-4] != ".")
        mac = link["address"] if link["ifname"].startswith("vrrp") else ""
        found[f"{link['ifname']}@{link.get('link', '') if mac else ''}"] = mac, virtual
    return found


def test_the_same_file_makes_the_same_interfaces(lan: Callable[..., Any], wait: Callable[..., Any]) -> None:
    """An address would have another MAC on the machine that still has keepalived, or be on another wire."""
    place = lan(2)
    seen = {}
    for ours, node in ((False, "a"), (True, "b")):
        place.start_file(node, TEXT, ours=ours)
        assert wait(lambda n=node: "2001:db8:2::8/64" in str(links(place.names[n]))), place.log(node)
        assert wait(lambda n=node: "10.71.0.11/24" in str(links(place.names[n]))), place.log(node)
        seen[ours] = links(place.names[node])
        place.end(node)
    assert seen[True] == seen[False]
    assert not [name for name in links(place.names["b"]) if name.startswith("vrrp")]


def test_a_reload_makes_and_removes_them(lan: Callable[..., Any], wait: Callable[..., Any]) -> None:
    """Who gives one address a MAC of its own would lose all addresses for a moment, or keep a stray interface."""
    place = lan(2)
    plain = TEXT.replace(" use_vmac\n        10.71.0.11", "\n        10.71.0.11")
    assert plain != TEXT
    place.start_file("a", plain, ours=True)
    name = place.names["a"]
    assert wait(lambda: "10.71.0.10/24" in links(name)["eth1@"][1]), place.log("a")
    for number, text in enumerate((TEXT, plain), 1):
        place.write_file("a", text)
        os.kill(place.pid("a", "main"), signal.SIGHUP)
        assert wait(lambda n=number: place.log("a").count("Reload complete") == n), place.log("a")
        there = links(name)
        assert ("10.71.0.10/24" in there["eth1@"][1]) is (text == plain), place.log("a")
        assert (there.get("vrrp1.51@eth1", ("", []))[1] == ["10.71.0.10/24"]) is (text == TEXT), place.log("a")
    assert place.log("a").count("(A) Entering MASTER STATE") == 1
    assert not [seen for seen in place.adverts if seen.priority == 0]


@pytest.mark.parametrize("ours", [True, False])
def test_macs_that_say_nothing_are_told_of(lan: Callable[..., Any], wait: Callable[..., Any], ours: bool) -> None:
    """A switch forgets them after some minutes and floods all ports with what is sent to them."""
    place = lan(2)
    place.start_file("a", TEXT, ours=ours)
    assert wait(lambda: len(place.announcements) >= 7), place.log("a")
    count = len(place.announcements)
    assert wait(lambda: len(place.announcements) >= count + 3), place.log("a")


@pytest.mark.parametrize("ours", [True, False])
def test_who_cannot_set_an_address_gives_all_up(lan: Callable[..., Any], wait: Callable[..., Any], ours: bool) -> None:
    """A router whose second wire is gone would keep an address there that nobody reaches."""
    place = lan(2)
    place.start_file("a", TEXT, ours=ours)
    assert wait(lambda: "Entering MASTER" in place.log("a")), place.log("a")
    place.cut("a", 1)
    assert wait(lambda: "(A) Entering FAULT STATE" in place.log("a")), place.log("a")
    place.join("a", 1)
    assert wait(lambda: place.log("a").count("(A) Entering MASTER STATE") == 2), place.log("a")

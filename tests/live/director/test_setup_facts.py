"""What is gathered of a real kernel's network."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
import pytest

from standfast.director import setup
from standfast.director.setup import Held, Route

pytestmark = pytest.mark.live

GATHER = (
    "import msgspec; from standfast.director.live import setup; print(msgspec.json.encode(setup.gather()).decode())"
)


def test_links_addresses_and_routes(network: Any) -> None:
    """If this failed, plans and the doctor would judge another network than the machine's."""
    network.switch("sw")
    network.add("host")
    network.plug("host", "eth0", "sw", "10.78.0.2/24")
    for route in (
        "default nexthop via 10.78.0.253 nexthop via 10.78.0.254",
        "blackhole 10.79.0.0/16",
        "10.80.0.0/16 via 10.78.0.9 metric 7",
    ):
        network.run("host", "ip", "route", "add", *route.split())
    facts = msgspec.json.decode(network.run("host", sys.executable, "-c", GATHER), type=setup.Facts)
    eth0, lo = facts.link("eth0"), facts.link("lo")
    assert eth0 is not None
    assert lo is not None
    assert (eth0.up, eth0.arp, eth0.mtu, eth0.kind, lo.arp) == (True, True, 1500, "veth", False)
    assert len(eth0.mac) == 17
    assert {Held("10.78.0.2/24", "eth0"), Held("127.0.0.1/8", "lo")} <= set(facts.addresses)
    assert set(facts.routes) == {
        Route("0.0.0.0/0", "eth0", "10.78.0.253"),
        Route("0.0.0.0/0", "eth0", "10.78.0.254"),
        Route("10.78.0.0/24", "eth0"),
        Route("10.80.0.0/16", "eth0", "10.78.0.9", 7),
    }
    assert facts.sysctls["net/ipv4/ip_forward"] in ("0", "1")
    assert setup.conf("eth0", "arp_ignore") in facts.sysctls
    assert facts.namespaces >= 2

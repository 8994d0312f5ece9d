"""JSON into nouns, or everything that is wrong with it."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

import pytest

from standfast.director import vrrp
from standfast.director.vrrp import json_configuration
from standfast.errors import ConfigError

ROUTER: dict[str, Any] = {"name": "V", "vrid": 51, "interface": "eth0", "addresses": ["10.0.0.1/24"]}


def test_a_whole_router() -> None:
    """A setting would be read as another, or not at all."""
    more = {
        "version": 2,
        "authentication": {"type": "PASS", "password": "secret"},
        "unicast": {"peers": [{"address": "10.0.0.3", "ttl_min": 200}]},
        "routes": [{"destination": "0.0.0.0/0", "via": "10.0.0.9"}],
        "addresses": ["10.0.0.1/24", {"address": "10.0.0.2/24", "label": "eth0:2", "broadcast": "10.0.0.255"}],
        "tracked": [{"name": "interface eth1", "weight": -10}],
        "garp": {"repeat": 2},
        "sync_group": "G",
    }
    read = json_configuration.read(json.dumps({"routers": [ROUTER | more], "groups": [{"name": "G"}]}))
    router = read.routers[0]
    assert router.authentication == vrrp.Authentication(vrrp.AuthType.PASS, b"secret")
    assert router.unicast == vrrp.Unicast((vrrp.Peer(ip_address("10.0.0.3"), 200),))
    assert router.routes == (vrrp.VirtualRoute(ip_network("0.0.0.0/0"), ip_address("10.0.0.9")),)
    assert router.addresses[0] == vrrp.VirtualAddress(ip_interface("10.0.0.1/24"))
    assert router.addresses[1].broadcast == ip_address("10.0.0.255")
    assert router.garp.repeat == 2
    assert router.garp.delay_ms == 5000


@pytest.mark.parametrize(
    ("changes", "count", "words"),
    [
        ({"vrid": "51", "priorty": 5}, 2, "priorty"),
        ({"addresses": ["10.0.0.300/24", 7]}, 2, "addresses[1]"),
        ({"authentication": {"type": "MD5", "password": "x"}}, 1, "authentication.type"),
        ({"preempt": 1}, 1, "preempt"),
        ({"vrid": 0, "priority": 0}, 2, "virtual router id"),
    ],
)
def test_every_mistake_is_told(changes: dict[str, Any], count: int, words: str) -> None:
    """An operator would mend one mistake to find the next."""
    with pytest.raises(ConfigError) as caught:
        json_configuration.read(json.dumps({"routers": [ROUTER | changes]}))
    assert len(caught.value.reports) == count
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"routers": 1}', '{"routers": [null]}', "{}"])
def test_what_is_no_configuration_is_refused(text: str) -> None:
    """A broken file would end in a trace."""
    with pytest.raises(ConfigError):
        json_configuration.read(text)

"""Targets of devices: lists, maps, ports."""

from __future__ import annotations

import pytest

from standfast.fencing import hosts
from standfast.fencing.capabilities import ASSUMED, Capabilities
from standfast.fencing.hosts import Check


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("n1:1;n2:2,3", {"n1": "1", "n2": "2,3"}),
        ("n1=a n2:b\tn3:c", {"n1": "a", "n2": "b", "n3": "c"}),
        (r"n1:web\ one;n2:x\:y", {"n1": "web one", "n2": "x:y"}),
        ("n1:fe80:1;N2:p;;bad;:x;y:", {"n1": "fe80:1", "n2": "p"}),
        ("", {}),
    ],
)
def test_port_map(text: str, ports: dict[str, str]) -> None:
    """The wrong outlet would be switched off."""
    assert hosts.port_map(text) == ports


@pytest.mark.parametrize("text", ["n1,n2", "n1 n2", "n1;N2", "n1\n n2 ,"])
def test_host_list(text: str) -> None:
    """A node would not be known to a device that can fence it."""
    assert hosts.host_list(text) == {"n1", "n2"}


def test_device_list_takes_ports_and_aliases() -> None:
    """A device that lists `port,name` would fence nobody by name."""
    assert hosts.device_list("1,web one\n2,\nn3\nn4 n5\n") == {"1", "web", "one", "2", "n3", "n4", "n5"}


@pytest.mark.parametrize(
    ("parameters", "actions", "check"),
    [
        ({"pcmk_host_list": "n1"}, {"list"}, Check.STATIC_LIST),
        ({"pcmk_host_map": "n1:1"}, {"list"}, Check.STATIC_LIST),
        ({}, {"list", "status"}, Check.DYNAMIC_LIST),
        ({}, {"status"}, Check.STATUS),
        ({}, {"off"}, Check.NONE),
        ({"pcmk_host_list": "n1", "pcmk_host_check": "none"}, {"list"}, Check.NONE),
        ({"pcmk_host_check": "strange"}, {"list"}, Check.DYNAMIC_LIST),
    ],
)
def test_default_check(parameters: dict[str, str], actions: set[str], check: Check) -> None:
    """A device would be asked what it cannot say, or be believed to fence every node."""
    assert hosts.check(parameters, Capabilities(frozenset(actions))) is check


def test_static_list_is_list_and_map() -> None:
    """A node of the map alone could not be fenced."""
    parameters = {"pcmk_host_list": "n1", "pcmk_host_map": "N2:2"}
    assert [hosts.in_static_list(parameters, n) for n in ("N1", "n2", "n3")] == [True, True, False]


@pytest.mark.parametrize(
    ("parameters", "able", "told"),
    [
        ({}, ASSUMED, {"nodename": "n2", "nodeid": "2", "port": "n2"}),
        ({"pcmk_host_map": "n2:7"}, ASSUMED, {"nodename": "n2", "nodeid": "2", "port": "7"}),
        ({}, Capabilities(host_argument="plug"), {"nodename": "n2", "nodeid": "2", "plug": "n2"}),
        ({"pcmk_host_argument": "vm"}, ASSUMED, {"nodename": "n2", "nodeid": "2", "vm": "n2"}),
        ({"pcmk_host_argument": "none"}, ASSUMED, {"nodename": "n2", "nodeid": "2"}),
        ({"port": "9"}, ASSUMED, {"nodename": "n2", "nodeid": "2"}),
        ({"port": "dynamic"}, ASSUMED, {"nodename": "n2", "nodeid": "2", "port": "n2"}),
    ],
)
def test_target_parameters(parameters: dict[str, str], able: Capabilities, told: dict[str, str]) -> None:
    """An agent would not learn its target, or a configured outlet would be overwritten."""
    assert hosts.target_parameters(parameters, able, "n2", 2) == told

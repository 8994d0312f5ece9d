"""Ipvlans, and virtual routers in a VRF, beside keepalived; in user-mode-linux, whose kernel has both."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.busy, pytest.mark.usefixtures("keepalived")]

TEXT = """global_defs {{
    vrrp_garp_master_delay 0
    vrrp_garp_master_repeat 1
}}
vrrp_instance A {{
    state BACKUP
    virtual_router_id 51
    version 3
    priority {priority}
    advert_int 0.5
    {lines}
    virtual_ipaddress {{
        {address}
    }}
}}
"""
GUEST_TESTS = 14
PATIENCE_S = 60.0


def test_they_work_on_a_kernel_that_has_them(run_in_uml: Callable[..., Any]) -> None:
    """If this failed, ipvlans and VRFs would work on paper only."""
    tests = "tests/live/director/vrrp/test_virtual_devices.py -k guest --durations=5 -p no:cacheprovider"
    result = run_in_uml(
        f"/run/modprobe -a ipvlan macvlan vrf bridge && "
        f"{shlex.quote(sys.executable)} -m pytest {tests} --basetemp=/run/pytest",
        900,
    )
    assert result.status == 0, result.output[-8000:]
    assert f"{GUEST_TESTS} passed" in result.output, result.output[-2000:]


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Any:
    """Return two machines on a wire."""
    if not os.environ.get("STANDFAST_IN_UML"):
        pytest.skip("runs inside user-mode-linux, started by the test above")
    return request.getfixturevalue("lan")(1)


@pytest.fixture
def soon(wait: Callable[..., Any]) -> Callable[[Callable[[], Any]], bool]:
    """Return what waits until something is so, as long as a slow guest may take."""
    return lambda condition: bool(wait(condition, PATIENCE_S))


def text(lines: str, address: str = "10.70.0.100/24", priority: int = 100) -> str:
    return TEXT.format(lines=lines, address=address, priority=priority)


def ip(place: Any, node: str, *words: str) -> str:
    command = ["ip", "-n", place.names[node], *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout


def devices(place: Any, node: str) -> dict[str, tuple[Any, ...]]:
    """Return the kind, an ipvlan's mode, the VRF and the addresses of each interface; not those that a MAC gave."""
    found = {}
    for link in json.loads(ip(place, node, "-d", "-j", "addr")):
        info = link.get("linkinfo", {})
        mode = info.get("info_data", {}) if info.get("info_kind") == "ipvlan" else {}
        said = [each for each in link["addr_info"] if each["local"].count(":") < 5]
        addresses = sorted(f"{each['local']}/{each['prefixlen']}" for each in said)
        found[link["ifname"]] = info.get("info_kind"), mode, link.get("master"), addresses
    return found


def sources(place: Any, node: str) -> set[str]:
    """Return from where a node's adverts came."""
    return {seen.source for seen in place.adverts if seen.node == node}


def is_master(place: Any, node: str) -> bool:
    return "(A) Entering MASTER STATE" in place.log(node)


IPVLANS = {
    "named": ("interface eth0\nuse_ipvlan own 10.70.0.7/24", "10.70.0.100/24", "10.70.0.7"),
    "unnamed": ("interface eth0\nuse_ipvlan 10.70.0.7/24 private", "10.70.0.100/24", "10.70.0.7"),
    "ipv6": ("interface eth0\nuse_ipvlan own fe80::77/64 vepa", "fe80::100/64", "fe80::77"),
}


@pytest.mark.parametrize("how", IPVLANS)
def test_guest_an_ipvlan_is_as_keepalived_makes_it(place: Any, soon: Callable[..., bool], how: str) -> None:
    """Addresses would be elsewhere, or adverts come from elsewhere, than on the machine that still has keepalived."""
    lines, address, source = IPVLANS[how]
    seen = {}
    for ours in (False, True):
        place.adverts.clear()
        place.start_file("a", text(lines, address), ours=ours)
        assert soon(lambda: address in str(devices(place, "a")["eth0"])), place.log("a")
        assert soon(lambda: sources(place, "a")), place.log("a")
        seen[ours] = devices(place, "a"), sources(place, "a")
        place.end("a")
        assert list(devices(place, "a")) == ["lo", "eth0"]
    assert seen[True] == seen[False]
    assert seen[True][1] == {source}


def test_guest_an_ipvlan_s_own_link_local_address(place: Any, soon: Callable[..., bool]) -> None:
    """Without an address of its own an instance of IPv6 would be silent for ever."""
    for ours in (False, True):
        place.adverts.clear()
        place.start_file("a", text("interface eth0\nuse_ipvlan own", "fe80::100/64"), ours=ours)
        assert soon(lambda: sources(place, "a")), place.log("a")
        (source,) = sources(place, "a")
        assert source.startswith("fe80::")
        assert source in ip(place, "a", "addr", "show", "dev", "own")
        place.end("a")


def test_guest_ipv4_without_an_address_is_in_fault(place: Any, soon: Callable[..., bool]) -> None:
    """Adverts would go out from an address that is another machine's, or none."""
    place.start_file("a", text("interface eth0\nuse_ipvlan own"), ours=True)
    assert soon(lambda: "(A) Entering FAULT STATE" in place.log("a")), place.log("a")
    assert devices(place, "a")["own"][3] == []
    place.end("a")
    assert sources(place, "a") == set()


@pytest.mark.parametrize("ours", ["a", "b"])
def test_guest_a_pair_on_ipvlans(place: Any, soon: Callable[..., bool], ours: str) -> None:
    """Two machines would not hear each other through their ipvlans, and both be Active."""
    texts = {
        node: text(f"interface eth0\nuse_ipvlan own 10.70.0.{host}/24", priority=priority)
        for node, host, priority in (("a", 7, 150), ("b", 8, 100))
    }
    for node in "ab":
        place.start_file(node, texts[node], ours=node in ours)
    assert soon(lambda: place.speakers().endswith("a") and is_master(place, "a")), place.log("a")
    place.end("a")
    assert soon(lambda: place.speakers().endswith("b") and is_master(place, "b")), place.log("b")
    place.start_file("a", texts["a"], ours="a" in ours)
    assert soon(lambda: place.speakers().endswith("a")), place.log("a")
    assert soon(lambda: "10.70.0.100" not in str(devices(place, "b"))), place.log("b")


DEVICES = pytest.mark.parametrize("word", ["use_vmac own", "use_ipvlan own 10.70.0.7/24"])


@DEVICES
def test_guest_devices_come_and_go(place: Any, soon: Callable[..., bool], word: str) -> None:
    """A reload would leave an interface, or begin a router anew whose device is the same; a kill would leave both."""
    through, plain = (text(f"interface eth0\n{each}") for each in (word, ""))
    place.start_file("a", through, ours=True)
    assert soon(lambda: is_master(place, "a")), place.log("a")
    index = ip(place, "a", "-o", "link", "show", "dev", "own").split(":")[0]
    for number, (wanted, there) in enumerate([(through.replace("0.5", "0.4"), True), (plain, False), (through, True)]):
        place.write_file("a", wanted)
        os.kill(place.pid("a", "main"), signal.SIGHUP)
        assert soon(lambda n=number: place.log("a").count("Reload complete") == n + 1), place.log("a")
        assert ("own" in devices(place, "a")) is there, place.log("a")
        if number == 0:
            assert ip(place, "a", "-o", "link", "show", "dev", "own").split(":")[0] == index, place.log("a")
    status, told = place.standfast("vrrp", "status", "--socket", str(place.folder / "a" / "main.sock"))
    assert (status, "virtual router 51 on eth0 through own" in told) == (0, True), told
    assert soon(lambda: "10.70.0.100/24" in str(devices(place, "a"))), place.log("a")
    place.end("a", signal.SIGKILL)
    assert "own" in devices(place, "a")
    place.start_file("a", plain, ours=True)
    assert soon(lambda: "own" not in devices(place, "a")), place.log("a")


def in_blue(place: Any) -> None:
    """Put the wire of node a into a VRF."""
    ip(place, "a", "link", "add", "blue", "type", "vrf", "table", "10")
    ip(place, "a", "link", "set", "blue", "up")
    ip(place, "a", "link", "set", "eth0", "master", "blue")


NETWORKS = {4: ("10.70.0.", "/24"), 6: ("2001:db8:7::", "/64")}


@pytest.mark.parametrize("family", NETWORKS)
def test_guest_a_router_in_a_vrf(place: Any, soon: Callable[..., bool], family: int) -> None:
    """Adverts to peers that only the VRF leads to would go nowhere, and both machines be Active."""
    head, tail = NETWORKS[family]
    in_blue(place)
    if family == 6:
        for node, host in (("a", 1), ("b", 2)):
            ip(place, node, "addr", "add", f"{head}{host}{tail}", "dev", "eth0", "nodad")
    peer = f"unicast_src_ip {head}{{}}\nunicast_peer {{{{\n{head}{{}}\n}}}}"
    shared = f"{head}100{tail}"
    place.start_file("b", text("interface eth0\n" + peer.format(2, 1), shared), ours=False)
    assert soon(lambda: is_master(place, "b")), place.log("b")
    place.start_file("a", text("vrf blue\n" + peer.format(1, 2), f"{shared} dev eth0", 150), ours=True)
    assert soon(lambda: place.speakers() == "ba"), place.log("a")
    assert soon(lambda: shared in devices(place, "a")["eth0"][3]), place.log("a")
    assert soon(lambda: shared not in devices(place, "b")["eth0"][3]), place.log("b")
    if family == 4:  # an interface that goes out of a VRF, or into one, forgets its addresses of IPv6
        ip(place, "a", "link", "set", "eth0", "nomaster")
        assert soon(lambda: place.speakers() == "bab"), place.log("a")
        assert soon(lambda: shared not in devices(place, "a")["eth0"][3]), place.log("a")
        ip(place, "a", "link", "set", "eth0", "master", "blue")
        assert soon(lambda: place.speakers() == "baba"), place.log("a")
    place.end("a")
    assert soon(lambda: place.speakers().endswith("ab")), place.log("b")


def test_guest_a_route_in_a_vrf(place: Any, soon: Callable[..., bool]) -> None:
    """Who is in the VRF would not get there, and everybody else where he should not."""
    in_blue(place)
    route = "virtual_routes {\n198.51.100.0/24 via 10.70.0.9 dev eth0 vrf blue\n}"
    told = []
    for ours in (False, True):
        place.start_file("a", text(f"interface eth0\n{route}"), ours=ours)
        assert soon(lambda: "198.51.100.0" in ip(place, "a", "route", "show", "table", "10")), place.log("a")
        told.append([line for line in ip(place, "a", "route", "show", "table", "10").splitlines() if "198.51" in line])
        place.end("a")
        assert soon(lambda: "198.51.100.0" not in ip(place, "a", "route", "show", "table", "10")), place.log("a")
    assert told[0] == told[1]


@DEVICES
def test_guest_devices_follow_the_interface_below_into_a_vrf(place: Any, soon: Callable[..., bool], word: str) -> None:
    """A device outside of its interface's VRF would hold an address that nobody in the VRF reaches."""
    in_blue(place)
    for ours in (False, True):
        place.adverts.clear()
        place.start_file("a", text(f"interface eth0\n{word}"), ours=ours)
        assert soon(lambda: sources(place, "a")), place.log("a")
        assert devices(place, "a")["own"][2] == "blue"
        ip(place, "a", "link", "set", "eth0", "nomaster")
        assert soon(lambda: devices(place, "a")["own"][2] is None), place.log("a")
        ip(place, "a", "link", "set", "eth0", "master", "blue")
        assert soon(lambda: devices(place, "a")["own"][2] == "blue"), place.log("a")
        place.adverts.clear()
        assert soon(lambda: sources(place, "a")), place.log("a")
        place.end("a")

"""Links that are asked for instead of told by netlink, or that count a while later, on interfaces of the kernel's."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from rig.namespaces import within

from standfast.director.vrrp.links import LinkMethod
from standfast.director.vrrp.live.link_states import LinkStates

pytestmark = [pytest.mark.live]

POLLED = """linkbeat_interfaces {{
    eth0 {method}
    eth1
}}
"""
TRACKED = "track_interface {\n    eth1 weight -60\n}"


def asked(place: Any, interface: str) -> dict[str, bool | None]:
    states = within(place.names["a"], LinkStates)
    try:
        return {str(method): states.ask(interface, method) for method in LinkMethod}
    finally:
        states.close()


def test_what_a_veth_says(lan: Callable[..., Any], wait: Callable[..., Any]) -> None:
    """A link would be seen where there is none, or a method believed that the driver does not have."""
    place = lan(1)
    assert wait(lambda: asked(place, "eth0") == {"MII": None, "ETHTOOL": True, "IOCTL": True}), asked(place, "eth0")
    place.cut("a", 0)
    assert wait(lambda: asked(place, "eth0") == {"MII": None, "ETHTOOL": False, "IOCTL": False}), asked(place, "eth0")
    assert asked(place, "nowhere") == {"MII": None, "ETHTOOL": None, "IOCTL": False}


def holds(place: Any, chosen: Any, node: str) -> bool:
    """Return whether this node has the addresses of eth0, and the other one has not."""
    return place.holds(node, chosen) and not place.holds("b" if node == "a" else "a", chosen)


def polls_of(setting: Any, method: str) -> str:
    """Return a keepalived.conf of one instance on eth0 that tracks eth1; both are polled."""
    text: str = setting(lines=[TRACKED]).keepalived("a")
    return POLLED.format(method=method) + text


@pytest.mark.slow
@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.usefixtures("keepalived")
def test_a_polled_link_moves_the_addresses(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any], ours: bool
) -> None:
    """Where polling is asked for, a lost link would be nobody's business: netlink's word does not count there."""
    place, chosen = lan(2), setting()
    place.start_file("a", polls_of(setting, "MII"), ours=ours)
    place.start_file("b", chosen.keepalived("b"), ours=True)
    assert wait(lambda: holds(place, chosen, "a")), place.log("a")
    assert "(eth0): Configured linkbeat type MII not supported, using ETHTOOL" in place.log("a")
    place.cut("a", 1)  # tracked: 150 - 60 is less than the other's 100
    assert wait(lambda: holds(place, chosen, "b")), place.log("a")
    assert "Linkbeat reports eth1 down" in place.log("a")
    place.join("a", 1)
    assert wait(lambda: holds(place, chosen, "a")), place.log("a")
    place.cut("a", 0)  # its own
    assert wait(lambda: "(V0) Entering FAULT STATE" in place.log("a")), place.log("a")
    assert "Linkbeat reports eth0 down" in place.log("a")
    place.join("a", 0)
    assert wait(lambda: holds(place, chosen, "a")), place.log("a")
    if not ours:
        return
    place.write_file("a", setting(lines=[TRACKED]).keepalived("a"))
    os.kill(place.pid("a", "main"), signal.SIGHUP)
    assert wait(lambda: "interfaces that are asked for their link" in place.log("a")), place.log("a")
    seen = len(place.log("a"))
    place.cut("a", 0)
    assert wait(lambda: "(V0) Entering FAULT STATE" in place.log("a")[seen:]), place.log("a")
    assert "Linkbeat" not in place.log("a")[seen:], "netlink is believed again"


DELAYED = """interface_up_down_delays {
    eth0 0.3 0.3
}
"""


@pytest.mark.slow
@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("vmac", [[], ["use_vmac"]])
@pytest.mark.usefixtures("keepalived")
def test_a_loss_counts_after_its_delay(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any], ours: bool, vmac: list[str]
) -> None:
    """A moment's loss would move all addresses, though an operator said that it should not; or a real one not."""
    place, chosen = lan(1), setting(lines=vmac)
    place.start_file("a", DELAYED + chosen.keepalived("a"), ours=ours)
    assert wait(lambda: place.holds("a", chosen)), place.log("a")
    said = "is over before it counted" if ours else "Adding flags change"

    def blinks() -> bool:
        return place.cut("a", 0) and place.join("a", 0) and said in place.log("a")

    assert wait(blinks), place.log("a")
    assert wait(lambda: place.holds("a", chosen)), place.log("a")
    begun, lost = (place.log("a").count(f"(V0) Entering {state} STATE") for state in ("MASTER", "FAULT"))
    place.cut("a", 0)
    assert wait(lambda: place.log("a").count("(V0) Entering FAULT STATE") > lost), place.log("a")
    place.join("a", 0)
    assert wait(lambda: place.log("a").count("(V0) Entering MASTER STATE") > begun), place.log("a")

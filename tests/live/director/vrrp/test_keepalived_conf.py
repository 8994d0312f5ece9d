"""`standfast keepalived -P` in keepalived's place: pairs from one file, reloads, and what a kill leaves."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]

MORE = """vrrp_instance {name} {{
    state BACKUP
    interface eth0
    version 3
    virtual_router_id {vrid}
    priority {priority}
    advert_int 0.1
    virtual_ipaddress {{
        10.70.0.{vrid}/24
    }}
}}
"""


def told(place: Any) -> str:
    return "".join(f"\n--- {node}\n{place.log(node)[-3000:]}" for node in "ab") + f"\n{place.speakers()}"


@pytest.mark.parametrize("ours", ["ab", "a", "b"])
@pytest.mark.parametrize("variant", [{}, {"version": 2, "interval_cs": 100, "auth": "PASS"}, {"unicast": True}])
@pytest.mark.usefixtures("keepalived")
def test_a_pair_from_one_file(
    lan: Callable[..., Any],
    setting: Callable[..., Any],
    wait: Callable[..., Any],
    ours: str,
    variant: dict[str, Any],
) -> None:
    """Who replaces keepalived on one of two machines would have two masters, or none."""
    chosen = setting(**variant)
    place = lan(1)
    for node in "ab":
        place.start_file(node, chosen.keepalived(node), ours=node in ours)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    begun = place.speakers()
    assert begun in ("a", "ba"), told(place)
    assert wait(lambda: "(V0) Entering MASTER STATE" in place.log("a")), told(place)  # both say so
    place.end("a")
    assert wait(lambda: place.is_with("b", chosen)), told(place)
    place.start_file("a", chosen.keepalived("a"), ours="a" in ours)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    place.end("a", signal.SIGKILL)
    assert wait(lambda: place.is_with("b", chosen)), told(place)
    assert place.speakers() == begun + "bab", told(place)


@pytest.mark.parametrize("peer_is_ours", [True, False])
@pytest.mark.usefixtures("keepalived")
def test_reloads_move_nothing(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any], peer_is_ours: bool
) -> None:
    """The other router would take over whenever an operator changes the file."""
    chosen = setting(interval_cs=10)
    place = lan(1)
    for node in "ab":
        place.start_file(node, chosen.keepalived(node), ours=node == "a" or peer_is_ours)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    begun, text = place.speakers(), chosen.keepalived("a")
    for number in range(1, 7):
        more = "".join(MORE.format(name=f"M{n}", vrid=200 + n, priority=200) for n in range(number % 3))
        excluded = f"virtual_ipaddress_excluded {{\n10.70.0.{120 + number}/24\n}}\n"
        changed = text.replace("virtual_ipaddress {", excluded + "virtual_ipaddress {")
        if number % 2:
            changed = text.replace("priority 150", f"priority {150 + number}")
        place.write_file("a", changed + more)
        os.kill(place.pid("a", "main"), signal.SIGHUP)
        assert wait(lambda n=number: place.log("a").count("Reload complete") == n), told(place)
    count = len(place.adverts)
    assert wait(lambda: len(place.adverts) > count + 30), told(place)
    mine = [seen.at for seen in place.adverts if seen.node == "a" and seen.priority]
    assert place.speakers() == begun, told(place)
    assert place.holds("a", chosen)
    assert mine


def test_a_router_that_a_reload_takes_away_says_goodbye(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    """Its address would stay on a machine that does not defend it any more."""
    chosen = setting(interval_cs=10)
    place = lan(1)
    both = MORE.format(name="V9", vrid=209, priority=200) + chosen.keepalived("a")
    place.start_file("a", both, ours=True)
    ours = setting(interval_cs=10)
    ours.addresses = lambda segment: ["10.70.0.209/24", "10.70.0.100/24"]
    assert wait(lambda: place.holds("a", ours)), place.log("a")
    place.write_file("a", chosen.keepalived("a"))
    os.kill(place.pid("a", "main"), signal.SIGHUP)
    ours.addresses = lambda segment: ["10.70.0.209/24"]
    assert wait(lambda: not place.holds("a", ours)), place.log("a")
    assert wait(lambda: any(seen.priority == 0 for seen in place.adverts)), place.log("a")
    assert place.holds("a", chosen)
    assert "V9: virtual router 209 on eth0 is given up" in place.log("a")


def test_a_killed_child_is_replaced(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    """One crash would end VRRP on this machine, or leave its addresses on two."""
    chosen = setting(interval_cs=20)
    place = lan(1)
    for node in "ab":
        place.start_file(node, chosen.keepalived(node), ours=True)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    first = place.pid("a", "vrrp")
    os.kill(first, signal.SIGKILL)
    assert wait(lambda: place.pid("a", "vrrp") not in (0, first)), told(place)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    assert place.pid("a", "main") == place.daemons["a"].pid
    place.end("a")
    assert wait(lambda: place.is_with("b", chosen)), told(place)
    assert not place.holds("a", chosen)
    assert [seen.node for seen in place.adverts if seen.priority == 0] == ["a"]


def test_who_loses_its_parent_leaves_cleanly(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    """Nobody would look after a VRRP process whose parent was killed, and the next start would find it in the way."""
    chosen = setting(interval_cs=100)
    place = lan(1)
    for node in "ab":
        place.start_file(node, chosen.keepalived(node), ours=True)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    child = place.pid("a", "vrrp")
    os.kill(place.pid("a", "main"), signal.SIGKILL)
    began = time.monotonic()
    assert wait(lambda: place.holds("b", chosen) and not place.holds("a", chosen)), told(place)
    took_s = time.monotonic() - began
    assert any(seen.node == "a" and seen.priority == 0 for seen in place.adverts), f"{took_s} s{told(place)}"
    assert wait(lambda: not os.path.exists(f"/proc/{child}")), told(place)

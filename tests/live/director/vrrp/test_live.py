"""Our daemon on a real kernel: what it sets, what it gives back, and what it does after a sleep."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]

Maker = Callable[..., Any]


def ip(place: Any, node: str, *words: str) -> str:
    """Return what `ip` says in a node."""
    return subprocess.run(
        ["ip", "-n", place.names[node], *words], check=True, capture_output=True, text=True, timeout=20
    ).stdout


def told(place: Any) -> str:
    logs = "".join(f"\n--- {node}\n{place.log(node)[-2500:]}" for node in "ab" if (place.folder / node).exists())
    return f"{logs}\n{place.speakers()}"


def test_what_a_kill_left_is_removed_at_the_next_start(lan: Maker, setting: Maker, wait: Maker) -> None:
    """The address would be at two machines."""
    extra = {
        "routes": [{"destination": "192.0.2.0/24", "via": "10.70.0.2", "device": "eth0"}],
        "rules": [{"family": 4, "priority": 7000, "table": 77, "source": "198.51.100.0/24"}],
        "excluded_addresses": [{"address": "10.70.0.111/32", "label": "eth0:x"}],
    }
    chosen = setting(more=extra)
    place = lan(1)

    def left() -> tuple[bool, bool, bool, bool]:
        addresses, routes, rules = (ip(place, "a", *words) for words in (["addr"], ["route"], ["rule"]))
        return (
            "10.70.0.100" in addresses, "eth0:x" in addresses, "192.0.2.0/24" in routes, "198.51.100.0/24" in rules,
        )  # fmt: skip

    place.start("a", True, chosen)
    assert wait(lambda: all(left())), told(place)
    place.end("a", signal.SIGKILL)
    assert all(left()), "a kill leaves it"
    place.start("b", True, setting(priorities={"a": 1, "b": 200}))
    assert wait(lambda: place.holds("b", chosen)), told(place)
    place.start("a", True, chosen)
    assert wait(lambda: not any(left())), told(place)
    assert wait(lambda: "a predecessor had left" in place.log("a")), told(place)
    assert place.speakers() == "ab"
    place.end("a")
    assert not (place.folder / "a" / "ledger.json").exists()


def test_what_somebody_removed_comes_back(lan: Maker, setting: Maker, wait: Maker) -> None:
    """networkd or an operator would take the address away, and nobody would know who it was."""
    more = {"routes": [{"destination": "192.0.2.0/24", "via": "10.70.0.2", "device": "eth0"}]}
    chosen = setting(more=more)
    place = lan(1)
    place.start("a", True, chosen)
    assert wait(lambda: place.holds("a", chosen)), told(place)
    ip(place, "a", "addr", "del", "10.70.0.100/24", "dev", "eth0")
    assert wait(lambda: "10.70.0.100 was removed by netlink port" in place.log("a")), told(place)
    assert wait(lambda: place.holds("a", chosen)), told(place)
    ip(place, "a", "route", "del", "192.0.2.0/24")
    assert wait(lambda: "a route was removed by netlink port" in place.log("a")), told(place)
    assert wait(lambda: "192.0.2.0/24" in ip(place, "a", "route")), told(place)


def test_a_sleeper_sends_one_advert_and_yields(lan: Maker, setting: Maker, wait: Maker) -> None:
    """A frozen machine that goes on would throw out who took over, with a burst and with ARP."""
    chosen = setting(preempt=False)
    place = lan(1)
    place.start("a", True, chosen)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    place.start("b", True, chosen)
    assert wait(lambda: "backup" in place.log("b")), told(place)
    daemon = place.daemons["a"]
    daemon.send_signal(signal.SIGSTOP)
    try:
        assert wait(lambda: place.speakers().endswith("b")), told(place)
        count = len(place.adverts)
        assert wait(lambda: len(place.adverts) > count + 5), told(place)
    finally:
        woken = time.monotonic()
        daemon.send_signal(signal.SIGCONT)
    assert wait(lambda: "listening first" in place.log("a")), told(place)
    assert wait(lambda: not place.holds("a", chosen)), told(place)
    count = len(place.adverts)
    assert wait(lambda: len(place.adverts) > count + 5), told(place)
    assert [seen for seen in place.adverts if seen.node == "a" and seen.at > woken] == []
    assert place.is_with("b", chosen), told(place)


def test_a_virtual_mac_goes_with_the_address(lan: Maker, setting: Maker, wait: Maker) -> None:
    """Hosts would have to learn another MAC at each take-over."""
    chosen = setting(more={"vmac": {}})
    place = lan(1)
    for node in "ab":
        place.start(node, True, chosen)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    shown = json.loads(ip(place, "a", "-j", "-d", "link", "show", "vrrp.51"))[0]
    assert shown["address"] == "00:00:5e:00:01:33"
    assert "10.70.0.100" in ip(place, "a", "addr", "show", "vrrp.51")
    place.end("a")
    assert wait(lambda: place.is_with("b", chosen)), told(place)
    assert "vrrp.51" not in ip(place, "a", "link")
    place.start("a", True, chosen)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    assert place.speakers() in ("aba", "baba"), told(place)


def test_an_address_in_no_accept_mode_is_silent(lan: Maker, setting: Maker, wait: Maker) -> None:
    """A router would answer for an address that it only forwards for."""
    chosen = setting(more={"accept": False})
    place = lan(1)
    place.start("a", True, chosen)
    assert wait(lambda: place.holds("a", chosen)), told(place)
    ping = ["ip", "netns", "exec", place.names["b"], "ping", "-c", "1", "-W", "1"]
    assert subprocess.run([*ping, "10.70.0.1"], check=False, capture_output=True, timeout=20).returncode == 0
    assert subprocess.run([*ping, "10.70.0.100"], check=False, capture_output=True, timeout=20).returncode != 0
    place.end("a")
    listed = ["ip", "netns", "exec", place.names["a"], "nft", "list", "tables"]
    assert "standfast" not in subprocess.run(listed, check=True, capture_output=True, text=True, timeout=20).stdout


def test_the_winner_of_a_split_brain_tells_the_neighbours(lan: Maker, setting: Maker, wait: Maker) -> None:
    """They would go on sending to the loser."""
    chosen = setting()
    place = lan(1)
    for node in "ab":
        place.start(node, True, chosen)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    assert all(place.isolate(node, True) for node in "ab")
    assert wait(lambda: place.holds("a", chosen) and place.holds("b", chosen)), told(place)
    count = len(place.announcements)
    assert all(place.isolate(node, False) for node in "ab")
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    assert wait(lambda: "a" in [node for _, node in place.announcements[count:]]), told(place)


def test_who_would_preempt_takes_back_after_a_sleep_with_one_advert(lan: Maker, setting: Maker, wait: Maker) -> None:
    """Every advert that waited would be answered, and the rival's too: a burst."""
    chosen = setting()
    place = lan(1)
    for node in "ab":
        place.start(node, True, chosen)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    daemon = place.daemons["a"]
    daemon.send_signal(signal.SIGSTOP)
    try:
        assert wait(lambda: place.speakers().endswith("b")), told(place)
        count = len(place.adverts)
        assert wait(lambda: len(place.adverts) > count + 10), told(place)
    finally:
        woken = time.monotonic()
        daemon.send_signal(signal.SIGCONT)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    assert place.speakers().endswith("aba"), told(place)
    first = [seen.at for seen in place.adverts if seen.node == "a" and seen.at > woken]
    assert first
    assert sum(at < first[0] + 0.1 for at in first) <= 2, "the advert, and the answer to the other's last word"


def test_a_virtual_mac_in_ipv6(lan: Maker, setting: Maker, wait: Maker) -> None:
    """Two machines would have one link-local address, and adverts no source."""
    chosen = setting(family=6, more={"vmac": {}})
    place = lan(1)
    for node in "ab":
        place.start(node, True, chosen)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    shown = json.loads(ip(place, "a", "-j", "-d", "link", "show", "vrrp6.51"))[0]
    assert shown["address"] == "00:00:5e:00:02:33"
    place.end("a")
    assert wait(lambda: place.is_with("b", chosen)), told(place)
    assert place.speakers() in ("ab", "bab"), told(place)

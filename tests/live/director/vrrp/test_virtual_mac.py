"""Virtual MACs in a pair with keepalived, from one file: hosts see one MAC for the address, whoever is Active."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.usefixtures("keepalived")]

VRID = 51
FAMILIES: dict[int, tuple[str, str, str]] = {
    4: ("10.70.0.100", "10.70.0.9/24", "00:00:5e:00:01:33"),
    6: ("2001:db8:1::100", "2001:db8:1::9/64", "00:00:5e:00:02:33"),
}
"""By family: a virtual address, a host's, and the virtual MAC. Source: RFC 9568 §7.3."""


def ip(place: Any, *words: str) -> str:
    """Return what `ip` says where the bridge is."""
    done = subprocess.run(
        ["ip", "-n", place.names["l"], *words], check=True, capture_output=True, text=True, timeout=20
    )
    return done.stdout


def told(place: Any) -> str:
    return "".join(f"\n--- {node}\n{place.log(node)[-2500:]}" for node in "ab") + f"\n{place.speakers()}"


def asked(place: Any, family: int) -> str:
    """Return what a host learns when it asks for the virtual address."""
    address = FAMILIES[family][0]
    ip(place, "neigh", "flush", "dev", "br0")
    ping = ["ip", "netns", "exec", place.names["l"], "ping", "-c", "1", "-W", "1", address]
    subprocess.run(ping, check=False, capture_output=True, timeout=20)
    return ip(place, "neigh", "show", address, "dev", "br0")


@pytest.mark.parametrize("ours", ["ab", "a", "b"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("base", [False, True], ids=["", "xmit_base"])
def test_one_mac_whoever_is_active(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any], base: bool, family: int, ours: str
) -> None:
    """Hosts would keep the MAC of a machine that is dead, or learn two of them."""
    _, host, mac = FAMILIES[family]
    chosen = setting(family=family, lines=["use_vmac", *(["vmac_xmit_base"] if base else [])])
    place = lan(1)
    ip(place, "addr", "add", host, "dev", "br0", *(["nodad"] if family == 6 else []))
    for node in "ab":
        place.start_file(node, chosen.keepalived(node), ours=node in ours)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    assert wait(lambda: mac in asked(place, family)), told(place)
    begun = place.speakers()
    place.end("a")
    assert wait(lambda: place.is_with("b", chosen)), told(place)
    assert wait(lambda: mac in asked(place, family)), told(place)
    place.start_file("a", chosen.keepalived("a"), ours="a" in ours)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    assert wait(lambda: mac in asked(place, family)), told(place)
    place.end("a", signal.SIGKILL)
    assert place.cut("a", 0)  # the machine died: who was killed alone would go on answering
    assert wait(lambda: place.is_with("b", chosen)), told(place)
    assert wait(lambda: mac in asked(place, family)), told(place)
    assert place.speakers() == begun + "bab", told(place)

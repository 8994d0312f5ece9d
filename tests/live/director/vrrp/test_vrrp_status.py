"""`standfast vrrp status|explain` over pairs that agree, and over the classical split brains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]

SPLITS = {
    "addresses": ("10.70.0.100/24", "10.70.0.101/24", "addresses (only there 10.70.0.101; only here 10.70.0.100)"),
    "count": ("10.70.0.100/24", "10.70.0.100/24\n10.70.0.101/24", "number of addresses"),
    "version": ("version 3", "version 2", "version 2, ours is 3"),
    "unicast": ("virtual_ipaddress {", "unicast_peer {{\n{peer}\n}}\nvirtual_ipaddress {{", "unicast"),
}


def test_a_pair_that_agrees(lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any]) -> None:
    """Nobody could see from the outside why an address is where it is."""
    chosen = setting(interval_cs=100)
    place = lan(1)
    for node in "ab":
        place.start_file(node, chosen.keepalived(node), ours=True)
    assert wait(lambda: place.is_with("a", chosen)), place.log("a")
    socket = str(place.folder / "b" / "main.sock")
    assert wait(lambda: "hears 10.70.0.1: priority 150" in place.standfast("vrrp", "explain", "--socket", socket)[1])
    status, text = place.standfast("vrrp", "explain", "V0", "--socket", socket)
    assert status == 0, text
    assert "V0: BACKUP for" in text
    assert "it takes over if none comes within" in text
    status, text = place.standfast("vrrp", "status", "--socket", str(place.folder / "a" / "main.sock"))
    assert (status, "V0: ACTIVE for" in text, "!!" in text) == (0, True, False), text
    assert place.standfast("vrrp", "explain", "no", "--socket", socket)[0] == 105


@pytest.mark.parametrize("split", SPLITS)
def test_a_split_brain_by_configuration(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any], split: str
) -> None:
    """Both machines would have the address, and nothing would say why."""
    chosen = setting(interval_cs=100)
    place = lan(1)
    old, new, reason = SPLITS[split]
    place.start_file("a", chosen.keepalived("a"), ours=True)
    changed = new.format(peer="10.70.0.1") if "{peer}" in new else new
    place.start_file("b", chosen.keepalived("b").replace(old, changed), ours=True)

    def alarmed() -> bool:
        status, text = place.standfast("vrrp", "explain", "--socket", str(place.folder / "a" / "main.sock"))
        return status == 1 and "TWO ARE ACTIVE: adverts of 10.70.0.2 are refused" in text and reason in text

    assert wait(alarmed), place.standfast("vrrp", "explain", "--socket", str(place.folder / "a" / "main.sock"))

"""Ours and keepalived as a pair, both ways round: one Active Router, whoever stops, dies or returns."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.usefixtures("keepalived")]

VARIANTS: dict[str, dict[str, Any]] = {
    "v3": {},
    "v3-unicast": {"unicast": True},
    "v3-ipv6": {"family": 6},
    "v3-ipv6-unicast": {"family": 6, "unicast": True},
    "v2": {"version": 2, "interval_cs": 100},
    "v2-pass": {"version": 2, "interval_cs": 100, "auth": "PASS"},
    "v2-ah": {"version": 2, "interval_cs": 100, "auth": "AH"},
    "v2-unicast-pass": {"version": 2, "interval_cs": 100, "unicast": True, "auth": "PASS"},
    "v2-ah-unicast": {"version": 2, "interval_cs": 100, "unicast": True, "auth": "AH"},
}


def told(place: Any) -> str:
    return "".join(f"\n--- {node}\n{place.log(node)[-2500:]}" for node in "ab") + f"\n{place.speakers()}"


@pytest.mark.parametrize("ours", ["a", "b"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_mixed_pair(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any], variant: str, ours: str
) -> None:
    """In a mixed pair both or none would be Active, after a stop, a return, or a crash."""
    chosen = setting(**VARIANTS[variant])
    place = lan(1)
    for node in "ab":
        place.start(node, node == ours, chosen)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    begun = place.speakers()
    assert begun in ("a", "ba"), told(place)  # b may have been up so much earlier
    place.end("a")
    assert wait(lambda: place.is_with("b", chosen)), told(place)
    place.start("a", ours == "a", chosen)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    place.end("a", signal.SIGKILL)
    assert wait(lambda: place.is_with("b", chosen)), told(place)
    assert place.speakers() == begun + "bab", told(place)


@pytest.mark.parametrize("ours", ["a", "b"])
def test_a_returning_router_waits_without_preemption(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any], ours: str
) -> None:
    """The addresses would move back against the configuration."""
    chosen = setting(preempt=False)
    place = lan(1)
    place.start("b", ours == "b", chosen)
    assert wait(lambda: place.is_with("b", chosen)), told(place)
    place.start("a", ours == "a", chosen)
    count = len(place.adverts)
    assert wait(lambda: len(place.adverts) > count + 30), told(place)  # six seconds: a's whole wait, and more
    assert place.speakers() == "b", told(place)
    place.end("b")
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    assert place.speakers() == "ba", told(place)


@pytest.mark.parametrize("ours", ["a", "b"])
def test_a_sync_group_moves_as_one(
    lan: Callable[..., Any], setting: Callable[..., Any], wait: Callable[..., Any], ours: str
) -> None:
    """Traffic would come in by one machine and go out by the other."""
    chosen = setting(segments=2)
    place = lan(2)
    for node in "ab":
        place.start(node, node == ours, chosen)
    assert wait(lambda: place.is_with("a", chosen)), told(place)
    assert place.cut("a", 1)
    assert wait(lambda: all(place.holds("b", chosen, n) for n in (0, 1))), told(place)
    assert wait(lambda: not any(place.holds("a", chosen, n) for n in (0, 1))), told(place)
    assert place.join("a", 1)
    assert wait(lambda: place.is_with("a", chosen)), told(place)

"""Gratuitous ARP and neighbour advertisements one after another."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from standfast.director import vrrp
from standfast.director.vrrp import frames
from standfast.director.vrrp.pacing import Pacer

MS = 1_000_000
MAC = bytes(6)
ONE, TWO = (frames.announcement(ip_address(f"192.0.2.{n}"), MAC) for n in (1, 2))
SIX = frames.announcement(ip_address("2001:db8::1"), MAC)


def pacer(*paces: vrrp.Pace, **bases: str) -> Pacer:
    made = Pacer()
    made.configure(paces, bases)
    return made


def drained(pacing: Pacer) -> list[tuple[int, str, bytes]]:
    """Return what goes from now on, and when, in milliseconds."""
    went = []
    while (due_ns := pacing.due_ns) is not None:
        went += [(due_ns // MS, device, frame) for device, frame in pacing.due(due_ns)]
    return went


def test_without_a_pace_all_goes_at_once() -> None:
    """A take-over on an ordinary network would be known to its neighbours late."""
    pacing = pacer()
    assert list(pacing.want("A", "eth0", [ONE, TWO], 2, 0)) == [ONE, TWO, ONE, TWO]
    assert pacing.due_ns is None


def test_what_waits_goes_in_order_and_with_all_its_repeats() -> None:
    """A switch that drops what comes too fast would never learn some of the addresses."""
    pacing = pacer(vrrp.Pace((), arp_interval_us=10_000))
    assert list(pacing.want("A", "eth0", [ONE, TWO], 2, 0)) == [ONE]
    assert drained(pacing) == [(10, "eth0", TWO), (20, "eth0", ONE), (30, "eth0", TWO)]


def test_what_waits_already_does_not_wait_twice() -> None:
    """With a long interval and a short refresh the queue would grow for ever."""
    pacing = pacer(vrrp.Pace((), arp_interval_us=10_000))
    for _ in range(50):
        list(pacing.want("A", "eth0", [ONE, TWO], 2, 0))
    assert len(drained(pacing)) <= 4


@pytest.mark.parametrize(
    ("pace", "waits"),
    [
        (vrrp.Pace(("eth0", "eth1"), 10_000), True),  # together
        (vrrp.Pace((), 10_000), False),  # each by itself
        (vrrp.Pace(("eth0",), 10_000), False),
    ],
)
def test_interfaces_of_a_group_share_an_interval(pace: vrrp.Pace, waits: bool) -> None:
    """Two links to one switch would bring it twice what it can take."""
    pacing = pacer(pace)
    assert list(pacing.want("A", "eth0", [ONE], 1, 0)) == [ONE]
    assert list(pacing.want("A", "eth1", [TWO], 1, 0)) == ([] if waits else [TWO])


def test_virtual_macs_count_for_the_interface_below() -> None:
    """Each virtual MAC would have an interval of its own, and they all use one wire."""
    pacing = pacer(vrrp.Pace(("eth0",), 10_000), v1="eth0", v2="eth0")
    assert list(pacing.want("A", "v1", [ONE], 1, 0)) == [ONE]
    assert list(pacing.want("B", "v2", [TWO], 1, 0)) == []
    assert drained(pacing) == [(10, "v2", TWO)]


def test_families_have_their_own_intervals() -> None:
    """Neighbour advertisements would wait for ARP, or not at all."""
    pacing = pacer(vrrp.Pace((), 10_000, 30_000))
    assert list(pacing.want("A", "eth0", [ONE, SIX], 2, 0)) == [ONE, SIX]
    assert drained(pacing) == [(10, "eth0", ONE), (30, "eth0", SIX)]


def test_who_leaves_sends_nothing_more() -> None:
    """Neighbours would be told that the address is here after it went to the other router."""
    pacing = pacer(vrrp.Pace((), 10_000))
    list(pacing.want("A", "eth0", [ONE], 3, 0))
    list(pacing.want("B", "eth0", [TWO], 1, 0))
    pacing.drop("A")
    assert drained(pacing) == [(10, "eth0", TWO)]

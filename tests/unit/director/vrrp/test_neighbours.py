"""When the neighbours are told."""

from __future__ import annotations

from ipaddress import ip_interface

from standfast.director.vrrp.configuration import Garp, VirtualAddress, VirtualRouter
from standfast.director.vrrp.events import GratuitousArp, SetTimer, Timer
from standfast.director.vrrp.neighbours import Neighbours
from standfast.director.vrrp.timer_set import TimerSet

MS = 1_000_000


def made(garp: Garp) -> Neighbours:
    address = VirtualAddress(ip_interface("192.0.2.10/24"))
    return Neighbours(VirtualRouter("V", 51, "eth0", (address,), version=3, garp=garp), TimerSet("V"))


def test_a_take_over_tells_at_once_and_plans_the_rest() -> None:
    """Switches that lost the first ones would send to the dead machine until their tables age."""
    told = list(made(Garp(repeat=3, delay_ms=20, refresh_ms=60)).take_over(0))
    assert told[0] == GratuitousArp("V", 3)
    planned = {each.timer: each.due_ns for each in told if isinstance(each, SetTimer)}
    assert planned == {Timer.GARP_DELAY: 20 * MS, Timer.GARP_REFRESH: 60 * MS}


def test_nothing_is_planned_that_is_not_wanted() -> None:
    """A file that forbids gratuitous ARP would be followed by some."""
    assert list(made(Garp(repeat=0, delay_ms=20)).take_over(0)) == []


def test_a_rivals_adverts_are_not_each_answered_by_arp() -> None:
    """A rival could make us flood the segment."""
    neighbours = made(Garp(lower_priority_repeat=2))
    assert list(neighbours.defend(100, 50)) == [GratuitousArp("V", 2)]
    assert list(neighbours.defend(149, 50)) == []
    assert list(neighbours.defend(150, 50)) == [GratuitousArp("V", 2)]


def test_what_was_planned_for_a_rival_is_told_later() -> None:
    """Who learned the rival's MAC after our answer would keep it."""
    neighbours = made(Garp(lower_priority_repeat=2, lower_priority_delay_ms=5))
    (planned,) = neighbours.defend_later(0)
    assert isinstance(planned, SetTimer)
    assert planned.due_ns == 5 * MS
    assert list(neighbours.due(Timer.GARP_DELAY, planned.due_ns)) == [GratuitousArp("V", 2)]


def test_what_is_told_regularly_is_planned_again() -> None:
    """A switch that forgets what is quiet would be reminded once."""
    neighbours = made(Garp(refresh_ms=60, refresh_repeat=2))
    assert list(neighbours.due(Timer.GARP_REFRESH, 60 * MS)) == [GratuitousArp("V", 2)]
    (again,) = neighbours.plan(Timer.GARP_REFRESH, 60 * MS)
    assert isinstance(again, SetTimer)
    assert again.due_ns == 120 * MS
    assert list(neighbours.plan(Timer.GARP_DELAY, 60 * MS)) == []

"""What holds a router, and what moves its priority."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest

from standfast.director import vrrp
from standfast.director.vrrp.circumstances import GROUP_FAULT, INTERFACE_FAULT, Circumstances
from standfast.director.vrrp.tracking import Reading

Maker = Callable[..., Circumstances]


@pytest.fixture
def make(virtual_router: Callable[..., vrrp.VirtualRouter]) -> Maker:
    """Return a maker: `make(vrrp.Tracked("script:a"), priority=150)`."""

    def made(*tracked: vrrp.Tracked, **more: Any) -> Circumstances:
        return Circumstances(virtual_router(tracked=tracked, track_interface=False, **more))

    return made


def test_what_router_and_group_both_track_counts_twice(make: Maker) -> None:
    """A group's weight would hide that the router itself cannot be without the script."""
    both = make(vrrp.Tracked("script:a", 0), vrrp.Tracked("script:a", -20))
    both.read("script:a", Reading(False))
    assert both.faults == {"script:a"}
    assert both.priority == 80


def test_what_was_never_read_is_not_told(make: Maker) -> None:
    """A log would be full of faults at each start."""
    both = make(vrrp.Tracked("script:a"), vrrp.Tracked("script:b"))
    both.read("script:b", Reading(False))
    assert both.faults == {"script:a", "script:b"}
    assert both.told_faults == {"script:b"}
    both.hold(GROUP_FAULT, True)
    assert both.own_faults == both.faults - {GROUP_FAULT}


def test_an_owner_that_lost_stays_below_one(make: Maker) -> None:
    """Two owners would throw each other out for ever."""
    owner = make(priority=255)
    assert owner.priority == 255
    owner.lose_ownership()
    assert owner.priority == 254
    after = make(priority=255)
    after.continue_as(owner, grouped=False)
    assert after.priority == 254
    other = make(priority=100)
    other.continue_as(owner, grouped=False)
    assert other.priority == 100


def test_after_a_reload(make: Maker, virtual_router: Callable[..., vrrp.VirtualRouter]) -> None:
    """A reload would take the addresses away, or forget what holds the router."""
    before = make(vrrp.Tracked("script:a"))
    before.read("script:a", Reading(False))
    before.hold(GROUP_FAULT, True)
    before.hold(INTERFACE_FAULT, True)
    after = Circumstances(virtual_router(tracked=(vrrp.Tracked("script:a", -5), vrrp.Tracked("script:new"))))
    after.continue_as(before, grouped=False)
    assert after.faults == {INTERFACE_FAULT}
    assert after.priority == 95
    again = make(vrrp.Tracked("script:a"))
    again.continue_as(before, grouped=True)
    assert again.faults == {GROUP_FAULT, "script:a"}


def test_unicast_without_peers_is_a_fault(virtual_router) -> None:
    """A router that nobody can hear, and that hears nobody, would take the address from the other."""
    alone = Circumstances(virtual_router(unicast=vrrp.Unicast(()), track_interface=False))
    assert alone.told_faults == {"unicast without peers"}
    again = Circumstances(virtual_router(unicast=vrrp.Unicast((vrrp.Peer(ip_address("192.0.2.1")),))))
    again.continue_as(alone, grouped=False)
    assert not again.faults
    alone.continue_as(again, grouped=False)
    assert alone.faults == {"unicast without peers"}

"""Ups and downs of interfaces that count a while later."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from standfast.director import vrrp
from standfast.director.vrrp.link_delays import LinkDelays, Waiting, longest_ns
from standfast.director.vrrp.router import Router
from standfast.director.vrrp.rtnetlink_messages import Link

UP = Link(3, "eth0", 0x41, b"")
DOWN = replace(UP, flags=1)
MS = 1_000_000


@pytest.fixture
def plain(virtual_router: Callable[..., vrrp.VirtualRouter]) -> vrrp.Configuration:
    return vrrp.Configuration((virtual_router(),), delays=(vrrp.LinkDelay("eth0", 100_000, 200_000),))


@pytest.fixture
def delays(plain: vrrp.Configuration) -> LinkDelays:
    made = LinkDelays(lambda _: None)
    assert made.become(plain) == []
    assert made.heard(UP) is None
    return made


def test_a_loss_counts_when_its_time_is_over(delays: LinkDelays) -> None:
    """A router would be in FAULT for a moment's loss, or never be for a real one."""
    assert delays.heard(DOWN) == Waiting("eth0", 100 * MS)
    assert delays.is_up(DOWN)
    assert delays.heard(DOWN) is None, "the same news again begin no new time"
    delays.ended("eth0", DOWN)
    assert not delays.is_up(DOWN)
    assert delays.heard(UP) == Waiting("eth0", 200 * MS)
    assert not delays.is_up(UP)
    delays.ended("eth0", UP)
    assert delays.is_up(UP)


def test_a_loss_that_is_over_never_was(delays: LinkDelays) -> None:
    """The timer of a loss long ago would put a router with a good link in FAULT."""
    delays.heard(DOWN)
    assert delays.heard(UP) == Waiting("eth0")
    assert delays.is_up(UP)
    assert delays.heard(UP) is None


def test_what_was_never_up_comes_up_at_once(plain: vrrp.Configuration) -> None:
    """A machine that boots would wait where nothing is to be feared."""
    delays = LinkDelays(lambda _: None)
    delays.become(plain)
    delays.heard(DOWN)
    assert delays.heard(UP) is None
    assert delays.is_up(UP)
    assert delays.heard(DOWN) == Waiting("eth0", 100 * MS)


def test_another_interface_of_the_name_does_not_wait(delays: LinkDelays) -> None:
    """An interface that was made anew would be taken for the one that is gone."""
    delays.heard(DOWN)
    another = replace(DOWN, index=9)
    assert delays.heard(another) == Waiting("eth0")
    assert not delays.is_up(another)
    delays.ended("eth0", another)
    assert not delays.is_up(another)


def test_nobody_waits_for_longer_than_a_backup(plain: vrrp.Configuration) -> None:
    """Both routers would be Active: one that is deaf, and the Backup that hears nothing of it."""
    for most_ns, expected in ((30 * MS, Waiting("eth0", 30 * MS)), (0, None)):
        delays = LinkDelays(lambda _, most_ns=most_ns: most_ns)  # type: ignore[misc]
        delays.become(plain)
        delays.heard(UP)
        assert delays.heard(DOWN) == expected
        assert delays.is_up(DOWN) is bool(expected)


@pytest.mark.parametrize(
    ("changes", "interface", "expected"),
    [
        ({}, "eth0", 2000 * MS - 1000 * MS // 256),
        ({}, "eth1", None),
        ({"down_timer_adverts": 1}, "eth0", 0),
        ({"advertisement_interval_cs": 10}, "eth0", 200 * MS - 100 * MS // 256),
        ({"vmac": vrrp.Vmac("vmac0")}, "vmac0", 2000 * MS - 1000 * MS // 256),
    ],
)
def test_how_long_a_router_s_interface_may_wait(
    virtual_router: Callable[..., vrrp.VirtualRouter], changes: dict[str, object], interface: str, expected: int | None
) -> None:
    """Both routers would be Active, or a delay be cut short for nothing."""
    router = Router(virtual_router(**changes))
    assert longest_ns(interface, [router]) == expected
    if expected:
        router.active_adver_interval_ns = 50 * MS
        assert longest_ns(interface, [router]) == 100 * MS - 50 * MS // 256


def test_a_virtual_mac_waits_with_the_interface_below(
    plain: vrrp.Configuration, virtual_router: Callable[..., vrrp.VirtualRouter]
) -> None:
    """The router would be in FAULT at once all the same."""
    delays = LinkDelays(lambda _: None)
    delays.become(replace(plain, routers=(virtual_router(vmac=vrrp.Vmac("vmac0")),)))
    vmac = replace(UP, name="vmac0", index=7)
    delays.heard(vmac)
    assert delays.heard(replace(vmac, flags=1)) == Waiting("vmac0", 100 * MS)


def test_a_reload_without_the_delay_ends_it(delays: LinkDelays) -> None:
    """A timer of what is no more delayed would fire, and the interface be taken for up until then."""
    delays.heard(DOWN)
    assert delays.become(vrrp.Configuration(())) == [Waiting("eth0")]
    assert not delays.is_up(DOWN)
    assert delays.heard(UP) is None

"""What is said of discarded packets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standfast.director.events import Level
from standfast.director.vrrp.reception import Drop
from standfast.director.vrrp.refusals import Refusals

S = 1_000_000_000


def test_a_flood_of_different_ones_is_a_line_a_second(
    virtual_router: Callable[..., Any], advert: Callable[..., Any]
) -> None:
    """Whoever can reach the segment could fill the disk."""
    router = virtual_router()
    refusals, datagram = Refusals(router), advert(router, 100)
    drops = [Drop.CHECKSUM, Drop.LENGTH] * 50
    lines = [line for n, drop in enumerate(drops) for line in refusals.tell(drop, datagram, False, n * S // 50)]
    assert len(lines) == 2


def test_two_that_are_active_are_an_error_with_its_cure(
    virtual_router: Callable[..., Any], advert: Callable[..., Any]
) -> None:
    """Two masters would look like a stray packet."""
    router = virtual_router()
    (line,) = Refusals(router).tell(Drop.CHECKSUM, advert(router, 100), True, 0)
    assert line.level is Level.ERROR
    assert "two are Active" in line.text


def test_after_an_advert_that_was_taken_trouble_is_new(
    virtual_router: Callable[..., Any], advert: Callable[..., Any]
) -> None:
    """The second time that a pair stops agreeing would go unmentioned."""
    router = virtual_router()
    refusals, datagram = Refusals(router), advert(router, 100)
    assert list(refusals.tell(Drop.CHECKSUM, datagram, False, 0))
    assert not list(refusals.tell(Drop.CHECKSUM, datagram, False, 5 * S))
    refusals.end()
    assert list(refusals.tell(Drop.CHECKSUM, datagram, False, 9 * S))

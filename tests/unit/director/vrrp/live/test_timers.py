"""Timers on a timerfd."""

from __future__ import annotations

import select
from collections.abc import Iterator

import pytest

from standfast.director.vrrp.events import CancelTimer, SetTimer, Timer
from standfast.director.vrrp.live.timers import TimerQueue, now_ns

MS = 1_000_000


@pytest.fixture
def queue() -> Iterator[TimerQueue]:
    made = TimerQueue()
    yield made
    made.close()


def at(name: str, due_ns: int, generation: int = 1) -> SetTimer:
    return SetTimer(name, Timer.ADVER, generation, due_ns)


def test_due_timers_come_in_their_order_and_once(queue: TimerQueue) -> None:
    """Adverts of a router would wait for those of another, or go twice."""
    now = now_ns()
    for name, due_ns in (("late", now + 3600_000 * MS), ("b", now - MS), ("a", now - 2 * MS)):
        queue.apply(at(name, due_ns))
    assert [timer.router for timer in queue.due()] == ["a", "b"]
    assert list(queue.due()) == []


def test_a_later_timer_replaces_the_earlier(queue: TimerQueue) -> None:
    """A Backup that hears adverts would take over."""
    queue.apply(at("a", 1))
    queue.apply(at("a", now_ns() + 3600_000 * MS, 2))
    queue.apply(at("b", 1))
    queue.apply(CancelTimer("b", Timer.ADVER))
    assert list(queue.due()) == []


def test_the_kernel_wakes_us(queue: TimerQueue) -> None:
    """Nothing would be sent until something else happens."""
    poll = select.epoll()
    poll.register(queue.fileno(), select.EPOLLIN)
    try:
        queue.apply(at("a", now_ns() + 5 * MS))
        queue.arm()
        assert poll.poll(20)
        queue.acknowledge()
        assert [timer.router for timer in queue.due()] == ["a"]
        queue.arm()
        assert not poll.poll(0)
        queue.apply(at("a", 1))
        queue.arm()
        assert poll.poll(20), "what is past is due at once"
    finally:
        poll.close()


def test_a_backup_s_timer_is_announced_once_before_its_time() -> None:
    """Who takes over would run slowly, as no cache has anything of it."""
    queue, now = TimerQueue(), now_ns()
    poll = select.epoll()
    poll.register(queue.fileno(), select.EPOLLIN)
    try:
        timer = SetTimer("a", Timer.ACTIVE_DOWN, 1, now + 100 * MS)
        queue.apply(timer)
        queue.arm()
        assert queue.near() is None
        queue.arm()
        poll.poll(5.0)
        assert now_ns() < timer.due_ns or queue.near() is timer, "a machine that stood still"
        if now_ns() < timer.due_ns:
            assert list(queue.due()) == []
            assert queue.near() is timer
            assert queue.near() is None
    finally:
        poll.close()
        queue.close()


def test_who_waits_shortly_is_not_announced(queue: TimerQueue) -> None:
    """At 10 ms an announcement would cost time for nothing."""
    now = now_ns()
    queue.apply(SetTimer("a", Timer.ACTIVE_DOWN, 1, now + 30 * MS))
    queue.arm()
    while now_ns() < now + 30 * MS:
        assert queue.near() is None

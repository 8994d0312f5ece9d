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


def announced(queue: TimerQueue, wait_ms: int) -> list[float]:
    """Return how many milliseconds before its time a Backup's timer is announced in a loop like that of the process."""
    timer = SetTimer("a", Timer.ACTIVE_DOWN, 1, now_ns() + wait_ms * MS)
    queue.apply(timer)
    found: list[float] = []
    with select.epoll() as poll:
        poll.register(queue.fileno(), select.EPOLLIN)
        while True:
            queue.arm()
            assert poll.poll(5.0)
            queue.acknowledge()
            if timer in list(queue.due()):
                return found
            near = queue.near()
            assert near in (timer, None)
            found += [(timer.due_ns - now_ns()) / MS] * (near is timer)


def test_a_backup_s_timer_is_announced_twice_before_its_time(queue: TimerQueue) -> None:
    """Who takes over would run slowly, as no cache has anything of it, or none any more."""
    told = announced(queue, 300)
    assert len(told) <= 2
    assert all(before <= most for before, most in zip(told, (120, 15), strict=False)), told
    if len(told) < 2 or told[0] < 20:
        pytest.skip(f"the machine stood still: {told}")


@pytest.mark.parametrize(("wait_ms", "times"), [(36, 1), (18, 0)])
def test_how_often_who_waits_shortly_is_announced(queue: TimerQueue, wait_ms: int, times: int) -> None:
    """At 10 ms a take-over would be slow, or an announcement come when it is too late for anything."""
    assert len(announced(queue, wait_ms)) <= times
    told = max((announced(queue, wait_ms) for _ in range(5)), key=len)  # a machine may stand still
    assert len(told) == times


def test_no_other_timer_is_announced(queue: TimerQueue) -> None:
    """An Active Router would run for nothing between its adverts."""
    queue.apply(SetTimer("a", Timer.ADVER, 1, now_ns() + 60 * MS))
    with select.epoll() as poll:
        poll.register(queue.fileno(), select.EPOLLIN)
        queue.arm()
        assert poll.poll(5.0)
        assert queue.near() is None
        assert list(queue.due())

"""Timers of machines."""

from __future__ import annotations

import asyncio
import time

from standfast.runtime import CancelTimer, SetTimer, TimerFired
from standfast.runtime.live import Timers, now


def test_fires_with_its_generation_and_a_later_one_replaces_it() -> None:
    """Machines would wait for ever, or take an old timer for the new one."""

    async def story() -> list[TimerFired]:
        fired: asyncio.Queue[TimerFired] = asyncio.Queue()
        timers = Timers(fired.put_nowait)
        timers.apply(SetTimer("a", 1, 1))
        timers.apply(SetTimer("a", 2, 2))
        timers.apply(SetTimer("gone", 3, 1))
        timers.apply(CancelTimer("gone"))
        timers.apply(CancelTimer("never"))
        timers.apply(SetTimer("b", 4, 30))
        assert len(timers) == 2
        return [await asyncio.wait_for(fired.get(), 30), await asyncio.wait_for(fired.get(), 30)]

    assert asyncio.run(story()) == [TimerFired("a", 2), TimerFired("b", 4)]


def test_clear() -> None:
    """A closed daemon would go on."""

    async def story() -> int:
        timers = Timers(lambda _: None)
        timers.apply(SetTimer("a", 1, 10000))
        timers.clear()
        return len(timers)

    assert asyncio.run(story()) == 0


def test_now() -> None:
    """Durations would jump with the wall clock, or dates would count from the boot."""
    before, wall = time.clock_gettime(time.CLOCK_BOOTTIME), time.time()
    moment = now()
    assert before * 1000 - 1 <= moment.monotonic_ms <= time.clock_gettime(time.CLOCK_BOOTTIME) * 1000
    assert abs(moment.wall_ms / 1000 - wall) < 60

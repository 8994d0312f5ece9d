"""The loop's lag."""

from __future__ import annotations

import asyncio
import time

from standfast.runtime.live.lag import LagMeter


def test_a_held_loop_is_seen() -> None:
    """Nobody would know that the daemon holds its own heartbeat up; nor that its machine slept."""

    async def story() -> tuple[LagMeter, list[int]]:
        gaps: list[int] = []
        meter = LagMeter(gaps.append, interval_ms=5, slept_ms=100)
        meter.start()
        async with asyncio.timeout(30):
            while not meter.histogram.total:
                await asyncio.sleep(0.005)
            time.sleep(0.25)
            while meter.histogram.maximum < 100:
                await asyncio.sleep(0.005)
        meter.stop()
        return meter, gaps

    meter, gaps = asyncio.run(story())
    assert meter.histogram.maximum >= 150
    assert gaps
    assert gaps[0] >= 100
    assert meter.reset().total > 0
    assert meter.histogram.total == 0


def test_the_own_share_is_without_waiting_for_a_processor() -> None:
    """A busy machine would look like a slow daemon, or the daemon's own hold would be put down to the machine."""

    async def story() -> LagMeter:
        meter = LagMeter(interval_ms=5)
        meter.start()
        async with asyncio.timeout(30):
            while not meter.own.total:
                await asyncio.sleep(0.005)
            end = time.thread_time() + 0.2
            while time.thread_time() < end:
                pass
            while meter.own.maximum < 100:
                await asyncio.sleep(0.005)
        meter.stop()
        return meter

    meter = asyncio.run(story())
    assert meter.own.maximum >= 150
    assert meter.own.total == meter.histogram.total
    assert meter.own.sum <= meter.histogram.sum

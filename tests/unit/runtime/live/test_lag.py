"""The loop's lag."""

from __future__ import annotations

import asyncio
import time

from standfast.runtime.live import LagMeter


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

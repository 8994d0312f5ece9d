"""How late the loop is: the time by which a timer is missed, measured all the time, and the sleeps of the machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from standfast.runtime.histogram import Histogram

INTERVAL_MS = 50
SLEPT_MS = 5000


class LagMeter:
    """Measures the loop's lag from `start` to `stop`.

    `histogram` holds the lag in milliseconds since the last `reset`. `slept(gap_ms)` is called when the program did
    not run for `slept_ms` or longer by CLOCK_BOOTTIME (it was stopped, the machine was paused, or the loop was held).
    """

    def __init__(
        self,
        slept: Callable[[int], None] | None = None,
        *,
        interval_ms: int = INTERVAL_MS,
        slept_ms: int = SLEPT_MS,
    ) -> None:
        self.histogram = Histogram()
        self._slept = slept
        self._interval_ms = interval_ms
        self._slept_ms = slept_ms
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to measure, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._arm()

    def stop(self) -> None:
        """End measuring."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def reset(self) -> Histogram:
        """Return what was measured and begin anew."""
        measured, self.histogram = self.histogram, Histogram()
        return measured

    def _arm(self) -> None:
        self._before_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        self._handle = self._loop.call_later(self._interval_ms / 1000, self._tick)

    def _tick(self) -> None:
        passed_ms = (time.clock_gettime(time.CLOCK_BOOTTIME) - self._before_s) * 1000
        lag_ms = passed_ms - self._interval_ms
        self.histogram.add(lag_ms)
        self._arm()
        if lag_ms >= self._slept_ms and self._slept is not None:
            self._slept(int(lag_ms))

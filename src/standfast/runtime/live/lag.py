"""How late the loop is: the time by which a timer is missed, measured all the time, and the sleeps of the machine.

Beside it stands the part of it that is the program's own: the kernel says how long the thread waited for a processor.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable

from standfast.runtime.histogram import Histogram

INTERVAL_MS = 100  # an idle daemon does little else
SLEPT_MS = 5000


class LagMeter:
    """Measures the loop's lag from `start` to `stop`.

    `histogram` holds the lag in milliseconds since the last `reset`, `own` the lag less the time in which the loop's
    thread could run and had no processor (where the kernel tells it; the same as the lag elsewhere).
    `slept(gap_ms)` is called when the program did not run for `slept_ms` or longer by CLOCK_BOOTTIME (it was stopped,
    the machine was paused, or the loop was held).
    """

    def __init__(
        self,
        slept: Callable[[int], None] | None = None,
        *,
        interval_ms: int = INTERVAL_MS,
        slept_ms: int = SLEPT_MS,
    ) -> None:
        self.histogram = Histogram()
        self.own = Histogram()
        self._slept = slept
        self._interval_ms = interval_ms
        self._slept_ms = slept_ms
        self._handle: asyncio.TimerHandle | None = None
        self._schedstat = -1
        self._waited_before_ms = 0.0

    def start(self) -> None:
        """Begin to measure, on the running loop."""
        self._loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            self._schedstat = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        self._arm(self._waited_ms())

    def stop(self) -> None:
        """End measuring."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._schedstat >= 0:
            os.close(self._schedstat)
            self._schedstat = -1

    def reset(self) -> Histogram:
        """Return what was measured and begin anew."""
        measured, self.histogram, self.own = self.histogram, Histogram(), Histogram()
        return measured

    def _waited_ms(self) -> float:
        """Return how long the thread has waited for a processor. Source: Documentation/scheduler/sched-stats.rst."""
        if self._schedstat < 0:
            return 0.0
        return int(os.pread(self._schedstat, 100, 0).split()[1]) / 1e6

    def _arm(self, waited_ms: float) -> None:
        self._waited_before_ms = waited_ms
        self._before_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        self._handle = self._loop.call_later(self._interval_ms / 1000, self._tick)

    def _tick(self) -> None:
        passed_ms = (time.clock_gettime(time.CLOCK_BOOTTIME) - self._before_s) * 1000
        lag_ms, waited_ms = passed_ms - self._interval_ms, self._waited_ms()
        self.histogram.add(lag_ms)
        self.own.add(lag_ms - (waited_ms - self._waited_before_ms))
        self._arm(waited_ms)
        if lag_ms >= self._slept_ms and self._slept is not None:
            self._slept(int(lag_ms))

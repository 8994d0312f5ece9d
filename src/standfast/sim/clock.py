"""Virtual time: what happens next is the earliest thing that was asked for."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from standfast.runtime import Now

WALL_START_MS = 1_764_000_000_000


@dataclass(slots=True)
class Timer:
    """Something that is to happen; `action` is None when it was cancelled."""

    action: Callable[[], None] | None

    def cancel(self) -> None:
        """Let it not happen."""
        self.action = None


class Clock:
    """The time of a world, in milliseconds from its beginning. Things at one time happen in the order asked for."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.steps = 0
        self._count = 0
        self._heap: list[tuple[int, int, Timer]] = []

    def now(self) -> Now:
        """Return the moment as machines are told it."""
        return Now(self.now_ms, WALL_START_MS + self.now_ms)

    def after(self, delay_ms: float, action: Callable[[], None]) -> Timer:
        """Do this `delay_ms` from now."""
        timer = Timer(action)
        self._count += 1
        heapq.heappush(self._heap, (self.now_ms + max(0, int(delay_ms)), self._count, timer))
        return timer

    def step(self) -> bool:
        """Do what is next; return whether there was anything."""
        while self._heap:
            at_ms, _, timer = heapq.heappop(self._heap)
            if timer.action is None:
                continue
            self.now_ms = at_ms
            self.steps += 1
            action, timer.action = timer.action, None
            action()
            return True
        return False

    def next_ms(self) -> int | None:
        """Return when the next thing happens; None if nothing is to happen."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

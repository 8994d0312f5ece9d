"""The clock that machines are told, and their timers, on an asyncio loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from standfast.runtime import CancelTimer, Now, SetTimer, TimerFired

if TYPE_CHECKING:
    import asyncio

NS_PER_MS = 1_000_000


def now() -> Now:
    """Return CLOCK_BOOTTIME, which goes on while the machine sleeps, and the wall clock."""
    return Now(time.clock_gettime_ns(time.CLOCK_BOOTTIME) // NS_PER_MS, time.time_ns() // NS_PER_MS)


class Timers:
    """Carries out a machine's timer effects. `fired` gets the events, from the loop, never from within `set`."""

    def __init__(self, fired: Callable[[TimerFired], None], loop: asyncio.AbstractEventLoop | None = None) -> None:
        import asyncio  # only here: tools without a loop come through this door too

        self._fired = fired
        self._loop = loop or asyncio.get_running_loop()
        self._handles: dict[str, asyncio.TimerHandle] = {}

    def apply(self, effect: SetTimer | CancelTimer) -> None:
        """Do what a timer effect says. A timer replaces the earlier one of its name."""
        if earlier := self._handles.pop(effect.name, None):
            earlier.cancel()
        if isinstance(effect, SetTimer):
            delay_s = max(effect.delay_ms, 0) / 1000
            self._handles[effect.name] = self._loop.call_later(delay_s, self._fire, effect.name, effect.generation)

    def _fire(self, name: str, generation: int) -> None:
        self._handles.pop(name, None)
        self._fired(TimerFired(name, generation))

    def clear(self) -> None:
        """Cancel all."""
        for handle in self._handles.values():
            handle.cancel()
        self._handles.clear()

    def __len__(self) -> int:
        return len(self._handles)

"""What pure rooms know of time. Clocks, processes and files themselves are in `runtime.live`.

The histogram has a door of its own: only who measures needs it.
"""

from __future__ import annotations

import msgspec


class Now(msgspec.Struct, frozen=True):
    """The moment that is passed to a machine with every event.

    `monotonic_ms` is CLOCK_BOOTTIME in milliseconds: for durations. `wall_ms` is milliseconds since 1970: for
    dates and records only.
    """

    monotonic_ms: int
    wall_ms: int

    @property
    def wall_s(self) -> int:
        """Return whole seconds since 1970."""
        return self.wall_ms // 1000


class SetTimer(msgspec.Struct, frozen=True):
    """Effect: fire `TimerFired(name, generation)` after `delay_ms`. A later one of the same name replaces it."""

    name: str
    generation: int
    delay_ms: int


class CancelTimer(msgspec.Struct, frozen=True):
    """Effect: the timer of this name is not wanted any more; one that fires all the same is told by its generation."""

    name: str


class TimerFired(msgspec.Struct, frozen=True):
    """Event: a timer set by `SetTimer` ran out."""

    name: str
    generation: int


__all__ = ["CancelTimer", "Now", "SetTimer", "TimerFired"]

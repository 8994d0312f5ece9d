"""What pure rooms know of time. Clocks, processes and files themselves are in `runtime.live`."""

from __future__ import annotations

from dataclasses import dataclass

from standfast.runtime.histogram import Histogram


@dataclass(frozen=True, slots=True)
class Now:
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


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Effect: fire `TimerFired(name, generation)` after `delay_ms`. A later one of the same name replaces it."""

    name: str
    generation: int
    delay_ms: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Effect: the timer of this name is not wanted any more; one that fires all the same is told by its generation."""

    name: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """Event: a timer set by `SetTimer` ran out."""

    name: str
    generation: int


__all__ = ["CancelTimer", "Histogram", "Now", "SetTimer", "TimerFired"]

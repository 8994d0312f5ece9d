"""When the neighbours are told where a virtual router's addresses are: gratuitous ARP, or neighbour advertisements."""

from __future__ import annotations

from collections.abc import Iterator

from standfast.director.vrrp.configuration import NS_PER_MS, Garp
from standfast.director.vrrp.events import Effect, GratuitousArp, Timer
from standfast.director.vrrp.timer_set import TimerSet


class Neighbours:
    """Of one virtual router, while it is Active."""

    def __init__(self, router: str, garp: Garp, timers: TimerSet) -> None:
        self._router = router
        self._garp = garp
        self._timers = timers
        self._told_ns: int | None = None
        self._again_repeat = 0

    def continue_as(self, other: Neighbours) -> None:
        """Go on where another one was."""
        self._told_ns, self._again_repeat = other._told_ns, other._again_repeat

    def tell(self, repeat: int, now_ns: int) -> Iterator[Effect]:
        """Tell them so many times."""
        if repeat:
            self._told_ns = now_ns
            yield GratuitousArp(self._router, repeat)

    def take_over(self, now_ns: int) -> Iterator[Effect]:
        """Tell them at once, again after a while, and then regularly."""
        yield from self.tell(self._garp.repeat, now_ns)
        yield from self._plan_again(self._garp.delay_ms, self._garp.repeat, now_ns)
        yield from self.plan_refresh(now_ns)

    def defend(self, now_ns: int, interval_ns: int = 0) -> Iterator[Effect]:
        """Tell them because of somebody else, if that was not done within an interval."""
        if self._told_ns is None or now_ns - self._told_ns >= interval_ns:
            yield from self.tell(self._garp.lower_priority_repeat, now_ns)

    def defend_later(self, now_ns: int) -> Iterator[Effect]:
        """Tell them when a rival was not heard for a while."""
        yield from self._plan_again(self._garp.lower_priority_delay_ms, self._garp.lower_priority_repeat, now_ns)

    def again(self, now_ns: int) -> Iterator[Effect]:
        """Tell them what was planned."""
        yield from self.tell(self._again_repeat, now_ns)

    def refresh(self, now_ns: int) -> Iterator[Effect]:
        """Tell them what is told regularly."""
        yield from self.tell(self._garp.refresh_repeat, now_ns)

    def _plan_again(self, delay_ms: int, repeat: int, now_ns: int) -> Iterator[Effect]:
        if delay_ms and repeat:
            self._again_repeat = repeat
            yield self._timers.set(Timer.GARP_DELAY, now_ns + delay_ms * NS_PER_MS)

    def plan_refresh(self, now_ns: int) -> Iterator[Effect]:
        """Tell them again after a while, if that is wanted."""
        if self._garp.refresh_ms:
            yield self._timers.set(Timer.GARP_REFRESH, now_ns + self._garp.refresh_ms * NS_PER_MS)

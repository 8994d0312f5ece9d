"""When the neighbours are told where a virtual router's addresses are: gratuitous ARP, or neighbour advertisements."""

from __future__ import annotations

from collections.abc import Iterator

from standfast.director.vrrp.configuration import NS_PER_MS, VirtualRouter
from standfast.director.vrrp.events import ArpElsewhere, Effect, GratuitousArp, Timer
from standfast.director.vrrp.timer_set import TimerSet
from standfast.director.vrrp.virtual_devices import elsewhere


class Neighbours:
    """Of one virtual router, while it is Active."""

    def __init__(self, router: VirtualRouter, timers: TimerSet) -> None:
        self._router = router.name
        self._garp = router.garp
        self._timers = timers
        self._periods_ms = {
            Timer.GARP_REFRESH: router.garp.refresh_ms,
            Timer.GARP_EXTRA: router.garp.extra_ms if elsewhere(router) else 0,
        }
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
        for timer in self._periods_ms:
            yield from self.plan(timer, now_ns)

    def defend(self, now_ns: int, interval_ns: int = 0) -> Iterator[Effect]:
        """Tell them because of somebody else, if that was not done within an interval."""
        if self._told_ns is None or now_ns - self._told_ns >= interval_ns:
            yield from self.tell(self._garp.lower_priority_repeat, now_ns)

    def defend_later(self, now_ns: int) -> Iterator[Effect]:
        """Tell them when a rival was not heard for a while."""
        yield from self._plan_again(self._garp.lower_priority_delay_ms, self._garp.lower_priority_repeat, now_ns)

    def due(self, timer: Timer, now_ns: int) -> Iterator[Effect]:
        """Tell them what this timer was set for."""
        if timer is Timer.GARP_EXTRA:
            yield ArpElsewhere(self._router)
        else:
            yield from self.tell(self._again_repeat if timer is Timer.GARP_DELAY else self._garp.refresh_repeat, now_ns)

    def _plan_again(self, delay_ms: int, repeat: int, now_ns: int) -> Iterator[Effect]:
        if delay_ms and repeat:
            self._again_repeat = repeat
            yield self._timers.set(Timer.GARP_DELAY, now_ns + delay_ms * NS_PER_MS)

    def plan(self, timer: Timer, now_ns: int) -> Iterator[Effect]:
        """Set this timer if it is one that comes again and again, and is wanted."""
        if period_ms := self._periods_ms.get(timer):
            yield self._timers.set(timer, now_ns + period_ms * NS_PER_MS)

"""The timers of virtual routers."""

from __future__ import annotations

from standfast.director.realtime.live import timers
from standfast.director.realtime.live.timers import now_ns
from standfast.director.vrrp.events import CancelTimer, SetTimer, Timer

__all__ = ["TimerQueue", "now_ns"]


class TimerQueue(timers.TimerQueue[SetTimer]):
    """The timers that a machine set; wait for `fileno`, then ask for those that are `due`. A Backup's is announced."""

    def __init__(self) -> None:
        super().__init__(lambda effect: effect.timer is Timer.ACTIVE_DOWN)

    def apply(self, effect: SetTimer | CancelTimer) -> None:
        """Set or cancel a timer; `arm` makes it so for the kernel."""
        key = effect.router, effect.timer
        if isinstance(effect, CancelTimer):
            self.cancel(key)
        else:
            self.set(key, effect.due_ns, effect)

"""Clock, timers, the loop's lag and its priority as they are on this machine."""

from standfast.runtime.live.lag import LagMeter
from standfast.runtime.live.priority import prefer_this_thread
from standfast.runtime.live.timers import Timers, now

__all__ = ["LagMeter", "Timers", "now", "prefer_this_thread"]

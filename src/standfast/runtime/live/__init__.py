"""Clock, timers and the loop's lag as they are on this machine."""

from standfast.runtime.live.lag import LagMeter
from standfast.runtime.live.timers import Timers, now

__all__ = ["LagMeter", "Timers", "now"]

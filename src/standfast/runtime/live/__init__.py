"""Clock and timers as they are on this machine.

The loop's `lag` and its `priority` have doors of their own: only who has a loop for long needs them.
"""

from standfast.runtime.live.timers import Timers, now

__all__ = ["Timers", "now"]

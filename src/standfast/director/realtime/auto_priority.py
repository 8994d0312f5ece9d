"""A process that is late again and again gets a higher real-time priority. Pure.

Source: keepalived.conf(5), max_auto_priority and min_auto_priority_delay.
"""

from __future__ import annotations

NS_PER_US = 1000


class AutoPriority:
    """From `present` (0: none) up to `priority_max`, by one each time that a timer is later than `delay_us`."""

    def __init__(self, priority_max: int, delay_us: int, present: int = 0) -> None:
        self._max = priority_max
        self._delay_ns = delay_us * NS_PER_US
        self.present = present

    def late(self, late_ns: int) -> int:
        """Return the priority to have from now on, 0 if it stays what it is."""
        if late_ns < self._delay_ns or self.present >= self._max:
            return 0
        self.present += 1
        return self.present

"""Timers of nanoseconds on one timerfd of CLOCK_BOOTTIME, which goes on while the machine sleeps."""

from __future__ import annotations

import ctypes
import heapq
import os
import time
from collections.abc import Iterator

from standfast.director.vrrp.events import CancelTimer, SetTimer

_ABSOLUTE = 1
_NONBLOCK, _CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
_NS_PER_S = 1_000_000_000
_LIBC = ctypes.CDLL(None, use_errno=True)


class _Spec(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ("interval_s", "interval_ns", "value_s", "value_ns")]


def now_ns() -> int:
    """Return CLOCK_BOOTTIME in nanoseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class TimerQueue:
    """The timers that a machine set; wait for `fileno`, then ask for those that are `due`."""

    def __init__(self) -> None:
        self._fd: int = _LIBC.timerfd_create(time.CLOCK_BOOTTIME, _NONBLOCK | _CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._spec = _Spec()
        self._pointer = ctypes.byref(self._spec)
        self._heap: list[tuple[int, int, SetTimer]] = []
        self._current: dict[tuple[str, str], SetTimer] = {}
        self._pushed = 0
        self._armed_ns = 0

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._fd

    def close(self) -> None:
        """Close it."""
        os.close(self._fd)

    def apply(self, effect: SetTimer | CancelTimer) -> None:
        """Set or cancel a timer; `arm` makes it so for the kernel."""
        if isinstance(effect, CancelTimer):
            self._current.pop((effect.router, effect.timer), None)
            return
        self._current[effect.router, effect.timer] = effect
        self._pushed += 1
        heapq.heappush(self._heap, (effect.due_ns, self._pushed, effect))

    def due(self) -> Iterator[SetTimer]:
        """Return the timers that ran out, earliest first, each once."""
        while self._heap and self._heap[0][0] <= now_ns():
            _, _, effect = heapq.heappop(self._heap)
            key = effect.router, effect.timer
            if self._current.get(key) is effect:
                del self._current[key]
                yield effect

    def arm(self) -> None:
        """Have the kernel wake us for the earliest timer."""
        heap = self._heap
        while heap and self._current.get((heap[0][2].router, heap[0][2].timer)) is not heap[0][2]:
            heapq.heappop(heap)
        due_ns = heap[0][0] if heap else 0
        if due_ns != self._armed_ns:
            self._armed_ns = due_ns
            self._spec.value_s, self._spec.value_ns = divmod(due_ns, _NS_PER_S)
            _LIBC.timerfd_settime(self._fd, _ABSOLUTE, self._pointer, None)

    def acknowledge(self) -> None:
        """Take the kernel's word that something ran out, so that it does not say so again."""
        self._armed_ns = 0
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return

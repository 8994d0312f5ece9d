"""Timers of nanoseconds on one timerfd of CLOCK_BOOTTIME, which goes on while the machine sleeps."""

from __future__ import annotations

import ctypes
import heapq
import os
import time
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

_ABSOLUTE = 1
_NONBLOCK, _CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
_NS_PER_S = 1_000_000_000
_LIBC = ctypes.CDLL(None, use_errno=True)
AHEAD_NS = (120_000_000, 15_000_000)
"""How long before its time a timer is announced that wants it: what is cold takes long, and is cold again soon."""
REST_NS = 5_000_000
"""Nobody is woken sooner than this for an announcement."""
Timer = TypeVar("Timer")


class _Spec(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ("interval_s", "interval_ns", "value_s", "value_ns")]


def now_ns() -> int:
    """Return CLOCK_BOOTTIME in nanoseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class TimerQueue(Generic[Timer]):
    """Timers by key; wait for `fileno`, then ask for those that are `due`, and for the one that is `near`."""

    def __init__(self, is_announced: Callable[[Timer], bool] = lambda timer: False) -> None:
        """Those that are announced wake us before their time too, if they are the next: once and again."""
        self._is_announced = is_announced
        self._announcement: tuple[int, Timer] | None = None
        self._fd: int = _LIBC.timerfd_create(time.CLOCK_BOOTTIME, _NONBLOCK | _CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._spec = _Spec()
        self._pointer = ctypes.byref(self._spec)
        self._heap: list[tuple[int, int, Hashable, Timer]] = []
        self._current: dict[Hashable, int] = {}
        self._pushed = 0
        self._armed_ns = 0

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._fd

    def close(self) -> None:
        """Close it."""
        os.close(self._fd)

    def set(self, key: Hashable, due_ns: int, timer: Timer) -> None:
        """Set a timer, in place of the one with this key; `arm` makes it so for the kernel."""
        self._pushed += 1
        self._current[key] = self._pushed
        heapq.heappush(self._heap, (due_ns, self._pushed, key, timer))

    def cancel(self, key: Hashable) -> None:
        """Forget a timer."""
        self._current.pop(key, None)

    def due(self) -> Iterator[Timer]:
        """Return the timers that ran out, earliest first, each once."""
        while self._heap and self._heap[0][0] <= now_ns():
            _, number, key, timer = heapq.heappop(self._heap)
            if self._current.get(key) == number:
                del self._current[key]
                yield timer

    def near(self) -> Timer | None:
        """Return the timer that is announced now, once for each time it is."""
        announced, self._announcement = self._announcement, None
        return announced[1] if announced and announced[0] <= now_ns() else None

    def arm(self) -> None:
        """Have the kernel wake us for the earliest timer."""
        heap = self._heap
        while heap and self._current.get(heap[0][2]) != heap[0][1]:
            heapq.heappop(heap)
        due_ns = heap[0][0] if heap else 0
        if heap and self._is_announced(heap[0][3]) and (ahead_ns := self._ahead(due_ns)):
            due_ns -= ahead_ns
            self._announcement = due_ns, heap[0][3]
        if due_ns != self._armed_ns:
            self._armed_ns = due_ns
            self._spec.value_s, self._spec.value_ns = divmod(due_ns, _NS_PER_S)
            _LIBC.timerfd_settime(self._fd, _ABSOLUTE, self._pointer, None)

    def _ahead(self, due_ns: int) -> int:
        """Return how long before its time a timer is announced next, 0 if it is not."""
        soonest_ns = now_ns() + REST_NS
        return next((ahead_ns for ahead_ns in AHEAD_NS if due_ns - ahead_ns > soonest_ns), 0)

    def acknowledge(self) -> None:
        """Take the kernel's word that something ran out, so that it does not say so again."""
        self._armed_ns = 0
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return

"""What a process waits for: sockets, its timers, and a word to stop. No asyncio: its timers come too late."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import Any

from standfast.director.realtime.live.timers import TimerQueue


class Waiting:
    """`poll` is where sockets are registered; `stopping` is whether `stop` was called."""

    def __init__(self, timers: TimerQueue[Any]) -> None:
        self.poll = select.epoll()
        self.stopping = False
        self._timers = timers
        self._watched: dict[int, Callable[[], None]] = {}
        self._stop = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        for fd in (timers.fileno(), self._stop):
            self.poll.register(fd, select.EPOLLIN)

    def watch(self, fd: int, read: Callable[[], None], *, once: bool = False) -> None:
        """Call `read` whenever something waits there and `call_watched` is called.

        With `once` it is called once for each thing that comes, which it may leave there.
        """
        self._watched[fd] = read
        self.poll.register(fd, select.EPOLLIN | (select.EPOLLET if once else 0))

    def wait(self, timeout_s: float | None) -> set[int]:
        """Return where something waits; the timers that are set by now wake us too."""
        ready = {fd for fd, _ in self.poll.poll(timeout_s)}
        if self._timers.fileno() in ready:
            self._timers.acknowledge()
        return ready

    def call_watched(self, ready: set[int]) -> None:
        """Call who watches what is ready."""
        for fd in ready & self._watched.keys():
            self._watched[fd]()

    def stop(self) -> None:
        """End the wait; may be called from a signal handler, and again at any time."""
        if not self.stopping:
            self.stopping = True
            os.eventfd_write(self._stop, 1)

    def close(self) -> None:
        """Close what is its own."""
        self.poll.close()
        os.close(self._stop)

"""Signals as bytes on a line: the director acts on them, and the processes below it read along.

The interpreter writes a signal's number there before any Python runs, which takes milliseconds in a process that has
rested. So the routers say goodbye without waiting for the director's turn. Source: signal.set_wakeup_fd.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Mapping
from typing import Any

_BYTES = 4096


class SignalLine:
    """Calls from a loop what each signal asks for. `fileno` is where others may read along."""

    def __init__(self, actions: Mapping[int, Callable[[], object]]) -> None:
        self._actions = actions
        self._before: dict[int, Any] = {}
        self._read_end, self._write_end = socket.socketpair()
        for end in (self._read_end, self._write_end):
            end.setblocking(False)

    def fileno(self) -> int:
        """Return the end that is read."""
        return self._read_end.fileno()

    def begin(self) -> None:
        """Heed the signals from now on, and those that were blocked. In the main thread, in a running loop."""
        signal.set_wakeup_fd(self._write_end.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, lambda *_: None) for number in self._actions}
        asyncio.get_running_loop().add_reader(self._read_end, self._heard)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._actions)

    def _heard(self) -> None:
        with contextlib.suppress(BlockingIOError):
            for number in self._read_end.recv(_BYTES):
                if number in self._actions:
                    self._actions[number]()

    def close(self) -> None:
        """Have the signals mean what they meant before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        asyncio.get_running_loop().remove_reader(self._read_end)
        self._read_end.close()
        self._write_end.close()

"""TCP_CHECK: callbacks instead of a task, because there are thousands of them a second."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable

from standfast.director.checks import Connect, Result
from standfast.director.live.probes.connecting import new_socket, reason_of
from standfast.director.lvs import Address

GOOD = Result(True)


class Connecting:
    """One attempt to connect. `done` gets its result once, from the loop or at once."""

    __slots__ = ("_done", "_loop", "_socket", "_timer")

    def __init__(self, connect: Connect, address: Address, port: int, done: Callable[[Result], None]) -> None:
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        try:
            self._socket = new_socket(connect, address, socket.SOCK_STREAM)
            number = self._socket.connect_ex((str(address), port))
        except OSError as error:
            number = error.errno or errno.EIO
        if number != errno.EINPROGRESS:
            self._finish(number)
            return
        assert self._socket is not None
        self._loop.add_writer(self._socket.fileno(), self._writable)
        self._timer = self._loop.call_later(connect.timeout_ms / 1000, self._finish, errno.ETIMEDOUT)

    def _writable(self) -> None:
        assert self._socket is not None
        self._finish(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def _finish(self, number: int) -> None:
        self.cancel()
        self._done(GOOD if number == 0 else Result(False, reason_of(number)))

    def cancel(self) -> None:
        """Give it up; `done` is not called any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            assert self._socket is not None
            self._loop.remove_writer(self._socket.fileno())
        if self._socket is not None:
            self._socket.close()
            self._socket = None

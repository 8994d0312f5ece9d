"""The VRRP process's hold on its attendant: it is started, told, listened to, and started again when it dies."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from standfast.director import events as dev
from standfast.director.realtime.live import priorities
from standfast.director.vrrp.attendant import END, READY, Configure, is_needed
from standfast.director.vrrp.configuration import Configuration
from standfast.director.vrrp.events import LowerHeard, Notify, PriorityChanged, SetTimer, Timer, TrackChanged
from standfast.director.vrrp.live.timers import TimerQueue, now_ns

LOG = logging.getLogger("standfast.vrrp")
ATTENDANT = "\0attendant"
"""Whose timer it is that is no router's: `restart` then."""
READY_PATIENCE_S, END_PATIENCE_S, REAP_PATIENCE_S = 5.0, 3.0, 0.02
RESTART_NS = 1_000_000_000
_MESSAGE_BYTES = 1 << 20
_EVENTS_AT_ONCE = 200
UNTOLD_MAX = 10_000
"""So many priorities and rivals are kept for an attendant that does not listen; states always are."""


class Attendance:
    """Nothing here waits, but for `first` and `end`. What is told goes at `flush`, which is cheap with nothing.

    There is no attendant where there is nothing to attend; then all of this does nothing.
    """

    def __init__(self, poll: select.epoll, timers: TimerQueue, give: Callable[[TrackChanged], None]) -> None:
        self._poll = poll
        self._timers = timers
        self._give = give
        self._channel: socket.socket | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._configuration = Configuration(())
        self._untold: list[Any] = []
        self._full = False

    def fileno(self) -> int:
        """Return what to wait for, -1 while there is none."""
        return self._channel.fileno() if self._channel else -1

    @property
    def pid(self) -> int:
        """Return its number, 0 without one."""
        return self._child.pid if self._child and self._channel else 0

    def start(self, configuration: Configuration) -> None:
        """Have it attend these from now on; it is started if there is something to attend."""
        self.flush()
        self._configuration = configuration
        if self._channel is None and is_needed(configuration):
            self.restart()
        elif self._channel is not None:
            self._configure()

    def restart(self) -> None:
        """Start it for the last configuration."""
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        words = [sys.executable, "-m", "standfast.director.vrrp.live.attendant", str(its.fileno())]
        try:
            self._child = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, pass_fds=(its.fileno(),), start_new_session=True
            )
        except OSError as error:
            LOG.error("no process for scripts and what is tracked: %s", error)
            mine.close()
            self._restart_later()
            return
        finally:
            its.close()
        priorities.release(self._child.pid)
        mine.setblocking(False)
        self._channel = mine
        self._poll.register(mine.fileno(), select.EPOLLIN)
        self._configure()

    def _restart_later(self) -> None:
        self._timers.apply(SetTimer(ATTENDANT, Timer.ADVER, 0, now_ns() + RESTART_NS))

    def _configure(self) -> None:
        """Give it the configuration as an open file: it may be larger than a message."""
        with open(os.memfd_create("vrrp-configuration"), "r+b") as opened:
            pickle.dump(self._configuration, opened)
            opened.seek(0)
            assert self._channel is not None
            assert self._child is not None
            try:
                socket.send_fds(self._channel, [pickle.dumps([Configure.__name__])], [opened.fileno()])
            except OSError:
                self._child.kill()  # it does not listen; the next one begins with it

    # -- telling

    def tell(self, event: Notify | PriorityChanged | LowerHeard) -> None:
        """Have this told outside."""
        if self._child is not None and (len(self._untold) < UNTOLD_MAX or isinstance(event, Notify)):
            self._untold.append(event)

    def flush(self) -> None:
        """Tell what is to be told; what it does not take now is kept."""
        while self._untold and self._channel is not None:
            try:
                self._channel.send(pickle.dumps(self._untold[:_EVENTS_AT_ONCE]))
            except BlockingIOError:
                self._wait_for_room(True)
                return
            except OSError:
                return  # it is dead, as the next read shows
            del self._untold[:_EVENTS_AT_ONCE]
            self._wait_for_room(False)

    def _wait_for_room(self, full: bool) -> None:
        if full is not self._full and self._channel is not None:
            self._full = full
            self._poll.modify(self._channel.fileno(), select.EPOLLIN | (select.EPOLLOUT if full else 0))

    # -- hearing

    def read(self) -> None:
        """Take what it says. One that is dead is started again after a while."""
        while self._channel is not None:
            try:
                data = self._received()
            except BlockingIOError:
                return
            if not data:
                self._drop()
                LOG.error("the process for scripts and what is tracked died; another will be started")
                self._restart_later()
                return
            self._take(pickle.loads(data))

    def _received(self) -> bytes:
        """Return a message, nothing if there will be none any more. Raises: BlockingIOError."""
        assert self._channel is not None
        try:
            return self._channel.recv(_MESSAGE_BYTES)
        except ConnectionError:
            return b""

    def _take(self, said: list[Any]) -> None:
        for each in said:
            if isinstance(each, dev.Log):
                LOG.log(each.level, "%s", each.text)
            elif isinstance(each, TrackChanged):
                self._give(each)

    def first(self) -> None:
        """Wait until it has looked at everything once, and take what it says until then."""
        if self._channel is not None and not self._hear_until(READY, READY_PATIENCE_S):
            LOG.error("the process for scripts and what is tracked says nothing")

    def _hear_until(self, last: str, patience_s: float) -> bool:
        end_s = time.monotonic() + patience_s
        waiting = select.poll()
        waiting.register(self.fileno(), select.POLLIN)
        while self._channel is not None and waiting.poll(max(0.0, end_s - time.monotonic()) * 1000):
            if not (data := self._received()):
                return not last
            said = pickle.loads(data)
            self._take(said)
            if last in said:
                return True
        return False

    # -- the end

    def _drop(self) -> None:
        if self._channel is not None:
            self._poll.unregister(self._channel.fileno())
            self._channel.close()
            self._channel = None
            self._full = False
        if self._child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(REAP_PATIENCE_S)

    def end(self) -> None:
        """Have it tell what is to be told, and end. One that takes long goes on alone."""
        if self._channel is None:
            return
        self._give = lambda _: None
        self._untold.append(END)
        with contextlib.suppress(OSError):
            self._channel.settimeout(END_PATIENCE_S)
            self.flush()
            self._hear_until("", END_PATIENCE_S)
        self._drop()

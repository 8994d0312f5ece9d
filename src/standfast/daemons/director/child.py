"""A process below the director: started, told what to be, started again when it dies, ended."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import socket
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import msgspec

from standfast.director import realtime
from standfast.director.realtime.live import priorities
from standfast.errors import LiveError

LOG = logging.getLogger("standfast.director")
PATIENCE_S = 5.0
_READ_BYTES = 1 << 16
_BUFFER_BYTES = 1 << 22
"""What is said is mostly taken at once: a process that must not be late does not come back to it."""
_SHORT_LIFE_S, _PAUSE_S_MAX = 10.0, 60.0


class _Life(msgspec.Struct):
    """One life of the process."""

    process: asyncio.subprocess.Process
    channel: socket.socket
    began: float = msgspec.field(default_factory=time.monotonic)


class Child(ABC):
    """At most one process of a module `program`, which takes orders from a channel; `what` names it in the log.

    `signals` is the director's line of signals, which it reads along.
    """

    def __init__(self, what: str, program: str, signals: int, respawns: bool) -> None:
        self._what = what
        self._program = program
        self._signals = signals
        self._respawns = respawns
        self._life: _Life | None = None
        self._task: asyncio.Task[None] | None = None
        self._ending = False
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.begun = False
        self.deaths = 0
        self.gave_up = asyncio.Event()
        """Set when it died and is not to be started again."""

    @property
    def pid(self) -> int:
        """Return the number of the process, 0 without one."""
        return self._life.process.pid if self._life else 0

    @abstractmethod
    def _first_order(self) -> object:
        """Return what a new life is told first."""

    @abstractmethod
    def _take(self, message: Any) -> None:
        """Take what it said."""

    def _lost(self) -> None:
        """Forget what was expected from a life that is over."""
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(LiveError(f"the {self._what} process died"))
        self._answers.clear()

    # -- its lives

    @property
    def _is_wanted(self) -> bool:
        """Return whether it lives, or is to."""
        return self._task is not None

    def _start(self) -> None:
        self._ending = False
        self._task = asyncio.get_running_loop().create_task(self._live())

    def end(self) -> None:
        """Tell it to end; it may be told twice."""
        self._ending = True
        if self._life is not None:
            with contextlib.suppress(ProcessLookupError):
                self._life.process.send_signal(signal.SIGTERM)

    async def close(self) -> None:
        """End it, and wait until it has ended."""
        self.end()
        if self._life is not None:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._life.process.wait()
            except TimeoutError:
                LOG.error("the %s process does not end: it is killed", self._what)
                with contextlib.suppress(ProcessLookupError):
                    self._life.process.kill()
        if self._task is not None:
            self._task.cancel() if self._life is None else None
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _live(self) -> None:
        pause_s = 0.0
        while not self._ending:
            try:
                lived_s = await self._one_life()
            except (OSError, LiveError) as error:
                LOG.error("the %s process cannot be started: %s", self._what, error)
                lived_s = 0.0
            if self._ending:
                return
            self.deaths += 1
            if not self._respawns:
                LOG.error("the %s process is not to be started again: this ends", self._what)
                self.gave_up.set()
                return
            pause_s = 0.0 if lived_s > _SHORT_LIFE_S else min(max(1.0, pause_s * 2), _PAUSE_S_MAX)
            if self.deaths > 1 and pause_s:
                await asyncio.sleep(pause_s)

    async def _one_life(self) -> float:
        """Start it, hear it until it dies, return how long it lived."""
        mine, its = socket.socketpair()
        for end in (mine, its):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        words = [sys.executable, "-m", self._program, str(its.fileno()), str(self._signals)]
        same_code = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            started = await asyncio.create_subprocess_exec(
                *words, stdin=asyncio.subprocess.DEVNULL, pass_fds=(its.fileno(), self._signals), env=same_code
            )
        except BaseException:
            mine.close()
            raise
        finally:
            its.close()
        priorities.release(started.pid)
        mine.setblocking(False)
        self._life = life = _Life(started, mine)
        LOG.info("Starting %s child process, pid=%d", self._what, started.pid)
        try:
            await self._say(self._first_order())
            await self._hear(life)
        except OSError as error:
            LOG.error("the %s process does not listen: %s", self._what, error)
        finally:
            status = await started.wait()
            life.channel.close()
            self._life, self.begun = None, False
            self._lost()
        if not self._ending:
            LOG.error("the %s process %d died (status %d)", self._what, started.pid, status)
        return time.monotonic() - life.began

    async def _asked(self, question: Callable[[int], object]) -> Any:
        """Return the answer to a question, which is given a number. Raises: LiveError."""
        if self._life is None or not self.begun:
            raise LiveError(f"there is no {self._what} process")
        number = next(self._numbers)
        self._answers[number] = waiting = asyncio.get_running_loop().create_future()
        try:
            await self._say(question(number))
            async with asyncio.timeout(PATIENCE_S):
                return await waiting
        except (OSError, TimeoutError) as error:
            raise LiveError(f"the {self._what} process does not answer: {error}") from error
        finally:
            self._answers.pop(number, None)

    def _answered(self, number: int, answer: object) -> None:
        waiting = self._answers.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    async def _say(self, order: object) -> None:
        assert self._life is not None, "somebody is there to be told"
        await asyncio.get_running_loop().sock_sendall(self._life.channel, realtime.pack(order))

    async def _hear(self, life: _Life) -> None:
        loop, inbox = asyncio.get_running_loop(), realtime.Inbox()
        while data := await loop.sock_recv(life.channel, _READ_BYTES):
            for message in inbox.take(data):
                self._take(message)

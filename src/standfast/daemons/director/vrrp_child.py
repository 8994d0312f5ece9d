"""The VRRP process seen from the director: started, told what to be, asked, started again when it dies, ended."""

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
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from standfast.daemons.director.vrrp_program import LogSettings
from standfast.director import vrrp
from standfast.director.vrrp import orders
from standfast.errors import LiveError

LOG = logging.getLogger("standfast.director")
PATIENCE_S = 5.0
ROWS_AT_ONCE = 50
"""So many routers tell of themselves in one turn of the VRRP process: some tenths of a millisecond."""
_READ_BYTES = 1 << 16
_SHORT_LIFE_S, _PAUSE_S_MAX = 10.0, 60.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the VRRP process is to be."""

    configuration: vrrp.Configuration
    running: orders.Running

    @property
    def is_something(self) -> bool:
        """Return whether there is anything to do for it."""
        c = self.configuration
        return bool(c.routers or c.static_addresses or c.static_routes or c.static_rules)


@dataclass(slots=True)
class _Life:
    """One life of the process."""

    process: asyncio.subprocess.Process
    channel: socket.socket
    began: float = field(default_factory=time.monotonic)


class VrrpChild:
    """At most one VRRP process. `begun` is called when it takes part, `told` of each change of state."""

    def __init__(
        self, log: LogSettings, begun: Callable[[], None], told: Callable[[vrrp.events.Notify], None], respawns: bool
    ) -> None:
        self._log = log
        self._begun_told = begun
        self._told = told
        self._respawns = respawns
        self._life: _Life | None = None
        self._task: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[orders.Answer]] = {}
        self._reconfigured: asyncio.Future[None] | None = None
        self._ending = False
        self.wanted: Wanted | None = None
        self.begun = False
        self.deaths = 0
        self.gave_up = asyncio.Event()
        """Set when it died and is not to be started again."""

    @property
    def pid(self) -> int:
        """Return the number of the process, 0 without one."""
        return self._life.process.pid if self._life else 0

    # -- what it is

    async def configure(self, wanted: Wanted) -> None:
        """Have it be this from now on: it is started, told, or ended."""
        same = self.wanted == wanted
        self.wanted = wanted
        if not wanted.is_something:
            await self._end()
        elif self._task is None:
            self._ending = False
            self._task = asyncio.get_running_loop().create_task(self._live())
        elif not same:
            await self._tell(wanted.configuration)

    async def _tell(self, configuration: vrrp.Configuration) -> None:
        """Have the running one change; return when it has, or is dead."""
        if self._life is None:
            return  # its next life begins with what is wanted then
        self._reconfigured = asyncio.get_running_loop().create_future()
        try:
            await self._say(orders.Reconfigure(configuration))
            await self._reconfigured
        except OSError as error:
            LOG.error("the VRRP process does not listen: %s", error)
        finally:
            self._reconfigured = None

    async def close(self) -> None:
        """End it, and wait until it has ended."""
        await self._end()

    async def _end(self) -> None:
        self._ending = True
        if self._life is not None:
            with contextlib.suppress(ProcessLookupError):
                self._life.process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._life.process.wait()
            except TimeoutError:
                LOG.error("the VRRP process does not end: it is killed")
                with contextlib.suppress(ProcessLookupError):
                    self._life.process.kill()
        if self._task is not None:
            self._task.cancel() if self._life is None else None
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    # -- its lives

    async def _live(self) -> None:
        pause_s = 0.0
        while not self._ending:
            try:
                lived_s = await self._one_life()
            except (OSError, LiveError) as error:
                LOG.error("the VRRP process cannot be started: %s", error)
                lived_s = 0.0
            if self._ending:
                return
            self.deaths += 1
            if not self._respawns:
                LOG.error("the VRRP process is not to be started again: this ends")
                self.gave_up.set()
                return
            pause_s = 0.0 if lived_s > _SHORT_LIFE_S else min(max(1.0, pause_s * 2), _PAUSE_S_MAX)
            if self.deaths > 1 and pause_s:
                await asyncio.sleep(pause_s)

    async def _one_life(self) -> float:
        """Start it, hear it until it dies, return how long it lived."""
        assert self.wanted is not None, "nothing is started that is not wanted"
        mine, its = socket.socketpair()
        words = [sys.executable, "-m", "standfast.daemons.director.vrrp_program", str(its.fileno())]
        same_code = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            started = await asyncio.create_subprocess_exec(
                *words, stdin=asyncio.subprocess.DEVNULL, pass_fds=(its.fileno(),), env=same_code
            )
        except BaseException:
            mine.close()
            raise
        finally:
            its.close()
        mine.setblocking(False)
        self._life = life = _Life(started, mine)
        LOG.info("Starting VRRP child process, pid=%d", started.pid)
        try:
            await self._say(orders.Begin(self.wanted.configuration, self.wanted.running, self._log))
            await self._hear(life)
        except OSError as error:
            LOG.error("the VRRP process does not listen: %s", error)
        finally:
            status = await started.wait()
            self._forget(life)
        if not self._ending:
            LOG.error("the VRRP process %d died (status %d)", started.pid, status)
        return time.monotonic() - life.began

    def _forget(self, life: _Life) -> None:
        life.channel.close()
        self._life, self.begun = None, False
        for waiting in [*self._answers.values(), self._reconfigured]:
            if waiting is not None and not waiting.done():
                waiting.set_exception(LiveError("the VRRP process died"))
        self._answers.clear()

    async def _say(self, order: orders.Order) -> None:
        assert self._life is not None, "somebody is there to be told"
        await asyncio.get_running_loop().sock_sendall(self._life.channel, orders.pack(order))

    async def _hear(self, life: _Life) -> None:
        loop, inbox = asyncio.get_running_loop(), orders.Inbox()
        while data := await loop.sock_recv(life.channel, _READ_BYTES):
            for message in inbox.take(data):
                self._take(message)

    def _take(self, message: orders.Message) -> None:
        match message:
            case orders.Begun():
                self.begun = True
                self._begun_told()
            case orders.Told(notify):
                self._told(notify)
            case orders.Reconfigured():
                if self._reconfigured is not None and not self._reconfigured.done():
                    self._reconfigured.set_result(None)
            case orders.Answer(number):
                waiting = self._answers.pop(number, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)

    # -- what it knows

    async def ask(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return a row for each router, and what the process says of itself. Raises: LiveError."""
        rows: list[dict[str, Any]] = []
        while True:
            answer = await self._one_answer(len(rows))
            rows += answer.rows
            if len(rows) >= answer.total or not answer.rows:
                return rows, answer.process

    async def _one_answer(self, first: int) -> orders.Answer:
        if self._life is None or not self.begun:
            raise LiveError("there is no VRRP process")
        number = next(self._numbers)
        waiting: asyncio.Future[orders.Answer] = asyncio.get_running_loop().create_future()
        self._answers[number] = waiting
        try:
            await self._say(orders.Ask(number, first, ROWS_AT_ONCE))
            async with asyncio.timeout(PATIENCE_S):
                return await waiting
        except (OSError, TimeoutError) as error:
            raise LiveError(f"the VRRP process does not answer: {error}") from error
        finally:
            self._answers.pop(number, None)

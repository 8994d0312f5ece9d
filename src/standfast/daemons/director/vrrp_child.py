"""The VRRP process seen from the director: told what to be, and asked."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import msgspec

from standfast.daemons.director.child import LOG, Child
from standfast.daemons.director.process import LogSettings
from standfast.director import vrrp
from standfast.director.vrrp import orders
from standfast.errors import LiveError

ROWS_AT_ONCE = 50
"""So many routers tell of themselves in one turn of the VRRP process: some tenths of a millisecond."""


class Wanted(msgspec.Struct, frozen=True):
    """What the VRRP process is to be."""

    configuration: vrrp.Configuration
    running: orders.Running


class VrrpChild(Child):
    """At most one VRRP process. `begun` is called when it takes part, `told` of each change of state."""

    def __init__(
        self, log: LogSettings, signals: int, begun: Callable[[], None],
        told: Callable[[vrrp.events.Notify], None], respawns: bool,
    ) -> None:  # fmt: skip
        super().__init__("VRRP", "standfast.daemons.director.vrrp_program", signals, respawns)
        self._log = log
        self._begun_told = begun
        self._told = told
        self._reconfigured: asyncio.Future[None] | None = None
        self.wanted: Wanted | None = None

    # -- what it is

    async def configure(self, wanted: Wanted | None) -> None:
        """Have it be this from now on, None nothing: it is started, told, or ended."""
        same = self.wanted == wanted
        self.wanted = wanted
        if wanted is None or not wanted.configuration.is_something:
            await self.close()
        elif not self._is_wanted:
            self._start()
        elif not same or wanted.configuration.telling.fifos_after_reload:
            await self._tell(wanted)

    async def _tell(self, wanted: Wanted) -> None:
        """Have the running one change; return when it has, or is dead."""
        if self._life is None:
            return  # its next life begins with what is wanted then
        self._reconfigured = asyncio.get_running_loop().create_future()
        try:
            await self._say(orders.Reconfigure(wanted.configuration, wanted.running))
            await self._reconfigured
        except OSError as error:
            LOG.error("the VRRP process does not listen: %s", error)
        finally:
            self._reconfigured = None

    def _first_order(self) -> orders.Begin:
        assert self.wanted is not None, "nothing is started that is not wanted"
        return orders.Begin(self.wanted.configuration, self.wanted.running, self._log)

    def _lost(self) -> None:
        super()._lost()
        if self._reconfigured is not None and not self._reconfigured.done():
            self._reconfigured.set_exception(LiveError("the VRRP process died"))

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
                self._answered(number, message)

    # -- what it knows

    async def ask(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return a row for each router, and what the process says of itself. Raises: LiveError."""
        rows: list[dict[str, Any]] = []
        while True:
            question = functools.partial(orders.Ask, first=len(rows), count=ROWS_AT_ONCE)
            answer: orders.Answer = await self._asked(question)
            rows += answer.rows
            if len(rows) >= answer.total or not answer.rows:
                return rows, answer.process

"""The BFD process seen from the director: told which sessions to have, and heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standfast.daemons.director.child import LOG, Child
from standfast.daemons.director.process import LogSettings
from standfast.director import bfd
from standfast.director.bfd import orders

Told = Callable[[str, bool], None]
"""Take the name of a session, and whether it is up."""


class BfdChild(Child):
    """At most one BFD process. `states` is what was told last of each session; of each change `told` is called."""

    def __init__(self, log: LogSettings, signals: int, told: Told, respawns: bool) -> None:
        super().__init__("BFD", "standfast.daemons.director.bfd_program", signals, respawns)
        self._log = log
        self._told = told
        self._wanted = bfd.Configuration()
        self._running = orders.Running()
        self.states: dict[str, bool] = {}

    async def configure(self, wanted: bfd.Configuration, running: orders.Running) -> None:
        """Have it have these sessions from now on: it is started, told, or ended."""
        same = (self._wanted, self._running) == (wanted, running)
        self._wanted, self._running = wanted, running
        names = {session.name for session in wanted.sessions}
        self.states = {name: up for name, up in self.states.items() if name in names}
        if names and not self._is_wanted:
            self._start()
        elif not same and self._life is not None:
            try:
                await self._say(orders.Configure(wanted, running))
            except OSError as error:
                LOG.error("the BFD process does not listen: %s", error)
        if not names:
            await self.close()

    def tell_again(self) -> None:
        """Tell everything that is known: somebody may be new."""
        for name, up in self.states.items():
            self._told(name, up)

    def _first_order(self) -> orders.Begin:
        return orders.Begin(self._wanted, self._running, self._log)

    def _take(self, message: orders.Said) -> None:
        match message:
            case orders.Begun():
                self.begun = True
            case orders.Told(changed):
                self.states[changed.session] = changed.up
                self._told(changed.session, changed.up)
            case orders.Answer(number):
                self._answered(number, message)

    async def ask(self) -> dict[str, Any]:
        """Return what it knows, as JSON has it. Raises: LiveError."""
        if not self._wanted.sessions:
            return {"pid": 0, "restarts": self.deaths, "dropped": {}, "sessions": []}
        answer: orders.Answer = await self._asked(orders.Ask)
        return {"pid": self.pid, "restarts": self.deaths, "dropped": answer.dropped, "sessions": answer.rows}

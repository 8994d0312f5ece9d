"""Binds the director's machine to its table, probes, scripts and the log."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from standfast import director, garbage
from standfast.daemons.director.opening import Opening
from standfast.director import events, lvs, status
from standfast.director.live import notices, scripts
from standfast.director.live.addresses import Addresses
from standfast.director.live.probes import Prober
from standfast.errors import LiveError, RequestError
from standfast.runtime import CancelTimer, SetTimer
from standfast.runtime.live import Timers, now

LOG = logging.getLogger("standfast.director")


class Director:
    """One director, whose table is set. `ended` is set when all is done after `stop`."""

    def __init__(self, opening: Opening, ready: Callable[[], None]) -> None:
        self._opening = opening
        self.machine = opening.machine
        self._table = opening.table
        self.ended = asyncio.Event()
        self.failed = False
        self._ready_told = ready
        self.ready = False
        self._loop = asyncio.get_running_loop()
        self._timers = Timers(self.handle, self._loop)
        self._prober = Prober(self.handle)
        self._pipes = notices.Pipes()
        self._flushing: asyncio.Handle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._addresses: Addresses | None = None
        self._events: deque[events.Event] = deque()
        self._handling = False

    # -- in

    def begin(self) -> None:
        """Do what else follows from the first configuration; `ready` is called before the first check."""
        if self._opening.refusals:
            self._events.append(events.Refused(tuple(self._opening.refusals)))
        with garbage.held_back(stays=True):  # hundred thousands of new objects
            self._do_all(self._opening.effects)

    def configure(self, configuration: director.Configuration) -> None:
        """Do this from now on."""
        with garbage.held_back(stays=True):
            self.handle(events.Configured(configuration, {}, frozenset()))

    def stop(self, keep_table: bool = False) -> None:
        """Begin to end; `ended` follows."""
        self.handle(events.Shutdown(keep_table))

    def handle(self, event: events.Event) -> None:
        """Give the machine an event, one at a time, and do what it says."""
        self._events.append(event)
        if not self._handling:
            self._do_all(())

    def _do_all(self, effects: Iterable[events.Effect]) -> None:
        """Do this, and then what follows from the events that wait; those that come meanwhile have to wait, too."""
        self._handling = True
        try:
            for effect in effects:
                self._do(effect)
            while self._events:
                for effect in self.machine.effects(self._events.popleft(), now()):
                    self._do(effect)
        finally:
            self._handling = False

    # -- out

    def _do(self, effect: events.Effect) -> None:
        if isinstance(effect, events.Probe | events.CancelProbe):
            self._prober.apply(effect)
        elif self._table.take(effect):
            if not self._table.is_set:
                self._flush_soon()
        elif isinstance(effect, events.Log):
            LOG.log(effect.level, "%s", effect.text)
        elif isinstance(effect, events.Tell):
            self._pipes.write(effect.line)
        elif isinstance(effect, SetTimer | CancelTimer):
            self._timers.apply(effect)
        elif isinstance(effect, events.RunScript):
            self._spawn(self._run_script(effect))
        else:
            self._do_rare(effect)

    def _do_rare(self, effect: events.Effect) -> None:
        if isinstance(effect, events.SendMail):
            self._spawn(self._send(effect))
        elif isinstance(effect, events.CountConnections):
            self._count(effect.services)
        elif isinstance(effect, events.Prepare):
            self._prepare(effect.configuration)
        elif isinstance(effect, events.Ready):
            self.ready = True
            self._ready_told()
        else:
            assert isinstance(effect, events.Finished)
            while not self._table.is_set:
                self._set_some()
            if not self.machine.keeps_table:
                self._table.forget()
            self.ended.set()

    # -- the table

    def _flush_soon(self) -> None:
        if self._flushing is None:
            self._flushing = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Make the changes that wait, some at a time."""
        self._flushing = None
        self._set_some()
        if not self._table.is_set:
            self._flush_soon()

    def _set_some(self) -> None:
        try:
            refusals = self._table.set_some()
        except LiveError as error:
            LOG.error("this ends: %s", error)
            self.failed = True
            self.ended.set()
            return
        if refusals:
            self.handle(events.Refused(tuple(refusals)))

    async def settled(self) -> None:
        """Return when the table is what it should be."""
        while not self._table.is_set:
            await asyncio.sleep(0)

    def _count(self, services: tuple[lvs.ServiceKey, ...]) -> None:
        counts: dict[tuple[lvs.ServiceKey, lvs.ServerKey], int] = {}
        for key in services:
            with contextlib.suppress(RequestError):
                counts |= {(key, found.server.key): found.connections for found in self._table.dataplane.servers(key)}
        self.handle(events.ConnectionsCounted(counts))

    # -- the world

    def _prepare(self, configuration: director.Configuration) -> None:
        if configuration.timeouts is not None:
            try:
                self._table.dataplane.set_timeouts(configuration.timeouts)
            except (RequestError, OSError) as error:
                LOG.error("lvs_timeouts: %s", error)
        self._watch_addresses(configuration)
        try:
            fresh = self._pipes.use(configuration.fifos)
        except LiveError as error:
            LOG.error("notify FIFO: %s", error)
            return
        for fifo in fresh:
            if fifo.script is not None:
                self._spawn(self._read_fifo(fifo))

    def _watch_addresses(self, configuration: director.Configuration) -> None:
        if self._addresses is None and any(service.ha_suspend for service in configuration.services):
            try:
                self._addresses = Addresses(lambda found: self.handle(events.AddressesChanged(found)))
            except OSError as error:
                LOG.error("ha_suspend: this machine's addresses are not known: %s", error)

    async def _read_fifo(self, fifo: director.Fifo) -> None:
        """Run a FIFO's script, which gets the path, as long as the director runs."""
        assert fifo.script is not None
        script = director.checks.Script((*fifo.script.arguments, fifo.path), fifo.script.user, fifo.script.group)
        ended = await scripts.run(script, 0)
        LOG.warning("the script of %s %s", fifo.path, ended.trouble or "ended")

    async def _run_script(self, effect: events.RunScript) -> None:
        ended = await scripts.run(effect.script, effect.timeout_ms)
        trouble = f"{effect.script}: {ended.trouble}" if ended.trouble else ""
        self.handle(events.ScriptEnded(effect.number, trouble))

    async def _send(self, effect: events.SendMail) -> None:
        assert self.machine.configuration is not None
        trouble = await notices.send(self.machine.configuration.mail, effect.subject, effect.body)
        if trouble:
            LOG.warning("%s", trouble)

    def _spawn(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give back what it holds, after `ended`."""
        self._prober.close()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        self._pipes.close()
        if self._addresses is not None:
            self._addresses.close()

    # -- answers

    def status(self) -> dict[str, Any]:
        """Return what it knows."""
        return {
            "pid": os.getpid(),
            "ready": self.ready,
            "probes": self._prober.count,
            "fifo_lines_lost": self._pipes.lost,
            "virtual_servers": status.services(self.machine),
        }

    def metrics(self) -> str:
        """Return Prometheus' text."""
        dataplane = self._table.dataplane
        table = [(found, dataplane.servers(found.service.key)) for found in dataplane.services()]
        return status.metrics(self.machine, table, self._prober.count)

"""Binds the director's machine to a data plane, probes, scripts and the log."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
from collections import deque
from collections.abc import Callable
from typing import Any

from standfast import director
from standfast.director import events, lvs, status
from standfast.director.live import notices, scripts
from standfast.director.live.addresses import Addresses
from standfast.director.live.ledger import Ledger
from standfast.director.live.probes import Prober
from standfast.errors import LiveError, RequestError
from standfast.runtime import CancelTimer, SetTimer
from standfast.runtime.live import Timers, now

LOG = logging.getLogger("standfast.director")
CHANGES_AT_ONCE = 500
"""So many changes of the table are made before the loop gets its turn: some milliseconds."""


class Director:
    """One director. `ready` is called when the table is set; `ended` is set when all is done after `stop`."""

    def __init__(self, dataplane: director.Dataplane, ledger: Ledger, ready: Callable[[], None]) -> None:
        self.machine = director.Machine()
        self.dataplane = dataplane
        self.ended = asyncio.Event()
        self.failed = False
        self._ledger = ledger
        self._ready_told = ready
        self.ready = False
        self._loop = asyncio.get_running_loop()
        self._timers = Timers(self.handle, self._loop)
        self._prober = Prober(self.handle)
        self._pipes = notices.Pipes()
        self._changes: deque[lvs.Change] = deque()
        self._flushing: asyncio.Handle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._addresses: Addresses | None = None
        self._events: deque[events.Event] = deque()
        self._handling = False

    # -- in

    def configure(self, configuration: director.Configuration) -> None:
        """Do this from now on. The first time the table is read, and what a predecessor left is taken over."""
        first = self.machine.configuration is None
        owned = self._ledger.read() if first else frozenset()
        present = self._present(configuration, owned) if first else {}
        collects = gc.isenabled()
        gc.disable()  # hundred thousands of new objects, none of them garbage
        try:
            self.handle(events.Configured(configuration, present, owned))
        finally:
            gc.freeze()
            if collects:
                gc.enable()

    def _present(self, configuration: director.Configuration, owned: frozenset[lvs.ServiceKey]) -> lvs.Table:
        """Return what stands in the table of what may be ours."""
        ours = owned | {v.key for service in configuration.services for v in service.services}
        return lvs.table_of(
            lvs.Pool.of(found.service, *(s.server for s in reversed(self.dataplane.servers(found.service.key))))
            for found in self.dataplane.services()
            if found.service.key in ours
        )

    def stop(self, keep_table: bool = False) -> None:
        """Begin to end; `ended` follows."""
        self.handle(events.Shutdown(keep_table))

    def handle(self, event: events.Event) -> None:
        """Give the machine an event, one at a time, and do what it says."""
        self._events.append(event)
        if self._handling:
            return
        self._handling = True
        try:
            while self._events:
                for effect in self.machine.effects(self._events.popleft(), now()):
                    self._do(effect)
        finally:
            self._handling = False

    # -- out

    def _do(self, effect: events.Effect) -> None:
        if isinstance(effect, events.Probe | events.CancelProbe):
            self._prober.apply(effect)
        elif isinstance(effect, events.Apply):
            self._changes.extend(effect.changes)
            self._flush_soon()
        elif isinstance(effect, events.Log):
            LOG.log(effect.level, "%s", effect.text)
        elif isinstance(effect, events.Tell):
            self._pipes.write(effect.line)
        elif isinstance(effect, SetTimer | CancelTimer):
            self._timers.apply(effect)
        elif isinstance(effect, events.RunScript):
            self._spawn(self._run_script(effect))
        elif isinstance(effect, events.Own):
            self._own(effect.services)
        else:
            self._do_rare(effect)

    def _do_rare(self, effect: events.Effect) -> None:
        if isinstance(effect, events.Flush):
            self._changes.clear()
            self.dataplane.flush()
        elif isinstance(effect, events.SendMail):
            self._spawn(self._send(effect))
        elif isinstance(effect, events.CountConnections):
            self._count(effect.services)
        elif isinstance(effect, events.Prepare):
            self._prepare(effect.configuration)
        elif isinstance(effect, events.Ready):
            self._set_all()
            self.ready = True
            self._ready_told()
        else:
            assert isinstance(effect, events.Finished)
            self._set_all()
            if not self.machine.keeps_table:
                self._ledger.forget()
            self.ended.set()

    def _own(self, services: frozenset[lvs.ServiceKey]) -> None:
        try:
            self._ledger.write(services)
        except LiveError as error:
            LOG.error("the ledger cannot be written: %s", error)

    # -- the table

    def _flush_soon(self) -> None:
        if self._flushing is None:
            self._flushing = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Make the changes that wait, some at a time."""
        self._flushing = None
        self._set_some()
        if self._changes:
            self._flush_soon()

    def _set_some(self) -> None:
        batch = [self._changes.popleft() for _ in range(min(CHANGES_AT_ONCE, len(self._changes)))]
        try:
            refusals = self.dataplane.apply(batch) if batch else []
        except OSError as error:
            # what stands is not known any more: a successor reads it and takes it over
            LOG.error("the data plane does not answer, this ends: %s", error)
            self.failed = True
            self._changes.clear()
            self.ended.set()
            return
        if refusals:
            self.handle(events.Refused(tuple(refusals)))

    def _set_all(self) -> None:
        while self._changes:
            self._set_some()

    async def settled(self) -> None:
        """Return when the table is what it should be."""
        while self._changes:
            await asyncio.sleep(0)

    def _count(self, services: tuple[lvs.ServiceKey, ...]) -> None:
        counts: dict[tuple[lvs.ServiceKey, lvs.ServerKey], int] = {}
        for key in services:
            with contextlib.suppress(RequestError):
                counts |= {(key, found.server.key): found.connections for found in self.dataplane.servers(key)}
        self.handle(events.ConnectionsCounted(counts))

    # -- the world

    def _prepare(self, configuration: director.Configuration) -> None:
        if configuration.timeouts is not None:
            try:
                self.dataplane.set_timeouts(configuration.timeouts)
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
        table = [(found, self.dataplane.servers(found.service.key)) for found in self.dataplane.services()]
        return status.metrics(self.machine, table, self._prober.count)

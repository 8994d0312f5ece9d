"""One run of a director's process: what it begins, follows, reads again and ends."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import signal
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from msgspec.structs import replace

from standfast import director
from standfast.daemons.director import process
from standfast.daemons.director.answers import Answers, Dump
from standfast.daemons.director.bfd_child import BfdChild
from standfast.daemons.director.child import Child
from standfast.daemons.director.director import Director
from standfast.daemons.director.opening import Opening, set_first_table
from standfast.daemons.director.planning import planned
from standfast.daemons.director.process import LogSettings
from standfast.daemons.director.queries import Queries
from standfast.daemons.director.reading import Read, moves, wants_checkers
from standfast.daemons.director.settings import JSON_SIGNAL, Settings, bfd_running_of, running_of
from standfast.daemons.director.signal_line import SignalLine
from standfast.daemons.director.sync_daemon import SyncFollower
from standfast.daemons.director.table import Table
from standfast.daemons.director.vrrp_child import VrrpChild, Wanted
from standfast.daemons.logs import NOTICE
from standfast.dialects import keepalived
from standfast.dialects.live.machine import Loaded
from standfast.director import bfd, vrrp
from standfast.director.live.ledger import Ledger
from standfast.director.realtime.live import priorities
from standfast.errors import ConfigError, Exit, LiveError, Report

LOG = logging.getLogger("standfast.director")
NO_SESSIONS = keepalived.BfdHalf(bfd.Configuration(), bfd.orders.Running())


class Program:
    """One run of a director's process: the checkers' half in it, VRRP and BFD each in a process below it."""

    def __init__(
        self,
        settings: Settings,
        read: Read,
        open_dataplane: Callable[[], director.Dataplane],
        opening: Opening | None = None,
    ) -> None:
        """`opening` is what has been done already for the checkers' half."""
        self._settings = settings
        self._read = read
        self._present: Loaded | None = None
        self._reloading = self._again = self._told_ready = self._stopping = False
        self._open_dataplane = open_dataplane
        self._opening = opening
        self._dataplane = opening.table.dataplane if opening else None
        self._done = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.checkers: Director | None = None
        self._signals = SignalLine(self._actions())
        log = LogSettings(settings.console, settings.detail, f"{settings.name}_vrrp", settings.log_file)
        self.vrrp = VrrpChild(log, self._signals.fileno(), self._look_ready, self._state_changed, settings.respawns)
        self._sync = SyncFollower(self.dataplane)
        self._answers = Answers(self.vrrp, lambda: self.checkers, self.is_ready)
        self.bfd = BfdChild(
            replace(log, name=f"{settings.name}_bfd"), self._signals.fileno(), self._session_changed, settings.respawns
        )
        self.queries = Queries({**self._answers.by_path(), "/v1/bfd": self._sessions, "/v1/plan": self._plan})

    async def run(self, loaded: Loaded) -> int:
        """Be the director until told to end; return the exit status."""
        self._signals.begin()
        say(loaded.reports)
        await self._use(loaded)
        await self._listen()
        self._spawn(self._until_given_up(self.vrrp))
        self._spawn(self._until_given_up(self.bfd))
        await self._done.wait()
        self.queries.close()
        for task in self._tasks:
            task.cancel()
        if self.checkers is not None:
            await self.checkers.close()
        LOG.log(NOTICE, "Stopped")
        self._signals.close()
        gave_up = self.vrrp.gave_up.is_set() or self.bfd.gave_up.is_set()
        failed = gave_up or (self.checkers is not None and self.checkers.failed)
        return Exit.UNAVAILABLE if failed else Exit.OK

    async def _plan(self) -> tuple[str, str]:
        """Return what a reload would change now. Raises: LiveError."""
        try:
            wanted = await asyncio.to_thread(self._read)
        except ConfigError as error:
            raise LiveError(str(error)) from error
        assert self._present is not None, "questions are answered when something is done"
        return "application/json", json.dumps(planned(self._present, wanted))

    async def _use(self, loaded: Loaded) -> None:
        """Do what was read from now on."""
        self._present = loaded
        process.set_umask(loaded.process.umask if self._settings.umask is None else self._settings.umask)
        if self.checkers is not None or wants_checkers(self._settings, loaded):
            priorities.stand(loaded.checkers_running, math.inf)
            if self.checkers is None:
                self._begin_checkers(loaded.configuration)
            else:
                self.checkers.configure(loaded.configuration)
        self._sync.configure(loaded.configuration.sync_daemon, loaded.configuration.sync_follows)
        sessions = loaded.bfd or NO_SESSIONS
        await self.bfd.configure(sessions.configuration, bfd_running_of(self._settings, sessions.running))
        self.bfd.tell_again()
        if self._settings.vrrp:
            await self.vrrp.configure(self._wanted(loaded.vrrp) if loaded.vrrp else None)
        self._look_ready()

    def _wanted(self, half: keepalived.VrrpHalf) -> Wanted:
        return Wanted(half.configuration, running_of(self._settings, half.running))

    def _begin_checkers(self, configuration: director.Configuration) -> None:
        opening, self._opening = self._opening, None
        if opening is None:
            table = Table(self.dataplane(), Ledger(self._settings.ledger), LOG.error)
            opening = set_first_table(configuration, table)
        self.checkers = Director(opening, self._look_ready)
        self._spawn(self._until_ended(self.checkers))
        self.checkers.begin()

    def dataplane(self) -> director.Dataplane:
        """Return what forwards the packets, opened when it is first wanted. Raises: LiveError."""
        if self._dataplane is None:
            self._dataplane = self._open_dataplane()
        return self._dataplane

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _actions(self) -> dict[int, Callable[[], object]]:
        return {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGHUP: self._reload_soon,
            signal.SIGUSR1: lambda: self._dump(Dump.DATA),
            signal.SIGUSR2: lambda: self._dump(Dump.STATISTICS),
            JSON_SIGNAL: lambda: self._dump(Dump.JSON),
        }

    async def _listen(self) -> None:
        try:
            await self.queries.listen(Path(self._settings.socket))
            if self._settings.metrics:
                host, _, port = self._settings.metrics.rpartition(":")
                await self.queries.listen_tcp(host.strip("[]") or "127.0.0.1", int(port))
        except (LiveError, ValueError) as error:
            LOG.error("no questions are answered: %s", error)

    # -- begin and end

    def is_ready(self) -> bool:
        """Return whether the table is set and the routers take part."""
        stands, wanted = self.checkers is None or self.checkers.ready, self.vrrp.wanted
        return stands and (self.vrrp.begun or wanted is None or not wanted.configuration.is_something)

    def _look_ready(self) -> None:
        if self.is_ready() and not self._told_ready:
            self._told_ready = True
            LOG.log(NOTICE, "Startup complete")
            process.notify("READY=1")

    def _stop(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        self.vrrp.end()  # before all else: the routers say goodbye, and others take over
        self.bfd.end()
        LOG.log(NOTICE, "Stopping")
        process.notify("STOPPING=1")
        self._spawn(self._end())

    async def _end(self) -> None:
        leaving = asyncio.gather(self.vrrp.close(), self.bfd.close())
        if self.checkers is not None:
            self.checkers.stop(self._settings.keep_table)
        await leaving
        self._sync.stop()
        if self.checkers is not None:
            await self.checkers.ended.wait()
        self._done.set()

    async def _until_ended(self, checkers: Director) -> None:
        """End all when the checkers end by themselves."""
        await checkers.ended.wait()
        self._stop()

    async def _until_given_up(self, child: Child) -> None:
        await child.gave_up.wait()
        self._stop()

    def _session_changed(self, name: str, up: bool) -> None:
        """Let the checks that follow a BFD session follow it."""
        if self.checkers is not None:
            self.checkers.handle(director.events.SessionChanged(name, up))

    async def _sessions(self) -> tuple[str, str]:
        return "application/json", json.dumps(await self.bfd.ask())

    def _state_changed(self, notify: vrrp.events.Notify) -> None:
        """Do what follows a router's state."""
        self._sync.state_changed(notify)

    # -- reload

    def _reload_soon(self) -> None:
        self._again = self._reloading
        if not self._reloading:
            self._reloading = True
            self._spawn(self._reload())

    async def _reload(self) -> None:
        """Read again, in another process, and do it if it can be used; else all stays as it is."""
        LOG.log(NOTICE, "Reloading")
        process.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            loaded = await asyncio.to_thread(self._read)
            LOG.log(NOTICE, "Reload: the configuration is read")
            if self._present is not None and moves(self._settings, self._present, loaded):
                raise LiveError("net_namespace and net_namespace_ipvs cannot change while it runs: start it again")
            if loaded is not self._present:
                say(loaded.reports)
            await self._use(loaded)
            if self.checkers is not None:
                await self.checkers.settled()
            LOG.log(NOTICE, "Reload complete")
        except (ConfigError, LiveError) as error:
            LOG.error("not reloaded, the configuration stays as it is: %s", error)
        finally:
            self._reloading = False
            process.notify("READY=1")
        if self._again:  # the file may have changed since it was read
            self._reload_soon()

    def _dump(self, asked: Dump) -> None:
        self._spawn(self._answers.dump(Path(self._settings.dump_folder), asked))


def say(reports: tuple[Report, ...]) -> None:
    """Log what is to be said of a configuration."""
    for report in reports:
        LOG.warning("%s", report)

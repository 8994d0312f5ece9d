"""A director's process from its start to its end, under whatever name."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from standfast import director
from standfast.daemons.director import process
from standfast.daemons.director.director import Director
from standfast.daemons.director.queries import Queries
from standfast.daemons.director.reading import Loaded, Read, read_at_start, reader_of
from standfast.daemons.director.settings import (
    JSON_SIGNAL,
    Settings,
)
from standfast.daemons.logs import NOTICE
from standfast.director import lvs
from standfast.director.live.ledger import Ledger
from standfast.errors import ConfigError, Exit, LiveError, Report, RequestError

LOG = logging.getLogger("standfast.director")


class Program:
    """One run of a director's process."""

    def __init__(self, settings: Settings, read: Read, dataplane: director.Dataplane) -> None:
        self._settings = settings
        self._read = read
        self._reloading = False
        self.director = Director(dataplane, Ledger(Path(settings.ledger)), self._ready)
        self.queries = Queries({
            "/v1/status": lambda: ("application/json", json.dumps(self.director.status())),
            "/v1/ready": lambda: ("application/json", json.dumps({"ready": True})),
            "/metrics": lambda: ("text/plain; version=0.0.4", self.director.metrics()),
        })  # fmt: skip

    async def run(self, loaded: Loaded) -> int:
        """Be the director until told to end; return the exit status."""
        loop = asyncio.get_running_loop()
        for number, action in self._signals().items():
            loop.add_signal_handler(number, action)
        say(loaded.reports)
        self.director.configure(loaded.configuration)
        await self._listen()
        await self.director.ended.wait()
        self.queries.close()
        await self.director.close()
        LOG.log(NOTICE, "Stopped")
        return Exit.OK

    def _signals(self) -> dict[int, Callable[[], object]]:
        return {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGHUP: self._reload_soon,
            signal.SIGUSR1: lambda: self._dump("keepalived_check.data"),
            signal.SIGUSR2: lambda: self._dump("keepalived.stats"),
            JSON_SIGNAL: lambda: self._dump("keepalived.json"),
        }

    async def _listen(self) -> None:
        try:
            await self.queries.listen(Path(self._settings.socket))
            if self._settings.metrics:
                host, _, port = self._settings.metrics.rpartition(":")
                await self.queries.listen_tcp(host.strip("[]") or "127.0.0.1", int(port))
        except (LiveError, ValueError) as error:
            LOG.error("no questions are answered: %s", error)

    def _ready(self) -> None:
        LOG.log(NOTICE, "Startup complete")
        process.notify("READY=1")

    def _stop(self) -> None:
        LOG.log(NOTICE, "Stopping")
        process.notify("STOPPING=1")
        self.director.stop(self._settings.keep_table)

    def _reload_soon(self) -> None:
        if not self._reloading:
            self._reloading = True
            self._task = asyncio.get_running_loop().create_task(self._reload())

    async def _reload(self) -> None:
        """Read again, in another process, and do it if it can be used; else all stays as it is."""
        process.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            loaded = await asyncio.to_thread(self._read)
        except (ConfigError, LiveError) as error:
            LOG.error("not reloaded, the configuration stays as it is: %s", error)
        else:
            say(loaded.reports)
            self.director.configure(loaded.configuration)
        finally:
            self._reloading = False
            process.notify("READY=1")

    def _dump(self, name: str) -> None:
        """Write what is known to a file, whole."""
        path = Path(self._settings.dump_folder) / name
        new = path.with_name(path.name + ".new")
        try:
            new.write_text(json.dumps(self.director.status(), indent=1) + "\n")
            new.replace(path)
        except OSError as error:
            LOG.error("%s: %s", path, error.strerror)


def say(reports: tuple[Report, ...]) -> None:
    """Log what is to be said of a configuration."""
    for report in reports:
        LOG.warning("%s", report)


def open_dataplane(settings: Settings) -> director.Dataplane:
    """Return what forwards the packets. Raises: LiveError."""
    if settings.memory:
        return director.MemoryDataplane()
    from standfast.director.live import open_ipvs

    try:
        return open_ipvs()
    except (RequestError, OSError) as error:
        raise LiveError(f"no IPVS: {error}") from error


def run(settings: Settings, name: str) -> int:
    """Run a director's process. Exit statuses: 0 after a clean end, 69 the world refused, 78 a faulty configuration."""
    pid_files = process.PidFiles(settings.pid_files)
    process.log_to(settings.console, settings.detail, name, settings.log_file)
    if running := pid_files.running():
        LOG.error("%s is already running, process %d", name, running)
        return Exit.UNAVAILABLE
    try:
        loaded = read_at_start(settings)
        if settings.namespace or loaded.namespace:
            process.enter_namespace(settings.namespace or loaded.namespace)
        dataplane = open_dataplane(settings)
        if not settings.foreground:
            process.to_background()
            process.log_to(settings.console, settings.detail, name, settings.log_file)
        process.allow_many_files()
        pid_files.write()
        return asyncio.run(_main(settings, reader_of(settings), dataplane, loaded))
    except ConfigError as error:
        LOG.error("%s", error)
        return Exit.CONFIG
    except LiveError as error:
        LOG.error("%s", error)
        return Exit.UNAVAILABLE
    finally:
        pid_files.remove()


async def _main(settings: Settings, read: Read, dataplane: director.Dataplane, loaded: Loaded) -> int:
    return await Program(settings, read, dataplane).run(loaded)


def clean(settings: Settings) -> int:
    """Take out what a director that was killed left in the table; return the exit status."""
    ledger = Ledger(Path(settings.ledger))
    owned = ledger.read()
    try:
        if settings.namespace:
            process.enter_namespace(settings.namespace)
        if owned:
            dataplane = open_dataplane(settings)
            there = {found.service.key for found in dataplane.services()}
            refused = dataplane.apply([lvs.DeleteService(key) for key in owned if key in there])
            if refused:
                raise LiveError(f"{len(refused)} services could not be taken out")
    except (LiveError, RequestError, OSError) as error:
        print(f"standfast-director: {error}", file=sys.stderr)
        return Exit.UNAVAILABLE
    ledger.forget()
    return Exit.OK

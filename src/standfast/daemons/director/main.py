"""A director's process from its start to its end, under whatever name.

What only watches a table is imported when it stands.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

from standfast import compiled, director, garbage
from standfast.daemons.director import process
from standfast.daemons.director.opening import set_first_table
from standfast.daemons.director.reading import read_at_start, wants_checkers
from standfast.daemons.director.settings import HEEDED, Settings
from standfast.daemons.director.table import Table
from standfast.dialects.live.machine import Loaded
from standfast.director.live import open_ipvs
from standfast.director.live.ledger import Ledger
from standfast.errors import ConfigError, Exit, LiveError, RequestError
from standfast.runtime.live import namespaces


def open_dataplane(settings: Settings, said: str | None = None) -> director.Dataplane:
    """Return what forwards the packets, in the namespace that a configuration says: empty for the machine's first one.

    Raises: LiveError.
    """
    if settings.memory:
        from standfast.director.memory import MemoryDataplane

        return MemoryDataplane()
    name = settings.ipvs_namespace or said
    try:
        if name is None:
            return open_ipvs()
        return open_ipvs(namespaces.file_of(name) if name else namespaces.FIRST)
    except (RequestError, OSError) as error:
        raise LiveError(f"no IPVS: {error}") from error


def run(settings: Settings, named_for: Callable[[Loaded], Settings] | None = None) -> int:
    """Run a director's process. Exit statuses: 0 after a clean end, 69 the world refused, 78 a faulty configuration.

    `named_for` gives the settings for what the configuration says of its files' names.
    """
    pid_files = process.PidFiles(())
    log = process.Log(process.LogSettings(settings.console, settings.detail, settings.name, settings.log_file))
    try:
        loaded = read_at_start(settings)
        if named_for is not None:
            settings = named_for(loaded)
        process.set_umask(loaded.process.umask if settings.umask is None else settings.umask)
        if running := process.PidFiles(settings.pid_files).running():
            raise LiveError(f"{settings.name} is already running, process {running}")
        pid_files = process.PidFiles(settings.pid_files)
        if settings.namespace or loaded.namespace:
            process.enter_namespace(settings.namespace or loaded.namespace)
        dataplane = open_dataplane(settings, loaded.ipvs_namespace) if wants_checkers(settings, loaded) else None
        if not settings.foreground:
            process.to_background()
        process.allow_many_files()
        pid_files.write()
        return _go_on(settings, log, loaded, dataplane)
    except ConfigError as error:
        log.error(str(error))
        return Exit.CONFIG
    except LiveError as error:
        log.error(str(error))
        return Exit.UNAVAILABLE
    finally:
        pid_files.remove()
        if settings.own_folder:
            process.remove_folder(settings.own_folder)


def _go_on(settings: Settings, log: process.Log, loaded: Loaded, dataplane: director.Dataplane | None) -> int:
    """Set the table if there is one; then import what watches it, and run until the end. Raises: LiveError."""
    opening = None
    if dataplane is not None:
        signal.pthread_sigmask(signal.SIG_BLOCK, HEEDED)  # until the program heeds them: nothing is left half done
        opening = set_first_table(loaded.configuration, Table(dataplane, Ledger(settings.ledger), log.error))
    with garbage.held_back(stays=True):
        import asyncio

        from standfast.daemons.director.program import Program
        from standfast.daemons.director.rereading import Reader
    compiled.bytecode.keep()
    log.begin()

    def opened() -> director.Dataplane:
        return open_dataplane(settings, loaded.ipvs_namespace)

    async def run_program() -> int:
        return await Program(settings, Reader(settings, loaded), opened, opening).run(loaded)

    return asyncio.run(run_program())
